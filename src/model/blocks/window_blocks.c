/* Convolutions and pooling over images with channels in front of the places: (N, C, L), (N, C, H, W), (N, C, D, H, W).
 *
 * The ops below have channels last, so blocks turn their operands; the compiler sinks what turns back and forth. Sizes are one number
 * for all axes of places, or one each. */
#include <string.h>
#include "base/str.h"
#include "model/block_desc.h"

#define STEP(op, attrs, wiring) ad_model_extend(m, ad_model_op(a->ctx, op, attrs), wiring)

/* "name=[1, 2], ": number i of a list of `rank`, one standing for all. */
static int64_t entry(const ad_attr *p, int i, int64_t absent) { return !p->given ? absent : p->as.ints[p->count == 1 ? 0 : i]; }

static void list_print(const char *name, const ad_attr *p, int rank, char *out, size_t size) {
  size_t at = strlen(out);
  if (!p->given) return;
  at += ad__format(out + at, size - at, "%s=[", name);
  for (int i = 0; i < rank; i++) at += ad__format(out + at, size - at, "%s%lld", i ? ", " : "", (long long)entry(p, i, 0));
  ad__format(out + at, size - at, "], ");
}

static bool fits(const ad_attr *p, int rank) { return !p->given || p->count == 1 || p->count == rank; }

/* ---- Convolution ---- */

enum { CONV_KERNEL, CONV_CHANNELS, CONV_STRIDE, CONV_PADDING, CONV_SAME, CONV_DILATION, CONV_GROUPS, CONV_BIAS };
static const ad_field conv_params[] = {
    {.name = "kernel_size", .kind = AD_FIELD_INTS, .doc = "places a kernel covers; absent: those of weight"},
    {.name = "out_channels", .kind = AD_FIELD_INT, .doc = "channels of the result; absent: those of weight"},
    {.name = "stride", .kind = AD_FIELD_INTS, .doc = "steps between windows; 1 by default"},
    {.name = "padding", .kind = AD_FIELD_INTS, .doc = "zeros in front of and behind the places; 0 by default"},
    {.name = "same", .kind = AD_FIELD_FLAG, .doc = "as much padding as gives ceil(places / stride), instead of padding; kernel_size must be given", .has_default = true},
    {.name = "dilation", .kind = AD_FIELD_INTS, .doc = "distance of a kernel's elements; 1 by default"},
    {.name = "groups", .kind = AD_FIELD_INT, .doc = "independent groups of channels", .has_default = true, .default_num = 1},
    {.name = "use_bias", .kind = AD_FIELD_FLAG, .doc = "whether there is a bias", .has_default = true, .default_num = 1},
};
static const ad_block_terminal conv_terminals[] = {
    {.name = "input", .doc = "(N, C, places...)"},
    {.name = "weight", .trainable = true, .init = "uniform fan_in", .doc = "(out, C / groups, kernel...)"},
    {.name = "bias", .trainable = true, .only_if = "use_bias", .init = "uniform fan_in of weight", .doc = "(out)"},
    {.name = "output", .output = true, .doc = "(N, out, places...)"},
};

static ad_status conv_attrs_print(ad_model *m, const ad_block_args *a, int rank, char *out, size_t size) {
  static const int lists[] = {CONV_KERNEL, CONV_STRIDE, CONV_PADDING, CONV_DILATION};
  const ad_attr *p = a->params;
  for (int i = 0; i < 4; i++)
    if (!fits(&p[lists[i]], rank))
      return ad__block_fail(m, AD_E_VALUE, "%s of %d numbers; one, or one for each of the %d axes of places, is right", conv_params[lists[i]].name,
                            p[lists[i]].count, rank);
  if (p[CONV_SAME].as.i && (!p[CONV_KERNEL].given || p[CONV_PADDING].given))
    return ad__block_fail(m, AD_E_VALUE, "same with%s; kernel_size and no padding are right", p[CONV_PADDING].given ? " padding" : "out kernel_size");
  out[0] = 0;
  list_print("stride", &p[CONV_STRIDE], rank, out, size);
  list_print("dilation", &p[CONV_DILATION], rank, out, size);
  if (!p[CONV_SAME].as.i) list_print("padding", &p[CONV_PADDING], rank, out, size);
  size_t at = strlen(out);
  for (int i = 0; p[CONV_SAME].as.i && i < 2 * rank; i++) {
    int64_t all = entry(&p[CONV_DILATION], i % rank, 1) * (entry(&p[CONV_KERNEL], i % rank, 1) - 1), front = all / 2;
    at += ad__format(out + at, size - at, "%s%lld%s", i ? ", " : "padding=[", (long long)(i < rank ? front : all - front), i + 1 == 2 * rank ? "], " : "");
  }
  ad__format(out + at, size - at, "groups=%lld", (long long)p[CONV_GROUPS].as.i);
  return AD_OK;
}

static void conv_shapes(const ad_block_args *a, int rank, char *out, size_t size) {
  const ad_attr *p = a->params;
  char channels[24] = "O";
  if (p[CONV_CHANNELS].given) ad__format(channels, sizeof channels, "%lld", (long long)p[CONV_CHANNELS].as.i);
  size_t at = ad__format(out, size, "weight: %s, None", channels);
  for (int i = 0; i < rank; i++) {
    if (p[CONV_KERNEL].given) at += ad__format(out + at, size - at, ", %lld", (long long)entry(&p[CONV_KERNEL], i, 1));
    else at += ad__format(out + at, size - at, ", None");
  }
  if (p[CONV_BIAS].as.i) ad__format(out + at, size - at, "; bias: %s", channels);
}

static ad_status conv_build(ad_model *m, const ad_block_args *a, const char *op, int rank) {
  char attrs[400];
  ad_status s = conv_attrs_print(m, a, rank, attrs, sizeof attrs);
  if (s) return s;
  STEP("moveaxis", "source=1, destination=-1", "a=input, output=turned");
  STEP("moveaxis", "source=1, destination=-1", "a=weight, output=kernel");
  STEP(op, attrs, "x=turned, w=kernel, output=sums");
  if (!a->params[CONV_BIAS].as.i) return STEP("moveaxis", "source=-1, destination=1", "a=sums, output=output");
  STEP("add", NULL, "a=sums, b=bias, output=moved");
  return STEP("moveaxis", "source=-1, destination=1", "a=moved, output=output");
}

#define CONVOLUTION(Name, op, rank, text, ...)                                                                                       \
  static ad_status build_##Name(ad_model *m, const ad_block_args *a) { return conv_build(m, a, op, rank); }                          \
  static void shapes_##Name(const ad_block_args *a, char *out, size_t size) { conv_shapes(a, rank, out, size); }                     \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "windows", AD_BLOCK_PARAMS(conv_params),              \
                                          AD_BLOCK_TERMINALS(conv_terminals), .wired = "", .build = build_##Name, .shapes = shapes_##Name, AD_BLOCK_SAMPLES(__VA_ARGS__), \
                                          AD_BLOCK_ERRORS({"kernel_size=(1, 2, 3, 4)", "", AD_E_VALUE, "kernel_size of 4 numbers"})}

CONVOLUTION(Convolution1D, "conv1d", 1, "A convolution over one axis of places.", {"kernel_size=3, out_channels=2", "input: 2, 3, 5", "normal"},
            {"kernel_size=2, out_channels=4, stride=2, same=true, use_bias=false", "input: 1, 2, 5", "normal"});
CONVOLUTION(Convolution2D, "conv2d", 2, "A convolution over two axes of places.", {"kernel_size=3, out_channels=2", "input: 2, 3, 5, 4", "normal"},
            {"kernel_size=(2, 3), out_channels=4, stride=(2, 1), padding=1, groups=2", "input: 1, 2, 5, 4", "normal"},
            {"kernel_size=2, out_channels=1, dilation=2, same=true", "input: 1, 2, 3, 3", "normal"});
CONVOLUTION(Convolution3D, "conv3d", 3, "A convolution over three axes of places.", {"kernel_size=2, out_channels=2", "input: 1, 2, 3, 3, 3", "normal"});
CONVOLUTION(ConvolutionTranspose1D, "conv_transpose1d", 1, "The transpose of a convolution over one axis of places.",
            {"kernel_size=3, out_channels=2, stride=2", "input: 2, 3, 4", "normal"});
CONVOLUTION(ConvolutionTranspose2D, "conv_transpose2d", 2, "The transpose of a convolution over two axes of places.",
            {"kernel_size=2, out_channels=2, stride=2, padding=1", "input: 1, 3, 3, 4", "normal"});
CONVOLUTION(ConvolutionTranspose3D, "conv_transpose3d", 3, "The transpose of a convolution over three axes of places.",
            {"kernel_size=2, out_channels=2", "input: 1, 2, 2, 2, 2", "normal"});

/* ---- Pooling ---- */

enum { POOL_KERNEL, POOL_STRIDE, POOL_PADDING, POOL_DILATION, POOL_CEIL };
static const ad_field pool_params[] = {
    {.name = "kernel_size", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "places a window covers"},
    {.name = "stride", .kind = AD_FIELD_INTS, .doc = "steps between windows; as kernel_size by default"},
    {.name = "padding", .kind = AD_FIELD_INTS, .doc = "places at both ends that no maximum is of, and that count as 0 in averages; 0 by default"},
    {.name = "dilation", .kind = AD_FIELD_INTS, .doc = "distance of a window's elements; 1 by default"},
    {.name = "ceil_mode", .kind = AD_FIELD_FLAG, .doc = "a last window where elements are left over", .has_default = true},
};

static ad_status pool_build(ad_model *m, const ad_block_args *a, const char *op, int rank) {
  char attrs[300] = "";
  for (int i = 0; i < POOL_CEIL; i++) {
    if (!fits(&a->params[i], rank))
      return ad__block_fail(m, AD_E_VALUE, "%s of %d numbers; one, or one for each of the %d axes of places, is right", pool_params[i].name, a->params[i].count, rank);
    list_print(pool_params[i].name, &a->params[i], rank, attrs, sizeof attrs);
  }
  ad__format(attrs + strlen(attrs), sizeof attrs - strlen(attrs), "ceil_mode=%s", a->params[POOL_CEIL].as.i ? "true" : "false");
  STEP("moveaxis", "source=1, destination=-1", "a=input, output=turned");
  STEP(op, attrs, "x=turned, output=pooled");
  return STEP("moveaxis", "source=-1, destination=1", "a=pooled, output=output");
}
#define POOLING(Name, op, rank, text, ...)                                                                                           \
  static ad_status build_##Name(ad_model *m, const ad_block_args *a) { return pool_build(m, a, op, rank); }                          \
  const ad_block_desc ad__block_##Name = {.name = #Name, .doc = text, .group = "windows", AD_BLOCK_PARAMS(pool_params), .wired = "", \
                                          .build = build_##Name, AD_BLOCK_SAMPLES(__VA_ARGS__),                                      \
                                          AD_BLOCK_ERRORS({"kernel_size=(1, 2, 3, 4)", "", AD_E_VALUE, "kernel_size of 4 numbers"})}
POOLING(MaxPool1D, "max_pool1d", 1, "The greatest of every window.", {"kernel_size=2", "input: 2, 3, 6", "normal"});
POOLING(MaxPool2D, "max_pool2d", 2, "The greatest of every window.", {"kernel_size=2", "input: 2, 3, 6, 4", "normal"},
        {"kernel_size=3, stride=2, padding=1", "input: 1, 2, 5, 5", "normal"});
POOLING(MaxPool3D, "max_pool3d", 3, "The greatest of every window.", {"kernel_size=2", "input: 1, 2, 4, 2, 2", "normal"});
POOLING(AvgPool1D, "avg_pool1d", 1, "The mean of every window.", {"kernel_size=2", "input: 2, 3, 6", "normal"});
POOLING(AvgPool2D, "avg_pool2d", 2, "The mean of every window.", {"kernel_size=2", "input: 2, 3, 6, 4", "normal"}, {"kernel_size=3, stride=1, padding=1", "input: 1, 2, 5, 5", "normal"});
POOLING(AvgPool3D, "avg_pool3d", 3, "The mean of every window.", {"kernel_size=2", "input: 1, 2, 4, 2, 2", "normal"});
