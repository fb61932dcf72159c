/* Trigonometry in double precision: sine, cosine, tangent and their inverses.
 *
 * Part of scalar_f64.h, which includes it and whose rules hold here. Reduction to |r| <= pi/4 is exact for every finite argument.
 */
#ifndef AD_BASE_SCALAR_F64_ANGLE_H
#define AD_BASE_SCALAR_F64_ANGLE_H

#include "base/scalar_f64.h"

/* x - n*pi/2 as a pair for |x| <= AD_F64_TRIG_SMALL, pi/2 in three pieces. */
AD_SCALAR ad__f64_angle ad__f64_reduce_small(double x) {
  double t = fma(x, AD__F64_2_PI, AD__F64_ROUNDER);
  double n = t - AD__F64_ROUNDER;
  double r = fma(-n, AD__F64_PI_2, x); /* exact */
  double w = n * AD__F64_PI_2_MID, wlo = fma(n, AD__F64_PI_2_MID, -w);
  double h = r - w, back = h - r;
  double lo = (r - (h - back)) - (w + back);
  ad__f64_angle a;
  lo = lo - fma(n, AD__F64_PI_2_LOW, wlo);
  a.hi = h + lo;
  a.lo = (h - a.hi) + lo;
  a.quadrant = ad__f64_bits(t);
  return a;
}

/* The same for any finite x after Payne and Hanek (Radian reduction for trigonometric functions, 1983): the bits of 2/pi that
 * matter at x's exponent, 192 of them, times x's integer mantissa, modulo 4. Not straight-line: for values no one computes
 * with in bulk. */
AD_SCALAR_APART ad__f64_angle ad__f64_reduce_huge(double x) {
  static const uint32_t two_over_pi[38] = {
      /* 32 zero bits, then the fraction of 2/pi */
      0x00000000, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a,
      0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639,
      0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66,
      0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046};
  uint64_t u = ad__f64_bits(x), mantissa = (u & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x0010000000000000);
  uint32_t exponent = (uint32_t)(u >> 52) & 0x7ff;
  /* x = mantissa * 2^(exponent - 1075); the first wanted bit has weight 2^1 after that scaling */
  uint32_t first = exponent - 1075u + 32u - 2u, word = first >> 5, shift = first & 31u;
  uint32_t window[6], product[6];
  uint64_t carry = 0, carry_high = 0, low = mantissa & 0xffffffffu, high = mantissa >> 32;
  ad__f64_angle a;
  double unit = 0x1p-30, lo = 0.0, h = 0.0;
  uint32_t flip, quadrant;
  int i;
  for (i = 0; i < 6; i++) {
    uint64_t both = (uint64_t)two_over_pi[word + (uint32_t)i] << 32 | two_over_pi[word + (uint32_t)i + 1];
    window[5 - i] = (uint32_t)(both >> (32u - shift));
  }
  for (i = 0; i < 6; i++) {
    uint64_t term = low * window[i] + carry;
    uint64_t upper = (i > 0 ? high * window[i - 1] : 0) + carry_high;
    uint64_t sum = (term & 0xffffffffu) + (upper & 0xffffffffu);
    product[i] = (uint32_t)sum;
    carry = (term >> 32) + (sum >> 32);
    carry_high = upper >> 32;
  }
  quadrant = product[5] >> 30;
  flip = 0u - ((product[5] >> 29) & 1u); /* fraction >= 1/2: take the complement and the next quadrant */
  quadrant = quadrant - flip;
  product[5] = (product[5] ^ flip) & 0x3fffffffu;
  for (i = 5; i >= 0; i--) {
    double part = (double)(i == 5 ? product[5] : product[i] ^ flip) * unit;
    double sum = h + part;
    lo += (h - sum) + part;
    h = sum;
    unit *= 0x1p-32;
  }
  h = flip ? -h : h;
  lo = flip ? -lo : lo;
  {
    double p = h * AD__F64_PI_2;
    double plo = fma(h, AD__F64_PI_2, -p) + fma(h, AD__F64_PI_2_MID, lo * AD__F64_PI_2);
    a.hi = p + plo;
    a.lo = (p - a.hi) + plo;
  }
  a.quadrant = quadrant;
  if (x < 0.0) {
    a.hi = -a.hi;
    a.lo = -a.lo;
    a.quadrant = 0u - (uint64_t)quadrant;
  }
  if (exponent == 0x7ff) a.hi = x - x;
  return a;
}

AD_SCALAR ad__f64_angle ad__f64_reduce(double x) {
  return fabs(x) <= AD_F64_TRIG_SMALL ? ad__f64_reduce_small(x) : ad__f64_reduce_huge(x);
}

/* sin(r + lo), |r| <= pi/4: row f64_sin, 2^-56. */
AD_SCALAR double ad__f64_sin_poly(double r, double lo) {
  double z = r * r;
  double p = 0x1.5d915df5a660fp-33;
  p = fma(p, z, -0x1.ae5e60c42cb08p-26);
  p = fma(p, z, 0x1.71de3570fcee4p-19);
  p = fma(p, z, -0x1.a01a019c0a284p-13);
  p = fma(p, z, 0x1.111111110f842p-7);
  p = fma(p, z, -0x1.5555555555549p-3);
  return r + fma(r * z, p, fma(-0.5 * z, lo, lo));
}

/* cos(r + lo): row f64_cos, 2^-59. */
AD_SCALAR double ad__f64_cos_poly(double r, double lo) {
  double z = r * r;
  double p = -0x1.8facd146027b8p-37;
  p = fma(p, z, 0x1.1ee9e89091b12p-29);
  p = fma(p, z, -0x1.27e4f805337dbp-22);
  p = fma(p, z, 0x1.a01a019cab73dp-16);
  p = fma(p, z, -0x1.6c16c16c15140p-10);
  p = fma(p, z, 0x1.555555555554cp-5);
  double half = 0.5 * z, w = 1.0 - half;
  double lost = fma(r, lo, 0.5 * fma(r, r, -z));
  return w + (((1.0 - w) - half) + fma(z * z, p, -lost));
}

/* sin(x + k*pi/2) from the reduced angle of x. */
AD_SCALAR double ad__f64_sin_of(ad__f64_angle a, uint64_t k) {
  uint64_t q = a.quadrant + k;
  double s = ad__f64_sin_poly(a.hi, a.lo), c = ad__f64_cos_poly(a.hi, a.lo);
  return ad__f64_of(ad__f64_bits((q & 1u) == 0 ? s : c) ^ ((q & 2u) << 62));
}

AD_SCALAR double ad__f64_tan_of(ad__f64_angle a) {
  double s = ad__f64_sin_poly(a.hi, a.lo), c = ad__f64_cos_poly(a.hi, a.lo);
  int even = (a.quadrant & 1u) == 0;
  return (even ? s : -c) / (even ? c : s);
}

AD_SCALAR double ad_f64_sin_small(double x) {
  double r = ad__f64_sin_of(ad__f64_reduce_small(x), 0);
  return x == 0.0 ? x : r;
}
AD_SCALAR double ad_f64_cos_small(double x) { return ad__f64_sin_of(ad__f64_reduce_small(x), 1); }
AD_SCALAR double ad_f64_tan_small(double x) {
  double r = ad__f64_tan_of(ad__f64_reduce_small(x));
  return x == 0.0 ? x : r;
}
AD_SCALAR double ad_f64_sin(double x) {
  double r = ad__f64_sin_of(ad__f64_reduce(x), 0);
  return x == 0.0 ? x : r;
}
AD_SCALAR double ad_f64_cos(double x) { return ad__f64_sin_of(ad__f64_reduce(x), 1); }
AD_SCALAR double ad_f64_tan(double x) {
  double r = ad__f64_tan_of(ad__f64_reduce(x));
  return x == 0.0 ? x : r;
}

/* atan((num + numlo)/(den + denlo)) for 0 <= num, den, at least one of them not 0. Beyond tan(pi/8) the angle is pi/4 plus that
 * of (num - den)/(num + den), beyond tan(3 pi/8) pi/2 minus that of den/num; the polynomial is row f64_atan, 2^-57. */
AD_SCALAR ad__f64_pair ad__f64_atan_ratio(double num, double den) {
  int middle = num > 0x1.a82799ap-2 * den, steep = num > 0x1.3504f33p+1 * den;
  double diff = num - den, db = diff - num, difflo = (num - (diff - db)) - (den + db);
  double sum = num + den, sb = sum - num, sumlo = (num - (sum - sb)) + (den - sb);
  double top = middle ? diff : num, toplo = middle ? difflo : 0.0;
  double base = middle ? sum : den, baselo = middle ? sumlo : 0.0;
  top = steep ? -den : top;
  toplo = steep ? 0.0 : toplo;
  base = steep ? num : base;
  baselo = steep ? 0.0 : baselo;
  double inverse = 1.0 / base;
  double t = top * inverse;
  double tlo = (fma(-t, base, top) + fma(-t, baselo, toplo)) * inverse;
  double turns = (middle ? 0.5 : 0.0) + (steep ? 0.5 : 0.0); /* of pi/2 */
  double offset = turns * AD__F64_PI_2, offsetlo = turns * AD__F64_PI_2_MID;
  double z = t * t;
  double p = 0x1.6d66568e76836p-7;
  p = fma(p, z, -0x1.af4734b3c1b4bp-6);
  p = fma(p, z, 0x1.2cef8e73a4f6fp-5);
  p = fma(p, z, -0x1.5e87174f655f2p-5);
  p = fma(p, z, 0x1.853ef4b5614d0p-5);
  p = fma(p, z, -0x1.af10c7832d622p-5);
  p = fma(p, z, 0x1.e1e004ae085f8p-5);
  p = fma(p, z, -0x1.1111038650f87p-4);
  p = fma(p, z, 0x1.3b13b0b00dd6bp-4);
  p = fma(p, z, -0x1.745d17420179fp-4);
  p = fma(p, z, 0x1.c71c71c70b178p-4);
  p = fma(p, z, -0x1.249249249231bp-3);
  p = fma(p, z, 0x1.9999999999998p-3);
  p = fma(p, z, -0x1.5555555555555p-2);
  double tail = fma(z * t, p, fma(-z, tlo, tlo) + offsetlo);
  double h = offset + t;
  double lo = ((offset - h) + t) + tail;
  ad__f64_pair r;
  r.hi = h + lo;
  r.lo = (h - r.hi) + lo;
  return r;
}

AD_SCALAR double ad_f64_arctan(double x) {
  double a = fabs(x);
  double r = copysign(ad__f64_atan_ratio(a < 0x1p60 ? a : 0x1p60, 1.0).hi, x);
  r = a < 0x1p-28 ? x : r;
  return x != x ? x : r;
}

AD_SCALAR double ad_f64_arctan2(double y, double x) {
  double a = fabs(y), b = fabs(x), inf = ad__f64_inf();
  double top = a > b ? a : b;
  double scale = top < 0x1p-900 ? 0x1p110 : 1.0;
  scale = top > 0x1p1000 ? 0x1p-60 : scale;
  double num = a * scale, den = b * scale;
  ad__f64_pair t;
  num = top == inf ? (a == inf ? 1.0 : 0.0) : num; /* an infinity counts 1, what is finite beside it 0 */
  den = top == inf ? (b == inf ? 1.0 : 0.0) : den;
  den = top == 0.0 ? 1.0 : den;
  t = ad__f64_atan_ratio(num, den);
  double turned = 0x1.921fb54442d18p+1 - t.hi;
  double rest = ((0x1.921fb54442d18p+1 - turned) - t.hi) + (0x1.1a62633145c07p-53 - t.lo);
  double r = ad__f64_bits(x) >> 63 != 0 ? turned + rest : t.hi;
  return ((x != x) | (y != y)) ? x + y : copysign(r, y);
}

/* asin(x) = x + x^3 p(x^2) up to 1/2 (row f64_asin, 2^-59); beyond, pi/2 - 2 asin(sqrt((1-|x|)/2)). */
AD_SCALAR double ad__f64_asin_tail(double z) {
  double p = 0x1.0be55f4d0401ap-5;
  p = fma(p, z, -0x1.59f9dfd8caaacp-6);
  p = fma(p, z, 0x1.650494e64d584p-6);
  p = fma(p, z, 0x1.e1520776bb0c1p-9);
  p = fma(p, z, 0x1.618b65d2f9d2bp-7);
  p = fma(p, z, 0x1.75776b7a8b629p-7);
  p = fma(p, z, 0x1.ca2148dc64a17p-7);
  p = fma(p, z, 0x1.1c49ddcad400ep-6);
  p = fma(p, z, 0x1.6e8bdfea10bf3p-6);
  p = fma(p, z, 0x1.f1c71a8b77d64p-6);
  p = fma(p, z, 0x1.6db6db722bdc1p-5);
  p = fma(p, z, 0x1.333333332df09p-4);
  p = fma(p, z, 0x1.5555555555578p-3);
  return p * z;
}

AD_SCALAR double ad_f64_arcsin(double x) {
  double a = fabs(x);
  int far = a > 0.5;
  double z = far ? 0.5 * (1.0 - a) : x * x;
  double s = far ? sqrt(z) : a;
  double tail = s * ad__f64_asin_tail(z);
  double slo = far && s > 0.0 ? fma(-s, s, z) / (s + s) : 0.0;
  double h = 0x1.921fb54442d18p+0 - 2.0 * s;
  double lo = ((0x1.921fb54442d18p+0 - h) - 2.0 * s) + 0x1.1a62633145c07p-54;
  double r = far ? h + (lo - 2.0 * (tail + slo)) : s + tail;
  return copysign(r, x);
}

AD_SCALAR double ad_f64_arccos(double x) {
  double a = fabs(x);
  int far = a > 0.5;
  double z = far ? 0.5 * (1.0 - a) : x * x;
  double s = far ? sqrt(z) : x;
  double tail = s * ad__f64_asin_tail(z);
  double slo = far && s > 0.0 ? fma(-s, s, z) / (s + s) : 0.0;
  double close = 2.0 * (s + (tail + slo));
  double h = 0x1.921fb54442d18p+0 - s;
  double lo = ((0x1.921fb54442d18p+0 - h) - s) + 0x1.1a62633145c07p-54;
  double middle = h + (lo - tail);
  double g = 0x1.921fb54442d18p+1 - 2.0 * s;
  double glo = ((0x1.921fb54442d18p+1 - g) - 2.0 * s) + 0x1.1a62633145c07p-53;
  double back = g + (glo - 2.0 * (tail + slo));
  return far ? (x > 0.0 ? close : back) : middle;
}

#endif
