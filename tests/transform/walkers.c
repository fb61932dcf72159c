/* The three walkers on small functions: reverse against forward against finite differences, second order, batching
 * against a loop. The op matrix does the same for every op's samples; here the ops meet each other. */
#include <adamant/adamant.h>
#include "check.h"
#include "ir/ctx.h"
#include "transform/transform.h"

typedef ad_array *(*function)(ad_array *const *x);

static ad_array *broadcast_exp(ad_array *const *x) { return ad_exp(ad_add(x[0], ad_add(x[1], x[1]))); }
static ad_array *product(ad_array *const *x) {
  return ad_contract(x[0], ad_exp(x[1]), &(ad_contract_opts){.sum_a = AD_AXES(1), .sum_b = AD_AXES(1)});
}
static ad_array *batched_product(ad_array *const *x) {
  return ad_contract(x[0], x[1], &(ad_contract_opts){.batch_a = AD_AXES(1), .batch_b = AD_AXES(0),
                                                     .sum_a = AD_AXES(0), .sum_b = AD_AXES(2)});
}
static ad_array *convolved(ad_array *const *x) {
  return ad_exp(ad_convolution(x[0], x[1], &(ad_convolution_opts){.stride = AD_INTS(2), .padding_low = AD_INTS(2),
                                                                  .padding_high = AD_INTS(-1), .groups = AD_INT(2),
                                                                  .kernel_dilation = AD_INTS(2)}));
}
static ad_array *turned(ad_array *const *x) {
  return ad_convolution(x[0], x[1], &(ad_convolution_opts){.input_dilation = AD_INTS(3), .flip = true});
}
static ad_array *selected(ad_array *const *x) {
  ad_array *mask = ad_array_new(ad_array_ctx(x[0]), AD_BOOL, AD_SHAPE(4), ((uint8_t[]){1, 0, 0, 1}));
  return ad_where(mask, ad_exp(x[0]), ad_add(x[1], x[0]));
}
static ad_array *through_a_tuple(ad_array *const *x) {
  ad_array *t = ad_tuple(ad_array_ctx(x[0]), ((ad_array *[]){ad_exp(x[0]), x[1]}), 2);
  return ad_add(ad_item(t, 0), ad_exp(ad_item(t, 1)));
}
static ad_array *moved(ad_array *const *x) {
  return ad_add(ad_exp(ad_transpose(ad_reshape(x[0], AD_SHAPE(4, 3)), NULL)), ad_broadcast_to(x[1], AD_SHAPE(3, 4)));
}
static ad_array *mixed_dtypes(ad_array *const *x) { return ad_exp(ad_add(ad_cast(x[0], AD_FLOAT32), x[1])); }

static const struct {
  const char *name;
  function f;
  int rank[2];
  int64_t dims[2][4];
  double tolerance;
} samples[] = {
    {"broadcast_exp", broadcast_exp, {2, 1}, {{3, 4}, {4}}, 1e-6},
    {"product", product, {2, 2}, {{3, 4}, {2, 4}}, 1e-6},
    {"batched_product", batched_product, {3, 3}, {{4, 2, 3}, {2, 3, 4}}, 1e-6},
    {"convolved", convolved, {3, 3}, {{2, 7, 4}, {6, 3, 2}}, 1e-5},
    {"turned", turned, {3, 3}, {{1, 4, 2}, {3, 2, 2}}, 1e-6},
    {"selected", selected, {2, 1}, {{3, 4}, {4}}, 1e-6},
    {"through_a_tuple", through_a_tuple, {2, 2}, {{2, 2}, {2, 1}}, 1e-6},
    {"moved", moved, {2, 1}, {{2, 6}, {4}}, 1e-6},
    {"mixed_dtypes", mixed_dtypes, {1, 1}, {{3}, {3}}, 2e-3},
};
enum { SAMPLES = sizeof samples / sizeof *samples, MOST = 512 };

static uint32_t seed;
static double draw(void) {
  seed = seed * 1664525u + 1013904223u; /* Numerical Recipes' linear congruential generator */
  return (double)(seed >> 8) / (1 << 24) - 0.5;
}

static ad_array *draw_array(ad_ctx *c, int rank, const int64_t *dims) {
  double v[MOST];
  int64_t n = 1;
  for (int i = 0; i < rank; i++) n *= dims[i];
  for (int64_t i = 0; i < n; i++) v[i] = draw();
  return ad_array_new(c, AD_FLOAT64, ((ad_shape){rank, dims}), v);
}

static double dot(ad_array *a, ad_array *b) {
  static double u[MOST], v[MOST];
  if (!a || !b) return 0;
  if (ad_read(ad_cast(a, AD_FLOAT64), u, (size_t)ad_array_size(a) * 8) ||
      ad_read(ad_cast(b, AD_FLOAT64), v, (size_t)ad_array_size(b) * 8)) {
    CHECK_FAIL("%s %s", ad_error_text(a), ad_error_text(b));
    return NAN;
  }
  double s = 0;
  for (int64_t i = 0; i < ad_array_size(a); i++) s += u[i] * v[i];
  return s;
}

static ad_array *moved_by(ad_array *x, ad_array *t, double h) {
  static double u[MOST], v[MOST];
  ad_read(x, u, (size_t)ad_array_size(x) * 8);
  ad_read(t, v, (size_t)ad_array_size(t) * 8);
  for (int64_t i = 0; i < ad_array_size(x); i++) u[i] += h * v[i];
  return ad_array_new(ad_array_ctx(x), AD_FLOAT64, ad_array_shape(x), u);
}

/* <u, f(x + h t) - f(x - h t)> / 2h */
static double difference(function f, ad_array *const *x, ad_array *const *t, ad_array *u, double h) {
  ad_array *plus[2], *minus[2];
  for (int i = 0; i < 2; i++) plus[i] = moved_by(x[i], t[i], h), minus[i] = moved_by(x[i], t[i], -h);
  return (dot(u, f(plus)) - dot(u, f(minus))) / (2 * h);
}

static void draw_sample(ad_ctx *c, int k, ad_array **x, ad_array **t) {
  for (int i = 0; i < 2; i++) {
    x[i] = draw_array(c, samples[k].rank[i], samples[k].dims[i]);
    t[i] = draw_array(c, samples[k].rank[i], samples[k].dims[i]);
  }
}

static ad_array *like(ad_array *y) {
  ad_array *u = draw_array(ad_array_ctx(y), ad_array_rank(y), ad_array_shape(y).dims);
  return ad_cast(u, ad_array_dtype(y));
}

TEST(reverse_forward_and_differences_agree) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true});
  for (int k = 0; k < SAMPLES; k++) {
    seed = 7;
    ad_array *x[2], *t[2], *g[2], *jt = NULL, *error = NULL;
    draw_sample(c, k, x, t);
    ad_array *y = samples[k].f(x);
    if (ad_is_error(y)) CHECK_FAIL("%s: %s", samples[k].name, ad_error_text(y));
    ad_array *u = like(y);
    if (ad__vjp(c, &y, &u, 1, x, 2, g, &error)) CHECK_FAIL("%s: %s", samples[k].name, ad_error_text(error));
    if (ad__jvp(c, &y, 1, x, t, 2, &jt, &error)) CHECK_FAIL("%s: %s", samples[k].name, ad_error_text(error));
    double reverse = dot(g[0], t[0]) + dot(g[1], t[1]), forward = dot(u, jt);
    double numeric = difference(samples[k].f, x, t, u, 1e-4);
    double scale = 1 + fabs(numeric), tolerance = samples[k].tolerance * scale;
    if (!(fabs(reverse - forward) <= tolerance && fabs(reverse - numeric) <= 10 * tolerance))
      CHECK_FAIL("%s: reverse %.9g, forward %.9g, differences %.9g", samples[k].name, reverse, forward, numeric);
  }
  ad_ctx_free(c);
}

/* grad_t <u, f> along t twice: forward over reverse against reverse over forward. */
TEST(second_order_both_ways) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true});
  for (int k = 0; k < SAMPLES; k++) {
    seed = 11;
    ad_array *x[2], *t[2], *g[2], *gt[2], *jt = NULL, *h[2], *error = NULL;
    draw_sample(c, k, x, t);
    ad_array *y = samples[k].f(x), *u = like(y);
    ad_status s = ad__vjp(c, &y, &u, 1, x, 2, g, &error);
    if (!s) s = ad__jvp(c, g, 2, x, t, 2, gt, &error);
    if (!s) s = ad__jvp(c, &y, 1, x, t, 2, &jt, &error);
    if (!s) s = ad__vjp(c, &jt, &u, 1, x, 2, h, &error);
    if (s) {
      CHECK_FAIL("%s: %s", samples[k].name, ad_error_text(error));
      continue;
    }
    double a = dot(gt[0], t[0]) + dot(gt[1], t[1]), b = dot(h[0], t[0]) + dot(h[1], t[1]);
    if (!(fabs(a - b) <= samples[k].tolerance * (1 + fabs(a)))) CHECK_FAIL("%s: %.9g and %.9g", samples[k].name, a, b);
  }
  ad_ctx_free(c);
}

TEST(a_batch_is_a_loop) {
  enum { B = 3 };
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true});
  for (int k = 0; k < SAMPLES; k++)
    for (int which = 1; which <= 3; which++) {
      seed = 13;
      ad_array *x[2], *t[2], *xs[2], *bs[2], *rows[B][2], *out = NULL, *error = NULL;
      bool batched;
      int n = 0;
      draw_sample(c, k, x, t);
      ad_array *y = samples[k].f(x);
      for (int i = 0; i < 2; i++) {
        for (int b = 0; b < B; b++)
          rows[b][i] = which >> i & 1 ? draw_array(c, samples[k].rank[i], samples[k].dims[i]) : x[i];
        if (!(which >> i & 1)) continue;
        int64_t dims[5] = {1};
        memcpy(dims + 1, samples[k].dims[i], sizeof(int64_t) * 4);
        ad_array *parts[B];
        for (int b = 0; b < B; b++) parts[b] = ad_reshape(rows[b][i], ((ad_shape){samples[k].rank[i] + 1, dims}));
        xs[n] = x[i];
        bs[n++] = ad_concatenate(c, parts, B, NULL);
      }
      if (ad__batch(c, &y, 1, xs, bs, n, B, &out, &batched, &error)) {
        CHECK_FAIL("%s, %d: %s", samples[k].name, which, ad_error_text(error));
        continue;
      }
      CHECK(batched);
      size_t each = (size_t)ad_array_size(y) * ad_dtype_size(ad_array_dtype(y));
      const char *all = ad_data(out);
      CHECK_INT(ad_array_size(out), B * ad_array_size(y));
      for (int b = 0; all && b < B; b++) {
        const void *one = ad_data(samples[k].f(rows[b]));
        double got = 0;
        for (int64_t i = 0; one && i < ad_array_size(y); i++) {
          double p = ad_array_dtype(y) == AD_FLOAT64 ? ((const double *)(const void *)(all + b * each))[i]
                                                     : ((const float *)(const void *)(all + b * each))[i];
          double q = ad_array_dtype(y) == AD_FLOAT64 ? ((const double *)one)[i] : ((const float *)one)[i];
          got = fmax(got, fabs(p - q));
        }
        if (!one || !(got < 1e-6)) CHECK_FAIL("%s, %d: row %d differs by %g", samples[k].name, which, b, got);
      }
    }
  ad_ctx_free(c);
}

TEST(no_path_is_no_derivative) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true});
  ad_array *x = ad_number(c, 1), *z = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), ((float[]){1, 2}));
  ad_array *y = ad_exp(z), *g = z, *error = NULL, *ct = y;
  CHECK_INT(ad__vjp(c, &y, &ct, 1, &x, 1, &g, &error), AD_OK);
  CHECK(g == NULL);
  CHECK_INT(ad__jvp(c, &y, 1, &x, &ct, 1, &g, &error), AD_OK);
  CHECK(g == NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(reverse_forward_and_differences_agree), CASE(second_order_both_ways), CASE(a_batch_is_a_loop),
           CASE(no_path_is_no_derivative))
