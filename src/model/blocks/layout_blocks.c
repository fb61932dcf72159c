/* Blocks that move elements and change shapes. Their parameters may be wired. */
#include "base/str.h"
#include "model/block_desc.h"

#define STEP(op, attrs, wiring) ad_model_extend(m, ad_model_op(a->ctx, op, attrs), wiring)

static const ad_field shape_params[] = {
    {.name = "shape", .kind = AD_FIELD_SHAPE, .flags = AD_FIELD_REQUIRED, .doc = "the dims; one may be -1, what the others leave"},
};
const ad_block_desc ad__block_Reshape = {
    .name = "Reshape",
    .doc = "The same elements in row-major order, in another shape.",
    .group = "layout",
    AD_BLOCK_PARAMS(shape_params),
    .op = "reshape",
    .numpy = "np.reshape(input, shape)",
    AD_BLOCK_SAMPLES({"shape=(3, 2)", "input: 2, 3", "normal"}, {"shape=(2, -1)", "input: 2, 3, 4", "normal"}),
    AD_BLOCK_ERRORS({"shape=(4, 2)", "input: 2, 3", AD_E_VALUE, "6"}),
};

static const ad_field broadcast_params[] = {
    {.name = "shape", .kind = AD_FIELD_SHAPE, .flags = AD_FIELD_REQUIRED, .doc = "the dims"},
};
const ad_block_desc ad__block_BroadcastTo = {
    .name = "BroadcastTo",
    .doc = "input repeated along axes of size 1 and new ones in front.",
    .group = "layout",
    AD_BLOCK_PARAMS(broadcast_params),
    .op = "broadcast_to",
    .numpy = "np.broadcast_to(input, shape)",
    AD_BLOCK_SAMPLES({"shape=(2, 3)", "input: 3", "normal"}, {"shape=(4, 2, 3)", "input: 2, 1", "normal"}),
    AD_BLOCK_ERRORS({"shape=(2, 4)", "input: 3", AD_E_VALUE, "3"}),
};

static const ad_field flatten_params[] = {
    {.name = "start", .kind = AD_FIELD_AXIS, .doc = "the first of the axes that become one", .has_default = true},
    {.name = "end", .kind = AD_FIELD_AXIS, .doc = "the last of them", .has_default = true, .default_num = -1},
};
const ad_block_desc ad__block_Flatten = {
    .name = "Flatten",
    .doc = "Several axes as one.",
    .group = "layout",
    AD_BLOCK_PARAMS(flatten_params),
    .op = "flatten",
    .numpy = "(lambda e: input.reshape(input.shape[:int(start)] + (-1,) + input.shape[e + 1:]))(int(end) % input.ndim)",
    AD_BLOCK_SAMPLES({"", "input: 2, 3, 4", "normal"}, {"start=1", "input: 2, 3, 4", "normal"}),
};

static const ad_field squeeze_params[] = {
    {.name = "axes", .kind = AD_FIELD_AXES, .doc = "the axes of size 1 to drop; absent: all"},
};
const ad_block_desc ad__block_Squeeze = {
    .name = "Squeeze",
    .doc = "input without axes of size 1.",
    .group = "layout",
    AD_BLOCK_PARAMS(squeeze_params),
    .op = "squeeze",
    .numpy = "np.squeeze(input, axis=axes)",
    AD_BLOCK_SAMPLES({"", "input: 2, 1, 3", "normal"}, {"axes=(1)", "input: 2, 1, 1", "normal"}),
};

static const ad_field transpose_params[] = {
    {.name = "axes", .kind = AD_FIELD_PERM, .doc = "axis k of the result is axis axes[k] of input; absent: the axes reversed"},
};
const ad_block_desc ad__block_Transpose = {
    .name = "Transpose",
    .doc = "input with its axes in another order.",
    .group = "layout",
    AD_BLOCK_PARAMS(transpose_params),
    .op = "transpose",
    .numpy = "np.transpose(input, axes)",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}, {"axes=(1, 2, 0)", "input: 2, 3, 4", "normal"}),
};

static const ad_field swap_params[] = {
    {.name = "axis1", .kind = AD_FIELD_AXIS, .flags = AD_FIELD_REQUIRED, .doc = "one axis"},
    {.name = "axis2", .kind = AD_FIELD_AXIS, .flags = AD_FIELD_REQUIRED, .doc = "the other"},
};
const ad_block_desc ad__block_SwapAxes = {
    .name = "SwapAxes",
    .doc = "input with two axes exchanged.",
    .group = "layout",
    AD_BLOCK_PARAMS(swap_params),
    .op = "swapaxes",
    .numpy = "np.swapaxes(input, axis1, axis2)",
    AD_BLOCK_SAMPLES({"axis1=0, axis2=-1", "input: 2, 3, 4", "normal"}),
};

const ad_block_desc ad__block_AtLeast1D = {
    .name = "AtLeast1D",
    .doc = "input, a number being of shape (1).",
    .group = "layout",
    .op = "atleast_1d",
    .numpy = "np.atleast_1d(input)",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}, {"", "input:", "normal"}),
};

static const ad_block_terminal permute_terminals[] = {
    {.name = "input", .doc = "any shape"},
    {.name = "indices", .doc = "integers, what becomes element i of axis 0"},
    {.name = "output", .output = true, .doc = "input with its first axis in that order"},
};
static ad_status permute_build(ad_model *m, const ad_block_args *a) {
  return STEP("take", "axis=0", "a=input, indices=indices, output=output");
}
const ad_block_desc ad__block_PermuteTensor = {
    .name = "PermuteTensor",
    .doc = "The first axis in another order.",
    .group = "layout",
    AD_BLOCK_TERMINALS(permute_terminals),
    .build = permute_build,
    .numpy = "input[indices]",
    AD_BLOCK_SAMPLES({"", "input: 4, 2; indices: int32[4] index:4", "normal"}),
};

static const ad_field pad_params[] = {
    {.name = "pad_width", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "zeros in front of and behind each axis: (before, after) of the first, of the second..."},
};
static ad_status pad_attrs(const ad_block_args *a, ad_attr *attrs, char *why, size_t why_size) {
  (void)why, (void)why_size;
  attrs[0] = a->params[0];
  return AD_OK;
}
const ad_block_desc ad__block_Pad = {
    .name = "Pad",
    .doc = "input with zeros around it.",
    .group = "layout",
    AD_BLOCK_PARAMS(pad_params),
    .wired = "pad_width",
    .op = "pad",
    .attrs = pad_attrs,
    .numpy = "np.pad(input, np.reshape(pad_width, (-1, 2)))",
    AD_BLOCK_SAMPLES({"pad_width=(1, 0, 2, 1)", "input: 2, 3", "normal"}),
};

static const ad_field cast_params[] = {
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .flags = AD_FIELD_REQUIRED, .doc = "of the result"},
};
const ad_block_desc ad__block_Cast = {
    .name = "Cast",
    .doc = "input in another dtype.",
    .group = "layout",
    AD_BLOCK_PARAMS(cast_params),
    .op = "cast",
    .numpy = "input.astype(dtype)",
    AD_BLOCK_SAMPLES({"dtype=dtype.float64", "input: 2, 3", "normal"}, {"dtype=dtype.int32", "input: bool[3] bool", "bool"}),
};

#define FILLED(Name, op_, text, formula)                                                                                             \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "layout", .op = op_, .numpy = formula,                \
                                          AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"})}
FILLED(ZerosLike, "zeros_like", "Zeros in the shape of input.", "np.zeros_like(input)");
FILLED(OnesLike, "ones_like", "Ones in the shape of input.", "np.ones_like(input)");

/* ---- Reading and writing by index ---- */

static const ad_field take_params[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis the indices count in", .has_default = true},
};
static const ad_block_terminal gather_terminals[] = {
    {.name = "input", .doc = "any shape"},
    {.name = "indices", .doc = "integers of any shape, which takes the place of the axis"},
    {.name = "output", .output = true, .doc = "what stands there"},
};
const ad_block_desc ad__block_Gather = {
    .name = "Gather",
    .doc = "The slices of input that indices name along an axis.",
    .group = "layout",
    AD_BLOCK_PARAMS(take_params),
    AD_BLOCK_TERMINALS(gather_terminals),
    .op = "take",
    .numpy = "np.take(input, indices, axis=int(axis))",
    AD_BLOCK_SAMPLES({"", "input: 4, 2; indices: int32[3] index:4", "normal"}, {"axis=1", "input: 2, 5; indices: int32[2, 2] index:5", "normal"}),
};

static const ad_block_terminal scatter_terminals[] = {
    {.name = "input", .doc = "any shape"},
    {.name = "indices", .doc = "integers of the shape of values"},
    {.name = "values", .doc = "what is written along the axis"},
    {.name = "output", .output = true, .doc = "input with values in those places; of several for one place the last counts"},
};
const ad_block_desc ad__block_Scatter = {
    .name = "Scatter",
    .doc = "input with values where indices name places along an axis.",
    .group = "layout",
    AD_BLOCK_PARAMS(take_params),
    AD_BLOCK_TERMINALS(scatter_terminals),
    .op = "put_along_axis",
    .numpy = "(lambda y: (np.put_along_axis(y, indices, values, int(axis)), y)[1])(input.copy())",
    AD_BLOCK_SAMPLES({"axis=1", "input: 2, 5; indices: int32[2, 1] index:5; values: 2, 1", "normal"}),
};

static const ad_field topk_params[] = {
    {.name = "k", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many"},
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis", .has_default = true, .default_num = -1},
};
const ad_block_desc ad__block_TopK = {
    .name = "TopK",
    .doc = "The k greatest along an axis, in the order in which they stand.",
    .group = "layout",
    AD_BLOCK_PARAMS(topk_params),
    .op = "topk",
    AD_BLOCK_SAMPLES({"k=2", "input: 3, 4", "normal"}, {"k=1, axis=0", "input: 3, 2", "normal"}),
};

/* ---- Made from numbers ---- */

static const ad_field arange_params[] = {
    {.name = "start", .kind = AD_FIELD_NUM, .flags = AD_FIELD_REQUIRED, .doc = "the first"},
    {.name = "stop", .kind = AD_FIELD_NUM, .flags = AD_FIELD_REQUIRED, .doc = "where it ends, itself not included"},
    {.name = "step", .kind = AD_FIELD_NUM, .doc = "the distance", .has_default = true, .default_num = 1},
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the result; float32 by default"},
};
static const ad_block_terminal made_terminals[] = {{.name = "output", .output = true, .doc = "the result"}};
const ad_block_desc ad__block_Arange = {
    .name = "Arange",
    .doc = "Numbers at equal distances.",
    .group = "creation",
    AD_BLOCK_PARAMS(arange_params),
    AD_BLOCK_TERMINALS(made_terminals),
    .op = "arange",
    .numpy = "np.arange(start, stop, step)",
    AD_BLOCK_SAMPLES({"start=0, stop=5", "", "normal"}, {"start=1, stop=2, step=0.25, dtype=dtype.float64", "", "normal"}),
};

const ad_block_desc ad__block_Ones = {
    .name = "Ones",
    .doc = "Ones.",
    .group = "creation",
    AD_BLOCK_PARAMS(broadcast_params),
    AD_BLOCK_TERMINALS(made_terminals),
    .op = "ones",
    .numpy = "np.ones(shape)",
    AD_BLOCK_SAMPLES({"shape=(2, 3)", "", "normal"}),
};

enum { EYE_N, EYE_M };
static const ad_field eye_params[] = {
    {.name = "N", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "rows"},
    {.name = "M", .kind = AD_FIELD_INT, .doc = "columns; absent: as many"},
};
static ad_status eye_attrs(const ad_block_args *a, ad_attr *attrs, char *why, size_t why_size) {
  (void)why, (void)why_size;
  attrs[0] = a->params[EYE_N];
  attrs[1] = a->params[EYE_M];
  return AD_OK;
}
const ad_block_desc ad__block_Eye = {
    .name = "Eye",
    .doc = "Ones on the diagonal, zeros elsewhere.",
    .group = "creation",
    AD_BLOCK_PARAMS(eye_params),
    AD_BLOCK_TERMINALS(made_terminals),
    .wired = "N, M",
    .op = "eye",
    .attrs = eye_attrs,
    .numpy = "np.eye(N, M)",
    AD_BLOCK_SAMPLES({"N=3", "", "normal"}, {"N=2, M=4", "", "normal"}),
};

static ad_status eye_complement_build(ad_model *m, const ad_block_args *a) {
  char params[80];
  const ad_attr *p = a->params;
  ad__format(params, sizeof params, "N=%lld, M=%lld", (long long)p[EYE_N].as.i, (long long)(p[EYE_M].given ? p[EYE_M].as.i : p[EYE_N].as.i));
  ad_model_extend(m, ad_block(a->ctx, "Eye", params), "output=diagonal");
  return STEP("subtract", NULL, "a=1, b=diagonal, output=output");
}
const ad_block_desc ad__block_EyeComplement = {
    .name = "EyeComplement",
    .doc = "Zeros on the diagonal, ones elsewhere.",
    .group = "creation",
    AD_BLOCK_PARAMS(eye_params),
    AD_BLOCK_TERMINALS(made_terminals),
    .wired = "",
    .build = eye_complement_build,
    .numpy = "1 - np.eye(N, M)",
    AD_BLOCK_SAMPLES({"N=3", "", "normal"}, {"N=2, M=4", "", "normal"}),
};
