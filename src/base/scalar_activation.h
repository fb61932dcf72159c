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

/* x times the normal distribution function (Hendrycks and Gimpel, Gaussian error linear units, 2016). An infinite x would meet
 * a zero. */
AD_SCALAR float ad_f32_gelu(float x)
{
  float h = 0.5f * x;
  float r = fmaf(h, ad_f32_erf(x * 0x1.6a09e6p-1f), h);
  return x < -20.0f ? -0.0f : r;
}

AD_SCALAR double ad_f64_gelu(double x)
{
  double h = 0.5 * x;
  double r = fma(h, ad_f64_erf(x * 0x1.6a09e667f3bcdp-1), h);
  return x < -40.0 ? -0.0 : r;
}

/* For float16: max(x, 0) - a Phi(-a), a = |x|, with Phi(-a) = 2^(-1 - a q(a)). q is a minimax polynomial on [0, 5.8], 2^-14 of
 * Phi, and 2^f, |f| <= 1/2, another, 2^-13, halved; from 5.8 on the product is below half of the least float16. */
AD_SCALAR float ad_h32_gelu(float x)
{
  float a = fabsf(x);
  a = a > 5.8f ? 5.8f : a;
  float q = -0x1.9d8fdap-16f;
  q = fmaf(q, a, 0x1.4f1048p-11f);
  q = fmaf(q, a, -0x1.e34012p-8f);
  q = fmaf(q, a, 0x1.a7ac4cp-5f);
  q = fmaf(q, a, 0x1.d7933ep-2f);
  q = fmaf(q, a, 0x1.268e0ep+0f);
  float t = fmaf(-a, q, AD__F32_ROUNDER);
  float n = t - AD__F32_ROUNDER;
  float f = fmaf(-a, q, -n);
  float p = 0x1.c3f772p-6f;
  p = fmaf(p, f, 0x1.f0de24p-4f);
  p = fmaf(p, f, 0x1.62f31ap-2f);
  p = fmaf(p, f, 0x1.fff692p-2f);
  float tail = ad__f32_of(ad__f32_bits(p) + (ad__f32_bits(t) << 23));
  return fmaf(-a, tail, x < 0.0f ? 0.0f : x);
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
