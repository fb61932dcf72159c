/* The executor: runs one node's kernel on the values of its inputs.
 *
 * What runs here touches kernels, buffers and the values of nodes that belong to the run, nothing of the context: it
 * may be another thread's. A kernel is a row of a table keyed by op (rows.c). Results get fresh memory, or, when an
 * input dies with this node and fits, that input's memory. */
#ifndef AD_RUNTIME_EXEC_H
#define AD_RUNTIME_EXEC_H

#include "ir/ctx.h"
#include "ops/registry.h"
#include "runtime/kernels/kernel.h"

/* Some elements of a result that is being computed: `rows` times `columns` of them, element k of row r being number at + r * line + k
 * of the result in row-major order, at data + r * stride + k items. */
typedef struct ad_piece {
  size_t at, rows, columns, line;
  const char *data;
  size_t stride; /* bytes */
} ad_piece;

/* Who wants a result piece by piece, while each is in the cache, and not as a whole. fn is called by several threads at once. */
typedef struct ad_pieces {
  void (*fn)(void *arg, const ad_piece *p);
  void *arg;
} ad_pieces;

/* Who makes the elements of an operand that is nowhere in memory: fn writes elements [begin, begin + n), in row-major order, in the
 * operand's dtype. It is called by several threads at once. */
typedef struct ad_elements_from {
  void (*fn)(void *arg, size_t begin, size_t n, void *to);
  void *arg;
  double cost; /* of an element, in rough nanoseconds */
} ad_elements_from;

typedef struct ad_exec {
  ad_ctx *ctx;        /* for its memory door only */
  ad_buffers *cache;  /* of the running thread */
  ad_pool *pool;
  const ad_kernels *kernels;
  ad_err err;
  bool told; /* err says by itself where it happened and in which op */
  /* Memory that the caller has for the result of the node that runs next: the first fresh value of that type takes it. It is
   * written over by whatever took it, so nothing depends on whether it is taken. */
  ad_buffer *place;
  const ad_type *place_type;
  /* Unless NULL, the result of the node that runs next may be given in pieces: a kernel that does so (ad__kernel_gives_pieces) takes
   * this, making it NULL, and leaves the node without a value. */
  const ad_pieces *pieces;
  /* Unless NULL, the operand of the node that runs next has no value: its kernel (ad__kernel_takes_source) asks here for elements. */
  const ad_elements_from *source;
  /* Machine code for the regions of the node that runs next; whoever runs others meanwhile takes it away. */
  const struct ad_region_code *region_code;
} ad_exec;

/* Bit i of `dying`: the value of input i is not needed after this node and may be overwritten. */
typedef ad_status (*ad_node_kernel)(ad_exec *x, ad_array *node, uint32_t dying);

/* The kernel of a node; NULL when its op has none for these types (then it is composed, or refused). */
ad_node_kernel ad__kernel_of(const ad_array *node);

/* Will the node's kernel give its result in pieces where somebody takes them, because that is worth it? It decides when it runs. */
bool ad__kernel_gives_pieces(const ad_array *node);
/* Can the node's kernel take its operand from a source, each element once? */
bool ad__kernel_takes_source(const ad_array *node);

/* Computes node->value (or outs). On failure x->err says why, without the place. */
ad_status ad__exec_node(ad_exec *x, ad_array *node, uint32_t dying);

/* ---- What kernels use ---- */

/* Fresh row-major memory for a tensor of that type. */
ad_status ad__value_new(ad_exec *x, const ad_type *type, ad_value *out);
/* Memory of input i when it is dying, nobody else's, row-major and of the result's size; else fresh memory. */
ad_status ad__value_reuse(ad_exec *x, ad_array *node, uint32_t dying, ad_value *out);
/* Room for the values of a node with several outputs, all empty. What a kernel that fails leaves there is freed. */
ad_status ad__outs_new(ad_exec *x, ad_array *node);
/* The same with fresh row-major memory for every output. */
ad_status ad__outs_values(ad_exec *x, ad_array *node);
void ad__outs_free(ad_exec *x, ad_array *node);
/* A value that shares `of`'s memory with byte strides (NULL: row-major) and an offset. */
ad_status ad__value_view(ad_exec *x, const ad_type *type, const ad_value *of, int64_t offset, const int64_t *strides,
                         ad_value *out);
/* The elements of `a` in row-major order: its own memory when it lies so, otherwise a copy in *temp, which the
 * caller frees with ad__value_free (type as a's). NULL when memory ran out (x->err is set). */
const char *ad__value_contiguous_data(ad_exec *x, const ad_array *a, ad_value *temp);
/* Copies elements between strided places of one type's shape: byte strides per axis. */
void ad__copy_strided(ad_exec *x, const ad_type *t, char *dst, const int64_t *dst_strides, const char *src,
                      const int64_t *src_strides);
/* The byte strides of a value: its own, or row-major into room[AD_MAX_RANK]. */
const int64_t *ad__value_strides(const ad_type *t, const ad_value *v, int64_t *room);

/* Runs fn over [0, count) cut in parts of `grain` (a multiple the result depends on); in this thread when the work,
 * count * cost (in rough nanoseconds per item), is too small to share. Parts are cut by count and grain alone. */
typedef void (*ad_range_fn)(void *arg, size_t begin, size_t end);
void ad__parallel(ad_exec *x, size_t count, size_t grain, double cost, ad_range_fn fn, void *arg);

#endif
