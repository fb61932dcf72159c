/* Narrow floating-point types: every float16, bfloat16 and fp8 value, and roundings judged by distance in exact arithmetic.
 *
 * The reference decodes a pattern by the definition of its format, and calls a rounding right when no neighbour is closer and a
 * tie went to the even pattern. */
#include "base/scalar_half.h"

#include "../check.h"
#include "scalar_ulp.h"

/* The value of a pattern with `e` exponent and `f` fraction bits, without sign; the topmost exponent is an ordinary one. */
static double decoded(unsigned pattern, int e, int f) {
  int exponent = (int)(pattern >> f), bias = (1 << (e - 1)) - 1, fraction = (int)(pattern & ((1u << f) - 1));
  return exponent == 0 ? ldexp(fraction, 1 - bias - f) : ldexp(fraction + (1 << f), exponent - bias - f);
}

TEST(every_pattern_decodes) {
  for (unsigned u = 0; u < 65536; u++) {
    float h = ad_f32_from_f16((uint16_t)u), b = ad_f32_from_bf16((uint16_t)u);
    double sign = u >= 32768 ? -1.0 : 1.0;
    if ((u & 0x7fff) > 0x7c00) CHECK(isnan(h) && ad_f32_to_f16(h) == (u | 0x200));
    else
      CHECK((double)h == ((u & 0x7fff) == 0x7c00 ? sign * INFINITY : sign * decoded(u & 0x7fff, 5, 10)) &&
            !signbit(h) == (u < 32768) && ad_f32_to_f16(h) == u);
    if ((u & 0x7fff) > 0x7f80) CHECK(isnan(b) && ad_f32_to_bf16(b) == (u | 0x40));
    else
      CHECK((double)b == ((u & 0x7fff) == 0x7f80 ? sign * INFINITY : sign * decoded(u & 0x7fff, 8, 7)) && ad_f32_to_bf16(b) == u);
  }
  for (unsigned u = 0; u < 256; u++) {
    float q = ad_f32_from_fp8((uint8_t)u);
    if ((u & 0x7f) == 0x7f) CHECK(isnan(q));
    else CHECK((double)q == (u >= 128 ? -1.0 : 1.0) * decoded(u & 0x7f, 4, 3));
    CHECK_INT(ad_f32_to_fp8(q), u);
  }
}

/* `got` is the pattern of |x| for a format of e and f bits whose first pattern beyond the finite ones is `end`. */
static void check_rounding(const char *name, double x, unsigned got, int e, int f, unsigned end) {
  double a = fabs(x), here = decoded(got, e, f);
  double above = decoded(got + 1, e, f) - a, below = got > 0 ? a - decoded(got - 1, e, f) : INFINITY, off = fabs(here - a);
  int near = got >= end ? a >= (decoded(end, e, f) + decoded(end - 1, e, f)) / 2 : off <= above && off <= below;
  int even = got >= end || ((off < above || got % 2 == 0) && (off < below || got % 2 == 0));
  if (got > end || !near || !even) CHECK_FAIL("%s(%a) is %x, which stands for %a", name, x, got, here);
}

TEST(roundings) {
  uint64_t state = 17;
  for (int i = 0; i < 400000; i++) {
    uint64_t u = next_bits(&state);
    union {
      uint32_t u;
      float f;
    } v;
    union {
      uint64_t u;
      double f;
    } w;
    v.u = (uint32_t)u;
    if (i % 8 == 0) v.u &= 0x803fffffu; /* subnormal floats */
    if (i % 2)                          /* exponents near those of float16 and fp8, tails that tie */
      v.u = (v.u & 0x807ff000u) | ((90u + (uint32_t)(u >> 40) % 56u) << 23);
    w.f = (double)v.f * (1.0 + (double)((int)(u >> 62) - 1) * 0x1p-40);
    if (isnan(v.f)) continue;
    check_rounding("f32_to_f16", (double)v.f, ad_f32_to_f16(v.f) & 0x7fffu, 5, 10, 0x7c00);
    check_rounding("f32_to_bf16", (double)v.f, ad_f32_to_bf16(v.f) & 0x7fffu, 8, 7, 0x7f80);
    check_rounding("f64_to_f16", w.f, ad_f64_to_f16(w.f) & 0x7fffu, 5, 10, 0x7c00);
    check_rounding("f64_to_bf16", w.f, ad_f64_to_bf16(w.f) & 0x7fffu, 8, 7, 0x7f80);
    if (fabsf(v.f) <= 448.0f) {
      check_rounding("f32_to_fp8", (double)v.f, ad_f32_to_fp8(v.f) & 0x7fu, 4, 3, 0x7f);
      check_rounding("f64_to_fp8", w.f > 448.0 ? 448.0 : w.f, ad_f64_to_fp8(w.f) & 0x7fu, 4, 3, 0x7f);
    }
    CHECK((ad_f32_to_f16(v.f) >> 15 != 0) == (signbit(v.f) != 0) && (ad_f64_to_bf16(w.f) >> 15 != 0) == (signbit(v.f) != 0));
  }
}

TEST(ends) {
  CHECK_INT(ad_f32_to_f16(65519.996f), 0x7bff);
  CHECK_INT(ad_f32_to_f16(65520.0f), 0x7c00);
  CHECK_INT(ad_f32_to_f16(0x1p-25f), 0);
  CHECK_INT(ad_f32_to_f16(0x1.000002p-25f), 1);
  CHECK_INT(ad_f32_to_f16(-INFINITY), 0xfc00);
  CHECK_INT(ad_f64_to_f16(1.0 + 0x1p-11 + 0x1p-40), 0x3c01); /* a float would be a tie */
  CHECK_INT(ad_f64_to_f16(1.0 + 0x1p-11 - 0x1p-40), 0x3c00);
  CHECK_INT(ad_f64_to_f16(1e300), 0x7c00);
  CHECK_INT(ad_f64_to_bf16(1e300), 0x7f80);
  CHECK_INT(ad_f64_to_bf16(-1e-300), 0x8000);
  CHECK_INT(ad_f64_to_bf16(1.0 + 0x1p-8 + 0x1p-50), 0x3f81);
  CHECK_INT(ad_f32_to_bf16(ad__half_of(0x007fffffu)), 0x0080);
  CHECK_INT(ad_f32_to_bf16(3.4e38f), 0x7f80);
  CHECK_INT(ad_f64_to_f16((double)NAN) & 0x7e00, 0x7e00);
  CHECK_INT(ad_f64_to_bf16((double)NAN) & 0x7fc0, 0x7fc0);
  CHECK_INT(ad_f32_to_fp8(1e9f), 0x7e);
  CHECK_INT(ad_f32_to_fp8(-INFINITY), 0xfe);
  CHECK_INT(ad_f32_to_fp8(464.0f), 0x7e);
  CHECK_INT(ad_f32_to_fp8(NAN) & 0x7f, 0x7f);
  CHECK_INT(ad_f32_to_fp8(0x1p-10f), 0);
  CHECK_INT(ad_f32_to_fp8(0x1.8p-10f), 1);
}

CHECK_MAIN(CASE(every_pattern_decodes), CASE(roundings), CASE(ends))
