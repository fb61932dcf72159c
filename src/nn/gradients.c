/* What is done to gradients: clipping by norm and by value. */
#include "nn/optimiser.h"

#include "ops/apply.h"

/* An error array "where: name: text". */
static ad_array *refuse(ad_ctx *c, ad_place where, const char *name, double given) {
  return ad__scope_take_error(ad__node_errorf(c, where, NULL, AD_E_VALUE, "%s: %g; 0 or more is right", name, given));
}

/* NULL when gradients are a tree of floats and the limit is one. */
static ad_array *check(ad_place where, const char *name, ad_array *grads, double limit) {
  if (!grads) return ad_copy_at(where, NULL);
  if (ad_is_error(grads)) return grads;
  return limit >= 0 ? NULL : refuse(grads->ctx, where, name, limit);
}

static ad_array *times(void *user, ad_array *g, ad_array *none) {
  ad_array *factor = user;
  (void)none;
  ad_dtype t = ad_array_dtype(g), lane = ad__rule_wide(t);
  return ad__rule_cast(ad_multiply(ad__rule_cast(g, lane), ad__rule_cast(factor, lane)), t);
}

/* The sum of the squares of all elements, NULL where there are none; an error where a leaf is no array. */
static ad_array *square_sum(ad_place where, ad_array *grads) {
  ad_leaves l;
  ad_array *sum = NULL;
  ad__leaves_init(&l, grads->ctx);
  ad_array *bad = ad__leaves_add_tree(&l, where, grads);
  for (int i = 0; !bad && i < l.count; i++) {
    ad_array *part = ad_sum(ad_square(ad__rule_widen(l.at[i])), NULL);
    sum = sum ? ad_add(sum, part) : part;
  }
  ad__leaves_free(&l);
  return bad ? bad : sum;
}

static ad_array *clip_norm(ad_place where, ad_array *grads, double max_norm) {
  ad_ctx *c = grads->ctx;
  ad_array *sum = square_sum(where, grads), *norm = sum ? ad_sqrt(sum) : ad_zeros(c, AD_SHAPE(), NULL);
  if (ad_is_error(norm)) return norm;
  ad_array *factor = ad_divide(ad_number(c, max_norm), ad_add(norm, ad_number(c, 1e-6)));
  factor = ad_minimum(factor, ad_number(c, 1));
  return ad_tuple_at(where, c, (ad_array *[]){ad__tree_map(where, grads, NULL, times, factor), norm}, 2);
}

ad_array *ad_clip_grad_norm_at(ad_place where, ad_array *grads, double max_norm) {
  ad_array *bad = check(where, "clip_grad_norm: max_norm", grads, max_norm);
  if (bad) return bad;
  ad_scope *s = ad_scope_begin(grads->ctx);
  return ad_scope_end(s, clip_norm(where, grads, max_norm));
}

static ad_array *bounded(void *user, ad_array *g, ad_array *none) {
  double most = *(double *)user;
  (void)none;
  return ad_clip(g, ad_number(g->ctx, -most), ad_number(g->ctx, most));
}

ad_array *ad_clip_grad_value_at(ad_place where, ad_array *grads, double max_value) {
  ad_array *bad = check(where, "clip_grad_value: max_value", grads, max_value);
  if (bad) return bad;
  ad_scope *s = ad_scope_begin(grads->ctx);
  return ad_scope_end(s, ad__tree_map(where, grads, NULL, bounded, &max_value));
}
