/* Comparisons: booleans from two arrays, one for each element or one for all. Operands are promoted together first, as for
 * arithmetic. */
#include "ops/apply.h"
#include "ops/elementwise_rules.h"

#define STEP "a comparison is constant between its steps"

const ad_op ad__op_equal = {
    AD_COMMUTING_HEAD(equal),
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
    AD_COMMUTING_HEAD(not_equal),
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

/* The operands broadcast together; the result is one boolean. */
static ad_status allclose_dims(ad_rel *r) {
  bool ok = ad_rel_rank(r, AD_REL_OUT(r, 0), 0);
  int ranks[2] = {ad_rel_get_rank(r, 0), ad_rel_get_rank(r, 1)};
  if (ranks[0] < 0 || ranks[1] < 0) return ad_rel_end(r, ok && ad_rel_later(r));
  for (int e = 1; ok && e <= ranks[0] && e <= ranks[1]; e++) {
    ad_dim a = ad_rel_get_dim(r, 0, -e), b = ad_rel_get_dim(r, 1, -e);
    if (ad_dim_is_number(a) && ad_dim_is_number(b) && a != b && a != 1 && b != 1)
      ok = ad_rel_fail(r, AD_E_VALUE, "axis -%d is %lld in one and %lld in the other; equal sizes, or 1, are right", e,
                       (long long)a, (long long)b);
  }
  return ad_rel_end(r, ok);
}

static ad_array *allclose_compose(const ad_rule *r) {
  const ad_isclose_opts opts = {.rtol = AD_NUM(r->attrs[RTOL].as.f[0]),
                                .atol = AD_NUM(r->attrs[ATOL].as.f[0]),
                                .equal_nan = r->attrs[EQUAL_NAN].as.i};
  return ad_all(ad_isclose(r->in[0], r->in[1], &opts), NULL);
}

const ad_op ad__op_allclose = {
    AD_OP_HEAD(allclose),
    .params = "a, b",
    .doc = "Are all elements of a close to those of b, as isclose says? One boolean; true for arrays without elements.",
    .example = "ad_array *y = ad_allclose(a, b, NULL);",
    .group = "elementwise",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(isclose_fields),
    .dtype_rule = AD_TYPE_COMPARE,
    .dims = allclose_dims,
    AD_DERIVS(AD_NO_DERIV(STEP), AD_NO_DERIV(STEP)),
    .compose = allclose_compose,
    AD_SPELLINGS({"numpy", "np.allclose($0, $1, rtol=@rtol, atol=@atol, equal_nan=@equal_nan)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "atol=9", "normal"}, {"int32[6], int32[6]", "", "small"},
               {"float64[0], float64[]", "", "normal"}),
    AD_ERRORS({"float32[4,3], float32[5]", "", AD_E_VALUE, "axis -1 is 3 in one and 5 in the other"}),
};

/* Arrays of different shapes are different, not wrong. */
static ad_status array_equal_dims(ad_rel *r) { return ad_rel_end(r, ad_rel_rank(r, AD_REL_OUT(r, 0), 0)); }

static bool same_shape(const ad_array *a, const ad_array *b) {
  if (ad_array_rank(a) != ad_array_rank(b)) return false;
  for (int i = 0; i < ad_array_rank(a); i++)
    if (ad_array_dim(a, i) != ad_array_dim(b, i)) return false;
  return true;
}

static ad_array *array_equal_compose(const ad_rule *r) {
  ad_array *a = r->in[0], *b = r->in[1];
  if (!same_shape(a, b)) return ad_cast(ad_number_bool(r->ctx, false), AD_BOOL);
  ad_array *same = ad_equal(a, b);
  if (r->attrs[0].as.i) same = ad_logical_or(same, ad_logical_and(ad_isnan(a), ad_isnan(b)));
  return ad_all(same, NULL);
}

static const ad_field array_equal_fields[] = {
    {.name = "equal_nan", .kind = AD_FIELD_FLAG, .doc = "NaN equals NaN"},
};

const ad_op ad__op_array_equal = {
    AD_OP_HEAD(array_equal),
    .params = "a, b",
    .doc = "Have a and b the same shape and equal elements? One boolean. Nothing is broadcast.",
    .example = "ad_array *y = ad_array_equal(a, b, NULL);",
    .group = "elementwise",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(array_equal_fields),
    .dtype_rule = AD_TYPE_COMPARE,
    .dims = array_equal_dims,
    AD_DERIVS(AD_NO_DERIV(STEP), AD_NO_DERIV(STEP)),
    .compose = array_equal_compose,
    AD_SPELLINGS({"numpy", "np.array_equal($0, $1, equal_nan=@equal_nan)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"int32[3], int32[3]", "", "small"},
               {"float64[0], float64[0]", "", "normal"}, {"float32[2], float32[2]", "equal_nan=true", "normal"}),
    AD_ERRORS({"(float32[2], float32[2]), float32[2]", "", AD_E_TYPE, "one array is right"}),
};
