/* Batches of matrices: what every kernel of linear algebra shares.
 *
 * A kernel says what is done to one matrix of each operand; this walks the batch. Operands may lie in any way: a matrix that
 * is not in row-major order is copied to a workspace first. Axes before the trailing ones are the batch; an input's broadcast
 * to the result's. Half types are computed in float32. Batches are shared between threads by their count alone, and every
 * matrix is computed by itself, so neither threads nor neighbours change a bit of it.
 * Failures are per matrix: the first in row-major order of the batch is the one that is reported, with its place in it. */
#ifndef AD_RUNTIME_LINALG_BATCH_H
#define AD_RUNTIME_LINALG_BATCH_H

#include "runtime/exec.h"

/* One matrix of each operand. at[k]: inputs in order, then outputs; dense, row-major, of the dtype computed in, aligned to
 * it; inputs must not be written. Returns 0, or what went wrong: a positive number for `reason`. x is for products that
 * share threads, and is NULL where threads already share the batch. */
typedef int64_t (*ad_matrix_fn)(ad_exec *x, const void *arg, char *const *at, void *room);

enum { AD_MATRIX_OPERANDS = 12 };

typedef struct ad_matrix_batch {
  ad_matrix_fn fn;
  const void *arg;
  size_t room;   /* bytes of workspace for one matrix */
  double cost;   /* of one matrix, in rough nanoseconds */
  bool alone;    /* one after the other, each sharing the threads: for large ones. Must follow from shapes alone */
  signed char axes[AD_MATRIX_OPERANDS]; /* trailing axes that one matrix takes, of inputs, then outputs: 2, 1 or 0 */
  /* What is wrong with a matrix, "what was given; what was wrong; what would be right"; may be NULL when fn never fails. */
  void (*reason)(const void *arg, int64_t code, char *out, size_t size);
} ad_matrix_batch;

/* Makes node's value (or values, for an op with several outputs) and computes it. */
ad_status ad__matrices_run(ad_exec *x, ad_array *node, const ad_matrix_batch *b);

/* The dtype one is computed in: float32 for half types. */
static inline ad_dtype ad__matrix_lane(ad_dtype t) { return t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t; }

/* The lane of an element type, half types' that of float32. */
static inline int ad__linalg_lane(ad_dtype t) {
  static const signed char lanes[AD_DTYPE_COUNT] = {[AD_FLOAT32] = AD_LINALG_F32, [AD_FLOAT64] = AD_LINALG_F64,
                                                    [AD_COMPLEX64] = AD_LINALG_C64, [AD_COMPLEX128] = AD_LINALG_C128};
  return lanes[ad__matrix_lane(t)];
}

#endif
