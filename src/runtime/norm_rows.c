/* fast_layer_norm, fast_rms_norm and their gradients: every row is read once, what is done to it is done in the cache.
 *
 * The cotangents of weight and bias are sums over rows: each run of CHUNK rows has sums of its own, and these are added in
 * order in double precision, so that bits do not depend on threads. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/row_pieces.h"
#include "runtime/structural.h"

enum { FIELD_EPS, CHUNK = 128, ROOM = 32768 };

typedef struct norm_job {
  const ad_kernels *k;
  const ad_row_lane *row;
  ad_mem *mem;
  ad_row_source x, ct;     /* ct: gradients only */
  ad_row_sink out;         /* the result, or the cotangent of x */
  const char *weight, *bias; /* in the lane, or NULL */
  char *mean, *rstd;       /* one a row, in the lane; mean is NULL without one */
  double eps;
  char *dweight, *dbias;   /* gradients: [chunks][n] in the lane; dweight may be NULL */
  _Atomic bool failed;
} norm_job;

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* ---- Forward ---- */

static double mean_square(const norm_job *j, const char *row, double mean, size_t next) {
  double sum = 0, part, shift;
  ad__row_store(j->x.lane, &shift, mean);
  for (size_t at = 0; at < j->x.n; at += AD_ROW_PIECE) {
    size_t n = smaller(j->x.n - at, AD_ROW_PIECE);
    if (j->out.streamed) ad__row_fetch(&j->x, next, at, n);
    if (j->mean) {
      j->k->reduce->rows[AD_FOLD_DEVIATIONS][j->x.lane](1, n, 0, &part, row + at * j->x.size, &shift);
      sum += ad__row_load(j->x.lane, &part);
    } else {
      sum += j->row->squares(n, row + at * j->x.size);
    }
  }
  return sum / (double)j->x.n;
}

static void forward_row(const norm_job *j, size_t o, char *room) {
  const char *row = ad__row_take(&j->x, o, room);
  ad_dtype lane = j->x.lane;
  double mean = 0;
  if (j->mean) {
    ad__row_store(lane, j->mean + o * j->x.size, ad__row_sum(j->k, lane, row, j->x.n) / (double)j->x.n);
    mean = ad__row_load(lane, j->mean + o * j->x.size);
  }
  char *rstd = j->rstd + o * j->x.size;
  ad__row_store(lane, rstd, 1 / sqrt(mean_square(j, row, mean, o + 1) + j->eps));
  for (size_t at = 0; at < j->x.n; at += AD_ROW_PIECE) {
    size_t n = smaller(j->x.n - at, AD_ROW_PIECE), byte = at * j->x.size;
    ad_row_piece piece;
    void *to = ad__row_place(&j->out, o, at, piece);
    j->row->normalize(n, to, row + byte, mean, ad__row_load(lane, rstd), j->weight ? j->weight + byte : NULL,
                      j->bias ? j->bias + byte : NULL);
    ad__row_put(&j->out, o, at, n, to);
  }
}

static void forward_range(void *arg, size_t begin, size_t end) {
  norm_job *j = arg;
  uint64_t stack[ROOM / sizeof(uint64_t)];
  size_t bytes = j->x.n * j->x.size;
  char *room = ad__row_room(j->mem, stack, sizeof stack, bytes);
  if (!room) j->failed = true;
  for (size_t o = begin; room && o < end; o++) forward_row(j, o, room);
  ad__row_room_give(j->mem, stack, room, bytes);
}

static ad_status ended(ad_exec *x, const norm_job *j, ad_status s) {
  if (s || !j->failed) return s;
  return ad__fail(&x->err, AD_E_MEMORY, "rows of %zu elements; out of memory; shorter ones would be right", j->x.n);
}

static ad_status forward(ad_exec *x, ad_array *node, bool centred) {
  const ad_array *a = node->in[0], *given[2] = {node->in[1], centred ? node->in[2] : NULL};
  const ad_type *t = a->type;
  ad_status s = ad__outs_values(x, node);
  if (s) return s;
  norm_job j = {.k = x->kernels, .mem = &x->ctx->mem, .eps = ad__attr(node, FIELD_EPS)->as.f[0],
                .mean = centred ? node->u.outs[1].data : NULL, .rstd = node->u.outs[centred ? 2 : 1].data};
  ad__row_source_last(&j.x, x->kernels, t, &a->value);
  ad__row_sink_init(&j.out, x->kernels, t->dtype, node->u.outs[0].data, j.x.n, 2 * t->bytes);
  j.row = ad__row_kernels_of(x->kernels, j.x.lane);
  ad_buffer *held[2] = {NULL, NULL};
  if (given[0] && !(j.weight = ad__row_all(x, given[0], &held[0]))) s = x->err.code;
  if (!s && given[1] && !(j.bias = ad__row_all(x, given[1], &held[1]))) s = x->err.code;
  if (!s) ad__parallel(x, j.x.rows, 1, (double)j.x.n * 0.2 + 30, forward_range, &j);
  for (int i = 0; i < 2; i++)
    if (held[i]) ad__buffer_drop(x->cache, held[i]);
  return ended(x, &j, s);
}

ad_status ad__k_fast_layer_norm(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, forward(x, node, true); }
ad_status ad__k_fast_rms_norm(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, forward(x, node, false); }

/* ---- Gradients ---- */

static void back_row(const norm_job *j, size_t o, char *room, char *dweight, char *dbias) {
  const char *x = ad__row_take(&j->x, o, room), *ct = ad__row_take(&j->ct, o, room + j->x.n * j->x.size);
  ad_dtype lane = j->x.lane;
  double mean = j->mean ? ad__row_load(lane, j->mean + o * j->x.size) : 0, rstd = ad__row_load(lane, j->rstd + o * j->x.size);
  double sums[2] = {0, 0};
  for (size_t at = 0; at < j->x.n; at += AD_ROW_PIECE) {
    size_t n = smaller(j->x.n - at, AD_ROW_PIECE), byte = at * j->x.size;
    if (j->out.streamed) ad__row_fetch(&j->x, o + 1, at, n), ad__row_fetch(&j->ct, o + 1, at, n);
    j->row->norm_sums(n, ct + byte, x + byte, j->weight ? j->weight + byte : NULL, mean, rstd, sums, dweight ? dweight + byte : NULL,
                      dbias ? dbias + byte : NULL);
  }
  double a = j->mean ? sums[0] / (double)j->x.n : 0, b = sums[1] / (double)j->x.n * rstd * rstd;
  for (size_t at = 0; at < j->x.n; at += AD_ROW_PIECE) {
    size_t n = smaller(j->x.n - at, AD_ROW_PIECE), byte = at * j->x.size;
    ad_row_piece piece;
    void *to = ad__row_place(&j->out, o, at, piece);
    j->row->norm_back(n, to, ct + byte, x + byte, j->weight ? j->weight + byte : NULL, mean, rstd, a, b);
    ad__row_put(&j->out, o, at, n, to);
  }
}

static void back_chunks(void *arg, size_t begin, size_t end) {
  norm_job *j = arg;
  uint64_t stack[ROOM / sizeof(uint64_t)];
  size_t bytes = j->x.n * j->x.size;
  char *room = ad__row_room(j->mem, stack, sizeof stack, 2 * bytes);
  if (!room) j->failed = true;
  for (size_t c = begin; room && c < end; c++) {
    char *dweight = j->dweight ? j->dweight + c * bytes : NULL, *dbias = j->dbias ? j->dbias + c * bytes : NULL;
    if (dweight) memset(dweight, 0, bytes);
    if (dbias) memset(dbias, 0, bytes);
    for (size_t o = c * CHUNK; o < smaller((c + 1) * CHUNK, j->x.rows); o++) back_row(j, o, room, dweight, dbias);
  }
  ad__row_room_give(j->mem, stack, room, 2 * bytes);
}

/* The sums of all chunks, added in order. */
static void join_chunks(const norm_job *j, const char *parts, size_t chunks, ad_dtype dtype, char *out) {
  ad_dtype lane = j->x.lane;
  double sum[64], narrow[64];
  for (size_t at = 0; at < j->x.n; at += 64) {
    size_t n = smaller(j->x.n - at, 64);
    for (size_t i = 0; i < n; i++) sum[i] = 0;
    for (size_t c = 0; c < chunks; c++)
      for (size_t i = 0; i < n; i++) sum[i] += ad__row_load(lane, parts + ((c * j->x.n) + at + i) * j->x.size);
    j->k->cast[AD_FLOAT64][lane](n, narrow, sum);
    j->k->cast[lane][dtype](n, out + at * ad_dtype_size(dtype), narrow);
  }
}

static ad_status backward(ad_exec *x, ad_array *node, bool centred) {
  ad_array *const *in = node->in;
  const ad_array *weight = in[node->n - 1];
  const ad_type *t = in[1]->type;
  ad_status s = ad__outs_values(x, node);
  if (s) return s;
  norm_job j = {.k = x->kernels, .mem = &x->ctx->mem};
  ad__row_source_last(&j.x, x->kernels, t, &in[1]->value);
  ad__row_source_last(&j.ct, x->kernels, in[0]->type, &in[0]->value);
  ad__row_sink_init(&j.out, x->kernels, t->dtype, node->u.outs[0].data, j.x.n, 3 * t->bytes);
  j.row = ad__row_kernels_of(x->kernels, j.x.lane);
  size_t chunks = (j.x.rows + CHUNK - 1) / CHUNK, bytes = chunks * j.x.n * j.x.size;
  ad_buffer *held[4] = {NULL, NULL, NULL, NULL};
  if (weight && !(j.weight = ad__row_all(x, weight, &held[0]))) s = x->err.code;
  if (!s && centred && !(j.mean = (char *)(uintptr_t)ad__row_all(x, in[2], &held[1]))) s = x->err.code;
  if (!s && !(j.rstd = (char *)(uintptr_t)ad__row_all(x, in[node->n - 2], &held[2]))) s = x->err.code;
  if (!s && !(held[3] = ad__buffer_take(x->cache, 2 * bytes + 64))) s = ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory", 2 * bytes);
  if (!s) {
    j.dweight = weight ? held[3]->data : NULL;
    j.dbias = centred ? (char *)held[3]->data + bytes : NULL;
    ad__parallel(x, chunks, 1, ((double)j.x.n * 0.4 + 60) * CHUNK, back_chunks, &j);
    if (weight) join_chunks(&j, j.dweight, chunks, t->dtype, node->u.outs[1].data);
    if (centred) join_chunks(&j, j.dbias, chunks, t->dtype, node->u.outs[2].data);
  }
  for (int i = 0; i < 4; i++)
    if (held[i]) ad__buffer_drop(x->cache, held[i]);
  return ended(x, &j, s);
}

ad_status ad__k_fast_layer_norm_grad(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, backward(x, node, true); }
ad_status ad__k_fast_rms_norm_grad(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, backward(x, node, false); }
