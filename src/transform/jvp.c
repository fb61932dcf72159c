/* Forward mode: tangents carried along with the nodes, in order.
 *
 * Linear inputs: the op itself applied to the tangents of one group, the other groups at their values. Smooth: the
 * elementwise partial, the op's jvp, or its vjp transposed. Nothing stated but composed, or a vjp of several outputs: the
 * composition is walked. */
#include <adamant/ops.h>
#include "ir/ctx.h"
#include "ops/elementwise_rules.h"
#include "transform/transform.h"
#include "transform/paths.h"
#include "transform/region.h"

typedef struct forward {
  ad_paths walk;
  ad_array **t; /* tangent of each node; a tuple's is a tuple of its members', zeros filled in */
  ad_array *error;
} forward;

static ad_array *refuse(const ad_array *a, const char *what) {
  return ad__scope_take(ad__node_errorf(a->ctx, a->where, a->op, AD_E_NOT_IMPLEMENTED, "jvp: %s", what));
}

static ad_array *tangent_of(const forward *f, const ad_array *a) {
  int64_t at = a ? ad__paths_find(&f->walk, a) : -1;
  return at < 0 ? NULL : f->t[at];
}

static ad_array *plus(ad_array *a, ad_array *b) { return a && b ? ad_add(a, b) : a ? a : b; }

/* To the shape and dtype of the node, which a term with a broadcast operand may lack. */
static ad_array *fit(ad_array *t, const ad_array *a) {
  if (!t || ad_is_error(t)) return t;
  if (t->type == a->type) return t;
  if (t->type->rank != a->type->rank || t->type->size != a->type->size)
    t = ad_broadcast_to(t, (ad_shape){a->type->rank, a->type->dims});
  return ad_array_dtype(t) == a->type->dtype ? t : ad_cast(t, a->type->dtype);
}

/* The op with the group's inputs replaced by their tangents. */
static ad_array *linear_group(const ad_rule *r, ad_array *const *ts, char group) {
  ad_array *few[16], **in = r->n <= 16 ? few : ad__mem_take(&r->ctx->mem, (size_t)r->n * sizeof *in);
  if (!in) return r->ctx->out_of_memory;
  for (int i = 0; i < r->n; i++) {
    const ad_deriv *d = ad__deriv_of(r->op, i);
    bool ours = r->in[i] && d->kind == AD_DERIV_LINEAR && d->group == group;
    in[i] = !ours ? r->in[i] : ts[i] ? ts[i] : ad__zeros_of(r->in[i]);
  }
  ad_array *y = ad_apply(r->ctx, NULL, r->op, in, r->n, r->attrs);
  if (in != few) ad__mem_give(&r->ctx->mem, in, (size_t)r->n * sizeof *in);
  return y;
}

/* The op only states its vjp: a linear map of the cotangent, which is transposed. */
static ad_array *transpose_vjp(const ad_rule *r, int i, ad_array *t) {
  ad_array *u = ad__placeholder(r->out), *grad = NULL, *error = NULL;
  ad_array *g = r->op->vjp(r, i, &u);
  if (g && !ad_is_error(g)) {
    g = ad__undo_broadcast(g, r->in[i]);
    ad__vjp(r->ctx, &g, &t, 1, &u, 1, &grad, &error);
  }
  ad__placeholder_settle(u);
  if (!g || ad_is_error(g)) return g;
  return error ? error : grad;
}

static ad_array *smooth_input(const ad_rule *r, int i, ad_array *t) {
  if (r->op->partial) {
    ad_array *p = r->op->partial(r, i);
    if (!p || ad_is_error(p)) return p;
    return ad_array_dtype(p) == AD_BOOL ? ad_where(p, t, ad_number(r->ctx, 0)) : ad__times(t, p);
  }
  if (r->op->vjp) return transpose_vjp(r, i, t);
  return refuse(r->out, "it states no derivative for this input");
}

static ad_array *stated(const ad_rule *r, ad_array *const *ts) {
  if (r->op->jvp) return r->op->jvp(r, ts);
  ad_array *sum = NULL;
  uint32_t groups = 0;
  for (int i = 0; i < r->n; i++) {
    const ad_deriv *d = ad__deriv_of(r->op, i);
    if (!ts[i] || d->kind == AD_DERIV_NONE) continue;
    ad_array *term = NULL;
    if (d->kind == AD_DERIV_LINEAR) {
      uint32_t bit = 1u << (d->group & 31);
      if (groups & bit) continue;
      groups |= bit;
      term = linear_group(r, ts, d->group);
    } else {
      term = smooth_input(r, i, ts[i]);
    }
    if (term && ad_is_error(term)) return term;
    sum = plus(sum, term ? fit(term, r->out) : NULL);
  }
  return sum;
}

static ad_array *through_composition(const ad_rule *r, ad_array *const *ts) {
  ad_array *y = r->op->compose(r), *out = NULL, *error = NULL, *xs[AD_INPUTS_ANY], *given[AD_INPUTS_ANY];
  int n = 0;
  for (int i = 0; i < r->n; i++) {
    bool seen = !ts[i];
    for (int k = 0; k < n && !seen; k++) seen = xs[k] == r->in[i];
    if (!seen) xs[n] = r->in[i], given[n++] = ts[i];
  }
  ad__jvp(r->ctx, &y, 1, xs, given, n, &out, &error);
  return error ? error : out;
}

/* A tuple of tangents, with zeros where there is none. */
static ad_array *tuple_tangent(ad_array *a, ad_array *const *ts) {
  ad_array *items[AD_INPUTS_ANY];
  if (a->n > AD_INPUTS_ANY) return refuse(a, "a tuple of more than 255 members");
  for (int i = 0; i < a->n; i++) items[i] = ts[i] ? ts[i] : ad__zeros_of(a->in[i]);
  return ad_tuple(a->ctx, items, a->n);
}

/* Of several outputs a vjp says nothing forwards: it has no one cotangent that could be transposed. */
static bool composed_tangent(const ad_op *op) {
  return op->compose && (!op->deriv_count || (op->outputs > 1 && op->vjp && !op->jvp));
}

static ad_array *visit(const forward *f, ad_array *a) {
  ad_array *few[16], **ts = a->n <= 16 ? few : ad__mem_take(&a->ctx->mem, (size_t)a->n * sizeof *ts);
  bool any = false;
  if (!ts) return a->ctx->out_of_memory;
  for (int i = 0; i < a->n; i++) any |= (ts[i] = tangent_of(f, a->in[i])) != NULL;
  ad_array *t = NULL;
  ad_rule r = ad__rule_of(a);
  if (any && (a->op->flags & AD_OP_PROJECTS)) t = ad_item(ts[0], (int)ad__attr(a, 0)->as.i);
  else if (any && (a->op->flags & AD_OP_HOLDS)) t = tuple_tangent(a, ts);
  else if (any && ad__whole_rules(a->op)) t = ad__whole_rules(a->op)->jvp(&r, ts);
  else if (any && composed_tangent(a->op)) t = through_composition(&r, ts);
  else if (any) t = stated(&r, ts);
  if (ts != few) ad__mem_give(&a->ctx->mem, ts, (size_t)a->n * sizeof *ts);
  return t;
}

ad_status ad__jvp(ad_ctx *c, ad_array *const *ys, int n_y, ad_array *const *xs, ad_array *const *ts, int n_x,
                  ad_array **out, ad_array **error) {
  forward f = {.error = NULL};
  ad_place outer = c->rule_where;
  ad__paths_init(&f.walk, c, true, ys, n_y, xs, n_x);
  f.t = ad__mem_zeroed(&c->mem, (f.walk.count + 1) * sizeof *f.t);
  if (f.walk.failed || !f.t) f.error = c->out_of_memory;
  for (int i = 0; i < n_x && !f.error; i++) {
    int64_t at = ad__paths_find(&f.walk, xs[i]);
    if (at >= 0) f.t[at] = ts[i];
  }
  for (size_t k = 0; k < f.walk.count && !f.error; k++) {
    ad_array *a = f.walk.nodes[k];
    if (f.t[k]) continue;
    c->rule_where = outer ? outer : a->where;
    f.t[k] = visit(&f, a);
    if (f.t[k] && ad_is_error(f.t[k])) f.error = f.t[k];
  }
  c->rule_where = outer;
  for (int k = 0; k < n_y; k++) out[k] = f.error ? NULL : tangent_of(&f, ys[k]);
  ad__mem_give(&c->mem, f.t, f.t ? (f.walk.count + 1) * sizeof *f.t : 0);
  ad__paths_free(&f.walk);
  if (f.error && error) *error = f.error;
  return f.error ? ad_error_code(f.error) : AD_OK;
}
