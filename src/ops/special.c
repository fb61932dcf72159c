/* Special functions: the error function, its inverse, the logistic function. Integers are computed as float32. */
#include "ops/elementwise_rules.h"

#define TWO_OVER_SQRT_PI 1.128379167095512573896

static ad_array *erf_partial(const ad_rule *r, int i) {
  return ad_multiply(ad_exp(ad_negative(ad_square(r->in[i]))), AD_RULE_NUMBER(r, TWO_OVER_SQRT_PI));
}

const ad_op ad__op_erf = {
    AD_UNARY_HEAD(erf),
    .doc = "The error function: 2/sqrt(pi) times the integral of exp(-t * t) from 0 to a.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = erf_partial,
    AD_SPELLINGS({"numpy", "erf($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"bfloat16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

static ad_array *erfinv_partial(const ad_rule *r, int i) {
  (void)i;
  return ad_multiply(ad_exp(ad_square(r->out)), AD_RULE_NUMBER(r, 1 / TWO_OVER_SQRT_PI));
}

const ad_op ad__op_erfinv = {
    AD_UNARY_HEAD(erfinv),
    .doc = "The number whose error function is a: infinite at -1 and 1, NaN beyond.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = erfinv_partial,
    AD_SPELLINGS({"numpy", "erfinv($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "symmetric"}, {"float64[5]", "", "symmetric"}, {"bfloat16[2,3]", "", "symmetric"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

static ad_array *sigmoid_partial(const ad_rule *r, int i) {
  (void)i;
  return ad_multiply(r->out, ad_subtract(AD_RULE_NUMBER(r, 1), r->out));
}

const ad_op ad__op_sigmoid = {
    AD_UNARY_HEAD(sigmoid),
    .doc = "1 / (1 + exp(-a)).",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = sigmoid_partial,
    AD_SPELLINGS({"numpy", "1 / (1 + np.exp(-$0))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"bfloat16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};
