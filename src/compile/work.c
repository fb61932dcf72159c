/* Work of nodes: the descriptor's statement, or the sum over the nodes of the composition, each counted in the same way. */
#include "compile/work.h"

#include "compile/plan.h"
#include "ir/ctx.h"
#include "ops/graph_build.h"

static double size_of(const ad_array *a) { return a && a->type->kind == AD_KIND_TENSOR ? (double)a->type->size : 0; }

/* The composition on operands of the same types, in a graph of its own; the graph has failed where there is none for them. */
static ad_graph *composition(const ad_array *a, const ad_rule *r) {
  ad_ctx *c = a->ctx;
  ad_graph *to = ad_graph_new(c, "work"), *outer = c->building;
  ad_array **in = ad__mem_zeroed(&c->mem, ((size_t)a->n + 1) * sizeof *in);
  if (!in) ad__graph_fail(to, AD_E_MEMORY, "out of memory");
  ad_scope *s = ad_scope_begin(c);
  c->building = to;
  for (int i = 0; i < a->n && !to->error; i++) {
    char name[16];
    size_t n = ad__format(name, sizeof name, "x%d", i);
    in[i] = a->in[i] ? ad__graph_param(to, name, n, a->in[i]->type) : NULL;
  }
  ad_rule own = *r;
  own.in = in;
  own.out = NULL;
  ad_array *y = to->error ? NULL : a->op->compose(&own);
  if (y && ad__is_error(y)) ad__graph_fail(to, y->u.failure->code, "%s", y->u.failure->text);
  c->building = outer;
  ad_scope_end(s, NULL);
  ad__mem_give(&c->mem, in, in ? ((size_t)a->n + 1) * sizeof *in : 0);
  return to;
}

/* Recursion as deep as compositions are made of compositions. */
double ad__work_of(ad_array *a) {
  if (ad__plan_is_given(a) || (a->op->flags & AD_OP_VIEW)) return 0;
  ad_rule r = {.ctx = a->ctx, .op = a->op, .n = a->n, .in = a->in, .out = a, .attrs = a->attrs ? a->attrs->at : NULL};
  if (a->op->work) return a->op->work(&r);
  double sum = 0;
  if (a->op->compose) {
    ad_graph *g = composition(a, &r);
    bool ok = !g->error;
    for (int i = 0; i < g->nodes.count && ok; i++) sum += ad__work_of(g->nodes.at[i]);
    ad_graph_free(g);
    if (ok) return sum;
  }
  double out = size_of(a), in = a->n && a->type->kind == AD_KIND_TENSOR ? size_of(a->in[0]) : 0;
  return out > in ? out : in;
}
