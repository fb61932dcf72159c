/* What classical learning needs besides array arithmetic: polynomial features, the joint probabilities of t-SNE, the points of a
 * ROC curve. All are compositions. */
#include <math.h>
#include "ir/ctx.h"
#include "ops/dims.h"
#include "ops/rules.h"

static ad_array *last_axis_part(ad_array *a, int64_t from, int64_t to) {
  if (ad_is_error(a)) return a;
  ad_shape s = ad_array_shape(a);
  int64_t start[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK];
  for (int i = 0; i < s.rank; i++) stop[i] = s.dims[i];
  start[s.rank - 1] = from;
  stop[s.rank - 1] = to;
  return ad_strided_slice(a, ((ad_ints){true, s.rank, start}), ((ad_ints){true, s.rank, stop}), NULL);
}

static ad_array *take_last(ad_array *a, ad_array *at) { return ad_take(a, at, &(ad_take_opts){.axis = AD_INT(-1)}); }

/* The slots have the same axes but for the last `n` of them. */
static bool same_front(ad_rel *r, int slot, int out, int drop_in, int drop_out, int *rank) {
  *rank = ad_rel_get_rank(r, slot);
  if (*rank < 0 && ad_rel_get_rank(r, out) >= 0) *rank = ad_rel_get_rank(r, out) - drop_out + drop_in;
  if (*rank < 0) return ad_rel_later(r);
  if (!ad_rel_rank(r, slot, *rank) || !ad_rel_rank(r, out, *rank - drop_in + drop_out)) return false;
  for (int i = 0; i < *rank - drop_in; i++)
    if (!ad_rel_same_dim(r, slot, i, out, i)) return false;
  return true;
}

/* ---- polynomial_features ---- */

enum { DEGREE, EXCLUDE_BIAS, INTERACTION_ONLY };
enum { MOST_FEATURES = 1 << 24 };

static const ad_field polynomial_fields[] = {
    {.name = "degree", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "the largest number of factors"},
    {.name = "exclude_bias", .kind = AD_FIELD_FLAG, .doc = "leaves out the 1 in front"},
    {.name = "interaction_only", .kind = AD_FIELD_FLAG, .doc = "products of different features only"},
};

/* Products of exactly k of n features, in order, with or without repetition; MOST_FEATURES + 1 when there are more. */
static int64_t products_of(int64_t n, int64_t k, bool distinct) {
  double count = 1;
  if (!distinct) n += k - 1;
  if (k > n) return 0;
  for (int64_t i = 1; i <= k && count <= MOST_FEATURES; i++) count = count * (double)(n - k + i) / (double)i;
  return count > MOST_FEATURES ? MOST_FEATURES + 1 : (int64_t)(count + 0.5);
}

static int64_t polynomial_count(const ad_attr *at, int64_t n) {
  int64_t total = !at[EXCLUDE_BIAS].as.i;
  for (int64_t k = 1; k <= at[DEGREE].as.i && total <= MOST_FEATURES; k++) {
    int64_t more = products_of(n, k, at[INTERACTION_ONLY].as.i);
    if (more == 0) break;
    total += more;
  }
  return total;
}

static bool polynomial_relation(ad_rel *r) {
  const ad_attr *at = ad_rel_attr(r, 0);
  int out = AD_REL_OUT(r, 0), rank;
  if (at[DEGREE].as.i < 0) return ad_rel_fail(r, AD_E_VALUE, "degree %lld; 0 or more is right", (long long)at[DEGREE].as.i);
  if (!ad_rel_rank_at_least(r, 0, 1) || !same_front(r, 0, out, 1, 1, &rank)) return false;
  ad_dim n = rank < 0 ? AD_DIM_UNKNOWN : ad_rel_get_dim(r, 0, -1);
  if (!ad_dim_is_number(n)) return ad_rel_later(r);
  int64_t count = polynomial_count(at, n);
  if (count > MOST_FEATURES)
    return ad_rel_fail(r, AD_E_OVERFLOW, "%lld features of degree %lld; more than %d products; a lower degree is right", (long long)n,
                       (long long)at[DEGREE].as.i, MOST_FEATURES);
  return ad_rel_dim(r, out, -1, count);
}
static ad_status polynomial_dims(ad_rel *r) { return ad_rel_end(r, polynomial_relation(r)); }

/* The products of k factors from those of k - 1: each times every feature from its last factor on (or behind it). from[i] is the
 * product and factor[i] the feature; last[] is the last factor of the products before, and then of these. */
static int64_t next_products(int64_t before, int64_t n, bool distinct, const int32_t *last, int32_t *from, int32_t *factor) {
  int64_t count = 0;
  for (int64_t p = 0; p < before; p++)
    for (int64_t f = last[p] + distinct; f < n; f++) from[count] = (int32_t)p, factor[count++] = (int32_t)f;
  return count;
}

static ad_array *polynomial_compose(const ad_rule *r) {
  ad_array *x = r->in[0], *level = x, *y = NULL;
  const ad_attr *at = r->attrs;
  ad_shape s = ad_array_shape(x);
  int64_t n = s.dims[s.rank - 1], dims[AD_MAX_RANK], most = polynomial_count(at, n) + 1, before = n;
  for (int i = 0; i < s.rank; i++) dims[i] = i == s.rank - 1 ? 1 : s.dims[i];
  y = ad_ones(r->ctx, (ad_shape){s.rank, dims}, &(ad_ones_opts){.dtype = ad_array_dtype(x)});
  if (at[EXCLUDE_BIAS].as.i) y = last_axis_part(y, 0, 0);
  size_t bytes = (size_t)(most + n) * 3 * sizeof(int32_t);
  int32_t *last = ad__mem_take(&r->ctx->mem, bytes), *from = last + most + n, *factor = from + most + n;
  if (!last) return r->ctx->out_of_memory;
  for (int32_t i = 0; i < n; i++) last[i] = i;
  for (int64_t k = 1; k <= at[DEGREE].as.i && before; k++) {
    if (k > 1) {
      int64_t count = next_products(before, n, at[INTERACTION_ONLY].as.i, last, from, factor);
      ad_array *left = take_last(level, ad_array_new(r->ctx, AD_INT32, AD_SHAPE(count), from));
      level = ad_multiply(left, take_last(x, ad_array_new(r->ctx, AD_INT32, AD_SHAPE(count), factor)));
      for (int64_t i = 0; i < count; i++) last[i] = factor[i];
      before = count;
      if (count == 0) break;
    }
    y = ad_concatenate(r->ctx, (ad_array *[]){y, level}, 2, &(ad_concatenate_opts){.axis = AD_INT(-1)});
  }
  ad__mem_give(&r->ctx->mem, last, bytes);
  return y;
}

const ad_op ad__op_polynomial_features = {
    AD_OP_HEAD(polynomial_features),
    .params = "x",
    .doc = "All products of at most `degree` of the features in the last axis of x, with repetition: 1, then the features, then the "
           "products of two, and so on, each in lexicographic order of their factors.",
    .example = "ad_array *y = ad_polynomial_features(x, 2, NULL);",
    .group = "learning",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(polynomial_fields),
    .dtype_rule = AD_TYPE_SAME,
    .accepts = AD_ACCEPT_NUMBER,
    .dims = polynomial_dims,
    .compose = polynomial_compose,
    AD_SPELLINGS({"numpy", "polynomial_features($0, @degree?(, exclude_bias=@exclude_bias)?(, interaction_only=@interaction_only))"}),
    AD_SAMPLES({"float32[4,3]", "degree=2", "symmetric"}, {"float64[2,2,3]", "degree=3, exclude_bias=true", "symmetric"},
               {"float64[3]", "degree=3, interaction_only=true", "symmetric"}, {"int32[2,2]", "degree=2", "small"}, {"float32[2,3]", "degree=0", "normal"},
               {"float32[2,2]", "degree=5, interaction_only=true", "normal"}, {"float32[0,3]", "degree=2", "normal"}, {"complex64[2,2]", "degree=2", "symmetric"}),
    AD_ERRORS({"float32[4,3]", "degree=-1", AD_E_VALUE, "degree -1; 0 or more is right"},
              {"float32[]", "degree=2", AD_E_VALUE, "its rank is 0; at least 1 is right"},
              {"float32[4,1000]", "degree=5", AD_E_OVERFLOW, "1000 features of degree 5; more than 16777216 products; a lower degree is right"}),
};

/* ---- tsne_joint_probabilities ---- */

static const ad_field tsne_fields[] = {
    {.name = "perplexity", .kind = AD_FIELD_NUM, .doc = "effective number of neighbours of a point", .has_default = true, .default_num = 30},
    {.name = "least", .kind = AD_FIELD_NUM, .doc = "probabilities are not smaller", .has_default = true, .default_num = 1e-12},
};

static bool tsne_relation(ad_rel *r) {
  double perplexity = ad_rel_attr(r, 0)->as.f[0];
  if (!ad_rel_rank_at_least(r, 0, 2) || !ad_rel_same_dim(r, 0, -1, 0, -2) || !ad_rel_same(r, 0, AD_REL_OUT(r, 0))) return false;
  ad_dim n = ad_rel_get_dim(r, 0, -1);
  if (!(perplexity >= 1)) return ad_rel_fail(r, AD_E_VALUE, "perplexity %g; 1 or more is right", perplexity);
  if (!ad_dim_is_number(n)) return ad_rel_later(r);
  if (n > 0 && perplexity >= (double)(n - 1))
    return ad_rel_fail(r, AD_E_VALUE, "perplexity %g of %lld points; less than their other %lld is right", perplexity, (long long)n, (long long)n - 1);
  return true;
}
static ad_status tsne_dims(ad_rel *r) { return ad_rel_end(r, tsne_relation(r)); }

typedef struct tsne_rows {
  const ad_rule *r;
  ad_array *d, *others; /* distances over their mean; 1 where a point is another one, else 0 */
} tsne_rows;

static ad_array *row_sum(ad_array *a) { return ad_sum(a, &(ad_sum_opts){.axes = AD_AXES(-1), .keepdims = true}); }

/* Probabilities of the neighbours at the logarithm u of the precision. */
static ad_array *neighbours(const tsne_rows *t, ad_array *u) {
  ad_array *weight = ad_multiply(ad_exp(ad_negative(ad_multiply(ad_exp(u), t->d))), t->others);
  return ad_divide(weight, row_sum(weight));
}

/* Newton's step for entropy(u) = log perplexity: the entropy is log sum exp(-beta d) + beta E d, its slope -beta^2 Var d. */
static ad_array *newton(const tsne_rows *t, ad_array *u) {
  const ad_rule *r = t->r;
  ad_array *beta = ad_exp(u), *weight = ad_multiply(ad_exp(ad_negative(ad_multiply(beta, t->d))), t->others);
  ad_array *sum = row_sum(weight), *p = ad_divide(weight, sum), *mean = row_sum(ad_multiply(p, t->d));
  ad_array *spread = row_sum(ad_multiply(p, ad_square(ad_subtract(t->d, mean))));
  ad_array *excess = ad_subtract(ad_add(ad_log(sum), ad_multiply(beta, mean)), AD_RULE_NUMBER(r, log(r->attrs[0].as.f[0])));
  return ad_divide(excess, ad_maximum(ad_multiply(ad_square(beta), spread), AD_RULE_NUMBER(r, 1e-30)));
}

/* Steps of Newton's method whose length is bounded ever closer, from a precision of one over the mean distance; then two that
 * are differentiated, the start being taken as given: they have the first three derivatives of the solution. */
static ad_array *tsne_compose(const ad_rule *r) {
  enum { STEPS = 28 };
  ad_array *x = r->in[0];
  int64_t n = ad_array_dim(x, -1);
  if (n < 2) return ad_add(x, AD_RULE_NUMBER(r, r->attrs[1].as.f[0]));
  ad_dtype dtype = ad_array_dtype(x), lane = dtype == AD_FLOAT64 ? AD_FLOAT64 : AD_FLOAT32;
  if (lane != dtype) x = ad_cast(x, lane);
  tsne_rows t = {.r = r, .others = ad_subtract(AD_RULE_NUMBER(r, 1), ad_eye(r->ctx, n, &(ad_eye_opts){.dtype = lane}))};
  ad_array *mean = ad_divide(row_sum(ad_multiply(x, t.others)), AD_RULE_NUMBER(r, (double)(n - 1)));
  t.d = ad_divide(x, ad_maximum(mean, AD_RULE_NUMBER(r, 1e-30)));
  tsne_rows fixed = t;
  fixed.d = ad_stop_gradient(t.d);
  ad_array *u = ad_zeros_like(ad_stop_gradient(mean), NULL);
  double most = 2;
  for (int k = 0; k < STEPS; k++, most *= 0.86)
    u = ad_add(u, ad_maximum(ad_minimum(newton(&fixed, u), AD_RULE_NUMBER(r, most)), AD_RULE_NUMBER(r, -most)));
  u = ad_stop_gradient(u);
  for (int k = 0; k < 2; k++) u = ad_add(u, newton(&t, u));
  ad_array *p = neighbours(&t, u);
  p = ad_divide(ad_add(p, ad_swapaxes(p, -1, -2)), AD_RULE_NUMBER(r, 2 * (double)n));
  p = ad_maximum(p, AD_RULE_NUMBER(r, r->attrs[1].as.f[0]));
  return lane != dtype ? ad_cast(p, dtype) : p;
}

const ad_op ad__op_tsne_joint_probabilities = {
    AD_OP_HEAD(tsne_joint_probabilities),
    .params = "squared_distances",
    .doc = "The joint probabilities of t-SNE (van der Maaten, Hinton: Visualizing data using t-SNE, 2008) for the squared distances (..., "
           "N, N) of points: (p(j|i) + p(i|j)) / 2N, where p(j|i) is proportional to exp(-beta_i d_ij) with beta_i such that its entropy is "
           "log perplexity, and none smaller than `least`.",
    .example = "ad_array *p = ad_tsne_joint_probabilities(d, NULL);",
    .group = "learning",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(tsne_fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = tsne_dims,
    .compose = tsne_compose,
    AD_SPELLINGS({"numpy", "tsne_joint_probabilities($0, @perplexity, @least)"}),
    AD_SAMPLES({"float64[5,5]", "perplexity=2", "positive"}, {"float64[0,0]", "", "normal"}, {"float32[6,6]", "perplexity=3, least=0.01", "positive"}),
    AD_ERRORS({"float32[20,20]", "", AD_E_VALUE, "perplexity 30 of 20 points; less than their other 19 is right"},
              {"float32[20,20]", "perplexity=0.5", AD_E_VALUE, "perplexity 0.5; 1 or more is right"},
              {"float32[20,19]", "perplexity=5", AD_E_VALUE, "axis 0 is 20; 19 is right"}, {"float32[20]", "", AD_E_VALUE, "its rank is 1; at least 2 is right"}),
};

/* ---- auc_core ---- */

static bool auc_relation(ad_rel *r) {
  int out = AD_REL_OUT(r, 0), rank;
  if (!ad_rel_rank_at_least(r, 0, 1) || !ad_rel_same(r, 0, 1) || !same_front(r, 0, out, 1, 2, &rank)) return false;
  if (rank < 0) return true;
  ad_dim n = ad_rel_get_dim(r, 0, -1), m = ad_rel_get_dim(r, out, -1);
  if (!ad_rel_dim(r, out, -2, 2)) return false;
  if (n == AD_DIM_UNKNOWN && ad_dim_is_number(m) && m > 0) return ad_rel_dim(r, 0, -1, m - 1);
  if (n == AD_DIM_UNKNOWN) return ad_rel_later(r);
  return ad_rel_dim(r, out, -1, ad_dim_add(ad_rel_ctx(r), n, 1));
}
static ad_status auc_dims(ad_rel *r) { return ad_rel_end(r, auc_relation(r)); }

static ad_status auc_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[1] = AD_BOOL;
  out[0] = ad_array_dtype(r->in[0]) == AD_FLOAT64 ? AD_FLOAT64 : AD_FLOAT32;
  return AD_OK;
}

/* The share of those counted so far; equal scores all have the count behind the last of them. */
static ad_array *rates(const ad_rule *r, ad_array *counts, ad_array *ends) {
  ad_array *all = ad_max(counts, &(ad_max_opts){.axes = AD_AXES(-1), .keepdims = true});
  counts = ad_cummin(ad_where(ends, counts, all), &(ad_cummin_opts){.axis = AD_INT(-1), .reverse = true});
  ad_shape s = ad_array_shape(counts);
  int64_t dims[AD_MAX_RANK];
  for (int i = 0; i < s.rank; i++) dims[i] = i == s.rank - 1 ? 1 : s.dims[i];
  ad_array *zero = ad_zeros(r->ctx, (ad_shape){s.rank, dims}, &(ad_zeros_opts){.dtype = ad_array_dtype(counts)});
  return ad_concatenate(r->ctx, (ad_array *[]){zero, ad_divide(counts, ad_maximum(all, AD_RULE_NUMBER(r, 1)))}, 2, &(ad_concatenate_opts){.axis = AD_INT(-1)});
}

static ad_array *auc_compose(const ad_rule *r) {
  ad_array *score = r->in[0], *order = ad_argsort(score, &(ad_argsort_opts){.descending = true});
  ad_take_along_axis_opts along = {.axis = AD_INT(-1)};
  ad_dtype t = ad_array_dtype(score) == AD_FLOAT64 ? AD_FLOAT64 : AD_FLOAT32;
  int64_t n = ad_array_dim(score, -1);
  score = ad_take_along_axis(score, order, &along);
  ad_array *hit = ad_take_along_axis(r->in[1], order, &along);
  ad_array *miss = ad_cast(ad_logical_not(hit), t), *ends;
  hit = ad_cast(hit, t);
  if (ad_is_error(score)) return score;
  ad_shape s = ad_array_shape(score);
  if (n == 0) {
    int64_t dims[AD_MAX_RANK + 1];
    for (int i = 0; i < s.rank - 1; i++) dims[i] = s.dims[i];
    dims[s.rank - 1] = 2, dims[s.rank] = 1;
    return ad_zeros(r->ctx, (ad_shape){s.rank + 1, dims}, &(ad_zeros_opts){.dtype = t});
  }
  ad_array *last = last_axis_part(score, n - 1, n);
  ends = ad_concatenate(r->ctx, (ad_array *[]){ad_not_equal(last_axis_part(score, 1, n), last_axis_part(score, 0, n - 1)), ad_equal(last, last)}, 2,
                        &(ad_concatenate_opts){.axis = AD_INT(-1)});
  ad_cumsum_opts sum = {.axis = AD_INT(-1)};
  ad_array *pair[2] = {rates(r, ad_cumsum(miss, &sum), ends), rates(r, ad_cumsum(hit, &sum), ends)};
  return ad_stack(r->ctx, pair, 2, &(ad_stack_opts){.axis = AD_INT(-2)});
}

const ad_op ad__op_auc_core = {
    AD_OP_HEAD(auc_core),
    .params = "scores, labels",
    .doc = "The points of the receiver operating characteristic of scores (..., n) for labels that are true or false: (..., 2, n + 1), the "
           "rates of false and of true positives when the k highest scores are taken for true, k = 0 to n. Equal scores are taken "
           "together, so that the trapezoid of the second row over the first is the area under the curve.",
    .example = "ad_array *rates = ad_auc_core(scores, labels);",
    .group = "learning",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_REAL,
    .dtypes = auc_dtypes,
    .dims = auc_dims,
    AD_DERIVS(AD_NO_DERIV("rates are counts, which an order decides")),
    .compose = auc_compose,
    AD_SPELLINGS({"numpy", "auc_core($0, $1).astype(@out)"}),
    AD_SAMPLES({"float32[9], bool[9]", "", "small, bool"}, {"float64[2,7], bool[2,7]", "", "distinct, bool"}, {"int32[5], int32[5]", "", "small, small"},
               {"float32[3,0], bool[3,0]", "", "normal, bool"}, {"float16[4], float32[4]", "", "small, small"}),
    AD_ERRORS({"float32[9], bool[8]", "", AD_E_VALUE, "axis 0 is 8; 9 is right"}, {"float32[], bool[]", "", AD_E_VALUE, "its rank is 0; at least 1 is right"},
              {"complex64[3], bool[3]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};
