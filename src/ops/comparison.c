/* Comparisons: booleans from two arrays. Operands are promoted together first, as for arithmetic. */
#include "ops/apply.h"
#include "ops/elementwise_rules.h"

#define STEP "a comparison is constant between its steps"

const ad_op ad__op_equal = {
    AD_BINARY_HEAD(equal),
    .doc = "Is a equal to b? NaN equals nothing; zeros are equal.",
    .dtype_rule = AD_TYPE_COMPARE,
    AD_DERIVS(AD_NO_DERIV(STEP), AD_NO_DERIV(STEP)),
    AD_SPELLINGS({"c", "$0 == $1"}, {"numpy", "$0 == $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "small"}, {"int32[2,3], int8[2,1]", "", "small"},
               {"bool[4], bool[4]", "", "bool"}, {"complex64[6], complex64[6]", "", "small"},
               {"float16[0], float16[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

const ad_op ad__op_not_equal = {
    AD_BINARY_HEAD(not_equal),
    .doc = "Is a different from b? NaN differs from everything.",
    .dtype_rule = AD_TYPE_COMPARE,
    AD_DERIVS(AD_NO_DERIV(STEP), AD_NO_DERIV(STEP)),
    AD_SPELLINGS({"c", "$0 != $1"}, {"numpy", "$0 != $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "small"}, {"int32[2,3], int8[2,1]", "", "small"},
               {"bool[4], bool[4]", "", "bool"}, {"complex64[6], complex64[6]", "", "small"},
               {"float16[0], float16[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

const ad_op ad__op_less = {
    AD_BINARY_HEAD(less),
    .doc = "Is a below b? False with NaN. Complex numbers are ordered by their real parts, then their "
           "imaginary ones.",
    .dtype_rule = AD_TYPE_COMPARE,
    AD_DERIVS(AD_NO_DERIV(STEP), AD_NO_DERIV(STEP)),
    AD_SPELLINGS({"c", "$0 < $1"}, {"numpy", "$0 < $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "small"}, {"int32[2,3], int8[2,1]", "", "small"},
               {"bool[4], bool[4]", "", "bool"}, {"complex64[6], complex64[6]", "", "small"},
               {"float16[0], float16[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

const ad_op ad__op_less_equal = {
    AD_BINARY_HEAD(less_equal),
    .doc = "Is a at most b? False with NaN. Complex numbers are ordered by their real parts, then "
           "their imaginary ones.",
    .dtype_rule = AD_TYPE_COMPARE,
    AD_DERIVS(AD_NO_DERIV(STEP), AD_NO_DERIV(STEP)),
    AD_SPELLINGS({"c", "$0 <= $1"}, {"numpy", "$0 <= $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "small"}, {"int32[2,3], int8[2,1]", "", "small"},
               {"bool[4], bool[4]", "", "bool"}, {"complex64[6], complex64[6]", "", "small"},
               {"float16[0], float16[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

const ad_op ad__op_greater = {
    AD_BINARY_HEAD(greater),
    .doc = "Is a above b? False with NaN. Complex numbers are ordered by their real parts, then their "
           "imaginary ones.",
    .dtype_rule = AD_TYPE_COMPARE,
    AD_DERIVS(AD_NO_DERIV(STEP), AD_NO_DERIV(STEP)),
    AD_SPELLINGS({"c", "$0 > $1"}, {"numpy", "$0 > $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "small"}, {"int32[2,3], int8[2,1]", "", "small"},
               {"bool[4], bool[4]", "", "bool"}, {"complex64[6], complex64[6]", "", "small"},
               {"float16[0], float16[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

const ad_op ad__op_greater_equal = {
    AD_BINARY_HEAD(greater_equal),
    .doc = "Is a at least b? False with NaN. Complex numbers are ordered by their real parts, then "
           "their imaginary ones.",
    .dtype_rule = AD_TYPE_COMPARE,
    AD_DERIVS(AD_NO_DERIV(STEP), AD_NO_DERIV(STEP)),
    AD_SPELLINGS({"c", "$0 >= $1"}, {"numpy", "$0 >= $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "small"}, {"int32[2,3], int8[2,1]", "", "small"},
               {"bool[4], bool[4]", "", "bool"}, {"complex64[6], complex64[6]", "", "small"},
               {"float16[0], float16[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

enum { RTOL, ATOL, EQUAL_NAN };

static const ad_field isclose_fields[] = {
    {.name = "rtol", .kind = AD_FIELD_NUM, .doc = "relative to b", .has_default = true, .default_num = 1e-5},
    {.name = "atol", .kind = AD_FIELD_NUM, .doc = "absolute", .has_default = true, .default_num = 1e-8},
    {.name = "equal_nan", .kind = AD_FIELD_FLAG, .doc = "NaN is close to NaN"},
};

/* |a - b| <= atol + rtol |b| where both are finite; elsewhere only equal infinities are close. */
static ad_array *isclose_compose(const ad_rule *r) {
  ad_dtype t = ad__dtype_inexact(ad_array_dtype(r->in[0]));
  ad_array *a = ad_cast(r->in[0], t), *b = ad_cast(r->in[1], t);
  ad_array *bound = ad_add(AD_RULE_NUMBER(r, r->attrs[ATOL].as.f[0]),
                           ad_multiply(AD_RULE_NUMBER(r, r->attrs[RTOL].as.f[0]), ad_abs(b)));
  ad_array *near = ad_less_equal(ad_abs(ad_subtract(a, b)), bound);
  ad_array *close = ad_where(ad_logical_and(ad_isfinite(a), ad_isfinite(b)), near, ad_equal(a, b));
  if (!r->attrs[EQUAL_NAN].as.i) return close;
  return ad_logical_or(close, ad_logical_and(ad_isnan(a), ad_isnan(b)));
}

const ad_op ad__op_isclose = {
    AD_OP_HEAD(isclose),
    .params = "a, b",
    .doc = "Is a within rtol * |b| + atol of b? An infinity is close only to itself. Integers are compared as float32.",
    .example = "ad_array *y = ad_isclose(a, b, &(ad_isclose_opts){.atol = AD_NUM(1e-6)});",
    .group = "elementwise",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_ELEMENTWISE | AD_OP_COMPOSITE,
    AD_FIELDS(isclose_fields),
    .dtype_rule = AD_TYPE_COMPARE,
    AD_DERIVS(AD_NO_DERIV(STEP), AD_NO_DERIV(STEP)),
    .compose = isclose_compose,
    AD_SPELLINGS({"numpy", "np.isclose($0, $1?(, rtol=@rtol)?(, atol=@atol)?(, equal_nan=@equal_nan))"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "rtol=0.5, atol=0.1", "normal"}, {"int32[6], int32[6]", "atol=1", "small"},
               {"float64[2], float64[2]", "equal_nan=true", "normal"}, {"complex64[3], complex64[3]", "rtol=1", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};
