/* Derivatives of the determinant, of every order, of any matrix: of each rank, graded, huge and tiny, large, complex.
 *
 * The oracle is what the determinant is: linear in each row. So its derivative along several matrices is the sum of the
 * determinants with as many of its rows, in all ways, taken from these; the determinants by Leibniz's sum. */
#include <math.h>
#include "shape_help.h"

enum { MOST = 5 };

static double draw(uint32_t *g) {
  *g = *g * 1664525u + 1013904223u;
  return (double)(*g >> 8) * 0x1p-24 - 0.5;
}

/* ---- The oracle ---- */

/* The determinant of the rows [row, n) without the columns used; row i is that of matrices[from[i]]. */
static double leibniz(int n, double (*matrices)[MOST * MOST], const int *from, int row, unsigned used) {
  double sum = 0;
  int place = 0;
  if (row == n) return 1;
  for (int j = 0; j < n; j++) {
    if (used >> j & 1) continue;
    double x = matrices[from[row]][row * n + j];
    if (x != 0) sum += (place & 1 ? -x : x) * leibniz(n, matrices, from, row + 1, used | 1u << j);
    place++;
  }
  return sum;
}

/* The derivative of order k of det at matrices[0] along those behind it. */
static double oracle(int n, int k, double (*matrices)[MOST * MOST], int *from, int next) {
  double sum = 0;
  if (next > k) return leibniz(n, matrices, from, 0, 0);
  for (int i = 0; i < n; i++) {
    if (from[i]) continue;
    from[i] = next;
    sum += oracle(n, k, matrices, from, next + 1);
    from[i] = 0;
  }
  return sum;
}

/* ---- Ours: one derivative around the other ---- */

typedef struct order {
  int k;
  bool forward;
  ad_array *const *along;
} order;

static ad_array *derived(ad_ctx *c, ad_array *const *in, void *user) {
  const order *o = user;
  order inner = {o->k - 1, o->forward, o->along};
  if (o->k == 0) return ad_linalg_det(in[0]);
  ad_fn *f = ad_fn_new(c, derived, 1, &inner);
  ad_array *h = o->along[o->k - 1];
  if (o->forward) return ad_item(ad_call(ad_jvp(f), in[0], h), 1);
  return ad_sum(ad_multiply(ad_call(ad_grad(f, NULL), in[0]), h), NULL);
}

static double ours(ad_ctx *c, int k, bool forward, ad_array *const *matrices) {
  order o = {k, forward, matrices + 1};
  double y = (double)NAN;
  ad_array *a = derived(c, matrices, &o);
  if (ad_read(ad_cast(a, AD_FLOAT64), &y, sizeof y)) CHECK_FAIL("order %d: %s", k, ad_error_text(a));
  return y;
}

/* Within the tolerance of what is right, or of the smallest number that counts. */
static void compare(ad_ctx *c, const char *what, int n, ad_dtype t, double (*matrices)[MOST * MOST], double tolerance,
                    double smallest) {
  ad_array *all[MOST + 3];
  double close[MOST * MOST];
  for (int i = 0; i < MOST + 3; i++) {
    for (int j = 0; j < n * n; j++) close[j] = matrices[i][j];
    all[i] = ad_cast(ad_array_new(c, AD_FLOAT64, AD_SHAPE(n, n), close), t);
  }
  for (int k = 0; k <= n + 1; k++)
    for (int forward = 0; forward < 2; forward++) {
      int from[MOST] = {0};
      double got = ours(c, k, forward, all), want = oracle(n, k, matrices, from, 1);
      if (!(fabs(got - want) <= tolerance * fmax(fabs(want), smallest)))
        CHECK_FAIL("%s, %d rows, order %d %s: %.17g, %.17g is right", what, n, k, forward ? "forward" : "backward", got, want);
    }
}

/* ---- Ranks ---- */

/* Small whole numbers, the rows behind `rank` sums of those before. */
static void of_rank(int n, int rank, uint32_t *g, double *out) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double x = floor(draw(g) * 8);
      if (i >= rank) x = rank == 0 ? 0 : rank == 1 ? 2 * out[j] : out[(i % rank) * n + j] + out[((i + 1) % rank) * n + j];
      out[i * n + j] = x;
    }
}

TEST(every_order_at_every_rank) {
  static double matrices[MOST + 3][MOST * MOST];
  uint32_t g = 7;
  for (int n = 1; n <= MOST; n++)
    for (int rank = 0; rank <= n; rank++) {
      ad_ctx *c = ad_ctx_new(NULL);
      of_rank(n, rank, &g, matrices[0]);
      for (int i = 1; i < MOST + 3; i++) of_rank(n, n, &g, matrices[i]);
      compare(c, "whole numbers", n, AD_FLOAT64, matrices, 1e-12, 100);
      ad_ctx_free(c);
    }
}

/* The second derivative of det is what was refused at a singular matrix. */
TEST(hessian_of_det_at_a_singular_matrix) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  const double data[4] = {1, 2, 2, 4};
  order o = {0, false, NULL};
  ad_array *a = ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), data), *zero = ad_zeros_like(a, NULL);
  ad_fn *f = ad_fn_new(c, derived, 1, &o);
  CHECK_FLOATS(ad_call(ad_hessian(f, NULL), a), 0, 0, 0, 1, 0, 0, -1, 0, 0, -1, 0, 0, 1, 0, 0, 0);
  CHECK_FLOATS(ad_call(ad_hessian(f, NULL), zero), 0, 0, 0, 1, 0, 0, -1, 0, 0, -1, 0, 0, 1, 0, 0, 0);
  CHECK_FLOATS(ad_call(ad_jacrev(ad_grad(f, NULL), NULL), zero), 0, 0, 0, 1, 0, 0, -1, 0, 0, -1, 0, 0, 1, 0, 0, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- Sizes ---- */

/* Diagonals of any range: each pivot counts, however small. Directions are diagonal too, so that nothing cancels. */
static void check_graded(const char *what, ad_dtype t, const double *diagonal, double along, double tolerance) {
  static double matrices[MOST + 3][MOST * MOST];
  ad_ctx *c = ad_ctx_new(NULL);
  uint32_t g = 3;
  for (int i = 0; i < MOST + 3; i++)
    for (int j = 0; j < MOST * MOST; j++) matrices[i][j] = 0;
  for (int j = 0; j < MOST; j++) matrices[0][j * (MOST + 1)] = diagonal[j];
  for (int i = 1; i < MOST + 3; i++)
    for (int j = 0; j < MOST; j++) matrices[i][j * (MOST + 1)] = along * (1 + draw(&g));
  compare(c, what, MOST, t, matrices, tolerance, t == AD_FLOAT32 ? 1e-38 : 0);
  ad_ctx_free(c);
}

TEST(graded_matrices) {
  check_graded("graded", AD_FLOAT64, (double[]){1, 1e-10, 1e-20, 1e-30, 1e-40}, 1, 1e-12);
  check_graded("graded the other way", AD_FLOAT64, (double[]){1e-40, 1e-30, 1e-20, 1e-10, 1}, 1, 1e-12);
  check_graded("tiny", AD_FLOAT64, (double[]){1e-50, 1e-50, 2e-50, 1e-50, 1e-50}, 1, 1e-12);
  check_graded("huge beside tiny", AD_FLOAT64, (double[]){1e150, 1e150, 1e-150, 1e-150, 0}, 1, 1e-12);
  check_graded("huge directions", AD_FLOAT64, (double[]){1e-70, 1, 0, 0, 1e-70}, 1e60, 1e-12);
  check_graded("tiny in float32", AD_FLOAT32, (double[]){1e-5, 1e-30, 1e-30, 1, 1}, 1, 1e-5);
  check_graded("huge in float32", AD_FLOAT32, (double[]){1e18, 1e-18, 1e18, 1e-18, 1}, 1, 1e-5);
}

/* P diag(1...1, 0...0) Q with P and Q orthogonal: the derivative of order r of det, r the zeros, along P M1 Q... is that of a
 * determinant of r rows. */
TEST(large_matrices_of_low_rank) {
  enum { N = 150 };
  static double data[5][N * N];
  static double corner[MOST + 3][MOST * MOST];
  uint32_t g = 11;
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  ad_array *m[5], *all[5];
  for (int i = 0; i < 5; i++)
    for (int j = 0; j < N * N; j++) data[i][j] = draw(&g);
  for (int i = 0; i < 5; i++) m[i] = ad_array_new(c, AD_FLOAT64, AD_SHAPE(N, N), data[i]);
  ad_array *p = ad_item(ad_linalg_qr(m[0], NULL), 0), *q = ad_item(ad_linalg_qr(m[1], NULL), 0);
  double sign = 0;
  CHECK_INT(ad_read(ad_multiply(ad_linalg_det(p), ad_linalg_det(q)), &sign, sizeof sign), AD_OK);
  for (int rank = N - 3; rank <= N - 1; rank++) {
    int r = N - rank, from[MOST] = {0};
    double kept[N];
    for (int i = 0; i < N; i++) kept[i] = i < rank;
    all[0] = ad_matmul(ad_multiply(p, ad_array_new(c, AD_FLOAT64, AD_SHAPE(N), kept)), q, NULL);
    for (int i = 1; i <= r; i++) {
      all[i] = ad_matmul(ad_matmul(p, m[1 + i], NULL), q, NULL);
      for (int j = 0; j < r * r; j++) corner[i][j] = data[1 + i][(rank + j / r) * N + rank + j % r];
    }
    double want = sign * oracle(r, r, corner, from, 1);
    CHECK_NEAR(ours(c, r, false, all), want, 1e-9);
    CHECK_NEAR(ours(c, r, true, all), want, 1e-9);
  }
  ad_ctx_free(c);
}

/* ---- Elements ---- */

static void near_zero(ad_array *a) {
  double most = (double)NAN;
  CHECK_INT(ad_read(ad_max(ad_abs(a), NULL), &most, sizeof most), AD_OK);
  CHECK(most < 1e-14);
}

/* det (z w; z w) = 0, its second derivative mixes the rows. */
TEST(complex_singular_matrices) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  const ad_c128 data[4] = {{1, 2}, {3, -1}, {1, 2}, {3, -1}}, along[4] = {{0, 1}, {2, 0}, {1, 1}, {0, -3}};
  ad_array *a = ad_array_new(c, AD_COMPLEX128, AD_SHAPE(2, 2), data), *h = ad_array_new(c, AD_COMPLEX128, AD_SHAPE(2, 2), along);
  const ad_c128 first[4] = {{3, -1}, {-1, -2}, {-3, 1}, {1, 2}}, second[4] = {{0, -3}, {-1, -1}, {-2, 0}, {0, 1}};
  near_zero(ad_subtract(ad_linalg_cofactor(a), ad_array_new(c, AD_COMPLEX128, AD_SHAPE(2, 2), first)));
  near_zero(ad_subtract(ad_linalg_cofactor_along(c, ((ad_array *[]){a, h}), 2), ad_array_new(c, AD_COMPLEX128, AD_SHAPE(2, 2), second)));
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(a_nan_goes_through) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  const double data[9] = {0, 0, 0, 0, (double)NAN, 0, 0, 0, 0};
  bool yes = false;
  ad_array *a = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 3), data), *h = ad_ones(c, AD_SHAPE(3, 3), &(ad_ones_opts){.dtype = AD_FLOAT64});
  CHECK(ad_read(ad_any(ad_isnan(ad_linalg_cofactor_along(c, ((ad_array *[]){a, h}), 2)), NULL), &yes, 1) == AD_OK && yes);
  CHECK(ad_read(ad_any(ad_isnan(ad_linalg_cofactor_along(c, ((ad_array *[]){h, a}), 2)), NULL), &yes, 1) == AD_OK && yes);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(too_many_directions) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_array *all[12];
  for (int i = 0; i < 12; i++) all[i] = ad_ones(c, AD_SHAPE(2, 2), NULL);
  CHECK_FAILS(ad_linalg_cofactor_along(c, all, 12), AD_E_VALUE, "linalg_cofactor_along: 12 arrays; a matrix and at most 10 directions are right");
  CHECK_FLOATS(ad_linalg_cofactor_along(c, all, 11), 0, 0, 0, 0);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(every_order_at_every_rank), CASE(hessian_of_det_at_a_singular_matrix), CASE(graded_matrices),
           CASE(large_matrices_of_low_rank), CASE(complex_singular_matrices), CASE(a_nan_goes_through), CASE(too_many_directions))
