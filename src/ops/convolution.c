/* convolution: the general one, channels last, of which all others are spellings.
 *
 * It is linear in each operand, and the transposes are convolutions again: towards the input with the kernel turned
 * round and stride and input dilation exchanged; towards the kernel with batch and channels exchanged, and stride and
 * kernel dilation exchanged. Padding may be negative (it crops), so both are exact for every size. */
#include "ops/convolution_rules.h"
#include "ops/work_counts.h"

enum { STRIDE, LOW, HIGH, KERNEL_DILATION, INPUT_DILATION, GROUPS, FLIP };

#define PER_AXIS(field, text) {.name = field, .kind = AD_FIELD_INTS, .doc = text}
static const ad_field convolution_fields[] = {
    PER_AXIS("stride", "steps between windows, one per spatial axis; 1 by default"),
    PER_AXIS("padding_low", "zeros in front of each spatial axis, negative crops; 0 by default"),
    PER_AXIS("padding_high", "zeros behind each spatial axis, negative crops; as padding_low by default"),
    PER_AXIS("kernel_dilation", "distance between taps; 1 by default"),
    PER_AXIS("input_dilation", "distance between input elements, zeros between; 1 by default"),
    {.name = "groups", .kind = AD_FIELD_INT, .doc = "independent groups of channels", .has_default = true, .default_num = 1},
    {.name = "flip", .kind = AD_FIELD_FLAG, .doc = "turn the kernel round (a convolution in the mathematical sense)"},
};

static const ad_conv_fields windows = {.one_each = true, .stride = STRIDE, .low = LOW, .high = HIGH,
                                         .kernel_dilation = KERNEL_DILATION, .input_dilation = INPUT_DILATION,
                                         .output_padding = -1, .groups = GROUPS, .flip = FLIP};

static ad_conv_window window_of(const ad_rule *r, int i) {
  return ad__conv_window_at(&windows, r->attrs, i, ad_array_rank(r->in[0]) - 2, 0);
}

static ad_status convolution_dims(ad_rel *r) { return ad__conv_dims(r, &windows); }

/* ---- Derivatives ---- */

typedef struct axis_lists {
  int64_t stride[AD_MAX_RANK], low[AD_MAX_RANK], high[AD_MAX_RANK], kernel[AD_MAX_RANK], input[AD_MAX_RANK];
} axis_lists;

static ad_array *convolve(ad_array *x, ad_array *w, int n, const axis_lists *l, int64_t groups, bool flip) {
  return ad_convolution(x, w, &(ad_convolution_opts){.stride = {true, n, l->stride}, .padding_low = {true, n, l->low},
                                                     .padding_high = {true, n, l->high},
                                                     .kernel_dilation = {true, n, l->kernel},
                                                     .input_dilation = {true, n, l->input},
                                                     .groups = AD_INT(groups), .flip = flip});
}

/* The axes of `a`, with axis `axis` split in (groups, rest), in the order of `perm`, then merged to the rank before:
 * merged axis `into` takes two. */
static ad_array *regroup(ad_array *a, int axis, int64_t groups, const int64_t *perm, int into) {
  ad_shape s = ad_array_shape(a);
  int64_t split[AD_MAX_RANK + 1], merged[AD_MAX_RANK];
  int n = 0;
  for (int i = 0; i < s.rank; i++) {
    if (i == axis) split[n++] = groups, split[n++] = s.dims[i] / groups;
    else split[n++] = s.dims[i];
  }
  a = ad_transpose(ad_reshape(a, (ad_shape){n, split}), &(ad_transpose_opts){.axes = {true, n, perm}});
  if (ad_is_error(a)) return a;
  s = ad_array_shape(a);
  for (int i = 0, k = 0; i < n - 1; i++) {
    merged[i] = s.dims[k++];
    if (i == into) merged[i] *= s.dims[k++];
  }
  return ad_reshape(a, (ad_shape){n - 1, merged});
}

static ad_array *towards_input(const ad_rule *r, ad_array *ct) {
  ad_shape x = ad_array_shape(r->in[0]), w = ad_array_shape(r->in[1]), y = ad_array_shape(r->out);
  int n = x.rank - 2;
  int64_t groups = r->attrs[GROUPS].as.i, perm[AD_MAX_RANK + 1];
  axis_lists l;
  for (int i = 0; i < n; i++) {
    ad_conv_window v = window_of(r, i);
    int64_t reach = (w.dims[i + 1] - 1) * v.kernel_dilation + 1, length = (y.dims[i + 1] - 1) * v.stride + 1;
    l.stride[i] = v.input_dilation, l.input[i] = v.stride, l.kernel[i] = v.kernel_dilation;
    l.low[i] = reach - 1 - v.low;
    l.high[i] = (x.dims[i + 1] - 1) * v.input_dilation + reach - length - l.low[i];
  }
  /* (groups, F/g, taps, C/g) to (groups, C/g, taps, F/g). */
  perm[0] = 0, perm[1] = n + 2, perm[n + 2] = 1;
  for (int i = 0; i < n; i++) perm[i + 2] = i + 2;
  return convolve(ct, regroup(r->in[1], 0, groups, perm, 0), n, &l, groups, !r->attrs[FLIP].as.i);
}

static ad_array *towards_kernel(const ad_rule *r, ad_array *ct) {
  ad_shape x = ad_array_shape(r->in[0]), w = ad_array_shape(r->in[1]), y = ad_array_shape(r->out);
  int n = x.rank - 2;
  int64_t groups = r->attrs[GROUPS].as.i, perm[AD_MAX_RANK + 1], turn[AD_MAX_RANK], axes[AD_MAX_RANK];
  axis_lists l;
  for (int i = 0; i < n; i++) {
    ad_conv_window v = window_of(r, i);
    int64_t length = x.dims[i + 1] ? (x.dims[i + 1] - 1) * v.input_dilation + 1 : 0;
    l.stride[i] = v.kernel_dilation, l.kernel[i] = v.stride, l.input[i] = v.input_dilation, l.low[i] = v.low;
    l.high[i] = (w.dims[i + 1] - 1) * v.kernel_dilation + (y.dims[i + 1] - 1) * v.stride + 1 - length - v.low;
    axes[i] = i + 1;
  }
  /* x: (N, S, groups, C/g) to (C/g, S, groups, N). */
  perm[0] = n + 2, perm[n + 1] = n + 1, perm[n + 2] = 0;
  turn[0] = n + 1, turn[n + 1] = 0;
  for (int i = 1; i <= n; i++) perm[i] = turn[i] = i;
  ad_transpose_opts turned = {.axes = {true, n + 2, turn}};
  ad_array *g = convolve(regroup(r->in[0], n + 1, groups, perm, n + 1), ad_transpose(ct, &turned), n, &l, groups, false);
  g = ad_transpose(g, &turned);
  return r->attrs[FLIP].as.i ? ad_flip(g, &(ad_flip_opts){.axes = {true, n, axes}}) : g;
}

static ad_array *convolution_back(const ad_rule *r, int i, ad_array *const *ct) {
  return i ? towards_kernel(r, ct[0]) : towards_input(r, ct[0]);
}

/* ---- Batching: the batch axis joins N, the output channels, or both sides' groups. ---- */

static ad_array *same_windows(const ad_rule *r, ad_array *x, ad_array *w, int64_t groups) {
  int n = ad_array_rank(x) - 2;
  axis_lists l;
  for (int i = 0; i < n; i++) {
    ad_conv_window v = window_of(r, i);
    l.stride[i] = v.stride, l.low[i] = v.low, l.high[i] = v.high, l.kernel[i] = v.kernel_dilation;
    l.input[i] = v.input_dilation;
  }
  return convolve(x, w, n, &l, groups, r->attrs[FLIP].as.i);
}

static ad_array *merge_axes(ad_array *a, int at) {
  if (ad_is_error(a)) return a;
  ad_shape s = ad_array_shape(a);
  int64_t dims[AD_MAX_RANK];
  int n = 0;
  for (int i = 0; i < s.rank; i++) {
    if (i == at + 1) dims[n - 1] *= s.dims[i];
    else dims[n++] = s.dims[i];
  }
  return ad_reshape(a, (ad_shape){n, dims});
}

static ad_array *split_axis(ad_array *a, int at, int64_t front) {
  if (ad_is_error(a)) return a;
  ad_shape s = ad_array_shape(a);
  int64_t dims[AD_MAX_RANK + 1];
  int n = 0;
  for (int i = 0; i < s.rank; i++) {
    if (i == at) dims[n++] = front, dims[n++] = front ? s.dims[i] / front : 0;
    else dims[n++] = s.dims[i];
  }
  return ad_reshape(a, (ad_shape){n, dims});
}

static ad_array *convolution_batch(const ad_rule *r, const bool *batched, int64_t size) {
  ad_array *x = r->in[0], *w = r->in[1];
  int64_t groups = r->attrs[GROUPS].as.i;
  if (!batched[1]) return split_axis(same_windows(r, merge_axes(x, 0), w, groups), 0, size);
  int channels = ad_array_rank(w) - 2; /* last axis of an unbatched operand */
  if (batched[0]) {
    x = merge_axes(ad_moveaxis(x, 0, channels), channels);
    ad_array *y = same_windows(r, x, merge_axes(w, 0), size * groups);
    return ad_moveaxis(split_axis(y, channels, size), channels, 0);
  }
  /* Output channels in the order (groups, batch, F/g). */
  w = ad_moveaxis(split_axis(w, 1, groups), 1, 0);
  ad_array *y = same_windows(r, x, merge_axes(merge_axes(w, 0), 0), groups);
  y = split_axis(split_axis(y, channels, groups), channels + 1, size);
  return ad_moveaxis(merge_axes(ad_moveaxis(y, channels + 1, channels), channels + 1), channels, 0);
}

/* A multiplication and an addition for each element of the result and of the kernel of its feature. */
static double convolution_work(const ad_rule *r) {
  double features = ad__work_dim(r->in[1], 0);
  return features > 0 ? 2 * ad__work_size(r->out) * ad__work_size(r->in[1]) / features : 0;
}

const ad_op ad__op_convolution = {
    AD_OP_HEAD(convolution),
    .params = "x, w",
    .doc = "Convolution of x (N, spatial axes, C) with the kernel w (F, taps per spatial axis, C / groups): windows of x "
           "times w, summed over taps and channels, giving (N, spatial axes, F). The kernel is not turned round unless "
           "flip is set. Any number of spatial axes. Taps in the padding add nothing, whatever they are. bool and integers "
           "become float32, complex numbers are refused; half types are summed in float32.",
    .example = "ad_array *y = ad_convolution(x, w, &(ad_convolution_opts){.stride = AD_INTS(2, 2)});",
    .group = "products",
    .inputs = 2,
    .outputs = 1,
    AD_FIELDS(convolution_fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = convolution_dims,
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('B')),
    .transpose = convolution_back,
    .batch = convolution_batch,
    .work = convolution_work,
    AD_SPELLINGS({"numpy", "convolution($0, $1?(, stride=@stride)?(, low=@padding_low)?(, high=@padding_high)"
                           "?(, kernel_dilation=@kernel_dilation)?(, input_dilation=@input_dilation)?(, groups=@groups)?(, flip=@flip))"}),
    AD_SAMPLES({"float32[2,7,3], float32[4,3,3]", "", "normal"},
               {"float64[1,6,5,4], float64[6,3,2,2]", "stride=[2,1], padding_low=[1,0], padding_high=[2,1], groups=2", "normal"},
               {"float64[2,5,2], float64[3,2,2]", "kernel_dilation=[2], input_dilation=[3], padding_low=[-1], flip=true", "normal"},
               {"float64[1,3,4,2,1], float64[2,2,2,1,1]", "stride=[1,2,1]", "normal"},
               {"bfloat16[1,5,2], bfloat16[2,3,2]", "", "normal"}, {"float32[0,5,2], float32[2,3,2]", "", "normal"}),
    AD_ERRORS({"float32[2,7,3], float32[4,3,2]", "", AD_E_VALUE, "3 input channels in 1 groups and a kernel for 2; 3 is right"},
              {"float32[2,2,3], float32[4,3,3]", "", AD_E_VALUE, "the kernel reaches over 3"},
              {"float32[2,7,3], float32[4,3,3]", "stride=[0]", AD_E_VALUE, "stride 0; 1 or more is right"},
              {"float32[2,7,4], float32[3,3,2]", "groups=2", AD_E_VALUE, "3 output channels in 2 groups; a multiple is right"},
              {"float32[2,7,3], float32[4,3,2]", "groups=2", AD_E_VALUE, "3 input channels in 2 groups; a multiple is right"},
              {"float32[2,7,4], float32[4,3,4]", "groups=0", AD_E_VALUE, "groups 0; 1 or more is right"},
              {"float32[2,7,4], float32[4,0,4]", "", AD_E_VALUE, "the kernel has 0 taps along spatial axis 0"},
              {"float32[2,7], float32[4,7]", "", AD_E_VALUE, "rank 2; batch, one or more spatial axes and channels are right"},
              {"float32[2,7,3], float32[4,3,3]", "padding_low=[1,1]", AD_E_VALUE, "padding_low has 2 entries"},
              {"float32[2,7,3], float32[4,3,3]", "stride=[4294967296]", AD_E_VALUE, "stride 4294967296; 1 to 2147483647"},
              {"float32[2,7,3], float32[4,3,3]", "padding_low=[2305843009213693951]", AD_E_OVERFLOW, "spatial axis 0 is longer than 4611686018427387903"},
              {"complex64[2,7,3], complex64[4,3,3]", "", AD_E_TYPE, "dtype complex64"}),
};
