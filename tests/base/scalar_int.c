/* Integer scalar mathematics and casts: exhaustive for 8 bits, edges and random numbers for the wider types.
 *
 * The truth is computed in 64-bit or floating-point arithmetic wide enough not to wrap, then wrapped once. */
#include "base/scalar_int.h"

#include "../check.h"
#include "base/scalar_cast.h"
#include "scalar_ulp.h"

static int64_t floor_divided(int64_t x, int64_t y) {
  int64_t q = y == 0 ? 0 : x / y;
  return y != 0 && x % y != 0 && (x % y < 0) != (y < 0) ? q - 1 : q;
}

static int64_t powered(int64_t x, int64_t n, int is_signed) {
  uint64_t r = 1;
  if (is_signed && n < 0) return 0;
  for (int64_t i = 0; i < n; i++) r *= (uint64_t)x;
  return (int64_t)r;
}

#define CHECK_PAIR(t, T, B, is_signed) \
  do { \
    int64_t q = floor_divided(x, y), r = y == 0 ? 0 : x - q * y, inside = y >= 0 && y < B; \
    CHECK_INT(ad_##t##_add((T)x, (T)y), (T)(x + y)); \
    CHECK_INT(ad_##t##_subtract((T)x, (T)y), (T)(x - y)); \
    CHECK_INT(ad_##t##_multiply((T)x, (T)y), (T)(x * y)); \
    CHECK_INT(ad_##t##_floor_divide((T)x, (T)y), (T)q); \
    CHECK_INT(ad_##t##_remainder((T)x, (T)y), (T)r); \
    CHECK_INT(ad_##t##_trunc_divide((T)x, (T)y), (T)(y == 0 ? 0 : x / y)); \
    CHECK_INT(ad_##t##_fmod((T)x, (T)y), (T)(y == 0 ? 0 : x % y)); \
    CHECK_INT(ad_##t##_maximum((T)x, (T)y), x > y ? x : y); \
    CHECK_INT(ad_##t##_minimum((T)x, (T)y), x < y ? x : y); \
    CHECK_INT(ad_##t##_left_shift((T)x, (T)y), (T)(inside ? (int64_t)((uint64_t)x << y) : 0)); \
    CHECK_INT(ad_##t##_right_shift((T)x, (T)y), (T)(inside ? floor_divided(x, INT64_C(1) << y) : x < 0 ? -1 : 0)); \
  } while (0)

#define CHECK_ONE(t, T) \
  do { \
    CHECK_INT(ad_##t##_negative((T)x), (T)-x); \
    CHECK_INT(ad_##t##_abs((T)x), (T)(x < 0 ? -x : x)); \
    CHECK_INT(ad_##t##_sign((T)x), (T)((x > 0) - (x < 0))); \
    CHECK_INT(ad_##t##_square((T)x), (T)(x * x)); \
  } while (0)

TEST(bytes_exhaustively) {
  for (int64_t x = -128; x < 128; x++) {
    CHECK_ONE(i8, int8_t);
    for (int64_t y = -128; y < 128; y++) {
      CHECK_PAIR(i8, int8_t, 8, 1);
      CHECK_INT(ad_i8_power((int8_t)x, (int8_t)y), (int8_t)powered(x, y, 1));
    }
  }
  for (int64_t x = 0; x < 256; x++) {
    CHECK_ONE(u8, uint8_t);
    for (int64_t y = 0; y < 256; y++) {
      CHECK_PAIR(u8, uint8_t, 8, 0);
      CHECK_INT(ad_u8_power((uint8_t)x, (uint8_t)y), (uint8_t)powered(x, y, 0));
    }
  }
}

static const int64_t edges[] = {0,     1,     2,     3,     5,     7,          8,           15,         16,  17,
                                31,    32,    33,    63,    64,    100,        127,         128,        255, 256,
                                32767, 32768, 65535, 65536, 46341, 2147483647, 2147483648,  4294967295, -1,  -2,
                                -3,    -7,    -8,    -100,  -128,  -32768,     -2147483647, -2147483648};
enum { EDGES = sizeof edges / sizeof *edges };

#define EDGE_LOOP(t, T, B, is_signed) \
  for (int i = 0; i < EDGES + 3000; i++) \
    for (int j = 0; j < (i < EDGES ? EDGES : 1); j++) { \
      int64_t x = (T)(i < EDGES ? edges[i] : (int64_t)next_bits(&state)), \
              y = (T)(i < EDGES ? edges[j] : (int64_t)(next_bits(&state) >> (i % 50))); \
      CHECK_ONE(t, T); \
      CHECK_PAIR(t, T, B, is_signed); \
    }

TEST(words) {
  uint64_t state = 3;
  EDGE_LOOP(i16, int16_t, 16, 1)
  EDGE_LOOP(u16, uint16_t, 16, 0)
  EDGE_LOOP(i32, int32_t, 32, 1)
  CHECK_INT(ad_u32_multiply(4294967295u, 4294967295u), 1);
  CHECK_INT(ad_u32_floor_divide(4294967295u, 2), 2147483647);
  CHECK_INT(ad_u32_remainder(4294967295u, 10), 5);
  CHECK_INT(ad_u32_floor_divide(5, 0), 0);
  CHECK_INT(ad_u32_left_shift(1, 31), 2147483648);
  CHECK_INT(ad_u32_left_shift(1, 32), 0);
  for (int i = 0; i < 3000; i++) {
    uint64_t u = next_bits(&state);
    uint32_t x = (uint32_t)u, y = (uint32_t)(u >> 32) >> (i % 32);
    CHECK_INT(ad_u32_floor_divide(x, y), y == 0 ? 0 : x / y);
    CHECK_INT(ad_u32_remainder(x, y), y == 0 ? 0 : x % y);
  }
}

TEST(long_words) {
  CHECK_INT(ad_i64_floor_divide(INT64_MIN, -1), INT64_MIN);
  CHECK_INT(ad_i64_remainder(INT64_MIN, -1), 0);
  CHECK_INT(ad_i64_floor_divide(7, 0), 0);
  CHECK_INT(ad_i64_remainder(7, 0), 0);
  CHECK_INT(ad_i64_floor_divide(-7, 2), -4);
  CHECK_INT(ad_i64_remainder(-7, 2), 1);
  CHECK_INT(ad_i64_remainder(7, -2), -1);
  CHECK_INT(ad_i64_fmod(-7, 2), -1);
  CHECK_INT(ad_i64_abs(INT64_MIN), INT64_MIN);
  CHECK_INT(ad_i64_negative(INT64_MIN), INT64_MIN);
  CHECK_INT(ad_i64_add(INT64_MAX, 1), INT64_MIN);
  CHECK_INT(ad_i64_multiply(INT64_MAX, INT64_MAX), 1);
  CHECK_INT(ad_i64_left_shift(1, 63), INT64_MIN);
  CHECK_INT(ad_i64_left_shift(1, 64), 0);
  CHECK_INT(ad_i64_left_shift(1, -1), 0);
  CHECK_INT(ad_i64_right_shift(INT64_MIN, 63), -1);
  CHECK_INT(ad_i64_right_shift(-5, 64), -1);
  CHECK_INT(ad_i64_right_shift(-5, -1), -1);
  CHECK_INT(ad_i64_right_shift(5, -1), 0);
  CHECK_INT(ad_i64_power(3, 39), INT64_C(4052555153018976267));
  CHECK_INT(ad_i64_power(-2, 63), INT64_MIN);
  CHECK_INT(ad_i64_power(2, -1), 0);
  CHECK_INT(ad_i64_power(0, 0), 1);
  CHECK(ad_u64_floor_divide(UINT64_MAX, 3) == UINT64_MAX / 3 && ad_u64_remainder(UINT64_MAX, 10) == 5 &&
        ad_u64_remainder(3, 0) == 0);
  CHECK(ad_u64_power(3, UINT64_MAX) == UINT64_C(12297829382473034411)); /* the inverse of 3 */
  CHECK_INT(ad_i32_gcd(-12, 18), 6);
  CHECK_INT(ad_i32_gcd(0, 0), 0);
  CHECK_INT(ad_i32_gcd(INT32_MIN, 6), 2);
  CHECK_INT(ad_i32_lcm(-4, 6), 12);
  CHECK_INT(ad_u8_lcm(0, 5), 0);
}

/* A float saturates into T, NaN becomes 0; the truth goes through double, which holds the ends of all but 64-bit types. */
#define CHECK_SATURATES(t, T, MIN, MAX) \
  do { \
    int64_t want = isnan(d) ? 0 : d <= (double)MIN ? (int64_t)MIN : d >= (double)MAX ? (int64_t)MAX : (int64_t)d; \
    CHECK_INT(ad_cast_f32_##t(f), (T)want); \
    CHECK_INT(ad_cast_f64_##t((double)f), (T)want); \
  } while (0)

TEST(casts_to_integers) {
  uint64_t state = 11;
  static const float values[] = {0.0f,
                                 -0.0f,
                                 0.5f,
                                 -0.5f,
                                 0.99f,
                                 -0.99f,
                                 -1.0f,
                                 1.5f,
                                 -1.5f,
                                 127.0f,
                                 127.9f,
                                 128.0f,
                                 -128.9f,
                                 -129.0f,
                                 255.9f,
                                 256.0f,
                                 32767.5f,
                                 65535.9f,
                                 65536.0f,
                                 2147483520.0f,
                                 2147483648.0f,
                                 -2147483648.0f,
                                 4294967040.0f,
                                 4294967296.0f,
                                 1e30f,
                                 -1e30f,
                                 INFINITY,
                                 -INFINITY,
                                 NAN,
                                 9223371487098961920.0f,
                                 9223372036854775808.0f,
                                 -9223372036854775808.0f,
                                 18446742974197923840.0f};
  enum { VALUES = sizeof values / sizeof *values };
  for (int i = 0; i < VALUES + 20000; i++) {
    union {
      uint32_t u;
      float f;
    } v;
    v.u = (uint32_t)next_bits(&state);
    float f = i < VALUES ? values[i] : v.f;
    double d = (double)f;
    CHECK_SATURATES(i8, int8_t, INT8_MIN, INT8_MAX);
    CHECK_SATURATES(u8, uint8_t, 0, UINT8_MAX);
    CHECK_SATURATES(i16, int16_t, INT16_MIN, INT16_MAX);
    CHECK_SATURATES(u16, uint16_t, 0, UINT16_MAX);
    CHECK_SATURATES(i32, int32_t, INT32_MIN, INT32_MAX);
    CHECK_SATURATES(u32, uint32_t, 0, UINT32_MAX);
    CHECK_SATURATES(i64, int64_t, INT64_MIN, INT64_MAX);
    CHECK(ad_cast_f32_u64(f) == (isnan(f) || f <= 0 ? 0 : f >= 18446744073709551616.0f ? UINT64_MAX : (uint64_t)f));
    CHECK_INT(ad_cast_f32_b8(f), f != 0);
  }
  CHECK(ad_cast_f64_i64(9223372036854774784.0) == INT64_C(9223372036854774784) &&
        ad_cast_f64_u64(18446744073709549568.0) == UINT64_C(18446744073709549568));
  CHECK(ad_cast_f64_i32(2147483647.9) == INT32_MAX && ad_cast_f64_i32(-2147483648.9) == INT32_MIN && ad_cast_f64_u8(-0.5) == 0);
}

TEST(casts_between_kinds) {
  ad_c64 z = ad_cast_f64_c64(1.5);
  ad_c128 w = {0.0, -2.0};
  CHECK(z.re == 1.5f && z.im == 0.0f && ad_cast_c64_f64(z) == 1.5 && ad_cast_c64_i32(z) == 1);
  CHECK(ad_cast_c128_b8(w) == 1 && ad_cast_c128_f32(w) == 0.0f && ad_cast_c128_c64(w).im == -2.0f);
  CHECK_INT(ad_cast_i32_u8(-1), 255);
  CHECK_INT(ad_cast_i64_i16(65535 + 65536), -1);
  CHECK_INT(ad_cast_u64_i8(200), -56);
  CHECK_INT(ad_cast_i32_b8(256), 1);
  CHECK_INT(ad_cast_b8_i64(1), 1);
  CHECK(ad_cast_i32_f32(16777217) == 16777216.0f && ad_cast_i32_f32(16777219) == 16777220.0f &&
        ad_cast_u64_f64(UINT64_MAX) == 18446744073709551616.0);
  CHECK(ad_cast_i64_f32(INT64_C(9007199791611905)) == 9007200328482816.0f); /* one rounding, not two */
}

CHECK_MAIN(CASE(bytes_exhaustively), CASE(words), CASE(long_words), CASE(casts_to_integers), CASE(casts_between_kinds))
