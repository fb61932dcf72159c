/* softmax and log_softmax over rows: the axes at the end of the shape.
 *
 * A row is read for its maximum, its exponentials are made and summed while it is in cache, and scaled. Other axes are
 * composed, by whole columns. */
#include <math.h>
#include <stdatomic.h>
#include "base/scalar.h"
#include "runtime/row_pieces.h"
#include "runtime/structural.h"

enum { FIELD_AXES, ROOM = 65536 };

typedef struct softmax_job {
  const ad_kernels *k;
  const ad_row_lane *row;
  ad_mem *mem;
  ad_row_source in;
  ad_row_sink out;
  bool logarithm;
  _Atomic bool failed;
} softmax_job;

static void mark(const ad_array *node, bool *reduced) {
  const ad_attr *axes = ad__attr(node, FIELD_AXES);
  for (int i = 0; i < node->type->rank; i++) reduced[i] = !axes->given;
  for (int i = 0; axes->given && i < axes->count; i++) reduced[axes->as.ints[i]] = true;
}

/* Are the axes the last ones, so that a row is a piece of the row-major order? */
bool ad__fits_softmax(const ad_array *node) {
  bool reduced[AD_MAX_RANK] = {false}, inside = false;
  mark(node, reduced);
  for (int i = 0; i < node->type->rank; i++) {
    if (node->type->dims[i] == 1) continue;
    if (inside && !reduced[i]) return false;
    inside |= reduced[i];
  }
  return true;
}

static size_t piece_at(const softmax_job *j, size_t at) { return j->in.n - at < AD_ROW_PIECE ? j->in.n - at : AD_ROW_PIECE; }

static double largest(const softmax_job *j, const char *row) {
  double top = -INFINITY;
  for (size_t at = 0; at < j->in.n; at += AD_ROW_PIECE) top = j->row->top(piece_at(j, at), row + at * j->in.size, top);
  return top;
}

/* The exponentials of the whole row into e; their sum. */
static double exponentials(const softmax_job *j, const char *row, size_t next, double top, char *e) {
  double sum = 0;
  for (size_t at = 0; at < j->in.n; at += AD_ROW_PIECE) {
    if (j->out.streamed) ad__row_fetch(&j->in, next, at, piece_at(j, at));
    sum += j->row->soften(piece_at(j, at), e + at * j->in.size, row + at * j->in.size, top);
  }
  return sum;
}

/* The sum alone. */
static double exponential_sum(const softmax_job *j, const char *row, size_t next, const void *top) {
  double sum = 0, part;
  for (size_t at = 0; at < j->in.n; at += AD_ROW_PIECE) {
    if (j->out.streamed) ad__row_fetch(&j->in, next, at, piece_at(j, at));
    j->k->reduce->rows[AD_FOLD_EXPONENTIALS][j->in.lane](1, piece_at(j, at), 0, &part, row + at * j->in.size, top);
    sum += ad__row_load(j->in.lane, &part);
  }
  return sum;
}

/* Finishes a row: source times `a`, or source less `a` less `b`. */
static void finish(const softmax_job *j, size_t o, const char *source, const void *a, const void *b) {
  for (size_t at = 0; at < j->in.n; at += AD_ROW_PIECE) {
    ad_row_piece piece;
    void *to = ad__row_place(&j->out, o, at, piece);
    if (j->logarithm) j->k->reduce->lowered[j->in.lane](piece_at(j, at), to, source + at * j->in.size, a, b);
    else j->k->reduce->scaled[j->in.lane](piece_at(j, at), to, source + at * j->in.size, a);
    ad__row_put(&j->out, o, at, piece_at(j, at), to);
  }
}

static void one_row(const softmax_job *j, size_t o, char *staged, char *e) {
  const char *row = ad__row_take(&j->in, o, staged);
  ad_dtype lane = j->in.lane;
  double top = largest(j, row), shift, factor;
  if (j->logarithm) {
    ad__row_store(lane, &shift, top);
    ad__row_store(lane, &factor, ad_f64_log(exponential_sum(j, row, o + 1, &shift)));
    finish(j, o, row, &shift, &factor);
  } else {
    ad__row_store(lane, &factor, 1 / exponentials(j, row, o + 1, top, e));
    finish(j, o, e, &factor, NULL);
  }
}

static void rows_range(void *arg, size_t begin, size_t end) {
  softmax_job *j = arg;
  uint64_t room[ROOM / sizeof(uint64_t)];
  size_t row = j->in.n * j->in.size, bytes = 2 * row;
  char *p = ad__row_room(j->mem, room, sizeof room, bytes);
  if (!p) j->failed = true;
  for (size_t o = begin; p && o < end; o++) one_row(j, o, p, p + row);
  ad__row_room_give(j->mem, room, p, bytes);
}

static ad_status run(ad_exec *x, ad_array *node, bool logarithm) {
  const ad_type *t = node->in[0]->type;
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s || !t->size) return s;
  softmax_job j = {.k = x->kernels, .mem = &x->ctx->mem, .logarithm = logarithm};
  bool reduced[AD_MAX_RANK];
  mark(node, reduced);
  ad__row_source_init(&j.in, x->kernels, t, &node->in[0]->value, reduced);
  ad__row_sink_init(&j.out, x->kernels, t->dtype, node->value.data, j.in.n, 2 * t->bytes);
  j.row = ad__row_kernels_of(x->kernels, j.in.lane);
  ad__parallel(x, j.in.rows, 1, (double)j.in.n * 0.5 + 30, rows_range, &j);
  if (j.failed) return ad__fail(&x->err, AD_E_MEMORY, "rows of %zu elements; out of memory; shorter ones would be right", j.in.n);
  return AD_OK;
}

ad_status ad__k_softmax(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, false); }
ad_status ad__k_log_softmax(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, true); }
