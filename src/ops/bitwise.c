/* Operations on the bits of integers and on booleans; floats have none to offer. */
#include "ops/apply.h"
#include "ops/elementwise_rules.h"

#define BITS "an integer has no derivative"
#define ERROR_FLOAT(t) {t, "", AD_E_TYPE, "dtype float32; it is not defined for it; bool, unsigned integers, signed integers are right"}

const ad_op ad__op_bitwise_invert = {
    AD_UNARY_HEAD(bitwise_invert),
    .doc = "Every bit of a turned over; the negation of a boolean.",
    .accepts = AD_ACCEPT_BITS,
    AD_DERIVS(AD_NO_DERIV(BITS)),
    AD_SPELLINGS({"c", "~$0"}, {"numpy", "~$0"}),
    AD_SAMPLES({"int32[3,4]", "", "small"}, {"uint8[5]", "", "index:99"}, {"bool[3]", "", "bool"}),
    AD_ERRORS(AD_ERROR_COUNT, ERROR_FLOAT("float32[2]")),
};

const ad_op ad__op_bitwise_and = {
    AD_COMMUTING_HEAD(bitwise_and),
    .doc = "The bits set in both of a and b; the logical and of booleans.",
    .accepts = AD_ACCEPT_BITS,
    AD_DERIVS(AD_NO_DERIV(BITS), AD_NO_DERIV(BITS)),
    AD_SPELLINGS({"c", "$0 & $1"}, {"numpy", "$0 & $1"}),
    AD_SAMPLES({"int32[3,4], int32[4]", "", "small"}, {"uint8[5], int16[5]", "", "index:99, small"}, {"bool[3], bool[3]", "", "bool"}),
    AD_ERRORS(AD_ERROR_SHAPES("int32"), ERROR_FLOAT("float32[2], float32[2]")),
};

const ad_op ad__op_bitwise_or = {
    AD_COMMUTING_HEAD(bitwise_or),
    .doc = "The bits set in either of a and b; the logical or of booleans.",
    .accepts = AD_ACCEPT_BITS,
    AD_DERIVS(AD_NO_DERIV(BITS), AD_NO_DERIV(BITS)),
    AD_SPELLINGS({"c", "$0 | $1"}, {"numpy", "$0 | $1"}),
    AD_SAMPLES({"int32[3,4], int32[4]", "", "small"}, {"uint8[5], int16[5]", "", "index:99, small"}, {"bool[3], bool[3]", "", "bool"}),
    AD_ERRORS(AD_ERROR_SHAPES("int32"), ERROR_FLOAT("float32[2], float32[2]")),
};

const ad_op ad__op_bitwise_xor = {
    AD_COMMUTING_HEAD(bitwise_xor),
    .doc = "The bits set in exactly one of a and b; the logical xor of booleans.",
    .accepts = AD_ACCEPT_BITS,
    AD_DERIVS(AD_NO_DERIV(BITS), AD_NO_DERIV(BITS)),
    AD_SPELLINGS({"c", "$0 ^ $1"}, {"numpy", "$0 ^ $1"}),
    AD_SAMPLES({"int32[3,4], int32[4]", "", "small"}, {"uint8[5], int16[5]", "", "index:99, small"}, {"bool[3], bool[3]", "", "bool"}),
    AD_ERRORS(AD_ERROR_SHAPES("int32"), ERROR_FLOAT("float32[2], float32[2]")),
};

/* Promoted together; booleans are shifted as uint8. */
static ad_status shift_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  ad_dtype t = ad__promote_arrays(r->in, r->n);
  if (t == AD_BOOL) t = AD_UINT8;
  in[0] = in[1] = out[0] = t;
  return AD_OK;
}

const ad_op ad__op_left_shift = {
    AD_BINARY_HEAD(left_shift),
    .doc = "a * 2^b, the bits beyond the width lost. A shift by the width or more, or by a negative number, gives 0. Booleans are "
           "shifted as uint8.",
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = shift_dtypes,
    .accepts = AD_ACCEPT_BITS,
    AD_DERIVS(AD_NO_DERIV(BITS), AD_NO_DERIV(BITS)),
    AD_SPELLINGS({"numpy", "$0 << $1"}),
    AD_SAMPLES({"int32[3,4], int32[4]", "", "small, index:5"}, {"uint8[5], uint8[5]", "", "index:99, index:8"}),
    AD_ERRORS(AD_ERROR_SHAPES("int32"), ERROR_FLOAT("float32[2], float32[2]")),
};

const ad_op ad__op_right_shift = {
    AD_BINARY_HEAD(right_shift),
    .doc = "The largest whole number not above a / 2^b. A shift by the width or more, or by a negative number, gives 0, and -1 for negative numbers. Booleans are "
           "shifted as uint8.",
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = shift_dtypes,
    .accepts = AD_ACCEPT_BITS,
    AD_DERIVS(AD_NO_DERIV(BITS), AD_NO_DERIV(BITS)),
    AD_SPELLINGS({"numpy", "$0 >> $1"}),
    AD_SAMPLES({"int32[3,4], int32[4]", "", "small, index:5"}, {"uint8[5], uint8[5]", "", "index:99, index:8"}),
    AD_ERRORS(AD_ERROR_SHAPES("int32"), ERROR_FLOAT("float32[2], float32[2]")),
};
