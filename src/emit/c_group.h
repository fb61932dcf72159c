/* A group of a plan as one C function over a range of its space: the text of native code.
 *
 *   void NAME(const void *const *in, void *const *out, const ad_fold_rows *fold, size_t begin, size_t end, int past);
 *
 * in and out have one dense array per parameter and result of the group's graph; fold one function for each reduction, in the
 * order of the graph, which folds rows as the library's kernels do (they are those kernels, so the bits are theirs).
 * [begin, end) counts elements of the space, or rows where the group reduces rows. Calls for parts of the range may run at the same time.
 * past: results are to be written past the caches (which only groups without reductions do). */
#ifndef AD_EMIT_C_GROUP_H
#define AD_EMIT_C_GROUP_H

#include "base/str.h"
#include "ir/graph.h"

/* How a reduction among the nodes is computed: rows of dtype `lane` are folded, and the result divided where divisor is not 0. */
typedef struct ad_c_fold {
  bool is;
  ad_dtype lane;
  double divisor;
} ad_c_fold;

/* How a group over rows reads an operand of more than one element. */
typedef enum ad_c_reads {
  AD_C_READS_FULL,
  AD_C_READS_ROWS /* one element per row */,
  AD_C_READS_TAIL /* one row for all */
} ad_c_reads;

enum { AD_C_GROUP_PARAMS = 64, AD_C_GROUP_NODES = 128 };

typedef struct ad_c_group {
  const ad_graph *graph;  /* operands are its parameters, outputs its results */
  const ad_type *space;   /* a type of its dims */
  int reduced;            /* the last so many axes are rows that are reduced; 0: every node is of the space's dims */
  const ad_c_fold *folds; /* per node; NULL where nothing is reduced */
  const uint8_t *reads;   /* per parameter, an ad_c_reads; of groups that reduce */
} ad_c_group;

/* What the text of functions needs in front of it: includes, and the type of a fold. */
extern const char ad__c_group_head[];

/* Appends the function. AD_E_NOT_IMPLEMENTED: a node has no expression in C. */
ad_status ad__c_print_group_function(const ad_c_group *group, const char *name, ad_text *out, ad_err *e);

#endif
