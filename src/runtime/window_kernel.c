/* window_sum, window_spread, window_max, window_argmax, window_match: windows as taps (tap_rows.h).
 *
 * Forward, the taps of a window are its elements; for a transpose, those of an element are the windows that hold it, which
 * again are equally far apart. So sums and their transposes are one kernel. Half types are computed in float32, and
 * complex numbers are summed as two real ones. Sums of windows are added row by row: first the rows, in order, then along
 * them. */
#include "ops/window_rules.h"
#include "runtime/structural.h"
#include "runtime/tap_rows.h"

#include <string.h>

/* ---- Taps ---- */

static int64_t ceil_div(int64_t a, int64_t b) { return a > 0 ? (a - 1) / b + 1 : -(-a / b); }
static int64_t floor_div(int64_t a, int64_t b) { return -ceil_div(-a, b); }
static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t greatest_divisor(int64_t a, int64_t b) {
  while (b) {
    int64_t rest = a % b;
    a = b, b = rest;
  }
  return a;
}

/* u with a u = 1 modulo m, for a without a common divisor: Euclid's extended algorithm. */
static int64_t inverse_modulo(int64_t a, int64_t m) {
  int64_t r = a % m, next = m, u = 1, v = 0;
  while (r) {
    int64_t q = next / r, rest = next % r, w = v - q * u;
    next = r, r = rest;
    v = u, u = w;
  }
  return (v % m + m) % m;
}

/* Elements of window o along an axis of n. */
static ad_tap_run elements_of(ad_window w, int64_t n, int64_t o) {
  if (w.adaptive) {
    int64_t first = ad__window_adaptive_begin(o, n, w.size);
    return (ad_tap_run){.first = first, .count = ad__window_adaptive_end(o, n, w.size) - first};
  }
  int64_t start = o * w.stride - w.low, from = larger(0, ceil_div(-start, w.dilation));
  int64_t to = smaller(w.size - 1, floor_div(n - 1 - start, w.dilation));
  return (ad_tap_run){.first = start + from * w.dilation, .count = larger(0, to - from + 1)};
}

/* Windows, of `count` in all, that hold element p: those o with p + low - o stride a multiple of the dilation, neither
 * below 0 nor beyond the window. `apart` and `inverse` solve that for o. */
static ad_tap_run windows_of(ad_window w, int64_t count, int64_t p, int64_t apart, int64_t inverse) {
  int64_t at = p + w.low, divisor = w.dilation / apart;
  if (at < 0 || at % divisor) return (ad_tap_run){.count = 0};
  int64_t low = larger(0, ceil_div(at - (w.size - 1) * w.dilation, w.stride)), high = smaller(count - 1, at / w.stride);
  int64_t wanted = at / divisor % apart * inverse % apart;
  int64_t first = low + ((wanted - low) % apart + apart) % apart;
  return (ad_tap_run){.first = first, .count = first > high ? 0 : (high - first) / apart + 1};
}

/* The same for adaptive windows, for all elements in turn. */
static void adaptive_windows(ad_window w, int64_t n, ad_tap_run *out) {
  int64_t low = 0, high = 0;
  for (int64_t p = 0; p < n; p++) {
    while (ad__window_adaptive_end(low, n, w.size) <= p) low++;
    while (high + 1 < w.size && ad__window_adaptive_begin(high + 1, n, w.size) <= p) high++;
    out[p] = (ad_tap_run){.first = low, .count = high - low + 1};
  }
}

static bool window_taps(ad_exec *x, ad_tap_plan *plan, ad_window w, int64_t to, int64_t from, uint32_t scale, bool spread) {
  int64_t apart = w.dilation / greatest_divisor(w.dilation, w.stride);
  int64_t inverse = inverse_modulo(w.stride / (w.dilation / apart), apart);
  ad_tap_run *runs = ad__tap_plan_axis(x, plan, to, from, spread ? apart : w.dilation, scale, 0, 0, NULL);
  if (!runs) return false;
  if (spread && w.adaptive) adaptive_windows(w, to, runs);
  else
    for (int64_t d = 0; d < to; d++) runs[d] = spread ? windows_of(w, from, d, apart, inverse) : elements_of(w, from, d);
  return true;
}

/* Plans a result of type `to` whose elements are made of those of type `from`. */
static bool plan_windows(ad_exec *x, const ad_array *node, const ad_type *to, const ad_type *from, bool spread, int64_t width, ad_tap_plan *plan) {
  const ad_attr *at = node->attrs->at, *axes = &at[AD_WINDOW_AXES];
  *plan = (ad_tap_plan){.moving = -1, .rows = 1, .taps = 1};
  for (int i = 0; i < to->rank; i++) {
    int k = 0;
    uint32_t scale = 1;
    while (k < axes->count && axes->as.ints[k] != i) k++;
    for (int later = k + 1; later < axes->count; later++) scale *= (uint32_t)from->dims[axes->as.ints[later]];
    if (k == axes->count) ad__tap_plan_plain(plan, to->dims[i]);
    else if (!window_taps(x, plan, ad__window_of(at, k), to->dims[i], from->dims[i], scale, spread)) return false;
  }
  ad__tap_plan_end(plan, width);
  return true;
}

/* Rough nanoseconds of a row: each of its rows once, then its taps along it. */
static double row_cost(const ad_tap_plan *p, size_t item, bool direct) {
  double taps = 0, across = p->taps, from = (double)(p->line.from * p->line.inner);
  for (int64_t d = 0; d < p->line.to; d++) taps += (double)p->line.runs[d].count;
  double along = taps * (double)p->line.inner;
  return 20 + (double)item * 0.03 * (direct ? across * along * 2 : across * from + along) + taps * (direct ? across : 1);
}

/* ---- Sums and maxima ---- */

typedef struct fold_job {
  const ad_tap_plan *plan;
  const ad_tap_fold *fold;
  const char *in;
  char *out;
  size_t item;
} fold_job;

static void fold_row(const void *arg, int64_t row, char *room) {
  const fold_job *j = arg;
  const ad_tap_line *l = &j->plan->line;
  size_t n = (size_t)(l->from * l->inner), bytes = n * j->item;
  const char *line = room;
  ad_tap_rows r;
  if (!ad__tap_rows_begin(j->plan, row, &r)) {
    j->fold->fill(n, room);
  } else {
    bool first = true, more;
    line = j->in + (size_t)r.row * bytes;
    do {
      const char *in = j->in + (size_t)r.row * bytes;
      int64_t count = r.count;
      ptrdiff_t step = (ptrdiff_t)(r.step * (int64_t)n);
      more = ad__tap_rows_next(&r);
      if (first && !more && count == 1) break; /* a single row is read where it lies */
      j->fold->across(n, count, room, in, step, first);
      line = room;
      first = false;
    } while (more);
  }
  l = &j->plan->line;
  j->fold->along(l, j->out + (size_t)row * (size_t)(l->to * l->inner) * j->item, line);
}

static bool is_half(ad_dtype t) { return t == AD_FLOAT16 || t == AD_BFLOAT16; }

/* The lane of a dtype, and how many of it an element is. */
static ad_dtype lane_of(ad_dtype t, int64_t *width) {
  *width = ad_dtype_category(t) == AD_CATEGORY_COMPLEX ? 2 : 1;
  if (is_half(t)) return AD_FLOAT32;
  return t == AD_COMPLEX64 ? AD_FLOAT32 : t == AD_COMPLEX128 ? AD_FLOAT64 : t;
}

/* Room for the result in the lane: its own memory, or, of half types, other memory. */
static char *result_room(ad_exec *x, ad_array *node, ad_buffer **half) {
  *half = NULL;
  if (ad__value_new(x, node->type, &node->value)) return NULL;
  if (!is_half(node->type->dtype)) return node->value.data;
  size_t bytes = (size_t)node->type->size * sizeof(float);
  *half = ad__buffer_take(x->cache, bytes);
  if (!*half) return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory", bytes), NULL;
  return (*half)->data;
}

static void result_done(ad_exec *x, ad_array *node, ad_buffer *half) {
  if (!half) return;
  ad__tap_cast(x, (size_t)node->type->size, node->type->dtype, node->value.data, AD_FLOAT32, half->data);
  ad__buffer_drop(x->cache, half);
}

static ad_status fold(ad_exec *x, ad_array *node, const ad_tap_fold *folds, bool spread) {
  const ad_array *a = node->in[0];
  int64_t width;
  ad_dtype t = node->type->dtype, lane = lane_of(t, &width);
  ad_tap_plan plan = {.n = 0};
  ad_tap_operand in = {.data = NULL};
  ad_buffer *half = NULL;
  char *out = result_room(x, node, &half);
  if (out && node->type->size && ad__tap_operand(x, a, is_half(t) ? lane : t, &in) &&
      plan_windows(x, node, node->type, a->type, spread, width, &plan)) {
    size_t item = ad_dtype_size(lane);
    fold_job j = {&plan, &folds[lane], in.data, out, item};
    ad__tap_run_rows(x, &plan, row_cost(&plan, item, false), (size_t)(plan.line.from * plan.line.inner) * item, fold_row, &j);
  }
  result_done(x, node, half);
  ad__tap_plan_free(x, &plan);
  ad__tap_operand_free(x, a, &in);
  return x->err.code;
}

ad_status ad__k_window_sum(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return fold(x, node, x->kernels->tap->sum, false);
}
ad_status ad__k_window_spread(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return fold(x, node, x->kernels->tap->sum, true);
}
ad_status ad__k_window_max(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return fold(x, node, x->kernels->tap->max, false);
}

/* ---- Places of maxima ---- */

typedef struct argmax_job {
  const ad_tap_plan *plan;
  ad_tap_argmax_fn fn;
  ad_tap_fill_fn fill;
  const char *in;
  uint32_t *out;
  size_t item;
} argmax_job;

static void argmax_row(const void *arg, int64_t row, char *best) {
  const argmax_job *j = arg;
  const ad_tap_line *l = &j->plan->line;
  size_t n = (size_t)(l->to * l->inner), bytes = (size_t)(l->from * l->inner) * j->item;
  uint32_t *at = j->out + (size_t)row * n;
  ad_tap_rows r;
  j->fill(n, best);
  memset(at, 0xff, n * sizeof *at);
  for (bool more = ad__tap_rows_begin(j->plan, row, &r); more; more = ad__tap_rows_next(&r))
    for (int64_t k = 0; k < r.count; k++)
      j->fn(l, best, at, j->in + (size_t)(r.row + k * r.step) * bytes, r.number + (uint32_t)k * r.number_step, j->plan->line_scale);
}

ad_status ad__k_window_argmax(ad_exec *x, ad_array *node, uint32_t dying) {
  const ad_array *a = node->in[0];
  int64_t width;
  ad_dtype lane = lane_of(a->type->dtype, &width);
  ad_tap_plan plan = {.n = 0};
  ad_tap_operand in = {.data = NULL};
  (void)dying;
  if (!ad__value_new(x, node->type, &node->value) && node->type->size && ad__tap_operand(x, a, lane, &in) &&
      plan_windows(x, node, node->type, a->type, false, width, &plan)) {
    size_t item = ad_dtype_size(lane);
    argmax_job j = {&plan, x->kernels->tap->argmax[lane], x->kernels->tap->max[lane].fill, in.data, (uint32_t *)(void *)node->value.data, item};
    ad__tap_run_rows(x, &plan, row_cost(&plan, item, true), (size_t)(plan.line.to * plan.line.inner) * item, argmax_row, &j);
  }
  ad__tap_plan_free(x, &plan);
  ad__tap_operand_free(x, a, &in);
  return x->err.code;
}

/* ---- Matches ---- */

typedef struct match_job {
  const ad_tap_plan *plan;
  ad_tap_match_fn fn;
  const char *v, *own, *key; /* own: of the result's shape; key: of the values' */
  char *out;
  size_t item;
} match_job;

static void match_row(const void *arg, int64_t row, char *room) {
  const match_job *j = arg;
  const ad_tap_line *l = &j->plan->line;
  size_t to = (size_t)(l->to * l->inner) * j->item, from = (size_t)(l->from * l->inner) * j->item;
  char *out = j->out + (size_t)row * to;
  ad_tap_rows r;
  (void)room;
  memset(out, 0, to);
  for (bool more = ad__tap_rows_begin(j->plan, row, &r); more; more = ad__tap_rows_next(&r))
    for (int64_t k = 0; k < r.count; k++) {
      size_t at = (size_t)(r.row + k * r.step) * from;
      j->fn(l, out, j->own + (size_t)row * to, j->key + at, j->v + at);
    }
}

ad_status ad__k_window_match(ad_exec *x, ad_array *node, uint32_t dying) {
  bool spread = node->attrs->at[AD_WINDOW_MORE].as.i, ready = true;
  ad_dtype t = node->type->dtype, lane = is_half(t) ? AD_FLOAT32 : t;
  ad_tap_plan plan = {.n = 0};
  ad_tap_operand in[3] = {{.data = NULL}, {.data = NULL}, {.data = NULL}};
  ad_buffer *half = NULL;
  char *out = result_room(x, node, &half);
  (void)dying;
  for (int i = 0; i < 3 && out && ready; i++) ready = ad__tap_operand(x, node->in[i], lane, &in[i]);
  if (out && ready && node->type->size && plan_windows(x, node, node->type, node->in[0]->type, spread, 1, &plan)) {
    size_t item = ad_dtype_size(lane);
    match_job j = {&plan, x->kernels->tap->match[lane], in[0].data, in[spread ? 1 : 2].data, in[spread ? 2 : 1].data, out, item};
    ad__tap_run_rows(x, &plan, row_cost(&plan, item, true), 0, match_row, &j);
  }
  result_done(x, node, half);
  ad__tap_plan_free(x, &plan);
  for (int i = 0; i < 3; i++) ad__tap_operand_free(x, node->in[i], &in[i]);
  return x->err.code;
}
