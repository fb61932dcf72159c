/* fast_scaled_dot_product_attention: softmax(scale q k^T + mask) v without the matrix of scores.
 *
 * A task has CHUNK rows of queries that share a head of keys. It meets the keys block by block, packs them, and for each TILE rows
 * computes their scores, which stay in the cache, makes exponentials of them, and adds their products with the values to the
 * rows' sums. Each row remembers the largest score so far and the sum of exponentials relative to it; when a larger one comes,
 * what was summed is scaled down (Milakov, Gimelshein: Online normalizer calculation for softmax, 2018). Blocks that a
 * causal mask hides from a whole tile are not looked at. Memory is the same for any length. */
#include <math.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/attention_tiles.h"
#include "runtime/structural.h"

enum { Q, K, V, MASK, SINKS, CHUNK = 512, TILE = 14 };

typedef struct attention_job {
  ad_attention a;
  ad_attention_place out;
  char *lse;       /* row-major (B, N, T) */
  size_t chunks;   /* of one head of keys */
} attention_job;

/* What a task works in. */
typedef struct workspace {
  char *block;
  size_t bytes;
  char *q, *sums, *scores, *key, *value, *room;
  double *top, *total; /* of each row: the largest score, the sum of exp(score - top) */
} workspace;

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static char *part(char **at, size_t bytes) {
  char *p = *at;
  *at += ad__attention_up(bytes, 64);
  return p;
}

static bool workspace_take(const ad_attention *a, workspace *w) {
  size_t rows = smaller(CHUNK, a->group * a->queries), lanes = a->gemm->columns, wider = a->depth > a->width ? a->depth : a->width;
  size_t key = AD_ATTENTION_KEYS * a->depth + AD_GEMM_SLACK, value = AD_ATTENTION_KEYS * ad__attention_up(a->width, lanes) + AD_GEMM_SLACK;
  size_t room = AD_ATTENTION_KEYS * (wider + 2), elements = rows * (a->depth + a->width) + TILE * AD_ATTENTION_LINE + key + value + room;
  w->bytes = elements * a->size + rows * 2 * sizeof(double) + 8 * 64;
  if (!(w->block = ad__mem_take(a->mem, w->bytes))) return false;
  char *at = w->block;
  w->q = part(&at, rows * a->depth * a->size);
  w->sums = part(&at, rows * a->width * a->size);
  w->scores = part(&at, TILE * AD_ATTENTION_LINE * a->size);
  w->key = part(&at, key * a->size);
  w->value = part(&at, value * a->size);
  w->room = part(&at, room * a->size);
  w->top = (double *)(void *)part(&at, rows * sizeof(double));
  w->total = (double *)(void *)part(&at, rows * sizeof(double));
  return true;
}

static double lane_exp(const ad_attention *a, double v) { return a->lane == AD_FLOAT32 ? (double)ad_f32_exp((float)v) : ad_f64_exp(v); }

/* Scores of row r, `n` keys from `key` on, become exponentials; zero behind them, up to `columns`. */
static void soften_row(const ad_attention_head *h, workspace *w, size_t r, size_t local, size_t key, size_t n, size_t columns, char *scores) {
  const ad_attention *a = h->of;
  size_t limit = ad__attention_limit(a, r), seen = limit > key ? smaller(limit - key, n) : 0, end = 0;
  if (seen) {
    if (a->mask_dtype) ad__attention_mask(h, r, key, seen, scores, w->room);
    end = ad__attention_end_row(a, scores, seen);
    double before = w->top[local], top = a->row->top(end, scores, before), shift = top == -INFINITY ? 0 : top;
    if (top != before && before != -INFINITY) {
      double less = lane_exp(a, before - shift);
      a->row->scale(a->width, w->sums + local * a->width * a->size, less);
      w->total[local] *= less;
    }
    w->total[local] += a->row->soften(end, scores, scores, shift);
    w->top[local] = top;
  }
  if (columns > end) memset(scores + end * a->size, 0, (columns - end) * a->size);
}

/* Rows [r, r + n) of the task against a block of keys, of which they see `columns` at most. */
static void attend(const ad_attention_head *h, workspace *w, size_t first, size_t r, size_t n, size_t key, size_t columns, size_t block) {
  const ad_attention *a = h->of;
  size_t local = r - first, wide = a->gemm->columns;
  ad_attention_product score = {.rows = n, .columns = columns, .depth = a->depth, .a = w->q + local * a->depth * a->size, .b = w->key,
                                .c = w->scores, .a_row = a->depth, .a_step = 1, .b_panel = wide * a->depth, .b_step = wide,
                                .c_row = AD_ATTENTION_LINE, .whole = true};
  ad__attention_multiply(a, &score);
  for (size_t i = 0; i < n; i++)
    soften_row(h, w, r + i, local + i, key, columns, columns, w->scores + i * AD_ATTENTION_LINE * a->size);
  ad_attention_product sum = {.rows = n, .columns = a->width, .depth = columns, .a = w->scores, .b = w->value,
                              .c = w->sums + local * a->width * a->size, .a_row = AD_ATTENTION_LINE, .a_step = 1,
                              .b_panel = wide * block, .b_step = wide, .c_row = a->width, .add = true};
  ad__attention_multiply(a, &sum);
}

static void begin_rows(const ad_attention_head *h, workspace *w, size_t r, size_t n) {
  const ad_attention *a = h->of;
  ad__attention_rows(h, &a->q, r, n, a->depth, a->scale, w->q, a->depth);
  memset(w->sums, 0, n * a->width * a->size);
  for (size_t i = 0; i < n; i++) {
    double sink = a->sinks ? ad__row_load(a->lane, a->sinks + ad__attention_head_of(h, r + i) * a->size) : -INFINITY;
    w->top[i] = sink;
    w->total[i] = sink == -INFINITY ? 0 : 1;
  }
}

static void end_rows(const attention_job *j, const ad_attention_head *h, workspace *w, size_t r, size_t n) {
  const ad_attention *a = h->of;
  double logs[CHUNK];
  a->k->elementwise[AD_FLOAT64][AD_ELT_log](n, logs, w->total, NULL, NULL);
  for (size_t i = 0; i < n; i++) {
    size_t head = ad__attention_head_of(h, r + i), query = ad__attention_query_of(a, r + i), at = (h->b * a->heads + head) * a->queries + query;
    char *sums = w->sums + i * a->width * a->size, *out = ad__attention_at(&j->out, h->b, head, query);
    bool none = w->total[i] == 0;
    if (!none) a->row->scale(a->width, sums, 1 / w->total[i]);
    if (a->dtype == a->lane) memcpy(out, sums, a->width * a->size);
    else a->k->cast[a->lane][a->dtype](a->width, out, sums);
    double top = w->top[i] == -INFINITY ? 0 : w->top[i];
    ad__row_store(a->lane, j->lse + at * a->size, none ? -INFINITY : top + logs[i]);
  }
}

static void chunk_of(const attention_job *j, size_t task, workspace *w) {
  const ad_attention *a = &j->a;
  size_t head = task / j->chunks, first = task % j->chunks * CHUNK, rows = smaller(CHUNK, a->group * a->queries - first);
  ad_attention_head h = {a, head / a->shared, head % a->shared};
  size_t limit = ad__attention_limit_of(a, first, rows);
  begin_rows(&h, w, first, rows);
  for (size_t key = 0; key < limit; key += AD_ATTENTION_KEYS) {
    size_t block = smaller(a->keys - key, AD_ATTENTION_KEYS);
    ad__attention_pack_across(&h, &a->key, key, block, a->depth, w->key, w->room);
    ad__attention_pack_along(&h, &a->value, key, block, a->width, w->value, w->room);
    for (size_t r = first; r < first + rows; r += TILE) {
      size_t n = smaller(first + rows - r, TILE), seen = ad__attention_limit_of(a, r, n);
      if (seen > key) attend(&h, w, first, r, n, key, smaller(seen - key, block), block);
    }
  }
  end_rows(j, &h, w, first, rows);
}

static void chunks_range(void *arg, size_t begin, size_t end) {
  attention_job *j = arg;
  workspace w;
  if (!workspace_take(&j->a, &w)) {
    j->a.failed = true;
    return;
  }
  for (size_t task = begin; task < end; task++) chunk_of(j, task, &w);
  ad__mem_give(j->a.mem, w.block, w.bytes);
}

ad_status ad__k_attention(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  ad_array *const *in = node->in;
  attention_job j;
  ad_status s = ad__outs_new(x, node);
  if (!s) s = ad__attention_result(x, node->type->members[0], in[Q], &node->u.outs[0], &j.out);
  if (!s) s = ad__value_new(x, node->type->members[1], &node->u.outs[1]);
  if (s || !node->type->members[1]->size) return s;
  j.lse = node->u.outs[1].data;
  ad__attention_init(&j.a, x, node, in[Q], in[K], in[V], in[MASK]);
  ad_buffer *held = NULL;
  if (in[SINKS] && !(j.a.sinks = ad__row_all(x, in[SINKS], &held))) return x->err.code;
  j.chunks = (j.a.group * j.a.queries + CHUNK - 1) / CHUNK;
  double cost = (double)smaller(CHUNK, j.a.group * j.a.queries) * (double)j.a.keys * (double)(j.a.depth + j.a.width + 16) * 0.01;
  ad__parallel(x, j.a.batch * j.a.shared * j.chunks, 1, cost + 1000, chunks_range, &j);
  if (held) ad__buffer_drop(x->cache, held);
  return j.a.failed ? ad__fail(&x->err, AD_E_MEMORY, "no room for a block of keys; out of memory") : AD_OK;
}
