/* Sums over taps, as emitted C computes them: windows and resizing.
 *
 * Rows of the source are joined element by element, then elements along the rows, in the library's order (runtime/tap_rows.h), so the
 * bits are its own. Only the text is used; see carry.c. */
#ifndef AD_EMIT_C_TAPS_H
#define AD_EMIT_C_TAPS_H

#include <stdint.h>

#define AD_TAP_FUNCTIONS(s, T)                                                                                \
  /* One axis: element d of the result is made of count[d] elements of the source, first[d], first[d] + step, ..., times \
   * weights[at[d]], ...; without `first` of element d alone, without `weights` times 1. */                   \
  typedef struct ad_taps_##s {                                                                                \
    int64_t to, from, step;                                                                                   \
    const int *first, *count, *at;                                                                            \
    const T *weights;                                                                                         \
  } ad_taps_##s;                                                                                              \
  /* The place and weight of the row of the source that the taps name. */                                     \
  static inline int64_t ad_tap_row_##s(int n, const ad_taps_##s *axis, const int64_t *place, const int64_t *tap, T *weight) { \
    int64_t row = 0;                                                                                          \
    double factor = 1;                                                                                        \
    T last = 1;                                                                                               \
    for (int i = 0; i < n; i++) {                                                                             \
      row = row * axis[i].from + (axis[i].first ? axis[i].first[place[i]] + tap[i] * axis[i].step : place[i]); \
      if (!axis[i].first) continue;                                                                           \
      factor *= (double)last;                                                                                 \
      last = axis[i].weights ? axis[i].weights[axis[i].at[place[i]] + tap[i]] : 1;                            \
    }                                                                                                         \
    *weight = last * (T)factor;                                                                               \
    return row;                                                                                               \
  }                                                                                                           \
  /* line = the sum of the rows that row `place` of the result is made of. */                                 \
  static inline void ad_tap_line_##s(int n, const ad_taps_##s *axis, const int64_t *place, int64_t width, const T *x, T *line) { \
    int64_t tap[16] = {0};                                                                                    \
    int i = 0, begun = 0;                                                                                     \
    for (i = 0; i < n; i++) {                                                                                 \
      if (axis[i].first && !axis[i].count[place[i]]) break;                                                   \
    }                                                                                                         \
    for (int64_t k = 0; i < n && k < width; k++) line[k] = 0;                                                 \
    while (i >= n || begun) {                                                                                 \
      T w = 1;                                                                                                \
      const T *from = x + ad_tap_row_##s(n, axis, place, tap, &w) * width;                                    \
      for (int64_t k = 0; k < width; k++) line[k] = begun ? line[k] + w * from[k] : w * from[k];              \
      for (i = n - 1; i >= 0; i--) {                                                                          \
        if (axis[i].first && ++tap[i] < axis[i].count[place[i]]) break;                                       \
        tap[i] = 0;                                                                                           \
      }                                                                                                       \
      if (i < 0) return;                                                                                      \
      begun = 1;                                                                                              \
    }                                                                                                         \
  }                                                                                                           \
  /* The result; the last axis is the line, `inner` elements side by side. line has room for a row of the source. */ \
  static inline void ad_tap_rows_##s(int n, const ad_taps_##s *axis, int64_t inner, const T *x, T *out, T *line) { \
    const ad_taps_##s *last = axis + n - 1;                                                                   \
    int64_t rows = 1, place[16] = {0};                                                                        \
    for (int i = 0; i < n - 1; i++) rows *= axis[i].to;                                                       \
    for (int64_t row = 0; row < rows; row++) {                                                                \
      int64_t left = row;                                                                                     \
      for (int i = n - 2; i >= 0; i--) {                                                                      \
        place[i] = left % axis[i].to;                                                                         \
        left /= axis[i].to;                                                                                   \
      }                                                                                                       \
      ad_tap_line_##s(n - 1, axis, place, last->from * inner, x, line);                                       \
      for (int64_t d = 0; d < last->to; d++, out += inner) {                                                  \
        const T *from = line + last->first[d] * inner;                                                        \
        for (int64_t k = 0; k < inner; k++) out[k] = 0;                                                       \
        for (int64_t j = 0; j < last->count[d]; j++, from += last->step * inner) {                            \
          const T w = last->weights ? last->weights[last->at[d] + j] : 1;                                     \
          for (int64_t k = 0; k < inner; k++) out[k] = j ? out[k] + w * from[k] : w * from[k];                \
        }                                                                                                     \
      }                                                                                                       \
    }                                                                                                         \
  }
AD_TAP_FUNCTIONS(f32, float)
AD_TAP_FUNCTIONS(f64, double)

#endif
