/* One instruction set's reduction kernels: included by reduce_<isa>.c with AD_KERNEL_SUFFIX, AD_REDUCE_SET (the table's
 * name) and AD_ISA_WANTED. Every loop is plain C over arrays of partial results that the compiler keeps in vectors; their
 * number is fixed, whatever the width of a vector, and with it the order of additions. */
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include "base/scalar.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/reduce_kernels.h"
#include "runtime/kernels/isa_begin.h"

/* What a loop reads never overlaps what it writes. clang takes that from restrict, and warns where it is told more. */
#if defined(__GNUC__) && !defined(__clang__)
#define LANE_LOOP _Pragma("GCC ivdep")
#else
#define LANE_LOOP
#endif

#define NAME(what, s) AD_CAT(AD_CAT(AD_CAT(what, _), s), AD_KERNEL_SUFFIX)

/* Joins W partial results pairwise. The rounds are written out since their lengths, once numbers, keep them in registers. */
#define HALF(W, H, JOIN) \
  for (size_t j = 0; (W) > (H) && j < (H); j++) part[j] = JOIN(part[j], part[j + ((W) > (H) ? (H) : 0)]);
#define HALVES(W, JOIN)                                                               \
  HALF(W, 128, JOIN) HALF(W, 64, JOIN) HALF(W, 32, JOIN) HALF(W, 16, JOIN)            \
  HALF(W, 8, JOIN) HALF(W, 4, JOIN) HALF(W, 2, JOIN) HALF(W, 1, JOIN)

/* Folds p[0..n) in W partial results, then these. */
#define FOLD_IN(W, T, MAP, JOIN)                                               \
  {                                                                            \
    T part[W];                                                                 \
    for (size_t j = 0; j < (W); j++) part[j] = MAP(p[j]);                      \
    size_t i = (W);                                                            \
    for (; i + (W) <= n; i += (W))                                             \
      for (size_t j = 0; j < (W); j++) part[j] = JOIN(part[j], MAP(p[i + j])); \
    for (size_t j = 0; i + j < n; j++) part[j] = JOIN(part[j], MAP(p[i + j])); \
    HALVES(W, JOIN)                                                            \
    out[r] = part[0];                                                          \
  }

#define FOLD_ROWS(name, T, PARAMETER, MAP, JOIN)                                                           \
  static void name(size_t rows, size_t n, ptrdiff_t stride, void *out_, const void *in_, const void *p_) { \
    enum { WIDE = 256 / sizeof(T), NARROW = 32 / sizeof(T) };                                              \
    T *out = out_;                                                                                         \
    const T *param = p_;                                                                                   \
    (void)param;                                                                                           \
    for (size_t r = 0; r < rows; r++) {                                                                    \
      const T *p = (const T *)(const void *)((const char *)in_ + (ptrdiff_t)r * stride);                   \
      PARAMETER(T, param[r]);                                                                              \
      if (n >= WIDE) FOLD_IN(WIDE, T, MAP, JOIN)                                                           \
      else if (n >= NARROW) FOLD_IN(NARROW, T, MAP, JOIN)                                                  \
      else FOLD_IN(1, T, MAP, JOIN)                                                                        \
    }                                                                                                      \
  }

/* How far ahead a row is fetched: the instructions in flight do not reach as far as memory is slow. */
#define AHEAD_BYTES 8192

/* The extreme of rows without a NaN, by the processor's own comparison. Their sum tells whether there may be one, since it
 * stays one in a sum, as do infinities of both signs; then `any` folds again. Zeros of both signs are equal, so the two
 * folds may differ in that sign only where every order would do; a NaN decides by itself. */
#define GREATER(a, b) ((b) > (a) ? (b) : (a))
#define LESSER(a, b) ((b) < (a) ? (b) : (a))
#define EXTREME_ROWS(name, any, T, CHOICE)                                                                 \
  static void name(size_t rows, size_t n, ptrdiff_t stride, void *out_, const void *in_, const void *p_) { \
    enum { WIDE = 256 / sizeof(T) };                                                                       \
    T *out = out_;                                                                                         \
    for (size_t r = 0; r < rows; r++) {                                                                    \
      const T *p = (const T *)(const void *)((const char *)in_ + (ptrdiff_t)r * stride);                   \
      T part[WIDE], sum[WIDE];                                                                             \
      int odd = 0;                                                                                         \
      size_t i = WIDE;                                                                                     \
      if (n < WIDE) {                                                                                      \
        any(1, n, 0, out + r, p, p_);                                                                      \
        continue;                                                                                          \
      }                                                                                                    \
      for (size_t j = 0; j < WIDE; j++) part[j] = sum[j] = p[j];                                           \
      for (; i + WIDE <= n; i += WIDE) {                                                                   \
        for (size_t j = 0; j < 256; j += 64) __builtin_prefetch((const char *)(p + i) + AHEAD_BYTES + j);  \
        for (size_t j = 0; j < WIDE; j++) {                                                                \
          const T x = p[i + j], b = part[j];                                                               \
          part[j] = CHOICE(b, x);                                                                          \
          sum[j] += x;                                                                                     \
        }                                                                                                  \
      }                                                                                                    \
      for (size_t j = 0; i + j < n; j++) {                                                                 \
        part[j] = CHOICE(part[j], p[i + j]);                                                               \
        sum[j] += p[i + j];                                                                                \
      }                                                                                                    \
      HALVES(WIDE, CHOICE)                                                                                 \
      for (size_t j = 0; j < WIDE; j++) odd |= sum[j] != sum[j];                                           \
      if (odd) any(1, n, 0, out + r, p, p_);                                                               \
      else out[r] = part[0];                                                                               \
    }                                                                                                      \
  }

/* Rows are joined one after the other, acc (+) r0 (+) r1...: four at a time, which spares reading and writing acc and is as
 * many streams as memory keeps up best. */
#define FOLD_FOUR(name, T, PARAMETER, MAP, JOIN, BEGIN)                                               \
  static void name(size_t n, T *restrict acc, const void *const *in, const T *restrict param) {       \
    const T *restrict r0 = in[0], *restrict r1 = in[1], *restrict r2 = in[2], *restrict r3 = in[3];   \
    (void)param;                                                                                      \
    LANE_LOOP for (size_t i = 0; i < n; i++) {                                                        \
      PARAMETER(T, param[i]);                                                                         \
      acc[i] = JOIN(JOIN(JOIN(BEGIN(JOIN, acc[i], MAP(r0[i])), MAP(r1[i])), MAP(r2[i])), MAP(r3[i])); \
    }                                                                                                 \
  }
/* Sums of floats so, two lines of each row before the next: memory is quickest when a stream is read a little on. */
#define ADDED(a, b) ((a) + (b))
#define LINE_AT(row, k) (*(const line *)(const void *)((row) + i + (k) * LANES))
#define SUM_FOUR(name, T, PARAMETER, MAP, JOIN, BEGIN)                                                           \
  static void name(size_t n, T *restrict acc, const void *const *in, const T *restrict param) {                  \
    typedef T line __attribute__((vector_size(64), aligned(sizeof(T))));                                         \
    enum { LANES = 64 / sizeof(T) };                                                                             \
    const T *restrict r0 = in[0], *restrict r1 = in[1], *restrict r2 = in[2], *restrict r3 = in[3];              \
    size_t i = 0;                                                                                                \
    (void)param;                                                                                                 \
    for (; i + 2 * LANES <= n; i += 2 * LANES) {                                                                 \
      line a = BEGIN(ADDED, LINE_AT(acc, 0), LINE_AT(r0, 0)), b = BEGIN(ADDED, LINE_AT(acc, 1), LINE_AT(r0, 1)); \
      a += LINE_AT(r1, 0), b += LINE_AT(r1, 1);                                                                  \
      a += LINE_AT(r2, 0), b += LINE_AT(r2, 1);                                                                  \
      a += LINE_AT(r3, 0), b += LINE_AT(r3, 1);                                                                  \
      memcpy(acc + i, &a, sizeof a);                                                                             \
      memcpy(acc + i + LANES, &b, sizeof b);                                                                     \
    }                                                                                                            \
    for (; i < n; i++) acc[i] = BEGIN(ADDED, acc[i], r0[i]) + r1[i] + r2[i] + r3[i];                             \
  }
#define FOLD_ONE(name, T, PARAMETER, MAP, JOIN, BEGIN)                                        \
  static void name(size_t n, T *restrict acc, const T *restrict p, const T *restrict param) { \
    (void)param;                                                                              \
    LANE_LOOP for (size_t i = 0; i < n; i++) {                                                \
      PARAMETER(T, param[i]);                                                                 \
      acc[i] = BEGIN(JOIN, acc[i], MAP(p[i]));                                                \
    }                                                                                         \
  }
#define BEGUN(JOIN, acc, x) JOIN(acc, x)
#define BEGINS(JOIN, acc, x) (x)
#define FOLD_COLUMNS(name, T, PARAMETER, MAP, JOIN, FOUR)                                                      \
  FOUR(AD_CAT(name, _four), T, PARAMETER, MAP, JOIN, BEGUN)                                                    \
  FOUR(AD_CAT(name, _first_four), T, PARAMETER, MAP, JOIN, BEGINS)                                             \
  FOLD_ONE(AD_CAT(name, _one), T, PARAMETER, MAP, JOIN, BEGUN)                                                 \
  FOLD_ONE(AD_CAT(name, _first), T, PARAMETER, MAP, JOIN, BEGINS)                                              \
  static void name(size_t rows, size_t n, void *acc, const void *const *in, const void *param, bool first) {   \
    size_t r = 0;                                                                                              \
    for (; r + AD_FOLD_GROUP <= rows; r += AD_FOLD_GROUP)                                                      \
      (first && r == 0 ? AD_CAT(name, _first_four) : AD_CAT(name, _four))(n, acc, in + r, param);              \
    for (; r < rows; r++) (first && r == 0 ? AD_CAT(name, _first) : AD_CAT(name, _one))(n, acc, in[r], param); \
  }

#define NO_PARAMETER(T, value)
#define WITH_PARAMETER(T, value) const T shift = value
#define ITSELF(x) (x)
#define FOLD(fold, s, T, PARAMETER, MAP, JOIN)             \
  FOLD_ROWS(NAME(fold##_rows, s), T, PARAMETER, MAP, JOIN) \
  FOLD_COLUMNS(NAME(fold##_columns, s), T, PARAMETER, MAP, JOIN, FOLD_FOUR)

/* ---- Joins ---- */

#define UNSIGNED(M) M(u8, uint8_t, UINT8) M(u16, uint16_t, UINT16) M(u32, uint32_t, UINT32) M(u64, uint64_t, UINT64)
#define INTEGERS(M) UNSIGNED(M) M(i8, int8_t, INT8) M(i16, int16_t, INT16) M(i32, int32_t, INT32) M(i64, int64_t, INT64)
#define FLOATS(M) M(f32, float, FLOAT32) M(f64, double, FLOAT64)
#define COMPLEX(M) M(c64, ad_c64, COMPLEX64) M(c128, ad_c128, COMPLEX128)
#define ORDERED(M) M(b8, uint8_t, BOOL) INTEGERS(M) FLOATS(M)

/* The lane whose sums and products are those of lane s: signed integers wrap as unsigned ones do. */
#define WRAPPING(s) AD_CAT(WRAPPING_, s)
#define WRAPPING_b8 b8
#define WRAPPING_u8 u8
#define WRAPPING_u16 u16
#define WRAPPING_u32 u32
#define WRAPPING_u64 u64
#define WRAPPING_i8 u8
#define WRAPPING_i16 u16
#define WRAPPING_i32 u32
#define WRAPPING_i64 u64
#define WRAPPING_f32 f32
#define WRAPPING_f64 f64
#define WRAPPING_c64 c64
#define WRAPPING_c128 c128

/* The later of two where it is larger, or a NaN; a NaN stays, since nothing is larger. */
#define JOINS_ORDERED(s, T, D)                 \
  static inline T NAME(larger, s)(T a, T b) {  \
    const T m = b > a ? b : a;                 \
    return b != b ? b : m;                     \
  }                                            \
  static inline T NAME(smaller, s)(T a, T b) { \
    const T m = b < a ? b : a;                 \
    return b != b ? b : m;                     \
  }
ORDERED(JOINS_ORDERED)
#define JOINS_FLOAT(s, T, D)                                \
  static inline T NAME(plus, s)(T a, T b) { return a + b; } \
  static inline T NAME(times, s)(T a, T b) { return a * b; }
FLOATS(JOINS_FLOAT)
static inline uint8_t NAME(either, b8)(uint8_t a, uint8_t b) { return (uint8_t)(a | b); }
static inline uint8_t NAME(both, b8)(uint8_t a, uint8_t b) { return (uint8_t)(a & b); }

#define SQUARED_f32(x) (((x) - shift) * ((x) - shift))
#define SQUARED_f64(x) (((x) - shift) * ((x) - shift))

#include "runtime/kernels/reduce_whole.h"

#define FOLD_FLOAT(s, T, D)                                                                \
  FOLD_ROWS(NAME(sum_rows, s), T, NO_PARAMETER, ITSELF, NAME(plus, s))                     \
  FOLD_COLUMNS(NAME(sum_columns, s), T, NO_PARAMETER, ITSELF, NAME(plus, s), SUM_FOUR)     \
  FOLD(product, s, T, NO_PARAMETER, ITSELF, NAME(times, s))                                \
  FOLD_ROWS(NAME(max_any, s), T, NO_PARAMETER, ITSELF, NAME(larger, s))                    \
  FOLD_ROWS(NAME(min_any, s), T, NO_PARAMETER, ITSELF, NAME(smaller, s))                   \
  EXTREME_ROWS(NAME(max_rows, s), NAME(max_any, s), T, GREATER)                            \
  EXTREME_ROWS(NAME(min_rows, s), NAME(min_any, s), T, LESSER)                             \
  FOLD_COLUMNS(NAME(max_columns, s), T, NO_PARAMETER, ITSELF, NAME(larger, s), FOLD_FOUR)  \
  FOLD_COLUMNS(NAME(min_columns, s), T, NO_PARAMETER, ITSELF, NAME(smaller, s), FOLD_FOUR) \
  FOLD(deviations, s, T, WITH_PARAMETER, SQUARED_##s, NAME(plus, s))                       \
  EXPONENTIALS_LANE(s, T, D)
FLOATS(FOLD_FLOAT)
#define FOLD_COMPLEX(s, T, D) FOLD(sum, s, T, NO_PARAMETER, ITSELF, ad_##s##_add)
COMPLEX(FOLD_COMPLEX)

#include "runtime/kernels/reduce_places.h"

/* ---- Rows of softmax ---- */

#define SOFTMAX_LANE(s, T, D)                                                                           \
  static void NAME(scaled, s)(size_t n, void *out_, const void *in_, const void *factor_) {             \
    T *restrict out = out_;                                                                             \
    const T *restrict in = in_;                                                                         \
    const T factor = *(const T *)factor_;                                                               \
    LANE_LOOP for (size_t i = 0; i < n; i++) out[i] = in[i] * factor;                                   \
  }                                                                                                     \
  static void NAME(lowered, s)(size_t n, void *out_, const void *in_, const void *a_, const void *b_) { \
    T *restrict out = out_;                                                                             \
    const T *restrict in = in_;                                                                         \
    const T a = *(const T *)a_, b = *(const T *)b_;                                                     \
    LANE_LOOP for (size_t i = 0; i < n; i++) out[i] = (in[i] - a) - b;                                  \
  }
FLOATS(SOFTMAX_LANE)

#include "runtime/kernels/scan_set.h"

/* ---- The tables ---- */

#define ENTRY(table, s, D) [AD_##D] = NAME(table, s),
#define ROW_SUM(s, T, D) ENTRY(sum_rows, WRAPPING(s), D)
#define ROW_PRODUCT(s, T, D) ENTRY(product_rows, WRAPPING(s), D)
#define ROW_MAX(s, T, D) ENTRY(max_rows, s, D)
#define ROW_MIN(s, T, D) ENTRY(min_rows, s, D)
#define ROW_DEVIATIONS(s, T, D) ENTRY(deviations_rows, s, D)
#define ROW_EXPONENTIALS(s, T, D) ENTRY(exponentials_rows, s, D)
#define COLUMN_SUM(s, T, D) ENTRY(sum_columns, WRAPPING(s), D)
#define COLUMN_PRODUCT(s, T, D) ENTRY(product_columns, WRAPPING(s), D)
#define COLUMN_MAX(s, T, D) ENTRY(max_columns, s, D)
#define COLUMN_MIN(s, T, D) ENTRY(min_columns, s, D)
#define COLUMN_DEVIATIONS(s, T, D) ENTRY(deviations_columns, s, D)
#define COLUMN_EXPONENTIALS(s, T, D) ENTRY(exponentials_columns, s, D)
#define ARGMAX_ROWS(s, T, D) ENTRY(argmax_rows, s, D)
#define ARGMIN_ROWS(s, T, D) ENTRY(argmin_rows, s, D)
#define ARGMAX_COLUMNS(s, T, D) ENTRY(argmax_columns, s, D)
#define ARGMIN_COLUMNS(s, T, D) ENTRY(argmin_columns, s, D)
#define SCALED(s, T, D) ENTRY(scaled, s, D)
#define LOWERED(s, T, D) ENTRY(lowered, s, D)

const ad_reduce_kernels AD_REDUCE_SET = {
    .rows = {[AD_FOLD_SUM] = {ORDERED(ROW_SUM) COMPLEX(ROW_SUM)},
             [AD_FOLD_PRODUCT] = {ORDERED(ROW_PRODUCT) COMPLEX(ROW_PRODUCT)},
             [AD_FOLD_MAX] = {ORDERED(ROW_MAX)},
             [AD_FOLD_MIN] = {ORDERED(ROW_MIN)},
             [AD_FOLD_DEVIATIONS] = {FLOATS(ROW_DEVIATIONS)},
             [AD_FOLD_EXPONENTIALS] = {FLOATS(ROW_EXPONENTIALS)}},
    .columns = {[AD_FOLD_SUM] = {ORDERED(COLUMN_SUM) COMPLEX(COLUMN_SUM)},
                [AD_FOLD_PRODUCT] = {ORDERED(COLUMN_PRODUCT) COMPLEX(COLUMN_PRODUCT)},
                [AD_FOLD_MAX] = {ORDERED(COLUMN_MAX)},
                [AD_FOLD_MIN] = {ORDERED(COLUMN_MIN)},
                [AD_FOLD_DEVIATIONS] = {FLOATS(COLUMN_DEVIATIONS)},
                [AD_FOLD_EXPONENTIALS] = {FLOATS(COLUMN_EXPONENTIALS)}},
    .arg_rows = {{ORDERED(ARGMAX_ROWS)}, {ORDERED(ARGMIN_ROWS)}},
    .arg_columns = {{ORDERED(ARGMAX_COLUMNS)}, {ORDERED(ARGMIN_COLUMNS)}},
    .scaled = {FLOATS(SCALED)},
    .lowered = {FLOATS(LOWERED)},
    .scan = SCANS,
};

#include "runtime/kernels/isa_end.h"
#undef AD_KERNEL_SUFFIX
#undef AD_REDUCE_SET
