/* Eigenvalues and eigenvectors of a Hermitian matrix; see spectral.h.
 *
 * Householder reduction to a real tridiagonal matrix, then the QR algorithm with Wilkinson's implicit shifts (Golub and Van Loan,
 * Matrix Computations, 4th edition, 2013, sections 8.3.1 to 8.3.5). The tridiagonal matrix splits where an element beside the
 * diagonal is negligible against its two neighbours on it, which keeps small eigenvalues of graded matrices; each part is turned over
 * when it begins with its smaller end, so that graded ones converge. Ascending order. */
#ifndef AD_RUNTIME_STRUCTURAL_SPECTRAL_HERMITIAN_H
#define AD_RUNTIME_STRUCTURAL_SPECTRAL_HERMITIAN_H

#include "runtime/structural/spectral.h"

/* From w = conj(A v) makes conj(tau) w, then adds conj(alpha) u, with alpha = -tau / 2 of the product of that and v. */
static inline void ad_hermitian_half(int64_t m, double tau_re, double tau_im, ad_planar u, ad_planar w) {
  double sr = 0, si = 0;
  for (int64_t j = 0; j < m; j++) {
    double wr = w.re[j], wi = ad_planar_im(w, j), ur = u.re[j], ui = ad_planar_im(u, j);
    double xr = tau_re * wr + tau_im * wi, xi = tau_re * wi - tau_im * wr;
    ad_planar_set(w, j, xr, xi);
    sr += xr * ur + xi * ui;
    si += xi * ur - xr * ui;
  }
  double ar = -0.5 * (tau_re * sr - tau_im * si), ai = 0.5 * (tau_re * si + tau_im * sr);
  for (int64_t j = 0; j < m; j++) {
    double ur = u.re[j], ui = ad_planar_im(u, j);
    ad_planar_set(w, j, w.re[j] + ar * ur - ai * ui, ad_planar_im(w, j) + ar * ui + ai * ur);
  }
}

/* Of a[n][n], full, makes d[n] and e[n - 1]. Row k of a keeps the conjugate of the k-th reflection's vector, from column k + 1 on,
 * and tau its factor. w is a vector to work in. */
static inline void ad_hermitian_reduce(const ad_spectral_rows *k, int64_t n, ad_planar a, double *d, double *e, ad_planar tau, ad_planar w) {
  ad_planar scaled = ad_planar_from(w, 0, n), other = ad_planar_from(w, 0, 2 * n);
  for (int64_t i = 0; i + 1 < n; i++) {
    int64_t m = n - i - 1;
    ad_planar u = ad_planar_from(a, i, i + 1), rest = ad_planar_from(a, i + 1, i + 1);
    ad_reflection h = ad_spectral_reflection(m, u, 1);
    d[i] = a.re[i * a.pitch + i];
    e[i] = h.beta;
    ad_planar_set(tau, i, h.tau_re, h.tau_im);
    if (h.tau_re == 0 && h.tau_im == 0) continue;
    ad_planar_clear(m, w);
    ad_planar_gather(k, m, m, u, rest, w);
    ad_hermitian_half(m, h.tau_re, h.tau_im, u, w);
    /* row j -= conj(u_j) w + conj(w_j) u */
    ad_planar_conj_times(m, -1, 0, u, scaled);
    ad_planar_conj_times(m, -1, 0, w, other);
    ad_planar_update(k, m, m, scaled, w, other, u, rest);
  }
  if (n) d[n - 1] = a.re[(n - 1) * a.pitch + n - 1];
}

static inline int ad_tridiagonal_splits(const double *d, const double *e, int64_t i) {
  double x = fabs(e[i]);
  return x <= AD_SPECTRAL_TINY || x <= AD_SPECTRAL_EPS * (sqrt(fabs(d[i])) * sqrt(fabs(d[i + 1])));
}

/* One sweep over [low, high], with the shift of its last two rows. */
static inline void ad_tridiagonal_sweep(double *d, double *e, const int64_t *row, int64_t low, int64_t high, ad_rotations *t) {
  double last = e[high - 1], half = (d[high - 1] - d[high]) / 2, root = sqrt(half * half + last * last);
  double shift = d[high] - last * (last / (half + (half < 0 ? -root : root)));
  double x = d[low] - shift, y = e[low];
  for (int64_t i = low; i < high; i++) {
    double c, s, r;
    ad_spectral_rotation(x, y, &c, &s, &r);
    if (i > low) e[i - 1] = r;
    double both = s * (d[i + 1] - d[i]) + 2 * c * e[i], moved = s * both;
    d[i] += moved;
    d[i + 1] -= moved;
    e[i] = c * both - e[i];
    x = e[i];
    if (i + 1 < high) {
      y = s * e[i + 1];
      e[i + 1] *= c;
    }
    ad_rotations_add(t, row[i], row[i + 1], c, s);
  }
}

/* The other way round, with its eigenvectors. */
static inline void ad_tridiagonal_turn(double *d, double *e, int64_t *row, int64_t low, int64_t high) {
  for (int64_t i = low, j = high; i < j; i++, j--) {
    double x = d[i];
    int64_t r = row[i];
    d[i] = d[j], row[i] = row[j];
    d[j] = x, row[j] = r;
  }
  for (int64_t i = low, j = high - 1; i < j; i++, j--) {
    double x = e[i];
    e[i] = e[j];
    e[j] = x;
  }
}

/* Eigenvalues of a tridiagonal matrix into d; row[i] is where the i-th one's vector stands in t, at first i. Returns how many did not
 * converge. */
static inline int64_t ad_tridiagonal_solve(int64_t n, double *d, double *e, int64_t *row, ad_rotations *t) {
  int64_t high = n - 1, low = n, left = 40 * n;
  while (high > 0) {
    if (ad_tridiagonal_splits(d, e, high - 1)) {
      high--;
      continue;
    }
    int64_t from = high - 1;
    while (from > 0 && !ad_tridiagonal_splits(d, e, from - 1)) from--;
    /* A part that is met for the first time is turned if need be. */
    if (high < low && fabs(d[high]) > fabs(d[from])) ad_tridiagonal_turn(d, e, row, from, high);
    low = from;
    if (left-- == 0) return high - low + 1;
    ad_tridiagonal_sweep(d, e, row, low, high, t);
  }
  return 0;
}

/* Puts order[0..n) so that key[order[i]] ascends; equal keys keep their order. room: n. */
static inline void ad_spectral_order(int64_t n, const double *key, int64_t *order, int64_t *room) {
  for (int64_t i = 0; i < n; i++) order[i] = i;
  for (int64_t width = 1; width < n; width *= 2) {
    for (int64_t at = 0; at < n; at += 2 * width) {
      int64_t middle = at + width < n ? at + width : n, end = middle + width < n ? middle + width : n, a = at, b = middle;
      for (int64_t i = at; i < end; i++) room[i] = b == end || (a < middle && key[order[a]] <= key[order[b]]) ? order[a++] : order[b++];
    }
    for (int64_t i = 0; i < n; i++) order[i] = room[i];
  }
}

/* Columns of z become those of Q z for the reflections that ad_hermitian_reduce left. By bands of columns, which stay in the cache. */
static inline void ad_hermitian_back(const ad_spectral_rows *k, int64_t n, ad_planar a, ad_planar tau, ad_planar z, ad_planar w) {
  ad_planar scaled = ad_planar_from(w, 0, n);
  for (int64_t at = 0; at < n; at += 64)
    for (int64_t i = n - 2; i >= 0; i--) {
      double tr = tau.re[i], ti = ad_planar_im(tau, i);
      if (tr == 0 && ti == 0) continue;
      ad_spectral_reflect_left(k, n - i - 1, n - at < 64 ? n - at : 64, tr, ti, ad_planar_from(a, i, i + 1), ad_planar_from(z, i + 1, at), w,
                               scaled);
    }
}

static inline int64_t ad_eigh_spoil(int64_t n, int parts, int wide, void *w, void *v, int64_t found) {
  ad_spectral_spoil(w, wide, n);
  if (v) ad_spectral_spoil(v, wide, n * n * parts);
  return found;
}

/* w[n] in ascending order and, unless v is NULL, the eigenvectors as columns of v[n][n]. One triangle of a is read. Where a is not
 * finite the result is NaN. Returns 0, or how many eigenvalues did not converge: then it is NaN too. */
static inline int64_t ad_eigh(const ad_spectral_rows *k, int64_t n, int parts, int wide, int upper, const void *a, void *w, void *v,
                              double *room, int64_t *places) {
  double scale = 0, *at = room;
  ad_planar m = ad_planar_take(&at, n, n, parts), work = ad_planar_take(&at, 1, 3 * n, parts), tau = ad_planar_take(&at, 1, n, parts);
  double *d = ad_spectral_take(&at, n), *e = ad_spectral_take(&at, n);
  int64_t *row = places, *order = places + n, found;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j <= i; j++) {
      ad_planar_load(m, i, j, a, wide, n, upper, 1);
      if (parts == 2 && i == j) m.re[m.im + i * m.pitch + i] = 0;
      m.re[j * m.pitch + i] = m.re[i * m.pitch + j];
      if (parts == 2) m.re[m.im + j * m.pitch + i] = -m.re[m.im + i * m.pitch + j];
    }
  scale = ad_spectral_scale(m.re, 1, ad_planar_room(n, n, parts));
  if (scale == 0) return ad_eigh_spoil(n, parts, wide, w, v, 0);
  for (int64_t i = 0; i < ad_planar_room(n, n, parts); i++) m.re[i] *= scale;
  for (int64_t i = 0; i < n; i++) row[i] = i;
  ad_hermitian_reduce(k, n, m, d, e, tau, work);
  if (!v) {
    found = ad_tridiagonal_solve(n, d, e, row, NULL);
    if (found) return ad_eigh_spoil(n, parts, wide, w, v, found);
    ad_spectral_order(n, d, order, row);
    for (int64_t i = 0; i < n; i++) ad_spectral_store(w, wide, i, d[order[i]] / scale);
    return 0;
  }
  ad_rotations t;
  ad_planar z = ad_planar_take(&at, n, n, parts);
  ad_rotations_begin(&t, k, n, n, &at);
  found = ad_tridiagonal_solve(n, d, e, row, &t);
  if (found) return ad_eigh_spoil(n, parts, wide, w, v, found);
  ad_rotations_apply(&t);
  ad_spectral_order(n, d, order, places + 2 * n);
  for (int64_t j = 0; j < n; j++) {
    ad_spectral_store(w, wide, j, d[order[j]] / scale);
    for (int64_t i = 0; i < n; i++) z.re[i * z.pitch + j] = ad_rotations_at(&t, row[order[j]], i);
  }
  ad_hermitian_back(k, n, m, tau, z, work);
  ad_spectral_phases(n, n, z, NULL, 0, work.re, work.re + n);
  ad_planar_store(z, n, n, 0, v, wide);
  return 0;
}

#endif
