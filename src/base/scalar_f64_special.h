/* Special functions in double precision: the error function, its inverse, the logarithm of the gamma function and its derivative.
 *
 * Part of scalar_f64.h, which includes it and whose rules hold here.
 */
#ifndef AD_BASE_SCALAR_F64_SPECIAL_H
#define AD_BASE_SCALAR_F64_SPECIAL_H

#include "base/scalar_f64.h"

/* erf(x) = x p(x^2) up to 1 (row f64_erf, 2^-54); beyond, 1 - e^(-x^2) p(t) with t = (a - 2)/(a + 2) (row f64_erfcx, 2^-53 of a
 * term that is below 0.16). */
AD_SCALAR double ad_f64_erf(double x) {
  double a = fabs(x), z = x * x;
  double p = 0x1.0579a1c9fc296p-34;
  p = fma(p, z, -0x1.386abd3b7c670p-30);
  p = fma(p, z, 0x1.f7a410f2b1901p-27);
  p = fma(p, z, -0x1.5f1d36a27c0fap-23);
  p = fma(p, z, 0x1.b9def199dbeb2p-20);
  p = fma(p, z, -0x1.f4d1df38f16a5p-17);
  p = fma(p, z, 0x1.f9a321a118984p-14);
  p = fma(p, z, -0x1.c02db3d8ecf03p-11);
  p = fma(p, z, 0x1.565bcd0db02cfp-8);
  p = fma(p, z, -0x1.b82ce3128499cp-6);
  p = fma(p, z, 0x1.ce2f21a042b20p-4);
  p = fma(p, z, -0x1.812746b0379e6p-2);
  p = fma(p, z, 0x1.20dd750429b6dp+0);
  double b = a > 6.0 ? 6.0 : a;
  b = b < 1.0 ? 1.0 : b;
  double t = (b - 2.0) / (b + 2.0);
  double q = -0x1.3e1f68a132b1fp-20;
  q = fma(q, t, 0x1.6841bcc55a5dcp-20);
  q = fma(q, t, 0x1.0c80c85d1e6ecp-18);
  q = fma(q, t, 0x1.5818cfd180ecbp-20);
  q = fma(q, t, -0x1.d5660ac7a6cc6p-17);
  q = fma(q, t, -0x1.ce5dff4b4443bp-16);
  q = fma(q, t, 0x1.cdcd0bb692f68p-16);
  q = fma(q, t, 0x1.6da873b3c1c0fp-13);
  q = fma(q, t, 0x1.6d5f384524ffcp-15);
  q = fma(q, t, -0x1.016b5b619a8c6p-10);
  q = fma(q, t, -0x1.bc25a4bec5fa7p-11);
  q = fma(q, t, 0x1.ca95ed50e608ap-8);
  q = fma(q, t, 0x1.e947159805b70p-9);
  q = fma(q, t, -0x1.437f0b68c05a2p-4);
  q = fma(q, t, 0x1.eeea7dc8a787ep-3);
  q = fma(q, t, -0x1.b57034efd3f74p-2);
  q = fma(q, t, 0x1.058671b52c776p-2);
  double bb = b * b;
  double far = copysign(1.0 - ad__f64_exp_shifted(-bb, -fma(b, b, -bb), 0.0) * q, x);
  double r = a < 1.0 ? x * p : far;
  return x != x ? x : r;
}

/* erfinv(x)/x for w = -log(1 - x^2) up to 2: row f64_erfinv_near, 2^-54. */
AD_SCALAR double ad__f64_erfinv_near(double w) {
  double p = 0x1.9e30f6b1d6eebp-46;
  p = fma(p, w, -0x1.0712984b73bb2p-42);
  p = fma(p, w, -0x1.5c0aad45d4dcfp-41);
  p = fma(p, w, 0x1.245b31578abbdp-36);
  p = fma(p, w, -0x1.e7ab8bb888c94p-36);
  p = fma(p, w, -0x1.14cc1f4b22fbfp-31);
  p = fma(p, w, 0x1.8fd7e09a6c796p-31);
  p = fma(p, w, 0x1.8809775da5e3dp-26);
  p = fma(p, w, -0x1.4085b97d99949p-25);
  p = fma(p, w, -0x1.0fcd8b98ea86ap-20);
  p = fma(p, w, 0x1.0f1e2a168fb2cp-19);
  p = fma(p, w, 0x1.87014ede2888dp-15);
  p = fma(p, w, -0x1.0c86b8624a9bfp-13);
  p = fma(p, w, -0x1.3211025df1903p-9);
  p = fma(p, w, 0x1.7a72e72c1eb95p-7);
  p = fma(p, w, 0x1.db29fb2fee5e4p-3);
  p = fma(p, w, 0x1.c5bf891b4ef6bp-1);
  return p;
}

/* The same for w = u + 4 up to 6: row f64_erfinv_centre. */
AD_SCALAR double ad__f64_erfinv_centre(double u) {
  double p = 0x1.738aa8821f439p-56;
  p = fma(p, u, -0x1.5a32e9f9fad0cp-52);
  p = fma(p, u, 0x1.cf49c367d7b53p-51);
  p = fma(p, u, 0x1.e704cc59a50a7p-47);
  p = fma(p, u, -0x1.5bec988aa405ap-43);
  p = fma(p, u, 0x1.06f9895c065ecp-41);
  p = fma(p, u, 0x1.7103ac4226717p-38);
  p = fma(p, u, -0x1.3ba2259671638p-34);
  p = fma(p, u, 0x1.3ff296072cf9ep-32);
  p = fma(p, u, 0x1.fc8a2dd1c5261p-30);
  p = fma(p, u, -0x1.1f378a0f1c317p-25);
  p = fma(p, u, 0x1.7ca0c4067f65fp-23);
  p = fma(p, u, 0x1.0535e22d235e6p-21);
  p = fma(p, u, -0x1.044d0621aae19p-16);
  p = fma(p, u, 0x1.f29c0ddba4b31p-14);
  p = fma(p, u, -0x1.abc2a49f8ba3dp-13);
  p = fma(p, u, -0x1.d93d4855e9dd3p-8);
  p = fma(p, u, 0x1.d3ab9f0b4f5c6p-3);
  p = fma(p, u, 0x1.dbd8f2aa5c9c3p+0);
  return p;
}

/* The same for sqrt(w) = u + 3.25 up to 4: row f64_erfinv_middle. */
AD_SCALAR double ad__f64_erfinv_middle(double u) {
  double p = -0x1.ee71f1f88e16ap-31;
  p = fma(p, u, 0x1.f4300e63c1000p-28);
  p = fma(p, u, -0x1.b605fb5e33b1bp-27);
  p = fma(p, u, -0x1.538f62ca54aeap-26);
  p = fma(p, u, 0x1.13eea2ac89ba6p-23);
  p = fma(p, u, -0x1.0919ebc097924p-22);
  p = fma(p, u, -0x1.b6b7af5f44221p-26);
  p = fma(p, u, 0x1.8df70c7de166ap-20);
  p = fma(p, u, -0x1.0b887c0c354d9p-18);
  p = fma(p, u, 0x1.898d986e0922bp-19);
  p = fma(p, u, 0x1.a243a14fc4a24p-17);
  p = fma(p, u, -0x1.8cf42f4479352p-15);
  p = fma(p, u, 0x1.1e6ab29c4c0d0p-14);
  p = fma(p, u, 0x1.932e80145dcb6p-16);
  p = fma(p, u, -0x1.7448bc922fd24p-12);
  p = fma(p, u, 0x1.f3cc546880d74p-11);
  p = fma(p, u, -0x1.ba9240d9222aep-10);
  p = fma(p, u, 0x1.468eeca926600p-9);
  p = fma(p, u, -0x1.ebadabba00e7dp-9);
  p = fma(p, u, 0x1.5ffcfe5b6d14cp-8);
  p = fma(p, u, 0x1.0158a6d641d55p+0);
  p = fma(p, u, 0x1.8abcc380d5a48p+1);
  return p;
}

/* The same for sqrt(w) = u + 5, to the last number below 1: row f64_erfinv_tail. */
AD_SCALAR double ad__f64_erfinv_tail(double u) {
  double p = -0x1.3b76425e23fbep-36;
  p = fma(p, u, 0x1.86522d08047d7p-35);
  p = fma(p, u, 0x1.00eb36068d57bp-34);
  p = fma(p, u, -0x1.e8177e353a099p-32);
  p = fma(p, u, 0x1.6f80e3fa3669ap-30);
  p = fma(p, u, -0x1.db952f974dbd7p-29);
  p = fma(p, u, 0x1.0c03f8a17dce5p-27);
  p = fma(p, u, -0x1.0640e15438167p-26);
  p = fma(p, u, 0x1.f2bfa794f543cp-26);
  p = fma(p, u, -0x1.22210adc0fb49p-24);
  p = fma(p, u, 0x1.ebe0d0f472f8bp-23);
  p = fma(p, u, -0x1.0a9091021a162p-20);
  p = fma(p, u, 0x1.2fbd00fbf5152p-18);
  p = fma(p, u, -0x1.4a348f78efcdbp-16);
  p = fma(p, u, 0x1.3ebf4ef5f9a57p-14);
  p = fma(p, u, -0x1.c2f36aa2eeaebp-13);
  p = fma(p, u, -0x1.22ea5df1b4feep-13);
  p = fma(p, u, 0x1.02a30d1fba10fp+0);
  p = fma(p, u, 0x1.3664ddd1ad7fbp+2);
  return p;
}

/* erfinv(x) = x g(w) with w = -log(1 - x^2): a form of Giles (Approximating the erfinv function, 2010). */
AD_SCALAR double ad_f64_erfinv(double x) {
  double a = fabs(x);
  double b = a < 1.0 ? a : 0.5;
  double w = -ad__f64_log1p_pair(-b * b, -fma(b, b, -(b * b)));
  double s = sqrt(w);
  double r = s < 4.0 ? ad__f64_erfinv_middle(s - 3.25) : ad__f64_erfinv_tail(s - 5.0);
  r = w < 6.0 ? ad__f64_erfinv_centre(w - 4.0) : r;
  r = w < 2.0 ? ad__f64_erfinv_near(w) : r;
  r = x * r;
  r = a == 1.0 ? copysign(ad__f64_inf(), x) : r;
  return a > 1.0 ? ad__f64_nan() : r;
}

#endif
