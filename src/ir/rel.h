/* Shape relations from the inside: the slots, and running an op's relation over them. */
#ifndef AD_IR_REL_H
#define AD_IR_REL_H

#include <adamant/relation.h>
#include "base/str.h"

typedef struct ad_rel_slot {
  int rank; /* -1: unknown */
  bool missing;
  ad_dtype dtype; /* of an input, as it was given; AD_DTYPE_NONE: unknown */
  ad_dim dims[AD_MAX_RANK];
} ad_rel_slot;

struct ad_rel {
  ad_ctx *ctx;
  const ad_op *op;
  const ad_attr *attrs;
  int inputs, outputs;
  ad_rel_slot *slots; /* inputs, then outputs */
  bool later;         /* "not yet" */
  ad_status failed;
  ad_err *err;
};

/* Runs the op's relation once; r->later says whether anything is still open. */
ad_status ad__rel_run(ad_rel *r);
/* The one-line form "...mk,...kn->...mn": equal letters are equal dims; "..." a broadcast batch (src/ir/rel_line.c). */
bool ad__rel_line(ad_rel *r, const char *line);
/* The name of an op's input: "a", or "arrays[3]" of a list. */
void ad__op_param_name(const ad_op *op, int input, ad_text *out);

#endif
