/* LU factorisation with exchanges of rows, and what is computed from it, in row-major order. Included for each element type,
 * hence no guard; see linalg_scalar.h.
 *
 * Right-looking elimination (Golub and Van Loan, Matrix Computations, 4th edition, 2013, section 3.4): inner loops run along
 * rows. The pivot is the first of the largest |re| + |im|, as LAPACK chooses it. A column of zeros is passed over: U then
 * has a zero on its diagonal. What is not finite goes through. */

/* a, of which rows are `pitch` apart, becomes L (below the diagonal, which is 1) and U. pivots: for each of the min(rows,
 * columns) steps the row it was exchanged with. */
static inline void AD_LA(lu_factor)(int64_t rows, int64_t columns, AD_T *a, int64_t pitch, uint32_t *pivots) {
  int64_t steps = rows < columns ? rows : columns;
  for (int64_t k = 0; k < steps; k++) {
    int64_t best = k;
    AD_T *row = a + k * pitch;
    for (int64_t i = k + 1; i < rows; i++)
      if (AD_EL(size)(a[i * pitch + k]) > AD_EL(size)(a[best * pitch + k])) best = i;
    pivots[k] = (uint32_t)best;
    if (best != k) AD_LA(swap_rows)(columns, row, a + best * pitch);
    if (AD_EL(size)(row[k]) == 0) continue;
    for (int64_t i = k + 1; i < rows; i++) {
      AD_T f = AD_EL(over)(a[i * pitch + k], row[k]);
      a[i * pitch + k] = f;
      AD_LA(row_less)(columns - k - 1, a + i * pitch + k + 1, f, row + k + 1);
    }
  }
}

/* Where each of the rows comes from, after so many exchanges. */
static inline void AD_LA(lu_places)(int64_t rows, int64_t steps, const uint32_t *pivots, uint32_t *from) {
  for (int64_t i = 0; i < rows; i++) from[i] = (uint32_t)i;
  for (int64_t k = 0; k < steps; k++) {
    uint32_t t = from[k];
    from[k] = from[pivots[k]];
    from[pivots[k]] = t;
  }
}

/* lu of a, its pivots, and where each row of L U comes from. */
static inline void AD_LA(lu_rows)(int64_t rows, int64_t columns, const AD_T *a, AD_T *lu, uint32_t *pivots, uint32_t *from) {
  for (int64_t i = 0; i < rows * columns; i++) lu[i] = a[i];
  AD_LA(lu_factor)(rows, columns, lu, columns, pivots);
  AD_LA(lu_places)(rows, rows < columns ? rows : columns, pivots, from);
}

/* out = b with the exchanges done; b NULL is the identity. */
static inline void AD_LA(lu_permute)(int64_t n, int64_t columns, const uint32_t *pivots, const AD_T *b, AD_T *out) {
  for (int64_t i = 0; i < n * columns; i++) out[i] = b ? b[i] : AD_EL(number)(i / columns == i % columns);
  for (int64_t k = 0; k < n; k++)
    if (pivots[k] != k) AD_LA(swap_rows)(columns, out + k * columns, out + (int64_t)pivots[k] * columns);
}

/* out = a^-1 b, or a^-1 where b is NULL. room: n n elements, pivots: n. 0, or one more than the place of a zero on the
 * diagonal of U: then a is singular and out is not written. */
static inline int64_t AD_LA(solve)(int64_t n, int64_t columns, const AD_T *a, const AD_T *b, AD_T *out, AD_T *room,
                                   uint32_t *pivots) {
  for (int64_t i = 0; i < n * n; i++) room[i] = a[i];
  AD_LA(lu_factor)(n, n, room, n, pivots);
  int64_t zero = AD_LA(triangle_check)(n, room, n);
  if (zero) return zero;
  AD_LA(lu_permute)(n, columns, pivots, b, out);
  AD_LA(solve_lower)(n, room, n, 1, columns, out, columns);
  AD_LA(solve_upper)(n, room, n, 0, columns, out, columns);
  return 0;
}
