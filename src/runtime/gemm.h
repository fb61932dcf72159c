/* Matrix products of every dtype, batched, over any strides.
 *
 * c[batch, i, j] = sum over k of a[batch, i, k] * b[batch, k, j]; c lies in row-major order. Operands are read where they lie,
 * transposed or broadcast, packed block by block. The bits follow from the depth alone, see
 * kernels/gemm_kernels.h; half types are summed in float32, complex numbers as real ones, integers wrap. */
#ifndef AD_RUNTIME_GEMM_H
#define AD_RUNTIME_GEMM_H

#include "runtime/exec.h"

typedef struct ad_gemm {
  ad_dtype dtype; /* of the result; not bool */
  ad_dtype a_dtype, b_dtype; /* both AD_DTYPE_NONE: as the result's; else a triple that ad__gemm_takes */
  size_t rows, columns, depth;
  const char *a, *b;
  char *c;
  const ad_pieces *pieces; /* who takes the result in place of c; else NULL */
  int64_t a_row, a_step, b_step, b_column; /* byte strides */
  int batch_rank;
  int64_t batch[AD_MAX_RANK], a_batch[AD_MAX_RANK], b_batch[AD_MAX_RANK]; /* dims, byte strides */
} ad_gemm;

/* Whether there is a product of operands of these dtypes that gives this one: where all are the same, and for some narrow
 * elements with wider sums, if the processor has the instructions. */
bool ad__gemm_takes(const ad_exec *x, ad_dtype a, ad_dtype b, ad_dtype dtype);

/* Fails for lack of memory only. */
ad_status ad__gemm(ad_exec *x, const ad_gemm *g);
/* Is it worth giving this product in pieces: are all its steps summed at once, is it large enough to be cut into blocks? Of g, dtypes
 * and sizes are looked at. */
bool ad__gemm_gives_pieces(const ad_gemm *g);
/* The product as the node's value, in fresh memory, or given to x->pieces. c and pieces are set here. */
ad_status ad__gemm_node(ad_exec *x, ad_array *node, ad_gemm *g);

#endif
