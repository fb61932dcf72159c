/* What people write over gather and scatter: elements along an axis, and slices whose start is computed.
 *
 * All are compositions, so derivatives and batching follow from gather and the scatters. Not here: the notation of
 * brackets (array/index.c). */
#include <string.h>
#include "ir/ctx.h"
#include "ir/rel.h"
#include "ops/gather_rules.h"
#include "ops/index_check.h"

/* ---- Shared steps ---- */

static ad_array *flat(ad_array *a) { return ad_reshape(a, AD_SHAPE(-1)); }

/* The axis moved to the end, or, back, the last axis moved to where it was. */
static ad_array *axis_last(ad_array *a, int axis, bool back) {
  if (ad_is_error(a)) return a;
  int rank = ad_array_rank(a);
  int64_t perm[AD_MAX_RANK];
  for (int i = 0, k = 0; i < rank; i++) {
    if (back) perm[i] = i < axis ? i : i == axis ? rank - 1 : i - 1;
    else if (i != axis) perm[k++] = i;
  }
  if (axis == rank - 1) return a;
  if (!back) perm[rank - 1] = axis;
  return ad_transpose(a, &(ad_transpose_opts){.axes = {true, rank, perm}});
}

/* a with the given dims in front of its last one. */
static ad_array *with_front(ad_array *a, const int64_t *front) {
  ad_shape s = ad_array_shape(a);
  int64_t dims[AD_MAX_RANK];
  if (s.rank == 0) return a;
  memcpy(dims, front, (size_t)(s.rank - 1) * sizeof *dims);
  dims[s.rank - 1] = s.dims[s.rank - 1];
  if (memcmp(dims, s.dims, (size_t)s.rank * sizeof *dims) == 0) return a;
  return ad_broadcast_to(a, (ad_shape){s.rank, dims});
}

static ad_array *batch_of(const ad_rule *r, const bool *batched, int i, int64_t size) {
  return batched[i] ? r->in[i] : ad__batch_spread(r->in[i], size);
}

/* a with all axes behind the batch axis as one. */
static ad_array *flat_batch(ad_array *a, int64_t size) { return ad_reshape(a, AD_SHAPE(size, -1)); }

static ad_status refuse_floats(const ad_rule *r, int input, char *why, size_t why_size) {
  return ad__index_check_dtype(r->in[input], why, why_size);
}

/* ---- take ---- */

static ad_status take_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  const ad_attr *axis = &r->attrs[0];
  const ad_type *t = r->in[0]->type;
  out[0] = in[0];
  ad_status s = refuse_floats(r, 1, why, why_size);
  if (s) return s;
  if (!axis->given) return ad__index_check_known(r->in[1], 0, t->size, 1, why, why_size);
  return ad__index_check_known(r->in[1], axis->as.i, t->dims[axis->as.i], 1, why, why_size);
}

/* a[..., n, ...] and indices[I...] give [..., I..., ...]. */
static bool relate_take(ad_rel *r) {
  const ad_attr *axis = ad_rel_attr(r, 0);
  int out = AD_REL_OUT(r, 0);
  if (!axis->given) return ad_rel_same(r, 1, out);
  int a = ad_rel_get_rank(r, 0), i = ad_rel_get_rank(r, 1), y = ad_rel_get_rank(r, out);
  int known = (a >= 0) + (i >= 0) + (y >= 0);
  if (known < 2) return ad_rel_later(r);
  if (a < 0 && !ad_rel_rank(r, 0, a = y - i + 1)) return false;
  if (i < 0 && !ad_rel_rank(r, 1, i = y - a + 1)) return false;
  if (!ad_rel_rank(r, out, a + i - 1)) return false;
  int at = (int)(axis->as.i < 0 ? axis->as.i + a : axis->as.i);
  if (ad_rel_get_dim(r, 0, at) == 0) {
    bool reads = true;
    for (int k = 0; k < i; k++) {
      ad_dim d = ad_rel_get_dim(r, 1, k);
      reads = reads && d != 0 && d != AD_DIM_UNKNOWN;
    }
    if (reads)
      return ad_rel_fail(r, AD_E_INDEX, "axis %d has length 0; it has no elements to read; an empty index is right", at);
  }
  for (int k = 0; k < a; k++)
    if (k != at && !ad_rel_same_dim(r, 0, k, out, k < at ? k : k + i - 1)) return false;
  for (int k = 0; k < i; k++)
    if (!ad_rel_same_dim(r, 1, k, out, at + k)) return false;
  return true;
}
static ad_status take_dims(ad_rel *r) { return ad_rel_end(r, relate_take(r)); }

static ad_array *take_compose(const ad_rule *r) {
  const ad_attr *axis = &r->attrs[0];
  int64_t at = axis->given ? axis->as.i : 0;
  ad_array *const in[] = {axis->given ? r->in[0] : flat(r->in[0]), r->in[1]};
  return ad_gather(r->ctx, in, 2, AD_AXES(at), &(ad_gather_opts){.at = AD_INT(at)});
}

static ad_array *take_batch(const ad_rule *r, const bool *batched, int64_t size) {
  const ad_attr *axis = &r->attrs[0];
  int64_t at = axis->given ? axis->as.i : 0;
  ad_array *a = batch_of(r, batched, 0, size);
  if (!axis->given) a = flat_batch(a, size);
  if (!batched[1]) return ad_take(a, r->in[1], &(ad_take_opts){.axis = AD_INT(at + 1)});
  return ad_gather(r->ctx, (ad_array *const[]){a, r->in[1]}, 2, AD_AXES(at + 1),
                   &(ad_gather_opts){.at = AD_INT(at), .batch = AD_INT(1)});
}

static const ad_field take_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis the indices count in; absent: a is flattened"},
};
const ad_op ad__op_take = {
    AD_OP_HEAD(take),
    .params = "a, indices",
    .doc = "The elements of a at the given indices along an axis: the axis is replaced by the axes of indices. Negative "
           "indices count from the end; what is out of range is an error where the indices are known, else reads the "
           "nearest element.",
    .example = "ad_array *rows = ad_take(table, words, &(ad_take_opts){.axis = AD_INT(0)});",
    .group = "indexing",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(take_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = take_dtypes,
    .dims = take_dims,
    .compose = take_compose,
    .batch = take_batch,
    AD_SPELLINGS({"numpy", "np.take($0, $1, axis=@axis)"}),
    AD_SAMPLES({"float32[5,3], int32[4]", "axis=0", "normal, signed_index:5"},
               {"float64[2,5,3], uint8[2,2]", "axis=-2", "normal, index:5"}, {"int32[3,4], int64[5]", "", "small, index:12"},
               {"complex64[4,2], int16[]", "axis=1", "normal, signed_index:2"},
               {"bool[4], uint32[0]", "axis=0", "bool, index:4"}, {"bfloat16[0,3], int32[0]", "axis=0", "normal, index:1"}),
    AD_ERRORS({"float32[3], float32[2]", "axis=0", AD_E_TYPE, "indices of dtype float32; integers are right"},
              {"float32[3], int32[2]", "axis=1", AD_E_INDEX, "axis 1; it is out of range for rank 1"},
              {"float32[3,0], int32[2]", "axis=1", AD_E_INDEX, "axis 1 has length 0"}),
};

/* ---- take_along_axis, put_along_axis ---- */

static ad_status along_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  const ad_attr *axis = &r->attrs[0];
  const ad_type *t = r->in[0]->type;
  out[0] = in[0];
  if (r->n == 3) in[2] = in[0];
  ad_status s = refuse_floats(r, 1, why, why_size);
  if (s) return s;
  int64_t at = axis->given ? axis->as.i : 0;
  return ad__index_check_known(r->in[1], at, axis->given ? t->dims[at] : t->size, 1, why, why_size);
}

/* indices and a broadcast together but for the axis, where the result has the length of indices. */
static bool relate_along(ad_rel *r, int result) {
  const ad_attr *axis = ad_rel_attr(r, 0);
  if (!axis->given) return ad_rel_rank(r, 1, 1) && ad_rel_same(r, 1, result);
  int known = -1;
  const int slots[] = {0, 1, result};
  for (int k = 0; k < 3; k++)
    if (ad_rel_get_rank(r, slots[k]) >= 0) known = ad_rel_get_rank(r, slots[k]);
  if (known < 0) return ad_rel_later(r);
  for (int k = 0; k < 3; k++)
    if (!ad_rel_rank(r, slots[k], known)) return false;
  int at = (int)(axis->as.i < 0 ? axis->as.i + known : axis->as.i);
  ad_rel_slot part[3] = {r->slots[0], r->slots[1], r->slots[result]};
  part[0].dims[at] = 1;
  ad_rel sub = *r;
  sub.slots = part;
  sub.inputs = 2, sub.outputs = 1;
  sub.later = false;
  if (!ad_rel_broadcast(&sub, 2, (const int[]){0, 1}, 2)) {
    r->failed = sub.failed;
    return false;
  }
  r->later |= sub.later;
  for (int i = 0; i < known; i++)
    for (int k = 0; k < 3; k++)
      if (!(k == 0 && i == at) && part[k].dims[i] != AD_DIM_UNKNOWN && !ad_rel_dim(r, slots[k], i, part[k].dims[i]))
        return false;
  return true;
}

static ad_status take_along_dims(ad_rel *r) { return ad_rel_end(r, relate_along(r, AD_REL_OUT(r, 0))); }

/* indices must fit a's other axes, and values must fit the indices so spread. */
static bool relate_put(ad_rel *r) {
  const ad_attr *axis = ad_rel_attr(r, 0);
  if (!ad_rel_same(r, 0, AD_REL_OUT(r, 0))) return false;
  int rank = ad_rel_get_rank(r, 0);
  if (rank < 0) return ad_rel_later(r);
  if (!ad_rel_rank(r, 1, axis->given ? rank : 1)) return false;
  int at = (int)(axis->given ? axis->as.i : 0);
  ad_rel_slot part[4] = {r->slots[1], r->slots[2], r->slots[1], r->slots[1]};
  for (int i = 0; axis->given && i < rank; i++) {
    ad_dim have = ad_rel_get_dim(r, 1, i), want = ad_rel_get_dim(r, 0, i);
    if (i == at) continue;
    if (have >= 0 && want >= 0 && have != 1 && have != want)
      return ad_rel_fail(r, AD_E_VALUE, "indices of length %lld on axis %d of length %lld; that length, or 1, is right",
                         (long long)have, i, (long long)want);
    part[0].dims[i] = part[2].dims[i] = want;
  }
  if (part[1].rank < 0) return ad_rel_later(r);
  ad_rel sub = *r;
  sub.slots = part;
  sub.inputs = 2, sub.outputs = 1;
  if (!ad_rel_broadcast(&sub, 2, (const int[]){0, 1}, 2)) {
    r->failed = sub.failed;
    return false;
  }
  return true;
}
static ad_status put_along_dims(ad_rel *r) { return ad_rel_end(r, relate_put(r)); }

/* a and indices with the axis last and the axes in front spread to common dims; a is an error where either is. */
typedef struct along {
  ad_array *a, *indices;
  int axis, rank;
  int64_t front[AD_MAX_RANK];
} along;

static along align(const ad_rule *r) {
  const ad_attr *axis = &r->attrs[0];
  along w = {.a = axis->given ? r->in[0] : flat(r->in[0]), .indices = r->in[1], .axis = axis->given ? (int)axis->as.i : 0};
  w.rank = ad_array_rank(w.a);
  w.a = axis_last(w.a, w.axis, false);
  w.indices = axis_last(w.indices, w.axis, false);
  if (ad_is_error(w.a)) w.indices = w.a;
  if (ad_is_error(w.indices)) {
    w.a = w.indices;
    return w;
  }
  ad_shape a = ad_array_shape(w.a), i = ad_array_shape(w.indices);
  for (int k = 0; k < a.rank - 1 && k < i.rank; k++) w.front[k] = a.dims[k] == 1 ? i.dims[k] : a.dims[k];
  w.a = with_front(w.a, w.front);
  w.indices = with_front(w.indices, w.front);
  if (ad_is_error(w.indices)) w.a = w.indices;
  return w;
}

static ad_array *take_along_compose(const ad_rule *r) {
  along w = align(r);
  if (ad_is_error(w.a)) return w.a;
  ad_array *y = ad_gather(r->ctx, (ad_array *const[]){w.a, w.indices}, 2, AD_AXES(w.rank - 1),
                          &(ad_gather_opts){.batch = AD_INT(w.rank - 1)});
  return axis_last(y, w.axis, true);
}

static ad_array *put_along_compose(const ad_rule *r) {
  along w = align(r);
  if (ad_is_error(w.a)) return w.a;
  ad_shape all = ad_array_shape(w.indices);
  int64_t dims[AD_MAX_RANK];
  for (int i = 0; i < all.rank; i++) dims[i] = all.dims[i < w.axis ? i : i == w.axis ? all.rank - 1 : i - 1];
  ad_array *values = axis_last(ad_broadcast_to(r->in[2], (ad_shape){all.rank, dims}), w.axis, false);
  ad_array *y = ad_scatter(r->ctx, (ad_array *const[]){w.a, values, w.indices}, 3, AD_AXES(w.rank - 1),
                           &(ad_scatter_opts){.batch = AD_INT(w.rank - 1)});
  y = axis_last(y, w.axis, true);
  return r->attrs[0].given ? y : ad_reshape(y, ad_array_shape(r->in[0]));
}

/* The values line up with the indices from the end, so that axes of length 1 go between the batch axis and theirs. */
static ad_array *put_along_batch(const ad_rule *r, const bool *batched, int64_t size) {
  const ad_attr *axis = &r->attrs[0];
  ad_array *a = batch_of(r, batched, 0, size), *indices = batch_of(r, batched, 1, size), *values = batch_of(r, batched, 2, size);
  ad_shape whole = ad_array_shape(a);
  int64_t ones[AD_MAX_RANK];
  int missing = ad_array_rank(indices) - ad_array_rank(values);
  for (int i = 0; i < missing; i++) ones[i] = i + 1;
  if (missing > 0) values = ad_expand_dims(values, (ad_ints){true, missing, ones});
  if (!axis->given) a = flat_batch(a, size);
  ad_array *y = ad_put_along_axis(a, indices, values, &(ad_put_along_axis_opts){.axis = AD_INT(axis->given ? axis->as.i + 1 : 1)});
  return axis->given ? y : ad_reshape(y, whole);
}

static const ad_field along_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis the indices count in; absent: a is flattened, indices has rank 1"},
};
const ad_op ad__op_take_along_axis = {
    AD_OP_HEAD(take_along_axis),
    .params = "a, indices",
    .doc = "The elements of a at the given indices along an axis, every line of that axis with indices of its own: "
           "indices has the rank of a, and the other axes broadcast together.",
    .example = "ad_array *best = ad_take_along_axis(scores, order, &(ad_take_along_axis_opts){.axis = AD_INT(-1)});",
    .group = "indexing",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(along_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = along_dtypes,
    .dims = take_along_dims,
    .compose = take_along_compose,
    AD_SPELLINGS({"numpy", "np.take_along_axis($0, $1, @axis)"}),
    AD_SAMPLES({"float32[5,3], int32[4,3]", "axis=0", "normal, signed_index:5"},
               {"float64[2,5,3], uint8[2,1,3]", "axis=1", "normal, index:5"},
               {"float32[2,3,4], int64[1,3,2]", "axis=-1", "normal, signed_index:4"},
               {"int32[3,4], int64[5]", "", "small, index:12"}, {"bool[4], uint32[0]", "axis=0", "bool, index:4"}),
    AD_ERRORS({"float32[3,2], int32[3]", "axis=0", AD_E_VALUE, "its rank is"},
              {"float32[3,2], int32[3,4]", "axis=0", AD_E_VALUE, "do not broadcast"},
              {"float32[3], float32[2]", "axis=0", AD_E_TYPE, "indices of dtype float32; integers are right"}),
};

const ad_op ad__op_put_along_axis = {
    AD_OP_HEAD(put_along_axis),
    .params = "a, indices, values",
    .doc = "a with values written at the given indices along an axis, every line of that axis with indices of its own: "
           "indices has the rank of a, its other axes those of a or length 1, and values broadcasts to it. Of several "
           "values for one element the last stays.",
    .example = "ad_array *y = ad_put_along_axis(a, order, values, &(ad_put_along_axis_opts){.axis = AD_INT(-1)});",
    .group = "indexing",
    .inputs = 3,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(along_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = along_dtypes,
    .dims = put_along_dims,
    .compose = put_along_compose,
    .batch = put_along_batch,
    AD_SPELLINGS({"numpy", "put_along_axis($0, $1, $2, @axis)"}),
    AD_SAMPLES({"float32[5,3], int32[4,3], float32[4,3]", "axis=0", "normal, signed_index:5, normal"},
               {"float64[2,5,3], uint8[2,1,3], float64[]", "axis=1", "normal, index:5, normal"},
               {"float32[2,3,4], int64[1,3,2], float32[3,1]", "axis=-1", "normal, signed_index:4, normal"},
               {"int32[3,4], int64[5], int32[5]", "", "small, index:12, small"}),
    AD_ERRORS({"float32[3,2], int32[2,4], float32[]", "axis=0", AD_E_VALUE, "indices of length 4 on axis 1 of length 2"},
              {"float32[3,2], int32[2,2], float32[3,2]", "axis=0", AD_E_VALUE, "do not broadcast"}),
};

/* ---- slice, slice_update ---- */

enum { SLICE_AXES, SLICE_SIZE };

static ad_status start_dtypes(const ad_rule *r, int start, const ad_attr *sizes, char *why, size_t why_size) {
  ad_status s = refuse_floats(r, start, why, why_size);
  const ad_type *t = r->in[0]->type, *u = r->in[1]->type;
  const ad_attr *axes = &r->attrs[SLICE_AXES];
  if (s || t->rank > (sizes ? sizes->count : u->rank)) return s;
  for (int k = 0; k < axes->count && !s; k++) {
    int64_t axis = axes->as.ints[k];
    s = ad__index_check_known_at(r->in[start], k, axis, t->dims[axis], sizes ? sizes->as.ints[axis] : u->dims[axis], why,
                                 why_size);
  }
  return s;
}

static ad_status slice_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  out[0] = in[0];
  return start_dtypes(r, 1, &r->attrs[SLICE_SIZE], why, why_size);
}

static ad_status slice_update_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  out[0] = in[1] = in[0];
  return start_dtypes(r, 2, NULL, why, why_size);
}

/* start: one number per axis; for a single axis rank 0 will do. */
static bool relate_start(ad_rel *r, int slot, const ad_attr *axes) {
  int rank = ad_rel_get_rank(r, slot);
  if (axes->count == 1 && rank <= 0) return rank == 0 || ad_rel_later(r);
  return ad_rel_rank(r, slot, 1) && ad_rel_dim(r, slot, 0, axes->count);
}

/* A part fits into a whole: the dims of `part` are not larger. */
static bool relate_part(ad_rel *r, int part, int whole) {
  int rank = ad_rel_get_rank(r, whole);
  if (rank < 0) return ad_rel_later(r);
  if (!ad_rel_rank(r, part, rank)) return false;
  for (int i = 0; i < rank; i++) {
    ad_dim p = ad_rel_get_dim(r, part, i), w = ad_rel_get_dim(r, whole, i);
    if (p == AD_DIM_UNKNOWN || w == AD_DIM_UNKNOWN) ad_rel_later(r);
    if (p >= 0 && w >= 0 && p > w)
      return ad_rel_fail(r, AD_E_VALUE, "size %lld on axis %d of length %lld; at most that length is right", (long long)p, i,
                         (long long)w);
  }
  return true;
}

static ad_status slice_dims(ad_rel *r) {
  const ad_attr *size = ad_rel_attr(r, SLICE_SIZE);
  int out = AD_REL_OUT(r, 0);
  for (int i = 0; i < size->count; i++)
    if (size->as.ints[i] < 0)
      return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "size %lld on axis %d; 0 or more is right",
                                       (long long)size->as.ints[i], i));
  return ad_rel_end(r, relate_start(r, 1, ad_rel_attr(r, SLICE_AXES)) && ad_rel_rank(r, 0, size->count) &&
                           ad_rel_is(r, out, size->count, size->as.ints) && relate_part(r, out, 0));
}

static ad_status slice_update_dims(ad_rel *r) {
  return ad_rel_end(r, ad_rel_same(r, 0, AD_REL_OUT(r, 0)) && relate_start(r, 2, ad_rel_attr(r, SLICE_AXES)) &&
                           relate_part(r, 1, 0));
}

/* The window as gather's attributes: the given axes with their starts, and from 0 on each other axis that is cut. */
typedef struct window {
  int n;
  int64_t axes[AD_MAX_RANK], sizes[AD_MAX_RANK];
  ad_array *in[AD_MAX_RANK + 2]; /* the first two are the caller's */
} window;

/* lead: 1 when all arrays have a batch axis in front, which r's axes do not count. */
static void find_window(const ad_rule *r, ad_array *whole, ad_array *start, const int64_t *size, int first, int lead,
                        window *w) {
  const ad_attr *axes = &r->attrs[SLICE_AXES];
  ad_shape dims = ad_array_shape(whole), one = {lead, dims.dims};
  unsigned named = 0;
  w->n = 0;
  for (int k = 0; k < axes->count; k++) {
    ad_array *at = start;
    int64_t from[] = {0, 0}, to[] = {INT64_MAX, INT64_MAX}, axis = axes->as.ints[k] + lead;
    from[lead] = k, to[lead] = k + 1;
    if (ad_array_rank(start) > lead)
      at = ad_reshape(ad_strided_slice(start, (ad_ints){true, lead + 1, from}, (ad_ints){true, lead + 1, to}, NULL), one);
    w->in[first + w->n] = at;
    w->axes[w->n] = axis;
    w->sizes[w->n++] = size[axis];
    named |= 1u << axis;
  }
  for (int i = lead; i < dims.rank; i++) {
    if (named & 1u << i || size[i] == dims.dims[i]) continue;
    ad_array *zero = ad_number_int(r->ctx, 0);
    w->in[first + w->n] = lead ? ad_broadcast_to(zero, one) : zero;
    w->axes[w->n] = i;
    w->sizes[w->n++] = size[i];
  }
}

static ad_array *slice_compose(const ad_rule *r) {
  window w;
  w.in[0] = r->in[0];
  find_window(r, r->in[0], r->in[1], r->attrs[SLICE_SIZE].as.ints, 1, 0, &w);
  if (!w.n) return r->in[0];
  return ad_gather(r->ctx, w.in, w.n + 1, (ad_ints){true, w.n, w.axes},
                   &(ad_gather_opts){.sizes = {true, w.n, w.sizes}});
}

static ad_array *slice_update_compose(const ad_rule *r) {
  window w;
  w.in[0] = r->in[0];
  w.in[1] = r->in[1];
  find_window(r, r->in[0], r->in[2], ad_array_shape(r->in[1]).dims, 2, 0, &w);
  if (!w.n) return r->in[1];
  return ad_scatter(r->ctx, w.in, w.n + 2, (ad_ints){true, w.n, w.axes},
                    &(ad_scatter_opts){.sizes = {true, w.n, w.sizes}, .outside = "clamp"});
}

static ad_array *slice_update_batch(const ad_rule *r, const bool *batched, int64_t size) {
  const ad_attr *axes = &r->attrs[SLICE_AXES];
  window w;
  w.in[0] = batch_of(r, batched, 0, size);
  w.in[1] = batch_of(r, batched, 1, size);
  if (!batched[2]) {
    for (int k = 0; k < axes->count; k++) w.axes[k] = axes->as.ints[k] + 1;
    return ad_slice_update(w.in[0], w.in[1], r->in[2], (ad_ints){true, axes->count, w.axes});
  }
  find_window(r, w.in[0], r->in[2], ad_array_shape(w.in[1]).dims, 2, 1, &w);
  if (!w.n) return w.in[1];
  return ad_scatter(r->ctx, w.in, w.n + 2, (ad_ints){true, w.n, w.axes},
                    &(ad_scatter_opts){.sizes = {true, w.n, w.sizes}, .batch = AD_INT(1), .outside = "clamp"});
}

#define START_DOC                                                                                                    \
  "start is an integer array with one number for each entry of axes (rank 0 will do for a single axis) and may be "  \
  "computed; a start that is out of range moves so far that the window fits. Other axes begin at 0."

static const ad_field slice_fields[] = {
    {.name = "axes", .kind = AD_FIELD_AXES, .flags = AD_FIELD_REQUIRED, .doc = "the axes that start speaks of"},
    {.name = "size", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "the shape of the result, one dim per axis of a"},
};
const ad_op ad__op_slice = {
    AD_OP_HEAD(slice),
    .params = "a, start",
    .doc = "A window of a: " START_DOC,
    .example = "ad_array *y = ad_slice(a, start, AD_AXES(0), AD_INTS(1, 8));",
    .group = "indexing",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(slice_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = slice_dtypes,
    .dims = slice_dims,
    .compose = slice_compose,
    AD_SAMPLES({"float32[6,4], int32[1]", "axes=[0], size=[2, 4]", "normal, index:5"},
               {"float64[6,4], uint8[2]", "axes=[1, 0], size=[3, 2]", "normal, index:3"},
               {"int32[5], int64[]", "axes=[0], size=[0]", "small, index:5"}, {"bool[2,5], int16[1]", "axes=[1], size=[1, 3]", "bool, index:3"}),
    AD_ERRORS({"float32[6,4], int32[1]", "axes=[0], size=[7, 4]", AD_E_VALUE, "size 7 on axis 0 of length 6"},
              {"float32[6,4], float32[1]", "axes=[0], size=[2, 4]", AD_E_TYPE, "indices of dtype float32"},
              {"float32[6,4], int32[1]", "axes=[0, 1], size=[2, 4]", AD_E_VALUE, "axis 0 is 1; 2 is right"}),
};

static const ad_field slice_update_fields[] = {
    {.name = "axes", .kind = AD_FIELD_AXES, .flags = AD_FIELD_REQUIRED, .doc = "the axes that start speaks of"},
};
const ad_op ad__op_slice_update = {
    AD_OP_HEAD(slice_update),
    .params = "a, update, start",
    .doc = "a with a window of update's shape replaced by it: " START_DOC,
    .example = "ad_array *y = ad_slice_update(cache, keys, position, AD_AXES(2));",
    .group = "indexing",
    .inputs = 3,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(slice_update_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = slice_update_dtypes,
    .dims = slice_update_dims,
    .compose = slice_update_compose,
    .batch = slice_update_batch,
    AD_SAMPLES({"float32[6,4], float32[2,4], int32[1]", "axes=[0]", "normal, normal, index:5"},
               {"float64[6,4], float32[3,2], uint8[2]", "axes=[1, 0]", "normal, normal, index:3"},
               {"int32[5], int8[0], int64[]", "axes=[0]", "small, small, index:5"}),
    AD_ERRORS({"float32[6,4], float32[7,4], int32[1]", "axes=[0]", AD_E_VALUE, "size 7 on axis 0 of length 6"},
              {"float32[6,4], float32[4], int32[1]", "axes=[0]", AD_E_VALUE, "its rank is 1; 2 is right"}),
};
