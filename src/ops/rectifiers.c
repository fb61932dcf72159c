/* Activations made of straight lines: relu2, relu6, leaky_relu, prelu, hard_tanh, hardswish, hard_shrink, softshrink, step.
 *
 * All are compositions, which fuse where they are compiled. At a kink the derivative is what the composition says: that of the
 * side which `where` takes, half of the jump where a bound of `minimum` or `maximum` is met exactly. NaN stays NaN, but in
 * step, which asks a question. */
#include "ops/activation_rules.h"

/* ---- Without a number ---- */

static ad_array *relu2_compose(const ad_rule *r) { return ad_square(ad_relu(r->in[0])); }

const ad_op ad__op_relu2 = {
    AD_ACTIVATION_HEAD(relu2, "a"),
    .doc = "The square of relu(a) (So and others, Primer, 2021).",
    .compose = relu2_compose,
    AD_SPELLINGS({"numpy", "np.square(np.maximum($0, 0))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"int32[4]", "", "small"}, {"bfloat16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};

static ad_array *relu6_compose(const ad_rule *r) { return ad_minimum(ad_relu(r->in[0]), AD_RULE_NUMBER(r, 6)); }

const ad_op ad__op_relu6 = {
    AD_ACTIVATION_HEAD(relu6, "a"),
    .doc = "relu(a), at most 6.",
    .compose = relu6_compose,
    AD_SPELLINGS({"numpy", "np.minimum(np.maximum($0, 0), 6)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"int32[4]", "", "index:9"}, {"float16[]", "", "normal"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};

static ad_array *hardswish_compose(const ad_rule *r) {
  ad_array *a = r->in[0], *gate = ad_clip(ad_add(a, AD_RULE_NUMBER(r, 3)), AD_RULE_NUMBER(r, 0), AD_RULE_NUMBER(r, 6));
  return ad_multiply(a, ad_multiply(gate, AD_RULE_NUMBER(r, 1.0 / 6)));
}

const ad_op ad__op_hardswish = {
    AD_ACTIVATION_HEAD(hardswish, "a"),
    .doc = "a * clip(a + 3, 0, 6) / 6 (Howard and others, Searching for MobileNetV3, 2019).",
    .compose = hardswish_compose,
    AD_SPELLINGS({"numpy", "$0 * np.clip($0 + 3, 0, 6) / 6"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};

/* ---- With a slope, a bound or a threshold ---- */

static const ad_field slope_fields[] = {
    {.name = "negative_slope", .kind = AD_FIELD_NUM, .doc = "the factor below 0", .has_default = true, .default_num = 0.01},
};

static ad_array *leaky_relu_compose(const ad_rule *r) {
  ad_array *a = r->in[0];
  return ad_where(ad_greater(a, AD_RULE_NUMBER(r, 0)), a, ad_multiply(a, ad__activation_number(r, 0)));
}

const ad_op ad__op_leaky_relu = {
    AD_ACTIVATION_HEAD(leaky_relu, "a, NULL"),
    .doc = "a where it is positive, negative_slope * a elsewhere, whatever the slope.",
    AD_FIELDS(slope_fields),
    .compose = leaky_relu_compose,
    AD_SPELLINGS({"numpy", "np.where($0 > 0, $0, $0 * @negative_slope)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "negative_slope=2", "normal"}, {"float16[2,3]", "negative_slope=0.5", "normal"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};

static ad_array *prelu_compose(const ad_rule *r) {
  ad_array *a = r->in[0];
  return ad_where(ad_greater(a, AD_RULE_NUMBER(r, 0)), a, ad_multiply(a, r->in[1]));
}

const ad_op ad__op_prelu = {
    AD_OP_HEAD(prelu),
    .params = "a, slope",
    .doc = "a where it is positive, slope * a elsewhere; the two broadcast together (He and others, Delving deep into rectifiers, 2015).",
    .example = "ad_array *y = ad_prelu(a, ad_number(c, 0.25));",
    .group = "activations",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_ELEMENTWISE | AD_OP_COMPOSITE,
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    .compose = prelu_compose,
    AD_SPELLINGS({"numpy", "np.where($0 > 0, $0, $0 * $1)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"float64[5], float64[]", "", "normal"}, {"bfloat16[2,3], 0.25", "", "normal"}),
    AD_ERRORS({"float32[4,3], float32[5]", "", AD_E_VALUE, "do not broadcast"}),
};

static const ad_field bound_fields[] = {
    {.name = "min_val", .kind = AD_FIELD_NUM, .doc = "the least value", .has_default = true, .default_num = -1},
    {.name = "max_val", .kind = AD_FIELD_NUM, .doc = "the greatest value", .has_default = true, .default_num = 1},
};

static ad_array *hard_tanh_compose(const ad_rule *r) { return ad_clip(r->in[0], ad__activation_number(r, 0), ad__activation_number(r, 1)); }

const ad_op ad__op_hard_tanh = {
    AD_ACTIVATION_HEAD(hard_tanh, "a, NULL"),
    .doc = "a, raised to min_val and lowered to max_val.",
    AD_FIELDS(bound_fields),
    .compose = hard_tanh_compose,
    AD_SPELLINGS({"numpy", "np.clip($0, @min_val, @max_val)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "min_val=-0.5, max_val=2", "normal"}, {"float16[0]", "", "normal"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};

static const ad_field width_fields[] = {
    {.name = "lambd", .kind = AD_FIELD_NUM, .doc = "half the width of the band around 0 that becomes 0; 0 or more",
     .has_default = true, .default_num = 0.5},
};

static ad_status width_dims(ad_rel *r) {
  double width = ad_rel_attr(r, 0)->as.f[0];
  if (!(width >= 0)) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "lambd %g; 0 or more is right", width));
  return ad_rel_end(r, ad_rel_same(r, 0, AD_REL_OUT(r, 0)));
}

/* a where it lies outside the band, moved towards 0 by `less` if there is one. */
static ad_array *shrunk(const ad_rule *r, bool towards_zero) {
  ad_array *a = r->in[0], *width = ad__activation_number(r, 0);
  ad_array *beyond = towards_zero ? ad_subtract(a, ad_copysign(width, a)) : a;
  return ad_where(ad_less_equal(ad_abs(a), width), AD_RULE_NUMBER(r, 0), beyond);
}
static ad_array *hard_shrink_compose(const ad_rule *r) { return shrunk(r, false); }
static ad_array *softshrink_compose(const ad_rule *r) { return shrunk(r, true); }

const ad_op ad__op_hard_shrink = {
    AD_ACTIVATION_HEAD(hard_shrink, "a, NULL"),
    .doc = "a where its magnitude is above lambd, 0 elsewhere.",
    AD_FIELDS(width_fields),
    .dims = width_dims,
    .compose = hard_shrink_compose,
    AD_SPELLINGS({"numpy", "np.where(np.abs($0) > @lambd, $0, 0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "lambd=0", "normal"}, {"float16[2,3]", "lambd=1", "normal"}),
    AD_ERRORS({"float32[2]", "lambd=-1", AD_E_VALUE, "lambd -1; 0 or more is right"}, AD_ERROR_NO_COMPLEX),
};

const ad_op ad__op_softshrink = {
    AD_ACTIVATION_HEAD(softshrink, "a, NULL"),
    .doc = "a moved towards 0 by lambd where its magnitude is above lambd, 0 elsewhere.",
    AD_FIELDS(width_fields),
    .dims = width_dims,
    .compose = softshrink_compose,
    AD_SPELLINGS({"numpy", "np.where(np.abs($0) > @lambd, $0 - np.sign($0) * @lambd, 0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "lambd=0", "normal"}, {"float16[2,3]", "lambd=1", "normal"}),
    AD_ERRORS({"float32[2]", "lambd=-1", AD_E_VALUE, "lambd -1; 0 or more is right"}, AD_ERROR_NO_COMPLEX),
};

static const ad_field step_fields[] = {
    {.name = "threshold", .kind = AD_FIELD_NUM, .doc = "values above it become 1", .has_default = true, .default_num = 0},
};

static ad_array *step_compose(const ad_rule *r) {
  return ad_cast(ad_greater(r->in[0], ad__activation_number(r, 0)), ad_array_dtype(r->in[0]));
}

const ad_op ad__op_step = {
    AD_ACTIVATION_HEAD(step, "a, NULL"),
    .doc = "1 where a is above threshold, 0 elsewhere, in the dtype of a. NaN gives 0.",
    AD_FIELDS(step_fields),
    AD_DERIVS(AD_NO_DERIV("a step is flat but where it jumps")),
    .compose = step_compose,
    AD_SPELLINGS({"numpy", "($0 > @threshold).astype(@out)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "threshold=0.5", "normal"}, {"int32[4]", "", "small"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};
