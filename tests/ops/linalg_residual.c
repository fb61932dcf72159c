/* Factorisations by what defines them: a = q r, q^H q = 1, p a = l u, a = l l^H, a x = b, within n eps |a|.
 *
 * Matrices: random, Hilbert's, graded, of low rank, huge and tiny; every dtype; square, wide, tall, of one element, small and in
 * blocks. The bits are those of any instruction set and number of threads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <adamant/adamant.h>
#include "check.h"

static const ad_dtype dtypes[] = {AD_FLOAT32, AD_FLOAT64, AD_COMPLEX64, AD_COMPLEX128};
static bool single(ad_dtype t) { return t == AD_FLOAT32 || t == AD_COMPLEX64; }
static ad_dtype wide(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_COMPLEX ? AD_COMPLEX128 : AD_FLOAT64; }

typedef enum kind { RANDOM, HILBERT, GRADED, LOW_RANK, HUGE_ONES, TINY, KINDS } kind;
static const char *const kinds[] = {"random", "hilbert", "graded", "low rank", "huge", "tiny"};

static double draw(uint32_t *g) {
  *g = *g * 1664525u + 1013904223u;
  return (double)(*g >> 8) * 0x1p-24 - 0.5;
}

static double element(kind k, int64_t i, int64_t j, bool narrow, uint32_t *g) {
  double x = draw(g), far = narrow ? 1e30 : 1e200;
  switch (k) {
  case HILBERT: return 1 / (double)(i + j + 1);
  case GRADED: return x * pow(2, -(double)(i % 20) + (double)(j % 7));
  case LOW_RANK: return (double)((i * 7 + j * 3) % 5 - 2); /* rank 5 at most */
  case HUGE_ONES: return x * far;
  case TINY: return x / far;
  default: return x;
  }
}

static ad_array *matrix_of(ad_ctx *c, ad_dtype t, kind k, int64_t m, int64_t n) {
  ad_c128 *z = malloc((size_t)(m * n + 1) * sizeof *z);
  uint32_t g = (uint32_t)(m * 31 + n);
  for (int64_t i = 0; i < m * n; i++) {
    z[i].re = element(k, i / n, i % n, single(t), &g);
    z[i].im = element(k, i / n, i % n, single(t), &g);
  }
  ad_array *a = ad_array_new(c, AD_COMPLEX128, AD_SHAPE(m, n), z);
  free(z);
  return ad_cast(ad_dtype_category(t) == AD_CATEGORY_COMPLEX ? a : ad_real(a), t);
}

static ad_array *adjoint(ad_array *a) { return ad_matrix_transpose(ad_conjugate(a)); }
static ad_array *times(ad_array *a, ad_array *b) { return ad_matmul(a, b, NULL); }

static double largest(ad_array *a) {
  double v = 0;
  if (ad_array_size(a) == 0) return 0;
  ad_array *most = ad_cast(ad_max(ad_abs(a), NULL), AD_FLOAT64);
  if (ad_read(most, &v, sizeof v)) CHECK_FAIL("%s", ad_error_text(most));
  return v;
}

/* a and b differ by at most n eps of `scale`. */
static void near(const char *what, ad_dtype t, kind k, int64_t m, int64_t n, ad_array *a, ad_array *b, double scale) {
  double eps = single(t) ? 0x1p-23 : 0x1p-52, most = (double)(m > n ? m : n) * eps * 4 * scale;
  double off = largest(ad_subtract(ad_cast(a, wide(t)), ad_cast(b, wide(t))));
  if (!(off <= most)) CHECK_FAIL("%s, %s, %s, %lldx%lld: off by %g, %g is right", what, ad_dtype_name(t), kinds[k], (long long)m,
                                 (long long)n, off, most);
}

static const int64_t shapes[][2] = {{1, 1}, {2, 5}, {5, 2}, {17, 17}, {64, 70}, {150, 150}, {131, 190}, {190, 140}, {0, 3}, {3, 0}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

/* ---- Any matrix ---- */

static void check_any(ad_ctx *c, ad_dtype t, kind k, int64_t m, int64_t n) {
  int64_t least = m < n ? m : n;
  ad_array *a = matrix_of(c, t, k, m, n), *whole = ad_cast(a, wide(t));
  double size = largest(whole);
  ad_array *qr = ad_linalg_qr(a, NULL), *q = ad_cast(ad_item(qr, 0), wide(t)), *r = ad_cast(ad_item(qr, 1), wide(t));
  near("a = q r", t, k, m, n, times(q, r), whole, size);
  near("q^H q = 1", t, k, m, n, times(adjoint(q), q), ad_identity(c, least, NULL), 1);
  ad_array *lu = ad_linalg_lu(a), *product = times(ad_cast(ad_item(lu, 1), wide(t)), ad_cast(ad_item(lu, 2), wide(t)));
  if (m) near("p a = l u", t, k, m, n, ad_take(product, ad_item(lu, 0), &(ad_take_opts){.axis = AD_INT(0)}), whole, size);
  CHECK(largest(ad_item(lu, 1)) <= 1.5); /* |re| + |im| of a pivot is the largest */
  ad_array *all = ad_linalg_qr(a, &(ad_linalg_qr_opts){.mode = "complete"});
  q = ad_cast(ad_item(all, 0), wide(t));
  near("complete q", t, k, m, n, times(q, adjoint(q)), ad_identity(c, m, NULL), 1);
  near("complete q r", t, k, m, n, times(q, ad_cast(ad_item(all, 1), wide(t))), whole, size);
}

TEST(any_matrix) {
  for (size_t d = 0; d < 4; d++)
    for (int s = 0; s < SHAPES; s++)
      for (kind k = 0; k < KINDS; k++) {
        if (k > RANDOM && shapes[s][0] > 64 && (d & 1)) continue; /* quick */
        ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
        check_any(c, dtypes[d], k, shapes[s][0], shapes[s][1]);
        ad_ctx_free(c);
      }
}

/* ---- Square and positive definite ones ---- */

/* b b^H and something on its diagonal. */
static ad_array *definite(ad_array *b, int64_t n) {
  ad_array *square = times(b, adjoint(b));
  double size = largest(square);
  return ad_add(square, ad_multiply(ad_identity(ad_array_ctx(b), n, NULL), ad_number(ad_array_ctx(b), n ? size : 1)));
}

static void check_square(ad_ctx *c, ad_dtype t, int64_t n) {
  ad_array *a = ad_cast(definite(matrix_of(c, wide(t), RANDOM, n, n), n), t), *whole = ad_cast(a, wide(t));
  ad_array *b = matrix_of(c, t, RANDOM, n, 7), *right = ad_cast(b, wide(t));
  double size = largest(whole);
  ad_array *l = ad_linalg_cholesky(a, NULL), *u = ad_linalg_cholesky(a, &(ad_linalg_cholesky_opts){.upper = true});
  ad_array *l_wide = ad_cast(l, wide(t));
  near("a = l l^H", t, RANDOM, n, n, times(l_wide, adjoint(l_wide)), whole, size);
  near("u = l^H", t, RANDOM, n, n, u, adjoint(l), size);
  ad_array *x = ad_cast(ad_linalg_solve(a, b), wide(t)), *inverse = ad_cast(ad_linalg_inv(a), wide(t));
  near("a x = b", t, RANDOM, n, n, times(whole, x), right, 1 + size * largest(x));
  near("a a^-1 = 1", t, RANDOM, n, n, times(whole, inverse), ad_identity(c, n, NULL), 1 + size * largest(inverse) * (double)n);
  near("of the factor", t, RANDOM, n, n, ad_linalg_cholesky_inv(l, NULL), inverse, 1 + size * largest(inverse) * (double)n);
  for (int f = 0; f < 16; f++) {
    ad_linalg_solve_triangular_opts o = {.upper = f & 1, .transpose = f & 2, .conjugate = f & 4, .unit = f & 8};
    ad_array *part = o.unit ? ad_divide(a, ad_number(c, size)) : a; /* ones outweigh the rest */
    ad_array *y = ad_cast(ad_linalg_solve_triangular(part, b, &o), wide(t)), *tri = ad_cast(part, wide(t));
    if (o.unit) tri = ad_where(ad_equal(ad_identity(c, n, NULL), ad_number(c, 1)), ad_number(c, 1), tri);
    tri = o.upper ? ad_triu(tri, NULL) : ad_tril(tri, NULL);
    if (o.transpose) tri = ad_matrix_transpose(tri);
    if (o.conjugate) tri = ad_conjugate(tri);
    near("t x = b", t, RANDOM, n, n, times(tri, y), right, 1 + largest(tri) * largest(y));
  }
}

TEST(square_matrices) {
  static const int64_t sizes[] = {0, 1, 3, 40, 127, 128, 200};
  for (size_t d = 0; d < 4; d++)
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
      ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
      check_square(c, dtypes[d], sizes[s]);
      ad_ctx_free(c);
    }
}

/* ---- Bits ---- */

static void compute(const char *isa, int threads, ad_dtype t, int64_t n, ad_array **out, ad_ctx **ctx) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads, .isa = isa});
  *ctx = c;
  for (int k = 0; k < 5; k++) out[k] = NULL;
  if (ad_ctx_status(c)) return;
  ad_array *a = matrix_of(c, t, RANDOM, n, n), *d = definite(a, n);
  out[0] = ad_item(ad_linalg_qr(a, NULL), 0);
  out[1] = ad_item(ad_linalg_lu_factor(a), 0);
  out[2] = ad_linalg_cholesky(d, NULL);
  out[3] = ad_linalg_solve(a, d);
  out[4] = ad_linalg_solve_triangular(d, a, NULL);
}

TEST(bits_of_every_machine) {
  static const char *const isas[] = {"portable", "avx2", "avx512"};
  for (size_t d = 0; d < 4; d++)
    for (int i = 0; i < 3; i++) {
      ad_ctx *one, *other;
      ad_array *a[5], *b[5];
      compute(NULL, 1, dtypes[d], 137, a, &one);
      compute(isas[i], 2, dtypes[d], 137, b, &other);
      for (int k = 0; k < 5 && b[k]; k++) {
        const void *x = ad_data(a[k]), *y = ad_data(b[k]);
        CHECK_STOP(x && y);
        if (memcmp(x, y, (size_t)ad_array_size(a[k]) * ad_dtype_size(dtypes[d])) != 0)
          CHECK_FAIL("result %d of %s differs on %s", k, ad_dtype_name(dtypes[d]), isas[i]);
      }
      ad_ctx_free(one);
      ad_ctx_free(other);
    }
}

CHECK_MAIN(CASE(any_matrix), CASE(square_matrices), CASE(bits_of_every_machine))
