/* Embeddings and attention. */
#include "base/str.h"
#include "model/block_desc.h"

#define STEP(op, attrs, wiring) ad_model_extend(m, ad_model_op(a->ctx, op, attrs), wiring)

enum { EMBEDDING_COUNT, EMBEDDING_DIM };
static const ad_field embedding_params[] = {
    {.name = "num_embeddings", .kind = AD_FIELD_INT, .doc = "rows of weight; absent: those it has"},
    {.name = "dim", .kind = AD_FIELD_INT, .doc = "their size; absent: that of weight"},
};
static const ad_block_terminal embedding_terminals[] = {
    {.name = "input", .doc = "integers of any shape"},
    {.name = "weight", .trainable = true, .init = "normal fan_in", .doc = "(num_embeddings, dim)"},
    {.name = "output", .output = true, .doc = "the row of each"},
};
static ad_status embedding_build(ad_model *m, const ad_block_args *a) {
  char text[80], rows[24] = "None", dim[24] = "None";
  if (a->params[EMBEDDING_COUNT].given) ad__format(rows, sizeof rows, "%lld", (long long)a->params[EMBEDDING_COUNT].as.i);
  if (a->params[EMBEDDING_DIM].given) ad__format(dim, sizeof dim, "%lld", (long long)a->params[EMBEDDING_DIM].as.i);
  STEP("take", "axis=0", "a=weight, indices=input, output=output");
  ad__format(text, sizeof text, "weight: %s, %s", rows, dim);
  ad_model_set_shapes(m, text);
  return ad_model_set_types(m, "input: tensor[int]");
}
const ad_block_desc ad__block_Embedding = {
    .name = "Embedding",
    .doc = "The rows of weight that input names.",
    .group = "attention",
    AD_BLOCK_PARAMS(embedding_params),
    AD_BLOCK_TERMINALS(embedding_terminals),
    .wired = "",
    .build = embedding_build,
    .numpy = "weight[input]",
    AD_BLOCK_SAMPLES({"num_embeddings=5, dim=3", "input: int32[2, 4] index:5", "normal"}),
};

enum { ATTENTION_CAUSAL, ATTENTION_SCALE, ATTENTION_MASK };
static const ad_field attention_params[] = {
    {.name = "is_causal", .kind = AD_FIELD_FLAG, .doc = "queries see keys up to their own place only", .has_default = true, .default_num = 1},
    {.name = "scale", .kind = AD_FIELD_NUM, .doc = "factor of the products; absent: 1 / sqrt(d)"},
    {.name = "use_attn_mask", .kind = AD_FIELD_FLAG, .doc = "whether there is a mask", .has_default = true},
};
static const ad_block_terminal attention_terminals[] = {
    {.name = "query", .doc = "(N, heads, T, d)"},
    {.name = "key", .doc = "(N, heads, S, d)"},
    {.name = "value", .doc = "(N, heads, S, e)"},
    {.name = "attn_mask", .only_if = "use_attn_mask", .doc = "(T, S) or more in front: truth values, or what is added to the products"},
    {.name = "output", .output = true, .doc = "(N, heads, T, e)"},
};
static ad_status attention_build(ad_model *m, const ad_block_args *a) {
  char scale[40] = "factor", wiring[200], attrs[80];
  const ad_attr *p = a->params;
  if (p[ATTENTION_SCALE].given) ad__format(scale, sizeof scale, "%.17g", p[ATTENTION_SCALE].as.f[0]);
  else {
    ad_model_extend(m, ad_block(a->ctx, "Size", "dim=-1"), "input=query, output=width");
    STEP("power", NULL, "a=width, b=-0.5, output=factor");
  }
  bool mask = p[ATTENTION_MASK].as.i != 0;
  ad__format(wiring, sizeof wiring, "q=query, k=key, v=value, %sscale=%s, output=output", mask ? "mask=attn_mask, " : "", scale);
  ad__format(attrs, sizeof attrs, "sinks=none%s%s", mask ? "" : ", mask=none", p[ATTENTION_CAUSAL].as.i ? ", causal=true" : "");
  return STEP("fast_scaled_dot_product_attention", attrs, wiring);
}
const ad_block_desc ad__block_ScaledDotProduct = {
    .name = "ScaledDotProduct",
    .doc = "softmax(query key^T scale) value, without keeping the products (Vaswani and others, 2017).",
    .group = "attention",
    AD_BLOCK_PARAMS(attention_params),
    AD_BLOCK_TERMINALS(attention_terminals),
    .wired = "",
    .standard_inputs = "query",
    .build = attention_build,
    .numpy = "(lambda s: (lambda e: e / e.sum(-1, keepdims=True))(np.exp(s - s.max(-1, keepdims=True))) @ value)("
             "query @ np.swapaxes(key, -1, -2) * (query.shape[-1] ** -0.5 if scale is None else scale) + "
             "(np.where(np.tril(np.ones((query.shape[-2], key.shape[-2]))) > 0, 0, -np.inf) if is_causal else 0) + (attn_mask if use_attn_mask else 0))",
    AD_BLOCK_SAMPLES({"", "query: 1, 2, 3, 4; key: 1, 2, 3, 4; value: 1, 2, 3, 4", "normal"},
                     {"is_causal=false, scale=0.5", "query: 1, 1, 2, 4; key: 1, 1, 5, 4; value: 1, 1, 5, 4", "normal"}),
};
