/* Learners older than networks: regressions, support vector machines and the kernels they measure likeness by. */
#include "base/str.h"
#include "model/block_desc.h"

#define STEP(op, attrs, wiring) ad_model_extend(m, ad_model_op(a->ctx, op, attrs), wiring)

/* ---- Linear ones ---- */

static const ad_block_terminal logistic_terminals[] = {
    {.name = "input", .doc = "(N, in)"},
    {.name = "weight", .trainable = true, .init = "uniform fan_in", .doc = "(1, in)"},
    {.name = "bias", .trainable = true, .init = "uniform fan_in of weight", .doc = "(1)"},
    {.name = "output", .output = true, .doc = "(N, 1), logits"},
    {.name = "probs_output", .output = true, .doc = "(N, 1), probabilities"},
};
static ad_status logistic_build(ad_model *m, const ad_block_args *a) {
  ad_model_extend(m, ad_block(a->ctx, "Linear", "dimension=1"), "input=input, weight=weight, bias=bias, output=output");
  STEP("sigmoid", NULL, "a=output, output=probs_output");
  return ad_model_expose(m, "output, probs_output");
}
const ad_block_desc ad__block_LogisticRegression = {
    .name = "LogisticRegression",
    .doc = "A linear map to logits, and their sigmoid.",
    .group = "learners",
    AD_BLOCK_TERMINALS(logistic_terminals),
    .build = logistic_build,
    .numpy = "(lambda y: (y, 1 / (1 + np.exp(-y))))(input @ weight.T + bias)",
    AD_BLOCK_SAMPLES({"", "input: 3, 2", "normal"}),
    AD_BLOCK_ERRORS({"", "input: 3, 2; weight: 1, 4", AD_E_VALUE, "weight"}),
};

static const ad_block_terminal svm_terminals[] = {
    {.name = "input", .doc = "(N, in)"},
    {.name = "weight", .trainable = true, .init = "uniform fan_in", .doc = "(1, in)"},
    {.name = "bias", .trainable = true, .init = "uniform fan_in of weight", .doc = "(1)"},
    {.name = "output", .output = true, .doc = "(N, 1), the distance from the plane, for HingeLoss"},
    {.name = "decision_output", .output = true, .doc = "(N, 1), its side: -1 or 1"},
};
static ad_status svm_build(ad_model *m, const ad_block_args *a) {
  ad_model_extend(m, ad_block(a->ctx, "Linear", "dimension=1"), "input=input, weight=weight, bias=bias, output=output");
  STEP("sign", NULL, "a=output, output=decision_output");
  return ad_model_expose(m, "output, decision_output");
}
const ad_block_desc ad__block_LinearSVM = {
    .name = "LinearSVM",
    .doc = "A support vector machine without a kernel: a linear map, and the sign of what it gives (Cortes and Vapnik, 1995).",
    .group = "learners",
    AD_BLOCK_TERMINALS(svm_terminals),
    .build = svm_build,
    .numpy = "(lambda y: (y, np.sign(y)))(input @ weight.T + bias)",
    AD_BLOCK_SAMPLES({"", "input: 3, 2", "normal"}),
    AD_BLOCK_ERRORS({"", "input: 3, 2; weight: 1, 4", AD_E_VALUE, "weight"}),
};

enum { POLYNOMIAL_DEGREE, POLYNOMIAL_DIMENSION };
static const ad_field polynomial_params[] = {
    {.name = "degree", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "the greatest degree"},
    {.name = "dimension", .kind = AD_FIELD_INT, .doc = "size of the result's last axis; absent: that of weight"},
};
static const ad_block_terminal polynomial_terminals[] = {
    {.name = "input", .doc = "(N, in)"},
    {.name = "weight", .trainable = true, .init = "uniform fan_in", .doc = "(dimension, products)"},
    {.name = "output", .output = true, .doc = "(N, dimension)"},
};
static ad_status polynomial_build(ad_model *m, const ad_block_args *a) {
  char params[60], dimension[40] = "";
  if (a->params[POLYNOMIAL_DIMENSION].given) ad__format(dimension, sizeof dimension, "dimension=%lld, ", (long long)a->params[POLYNOMIAL_DIMENSION].as.i);
  ad__format(params, sizeof params, "degree=%lld", (long long)a->params[POLYNOMIAL_DEGREE].as.i);
  ad_model_extend(m, ad_block(a->ctx, "PolynomialFeatures", params), "input=input, output=products");
  ad__format(params, sizeof params, "%suse_bias=false", dimension);
  return ad_model_extend(m, ad_block(a->ctx, "Linear", params), "input=products, weight=weight, output=output");
}
const ad_block_desc ad__block_PolynomialRegression = {
    .name = "PolynomialRegression",
    .doc = "A linear map of all products of columns up to a degree; that of degree 0 is the bias.",
    .group = "learners",
    AD_BLOCK_PARAMS(polynomial_params),
    AD_BLOCK_TERMINALS(polynomial_terminals),
    .wired = "",
    .build = polynomial_build,
    .numpy = "np.stack([np.prod([input[:, i] for i in c], axis=0) if c else np.ones(len(input)) for d in range(degree + 1) "
             "for c in __import__('itertools').combinations_with_replacement(range(input.shape[1]), d)], axis=1) @ weight.T",
    AD_BLOCK_SAMPLES({"degree=2, dimension=3", "input: 4, 2", "normal"}),
    AD_BLOCK_ERRORS({"degree=2, dimension=3", "input: 4, 2; weight: 3, 5", AD_E_VALUE, "weight"}),
};

/* ---- Kernels ---- */

static const ad_block_terminal rbf_terminals[] = {
    {.name = "input1", .doc = "(n, d)"},
    {.name = "input2", .doc = "(m, d)"},
    {.name = "l_scale", .doc = "the distance over which likeness fades"},
    {.name = "sigma", .doc = "the root of what a point's likeness to itself is"},
    {.name = "output", .output = true, .doc = "(n, m)"},
};
static ad_status rbf_build(ad_model *m, const ad_block_args *a) {
  ad_model_extend(m, ad_block(a->ctx, "DistanceMatrix", NULL), "left=input1, right=input2, norm=2, output=distance");
  STEP("square", NULL, "a=l_scale, output=area");
  STEP("divide", NULL, "a=distance, b=area, output=ratio");
  STEP("multiply", NULL, "a=ratio, b=-0.5, output=exponent");
  STEP("exp", NULL, "a=exponent, output=likeness");
  STEP("square", NULL, "a=sigma, output=height");
  return STEP("multiply", NULL, "a=height, b=likeness, output=output");
}
const ad_block_desc ad__block_RBFKernel = {
    .name = "RBFKernel",
    .doc = "sigma^2 exp(-|input1 - input2|^2 / (2 l_scale^2)) of every row with every row.",
    .group = "learners",
    AD_BLOCK_TERMINALS(rbf_terminals),
    .standard_inputs = "input1, input2",
    .build = rbf_build,
    .numpy = "sigma ** 2 * np.exp(-0.5 * np.square(input1[:, None] - input2[None]).sum(-1) / l_scale ** 2)",
    AD_BLOCK_SAMPLES({"", "input1: 2, 3; input2: 4, 3; l_scale: 1 positive; sigma: 1 positive", "normal"}),
    AD_BLOCK_ERRORS({"l_scale=1.0, sigma=1.0", "input1: 2, 3; input2: 4, 5", AD_E_VALUE, "5"}),
};

static const ad_block_terminal poly_kernel_terminals[] = {
    {.name = "input1", .doc = "(n, d)"},
    {.name = "input2", .doc = "(m, d)"},
    {.name = "poly_coef", .value = "1.0", .doc = "added to the products of rows"},
    {.name = "degree", .value = "1.0", .doc = "the power of the sums"},
    {.name = "output", .output = true, .doc = "(n, m)"},
};
static ad_status poly_kernel_build(ad_model *m, const ad_block_args *a) {
  STEP("matrix_transpose", NULL, "a=input2, output=columns");
  STEP("matmul", NULL, "a=input1, b=columns, output=products");
  STEP("add", NULL, "a=products, b=poly_coef, output=sums");
  return STEP("power", NULL, "a=sums, b=degree, output=output");
}
const ad_block_desc ad__block_PolynomialKernel = {
    .name = "PolynomialKernel",
    .doc = "(input1 input2^T + poly_coef) to the power of degree.",
    .group = "learners",
    AD_BLOCK_TERMINALS(poly_kernel_terminals),
    .standard_inputs = "input1, input2",
    .build = poly_kernel_build,
    .numpy = "(input1 @ input2.T + poly_coef) ** degree",
    AD_BLOCK_SAMPLES({"", "input1: 2, 3; input2: 4, 3", "normal"}, {"poly_coef=0.5, degree=2.0", "input1: 2, 3; input2: 3, 3", "unit"}),
    AD_BLOCK_ERRORS({"", "input1: 2, 3; input2: 4, 5", AD_E_VALUE, "5"}),
};
