/* Sign and magnitude, squares and inverses: arithmetic on one array.
 *
 * Kinks: the derivative of abs at 0 is 0, and so is that of sign everywhere. For complex numbers abs and sign are not
 * holomorphic; their derivatives are real-linear and written as such. */
#include "ops/elementwise_rules.h"

static ad_array *negate(const ad_rule *r, int i, ad_array *const *ct) {
  (void)r, (void)i;
  return ad_negative(ct[0]);
}

const ad_op ad__op_negative = {
    AD_UNARY_HEAD(negative),
    .doc = "-a. Integers wrap; booleans have no negative.",
    .accepts = AD_ACCEPT_NUMBER,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = negate,
    AD_SPELLINGS({"c", "-$0"}, {"numpy", "-$0"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int8[5]", "", "small"}, {"uint16[]", "", "index:5"},
               {"complex64[3]", "", "normal"}, {"float16[0,2]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, {"bool[2]", "", AD_E_TYPE, "dtype bool; it is not defined for it"}),
};

const ad_op ad__op_positive = {
    AD_UNARY_HEAD(positive),
    .doc = "+a, which is a.",
    .accepts = AD_ACCEPT_NUMBER,
    AD_DERIVS(AD_LINEAR('A')),
    .compose = ad__rule_identity,
    .transpose = ad__rule_pass,
    AD_SPELLINGS({"c", "+$0"}, {"numpy", "+$0"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int8[5]", "", "small"}, {"complex64[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, {"bool[2]", "", AD_E_TYPE, "dtype bool; it is not defined for it"}),
};

/* |z + dz| - |z| = Re(conj(sign z) dz) + ... */
static ad_array *abs_jvp(const ad_rule *r, ad_array *const *t) {
  ad_array *s = ad_sign(r->in[0]);
  return ad__rule_is_complex(s) ? ad_real(ad_multiply(ad_conjugate(s), t[0])) : ad_multiply(s, t[0]);
}

const ad_op ad__op_abs = {
    AD_UNARY_HEAD(abs),
    .doc = "The magnitude of a. That of a complex number is real and computed without overflow on the way; the least signed "
           "integer is its own. The derivative at 0 is 0.",
    .dtype_rule = AD_TYPE_REAL,
    AD_DERIVS(AD_SMOOTH),
    .compose = ad__rule_identity,
    .jvp = abs_jvp,
    AD_SPELLINGS({"numpy", "np.abs($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int32[5]", "", "small"}, {"complex64[3]", "", "normal"},
               {"uint8[4]", "", "index:9"}, {"bool[3]", "", "bool"}, {"bfloat16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

/* s = z/|z| turns and never grows: ds = i s Im(conj(s) dz)/|z|. For reals it is 0. */
static ad_array *sign_jvp(const ad_rule *r, ad_array *const *t) {
  if (!ad__rule_is_complex(r->out)) return NULL;
  ad_array *turn = ad_divide(ad_imag(ad_multiply(ad_conjugate(r->out), t[0])), ad_abs(r->in[0]));
  return ad_multiply(r->out, ad_make_complex(ad_cast(AD_RULE_NUMBER(r, 0), ad_array_dtype(turn)), turn));
}

const ad_op ad__op_sign = {
    AD_UNARY_HEAD(sign),
    .doc = "-1, 0 or 1 as a is negative, zero or positive; NaN for NaN. Of a complex number a / abs(a), and 0 for 0.",
    AD_DERIVS(AD_SMOOTH),
    .compose = ad__rule_identity,
    .jvp = sign_jvp,
    AD_SPELLINGS({"numpy", "np.sign($0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int32[5]", "", "small"}, {"uint8[4]", "", "index:9"},
               {"float64[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *square_partial(const ad_rule *r, int i) { return ad_multiply(r->in[i], AD_RULE_NUMBER(r, 2)); }

const ad_op ad__op_square = {
    AD_UNARY_HEAD(square),
    .doc = "a * a. Integers wrap.",
    AD_DERIVS(AD_SMOOTH),
    .compose = ad__rule_identity,
    .partial = square_partial,
    AD_SPELLINGS({"c", "$0 * $0"}, {"numpy", "np.square($0)?(.astype(@out))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"int8[5]", "", "small"}, {"complex128[3]", "", "normal"},
               {"bool[3]", "", "bool"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *reciprocal_partial(const ad_rule *r, int i) {
  (void)i;
  return ad_negative(ad_square(r->out));
}

const ad_op ad__op_reciprocal = {
    AD_UNARY_HEAD(reciprocal),
    .doc = "1 / a. Integers are inverted as float32.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .partial = reciprocal_partial,
    AD_SPELLINGS({"c", "1 / $0"}, {"numpy", "1 / $0"}),
    AD_SAMPLES({"float32[3,4]", "", "nonzero"}, {"int32[5]", "", "nonzero"}, {"complex64[3]", "", "nonzero"}),
    AD_ERRORS(AD_ERROR_COUNT),
};
