/* The context: owns types, nodes, scopes, buffers, options. There is no other state in the library. */
#ifndef AD_IR_CTX_H
#define AD_IR_CTX_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/cpu.h"
#include "base/map.h"
#include "base/pool.h"
#include "ir/node.h"

enum { AD_NODE_FREE_LISTS = 10 }; /* nodes of up to 9 inputs are recycled by count */
enum { AD_INFERRED_SLOTS = 16 };

/* The type of an op without attributes on two operands of these types, see ops/apply.c. */
typedef struct ad_inferred {
  const ad_op *op;
  const ad_type *in[2], *out;
} ad_inferred;

enum { AD_DEBUG_PASSES = 1, AD_DEBUG_FUSION = 2, AD_DEBUG_RECOMPILE = 4, AD_DEBUG_NAN = 8, AD_DEBUG_MEMORY = 16 };

struct ad_scope {
  ad_ctx *ctx;
  size_t start;    /* first entry of scope_nodes that is ours */
  ad_scope *outer; /* the enclosing scope; in a free list, the next */
};

/* Where native code comes from and is kept: options and environment, as strings of the context's own; NULL where not given. */
typedef struct ad_native_opts {
  ad_native_mode mode; /* never AD_NATIVE_DEFAULT */
  const char *cc, *cache_dir, *xdg_cache_home, *home, *path;
} ad_native_opts;

typedef struct ad_native ad_native;
typedef struct ad_dim_table ad_dim_table;
typedef struct ad_module ad_module;

struct ad_ctx {
  ad_mem mem;
  ad_ctx_opts opts;
  ad_err error; /* what was wrong with the options */
  ad_buffers buffers;
  ad_pool *pool;
  ad_isa isa; /* the kernels to run */
  uint64_t machine_quarter; /* of its memory, in bytes */
  uint64_t serial;
  uint64_t live;       /* nodes */
  uint64_t live_edges; /* inputs of live nodes: what a walk may have to push */
  uint64_t epoch;

  ad_array *free_nodes[AD_NODE_FREE_LISTS];
  ad_array *out_of_memory; /* immortal error */

  ad_array **scope_nodes; /* handles of all open scopes, innermost last */
  size_t scope_count, scope_capacity;
  ad_scope *scope; /* innermost; the last one out is the context's own */
  ad_scope *free_scopes;
  ad_scope no_scope; /* handed out when memory ran out: ending it does nothing */

  ad_array **stack; /* of walks; reserved as nodes are made, so a walk cannot run out of memory */
  size_t stack_capacity;
  ad_step *steps; /* of evaluations, likewise */
  size_t steps_capacity;

  ad_arena types_arena;
  ad_type **type_buckets;
  size_t type_bucket_count, type_count;
  const ad_type *scalar_types[AD_DTYPE_COUNT];
  const ad_type *error_type;
  ad_inferred inferred[AD_INFERRED_SLOTS];

  ad_dim_table *dims; /* symbolic dims, see dim.c; made at the first one */
  bool dims_no_memory; /* see ad__dim_begin */

  ad_map user_ops; /* name -> descriptor */
  ad_map places;   /* places read from text, so that nodes may outlive it */
  ad_graph *graphs;   /* all that are alive, see graph.c */
  ad_module *modules;
  ad_graph *no_graph; /* failed for lack of memory; made beforehand */
  ad_graph *building; /* new nodes go there; NULL: they are lazy nodes of the context */
  ad_cpu cpu;
  ad_place rule_where; /* place of the node whose rule is running */
  int keep_graphs;     /* open derivatives */
  int tracing;         /* open traces whose arguments have no values */
  int tracing_region;  /* those of them that become regions */
  ad_err misread;      /* what the user's function that is being traced asked for in vain; code 0: nothing */
  bool composing;
  uint32_t random_state[2]; /* a key, see ops/random_state.c */
  bool random_seeded;

  /* ad_drop may come from any thread: it counts in the node and links it here; the context's next operation
   * takes the references off. */
  _Atomic(ad_array *) deferred_drops;

  ad_stream *streams; /* list of streams, see array/stream.c, which sets the two functions at the first one */
  ad_stream *own_stream;
  void (*end_streams)(ad_ctx *c);
  void (*stream_memory)(const ad_ctx *c, int64_t *active, int64_t *peak, uint64_t *cached);

  struct ad_compiler *compiler; /* what compiled functions share, see compile/compiler.h; it sets the function at the first one */
  void (*end_compiler)(ad_ctx *c);
  ad_native *native;            /* who compiles C, see backend/native.h, made and ended the same way */
  void (*end_native)(ad_ctx *c);
  ad_native_opts native_opts;
  ad_arena_spare spare;         /* of graphs and plans while one is compiled */
  int free_dims;                /* 0, or the number of the next symbol for a dim that does not follow from the inputs, see
                                   ops/apply.c */
  unsigned debug;               /* what the log is told: AD_DEBUG_PASSES... */
  bool compile_off;             /* calls of compiled functions run the function itself */
  /* While a function is being compiled: the key of a random op that was given none, which every call then draws anew. */
  ad_array *(*trace_key)(ad_ctx *c, ad_place where);
  struct ad_tracing *trace_keys;
};

/* The place written s[0..n), as a string that lives as long as the context; NULL without memory. */
ad_place ad__ctx_place(ad_ctx *c, const char *s, size_t n);
void ad__log(ad_ctx *c, ad_log_level level, const char *fmt, ...) AD_FORMAT(3, 4);
/* Every line of the text by itself, "head: line". */
void ad__log_lines(ad_ctx *c, ad_log_level level, const char *head, const char *text);
/* Takes off the references that ad_drop gave back since the last call. */
void ad__ctx_settle_drops(ad_ctx *c);
/* Bytes that a loop may record now. */
uint64_t ad__ctx_record_room(const ad_ctx *c);
/* Grows the walk stack and the steps so that a walk over all live nodes fits; false without memory. */
bool ad__ctx_reserve(ad_ctx *c);

#endif
