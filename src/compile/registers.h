/* The register form of a group: a program whose instructions pass a block on in vector registers. */
#ifndef AD_COMPILE_REGISTERS_H
#define AD_COMPILE_REGISTERS_H

#include "compile/block.h"

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

#endif
