/* Scans: values in both directions, exclusive ones, dtypes, NaN, layouts, bits, and the kernel against the composition. */
#include <stdlib.h>
#include "shape_help.h"

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 1}); }

TEST(directions) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 3), (const float[]){1, 2, 3, 4, 5, 6});
  CHECK_FLOATS(ad_cumsum(x, &(ad_cumsum_opts){.axis = AD_INT(1)}), 1, 3, 6, 4, 9, 15);
  CHECK_FLOATS(ad_cumsum(x, &(ad_cumsum_opts){.axis = AD_INT(0)}), 1, 2, 3, 5, 7, 9);
  CHECK_FLOATS(ad_cumsum(x, &(ad_cumsum_opts){.axis = AD_INT(1), .reverse = true}), 6, 5, 3, 15, 11, 6);
  CHECK_FLOATS(ad_cumsum(x, &(ad_cumsum_opts){.axis = AD_INT(0), .reverse = true}), 5, 7, 9, 4, 5, 6);
  CHECK_FLOATS(ad_cumsum(x, &(ad_cumsum_opts){.axis = AD_INT(-1), .exclusive = true}), 0, 1, 3, 0, 4, 9);
  CHECK_FLOATS(ad_cumsum(x, &(ad_cumsum_opts){.exclusive = true, .reverse = true}), 20, 18, 15, 11, 6, 0);
  CHECK_INT(ad_array_rank(ad_cumsum(x, NULL)), 1);
  CHECK_FLOATS(ad_cumprod(x, NULL), 1, 2, 6, 24, 120, 720);
  CHECK_FLOATS(ad_cumsum(ad_transpose(x, NULL), &(ad_cumsum_opts){.axis = AD_INT(1)}), 1, 5, 2, 7, 3, 9);
  CHECK_FLOATS(ad_cumsum(ad_flip(x, NULL), &(ad_cumsum_opts){.axis = AD_INT(1)}), 6, 11, 15, 3, 5, 6);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(dtypes) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *b = ad_array_new(c, AD_BOOL, AD_SHAPE(4), (const uint8_t[]){1, 0, 1, 1});
  CHECK_INT(ad_array_dtype(ad_cumsum(b, NULL)), AD_INT32);
  CHECK_FLOATS(ad_cumsum(b, NULL), 1, 1, 2, 3);
  CHECK_INT(ad_array_dtype(ad_cumprod(b, NULL)), AD_BOOL);
  ad_array *i = ad_array_new(c, AD_INT8, AD_SHAPE(3), (const int8_t[]){100, 100, 1});
  CHECK_FLOATS(ad_cumsum(i, NULL), 100, -56, -55);
  CHECK_FLOATS(ad_cumsum(i, &(ad_cumsum_opts){.dtype = AD_FLOAT16}), 100, 200, 201);
  CHECK_FLOATS(ad_cummax(i, &(ad_cummax_opts){.exclusive = true}), -128, 100, 100);
  CHECK_FLOATS(ad_cummin(i, &(ad_cummin_opts){.exclusive = true, .reverse = true}), 1, 1, 127);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* An exclusive sum begins with 0, whichever way its lines lie; an inclusive one keeps the sign of a first -0. */
TEST(exclusive_sums_begin_with_zero) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  for (ad_dtype t = AD_FLOAT16; t <= AD_COMPLEX128; t++)
    for (int axis = 0; axis < 2; axis++) {
      ad_array *x = ad_cast(ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (const float[]){-0.0f, -0.0f, -0.0f, -0.0f}), t);
      ad_array *y = ad_cumsum(x, &(ad_cumsum_opts){.axis = AD_INT(axis), .exclusive = true});
      CHECK(!memchr(ad_data(y), 0x80, 4 * ad_dtype_size(t)));
      const char *kept = ad_data(ad_cumsum(x, &(ad_cumsum_opts){.axis = AD_INT(axis)}));
      if (t < AD_COMPLEX64) CHECK_INT(kept[ad_dtype_size(t) - 1], (char)0x80);
    }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(nan_stays) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  const float nan = (float)NAN;
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), (const float[]){2, 1, nan, 3});
  float v[4];
  ad_read(ad_cummax(x, NULL), v, sizeof v);
  CHECK(v[0] == 2 && v[1] == 2 && v[2] != v[2] && v[3] != v[3]);
  ad_read(ad_cummin(x, &(ad_cummin_opts){.reverse = true}), v, sizeof v);
  CHECK(v[3] == 3 && v[2] != v[2] && v[1] != v[1] && v[0] != v[0]);
  ad_array *low = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), (const float[]){-INFINITY, -INFINITY, 0});
  ad_read(ad_logcumsumexp(low, NULL), v, 12);
  CHECK(v[0] == -INFINITY && v[1] == -INFINITY && v[2] == 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(long_sums_do_not_drift) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *y = ad_cumsum(ad_ones(c, AD_SHAPE(20000000), NULL), NULL);
  const float *v = ad_data(y);
  CHECK(v[19999999] == 20000000.0f);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* Every scan's kernel agrees with what the op says it is composed of. */
TEST(kernels_agree_with_compositions) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  static const char *const names[] = {"cumprod", "cummax", "cummin", "logcumsumexp"};
  float data[3 * 11 * 2];
  for (int i = 0; i < 66; i++) data[i] = (float)((i * 37) % 23) / 8 - 1.25f;
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3, 11, 2), data);
  for (int k = 0; k < 4; k++)
    for (int form = 0; form < 8; form++) {
      const ad_op *op = ad_op_find(c, names[k]);
      ad_attr at[4] = {ad_attr_int(form & 4 ? AD_INT(1) : (ad_int){0}), ad_attr_flag(form & 1), ad_attr_flag(form & 2)};
      ad_rule r = {.ctx = c, .op = op, .n = 1, .in = &x, .attrs = at};
      ad_array *want = ad_apply(c, AD_HERE, op, &x, 1, at), *got = op->compose(&r);
      float a[66], b[66];
      CHECK_INT(ad_read(want, a, sizeof a), AD_OK);
      CHECK_INT(ad_read(got, b, sizeof b), AD_OK);
      for (int i = 0; i < 66; i++) CHECK_NEAR(a[i], b[i], 1e-5 * (1 + fabs((double)b[i])));
    }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(prod_gradient_with_zeros) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3, 3), (const float[]){2, 3, 4, 0, 3, 4, 0, 0, 5});
  ad_attr at[] = {ad_attr_ints(AD_AXES(1)), ad_attr_flag(false), {0}};
  const ad_op *op = ad_op_find(c, "prod");
  ad_array *y = ad_apply(c, AD_HERE, op, &x, 1, at), *ct = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), (const float[]){1, 1, 2});
  ad_rule r = {.ctx = c, .op = op, .n = 1, .in = &x, .out = y, .attrs = at};
  CHECK_FLOATS(op->vjp(&r, 0, &ct), 12, 8, 6, 12, 0, 0, 0, 0, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(directions), CASE(dtypes), CASE(exclusive_sums_begin_with_zero), CASE(nan_stays), CASE(long_sums_do_not_drift),
           CASE(kernels_agree_with_compositions), CASE(prod_gradient_with_zeros))
