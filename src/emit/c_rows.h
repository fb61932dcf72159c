/* Softmax, cross-entropy and norms of one row, as emitted C computes them.
 *
 * The order of operations is that of the library's kernels (runtime/kernels/row_kernels.h): sums in 32 parts, then these pairwise,
 * pieces of 1024 elements added in double precision; so the bits are theirs. Only the text is used; see carry.c. */
#ifndef AD_EMIT_C_ROWS_H
#define AD_EMIT_C_ROWS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include "base/scalar.h"
#include "base/scalar_weight.h"
#include "emit/c_folds.h"
#include "emit/c_helpers.h"

enum { AD_PIECE = 1024, AD_PARTS = 32 };

static inline int64_t ad_piece(int64_t left) { return left < AD_PIECE ? left : AD_PIECE; }

#define AD_ROW_SUMS(s, T)                                                                                     \
  static inline double ad_pairwise_##s(T *part) {                                                             \
    for (int half = AD_PARTS / 2; half; half /= 2) {                                                          \
      for (int j = 0; j < half; j++) part[j] += part[j + half];                                               \
    }                                                                                                         \
    return (double)part[0];                                                                                   \
  }                                                                                                           \
  static inline double ad_row_sum_##s(int64_t n, const T *x) {                                                \
    double sum = 0;                                                                                           \
    for (int64_t at = 0; at < n; at += AD_PIECE) sum += (double)ad_sum_block_##s(ad_piece(n - at), x + at);   \
    return sum;                                                                                               \
  }                                                                                                           \
  /* The sum of the squared distances from the mean. */                                                       \
  static inline double ad_row_deviations_##s(int64_t n, const T *x, T mean) {                                 \
    T block[AD_PIECE];                                                                                        \
    double sum = 0;                                                                                           \
    for (int64_t at = 0; at < n; at += AD_PIECE) {                                                            \
      const int64_t m = ad_piece(n - at);                                                                     \
      for (int64_t i = 0; i < m; i++) block[i] = (x[at + i] - mean) * (x[at + i] - mean);                     \
      sum += (double)ad_sum_block_##s(m, block);                                                              \
    }                                                                                                         \
    return sum;                                                                                               \
  }                                                                                                           \
  static inline double ad_row_squares_##s(int64_t n, const T *x) {                                            \
    double sum = 0;                                                                                           \
    for (int64_t at = 0; at < n; at += AD_PIECE) {                                                            \
      const int64_t m = ad_piece(n - at);                                                                     \
      T part[AD_PARTS] = {0};                                                                                 \
      int64_t i = 0;                                                                                          \
      for (; i + AD_PARTS <= m; i += AD_PARTS) {                                                              \
        for (int j = 0; j < AD_PARTS; j++) part[j] += x[at + i + j] * x[at + i + j];                          \
      }                                                                                                       \
      for (int j = 0; i + j < m; j++) part[j] += x[at + i + j] * x[at + i + j];                               \
      sum += ad_pairwise_##s(part);                                                                           \
    }                                                                                                         \
    return sum;                                                                                               \
  }
AD_ROW_SUMS(f32, float)
AD_ROW_SUMS(f64, double)

#define AD_ROW_EXPONENTIALS(s, T)                                                                             \
  /* The largest number that is no NaN. */                                                                    \
  static inline double ad_row_top_##s(int64_t n, const T *x) {                                                \
    T part[AD_PARTS];                                                                                         \
    int64_t i = 0;                                                                                            \
    for (int j = 0; j < AD_PARTS; j++) part[j] = -(T)INFINITY;                                                \
    for (; i + AD_PARTS <= n; i += AD_PARTS) {                                                                \
      for (int j = 0; j < AD_PARTS; j++) part[j] = x[i + j] > part[j] ? x[i + j] : part[j];                   \
    }                                                                                                         \
    for (int j = 0; i + j < n; j++) part[j] = x[i + j] > part[j] ? x[i + j] : part[j];                        \
    for (int half = AD_PARTS / 2; half; half /= 2) {                                                          \
      for (int j = 0; j < half; j++) part[j] = part[j + half] > part[j] ? part[j + half] : part[j];           \
    }                                                                                                         \
    return (double)part[0];                                                                                   \
  }                                                                                                           \
  /* The sum of exp(x - shift). */                                                                            \
  static inline double ad_row_exponentials_##s(int64_t n, const T *x, T shift) {                              \
    T block[AD_PIECE];                                                                                        \
    double sum = 0;                                                                                           \
    for (int64_t at = 0; at < n; at += AD_PIECE) {                                                            \
      const int64_t m = ad_piece(n - at);                                                                     \
      for (int64_t i = 0; i < m; i++) block[i] = ad_##s##_exp(x[at + i] - shift);                             \
      sum += (double)ad_sum_block_##s(m, block);                                                              \
    }                                                                                                         \
    return sum;                                                                                               \
  }                                                                                                           \
  /* out = exp(x - shift), no x being larger than shift; the sum of it. */                                    \
  static inline double ad_row_soften_##s(int64_t n, const T *x, T shift, T *out) {                            \
    double sum = 0;                                                                                           \
    for (int64_t i = 0; i < n; i++) out[i] = ad_##s##_exp_weight(x[i] - shift);                               \
    for (int64_t at = 0; at < n; at += AD_PIECE) {                                                            \
      const int64_t m = ad_piece(n - at);                                                                     \
      T part[AD_PARTS] = {0};                                                                                 \
      int64_t i = 0;                                                                                          \
      for (; i + AD_PARTS <= m; i += AD_PARTS) {                                                              \
        for (int j = 0; j < AD_PARTS; j++) part[j] += out[at + i + j];                                        \
      }                                                                                                       \
      for (int j = 0; i + j < m; j++) part[j] += out[at + i + j];                                             \
      sum += ad_pairwise_##s(part);                                                                           \
    }                                                                                                         \
    return sum;                                                                                               \
  }                                                                                                           \
  static inline void ad_softmax_##s(int64_t n, const T *x, T *out) {                                          \
    const T factor = (T)(1 / ad_row_soften_##s(n, x, (T)ad_row_top_##s(n, x), out));                          \
    for (int64_t i = 0; i < n; i++) out[i] *= factor;                                                         \
  }                                                                                                           \
  static inline void ad_log_softmax_##s(int64_t n, const T *x, T *out) {                                      \
    const T top = (T)ad_row_top_##s(n, x), less = (T)ad_f64_log(ad_row_exponentials_##s(n, x, top));          \
    for (int64_t i = 0; i < n; i++) out[i] = (x[i] - top) - less;                                             \
  }
AD_ROW_EXPONENTIALS(f32, float)
AD_ROW_EXPONENTIALS(f64, double)

#define AD_ROW_ENTROPIES(s, T)                                                                                \
  /* The logarithm of the sum of exponentials. */                                                             \
  static inline double ad_row_lse_##s(int64_t n, const T *x) {                                                \
    const double top = ad_row_top_##s(n, x), finite = top == INFINITY || top == -INFINITY ? 0 : top;          \
    return finite + ad_f64_log(ad_row_exponentials_##s(n, x, (T)finite));                                     \
  }                                                                                                           \
  /* The cross-entropy of a row whose class is known; `share` of the target is spread over all classes. */    \
  static inline T ad_cross_entropy_##s(int64_t n, const T *x, int64_t class, double share, T *lse) {          \
    const double sum = ad_row_lse_##s(n, x);                                                                  \
    double picked = (double)x[ad_index_clamped(class, n, n - 1)];                                             \
    if (share > 0) picked = picked * (1 - share) + ad_row_sum_##s(n, x) / (double)n * share;                  \
    *lse = (T)sum;                                                                                            \
    return (T)(sum - picked);                                                                                 \
  }                                                                                                           \
  /* The same of a row whose classes have probabilities. */                                                   \
  static inline T ad_cross_entropy_between_##s(int64_t n, const T *x, const T *target, double share, T *lse) { \
    const double all = ad_row_lse_##s(n, x), spread = share / (double)n;                                      \
    double sum = 0, product = 0;                                                                              \
    for (int64_t i = 0; i < n; i++) {                                                                         \
      const double weight = (double)target[i] * (1 - share) + spread;                                         \
      sum += weight;                                                                                          \
      if (weight < 0 || weight > 0 || weight != weight) product += weight * (double)x[i];                     \
    }                                                                                                         \
    *lse = (T)all;                                                                                            \
    return (T)(all * sum - product);                                                                          \
  }                                                                                                           \
  static inline void ad_cross_entropy_back_##s(int64_t n, const T *x, int64_t class, double share, T lse, T ct, \
                                               T weight, T *out) {                                            \
    const T less = (T)((double)ct * (share / (double)n));                                                     \
    T *hit = out + ad_index_clamped(class, n, n - 1);                                                         \
    for (int64_t i = 0; i < n; i++) out[i] = ad_##s##_exp(x[i] - lse) * weight - less;                        \
    *hit = (T)((double)*hit - (double)ct * (1 - share));                                                      \
  }                                                                                                           \
  static inline void ad_cross_entropy_between_back_##s(int64_t n, const T *x, const T *target, double share,  \
                                                       T lse, T ct, T weight, T *out) {                       \
    const T less = (T)((double)ct * (share / (double)n)), rest = (T)((double)ct * (1 - share));               \
    for (int64_t i = 0; i < n; i++) out[i] = ad_##s##_exp(x[i] - lse) * weight - less;                        \
    for (int64_t i = 0; i < n; i++) out[i] -= rest * target[i];                                               \
  }
AD_ROW_ENTROPIES(f32, float)
AD_ROW_ENTROPIES(f64, double)

#define AD_ROW_NORMS(s, T)                                                                                    \
  static inline void ad_normalize_##s(int64_t n, const T *x, T mean, T rstd, const T *weight, const T *bias, T *out) { \
    for (int64_t i = 0; i < n; i++) out[i] = (x[i] - mean) * rstd;                                            \
    for (int64_t i = 0; weight && i < n; i++) out[i] *= weight[i];                                            \
    for (int64_t i = 0; bias && i < n; i++) out[i] += bias[i];                                                \
  }                                                                                                           \
  /* weight and bias may be NULL. */                                                                          \
  static inline void ad_layer_norm_##s(int64_t n, const T *x, const T *weight, const T *bias, double eps, T *out, T *mean, \
                                       T *rstd) {                                                             \
    *mean = (T)(ad_row_sum_##s(n, x) / (double)n);                                                            \
    *rstd = (T)(1 / sqrt(ad_row_deviations_##s(n, x, *mean) / (double)n + eps));                              \
    ad_normalize_##s(n, x, *mean, *rstd, weight, bias, out);                                                  \
  }                                                                                                           \
  static inline void ad_rms_norm_##s(int64_t n, const T *x, const T *weight, double eps, T *out, T *rstd) {   \
    *rstd = (T)(1 / sqrt(ad_row_squares_##s(n, x) / (double)n + eps));                                        \
    ad_normalize_##s(n, x, 0, *rstd, weight, NULL, out);                                                      \
  }                                                                                                           \
  /* The cotangent of a normalised row; that of the weight is added to dweight, that of the bias to dbias. mean, weight and, \
   * with the one they belong to, these may be NULL. */                                                       \
  static inline void ad_norm_back_##s(int64_t n, const T *ct, const T *x, const T *weight, const T *mean, T rstd, T *out, \
                                      T *dweight, T *dbias) {                                                 \
    const T shift = mean ? *mean : 0;                                                                         \
    double total = 0, product = 0;                                                                            \
    for (int64_t at = 0; at < n; at += AD_PIECE) {                                                            \
      const int64_t m = ad_piece(n - at);                                                                     \
      T part[AD_PARTS] = {0}, times[AD_PARTS] = {0};                                                          \
      for (int64_t i = 0; i < m; i += AD_PARTS) {                                                             \
        for (int64_t j = 0; j < AD_PARTS && i + j < m; j++) {                                                 \
          const int64_t k = at + i + j;                                                                       \
          const T g = weight ? ct[k] * rstd * weight[k] : ct[k] * rstd;                                       \
          part[j] += g;                                                                                       \
          times[j] += g * (x[k] - shift);                                                                     \
        }                                                                                                     \
      }                                                                                                       \
      total += ad_pairwise_##s(part);                                                                         \
      product += ad_pairwise_##s(times);                                                                      \
    }                                                                                                         \
    const T a = mean ? (T)(total / (double)n) : 0, b = (T)(product / (double)n * (double)rstd * (double)rstd); \
    for (int64_t i = 0; weight && i < n; i++) dweight[i] += ct[i] * rstd * (x[i] - shift);                    \
    for (int64_t i = 0; dbias && i < n; i++) dbias[i] += ct[i];                                               \
    for (int64_t i = 0; i < n; i++) {                                                                         \
      const T d = x[i] - shift, g = weight ? ct[i] * rstd * weight[i] : ct[i] * rstd;                         \
      out[i] = g - a - d * b;                                                                                 \
    }                                                                                                         \
  }                                                                                                           \
  /* sum += part, which begins anew. */                                                                       \
  static inline void ad_norm_join_##s(int64_t n, double *sum, T *part) {                                      \
    for (int64_t i = 0; i < n; i++) {                                                                         \
      sum[i] += (double)part[i];                                                                              \
      part[i] = 0;                                                                                            \
    }                                                                                                         \
  }
AD_ROW_NORMS(f32, float)
AD_ROW_NORMS(f64, double)

#endif
