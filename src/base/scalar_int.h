/* Scalar mathematics on integers of all eight widths: ad_<type>_<op> for u8 u16 u32 u64 i8 i16 i32 i64.
 *
 * The invariant: no argument is undefined behaviour. Arithmetic wraps (it goes through unsigned numbers at least 32 bits wide, so
 * that no promotion to int overflows); division by zero gives 0; the smallest number divided by -1 wraps to itself; a shift count
 * that is negative or not below the width shifts everything out.
 * Bodies are straight-line and vectorise, but for `power`, `gcd` and `lcm`, which loop on their data. Quotients of up to 32 bits
 * are taken in floating point, which is exact: a quotient k - 1/y lies at least k/2^width below k, far more than half a unit of
 * the last place. The text is also carried into printed C99.
 */
#ifndef AD_BASE_SCALAR_INT_H
#define AD_BASE_SCALAR_INT_H

#include <stdint.h>

#include "base/scalar_inline.h"

/* N: name, T: type, W: unsigned type of at least 32 bits in which arithmetic wraps, B: bits. */
#define AD__INT_RING(N, T, W, B) \
  AD_SCALAR T ad_##N##_add(T x, T y) { return (T)((W)x + (W)y); } \
  AD_SCALAR T ad_##N##_subtract(T x, T y) { return (T)((W)x - (W)y); } \
  AD_SCALAR T ad_##N##_multiply(T x, T y) { return (T)((W)x * (W)y); } \
  AD_SCALAR T ad_##N##_negative(T x) { return (T)(0u - (W)x); } \
  AD_SCALAR T ad_##N##_square(T x) { return (T)((W)x * (W)x); } \
  AD_SCALAR T ad_##N##_maximum(T x, T y) { return x > y ? x : y; } \
  AD_SCALAR T ad_##N##_minimum(T x, T y) { return x < y ? x : y; } \
  AD_SCALAR T ad_##N##_power_unsigned(T x, uint64_t n) { \
    W base = (W)x, r = 1; \
    while (n != 0) { \
      r = (n & 1u) != 0 ? r * base : r; \
      base *= base; \
      n >>= 1; \
    } \
    return (T)r; \
  }

#define AD__INT_UNSIGNED(N, T, W, B) \
  AD__INT_RING(N, T, W, B) \
  AD_SCALAR T ad_##N##_abs(T x) { return x; } \
  AD_SCALAR T ad_##N##_sign(T x) { return x != 0; } \
  AD_SCALAR T ad_##N##_floor_divide(T x, T y) { return ad_##N##_trunc_divide(x, y); } \
  AD_SCALAR T ad_##N##_remainder(T x, T y) { \
    T r = (T)((W)x - (W)ad_##N##_trunc_divide(x, y) * (W)y); \
    return y == 0 ? 0 : r; \
  } \
  AD_SCALAR T ad_##N##_fmod(T x, T y) { return ad_##N##_remainder(x, y); } \
  AD_SCALAR T ad_##N##_power(T x, T y) { return ad_##N##_power_unsigned(x, y); } \
  AD_SCALAR T ad_##N##_left_shift(T x, T y) { \
    T r = (T)((W)x << (y & (B - 1))); \
    return y < B ? r : 0; \
  } \
  AD_SCALAR T ad_##N##_right_shift(T x, T y) { \
    T r = (T)(x >> (y & (B - 1))); \
    return y < B ? r : 0; \
  } \
  AD_SCALAR T ad_##N##_gcd(T x, T y) { \
    while (y != 0) { \
      T r = (T)(x % y); \
      x = y; \
      y = r; \
    } \
    return x; \
  } \
  AD_SCALAR T ad_##N##_lcm(T x, T y) { \
    T g = ad_##N##_gcd(x, y); \
    return g == 0 ? 0 : ad_##N##_multiply((T)(x / g), y); \
  }

/* U: the unsigned type of the same width, UN its name. */
#define AD__INT_SIGNED(N, T, W, B, U, UN) \
  AD__INT_RING(N, T, W, B) \
  AD_SCALAR T ad_##N##_abs(T x) { return x < 0 ? ad_##N##_negative(x) : x; } \
  AD_SCALAR T ad_##N##_sign(T x) { return (T)((x > 0) - (x < 0)); } \
  AD_SCALAR T ad_##N##_floor_divide(T x, T y) { \
    T q = ad_##N##_trunc_divide(x, y); \
    T r = ad_##N##_subtract(x, ad_##N##_multiply(q, y)); \
    T below = ad_##N##_subtract(q, 1); \
    q = ((r != 0) & ((r < 0) != (y < 0))) ? below : q; \
    return y == 0 ? 0 : q; \
  } \
  AD_SCALAR T ad_##N##_remainder(T x, T y) { \
    T r = ad_##N##_subtract(x, ad_##N##_multiply(ad_##N##_floor_divide(x, y), y)); \
    return y == 0 ? 0 : r; \
  } \
  AD_SCALAR T ad_##N##_fmod(T x, T y) { \
    T r = ad_##N##_subtract(x, ad_##N##_multiply(ad_##N##_trunc_divide(x, y), y)); \
    return y == 0 ? 0 : r; \
  } \
  AD_SCALAR T ad_##N##_power(T x, T y) { return y < 0 ? 0 : ad_##N##_power_unsigned(x, (uint64_t)y); } \
  AD_SCALAR T ad_##N##_left_shift(T x, T y) { \
    T r = (T)((W)x << ((U)y & (B - 1))); \
    return ((y >= 0) & (y < B)) ? r : 0; \
  } \
  AD_SCALAR T ad_##N##_right_shift(T x, T y) { \
    int inside = (y >= 0) & (y < B), n = inside ? (int)y : B - 1; \
    T r = (T)(x < 0 ? ~(~x >> n) : x >> n); \
    T out = (T)(x < 0 ? -1 : 0); \
    return inside ? r : out; \
  } \
  AD_SCALAR T ad_##N##_gcd(T x, T y) { return (T)ad_##UN##_gcd((U)ad_##N##_abs(x), (U)ad_##N##_abs(y)); } \
  AD_SCALAR T ad_##N##_lcm(T x, T y) { return (T)ad_##UN##_lcm((U)ad_##N##_abs(x), (U)ad_##N##_abs(y)); }

/* Quotients toward zero. F is a floating type that holds every value of T. */
#define AD__INT_DIVIDE_UNSIGNED(N, T, F) \
  AD_SCALAR T ad_##N##_trunc_divide(T x, T y) { \
    T q = (T)((F)x / (F)(y == 0 ? 1 : y)); \
    return y == 0 ? 0 : q; \
  }
#define AD__INT_DIVIDE_SIGNED(N, T, F, MIN) \
  AD_SCALAR T ad_##N##_trunc_divide(T x, T y) { \
    T d = (T)(((y == 0) | ((y == -1) & (x == MIN))) ? 1 : y); \
    T q = (T)((F)x / (F)d); \
    return y == 0 ? 0 : q; \
  }

AD__INT_DIVIDE_UNSIGNED(u8, uint8_t, float)
AD__INT_DIVIDE_UNSIGNED(u16, uint16_t, float)
AD__INT_DIVIDE_UNSIGNED(u32, uint32_t, double)
AD__INT_DIVIDE_UNSIGNED(u64, uint64_t, uint64_t)
AD__INT_DIVIDE_SIGNED(i8, int8_t, float, INT8_MIN)
AD__INT_DIVIDE_SIGNED(i16, int16_t, float, INT16_MIN)
AD__INT_DIVIDE_SIGNED(i32, int32_t, double, INT32_MIN)
AD__INT_DIVIDE_SIGNED(i64, int64_t, int64_t, INT64_MIN)

AD__INT_UNSIGNED(u8, uint8_t, uint32_t, 8)
AD__INT_UNSIGNED(u16, uint16_t, uint32_t, 16)
AD__INT_UNSIGNED(u32, uint32_t, uint32_t, 32)
AD__INT_UNSIGNED(u64, uint64_t, uint64_t, 64)
AD__INT_SIGNED(i8, int8_t, uint32_t, 8, uint8_t, u8)
AD__INT_SIGNED(i16, int16_t, uint32_t, 16, uint16_t, u16)
AD__INT_SIGNED(i32, int32_t, uint32_t, 32, uint32_t, u32)
AD__INT_SIGNED(i64, int64_t, uint64_t, 64, uint64_t, u64)

#endif
