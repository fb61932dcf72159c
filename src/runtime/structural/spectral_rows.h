/* The loops in which eigenvalue and singular value problems spend their time. A template over the element type AD_T with names
 * AD_LA(name), of which double is used, hence no guard; compiled for each instruction set, and printed; see spectral.h.
 *
 * Matrices are rows of `pitch` elements. Every element is computed by itself in a fixed order of terms, and sums along a row
 * are 16 partial sums, so that vectors of any width give the same bits. */

/* y += factor * sum over i of c[i] * row i. */
static inline void AD_LA(rows_gather)(int64_t rows, int64_t n, AD_T factor, const AD_T *c, const AD_T *m, int64_t pitch, AD_T *y) {
  int64_t i = 0;
  AD_T *restrict out = y;
  for (; i + 4 <= rows; i += 4) {
    const AD_T *restrict p = m + i * pitch, *restrict q = p + pitch, *restrict r = q + pitch, *restrict s = r + pitch;
    const AD_T a = factor * c[i], b = factor * c[i + 1], d = factor * c[i + 2], e = factor * c[i + 3];
    for (int64_t j = 0; j < n; j++) out[j] += (a * p[j] + b * q[j]) + (d * r[j] + e * s[j]);
  }
  for (; i < rows; i++) {
    const AD_T *restrict p = m + i * pitch;
    const AD_T a = factor * c[i];
    for (int64_t j = 0; j < n; j++) out[j] += a * p[j];
  }
}

/* row i += c[i] * x + d[i] * y. */
static inline void AD_LA(rows_update)(int64_t rows, int64_t n, const AD_T *c, const AD_T *x, const AD_T *d, const AD_T *y, AD_T *m,
                                      int64_t pitch) {
  const AD_T *restrict u = x, *restrict v = y;
  for (int64_t i = 0; i < rows; i++) {
    AD_T *restrict p = m + i * pitch;
    const AD_T a = c[i], b = d[i];
    for (int64_t j = 0; j < n; j++) p[j] += a * u[j] + b * v[j];
  }
}

/* row i += factor * c[i] * x. */
static inline void AD_LA(rows_add)(int64_t rows, int64_t n, AD_T factor, const AD_T *c, const AD_T *x, AD_T *m, int64_t pitch) {
  const AD_T *restrict u = x;
  for (int64_t i = 0; i < rows; i++) {
    AD_T *restrict p = m + i * pitch;
    const AD_T a = factor * c[i];
    for (int64_t j = 0; j < n; j++) p[j] += a * u[j];
  }
}

/* z[i] += factor * sum of row i * x. */
static inline void AD_LA(rows_dot)(int64_t rows, int64_t n, AD_T factor, const AD_T *m, int64_t pitch, const AD_T *x, AD_T *z) {
  enum { SUMS = 16 };
  for (int64_t i = 0; i < rows; i++) {
    const AD_T *p = m + i * pitch;
    AD_T sum[SUMS], tail = 0;
    int64_t j = 0;
    for (int k = 0; k < SUMS; k++) sum[k] = 0;
    for (; j + SUMS <= n; j += SUMS)
      for (int k = 0; k < SUMS; k++) sum[k] += p[j + k] * x[j + k];
    for (; j < n; j++) tail += p[j] * x[j];
    for (int width = SUMS / 2; width; width /= 2)
      for (int k = 0; k < width; k++) sum[k] += sum[k + width];
    z[i] += factor * (sum[0] + tail);
  }
}

/* Rotations one after the other, each c, s, and the numbers of two rows of 32 elements: (x, y) becomes (c x + s y, c y - s x). */
static inline void AD_LA(rows_rotate)(int64_t count, const AD_T *r, AD_T *panel) {
  enum { WIDTH = 32 };
  for (int64_t k = 0; k < count; k++, r += 4) {
    AD_T *restrict x = panel + (int64_t)r[2] * WIDTH, *restrict y = panel + (int64_t)r[3] * WIDTH;
    const AD_T c = r[0], s = r[1];
    for (int j = 0; j < WIDTH; j++) {
      const AD_T a = x[j], b = y[j];
      x[j] = c * a + s * b;
      y[j] = c * b - s * a;
    }
  }
}

/* Three rows reflected: each less its own factor times their sum weighted by 1, b and c. */
static inline void AD_LA(rows_reflect)(int64_t n, AD_T *row, int64_t pitch, const AD_T *weight, const AD_T *factor) {
  AD_T *restrict x = row, *restrict y = row + pitch, *restrict z = row + 2 * pitch;
  const AD_T b = weight[1], c = weight[2], f = factor[0], g = factor[1], h = factor[2];
  for (int64_t j = 0; j < n; j++) {
    const AD_T sum = x[j] + b * y[j] + c * z[j];
    x[j] -= f * sum;
    y[j] -= g * sum;
    z[j] -= h * sum;
  }
}

/* Two rows of complex numbers in parts, the imaginary ones `im` behind: (x, y) becomes (c x + s y, c y - conj(s) x). */
static inline void AD_LA(rows_turn)(int64_t n, AD_T *first, AD_T *second, int64_t im, AD_T c, AD_T sr, AD_T si) {
  AD_T *restrict xr = first, *restrict xi = first + im, *restrict yr = second, *restrict yi = second + im;
  for (int64_t j = 0; j < n; j++) {
    const AD_T a = xr[j], b = xi[j], d = yr[j], e = yi[j];
    xr[j] = c * a + (sr * d - si * e);
    xi[j] = c * b + (sr * e + si * d);
    yr[j] = c * d - (sr * a + si * b);
    yi[j] = c * e - (sr * b - si * a);
  }
}
