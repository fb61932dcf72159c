/* The walk that every pass is, the order of passes, and what nodes are compared by. */
#include "compile/pass.h"

#include <string.h>
#include "ops/graph_build.h"
#include "runtime/region_frame.h"

const ad_pass ad__passes[] = {
    {"expand", ad__pass_expand}, {"fold", ad__pass_fold},   {"simplify", ad__pass_simplify},
    {"sink", ad__pass_sink},     {"share", ad__pass_share}, {"prune", ad__pass_prune}, {NULL, NULL},
};

/* ---- The walk ---- */

static void mark(const ad_graph *g, uint8_t *needed) {
  for (int i = 0; i < g->params.count; i++) needed[g->params.at[i]->serial] = 1;
  for (int i = 0; i < g->results.count; i++) needed[g->results.at[i]->serial] = 1;
  for (int i = g->nodes.count; i-- > 0;) {
    ad__graph_fetch(g, i, -1);
    for (int k = 0; needed[i] && k < g->nodes.at[i]->n; k++)
      if (g->nodes.at[i]->in[k]) needed[g->nodes.at[i]->in[k]->serial] = 1;
  }
}

ad_array *ad__pass_copy(ad_passing *p, ad_array *a, ad_array *const *in) {
  ad_ctx *c = p->ctx;
  if (a->flags & AD_NODE_CONST) return ad__constant_over(c, a->where, a->type, &a->value, a->flags & AD_NODE_WEAK ? a : NULL);
  if (a->op->flags & AD_OP_PROJECTS) return ad_item_at(a->where, in[0], (int)ad__attr(a, 0)->as.i);
  return ad__node_new(c, a->where, a->op, a->type, in, a->n, a->attrs ? a->attrs->at : NULL);
}

static ad_array *visit_one(ad_passing *p, ad_visit visit, ad_array *a, ad_array *const *in) {
  const char *name = p->from->names[a->serial];
  if (a->op == &ad__op_param) return ad__graph_param(p->to, name, strlen(name), a->type);
  p->ctx->rule_where = a->where;
  ad_array *y = visit ? visit(p, a, in) : NULL;
  return y ? y : ad__pass_copy(p, a, in);
}

static int widest(const ad_graph *g) {
  int n = 1;
  for (int i = 0; i < g->nodes.count; i++)
    if (g->nodes.at[i]->n > n) n = g->nodes.at[i]->n;
  return n;
}

/* What stands for the operands of a node that is soon reached. */
static void fetch_made(const ad_graph *g, ad_array *const *made, int i) {
  enum { SOON = AD_FETCH_AHEAD / 3 };
  if (i + SOON >= g->nodes.count) return;
  const ad_array *a = g->nodes.at[i + SOON];
  for (int k = 0; k < a->n; k++)
    if (a->in[k]) AD_PREFETCH(made[a->in[k]->serial]);
}

static void walk(ad_passing *p, ad_visit visit, ad_array **made, ad_array **in, const uint8_t *needed) {
  const ad_graph *g = p->from;
  for (int i = 0; i < g->nodes.count && !p->to->error; i++) {
    ad_array *a = g->nodes.at[i];
    if (!needed[i]) continue;
    ad__graph_fetch(g, i, 1);
    fetch_made(g, made, i);
    for (int k = 0; k < a->n; k++) in[k] = a->in[k] ? made[a->in[k]->serial] : NULL;
    made[i] = visit_one(p, visit, a, in);
    if (ad__is_error(made[i])) ad__graph_fail(p->to, made[i]->u.failure->code, "%s", made[i]->u.failure->text);
  }
  for (int i = 0; i < g->results.count && !p->to->error; i++) ad_graph_result(p->to, made[g->results.at[i]->serial]);
}

ad_graph *ad__pass_over(const ad_graph *g, ad_visit visit, void *own) {
  ad_ctx *c = g->ctx;
  ad_passing p = {.ctx = c, .from = g, .to = ad_graph_new(c, g->name), .own = own};
  size_t n = (size_t)g->nodes.count + (size_t)widest(g), bytes = n * (sizeof(ad_array *) + 1);
  ad_array **made = ad__mem_zeroed(&c->mem, bytes);
  if (!made) ad__graph_fail(p.to, AD_E_MEMORY, "out of memory");
  if (p.to->error) {
    ad__mem_give(&c->mem, made, made ? bytes : 0);
    return p.to;
  }
  uint8_t *needed = (uint8_t *)(made + n);
  ad_graph *outer = c->building;
  ad_place place = c->rule_where;
  ad_scope *s = ad_scope_begin(c);
  c->building = p.to;
  mark(g, needed);
  walk(&p, visit, made, made + g->nodes.count, needed);
  c->building = outer;
  c->rule_where = place;
  ad_scope_end(s, NULL);
  ad__mem_give(&c->mem, made, bytes);
  return p.to;
}

ad_graph *ad__pass_prune(ad_graph *g) {
  uint8_t *needed = ad__mem_zeroed(&g->ctx->mem, (size_t)g->nodes.count + 1);
  bool all = needed != NULL;
  if (needed) mark(g, needed);
  for (int i = 0; i < g->nodes.count && all; i++) all = needed[i];
  ad__mem_give(&g->ctx->mem, needed, needed ? (size_t)g->nodes.count + 1 : 0);
  return all ? g : ad__pass_over(g, NULL, NULL);
}

ad_graph *ad__pass_failed(const ad_graph *g) {
  ad_graph *failed = ad_graph_new(g->ctx, g->name);
  ad__graph_fail(failed, AD_E_MEMORY, "out of memory");
  return failed;
}

/* Kernels run regions lowered in the same way; the graph keeps what was made. */
ad_graph *ad__pass_expand(ad_graph *g) {
  if (!ad__region_lower(g)) return ad__pass_failed(g);
  if (g->lowered == g) return g;
  g->lowered->refs++;
  g->lowered->held = true;
  return g->lowered;
}

/* ---- Comparing nodes ---- */

static uint64_t hash_bytes(uint64_t h, const void *p, size_t n) {
  const unsigned char *b = p;
  uint64_t word = 0;
  for (; n >= 8; n -= 8, b += 8) {
    memcpy(&word, b, 8);
    h = ad__hash_add(h, word);
  }
  for (word = n; n > 0; n--) word = word << 8 | *b++;
  return ad__hash_add(h, word);
}

static uint64_t attr_hash(uint64_t h, ad_field_kind kind, const ad_attr *a) {
  if (!a->given) return ad__hash_add(h, 1);
  switch (kind) {
  case AD_FIELD_AXES: case AD_FIELD_PERM: case AD_FIELD_SHAPE: case AD_FIELD_INTS: case AD_FIELD_NUMS:
    return hash_bytes(h, a->as.ints, (size_t)a->count * 8);
  case AD_FIELD_TEXT: return hash_bytes(h, a->as.text, strlen(a->as.text));
  case AD_FIELD_NUM: case AD_FIELD_SCALAR: return hash_bytes(h, a->as.f, sizeof a->as.f);
  case AD_FIELD_GRAPH: return ad__hash_add(h, (uint64_t)(uintptr_t)a->as.graph);
  default: return ad__hash_add(h, (uint64_t)a->as.i);
  }
}

/* Constants of up to so many bytes are compared by what they hold, larger ones by where they lie. */
enum { LOOKED_AT = 256 };
static bool is_looked_at(const ad_array *a) { return a->type->bytes <= LOOKED_AT && ad__value_contiguous(&a->value); }

uint64_t ad__node_hash(const ad_array *a) {
  uint64_t h = ad__hash_add((uint64_t)(uintptr_t)a->op, (uint64_t)(uintptr_t)a->type);
  if (a->flags & AD_NODE_CONST)
    return is_looked_at(a) ? hash_bytes(h, a->value.data, a->type->bytes) : ad__hash_add(h, (uint64_t)(uintptr_t)a->value.data);
  for (int i = 0; a->attrs && i < a->op->field_count; i++) h = attr_hash(h, a->op->fields[i].kind, &a->attrs->at[i]);
  return h;
}

static bool same_strides(const ad_array *a, const ad_array *b) {
  if (!a->value.strides || !b->value.strides) return a->value.strides == b->value.strides;
  return memcmp(a->value.strides, b->value.strides, (size_t)a->type->rank * sizeof *a->value.strides) == 0;
}

bool ad__node_same(const ad_array *a, const ad_array *b) {
  if (a->op != b->op || a->type != b->type || ((a->flags ^ b->flags) & (AD_NODE_CONST | AD_NODE_WEAK))) return false;
  if (a->flags & AD_NODE_CONST) {
    if (is_looked_at(a) && is_looked_at(b)) return memcmp(a->value.data, b->value.data, a->type->bytes) == 0;
    return a->value.data == b->value.data && same_strides(a, b);
  }
  return !a->attrs || ad__attrs_equal(a->op, a->attrs->at, b->attrs->at);
}
