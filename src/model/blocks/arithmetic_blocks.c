/* Blocks of arithmetic, element by element; two operands broadcast. */
#include "model/block_desc.h"

static const ad_block_terminal pair[] = {
    {.name = "left", .doc = "one operand"},
    {.name = "right", .doc = "the other"},
    {.name = "output", .output = true, .doc = "the result, of the shape that both broadcast to"},
};
static const ad_block_terminal fraction[] = {
    {.name = "numerator", .doc = "what is divided"},
    {.name = "denominator", .doc = "by what"},
    {.name = "output", .output = true, .doc = "the quotient, of the shape that both broadcast to"},
};

#define PAIR(Name, op_, text, standard, formula, domain)                                                                              \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "arithmetic", AD_BLOCK_TERMINALS(pair), .standard_inputs = standard, \
                                          .op = op_, .numpy = formula,                                                                \
                                          AD_BLOCK_SAMPLES({"", "left: 2, 3; right: 3", domain}, {"", "left: 4, 1; right: 2, 1, 3", domain}),       \
                                          AD_BLOCK_ERRORS({"", "left: 2, 3; right: 4", AD_E_VALUE, "broadcast"})}

PAIR(Add, "add", "left plus right.", "left, right", "left + right", "normal");
PAIR(Subtract, "subtract", "left minus right.", "left", "left - right", "normal");
PAIR(Multiply, "multiply", "left times right.", "left, right", "left * right", "normal");
PAIR(Minimum, "minimum", "The smaller of left and right.", "left, right", "np.minimum(left, right)", "normal");
PAIR(Maximum, "maximum", "The greater of left and right.", "left, right", "np.maximum(left, right)", "normal");

#define FRACTION(Name, op_, text, formula)                                                                                            \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "arithmetic", AD_BLOCK_TERMINALS(fraction), .op = op_, .numpy = formula, \
                                          AD_BLOCK_SAMPLES({"", "numerator: 2, 3; denominator: 3", "positive"}),                      \
                                          AD_BLOCK_ERRORS({"", "numerator: 2, 3; denominator: 4", AD_E_VALUE, "broadcast"})}

FRACTION(Divide, "divide", "numerator over denominator.", "numerator / denominator");
FRACTION(FloorDivide, "floor_divide", "The quotient, rounded down.", "np.floor_divide(numerator, denominator)");

/* ---- One operand ---- */

#define UNARY(Name, op_, text, formula, domain)                                                                                      \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "arithmetic", .op = op_, .numpy = formula,           \
                                          AD_BLOCK_SAMPLES({"", "input: 2, 3", domain}, {"", "input: 4", domain})}

UNARY(Negate, "negative", "minus input.", "-input", "normal");
UNARY(Absolute, "abs", "The absolute value.", "np.abs(input)", "normal");
UNARY(Sign, "sign", "-1, 0 or 1.", "np.sign(input)", "normal");
UNARY(Square, "square", "input times input.", "np.square(input)", "normal");
UNARY(Exponential, "exp", "e to the power of input.", "np.exp(input)", "normal");
UNARY(Floor, "floor", "The largest whole number that is not greater.", "np.floor(input)", "normal");
UNARY(Sine, "sin", "The sine of radians.", "np.sin(input)", "normal");
UNARY(Cosine, "cos", "The cosine of radians.", "np.cos(input)", "normal");
UNARY(IsNan, "isnan", "Whether an element is no number.", "np.isnan(input)", "normal");
const ad_block_desc ad__block_StopGradient = {
    .name = "StopGradient",
    .doc = "input, by which nothing is derived.",
    .group = "arithmetic",
    .op = "stop_gradient",
    .stops = true,
    .numpy = "input",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}),
};

static const ad_field nan_params[] = {
    {.name = "nan", .kind = AD_FIELD_NUM, .doc = "what NaN becomes", .has_default = true},
    {.name = "posinf", .kind = AD_FIELD_NUM, .doc = "what infinity becomes; absent: the largest number"},
    {.name = "neginf", .kind = AD_FIELD_NUM, .doc = "what -infinity becomes; absent: the least number"},
};
const ad_block_desc ad__block_NanToNum = {
    .name = "NanToNum",
    .doc = "Numbers in place of NaN and infinities.",
    .group = "arithmetic",
    AD_BLOCK_PARAMS(nan_params),
    .op = "nan_to_num",
    .numpy = "np.nan_to_num(input, nan=nan, posinf=posinf, neginf=neginf)",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}),
};

static const ad_block_terminal clamp_terminals[] = {
    {.name = "input", .doc = "any shape"},
    {.name = "min_val", .doc = "nothing less"},
    {.name = "max_val", .doc = "nothing more"},
    {.name = "output", .output = true, .doc = "input within the bounds"},
};
const ad_block_desc ad__block_Clamp = {
    .name = "Clamp",
    .doc = "input, or the bound that it is beyond.",
    .group = "arithmetic",
    AD_BLOCK_TERMINALS(clamp_terminals),
    .op = "clip",
    .numpy = "np.clip(input, min_val, max_val)",
    AD_BLOCK_SAMPLES({"min_val=-0.5, max_val=0.25", "input: 2, 3", "normal"}, {"", "input: 2, 3; min_val: 3; max_val: 3", "normal"}),
};

/* ---- Robust forms: what would be infinite near zero is a straight line there ---- */

enum { ROBUST };
static const ad_field robust_params[] = {
    {.name = "robust", .kind = AD_FIELD_FLAG, .doc = "whether arguments below threshold give the line that touches the function there", .has_default = true},
};
static const ad_block_terminal robust_terminals[] = {
    {.name = "input", .doc = "any shape"},
    {.name = "threshold", .only_if = "robust", .value = "1e-20", .doc = "where the line begins"},
    {.name = "output", .output = true, .doc = "the result"},
};

/* The absolute value is what the function is of; its sign does not count, as the threshold is of a distance from zero. */
static ad_status sqrt_build(ad_model *m, const ad_block_args *a) {
  ad_ctx *c = a->ctx;
  if (!a->params[ROBUST].as.i) return ad_model_extend(m, ad_model_op(c, "sqrt", NULL), "a=input, output=output");
  ad_model_extend(m, ad_model_op(c, "abs", NULL), "a=input, output=size");
  ad_model_extend(m, ad_model_op(c, "maximum", NULL), "a=size, b=threshold, output=safe");
  ad_model_extend(m, ad_model_op(c, "sqrt", NULL), "a=safe, output=root");
  ad_model_extend(m, ad_model_op(c, "sqrt", NULL), "a=threshold, output=edge");
  ad_model_extend(m, ad_model_op(c, "divide", NULL), "a=size, b=edge, output=line");
  ad_model_extend(m, ad_model_op(c, "less", NULL), "a=size, b=threshold, output=near");
  return ad_model_extend(m, ad_model_op(c, "where", NULL), "condition=near, x=line, y=root, output=output");
}
const ad_block_desc ad__block_Sqrt = {
    .name = "Sqrt",
    .doc = "The square root; robust: of the absolute value, and below threshold the line from 0 to the root there.",
    .group = "arithmetic",
    AD_BLOCK_PARAMS(robust_params),
    AD_BLOCK_TERMINALS(robust_terminals),
    .build = sqrt_build,
    .numpy = "np.where(np.abs(input) < threshold, np.abs(input) / np.sqrt(threshold), np.sqrt(np.abs(input))) if robust else np.sqrt(input)",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "positive"}, {"robust=true, threshold=0.5", "input: 2, 3", "positive"}),
};

static ad_status log_build(ad_model *m, const ad_block_args *a) {
  ad_ctx *c = a->ctx;
  if (!a->params[ROBUST].as.i) return ad_model_extend(m, ad_model_op(c, "log", NULL), "a=input, output=output");
  ad_model_extend(m, ad_model_op(c, "abs", NULL), "a=input, output=size");
  ad_model_extend(m, ad_model_op(c, "maximum", NULL), "a=size, b=threshold, output=safe");
  ad_model_extend(m, ad_model_op(c, "log", NULL), "a=safe, output=logarithm");
  ad_model_extend(m, ad_model_op(c, "log", NULL), "a=threshold, output=edge");
  ad_model_extend(m, ad_model_op(c, "divide", NULL), "a=size, b=threshold, output=share");
  ad_model_extend(m, ad_model_op(c, "add", NULL), "a=edge, b=share, output=above");
  ad_model_extend(m, ad_model_op(c, "subtract", NULL), "a=above, b=1, output=line");
  ad_model_extend(m, ad_model_op(c, "less", NULL), "a=size, b=threshold, output=near");
  return ad_model_extend(m, ad_model_op(c, "where", NULL), "condition=near, x=line, y=logarithm, output=output");
}
const ad_block_desc ad__block_Log = {
    .name = "Log",
    .doc = "The natural logarithm; robust: of the absolute value, and below threshold its tangent there.",
    .group = "arithmetic",
    AD_BLOCK_PARAMS(robust_params),
    AD_BLOCK_TERMINALS(robust_terminals),
    .build = log_build,
    .numpy = "np.where(np.abs(input) < threshold, np.log(threshold) + np.abs(input) / threshold - 1, np.log(np.maximum(np.abs(input), threshold)))"
             " if robust else np.log(input)",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "positive"}, {"robust=true, threshold=0.5", "input: 2, 3", "positive"}),
};

static const ad_block_terminal reciprocal_terminals[] = {
    {.name = "input", .doc = "any shape"},
    {.name = "threshold", .value = "1e-20", .doc = "where the line begins"},
    {.name = "output", .output = true, .doc = "the result"},
};
static ad_status reciprocal_build(ad_model *m, const ad_block_args *a) {
  ad_ctx *c = a->ctx;
  ad_model_extend(m, ad_model_op(c, "abs", NULL), "a=input, output=size");
  ad_model_extend(m, ad_model_op(c, "less", NULL), "a=size, b=threshold, output=near");
  ad_model_extend(m, ad_model_op(c, "where", NULL), "condition=near, x=threshold, y=input, output=safe");
  ad_model_extend(m, ad_model_op(c, "reciprocal", NULL), "a=safe, output=inverse");
  ad_model_extend(m, ad_model_op(c, "sign", NULL), "a=input, output=side");
  ad_model_extend(m, ad_model_op(c, "divide", NULL), "a=input, b=threshold, output=share");
  ad_model_extend(m, ad_model_op(c, "multiply", NULL), "a=side, b=2, output=twice");
  ad_model_extend(m, ad_model_op(c, "subtract", NULL), "a=twice, b=share, output=above");
  ad_model_extend(m, ad_model_op(c, "divide", NULL), "a=above, b=threshold, output=line");
  return ad_model_extend(m, ad_model_op(c, "where", NULL), "condition=near, x=line, y=inverse, output=output");
}
const ad_block_desc ad__block_StableReciprocal = {
    .name = "StableReciprocal",
    .doc = "1 over input, and nearer to 0 than threshold the tangent there.",
    .group = "arithmetic",
    AD_BLOCK_TERMINALS(reciprocal_terminals),
    .build = reciprocal_build,
    .numpy = "np.where(np.abs(input) < threshold, (2 * np.sign(input) - input / threshold) / threshold, 1 / input)",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "positive"}, {"threshold=0.5", "input: 2, 3", "positive"}),
};

static const ad_block_terminal power_terminals[] = {
    {.name = "base", .doc = "any shape"},
    {.name = "exponent", .doc = "any shape that broadcasts with it"},
    {.name = "threshold", .only_if = "robust", .value = "1e-20", .doc = "the least that a base counts as"},
    {.name = "output", .output = true, .doc = "the result"},
};
static ad_status power_build(ad_model *m, const ad_block_args *a) {
  ad_ctx *c = a->ctx;
  if (!a->params[ROBUST].as.i) return ad_model_extend(m, ad_model_op(c, "power", NULL), "a=base, b=exponent, output=output");
  ad_model_extend(m, ad_model_op(c, "abs", NULL), "a=base, output=size");
  ad_model_extend(m, ad_model_op(c, "maximum", NULL), "a=size, b=threshold, output=safe");
  return ad_model_extend(m, ad_model_op(c, "power", NULL), "a=safe, b=exponent, output=output");
}
const ad_block_desc ad__block_Power = {
    .name = "Power",
    .doc = "base to the power of exponent; robust: of the absolute value, which counts as no less than threshold.",
    .group = "arithmetic",
    AD_BLOCK_PARAMS(robust_params),
    AD_BLOCK_TERMINALS(power_terminals),
    .standard_inputs = "base",
    .build = power_build,
    .numpy = "np.power(np.maximum(np.abs(base), threshold), exponent) if robust else np.power(base, exponent)",
    AD_BLOCK_SAMPLES({"", "base: 2, 3; exponent: 3", "positive"}, {"robust=true, threshold=0.5", "base: 2, 3; exponent: 3", "positive"}),
};
