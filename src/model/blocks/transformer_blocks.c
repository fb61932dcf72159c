/* Blocks of many blocks: perceptrons, attention with several heads, and transformers made of them. */
#include <string.h>
#include "base/str.h"
#include "model/block_desc.h"

#define STEP(op, attrs, wiring) ad_model_extend(m, ad_model_op(a->ctx, op, attrs), wiring)

/* A block with parameters that are printed, wired as text. */
static ad_status put(ad_model *m, const ad_block_args *a, const char *block, const char *params, const char *wiring) {
  return ad_model_extend(m, ad_block(a->ctx, block, params), wiring);
}

/* ---- Perceptrons ---- */

enum { MLP_DIMENSIONS };
static const ad_field mlp_params[] = {
    {.name = "dimensions", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "sizes of the layers' results, one for each activation"},
};
static ad_status mlp_build(ad_model *m, const ad_block_args *a) {
  int n = a->params[MLP_DIMENSIONS].count;
  char params[40], wiring[160];
  if (a->part_count != n) return ad__block_fail(m, AD_E_VALUE, "activations: %d blocks for %d dimensions; one for each is right", a->part_count, n);
  for (int i = 0; i < n; i++) {
    ad__format(params, sizeof params, "dimension=%lld", (long long)a->params[MLP_DIMENSIONS].as.ints[i]);
    if (i) ad__format(wiring, sizeof wiring, "input=hidden%d, weight=weight%d, bias=bias%d, output=layer%d", i - 1, i, i, i);
    else ad__format(wiring, sizeof wiring, "input=input, weight=weight0, bias=bias0, output=layer0");
    put(m, a, "Linear", params, wiring);
    if (i + 1 < n) ad__format(wiring, sizeof wiring, "input=layer%d, output=hidden%d", i, i);
    else ad__format(wiring, sizeof wiring, "input=layer%d, output=output", i);
    ad_model_extend(m, a->parts[i], wiring);
  }
  return AD_OK;
}
const ad_block_desc ad__block_MLP = {
    .name = "MLP",
    .doc = "Linear layers, each with an activation; their parameters are weight0, bias0, weight1...",
    .group = "layers",
    .parts = "activations",
    AD_BLOCK_PARAMS(mlp_params),
    .wired = "",
    .build = mlp_build,
    .sample_parts = "Tanh, Sigmoid, Buffer",
    .numpy = "(1 / (1 + np.exp(-(np.tanh(input @ weight0.T + bias0) @ weight1.T + bias1)))) @ weight2.T + bias2",
    AD_BLOCK_SAMPLES({"dimensions=(4, 3, 2)", "input: 2, 5; weight0: 4, 5; bias0: 4; weight1: 3, 4; bias1: 3; weight2: 2, 3; bias2: 2", "normal"}),
    AD_BLOCK_ERRORS({"dimensions=(4)", "", AD_E_VALUE, "3 blocks for 1 dimensions"}),
};

/* ---- Attention with several heads ---- */

enum { HEADS_DIM, HEADS_COUNT, HEADS_CAUSAL, HEADS_BIAS };
static const ad_field heads_params[] = {
    {.name = "dim", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "features of the result, which the heads share"},
    {.name = "num_heads", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many heads"},
    {.name = "is_causal", .kind = AD_FIELD_FLAG, .doc = "queries see keys up to their own place only", .has_default = true},
    {.name = "use_bias", .kind = AD_FIELD_FLAG, .doc = "whether projections have a bias", .has_default = true, .default_num = 1},
};
static const ad_block_terminal heads_terminals[] = {
    {.name = "query", .doc = "(N, T, d)"},
    {.name = "key", .doc = "(N, S, d)"},
    {.name = "value", .doc = "(N, S, d)"},
    {.name = "output", .output = true, .doc = "(N, T, dim)"},
};

/* (N, T, dim) as (N, heads, T, dim / heads). */
static void split_heads(ad_model *m, const ad_block_args *a, const char *from) {
  char params[120], wiring[120];
  ad__format(params, sizeof params, "dimension=%lld, use_bias=%s", (long long)a->params[HEADS_DIM].as.i, a->params[HEADS_BIAS].as.i ? "true" : "false");
  ad__format(wiring, sizeof wiring, "input=%s, output=%s_rows", from, from);
  put(m, a, "Linear", params, wiring);
  ad__format(params, sizeof params, "axis=-1, shape=[%lld, -1]", (long long)a->params[HEADS_COUNT].as.i);
  ad__format(wiring, sizeof wiring, "a=%s_rows, output=%s_apart", from, from);
  STEP("unflatten", params, wiring);
  ad__format(wiring, sizeof wiring, "a=%s_apart, output=%s_heads", from, from);
  STEP("transpose", "axes=[0, 2, 1, 3]", wiring);
}

static ad_status heads_build(ad_model *m, const ad_block_args *a) {
  int64_t dim = a->params[HEADS_DIM].as.i, heads = a->params[HEADS_COUNT].as.i;
  char params[120];
  if (heads < 1 || dim % heads) return ad__block_fail(m, AD_E_VALUE, "dim %lld for %lld heads; a multiple of their number is right", (long long)dim, (long long)heads);
  split_heads(m, a, "query");
  split_heads(m, a, "key");
  split_heads(m, a, "value");
  put(m, a, "ScaledDotProduct", a->params[HEADS_CAUSAL].as.i ? "is_causal=true" : "is_causal=false", "query=query_heads, key=key_heads, value=value_heads, output=seen");
  STEP("transpose", "axes=[0, 2, 1, 3]", "a=seen, output=turned");
  STEP("flatten", "start=2, end=3", "a=turned, output=together");
  ad__format(params, sizeof params, "dimension=%lld, use_bias=%s", (long long)dim, a->params[HEADS_BIAS].as.i ? "true" : "false");
  return put(m, a, "Linear", params, "input=together, output=output");
}
const ad_block_desc ad__block_MultiHeadAttention = {
    .name = "MultiHeadAttention",
    .doc = "Attention of several heads side by side, between a projection of each operand and one of the result (Vaswani and others, 2017).",
    .group = "layers",
    AD_BLOCK_PARAMS(heads_params),
    AD_BLOCK_TERMINALS(heads_terminals),
    .wired = "",
    .standard_inputs = "query",
    .build = heads_build,
    AD_BLOCK_SAMPLES({"dim=4, num_heads=2", "query: 1, 3, 5; key: 1, 2, 5; value: 1, 2, 5", "normal"},
                     {"dim=4, num_heads=1, is_causal=true, use_bias=false", "query: 2, 3, 4; key: 2, 3, 4; value: 2, 3, 4", "normal"}),
    AD_BLOCK_ERRORS({"dim=5, num_heads=2", "", AD_E_VALUE, "dim 5 for 2 heads"}),
};

/* ---- Transformer layers ---- */

enum { LAYER_DIM, LAYER_HEADS, LAYER_HIDDEN, LAYER_CAUSAL };
static const ad_field layer_params[] = {
    {.name = "dim", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "features"},
    {.name = "num_heads", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "heads of attention"},
    {.name = "hidden", .kind = AD_FIELD_INT, .doc = "features between the two linear maps; 4 dim by default"},
    {.name = "is_causal", .kind = AD_FIELD_FLAG, .doc = "places see those up to their own only", .has_default = true},
};
static const ad_block_terminal layer_terminals[] = {{.name = "input", .doc = "(N, T, dim)"}, {.name = "output", .output = true, .doc = "(N, T, dim)"}};

/* from -> LayerNorm -> Linear -> Gelu -> Linear, added to from. */
static ad_status feed_forward(ad_model *m, const ad_block_args *a, const char *from) {
  int64_t dim = a->params[LAYER_DIM].as.i, hidden = a->params[LAYER_HIDDEN].given ? a->params[LAYER_HIDDEN].as.i : 4 * dim;
  char params[40], wiring[80];
  ad__format(wiring, sizeof wiring, "input=%s, output=normal_feed", from);
  put(m, a, "LayerNorm", NULL, wiring);
  ad__format(params, sizeof params, "dimension=%lld", (long long)hidden);
  put(m, a, "Linear", params, "input=normal_feed, output=wide");
  put(m, a, "Gelu", NULL, "input=wide, output=bent");
  ad__format(params, sizeof params, "dimension=%lld", (long long)dim);
  put(m, a, "Linear", params, "input=bent, output=narrow");
  ad__format(wiring, sizeof wiring, "left=%s, right=narrow, output=output", from);
  return put(m, a, "Add", NULL, wiring);
}

static void attend(ad_model *m, const ad_block_args *a, const char *wiring, bool causal) {
  char params[120];
  ad__format(params, sizeof params, "dim=%lld, num_heads=%lld, is_causal=%s", (long long)a->params[LAYER_DIM].as.i, (long long)a->params[LAYER_HEADS].as.i,
             causal ? "true" : "false");
  put(m, a, "MultiHeadAttention", params, wiring);
}

static ad_status encoder_build(ad_model *m, const ad_block_args *a) {
  put(m, a, "LayerNorm", NULL, "input=input, output=normal");
  attend(m, a, "query=normal, key=normal, value=normal, output=seen", a->params[LAYER_CAUSAL].as.i);
  put(m, a, "Add", NULL, "left=input, right=seen, output=attended");
  return feed_forward(m, a, "attended");
}
const ad_block_desc ad__block_TransformerEncoderLayer = {
    .name = "TransformerEncoderLayer",
    .doc = "Attention of a sequence to itself and two linear maps, each on a normalised input and added to it.",
    .group = "layers",
    AD_BLOCK_PARAMS(layer_params),
    AD_BLOCK_TERMINALS(layer_terminals),
    .wired = "",
    .build = encoder_build,
    AD_BLOCK_SAMPLES({"dim=4, num_heads=2", "input: 1, 3, 4", "normal"}, {"dim=4, num_heads=1, hidden=3, is_causal=true", "input: 2, 3, 4", "normal"}),
    AD_BLOCK_ERRORS({"dim=4, num_heads=2", "input: 1, 3, 5", AD_E_VALUE, "5"}),
};

static const ad_block_terminal decoder_terminals[] = {
    {.name = "input", .doc = "(N, T, dim)"},
    {.name = "memory", .doc = "(N, S, dim), what an encoder gives"},
    {.name = "output", .output = true, .doc = "(N, T, dim)"},
};
static ad_status decoder_build(ad_model *m, const ad_block_args *a) {
  put(m, a, "LayerNorm", NULL, "input=input, output=normal");
  attend(m, a, "query=normal, key=normal, value=normal, output=seen", true);
  put(m, a, "Add", NULL, "left=input, right=seen, output=own");
  put(m, a, "LayerNorm", NULL, "input=own, output=normal_own");
  attend(m, a, "query=normal_own, key=memory, value=memory, output=remembered", false);
  put(m, a, "Add", NULL, "left=own, right=remembered, output=attended");
  return feed_forward(m, a, "attended");
}
const ad_block_desc ad__block_TransformerDecoderLayer = {
    .name = "TransformerDecoderLayer",
    .doc = "Attention of a sequence to itself up to each place, to memory, and two linear maps, each on a normalised input and added to it.",
    .group = "layers",
    AD_BLOCK_PARAMS(layer_params),
    AD_BLOCK_TERMINALS(decoder_terminals),
    .wired = "",
    .standard_inputs = "input",
    .build = decoder_build,
    AD_BLOCK_SAMPLES({"dim=4, num_heads=2", "input: 1, 3, 4; memory: 1, 2, 4", "normal"}),
};

/* ---- Stacks ---- */

enum { STACK_LAYERS = 4, STACK_FIELDS };
#define STACK_PARAMS                                                                                                                 \
  {.name = "dim", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "features"},                                              \
      {.name = "num_heads", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "heads of attention"},                          \
      {.name = "hidden", .kind = AD_FIELD_INT, .doc = "features between the two linear maps of a layer; 4 dim by default"},          \
      {.name = "is_causal", .kind = AD_FIELD_FLAG, .doc = "places see those up to their own only", .has_default = true},             \
      {.name = "num_layers", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many layers"}
static const ad_field stack_params[] = {STACK_PARAMS};

static void stack_layers(ad_model *m, const ad_block_args *a, const char *block, const char *first, bool causal, const char *more) {
  char params[160], wiring[160], hidden[40] = "";
  if (a->params[LAYER_HIDDEN].given) ad__format(hidden, sizeof hidden, ", hidden=%lld", (long long)a->params[LAYER_HIDDEN].as.i);
  ad__format(params, sizeof params, "dim=%lld, num_heads=%lld, is_causal=%s%s", (long long)a->params[LAYER_DIM].as.i, (long long)a->params[LAYER_HEADS].as.i,
             causal ? "true" : "false", hidden);
  for (int64_t i = 0; i < a->params[STACK_LAYERS].as.i; i++) {
    if (i) ad__format(wiring, sizeof wiring, "input=after%lld, output=after%lld%s", (long long)i - 1, (long long)i, more);
    else ad__format(wiring, sizeof wiring, "input=%s, output=after0%s", first, more);
    put(m, a, block, params, wiring);
  }
}

static ad_status stack_build(ad_model *m, const ad_block_args *a, const char *block, bool causal, const char *more) {
  char wiring[80];
  if (a->params[STACK_LAYERS].as.i < 1) return ad__block_fail(m, AD_E_VALUE, "num_layers %lld; 1 or more are right", (long long)a->params[STACK_LAYERS].as.i);
  stack_layers(m, a, block, "input", causal, more);
  ad__format(wiring, sizeof wiring, "input=after%lld, output=output", (long long)a->params[STACK_LAYERS].as.i - 1);
  return put(m, a, "LayerNorm", NULL, wiring);
}
static ad_status encoders_build(ad_model *m, const ad_block_args *a) { return stack_build(m, a, "TransformerEncoderLayer", a->params[LAYER_CAUSAL].as.i, ""); }
const ad_block_desc ad__block_TransformerEncoder = {
    .name = "TransformerEncoder",
    .doc = "Encoder layers, and a norm.",
    .group = "layers",
    AD_BLOCK_PARAMS(stack_params),
    AD_BLOCK_TERMINALS(layer_terminals),
    .wired = "",
    .build = encoders_build,
    AD_BLOCK_SAMPLES({"dim=4, num_heads=2, hidden=3, num_layers=2", "input: 1, 3, 4", "normal"}),
    AD_BLOCK_ERRORS({"dim=4, num_heads=2, num_layers=0", "", AD_E_VALUE, "num_layers 0"}),
};
static ad_status decoders_build(ad_model *m, const ad_block_args *a) { return stack_build(m, a, "TransformerDecoderLayer", true, ", memory=memory"); }
const ad_block_desc ad__block_TransformerDecoder = {
    .name = "TransformerDecoder",
    .doc = "Decoder layers, which all see memory, and a norm.",
    .group = "layers",
    AD_BLOCK_PARAMS(stack_params),
    AD_BLOCK_TERMINALS(decoder_terminals),
    .wired = "",
    .standard_inputs = "input",
    .build = decoders_build,
    AD_BLOCK_SAMPLES({"dim=4, num_heads=2, hidden=3, num_layers=2", "input: 1, 3, 4; memory: 1, 2, 4", "normal"}),
};

static const ad_block_terminal transformer_terminals[] = {
    {.name = "source", .doc = "(N, S, dim), what the encoder reads"},
    {.name = "target", .doc = "(N, T, dim), what the decoder reads"},
    {.name = "output", .output = true, .doc = "(N, T, dim)"},
};
static ad_status transformer_build(ad_model *m, const ad_block_args *a) {
  char params[200], hidden[40] = "";
  if (a->params[LAYER_HIDDEN].given) ad__format(hidden, sizeof hidden, ", hidden=%lld", (long long)a->params[LAYER_HIDDEN].as.i);
  ad__format(params, sizeof params, "dim=%lld, num_heads=%lld, num_layers=%lld%s", (long long)a->params[LAYER_DIM].as.i, (long long)a->params[LAYER_HEADS].as.i,
             (long long)a->params[STACK_LAYERS].as.i, hidden);
  put(m, a, "TransformerEncoder", params, "input=source, output=memory");
  return put(m, a, "TransformerDecoder", params, "input=target, memory=memory, output=output");
}
const ad_block_desc ad__block_Transformer = {
    .name = "Transformer",
    .doc = "An encoder, and a decoder that sees what it gives.",
    .group = "layers",
    AD_BLOCK_PARAMS(stack_params),
    AD_BLOCK_TERMINALS(transformer_terminals),
    .wired = "",
    .standard_inputs = "source",
    .build = transformer_build,
    AD_BLOCK_SAMPLES({"dim=4, num_heads=2, hidden=3, num_layers=1", "source: 1, 2, 4; target: 1, 3, 4", "normal"}),
};

/* ---- A language model ---- */

enum { GPT_VOCABULARY = STACK_FIELDS, GPT_CONTEXT };
static const ad_field gpt_params[] = {
    STACK_PARAMS,
    {.name = "vocabulary", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many tokens there are"},
    {.name = "context", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "the greatest number of places"},
};
static const ad_block_terminal gpt_terminals[] = {
    {.name = "input", .doc = "(N, T) of tokens, T up to context"},
    {.name = "output", .output = true, .doc = "(N, T, vocabulary), logits of the token that follows"},
};
static ad_status gpt_build(ad_model *m, const ad_block_args *a) {
  const ad_attr *p = a->params;
  char text[120];
  if (p[STACK_LAYERS].as.i < 1) return ad__block_fail(m, AD_E_VALUE, "num_layers %lld; 1 or more are right", (long long)p[STACK_LAYERS].as.i);
  ad__format(text, sizeof text, "num_embeddings=%lld, dim=%lld", (long long)p[GPT_VOCABULARY].as.i, (long long)p[LAYER_DIM].as.i);
  put(m, a, "Embedding", text, "input=input, output=tokens");
  put(m, a, "Size", "dim=1", "input=input, output=places");
  STEP("iota", NULL, "count=places, output=numbers");
  ad__format(text, sizeof text, "num_embeddings=%lld, dim=%lld", (long long)p[GPT_CONTEXT].as.i, (long long)p[LAYER_DIM].as.i);
  put(m, a, "Embedding", text, "input=numbers, output=positions");
  put(m, a, "Add", NULL, "left=tokens, right=positions, output=begun");
  stack_layers(m, a, "TransformerEncoderLayer", "begun", true, "");
  ad__format(text, sizeof text, "input=after%lld, output=normal", (long long)p[STACK_LAYERS].as.i - 1);
  put(m, a, "LayerNorm", NULL, text);
  ad__format(text, sizeof text, "dimension=%lld, use_bias=false", (long long)p[GPT_VOCABULARY].as.i);
  return put(m, a, "Linear", text, "input=normal, output=output");
}
const ad_block_desc ad__block_GPT = {
    .name = "GPT",
    .doc = "A transformer that says of every place which token follows (Radford and others, 2019), with trained positions.",
    .group = "layers",
    AD_BLOCK_PARAMS(gpt_params),
    AD_BLOCK_TERMINALS(gpt_terminals),
    .wired = "",
    .build = gpt_build,
    AD_BLOCK_SAMPLES({"dim=4, num_heads=2, hidden=3, num_layers=2, vocabulary=6, context=5", "input: int32[2, 3] index:6", "normal"}),
};
