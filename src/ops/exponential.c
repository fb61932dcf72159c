/* Powers of fixed exponents, exponentials and logarithms. Integers are computed as float32. */
#include "ops/elementwise_rules.h"

#define LN2 0.693147180559945309417
#define LN10 2.302585092994045684018

static ad_array *exp_partial(const ad_rule *r, int i) {
  (void)i;
  return r->out;
}

const ad_op ad__op_exp = {
    AD_UNARY_HEAD(exp),
    .doc = "e to the power a.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = exp_partial,
    AD_SPELLINGS({"numpy", "np.exp($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"int32[4]", "", "small"},
               {"float16[8]", "", "normal"}, {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *exp2_partial(const ad_rule *r, int i) {
  (void)i;
  return ad_multiply(r->out, AD_RULE_NUMBER(r, LN2));
}

const ad_op ad__op_exp2 = {
    AD_UNARY_HEAD(exp2),
    .doc = "2 to the power a.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = exp2_partial,
    AD_SPELLINGS({"numpy", "np.exp2($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"int32[4]", "", "small"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

static ad_array *expm1_partial(const ad_rule *r, int i) {
  (void)i;
  return ad_add(r->out, AD_RULE_NUMBER(r, 1));
}

const ad_op ad__op_expm1 = {
    AD_UNARY_HEAD(expm1),
    .doc = "exp(a) - 1, precise near 0.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = expm1_partial,
    AD_SPELLINGS({"numpy", "np.expm1($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *log_partial(const ad_rule *r, int i) { return ad_reciprocal(r->in[i]); }

const ad_op ad__op_log = {
    AD_UNARY_HEAD(log),
    .doc = "The natural logarithm of a: -inf at 0, NaN below; of a complex number the value with imaginary part in [-pi, pi].",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = log_partial,
    AD_SPELLINGS({"numpy", "np.log($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "positive"}, {"float64[5]", "", "positive"}, {"bfloat16[8]", "", "positive"},
               {"complex64[3]", "", "nonzero"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *log2_partial(const ad_rule *r, int i) {
  return ad_divide(AD_RULE_NUMBER(r, 1 / LN2), r->in[i]);
}

const ad_op ad__op_log2 = {
    AD_UNARY_HEAD(log2),
    .doc = "The logarithm of a to the base 2.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = log2_partial,
    AD_SPELLINGS({"numpy", "np.log2($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "positive"}, {"float64[5]", "", "positive"}, {"complex64[3]", "", "nonzero"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *log10_partial(const ad_rule *r, int i) {
  return ad_divide(AD_RULE_NUMBER(r, 1 / LN10), r->in[i]);
}

const ad_op ad__op_log10 = {
    AD_UNARY_HEAD(log10),
    .doc = "The logarithm of a to the base 10.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = log10_partial,
    AD_SPELLINGS({"numpy", "np.log10($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "positive"}, {"float64[5]", "", "positive"}, {"complex64[3]", "", "nonzero"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *log1p_partial(const ad_rule *r, int i) {
  return ad_reciprocal(ad_add(r->in[i], AD_RULE_NUMBER(r, 1)));
}

const ad_op ad__op_log1p = {
    AD_UNARY_HEAD(log1p),
    .doc = "log(1 + a), precise near 0.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = log1p_partial,
    AD_SPELLINGS({"numpy", "np.log1p($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "positive"}, {"float64[5]", "", "positive"}, {"complex64[3]", "", "positive"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

/* The weight of one operand, 1 / (1 + exp(other - it)); equal infinities weigh the same. */
static ad_array *logaddexp_partial(const ad_rule *r, int i) {
  ad_array *a = r->in[i], *b = r->in[1 - i], *one = AD_RULE_NUMBER(r, 1);
  if (ad__rule_is_complex(a)) return ad_reciprocal(ad_add(one, ad_exp(ad_subtract(b, a))));
  return ad_where(ad_equal(a, b), AD_RULE_NUMBER(r, 0.5), ad_sigmoid(ad_subtract(a, b)));
}

/* Complex numbers: about the one of greater real part. */
static ad_array *logaddexp_compose(const ad_rule *r) {
  ad_array *top = ad_maximum(r->in[0], r->in[1]), *low = ad_minimum(r->in[0], r->in[1]);
  return ad_add(top, ad_log1p(ad_exp(ad_subtract(low, top))));
}

const ad_op ad__op_logaddexp = {
    AD_BINARY_HEAD(logaddexp),
    .doc = "log(exp(a) + exp(b)) without overflow on the way.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH, AD_SMOOTH),
    .compose = logaddexp_compose,
    .partial = logaddexp_partial,
    AD_SPELLINGS({"numpy", "np.logaddexp($0, $1)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"float64[3], float64[]", "", "normal"},
               {"int32[3], int32[3]", "", "small"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

static ad_array *sqrt_partial(const ad_rule *r, int i) {
  (void)i;
  return ad_divide(AD_RULE_NUMBER(r, 0.5), r->out);
}

const ad_op ad__op_sqrt = {
    AD_UNARY_HEAD(sqrt),
    .doc = "The square root of a: NaN below 0; of a complex number the root with real part >= 0. The derivative at 0 is inf.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = sqrt_partial,
    AD_SPELLINGS({"numpy", "np.sqrt($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "positive"}, {"float64[5]", "", "positive"}, {"int32[4]", "", "positive"},
               {"float16[7]", "", "positive"}, {"complex64[3]", "", "nonzero"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *rsqrt_partial(const ad_rule *r, int i) {
  (void)i;
  return ad_multiply(ad_multiply(r->out, AD_RULE_NUMBER(r, -0.5)), ad_square(r->out));
}

const ad_op ad__op_rsqrt = {
    AD_UNARY_HEAD(rsqrt),
    .doc = "1 / sqrt(a), rounded once for real numbers; inf at 0.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = rsqrt_partial,
    AD_SPELLINGS({"numpy", "1 / np.sqrt($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "positive"}, {"float64[5]", "", "positive"}, {"complex64[3]", "", "nonzero"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *cbrt_partial(const ad_rule *r, int i) {
  (void)i;
  return ad_divide(AD_RULE_NUMBER(r, 1.0 / 3), ad_square(r->out));
}

const ad_op ad__op_cbrt = {
    AD_UNARY_HEAD(cbrt),
    .doc = "The real cube root of a. The derivative at 0 is inf.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = cbrt_partial,
    AD_SPELLINGS({"numpy", "np.cbrt($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "nonzero"}, {"float64[5]", "", "nonzero"}, {"int32[4]", "", "nonzero"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};
