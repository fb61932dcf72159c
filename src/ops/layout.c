/* Other spellings of the shape primitives: flatten, unflatten, moveaxis, swapaxes, matrix_transpose, atleast_1d to 3d.
 *
 * Each is composed of reshape, transpose or expand_dims and is a view where those are. */
#include <string.h>
#include "ops/dims.h"
#include "ops/rules.h"

/* ---- flatten, unflatten ---- */

enum { FLATTEN_START, FLATTEN_END };

/* The axes that become one: [begin, end), cut to those there are. */
static bool flattened_axes(const ad_attr *attrs, int rank, int *begin, int *end) {
  int64_t first = attrs[FLATTEN_START].as.i, last = attrs[FLATTEN_END].as.i;
  if (first < 0) first += rank;
  if (last < 0) last += rank;
  if (first < 0) first = 0;
  if (last > rank - 1) last = rank - 1;
  *begin = (int)first;
  *end = (int)last + 1;
  return first <= last;
}

static bool flatten_relation(ad_rel *r) {
  int rank = ad_rel_get_rank(r, 0), out = AD_REL_OUT(r, 0), begin, end;
  if (rank < 0) return ad_rel_later(r);
  if (rank == 0) return ad_rel_is(r, out, 1, (const ad_dim[]){1});
  if (!flattened_axes(ad_rel_attr(r, FLATTEN_START), rank, &begin, &end))
    return ad_rel_fail(r, AD_E_VALUE, "start %lld and end %lld for rank %d; start comes after end; start at or before end is right",
                       (long long)ad_rel_attr(r, FLATTEN_START)->as.i, (long long)ad_rel_attr(r, FLATTEN_END)->as.i, rank);
  ad_dim count;
  if (!ad_rel_rank(r, out, rank - (end - begin) + 1)) return false;
  for (int i = 0; i < begin; i++)
    if (!ad_rel_same_dim(r, 0, i, out, i)) return false;
  for (int i = end; i < rank; i++)
    if (!ad_rel_same_dim(r, 0, i, out, i - end + begin + 1)) return false;
  if (end - begin == 1) return ad_rel_same_dim(r, 0, begin, out, begin);
  return ad__dims_count(r, 0, begin, end, &count) && ad_rel_dim(r, out, begin, count) &&
         (count == AD_DIM_UNKNOWN ? ad_rel_later(r) : true);
}
static ad_status flatten_dims(ad_rel *r) { return ad_rel_end(r, flatten_relation(r)); }

static ad_array *flatten_compose(const ad_rule *r) {
  ad_shape in = ad_array_shape(r->in[0]);
  int64_t dims[AD_MAX_RANK] = {1};
  int begin = 0, end = 0, n = 0;
  if (in.rank) flattened_axes(r->attrs, in.rank, &begin, &end);
  for (int i = 0; i < begin; i++) dims[n++] = in.dims[i];
  /* The number where there is one: -1 means nothing beside a dim of 0. */
  int64_t count = 1;
  bool symbolic = false;
  for (int i = begin; i < end; i++) {
    if (in.dims[i] < 0) symbolic = true;
    else count *= in.dims[i];
  }
  dims[n++] = symbolic ? -1 : count;
  for (int i = end; i < in.rank; i++) dims[n++] = in.dims[i];
  return ad_reshape(r->in[0], (ad_shape){n, dims});
}

static const char *flatten_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  ad_shape s = ad_array_shape(r->out);
  if (strcmp(target, "numpy") != 0) return NULL;
  if (s.rank == 1) return "np.reshape($0, -1)";
  size_t n = ad__format(out, size, "np.reshape($0, (");
  for (int i = 0; i < s.rank; i++) {
    if (s.dims[i] < 0) return NULL;
    n += ad__format(out + n, size - n, "%s%lld", i ? ", " : "", (long long)s.dims[i]);
  }
  ad__format(out + n, size - n, "))");
  return out;
}

static const ad_field flatten_fields[] = {
    {.name = "start", .kind = AD_FIELD_INT, .doc = "first of the axes", .has_default = true},
    {.name = "end", .kind = AD_FIELD_INT, .doc = "last of the axes", .has_default = true, .default_num = -1},
};
const ad_op ad__op_flatten = {
    AD_OP_HEAD(flatten),
    .params = "a",
    .doc = "Axes start to end of a as one. Both may count from the end and are cut to the axes there are; rank 0 becomes (1).",
    .example = "ad_array *y = ad_flatten(x, NULL);",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_VIEW,
    AD_FIELDS(flatten_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = flatten_dims,
    .compose = flatten_compose,
    .spell = flatten_spell,
    AD_SAMPLES({"float32[2,3,4]", "", "normal"}, {"float64[2,3,4]", "start=1", "normal"}, {"int8[2,3,4]", "start=-9, end=-2", "small"},
               {"bool[]", "", "bool"}, {"complex64[2,0,3]", "start=1, end=7", "normal"}),
    AD_ERRORS({"float32[2,3]", "start=1, end=0", AD_E_VALUE, "start 1 and end 0 for rank 2; start comes after end"}),
};

enum { UNFLATTEN_AXIS, UNFLATTEN_SHAPE };

/* The dims that take the axis' place, the open one found where the length is known. */
static bool unflattened(ad_rel *r, ad_dim length, const ad_attr *shape, ad_dim *dims, ad_dim *product) {
  int open = -1;
  *product = 1;
  for (int i = 0; i < shape->count; i++) {
    dims[i] = shape->as.ints[i];
    if (dims[i] == -1 && open >= 0)
      return ad_rel_fail(r, AD_E_VALUE, "shape with -1 as axis %d and axis %d; at most one -1 is right", open, i);
    if (dims[i] == -1) open = i;
    else if (dims[i] < 0 && !ad__dim_is_symbol(ad_rel_ctx(r), dims[i]))
      return ad_rel_fail(r, AD_E_VALUE, "shape with %lld as axis %d; 0 or more, or one -1, is right", (long long)dims[i], i);
    else if (!ad__dims_product(r, *product, dims[i], product)) return false;
  }
  if (open < 0) return true;
  dims[open] = AD_DIM_UNKNOWN;
  if (length >= 0 && *product > 0 && length % *product == 0) dims[open] = length / *product;
  else if (length >= 0 && *product >= 0)
    return ad_rel_fail(r, AD_E_VALUE, "an axis of %lld in parts of %lld; they do not divide it", (long long)length,
                       (long long)*product);
  else if (length != AD_DIM_UNKNOWN) dims[open] = ad_dim_floordiv(ad_rel_ctx(r), length, *product);
  *product = length;
  return true;
}

static bool unflatten_relation(ad_rel *r) {
  const ad_attr *shape = ad_rel_attr(r, UNFLATTEN_SHAPE);
  int out = AD_REL_OUT(r, 0), rank = ad_rel_get_rank(r, 0);
  if (rank < 0 && ad_rel_get_rank(r, out) >= 0) rank = ad_rel_get_rank(r, out) - shape->count + 1;
  if (rank < 0) return ad_rel_later(r);
  int axis = ad__axis_of(ad_rel_attr(r, UNFLATTEN_AXIS)->as.i, rank);
  ad_dim dims[AD_MAX_RANK], product;
  if (!shape->count) return ad_rel_fail(r, AD_E_VALUE, "shape (); at least one dim is right");
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, out, rank - 1 + shape->count)) return false;
  if (!unflattened(r, ad_rel_get_dim(r, 0, axis), shape, dims, &product) || !ad_rel_dim(r, 0, axis, product)) return false;
  for (int i = 0; i < rank; i++)
    if (i != axis && !ad_rel_same_dim(r, 0, i, out, i < axis ? i : i - 1 + shape->count)) return false;
  for (int i = 0; i < shape->count; i++)
    if (!ad_rel_dim(r, out, axis + i, dims[i])) return false;
  return true;
}
static ad_status unflatten_dims(ad_rel *r) { return ad_rel_end(r, unflatten_relation(r)); }

static ad_array *unflatten_compose(const ad_rule *r) {
  ad_shape in = ad_array_shape(r->in[0]);
  const ad_attr *shape = &r->attrs[UNFLATTEN_SHAPE];
  int axis = (int)r->attrs[UNFLATTEN_AXIS].as.i, n = 0;
  int64_t dims[2 * AD_MAX_RANK], known = 1;
  for (int i = 0; i < shape->count; i++)
    if (shape->as.ints[i] != -1) known *= shape->as.ints[i];
  for (int i = 0; i < in.rank; i++) {
    if (i != axis) dims[n++] = in.dims[i];
    else
      for (int k = 0; k < shape->count; k++)
        dims[n++] = shape->as.ints[k] == -1 && in.dims[i] >= 0 ? in.dims[i] / known : shape->as.ints[k];
  }
  return ad_reshape(r->in[0], (ad_shape){n, dims});
}

static ad_array *unflatten_batch(const ad_rule *r, const bool *batched, int64_t size) {
  const ad_attr *shape = &r->attrs[UNFLATTEN_SHAPE];
  (void)batched, (void)size;
  return ad_unflatten(r->in[0], r->attrs[UNFLATTEN_AXIS].as.i + 1, (ad_shape){shape->count, shape->as.ints});
}

static const ad_field unflatten_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .flags = AD_FIELD_REQUIRED, .doc = "the axis to take apart"},
    {.name = "shape", .kind = AD_FIELD_SHAPE, .flags = AD_FIELD_REQUIRED, .doc = "the dims it becomes; one may be -1"},
};
const ad_op ad__op_unflatten = {
    AD_OP_HEAD(unflatten),
    .params = "a",
    .doc = "One axis of a as several.",
    .example = "ad_array *y = ad_unflatten(x, -1, AD_SHAPE(4, -1));",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_VIEW,
    AD_FIELDS(unflatten_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = unflatten_dims,
    .compose = unflatten_compose,
    .batch = unflatten_batch,
    AD_SPELLINGS({"numpy", "np.reshape($0, $0.shape[:@axis] + @shape + $0.shape[@axis:][1:])"}),
    AD_SAMPLES({"float32[6,2]", "axis=0, shape=[2,3]", "normal"}, {"float64[2,6]", "axis=-1, shape=[-1,2]", "normal"},
               {"int8[0]", "axis=0, shape=[0,5]", "small"}, {"bool[4]", "axis=0, shape=[4]", "bool"}),
    AD_ERRORS({"float32[6]", "axis=0, shape=[4,-1]", AD_E_VALUE, "an axis of 6 in parts of 4; they do not divide it"},
              {"float32[6]", "axis=0, shape=[4,2]", AD_E_VALUE, "axis 0 is 6; 8 is right"},
              {"float32[6]", "axis=0, shape=[4611686018427387904,4]", AD_E_OVERFLOW,
               "4611686018427387904 * 4; the size does not fit 63 bits"},
              {"float32[6]", "axis=1, shape=[6]", AD_E_INDEX, "axis 1; it is out of range for rank 1"}),
};

/* ---- Axes moved ---- */

typedef void (*permute_fn)(const ad_attr *attrs, int rank, int64_t *perm);

static ad_array *transposed(const ad_rule *r, permute_fn permute) {
  int64_t perm[AD_MAX_RANK];
  int rank = ad_array_rank(r->in[0]);
  permute(r->attrs, rank, perm);
  return ad_transpose(r->in[0], &(ad_transpose_opts){.axes = {true, rank, perm}});
}

static ad_status permuted_by(ad_rel *r, permute_fn permute, int least) {
  int64_t perm[AD_MAX_RANK];
  int rank = ad__dims_either_rank(r);
  if (!ad_rel_rank_at_least(r, 0, least)) return ad_rel_end(r, false);
  if (rank < least) return ad_rel_end(r, ad_rel_later(r));
  permute(ad_rel_attr(r, 0), rank, perm);
  return ad_rel_end(r, ad__dims_permuted(r, rank, perm));
}

static void move_axis(const ad_attr *attrs, int rank, int64_t *perm) {
  int from = ad__axis_of(attrs[0].as.i, rank), to = ad__axis_of(attrs[1].as.i, rank), next = 0;
  for (int i = 0; i < rank; i++) {
    if (next == from) next++;
    perm[i] = i == to ? from : next++;
  }
}
static ad_status moveaxis_dims(ad_rel *r) { return permuted_by(r, move_axis, 1); }
static ad_array *moveaxis_compose(const ad_rule *r) { return transposed(r, move_axis); }

static const ad_field moveaxis_fields[] = {
    {.name = "source", .kind = AD_FIELD_AXIS, .flags = AD_FIELD_REQUIRED, .doc = "the axis to move"},
    {.name = "destination", .kind = AD_FIELD_AXIS, .flags = AD_FIELD_REQUIRED, .doc = "its place in the result"},
};
const ad_op ad__op_moveaxis = {
    AD_OP_HEAD(moveaxis),
    .params = "a",
    .doc = "One axis of a in another place, the others in their order. A view.",
    .example = "ad_array *y = ad_moveaxis(x, 0, -1);",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_VIEW,
    AD_FIELDS(moveaxis_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = moveaxis_dims,
    .compose = moveaxis_compose,
    AD_SPELLINGS({"numpy", "np.moveaxis($0, @source, @destination)"}),
    AD_SAMPLES({"float32[2,3,4]", "source=0, destination=-1", "normal"}, {"float64[2,3,4]", "source=2, destination=1", "normal"},
               {"int8[2,0]", "source=1, destination=0", "small"}, {"bool[3]", "source=0, destination=0", "bool"}),
    AD_ERRORS({"float32[2,3]", "source=2, destination=0", AD_E_INDEX, "source 2; it is out of range for rank 2"},
              {"float32[]", "source=0, destination=0", AD_E_INDEX, "source 0; the array has rank 0 and no axes"}),
};

static void swap_axes(const ad_attr *attrs, int rank, int64_t *perm) {
  int p = ad__axis_of(attrs[0].as.i, rank), q = ad__axis_of(attrs[1].as.i, rank);
  for (int i = 0; i < rank; i++) perm[i] = i == p ? q : i == q ? p : i;
}
static ad_status swapaxes_dims(ad_rel *r) { return permuted_by(r, swap_axes, 1); }
static ad_array *swapaxes_compose(const ad_rule *r) { return transposed(r, swap_axes); }

static const ad_field swapaxes_fields[] = {
    {.name = "axis1", .kind = AD_FIELD_AXIS, .flags = AD_FIELD_REQUIRED, .doc = "one axis"},
    {.name = "axis2", .kind = AD_FIELD_AXIS, .flags = AD_FIELD_REQUIRED, .doc = "the other"},
};
const ad_op ad__op_swapaxes = {
    AD_OP_HEAD(swapaxes),
    .params = "a",
    .doc = "Two axes of a exchanged. A view.",
    .example = "ad_array *y = ad_swapaxes(x, 0, -1);",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_VIEW,
    AD_FIELDS(swapaxes_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = swapaxes_dims,
    .compose = swapaxes_compose,
    AD_SPELLINGS({"numpy", "np.swapaxes($0, @axis1, @axis2)"}),
    AD_SAMPLES({"float32[2,3,4]", "axis1=0, axis2=-1", "normal"}, {"float64[2,3]", "axis1=1, axis2=1", "normal"},
               {"int8[2,0]", "axis1=1, axis2=0", "small"}, {"bool[3]", "axis1=0, axis2=0", "bool"}),
    AD_ERRORS({"float32[2,3]", "axis1=0, axis2=-3", AD_E_INDEX, "axis2 -3; it is out of range for rank 2"}),
};

static void swap_last(const ad_attr *attrs, int rank, int64_t *perm) {
  (void)attrs;
  for (int i = 0; i < rank; i++) perm[i] = i < rank - 2 ? i : 2 * rank - 3 - i;
}
static ad_status matrix_transpose_dims(ad_rel *r) { return permuted_by(r, swap_last, 2); }
static ad_array *matrix_transpose_compose(const ad_rule *r) { return transposed(r, swap_last); }

const ad_op ad__op_matrix_transpose = {
    AD_OP_HEAD(matrix_transpose),
    .params = "a",
    .doc = "The last two axes of a exchanged. A view.",
    .example = "ad_array *y = ad_matrix_transpose(x);",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_VIEW,
    .dtype_rule = AD_TYPE_SAME,
    .dims = matrix_transpose_dims,
    .compose = matrix_transpose_compose,
    AD_SPELLINGS({"numpy", "np.swapaxes($0, -1, -2)"}),
    AD_SAMPLES({"float32[2,3,4]", "", "normal"}, {"float64[2,3]", "", "normal"}, {"int8[2,0]", "", "small"}),
    AD_ERRORS({"float32[3]", "", AD_E_VALUE, "its rank is 1; at least 2 is right"}),
};

/* ---- atleast_1d, atleast_2d, atleast_3d ---- */

/* Where the axes of length 1 stand: NumPy puts a vector in the middle of three, and a matrix first. */
static int missing_axes(int rank, int least, int64_t *axes) {
  static const int64_t places[3][4][3] = {{{0}}, {{0, 1}, {0}}, {{0, 1, 2}, {0, 2}, {2}}};
  int n = rank < least ? least - rank : 0;
  for (int i = 0; i < n; i++) axes[i] = places[least - 1][rank][i];
  return n;
}

static bool atleast_relation(ad_rel *r, int least) {
  int rank = ad_rel_get_rank(r, 0), out = AD_REL_OUT(r, 0);
  if (rank < 0 && ad_rel_get_rank(r, out) > least) rank = ad_rel_get_rank(r, out);
  if (rank < 0) return ad_rel_later(r);
  int64_t axes[3];
  ad_attr added = {.given = true, .count = missing_axes(rank, least, axes), .as.ints = axes};
  bool taken[AD_MAX_RANK];
  int total = rank + added.count;
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, out, total)) return false;
  ad__axes_mark(&added, total, taken);
  for (int i = 0, k = 0; i < total; i++)
    if (taken[i] ? !ad_rel_dim(r, out, i, 1) : !ad_rel_same_dim(r, 0, k++, out, i)) return false;
  return true;
}

static ad_array *atleast(const ad_rule *r, int least) {
  int64_t axes[3];
  int n = missing_axes(ad_array_rank(r->in[0]), least, axes);
  return n ? ad_expand_dims(r->in[0], (ad_ints){true, n, axes}) : r->in[0];
}

#define ATLEAST(op_name, least, words)                                                                              \
  static ad_status op_name##_dims(ad_rel *r) { return ad_rel_end(r, atleast_relation(r, least)); }                  \
  static ad_array *op_name##_compose(const ad_rule *r) { return atleast(r, least); }                                \
  const ad_op ad__op_##op_name = {                                                                                  \
      AD_OP_HEAD(op_name),                                                                                          \
      .params = "a",                                                                                                \
      .doc = words,                                                                                                 \
      .example = "ad_array *y = ad_" #op_name "(x);",                                                               \
      .group = "shape",                                                                                             \
      .inputs = 1,                                                                                                  \
      .outputs = 1,                                                                                                 \
      .flags = AD_OP_COMPOSITE | AD_OP_VIEW,                                                                        \
      .dtype_rule = AD_TYPE_SAME,                                                                                   \
      .dims = op_name##_dims,                                                                                       \
      .compose = op_name##_compose,                                                                                 \
      AD_SPELLINGS({"numpy", "np." #op_name "($0)"}),                                                               \
      AD_SAMPLES({"float32[]", "", "normal"}, {"float64[3]", "", "normal"}, {"int8[2,3]", "", "small"},             \
                 {"bool[1,2,3,4]", "", "bool"}, {"complex64[0]", "", "normal"}),                                    \
      AD_ERRORS({"(float32[2], float32[2])", "", AD_E_TYPE, "one array is right"}),                                 \
  }

ATLEAST(atleast_1d, 1, "a, rank 0 as one element of rank 1.");
ATLEAST(atleast_2d, 2, "a with at least two axes; a vector becomes a row.");
ATLEAST(atleast_3d, 3, "a with at least three axes; a vector becomes (1, n, 1), a matrix (n, m, 1).");
