/* Reductions: sum, prod, all, any, max, min, and the places of the extremes.
 *
 * All take the axes to reduce (absent: all of them) and keepdims. Kernels in runtime/reduce_ops.c. Sums and products
 * accumulate in float32 at least, in a tree of blocks, whose order depends on the shape alone. */
#include "ops/reduce_rules.h"

enum { FIELD_DTYPE = 2 };

#define FIRST_DTYPE \
  {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "elements are converted to it first; absent: small integers widen"}

static const ad_field sum_fields[] = {AD_REDUCE_AXES, FIRST_DTYPE};
static const ad_field fields[] = {AD_REDUCE_AXES};

/* ---- sum, prod ---- */

static ad_array *sum_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return ad__reduce_spread(r, ad__rule_cast(ct[0], ad_array_dtype(r->in[0])));
}

const ad_op ad__op_sum = {
    AD_OP_HEAD(sum),
    .params = "a",
    .doc = "The sum over the axes; 0 where there are no elements. bool and integers below 8 bytes are summed as int32 or "
           "uint32 and wrap; half types are summed in float32 and rounded once.",
    .example = "ad_array *y = ad_sum(x, &(ad_sum_opts){.axes = AD_AXES(-1)});",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(sum_fields),
    .dtype_rule = AD_TYPE_SUM,
    .dims = ad__reduce_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = sum_back,
    AD_SPELLINGS({"numpy", "np.sum($0?(, axis=@axes)?(, keepdims=@keepdims)?(, dtype=@out))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float32[3,4,5]", "axes=[0,-1], keepdims=true", "normal"},
               {"int8[5,2]", "axes=[1]", "small"}, {"float16[70]", "", "unit"}, {"complex64[2,3]", "axes=[0]", "normal"},
               {"float64[0,3]", "axes=[0]", "normal"}, {"float32[]", "", "normal"}, {"float32[2,3]", "axes=[]", "normal"},
               {"int32[4]", "dtype=float64", "small"}, {"bool[9]", "", "bool"}),
    AD_ERRORS({"float32[2,3]", "axes=[2]", AD_E_INDEX, "axes 2; it is out of range for rank 2; from -2 to 1 is right"},
              {"float32[2,3]", "axes=[0,0]", AD_E_VALUE, "axes names axis 0 twice"},
              {"float32[]", "axes=[0]", AD_E_INDEX, "the array has rank 0 and no axes"}),
};

/* The reverse, for an array of the input's shape. */
static ad_array *reduced_back(ad_array *a, ad_shape in, const int64_t *order) {
  int64_t dims[AD_MAX_RANK], back[AD_MAX_RANK];
  for (int i = 0; i < in.rank; i++) dims[i] = in.dims[order[i]], back[order[i]] = i;
  return ad_transpose(ad_reshape(a, (ad_shape){in.rank, dims}), &(ad_transpose_opts){.axes = {true, in.rank, back}});
}

/* Each element's factor is the product of those before it times the product of those after it: right with zeros too. */
static ad_array *prod_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  int64_t order[AD_MAX_RANK];
  ad_array *x = ad__reduce_last(r, ad__rule_cast(r->in[0], ad_array_dtype(ct[0])), order);
  ad_array *before = ad_cumprod(x, &(ad_cumprod_opts){.axis = AD_INT(-1), .exclusive = true});
  ad_array *after = ad_cumprod(x, &(ad_cumprod_opts){.axis = AD_INT(-1), .exclusive = true, .reverse = true});
  ad_array *others = reduced_back(ad_multiply(before, after), ad_array_shape(r->in[0]), order);
  if (ad_dtype_category(ad_array_dtype(others)) == AD_CATEGORY_COMPLEX) others = ad_conjugate(others);
  return ad__rule_cast(ad_multiply(ad__reduce_keep(r, ct[0]), others), ad_array_dtype(r->in[0]));
}

const ad_op ad__op_prod = {
    AD_OP_HEAD(prod),
    .params = "a",
    .doc = "The product over the axes; 1 where there are no elements. bool and integers below 8 bytes are multiplied as "
           "int32 or uint32 and wrap; half types are multiplied in float32 and rounded once.",
    .example = "ad_array *y = ad_prod(x, NULL);",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(sum_fields),
    .dtype_rule = AD_TYPE_SUM,
    .dims = ad__reduce_dims,
    AD_DERIVS(AD_SMOOTH),
    .vjp = prod_back,
    AD_SPELLINGS({"numpy", "np.prod($0?(, axis=@axes)?(, keepdims=@keepdims)?(, dtype=@out))"}),
    AD_SAMPLES({"float32[3,4]", "", "nonzero"}, {"float64[3,4,5]", "axes=[1], keepdims=true", "normal"},
               {"int8[5,2]", "axes=[-1]", "small"}, {"float16[7,3]", "axes=[0]", "unit"}, {"complex64[2,3]", "axes=[0]", "normal"},
               {"float64[0,3]", "axes=[0]", "normal"}, {"float32[]", "", "normal"}, {"int32[4]", "dtype=float64", "small"}),
    AD_ERRORS({"float32[2,3]", "axes=[-3]", AD_E_INDEX, "axes -3; it is out of range for rank 2"}),
};

/* ---- all, any ---- */

const ad_op ad__op_all = {
    AD_OP_HEAD(all),
    .params = "a",
    .doc = "Are all elements along the axes different from zero? True where there are none; NaN is different from zero.",
    .example = "ad_array *y = ad_all(mask, NULL);",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_LOGICAL,
    .dims = ad__reduce_dims,
    AD_DERIVS(AD_NO_DERIV("the result is a truth value")),
    AD_SPELLINGS({"numpy", "np.all($0?(, axis=@axes)?(, keepdims=@keepdims))"}),
    AD_SAMPLES({"bool[3,4]", "axes=[1]", "bool"}, {"float32[300]", "", "nonzero"}, {"int8[2,0]", "axes=[1]", "small"},
               {"complex64[3,2]", "axes=[0], keepdims=true", "small"}),
    AD_ERRORS({"bool[2]", "axes=[1]", AD_E_INDEX, "axes 1; it is out of range for rank 1"}),
};

const ad_op ad__op_any = {
    AD_OP_HEAD(any),
    .params = "a",
    .doc = "Is any element along the axes different from zero? False where there are none; NaN is different from zero.",
    .example = "ad_array *y = ad_any(mask, NULL);",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_LOGICAL,
    .dims = ad__reduce_dims,
    AD_DERIVS(AD_NO_DERIV("the result is a truth value")),
    AD_SPELLINGS({"numpy", "np.any($0?(, axis=@axes)?(, keepdims=@keepdims))"}),
    AD_SAMPLES({"bool[3,4]", "axes=[1]", "bool"}, {"float32[300]", "", "small"}, {"int8[2,0]", "axes=[1]", "small"},
               {"bfloat16[3,2]", "axes=[0], keepdims=true", "small"}),
    AD_ERRORS({"bool[2]", "axes=[1]", AD_E_INDEX, "axes 1; it is out of range for rank 1"}),
};

/* ---- max, min ---- */

/* The elements that are the extreme share the cotangent equally. */
static ad_array *extreme_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  ad_array *chosen = ad_equal(r->in[0], ad__reduce_keep(r, r->out));
  ad_sum_opts over = {.axes = ad__reduce_axes(r), .keepdims = true, .dtype = ad_array_dtype(r->in[0])};
  ad_array *share = ad_divide(ad__reduce_keep(r, ct[0]), ad_sum(chosen, &over));
  return ad_where(chosen, share, AD_RULE_NUMBER(r, 0));
}

const ad_op ad__op_max = {
    AD_OP_HEAD(max),
    .params = "a",
    .doc = "The largest element along the axes; NaN where there is one. Real dtypes; an axis of length 0 is an error. "
           "Tied elements share the gradient equally.",
    .example = "ad_array *y = ad_max(x, &(ad_max_opts){.axes = AD_AXES(0), .keepdims = true});",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_SAME,
    .accepts = AD_ACCEPT_BOOL | AD_ACCEPT_REAL,
    .dims = ad__reduce_dims_nonempty,
    AD_DERIVS(AD_SMOOTH),
    .vjp = extreme_back,
    AD_SPELLINGS({"numpy", "np.max($0?(, axis=@axes)?(, keepdims=@keepdims))"}),
    AD_SAMPLES({"float32[3,4]", "", "distinct"}, {"float64[3,4,5]", "axes=[0,-1], keepdims=true", "distinct"},
               {"int8[5,2]", "axes=[1]", "small"}, {"float16[70]", "", "distinct"}, {"bool[3]", "", "bool"},
               {"float32[0,3]", "axes=[1]", "normal"}, {"uint64[]", "", "small"}),
    AD_ERRORS({"float32[0,3]", "axes=[0]", AD_E_VALUE, "axis 0 has length 0; there is no element to choose from"},
              {"complex64[3]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};

const ad_op ad__op_min = {
    AD_OP_HEAD(min),
    .params = "a",
    .doc = "The smallest element along the axes; NaN where there is one. Real dtypes; an axis of length 0 is an error. "
           "Tied elements share the gradient equally.",
    .example = "ad_array *y = ad_min(x, NULL);",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_SAME,
    .accepts = AD_ACCEPT_BOOL | AD_ACCEPT_REAL,
    .dims = ad__reduce_dims_nonempty,
    AD_DERIVS(AD_SMOOTH),
    .vjp = extreme_back,
    AD_SPELLINGS({"numpy", "np.min($0?(, axis=@axes)?(, keepdims=@keepdims))"}),
    AD_SAMPLES({"float32[3,4]", "", "distinct"}, {"float64[3,4,5]", "axes=[0,-1], keepdims=true", "distinct"},
               {"uint16[5,2]", "axes=[1]", "small"}, {"bfloat16[70]", "", "distinct"}, {"float32[0,3]", "axes=[1]", "normal"}),
    AD_ERRORS({"float32[2,0]", "", AD_E_VALUE, "axis 1 has length 0; there is no element to choose from"},
              {"complex64[3]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};

/* ---- argmax, argmin ---- */

static const ad_field arg_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis to search; absent: all elements in row-major order"},
    {.name = "keepdims", .kind = AD_FIELD_FLAG, .doc = "searched axes stay, with length 1"},
};

/* Each slice by itself: without an axis, flattened to a row of its own. */
static ad_array *arg_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched;
  const ad_attr *axis = &r->attrs[0];
  bool keepdims = r->attrs[AD_REDUCE_FIELD_KEEPDIMS].as.i;
  ad_array *x = r->in[0];
  ad_shape shape = ad_array_shape(x);
  int64_t dims[AD_MAX_RANK] = {size}, count = 1;
  for (int i = 1; i < shape.rank; i++) count *= shape.dims[i], dims[i] = 1;
  if (!axis->given) x = ad_reshape(x, AD_SHAPE(size, count));
  ad_attr at[] = {ad_attr_int(AD_INT(axis->given ? axis->as.i + 1 : 1)), ad_attr_flag(axis->given && keepdims)};
  ad_array *y = ad_apply(r->ctx, AD_HERE, r->op, &x, 1, at);
  return !axis->given && keepdims ? ad_reshape(y, (ad_shape){shape.rank, dims}) : y;
}

const ad_op ad__op_argmax = {
    AD_OP_HEAD(argmax),
    .params = "a",
    .doc = "The place of the largest element along the axis, the first of several; the first NaN where there is one. Real "
           "dtypes; an axis of length 0 is an error. The result is uint32.",
    .example = "ad_array *y = ad_argmax(x, &(ad_argmax_opts){.axis = AD_INT(-1)});",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(arg_fields),
    .dtype_rule = AD_TYPE_INDEX,
    .accepts = AD_ACCEPT_BOOL | AD_ACCEPT_REAL,
    .dims = ad__reduce_dims_indexed,
    AD_DERIVS(AD_NO_DERIV("the result is an index")),
    .batch = arg_batch,
    AD_SPELLINGS({"numpy", "np.argmax($0?(, axis=@axis)?(, keepdims=@keepdims)).astype(@out)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[3,4,5]", "axis=1, keepdims=true", "normal"},
               {"int8[5,2]", "axis=-1", "small"}, {"float16[70]", "", "normal"}, {"bool[3,2]", "axis=0", "bool"}),
    AD_ERRORS({"float32[0,3]", "axis=0", AD_E_VALUE, "axis 0 has length 0; there is no element to choose from"},
              {"float32[2]", "axis=1", AD_E_INDEX, "axis 1; it is out of range for rank 1"}),
};

const ad_op ad__op_argmin = {
    AD_OP_HEAD(argmin),
    .params = "a",
    .doc = "The place of the smallest element along the axis, the first of several; the first NaN where there is one. Real "
           "dtypes; an axis of length 0 is an error. The result is uint32.",
    .example = "ad_array *y = ad_argmin(x, NULL);",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(arg_fields),
    .dtype_rule = AD_TYPE_INDEX,
    .accepts = AD_ACCEPT_BOOL | AD_ACCEPT_REAL,
    .dims = ad__reduce_dims_indexed,
    AD_DERIVS(AD_NO_DERIV("the result is an index")),
    .batch = arg_batch,
    AD_SPELLINGS({"numpy", "np.argmin($0?(, axis=@axis)?(, keepdims=@keepdims)).astype(@out)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[3,4,5]", "axis=1, keepdims=true", "normal"},
               {"uint8[5,2]", "axis=-1", "small"}, {"bfloat16[70]", "", "normal"}),
    AD_ERRORS({"float32[3,0]", "", AD_E_VALUE, "axis 1 has length 0; there is no element to choose from"}),
};
