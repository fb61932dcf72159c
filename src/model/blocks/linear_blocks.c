/* Blocks that are a linear map. */
#include "base/str.h"
#include "model/block_desc.h"

enum { LINEAR_DIMENSION, LINEAR_USE_BIAS };
static const ad_field linear_params[] = {
    {.name = "dimension", .kind = AD_FIELD_INT, .doc = "size of the result's last axis; absent: that of weight"},
    {.name = "use_bias", .kind = AD_FIELD_FLAG, .doc = "whether there is a bias", .has_default = true, .default_num = 1},
};
static const ad_block_terminal linear_terminals[] = {
    {.name = "input", .doc = "(..., in)"},
    {.name = "weight", .trainable = true, .init = "uniform fan_in", .doc = "(out, in)"},
    {.name = "bias", .trainable = true, .only_if = "use_bias", .init = "uniform fan_in of weight", .doc = "(out)"},
    {.name = "output", .output = true, .doc = "(..., out)"},
};

static void linear_shapes(const ad_block_args *a, char *out, size_t size) {
  const ad_attr *p = a->params;
  if (p[LINEAR_DIMENSION].given) ad__format(out, size, "weight: %lld, None", (long long)p[LINEAR_DIMENSION].as.i);
}

const ad_block_desc ad__block_Linear = {
    .name = "Linear",
    .doc = "input times the transpose of weight, plus bias.",
    .group = "linear",
    AD_BLOCK_PARAMS(linear_params),
    AD_BLOCK_TERMINALS(linear_terminals),
    .op = "linear",
    .shapes = linear_shapes,
    AD_BLOCK_SAMPLES({"dimension=3", "input: 2, 4", "normal"}, {"dimension=2, use_bias=false", "input: 2, 3, 4", "normal"}),
    AD_BLOCK_ERRORS({"dimension=3", "input: 2, 4; weight: 3, 5", AD_E_VALUE, "weight"}),
};

enum { LAYER_DIMENSION };
static const ad_field layer_params[] = {
    {.name = "dimension", .kind = AD_FIELD_INT, .doc = "size of the result's last axis; absent: that of weight"},
};
static const ad_block_terminal layer_terminals[] = {
    {.name = "input", .doc = "(..., in)"},
    {.name = "weight", .trainable = true, .init = "uniform fan_in", .doc = "(out, in)"},
    {.name = "bias", .trainable = true, .init = "uniform fan_in of weight", .doc = "(out)"},
    {.name = "output", .output = true, .doc = "(..., out)"},
};

static ad_status layer_build(ad_model *m, const ad_block_args *a) {
  char params[40] = "";
  if (a->part_count != 1) return ad__block_fail(m, AD_E_TYPE, "activation: one block is right; %d were given", a->part_count);
  if (a->params[LAYER_DIMENSION].given) ad__format(params, sizeof params, "dimension=%lld", (long long)a->params[LAYER_DIMENSION].as.i);
  ad_model_extend(m, ad_block(a->ctx, "Linear", params), "input=input, weight=weight, bias=bias");
  return ad_model_add(m, a->parts[0], "output=output");
}

const ad_block_desc ad__block_Layer = {
    .name = "Layer",
    .doc = "Linear, and a block on its result.",
    .group = "linear",
    .parts = "activation",
    AD_BLOCK_PARAMS(layer_params),
    AD_BLOCK_TERMINALS(layer_terminals),
    .build = layer_build,
    .sample_parts = "Relu",
    AD_BLOCK_SAMPLES({"dimension=3", "input: 2, 4", "normal"}),
    AD_BLOCK_ERRORS({"dimension=3", "input: 2, 4; weight: 3, 5", AD_E_VALUE, "weight"}),
};
