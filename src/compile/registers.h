/* The register form of a group: a program whose instructions pass a block on in vector registers. */
#ifndef AD_COMPILE_REGISTERS_H
#define AD_COMPILE_REGISTERS_H

#include "compile/block.h"
#include "runtime/operands.h"

/* Slots: the group's operands, its outputs, then tiles. */
typedef struct ad_register_program {
  const ad_register_set *set;
  const ad_register_op *ops;
  int n_ops, n_in, n_out, n_tiles;
  const uint8_t *item; /* bytes of an element in operands and outputs */
  double cost;         /* of an element, in rough nanoseconds */
} ad_register_program;

enum {
  AD_REGISTER_BLOCK = 128,   /* the most elements of a block */
  AD_REGISTER_TILE = 2048,   /* bytes that a tile may need: a block of the widest type, where a vector of another may be read */
  AD_REGISTER_TILES = 12,    /* of a program, at a time */
  AD_REGISTER_LEAST = 512    /* elements of a group for which a program is made */
};

/* Computes the group's outputs, whose memory is there, from its operands. */
ad_status ad__registers_run(ad_exec *x, const ad_group *g, ad_array *const *in, ad_array *const *out);

/* ---- In parts ---- */

typedef struct ad_register_job {
  const ad_register_program *p;
  const ad_kernels *k;
  ad_space space;
  ad_elt_operand in[AD_GROUP_INPUTS];
  char *out[AD_GROUP_MEMBERS];
  bool in_order; /* every operand lies in order, or is one element */
  bool by_rows;  /* blocks end where rows do */
  bool streamed; /* results are written past the cache */
} ad_register_job;

/* What the group reads; then elements [begin, end) of its only output, to `to`, by any thread; then the end, also after a failure. */
ad_status ad__registers_begin(ad_exec *x, const ad_group *g, ad_array *const *in, ad_register_job *j);
void ad__registers_span(const ad_register_job *j, size_t begin, size_t end, char *to);
void ad__registers_end(ad_exec *x, const ad_group *g, ad_array *const *in, ad_register_job *j);

#endif
