/* Shape ops that the others are composed of: reshape, transpose, broadcast_to, expand_dims, squeeze, flip.
 *
 * All are linear, keep every dtype, and are views where the layout allows: kernels in runtime/views.c. Their
 * transposes are each other (broadcast_to's is a sum). */
#include <string.h>
#include "ops/dims.h"
#include "ops/rules.h"

/* ---- reshape ---- */

static bool product_of(ad_rel *r, int rank, const ad_dim *dims, ad_dim *out) {
  *out = 1;
  for (int i = 0; i < rank; i++)
    if (dims[i] == 0) {
      *out = 0;
      return true;
    }
  for (int i = 0; i < rank; i++)
    if (!ad__dims_product(r, *out, dims[i], out)) return false;
  return true;
}

static bool wrong_count(ad_rel *r, const ad_attr *shape, ad_dim have) {
  char from[160], to[160];
  ad__slot_text(r, 0, from, sizeof from);
  ad__dims_text(ad_rel_ctx(r), shape->count, shape->as.ints, to, sizeof to);
  return ad_rel_fail(r, AD_E_VALUE, "shape %s to %s; it has %lld elements; dims whose product is %lld are right", from, to,
                     (long long)have, (long long)have);
}

/* The place of the one dim that is to be found, -1 when all are given. */
static bool find_open(ad_rel *r, const ad_attr *shape, int *open) {
  *open = -1;
  for (int i = 0; i < shape->count; i++) {
    int64_t d = shape->as.ints[i];
    if (d == -1 && *open >= 0)
      return ad_rel_fail(r, AD_E_VALUE, "shape with -1 as axis %d and axis %d; at most one -1 is right", *open, i);
    if (d == -1) *open = i;
    else if (d < 0 && !ad__dim_is_symbol(ad_rel_ctx(r), d))
      return ad_rel_fail(r, AD_E_VALUE, "shape with %lld as axis %d; 0 or more, or one -1, is right", (long long)d, i);
  }
  return true;
}

static bool reshape_relation(ad_rel *r, const ad_attr *shape) {
  ad_dim dims[AD_MAX_RANK], have = AD_DIM_UNKNOWN, want;
  int open, rank = ad_rel_get_rank(r, 0);
  if (!find_open(r, shape, &open)) return false;
  for (int i = 0; i < shape->count; i++) dims[i] = shape->as.ints[i];
  if (rank >= 0 && !ad__dims_count(r, 0, 0, rank, &have)) return false;
  if (open >= 0) dims[open] = 1;
  if (!product_of(r, shape->count, dims, &want)) return false;
  if (have == AD_DIM_UNKNOWN || want == AD_DIM_UNKNOWN) {
    if (open >= 0) dims[open] = AD_DIM_UNKNOWN;
  } else if (open >= 0) {
    bool count = have >= 0 && want >= 0;
    if (count && (want == 0 || have % want)) return wrong_count(r, shape, have);
    dims[open] = count ? have / want : ad_dim_floordiv(ad_rel_ctx(r), have, want);
  } else if (have != want) {
    if (have >= 0 && want >= 0) return wrong_count(r, shape, have);
  }
  if (!ad_rel_is(r, AD_REL_OUT(r, 0), shape->count, dims)) return false;
  return have == AD_DIM_UNKNOWN ? ad_rel_later(r) : true;
}
static ad_status reshape_dims(ad_rel *r) { return ad_rel_end(r, reshape_relation(r, ad_rel_attr(r, 0))); }

static ad_array *reshape_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return ad_reshape(ct[0], ad_array_shape(r->in[0]));
}

static ad_array *reshape_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched;
  int64_t dims[AD_MAX_RANK + 1] = {size};
  for (int i = 0; i < r->attrs[0].count; i++) dims[i + 1] = r->attrs[0].as.ints[i];
  return ad_reshape(r->in[0], (ad_shape){r->attrs[0].count + 1, dims});
}

static const ad_field reshape_fields[] = {
    {.name = "shape", .kind = AD_FIELD_SHAPE, .flags = AD_FIELD_REQUIRED,
     .doc = "the dims of the result; one of them may be -1, it is then found from the others"},
};
const ad_op ad__op_reshape = {
    AD_OP_HEAD(reshape),
    .params = "a",
    .doc = "The elements of a in row-major order under another shape with as many elements. Shares a's memory where its "
           "layout allows. Any dtype.",
    .example = "ad_array *y = ad_reshape(x, AD_SHAPE(2, -1));",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_VIEW,
    AD_FIELDS(reshape_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = reshape_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = reshape_back,
    .batch = reshape_batch,
    AD_SPELLINGS({"numpy", "np.reshape($0, @shape)"}),
    AD_SAMPLES({"float32[2,6]", "shape=[3,4]", "normal"}, {"float64[2,3,4]", "shape=[4,-1]", "normal"},
               {"int8[0,3]", "shape=[3,0,5]", "small"}, {"bool[1,1]", "shape=[]", "bool"},
               {"complex64[]", "shape=[-1]", "normal"}, {"bfloat16[6]", "shape=[1,2,3]", "normal"}),
    AD_ERRORS({"float32[2,3]", "shape=[4,-1]", AD_E_VALUE,
               "shape (2, 3) to (4, -1); it has 6 elements; dims whose product is 6 are right"},
              {"float32[2,3]", "shape=[-1,-1]", AD_E_VALUE, "at most one -1 is right"},
              {"float32[2,3]", "shape=[-2,3]", AD_E_VALUE, "shape with -2 as axis 0"},
              {"float32[0]", "shape=[0,-1]", AD_E_VALUE, "shape (0) to (0, -1)"}),
};

/* ---- transpose ---- */

static void permutation(const ad_attr *axes, int rank, int64_t *perm) {
  for (int i = 0; i < rank; i++) perm[i] = axes->given ? ad__axis_at(axes, i, rank) : rank - 1 - i;
}

static bool permuted(ad_rel *r, const ad_attr *axes) {
  int rank = ad__dims_either_rank(r);
  if (rank < 0 && axes->given) rank = axes->count;
  if (rank < 0) return ad_rel_later(r);
  int64_t perm[AD_MAX_RANK];
  permutation(axes, rank, perm);
  return ad__dims_permuted(r, rank, perm);
}
static ad_status transpose_dims(ad_rel *r) { return ad_rel_end(r, permuted(r, ad_rel_attr(r, 0))); }

static ad_array *transpose_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  int rank = ad_array_rank(r->in[0]);
  int64_t perm[AD_MAX_RANK], inverse[AD_MAX_RANK];
  permutation(&r->attrs[0], rank, perm);
  for (int k = 0; k < rank; k++) inverse[perm[k]] = k;
  return ad_transpose(ct[0], &(ad_transpose_opts){.axes = {true, rank, inverse}});
}

static ad_array *transpose_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched, (void)size;
  int rank = ad_array_rank(r->in[0]) - 1;
  int64_t perm[AD_MAX_RANK] = {0};
  permutation(&r->attrs[0], rank, perm + 1);
  for (int k = 1; k <= rank; k++) perm[k]++;
  return ad_transpose(r->in[0], &(ad_transpose_opts){.axes = {true, rank + 1, perm}});
}

static const ad_field transpose_fields[] = {
    {.name = "axes", .kind = AD_FIELD_PERM, .doc = "axis k of the result is axis axes[k] of a; absent: the axes reversed"},
};
const ad_op ad__op_transpose = {
    AD_OP_HEAD(transpose),
    .params = "a",
    .doc = "The axes of a in another order, by default reversed. A view. Any dtype.",
    .example = "ad_array *y = ad_transpose(x, &(ad_transpose_opts){.axes = AD_AXES(0, 2, 1)});",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_VIEW,
    AD_FIELDS(transpose_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = transpose_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = transpose_back,
    .batch = transpose_batch,
    AD_SPELLINGS({"numpy", "np.transpose($0?(, @axes))"}),
    AD_SAMPLES({"float32[2,3]", "", "normal"}, {"float64[2,3,4]", "axes=[2,0,1]", "normal"},
               {"int16[2,3,4]", "axes=[0,-1,1]", "small"}, {"complex128[0,3]", "", "normal"}, {"bool[]", "", "bool"},
               {"float16[33,65]", "axes=[1,0]", "normal"}),
    AD_ERRORS({"float32[2,3]", "axes=[0]", AD_E_VALUE, "axes has 1 entries; the array has rank 2"},
              {"float32[2,3]", "axes=[0,2]", AD_E_INDEX, "axes 2; it is out of range for rank 2; from -2 to 1 is right"},
              {"float32[2,3]", "axes=[1,1]", AD_E_VALUE, "axes names axis 1 twice"}),
};

/* ---- broadcast_to ---- */

static bool broadcast_clash(ad_rel *r, const ad_attr *shape) {
  char from[160], to[160];
  ad__slot_text(r, 0, from, sizeof from);
  ad__dims_text(ad_rel_ctx(r), shape->count, shape->as.ints, to, sizeof to);
  return ad_rel_fail(r, AD_E_VALUE, "shape %s to %s; it does not broadcast; axes, counted from the last, that are equal or 1 "
                     "are right", from, to);
}

bool ad__dims_broadcast_to(ad_rel *r, const ad_attr *shape) {
  if (!ad__dims_check(r, shape) || !ad_rel_is(r, AD_REL_OUT(r, 0), shape->count, shape->as.ints)) return false;
  int rank = ad_rel_get_rank(r, 0);
  if (rank < 0) return ad_rel_later(r);
  if (rank > shape->count) return broadcast_clash(r, shape);
  for (int i = 1; i <= rank; i++) {
    ad_dim d = ad_rel_get_dim(r, 0, -i), want = shape->as.ints[shape->count - i];
    if (d == AD_DIM_UNKNOWN && want == 1 && !ad_rel_dim(r, 0, -i, 1)) return false;
    if (d == AD_DIM_UNKNOWN) ad_rel_later(r);
    else if (d != 1 && d != want) return broadcast_clash(r, shape);
  }
  return true;
}
static ad_status broadcast_to_dims(ad_rel *r) { return ad_rel_end(r, ad__dims_broadcast_to(r, ad_rel_attr(r, 0))); }

static ad_array *broadcast_to_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched;
  const ad_attr *shape = &r->attrs[0];
  int rank = ad_array_rank(r->in[0]) - 1, lead = shape->count - rank;
  int64_t dims[AD_MAX_RANK + 1] = {size}, axes[AD_MAX_RANK];
  for (int i = 0; i < shape->count; i++) dims[i + 1] = shape->as.ints[i];
  for (int i = 0; i < lead; i++) axes[i] = i + 1;
  return ad_broadcast_to(ad_expand_dims(r->in[0], (ad_ints){true, lead, axes}), (ad_shape){shape->count + 1, dims});
}

static ad_array *broadcast_to_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  int rank = ad_array_rank(ct[0]), lead = rank - ad_array_rank(r->in[0]), n = 0;
  int64_t axes[AD_MAX_RANK];
  for (int k = 0; k < rank; k++)
    if (k < lead || ad_array_dim(r->in[0], k - lead) != ad_array_dim(ct[0], k)) axes[n++] = k;
  return n ? ad_reshape(ad_sum(ct[0], &(ad_sum_opts){.axes = {true, n, axes}}), ad_array_shape(r->in[0])) : ct[0];
}

static const ad_field broadcast_to_fields[] = {
    {.name = "shape", .kind = AD_FIELD_SHAPE, .flags = AD_FIELD_REQUIRED, .doc = "the dims of the result"},
};
const ad_op ad__op_broadcast_to = {
    AD_OP_HEAD(broadcast_to),
    .params = "a",
    .doc = "a repeated along new leading axes and axes of length 1 until it has that shape. A view that takes no memory. "
           "Any dtype.",
    .example = "ad_array *y = ad_broadcast_to(x, AD_SHAPE(4, 3));",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_VIEW,
    AD_FIELDS(broadcast_to_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = broadcast_to_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = broadcast_to_back,
    .batch = broadcast_to_batch,
    AD_SPELLINGS({"numpy", "np.broadcast_to($0, @shape)"}),
    AD_SAMPLES({"float32[3,1]", "shape=[2,3,4]", "normal"}, {"float64[]", "shape=[2,2]", "normal"},
               {"int32[1]", "shape=[0]", "small"}, {"bool[4]", "shape=[4]", "bool"}, {"complex64[1,2]", "shape=[3,2]", "normal"},
               {"uint8[]", "shape=[]", "small"}),
    AD_ERRORS({"float32[3]", "shape=[4]", AD_E_VALUE, "shape (3) to (4); it does not broadcast"},
              {"float32[2,3]", "shape=[3]", AD_E_VALUE, "shape (2, 3) to (3); it does not broadcast"},
              {"float32[1]", "shape=[-1]", AD_E_VALUE, "shape with -1 as axis 0; 0 or more is right"},
              {"int8[1]", "shape=[4611686018427387904,4]", AD_E_OVERFLOW, "its size does not fit 63 bits"}),
};

/* ---- expand_dims, squeeze ---- */

/* The long slot has axes of length 1 where `axes` says, the short slot the rest. */
static bool inserted(ad_rel *r, int shorter, int longer, const ad_attr *axes) {
  int rank = ad_rel_get_rank(r, longer);
  if (rank < 0 && ad_rel_get_rank(r, shorter) >= 0) rank = ad_rel_get_rank(r, shorter) + axes->count;
  if (rank < 0) return ad_rel_later(r);
  if (rank < axes->count)
    return ad_rel_fail(r, AD_E_VALUE, "%d axes of length 1 in rank %d; a higher rank is right", axes->count, rank);
  if (!ad_rel_rank(r, longer, rank) || !ad_rel_rank(r, shorter, rank - axes->count)) return false;
  bool taken[AD_MAX_RANK];
  ad__axes_mark(axes, rank, taken);
  for (int i = 0, k = 0; i < rank; i++)
    if (taken[i] ? !ad_rel_dim(r, longer, i, 1) : !ad_rel_same_dim(r, shorter, k++, longer, i)) return false;
  return true;
}
static ad_status expand_dims_dims(ad_rel *r) {
  return ad_rel_end(r, inserted(r, 0, AD_REL_OUT(r, 0), ad_rel_attr(r, 0)));
}

static ad_array *to_input_shape(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return ad_reshape(ct[0], ad_array_shape(r->in[0]));
}

static const ad_field expand_dims_fields[] = {
    {.name = "axes", .kind = AD_FIELD_AXES, .flags = AD_FIELD_REQUIRED | AD_FIELD_NEW_AXES,
     .doc = "where the new axes stand in the result"},
};
const ad_op ad__op_expand_dims = {
    AD_OP_HEAD(expand_dims),
    .params = "a",
    .doc = "a with new axes of length 1. A view. Any dtype.",
    .example = "ad_array *y = ad_expand_dims(x, AD_AXES(0, -1));",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_VIEW,
    AD_FIELDS(expand_dims_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = expand_dims_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = to_input_shape,
    AD_SPELLINGS({"numpy", "np.expand_dims($0, @axes)"}),
    AD_SAMPLES({"float32[3,4]", "axes=[1]", "normal"}, {"float64[]", "axes=[0,1]", "normal"},
               {"int64[2]", "axes=[0,-1]", "small"}, {"bool[0,2]", "axes=[-1]", "bool"}, {"complex64[3]", "axes=[]", "normal"}),
    AD_ERRORS({"float32[3]", "axes=[2]", AD_E_INDEX, "axes 2; it is out of range for rank 2; from -2 to 1 is right"},
              {"float32[3]", "axes=[0,-3]", AD_E_VALUE, "axes names axis 0 twice"}),
};

static bool all_ones_gone(ad_rel *r) {
  int rank = ad_rel_get_rank(r, 0), n = 0;
  if (rank < 0) return ad_rel_later(r);
  ad_dim dims[AD_MAX_RANK];
  for (int i = 0; i < rank; i++) {
    ad_dim d = ad_rel_get_dim(r, 0, i);
    if (d == AD_DIM_UNKNOWN) return ad_rel_later(r);
    if (d != 1) dims[n++] = d;
  }
  return ad_rel_is(r, AD_REL_OUT(r, 0), n, dims);
}
static ad_status squeeze_dims(ad_rel *r) {
  const ad_attr *axes = ad_rel_attr(r, 0);
  return ad_rel_end(r, axes->given ? inserted(r, AD_REL_OUT(r, 0), 0, axes) : all_ones_gone(r));
}

static ad_array *squeeze_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched, (void)size;
  const ad_attr *given = &r->attrs[0];
  int rank = ad_array_rank(r->in[0]), n = 0;
  int64_t axes[AD_MAX_RANK];
  if (given->given)
    for (; n < given->count; n++) axes[n] = given->as.ints[n] + 1;
  else
    for (int i = 1; i < rank; i++)
      if (ad_array_dim(r->in[0], i) == 1) axes[n++] = i;
  return ad_squeeze(r->in[0], &(ad_squeeze_opts){.axes = {true, n, axes}});
}

static const ad_field squeeze_fields[] = {
    {.name = "axes", .kind = AD_FIELD_AXES, .doc = "the axes to drop; absent: all of length 1"},
};
const ad_op ad__op_squeeze = {
    AD_OP_HEAD(squeeze),
    .params = "a",
    .doc = "a without axes of length 1. A view. Any dtype.",
    .example = "ad_array *y = ad_squeeze(x, &(ad_squeeze_opts){.axes = AD_AXES(-1)});",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_VIEW,
    AD_FIELDS(squeeze_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = squeeze_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = to_input_shape,
    .batch = squeeze_batch,
    AD_SPELLINGS({"numpy", "np.squeeze($0?(, @axes))"}),
    AD_SAMPLES({"float32[1,3,1]", "", "normal"}, {"float64[1,3,1]", "axes=[-1]", "normal"}, {"int8[1]", "axes=[0]", "small"},
               {"bool[]", "", "bool"}, {"complex64[0,1]", "axes=[1]", "normal"}, {"float32[2]", "axes=[]", "normal"}),
    AD_ERRORS({"float32[3,1]", "axes=[0]", AD_E_VALUE, "input a of shape (3, 1); axis 0 is 3; 1 is right"},
              {"float32[3,1]", "axes=[2]", AD_E_INDEX, "axes 2; it is out of range for rank 2"}),
};

/* ---- flip ---- */

static ad_array *flip_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  const ad_attr *axes = &r->attrs[0];
  return ad_flip(ct[0], &(ad_flip_opts){.axes = {axes->given, axes->count, axes->as.ints}});
}

static ad_array *flip_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched, (void)size;
  const ad_attr *given = &r->attrs[0];
  int n = given->given ? given->count : ad_array_rank(r->in[0]) - 1;
  int64_t axes[AD_MAX_RANK];
  for (int i = 0; i < n; i++) axes[i] = (given->given ? given->as.ints[i] : i) + 1;
  return ad_flip(r->in[0], &(ad_flip_opts){.axes = {true, n, axes}});
}

static const ad_field flip_fields[] = {
    {.name = "axes", .kind = AD_FIELD_AXES, .doc = "the axes to reverse; absent: all"},
};
const ad_op ad__op_flip = {
    AD_OP_HEAD(flip),
    .params = "a",
    .doc = "The elements of a in reverse order along axes. A view. Any dtype.",
    .example = "ad_array *y = ad_flip(x, &(ad_flip_opts){.axes = AD_AXES(0)});",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_VIEW,
    AD_FIELDS(flip_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = ad__dims_same,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = flip_back,
    .batch = flip_batch,
    AD_SPELLINGS({"numpy", "np.flip($0?(, @axes))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[3,4]", "axes=[1]", "normal"}, {"int16[5]", "axes=[-1]", "small"},
               {"complex64[0,2]", "axes=[0]", "normal"}, {"bool[]", "", "bool"}, {"float16[7,3]", "axes=[1,0]", "normal"}),
    AD_ERRORS({"float32[3]", "axes=[1]", AD_E_INDEX, "axes 1; it is out of range for rank 1"}),
};
