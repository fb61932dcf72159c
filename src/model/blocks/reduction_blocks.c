/* Blocks that reduce over axes. Axis and keepdim may be wired. */
#include "model/block_desc.h"

/* The attributes of every reduction begin with these two. */
enum { REDUCE_AXES, REDUCE_KEEPDIMS, VARIANCE_CORRECTION };
static const ad_field reduce_params[] = {
    {.name = "axis", .kind = AD_FIELD_AXES, .doc = "one axis or several; absent: all"},
    {.name = "keepdim", .kind = AD_FIELD_FLAG, .doc = "reduced axes stay, with size 1", .has_default = true},
};

static ad_status reduce_attrs(const ad_block_args *a, ad_attr *attrs, char *why, size_t why_size) {
  (void)why, (void)why_size;
  attrs[REDUCE_AXES] = a->params[REDUCE_AXES];
  attrs[REDUCE_KEEPDIMS] = a->params[REDUCE_KEEPDIMS];
  return AD_OK;
}

#define REDUCTION(Name, op_, text, formula)                                                                                          \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "reduction", AD_BLOCK_PARAMS(reduce_params), .wired = "axis, keepdim", \
                                          .op = op_, .attrs = reduce_attrs, .numpy = formula,                                       \
                                          AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}, {"axis=1, keepdim=true", "input: 2, 3", "normal"}, \
                                                           {"axis=(0, -1)", "input: 2, 3, 4", "normal"}),                            \
                                          AD_BLOCK_ERRORS({"axis=2", "input: 2, 3", AD_E_INDEX, "out of range for rank 2"})}

REDUCTION(Mean, "mean", "The mean over axes.", "np.mean(input, axis=axis, keepdims=keepdim)");
REDUCTION(Sum, "sum", "The sum over axes.", "np.sum(input, axis=axis, keepdims=keepdim)");
REDUCTION(Max, "max", "The greatest along axes; gradients are shared equally by those that tie.", "np.max(input, axis=axis, keepdims=keepdim)");
REDUCTION(Min, "min", "The least along axes; gradients are shared equally by those that tie.", "np.min(input, axis=axis, keepdims=keepdim)");
REDUCTION(Prod, "prod", "The product over axes.", "np.prod(input, axis=axis, keepdims=keepdim)");

static const ad_field variance_params[] = {
    {.name = "axis", .kind = AD_FIELD_AXES, .doc = "one axis or several; absent: all"},
    {.name = "keepdim", .kind = AD_FIELD_FLAG, .doc = "reduced axes stay, with size 1", .has_default = true},
    {.name = "correction", .kind = AD_FIELD_NUM, .doc = "the sum of squares is divided by the count less this", .has_default = true},
};
static ad_status variance_attrs(const ad_block_args *a, ad_attr *attrs, char *why, size_t why_size) {
  attrs[VARIANCE_CORRECTION] = a->params[VARIANCE_CORRECTION];
  return reduce_attrs(a, attrs, why, why_size);
}
const ad_block_desc ad__block_Variance = {
    .name = "Variance",
    .doc = "The mean square distance from the mean, over axes.",
    .group = "reduction",
    AD_BLOCK_PARAMS(variance_params),
    .wired = "axis, keepdim, correction",
    .op = "var",
    .attrs = variance_attrs,
    .numpy = "np.var(input, axis=axis, keepdims=keepdim, ddof=correction)",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}, {"axis=1, correction=1", "input: 2, 3", "normal"}),
};

static const ad_field arg_params[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis to search; absent: all elements in row-major order"},
    {.name = "keepdim", .kind = AD_FIELD_FLAG, .doc = "the searched axis stays, with size 1", .has_default = true},
};
#define PLACE(Name, op_, text, formula)                                                                                              \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "reduction", AD_BLOCK_PARAMS(arg_params), .wired = "axis, keepdim", \
                                          .op = op_, .attrs = reduce_attrs, .numpy = formula,                                       \
                                          AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}, {"axis=1, keepdim=true", "input: 2, 3", "normal"})}
PLACE(ArgMax, "argmax", "Where the greatest stands, the first of several.", "np.argmax(input, axis=axis, keepdims=keepdim)");
PLACE(ArgMin, "argmin", "Where the least stands, the first of several.", "np.argmin(input, axis=axis, keepdims=keepdim)");

/* ---- Along one axis ---- */

static const ad_field scan_params[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis; absent: all elements in row-major order"},
    {.name = "reverse", .kind = AD_FIELD_FLAG, .doc = "from the end to the beginning", .has_default = true},
    {.name = "exclusive", .kind = AD_FIELD_FLAG, .doc = "a result is that of the elements before its own", .has_default = true},
};
#define SCAN(Name, op_, text, formula)                                                                                               \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "reduction", AD_BLOCK_PARAMS(scan_params), .op = op_, .numpy = formula, \
                                          AD_BLOCK_SAMPLES({"axis=1", "input: 2, 3", "normal"}, {"axis=0", "input: 3, 2", "normal"})}
SCAN(CumSum, "cumsum", "The sums of the elements so far.", "np.cumsum(input, axis=axis)");
SCAN(CumProd, "cumprod", "The products of the elements so far.", "np.cumprod(input, axis=axis)");
SCAN(CumMax, "cummax", "The greatest of the elements so far.", "np.maximum.accumulate(input, axis=axis)");
SCAN(CumMin, "cummin", "The least of the elements so far.", "np.minimum.accumulate(input, axis=axis)");
