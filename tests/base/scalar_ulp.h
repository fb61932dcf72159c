/* scalar_ulp.h: how far a result is from the truth, for the tests of scalar mathematics.
 *
 * The truth is a long double from the C library; the distance is counted in units in the last place of the tested type at the
 * truth. Zeros of both signs, infinities and NaN must be met exactly, overflow must round as the type does.
 * Not here: what to test and with which bound. Where long double is no wider than double there is no truth, and
 * AD_HAVE_TRUTH is 0. */
#ifndef AD_TESTS_SCALAR_ULP_H
#define AD_TESTS_SCALAR_ULP_H

#include <float.h>
#include <math.h>
#include <stdint.h>

#define AD_HAVE_TRUTH (LDBL_MANT_DIG >= 64)

/* Distance of `got` from `want` for a type of `digits` bits whose smallest number is 2^`least`; a large number for a wrong
 * class. `rounded` is the truth rounded to the type. */
static inline double ulp_distance(long double got, long double want, long double rounded, int digits, int least)
{
  int exponent;
  if (isnan(got) || isnan(rounded))
    return isnan(got) && isnan(rounded) ? 0.0 : 1e30;
  if (isinf(got) && isinf(rounded))
    return (got > 0) == (rounded > 0) ? 0.0 : 1e30;
  if (rounded == 0.0L && got == 0.0L && want == 0.0L)
    return signbit(got) == signbit(rounded) ? 0.0 : 1e29;
  if (isinf(want))
    return 1e28;
  if (isinf(got) || isinf(rounded)) {                    /* one side of the edge of overflow: count from the edge */
    long double edge = ldexpl(got < 0 || rounded < 0 ? -1.0L : 1.0L, least + digits == -125 ? 128 : 1024);
    got = isinf(got) ? edge : got;
  }
  (void)frexpl(want, &exponent);
  exponent = exponent - digits > least ? exponent - digits : least;
  return (double)fabsl(ldexpl(got - want, -exponent));
}

static inline double ulps_f64(double got, long double want) { return ulp_distance(got, want, (double)want, 53, -1074); }
static inline double ulps_f32(float got, long double want) { return ulp_distance(got, want, (float)want, 24, -149); }

/* A small generator of test arguments (xorshift64*, Vigna 2014), seeded by the case so that failures repeat. */
static inline uint64_t next_bits(uint64_t *state)
{
  uint64_t x = *state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  *state = x;
  return x * UINT64_C(2685821657736338717);
}

#endif
