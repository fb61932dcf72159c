/* Derivatives and batching of scan: scans again. See src/ops/regions.c.
 *
 *   jvp    active carries, stacked operands and captures are followed by their tangents
 *   vjp    a scan that also stacks its carries, then one in the other direction over them; its carries are the cotangents of the
 *          carries and the sums of those of the captures
 *   batch  carries and captures get a batch axis in front; slices do, so stacked operands have it second */
#include <adamant/ops.h>
#include "ops/apply.h"
#include "ops/registry.h"
#include "transform/rework.h"

typedef struct walk {
  ad_rework w;
  const ad_rule *r;
  int carries, stacked; /* of the operands; the others are captures */
  int outputs;          /* stacked results */
  ad_handles params, results, operands;
} walk;

static void begin(walk *l, const ad_rule *r) {
  l->r = r;
  l->carries = (int)r->attrs[AD_SCAN_CARRIES].as.i;
  l->stacked = (int)r->attrs[AD_SCAN_STACKED].as.i;
  ad__handles_init(&l->params, r->ctx);
  ad__handles_init(&l->results, r->ctx);
  ad__handles_init(&l->operands, r->ctx);
  ad__rework_begin(&l->w, r->ctx, ad__region_of(r->attrs, AD_SCAN_BODY));
  l->outputs = l->w.m - l->carries;
}

static ad_array *end(walk *l, ad_array *y) {
  ad__handles_free(&l->params);
  ad__handles_free(&l->results);
  ad__handles_free(&l->operands);
  ad__rework_end(&l->w);
  return y;
}

static void add_operand(walk *l, ad_array *p, ad_array *value) {
  ad__handles_add(&l->params, p);
  ad__handles_add(&l->operands, value);
}

static void add_result(walk *l, ad_array *y) { ad__handles_add(&l->results, y); }

static ad_array *apply(walk *l, int carries, int stacked, bool reverse) {
  ad_attr at[5];
  at[AD_SCAN_CARRIES] = ad_attr_int(AD_INT(carries));
  at[AD_SCAN_STACKED] = ad_attr_int(AD_INT(stacked));
  at[AD_SCAN_LENGTH] = l->r->attrs[AD_SCAN_LENGTH];
  at[AD_SCAN_REVERSE] = ad_attr_flag(reverse);
  const ad_new_region region = {&l->params, &l->results};
  return ad__rework_apply(&l->w, &ad__op_scan, &l->operands, NULL, &region, 1, at);
}

static bool reversed(const walk *l) { return l->r->attrs[AD_SCAN_REVERSE].as.i != 0; }

/* ---- jvp ---- */

/* Operands begin.. and, behind them, the tangents of the active ones; returns how many. */
static int add_with_tangents(walk *l, int begin_at, int n, ad_array *const *ts) {
  ad_rework *w = &l->w;
  int count = n;
  for (int i = begin_at; i < begin_at + n; i++) add_operand(l, w->p[i], l->r->in[i]);
  for (int i = begin_at; i < begin_at + n; i++)
    if (w->active[i]) add_operand(l, w->d[i], ad__or_zeros(ts[i], l->r->in[i])), count++;
  return count;
}

static ad_array *scan_jvp(const ad_rule *r, ad_array *const *ts) {
  walk l;
  begin(&l, r);
  ad_rework *w = &l.w;
  ad_handles tangents;
  ad__handles_init(&tangents, r->ctx);
  for (int i = 0; i < w->n && !w->error; i++) w->active[i] = ts[i] && ad__is_inexact(w->p[i]->type);
  ad__rework_jvp(w, l.carries);
  ad_array *y = w->error;
  if (!w->error) {
    int carries = add_with_tangents(&l, 0, l.carries, ts), stacked = add_with_tangents(&l, l.carries, l.stacked, ts);
    add_with_tangents(&l, l.carries + l.stacked, w->n - l.carries - l.stacked, ts);
    for (int i = 0; i < l.carries; i++) add_result(&l, w->y[i]);
    for (int i = 0; i < l.carries; i++)
      if (w->active[i]) add_result(&l, ad__or_zeros(w->out[i], w->p[i]));
    for (int i = l.carries; i < w->m; i++) add_result(&l, w->y[i]);
    for (int i = l.carries; i < w->m; i++)
      if (w->out[i]) add_result(&l, w->out[i]);
    y = apply(&l, carries, stacked, reversed(&l));
  }
  for (int i = 0, at = l.carries; i < l.carries && !w->error; i++)
    ad__handles_add(&tangents, w->active[i] ? ad_item(y, at++) : ad__zeros_of(r->in[i]));
  int at = l.results.count;
  for (int i = l.carries; i < w->m && !w->error; i++) at -= w->out[i] != NULL;
  for (int i = l.carries; i < w->m && !w->error; i++)
    ad__handles_add(&tangents, w->out[i] ? ad_item(y, at++) : ad__zeros_of(ad_item(r->out, i)));
  if (!w->error) y = ad__handles_tuple(&tangents);
  ad__handles_free(&tangents);
  return end(&l, y);
}

/* ---- vjp ---- */

/* The carries before each step, stacked: extra outputs of the scan itself. NULL when there are none. */
static ad_array *residuals(const ad_rule *r) {
  walk l;
  begin(&l, r);
  for (int i = 0; i < l.w.n && !l.w.error; i++) add_operand(&l, l.w.p[i], r->in[i]);
  for (int i = 0; i < l.w.m && !l.w.error; i++) add_result(&l, l.w.y[i]);
  for (int i = 0; i < l.carries && !l.w.error; i++) add_result(&l, l.w.p[i]);
  ad_array *y = l.w.error ? l.w.error : apply(&l, l.carries, l.stacked, reversed(&l));
  return end(&l, y);
}

/* The transposed body, for cotangents of carries (companions) and of slices of the outputs (`slices`, NULL: none). */
static ad_array *transposed(walk *l, ad_array *const *cts, const bool *wanted, ad_array **slices, ad_array *saved) {
  ad_rework *w = &l->w;
  int first_capture = l->carries + l->stacked, carries = 0, stacked = 0;
  for (int i = 0; i < l->carries; i++)
    if (w->active[i]) add_operand(l, w->d[i], ad__or_zeros(cts[i], w->p[i])), add_result(l, ad__or_zeros(w->out[i], w->p[i])), carries++;
  for (int i = first_capture; i < w->n && !w->error; i++) {
    w->active[i] = wanted[i] && w->out[i] && ad__is_inexact(w->p[i]->type);
    if (!w->active[i]) continue;
    ad_array *sum = ad__rework_new(w, w->p[i]->type);
    add_operand(l, sum, ad__zeros_of(w->p[i]));
    add_result(l, ad_add(sum, w->out[i]));
    carries++;
  }
  for (int i = 0; i < l->carries; i++, stacked++) add_operand(l, w->p[i], ad_item(saved, w->m + i));
  for (int i = l->carries; i < first_capture; i++, stacked++) add_operand(l, w->p[i], l->r->in[i]);
  for (int i = l->carries; i < w->m; i++)
    if (slices[i]) add_operand(l, slices[i], cts[i]), stacked++;
  for (int i = first_capture; i < w->n; i++) add_operand(l, w->p[i], l->r->in[i]);
  for (int i = l->carries; i < first_capture; i++) {
    w->active[i] = wanted[i] && w->out[i];
    if (w->active[i]) add_result(l, w->out[i]);
  }
  return w->error ? w->error : apply(l, carries, stacked, !reversed(l));
}

static ad_array *scan_vjp(const ad_rule *r, ad_array *const *cts, const bool *wanted, ad_array **grads) {
  ad_array *saved = r->attrs[AD_SCAN_CARRIES].as.i ? residuals(r) : NULL;
  if (saved && ad__is_error(saved)) return saved;
  walk l;
  begin(&l, r);
  ad_rework *w = &l.w;
  ad_array **slices = ad__mem_zeroed(&r->ctx->mem, ((size_t)w->m + 1) * sizeof *slices);
  if (!slices) w->error = r->ctx->out_of_memory;
  for (int i = 0; i < l.carries && !w->error; i++) w->active[i] = cts[i] && ad__is_inexact(w->p[i]->type);
  for (int i = l.carries; i < w->m && !w->error; i++)
    if (cts[i] && ad__is_inexact(w->y[i]->type)) slices[i] = ad__rework_new(w, w->y[i]->type);
  ad__rework_vjp(w, l.carries, slices);
  ad_array *y = w->error ? w->error : transposed(&l, cts, wanted, slices, saved);
  int at = 0, first_capture = l.carries + l.stacked;
  for (int i = 0; i < l.carries && !w->error; i++)
    if (w->active[i]) grads[i] = ad_item(y, at++);
  for (int i = first_capture; i < w->n && !w->error; i++)
    if (w->active[i]) grads[i] = ad_item(y, at++);
  for (int i = l.carries; i < first_capture && !w->error; i++)
    if (w->active[i]) grads[i] = ad_item(y, at++);
  ad__mem_give(&r->ctx->mem, slices, slices ? ((size_t)w->m + 1) * sizeof *slices : 0);
  return end(&l, w->error);
}

/* ---- batch ---- */

/* A batch axis in front as the second axis, where slices have it in front. */
static ad_array *behind_steps(ad_array *a) { return ad_moveaxis(a, 0, 1); }

static ad_array *scan_batch(const ad_rule *r, const bool *batched, int64_t size) {
  walk l;
  begin(&l, r);
  ad_rework *w = &l.w;
  ad_handles items;
  ad__handles_init(&items, r->ctx);
  for (int i = 0; i < w->n && !w->error; i++) w->active[i] = batched[i];
  ad__rework_batch(w, l.carries, NULL, size);
  for (int i = 0; i < w->n && !w->error; i++) {
    ad_array *x = r->in[i];
    bool slice = i >= l.carries && i < l.carries + l.stacked;
    if (w->active[i] && !batched[i]) x = ad__batch_spread(x, size);
    add_operand(&l, w->active[i] ? w->d[i] : w->p[i], w->active[i] && slice ? behind_steps(x) : x);
  }
  for (int i = 0; i < w->m && !w->error; i++) {
    bool spread = i < l.carries && w->active[i] && !w->batched[i];
    add_result(&l, spread ? ad__batch_spread(w->out[i], size) : w->out[i]);
  }
  ad_array *y = w->error ? w->error : apply(&l, l.carries, l.stacked, reversed(&l));
  for (int i = 0; i < w->m && !w->error; i++) {
    ad_array *item = ad_item(y, i);
    bool has = i < l.carries ? w->active[i] : w->batched[i];
    ad__handles_add(&items, !has ? ad__batch_spread(item, size) : i < l.carries ? item : ad_moveaxis(item, 1, 0));
  }
  if (!w->error) y = ad__handles_tuple(&items);
  ad__handles_free(&items);
  return end(&l, y);
}

const ad_whole_rules ad__scan_rules = {scan_vjp, scan_jvp, scan_batch};
