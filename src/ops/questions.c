/* Questions about single numbers, and the replacement of what is not a number. */
#include "ops/elementwise_rules.h"

#define QUESTION "an answer is constant between its steps"
#define REAL_NUMBERS (AD_ACCEPT_BOOL | AD_ACCEPT_REAL)

const ad_op ad__op_isnan = {
    AD_UNARY_HEAD(isnan),
    .doc = "Is a not a number? A complex number is NaN when either part is. Integers never are.",
    .dtype_rule = AD_TYPE_BOOL,
    AD_DERIVS(AD_NO_DERIV(QUESTION)),
    AD_SPELLINGS({"numpy", "np.isnan($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int32[5]", "", "small"}, {"float16[]", "", "normal"}, {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

const ad_op ad__op_isinf = {
    AD_UNARY_HEAD(isinf),
    .doc = "Is a infinite? A complex number is when either part is. Integers never are.",
    .dtype_rule = AD_TYPE_BOOL,
    AD_DERIVS(AD_NO_DERIV(QUESTION)),
    AD_SPELLINGS({"numpy", "np.isinf($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int32[5]", "", "small"}, {"float16[]", "", "normal"}, {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

const ad_op ad__op_isfinite = {
    AD_UNARY_HEAD(isfinite),
    .doc = "Is a neither infinite nor NaN? A complex number is when both parts are. Integers always are.",
    .dtype_rule = AD_TYPE_BOOL,
    AD_DERIVS(AD_NO_DERIV(QUESTION)),
    AD_SPELLINGS({"numpy", "np.isfinite($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int32[5]", "", "small"}, {"float16[]", "", "normal"}, {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

const ad_op ad__op_isposinf = {
    AD_UNARY_HEAD(isposinf),
    .doc = "Is a positive infinity?",
    .dtype_rule = AD_TYPE_BOOL,
    .accepts = REAL_NUMBERS,
    AD_DERIVS(AD_NO_DERIV(QUESTION)),
    AD_SPELLINGS({"numpy", "np.isposinf($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int32[5]", "", "small"}, {"float16[]", "", "normal"}, {"float64[0]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

const ad_op ad__op_isneginf = {
    AD_UNARY_HEAD(isneginf),
    .doc = "Is a negative infinity?",
    .dtype_rule = AD_TYPE_BOOL,
    .accepts = REAL_NUMBERS,
    AD_DERIVS(AD_NO_DERIV(QUESTION)),
    AD_SPELLINGS({"numpy", "np.isneginf($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int32[5]", "", "small"}, {"float16[]", "", "normal"}, {"float64[0]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

const ad_op ad__op_signbit = {
    AD_UNARY_HEAD(signbit),
    .doc = "Is the sign bit of a set? It is for -0.0, and for some NaNs.",
    .dtype_rule = AD_TYPE_BOOL,
    .accepts = REAL_NUMBERS,
    AD_DERIVS(AD_NO_DERIV(QUESTION)),
    AD_SPELLINGS({"numpy", "np.signbit($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int32[5]", "", "small"}, {"float16[]", "", "normal"}, {"float64[0]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

enum { NAN_VALUE, POSINF, NEGINF };

static double largest(ad_dtype t) {
  return t == AD_FLOAT16 ? 65504.0 : t == AD_BFLOAT16 ? 0x1.fep127 : t == AD_FLOAT32 ? 0x1.fffffep127 : 0x1.fffffffffffffp1023;
}

static ad_array *replace(const ad_rule *r, ad_array *a) {
  double most = largest(ad_array_dtype(a));
  double above = r->attrs[POSINF].given ? r->attrs[POSINF].as.f[0] : most;
  double below = r->attrs[NEGINF].given ? r->attrs[NEGINF].as.f[0] : -most;
  ad_array *y = ad_where(ad_isneginf(a), AD_RULE_NUMBER(r, below), a);
  y = ad_where(ad_isposinf(a), AD_RULE_NUMBER(r, above), y);
  return ad_where(ad_isnan(a), AD_RULE_NUMBER(r, r->attrs[NAN_VALUE].as.f[0]), y);
}

static ad_array *nan_to_num_compose(const ad_rule *r) {
  ad_array *a = r->in[0];
  ad_category c = ad_dtype_category(ad_array_dtype(a));
  if (c < AD_CATEGORY_FLOAT) return a;
  if (c == AD_CATEGORY_FLOAT) return replace(r, a);
  return ad_make_complex(replace(r, ad_real(a)), replace(r, ad_imag(a)));
}

static const ad_field nan_to_num_fields[] = {
    {.name = "nan", .kind = AD_FIELD_NUM, .doc = "what NaN becomes", .has_default = true, .default_num = 0},
    {.name = "posinf", .kind = AD_FIELD_NUM, .doc = "what inf becomes; default the largest number of the dtype"},
    {.name = "neginf", .kind = AD_FIELD_NUM, .doc = "what -inf becomes; default the least number of the dtype"},
};

const ad_op ad__op_nan_to_num = {
    AD_OP_HEAD(nan_to_num),
    .params = "a",
    .doc = "a with NaN and infinities replaced by numbers; of a complex number both parts. Integers are returned as they are.",
    .example = "ad_array *y = ad_nan_to_num(a, &(ad_nan_to_num_opts){.posinf = AD_NUM(1e6)});",
    .group = "elementwise",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_ELEMENTWISE | AD_OP_COMPOSITE,
    AD_FIELDS(nan_to_num_fields),
    .compose = nan_to_num_compose,
    AD_SPELLINGS({"numpy", "np.nan_to_num($0?(, nan=@nan)?(, posinf=@posinf)?(, neginf=@neginf))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "nan=1, posinf=2, neginf=-2", "normal"}, {"int32[4]", "", "small"},
               {"complex64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};
