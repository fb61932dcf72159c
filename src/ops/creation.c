/* Creation: arrays that follow from attributes alone, and constant arrays.
 *
 * Sizes are checked here, elements are computed by kernels in runtime/create.c. zeros, ones and full are one element
 * seen through strides of 0, so that they take no memory whatever their shape. */
#include "ops/creation.h"

#include <math.h>
#include "base/mem.h"
#include "ops/dims.h"
#include "ops/rules.h"

#define DTYPE_FIELD \
  {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the result", .has_default = true, .default_num = AD_FLOAT32}

/* ---- Constant arrays ---- */

static bool shape_is(ad_rel *r, const ad_attr *shape) {
  return ad__dims_check(r, shape) && ad_rel_is(r, AD_REL_OUT(r, 0), shape->count, shape->as.ints);
}
static ad_status given_shape(ad_rel *r) { return ad_rel_end(r, shape_is(r, ad_rel_attr(r, 0))); }

static const ad_field shaped_fields[] = {
    {.name = "shape", .kind = AD_FIELD_SHAPE, .flags = AD_FIELD_REQUIRED, .doc = "the dims of the result"},
    DTYPE_FIELD,
};

#define SHAPED(op_name, words, numpy_text)                                                                            \
  const ad_op ad__op_##op_name = {                                                                                    \
      AD_OP_HEAD(op_name),                                                                                            \
      .doc = words " of a given shape. They take no memory until they are written to or read as one block.",          \
      .example = "ad_array *y = ad_" #op_name "(c, AD_SHAPE(2, 3), NULL);",                                           \
      .group = "creation",                                                                                            \
      .outputs = 1,                                                                                                   \
      AD_FIELDS(shaped_fields),                                                                                       \
      .dtype_rule = AD_TYPE_ATTR,                                                                                     \
      .dims = given_shape,                                                                                            \
      AD_SPELLINGS({"numpy", numpy_text}),                                                                            \
      AD_SAMPLES({"", "shape=[2,3]", ""}, {"", "shape=[], dtype=int8", ""}, {"", "shape=[0,4], dtype=complex64", ""}, \
                 {"", "shape=[3], dtype=bool", ""}, {"", "shape=[2,1,2], dtype=float16", ""}),                        \
      AD_ERRORS({"", "shape=[2,-1]", AD_E_VALUE, "shape with -1 as axis 1; 0 or more is right"},                      \
                {"", "shape=[4611686018427387904,4]", AD_E_OVERFLOW, "its size does not fit 63 bits"}),               \
  }

SHAPED(zeros, "Zeros", "np.zeros(@shape, @dtype)");
SHAPED(ones, "Ones", "np.ones(@shape, @dtype)");
SHAPED(empty, "Zeros, as zeros gives: no array of this library shows what memory held before,",
       "np.zeros(@shape, @dtype)");

/* The dtype attribute (the last field), or that of the input. */
static ad_status dtype_or_input(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  const ad_attr *dtype = &r->attrs[r->op->field_count - 1];
  in[0] = ad_array_dtype(r->in[0]);
  out[0] = dtype->given ? (ad_dtype)dtype->as.i : in[0];
  if (ad_array_is_weak(r->in[0]) && ad_dtype_category(in[0]) == AD_CATEGORY_FLOAT && ad_dtype_category(out[0]) >= AD_CATEGORY_FLOAT)
    in[0] = out[0]; /* with all its digits */
  return AD_OK;
}

static ad_status full_dims(ad_rel *r) { return ad_rel_end(r, ad__dims_broadcast_to(r, ad_rel_attr(r, 0))); }

static ad_array *full_compose(const ad_rule *r) {
  const ad_attr *shape = &r->attrs[0], *dtype = &r->attrs[1];
  ad_array *value = dtype->given ? ad_cast(r->in[0], (ad_dtype)dtype->as.i) : r->in[0];
  return ad_broadcast_to(value, (ad_shape){shape->count, shape->as.ints});
}

/* The value's axes line up with the last of the shape: ones between them and the batch. */
static ad_array *full_batch(const ad_rule *r, const bool *batched, int64_t size) {
  const ad_attr *shape = &r->attrs[0], *dtype = &r->attrs[1];
  int missing = shape->count + 1 - ad_array_rank(r->in[0]);
  int64_t dims[AD_MAX_RANK + 1] = {size}, axes[AD_MAX_RANK];
  (void)batched;
  for (int i = 0; i < shape->count; i++) dims[i + 1] = shape->as.ints[i];
  for (int i = 0; i < missing; i++) axes[i] = i + 1;
  return ad_full(ad_expand_dims(r->in[0], (ad_ints){true, missing, axes}), (ad_shape){shape->count + 1, dims},
                 &(ad_full_opts){.dtype = dtype->given ? (ad_dtype)dtype->as.i : AD_DTYPE_NONE});
}

static const ad_field full_fields[] = {
    {.name = "shape", .kind = AD_FIELD_SHAPE, .flags = AD_FIELD_REQUIRED, .doc = "the dims of the result"},
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the result; absent: the value's"},
};
const ad_op ad__op_full = {
    AD_OP_HEAD(full),
    .params = "value",
    .doc = "value, an array that broadcasts to the shape, everywhere.",
    .example = "ad_array *y = ad_full(ad_number(c, 0.5), AD_SHAPE(2, 3), NULL);",
    .group = "creation",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(full_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = dtype_or_input,
    .dims = full_dims,
    .compose = full_compose,
    .batch = full_batch,
    AD_SPELLINGS({"numpy", "np.full(@shape, $0, @out)"}),
    AD_SAMPLES({"float32[]", "shape=[2,3]", "normal"}, {"float64[3,1]", "shape=[3,2], dtype=int32", "small"},
               {"int8[2]", "shape=[0,2]", "small"}, {"complex64[]", "shape=[]", "normal"}),
    AD_ERRORS({"float32[2]", "shape=[3]", AD_E_VALUE, "shape (2) to (3); it does not broadcast"}),
};

/* ---- Constant arrays like another ---- */

static ad_array *constant_like(const ad_rule *r, ad_array *value) {
  ad_dtype dtype = r->attrs[0].given ? (ad_dtype)r->attrs[0].as.i : ad_array_dtype(r->in[0]);
  return ad_full(value, ad_array_shape(r->in[0]), &(ad_full_opts){.dtype = dtype});
}
static ad_array *zeros_like_compose(const ad_rule *r) { return constant_like(r, AD_RULE_NUMBER(r, 0)); }
static ad_array *ones_like_compose(const ad_rule *r) { return constant_like(r, AD_RULE_NUMBER(r, 1)); }
static ad_array *full_like_compose(const ad_rule *r) { return constant_like(r, r->in[1]); }

static const ad_field like_fields[] = {
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the result; absent: a's"},
};

#define LIKE(op_name, words, composition, numpy_text)                                                          \
  const ad_op ad__op_##op_name = {                                                                             \
      AD_OP_HEAD(op_name),                                                                                     \
      .params = "a",                                                                                           \
      .doc = words " with the shape of a.",                                                                    \
      .example = "ad_array *y = ad_" #op_name "(x, NULL);",                                                    \
      .group = "creation",                                                                                     \
      .inputs = 1,                                                                                             \
      .outputs = 1,                                                                                            \
      .flags = AD_OP_COMPOSITE,                                                                                \
      AD_FIELDS(like_fields),                                                                                  \
      .dtype_rule = AD_TYPE_FUNCTION,                                                                          \
      .dtypes = dtype_or_input,                                                                                \
      .dims = ad__dims_same,                                                                                   \
      AD_DERIVS(AD_NO_DERIV("only the shape of a counts")),                                                    \
      .compose = composition,                                                                                  \
      AD_SPELLINGS({"numpy", numpy_text}),                                                                     \
      AD_SAMPLES({"float32[2,3]", "", "normal"}, {"int8[0]", "", "small"}, {"complex64[]", "dtype=bool", "normal"}), \
      AD_ERRORS({"(float32[2], float32[2])", "", AD_E_TYPE, "one array is right"}),                            \
  }

LIKE(zeros_like, "Zeros", zeros_like_compose, "np.zeros_like($0?(, @dtype))");
LIKE(ones_like, "Ones", ones_like_compose, "np.ones_like($0?(, @dtype))");
LIKE(empty_like, "Zeros", zeros_like_compose, "np.zeros_like($0?(, @dtype))");

static ad_status full_like_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  in[1] = ad_array_dtype(r->in[1]);
  return dtype_or_input(r, in, out, why, why_size);
}

/* The value broadcasts to a, which alone says the shape. */
static ad_status full_like_dims(ad_rel *r) {
  static const int both[] = {0, 1};
  return ad_rel_end(r, ad_rel_same(r, 0, AD_REL_OUT(r, 0)) && ad_rel_broadcast(r, AD_REL_OUT(r, 0), both, 2));
}

const ad_op ad__op_full_like = {
    AD_OP_HEAD(full_like),
    .params = "a, value",
    .doc = "value, an array that broadcasts to the shape of a, everywhere.",
    .example = "ad_array *y = ad_full_like(x, ad_number(c, 0.5), NULL);",
    .group = "creation",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(like_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = full_like_dtypes,
    .dims = full_like_dims,
    .compose = full_like_compose,
    AD_SPELLINGS({"numpy", "np.full_like($0, $1?(, @dtype))"}),
    AD_SAMPLES({"float32[2,3], float32[]", "", "normal"}, {"int8[2,2], float32[2]", "dtype=float64", "small"},
               {"complex64[0], float32[]", "", "normal"}),
    AD_ERRORS({"float32[2], float32[3]", "", AD_E_VALUE, "do not broadcast"},
              {"float32[], float32[3]", "", AD_E_VALUE, "its rank is 0; 1 is right"}),
};

/* ---- Ranges ---- */

static void limits(ad_dtype t, int64_t *low, int64_t *high) {
  int bits = (int)ad_dtype_size(t) * 8;
  bool is_signed = ad_dtype_category(t) == AD_CATEGORY_INT;
  *high = bits == 64 ? INT64_MAX : is_signed ? INT64_MAX >> (64 - bits) : ((int64_t)1 << bits) - 1;
  *low = is_signed ? -*high - 1 : 0;
}

static bool is_integer(ad_dtype t) {
  return ad_dtype_category(t) == AD_CATEGORY_INT || ad_dtype_category(t) == AD_CATEGORY_UINT;
}

static ad_status check_fits(int64_t v, ad_dtype t, ad_err *e) {
  int64_t low, high;
  limits(t, &low, &high);
  if (v >= low && v <= high) return AD_OK;
  return ad__fail(e, AD_E_OVERFLOW, "the element %lld; it does not fit %s; from %lld to %lld is right", (long long)v,
                  ad_dtype_name(t), (long long)low, (long long)high);
}

ad_status ad__range_counted(int64_t count, int64_t first, int64_t by, ad_dtype dtype, ad_range *out, ad_err *e) {
  if (dtype == AD_BOOL) return ad__fail(e, AD_E_TYPE, "dtype bool; a range has none; a number's dtype is right");
  if (count < 0) return ad__fail(e, AD_E_VALUE, "%lld elements; 0 or more is right", (long long)count);
  *out = (ad_range){.count = count, .whole = true, .first = first, .by = by};
  int64_t span, last = first;
  if (count && (!ad__mul_i64(count - 1, by, &span) || !ad__add_i64(first, span, &last)))
    return ad__fail(e, AD_E_OVERFLOW, "%lld elements from %lld by %lld; the last does not fit int64", (long long)count,
                    (long long)first, (long long)by);
  if (!count || !is_integer(dtype)) return AD_OK;
  ad_status s = check_fits(first, dtype, e);
  return s ? s : check_fits(last, dtype, e);
}

/* ceil(distance / step) elements of integers, exactly. */
static ad_status whole_range(double start, double stop, double step, ad_dtype dtype, ad_range *out, ad_err *e) {
  static const double edge = 9223372036854775808.0;
  double end = step > 0 ? ceil(stop) : floor(stop);
  if (start != trunc(start) || step != trunc(step))
    return ad__fail(e, AD_E_VALUE, "start %g and step %g of %s; they have fractions; whole numbers, or a float dtype, are right",
                    start, step, ad_dtype_name(dtype));
  if (fabs(start) >= edge || fabs(step) >= edge)
    return ad__fail(e, AD_E_OVERFLOW, "start %g and step %g; they do not fit int64; smaller numbers are right", start, step);
  if (fabs(end) >= edge) end = end < 0 ? -edge : nextafter(edge, 0);
  int64_t first = (int64_t)start, by = (int64_t)step, last = (int64_t)end;
  bool empty = by > 0 ? last <= first : last >= first;
  uint64_t distance = by > 0 ? (uint64_t)last - (uint64_t)first : (uint64_t)first - (uint64_t)last;
  uint64_t stride = by > 0 ? (uint64_t)by : 0 - (uint64_t)by, count = empty ? 0 : (distance - 1) / stride + 1;
  if (count > INT64_MAX)
    return ad__fail(e, AD_E_OVERFLOW, "%g to %g by %g; their number does not fit 63 bits", start, stop, step);
  return ad__range_counted((int64_t)count, first, by, dtype, out, e);
}

ad_status ad__range_between(double start, double stop, double step, ad_dtype dtype, ad_range *out, ad_err *e) {
  if (dtype == AD_BOOL) return ad__fail(e, AD_E_TYPE, "dtype bool; a range has none; a number's dtype is right");
  if (!isfinite(start) || !isfinite(stop) || !isfinite(step))
    return ad__fail(e, AD_E_VALUE, "%g to %g by %g; one is not finite; finite numbers are right", start, stop, step);
  if (step == 0) return ad__fail(e, AD_E_VALUE, "step 0; any other number is right");
  if (is_integer(dtype)) return whole_range(start, stop, step, dtype, out, e);
  double count = ceil((stop - start) / step);
  if (!(count < 4611686018427387904.0))
    return ad__fail(e, AD_E_OVERFLOW, "%g to %g by %g; their number does not fit 63 bits", start, stop, step);
  *out = (ad_range){.count = count > 0 ? (int64_t)count : 0, .start = start, .step = step};
  return AD_OK;
}

static bool range_is(ad_rel *r, ad_status s, const ad_range *range, const ad_err *e) {
  if (s) return ad_rel_fail(r, s, "%s", e->text);
  return ad_rel_is(r, AD_REL_OUT(r, 0), 1, &range->count);
}

static ad_status arange_dims(ad_rel *r) {
  enum { START, STOP, STEP, DTYPE };
  ad_range range;
  ad_err e;
  ad_status s = ad__range_between(ad_rel_attr(r, START)->as.f[0], ad_rel_attr(r, STOP)->as.f[0], ad_rel_attr(r, STEP)->as.f[0],
                                  (ad_dtype)ad_rel_attr(r, DTYPE)->as.i, &range, &e);
  return ad_rel_end(r, range_is(r, s, &range, &e));
}

static const ad_field arange_fields[] = {
    {.name = "start", .kind = AD_FIELD_NUM, .flags = AD_FIELD_REQUIRED, .doc = "the first element"},
    {.name = "stop", .kind = AD_FIELD_NUM, .flags = AD_FIELD_REQUIRED, .doc = "where the range ends; not part of it"},
    {.name = "step", .kind = AD_FIELD_NUM, .doc = "distance of neighbours, not 0", .has_default = true, .default_num = 1},
    DTYPE_FIELD,
};
const ad_op ad__op_arange = {
    AD_OP_HEAD(arange),
    .doc = "The numbers start + i * step from start up to stop: ceil((stop - start) / step) elements, none when that is "
           "negative. Integer dtypes want whole start and step and are exact in 64 bits; floats are computed in float64 "
           "and rounded once. An element that an integer dtype cannot hold is an error. For bounds beyond 2^53 see iota.",
    .example = "ad_array *y = ad_arange(c, 0, 10, &(ad_arange_opts){.dtype = AD_INT32});",
    .group = "creation",
    .outputs = 1,
    AD_FIELDS(arange_fields),
    .dtype_rule = AD_TYPE_ATTR,
    .dims = arange_dims,
    AD_SPELLINGS({"numpy", "np.arange(@start, @stop, @step).astype(@dtype)"}),
    AD_SAMPLES({"", "start=0, stop=5", ""}, {"", "start=5, stop=-2, step=-1.5, dtype=float64", ""},
               {"", "start=-3, stop=4.5, step=2, dtype=int8", ""}, {"", "start=3, stop=3, dtype=uint64", ""},
               {"", "start=1, stop=2, step=0.25, dtype=complex64", ""}, {"", "start=0, stop=9, dtype=bfloat16", ""}),
    AD_ERRORS({"", "start=0, stop=5, step=0", AD_E_VALUE, "step 0; any other number is right"},
              {"", "start=0, stop=5, dtype=bool", AD_E_TYPE, "dtype bool"},
              {"", "start=0, stop=300, dtype=uint8", AD_E_OVERFLOW, "the element 299; it does not fit uint8; from 0 to 255 is right"},
              {"", "start=0, stop=1e300", AD_E_OVERFLOW, "their number does not fit 63 bits"},
              {"", "start=0, stop=inf", AD_E_VALUE, "one is not finite"},
              {"", "start=0.5, stop=3, dtype=int32", AD_E_VALUE, "they have fractions"}),
};

static ad_status iota_dims(ad_rel *r) {
  enum { COUNT, START, STEP, DTYPE };
  ad_range range;
  ad_err e;
  ad_status s = ad__range_counted(ad_rel_attr(r, COUNT)->as.i, ad_rel_attr(r, START)->as.i, ad_rel_attr(r, STEP)->as.i,
                                  (ad_dtype)ad_rel_attr(r, DTYPE)->as.i, &range, &e);
  return ad_rel_end(r, range_is(r, s, &range, &e));
}

static const ad_field iota_fields[] = {
    {.name = "count", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many"},
    {.name = "start", .kind = AD_FIELD_INT, .doc = "the first element", .has_default = true},
    {.name = "step", .kind = AD_FIELD_INT, .doc = "distance of neighbours", .has_default = true, .default_num = 1},
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the result", .has_default = true, .default_num = AD_INT32},
};
const ad_op ad__op_iota = {
    AD_OP_HEAD(iota),
    .doc = "The integers start + i * step for i from 0 up to count, exact in 64 bits and then of that dtype. An element that "
           "an integer dtype cannot hold is an error.",
    .example = "ad_array *y = ad_iota(c, 10, NULL);",
    .group = "creation",
    .outputs = 1,
    AD_FIELDS(iota_fields),
    .dtype_rule = AD_TYPE_ATTR,
    .dims = iota_dims,
    AD_SPELLINGS({"numpy", "(@start + np.arange(@count) * @step).astype(@dtype)"}),
    AD_SAMPLES({"", "count=5", ""}, {"", "count=0, dtype=float32", ""}, {"", "count=4, start=9007199254740993, dtype=int64", ""},
               {"", "count=3, start=1, step=-1, dtype=float16", ""}, {"", "count=3, step=0, dtype=uint8", ""}),
    AD_ERRORS({"", "count=-1", AD_E_VALUE, "-1 elements; 0 or more is right"},
              {"", "count=200, dtype=int8", AD_E_OVERFLOW, "the element 199; it does not fit int8; from -128 to 127 is right"},
              {"", "count=3, start=9223372036854775806, dtype=int64", AD_E_OVERFLOW, "the last does not fit int64"},
              {"", "count=3, dtype=bool", AD_E_TYPE, "dtype bool"}),
};
