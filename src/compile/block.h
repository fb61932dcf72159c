/* The block interpreter: runs a group on blocks that stay in the first-level cache. */
#ifndef AD_COMPILE_BLOCK_H
#define AD_COMPILE_BLOCK_H

#include "backend/native_group.h"
#include "compile/plan.h"
#include "runtime/operands.h"

/* One instruction: a prebuilt vector kernel over a block. Slots are numbered: the group's operands, its outputs, then registers.
 * Exactly one of fn, cast and fold is set; none: the operand's one element per row is repeated along the rows. */
typedef struct ad_block_op {
  ad_elt_fn fn;
  ad_cast_fn cast;
  ad_fold_rows_fn fold;
  double divisor;   /* of a fold, or 0 */
  ad_dtype lane;    /* of a fold */
  int16_t out, in[3];
  bool by_rows;     /* fn, cast: on one element per row */
} ad_block_op;

struct ad_block_program {
  ad_block_op *ops;
  int n_ops, n_in, n_out, n_registers;
  uint8_t *item;     /* bytes of an element in each slot */
  bool *by_rows;     /* per slot: one element per row */
  size_t block;      /* elements that every instruction does at once: whole rows of a group over rows */
  double cost;       /* of an element, in rough nanoseconds */
};

enum { AD_BLOCK_SLOTS = 2 * AD_GROUP_MEMBERS + AD_GROUP_INPUTS + 64 };

static inline void ad__block_fn(const ad_block_op *o, char *const *slot, size_t n) {
  const void *in[3];
  for (int k = 0; k < 3; k++) in[k] = o->in[k] >= 0 ? slot[o->in[k]] : NULL;
  o->fn(n, slot[o->out], in[0], in[1], in[2]);
}

/* Computes the group's outputs, whose memory is there, from its operands. */
ad_status ad__block_run(ad_exec *x, const ad_group *g, ad_array *const *in, ad_array *const *out);

/* The same for a group over rows (row_block.c). */
ad_status ad__row_block_run(ad_exec *x, const ad_group *g, ad_array *const *in, ad_array *const *out);
/* The same for a group with a product, which is computed too (epilogue.c), by its native code where fn is not NULL. */
ad_status ad__epilogue_run(ad_exec *x, const ad_group *g, ad_array *product, ad_array *const *in, ad_array *const *out,
                           const ad_native_group *native, ad_native_fn fn);

/* ---- A group of which one operand comes in pieces (exec.h), not over rows ---- */

typedef struct ad_block_job {
  const ad_block_program *p;
  const ad_kernels *k;
  ad_space space;
  ad_elt_operand in[AD_GROUP_INPUTS];
  char *out[AD_GROUP_MEMBERS];
  bool flat;     /* every operand lies in order */
  bool streamed; /* results are written past the cache */
} ad_block_job;

/* What else the group reads, and where it writes; then as many pieces as there are, by any thread; then the end, also after a failure. */
ad_status ad__block_begin(ad_exec *x, const ad_group *g, ad_array *const *in, ad_array *const *out, ad_block_job *j);
void ad__block_piece(const ad_block_job *j, int operand, const ad_piece *piece);
/* Elements [begin, end) of the only output, to `to`; the job has been begun with none. */
void ad__block_span(const ad_block_job *j, size_t begin, size_t end, char *to);
void ad__block_end(ad_exec *x, const ad_group *g, ad_array *const *in, ad_block_job *j);

/* Fills n elements of a size with the one at `from`. */
void ad__block_fill(char *to, const char *from, size_t item, size_t n);

#endif
