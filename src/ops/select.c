/* Selection between two arrays. */
#include "ops/rules.h"

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
