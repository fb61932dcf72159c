/* Reductions over windows that slide along axes: what pooling is made of.
 *
 * window_sum is linear, and window_spread is its transpose. window_max chooses; its derivative needs no indices but
 * window_match, the sum over those elements of a window that are its maximum, so that tied elements share the gradient
 * equally. window_match is linear in its values, and its own transpose with `spread` turned. window_argmax says where
 * the first maximum is. All are closed under batching: a batch axis in front moves every axis by one. */
#include "ops/dims.h"
#include "ops/window_rules.h"
#include "ops/work_counts.h"

#define PER_AXIS(field, text) {.name = field, .kind = AD_FIELD_INTS, .doc = text}
#define WINDOW_FIELDS                                                                                                    \
  {.name = "axes", .kind = AD_FIELD_AXES, .flags = AD_FIELD_REQUIRED, .doc = "along which windows slide, one or more"},  \
  {.name = "window", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED,                                                  \
   .doc = "elements of a window along each of them; with adaptive: how many windows there are"},                         \
  PER_AXIS("stride", "steps between windows; 1 by default"),                                                             \
  PER_AXIS("padding_low", "places in front of the axis, which hold nothing; negative crops; 0 by default"),              \
  PER_AXIS("padding_high", "places behind the axis; as padding_low by default"),                                         \
  PER_AXIS("dilation", "distance between a window's elements; 1 by default"),                                            \
  {.name = "adaptive", .kind = AD_FIELD_FLAG, .doc = "windows of about equal length that together cover the axis"}

/* ---- Shapes ---- */

static const char *const list_names[] = {"axes", "window", "stride", "padding_low", "padding_high", "dilation"};

static bool check_list(ad_rel *r, int field, int count, bool adaptive) {
  const ad_attr *a = ad_rel_attr(r, field);
  if (!a->given) return true;
  if (adaptive && field != AD_WINDOW_SIZE)
    return ad_rel_fail(r, AD_E_VALUE, "adaptive with %s; adaptive windows follow from the lengths alone", list_names[field]);
  if (a->count != count)
    return ad_rel_fail(r, AD_E_VALUE, "%s has %d entries; one for each of %d axes is right", list_names[field], a->count, count);
  int64_t least = field == AD_WINDOW_LOW || field == AD_WINDOW_HIGH ? -AD_WINDOW_MOST : 1;
  for (int i = 0; i < count; i++) {
    if (a->as.ints[i] > AD_WINDOW_MOST || a->as.ints[i] < -AD_WINDOW_MOST)
      return ad_rel_fail(r, AD_E_OVERFLOW, "%s %lld; at most %lld is right", list_names[field], (long long)a->as.ints[i],
                         (long long)AD_WINDOW_MOST);
    if (a->as.ints[i] < least)
      return ad_rel_fail(r, AD_E_VALUE, "%s %lld; %lld or more is right", list_names[field], (long long)a->as.ints[i], (long long)least);
  }
  return true;
}

/* What the windows say of an axis's length in the array they slide over, `n`, and of their number. */
static bool window_axis(ad_rel *r, int array, int windows, int axis, ad_window w) {
  ad_ctx *c = ad_rel_ctx(r);
  ad_dim n = ad_rel_get_dim(r, array, axis), count;
  if (n == 0 && w.adaptive) return ad_rel_fail(r, AD_E_VALUE, "axis %d has length 0; 1 or more is right for adaptive windows", axis);
  if (w.adaptive) return ad_rel_dim(r, windows, axis, w.size) && (n != AD_DIM_UNKNOWN || ad_rel_later(r));
  int64_t extra = w.low + w.high - ad__window_reach(w);
  if (n == AD_DIM_UNKNOWN) {
    count = ad_rel_get_dim(r, windows, axis);
    if (w.stride != 1 || !ad_dim_is_number(count) || count == 0 || count - 1 < extra) return ad_rel_later(r);
    return ad_rel_dim(r, array, axis, count - 1 - extra);
  }
  if (ad_dim_is_number(n) && (n > INT64_MAX / 2 || n + extra < 0))
    return ad_rel_fail(r, AD_E_VALUE, "axis %d is %lld with its padding and a window reaches over %lld; at least as much is right",
                       axis, (long long)(n > INT64_MAX / 2 ? n : n + w.low + w.high), (long long)ad__window_reach(w));
  if (ad_dim_is_number(n)) return ad_rel_dim(r, windows, axis, (n + extra) / w.stride + 1);
  count = extra >= 0 ? ad_dim_add(c, n, extra) : ad_dim_sub(c, n, -extra);
  return ad_rel_dim(r, windows, axis, ad_dim_add(c, ad_dim_floordiv(c, count, w.stride), 1));
}

static bool slides(ad_rel *r, int array, int windows) {
  const ad_attr *at = ad_rel_attr(r, 0), *axes = &at[AD_WINDOW_AXES];
  bool taken[AD_MAX_RANK];
  int rank = ad_rel_get_rank(r, array);
  if (rank < 0) rank = ad_rel_get_rank(r, windows);
  if (axes->count == 0) return ad_rel_fail(r, AD_E_VALUE, "no axes; one or more is right");
  for (int f = AD_WINDOW_SIZE; f <= AD_WINDOW_DILATION; f++)
    if (!check_list(r, f, axes->count, at[AD_WINDOW_ADAPTIVE].as.i)) return false;
  if (rank < 0) return ad_rel_later(r);
  if (!ad_rel_rank(r, array, rank) || !ad_rel_rank(r, windows, rank)) return false;
  ad__axes_mark(axes, rank, taken);
  for (int i = 0; i < rank; i++)
    if (!taken[i] && !ad_rel_same_dim(r, array, i, windows, i)) return false;
  for (int k = 0; k < axes->count; k++)
    if (!window_axis(r, array, windows, ad__axis_at(axes, k, rank), ad__window_of(at, k))) return false;
  return true;
}

static ad_status reduce_dims(ad_rel *r) { return ad_rel_end(r, slides(r, 0, AD_REL_OUT(r, 0))); }

/* ---- Rules ---- */

/* Another window op over the same windows, with one field more. */
static ad_array *related(const ad_rule *r, const ad_op *op, ad_array *const *in, int n, ad_attr more) {
  ad_attr at[AD_WINDOW_FIELDS + 1];
  for (int f = 0; f < AD_WINDOW_FIELDS; f++) at[f] = r->attrs[f];
  at[AD_WINDOW_MORE] = more;
  return ad_apply(r->ctx, NULL, op, in, n, at);
}

static ad_array *batch_in_front(const ad_rule *r, const bool *batched, int64_t size) {
  int64_t axes[AD_MAX_RANK];
  ad_array *in[3];
  ad_attr at[AD_WINDOW_FIELDS + 1];
  for (int f = 0; f < r->op->field_count; f++) at[f] = r->attrs[f];
  for (int k = 0; k < at[AD_WINDOW_AXES].count; k++) axes[k] = at[AD_WINDOW_AXES].as.ints[k] + 1;
  at[AD_WINDOW_AXES].as.ints = axes;
  for (int i = 0; i < r->n; i++) {
    ad_shape s = ad_array_shape(r->in[i]);
    int64_t dims[AD_MAX_RANK + 1] = {size};
    for (int k = 0; k < s.rank && k < AD_MAX_RANK; k++) dims[k + 1] = s.dims[k];
    in[i] = batched[i] ? r->in[i] : ad_broadcast_to(r->in[i], (ad_shape){s.rank + 1, dims});
  }
  return ad_apply(r->ctx, NULL, r->op, in, r->n, at);
}

#define WINDOW_TEXT "@axes, @window?(, stride=@stride)?(, low=@padding_low)?(, high=@padding_high)?(, dilation=@dilation)?(, adaptive=@adaptive)"

/* ---- window_sum, window_spread ---- */

static ad_array *sum_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  int64_t lengths[AD_MAX_RANK];
  const ad_attr *axes = &r->attrs[AD_WINDOW_AXES];
  for (int k = 0; k < axes->count; k++) lengths[k] = ad_array_dim(r->in[0], (int)axes->as.ints[k]);
  return related(r, &ad__op_window_spread, ct, 1, ad_attr_ints((ad_ints){true, axes->count, lengths}));
}

/* Each window's elements; adaptive ones have about those of the array between them. */
static double windows_work(const ad_rule *r, const ad_array *array, const ad_array *windows) {
  double sum = ad__work_size(windows);
  if (r->attrs[AD_WINDOW_ADAPTIVE].as.i) return ad__work_size(array);
  for (int k = 0; k < r->attrs[AD_WINDOW_AXES].count; k++) sum *= (double)r->attrs[AD_WINDOW_SIZE].as.ints[k];
  return sum;
}
static double reduce_work(const ad_rule *r) { return windows_work(r, r->in[0], r->out); }
static double spread_work(const ad_rule *r) { return windows_work(r, r->out, r->in[0]); }
static double match_work(const ad_rule *r) { return windows_work(r, r->in[1], r->in[2]); }

static const ad_field reduce_fields[] = {WINDOW_FIELDS};
const ad_op ad__op_window_sum = {
    AD_OP_HEAD(window_sum),
    .params = "x",
    .doc = "The sums of the windows that slide along axes; places in the padding count as zero. Half types are summed in "
           "float32, integers wrap.",
    .example = "ad_array *y = ad_window_sum(x, AD_AXES(1, 2), AD_INTS(3, 3), &(ad_window_sum_opts){.stride = AD_INTS(2, 2)});",
    .group = "windows",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(reduce_fields),
    .dtype_rule = AD_TYPE_SAME,
    .accepts = AD_ACCEPT_NUMBER,
    .dims = reduce_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = sum_back,
    .batch = batch_in_front,
    .work = reduce_work,
    AD_SPELLINGS({"numpy", "np.sum(windows($0, 0, " WINDOW_TEXT "), -1, @out)"}),
    AD_SAMPLES({"float32[2,7,3]", "axes=[1], window=[3]", "normal"},
               {"float64[5,6,2]", "axes=[0,1], window=[3,2], stride=[2,1], padding_low=[1,0], padding_high=[2,1]", "normal"},
               {"float64[4,9]", "axes=[1], window=[3], dilation=[2], stride=[2], padding_low=[-1]", "normal"},
               {"float32[3,7,20]", "axes=[1], window=[4], stride=[3]", "normal"},
               {"float64[2,7,5,2]", "axes=[2,1], window=[2,3], adaptive=true", "normal"},
               {"complex64[6,2]", "axes=[0], window=[2]", "normal"}, {"int8[3,5]", "axes=[1], window=[2]", "small"},
               {"bfloat16[9]", "axes=[0], window=[3], stride=[2]", "normal"}, {"float32[0,5]", "axes=[1], window=[2]", "normal"},
               {"float32[5,0]", "axes=[0], window=[2]", "normal"}, {"uint64[2,3,4]", "axes=[0,1,2], window=[2,2,2]", "small"}),
    AD_ERRORS({"float32[2,3]", "axes=[1], window=[4]", AD_E_VALUE, "axis 1 is 3 with its padding and a window reaches over 4; at least as much is right"},
              {"float32[2,3]", "axes=[], window=[]", AD_E_VALUE, "no axes; one or more is right"},
              {"float32[2,3]", "axes=[1], window=[0]", AD_E_VALUE, "window 0; 1 or more is right"},
              {"float32[2,3]", "axes=[1], window=[2,2]", AD_E_VALUE, "window has 2 entries; one for each of 1 axes is right"},
              {"float32[2,3]", "axes=[1], window=[2], stride=[0]", AD_E_VALUE, "stride 0; 1 or more is right"},
              {"float32[2,3]", "axes=[1], window=[3000000000]", AD_E_OVERFLOW, "window 3000000000; at most 2147483647 is right"},
              {"float32[2,3]", "axes=[1], window=[2], stride=[1], adaptive=true", AD_E_VALUE, "adaptive with stride"},
              {"float32[2,0]", "axes=[1], window=[2], adaptive=true", AD_E_VALUE, "axis 1 has length 0; 1 or more is right for adaptive windows"},
              {"float32[2,3]", "axes=[2], window=[2]", AD_E_INDEX, "axes 2; it is out of range for rank 2"},
              {"bool[4]", "axes=[0], window=[2]", AD_E_TYPE, "dtype bool; it is not defined for it"}),
};

static bool spreads(ad_rel *r) {
  const ad_attr *axes = ad_rel_attr(r, AD_WINDOW_AXES), *lengths = ad_rel_attr(r, AD_WINDOW_MORE);
  int out = AD_REL_OUT(r, 0), rank = ad__dims_either_rank(r);
  if (lengths->count != axes->count)
    return ad_rel_fail(r, AD_E_VALUE, "lengths has %d entries; one for each of %d axes is right", lengths->count, axes->count);
  for (int k = 0; k < axes->count; k++)
    if (lengths->as.ints[k] < 0)
      return ad_rel_fail(r, AD_E_VALUE, "length %lld; 0 or more is right", (long long)lengths->as.ints[k]);
  if (rank < 0) return slides(r, out, 0);
  if (!ad_rel_rank(r, out, rank)) return false;
  for (int k = 0; k < axes->count; k++)
    if (!ad_rel_dim(r, out, ad__axis_at(axes, k, rank), lengths->as.ints[k])) return false;
  return slides(r, out, 0);
}
static ad_status spread_dims(ad_rel *r) { return ad_rel_end(r, spreads(r)); }

static ad_array *spread_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return ad_apply(r->ctx, NULL, &ad__op_window_sum, ct, 1, r->attrs);
}

static const ad_field spread_fields[] = {
    WINDOW_FIELDS,
    {.name = "lengths", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "of the axes in the result"},
};
const ad_op ad__op_window_spread = {
    AD_OP_HEAD(window_spread),
    .params = "x",
    .doc = "The transpose of window_sum: each element of x, which stands for a window, is added to all elements of its window.",
    .example = "ad_array *y = ad_window_spread(x, AD_AXES(1), AD_INTS(3), AD_INTS(9), NULL);",
    .group = "windows",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(spread_fields),
    .dtype_rule = AD_TYPE_SAME,
    .accepts = AD_ACCEPT_NUMBER,
    .dims = spread_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = spread_back,
    .batch = batch_in_front,
    .work = spread_work,
    AD_SPELLINGS({"numpy", "window_spread($0, @lengths, " WINDOW_TEXT ")"}),
    AD_SAMPLES({"float32[2,5,3]", "axes=[1], window=[3], lengths=[7]", "normal"},
               {"float64[3,6,2]", "axes=[0,1], window=[3,2], stride=[2,1], padding_low=[1,0], padding_high=[2,1], lengths=[5,6]", "normal"},
               {"float64[4,2]", "axes=[1], window=[3], dilation=[2], stride=[2], padding_low=[-1], lengths=[9]", "normal"},
               {"float64[2,3,2,2]", "axes=[2,1], window=[2,3], adaptive=true, lengths=[5,7]", "normal"},
               {"complex64[5,2]", "axes=[0], window=[2], lengths=[6]", "normal"}, {"int8[3,4]", "axes=[1], window=[2], lengths=[5]", "small"},
               {"float16[4]", "axes=[0], window=[3], stride=[2], lengths=[9]", "small"}, {"float32[0,4]", "axes=[1], window=[2], lengths=[5]", "normal"}),
    AD_ERRORS({"float32[2,3]", "axes=[1], window=[2], lengths=[5]", AD_E_VALUE, "axis 1 is 3; 4 is right"},
              {"float32[2,3]", "axes=[1], window=[2], lengths=[]", AD_E_VALUE, "lengths has 0 entries"},
              {"float32[2,3]", "axes=[1], window=[2], lengths=[-1]", AD_E_VALUE, "length -1; 0 or more is right"}),
};

/* ---- window_max, window_argmax, window_match ---- */

/* The elements that are their window's maximum share its tangent equally. */
static ad_array *max_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_array *t[3] = {tangents[0], r->in[0], r->out}, *one[3] = {ad_ones_like(r->in[0], NULL), r->in[0], r->out};
  ad_array *sum = related(r, &ad__op_window_match, t, 3, ad_attr_flag(false));
  ad_array *count = related(r, &ad__op_window_match, one, 3, ad_attr_flag(false));
  return ad_divide(sum, ad_maximum(count, AD_RULE_NUMBER(r, 1)));
}

const ad_op ad__op_window_max = {
    AD_OP_HEAD(window_max),
    .params = "x",
    .doc = "The largest elements of the windows that slide along axes; NaN where there is one. Places in the padding hold "
           "nothing: a window of them alone gives the lowest number of the dtype, -inf for floats. Tied elements share the "
           "gradient equally.",
    .example = "ad_array *y = ad_window_max(x, AD_AXES(1, 2), AD_INTS(2, 2), &(ad_window_max_opts){.stride = AD_INTS(2, 2)});",
    .group = "windows",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(reduce_fields),
    .dtype_rule = AD_TYPE_SAME,
    .accepts = AD_ACCEPT_REAL,
    .dims = reduce_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = max_forward,
    .batch = batch_in_front,
    .work = reduce_work,
    AD_SPELLINGS({"numpy", "np.max(windows($0, lowest($0.dtype), " WINDOW_TEXT "), -1)"}),
    AD_SAMPLES({"float32[2,7,3]", "axes=[1], window=[3]", "distinct"},
               {"float64[5,6,2]", "axes=[0,1], window=[3,2], stride=[2,1], padding_low=[1,0], padding_high=[2,1]", "distinct"},
               {"float64[4,9]", "axes=[1], window=[3], dilation=[2], stride=[2], padding_low=[-1]", "distinct"},
               {"float32[3,7,20]", "axes=[1], window=[4], stride=[3]", "distinct"}, {"float64[7,3]", "axes=[0], window=[3], adaptive=true", "distinct"},
               {"int8[3,5]", "axes=[1], window=[2], padding_low=[1]", "small"}, {"uint64[3,5]", "axes=[0,1], window=[2,2]", "small"},
               {"bfloat16[9]", "axes=[0], window=[3], stride=[2]", "distinct"}, {"float16[9]", "axes=[0], window=[2]", "distinct"},
               {"int32[2,3]", "axes=[1], window=[1], padding_low=[1]", "small"}, {"float32[0,5]", "axes=[1], window=[2]", "normal"}),
    AD_ERRORS({"float32[2,3]", "axes=[1], window=[4]", AD_E_VALUE, "axis 1 is 3 with its padding and a window reaches over 4"},
              {"complex64[4]", "axes=[0], window=[2]", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};

static bool indexed(ad_rel *r) {
  const ad_attr *axes = ad_rel_attr(r, AD_WINDOW_AXES);
  int rank = ad__dims_either_rank(r);
  ad_dim places = 1;
  for (int k = 0; k < axes->count && rank >= 0; k++) {
    ad_dim n = ad_rel_get_dim(r, 0, ad__axis_at(axes, k, rank));
    if (!ad_dim_is_number(n)) return ad_rel_later(r);
    if (!ad__dims_product(r, places, n, &places)) return false;
  }
  if (places > UINT32_MAX)
    return ad_rel_fail(r, AD_E_OVERFLOW, "%lld places; at most 4294967295 is right", (long long)places);
  return true;
}
static ad_status argmax_dims(ad_rel *r) { return ad_rel_end(r, slides(r, 0, AD_REL_OUT(r, 0)) && indexed(r)); }

const ad_op ad__op_window_argmax = {
    AD_OP_HEAD(window_argmax),
    .params = "x",
    .doc = "Where window_max found its elements: the first maximum of each window, the first NaN where there is one, as a "
           "uint32 that counts the elements along the axes in row-major order, the axes in the order given. 4294967295 for "
           "a window that lies in the padding.",
    .example = "ad_array *at = ad_window_argmax(x, AD_AXES(1, 2), AD_INTS(2, 2), &(ad_window_argmax_opts){.stride = AD_INTS(2, 2)});",
    .group = "windows",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(reduce_fields),
    .dtype_rule = AD_TYPE_INDEX,
    .accepts = AD_ACCEPT_REAL,
    .dims = argmax_dims,
    AD_DERIVS(AD_NO_DERIV("the result is an index")),
    .batch = batch_in_front,
    .work = reduce_work,
    AD_SPELLINGS({"numpy", "window_argmax($0, " WINDOW_TEXT ")"}),
    AD_SAMPLES({"float32[2,7,3]", "axes=[1], window=[3]", "distinct"},
               {"float64[5,6,2]", "axes=[0,1], window=[3,2], stride=[2,1], padding_low=[1,0], padding_high=[2,1]", "small"},
               {"float32[3,7,20]", "axes=[1], window=[4], stride=[3]", "small"}, {"int8[3,5]", "axes=[1], window=[2], padding_low=[1]", "small"},
               {"int32[4,9]", "axes=[1,0], window=[3,2], dilation=[2,1]", "small"}, {"bfloat16[7,3]", "axes=[0], window=[3], adaptive=true", "distinct"},
               {"int32[2,3]", "axes=[1], window=[1], padding_low=[1]", "small"}),
    AD_ERRORS({"float32[2,3]", "axes=[1], window=[4]", AD_E_VALUE, "axis 1 is 3 with its padding and a window reaches over 4"},
              {"float32[70000,70000,0]", "axes=[0,1], window=[1,1]", AD_E_OVERFLOW, "4900000000 places; at most 4294967295 is right"}),
};

static bool matches(ad_rel *r) {
  bool spread = ad_rel_attr(r, AD_WINDOW_MORE)->as.i;
  int out = AD_REL_OUT(r, 0);
  return ad_rel_same(r, 0, spread ? 2 : 1) && slides(r, 1, 2) && ad_rel_same(r, 0, spread ? 2 : 1) && ad_rel_same(r, out, spread ? 1 : 2);
}
static ad_status match_dims(ad_rel *r) { return ad_rel_end(r, matches(r)); }

static ad_array *match_back(const ad_rule *r, int i, ad_array *const *ct) {
  ad_array *in[3] = {ct[0], r->in[1], r->in[2]};
  (void)i;
  return related(r, r->op, in, 3, ad_attr_flag(!r->attrs[AD_WINDOW_MORE].as.i));
}

#define CHOICE AD_NO_DERIV("a comparison chooses by it")
static const ad_field match_fields[] = {
    WINDOW_FIELDS,
    {.name = "spread", .kind = AD_FIELD_FLAG, .doc = "the transpose: values of windows go to the matching elements"},
};
const ad_op ad__op_window_match = {
    AD_OP_HEAD(window_match),
    .params = "v, x, y",
    .doc = "For the windows over x, the sum of the values v of those elements that equal y, of which there is one for each "
           "window; two NaN are equal. With spread v belongs to the windows, and goes to those elements of x.",
    .example = "ad_array *t = ad_window_match(v, x, y, AD_AXES(1), AD_INTS(3), NULL);",
    .group = "windows",
    .inputs = 3,
    .outputs = 1,
    AD_FIELDS(match_fields),
    .dtype_rule = AD_TYPE_PROMOTE,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = match_dims,
    AD_DERIVS(AD_LINEAR('A'), CHOICE, CHOICE),
    .transpose = match_back,
    .batch = batch_in_front,
    .work = match_work,
    AD_SPELLINGS({"numpy", "window_match($0, $1, $2, @spread, " WINDOW_TEXT ")"}),
    AD_SAMPLES({"float32[2,7,3], float32[2,7,3], float32[2,5,3]", "axes=[1], window=[3]", "normal, small, small"},
               {"float64[5,6,2], float64[5,6,2], float64[3,6,2]", "axes=[0,1], window=[3,2], stride=[2,1], padding_low=[1,0], padding_high=[2,1]", "normal, small, small"},
               {"float64[3,6,2], float64[5,6,2], float64[3,6,2]", "axes=[0,1], window=[3,2], stride=[2,1], padding_low=[1,0], padding_high=[2,1], spread=true", "normal, small, small"},
               {"float32[3,2,20], float32[3,7,20], float32[3,2,20]", "axes=[1], window=[4], stride=[3], spread=true", "normal, small, small"},
               {"float16[7,3], float16[7,3], float16[3,3]", "axes=[0], window=[3], adaptive=true", "small"},
               {"float64[4,2], float64[4,9], float64[4,2]", "axes=[1], window=[3], dilation=[2], stride=[2], padding_low=[-1], spread=true", "normal, small, small"}),
    AD_ERRORS({"float32[2,3], float32[2,4], float32[2,3]", "axes=[1], window=[2]", AD_E_VALUE, "axis 1 is 4; 3 is right"},
              {"float32[2,4], float32[2,4], float32[2,4]", "axes=[1], window=[2]", AD_E_VALUE, "axis 1 is 4; 3 is right"},
              {"int32[4], int32[4], int32[3]", "axes=[0], window=[2]", AD_E_TYPE, "dtype int32; it is not defined for it"}),
};
