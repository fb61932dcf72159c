/* Scans: cumsum, cumprod, cummax, cummin, logcumsumexp along an axis, forwards or backwards.
 *
 * cumsum is linear; the others are composed of log2(n) steps of their operation on the array and a shifted copy of itself
 * (Hillis and Steele, Data parallel algorithms, 1986), and are differentiated through that: exact where elements are zero,
 * tied or infinite, which quotients of scans are not. Kernels in runtime/scan.c. */
#include <math.h>
#include "ops/reduce_rules.h"

enum { FIELD_AXIS, FIELD_REVERSE, FIELD_EXCLUSIVE, FIELD_DTYPE };

#define SCAN_FIELDS                                                                                                    \
  {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis to scan; absent: all elements in row-major order, as one axis"}, \
  {.name = "reverse", .kind = AD_FIELD_FLAG, .doc = "from the end to the beginning"},                                  \
  {.name = "exclusive", .kind = AD_FIELD_FLAG, .doc = "a result is that of the elements before its own"}

static const ad_field fields[] = {SCAN_FIELDS};
static const ad_field dtype_fields[] = {
    SCAN_FIELDS,
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "elements are converted to it first; absent: a's, int32 for sums of bool"},
};

static bool flat_dim(ad_rel *r) {
  int rank = ad_rel_get_rank(r, 0);
  ad_dim n = 1;
  if (!ad_rel_rank(r, AD_REL_OUT(r, 0), 1)) return false;
  if (rank < 0) return ad_rel_later(r);
  if (rank == 1) return ad_rel_same(r, 0, AD_REL_OUT(r, 0));
  for (int i = 0; i < rank; i++) n = ad_dim_mul(ad_rel_ctx(r), n, ad_rel_get_dim(r, 0, i));
  if (n == AD_DIM_UNKNOWN) return ad_rel_later(r);
  return ad_rel_dim(r, AD_REL_OUT(r, 0), 0, n);
}
static ad_status scan_dims(ad_rel *r) {
  return ad_rel_end(r, ad_rel_attr(r, FIELD_AXIS)->given ? ad_rel_same(r, 0, AD_REL_OUT(r, 0)) : flat_dim(r));
}

/* Each slice by itself: without an axis, flattened to a row of its own. */
static ad_array *scan_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched;
  const ad_attr *axis = &r->attrs[FIELD_AXIS];
  ad_array *x = r->in[0];
  int64_t count = 1;
  ad_shape shape = ad_array_shape(x);
  for (int i = 1; i < shape.rank; i++) count *= shape.dims[i];
  if (!axis->given) x = ad_reshape(x, AD_SHAPE(size, count));
  ad_attr at[4] = {{0}};
  for (int i = 0; i < r->op->field_count; i++) at[i] = r->attrs[i];
  at[FIELD_AXIS] = ad_attr_int(AD_INT(axis->given ? axis->as.i + 1 : 1));
  return ad_apply(r->ctx, AD_HERE, r->op, &x, 1, at);
}

/* ---- cumsum ---- */

static ad_status sum_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = ad_array_dtype(r->in[0]);
  out[0] = r->attrs[FIELD_DTYPE].given ? (ad_dtype)r->attrs[FIELD_DTYPE].as.i : in[0] == AD_BOOL ? AD_INT32 : in[0];
  return AD_OK;
}

static ad_array *sum_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  ad_cumsum_opts opts = {.axis = r->attrs[FIELD_AXIS].given ? AD_INT(r->attrs[FIELD_AXIS].as.i) : AD_INT(0),
                         .reverse = !r->attrs[FIELD_REVERSE].as.i, .exclusive = r->attrs[FIELD_EXCLUSIVE].as.i};
  ad_array *y = ad_cumsum(ad__rule_cast(ct[0], ad_array_dtype(r->in[0])), &opts);
  return r->attrs[FIELD_AXIS].given ? y : ad_reshape(y, ad_array_shape(r->in[0]));
}

/* x along axis k with function f, reversed, exclusive with identity i, in NumPy's terms. */
#define NUMPY_SCAN(function, identity)                                                                                  \
  "(lambda x, k, r, e, f, i: (lambda v: np.flip(v, k) if r else v)((lambda y: np.concatenate([np.full_like("            \
  "np.take(y, [0], k), i), np.delete(y, -1, k)], k) if e else y)(f(np.flip(x, k) if r else x, k))))("                   \
  "$0 if @axis is not None else np.ravel($0), @axis or 0, @reverse, @exclusive, " function ", " identity ")"

const ad_op ad__op_cumsum = {
    AD_OP_HEAD(cumsum),
    .params = "a",
    .doc = "The sums of the first elements along an axis: result k is a[0] + ... + a[k]. Keeps the dtype, but for bool, "
           "which becomes int32; float32 and half types are summed in float64.",
    .example = "ad_array *y = ad_cumsum(x, &(ad_cumsum_opts){.axis = AD_INT(-1)});",
    .group = "scans",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(dtype_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = sum_dtypes,
    .dims = scan_dims,
    .batch = scan_batch,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = sum_back,
    AD_SPELLINGS({"numpy", NUMPY_SCAN("lambda v, k: np.cumsum(v, axis=k, dtype=@out)", "0")}),
    AD_SAMPLES({"float32[3,4]", "axis=1", "normal"}, {"float64[3,4,5]", "axis=-2, reverse=true", "normal"},
               {"int8[5,2]", "", "small"}, {"float16[7]", "exclusive=true", "unit"}, {"complex64[2,3]", "axis=0", "normal"},
               {"bool[6]", "axis=0, reverse=true, exclusive=true", "bool"}, {"int32[4]", "axis=0, dtype=float64", "small"},
               {"float32[0,3]", "axis=0", "normal"}, {"float32[]", "", "normal"}),
    AD_ERRORS({"float32[2,3]", "axis=2", AD_E_INDEX, "axis 2; it is out of range for rank 2"}),
};

/* ---- The others ---- */

typedef ad_array *(*join_fn)(ad_array *earlier, ad_array *later);

/* Elements [from, to) along an axis. */
static ad_array *part(ad_array *a, int axis, int64_t from, int64_t to) {
  int64_t start[AD_MAX_RANK], stop[AD_MAX_RANK];
  ad_shape shape = ad_array_shape(a);
  for (int i = 0; i < shape.rank; i++) start[i] = i == axis ? from : 0, stop[i] = i == axis ? to : shape.dims[i];
  return ad_strided_slice(a, ((ad_ints){true, shape.rank, start}), ((ad_ints){true, shape.rank, stop}), NULL);
}

static ad_array *behind(const ad_rule *r, ad_array *first, ad_array *second, int axis) {
  ad_array *both[] = {first, second};
  return ad_concatenate(r->ctx, both, 2, &(ad_concatenate_opts){.axis = AD_INT(axis)});
}

/* One step of doubling: what is `by` elements before (reversed: after) joins. */
static ad_array *doubled(const ad_rule *r, ad_array *x, int axis, int64_t n, int64_t by, join_fn join) {
  if (r->attrs[FIELD_REVERSE].as.i)
    return behind(r, join(part(x, axis, by, n), part(x, axis, 0, n - by)), part(x, axis, n - by, n), axis);
  return behind(r, part(x, axis, 0, by), join(part(x, axis, 0, n - by), part(x, axis, by, n)), axis);
}

static ad_array *scan(const ad_rule *r, ad_array *x, join_fn join, ad_array *identity) {
  int axis = r->attrs[FIELD_AXIS].given ? (int)r->attrs[FIELD_AXIS].as.i : 0;
  if (!r->attrs[FIELD_AXIS].given) x = ad_reshape(x, AD_SHAPE(-1));
  int64_t n = ad_array_dim(x, axis);
  if (ad_array_size(x) == 0) return x;
  for (int64_t by = 1; by < n; by *= 2) x = doubled(r, x, axis, n, by, join);
  if (!r->attrs[FIELD_EXCLUSIVE].as.i) return x;
  int64_t edge[AD_MAX_RANK];
  ad_shape shape = ad_array_shape(x);
  for (int i = 0; i < shape.rank; i++) edge[i] = i == axis ? 1 : shape.dims[i];
  ad_array *first = ad_broadcast_to(ad__rule_cast(identity, ad_array_dtype(x)), (ad_shape){shape.rank, edge});
  if (r->attrs[FIELD_REVERSE].as.i) return behind(r, part(x, axis, 1, n), first, axis);
  return behind(r, first, part(x, axis, 0, n - 1), axis);
}

static ad_array *join_product(ad_array *a, ad_array *b) { return ad_multiply(a, b); }
static ad_array *join_max(ad_array *a, ad_array *b) { return ad_maximum(a, b); }
static ad_array *join_min(ad_array *a, ad_array *b) { return ad_minimum(a, b); }
static ad_array *join_logsumexp(ad_array *a, ad_array *b) { return ad_logaddexp(a, b); }

static ad_status product_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = ad_array_dtype(r->in[0]);
  out[0] = r->attrs[FIELD_DTYPE].given ? (ad_dtype)r->attrs[FIELD_DTYPE].as.i : in[0];
  return AD_OK;
}

static ad_array *cumprod_compose(const ad_rule *r) {
  const ad_attr *dtype = &r->attrs[FIELD_DTYPE];
  ad_array *x = dtype->given ? ad__rule_cast(r->in[0], (ad_dtype)dtype->as.i) : r->in[0];
  return scan(r, x, join_product, ad_number_int(r->ctx, 1));
}

const ad_op ad__op_cumprod = {
    AD_OP_HEAD(cumprod),
    .params = "a",
    .doc = "The products of the first elements along an axis: result k is a[0] * ... * a[k]. Keeps the dtype; half types are "
           "multiplied in float32.",
    .example = "ad_array *y = ad_cumprod(x, &(ad_cumprod_opts){.axis = AD_INT(0)});",
    .group = "scans",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(dtype_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = product_dtypes,
    .dims = scan_dims,
    .batch = scan_batch,
    .compose = cumprod_compose,
    AD_SPELLINGS({"numpy", NUMPY_SCAN("lambda v, k: np.cumprod(v, axis=k, dtype=@out)", "1")}),
    AD_SAMPLES({"float32[3,4]", "axis=1", "normal"}, {"float64[3,4,5]", "axis=-2, reverse=true", "normal"},
               {"int8[5,2]", "axis=0", "bool"}, {"float16[7]", "exclusive=true", "unit"}, {"complex64[2,3]", "axis=0", "normal"},
               {"int32[4]", "axis=0, dtype=float64", "small"}, {"float32[]", "", "normal"}),
    AD_ERRORS({"float32[2,3]", "axis=2", AD_E_INDEX, "axis 2; it is out of range for rank 2"}),
};

/* The largest (or smallest) number of a dtype, infinite where there is infinity. */
static ad_array *farthest(const ad_rule *r, bool largest) {
  ad_dtype t = ad_array_dtype(r->in[0]);
  int bits = 8 * (int)ad_dtype_size(t);
  switch (ad_dtype_category(t)) {
  case AD_CATEGORY_BOOL: return ad_number_bool(r->ctx, largest);
  case AD_CATEGORY_INT: {
    int64_t top = (int64_t)(UINT64_MAX >> (65 - bits));
    return ad_cast(ad_number_int(r->ctx, largest ? top : -top - 1), t);
  }
  case AD_CATEGORY_UINT: {
    ad_array *zero = ad_cast(ad_number_int(r->ctx, 0), t);
    return largest ? ad_bitwise_invert(zero) : zero;
  }
  default: return AD_RULE_NUMBER(r, largest ? HUGE_VAL : -HUGE_VAL);
  }
}

static ad_array *cummax_compose(const ad_rule *r) { return scan(r, r->in[0], join_max, farthest(r, false)); }

const ad_op ad__op_cummax = {
    AD_OP_HEAD(cummax),
    .params = "a",
    .doc = "The largest of the first elements along an axis; NaN from the first NaN on. Real dtypes.",
    .example = "ad_array *y = ad_cummax(x, &(ad_cummax_opts){.axis = AD_INT(0)});",
    .group = "scans",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_SAME,
    .accepts = AD_ACCEPT_BOOL | AD_ACCEPT_REAL,
    .dims = scan_dims,
    .batch = scan_batch,
    .compose = cummax_compose,
    AD_SPELLINGS({"numpy", NUMPY_SCAN("lambda v, k: np.maximum.accumulate(v, axis=k)",
                                      "-np.inf if $0.dtype.kind == 'f' else np.iinfo($0.dtype).min if $0.dtype.kind in 'iu' else 0")}),
    AD_SAMPLES({"float32[3,4]", "axis=1", "distinct"}, {"float64[3,4,5]", "axis=-2, reverse=true", "distinct"},
               {"int8[5,2]", "", "small"}, {"int32[7]", "exclusive=true", "small"}, {"bool[5]", "axis=0", "bool"}),
    AD_ERRORS({"complex64[3]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};

static ad_array *cummin_compose(const ad_rule *r) { return scan(r, r->in[0], join_min, farthest(r, true)); }

const ad_op ad__op_cummin = {
    AD_OP_HEAD(cummin),
    .params = "a",
    .doc = "The smallest of the first elements along an axis; NaN from the first NaN on. Real dtypes.",
    .example = "ad_array *y = ad_cummin(x, NULL);",
    .group = "scans",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_SAME,
    .accepts = AD_ACCEPT_BOOL | AD_ACCEPT_REAL,
    .dims = scan_dims,
    .batch = scan_batch,
    .compose = cummin_compose,
    AD_SPELLINGS({"numpy", NUMPY_SCAN("lambda v, k: np.minimum.accumulate(v, axis=k)",
                                      "np.inf if $0.dtype.kind == 'f' else np.iinfo($0.dtype).max if $0.dtype.kind in 'iu' else 1")}),
    AD_SAMPLES({"float32[3,4]", "axis=1", "distinct"}, {"float64[3,4,5]", "axis=-2, reverse=true", "distinct"},
               {"uint8[5,2]", "", "small"}, {"int32[7]", "exclusive=true", "small"}),
    AD_ERRORS({"complex64[3]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};

static ad_array *logcumsumexp_compose(const ad_rule *r) {
  return scan(r, r->in[0], join_logsumexp, AD_RULE_NUMBER(r, -HUGE_VAL));
}

const ad_op ad__op_logcumsumexp = {
    AD_OP_HEAD(logcumsumexp),
    .params = "a",
    .doc = "log(cumsum(exp(a))) without overflow. bool and integers become float32; float32 and half types are carried in "
           "float64.",
    .example = "ad_array *y = ad_logcumsumexp(x, &(ad_logcumsumexp_opts){.axis = AD_INT(-1)});",
    .group = "scans",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = scan_dims,
    .batch = scan_batch,
    .compose = logcumsumexp_compose,
    AD_SPELLINGS({"numpy", NUMPY_SCAN("lambda v, k: np.logaddexp.accumulate(v, axis=k)", "-np.inf")}),
    AD_SAMPLES({"float32[3,4]", "axis=1", "normal"}, {"float64[3,4,5]", "axis=-2, reverse=true", "normal"}),
    AD_ERRORS({"float32[3]", "axis=1", AD_E_INDEX, "axis 1; it is out of range for rank 1"}),
};
