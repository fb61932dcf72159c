/* What needs no arithmetic: the order of complex numbers, their rounding, neighbours of half numbers.
 *
 * Complex numbers are ordered by their real parts, then by their imaginary parts, as NumPy sorts them; a NaN in either part
 * makes every comparison false, and is what the greater and the lesser of two are. The neighbours of a half number are found
 * in its bits: computed in float32 they would round back to where they came from.
 * The rules of scalar_f64.h hold here. */
#ifndef ADAMANT_BASE_SCALAR_ORDER_H
#define ADAMANT_BASE_SCALAR_ORDER_H

#include <math.h>
#include <stdint.h>

#include <adamant/complex.h>

#define AD__COMPLEX_ORDER(N, T, P, RINT) \
  static inline int ad_##N##_less(T x, T y) { return x.re < y.re ? x.im == x.im && y.im == y.im : x.re == y.re && x.im < y.im; } \
  static inline int ad_##N##_less_equal(T x, T y) \
  { \
    return x.re < y.re ? x.im == x.im && y.im == y.im : x.re == y.re && x.im <= y.im; \
  } \
  static inline T ad_##N##_maximum(T x, T y) \
  { \
    int bad = x.re != x.re || x.im != x.im; \
    return bad || ad_##N##_less_equal(y, x) ? x : y; \
  } \
  static inline T ad_##N##_minimum(T x, T y) \
  { \
    int bad = x.re != x.re || x.im != x.im; \
    return bad || ad_##N##_less_equal(x, y) ? x : y; \
  } \
  static inline T ad_##N##_rint(T x) \
  { \
    T r; \
    r.re = RINT(x.re); \
    r.im = RINT(x.im); \
    return r; \
  }

AD__COMPLEX_ORDER(c64, ad_c64, float, rintf)
AD__COMPLEX_ORDER(c128, ad_c128, double, rint)

/* Sign and magnitude: away from zero the bits grow by one. INF: the bits of infinity. */
#define AD__HALF_NEIGHBOUR(N, INF) \
  static inline uint16_t ad_##N##_nextafter(uint16_t x, uint16_t y) \
  { \
    unsigned a = x & 0x7fffu, b = y & 0x7fffu; \
    int left = (x & 0x8000u) != 0 ? -(int)a : (int)a, right = (y & 0x8000u) != 0 ? -(int)b : (int)b; \
    int away = (right > left) == (left > 0); \
    unsigned step = (x & 0x8000u) | (away ? a + 1u : a - 1u); \
    unsigned r = a == 0 ? (y & 0x8000u) | 1u : step; \
    r = left == right ? y : r; \
    r = b > INF ? y : r; \
    return (uint16_t)(a > INF ? x : r); \
  }

AD__HALF_NEIGHBOUR(f16, 0x7c00u)
AD__HALF_NEIGHBOUR(bf16, 0x7f80u)

#endif
