/* The block interpreter: runs a group on blocks that stay in the first-level cache. */
#ifndef AD_COMPILE_BLOCK_H
#define AD_COMPILE_BLOCK_H

#include "compile/plan.h"

/* One instruction: a prebuilt vector kernel over a block. Slots are numbered: the group's operands, its outputs, then registers. */
typedef struct ad_block_op {
  ad_elt_fn fn;    /* or else */
  ad_cast_fn cast;
  int16_t out, in[3];
} ad_block_op;

struct ad_block_program {
  ad_block_op *ops;
  int n_ops, n_in, n_out, n_registers;
  uint8_t *item;     /* bytes of an element in each slot */
  size_t block;      /* elements that every instruction does at once */
  double cost;       /* of an element, in rough nanoseconds */
};

/* Computes the group's outputs, whose memory is there, from its operands. */
ad_status ad__block_run(ad_exec *x, const ad_group *g, ad_array *const *in, ad_array *const *out);

#endif
