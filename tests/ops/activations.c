/* The composed activations and the losses where the op matrix does not look: extremes, kinks, NaN, derivatives there, half types. */
#include "row_help.h"
#include "shape_help.h"

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 1, .keep_graphs = true}); }

typedef ad_array *(*unary)(ad_array *a);
static ad_array *run_elu(ad_array *a) { return ad_elu(a, NULL); }
static ad_array *run_celu(ad_array *a) { return ad_celu(a, &(ad_celu_opts){.alpha = AD_NUM(2)}); }
static ad_array *run_selu(ad_array *a) { return ad_selu(a); }
static ad_array *run_log_sigmoid(ad_array *a) { return ad_log_sigmoid(a); }
static ad_array *run_mish(ad_array *a) { return ad_mish(a); }
static ad_array *run_softsign(ad_array *a) { return ad_softsign(a); }
static ad_array *run_leaky(ad_array *a) { return ad_leaky_relu(a, NULL); }
static ad_array *run_shrink(ad_array *a) { return ad_softshrink(a, NULL); }
static ad_array *run_hardswish(ad_array *a) { return ad_hardswish(a); }

static ad_array *summed(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c;
  return ad_sum((*(unary *)user)(in[0]), NULL);
}

/* Values and slopes at -infinity, -1000, -0.25, 0, 1000 and NaN. */
static void check_at_extremes(const char *name, unary f, const double *value, const double *slope) {
  ad_ctx *c = ctx();
  const double at[] = {-INFINITY, -1000, -0.25, 0, 1000, NAN};
  ad_array *x = ad_array_new(c, AD_FLOAT64, AD_SHAPE(6), at);
  const double *y = ad_data(f(x)), *g = ad_data(ad_call(ad_grad(ad_fn_new(c, summed, 1, &f), NULL), x));
  for (int i = 0; i < 6; i++) {
    if (!check_is_near(y[i], value[i], 1e-12)) CHECK_FAIL("%s(%g) is %.17g, expected %.17g", name, at[i], y[i], value[i]);
    if (i > 0 && !check_is_near(g[i], slope[i], 1e-12)) CHECK_FAIL("the slope of %s at %g is %.17g, expected %.17g", name, at[i], g[i], slope[i]);
  }
  ad_ctx_free(c);
}

TEST(activations_at_extremes) {
  double e = exp(-0.25), s = 1 / (1 + e);
  check_at_extremes("elu", run_elu, (double[]){-1, -1, e - 1, 0, 1000, NAN}, (double[]){0, 0, e, 1, 1, NAN});
  check_at_extremes("celu", run_celu, (double[]){-2, -2, 2 * (exp(-0.125) - 1), 0, 1000, NAN}, (double[]){0, 0, exp(-0.125), 1, 1, NAN});
  double a = 1.6732632423543772848, l = 1.0507009873554804934;
  check_at_extremes("selu", run_selu, (double[]){-l * a, -l * a, l * a * (e - 1), 0, 1000 * l, NAN}, (double[]){0, 0, l * a * e, l * a, l, NAN});
  check_at_extremes("log_sigmoid", run_log_sigmoid, (double[]){-INFINITY, -1000, -0.25 - log1p(e), -log(2), 0, NAN}, (double[]){0, 1, s, 0.5, 0, NAN});
  double sp = log1p(e), t = tanh(sp);
  check_at_extremes("mish", run_mish, (double[]){NAN, 0, -0.25 * t, 0, 1000, NAN}, (double[]){0, 0, t - 0.25 * (1 - t * t) * (1 - s), 0.6, 1, NAN});
  check_at_extremes("softsign", run_softsign, (double[]){NAN, -1000 / 1001.0, -0.2, 0, 1000 / 1001.0, NAN},
                    (double[]){0, 1 / (1001.0 * 1001), 0.64, 1, 1 / (1001.0 * 1001), NAN});
  check_at_extremes("leaky_relu", run_leaky, (double[]){-INFINITY, -10, -0.0025, 0, 1000, NAN}, (double[]){0, 0.01, 0.01, 0.01, 1, 0.01});
  check_at_extremes("softshrink", run_shrink, (double[]){-INFINITY, -999.5, 0, 0, 999.5, NAN}, (double[]){0, 1, 0, 0, 1, 1});
  check_at_extremes("hardswish", run_hardswish, (double[]){NAN, 0, -0.25 * 2.75 / 6, 0, 1000, NAN}, (double[]){0, 0, 2.5 / 6, 0.5, 1, NAN});
}

TEST(step_and_prelu) {
  ad_ctx *c = ctx();
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), (const float[]){-1, 0, 2, NAN});
  CHECK_FLOATS(ad_step(x, NULL), 0, 0, 1, 0);
  CHECK_FLOATS(ad_step(x, &(ad_step_opts){.threshold = AD_NUM(-1)}), 0, 1, 1, 0);
  CHECK_INT(ad_array_dtype(ad_step(x, NULL)), AD_FLOAT32);
  CHECK_FLOATS(ad_strided_slice(ad_prelu(x, ad_number(c, 0.25)), AD_INTS(0), AD_INTS(3), NULL), -0.25, 0, 2);
  ad_ctx_free(c);
}

/* ---- Losses ---- */

static ad_array *binary(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c;
  ad_binary_cross_entropy_opts opts = {.probabilities = *(bool *)user, .reduction = "sum"};
  return ad_binary_cross_entropy(in[0], in[1], NULL, &opts);
}

TEST(binary_cross_entropy_at_extremes) {
  ad_ctx *c = ctx();
  bool probabilities = true;
  ad_array *p = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), (const float[]){0, 1, 0, 0.25f});
  ad_array *t = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), (const float[]){0, 1, 1, 1});
  ad_binary_cross_entropy_opts each = {.probabilities = true, .reduction = "none"};
  const float *y = ad_data(ad_binary_cross_entropy(p, t, NULL, &each));
  CHECK_NEAR((double)y[0], 0, 0); CHECK_NEAR((double)y[1], 0, 0); CHECK_NEAR((double)y[2], 100, 0); CHECK_NEAR((double)y[3], log(4), 1e-6);
  const float *g = ad_data(ad_call(ad_grad(ad_fn_new(c, binary, 2, &probabilities), NULL), p, t));
  for (int i = 0; i < 4; i++) CHECK(isfinite(g[i]));
  CHECK_NEAR((double)g[3], -4, 1e-5);
  probabilities = false;
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(4), (const float[]){-1000, 1000, -1000, 0});
  g = ad_data(ad_call(ad_grad(ad_fn_new(c, binary, 2, &probabilities), NULL), x, t));
  CHECK_NEAR((double)g[0], 0, 0); CHECK_NEAR((double)g[1], 0, 0); CHECK_NEAR((double)g[2], -1, 0); CHECK_NEAR((double)g[3], -0.5, 0);
  ad_ctx_free(c);
}

static ad_array *divergence(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_sum(ad_kl_div_loss(in[0], in[1], NULL), NULL);
}
static ad_array *likeness(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_sum(ad_cosine_similarity_loss(in[0], in[1], NULL), NULL);
}
static ad_array *bent(ad_ctx *c, ad_array *const *in, void *user) {
  return ad_smooth_l1_loss(in[0], ad_zeros_like(in[0], NULL), &(ad_smooth_l1_loss_opts){.beta = AD_NUM(*(double *)user), .reduction = c ? "sum" : NULL});
}

TEST(losses_where_something_is_zero) {
  ad_ctx *c = ctx();
  ad_array *q = ad_array_new(c, AD_FLOAT64, AD_SHAPE(1, 2), (const double[]){-log(2), -INFINITY});
  ad_array *p = ad_array_new(c, AD_FLOAT64, AD_SHAPE(1, 2), (const double[]){0, -INFINITY});
  ad_fn *by_both = ad_grad(ad_fn_new(c, divergence, 2, NULL), &(ad_grad_opts){.argnums = AD_AXES(0, 1)});
  CHECK_NEAR(*(const double *)ad_data(ad_kl_div_loss(q, p, NULL)), log(2), 1e-15);
  ad_array *g = ad_call(by_both, q, p);
  CHECK_FLOATS(ad_item(g, 0), -1, 0);
  CHECK(isfinite(((const double *)ad_data(ad_item(g, 1)))[1]));
  ad_array *a = ad_zeros(c, AD_SHAPE(2, 3), NULL), *b = ad_ones(c, AD_SHAPE(2, 3), NULL);
  g = ad_call(ad_grad(ad_fn_new(c, likeness, 2, NULL), &(ad_grad_opts){.argnums = AD_AXES(0, 1)}), a, b);
  CHECK(isfinite(*(const float *)ad_data(ad_sum(ad_item(g, 0), NULL))));
  CHECK_FLOATS(ad_item(g, 1), 0, 0, 0, 0, 0, 0);
  double beta = 0;
  ad_array *e = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), (const float[]){-2, 0, 3});
  CHECK_FLOATS(ad_call(ad_grad(ad_fn_new(c, bent, 1, &beta), NULL), e), -1, 0, 1);
  beta = 4;
  CHECK_FLOATS(ad_call(ad_grad(ad_fn_new(c, bent, 1, &beta), NULL), e), -0.5, 0, 0.75);
  ad_ctx_free(c);
}

TEST(defaults_and_weights) {
  ad_ctx *c = ctx();
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (const float[]){0, 0, 0, 0}), *classes = ad_array_new(c, AD_INT32, AD_SHAPE(2), (const int32_t[]){1, 0});
  CHECK_INT(ad_array_rank(ad_cross_entropy(x, classes, NULL, NULL)), 1);
  ad_array *w = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), (const float[]){1, 3});
  const float *y = ad_data(ad_cross_entropy(x, classes, w, &(ad_cross_entropy_opts){.reduction = "mean"}));
  CHECK_NEAR((double)*y, 2 * log(2), 1e-6); /* over the number of rows, not the sum of weights */
  CHECK_INT(ad_array_rank(ad_mse_loss(x, x, NULL)), 0);
  CHECK_INT(ad_array_rank(ad_huber_loss(x, x, NULL)), 2);
  CHECK_FAILS(ad_mse_loss(x, w, NULL), AD_E_VALUE, "mse_loss: input targets of shape (2); its rank is 1; 2 is right");
  CHECK_FAILS(ad_mse_loss(x, x, &(ad_mse_loss_opts){.reduction = "average"}), AD_E_VALUE, "average");
  ad_array *h = ad_cast(ad_ones(c, AD_SHAPE(5000), NULL), AD_FLOAT16), *z = ad_cast(ad_zeros(c, AD_SHAPE(5000), NULL), AD_FLOAT16);
  CHECK_FLOATS(ad_mse_loss(h, z, &(ad_mse_loss_opts){.reduction = "sum"}), 5000); /* 2048 where halves are added up */
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(activations_at_extremes), CASE(step_and_prelu), CASE(binary_cross_entropy_at_extremes), CASE(losses_where_something_is_zero),
           CASE(defaults_and_weights))
