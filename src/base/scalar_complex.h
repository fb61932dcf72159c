/* Scalar mathematics on complex numbers: ad_c64_<op> and ad_c128_<op>.
 *
 * The invariant: neither component suffers from overflow, underflow or cancellation on the way, only from the last few roundings,
 * and special values are those of C11 Annex G, which the Python array API standard repeats. The c128 bodies follow Kahan (Branch
 * cuts for complex elementary functions, 1987); the c64 ones compute in double precision and round once, which needs no scaling.
 * Products and quotients recover infinities as Annex G asks.
 * Bodies are straight-line but for the exact reduction of huge angles and for `pow` with a small whole exponent, which multiplies.
 */
#ifndef AD_BASE_SCALAR_COMPLEX_H
#define AD_BASE_SCALAR_COMPLEX_H

#include <adamant/complex.h>

#include "base/scalar_f32.h"
#include "base/scalar_f64.h"

AD_SCALAR ad_c64 ad__c64(float re, float im) {
  ad_c64 z;
  z.re = re;
  z.im = im;
  return z;
}
AD_SCALAR ad_c128 ad__c128(double re, double im) {
  ad_c128 z;
  z.re = re;
  z.im = im;
  return z;
}
AD_SCALAR ad_c128 ad__c64_wide(ad_c64 z) { return ad__c128((double)z.re, (double)z.im); }
AD_SCALAR ad_c64 ad__c128_narrow(ad_c128 z) { return ad__c64((float)z.re, (float)z.im); }

/* ---- arithmetic ---- */

AD_SCALAR ad_c128 ad_c128_add(ad_c128 x, ad_c128 y) { return ad__c128(x.re + y.re, x.im + y.im); }
AD_SCALAR ad_c128 ad_c128_subtract(ad_c128 x, ad_c128 y) { return ad__c128(x.re - y.re, x.im - y.im); }
AD_SCALAR ad_c128 ad_c128_negative(ad_c128 x) { return ad__c128(-x.re, -x.im); }
AD_SCALAR ad_c128 ad_c128_conjugate(ad_c128 x) { return ad__c128(x.re, -x.im); }
AD_SCALAR double ad_c128_abs(ad_c128 x) { return ad_f64_hypot(x.re, x.im); }
AD_SCALAR int ad_c128_equal(ad_c128 x, ad_c128 y) { return x.re == y.re && x.im == y.im; }
AD_SCALAR int ad_c128_isnan(ad_c128 x) { return x.re != x.re || x.im != x.im; }
AD_SCALAR int ad_c128_isinf(ad_c128 x) { return ad_f64_isinf(x.re) || ad_f64_isinf(x.im); }
AD_SCALAR int ad_c128_isfinite(ad_c128 x) { return ad_f64_isfinite(x.re) && ad_f64_isfinite(x.im); }

AD_SCALAR ad_c64 ad_c64_add(ad_c64 x, ad_c64 y) { return ad__c64(x.re + y.re, x.im + y.im); }
AD_SCALAR ad_c64 ad_c64_subtract(ad_c64 x, ad_c64 y) { return ad__c64(x.re - y.re, x.im - y.im); }
AD_SCALAR ad_c64 ad_c64_negative(ad_c64 x) { return ad__c64(-x.re, -x.im); }
AD_SCALAR ad_c64 ad_c64_conjugate(ad_c64 x) { return ad__c64(x.re, -x.im); }
AD_SCALAR float ad_c64_abs(ad_c64 x) { return ad_f32_hypot(x.re, x.im); }
AD_SCALAR int ad_c64_equal(ad_c64 x, ad_c64 y) { return x.re == y.re && x.im == y.im; }
AD_SCALAR int ad_c64_isnan(ad_c64 x) { return x.re != x.re || x.im != x.im; }
AD_SCALAR int ad_c64_isinf(ad_c64 x) { return ad_f32_isinf(x.re) || ad_f32_isinf(x.im); }
AD_SCALAR int ad_c64_isfinite(ad_c64 x) { return ad_f32_isfinite(x.re) && ad_f32_isfinite(x.im); }

/* a*b + c*d with an error below 1.5 ulp (Jeannerod, Louvet and Muller, Further analysis of Kahan's algorithm for the accurate
 * computation of 2x2 determinants, 2013). An infinite product would leave a NaN as its correction, the plain sum does not. */
AD_SCALAR double ad__f64_dot(double a, double b, double c, double d) {
  double p = c * d, r = fma(a, b, p) + fma(c, d, -p);
  return r != r ? a * b + p : r;
}

/* A component as Annex G boxes it: infinities become 1, what is finite beside one becomes 0, signs stay. */
AD_SCALAR double ad__f64_box(double x, int infinite) { return copysign(infinite && fabs(x) == ad__f64_inf() ? 1.0 : 0.0, x); }
AD_SCALAR double ad__f64_zero_nan(double x) { return x != x ? copysign(0.0, x) : x; }

/* The product r of x and y, or, where both its parts are NaN although a factor is infinite, the infinity it stands for. */
AD_SCALAR ad_c128 ad__c128_recover_product(ad_c128 x, ad_c128 y, ad_c128 r) {
  int xi = ad_c128_isinf(x), yi = ad_c128_isinf(y);
  double a = xi ? ad__f64_box(x.re, 1) : ad__f64_zero_nan(x.re), b = xi ? ad__f64_box(x.im, 1) : ad__f64_zero_nan(x.im);
  double c = yi ? ad__f64_box(y.re, 1) : ad__f64_zero_nan(y.re), d = yi ? ad__f64_box(y.im, 1) : ad__f64_zero_nan(y.im);
  int lost = r.re != r.re && r.im != r.im && (xi || yi);
  double re = ad__f64_inf() * (a * c - b * d), im = ad__f64_inf() * (a * d + b * c);
  return ad__c128(lost ? re : r.re, lost ? im : r.im);
}

AD_SCALAR ad_c128 ad_c128_multiply(ad_c128 x, ad_c128 y) {
  ad_c128 r = ad__c128(ad__f64_dot(x.re, y.re, -x.im, y.im), ad__f64_dot(x.re, y.im, x.im, y.re));
  return ad__c128_recover_product(x, y, r);
}

AD_SCALAR ad_c128 ad_c128_square(ad_c128 x) { return ad_c128_multiply(x, x); }

/* 2^-k for the exponent k of the larger component, so that scaling by it leaves a number near 1; 1 for zeros and infinities. */
AD_SCALAR double ad__c128_unit(ad_c128 x) {
  double a = fabs(x.re), b = fabs(x.im), top = a > b ? a : b;
  uint64_t k = (ad__f64_bits(top) >> 52) & 0x7ff;
  double unit = ad__f64_of((UINT64_C(2046) - k) << 52);
  return k == 0 ? (top == 0.0 ? 1.0 : 0x1p1023) : k == 2047 ? 1.0 : k == 2046 ? 0x1p-1023 : unit;
}

AD_SCALAR ad_c128 ad_c128_divide(ad_c128 x, ad_c128 y) {
  double up = ad__c128_unit(x), down = ad__c128_unit(y);
  ad_c128 u = ad__c128(x.re * up, x.im * up), v = ad__c128(y.re * down, y.im * down);
  double square = ad__f64_dot(v.re, v.re, v.im, v.im);
  double re = ad__f64_dot(u.re, v.re, u.im, v.im) / square, im = ad__f64_dot(u.im, v.re, -u.re, v.im) / square;
  int xi = ad_c128_isinf(x), yi = ad_c128_isinf(y), zero = y.re == 0.0 && y.im == 0.0, whole = ad_c128_isfinite(x);
  double inf = ad__f64_inf();
  double a = ad__f64_box(x.re, xi), b = ad__f64_box(x.im, xi), c = ad__f64_box(y.re, yi), d = ad__f64_box(y.im, yi);
  int lost;
  /* the factors 1/up and down, each a power of two, in the order that neither overflows nor loses bits too early */
  re = fabs(re) > 1.0 ? re * down / up : re / up * down;
  im = fabs(im) > 1.0 ? im * down / up : im / up * down;
  lost = re != re && im != im;
  if (lost && zero && (x.re == x.re || x.im == x.im)) {
    re = copysign(inf, y.re) * x.re;
    im = copysign(inf, y.re) * x.im;
  } else if (lost && xi && ad_c128_isfinite(y)) {
    re = inf * (a * y.re + b * y.im);
    im = inf * (b * y.re - a * y.im);
  } else if (yi && whole) {
    re = 0.0 * (x.re * c + x.im * d);
    im = 0.0 * (x.im * c - x.re * d);
  }
  return ad__c128(re, im);
}

/* In double precision no product of floats overflows or underflows, and each is exact. */
AD_SCALAR ad_c64 ad_c64_multiply(ad_c64 x, ad_c64 y) {
  ad_c128 u = ad__c64_wide(x), v = ad__c64_wide(y);
  ad_c128 r = ad__c128(u.re * v.re - u.im * v.im, u.re * v.im + u.im * v.re);
  return ad__c128_narrow(ad__c128_recover_product(u, v, r));
}

AD_SCALAR ad_c64 ad_c64_square(ad_c64 x) { return ad_c64_multiply(x, x); }
AD_SCALAR ad_c64 ad_c64_divide(ad_c64 x, ad_c64 y) { return ad__c128_narrow(ad_c128_divide(ad__c64_wide(x), ad__c64_wide(y))); }
AD_SCALAR ad_c128 ad_c128_reciprocal(ad_c128 x) { return ad_c128_divide(ad__c128(1.0, 0.0), x); }

/* z/|z|, and 0 at 0. */
AD_SCALAR ad_c128 ad_c128_sign(ad_c128 x) {
  double unit = ad__c128_unit(x);
  ad_c128 u = ad__c128(x.re * unit, x.im * unit);
  double h = ad_f64_hypot(u.re, u.im);
  return h == 0.0 ? ad__c128(0.0, 0.0) : ad__c128(u.re / h, u.im / h);
}

/* ---- square root, exponential, logarithms, powers ---- */

/* sqrt((|re| + |z|)/2) is the larger part; the other follows from 2 re im = im(z). Scaled by powers of 4 at the ends. */
AD_SCALAR ad_c128 ad_c128_sqrt(ad_c128 z) {
  double a = fabs(z.re), b = fabs(z.im), inf = ad__f64_inf(), top = a > b ? a : b;
  double down = top > 0x1p1000   ? 0x1p-60
                : top < 0x1p-900 ? 0x1p120
                                 : 1.0,
         up = top > 0x1p1000   ? 0x1p30
              : top < 0x1p-900 ? 0x1p-60
                               : 1.0;
  double x = a * down, y = b * down;
  double t = sqrt(0.5 * (x + ad_f64_hypot(x, y)));
  double s = t > 0.0 ? y / (2.0 * t) : 0.0;
  double re, im;
  t = t * up;
  s = s * up;
  re = z.re >= 0.0 ? t : s;
  im = copysign(z.re >= 0.0 ? s : t, z.im);
  re = z.re != z.re || z.im != z.im ? ad__f64_nan() : re;
  im = z.re != z.re || z.im != z.im ? ad__f64_nan() : im;
  if (b == inf) {
    re = inf;
    im = z.im;
  } else if (z.re == inf) {
    re = inf;
    im = z.im != z.im ? z.im : copysign(0.0, z.im);
  } else if (z.re == -inf) {
    re = z.im != z.im ? z.im : 0.0;
    im = copysign(inf, z.im);
  }
  return ad__c128(re, im);
}

AD_SCALAR ad_c128 ad_c128_rsqrt(ad_c128 z) { return ad_c128_reciprocal(ad_c128_sqrt(z)); }

/* e^(re + lo) (cos im, sin im), the exponential kept 2^-512 or 2^512 of itself until the product is formed. */
AD_SCALAR ad_c128 ad__c128_exp_pair(double re, double lo, double im) {
  double inf = ad__f64_inf(), c = re > 1400.0 ? 1400.0 : re < -1400.0 ? -1400.0 : re;
  double shift = c > 700.0 ? -512.0 : c < -700.0 ? 512.0 : 0.0, factor = c > 700.0 ? 0x1p512 : c < -700.0 ? 0x1p-512 : 1.0;
  double e = ad__f64_exp_shifted(c, c == re ? lo : 0.0, shift);
  int wild = !(fabs(im) < inf);
  double x = e * ad_f64_cos(im) * factor, y = e * ad_f64_sin(im) * factor;
  x = re == -inf && wild ? 0.0 : re == inf && wild ? inf : x;
  y = re == -inf && wild ? 0.0 : y;
  return ad__c128(x, im == 0.0 ? im : y);
}

AD_SCALAR ad_c128 ad_c128_exp(ad_c128 z) { return ad__c128_exp_pair(z.re, 0.0, z.im); }

/* log(x^2 + y^2)/2: the sum of squares of the scaled components is a pair, so that nothing is lost near |z| = 1. */
AD_SCALAR double ad__f64_log_hypot(double x, double y) {
  double p = fabs(x), q = fabs(y), inf = ad__f64_inf(), a = p > q ? p : q, b = p > q ? q : p;
  double unit = a > 0x1p500    ? 0x1p-600
                : a < 0x1p-400 ? 0x1p600
                               : 1.0,
         shift = a > 0x1p500    ? 1200.0
                 : a < 0x1p-400 ? -1200.0
                                : 0.0;
  double s, t, sum, lo, r;
  ad__f64_pair l;
  a = a * unit;
  b = b * unit;
  s = a * a;
  t = b * b;
  sum = s + t;
  lo = ((s - sum) + t) + (fma(a, a, -s) + fma(b, b, -t));
  l = ad__f64_log_sum(sum > 0.0 && sum < inf ? sum : 1.0, sum < inf ? lo : 0.0, shift);
  r = 0.5 * (l.hi + l.lo);
  r = sum == 0.0 ? -inf : r;
  r = x != x || y != y ? x + y : r;
  return p == inf || q == inf ? inf : r;
}

AD_SCALAR ad_c128 ad_c128_log(ad_c128 z) { return ad__c128(ad__f64_log_hypot(z.re, z.im), ad_f64_arctan2(z.im, z.re)); }

AD_SCALAR ad_c128 ad_c128_log2(ad_c128 z) {
  ad_c128 l = ad_c128_log(z);
  return ad__c128(l.re * AD__F64_LOG2E, l.im * AD__F64_LOG2E);
}

AD_SCALAR ad_c128 ad_c128_log10(ad_c128 z) {
  ad_c128 l = ad_c128_log(z);
  return ad__c128(l.re * AD__F64_LOG10E, l.im * AD__F64_LOG10E);
}

/* log|1 + z| = log1p(2 re + re^2 + im^2)/2 with that sum as a pair; for large |z| the logarithm of 1 + z. */
AD_SCALAR ad_c128 ad_c128_log1p(ad_c128 z) {
  double a = fabs(z.re), b = fabs(z.im);
  int small = a < 0x1p50 && b < 0x1p50;
  double x = small ? z.re : 0.0, y = small ? z.im : 0.0;
  double s = x * x, t = y * y, twice = 2.0 * x;
  double u = twice + s, ub = u - twice, ulo = (twice - (u - ub)) + (s - ub);
  double v = u + t, vb = v - u, vlo = (u - (v - vb)) + (t - vb);
  double lo = (ulo + vlo) + (fma(x, x, -s) + fma(y, y, -t));
  double h = v + lo, w = 1.0 + h, wb = w - h;
  double wlo = (h - (w - wb)) + (1.0 - wb) + ((v - h) + lo);
  ad__f64_pair l = ad__f64_log_sum(w > 0.0 ? w : 1.0, wlo, 0.0);
  double re = small ? 0.5 * (l.hi + l.lo) : ad__f64_log_hypot(1.0 + z.re, z.im);
  re = small && !(w > 0.0) ? -ad__f64_inf() : re;
  return ad__c128(re, ad_f64_arctan2(z.im, 1.0 + z.re));
}

/* (e^re - 1) + 1 (cos im - 1) e^re, and e^re sin im. */
AD_SCALAR ad_c128 ad_c128_expm1(ad_c128 z) {
  ad_c128 e = ad_c128_exp(z);
  double half = ad_f64_sin(0.5 * z.im);
  double near = fma(-2.0 * half * half, ad_f64_exp(z.re), ad_f64_expm1(z.re));
  double re = z.im == 0.0 ? ad_f64_expm1(z.re) : fabs(z.re) < 1.0 ? near : e.re - 1.0;
  return ad__c128(re, e.im);
}

/* z^n for a whole n with |n| <= 64, by squaring; a division at the end if n < 0. */
AD_SCALAR_APART ad_c128 ad__c128_pow_whole(ad_c128 z, int n) {
  ad_c128 r = ad__c128(1.0, 0.0);
  unsigned left = (unsigned)(n < 0 ? -n : n);
  int started = 0;
  while (left != 0) {
    if ((left & 1u) != 0) {
      r = started ? ad_c128_multiply(r, z) : z;
      started = 1;
    }
    left >>= 1;
    if (left != 0) z = ad_c128_multiply(z, z);
  }
  return n < 0 ? ad_c128_reciprocal(r) : r;
}

/* e^(w log z), where 0^w is 0, NaN or 1 as the real part of w is positive, not, or w is 0. */
AD_SCALAR ad_c128 ad_c128_pow(ad_c128 z, ad_c128 w) {
  double radius, angle, p, plo;
  ad__f64_parts v;
  ad__f64_pair l;
  if (w.re == 0.0 && w.im == 0.0) return ad__c128(1.0, 0.0);
  if (z.re == 0.0 && z.im == 0.0) return w.re > 0.0 ? ad__c128(0.0, 0.0) : ad__c128(ad__f64_nan(), ad__f64_nan());
  if (w.im == 0.0 && fabs(w.re) <= 64.0 && w.re == floor(w.re)) return ad__c128_pow_whole(z, (int)w.re);
  radius = ad_c128_abs(z);
  angle = ad_f64_arctan2(z.im, z.re);
  if (!(radius > 0x1p-1000 && radius < 0x1p1000) || fabs(radius - 1.0) < 0.25) {
    double s = ad__f64_log_hypot(z.re, z.im);
    return ad__c128_exp_pair(ad__f64_dot(w.re, s, -w.im, angle), 0.0, ad__f64_dot(w.im, s, w.re, angle));
  }
  v = ad__f64_split(radius);
  l = ad__f64_log_join(ad__f64_log_mantissa(v.m - 1.0, 0.0), v.e);
  p = w.re * l.hi;
  plo = fma(w.re, l.hi, -p) + w.re * l.lo - w.im * angle;
  return ad__c128_exp_pair(p + plo, (p - (p + plo)) + plo, ad__f64_dot(w.im, l.hi, w.re, angle));
}

/* ---- hyperbolic and trigonometric functions ---- */

/* (sinh re, cosh re), both 2^-512 of themselves where re is large. */
typedef struct {
  double sinh, cosh, factor;
} ad__f64_hyperbolic;
AD_SCALAR ad__f64_hyperbolic ad__f64_sinh_cosh(double x) {
  double a = fabs(x);
  double e = ad__f64_exp_shifted(a > 1400.0 ? 1400.0 : a, 0.0, -513.0);
  ad__f64_hyperbolic r;
  r.sinh = a > 700.0 ? copysign(a == ad__f64_inf() ? a : e, x) : ad_f64_sinh(x);
  r.cosh = a > 700.0 ? (a == ad__f64_inf() ? a : e) : ad_f64_cosh(x);
  r.factor = a > 700.0 ? 0x1p512 : 1.0;
  return r;
}

AD_SCALAR ad_c128 ad_c128_sinh(ad_c128 z) {
  ad__f64_hyperbolic h = ad__f64_sinh_cosh(z.re);
  double re = h.sinh * ad_f64_cos(z.im) * h.factor, im = h.cosh * ad_f64_sin(z.im) * h.factor;
  int wild = !(fabs(z.im) < ad__f64_inf());
  re = wild && (z.re == 0.0 || ad_f64_isinf(z.re)) ? z.re : re;
  return ad__c128(re, z.im == 0.0 ? z.im : im);
}

AD_SCALAR ad_c128 ad_c128_cosh(ad_c128 z) {
  ad__f64_hyperbolic h = ad__f64_sinh_cosh(z.re);
  double re = h.cosh * ad_f64_cos(z.im) * h.factor, im = h.sinh * ad_f64_sin(z.im) * h.factor;
  int wild = !(fabs(z.im) < ad__f64_inf());
  re = wild && ad_f64_isinf(z.re) ? ad__f64_inf() : re;
  im = z.im == 0.0 ? (z.re != z.re ? 0.0 : copysign(1.0, z.re) * z.im) : im;
  return ad__c128(re, wild && z.re == 0.0 ? copysign(0.0, z.re) : im);
}

/* Kahan's formula in t = tan im and s = sinh re; past 22 the limit with its first term. */
AD_SCALAR ad_c128 ad_c128_tanh(ad_c128 z) {
  double a = fabs(z.re), inf = ad__f64_inf();
  int far = a > 22.0, wild = !(fabs(z.im) < inf);
  double s = ad_f64_sinh(far ? 1.0 : z.re), t = ad_f64_tan(z.im);
  double beta = fma(t, t, 1.0), rho = sqrt(fma(s, s, 1.0)), den = fma(beta * s, s, 1.0);
  double tail = 4.0 * ad_f64_sin(z.im) * ad_f64_cos(z.im) * ad_f64_exp(-2.0 * a);
  double re = far ? copysign(1.0, z.re) : beta * rho * s / den, im = far ? tail : t / den;
  im = a == inf ? copysign(0.0, wild ? z.im : tail) : im;
  re = z.re == 0.0 ? z.re : wild && a < inf ? ad__f64_nan() : re;
  return ad__c128(z.re != z.re ? z.re : re, z.im == 0.0 ? z.im : im);
}

/* Functions of iz by those of z. */
AD_SCALAR ad_c128 ad__c128_turn(ad_c128 z) { return ad__c128(-z.im, z.re); }
AD_SCALAR ad_c128 ad__c128_turn_back(ad_c128 z) { return ad__c128(z.im, -z.re); }
AD_SCALAR ad_c128 ad_c128_sin(ad_c128 z) { return ad__c128_turn_back(ad_c128_sinh(ad__c128_turn(z))); }
AD_SCALAR ad_c128 ad_c128_cos(ad_c128 z) { return ad_c128_cosh(ad__c128_turn(z)); }
AD_SCALAR ad_c128 ad_c128_tan(ad_c128 z) { return ad__c128_turn_back(ad_c128_tanh(ad__c128_turn(z))); }

/* ---- inverse functions ---- */

/* log(2|z|) for |z| so large that the inverse functions are no more than that. */
AD_SCALAR double ad__f64_log_twice(double x, double y) { return ad__f64_log_hypot(x, y) + AD__F64_LN2; }

AD_SCALAR int ad__c128_far(ad_c128 z) { return fabs(z.re) > 0x1p400 || fabs(z.im) > 0x1p400; }

AD_SCALAR ad_c128 ad_c128_arcsin(ad_c128 z) {
  ad_c128 p = ad_c128_sqrt(ad__c128(1.0 - z.re, -z.im)), q = ad_c128_sqrt(ad__c128(1.0 + z.re, z.im));
  double re = ad_f64_arctan2(z.re, ad__f64_dot(p.re, q.re, -p.im, q.im));
  double im = ad_f64_arcsinh(ad__f64_dot(p.re, q.im, -p.im, q.re));
  int far = ad__c128_far(z);
  re = far ? ad_f64_arctan2(z.re, fabs(z.im)) : re;
  im = far ? copysign(ad__f64_log_twice(z.re, z.im), z.im) : im;
  re = z.re == 0.0 && !far ? z.re : re;
  im = z.im == 0.0 && fabs(z.re) <= 1.0 ? z.im : im;
  return ad__c128(re, im);
}

AD_SCALAR ad_c128 ad_c128_arccos(ad_c128 z) {
  ad_c128 p = ad_c128_sqrt(ad__c128(1.0 - z.re, -z.im)), q = ad_c128_sqrt(ad__c128(1.0 + z.re, z.im));
  double re = 2.0 * ad_f64_arctan2(p.re, q.re);
  double im = ad_f64_arcsinh(ad__f64_dot(q.re, p.im, -q.im, p.re));
  int far = ad__c128_far(z);
  re = far ? ad_f64_arctan2(fabs(z.im), z.re) : re;
  im = far ? copysign(ad__f64_log_twice(z.re, z.im), -z.im) : im;
  re = z.re == 0.0 && z.im != z.im ? AD__F64_PI_2 : re;
  im = z.im == 0.0 && fabs(z.re) <= 1.0 ? -z.im : im;
  return ad__c128(re, im);
}

AD_SCALAR ad_c128 ad_c128_arcsinh(ad_c128 z) { return ad__c128_turn_back(ad_c128_arcsin(ad__c128_turn(z))); }

/* i arccos z or its negative, whichever has a real part that is not negative; a: arccos z. */
AD_SCALAR ad_c128 ad__c128_arccosh_of(ad_c128 a, ad_c128 z) { return ad__c128(fabs(a.im), z.im != z.im ? a.re : copysign(a.re, z.im)); }
AD_SCALAR ad_c128 ad_c128_arccosh(ad_c128 z) { return ad__c128_arccosh_of(ad_c128_arccos(z), z); }

/* log1p(4 re/((1 - re)^2 + im^2))/4 and the angle of (1 - re^2 - im^2, 2 im), halved. */
AD_SCALAR ad_c128 ad_c128_arctanh(ad_c128 z) {
  double a = fabs(z.re), b = fabs(z.im), inf = ad__f64_inf();
  int far = ad__c128_far(z), any = a == inf || b == inf;
  double x = far ? 0.5 : a, y = far ? 0.5 : z.im;
  double d = 1.0 - x, square = ad__f64_dot(d, d, y, y);
  double unit = ad__c128_unit(ad__c128(a, b)), u = a * unit, v = b * unit;
  double re = far ? u / ad__f64_dot(u, u, v, v) * unit : 0.25 * ad_f64_log1p(4.0 * x / square);
  double im = far ? AD__F64_PI_2 : 0.5 * ad_f64_arctan2(2.0 * y, ad__f64_dot(d, 1.0 + x, -y, y));
  re = any ? 0.0 : re;
  re = z.re == 0.0 ? a : re;
  im = copysign(z.im != z.im || (z.re != z.re && b < inf) ? ad__f64_nan() : any || far ? AD__F64_PI_2 : im, z.im);
  return ad__c128(z.re != z.re && b < inf ? z.re : copysign(re, z.re), z.im == 0.0 && a < 1.0 ? z.im : im);
}

AD_SCALAR ad_c128 ad_c128_arctan(ad_c128 z) { return ad__c128_turn_back(ad_c128_arctanh(ad__c128_turn(z))); }

/* ---- single precision through double ---- */

#define AD__C64_UNARY(name) \
  AD_SCALAR_APART ad_c64 ad_c64_##name(ad_c64 z) { return ad__c128_narrow(ad_c128_##name(ad__c64_wide(z))); }
AD__C64_UNARY(sign)
AD__C64_UNARY(reciprocal)
AD__C64_UNARY(sqrt)
AD__C64_UNARY(rsqrt)
AD__C64_UNARY(exp)
AD__C64_UNARY(expm1)
AD__C64_UNARY(log)
AD__C64_UNARY(log2)
AD__C64_UNARY(log10)
AD__C64_UNARY(log1p)
AD__C64_UNARY(sin)
AD__C64_UNARY(cos)
AD__C64_UNARY(tan)
AD__C64_UNARY(sinh)
AD__C64_UNARY(cosh)
AD__C64_UNARY(tanh)
AD__C64_UNARY(arcsin)
AD__C64_UNARY(arccos)
AD__C64_UNARY(arctan)
AD__C64_UNARY(arcsinh)
AD__C64_UNARY(arccosh)
AD__C64_UNARY(arctanh)

AD_SCALAR ad_c64 ad_c64_pow(ad_c64 z, ad_c64 w) { return ad__c128_narrow(ad_c128_pow(ad__c64_wide(z), ad__c64_wide(w))); }

#endif
