/* Activations of neural networks, as one scalar function each.
 *
 * They stand on the functions of scalar_f32.h and scalar_f64.h, whose rules hold here. */
#ifndef ADAMANT_BASE_SCALAR_ACTIVATION_H
#define ADAMANT_BASE_SCALAR_ACTIVATION_H

#include "base/scalar_f32.h"
#include "base/scalar_f64.h"

/* A NaN stays a NaN. */
AD_SCALAR float ad_f32_relu(float x) { return x < 0.0f ? 0.0f : x; }
AD_SCALAR double ad_f64_relu(double x) { return x < 0.0 ? 0.0 : x; }

/* x times the normal distribution function Phi (Hendrycks and Gimpel, Gaussian error linear units, 2016), as max(x, 0) -
 * |x| Phi(-|x|): b = |x| / 2, q the square root of 2 Phi(-2b) up to 2.8 (row f32_gelu, 2^-25), from where on float32 has nothing
 * left of it beside x. 3 units in the last place at most but for negative x below -1, where it is 2^-21. The sign is x's own, set
 * at the end: clang 14 makes a maximum of a choice between -0 and x, which gives -0 for 0. */
AD_SCALAR float ad_f32_gelu(float x)
{
  float b = 0.5f * fabsf(x), bb = b * b, most = x < 0.0f ? 0.0f : x;
  float odd = -0x1.1b51b2p-9f, even = 0x1.29abf8p-13f;
  odd = fmaf(odd, bb, -0x1.62d602p-5f), even = fmaf(even, bb, 0x1.bc40aep-7f);
  odd = fmaf(odd, bb, -0x1.55af36p-6f), even = fmaf(even, bb, 0x1.0fc85cp-4f);
  odd = fmaf(odd, bb, -0x1.b12148p-4f), even = fmaf(even, bb, -0x1.eb86f0p-6f);
  odd = fmaf(odd, bb, 0x1.1c38e6p-2f), even = fmaf(even, bb, 0x1.643b32p-3f);
  odd = fmaf(odd, bb, -0x1.988462p-1f), even = fmaf(even, bb, -0x1.45ec94p-2f);
  float q = fmaf(fmaf(even, b, odd), b, 1.0f);
  return copysignf(b < 2.8f ? fmaf(-b, q * q, most) : most, x);
}

AD_SCALAR double ad_f64_gelu(double x)
{
  double h = 0.5 * x;
  double r = fma(h, ad_f64_erf(x * 0x1.6a09e667f3bcdp-1), h);
  return x < -40.0 ? -0.0 : r;
}

/* For float16: the same with the eighth root of Phi(-|x|) up to 5.8, from where on the product is below half of the least
 * float16 (row h32_gelu, 0.23 of the last place of float16). */
AD_SCALAR float ad_h32_gelu(float x)
{
  float a = fabsf(x), aa = a * a, most = x < 0.0f ? 0.0f : x;
  float low = fmaf(fmaf(-0x1.2517f8p-9f, a, -0x1.f81444p-6f), aa, fmaf(-0x1.77f266p-4f, a, 0x1.d58372p-1f));
  float high = fmaf(0x1.cdab20p-17f, aa, fmaf(-0x1.642c8ap-12f, a, 0x1.4d3d7ap-9f));
  float q = fmaf(high, aa * aa, low);
  q = q * q;
  q = q * q;
  return copysignf(a < 5.8f ? fmaf(-a, q * q, most) : most, x);
}

/* The same paper's form with tanh: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
AD_SCALAR float ad_f32_gelu_approx(float x)
{
  float h = 0.5f * x;
  float u = x * fmaf(x * x, 0x1.2444f2p-5f, 0x1.988454p-1f);
  float r = fmaf(h, ad_f32_tanh(u), h);
  return x < -20.0f ? -0.0f : r;
}

AD_SCALAR double ad_f64_gelu_approx(double x)
{
  double h = 0.5 * x;
  double u = x * fma(x * x, 0x1.2444f2a4d8b4bp-5, 0x1.9884533d43651p-1);
  double r = fma(h, ad_f64_tanh(u), h);
  return x < -40.0 ? -0.0 : r;
}

AD_SCALAR float ad_f32_silu(float x) { return x == -ad__f32_inf() ? -0.0f : x * ad_f32_sigmoid(x); }
AD_SCALAR double ad_f64_silu(double x) { return x == -ad__f64_inf() ? -0.0 : x * ad_f64_sigmoid(x); }

/* log(1 + e^x) = max(x, 0) + log1p(e^-|x|). */
AD_SCALAR float ad_f32_softplus(float x) { return ad_f32_logaddexp(x, 0.0f); }
AD_SCALAR double ad_f64_softplus(double x) { return ad_f64_logaddexp(x, 0.0); }

#endif
