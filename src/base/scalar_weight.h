/* exp of numbers that are 0 at most, as weights relative to the largest are: the range is half as wide and the smallest results do
 * not matter, which spares a third of the work.
 *
 * The rules of scalar_f64.h hold here. Below e^-86.5 the result is 0; NaN stays NaN; right to 1 ulp up to e^80. */
#ifndef AD_BASE_SCALAR_WEIGHT_H
#define AD_BASE_SCALAR_WEIGHT_H

#include "base/scalar_f32.h"
#include "base/scalar_f64.h"

AD_SCALAR float ad_f32_exp_weight(float x) {
  float c = x < -86.5f ? -86.5f : x;
  float rounder = fmaf(c, AD__F32_LOG2E, AD__F32_ROUNDER);
  float n = rounder - AD__F32_ROUNDER;
  float r = fmaf(-n, AD__F32_LN2_LO, fmaf(-n, AD__F32_LN2, c));
  float y = ad__f32_of(ad__f32_bits(ad__f32_exp_poly(r)) + (ad__f32_bits(rounder) << 23));
  return x < -86.5f ? 0.0f : y;
}

AD_SCALAR double ad_f64_exp_weight(double x) { return ad_f64_exp(x); }

#endif
