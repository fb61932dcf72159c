/* Short forms of functions whose full bodies leave the straight line, and the guards that say where they are right.
 *
 * A loop asks the guard for a block of elements and, when all pass, runs the short form, which vectorises; both give the same
 * bits wherever the guard holds. Guards are false for NaN.
 * The rules of scalar_f64.h hold here. */
#ifndef ADAMANT_BASE_SCALAR_QUICK_H
#define ADAMANT_BASE_SCALAR_QUICK_H

#include "base/scalar_f32.h"
#include "base/scalar_f64.h"

AD_SCALAR int ad_f32_angle_is_small(float x) { return fabsf(x) <= AD_F32_TRIG_SMALL; }
AD_SCALAR int ad_f64_angle_is_small(double x) { return fabs(x) <= AD_F64_TRIG_SMALL; }

/* The whole part of x / y is exact in the type, and so is x - whole * y. */
AD_SCALAR int ad_f32_quotient_is_small(float x, float y) { return fabsf(x) < 0x1p22f * fabsf(y) && fabsf(y) < 0x1p100f && fabsf(y) > 0x1p-100f; }
AD_SCALAR int ad_f64_quotient_is_small(double x, double y) { return fabs(x) < 0x1p51 * fabs(y) && fabs(y) < 0x1p900 && fabs(y) > 0x1p-900; }

/* fmod: a quotient that rounded up to the next whole number left a remainder of the wrong sign, made good exactly. */
AD_SCALAR float ad__f32_fmod_small(float x, float y)
{
  float q = truncf(x / y);
  float r = fmaf(-q, y, x);
  float mended = r + copysignf(y, x);
  return r != 0.0f && (r < 0.0f) != (x < 0.0f) ? mended : r;
}

AD_SCALAR double ad__f64_fmod_small(double x, double y)
{
  double q = trunc(x / y);
  double r = fma(-q, y, x);
  double mended = r + copysign(y, x);
  return r != 0.0 && (r < 0.0) != (x < 0.0) ? mended : r;
}

AD_SCALAR float ad_f32_remainder_small(float x, float y)
{
  float r = ad__f32_fmod_small(x, y);
  r = r != 0.0f && (r < 0.0f) != (y < 0.0f) ? r + y : r;
  return r == 0.0f ? copysignf(0.0f, y) : r;
}

AD_SCALAR double ad_f64_remainder_small(double x, double y)
{
  double r = ad__f64_fmod_small(x, y);
  r = r != 0.0 && (r < 0.0) != (y < 0.0) ? r + y : r;
  return r == 0.0 ? copysign(0.0, y) : r;
}

AD_SCALAR float ad_f32_floor_divide_small(float x, float y)
{
  float r = ad__f32_fmod_small(x, y);
  float q = (x - r) / y;
  q = r != 0.0f && (r < 0.0f) != (y < 0.0f) ? q - 1.0f : q;
  float f = floorf(q);
  f = q - f > 0.5f ? f + 1.0f : f;
  return q == 0.0f ? copysignf(0.0f, x / y) : f;
}

AD_SCALAR double ad_f64_floor_divide_small(double x, double y)
{
  double r = ad__f64_fmod_small(x, y);
  double q = (x - r) / y;
  q = r != 0.0 && (r < 0.0) != (y < 0.0) ? q - 1.0 : q;
  double f = floor(q);
  f = q - f > 0.5 ? f + 1.0 : f;
  return q == 0.0 ? copysign(0.0, x / y) : f;
}

#endif
