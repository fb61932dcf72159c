/* Groups of plans as native code: their text, and running it. */
#ifndef AD_BACKEND_NATIVE_GROUP_H
#define AD_BACKEND_NATIVE_GROUP_H

#include "backend/native.h"
#include "emit/c_group.h"
#include "runtime/elementwise.h"

enum { AD_NATIVE_FOLDS = 16 };

/* What is known of a group beside its graph. Operands and outputs are in the order of the graph's parameters and results. */
typedef struct ad_native_group {
  ad_native_slot fn;
  const ad_type *space;
  int reduced;               /* of the space's last axes */
  int64_t row;               /* elements of one */
  int n_in, n_out;
  double cost;               /* of an element, in rough nanoseconds */
  int folds;                 /* reductions, in the order of the graph */
  ad_fold_rows_fn fold[AD_NATIVE_FOLDS];
} ad_native_group;

/* Appends the group's function, of a name made of its text, unless `code` has it; fills folds and fold. reads: per operand, an
 * ad_c_reads. AD_E_NOT_IMPLEMENTED: it has no native form. */
ad_status ad__native_group_print(ad_native_group *g, const ad_kernels *k, const ad_graph *graph, const uint8_t *reads, ad_text *code,
                                 char name[AD_NATIVE_NAME], ad_err *e);

/* Computes the outputs, whose memory is there, by `fn`. False when an operand does not lie in row-major order: nothing is done then. */
bool ad__native_group_run(ad_exec *x, const ad_native_group *g, ad_native_fn fn, ad_array *const *in, ad_array *const *out);

#endif
