/* Complex scalar mathematics against the C library's long double functions, from which NumPy's results come too.
 *
 * Each component is judged by itself, in units in its own last place; products, quotients and powers, whose components may cancel,
 * against the larger one. Special values are all pairs of zeros, ones, infinities and NaN. Annex G leaves open the sign of a zero
 * beside a NaN, and of zeros at an infinite imaginary part; there any sign passes. */
#include "base/scalar_complex.h"

#include <complex.h>
#include <stdlib.h>

#include "../check.h"
#include "scalar_ulp.h"

typedef long double _Complex truth_type;

/* C11's CMPLXL is missing from clang 14: a complex number is laid out as an array of its parts. */
static truth_type joined(long double re, long double im) {
  union {
    long double parts[2];
    truth_type z;
  } u = {{re, im}};
  return u.z;
}

typedef struct {
  const char *name;
  ad_c128 (*function)(ad_c128);
  ad_c64 (*narrow)(ad_c64);
  truth_type (*truth)(truth_type);
  double bound; /* of each component */
} row_type;

static const row_type rows[] = {
    {"sqrt", ad_c128_sqrt, ad_c64_sqrt, csqrtl, 2.5},
    {"exp", ad_c128_exp, ad_c64_exp, cexpl, 2.5},
    {"log", ad_c128_log, ad_c64_log, clogl, 1.5},
    {"sinh", ad_c128_sinh, ad_c64_sinh, csinhl, 3.5},
    {"cosh", ad_c128_cosh, ad_c64_cosh, ccoshl, 3.5},
    {"tanh", ad_c128_tanh, ad_c64_tanh, ctanhl, 6.0},
    {"sin", ad_c128_sin, ad_c64_sin, csinl, 3.5},
    {"cos", ad_c128_cos, ad_c64_cos, ccosl, 3.5},
    {"tan", ad_c128_tan, ad_c64_tan, ctanl, 6.0},
    {"arcsin", ad_c128_arcsin, ad_c64_arcsin, casinl, 6.0},
    {"arccos", ad_c128_arccos, ad_c64_arccos, cacosl, 6.0},
    {"arctan", ad_c128_arctan, ad_c64_arctan, catanl, 6.0},
    {"arcsinh", ad_c128_arcsinh, ad_c64_arcsinh, casinhl, 6.0},
    {"arccosh", ad_c128_arccosh, ad_c64_arccosh, cacoshl, 6.0},
    {"arctanh", ad_c128_arctanh, ad_c64_arctanh, catanhl, 6.0},
};

static double worse(const row_type *row, ad_c128 z, double worst) {
  truth_type want = row->truth(joined((long double)z.re, (long double)z.im));
  ad_c128 got = row->function(z);
  double a = ulps_f64(got.re, creall(want)), b = ulps_f64(got.im, cimagl(want)), error = a > b ? a : b;
  if (!(error <= row->bound) && !(error <= worst))
    CHECK_FAIL("%s(%a, %a): (%a, %a) is %g and %g ulp from (%La, %La)", row->name, z.re, z.im, got.re, got.im, a, b, creall(want),
               cimagl(want));
  return error > worst ? error : worst;
}

TEST(within_bound) {
  if (!AD_HAVE_TRUTH) CHECK_SKIP("long double is no wider than double here");
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
    uint64_t state = 21;
    double worst = 0.0;
    for (int i = 0; i < 20000; i++) {
      uint64_t u = next_bits(&state), v = next_bits(&state);
      double x = (double)((int64_t)u >> 11) * 0x1p-51, y = (double)((int64_t)v >> 11) * 0x1p-51;
      worst = worse(&rows[r], ad__c128(x, y), worst);
      worst = worse(&rows[r], ad__c128(ldexp(x, (int)(u % 40) - 20), ldexp(y, (int)(v % 40) - 30)), worst);
      worst = worse(&rows[r], ad__c128(ldexp(x, (int)(u % 600) - 300), ldexp(y, (int)(v % 600) - 300)), worst);
    }
    if (getenv("AD_SCALAR_SHOW")) printf("  %-8s %.3f ulp\n", rows[r].name, worst);
  }
}

static int same(double got, double want, int open_sign) {
  return (isnan(got) && isnan(want)) || (got == want && (open_sign || !signbit(got) == !signbit(want)));
}

/* Near branch points and the unit circle, where parts of the formulas cancel. */
TEST(hard_places) {
  static const double centres[][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {0.6, 0.8}, {-0.8, 0.6}, {0.5, 0}, {0, 0.5}};
  for (size_t r = 0; r < sizeof rows / sizeof *rows && AD_HAVE_TRUTH; r++) {
    uint64_t state = 5;
    double worst = 0.0;
    for (int i = 0; i < 8000; i++) {
      uint64_t u = next_bits(&state);
      double off = ldexp(1.0, -(int)(u % 60)), x = (double)((int64_t)(u << 8) >> 11) * 0x1p-52 * off,
             y = (double)((int64_t)next_bits(&state) >> 11) * 0x1p-52 * off;
      worst = worse(&rows[r], ad__c128(centres[i % 8][0] + x, centres[i % 8][1] + y), worst);
    }
    if (getenv("AD_SCALAR_SHOW")) printf("  %-8s %.3f ulp\n", rows[r].name, worst);
  }
}

/* The distance of `got` from `want` against the larger component, in 2^-53. */
static double apart(ad_c128 got, truth_type want) {
  long double re = creall(want), im = cimagl(want), size = fmaxl(fabsl(re), fabsl(im));
  long double off = fmaxl(fabsl((long double)got.re - re), fabsl((long double)got.im - im));
  return size == 0.0L ? (off == 0.0L ? 0.0 : 1e30) : (double)(off / size * 0x1p53L);
}

static truth_type wide(ad_c128 z) { return joined((long double)z.re, (long double)z.im); }

TEST(arithmetic) {
  uint64_t state = 9;
  if (!AD_HAVE_TRUTH) CHECK_SKIP("long double is no wider than double here");
  for (int i = 0; i < 40000; i++) {
    int e = i % 2 ? (int)(next_bits(&state) % 600) - 300 : 0;
    ad_c128 x = {ldexp((double)((int64_t)next_bits(&state) >> 11) * 0x1p-51, e),
                 (double)((int64_t)next_bits(&state) >> 11) * 0x1p-51};
    ad_c128 y = {(double)((int64_t)next_bits(&state) >> 11) * 0x1p-51,
                 ldexp((double)((int64_t)next_bits(&state) >> 11) * 0x1p-51, -e)};
    truth_type u = wide(x), v = wide(y);
    CHECK(apart(ad_c128_multiply(x, y), u * v) < 2.0);
    CHECK(apart(ad_c128_divide(x, y), u / v) < 5.0);
    CHECK(apart(ad_c128_reciprocal(y), 1.0L / v) < 5.0);
    CHECK(apart(ad_c128_sign(x), u / cabsl(u)) < 3.0);
    CHECK(apart(ad_c128_rsqrt(x), 1.0L / csqrtl(u)) < 8.0);
    CHECK(apart(ad_c128_log2(x), clogl(u) * 1.442695040888963407359924681001892137L) < 3.0);
    CHECK(apart(ad_c128_log10(x), clogl(u) * 0.434294481903251827651128918916605082L) < 3.0);
    CHECK(ulps_f64(ad_c128_abs(x), cabsl(u)) < 1.0);
    if (e == 0) {
      CHECK(apart(ad_c128_pow(x, y), cpowl(u, v)) < 25.0);
      CHECK(apart(ad_c128_log1p(x), clogl(1.0L + u)) < 3.0);
      CHECK(apart(ad_c128_expm1(x), cexpl(u) - 1.0L) < 6.0);
    }
  }
}

TEST(near_zero) {
  uint64_t state = 31;
  for (int i = 0; i < 2000 && AD_HAVE_TRUTH; i++) {
    int e = -25 - i % 900;
    ad_c128 x = {ldexp((double)((int64_t)next_bits(&state) >> 11) * 0x1p-51, e),
                 ldexp((double)((int64_t)next_bits(&state) >> 11) * 0x1p-51, e)};
    truth_type u = wide(x);
    CHECK(apart(ad_c128_log1p(x), u - u * u / 2 + u * u * u / 3) < 3.0);
    CHECK(apart(ad_c128_expm1(x), u + u * u / 2 + u * u * u / 6) < 3.0);
  }
}

TEST(powers) {
  ad_c128 z = ad_c128_pow(ad__c128(1.0, 2.0), ad__c128(2.0, 0.0));
  CHECK(z.re == -3.0 && z.im == 4.0);
  z = ad_c128_pow(ad__c128(0.0, 2.0), ad__c128(-2.0, 0.0));
  CHECK(z.re == -0.25 && z.im == 0.0);
  z = ad_c128_pow(ad__c128(0.0, 0.0), ad__c128(0.0, 0.0));
  CHECK(z.re == 1.0 && z.im == 0.0);
  z = ad_c128_pow(ad__c128(0.0, 0.0), ad__c128(1.0, 1.0));
  CHECK(z.re == 0.0 && z.im == 0.0);
  z = ad_c128_pow(ad__c128(0.0, 0.0), ad__c128(-1.0, 0.0));
  CHECK(isnan(z.re) && isnan(z.im));
  z = ad_c128_pow(ad__c128(3.0, 0.0), ad__c128(200.0, 0.0));
  CHECK(fabs(z.re / 2.6561398887587475e95 - 1.0) < 1e-15 && z.im == 0.0);
}

/* Annex G's recovery of infinities, as the compiler's own complex arithmetic does it. */
TEST(infinite_products_and_quotients) {
  static const double values[] = {0.0, -0.0, 1.0, -2.5, INFINITY, -INFINITY, NAN};
  for (int i = 0; i < 7 * 7 * 7 * 7; i++) {
    ad_c128 x = {values[i % 7], values[i / 7 % 7]}, y = {values[i / 49 % 7], values[i / 343]};
    ad_c128 p = ad_c128_multiply(x, y), q = ad_c128_divide(x, y);
    ad_c64 n = ad_c64_multiply(ad__c64((float)x.re, (float)x.im), ad__c64((float)y.re, (float)y.im));
    union {
      double parts[2];
      double _Complex z;
    } a = {{x.re, x.im}}, b = {{y.re, y.im}};
    double _Complex u = a.z * b.z, v = a.z / b.z;
    if (!same(p.re, creal(u), 1) || !same(p.im, cimag(u), 1) || !same((double)n.re, creal(u), 1) ||
        !same((double)n.im, cimag(u), 1))
      CHECK_FAIL("(%g, %g) * (%g, %g) is (%g, %g), expected (%g, %g)", x.re, x.im, y.re, y.im, p.re, p.im, creal(u), cimag(u));
    if (!(same(q.re, creal(v), 1) || fabs(q.re - creal(v)) < 1e-15) ||
        !(same(q.im, cimag(v), 1) || fabs(q.im - cimag(v)) < 1e-15))
      CHECK_FAIL("(%g, %g) / (%g, %g) is (%g, %g), expected (%g, %g)", x.re, x.im, y.re, y.im, q.re, q.im, creal(v), cimag(v));
  }
}

TEST(special_values) {
  static const double values[] = {0.0, -0.0, 1.0, -1.0, 2.5, INFINITY, -INFINITY, NAN};
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
    for (int i = 0; i < 64; i++) {
      double x = values[i / 8], y = values[i % 8];
      ad_c128 got = rows[r].function(ad__c128(x, y));
      ad_c64 narrow = rows[r].narrow(ad__c64((float)x, (float)y));
      truth_type want = rows[r].truth(joined((long double)x, (long double)y));
      double re = (double)creall(want), im = (double)cimagl(want);
      int exact = isnan(re) || isinf(re) || re == 0.0 || isnan(im) || isinf(im) || im == 0.0;
      int open_sign = isnan(re) || isnan(im) || isinf(y);
      if (!exact) continue;
      if (!same(got.re, re, open_sign && re == 0.0) && !(fabs(got.re - re) <= 4e-16 * fabs(re) && re != 0.0))
        CHECK_FAIL("%s(%g, %g): real part %g, expected %g (got %g %g)", rows[r].name, x, y, got.re, re, got.re, got.im);
      if (!same(got.im, im, open_sign && im == 0.0) && !(fabs(got.im - im) <= 4e-16 * fabs(im) && im != 0.0))
        CHECK_FAIL("%s(%g, %g): imaginary part %g, expected %g (got %g %g)", rows[r].name, x, y, got.im, im, got.re, got.im);
      CHECK((isnan(narrow.re) && isnan(got.re)) || narrow.re == (float)got.re);
      CHECK((isnan(narrow.im) && isnan(got.im)) || narrow.im == (float)got.im);
    }
}

CHECK_MAIN(CASE(within_bound), CASE(hard_places), CASE(arithmetic), CASE(near_zero), CASE(powers),
           CASE(infinite_products_and_quotients), CASE(special_values))
