/* The table of what large matrices are worked on with, and of the algorithms that linalg_kernels.h does not hold, for one
 * instruction set and element type. Matrices are in row-major order; `pitch` is the distance of rows in elements. */
#ifndef AD_RUNTIME_KERNELS_LINALG_STEPS_H
#define AD_RUNTIME_KERNELS_LINALG_STEPS_H

#include "runtime/kernels/kernel.h"

/* Every function of the table, once: V(name, parameters, arguments), or M(name, result, parameters, arguments) where it gives a
 * result. Matrices are untyped in the parameters, and typed by the template they are handed to. */
#define AD_LINALG_FUNCTIONS(M, V) \
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
  V(cofactors, (int64_t n, const void *a, void *out, void *room, uint32_t *places), (n, a, out, room, places)) \
  V(qr, (int64_t rows, int64_t columns, int64_t kept, const void *a, void *q, void *r, void *room), \
    (rows, columns, kept, a, q, r, room)) \
  V(qr_factor, (int64_t rows, int64_t columns, int64_t steps, void *a, int64_t pitch, void *tau, void *room), \
    (rows, columns, steps, a, pitch, tau, room)) \
  V(qr_store, (int64_t rows, int64_t columns, int64_t kept, const void *a, void *q, void *r), \
    (rows, columns, kept, a, q, r)) \
  V(qr_vectors, (int64_t rows, int64_t steps, const void *a, int64_t pitch, void *v), (rows, steps, a, pitch, v)) \
  V(qr_triangle, (int64_t steps, const void *products, const void *tau, void *t), (steps, products, tau, t))

/* Results are 0, or what structural/linalg_*.h say. */
typedef struct ad_linalg_steps {
#define AD_LINALG_RESULT(name, result, params, args) result(*name) params;
#define AD_LINALG_VOID(name, params, args) void(*name) params;
  AD_LINALG_FUNCTIONS(AD_LINALG_RESULT, AD_LINALG_VOID)
#undef AD_LINALG_RESULT
#undef AD_LINALG_VOID
} ad_linalg_steps;

extern const ad_linalg_steps *const ad__linalg_steps_portable[AD_LINALG_LANES];
#if defined(__x86_64__)
extern const ad_linalg_steps *const ad__linalg_steps_avx2[AD_LINALG_LANES];
extern const ad_linalg_steps *const ad__linalg_steps_avx512[AD_LINALG_LANES];
#endif

#endif
