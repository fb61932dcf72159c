/* Elementwise ops: special values, attributes, dtypes, weak scalars, messages, memory. Random operands and the comparison
 * with NumPy are in elementwise_random.c. */
#include <stdlib.h>
#include <adamant/ops.h>
#include "check.h"

static ad_ctx *c;

static ad_array *floats(int64_t n, const float *v) { return ad_array_new(c, AD_FLOAT32, AD_SHAPE(n), v); }
static ad_array *ints(int64_t n, const int32_t *v) { return ad_array_new(c, AD_INT32, AD_SHAPE(n), v); }
#define FLOATS(...) floats((int64_t)(sizeof((float[]){__VA_ARGS__}) / sizeof(float)), (const float[]){__VA_ARGS__})
#define INTS(...) ints((int64_t)(sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t)), (const int32_t[]){__VA_ARGS__})

/* The bits of float32 results, with signs of zeros; NaN equals NaN. */
static void expect(ad_array *y, int n, const float *want) {
  float got[32];
  if (ad_is_error(y)) CHECK_STR(ad_error_text(y), "");
  CHECK_INT(ad_array_dtype(y), AD_FLOAT32);
  CHECK_STOP(ad_read(y, got, (size_t)n * sizeof *got) == AD_OK);
  for (int i = 0; i < n; i++) {
    CHECK_NEAR(got[i], want[i], 0);
    if (want[i] == 0) CHECK_INT(signbit(got[i]) != 0, signbit(want[i]) != 0);
  }
}
#define EXPECT(y, ...) expect(y, (int)(sizeof((float[]){__VA_ARGS__}) / sizeof(float)), (const float[]){__VA_ARGS__})

static void expect_ints(ad_array *y, ad_dtype t, int n, const int64_t *want) {
  int64_t got[32];
  if (ad_is_error(y)) CHECK_STR(ad_error_text(y), "");
  CHECK_INT(ad_array_dtype(y), t);
  ad_array *wide = ad_cast(y, AD_INT64);
  CHECK_STOP(ad_read(wide, got, (size_t)n * sizeof *got) == AD_OK);
  for (int i = 0; i < n; i++) CHECK_INT(got[i], want[i]);
}
#define EXPECT_INTS(y, t, ...) \
  expect_ints(y, t, (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]){__VA_ARGS__})

static void expect_error(ad_array *y, ad_status code, const char *part) {
  CHECK_INT(ad_error_code(y), code);
  CHECK_STR_HAS(ad_error_text(y), part);
}

TEST(integers_never_trap) {
  ad_array *a = INTS(-7, 7, -7, 7, 5, 0, INT32_MIN), *b = INTS(2, -2, -2, 2, 0, 0, -1);
  EXPECT_INTS(ad_floor_divide(a, b), AD_INT32, -4, -4, 3, 3, 0, 0, INT32_MIN);
  EXPECT_INTS(ad_remainder(a, b), AD_INT32, 1, -1, -1, 1, 0, 0, 0);
  ad_array *pair = ad_divmod(a, b);
  EXPECT_INTS(ad_item(pair, 0), AD_INT32, -4, -4, 3, 3, 0, 0, INT32_MIN);
  EXPECT_INTS(ad_item(pair, 1), AD_INT32, 1, -1, -1, 1, 0, 0, 0);
  EXPECT_INTS(ad_abs(INTS(INT32_MIN, -3, 3)), AD_INT32, INT32_MIN, 3, 3);
  EXPECT_INTS(ad_negative(INTS(INT32_MIN, 3)), AD_INT32, INT32_MIN, -3);
  EXPECT_INTS(ad_add(INTS(INT32_MAX), INTS(1)), AD_INT32, INT32_MIN);
  EXPECT_INTS(ad_power(INTS(3, -2, 5, 0, 2), INTS(4, 3, -1, 0, 31)), AD_INT32, 81, -8, 0, 1, INT32_MIN);
  EXPECT_INTS(ad_left_shift(INTS(1, 1, -1, 1), INTS(4, 32, 40, -1)), AD_INT32, 16, 0, 0, 0);
  EXPECT_INTS(ad_right_shift(INTS(-8, -8, 8, -1), INTS(1, 32, 99, -2)), AD_INT32, -4, -1, 0, -1);
}

TEST(special_values) {
  EXPECT(ad_floor_divide(FLOATS(-7, 7, 1, -1, 0), FLOATS(2, -2, 0, 0, 0)), -4, -4, INFINITY, -INFINITY, NAN);
  EXPECT(ad_remainder(FLOATS(-7, 7, 1, 5, -0.0f), FLOATS(2, -2, 0, INFINITY, 3)), 1, -1, NAN, 5, 0);
  EXPECT(ad_maximum(FLOATS(1, NAN, 2, -0.0f), FLOATS(NAN, 1, 3, 0)), NAN, NAN, 3, 0);
  EXPECT(ad_minimum(FLOATS(1, NAN, 2, -0.0f), FLOATS(NAN, 1, 3, 0)), NAN, NAN, 2, -0.0f);
  EXPECT(ad_sign(FLOATS(-3, 0, 4, NAN, -0.0f)), -1, 0, 1, NAN, 0);
  EXPECT(ad_sqrt(FLOATS(4, -1, 0, INFINITY)), 2, NAN, 0, INFINITY);
  EXPECT(ad_log(FLOATS(1, 0, -1, INFINITY)), 0, -INFINITY, NAN, INFINITY);
  EXPECT(ad_power(FLOATS(0, 0, -8, 2), FLOATS(0, -1, 2, 10)), 1, INFINITY, 64, 1024);
  EXPECT(ad_relu(FLOATS(-1, 0, 2, NAN, -INFINITY)), 0, 0, 2, NAN, 0);
  EXPECT(ad_gelu(FLOATS(0, INFINITY, -INFINITY, NAN)), 0, INFINITY, -0.0f, NAN);
  EXPECT(ad_copysign(FLOATS(1, -2, 3), FLOATS(-0.0f, 0, -NAN)), -1, 2, -3);
  EXPECT(ad_hypot(FLOATS(3, 3e30f, NAN), FLOATS(4, 4e30f, INFINITY)), 5, 5e30f, INFINITY);
  EXPECT(ad_logaddexp(FLOATS(-INFINITY, INFINITY, 0), FLOATS(-INFINITY, INFINITY, -INFINITY)), -INFINITY, INFINITY, 0);
  EXPECT(ad_nextafter(FLOATS(0, 1, 1), FLOATS(1, 1, 2)), 0x1p-149f, 1, 0x1.000002p0f);
  EXPECT(ad_sin(FLOATS(0, 1e30f, INFINITY)), 0, -0.791163445f, NAN);
  EXPECT(ad_rint(FLOATS(0.5f, 1.5f, 2.5f, -0.5f)), 0, 2, 2, -0.0f);
}

TEST(neighbours_of_halves) {
  const uint16_t from[] = {0x3c00, 0x3c00, 0x0000, 0x8000, 0x0001, 0x7bff, 0x3c00, 0x7e00};
  const uint16_t to[] = {0x4000, 0x0000, 0x3c00, 0xbc00, 0x8000, 0x7c00, 0x3c00, 0x3c00};
  const uint16_t want[] = {0x3c01, 0x3bff, 0x0001, 0x8001, 0x0000, 0x7c00, 0x3c00, 0x7e00};
  uint16_t got[8];
  ad_array *a = ad_array_new(c, AD_FLOAT16, AD_SHAPE(8), from), *b = ad_array_new(c, AD_FLOAT16, AD_SHAPE(8), to);
  CHECK_STOP(ad_read(ad_nextafter(a, b), got, sizeof got) == AD_OK);
  for (int i = 0; i < 8; i++) CHECK_INT(got[i], want[i]);
}

static double half_value(uint16_t h) {
  double m = h & 0x3ff;
  int e = h >> 10 & 31;
  double v = e == 31 ? (m ? NAN : INFINITY) : e ? ldexp(1024 + m, e - 25) : ldexp(m, -24);
  return h & 0x8000 ? -v : v;
}

/* Within one unit in the last place of float16, for all of them: a shorter form than float32's computes it. */
TEST(gelu_of_every_half) {
  static uint16_t x[65536], y[65536];
  for (int i = 0; i < 65536; i++) x[i] = (uint16_t)i;
  CHECK_STOP(ad_read(ad_gelu(ad_array_new(c, AD_FLOAT16, AD_SHAPE(65536), x)), y, sizeof y) == AD_OK);
  for (int i = 0; i < 65536; i++) {
    double v = half_value(x[i]), want = 0.5 * v * erfc(-v * 0.70710678118654752440), got = half_value(y[i]);
    if (isinf(v)) want = v > 0 ? v : 0;
    double unit = fmax(ldexp(1, -24), ldexp(1, ilogb(want == 0 || !isfinite(want) ? 1e-9 : want) - 10));
    if (!check_is_near(got, want, unit)) CHECK_FAIL("gelu(%g) is %g, expected %g", v, got, want);
  }
}

TEST(rounding_to_places) {
  ad_array *a = FLOATS(1.255f, -2.5f, 1234.5f, 3e38f, NAN, INFINITY);
  EXPECT(ad_round(a, NULL), 1, -2, 1234, 3e38f, NAN, INFINITY);
  EXPECT(ad_round(a, &(ad_round_opts){.decimals = AD_INT(1)}), 1.3f, -2.5f, 1234.5f, 3e38f, NAN, INFINITY);
  EXPECT(ad_round(a, &(ad_round_opts){.decimals = AD_INT(-2)}), 0, -0.0f, 1200, 3e38f, NAN, INFINITY);
  EXPECT(ad_round(a, &(ad_round_opts){.decimals = AD_INT(60)}), 1.255f, -2.5f, 1234.5f, 3e38f, NAN, INFINITY);
  EXPECT(ad_round(FLOATS(5, -5), &(ad_round_opts){.decimals = AD_INT(-60)}), 0, -0.0f);
  EXPECT_INTS(ad_round(INTS(15, -15), &(ad_round_opts){.decimals = AD_INT(-1)}), AD_INT32, 15, -15);
  double x[] = {2.675, 1.005}, got[2]; /* in its own precision, hence as NumPy */
  ad_array *d = ad_round(ad_array_new(c, AD_FLOAT64, AD_SHAPE(2), x), &(ad_round_opts){.decimals = AD_INT(2)});
  CHECK_STOP(ad_read(d, got, sizeof got) == AD_OK);
  CHECK_NEAR(got[0], 2.68, 1e-15);
  CHECK_NEAR(got[1], 1.0, 0);
}

TEST(what_is_not_a_number) {
  ad_array *a = FLOATS(NAN, INFINITY, -INFINITY, 1);
  EXPECT(ad_nan_to_num(a, NULL), 0, 0x1.fffffep127f, -0x1.fffffep127f, 1);
  EXPECT(ad_nan_to_num(a, &(ad_nan_to_num_opts){.nan = AD_NUM(7), .posinf = AD_NUM(8), .neginf = AD_NUM(0)}), 7, 8, 0, 1);
  EXPECT_INTS(ad_nan_to_num(INTS(3), NULL), AD_INT32, 3);
  EXPECT_INTS(ad_isnan(a), AD_BOOL, 1, 0, 0, 0);
  EXPECT_INTS(ad_isinf(a), AD_BOOL, 0, 1, 1, 0);
  EXPECT_INTS(ad_isfinite(a), AD_BOOL, 0, 0, 0, 1);
  EXPECT_INTS(ad_isposinf(a), AD_BOOL, 0, 1, 0, 0);
  EXPECT_INTS(ad_isneginf(a), AD_BOOL, 0, 0, 1, 0);
  EXPECT_INTS(ad_isfinite(INTS(1, 2)), AD_BOOL, 1, 1);
  EXPECT_INTS(ad_signbit(FLOATS(-0.0f, 0, -1)), AD_BOOL, 1, 0, 1);
  ad_c64 z[] = {{NAN, INFINITY}, {1, -2}}, got[2];
  CHECK_STOP(ad_read(ad_nan_to_num(ad_array_new(c, AD_COMPLEX64, AD_SHAPE(2), z), NULL), got, sizeof got) == AD_OK);
  CHECK_NEAR(got[0].re, 0, 0);
  CHECK_NEAR(got[0].im, 0x1.fffffep127f, 0);
  CHECK_NEAR(got[1].im, -2, 0);
}

TEST(closeness) {
  ad_array *a = FLOATS(1, 1, INFINITY, INFINITY, NAN, 100), *b = FLOATS(1 + 1e-6f, 1.1f, INFINITY, -INFINITY, NAN, 100.0005f);
  EXPECT_INTS(ad_isclose(a, b, NULL), AD_BOOL, 1, 0, 1, 0, 0, 1);
  EXPECT_INTS(ad_isclose(a, b, &(ad_isclose_opts){.rtol = AD_NUM(0), .atol = AD_NUM(0.2), .equal_nan = true}), AD_BOOL, 1, 1,
              1, 0, 1, 1);
  uint8_t small[] = {1}, large[] = {255};
  ad_array *x = ad_array_new(c, AD_UINT8, AD_SHAPE(1), small), *y = ad_array_new(c, AD_UINT8, AD_SHAPE(1), large);
  EXPECT_INTS(ad_isclose(x, y, &(ad_isclose_opts){.atol = AD_NUM(3)}), AD_BOOL, 0);
}

TEST(whole_arrays) {
  ad_array *a = FLOATS(1, 2, NAN), *b = FLOATS(1, 2, NAN), *d = FLOATS(1, 2);
  EXPECT_INTS(ad_array_equal(a, b, NULL), AD_BOOL, 0);
  EXPECT_INTS(ad_array_equal(a, b, &(ad_array_equal_opts){.equal_nan = true}), AD_BOOL, 1);
  EXPECT_INTS(ad_array_equal(a, d, NULL), AD_BOOL, 0);
  EXPECT_INTS(ad_array_equal(d, INTS(1, 2), NULL), AD_BOOL, 1);
  EXPECT_INTS(ad_allclose(d, FLOATS(1, 2.00001f), NULL), AD_BOOL, 1);
  EXPECT_INTS(ad_allclose(d, ad_number(c, 1), NULL), AD_BOOL, 0);
  EXPECT_INTS(ad_allclose(d, ad_number(c, 1), &(ad_allclose_opts){.atol = AD_NUM(2)}), AD_BOOL, 1);
  CHECK_INT(ad_array_rank(ad_allclose(d, d, NULL)), 0);
  expect_error(ad_allclose(a, d, NULL), AD_E_VALUE, "allclose: axis -1 is 3 in one and 2 in the other");
}

TEST(clipping) {
  ad_array *a = FLOATS(-2, 0.5f, 3, NAN), *low = ad_number(c, 0), *high = ad_number(c, 1);
  EXPECT(ad_clip(a, low, high), 0, 0.5f, 1, NAN);
  EXPECT(ad_clip(a, low, NULL), 0, 0.5f, 3, NAN);
  EXPECT(ad_clip(a, NULL, high), -2, 0.5f, 1, NAN);
  expect_error(ad_clip(a, NULL, NULL), AD_E_VALUE, "clip: neither a_min nor a_max is given; at least one is right");
  CHECK_INT(ad_array_dtype(ad_clip(INTS(1), low, high)), AD_FLOAT32);
}

TEST(eight_bit_floats) {
  float x[] = {0, 1, -1.0625f, 448, 1000, -INFINITY, NAN, 0x1p-9f, 0x1p-11f};
  uint8_t q[9];
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(9), x), *packed = ad_to_fp8(a);
  CHECK_INT(ad_array_dtype(packed), AD_UINT8);
  CHECK_STOP(ad_read(packed, q, sizeof q) == AD_OK);
  const uint8_t want[] = {0, 0x38, 0xb8, 0x7e, 0x7e, 0xfe, 0x7f, 0x01, 0x00};
  for (int i = 0; i < 9; i++) CHECK_INT(q[i], want[i]);
  EXPECT(ad_from_fp8(packed, &(ad_from_fp8_opts){.dtype = AD_FLOAT32}), 0, 1, -1, 448, 448, -448, NAN, 0x1p-9f, 0);
  CHECK_INT(ad_array_dtype(ad_from_fp8(packed, NULL)), AD_BFLOAT16);
  EXPECT(ad_cast(ad_from_fp8(packed, NULL), AD_FLOAT32), 0, 1, -1, 448, 448, -448, NAN, 0x1p-9f, 0);
  expect_error(ad_from_fp8(a, NULL), AD_E_TYPE, "from_fp8: dtype float32; the bits of 8-bit floats are uint8");
}

TEST(parts_of_complex_numbers) {
  ad_c64 z[] = {{3, -4}, {0, 2}}, got[2];
  ad_array *a = ad_array_new(c, AD_COMPLEX64, AD_SHAPE(2), z);
  EXPECT(ad_abs(a), 5, 2);
  EXPECT(ad_real(a), 3, 0);
  EXPECT(ad_imag(a), -4, 2);
  EXPECT(ad_imag(FLOATS(1, 2)), 0, 0);
  CHECK_STOP(ad_read(ad_conjugate(a), got, sizeof got) == AD_OK);
  CHECK_NEAR(got[0].im, 4, 0);
  CHECK_STOP(ad_read(ad_make_complex(FLOATS(1, 2), FLOATS(3, 4)), got, sizeof got) == AD_OK);
  CHECK_NEAR(got[1].im, 4, 0);
  CHECK_STOP(ad_read(ad_sign(a), got, sizeof got) == AD_OK);
  CHECK_NEAR(got[0].re, 0.6, 1e-7);
  CHECK_INT(ad_array_dtype(ad_make_complex(ad_cast(FLOATS(1), AD_FLOAT64), FLOATS(1))), AD_COMPLEX128);
  EXPECT_INTS(ad_less(a, ad_number_complex(c, 3, -3)), AD_BOOL, 1, 1);
}

/* Every pair of dtypes gives ad_dtype_promote's, for values and for comparisons. */
TEST(promotion) {
  char zeros[16] = {0};
  for (ad_dtype s = AD_BOOL; s < AD_DTYPE_COUNT; s++)
    for (ad_dtype t = AD_BOOL; t < AD_DTYPE_COUNT; t++) {
      ad_scope *scope = ad_scope_begin(c);
      ad_array *a = ad_array_new(c, s, AD_SHAPE(1), zeros), *b = ad_array_new(c, t, AD_SHAPE(1), zeros);
      ad_array *sum = ad_add(a, b), *same = ad_equal(a, b), *chosen = ad_where(a, a, b);
      CHECK_INT(ad_array_dtype(sum), ad_dtype_promote(s, t));
      CHECK_INT(ad_array_dtype(chosen), ad_dtype_promote(s, t));
      CHECK_INT(ad_array_dtype(same), AD_BOOL);
      ad_dtype quotient = ad_array_dtype(ad_divide(a, b)), p = ad_dtype_promote(s, t);
      CHECK_INT(quotient, ad_dtype_category(p) < AD_CATEGORY_FLOAT ? AD_FLOAT32 : p);
      CHECK_INT(ad_eval_all((ad_array *[]){sum, same, chosen}, 3), AD_OK);
      ad_scope_end(scope, NULL);
    }
}

TEST(weak_scalars) {
  char zeros[16] = {0};
  for (ad_dtype t = AD_BOOL; t < AD_DTYPE_COUNT; t++) {
    ad_array *a = ad_array_new(c, t, AD_SHAPE(1), zeros);
    ad_category k = ad_dtype_category(t);
    CHECK_INT(ad_array_dtype(ad_multiply(a, ad_number_int(c, 2))), t == AD_BOOL ? AD_INT32 : t);
    CHECK_INT(ad_array_dtype(ad_multiply(a, ad_number(c, 2.5))), k < AD_CATEGORY_FLOAT ? AD_FLOAT32 : t);
    ad_dtype lifted = t == AD_FLOAT64 || t == AD_COMPLEX128 ? AD_COMPLEX128 : AD_COMPLEX64;
    CHECK_INT(ad_array_dtype(ad_multiply(a, ad_number_complex(c, 0, 1))), lifted);
  }
  expect_error(ad_add(ad_array_new(c, AD_UINT8, AD_SHAPE(1), zeros), ad_number_int(c, 300)), AD_E_VALUE,
               "the number 300; it does not fit uint8; from 0 to 255 is right");
  ad_array *both = ad_add(ad_number(c, 1), ad_number(c, 2));
  CHECK(ad_array_is_weak(both));
  CHECK_INT(ad_array_dtype(ad_add(both, ad_cast(FLOATS(1), AD_FLOAT16))), AD_FLOAT16);
}

TEST(refusals) {
  ad_array *f = FLOATS(1, 2), *b = ad_cast(f, AD_BOOL), *z = ad_cast(f, AD_COMPLEX64);
  expect_error(ad_bitwise_and(f, f), AD_E_TYPE,
               "bitwise_and: dtype float32; it is not defined for it; bool, unsigned integers, signed integers are right");
  expect_error(ad_left_shift(f, f), AD_E_TYPE, "left_shift: dtype float32");
  expect_error(ad_bitwise_invert(f), AD_E_TYPE, "bitwise_invert: dtype float32");
  expect_error(ad_negative(b), AD_E_TYPE, "negative: dtype bool; it is not defined for it");
  expect_error(ad_subtract(b, b), AD_E_TYPE, "subtract: dtype bool");
  expect_error(ad_floor(z), AD_E_TYPE, "floor: dtype complex64");
  expect_error(ad_arctan2(z, z), AD_E_TYPE, "arctan2: dtype complex64");
  expect_error(ad_add(f, FLOATS(1, 2, 3)), AD_E_VALUE, "add: shapes (2) and (3) do not broadcast");
  CHECK_INT(ad_array_dtype(ad_left_shift(b, b)), AD_UINT8);
  CHECK_STR_HAS(ad_error_text(ad_negative(b)), __FILE__);
}

/* What an op leaves as it is costs nothing: the result lies where the operand lies. */
TEST(identities_share_memory) {
  ad_array *i = INTS(1, 2, 3), *f = FLOATS(1, 2, 3);
  CHECK(ad_data(ad_floor(i)) == ad_data(i));
  CHECK(ad_data(ad_real(f)) == ad_data(f));
  CHECK(ad_data(ad_conjugate(f)) == ad_data(f));
  CHECK(ad_data(ad_positive(f)) == ad_data(f));
  CHECK(ad_data(ad_stop_gradient(f)) == ad_data(f));
}

/* Large operands of every layout: rows, columns, transposed, reversed, one element; streamed results. */
TEST(layouts) {
  enum { ROWS = 1200, COLS = 1100 };
  float *x = malloc(sizeof *x * ROWS * COLS), *got = malloc(sizeof *got * ROWS * COLS);
  CHECK_STOP(x && got);
  for (int i = 0; i < ROWS * COLS; i++) x[i] = (float)(i % 1021);
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(ROWS, COLS), x);
  const int64_t across[] = {4, 4 * ROWS}, back[] = {-4 * COLS, 4};
  ad_array *views[] = {
      ad_array_wrap_strided(c, AD_FLOAT32, AD_SHAPE(ROWS, COLS), across, x, NULL, NULL),
      ad_array_wrap_strided(c, AD_FLOAT32, AD_SHAPE(ROWS, COLS), back, x + COLS * (ROWS - 1), NULL, NULL),
      ad_array_new(c, AD_FLOAT32, AD_SHAPE(COLS), x),
      ad_array_new(c, AD_FLOAT32, AD_SHAPE(ROWS, 1), x),
      ad_array_new(c, AD_FLOAT32, AD_SHAPE(1, 1), x + 5),
      ad_cast(ad_array_new(c, AD_FLOAT32, AD_SHAPE(COLS), x), AD_FLOAT16),
  };
  for (int k = 0; k < 6; k++) {
    ad_array *y = ad_add(a, views[k]);
    CHECK_STOP(ad_read(y, got, sizeof *got * ROWS * COLS) == AD_OK);
    int wrong = 0;
    for (int i = 0; i < ROWS; i++)
      for (int j = 0; j < COLS; j++) {
        float b = k == 0 ? x[i + j * ROWS] : k == 1 ? x[(ROWS - 1 - i) * COLS + j] : k == 2 || k == 5 ? x[j] : k == 3 ? x[i] : x[5];
        wrong += got[i * COLS + j] != x[i * COLS + j] + b;
      }
    CHECK_INT(wrong, 0);
  }
  free(x), free(got);
}

TEST(in_place) {
  float v[2000];
  for (int i = 0; i < 2000; i++) v[i] = (float)i;
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2000), v), *y = x;
  for (int i = 0; i < 10; i++) y = ad_add(ad_multiply(y, ad_number(c, 0.5)), x);
  y = ad_scope_end(s, y);
  float got[2000];
  CHECK_STOP(ad_read(y, got, sizeof got) == AD_OK);
  for (int i = 0; i < 2000; i++) {
    float want = v[i];
    for (int k = 0; k < 10; k++) want = want * 0.5f + v[i];
    CHECK_NEAR(got[i], want, 0);
  }
}

int main(int argc, char **argv) {
  static const struct check_case cases[] = {
      CASE(integers_never_trap), CASE(special_values), CASE(neighbours_of_halves), CASE(gelu_of_every_half), CASE(rounding_to_places),
      CASE(what_is_not_a_number), CASE(closeness), CASE(whole_arrays), CASE(clipping), CASE(eight_bit_floats), CASE(parts_of_complex_numbers),
      CASE(promotion), CASE(weak_scalars), CASE(refusals), CASE(identities_share_memory), CASE(layouts), CASE(in_place)};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  int failed = check_run(cases, sizeof cases / sizeof cases[0], argc, argv);
  ad_ctx_free(c);
  return failed;
}
