/* The convolutions that people call: conv1d, conv2d, conv3d, their transposes, conv_general, and convolve of two signals.
 *
 * All are composed of the primitive `convolution`; the transposed ones are its gradient with respect to the images, written as
 * a convolution: images spread by the stride, the kernel turned round. */
#include "ops/convolution_rules.h"
#include "ops/dims.h"

static ad_array *compose_windows(const ad_rule *r, const ad_conv_fields *f) {
  ad_shape w = ad_array_shape(r->in[1]);
  int n = w.rank - 2;
  int64_t stride[AD_MAX_RANK], low[AD_MAX_RANK], high[AD_MAX_RANK], kernel[AD_MAX_RANK], input[AD_MAX_RANK];
  for (int i = 0; i < n; i++) {
    ad_conv_window v = ad__conv_window_at(f, r->attrs, i, n, w.dims[i + 1]);
    stride[i] = v.stride, low[i] = v.low, high[i] = v.high, kernel[i] = v.kernel_dilation, input[i] = v.input_dilation;
  }
  bool flip = f->transposed || (f->flip >= 0 && r->attrs[f->flip].as.i);
  return ad_convolution(r->in[0], r->in[1], &(ad_convolution_opts){.stride = {true, n, stride}, .padding_low = {true, n, low},
                                                                   .padding_high = {true, n, high},
                                                                   .kernel_dilation = {true, n, kernel},
                                                                   .input_dilation = {true, n, input},
                                                                   .groups = AD_INT(r->attrs[f->groups].as.i), .flip = flip});
}

#define LIST(field, text) {.name = field, .kind = AD_FIELD_INTS, .doc = text}
#define GROUPS_FIELD \
  {.name = "groups", .kind = AD_FIELD_INT, .doc = "independent groups of channels", .has_default = true, .default_num = 1}

/* ---- Forward ---- */

enum { STRIDE, PADDING, DILATION, GROUPS };
static const ad_field forward_fields[] = {
    LIST("stride", "steps between windows, one for all axes or one each; 1 by default"),
    LIST("padding", "zeros in front of and behind each axis, one for all axes, one each, or all in front and then all behind; "
                    "negative crops; 0 by default"),
    LIST("dilation", "distance between taps, one for all axes or one each; 1 by default"),
    GROUPS_FIELD,
};

#define FORWARD_FIELDS(n)                                                                                           \
  {.axes = n, .stride = STRIDE, .low = PADDING, .high = -1, .kernel_dilation = DILATION, .input_dilation = -1,      \
   .output_padding = -1, .groups = GROUPS, .flip = -1}
#define FORWARD_DOC(shape, kernel, result)                                                                      \
  "Convolution of images x " shape " with the kernel w " kernel ", which is not turned round: windows of x times w, summed " \
  "over taps and channels, giving " result ". A length of n becomes (n + padding - dilation (taps - 1) - 1) / stride + 1, " \
  "rounded down. bool and integers become float32, complex numbers are refused; half types are summed in float32."
#define FORWARD(op_name, n, text, call, ...)                                                                     \
  static const ad_conv_fields op_name##_windows = FORWARD_FIELDS(n);                                           \
  static ad_status op_name##_dims(ad_rel *r) { return ad__conv_dims(r, &op_name##_windows); }                  \
  static ad_array *op_name##_compose(const ad_rule *r) { return compose_windows(r, &op_name##_windows); }        \
  const ad_op ad__op_##op_name = {                                                                               \
      AD_OP_HEAD(op_name), .params = "x, w", .doc = text, .example = call, .group = "products", .inputs = 2,     \
      .outputs = 1, .flags = AD_OP_COMPOSITE, AD_FIELDS(forward_fields), .dtype_rule = AD_TYPE_FLOAT,            \
      .accepts = AD_ACCEPT_FLOAT, .dims = op_name##_dims, .compose = op_name##_compose,                          \
      AD_SPELLINGS({"numpy", "conv_general($0, $1?(, stride=@stride)?(, padding=@padding)"                       \
                             "?(, kernel_dilation=@dilation)?(, groups=@groups))"}),                             \
      __VA_ARGS__}

FORWARD(conv1d, 1, FORWARD_DOC("(N, length, C)", "(F, taps, C / groups)", "(N, length, F)"),
        "ad_array *y = ad_conv1d(x, w, &(ad_conv1d_opts){.padding = AD_INTS(1)});",
        AD_SAMPLES({"float32[2,7,3], float32[4,3,3]", "", "normal"},
                   {"float64[1,9,4], float64[6,2,2]", "stride=[2], padding=[2,1], dilation=[3], groups=2", "normal"},
                   {"bfloat16[2,5,3], bfloat16[3,2,1]", "padding=[1], groups=3", "normal"},
                   {"int32[1,5,2], int8[3,2,2]", "padding=[-1]", "small"}, {"float32[0,5,2], float32[2,3,2]", "", "normal"},
                   {"float64[2,5,0], float64[3,2,0]", "", "normal"}),
        AD_ERRORS({"float32[2,7,3], float32[4,3,2]", "", AD_E_VALUE, "3 input channels in 1 groups and a kernel for 2; 3 is right"},
                  {"float32[2,7,4], float32[4,3,2]", "groups=3", AD_E_VALUE, "4 output channels in 3 groups; a multiple is right"},
                  {"float32[2,7,4], float32[3,3,1]", "groups=3", AD_E_VALUE, "4 input channels in 3 groups; a multiple is right"},
                  {"float32[2,7,4], float32[3,3,4]", "stride=[0]", AD_E_VALUE, "stride 0; 1 or more is right"},
                  {"float32[2,7,4], float32[3,3,4]", "stride=[1,1]", AD_E_VALUE, "stride has 2 entries; 1 is right"},
                  {"float32[2,7,4], float32[3,3,4]", "padding=[1,1,1]", AD_E_VALUE, "padding has 3 entries; 1 or 2 are right"},
                  {"float32[2,2,3], float32[4,3,3]", "", AD_E_VALUE, "spatial axis 0 is 2 with its padding and the kernel reaches over 3"},
                  {"float32[2,7], float32[4,3,3]", "", AD_E_VALUE, "rank"},
                  {"complex64[2,7,3], complex64[4,3,3]", "", AD_E_TYPE, "dtype complex64"}));

FORWARD(conv2d, 2, FORWARD_DOC("(N, height, width, C)", "(F, taps, taps, C / groups)", "(N, height, width, F)"),
        "ad_array *y = ad_conv2d(x, w, &(ad_conv2d_opts){.stride = AD_INTS(2), .padding = AD_INTS(1)});",
        AD_SAMPLES({"float32[2,5,6,3], float32[4,3,3,3]", "padding=[1]", "normal"},
                   {"float64[1,6,5,4], float64[6,3,2,2]", "stride=[2,1], padding=[1,0], dilation=[1,2], groups=2", "normal"},
                   {"float64[1,6,7,3], float64[6,3,2,1]", "padding=[1,0,2,-1], groups=3", "normal"},
                   {"float32[2,4,4,2], float32[3,1,1,2]", "", "normal"}, {"float16[1,4,3,2], float16[2,2,2,2]", "", "small"}),
        AD_ERRORS({"float32[2,5,6,3], float32[4,3,3,2]", "", AD_E_VALUE, "3 input channels in 1 groups and a kernel for 2; 3 is right"},
                  {"float32[2,5,6,3], float32[4,3,3,3]", "padding=[1,1,1]", AD_E_VALUE, "padding has 3 entries; 1, 2 or 4 are right"},
                  {"float32[2,5,6,3], float32[4,3,3,3]", "stride=[1,1,1]", AD_E_VALUE, "stride has 3 entries; 1 or 2 are right"},
                  {"float32[2,5,6,3], float32[4,3,3,3]", "dilation=[-1]", AD_E_VALUE, "dilation -1; 1 or more is right"},
                  {"float32[5,6,3], float32[4,3,3,3]", "", AD_E_VALUE, "rank"}));

FORWARD(conv3d, 3, FORWARD_DOC("(N, depth, height, width, C)", "(F, taps, taps, taps, C / groups)", "(N, depth, height, width, F)"),
        "ad_array *y = ad_conv3d(x, w, NULL);",
        AD_SAMPLES({"float32[1,3,4,4,2], float32[3,2,2,2,2]", "", "normal"},
                   {"float64[1,4,3,5,4], float64[4,2,2,3,2]", "stride=[2,1,2], padding=[1,0,1], groups=2", "normal"}),
        AD_ERRORS({"float32[1,3,4,4,2], float32[3,2,2,2,3]", "", AD_E_VALUE, "2 input channels in 1 groups and a kernel for 3; 2 is right"},
                  {"float32[1,3,4,4,2], float32[3,2,2,2,2]", "groups=-1", AD_E_VALUE, "groups -1; 1 or more is right"}));

/* ---- Transposed ---- */

enum { T_STRIDE, T_PADDING, T_DILATION, T_OUTPUT_PADDING, T_GROUPS };
static const ad_field transposed_fields[] = {
    LIST("stride", "distance between the images' elements in the result, one for all axes or one each; 1 by default"),
    LIST("padding", "what is cropped in front of and behind each axis of the result, one for all axes or one each; 0 by default"),
    LIST("dilation", "distance between taps, one for all axes or one each; 1 by default"),
    LIST("output_padding", "what is added behind each axis of the result, less than its stride or dilation; 0 by default"),
    GROUPS_FIELD,
};

#define TRANSPOSED_FIELDS(n)                                                                                         \
  {.axes = n, .transposed = true, .stride = T_STRIDE, .low = T_PADDING, .high = -1, .kernel_dilation = T_DILATION,   \
   .input_dilation = -1, .output_padding = T_OUTPUT_PADDING, .groups = T_GROUPS, .flip = -1}
#define TRANSPOSED_DOC(shape, kernel, result)                                                                       \
  "Transposed convolution of images x " shape " with the kernel w " kernel ": every element of x adds its multiple of w to " \
  "the result " result ", as the gradient of a convolution does. A length of n becomes (n - 1) stride - 2 padding + "     \
  "dilation (taps - 1) + output_padding + 1. bool and integers become float32, complex numbers are refused; half types are "  \
  "summed in float32."
#define TRANSPOSED(op_name, n, text, call, ...)                                                                  \
  static const ad_conv_fields op_name##_windows = TRANSPOSED_FIELDS(n);                                        \
  static ad_status op_name##_dims(ad_rel *r) { return ad__conv_dims(r, &op_name##_windows); }                  \
  static ad_array *op_name##_compose(const ad_rule *r) { return compose_windows(r, &op_name##_windows); }        \
  const ad_op ad__op_##op_name = {                                                                               \
      AD_OP_HEAD(op_name), .params = "x, w", .doc = text, .example = call, .group = "products", .inputs = 2,     \
      .outputs = 1, .flags = AD_OP_COMPOSITE, AD_FIELDS(transposed_fields), .dtype_rule = AD_TYPE_FLOAT,         \
      .accepts = AD_ACCEPT_FLOAT, .dims = op_name##_dims, .compose = op_name##_compose,                          \
      AD_SPELLINGS({"numpy", "conv_transpose($0, $1?(, stride=@stride)?(, padding=@padding)?(, dilation=@dilation)" \
                             "?(, output_padding=@output_padding)?(, groups=@groups))"}),                        \
      __VA_ARGS__}

TRANSPOSED(conv_transpose1d, 1, TRANSPOSED_DOC("(N, length, C)", "(F, taps, C / groups)", "(N, length, F)"),
           "ad_array *y = ad_conv_transpose1d(x, w, &(ad_conv_transpose1d_opts){.stride = AD_INTS(2)});",
           AD_SAMPLES({"float32[2,4,3], float32[5,3,3]", "", "normal"},
                      {"float64[1,4,4], float64[6,3,2]", "stride=[3], padding=[1], dilation=[2], output_padding=[2], groups=2", "normal"},
                      {"bfloat16[1,3,2], bfloat16[2,2,2]", "stride=[2]", "small"}, {"float32[0,3,2], float32[2,2,2]", "", "normal"}),
           AD_ERRORS({"float32[2,4,3], float32[5,3,3]", "stride=[2], output_padding=[2]", AD_E_VALUE,
                      "output_padding 2 with stride 2 and dilation 1; less than one of them is right"},
                     {"float32[2,4,3], float32[5,3,3]", "output_padding=[-1]", AD_E_VALUE, "output_padding -1; 0 to 2147483647 is right"},
                     {"float32[2,4,3], float32[5,3,3]", "padding=[1,1]", AD_E_VALUE, "padding has 2 entries; 1 is right"},
                     {"float32[2,1,3], float32[5,3,3]", "padding=[2]", AD_E_VALUE, "spatial axis 0 is 1 with its padding and the kernel reaches over 3"},
                     {"float32[2,4,3], float32[5,3,2]", "", AD_E_VALUE, "3 input channels in 1 groups and a kernel for 2; 3 is right"}));

TRANSPOSED(conv_transpose2d, 2, TRANSPOSED_DOC("(N, height, width, C)", "(F, taps, taps, C / groups)", "(N, height, width, F)"),
           "ad_array *y = ad_conv_transpose2d(x, w, &(ad_conv_transpose2d_opts){.stride = AD_INTS(2), .output_padding = AD_INTS(1)});",
           AD_SAMPLES({"float32[1,3,4,2], float32[3,2,2,2]", "stride=[2]", "normal"},
                      {"float64[2,3,3,4], float64[4,3,2,2]", "stride=[2,1], padding=[1,0], output_padding=[1,0], groups=2", "normal"}),
           AD_ERRORS({"float32[1,3,4,2], float32[3,2,2,2]", "groups=2", AD_E_VALUE, "3 output channels in 2 groups; a multiple is right"},
                     {"float32[1,3,4,2], float32[3,2,2,2]", "stride=[0,1]", AD_E_VALUE, "stride 0; 1 or more is right"}));

TRANSPOSED(conv_transpose3d, 3,
           TRANSPOSED_DOC("(N, depth, height, width, C)", "(F, taps, taps, taps, C / groups)", "(N, depth, height, width, F)"),
           "ad_array *y = ad_conv_transpose3d(x, w, NULL);",
           AD_SAMPLES({"float32[1,2,3,2,2], float32[3,2,2,2,2]", "stride=[1,2,1]", "normal"},
                      {"float64[1,2,2,2,4], float64[2,2,1,2,2]", "padding=[1,0,0], groups=2", "normal"}),
           AD_ERRORS({"float32[1,2,3,2,2], float32[3,2,2,2,3]", "", AD_E_VALUE, "2 input channels in 1 groups and a kernel for 3; 2 is right"}));

/* ---- General ---- */

enum { G_STRIDE, G_PADDING, G_KERNEL_DILATION, G_INPUT_DILATION, G_GROUPS, G_FLIP };
static const ad_field general_fields[] = {
    LIST("stride", "steps between windows, one for all axes or one each; 1 by default"),
    LIST("padding", "zeros in front of and behind each axis, one for all axes, one each, or all in front and then all behind; "
                    "negative crops; 0 by default"),
    LIST("kernel_dilation", "distance between taps, one for all axes or one each; 1 by default"),
    LIST("input_dilation", "distance between the images' elements, zeros between, one for all axes or one each; 1 by default"),
    GROUPS_FIELD,
    {.name = "flip", .kind = AD_FIELD_FLAG, .doc = "turn the kernel round (a convolution in the mathematical sense)"},
};
static const ad_conv_fields general_windows = {.stride = G_STRIDE, .low = G_PADDING, .high = -1,
                                                 .kernel_dilation = G_KERNEL_DILATION, .input_dilation = G_INPUT_DILATION,
                                                 .output_padding = -1, .groups = G_GROUPS, .flip = G_FLIP};

static ad_status general_dims(ad_rel *r) { return ad__conv_dims(r, &general_windows); }
static ad_array *general_compose(const ad_rule *r) { return compose_windows(r, &general_windows); }

const ad_op ad__op_conv_general = {
    AD_OP_HEAD(conv_general),
    .params = "x, w",
    .doc = "Convolution of images x (N, space, C) with the kernel w (F, taps per axis of space, C / groups), for any number of "
           "axes, giving (N, space, F). bool and integers become float32, complex numbers are refused; half types are summed "
           "in float32.",
    .example = "ad_array *y = ad_conv_general(x, w, &(ad_conv_general_opts){.input_dilation = AD_INTS(2), .flip = true});",
    .group = "products",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(general_fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = general_dims,
    .compose = general_compose,
    AD_SPELLINGS({"numpy", "conv_general($0, $1?(, stride=@stride)?(, padding=@padding)?(, kernel_dilation=@kernel_dilation)"
                           "?(, input_dilation=@input_dilation)?(, groups=@groups)?(, flip=@flip))"}),
    AD_SAMPLES({"float32[2,7,3], float32[4,3,3]", "padding=[2], input_dilation=[2]", "normal"},
               {"float64[1,6,5,4], float64[6,3,2,2]", "stride=[2], padding=[1,0,2,-1], kernel_dilation=[2,1], groups=2, flip=true", "normal"},
               {"float64[1,2,3,2,2,1], float64[2,1,2,2,1,1]", "input_dilation=[1,2,1,1]", "normal"}),
    AD_ERRORS({"float32[2,7,3], float32[4,3,3]", "input_dilation=[0]", AD_E_VALUE, "input_dilation 0; 1 or more is right"},
              {"float32[2,7], float32[4,7]", "", AD_E_VALUE, "rank 2; batch, one or more spatial axes and channels are right"},
              {"float32[2,7,3], float32[4,3,3]", "padding=[-3,-3]", AD_E_VALUE, "spatial axis 0 is 1 with its padding"},
              {"float32[2,7,3], float32[4,3,3]", "padding=[2305843009213693951,0]", AD_E_OVERFLOW, "its size does not fit 63 bits"},
              {"float32[2,7,3], float32[4,3,3]", "padding=[-2305843009213693952]", AD_E_VALUE, "padding -2305843009213693952; -2305843009213693951 to"}),
};

/* ---- Signals ---- */

static const ad_field convolve_fields[] = {
    {.name = "mode", .kind = AD_FIELD_TEXT, .text = "full|valid|same",
     .doc = "every place where they meet, where they meet whole, or as many as the longer one has"},
};

/* Zeros in front of the longer signal and behind it, for a shorter one of m. */
static void signal_padding(const char *mode, int64_t m, int64_t *low, int64_t *high) {
  *low = mode[0] == 'v' ? 0 : mode[0] == 's' ? m / 2 : m - 1;
  *high = mode[0] == 'v' ? 0 : mode[0] == 's' ? m - 1 - m / 2 : m - 1;
}

static bool signal_shapes(ad_rel *r) {
  int out = AD_REL_OUT(r, 0);
  if (!ad_rel_rank(r, 0, 1) || !ad_rel_rank(r, 1, 1) || !ad_rel_rank(r, out, 1)) return false;
  ad_dim n = ad_rel_get_dim(r, 0, 0), m = ad_rel_get_dim(r, 1, 0), length, ends;
  if (n == 0 || m == 0)
    return ad_rel_fail(r, AD_E_VALUE, "signals of %lld and %lld elements; 1 or more each is right", (long long)n, (long long)m);
  if (!ad_dim_is_number(n) || !ad_dim_is_number(m)) return ad_rel_later(r);
  int64_t low, high;
  signal_padding(ad_rel_attr(r, 0)->as.text, n < m ? n : m, &low, &high);
  return ad__dims_sum(r, low, high, &ends) && ad__dims_sum(r, (n < m ? m : n) - (n < m ? n : m) + 1, ends, &length) &&
         ad_rel_dim(r, out, 0, length);
}

static ad_status convolve_dims(ad_rel *r) { return ad_rel_end(r, signal_shapes(r)); }

static ad_array *convolve_compose(const ad_rule *r) {
  ad_array *a = r->in[0], *v = r->in[1];
  if (ad_array_dim(a, 0) < ad_array_dim(v, 0)) a = r->in[1], v = r->in[0];
  int64_t n = ad_array_dim(a, 0), m = ad_array_dim(v, 0), low, high;
  signal_padding(r->attrs[0].as.text, m, &low, &high);
  ad_array *y = ad_convolution(ad_reshape(a, AD_SHAPE(1, n, 1)), ad_reshape(v, AD_SHAPE(1, m, 1)),
                               &(ad_convolution_opts){.padding_low = AD_INTS(low), .padding_high = AD_INTS(high), .flip = true});
  return ad_reshape(y, AD_SHAPE(n + low + high - m + 1));
}

const ad_op ad__op_convolve = {
    AD_OP_HEAD(convolve),
    .params = "a, v",
    .doc = "The convolution of two signals of one axis, sum of a[k - j] v[j]; the longer one counts as a. bool and integers "
           "become float32, complex numbers are refused; half types are summed in float32.",
    .example = "ad_array *y = ad_convolve(a, v, &(ad_convolve_opts){.mode = \"same\"});",
    .group = "products",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(convolve_fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = convolve_dims,
    .compose = convolve_compose,
    AD_SPELLINGS({"numpy", "np.convolve($0, $1, @mode).astype(@out)"}),
    AD_SAMPLES({"float32[7], float32[3]", "", "normal"}, {"float64[4], float64[9]", "mode=same", "normal"},
               {"float64[8], float64[4]", "mode=same", "normal"}, {"float64[5], float64[5]", "mode=valid", "normal"},
               {"float32[3], float32[6]", "mode=valid", "normal"}, {"int16[4], int8[2]", "", "small"},
               {"bfloat16[1], bfloat16[1]", "", "normal"}),
    AD_ERRORS({"float32[0], float32[3]", "", AD_E_VALUE, "signals of 0 and 3 elements; 1 or more each is right"},
              {"float32[2,3], float32[3]", "", AD_E_VALUE, "rank"},
              {"complex64[3], complex64[2]", "", AD_E_TYPE, "dtype complex64"}),
};
