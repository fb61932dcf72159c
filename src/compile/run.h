/* Running plans: an instance is the room that one run at a time needs. */
#ifndef AD_COMPILE_RUN_H
#define AD_COMPILE_RUN_H

#include "compile/plan.h"
#include "compile/watch.h"

typedef struct ad_run_step {
  const ad_group *group;  /* NULL: a single node */
  ad_array *node;
  ad_array **in, **out;   /* of a group: copies of its operands and outputs */
  ad_array *product;      /* of a group that has one */
  const ad_plan_step *plan;
  ad_buffer *place;       /* where the node's result belongs; NULL: wherever its kernel takes memory */
  bool owns;              /* a group with outputs that need memory of their own */
} ad_run_step;

/* Copies of the plan's nodes, with values: those in the arena stay where they are from run to run, and so do views of them. */
typedef struct ad_instance {
  const ad_plan *plan;
  size_t bytes;       /* of this block */
  ad_array **node;    /* per node of the graph */
  ad_run_step *steps;
  int n_steps;
  ad_buffer *arena;   /* NULL when nothing lies in it */
  ad_buffer *places;  /* headers of the values in it, one per node */
  uint8_t *still;     /* per node: its value is the same in every run */
  ad_array *const *operands; /* in this run: what the parameters' values are those of, */
  uint32_t given_up;         /* and parameters whose memory results may take: a bit for each of the first, then flags of operands */
} ad_instance;

/* NULL sets x->err. Its memory comes from the running thread's cache. */
ad_instance *ad__instance_new(ad_exec *x, const ad_plan *p);
void ad__instance_free(ad_instance *f, ad_buffers *cache);
/* Runs the plan on the operands' values; the results' values are the caller's from then on. Bit i of given_up, for the first 31, or
 * AD_NODE_DIES in operand i, for the others: the caller lets go of it afterwards, so a result may take its memory, where nobody else
 * uses it. On failure x->err says where and why, and there are no results. watch may be NULL. */
ad_status ad__instance_run(ad_exec *x, ad_instance *f, ad_array *const *operands, uint32_t given_up, ad_value *results,
                           ad_run_watch *watch);

/* ---- Finding NaN (nan.c) ---- */

typedef struct ad_nan_look {
  bool given;            /* an operand has one */
  const ad_array *maker; /* the member that brings one into the world, where that can be seen only before the step; or NULL */
} ad_nan_look;

/* Around a step: ad__nan_after fails where the step's result has a NaN though none of its operands had, and names the op. */
ad_status ad__nan_before(ad_exec *x, const ad_instance *f, const ad_run_step *s, ad_nan_look *look);
ad_status ad__nan_after(ad_exec *x, const ad_instance *f, const ad_run_step *s, const ad_nan_look *look);

#endif
