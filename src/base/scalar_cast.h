/* Casts between all lane types: ad_cast_<from>_<to> for b8 u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 c64 c128.
 *
 * The invariant: every cast is defined for every value. Integers wrap to fewer bits; floating-point numbers lose their fraction,
 * saturate at the ends of the integer's range, and NaN becomes 0; integers become the nearest floating-point number; anything
 * that is not zero (NaN too) is true; a complex number loses its imaginary part, a real one gets a zero as its imaginary part.
 * Booleans are stored as uint8_t 0 or 1. The narrow floating types are storage, not lanes: see scalar_half.h.
 */
#ifndef AD_BASE_SCALAR_CAST_H
#define AD_BASE_SCALAR_CAST_H

#include <stdint.h>

#include <adamant/complex.h>

#include "base/scalar_inline.h"

/* From a real type F named f to the types whose conversion is C's own. */
#define AD__CAST_REAL(f, F) \
  AD_SCALAR uint8_t ad_cast_##f##_b8(F x) { return x != 0; } \
  AD_SCALAR float ad_cast_##f##_f32(F x) { return (float)x; } \
  AD_SCALAR double ad_cast_##f##_f64(F x) { return (double)x; } \
  AD_SCALAR ad_c64 ad_cast_##f##_c64(F x) { \
    ad_c64 r; \
    r.re = (float)x; \
    r.im = 0.0f; \
    return r; \
  } \
  AD_SCALAR ad_c128 ad_cast_##f##_c128(F x) { \
    ad_c128 r; \
    r.re = (double)x; \
    r.im = 0.0; \
    return r; \
  }

#define AD__CAST_WRAP(f, F, t, T) \
  AD_SCALAR T ad_cast_##f##_##t(F x) { return (T)x; }
#define AD__CAST_INTEGER(f, F) \
  AD__CAST_REAL(f, F) \
  AD__CAST_WRAP(f, F, u8, uint8_t) \
  AD__CAST_WRAP(f, F, u16, uint16_t) \
  AD__CAST_WRAP(f, F, u32, uint32_t) \
  AD__CAST_WRAP(f, F, u64, uint64_t) \
  AD__CAST_WRAP(f, F, i8, int8_t) \
  AD__CAST_WRAP(f, F, i16, int16_t) \
  AD__CAST_WRAP(f, F, i32, int32_t) \
  AD__CAST_WRAP(f, F, i64, int64_t)

/* LOW and HIGH are powers of two, or LOW is -1 for unsigned types: what is strictly between converts, the rest is an end. */
#define AD__CAST_SATURATE(f, F, t, T, LOW, HIGH, MIN, MAX) \
  AD_SCALAR T ad_cast_##f##_##t(F x) { \
    T r = (T)(x > (F)LOW && x < (F)HIGH ? x : (F)0); \
    r = x >= (F)HIGH ? MAX : r; \
    return x <= (F)LOW ? MIN : r; \
  }
#define AD__CAST_FLOAT(f, F) \
  AD__CAST_REAL(f, F) \
  AD__CAST_SATURATE(f, F, u8, uint8_t, -1.0, 256.0, 0, UINT8_MAX) \
  AD__CAST_SATURATE(f, F, u16, uint16_t, -1.0, 65536.0, 0, UINT16_MAX) \
  AD__CAST_SATURATE(f, F, u32, uint32_t, -1.0, 4294967296.0, 0, UINT32_MAX) \
  AD__CAST_SATURATE(f, F, u64, uint64_t, -1.0, 18446744073709551616.0, 0, UINT64_MAX) \
  AD__CAST_SATURATE(f, F, i8, int8_t, -128.0, 128.0, INT8_MIN, INT8_MAX) \
  AD__CAST_SATURATE(f, F, i16, int16_t, -32768.0, 32768.0, INT16_MIN, INT16_MAX) \
  AD__CAST_SATURATE(f, F, i32, int32_t, -2147483648.0, 2147483648.0, INT32_MIN, INT32_MAX) \
  AD__CAST_SATURATE(f, F, i64, int64_t, -9223372036854775808.0, 9223372036854775808.0, INT64_MIN, INT64_MAX)

AD__CAST_INTEGER(b8, uint8_t)
AD__CAST_INTEGER(u8, uint8_t)
AD__CAST_INTEGER(u16, uint16_t)
AD__CAST_INTEGER(u32, uint32_t)
AD__CAST_INTEGER(u64, uint64_t)
AD__CAST_INTEGER(i8, int8_t)
AD__CAST_INTEGER(i16, int16_t)
AD__CAST_INTEGER(i32, int32_t)
AD__CAST_INTEGER(i64, int64_t)
AD__CAST_FLOAT(f32, float)
AD__CAST_FLOAT(f64, double)

/* From a complex type F named f whose parts are of the real type named p. */
#define AD__CAST_PART(f, F, p, t, T) \
  AD_SCALAR T ad_cast_##f##_##t(F x) { return ad_cast_##p##_##t(x.re); }
#define AD__CAST_COMPLEX(f, F, p) \
  AD_SCALAR uint8_t ad_cast_##f##_b8(F x) { return x.re != 0 || x.im != 0; } \
  AD_SCALAR ad_c64 ad_cast_##f##_c64(F x) { \
    ad_c64 r; \
    r.re = (float)x.re; \
    r.im = (float)x.im; \
    return r; \
  } \
  AD_SCALAR ad_c128 ad_cast_##f##_c128(F x) { \
    ad_c128 r; \
    r.re = (double)x.re; \
    r.im = (double)x.im; \
    return r; \
  } \
  AD__CAST_PART(f, F, p, u8, uint8_t) \
  AD__CAST_PART(f, F, p, u16, uint16_t) \
  AD__CAST_PART(f, F, p, u32, uint32_t) \
  AD__CAST_PART(f, F, p, u64, uint64_t) \
  AD__CAST_PART(f, F, p, i8, int8_t) \
  AD__CAST_PART(f, F, p, i16, int16_t) \
  AD__CAST_PART(f, F, p, i32, int32_t) \
  AD__CAST_PART(f, F, p, i64, int64_t) \
  AD__CAST_PART(f, F, p, f32, float) \
  AD__CAST_PART(f, F, p, f64, double)

AD__CAST_COMPLEX(c64, ad_c64, f32)
AD__CAST_COMPLEX(c128, ad_c128, f64)

#endif
