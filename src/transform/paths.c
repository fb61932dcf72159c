/* Walking: which nodes lie between xs and ys.
 *
 * A node older than the oldest x cannot depend on one, so the walk down stops there; the walk up then keeps those that
 * do depend. Serial numbers make both loops; there is no recursion. */
#include "transform/paths.h"

#include <stdlib.h>
#include <string.h>
#include <adamant/ops.h>
#include "ir/ctx.h"
#include "ops/apply.h"

typedef struct node_list {
  ad_array **at;
  size_t count, capacity;
} node_list;

static bool push(ad_ctx *c, node_list *l, ad_array *a) {
  if (l->count == l->capacity) {
    size_t n = l->capacity ? 2 * l->capacity : 64;
    ad_array **p = ad__mem_resize(&c->mem, l->at, l->capacity * sizeof *p, n * sizeof *p);
    if (!p) return false;
    l->at = p;
    l->capacity = n;
  }
  l->at[l->count++] = a;
  return true;
}

static bool see(ad_paths *w, node_list *l, ad_array *a, uint64_t oldest) {
  bool fresh = false;
  if (!a || a->serial < oldest || ad__is_error(a)) return true;
  return ad__map_put(&w->index, ad__map_pointer(a), &fresh) && (!fresh || push(w->ctx, l, a));
}

/* Everything ys reach that is not older than the oldest x. */
static bool reach_down(ad_paths *w, node_list *l, ad_array *const *ys, int n_y, uint64_t oldest) {
  for (int i = 0; i < n_y; i++)
    if (!see(w, l, ys[i], oldest)) return false;
  for (size_t k = 0; k < l->count; k++) {
    ad_array *a = l->at[k];
    for (int i = 0; i < a->n; i++)
      if (!see(w, l, a->in[i], oldest)) return false;
  }
  return true;
}

static int by_serial(const void *a, const void *b) {
  uint64_t x = (*(ad_array *const *)a)->serial, y = (*(ad_array *const *)b)->serial;
  return x < y ? -1 : x > y;
}

static bool passes(const ad_paths *w, const ad_array *a) {
  for (int i = 0; i < a->n; i++)
    if (a->in[i] && ad__paths_find(w, a->in[i]) >= 0) return true;
  return false;
}

void ad__paths_init(ad_paths *w, ad_ctx *c, ad_array *const *ys, int n_y, ad_array *const *xs, int n_x) {
  *w = (ad_paths){.ctx = c};
  ad__map_init(&w->index, &c->mem);
  uint64_t oldest = UINT64_MAX;
  for (int i = 0; i < n_x; i++)
    if (xs[i]->serial < oldest) oldest = xs[i]->serial;
  node_list all = {NULL, 0, 0};
  bool ok = reach_down(w, &all, ys, n_y, oldest);
  for (int i = 0; i < n_x && ok; i++) ok = see(w, &all, xs[i], oldest);
  ad__map_clear(&w->index);
  if (ok && all.count) qsort(all.at, all.count, sizeof *all.at, by_serial);
  node_list kept = {NULL, 0, 0};
  for (size_t k = 0; k < all.count && ok; k++) {
    bool is_x = false;
    for (int i = 0; i < n_x && !is_x; i++) is_x = xs[i] == all.at[k];
    if (!is_x && !passes(w, all.at[k])) continue;
    ad_map_value *v = ad__map_put(&w->index, ad__map_pointer(all.at[k]), NULL);
    if ((ok = v && push(c, &kept, all.at[k]))) v->number = kept.count - 1;
  }
  ad__mem_give(&c->mem, all.at, all.capacity * sizeof *all.at);
  w->nodes = kept.at;
  w->count = kept.count;
  w->capacity = kept.capacity;
  w->failed = !ok;
}

void ad__paths_free(ad_paths *w) {
  ad__mem_give(&w->ctx->mem, w->nodes, w->capacity * sizeof *w->nodes);
  ad__map_free(&w->index);
}

int64_t ad__paths_find(const ad_paths *w, const ad_array *a) {
  const ad_map_value *v = ad__map_find(&w->index, ad__map_pointer(a));
  return v ? (int64_t)v->number : -1;
}

const ad_deriv *ad__deriv_of(const ad_op *op, int i) {
  static const ad_deriv unstated = {AD_DERIV_UNSTATED, 0, NULL};
  if (!op->deriv_count) return &unstated;
  return &op->derivs[i < op->deriv_count ? i : op->deriv_count - 1];
}

ad_rule ad__rule_of(ad_array *a) {
  return (ad_rule){.ctx = a->ctx, .op = a->op, .n = a->n, .in = a->in, .out = a,
                   .attrs = a->attrs ? a->attrs->at : NULL};
}

ad_array *ad__placeholder(const ad_array *like) {
  return ad__scope_take(ad__node_new(like->ctx, like->where, &ad__op_constant, like->type, NULL, 0, NULL));
}

ad_array *ad__undo_broadcast(ad_array *ct, const ad_array *to) {
  if (ad_is_error(ct)) return ct;
  const ad_type *have = ct->type, *want = to->type;
  if (have->rank != want->rank || memcmp(have->dims, want->dims, (size_t)want->rank * sizeof *want->dims) != 0) {
    int64_t axes[AD_MAX_RANK];
    int n = 0, lead = have->rank - want->rank;
    for (int i = 0; i < have->rank; i++)
      if (i < lead || (want->dims[i - lead] == 1 && have->dims[i] != 1)) axes[n++] = i;
    if (n) ct = ad_sum(ct, &(ad_sum_opts){.axes = {true, n, axes}, .dtype = have->dtype});
    ct = ad_reshape(ct, (ad_shape){want->rank, want->dims});
  }
  return ad_array_dtype(ct) == want->dtype ? ct : ad_cast(ct, want->dtype);
}
