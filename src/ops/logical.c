/* Logic on booleans: other dtypes are cast first, so that anything but zero is true. */
#include "ops/elementwise_rules.h"

#define TRUTH "a truth value is constant between its steps"

const ad_op ad__op_logical_not = {
    AD_UNARY_HEAD(logical_not),
    .doc = "true where a is zero.",
    .dtype_rule = AD_TYPE_LOGICAL,
    AD_DERIVS(AD_NO_DERIV(TRUTH)),
    AD_SPELLINGS({"c", "!$0"}, {"numpy", "np.logical_not($0)"}),
    AD_SAMPLES({"bool[3,4]", "", "bool"}, {"float32[5]", "", "small"}, {"int8[]", "", "small"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

const ad_op ad__op_logical_and = {
    AD_COMMUTING_HEAD(logical_and),
    .doc = "true where both are.",
    .dtype_rule = AD_TYPE_LOGICAL,
    AD_DERIVS(AD_NO_DERIV(TRUTH), AD_NO_DERIV(TRUTH)),
    AD_SPELLINGS({"numpy", "np.logical_and($0, $1)"}),
    AD_SAMPLES({"bool[3,4], bool[4]", "", "bool"}, {"float32[5], int32[5]", "", "small"}, {"complex64[3], bool[]", "", "small, bool"}),
    AD_ERRORS(AD_ERROR_SHAPES("bool")),
};

const ad_op ad__op_logical_or = {
    AD_COMMUTING_HEAD(logical_or),
    .doc = "true where either is.",
    .dtype_rule = AD_TYPE_LOGICAL,
    AD_DERIVS(AD_NO_DERIV(TRUTH), AD_NO_DERIV(TRUTH)),
    AD_SPELLINGS({"numpy", "np.logical_or($0, $1)"}),
    AD_SAMPLES({"bool[3,4], bool[4]", "", "bool"}, {"float32[5], int32[5]", "", "small"}, {"complex64[3], bool[]", "", "small, bool"}),
    AD_ERRORS(AD_ERROR_SHAPES("bool")),
};

const ad_op ad__op_logical_xor = {
    AD_COMMUTING_HEAD(logical_xor),
    .doc = "true where exactly one is.",
    .dtype_rule = AD_TYPE_LOGICAL,
    AD_DERIVS(AD_NO_DERIV(TRUTH), AD_NO_DERIV(TRUTH)),
    AD_SPELLINGS({"numpy", "np.logical_xor($0, $1)"}),
    AD_SAMPLES({"bool[3,4], bool[4]", "", "bool"}, {"float32[5], int32[5]", "", "small"}, {"complex64[3], bool[]", "", "small, bool"}),
    AD_ERRORS(AD_ERROR_SHAPES("bool")),
};
