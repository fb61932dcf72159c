/* Operations on rows, which the matrix algorithms are made of. Included for each element type, hence no guard; see
 * linalg_scalar.h. */

/* y -= f x. */
static inline void AD_LA(row_less)(int64_t n, AD_T *restrict y, AD_T f, const AD_T *restrict x) {
  for (int64_t j = 0; j < n; j++) y[j] = AD_EL(less_times)(y[j], f, x[j]);
}

/* y /= d. */
static inline void AD_LA(row_over)(int64_t n, AD_T *y, AD_T d) {
  for (int64_t j = 0; j < n; j++) y[j] = AD_EL(over)(y[j], d);
}

/* The sum of x y, in eight partial sums whatever the vectors. */
static inline AD_T AD_LA(row_dot)(int64_t n, const AD_T *x, const AD_T *y) {
  enum { SUMS = 8 };
  AD_T sum[SUMS];
  int64_t i = 0;
  for (int k = 0; k < SUMS; k++) sum[k] = AD_EL(number)(0);
  for (; i + SUMS <= n; i += SUMS)
    for (int k = 0; k < SUMS; k++) sum[k] = AD_EL(plus_times)(sum[k], x[i + k], y[i + k]);
  for (; i < n; i++) sum[0] = AD_EL(plus_times)(sum[0], x[i], y[i]);
  for (int width = SUMS / 2; width; width /= 2)
    for (int k = 0; k < width; k++) sum[k] = AD_EL(plus)(sum[k], sum[k + width]);
  return sum[0];
}

/* y = whichever of x and y is larger, at each place; a NaN in x is not. */
static inline void AD_LA(row_larger)(int64_t n, AD_T *restrict y, const AD_T *restrict x) {
  for (int64_t j = 0; j < n; j++) {
    AD_T a = x[j], b = y[j];
    y[j] = AD_EL(size)(a) > AD_EL(size)(b) ? a : b;
  }
}

/* The largest size in a row, 0 of an empty one; NaN where an element is not finite. */
static inline AD_R AD_LA(row_size)(int64_t n, const AD_T *x) {
  AD_R most = 0, zero = 0;
  for (int64_t j = 0; j < n; j++) {
    AD_R size = AD_EL(size)(x[j]);
    most = size > most ? size : most;
    zero += size * 0;
  }
  return most + zero;
}

/* What stands for a result that there is not. */
static inline void AD_LA(spoil)(int64_t n, AD_T *y) {
  for (int64_t j = 0; j < n; j++) y[j] = AD_EL(number)((double)NAN);
}

/* c -= p, a dense matrix. */
static inline void AD_LA(less)(int64_t rows, int64_t columns, AD_T *restrict c, int64_t pitch, const AD_T *restrict p) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) c[i * pitch + j] = AD_EL(minus)(c[i * pitch + j], p[i * columns + j]);
}

/* out = the conjugate of a, dense. */
static inline void AD_LA(conj_copy)(int64_t rows, int64_t columns, const AD_T *restrict a, int64_t pitch, AD_T *restrict out) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) out[i * columns + j] = AD_EL(conj)(a[i * pitch + j]);
}

static inline void AD_LA(swap_rows)(int64_t n, AD_T *restrict x, AD_T *restrict y) {
  for (int64_t j = 0; j < n; j++) {
    AD_T t = x[j];
    x[j] = y[j];
    y[j] = t;
  }
}
