/* Blocks that bring elements to mean 0 and variance 1, or nearly so, and scale them again. */
#include "base/str.h"
#include "model/block_desc.h"

#define STEP(op, attrs, wiring) ad_model_extend(m, ad_model_op(a->ctx, op, attrs), wiring)

/* ---- Over the last axis ---- */

enum { NORM_SCALE, NORM_BIAS, NORM_EPS };
static const ad_field norm_params[] = {
    {.name = "use_scale", .kind = AD_FIELD_FLAG, .doc = "whether the result is scaled", .has_default = true, .default_num = 1},
    {.name = "use_bias", .kind = AD_FIELD_FLAG, .doc = "whether something is added", .has_default = true, .default_num = 1},
    {.name = "eps", .kind = AD_FIELD_NUM, .doc = "added to the variance", .has_default = true, .default_num = 1e-5},
};
static const ad_block_terminal norm_terminals[] = {
    {.name = "input", .doc = "(..., d)"},
    {.name = "weight", .trainable = true, .only_if = "use_scale", .init = "ones", .doc = "(d)"},
    {.name = "bias", .trainable = true, .only_if = "use_bias", .init = "zeros", .doc = "(d)"},
    {.name = "output", .output = true, .doc = "(..., d)"},
};
static ad_status norm_attrs(const ad_block_args *a, ad_attr *attrs, char *why, size_t why_size) {
  (void)why, (void)why_size;
  attrs[0] = a->params[NORM_EPS];
  return AD_OK;
}
const ad_block_desc ad__block_LayerNorm = {
    .name = "LayerNorm",
    .doc = "Rows with mean 0 and variance 1, scaled and moved (Ba and others, 2016).",
    .group = "norm",
    AD_BLOCK_PARAMS(norm_params),
    AD_BLOCK_TERMINALS(norm_terminals),
    .wired = "",
    .op = "fast_layer_norm",
    .attrs = norm_attrs,
    .numpy = "(lambda y: (y * weight if use_scale else y) + (bias if use_bias else 0))("
             "(input - input.mean(-1, keepdims=True)) / np.sqrt(input.var(-1, keepdims=True) + eps))",
    AD_BLOCK_SAMPLES({"", "input: 2, 5", "normal"}, {"use_scale=false, use_bias=false, eps=0.1", "input: 2, 3, 4", "normal"}, {"use_bias=false", "input: 2, 4", "normal"}),
    AD_BLOCK_ERRORS({"", "input: 2, 3; weight: 4", AD_E_VALUE, "weight"}),
};

enum { RMS_SCALE, RMS_EPS };
static const ad_field rms_params[] = {
    {.name = "use_scale", .kind = AD_FIELD_FLAG, .doc = "whether the result is scaled", .has_default = true, .default_num = 1},
    {.name = "eps", .kind = AD_FIELD_NUM, .doc = "added to the mean square", .has_default = true, .default_num = 1e-5},
};
static const ad_block_terminal rms_terminals[] = {
    {.name = "input", .doc = "(..., d)"},
    {.name = "weight", .trainable = true, .only_if = "use_scale", .init = "ones", .doc = "(d)"},
    {.name = "output", .output = true, .doc = "(..., d)"},
};
static ad_status rms_attrs(const ad_block_args *a, ad_attr *attrs, char *why, size_t why_size) {
  (void)why, (void)why_size;
  attrs[0] = a->params[RMS_EPS];
  return AD_OK;
}
const ad_block_desc ad__block_RMSNorm = {
    .name = "RMSNorm",
    .doc = "Rows over the root of their mean square, scaled (Zhang and Sennrich, 2019).",
    .group = "norm",
    AD_BLOCK_PARAMS(rms_params),
    AD_BLOCK_TERMINALS(rms_terminals),
    .wired = "",
    .op = "fast_rms_norm",
    .attrs = rms_attrs,
    .numpy = "(lambda y: y * weight if use_scale else y)(input / np.sqrt((input ** 2).mean(-1, keepdims=True) + eps))",
    AD_BLOCK_SAMPLES({"", "input: 2, 5", "normal"}, {"use_scale=false, eps=0.1", "input: 2, 3, 4", "normal"}),
};

/* ---- Over groups of channels ---- */

enum { GROUP_COUNT, GROUP_SCALE, GROUP_BIAS, GROUP_EPS };
static const ad_field group_params[] = {
    {.name = "num_groups", .kind = AD_FIELD_INT, .doc = "how many groups of channels", .has_default = true, .default_num = 32},
    {.name = "use_scale", .kind = AD_FIELD_FLAG, .doc = "whether the result is scaled", .has_default = true, .default_num = 1},
    {.name = "use_bias", .kind = AD_FIELD_FLAG, .doc = "whether something is added", .has_default = true, .default_num = 1},
    {.name = "eps", .kind = AD_FIELD_NUM, .doc = "added to the variance", .has_default = true, .default_num = 1e-5},
};
static const ad_block_terminal group_terminals[] = {
    {.name = "input", .doc = "(N, C, H, W)"},
    {.name = "weight", .trainable = true, .only_if = "use_scale", .init = "ones", .doc = "(C, 1, 1)"},
    {.name = "bias", .trainable = true, .only_if = "use_bias", .init = "zeros", .doc = "(C, 1, 1)"},
    {.name = "output", .output = true, .doc = "(N, C, H, W)"},
};
static ad_status group_build(ad_model *m, const ad_block_args *a) {
  const ad_attr *p = a->params;
  bool scale = p[GROUP_SCALE].as.i != 0, bias = p[GROUP_BIAS].as.i != 0;
  char text[100];
  ad_model_extend(m, ad_block(a->ctx, "Shape", NULL), "input=input, output=dims");
  ad_model_extend(m, ad_block(a->ctx, "Size", "dim=0"), "input=input, output=count");
  ad__format(text, sizeof text, "input1=count, input2=%lld, input3=-1, output=rows", (long long)p[GROUP_COUNT].as.i);
  ad_model_extend(m, ad_block(a->ctx, "ToTuple", "n=3"), text);
  STEP("reshape", NULL, "a=input, shape=rows, output=groups");
  ad__format(text, sizeof text, "use_scale=false, use_bias=false, eps=%.17g", p[GROUP_EPS].as.f[0]);
  ad_model_extend(m, ad_block(a->ctx, "LayerNorm", text), "input=groups, output=normal");
  STEP("reshape", NULL, scale || bias ? "a=normal, shape=dims, output=images" : "a=normal, shape=dims, output=output");
  if (scale) STEP("multiply", NULL, bias ? "a=images, b=weight, output=scaled" : "a=images, b=weight, output=output");
  if (bias) STEP("add", NULL, scale ? "a=scaled, b=bias, output=output" : "a=images, b=bias, output=output");
  ad_model_set_shapes(m, "input: None, C, None, None");
  if (scale && bias) return ad_model_set_shapes(m, "input: None, C, None, None; weight: C, 1, 1; bias: C, 1, 1");
  return scale ? ad_model_set_shapes(m, "input: None, C, None, None; weight: C, 1, 1")
         : bias ? ad_model_set_shapes(m, "input: None, C, None, None; bias: C, 1, 1") : AD_OK;
}
const ad_block_desc ad__block_GroupNorm = {
    .name = "GroupNorm",
    .doc = "Groups of channels with mean 0 and variance 1, scaled and moved by channel (Wu and He, 2018).",
    .group = "norm",
    AD_BLOCK_PARAMS(group_params),
    AD_BLOCK_TERMINALS(group_terminals),
    .wired = "",
    .build = group_build,
    .numpy = "(lambda g: (lambda y: (y * weight if use_scale else y) + (bias if use_bias else 0))("
             "((g - g.mean(-1, keepdims=True)) / np.sqrt(g.var(-1, keepdims=True) + eps)).reshape(input.shape)))("
             "input.reshape(input.shape[0], int(num_groups), -1))",
    AD_BLOCK_SAMPLES({"num_groups=2", "input: 2, 4, 3, 2", "normal"}, {"num_groups=3, use_bias=false, eps=0.1", "input: 1, 3, 2, 2", "normal"}),
};

/* ---- One factor for every feature ---- */

static const ad_block_terminal affine_terminals[] = {
    {.name = "input", .doc = "(..., d)"},
    {.name = "weight", .trainable = true, .init = "ones", .doc = "(d)"},
    {.name = "bias", .trainable = true, .init = "zeros", .doc = "(d)"},
    {.name = "output", .output = true, .doc = "(..., d)"},
};
static ad_status affine_build(ad_model *m, const ad_block_args *a) {
  STEP("multiply", NULL, "a=input, b=weight, output=scaled");
  STEP("add", NULL, "a=scaled, b=bias, output=output");
  return ad_model_set_shapes(m, "weight: D; bias: D");
}
const ad_block_desc ad__block_ElementWiseAffine = {
    .name = "ElementWiseAffine",
    .doc = "input times weight, plus bias.",
    .group = "norm",
    AD_BLOCK_TERMINALS(affine_terminals),
    .build = affine_build,
    .numpy = "input * weight + bias",
    AD_BLOCK_SAMPLES({"", "input: 2, 3; weight: 3; bias: 3", "normal"}),
};

/* ---- What large parameters cost ---- */

static ad_status l1_build(ad_model *m, const ad_block_args *a) {
  STEP("abs", NULL, "a=input, output=size");
  return STEP("sum", NULL, "a=size, output=output");
}
const ad_block_desc ad__block_L1 = {
    .name = "L1",
    .doc = "The sum of absolute values.",
    .group = "regularizer",
    .build = l1_build,
    .numpy = "np.abs(input).sum()",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}),
};
static ad_status l2_build(ad_model *m, const ad_block_args *a) {
  STEP("square", NULL, "a=input, output=square");
  STEP("sum", NULL, "a=square, output=sum");
  return STEP("multiply", NULL, "a=sum, b=0.5, output=output");
}
const ad_block_desc ad__block_L2 = {
    .name = "L2",
    .doc = "Half the sum of squares.",
    .group = "regularizer",
    .build = l2_build,
    .numpy = "0.5 * np.square(input).sum()",
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}),
};
static const ad_block_terminal form_terminals[] = {
    {.name = "input", .doc = "(d) or (1, d)"},
    {.name = "kernel", .doc = "(d, d)"},
    {.name = "output", .output = true, .doc = "a number"},
};
static ad_status form_build(ad_model *m, const ad_block_args *a) {
  STEP("matmul", NULL, "a=input, b=kernel, output=product");
  STEP("multiply", NULL, "a=product, b=input, output=terms");
  STEP("sum", NULL, "a=terms, output=sum");
  return STEP("multiply", NULL, "a=sum, b=0.5, output=output");
}
const ad_block_desc ad__block_QuadraticFormRegularizer = {
    .name = "QuadraticFormRegularizer",
    .doc = "Half of input kernel input^T.",
    .group = "regularizer",
    AD_BLOCK_TERMINALS(form_terminals),
    .build = form_build,
    .numpy = "0.5 * (input @ kernel * input).sum()",
    AD_BLOCK_SAMPLES({"", "input: 1, 3; kernel: 3, 3", "normal"}),
};

/* ---- Over the batch ---- */

enum { BATCH_FEATURES, BATCH_SCALE, BATCH_BIAS, BATCH_EPS, BATCH_MOMENTUM, BATCH_INFERENCE };
static const ad_field batch_params[] = {
    {.name = "num_features", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "channels"},
    {.name = "use_scale", .kind = AD_FIELD_FLAG, .doc = "whether the result is scaled", .has_default = true, .default_num = 1},
    {.name = "use_bias", .kind = AD_FIELD_FLAG, .doc = "whether something is added", .has_default = true, .default_num = 1},
    {.name = "eps", .kind = AD_FIELD_NUM, .doc = "added to the variance", .has_default = true, .default_num = 1e-5},
    {.name = "momentum", .kind = AD_FIELD_NUM, .doc = "the share of a batch in what runs along", .has_default = true, .default_num = 0.1},
    {.name = "inference", .kind = AD_FIELD_FLAG, .doc = "mean and variance are inputs, not those of the batch", .has_default = true, .default_num = 1},
};
static const ad_block_terminal batch_terminals[] = {
    {.name = "input", .doc = "(N, C, H, W)"},
    {.name = "running_mean", .only_if = "inference", .doc = "(1, C, 1, 1)"},
    {.name = "running_var", .only_if = "inference", .doc = "(1, C, 1, 1)"},
    {.name = "weight", .trainable = true, .only_if = "use_scale", .init = "ones", .doc = "(1, C, 1, 1)"},
    {.name = "bias", .trainable = true, .only_if = "use_bias", .init = "zeros", .doc = "(1, C, 1, 1)"},
    {.name = "output", .output = true, .doc = "(N, C, H, W)"},
};

/* next = running + momentum (batch - running), which nothing is derived by. */
static void run_along(ad_model *m, const ad_block_args *a, const char *running, const char *batch, const char *next) {
  char wiring[160];
  ad__format(wiring, sizeof wiring, "a=%s, output=%s_apart", batch, batch);
  STEP("stop_gradient", NULL, wiring);
  ad__format(wiring, sizeof wiring, "a=%s_apart, b=%s, output=%s_way", batch, running, running);
  STEP("subtract", NULL, wiring);
  ad__format(wiring, sizeof wiring, "a=%s_way, b=%.17g, output=%s_step", running, a->params[BATCH_MOMENTUM].as.f[0], running);
  STEP("multiply", NULL, wiring);
  ad__format(wiring, sizeof wiring, "a=%s, b=%s_step, output=%s", running, running, next);
  STEP("add", NULL, wiring);
}

static ad_status batch_build(ad_model *m, const ad_block_args *a) {
  const ad_attr *p = a->params;
  bool scale = p[BATCH_SCALE].as.i != 0, bias = p[BATCH_BIAS].as.i != 0, inference = p[BATCH_INFERENCE].as.i != 0;
  long long n = (long long)p[BATCH_FEATURES].as.i;
  char text[200];
  if (!inference) {
    STEP("mean", "axes=[0, 2, 3], keepdims=true", "a=input, output=mean");
    STEP("var", "axes=[0, 2, 3], keepdims=true", "a=input, output=var");
    STEP("var", "axes=[0, 2, 3], keepdims=true, ddof=1", "a=input, output=unbiased");
    run_along(m, a, "running_mean", "mean", "next_mean");
    run_along(m, a, "running_var", "unbiased", "next_var");
  }
  STEP("subtract", NULL, inference ? "a=input, b=running_mean, output=moved" : "a=input, b=mean, output=moved");
  ad__format(text, sizeof text, "a=%s, b=%.17g, output=safe", inference ? "running_var" : "var", p[BATCH_EPS].as.f[0]);
  STEP("add", NULL, text);
  STEP("rsqrt", NULL, "a=safe, output=factor");
  STEP("multiply", NULL, scale || bias ? "a=moved, b=factor, output=normal" : "a=moved, b=factor, output=output");
  if (scale) STEP("multiply", NULL, bias ? "a=normal, b=weight, output=scaled" : "a=normal, b=weight, output=output");
  if (bias) STEP("add", NULL, scale ? "a=scaled, b=bias, output=output" : "a=normal, b=bias, output=output");
  ad__format(text, sizeof text, "input: None, %lld, None, None; running_mean: 1, %lld, 1, 1; running_var: 1, %lld, 1, 1", n, n, n);
  ad_model_set_shapes(m, text);
  ad__format(text, sizeof text, "weight: 1, %lld, 1, 1", n);
  if (scale) ad_model_set_shapes(m, text);
  ad__format(text, sizeof text, "bias: 1, %lld, 1, 1", n);
  if (bias) ad_model_set_shapes(m, text);
  if (inference) return AD_OK;
  ad_model_bind_state(m, "running_mean", "next_mean", "0");
  return ad_model_bind_state(m, "running_var", "next_var", "1");
}
const ad_block_desc ad__block_BatchNorm2D = {
    .name = "BatchNorm2D",
    .doc = "Channels with mean 0 and variance 1 over the batch and its places, scaled and moved (Ioffe and Szegedy, 2015). Without inference "
           "mean and variance that run along are states, the variance without bias.",
    .group = "norm",
    AD_BLOCK_PARAMS(batch_params),
    AD_BLOCK_TERMINALS(batch_terminals),
    .wired = "",
    .build = batch_build,
    .numpy = "(lambda v, s: (input - v) / np.sqrt(s + eps) * (weight if use_scale else 1) + (bias if use_bias else 0))("
             "*((running_mean, running_var) if inference else (input.mean((0, 2, 3), keepdims=True), input.var((0, 2, 3), keepdims=True))))",
    AD_BLOCK_SAMPLES({"num_features=3", "input: 2, 3, 2, 2; running_mean: 1, 3, 1, 1; running_var: 1, 3, 1, 1 positive", "normal"},
                     {"num_features=2, inference=false, use_bias=false", "input: 3, 2, 2, 1", "normal"}),
};
