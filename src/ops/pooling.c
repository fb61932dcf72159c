/* Pooling: windows over the spatial axes of x (..., spatial axes, C), composed of window reductions.
 *
 * Sizes follow PyTorch: floor((n + padding - reach) / stride) + 1 windows, and with ceil_mode one more where elements are
 * left over and it would begin inside the axis or the padding in front. What such a window has behind the padding is no place:
 * it is not counted in an average. The adaptive ones cut each axis in output_size windows of about equal length. */
#include "ops/dims.h"
#include "ops/reduce_rules.h"
#include "ops/window_rules.h"

enum { KERNEL_SIZE, STRIDE, PADDING, CEIL_MODE, DILATION, EXCLUDE_PADDING = DILATION };

#define POOL_FIELDS                                                                                                       \
  {.name = "kernel_size", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED,                                             \
   .doc = "elements of a window, one number for all spatial axes or one for each"},                                      \
  {.name = "stride", .kind = AD_FIELD_INTS, .doc = "steps between windows; as kernel_size by default"},                  \
  {.name = "padding", .kind = AD_FIELD_INTS,                                                                             \
   .doc = "places at both ends: one number, one for each axis, or a pair (front, behind) for each; 0 by default, at most half a window"}, \
  {.name = "ceil_mode", .kind = AD_FIELD_FLAG, .doc = "a last window where elements are left over"}

/* ---- Geometry ---- */

/* The windows of all spatial axes, as the window reductions want them. */
typedef struct pool_windows {
  int n;
  ad_window w[3];
  int64_t extra[3]; /* places behind the padding that the last window reaches over, with ceil_mode */
} pool_windows;

static int64_t one_of(const ad_attr *a, int i, int64_t otherwise) {
  return a->given ? a->as.ints[a->count == 1 ? 0 : i] : otherwise;
}

static ad_window pool_window(const ad_attr *at, int n, int i, bool dilates) {
  ad_window w = {.size = one_of(&at[KERNEL_SIZE], i, 1), .dilation = dilates ? one_of(&at[DILATION], i, 1) : 1};
  const ad_attr *padding = &at[PADDING];
  w.stride = one_of(&at[STRIDE], i, w.size);
  bool pairs = padding->given && padding->count == 2 * n;
  w.low = pairs ? padding->as.ints[2 * i] : one_of(padding, i, 0);
  w.high = pairs ? padding->as.ints[2 * i + 1] : w.low;
  return w;
}

/* Places that the last window of ceil_mode needs behind the padding of an axis of length n. */
static int64_t beyond(ad_window w, int64_t n) {
  int64_t left = n + w.low + w.high - ad__window_reach(w), count = (left + w.stride - 1) / w.stride + 1;
  if ((count - 1) * w.stride >= n + w.low) count--;
  int64_t need = (count - 1) * w.stride - left;
  return need > 0 ? need : 0;
}

static pool_windows windows_of(const ad_rule *r, int n, bool dilates) {
  pool_windows p = {.n = n};
  for (int i = 0; i < n; i++) {
    p.w[i] = pool_window(r->attrs, n, i, dilates);
    int64_t length = ad_array_dim(r->in[0], i - n - 1);
    if (r->attrs[CEIL_MODE].as.i) p.extra[i] = beyond(p.w[i], length);
  }
  return p;
}

/* ---- Shapes ---- */

static const char *const pool_lists[] = {"kernel_size", "stride", "padding"};

static bool check_pool_list(ad_rel *r, const char *name, const ad_attr *a, int n, bool pairs, int64_t least) {
  if (!a->given) return true;
  if (a->count != 1 && a->count != n && !(pairs && a->count == 2 * n))
    return ad_rel_fail(r, AD_E_VALUE, pairs ? "%s has %d entries; 1, %d or a pair for each axis is right" : "%s has %d entries; 1 or %d is right",
                       name, a->count, n);
  for (int i = 0; i < a->count; i++) {
    if (a->as.ints[i] < least)
      return ad_rel_fail(r, AD_E_VALUE, "%s %lld; %lld or more is right", name, (long long)a->as.ints[i], (long long)least);
    if (a->as.ints[i] > AD_WINDOW_MOST)
      return ad_rel_fail(r, AD_E_OVERFLOW, "%s %lld; at most %lld is right", name, (long long)a->as.ints[i], (long long)AD_WINDOW_MOST);
  }
  return true;
}

static bool pool_axis(ad_rel *r, int axis, ad_window w, bool ceiling) {
  ad_ctx *c = ad_rel_ctx(r);
  ad_dim n = ad_rel_get_dim(r, 0, axis);
  int64_t reach = ad__window_reach(w), extra = w.low + w.high - reach;
  if (w.low > reach / 2 || w.high > reach / 2)
    return ad_rel_fail(r, AD_E_VALUE, "padding %lld of windows that reach over %lld; at most half of it, %lld, is right",
                       (long long)(w.low > w.high ? w.low : w.high), (long long)reach, (long long)(reach / 2));
  if (n == AD_DIM_UNKNOWN) {
    ad_dim count = ad_rel_get_dim(r, AD_REL_OUT(r, 0), axis);
    if (w.stride != 1 || !ad_dim_is_number(count) || count == 0 || count - 1 < extra) return ad_rel_later(r);
    return ad_rel_dim(r, 0, axis, count - 1 - extra);
  }
  if (ad_dim_is_number(n)) {
    if (n > INT64_MAX / 2 || n + extra < 0)
      return ad_rel_fail(r, AD_E_VALUE, "spatial axis of length %lld, %lld with its padding, and windows that reach over %lld; at least as much is right",
                         (long long)n, (long long)(n > INT64_MAX / 2 ? n : n + w.low + w.high), (long long)reach);
    return ad_rel_dim(r, AD_REL_OUT(r, 0), axis, (n + extra + (ceiling ? beyond(w, n) : 0)) / w.stride + 1);
  }
  if (ceiling && w.stride != 1) return ad_rel_later(r);
  n = extra >= 0 ? ad_dim_add(c, n, extra) : ad_dim_sub(c, n, -extra);
  return ad_rel_dim(r, AD_REL_OUT(r, 0), axis, ad_dim_add(c, ad_dim_floordiv(c, n, w.stride), 1));
}

/* The axes in front of the spatial ones, and the channels, stay. */
static bool others_stay(ad_rel *r, int n, int *out_rank) {
  int out = AD_REL_OUT(r, 0), rank = ad__dims_either_rank(r);
  *out_rank = rank;
  if (rank < 0) return ad_rel_later(r);
  if (rank < n + 1)
    return ad_rel_fail(r, AD_E_VALUE, "rank %d; %d spatial axes and channels, with any axes in front, are right", rank, n);
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, out, rank) || !ad_rel_same_dim(r, 0, -1, out, -1)) return false;
  for (int i = 0; i < rank - n - 1; i++)
    if (!ad_rel_same_dim(r, 0, i, out, i)) return false;
  return true;
}

static ad_status pool_dims(ad_rel *r, int n, bool dilates) {
  const ad_attr *at = ad_rel_attr(r, 0);
  int rank;
  bool ok = true;
  for (int f = KERNEL_SIZE; f <= PADDING && ok; f++)
    ok = check_pool_list(r, pool_lists[f], &at[f], n, f == PADDING, f == PADDING ? 0 : 1);
  if (ok && dilates) ok = check_pool_list(r, "dilation", &at[DILATION], n, false, 1);
  ok = ok && others_stay(r, n, &rank);
  for (int i = 0; i < n && ok && rank >= 0; i++)
    ok = pool_axis(r, rank - n - 1 + i, pool_window(at, n, i, dilates), at[CEIL_MODE].as.i);
  return ad_rel_end(r, ok);
}

/* ---- Compositions ---- */

typedef struct pool_lists_of {
  int64_t axes[3], size[3], stride[3], low[3], high[3], dilation[3];
} pool_lists_of;

static void fill_lists(const pool_windows *p, int rank, pool_lists_of *l) {
  for (int i = 0; i < p->n; i++) {
    l->axes[i] = rank - p->n - 1 + i;
    l->size[i] = p->w[i].size, l->stride[i] = p->w[i].stride, l->dilation[i] = p->w[i].dilation;
    l->low[i] = p->w[i].low, l->high[i] = p->w[i].high + p->extra[i];
  }
}

#define LIST(member) ((ad_ints){true, p.n, l.member})
#define WINDOWS(op, x)                                                                                                        \
  ad_##op(x, LIST(axes), LIST(size), &(ad_##op##_opts){.stride = LIST(stride), .padding_low = LIST(low), .padding_high = LIST(high), \
                                                       .dilation = LIST(dilation)})

static ad_array *max_pool(const ad_rule *r, int n) {
  pool_windows p = windows_of(r, n, true);
  pool_lists_of l;
  fill_lists(&p, ad_array_rank(r->in[0]), &l);
  return WINDOWS(window_max, r->in[0]);
}

static ad_array *max_places(const ad_rule *r, int n) {
  pool_windows p = windows_of(r, n, true);
  pool_lists_of l;
  fill_lists(&p, ad_array_rank(r->in[0]), &l);
  return WINDOWS(window_argmax, r->in[0]);
}

/* Half types are averaged in float32: their sums may not fit them. */
static ad_array *wide_input(const ad_rule *r) {
  ad_dtype t = ad_array_dtype(r->in[0]);
  return t == AD_FLOAT16 || t == AD_BFLOAT16 ? ad_cast(r->in[0], AD_FLOAT32) : r->in[0];
}

/* The sums divided by numbers of places, which broadcast to them, in the input's dtype. */
static ad_array *divided(const ad_rule *r, ad_array *sum, ad_array *count) {
  return ad__rule_cast(ad_divide(sum, count), ad_array_dtype(r->in[0]));
}

/* As many ones as the axis has elements, in the real dtype that counts are divided in. */
static ad_array *ones_for(const ad_rule *r, int64_t length) {
  ad_dtype t = ad_array_dtype(r->in[0]);
  return ad_ones(r->ctx, AD_SHAPE(length), &(ad_ones_opts){.dtype = t == AD_FLOAT64 || t == AD_COMPLEX128 ? AD_FLOAT64 : AD_FLOAT32});
}

/* How many places each window has along the i-th spatial axis, to multiply with the other axes': windows over ones. */
static ad_array *places_along(const ad_rule *r, const pool_windows *p, int i, bool exclude) {
  ad_window w = p->w[i];
  int64_t length = ad_array_dim(r->in[0], i - p->n - 1), dims[4] = {1, 1, 1, 1};
  if (!exclude) length += w.low + w.high, w.low = w.high = 0;
  ad_array *count = ad_window_sum(ones_for(r, length), AD_AXES(0), AD_INTS(w.size),
                                  &(ad_window_sum_opts){.stride = AD_INTS(w.stride), .padding_low = AD_INTS(w.low),
                                                        .padding_high = AD_INTS(w.high + p->extra[i])});
  dims[i] = ad_array_dim(count, 0);
  return ad_reshape(count, (ad_shape){p->n + 1, dims});
}

/* Does every window have all its places? */
static bool all_full(const pool_windows *p, bool exclude) {
  for (int i = 0; i < p->n; i++)
    if (p->extra[i] || (exclude && (p->w[i].low || p->w[i].high))) return false;
  return true;
}

static ad_array *avg_pool(const ad_rule *r, int n) {
  pool_windows p = windows_of(r, n, false);
  pool_lists_of l;
  fill_lists(&p, ad_array_rank(r->in[0]), &l);
  ad_array *sum = WINDOWS(window_sum, wide_input(r)), *count = NULL;
  bool exclude = r->attrs[EXCLUDE_PADDING].as.i;
  double full = 1;
  for (int i = 0; i < n; i++) full *= (double)p.w[i].size;
  if (all_full(&p, exclude)) return divided(r, sum, AD_RULE_NUMBER(r, full));
  for (int i = 0; i < n; i++) {
    ad_array *along = places_along(r, &p, i, exclude);
    count = count ? ad_multiply(count, along) : along;
  }
  return divided(r, sum, count);
}

/* ---- Adaptive ---- */

static ad_status adaptive_dims(ad_rel *r, int n) {
  const ad_attr *sizes = ad_rel_attr(r, 0);
  int rank;
  bool ok = check_pool_list(r, "output_size", sizes, n, false, 1) && others_stay(r, n, &rank);
  for (int i = 0; i < n && ok && rank >= 0; i++) {
    int axis = rank - n - 1 + i;
    ad_dim length = ad_rel_get_dim(r, 0, axis);
    if (length == 0) ok = ad_rel_fail(r, AD_E_VALUE, "spatial axis of length 0; 1 or more is right");
    if (length == AD_DIM_UNKNOWN) ad_rel_later(r);
    ok = ok && ad_rel_dim(r, AD_REL_OUT(r, 0), axis, one_of(sizes, i, 1));
  }
  return ad_rel_end(r, ok);
}

static pool_windows adaptive_windows_of(const ad_rule *r, int n) {
  pool_windows p = {.n = n};
  for (int i = 0; i < n; i++) p.w[i].size = one_of(&r->attrs[0], i, 1);
  return p;
}

static ad_array *adaptive_max_pool(const ad_rule *r, int n) {
  pool_windows p = adaptive_windows_of(r, n);
  pool_lists_of l;
  fill_lists(&p, ad_array_rank(r->in[0]), &l);
  return ad_window_max(r->in[0], LIST(axes), LIST(size), &(ad_window_max_opts){.adaptive = true});
}

static ad_array *adaptive_avg_pool(const ad_rule *r, int n) {
  pool_windows p = adaptive_windows_of(r, n);
  pool_lists_of l;
  fill_lists(&p, ad_array_rank(r->in[0]), &l);
  ad_array *sum = ad_window_sum(wide_input(r), LIST(axes), LIST(size), &(ad_window_sum_opts){.adaptive = true}), *count = NULL;
  for (int i = 0; i < n; i++) {
    int64_t dims[4] = {1, 1, 1, 1};
    ad_array *ones = ones_for(r, ad_array_dim(r->in[0], i - n - 1));
    ad_array *along = ad_window_sum(ones, AD_AXES(0), AD_INTS(p.w[i].size), &(ad_window_sum_opts){.adaptive = true});
    dims[i] = p.w[i].size;
    along = ad_reshape(along, (ad_shape){n + 1, dims});
    count = count ? ad_multiply(count, along) : along;
  }
  return divided(r, sum, count);
}

/* ---- Descriptors ---- */

static const ad_field max_fields[] = {
    POOL_FIELDS,
    {.name = "dilation", .kind = AD_FIELD_INTS, .doc = "distance between a window's elements; 1 by default"},
};
static const ad_field avg_fields[] = {
    POOL_FIELDS,
    {.name = "exclude_padding", .kind = AD_FIELD_FLAG, .doc = "averages over the elements alone; else places in the padding count as zeros"},
};
static const ad_field adaptive_fields[] = {
    {.name = "output_size", .kind = AD_FIELD_INTS, .flags = AD_FIELD_REQUIRED,
     .doc = "windows along the spatial axes, one number for all or one for each"},
};

#define POOL(op_name, words, sizes, fields_of, rule, take, dims_call, compose_call, ...)                              \
  static ad_status op_name##_dims(ad_rel *r) { return dims_call; }                                                            \
  static ad_array *op_name##_compose(const ad_rule *r) { return compose_call; }                                               \
  const ad_op ad__op_##op_name = {                                                                                            \
      AD_OP_HEAD(op_name),                                                                                                    \
      .params = "x",                                                                                                          \
      .doc = words,                                                                                                           \
      .example = "ad_array *y = ad_" #op_name "(x, " sizes ");",                                                       \
      .group = "windows",                                                                                                     \
      .inputs = 1,                                                                                                            \
      .outputs = 1,                                                                                                           \
      .flags = AD_OP_COMPOSITE,                                                                                               \
      AD_FIELDS(fields_of),                                                                                                   \
      .dtype_rule = rule,                                                                                                     \
      .accepts = take,                                                                                                        \
      .dims = op_name##_dims,                                                                                                 \
      .compose = op_name##_compose,                                                                                           \
      __VA_ARGS__,                                                                                                            \
  }

#define MAX_WORDS(axes) "The largest element of each window over the spatial axes of x (..., " axes ", C); NaN where there is one. Places " \
  "in the padding hold nothing. Tied elements share the gradient equally."
#define AT_WORDS(axes) "Where max_pool found its elements, in x (..., " axes ", C): the number of the first maximum of each window among " \
  "the elements of the spatial axes in row-major order, a uint32."
#define AVG_WORDS(axes) "The mean of each window over the spatial axes of x (..., " axes ", C). Places in the padding count as zeros, " \
  "unless exclude_padding is set. bool and integers become float32; half types are summed in float32."
#define ADAPTIVE_WORDS(what, axes) "The " what " of each window over the spatial axes of x (..., " axes ", C), which are cut in output_size windows: " \
  "window o of an axis of n elements from floor(o n / size) up to ceil((o + 1) n / size)."


POOL(max_pool1d, MAX_WORDS("L"), "AD_INTS(2), NULL", max_fields, AD_TYPE_SAME, AD_ACCEPT_REAL, pool_dims(r, 1, true), max_pool(r, 1),
     AD_SAMPLES({"float32[2,7,3]", "kernel_size=[2]", "distinct"}, {"float64[9,2]", "kernel_size=[3], stride=[2], padding=[1], ceil_mode=true", "distinct"},
                {"int8[2,5,1]", "kernel_size=[3], stride=[1], dilation=[2]", "small"}, {"float16[1,6,2]", "kernel_size=[3], padding=[0,1]", "distinct"},
                {"float32[0,4,2]", "kernel_size=[2]", "normal"}),
     AD_ERRORS({"float32[2,3,1]", "kernel_size=[4]", AD_E_VALUE, "spatial axis of length 3, 3 with its padding, and windows that reach over 4; at least as much is right"},
               {"float32[2,3,1]", "kernel_size=[2], padding=[2]", AD_E_VALUE, "padding 2 of windows that reach over 2; at most half of it, 1, is right"},
               {"float32[2,3,1]", "kernel_size=[2], padding=[-1]", AD_E_VALUE, "padding -1; 0 or more is right"},
               {"float32[2,3,1]", "kernel_size=[0]", AD_E_VALUE, "kernel_size 0; 1 or more is right"},
               {"float32[2,3,1]", "kernel_size=[2,2]", AD_E_VALUE, "kernel_size has 2 entries; 1 or 1 is right"},
               {"float32[3]", "kernel_size=[2]", AD_E_VALUE, "rank 1; 1 spatial axes and channels"},
               {"complex64[2,3,1]", "kernel_size=[2]", AD_E_TYPE, "dtype complex64; it is not defined for it"}));
POOL(max_pool2d, MAX_WORDS("H, W"), "AD_INTS(2, 2), NULL", max_fields, AD_TYPE_SAME, AD_ACCEPT_REAL, pool_dims(r, 2, true), max_pool(r, 2),
     AD_SAMPLES({"float32[2,6,5,3]", "kernel_size=[2]", "distinct"}, {"float64[5,7,2]", "kernel_size=[3,2], stride=[2,1], padding=[1,0]", "distinct"},
                {"uint8[1,5,6,2]", "kernel_size=[2], stride=[2], ceil_mode=true", "index:9"},
                {"bfloat16[4,4,1]", "kernel_size=[3], padding=[1,1,0,1], stride=[1]", "distinct"}),
     AD_ERRORS({"float32[2,3,4,1]", "kernel_size=[4]", AD_E_VALUE, "windows that reach over 4"},
               {"float32[2,3,4,1]", "kernel_size=[2], padding=[1,1,1]", AD_E_VALUE, "padding has 3 entries; 1, 2 or a pair for each axis is right"},
               {"float32[2,3,4,1]", "kernel_size=[2], stride=[5000000000]", AD_E_OVERFLOW, "stride 5000000000; at most 2147483647 is right"}));
POOL(max_pool3d, MAX_WORDS("D, H, W"), "AD_INTS(2, 2, 2), NULL", max_fields, AD_TYPE_SAME, AD_ACCEPT_REAL, pool_dims(r, 3, true), max_pool(r, 3),
     AD_SAMPLES({"float32[1,4,6,5,2]", "kernel_size=[2]", "distinct"}, {"float64[3,4,5,1]", "kernel_size=[2,3,2], stride=[1,2,1], padding=[1]", "distinct"}),
     AD_ERRORS({"float32[3,4,5]", "kernel_size=[2]", AD_E_VALUE, "rank 3; 3 spatial axes and channels"}));

POOL(max_pool1d_indices, AT_WORDS("L"), "AD_INTS(2), NULL", max_fields, AD_TYPE_INDEX, AD_ACCEPT_REAL, pool_dims(r, 1, true), max_places(r, 1),
     AD_DERIVS(AD_NO_DERIV("the result is an index")),
     AD_SAMPLES({"float32[2,7,3]", "kernel_size=[2]", "distinct"}, {"int8[9,2]", "kernel_size=[3], stride=[2], padding=[1], ceil_mode=true", "small"}),
     AD_ERRORS({"float32[2,3,1]", "kernel_size=[4]", AD_E_VALUE, "windows that reach over 4"}));
POOL(max_pool2d_indices, AT_WORDS("H, W"), "AD_INTS(2, 2), NULL", max_fields, AD_TYPE_INDEX, AD_ACCEPT_REAL, pool_dims(r, 2, true), max_places(r, 2),
     AD_DERIVS(AD_NO_DERIV("the result is an index")),
     AD_SAMPLES({"float32[2,6,5,3]", "kernel_size=[2]", "distinct"}, {"float64[5,7,2]", "kernel_size=[3,2], stride=[2,1], padding=[1,0]", "small"}),
     AD_ERRORS({"float32[2,3,4,1]", "kernel_size=[4]", AD_E_VALUE, "windows that reach over 4"}));
POOL(max_pool3d_indices, AT_WORDS("D, H, W"), "AD_INTS(2, 2, 2), NULL", max_fields, AD_TYPE_INDEX, AD_ACCEPT_REAL, pool_dims(r, 3, true), max_places(r, 3),
     AD_DERIVS(AD_NO_DERIV("the result is an index")),
     AD_SAMPLES({"float32[1,4,6,5,2]", "kernel_size=[2]", "distinct"}, {"int32[3,4,5,1]", "kernel_size=[2,3,2], stride=[1,2,1], padding=[1]", "small"}),
     AD_ERRORS({"float32[3,4,5]", "kernel_size=[2]", AD_E_VALUE, "rank 3; 3 spatial axes and channels"}));

POOL(avg_pool1d, AVG_WORDS("L"), "AD_INTS(2), NULL", avg_fields, AD_TYPE_FLOAT, AD_ACCEPT_INEXACT, pool_dims(r, 1, false), avg_pool(r, 1),
     AD_SAMPLES({"float32[2,7,3]", "kernel_size=[2]", "normal"}, {"float64[9,2]", "kernel_size=[3], stride=[2], padding=[1], ceil_mode=true", "normal"},
                {"float64[10,2]", "kernel_size=[3], stride=[2], padding=[1], ceil_mode=true, exclude_padding=true", "normal"},
                {"int8[2,5,1]", "kernel_size=[3], stride=[1]", "small"}, {"float16[1,6,2]", "kernel_size=[3], padding=[0,1]", "normal"},
                {"complex64[6,2]", "kernel_size=[2]", "normal"}, {"float32[0,4,2]", "kernel_size=[2]", "normal"}),
     AD_ERRORS({"float32[2,3,1]", "kernel_size=[4]", AD_E_VALUE, "windows that reach over 4"},
               {"float32[2,3,1]", "kernel_size=[2], padding=[2]", AD_E_VALUE, "padding 2 of windows that reach over 2"}));
POOL(avg_pool2d, AVG_WORDS("H, W"), "AD_INTS(2, 2), NULL", avg_fields, AD_TYPE_FLOAT, AD_ACCEPT_INEXACT, pool_dims(r, 2, false), avg_pool(r, 2),
     AD_SAMPLES({"float32[2,6,5,3]", "kernel_size=[2]", "normal"}, {"float64[5,7,2]", "kernel_size=[3,2], stride=[2,1], padding=[1,0]", "normal"},
                {"float64[5,7,2]", "kernel_size=[3], stride=[1], padding=[1], exclude_padding=true", "normal"},
                {"uint8[1,5,6,2]", "kernel_size=[2], stride=[2], ceil_mode=true", "index:9"},
                {"bfloat16[4,4,1]", "kernel_size=[3], padding=[1,1,0,1], stride=[1]", "normal"}),
     AD_ERRORS({"float32[2,3,4,1]", "kernel_size=[2], stride=[0]", AD_E_VALUE, "stride 0; 1 or more is right"}));
POOL(avg_pool3d, AVG_WORDS("D, H, W"), "AD_INTS(2, 2, 2), NULL", avg_fields, AD_TYPE_FLOAT, AD_ACCEPT_INEXACT, pool_dims(r, 3, false), avg_pool(r, 3),
     AD_SAMPLES({"float32[1,4,6,5,2]", "kernel_size=[2]", "normal"}, {"float64[3,4,5,1]", "kernel_size=[2,3,2], stride=[1,2,1], padding=[1], exclude_padding=true", "normal"}),
     AD_ERRORS({"float32[3,4,5]", "kernel_size=[2]", AD_E_VALUE, "rank 3; 3 spatial axes and channels"}));

#define ADAPTIVE_ERRORS(rank_text, type)                                                                                     \
  AD_ERRORS({type, "output_size=[0]", AD_E_VALUE, "output_size 0; 1 or more is right"},                                       \
            {type, "output_size=[1,1,1,1]", AD_E_VALUE, "output_size has 4 entries"},                                         \
            {"float32[4]", "output_size=[2]", AD_E_VALUE, rank_text})
POOL(adaptive_max_pool1d, ADAPTIVE_WORDS("maximum", "L"), "AD_INTS(4)", adaptive_fields, AD_TYPE_SAME, AD_ACCEPT_REAL, adaptive_dims(r, 1),
     adaptive_max_pool(r, 1),
     AD_SAMPLES({"float32[2,7,3]", "output_size=[3]", "distinct"}, {"float64[5,2]", "output_size=[8]", "distinct"}, {"int8[6,1]", "output_size=[2]", "small"}),
     ADAPTIVE_ERRORS("rank 1; 1 spatial axes and channels", "float32[2,7,3]"));
POOL(adaptive_max_pool2d, ADAPTIVE_WORDS("maximum", "H, W"), "AD_INTS(4, 4)", adaptive_fields, AD_TYPE_SAME, AD_ACCEPT_REAL, adaptive_dims(r, 2),
     adaptive_max_pool(r, 2), AD_SAMPLES({"float32[2,7,5,3]", "output_size=[3,2]", "distinct"}, {"float64[5,6,2]", "output_size=[2]", "distinct"}),
     ADAPTIVE_ERRORS("rank 1; 2 spatial axes and channels", "float32[2,7,7,3]"));
POOL(adaptive_max_pool3d, ADAPTIVE_WORDS("maximum", "D, H, W"), "AD_INTS(4, 4, 4)", adaptive_fields, AD_TYPE_SAME, AD_ACCEPT_REAL, adaptive_dims(r, 3),
     adaptive_max_pool(r, 3), AD_SAMPLES({"float32[1,4,7,5,3]", "output_size=[3,2,1]", "distinct"}, {"float64[3,5,6,2]", "output_size=[2]", "distinct"}),
     ADAPTIVE_ERRORS("rank 1; 3 spatial axes and channels", "float32[2,7,7,7,3]"));
POOL(adaptive_avg_pool1d, ADAPTIVE_WORDS("mean", "L"), "AD_INTS(4)", adaptive_fields, AD_TYPE_FLOAT, AD_ACCEPT_INEXACT, adaptive_dims(r, 1),
     adaptive_avg_pool(r, 1),
     AD_SAMPLES({"float32[2,7,3]", "output_size=[3]", "normal"}, {"float64[5,2]", "output_size=[8]", "normal"}, {"float16[6,1]", "output_size=[4]", "normal"}),
     ADAPTIVE_ERRORS("rank 1; 1 spatial axes and channels", "float32[2,7,3]"));
POOL(adaptive_avg_pool2d, ADAPTIVE_WORDS("mean", "H, W"), "AD_INTS(4, 4)", adaptive_fields, AD_TYPE_FLOAT, AD_ACCEPT_INEXACT, adaptive_dims(r, 2),
     adaptive_avg_pool(r, 2), AD_SAMPLES({"float32[2,7,5,3]", "output_size=[3,2]", "normal"}, {"float64[5,6,2]", "output_size=[2]", "normal"}),
     ADAPTIVE_ERRORS("rank 1; 2 spatial axes and channels", "float32[2,7,7,3]"));
POOL(adaptive_avg_pool3d, ADAPTIVE_WORDS("mean", "D, H, W"), "AD_INTS(4, 4, 4)", adaptive_fields, AD_TYPE_FLOAT, AD_ACCEPT_INEXACT, adaptive_dims(r, 3),
     adaptive_avg_pool(r, 3), AD_SAMPLES({"float32[1,4,7,5,3]", "output_size=[3,2,1]", "normal"}, {"float64[3,5,6,2]", "output_size=[2]", "normal"}),
     ADAPTIVE_ERRORS("rank 1; 3 spatial axes and channels", "float32[2,7,7,7,3]"));
