/* Running a region many times.
 *
 * A frame holds the values of one region's nodes. Small ones (states, scalars, rows) lie at fixed places in one block, so that an
 * elementwise node on such operands is one call of its row with addresses known beforehand: a step of a scalar loop costs a
 * few nanoseconds. Everything else goes through the kernel of its op, on copies of the nodes, and its values come and go. What
 * depends on nothing that varies is computed once.
 * A frame belongs to one run of a kernel; the region's lowered graph, which it reads, may be run by several at once. */
#ifndef AD_RUNTIME_REGION_FRAME_H
#define AD_RUNTIME_REGION_FRAME_H

#include "ir/graph.h"
#include "runtime/exec.h"

/* A region with every composite that has no kernel expanded, made once by the context's thread and kept with the graph. False
 * without memory, when an expansion failed, or when it is symbolic. */
bool ad__region_lower(ad_graph *g);
/* Lowers every region of a node; nothing for other nodes. */
bool ad__regions_lower(const ad_array *node);

/* One node to compute. */
typedef struct ad_frame_step {
  ad_elt_fn row;   /* an elementwise row; NULL: see cast, node */
  ad_cast_fn cast;
  size_t n;        /* elements */
  void *out;
  const void *in[3];
  int node;
  uint32_t dying;
} ad_frame_step;

typedef struct ad_frame_list {
  ad_frame_step *at;
  int count;
} ad_frame_list;

/* How result i becomes parameter i when both lie in the frame and the result is no parameter itself. */
typedef struct ad_frame_move {
  void *to;
  const void *from; /* NULL: not so */
  size_t bytes;
  int run; /* how many results from this one on are so */
} ad_frame_move;

typedef struct ad_frame {
  ad_exec *x;
  const ad_graph *g;   /* lowered */
  ad_array **node;     /* copies, one per node of g */
  char **fixed;        /* place of each small value; NULL: its value comes and goes */
  uint8_t *flags;
  ad_buffer *memory;
  int sweeps;
  ad_frame_list *sweep; /* steps of each */
  char *staging;       /* room for the fixed results of any sweep */
  ad_frame_move *move; /* one per result */
  ad_value *next;      /* one per result: large values on their way to be parameters */
  void *block;
  size_t bytes;
} ad_frame;

enum {
  AD_FRAME_VARIES = 1, /* follows from what changes from step to step */
  AD_FRAME_PARAM = 2
};

/* What a frame is made for: operands of the parameters and how many of the first ones vary; places for their values (NULL: of its
 * own); the results, cut into sweeps of so many each (whose steps are then separate). */
typedef struct ad_frame_spec {
  ad_array *const *operands; /* of the parameters from `varying` on: node operands, whose values are there */
  int varying;
  char *const *places;       /* of varying parameters, or NULL */
  const int *sweeps;         /* results of each */
  int n_sweeps;
} ad_frame_spec;

ad_status ad__frame_begin(ad_frame *f, ad_exec *x, const ad_graph *region, const ad_frame_spec *spec);
void ad__frame_end(ad_frame *f);
/* Computes a sweep's results from the parameters. */
ad_status ad__frame_run(ad_frame *f, int sweep);

/* The copy of parameter or result i. */
static inline ad_array *ad__frame_param(const ad_frame *f, int i) { return f->node[f->g->params.at[i]->serial]; }
static inline ad_array *ad__frame_result(const ad_frame *f, int i) { return f->node[f->g->results.at[i]->serial]; }
static inline char *ad__frame_param_place(const ad_frame *f, int i) { return f->fixed[f->g->params.at[i]->serial]; }
/* Does the sweep read parameter i? */
bool ad__frame_reads(const ad_frame *f, int sweep, int param);

/* Gives parameter i the value that lies at `from` with those strides (NULL: row-major): copied to its place, or shared. */
ad_status ad__frame_set(ad_frame *f, int param, const ad_value *from);
/* Results first.. become parameters first.. (n of them), all at once. */
ad_status ad__frame_turn(ad_frame *f, int first, int n);
/* Copies a value's elements in row-major order. */
void ad__frame_store(ad_exec *x, const ad_type *type, const ad_value *from, char *to);
/* A value of its own for a node's result: a copy of what lies in the frame, shared otherwise. */
ad_status ad__frame_take(ad_frame *f, const ad_array *a, ad_value *out);

#endif
