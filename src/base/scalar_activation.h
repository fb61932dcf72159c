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

/* Phi(-a) on 32 stretches of [0, 5.8], centred at the multiples of 5.8 / 31, as least-maximum cubics in a: all constant
 * terms, then all linear ones, and so on. With them gelu is a
 * quarter of the last place of float16 off before it is rounded. */
AD_SCALAR const float *ad__h32_gelu_table(void)
{
  static const float terms[128] = {
    0x1.000000p-1f, 0x1.0000eap-1f, 0x1.00213ep-1f, 0x1.00ea74p-1f, 0x1.035c3ep-1f, 0x1.0879f6p-1f, 0x1.108cdep-1f, 0x1.1a8596p-1f,
    0x1.23dfdcp-1f, 0x1.292c30p-1f, 0x1.270e08p-1f, 0x1.1b4c0cp-1f, 0x1.057f98p-1f, 0x1.ce5f84p-2f, 0x1.86afb0p-2f, 0x1.3b2df8p-2f,
    0x1.e55e70p-3f, 0x1.64bee4p-3f, 0x1.f4c4e0p-4f, 0x1.4fca28p-4f, 0x1.ae7b80p-5f, 0x1.07ef72p-5f, 0x1.35bf20p-6f, 0x1.5c17eap-7f,
    0x1.76cbf0p-8f, 0x1.82d4dap-9f, 0x1.7ee402p-10f, 0x1.6b9d26p-11f, 0x1.4b6dd0p-12f, 0x1.220e92p-13f, 0x1.e7a28ap-15f, 0x1.e90a42p-16f,
    -0x1.988470p-2f, -0x1.98aee4p-2f, -0x1.9b38c8p-2f, -0x1.a51908p-2f, -0x1.bb4fbep-2f, -0x1.dfab64p-2f, -0x1.07617ap-1f, -0x1.200b9ep-1f,
    -0x1.34266cp-1f, -0x1.3e45cap-1f, -0x1.3ad1c6p-1f, -0x1.28f584p-1f, -0x1.0a9f82p-1f, -0x1.c7857ap-2f, -0x1.725ae2p-2f, -0x1.1ecb92p-2f,
    -0x1.a76f7ep-3f, -0x1.2a455ep-3f, -0x1.915448p-4f, -0x1.021730p-4f, -0x1.3d9090p-5f, -0x1.76154cp-6f, -0x1.a626c2p-7f, -0x1.c8a8fap-8f,
    -0x1.d9c818p-9f, -0x1.d7ab10p-10f, -0x1.c2c6a8p-11f, -0x1.9dbcd2p-12f, -0x1.6cd3c4p-13f, -0x1.352a62p-14f, -0x1.f7babcp-16f, -0x1.edbc4cp-17f,
    0x1.4d69eap-16f, 0x1.4d5992p-10f, 0x1.3dcfcep-7f, 0x1.ebdc5ap-6f, 0x1.01fc3ap-4f, 0x1.ae9784p-4f, 0x1.32faa4p-3f, 0x1.846704p-3f,
    0x1.be113ap-3f, 0x1.d7dd5ep-3f, 0x1.d05d10p-3f, 0x1.ac2d5cp-3f, 0x1.73dee6p-3f, 0x1.316b82p-3f, 0x1.dbe6dap-4f, 0x1.6094eep-4f,
    0x1.f1ca26p-5f, 0x1.4f5dd2p-5f, 0x1.afd77ap-6f, 0x1.0a0130p-6f, 0x1.39d316p-7f, 0x1.62d8b6p-8f, 0x1.80d108p-9f, 0x1.907ce4p-10f,
    0x1.90332ep-11f, 0x1.802a42p-12f, 0x1.626590p-13f, 0x1.3a4dd4p-14f, 0x1.0c1072p-15f, 0x1.b7db8ap-17f, 0x1.5b3beap-18f, 0x1.4c9d18p-19f,
    0x1.0f5188p-4f, 0x1.01c32ep-4f, 0x1.b40668p-5f, 0x1.3e580ep-5f, 0x1.6a3542p-6f, 0x1.620406p-8f, -0x1.2ba2e2p-7f, -0x1.493096p-6f,
    -0x1.b7880ep-6f, -0x1.e36144p-6f, -0x1.d886c6p-6f, -0x1.a7a1d8p-6f, -0x1.61efe8p-6f, -0x1.162af2p-6f, -0x1.9dc59ep-7f, -0x1.246a46p-7f,
    -0x1.89ddbap-8f, -0x1.faa8cap-9f, -0x1.37bce8p-9f, -0x1.6f71b8p-10f, -0x1.9f47a0p-11f, -0x1.c267b0p-12f, -0x1.d51dc8p-13f, -0x1.d57d10p-14f,
    -0x1.c3b322p-15f, -0x1.a1f662p-16f, -0x1.74162ep-17f, -0x1.3eca94p-18f, -0x1.06ee98p-19f, -0x1.a1a0cap-21f, -0x1.3f6e78p-22f, -0x1.2b03c4p-23f,
  };
  return terms;
}
#define AD_H32_GELU_END 5.8f
#define AD_H32_GELU_STEPS 0x1.5611a8p+2f /* stretches per unit: 31 / 5.8 */

/* For float16: max(x, 0) - a Phi(-a), a = |x|, 0.77 of its last place at most; from 5.8 on the product is below half of the
 * least float16. A table, since half the operations of an exponential do, and vectors look up 32 numbers at once. */
AD_SCALAR float ad_h32_gelu(float x)
{
  const float *c = ad__h32_gelu_table();
  float a = fabsf(x);
  a = a < AD_H32_GELU_END ? a : AD_H32_GELU_END;
  int at = (int)(ad__f32_bits(fmaf(a, AD_H32_GELU_STEPS, 0x1p23f)) & 31u);
  float p = fmaf(c[96 + at], a, c[64 + at]);
  p = fmaf(p, a, c[32 + at]);
  p = fmaf(p, a, c[at]);
  return fmaf(-a, p, x < 0.0f ? 0.0f : x);
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
