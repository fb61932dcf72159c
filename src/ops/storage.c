/* Ops about where elements lie rather than what they are: copy, contiguous, view, as_strided, barrier. */
#include "ir/ctx.h"
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/rules.h"

static ad_array *pass(const ad_rule *r, int i, ad_array *const *ct) {
  (void)r, (void)i;
  return ct[0];
}

/* The first input with the batch axis, copied along it where it has none. */
static ad_array *first_batched(const ad_rule *r, const bool *batched, int64_t size) {
  int64_t dims[AD_MAX_RANK + 1] = {size};
  ad_shape s = ad_array_shape(r->in[0]);
  for (int i = 0; i < s.rank; i++) dims[i + 1] = s.dims[i];
  return batched[0] ? r->in[0] : ad_broadcast_to(r->in[0], (ad_shape){s.rank + 1, dims});
}

static ad_array *copy_batch(const ad_rule *r, const bool *batched, int64_t size) {
  return ad_copy(first_batched(r, batched, size));
}
static ad_array *contiguous_batch(const ad_rule *r, const bool *batched, int64_t size) {
  return ad_contiguous(first_batched(r, batched, size));
}

#define PLAIN(op_name, words)                                                                          \
  const ad_op ad__op_##op_name = {                                                                     \
      AD_OP_HEAD(op_name),                                                                             \
      .params = "a",                                                                                   \
      .doc = words,                                                                                    \
      .example = "ad_array *y = ad_" #op_name "(x);",                                                  \
      .group = "shape",                                                                                \
      .inputs = 1,                                                                                     \
      .outputs = 1,                                                                                    \
      .dtype_rule = AD_TYPE_SAME,                                                                      \
      .dims = ad__dims_same,                                                                           \
      AD_DERIVS(AD_LINEAR('A')),                                                                       \
      .transpose = pass,                                                                               \
      .batch = op_name##_batch,                                                                        \
      AD_SPELLINGS({"numpy", "np.array($0, order='C')"}),                                              \
      AD_SAMPLES({"float32[2,3]", "", "normal"}, {"int8[0]", "", "small"}, {"complex128[]", "", "normal"}), \
      AD_ERRORS({"(float32[2], float32[2])", "", AD_E_TYPE, "one array is right"}),                    \
  }

PLAIN(copy, "a in memory of its own, in row-major order.");
PLAIN(contiguous, "a in row-major order: its own memory where it lies so, otherwise a copy.");

/* ---- view ---- */

/* The last axis holds as many bytes as before. */
static bool viewed(ad_rel *r, ad_dtype to) {
  ad_dtype from = ad_rel_get_dtype(r, 0);
  int rank = ad__dims_either_rank(r), out = AD_REL_OUT(r, 0);
  if (to == AD_BOOL && from != AD_BOOL && from != AD_DTYPE_NONE)
    return ad_rel_fail(r, AD_E_TYPE, "the bits of %s as bool; they may be neither true nor false; comparing with 0 is right",
                       ad_dtype_name(from));
  if (rank < 0) return ad_rel_later(r);
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, out, rank)) return false;
  for (int i = 0; i < rank - 1; i++)
    if (!ad_rel_same_dim(r, 0, i, out, i)) return false;
  if (from == AD_DTYPE_NONE) return ad_rel_later(r);
  int64_t old_item = (int64_t)ad_dtype_size(from), new_item = (int64_t)ad_dtype_size(to);
  if (old_item == new_item) return rank == 0 || ad_rel_same_dim(r, 0, rank - 1, out, rank - 1);
  if (rank == 0)
    return ad_rel_fail(r, AD_E_VALUE, "rank 0 from %s to %s; items of another size need a last axis; rank 1 or more is right",
                       ad_dtype_name(from), ad_dtype_name(to));
  bool shrinks = new_item < old_item;
  int small = shrinks ? out : 0, large = shrinks ? 0 : out;
  int64_t ratio = shrinks ? old_item / new_item : new_item / old_item;
  ad_dim items = ad_rel_get_dim(r, small, rank - 1), whole = ad_rel_get_dim(r, large, rank - 1);
  if (items == AD_DIM_UNKNOWN) return ad__dims_product(r, whole, ratio, &items) && ad_rel_dim(r, small, rank - 1, items);
  if (items >= 0 && items % ratio)
    return ad_rel_fail(r, AD_E_VALUE, "a last axis of %lld items of %s as %s; a multiple of %lld is right", (long long)items,
                       ad_dtype_name(from), ad_dtype_name(to), (long long)ratio);
  return ad_rel_dim(r, large, rank - 1, ad_dim_floordiv(ad_rel_ctx(r), items, ratio));
}
static ad_status view_dims(ad_rel *r) { return ad_rel_end(r, viewed(r, (ad_dtype)ad_rel_attr(r, 0)->as.i)); }

static const ad_field view_fields[] = {
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .flags = AD_FIELD_REQUIRED, .doc = "what the bits are read as"},
};
const ad_op ad__op_view = {
    AD_OP_HEAD(view),
    .params = "a",
    .doc = "The bits of a as another dtype. Items of another size make the last axis longer or shorter. Any bits may be read "
           "as any dtype but bool. A view.",
    .example = "ad_array *y = ad_view(x, AD_UINT32);",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_VIEW,
    AD_FIELDS(view_fields),
    .dtype_rule = AD_TYPE_ATTR,
    .dims = view_dims,
    AD_DERIVS(AD_NO_DERIV("it reads bits, not numbers")),
    AD_SPELLINGS({"numpy", "np.ascontiguousarray($0).view(@dtype).reshape(np.shape($0) if np.ndim($0) == 0 else "
                           "np.shape($0)[:-1] + (np.shape($0)[-1] * $0.itemsize // np.dtype(@dtype).itemsize,))"}),
    AD_SAMPLES({"float32[2,3]", "dtype=uint32", "normal"}, {"float64[2,3]", "dtype=int32", "normal"}, {"int16[3,4]", "dtype=int64", "small"},
               {"bool[]", "dtype=int8", "bool"}, {"complex64[0,2]", "dtype=float32", "normal"}, {"bool[3]", "dtype=bool", "bool"},
               {"int8[3,0]", "dtype=int16", "small"}),
    AD_ERRORS({"int8[2,3]", "dtype=int16", AD_E_VALUE, "a last axis of 3 items of int8 as int16; a multiple of 2 is right"},
              {"int8[]", "dtype=int16", AD_E_VALUE, "rank 0 from int8 to int16"},
              {"uint8[3]", "dtype=bool", AD_E_TYPE, "the bits of uint8 as bool"}),
};

/* ---- as_strided ---- */

enum { SHAPE, STRIDES, OFFSET };

static bool fits(ad_rel *r, const ad_attr *at, int64_t size) {
  int64_t low = at[OFFSET].as.i, high = low, span;
  for (int i = 0; i < at[SHAPE].count; i++)
    if (at[SHAPE].as.ints[i] == 0) return true;
  for (int i = 0; i < at[SHAPE].count && at[STRIDES].given; i++) {
    int64_t n = at[SHAPE].as.ints[i], stride = at[STRIDES].as.ints[i], *end = stride < 0 ? &low : &high;
    if (!ad__mul_i64(n - 1, stride, &span) || !ad__add_i64(*end, span, end))
      return ad_rel_fail(r, AD_E_OVERFLOW, "%lld elements %lld apart; their places do not fit 63 bits", (long long)n, (long long)stride);
  }
  if (!at[STRIDES].given) {
    int64_t count = 1;
    for (int i = 0; i < at[SHAPE].count; i++)
      if (!ad__mul_i64(count, at[SHAPE].as.ints[i], &count)) return true; /* the result's type says so */
    if (!ad__add_i64(high, count - 1, &high)) high = INT64_MAX;
  }
  if (low >= 0 && high < size) return true;
  return ad_rel_fail(r, AD_E_VALUE, "places from %lld to %lld of an array of %lld elements; some are outside; places inside are right",
                     (long long)low, (long long)high, (long long)size);
}

static bool strided_relation(ad_rel *r) {
  const ad_attr *at = ad_rel_attr(r, 0);
  int rank = ad_rel_get_rank(r, 0);
  ad_dim size = AD_DIM_UNKNOWN;
  for (int i = 0; i < at[SHAPE].count; i++)
    if (at[SHAPE].as.ints[i] < 0)
      return ad_rel_fail(r, AD_E_VALUE, "shape with %lld as axis %d; 0 or more is right", (long long)at[SHAPE].as.ints[i], i);
  if (at[STRIDES].given && at[STRIDES].count != at[SHAPE].count)
    return ad_rel_fail(r, AD_E_VALUE, "%d strides for %d axes; one per axis is right", at[STRIDES].count, at[SHAPE].count);
  if (!ad_rel_is(r, AD_REL_OUT(r, 0), at[SHAPE].count, at[SHAPE].as.ints)) return false;
  if (rank < 0) return ad_rel_later(r);
  if (!ad__dims_count(r, 0, 0, rank, &size)) return false;
  return size >= 0 ? fits(r, at, size) : ad_rel_later(r);
}
static ad_status as_strided_dims(ad_rel *r) { return ad_rel_end(r, strided_relation(r)); }

/* The same elements named by number, for derivatives: places that overlap add up. */
static ad_array *as_strided_compose(const ad_rule *r) {
  const ad_attr *at = r->attrs;
  int rank = at[SHAPE].count;
  ad_shape shape = {rank, at[SHAPE].as.ints};
  ad_array *place = ad_iota(r->ctx, 1, &(ad_iota_opts){.start = AD_INT(at[OFFSET].as.i), .dtype = AD_INT64});
  int64_t dims[AD_MAX_RANK], stride = 1;
  for (int i = rank - 1; i >= 0; i--) {
    int64_t n = shape.dims[i], by = at[STRIDES].given ? at[STRIDES].as.ints[i] : stride;
    for (int k = 0; k < rank; k++) dims[k] = k == i ? n : 1;
    ad_array *along = ad_iota(r->ctx, n, &(ad_iota_opts){.step = AD_INT(by), .dtype = AD_INT64});
    place = ad_add(place, ad_reshape(along, (ad_shape){rank, dims}));
    stride *= n;
  }
  ad_array *in[] = {ad_flatten(r->in[0], NULL), ad_reshape(place, shape)};
  return ad_gather(r->ctx, in, 2, AD_AXES(0), NULL);
}

/* One row for each example: the same places, a row further. */
static ad_array *as_strided_batch(const ad_rule *r, const bool *batched, int64_t size) {
  const ad_attr *at = r->attrs;
  int rank = at[SHAPE].count;
  int64_t dims[AD_MAX_RANK + 1] = {size}, steps[AD_MAX_RANK + 1] = {1}, stride = 1;
  (void)batched;
  for (int i = 1; i < ad_array_rank(r->in[0]); i++) steps[0] *= ad_array_dim(r->in[0], i);
  for (int i = rank - 1; i >= 0; i--) {
    dims[i + 1] = at[SHAPE].as.ints[i];
    steps[i + 1] = at[STRIDES].given ? at[STRIDES].as.ints[i] : stride;
    stride *= at[SHAPE].as.ints[i];
  }
  return ad_as_strided(r->in[0], (ad_shape){rank + 1, dims},
                       &(ad_as_strided_opts){.strides = {true, rank + 1, steps}, .offset = AD_INT(at[OFFSET].as.i)});
}

static const ad_field as_strided_fields[] = {
    {.name = "shape", .kind = AD_FIELD_SHAPE, .flags = AD_FIELD_REQUIRED, .doc = "the dims of the result"},
    {.name = "strides", .kind = AD_FIELD_INTS, .doc = "distance of neighbours in elements, one per axis; absent: row-major"},
    {.name = "offset", .kind = AD_FIELD_INT, .doc = "the place of the first element", .has_default = true},
};
const ad_op ad__op_as_strided = {
    AD_OP_HEAD(as_strided),
    .params = "a",
    .doc = "The elements of a, counted in row-major order, at places that strides name. Places may repeat, none may lie "
           "outside. A view.",
    .example = "ad_array *y = ad_as_strided(x, AD_SHAPE(3, 2), &(ad_as_strided_opts){.strides = AD_INTS(1, 1)});",
    .group = "shape",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_VIEW,
    AD_FIELDS(as_strided_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = as_strided_dims,
    .compose = as_strided_compose,
    .batch = as_strided_batch,
    AD_SPELLINGS({"numpy", "np.ravel($0)[(@offset + sum((np.arange(n).reshape([-1 if k == i else 1 for k in range(len(@shape))]) * s "
                           "for i, (n, s) in enumerate(zip(@shape, @strides or np.cumprod((1,) + @shape[:0:-1])[::-1]))), "
                           "np.zeros(@shape, int))).astype(int)]"}),
    AD_SAMPLES({"float32[6]", "shape=[3,2], strides=[1,2]", "normal"}, {"float64[2,3]", "shape=[4], strides=[-1], offset=5", "normal"},
               {"int8[4]", "shape=[2,2]", "small"}, {"bool[3]", "shape=[2,0], strides=[9,9]", "bool"}, {"complex64[2]", "shape=[], offset=1", "normal"},
               {"float32[2]", "shape=[3,2], strides=[0,1]", "normal"}),
    AD_ERRORS({"float32[6]", "shape=[3,2], strides=[3,1]", AD_E_VALUE,
               "places from 0 to 7 of an array of 6 elements; some are outside; places inside are right"},
              {"float32[6]", "shape=[2], strides=[-1]", AD_E_VALUE, "places from -1 to 0 of an array of 6 elements"},
              {"float32[6]", "shape=[2], strides=[1,1]", AD_E_VALUE, "2 strides for 1 axes; one per axis is right"},
              {"float32[6]", "shape=[9], strides=[9223372036854775807]", AD_E_OVERFLOW, "their places do not fit 63 bits"}),
};

/* ---- barrier ---- */

static ad_array *barrier_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)r;
  return i == 0 ? ct[0] : NULL;
}

static ad_array *barrier_batch(const ad_rule *r, const bool *batched, int64_t size) {
  ad_array *in[AD_INPUTS_ANY];
  for (int i = 0; i < r->n; i++) in[i] = r->in[i];
  in[0] = first_batched(r, batched, size);
  return ad_barrier(r->ctx, in, r->n);
}

static ad_status barrier_dims(ad_rel *r) {
  bool some = ad_rel_inputs(r) > 0 || ad_rel_fail(r, AD_E_VALUE, "no arrays; at least one is right");
  return ad_rel_end(r, some && ad_rel_same(r, 0, AD_REL_OUT(r, 0)));
}

const ad_op ad__op_barrier = {
    AD_OP_HEAD(barrier),
    .params = "arrays",
    .doc = "The first array, once all the others have been computed: what uses the result runs after them.",
    .example = "ad_array *y = ad_barrier(c, (ad_array *[]){x, first}, 2);",
    .group = "shape",
    .inputs = AD_INPUTS_ANY,
    .outputs = 1,
    .flags = AD_OP_UNIQUE | AD_OP_VIEW,
    .dtype_rule = AD_TYPE_SAME,
    .dims = barrier_dims,
    AD_DERIVS(AD_LINEAR('A'), AD_NO_DERIV("only its order matters")),
    .transpose = barrier_back,
    .batch = barrier_batch,
    AD_SPELLINGS({"numpy", "$0"}),
    AD_SAMPLES({"float32[2,3], int8[4]", "", "normal"}, {"bool[]", "", "bool"}, {"float64[0], float32[]", "", "normal"}),
    AD_ERRORS({"float32[2], (float32[2], float32[2])", "", AD_E_TYPE, "one array is right"}),
};
