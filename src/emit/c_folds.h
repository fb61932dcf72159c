/* Sums, products and extremes of rows and of columns, and products of matrices, as emitted C computes them.
 *
 * Every order of operations is that of the library's kernels (runtime/reduce.h, runtime/kernels/gemm_kernels.h), so the bits are
 * theirs; loops are plain, over neighbouring elements, which compilers turn into vectors. Only the text is used; see carry.c. */
#ifndef AD_EMIT_C_FOLDS_H
#define AD_EMIT_C_FOLDS_H

#include <math.h>
#include <stdint.h>
#include "base/scalar_complex.h"

/* ---- Folds ---- */

enum { AD_ROW_BLOCK = 4096, AD_COLUMN_BLOCK = 64, AD_FOLD_RADIX = 16, AD_FOLD_LEVELS = 12 };

#define AD_FOLD_JOINS(s, T)                                        \
  static inline T ad_plus_##s(T a, T b) { return a + b; }          \
  static inline T ad_times_##s(T a, T b) { return a * b; }         \
  static inline T ad_larger_##s(T a, T b) {                        \
    const T m = b > a ? b : a;                                     \
    return b != b ? b : m;                                         \
  }                                                                \
  static inline T ad_smaller_##s(T a, T b) {                       \
    const T m = b < a ? b : a;                                     \
    return b != b ? b : m;                                         \
  }
AD_FOLD_JOINS(f32, float)
AD_FOLD_JOINS(f64, double)

#define AD_FOLD_ROW(s, T, name, JOIN)                                                                          \
  /* n numbers joined: number i goes to part i % parts, then the parts are joined pairwise. */                 \
  static inline T ad_##name##_parts_##s(int64_t n, int parts, const T *x) {                                    \
    T part[256 / sizeof(T)];                                                                                   \
    int64_t i = parts;                                                                                         \
    for (int j = 0; j < parts; j++) part[j] = x[j];                                                            \
    for (; i + parts <= n; i += parts) {                                                                       \
      for (int j = 0; j < parts; j++) part[j] = JOIN(part[j], x[i + j]);                                       \
    }                                                                                                          \
    for (int j = 0; i + j < n; j++) part[j] = JOIN(part[j], x[i + j]);                                         \
    for (int half = parts / 2; half; half /= 2) {                                                              \
      for (int j = 0; j < half; j++) part[j] = JOIN(part[j], part[j + half]);                                  \
    }                                                                                                          \
    return part[0];                                                                                            \
  }                                                                                                            \
  static inline T ad_##name##_block_##s(int64_t n, const T *x) {                                               \
    const int wide = 256 / sizeof(T), narrow = 32 / sizeof(T);                                                 \
    if (n >= wide) return ad_##name##_parts_##s(n, wide, x);                                                   \
    return n >= narrow ? ad_##name##_parts_##s(n, narrow, x) : ad_##name##_parts_##s(n, 1, x);                 \
  }                                                                                                            \
  /* n numbers, at least one: in blocks, whose results are joined sixteen at a time. */                        \
  static inline T ad_##name##_##s(int64_t n, const T *x) {                                                     \
    T level[AD_FOLD_LEVELS], all;                                                                              \
    int count[AD_FOLD_LEVELS] = {0}, k = 0;                                                                    \
    if (n <= AD_ROW_BLOCK) return ad_##name##_block_##s(n, x);                                                 \
    for (int64_t i = 0; i < n; i += AD_ROW_BLOCK) {                                                            \
      T part = ad_##name##_block_##s(n - i < AD_ROW_BLOCK ? n - i : AD_ROW_BLOCK, x + i);                      \
      for (k = 0;; k++) {                                                                                      \
        level[k] = count[k] ? JOIN(level[k], part) : part;                                                     \
        if (++count[k] < AD_FOLD_RADIX) break;                                                                 \
        count[k] = 0;                                                                                          \
        part = level[k];                                                                                       \
      }                                                                                                        \
    }                                                                                                          \
    for (k = 0; !count[k]; k++) {}                                                                             \
    for (all = level[k++]; k < AD_FOLD_LEVELS; k++) all = count[k] ? JOIN(level[k], all) : all;                \
    return all;                                                                                                \
  }
#define AD_FOLD_COLUMNS(s, T, name, JOIN)                                                                      \
  /* out[j] = x[j] joined with n - 1 numbers below it, `pitch` apart. */                                       \
  static inline void ad_##name##_down_##s(int64_t n, int64_t width, int64_t pitch, const T *x, T *out) {       \
    for (int64_t j = 0; j < width; j++) out[j] = x[j];                                                         \
    for (int64_t i = 1; i < n; i++) {                                                                          \
      const T *row = x + i * pitch;                                                                            \
      for (int64_t j = 0; j < width; j++) out[j] = JOIN(out[j], row[j]);                                       \
    }                                                                                                          \
  }                                                                                                            \
  /* The columns of n rows: in blocks of rows, whose results are joined sixteen at a time. */                  \
  static inline void ad_##name##_columns_##s(int64_t n, int64_t width, int64_t pitch, const T *x, T *out) {    \
    T level[AD_FOLD_LEVELS][64], part[64];                                                                     \
    if (n <= AD_COLUMN_BLOCK) {                                                                                \
      ad_##name##_down_##s(n, width, pitch, x, out);                                                           \
      return;                                                                                                  \
    }                                                                                                          \
    for (int64_t from = 0; from < width; from += 64) {                                                         \
      const int strip = width - from < 64 ? (int)(width - from) : 64;                                          \
      int count[AD_FOLD_LEVELS] = {0}, k = 0;                                                                  \
      for (int64_t i = 0; i < n; i += AD_COLUMN_BLOCK) {                                                       \
        const int64_t rows = n - i < AD_COLUMN_BLOCK ? n - i : AD_COLUMN_BLOCK;                                \
        ad_##name##_down_##s(rows, strip, pitch, x + i * pitch + from, part);                                  \
        for (k = 0;; k++) {                                                                                    \
          for (int j = 0; j < strip; j++) level[k][j] = count[k] ? JOIN(level[k][j], part[j]) : part[j];       \
          if (++count[k] < AD_FOLD_RADIX) break;                                                               \
          count[k] = 0;                                                                                        \
          for (int j = 0; j < strip; j++) part[j] = level[k][j];                                               \
        }                                                                                                      \
      }                                                                                                        \
      for (k = 0; !count[k]; k++) {}                                                                           \
      for (int j = 0; j < strip; j++) out[from + j] = level[k][j];                                             \
      for (k++; k < AD_FOLD_LEVELS; k++) {                                                                     \
        for (int j = 0; count[k] && j < strip; j++) out[from + j] = JOIN(level[k][j], out[from + j]);          \
      }                                                                                                        \
    }                                                                                                          \
  }
#define AD_FOLD(s, T, name, JOIN)     \
  AD_FOLD_ROW(s, T, name, JOIN)       \
  AD_FOLD_COLUMNS(s, T, name, JOIN)
#define AD_FOLDS(s, T)                    \
  AD_FOLD(s, T, sum, ad_plus_##s)         \
  AD_FOLD(s, T, product, ad_times_##s)    \
  AD_FOLD(s, T, largest, ad_larger_##s)   \
  AD_FOLD(s, T, smallest, ad_smaller_##s)
AD_FOLDS(f32, float)
AD_FOLDS(f64, double)
AD_FOLD(c64, ad_c64, sum, ad_c64_add)
AD_FOLD(c128, ad_c128, sum, ad_c128_add)
AD_FOLD(c64, ad_c64, product, ad_c64_multiply)
AD_FOLD(c128, ad_c128, product, ad_c128_multiply)

static inline ad_c64 ad_part_of_c64(ad_c64 x, float by) {
  x.re /= by;
  x.im /= by;
  return x;
}
static inline ad_c128 ad_part_of_c128(ad_c128 x, double by) {
  x.re /= by;
  x.im /= by;
  return x;
}

/* ---- Products ---- */

/* A sum over k begins anew every AD_DEPTH_BLOCK terms. */
enum { AD_DEPTH_BLOCK = 384, AD_WIDTH_BLOCK = 256, AD_DOT_PARTS = 128 };

#define AD_PRODUCTS(s, T, FMA)                                                                                    \
  /* sum[j] += a[0] b[0][j] + a[a_step] b[1][j] + ..., term by term, each rounded once. */                        \
  static inline void ad_add_products_##s(int64_t width, int64_t depth, const T *a, int64_t a_step, const T *b,    \
                                         int64_t b_step, T *sum) {                                                \
    int64_t k = 0;                                                                                                \
    for (; k + 4 <= depth; k += 4) {                                                                              \
      const T a0 = a[k * a_step], a1 = a[(k + 1) * a_step], a2 = a[(k + 2) * a_step], a3 = a[(k + 3) * a_step];   \
      const T *b0 = b + k * b_step, *b1 = b0 + b_step, *b2 = b1 + b_step, *b3 = b2 + b_step;                      \
      for (int64_t j = 0; j < width; j++) sum[j] = FMA(a3, b3[j], FMA(a2, b2[j], FMA(a1, b1[j], FMA(a0, b0[j], sum[j])))); \
    }                                                                                                             \
    for (; k < depth; k++) {                                                                                      \
      for (int64_t j = 0; j < width; j++) sum[j] = FMA(a[k * a_step], b[k * b_step + j], sum[j]);                 \
    }                                                                                                             \
  }                                                                                                               \
  /* out[i][j] = the sum over k of a[i * a_row + k * a_step] * b[k * b_step + j]; rows of out lie side by side. */ \
  static inline void ad_matrix_product_##s(int64_t rows, int64_t columns, int64_t depth, const T *a, int64_t a_row, \
                                           int64_t a_step, const T *b, int64_t b_step, T *out) {                  \
    T sum[AD_WIDTH_BLOCK];                                                                                        \
    for (int64_t from = 0; from < columns; from += AD_WIDTH_BLOCK) {                                              \
      const int64_t width = columns - from < AD_WIDTH_BLOCK ? columns - from : AD_WIDTH_BLOCK;                    \
      for (int64_t k = 0; k < depth || k == 0; k += AD_DEPTH_BLOCK) {                                             \
        const int64_t steps = depth - k < AD_DEPTH_BLOCK ? depth - k : AD_DEPTH_BLOCK;                            \
        for (int64_t i = 0; i < rows; i++) {                                                                      \
          T *row = out + i * columns + from;                                                                      \
          for (int64_t j = 0; j < width; j++) sum[j] = 0;                                                         \
          ad_add_products_##s(width, steps, a + i * a_row + k * a_step, a_step, b + k * b_step + from, b_step, sum); \
          for (int64_t j = 0; j < width; j++) row[j] = k ? row[j] + sum[j] : sum[j];                              \
        }                                                                                                         \
      }                                                                                                           \
    }                                                                                                             \
  }                                                                                                               \
  /* out[i] = the sum over k of a[i * a_row + k * a_step] * b[k * b_step]; eight rows at a time, none of which waits for another. */ \
  static inline void ad_matrix_vector_##s(int64_t rows, int64_t depth, const T *a, int64_t a_row, int64_t a_step, \
                                          const T *b, int64_t b_step, T *out) {                                   \
    for (int64_t i = 0; i < rows; i += 8) {                                                                       \
      const int height = rows - i < 8 ? (int)(rows - i) : 8;                                                      \
      for (int64_t k = 0; k < depth || k == 0;) {                                                                 \
        const int64_t from = k, stop = depth - k < AD_DEPTH_BLOCK ? depth : k + AD_DEPTH_BLOCK;                   \
        T sum[8] = {0};                                                                                           \
        for (; height == 8 && k < stop; k++) {                                                                    \
          for (int r = 0; r < 8; r++) sum[r] = FMA(a[(i + r) * a_row + k * a_step], b[k * b_step], sum[r]);       \
        }                                                                                                         \
        for (; k < stop; k++) {                                                                                   \
          for (int r = 0; r < height; r++) sum[r] = FMA(a[(i + r) * a_row + k * a_step], b[k * b_step], sum[r]);  \
        }                                                                                                         \
        for (int r = 0; r < height; r++) out[i + r] = from ? out[i + r] + sum[r] : sum[r];                        \
        if (!depth) break;                                                                                        \
      }                                                                                                           \
    }                                                                                                             \
  }                                                                                                               \
  /* The sum over k of a[k * a_step] * b[k * b_step]: term k goes to part k % AD_DOT_PARTS. */                    \
  static inline T ad_dot_##s(int64_t n, const T *a, int64_t a_step, const T *b, int64_t b_step) {                 \
    T part[AD_DOT_PARTS] = {0};                                                                                   \
    int64_t k = 0;                                                                                                \
    for (; k + AD_DOT_PARTS <= n; k += AD_DOT_PARTS) {                                                            \
      for (int j = 0; j < AD_DOT_PARTS; j++) part[j] = FMA(a[(k + j) * a_step], b[(k + j) * b_step], part[j]);    \
    }                                                                                                             \
    for (int j = 0; k + j < n; j++) part[j] = FMA(a[(k + j) * a_step], b[(k + j) * b_step], part[j]);             \
    for (int half = AD_DOT_PARTS / 2; half; half /= 2) {                                                          \
      for (int j = 0; j < half; j++) part[j] += part[j + half];                                                   \
    }                                                                                                             \
    return part[0];                                                                                               \
  }
/* One term more, rounded once. */
static inline float ad_f32_times_plus(float x, float y, float z) { return fmaf(x, y, z); }
static inline double ad_f64_times_plus(double x, double y, double z) { return fma(x, y, z); }
AD_PRODUCTS(f32, float, ad_f32_times_plus)
AD_PRODUCTS(f64, double, ad_f64_times_plus)

#define AD_COMPLEX_PRODUCTS(s, T, R, FMA)                                                                         \
  /* The same of complex numbers: two real terms for each part, half as many terms to a block. */                 \
  static inline void ad_matrix_product_##s(int64_t rows, int64_t columns, int64_t depth, const T *a, int64_t a_row, \
                                           int64_t a_step, const T *b, int64_t b_step, T *out) {                  \
    for (int64_t i = 0; i < rows; i++) {                                                                          \
      for (int64_t j = 0; j < columns; j++) {                                                                     \
        T total = {0, 0};                                                                                         \
        for (int64_t k = 0; k < depth;) {                                                                         \
          const int64_t from = k, stop = depth - k < AD_DEPTH_BLOCK / 2 ? depth : k + AD_DEPTH_BLOCK / 2;         \
          R re = 0, im = 0;                                                                                       \
          for (; k < stop; k++) {                                                                                 \
            const T x = a[i * a_row + k * a_step], y = b[k * b_step + j];                                         \
            re = FMA(x.im, -y.im, FMA(x.re, y.re, re));                                                           \
            im = FMA(x.im, y.re, FMA(x.re, y.im, im));                                                            \
          }                                                                                                       \
          total.re = from ? total.re + re : re;                                                                   \
          total.im = from ? total.im + im : im;                                                                   \
        }                                                                                                         \
        out[i * columns + j] = total;                                                                             \
      }                                                                                                           \
    }                                                                                                             \
  }
AD_COMPLEX_PRODUCTS(c64, ad_c64, float, ad_f32_times_plus)
AD_COMPLEX_PRODUCTS(c128, ad_c128, double, ad_f64_times_plus)

#endif
