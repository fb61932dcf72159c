/* softmax and log_softmax: values, infinities, layouts and axes, the kernel against the composition, derivatives. */
#include <stdlib.h>
#include "shape_help.h"

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 1}); }

static ad_array *noise(ad_ctx *c, ad_shape shape) {
  size_t n = 1;
  for (int i = 0; i < shape.rank; i++) n *= (size_t)shape.dims[i];
  float *data = malloc(n * sizeof *data);
  uint32_t seed = 3;
  for (size_t i = 0; i < n; i++) seed = seed * 1664525u + 1013904223u, data[i] = (float)(int32_t)seed * 0x1p-28f;
  ad_array *a = ad_array_new(c, AD_FLOAT32, shape, data);
  free(data);
  return a;
}

static void check_close(ad_array *a, ad_array *b, double tolerance) {
  CHECK_INT(ad_array_size(a), ad_array_size(b));
  const double *x = ad_data(ad_cast(a, AD_FLOAT64)), *y = ad_data(ad_cast(b, AD_FLOAT64));
  CHECK_STOP(x && y);
  for (int64_t i = 0; i < ad_array_size(a); i++) CHECK_NEAR(x[i], y[i], tolerance * (1 + fabs(y[i])));
}

/* Rows in float64, the plain way. */
static void check_rows(ad_array *x, int64_t rows, int64_t n) {
  ad_array *p = ad_softmax(x, &(ad_softmax_opts){.axes = AD_AXES(-1)});
  ad_array *l = ad_log_softmax(x, &(ad_log_softmax_opts){.axes = AD_AXES(-1)});
  const float *in = ad_data(x), *got = ad_data(p), *logs = ad_data(l);
  CHECK_STOP(in && got && logs);
  for (int64_t r = 0; r < rows; r++) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += exp((double)in[r * n + i]);
    for (int64_t i = 0; i < n; i++) {
      double want = exp((double)in[r * n + i]) / sum;
      CHECK_NEAR((double)got[r * n + i], want, 1e-6 * want + 1e-40);
      CHECK_NEAR((double)logs[r * n + i], (double)in[r * n + i] - log(sum), 2e-6 * (1 + fabs(log(want))));
    }
  }
}

TEST(rows) {
  ad_ctx *c = ctx();
  static const int64_t lengths[] = {1, 2, 7, 64, 1000, 1024, 1025, 4097, 20000};
  for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
    ad_scope *s = ad_scope_begin(c);
    check_rows(noise(c, AD_SHAPE(3, lengths[k])), 3, lengths[k]);
    ad_scope_end(s, NULL);
  }
  ad_scope *s = ad_scope_begin(c);
  check_rows(noise(c, AD_SHAPE(300, 4096)), 300, 4096); /* large enough to go past the cache */
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(other_axes) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = noise(c, AD_SHAPE(5, 6, 7));
  ad_array *moved = ad_transpose(x, &(ad_transpose_opts){.axes = AD_AXES(1, 2, 0)});
  ad_array *want = ad_softmax(x, &(ad_softmax_opts){.axes = AD_AXES(0)});
  ad_array *got = ad_softmax(moved, &(ad_softmax_opts){.axes = AD_AXES(2)});
  check_close(ad_transpose(got, &(ad_transpose_opts){.axes = AD_AXES(2, 0, 1)}), want, 1e-6);
  ad_array *both = ad_softmax(x, &(ad_softmax_opts){.axes = AD_AXES(0, 2)});
  check_close(ad_sum(both, &(ad_sum_opts){.axes = AD_AXES(2, 0)}), ad_ones(c, AD_SHAPE(6), NULL), 1e-6);
  check_close(ad_reshape(ad_softmax(x, NULL), AD_SHAPE(-1)), ad_softmax(ad_reshape(x, AD_SHAPE(-1)), NULL), 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(extremes) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  const float inf = (float)INFINITY;
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 3), (const float[]){1000, 1000, -inf, -1000, -1000, -2000});
  CHECK_FLOATS(ad_softmax(x, &(ad_softmax_opts){.axes = AD_AXES(1)}), 0.5, 0.5, 0, 0.5, 0.5, 0);
  float v[6];
  ad_read(ad_log_softmax(x, &(ad_log_softmax_opts){.axes = AD_AXES(1)}), v, sizeof v);
  CHECK(v[2] == -inf);
  CHECK_NEAR(v[5], -1000.6931, 1e-3);
  ad_array *odd = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4, 2), (const float[]){1, (float)NAN, inf, 0, -inf, -inf, 0, 0});
  const float *p = ad_data(ad_softmax(odd, &(ad_softmax_opts){.axes = AD_AXES(1)}));
  for (int i = 0; i < 6; i++) CHECK(isnan(p[i]));
  CHECK(p[6] == 0.5f && p[7] == 0.5f);
  ad_array *far = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), (const float[]){0, -86, -200}); /* weights next to nothing */
  CHECK_NEAR((double)((const float *)ad_data(ad_softmax(far, NULL)))[1], 4.4737793e-38, 1e-44);
  ad_array *e = ad_zeros(c, AD_SHAPE(0, 3), NULL);
  CHECK_INT(ad_eval(ad_softmax(e, NULL)), AD_OK);
  CHECK_INT(ad_array_dtype(ad_softmax(ad_array_new(c, AD_INT8, AD_SHAPE(1), (const int8_t[]){3}), NULL)), AD_FLOAT32);
  ad_array *half = ad_cast(ad_ones(c, AD_SHAPE(1000), NULL), AD_FLOAT16);
  CHECK_NEAR(((const float *)ad_data(ad_cast(ad_softmax(half, NULL), AD_FLOAT32)))[999], 0.001, 1e-6);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(kernels_agree_with_compositions) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  static const char *const names[] = {"softmax", "log_softmax"};
  ad_array *x = noise(c, AD_SHAPE(4, 33));
  ad_attr at[2] = {ad_attr_ints(AD_AXES(1)), ad_attr_flag(false)};
  for (int k = 0; k < 2; k++) {
    const ad_op *op = ad_op_find(c, names[k]);
    ad_rule r = {.ctx = c, .op = op, .n = 1, .in = &x, .attrs = at};
    check_close(ad_apply(c, AD_HERE, op, &x, 1, at), op->compose(&r), 2e-6);
  }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(rows), CASE(other_axes), CASE(extremes), CASE(kernels_agree_with_compositions))
