/* Exponentials and logarithms. */
#include "ops/rules.h"

static ad_array *exp_partial(const ad_rule *r, int i) {
  (void)i;
  return r->out;
}

const ad_op ad__op_exp = {
    AD_OP_HEAD(exp),
    .params = "a",
    .doc = "e to the power a.",
    .example = "ad_array *y = ad_exp(a);",
    .group = "elementwise",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_ELEMENTWISE,
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = exp_partial,
    AD_SPELLINGS({"numpy", "np.exp($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"int32[4]", "", "small"},
               {"float16[8]", "", "normal"}, {"complex64[3]", "", "normal"}),
    AD_ERRORS({"(float32[2], float32[2])", "", AD_E_TYPE, "one array is right"}),
};
