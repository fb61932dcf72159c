/* fast_rope: pairs of features turned by angles that grow with the position (Su, Lu, Pan, Murtadha, Wen, Liu: RoFormer, 2021).
 *
 * A turn is linear in what is turned, and its transpose the turn back. Angles are computed in float64, since positions times
 * frequencies of a long text lose too much in less; what is turned stays in its lane. */
#include <math.h>
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/reduce_rules.h"

enum { DIMS, TRADITIONAL, BASE, SCALE, INVERSE };
enum { A, OFFSET, FREQS };

static const ad_field rope_fields[] = {
    {.name = "dims", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many of the features are turned, an even number"},
    {.name = "traditional", .kind = AD_FIELD_FLAG, .doc = "neighbours are a pair; otherwise feature i and feature i + dims/2 are"},
    {.name = "base", .kind = AD_FIELD_NUM, .doc = "pair i turns by base^(-2 i / dims) a position; absent exactly when freqs are given"},
    {.name = "scale", .kind = AD_FIELD_NUM, .doc = "factor of the positions", .has_default = true, .default_num = 1},
    {.name = "inverse", .kind = AD_FIELD_FLAG, .doc = "turns back, by the negative angles"},
};


/* ---- Checks ---- */

static bool numbers_fit(ad_rel *r) {
  int64_t dims = ad_rel_attr(r, DIMS)->as.i;
  const ad_attr *base = ad_rel_attr(r, BASE);
  ad_dim features = ad_rel_get_rank(r, A) > 0 ? ad_rel_get_dim(r, A, -1) : AD_DIM_UNKNOWN;
  if (dims < 0 || dims % 2) return ad_rel_fail(r, AD_E_VALUE, "dims %lld; features are turned in pairs; an even number is right", (long long)dims);
  if (features >= 0 && dims > features)
    return ad_rel_fail(r, AD_E_VALUE, "dims %lld of %lld features; so many or fewer are right", (long long)dims, (long long)features);
  if (base->given == ad_rel_has(r, FREQS))
    return ad_rel_fail(r, AD_E_VALUE, "%s; both say how fast pairs turn; exactly one of base and freqs is right",
                       base->given ? "base and freqs" : "neither base nor freqs");
  if (base->given && !(base->as.f[0] > 0)) return ad_rel_fail(r, AD_E_VALUE, "base %g; a positive number is right", base->as.f[0]);
  return true;
}

static bool offset_fits(ad_rel *r) {
  int rank = ad_rel_has(r, OFFSET) ? ad_rel_get_rank(r, OFFSET) : 0;
  if (rank < 0) return ad_rel_later(r);
  if (rank > 1) return ad_rel_fail(r, AD_E_VALUE, "offset of rank %d; one number, or one for each of axis 0, is right", rank);
  return rank == 0 || ad_rel_same_dim(r, A, 0, OFFSET, 0);
}

static ad_status rope_dims(ad_rel *r) {
  bool ok = ad_rel_rank_at_least(r, A, 3) && ad_rel_same(r, A, AD_REL_OUT(r, 0)) && numbers_fit(r) && offset_fits(r);
  if (ok && ad_rel_has(r, FREQS)) ok = ad_rel_rank(r, FREQS, 1) && ad_rel_dim(r, FREQS, 0, ad_rel_attr(r, DIMS)->as.i / 2);
  return ad_rel_end(r, ok);
}

static ad_status rope_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  ad_dtype t = ad__dtype_inexact(ad_array_dtype(r->in[A]));
  in[A] = out[0] = t;
  if (r->in[FREQS]) in[FREQS] = ad__rule_wide(t);
  if (!r->in[OFFSET]) return AD_OK;
  ad_category c = ad_dtype_category(ad_array_dtype(r->in[OFFSET]));
  in[OFFSET] = AD_INT64;
  if (c == AD_CATEGORY_INT || c == AD_CATEGORY_UINT) return AD_OK;
  ad__format(why, why_size, "offset of dtype %s; whole positions are right", ad_dtype_name(ad_array_dtype(r->in[OFFSET])));
  return AD_E_TYPE;
}

/* ---- Positions and angles ---- */

/* Scaled positions in float64 so that they broadcast to a's axes before the last: (T, 1), or (B, 1..., T, 1). */
static ad_array *positions(const ad_rule *r) {
  ad_shape s = ad_array_shape(r->in[A]);
  ad_array *at = ad_arange(r->ctx, 0, (double)s.dims[s.rank - 2], &(ad_arange_opts){.dtype = AD_FLOAT64});
  at = ad_expand_dims(at, AD_AXES(-1));
  if (r->in[OFFSET]) {
    ad_array *offset = ad_cast(r->in[OFFSET], AD_FLOAT64);
    int64_t dims[AD_MAX_RANK] = {s.dims[0]};
    for (int i = 1; i < s.rank; i++) dims[i] = 1;
    if (ad_array_rank(r->in[OFFSET])) offset = ad_reshape(offset, (ad_shape){s.rank, dims});
    at = ad_add(at, offset);
  }
  double scale = r->attrs[SCALE].as.f[0];
  return scale == 1 ? at : ad_multiply(at, AD_RULE_NUMBER(r, scale));
}

static ad_array *angles(const ad_rule *r) {
  int64_t half = r->attrs[DIMS].as.i / 2;
  if (r->in[FREQS]) return ad_divide(positions(r), ad_cast(r->in[FREQS], AD_FLOAT64));
  ad_array *step = ad_arange(r->ctx, 0, (double)half, &(ad_arange_opts){.dtype = AD_FLOAT64});
  double rate = half ? -log(r->attrs[BASE].as.f[0]) / (double)half : 0;
  return ad_multiply(positions(r), ad_exp(ad_multiply(step, AD_RULE_NUMBER(r, rate))));
}

/* ---- Pairs ---- */

/* Every step-th feature from begin up to end. */
static ad_array *features(ad_array *a, int64_t begin, int64_t end, int64_t step) {
  int64_t start[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK], by[AD_MAX_RANK];
  int rank = ad_is_error(a) ? 1 : ad_array_rank(a);
  for (int i = 0; i < rank; i++) stop[i] = INT64_MAX, by[i] = 1;
  start[rank - 1] = begin, stop[rank - 1] = end, by[rank - 1] = step;
  return ad_strided_slice(a, (ad_ints){true, rank, start}, (ad_ints){true, rank, stop}, &(ad_strided_slice_opts){.step = {true, rank, by}});
}

typedef struct pair {
  ad_array *a, *b;
} pair;

static pair pairs_of(const ad_rule *r, ad_array *a) {
  int64_t dims = r->attrs[DIMS].as.i;
  if (r->attrs[TRADITIONAL].as.i) return (pair){features(a, 0, dims, 2), features(a, 1, dims, 2)};
  return (pair){features(a, 0, dims / 2, 1), features(a, dims / 2, dims, 1)};
}

/* The pairs as features again, and behind them those of `like` that are not turned. */
static ad_array *features_of(const ad_rule *r, pair p, ad_array *like) {
  int64_t dims = r->attrs[DIMS].as.i, shape[AD_MAX_RANK];
  if (ad_is_error(p.a) || ad_is_error(p.b)) return ad_is_error(p.a) ? p.a : p.b;
  ad_shape s = ad_array_shape(like);
  ad_array *parts[3] = {p.a, p.b, features(like, dims, INT64_MAX, 1)}, **first = parts;
  if (r->attrs[TRADITIONAL].as.i) {
    for (int i = 0; i < s.rank; i++) shape[i] = i < s.rank - 1 ? s.dims[i] : dims;
    parts[1] = ad_reshape(ad_stack(r->ctx, parts, 2, &(ad_stack_opts){.axis = AD_INT(-1)}), (ad_shape){s.rank, shape});
    first = parts + 1;
  }
  int n = (int)(parts + 3 - first) - (s.dims[s.rank - 1] == dims);
  return n == 1 ? *first : ad_concatenate(r->ctx, first, n, &(ad_concatenate_opts){.axis = AD_INT(-1)});
}

static ad_array *rope_compose(const ad_rule *r) {
  ad_dtype t = ad_array_dtype(r->in[A]), lane = ad__rule_wide(t);
  if (r->attrs[DIMS].as.i == 0) return r->in[A];
  ad_array *x = ad__rule_cast(r->in[A], lane), *angle = angles(r);
  ad_array *c = ad__rule_cast(ad_cos(angle), lane), *s = ad__rule_cast(ad_sin(angle), lane);
  if (r->attrs[INVERSE].as.i) s = ad_negative(s);
  pair p = pairs_of(r, x);
  pair y = {ad_subtract(ad_multiply(p.a, c), ad_multiply(p.b, s)), ad_add(ad_multiply(p.a, s), ad_multiply(p.b, c))};
  return ad__rule_cast(features_of(r, y, x), t);
}

/* ---- Derivative and batching ---- */

static ad_array *rope_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  ad_fast_rope_opts opts = {.traditional = r->attrs[TRADITIONAL].as.i, .scale = AD_NUM(r->attrs[SCALE].as.f[0]), .inverse = !r->attrs[INVERSE].as.i};
  if (r->attrs[BASE].given) opts.base = AD_NUM(r->attrs[BASE].as.f[0]);
  return ad_fast_rope(ct[0], r->in[OFFSET], r->in[FREQS], r->attrs[DIMS].as.i, &opts);
}

/* A pair (a, b) moves by (-b, a) times its angle, which is the position over the frequency. */
static ad_array *freqs_back(const ad_rule *r, int i, ad_array *const *ct) {
  ad_array *freqs = r->in[i];
  ad_dtype lane = ad_array_dtype(freqs);
  pair y = pairs_of(r, ad__rule_cast(r->out, lane)), g = pairs_of(r, ad__rule_cast(ct[0], lane));
  ad_array *by_angle = ad_subtract(ad_multiply(g.b, y.a), ad_multiply(g.a, y.b));
  ad_array *moved = ad_multiply(by_angle, ad__rule_cast(positions(r), lane));
  int64_t axes[AD_MAX_RANK];
  int rank = ad_array_rank(r->in[A]);
  for (int k = 0; k < rank - 1; k++) axes[k] = k;
  ad_array *sum = ad_sum(moved, &(ad_sum_opts){.axes = {true, rank - 1, axes}});
  return ad_divide(r->attrs[INVERSE].as.i ? sum : ad_negative(sum), ad_square(freqs));
}

static ad_array *rope_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)size;
  if (!batched[A] || batched[OFFSET] || batched[FREQS] || (r->in[OFFSET] && ad_array_rank(r->in[OFFSET]))) return NULL;
  return ad_apply(r->ctx, NULL, r->op, r->in, r->n, r->attrs);
}

const ad_op ad__op_fast_rope = {
    AD_OP_HEAD(fast_rope),
    .params = "a, offset, freqs",
    .doc = "Rotary position embedding of a (B, ..., T, D): at position p = (t + offset) * scale, pair i of the first dims features "
           "is turned by the angle p * base^(-2 i / dims), or p / freqs[i]; the other features stay. offset is one whole number, "
           "or one for each of axis 0; missing: 0. freqs (dims/2). bool and integers become float32; half types are turned in "
           "float32.",
    .example = "ad_array *y = ad_fast_rope(q, NULL, NULL, 64, &(ad_fast_rope_opts){.base = AD_NUM(10000)});",
    .group = "fast",
    .inputs = 3,
    .optional = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(rope_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = rope_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = rope_dims,
    AD_DERIVS(AD_LINEAR('A'), AD_NO_DERIV("positions are whole numbers"), AD_SMOOTH),
    .transpose = rope_back,
    .vjp = freqs_back,
    .compose = rope_compose,
    .batch = rope_batch,
    AD_SAMPLES({"float32[2,3,4,6], -, -", "dims=6, base=10000", "normal"},
               {"float64[2,3,8], int32[2], -", "dims=4, traditional=true, base=100, scale=0.5", "normal, small"},
               {"float64[1,2,3,5], int32[], float64[2]", "dims=4, scale=2", "normal, small, above1"},
               {"float64[2,3,4], -, float64[2]", "dims=4, traditional=true, inverse=true", "normal, normal, above1"},
               {"float16[1,5,4], int32[1], -", "dims=2, base=10", "unit, small"}, {"bfloat16[1,5,4], -, -", "dims=4, base=10", "unit"},
               {"int32[1,2,4], -, -", "dims=2, base=10", "small"}, {"float32[2,0,4], int32[2], -", "dims=4, base=10", "normal, small"},
               {"float32[1,2,3], -, -", "dims=0, base=10", "normal"}),
    AD_ERRORS({"float32[4,6], -, -", "dims=6, base=10", AD_E_VALUE, "its rank is 2; at least 3 is right"},
              {"float32[2,4,6], -, -", "dims=5, base=10", AD_E_VALUE, "dims 5; features are turned in pairs; an even number is right"},
              {"float32[2,4,6], -, -", "dims=8, base=10", AD_E_VALUE, "dims 8 of 6 features; so many or fewer are right"},
              {"float32[2,4,6], -, -", "dims=6", AD_E_VALUE, "neither base nor freqs; both say how fast pairs turn"},
              {"float32[2,4,6], -, float32[3]", "dims=6, base=10", AD_E_VALUE, "base and freqs; both say how fast pairs turn"},
              {"float32[2,4,6], -, float32[2]", "dims=6", AD_E_VALUE, "axis 0 is 2; 3 is right"},
              {"float32[2,4,6], int32[3], -", "dims=6, base=10", AD_E_VALUE, "axis 0 is 3; 2 is right"},
              {"float32[2,4,6], float32[2], -", "dims=6, base=10", AD_E_TYPE, "offset of dtype float32; whole positions are right"}),
};
