/* Blocks that say where in a sequence a place is, that leave elements out by chance, and that change the size of images. */
#include "base/str.h"
#include "model/block_desc.h"

#define STEP(op, attrs, wiring) ad_model_extend(m, ad_model_op(a->ctx, op, attrs), wiring)

/* ---- Places ---- */

enum { ROTARY_DIMS, ROTARY_BASE, ROTARY_NEIGHBOURS };
static const ad_field rotary_params[] = {
    {.name = "dims", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many of the features are turned, an even number"},
    {.name = "base", .kind = AD_FIELD_NUM, .doc = "pair i turns by base^(-2 i / dims) a place", .has_default = true, .default_num = 10000},
    {.name = "traditional", .kind = AD_FIELD_FLAG, .doc = "neighbours are a pair; otherwise feature i and feature i + dims/2 are", .has_default = true},
};
static ad_status rotary_build(ad_model *m, const ad_block_args *a) {
  char attrs[160];
  ad__format(attrs, sizeof attrs, "dims=%lld, base=%.17g, traditional=%s, offset=none, freqs=none", (long long)a->params[ROTARY_DIMS].as.i,
             a->params[ROTARY_BASE].as.f[0], a->params[ROTARY_NEIGHBOURS].as.i ? "true" : "false");
  return STEP("fast_rope", attrs, "a=input, output=output");
}
const ad_block_desc ad__block_RotaryEmbedding = {
    .name = "RotaryEmbedding",
    .doc = "Pairs of features turned by an angle that grows with the place along axis -2 (Su and others, 2021).",
    .group = "layers",
    AD_BLOCK_PARAMS(rotary_params),
    .wired = "",
    .build = rotary_build,
    AD_BLOCK_SAMPLES({"dims=4", "input: 2, 3, 4", "normal"}, {"dims=4, base=100, traditional=true", "input: 1, 2, 3, 6", "normal"}),
    AD_BLOCK_ERRORS({"dims=3", "input: 2, 3, 4", AD_E_VALUE, "dims 3"}),
};

/* ---- Chance ---- */

enum { DROP_P };
static const ad_field drop_params[] = {
    {.name = "p", .kind = AD_FIELD_NUM, .doc = "the probability with which an element is left out", .has_default = true, .default_num = 0.5},
};
static const ad_block_terminal drop_terminals[] = {
    {.name = "input", .doc = "any shape"},
    {.name = "key", .doc = "uint32 (2), which draws"},
    {.name = "output", .output = true, .doc = "the shape of input"},
};
static ad_status drop_build(ad_model *m, const ad_block_args *a) {
  double p = a->params[DROP_P].as.f[0];
  char text[120];
  if (!(p >= 0 && p < 1)) return ad__block_fail(m, AD_E_VALUE, "p %g; a number from 0, below 1, is right", p);
  ad_model_extend(m, ad_block(a->ctx, "Shape", NULL), "input=input, output=dims");
  ad__format(text, sizeof text, "key=key, p=%.17g, shape=dims, output=kept", 1 - p);
  STEP("random_bernoulli", NULL, text);
  ad__format(text, sizeof text, "a=input, b=%.17g, output=scaled", 1 / (1 - p));
  STEP("multiply", NULL, text);
  STEP("where", NULL, "condition=kept, x=scaled, y=0.0, output=output");
  return AD_OK;
}
const ad_block_desc ad__block_Dropout = {
    .name = "Dropout",
    .doc = "input with elements left out by chance, the others divided by the probability to stay (Srivastava and others, 2014).",
    .group = "layers",
    AD_BLOCK_PARAMS(drop_params),
    AD_BLOCK_TERMINALS(drop_terminals),
    .wired = "",
    .build = drop_build,
    AD_BLOCK_SAMPLES({"", "input: 3, 4; key: uint32[2] index:1000", "normal"}, {"p=0.1", "input: 5; key: uint32[2] index:1000", "normal"}),
    AD_BLOCK_ERRORS({"p=1", "", AD_E_VALUE, "p 1; a number from 0"}),
};

/* ---- Size ---- */

static const ad_field resize_params[] = {
    {.name = "axes", .kind = AD_FIELD_AXES, .flags = AD_FIELD_REQUIRED, .doc = "which axes change their length"},
    {.name = "sizes", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "their new lengths"},
    {.name = "method", .kind = AD_FIELD_TEXT, .text = "nearest|nearest_exact|linear|cubic", .doc = "how elements between others are made"},
    {.name = "align_corners", .kind = AD_FIELD_FLAG, .doc = "first and last elements of both fall together", .has_default = true},
    {.name = "antialias", .kind = AD_FIELD_FLAG, .doc = "linear, cubic: smooths as much as an axis shrinks", .has_default = true},
};
const ad_block_desc ad__block_Resize = {
    .name = "Resize",
    .doc = "input with other lengths along some axes, by its nearest elements or by interpolation.",
    .group = "layout",
    AD_BLOCK_PARAMS(resize_params),
    .wired = "",
    .op = "resize",
    AD_BLOCK_SAMPLES({"axes=(2, 3), sizes=(4, 6)", "input: 1, 2, 2, 3", "normal"},
                     {"axes=(0), sizes=(5), method=\"linear\", align_corners=true", "input: 3, 2", "normal"}),
    AD_BLOCK_ERRORS({"axes=(1), sizes=(-2)", "input: 3, 4", AD_E_VALUE, "size -2"}),
};
