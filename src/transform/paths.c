/* Walking: which nodes lie between xs and ys.
 *
 * A node older than the oldest x cannot depend on one, so the walk down stops there; the walk up then keeps those that
 * do depend. Serial numbers make both loops; there is no recursion.
 * Positions are found by serial in a table where the nodes met are a good part of all that were made since the oldest x,
 * which is so for a function just run, and sorting is then reading the table; otherwise by sorting and a map.
 * The walk down marks nodes with the context's epoch; nothing else runs meanwhile. */
#include "transform/paths.h"
#include "transform/transform.h"

#include <string.h>
#include <adamant/ops.h>
#include "base/sort.h"
#include "ir/ctx.h"
#include "ops/apply.h"

typedef struct node_list {
  ad_array **at;
  size_t count, capacity;
} node_list;

/* Marks of the walk: a node met has visit == epoch, one of the xs MARK_X more. */
enum { MARK_X = 1, EPOCH_STEP = 4 };
/* Serials for each node met, up to which the table is used. */
enum { SPARSEST = 32, SMALL_WINDOW = 1024 };

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

static bool see(ad_paths *w, node_list *l, ad_array *a, uint64_t mark) {
  if (!a || a->serial < w->oldest || a->visit >= w->ctx->epoch || ad__is_error(a)) return true;
  a->visit = w->ctx->epoch + mark;
  if (a->serial > w->newest) w->newest = a->serial;
  return push(w->ctx, l, a);
}

/* Everything ys reach that is not older than the oldest x, and the xs. For a derivative the xs are variables of their own, so
 * nothing is looked for behind them: else one old x would make the walk go through all that is newer. */
static bool reach_down(ad_paths *w, node_list *l, ad_array *const *ys, int n_y, ad_array *const *xs, int n_x) {
  for (int i = 0; i < n_x; i++)
    if (!see(w, l, xs[i], MARK_X)) return false;
  for (int i = 0; i < n_y; i++)
    if (!see(w, l, ys[i], 0)) return false;
  for (size_t k = 0; k < l->count; k++) {
    ad_array *a = l->at[k];
    bool is_variable = w->derivative && a->visit == w->ctx->epoch + MARK_X;
    for (int i = 0; i < a->n && !is_variable; i++)
      if (!see(w, l, a->in[i], 0)) return false;
  }
  return true;
}

static bool by_serial(const void *a, const void *b, const void *user) {
  (void)user;
  return (*(ad_array *const *)a)->serial < (*(ad_array *const *)b)->serial;
}

/* Brings the list in order; false without memory. */
static bool order(ad_paths *w, node_list *l) {
  uint64_t window = l->count ? w->newest - w->oldest + 1 : 1;
  if (window > SMALL_WINDOW && window / SPARSEST > l->count) {
    ad__sort(l->at, l->count, sizeof *l->at, by_serial, NULL);
    return true;
  }
  w->window = window;
  w->at = ad__mem_zeroed(&w->ctx->mem, window * sizeof *w->at);
  ad_array **sorted = w->at ? ad__mem_take(&w->ctx->mem, (l->count + 1) * sizeof *sorted) : NULL;
  if (!sorted) return false;
  for (size_t k = 0; k < l->count; k++) w->at[l->at[k]->serial - w->oldest] = (uint32_t)k + 1;
  size_t n = 0;
  for (uint64_t s = 0; s < window; s++) {
    if (w->at[s]) sorted[n++] = l->at[w->at[s] - 1];
    w->at[s] = 0;
  }
  ad__mem_give(&w->ctx->mem, l->at, l->capacity * sizeof *l->at);
  *l = (node_list){sorted, n, l->count + 1};
  return true;
}

static bool passes(const ad_paths *w, const ad_array *a) {
  for (int i = 0; i < a->n; i++)
    if (a->in[i] && !(w->derivative && ad__deriv_of(a->op, i)->kind == AD_DERIV_NONE) && ad__paths_find(w, a->in[i]) >= 0)
      return true;
  return false;
}

static bool keep(ad_paths *w, ad_array *a, bool is_end) {
  if (w->at) {
    w->at[a->serial - w->oldest] = (uint32_t)w->count + 1;
  } else {
    ad_map_value *v = ad__map_put(&w->index, ad__map_pointer(a), NULL);
    if (!v) return false;
    v->number = w->count;
  }
  w->is_end[w->count] = is_end;
  w->nodes[w->count++] = a;
  return true;
}

void ad__paths_init(ad_paths *w, ad_ctx *c, bool derivative, ad_array *const *ys, int n_y, ad_array *const *xs, int n_x) {
  *w = (ad_paths){.ctx = c, .derivative = derivative, .oldest = UINT64_MAX};
  ad__map_init(&w->index, &c->mem);
  for (int i = 0; i < n_x; i++)
    if (xs[i]->serial < w->oldest) w->oldest = xs[i]->serial;
  c->epoch += EPOCH_STEP;
  node_list all = {NULL, 0, 0};
  bool ok = reach_down(w, &all, ys, n_y, xs, n_x) && order(w, &all) &&
            (w->is_end = ad__mem_take(&c->mem, all.count + 1)) != NULL;
  /* What is kept goes to the front of the list it is taken from. */
  w->nodes = all.at;
  w->capacity = all.capacity;
  w->ends_bytes = all.count + 1;
  for (size_t k = 0; k < all.count && ok; k++) {
    bool is_end = all.at[k]->visit == c->epoch + MARK_X;
    if (is_end || passes(w, all.at[k])) ok = keep(w, all.at[k], is_end);
  }
  if (!ok) w->count = 0;
  w->failed = !ok;
}

void ad__paths_free(ad_paths *w) {
  ad_mem *m = &w->ctx->mem;
  ad__mem_give(m, w->nodes, w->capacity * sizeof *w->nodes);
  ad__mem_give(m, w->is_end, w->is_end ? w->ends_bytes : 0);
  ad__mem_give(m, w->at, w->at ? w->window * sizeof *w->at : 0);
  ad__map_free(&w->index);
}

int64_t ad__paths_find(const ad_paths *w, const ad_array *a) {
  if (!w->at) {
    const ad_map_value *v = ad__map_find(&w->index, ad__map_pointer(a));
    return v ? (int64_t)v->number : -1;
  }
  uint64_t s = a->serial - w->oldest;
  if (s >= w->window || !w->at[s] || w->nodes[w->at[s] - 1] != a) return -1;
  return (int64_t)w->at[s] - 1;
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

ad_array *ad__zeros_of(const ad_array *a) {
  return ad_zeros_at(a->where, a->ctx, (ad_shape){a->type->rank, a->type->dims}, &(ad_zeros_opts){.dtype = a->type->dtype});
}

/* ---- Arrays without a value ---- */

ad_array *ad__traced_new(ad_ctx *c, ad_place where, const ad_type *type, const char *transform) {
  ad_attr at = ad_attr_text(transform);
  return ad__scope_take_error(ad__node_new(c, where, &ad__op_argument, type, NULL, 0, &at));
}

ad_array *ad__placeholder(const ad_array *like) {
  return ad__traced_new(like->ctx, like->where, like->type, "a derivative's rule");
}

/* One zero under every index. */
void ad__placeholder_settle(ad_array *a) {
  ad_ctx *c = a->ctx;
  if (ad__is_error(a) || a->state != AD_LAZY) return;
  size_t bytes = (size_t)a->type->rank * sizeof *a->value.strides;
  int64_t *strides = bytes ? ad__block_take(&c->buffers.blocks, bytes) : NULL;
  ad_buffer *b = bytes && !strides ? NULL : ad__buffer_take(&c->buffers, a->type->item_size);
  if (!b) {
    ad__block_give(&c->buffers.blocks, strides, bytes);
    return;
  }
  memset(b->data, 0, a->type->item_size);
  if (strides) memset(strides, 0, bytes);
  a->value = (ad_value){b, b->data, strides};
  a->state = AD_DONE;
  a->flags |= AD_NODE_CONST;
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
