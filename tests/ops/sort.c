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

CHECK_MAIN(CASE(every_dtype_is_stable), CASE(nan_last_and_zeros_equal), CASE(axes_and_errors), CASE(medians), CASE(differences))
