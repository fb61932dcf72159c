/* Nodes: one application of an op; the same struct in a lazy expression and in a graph.
 *
 * Handle = node pointer. refs counts every reference: scopes, keeps, and the edges of consumers. A node with
 * several outputs has a tuple type, and `item` nodes project it.
 * A lazy node belongs to a context and moves LAZY -> (PENDING ->) DONE or FAILED; only the context's thread
 * changes `state`. While it is PENDING its value belongs to the run that computes it.
 * serial numbers rise in the order of making, so sorting by serial is a topological order and program order. */
#ifndef AD_IR_NODE_H
#define AD_IR_NODE_H

#include <adamant/op.h>
#include "base/arena.h"
#include "base/buffer.h"
#include "ir/type.h"

typedef enum ad_state { AD_LAZY, AD_PENDING, AD_DONE, AD_FAILED } ad_state;

enum {
  AD_NODE_WEAK = 1,     /* a weak scalar */
  AD_NODE_CONST = 2,    /* value given from outside; no inputs */
  AD_NODE_IMMORTAL = 4, /* preallocated; never counted or freed */
  AD_NODE_GRAPH = 8,    /* belongs to a graph's arena, not to the context's lists; IMMORTAL as well */
  AD_NODE_KEEPS = 16,   /* an open derivative has seen it: keeps its inputs when evaluated */
  AD_NODE_BROKEN = 32,  /* u.failure says why it has no value; set by the run, before `state` is FAILED */
  AD_NODE_DIES = 64     /* of an input behind the first 32 of a step: its value dies with that step; see ad_step */
};

/* Attributes of one node in canonical form, in one block with the lists and strings they point to. */
typedef struct ad_attrs {
  size_t bytes; /* of the block; 0: an arena's */
  int count;
  ad_attr at[];
} ad_attrs;

/* Where a value lies. strides are in bytes, one per axis; NULL: row-major without gaps. */
typedef struct ad_value {
  ad_buffer *buf;
  char *data; /* element (0, ..., 0) */
  int64_t *strides;
} ad_value;

typedef struct ad_run ad_run;

struct ad_array {
  const ad_op *op;
  const ad_type *type;
  ad_ctx *ctx;
  ad_place where;
  uint64_t serial; /* in a graph: the position in it */
  uint64_t visit; /* epoch of the walk that met it last, see array/eval.c */
  uint32_t refs;
  uint32_t uses;  /* references that are not edges of the walk; 0: the value dies in it. References made or dropped
                     during the walk count, which is why keeping counts here too */
  uint16_t n;     /* inputs */
  uint8_t state;
  uint8_t flags;
  ad_attrs *attrs;
  ad_value value;
  union {
    ad_value *outs;      /* several outputs: their values */
    ad_array *next;      /* in a free list or a list of the dying */
    struct ad_failure *failure; /* FAILED: why */
  } u;
  union {
    ad_run *run;     /* PENDING: who computes it */
    ad_graph *graph; /* AD_NODE_GRAPH: its owner */
  };
  ad_array *expanded;  /* what the node takes its value from in place of its op: during a run what that is composed of. Or NULL */
  ad_array *drop_next;       /* in the context's list of deferred drops */
  _Atomic uint32_t dropped;  /* references dropped by ad_drop and not yet taken off refs */
  ad_array *in[];
};

typedef struct ad_failure {
  ad_status code;
  size_t bytes;     /* of this block, which ends with the text; 0 when it is constant */
  const char *text;
} ad_failure;

/* One entry of a schedule. */
typedef struct ad_step {
  ad_array *node;
  uint32_t dying; /* the first 32 inputs: those whose value is not needed after this step; they die with it */
} ad_step;

/* ---- Making and freeing (src/ir/node.c) ---- */

/* A LAZY node with references to its inputs taken and refs 0 ("floating"): the caller hands it to a scope, to a
 * consumer, or frees it. attrs is copied. A missing optional input is NULL. On lack of memory the context's
 * preallocated error node. */
ad_array *ad__node_new(ad_ctx *c, ad_place where, const ad_op *op, const ad_type *type, ad_array *const *in, int n,
                       const ad_attr *attrs);
/* An error array "where: op: text" (op may be NULL). */
ad_array *ad__node_error(ad_ctx *c, ad_place where, const ad_op *op, ad_status code, const char *text);
ad_array *ad__node_errorf(ad_ctx *c, ad_place where, const ad_op *op, ad_status code, const char *fmt, ...)
    AD_FORMAT(5, 6);
/* Gives a node a failure instead of a value (a kernel or an input failed). The text is complete. */
void ad__node_break(ad_array *a, ad_status code, const char *text);
/* Frees a floating node that nobody took. */
void ad__node_discard(ad_array *a);
/* Adds a and refs of its inputs to nothing; drops one reference, and all that die with it, without recursion. */
void ad__node_drop(ad_array *a);
static inline ad_array *ad__node_keep(ad_array *a) {
  if (!(a->flags & AD_NODE_IMMORTAL)) a->refs++, a->uses++;
  return a;
}
/* Lets go of the inputs of an evaluated node. */
void ad__node_cut(ad_array *a);
/* Lets go of a value. */
void ad__value_free(ad_buffers *cache, const ad_type *type, ad_value *v);
/* Hands a floating (or shared) node to the innermost scope and returns it. */
ad_array *ad__scope_take(ad_array *a);
/* Takes back the newest handle of the innermost scope, which must be a. */
void ad__scope_give_back(ad_array *a);

static inline bool ad__is_error(const ad_array *a) { return a->state == AD_FAILED; }
static inline const ad_attr *ad__attr(const ad_array *a, int field) { return &a->attrs->at[field]; }

/* ---- Attributes (src/ir/attrs.c) ---- */
ad_attrs *ad__attrs_copy_for(ad_ctx *c, const ad_op *op, const ad_attr *at);
/* In an arena: ad__attrs_free then lets go of regions alone. */
ad_attrs *ad__attrs_copy_in(ad_arena *arena, const ad_op *op, const ad_attr *at);
void ad__attrs_free(ad_ctx *c, const ad_op *op, ad_attrs *a);
bool ad__attrs_equal(const ad_op *op, const ad_attr *a, const ad_attr *b);
/* Is a text one of the field's choices, where it has some? */
ad_status ad__attr_choice(const ad_field *f, const ad_attr *a, ad_err *e);
/* Checks and brings into canonical form in place: ranks[i] is the rank of input i, -1 when unknown. `storage` takes
 * normalised lists. Returns AD_OK or sets e. */
typedef struct ad_attr_storage {
  int used;
  int64_t ints[4 * AD_MAX_RANK + 64];
} ad_attr_storage;
ad_status ad__attrs_canonical(const ad_op *op, ad_attr *at, const int *ranks, int n, ad_attr_storage *storage, ad_err *e);

/* ---- Values ---- */
static inline bool ad__value_contiguous(const ad_value *v) { return v->strides == NULL; }
/* Row-major strides of a tensor type into out[rank]. */
void ad__type_strides(const ad_type *t, int64_t *out);
/* True when the strides are those of row-major order (axes of length 1 do not count). */
bool ad__strides_row_major(const ad_type *t, const int64_t *strides);

#endif
