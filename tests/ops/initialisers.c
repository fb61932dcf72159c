/* Initialisers: fans and spreads against the formulas, orthonormal rows, how many zeros, dtypes, keys, and what is refused. */
#include "shape_help.h"

static double mean_square(ad_array *a) {
  double v = NAN;
  ad_array *m = ad_mean(ad_square(ad_cast(a, AD_FLOAT64)), NULL);
  if (ad_read(m, &v, sizeof v)) CHECK_FAIL("%s", ad_error_text(m));
  return v;
}

static double largest(ad_array *a) {
  double v = NAN;
  ad_read(ad_max(ad_abs(ad_cast(a, AD_FLOAT64)), NULL), &v, sizeof v);
  return v;
}

TEST(spreads_follow_the_fans) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *key = ad_random_key(c, 1);
  ad_shape shape = AD_SHAPE(64, 3, 5, 32); /* out 64 * 15, in 32 * 15 */
  double in = 480, out = 960;
  CHECK_NEAR(mean_square(ad_init_glorot_normal(c, key, shape, NULL)) * (in + out) / 2, 1, 0.05);
  CHECK_NEAR(mean_square(ad_init_glorot_uniform(c, key, shape, &(ad_init_gain_opts){.gain = AD_NUM(2)})) * (in + out) / 8, 1, 0.05);
  CHECK_NEAR(mean_square(ad_init_he_normal(c, key, shape, NULL)) * in, 1, 0.05);
  CHECK_NEAR(mean_square(ad_init_he_uniform(c, key, shape, &(ad_init_he_opts){.fan_out = true})) * out, 1, 0.05);
  ad_array *u = ad_init_he_uniform(c, key, shape, NULL);
  CHECK(largest(u) <= sqrt(3 / in) && largest(u) > 0.99 * sqrt(3 / in));
  ad_ctx_free(c);
}

TEST(plain_numbers) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *key = ad_random_key(c, 2);
  CHECK_FLOATS(ad_init_constant(c, 2.5, AD_SHAPE(3), NULL), 2.5, 2.5, 2.5);
  CHECK_FLOATS(ad_init_identity(c, AD_SHAPE(2, 3), NULL), 1, 0, 0, 0, 1, 0);
  CHECK_INT(ad_array_dtype(ad_init_constant(c, 1, AD_SHAPE(), &(ad_init_opts){.dtype = AD_BFLOAT16})), AD_BFLOAT16);
  ad_array *n = ad_init_normal(c, key, AD_SHAPE(10000), &(ad_init_normal_opts){.mean = AD_NUM(3), .std = AD_NUM(0.5), .dtype = AD_FLOAT64});
  CHECK_NEAR(mean_square(n), 9.25, 0.1);
  ad_array *u = ad_init_uniform(c, key, AD_SHAPE(1000), &(ad_init_uniform_opts){.low = AD_NUM(-2), .high = AD_NUM(-1)});
  CHECK(largest(u) <= 2 && largest(ad_add(u, ad_number(c, 2))) < 1);
  CHECK_INT(ad_array_size(ad_init_he_normal(c, key, AD_SHAPE(0, 0), NULL)), 0);
  ad_array *once = ad_init_normal(c, key, AD_SHAPE(4), NULL), *again = ad_init_normal(c, key, AD_SHAPE(4), NULL);
  CHECK_MEM(ad_data(once), ad_data(again), 16);
  ad_random_seed(c, 9);
  once = ad_init_sparse(c, NULL, 0.5, AD_SHAPE(2, 2), NULL), again = ad_init_sparse(c, NULL, 0.5, AD_SHAPE(2, 2), NULL);
  CHECK(memcmp(ad_data(once), ad_data(again), 16) != 0);
  ad_ctx_free(c);
}

static double off_identity(ad_array *a) {
  int64_t n = ad_array_dim(a, 0);
  return largest(ad_subtract(a, ad_eye(ad_array_ctx(a), n, &(ad_eye_opts){.dtype = AD_FLOAT64})));
}

TEST(orthogonal_rows_or_columns) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_init_gain_opts wide = {.dtype = AD_FLOAT64};
  ad_array *q = ad_init_orthogonal(c, ad_random_key(c, 3), AD_SHAPE(20, 7), &wide);
  CHECK(off_identity(ad_matmul(ad_matrix_transpose(q), q, NULL)) < 1e-13);
  q = ad_init_orthogonal(c, ad_random_key(c, 3), AD_SHAPE(6, 3, 4), &wide);
  q = ad_reshape(q, AD_SHAPE(6, 12));
  CHECK(off_identity(ad_matmul(q, ad_matrix_transpose(q), NULL)) < 1e-13);
  q = ad_init_orthogonal(c, ad_random_key(c, 3), AD_SHAPE(5, 5), &(ad_init_gain_opts){.dtype = AD_FLOAT64, .gain = AD_NUM(3)});
  CHECK(off_identity(ad_divide(ad_matmul(q, ad_matrix_transpose(q), NULL), ad_number(c, 9))) < 1e-13);
  q = ad_init_orthogonal(c, ad_random_key(c, 3), AD_SHAPE(8, 8), &(ad_init_gain_opts){.dtype = AD_FLOAT16});
  CHECK_INT(ad_array_dtype(q), AD_FLOAT16);
  CHECK(off_identity(ad_matmul(ad_cast(q, AD_FLOAT64), ad_matrix_transpose(ad_cast(q, AD_FLOAT64)), NULL)) < 5e-3);
  ad_ctx_free(c);
}

TEST(sparse_rows) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = ad_init_sparse(c, ad_random_key(c, 4), 0.31, AD_SHAPE(50, 10), NULL);
  const int32_t *used = ad_data(ad_count_nonzero(a, &(ad_count_nonzero_opts){.axes = AD_AXES(1)}));
  for (int i = 0; i < 50; i++) CHECK_INT(used[i], 6); /* ceil(3.1) are not */
  const int32_t *columns = ad_data(ad_count_nonzero(a, &(ad_count_nonzero_opts){.axes = AD_AXES(0)}));
  for (int i = 0; i < 10; i++) CHECK(columns[i] > 15 && columns[i] < 45);
  ad_ctx_free(c);
}

TEST(refusals) {
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_FAILS(ad_init_glorot_normal(c, NULL, AD_SHAPE(3), NULL), AD_E_VALUE, "init_glorot_normal: a shape of 1 axes; two or more are right");
  CHECK_FAILS(ad_init_he_uniform(c, NULL, AD_SHAPE(), NULL), AD_E_VALUE, "init_he_uniform: a shape of 0 axes; two or more are right");
  CHECK_FAILS(ad_init_identity(c, AD_SHAPE(1, 2, 3), NULL), AD_E_VALUE, "init_identity: a shape of 3 axes; two are right");
  CHECK_FAILS(ad_init_orthogonal(c, NULL, AD_SHAPE(3), NULL), AD_E_VALUE, "init_orthogonal: a shape of 1 axes; two or more are right");
  CHECK_FAILS(ad_init_sparse(c, NULL, 1.5, AD_SHAPE(3, 3), NULL), AD_E_VALUE, "init_sparse: sparsity 1.5; 0 to 1 is right");
  CHECK_FAILS(ad_init_normal(c, NULL, AD_SHAPE(3), &(ad_init_normal_opts){.dtype = AD_INT32}), AD_E_TYPE, "int32");
  CHECK_FAILS(ad_init_normal(c, NULL, AD_SHAPE(-3), NULL), AD_E_VALUE, "-3");
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(spreads_follow_the_fans), CASE(plain_numbers), CASE(orthogonal_rows_or_columns), CASE(sparse_rows), CASE(refusals))
