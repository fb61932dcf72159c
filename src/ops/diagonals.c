/* Diagonals and triangles: diagonal, diag, trace, tri, tril, triu, eye, identity, one_hot.
 *
 * diagonal is a view; the same elements are reached by reshape and slices, which is how it is differentiated. A matrix
 * from its diagonal is a padding with gaps as long as a row and one. Offsets count to the upper right. */
#include "ops/dims.h"
#include "ops/rules.h"

#define OFFSET_FIELD {.name = "offset", .kind = AD_FIELD_INT, .doc = "above (below, when negative) the main one", .has_default = true}
#define AXIS1_FIELD {.name = "axis1", .kind = AD_FIELD_AXIS, .doc = "the axis that counts rows", .has_default = true}
#define AXIS2_FIELD \
  {.name = "axis2", .kind = AD_FIELD_AXIS, .doc = "the axis that counts columns", .has_default = true, .default_num = 1}

/* ---- diagonal, trace ---- */

enum { OFFSET, AXIS1, AXIS2 };

/* The length of the diagonal of two dims: known for numbers, and for the main one of a symbolic square. */
static bool diagonal_length(ad_rel *r, ad_dim rows, ad_dim columns, int64_t offset, ad_dim *out) {
  *out = AD_DIM_UNKNOWN;
  if (rows >= 0 && columns >= 0) *out = ad__diagonal_length(rows, columns, offset);
  else if (rows == columns && offset == 0) *out = rows;
  else if (rows != AD_DIM_UNKNOWN && columns != AD_DIM_UNKNOWN && !ad__dims_may_stay_open(r))
    return ad_rel_fail(r, AD_E_VALUE, "axes of symbolic length; only the main diagonal of equal axes has a known length");
  return true;
}

/* The axes of the input but two, in order, are the first of the result. */
static bool without_two(ad_rel *r, const ad_attr *at, int more) {
  int rank = ad_rel_get_rank(r, 0), out = AD_REL_OUT(r, 0), k = 0;
  if (rank < 0 && ad_rel_get_rank(r, out) >= 0) rank = ad_rel_get_rank(r, out) + 2 - more;
  if (rank < 0) return ad_rel_later(r);
  int p = ad__axis_of(at[AXIS1].as.i, rank), q = ad__axis_of(at[AXIS2].as.i, rank);
  if (p == q)
    return ad_rel_fail(r, AD_E_VALUE, "axis1 and axis2 are both %d; two different axes are right", p);
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, out, rank - 2 + more)) return false;
  for (int i = 0; i < rank; i++)
    if (i != p && i != q && !ad_rel_same_dim(r, 0, i, out, k++)) return false;
  ad_dim length;
  if (!more) return true;
  return diagonal_length(r, ad_rel_get_dim(r, 0, p), ad_rel_get_dim(r, 0, q), at[OFFSET].as.i, &length) &&
         ad_rel_dim(r, out, rank - 2, length);
}
static ad_status diagonal_dims(ad_rel *r) { return ad_rel_end(r, without_two(r, ad_rel_attr(r, 0), 1)); }

static ad_array *diagonal_compose(const ad_rule *r) {
  int rank = ad_array_rank(r->in[0]), n = 0;
  int64_t perm[AD_MAX_RANK], start[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK], step[AD_MAX_RANK], dims[AD_MAX_RANK];
  for (int i = 0; i < rank; i++)
    if (i != r->attrs[AXIS1].as.i && i != r->attrs[AXIS2].as.i) perm[n++] = i;
  perm[n] = r->attrs[AXIS1].as.i, perm[n + 1] = r->attrs[AXIS2].as.i;
  ad_array *a = ad_transpose(r->in[0], &(ad_transpose_opts){.axes = {true, rank, perm}});
  int64_t offset = r->attrs[OFFSET].as.i, rows = ad_array_dim(a, -2), columns = ad_array_dim(a, -1);
  int64_t length = ad__diagonal_length(rows, columns, offset);
  /* The square that has it as its main diagonal, as one axis, of which it is every (length + 1)-th element. */
  for (int i = 0; i < rank; i++) stop[i] = INT64_MAX, step[i] = 1, dims[i] = ad_array_dim(a, i);
  start[n] = length && offset < 0 ? -offset : 0;
  start[n + 1] = length && offset > 0 ? offset : 0;
  stop[n] = start[n] + length;
  stop[n + 1] = start[n + 1] + length;
  a = ad_strided_slice(a, (ad_ints){true, rank, start}, (ad_ints){true, rank, stop}, NULL);
  dims[n] = length * length;
  a = ad_reshape(a, (ad_shape){rank - 1, dims});
  start[n] = 0, stop[n] = INT64_MAX, step[n] = length + 1;
  return ad_strided_slice(a, (ad_ints){true, rank - 1, start}, (ad_ints){true, rank - 1, stop},
                          &(ad_strided_slice_opts){.step = {true, rank - 1, step}});
}

static const ad_field diagonal_fields[] = {OFFSET_FIELD, AXIS1_FIELD, AXIS2_FIELD};
const ad_op ad__op_diagonal = {
    AD_OP_HEAD(diagonal),
    .params = "a",
    .doc = "The elements of a whose places on two axes differ by offset, as a new last axis. A view.",
    .example = "ad_array *y = ad_diagonal(x, &(ad_diagonal_opts){.offset = AD_INT(1)});",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_VIEW,
    AD_FIELDS(diagonal_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = diagonal_dims,
    .compose = diagonal_compose,
    AD_SPELLINGS({"numpy", "np.diagonal($0, @offset, @axis1, @axis2)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[2,4,3]", "offset=-1, axis1=1, axis2=-1", "normal"},
               {"int8[3,2,4]", "offset=1, axis1=2, axis2=0", "small"}, {"bool[2,3]", "offset=7", "bool"},
               {"complex64[0,3]", "", "normal"}, {"float16[4,4]", "offset=2", "normal"}),
    AD_ERRORS({"float32[3]", "", AD_E_INDEX, "axis2 1; it is out of range for rank 1"},
              {"float32[3,3]", "axis1=0, axis2=-2", AD_E_VALUE, "axis1 and axis2 are both 0; two different axes are right"}),
};

enum { TRACE_DTYPE = 3 };

static ad_status trace_dims(ad_rel *r) { return ad_rel_end(r, without_two(r, ad_rel_attr(r, 0), 0)); }

static ad_array *trace_compose(const ad_rule *r) {
  const ad_attr *at = r->attrs;
  ad_array *y = ad_diagonal(r->in[0], &(ad_diagonal_opts){.offset = AD_INT(at[OFFSET].as.i), .axis1 = AD_INT(at[AXIS1].as.i),
                                                          .axis2 = AD_INT(at[AXIS2].as.i)});
  ad_dtype dtype = at[TRACE_DTYPE].given ? (ad_dtype)at[TRACE_DTYPE].as.i : AD_DTYPE_NONE;
  return ad_sum(y, &(ad_sum_opts){.axes = AD_AXES(-1), .dtype = dtype});
}

static const ad_field trace_fields[] = {
    OFFSET_FIELD, AXIS1_FIELD, AXIS2_FIELD,
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the sum; absent: as sum's"},
};
const ad_op ad__op_trace = {
    AD_OP_HEAD(trace),
    .params = "a",
    .doc = "The sum of a diagonal.",
    .example = "ad_array *y = ad_trace(x, NULL);",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(trace_fields),
    .dtype_rule = AD_TYPE_SUM,
    .dims = trace_dims,
    .compose = trace_compose,
    AD_SPELLINGS({"numpy", "np.trace($0, @offset, @axis1, @axis2?(, dtype=@out))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[2,4,3]", "offset=-1, axis1=1, axis2=-1", "normal"},
               {"int8[3,3]", "", "small"}, {"float32[3,3]", "dtype=float64", "normal"}, {"complex64[0,3]", "", "normal"}),
    AD_ERRORS({"float32[3]", "", AD_E_INDEX, "axis2 1; it is out of range for rank 1"}),
};

/* ---- diag ---- */

static uint64_t size_of(int64_t offset) { return offset < 0 ? 0 - (uint64_t)offset : (uint64_t)offset; }

static bool diag_relation(ad_rel *r, int64_t offset) {
  int rank = ad_rel_get_rank(r, 0), out = AD_REL_OUT(r, 0);
  if (rank < 0 && ad_rel_get_rank(r, out) >= 0) rank = 3 - ad_rel_get_rank(r, out);
  if (rank < 0) return ad_rel_later(r);
  if (rank != 1 && rank != 2) return ad_rel_fail(r, AD_E_VALUE, "rank %d; 1 or 2 is right", rank);
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, out, 3 - rank)) return false;
  ad_dim n;
  if (rank == 2) return diagonal_length(r, ad_rel_get_dim(r, 0, 0), ad_rel_get_dim(r, 0, 1), offset, &n) && ad_rel_dim(r, out, 0, n);
  if (size_of(offset) > INT64_MAX / 4) return ad_rel_fail(r, AD_E_OVERFLOW, "offset %lld; the matrix does not fit 63 bits", (long long)offset);
  if (!ad_rel_same_dim(r, out, 0, out, 1) || !ad_rel_same_dim(r, out, 1, out, 0)) return false;
  if (ad_rel_get_dim(r, 0, 0) == AD_DIM_UNKNOWN)
    return ad__dims_difference(r, ad_rel_get_dim(r, out, 0), (int64_t)size_of(offset), &n) && ad_rel_dim(r, 0, 0, n);
  return ad__dims_sum(r, ad_rel_get_dim(r, 0, 0), (int64_t)size_of(offset), &n) && ad_rel_dim(r, out, 0, n) && ad_rel_dim(r, out, 1, n);
}
static ad_status diag_dims(ad_rel *r) { return ad_rel_end(r, diag_relation(r, ad_rel_attr(r, 0)->as.i)); }

static ad_array *diag_compose(const ad_rule *r) {
  int64_t offset = r->attrs[0].as.i, n = ad_array_dim(r->in[0], 0), side = n + (int64_t)size_of(offset);
  if (ad_array_rank(r->in[0]) == 2) return ad_diagonal(r->in[0], &(ad_diagonal_opts){.offset = AD_INT(offset)});
  int64_t low = n == 0 ? 0 : offset >= 0 ? offset : -offset * side;
  int64_t high = side * side - low - (n ? n + (n - 1) * side : 0);
  ad_array *y = ad_pad_constant(r->in[0], AD_RULE_NUMBER(r, 0), AD_INTS(low), AD_INTS(high),
                                &(ad_pad_constant_opts){.interior = AD_INTS(side)});
  return ad_reshape(y, AD_SHAPE(side, side));
}

static const ad_field diag_fields[] = {OFFSET_FIELD};
const ad_op ad__op_diag = {
    AD_OP_HEAD(diag),
    .params = "a",
    .doc = "The square matrix with a vector as its diagonal and zeros elsewhere; of a matrix, its diagonal.",
    .example = "ad_array *y = ad_diag(x, NULL);",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(diag_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = diag_dims,
    .compose = diag_compose,
    AD_SPELLINGS({"numpy", "np.diag($0, @offset)"}),
    AD_SAMPLES({"float32[3]", "", "normal"}, {"float64[2]", "offset=-2", "normal"}, {"int8[3,4]", "offset=1", "small"},
               {"complex64[0]", "offset=2", "normal"}, {"bool[1]", "offset=1", "bool"}, {"float32[0]", "", "normal"}),
    AD_ERRORS({"float32[]", "", AD_E_VALUE, "rank 0; 1 or 2 is right"}, {"float32[1,2,3]", "", AD_E_VALUE, "rank 3; 1 or 2 is right"},
              {"float32[4]", "offset=4611686018427387904", AD_E_OVERFLOW, "the matrix does not fit 63 bits"},
              {"float32[4]", "offset=2305843009213693000", AD_E_OVERFLOW, "its size does not fit 63 bits"}),
};

/* ---- Triangles ---- */

enum { TRI_N, TRI_M, TRI_K, TRI_DTYPE };

static bool rectangle(ad_rel *r, int64_t n, const ad_attr *m) {
  int64_t columns = m->given ? m->as.i : n;
  if (n < 0 || columns < 0)
    return ad_rel_fail(r, AD_E_VALUE, "%lld rows and %lld columns; 0 or more is right", (long long)n, (long long)columns);
  return ad_rel_is(r, AD_REL_OUT(r, 0), 2, (const ad_dim[]){n, columns});
}
static ad_status rectangle_dims(ad_rel *r) {
  return ad_rel_end(r, rectangle(r, ad_rel_attr(r, TRI_N)->as.i, ad_rel_attr(r, TRI_M)));
}

static const ad_field rectangle_fields[] = {
    {.name = "n", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "rows"},
    {.name = "m", .kind = AD_FIELD_INT, .doc = "columns; absent: as many"},
    {.name = "k", .kind = AD_FIELD_INT, .doc = "which diagonal: above (below, when negative) the main one", .has_default = true},
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the result", .has_default = true, .default_num = AD_FLOAT32},
};

#define RECTANGLE(op_name, words, numpy_text)                                                                           \
  const ad_op ad__op_##op_name = {                                                                                      \
      AD_OP_HEAD(op_name),                                                                                              \
      .doc = words,                                                                                                     \
      .example = "ad_array *y = ad_" #op_name "(c, 3, NULL);",                                                          \
      .group = "creation",                                                                                              \
      .outputs = 1,                                                                                                     \
      AD_FIELDS(rectangle_fields),                                                                                      \
      .dtype_rule = AD_TYPE_ATTR,                                                                                       \
      .dims = rectangle_dims,                                                                                           \
      AD_SPELLINGS({"numpy", numpy_text}),                                                                              \
      AD_SAMPLES({"", "n=3", ""}, {"", "n=2, m=4, k=1, dtype=int8", ""}, {"", "n=3, m=2, k=-1, dtype=complex64", ""},   \
                 {"", "n=0, m=3", ""}, {"", "n=3, k=-7, dtype=bool", ""}, {"", "n=2, k=9, dtype=float16", ""}), \
      AD_ERRORS({"", "n=-1", AD_E_VALUE, "-1 rows and -1 columns; 0 or more is right"},                                 \
                {"", "n=4294967296, m=4294967296", AD_E_OVERFLOW, "its size does not fit 63 bits"}),                    \
  }

RECTANGLE(tri, "Ones at and below a diagonal, zeros above.", "np.tri(@n, @m, @k).astype(@dtype)");
RECTANGLE(eye, "Ones on a diagonal, zeros elsewhere.", "np.eye(@n, @m, @k).astype(@dtype)");

static const ad_field identity_fields[] = {
    {.name = "n", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "rows and columns"},
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the result", .has_default = true, .default_num = AD_FLOAT32},
};
static ad_status identity_dims(ad_rel *r) {
  return ad_rel_end(r, rectangle(r, ad_rel_attr(r, 0)->as.i, &(const ad_attr){.given = false}));
}
static ad_array *identity_compose(const ad_rule *r) {
  return ad_eye(r->ctx, r->attrs[0].as.i, &(ad_eye_opts){.dtype = (ad_dtype)r->attrs[1].as.i});
}
const ad_op ad__op_identity = {
    AD_OP_HEAD(identity),
    .doc = "The square matrix with ones on its main diagonal.",
    .example = "ad_array *y = ad_identity(c, 3, NULL);",
    .group = "creation",
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(identity_fields),
    .dtype_rule = AD_TYPE_ATTR,
    .dims = identity_dims,
    .compose = identity_compose,
    AD_SPELLINGS({"numpy", "np.identity(@n, @dtype)"}),
    AD_SAMPLES({"", "n=3", ""}, {"", "n=0, dtype=int8", ""}, {"", "n=2, dtype=complex128", ""}),
    AD_ERRORS({"", "n=-1", AD_E_VALUE, "-1 rows and -1 columns; 0 or more is right"}),
};

static ad_status matrix_dims(ad_rel *r) {
  return ad_rel_end(r, ad_rel_rank_at_least(r, 0, 2) && ad_rel_same(r, 0, AD_REL_OUT(r, 0)));
}

/* a where a triangle of ones up to diagonal k is, or is not. */
static ad_array *masked(const ad_rule *r, int64_t k, bool inside) {
  ad_array *a = r->in[0];
  ad_array *mask = ad_tri(r->ctx, ad_array_dim(a, -2),
                          &(ad_tri_opts){.m = AD_INT(ad_array_dim(a, -1)), .k = AD_INT(k), .dtype = AD_BOOL});
  ad_array *zero = ad_zeros(r->ctx, AD_SHAPE(), &(ad_zeros_opts){.dtype = ad_array_dtype(a)});
  return inside ? ad_where(mask, a, zero) : ad_where(mask, zero, a);
}
static ad_array *tril_compose(const ad_rule *r) { return masked(r, r->attrs[0].as.i, true); }
static ad_array *triu_compose(const ad_rule *r) {
  int64_t k = r->attrs[0].as.i;
  return masked(r, k == INT64_MIN ? k : k - 1, false);
}

static const ad_field triangle_fields[] = {
    {.name = "k", .kind = AD_FIELD_INT, .doc = "which diagonal: above (below, when negative) the main one", .has_default = true},
};

#define TRIANGLE(op_name, words)                                                                                \
  const ad_op ad__op_##op_name = {                                                                              \
      AD_OP_HEAD(op_name),                                                                                      \
      .params = "a",                                                                                            \
      .doc = words " Matrices are the last two axes.",                                                          \
      .example = "ad_array *y = ad_" #op_name "(x, NULL);",                                                     \
      .group = "shape",                                                                                         \
      .inputs = 1,                                                                                              \
      .outputs = 1,                                                                                             \
      .flags = AD_OP_COMPOSITE,                                                                                 \
      AD_FIELDS(triangle_fields),                                                                               \
      .dtype_rule = AD_TYPE_SAME,                                                                               \
      .dims = matrix_dims,                                                                                      \
      .compose = op_name##_compose,                                                                             \
      AD_SPELLINGS({"numpy", "np." #op_name "($0, @k)"}),                                                       \
      AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[2,3,3]", "k=1", "normal"}, {"int8[4,2]", "k=-2", "small"}, \
                 {"bool[2,2]", "k=-9", "bool"}, {"complex64[0,3]", "", "normal"}, {"bfloat16[3,3]", "k=5", "normal"}), \
      AD_ERRORS({"float32[3]", "", AD_E_VALUE, "its rank is 1; at least 2 is right"}),                          \
  }

TRIANGLE(tril, "a at and below a diagonal, zeros above.");
TRIANGLE(triu, "a at and above a diagonal, zeros below.");

/* ---- one_hot ---- */

static ad_status one_hot_dims(ad_rel *r) {
  int64_t n = ad_rel_attr(r, 0)->as.i;
  int out = AD_REL_OUT(r, 0), rank = ad_rel_get_rank(r, 0);
  if (n < 0) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "%lld classes; 0 or more is right", (long long)n));
  if (rank < 0 && ad_rel_get_rank(r, out) > 0) rank = ad_rel_get_rank(r, out) - 1;
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  bool ok = ad_rel_rank(r, 0, rank) && ad_rel_rank(r, out, rank + 1) && ad_rel_dim(r, out, rank, n);
  for (int i = 0; i < rank && ok; i++) ok = ad_rel_same_dim(r, 0, i, out, i);
  return ad_rel_end(r, ok);
}

static ad_array *one_hot_compose(const ad_rule *r) {
  ad_array *classes = ad_iota(r->ctx, r->attrs[0].as.i, &(ad_iota_opts){.dtype = AD_INT64});
  ad_array *at = ad_expand_dims(ad_cast(r->in[0], AD_INT64), AD_AXES(-1));
  return ad_cast(ad_equal(at, classes), (ad_dtype)r->attrs[1].as.i);
}

static const ad_field one_hot_fields[] = {
    {.name = "classes", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "length of the new last axis"},
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the result", .has_default = true, .default_num = AD_FLOAT32},
};
const ad_op ad__op_one_hot = {
    AD_OP_HEAD(one_hot),
    .params = "indices",
    .doc = "For each index a row of zeros with a one at its place; all zeros when it is out of range.",
    .example = "ad_array *y = ad_one_hot(labels, 10, NULL);",
    .group = "creation",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(one_hot_fields),
    .dtype_rule = AD_TYPE_ATTR,
    .accepts = AD_ACCEPT_BITS,
    .dims = one_hot_dims,
    AD_DERIVS(AD_NO_DERIV("an index is a choice")),
    .compose = one_hot_compose,
    AD_SPELLINGS({"numpy", "(np.expand_dims($0, -1) == np.arange(@classes)).astype(@dtype)"}),
    AD_SAMPLES({"int32[4]", "classes=3", "small"}, {"uint8[2,3]", "classes=4, dtype=bool", "index:6"}, {"int64[]", "classes=2", "small"},
               {"bool[0]", "classes=2, dtype=int8", "bool"}, {"int8[2]", "classes=300", "small"}),
    AD_ERRORS({"float32[2]", "classes=3", AD_E_TYPE, "dtype float32; it is not defined for it"},
              {"int32[2]", "classes=-1", AD_E_VALUE, "-1 classes; 0 or more is right"}),
};
