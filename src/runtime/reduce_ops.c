/* Kernels of the reductions: which fold, in which lane, and what is done to its results.
 *
 * A half type is folded in float32 and rounded once, at the end. var and logsumexp need a first fold for what their
 * second is relative to; both run over a batch of rows while it is in cache. */
#include <math.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/elementwise.h"
#include "runtime/reduce.h"
#include "runtime/structural.h"

enum { FIELD_AXES, FIELD_KEEPDIMS, FIELD_DDOF, FIELD_CORRECTION };

static ad_dtype lane_of(ad_dtype t) { return t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t; }

/* What is known of one reduction while it runs. */
typedef struct work {
  ad_exec *x;
  const ad_array *node;
  ad_reduction j;
  char *out;       /* results in the lane */
  size_t outputs;
} work;

typedef ad_status (*compute_fn)(work *w);

static void mark_axes(const ad_array *node, bool *reduced) {
  const ad_attr *axes = ad__attr(node, FIELD_AXES);
  for (int i = 0; i < node->in[0]->type->rank; i++) reduced[i] = !axes->given;
  if (!axes->given) return;
  if (node->op->fields[FIELD_AXES].kind == AD_FIELD_AXIS) reduced[axes->as.i] = true;
  else
    for (int i = 0; i < axes->count; i++) reduced[axes->as.ints[i]] = true;
}

bool ad__reduces_source(const ad_array *node) {
  bool reduced[AD_MAX_RANK];
  mark_axes(node, reduced);
  return node->type->size && node->in[0]->type->size && ad__reduction_takes_source(node->in[0]->type, reduced);
}

static ad_status no_memory(ad_exec *x, size_t bytes) {
  return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory; a smaller array or a larger limit would be right", bytes);
}

static int64_t magnitude(int64_t v) { return v < 0 ? -v : v; }

/* Would the walk along the last axis meet a new cache line at every step, though another axis lies close? Then a copy in
 * order, made in tiles, costs less. */
static bool badly_laid(const ad_type *t, const ad_value *v) {
  if (!v->strides) return false;
  int last = t->rank - 1;
  while (last >= 0 && t->dims[last] == 1) last--;
  if (last < 0 || magnitude(v->strides[last]) < 64) return false;
  for (int i = 0; i < last; i++)
    if (t->dims[i] > 1 && v->strides[i] && magnitude(v->strides[i]) < 64) return true;
  return false;
}

/* The results are computed in `result`, which is the lane or the node's own dtype. */
static ad_status run_in(ad_exec *x, ad_array *node, ad_dtype lane, ad_dtype result, compute_fn compute) {
  const ad_array *a = node->in[0];
  ad_value in = a->value, copy = {NULL, NULL, NULL};
  bool reduced[AD_MAX_RANK];
  mark_axes(node, reduced);
  if (!x->source && badly_laid(a->type, &in)) {
    if (!ad__value_contiguous_data(x, a, &copy)) return x->err.code;
    in = copy;
  }
  work w = {.x = x, .node = node, .outputs = (size_t)node->type->size};
  ad__reduction_plan(&w.j, x, a->type, &in, reduced, lane);
  ad_status s = ad__value_new(x, node->type, &node->value);
  ad_buffer *temp = NULL;
  if (!s && result != node->type->dtype) {
    temp = ad__buffer_take(x->cache, w.outputs * w.j.size);
    if (!temp) s = no_memory(x, w.outputs * w.j.size);
  }
  if (!s) {
    w.out = temp ? temp->data : node->value.data;
    s = w.outputs ? compute(&w) : AD_OK;
    if (!s && temp) x->kernels->cast[result][node->type->dtype](w.outputs, node->value.data, w.out);
  }
  if (temp) ad__buffer_drop(x->cache, temp);
  ad__value_free(x->cache, a->type, &copy);
  return s;
}

static ad_status run(ad_exec *x, ad_array *node, ad_dtype lane, compute_fn compute) {
  return run_in(x, node, lane, lane, compute);
}

/* ---- One fold ---- */

/* All results are v. */
static void fill(work *w, int v) {
  ad_c128 one = {v, 0};
  uint64_t item[2];
  w->x->kernels->cast[AD_COMPLEX128][w->j.lane](1, item, &one);
  for (size_t i = 0; i < w->outputs; i++) memcpy(w->out + i * w->j.size, item, w->j.size);
}

static ad_status fold_or(work *w, ad_fold fold, int empty) {
  if (w->j.sequence.count) return ad__reduction_run(w->x, &w->j, fold, NULL, w->out);
  fill(w, empty);
  return AD_OK;
}

static ad_status compute_sum(work *w) { return fold_or(w, AD_FOLD_SUM, 0); }
static ad_status compute_product(work *w) { return fold_or(w, AD_FOLD_PRODUCT, 1); }
static ad_status compute_max(work *w) { return fold_or(w, AD_FOLD_MAX, 0); }
static ad_status compute_min(work *w) { return fold_or(w, AD_FOLD_MIN, 0); }

ad_status ad__k_sum(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return run(x, node, lane_of(node->type->dtype), compute_sum);
}
ad_status ad__k_prod(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return run(x, node, lane_of(node->type->dtype), compute_product);
}
ad_status ad__k_max(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return run(x, node, lane_of(node->type->dtype), compute_max);
}
ad_status ad__k_min(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return run(x, node, lane_of(node->type->dtype), compute_min);
}

/* ---- mean ---- */

/* Divides real numbers, n of them, in place; 0/0 is NaN. */
static void divide_all(ad_dtype lane, char *data, size_t n, double by) {
  if (lane == AD_FLOAT32)
    for (size_t i = 0; i < n; i++) ((float *)(void *)data)[i] /= (float)by;
  else
    for (size_t i = 0; i < n; i++) ((double *)(void *)data)[i] /= by;
}

/* A complex number divided by a real one is two divisions. */
static void divide_results(work *w, double by) {
  ad_dtype t = w->j.lane;
  bool complex = t == AD_COMPLEX64 || t == AD_COMPLEX128;
  ad_dtype part = t == AD_COMPLEX64 ? AD_FLOAT32 : t == AD_COMPLEX128 ? AD_FLOAT64 : t;
  divide_all(part, w->out, w->outputs * (complex ? 2 : 1), by);
}

static ad_status compute_mean(work *w) {
  ad_status s = compute_sum(w);
  divide_results(w, (double)w->j.sequence.count);
  return s;
}

ad_status ad__k_mean(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return run(x, node, lane_of(node->type->dtype), compute_mean);
}

/* ---- Two folds ---- */

/* What the second fold is relative to, from the result of the first, for n outputs. */
typedef void (*between_fn)(ad_dtype lane, char *param, size_t n, double count);

typedef struct two_folds {
  ad_reduction first, second;
  between_fn between;
  size_t batch; /* outputs whose rows fit the second-level cache */
} two_folds;

static void two_folds_range(void *arg, size_t begin, size_t end) {
  const two_folds *f = arg;
  for (size_t at = begin; at < end; at += f->batch) {
    size_t stop = end - at < f->batch ? end : at + f->batch;
    ad__reduction_rows(&f->first, at, stop);
    f->between(f->first.lane, f->first.out + at * f->first.size, stop - at, (double)f->first.sequence.count);
    ad__reduction_rows(&f->second, at, stop);
  }
}

/* param takes the parameters, w->out the results of the second fold. */
static ad_status fold_twice(work *w, ad_fold first, between_fn between, ad_fold second, char *param) {
  ad_reduction *j = &w->j;
  if (j->columns || j->chunks > 1) {
    ad_status s = ad__reduction_run(w->x, j, first, NULL, param);
    if (s) return s;
    between(j->lane, param, w->outputs, (double)j->sequence.count);
    return ad__reduction_run(w->x, j, second, param, w->out);
  }
  two_folds f = {.first = *j, .second = *j, .between = between};
  ad__reduction_choose(&f.first, w->x, first, NULL, param);
  ad__reduction_choose(&f.second, w->x, second, param, w->out);
  size_t row = (size_t)j->sequence.count * j->item;
  f.batch = row > 65536 ? 1 : 131072 / row;
  ad__parallel(w->x, w->outputs, 1, (double)row * 0.1 + 20, two_folds_range, &f);
  return AD_OK;
}

static ad_status with_param(work *w, ad_fold first, between_fn between, ad_fold second, void (*end)(work *, const char *)) {
  size_t bytes = w->outputs * w->j.size;
  ad_buffer *param = ad__buffer_take(w->x->cache, bytes);
  if (!param) return no_memory(w->x, bytes);
  ad_status s = fold_twice(w, first, between, second, param->data);
  if (!s) end(w, param->data);
  ad__buffer_drop(w->x->cache, param);
  return s;
}

static void means(ad_dtype lane, char *param, size_t n, double count) { divide_all(lane, param, n, count); }

static double number(const work *w, int field) {
  const ad_attr *a = ad__attr(w->node, field);
  return a->given ? a->as.f[0] : 0;
}

static void divide_by_freedom(work *w, const char *param) {
  (void)param;
  double freedom = (double)w->j.sequence.count - number(w, FIELD_DDOF) - number(w, FIELD_CORRECTION);
  divide_all(w->j.lane, w->out, w->outputs, freedom > 0 ? freedom : 0);
}

static ad_status compute_var(work *w) {
  if (w->j.sequence.count) return with_param(w, AD_FOLD_SUM, means, AD_FOLD_DEVIATIONS, divide_by_freedom);
  fill(w, 0);
  divide_all(w->j.lane, w->out, w->outputs, 0);
  return AD_OK;
}

bool ad__fits_var(const ad_array *node) { return node->in[0]->type->dtype < AD_COMPLEX64; }

ad_status ad__k_var(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return run(x, node, lane_of(node->type->dtype), compute_var);
}

/* An infinite maximum, or NaN, shifts nothing. */
static void finite_shifts(ad_dtype lane, char *param, size_t n, double count) {
  (void)count;
  for (size_t i = 0; i < n; i++)
    if (lane == AD_FLOAT32) {
      float *p = (float *)(void *)param + i;
      if (!ad_f32_isfinite(*p)) *p = 0;
    } else {
      double *p = (double *)(void *)param + i;
      if (!ad_f64_isfinite(*p)) *p = 0;
    }
}

static void add_logarithms(work *w, const char *param) {
  for (size_t i = 0; i < w->outputs; i++)
    if (w->j.lane == AD_FLOAT32) {
      float *p = (float *)(void *)w->out + i;
      *p = ((const float *)(const void *)param)[i] + ad_f32_log(*p);
    } else {
      double *p = (double *)(void *)w->out + i;
      *p = ((const double *)(const void *)param)[i] + ad_f64_log(*p);
    }
}

static ad_status compute_logsumexp(work *w) {
  return with_param(w, AD_FOLD_MAX, finite_shifts, AD_FOLD_EXPONENTIALS, add_logarithms);
}

ad_status ad__k_logsumexp(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return run(x, node, lane_of(node->type->dtype), compute_logsumexp);
}

/* ---- Places of extremes ---- */

static ad_status compute_argmax(work *w) { return ad__reduction_arg(w->x, &w->j, false, (uint32_t *)(void *)w->out); }
static ad_status compute_argmin(work *w) { return ad__reduction_arg(w->x, &w->j, true, (uint32_t *)(void *)w->out); }

ad_status ad__k_argmax(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return run_in(x, node, lane_of(node->in[0]->type->dtype), node->type->dtype, compute_argmax);
}
ad_status ad__k_argmin(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return run_in(x, node, lane_of(node->in[0]->type->dtype), node->type->dtype, compute_argmin);
}

/* ---- Row by row ---- */

static int fold_of(const ad_op *op) {
  static const uint8_t folds[AD_OP_COUNT] = {[AD_OP_sum] = AD_FOLD_SUM + 1, [AD_OP_prod] = AD_FOLD_PRODUCT + 1, [AD_OP_max] = AD_FOLD_MAX + 1,
                                             [AD_OP_min] = AD_FOLD_MIN + 1, [AD_OP_mean] = AD_FOLD_SUM + 1};
  return op->id < AD_OP_COUNT ? (int)folds[op->id] - 1 : -1;
}

bool ad__row_fold_of(const ad_kernels *k, const ad_array *node, ad_row_fold *out) {
  int fold = fold_of(node->op);
  if (fold < 0 || node->type->kind != AD_KIND_TENSOR || !node->in[0]) return false;
  const ad_type *t = node->in[0]->type;
  bool reduced[AD_MAX_RANK];
  mark_axes(node, reduced);
  *out = (ad_row_fold){.lane = lane_of(node->type->dtype), .row = 1};
  for (int i = t->rank; i-- > 0 && reduced[i]; out->axes++) out->row *= t->dims[i];
  for (int i = 0; i < t->rank - out->axes; i++)
    if (reduced[i]) return false;
  if (!out->axes || t->size < 1 || out->row < 2 || out->row > AD_FOLD_BLOCK) return false;
  if (node->op->id == AD_OP_mean) out->divisor = (double)out->row;
  if (ad_dtype_category(out->lane) == AD_CATEGORY_COMPLEX) return false;
  return (out->fold = k->reduce->rows[fold][out->lane]) != NULL;
}

void ad__row_fold_divide(ad_dtype lane, void *results, size_t n, double divisor) { divide_all(lane, results, n, divisor); }
