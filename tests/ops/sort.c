/* sort, argsort, median, diff, trapezoid: every dtype, stability, NaN, axes, errors. */
#include <stdlib.h>
#include "shape_help.h"

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 2}); }

/* Small whole numbers sort alike in every dtype, and equal ones keep their order. */
TEST(every_dtype_is_stable) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  enum { N = 1000 };
  static int32_t data[N];
  for (int i = 0; i < N; i++) data[i] = (i * 7919) % 23;
  for (int t = AD_UINT8; t < AD_DTYPE_COUNT; t++) {
    ad_array *x = ad_cast(ad_array_new(c, AD_INT32, AD_SHAPE(N), data), (ad_dtype)t);
    if (ad_dtype_category((ad_dtype)t) == AD_CATEGORY_INT || ad_dtype_category((ad_dtype)t) >= AD_CATEGORY_FLOAT)
      x = ad_subtract(x, ad_cast(ad_number_int(c, 11), (ad_dtype)t));
    ad_array *y = ad_sort(x, NULL), *order = ad_argsort(x, NULL);
    const uint32_t *at = ad_data(order);
    const int32_t *v = ad_data(ad_cast(y, AD_INT32));
    CHECK_STOP(at && v);
    for (int i = 1; i < N; i++) {
      if (v[i - 1] > v[i]) CHECK_FAIL("%s: %d before %d", ad_dtype_name((ad_dtype)t), v[i - 1], v[i]);
      if (v[i - 1] == v[i] && at[i - 1] > at[i]) CHECK_FAIL("%s: not stable at %d", ad_dtype_name((ad_dtype)t), i);
      if (data[at[i]] != v[i] && data[at[i]] - 11 != v[i]) CHECK_FAIL("%s: index %d", ad_dtype_name((ad_dtype)t), i);
    }
  }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- Hostile sequences ---- */

static const char *const isas[] = {"portable", "avx2", "avx512"};
enum { ANY_BITS, FEW, EQUAL, SORTED, REVERSED, ZEROS, PATTERNS };

/* n elements: any bits at all (NaN of every kind, infinities), few values, one value, in order, zeros of both signs. */
static ad_array *hostile(ad_ctx *c, ad_dtype t, int64_t n, int pattern) {
  bool complex = ad_dtype_category(t) == AD_CATEGORY_COMPLEX;
  ad_array *key = ad_random_key(c, 77), *i = ad_iota(c, n, &(ad_iota_opts){.dtype = AD_INT64});
  switch (pattern) {
  case ANY_BITS: {
    if (complex || t == AD_BOOL) return ad_cast(ad_random_normal(c, key, NULL, NULL, AD_SHAPE(n), NULL), t);
    static const ad_dtype words[] = {0, AD_UINT8, AD_UINT16, 0, AD_UINT32, 0, 0, 0, AD_UINT64};
    ad_array *bits = ad_random_bits(key, AD_SHAPE(n), &(ad_random_bits_opts){.width = AD_INT((int64_t)ad_dtype_size(t))});
    return ad_view(ad_cast(bits, words[ad_dtype_size(t)]), t);
  }
  case FEW: return ad_cast(ad_random_randint(key, ad_number_int(c, 0), ad_number_int(c, 3), AD_SHAPE(n), NULL), t);
  case EQUAL: return ad_cast(ad_full(ad_number(c, 1), AD_SHAPE(n), NULL), t);
  case SORTED: return ad_cast(ad_floor_divide(i, ad_number_int(c, n / 100 + 1)), t);
  case REVERSED: return ad_cast(ad_floor_divide(ad_subtract(ad_number_int(c, n), i), ad_number_int(c, n / 100 + 1)), t);
  default: {
    ad_array *odd = ad_equal(ad_remainder(i, ad_number_int(c, 3)), ad_number_int(c, 0));
    ad_array *zero = ad_where(odd, ad_number(c, -0.0), ad_number(c, 0));
    return ad_cast(ad_where(ad_equal(ad_remainder(i, ad_number_int(c, 5)), ad_number_int(c, 1)), ad_number(c, 1), zero), t);
  }
  }
}

static bool never(ad_array *a) {
  bool any = true;
  return !ad_read(ad_any(a, NULL), &any, sizeof any) && !any;
}

static ad_array *both_nan(ad_array *a, ad_array *b) {
  return ad_logical_and(ad_isnan(a), ad_isnan(b));
}

/* order is a permutation, y are the elements in it, bit for bit, none is before a lesser one, and equals keep their order. */
static void check_order(ad_array *x, bool down, const char *name) {
  ad_ctx *c = ad_array_ctx(x);
  int64_t n = ad_array_size(x);
  ad_array *y = ad_sort(x, &(ad_sort_opts){.descending = down}), *order = ad_argsort(x, &(ad_argsort_opts){.descending = down});
  ad_array *taken = ad_take(x, order, NULL), *i = ad_iota(c, n, &(ad_iota_opts){.dtype = AD_UINT32});
  if (ad_eval(y) || ad_eval(order) || ad_eval(taken)) {
    CHECK_FAIL("%s: %s", name, ad_error_text(ad_is_error(y) ? y : order));
    return;
  }
  if (n && memcmp(ad_data(y), ad_data(taken), (size_t)n * ad_dtype_size(ad_array_dtype(x)))) CHECK_FAIL("%s: not in argsort's order", name);
  if (!never(ad_not_equal(ad_sort(order, NULL), i))) CHECK_FAIL("%s: no permutation", name);
  if (n < 2) return;
  ad_ints from = AD_INTS(0), to = AD_INTS(n - 1), later = AD_INTS(1), end = AD_INTS(n);
  ad_array *a = ad_strided_slice(y, from, to, NULL), *b = ad_strided_slice(y, later, end, NULL);
  ad_array *wrong = ad_logical_or(down ? ad_less(a, b) : ad_less(b, a), ad_logical_and(ad_isnan(a), ad_logical_not(ad_isnan(b))));
  if (!never(wrong)) CHECK_FAIL("%s: not in order", name);
  ad_array *equal = ad_logical_or(ad_equal(a, b), both_nan(a, b));
  ad_array *swapped = ad_greater(ad_strided_slice(order, from, to, NULL), ad_strided_slice(order, later, end, NULL));
  if (!never(ad_logical_and(equal, swapped))) CHECK_FAIL("%s: not stable", name);
}

TEST(hostile_sequences_in_every_dtype) {
  static const int64_t sizes[] = {0, 1, 2, 15, 17, 63, 65, 128, 257, 1000, 5000};
  for (size_t k = 0; k < sizeof isas / sizeof isas[0]; k++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .isa = isas[k]});
    for (int t = AD_BOOL; ad_ctx_status(c) == AD_OK && t < AD_DTYPE_COUNT; t++)
      for (int pattern = 0; pattern < PATTERNS; pattern++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
          char name[96];
          snprintf(name, sizeof name, "%s %s[%d], pattern %d", isas[k], ad_dtype_name((ad_dtype)t), (int)sizes[i], pattern);
          ad_scope *s = ad_scope_begin(c);
          check_order(hostile(c, (ad_dtype)t, sizes[i], pattern), (i + (size_t)pattern) % 2, name);
          ad_scope_end(s, NULL);
        }
    ad_ctx_free(c);
  }
}

/* Whatever is along the axis beside, and however the memory lies, a sequence is sorted as it would be alone. */
TEST(layouts) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = hostile(c, AD_FLOAT32, 7 * 40 * 19, ANY_BITS), *in[] = {ad_reshape(x, AD_SHAPE(7, 40, 19)), NULL, NULL};
  in[1] = ad_transpose(in[0], NULL);
  in[2] = ad_flip(in[0], NULL);
  for (int k = 0; k < 3; k++)
    for (int axis = 0; axis < 3; axis++) {
      ad_array *y = ad_contiguous(ad_moveaxis(ad_sort(in[k], &(ad_sort_opts){.axis = AD_INT(axis)}), axis, 2));
      ad_array *want = ad_sort(ad_contiguous(ad_moveaxis(in[k], axis, 2)), NULL);
      if (ad_eval(y) || ad_eval(want)) CHECK_FAIL("%s", ad_error_text(y));
      else if (memcmp(ad_data(y), ad_data(want), 7 * 40 * 19 * sizeof(float))) CHECK_FAIL("layout %d, axis %d", k, axis);
    }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* NaN stay behind when the order is reversed, but the largest integer does not. */
TEST(descending_extremes) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_UINT64, AD_SHAPE(3), (const uint64_t[]){5, UINT64_MAX, 0});
  ad_array *z = ad_array_new(c, AD_INT64, AD_SHAPE(3), (const int64_t[]){INT64_MIN, INT64_MAX, 0});
  CHECK_FLOATS(ad_argsort(x, &(ad_argsort_opts){.descending = true}), 1, 0, 2);
  CHECK_FLOATS(ad_argsort(z, &(ad_argsort_opts){.descending = true}), 1, 2, 0);
  CHECK_FAILS(ad_sort(ad_broadcast_to(ad_number(c, 1), AD_SHAPE((int64_t)1 << 33)), NULL), AD_E_OVERFLOW,
              "sort: an axis of length 8589934592; at most 4294967295 is right");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(nan_last_and_zeros_equal) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  const float nan = (float)NAN, inf = (float)INFINITY;
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(8), (const float[]){nan, 0, -0.0f, inf, -nan, -inf, 1, -1});
  CHECK_FLOATS(ad_argsort(x, NULL), 5, 7, 1, 2, 6, 3, 0, 4);
  CHECK_FLOATS(ad_argsort(x, &(ad_argsort_opts){.descending = true}), 3, 6, 1, 2, 7, 5, 0, 4);
  const float z[] = {1, nan, 2, 0, nan, nan, nan, 0, 1, -1, 1, -2};
  CHECK_FLOATS(ad_argsort(ad_array_new(c, AD_COMPLEX64, AD_SHAPE(6), z), NULL), 5, 4, 1, 0, 3, 2);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(axes_and_errors) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 3), (const float[]){3, 1, 2, 0, 5, 4});
  CHECK_FLOATS(ad_sort(x, NULL), 1, 2, 3, 0, 4, 5);
  CHECK_FLOATS(ad_sort(x, &(ad_sort_opts){.axis = AD_INT(0)}), 0, 1, 2, 3, 5, 4);
  CHECK_FLOATS(ad_sort(ad_transpose(x, NULL), &(ad_sort_opts){.axis = AD_INT(0), .descending = true}), 3, 5, 2, 4, 1, 0);
  CHECK_FAILS(ad_sort(ad_number(c, 1), NULL), AD_E_INDEX, "sort: axis -1; the array has rank 0 and no axes");
  const ad_op *op = ad_op_find(c, "sort");
  ad_attr at[] = {ad_attr_int(AD_INT(1)), ad_attr_flag(false)};
  ad_array *t = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 3), (const float[]){30, 10, 20, 0, 50, 40});
  ad_rule r = {.ctx = c, .op = op, .n = 1, .in = &x, .attrs = at};
  CHECK_FLOATS(op->jvp(&r, &t), 10, 20, 30, 0, 40, 50);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(medians) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 4), (const float[]){3, 1, 2, 10, 0, 5, (float)NAN, 4});
  float v[2];
  ad_read(ad_median(x, &(ad_median_opts){.axes = AD_AXES(1)}), v, sizeof v);
  CHECK(v[0] == 2.5f && v[1] != v[1]);
  CHECK_FLOATS(ad_median(ad_array_new(c, AD_INT8, AD_SHAPE(3), (const int8_t[]){5, -1, 2}), NULL), 2);
  CHECK_INT(ad_array_rank(ad_median(x, &(ad_median_opts){.keepdims = true})), 2);
  CHECK_FAILS(ad_median(ad_zeros(c, AD_SHAPE(0), NULL), NULL), AD_E_VALUE, "median: axis 0 has length 0");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(differences) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_INT32, AD_SHAPE(4), (const int32_t[]){1, 4, 9, 16});
  ad_array *zero = ad_array_new(c, AD_INT32, AD_SHAPE(1), (const int32_t[]){0});
  CHECK_FLOATS(ad_diff(x, NULL, NULL, NULL), 3, 5, 7);
  CHECK_FLOATS(ad_diff(x, zero, NULL, NULL), 1, 3, 5, 7);
  CHECK_FLOATS(ad_diff(x, zero, zero, &(ad_diff_opts){.n = AD_INT(2)}), 2, 2, 2, -23);
  CHECK_INT(ad_array_size(ad_diff(x, NULL, NULL, &(ad_diff_opts){.n = AD_INT(9)})), 0);
  CHECK_FAILS(ad_diff(x, NULL, NULL, &(ad_diff_opts){.n = AD_INT(-1)}), AD_E_VALUE, "diff: n -1; 0 or more is right");
  CHECK_FLOATS(ad_trapezoid(x, NULL, NULL), 21.5);
  CHECK_FLOATS(ad_trapezoid(x, x, &(ad_trapezoid_opts){.dx = AD_NUM(0)}), 127.5);
  CHECK_FLOATS(ad_trapezoid(ad_reshape(x, AD_SHAPE(2, 2)), NULL, &(ad_trapezoid_opts){.dx = AD_NUM(2), .axis = AD_INT(0)}), 10, 20);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(every_dtype_is_stable), CASE(hostile_sequences_in_every_dtype), CASE(layouts), CASE(descending_extremes),
           CASE(nan_last_and_zeros_equal), CASE(axes_and_errors), CASE(medians), CASE(differences))
