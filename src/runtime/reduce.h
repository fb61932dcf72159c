/* Reductions of one array over some of its axes: the plan, its two phases, and the kernels of the ops over it.
 *
 * An output's elements are a sequence, the reduced axes in row-major order. When the array's last axis is reduced, the
 * sequence is cut into blocks of AD_FOLD_BLOCK elements ("rows"); otherwise whole rows of neighbouring outputs are folded
 * one after the other in blocks of 64 ("columns"). Blocks are joined in a tree of radix 16. All this follows from the shape and the
 * axes alone: neither strides nor threads nor the instruction set change a bit. */
#ifndef AD_RUNTIME_REDUCE_H
#define AD_RUNTIME_REDUCE_H

#include "runtime/exec.h"
#include "runtime/walk.h"
#include "runtime/kernels/reduce_kernels.h"

typedef struct ad_reduction {
  const ad_kernels *k;
  const char *data;
  const ad_elements_from *source; /* unless NULL, of the elements, which are nowhere in memory */
  ad_dtype dtype, lane; /* stored as, computed as */
  size_t item, size;    /* bytes of an element of each */
  ad_walk kept;         /* axes of the outputs; for columns without the innermost, which is `width` */
  ad_walk sequence;     /* the reduced axes */
  int64_t width, width_stride; /* columns: how many outputs lie side by side; rows: 1 */
  bool columns;
  bool direct;          /* the kernels can read where the elements lie */
  size_t chunk, chunks; /* elements of a sequence that one task folds; how many */
  size_t strip, strips; /* columns that one task folds at once */

  ad_fold_rows_fn fold_rows;
  ad_fold_columns_fn fold_columns, join;
  const char *param;    /* one element per output, or NULL */
  char *out;            /* [chunks][outputs] */
} ad_reduction;

/* Describes the reduction of a value over the axes marked in `reduced`, or of what x->source makes. No reduced axis may be of
 * length 0. */
void ad__reduction_plan(ad_reduction *j, const ad_exec *x, const ad_type *t, const ad_value *v, const bool *reduced,
                        ad_dtype lane);
/* Can the axes be reduced with elements from a source? They are then asked for in pieces that are long enough. */
bool ad__reduction_takes_source(const ad_type *t, const bool *reduced);
/* Folds every output into out, elements of the lane; param has one element per output, or is NULL. */
ad_status ad__reduction_run(ad_exec *x, ad_reduction *j, ad_fold fold, const char *param, char *out);
/* For two folds over the same rows while they are in cache: chooses a fold, and folds the outputs [begin, end) of a
 * reduction of rows with one chunk. */
void ad__reduction_choose(ad_reduction *j, const ad_exec *x, ad_fold fold, const char *param, char *out);
void ad__reduction_rows(const ad_reduction *j, size_t begin, size_t end);
/* The place of each output's largest or smallest element in its sequence. */
ad_status ad__reduction_arg(ad_exec *x, ad_reduction *j, bool smallest, uint32_t *out);
/* Outputs in all. */
static inline int64_t ad__reduction_outputs(const ad_reduction *j) { return j->kept.count * j->width; }

#endif
