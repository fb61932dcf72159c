/* The arithmetic that the matrix algorithms are written in, for four element types: ad_<what>_<lane>, where the lane is f32,
 * f64, c64 or c128.
 *
 * Freestanding: the text is compiled in and carried into emitted C. The other linalg_*.h are templates over it: elements are
 * of type AD_T, their real parts AD_R, AD_EL(what) is one of these functions, AD_LA(name) one of the template's own. The
 * same text is compiled for each lane and instruction set (kernels/linalg_set.h), or printed for each lane (tools/embed.sh).
 * Fused steps are written out, and a row operation works on each element alone, so that every instruction set and width of
 * vectors gives the same bits. */
#ifndef AD_RUNTIME_STRUCTURAL_LINALG_SCALAR_H
#define AD_RUNTIME_STRUCTURAL_LINALG_SCALAR_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include "base/scalar_complex.h"

AD_SCALAR int ad_exponent_of(double size) {
  int e = 0;
  if (size - size == 0) frexp(size, &e);
  return e;
}

/* Norms of float32 are summed in double, where they neither overflow nor vanish. */
#define AD_LINALG_REAL(s, T, root, absolute, fused)                                               \
  AD_SCALAR T ad_number_##s(double x) { return (T)x; }                                            \
  AD_SCALAR T ad_real_##s(T a) { return a; }                                                      \
  AD_SCALAR T ad_conj_##s(T a) { return a; }                                                      \
  AD_SCALAR T ad_plus_##s(T a, T b) { return a + b; }                                             \
  AD_SCALAR T ad_minus_##s(T a, T b) { return a - b; }                                            \
  AD_SCALAR T ad_times_##s(T a, T b) { return a * b; }                                            \
  AD_SCALAR T ad_over_##s(T a, T b) { return a / b; }                                             \
  AD_SCALAR T ad_scaled_##s(T a, T f) { return a * f; }                                           \
  AD_SCALAR T ad_less_times_##s(T sum, T a, T b) { return fused(-a, b, sum); }                    \
  AD_SCALAR T ad_plus_times_##s(T sum, T a, T b) { return fused(a, b, sum); }                     \
  /* How large an element is, cheaply: |re| + |im|. */                                            \
  AD_SCALAR T ad_size_##s(T a) { return absolute(a); }                                            \
  AD_SCALAR T ad_root_##s(T a) { return root(a); }                                                \
  /* a 2^e; and the e that brings a's size below 1, 0 for what is not finite. */                   \
  AD_SCALAR T ad_power_##s(T a, int e) { return (T)ldexp(a, e); }                                 \
  AD_SCALAR int ad_exponent_##s(T a) { return ad_exponent_of(absolute(a)); }                      \
  /* |a f|^2 */                                                                                   \
  AD_SCALAR double ad_square_##s(T a, double f) { return ((double)a * f) * ((double)a * f); }

#define AD_LINALG_COMPLEX(s, T, R, divide, root, absolute, fused)                                 \
  AD_SCALAR T ad_pair_##s(R re, R im) {                                                           \
    T z;                                                                                          \
    z.re = re;                                                                                    \
    z.im = im;                                                                                    \
    return z;                                                                                     \
  }                                                                                               \
  AD_SCALAR T ad_number_##s(double x) { return ad_pair_##s((R)x, 0); }                            \
  AD_SCALAR R ad_real_##s(T a) { return a.re; }                                                   \
  AD_SCALAR T ad_conj_##s(T a) { return ad_pair_##s(a.re, -a.im); }                               \
  AD_SCALAR T ad_plus_##s(T a, T b) { return ad_pair_##s(a.re + b.re, a.im + b.im); }             \
  AD_SCALAR T ad_minus_##s(T a, T b) { return ad_pair_##s(a.re - b.re, a.im - b.im); }            \
  AD_SCALAR T ad_times_##s(T a, T b) {                                                            \
    return ad_pair_##s(fused(-a.im, b.im, a.re * b.re), fused(a.im, b.re, a.re * b.im));          \
  }                                                                                               \
  AD_SCALAR T ad_over_##s(T a, T b) { return divide(a, b); }                                      \
  AD_SCALAR T ad_scaled_##s(T a, R f) { return ad_pair_##s(a.re * f, a.im * f); }                 \
  AD_SCALAR T ad_less_times_##s(T sum, T a, T b) {                                                \
    return ad_pair_##s(fused(a.im, b.im, fused(-a.re, b.re, sum.re)),                             \
                       fused(-a.im, b.re, fused(-a.re, b.im, sum.im)));                           \
  }                                                                                               \
  AD_SCALAR T ad_plus_times_##s(T sum, T a, T b) {                                                \
    return ad_pair_##s(fused(-a.im, b.im, fused(a.re, b.re, sum.re)),                             \
                       fused(a.im, b.re, fused(a.re, b.im, sum.im)));                             \
  }                                                                                               \
  AD_SCALAR R ad_size_##s(T a) { return absolute(a.re) + absolute(a.im); }                        \
  AD_SCALAR R ad_root_##s(R a) { return root(a); }                                                \
  AD_SCALAR T ad_power_##s(T a, int e) { return ad_pair_##s((R)ldexp(a.re, e), (R)ldexp(a.im, e)); } \
  AD_SCALAR int ad_exponent_##s(T a) { return ad_exponent_of(absolute(a.re) + absolute(a.im)); }  \
  AD_SCALAR double ad_square_##s(T a, double f) {                                                 \
    return ((double)a.re * f) * ((double)a.re * f) + ((double)a.im * f) * ((double)a.im * f);     \
  }

AD_LINALG_REAL(f32, float, sqrtf, fabsf, fmaf)
AD_LINALG_REAL(f64, double, sqrt, fabs, fma)
AD_LINALG_COMPLEX(c64, ad_c64, float, ad_c64_divide, sqrtf, fabsf, fmaf)
AD_LINALG_COMPLEX(c128, ad_c128, double, ad_c128_divide, sqrt, fabs, fma)

#endif
