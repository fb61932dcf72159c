/* Growing graphs by applying ops, and making a graph's nodes again on arguments.
 *
 * While ctx->building names a graph, every node that ad_apply and the rules make goes there; it is set for one call at a time.
 * So graphs know no inference of their own. Values from outside are adopted as constants; a lazy expression is not,
 * since nobody could say whose it is then (ad_graph_trace takes whole expressions). */
#include "ops/graph_build.h"

#include <string.h>
#include "ir/ctx.h"
#include "ir/dim.h"
#include "ops/text.h"

/* ---- Adopting values ---- */

ad_graph *ad__graph_meant(const ad_ctx *c, ad_array *const *in, int n) {
  if (c->building) return c->building;
  for (int i = 0; i < n; i++)
    if (in[i] && (in[i]->flags & AD_NODE_GRAPH)) return in[i]->graph;
  return NULL;
}

ad_array *ad__constant_over(ad_ctx *c, ad_place where, const ad_type *type, const ad_value *v, const ad_array *weak) {
  ad_array *a = ad__node_new(c, where, &ad__op_constant, type, NULL, 0, weak ? weak->attrs->at : NULL);
  if (ad__is_error(a)) return a;
  if (!ad__value_share(c, type, v, &a->value)) {
    ad__node_discard(a);
    return c->out_of_memory;
  }
  a->state = AD_DONE;
  a->flags |= weak ? AD_NODE_CONST | AD_NODE_WEAK : AD_NODE_CONST;
  return a;
}

/* An evaluated tuple: its members, then the tuple of them. */
static ad_array *adopt_tuple(ad_graph *g, ad_array *x) {
  ad_ctx *c = g->ctx;
  int n = x->type->rank;
  size_t bytes = (size_t)(n ? n : 1) * sizeof(ad_array *);
  ad_array **members = ad__mem_take(&c->mem, bytes), *bad = NULL;
  if (!members) return c->out_of_memory;
  for (int i = 0; i < n && !bad; i++) {
    if (x->op->flags & AD_OP_HOLDS) members[i] = ad__graph_adopt(g, x->in[i]);
    else members[i] = ad__constant_over(c, x->where, x->type->members[i], &x->u.outs[i], NULL);
    if (ad__is_error(members[i])) bad = members[i];
  }
  ad_array *a = bad ? bad : ad__node_new(c, x->where, &ad__op_tuple, x->type, members, n, NULL);
  ad__mem_give(&c->mem, members, bytes);
  return a;
}

/* Recursion over tuples inside tuples, as deep as their type. */
ad_array *ad__graph_adopt(ad_graph *g, ad_array *x) {
  if (!x || ad__is_error(x) || ad__graph_owns(g, x)) return x;
  ad_ctx *c = g->ctx;
  if (x->ctx != c || (x->flags & AD_NODE_GRAPH))
    return ad__node_error(c, x->where, x->op, AD_E_VALUE, "a node of another graph or context; one of the same is right");
  ad_graph *outer = c->building;
  c->building = g;
  ad_array *a;
  if (x->state == AD_DONE && x->type->kind == AD_KIND_TENSOR)
    a = ad__constant_over(c, x->where, x->type, &x->value,
                          (x->flags & AD_NODE_WEAK) && (x->flags & AD_NODE_CONST) ? x : NULL);
  else if (x->type->kind != AD_KIND_TENSOR && (x->state == AD_DONE || (x->op->flags & AD_OP_HOLDS)))
    a = adopt_tuple(g, x);
  else
    a = ad__node_error(c, x->where, x->op, AD_E_VALUE,
                       "a lazy array as input of a node of a graph; a node of the graph, or an evaluated array, is right");
  c->building = outer;
  return a;
}

/* ---- Applying ---- */

enum { FEW = 8 };

typedef struct adopted {
  ad_array *few[FEW];
  ad_array **in;
  size_t bytes; /* of in, when it is not `few` */
} adopted;

/* Weak numbers stay outside until the node is made: most are stored in the dtype of what they meet, and then no number
 * of their own stands in the graph. */
static ad_array *adopt_input(ad_graph *g, ad_array *x) {
  bool weak = x && (x->flags & AD_NODE_WEAK) && (x->flags & AD_NODE_CONST) && x->ctx == g->ctx;
  return weak ? x : ad__graph_adopt(g, x);
}

/* The inputs as nodes of g; returns what is wrong with one of them, or NULL. */
static ad_array *adopt_inputs(ad_graph *g, ad_array *const *in, int n, adopted *out) {
  out->in = out->few;
  out->bytes = n > FEW ? (size_t)n * sizeof *in : 0;
  if (out->bytes && !(out->in = ad__mem_take(&g->ctx->mem, out->bytes))) {
    out->bytes = 0;
    return g->ctx->out_of_memory;
  }
  for (int i = 0; i < n; i++) {
    out->in[i] = adopt_input(g, in[i]);
    if (out->in[i] && ad__is_error(out->in[i])) return out->in[i];
  }
  return NULL;
}

static void adopted_free(ad_graph *g, adopted *a) {
  if (a->bytes) ad__mem_give(&g->ctx->mem, a->in, a->bytes);
}

ad_array *ad__graph_apply(ad_graph *g, ad_place where, const ad_op *op, ad_array *const *in, int n, const ad_attr *attrs) {
  ad_ctx *c = g->ctx;
  int count = g->nodes.count;
  adopted own;
  ad_graph *outer = c->building;
  c->building = g;
  ad_array *a = adopt_inputs(g, in, n, &own);
  if (!a) a = ad__apply_checked(c, where, op, own.in, n, attrs);
  c->building = outer;
  adopted_free(g, &own);
  if (ad__is_error(a)) ad__graph_cut(g, count);
  return a;
}

ad_array *ad__node_in_place(ad_ctx *c, ad_place where, const ad_op *op, const ad_type *type, ad_array *const *in, int n,
                            const ad_attr *attrs) {
  ad_graph *g = ad__graph_meant(c, in, n);
  if (!g) return ad__node_new(c, where, op, type, in, n, attrs);
  int count = g->nodes.count;
  adopted own;
  ad_graph *outer = c->building;
  c->building = g;
  ad_array *a = adopt_inputs(g, in, n, &own);
  if (!a) a = ad__node_new(c, where, op, type, own.in, n, attrs);
  c->building = outer;
  adopted_free(g, &own);
  if (ad__is_error(a)) ad__graph_cut(g, count);
  return a;
}

static ad_array *no_graph(ad_place where) { return ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL); }

ad_array *ad_graph_add_at(ad_place where, ad_graph *g, const ad_op *op, ad_array *const *in, int n, const ad_attr *attrs) {
  if (!g || !g->ctx) return no_graph(where);
  if (g->error || !op || n < 0 || (n && !in)) {
    const char *text = g->error ? g->error_text : op ? "no inputs; a list of arrays is right" : "op NULL; an op is right";
    return ad__scope_take_error(ad__node_error(g->ctx, where, op, g->error ? g->error : AD_E_VALUE, text));
  }
  ad_array *a = ad__graph_apply(g, where, op, in, n, attrs);
  return ad__scope_take_error(a);
}

/* ---- Parameters ---- */

static ad_array *param_of(ad_graph *g, const char *name, const ad_type *t, const ad_err *e) {
  if (!t) ad__graph_fail(g, e->code, "param: %s", e->text);
  return ad__scope_take_error(ad__graph_param(g, name, name ? strlen(name) : 0, t ? t : ad__type_error(g->ctx)));
}

ad_array *ad_graph_param(ad_graph *g, const char *name, ad_dtype dtype, ad_shape shape) {
  if (!g || !g->ctx) return no_graph(NULL);
  ad_err e = {AD_OK, ""};
  if (dtype <= AD_DTYPE_NONE || dtype >= AD_DTYPE_COUNT) ad__fail(&e, AD_E_TYPE, "no dtype; one is needed");
  else if (shape.rank < 0 || (shape.rank && !shape.dims)) ad__fail(&e, AD_E_VALUE, "no shape; one is needed");
  for (int i = 0; !e.code && i < shape.rank; i++)
    if (shape.dims[i] == AD_DIM_UNKNOWN || shape.dims[i] == -1)
      ad__fail(&e, AD_E_VALUE, "dim %d is not known; a number or a symbol is right", i);
  return param_of(g, name, e.code ? NULL : ad__type_tensor(g->ctx, dtype, shape.rank, shape.dims, &e), &e);
}

ad_array *ad_graph_param_text(ad_graph *g, const char *name, const char *type) {
  if (!g || !g->ctx) return no_graph(NULL);
  ad_err e = {AD_OK, ""};
  const ad_type *t = NULL;
  int n = type ? ad__text_read_types(g->ctx, type, strlen(type), &t, 1, &e) : 0;
  if (n != 1 && !e.code) ad__fail(&e, AD_E_VALUE, "no type; one in the text form is right");
  return param_of(g, name, e.code ? NULL : t, &e);
}
