/* Trigonometric and hyperbolic functions and their inverses. Angles are in radians; integers are computed as float32. */
#include "ops/elementwise_rules.h"

static ad_array *one_minus_square(const ad_rule *r, ad_array *a) {
  return ad_subtract(AD_RULE_NUMBER(r, 1), ad_square(a));
}
static ad_array *one_plus_square(const ad_rule *r, ad_array *a) { return ad_add(AD_RULE_NUMBER(r, 1), ad_square(a)); }

static ad_array *sin_partial(const ad_rule *r, int i) {
  return ad_cos(r->in[i]);
}

const ad_op ad__op_sin = {
    AD_UNARY_HEAD(sin),
    .doc = "The sine of a, exactly reduced for every finite angle; NaN for infinities.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = sin_partial,
    AD_SPELLINGS({"numpy", "np.sin($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"},
               {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *cos_partial(const ad_rule *r, int i) {
  return ad_negative(ad_sin(r->in[i]));
}

const ad_op ad__op_cos = {
    AD_UNARY_HEAD(cos),
    .doc = "The cosine of a, exactly reduced for every finite angle; NaN for infinities.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = cos_partial,
    AD_SPELLINGS({"numpy", "np.cos($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"},
               {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *tan_partial(const ad_rule *r, int i) {
  (void)i;
  return one_plus_square(r, r->out);
}

const ad_op ad__op_tan = {
    AD_UNARY_HEAD(tan),
    .doc = "The tangent of a, exactly reduced for every finite angle; NaN for infinities.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = tan_partial,
    AD_SPELLINGS({"numpy", "np.tan($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"},
               {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *arcsin_partial(const ad_rule *r, int i) {
  return ad_rsqrt(one_minus_square(r, r->in[i]));
}

const ad_op ad__op_arcsin = {
    AD_UNARY_HEAD(arcsin),
    .doc = "The angle in [-pi/2, pi/2] whose sine is a; NaN outside [-1, 1] for real numbers.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = arcsin_partial,
    AD_SPELLINGS({"numpy", "np.arcsin($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "symmetric"}, {"float64[5]", "", "symmetric"}, {"float16[2,3]", "", "symmetric"},
               {"complex64[3]", "", "symmetric"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *arccos_partial(const ad_rule *r, int i) {
  return ad_negative(ad_rsqrt(one_minus_square(r, r->in[i])));
}

const ad_op ad__op_arccos = {
    AD_UNARY_HEAD(arccos),
    .doc = "The angle in [0, pi] whose cosine is a; NaN outside [-1, 1] for real numbers.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = arccos_partial,
    AD_SPELLINGS({"numpy", "np.arccos($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "symmetric"}, {"float64[5]", "", "symmetric"}, {"float16[2,3]", "", "symmetric"},
               {"complex64[3]", "", "symmetric"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *arctan_partial(const ad_rule *r, int i) {
  return ad_reciprocal(one_plus_square(r, r->in[i]));
}

const ad_op ad__op_arctan = {
    AD_UNARY_HEAD(arctan),
    .doc = "The angle in [-pi/2, pi/2] whose tangent is a.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = arctan_partial,
    AD_SPELLINGS({"numpy", "np.arctan($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"},
               {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

/* For y = a, x = b: x/(x^2 + y^2) and -y/(x^2 + y^2). */
static ad_array *arctan2_partial(const ad_rule *r, int i) {
  ad_array *norm = ad_add(ad_square(r->in[0]), ad_square(r->in[1]));
  return ad_divide(i == 0 ? r->in[1] : ad_negative(r->in[0]), norm);
}

const ad_op ad__op_arctan2 = {
    AD_BINARY_HEAD(arctan2),
    .doc = "The angle in [-pi, pi] of the point with y = a and x = b; signed zeros and infinities as in C.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH, AD_SMOOTH),
    .partial = arctan2_partial,
    AD_SPELLINGS({"numpy", "np.arctan2($0, $1)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "nonzero"}, {"float64[3], float64[]", "", "nonzero"},
               {"int32[3], int32[3]", "", "nonzero"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32"), AD_ERROR_COMPLEX_2),
};

static ad_array *sinh_partial(const ad_rule *r, int i) {
  return ad_cosh(r->in[i]);
}

const ad_op ad__op_sinh = {
    AD_UNARY_HEAD(sinh),
    .doc = "The hyperbolic sine of a.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = sinh_partial,
    AD_SPELLINGS({"numpy", "np.sinh($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"},
               {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *cosh_partial(const ad_rule *r, int i) {
  return ad_sinh(r->in[i]);
}

const ad_op ad__op_cosh = {
    AD_UNARY_HEAD(cosh),
    .doc = "The hyperbolic cosine of a.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = cosh_partial,
    AD_SPELLINGS({"numpy", "np.cosh($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"},
               {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *tanh_partial(const ad_rule *r, int i) {
  (void)i;
  return one_minus_square(r, r->out);
}

const ad_op ad__op_tanh = {
    AD_UNARY_HEAD(tanh),
    .doc = "The hyperbolic tangent of a.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = tanh_partial,
    AD_SPELLINGS({"numpy", "np.tanh($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"},
               {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *arcsinh_partial(const ad_rule *r, int i) {
  return ad_rsqrt(one_plus_square(r, r->in[i]));
}

const ad_op ad__op_arcsinh = {
    AD_UNARY_HEAD(arcsinh),
    .doc = "The number whose hyperbolic sine is a.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = arcsinh_partial,
    AD_SPELLINGS({"numpy", "np.arcsinh($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"},
               {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

/* As two roots: that of the product would leave the principal branch. */
static ad_array *arccosh_partial(const ad_rule *r, int i) {
  ad_array *one = AD_RULE_NUMBER(r, 1);
  return ad_multiply(ad_rsqrt(ad_subtract(r->in[i], one)), ad_rsqrt(ad_add(r->in[i], one)));
}

const ad_op ad__op_arccosh = {
    AD_UNARY_HEAD(arccosh),
    .doc = "The number >= 0 whose hyperbolic cosine is a; NaN below 1 for real numbers.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = arccosh_partial,
    AD_SPELLINGS({"numpy", "np.arccosh($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "above1"}, {"float64[5]", "", "above1"}, {"float16[2,3]", "", "above1"},
               {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *arctanh_partial(const ad_rule *r, int i) {
  return ad_reciprocal(one_minus_square(r, r->in[i]));
}

const ad_op ad__op_arctanh = {
    AD_UNARY_HEAD(arctanh),
    .doc = "The number whose hyperbolic tangent is a: infinite at -1 and 1, NaN beyond for real numbers.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = arctanh_partial,
    AD_SPELLINGS({"numpy", "np.arctanh($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "symmetric"}, {"float64[5]", "", "symmetric"}, {"float16[2,3]", "", "symmetric"},
               {"complex64[3]", "", "symmetric"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *degrees_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)r, (void)i;
  return ad_degrees(ct[0]);
}

const ad_op ad__op_degrees = {
    AD_UNARY_HEAD(degrees),
    .doc = "a radians in degrees.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = degrees_back,
    AD_SPELLINGS({"numpy", "np.degrees($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"int32[4]", "", "small"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

static ad_array *radians_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)r, (void)i;
  return ad_radians(ct[0]);
}

const ad_op ad__op_radians = {
    AD_UNARY_HEAD(radians),
    .doc = "a degrees in radians.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = radians_back,
    AD_SPELLINGS({"numpy", "np.radians($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"int32[4]", "", "small"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};
