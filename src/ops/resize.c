/* resize: any number of axes to other lengths, by nearest elements, linear or cubic interpolation, smoothed or not.
 *
 * It is linear in the array and separable: along each axis an element is a weighted sum of a few neighbours
 * (resize_taps.h). resize_transpose is its transpose, over the same weights. */
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/resize_taps.h"
#include "ops/rules.h"

#define RESIZE_FIELDS(sizes_doc)                                                                                          \
  {.name = "axes", .kind = AD_FIELD_AXES, .flags = AD_FIELD_REQUIRED, .doc = "which axes change their length"},          \
  {.name = "sizes", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = sizes_doc},                                \
  {.name = "method", .kind = AD_FIELD_TEXT, .text = "nearest|nearest_exact|linear|cubic",                                \
   .doc = "nearest takes floor(o * old / new), nearest_exact floor((o + 0.5) * old / new)"},                             \
  {.name = "align_corners", .kind = AD_FIELD_FLAG,                                                                       \
   .doc = "the first and last elements of both fall together; else the outer ends of them"},                             \
  {.name = "antialias", .kind = AD_FIELD_FLAG, .doc = "linear, cubic: smooths as much as an axis shrinks"},              \
  {.name = "scales", .kind = AD_FIELD_NUMS,                                                                              \
   .doc = "new length over old, by which positions are computed instead of by the lengths, one for each axis"}

static bool check_resize(ad_rel *r) {
  const ad_attr *at = ad_rel_attr(r, 0), *scales = &at[AD_RESIZE_SCALES];
  int n = at[AD_RESIZE_AXES].count;
  bool nearest = ad__resize_method_of(at) <= AD_RESIZE_NEAREST_EXACT;
  if (n == 0) return ad_rel_fail(r, AD_E_VALUE, "no axes; one or more is right");
  if (at[AD_RESIZE_SIZES].count != n)
    return ad_rel_fail(r, AD_E_VALUE, "sizes has %d entries; one for each of %d axes is right", at[AD_RESIZE_SIZES].count, n);
  for (int k = 0; k < n; k++)
    if (at[AD_RESIZE_SIZES].as.ints[k] < 0)
      return ad_rel_fail(r, AD_E_VALUE, "size %lld; 0 or more is right", (long long)at[AD_RESIZE_SIZES].as.ints[k]);
  if (scales->given && scales->count != n)
    return ad_rel_fail(r, AD_E_VALUE, "scales has %d entries; one for each of %d axes is right", scales->count, n);
  for (int k = 0; k < n && scales->given; k++)
    if (!(scales->as.nums[k] > 0 && scales->as.nums[k] < 1e30))
      return ad_rel_fail(r, AD_E_VALUE, "scale %g; a positive number is right", scales->as.nums[k]);
  if (at[AD_RESIZE_ALIGN].as.i && at[AD_RESIZE_ANTIALIAS].as.i)
    return ad_rel_fail(r, AD_E_VALUE, "antialias with align_corners; one of them is right");
  if (nearest && (at[AD_RESIZE_ALIGN].as.i || at[AD_RESIZE_ANTIALIAS].as.i))
    return ad_rel_fail(r, AD_E_VALUE, "%s with method %s; linear or cubic is right for it",
                       at[AD_RESIZE_ALIGN].as.i ? "align_corners" : "antialias", at[AD_RESIZE_METHOD].as.text);
  return true;
}

/* `to` has the sizes along the axes. Where `from` has no elements along one, `to` may have none. */
static bool resizes(ad_rel *r, int from, int to, bool transpose) {
  const ad_attr *at = ad_rel_attr(r, 0), *axes = &at[AD_RESIZE_AXES];
  int rank = ad__dims_either_rank(r);
  bool taken[AD_MAX_RANK];
  if (!check_resize(r)) return false;
  if (rank < 0) return ad_rel_later(r);
  if (!ad_rel_rank(r, from, rank) || !ad_rel_rank(r, to, rank)) return false;
  ad__axes_mark(axes, rank, taken);
  for (int i = 0; i < rank; i++)
    if (!taken[i] && !ad_rel_same_dim(r, from, i, to, i)) return false;
  for (int k = 0; k < axes->count; k++) {
    int axis = ad__axis_at(axes, k, rank);
    int64_t size = at[AD_RESIZE_SIZES].as.ints[k];
    ad_dim n = ad_rel_get_dim(r, from, axis);
    if (n == AD_DIM_UNKNOWN) ad_rel_later(r);
    if (transpose ? size == 0 && n > 0 : n == 0 && size > 0)
      return ad_rel_fail(r, AD_E_VALUE, "axis %d has length 0 on one side; elements cannot be made of none; 1 or more is right", axis);
    if (!ad_rel_dim(r, to, axis, size)) return false;
  }
  return true;
}

static ad_status resize_dims(ad_rel *r) { return ad_rel_end(r, resizes(r, 0, AD_REL_OUT(r, 0), false)); }
static ad_status transpose_dims(ad_rel *r) { return ad_rel_end(r, resizes(r, 0, AD_REL_OUT(r, 0), true)); }

/* The nearest element is one, of any dtype. */
static ad_status resize_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  ad_dtype t = ad_array_dtype(r->in[0]);
  in[0] = out[0] = ad__resize_method_of(r->attrs) <= AD_RESIZE_NEAREST_EXACT ? t : ad__dtype_inexact(t);
  return AD_OK;
}

/* ---- Rules ---- */

/* The other one of the two, back to the input's lengths. */
static ad_array *turned_back(const ad_rule *r, const ad_op *op, ad_array *ct) {
  ad_attr at[AD_RESIZE_SCALES + 1];
  int64_t lengths[AD_MAX_RANK];
  for (int f = 0; f <= AD_RESIZE_SCALES; f++) at[f] = r->attrs[f];
  for (int k = 0; k < at[AD_RESIZE_AXES].count; k++) lengths[k] = ad_array_dim(r->in[0], (int)at[AD_RESIZE_AXES].as.ints[k]);
  at[AD_RESIZE_SIZES].as.ints = lengths;
  return ad_apply(r->ctx, NULL, op, &ct, 1, at);
}

static ad_array *resize_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return turned_back(r, &ad__op_resize_transpose, ct[0]);
}
static ad_array *transpose_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return turned_back(r, &ad__op_resize, ct[0]);
}

static ad_array *resize_batch(const ad_rule *r, const bool *batched, int64_t size) {
  ad_attr at[AD_RESIZE_SCALES + 1];
  int64_t axes[AD_MAX_RANK];
  (void)batched, (void)size;
  for (int f = 0; f <= AD_RESIZE_SCALES; f++) at[f] = r->attrs[f];
  for (int k = 0; k < at[AD_RESIZE_AXES].count; k++) axes[k] = at[AD_RESIZE_AXES].as.ints[k] + 1;
  at[AD_RESIZE_AXES].as.ints = axes;
  return ad_apply(r->ctx, NULL, r->op, r->in, 1, at);
}

/* ---- Descriptors ---- */

#define RESIZE_TEXT "@axes, @sizes?(, method=@method)?(, align_corners=@align_corners)?(, antialias=@antialias)?(, scales=@scales)"

static const ad_field resize_fields[] = {RESIZE_FIELDS("their new lengths")};
const ad_op ad__op_resize = {
    AD_OP_HEAD(resize),
    .params = "x",
    .doc = "x with other lengths along some axes: the nearest elements, or linear or cubic interpolation, one axis after the "
           "other. Element o lies at (o + 0.5) old / new - 0.5. Cubic is Keys' kernel (1981) with a = -0.75 and repeated ends, as "
           "PyTorch's; with antialias -0.5, stretched by old / new and normalised at the ends, as PIL's. nearest keeps the "
           "dtype, the others make bool and integers float32.",
    .example = "ad_array *y = ad_resize(x, AD_AXES(1, 2), AD_INTS(64, 64), &(ad_resize_opts){.method = \"linear\"});",
    .group = "windows",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(resize_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = resize_dtypes,
    .dims = resize_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = resize_back,
    .batch = resize_batch,
    AD_SPELLINGS({"numpy", "resize($0, " RESIZE_TEXT ")"}),
    AD_SAMPLES({"float32[2,5,4,3]", "axes=[1,2], sizes=[8,8], method=linear", "normal"},
               {"float64[5,7]", "axes=[0,1], sizes=[3,10], method=cubic", "normal"}, {"float32[6,2]", "axes=[0], sizes=[4]", "normal"},
               {"int8[3,7]", "axes=[1], sizes=[5], method=nearest_exact", "small"}, {"bool[3]", "axes=[0], sizes=[7]", "bool"},
               {"float64[9,6,2]", "axes=[1,0], sizes=[4,3], method=linear, antialias=true", "normal"},
               {"float64[11]", "axes=[0], sizes=[4], method=cubic, antialias=true", "normal"},
               {"float64[5,6]", "axes=[0,1], sizes=[9,1], method=linear, align_corners=true", "normal"},
               {"float64[4,5]", "axes=[0,1], sizes=[7,3], method=cubic, align_corners=true", "normal"},
               {"float32[5,20]", "axes=[0], sizes=[8], method=linear, scales=[1.7]", "normal"}, {"float32[7]", "axes=[0], sizes=[9], scales=[1.3]", "normal"},
               {"complex64[3,2]", "axes=[0], sizes=[5], method=linear", "normal"}, {"float16[4,3]", "axes=[0], sizes=[6], method=cubic", "normal"},
               {"uint8[4]", "axes=[0], sizes=[6], method=linear", "index:9"}, {"float32[0,4]", "axes=[1], sizes=[2], method=linear", "normal"},
               {"float32[3,4]", "axes=[1], sizes=[0], method=linear", "normal"},
               {"float64[2,3,4]", "axes=[0,1,2], sizes=[3,5,6], method=linear", "normal"}),
    AD_ERRORS({"float32[3,4]", "axes=[1], sizes=[-2]", AD_E_VALUE, "size -2; 0 or more is right"},
              {"float32[3,4]", "axes=[], sizes=[]", AD_E_VALUE, "no axes; one or more is right"},
              {"float32[3,4]", "axes=[1], sizes=[2,3]", AD_E_VALUE, "sizes has 2 entries; one for each of 1 axes is right"},
              {"float32[3,0]", "axes=[1], sizes=[2]", AD_E_VALUE, "axis 1 has length 0 on one side; elements cannot be made of none"},
              {"float32[3,4]", "axes=[1], sizes=[2], method=linear, align_corners=true, antialias=true", AD_E_VALUE, "antialias with align_corners; one of them is right"},
              {"float32[3,4]", "axes=[1], sizes=[2], antialias=true", AD_E_VALUE, "antialias with method nearest; linear or cubic is right for it"},
              {"float32[3,4]", "axes=[1], sizes=[2], scales=[0]", AD_E_VALUE, "scale 0; a positive number is right"},
              {"float32[3,4]", "axes=[1], sizes=[2], scales=[1,2]", AD_E_VALUE, "scales has 2 entries"},
              {"float32[3,4]", "axes=[2], sizes=[2]", AD_E_INDEX, "axes 2; it is out of range for rank 2"}),
};

static const ad_field transpose_fields[] = {RESIZE_FIELDS("their lengths before they were resized")};
const ad_op ad__op_resize_transpose = {
    AD_OP_HEAD(resize_transpose),
    .params = "x",
    .doc = "The transpose of resize: each element of a resized array goes to those it would have been made of, by their weights. "
           "bool and integers become float32.",
    .example = "ad_array *g = ad_resize_transpose(y, AD_AXES(1, 2), AD_INTS(32, 32), &(ad_resize_transpose_opts){.method = \"linear\"});",
    .group = "windows",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(transpose_fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_INEXACT,
    .dims = transpose_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = transpose_back,
    .batch = resize_batch,
    AD_SPELLINGS({"numpy", "resize_transpose($0, " RESIZE_TEXT ")"}),
    AD_SAMPLES({"float32[2,8,8,3]", "axes=[1,2], sizes=[5,4], method=linear", "normal"},
               {"float64[3,10]", "axes=[0,1], sizes=[5,7], method=cubic", "normal"}, {"float32[4,2]", "axes=[0], sizes=[6]", "normal"},
               {"float64[3,4,2]", "axes=[1,0], sizes=[6,9], method=linear, antialias=true", "normal"},
               {"float64[9,1]", "axes=[0,1], sizes=[5,6], method=linear, align_corners=true", "normal"},
               {"float32[8,20]", "axes=[0], sizes=[5], method=linear, scales=[1.7]", "normal"}, {"float32[0,2]", "axes=[1], sizes=[4], method=linear", "normal"},
               {"bfloat16[6,3]", "axes=[0], sizes=[4], method=linear", "normal"}, {"complex64[5,2]", "axes=[0], sizes=[3], method=nearest_exact", "normal"}),
    AD_ERRORS({"float32[3,4]", "axes=[1], sizes=[-2]", AD_E_VALUE, "size -2; 0 or more is right"},
              {"float32[3,4]", "axes=[1], sizes=[0]", AD_E_VALUE, "axis 1 has length 0 on one side"},
              {"float32[3,4]", "axes=[1], sizes=[2], align_corners=true", AD_E_VALUE, "align_corners with method nearest"}),
};
