/* Reverse mode: nodes visited backwards, each asked for the transpose of its own linearisation.
 *
 * An op's statement about an input decides: linear, by its transpose; smooth, by its elementwise partial, its vjp, or
 * the transpose of its jvp (which is linear in the tangent, so this same walk transposes it); nothing stated but
 * composed, by walking the composition. Zeros are NULL, and only inputs on a path to an x are asked about. */
#include <adamant/ops.h>
#include "ir/ctx.h"
#include "ops/elementwise_rules.h"
#include "ops/pieces.h"
#include "transform/transform.h"
#include "transform/paths.h"
#include "transform/region.h"

typedef struct reverse {
  ad_paths walk;
  ad_array **ct;    /* one per output of every node */
  size_t *first;    /* where a node's outputs begin in ct */
  size_t ct_count;
  const ad_array *root; /* of a composition; `saved` has its value already */
  ad_array *saved;
  ad_array *error;
} reverse;

enum { MOST_OUTPUTS = 16 };

static int outputs_of(const ad_array *a) { return a->type->kind == AD_KIND_TENSOR ? 1 : a->type->rank; }

static void accumulate(reverse *v, ad_array **slot, ad_array *g) {
  if (!g) return;
  ad_array *sum = !*slot || ad_is_error(*slot) || ad_is_error(g) ? NULL : ad__pieces_sum(*slot, g);
  *slot = sum ? sum : *slot ? ad_add(*slot, g) : g;
  if (ad_is_error(*slot) && !v->error) v->error = *slot;
}

static ad_array *refuse(const ad_array *a, const char *what) {
  return ad__scope_take(ad__node_errorf(a->ctx, a->where, a->op, AD_E_NOT_IMPLEMENTED, "vjp: %s", what));
}

/* The adjoint: a complex partial is conjugated. */
static ad_array *times_partial(const ad_rule *r, int i, ad_array *ct) {
  ad_array *p = r->op->partial(r, i);
  if (!p || ad_is_error(p)) return p;
  if (ad_dtype_category(ad_array_dtype(p)) == AD_CATEGORY_COMPLEX) p = ad_conjugate(p);
  return ad_array_dtype(p) == AD_BOOL ? ad_where(p, ct, ad_number(r->ctx, 0)) : ad__times(ct, p);
}

/* A result as its outputs: itself, or the members of the tuple. Returns how many. */
static int split_outputs(const ad_array *a, ad_array *y, ad_array **ys) {
  int n = outputs_of(a);
  for (int k = 0; k < n; k++) ys[k] = a->type->kind == AD_KIND_TENSOR ? y : ad_item(y, k);
  return n;
}

/* The op only states its jvp: for input i alone that is a linear map of the tangent, which is transposed. */
static ad_array *transpose_jvp(const ad_rule *r, int i, ad_array *const *cts) {
  ad_array *tangents[AD_INPUTS_ANY] = {NULL}, *ys[MOST_OUTPUTS];
  ad_array *t = ad__placeholder(r->in[i]), *grad = NULL, *error = NULL;
  tangents[i] = t;
  ad_array *y = r->op->jvp(r, tangents);
  if (y && !ad_is_error(y)) ad__vjp(r->ctx, ys, cts, split_outputs(r->out, y, ys), &t, 1, &grad, &error);
  ad__placeholder_settle(t);
  if (!y || ad_is_error(y)) return y;
  return error ? error : grad;
}

/* Elementwise and linear in all inputs together, as add: the transpose multiplies by numbers only. */
static bool is_sum(const ad_op *op) {
  bool yes = (op->flags & AD_OP_ELEMENTWISE) && op->transpose && op->inputs > 1 && op->inputs != AD_INPUTS_ANY;
  for (int i = 0; i < op->inputs && yes; i++)
    yes = ad__deriv_of(op, i)->kind == AD_DERIV_LINEAR && ad__deriv_of(op, i)->group == ad__deriv_of(op, 0)->group;
  return yes;
}

static ad_array *one_input(const ad_rule *r, int i, ad_array *const *cts) {
  const ad_op *op = r->op;
  ad_array *narrow = cts[0];
  if (cts[0] && cts[0]->type != r->in[i]->type && cts[0]->type->dtype == r->in[i]->type->dtype && is_sum(op)) {
    /* What was broadcast is summed first: then the transpose has less to do. */
    narrow = ad__undo_broadcast(cts[0], r->in[i]);
    cts = &narrow;
  }
  switch (ad__deriv_of(op, i)->kind) {
  case AD_DERIV_NONE: return NULL;
  case AD_DERIV_LINEAR:
    if (op->transpose) return op->transpose(r, i, cts);
    break;
  case AD_DERIV_SMOOTH:
    if (op->partial) return cts[0] ? times_partial(r, i, cts[0]) : NULL;
    if (op->vjp) return op->vjp(r, i, cts);
    if (op->jvp) return transpose_jvp(r, i, cts);
    break;
  case AD_DERIV_UNSTATED: break;
  }
  return refuse(r->out, "it states no derivative for this input");
}

static ad_status walk_back(ad_ctx *c, ad_array *const *ys, ad_array *const *cts, int n_y, ad_array *const *xs, int n_x,
                           ad_array **grads, const ad_array *root, ad_array *saved, ad_array **error);

/* Nothing is stated: the composition is differentiated in its place. */
static void through_composition(reverse *v, ad_array *a, ad_array *const *cts) {
  ad_rule r = ad__rule_of(a);
  ad_array *y = a->op->compose(&r), *xs[AD_INPUTS_ANY], *grads[AD_INPUTS_ANY];
  int n = 0;
  for (int i = 0; i < a->n; i++) {
    bool seen = !a->in[i] || ad__paths_find(&v->walk, a->in[i]) < 0;
    for (int k = 0; k < n && !seen; k++) seen = xs[k] == a->in[i];
    if (!seen) xs[n++] = a->in[i];
  }
  ad_array *ys[MOST_OUTPUTS];
  int n_y = split_outputs(a, y, ys);
  bool same = n_y == 1 && ys[0]->type == a->type;
  if (walk_back(a->ctx, ys, cts, n_y, xs, n, grads, same ? ys[0] : NULL, a, &v->error)) return;
  for (int k = 0; k < n; k++) accumulate(v, &v->ct[v->first[ad__paths_find(&v->walk, xs[k])]], grads[k]);
}

/* The node's rule for all of its inputs at once. */
static void as_a_whole(reverse *v, ad_array *a, const ad_whole_rules *rules, ad_array *const *cts) {
  size_t n = (size_t)a->n + 1;
  ad_array **grads = ad__mem_zeroed(&a->ctx->mem, n * sizeof *grads);
  bool *wanted = ad__mem_zeroed(&a->ctx->mem, n * sizeof *wanted);
  ad_rule r = ad__rule_of(a);
  if (!grads || !wanted) v->error = a->ctx->out_of_memory;
  for (int i = 0; i < a->n && !v->error; i++) wanted[i] = a->in[i] && ad__paths_find(&v->walk, a->in[i]) >= 0;
  if (!v->error) v->error = rules->vjp(&r, cts, wanted, grads);
  for (int i = 0; i < a->n && !v->error; i++) {
    if (!grads[i] || !wanted[i]) continue;
    ad_array *g = ad__undo_broadcast(grads[i], a->in[i]);
    accumulate(v, &v->ct[v->first[ad__paths_find(&v->walk, a->in[i])]], g);
  }
  ad__mem_give(&a->ctx->mem, wanted, wanted ? n * sizeof *wanted : 0);
  ad__mem_give(&a->ctx->mem, grads, grads ? n * sizeof *grads : 0);
}

static void visit(reverse *v, size_t k) {
  ad_array *a = v->walk.nodes[k], **cts = &v->ct[v->first[k]];
  bool any = false;
  for (int o = 0; o < outputs_of(a); o++) any |= cts[o] != NULL;
  if (!any) return;
  if (a->op->flags & (AD_OP_HOLDS | AD_OP_PROJECTS)) {
    for (int i = 0; i < a->n; i++) {
      int64_t at = a->in[i] ? ad__paths_find(&v->walk, a->in[i]) : -1;
      if (at < 0) continue;
      bool item = a->op->flags & AD_OP_PROJECTS;
      accumulate(v, &v->ct[v->first[at] + (item ? (size_t)ad__attr(a, 0)->as.i : 0)], cts[item ? 0 : i]);
    }
    return;
  }
  const ad_whole_rules *whole = ad__whole_rules(a->op);
  if (whole) {
    as_a_whole(v, a, whole, cts);
    return;
  }
  if (!a->op->deriv_count && a->op->compose) {
    through_composition(v, a, cts);
    return;
  }
  ad_rule r = ad__rule_of(a);
  if (a == v->root) r.out = v->saved;
  ad_array *shared = NULL;
  r.shared = &shared;
  for (int i = 0; i < a->n && !v->error; i++) {
    int64_t at = a->in[i] ? ad__paths_find(&v->walk, a->in[i]) : -1;
    if (at < 0) continue;
    ad_array *g = one_input(&r, i, cts);
    if (g && a->in[i]->type->kind == AD_KIND_TENSOR) g = ad__undo_broadcast(g, a->in[i]);
    accumulate(v, &v->ct[v->first[at]], g);
  }
}

static bool begin(reverse *v, ad_ctx *c) {
  size_t n = v->walk.count;
  v->first = ad__mem_take(&c->mem, (n + 1) * sizeof *v->first);
  if (!v->first) return false;
  for (size_t k = 0; k < n; k++) {
    v->first[k] = v->ct_count;
    v->ct_count += (size_t)outputs_of(v->walk.nodes[k]);
  }
  v->ct = ad__mem_zeroed(&c->mem, (v->ct_count + 1) * sizeof *v->ct);
  return v->ct != NULL;
}

static ad_status walk_back(ad_ctx *c, ad_array *const *ys, ad_array *const *cts, int n_y, ad_array *const *xs, int n_x,
                           ad_array **grads, const ad_array *root, ad_array *saved, ad_array **error) {
  reverse v = {.root = root, .saved = saved};
  ad_place outer = c->rule_where;
  for (int i = 0; i < n_x; i++) grads[i] = NULL;
  ad__paths_init(&v.walk, c, true, ys, n_y, xs, n_x);
  if (v.walk.failed || !begin(&v, c)) v.error = c->out_of_memory;
  for (int k = 0; k < n_y && !v.error; k++) {
    int64_t at = ad__paths_find(&v.walk, ys[k]);
    if (at >= 0 && cts[k]) accumulate(&v, &v.ct[v.first[at]], cts[k]);
  }
  for (size_t k = v.walk.count; k-- > 0 && !v.error;) {
    c->rule_where = outer ? outer : v.walk.nodes[k]->where;
    /* The xs are variables of their own, also where one is computed from another: nothing behind them is asked about. */
    if (!v.walk.is_end[k]) visit(&v, k);
  }
  c->rule_where = outer;
  for (int i = 0; i < n_x && !v.error; i++) {
    int64_t at = ad__paths_find(&v.walk, xs[i]);
    if (at >= 0) grads[i] = v.ct[v.first[at]];
  }
  ad__mem_give(&c->mem, v.ct, v.ct ? (v.ct_count + 1) * sizeof *v.ct : 0);
  ad__mem_give(&c->mem, v.first, v.first ? (v.walk.count + 1) * sizeof *v.first : 0);
  ad__paths_free(&v.walk);
  if (v.error && error) *error = v.error;
  return v.error ? ad_error_code(v.error) : AD_OK;
}

ad_status ad__vjp(ad_ctx *c, ad_array *const *ys, ad_array *const *cts, int n_y, ad_array *const *xs, int n_x,
                  ad_array **grads, ad_array **error) {
  return walk_back(c, ys, cts, n_y, xs, n_x, grads, NULL, NULL, error);
}
