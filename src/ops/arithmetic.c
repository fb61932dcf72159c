/* Arithmetic on two arrays. */
#include "ops/rules.h"

static ad_array *pass(const ad_rule *r, int i, ad_array *const *ct) {
  (void)r, (void)i;
  return ct[0];
}

const ad_op ad__op_add = {
    AD_OP_HEAD(add),
    .params = "a, b",
    .doc = "a + b. Integers wrap; booleans give their logical or.",
    .example = "ad_array *y = ad_add(a, b);",
    .group = "elementwise",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_ELEMENTWISE,
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('A')),
    .transpose = pass,
    AD_SPELLINGS({"c", "$0 + $1"}, {"numpy", "$0 + $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"int32[2,3], int8[2,1]", "", "small"},
               {"float64[], float64[2,0]", "", "normal"}, {"complex64[3], float32[3]", "", "normal"},
               {"bool[4], bool[4]", "", "bool"}, {"bfloat16[5,7], bfloat16[5,1]", "", "normal"}),
    AD_ERRORS({"float32[4,3], float32[5]", "", AD_E_VALUE,
               "shapes (4, 3) and (5) do not broadcast: axis -1 is 3 in one and 5 in the other"}),
};
