/* Groups of plans as native code: their text, and running it. */
#ifndef AD_BACKEND_NATIVE_GROUP_H
#define AD_BACKEND_NATIVE_GROUP_H

#include "backend/native.h"
#include "emit/c_group.h"
#include "runtime/elementwise.h"

enum { AD_NATIVE_FOLDS = 16, AD_NATIVE_ARRAYS = 64 };

/* What is known of a group beside its graph. Operands and outputs are in the order of the graph's parameters and results. */
typedef struct ad_native_group {
  ad_native_slot fn;
  const ad_type *space;
  int reduced; /* of the space's last axes */
  int64_t row; /* elements of one */
  int n_in, n_out;
  double cost; /* of an element, in rough nanoseconds */
  int folds;   /* reductions, in the order of the graph */
  ad_fold_rows_fn fold[AD_NATIVE_FOLDS];
} ad_native_group;

/* Appends the group's function, of a name made of its text, unless `code` has it; fills folds and fold. reads: per operand, an
 * ad_c_reads. AD_E_NOT_IMPLEMENTED: it has no native form. */
ad_status ad__native_group_print(ad_native_group *g, const ad_kernels *k, const ad_graph *graph, const uint8_t *reads,
                                 ad_text *code, char name[AD_NATIVE_NAME], ad_err *e);

/* Computes the outputs, whose memory is there, by `fn`. False when an operand does not lie in row-major order: nothing is done then. */
bool ad__native_group_run(ad_exec *x, const ad_native_group *g, ad_native_fn fn, ad_array *const *in, ad_array *const *out);

/* ---- A group of which one operand comes in pieces (runtime/exec.h) ---- */

typedef struct ad_native_call {
  const ad_native_group *g;
  const ad_kernels *k;
  ad_native_fn fn;
  const void *in[AD_NATIVE_ARRAYS];
  void *out[AD_NATIVE_ARRAYS];
  size_t out_bytes[AD_NATIVE_ARRAYS]; /* of a unit */
  size_t piece;                       /* units at once, when results are written past the caches; 0: they are not */
  size_t item;                        /* bytes of an element of the operand in pieces */
} ad_native_call;

/* False when it cannot be done: over rows, or another operand does not lie in row-major order. Then as many pieces as there are, by
 * any thread. */
bool ad__native_group_begin(ad_native_call *j, ad_exec *x, const ad_native_group *g, ad_native_fn fn, ad_array *const *in,
                            ad_array *const *out, int operand);
void ad__native_group_piece(const ad_native_call *j, int operand, const ad_piece *piece);

#endif
