/* Random vectors: random_multivariate_normal.
 *
 * Normal numbers, drawn as random_normal draws them, times the symmetric root of the covariance, which is the product that a
 * singular value decomposition of it gives as well. Half types are drawn and multiplied in float32. */
#include "ops/random_rules.h"

#include "ops/dims.h"
#include "ops/reduce_rules.h"

static ad_status multivariate_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  return ad__random_dtypes(r, AD_ACCEPT_FLOAT, in, out, why, why_size);
}

enum { KEY, MEAN, COV };

/* Batch axis i from the end, of an input with `own` axes behind its batch; 1 where it has none. */
static ad_dim batch_dim(const ad_rel *r, int slot, int own, int i) {
  return i > ad_rel_get_rank(r, slot) - own ? 1 : ad_rel_get_dim(r, slot, -own - i);
}

/* Batch axis i from the end of each draw. */
static bool draw_dim(ad_rel *r, const ad_attr *shape, int i, ad_dim *out) {
  ad_dim m = batch_dim(r, MEAN, 1, i), c = batch_dim(r, COV, 2, i), d = shape->given ? shape->as.ints[shape->count - i] : m == 1 ? c : m;
  *out = d;
  if (m == AD_DIM_UNKNOWN || c == AD_DIM_UNKNOWN) return ad_rel_later(r);
  if ((m == 1 || m == d) && (c == 1 || c == d)) return true;
  char mean[128], cov[128];
  ad__slot_text(r, MEAN, mean, sizeof mean);
  ad__slot_text(r, COV, cov, sizeof cov);
  return ad_rel_fail(r, AD_E_VALUE, "mean of shape %s and cov of shape %s; batch axis -%d does not broadcast to %lld", mean, cov, i, (long long)d);
}

static int draw_rank(const ad_rel *r, const ad_attr *shape) {
  int m = ad_rel_get_rank(r, MEAN) - 1, c = ad_rel_get_rank(r, COV) - 2;
  return shape->given ? shape->count : m > c ? m : c;
}

static bool multivariate_relation(ad_rel *r) {
  const ad_attr *shape = ad_rel_attr(r, AD_RANDOM_SHAPE);
  int out = AD_REL_OUT(r, 0), keys = ad_rel_get_rank(r, KEY);
  if (shape->given && !ad__dims_check(r, shape)) return false;
  if (keys < 0 || ad_rel_get_rank(r, MEAN) < 0 || ad_rel_get_rank(r, COV) < 0) return ad_rel_later(r);
  if (!ad_rel_rank_at_least(r, KEY, 1) || !ad_rel_dim(r, KEY, -1, 2) || !ad_rel_rank_at_least(r, MEAN, 1) || !ad_rel_rank_at_least(r, COV, 2))
    return false;
  int rank = draw_rank(r, shape);
  if (ad_rel_get_rank(r, MEAN) - 1 > rank || ad_rel_get_rank(r, COV) - 2 > rank)
    return ad_rel_fail(r, AD_E_VALUE, "a shape of %d axes; mean and cov have more batch axes; as many or more are right", rank);
  if (!ad_rel_rank(r, out, keys - 1 + rank + 1)) return false;
  for (int i = 0; i < keys - 1; i++)
    if (!ad_rel_same_dim(r, KEY, i, out, i)) return false;
  for (int i = 1; i <= rank; i++) {
    ad_dim d;
    if (!draw_dim(r, shape, i, &d) || !ad_rel_dim(r, out, -1 - i, d)) return false;
  }
  return ad_rel_same_dim(r, MEAN, -1, COV, -1) && ad_rel_same_dim(r, COV, -1, COV, -2) && ad_rel_same_dim(r, COV, -2, out, -1);
}

static ad_status multivariate_dims(ad_rel *r) { return ad_rel_end(r, multivariate_relation(r)); }

/* Batch dims of each draw, and n. */
static ad_shape draw_shape(const ad_rule *r, int64_t *dims) {
  const ad_attr *shape = &r->attrs[AD_RANDOM_SHAPE];
  int m = ad_array_rank(r->in[MEAN]) - 1, c = ad_array_rank(r->in[COV]) - 2, rank = shape->given ? shape->count : m > c ? m : c;
  for (int i = 0; i < rank; i++) {
    int at_m = i - (rank - m), at_c = i - (rank - c);
    int64_t by_m = at_m < 0 ? 1 : ad_array_dim(r->in[MEAN], at_m), by_c = at_c < 0 ? 1 : ad_array_dim(r->in[COV], at_c);
    dims[i] = shape->given ? shape->as.ints[i] : by_m == 1 ? by_c : by_m;
  }
  dims[rank] = ad_array_dim(r->in[MEAN], -1);
  return (ad_shape){rank + 1, dims};
}

static ad_array *multivariate_compose(const ad_rule *r) {
  ad_dtype t = (ad_dtype)r->attrs[AD_RANDOM_DTYPE].as.i, lane = t == AD_FLOAT64 ? t : AD_FLOAT32;
  int64_t dims[AD_MAX_RANK];
  ad_array *cov = ad__rule_cast(r->in[COV], lane), *mean = ad__rule_cast(r->in[MEAN], lane), *root = ad_linalg_hermitian_root(cov);
  ad_array *z = ad_random_normal(r->ctx, r->in[KEY], NULL, NULL, draw_shape(r, dims), &(ad_random_normal_opts){.dtype = lane});
  ad_array *y = ad_array_rank(r->in[COV]) == 2
                    ? ad_matmul(z, root, NULL)
                    : ad_squeeze(ad_matmul(ad_expand_dims(z, AD_AXES(-2)), root, NULL), &(ad_squeeze_opts){.axes = AD_AXES(-2)});
  return ad__rule_cast(ad_add(y, mean), t);
}

static const ad_field multivariate_fields[] = {
    {.name = "shape", .kind = AD_FIELD_SHAPE, .doc = "of the vectors that each key gives; absent: that of the batch of mean and cov"},
    AD_RANDOM_DTYPE_FIELD(AD_FLOAT32),
};

const ad_op ad__op_random_multivariate_normal = {
    AD_OP_HEAD(random_multivariate_normal),
    .params = "key, mean, cov",
    .doc = "Normal random vectors of mean (..., n) and covariance (..., n, n), of which the lower triangle is read: mean + z r, z as random_normal "
           "draws it and r the symmetric root of the covariance; its negative eigenvalues count as 0. Keys (..., 2) give (..., shape, n); "
           "the batches of mean and cov broadcast to shape. Derivatives by mean and cov are those of fixed draws. A covariance with a NaN or an "
           "infinity gives NaN. A NULL key is the next one of the context.",
    .example = "ad_array *x = ad_random_multivariate_normal(key, mean, cov, NULL);",
    .group = "random",
    .inputs = 3,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_KEYED,
    AD_FIELDS(multivariate_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = multivariate_dtypes,
    .dims = multivariate_dims,
    .compose = multivariate_compose,
    AD_SAMPLES({"uint32[2], float32[3], float32[3,3]", "shape=[4]", "index:1000, normal, definite"},
               {"uint32[2], float64[2], float64[2,2]", "dtype=float64", "index:1000, normal, definite"},
               {"uint32[3,2], float32[2,2], float32[2,2,2]", "", "index:1000, normal, definite"},
               {"uint32[2], float64[1,2], float64[3,1,2,2]", "shape=[3,4], dtype=float64", "index:1000, normal, definite"},
               {"uint32[2], float16[2], float16[2,2]", "shape=[3], dtype=float16", "index:1000, normal, definite"},
               {"uint32[2], float32[2], float32[2,2]", "shape=[0]", "index:1000, normal, definite"}),
    AD_ERRORS({"uint32[3], float32[2], float32[2,2]", "", AD_E_VALUE, "2 is right"},
              {"float32[2], float32[2], float32[2,2]", "", AD_E_TYPE, "a key of dtype float32; uint32 is right"},
              {"uint32[2], float32[2], float32[3,3]", "", AD_E_VALUE, "is right"},
              {"uint32[2], float32[2], float32[2]", "", AD_E_VALUE, "rank"},
              {"uint32[2], float32[3,2], float32[2,2]", "shape=[2]", AD_E_VALUE, "does not broadcast to 2"},
              {"uint32[2], float32[3,2], float32[2,2]", "shape=[]", AD_E_VALUE, "more batch axes"},
              {"uint32[2], float32[2], float32[2,2]", "dtype=int32", AD_E_TYPE, "dtype int32; a float one is right"}),
};
