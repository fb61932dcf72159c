/* Triangular systems, in row-major order. Included for each element type, hence no guard; see linalg_scalar.h.
 *
 * Substitution by rows of the right sides: each inner loop runs along a row, or, for one right side, along a row of the
 * matrix. A zero on the diagonal is an error that says where; what is not finite goes through. */

/* The triangle of op(a) that is `upper` in a itself; op transposes, conjugates, both or neither. The rest of t is not written. */
static inline void AD_LA(triangle_load)(int64_t n, const AD_T *a, int64_t pitch, int upper, int transpose, int conjugate, AD_T *t) {
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = upper ? i : 0; j < (upper ? n : i + 1); j++)
      t[transpose ? j * n + i : i * n + j] = conjugate ? AD_EL(conj)(a[i * pitch + j]) : a[i * pitch + j];
}

/* 0, or one more than the place of the first zero on the diagonal. */
static inline int64_t AD_LA(triangle_check)(int64_t n, const AD_T *t, int64_t pitch) {
  for (int64_t i = 0; i < n; i++)
    if (AD_EL(size)(t[i * pitch + i]) == 0) return i + 1;
  return 0;
}

/* Row i of the right sides less the rows [from, to) times those elements of row i of t. */
static inline void AD_LA(substitute_row)(int64_t i, int64_t from, int64_t to, const AD_T *t, int64_t pitch, int64_t columns,
                                         AD_T *b, int64_t b_pitch) {
  const AD_T *row = t + i * pitch;
  if (columns == 1 && b_pitch == 1) {
    b[i] = AD_EL(minus)(b[i], AD_LA(row_dot)(to - from, row + from, b + from));
    return;
  }
  for (int64_t j = from; j < to; j++) AD_LA(row_less)(columns, b + i * b_pitch, row[j], b + j * b_pitch);
}

/* b = T^-1 b for the lower triangle of t, its diagonal taken as 1 where `unit`. */
static inline void AD_LA(solve_lower)(int64_t n, const AD_T *t, int64_t pitch, int unit, int64_t columns, AD_T *b,
                                      int64_t b_pitch) {
  for (int64_t i = 0; i < n; i++) {
    AD_LA(substitute_row)(i, 0, i, t, pitch, columns, b, b_pitch);
    if (!unit) AD_LA(row_over)(columns, b + i * b_pitch, t[i * pitch + i]);
  }
}

/* The same for the upper one. */
static inline void AD_LA(solve_upper)(int64_t n, const AD_T *t, int64_t pitch, int unit, int64_t columns, AD_T *b,
                                      int64_t b_pitch) {
  for (int64_t i = n - 1; i >= 0; i--) {
    AD_LA(substitute_row)(i, i + 1, n, t, pitch, columns, b, b_pitch);
    if (!unit) AD_LA(row_over)(columns, b + i * b_pitch, t[i * pitch + i]);
  }
}

/* out = op(a)^-1 b; room: n n elements. 0, or one more than the place of a zero on the diagonal: then nothing is written. */
static inline int64_t AD_LA(solve_triangular)(int64_t n, int64_t columns, const AD_T *a, int upper, int transpose, int conjugate,
                                              int unit, const AD_T *b, AD_T *out, AD_T *room) {
  int64_t zero = unit ? 0 : AD_LA(triangle_check)(n, a, n);
  if (zero) return zero;
  AD_LA(triangle_load)(n, a, n, upper, transpose, conjugate, room);
  for (int64_t i = 0; i < n * columns; i++) out[i] = b[i];
  if (upper == transpose) AD_LA(solve_lower)(n, room, n, unit, columns, out, columns);
  else AD_LA(solve_upper)(n, room, n, unit, columns, out, columns);
  return 0;
}
