/* Pieces of arrays: strided_slice, pad_constant, concatenate, stack.
 *
 * The three are closed under transposition: a slice goes back through a padding with gaps, a padding through a slice,
 * a concatenation through slices. strided_slice is a view. */
#include <string.h>
#include "ir/ctx.h"
#include "ops/dims.h"
#include "ops/pieces.h"
#include "ops/rules.h"

static int64_t list_at(const ad_attr *list, int i, int64_t otherwise) { return list->given ? list->as.ints[i] : otherwise; }

/* ---- strided_slice ---- */

enum { SLICE_START, SLICE_STOP, SLICE_STEP };

/* The count of a symbolic axis, taken to be long enough for what the slice names. */
static bool symbolic_count(ad_rel *r, ad_dim n, int64_t start, int64_t stop, int64_t step, ad_dim *out) {
  bool whole = step > 0 ? start == 0 && stop == INT64_MAX : start == INT64_MAX && stop == INT64_MIN;
  ad_ctx *c = ad_rel_ctx(r);
  ad_dim length = n;
  if (!whole) {
    if (step < 0 && ad__dims_may_stay_open(r)) return ad_rel_later(r);
    if (step < 0)
      return ad_rel_fail(r, AD_E_VALUE, "a part of a symbolic axis, backwards; flip and slice forwards are right");
    if (start == INT64_MIN) start = 0;
    if (stop == INT64_MIN) stop = 0;
    ad_dim from = start < 0 ? ad_dim_sub(c, n, -start) : start;
    ad_dim to = stop == INT64_MAX ? n : stop < 0 ? ad_dim_sub(c, n, -stop) : stop;
    length = ad_dim_sub(c, to, from);
  }
  int64_t stride = step < 0 ? -step : step;
  *out = stride == 1 ? length : ad_dim_floordiv(c, ad_dim_add(c, length, stride - 1), stride);
  return true;
}

static bool sliced_axis(ad_rel *r, int axis, int64_t start, int64_t stop, int64_t step) {
  if (step == 0 || step == INT64_MIN)
    return ad_rel_fail(r, AD_E_VALUE, "step %lld on axis %d; any other number is right", (long long)step, axis);
  int out = AD_REL_OUT(r, 0);
  ad_dim n = ad_rel_get_dim(r, 0, axis), count = ad_rel_get_dim(r, out, axis);
  bool whole = (start == 0 && stop == INT64_MAX && step == 1) || (start == INT64_MAX && stop == INT64_MIN && step == -1);
  if (whole) return ad_rel_same_dim(r, 0, axis, out, axis);
  if (n == AD_DIM_UNKNOWN) {
    /* From the result back: an open end tells the length, any other end only bounds it. */
    if (count == AD_DIM_UNKNOWN || count == 0 || step != 1 || start < 0 || stop != INT64_MAX) return ad_rel_later(r);
    return ad__dims_sum(r, count, start, &n) && ad_rel_dim(r, 0, axis, n);
  }
  if (n >= 0) count = ad__slice_range(n, start, stop, step).count;
  else if (!symbolic_count(r, n, start, stop, step, &count)) return false;
  return ad_rel_dim(r, out, axis, count);
}

static bool check_length(ad_rel *r, const ad_attr *list, const char *name, int rank) {
  return !list->given || list->count == rank ||
         ad_rel_fail(r, AD_E_VALUE, "%s has %d entries for rank %d; one per axis is right", name, list->count, rank);
}

static bool slice_relation(ad_rel *r) {
  const ad_attr *start = ad_rel_attr(r, SLICE_START), *stop = ad_rel_attr(r, SLICE_STOP), *step = ad_rel_attr(r, SLICE_STEP);
  int rank = ad_rel_get_rank(r, 0) >= 0 ? ad_rel_get_rank(r, 0) : start->count;
  if (!check_length(r, start, "start", rank) || !check_length(r, stop, "stop", rank) || !check_length(r, step, "step", rank))
    return false;
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, AD_REL_OUT(r, 0), rank)) return false;
  for (int i = 0; i < rank; i++)
    if (!sliced_axis(r, i, start->as.ints[i], stop->as.ints[i], list_at(step, i, 1))) return false;
  return true;
}
static ad_status strided_slice_dims(ad_rel *r) { return ad_rel_end(r, slice_relation(r)); }

/* The cotangent spread out at the places that were read: gaps of zeros between, turned where the slice ran backwards. */
static ad_array *strided_slice_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  int rank = ad_array_rank(ct[0]), turned = 0;
  int64_t low[AD_MAX_RANK], high[AD_MAX_RANK], gap[AD_MAX_RANK], axes[AD_MAX_RANK];
  for (int k = 0; k < rank; k++) {
    int64_t n = ad_array_dim(r->in[0], k), step = list_at(&r->attrs[SLICE_STEP], k, 1);
    ad_slice_range s = ad__slice_range(n, r->attrs[SLICE_START].as.ints[k], r->attrs[SLICE_STOP].as.ints[k], step);
    if (step < 0) axes[turned++] = k;
    int64_t stride = step < 0 ? -step : step, extent = s.count ? (s.count - 1) * stride + 1 : 0;
    int64_t least = step < 0 ? s.first - (extent ? extent - 1 : 0) : s.first;
    low[k] = s.count ? least : 0;
    high[k] = n - low[k] - extent;
    gap[k] = s.count > 1 ? stride - 1 : 0;
  }
  ad_array *y = turned ? ad_flip(ct[0], &(ad_flip_opts){.axes = {true, turned, axes}}) : ct[0];
  return ad_pad_constant(y, AD_RULE_NUMBER(r, 0), (ad_ints){true, rank, low}, (ad_ints){true, rank, high},
                         &(ad_pad_constant_opts){.interior = {true, rank, gap}});
}

static ad_array *strided_slice_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched, (void)size;
  int64_t lists[3][AD_MAX_RANK + 1] = {{0}, {INT64_MAX}, {1}};
  int rank = r->attrs[SLICE_START].count;
  for (int k = 0; k < 3; k++)
    for (int i = 0; i < rank; i++) lists[k][i + 1] = list_at(&r->attrs[k], i, 1);
  return ad_strided_slice(r->in[0], (ad_ints){true, rank + 1, lists[0]}, (ad_ints){true, rank + 1, lists[1]},
                          &(ad_strided_slice_opts){.step = {true, rank + 1, lists[2]}});
}

/* a[1:5, ::-1]; the ends of an axis are left out. */
static const char *strided_slice_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  const ad_attr *start = &r->attrs[SLICE_START], *stop = &r->attrs[SLICE_STOP];
  if (strcmp(target, "numpy") != 0) return NULL;
  size_t n = ad__format(out, size, start->count ? "$0[" : "$0");
  for (int i = 0; i < start->count; i++) {
    int64_t step = list_at(&r->attrs[SLICE_STEP], i, 1), first = start->as.ints[i], end = stop->as.ints[i];
    bool from_begin = step > 0 ? first == 0 : first == INT64_MAX, to_end = end == (step > 0 ? INT64_MAX : INT64_MIN);
    n += ad__format(out + n, size - n, i ? ", " : "");
    if (!from_begin) n += ad__format(out + n, size - n, "%lld", (long long)first);
    n += ad__format(out + n, size - n, ":");
    if (!to_end) n += ad__format(out + n, size - n, "%lld", (long long)end);
    if (step != 1) n += ad__format(out + n, size - n, ":%lld", (long long)step);
  }
  ad__format(out + n, size - n, start->count ? "]" : "");
  return out;
}

static const ad_field strided_slice_fields[] = {
    {.name = "start", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "first position, one per axis"},
    {.name = "stop", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED,
     .doc = "the position before which each axis ends; INT64_MAX (INT64_MIN backwards) for its very end"},
    {.name = "step", .kind = AD_FIELD_INTS, .doc = "distance between positions, one per axis; negative runs backwards; absent: 1"},
};
const ad_op ad__op_strided_slice = {
    AD_OP_HEAD(strided_slice),
    .params = "a",
    .doc = "Every step-th element of a from start up to stop, on each axis. Positions follow Python: negative ones count from "
           "the end, and what lies outside is cut. A symbolic axis is taken to be long enough. A view. Any dtype.",
    .example = "ad_array *y = ad_strided_slice(x, AD_INTS(0, 1), AD_INTS(INT64_MAX, -1), NULL);",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_VIEW,
    AD_FIELDS(strided_slice_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = strided_slice_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = strided_slice_back,
    .batch = strided_slice_batch,
    .spell = strided_slice_spell,
    AD_SAMPLES({"float32[4,6]", "start=[1,0], stop=[3,6]", "normal"},
               {"float64[5,6]", "start=[4,-1], stop=[0,-7], step=[-2,-1]", "normal"},
               {"int32[7]", "start=[-5], stop=[100], step=[3]", "small"}, {"complex64[4]", "start=[3], stop=[1]", "normal"},
               {"bool[]", "start=[], stop=[]", "bool"}, {"float16[0,3]", "start=[0,1], stop=[5,2]", "normal"}),
    AD_ERRORS({"float32[4]", "start=[0], stop=[4], step=[0]", AD_E_VALUE, "step 0 on axis 0; any other number is right"},
              {"float32[4,2]", "start=[0], stop=[4,1]", AD_E_VALUE, "start has 1 entries for rank 2; one per axis is right"}),
};

/* ---- pad_constant ---- */

enum { PAD_LOW, PAD_HIGH, PAD_INTERIOR };

/* low + n + (n - 1) * gap + high; an empty axis has no gaps. */
static bool padded_axis(ad_rel *r, int axis, int64_t low, int64_t high, int64_t gap) {
  if (low < 0 || high < 0 || gap < 0)
    return ad_rel_fail(r, AD_E_VALUE, "widths %lld, %lld and %lld on axis %d; 0 or more is right", (long long)low,
                       (long long)high, (long long)gap, axis);
  int out = AD_REL_OUT(r, 0);
  ad_dim n = ad_rel_get_dim(r, 0, axis), sum, rest;
  if (!ad__dims_sum(r, low, high, &sum)) return false;
  if (n == AD_DIM_UNKNOWN) {
    /* With a gap the result 0 + sum could come from an empty axis only; otherwise n = (rest + gap) / (gap + 1). */
    if (!ad__dims_difference(r, ad_rel_get_dim(r, out, axis), sum, &rest)) return false;
    if (rest >= 0 && gap && rest) rest = (rest - 1) / (gap + 1) + 1;
    else if (gap && rest < 0) rest = AD_DIM_UNKNOWN;
    if (rest == AD_DIM_UNKNOWN) return ad_rel_later(r);
    if (!ad_rel_dim(r, 0, axis, rest)) return false;
    n = rest;
  }
  ad_dim gaps = 0, total;
  if (gap && n != 0 && (!ad__dims_product(r, n >= 0 ? n - 1 : ad_dim_sub(ad_rel_ctx(r), n, 1), gap, &gaps))) return false;
  return ad__dims_sum(r, n, gaps, &total) && ad__dims_sum(r, total, sum, &total) && ad_rel_dim(r, out, axis, total);
}

static bool pad_relation(ad_rel *r) {
  const ad_attr *low = ad_rel_attr(r, PAD_LOW), *high = ad_rel_attr(r, PAD_HIGH), *gap = ad_rel_attr(r, PAD_INTERIOR);
  int rank = ad_rel_get_rank(r, 0) >= 0 ? ad_rel_get_rank(r, 0) : low->count;
  if (!check_length(r, low, "low", rank) || !check_length(r, high, "high", rank) || !check_length(r, gap, "interior", rank))
    return false;
  if (!ad_rel_rank(r, 1, 0) || !ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, AD_REL_OUT(r, 0), rank)) return false;
  for (int i = 0; i < rank; i++)
    if (!padded_axis(r, i, low->as.ints[i], high->as.ints[i], list_at(gap, i, 0))) return false;
  return true;
}
static ad_status pad_constant_dims(ad_rel *r) { return ad_rel_end(r, pad_relation(r)); }

static ad_status pad_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = in[1] = out[0] = ad_array_dtype(r->in[0]);
  return AD_OK;
}

/* Input 0 gets what lies at its places; the value gets the sum of all the rest. */
static ad_array *pad_constant_back(const ad_rule *r, int i, ad_array *const *ct) {
  int rank = ad_array_rank(ct[0]);
  int64_t stop[AD_MAX_RANK], step[AD_MAX_RANK];
  for (int k = 0; k < rank; k++) {
    step[k] = list_at(&r->attrs[PAD_INTERIOR], k, 0) + 1;
    stop[k] = ad_array_dim(ct[0], k) - r->attrs[PAD_HIGH].as.ints[k];
  }
  ad_array *inside = ad_strided_slice(ct[0], (ad_ints){true, rank, r->attrs[PAD_LOW].as.ints}, (ad_ints){true, rank, stop},
                                      &(ad_strided_slice_opts){.step = {true, rank, step}});
  return i == 0 ? inside : ad_subtract(ad_sum(ct[0], NULL), ad_sum(inside, NULL));
}

/* The attributes of r, with axes in front that are not padded. */
static ad_array *pad_behind(const ad_rule *r, ad_array *a, ad_array *value, int lead) {
  int64_t lists[3][AD_MAX_RANK + 1] = {{0}, {0}, {0}};
  int rank = r->attrs[PAD_LOW].count;
  for (int k = 0; k < 3; k++)
    for (int i = 0; i < rank; i++) lists[k][i + lead] = list_at(&r->attrs[k], i, 0);
  rank += lead;
  return ad_pad_constant(a, value, (ad_ints){true, rank, lists[0]}, (ad_ints){true, rank, lists[1]},
                         &(ad_pad_constant_opts){.interior = {true, rank, lists[2]}});
}

/* A value for each example is chosen where a mask, padded the same way, says that no element lies. */
static ad_array *pad_constant_batch(const ad_rule *r, const bool *batched, int64_t size) {
  int rank = r->attrs[PAD_LOW].count;
  if (!batched[1]) return pad_behind(r, r->in[0], r->in[1], 1);
  ad_shape s = ad_array_shape(r->in[0]);
  if (batched[0]) s = (ad_shape){s.rank - 1, s.dims + 1};
  int64_t ones[AD_MAX_RANK + 1] = {size};
  for (int i = 0; i < rank; i++) ones[i + 1] = 1;
  ad_array *no = ad_zeros(r->ctx, AD_SHAPE(), &(ad_zeros_opts){.dtype = AD_BOOL});
  ad_array *mask = pad_behind(r, ad_ones(r->ctx, s, &(ad_ones_opts){.dtype = AD_BOOL}), no, 0);
  ad_array *inside = pad_behind(r, r->in[0], AD_RULE_NUMBER(r, 0), batched[0]);
  return ad_where(mask, inside, ad_reshape(r->in[1], (ad_shape){rank + 1, ones}));
}

/* np.pad, where nothing lies between neighbours. */
static const char *pad_constant_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  int rank = r->attrs[PAD_LOW].count;
  bool gaps = false;
  for (int i = 0; i < rank; i++) gaps |= list_at(&r->attrs[PAD_INTERIOR], i, 0) != 0;
  if (strcmp(target, "numpy") != 0) return NULL;
  if (gaps) return "pad_between($0, $1, @low, @high, @interior)";
  size_t n = ad__format(out, size, rank ? "np.pad($0, (" : "$0");
  for (int i = 0; i < rank; i++)
    n += ad__format(out + n, size - n, "(%lld, %lld)%s", (long long)r->attrs[PAD_LOW].as.ints[i],
                    (long long)r->attrs[PAD_HIGH].as.ints[i], i + 1 < rank ? ", " : rank == 1 ? "," : "");
  ad__format(out + n, size - n, rank ? "), constant_values=$1)" : "");
  return out;
}

static const ad_field pad_constant_fields[] = {
    {.name = "low", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "elements added before, one per axis, 0 or more"},
    {.name = "high", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED, .doc = "elements added behind"},
    {.name = "interior", .kind = AD_FIELD_INTS, .doc = "elements added between any two neighbours; absent: 0"},
};
const ad_op ad__op_pad_constant = {
    AD_OP_HEAD(pad_constant),
    .params = "a, value",
    .doc = "a with elements of one value, a rank 0 array cast to a's dtype, added before, behind and between its own. Any dtype.",
    .example = "ad_array *y = ad_pad_constant(x, ad_number(c, 0), AD_INTS(1), AD_INTS(2), NULL);",
    .group = "shape",
    .inputs = 2,
    .outputs = 1,
    AD_FIELDS(pad_constant_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = pad_dtypes,
    .dims = pad_constant_dims,
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('A')),
    .transpose = pad_constant_back,
    .batch = pad_constant_batch,
    .spell = pad_constant_spell,
    AD_SAMPLES({"float32[2,3], float32[]", "low=[1,0], high=[0,2]", "normal"},
               {"float64[3], float64[]", "low=[0], high=[1], interior=[2]", "normal"},
               {"int8[0,2], int8[]", "low=[1,1], high=[1,0], interior=[1,1]", "small"},
               {"complex64[], complex64[]", "low=[], high=[]", "normal"}, {"bool[2], bool[]", "low=[3], high=[0]", "bool"}),
    AD_ERRORS({"float32[2], float32[]", "low=[-1], high=[0]", AD_E_VALUE, "widths -1, 0 and 0 on axis 0; 0 or more is right"},
              {"float32[2], float32[1]", "low=[0], high=[0]", AD_E_VALUE, "input value of shape (1); its rank is 1; 0 is right"},
              {"int8[2], int8[]", "low=[9223372036854775807], high=[1]", AD_E_OVERFLOW,
               "9223372036854775807 + 1; the size does not fit 63 bits"},
              {"float32[2,3], float32[]", "low=[1], high=[0,0]", AD_E_VALUE, "low has 1 entries for rank 2"}),
};

/* ---- concatenate ---- */

/* Any slot's rank, then every slot's; -1 when none is known. */
static int common_rank(ad_rel *r) {
  for (int i = 0; i <= ad_rel_inputs(r); i++)
    if (ad_rel_get_rank(r, i) >= 0) return ad_rel_get_rank(r, i);
  return -1;
}

/* The result's length is the sum of the inputs'; one that is missing is found from the others. */
static bool lengths_add(ad_rel *r, int axis) {
  int n = ad_rel_inputs(r), open = -1, opens = 0;
  ad_dim sum = 0, rest, total = ad_rel_get_dim(r, n, axis);
  for (int i = 0; i < n; i++) {
    ad_dim d = ad_rel_get_dim(r, i, axis);
    if (d == AD_DIM_UNKNOWN) open = i, opens++;
    else if (!ad__dims_sum(r, sum, d, &sum)) return false;
  }
  if (!opens) return ad_rel_dim(r, n, axis, sum);
  if (opens > 1 || total == AD_DIM_UNKNOWN) return ad_rel_later(r);
  if (total >= 0 && sum >= 0 && total < sum)
    return ad_rel_fail(r, AD_E_VALUE, "the result has %lld on axis %d, its known parts %lld; at least as many are right",
                       (long long)total, axis, (long long)sum);
  return ad__dims_difference(r, total, sum, &rest) && ad_rel_dim(r, open, axis, rest);
}

static bool concatenate_relation(ad_rel *r) {
  int n = ad_rel_inputs(r), rank = common_rank(r), axis = (int)ad_rel_attr(r, 0)->as.i;
  if (n == 0) return ad_rel_fail(r, AD_E_VALUE, "no arrays; at least one is right");
  if (rank < 0) return ad_rel_later(r);
  if (axis < 0) axis += rank;
  for (int i = 0; i <= n; i++)
    if (!ad_rel_rank(r, i, rank)) return false;
  for (int k = 0; k < rank; k++) {
    if (k == axis) continue;
    /* Forwards spreads what the first ones know, backwards what the last ones know. */
    for (int i = 1; i <= n; i++)
      if (!ad_rel_same_dim(r, i - 1, k, i, k)) return false;
    for (int i = n; i > 0; i--)
      if (!ad_rel_same_dim(r, i, k, i - 1, k)) return false;
  }
  return lengths_add(r, axis);
}
static ad_status concatenate_dims(ad_rel *r) { return ad_rel_end(r, concatenate_relation(r)); }

static ad_array *concatenate_back(const ad_rule *r, int i, ad_array *const *ct) {
  int rank = ad_array_rank(ct[0]), axis = (int)r->attrs[0].as.i;
  int64_t start[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK];
  for (int k = 0; k < rank; k++) stop[k] = INT64_MAX;
  for (int k = 0; k < i; k++) start[axis] += ad_array_dim(r->in[k], axis);
  stop[axis] = start[axis] + ad_array_dim(r->in[i], axis);
  return ad_strided_slice(ct[0], (ad_ints){true, rank, start}, (ad_ints){true, rank, stop}, NULL);
}

static const ad_field concatenate_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis along which they lie one behind the other", .has_default = true},
};
const ad_op ad__op_concatenate = {
    AD_OP_HEAD(concatenate),
    .params = "arrays",
    .doc = "Arrays one behind the other along an axis; their other dims are equal. dtypes promote.",
    .example = "ad_array *y = ad_concatenate(c, (ad_array *[]){a, b}, 2, &(ad_concatenate_opts){.axis = AD_INT(1)});",
    .group = "shape",
    .inputs = AD_INPUTS_ANY,
    .outputs = 1,
    AD_FIELDS(concatenate_fields),
    .dims = concatenate_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = concatenate_back,
    AD_SPELLINGS({"numpy", "np.concatenate($*, @axis)"}),
    AD_SAMPLES({"float32[2,3], float32[1,3]", "", "normal"}, {"float64[2,3], float32[2,0], float64[2,4]", "axis=-1", "normal"},
               {"int8[3], uint8[2]", "", "small"}, {"bool[2,2]", "axis=1", "bool"}, {"complex64[0], complex64[0]", "", "normal"}),
    AD_ERRORS({"float32[2,3], float32[2,4]", "", AD_E_VALUE, "input arrays[1] of shape (2, 4); axis 1 is 4; 3 is right"},
              {"float32[2], float32[2,4]", "", AD_E_VALUE, "its rank is 2; 1 is right"},
              {"float32[], float32[]", "", AD_E_INDEX, "axis 0; the array has rank 0 and no axes"},
              {"float32[2], float32[2]", "axis=1", AD_E_INDEX, "axis 1; it is out of range for rank 1"}),
};

/* ---- Sums of pieces ---- */

/* A padding by zero along one axis. */
typedef struct placed {
  ad_array *inside;
  int axis;
  int64_t low, high;
} placed;

static bool is_zero(const ad_array *a) {
  const char *bytes = a->value.data;
  bool zero = bytes != NULL;
  for (uint32_t i = 0; zero && i < a->type->item_size; i++) zero = bytes[i] == 0;
  return zero;
}

static bool placed_in(ad_array *a, placed *out) {
  if (a->op != &ad__op_pad_constant || !a->in[0] || !is_zero(a->in[1])) return false; /* what has a value may have no operands */
  const ad_attr *at = a->attrs->at;
  *out = (placed){.inside = a->in[0], .axis = -1};
  for (int i = 0; i < a->type->rank; i++) {
    int64_t low = at[PAD_LOW].as.ints[i], high = at[PAD_HIGH].as.ints[i];
    if (list_at(&at[PAD_INTERIOR], i, 0) || a->in[0]->type->dims[i] < 0) return false;
    if (!low && !high) continue;
    if (out->axis >= 0) return false;
    out->axis = i, out->low = low, out->high = high;
  }
  return out->axis >= 0;
}

/* The arrays that one is a concatenation of along an axis; else itself. */
static int parts_of(ad_array *const *a, int axis, ad_array *const **out) {
  bool joined = (*a)->op == &ad__op_concatenate && (*a)->in[0] && ad__axis_of((*a)->attrs->at[0].as.i, (*a)->type->rank) == axis;
  *out = joined ? (*a)->in : a;
  return joined ? (*a)->n : 1;
}

static ad_array *side_by_side(const placed *a, const placed *b) {
  ad_ctx *c = a->inside->ctx;
  ad_array *const *first, *const *second;
  int n = parts_of(&a->inside, a->axis, &first), m = parts_of(&b->inside, a->axis, &second);
  size_t bytes = (size_t)(n + m) * sizeof(ad_array *);
  ad_array **all = ad__mem_take(&c->mem, bytes);
  if (!all) return c->out_of_memory;
  memcpy(all, first, (size_t)n * sizeof *all);
  memcpy(all + n, second, (size_t)m * sizeof *all);
  ad_array *y = ad_concatenate(c, all, n + m, &(ad_concatenate_opts){.axis = AD_INT(a->axis)});
  ad__mem_give(&c->mem, all, bytes);
  if (ad_is_error(y) || (!a->low && !b->high)) return y;
  int64_t low[AD_MAX_RANK] = {0}, high[AD_MAX_RANK] = {0};
  int rank = ad_array_rank(y);
  low[a->axis] = a->low, high[a->axis] = b->high;
  return ad_pad_constant(y, ad_number(c, 0), (ad_ints){true, rank, low}, (ad_ints){true, rank, high}, NULL);
}

ad_array *ad__pieces_sum(ad_array *a, ad_array *b) {
  placed p, q;
  if (a->type != b->type || !placed_in(a, &p) || !placed_in(b, &q) || p.axis != q.axis) return NULL;
  if (p.low + p.inside->type->dims[p.axis] == q.low) return side_by_side(&p, &q);
  return q.low + q.inside->type->dims[q.axis] == p.low ? side_by_side(&q, &p) : NULL;
}

/* ---- stack ---- */

/* Inputs share a shape; the result has one more axis, as long as there are inputs. */
static bool stack_relation(ad_rel *r) {
  int n = ad_rel_inputs(r), rank = -1;
  if (n == 0) return ad_rel_fail(r, AD_E_VALUE, "no arrays; at least one is right");
  for (int i = 0; i < n && rank < 0; i++) rank = ad_rel_get_rank(r, i);
  if (rank < 0) rank = ad_rel_get_rank(r, n) - 1;
  if (rank < 0) return ad_rel_later(r);
  int axis = ad__axis_of(ad_rel_attr(r, 0)->as.i, rank + 1);
  for (int i = 0; i < n; i++)
    if (!ad_rel_rank(r, i, rank)) return false;
  if (!ad_rel_rank(r, n, rank + 1) || !ad_rel_dim(r, n, axis, n)) return false;
  for (int k = 0; k < rank; k++) {
    int out_axis = k < axis ? k : k + 1;
    for (int i = 1; i < n; i++)
      if (!ad_rel_same_dim(r, i - 1, k, i, k)) return false;
    if (!ad_rel_same_dim(r, n - 1, k, n, out_axis)) return false;
    for (int i = n - 1; i > 0; i--)
      if (!ad_rel_same_dim(r, i, k, i - 1, k)) return false;
  }
  return true;
}
static ad_status stack_dims(ad_rel *r) { return ad_rel_end(r, stack_relation(r)); }

static ad_array *stack_compose(const ad_rule *r) {
  ad_ctx *c = r->ctx;
  int64_t axis = r->attrs[0].as.i;
  size_t bytes = (size_t)r->n * sizeof(ad_array *);
  ad_array **parts = ad__mem_take(&c->mem, bytes);
  if (!parts) return c->out_of_memory;
  for (int i = 0; i < r->n; i++) parts[i] = ad_expand_dims(r->in[i], AD_AXES(axis));
  ad_array *y = ad_concatenate(c, parts, r->n, &(ad_concatenate_opts){.axis = AD_INT(axis)});
  ad__mem_give(&c->mem, parts, bytes);
  return y;
}

static const ad_field stack_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .flags = AD_FIELD_NEW_AXES, .doc = "where the new axis stands", .has_default = true},
};
const ad_op ad__op_stack = {
    AD_OP_HEAD(stack),
    .params = "arrays",
    .doc = "Arrays of one shape along a new axis. dtypes promote.",
    .example = "ad_array *y = ad_stack(c, (ad_array *[]){a, b}, 2, NULL);",
    .group = "shape",
    .inputs = AD_INPUTS_ANY,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(stack_fields),
    .dims = stack_dims,
    .compose = stack_compose,
    AD_SPELLINGS({"numpy", "np.stack($*, @axis)"}),
    AD_SAMPLES({"float32[2,3], float32[2,3]", "", "normal"}, {"float64[2], float32[2], float64[2]", "axis=-1", "normal"},
               {"int8[], uint8[]", "", "small"}, {"bool[0,2]", "axis=1", "bool"}),
    AD_ERRORS({"float32[2,3], float32[2,4]", "", AD_E_VALUE, "axis 1 is 4; 3 is right"},
              {"float32[2], float32[2]", "axis=2", AD_E_INDEX, "axis 2; it is out of range for rank 2"}),
};
