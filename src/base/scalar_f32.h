/* Scalar mathematics in single precision: one body per function.
 *
 * The rules of scalar_f64.h hold here: straight-line bodies, every rounding and every `fma` written out, choices as selects, the
 * same bits from every compiler at every vector width, and text that is also printed C99. These are the bodies that kernels spend
 * their time in, so each is also as short as its accuracy allows. `sin`, `cos` and `tan` leave for the exact reduction above
 * AD_F32_TRIG_SMALL (the `_small` forms do not, and are right up to it); `fmod` and its kin call the C library's exact `fmodf`.
 * `pow`, `hypot` and the inverse hyperbolic functions work in double precision inside, where a short polynomial does.
 * tests/base/scalar_f32.c holds the bounds of the errors: at most 3.6 ulp (tan), 1 to 2.5 for most. */
#ifndef AD_BASE_SCALAR_F32_H
#define AD_BASE_SCALAR_F32_H

#include <math.h>
#include <stdint.h>

#include "base/scalar_f64.h"

typedef struct {
  float hi;
  uint32_t quadrant;
} ad__f32_angle;
typedef struct {
  float f, e;
} ad__f32_parts;

#define AD__F32_LN2 0x1.62e430p-1f
#define AD__F32_LN2_LO -0x1.05c610p-29f
#define AD__F32_LOG2E 0x1.715476p+0f
#define AD__F32_ROUNDER 0x1.8p23f

/* Up to this magnitude the `_small` trigonometric forms are right. */
#define AD_F32_TRIG_SMALL 0x1p16f

AD_SCALAR uint32_t ad__f32_bits(float x) {
  union {
    float f;
    uint32_t u;
  } v;
  v.f = x;
  return v.u;
}
AD_SCALAR float ad__f32_of(uint32_t u) {
  union {
    float f;
    uint32_t u;
  } v;
  v.u = u;
  return v.f;
}
AD_SCALAR float ad__f32_inf(void) { return ad__f32_of(0x7f800000u); }
AD_SCALAR float ad__f32_nan(void) { return ad__f32_of(0x7fc00000u); }

/* ---- classification and exact operations ---- */

AD_SCALAR int ad_f32_isnan(float x) { return x != x; }
AD_SCALAR int ad_f32_isinf(float x) { return fabsf(x) == ad__f32_inf(); }
AD_SCALAR int ad_f32_isfinite(float x) { return fabsf(x) < ad__f32_inf(); }
AD_SCALAR int ad_f32_isposinf(float x) { return x == ad__f32_inf(); }
AD_SCALAR int ad_f32_isneginf(float x) { return x == -ad__f32_inf(); }
AD_SCALAR int ad_f32_signbit(float x) { return (int)(ad__f32_bits(x) >> 31); }
AD_SCALAR float ad_f32_abs(float x) { return fabsf(x); }
AD_SCALAR float ad_f32_copysign(float x, float y) { return copysignf(x, y); }
AD_SCALAR float ad_f32_sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x == 0.0f ? 0.0f : x; }
AD_SCALAR float ad_f32_floor(float x) { return floorf(x); }
AD_SCALAR float ad_f32_ceil(float x) { return ceilf(x); }
AD_SCALAR float ad_f32_trunc(float x) { return truncf(x); }
AD_SCALAR float ad_f32_round(float x) { return rintf(x); }
AD_SCALAR float ad_f32_square(float x) { return x * x; }
AD_SCALAR float ad_f32_reciprocal(float x) { return 1.0f / x; }
AD_SCALAR float ad_f32_sqrt(float x) { return sqrtf(x); }
AD_SCALAR float ad_f32_rsqrt(float x) { return (float)(1.0 / sqrt((double)x)); }
AD_SCALAR float ad_f32_degrees(float x) { return (float)((double)x * 0x1.ca5dc1a63c1f8p+5); }
AD_SCALAR float ad_f32_radians(float x) { return (float)((double)x * 0x1.1df46a2529d39p-6); }

/* NaN if either is. Equal numbers have equal bits but for zeros, whose sign bits a conjunction or disjunction decides. */
AD_SCALAR float ad_f32_maximum(float x, float y) {
  float r = x > y ? x : y;
  r = x == y ? ad__f32_of(ad__f32_bits(x) & ad__f32_bits(y)) : r;
  return x != x ? x : r;
}

AD_SCALAR float ad_f32_minimum(float x, float y) {
  float r = x < y ? x : y;
  r = x == y ? ad__f32_of(ad__f32_bits(x) | ad__f32_bits(y)) : r;
  return x != x ? x : r;
}

AD_SCALAR float ad_f32_nan_to_num(float x, float nan, float posinf, float neginf) {
  float r = x != x ? nan : x;
  r = x == ad__f32_inf() ? posinf : r;
  return x == -ad__f32_inf() ? neginf : r;
}

AD_SCALAR float ad_f32_nextafter(float x, float y) {
  uint32_t u = ad__f32_bits(x);
  uint32_t away = (uint32_t)((y > x) == (x > 0.0f));
  float step = ad__f32_of(u + away + away - 1u);
  float tiny = copysignf(0x1p-149f, y);
  float r = x == 0.0f ? tiny : step;
  r = x == y ? y : r;
  return x != x || y != y ? x + y : r;
}

/* ---- exponentials ---- */

/* e^r, |r| <= ln(2)/2: row f32_exp, relative error 2^-28. */
AD_SCALAR float ad__f32_exp_poly(float r) {
  float p = 0x1.6ac154p-10f;
  p = fmaf(p, r, 0x1.123da6p-7f);
  p = fmaf(p, r, 0x1.555858p-5f);
  p = fmaf(p, r, 0x1.55548cp-3f);
  p = fmaf(p, r, 0x1.fffffcp-2f);
  p = fmaf(p, r, 1.0f);
  return fmaf(p, r, 1.0f);
}

/* p * 2^n for the integer n that `rounder` (n + AD__F32_ROUNDER) holds, |n| <= 250, in two exact factors and one rounding. */
AD_SCALAR float ad__f32_scale(float p, float rounder) {
  uint32_t u = ad__f32_bits(rounder), half = (u << 22) & 0xff800000u;
  return p * ad__f32_of(half + 0x3f800000u) * ad__f32_of((u << 23) - half + 0x3f800000u);
}

/* e^x * 2^shift for |x| <= 170 and a small whole shift. */
AD_SCALAR float ad__f32_exp_shifted(float x, float shift) {
  float rounder = AD__F32_ROUNDER + shift;
  float t = fmaf(x, AD__F32_LOG2E, rounder);
  float n = t - rounder;
  float r = fmaf(-n, AD__F32_LN2_LO, fmaf(-n, AD__F32_LN2, x));
  return ad__f32_scale(ad__f32_exp_poly(r), t);
}

AD_SCALAR float ad_f32_exp(float x) { return ad__f32_exp_shifted(fabsf(x) > 104.0f ? copysignf(104.0f, x) : x, 0.0f); }

/* 2^f, |f| <= 1/2: row f32_exp2, 2^-27. */
AD_SCALAR float ad_f32_exp2(float x) {
  float c = x > 129.0f ? 129.0f : x;
  c = c < -151.0f ? -151.0f : c;
  float t = c + AD__F32_ROUNDER;
  float f = c - (t - AD__F32_ROUNDER);
  float p = 0x1.4be14cp-13f;
  p = fmaf(p, f, 0x1.5fbc8ep-10f);
  p = fmaf(p, f, 0x1.3b21c6p-7f);
  p = fmaf(p, f, 0x1.c6ada8p-5f);
  p = fmaf(p, f, 0x1.ebfbe6p-3f);
  p = fmaf(p, f, 0x1.62e432p-1f);
  p = fmaf(p, f, 1.0f);
  return ad__f32_scale(p, t);
}

/* (2^n - 1) + 2^n (e^r - 1). */
AD_SCALAR float ad_f32_expm1(float x) {
  float c = x > 89.0f ? 89.0f : x;
  c = c < -30.0f ? -30.0f : c;
  float t = fmaf(c, AD__F32_LOG2E, AD__F32_ROUNDER);
  float n = t - AD__F32_ROUNDER;
  float r = fmaf(-n, AD__F32_LN2_LO, fmaf(-n, AD__F32_LN2, c));
  float p = 0x1.6ac154p-10f;
  p = fmaf(p, r, 0x1.123da6p-7f);
  p = fmaf(p, r, 0x1.555858p-5f);
  p = fmaf(p, r, 0x1.55548cp-3f);
  p = fmaf(p, r, 0x1.fffffcp-2f);
  p = fmaf(p * r, r, r);
  float half = ad__f32_of((ad__f32_bits(t) << 23) + 0x3f000000u); /* 2^(n-1): 2^128 has no float */
  float y = 2.0f * fmaf(half, p, half - 0.5f);
  return x == 0.0f ? x : y;
}

/* For x < 0 e^x/(1 + e^x), otherwise 1/(1 + e^-x); the exponential is carried 2^24 times too large, away from subnormals. */
AD_SCALAR float ad_f32_sigmoid(float x) {
  float a = fabsf(x);
  a = a > 104.0f ? 104.0f : a;
  float t = fmaf(a, -AD__F32_LOG2E, AD__F32_ROUNDER);
  float n = t - AD__F32_ROUNDER;
  float r = fmaf(-n, AD__F32_LN2_LO, fmaf(-n, AD__F32_LN2, -a));
  float e = ad__f32_exp_poly(r) * ad__f32_of((ad__f32_bits(t) << 23) + 0x4b800000u);
  return (x < 0.0f ? e : 0x1p24f) / fmaf(e, 0x1p-24f, 1.0f) * 0x1p-24f;
}

/* sinh by its series' tail below 1 (row f32_sinh, 2^-25), above by e^a/2 - 1/(4 (e^a/2)). */
AD_SCALAR float ad_f32_sinh(float x) {
  float a = fabsf(x), z = x * x;
  float p = fmaf(fmaf(0x1.ab5438p-13f, z, 0x1.10f6fap-7f), z, 0x1.55559ap-3f);
  float near = fmaf(z * x, p, x);
  float e = ad__f32_exp_shifted(a > 91.0f ? 91.0f : a, -1.0f);
  float far = copysignf(e - 0.25f / e, x);
  return a < 1.0f ? near : far;
}

AD_SCALAR float ad_f32_cosh(float x) {
  float a = fabsf(x);
  float e = ad__f32_exp_shifted(a > 91.0f ? 91.0f : a, -1.0f);
  return e + 0.25f / e;
}

/* (1 - e)/(1 + e) with e = e^(-2|x|) = 2^n (1 + p), |x| cut where tanh rounds to 1. 1 - e is formed as (1 - 2^n) - 2^n p, which keeps
 * its relative precision down to 0, where n = 0. */
AD_SCALAR float ad_f32_tanh(float x) {
  float a = fabsf(x);
  a = a > 9.02f ? 9.02f : a;
  float t = fmaf(a, -2.0f * AD__F32_LOG2E, AD__F32_ROUNDER);
  float n = t - AD__F32_ROUNDER;
  float r = fmaf(-n, AD__F32_LN2, -2.0f * a);
  float p = 0x1.6ac154p-10f;
  p = fmaf(p, r, 0x1.123da6p-7f);
  p = fmaf(p, r, 0x1.555858p-5f);
  p = fmaf(p, r, 0x1.55548cp-3f);
  p = fmaf(p, r, 0x1.fffffcp-2f);
  p = fmaf(p * r, r, r);
  float s = ad__f32_of((ad__f32_bits(t) << 23) + 0x3f800000u);
  float m = fmaf(s, p, s - 1.0f); /* e - 1 */
  return copysignf(m / (2.0f + m), x);
}

/* x + x p(x^2) up to 1.1 (row f32_erf_near, 2^-27), beyond it 1 - q(|x|)^4, where q is the fourth root of erfc up to 3.95 (row
 * f32_erf_far, 2^-26); from there erf rounds to 1. */
AD_SCALAR float ad_f32_erf(float x) {
  float a = fabsf(x), z = x * x;
  float p = 0x1.31570cp-14f;
  p = fmaf(p, z, -0x1.9b1140p-11f);
  p = fmaf(p, z, 0x1.52cf88p-8f);
  p = fmaf(p, z, -0x1.b7d344p-6f);
  p = fmaf(p, z, 0x1.ce2b02p-4f);
  p = fmaf(p, z, -0x1.812736p-2f);
  p = fmaf(p, z, 0x1.06eba8p-3f);
  float b = a > 3.95f ? 3.95f : a, bb = b * b;
  float low = fmaf(fmaf(-0x1.8e0a32p-5f, b, -0x1.0c4bb6p-4f), bb, fmaf(-0x1.3aecd4p-2f, b, 0x1.0153e2p+0f));
  float high = fmaf(fmaf(-0x1.703aacp-13f, b, 0x1.a0c51ap-9f), bb, fmaf(-0x1.66b9fep-6f, b, 0x1.0ab068p-4f));
  float q = fmaf(high, bb * bb, low);
  q = q * q;
  return a < 1.1f ? fmaf(x, p, x) : copysignf(fmaf(-q, q, 1.0f), x);
}

/* ---- logarithms ---- */

/* v = (1 + f) * 2^e with 1 + f in [2/3, 4/3), for v > 0. */
AD_SCALAR ad__f32_parts ad__f32_split(float v) {
  int small = v < 0x1p-126f;
  uint32_t u = ad__f32_bits(small ? v * 0x1p23f : v);
  uint32_t k = (u - 0x3f2aaaabu) & 0xff800000u;
  ad__f32_parts r;
  r.e = (float)(int32_t)k * 0x1p-23f - (small ? 23.0f : 0.0f);
  r.f = ad__f32_of(u - k) - 1.0f;
  return r;
}

/* log(1 + f) - f for f in [-1/3, 1/3]: row f32_log, 2^-27 of f. */
AD_SCALAR float ad__f32_log_tail(float f) {
  float z = f * f;
  float low = fmaf(fmaf(-0x1.55b7e6p-3f, f, 0x1.99ce42p-3f), z, fmaf(-0x1.fffe5ep-3f, f, 0x1.55550cp-2f));
  float high = fmaf(fmaf(-0x1.0e2aa6p-3f, f, 0x1.1df330p-3f), z, fmaf(-0x1.f03c26p-4f, f, 0x1.1ef1a0p-3f));
  float p = fmaf(high, z * z, low);
  return fmaf(p * z, f, -0.5f * z);
}

AD_SCALAR float ad__f32_log_limits(float x, float r) {
  r = x == 0.0f ? -ad__f32_inf() : r;
  r = x < 0.0f ? ad__f32_nan() : r;
  return x < ad__f32_inf() ? r : x;
}

AD_SCALAR float ad_f32_log(float x) {
  ad__f32_parts v = ad__f32_split(x);
  float tail = fmaf(v.e, AD__F32_LN2_LO, ad__f32_log_tail(v.f));
  return ad__f32_log_limits(x, fmaf(v.e, AD__F32_LN2, v.f + tail));
}

/* f + tail as a sum whose first part is short, times 1/ln(2) in two parts. */
AD_SCALAR float ad_f32_log2(float x) {
  ad__f32_parts v = ad__f32_split(x);
  float tail = ad__f32_log_tail(v.f);
  float h = v.f * 0x1.715476p+0f;
  float lo = fmaf(v.f, 0x1.715476p+0f, -h) + fmaf(v.f, 0x1.4ae0cp-26f, tail * 0x1.715476p+0f);
  float s = v.e + h;
  float r = s + (((v.e - s) + h) + lo);
  return ad__f32_log_limits(x, v.e == 0.0f ? h + lo : r);
}

AD_SCALAR float ad_f32_log10(float x) {
  ad__f32_parts v = ad__f32_split(x);
  float tail = ad__f32_log_tail(v.f);
  float h = v.f * 0x1.bcb7b2p-2f;
  float lo = fmaf(v.f, 0x1.bcb7b2p-2f, -h) + fmaf(v.f, -0x1.5b235ep-27f, tail * 0x1.bcb7b2p-2f);
  float big = v.e * 0x1.344200p-2f; /* exact */
  float s = big + h;
  float r = s + (((big - s) + h) + fmaf(v.e, -0x1.95ec10p-19f, lo));
  return ad__f32_log_limits(x, v.e == 0.0f ? h + lo : r);
}

/* log of u = 1 + x, with what the sum lost put back into the fraction. */
AD_SCALAR float ad_f32_log1p(float x) {
  float u = 1.0f + x, back = u - x;
  float lost = x < 1.0f ? x - (u - 1.0f) : 1.0f - back;
  uint32_t bits = ad__f32_bits(u), k = (bits - 0x3f2aaaabu) & 0xff800000u;
  float unit = ad__f32_of(0x3f800000u - k);
  unit = u > 0x1p40f ? 0.0f : unit;
  float e = (float)(int32_t)k * 0x1p-23f;
  float f = fmaf(lost, unit, ad__f32_of(bits - k) - 1.0f);
  float tail = fmaf(e, AD__F32_LN2_LO, ad__f32_log_tail(f));
  float r = fmaf(e, AD__F32_LN2, f + tail);
  r = x == -1.0f ? -ad__f32_inf() : r;
  r = x < -1.0f ? ad__f32_nan() : r;
  r = x == 0.0f ? x : r;
  return x < ad__f32_inf() ? r : x;
}

/* max + log(1 + e) with e = e^-|difference|, the logarithm as 2 atanh(s/2), s/2 = e/(2 + e) up to 1/3 (row f32_log1p_unit,
 * halved; 2^-27). */
AD_SCALAR float ad_f32_logaddexp(float x, float y) {
  float top = x > y ? x : y, gap = fabsf(x - y);
  gap = x == y ? 0.0f : gap;
  float e = ad__f32_exp_shifted(gap > 104.0f ? -104.0f : -gap, 0.0f);
  float s = 2.0f * e / (2.0f + e), z = 0.25f * s * s;
  float p = 0x1.1f0578p-3f;
  p = fmaf(p, z, 0x1.1eb3a2p-3f);
  p = fmaf(p, z, 0x1.99d29ep-3f);
  p = fmaf(p, z, 0x1.5555p-2f);
  float r = top + fmaf(s * z, p, s);
  r = fabsf(top) == ad__f32_inf() ? top : r;
  return ((x != x) | (y != y)) ? x + y : r;
}

/* The logarithm in double precision to 2^-38, for v > 0 (row f64_short_log). */
AD_SCALAR double ad__f64_short_log(double v) {
  ad__f64_parts x = ad__f64_split(v);
  double f = x.m - 1.0, s = f / (2.0 + f), z = s * s;
  double q = 0x1.87a30bf5cc40dp-3;
  q = fma(q, z, 0x1.c6c05f415a1c9p-3);
  q = fma(q, z, 0x1.24928f228c849p-2);
  q = fma(q, z, 0x1.99999988fe810p-2);
  q = fma(q, z, 0x1.5555555555555p-1);
  return fma(x.e, AD__F64_LN2, s * fma(z, q, 2.0));
}

AD_SCALAR float ad_f32_arcsinh(float x) {
  double a = (double)fabsf(x);
  double r = ad__f64_short_log(a + sqrt(fma(a, a, 1.0)));
  float y = a < 0x1p-9 ? (float)fma(a * a, a * -0x1.5555555555555p-3, a) : (float)r;
  return fabsf(x) < ad__f32_inf() ? copysignf(y, x) : x;
}

AD_SCALAR float ad_f32_arccosh(float x) {
  double a = (double)x;
  float r = (float)ad__f64_short_log(a + sqrt(fma(a, a, -1.0)));
  r = x < 1.0f ? ad__f32_nan() : r;
  return x < ad__f32_inf() ? r : x;
}

AD_SCALAR float ad_f32_arctanh(float x) {
  double a = (double)fabsf(x);
  double r = 0.5 * ad__f64_short_log(a < 1.0 ? (1.0 + a) / (1.0 - a) : 1.0);
  float y = copysignf(a < 0x1p-9 ? (float)fma(a * a, a * 0x1.5555555555555p-2, a) : (float)r, x);
  y = a == 1.0 ? copysignf(ad__f32_inf(), x) : y;
  y = a > 1.0 ? ad__f32_nan() : y;
  return x != x ? x : y;
}

/* ---- powers and roots ---- */

/* e^(y log|x|) in double precision (row f64_short_exp, 2^-32); limits as for doubles, which hold every float. */
AD_SCALAR float ad_f32_pow(float x, float y) {
  double p = (double)y * ad__f64_short_log((double)fabsf(x));
  p = p > 120.0 ? 120.0 : p;
  p = p < -120.0 ? -120.0 : p;
  double t = fma(p, AD__F64_LOG2E, AD__F64_ROUNDER);
  double r = fma(-(t - AD__F64_ROUNDER), AD__F64_LN2, p);
  double q = 0x1.6c76749f17c00p-13;
  q = fma(q, r, 0x1.6d751431afcd3p-10);
  q = fma(q, r, 0x1.113d1cea49dd6p-7);
  q = fma(q, r, 0x1.5554ad1aa27cfp-5);
  q = fma(q, r, 0x1.55552af75e88cp-3);
  q = fma(q, r, 0x1.00000028531dap-1);
  q = fma(q, r, 0x1.000000143dd50p+0);
  q = fma(q, r, 0x1.0000000000000p+0);
  q = q * ad__f64_of((ad__f64_bits(t) << 52) + UINT64_C(0x3ff0000000000000));
  return (float)ad__f64_pow_limits((double)x, (double)y, q);
}

/* As ad_f64_cbrt, with a quartic guess (row f32_cbrt, 2^-9) and one step of Halley as a correction. */
AD_SCALAR float ad_f32_cbrt(float x) {
  float a = fabsf(x);
  int small = a < 0x1p-126f;
  uint32_t u = ad__f32_bits(small ? a * 0x1p24f : a);
  float e = (float)(int32_t)(u >> 23) - 127.0f;
  float t = fmaf(e - 1.0f, 0x1.555556p-2f, AD__F32_ROUNDER);
  float q = t - AD__F32_ROUNDER;
  float rest = fmaf(-3.0f, q, e);
  float y = ad__f32_of((u & 0x007fffffu) | 0x3f800000u) * (rest == 0.0f ? 1.0f : rest == 1.0f ? 2.0f : 4.0f);
  float g = -0x1.c51722p-12f;
  g = fmaf(g, y, 0x1.3a0adep-7f);
  g = fmaf(g, y, -0x1.572482p-4f);
  g = fmaf(g, y, 0x1.cbf96cp-2f);
  g = fmaf(g, y, 0x1.412cc8p-1f);
  float s = g * g, slo = fmaf(g, g, -s);
  float residual = fmaf(s, g, -y) + slo * g;
  g = g - g * (residual / fmaf(2.0f, s * g, y));
  float unit = ad__f32_of((ad__f32_bits(t) << 23) + (small ? 0x3b800000u : 0x3f800000u));
  return a > 0.0f && a < ad__f32_inf() ? copysignf(g * unit, x) : x + x;
}

AD_SCALAR float ad_f32_hypot(float x, float y) {
  double a = (double)x, b = (double)y;
  float r = (float)sqrt(fma(a, a, b * b));
  return fabsf(x) == ad__f32_inf() || fabsf(y) == ad__f32_inf() ? ad__f32_inf() : r;
}

/* ---- trigonometry ---- */

/* x - n*pi/2 for |x| <= AD_F32_TRIG_SMALL, pi/2 in three pieces. */
AD_SCALAR ad__f32_angle ad__f32_reduce_small(float x) {
  float t = fmaf(x, 0x1.45f306p-1f, AD__F32_ROUNDER);
  float n = t - AD__F32_ROUNDER;
  float r = fmaf(-n, 0x1.921fb6p+0f, x);
  ad__f32_angle a;
  r = fmaf(-n, -0x1.777a5cp-25f, r);
  a.hi = fmaf(-n, -0x1.ee59dap-50f, r);
  a.quadrant = ad__f32_bits(t);
  return a;
}

AD_SCALAR ad__f32_angle ad__f32_reduce(float x) {
  ad__f32_angle a;
  if (fabsf(x) <= AD_F32_TRIG_SMALL) return ad__f32_reduce_small(x);
  {
    ad__f64_angle b = ad__f64_reduce((double)x);
    a.hi = (float)b.hi;
    a.quadrant = (uint32_t)b.quadrant;
  }
  return a;
}

/* Rows f32_sin, 2^-28, and f32_cos, 2^-33, of |r| <= pi/4. */
AD_SCALAR float ad__f32_sin_poly(float r) {
  float z = r * r;
  float p = fmaf(fmaf(-0x1.9954a4p-13f, z, 0x1.11077ap-7f), z, -0x1.555546p-3f);
  return fmaf(r * z, p, r);
}

AD_SCALAR float ad__f32_cos_poly(float r) {
  float z = r * r;
  float p = fmaf(fmaf(0x1.99e0eep-16f, z, -0x1.6c0c1ap-10f), z, 0x1.55554ap-5f);
  return fmaf(fmaf(p, z, -0.5f), z, 1.0f);
}

/* sin(x + k*pi/2) from the reduced angle of x. */
AD_SCALAR float ad__f32_sin_of(ad__f32_angle a, uint32_t k) {
  uint32_t q = a.quadrant + k;
  float s = ad__f32_sin_poly(a.hi), c = ad__f32_cos_poly(a.hi);
  return ad__f32_of(ad__f32_bits((q & 1u) == 0 ? s : c) ^ ((q & 2u) << 30));
}

AD_SCALAR float ad__f32_tan_of(ad__f32_angle a) {
  float s = ad__f32_sin_poly(a.hi), c = ad__f32_cos_poly(a.hi);
  int even = (a.quadrant & 1u) == 0;
  return (even ? s : -c) / (even ? c : s);
}

AD_SCALAR float ad_f32_sin_small(float x) {
  float r = ad__f32_sin_of(ad__f32_reduce_small(x), 0);
  return x == 0.0f ? x : r;
}
AD_SCALAR float ad_f32_cos_small(float x) { return ad__f32_sin_of(ad__f32_reduce_small(x), 1); }
AD_SCALAR float ad_f32_tan_small(float x) {
  float r = ad__f32_tan_of(ad__f32_reduce_small(x));
  return x == 0.0f ? x : r;
}
AD_SCALAR float ad_f32_sin(float x) {
  float r = ad__f32_sin_of(ad__f32_reduce(x), 0);
  return x == 0.0f ? x : r;
}
AD_SCALAR float ad_f32_cos(float x) { return ad__f32_sin_of(ad__f32_reduce(x), 1); }
AD_SCALAR float ad_f32_tan(float x) {
  float r = ad__f32_tan_of(ad__f32_reduce(x));
  return x == 0.0f ? x : r;
}

/* atan(t), 0 <= t <= 1: row f32_atan, 2^-26. */
AD_SCALAR float ad__f32_atan_poly(float t) {
  float z = t * t;
  float p = 0x1.860274p-9f;
  p = fmaf(p, z, -0x1.0fbae2p-6f);
  p = fmaf(p, z, 0x1.64d822p-5f);
  p = fmaf(p, z, -0x1.36862ap-4f);
  p = fmaf(p, z, 0x1.b56bc4p-4f);
  p = fmaf(p, z, -0x1.231bcap-3f);
  p = fmaf(p, z, 0x1.997aeap-3f);
  p = fmaf(p, z, -0x1.5554e6p-2f);
  return fmaf(p * z, t, t);
}

AD_SCALAR float ad_f32_arctan(float x) {
  float a = fabsf(x);
  float p = ad__f32_atan_poly(a > 1.0f ? 1.0f / a : a);
  return copysignf(a > 1.0f ? 0x1.921fb6p+0f - p : p, x);
}

/* In double precision: row f64_short_atan, 2^-31, of the smaller over the larger. */
AD_SCALAR float ad_f32_arctan2(float y, float x) {
  float a = fabsf(y), b = fabsf(x);
  float top = a > b ? a : b, low = a > b ? b : a;
  double t = (double)low / (double)(top == 0.0f ? 1.0f : top);
  t = low == ad__f32_inf() ? 1.0 : t;
  double z = t * t;
  double p = 0x1.2980d218761b3p-10;
  p = fma(p, z, -0x1.e673cb1c0c445p-8);
  p = fma(p, z, 0x1.74e82611e2212p-6);
  p = fma(p, z, -0x1.7033c560842d1p-5);
  p = fma(p, z, 0x1.14df59d0f4f4dp-4);
  p = fma(p, z, -0x1.693860e542eb0p-4);
  p = fma(p, z, 0x1.c507161fb152cp-4);
  p = fma(p, z, -0x1.2475036f74500p-3);
  p = fma(p, z, 0x1.9997fd118542ep-3);
  p = fma(p, z, -0x1.5555515fe8763p-2);
  double r = fma(p * z, t, t);
  r = a > b ? AD__F64_PI_2 - r : r;
  r = ad_f32_signbit(x) ? 2.0 * AD__F64_PI_2 - r : r;
  return x != x || y != y ? x + y : copysignf((float)r, y);
}

/* asin(x)/x - 1 for z = x^2 <= 1/4: row f32_asin, 2^-27. */
AD_SCALAR float ad__f32_asin_tail(float z) {
  float p = 0x1.59dd62p-5f;
  p = fmaf(p, z, 0x1.8ba492p-6f);
  p = fmaf(p, z, 0x1.748b78p-5f);
  p = fmaf(p, z, 0x1.330162p-4f);
  p = fmaf(p, z, 0x1.5555cap-3f);
  return p * z;
}

AD_SCALAR float ad_f32_arcsin(float x) {
  float a = fabsf(x);
  int far = a > 0.5f;
  float z = far ? fmaf(-0.5f, a, 0.5f) : x * x;
  float s = far ? sqrtf(z) : a;
  float r = fmaf(s, ad__f32_asin_tail(z), s);
  return copysignf(far ? fmaf(-2.0f, r, 0x1.921fb6p+0f) : r, x);
}

AD_SCALAR float ad_f32_arccos(float x) {
  float a = fabsf(x);
  int far = a > 0.5f;
  float z = far ? fmaf(-0.5f, a, 0.5f) : x * x;
  float s = far ? sqrtf(z) : x;
  float r = fmaf(s, ad__f32_asin_tail(z), s);
  float middle = 0x1.921fb6p+0f - (r + 0x1.777a5cp-25f);
  float back = fmaf(-2.0f, r, 0x1.921fb6p+1f);
  return far ? (x > 0.0f ? 2.0f * r : back) : middle;
}

/* erfinv(x) = x g(w), w = -log(1 - x^2), after Giles (Approximating the erfinv function, 2010): rows f32_erfinv_centre, w = u + 3
 * up to 6, and f32_erfinv_tail, sqrt(w) = u + 3. */
AD_SCALAR float ad_f32_erfinv(float x) {
  float a = fabsf(x);
  float w = -ad_f32_log(fmaf(-x, x, 1.0f));
  float u = w - 3.0f, v = sqrtf(w) - 3.0f;
  float p = 0x1.36d0e4p-35f;
  p = fmaf(p, u, 0x1.759518p-31f);
  p = fmaf(p, u, -0x1.b13f80p-28f);
  p = fmaf(p, u, -0x1.4f6e0ep-26f);
  p = fmaf(p, u, 0x1.e90296p-22f);
  p = fmaf(p, u, -0x1.da4096p-20f);
  p = fmaf(p, u, -0x1.ab490ep-17f);
  p = fmaf(p, u, 0x1.992736p-13f);
  p = fmaf(p, u, -0x1.b66310p-11f);
  p = fmaf(p, u, -0x1.780e68p-8f);
  p = fmaf(p, u, 0x1.eedbeap-3f);
  p = fmaf(p, u, 0x1.9fa072p+0f);
  float q = -0x1.5a073ep-17f;
  q = fmaf(q, v, -0x1.be0cd8p-13f);
  q = fmaf(q, v, 0x1.5e18c0p-10f);
  q = fmaf(q, v, -0x1.c707f2p-9f);
  q = fmaf(q, v, 0x1.760f00p-8f);
  q = fmaf(q, v, -0x1.f6273cp-8f);
  q = fmaf(q, v, 0x1.357904p-7f);
  q = fmaf(q, v, 0x1.006ddap+0f);
  q = fmaf(q, v, 0x1.6a9efcp+1f);
  float r = x * (w < 6.0f ? p : q);
  r = a == 1.0f ? copysignf(ad__f32_inf(), x) : r;
  return a > 1.0f ? ad__f32_nan() : r;
}

/* ---- division with a whole quotient: as in scalar_f64.h ---- */

AD_SCALAR float ad_f32_fmod(float x, float y) { return fmodf(x, y); }

AD_SCALAR float ad_f32_remainder(float x, float y) {
  float r = fmodf(x, y);
  r = r != 0.0f && (r < 0.0f) != (y < 0.0f) ? r + y : r;
  return r == 0.0f ? copysignf(0.0f, y) : r;
}

AD_SCALAR float ad_f32_floor_divide(float x, float y) {
  float r = fmodf(x, y);
  float q = (x - r) / y;
  q = r != 0.0f && (r < 0.0f) != (y < 0.0f) ? q - 1.0f : q;
  float f = floorf(q);
  f = q - f > 0.5f ? f + 1.0f : f;
  f = q == 0.0f ? copysignf(0.0f, x / y) : f;
  return y == 0.0f ? x / y : f;
}

AD_SCALAR float ad_f32_round_decimals(float x, int decimals) {
  float unit = ad_f32_pow(10.0f, (float)(decimals < 0 ? -decimals : decimals));
  float scaled = decimals < 0 ? x / unit : x * unit;
  float whole = rintf(scaled);
  float r = decimals < 0 ? whole * unit : whole / unit;
  return fabsf(scaled) < ad__f32_inf() && unit < ad__f32_inf() ? r : decimals < 0 && unit == ad__f32_inf() ? x * 0.0f : x;
}

#endif
