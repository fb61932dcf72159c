/* Blocks of linear algebra, and what learning is made of that stands near it. */
#include "model/block_desc.h"

#define STEP(op, attrs, wiring) ad_model_extend(m, ad_model_op(a->ctx, op, attrs), wiring)

static const ad_block_terminal pair[] = {
    {.name = "left", .doc = "(..., m, k)"},
    {.name = "right", .doc = "(..., k, n)"},
    {.name = "output", .output = true, .doc = "(..., m, n)"},
};
const ad_block_desc ad__block_MatrixMultiply = {
    .name = "MatrixMultiply",
    .doc = "The product of matrices; leading axes broadcast.",
    .group = "algebra",
    AD_BLOCK_TERMINALS(pair),
    .standard_inputs = "left",
    .op = "matmul",
    .numpy = "left @ right",
    AD_BLOCK_SAMPLES({"", "left: 2, 3; right: 3, 4", "normal"}, {"", "left: 5, 2, 3; right: 3, 4", "normal"}),
    AD_BLOCK_ERRORS({"", "left: 2, 3; right: 4, 4", AD_E_VALUE, "3"}),
};

const ad_block_desc ad__block_Cholesky = {
    .name = "Cholesky",
    .doc = "The lower triangle L of a positive definite matrix L L^T.",
    .group = "algebra",
    .op = "linalg_cholesky",
    .numpy = "np.linalg.cholesky(input)",
    AD_BLOCK_SAMPLES({"", "input: 3, 3", "definite"}),
};

static const ad_block_terminal points_terminals[] = {
    {.name = "left", .doc = "(n, d)"},
    {.name = "right", .doc = "(m, d)"},
    {.name = "output", .output = true, .doc = "(n, m, d)"},
};
static ad_status difference_build(ad_model *m, const ad_block_args *a) {
  STEP("expand_dims", "axes=[1]", "a=left, output=rows");
  STEP("expand_dims", "axes=[0]", "a=right, output=columns");
  return STEP("subtract", NULL, "a=rows, b=columns, output=output");
}
const ad_block_desc ad__block_CartesianDifference = {
    .name = "CartesianDifference",
    .doc = "Every row of left minus every row of right.",
    .group = "algebra",
    AD_BLOCK_TERMINALS(points_terminals),
    .standard_inputs = "left, right",
    .build = difference_build,
    .numpy = "left[:, None, :] - right[None, :, :]",
    AD_BLOCK_SAMPLES({"", "left: 2, 3; right: 4, 3", "normal"}),
};

static const ad_block_terminal distance_terminals[] = {
    {.name = "left", .doc = "(n, d)"},
    {.name = "right", .doc = "(m, d)"},
    {.name = "norm", .value = "2", .doc = "the power of the differences"},
    {.name = "output", .output = true, .doc = "(n, m)"},
};
static ad_status distance_build(ad_model *m, const ad_block_args *a) {
  ad_model_extend(m, ad_block(a->ctx, "CartesianDifference", NULL), "left=left, right=right, output=difference");
  STEP("abs", NULL, "a=difference, output=size");
  STEP("power", NULL, "a=size, b=norm, output=powers");
  return STEP("sum", "axes=[-1]", "a=powers, output=output");
}
const ad_block_desc ad__block_DistanceMatrix = {
    .name = "DistanceMatrix",
    .doc = "The sums of |difference| to the power of norm between every row of left and every row of right: distances before the root.",
    .group = "algebra",
    AD_BLOCK_TERMINALS(distance_terminals),
    .standard_inputs = "left, right",
    .build = distance_build,
    .numpy = "(np.abs(left[:, None, :] - right[None, :, :]) ** norm).sum(-1)",
    AD_BLOCK_SAMPLES({"", "left: 2, 3; right: 4, 3", "normal"}, {"norm=1.5", "left: 2, 3; right: 2, 3", "normal"}),
};

static ad_status modifier_build(ad_model *m, const ad_block_args *a) {
  STEP("subtract", NULL, "a=input, b=1, output=moved");
  STEP("remainder", NULL, "a=moved, b=8, output=within");
  STEP("divide", NULL, "a=within, b=8, output=turn");
  STEP("subtract", NULL, "a=turn, b=0.5, output=side");
  STEP("abs", NULL, "a=side, output=away");
  STEP("multiply", NULL, "a=away, b=-8, output=slope");
  return STEP("add", NULL, "a=slope, b=5, output=output");
}
const ad_block_desc ad__block_NormModifier = {
    .name = "NormModifier",
    .doc = "A triangle wave of period 8 between 1 and 5, which keeps a trained norm within bounds.",
    .group = "algebra",
    .build = modifier_build,
    .numpy = "4 * (1 - 2 * np.abs(((input - 1) % 8) / 8 - 0.5)) + 1",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}),
};

static ad_status diagonal_build(ad_model *m, const ad_block_args *a) {
  STEP("diagonal", NULL, "a=input, output=row");
  return STEP("expand_dims", "axes=[-1]", "a=row, output=output");
}
const ad_block_desc ad__block_TransposedDiagonal = {
    .name = "TransposedDiagonal",
    .doc = "The diagonal of a matrix, as a column.",
    .group = "algebra",
    .build = diagonal_build,
    .numpy = "np.diag(input)[:, None]",
    AD_BLOCK_SAMPLES({"", "input: 3, 3", "normal"}),
};

/* ---- Features and curves ---- */

static const ad_field degree_params[] = {
    {.name = "degree", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "the greatest degree"},
};
const ad_block_desc ad__block_PolynomialFeatures = {
    .name = "PolynomialFeatures",
    .doc = "All products of columns up to a degree, 1 in front.",
    .group = "algebra",
    AD_BLOCK_PARAMS(degree_params),
    .op = "polynomial_features",
    .numpy = "np.stack([np.prod([input[:, i] for i in c], axis=0) if c else np.ones(len(input)) for d in range(degree + 1) "
             "for c in __import__('itertools').combinations_with_replacement(range(input.shape[1]), d)], axis=1)",
    AD_BLOCK_SAMPLES({"degree=2", "input: 4, 2", "normal"}),
};

static const ad_block_terminal curve_terminals[] = {
    {.name = "y", .doc = "heights"},
    {.name = "x", .doc = "where they are"},
    {.name = "output", .output = true, .doc = "the area below"},
};
const ad_block_desc ad__block_Trapezoid = {
    .name = "Trapezoid",
    .doc = "The integral of y over x by the trapezoidal rule, along the last axis.",
    .group = "algebra",
    AD_BLOCK_TERMINALS(curve_terminals),
    .op = "trapezoid",
    .numpy = "np.trapz(y, x)",
    AD_BLOCK_SAMPLES({"", "y: 5; x: 5", "normal"}),
};

static const ad_block_terminal auc_terminals[] = {
    {.name = "input", .doc = "scores"},
    {.name = "label", .doc = "0 and 1"},
    {.name = "output", .output = true, .doc = "rates of true and of false positives, one below the other"},
};
const ad_block_desc ad__block_AUCCore = {
    .name = "AUCCore",
    .doc = "The curve of true over false positives, from which the area below follows by Trapezoid.",
    .group = "algebra",
    AD_BLOCK_TERMINALS(auc_terminals),
    .op = "auc_core",
    AD_BLOCK_SAMPLES({"", "input: 6; label: int32[6] bool", "normal"}),
};

static const ad_field tsne_params[] = {
    {.name = "perplexity", .kind = AD_FIELD_NUM, .doc = "how many neighbours a point has, about", .has_default = true, .default_num = 30},
};
const ad_block_desc ad__block_TsnePJoint = {
    .name = "TsnePJoint",
    .doc = "Joint probabilities of neighbours from squared distances, for t-SNE.",
    .group = "algebra",
    AD_BLOCK_PARAMS(tsne_params),
    .op = "tsne_joint_probabilities",
    AD_BLOCK_SAMPLES({"perplexity=2", "input: 4, 4", "positive"}),
    .stops = true,
};
