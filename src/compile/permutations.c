/* Permutations of axes move towards the results: an elementwise op on operands that are all permuted alike is computed on what
 * they were permuted from, and its result permuted. Then those that follow one another become one, and those that
 * undo one another vanish. A permutation is known by its shape: a view of one operand with one field of that meaning. */
#include "compile/pass.h"

#include "ops/apply.h"

static int perm_field(const ad_op *op) {
  if (op->inputs != 1 || !(op->flags & AD_OP_VIEW) || op->field_count != 1) return -1;
  return op->fields[0].kind == AD_FIELD_PERM ? 0 : -1;
}

static bool is_permuted(const ad_array *a) {
  return !(a->flags & AD_NODE_CONST) && perm_field(a->op) >= 0 && a->attrs && a->type->kind == AD_KIND_TENSOR;
}

/* Axis i of a permutation's result is this axis of its operand; without the attribute their order is reversed. */
static int64_t axis_of(const ad_array *a, int i) { return a->attrs->at[0].given ? a->attrs->at[0].as.ints[i] : a->type->rank - 1 - i; }

static bool same_axes(const ad_array *a, const ad_array *b) {
  for (int i = 0; i < a->type->rank; i++)
    if (axis_of(a, i) != axis_of(b, i)) return false;
  return a->type->rank == b->type->rank;
}

static ad_array *permute(ad_passing *p, const ad_array *like, ad_array *x, const int64_t *axes) {
  ad_attr at = ad_attr_ints((ad_ints){true, x->type->rank, axes});
  return ad_apply(p->ctx, NULL, like->op, &x, 1, &at);
}

/* A permutation of a permutation. */
static ad_array *join(ad_passing *p, ad_array *a, ad_array *inner) {
  int64_t axes[AD_MAX_RANK];
  bool same = true;
  int rank = a->type->rank;
  for (int i = 0; i < rank; i++) {
    axes[i] = axis_of(inner, (int)axis_of(a, i));
    same &= axes[i] == i;
  }
  return same ? inner->in[0] : permute(p, a, inner->in[0], axes);
}

/* The permutation that every operand has which is no single element; NULL when they differ. */
static const ad_array *common(const ad_array *a, ad_array *const *in) {
  const ad_array *first = NULL;
  for (int i = 0; i < a->n; i++) {
    const ad_array *x = in[i];
    if (!x || x->type->kind != AD_KIND_TENSOR) return NULL;
    if (x->type->size == 1 && x->type->rank == 0) continue;
    if (!is_permuted(x) || x->type->rank != a->type->rank) return NULL;
    if (first && !same_axes(x, first)) return NULL;
    first = x;
  }
  return first;
}

static bool may_sink(const ad_array *a, ad_array *const *in) {
  if (a->flags & AD_NODE_CONST) return false;
  if (is_permuted(a)) return is_permuted(in[0]);
  return (a->op->flags & AD_OP_ELEMENTWISE) && a->n >= 1 && a->n <= 3 && a->type->kind == AD_KIND_TENSOR && common(a, in);
}

static ad_array *sink(ad_passing *p, ad_array *a, ad_array *const *in) {
  if (!may_sink(a, in)) return NULL;
  if (is_permuted(a)) return join(p, a, in[0]);
  const ad_array *like = common(a, in);
  ad_array *from[3];
  for (int i = 0; i < a->n; i++) from[i] = is_permuted(in[i]) ? in[i]->in[0] : in[i];
  int before = p->to->nodes.count;
  ad_array *y = ad_apply(p->ctx, NULL, a->op, from, a->n, a->attrs ? a->attrs->at : NULL);
  int64_t axes[AD_MAX_RANK];
  for (int i = 0; i < like->type->rank; i++) axes[i] = axis_of(like, i);
  if (!ad__is_error(y)) y = permute(p, like, y, axes);
  if (!ad__is_error(y) && y->type == a->type) return y;
  ad__graph_cut(p->to, before);
  return NULL;
}

ad_graph *ad__pass_sink(ad_graph *g) {
  for (int i = 0; i < g->nodes.count; i++)
    if (may_sink(g->nodes.at[i], g->nodes.at[i]->in)) return ad__pass_over(g, sink, NULL);
  return g;
}
