/* Activations: blocks that apply one function to every element, or to rows. */
#include "model/block_desc.h"

#define ACTIVATION(Name, op_, text, formula)                                                                                         \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "activation", .op = op_, .numpy = formula,            \
                                          AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}, {"", "input: 5", "normal"})}

ACTIVATION(Relu, "relu", "max(input, 0).", "np.maximum(input, 0)");
ACTIVATION(Sigmoid, "sigmoid", "1 / (1 + exp(-input)).", "1 / (1 + np.exp(-input))");
ACTIVATION(Softplus, "softplus", "log(1 + exp(input)).", "np.logaddexp(input, 0)");
ACTIVATION(Tanh, "tanh", "The hyperbolic tangent.", "np.tanh(input)");
ACTIVATION(SiLU, "silu", "input times its sigmoid.", "input / (1 + np.exp(-input))");
ACTIVATION(Mish, "mish", "input tanh(log(1 + exp(input))).", "input * np.tanh(np.logaddexp(input, 0))");
ACTIVATION(HardSwish, "hardswish", "input min(max(input + 3, 0), 6) / 6.", "input * np.clip(input + 3, 0, 6) / 6");
ACTIVATION(LogSigmoid, "log_sigmoid", "The logarithm of the sigmoid.", "-np.logaddexp(-input, 0)");

enum { LEAKY_SLOPE };
static const ad_field leaky_params[] = {
    {.name = "slope", .kind = AD_FIELD_NUM, .doc = "the factor below 0", .has_default = true, .default_num = 0.01},
};
static ad_status leaky_attrs(const ad_block_args *a, ad_attr *attrs, char *why, size_t why_size) {
  (void)why, (void)why_size;
  attrs[0] = a->params[LEAKY_SLOPE];
  return AD_OK;
}
const ad_block_desc ad__block_LeakyRelu = {
    .name = "LeakyRelu",
    .doc = "input, and below 0 slope times it.",
    .group = "activation",
    AD_BLOCK_PARAMS(leaky_params),
    .wired = "slope",
    .op = "leaky_relu",
    .attrs = leaky_attrs,
    .numpy = "np.where(input > 0, input, slope * input)",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}, {"slope=0.2", "input: 5", "normal"}),
};

enum { GELU_APPROXIMATE };
static const ad_field gelu_params[] = {
    {.name = "approximate", .kind = AD_FIELD_FLAG, .doc = "by tanh and not by the error function", .has_default = true},
};
static ad_status gelu_build(ad_model *m, const ad_block_args *a) {
  return ad_model_extend(m, ad_model_op(a->ctx, a->params[GELU_APPROXIMATE].as.i ? "gelu_approx" : "gelu", NULL), "a=input, output=output");
}
const ad_block_desc ad__block_Gelu = {
    .name = "Gelu",
    .doc = "input times the probability that a normal number is less (Hendrycks and Gimpel, 2016).",
    .group = "activation",
    AD_BLOCK_PARAMS(gelu_params),
    .build = gelu_build,
    .numpy = "0.5 * input * (1 + np.tanh(np.sqrt(2 / np.pi) * (input + 0.044715 * input ** 3))) if approximate else "
             "0.5 * input * (1 + np.vectorize(math.erf)(input / np.sqrt(2)))",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}, {"approximate=true", "input: 5", "normal"}),
};

enum { SOFTMAX_AXIS };
static const ad_field softmax_params[] = {
    {.name = "axis", .kind = AD_FIELD_AXES, .doc = "the axis along which the results sum to 1, or several; -1 by default"},
};
static ad_status softmax_attrs(const ad_block_args *a, ad_attr *attrs, char *why, size_t why_size) {
  static const int64_t last[] = {-1};
  (void)why, (void)why_size;
  attrs[0] = a->params[SOFTMAX_AXIS];
  if (!attrs[0].given) attrs[0] = (ad_attr){.given = true, .count = 1, .as.ints = last};
  return AD_OK;
}
#define ROWS(Name, op_, text, formula)                                                                                               \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "activation", AD_BLOCK_PARAMS(softmax_params), .wired = "axis", \
                                          .op = op_, .attrs = softmax_attrs, .numpy = formula,                                      \
                                          AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}, {"axis=0", "input: 4, 2", "normal"}),      \
                                          AD_BLOCK_ERRORS({"axis=2", "input: 2, 3", AD_E_INDEX, "out of range for rank 2"})}
ROWS(Softmax, "softmax", "exp(input) over its sum along an axis.",
     "(lambda e, k: e / e.sum(axis=k, keepdims=True))(np.exp(input), -1 if axis is None else axis)");
ROWS(LogSoftmax, "log_softmax", "The logarithm of the softmax.",
     "(lambda k: input - np.log(np.exp(input).sum(axis=k, keepdims=True)))(-1 if axis is None else axis)");
