/* softmax and log_softmax over rows: the axes at the end of the shape.
 *
 * A row is read for its maximum, its exponentials are made and summed while it is in cache, and scaled. Large results go
 * past the cache from a block, and the next row is fetched while the last one is worked on: from memory that is the
 * difference between 0.41 and 0.76 of the speed of copying. Other axes are composed, by whole columns. */
#include <stdatomic.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/exec.h"
#include "runtime/structural.h"
#include "runtime/walk.h"

enum { FIELD_AXES, BLOCK = 1024, ROOM = 65536 };

static const size_t stream_bytes = (size_t)4 << 20;

typedef struct softmax_job {
  const ad_kernels *k;
  ad_mem *mem;
  const char *in;
  char *out;
  ad_dtype dtype, lane;
  size_t item, size, n, rows;
  bool logarithm, streamed, direct;
  ad_walk outer, line; /* of the input; the result is row-major */
  _Atomic bool failed;
} softmax_job;

static ad_dtype lane_of(ad_dtype t) { return t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t; }

/* Are the axes the last ones, so that a row is a piece of the row-major order? */
static bool marks_last(const ad_array *node) {
  const ad_attr *axes = ad__attr(node, FIELD_AXES);
  const ad_type *t = node->type;
  bool reduced[AD_MAX_RANK] = {false}, inside = false;
  for (int i = 0; i < t->rank; i++) reduced[i] = !axes->given;
  for (int i = 0; axes->given && i < axes->count; i++) reduced[axes->as.ints[i]] = true;
  for (int i = 0; i < t->rank; i++) {
    if (t->dims[i] == 1) continue;
    if (inside && !reduced[i]) return false;
    inside |= reduced[i];
  }
  return true;
}

bool ad__fits_softmax(const ad_array *node) { return marks_last(node); }

static double lane_value(ad_dtype lane, const void *p) {
  return lane == AD_FLOAT32 ? (double)*(const float *)p : *(const double *)p;
}
static void lane_store(ad_dtype lane, void *p, double v) {
  if (lane == AD_FLOAT32) *(float *)p = (float)v;
  else *(double *)p = v;
}

static void row_max(const softmax_job *j, const char *row, double *top) {
  double two[2];
  ad_fold_rows_fn max = j->k->reduce->rows[AD_FOLD_MAX][j->lane];
  for (size_t at = 0; at < j->n; at += AD_FOLD_BLOCK) {
    size_t n = j->n - at < AD_FOLD_BLOCK ? j->n - at : AD_FOLD_BLOCK;
    char *pair = (char *)two;
    max(1, n, 0, pair + (at ? j->size : 0), row + at * j->size, NULL);
    if (at) max(1, 2, 0, pair, pair, NULL);
  }
  memcpy(top, two, j->size);
}

static void fetch_ahead(const char *p, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(p + i);
}

/* exp(x - top) of the whole row into e; returns their sum. */
static double exponentials(const softmax_job *j, const char *row, const char *next, const void *top, char *e) {
  double sum = 0, part;
  for (size_t at = 0; at < j->n; at += BLOCK) {
    size_t n = j->n - at < BLOCK ? j->n - at : BLOCK;
    if (next) fetch_ahead(next + at * j->size, n * j->size);
    j->k->reduce->shifted_exp[j->lane](n, e + at * j->size, row + at * j->size, top);
    j->k->reduce->rows[AD_FOLD_SUM][j->lane](1, n, 0, &part, e + at * j->size, NULL);
    sum += lane_value(j->lane, &part);
  }
  return sum;
}

/* The sum alone. */
static double exponential_sum(const softmax_job *j, const char *row, const char *next, const void *top) {
  double sum = 0, part;
  for (size_t at = 0; at < j->n; at += BLOCK) {
    size_t n = j->n - at < BLOCK ? j->n - at : BLOCK;
    if (next) fetch_ahead(next + at * j->size, n * j->size);
    j->k->reduce->rows[AD_FOLD_EXPONENTIALS][j->lane](1, n, 0, &part, row + at * j->size, top);
    sum += lane_value(j->lane, &part);
  }
  return sum;
}

/* Finishes a row block by block: source times `a`, or source less `a` less `b`. */
static void finish(const softmax_job *j, const char *source, const void *a, const void *b, char *out) {
  uint64_t block[BLOCK], narrow[BLOCK];
  for (size_t at = 0; at < j->n; at += BLOCK) {
    size_t n = j->n - at < BLOCK ? j->n - at : BLOCK;
    bool plain = j->dtype == j->lane && !j->streamed;
    void *to = plain ? (void *)(out + at * j->item) : (void *)block;
    if (j->logarithm) j->k->reduce->lowered[j->lane](n, to, source + at * j->size, a, b);
    else j->k->reduce->scaled[j->lane](n, to, source + at * j->size, a);
    if (plain) continue;
    const void *from = block;
    if (j->dtype != j->lane) {
      void *target = j->streamed ? (void *)narrow : (void *)(out + at * j->item);
      j->k->cast[j->lane][j->dtype](n, target, block);
      from = target;
    }
    if (j->streamed) j->k->stream_copy(out + at * j->item, from, n * j->item);
  }
}

/* Row o in the lane: where it lies, or in room. */
static const char *stage_row(const softmax_job *j, size_t o, char *room) {
  const char *row = j->in + ad__walk_offset(&j->outer, (int64_t)o);
  if (j->direct) return row;
  if (j->dtype == j->lane) {
    ad__walk_gather(&j->line, row, j->item, 0, (int64_t)j->n, room);
    return room;
  }
  uint64_t block[BLOCK];
  for (size_t at = 0; at < j->n; at += BLOCK) {
    size_t n = j->n - at < BLOCK ? j->n - at : BLOCK;
    ad__walk_gather(&j->line, row, j->item, (int64_t)at, (int64_t)n, (char *)block);
    j->k->cast[j->dtype][j->lane](n, room + at * j->size, block);
  }
  return room;
}

static void one_row(const softmax_job *j, size_t o, size_t end, char *staged, char *e) {
  const char *row = stage_row(j, o, staged);
  const char *next = j->streamed && j->direct && o + 1 < end ? j->in + ad__walk_offset(&j->outer, (int64_t)o + 1) : NULL;
  char *out = j->out + o * j->n * j->item;
  double top, factor;
  row_max(j, row, &top);
  if (j->logarithm) {
    lane_store(j->lane, &factor, ad_f64_log(exponential_sum(j, row, next, &top)));
    finish(j, row, &top, &factor, out);
  } else {
    lane_store(j->lane, &factor, 1 / exponentials(j, row, next, &top, e));
    finish(j, e, &factor, NULL, out);
  }
}

static void rows_range(void *arg, size_t begin, size_t end) {
  softmax_job *j = arg;
  uint64_t room[ROOM / sizeof(uint64_t)];
  size_t row = j->n * j->size, bytes = 2 * row;
  char *p = bytes <= sizeof room ? (char *)room : ad__mem_take(j->mem, bytes);
  if (!p) {
    j->failed = true;
    return;
  }
  for (size_t o = begin; o < end; o++) one_row(j, o, end, p, p + row);
  if (p != (char *)room) ad__mem_give(j->mem, p, bytes);
}

static ad_status run(ad_exec *x, ad_array *node, bool logarithm) {
  const ad_array *a = node->in[0];
  const ad_type *t = a->type;
  const ad_attr *axes = ad__attr(node, FIELD_AXES);
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s || !t->size) return s;
  softmax_job j = {.k = x->kernels, .mem = &x->ctx->mem, .in = a->value.data, .out = node->value.data, .dtype = t->dtype,
                   .lane = lane_of(t->dtype), .item = t->item_size, .logarithm = logarithm,
                   .streamed = 2 * t->bytes >= stream_bytes};
  j.size = ad_dtype_size(j.lane);
  j.outer.count = j.line.count = 1;
  bool reduced[AD_MAX_RANK] = {false};
  int64_t strides_room[AD_MAX_RANK];
  const int64_t *strides = ad__value_strides(t, &a->value, strides_room);
  for (int i = 0; i < t->rank; i++) reduced[i] = !axes->given;
  for (int i = 0; axes->given && i < axes->count; i++) reduced[axes->as.ints[i]] = true;
  for (int i = 0; i < t->rank; i++) ad__walk_add(reduced[i] ? &j.line : &j.outer, t->dims[i], strides[i]);
  j.n = (size_t)j.line.count;
  j.direct = j.dtype == j.lane && ad__walk_contiguous(&j.line, j.item);
  ad__parallel(x, (size_t)j.outer.count, 1, (double)j.n * 0.5 + 30, rows_range, &j);
  if (j.failed) return ad__fail(&x->err, AD_E_MEMORY, "rows of %zu elements; out of memory; shorter ones would be right", j.n);
  return AD_OK;
}

ad_status ad__k_softmax(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, false); }
ad_status ad__k_log_softmax(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, true); }
