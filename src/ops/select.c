/* Selection between arrays, bounds, and the end of differentiation. */
#include "ops/elementwise_rules.h"

static ad_array *where_back(const ad_rule *r, int i, ad_array *const *ct) {
  ad_array *zero = AD_RULE_NUMBER(r, 0);
  return i == 1 ? ad_where(r->in[0], ct[0], zero) : ad_where(r->in[0], zero, ct[0]);
}

const ad_op ad__op_where = {
    AD_OP_HEAD(where),
    .params = "condition, x, y",
    .doc = "x where condition is true, y elsewhere; the three broadcast together.",
    .example = "ad_array *y = ad_where(mask, a, b);",
    .group = "elementwise",
    .inputs = 3,
    .outputs = 1,
    .flags = AD_OP_ELEMENTWISE,
    .dtype_rule = AD_TYPE_SELECT,
    AD_DERIVS(AD_NO_DERIV("a condition is a choice"), AD_LINEAR('A'), AD_LINEAR('A')),
    .transpose = where_back,
    AD_SPELLINGS({"c", "$0 ? $1 : $2"}, {"numpy", "np.where($0, $1, $2)"}),
    AD_SAMPLES({"bool[3,4], float32[3,4], float32[4]", "", "bool, normal"},
               {"bool[4], int32[], int8[2,4]", "", "bool, small"}, {"float32[4], float64[4], float64[4]", "", "normal"}),
    AD_ERRORS({"bool[2], float32[3], float32[3]", "", AD_E_VALUE, "do not broadcast"}),
};

static ad_status clip_dims(ad_rel *r) {
  if (!ad_rel_has(r, 1) && !ad_rel_has(r, 2))
    return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "neither a_min nor a_max is given; at least one is right"));
  return ad_rel_end(r, ad_rel_broadcast(r, AD_REL_OUT(r, 0), (const int[]){0, 1, 2}, 3));
}

static ad_array *clip_compose(const ad_rule *r) {
  ad_array *y = r->in[1] ? ad_maximum(r->in[0], r->in[1]) : r->in[0];
  return r->in[2] ? ad_minimum(y, r->in[2]) : y;
}

const ad_op ad__op_clip = {
    AD_OP_HEAD(clip),
    .params = "a, a_min, a_max",
    .doc = "minimum(maximum(a, a_min), a_max); either bound may be NULL, not both. The three are promoted and broadcast together; "
           "NaN stays NaN.",
    .example = "ad_array *y = ad_clip(a, ad_number(c, 0), ad_number(c, 1));",
    .group = "elementwise",
    .inputs = 3,
    .optional = 2,
    .outputs = 1,
    .flags = AD_OP_ELEMENTWISE,
    .dims = clip_dims,
    .compose = clip_compose,
    AD_SPELLINGS({"numpy", "np.clip($0, $1, $2)"}),
    AD_SAMPLES({"float32[3,4], float32[4], float32[]", "", "normal, normal, positive"},
               {"int32[5], int32[], int32[5]", "", "small, small, positive"},
               {"float16[2,3], float16[], float16[]", "", "normal, normal, positive"}),
    AD_ERRORS({"float32[2], float32[3], float32[3]", "", AD_E_VALUE, "do not broadcast"}),
};

const ad_op ad__op_stop_gradient = {
    AD_UNARY_HEAD(stop_gradient),
    .doc = "a, held constant in differentiation.",
    AD_DERIVS(AD_NO_DERIV("that is its purpose")),
    .compose = ad__rule_identity,
    AD_SPELLINGS({"c", "$0"}, {"numpy", "$0"}, {"torch", "$0.detach()"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int32[]", "", "small"}, {"complex64[2,0]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};
