/* Discrete distributions and permutations, composed of random_bits: see random.c for what they have in common. */
#include "ir/node.h"
#include "ops/dims.h"
#include "ops/index_check.h"
#include "ops/random_rules.h"
#include "ops/reduce_rules.h"

/* ---- bernoulli ---- */

static ad_status bernoulli_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  ad_dtype p = r->in[1] ? ad_array_dtype(r->in[1]) : AD_FLOAT32;
  out[0] = AD_BOOL;
  in[1] = p == AD_FLOAT64 ? p : AD_FLOAT32;
  if (ad_dtype_category(p) == AD_CATEGORY_FLOAT) return ad__random_key_dtype(r, in, why, why_size);
  ad__format(why, why_size, "p of dtype %s; a float one is right", ad_dtype_name(p));
  return AD_E_TYPE;
}

static ad_array *bernoulli_compose(const ad_rule *r) {
  ad_array *p = r->in[1] ? r->in[1] : ad_cast(AD_RULE_NUMBER(r, 0.5), AD_FLOAT32);
  return ad_less(ad__random_unit(r, ad__random_attr_shape(r), AD_FLOAT32), p);
}

static const ad_field bernoulli_fields[] = {AD_RANDOM_SHAPE_FIELD};
const ad_op ad__op_random_bernoulli = {
    AD_OP_HEAD(random_bernoulli),
    .params = "key, p",
    .doc = "True with probability p, 0.5 where it is NULL: whether a uniform float32 on [0, 1) is below p, so that 0 is never and 1 always true. "
           "Keys (..., 2) give (..., shape), to which p, of a float dtype, broadcasts. A NULL key is the next one of the context.",
    .example = "ad_array *y = ad_random_bernoulli(c, key, ad_number(c, 0.1), AD_SHAPE(4));",
    .group = "random",
    .inputs = 2,
    .optional = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_KEYED,
    AD_FIELDS(bernoulli_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = bernoulli_dtypes,
    .dims = ad__random_dims,
    .compose = bernoulli_compose,
    .batch = ad__random_batch,
    AD_SAMPLES({"uint32[2], -", "shape=[6]", "index:1000"}, {"uint32[2], float32[3]", "shape=[2,3]", "index:1000, unit"},
               {"uint32[3,2], float64[3,1]", "shape=[4]", "index:1000, unit"}, {"uint32[2], float16[]", "shape=[]", "index:1000, unit"},
               {"uint32[2], -", "shape=[0]", "index:1000"}),
    AD_ERRORS({"uint32[2], int32[]", "shape=[4]", AD_E_TYPE, "p of dtype int32; a float one is right"},
              {"uint32[2], float32[3]", "shape=[4]", AD_E_VALUE, "do not broadcast"},
              {"uint32[4], -", "shape=[4]", AD_E_VALUE, "axis 0 is 4; 2 is right"}),
};

/* ---- randint ---- */

static bool is_whole(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_INT || ad_dtype_category(t) == AD_CATEGORY_UINT; }

/* The bounds are known when they are constants: then an empty range is refused. */
static ad_status check_bounds(const ad_rule *r, char *why, size_t why_size) {
  int64_t low, high;
  for (int i = 1; i < 3; i++)
    if (!is_whole(ad_array_dtype(r->in[i]))) {
      ad__format(why, why_size, "%s of dtype %s; an integer one is right", i == 1 ? "low" : "high", ad_dtype_name(ad_array_dtype(r->in[i])));
      return AD_E_TYPE;
    }
  if (!ad__index_known_value(r->in[1], &low) || !ad__index_known_value(r->in[2], &high) || low < high || low == INT64_MAX) return AD_OK;
  ad__format(why, why_size, "low %lld and high %lld; there is no number to draw; low below high is right", (long long)low, (long long)high);
  return AD_E_VALUE;
}

static ad_status randint_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  ad_dtype t = (ad_dtype)r->attrs[AD_RANDOM_DTYPE].as.i;
  out[0] = t;
  in[1] = in[2] = t == AD_UINT64 ? t : AD_INT64;
  ad_status s = check_bounds(r, why, why_size);
  if (!s) s = ad__random_key_dtype(r, in, why, why_size);
  if (s || is_whole(t)) return s;
  ad__format(why, why_size, "dtype %s; an integer one is right", ad_dtype_name(t));
  return AD_E_TYPE;
}

/* The upper 64 bits of the product of two uint64, from the four products of their halves. */
static ad_array *upper_product(const ad_rule *r, ad_array *a, ad_array *b) {
  ad_array *half = ad_number_int(r->ctx, 32), *mask = ad_number_int(r->ctx, UINT32_MAX);
  ad_array *a0 = ad_bitwise_and(a, mask), *a1 = ad_right_shift(a, half);
  ad_array *b0 = ad_bitwise_and(b, mask), *b1 = ad_right_shift(b, half);
  ad_array *p01 = ad_multiply(a0, b1), *p10 = ad_multiply(a1, b0);
  ad_array *middle = ad_add(ad_right_shift(ad_multiply(a0, b0), half), ad_add(ad_bitwise_and(p01, mask), ad_bitwise_and(p10, mask)));
  ad_array *top = ad_add(ad_multiply(a1, b1), ad_add(ad_right_shift(p01, half), ad_right_shift(p10, half)));
  return ad_add(top, ad_right_shift(middle, half));
}

/* floor(low + (high - low) u) with a float32 u, for bounds that float32 holds. */
static ad_array *small_integers(const ad_rule *r, ad_shape shape, ad_array *low, ad_array *high) {
  ad_array *first = ad_cast(low, AD_FLOAT32), *span = ad_subtract(ad_cast(high, AD_FLOAT32), first);
  ad_array *v = ad_floor(ad__random_scaled(r, ad__random_unit(r, shape, AD_FLOAT32), span, first));
  ad_array *last = ad_subtract(high, ad_number_int(r->ctx, 1));
  return ad_minimum(ad_maximum(ad_cast(v, ad_array_dtype(low)), low), last);
}

/* low plus the upper 64 bits of 64 random bits times the range; sums wrap. */
static ad_array *large_integers(const ad_rule *r, ad_shape shape, ad_array *low, ad_array *high) {
  ad_array *words = ad_random_bits(r->in[0], shape, &(ad_random_bits_opts){.width = AD_INT(8)});
  ad_array *first = ad_cast(low, AD_UINT64), *range = ad_subtract(ad_cast(high, AD_UINT64), first);
  return ad_cast(ad_add(upper_product(r, words, range), first), ad_array_dtype(low));
}

static bool is_small(const ad_array *a, int64_t limit) {
  int64_t v;
  return ad__index_known_value(a, &v) && v >= -limit && v <= limit;
}

static ad_array *randint_compose(const ad_rule *r) {
  enum { SMALL = 1 << 24 };
  ad_dtype t = (ad_dtype)r->attrs[AD_RANDOM_DTYPE].as.i;
  ad_shape shape = ad__random_attr_shape(r);
  ad_array *low = r->in[1], *high = r->in[2], *limit = ad_number_int(r->ctx, SMALL), *below = ad_number_int(r->ctx, -SMALL);
  ad_array *y = small_integers(r, shape, low, high);
  if (!is_small(low, SMALL) || !is_small(high, SMALL)) {
    ad_array *small = ad_less_equal(ad_maximum(low, high), limit);
    if (ad_array_dtype(low) == AD_INT64) small = ad_logical_and(small, ad_greater_equal(ad_minimum(low, high), below));
    y = ad_where(small, y, large_integers(r, shape, low, high));
  }
  return ad__rule_cast(ad_where(ad_less(low, high), y, low), t);
}

static const ad_field randint_fields[] = {AD_RANDOM_SHAPE_FIELD, AD_RANDOM_DTYPE_FIELD(AD_INT32)};
const ad_op ad__op_random_randint = {
    AD_OP_HEAD(random_randint),
    .params = "key, low, high",
    .doc = "Integers from low up to high, which is not among them, all as likely, to the precision of the draw. Where both bounds are at most 2^24 in size, the "
           "floor of a uniform float32; elsewhere the upper half of 64 random bits times the range. Keys (..., 2) give (..., "
           "shape), to which low and high broadcast. An empty range is an error where the bounds are constants; in arrays it gives low. "
           "A NULL key is the next one of the context.",
    .example = "ad_array *y = ad_random_randint(key, ad_number_int(c, 0), ad_number_int(c, 10), AD_SHAPE(4), NULL);",
    .group = "random",
    .inputs = 3,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_KEYED,
    AD_FIELDS(randint_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = randint_dtypes,
    .dims = ad__random_dims,
    .compose = randint_compose,
    .batch = ad__random_batch,
    AD_SAMPLES({"uint32[2], int32[3], int32[2,1]", "shape=[2,3]", "index:1000, small, index:1000"},
               {"uint32[3,2], int8[3,1], int64[4]", "shape=[4], dtype=int64", "index:1000, small, index:1000"},
               {"uint32[2], uint8[1,2], uint8[2]", "shape=[2,2], dtype=uint8", "index:1000, index:9, index:200"},
               {"uint32[2], uint64[3], uint64[3]", "shape=[3], dtype=uint64", "index:1000, index:9, index:200"},
               {"uint32[2], int32[2], int32[2]", "shape=[0,2]", "index:1000, small, index:1000"}),
    AD_ERRORS({"uint32[2], float32[], int32[]", "shape=[4]", AD_E_TYPE, "low of dtype float32; an integer one is right"},
              {"uint32[2], int32[2], int32[2]", "shape=[2], dtype=float32", AD_E_TYPE, "dtype float32; an integer one is right"},
              {"uint32[3], int32[2], int32[2]", "shape=[2]", AD_E_VALUE, "axis 0 is 3; 2 is right"}),
};

/* ---- categorical ---- */

enum { CATEGORICAL_AXIS, CATEGORICAL_SHAPE, CATEGORICAL_NUM };

/* Does `dims` broadcast to the shape? */
static bool fits_shape(ad_rel *r, const ad_dim *dims, int rank, const ad_attr *shape) {
  char got[128], want[128];
  bool fits = rank <= shape->count;
  for (int i = 1; fits && i <= rank; i++)
    fits = dims[rank - i] == 1 || dims[rank - i] == AD_DIM_UNKNOWN || dims[rank - i] == shape->as.ints[shape->count - i];
  if (fits) return true;
  ad__dims_text(ad_rel_ctx(r), rank, dims, got, sizeof got);
  ad__dims_text(ad_rel_ctx(r), shape->count, shape->as.ints, want, sizeof want);
  return ad_rel_fail(r, AD_E_VALUE, "shape %s for logits that leave %s without the axis; a shape it broadcasts to is right", want, got);
}

/* What does not need the logits' rank. */
static bool categorical_request(ad_rel *r) {
  const ad_attr *shape = ad_rel_attr(r, CATEGORICAL_SHAPE), *num = ad_rel_attr(r, CATEGORICAL_NUM);
  if (shape->given && num->given) return ad_rel_fail(r, AD_E_VALUE, "shape and num_samples; only one of them is right");
  if (num->given && num->as.i < 0) return ad_rel_fail(r, AD_E_VALUE, "num_samples %lld; 0 or more is right", (long long)num->as.i);
  return ad__dims_check(r, shape) && ad_rel_is(r, 0, 1, (const ad_dim[]){2});
}

static bool categorical_axis(ad_rel *r, int axis, int rank) {
  if (axis < 0 || axis >= rank) return ad_rel_fail(r, AD_E_INDEX, "axis %d; it is out of range for rank %d", axis, rank);
  ad_dim n = ad_rel_get_dim(r, 1, axis);
  if (n == 0) return ad_rel_fail(r, AD_E_VALUE, "axis %d has length 0; there is nothing to choose from; 1 or more is right", axis);
  return n != AD_DIM_UNKNOWN || ad_rel_later(r);
}

static bool categorical_shape(ad_rel *r) {
  const ad_attr *shape = ad_rel_attr(r, CATEGORICAL_SHAPE), *num = ad_rel_attr(r, CATEGORICAL_NUM);
  ad_dim left[AD_MAX_RANK + 1];
  int rank = ad_rel_get_rank(r, 1), axis = ad__axis_of(ad_rel_attr(r, CATEGORICAL_AXIS)->as.i, rank), n = 0, out = AD_REL_OUT(r, 0);
  if (!categorical_request(r)) return false;
  if (rank < 0) return ad_rel_later(r);
  if (!categorical_axis(r, axis, rank)) return false;
  for (int i = 0; i < rank; i++)
    if (i != axis) left[n++] = ad_rel_get_dim(r, 1, i);
  if (shape->given) return fits_shape(r, left, n, shape) && ad_rel_is(r, out, shape->count, shape->as.ints);
  if (!ad_rel_rank(r, out, n + num->given)) return false;
  for (int i = 0; i < n; i++)
    if (!ad_rel_same_dim(r, 1, i < axis ? i : i + 1, out, i)) return false;
  return !num->given || ad_rel_dim(r, out, n, num->as.i);
}

static ad_status categorical_dims(ad_rel *r) { return ad_rel_end(r, categorical_shape(r)); }

static ad_status categorical_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  ad_dtype t = ad_array_dtype(r->in[1]);
  out[0] = AD_UINT32;
  in[1] = t == AD_FLOAT64 ? t : AD_FLOAT32;
  if (ad_dtype_category(t) != AD_CATEGORY_COMPLEX) return ad__random_key_dtype(r, in, why, why_size);
  ad__format(why, why_size, "logits of dtype %s; real ones are right", ad_dtype_name(t));
  return AD_E_TYPE;
}

/* The last place whose entry of the ascending list is at most u, found by halving. The first entry is at most u. */
static ad_array *last_at_most(const ad_rule *r, ad_array *list, ad_array *u) {
  int64_t n = ad_array_dim(list, 0), step = 1;
  ad_array *at = ad_full_like(u, ad_number_int(r->ctx, 0), &(ad_full_like_opts){.dtype = AD_INT64});
  ad_array *last = ad_number_int(r->ctx, n - 1);
  while (step < n) step *= 2;
  for (step /= 2; step; step /= 2) {
    ad_array *next = ad_add(at, ad_number_int(r->ctx, step)), *there = ad_minimum(next, last);
    ad_array *is_low = ad_less_equal(ad_take(list, there, NULL), u);
    at = ad_where(ad_logical_and(ad_less_equal(next, last), is_low), next, at);
  }
  return ad_cast(at, AD_UINT32);
}

/* Of one row of logits: where a uniform number on [0, sum of exp(logits - max)) lies in their running sum. */
static ad_array *by_running_sum(const ad_rule *r, ad_array *logits, ad_shape shape) {
  ad_array *row = ad_reshape(logits, AD_SHAPE(ad_array_size(logits)));
  ad_array *e = ad_exp(ad_subtract(row, ad_max(row, NULL)));
  ad_array *sums = ad_cumsum(e, &(ad_cumsum_opts){.axis = AD_INT(0), .exclusive = true});
  int64_t n = ad_array_size(row);
  ad_array *end = ad_strided_slice(ad_add(sums, e), AD_INTS(n - 1), AD_INTS(n), NULL);
  return last_at_most(r, sums, ad_multiply(ad__random_unit(r, shape, AD_FLOAT32), end));
}

/* The largest of logits plus Gumbel numbers is each with its probability. */
static ad_array *by_largest(const ad_rule *r, ad_array *logits, int axis, ad_shape shape) {
  int64_t dims[AD_MAX_RANK + 1];
  int at = axis + shape.rank - ad_array_rank(logits) + 1;
  for (int i = 0; i < shape.rank; i++) dims[i < at ? i : i + 1] = shape.dims[i];
  dims[at] = ad_array_dim(logits, axis);
  ad_array *g = ad_random_gumbel(r->ctx, r->in[0], ((ad_shape){shape.rank + 1, dims}), NULL);
  return ad_argmax(ad_add(g, logits), &(ad_argmax_opts){.axis = AD_INT(at)});
}

static ad_array *categorical_compose(const ad_rule *r) {
  ad_array *logits = r->in[1];
  const ad_attr *given = &r->attrs[CATEGORICAL_SHAPE], *num = &r->attrs[CATEGORICAL_NUM];
  int axis = (int)r->attrs[CATEGORICAL_AXIS].as.i;
  ad_dim dims[AD_MAX_RANK + 1];
  int rank = 0;
  for (int i = 0; i < ad_array_rank(logits); i++)
    if (i != axis) dims[rank++] = ad_array_dim(logits, i);
  if (num->given) {
    dims[rank++] = num->as.i;
    logits = ad_expand_dims(logits, AD_AXES(-1));
  }
  ad_shape shape = given->given ? (ad_shape){given->count, given->as.ints} : (ad_shape){rank, dims};
  bool one_row = ad_array_size(logits) == ad_array_dim(logits, axis);
  if (one_row && shape.rank && (given->given || num->given)) return by_running_sum(r, logits, shape);
  return by_largest(r, logits, axis, shape);
}

static const ad_field categorical_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .of = 1, .doc = "the axis of the choices", .has_default = true, .default_num = -1},
    {.name = "shape", .kind = AD_FIELD_SHAPE, .doc = "of the result; absent: that of the logits without the axis"},
    {.name = "num_samples", .kind = AD_FIELD_INT, .doc = "draws for each row of logits, along a new last axis"},
};
const ad_op ad__op_random_categorical = {
    AD_OP_HEAD(random_categorical),
    .params = "key, logits",
    .doc = "Indices drawn with probabilities proportional to exp(logits) along an axis, as uint32. Several draws from one row search its "
           "running sum; otherwise the largest of logits plus Gumbel numbers is taken. A NULL key is the next one of the context.",
    .example = "ad_array *y = ad_random_categorical(key, logits, &(ad_random_categorical_opts){.num_samples = AD_INT(8)});",
    .group = "random",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_KEYED,
    AD_FIELDS(categorical_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = categorical_dtypes,
    .dims = categorical_dims,
    .compose = categorical_compose,
    AD_SAMPLES({"uint32[2], float32[5]", "", "index:1000, normal"}, {"uint32[2], float32[5]", "shape=[6]", "index:1000, normal"},
               {"uint32[2], float64[3,4]", "axis=0, num_samples=3", "index:1000, normal"},
               {"uint32[2], float16[3,4]", "shape=[2,3]", "index:1000, normal"}, {"uint32[2], int32[1,4]", "num_samples=5", "index:1000, small"},
               {"uint32[2], float32[0,4]", "", "index:1000, normal"}),
    AD_ERRORS({"uint32[2], float32[3,4]", "shape=[4]", AD_E_VALUE, "shape (4) for logits that leave (3) without the axis"},
              {"uint32[2], float32[3,0]", "", AD_E_VALUE, "axis 1 has length 0; there is nothing to choose from"},
              {"uint32[2], float32[4]", "shape=[4], num_samples=4", AD_E_VALUE, "shape and num_samples; only one of them is right"},
              {"uint32[2], float32[4]", "num_samples=-1", AD_E_VALUE, "num_samples -1; 0 or more is right"},
              {"uint32[2], complex64[4]", "", AD_E_TYPE, "logits of dtype complex64; real ones are right"}),
};

/* ---- permutation ---- */

enum { PERMUTATION_N, PERMUTATION_AXIS };

static bool permutation_shape(ad_rel *r) {
  const ad_attr *n = ad_rel_attr(r, PERMUTATION_N);
  if (ad_rel_has(r, 1) == n->given)
    return ad_rel_fail(r, AD_E_VALUE, "%s; one of a and n is right", n->given ? "a and n" : "neither a nor n");
  if (!ad_rel_is(r, 0, 1, (const ad_dim[]){2})) return false;
  if (!n->given) return ad_rel_same(r, 1, AD_REL_OUT(r, 0));
  if (n->as.i < 0) return ad_rel_fail(r, AD_E_VALUE, "n %lld; 0 or more is right", (long long)n->as.i);
  return ad_rel_is(r, AD_REL_OUT(r, 0), 1, &n->as.i);
}

static ad_status permutation_dims(ad_rel *r) { return ad_rel_end(r, permutation_shape(r)); }

static ad_status permutation_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  out[0] = in[1] = r->in[1] ? ad_array_dtype(r->in[1]) : AD_UINT32;
  return ad__random_key_dtype(r, in, why, why_size);
}

static ad_array *permutation_compose(const ad_rule *r) {
  int64_t axis = r->attrs[PERMUTATION_AXIS].as.i, n = r->in[1] ? ad_array_dim(r->in[1], (int)axis) : r->attrs[PERMUTATION_N].as.i;
  ad_array *order = ad_argsort(ad_random_bits(r->in[0], AD_SHAPE(n), NULL), NULL);
  return r->in[1] ? ad_take(r->in[1], order, &(ad_take_opts){.axis = AD_INT(axis)}) : order;
}

static const ad_field permutation_fields[] = {
    {.name = "n", .kind = AD_FIELD_INT, .doc = "how many numbers to permute when a is NULL"},
    {.name = "axis", .kind = AD_FIELD_AXIS, .of = 1, .doc = "of a, along which whole slices change places", .has_default = true},
};
const ad_op ad__op_random_permutation = {
    AD_OP_HEAD(random_permutation),
    .params = "key, a",
    .doc = "a with the slices along an axis in random order, or, a being NULL, the numbers 0 to n - 1 in random order, as uint32: the "
           "order that sorts as many random words. A NULL key is the next one of the context.",
    .example = "ad_array *order = ad_random_permutation(c, key, NULL, &(ad_random_permutation_opts){.n = AD_INT(8)});",
    .group = "random",
    .inputs = 2,
    .optional = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_KEYED,
    AD_FIELDS(permutation_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = permutation_dtypes,
    .dims = permutation_dims,
    .compose = permutation_compose,
    AD_SAMPLES({"uint32[2], -", "n=8", "index:1000"}, {"uint32[2], float32[5,3]", "", "index:1000, normal"},
               {"uint32[2], int8[2,7]", "axis=-1", "index:1000, small"}, {"uint32[2], -", "n=0", "index:1000"},
               {"uint32[2], complex64[1]", "", "index:1000, normal"}, {"uint32[2], float64[0,3]", "", "index:1000, normal"}),
    AD_ERRORS({"uint32[2], -", "", AD_E_VALUE, "neither a nor n; one of a and n is right"},
              {"uint32[2], float32[3]", "n=3", AD_E_VALUE, "a and n; one of a and n is right"},
              {"uint32[2], -", "n=-1", AD_E_VALUE, "n -1; 0 or more is right"},
              {"uint32[2], float32[]", "", AD_E_INDEX, "rank 0"}),
};
