/* The gradient of attention: the weights are computed again, tile by tile, from the logarithms of their sums.
 *
 * A task has one head of keys and all rows of queries that attend to it. It meets the keys block by block; for each TILE rows it
 * computes the weights P = exp(scores - lse) and dS = P (ct v^T - delta), and adds dS k to the cotangent of q, dS^T q and
 * P^T ct to those of this block of keys and values: five products, as many as there are by hand. Memory is linear in the
 * length (Dao: FlashAttention-2, 2023). */
#include <math.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/attention_tiles.h"
#include "runtime/structural.h"

enum { CT, Q, K, V, LSE, DELTA, MASK, SINKS, TILE = 28 };

typedef struct back_job {
  ad_attention a;
  const char *lse, *delta; /* in the lane, (B, N, T) */
  ad_attention_place dq, dk, dv;
  size_t rows, depth_line, width_line; /* elements from one row of q and of ct to the next: whole panels */
} back_job;

typedef struct back_space {
  char *block;
  size_t bytes;
  char *q, *ct, *dq, *weights, *ds, *key, *key_along, *value, *dk, *dv, *room;
} back_space;

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static bool space_take(const back_job *j, back_space *w) {
  const ad_attention *a = &j->a;
  size_t n = AD_ATTENTION_KEYS, wider = a->depth > a->width ? a->depth : a->width;
  const size_t count[] = {j->rows * j->depth_line, j->rows * j->width_line, j->rows * a->depth, TILE * AD_ATTENTION_LINE,
                          TILE * AD_ATTENTION_LINE, n * a->depth + AD_GEMM_SLACK, n * j->depth_line + AD_GEMM_SLACK,
                          n * a->width + AD_GEMM_SLACK, n * a->depth, n * a->width, n * (wider + 2)};
  char **const parts[] = {&w->q, &w->ct, &w->dq, &w->weights, &w->ds, &w->key, &w->key_along, &w->value, &w->dk, &w->dv, &w->room};
  w->bytes = 64;
  for (int i = 0; i < 11; i++) w->bytes += ad__attention_up(count[i] * a->size, 64);
  if (!(w->block = ad__mem_take(a->mem, w->bytes))) return false;
  char *at = w->block;
  for (int i = 0; i < 11; i++) *parts[i] = at, at += ad__attention_up(count[i] * a->size, 64);
  return true;
}

/* Scores of row r and the products of its cotangent with the values become P and dS; zero behind `n` keys, up to columns. */
static void back_row(const back_job *j, const ad_attention_head *h, back_space *w, size_t r, size_t key, size_t columns, char *p, char *ds) {
  const ad_attention *a = h->of;
  size_t limit = ad__attention_limit(a, r), seen = limit > key ? smaller(limit - key, columns) : 0;
  size_t at = (h->b * a->heads + ad__attention_head_of(h, r)) * a->queries + ad__attention_query_of(a, r);
  if (seen) {
    double lse = ad__row_load(a->lane, j->lse + at * a->size), delta = ad__row_load(a->lane, j->delta + at * a->size);
    if (a->mask_dtype) ad__attention_mask(h, r, key, seen, p, w->room);
    a->row->soften_back(ad__attention_end_row(a, p, seen), p, ds, lse == -INFINITY ? 0 : lse, delta);
  }
  memset(p + seen * a->size, 0, (columns - seen) * a->size);
  memset(ds + seen * a->size, 0, (columns - seen) * a->size);
}

/* Rows [r, r + n) against a block of keys, of which they see `columns` at most. */
static void back_tile(const back_job *j, const ad_attention_head *h, back_space *w, size_t r, size_t n, size_t key, size_t columns,
                      size_t block) {
  const ad_attention *a = h->of;
  size_t wide = a->gemm->columns, line = AD_ATTENTION_LINE;
  char *q = w->q + r * j->depth_line * a->size, *ct = w->ct + r * j->width_line * a->size;
  const ad_attention_product before[] = {
      {.rows = n, .columns = columns, .depth = a->depth, .a = q, .b = w->key, .c = w->weights, .a_row = j->depth_line, .a_step = 1,
       .b_panel = wide * a->depth, .b_step = wide, .c_row = line, .whole = true},
      {.rows = n, .columns = columns, .depth = a->width, .a = ct, .b = w->value, .c = w->ds, .a_row = j->width_line, .a_step = 1,
       .b_panel = wide * a->width, .b_step = wide, .c_row = line, .whole = true}};
  for (int i = 0; i < 2; i++) ad__attention_multiply(a, &before[i]);
  for (size_t i = 0; i < n; i++) back_row(j, h, w, r + i, key, columns, w->weights + i * line * a->size, w->ds + i * line * a->size);
  const ad_attention_product after[] = {
      {.rows = n, .columns = a->depth, .depth = columns, .a = w->ds, .b = w->key_along, .c = w->dq + r * a->depth * a->size,
       .a_row = line, .a_step = 1, .b_panel = wide * block, .b_step = wide, .c_row = a->depth, .add = true},
      {.rows = columns, .columns = a->depth, .depth = n, .a = w->ds, .b = q, .c = w->dk, .a_row = 1, .a_step = line, .b_panel = wide,
       .b_step = j->depth_line, .c_row = a->depth, .add = true},
      {.rows = columns, .columns = a->width, .depth = n, .a = w->weights, .b = ct, .c = w->dv, .a_row = 1, .a_step = line,
       .b_panel = wide, .b_step = j->width_line, .c_row = a->width, .add = true}};
  for (int i = 0; i < 3; i++) ad__attention_multiply(a, &after[i]);
}

/* A row of n elements in the lane to where it is stored. */
static void write_row(const ad_attention *a, size_t n, char *out, const char *row) {
  if (a->dtype == a->lane) memcpy(out, row, n * a->size);
  else a->k->cast[a->lane][a->dtype](n, out, row);
}

/* The cotangents of a block of keys, or of values, `columns` wide. */
static void write_block(const ad_attention_head *h, const ad_attention_place *to, size_t key, size_t block, size_t columns, const char *rows) {
  const ad_attention *a = h->of;
  for (size_t i = 0; i < block; i++) write_row(a, columns, ad__attention_at(to, h->b, h->shared, key + i), rows + i * columns * a->size);
}

static void write_queries(const back_job *j, const ad_attention_head *h, const char *rows) {
  const ad_attention *a = h->of;
  for (size_t r = 0; r < j->rows; r++)
    write_row(a, a->depth, ad__attention_at(&j->dq, h->b, ad__attention_head_of(h, r), ad__attention_query_of(a, r)), rows + r * a->depth * a->size);
}

static void back_head(const back_job *j, size_t head, back_space *w) {
  const ad_attention *a = &j->a;
  ad_attention_head h = {a, head / a->shared, head % a->shared};
  ad__attention_rows(&h, &a->q, 0, j->rows, a->depth, a->scale, w->q, j->depth_line);
  ad__attention_rows(&h, &a->ct, 0, j->rows, a->width, 1, w->ct, j->width_line);
  memset(w->dq, 0, j->rows * a->depth * a->size);
  for (size_t key = 0; key < a->keys; key += AD_ATTENTION_KEYS) {
    size_t block = smaller(a->keys - key, AD_ATTENTION_KEYS);
    ad__attention_pack_across(&h, &a->key, key, block, a->depth, w->key, w->room);
    ad__attention_pack_along(&h, &a->key, key, block, a->depth, w->key_along, w->room);
    ad__attention_pack_across(&h, &a->value, key, block, a->width, w->value, w->room);
    memset(w->dk, 0, block * a->depth * a->size);
    memset(w->dv, 0, block * a->width * a->size);
    for (size_t r = 0; r < j->rows; r += TILE) {
      size_t n = smaller(j->rows - r, TILE), seen = ad__attention_limit_of(a, r, n);
      if (seen > key) back_tile(j, &h, w, r, n, key, smaller(seen - key, block), block);
    }
    write_block(&h, &j->dk, key, block, a->depth, w->dk);
    write_block(&h, &j->dv, key, block, a->width, w->dv);
  }
  a->row->scale(j->rows * a->depth, w->dq, a->scale);
  write_queries(j, &h, w->dq);
}

static void heads_range(void *arg, size_t begin, size_t end) {
  back_job *j = arg;
  back_space w;
  if (!space_take(j, &w)) {
    j->a.failed = true;
    return;
  }
  for (size_t head = begin; head < end; head++) back_head(j, head, &w);
  ad__mem_give(j->a.mem, w.block, w.bytes);
}

/* A sink weighs exp(sink - lse) in each row, and its value is 0. */
static void sinks_back(const back_job *j, ad_dtype dtype, char *out) {
  const ad_attention *a = &j->a;
  for (size_t h = 0; h < a->heads; h++) {
    double sum = 0, sink = ad__row_load(a->lane, a->sinks + h * a->size), narrow;
    for (size_t b = 0; b < a->batch; b++)
      for (size_t t = 0; t < a->queries; t++) {
        size_t at = ((b * a->heads + h) * a->queries + t) * a->size;
        double lse = ad__row_load(a->lane, j->lse + at);
        sum -= ad_f64_exp(sink - (lse == -INFINITY ? 0 : lse)) * ad__row_load(a->lane, j->delta + at);
      }
    ad__row_store(a->lane, &narrow, sum);
    if (dtype == a->lane) memcpy(out + h * a->size, &narrow, a->size);
    else a->k->cast[a->lane][dtype](1, out + h * a->item, &narrow);
  }
}

ad_status ad__k_attention_grad(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  ad_array *const *in = node->in;
  ad_status s = ad__outs_new(x, node);
  if (s) return s;
  const ad_type *const *types = node->type->members;
  ad_value *outs = node->u.outs;
  back_job j;
  s = ad__attention_result(x, types[0], in[Q], &outs[0], &j.dq);
  if (!s) s = ad__attention_result(x, types[1], in[K], &outs[1], &j.dk);
  if (!s) s = ad__attention_result(x, types[2], in[V], &outs[2], &j.dv);
  if (!s) s = ad__value_new(x, types[3], &outs[3]);
  if (s) return s;
  ad__attention_init(&j.a, x, node, in[Q], in[K], in[V], in[MASK]);
  ad__attention_operand_init(&j.a.ct, in[CT]);
  j.rows = j.a.group * j.a.queries;
  j.depth_line = ad__attention_up(j.a.depth, j.a.gemm->columns), j.width_line = ad__attention_up(j.a.width, j.a.gemm->columns);
  ad_buffer *held[3] = {NULL, NULL, NULL};
  if (!(j.lse = ad__row_all(x, in[LSE], &held[0])) || !(j.delta = ad__row_all(x, in[DELTA], &held[1]))) s = x->err.code;
  if (!s && in[SINKS] && !(j.a.sinks = ad__row_all(x, in[SINKS], &held[2]))) s = x->err.code;
  if (!s) {
    double cost = (double)j.rows * (double)j.a.keys * (double)(j.a.depth + j.a.width + 16) * 0.025;
    ad__parallel(x, j.a.batch * j.a.shared, 1, cost + 1000, heads_range, &j);
    if (in[SINKS]) sinks_back(&j, node->type->members[3]->dtype, outs[3].data);
    if (j.a.failed) s = ad__fail(&x->err, AD_E_MEMORY, "no room for the rows of one head; out of memory");
  }
  for (int i = 0; i < 3; i++)
    if (held[i]) ad__buffer_drop(x->cache, held[i]);
  return s;
}
