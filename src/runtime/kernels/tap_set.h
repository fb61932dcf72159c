/* One instruction set's tap kernels: included by tap_<isa>.c with AD_KERNEL_SUFFIX, AD_TAP_SET (the table's name) and
 * AD_ISA_WANTED. See tap_kernels.h. */
#include <math.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/tap_kernels.h"
#include "runtime/kernels/isa_begin.h"

#define NAME(name) AD_CAT(name, AD_KERNEL_SUFFIX)
#define FEW 4 /* elements side by side that are not worth a vector loop */

/* ---- Sums and maxima ---- */

#define FOLD(name, T, NOTHING, JOIN)                                                                                  \
  static void NAME(name##_fill)(size_t n, void *out_) {                                                               \
    T *out = out_;                                                                                                    \
    for (size_t i = 0; i < n; i++) out[i] = (T)(NOTHING);                                                             \
  }                                                                                                                   \
  static void NAME(name##_across)(size_t n, int64_t k, void *out_, const void *in_, ptrdiff_t step, bool first) {     \
    T *out = out_;                                                                                                    \
    const T *in = in_, *next = in + step;                                                                             \
    if (first && k == 1) {                                                                                            \
      memcpy(out, in, n * sizeof *out);                                                                               \
      return;                                                                                                         \
    }                                                                                                                 \
    if (first) {                                                                                                      \
      AD_LOOP                                                                                                         \
      for (size_t i = 0; i < n; i++) out[i] = JOIN(in[i], next[i]);                                                   \
      k -= 2, in = next + step, next = in + step;                                                                     \
    }                                                                                                                 \
    for (; k >= 2; k -= 2, in = next + step, next = in + step) {                                                      \
      AD_LOOP                                                                                                         \
      for (size_t i = 0; i < n; i++) {                                                                                \
        const T both = JOIN(out[i], in[i]);                                                                           \
        out[i] = JOIN(both, next[i]);                                                                                 \
      }                                                                                                               \
    }                                                                                                                 \
    if (k == 0) return;                                                                                               \
    AD_LOOP                                                                                                           \
    for (size_t i = 0; i < n; i++) out[i] = JOIN(out[i], in[i]);                                                      \
  }                                                                                                                   \
  static void NAME(name##_places)(const ad_tap_line *l, T *out, const T *in, int64_t begin, int64_t end) {            \
    const int64_t inner = l->inner, step = l->step * inner;                                                           \
    for (int64_t d = begin; d < end; d++) {                                                                           \
      const ad_tap_run run = l->runs[d];                                                                              \
      const T *from = in + run.first * inner;                                                                         \
      T *to = out + d * inner;                                                                                        \
      if (run.count == 0) {                                                                                           \
        NAME(name##_fill)((size_t)inner, to);                                                                         \
      } else if (inner > FEW) {                                                                                       \
        NAME(name##_across)((size_t)inner, run.count, to, from, (ptrdiff_t)step, true);                               \
      } else {                                                                                                        \
        for (int64_t i = 0; i < inner; i++) {                                                                         \
          T v = from[i];                                                                                              \
          for (int64_t j = 1; j < run.count; j++) v = JOIN(v, from[j * step + i]);                                    \
          to[i] = v;                                                                                                  \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  }                                                                                                                   \
  /* One element side by side, windows of equal length: all windows' j-th elements at a time. */                      \
  static void NAME(name##_even)(const ad_tap_line *l, T *out, const T *in) {                                          \
    const int64_t n = l->even_end - l->even_begin, stride = l->even_stride;                                           \
    const ad_tap_run run = l->runs[l->even_begin];                                                                    \
    in += run.first;                                                                                                  \
    out += l->even_begin;                                                                                             \
    AD_LOOP                                                                                                           \
    for (int64_t i = 0; i < n; i++) out[i] = in[i * stride];                                                          \
    for (int64_t j = 1; j < run.count; j++) {                                                                         \
      const T *from = in + j * l->step;                                                                               \
      AD_LOOP                                                                                                         \
      for (int64_t i = 0; i < n; i++) out[i] = JOIN(out[i], from[i * stride]);                                        \
    }                                                                                                                 \
  }                                                                                                                   \
  static void NAME(name##_along)(const ad_tap_line *l, void *out_, const void *in_) {                                 \
    T *out = out_;                                                                                                    \
    const T *in = in_;                                                                                                \
    bool side_by_side = l->even_stride == 1;                                                                          \
    int64_t begin = l->even_begin, end = l->even_end;                                                                 \
    if (end - begin < 2 || !(side_by_side || l->inner == 1)) begin = end = 0;                                         \
    NAME(name##_places)(l, out, in, 0, begin);                                                                        \
    if (end > begin && side_by_side)                                                                                  \
      NAME(name##_across)((size_t)((end - begin) * l->inner), l->runs[begin].count, out + begin * l->inner,           \
                    in + l->runs[begin].first * l->inner, (ptrdiff_t)(l->step * l->inner), true);                     \
    else if (end > begin)                                                                                             \
      NAME(name##_even)(l, out, in);                                                                                  \
    NAME(name##_places)(l, out, in, end, l->to);                                                                      \
  }

#define PLUS(a, b) ((a) + (b))
#define WRAP_8(a, b) ((uint8_t)((a) + (b)))
#define WRAP_16(a, b) ((uint16_t)((a) + (b)))
#define LARGER(a, b) ((a) > (b) ? (a) : (b))

FOLD(sum_u8, uint8_t, 0, WRAP_8)
FOLD(sum_u16, uint16_t, 0, WRAP_16)
FOLD(sum_u32, uint32_t, 0, PLUS)
FOLD(sum_u64, uint64_t, 0, PLUS)
FOLD(sum_f32, float, 0, PLUS)
FOLD(sum_f64, double, 0, PLUS)
FOLD(max_u8, uint8_t, 0, LARGER)
FOLD(max_u16, uint16_t, 0, LARGER)
FOLD(max_u32, uint32_t, 0, LARGER)
FOLD(max_u64, uint64_t, 0, LARGER)
FOLD(max_i8, int8_t, INT8_MIN, LARGER)
FOLD(max_i16, int16_t, INT16_MIN, LARGER)
FOLD(max_i32, int32_t, INT32_MIN, LARGER)
FOLD(max_i64, int64_t, INT64_MIN, LARGER)
FOLD(max_f32, float, -INFINITY, ad_f32_maximum)
FOLD(max_f64, double, -INFINITY, ad_f64_maximum)

/* ---- Places of maxima ---- */

#define ARGMAX(name, T)                                                                                               \
  static void NAME(name)(const ad_tap_line *l, void *best_, uint32_t *at_, const void *in_, uint32_t base, uint32_t scale) { \
    const int64_t inner = l->inner;                                                                                   \
    for (int64_t d = 0; d < l->to; d++) {                                                                             \
      T *best = (T *)best_ + d * inner;                                                                               \
      uint32_t *at = at_ + d * inner;                                                                                 \
      for (int64_t j = 0; j < l->runs[d].count; j++) {                                                                \
        const int64_t s = l->runs[d].first + j * l->step;                                                             \
        const T *in = (const T *)in_ + s * inner;                                                                     \
        const uint32_t number = base + (uint32_t)s * scale;                                                           \
        AD_LOOP                                                                                                       \
        for (int64_t i = 0; i < inner; i++) {                                                                         \
          const T v = in[i], b = best[i];                                                                             \
          const bool earlier = number < at[i], better = (v > b) | (v != v && b == b);                                 \
          const bool takes = better | (((v == b) | (v != v && b != b)) & earlier);                                    \
          best[i] = takes ? v : b;                                                                                    \
          at[i] = takes ? number : at[i];                                                                             \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  }
ARGMAX(argmax_u8, uint8_t)
ARGMAX(argmax_u16, uint16_t)
ARGMAX(argmax_u32, uint32_t)
ARGMAX(argmax_u64, uint64_t)
ARGMAX(argmax_i8, int8_t)
ARGMAX(argmax_i16, int16_t)
ARGMAX(argmax_i32, int32_t)
ARGMAX(argmax_i64, int64_t)
ARGMAX(argmax_f32, float)
ARGMAX(argmax_f64, double)

/* ---- Matches ---- */

#define MATCH(name, T)                                                                                                \
  static void NAME(name)(const ad_tap_line *l, void *out_, const void *own_, const void *key_, const void *v_) {      \
    const int64_t inner = l->inner;                                                                                   \
    for (int64_t d = 0; d < l->to; d++) {                                                                             \
      T *out = (T *)out_ + d * inner;                                                                                 \
      const T *own = (const T *)own_ + d * inner;                                                                     \
      for (int64_t j = 0; j < l->runs[d].count; j++) {                                                                \
        const int64_t s = l->runs[d].first + j * l->step;                                                             \
        const T *key = (const T *)key_ + s * inner, *v = (const T *)v_ + s * inner;                                   \
        AD_LOOP                                                                                                       \
        for (int64_t i = 0; i < inner; i++) {                                                                         \
          const bool equal = (own[i] == key[i]) | (own[i] != own[i] && key[i] != key[i]);                             \
          out[i] += equal ? v[i] : 0;                                                                                 \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  }
MATCH(match_f32, float)
MATCH(match_f64, double)

/* ---- Weighted sums ---- */

#define WEIGH(name, T)                                                                                                \
  static void NAME(name)(size_t n, int64_t k, void *out_, const void *in_, ptrdiff_t step, const void *weight_, double factor_, \
                   bool first) {                                                                                      \
    T *out = out_;                                                                                                    \
    const T *in = in_, *weight = weight_, factor = (T)factor_;                                                        \
    int64_t j = 0;                                                                                                    \
    if (first && k == 1) {                                                                                            \
      const T w = weight ? weight[0] * factor : factor;                                                               \
      AD_LOOP                                                                                                         \
      for (size_t i = 0; i < n; i++) out[i] = w * in[i];                                                              \
      return;                                                                                                         \
    }                                                                                                                 \
    if (first) {                                                                                                      \
      const T w = weight ? weight[0] * factor : factor, x = weight ? weight[1] * factor : factor;                     \
      const T *next = in + step;                                                                                      \
      AD_LOOP                                                                                                         \
      for (size_t i = 0; i < n; i++) out[i] = w * in[i] + x * next[i];                                                \
      j = 2;                                                                                                          \
    }                                                                                                                 \
    for (; j + 1 < k; j += 2) {                                                                                       \
      const T w = weight ? weight[j] * factor : factor, x = weight ? weight[j + 1] * factor : factor;                 \
      const T *a = in + j * step, *b = a + step;                                                                      \
      AD_LOOP                                                                                                         \
      for (size_t i = 0; i < n; i++) out[i] = (out[i] + w * a[i]) + x * b[i];                                         \
    }                                                                                                                 \
    if (j == k) return;                                                                                               \
    const T w = weight ? weight[j] * factor : factor, *a = in + j * step;                                             \
    AD_LOOP                                                                                                           \
    for (size_t i = 0; i < n; i++) out[i] = out[i] + w * a[i];                                                        \
  }                                                                                                                   \
  static void NAME(name##_along)(const ad_tap_line *l, void *out_, const void *in_) {                                 \
    const int64_t inner = l->inner, step = l->step * inner;                                                           \
    for (int64_t d = 0; d < l->to; d++) {                                                                             \
      const ad_tap_run run = l->runs[d];                                                                              \
      const T *weight = (const T *)l->weights + run.weight, *from = (const T *)in_ + run.first * inner;               \
      T *to = (T *)out_ + d * inner;                                                                                  \
      if (run.count == 0) {                                                                                           \
        memset(to, 0, (size_t)inner * sizeof *to);                                                                    \
      } else if (inner > FEW) {                                                                                       \
        NAME(name)((size_t)inner, run.count, to, from, (ptrdiff_t)step, weight, 1, true);                             \
      } else {                                                                                                        \
        for (int64_t i = 0; i < inner; i++) {                                                                         \
          T v = weight[0] * from[i];                                                                                  \
          for (int64_t j = 1; j < run.count; j++) v += weight[j] * from[j * step + i];                                \
          to[i] = v;                                                                                                  \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  }
WEIGH(weigh_f32, float)
WEIGH(weigh_f64, double)

#define FOLD_OF(name) {NAME(name##_across), NAME(name##_along), NAME(name##_fill)}
const ad_tap_kernels AD_TAP_SET = {
    .sum = {[AD_UINT8] = FOLD_OF(sum_u8), [AD_UINT16] = FOLD_OF(sum_u16), [AD_UINT32] = FOLD_OF(sum_u32), [AD_UINT64] = FOLD_OF(sum_u64),
            [AD_INT8] = FOLD_OF(sum_u8), [AD_INT16] = FOLD_OF(sum_u16), [AD_INT32] = FOLD_OF(sum_u32), [AD_INT64] = FOLD_OF(sum_u64),
            [AD_FLOAT32] = FOLD_OF(sum_f32), [AD_FLOAT64] = FOLD_OF(sum_f64)},
    .max = {[AD_UINT8] = FOLD_OF(max_u8), [AD_UINT16] = FOLD_OF(max_u16), [AD_UINT32] = FOLD_OF(max_u32), [AD_UINT64] = FOLD_OF(max_u64),
            [AD_INT8] = FOLD_OF(max_i8), [AD_INT16] = FOLD_OF(max_i16), [AD_INT32] = FOLD_OF(max_i32), [AD_INT64] = FOLD_OF(max_i64),
            [AD_FLOAT32] = FOLD_OF(max_f32), [AD_FLOAT64] = FOLD_OF(max_f64)},
    .argmax = {[AD_UINT8] = NAME(argmax_u8), [AD_UINT16] = NAME(argmax_u16), [AD_UINT32] = NAME(argmax_u32), [AD_UINT64] = NAME(argmax_u64),
               [AD_INT8] = NAME(argmax_i8), [AD_INT16] = NAME(argmax_i16), [AD_INT32] = NAME(argmax_i32), [AD_INT64] = NAME(argmax_i64),
               [AD_FLOAT32] = NAME(argmax_f32), [AD_FLOAT64] = NAME(argmax_f64)},
    .match = {[AD_FLOAT32] = NAME(match_f32), [AD_FLOAT64] = NAME(match_f64)},
    .weigh = {[AD_FLOAT32] = NAME(weigh_f32), [AD_FLOAT64] = NAME(weigh_f64)},
    .weigh_along = {[AD_FLOAT32] = NAME(weigh_f32_along), [AD_FLOAT64] = NAME(weigh_f64_along)},
};

#include "runtime/kernels/isa_end.h"
#undef AD_KERNEL_SUFFIX
#undef AD_TAP_SET
