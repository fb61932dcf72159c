/* softmax_cross_entropy and its gradient over rows, where the classes are the last axis; other axes are composed.
 *
 * Forward, a row is read from memory once: its maximum, the sum of its exponentials, what the target picks of it. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/row_pieces.h"
#include "runtime/structural.h"

enum { AXIS, SMOOTHING, ROOM = 32768, AT_ONCE = 64 };
enum { CT, WEIGHT, GRAD_LOGITS, GRAD_TARGETS, LSE };

typedef struct entropy_job {
  const ad_kernels *k;
  const ad_row_lane *row;
  ad_mem *mem;
  ad_row_source x, p;    /* logits; probabilities, where there are */
  const char *classes;   /* int64, or NULL */
  double share;
  char *loss, *lse;      /* in its own dtype; in the lane */
  const char *ct, *weight; /* gradient: in the lane */
  ad_row_sink out;       /* gradient */
  _Atomic bool failed;
} entropy_job;

static size_t piece_at(const entropy_job *j, size_t at) { return j->x.n - at < AD_ROW_PIECE ? j->x.n - at : AD_ROW_PIECE; }

/* As reads do: negative classes count from the end, and what lies outside is the nearest. */
static size_t class_of(const entropy_job *j, size_t o) {
  int64_t at, n = (int64_t)j->x.n;
  memcpy(&at, j->classes + o * sizeof at, sizeof at);
  at = at < 0 ? at + n : at;
  return (size_t)(at < 0 ? 0 : at >= n ? n - 1 : at);
}

/* A row's loss is lse * factor - less, with lse = shift + log(sum). */
typedef struct row_parts {
  double shift[AT_ONCE], sum[AT_ONCE], factor[AT_ONCE], less[AT_ONCE];
} row_parts;

/* The sum of exponentials, relative to the largest. */
static void add_up(const entropy_job *j, const char *row, row_parts *r, size_t i) {
  double top = -INFINITY, part, shift;
  for (size_t at = 0; at < j->x.n; at += AD_ROW_PIECE) top = j->row->top(piece_at(j, at), row + at * j->x.size, top);
  r->shift[i] = isinf(top) ? 0 : top;
  r->sum[i] = 0;
  ad__row_store(j->x.lane, &shift, r->shift[i]);
  for (size_t at = 0; at < j->x.n; at += AD_ROW_PIECE) {
    j->k->reduce->rows[AD_FOLD_EXPONENTIALS][j->x.lane](1, piece_at(j, at), 0, &part, row + at * j->x.size, &shift);
    r->sum[i] += ad__row_load(j->x.lane, &part);
  }
}

/* Sums of p and of p x over smoothed probabilities. */
static void against(const entropy_job *j, const char *p, const char *x, double *sum, double *product) {
  double spread = j->share / (double)j->x.n;
  for (size_t i = 0; i < j->x.n; i++) {
    double weight = ad__row_load(j->x.lane, p + i * j->x.size) * (1 - j->share) + spread;
    *sum += weight;
    if (weight != 0) *product += weight * ad__row_load(j->x.lane, x + i * j->x.size);
  }
}

static void begin_row(const entropy_job *j, size_t o, char *room, row_parts *r, size_t i) {
  const char *x = ad__row_take(&j->x, o, room);
  add_up(j, x, r, i);
  if (j->classes) {
    double picked = ad__row_load(j->x.lane, x + class_of(j, o) * j->x.size);
    if (j->share != 0) picked = picked * (1 - j->share) + ad__row_sum(j->k, j->x.lane, x, j->x.n) / (double)j->x.n * j->share;
    r->factor[i] = 1;
    r->less[i] = picked;
  } else {
    r->factor[i] = r->less[i] = 0;
    against(j, ad__row_take(&j->p, o, room + j->x.n * j->x.size), x, &r->factor[i], &r->less[i]);
  }
}

/* Logarithms are taken of many rows at once, since one by itself takes as long as a short row. */
static void end_rows(const entropy_job *j, size_t first, size_t n, const row_parts *r) {
  double logs[AT_ONCE];
  j->k->elementwise[AD_FLOAT64][AD_ELT_log](n, logs, r->sum, NULL, NULL);
  for (size_t i = 0, o = first; i < n; i++, o++) {
    double lse = r->shift[i] + logs[i], in_lane;
    ad__row_store(j->x.lane, j->lse + o * j->x.size, lse);
    ad__row_store(j->x.lane, &in_lane, lse * r->factor[i] - r->less[i]);
    if (j->x.dtype == j->x.lane) memcpy(j->loss + o * j->x.item, &in_lane, j->x.item);
    else j->k->cast[j->x.lane][j->x.dtype](1, j->loss + o * j->x.item, &in_lane);
  }
}

static void loss_range(void *arg, size_t begin, size_t end) {
  entropy_job *j = arg;
  uint64_t stack[ROOM / sizeof(uint64_t)];
  row_parts r;
  size_t bytes = 2 * j->x.n * j->x.size;
  char *room = ad__row_room(j->mem, stack, sizeof stack, bytes);
  if (!room) j->failed = true;
  for (size_t o = begin, n; room && o < end; o += n) {
    n = end - o < AT_ONCE ? end - o : AT_ONCE;
    for (size_t i = 0; i < n; i++) begin_row(j, o + i, room, &r, i);
    end_rows(j, o, n, &r);
  }
  ad__row_room_give(j->mem, stack, room, bytes);
}

static void grad_range(void *arg, size_t begin, size_t end) {
  entropy_job *j = arg;
  uint64_t stack[ROOM / sizeof(uint64_t)];
  size_t bytes = 2 * j->x.n * j->x.size;
  char *room = ad__row_room(j->mem, stack, sizeof stack, bytes);
  if (!room) j->failed = true;
  double spread = j->share / (double)j->x.n;
  for (size_t o = begin; room && o < end; o++) {
    const char *x = ad__row_take(&j->x, o, room), *p = j->classes ? NULL : ad__row_take(&j->p, o, room + j->x.n * j->x.size);
    size_t size = j->x.size, class = j->classes ? class_of(j, o) : 0;
    double lse = ad__row_load(j->x.lane, j->lse + o * size), ct = ad__row_load(j->x.lane, j->ct + o * size);
    double weight = ad__row_load(j->x.lane, j->weight + o * size);
    for (size_t at = 0; at < j->x.n; at += AD_ROW_PIECE) {
      size_t n = piece_at(j, at);
      ad_row_piece piece;
      char *to = ad__row_place(&j->out, o, at, piece);
      if (j->out.streamed) ad__row_fetch(&j->x, o + 1, at, n);
      j->row->entropy_back(n, to, x + at * size, p ? p + at * size : NULL, lse, weight, ct * spread, ct * (1 - j->share));
      if (j->classes && class >= at && class - at < n) {
        char *hit = to + (class - at) * size;
        ad__row_store(j->x.lane, hit, ad__row_load(j->x.lane, hit) - ct * (1 - j->share));
      }
      ad__row_put(&j->out, o, at, n, to);
    }
  }
  ad__row_room_give(j->mem, stack, room, bytes);
}

/* ---- From nodes ---- */

static bool fits(const ad_array *node, const ad_type *logits) {
  int axis = (int)ad__attr(node, AXIS)->as.i;
  for (int i = axis + 1; i < logits->rank; i++)
    if (logits->dims[i] != 1) return false;
  return true;
}
bool ad__fits_cross_entropy(const ad_array *node) { return fits(node, node->in[0]->type); }
bool ad__fits_cross_entropy_grad(const ad_array *node) { return fits(node, node->in[GRAD_LOGITS]->type); }

static ad_status describe(ad_exec *x, entropy_job *j, const ad_array *node, const ad_array *logits, const ad_array *targets, ad_value *classes) {
  bool reduced[AD_MAX_RANK] = {false};
  reduced[ad__attr(node, AXIS)->as.i] = true;
  *j = (entropy_job){.k = x->kernels, .mem = &x->ctx->mem, .share = ad__attr(node, SMOOTHING)->as.f[0]};
  ad__row_source_init(&j->x, x->kernels, logits->type, &logits->value, reduced);
  j->row = ad__row_kernels_of(x->kernels, j->x.lane);
  if (targets->type->dtype == AD_INT64) return (j->classes = ad__value_contiguous_data(x, targets, classes)) ? AD_OK : x->err.code;
  ad__row_source_init(&j->p, x->kernels, targets->type, &targets->value, reduced);
  return AD_OK;
}

static ad_status ended(ad_exec *x, const entropy_job *j, ad_status s) {
  if (s || !j->failed) return s;
  return ad__fail(&x->err, AD_E_MEMORY, "rows of %zu classes; out of memory; fewer would be right", j->x.n);
}

ad_status ad__k_cross_entropy(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  entropy_job j;
  ad_value classes = {NULL, NULL, NULL};
  ad_status s = ad__outs_values(x, node);
  if (!s) s = describe(x, &j, node, node->in[0], node->in[1], &classes);
  if (s) return s;
  j.loss = node->u.outs[0].data, j.lse = node->u.outs[1].data;
  ad__parallel(x, j.x.rows, 1, (double)j.x.n * 0.5 + 40, loss_range, &j);
  ad__value_free(x->cache, node->in[1]->type, &classes);
  return ended(x, &j, s);
}

ad_status ad__k_cross_entropy_grad(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  entropy_job j;
  const ad_array *logits = node->in[GRAD_LOGITS], *targets = node->in[GRAD_TARGETS];
  ad_value classes = {NULL, NULL, NULL};
  ad_buffer *held[3] = {NULL, NULL, NULL};
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (!s) s = describe(x, &j, node, logits, targets, &classes);
  if (s) return s;
  ad__row_sink_init(&j.out, x->kernels, logits->type->dtype, node->value.data, j.x.n, 2 * logits->type->bytes);
  const char *const rows[] = {ad__row_all(x, node->in[CT], &held[0]), ad__row_all(x, node->in[WEIGHT], &held[1]), ad__row_all(x, node->in[LSE], &held[2])};
  j.ct = rows[0], j.weight = rows[1], j.lse = (char *)(uintptr_t)rows[2];
  if (!j.ct || !j.weight || !j.lse) s = x->err.code;
  else if (logits->type->size) ad__parallel(x, j.x.rows, 1, (double)j.x.n * 0.4 + 40, grad_range, &j);
  for (int i = 0; i < 3; i++)
    if (held[i]) ad__buffer_drop(x->cache, held[i]);
  ad__value_free(x->cache, targets->type, &classes);
  return ended(x, &j, s);
}
