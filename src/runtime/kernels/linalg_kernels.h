/* The table of matrix algorithms of one instruction set and element type; see structural/linalg_scalar.h. Matrices are dense,
 * in row-major order; `pitch` is the distance of rows in elements. */
#ifndef AD_RUNTIME_KERNELS_LINALG_KERNELS_H
#define AD_RUNTIME_KERNELS_LINALG_KERNELS_H

#include <stdint.h>

enum { AD_LINALG_F32, AD_LINALG_F64, AD_LINALG_C64, AD_LINALG_C128, AD_LINALG_LANES };

/* Which triangle of a matrix is meant, and as what. */
typedef struct ad_linalg_triangle {
  int upper, transpose, conjugate, unit;
} ad_linalg_triangle;

/* Results are 0, or what structural/linalg_*.h say. */
typedef struct ad_linalg_kernels {
  int64_t (*cholesky)(int64_t n, const void *a, int upper, void *out);
  int64_t (*solve_triangular)(int64_t n, int64_t columns, const void *a, const ad_linalg_triangle *form, const void *b,
                              void *out, void *room);
} ad_linalg_kernels;

extern const ad_linalg_kernels ad__linalg_kernels_portable[AD_LINALG_LANES];
#if defined(__x86_64__)
extern const ad_linalg_kernels ad__linalg_kernels_avx2[AD_LINALG_LANES];
extern const ad_linalg_kernels ad__linalg_kernels_avx512[AD_LINALG_LANES];
#endif

#endif
