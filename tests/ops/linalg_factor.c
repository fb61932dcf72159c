/* Factorisations: what they are defined by, within rounding; matrices that have none; the messages that name them. */
#include <math.h>
#include "shape_help.h"
#include "transform/transform.h"

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 2}); }

/* ---- Where it fails ---- */

TEST(cholesky_names_the_matrix) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  double data[6][4];
  for (int i = 0; i < 6; i++) data[i][0] = 2, data[i][1] = data[i][2] = 1, data[i][3] = 3;
  ad_array *good = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 2, 2, 2), data);
  CHECK_INT(ad_eval(ad_linalg_cholesky(good, NULL)), AD_OK);
  data[4][3] = 0.25; /* its determinant is negative */
  data[5][0] = -1;
  ad_array *bad = ad_linalg_cholesky(ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 2, 2, 2), data), NULL);
  CHECK_INT(ad_eval(bad), AD_E_VALUE);
  CHECK_FAILS(bad, AD_E_VALUE, "linalg_cholesky: batch element (2, 0): its leading minor of order 2 is not positive; a positive definite matrix is right");
  bad = ad_linalg_cholesky(ad_array_new(c, AD_FLOAT64, AD_SHAPE(6, 2, 2), data), NULL);
  ad_eval(bad);
  CHECK_FAILS(bad, AD_E_VALUE, "linalg_cholesky: batch element (4,): its leading minor of order 2");
  data[0][0] = (double)NAN;
  bad = ad_linalg_cholesky(ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), data), NULL);
  ad_eval(bad);
  CHECK_FAILS(bad, AD_E_VALUE, "linalg_cholesky: its leading minor of order 1 is not positive");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(a_triangle_with_a_zero) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  const float data[2][4] = {{1, 9, 2, 4}, {1, 9, 2, 0}};
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2, 2), data), *b = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), (const float[]){3, 14});
  ad_array *x = ad_linalg_solve_triangular(a, b, NULL);
  ad_eval(x);
  CHECK_FAILS(x, AD_E_VALUE, "linalg_solve_triangular: batch element (1,): a 0 at (1, 1) of the matrix, which is singular; nonzero elements on the diagonal are right");
  CHECK_FLOATS(ad_linalg_solve_triangular(a, b, &(ad_linalg_solve_triangular_opts){.unit = true}), 3, 8, 3, 8);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* A singular matrix has no inverse, but a determinant. */
TEST(singular_matrices) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  const double data[2][2][4] = {{{2, 1, 1, 1}, {0, 1, 1, 0}}, {{1, 2, 2, 4}, {1, 0, 0, 1}}};
  ad_array *a = ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2, 2, 2), data), *b = ad_array_new(c, AD_FLOAT64, AD_SHAPE(2), data);
  ad_array *x = ad_linalg_solve(a, b), *y = ad_linalg_inv(a);
  const char *why = "batch element (1, 0): the matrix is singular: step 2 of its elimination finds no pivot; an invertible matrix is right";
  CHECK_INT(ad_eval(x), AD_E_VALUE);
  CHECK_STR_HAS(ad_error_text(x), "linalg_solve: ");
  CHECK_STR_HAS(ad_error_text(x), why);
  CHECK_INT(ad_eval(y), AD_E_VALUE);
  CHECK_STR_HAS(ad_error_text(y), "linalg_inv: ");
  CHECK_STR_HAS(ad_error_text(y), why);
  CHECK_FLOATS(ad_linalg_det(a), 1, -1, 0, 1);
  CHECK_FLOATS(ad_item(ad_linalg_slogdet(a), 0), 1, -1, 0, 1);
  CHECK_FLOATS(ad_item(ad_linalg_slogdet(a), 1), 0, 0, -INFINITY, 0);
  CHECK_FLOATS(ad_linalg_cofactor(a), 1, -1, -1, 2, 0, -1, -1, 0, 4, -2, -2, 1, 1, 0, 0, 1);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* Large matrices take the way of blocks, which must say the same. */
TEST(large_matrices_that_fail) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  enum { N = 160 };
  static float data[2][N][N];
  for (int i = 0; i < N; i++) data[0][i][i] = 1, data[1][i][i] = i == 150 ? 0 : 1;
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, N, N), data), *x = ad_linalg_cholesky(a, NULL);
  ad_eval(x);
  CHECK_FAILS(x, AD_E_VALUE, "linalg_cholesky: batch element (1,): its leading minor of order 151 is not positive");
  x = ad_linalg_inv(a);
  ad_eval(x);
  CHECK_FAILS(x, AD_E_VALUE, "linalg_inv: batch element (1,): the matrix is singular: step 151 of its elimination");
  x = ad_linalg_solve_triangular(a, ad_ones(c, AD_SHAPE(N), NULL), NULL);
  ad_eval(x);
  CHECK_FAILS(x, AD_E_VALUE, "linalg_solve_triangular: batch element (1,): a 0 at (150, 150)");
  CHECK_FLOATS(ad_linalg_det(a), 1, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- What is not finite ---- */

static bool all_nan(ad_array *a) {
  bool yes = false;
  ad_array *all = ad_all(ad_isnan(a), NULL);
  return ad_read(all, &yes, 1) == AD_OK && yes;
}

TEST(not_finite) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  const double bad[2] = {(double)NAN, (double)INFINITY};
  for (int k = 0; k < 2; k++) {
    const double data[4] = {bad[k], 1, 1, 2};
    ad_array *a = ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), data);
    CHECK_INT(ad_eval(ad_linalg_qr(a, NULL)), AD_OK);
    CHECK_INT(ad_eval(ad_linalg_lu(a)), AD_OK);
    CHECK(all_nan(ad_item(ad_linalg_qr(a, NULL), 0)));
    if (k == 0) CHECK(all_nan(ad_linalg_inv(a)) && all_nan(ad_linalg_det(a)) && all_nan(ad_linalg_solve(a, a)));
  }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- Shapes and dtypes ---- */

TEST(empty_and_small) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *none = ad_zeros(c, AD_SHAPE(2, 0, 0), NULL), *thin = ad_zeros(c, AD_SHAPE(0, 3), NULL);
  CHECK_FLOATS(ad_linalg_det(none), 1, 1);
  CHECK_INT(ad_array_size(ad_linalg_inv(none)), 0);
  CHECK_INT(ad_array_dim(ad_item(ad_linalg_qr(thin, NULL), 1), -1), 3);
  CHECK_INT(ad_array_dim(ad_item(ad_linalg_qr(ad_matrix_transpose(thin), &(ad_linalg_qr_opts){.mode = "complete"}), 0), -1), 3);
  CHECK_FLOATS(ad_item(ad_linalg_qr(ad_matrix_transpose(thin), &(ad_linalg_qr_opts){.mode = "complete"}), 0), 1, 0, 0, 0, 1, 0, 0, 0, 1);
  CHECK_FLOATS(ad_linalg_cholesky(ad_full(ad_number(c, 9), AD_SHAPE(1, 1), NULL), NULL), 3);
  ad_array *pivots = ad_item(ad_linalg_lu_factor(ad_array_new(c, AD_INT32, AD_SHAPE(2, 2), (const int32_t[]){1, 2, 3, 4})), 1);
  CHECK_INT(ad_array_dtype(pivots), AD_UINT32);
  CHECK_FLOATS(pivots, 1, 1);
  CHECK_INT(ad_array_dtype(ad_linalg_inv(ad_ones(c, AD_SHAPE(1, 1), &(ad_ones_opts){.dtype = AD_BFLOAT16}))), AD_BFLOAT16);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- Derivatives where they need care ---- */

static ad_array *gradient(ad_ctx *c, ad_array *y, ad_array *x) {
  ad_array *one = ad_ones(c, ad_array_shape(y), &(ad_ones_opts){.dtype = ad_array_dtype(y)}), *g = NULL, *error = NULL;
  ad__vjp(c, &y, &one, 1, &x, 1, &g, &error);
  return error ? error : g;
}

TEST(derivatives_at_the_edge) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true});
  ad_scope *s = ad_scope_begin(c);
  ad_array *singular = ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), (const double[]){1, 2, 2, 4});
  CHECK_FLOATS(gradient(c, ad_linalg_det(singular), singular), 4, -2, -2, 1);
  ad_array *zero = ad_zeros(c, AD_SHAPE(3), NULL);
  CHECK_FLOATS(gradient(c, ad_linalg_norm(zero, NULL), zero), 0, 0, 0);
  CHECK_FLOATS(gradient(c, ad_linalg_vector_norm(zero, &(ad_linalg_vector_norm_opts){.ord = AD_NUM(3)}), zero), 0, 0, 0);
  ad_array *lost = gradient(c, ad_item(ad_linalg_slogdet(singular), 1), singular);
  CHECK_INT(ad_eval(lost), AD_E_VALUE);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- The complete q ---- */

static ad_array *complete(ad_array *a, int part) { return ad_item(ad_linalg_qr(a, &(ad_linalg_qr_opts){.mode = "complete"}), part); }

static ad_array *tangent(ad_ctx *c, ad_array *y, ad_array *x, ad_array *dx) {
  ad_array *dy = NULL, *error = NULL;
  ad__jvp(c, &y, 1, &x, &dx, 1, &dy, &error);
  return error ? error : dy;
}

/* |a - b| is at most `most` everywhere. */
static void within(const char *what, ad_array *a, ad_array *b, double most) {
  double off = (double)NAN;
  ad_array *far = ad_max(ad_abs(ad_subtract(a, b)), NULL);
  if (ad_read(far, &off, sizeof off)) CHECK_FAIL("%s: %s", what, ad_error_text(far));
  else if (!(off <= most)) CHECK_FAIL("%s: off by %g, %g is right", what, off, most);
}

/* How it moves against differences, and that it stays orthonormal; in the small and in blocks. */
TEST(derivative_of_a_complete_q) {
  static const int64_t shapes[][2] = {{2, 1}, {5, 3}, {40, 7}, {150, 130}};
  for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true});
    int64_t m = shapes[k][0], n = shapes[k][1];
    ad_random_normal_opts wide = {.dtype = AD_FLOAT64};
    ad_array *a = ad_random_normal(c, ad_random_key(c, 5), NULL, NULL, AD_SHAPE(m, n), &wide), *h = ad_number(c, 1e-6);
    ad_array *da = ad_random_normal(c, ad_random_key(c, 6), NULL, NULL, AD_SHAPE(m, n), &wide);
    ad_array *q = complete(a, 0), *dq = tangent(c, q, a, da), *step = ad_multiply(da, h);
    ad_array *moved = ad_divide(ad_subtract(complete(ad_add(a, step), 0), complete(ad_subtract(a, step), 0)), ad_add(h, h));
    within("against differences", dq, moved, 1e-5);
    ad_array *turn = ad_matmul(ad_matrix_transpose(q), dq, NULL);
    within("Q^T dQ is skew", turn, ad_negative(ad_matrix_transpose(turn)), 1e-10);
    within("q r stays a", ad_add(ad_matmul(dq, complete(a, 1), NULL), ad_matmul(q, tangent(c, complete(a, 1), a, da), NULL)), da, 1e-9);
    ad_ctx_free(c);
  }
}

/* Columns that no reflection touches: there q jumps by a sign, and is differentiated as if it did not. */
TEST(derivative_of_a_complete_q_without_reflections) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true});
  ad_scope *s = ad_scope_begin(c);
  ad_array *a = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 2), (const double[]){2, 1, 0, 4, 0, 0});
  ad_array *da = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 2), (const double[]){0, 0, 0, 0, 6, 7});
  CHECK_FLOATS(complete(a, 0), 1, 0, 0, 0, 1, 0, 0, 0, 1);
  CHECK_FLOATS(tangent(c, complete(a, 0), a, da), 0, 0, -3, 0, 0, -1, 3, 1, 0);
  CHECK_FLOATS(tangent(c, complete(a, 1), a, da), 0, 0, 0, 0, 0, 0);
  ad_array *mixed = ad_array_new(c, AD_FLOAT64, AD_SHAPE(4, 2), (const double[]){3, 1, 4, 1, 0, 2, 0, 0});
  ad_array *first = ad_strided_slice(complete(mixed, 0), AD_INTS(0, 0), AD_INTS(4, 2), NULL);
  ad_array *g = gradient(c, first, mixed), *reduced = gradient(c, ad_item(ad_linalg_qr(mixed, NULL), 0), mixed);
  within("the first columns alone", g, reduced, 1e-14);
  within("r alone", gradient(c, complete(mixed, 1), mixed), gradient(c, ad_item(ad_linalg_qr(mixed, NULL), 1), mixed), 1e-14);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- Powers, products, norms ---- */

TEST(powers_and_norms) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  ad_array *a = ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), (const double[]){1, 1, 1, 0});
  CHECK_FLOATS(ad_linalg_matrix_power(a, 10), 89, 55, 55, 34);
  CHECK_FLOATS(ad_linalg_matrix_power(a, -2), 1, -1, -1, 2);
  CHECK_FLOATS(ad_linalg_matrix_power(a, 0), 1, 0, 0, 1);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), (const float[]){1, 0, 0}), *y = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), (const float[]){0, 1, 0});
  CHECK_FLOATS(ad_linalg_cross(x, y, NULL), 0, 0, 1);
  CHECK_FLOATS(ad_linalg_norm(a, &(ad_linalg_norm_opts){.ord = AD_NUM(1)}), 2);
  CHECK_FLOATS(ad_linalg_matrix_norm(ad_ones(c, AD_SHAPE(2, 2), NULL), NULL), 2);
  ad_array *half = ad_full(ad_number(c, 1000), AD_SHAPE(4), &(ad_full_opts){.dtype = AD_FLOAT16});
  CHECK_FLOATS(ad_linalg_norm(half, NULL), 2000); /* its squares do not fit float16 */
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(cholesky_names_the_matrix), CASE(a_triangle_with_a_zero), CASE(singular_matrices), CASE(large_matrices_that_fail),
           CASE(not_finite), CASE(empty_and_small), CASE(derivatives_at_the_edge), CASE(derivative_of_a_complete_q),
           CASE(derivative_of_a_complete_q_without_reflections), CASE(powers_and_norms))
