/* Ordering and differences: sort, argsort, median, diff, trapezoid.
 *
 * sort and argsort are primitives (runtime/sorting.c) that agree: a derivative of sort gathers by argsort of the same
 * input, which is computed only when it is asked for. The others are compositions. */
#include <string.h>
#include "ops/reduce_rules.h"
#include "ops/work_counts.h"

/* ---- sort, argsort ---- */

enum { FIELD_AXIS, FIELD_DESCENDING };

static const ad_field sort_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .has_default = true, .default_num = -1, .doc = "the axis to sort along"},
    {.name = "descending", .kind = AD_FIELD_FLAG, .doc = "largest first; NaN stays last"},
};

/* An index is 32 bits wide. */
static ad_status sort_dims(ad_rel *r) {
  ad_dim n = ad_rel_get_dim(r, 0, (int)ad_rel_attr(r, FIELD_AXIS)->as.i);
  if (n > UINT32_MAX)
    return ad_rel_end(r, ad_rel_fail(r, AD_E_OVERFLOW, "an axis of length %lld; at most 4294967295 is right", (long long)n));
  return ad_rel_end(r, ad_rel_same(r, 0, AD_REL_OUT(r, 0)));
}

static ad_array *sort_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_int axis = AD_INT(r->attrs[FIELD_AXIS].as.i);
  ad_array *order = ad_argsort(r->in[0], &(ad_argsort_opts){.axis = axis, .descending = r->attrs[FIELD_DESCENDING].as.i});
  return ad_take_along_axis(tangents[0], order, &(ad_take_along_axis_opts){.axis = axis});
}

static const char *sort_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  (void)out, (void)size;
  if (strcmp(target, "numpy") != 0) return NULL;
  return r->attrs[FIELD_DESCENDING].as.i ? "np.flip(np.sort($0, axis=@axis), @axis)" : "np.sort($0, axis=@axis)";
}

/* Comparisons of a merge sort. */
static double sort_work(const ad_rule *r) {
  return ad__work_size(r->in[0]) * ad__work_halvings(ad_array_dim(r->in[0], (int)r->attrs[FIELD_AXIS].as.i));
}

const ad_op ad__op_sort = {
    AD_OP_HEAD(sort),
    .params = "a",
    .doc = "The elements in ascending order along an axis. Stable; NaN last; complex numbers by real part, then imaginary "
           "part, those with a NaN last.",
    .example = "ad_array *y = ad_sort(x, &(ad_sort_opts){.axis = AD_INT(0)});",
    .group = "sorting",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(sort_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = sort_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = sort_forward,
    .spell = sort_spell,
    .work = sort_work,
    AD_SAMPLES({"float32[3,40]", "", "distinct"}, {"float64[3,4,5]", "axis=1", "distinct"}, {"int8[5,20]", "axis=0", "small"},
               {"float16[9]", "descending=true", "distinct"}, {"bool[7]", "", "bool"}, {"complex64[6]", "", "normal"},
               {"float32[0,3]", "axis=0", "normal"}),
    AD_ERRORS({"float32[]", "", AD_E_INDEX, "the array has rank 0 and no axes"},
              {"float32[2]", "axis=1", AD_E_INDEX, "axis 1; it is out of range for rank 1"}),
};

static const char *argsort_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  (void)out, (void)size;
  if (strcmp(target, "numpy") != 0) return NULL;
  return r->attrs[FIELD_DESCENDING].as.i ? "np.argsort(-$0.astype(np.float64), axis=@axis, kind='stable').astype(@out)"
                                         : "np.argsort($0, axis=@axis, kind='stable').astype(@out)";
}

const ad_op ad__op_argsort = {
    AD_OP_HEAD(argsort),
    .params = "a",
    .doc = "The indices that sort along an axis: take_along_axis of them is sort. Stable, so equal elements keep their "
           "order; NaN last. The result is uint32.",
    .example = "ad_array *order = ad_argsort(x, NULL);",
    .group = "sorting",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(sort_fields),
    .dtype_rule = AD_TYPE_INDEX,
    .dims = sort_dims,
    AD_DERIVS(AD_NO_DERIV("the result is an index")),
    .spell = argsort_spell,
    .work = sort_work,
    AD_SAMPLES({"float32[3,40]", "", "distinct"}, {"float64[3,4,5]", "axis=1", "distinct"}, {"int8[5,20]", "axis=0", "small"},
               {"float16[9]", "descending=true", "small"}, {"bool[7]", "", "bool"}, {"complex64[6]", "", "small"}),
    AD_ERRORS({"float32[2]", "axis=-2", AD_E_INDEX, "axis -2; it is out of range for rank 1"}),
};

/* ---- median ---- */

/* Elements [from, to) along the last axis. */
static ad_array *last_part(ad_array *a, int64_t from, int64_t to) {
  if (ad_is_error(a)) return a;
  ad_shape shape = ad_array_shape(a);
  int64_t start[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK];
  for (int i = 0; i < shape.rank; i++) stop[i] = shape.dims[i];
  start[shape.rank - 1] = from;
  stop[shape.rank - 1] = to;
  return ad_strided_slice(a, ((ad_ints){true, shape.rank, start}), ((ad_ints){true, shape.rank, stop}), NULL);
}

/* Sorted, the middle two are averaged; a NaN would be the last. */
static ad_array *median_compose(const ad_rule *r) {
  ad_dtype t = ad_array_dtype(r->in[0]);
  int64_t order[AD_MAX_RANK];
  ad_array *x = ad__rule_cast(r->in[0], t == AD_FLOAT64 ? t : AD_FLOAT32);
  x = ad_sort(ad__reduce_last(r, x, order), NULL);
  int64_t n = ad_array_dim(x, -1);
  ad_array *low = last_part(x, (n - 1) / 2, (n - 1) / 2 + 1), *high = last_part(x, n / 2, n / 2 + 1), *last = last_part(x, n - 1, n);
  ad_array *middle = n % 2 ? low : ad_divide(ad_add(low, high), AD_RULE_NUMBER(r, 2));
  ad_array *y = ad_squeeze(ad_where(ad_isnan(last), last, middle), &(ad_squeeze_opts){.axes = AD_AXES(-1)});
  return ad__rule_cast(r->attrs[AD_REDUCE_FIELD_KEEPDIMS].as.i ? ad__reduce_unsqueeze(r, y) : y, t);
}

static const ad_field median_fields[] = {AD_REDUCE_AXES};
const ad_op ad__op_median = {
    AD_OP_HEAD(median),
    .params = "a",
    .doc = "The middle element over the axes, the mean of the two in the middle when their number is even; NaN where there "
           "is one. bool and integers become float32; an axis of length 0 is an error.",
    .example = "ad_array *y = ad_median(x, &(ad_median_opts){.axes = AD_AXES(0)});",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(median_fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = ad__reduce_dims_nonempty,
    .compose = median_compose,
    AD_SPELLINGS({"numpy", "np.median($0?(, axis=@axes)?(, keepdims=@keepdims)).astype(@out)"}),
    AD_SAMPLES({"float32[3,5]", "", "distinct"}, {"float64[3,4,5]", "axes=[0,-1], keepdims=true", "distinct"},
               {"int8[5,2]", "axes=[1]", "small"}, {"float16[7]", "", "distinct"}),
    AD_ERRORS({"float32[0,3]", "axes=[0]", AD_E_VALUE, "axis 0 has length 0; there is no element to choose from"}),
};

/* ---- diff ---- */

enum { DIFF_N, DIFF_AXIS };

static const ad_field diff_fields[] = {
    {.name = "n", .kind = AD_FIELD_INT, .has_default = true, .default_num = 1, .doc = "how many times to take differences"},
    {.name = "axis", .kind = AD_FIELD_AXIS, .has_default = true, .default_num = -1, .doc = "the axis along which"},
};

static bool diff_axis(ad_rel *r, int axis, int64_t n) {
  ad_ctx *c = ad_rel_ctx(r);
  ad_dim length = ad_rel_get_dim(r, 0, axis);
  for (int k = 1; k <= 2; k++)
    if (ad_rel_has(r, k)) length = ad_dim_add(c, length, ad_rel_get_dim(r, k, axis));
  if (length == AD_DIM_UNKNOWN) return ad_rel_later(r);
  if (length >= 0) return ad_rel_dim(r, AD_REL_OUT(r, 0), axis, length > n ? length - n : 0);
  return ad_rel_dim(r, AD_REL_OUT(r, 0), axis, ad_dim_sub(c, length, n));
}

static ad_status diff_dims(ad_rel *r) {
  int64_t n = ad_rel_attr(r, DIFF_N)->as.i;
  if (n < 0) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "n %lld; 0 or more is right", (long long)n));
  int rank = ad_rel_get_rank(r, 0), out = AD_REL_OUT(r, 0);
  if (rank < 0) rank = ad_rel_get_rank(r, out);
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  int axis = (int)ad_rel_attr(r, DIFF_AXIS)->as.i;
  if (axis < 0) axis += rank;
  const int slots[] = {0, out, 1, 2};
  for (int k = 0; k < 4; k++) {
    if (slots[k] != out && !ad_rel_has(r, slots[k])) continue;
    if (!ad_rel_rank(r, slots[k], rank)) return ad_rel_end(r, false);
    for (int i = 0; i < rank; i++)
      if (i != axis && k && !ad_rel_same_dim(r, 0, i, slots[k], i)) return ad_rel_end(r, false);
  }
  return ad_rel_end(r, diff_axis(r, axis, n));
}

/* Elements [from, to) along an axis. */
static ad_array *part(ad_array *a, int axis, int64_t from, int64_t to) {
  ad_shape shape = ad_array_shape(a);
  int64_t start[AD_MAX_RANK], stop[AD_MAX_RANK];
  for (int i = 0; i < shape.rank; i++) start[i] = i == axis ? from : 0, stop[i] = i == axis ? to : shape.dims[i];
  return ad_strided_slice(a, ((ad_ints){true, shape.rank, start}), ((ad_ints){true, shape.rank, stop}), NULL);
}

static ad_array *diff_compose(const ad_rule *r) {
  int axis = (int)r->attrs[DIFF_AXIS].as.i, count = 0;
  ad_array *parts[3], *x = r->in[0];
  if (r->in[1]) parts[count++] = r->in[1];
  parts[count++] = x;
  if (r->in[2]) parts[count++] = r->in[2];
  if (count > 1) x = ad_concatenate(r->ctx, parts, count, &(ad_concatenate_opts){.axis = AD_INT(axis)});
  for (int64_t k = 0; k < r->attrs[DIFF_N].as.i; k++) {
    int64_t n = ad_array_dim(x, axis);
    if (n == 0) return x;
    ad_array *later = part(x, axis, 1, n), *earlier = part(x, axis, 0, n - 1);
    x = ad_array_dtype(x) == AD_BOOL ? ad_not_equal(later, earlier) : ad_subtract(later, earlier);
  }
  return x;
}

const ad_op ad__op_diff = {
    AD_OP_HEAD(diff),
    .params = "a, prepend, append",
    .doc = "Differences of neighbours along an axis, taken n times: a[1:] - a[:-1]; of bool, whether they differ. prepend "
           "and append, of a's shape but for the axis, are put before and behind a first.",
    .example = "ad_array *y = ad_diff(x, NULL, NULL, &(ad_diff_opts){.axis = AD_INT(0)});",
    .group = "arithmetic along axes",
    .inputs = 3,
    .optional = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(diff_fields),
    .dtype_rule = AD_TYPE_PROMOTE,
    .dims = diff_dims,
    .compose = diff_compose,
    AD_SPELLINGS({"numpy", "(lambda a, *more: np.diff(a, n=@n, axis=@axis, **{k: v for k, v in zip(('prepend', 'append'), more) if v is not None}))($0, $1, $2)"}),
    AD_SAMPLES({"float32[3,5], -, -", "", "normal"}, {"float64[3,4,2], -, -", "n=2, axis=1", "normal"}, {"int8[5,2], -, -", "n=0", "small"},
               {"bool[7], -, -", "", "bool"}, {"float32[2,3], float32[2,1], float32[2,2]", "", "normal"}, {"int32[2,3], -, -", "n=5", "small"}),
    AD_ERRORS({"float32[3], -, -", "n=-1", AD_E_VALUE, "n -1; 0 or more is right"},
              {"float32[], -, -", "", AD_E_INDEX, "the array has rank 0 and no axes"}),
};

/* ---- trapezoid ---- */

enum { TRAPEZOID_DX, TRAPEZOID_AXIS };

static const ad_field trapezoid_fields[] = {
    {.name = "dx", .kind = AD_FIELD_NUM, .has_default = true, .default_num = 1, .doc = "the distance of points when x is missing"},
    {.name = "axis", .kind = AD_FIELD_AXIS, .has_default = true, .default_num = -1, .doc = "the axis to integrate along"},
};

static ad_status trapezoid_dims(ad_rel *r) {
  int out = AD_REL_OUT(r, 0), rank = ad_rel_get_rank(r, 0), axis = (int)ad_rel_attr(r, TRAPEZOID_AXIS)->as.i, at = 0;
  if (rank < 0 && ad_rel_get_rank(r, out) >= 0) rank = ad_rel_get_rank(r, out) + 1;
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  if (axis < 0) axis += rank;
  bool ok = ad_rel_rank(r, 0, rank) && ad_rel_rank(r, out, rank - 1);
  for (int i = 0; ok && i < rank; i++)
    if (i != axis) ok = ad_rel_same_dim(r, 0, i, out, at++);
  if (ok && ad_rel_get_dim(r, 0, axis) == AD_DIM_UNKNOWN) ad_rel_later(r);
  if (!ok || !ad_rel_has(r, 1)) return ad_rel_end(r, ok);
  if (ad_rel_get_rank(r, 1) < 0) return ad_rel_end(r, ad_rel_later(r));
  return ad_rel_end(r, ad_rel_get_rank(r, 1) == 1 ? ad_rel_same_dim(r, 0, axis, 1, 0) : ad_rel_same(r, 0, 1));
}

static ad_array *trapezoid_compose(const ad_rule *r) {
  int axis = (int)r->attrs[TRAPEZOID_AXIS].as.i, rank = ad_array_rank(r->in[0]);
  ad_array *y = r->in[0], *x = r->in[1], *width = AD_RULE_NUMBER(r, r->attrs[TRAPEZOID_DX].as.f[0]);
  int64_t n = ad_array_dim(y, axis);
  ad_sum_opts over = {.axes = {true, 1, (const int64_t[]){axis}}};
  if (n == 0) return ad_sum(y, &over);
  if (x) {
    int64_t dims[AD_MAX_RANK];
    for (int i = 0; i < rank; i++) dims[i] = i == axis ? n : 1;
    if (ad_array_rank(x) == 1) x = ad_reshape(x, (ad_shape){rank, dims});
    width = ad_subtract(part(x, axis, 1, n), part(x, axis, 0, n - 1));
  }
  ad_array *pairs = ad_add(part(y, axis, 1, n), part(y, axis, 0, n - 1));
  return ad_sum(ad_multiply(pairs, ad_divide(width, AD_RULE_NUMBER(r, 2))), &over);
}

/* a, of which every slice has the same, with the batch axis in front. */
static ad_array *repeated(ad_array *a, int64_t size) {
  int64_t dims[AD_MAX_RANK + 1] = {size};
  ad_shape shape = ad_array_shape(a);
  for (int i = 0; i < shape.rank; i++) dims[i + 1] = shape.dims[i];
  return ad_broadcast_to(a, (ad_shape){shape.rank + 1, dims});
}

/* One row of points for all is brought to y's shape, since each slice may have its own. */
static ad_array *trapezoid_batch(const ad_rule *r, const bool *batched, int64_t size) {
  int axis = (int)r->attrs[TRAPEZOID_AXIS].as.i + 1;
  ad_array *y = batched[0] ? r->in[0] : repeated(r->in[0], size), *x = r->in[1];
  ad_shape shape = ad_array_shape(y);
  if (x && batched[1] && ad_array_rank(x) == 2) {
    int64_t dims[AD_MAX_RANK] = {size};
    for (int i = 1; i < shape.rank; i++) dims[i] = i == axis ? shape.dims[i] : 1;
    x = ad_broadcast_to(ad_reshape(x, (ad_shape){shape.rank, dims}), shape);
  } else if (x && !batched[1] && ad_array_rank(x) > 1) {
    x = repeated(x, size);
  }
  return ad_trapezoid(y, x, &(ad_trapezoid_opts){.dx = AD_NUM(r->attrs[TRAPEZOID_DX].as.f[0]), .axis = AD_INT(axis)});
}

const ad_op ad__op_trapezoid = {
    AD_OP_HEAD(trapezoid),
    .params = "y, x",
    .doc = "The integral of y along an axis by the trapezoidal rule: neighbours' mean times their distance, which is dx, or "
           "the difference of x (of y's shape, or one row of points for all). bool and integers become float32.",
    .example = "ad_array *area = ad_trapezoid(y, x, NULL);",
    .group = "arithmetic along axes",
    .inputs = 2,
    .optional = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(trapezoid_fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .dims = trapezoid_dims,
    .batch = trapezoid_batch,
    .compose = trapezoid_compose,
    AD_SPELLINGS({"numpy", "np.trapz($0, $1, dx=@dx, axis=@axis).astype(@out)"}),
    AD_SAMPLES({"float32[3,5], -", "", "normal"}, {"float64[3,4,2], -", "dx=0.5, axis=1", "normal"}, {"int8[5], -", "", "small"}, {"float32[2,5], float32[5]", "", "normal"}, {"float32[4,2], float32[4,2]", "axis=0", "normal"}),
    AD_ERRORS({"float32[], -", "", AD_E_INDEX, "the array has rank 0 and no axes"}),
};
