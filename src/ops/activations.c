/* Activations that are one scalar expression each. */
#include "ops/elementwise_rules.h"

#define SQRT_HALF 0.707106781186547524401
#define INV_SQRT_2PI 0.398942280401432677940
#define SQRT_2_OVER_PI 0.797884560802865355880

static ad_array *relu_partial(const ad_rule *r, int i) { return ad_greater(r->in[i], AD_RULE_NUMBER(r, 0)); }

const ad_op ad__op_relu = {
    AD_UNARY_HEAD(relu),
    .doc = "a where it is positive, 0 elsewhere; NaN for NaN. The derivative at 0 is 0.",
    .accepts = AD_ACCEPT_REAL,
    AD_DERIVS(AD_SMOOTH),
    .partial = relu_partial,
    AD_SPELLINGS({"numpy", "np.maximum($0, 0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int32[5]", "", "small"}, {"float16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

/* The distribution function of the normal distribution, and a times its density. */
static ad_array *gelu_partial(const ad_rule *r, int i) {
  ad_array *a = r->in[i], *half = AD_RULE_NUMBER(r, 0.5);
  ad_array *below = ad_add(half, ad_multiply(half, ad_erf(ad_multiply(a, AD_RULE_NUMBER(r, SQRT_HALF)))));
  ad_array *density = ad_exp(ad_multiply(ad_square(a), AD_RULE_NUMBER(r, -0.5)));
  return ad_add(below, ad_multiply(ad_multiply(a, density), AD_RULE_NUMBER(r, INV_SQRT_2PI)));
}

const ad_op ad__op_gelu = {
    AD_UNARY_HEAD(gelu),
    .doc = "a / 2 * (1 + erf(a / sqrt(2))) (Hendrycks and Gimpel, Gaussian error linear units, 2016).",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = gelu_partial,
    AD_SPELLINGS({"numpy", "$0 / 2 * (1 + erf($0 * 0.7071067811865476))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

/* With u = sqrt(2/pi) (a + 0.044715 a^3) and t = tanh(u): (1 + t)/2 + a/2 (1 - t^2) u'. */
static ad_array *gelu_approx_partial(const ad_rule *r, int i) {
  ad_array *a = r->in[i], *one = AD_RULE_NUMBER(r, 1), *half = AD_RULE_NUMBER(r, 0.5), *a2 = ad_square(a);
  ad_array *cubic = ad_add(one, ad_multiply(a2, AD_RULE_NUMBER(r, 0.044715)));
  ad_array *t = ad_tanh(ad_multiply(ad_multiply(a, cubic), AD_RULE_NUMBER(r, SQRT_2_OVER_PI)));
  ad_array *slope = ad_multiply(ad_add(one, ad_multiply(a2, AD_RULE_NUMBER(r, 3 * 0.044715))), AD_RULE_NUMBER(r, SQRT_2_OVER_PI));
  ad_array *bend = ad_multiply(ad_multiply(a, ad_subtract(one, ad_square(t))), slope);
  return ad_multiply(half, ad_add(ad_add(one, t), bend));
}

const ad_op ad__op_gelu_approx = {
    AD_UNARY_HEAD(gelu_approx),
    .doc = "a / 2 * (1 + tanh(sqrt(2 / pi) * (a + 0.044715 * a^3))), the short form of gelu from the same paper.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = gelu_approx_partial,
    AD_SPELLINGS({"numpy", "$0 / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * ($0 + 0.044715 * $0 ** 3)))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"bfloat16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

/* s + a s (1 - s) with s = sigmoid(a). */
static ad_array *silu_partial(const ad_rule *r, int i) {
  ad_array *s = ad_sigmoid(r->in[i]);
  return ad_add(s, ad_multiply(r->out, ad_subtract(AD_RULE_NUMBER(r, 1), s)));
}

const ad_op ad__op_silu = {
    AD_UNARY_HEAD(silu),
    .doc = "a * sigmoid(a).",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = silu_partial,
    AD_SPELLINGS({"numpy", "$0 / (1 + np.exp(-$0))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

static ad_array *softplus_partial(const ad_rule *r, int i) { return ad_sigmoid(r->in[i]); }

const ad_op ad__op_softplus = {
    AD_UNARY_HEAD(softplus),
    .doc = "log(1 + exp(a)) without overflow on the way.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = softplus_partial,
    AD_SPELLINGS({"numpy", "np.logaddexp($0, 0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};
