/* Scalar mathematics in double precision: one body per function.
 *
 * Kernels, the block interpreter and printed C all use these bodies, so a value never depends on which of them made it. The
 * invariant: every body is straight-line C whose every rounding is written down. Contraction is off where it is compiled, each
 * fused multiply-add is spelled `fma`, and a choice is a select between two finished values, so that the bits depend on neither
 * compiler nor instruction set nor vector width, and a loop that calls a body is vectorised by any compiler.
 *
 * The few that cannot be straight-line say so: `sin`, `cos` and `tan` leave for an exact reduction when |x| exceeds
 * AD_F64_TRIG_SMALL (the `_small` forms stay straight-line and are right up to that bound), and `fmod`, `remainder` and
 * `floor_divide` call the C library's exact `fmod`.
 *
 * The text is also carried into printed C99, hence no C11, no builtins, no include beyond <stdint.h> and <math.h>.
 * It does not set errno or raise flags on purpose, and knows only the default rounding direction.
 *
 * Notation: a pair is an unevaluated sum hi + lo (Dekker, A floating-point technique for extending the available precision,
 * 1971). The polynomial constants come from tools/minimax.py, whose rows are named where they are used. Errors in units in the
 * last place (ulp) are the largest seen by tests/base/scalar_f64.c.
 */
#ifndef AD_BASE_SCALAR_F64_H
#define AD_BASE_SCALAR_F64_H

#include <math.h>
#include <stdint.h>

#include "base/scalar_inline.h"

typedef struct {
  double hi, lo;
} ad__f64_pair;
typedef struct {
  double hi, lo;
  uint64_t quadrant;
} ad__f64_angle;

#define AD__F64_LN2 0x1.62e42fefa39efp-1
#define AD__F64_LN2_LO 0x1.abc9e3b39803fp-56
#define AD__F64_LN2_SHORT 0x1.62e42fefa3800p-1 /* 42 bits: its product with an exponent is exact */
#define AD__F64_LN2_REST 0x1.ef35793c76730p-45
#define AD__F64_LOG2E 0x1.71547652b82fep+0
#define AD__F64_LOG2E_LO 0x1.777d0ffda0d24p-56
#define AD__F64_LOG10E 0x1.bcb7b1526e50ep-2
#define AD__F64_LOG10E_LO 0x1.95355baaafad3p-57
#define AD__F64_LOG10_2_SHORT 0x1.34413509f8000p-2 /* 42 bits of log10(2) */
#define AD__F64_LOG10_2_REST -0x1.80433b83b532ap-44
#define AD__F64_PI_2 0x1.921fb54442d18p+0
#define AD__F64_PI_2_MID 0x1.1a62633145c07p-54
#define AD__F64_PI_2_LOW -0x1.f1976b7ed8fbcp-110
#define AD__F64_2_PI 0x1.45f306dc9c883p-1
#define AD__F64_ROUNDER 0x1.8p52 /* adding it leaves the nearest integer in the low bits */

/* Up to this magnitude the `_small` trigonometric forms are right. */
#define AD_F64_TRIG_SMALL 0x1p30

AD_SCALAR uint64_t ad__f64_bits(double x) {
  union {
    double f;
    uint64_t u;
  } v;
  v.f = x;
  return v.u;
}
AD_SCALAR double ad__f64_of(uint64_t u) {
  union {
    double f;
    uint64_t u;
  } v;
  v.u = u;
  return v.f;
}
AD_SCALAR double ad__f64_inf(void) { return ad__f64_of(UINT64_C(0x7ff0000000000000)); }
AD_SCALAR double ad__f64_nan(void) { return ad__f64_of(UINT64_C(0x7ff8000000000000)); }

/* ---- classification and exact operations ---- */

AD_SCALAR int ad_f64_isnan(double x) { return x != x; }
AD_SCALAR int ad_f64_isinf(double x) { return fabs(x) == ad__f64_inf(); }
AD_SCALAR int ad_f64_isfinite(double x) { return fabs(x) < ad__f64_inf(); }
AD_SCALAR int ad_f64_isposinf(double x) { return x == ad__f64_inf(); }
AD_SCALAR int ad_f64_isneginf(double x) { return x == -ad__f64_inf(); }
AD_SCALAR int ad_f64_signbit(double x) { return (int)(ad__f64_bits(x) >> 63); }
AD_SCALAR double ad_f64_abs(double x) { return fabs(x); }
AD_SCALAR double ad_f64_copysign(double x, double y) { return copysign(x, y); }
AD_SCALAR double ad_f64_sign(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x == 0.0 ? 0.0 : x; }
AD_SCALAR double ad_f64_floor(double x) { return floor(x); }
AD_SCALAR double ad_f64_ceil(double x) { return ceil(x); }
AD_SCALAR double ad_f64_trunc(double x) { return trunc(x); }
AD_SCALAR double ad_f64_round(double x) { return rint(x); }
AD_SCALAR double ad_f64_square(double x) { return x * x; }
AD_SCALAR double ad_f64_reciprocal(double x) { return 1.0 / x; }
AD_SCALAR double ad_f64_sqrt(double x) { return sqrt(x); }
AD_SCALAR double ad_f64_degrees(double x) { return x * 0x1.ca5dc1a63c1f8p+5; }
AD_SCALAR double ad_f64_radians(double x) { return x * 0x1.1df46a2529d39p-6; }

/* NaN if either is. Equal numbers have equal bits but for zeros, whose sign bits a conjunction or disjunction decides. */
AD_SCALAR double ad_f64_maximum(double x, double y) {
  double r = x > y ? x : y;
  r = x == y ? ad__f64_of(ad__f64_bits(x) & ad__f64_bits(y)) : r;
  return x != x ? x : r;
}

AD_SCALAR double ad_f64_minimum(double x, double y) {
  double r = x < y ? x : y;
  r = x == y ? ad__f64_of(ad__f64_bits(x) | ad__f64_bits(y)) : r;
  return x != x ? x : r;
}

AD_SCALAR double ad_f64_nan_to_num(double x, double nan, double posinf, double neginf) {
  double r = x != x ? nan : x;
  r = x == ad__f64_inf() ? posinf : r;
  return x == -ad__f64_inf() ? neginf : r;
}

/* Bit patterns of one sign are ordered as their values, so the neighbour is one step away. */
AD_SCALAR double ad_f64_nextafter(double x, double y) {
  uint64_t u = ad__f64_bits(x);
  uint64_t away = (uint64_t)((y > x) == (x > 0.0));
  double step = ad__f64_of(u + away + away - 1u);
  double tiny = copysign(0x0.0000000000001p-1022, y);
  double r = x == 0.0 ? tiny : step;
  r = x == y ? y : r;
  return x != x || y != y ? x + y : r;
}

/* 1/sqrt(x) with one correction for both roundings. */
AD_SCALAR double ad_f64_rsqrt(double x) {
  double s = sqrt(x), r = 1.0 / s;
  double e = fma(-s, s, x); /* x = s*s + e exactly */
  double fixed = fma(r, fma(-s, r, 1.0) - 0.5 * (e * r) * r, r);
  return x > 0.0 && x < ad__f64_inf() ? fixed : r;
}

/* ---- exponentials ---- */

/* e^(r+lo) - 1 as r + lo-part for |r| <= ln(2)/2: row f64_exp, relative error 2^-56. */
AD_SCALAR double ad__f64_exp_tail(double r, double lo) {
  double p = 0x1.ad7f3bb0f81c0p-26;
  p = fma(p, r, 0x1.28ad9b973a3b0p-22);
  p = fma(p, r, 0x1.71df25b50a6a9p-19);
  p = fma(p, r, 0x1.a01999e24c1e2p-16);
  p = fma(p, r, 0x1.a01a012a0e546p-13);
  p = fma(p, r, 0x1.6c16c18438bb1p-10);
  p = fma(p, r, 0x1.1111111127d11p-7);
  p = fma(p, r, 0x1.555555555083ep-5);
  p = fma(p, r, 0x1.55555555554f9p-3);
  p = fma(p, r, 0x1.000000000000ap-1);
  return fma(r * r, p, fma(lo, r, lo));
}

/* e^(r+lo), the sum 1 + r kept whole. */
AD_SCALAR double ad__f64_exp_reduced(double r, double lo) {
  double w = 1.0 + r;
  return w + (((1.0 - w) + r) + ad__f64_exp_tail(r, lo));
}

/* p * 2^n for the integer n that `rounder` (n + AD__F64_ROUNDER) holds, |n| <= 2046, in two exact factors and one rounding. */
AD_SCALAR double ad__f64_scale(double p, double rounder) {
  uint64_t u = ad__f64_bits(rounder);
  uint64_t half = (u << 51) & UINT64_C(0xfff0000000000000);
  double first = ad__f64_of(half + UINT64_C(0x3ff0000000000000));
  double second = ad__f64_of((u << 52) - half + UINT64_C(0x3ff0000000000000));
  return p * first * second;
}

/* e^(x+lo) * 2^shift for |x| <= 1400 and a whole shift. */
AD_SCALAR double ad__f64_exp_shifted(double x, double lo, double shift) {
  double rounder = AD__F64_ROUNDER + shift;
  double t = fma(x, AD__F64_LOG2E, rounder);
  double n = t - rounder;
  double r = fma(-n, AD__F64_LN2, x); /* exact: the leading bits cancel */
  double rest = fma(-n, AD__F64_LN2_LO, lo);
  double h = r + rest;
  return ad__f64_scale(ad__f64_exp_reduced(h, (r - h) + rest), t);
}

AD_SCALAR double ad_f64_exp(double x) { return ad__f64_exp_shifted(fabs(x) > 760.0 ? copysign(760.0, x) : x, 0.0, 0.0); }

AD_SCALAR double ad_f64_exp2(double x) {
  double c = x > 1100.0 ? 1100.0 : x;
  c = c < -1100.0 ? -1100.0 : c;
  double t = c + AD__F64_ROUNDER;
  double f = c - (t - AD__F64_ROUNDER);
  double r = f * AD__F64_LN2;
  double lo = fma(f, AD__F64_LN2_LO, fma(f, AD__F64_LN2, -r));
  return ad__f64_scale(ad__f64_exp_reduced(r, lo), t);
}

/* (2^n - 1) + 2^n*(r + tail), the first product summed without loss. */
AD_SCALAR double ad_f64_expm1(double x) {
  double c = x > 720.0 ? 720.0 : x;
  c = c < -50.0 ? -50.0 : c;
  double t = fma(c, AD__F64_LOG2E, AD__F64_ROUNDER);
  double n = t - AD__F64_ROUNDER;
  double exact = fma(-n, AD__F64_LN2, c);
  double rest = n * -AD__F64_LN2_LO;
  double r = exact + rest;
  double tail = ad__f64_exp_tail(r, (exact - r) + rest);
  double huge = ad__f64_scale(1.0 + (r + tail), t);
  double s = ad__f64_of((ad__f64_bits(t) << 52) + UINT64_C(0x3ff0000000000000));
  double a = s - 1.0;
  double alo = s > 1.0 ? (s - a) - 1.0 : s - (a + 1.0);
  double b = s * r;
  double sum = a + b;
  double bb = sum - a;
  double lo = (a - (sum - bb)) + (b - bb);
  double y = sum + (fma(s, tail, lo) + alo);
  y = n == 0.0 ? r + tail : y;
  y = n > 60.0 ? huge : y;
  return x == 0.0 ? x : y;
}

AD_SCALAR double ad_f64_sigmoid(double x) {
  double a = fabs(x);
  double e = ad__f64_exp_shifted(a > 760.0 ? -760.0 : -a, 0.0, 0.0);
  double d = 1.0 + e, dlo = (1.0 - d) + e;
  double y = (x < 0.0 ? e : 1.0) / d;
  return fma(-y, dlo * (x < 0.0 ? 1.0 - y : y), y); /* dlo/d, 1/d being y or 1 - y */
}

/* sinh by its series' tail below 1 (row f64_sinh, 2^-56), above by e^a/2 - 1/(4 (e^a/2)). */
AD_SCALAR double ad_f64_sinh(double x) {
  double a = fabs(x), z = x * x;
  double p = 0x1.b4cf78edc963ap-41;
  p = fma(p, z, 0x1.611a3a1f57f95p-33);
  p = fma(p, z, 0x1.ae6467668d322p-26);
  p = fma(p, z, 0x1.71de3a45f71eep-19);
  p = fma(p, z, 0x1.a01a01a0291fcp-13);
  p = fma(p, z, 0x1.11111111110a1p-7);
  p = fma(p, z, 0x1.5555555555556p-3);
  double near = fma(z * x, p, x);
  double e = ad__f64_exp_shifted(a > 720.0 ? 720.0 : a, 0.0, -1.0);
  double far = copysign(e - 0.25 / e, x);
  return a < 1.0 ? near : far;
}

AD_SCALAR double ad_f64_cosh(double x) {
  double a = fabs(x);
  double e = ad__f64_exp_shifted(a > 720.0 ? 720.0 : a, 0.0, -1.0);
  return e + 0.25 / e;
}

/* tanh by an odd polynomial below 0.55 (row f64_tanh, 2^-57), above by 1 - 2/(e^2a + 1). */
AD_SCALAR double ad_f64_tanh(double x) {
  double a = fabs(x), z = x * x;
  double p = -0x1.7e72443e4bcafp-19;
  p = fma(p, z, 0x1.b563742236597p-17);
  p = fma(p, z, -0x1.3d27aca47bc8dp-15);
  p = fma(p, z, 0x1.945e60ec3294fp-14);
  p = fma(p, z, -0x1.f53c2ed6e3cfbp-13);
  p = fma(p, z, 0x1.35555f0c037dep-11);
  p = fma(p, z, -0x1.7da339beea5cdp-10);
  p = fma(p, z, 0x1.d6d3cf1949b0fp-9);
  p = fma(p, z, -0x1.226e3557f6680p-7);
  p = fma(p, z, 0x1.664f4882a2e86p-6);
  p = fma(p, z, -0x1.ba1ba1ba1b4eap-5);
  p = fma(p, z, 0x1.111111111110dp-3);
  p = fma(p, z, -0x1.5555555555555p-2);
  double near = copysign(fma(z * x, p, x), x);
  double e = ad__f64_exp_shifted(a > 20.0 ? 40.0 : 2.0 * a, 0.0, 0.0);
  double far = copysign(1.0 - 2.0 / (e + 1.0), x);
  return a < 0.55 ? near : far;
}

/* ---- logarithms ---- */

/* log(m) for m = 1 + f + flo in [sqrt(1/2), sqrt(2)), to about 2^-65 relative, as a pair: with s = f/(2 + f) it is
 * 2 atanh(s) = 2s + s z (2/3 + z q(z)), z = s^2 (row f64_log, 2^-57 of q). */
AD_SCALAR ad__f64_pair ad__f64_log_mantissa(double f, double flo) {
  double d = 2.0 + f, dlo = ((2.0 - d) + f) + flo;
  double inverse = 1.0 / d;
  double s = f * inverse;
  double slo = (fma(-s, d, f) + fma(-s, dlo, flo)) * inverse;
  double z = s * s, zlo = fma(s, s, -z) + 2.0 * s * slo;
  double q = 0x1.e045d613f1ffcp-4;
  q = fma(q, z, 0x1.df7a7634d2484p-4);
  q = fma(q, z, 0x1.1118d37927fb1p-3);
  q = fma(q, z, 0x1.3b139598f17a9p-3);
  q = fma(q, z, 0x1.745d177b2692ap-3);
  q = fma(q, z, 0x1.c71c71c6e9f34p-3);
  q = fma(q, z, 0x1.2492492492524p-2);
  q = fma(q, z, 0x1.999999999999ap-2);
  double zq = z * q;
  double c = 0x1.5555555555555p-1 + zq;
  double clo = (0x1.5555555555555p-1 - c) + zq + 0x1.5555555555555p-55;
  double p = z * c, plo = fma(z, c, -p) + fma(z, clo, zlo * c);
  double t = s * p, tlo = fma(s, p, -t) + fma(s, plo, slo * p);
  double twice = 2.0 * s;
  ad__f64_pair r;
  r.hi = twice + t;
  r.lo = ((twice - r.hi) + t) + fma(2.0, slo, tlo);
  return r;
}

/* v = m * 2^e with m in [sqrt(1/2), sqrt(2)), for finite v > 0. */
typedef struct {
  double m, e;
} ad__f64_parts;
AD_SCALAR ad__f64_parts ad__f64_split(double v) {
  int small = v < 0x1p-1022;
  uint64_t u = ad__f64_bits(small ? v * 0x1p54 : v) + UINT64_C(0x00095f619980c433);
  ad__f64_parts r;
  r.e = ad__f64_of((u >> 52) | UINT64_C(0x4330000000000000)) - (small ? 0x1p52 + 1023.0 + 54.0 : 0x1p52 + 1023.0);
  r.m = ad__f64_of((u & UINT64_C(0x000fffffffffffff)) + UINT64_C(0x3fe6a09e667f3bcd));
  return r;
}

/* log of m*2^e from the pair of log(m). */
AD_SCALAR ad__f64_pair ad__f64_log_join(ad__f64_pair l, double e) {
  double big = e * AD__F64_LN2_SHORT;
  double h = big + l.hi;
  double lo = ((big - h) + l.hi) + fma(e, AD__F64_LN2_REST, l.lo);
  ad__f64_pair r;
  r.hi = h + lo;
  r.lo = (h - r.hi) + lo;
  return r;
}

/* log(x) at 0, below 0, at infinity and NaN; `r` elsewhere. */
AD_SCALAR double ad__f64_log_limits(double x, double r) {
  r = x == 0.0 ? -ad__f64_inf() : r;
  r = x < 0.0 ? ad__f64_nan() : r;
  return x < ad__f64_inf() ? r : x;
}

/* log((v + vlo) * 2^shift) as a pair, for v > 0 finite. */
AD_SCALAR ad__f64_pair ad__f64_log_sum(double v, double vlo, double shift) {
  ad__f64_parts x = ad__f64_split(v);
  double unit = ad__f64_of((UINT64_C(0x3ff) - (ad__f64_bits(x.e + AD__F64_ROUNDER) & 0xfff)) << 52); /* 2^-e */
  double f = x.m - 1.0, flo = v > 0x1p60 ? 0.0 : vlo * unit;
  double h = f + flo;
  return ad__f64_log_join(ad__f64_log_mantissa(h, (f - h) + flo), x.e + shift);
}

/* log(1 + u + ulo). */
AD_SCALAR double ad__f64_log1p_pair(double u, double ulo) {
  double v = 1.0 + u, back = v - u;
  double vlo = (u - (v - back)) + (1.0 - back) + ulo;
  ad__f64_pair r = ad__f64_log_sum(v, vlo, 0.0);
  return r.hi + r.lo;
}

AD_SCALAR double ad_f64_log(double x) {
  ad__f64_parts v = ad__f64_split(x);
  double f = v.m - 1.0;
  double s = f / (2.0 + f), z = s * s;
  double q = 0x1.e045d613f1ffcp-4;
  q = fma(q, z, 0x1.df7a7634d2484p-4);
  q = fma(q, z, 0x1.1118d37927fb1p-3);
  q = fma(q, z, 0x1.3b139598f17a9p-3);
  q = fma(q, z, 0x1.745d177b2692ap-3);
  q = fma(q, z, 0x1.c71c71c6e9f34p-3);
  q = fma(q, z, 0x1.2492492492524p-2);
  q = fma(q, z, 0x1.999999999999ap-2);
  q = fma(q, z, 0x1.5555555555555p-1);
  double half = 0.5 * f * f;
  double tail = fma(s, fma(z, q, half), v.e * AD__F64_LN2_REST);
  return ad__f64_log_limits(x, fma(v.e, AD__F64_LN2_SHORT, -((half - tail) - f)));
}

AD_SCALAR double ad_f64_log2(double x) {
  ad__f64_parts v = ad__f64_split(x);
  ad__f64_pair l = ad__f64_log_mantissa(v.m - 1.0, 0.0);
  double p = l.hi * AD__F64_LOG2E;
  double plo = fma(l.hi, AD__F64_LOG2E, -p) + fma(l.hi, AD__F64_LOG2E_LO, l.lo * AD__F64_LOG2E);
  double r = v.e + p;
  return ad__f64_log_limits(x, r + (((v.e - r) + p) + plo));
}

AD_SCALAR double ad_f64_log10(double x) {
  ad__f64_parts v = ad__f64_split(x);
  ad__f64_pair l = ad__f64_log_mantissa(v.m - 1.0, 0.0);
  double p = l.hi * AD__F64_LOG10E;
  double plo = fma(l.hi, AD__F64_LOG10E, -p) + fma(l.hi, AD__F64_LOG10E_LO, l.lo * AD__F64_LOG10E);
  double big = v.e * AD__F64_LOG10_2_SHORT;
  double r = big + p;
  return ad__f64_log_limits(x, r + (((big - r) + p) + fma(v.e, AD__F64_LOG10_2_REST, plo)));
}

AD_SCALAR double ad_f64_log1p(double x) {
  double r = ad__f64_log1p_pair(x, 0.0);
  r = x == -1.0 ? -ad__f64_inf() : r;
  r = x < -1.0 ? ad__f64_nan() : r;
  r = fabs(x) < 0x1p-54 ? x : r;
  return x < ad__f64_inf() ? r : x;
}

/* max + log(1 + e^-|difference|). */
AD_SCALAR double ad_f64_logaddexp(double x, double y) {
  double top = x > y ? x : y;
  double gap = x == y ? 0.0 : -fabs(x - y);
  double e = ad__f64_exp_shifted(gap < -760.0 ? -760.0 : gap, 0.0, 0.0);
  double r = top + ad__f64_log1p_pair(e, 0.0);
  r = fabs(top) == ad__f64_inf() ? top : r;
  return x != x || y != y ? x + y : r;
}

/* log(a + sqrt(a^2 + 1)) = log1p(a + a^2/(1 + sqrt(a^2 + 1))); from 2^28 up log(2a). */
AD_SCALAR double ad_f64_arcsinh(double x) {
  double a = fabs(x);
  int big = a > 0x1p28;
  double b = big ? 1.0 : a;
  double w = b * b / (1.0 + sqrt(fma(b, b, 1.0)));
  double u = b + w, ulo = (b - u) + w;
  double v = 1.0 + u, back = v - u;
  double vlo = (u - (v - back)) + (1.0 - back) + ulo;
  ad__f64_pair l = ad__f64_log_sum(big ? a : v, big ? 0.0 : vlo, big ? 1.0 : 0.0);
  double r = copysign(l.hi + l.lo, x);
  r = a < 0x1p-28 ? x : r;
  return a < ad__f64_inf() ? r : x;
}

/* With t = x - 1: log1p(t + sqrt(t (t + 2))), the root carried as a pair; from 2^28 up log(2x). */
AD_SCALAR double ad_f64_arccosh(double x) {
  int big = x > 0x1p28;
  double t = big ? 1.0 : x - 1.0;
  double w = fma(t, t, 2.0 * t), wlo = fma(t, t, 2.0 * t - w);
  double s = sqrt(w);
  double slo = s > 0.0 ? (fma(-s, s, w) + wlo) / (2.0 * s) : 0.0;
  double u = t + s, back = u - t;
  double ulo = (t - (u - back)) + (s - back) + slo;
  double v = 1.0 + u, part = v - u;
  double vlo = (u - (v - part)) + (1.0 - part) + ulo;
  ad__f64_pair l = ad__f64_log_sum(big ? x : v, big ? 0.0 : vlo, big ? 1.0 : 0.0);
  double r = l.hi + l.lo;
  r = x < 1.0 ? ad__f64_nan() : r;
  return x < ad__f64_inf() ? r : x;
}

/* log1p(2a/(1 - a))/2, the quotient carried as a pair. */
AD_SCALAR double ad_f64_arctanh(double x) {
  double a = fabs(x);
  double b = a < 1.0 ? a : 0.5;
  double d = 1.0 - b, dlo = (1.0 - d) - b;
  double y = 2.0 * b / d;
  double ylo = (fma(-y, d, 2.0 * b) - y * dlo) / d;
  double r = copysign(0.5 * ad__f64_log1p_pair(y, ylo), x);
  r = a == 1.0 ? copysign(ad__f64_inf(), x) : r;
  r = a > 1.0 ? ad__f64_nan() : r;
  r = a < 0x1p-28 ? x : r;
  return x != x ? x : r;
}

/* ---- powers and roots ---- */

AD_SCALAR double ad__f64_pow_limits(double x, double y, double r) {
  double a = fabs(x), inf = ad__f64_inf();
  double half = 0.5 * y;
  int whole = floor(y) == y, odd = whole & (floor(half) != half);
  double at_zero = y < 0.0 ? inf : 0.0, at_infinity = y < 0.0 ? 0.0 : inf;
  r = a == 0.0 ? at_zero : r;
  r = a == inf ? at_infinity : r;
  r = a == 1.0 ? 1.0 : r;
  r = ad__f64_of(ad__f64_bits(r) ^ (odd ? ad__f64_bits(x) & UINT64_C(0x8000000000000000) : 0));
  r = ((x < 0.0) & !whole & (a < inf)) ? ad__f64_nan() : r;
  r = ((x != x) | (y != y)) ? x + y : r;
  return ((y == 0.0) | (x == 1.0)) ? 1.0 : r;
}

/* e^(y log|x|), the logarithm and the product as pairs, so that the error does not grow with the exponent. */
AD_SCALAR double ad_f64_pow(double x, double y) {
  double a = fabs(x);
  ad__f64_parts v = ad__f64_split(a);
  ad__f64_pair l = ad__f64_log_join(ad__f64_log_mantissa(v.m - 1.0, 0.0), v.e);
  double p = y * l.hi;
  double plo = fma(y, l.hi, -p) + y * l.lo;
  int tame = fabs(p) < 760.0;
  p = p > 760.0 ? 760.0 : p;
  p = p < -760.0 ? -760.0 : p;
  return ad__f64_pow_limits(x, y, ad__f64_exp_shifted(p, tame ? plo : 0.0, 0.0));
}

/* |x| = y * 8^q with y in [1, 8): a cubic guess, then twice the iteration of Halley, the last as a correction whose residual is
 * exact. */
AD_SCALAR double ad_f64_cbrt(double x) {
  double a = fabs(x);
  int small = a < 0x1p-1022;
  uint64_t u = ad__f64_bits(small ? a * 0x1p54 : a);
  double e = ad__f64_of((u >> 52) | UINT64_C(0x4330000000000000)) - (0x1p52 + 1023.0);
  double t = fma(e - 1.0, 0x1.5555555555555p-2, AD__F64_ROUNDER);
  double q = t - AD__F64_ROUNDER;
  double rest = fma(-3.0, q, e);
  double m = ad__f64_of((u & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000));
  double y = m * (rest == 0.0 ? 1.0 : rest == 1.0 ? 2.0 : 4.0);
  double g = fma(fma(fma(0x1.2f36a4d96588bp-9, y, -0x1.62cf9681587bdp-5), y, 0x1.7548c7564a063p-2), y, 0x1.5d04cb36bf793p-1);
  double c = g * g * g;
  g = g * fma(2.0, y, c) / fma(2.0, c, y);
  double s = g * g, slo = fma(g, g, -s);
  double residual = fma(s, g, -y) + slo * g;
  g = g - g * (residual / fma(2.0, s * g, y));
  double unit = ad__f64_of((ad__f64_bits(t) << 52) + (small ? UINT64_C(0x3ed0000000000000) : UINT64_C(0x3ff0000000000000)));
  double r = copysign(g * unit, x);
  return a > 0.0 && a < ad__f64_inf() ? r : x + x;
}

AD_SCALAR double ad_f64_hypot(double x, double y) {
  double p = fabs(x), q = fabs(y), inf = ad__f64_inf();
  double a = p > q ? p : q, b = p > q ? q : p;
  double down = a > 0x1p500 ? 0x1p-600 : a < 0x1p-400 ? 0x1p600 : 1.0;
  double up = a > 0x1p500 ? 0x1p600 : a < 0x1p-400 ? 0x1p-600 : 1.0;
  a = a * down;
  b = b * down;
  double bb = b * b, low = fma(b, b, -bb);
  double sum = fma(a, a, bb);
  double aa = a * a, rest = ((aa - sum) + bb) + fma(a, a, -aa) + low;
  double h = sqrt(sum);
  double better = h > 0.0 ? h + (fma(-h, h, sum) + rest) / (2.0 * h) : h;
  double r = better * up;
  r = p != p || q != q ? p + q : r;
  return p == inf || q == inf ? inf : r;
}

/* ---- division with a whole quotient ---- */

AD_SCALAR double ad_f64_fmod(double x, double y) { return fmod(x, y); }

/* Python's %: the sign of the divisor, and x % 0 is NaN. */
AD_SCALAR double ad_f64_remainder(double x, double y) {
  double r = fmod(x, y);
  r = r != 0.0 && (r < 0.0) != (y < 0.0) ? r + y : r;
  return r == 0.0 ? copysign(0.0, y) : r;
}

/* NumPy's //: the floor of the quotient as the remainder implies it; x // 0 is x / 0. */
AD_SCALAR double ad_f64_floor_divide(double x, double y) {
  double r = fmod(x, y);
  double q = (x - r) / y;
  q = r != 0.0 && (r < 0.0) != (y < 0.0) ? q - 1.0 : q;
  double f = floor(q);
  f = q - f > 0.5 ? f + 1.0 : f;
  f = q == 0.0 ? copysign(0.0, x / y) : f;
  return y == 0.0 ? x / y : f;
}

/* Half to even at a decimal place, negative places counting left of the point; where scaling overflows nothing is to round. */
AD_SCALAR double ad_f64_round_decimals(double x, int decimals) {
  double unit = ad_f64_pow(10.0, (double)(decimals < 0 ? -decimals : decimals));
  double scaled = decimals < 0 ? x / unit : x * unit;
  double whole = rint(scaled);
  double r = decimals < 0 ? whole * unit : whole / unit;
  return fabs(scaled) < ad__f64_inf() && unit < ad__f64_inf() ? r : decimals < 0 && unit == ad__f64_inf() ? x * 0.0 : x;
}

#include "base/scalar_f64_angle.h"
#include "base/scalar_f64_special.h"

#endif
