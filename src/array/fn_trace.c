/* Tracing for derivatives: variables in the place of arguments, and the checks that tangents and cotangents fit.
 *
 * A variable is a barrier of one array: the same value, but a node of its own. Transforms inside one another then cannot
 * confuse whose variable is meant, since each asks for paths from its own. */
#include <adamant/ops.h>
#include "array/fn.h"
#include "ops/apply.h"

const char *ad__type_text(ad_ctx *c, const ad_type *t, char *out, size_t size) {
  ad_text text;
  ad__text_init(&text, &c->mem);
  ad__type_print(c, t, &text);
  ad__format(out, size, "%s", ad__text_str(&text));
  ad__text_free(&text);
  return out;
}

static ad_array *variable_of(ad_place where, ad_array *x) {
  ad_array *v = ad_barrier_at(where, x->ctx, &x, 1);
  if (!ad__is_error(v)) v->flags |= x->flags & AD_NODE_WEAK;
  return v;
}

/* The argument with variables as its leaves. */
static ad_array *with_variables(ad_trace *t, ad_place where, ad_array *x) {
  ad_leaves leaves;
  ad__leaves_init(&leaves, t->ctx);
  int first = t->variables.count;
  ad_array *bad = ad__leaves_add_tree(&leaves, where, x);
  for (int i = 0; i < leaves.count && !bad; i++) {
    ad_array *v = variable_of(where, leaves.at[i]);
    bad = ad__is_error(v) ? v : ad__leaves_add(&t->variables, v);
  }
  ad__leaves_free(&leaves);
  if (bad) return bad;
  ad_array *const *next = t->variables.at + first;
  return ad__tree_build(t->ctx, where, x->type, &next);
}

void ad__trace_begin(ad_trace *t, const ad_fn *f, ad_place where, ad_array *const *in, const ad_argnums *by) {
  ad_ctx *c = t->ctx = f->ctx;
  ad_array *args[AD_FN_MOST_ARGNUMS];
  int n = f->inputs;
  c->keep_graphs++;
  ad__leaves_init(&t->variables, c);
  ad__leaves_init(&t->results, c);
  t->result = NULL;
  for (int i = 0; i < n; i++) args[i] = in[i];
  for (int k = 0; k < (by ? by->count : n) && !t->result; k++) {
    int i = by ? by->at[k] : k;
    args[i] = with_variables(t, where, in[i]);
    if (ad__is_error(args[i])) t->result = args[i];
  }
  if (t->result) return;
  t->result = ad_call_at(where, (ad_fn *)(uintptr_t)f, args, n);
  if (ad__is_error(t->result)) return;
  ad_array *bad = ad__leaves_add_tree(&t->results, where, t->result);
  if (bad) t->result = bad;
}

/* Lets go of the inputs that an evaluated leaf still keeps. */
static void cut_evaluated(ad_array *y) {
  if (ad__is_error(y) || (y->flags & (AD_NODE_GRAPH | AD_NODE_KEEPS))) return;
  if (y->op->flags & AD_OP_HOLDS)
    for (int i = 0; i < y->n; i++) cut_evaluated(y->in[i]);
  else if (y->state == AD_DONE)
    ad__node_cut(y);
}

ad_array *ad__trace_end(ad_trace *t, ad_array *y) {
  ad_ctx *c = t->ctx;
  ad__leaves_free(&t->variables);
  ad__leaves_free(&t->results);
  c->keep_graphs--;
  if (!c->keep_graphs && !c->opts.keep_graphs) cut_evaluated(y);
  return y;
}

/* ---- Tangents and cotangents ---- */

static ad_array *misfit(const ad_fn *f, ad_place where, const char *what, const ad_type *have, const ad_type *want) {
  char a[160], b[160];
  return ad__fn_error(f, where, AD_E_VALUE, "%s is %s; the form and shape of %s is right", what,
                      ad__type_text(f->ctx, have, a, sizeof a), ad__type_text(f->ctx, want, b, sizeof b));
}

static bool same_shape(const ad_type *a, const ad_type *b) {
  if (a->rank != b->rank) return false;
  for (int i = 0; i < a->rank; i++)
    if (a->dims[i] != b->dims[i]) return false;
  return true;
}

static bool same_shapes(const ad_type *a, const ad_type *b) {
  if (a->kind == AD_KIND_TENSOR) return same_shape(a, b);
  for (int i = 0; i < a->rank; i++)
    if (!same_shapes(a->members[i], b->members[i])) return false;
  return true;
}

static ad_array *cast_leaves(ad_leaves *out, const ad_type *like) {
  if (like->kind != AD_KIND_TENSOR) {
    for (int i = 0; i < like->rank; i++) {
      ad_array *bad = cast_leaves(out, like->members[i]);
      if (bad) return bad;
    }
    return NULL;
  }
  ad_array **a = &out->at[out->count++];
  bool weak = (*a)->flags & AD_NODE_WEAK;
  if ((*a)->type->dtype != like->dtype || weak) *a = ad_cast_at((*a)->where, *a, like->dtype);
  return ad__is_error(*a) ? *a : NULL;
}

ad_array *ad__match_leaves(const ad_fn *f, ad_place where, const char *what, ad_array *given, const ad_type *like,
                           ad_leaves *out) {
  if (ad__is_error(given)) return given;
  if (!ad__tree_alike(given->type, like) || !same_shapes(like, given->type)) return misfit(f, where, what, given->type, like);
  int first = out->count;
  ad_array *bad = ad__leaves_add_tree(out, where, given);
  if (bad) return bad;
  out->count = first;
  return cast_leaves(out, like);
}
