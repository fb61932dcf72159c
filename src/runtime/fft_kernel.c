/* fft_c2c, fft_r2c, fft_c2r, and the calls over one axis: which transforms an array has, and their work shared between threads.
 *
 * Plans (tables of roots) are kept in the cache of the running thread, so that only the first call of a length pays for its
 * own. Short transforms lie side by side in tiles, each for one worker; long ones are shared line by line, or, where there
 * are fewer lines than threads, piece by piece. A transform's arithmetic is the same in all of these. */
#include "runtime/structural.h"

#include <math.h>
#include <string.h>

enum { C2C_AXES, C2C_INVERSE, C2C_NORM };
enum { R2C_AXIS, R2C_NORM };
enum { C2R_N, C2R_AXIS, C2R_NORM };
enum { CALL_N, CALL_AXIS, CALL_NORM }; /* of fft, ifft, rfft, irfft */
enum { PLAN_HEAD = (sizeof(ad_fft_plan) + 63) / 64 * 64 };

typedef struct line_axis {
  int64_t n, in, out; /* bytes from one to the next */
} line_axis;

typedef struct transforms {
  ad_fft_job job;
  const ad_fft_kernels *kernels;
  const char *in;
  char *out;
  size_t number;           /* bytes of a number */
  line_axis axes[AD_MAX_RANK];
  int n;                   /* axes; the last one's lines lie side by side in a tile */
  int64_t lines, width, groups, units;
  int64_t begin_op, from_line; /* of a line done piece by piece */
  char *room;
  size_t shared, scratch;  /* bytes */
  size_t parts;
} transforms;

static ad_status no_memory(ad_exec *x) { return ad__fail(&x->err, AD_E_MEMORY, "out of memory"); }

/* ---- Plans ---- */

static void *table_of(const ad_buffer *plan) { return (char *)plan->data + PLAN_HEAD; }

/* A plan with a reference for the caller; NULL without memory. */
static ad_buffer *plan_for(ad_exec *x, int64_t length, ad_fft_kind kind, bool contiguous, bool wide) {
  uint64_t key = (uint64_t)AD_OP_fft_c2c << 32 | (uint64_t)kind << 2 | (uint64_t)contiguous << 1 | wide;
  ad_buffer *plan = ad__kept_find(x->cache, key, (uint64_t)length);
  if (plan) return plan;
  size_t number = wide ? sizeof(double) : sizeof(float);
  ad_fft_plan p;
  ad_fft_describe(&p, length, kind, contiguous);
  plan = ad__buffer_take(x->cache, PLAN_HEAD + (size_t)p.table * number);
  if (!plan) return NULL;
  ad_buffer *room = ad__buffer_take(x->cache, (size_t)(ad_fft_shared(&p) + ad_fft_scratch(&p, 1)) * number);
  if (!room) {
    ad__buffer_drop(x->cache, plan);
    return NULL;
  }
  *(ad_fft_plan *)plan->data = p;
  x->kernels->fft[wide].fill(&p, table_of(plan), room->data);
  ad__buffer_drop(x->cache, room);
  ad__kept_put(x->cache, key, (uint64_t)length, plan);
  return plan;
}

/* ---- Which lines there are ---- */

static int64_t far(int64_t stride) { return stride < 0 ? -stride : stride; }

/* All axes but one, merged where both sides allow; the one with the nearest neighbours last. */
static void line_axes(transforms *t, const ad_type *type, int axis, const int64_t *in, const int64_t *out) {
  t->n = 0;
  t->lines = 1;
  for (int i = 0; i < type->rank; i++) {
    line_axis a = {type->dims[i], in[i], out[i]}, *last = t->n ? &t->axes[t->n - 1] : NULL;
    if (i == axis || a.n == 1) continue;
    t->lines *= a.n;
    if (last && last->in == a.in * a.n && last->out == a.out * a.n) *last = (line_axis){last->n * a.n, a.in, a.out};
    else t->axes[t->n++] = a;
  }
  if (!t->n) t->axes[t->n++] = (line_axis){1, 0, 0};
  int best = t->n - 1;
  for (int i = t->n - 1; i >= 0; i--)
    if (far(t->axes[i].in) < far(t->axes[best].in)) best = i;
  line_axis inner = t->axes[best];
  for (int i = best; i + 1 < t->n; i++) t->axes[i] = t->axes[i + 1];
  t->axes[t->n - 1] = inner;
}

/* Where the line `at` of the outer axes, counted in row-major order, begins, `first` lines along the innermost. */
static void line_begin(const transforms *t, int64_t at, int64_t first, const char **in, char **out) {
  const line_axis *inner = &t->axes[t->n - 1];
  int64_t from = first * inner->in, to = first * inner->out;
  for (int i = t->n - 2; i >= 0; i--) {
    int64_t k = at % t->axes[i].n;
    at /= t->axes[i].n;
    from += k * t->axes[i].in;
    to += k * t->axes[i].out;
  }
  *in = t->in + from;
  *out = t->out + to;
}

/* ---- Work ---- */

static void do_tile(const transforms *t, int64_t unit, void *scratch) {
  int64_t count = t->axes[t->n - 1].n, first = unit % t->groups * t->width;
  const char *in;
  char *out;
  line_begin(t, unit / t->groups, first, &in, &out);
  t->kernels->tile(&t->job, in, out, count - first < t->width ? count - first : t->width, scratch);
}

static void do_line(const transforms *t, int64_t line, char *shared) {
  int64_t count = t->axes[t->n - 1].n;
  const char *in;
  char *out;
  line_begin(t, line / count, line % count, &in, &out);
  for (int i = 0; i < t->job.count; i++)
    t->kernels->line(&t->job, i, in, out, 0, ad_fft_pieces(&t->job, t->job.ops[i]), shared, shared + t->shared);
}

/* Of the parts, each with its own room: some units each. */
static void do_parts(void *arg, size_t begin, size_t end) {
  const transforms *t = arg;
  for (size_t k = begin; k < end; k++) {
    char *room = t->room + k * (t->shared + t->scratch);
    int64_t last = (int64_t)(k + 1) * t->units / (int64_t)t->parts;
    for (int64_t u = (int64_t)k * t->units / (int64_t)t->parts; u < last; u++) {
      if (t->job.plan->line) do_line(t, u, room);
      else do_tile(t, u, room);
    }
  }
}

/* The same for the pieces of one op of one line: the first room's shared memory, each part's scratch. */
static void do_pieces(void *arg, size_t begin, size_t end) {
  const transforms *t = arg;
  int op = (int)t->begin_op;
  int64_t count = t->axes[t->n - 1].n, pieces = ad_fft_pieces(&t->job, t->job.ops[op]);
  const char *in;
  char *out;
  line_begin(t, t->from_line / count, t->from_line % count, &in, &out);
  for (size_t k = begin; k < end; k++) {
    int64_t first = (int64_t)k * pieces / (int64_t)t->parts, last = (int64_t)(k + 1) * pieces / (int64_t)t->parts;
    if (first < last) t->kernels->line(&t->job, op, in, out, first, last, t->room, t->room + t->shared + k * t->scratch);
  }
}

/* Rough nanoseconds of all transforms. */
static double cost_of(const transforms *t) {
  const ad_fft_plan *p = t->job.plan;
  int doublings = 1;
  while (p->m >> doublings) doublings++;
  return (double)t->lines * (double)p->m * doublings * (p->chirp ? 0.5 : 0.15);
}

static ad_status run(ad_exec *x, transforms *t) {
  int threads = ad__pool_threads(x->pool);
  const ad_fft_plan *p = t->job.plan;
  double cost = cost_of(t);
  int64_t inner = t->axes[t->n - 1].n;
  t->width = p->line ? 1 : ad_fft_width(ad_fft_rows(p), inner);
  t->groups = (inner + t->width - 1) / t->width;
  t->units = t->lines / inner * t->groups;
  t->shared = (size_t)ad_fft_shared(p) * t->number;
  t->scratch = (size_t)ad_fft_scratch(p, inner) * t->number;
  t->parts = threads == 1 || cost < 20000 ? 1 : (size_t)threads * 2;
  bool pieces = p->line && t->parts > 1 && t->units < threads;
  if (!pieces && (int64_t)t->parts > t->units) t->parts = (size_t)t->units;
  ad_buffer *room = ad__buffer_take(x->cache, pieces ? t->shared + t->parts * t->scratch : t->parts * (t->shared + t->scratch));
  if (!room) return no_memory(x);
  t->room = room->data;
  if (!pieces) ad__parallel(x, t->parts, 1, cost / (double)t->parts, do_parts, t);
  for (t->from_line = 0; pieces && t->from_line < t->units; t->from_line++)
    for (t->begin_op = 0; t->begin_op < t->job.count; t->begin_op++)
      ad__parallel(x, t->parts, 1, cost / (double)(t->units * t->job.count) / (double)t->parts, do_pieces, t);
  ad__buffer_drop(x->cache, room);
  return AD_OK;
}

typedef struct side {
  char *data;
  const int64_t *strides;
  bool complex;
} side;

/* The transforms along one axis. `type` has the other axes' dims; length: of the numbers along it. */
static ad_status along(ad_exec *x, const ad_type *type, int axis, int64_t length, ad_fft_kind kind, bool inverse, double scale,
                       bool wide, side in, side out) {
  transforms t = {.number = wide ? sizeof(double) : sizeof(float), .in = in.data, .out = out.data};
  int64_t number = (int64_t)t.number, neighbours = in.complex ? 2 * number : number;
  line_axes(&t, type, axis, in.strides, out.strides);
  ad_buffer *plan = plan_for(x, length, kind, in.strides[axis] == neighbours || t.lines == 1, wide);
  if (!plan) return no_memory(x);
  const line_axis *inner = &t.axes[t.n - 1];
  t.kernels = &x->kernels->fft[wide];
  t.job = (ad_fft_job){.plan = plan->data, .table = table_of(plan), .kind = kind, .inverse = inverse, .scale = scale,
                       .in_point = in.strides[axis] / number, .out_point = out.strides[axis] / number,
                       .in_line = inner->in / number, .out_line = inner->out / number};
  ad_fft_program(&t.job);
  ad_status s = run(x, &t);
  ad__buffer_drop(x->cache, plan);
  return s;
}

/* ---- Nodes ---- */

/* "forward": the forward transform is divided by the length; "backward": the inverse; "ortho": each by its root. */
static double scale_of(const char *norm, bool inverse, int64_t length) {
  if (norm[0] == 'o') return 1 / sqrt((double)length);
  return (norm[0] == 'f') != inverse ? 1 / (double)length : 1;
}

ad_status ad__k_fft_c2c(ad_exec *x, ad_array *node, uint32_t dying) {
  const ad_array *a = node->in[0];
  const ad_attr *axes = ad__attr(node, C2C_AXES);
  bool inverse = ad__attr(node, C2C_INVERSE)->as.i, wide = node->type->dtype == AD_COMPLEX128;
  const char *norm = ad__attr(node, C2C_NORM)->as.text;
  int64_t room[2][AD_MAX_RANK];
  ad_status s = ad__value_reuse(x, node, dying, &node->value);
  if (s || node->type->size == 0) return s;
  const int64_t *strides = ad__value_strides(a->type, &a->value, room[0]);
  ad__type_strides(node->type, room[1]);
  side in = {a->value.data, strides, true}, out = {node->value.data, room[1], true};
  for (int i = axes->count - 1; i >= 0 && !s; i--) {
    int axis = (int)axes->as.ints[i];
    int64_t n = node->type->dims[axis];
    s = along(x, node->type, axis, n, AD_FFT_COMPLEX, inverse, scale_of(norm, inverse, n), wide, in, out);
    in = out;
  }
  return s;
}

/* Along one axis of the node's input, or what stands for it; length: of the signal. */
static ad_status one_axis(ad_exec *x, ad_array *node, const ad_value *from, ad_fft_kind kind, bool inverse, int axis, int64_t length,
                          const char *norm) {
  const ad_array *a = node->in[0];
  int64_t room[2][AD_MAX_RANK];
  ad__type_strides(node->type, room[1]);
  side in = {from->data, from->strides, kind != AD_FFT_FROM_REAL};
  side out = {node->value.data, room[1], kind != AD_FFT_TO_REAL};
  if (!in.strides) in.strides = ad__value_strides(a->type, from, room[0]);
  bool wide = a->type->dtype == AD_FLOAT64 || a->type->dtype == AD_COMPLEX128;
  return along(x, node->type, axis, length, kind, inverse, scale_of(norm, inverse, length), wide, in, out);
}

ad_status ad__k_fft_r2c(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_array *a = node->in[0];
  int axis = (int)ad__attr(node, R2C_AXIS)->as.i;
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s || node->type->size == 0) return s;
  return one_axis(x, node, &a->value, AD_FFT_FROM_REAL, false, axis, a->type->dims[axis], ad__attr(node, R2C_NORM)->as.text);
}

ad_status ad__k_fft_c2r(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  int axis = (int)ad__attr(node, C2R_AXIS)->as.i;
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s || node->type->size == 0) return s;
  return one_axis(x, node, &node->in[0]->value, AD_FFT_TO_REAL, true, axis, ad__attr(node, C2R_N)->as.i,
                  ad__attr(node, C2R_NORM)->as.text);
}

/* a's elements in front of zeros up to `points` along an axis, in *out and, its byte strides, in strides. */
static ad_status padded(ad_exec *x, const ad_array *a, int axis, int64_t points, ad_buffer **out, int64_t *strides) {
  int64_t room[AD_MAX_RANK], bytes = a->type->item_size;
  for (int i = a->type->rank - 1; i >= 0; i--) {
    strides[i] = bytes;
    bytes *= i == axis ? points : a->type->dims[i];
  }
  *out = ad__buffer_take(x->cache, (size_t)bytes);
  if (!*out) return no_memory(x);
  memset((*out)->data, 0, (size_t)bytes);
  ad__copy_strided(x, a->type, (*out)->data, strides, a->value.data, ad__value_strides(a->type, &a->value, room));
  return AD_OK;
}

/* What is cut off is not read; what is missing is filled up with zeros first. */
static ad_status call(ad_exec *x, ad_array *node, ad_fft_kind kind, bool inverse) {
  const ad_array *a = node->in[0];
  int axis = (int)ad__attr(node, CALL_AXIS)->as.i;
  int64_t length = kind == AD_FFT_FROM_REAL ? a->type->dims[axis] : node->type->dims[axis], strides[AD_MAX_RANK];
  if (ad__attr(node, CALL_N)->given) length = ad__attr(node, CALL_N)->as.i;
  int64_t points = kind == AD_FFT_TO_REAL ? length / 2 + 1 : length;
  ad_value from = a->value;
  ad_buffer *room = NULL;
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s || node->type->size == 0) return s;
  if (points > a->type->dims[axis]) {
    s = padded(x, a, axis, points, &room, strides);
    if (s) return s;
    from = (ad_value){room, room->data, strides};
  }
  s = one_axis(x, node, &from, kind, inverse, axis, length, ad__attr(node, CALL_NORM)->as.text);
  if (room) ad__buffer_drop(x->cache, room);
  return s;
}

#define CALL(op, kind, inverse)                                                                 \
  ad_status ad__k_fft_##op(ad_exec *x, ad_array *node, uint32_t dying) {                        \
    (void)dying;                                                                                \
    return call(x, node, kind, inverse);                                                        \
  }
CALL(fft, AD_FFT_COMPLEX, false)
CALL(ifft, AD_FFT_COMPLEX, true)
CALL(rfft, AD_FFT_FROM_REAL, false)
CALL(irfft, AD_FFT_TO_REAL, true)
#undef CALL
