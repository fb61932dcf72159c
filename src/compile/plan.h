/* Plans: a graph cut into steps, steps in order, every value with its place in memory. All of it is data.
 *
 * A step is one node, run by its op's kernel, or a group: nodes over one space that are computed together, block by block, so
 * that what is between them stays in the first-level cache. A group is its nodes and the values it reads and writes. The
 * interpreter (block.c) walks the program made of it; a printer walks the nodes themselves.
 * A plan is immutable once made and may be run by several threads at once, each in an instance of its own (run.h). */
#ifndef AD_COMPILE_PLAN_H
#define AD_COMPILE_PLAN_H

#include <string.h>
#include "base/arena.h"
#include "ir/graph.h"
#include "runtime/elementwise.h"

/* ---- Groups ---- */

typedef struct ad_list {
  int *at; /* positions of nodes in the graph */
  int n;
} ad_list;

/* Why a value goes from step to step through memory. */
typedef enum ad_unfused {
  AD_FUSED,
  AD_UNFUSED_GIVEN,    /* it is an argument or constant */
  AD_UNFUSED_PRODUCER, /* what makes it is no elementwise op */
  AD_UNFUSED_CONSUMER, /* what takes it is none */
  AD_UNFUSED_SPACE,    /* they are over different spaces */
  AD_UNFUSED_ORDER,    /* something between the two has to be done first */
  AD_UNFUSED_ROOM,     /* together they would need more operands or registers than there are */
  AD_UNFUSED_ASKED     /* the function is compiled unfused */
} ad_unfused;

typedef struct ad_block_program ad_block_program;

/* How a group over rows reads an operand. */
typedef enum ad_reads { AD_READS_ANY, AD_READS_SAME, AD_READS_ROWS, AD_READS_TAIL, AD_READS_ONE } ad_reads;

typedef struct ad_group {
  ad_list members; /* in program order */
  int product;     /* a node among `in` that is computed in the same step, piece by piece (epilogue.c); -1: none */
  bool folded;     /* the last member is a reduction, which takes the result of the others piece by piece (prologue.c) */
  ad_list in, out; /* values read from memory, and written to it */
  const ad_type *space; /* a type of its dims */
  /* A group over rows: its space's last `reduced` axes are rows of `row` elements, which reductions among its members fold to one.
   * Members of the space's dims are full, the others have one element per row. 0: every member is full. */
  int reduced;
  int64_t row;
  uint8_t *reads;  /* per operand: over rows, SAME is full, ROWS one element per row, TAIL one row for all, ONE one element */
  const ad_block_program *program;
  const struct ad_register_program *registers; /* the program in registers, where there is one: it is run then */
} ad_group;

enum {
  AD_GROUP_INPUTS = 12,
  AD_GROUP_MEMBERS = 64,
  AD_GROUP_BYTES = 448,       /* of one element of every member */
  AD_GROUP_ROW_BYTES = 524288 /* of a row of every member and operand, and of what is converted on the way */
};

typedef struct ad_grouping {
  int *group_of; /* per node: its group, also of a group's product, or -1 */
  int count;
  ad_group *groups;
} ad_grouping;

/* ---- Where values lie ---- */

typedef enum ad_lies {
  AD_LIES_INSIDE, /* within a group: nowhere */
  AD_LIES_GIVEN,  /* an argument or constant */
  AD_LIES_ARENA,
  AD_LIES_OWN,    /* memory of its own, taken in each run: what results are made of */
  AD_LIES_SHARED  /* perhaps in another value's memory: a view, or part of a tuple */
} ad_lies;

typedef struct ad_lodging {
  ad_lies lies;
  size_t offset;   /* ARENA */
  int donor;       /* OWN: the argument whose memory it may take when the caller lets go of that; -1: none */
  int born, dies;  /* steps; dies: the last that may read its memory; a value nobody reads dies where it is born */
} ad_lodging;

/* ---- The plan ---- */

typedef struct ad_plan_step {
  int node;  /* of a group: the last member */
  int group; /* -1: a single node */
  ad_list freed; /* nodes whose value is not needed after this step */
} ad_plan_step;

typedef struct ad_plan {
  ad_ctx *ctx;
  ad_arena arena;  /* of everything below */
  ad_graph *graph; /* held */
  ad_grouping grouping;
  ad_plan_step *steps;
  int n_steps;
  ad_lodging *lodging; /* per node */
  bool unfused;
  _Atomic(struct ad_plan_code *) native; /* once native code was asked for, see native_plan.h */
  size_t arena_bytes, least_bytes;
  int peak_step;
} ad_plan;

/* A plan of a graph in which every composite has a kernel; it takes over the caller's hold on the graph. NULL without memory. */
ad_plan *ad__plan_new(ad_graph *g, bool unfused);
void ad__plan_free(ad_plan *p);

/* Parts of making one. False without memory. */
bool ad__plan_group(ad_plan *p);
bool ad__plan_attach(ad_plan *p);
bool ad__plan_order(ad_plan *p);
bool ad__plan_lodge(ad_plan *p);
bool ad__plan_program(ad_plan *p, ad_group *g);
bool ad__plan_registers(ad_plan *p, ad_group *g);
/* Reductions that become part of the step of the group they take (prologue.c). */
bool ad__plan_prologues(ad_plan *p);
/* The members of a group that its programs compute, and their results: without a reduction that takes them. */
ad_group ad__plan_computed(const ad_plan *p, const ad_group *g, int *result);
static inline bool ad__same_dims(const ad_type *a, const ad_type *b) {
  return a->rank == b->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}
/* The group as a graph that the caller frees: its operands are parameters in their order, its outputs results. For those who
 * print groups; constants among the operands stay parameters. */
ad_graph *ad__group_graph(const ad_plan *p, const ad_group *g);
/* Bytes that a step reads and writes. */
double ad__plan_step_bytes(const ad_plan *p, const ad_plan_step *s);
/* Why operand k of a node comes through memory. */
ad_unfused ad__plan_why(const ad_plan *p, const ad_array *consumer, int k);

static inline bool ad__plan_is_given(const ad_array *a) {
  return (a->flags & AD_NODE_CONST) || (!a->n && a->op->id == AD_OP_USER);
}

#endif
