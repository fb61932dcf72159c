/* The table of matrix algorithms of one instruction set and element type, whole ones and the steps that large matrices are
 * worked on with; see structural/linalg_scalar.h. Matrices are in row-major order, dense unless they have a pitch; `pitch` is the distance of rows in elements. */
#ifndef AD_RUNTIME_KERNELS_LINALG_KERNELS_H
#define AD_RUNTIME_KERNELS_LINALG_KERNELS_H

#include <stdint.h>

enum { AD_LINALG_F32, AD_LINALG_F64, AD_LINALG_C64, AD_LINALG_C128, AD_LINALG_LANES };

/* Which triangle of a matrix is meant, and as what. */
typedef struct ad_linalg_triangle {
  int upper, transpose, conjugate, unit;
} ad_linalg_triangle;

/* Every function of the table, once: V(name, parameters, arguments), or M(name, result, parameters, arguments) where it gives a
 * result. Matrices are untyped in the parameters, and typed by the template they are handed to. */
#define AD_LINALG_FUNCTIONS(M, V) \
  M(cholesky, int64_t, (int64_t n, const void *a, int upper, void *out), (n, a, upper, out)) \
  M(solve_triangular, int64_t, (int64_t n, int64_t columns, const void *a, const ad_linalg_triangle *form, const void *b, void *out, \
                                void *room), \
    (n, columns, a, form->upper, form->transpose, form->conjugate, form->unit, b, out, room)) \
  V(less, (int64_t rows, int64_t columns, void *c, int64_t pitch, const void *p), (rows, columns, c, pitch, p)) \
  V(conj_copy, (int64_t rows, int64_t columns, const void *a, int64_t pitch, void *out), \
    (rows, columns, a, pitch, out)) \
  V(swap_rows, (int64_t n, void *x, void *y), (n, x, y)) \
  M(triangle_check, int64_t, (int64_t n, const void *t, int64_t pitch), (n, t, pitch)) \
  V(triangle_load, (int64_t n, const void *a, int64_t pitch, const ad_linalg_triangle *form, void *t), \
    (n, a, pitch, form->upper, form->transpose, form->conjugate, t)) \
  V(solve_lower, (int64_t n, const void *t, int64_t pitch, int unit, int64_t columns, void *b, int64_t b_pitch), \
    (n, t, pitch, unit, columns, b, b_pitch)) \
  V(solve_upper, (int64_t n, const void *t, int64_t pitch, int unit, int64_t columns, void *b, int64_t b_pitch), \
    (n, t, pitch, unit, columns, b, b_pitch)) \
  V(cholesky_load, (int64_t n, const void *a, int upper, void *u), (n, a, upper, u)) \
  M(cholesky_factor, int64_t, (int64_t n, void *u, int64_t pitch), (n, u, pitch)) \
  V(cholesky_clear, (int64_t n, void *u), (n, u)) \
  V(cholesky_turn, (int64_t n, void *u), (n, u)) \
  V(lu_rows, (int64_t rows, int64_t columns, const void *a, void *lu, uint32_t *pivots, uint32_t *from), \
    (rows, columns, a, lu, pivots, from)) \
  V(lu_factor, (int64_t rows, int64_t columns, void *a, int64_t pitch, uint32_t *pivots), \
    (rows, columns, a, pitch, pivots)) \
  V(lu_places, (int64_t rows, int64_t steps, const uint32_t *pivots, uint32_t *from), (rows, steps, pivots, from)) \
  V(lu_permute, (int64_t n, int64_t columns, const uint32_t *pivots, const void *b, void *out), \
    (n, columns, pivots, b, out)) \
  M(solve, int64_t, (int64_t n, int64_t columns, const void *a, const void *b, void *out, void *room, uint32_t *pivots), \
    (n, columns, a, b, out, room, pivots)) \
  V(cofactors, (int64_t n, int k, const void *const *matrices, void *out, void *room, uint32_t *places), \
    (n, k, matrices, out, room, places)) \
  V(qr, (int64_t rows, int64_t columns, int64_t kept, const void *a, void *q, void *r, void *room), \
    (rows, columns, kept, a, q, r, room)) \
  V(qr_factor, (int64_t rows, int64_t columns, int64_t steps, void *a, int64_t pitch, void *tau, void *room), \
    (rows, columns, steps, a, pitch, tau, room)) \
  V(qr_store, (int64_t rows, int64_t columns, int64_t kept, const void *a, void *q, void *r), \
    (rows, columns, kept, a, q, r)) \
  V(qr_vectors, (int64_t rows, int64_t steps, const void *a, int64_t pitch, void *v), (rows, steps, a, pitch, v)) \
  V(qr_triangle, (int64_t steps, const void *products, const void *tau, void *t), (steps, products, tau, t))

/* Results are 0, or what structural/linalg_*.h say. */
typedef struct ad_linalg_kernels {
#define AD_LINALG_RESULT(name, result, params, args) result(*name) params;
#define AD_LINALG_VOID(name, params, args) void(*name) params;
  AD_LINALG_FUNCTIONS(AD_LINALG_RESULT, AD_LINALG_VOID)
#undef AD_LINALG_RESULT
#undef AD_LINALG_VOID
} ad_linalg_kernels;

extern const ad_linalg_kernels ad__linalg_kernels_portable[AD_LINALG_LANES];
#if defined(__x86_64__)
extern const ad_linalg_kernels ad__linalg_kernels_avx2[AD_LINALG_LANES];
extern const ad_linalg_kernels ad__linalg_kernels_avx512[AD_LINALG_C64]; /* of real numbers only */
#endif

#endif
