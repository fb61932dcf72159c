/* Tracing: a lazy expression becomes a graph.
 *
 * Walk from the outputs to what is an input, evaluated or given; sort by serial, which is program order; copy. Types are
 * taken over, since the same checks have made them. Both lists of the walk are the context's, reserved as nodes were made. */
#include <string.h>
#include "base/sort.h"
#include "ir/ctx.h"
#include "ops/graph_build.h"

/* Marks of a walk, as in evaluation: a node met has visit == epoch, and `uses` is then its position in the graph. */
enum { EPOCH_STEP = 4 };

static bool by_serial(const void *a, const void *b, const void *user) {
  (void)user;
  return ((const ad_step *)a)->node->serial < ((const ad_step *)b)->node->serial;
}

static bool is_leaf(const ad_array *a) {
  return a->state == AD_DONE && !((a->op->flags & AD_OP_HOLDS) && a->n == a->type->rank);
}

static size_t meet(ad_ctx *c, ad_array *a, size_t sp) {
  if (!a || a->visit == c->epoch) return sp;
  a->visit = c->epoch;
  c->stack[sp++] = a;
  return sp;
}

/* Everything the outputs need and the inputs do not stop, into c->steps in order; returns how many. */
static size_t collect(ad_ctx *c, ad_array *const *outputs, int m) {
  size_t count = 0, sp = 0;
  for (int i = 0; i < m; i++) {
    sp = meet(c, outputs[i], sp);
    while (sp) {
      ad_array *a = c->stack[--sp];
      c->steps[count++].node = a;
      for (int k = 0; k < a->n && !is_leaf(a); k++) sp = meet(c, a->in[k], sp);
    }
  }
  ad__sort(c->steps, count, sizeof *c->steps, by_serial, NULL);
  return count;
}

static ad_array *copy_node(ad_graph *g, ad_array *a, ad_array **in) {
  if (is_leaf(a)) return ad__graph_adopt(g, a);
  for (int i = 0; i < a->n; i++) in[i] = a->in[i] ? g->nodes.at[a->in[i]->uses] : NULL;
  ad_array *y = ad__node_new(g->ctx, a->where, a->op, a->type, in, a->n, a->attrs ? a->attrs->at : NULL);
  if (!ad__is_error(y)) y->flags |= a->flags & AD_NODE_WEAK;
  return y;
}

static void copy_all(ad_graph *g, size_t count) {
  ad_ctx *c = g->ctx;
  size_t widest = 1;
  for (size_t i = 0; i < count; i++)
    if (c->steps[i].node->n > widest) widest = c->steps[i].node->n;
  ad_array **in = ad__mem_take(&c->mem, widest * sizeof *in);
  if (!in) ad__graph_fail(g, AD_E_MEMORY, "out of memory");
  for (size_t i = 0; i < count && !g->error; i++) {
    ad_array *a = c->steps[i].node, *y = copy_node(g, a, in);
    if (ad__is_error(y)) ad__graph_fail(g, y->u.failure->code, "%s", y->u.failure->text);
    else a->uses = (uint32_t)y->serial;
    if (ad__is_error(y)) ad__node_discard(y);
  }
  ad__mem_give(&c->mem, in, in ? widest * sizeof *in : 0);
}

static void add_params(ad_graph *g, ad_array *const *inputs, int n) {
  ad_ctx *c = g->ctx;
  char name[24];
  for (int i = 0; i < n && !g->error; i++) {
    size_t length = ad__format(name, sizeof name, "x%d", i);
    ad_array *p = ad__graph_param(g, name, length, inputs[i]->type);
    if (ad__is_error(p)) ad__node_discard(p);
    if (ad__is_error(p) || inputs[i]->visit == c->epoch) continue;
    inputs[i]->visit = c->epoch;
    inputs[i]->uses = (uint32_t)p->serial;
  }
}

static bool check_handles(ad_graph *g, ad_array *const *a, int n, const char *what) {
  if (n < 0 || (n && !a)) ad__graph_fail(g, AD_E_VALUE, "trace: no %ss; a list of arrays is right", what);
  for (int i = 0; i < n && !g->error; i++) {
    if (!a[i]) ad__graph_fail(g, AD_E_VALUE, "trace: %s %d is NULL; an array is right", what, i);
    else if (ad__is_error(a[i])) ad__graph_fail(g, a[i]->u.failure->code, "%s", a[i]->u.failure->text);
    else if (a[i]->ctx != g->ctx || (a[i]->flags & AD_NODE_GRAPH))
      ad__graph_fail(g, AD_E_VALUE, "trace: %s %d belongs to another context or a graph; a lazy array is right", what, i);
  }
  return !g->error;
}

ad_graph *ad_graph_trace(ad_ctx *c, const char *name, ad_array *const *inputs, int n, ad_array *const *outputs, int m) {
  ad_graph *g = ad_graph_new(c, name);
  if (g->error || !check_handles(g, inputs, n, "input") || !check_handles(g, outputs, m, "output")) return g;
  ad__ctx_settle_drops(c);
  c->epoch += EPOCH_STEP;
  ad_graph *outer = c->building;
  c->building = g;
  add_params(g, inputs, n);
  if (!g->error) copy_all(g, collect(c, outputs, m));
  c->building = outer;
  for (int i = 0; i < m && !g->error; i++) ad_graph_result(g, g->nodes.at[outputs[i]->uses]);
  return g;
}
