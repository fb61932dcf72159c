/* Scalar mathematics in single precision against double, NumPy's tables and its stated special values.
 *
 * The bounds stand a little above the errors found by hand over all 2^32 arguments (exp, sigmoid, tanh, erf, log) or a third of them
 * and more; the samples here are every AD_SCALAR_STEP-th bit pattern (default 65537, so that
 * both signs and all exponents are met) and dense samples of the interval where a function is at work. */
#include "base/scalar_activation.h"

#include <stdlib.h>

#include "../check.h"
#include "scalar_ulp.h"

typedef struct {
  const char *name;
  float (*function)(float);
  double (*truth)(double);
  float low, high, bound;
} unary_row;

static double sigmoid_truth(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static double rsqrt_truth(double x) { return 1 / sqrt(x); }
static double erfinv_truth(double x) { return ad_f64_erfinv(x); }
static double degrees_truth(double x) { return x * 57.29577951308232; }
static double radians_truth(double x) { return x * 0.017453292519943295; }

static const unary_row unary[] = {
    {"exp", ad_f32_exp, exp, -104, 89, 1.0f},
    {"exp2", ad_f32_exp2, exp2, -151, 129, 1.0f},
    {"expm1", ad_f32_expm1, expm1, -20, 20, 1.6f},
    {"sigmoid", ad_f32_sigmoid, sigmoid_truth, -104, 20, 2.5f},
    {"tanh", ad_f32_tanh, tanh, -10, 10, 2.6f},
    {"erf", ad_f32_erf, erf, -4, 4, 1.9f},
    {"erfinv", ad_f32_erfinv, erfinv_truth, -1, 1, 3.0f},
    {"sinh", ad_f32_sinh, sinh, -10, 10, 1.8f},
    {"cosh", ad_f32_cosh, cosh, -10, 10, 1.6f},
    {"log", ad_f32_log, log, 0, 4, 0.9f},
    {"log2", ad_f32_log2, log2, 0, 4, 1.2f},
    {"log10", ad_f32_log10, log10, 0, 4, 1.3f},
    {"log1p", ad_f32_log1p, log1p, -1, 4, 1.7f},
    {"sin", ad_f32_sin, sin, -20, 20, 1.6f},
    {"cos", ad_f32_cos, cos, -20, 20, 1.6f},
    {"tan", ad_f32_tan, tan, -20, 20, 3.6f},
    {"arcsin", ad_f32_arcsin, asin, -1, 1, 2.5f},
    {"arccos", ad_f32_arccos, acos, -1, 1, 1.4f},
    {"arctan", ad_f32_arctan, atan, -4, 4, 2.1f},
    {"arcsinh", ad_f32_arcsinh, asinh, -4, 4, 0.51f},
    {"arccosh", ad_f32_arccosh, acosh, 1, 4, 0.51f},
    {"arctanh", ad_f32_arctanh, atanh, -1, 1, 0.51f},
    {"cbrt", ad_f32_cbrt, cbrt, -4, 4, 0.7f},
    {"rsqrt", ad_f32_rsqrt, rsqrt_truth, 0, 4, 0.51f},
    {"degrees", ad_f32_degrees, degrees_truth, -4, 4, 0.51f},
    {"radians", ad_f32_radians, radians_truth, -4, 4, 0.51f},
};

static const float specials[] = {
    0.0f,
    -0.0f,
    1.0f,
    -1.0f,
    0.5f,
    -0.5f,
    2.0f,
    -2.0f,
    3.0f,
    -3.0f,
    INFINITY,
    -INFINITY,
    NAN,
    FLT_MIN,
    -FLT_MIN,
    FLT_TRUE_MIN,
    -FLT_TRUE_MIN,
    FLT_MAX,
    -FLT_MAX,
    88.72283f,
    88.72284f,
    -87.33655f,
    -103.97208f,
    -103.9721f,
    89.41599f,
    128.0f,
    -149.0f,
    -150.0f,
    -126.0f,
    0x1p16f,
    0x1.8p16f,
    0x1p30f,
    1e22f,
    1.57079637f,
    3.14159274f,
    9.02f,
    3.95f,
    1.1f,
    0x1p24f,
    0x1.fffffep23f,
    -0x1.fffffep23f,
    1e-30f,
};

static float checked(const unary_row *row, float x, float worst) {
  double want = row->truth((double)x);
  float error = (float)ulps_f32(row->function(x), (long double)want);
  if (!(error <= row->bound) && !(error <= worst))
    CHECK_FAIL("%s(%a): %a is %g ulp from %a, allowed %g", row->name, (double)x, (double)row->function(x), (double)error, want,
               (double)row->bound);
  return error > worst ? error : worst;
}

TEST(unary_within_bound) {
  const char *given = getenv("AD_SCALAR_STEP");
  uint64_t step = given ? strtoull(given, NULL, 10) : 65537;
  for (size_t r = 0; r < sizeof unary / sizeof *unary; r++) {
    const unary_row *row = &unary[r];
    float worst = 0.0f;
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) worst = checked(row, specials[i], worst);
    for (uint64_t u = 0; u < UINT64_C(1) << 32; u += step) worst = checked(row, ad__f32_of((uint32_t)u), worst);
    for (int i = 0; i < 20000; i++)
      worst = checked(row, row->low + (row->high - row->low) * ((float)i + 0.37f) / 20000.0f, worst);
    if (getenv("AD_SCALAR_SHOW")) printf("  %-8s %.3f ulp\n", row->name, (double)worst);
  }
}

TEST(small_trigonometry_is_the_same) {
  for (uint32_t u = 0; u <= ad__f32_bits(AD_F32_TRIG_SMALL); u += 40009) {
    float x = ad__f32_of(u);
    CHECK(ad_f32_sin(x) == ad_f32_sin_small(x) && ad_f32_cos(x) == ad_f32_cos_small(x) && ad_f32_tan(x) == ad_f32_tan_small(x));
  }
}

typedef struct {
  const char *name;
  float (*function)(float, float);
  double (*truth)(double, double);
  float bound;
} binary_row;

static const binary_row binary[] = {
    {"pow", ad_f32_pow, pow, 0.51f},   {"arctan2", ad_f32_arctan2, atan2, 0.51f},     {"hypot", ad_f32_hypot, hypot, 0.51f},
    {"fmod", ad_f32_fmod, fmod, 0.0f}, {"copysign", ad_f32_copysign, copysign, 0.0f},
};

static void check_pair(const binary_row *row, float x, float y) {
  double want = row->truth((double)x, (double)y);
  double error = ulps_f32(row->function(x, y), (long double)want);
  if (!(error <= (double)row->bound))
    CHECK_FAIL("%s(%a, %a): %a is %g ulp from %a", row->name, (double)x, (double)y, (double)row->function(x, y), error, want);
}

TEST(binary_within_bound) {
  uint64_t state = 99;
  for (size_t r = 0; r < sizeof binary / sizeof *binary; r++) {
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
      for (size_t j = 0; j < sizeof specials / sizeof *specials; j++) check_pair(&binary[r], specials[i], specials[j]);
    for (int i = 0; i < 30000; i++) {
      uint64_t u = next_bits(&state);
      float x = ad__f32_of((uint32_t)u), y = ad__f32_of((uint32_t)(u >> 32));
      check_pair(&binary[r], x, y);
      check_pair(&binary[r], fabsf(x), (float)((int)(u >> 40) % 2000) * 0.01f);
      check_pair(&binary[r], (float)(u >> 44) * 0x1p-17f, (float)((int32_t)u >> 8) * 0x1p-20f);
    }
  }
}

TEST(nextafter) {
  for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
    for (size_t j = 0; j < sizeof specials / sizeof *specials; j++) {
      float got = ad_f32_nextafter(specials[i], specials[j]), want = nextafterf(specials[i], specials[j]);
      CHECK((isnan(got) && isnan(want)) || ad__f32_bits(got) == ad__f32_bits(want));
    }
}

TEST(logaddexp) {
  for (int i = -200; i <= 200; i++)
    for (int j = -200; j <= 200; j++) {
      float x = (float)i * 0.37f, y = (float)j * 0.73f;
      double high = (double)(x > y ? x : y), want = high + log1p(exp(-fabs((double)x - (double)y)));
      CHECK(fabs((double)ad_f32_logaddexp(x, y) - want) <= 0x1.8p-23 * (fabs(high) + fabs(want - high)) + 0x1p-148);
    }
  CHECK(ad_f32_logaddexp(-INFINITY, -INFINITY) == -INFINITY && ad_f32_logaddexp(INFINITY, -INFINITY) == INFINITY);
  CHECK(ad_f32_logaddexp(-INFINITY, 3.0f) == 3.0f && isnan(ad_f32_logaddexp(INFINITY, NAN)));
}

TEST(whole_quotients) {
  CHECK(ad_f32_remainder(-7.0f, 3.0f) == 2.0f && ad_f32_remainder(7.0f, -3.0f) == -2.0f);
  CHECK(ad_f32_remainder(-5.0f, INFINITY) == INFINITY && isnan(ad_f32_remainder(1.0f, 0.0f)) &&
        isnan(ad_f32_remainder(INFINITY, 2.0f)));
  CHECK(signbit(ad_f32_remainder(6.0f, -3.0f)) && !signbit(ad_f32_remainder(-6.0f, 3.0f)));
  CHECK(ad_f32_floor_divide(-7.0f, 2.0f) == -4.0f && ad_f32_floor_divide(1.0f, 0.1f) == 9.0f);
  CHECK(ad_f32_floor_divide(1.0f, 0.0f) == INFINITY && isnan(ad_f32_floor_divide(0.0f, 0.0f)) &&
        ad_f32_floor_divide(-1.0f, INFINITY) == -1.0f);
}

TEST(rounding_and_choice) {
  CHECK(ad_f32_round(2.5f) == 2.0f && ad_f32_round(-3.5f) == -4.0f && signbit(ad_f32_round(-0.2f)));
  CHECK(ad_f32_round_decimals(1.25f, 1) == 1.2f && ad_f32_round_decimals(1234.5f, -2) == 1200.0f &&
        ad_f32_round_decimals(1e38f, 5) == 1e38f);
  CHECK(!signbit(ad_f32_maximum(-0.0f, 0.0f)) && signbit(ad_f32_minimum(0.0f, -0.0f)) && signbit(ad_f32_maximum(-0.0f, -0.0f)));
  CHECK(isnan(ad_f32_maximum(NAN, 1.0f)) && isnan(ad_f32_maximum(1.0f, NAN)) && isnan(ad_f32_minimum(NAN, 1.0f)) &&
        isnan(ad_f32_minimum(1.0f, NAN)));
  CHECK(ad_f32_maximum(-INFINITY, 2.0f) == 2.0f && ad_f32_minimum(3.0f, 2.0f) == 2.0f);
  CHECK(isnan(ad_f32_sign(NAN)) && ad_f32_sign(-0.0f) == 0.0f && ad_f32_sign(-3.0f) == -1.0f && ad_f32_sign(INFINITY) == 1.0f);
  CHECK(ad_f32_nan_to_num(NAN, 1.0f, 2.0f, 3.0f) == 1.0f && ad_f32_nan_to_num(-INFINITY, 1.0f, 2.0f, 3.0f) == 3.0f);
  CHECK(ad_f32_isposinf(INFINITY) && ad_f32_isneginf(-INFINITY) && ad_f32_isinf(-INFINITY) && !ad_f32_isfinite(NAN) &&
        ad_f32_isnan(NAN));
  CHECK(ad_f32_signbit(-0.0f) && !ad_f32_signbit(0.0f) && ad_f32_isfinite(FLT_MAX));
}

TEST(numpy_tables) {
  for (size_t i = 0; i < sizeof unary / sizeof *unary; i++) {
    FILE *table = numpy_table(unary[i].name);
    uint64_t argument, result;
    int allowed;
    if (!table && strcmp(unary[i].name, "exp") == 0) CHECK_SKIP(NO_NUMPY_TABLES);
    while (table && numpy_row(table, "np.float32", &argument, &result, &allowed)) {
      float x = ad__f32_of((uint32_t)argument), got = unary[i].function(x), want = ad__f32_of((uint32_t)result);
      if (!(isnan(got) && isnan(want)) && abs((int)(ad__f32_bits(got) - (uint32_t)result)) > allowed)
        CHECK_FAIL("%s(%a) is %a, NumPy says %a within %d", unary[i].name, (double)x, (double)got, (double)want, allowed);
    }
    if (table) fclose(table);
  }
}

/* Beside a negative x below -1 the result is small, and right to a part of x rather than of itself. */
TEST(gelu) {
  float worst = 0, apart = 0;
  for (int i = -60000; i <= 60000; i++) {
    float x = (float)i * 1.0001e-4f, y = ad_f32_gelu(x);
    double want = 0.5 * (double)x * erfc(-(double)x * 0.70710678118654752440);
    if (x >= -1) worst = fmaxf(worst, (float)ulps_f32(y, (long double)want));
    else apart = fmaxf(apart, (float)fabs((double)y - want));
  }
  if (!(worst <= 3.6f) || !(apart <= 0x1p-21f)) CHECK_FAIL("gelu is %g units, below -1 %g off", (double)worst, (double)apart);
  CHECK(ad_f32_gelu(-30.0f) == 0 && ad_f32_gelu(30.0f) == 30.0f);
}

CHECK_MAIN(CASE(gelu), CASE(unary_within_bound), CASE(small_trigonometry_is_the_same), CASE(binary_within_bound), CASE(nextafter),
           CASE(logaddexp), CASE(whole_quotients), CASE(rounding_and_choice), CASE(numpy_tables))
