/* The verifier's first half: what a graph must be as data, whatever its ops mean.
 *
 * Each check is one function that says what is broken and returns false; the first one ends the walk. That types follow from
 * the ops' relations is checked above (src/ops/graph_verify.c). */
#include <string.h>
#include "ir/ctx.h"
#include "ir/graph.h"

typedef struct graph_check {
  const ad_graph *g;
  ad_err *err;
} graph_check;

static bool broken(graph_check *k, int node, const char *fmt, ...) AD_FORMAT(3, 4);
static bool broken(graph_check *k, int node, const char *fmt, ...) {
  ad_err e;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, AD_E_VALUE, fmt, ap);
  va_end(ap);
  const ad_array *a = node >= 0 ? k->g->nodes.at[node] : NULL;
  if (node < 0) ad__fail(k->err, AD_E_VALUE, "verify: graph %s: %s", k->g->name, e.text);
  else
    ad__fail(k->err, AD_E_VALUE, "verify: graph %s: node %d (%s): %s", k->g->name, node, a && a->op ? a->op->name : "no op",
             e.text);
  return false;
}

/* ---- One node ---- */

static bool check_identity(graph_check *k, int i) {
  const ad_array *a = k->g->nodes.at[i];
  if (!a || !a->op || !a->type) return broken(k, i, "it lacks an op or a type");
  if ((a->flags & (AD_NODE_GRAPH | AD_NODE_IMMORTAL)) != (AD_NODE_GRAPH | AD_NODE_IMMORTAL) || a->graph != k->g)
    return broken(k, i, "it is not owned by the graph; a node belongs to one graph");
  if (a->ctx != k->g->ctx) return broken(k, i, "it belongs to another context");
  if (a->serial != (uint64_t)i) return broken(k, i, "its serial is %llu; its position is right", (unsigned long long)a->serial);
  if (a->type->kind == AD_KIND_ERROR || a->state == AD_FAILED) return broken(k, i, "it is an error; a node of a graph is none");
  return true;
}

static bool check_inputs(graph_check *k, int i) {
  const ad_array *a = k->g->nodes.at[i];
  int n = a->n, most = a->op->inputs;
  if (most != AD_INPUTS_ANY && n != most) return broken(k, i, "%d inputs; %d are right", n, most);
  for (int j = 0; j < n; j++) {
    const ad_array *x = a->in[j];
    if (!x && (most == AD_INPUTS_ANY || j < most - a->op->optional)) return broken(k, i, "input %d is missing", j);
    if (!x) continue;
    if (!(x->flags & AD_NODE_GRAPH)) return broken(k, i, "input %d is no node of a graph", j);
    if (x->graph != k->g)
      return broken(k, i, "input %d is a node of another graph; what a region uses from outside is a parameter of it", j);
    if (x->serial >= (uint64_t)i || k->g->nodes.at[x->serial] != x)
      return broken(k, i, "input %d does not stand before it; nodes in order are right", j);
  }
  return true;
}

static bool check_attrs(graph_check *k, int i) {
  enum { FEW = 8, MOST_FIELDS = 24 };
  const ad_array *a = k->g->nodes.at[i];
  int fields = a->op->field_count, ranks[FEW];
  if ((a->flags & AD_NODE_CONST) || !fields) return true;
  if (!a->attrs || a->attrs->count != fields || fields > MOST_FIELDS) return broken(k, i, "its attributes are not the op's");
  for (int j = 0; j < a->n && j < FEW; j++) ranks[j] = a->in[j] ? a->in[j]->type->rank : -1;
  ad_attr at[MOST_FIELDS];
  ad_attr_storage storage;
  ad_err e;
  memcpy(at, a->attrs->at, (size_t)fields * sizeof *at);
  if (ad__attrs_canonical(a->op, at, ranks, a->n < FEW ? a->n : FEW, &storage, &e)) return broken(k, i, "%s", e.text);
  return ad__attrs_equal(a->op, at, a->attrs->at) || broken(k, i, "its attributes are not in canonical form");
}

static bool check_value(graph_check *k, int i) {
  const ad_array *a = k->g->nodes.at[i];
  bool constant = a->flags & AD_NODE_CONST;
  if (constant != (a->state == AD_DONE)) return broken(k, i, "a value where none belongs, or none where one belongs");
  if (!constant) return !a->value.buf || broken(k, i, "it has a value and is no constant");
  if (a->n) return broken(k, i, "a constant with inputs");
  if (a->type->kind != AD_KIND_TENSOR || a->type->size < 0) return broken(k, i, "a constant's size must be known");
  if (!a->value.buf || !a->value.data) return broken(k, i, "a constant without a value");
  if (!a->value.strides && a->value.buf->bytes < a->type->bytes) return broken(k, i, "its value is smaller than its type");
  return (!(a->flags & AD_NODE_WEAK) || a->attrs) || broken(k, i, "a weak number without its number");
}

static bool check_regions(graph_check *k, int i, int *depth) {
  const ad_array *a = k->g->nodes.at[i];
  for (int f = 0; a->attrs && f < a->op->field_count; f++) {
    const ad_attr *at = &a->attrs->at[f];
    if (a->op->fields[f].kind != AD_FIELD_GRAPH || !at->given) continue;
    const ad_graph *r = at->as.graph;
    const char *field = a->op->fields[f].name;
    if (!r || r->error) return broken(k, i, "its region %s is missing or failed", field);
    if (r->ctx != k->g->ctx) return broken(k, i, "its region %s is of another context", field);
    if (!r->frozen) return broken(k, i, "its region %s may still change; a frozen one is right", field);
    if (r->depth >= AD_MAX_REGION_DEPTH || r->depth >= k->g->depth)
      return broken(k, i, "its region %s is as deep as the graph", field);
    if (r->depth + 1 > *depth) *depth = r->depth + 1;
    if (ad__graph_check(r, k->err)) return false;
  }
  return true;
}

/* ---- The whole ---- */

static bool check_params(graph_check *k) {
  const ad_graph *g = k->g;
  int next = 0;
  for (int i = 0; i < g->nodes.count; i++) {
    if (g->nodes.at[i]->op != &ad__op_param) continue;
    if (next >= g->params.count || g->params.at[next] != g->nodes.at[i])
      return broken(k, i, "a parameter that the graph's list lacks there; every parameter in order is right");
    if (!g->names[i]) return broken(k, i, "a parameter without a name");
    next++;
  }
  return next == g->params.count || broken(k, -1, "%d parameters, %d are nodes", g->params.count, next);
}

static bool check_names(graph_check *k) {
  const ad_graph *g = k->g;
  size_t named = 0;
  for (int i = 0; i < g->nodes.count; i++) {
    const char *s = g->names[i];
    if (!s) continue;
    named++;
    if (!ad__name_is_valid(s, strlen(s)) || ad__word_is_reserved(s, strlen(s))) return broken(k, i, "a name that is none");
    if (ad__graph_find(g, s, strlen(s)) != g->nodes.at[i]) return broken(k, i, "its name %.60s finds another node", s);
  }
  return named == g->by_name.count || broken(k, -1, "names of nodes that do not exist");
}

static bool check_results(graph_check *k) {
  const ad_graph *g = k->g;
  for (int i = 0; i < g->results.count; i++) {
    const ad_array *a = g->results.at[i];
    if (!ad__graph_owns(g, a) || a->serial >= (uint64_t)g->nodes.count || g->nodes.at[a->serial] != a)
      return broken(k, -1, "result %d is no node of it", i);
  }
  return true;
}

/* Recursion through regions ends where their depth, which falls each time, reaches 0. */
ad_status ad__graph_check(const ad_graph *g, ad_err *e) {
  graph_check k = {g, e};
  int depth = 0;
  e->code = AD_OK;
  if (g->error) return ad__fail(e, g->error, "%s", g->error_text);
  for (int i = 0; i < g->nodes.count; i++)
    if (!check_identity(&k, i) || !check_inputs(&k, i) || !check_attrs(&k, i) || !check_value(&k, i) ||
        !check_regions(&k, i, &depth))
      return e->code;
  if (depth != g->depth && broken(&k, -1, "its depth is %d; %d is right", g->depth, depth)) return e->code;
  if (!e->code && check_params(&k) && check_names(&k)) check_results(&k);
  return e->code;
}
