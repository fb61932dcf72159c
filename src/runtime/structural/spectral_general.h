/* Eigenvalues and eigenvectors of any square matrix; see spectral.h.
 *
 * Balancing by powers of two (James, Langou and Lowery, On matrix balancing and eigenvector computation, 2014, without
 * permutations), Householder reduction to Hessenberg form, the shifted QR algorithm to Schur form: Francis's double shift for real
 * matrices, which stay real, single shifts for complex ones (Golub and Van Loan, Matrix Computations, 4th edition, 2013,
 * chapter 7); then eigenvectors of the triangular matrix by substitution, scaled before they could overflow. An eigenvector of a
 * defective eigenvalue is computed as that of a matrix one rounding away. Eigenvalues are ordered by real part, then imaginary
 * part; of a real matrix they come in exact conjugate pairs. */
#ifndef AD_RUNTIME_STRUCTURAL_SPECTRAL_GENERAL_H
#define AD_RUNTIME_STRUCTURAL_SPECTRAL_GENERAL_H

#include "runtime/structural/spectral_hermitian.h"
#include "runtime/structural/spectral_svd.h"

/* |re| + |im| of an element. */
static inline double ad_planar_size(ad_planar a, int64_t i, int64_t j) {
  double x = fabs(a.re[i * a.pitch + j]);
  return a.parts == 2 ? x + fabs(a.re[a.im + i * a.pitch + j]) : x;
}

/* ---- Balancing and Hessenberg form ---- */

static inline double ad_balance_norm(ad_planar a, int64_t n, int64_t i, int column) {
  double sum = 0;
  for (int64_t j = 0; j < n; j++) {
    double x = j == i ? 0 : column ? ad_planar_size(a, j, i) : ad_planar_size(a, i, j);
    sum += x * x;
  }
  return sqrt(sum);
}

/* a becomes D^-1 a D, with rows and columns of like norms. */
static inline void ad_balance(int64_t n, ad_planar a, double *d) {
  ad_spectral_fill(n, 1, d);
  for (int changed = 1, round = 0; changed && round < 20; round++) {
    changed = 0;
    for (int64_t i = 0; i < n; i++) {
      double c = ad_balance_norm(a, n, i, 1), r = ad_balance_norm(a, n, i, 0), sum = c + r, f = 1;
      if (!(c > AD_SPECTRAL_TINY && r > AD_SPECTRAL_TINY)) continue;
      for (; c < r / 2; c *= 2, r /= 2) f *= 2;
      for (; c >= r * 2; c /= 2, r *= 2) f /= 2;
      if (c + r >= 0.95 * sum || d[i] * f > 0x1p300 || d[i] * f < 0x1p-300) continue;
      changed = 1;
      d[i] *= f;
      for (int64_t j = 0; j < n; j++)
        for (int64_t p = 0; p < a.parts; p++) {
          a.re[p * a.im + i * a.pitch + j] /= f;
          a.re[p * a.im + j * a.pitch + i] *= f;
        }
    }
  }
}

/* a becomes Q^H a Q; row i of left keeps conj(v) of the i-th reflection, from column i + 1 on. */
static inline void ad_hessenberg(const ad_spectral_rows *k, int64_t n, ad_planar a, ad_planar left, ad_planar tau, ad_planar work) {
  ad_planar sum = work, scaled = ad_planar_from(work, 0, n), v = ad_planar_from(work, 0, 2 * n);
  for (int64_t i = 0; i + 1 < n; i++) {
    int64_t m = n - i - 1;
    ad_planar u = ad_planar_from(left, i, i + 1);
    for (int64_t j = 0; j < m; j++) ad_planar_set(u, j, a.re[(i + 1 + j) * a.pitch + i], -ad_planar_im(a, (i + 1 + j) * a.pitch + i));
    ad_reflection h = ad_spectral_reflection(m, u, 1);
    ad_planar_set(tau, i, h.tau_re, h.tau_im);
    for (int64_t j = 0; j < m; j++) ad_planar_set(a, (i + 1 + j) * a.pitch + i, j ? 0 : h.beta, 0);
    if (h.tau_re == 0 && h.tau_im == 0) continue;
    ad_spectral_reflect_left(k, m, m, h.tau_re, -h.tau_im, u, ad_planar_from(a, i + 1, i + 1), sum, scaled);
    /* a -= tau (a v) v^H */
    ad_planar_conj_times(m, 1, 0, u, v);
    ad_planar_clear(n, sum);
    ad_planar_dot(k, n, m, ad_planar_from(a, 0, i + 1), v, sum);
    for (int64_t j = 0; j < n; j++) {
      double re = sum.re[j], im = ad_planar_im(sum, j);
      ad_planar_set(sum, j, -(h.tau_re * re - h.tau_im * im), -(h.tau_re * im + h.tau_im * re));
    }
    ad_planar_add(k, n, m, sum, u, ad_planar_from(a, 0, i + 1));
  }
}

/* The transpose of Q, in z; q is room. */
static inline void ad_hessenberg_basis(const ad_spectral_rows *k, int64_t n, ad_planar left, ad_planar tau, ad_planar q, ad_planar z, ad_planar work) {
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) ad_planar_set(q, i * q.pitch + j, i == j, 0);
  ad_bidiagonal_back(k, n, n, n - 1, 1, left, tau, q, work, n);
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) ad_planar_set(z, j * z.pitch + i, q.re[i * q.pitch + j], ad_planar_im(q, i * q.pitch + j));
}

/* ---- Schur form ---- */

/* The Schur form of h with, unless NULL, the transposed basis. Without a basis only eigenvalues are wanted, and what lies beside the part
 * at work is left behind. */
typedef struct ad_schur {
  const ad_spectral_rows *k;
  int64_t n;
  ad_planar h;
  const ad_planar *z;
  double *re, *im; /* eigenvalues */
} ad_schur;

/* The first row of the part that ends with row high. */
static inline int64_t ad_schur_part(const ad_schur *s, int64_t high) {
  int64_t low = high;
  for (; low > 0; low--) {
    double beside = ad_planar_size(s->h, low, low - 1), sum = ad_planar_size(s->h, low - 1, low - 1) + ad_planar_size(s->h, low, low);
    if (beside > AD_SPECTRAL_TINY && beside > AD_SPECTRAL_EPS * sum) continue;
    ad_planar_set(s->h, low * s->h.pitch + low - 1, 0, 0);
    break;
  }
  return low;
}

/* Rows i and i + 1, columns and basis of a real matrix turned by (c, s). */
static inline void ad_schur_rotate(const ad_schur *s, int64_t i, double c, double sine) {
  double *h = s->h.re;
  int64_t pitch = s->h.pitch;
  for (int64_t j = i; j < s->n; j++) {
    double x = h[i * pitch + j], y = h[(i + 1) * pitch + j];
    h[i * pitch + j] = c * x + sine * y;
    h[(i + 1) * pitch + j] = c * y - sine * x;
  }
  for (int64_t j = 0; j < i + 2; j++) {
    double x = h[j * pitch + i], y = h[j * pitch + i + 1];
    h[j * pitch + i] = c * x + sine * y;
    h[j * pitch + i + 1] = c * y - sine * x;
  }
  for (int64_t j = 0; s->z && j < s->n; j++) {
    double *x = s->z->re + i * s->z->pitch + j, *y = x + s->z->pitch, a = *x, b = *y;
    *x = c * a + sine * b;
    *y = c * b - sine * a;
  }
}

/* The 2 x 2 block at (i, i): triangular when its eigenvalues are real, otherwise with equal elements on its diagonal. */
static inline void ad_schur_block(const ad_schur *s, int64_t i) {
  double *top = s->h.re + i * s->h.pitch + i, *low = top + s->h.pitch;
  double a = top[0], b = top[1], c = low[0], d = low[1], p = (a - d) / 2, square = p * p + b * c, cosine = 1, sine = 0, r;
  if (square >= 0) {
    double z = p + (p < 0 ? -sqrt(square) : sqrt(square));
    if (z == 0) cosine = 0, sine = 1;
    else ad_spectral_rotation(z, c, &cosine, &sine, &r);
    ad_schur_rotate(s, i, cosine, sine);
    top[0] = z == 0 ? d : d + z;
    low[1] = z == 0 ? a : d - b / z * c;
    top[1] = b - c;
    low[0] = 0;
  } else {
    double sum = b + c, length = sqrt(sum * sum + 4 * p * p);
    if (length > 0) {
      cosine = sqrt(0.5 * (1 + fabs(sum) / length));
      sine = -p / (length * cosine) * (sum < 0 ? -1 : 1);
      ad_schur_rotate(s, i, cosine, sine);
    }
    top[0] = low[1] = (a + d) / 2;
    if (!((top[1] < 0 && low[0] > 0) || (top[1] > 0 && low[0] < 0))) low[0] = 0;
  }
  double root = low[0] == 0 ? 0 : sqrt(fabs(top[1])) * sqrt(fabs(low[0]));
  s->re[i] = top[0];
  s->re[i + 1] = low[1];
  s->im[i] = root;
  s->im[i + 1] = -root;
}

/* A reflection of rows and columns i, i + 1 and, with three, i + 2. */
static inline void ad_schur_reflect(const ad_schur *s, int64_t i, int three, int64_t low, int64_t high, const double *weight,
                                    const double *factor) {
  int64_t pitch = s->h.pitch, end = s->z ? s->n : high + 1, last = i + 3 < high ? i + 3 : high;
  if (three) {
    s->k->reflect(end - i, s->h.re + i * pitch + i, pitch, weight, factor);
    if (s->z) s->k->reflect(s->n, s->z->re + i * s->z->pitch, s->z->pitch, weight, factor);
  } else {
    for (int which = 0; which < (s->z ? 2 : 1); which++) {
      double *x = which ? s->z->re + i * s->z->pitch : s->h.re + i * pitch + i, *y = x + (which ? s->z->pitch : pitch);
      for (int64_t j = 0; j < (which ? s->n : end - i); j++) {
        double sum = x[j] + weight[1] * y[j];
        x[j] -= factor[0] * sum;
        y[j] -= factor[1] * sum;
      }
    }
  }
  for (int64_t j = s->z ? 0 : low; j <= last; j++) {
    double *x = s->h.re + j * pitch + i, sum = x[0] + weight[1] * x[1] + (three ? weight[2] * x[2] : 0);
    x[0] -= factor[0] * sum;
    x[1] -= factor[1] * sum;
    if (three) x[2] -= factor[2] * sum;
  }
}

/* One sweep with two shifts, the eigenvalues of [x .; . y] with the product w beside its diagonal. */
static inline void ad_schur_sweep(const ad_schur *s, int64_t low, int64_t high, double x, double y, double w) {
  double *h = s->h.re, p = 0, q = 0, r = 0;
  int64_t pitch = s->h.pitch, first = high - 2;
  /* From where two elements below the diagonal are small together. */
  for (;; first--) {
    const double *a = h + first * pitch + first, *b = a + pitch, *c = b + pitch;
    double u = x - a[0], v = y - a[0], size;
    p = (u * v - w) / b[0] + a[1];
    q = b[1] - a[0] - u - v;
    r = c[1];
    size = fabs(p) + fabs(q) + fabs(r);
    p /= size, q /= size, r /= size;
    if (first == low || fabs(a[-1]) * (fabs(q) + fabs(r)) <= AD_SPECTRAL_EPS * fabs(p) * (fabs(a[-1 - pitch]) + fabs(a[0]) + fabs(b[1]))) break;
  }
  for (int64_t i = first; i < high; i++) {
    int three = i + 1 < high;
    double *a = h + i * pitch + i, unit = 1, weight[3], factor[3];
    if (i > first) {
      p = a[-1], q = a[pitch - 1], r = three ? a[2 * pitch - 1] : 0;
      unit = fabs(p) + fabs(q) + fabs(r);
      if (unit == 0) continue;
      p /= unit, q /= unit, r /= unit;
    } else if (!three) {
      r = 0;
    }
    double length = sqrt(p * p + q * q + r * r);
    if (length == 0) continue;
    if (p < 0) length = -length;
    weight[0] = 1, weight[1] = q / (p + length), weight[2] = r / (p + length);
    for (int e = 0; e < 3; e++) factor[e] = (p + length) / length * weight[e];
    if (i > first) {
      a[-1] = -length * unit;
      a[pitch - 1] = 0;
      if (three) a[2 * pitch - 1] = 0;
    } else if (first > low) {
      a[-1] *= 1 - factor[0];
    }
    ad_schur_reflect(s, i, three, low, high, weight, factor);
  }
}

/* Returns how many eigenvalues did not converge. */
static inline int64_t ad_schur_real(const ad_schur *s) {
  int64_t high = s->n - 1, left = 40 * s->n, tries = 0, pitch = s->h.pitch;
  double *h = s->h.re;
  while (high >= 0) {
    int64_t low = ad_schur_part(s, high);
    double *end = h + high * pitch + high;
    if (low >= high - 1) {
      if (low == high) s->re[high] = end[0], s->im[high] = 0;
      else ad_schur_block(s, low);
      high = low - 1;
      tries = 0;
      continue;
    }
    if (left-- == 0) return high + 1;
    double x = end[0], y = end[-pitch - 1], w = end[-1] * end[-pitch];
    if (++tries % 10 == 0) { /* shifts that belong to no pattern, where the usual ones go round in a circle */
      double size = fabs(end[-1]) + fabs(end[-pitch - 2]);
      x = y = end[0] + 0.75 * size;
      w = -0.4375 * size * size;
    }
    ad_schur_sweep(s, low, high, x, y, w);
  }
  return 0;
}

static inline ad_c128 ad_planar_get(ad_planar a, int64_t i, int64_t j) {
  return ad__c128(a.re[i * a.pitch + j], ad_planar_im(a, i * a.pitch + j));
}

/* The eigenvalue of the last 2 x 2 block of the part that is nearer to its last element. */
static inline ad_c128 ad_schur_shift(const ad_schur *s, int64_t high) {
  ad_c128 a = ad_planar_get(s->h, high - 1, high - 1), b = ad_planar_get(s->h, high - 1, high), c = ad_planar_get(s->h, high, high - 1);
  ad_c128 d = ad_planar_get(s->h, high, high), p = ad_c128_subtract(a, d), product = ad_c128_multiply(b, c);
  p = ad__c128(0.5 * p.re, 0.5 * p.im);
  ad_c128 root = ad_c128_sqrt(ad_c128_add(ad_c128_multiply(p, p), product));
  if (p.re * root.re + p.im * root.im < 0) root = ad_c128_negative(root);
  ad_c128 sum = ad_c128_add(p, root);
  if (sum.re == 0 && sum.im == 0) return d;
  return ad_c128_subtract(d, ad_c128_divide(product, sum));
}

static inline void ad_schur_complex_sweep(const ad_schur *s, int64_t low, int64_t high, ad_c128 shift) {
  ad_planar h = s->h;
  ad_c128 x = ad_c128_subtract(ad_planar_get(h, low, low), shift), y = ad_planar_get(h, low + 1, low);
  for (int64_t i = low; i < high; i++) {
    double xs = ad_c128_abs(x), ys = ad_c128_abs(y), c, sine, r;
    ad_spectral_rotation(xs, ys, &c, &sine, &r);
    ad_c128 phase = xs > 0 ? ad__c128(x.re / xs, x.im / xs) : ad__c128(1, 0);
    ad_c128 other = ys > 0 ? ad__c128(y.re / ys, -y.im / ys) : ad__c128(1, 0), turn = ad_c128_multiply(phase, other);
    double sr = sine * turn.re, si = sine * turn.im;
    if (i > low) {
      ad_planar_set(h, i * h.pitch + i - 1, phase.re * r, phase.im * r);
      ad_planar_set(h, (i + 1) * h.pitch + i - 1, 0, 0);
    }
    double *top = h.re + i * h.pitch + i;
    s->k->turn((s->z ? s->n : high + 1) - i, top, top + h.pitch, h.im, c, sr, si);
    for (int64_t j = s->z ? 0 : low; j <= (i + 2 < high ? i + 2 : high); j++) {
      double *re = h.re + j * h.pitch + i, *im = re + h.im, a = re[0], b = im[0], d = re[1], e = im[1];
      re[0] = c * a + (sr * d + si * e);
      im[0] = c * b + (sr * e - si * d);
      re[1] = c * d - (sr * a - si * b);
      im[1] = c * e - (sr * b + si * a);
    }
    if (s->z) s->k->turn(s->n, s->z->re + i * s->z->pitch, s->z->re + (i + 1) * s->z->pitch, s->z->im, c, sr, -si);
    if (i + 1 == high) break;
    x = ad_planar_get(h, i + 1, i);
    y = ad_planar_get(h, i + 2, i);
  }
}

static inline int64_t ad_schur_complex(const ad_schur *s) {
  int64_t high = s->n - 1, left = 40 * s->n, tries = 0;
  while (high >= 0) {
    int64_t low = ad_schur_part(s, high);
    ad_c128 last = ad_planar_get(s->h, high, high);
    if (low == high) {
      s->re[high] = last.re, s->im[high] = last.im;
      high--;
      tries = 0;
      continue;
    }
    if (left-- == 0) return high + 1;
    ad_c128 shift = ad_schur_shift(s, high);
    if (++tries % 10 == 0) shift = ad__c128(last.re + 0.75 * ad_planar_size(s->h, high, high - 1), last.im);
    ad_schur_complex_sweep(s, low, high, shift);
  }
  return 0;
}

/* ---- Eigenvectors ---- */

/* Solves (T - value) x = 0 for the elements in front of those that are set. `turned` is the transpose of T, so that columns are rows. */
typedef struct ad_triangle {
  const ad_spectral_rows *k;
  ad_planar t, turned;
  ad_planar x; /* complex, of n elements; holds what is still to be solved for, and the solution behind it */
  int64_t size; /* elements of x that count */
  double re, im, least; /* the eigenvalue; the least number divided by */
} ad_triangle;

static inline void ad_triangle_scale(ad_triangle *v, double f) {
  for (int64_t i = 0; i < v->size; i++) v->x.re[i] *= f, v->x.re[v->x.im + i] *= f;
}

/* x[0..end) -= x_j times column j. */
static inline void ad_triangle_eliminate(ad_triangle *v, int64_t j, int64_t end) {
  double *x = v->x.re, *y = x + v->x.im, re = x[j], im = y[j];
  const double *column = v->turned.re + j * v->turned.pitch;
  if (re != 0) v->k->gather(1, end, -1, &re, column, 0, x);
  if (im != 0) v->k->gather(1, end, -1, &im, column, 0, y);
  if (v->t.parts == 1) return;
  if (im != 0) v->k->gather(1, end, 1, &im, column + v->turned.im, 0, x);
  if (re != 0) v->k->gather(1, end, -1, &re, column + v->turned.im, 0, y);
}

/* d, or what stands for it when it is too small to divide by; x is made so small that y / d is no larger than 2^400. */
static inline ad_c128 ad_triangle_pivot(ad_triangle *v, ad_c128 d, double y) {
  double size = fabs(d.re) + fabs(d.im);
  if (size < v->least) {
    d = ad__c128(v->least, 0);
    size = v->least;
  }
  if (y > size * 0x1p400) ad_triangle_scale(v, size / y * 0x1p400);
  return d;
}

static inline ad_c128 ad_triangle_get(const ad_triangle *v, int64_t j) { return ad__c128(v->x.re[j], v->x.re[v->x.im + j]); }

static inline double ad_c128_size(ad_c128 a) { return fabs(a.re) + fabs(a.im); }

/* x_j and, in a block of a real matrix, x_(j-1), by elimination with the larger pivot. */
static inline void ad_triangle_block(ad_triangle *v, int64_t j) {
  ad_c128 a = ad_planar_get(v->t, j - 1, j - 1), b = ad_planar_get(v->t, j - 1, j), c = ad_planar_get(v->t, j, j - 1);
  ad_c128 d = ad_planar_get(v->t, j, j);
  a.re -= v->re, a.im -= v->im;
  d.re -= v->re, d.im -= v->im;
  int swap = ad_c128_size(c) > ad_c128_size(a);
  ad_c128 p = swap ? c : a, pb = swap ? d : b, o = swap ? a : c, ob = swap ? b : d, f = ad_c128_divide(o, p);
  ad_c128 pivot = ad_c128_subtract(ob, ad_c128_multiply(f, pb));
  double most = ad_c128_size(ad_triangle_get(v, j)) + ad_c128_size(ad_triangle_get(v, j - 1));
  pivot = ad_triangle_pivot(v, pivot, 2 * most);
  most = ad_c128_size(ad_triangle_get(v, j)) + ad_c128_size(ad_triangle_get(v, j - 1));
  p = ad_triangle_pivot(v, p, 2 * most);
  ad_c128 y = ad_triangle_get(v, swap ? j : j - 1), z = ad_triangle_get(v, swap ? j - 1 : j);
  ad_c128 second = ad_c128_divide(ad_c128_subtract(z, ad_c128_multiply(f, y)), pivot);
  ad_c128 first = ad_c128_divide(ad_c128_subtract(y, ad_c128_multiply(pb, second)), p);
  ad_planar_set(v->x, j, second.re, second.im);
  ad_planar_set(v->x, j - 1, first.re, first.im);
}

static inline void ad_triangle_solve(ad_triangle *v, int64_t end) {
  for (int64_t j = end - 1; j >= 0;) {
    int block = v->t.parts == 1 && j > 0 && v->t.re[j * v->t.pitch + j - 1] != 0;
    if (block) {
      ad_triangle_block(v, j);
      ad_triangle_eliminate(v, j, j - 1);
      ad_triangle_eliminate(v, j - 1, j - 1);
      j -= 2;
      continue;
    }
    ad_c128 d = ad_planar_get(v->t, j, j);
    d.re -= v->re, d.im -= v->im;
    d = ad_triangle_pivot(v, d, ad_c128_size(ad_triangle_get(v, j)));
    ad_c128 y = ad_triangle_get(v, j), q = v->im == 0 && v->t.parts == 1 ? ad__c128(y.re / d.re, 0) : ad_c128_divide(y, d);
    ad_planar_set(v->x, j, q.re, q.im);
    ad_triangle_eliminate(v, j, j);
    j--;
  }
}

/* The eigenvector of the e-th element on the diagonal, or of the block that begins there, in v->x. */
static inline void ad_triangle_vector(ad_triangle *v, int64_t e, double re, double im) {
  int block = v->t.parts == 1 && im != 0;
  v->re = re, v->im = im;
  v->least = AD_SPECTRAL_EPS * (fabs(re) + fabs(im));
  v->least = v->least < AD_SPECTRAL_TINY ? AD_SPECTRAL_TINY : v->least;
  v->size = e + 1 + block;
  ad_planar_clear(v->size, v->x);
  if (!block) {
    v->x.re[e] = 1;
    ad_triangle_eliminate(v, e, e);
  } else { /* (a - value) x + b y = 0 with a - value = -i im */
    double b = v->t.re[e * v->t.pitch + e + 1], size = fabs(b) > fabs(im) ? fabs(b) : fabs(im);
    v->x.re[e] = b / size;
    v->x.re[v->x.im + e + 1] = im / size;
    ad_triangle_eliminate(v, e + 1, e);
    ad_triangle_eliminate(v, e, e);
  }
  ad_triangle_solve(v, e);
}

/* y = D Q x, of norm 1. z is the transpose of Q. */
static inline void ad_general_vector(const ad_spectral_rows *k, int64_t n, const ad_triangle *v, ad_planar z, const double *d, ad_planar y) {
  double top = 0, square = 0;
  ad_planar_clear(n, y);
  if (z.parts == 2) {
    ad_planar_gather(k, v->size, n, v->x, z, y);
  } else {
    k->gather(v->size, n, 1, v->x.re, z.re, z.pitch, y.re);
    if (v->im != 0) k->gather(v->size, n, 1, v->x.re + v->x.im, z.re, z.pitch, y.re + y.im);
  }
  for (int64_t i = 0; i < n; i++) {
    y.re[i] *= d[i], y.re[y.im + i] *= d[i];
    top = fabs(y.re[i]) > top ? fabs(y.re[i]) : top;
    top = fabs(y.re[y.im + i]) > top ? fabs(y.re[y.im + i]) : top;
  }
  double unit = ad__c128_unit(ad__c128(top, 0));
  for (int64_t i = 0; i < n; i++) {
    y.re[i] *= unit, y.re[y.im + i] *= unit;
    square += y.re[i] * y.re[i] + y.re[y.im + i] * y.re[y.im + i];
  }
  double norm = sqrt(square);
  for (int64_t i = 0; i < n; i++) y.re[i] /= norm, y.re[y.im + i] /= norm;
}

/* The eigenvectors as columns of v, where order says which eigenvalue stands in which column. */
static inline void ad_general_vectors(const ad_schur *s, const double *d, const int64_t *order, ad_planar turned, ad_planar x, ad_planar y,
                                      ad_planar v, int64_t *column, double *turn) {
  int64_t n = s->n;
  ad_triangle t;
  t.k = s->k, t.t = s->h, t.turned = turned, t.x = x;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) ad_planar_set(turned, j * turned.pitch + i, s->h.re[i * s->h.pitch + j], ad_planar_im(s->h, i * s->h.pitch + j));
  for (int64_t j = 0; j < n; j++) column[order[j]] = j;
  for (int64_t e = 0; e < n; e++) {
    int pair = s->h.parts == 1 && s->im[e] != 0;
    ad_triangle_vector(&t, e, s->re[e], s->im[e]);
    ad_general_vector(s->k, n, &t, *s->z, d, y);
    for (int64_t i = 0; i < n; i++) ad_planar_set(v, i * v.pitch + column[e], y.re[i], y.re[y.im + i]);
    if (pair) {
      e++;
      for (int64_t i = 0; i < n; i++) ad_planar_set(v, i * v.pitch + column[e], y.re[i], -y.re[y.im + i]);
    }
  }
  ad_spectral_phases(n, n, v, NULL, 0, turn, turn + n);
}

/* order: by real part, then imaginary part. key: n. */
static inline void ad_general_order(int64_t n, const double *re, const double *im, double *key, int64_t *order, int64_t *room) {
  ad_spectral_order(n, im, order, room);
  int64_t *other = room + n;
  for (int64_t i = 0; i < n; i++) key[i] = re[order[i]], other[i] = order[i];
  ad_spectral_order(n, key, order, room);
  for (int64_t i = 0; i < n; i++) order[i] = other[order[i]];
}

/* w[n], pairs, and, if vectors are wanted, the eigenvectors, of norm 1, as columns of v[n][n], pairs. Where a is not finite the result is NaN.
 * Returns 0, or how many eigenvalues did not converge. */
static inline int64_t ad_eig(const ad_spectral_rows *k, int64_t n, int parts, int wide, int vectors, const void *a, void *w, void *v, double *room,
                             int64_t *places) {
  double scale = ad_spectral_scale(a, wide, n * n * parts), *at = room;
  if (scale == 0) {
    ad_spectral_spoil(w, wide, 2 * n);
    if (vectors) ad_spectral_spoil(v, wide, 2 * n * n);
    return 0;
  }
  ad_planar h = ad_planar_take(&at, n, n, parts), left = ad_planar_take(&at, n, n, parts), tau = ad_planar_take(&at, 1, n, parts), z, q;
  ad_planar work = ad_planar_take(&at, 1, 3 * n, parts);
  double *d = ad_spectral_take(&at, n), *re = ad_spectral_take(&at, n), *im = ad_spectral_take(&at, n), *key = ad_spectral_take(&at, n);
  int64_t *order = places;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) ad_planar_load(h, i, j, a, wide, n, 0, scale);
  ad_balance(n, h, d);
  ad_hessenberg(k, n, h, left, tau, work);
  if (vectors) {
    z = ad_planar_take(&at, n, n, parts), q = ad_planar_take(&at, n, n, parts);
    ad_hessenberg_basis(k, n, left, tau, q, z, work);
  }
  ad_schur s;
  s.k = k, s.n = n, s.h = h, s.z = vectors ? &z : NULL, s.re = re, s.im = im;
  int64_t found = parts == 2 ? ad_schur_complex(&s) : ad_schur_real(&s);
  if (found) {
    ad_spectral_spoil(w, wide, 2 * n);
    if (vectors) ad_spectral_spoil(v, wide, 2 * n * n);
    return found;
  }
  ad_general_order(n, re, im, key, order, places + n);
  for (int64_t i = 0; i < n; i++) {
    ad_spectral_store(w, wide, 2 * i, re[order[i]] / scale);
    ad_spectral_store(w, wide, 2 * i + 1, im[order[i]] / scale);
  }
  if (!vectors) return 0;
  ad_planar x = ad_planar_take(&at, 1, n, 2), y = ad_planar_take(&at, 1, n, 2), out = ad_planar_take(&at, n, n, 2);
  ad_general_vectors(&s, d, order, q, x, y, out, places + n, ad_spectral_take(&at, 3 * n));
  ad_planar_store(out, n, n, 0, v, wide);
  return 0;
}

#endif
