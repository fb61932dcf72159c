/* The exponential of weights: within 1 ulp of the double one where it is not 0, and its ends. */
#include "base/scalar_weight.h"
#include "check.h"

TEST(bound) {
  double worst = 0;
  for (int i = 0; i <= 2000000; i++) {
    float x = -86.5f + (float)i * 0x1p-14f;
    double want = exp((double)x), ulp = ldexp(1, ilogb(want) - 23), off = fabs((double)ad_f32_exp_weight(x) - want) / ulp;
    if (off > worst) worst = off;
  }
  CHECK(worst > 0.5 && worst <= 1);
}

TEST(ends) {
  CHECK(ad_f32_exp_weight(0) == 1 && ad_f32_exp_weight(-0.0f) == 1);
  CHECK(ad_f32_exp_weight(-86.5f) > 0 && ad_f32_exp_weight(-86.6f) == 0 && ad_f32_exp_weight(-(float)INFINITY) == 0);
  CHECK(ad_f32_exp_weight((float)NAN) != ad_f32_exp_weight((float)NAN));
  CHECK(ad_f64_exp_weight(0) == 1 && ad_f64_exp_weight(-(double)INFINITY) == 0);
}

CHECK_MAIN(CASE(bound), CASE(ends))
