/* Weights outside the text: constants that printed C reads from the data section of a safetensors file.
 *
 *   void net(const float *x, float *y, const unsigned char *weights) {
 *     const float *const w1 = (const float *)(const void *)(weights + NET_AT_w1);
 *
 * Which constants these are, and where each lies, follows from the graph alone: those that have names, and of the others those that are
 * long and not one number again and again, in the order of the library's own files (base/tensor_order.h). So a program and its file are
 * made apart, and fit, and another file of the same names and shapes fits too. */
#include <adamant/emit.h>

#include <string.h>
#include "base/sort.h"
#include "base/tensor_order.h"
#include "emit/emit_c.h"
#include "ir/ctx.h"
#include "ops/graph_build.h"

enum { INSIDE = 16 }; /* numbers without a name that stand in the text in any case */

static bool is_same(const ad_array *a, const int64_t *strides, int axis, const char *at) {
  if (axis == a->type->rank) return memcmp(at, a->value.data, a->type->item_size) == 0;
  for (int64_t i = 0; i < a->type->dims[axis]; i++)
    if (!is_same(a, strides, axis + 1, at + i * strides[axis])) return false;
  return true;
}

bool ad__c_is_uniform(const ad_array *a) {
  int64_t dense[AD_MAX_RANK];
  ad__type_strides(a->type, dense);
  return is_same(a, a->value.strides ? a->value.strides : dense, 0, a->value.data);
}

static bool is_weight(const ad_graph *g, const ad_array *a) {
  if (!(a->flags & AD_NODE_CONST) || a->type->kind != AD_KIND_TENSOR || a->type->size < 1) return false;
  return g->names[a->serial] || (a->type->size > INSIDE && !ad__c_is_uniform(a));
}

static bool comes_first(const void *one, const void *other, const void *user) {
  const c_weight *a = one, *b = other;
  (void)user;
  return ad__tensor_before(a->a->type->dtype, a->name, strlen(a->name), b->a->type->dtype, b->name, strlen(b->name));
}

/* Names of tensors are those of the graph; those that have none are "weight", numbered. */
static const char *name_of(const ad_graph *g, const ad_array *a, ad_arena *arena, int *unnamed) {
  char name[24];
  if (g->names[a->serial]) return g->names[a->serial];
  do {
    ++*unnamed;
    ad__format(name, sizeof name, *unnamed > 1 ? "weight_%d" : "weight", *unnamed);
  } while (ad__graph_find(g, name, strlen(name)));
  const char *kept = ad__arena_text(arena, name, strlen(name));
  return kept ? kept : "";
}

bool ad__c_find_weights(const ad_graph *g, const bool *needed, ad_arena *arena, c_weights *out) {
  int unnamed = 0;
  size_t at = 0;
  *out = (c_weights){.at = ad__arena_array(arena, (size_t)g->nodes.count + 1, sizeof *out->at, _Alignof(c_weight))};
  if (!out->at) return false;
  for (int i = 0; i < g->nodes.count; i++)
    if (needed[i] && is_weight(g, g->nodes.at[i])) out->at[out->n++] = (c_weight){.a = g->nodes.at[i], .name = name_of(g, g->nodes.at[i], arena, &unnamed)};
  ad__sort(out->at, (size_t)out->n, sizeof *out->at, comes_first, NULL);
  for (int i = 0; i < out->n; i++) {
    out->at[i].offset = at;
    at += out->at[i].a->type->bytes;
  }
  out->bytes = at;
  return true;
}

const c_weight *ad__c_weight_of(const c_weights *w, const ad_array *a) {
  for (int i = 0; i < w->n; i++)
    if (w->at[i].a == a) return &w->at[i];
  return NULL;
}

/* ---- The record ---- */

static ad_array *record_of(ad_place where, ad_ctx *c, const c_weights *w) {
  size_t bytes = ((size_t)w->n + 1) * (sizeof(ad_array *) + sizeof(char *));
  ad_array **items = ad__mem_zeroed(&c->mem, bytes), *bad = items ? NULL : c->out_of_memory;
  const char **names = (const char **)(void *)(items + (items ? w->n : 0));
  for (int i = 0; i < w->n && !bad; i++) {
    items[i] = ad__scope_take_error(ad__constant_over(c, where, w->at[i].a->type, &w->at[i].a->value, NULL));
    names[i] = w->at[i].name;
    if (ad__is_error(items[i])) bad = items[i];
  }
  ad_array *y = bad ? bad : ad_record_at(where, c, names, items, w->n);
  ad__mem_give(&c->mem, items, items ? bytes : 0);
  return y;
}

static ad_array *weights_of(ad_place where, ad_graph *g, ad_err *e) {
  ad_ctx *c = g->ctx;
  ad_graph *lowered = g->error ? NULL : ad__c_lower(g, ad__graph_is_symbolic(g), e);
  if (g->error) ad__fail(e, g->error, "%s", g->error_text);
  if (!lowered) return NULL;
  c_weights w;
  ad_arena arena;
  ad__arena_init(&arena, &c->mem);
  bool *needed = ad__arena_zeroed(&arena, (size_t)lowered->nodes.count + 1, 1);
  bool ok = needed != NULL;
  if (ok) ad__emit_mark_needed(lowered, needed);
  ok = ok && ad__c_find_weights(lowered, needed, &arena, &w);
  ad_graph *building = c->building;
  c->building = NULL;
  ad_array *y = ok ? record_of(where, c, &w) : c->out_of_memory;
  c->building = building;
  ad__arena_free(&arena);
  ad_graph_free(lowered);
  return y;
}

ad_array *ad_emit_weights_at(ad_place where, ad_graph *g) {
  if (!g || !g->ctx) return ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL);
  ad_err e = {AD_OK, ""};
  ad_scope *s = ad_scope_begin(g->ctx);
  ad_array *y = weights_of(where, g, &e);
  if (!y) y = ad__scope_take_error(ad__node_errorf(g->ctx, where, NULL, e.code, "emit: %s", e.text));
  return ad_scope_end(s, y);
}
