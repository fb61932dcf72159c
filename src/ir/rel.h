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

/* In a relation that the solver of a model runs, a dim of a slot may be a variable: one dim that is not known yet, the same code
 * wherever it stands. Ops see AD_DIM_UNKNOWN in its place, statements join what they find equal. Its code is that of a pointer (on
 * every machine below 2^61), so that there is no table of them. */
#define AD_DIM_VARIABLES (-(INT64_C(1) << 62)) /* codes below this one */
static inline bool ad__dim_is_open(ad_dim d) { return d < AD_DIM_VARIABLES; } /* a variable, or AD_DIM_UNKNOWN */
static inline ad_dim ad__dim_of_variable(void *p) { return INT64_MIN + 1 + (int64_t)(uintptr_t)p; }
static inline void *ad__dim_variable(ad_dim d) {
  return ad__dim_is_open(d) && d != AD_DIM_UNKNOWN ? (void *)(uintptr_t)(d - INT64_MIN - 1) : NULL;
}

struct ad_rel {
  ad_ctx *ctx;
  const ad_op *op;
  const ad_attr *attrs;
  int inputs, outputs;
  ad_rel_slot *slots; /* inputs, then outputs */
  bool later;         /* "not yet" */
  ad_status failed;
  ad_err *err;
  /* Of a solver, else NULL: two dims, of which one is no number, are equal; false when that contradicts what is known. */
  bool (*unify)(ad_rel *r, ad_dim a, ad_dim b);
  void *solver;
};

/* Runs the op's relation once; r->later says whether anything is still open. */
ad_status ad__rel_run(ad_rel *r);
/* As ad_rel_get_dim, but a variable is itself. */
ad_dim ad__rel_raw_dim(const ad_rel *r, int slot, int axis);
/* The one-line form "...mk,...kn->...mn": equal letters are equal dims; "..." a broadcast batch (src/ir/rel_line.c). */
bool ad__rel_line(ad_rel *r, const char *line);
/* The name of an op's input: "a", or "arrays[3]" of a list. */
void ad__op_param_name(const ad_op *op, int input, ad_text *out);

#endif
