/* Cholesky's factorisation of one matrix in row-major order. Included for each element type, hence no guard; see
 * linalg_scalar.h.
 *
 * Inside, the factor is U with A = U^H U, computed row by row (Golub and Van Loan, Matrix Computations, 4th edition, 2013,
 * section 4.2.5): every inner loop runs along a row. One triangle of A is read, the diagonal's imaginary parts are not. */

/* The triangle of a that is read, as the upper one of u. */
static inline void AD_LA(cholesky_load)(int64_t n, const AD_T *a, int upper, AD_T *u) {
  enum { TILE = 16 }; /* lines that are turned at a time stay in the first cache */
  for (int64_t r = 0; r < n; r += TILE)
    for (int64_t c = r; c < n; c += TILE)
      for (int64_t i = r; i < n && i < r + TILE; i++)
        for (int64_t j = c > i ? c : i; j < n && j < c + TILE; j++)
          u[i * n + j] = upper ? a[i * n + j] : AD_EL(conj)(a[j * n + i]);
}

/* n rows of the upper triangle at u, `pitch` elements apart. 0, or the order of the leading minor that is not positive. */
static inline int64_t AD_LA(cholesky_factor)(int64_t n, AD_T *u, int64_t pitch) {
  for (int64_t k = 0; k < n; k++) {
    AD_T *row = u + k * pitch;
    AD_R d = AD_EL(real)(row[k]);
    if (!(d > 0)) return k + 1;
    d = AD_EL(root)(d);
    row[k] = AD_EL(number)((double)d);
    for (int64_t j = k + 1; j < n; j++) row[j] = AD_EL(scaled)(row[j], 1 / d);
    for (int64_t i = k + 1; i < n; i++) AD_LA(row_less)(n - i, u + i * pitch + i, AD_EL(conj)(row[i]), row + i);
  }
  return 0;
}

/* Zeros below the diagonal. */
static inline void AD_LA(cholesky_clear)(int64_t n, AD_T *u) {
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < i; j++) u[i * n + j] = AD_EL(number)(0);
}

/* The upper factor turned into the lower one, in its place. */
static inline void AD_LA(cholesky_turn)(int64_t n, AD_T *u) {
  enum { TILE = 16 };
  for (int64_t r = 0; r < n; r += TILE)
    for (int64_t c = r; c < n; c += TILE)
      for (int64_t i = r; i < n && i < r + TILE; i++)
        for (int64_t j = c > i ? c : i + 1; j < n && j < c + TILE; j++) {
          u[j * n + i] = AD_EL(conj)(u[i * n + j]);
          u[i * n + j] = AD_EL(number)(0);
        }
}

/* out = L with A = L L^H, or U with A = U^H U. 0, or the order of the leading minor that is not positive: then out is not
 * a factor. */
static inline int64_t AD_LA(cholesky)(int64_t n, const AD_T *a, int upper, AD_T *out) {
  AD_LA(cholesky_load)(n, a, upper, out);
  int64_t minor = AD_LA(cholesky_factor)(n, out, n);
  if (upper) AD_LA(cholesky_clear)(n, out);
  else AD_LA(cholesky_turn)(n, out);
  return minor;
}
