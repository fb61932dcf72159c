/* searchsorted, isin: every dtype against counting, rows, sides, NaN, both ways of searching; errors. */
#include "shape_help.h"

static const char *const isas[] = {"portable", "avx2", "avx512"};

/* How many of a are below each value of v, or not above: what searchsorted gives of a sorted one. */
static ad_array *counted(ad_array *a, ad_array *v, bool right) {
  int64_t n = ad_array_size(a), m = ad_array_size(v);
  ad_array *rows = ad_broadcast_to(a, AD_SHAPE(m, n)), *values = ad_reshape(v, AD_SHAPE(m, 1));
  return ad_sum(right ? ad_less_equal(rows, values) : ad_less(rows, values), &(ad_sum_opts){.axes = AD_AXES(1)});
}

TEST(every_dtype_by_counting) {
  for (size_t k = 0; k < sizeof isas / sizeof isas[0]; k++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2, .isa = isas[k]});
    for (int t = AD_BOOL; ad_ctx_status(c) == AD_OK && t < AD_DTYPE_COUNT; t++)
      for (int64_t n = 1; n < 3000; n = n * 7 + 1)
        for (int side = 0; side < 2; side++) {
          ad_scope *s = ad_scope_begin(c);
          /* One value makes no keys of the whole; many do. */
          int64_t m = n % 3 ? 1 : 90;
          ad_array *key = ad_random_key(c, (uint64_t)n), *x = ad_random_normal(c, key, NULL, NULL, AD_SHAPE(n + m), NULL);
          x = ad_cast(ad_multiply(x, ad_number(c, 20)), (ad_dtype)t);
          ad_array *a = ad_sort(ad_strided_slice(x, AD_INTS(0), AD_INTS(n), NULL), NULL);
          ad_array *v = ad_strided_slice(x, AD_INTS(n - 1), AD_INTS(n - 1 + m), NULL);
          ad_array *y = ad_searchsorted(a, v, &(ad_searchsorted_opts){.side = side ? "right" : "left"});
          bool same = false;
          if (ad_read(ad_all(ad_equal(y, counted(a, v, side)), NULL), &same, 1) || !same)
            CHECK_FAIL("%s %s[%d] side %d: %s", isas[k], ad_dtype_name((ad_dtype)t), (int)n, side, ad_error_text(y));
          ad_scope_end(s, NULL);
        }
    ad_ctx_free(c);
  }
}

TEST(nan_rows_and_errors) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  const float nan = (float)NAN;
  ad_searchsorted_opts right = {.side = "right"};
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(5), (const float[]){-1, -0.0f, 0, nan, -nan});
  ad_array *v = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), (const float[]){0, nan, 9, -5});
  CHECK_FLOATS(ad_searchsorted(a, v, NULL), 1, 3, 3, 0);
  CHECK_FLOATS(ad_searchsorted(a, v, &right), 3, 5, 3, 0);
  ad_array *rows = ad_array_new(c, AD_INT32, AD_SHAPE(2, 3), (const int32_t[]){1, 2, 3, 10, 20, 30});
  CHECK_FLOATS(ad_searchsorted(rows, ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (const float[]){2.5f, 9, 2.5f, 25}), NULL), 2, 3, 0, 2);
  CHECK_FLOATS(ad_searchsorted(ad_zeros(c, AD_SHAPE(0), NULL), v, NULL), 0, 0, 0, 0);
  CHECK_INT(ad_array_size(ad_searchsorted(a, ad_zeros(c, AD_SHAPE(2, 0), NULL), NULL)), 0);
  CHECK_FAILS(ad_searchsorted(ad_number(c, 1), v, NULL), AD_E_VALUE, "searchsorted: a has rank 0; a sequence is right");
  CHECK_FAILS(ad_searchsorted(a, v, &(ad_searchsorted_opts){.side = "middle"}), AD_E_VALUE, "left");
  CHECK_FLOATS(ad_isin(v, a, NULL), 1, 0, 0, 0);
  CHECK_FLOATS(ad_isin(v, a, &(ad_isin_opts){.invert = true}), 0, 1, 1, 1);
  CHECK_FLOATS(ad_isin(v, ad_zeros(c, AD_SHAPE(0), NULL), NULL), 0, 0, 0, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(every_dtype_by_counting), CASE(nan_rows_and_errors))
