/* Large matrices: the algorithms of structural/linalg_*.h cut in blocks, so that most of the work is matrix products.
 *
 * They give what the plain ones give, up to rounding, and return the same. Products share threads; everything is cut by shape
 * alone. Matrices are dense and row-major. */
#ifndef AD_RUNTIME_LINALG_BLOCKED_H
#define AD_RUNTIME_LINALG_BLOCKED_H

#include "runtime/linalg_batch.h"

/* The smaller side from which blocks are worth it. */
enum { AD_LINALG_LARGE = 128 };

typedef struct ad_blocked {
  ad_exec *x;
  const ad_linalg_kernels *k;
  ad_dtype dtype; /* of elements, no half type */
  size_t item;
} ad_blocked;

/* For elements of that dtype; half types are computed in float32. */
ad_blocked ad__blocked_of(ad_exec *x, ad_dtype t);

/* Room is in elements. Where memory runs out for a product, x->err says so and the result is not one. */
int64_t ad__blocked_cholesky(const ad_blocked *w, int64_t n, const void *a, int upper, void *out);
void ad__blocked_lu(const ad_blocked *w, int64_t rows, int64_t columns, void *a, uint32_t *pivots);
/* b = t^-1 b for a dense lower (upper) triangle. */
void ad__blocked_triangle(const ad_blocked *w, int64_t n, const void *t, bool upper, bool unit, int64_t columns, void *b);
/* b NULL: the identity. room: n n. */
int64_t ad__blocked_solve(const ad_blocked *w, int64_t n, int64_t columns, const void *a, const void *b, void *out, void *room,
                          uint32_t *pivots);
size_t ad__blocked_qr_room(int64_t rows, int64_t columns, int64_t kept);
void ad__blocked_qr(const ad_blocked *w, int64_t rows, int64_t columns, int64_t kept, const void *a, void *q, void *r, void *room);

#endif
