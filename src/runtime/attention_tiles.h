/* What attention and its gradient share: operands cut into tiles of rows of queries and blocks of keys.
 *
 * The rows that attend to one head of keys, those of all heads of queries that share it, are counted through: row r belongs to
 * head r / queries of the group, at query r % queries. Blocks of AD_ATTENTION_KEYS keys are met in rising order, which fixes the
 * bits; how many rows a tile or a task has does not show in them. Everything is computed in the lane, half types in float32. */
#ifndef AD_RUNTIME_ATTENTION_TILES_H
#define AD_RUNTIME_ATTENTION_TILES_H

#include <stdatomic.h>
#include "runtime/row_pieces.h"

enum {
  AD_ATTENTION_KEYS = 512,                       /* a block of keys */
  AD_ATTENTION_LINE = AD_ATTENTION_KEYS + 16     /* elements from one row of a tile of scores to the next: no power of 2 */
};

/* Four axes, strides in bytes; those of a broadcast axis are 0. */
typedef struct ad_attention_operand {
  const char *data;
  int64_t strides[4];
} ad_attention_operand;

typedef struct ad_attention {
  const ad_kernels *k;
  const ad_row_lane *row;
  const ad_gemm_lane *gemm;
  ad_mem *mem;
  ad_dtype dtype, lane;
  size_t item, size; /* bytes of an element as stored, in the lane */
  size_t batch, heads, shared, group, queries, keys, depth, width; /* B, N, K, N/K, T, S, D, E */
  ad_attention_operand q, key, value, ct, mask;
  ad_dtype mask_dtype; /* AD_DTYPE_NONE: no mask */
  const char *sinks;   /* in the lane, or NULL */
  double scale;
  bool causal;
  _Atomic bool failed;
} ad_attention;

/* A result: byte strides of batch, head and query (or key). */
typedef struct ad_attention_place {
  char *data;
  int64_t strides[3];
} ad_attention_place;
static inline char *ad__attention_at(const ad_attention_place *p, size_t batch, size_t head, size_t row) {
  return p->data + (int64_t)batch * p->strides[0] + (int64_t)head * p->strides[1] + (int64_t)row * p->strides[2];
}

/* One head of keys, in one batch. */
typedef struct ad_attention_head {
  const ad_attention *of;
  size_t b, shared;
} ad_attention_head;

void ad__attention_init(ad_attention *a, ad_exec *x, const ad_array *node, const ad_array *q, const ad_array *key, const ad_array *value,
                        const ad_array *mask);
void ad__attention_operand_init(ad_attention_operand *o, const ad_array *a);
/* Fresh memory for a result of that type, with the heads of a query side by side where they lie so in the operand `like`: then who
 * brings them together, as transformers do, has nothing to copy. Sets where it is written, its rows contiguous. */
ad_status ad__attention_result(ad_exec *x, const ad_type *t, const ad_array *like, ad_value *out, ad_attention_place *place);

/* Row r's query; as a rule no other head shares the keys, and a division would take as long as a row's softmax. */
static inline size_t ad__attention_query_of(const ad_attention *a, size_t r) { return r < a->queries ? r : r % a->queries; }
/* Keys that row r may see at most: the first so many. */
static inline size_t ad__attention_limit(const ad_attention *a, size_t r) {
  if (!a->causal) return a->keys;
  size_t seen = ad__attention_query_of(a, r) + 1 + a->keys;
  return seen > a->queries ? seen - a->queries : 0;
}
static inline size_t ad__attention_head_of(const ad_attention_head *h, size_t r) {
  return h->shared * h->of->group + (r < h->of->queries ? 0 : r / h->of->queries);
}
/* The most that rows [r, r + n) see. */
size_t ad__attention_limit_of(const ad_attention *a, size_t r, size_t n);

/* Rows [r, r + n) of an operand of queries, `columns` wide, in the lane at out, `line` elements apart, zero beyond; times factor. */
void ad__attention_rows(const ad_attention_head *h, const ad_attention_operand *o, size_t r, size_t n, size_t columns, double factor,
                        char *out, size_t line);
/* A block of keys packed as the right operand of a product: keys along its columns, or along its depth. room: as many
 * elements as the block has. */
void ad__attention_pack_across(const ad_attention_head *h, const ad_attention_operand *o, size_t key, size_t n, size_t columns, char *out,
                               char *room);
void ad__attention_pack_along(const ad_attention_head *h, const ad_attention_operand *o, size_t key, size_t n, size_t columns, char *out,
                              char *room);
/* Applies the mask to scores of row r, keys [key, key + n). room: AD_ATTENTION_KEYS elements, twice. */
void ad__attention_mask(const ad_attention_head *h, size_t r, size_t key, size_t n, char *scores, char *room);
/* After the first n of `columns` scores: -infinity up to a whole number of partial sums, which is returned. */
size_t ad__attention_end_row(const ad_attention *a, char *scores, size_t n);

/* c (rows x columns, c_row apart) = or += a times a packed b. a: row i, step k at i * a_row + k * a_step, one of them 1. b
 * in panels as wide as a tile, b_panel elements apart, its steps b_step apart. */
typedef struct ad_attention_product {
  size_t rows, columns, depth;
  const char *a, *b;
  char *c;
  size_t a_row, a_step, b_panel, b_step, c_row;
  bool add, whole; /* whole: c has room for whole panels */
} ad_attention_product;
void ad__attention_multiply(const ad_attention *a, const ad_attention_product *p);

static inline size_t ad__attention_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

#endif
