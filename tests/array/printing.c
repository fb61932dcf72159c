/* Arrays as text: every dtype, shortening, alignment, options, tuples and records, errors, the print hook, the locale. */
#include <locale.h>
#include <math.h>
#include <adamant/adamant.h>
#include "check.h"

static char text[8192];

static const char *shown(ad_array *a, const ad_text_opts *opts) {
  size_t n = ad_array_text(a, text, sizeof text, opts);
  CHECK_INT(n, strlen(text));
  return text;
}

static ad_array *range(ad_ctx *c, ad_shape shape, ad_dtype t) {
  int64_t n = 1;
  for (int i = 0; i < shape.rank; i++) n *= shape.dims[i];
  return ad_cast(ad_reshape(ad_iota(c, n, NULL), shape), t);
}

TEST(numbers) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_STR(shown(ad_array_new(c, AD_FLOAT32, AD_SHAPE(), &(float){3}), NULL), "array(3, dtype=float32)");
  CHECK_STR(shown(ad_number(c, 0.1), NULL), "array(0.1, dtype=float32)");
  CHECK_STR(shown(ad_array_new(c, AD_FLOAT64, AD_SHAPE(6), ((double[]){1e6, 123456.7, 1e-5, NAN, -INFINITY, -0.0})), NULL),
            "array([1e+06, 123457, 1e-05, nan, -inf, -0], dtype=float64)");
  CHECK_STR(shown(ad_array_new(c, AD_INT64, AD_SHAPE(2), ((int64_t[]){INT64_MIN, 10})), NULL),
            "array([-9223372036854775808, 10], dtype=int64)");
  CHECK_STR(shown(ad_array_new(c, AD_UINT64, AD_SHAPE(1), ((uint64_t[]){UINT64_MAX})), NULL),
            "array([18446744073709551615], dtype=uint64)");
  CHECK_STR(shown(ad_array_new(c, AD_BOOL, AD_SHAPE(2), ((uint8_t[]){1, 0})), NULL), "array([True, False], dtype=bool)");
  CHECK_STR(shown(ad_array_new(c, AD_COMPLEX64, AD_SHAPE(3), ((ad_c64[]){{1, 2}, {1.5f, -2}, {0, NAN}})), NULL),
            "array([1+2j, 1.5-2j, 0+nanj], dtype=complex64)");
  for (int t = AD_DTYPE_NONE + 1; t < AD_DTYPE_COUNT; t++) {
    char want[80];
    bool b = t == AD_BOOL, z = ad_dtype_category((ad_dtype)t) == AD_CATEGORY_COMPLEX;
    snprintf(want, sizeof want, "array(%s, dtype=%s)", b ? "True" : z ? "1+0j" : "1", ad_dtype_name((ad_dtype)t));
    CHECK_STR(shown(ad_cast(ad_number(c, 1), (ad_dtype)t), NULL), want);
  }
  ad_ctx_free(c);
}

TEST(rows_are_aligned_and_indented) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 3), ((float[]){1, 0.5, 2, -10, 3, 4}));
  CHECK_STR(shown(a, NULL), "array([[  1, 0.5,   2],\n"
                            "       [-10,   3,   4]], dtype=float32)");
  CHECK_STR(shown(ad_transpose(a, NULL), NULL), "array([[  1, -10],\n"
                                                "       [0.5,   3],\n"
                                                "       [  2,   4]], dtype=float32)");
  CHECK_STR(shown(range(c, AD_SHAPE(2, 1, 2), AD_INT32), NULL), "array([[[0, 1]],\n"
                                                                "       [[2, 3]]], dtype=int32)");
  CHECK_STR(shown(range(c, AD_SHAPE(1, 2, 2), AD_INT8), NULL), "array([[[0, 1],\n"
                                                               "        [2, 3]]], dtype=int8)");
  ad_ctx_free(c);
}

TEST(long_axes_are_shortened) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_STR(shown(range(c, AD_SHAPE(6), AD_INT32), NULL), "array([0, 1, 2, 3, 4, 5], dtype=int32)");
  CHECK_STR(shown(range(c, AD_SHAPE(7), AD_INT32), NULL), "array([0, 1, 2, ..., 4, 5, 6], dtype=int32)");
  CHECK_STR(shown(range(c, AD_SHAPE(7, 8), AD_INT32), NULL), "array([[ 0,  1,  2, ...,  5,  6,  7],\n"
                                                             "       [ 8,  9, 10, ..., 13, 14, 15],\n"
                                                             "       [16, 17, 18, ..., 21, 22, 23],\n"
                                                             "       ...,\n"
                                                             "       [32, 33, 34, ..., 37, 38, 39],\n"
                                                             "       [40, 41, 42, ..., 45, 46, 47],\n"
                                                             "       [48, 49, 50, ..., 53, 54, 55]], dtype=int32)");
  ad_ctx_free(c);
}

TEST(empty_arrays) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_STR(shown(ad_zeros(c, AD_SHAPE(0), NULL), NULL), "array([], dtype=float32)");
  CHECK_STR(shown(ad_zeros(c, AD_SHAPE(0, 3), NULL), NULL), "array([], dtype=float32)");
  CHECK_STR(shown(ad_zeros(c, AD_SHAPE(2, 0), NULL), NULL), "array([[],\n       []], dtype=float32)");
  ad_ctx_free(c);
}

TEST(options) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = ad_array_new(c, AD_FLOAT64, AD_SHAPE(2), ((double[]){1.0 / 3, 2}));
  CHECK_STR(shown(a, &(ad_text_opts){.precision = AD_INT(3)}), "array([0.333, 2], dtype=float64)");
  CHECK_STR(shown(a, &(ad_text_opts){.precision = AD_INT(99)}), "array([0.33333333333333331, 2], dtype=float64)");
  ad_array *r = range(c, AD_SHAPE(8), AD_INT32);
  CHECK_STR(shown(r, &(ad_text_opts){.threshold = AD_INT(100)}), "array([0, 1, 2, 3, 4, 5, 6, 7], dtype=int32)");
  CHECK_STR(shown(r, &(ad_text_opts){.edge_items = AD_INT(1)}), "array([0, ..., 7], dtype=int32)");
  CHECK_STR(shown(r, &(ad_text_opts){.edge_items = AD_INT(0)}), "array([...], dtype=int32)");
  CHECK_STR(shown(r, &(ad_text_opts){.threshold = AD_INT(8), .line_width = AD_INT(21)}), "array([0, 1, 2, 3, 4,\n"
                                                                                           "       5, 6, 7], dtype=int32)");
  ad_ctx_free(c);
}

TEST(tuples_records_errors) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *one = range(c, AD_SHAPE(1), AD_INT32);
  CHECK_STR(shown(ad_tuple(c, (ad_array *[]){one, one}, 2), NULL), "(array([0], dtype=int32), array([0], dtype=int32))");
  CHECK_STR(shown(ad_tuple(c, &one, 1), NULL), "(array([0], dtype=int32),)");
  CHECK_STR(shown(ad_tuple(c, NULL, 0), NULL), "()");
  ad_array *inner = ad_tuple(c, &one, 1);
  CHECK_STR(shown(ad_record(c, (const char *[]){"a", "b"}, (ad_array *[]){one, inner}, 2), NULL),
            "{a: array([0], dtype=int32), b: (array([0], dtype=int32),)}");
  ad_array *bad = ad_index(one, AD_AT(4));
  CHECK_STR(shown(bad, NULL), ad_error_text(bad));
  CHECK(strlen(shown(NULL, NULL)) > 0);
  for (int i = 0; i < 60; i++) inner = ad_tuple(c, &inner, 1);
  CHECK_STR_HAS(shown(inner, NULL), "((((((((array([0], dtype=int32),),),),),),),)");
  ad_ctx_free(c);
}

TEST(text_is_cut_and_measured) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = range(c, AD_SHAPE(3), AD_INT32);
  char small[8];
  CHECK_INT(ad_array_text(a, NULL, 0, NULL), strlen("array([0, 1, 2], dtype=int32)"));
  CHECK_INT(ad_array_text(a, small, sizeof small, NULL), strlen("array([0, 1, 2], dtype=int32)"));
  CHECK_STR(small, "array([");
  ad_ctx_free(c);
}

static void catch_text(void *user, const char *line) { strcat(user, line); }

TEST(print_goes_through_the_hook) {
  char got[512] = "";
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.print = catch_text, .user = got});
  ad_array *a = range(c, AD_SHAPE(2), AD_INT32);
  CHECK_INT(ad_print(ad_add(a, a)), AD_OK);
  CHECK_STR(got, "array([0, 2], dtype=int32)\n");
  got[0] = 0;
  CHECK_INT(ad_print(ad_index(a, AD_AT(2))), AD_E_INDEX);
  CHECK_STR_HAS(got, "index 2 for axis 0 of length 2");
  CHECK_INT(ad_print(NULL), AD_E_VALUE);
  ad_ctx_free(c);
  c = ad_ctx_new(NULL);
  CHECK_INT(ad_print(range(c, AD_SHAPE(2), AD_INT32)), AD_OK);
  ad_ctx_free(c);
}

TEST(the_locale_plays_no_part) {
  const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "fr_FR"};
  bool set = false;
  for (int i = 0; i < 4 && !set; i++) set = setlocale(LC_NUMERIC, names[i]) != NULL;
  if (!set) CHECK_SKIP("no locale with a decimal comma is installed");
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_STR(shown(ad_number(c, 1.5), NULL), "array(1.5, dtype=float32)");
  setlocale(LC_NUMERIC, "C");
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(numbers), CASE(rows_are_aligned_and_indented), CASE(long_axes_are_shortened), CASE(empty_arrays), CASE(options),
           CASE(tuples_records_errors), CASE(text_is_cut_and_measured), CASE(print_goes_through_the_hook),
           CASE(the_locale_plays_no_part))
