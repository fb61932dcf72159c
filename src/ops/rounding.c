/* Rounding to whole numbers and to decimal places. Integers and booleans are returned as they are. */
#include "ops/elementwise_rules.h"

#define STEP "a step: its derivative is 0 wherever there is one"
#define REAL_NUMBERS (AD_ACCEPT_BOOL | AD_ACCEPT_REAL)

const ad_op ad__op_floor = {
    AD_UNARY_HEAD(floor),
    .doc = "The largest whole number not above a.",
    .accepts = REAL_NUMBERS,
    AD_DERIVS(AD_NO_DERIV(STEP)),
    .compose = ad__rule_identity,
    AD_SPELLINGS({"numpy", "np.floor($0)?(.astype(@out))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"bfloat16[2,3]", "", "normal"}, {"int32[4]", "", "small"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

const ad_op ad__op_ceil = {
    AD_UNARY_HEAD(ceil),
    .doc = "The least whole number not below a.",
    .accepts = REAL_NUMBERS,
    AD_DERIVS(AD_NO_DERIV(STEP)),
    .compose = ad__rule_identity,
    AD_SPELLINGS({"numpy", "np.ceil($0)?(.astype(@out))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"bfloat16[2,3]", "", "normal"}, {"int32[4]", "", "small"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

const ad_op ad__op_trunc = {
    AD_UNARY_HEAD(trunc),
    .doc = "a without its fraction.",
    .accepts = REAL_NUMBERS,
    AD_DERIVS(AD_NO_DERIV(STEP)),
    .compose = ad__rule_identity,
    AD_SPELLINGS({"numpy", "np.trunc($0)?(.astype(@out))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"bfloat16[2,3]", "", "normal"}, {"int32[4]", "", "small"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

const ad_op ad__op_rint = {
    AD_UNARY_HEAD(rint),
    .doc = "The whole number nearest to a, the even one of two; of a complex number both parts.",
    AD_DERIVS(AD_NO_DERIV(STEP)),
    .compose = ad__rule_identity,
    AD_SPELLINGS({"numpy", "np.rint($0)?(.astype(@out))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"complex64[2,3]", "", "normal"}, {"int32[4]", "", "small"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

/* Beyond this many places on either side of the point a number of that dtype has no digits. */
static int64_t most_places(ad_dtype t) {
  return t == AD_FLOAT16 ? 4 : t == AD_FLOAT64 || t == AD_COMPLEX128 ? 308 : 38;
}

static double power_of_ten(int64_t n) {
  double p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

/* Scaled, rounded, scaled back, in the array's own precision; where scaling overflows there is nothing to round. */
static ad_array *round_compose(const ad_rule *r) {
  ad_array *a = r->in[0];
  ad_dtype t = ad_array_dtype(a);
  int64_t places = r->attrs[0].as.i, most = most_places(t);
  if (ad_dtype_category(t) < AD_CATEGORY_FLOAT || places > most) return a;
  if (places == 0) return ad_rint(a);
  if (places < -most) return ad_multiply(a, AD_RULE_NUMBER(r, 0));
  ad_array *unit = AD_RULE_NUMBER(r, power_of_ten(places < 0 ? -places : places));
  ad_array *scaled = places < 0 ? ad_divide(a, unit) : ad_multiply(a, unit);
  ad_array *whole = ad_rint(scaled);
  return ad_where(ad_isfinite(scaled), places < 0 ? ad_multiply(whole, unit) : ad_divide(whole, unit), a);
}

static const ad_field round_fields[] = {
    {.name = "decimals", .kind = AD_FIELD_INT, .doc = "places after the point; negative ones count before it",
     .has_default = true, .default_num = 0},
};

const ad_op ad__op_round = {
    AD_OP_HEAD(round),
    .params = "a",
    .doc = "a rounded to a number of decimal places, halves to even, by scaling in its own precision; of a complex number both "
           "parts.",
    .example = "ad_array *y = ad_round(a, &(ad_round_opts){.decimals = AD_INT(2)});",
    .group = "elementwise",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_ELEMENTWISE | AD_OP_COMPOSITE,
    AD_FIELDS(round_fields),
    AD_DERIVS(AD_NO_DERIV(STEP)),
    .compose = round_compose,
    AD_SPELLINGS({"numpy", "np.round($0?(, @decimals))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "decimals=2", "normal"}, {"float32[2,3]", "decimals=-1", "small"},
               {"complex64[3]", "decimals=1", "normal"}, {"int32[4]", "", "small"}),
    AD_ERRORS(AD_ERROR_COUNT),
};
