/* The shape relation of reductions, and what their derivative rules share. See reduce_rules.h. */
#include "ops/reduce_rules.h"

#include "ir/rel.h"

/* Marks the reduced axes of an input of that rank; false when one is out of range (its list was met before the rank). */
static bool mark(ad_rel *r, int rank, bool *reduced) {
  const ad_attr *axes = ad_rel_attr(r, AD_REDUCE_FIELD_AXES);
  bool one = r->op->fields[AD_REDUCE_FIELD_AXES].kind == AD_FIELD_AXIS;
  for (int i = 0; i < rank; i++) reduced[i] = !axes->given;
  for (int i = 0; axes->given && i < (one ? 1 : axes->count); i++) {
    int64_t axis = one ? axes->as.i : axes->as.ints[i];
    if (axis < -rank || axis >= rank)
      return ad_rel_fail(r, AD_E_INDEX, "axes %lld; it is out of range for rank %d; from %d to %d is right",
                         (long long)axis, rank, -rank, rank - 1);
    reduced[axis < 0 ? axis + rank : axis] = true;
  }
  return true;
}

/* The ranks of input and result from each other; false in *known when neither follows. */
static bool ranks(ad_rel *r, bool keepdims, bool *known) {
  const ad_attr *axes = ad_rel_attr(r, AD_REDUCE_FIELD_AXES);
  bool one = r->op->fields[AD_REDUCE_FIELD_AXES].kind == AD_FIELD_AXIS;
  int in = ad_rel_get_rank(r, 0), out = ad_rel_get_rank(r, AD_REL_OUT(r, 0)), gone = one ? 1 : axes->count;
  *known = true;
  if (!axes->given && !keepdims) {
    *known = in >= 0;
    return ad_rel_rank(r, AD_REL_OUT(r, 0), 0);
  }
  if (keepdims) gone = 0;
  if (in >= 0) return ad_rel_rank(r, AD_REL_OUT(r, 0), in - gone);
  if (out >= 0) return ad_rel_rank(r, 0, out + gone);
  *known = false;
  return true;
}

static bool reduce_axis(ad_rel *r, int i, int *at, bool reduced, bool keepdims, bool nonempty) {
  int out = AD_REL_OUT(r, 0);
  if (!reduced) return ad_rel_same_dim(r, 0, i, out, (*at)++);
  ad_dim n = ad_rel_get_dim(r, 0, i);
  if (n == 0 && nonempty)
    return ad_rel_fail(r, AD_E_VALUE, "axis %d has length 0; there is no element to choose from; 1 or more is right", i);
  if (n == AD_DIM_UNKNOWN) ad_rel_later(r);
  return keepdims ? ad_rel_dim(r, out, (*at)++, 1) : true;
}

static ad_status reduce(ad_rel *r, bool nonempty) {
  bool keepdims = ad_rel_attr(r, AD_REDUCE_FIELD_KEEPDIMS)->as.i, reduced[AD_MAX_RANK], known;
  if (!ranks(r, keepdims, &known)) return ad_rel_end(r, false);
  if (!known) return ad_rel_end(r, ad_rel_later(r));
  int rank = ad_rel_get_rank(r, 0), at = 0;
  if (!mark(r, rank, reduced)) return ad_rel_end(r, false);
  for (int i = 0; i < rank; i++)
    if (!reduce_axis(r, i, &at, reduced[i], keepdims, nonempty)) return ad_rel_end(r, false);
  return ad_rel_end(r, true);
}

/* An index is 32 bits wide. */
ad_status ad__reduce_dims_indexed(ad_rel *r) {
  const ad_attr *axis = ad_rel_attr(r, AD_REDUCE_FIELD_AXES);
  ad_status s = reduce(r, true);
  int rank = ad_rel_get_rank(r, 0);
  double n = 1;
  for (int i = 0; !s && i < rank; i++) {
    ad_dim d = ad_rel_get_dim(r, 0, i);
    if (d >= 0 && (!axis->given || axis->as.i == i || axis->as.i == i - rank)) n *= (double)d;
  }
  if (n <= UINT32_MAX) return s;
  return ad_rel_end(r, ad_rel_fail(r, AD_E_OVERFLOW, "%.0f elements to search; at most 4294967295 are right", n));
}

ad_status ad__reduce_dims(ad_rel *r) { return reduce(r, false); }
ad_status ad__reduce_dims_nonempty(ad_rel *r) { return reduce(r, true); }

ad_ints ad__reduce_axes(const ad_rule *r) {
  const ad_attr *axes = &r->attrs[AD_REDUCE_FIELD_AXES];
  if (axes->given && r->op->fields[AD_REDUCE_FIELD_AXES].kind == AD_FIELD_AXIS) return (ad_ints){true, 1, &axes->as.i};
  return (ad_ints){axes->given, axes->count, axes->as.ints};
}

ad_array *ad__reduce_keep(const ad_rule *r, ad_array *y) {
  return r->attrs[AD_REDUCE_FIELD_KEEPDIMS].as.i ? y : ad__reduce_unsqueeze(r, y);
}

ad_array *ad__reduce_unsqueeze(const ad_rule *r, ad_array *y) {
  ad_shape in = ad_array_shape(r->in[0]);
  const ad_attr *axes = &r->attrs[AD_REDUCE_FIELD_AXES];
  if (axes->given) return ad_expand_dims(y, ad__reduce_axes(r));
  int64_t all[AD_MAX_RANK];
  for (int i = 0; i < in.rank; i++) all[i] = i;
  return ad_expand_dims(y, ((ad_ints){true, in.rank, all}));
}

ad_array *ad__reduce_spread(const ad_rule *r, ad_array *y) {
  return ad_broadcast_to(ad__reduce_keep(r, y), ad_array_shape(r->in[0]));
}

ad_array *ad__reduce_sum(const ad_rule *r, ad_array *a, bool keepdims) {
  return ad_sum(a, &(ad_sum_opts){.axes = ad__reduce_axes(r), .keepdims = keepdims});
}

double ad__reduce_count(const ad_rule *r) {
  ad_shape in = ad_array_shape(r->in[0]);
  ad_ints axes = ad__reduce_axes(r);
  double n = 1;
  for (int i = 0; i < (axes.given ? axes.count : in.rank); i++) n *= (double)in.dims[axes.given ? axes.values[i] : i];
  return n;
}

ad_array *ad__reduce_last(const ad_rule *r, ad_array *a, int64_t *order) {
  ad_shape in = ad_array_shape(a);
  ad_ints axes = ad__reduce_axes(r);
  int64_t dims[AD_MAX_RANK + 1], length = 1;
  bool reduced[AD_MAX_RANK] = {false};
  int kept = 0, at = 0;
  for (int i = 0; i < in.rank; i++) reduced[i] = !axes.given;
  for (int i = 0; axes.given && i < axes.count; i++) reduced[axes.values[i]] = true;
  for (int i = 0; i < in.rank; i++)
    if (!reduced[i]) dims[kept] = in.dims[i], order[kept++] = i;
  at = kept;
  for (int i = 0; i < in.rank; i++)
    if (reduced[i]) length *= in.dims[i], order[at++] = i;
  dims[kept] = length;
  return ad_reshape(ad_transpose(a, &(ad_transpose_opts){.axes = {true, in.rank, order}}), (ad_shape){kept + 1, dims});
}
