/* Eigenvalues and singular values of one matrix: what spectral_hermitian.h, spectral_svd.h and spectral_general.h share.
 *
 * Freestanding: the text is compiled in and carried into emitted C. Nothing is allocated: whoever calls gives `room`, as many
 * doubles as ops/spectral_room.h says, and `places`, five integers a row or column.
 *
 * All of it is computed in double precision, whatever the dtype: loads and stores convert. A matrix is loaded with its largest
 * component scaled, by a power of two, to about 1, so that nothing overflows, and what underflows is far below the rounding of the
 * result. Inside, a complex matrix is two real ones of `pitch` columns, the imaginary one `im` behind the real one (parts is 2,
 * or 1 and there is none); so every loop over a row is a loop over doubles. These loops are in a table (ad_spectral_rows), since
 * they alone gain from the instruction set.
 * Householder reflections are I - tau v v^H with v[0] = 1, taken so that what they leave is real (LAPACK's convention). */
#ifndef AD_RUNTIME_STRUCTURAL_SPECTRAL_H
#define AD_RUNTIME_STRUCTURAL_SPECTRAL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include "base/scalar_complex.h"
#include "ops/spectral_room.h"

/* The loops of spectral_rows.h. */
typedef struct ad_spectral_rows {
  void (*gather)(int64_t rows, int64_t n, double factor, const double *c, const double *m, int64_t pitch, double *y);
  void (*update)(int64_t rows, int64_t n, const double *c, const double *x, const double *d, const double *y, double *m, int64_t pitch);
  void (*add)(int64_t rows, int64_t n, double factor, const double *c, const double *x, double *m, int64_t pitch);
  void (*dot)(int64_t rows, int64_t n, double factor, const double *m, int64_t pitch, const double *x, double *z);
  void (*rotate)(int64_t count, const double *r, double *panel);
  void (*reflect)(int64_t n, double *row, int64_t pitch, const double *weight, const double *factor);
  void (*turn)(int64_t n, double *first, double *second, int64_t im, double c, double sr, double si);
} ad_spectral_rows;

/* A matrix, or with one row a vector: element (i, j) is at re[i * pitch + j] and re[im + i * pitch + j]. */
typedef struct ad_planar {
  double *re;
  int64_t pitch, im;
  int parts;
} ad_planar;

#define AD_SPECTRAL_EPS 0x1p-53
/* What is below this beside a matrix of norm 1 is zero: its square would underflow. */
#define AD_SPECTRAL_TINY 0x1p-480

/* ---- Planar matrices ---- */

/* The next `count` doubles of the room. */
static inline double *ad_spectral_take(double **room, int64_t count) {
  double *p = *room;
  *room += count;
  return p;
}

/* Zeros. */
static inline ad_planar ad_planar_take(double **room, int64_t rows, int64_t columns, int parts) {
  ad_planar a;
  a.parts = parts;
  a.pitch = ad_planar_pitch(columns);
  a.im = rows * a.pitch;
  a.re = ad_spectral_take(room, ad_planar_room(rows, columns, parts));
  for (int64_t i = 0; i < ad_planar_room(rows, columns, parts); i++) a.re[i] = 0;
  return a;
}

/* The part from row i and column j on. */
static inline ad_planar ad_planar_from(ad_planar a, int64_t i, int64_t j) {
  a.re += i * a.pitch + j;
  return a;
}

static inline void ad_spectral_fill(int64_t n, double x, double *y) {
  for (int64_t i = 0; i < n; i++) y[i] = x;
}

/* Element i counted from the beginning, as that of a vector. */
static inline void ad_planar_set(ad_planar a, int64_t i, double re, double im) {
  a.re[i] = re;
  if (a.parts == 2) a.re[a.im + i] = im;
}
static inline double ad_planar_im(ad_planar a, int64_t i) { return a.parts == 2 ? a.re[a.im + i] : 0; }

/* y += sum over i of c_i row_i of m, for `rows` rows of n columns; c and y are vectors. */
static inline void ad_planar_gather(const ad_spectral_rows *k, int64_t rows, int64_t n, ad_planar c, ad_planar m, ad_planar y) {
  k->gather(rows, n, 1, c.re, m.re, m.pitch, y.re);
  if (m.parts == 1) return;
  k->gather(rows, n, -1, c.re + c.im, m.re + m.im, m.pitch, y.re);
  k->gather(rows, n, 1, c.re + c.im, m.re, m.pitch, y.re + y.im);
  k->gather(rows, n, 1, c.re, m.re + m.im, m.pitch, y.re + y.im);
}

/* row_i of m += c_i x. */
static inline void ad_planar_add(const ad_spectral_rows *k, int64_t rows, int64_t n, ad_planar c, ad_planar x, ad_planar m) {
  k->add(rows, n, 1, c.re, x.re, m.re, m.pitch);
  if (m.parts == 1) return;
  k->add(rows, n, -1, c.re + c.im, x.re + x.im, m.re, m.pitch);
  k->add(rows, n, 1, c.re, x.re + x.im, m.re + m.im, m.pitch);
  k->add(rows, n, 1, c.re + c.im, x.re, m.re + m.im, m.pitch);
}

/* row_i of m += c_i x + d_i y. */
static inline void ad_planar_update(const ad_spectral_rows *k, int64_t rows, int64_t n, ad_planar c, ad_planar x, ad_planar d, ad_planar y,
                                    ad_planar m) {
  k->update(rows, n, c.re, x.re, d.re, y.re, m.re, m.pitch);
  if (m.parts == 1) return;
  k->add(rows, n, -1, c.re + c.im, x.re + x.im, m.re, m.pitch);
  k->add(rows, n, -1, d.re + d.im, y.re + y.im, m.re, m.pitch);
  k->update(rows, n, c.re, x.re + x.im, d.re, y.re + y.im, m.re + m.im, m.pitch);
  k->update(rows, n, c.re + c.im, x.re, d.re + d.im, y.re, m.re + m.im, m.pitch);
}

/* z_i += sum of row_i of m times x. */
static inline void ad_planar_dot(const ad_spectral_rows *k, int64_t rows, int64_t n, ad_planar m, ad_planar x, ad_planar z) {
  k->dot(rows, n, 1, m.re, m.pitch, x.re, z.re);
  if (m.parts == 1) return;
  k->dot(rows, n, -1, m.re + m.im, m.pitch, x.re + x.im, z.re);
  k->dot(rows, n, 1, m.re, m.pitch, x.re + x.im, z.re + z.im);
  k->dot(rows, n, 1, m.re + m.im, m.pitch, x.re, z.re + z.im);
}

/* y_i = a conj(x_i) for a complex number a. */
static inline void ad_planar_conj_times(int64_t n, double ar, double ai, ad_planar x, ad_planar y) {
  for (int64_t i = 0; i < n; i++) {
    double xr = x.re[i], xi = ad_planar_im(x, i);
    ad_planar_set(y, i, ar * xr + ai * xi, ai * xr - ar * xi);
  }
}

static inline void ad_planar_clear(int64_t n, ad_planar y) {
  ad_spectral_fill(n, 0, y.re);
  if (y.parts == 2) ad_spectral_fill(n, 0, y.re + y.im);
}

/* ---- Loads and stores: matrices of float, double, or pairs of these, row-major ---- */

static inline double ad_spectral_load(const void *a, int wide, int64_t i) {
  return wide ? ((const double *)a)[i] : (double)((const float *)a)[i];
}

static inline void ad_spectral_store(void *a, int wide, int64_t i, double x) {
  if (wide) ((double *)a)[i] = x;
  else ((float *)a)[i] = (float)x;
}

/* The power of two that brings the largest of count components to about 1; 0 when one of them is not finite. */
static inline double ad_spectral_scale(const void *a, int wide, int64_t count) {
  double top = 0;
  for (int64_t i = 0; i < count; i++) {
    double x = fabs(ad_spectral_load(a, wide, i));
    if (!(x <= 0x1.fffffffffffffp+1023)) return 0;
    top = x > top ? x : top;
  }
  return ad__c128_unit(ad__c128(top, 0));
}

/* count NaNs, for what has no result. */
static inline void ad_spectral_spoil(void *a, int wide, int64_t count) {
  for (int64_t i = 0; i < count; i++) ad_spectral_store(a, wide, i, (double)NAN);
}

/* Element (i, j) of the matrix, or of its conjugate transpose, times scale, with `columns` columns in memory. */
static inline void ad_planar_load(ad_planar to, int64_t i, int64_t j, const void *a, int wide, int64_t columns, int turned, double scale) {
  int64_t at = (turned ? j * columns + i : i * columns + j) * to.parts;
  to.re[i * to.pitch + j] = ad_spectral_load(a, wide, at) * scale;
  if (to.parts == 2) to.re[to.im + i * to.pitch + j] = (turned ? -1 : 1) * ad_spectral_load(a, wide, at + 1) * scale;
}

/* Rows of m in row-major order, or its conjugate transpose. */
static inline void ad_planar_store(ad_planar m, int64_t rows, int64_t columns, int turned, void *out, int wide) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      int64_t at = (turned ? j * rows + i : i * columns + j) * m.parts;
      ad_spectral_store(out, wide, at, m.re[i * m.pitch + j]);
      if (m.parts == 2) ad_spectral_store(out, wide, at + 1, (turned ? -1 : 1) * m.re[m.im + i * m.pitch + j]);
    }
}

/* ---- Reflections ---- */

typedef struct ad_reflection {
  double beta, tau_re, tau_im; /* tau 0: the identity */
} ad_reflection;

/* (I - conj(tau) v v^H) x = beta e_0; x, of n elements, becomes v. With `conjugated`, x holds the conjugate of the vector that is meant,
 * and becomes that of v. */
static inline ad_reflection ad_spectral_reflection(int64_t n, ad_planar x, int conjugated) {
  ad_reflection h;
  double re = x.re[0], im = ad_planar_im(x, 0), square = 0;
  for (int64_t p = 0; p < x.parts; p++)
    for (int64_t i = 1; i < n; i++) square += x.re[p * x.im + i] * x.re[p * x.im + i];
  h.beta = re;
  h.tau_re = h.tau_im = 0;
  square += im * im;
  if (!(square > AD_SPECTRAL_TINY * AD_SPECTRAL_TINY)) return h;
  double norm = sqrt(re * re + square);
  h.beta = re > 0 ? -norm : norm;
  h.tau_re = (h.beta - re) / h.beta;
  h.tau_im = (conjugated ? im : -im) / h.beta;
  /* divided by x_0 - beta */
  double d = re - h.beta, size = d * d + im * im, fr = d / size, fi = -im / size;
  for (int64_t i = 1; i < n; i++) {
    double xr = x.re[i], xi = ad_planar_im(x, i);
    ad_planar_set(x, i, xr * fr - xi * fi, xr * fi + xi * fr);
  }
  ad_planar_set(x, 0, 1, 0);
  return h;
}

/* m = m - tau v (v^H m), for n rows of `columns` columns, where u is conj(v). sum and scaled are vectors to work in. */
static inline void ad_spectral_reflect_left(const ad_spectral_rows *k, int64_t n, int64_t columns, double tau_re, double tau_im,
                                            ad_planar u, ad_planar m, ad_planar sum, ad_planar scaled) {
  ad_planar_clear(columns, sum);
  ad_planar_gather(k, n, columns, u, m, sum);
  ad_planar_conj_times(n, -tau_re, -tau_im, u, scaled);
  ad_planar_add(k, n, columns, scaled, sum, m);
}

/* ---- Rotations ---- */

/* c x + s y = *r and c y - s x = 0. */
static inline void ad_spectral_rotation(double x, double y, double *c, double *s, double *r) {
  double largest = fabs(x) > fabs(y) ? fabs(x) : fabs(y), unit = 1;
  if (largest == 0) {
    *c = 1;
    *s = *r = 0;
    return;
  }
  if (largest < 0x1p-400) unit = 0x1p500;
  x *= unit;
  y *= unit;
  double length = sqrt(x * x + y * y);
  *c = x / length;
  *s = y / length;
  *r = length / unit;
}

/* Orthogonal matrices while rotations are applied to their columns. Row r of the transposes holds column r, in panels of 32
 * columns. Rotations (c, s, and the two rows) are kept until there are many, so that a panel stays in the cache while it goes
 * through all of them. */
typedef struct ad_rotations {
  const ad_spectral_rows *k;
  double *kept;
  int64_t count, most;
  double *panels;
  int64_t rows, length; /* of the transposes */
} ad_rotations;

/* Row r of the transposes begins as row r % length of the identity. */
static inline void ad_rotations_begin(ad_rotations *t, const ad_spectral_rows *k, int64_t rows, int64_t length, double **room) {
  int64_t blocks = (length + 31) / 32;
  t->k = k;
  t->rows = rows;
  t->length = length;
  t->count = 0;
  t->most = 4 * rows + 64;
  t->kept = ad_spectral_take(room, 4 * t->most);
  t->panels = ad_spectral_take(room, rows * blocks * 32);
  ad_spectral_fill(rows * blocks * 32, 0, t->panels);
  for (int64_t r = 0; r < rows; r++) {
    int64_t at = r % length;
    t->panels[at / 32 * rows * 32 + r * 32 + at % 32] = 1;
  }
}

static inline void ad_rotations_apply(ad_rotations *t) {
  for (int64_t b = 0; b < (t->length + 31) / 32; b++) t->k->rotate(t->count, t->kept, t->panels + b * t->rows * 32);
  t->count = 0;
}

/* t NULL: nobody wants the vectors. */
static inline void ad_rotations_add(ad_rotations *t, int64_t first, int64_t second, double c, double s) {
  if (!t) return;
  double *r = t->kept + 4 * t->count++;
  r[0] = c;
  r[1] = s;
  r[2] = (double)first;
  r[3] = (double)second;
  if (t->count == t->most) ad_rotations_apply(t);
}

/* Element i of row r of the transposes. */
static inline double ad_rotations_at(const ad_rotations *t, int64_t r, int64_t i) {
  return t->panels[i / 32 * t->rows * 32 + r * 32 + i % 32];
}

/* ---- Phases ---- */

/* Each of the first `count` columns times the number of modulus 1 that makes its first element of at least half the largest modulus real
 * and positive: vectors then depend on the matrix alone. largest and turn are room for a number, or two, for each column. Given `with`,
 * its columns are multiplied by the same numbers. */
static inline void ad_spectral_phases(int64_t rows, int64_t count, ad_planar v, const ad_planar *with, int64_t with_rows, double *largest,
                                      double *turn) {
  ad_spectral_fill(count, 0, largest);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < count; j++) {
      double re = v.re[i * v.pitch + j], im = ad_planar_im(v, i * v.pitch + j), square = re * re + im * im;
      largest[j] = square > largest[j] ? square : largest[j];
    }
  for (int64_t j = 0; j < count; j++) turn[2 * j] = 1, turn[2 * j + 1] = 0;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < count; j++) {
      double re = v.re[i * v.pitch + j], im = ad_planar_im(v, i * v.pitch + j), square = re * re + im * im;
      if (!(largest[j] > 0 && square >= 0.25 * largest[j])) continue;
      largest[j] = 0;
      double size = sqrt(square);
      turn[2 * j] = re / size;
      turn[2 * j + 1] = -im / size;
    }
  for (int which = 0; which < (with ? 2 : 1); which++) {
    ad_planar m = which ? *with : v;
    for (int64_t i = 0; i < (which ? with_rows : rows); i++)
      for (int64_t j = 0; j < count; j++) {
        int64_t e = i * m.pitch + j;
        double re = m.re[e], im = ad_planar_im(m, e);
        ad_planar_set(m, e, re * turn[2 * j] - im * turn[2 * j + 1], re * turn[2 * j + 1] + im * turn[2 * j]);
      }
  }
}

#endif
