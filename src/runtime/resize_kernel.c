/* resize, resize_transpose: weighted taps along each axis (tap_rows.h), the rows first, then along them.
 *
 * Half types are computed in float32, complex numbers as two real ones. The weights are computed in double for every call and rounded
 * to the lane: there are as many as lengths add up to, not as the array has elements. */
#include "ops/resize_taps.h"
#include "runtime/structural.h"
#include "runtime/tap_rows.h"

#include <string.h>

static void put_weight(void *weights, bool wide, int64_t i, double w) {
  if (wide) ((double *)weights)[i] = w;
  else ((float *)weights)[i] = (float)w;
}

/* Elements made of others: the run of each, then the weights. */
static bool forward_taps(ad_exec *x, ad_tap_plan *p, const ad_resize_axis *g, size_t item) {
  int64_t total = 0, first;
  void *weights;
  for (int64_t o = 0; o < g->out; o++) total += ad__resize_run(g, o, &first);
  ad_tap_run *runs = ad__tap_plan_axis(x, p, g->out, g->in, 1, 0, total, item, &weights);
  if (!runs) return false;
  total = 0;
  for (int64_t o = 0; o < g->out; o++) {
    int64_t count = ad__resize_run(g, o, &first);
    double sum = ad__resize_total(g, o, first, count);
    runs[o] = (ad_tap_run){first, count, total};
    for (int64_t j = 0; j < count; j++) put_weight(weights, p->wide, total + j, ad__resize_weight(g, o, first + j) / sum);
    total += count;
  }
  return true;
}

/* The other way round: for each element those that are made of it, which follow each other because runs begin and end in order. */
static bool transposed_taps(ad_exec *x, ad_tap_plan *p, const ad_resize_axis *g, size_t item) {
  int64_t total = 0, first;
  void *weights;
  for (int64_t o = 0; o < g->out; o++) total += ad__resize_run(g, o, &first);
  ad_tap_run *runs = ad__tap_plan_axis(x, p, g->in, g->out, 1, 0, total, item, &weights);
  if (!runs) return false;
  memset(runs, 0, (size_t)g->in * sizeof *runs);
  for (int64_t o = 0; o < g->out; o++) {
    int64_t count = ad__resize_run(g, o, &first);
    for (int64_t q = first; q < first + count; q++)
      if (runs[q].count++ == 0) runs[q].first = o;
  }
  total = 0;
  for (int64_t q = 0; q < g->in; q++) {
    runs[q].weight = total;
    total += runs[q].count;
  }
  for (int64_t o = 0; o < g->out; o++) {
    int64_t count = ad__resize_run(g, o, &first);
    double sum = ad__resize_total(g, o, first, count);
    for (int64_t q = first; q < first + count; q++)
      put_weight(weights, p->wide, runs[q].weight + o - runs[q].first, ad__resize_weight(g, o, q) / sum);
  }
  return true;
}

static bool plan_resize(ad_exec *x, const ad_array *node, size_t item, int64_t width, bool transpose, ad_tap_plan *p) {
  const ad_attr *at = node->attrs->at, *axes = &at[AD_RESIZE_AXES];
  const ad_type *to = node->type, *from = node->in[0]->type;
  *p = (ad_tap_plan){.moving = -1, .rows = 1, .taps = 1, .wide = item == sizeof(double)};
  for (int i = 0; i < to->rank; i++) {
    int k = 0;
    while (k < axes->count && axes->as.ints[k] != i) k++;
    ad_resize_axis g = {.in = 0};
    if (k < axes->count) g = ad__resize_axis_of(at, k, transpose ? to->dims[i] : from->dims[i], transpose ? from->dims[i] : to->dims[i]);
    if (k == axes->count) ad__tap_plan_plain(p, to->dims[i]);
    else if (!(transpose ? transposed_taps(x, p, &g, item) : forward_taps(x, p, &g, item))) return false;
  }
  ad__tap_plan_end(p, width);
  return true;
}

typedef struct resize_job {
  const ad_tap_plan *plan;
  ad_tap_weigh_fn weigh; /* NULL: every element is another one */
  ad_tap_along_fn along;
  const char *in;
  char *out;
  size_t item;
} resize_job;

static bool is_one(const ad_tap_rows *r) {
  if (!r->weights) return r->factor == 1;
  return r->factor * (r->plan->wide ? *(const double *)r->weights : (double)*(const float *)r->weights) == 1;
}

static void resize_row(const void *arg, int64_t row, char *room) {
  const resize_job *j = arg;
  const ad_tap_line *l = &j->plan->line;
  size_t n = (size_t)(l->from * l->inner), bytes = n * j->item;
  const char *line = room;
  ad_tap_rows r;
  if (!ad__tap_rows_begin(j->plan, row, &r)) {
    memset(room, 0, bytes);
  } else {
    bool first = true, more;
    line = j->in + (size_t)r.row * bytes;
    do {
      ad_tap_rows here = r;
      more = ad__tap_rows_next(&r);
      if (first && !more && here.count == 1 && (!j->weigh || is_one(&here))) break; /* a single row is read where it lies */
      j->weigh(n, here.count, room, j->in + (size_t)here.row * bytes, (ptrdiff_t)(here.step * (int64_t)n), here.weights, here.factor, first);
      line = room;
      first = false;
    } while (more);
  }
  j->along(l, j->out + (size_t)row * (size_t)(l->to * l->inner) * j->item, line);
}

static double row_cost(const ad_tap_plan *p, size_t item) {
  double taps = 0;
  for (int64_t d = 0; d < p->line.to; d++) taps += (double)p->line.runs[d].count;
  return 20 + (double)item * 0.03 * (double)p->line.inner * (taps + p->taps * (double)p->line.from) + taps;
}

/* The lane: whole numbers and bool are only moved. */
static ad_dtype lane_of(ad_dtype t, int64_t *width) {
  *width = ad_dtype_category(t) == AD_CATEGORY_COMPLEX ? 2 : 1;
  if (t == AD_BOOL) return AD_UINT8;
  if (t == AD_COMPLEX64 || t == AD_FLOAT16 || t == AD_BFLOAT16) return AD_FLOAT32;
  return t == AD_COMPLEX128 ? AD_FLOAT64 : t;
}

static ad_status resize(ad_exec *x, ad_array *node, bool transpose) {
  const ad_array *a = node->in[0];
  const ad_tap_kernels *k = x->kernels->tap;
  ad_dtype t = node->type->dtype;
  int64_t width;
  ad_dtype lane = lane_of(t, &width);
  bool half = ad_dtype_category(t) == AD_CATEGORY_FLOAT && lane != t;
  size_t item = ad_dtype_size(lane), count = (size_t)node->type->size;
  ad_tap_plan plan = {.n = 0};
  ad_tap_operand in = {.data = NULL};
  ad_buffer *wide = NULL;
  if (ad__value_new(x, node->type, &node->value) || !count) return x->err.code;
  if (half && !(wide = ad__buffer_take(x->cache, count * item))) ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory", count * item);
  if (!x->err.code && ad__tap_operand(x, a, half ? lane : t, &in) && plan_resize(x, node, item, width, transpose, &plan)) {
    resize_job j = {&plan, k->weigh[lane], k->weigh[lane] ? k->weigh_along[lane] : k->sum[lane].along, in.data, wide ? wide->data : node->value.data, item};
    ad__tap_run_rows(x, &plan, row_cost(&plan, item), (size_t)(plan.line.from * plan.line.inner) * item, resize_row, &j);
    if (wide && !x->err.code) ad__tap_cast(x, count, t, node->value.data, lane, wide->data);
  }
  if (wide) ad__buffer_drop(x->cache, wide);
  ad__tap_plan_free(x, &plan);
  ad__tap_operand_free(x, a, &in);
  return x->err.code;
}

ad_status ad__k_resize(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, resize(x, node, false); }
ad_status ad__k_resize_transpose(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, resize(x, node, true); }
