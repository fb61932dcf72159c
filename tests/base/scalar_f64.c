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
static long double degrees_truth(long double x) { return x * 57.295779513082320876798154814105L; }
static long double radians_truth(long double x) { return x * 0.017453292519943295769236907684886L; }

static const unary_row unary[] = {
  { "exp", ad_f64_exp, expl, -746, 710, 0.8 },
  { "exp2", ad_f64_exp2, exp2l, -1076, 1025, 0.8 },
  { "expm1", ad_f64_expm1, expm1l, -40, 40, 1.2 },
  { "sigmoid", ad_f64_sigmoid, sigmoid_truth, -760, 40, 1.9 },
  { "sinh", ad_f64_sinh, sinhl, -30, 30, 1.6 },
  { "cosh", ad_f64_cosh, coshl, -30, 30, 1.5 },
  { "tanh", ad_f64_tanh, tanhl, -20, 20, 1.5 },
  { "log", ad_f64_log, logl, 0, 4, 1.0 },
  { "log2", ad_f64_log2, log2l, 0, 4, 0.6 },
  { "log10", ad_f64_log10, log10l, 0, 4, 0.6 },
  { "log1p", ad_f64_log1p, log1pl, -1, 4, 0.6 },
  { "arcsinh", ad_f64_arcsinh, asinhl, -8, 8, 1.5 },
  { "arccosh", ad_f64_arccosh, acoshl, 1, 8, 1.0 },
  { "arctanh", ad_f64_arctanh, atanhl, -1, 1, 1.0 },
  { "cbrt", ad_f64_cbrt, cbrtl, -8, 8, 0.6 },
  { "rsqrt", ad_f64_rsqrt, rsqrt_truth, 0, 8, 1.2 },
  { "sin", ad_f64_sin, sinl, -100, 100, 1.0 },
  { "cos", ad_f64_cos, cosl, -100, 100, 1.0 },
  { "tan", ad_f64_tan, tanl, -100, 100, 2.0 },
  { "arcsin", ad_f64_arcsin, asinl, -1, 1, 1.0 },
  { "arccos", ad_f64_arccos, acosl, -1, 1, 1.0 },
  { "arctan", ad_f64_arctan, atanl, -8, 8, 1.0 },
  { "erf", ad_f64_erf, erfl, -6, 6, 1.6 },
  { "degrees", ad_f64_degrees, degrees_truth, -8, 8, 1.0 },
  { "radians", ad_f64_radians, radians_truth, -8, 8, 1.0 },
};

static const double specials[] = {
  0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, INFINITY, -INFINITY, NAN, DBL_MIN, -DBL_MIN, DBL_TRUE_MIN, -DBL_TRUE_MIN, DBL_MAX, -DBL_MAX,
  1e-300, 0x1p-1022 - 0x1p-1074, 709.78271289338397, 709.782712893384, -745.13321910194111, -745.2, -708.4, 710.4758600739439, 711.0,
  1024.0, -1074.0, -1075.0, -1022.0, 0x1p53, 0x1p30, 0x1.8p30, 1e22, 0x1.921fb54442d18p+0, 0x1.921fb54442d18p+1, 0x1p-28, 0x1p-54, 0x1p28, 20.0, 6.0,
};

static double checked(const unary_row *row, double x, double worst)
{
  double error = ulps_f64(row->function(x), row->truth((long double)x));
  if (!(error <= row->bound) && !(error <= worst))
    CHECK_FAIL("%s(%a): %a is %g ulp from %La, allowed %g", row->name, x, row->function(x), error, row->truth((long double)x), row->bound);
  return error > worst ? error : worst;
}

static void check_unary(const unary_row *row, int samples)
{
  uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
  double worst = 0.0;
  for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
    worst = checked(row, specials[i], worst);
  for (int i = 0; i < samples; i++) {
    uint64_t u = next_bits(&state);
    double x = ad__f64_of(u);
    double y = row->low + (row->high - row->low) * ((double)(u >> 11) * 0x1p-53);
    worst = checked(row, x, worst);
    worst = checked(row, y, worst);
    worst = checked(row, y * 0x1p-5, worst);
  }
  if (getenv("AD_SCALAR_SHOW"))
    printf("  %-10s %.3f ulp\n", row->name, worst);
}

TEST(unary_within_bound)
{
  const char *samples = getenv("AD_SCALAR_SAMPLES");
  for (size_t i = 0; i < sizeof unary / sizeof *unary && AD_HAVE_TRUTH; i++)
    check_unary(&unary[i], samples ? atoi(samples) : 20000);
}

CHECK_MAIN(CASE(unary_within_bound))
