/* Lowering a region: its nodes made again, composites without a kernel expanded, until none is left. */
#include "runtime/region_frame.h"

#include <adamant/ops.h>
#include <string.h>
#include "ops/graph_build.h"
#include "ops/registry.h"

static bool needs_expansion(const ad_array *a) {
  return !(a->flags & AD_NODE_CONST) && a->op != &ad__op_param && a->op->compose && !ad__kernel_of(a);
}

static bool has_composites(const ad_graph *g) {
  for (int i = 0; i < g->nodes.count; i++)
    if (needs_expansion(g->nodes.at[i])) return true;
  return false;
}

static ad_array *again(ad_graph *to, ad_array *a, ad_array **in) {
  ad_ctx *c = to->ctx;
  const ad_attr *at = a->attrs ? a->attrs->at : NULL;
  if (a->flags & AD_NODE_CONST)
    return ad__constant_over(c, a->where, a->type, &a->value, a->flags & AD_NODE_WEAK ? a : NULL);
  if (needs_expansion(a)) {
    ad_rule r = {.ctx = c, .op = a->op, .n = a->n, .in = in, .attrs = at};
    return ad__graph_adopt(to, a->op->compose(&r));
  }
  if (a->op->flags & AD_OP_PROJECTS) return ad_item_at(a->where, in[0], (int)at[0].as.i);
  return ad__node_new(c, a->where, a->op, a->type, in, a->n, at);
}

/* One level of composites expanded, into a new graph; NULL when it failed. */
static ad_graph *expanded(const ad_graph *g) {
  ad_ctx *c = g->ctx;
  ad_graph *to = ad_graph_new(c, g->name);
  size_t widest = 1, n = (size_t)g->nodes.count;
  for (size_t i = 0; i < n; i++)
    if (g->nodes.at[i]->n > widest) widest = g->nodes.at[i]->n;
  ad_array **made = ad__mem_zeroed(&c->mem, (n + widest) * sizeof *made);
  if (!made) ad__graph_fail(to, AD_E_MEMORY, "out of memory");
  ad_graph *outer = c->building;
  ad_place place = c->rule_where;
  ad_scope *s = ad_scope_begin(c);
  c->building = to;
  for (size_t i = 0; i < n && !to->error; i++) {
    ad_array *a = g->nodes.at[i], **in = made + n;
    c->rule_where = a->where;
    for (int k = 0; k < a->n; k++) in[k] = a->in[k] ? made[a->in[k]->serial] : NULL;
    const char *name = g->names[i];
    made[i] = a->op == &ad__op_param ? ad__graph_param(to, name, strlen(name), a->type) : again(to, a, in);
    if (ad__is_error(made[i])) ad__graph_fail(to, made[i]->u.failure->code, "%s", made[i]->u.failure->text);
  }
  c->building = outer;
  c->rule_where = place;
  for (int i = 0; i < g->results.count && !to->error; i++) ad_graph_result(to, made[g->results.at[i]->serial]);
  ad_scope_end(s, NULL);
  ad__mem_give(&c->mem, made, made ? (n + widest) * sizeof *made : 0);
  if (!to->error) return to;
  ad_graph_free(to);
  return NULL;
}

bool ad__regions_lower(const ad_array *node) {
  for (int i = 0; node->attrs && i < node->op->field_count; i++)
    if (node->op->fields[i].kind == AD_FIELD_GRAPH && node->attrs->at[i].given && !ad__region_lower(node->attrs->at[i].as.graph))
      return false;
  return true;
}

/* Recursion through regions ends at AD_MAX_REGION_DEPTH. */
bool ad__region_lower(ad_graph *g) {
  if (g->lowered) return true;
  if (ad__graph_is_symbolic(g)) return false;
  ad_graph *now = g;
  now->refs++;
  while (has_composites(now)) {
    ad_graph *next = expanded(now);
    ad__graph_drop(now);
    if (!next) return false;
    next->held = false; /* the reference is ours from here on */
    now = next;
  }
  bool ok = true;
  for (int i = 0; i < now->nodes.count && ok; i++) ok = ad__regions_lower(now->nodes.at[i]);
  if (ok && now != g) g->lowered = now;
  else ad__graph_drop(now);
  if (ok && now == g) g->lowered = g;
  return ok;
}
