/* Narrow floating-point storage: float16, bfloat16 and fp8 (e4m3), to and from float32 and float64.
 *
 * The narrow types are stored, never computed with: their value is their bit pattern, uint16_t or uint8_t. The invariant: every
 * conversion rounds once, to nearest even, subnormals included; a NaN stays a NaN, quiet, with its sign and what fits of its
 * payload. All are straight-line integer sequences that vectorise.
 * fp8 is the e4m3 of the Open Compute Project (OFP8 specification, 2023): no infinity, NaN is 0x7f and 0xff; beyond 448, its
 * largest number, conversions saturate.
 */
#ifndef AD_BASE_SCALAR_HALF_H
#define AD_BASE_SCALAR_HALF_H

#include <math.h>
#include <stdint.h>

#include "base/scalar_inline.h"

AD_SCALAR uint32_t ad__half_bits(float x) {
  union {
    float f;
    uint32_t u;
  } v;
  v.f = x;
  return v.u;
}
AD_SCALAR float ad__half_of(uint32_t u) {
  union {
    float f;
    uint32_t u;
  } v;
  v.u = u;
  return v.f;
}

/* Exponent and fraction, moved to float32's places, read as a number 2^112 too small; the product is exact. */
AD_SCALAR float ad_f32_from_f16(uint16_t h) {
  uint32_t magnitude = (uint32_t)(h & 0x7fffu) << 13, sign = (uint32_t)(h & 0x8000u) << 16;
  uint32_t finite = ad__half_bits(ad__half_of(magnitude) * 0x1p112f);
  uint32_t quiet = (h & 0x7fffu) > 0x7c00u ? 0x7fc00000u : 0x7f800000u;
  return ad__half_of(((h & 0x7c00u) == 0x7c00u ? magnitude | quiet : finite) | sign);
}

/* Normal results round by an integer carry, subnormal ones by adding 1/2, whose last place is theirs. */
AD_SCALAR uint16_t ad_f32_to_f16(float x) {
  uint32_t u = ad__half_bits(x), a = u & 0x7fffffffu, sign = (u >> 16) & 0x8000u;
  uint32_t normal = (a + 0xc8000fffu + ((a >> 13) & 1u)) >> 13;
  uint32_t small = ad__half_bits(ad__half_of(a) + 0.5f) - 0x3f000000u;
  uint32_t r = a < 0x38800000u ? small : normal;
  r = a >= 0x477ff000u ? 0x7c00u : r;
  r = a > 0x7f800000u ? 0x7e00u | ((a >> 13) & 0x3ffu) : r;
  return (uint16_t)(r | sign);
}

AD_SCALAR float ad_f32_from_bf16(uint16_t h) {
  uint32_t u = (uint32_t)h << 16;
  return ad__half_of((h & 0x7fffu) > 0x7f80u ? u | 0x00400000u : u);
}

AD_SCALAR uint16_t ad_f32_to_bf16(float x) {
  uint32_t u = ad__half_bits(x);
  uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
  return (uint16_t)((u & 0x7fffffffu) > 0x7f800000u ? (u >> 16) | 0x0040u : rounded);
}

/* float64 to float32 rounded to odd: toward zero, then the last bit set if anything was lost, so that a second rounding to a type
 * at least two bits shorter is as good as one (Boldo and Melquiond, Emulation of FMA and correctly rounded sums, 2008). */
AD_SCALAR float ad__f64_to_f32_odd(double x) {
  float f = (float)x;
  double back = (double)f;
  double lost = fabs(back) - fabs(x); /* positive when the magnitude was rounded up */
  uint32_t u = ad__half_bits(f);
  u = lost > 0.0 ? u - 1u : u;
  return ad__half_of(back == x ? u : u | 1u);
}

AD_SCALAR uint16_t ad_f64_to_f16(double x) { return ad_f32_to_f16(ad__f64_to_f32_odd(x)); }
AD_SCALAR uint16_t ad_f64_to_bf16(double x) { return ad_f32_to_bf16(ad__f64_to_f32_odd(x)); }
AD_SCALAR double ad_f64_from_f16(uint16_t h) { return (double)ad_f32_from_f16(h); }
AD_SCALAR double ad_f64_from_bf16(uint16_t h) { return (double)ad_f32_from_bf16(h); }

AD_SCALAR float ad_f32_from_fp8(uint8_t q) {
  uint32_t magnitude = (uint32_t)(q & 0x7fu) << 20, sign = (uint32_t)(q & 0x80u) << 24;
  uint32_t finite = ad__half_bits(ad__half_of(magnitude) * 0x1p120f);
  return ad__half_of(((q & 0x7fu) == 0x7fu ? 0x7fc00000u : finite) | sign);
}

/* As ad_f32_to_f16; adding 2^14 rounds to multiples of 2^-9, the smallest fp8. */
AD_SCALAR uint8_t ad_f32_to_fp8(float x) {
  uint32_t u = ad__half_bits(x), a = u & 0x7fffffffu, sign = (u >> 24) & 0x80u;
  uint32_t b = a > 0x43e00000u ? 0x43e00000u : a;
  uint32_t normal = (b + 0xc407ffffu + ((b >> 20) & 1u)) >> 20;
  uint32_t small = ad__half_bits(ad__half_of(b) + 0x1p14f) - 0x46800000u;
  uint32_t r = b < 0x3c800000u ? small : normal;
  r = a > 0x7f800000u ? 0x7fu : r;
  return (uint8_t)(r | sign);
}

AD_SCALAR uint8_t ad_f64_to_fp8(double x) { return ad_f32_to_fp8(ad__f64_to_f32_odd(x)); }
AD_SCALAR double ad_f64_from_fp8(uint8_t q) { return (double)ad_f32_from_fp8(q); }

#endif
