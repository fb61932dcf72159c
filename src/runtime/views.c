/* Views: results that share their input's memory under other strides.
 *
 * Each kernel computes where the first element lies and how far apart neighbours are, and copies nothing; reshape and
 * view(dtype) copy where no strides can say the result. An array without elements has no strides.
 * A view of a dying input keeps the buffer alive through its own reference. */
#include <string.h>
#include "ops/dims.h"
#include "runtime/structural.h"

static ad_status share(ad_exec *x, ad_array *node, int64_t offset, const int64_t *strides) {
  return ad__value_view(x, node->type, &node->in[0]->value, offset, node->type->size ? strides : NULL, &node->value);
}

static const int64_t *input_strides(const ad_array *node, int64_t *room) {
  return ad__value_strides(node->in[0]->type, &node->in[0]->value, room);
}

/* ---- reshape ---- */

/* The axes that matter, merged where their elements lie as of one axis. */
static int merged_axes(const ad_type *t, const int64_t *strides, int64_t *dims, int64_t *steps) {
  int n = 0;
  for (int i = 0; i < t->rank; i++) {
    if (t->dims[i] == 1) continue;
    if (n && steps[n - 1] == strides[i] * t->dims[i]) dims[n - 1] *= t->dims[i];
    else dims[n++] = t->dims[i];
    steps[n - 1] = strides[i];
  }
  return n;
}

/* Strides under which the same memory has shape `to`; false when there are none. The result's axes, from the last, are
 * cut out of the merged axes of the input; each must be used up before the next begins. */
static bool reshaped_strides(const ad_type *from, const int64_t *strides, const ad_type *to, int64_t *out) {
  int64_t dims[AD_MAX_RANK], steps[AD_MAX_RANK];
  int at = merged_axes(from, strides, dims, steps) - 1;
  int64_t left = at < 0 ? 1 : dims[at], step = at < 0 ? (int64_t)from->item_size : steps[at];
  for (int i = to->rank - 1; i >= 0; i--) {
    if (to->dims[i] == 1) {
      out[i] = step;
      continue;
    }
    if (left == 1 && at > 0) {
      at--;
      left = dims[at];
      step = steps[at];
    }
    if (left % to->dims[i]) return false;
    out[i] = step;
    left /= to->dims[i];
    step *= to->dims[i];
  }
  return true;
}

static ad_status reshape_value(ad_exec *x, ad_array *node) {
  const ad_array *a = node->in[0];
  int64_t strides[AD_MAX_RANK];
  if (ad__value_contiguous(&a->value) || !node->type->size) return share(x, node, 0, NULL);
  if (reshaped_strides(a->type, a->value.strides, node->type, strides)) return share(x, node, 0, strides);
  const char *data = ad__value_contiguous_data(x, a, &node->value);
  return data ? AD_OK : x->err.code;
}

ad_status ad__k_reshape(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return reshape_value(x, node);
}

/* expand_dims and squeeze only move axes of length 1, for which there always are strides. */
ad_status ad__k_ones_axes(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return reshape_value(x, node);
}

/* ---- transpose, broadcast_to, flip, strided_slice ---- */

ad_status ad__k_transpose(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_attr *axes = ad__attr(node, 0);
  int rank = node->type->rank;
  int64_t room[AD_MAX_RANK], out[AD_MAX_RANK];
  const int64_t *in = input_strides(node, room);
  for (int i = 0; i < rank; i++) out[i] = in[axes->given ? axes->as.ints[i] : rank - 1 - i];
  return share(x, node, 0, out);
}

ad_status ad__k_broadcast_to(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_type *from = node->in[0]->type;
  int lead = node->type->rank - from->rank;
  int64_t room[AD_MAX_RANK], out[AD_MAX_RANK];
  const int64_t *in = input_strides(node, room);
  for (int i = 0; i < node->type->rank; i++) out[i] = i < lead || from->dims[i - lead] == 1 ? 0 : in[i - lead];
  return share(x, node, 0, out);
}

ad_status ad__k_flip(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_attr *axes = ad__attr(node, 0);
  int rank = node->type->rank;
  bool turned[AD_MAX_RANK];
  int64_t room[AD_MAX_RANK], out[AD_MAX_RANK], offset = 0;
  const int64_t *in = input_strides(node, room);
  if (axes->given) ad__axes_mark(axes, rank, turned);
  for (int i = 0; i < rank; i++) {
    bool turn = !axes->given || turned[i];
    if (turn) offset += (node->type->dims[i] - 1) * in[i];
    out[i] = turn ? -in[i] : in[i];
  }
  return share(x, node, offset, out);
}

ad_status ad__k_strided_slice(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  enum { START, STOP, STEP };
  const ad_attr *step = ad__attr(node, STEP);
  int64_t room[AD_MAX_RANK], out[AD_MAX_RANK], offset = 0;
  const int64_t *in = input_strides(node, room);
  for (int i = 0; i < node->type->rank; i++) {
    int64_t by = step->given ? step->as.ints[i] : 1;
    ad_slice_range s = ad__slice_range(node->in[0]->type->dims[i], ad__attr(node, START)->as.ints[i],
                                       ad__attr(node, STOP)->as.ints[i], by);
    offset += s.count ? s.first * in[i] : 0;
    out[i] = s.count > 1 ? by * in[i] : in[i];
  }
  return share(x, node, offset, out);
}

/* ---- diagonal, as_strided ---- */

ad_status ad__k_diagonal(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  int64_t offset = ad__attr(node, 0)->as.i, p = ad__attr(node, 1)->as.i, q = ad__attr(node, 2)->as.i;
  int64_t room[AD_MAX_RANK], out[AD_MAX_RANK], first = 0;
  const int64_t *in = input_strides(node, room);
  int n = 0;
  for (int i = 0; i < node->in[0]->type->rank; i++)
    if (i != p && i != q) out[n++] = in[i];
  out[n] = in[p] + in[q];
  if (node->type->size) first = offset < 0 ? -offset * in[p] : offset * in[q];
  return share(x, node, first, out);
}

/* Its strides count over row-major elements, so that an input that lies otherwise is copied first. */
ad_status ad__k_as_strided(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  enum { SHAPE, STRIDES, OFFSET };
  const ad_array *a = node->in[0];
  const ad_attr *strides = ad__attr(node, STRIDES);
  int64_t item = node->type->item_size, out[AD_MAX_RANK], offset = ad__attr(node, OFFSET)->as.i * item;
  for (int i = 0; i < node->type->rank && strides->given; i++) out[i] = strides->as.ints[i] * item;
  const int64_t *steps = strides->given ? out : NULL;
  if (!node->type->size || ad__value_contiguous(&a->value)) return share(x, node, node->type->size ? offset : 0, steps);
  ad_value copy;
  if (!ad__value_contiguous_data(x, a, &copy)) return x->err.code;
  ad_status s = ad__value_view(x, node->type, &copy, offset, steps, &node->value);
  ad__value_free(x->cache, a->type, &copy);
  return s;
}

/* ---- view(dtype) ---- */

static bool multiple(int64_t n, int64_t of) { return n % of == 0; }

/* Can items of `item` bytes be read where the value's lie? Wider ones must lie in one row and be aligned. */
static bool readable_as(const ad_type *t, const ad_value *v, const int64_t *strides, int64_t item) {
  int last = t->rank - 1;
  if (item != t->item_size && (t->dims[last] != 1 && strides[last] != t->item_size)) return false;
  bool aligned = item <= t->item_size || multiple((int64_t)((uintptr_t)v->data % (uintptr_t)item), item);
  for (int i = 0; i < last && item > t->item_size; i++) aligned &= multiple(strides[i], item);
  return aligned;
}

ad_status ad__k_view(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_array *a = node->in[0];
  int64_t room[AD_MAX_RANK], out[AD_MAX_RANK], item = node->type->item_size;
  const int64_t *in = input_strides(node, room);
  if (!node->type->size) return share(x, node, 0, NULL);
  for (int i = 0; i < node->type->rank; i++) out[i] = in[i];
  if (item != a->type->item_size) out[node->type->rank - 1] = item;
  if (readable_as(a->type, &a->value, in, item)) return share(x, node, 0, out);
  ad_value copy;
  ad_status s = ad__value_new(x, a->type, &copy);
  if (s) return s;
  int64_t to[AD_MAX_RANK];
  ad__type_strides(a->type, to);
  ad__copy_strided(x, a->type, copy.data, to, a->value.data, in);
  node->value = copy; /* row-major bytes, whatever they are read as */
  return AD_OK;
}

/* ---- The same elements ---- */

ad_status ad__k_barrier(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return share(x, node, 0, node->in[0]->value.strides);
}

ad_status ad__k_contiguous(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_array *a = node->in[0];
  if (ad__value_contiguous(&a->value)) return share(x, node, 0, NULL);
  return ad__value_contiguous_data(x, a, &node->value) ? AD_OK : x->err.code;
}

ad_status ad__k_copy(ad_exec *x, ad_array *node, uint32_t dying) {
  const ad_array *a = node->in[0];
  int64_t to[AD_MAX_RANK], room[AD_MAX_RANK];
  ad_status s = ad__value_reuse(x, node, dying, &node->value);
  if (s || node->value.buf == a->value.buf) return s;
  ad__type_strides(node->type, to);
  ad__copy_strided(x, node->type, node->value.data, to, a->value.data, ad__value_strides(a->type, &a->value, room));
  return AD_OK;
}
