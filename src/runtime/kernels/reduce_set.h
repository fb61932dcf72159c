/* One instruction set's reduction kernels: included by reduce_<isa>.c with AD_KERNEL_SUFFIX, AD_REDUCE_SET (the table's
 * name) and AD_ISA_WANTED. Every loop is plain C over arrays of partial results that the compiler keeps in vectors; their
 * number is fixed, whatever the width of a vector, and with it the order of additions. */
#include <math.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/reduce_kernels.h"
#include "runtime/kernels/isa_begin.h"

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

#define PAIR(JOIN, MAP, a, b) JOIN(MAP(in_[a][i]), MAP(in_[b][i]))
#define FOLD_COLUMNS(name, T, PARAMETER, MAP, JOIN)                                                                \
  static void name(size_t rows, size_t n, void *acc_, const void *const *rows_, const void *p_, bool first) {      \
    T *restrict acc = acc_;                                                                                        \
    const T *param = p_;                                                                                           \
    const T *in_[AD_FOLD_GROUP];                                                                                   \
    (void)param;                                                                                                   \
    for (size_t r = 0; r < rows; r++) in_[r] = rows_[r];                                                           \
    if (rows == AD_FOLD_GROUP && first) {                                                                          \
      AD_LOOP for (size_t i = 0; i < n; i++) {                                                                     \
        PARAMETER(T, param[i]);                                                                                    \
        acc[i] = JOIN(JOIN(PAIR(JOIN, MAP, 0, 1), PAIR(JOIN, MAP, 2, 3)),                                          \
                      JOIN(PAIR(JOIN, MAP, 4, 5), PAIR(JOIN, MAP, 6, 7)));                                         \
      }                                                                                                            \
    } else if (rows == AD_FOLD_GROUP) {                                                                            \
      AD_LOOP for (size_t i = 0; i < n; i++) {                                                                     \
        PARAMETER(T, param[i]);                                                                                    \
        acc[i] = JOIN(acc[i], JOIN(JOIN(PAIR(JOIN, MAP, 0, 1), PAIR(JOIN, MAP, 2, 3)),                             \
                                   JOIN(PAIR(JOIN, MAP, 4, 5), PAIR(JOIN, MAP, 6, 7))));                           \
      }                                                                                                            \
    } else {                                                                                                       \
      for (size_t r = 0; r < rows; r++) {                                                                          \
        const T *restrict p = in_[r];                                                                              \
        if (first && r == 0) {                                                                                     \
          AD_LOOP for (size_t i = 0; i < n; i++) {                                                                 \
            PARAMETER(T, param[i]);                                                                                \
            acc[i] = MAP(p[i]);                                                                                    \
          }                                                                                                        \
        } else {                                                                                                   \
          AD_LOOP for (size_t i = 0; i < n; i++) {                                                                 \
            PARAMETER(T, param[i]);                                                                                \
            acc[i] = JOIN(acc[i], MAP(p[i]));                                                                      \
          }                                                                                                        \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
  }

#define NO_PARAMETER(T, value)
#define WITH_PARAMETER(T, value) const T shift = value
#define ITSELF(x) (x)
#define FOLD(fold, s, T, PARAMETER, MAP, JOIN)                        \
  FOLD_ROWS(NAME(fold##_rows, s), T, PARAMETER, MAP, JOIN)            \
  FOLD_COLUMNS(NAME(fold##_columns, s), T, PARAMETER, MAP, JOIN)

/* ---- Joins ---- */

#define OR(a, b) ((uint8_t)((a) | (b)))
#define AND(a, b) ((uint8_t)((a) & (b)))
#define ADD(a, b) ((a) + (b))
#define TIMES(a, b) ((a) * (b))
#define LARGER(a, b) ((b) > (a) ? (b) : (a))
#define SMALLER(a, b) ((b) < (a) ? (b) : (a))
/* The later one when it is larger or a NaN; a NaN stays, since nothing is larger. */
#define LARGER_NAN(a, b) (((b) > (a)) | ((b) != (b)) ? (b) : (a))
#define SMALLER_NAN(a, b) (((b) < (a)) | ((b) != (b)) ? (b) : (a))
#define SQUARED_f32(x) (((x) - shift) * ((x) - shift))
#define SQUARED_f64(x) (((x) - shift) * ((x) - shift))
#define EXP_f32(x) ad_f32_exp((x) - shift)
#define EXP_f64(x) ad_f64_exp((x) - shift)

#define INTEGERS(M)                                                                                   \
  M(u8, uint8_t, UINT8) M(u16, uint16_t, UINT16) M(u32, uint32_t, UINT32) M(u64, uint64_t, UINT64)    \
  M(i8, int8_t, INT8) M(i16, int16_t, INT16) M(i32, int32_t, INT32) M(i64, int64_t, INT64)
#define FLOATS(M) M(f32, float, FLOAT32) M(f64, double, FLOAT64)
#define COMPLEX(M) M(c64, ad_c64, COMPLEX64) M(c128, ad_c128, COMPLEX128)
#define ORDERED(M) M(b8, uint8_t, BOOL) INTEGERS(M) FLOATS(M)

FOLD(sum, b8, uint8_t, NO_PARAMETER, ITSELF, OR)
FOLD(product, b8, uint8_t, NO_PARAMETER, ITSELF, AND)
FOLD(max, b8, uint8_t, NO_PARAMETER, ITSELF, OR)
FOLD(min, b8, uint8_t, NO_PARAMETER, ITSELF, AND)
#define FOLD_INTEGER(s, T, D)                                     \
  FOLD(sum, s, T, NO_PARAMETER, ITSELF, ad_##s##_add)             \
  FOLD(product, s, T, NO_PARAMETER, ITSELF, ad_##s##_multiply)    \
  FOLD(max, s, T, NO_PARAMETER, ITSELF, LARGER)                   \
  FOLD(min, s, T, NO_PARAMETER, ITSELF, SMALLER)
INTEGERS(FOLD_INTEGER)
#define FOLD_FLOAT(s, T, D)                                       \
  FOLD(sum, s, T, NO_PARAMETER, ITSELF, ADD)                      \
  FOLD(product, s, T, NO_PARAMETER, ITSELF, TIMES)                \
  FOLD(max, s, T, NO_PARAMETER, ITSELF, LARGER_NAN)               \
  FOLD(min, s, T, NO_PARAMETER, ITSELF, SMALLER_NAN)              \
  FOLD(deviations, s, T, WITH_PARAMETER, SQUARED_##s, ADD)        \
  FOLD(exponentials, s, T, WITH_PARAMETER, EXP_##s, ADD)
FLOATS(FOLD_FLOAT)
#define FOLD_COMPLEX(s, T, D)                                     \
  FOLD(sum, s, T, NO_PARAMETER, ITSELF, ad_##s##_add)             \
  FOLD(product, s, T, NO_PARAMETER, ITSELF, ad_##s##_multiply)
COMPLEX(FOLD_COMPLEX)

/* ---- Places of extremes ---- */

/* Is x ahead of the best so far? A NaN is, of all but a NaN. */
#define AHEAD_MAX(x, best) (((x) > (best)) | (((x) != (x)) & ((best) == (best))))
#define AHEAD_MIN(x, best) (((x) < (best)) | (((x) != (x)) & ((best) == (best))))

/* The block's extreme is found by the fold; only when it is ahead the block is searched for it. */
#define ARG_ROWS(what, fold, s, T, AHEAD)                                                                            \
  static void NAME(what##_rows, s)(size_t rows, size_t n, ptrdiff_t stride, const void *in_, size_t base, void *best_, \
                                   uint32_t *index) {                                                                \
    T *best = best_;                                                                                                 \
    for (size_t r = 0; r < rows; r++) {                                                                              \
      const T *p = (const T *)(const void *)((const char *)in_ + (ptrdiff_t)r * stride);                            \
      T top;                                                                                                         \
      NAME(fold##_rows, s)(1, n, 0, &top, p, NULL);                                                                  \
      if (base && !AHEAD(top, best[r])) continue;                                                                    \
      size_t i = 0;                                                                                                  \
      while (i + 1 < n && !(p[i] == top || (p[i] != p[i] && top != top))) i++;                                       \
      best[r] = top;                                                                                                 \
      index[r] = (uint32_t)(base + i);                                                                               \
    }                                                                                                                \
  }
#define ARG_COLUMNS(what, s, T, AHEAD)                                                                             \
  static void NAME(what##_columns, s)(size_t n, const void *in_, size_t base, void *best_, uint32_t *index) {      \
    const T *p = in_;                                                                                              \
    T *best = best_;                                                                                               \
    const uint32_t at = (uint32_t)base;                                                                            \
    AD_LOOP for (size_t i = 0; i < n; i++) {                                                                       \
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
  static void NAME(shifted_exp, s)(size_t n, void *out_, const void *in_, const void *shift_) {            \
    T *out = out_;                                                                                         \
    const T *in = in_;                                                                                     \
    const T shift = *(const T *)shift_;                                                                    \
    AD_LOOP for (size_t i = 0; i < n; i++) out[i] = EXP_##s(in[i]);                                        \
  }                                                                                                        \
  static void NAME(scaled, s)(size_t n, void *out_, const void *in_, const void *factor_) {                \
    T *out = out_;                                                                                         \
    const T *in = in_;                                                                                     \
    const T factor = *(const T *)factor_;                                                                  \
    AD_LOOP for (size_t i = 0; i < n; i++) out[i] = in[i] * factor;                                        \
  }                                                                                                        \
  static void NAME(lowered, s)(size_t n, void *out_, const void *in_, const void *a_, const void *b_) {    \
    T *out = out_;                                                                                         \
    const T *in = in_;                                                                                     \
    const T a = *(const T *)a_, b = *(const T *)b_;                                                        \
    AD_LOOP for (size_t i = 0; i < n; i++) out[i] = (in[i] - a) - b;                                       \
  }
FLOATS(SOFTMAX_LANE)

/* ---- The tables ---- */

#define ENTRY(table, s, D) [AD_##D] = NAME(table, s),
#define ROW_SUM(s, T, D) ENTRY(sum_rows, s, D)
#define ROW_PRODUCT(s, T, D) ENTRY(product_rows, s, D)
#define ROW_MAX(s, T, D) ENTRY(max_rows, s, D)
#define ROW_MIN(s, T, D) ENTRY(min_rows, s, D)
#define ROW_DEVIATIONS(s, T, D) ENTRY(deviations_rows, s, D)
#define ROW_EXPONENTIALS(s, T, D) ENTRY(exponentials_rows, s, D)
#define COLUMN_SUM(s, T, D) ENTRY(sum_columns, s, D)
#define COLUMN_PRODUCT(s, T, D) ENTRY(product_columns, s, D)
#define COLUMN_MAX(s, T, D) ENTRY(max_columns, s, D)
#define COLUMN_MIN(s, T, D) ENTRY(min_columns, s, D)
#define COLUMN_DEVIATIONS(s, T, D) ENTRY(deviations_columns, s, D)
#define COLUMN_EXPONENTIALS(s, T, D) ENTRY(exponentials_columns, s, D)
#define ARGMAX_ROWS(s, T, D) ENTRY(argmax_rows, s, D)
#define ARGMIN_ROWS(s, T, D) ENTRY(argmin_rows, s, D)
#define ARGMAX_COLUMNS(s, T, D) ENTRY(argmax_columns, s, D)
#define ARGMIN_COLUMNS(s, T, D) ENTRY(argmin_columns, s, D)
#define SHIFTED_EXP(s, T, D) ENTRY(shifted_exp, s, D)
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
    .shifted_exp = {FLOATS(SHIFTED_EXP)},
    .scaled = {FLOATS(SCALED)},
    .lowered = {FLOATS(LOWERED)},
};

#include "runtime/kernels/isa_end.h"
#undef AD_KERNEL_SUFFIX
#undef AD_REDUCE_SET
