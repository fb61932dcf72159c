/* Eigenvalues and singular values by what defines them: a v = v w, unitary vectors, u s vh = a, to a bound of eps n |a|, over
 * matrices that are random, repeated, clustered, zero, of low rank, graded, huge, tiny, defective; matrices that are not finite;
 * equal bits; derivatives at equal eigenvalues. The op matrix compares samples with NumPy and derivatives with differences. */
#include <adamant/adamant.h>
#include <complex.h>
#include <stdlib.h>
#include "check.h"
#include "runtime/structural/spectral_general.h"
#include "transform/transform.h"

typedef double _Complex number;

/* One matrix in double precision. */
typedef struct grid {
  int64_t rows, columns;
  number at[64 * 64];
} grid;

typedef enum kind { RANDOM, REPEATED, CLUSTERED, ZERO, LOW_RANK, GRADED, HUGE_SCALE, TINY_SCALE, DEFECTIVE, ONES, PERMUTED, KINDS } kind;
static const char *const kind_names[] = {"random", "repeated", "clustered", "zero",      "low rank", "graded",
                                         "huge",   "tiny",     "defective", "all ones", "permuted"};

static uint64_t seed = 11;
static double drawn(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (double)(int64_t)seed * 0x1p-63;
}

static number element(kind k, int64_t i, int64_t j, int64_t n, bool pairs, bool wide) {
  number x = drawn() + (pairs ? I * drawn() : 0);
  switch (k) {
  case REPEATED: return (i == j ? 2 : 0) + (i == 0 && j == 0 ? 1 : 0);
  case CLUSTERED: return (i == j ? 1 : 0) + 1e-6 * x;
  case ZERO: return 0;
  case LOW_RANK: return (double)((i % 3 + 1) * (j % 3 + 1)) + (i % 3 == j % 3 ? 2 : 0);
  case GRADED: return x * pow(10, -(wide ? 12.0 : 4.0) * (double)(i + j) / (double)n);
  case HUGE_SCALE: return x * (wide ? 1e306 : 1e37);
  case TINY_SCALE: return x * (wide ? 1e-305 : 1e-36);
  case DEFECTIVE: return i == j || j == i + 1 ? 1 : 0;
  case ONES: return 1;
  case PERMUTED: return j == (i + 1) % n ? 1 : 0;
  default: return x;
  }
}

static ad_dtype real_of(ad_dtype t) { return t == AD_COMPLEX64 ? AD_FLOAT32 : t == AD_COMPLEX128 ? AD_FLOAT64 : t; }
static bool is_pair(ad_dtype t) { return t == AD_COMPLEX64 || t == AD_COMPLEX128; }
static bool is_wide(ad_dtype t) { return real_of(t) == AD_FLOAT64; }
static double eps_of(ad_dtype t) { return is_wide(t) ? 0x1p-52 : 0x1p-23; }

static number load(ad_dtype t, const void *p, int64_t i) {
  switch (t) {
  case AD_FLOAT32: return ((const float *)p)[i];
  case AD_FLOAT64: return ((const double *)p)[i];
  case AD_COMPLEX64: return ((const ad_c64 *)p)[i].re + I * ((const ad_c64 *)p)[i].im;
  default: return ((const ad_c128 *)p)[i].re + I * ((const ad_c128 *)p)[i].im;
  }
}

static void store(ad_dtype t, void *p, int64_t i, number x) {
  switch (t) {
  case AD_FLOAT32: ((float *)p)[i] = (float)creal(x); break;
  case AD_FLOAT64: ((double *)p)[i] = creal(x); break;
  case AD_COMPLEX64: ((ad_c64 *)p)[i] = (ad_c64){(float)creal(x), (float)cimag(x)}; break;
  default: ((ad_c128 *)p)[i] = (ad_c128){creal(x), cimag(x)};
  }
}

/* An array of that kind, and its elements as they were rounded, divided by the largest of them. */
static ad_array *make(ad_ctx *c, kind k, ad_dtype t, int64_t rows, int64_t columns, grid *g, double *scale) {
  void *data = calloc((size_t)(rows * columns) + 1, 16);
  double top = 0;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++)
      store(t, data, i * columns + j, element(k, i, j, rows > columns ? rows : columns, is_pair(t), is_wide(t)));
  for (int64_t i = 0; i < rows * columns; i++) top = fmax(top, cabs(load(t, data, i)));
  *scale = top > 0 ? top : 1;
  *g = (grid){.rows = rows, .columns = columns};
  for (int64_t i = 0; i < rows * columns; i++) g->at[i] = load(t, data, i) / *scale;
  ad_array *a = ad_array_new(c, t, AD_SHAPE(rows, columns), data);
  free(data);
  return a;
}

static bool read(ad_array *a, double scale, grid *g) {
  const void *data = ad_data(a);
  if (ad_is_error(a)) CHECK_FAIL("%s", ad_error_text(a));
  if (ad_is_error(a)) return false;
  int rank = ad_array_rank(a);
  *g = (grid){.rows = rank == 2 ? ad_array_dim(a, 0) : 1, .columns = ad_array_dim(a, -1)};
  for (int64_t i = 0; i < g->rows * g->columns; i++) g->at[i] = load(ad_array_dtype(a), data, i) / scale;
  return true;
}

/* Largest element of a b - d; conj_a: of a^H b - d, where d NULL is the identity. */
static double residual(const grid *a, bool conj_a, const grid *b, const grid *d) {
  int64_t rows = conj_a ? a->columns : a->rows, depth = conj_a ? a->rows : a->columns;
  double most = 0;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < b->columns; j++) {
      number sum = d ? -d->at[i * d->columns + j] : i == j ? -1 : 0;
      for (int64_t k = 0; k < depth; k++)
        sum += (conj_a ? conj(a->at[k * a->columns + i]) : a->at[i * a->columns + k]) * b->at[k * b->columns + j];
      double size = cabs(sum);
      if (!(size <= most)) most = size;
    }
  return most;
}

/* Columns times w; rows times w. */
static void scale_columns(const grid *v, const grid *w, grid *out) {
  *out = *v;
  for (int64_t i = 0; i < v->rows; i++)
    for (int64_t j = 0; j < v->columns; j++) out->at[i * v->columns + j] *= j < w->columns ? w->at[j] : 0;
}

static grid a, v, w, vw, u, vh; /* large */

static const ad_dtype types[] = {AD_FLOAT64, AD_FLOAT32, AD_COMPLEX128, AD_COMPLEX64};
static const int64_t sizes[] = {1, 2, 3, 4, 9, 16, 40};
enum { TYPES = 4, SIZES = 7 };

static void expect(double got, double most, const char *what, kind k, ad_dtype t, int64_t m, int64_t n) {
  if (!(got <= most))
    CHECK_FAIL("%s: %s, %s, %lld by %lld: %.3g, at most %.3g is right", what, kind_names[k], ad_dtype_name(t), (long long)m, (long long)n, got, most);
}

/* ---- eigh ---- */

static void check_hermitian(ad_ctx *c, kind k, ad_dtype t, int64_t n, bool upper) {
  ad_scope *s = ad_scope_begin(c);
  double scale, most = 4 * eps_of(t) * (double)(n + 4);
  ad_array *x = make(c, k, t, n, n, &a, &scale);
  ad_array *y = ad_linalg_eigh(x, &(ad_linalg_eigh_opts){.UPLO = upper ? "U" : "L"});
  ad_array *values = ad_linalg_eigvalsh(x, &(ad_linalg_eigvalsh_opts){.UPLO = upper ? "U" : "L"});
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < i; j++) {
      if (upper) a.at[i * n + j] = conj(a.at[j * n + i]);
      else a.at[j * n + i] = conj(a.at[i * n + j]);
    }
  for (int64_t i = 0; i < n; i++) a.at[i * n + i] = creal(a.at[i * n + i]);
  if (read(ad_item(y, 0), scale, &w) && read(ad_item(y, 1), 1, &v)) {
    scale_columns(&v, &w, &vw);
    expect(residual(&a, false, &v, &vw), most * (double)n, "a v - v w", k, t, n, n);
    expect(residual(&v, true, &v, NULL), most, "v^H v - 1", k, t, n, n);
    for (int64_t i = 1; i < n; i++) CHECK(creal(w.at[i - 1]) <= creal(w.at[i]));
  }
  if (read(values, scale, &u))
    for (int64_t i = 0; i < n; i++) expect(cabs(u.at[i] - w.at[i]), most * (double)n, "eigvalsh - eigh", k, t, n, n);
  ad_scope_end(s, NULL);
}

TEST(hermitian_matrices) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  for (int k = 0; k < KINDS; k++)
    for (int t = 0; t < TYPES; t++)
      for (int i = 0; i < SIZES; i++) {
        check_hermitian(c, (kind)k, types[t], sizes[i], false);
        check_hermitian(c, (kind)k, types[t], sizes[i], true);
      }
  ad_ctx_free(c);
}

/* ---- svd ---- */

static void check_svd(ad_ctx *c, kind k, ad_dtype t, int64_t m, int64_t n, bool reduced) {
  ad_scope *s = ad_scope_begin(c);
  int64_t count = m < n ? m : n;
  double scale, most = 4 * eps_of(t) * (double)(m + n + 4);
  ad_array *x = make(c, k, t, m, n, &a, &scale), *y = ad_linalg_svd(x, &(ad_linalg_svd_opts){.reduced = reduced});
  if (read(ad_item(y, 0), 1, &u) && read(ad_item(y, 1), scale, &w) && read(ad_item(y, 2), 1, &vh)) {
    CHECK_INT(u.columns, reduced ? count : m);
    CHECK_INT(vh.rows, reduced ? count : n);
    expect(residual(&u, true, &u, NULL), most, "u^H u - 1", k, t, m, n);
    v = (grid){.rows = n, .columns = vh.rows};
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j < vh.rows; j++) v.at[i * v.columns + j] = conj(vh.at[j * n + i]);
    expect(residual(&v, true, &v, NULL), most, "v^H v - 1", k, t, m, n);
    vw = (grid){.rows = m, .columns = count};
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < count; j++) vw.at[i * count + j] = u.at[i * u.columns + j] * w.at[j];
    expect(residual(&vw, false, &vh, &a), most * (double)count, "u s vh - a", k, t, m, n);
    for (int64_t i = 0; i < count; i++) CHECK(creal(w.at[i]) >= 0 && (i == 0 || creal(w.at[i - 1]) >= creal(w.at[i])));
  }
  if (read(ad_linalg_svdvals(x), scale, &v))
    for (int64_t i = 0; i < count; i++) expect(cabs(v.at[i] - w.at[i]), most * (double)count, "svdvals - svd", k, t, m, n);
  ad_scope_end(s, NULL);
}

TEST(singular_values) {
  static const int64_t dims[][2] = {{1, 1}, {1, 4}, {4, 1}, {2, 2}, {3, 2}, {2, 3}, {9, 5}, {5, 9}, {16, 16}, {40, 12}, {12, 40}};
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  for (int k = 0; k < KINDS; k++)
    for (int t = 0; t < TYPES; t++)
      for (int i = 0; i < 11; i++)
        for (int reduced = 0; reduced < 2; reduced++) check_svd(c, (kind)k, types[t], dims[i][0], dims[i][1], reduced);
  ad_ctx_free(c);
}

/* ---- eig ---- */

static void check_general(ad_ctx *c, kind k, ad_dtype t, int64_t n) {
  ad_scope *s = ad_scope_begin(c);
  double scale, most = 16 * eps_of(t) * (double)(n + 4);
  ad_array *x = make(c, k, t, n, n, &a, &scale), *y = ad_linalg_eig(x);
  if (read(ad_item(y, 0), scale, &w) && read(ad_item(y, 1), 1, &v)) {
    scale_columns(&v, &w, &vw);
    expect(residual(&a, false, &v, &vw), most * (double)n, "a v - v w", k, t, n, n);
    for (int64_t j = 0; j < n; j++) {
      double square = 0;
      for (int64_t i = 0; i < n; i++) square += creal(v.at[i * n + j]) * creal(v.at[i * n + j]) + cimag(v.at[i * n + j]) * cimag(v.at[i * n + j]);
      expect(fabs(square - 1), most, "norm - 1", k, t, n, n);
      if (j > 0) CHECK(creal(w.at[j - 1]) <= creal(w.at[j]));
      if (!is_pair(t) && cimag(w.at[j]) < 0) CHECK(j + 1 < n && w.at[j + 1] == conj(w.at[j]));
    }
  }
  /* Eigenvalues of a defective matrix are as good as the n-th root of a rounding: their vectors' residual above says more. */
  if (k != DEFECTIVE && k != CLUSTERED && read(ad_linalg_eigvals(x), scale, &u))
    for (int64_t i = 0; i < n; i++) expect(cabs(u.at[i] - w.at[i]), 100 * most * (double)n, "eigvals - eig", k, t, n, n);
  ad_scope_end(s, NULL);
}

TEST(general_matrices) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  for (int k = 0; k < KINDS; k++)
    for (int t = 0; t < TYPES; t++)
      for (int i = 0; i < SIZES; i++) check_general(c, (kind)k, types[t], sizes[i]);
  ad_ctx_free(c);
}

TEST(eigenvalues_of_triangles_are_their_diagonals) {
  ad_ctx *c = ad_ctx_new(NULL);
  const double data[] = {3, 1, 2, 0, 1, 5, 0, 0, 2};
  ad_c128 got[3];
  CHECK_INT(ad_read(ad_linalg_eigvals(ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 3), data)), got, sizeof got), AD_OK);
  for (int i = 0; i < 3; i++) CHECK(got[i].re == i + 1 && got[i].im == 0);
  ad_ctx_free(c);
}

/* ---- What is not finite ---- */

static int64_t nans(ad_array *x, int64_t from, int64_t count) {
  const void *p = ad_data(x);
  int64_t found = 0;
  for (int64_t i = from; i < from + count; i++) found += isnan(creal(load(ad_array_dtype(x), p, i))) != 0;
  return found;
}

/* Output k of y has `each` numbers for each of three matrices, of which the second is spoilt. */
static void only_the_second(ad_array *y, int k, int64_t each) {
  ad_array *x = k < 0 ? y : ad_item(y, k);
  CHECK_STOP(ad_eval(x) == AD_OK);
  CHECK_INT(nans(x, 0, each), 0);
  CHECK_INT(nans(x, each, each), each);
  CHECK_INT(nans(x, 2 * each, each), 0);
}

TEST(a_matrix_that_is_not_finite_gives_nan) {
  ad_ctx *c = ad_ctx_new(NULL);
  const double bad[] = {NAN, INFINITY, -INFINITY};
  for (int k = 0; k < 3; k++) {
    ad_scope *s = ad_scope_begin(c);
    double data[27];
    for (int i = 0; i < 27; i++) data[i] = drawn();
    data[9 + 3] = bad[k];
    ad_array *x = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 3, 3), data);
    ad_array *e = ad_linalg_eigh(x, NULL), *d = ad_linalg_svd(x, NULL);
    only_the_second(e, 0, 3);
    only_the_second(e, 1, 9);
    only_the_second(ad_linalg_eigvalsh(x, NULL), -1, 3);
    only_the_second(ad_item(ad_linalg_eig(x), 0), -1, 3);
    only_the_second(ad_item(ad_linalg_eig(x), 1), -1, 9);
    only_the_second(ad_linalg_eigvals(x), -1, 3);
    only_the_second(d, 0, 9);
    only_the_second(d, 1, 3);
    only_the_second(d, 2, 9);
    only_the_second(ad_linalg_svdvals(x), -1, 3);
    only_the_second(ad_linalg_pinv(x, NULL), -1, 9);
    int32_t rank[3];
    CHECK_INT(ad_read(ad_linalg_matrix_rank(x, NULL), rank, sizeof rank), AD_OK);
    CHECK_INT(rank[0], 3);
    CHECK_INT(rank[1], 0);
    ad_scope_end(s, NULL);
  }
  ad_ctx_free(c);
}

TEST(a_triangle_that_is_not_read_may_hold_anything) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  const double data[] = {2, NAN, 1, 2};
  double got[2];
  CHECK_INT(ad_read(ad_linalg_eigvalsh(ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), data), NULL), got, sizeof got), AD_OK);
  CHECK_NEAR(got[0], 1, 1e-15);
  CHECK_NEAR(got[1], 3, 1e-15);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- What does not converge ---- */

static void leave_vector(int64_t rows, int64_t n, double factor, const double *c, const double *m, int64_t pitch, double *y) {
  (void)rows, (void)n, (void)factor, (void)c, (void)m, (void)pitch, (void)y;
}
static void spoil_matrix(int64_t rows, int64_t n, const double *c, const double *x, const double *d, const double *y, double *m, int64_t pitch) {
  (void)c, (void)x, (void)d, (void)y, (void)pitch;
  if (rows > 0 && n > 0) m[0] = NAN;
}
static void leave_matrix(int64_t rows, int64_t n, double factor, const double *c, const double *x, double *m, int64_t pitch) {
  (void)rows, (void)n, (void)factor, (void)c, (void)x, (void)m, (void)pitch;
}
static void leave_product(int64_t rows, int64_t n, double factor, const double *m, int64_t pitch, const double *x, double *z) {
  (void)rows, (void)n, (void)factor, (void)m, (void)pitch, (void)x, (void)z;
}
static void leave_panel(int64_t count, const double *r, double *panel) { (void)count, (void)r, (void)panel; }

/* Loops that make a matrix of NaN in the middle stand for one that no number of sweeps suffices for: the search ends, says so, and
 * the result is NaN. */
TEST(a_search_that_finds_nothing_ends) {
  static double room[20000], out[3][25], x[25];
  static int64_t places[40];
  const ad_spectral_rows broken = {
      .gather = leave_vector, .update = spoil_matrix, .add = leave_matrix, .dot = leave_product, .rotate = leave_panel};
  for (int i = 0; i < 25; i++) x[i] = drawn();
  CHECK(ad_eigh(&broken, 5, 1, 1, 0, x, out[0], out[1], room, places) > 0);
  for (int i = 0; i < 25; i++) CHECK((i >= 5 || isnan(out[0][i])) && isnan(out[1][i]));
  CHECK(ad_svd(&broken, 5, 5, 1, 1, 2, x, out[0], out[1], out[2], room, places) > 0);
  for (int i = 0; i < 25; i++) CHECK(isnan(out[0][i]) && (i >= 5 || isnan(out[1][i])) && isnan(out[2][i]));
}

/* ---- Bits ---- */

static void same_bits(ad_array *x, ad_array *y) {
  CHECK_STOP(ad_eval(x) == AD_OK && ad_eval(y) == AD_OK);
  CHECK_MEM(ad_data(x), ad_data(y), (size_t)ad_array_size(x) * ad_dtype_size(ad_array_dtype(x)));
}

TEST(bits_do_not_depend_on_threads_or_instructions) {
  static double data[6 * 24 * 24 * 2];
  for (size_t i = 0; i < sizeof data / sizeof *data; i++) data[i] = drawn();
  ad_ctx *c[3] = {ad_ctx_new(&(ad_ctx_opts){.threads = 1}), ad_ctx_new(&(ad_ctx_opts){.threads = 2}),
                  ad_ctx_new(&(ad_ctx_opts){.threads = 1, .isa = "portable"})};
  ad_array *out[3][8];
  for (int k = 0; k < 3; k++) {
    ad_array *x = ad_array_new(c[k], AD_COMPLEX128, AD_SHAPE(6, 24, 24), data);
    ad_array *y = ad_array_new(c[k], AD_FLOAT64, AD_SHAPE(12, 24, 24), data), *e = ad_linalg_eigh(x, NULL), *d = ad_linalg_svd(y, NULL);
    ad_array *these[] = {ad_item(e, 0), ad_item(e, 1), ad_item(d, 0), ad_item(d, 1), ad_item(d, 2), ad_linalg_svdvals(x),
                          ad_linalg_eigvals(x), ad_item(ad_linalg_eig(y), 1)};
    memcpy(out[k], these, sizeof these);
  }
  for (int k = 1; k < 3; k++)
    for (int i = 0; i < 8; i++) same_bits(out[0][i], out[k][i]);
  for (int k = 0; k < 3; k++) ad_ctx_free(c[k]);
}

TEST(views_need_no_copies) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  float data[2 * 5 * 4], turned[40];
  for (int i = 0; i < 40; i++) data[i] = (float)drawn();
  for (int b = 0; b < 2; b++)
    for (int i = 0; i < 4; i++)
      for (int j = 0; j < 5; j++) turned[(b * 4 + i) * 5 + j] = data[(b * 5 + j) * 4 + i];
  ad_array *x = ad_matrix_transpose(ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 5, 4), data));
  ad_array *y = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 4, 5), turned);
  for (int k = 0; k < 3; k++) same_bits(ad_item(ad_linalg_svd(x, NULL), k), ad_item(ad_linalg_svd(y, NULL), k));
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- pinv ---- */

TEST(pinv_fulfils_the_four_equations) {
  static const int64_t dims[][2] = {{4, 4}, {6, 3}, {3, 6}, {5, 5}};
  ad_ctx *c = ad_ctx_new(NULL);
  for (int k = 0; k < 4; k++)
    for (int low = 0; low < 2; low++) {
      ad_scope *s = ad_scope_begin(c);
      int64_t m = dims[k][0], n = dims[k][1];
      double scale;
      grid *p = &v, *ap = &w, *pa = &vw;
      ad_array *x = make(c, low ? LOW_RANK : RANDOM, AD_COMPLEX128, m, n, &a, &scale), *y = ad_linalg_pinv(x, NULL);
      read(x, 1, &a);
      read(y, 1, p);
      read(ad_matmul(x, y, NULL), 1, ap);
      read(ad_matmul(y, x, NULL), 1, pa);
      double top = scale;
      for (int64_t i = 0; i < m * n; i++) top = fmax(top, cabs(p->at[i]));
      CHECK(residual(ap, false, &a, &a) < 1e-13 * top * top);
      CHECK(residual(p, false, ap, p) < 1e-13 * top * top);
      CHECK(residual(ap, true, ap, ap) < 1e-13 * top * top);
      CHECK(residual(pa, true, pa, pa) < 1e-13 * top * top);
      ad_scope_end(s, NULL);
    }
  ad_ctx_free(c);
}

TEST(matrix_rank_counts) {
  ad_ctx *c = ad_ctx_new(NULL);
  double scale;
  int32_t got;
  const struct { kind k; int want; } rows[] = {{RANDOM, 6}, {LOW_RANK, 3}, {ZERO, 0}, {ONES, 1}, {DEFECTIVE, 6}, {PERMUTED, 6}};
  for (int i = 0; i < 6; i++) {
    ad_read(ad_linalg_matrix_rank(make(c, rows[i].k, AD_FLOAT32, 6, 6, &a, &scale), NULL), &got, sizeof got);
    CHECK_INT(got, rows[i].want);
  }
  ad_ctx_free(c);
}

/* ---- Derivatives where eigenvalues are equal ---- */

static bool gradient(ad_ctx *c, ad_array *y, ad_array *x, double *out, size_t bytes) {
  ad_array *ct = ad_ones_like(y, NULL), *grad = NULL, *error = NULL;
  ad__vjp(c, &y, &ct, 1, &x, 1, &grad, &error);
  if (error) CHECK_FAIL("%s", ad_error_text(error));
  return !error && ad_read(grad, out, bytes) == AD_OK;
}

/* 2 on a plane, 5 beside it, in a turned basis. */
static void plane(double *data) {
  const double axis[3] = {2.0 / 3, 2.0 / 3, 1.0 / 3};
  for (int i = 0; i < 9; i++) data[i] = 3 * axis[i / 3] * axis[i % 3] + (i % 4 == 0 ? 2 : 0);
}

TEST(equal_eigenvalues_have_finite_derivatives) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true});
  double data[9], got[9];
  plane(data);
  ad_array *x = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 3), data), *weight = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3), (double[]){0, 0, 1});
  CHECK(gradient(c, ad_sum(ad_linalg_eigvalsh(x, NULL), NULL), x, got, sizeof got));
  for (int i = 0; i < 9; i++) CHECK_NEAR(got[i], i % 4 == 0 ? 1 : 0, 1e-14);
  /* The projection on the axis, weighed by a matrix: d tr(B P) = 2 tr(B (1 - P) dA P) / 3; of B = e_0 e_0^T by the triangle. */
  ad_array *v0 = ad_multiply(ad_item(ad_linalg_eigh(x, NULL), 1), weight), *p = ad_matmul(v0, ad_matrix_transpose(v0), NULL);
  ad_array *corner = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 3), (double[]){1, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(gradient(c, ad_sum(ad_multiply(p, corner), NULL), x, got, sizeof got));
  const double axis[3] = {2.0 / 3, 2.0 / 3, 1.0 / 3};
  for (int i = 0; i < 3; i++)
    for (int j = 0; j <= i; j++) {
      double left_i = (i == 0) - axis[0] * axis[i], left_j = (j == 0) - axis[0] * axis[j];
      double want = 2 * axis[0] * (left_i * axis[j] + (i == j ? 0 : left_j * axis[i])) / 3;
      CHECK_NEAR(got[i * 3 + j], want, 1e-14);
    }
  /* Singular values that are equal, and zero. */
  ad_array *one = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 3), (double[]){1, 0, 0, 0, 1, 0, 0, 0, 0});
  CHECK(gradient(c, ad_sum(ad_item(ad_linalg_svd(one, NULL), 0), NULL), one, got, sizeof got));
  for (int i = 0; i < 9; i++) CHECK(isfinite(got[i]));
  CHECK(gradient(c, ad_sum(ad_linalg_svdvals(one), NULL), one, got, sizeof got));
  for (int i = 0; i < 9; i += 4) CHECK_NEAR(got[i], 1, 1e-14);
  ad_ctx_free(c);
}

/* The derivative of the root is finite at the identity: half the tangent, symmetrised; the second one, of tr r^2 along it, 0. */
TEST(roots_have_derivatives_at_equal_eigenvalues) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true});
  double got[4];
  ad_array *x = ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), (double[]){1, 0, 0, 1}), *grad = NULL, *error = NULL;
  ad_array *mix = ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), (double[]){1, 0, 4, 3});
  ad_array *y = ad_sum(ad_multiply(ad_linalg_hermitian_root(x), mix), NULL), *one = ad_ones_like(y, NULL);
  CHECK(gradient(c, y, x, got, sizeof got));
  const double want[] = {0.5, 0, 2, 1.5};
  for (int i = 0; i < 4; i++) CHECK_NEAR(got[i], want[i], 1e-14);
  /* The gradient along an off-diagonal direction e: d2 r[e, e] = -e^2 / 4, here with e^2 = 1 on the diagonal. */
  ad__vjp(c, &y, &one, 1, &x, 1, &grad, &error);
  ad_array *along = ad_sum(ad_multiply(grad, ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), (double[]){0, 0, 1, 0})), NULL);
  CHECK(gradient(c, along, x, got, sizeof got));
  CHECK_NEAR(got[2], -0.25 * (1 + 3), 1e-14);
  ad_ctx_free(c);
}

TEST(multivariate_normal_has_its_moments) {
  enum { DRAWS = 40000 };
  static double x[DRAWS][3];
  ad_ctx *c = ad_ctx_new(NULL);
  const double mean[3] = {1, -2, 0.5}, cov[9] = {4, 1, -1, 1, 2, 0.5, -1, 0.5, 1.5};
  ad_array *m = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3), mean), *spread = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 3), cov);
  ad_array *key = ad_random_key(c, 7);
  ad_array *y = ad_random_multivariate_normal(key, m, spread, &(ad_random_multivariate_normal_opts){.shape = AD_INTS(DRAWS), .dtype = AD_FLOAT64});
  CHECK_STOP(ad_read(y, x, sizeof x) == AD_OK);
  for (int i = 0; i < 3; i++) {
    double sum = 0;
    for (int k = 0; k < DRAWS; k++) sum += x[k][i];
    CHECK_NEAR(sum / DRAWS, mean[i], 5 * sqrt(cov[i * 4] / DRAWS));
    for (int j = 0; j <= i; j++) {
      double both = 0;
      for (int k = 0; k < DRAWS; k++) both += (x[k][i] - mean[i]) * (x[k][j] - mean[j]);
      CHECK_NEAR(both / DRAWS, cov[i * 3 + j], 6 * sqrt(2 * cov[i * 4] * cov[j * 4] / DRAWS));
    }
  }
  /* The words are those of random_normal: with the identity they are its numbers. */
  float got[6], want[6];
  ad_array *zero = ad_zeros(c, AD_SHAPE(2), NULL), *unit = ad_identity(c, 2, NULL);
  ad_read(ad_random_multivariate_normal(key, zero, unit, &(ad_random_multivariate_normal_opts){.shape = AD_INTS(3)}), got, sizeof got);
  ad_read(ad_random_normal(c, key, NULL, NULL, AD_SHAPE(3, 2), NULL), want, sizeof want);
  CHECK_MEM(got, want, sizeof got);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(hermitian_matrices), CASE(singular_values), CASE(general_matrices),
           CASE(eigenvalues_of_triangles_are_their_diagonals), CASE(a_matrix_that_is_not_finite_gives_nan),
           CASE(a_triangle_that_is_not_read_may_hold_anything), CASE(a_search_that_finds_nothing_ends),
           CASE(bits_do_not_depend_on_threads_or_instructions),
           CASE(views_need_no_copies), CASE(pinv_fulfils_the_four_equations), CASE(matrix_rank_counts),
           CASE(equal_eigenvalues_have_finite_derivatives),
           CASE(roots_have_derivatives_at_equal_eigenvalues), CASE(multivariate_normal_has_its_moments))
