/* Scalar mathematics in double precision against long double, NumPy's tables and its stated special values.
 *
 * Each row of `unary` gives a function, its truth and the error allowed. Arguments are all specials, random bit patterns, and
 * dense samples of the interval where the function is at work. */
#include "base/scalar_f64.h"

#include <stdlib.h>

#include "../check.h"
#include "scalar_ulp.h"

typedef struct {
  const char *name;
  double (*function)(double);
  long double (*truth)(long double);
  double low, high, bound;
} unary_row;

static long double sigmoid_truth(long double x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
static long double rsqrt_truth(long double x) { return 1 / sqrtl(x); }
/* Newton's iteration on erfc, which keeps its precision where erf does not. */
static long double erfinv_truth(long double x) {
  long double a = fabsl(x), y;
  if (!(a > 0.0L && a < 1.0L)) return a > 1.0L ? (long double)NAN : a == 1.0L ? copysignl(INFINITY, x) : x;
  y = (long double)ad_f64_erfinv((double)a);
  for (int i = 0; i < 3; i++) {
    long double off = a < 0.5L ? erfl(y) - a : (1.0L - a) - erfcl(y);
    y -= off * expl(y * y) * 0.886226925452758013649083741670572591L;
  }
  return copysignl(y, x);
}
static long double degrees_truth(long double x) { return x * 57.295779513082320876798154814105L; }
static long double radians_truth(long double x) { return x * 0.017453292519943295769236907684886L; }

static const unary_row unary[] = {
    {"exp", ad_f64_exp, expl, -746, 710, 0.8},
    {"exp2", ad_f64_exp2, exp2l, -1076, 1025, 0.8},
    {"expm1", ad_f64_expm1, expm1l, -40, 40, 1.2},
    {"sigmoid", ad_f64_sigmoid, sigmoid_truth, -760, 40, 1.9},
    {"sinh", ad_f64_sinh, sinhl, -30, 30, 1.6},
    {"cosh", ad_f64_cosh, coshl, -30, 30, 1.5},
    {"tanh", ad_f64_tanh, tanhl, -20, 20, 1.5},
    {"log", ad_f64_log, logl, 0, 4, 1.0},
    {"log2", ad_f64_log2, log2l, 0, 4, 0.6},
    {"log10", ad_f64_log10, log10l, 0, 4, 0.6},
    {"log1p", ad_f64_log1p, log1pl, -1, 4, 0.6},
    {"arcsinh", ad_f64_arcsinh, asinhl, -8, 8, 1.5},
    {"arccosh", ad_f64_arccosh, acoshl, 1, 8, 1.0},
    {"arctanh", ad_f64_arctanh, atanhl, -1, 1, 1.0},
    {"cbrt", ad_f64_cbrt, cbrtl, -8, 8, 0.6},
    {"rsqrt", ad_f64_rsqrt, rsqrt_truth, 0, 8, 1.2},
    {"sin", ad_f64_sin, sinl, -100, 100, 1.0},
    {"cos", ad_f64_cos, cosl, -100, 100, 1.0},
    {"tan", ad_f64_tan, tanl, -100, 100, 2.0},
    {"arcsin", ad_f64_arcsin, asinl, -1, 1, 1.0},
    {"arccos", ad_f64_arccos, acosl, -1, 1, 1.0},
    {"arctan", ad_f64_arctan, atanl, -8, 8, 1.0},
    {"erf", ad_f64_erf, erfl, -6, 6, 1.6},
    {"erfinv", ad_f64_erfinv, erfinv_truth, -1, 1, 2.0},
    {"degrees", ad_f64_degrees, degrees_truth, -8, 8, 1.0},
    {"radians", ad_f64_radians, radians_truth, -8, 8, 1.0},
};

static const double specials[] = {
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -2.0,
    INFINITY,
    -INFINITY,
    NAN,
    DBL_MIN,
    -DBL_MIN,
    DBL_TRUE_MIN,
    -DBL_TRUE_MIN,
    DBL_MAX,
    -DBL_MAX,
    1e-300,
    0x1p-1022 - 0x1p-1074,
    709.78271289338397,
    709.782712893384,
    -745.13321910194111,
    -745.2,
    -708.4,
    710.4758600739439,
    711.0,
    1024.0,
    -1074.0,
    -1075.0,
    -1022.0,
    0x1p53,
    0x1p30,
    0x1.8p30,
    1e22,
    0x1.921fb54442d18p+0,
    0x1.921fb54442d18p+1,
    0x1p-28,
    0x1p-54,
    0x1p28,
    20.0,
    6.0,
};

static double checked(const unary_row *row, double x, double worst) {
  double error = ulps_f64(row->function(x), row->truth((long double)x));
  if (!(error <= row->bound) && !(error <= worst))
    CHECK_FAIL("%s(%a): %a is %g ulp from %La, allowed %g", row->name, x, row->function(x), error, row->truth((long double)x),
               row->bound);
  return error > worst ? error : worst;
}

static void check_unary(const unary_row *row, int samples) {
  uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
  double worst = 0.0;
  for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) worst = checked(row, specials[i], worst);
  for (int i = 0; i < samples; i++) {
    uint64_t u = next_bits(&state);
    double x = ad__f64_of(u);
    double y = row->low + (row->high - row->low) * ((double)(u >> 11) * 0x1p-53);
    worst = checked(row, x, worst);
    worst = checked(row, y, worst);
    worst = checked(row, y * 0x1p-5, worst);
  }
  if (getenv("AD_SCALAR_SHOW")) printf("  %-10s %.3f ulp\n", row->name, worst);
}

TEST(unary_within_bound) {
  const char *samples = getenv("AD_SCALAR_SAMPLES");
  if (!AD_HAVE_TRUTH) CHECK_SKIP("long double is no wider than double here");
  for (size_t i = 0; i < sizeof unary / sizeof *unary; i++) check_unary(&unary[i], samples ? atoi(samples) : 20000);
}

TEST(trigonometry_of_huge_angles) {
  uint64_t state = 7;
  for (int i = 0; i < 20000 && AD_HAVE_TRUTH; i++) { /* long double reduces exactly up to 2^63 */
    double x = ldexp((double)(next_bits(&state) >> 11) * 0x1p-53 + 0.5, 20 + i % 43);
    CHECK(ulps_f64(ad_f64_sin(x), sinl((long double)x)) < 1.0);
    CHECK(ulps_f64(ad_f64_cos(x), cosl((long double)x)) < 1.0);
    if (x <= AD_F64_TRIG_SMALL)
      CHECK(ad_f64_sin(x) == ad_f64_sin_small(x) && ad_f64_cos(x) == ad_f64_cos_small(x) && ad_f64_tan(x) == ad_f64_tan_small(x));
  }
  /* the double closest to a multiple of pi/2 (Muller, Elementary functions, section on range reduction) */
  CHECK(fabs(ad_f64_cos(0x1.6ac5b262ca1ffp+849) - -4.6871659242546277e-19) < 1e-33);
}

typedef struct {
  const char *name;
  double (*function)(double, double);
  long double (*truth)(long double, long double);
  double bound;
} binary_row;

static long double logaddexp_truth(long double x, long double y) {
  if (x == y) return x + 0.693147180559945309417232121458176568L;
  return isnan(x) || isnan(y) ? x + y : fmaxl(x, y) + log1pl(expl(-fabsl(x - y)));
}

static const binary_row binary[] = {
    {"pow", ad_f64_pow, powl, 1.0},    {"arctan2", ad_f64_arctan2, atan2l, 1.0},      {"hypot", ad_f64_hypot, hypotl, 0.8},
    {"fmod", ad_f64_fmod, fmodl, 0.0}, {"copysign", ad_f64_copysign, copysignl, 0.0},
};

static void check_pair(const binary_row *row, double x, double y) {
  long double want = row->truth((long double)x, (long double)y);
  double error = ulps_f64(row->function(x, y), want);
  if (!(error <= row->bound)) CHECK_FAIL("%s(%a, %a): %a is %g ulp from %La", row->name, x, y, row->function(x, y), error, want);
}

TEST(binary_within_bound) {
  uint64_t state = 99;
  for (size_t r = 0; r < sizeof binary / sizeof *binary && AD_HAVE_TRUTH; r++) {
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
      for (size_t j = 0; j < sizeof specials / sizeof *specials; j++) check_pair(&binary[r], specials[i], specials[j]);
    for (int i = 0; i < 20000; i++) {
      uint64_t u = next_bits(&state), v = next_bits(&state);
      double x = (double)(u >> 11) * 0x1p-50, y = (double)((int64_t)v >> 11) * 0x1p-46;
      check_pair(&binary[r], x, y);
      check_pair(&binary[r], ad__f64_of(u), ad__f64_of(v));
      check_pair(&binary[r], ad__f64_of(u), ad__f64_of((u & ~UINT64_C(0xfffffffffffff)) | (v >> 12)));
    }
  }
}

TEST(logaddexp) {
  uint64_t state = 5;
  for (int i = 0; i < 20000 && AD_HAVE_TRUTH; i++) {
    double x = (double)((int64_t)next_bits(&state) >> 11) * 0x1p-45, y = x + (double)((int64_t)next_bits(&state) >> 11) * 0x1p-47;
    long double want = logaddexp_truth((long double)x, (long double)y);
    /* near a result of 0 the two terms cancel: the error is that of the larger */
    CHECK(fabsl((long double)ad_f64_logaddexp(x, y) - want) <=
          0x1.8p-53L * fmaxl(fabsl(want), fmaxl(fabsl((long double)x), fabsl((long double)y))));
  }
  CHECK(ad_f64_logaddexp(-INFINITY, -INFINITY) == -INFINITY);
  CHECK(ad_f64_logaddexp(INFINITY, -INFINITY) == INFINITY);
  CHECK(ad_f64_logaddexp(-INFINITY, 3.0) == 3.0);
  CHECK(isnan(ad_f64_logaddexp(NAN, 1.0)) && isnan(ad_f64_logaddexp(INFINITY, NAN)));
}

TEST(whole_quotients) {
  CHECK(ad_f64_remainder(-7.0, 3.0) == 2.0 && ad_f64_remainder(7.0, -3.0) == -2.0);
  CHECK(ad_f64_remainder(-5.0, INFINITY) == INFINITY && ad_f64_remainder(5.0, INFINITY) == 5.0);
  CHECK(isnan(ad_f64_remainder(1.0, 0.0)) && isnan(ad_f64_remainder(INFINITY, 2.0)) && isnan(ad_f64_remainder(1.0, NAN)));
  CHECK(ad_f64_remainder(-6.0, 3.0) == 0.0 && !signbit(ad_f64_remainder(-6.0, 3.0)) && signbit(ad_f64_remainder(6.0, -3.0)));
  CHECK(ad_f64_floor_divide(-7.0, 2.0) == -4.0 && ad_f64_floor_divide(7.0, 2.0) == 3.0 && ad_f64_floor_divide(1.0, 0.1) == 9.0);
  CHECK(ad_f64_floor_divide(1.0, 0.0) == INFINITY && ad_f64_floor_divide(-1.0, 0.0) == -INFINITY &&
        isnan(ad_f64_floor_divide(0.0, 0.0)));
  CHECK(ad_f64_floor_divide(-1.0, INFINITY) == -1.0 && isnan(ad_f64_floor_divide(INFINITY, 2.0)));
}

TEST(rounding_and_choice) {
  CHECK(ad_f64_round(2.5) == 2.0 && ad_f64_round(-3.5) == -4.0 && signbit(ad_f64_round(-0.2)));
  CHECK(ad_f64_round_decimals(2.675, 2) == 2.68 && ad_f64_round_decimals(1234.5, -2) == 1200.0 &&
        ad_f64_round_decimals(1e308, 5) == 1e308);
  CHECK(ad_f64_round_decimals(5.0, -400) == 0.0);
  CHECK(!signbit(ad_f64_maximum(-0.0, 0.0)) && signbit(ad_f64_minimum(0.0, -0.0)) && signbit(ad_f64_maximum(-0.0, -0.0)));
  CHECK(isnan(ad_f64_maximum(NAN, 1.0)) && isnan(ad_f64_maximum(1.0, NAN)) && isnan(ad_f64_minimum(NAN, 1.0)) &&
        isnan(ad_f64_minimum(1.0, NAN)));
  CHECK(ad_f64_maximum(-INFINITY, 2.0) == 2.0 && ad_f64_minimum(3.0, 2.0) == 2.0);
  CHECK(isnan(ad_f64_sign(NAN)) && ad_f64_sign(-0.0) == 0.0 && ad_f64_sign(-3.0) == -1.0 && ad_f64_sign(INFINITY) == 1.0);
  CHECK(ad_f64_nan_to_num(NAN, 1.0, 2.0, 3.0) == 1.0 && ad_f64_nan_to_num(INFINITY, 1.0, 2.0, 3.0) == 2.0);
  CHECK(ad_f64_nan_to_num(-INFINITY, 1.0, 2.0, 3.0) == 3.0 && ad_f64_nan_to_num(7.0, 1.0, 2.0, 3.0) == 7.0);
  for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
    for (size_t j = 0; j < sizeof specials / sizeof *specials; j++) {
      double got = ad_f64_nextafter(specials[i], specials[j]), want = nextafter(specials[i], specials[j]);
      CHECK((isnan(got) && isnan(want)) || ad__f64_bits(got) == ad__f64_bits(want));
    }
}

TEST(numpy_tables) {
  for (size_t i = 0; i < sizeof unary / sizeof *unary; i++) {
    FILE *table = numpy_table(unary[i].name);
    uint64_t argument, result;
    int allowed;
    if (!table && strcmp(unary[i].name, "exp") == 0) CHECK_SKIP(NO_NUMPY_TABLES);
    while (table && numpy_row(table, "np.float64", &argument, &result, &allowed)) {
      double x = ad__f64_of(argument), got = unary[i].function(x), want = ad__f64_of(result);
      if (!(isnan(got) && isnan(want)) && llabs((long long)(ad__f64_bits(got) - result)) > allowed)
        CHECK_FAIL("%s(%a) is %a, NumPy says %a within %d", unary[i].name, x, got, want, allowed);
    }
    if (table) fclose(table);
  }
}

CHECK_MAIN(CASE(unary_within_bound), CASE(trigonometry_of_huge_angles), CASE(binary_within_bound), CASE(logaddexp),
           CASE(whole_quotients), CASE(rounding_and_choice), CASE(numpy_tables))
