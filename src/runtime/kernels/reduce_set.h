/* One instruction set's reduction kernels: included by reduce_<isa>.c with AD_KERNEL_SUFFIX, AD_REDUCE_SET (the table's
 * name) and AD_ISA_WANTED. Every loop is plain C over arrays of partial results that the compiler keeps in vectors; their
 * number is fixed, whatever the width of a vector, and with it the order of additions. */
#include <math.h>
#include <string.h>
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

/* Folds p[0..n) in W partial results, then these pairwise. */
#define FOLD_IN(W, T, MAP, JOIN)                                                     \
  {                                                                                  \
    T part[W];                                                                       \
    for (size_t j = 0; j < (W); j++) part[j] = MAP(p[j]);                            \
    size_t i = (W);                                                                  \
    for (; i + (W) <= n; i += (W))                                                   \
      for (size_t j = 0; j < (W); j++) part[j] = JOIN(part[j], MAP(p[i + j]));       \
    for (size_t j = 0; i + j < n; j++) part[j] = JOIN(part[j], MAP(p[i + j]));       \
    for (size_t half = (W) / 2; half; half /= 2)                                     \
      for (size_t j = 0; j < half; j++) part[j] = JOIN(part[j], part[j + half]);     \
    out[r] = part[0];                                                                \
  }

#define FOLD_ROWS(name, T, PARAMETER, MAP, JOIN)                                                                   \
  static void name(size_t rows, size_t n, ptrdiff_t stride, void *out_, const void *in_, const void *p_) {         \
    enum { WIDE = 256 / sizeof(T), NARROW = 32 / sizeof(T) };                                                      \
    T *out = out_;                                                                                                 \
    const T *param = p_;                                                                                           \
    (void)param;                                                                                                   \
    for (size_t r = 0; r < rows; r++) {                                                                            \
      const T *p = (const T *)(const void *)((const char *)in_ + (ptrdiff_t)r * stride);                          \
      PARAMETER(T, param[r]);                                                                                      \
      if (n >= WIDE) FOLD_IN(WIDE, T, MAP, JOIN)                                                                   \
      else if (n >= NARROW) FOLD_IN(NARROW, T, MAP, JOIN)                                                          \
      else FOLD_IN(1, T, MAP, JOIN)                                                                                \
    }                                                                                                              \
  }

/* How far ahead a row is fetched: the instructions in flight do not reach as far as memory is slow. */
#define AHEAD_BYTES 16384
/* The same for rows of columns, and how long a row is that is folded for itself. */
#define COLUMNS_AHEAD 8192
#define COLUMNS_LONG 4096

/* The extreme of rows without a NaN, by the processor's own comparison; whether there is one is asked of two numbers at a
 * time, and answered by folding again with `any`. Zeros of both signs are equal, so the two folds may differ in that
 * sign only where every order would do; a NaN decides by itself. */
#define EXTREME_ROWS(name, any, T, CHOICE)                                                                         \
  static void name(size_t rows, size_t n, ptrdiff_t stride, void *out_, const void *in_, const void *p_) {         \
    enum { WIDE = 256 / sizeof(T), HALF = WIDE / 2 };                                                              \
    T *out = out_;                                                                                                 \
    for (size_t r = 0; r < rows; r++) {                                                                            \
      const T *p = (const T *)(const void *)((const char *)in_ + (ptrdiff_t)r * stride);                          \
      T part[WIDE];                                                                                                \
      int odd[HALF], found = 0;                                                                                    \
      size_t i = WIDE;                                                                                             \
      if (n < WIDE) {                                                                                              \
        any(1, n, 0, out + r, p, p_);                                                                              \
        continue;                                                                                                  \
      }                                                                                                            \
      for (size_t j = 0; j < WIDE; j++) part[j] = p[j];                                                            \
      for (size_t j = 0; j < HALF; j++) odd[j] = __builtin_isunordered(p[j], p[j + HALF]);                         \
      for (; i + WIDE <= n; i += WIDE) {                                                                           \
        for (size_t j = 0; j < 256; j += 64) __builtin_prefetch((const char *)(p + i) + AHEAD_BYTES + j);          \
        for (size_t j = 0; j < WIDE; j++) {                                                                        \
          const T a = p[i + j], b = part[j];                                                                       \
          part[j] = CHOICE;                                                                                        \
        }                                                                                                          \
        for (size_t j = 0; j < HALF; j++) odd[j] |= __builtin_isunordered(p[i + j], p[i + j + HALF]);              \
      }                                                                                                            \
      for (size_t j = 0; i + j < n; j++) {                                                                         \
        const T a = p[i + j], b = part[j];                                                                         \
        part[j] = CHOICE;                                                                                          \
        found |= a != a;                                                                                           \
      }                                                                                                            \
      for (size_t half = WIDE / 2; half; half /= 2)                                                                \
        for (size_t j = 0; j < half; j++) {                                                                        \
          const T a = part[j + half], b = part[j];                                                                 \
          part[j] = CHOICE;                                                                                        \
        }                                                                                                          \
      for (size_t j = 0; j < HALF; j++) found |= odd[j];                                                           \
      if (found) any(1, n, 0, out + r, p, p_);                                                                     \
      else out[r] = part[0];                                                                                       \
    }                                                                                                              \
  }

/* Rows are joined one after the other, acc (+) r0 (+) r1...: long ones each for itself, since memory is quickest when it is
 * read on and on, with what follows asked for AHEAD bytes before; short ones eight at a time, which spares reading and
 * writing acc. in[rows] is the row after these, or NULL. */
#define FOLD_COLUMNS(name, T, PARAMETER, MAP, JOIN)                                                                \
  static void AD_CAT(name, _eight)(size_t n, T *restrict acc, const void *const *in, const T *restrict param) {    \
    const T *restrict r0 = in[0], *restrict r1 = in[1], *restrict r2 = in[2], *restrict r3 = in[3];                \
    const T *restrict r4 = in[4], *restrict r5 = in[5], *restrict r6 = in[6], *restrict r7 = in[7];                \
    (void)param;                                                                                                   \
    LANE_LOOP for (size_t i = 0; i < n; i++) {                                                                     \
      PARAMETER(T, param[i]);                                                                                      \
      T a = JOIN(JOIN(JOIN(JOIN(acc[i], MAP(r0[i])), MAP(r1[i])), MAP(r2[i])), MAP(r3[i]));                        \
      acc[i] = JOIN(JOIN(JOIN(JOIN(a, MAP(r4[i])), MAP(r5[i])), MAP(r6[i])), MAP(r7[i]));                          \
    }                                                                                                              \
  }                                                                                                                \
  static void AD_CAT(name, _one)(size_t n, T *restrict acc, const T *restrict p, const char *next,                 \
                                 const T *restrict param, bool first) {                                            \
    enum { PIECE = 256 / sizeof(T) };                                                                              \
    (void)param;                                                                                                   \
    for (size_t at = 0; at < n; at += PIECE) {                                                                     \
      size_t end = n - at < PIECE ? n : at + PIECE, there = at * sizeof(T) + COLUMNS_AHEAD;                        \
      const char *ahead = there < n * sizeof(T) ? (const char *)p + there : next ? next + there - n * sizeof(T) : NULL; \
      for (size_t k = 0; ahead && k < 256; k += 64) __builtin_prefetch(ahead + k);                                 \
      if (first) {                                                                                                 \
        LANE_LOOP for (size_t i = at; i < end; i++) {                                                              \
          PARAMETER(T, param[i]);                                                                                  \
          acc[i] = MAP(p[i]);                                                                                      \
        }                                                                                                          \
      } else if (end == at + PIECE) {                                                                              \
        LANE_LOOP for (size_t i = at; i < at + PIECE; i++) {                                                       \
          PARAMETER(T, param[i]);                                                                                  \
          acc[i] = JOIN(acc[i], MAP(p[i]));                                                                        \
        }                                                                                                          \
      } else {                                                                                                     \
        LANE_LOOP for (size_t i = at; i < end; i++) {                                                              \
          PARAMETER(T, param[i]);                                                                                  \
          acc[i] = JOIN(acc[i], MAP(p[i]));                                                                        \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
  }                                                                                                                \
  static void name(size_t rows, size_t n, void *acc, const void *const *in, const void *param, bool first) {       \
    if (rows == AD_FOLD_GROUP && !first && n * sizeof(T) < COLUMNS_LONG) {                                         \
      AD_CAT(name, _eight)(n, acc, in, param);                                                                     \
      return;                                                                                                      \
    }                                                                                                              \
    for (size_t r = 0; r < rows; r++) AD_CAT(name, _one)(n, acc, in[r], in[r + 1], param, first && r == 0);        \
  }

#define NO_PARAMETER(T, value)
#define WITH_PARAMETER(T, value) const T shift = value
#define ITSELF(x) (x)
#define FOLD(fold, s, T, PARAMETER, MAP, JOIN)                        \
  FOLD_ROWS(NAME(fold##_rows, s), T, PARAMETER, MAP, JOIN)            \
  FOLD_COLUMNS(NAME(fold##_columns, s), T, PARAMETER, MAP, JOIN)

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
#define JOINS_ORDERED(s, T, D)                                                                \
  static inline T NAME(larger, s)(T a, T b) {                                                 \
    const T m = b > a ? b : a;                                                                \
    return b != b ? b : m;                                                                    \
  }                                                                                           \
  static inline T NAME(smaller, s)(T a, T b) {                                                \
    const T m = b < a ? b : a;                                                                \
    return b != b ? b : m;                                                                    \
  }
ORDERED(JOINS_ORDERED)
#define JOINS_FLOAT(s, T, D)                                      \
  static inline T NAME(plus, s)(T a, T b) { return a + b; }      \
  static inline T NAME(times, s)(T a, T b) { return a * b; }
FLOATS(JOINS_FLOAT)
static inline uint8_t NAME(either, b8)(uint8_t a, uint8_t b) { return (uint8_t)(a | b); }
static inline uint8_t NAME(both, b8)(uint8_t a, uint8_t b) { return (uint8_t)(a & b); }

#define SQUARED_f32(x) (((x) - shift) * ((x) - shift))
#define SQUARED_f64(x) (((x) - shift) * ((x) - shift))

#include "runtime/kernels/reduce_whole.h"

#define FOLD_FLOAT(s, T, D)                                                                         \
  FOLD(sum, s, T, NO_PARAMETER, ITSELF, NAME(plus, s))                                              \
  FOLD(product, s, T, NO_PARAMETER, ITSELF, NAME(times, s))                                         \
  FOLD_ROWS(NAME(max_any, s), T, NO_PARAMETER, ITSELF, NAME(larger, s))                             \
  FOLD_ROWS(NAME(min_any, s), T, NO_PARAMETER, ITSELF, NAME(smaller, s))                            \
  EXTREME_ROWS(NAME(max_rows, s), NAME(max_any, s), T, a > b ? a : b)                               \
  EXTREME_ROWS(NAME(min_rows, s), NAME(min_any, s), T, a < b ? a : b)                               \
  FOLD_COLUMNS(NAME(max_columns, s), T, NO_PARAMETER, ITSELF, NAME(larger, s))                     \
  FOLD_COLUMNS(NAME(min_columns, s), T, NO_PARAMETER, ITSELF, NAME(smaller, s)) \
  FOLD(deviations, s, T, WITH_PARAMETER, SQUARED_##s, NAME(plus, s))                                \
  EXPONENTIALS_LANE(s, T, D)
FLOATS(FOLD_FLOAT)
#define FOLD_COMPLEX(s, T, D) FOLD(sum, s, T, NO_PARAMETER, ITSELF, ad_##s##_add)
COMPLEX(FOLD_COMPLEX)

/* ---- Places of extremes ---- */

/* Is x ahead of the best so far? A NaN is, of all but a NaN. */
#define AHEAD_MAX(x, best) (((x) > (best)) | (((x) != (x)) & ((best) == (best))))
#define AHEAD_MIN(x, best) (((x) < (best)) | (((x) != (x)) & ((best) == (best))))

/* Is x, or a NaN when x is one, among the next elements? */
enum { AD_CAT(search, AD_KERNEL_SUFFIX) = 128 };
#define SEARCH AD_CAT(search, AD_KERNEL_SUFFIX)
#define HAS(s, T, D)                                                              \
  static int NAME(has, s)(const T *p, T x) {                                      \
    int found = 0;                                                                \
    if (x != x)                                                                   \
      for (size_t i = 0; i < SEARCH; i++) found |= p[i] != p[i];                  \
    else                                                                          \
      for (size_t i = 0; i < SEARCH; i++) found |= p[i] == x;                     \
    return found;                                                                 \
  }
ORDERED(HAS)

/* The block's extreme is found by the fold; only when it is ahead the block, still in cache, is searched for it. Meanwhile
 * memory is idle, so what follows the block is fetched. */
#define ARG_ROWS(what, fold, s, T, AHEAD)                                                                            \
  static void NAME(what##_rows, s)(size_t rows, size_t n, ptrdiff_t stride, const void *in_, size_t base, void *best_, \
                                   uint32_t *index) {                                                                \
    T *best = best_;                                                                                                 \
    for (size_t r = 0; r < rows; r++) {                                                                              \
      const T *p = (const T *)(const void *)((const char *)in_ + (ptrdiff_t)r * stride);                            \
      const char *ahead = (const char *)(p + n) + AHEAD_BYTES;                                                       \
      T top;                                                                                                         \
      NAME(fold##_rows, s)(1, n, 0, &top, p, NULL);                                                                  \
      if (base && !AHEAD(top, best[r])) continue;                                                                    \
      size_t i = 0;                                                                                                  \
      for (; i + SEARCH < n && !NAME(has, s)(p + i, top); i += SEARCH)                                               \
        for (size_t j = 0; j < SEARCH * sizeof(T); j += 64) __builtin_prefetch(ahead + i * sizeof(T) + j);           \
      while (i + 1 < n && !(p[i] == top || (p[i] != p[i] && top != top))) i++;                                       \
      best[r] = top;                                                                                                 \
      index[r] = (uint32_t)(base + i);                                                                               \
    }                                                                                                                \
  }
#define ARG_COLUMNS(what, s, T, AHEAD)                                                                             \
  static void NAME(what##_columns, s)(size_t n, const void *in_, size_t base, void *best_, uint32_t *index) {      \
    const T *restrict p = in_;                                                                                     \
    T *restrict best = best_;                                                                                               \
    const uint32_t at = (uint32_t)base;                                                                            \
    LANE_LOOP for (size_t i = 0; i < n; i++) {                                                                       \
      const T x = p[i], b = best[i];                                                                               \
      const int ahead = (base == 0) | AHEAD(x, b);                                                                 \
      best[i] = ahead ? x : b;                                                                                     \
      index[i] = ahead ? at : index[i];                                                                            \
    }                                                                                                              \
  }
#define ARG_LANE(s, T, D)                     \
  ARG_ROWS(argmax, max, s, T, AHEAD_MAX)      \
  ARG_ROWS(argmin, min, s, T, AHEAD_MIN)      \
  ARG_COLUMNS(argmax, s, T, AHEAD_MAX)        \
  ARG_COLUMNS(argmin, s, T, AHEAD_MIN)
ORDERED(ARG_LANE)

/* ---- Rows of softmax ---- */

#define SOFTMAX_LANE(s, T, D)                                                                              \
  static void NAME(scaled, s)(size_t n, void *out_, const void *in_, const void *factor_) {                \
    T *restrict out = out_;                                                                                \
    const T *restrict in = in_;                                                                                     \
    const T factor = *(const T *)factor_;                                                                  \
    LANE_LOOP for (size_t i = 0; i < n; i++) out[i] = in[i] * factor;                                        \
  }                                                                                                        \
  static void NAME(lowered, s)(size_t n, void *out_, const void *in_, const void *a_, const void *b_) {    \
    T *restrict out = out_;                                                                                \
    const T *restrict in = in_;                                                                                     \
    const T a = *(const T *)a_, b = *(const T *)b_;                                                        \
    LANE_LOOP for (size_t i = 0; i < n; i++) out[i] = (in[i] - a) - b;                                       \
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
