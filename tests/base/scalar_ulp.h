/* scalar_ulp.h: how far a result is from the truth, for the tests of scalar mathematics.
 *
 * The truth is a long double from the C library; the distance is counted in units in the last place of the tested type at the
 * truth. Zeros of both signs, infinities and NaN must be met exactly, overflow must round as the type does.
 * Not here: what to test and with which bound. Where long double is no wider than double there is no truth, and
 * AD_HAVE_TRUTH is 0. */
#ifndef AD_TESTS_SCALAR_ULP_H
#define AD_TESTS_SCALAR_ULP_H

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define AD_HAVE_TRUTH (LDBL_MANT_DIG >= 64)

/* Distance of `got` from `want` for a type of `digits` bits whose smallest number is 2^`least`; a large number for a wrong
 * class. `rounded` is the truth rounded to the type. */
static inline double ulp_distance(long double got, long double want, long double rounded, int digits, int least) {
  int exponent;
  if (isnan(got) || isnan(rounded)) return isnan(got) && isnan(rounded) ? 0.0 : 1e30;
  if (isinf(got) && isinf(rounded)) return (got > 0) == (rounded > 0) ? 0.0 : 1e30;
  if (rounded == 0.0L && got == 0.0L && want == 0.0L) return !signbit(got) == !signbit(rounded) ? 0.0 : 1e29;
  if (isinf(want)) return 1e28;
  if (isinf(got) || isinf(rounded)) { /* one side of the edge of overflow: count from the edge */
    long double edge = ldexpl(got < 0 || rounded < 0 ? -1.0L : 1.0L, least + digits == -125 ? 128 : 1024);
    got = isinf(got) ? edge : got;
  }
  (void)frexpl(want, &exponent);
  exponent = exponent - digits > least ? exponent - digits : least;
  return (double)fabsl(ldexpl(got - want, -exponent));
}

static inline double ulps_f64(double got, long double want) { return ulp_distance(got, want, (double)want, 53, -1074); }
static inline double ulps_f32(float got, long double want) { return ulp_distance(got, want, (float)want, 24, -149); }

/* NumPy's own accuracy tables, where Debian's python3-numpy is installed: rows of type, argument, result, allowed distance. */
#define NUMPY_TABLES "/usr/lib/python3/dist-packages/numpy/core/tests/data/"
#define NO_NUMPY_TABLES "NumPy's accuracy tables are not installed (Debian: python3-numpy)"

static inline FILE *numpy_table(const char *name) {
  char path[256];
  snprintf(path, sizeof path, NUMPY_TABLES "umath-validation-set-%s.csv", name);
  return fopen(path, "r");
}

/* The next row of `type` ("np.float32"), or 0 at the end. */
static inline int numpy_row(FILE *table, const char *type, uint64_t *argument, uint64_t *result, int *allowed) {
  char line[256], found[32];
  while (fgets(line, sizeof line, table))
    if (sscanf(line, "%31[^,],0x%" SCNx64 ",0x%" SCNx64 ",%d", found, argument, result, allowed) == 4 && strcmp(found, type) == 0)
      return 1;
  return 0;
}

/* A small generator of test arguments (xorshift64*, Vigna 2014), seeded by the case so that failures repeat. */
static inline uint64_t next_bits(uint64_t *state) {
  uint64_t x = *state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  *state = x;
  return x * UINT64_C(2685821657736338717);
}

#endif
