/* Elementwise execution: operands of any layout brought to contiguous kernels in blocks. */
#ifndef AD_RUNTIME_ELEMENTWISE_H
#define AD_RUNTIME_ELEMENTWISE_H

#include "runtime/exec.h"

/* The kernel of every op with rows in elementwise.def. */
ad_status ad__k_elementwise(ad_exec *x, ad_array *node, uint32_t dying);
/* cast. */
ad_status ad__k_cast(ad_exec *x, ad_array *node, uint32_t dying);
/* Does an elementwise op have a kernel for the dtype it computes in? */
bool ad__has_elementwise(const ad_array *node);
/* The row that computes a node in one call where every operand lies row-major; NULL when types or shapes forbid it. */
ad_elt_fn ad__elementwise_row(const ad_kernels *k, const ad_array *node);

/* How an elementwise node or a cast is computed on contiguous elements: operand i is read as dtype in[i] (a cast before where it
 * is stored as another), fn or cast gives elements of dtype `out` (a cast after where the node's is another). */
typedef struct ad_block_rule {
  ad_elt_fn fn;
  ad_cast_fn cast;
  ad_dtype in[3], out;
  int place;  /* of an elementwise op (ad_elt_place); -1: a cast */
  bool apart; /* half numbers are taken by their bits, or computed in a way of their own: not as float32 */
} ad_block_rule;
/* False when the node is neither, or has no kernel. */
bool ad__block_rule_of(const ad_kernels *k, const ad_array *node, ad_block_rule *out);

/* How a reduction of an array's last axes is computed row by row: each row of `row` elements, of dtype `lane`, by one call of fold,
 * whose result, also of the lane, is divided by `divisor` where that is not 0 (reduce_ops.c). */
typedef struct ad_row_fold {
  ad_fold_rows_fn fold;
  ad_dtype lane;
  int axes;
  int64_t row;
  double divisor;
} ad_row_fold;
/* False when the node is none, or its rows are too long for one call. */
bool ad__row_fold_of(const ad_kernels *k, const ad_array *node, ad_row_fold *out);
/* What is done to n results of the lane. */
void ad__row_fold_divide(ad_dtype lane, void *results, size_t n, double divisor);

#endif
