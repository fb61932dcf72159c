/* Singular values and vectors; see spectral.h.
 *
 * Householder reduction to a real upper bidiagonal matrix (Golub and Van Loan, Matrix Computations, 4th edition, 2013, section
 * 5.4.8), then the implicit QR algorithm, with shift zero where a shift would cost the small singular values their accuracy (Demmel
 * and Kahan, Accurate singular values of bidiagonal matrices, 1990). A part that begins with its smaller end is turned over:
 * reversed and transposed, which exchanges the roles of left and right vectors. Wide matrices are computed as their conjugate
 * transposes. Descending order. */
#ifndef AD_RUNTIME_STRUCTURAL_SPECTRAL_SVD_H
#define AD_RUNTIME_STRUCTURAL_SPECTRAL_SVD_H

#include "runtime/structural/spectral_hermitian.h"

/* The reflections that made a matrix bidiagonal: row i of left holds conj(v) of the i-th from the left, of m - i elements from
 * column i on; row i of the matrix itself conj(u) of the i-th from the right, from column i + 1 on. */
typedef struct ad_bidiagonal {
  ad_planar a, left, left_tau, right_tau;
  ad_planar work; /* 4 vectors of m elements */
  double *d, *e;
} ad_bidiagonal;

/* Column i from row i on, as conj(v) in row i of left; the diagonal element. The other columns wait: row i alone is brought up to date,
 * to which the reflection from the right belongs. sum: v^H times the rest. */
static inline void ad_bidiagonal_left(const ad_spectral_rows *k, int64_t m, int64_t n, int64_t i, ad_bidiagonal *b, ad_planar sum) {
  ad_planar u = ad_planar_from(b->left, i, i);
  for (int64_t j = i; j < m; j++) ad_planar_set(u, j - i, b->a.re[j * b->a.pitch + i], -ad_planar_im(b->a, j * b->a.pitch + i));
  ad_reflection h = ad_spectral_reflection(m - i, u, 1);
  b->d[i] = h.beta;
  ad_planar_set(b->left_tau, i, h.tau_re, h.tau_im);
  ad_planar_clear(n - i - 1, sum);
  if (i + 1 < n && (h.tau_re != 0 || h.tau_im != 0)) ad_planar_gather(k, m - i, n - i - 1, u, ad_planar_from(b->a, i, i + 1), sum);
}

/* product = -tau (rest + scaled sum) w, where top holds conj(w). */
static inline void ad_bidiagonal_product(const ad_spectral_rows *k, int64_t rows, int64_t columns, double tau_re, double tau_im, ad_planar rest,
                                         ad_planar scaled, ad_planar sum, ad_planar top, ad_planar w, ad_planar product) {
  double sr = 0, si = 0;
  ad_planar_conj_times(columns, 1, 0, top, w);
  ad_planar_dot(k, rows, columns, rest, w, product);
  for (int64_t j = 0; j < columns; j++) {
    double wr = w.re[j], wi = ad_planar_im(w, j), xr = sum.re[j], xi = ad_planar_im(sum, j);
    sr += wr * xr - wi * xi;
    si += wr * xi + wi * xr;
  }
  for (int64_t j = 0; j < rows; j++) {
    double cr = scaled.re[j], ci = ad_planar_im(scaled, j);
    double pr = product.re[j] + cr * sr - ci * si, pi = ad_planar_im(product, j) + cr * si + ci * sr;
    ad_planar_set(product, j, -(tau_re * pr - tau_im * pi), -(tau_re * pi + tau_im * pr));
  }
}

/* (I - conj(tau) v v^H) A, then A (I - tau w w^H) with w from row i, as one update of what is below row i: scaled sum + product w^H. */
static inline void ad_bidiagonal_step(const ad_spectral_rows *k, int64_t m, int64_t n, int64_t i, ad_bidiagonal *b) {
  int64_t rows = m - i - 1, columns = n - i - 1;
  ad_planar sum = b->work, scaled = ad_planar_from(b->work, 0, m), product = ad_planar_from(b->work, 0, 2 * m);
  ad_planar top = ad_planar_from(b->a, i, i + 1), rest = ad_planar_from(b->a, i + 1, i + 1), u = ad_planar_from(b->left, i, i);
  ad_bidiagonal_left(k, m, n, i, b, sum);
  if (columns == 0) return;
  /* scaled = -conj(tau) v */
  ad_planar_conj_times(m - i, -b->left_tau.re[i], ad_planar_im(b->left_tau, i), u, scaled);
  ad_planar_add(k, 1, columns, scaled, sum, top);
  scaled = ad_planar_from(scaled, 0, 1);
  ad_reflection g = ad_spectral_reflection(columns, top, 1);
  b->e[i] = g.beta;
  ad_planar_set(b->right_tau, i, g.tau_re, g.tau_im);
  ad_planar_clear(rows, product);
  if (g.tau_re != 0 || g.tau_im != 0)
    ad_bidiagonal_product(k, rows, columns, g.tau_re, g.tau_im, rest, scaled, sum, top, ad_planar_from(b->work, 0, 3 * m), product);
  ad_planar_update(k, rows, columns, scaled, sum, product, top, rest);
}

/* ---- The bidiagonal matrix ---- */

/* Where the vectors of row i stand: rows of the transposed left matrix, or, n behind, of the right one. */
typedef struct ad_singular_rows {
  int64_t *left, *right;
  ad_rotations *t; /* NULL: nobody wants the vectors */
} ad_singular_rows;

static inline int ad_bidiagonal_splits(const double *d, const double *e, int64_t i) {
  double x = fabs(e[i]);
  return x <= AD_SPECTRAL_TINY || x <= AD_SPECTRAL_EPS * (fabs(d[i]) + fabs(d[i + 1]));
}

/* The lesser singular value of [a b; 0 c]. */
static inline double ad_bidiagonal_least(double a, double b, double c) {
  double f = fabs(a), g = fabs(b), h = fabs(c), low = f < h ? f : h, high = f < h ? h : f;
  if (low == 0) return 0;
  /* 2 low / (sqrt((1 + low/high)^2 + t) + sqrt((1 - low/high)^2 + t)), t = (g/high)^2 */
  double p = 1 + low / high, q = (high - low) / high, t = g / high * (g / high);
  return 2 * low / (sqrt(p * p + t) + sqrt(q * q + t));
}

/* The shift of a sweep over [low, high]; 0 where it would be lost beside the first element, or the smallest singular value in it. */
static inline double ad_bidiagonal_shift(const double *d, const double *e, int64_t low, int64_t high) {
  double least = fabs(d[low]), along = least, largest = least;
  for (int64_t i = low; i < high && along > 0; i++) {
    along = fabs(d[i + 1]) * (along / (along + fabs(e[i])));
    least = along < least ? along : least;
    largest = fabs(d[i + 1]) > largest ? fabs(d[i + 1]) : largest;
    largest = fabs(e[i]) > largest ? fabs(e[i]) : largest;
  }
  if (!(along > 0) || (double)(high - low + 1) * least <= AD_SPECTRAL_EPS * largest) return 0;
  double shift = ad_bidiagonal_least(d[high - 1], e[high - 1], d[high]), ratio = shift / fabs(d[low]);
  return ratio * ratio < AD_SPECTRAL_EPS ? 0 : shift;
}

static inline void ad_bidiagonal_sweep(double *d, double *e, int64_t low, int64_t high, double shift, ad_singular_rows *v) {
  double x = shift == 0 ? d[low] : (fabs(d[low]) - shift) * ((d[low] < 0 ? -1 : 1) + shift / d[low]), y = e[low], c, s, r;
  for (int64_t i = low; i < high; i++) {
    ad_spectral_rotation(x, y, &c, &s, &r);
    if (i > low) e[i - 1] = r;
    x = c * d[i] + s * e[i];
    e[i] = c * e[i] - s * d[i];
    y = s * d[i + 1];
    d[i + 1] *= c;
    ad_rotations_add(v->t, v->right[i], v->right[i + 1], c, s);
    ad_spectral_rotation(x, y, &c, &s, &r);
    d[i] = r;
    x = c * e[i] + s * d[i + 1];
    d[i + 1] = c * d[i + 1] - s * e[i];
    e[i] = x;
    ad_rotations_add(v->t, v->left[i], v->left[i + 1], c, s);
    if (i + 1 < high) {
      y = s * e[i + 1];
      e[i + 1] *= c;
    }
  }
}

/* The same with shift 0, in products alone, so that each number keeps its relative accuracy. */
static inline void ad_bidiagonal_sweep_unshifted(double *d, double *e, int64_t low, int64_t high, ad_singular_rows *v) {
  double c = 1, s = 0, left_c = 1, left_s = 0, r;
  for (int64_t i = low; i < high; i++) {
    ad_spectral_rotation(d[i] * c, e[i], &c, &s, &r);
    if (i > low) e[i - 1] = left_s * r;
    ad_rotations_add(v->t, v->right[i], v->right[i + 1], c, s);
    ad_spectral_rotation(left_c * r, d[i + 1] * s, &left_c, &left_s, &d[i]);
    ad_rotations_add(v->t, v->left[i], v->left[i + 1], left_c, left_s);
  }
  double h = d[high] * c;
  d[high] = h * left_c;
  e[high - 1] = h * left_s;
}

static inline void ad_bidiagonal_turn(double *d, double *e, int64_t low, int64_t high, ad_singular_rows *v) {
  for (int64_t i = low; i <= high; i++) {
    int64_t r = v->left[i];
    v->left[i] = v->right[i];
    v->right[i] = r;
  }
  for (int64_t i = low, j = high; i < j; i++, j--) {
    double x = d[i];
    int64_t l = v->left[i], r = v->right[i];
    d[i] = d[j], v->left[i] = v->left[j], v->right[i] = v->right[j];
    d[j] = x, v->left[j] = l, v->right[j] = r;
  }
  for (int64_t i = low, j = high - 1; i < j; i++, j--) {
    double x = e[i];
    e[i] = e[j];
    e[j] = x;
  }
}

/* Singular values, up to sign, into d. Returns how many did not converge. */
static inline int64_t ad_bidiagonal_solve(int64_t n, double *d, double *e, ad_singular_rows *v) {
  int64_t high = n - 1, low = n, left = 40 * n;
  while (high > 0) {
    if (ad_bidiagonal_splits(d, e, high - 1)) {
      high--;
      continue;
    }
    int64_t from = high - 1;
    while (from > 0 && !ad_bidiagonal_splits(d, e, from - 1)) from--;
    if (high < low && fabs(d[high]) > fabs(d[from])) ad_bidiagonal_turn(d, e, from, high, v);
    low = from;
    if (left-- == 0) return high - low + 1;
    double shift = ad_bidiagonal_shift(d, e, low, high);
    if (shift == 0) ad_bidiagonal_sweep_unshifted(d, e, low, high, v);
    else ad_bidiagonal_sweep(d, e, low, high, shift, v);
  }
  return 0;
}

/* ---- One matrix ---- */

/* Columns of z (rows: m, or, of the right side, n) become those of the product of the reflections and z. */
static inline void ad_bidiagonal_back(const ad_spectral_rows *k, int64_t n, int64_t columns, int64_t count, int64_t first, ad_planar vectors,
                                      ad_planar tau, ad_planar z, ad_planar work, int64_t room) {
  for (int64_t at = 0; at < columns; at += 64)
    for (int64_t i = count - 1; i >= 0; i--) {
      double tr = tau.re[i], ti = ad_planar_im(tau, i);
      if (tr == 0 && ti == 0) continue;
      ad_spectral_reflect_left(k, n - i - first, columns - at < 64 ? columns - at : 64, tr, ti, ad_planar_from(vectors, i, i + first),
                               ad_planar_from(z, i + first, at), work, ad_planar_from(work, 0, room));
    }
}

/* The vectors of what was bidiagonal, brought back: u (m x wide), w (n x n). The phases are chosen for the left ones of the matrix that
 * was given, which are w when it was turned; those that belong to no value have phases of their own. */
static inline void ad_svd_vectors(const ad_spectral_rows *k, int64_t m, int64_t n, int64_t wide, int turned, ad_bidiagonal *b,
                                  const ad_singular_rows *v, const int64_t *order, ad_planar u, ad_planar w, double *turn) {
  for (int64_t j = 0; j < n; j++) {
    int64_t l = v->left[order[j]], r = v->right[order[j]], first = l < n ? l : r, second = (l < n ? r : l);
    double sign = b->d[order[j]] < 0 ? -1 : 1;
    for (int64_t i = 0; i < n; i++) {
      u.re[i * u.pitch + j] = ad_rotations_at(v->t, first, i);
      w.re[i * w.pitch + j] = sign * ad_rotations_at(v->t, second, i);
    }
  }
  for (int64_t j = n; j < wide; j++) u.re[j * u.pitch + j] = 1;
  ad_bidiagonal_back(k, m, wide, n, 0, b->left, b->left_tau, u, b->work, m);
  ad_bidiagonal_back(k, n, n, n - 1, 1, b->a, b->right_tau, w, b->work, m);
  if (turned) ad_spectral_phases(n, n, w, &u, m, turn, turn + wide);
  else ad_spectral_phases(m, n, u, &w, n, turn, turn + wide);
  ad_spectral_phases(m, wide - n, ad_planar_from(u, 0, n), NULL, 0, turn, turn + wide);
}

static inline int64_t ad_svd_spoil(int64_t m, int64_t n, int64_t wide, int parts, int wide_type, int vectors, void *left, void *s, void *right,
                                   int64_t found) {
  ad_spectral_spoil(s, wide_type, n);
  if (vectors) ad_spectral_spoil(left, wide_type, m * wide * parts);
  if (vectors) ad_spectral_spoil(right, wide_type, n * n * parts);
  return found;
}

/* s[min(rows, columns)] in descending order and, as ad_svd_room says, u and vh with a = u diag(s) vh: of rows x min and min x columns, or
 * of rows x rows and columns x columns. Where a is not finite the result is NaN. Returns 0, or how many values did not
 * converge: then it is NaN too. */
static inline int64_t ad_svd(const ad_spectral_rows *k, int64_t rows, int64_t columns, int parts, int wide_type, int vectors, const void *a,
                             void *u, void *s, void *vh, double *room, int64_t *places) {
  int turned = rows < columns;
  int64_t m = turned ? columns : rows, n = turned ? rows : columns, wide = vectors == 2 ? m : n, found;
  double scale = ad_spectral_scale(a, wide_type, rows * columns * parts), *at = room;
  void *left = turned ? vh : u, *right = turned ? u : vh;
  ad_bidiagonal b;
  ad_singular_rows v;
  ad_rotations t;
  if (scale == 0) return ad_svd_spoil(m, n, wide, parts, wide_type, vectors, left, s, right, 0);
  b.a = ad_planar_take(&at, m, n, parts), b.left = ad_planar_take(&at, n, m, parts), b.work = ad_planar_take(&at, 1, 4 * m, parts);
  b.left_tau = ad_planar_take(&at, 1, n, parts), b.right_tau = ad_planar_take(&at, 1, n, parts);
  b.d = ad_spectral_take(&at, n), b.e = ad_spectral_take(&at, n);
  v.left = places, v.right = places + n, v.t = NULL;
  double *size = ad_spectral_take(&at, n);
  int64_t *order = places + 2 * n;
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) ad_planar_load(b.a, i, j, a, wide_type, columns, turned, scale);
  for (int64_t i = 0; i < n; i++) v.left[i] = i, v.right[i] = n + i;
  for (int64_t i = 0; i < n; i++) ad_bidiagonal_step(k, m, n, i, &b);
  if (vectors) {
    ad_rotations_begin(&t, k, 2 * n, n, &at);
    v.t = &t;
  }
  found = ad_bidiagonal_solve(n, b.d, b.e, &v);
  if (found) return ad_svd_spoil(m, n, wide, parts, wide_type, vectors, left, s, right, found);
  for (int64_t i = 0; i < n; i++) size[i] = -fabs(b.d[i]);
  ad_spectral_order(n, size, order, places + 3 * n);
  for (int64_t i = 0; i < n; i++) ad_spectral_store(s, wide_type, i, -size[order[i]] / scale);
  if (!vectors) return 0;
  ad_rotations_apply(&t);
  ad_planar z = ad_planar_take(&at, m, wide, parts), w = ad_planar_take(&at, n, n, parts);
  double *turn = ad_spectral_take(&at, 2 * wide + m);
  ad_svd_vectors(k, m, n, wide, turned, &b, &v, order, z, w, turn);
  ad_planar_store(z, m, wide, turned, left, wide_type);
  ad_planar_store(w, n, n, !turned, right, wide_type);
  return 0;
}

#endif
