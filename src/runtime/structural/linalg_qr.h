/* Householder's QR factorisation, in row-major order. Included for each element type, hence no guard; see linalg_scalar.h.
 *
 * Reflections H = I - tau v v^H with v_k = 1 and a real diagonal of R, signs as LAPACK's (Golub and Van Loan, Matrix
 * Computations, 4th edition, 2013, section 5.2; LAPACK's larfg for complex numbers). Q = H_0 H_1 ... Columns are brought
 * into range before they are squared, and tiny ones, whose numbers have few digits, before they are divided. What is not
 * finite goes through. */

/* sqrt(sum |x|^2) over n elements, `pitch` apart. */
static inline double AD_LA(column_norm)(int64_t n, const AD_T *x, int64_t pitch) {
  double most = 0, sum = 0, f = 1;
  for (int64_t i = 0; i < n; i++) {
    double size = (double)AD_EL(size)(x[i * pitch]);
    if (!(size <= most)) most = size;
  }
  if (most > 0x1p500) f = 0x1p-600;
  if (most < 0x1p-400) f = 0x1p600;
  for (int64_t i = 0; i < n; i++) sum += AD_EL(square)(x[i * pitch], f);
  return sqrt(sum) / f;
}

/* The reflection that takes the column x, n elements `pitch` apart, to a multiple of the first unit vector: x becomes that
 * multiple and, behind it, v. Returns tau; 0 is no reflection. */
static inline AD_T AD_LA(reflection)(int64_t n, AD_T *x, int64_t pitch) {
  const double tiny = sizeof(AD_R) == 4 ? 0x1p-90 : 0x1p-900, up = sizeof(AD_R) == 4 ? 0x1p100 : 0x1p1000;
  double tail = AD_LA(column_norm)(n - 1, x + pitch, pitch), all = AD_LA(column_norm)(n, x, pitch);
  AD_T alpha = x[0], real = AD_EL(number)((double)AD_EL(real)(alpha));
  if (tail == 0 && AD_EL(size)(AD_EL(minus)(alpha, real)) == 0) return AD_EL(number)(0);
  if (all < tiny) {
    for (int64_t i = 0; i < n; i++) x[i * pitch] = AD_EL(scaled)(x[i * pitch], (AD_R)up);
    AD_T tau = AD_LA(reflection)(n, x, pitch);
    x[0] = AD_EL(scaled)(x[0], (AD_R)(1 / up));
    return tau;
  }
  AD_T beta = AD_EL(number)(AD_EL(real)(alpha) >= 0 ? -all : all);
  AD_T rest = AD_EL(minus)(alpha, beta);
  for (int64_t i = 1; i < n; i++) x[i * pitch] = AD_EL(over)(x[i * pitch], rest);
  x[0] = beta;
  return AD_EL(over)(AD_EL(minus)(beta, alpha), beta);
}

/* c -= tau v (v^H c) for n rows of `columns` elements; v is a column `v_pitch` apart, its first element taken as 1. */
static inline void AD_LA(reflect)(int64_t n, int64_t columns, AD_T tau, const AD_T *v, int64_t v_pitch, AD_T *c, int64_t pitch,
                                  AD_T *room) {
  if (AD_EL(size)(tau) == 0) return;
  for (int64_t j = 0; j < columns; j++) room[j] = c[j];
  for (int64_t i = 1; i < n; i++) {
    AD_T f = AD_EL(minus)(AD_EL(number)(0), AD_EL(conj)(v[i * v_pitch]));
    AD_LA(row_less)(columns, room, f, c + i * pitch);
  }
  for (int64_t j = 0; j < columns; j++) room[j] = AD_EL(times)(tau, room[j]);
  for (int64_t j = 0; j < columns; j++) c[j] = AD_EL(minus)(c[j], room[j]);
  for (int64_t i = 1; i < n; i++) AD_LA(row_less)(columns, c + i * pitch, v[i * v_pitch], room);
}

/* `steps` columns of a are reflected: R above, v below the diagonal. room: `columns` elements. */
static inline void AD_LA(qr_factor)(int64_t rows, int64_t columns, int64_t steps, AD_T *a, int64_t pitch, AD_T *tau, AD_T *room) {
  for (int64_t k = 0; k < steps; k++) {
    AD_T *corner = a + k * pitch + k;
    tau[k] = AD_LA(reflection)(rows - k, corner, pitch);
    AD_LA(reflect)(rows - k, columns - k - 1, AD_EL(conj)(tau[k]), corner, pitch, corner + 1, pitch, room);
  }
}

/* c = H_0 ... H_(steps-1) c, on which rows and columns before the k-th are not touched by H_k: c begins as the identity. */
static inline void AD_LA(qr_expand)(int64_t rows, int64_t columns, int64_t steps, const AD_T *a, int64_t pitch, const AD_T *tau,
                                    AD_T *c, int64_t c_pitch, AD_T *room) {
  for (int64_t k = steps - 1; k >= 0; k--)
    AD_LA(reflect)(rows - k, columns - k, tau[k], a + k * pitch + k, pitch, c + k * c_pitch + k, c_pitch, room);
}

/* The first `kept` columns of the identity, and the first `kept` rows of what is on and above a's diagonal. */
static inline void AD_LA(qr_store)(int64_t rows, int64_t columns, int64_t kept, const AD_T *a, AD_T *q, AD_T *r) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < kept; j++) q[i * kept + j] = AD_EL(number)(i == j);
  for (int64_t i = 0; i < kept; i++)
    for (int64_t j = 0; j < columns; j++) r[i * columns + j] = j < i ? AD_EL(number)(0) : a[i * columns + j];
}

/* a = q r with `kept` columns of q: min(rows, columns), or all `rows`. room: rows columns + rows + 2 columns elements. */
static inline void AD_LA(qr)(int64_t rows, int64_t columns, int64_t kept, const AD_T *a, AD_T *q, AD_T *r, AD_T *room) {
  int64_t steps = rows < columns ? rows : columns;
  AD_T *work = room, *tau = work + rows * columns, *line = tau + columns;
  for (int64_t i = 0; i < rows * columns; i++) work[i] = a[i];
  AD_LA(qr_factor)(rows, columns, steps, work, columns, tau, line);
  AD_LA(qr_store)(rows, columns, kept, work, q, r);
  AD_LA(qr_expand)(rows, kept, steps, work, columns, tau, q, kept, line);
}

/* ---- Several reflections at once: I - V T V^H (Schreiber and Van Loan, A storage-efficient WY representation, 1989) ---- */

/* V of `steps` reflections, dense. */
static inline void AD_LA(qr_vectors)(int64_t rows, int64_t steps, const AD_T *a, int64_t pitch, AD_T *v) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < steps; j++) v[i * steps + j] = i > j ? a[i * pitch + j] : AD_EL(number)(i == j);
}

/* T from V^H V. */
static inline void AD_LA(qr_triangle)(int64_t steps, const AD_T *products, const AD_T *tau, AD_T *t) {
  for (int64_t k = 0; k < steps; k++) {
    for (int64_t i = k + 1; i < steps; i++) t[i * steps + k] = AD_EL(number)(0);
    t[k * steps + k] = tau[k];
    for (int64_t i = 0; i < k; i++) {
      AD_T sum = AD_EL(number)(0);
      for (int64_t j = i; j < k; j++) sum = AD_EL(plus_times)(sum, t[i * steps + j], products[j * steps + k]);
      t[i * steps + k] = AD_EL(minus)(AD_EL(number)(0), AD_EL(times)(tau[k], sum));
    }
  }
}
