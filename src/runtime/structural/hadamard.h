/* The Hadamard transform of a line of m 2^k numbers, m in 1, 12, 20, 28, in freestanding C: compiled into the library and
 * carried into printed C.
 *
 * The matrix is H_m (x) H_2 (x) ... (x) H_2 (Sylvester, 1867), all of whose factors are symmetric. H_12 and H_20 are Paley's
 * first construction (On orthogonal matrices, 1933) for q = 11 and 19 with its core turned so that it is symmetric:
 * a first row and column of ones, then chi(i + j), and -1 where i + j = 0 modulo q. H_28 is his second for q = 13: the
 * conference matrix C of order 14 of chi(i - j), as C (x) (1 1; 1 -1) + I (x) (1 -1; -1 -1).
 * chi(x) is 1 for squares modulo q, -1 for the others, 0 for 0. Sums are made in an order that the length alone fixes. */
#ifndef AD_RUNTIME_STRUCTURAL_HADAMARD_H
#define AD_RUNTIME_STRUCTURAL_HADAMARD_H

#include <stddef.h>
#include <stdint.h>

/* Bit x says that x is a square modulo q, but for 0. */
static inline uint32_t ad_squares(int q) {
  uint32_t squares = 0;
  for (int s = 1; s < q; s++) squares |= UINT32_C(1) << s * s % q;
  return squares;
}

/* chi(x) for -q < x < 2 q. */
static inline int ad_quadratic_character(int x, int q, uint32_t squares) {
  x = x < 0 ? x + q : x >= q ? x - q : x;
  return x == 0 ? 0 : squares >> x & 1 ? 1 : -1;
}

/* The sign of entry (i, j) of H_m; squares are those modulo 11, 19 or 13. */
static inline int ad_hadamard_sign(int m, int i, int j, uint32_t squares) {
  if (m != 28) {
    int chi = i && j ? ad_quadratic_character(i + j - 2, m - 1, squares) : 1;
    return chi ? chi : -1;
  }
  int a = i / 2, b = j / 2;
  if (a == b) return i % 2 || j % 2 ? -1 : 1;
  int chi = a && b ? ad_quadratic_character(a - b, 13, squares) : 1;
  return i % 2 && j % 2 ? -chi : chi;
}

/* name: x[0..n) transformed in place and multiplied by scale. turn: the part of H_m, some columns at a time. */
#define AD_HADAMARD(name, turn, T)                                                   \
  static inline void turn(int m, size_t width, T *x) {                               \
    enum { SIDE = 16 };                                                              \
    uint32_t squares = ad_squares(m == 28 ? 13 : m - 1);                             \
    for (size_t j = 0; j < width; j += SIDE) {                                       \
      T column[28][SIDE];                                                            \
      size_t count = width - j < SIDE ? width - j : SIDE;                            \
      for (int i = 0; i < m; i++)                                                    \
        for (size_t c = 0; c < count; c++) column[i][c] = x[(size_t)i * width + j + c]; \
      for (int i = 0; i < m; i++) {                                                  \
        T *out = x + (size_t)i * width + j;                                          \
        for (size_t c = 0; c < count; c++) out[c] = 0;                               \
        for (int k = 0; k < m; k++) {                                                \
          T sign = (T)ad_hadamard_sign(m, i, k, squares);                            \
          for (size_t c = 0; c < count; c++) out[c] += sign * column[k][c];          \
        }                                                                            \
      }                                                                              \
    }                                                                                \
  }                                                                                  \
  static inline void name(size_t n, int m, T *x, T scale) {                          \
    size_t width = n / (size_t)m;                                                    \
    for (size_t h = 1; h < width; h *= 2)                                            \
      for (size_t at = 0; at < n; at += 2 * h)                                       \
        for (size_t i = at; i < at + h; i++) {                                       \
          T a = x[i], b = x[i + h];                                                  \
          x[i] = a + b;                                                              \
          x[i + h] = a - b;                                                          \
        }                                                                            \
    if (m > 1) turn(m, width, x);                                                    \
    for (size_t i = 0; i < n; i++) x[i] *= scale;                                    \
  }
AD_HADAMARD(ad_hadamard_f32, ad_hadamard_turn_f32, float)
AD_HADAMARD(ad_hadamard_f64, ad_hadamard_turn_f64, double)

#endif
