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

/* ---- Cofactors ---- */

/* LU with exchanges of rows and columns: zeros on the diagonal of U come last. Returns the sign of the permutations. */
static inline int AD_LA(lu_complete)(int64_t n, AD_T *a, uint32_t *rows, uint32_t *columns) {
  int sign = 1;
  for (int64_t i = 0; i < n; i++) rows[i] = columns[i] = (uint32_t)i;
  for (int64_t k = 0; k < n; k++) {
    int64_t r = k, c = k;
    for (int64_t i = k; i < n; i++)
      for (int64_t j = k; j < n; j++)
        if (AD_EL(size)(a[i * n + j]) > AD_EL(size)(a[r * n + c])) r = i, c = j;
    if (r != k) AD_LA(swap_rows)(n, a + k * n, a + r * n), sign = -sign;
    for (int64_t i = 0; i < n && c != k; i++) {
      AD_T t = a[i * n + k];
      a[i * n + k] = a[i * n + c];
      a[i * n + c] = t;
    }
    if (c != k) sign = -sign;
    uint32_t t = rows[k];
    rows[k] = rows[r], rows[r] = t;
    t = columns[k];
    columns[k] = columns[c], columns[c] = t;
    if (AD_EL(size)(a[k * n + k]) == 0) return sign;
    for (int64_t i = k + 1; i < n; i++) {
      AD_T f = AD_EL(over)(a[i * n + k], a[k * n + k]);
      a[i * n + k] = f;
      AD_LA(row_less)(n - k - 1, a + i * n + k + 1, f, a + k * n + k + 1);
    }
  }
  return sign;
}

/* out = the matrix of cofactors of a, which exists for every a: with P a Q = L U, U = (V u; 0 d) it is
 * P^T L^-T adj(U)^T Q^T det P det Q, and adj(U) = det V (d V^-1, -V^-1 u; 0, 1) needs no division by d. room: 2 n n
 * elements; places: 2 n. */
static inline void AD_LA(cofactors)(int64_t n, const AD_T *a, AD_T *out, AD_T *room, uint32_t *places) {
  AD_T *lu = room, *t = room + n * n, d, product;
  int64_t m = n - 1;
  if (n == 0) return;
  for (int64_t i = 0; i < n * n; i++) lu[i] = a[i];
  product = AD_EL(number)(AD_LA(lu_complete)(n, lu, places, places + n));
  for (int64_t i = 0; i < n * n; i++) out[i] = t[i] = AD_EL(number)(0);
  for (int64_t i = 0; i < m; i++) {
    if (AD_EL(size)(lu[i * n + i]) == 0) return;
    product = AD_EL(times)(product, lu[i * n + i]);
  }
  d = AD_EL(times)(product, lu[n * n - 1]);
  /* adj(U), row by row from below. */
  t[n * n - 1] = product;
  for (int64_t i = 0; i < m; i++) {
    t[i * n + i] = d;
    t[i * n + m] = AD_EL(minus)(AD_EL(number)(0), AD_EL(times)(product, lu[i * n + m]));
  }
  AD_LA(solve_upper)(m, lu, n, 0, n, t, n);
  /* Its transpose, solved with L^T. */
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < i; j++) {
      t[i * n + j] = t[j * n + i];
      t[j * n + i] = AD_EL(number)(0);
      lu[j * n + i] = lu[i * n + j];
    }
  AD_LA(solve_upper)(n, lu, n, 1, n, t, n);
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) out[(int64_t)places[i] * n + places[n + j]] = t[i * n + j];
}
