/* Arithmetic on one and two arrays.
 *
 * Integers wrap around and never trap: division by zero gives 0, the least number divided by -1 is itself. Floats follow
 * IEEE 754. Where an op is linear its transpose is the adjoint: complex factors are conjugated. */
#include "ops/elementwise_rules.h"

static ad_array *adjoint(ad_array *a) { return ad__rule_is_complex(a) ? ad_conjugate(a) : a; }

const ad_op ad__op_add = {
    AD_COMMUTING_HEAD(add),
    .doc = "a + b. Integers wrap; booleans give their logical or.",
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('A')),
    .transpose = ad__rule_pass,
    AD_SPELLINGS({"c", "$0 + $1"}, {"numpy", "$0 + $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"int32[2,3], int8[2,1]", "", "small"},
               {"float64[], float64[2,0]", "", "normal"}, {"complex64[3], float32[3]", "", "normal"},
               {"bool[4], bool[4]", "", "bool"}, {"bfloat16[5,7], bfloat16[5,1]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

static ad_array *subtract_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)r;
  return i == 0 ? ct[0] : ad_negative(ct[0]);
}

const ad_op ad__op_subtract = {
    AD_BINARY_HEAD(subtract),
    .doc = "a - b. Integers wrap; booleans have no difference.",
    .accepts = AD_ACCEPT_NUMBER,
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('A')),
    .transpose = subtract_back,
    AD_SPELLINGS({"c", "$0 - $1"}, {"numpy", "$0 - $1"}),
    AD_SAMPLES({"float32[3,4], float32[3,1]", "", "normal"}, {"uint8[5], int16[5]", "", "index:9, small"},
               {"float16[6], float16[]", "", "normal"}, {"complex128[2,2], complex64[2]", "", "normal"},
               {"float64[0,3], float64[3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("int32"), {"bool[2], bool[2]", "", AD_E_TYPE, "dtype bool; it is not defined for it"}),
};

static ad_array *multiply_back(const ad_rule *r, int i, ad_array *const *ct) {
  return ad__times(ct[0], adjoint(r->in[1 - i]));
}

const ad_op ad__op_multiply = {
    AD_COMMUTING_HEAD(multiply),
    .doc = "a * b. Integers wrap; booleans give their logical and.",
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('B')),
    .transpose = multiply_back,
    AD_SPELLINGS({"c", "$0 * $1"}, {"numpy", "$0 * $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"int8[2,3], int8[3]", "", "small"},
               {"bool[4], bool[4]", "", "bool"}, {"complex64[3], complex64[2,3]", "", "normal"},
               {"bfloat16[5], float16[5]", "", "normal"}, {"float64[], float64[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

static ad_array *divide_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return ad_divide(ct[0], adjoint(r->in[1]));
}

static ad_array *divide_partial(const ad_rule *r, int i) {
  (void)i;
  return ad_negative(ad_divide(r->out, r->in[1]));
}

const ad_op ad__op_divide = {
    AD_BINARY_HEAD(divide),
    .doc = "a / b. Integers and booleans are divided as float32.",
    .dtype_rule = AD_TYPE_FLOAT,
    AD_DERIVS(AD_LINEAR('A'), AD_SMOOTH),
    .transpose = divide_back,
    .partial = divide_partial,
    AD_SPELLINGS({"c", "$0 / $1"}, {"numpy", "$0 / $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal, nonzero"}, {"int32[5], int32[5]", "", "small, nonzero"},
               {"complex64[3], complex64[3]", "", "normal, nonzero"}, {"float64[2,0], float64[]", "", "normal, positive"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

#define WHOLE_STEP "a whole quotient moves in steps, between which it is constant"

const ad_op ad__op_floor_divide = {
    AD_BINARY_HEAD(floor_divide),
    .doc = "The largest whole number not above a / b. An integer divided by zero gives 0; a float divided by zero what a / b "
           "gives.",
    .accepts = AD_ACCEPT_REAL,
    AD_DERIVS(AD_NO_DERIV(WHOLE_STEP), AD_NO_DERIV(WHOLE_STEP)),
    AD_SPELLINGS({"numpy", "$0 // $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal, nonzero"}, {"int32[7], int32[7]", "", "small, nonzero"},
               {"uint8[4], uint8[2,1]", "", "index:99, positive"}, {"float64[5], float64[]", "", "normal, positive"}),
    AD_ERRORS(AD_ERROR_SHAPES("int32"), AD_ERROR_COMPLEX_2),
};

static ad_array *remainder_partial(const ad_rule *r, int i) {
  return i == 0 ? ad__rule_constant(r, 1) : ad_negative(ad_floor_divide(r->in[0], r->in[1]));
}

const ad_op ad__op_remainder = {
    AD_BINARY_HEAD(remainder),
    .doc = "a - b * floor_divide(a, b), which has the sign of b. By zero, 0 for integers and NaN for floats.",
    .accepts = AD_ACCEPT_REAL,
    AD_DERIVS(AD_SMOOTH, AD_SMOOTH),
    .partial = remainder_partial,
    AD_SPELLINGS({"numpy", "$0 % $1"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal, nonzero"}, {"int32[7], int32[7]", "", "small, nonzero"},
               {"int64[2,3], int8[3]", "", "small, nonzero"}, {"float64[5], float64[]", "", "normal, positive"}),
    AD_ERRORS(AD_ERROR_SHAPES("int32"), AD_ERROR_COMPLEX_2),
};

static ad_array *divmod_compose(const ad_rule *r) {
  return ad_tuple(r->ctx, (ad_array *[]){ad_floor_divide(r->in[0], r->in[1]), ad_remainder(r->in[0], r->in[1])}, 2);
}

const ad_op ad__op_divmod = {
    AD_OP_HEAD(divmod),
    .params = "a, b",
    .doc = "The pair floor_divide(a, b), remainder(a, b).",
    .example = "ad_array *r = ad_item(ad_divmod(a, b), 1);",
    .group = "elementwise",
    .inputs = 2,
    .outputs = 2,
    .flags = AD_OP_ELEMENTWISE | AD_OP_COMPOSITE,
    .accepts = AD_ACCEPT_REAL,
    .compose = divmod_compose,
    AD_SPELLINGS({"numpy", "np.divmod($0, $1)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal, nonzero"}, {"int32[7], int32[7]", "", "small, nonzero"}),
    AD_ERRORS(AD_ERROR_SHAPES("int32"), AD_ERROR_COMPLEX_2),
};

/* By a: b a^(b-1), and 0 for b = 0 whatever a is. By b: a^b log(a), and 0 for a = 0. */
static ad_array *power_partial(const ad_rule *r, int i) {
  ad_array *a = r->in[0], *b = r->in[1], *zero = AD_RULE_NUMBER(r, 0), *one = AD_RULE_NUMBER(r, 1);
  if (i == 0) return ad_where(ad_equal(b, zero), zero, ad_multiply(b, ad_power(a, ad_subtract(b, one))));
  return ad_multiply(r->out, ad_log(ad_where(ad_equal(a, zero), one, a)));
}

const ad_op ad__op_power = {
    AD_BINARY_HEAD(power),
    .doc = "a to the power b. Integers by squaring; for them a negative exponent gives 0.",
    .accepts = AD_ACCEPT_NUMBER,
    AD_DERIVS(AD_SMOOTH, AD_SMOOTH),
    .partial = power_partial,
    AD_SPELLINGS({"numpy", "np.power($0, $1)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "positive, normal"}, {"int32[5], int32[5]", "", "small, index:5"},
               {"float64[3], float64[]", "", "positive, normal"}, {"complex64[4], complex64[4]", "", "normal, small"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32"), {"bool[2], bool[2]", "", AD_E_TYPE, "dtype bool; it is not defined for it"}),
};

/* The chosen operand gets all, two equal ones half each. */
static ad_array *chosen(const ad_rule *r, ad_array *wins) {
  ad_array *one = ad__rule_constant(r, 1), *half = ad__rule_constant(r, 0.5), *none = ad__rule_constant(r, 0);
  return ad_where(ad_equal(r->in[0], r->in[1]), half, ad_where(wins, one, none));
}

static ad_array *maximum_partial(const ad_rule *r, int i) { return chosen(r, ad_greater(r->in[i], r->in[1 - i])); }
static ad_array *minimum_partial(const ad_rule *r, int i) { return chosen(r, ad_less(r->in[i], r->in[1 - i])); }

const ad_op ad__op_maximum = {
    AD_COMMUTING_HEAD(maximum),
    .doc = "The greater of a and b; NaN if either is. Equal operands share the gradient. Complex numbers are ordered by their "
           "real parts, then their imaginary ones.",
    AD_DERIVS(AD_SMOOTH, AD_SMOOTH),
    .partial = maximum_partial,
    AD_SPELLINGS({"numpy", "np.maximum($0, $1)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"int32[2,3], int8[2,1]", "", "small"},
               {"bool[4], bool[4]", "", "bool"}, {"complex64[5], complex64[5]", "", "distinct"}, {"float16[0], float16[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

const ad_op ad__op_minimum = {
    AD_COMMUTING_HEAD(minimum),
    .doc = "The lesser of a and b; NaN if either is. Equal operands share the gradient. Complex numbers are ordered by their "
           "real parts, then their imaginary ones.",
    AD_DERIVS(AD_SMOOTH, AD_SMOOTH),
    .partial = minimum_partial,
    AD_SPELLINGS({"numpy", "np.minimum($0, $1)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"uint16[2,3], uint16[2,1]", "", "index:9"},
               {"bool[4], bool[4]", "", "bool"}, {"complex64[5], complex64[5]", "", "distinct"}, {"float64[2,0], float64[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32")),
};

static ad_array *hypot_partial(const ad_rule *r, int i) {
  ad_array *zero = AD_RULE_NUMBER(r, 0);
  return ad_where(ad_equal(r->out, zero), zero, ad_divide(r->in[i], r->out));
}

const ad_op ad__op_hypot = {
    AD_BINARY_HEAD(hypot),
    .doc = "The square root of a * a + b * b without overflow on the way. An infinite operand gives infinity, even with NaN. "
           "The derivative at 0 is 0.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH, AD_SMOOTH),
    .partial = hypot_partial,
    AD_SPELLINGS({"numpy", "np.hypot($0, $1)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"float64[3], float64[]", "", "normal"},
               {"int32[3], int32[3]", "", "small"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32"), AD_ERROR_COMPLEX_2),
};

static ad_array *copysign_partial(const ad_rule *r, int i) {
  (void)i;
  ad_array *same = ad_equal(ad_signbit(r->in[0]), ad_signbit(r->in[1]));
  return ad_where(same, ad__rule_constant(r, 1), ad__rule_constant(r, -1));
}

const ad_op ad__op_copysign = {
    AD_BINARY_HEAD(copysign),
    .doc = "The magnitude of a with the sign of b, that of zeros and NaNs included.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH, AD_NO_DERIV("only its sign is used, which is constant between its steps")),
    .partial = copysign_partial,
    AD_SPELLINGS({"numpy", "np.copysign($0, $1)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"float16[6], float16[]", "", "normal"},
               {"int32[3], int32[3]", "", "small"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32"), AD_ERROR_COMPLEX_2),
};

#define NEIGHBOUR "the neighbour of a number in its own dtype is no function of a real variable"

const ad_op ad__op_nextafter = {
    AD_BINARY_HEAD(nextafter),
    .doc = "The number after a in the direction of b that the dtype holds; b itself where they are equal.",
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_NO_DERIV(NEIGHBOUR), AD_NO_DERIV(NEIGHBOUR)),
    AD_SPELLINGS({"numpy", "np.nextafter($0, $1)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"float64[6], float64[]", "", "normal"},
               {"float16[6], float16[6]", "", "normal"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32"), AD_ERROR_COMPLEX_2),
};
