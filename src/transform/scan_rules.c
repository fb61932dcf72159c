/* Derivatives and batching of scan: scans again. See src/ops/regions.c.
 *
 *   jvp    active carries, stacked operands and captures are followed by their tangents
 *   vjp    a scan that also stacks its carries, then one in the other direction over them; its carries are the cotangents of the
 *          carries and the sums of those of the captures. A scan that has not been run yet takes its results from the former, so
 *          that both run once. Where the stacked carries would be too large, the steps are cut into
 *          segments: a scan over these keeps the carries at the beginning of each, and one in the other direction runs each
 *          segment again. Sums go on from segment to segment, so the bits are the same
 *   batch  carries and captures get a batch axis in front; slices do, so stacked operands have it second */
#include <adamant/ops.h>
#include <string.h>
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
  ad_attr at[AD_SCAN_FIELDS];
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

/* The last carries, and those before each step, stacked; behind them, where they are wanted, the outputs. */
static ad_array *residuals(const ad_rule *r, bool outputs) {
  walk l;
  begin(&l, r);
  ad_rework *w = &l.w;
  for (int i = 0; i < w->n && !w->error; i++) add_operand(&l, w->p[i], r->in[i]);
  for (int i = 0; i < l.carries && !w->error; i++) add_result(&l, w->y[i]);
  for (int i = 0; i < l.carries && !w->error; i++) add_result(&l, w->p[i]);
  for (int i = l.carries; i < w->m && !w->error && outputs; i++) add_result(&l, w->y[i]);
  ad_array *y = w->error ? w->error : apply(&l, l.carries, l.stacked, reversed(&l));
  return end(&l, y);
}

/* Can a scan's results still be those of another? A traced one is not run as it stands. */
static bool can_share(const ad_rule *r) {
  const ad_array *y = r->out;
  return y->state == AD_LAZY && !y->expanded && !(y->flags & AD_NODE_GRAPH) && !r->ctx->tracing;
}

/* Has the scan take its results from its residuals, which have the outputs. Returns an error array, or NULL. */
static ad_array *share(const ad_rule *r, ad_array *saved) {
  int carries = (int)r->attrs[AD_SCAN_CARRIES].as.i;
  ad_handles items;
  ad__handles_init(&items, r->ctx);
  for (int i = 0; i < r->out->type->rank; i++) ad__handles_add(&items, ad_item(saved, i < carries ? i : carries + i));
  ad_array *y = ad__handles_tuple(&items);
  ad__handles_free(&items);
  if (ad__is_error(y)) return y;
  r->out->expanded = ad__node_keep(y);
  return NULL;
}

/* The transposed body, for cotangents of carries (companions) and of slices of the outputs (`slices`, NULL: none). sums: what
 * those of the captures begin with, by operand; NULL: zeros. */
static ad_array *transposed(walk *l, ad_array *const *cts, const bool *wanted, ad_array *const *sums, ad_array **slices, ad_array *saved) {
  ad_rework *w = &l->w;
  int first_capture = l->carries + l->stacked, carries = 0, stacked = 0;
  for (int i = 0; i < l->carries; i++)
    if (w->active[i]) add_operand(l, w->d[i], ad__or_zeros(cts[i], w->p[i])), add_result(l, ad__or_zeros(w->out[i], w->p[i])), carries++;
  for (int i = first_capture; i < w->n && !w->error; i++) {
    w->active[i] = wanted[i] && w->out[i] && ad__is_inexact(w->p[i]->type);
    if (!w->active[i]) continue;
    ad_array *sum = ad__rework_new(w, w->p[i]->type);
    add_operand(l, sum, ad__or_zeros(sums ? sums[i] : NULL, w->p[i]));
    add_result(l, ad_add(sum, w->out[i]));
    carries++;
  }
  for (int i = 0; i < l->carries; i++, stacked++) add_operand(l, w->p[i], ad_item(saved, l->carries + i));
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

/* The cotangents of a scan whose carries are all kept; those of its captures are added to sums. shares: the node that r->out is
 * may take its results from here. Returns an error array, or NULL. */
static ad_array *whole_vjp(const ad_rule *r, bool shares, ad_array *const *cts, const bool *wanted, ad_array *const *sums, ad_array **grads) {
  ad_array *saved = r->attrs[AD_SCAN_CARRIES].as.i ? residuals(r, shares) : NULL, *error = NULL;
  if (saved && ad__is_error(saved)) return saved;
  if (saved && shares) error = share(r, saved);
  if (error) return error;
  walk l;
  begin(&l, r);
  ad_rework *w = &l.w;
  ad_array **slices = ad__mem_zeroed(&r->ctx->mem, ((size_t)w->m + 1) * sizeof *slices);
  if (!slices) w->error = r->ctx->out_of_memory;
  for (int i = 0; i < l.carries && !w->error; i++) w->active[i] = cts[i] && ad__is_inexact(w->p[i]->type);
  for (int i = l.carries; i < w->m && !w->error; i++)
    if (cts[i] && ad__is_inexact(w->y[i]->type)) slices[i] = ad__rework_new(w, w->y[i]->type);
  ad__rework_vjp(w, l.carries, slices);
  ad_array *y = w->error ? w->error : transposed(&l, cts, wanted, sums, slices, saved);
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

/* ---- vjp in segments ---- */

/* A scan cut into `count` segments of `length` steps, and a rest of 1 to `length` steps that comes last in its order. */
typedef struct segments {
  const ad_rule *r;
  ad_attr inner[AD_SCAN_FIELDS], outer[AD_SCAN_FIELDS], rest[AD_SCAN_FIELDS]; /* with the lengths of each */
  int64_t length, count, first, rest_length, rest_first; /* first: of the slices of the segments */
  int n, m, carries, first_capture;
  ad_array **params, **cts, **sums, **grads; /* of one segment, by operand or result */
  void *block;
  size_t bytes;
} segments;

/* Steps whose carries are kept at once: all, or so many that they fill the room, but no fewer than there are segments. */
static int64_t steps_kept(const ad_rule *r) {
  int64_t n = r->attrs[AD_SCAN_LENGTH].as.i, root = 1;
  uint64_t bytes = 0, room = ad__ctx_record_room(r->ctx);
  int carries = (int)r->attrs[AD_SCAN_CARRIES].as.i, stacked = (int)r->attrs[AD_SCAN_STACKED].as.i;
  for (int i = 0; i < carries + stacked; i++) {
    if (r->in[i]->type->size < 0 || (i >= carries && r->in[i]->type->rank == AD_MAX_RANK)) return n;
    if (i < carries) bytes += r->in[i]->type->bytes;
  }
  if (!bytes || (uint64_t)n <= room / bytes) return n;
  while (root * root < n) root++;
  int64_t fitting = (int64_t)(room / bytes);
  return fitting > root ? fitting : root;
}

static bool segments_begin(segments *g, const ad_rule *r, int64_t length) {
  const ad_attr *at = r->attrs;
  int64_t n = at[AD_SCAN_LENGTH].as.i;
  *g = (segments){.r = r, .length = length, .count = (n - 1) / length, .n = r->n, .m = r->out->type->rank};
  g->carries = (int)at[AD_SCAN_CARRIES].as.i;
  g->first_capture = g->carries + (int)at[AD_SCAN_STACKED].as.i;
  g->rest_length = n - g->count * length;
  bool reverse = at[AD_SCAN_REVERSE].as.i != 0;
  g->first = reverse ? g->rest_length : 0;
  g->rest_first = reverse ? 0 : n - g->rest_length;
  memcpy(g->inner, at, sizeof g->inner);
  memcpy(g->outer, at, sizeof g->outer);
  memcpy(g->rest, at, sizeof g->rest);
  g->inner[AD_SCAN_LENGTH] = ad_attr_int(AD_INT(length));
  g->outer[AD_SCAN_LENGTH] = ad_attr_int(AD_INT(g->count));
  g->rest[AD_SCAN_LENGTH] = ad_attr_int(AD_INT(g->rest_length));
  size_t k = (size_t)(g->n + g->m);
  g->bytes = (4 * k + 1) * sizeof *g->params;
  g->block = ad__mem_zeroed(&r->ctx->mem, g->bytes);
  if (!g->block) return false;
  g->params = g->block;
  g->cts = g->params + k;
  g->sums = g->cts + k;
  g->grads = g->sums + k;
  return true;
}

static bool is_stacked(const segments *g, int i) { return i >= g->carries && i < g->first_capture; }

/* Slices [from, from + count) of a along its first axis. */
static ad_array *slices_of(ad_array *a, int64_t from, int64_t count) {
  int64_t start[AD_MAX_RANK] = {from}, stop[AD_MAX_RANK];
  int rank = ad_array_rank(a);
  for (int k = 0; k < rank; k++) stop[k] = ad_array_dim(a, k);
  stop[0] = from + count;
  return ad_strided_slice(a, (ad_ints){true, rank, start}, (ad_ints){true, rank, stop}, NULL);
}

/* Those of all segments, with a first axis that counts these; and back. */
static ad_array *apart(const segments *g, ad_array *a) {
  int64_t dims[AD_MAX_RANK] = {g->count, g->length};
  int rank = ad_array_rank(a);
  for (int k = 1; k < rank; k++) dims[k + 1] = ad_array_dim(a, k);
  return ad_reshape(slices_of(a, g->first, g->count * g->length), (ad_shape){rank + 1, dims});
}
static ad_array *together(const segments *g, ad_array *a, ad_array *rest) {
  int64_t dims[AD_MAX_RANK] = {g->count * g->length};
  int rank = ad_array_rank(rest);
  for (int k = 1; k < rank; k++) dims[k] = ad_array_dim(rest, k);
  ad_array *whole = ad_reshape(a, (ad_shape){rank, dims}), *parts[2] = {whole, rest};
  if (g->first) parts[0] = rest, parts[1] = whole;
  return ad_concatenate(g->r->ctx, parts, 2, &(ad_concatenate_opts){.axis = AD_INT(0)});
}

/* A parameter for one segment of what is stacked, of which `all` has all; it becomes an operand. */
static ad_array *segment_param(walk *l, ad_array *all) {
  ad_rework *w = &l->w;
  ad_err e;
  if (w->error || ad__is_error(all)) return w->error = w->error ? w->error : all;
  const ad_type *t = ad__type_tensor(w->ctx, all->type->dtype, all->type->rank - 1, all->type->dims + 1, &e);
  if (!t) return w->error = ad__scope_take_error(ad__node_error(w->ctx, w->ctx->rule_where, NULL, e.code, e.text));
  ad_array *p = ad__rework_new(w, t);
  add_operand(l, p, all);
  return p;
}

/* The operands of one segment as parameters of the outer body; all but the carries, which differ, become its operands. */
static void add_segment(segments *g, walk *l, bool captures) {
  for (int i = 0; i < g->n && !l->w.error; i++) {
    if (is_stacked(g, i)) {
      if (!captures) g->params[i] = segment_param(l, apart(g, g->r->in[i]));
    } else {
      g->params[i] = l->w.p[i];
      if (i >= g->first_capture && captures) add_operand(l, l->w.p[i], g->r->in[i]);
    }
  }
}

/* The carries in the end of the segments, and those at the beginning of each, stacked. */
static ad_array *marks_of(segments *g) {
  walk l;
  ad_rule outer = *g->r;
  outer.attrs = g->outer;
  begin(&l, &outer);
  for (int i = 0; i < g->carries && !l.w.error; i++) add_operand(&l, l.w.p[i], g->r->in[i]);
  add_segment(g, &l, false);
  add_segment(g, &l, true);
  ad_array *y = l.w.error ? l.w.error : ad_apply(g->r->ctx, NULL, g->r->op, g->params, g->n, g->inner);
  for (int i = 0; i < g->carries && !l.w.error; i++) add_result(&l, ad_item(y, i));
  for (int i = 0; i < g->carries && !l.w.error; i++) add_result(&l, l.w.p[i]);
  y = l.w.error ? l.w.error : apply(&l, g->carries, l.stacked, reversed(&l));
  return end(&l, y);
}

/* The vjp of the rest, into grads. */
static ad_array *rest_vjp(segments *g, ad_array *marks, ad_array *const *cts, const bool *wanted, ad_array **grads) {
  ad_rule rest = *g->r;
  rest.attrs = g->rest;
  rest.in = g->params;
  for (int i = 0; i < g->n; i++) {
    ad_array *x = g->r->in[i];
    g->params[i] = i < g->carries ? ad_item(marks, i) : is_stacked(g, i) ? slices_of(x, g->rest_first, g->rest_length) : x;
  }
  for (int i = 0; i < g->m; i++)
    g->cts[i] = cts[i] && i >= g->carries ? slices_of(cts[i], g->rest_first, g->rest_length) : cts[i];
  return whole_vjp(&rest, false, g->cts, wanted, NULL, grads);
}

/* Cotangents of active carries, and sums of those of active captures: in and out of the outer body. */
static int add_cotangents(segments *g, walk *l, ad_array *const *grads) {
  int count = 0;
  for (int i = 0; i < g->n && !l->w.error; i++) {
    if (!grads[i] || is_stacked(g, i)) continue;
    ad_array *p = ad__rework_new(&l->w, grads[i]->type);
    add_operand(l, p, grads[i]);
    *(i < g->carries ? &g->cts[i] : &g->sums[i]) = p;
    count++;
  }
  return count;
}

/* The segments backwards, from the last: each runs its steps again from its mark, keeping their carries, and then their transposes.
 * grads are those of the rest, and become those of all. */
static ad_array *segments_vjp(segments *g, ad_array *marks, ad_array *const *cts, const bool *wanted, ad_array **grads) {
  walk l;
  ad_rule outer = *g->r, inner = *g->r;
  outer.attrs = g->outer;
  inner.attrs = g->inner;
  inner.in = g->params;
  begin(&l, &outer);
  ad_rework *w = &l.w;
  memset(g->cts, 0, (size_t)g->m * sizeof *g->cts);
  int handed = add_cotangents(g, &l, grads), stacked = l.operands.count;
  for (int i = 0; i < g->carries && !w->error; i++) add_operand(&l, w->p[i], ad_item(marks, g->carries + i));
  add_segment(g, &l, false);
  for (int i = g->carries; i < g->m && !w->error; i++)
    if (cts[i]) g->cts[i] = segment_param(&l, apart(g, cts[i]));
  stacked = l.operands.count - stacked;
  add_segment(g, &l, true);
  if (!w->error) w->error = whole_vjp(&inner, false, g->cts, wanted, g->sums, g->grads);
  for (int pass = 0; pass < 2; pass++) /* what is handed on, then what is stacked */
    for (int i = 0; i < g->n && !w->error; i++)
      if (grads[i] && is_stacked(g, i) == (pass == 1)) add_result(&l, g->grads[i]);
  ad_array *y = w->error ? w->error : apply(&l, handed, stacked, !reversed(&l));
  for (int pass = 0, at = 0; pass < 2; pass++)
    for (int i = 0; i < g->n && !w->error; i++)
      if (grads[i] && is_stacked(g, i) == (pass == 1)) {
        ad_array *x = ad_item(y, at++);
        grads[i] = pass ? together(g, x, grads[i]) : x;
      }
  return end(&l, w->error);
}

static ad_array *scan_vjp(const ad_rule *r, ad_array *const *cts, const bool *wanted, ad_array **grads) {
  int64_t length = steps_kept(r);
  if (length >= r->attrs[AD_SCAN_LENGTH].as.i) return whole_vjp(r, can_share(r), cts, wanted, NULL, grads);
  segments g;
  if (!segments_begin(&g, r, length)) return r->ctx->out_of_memory;
  ad_array *marks = marks_of(&g), *error = ad__is_error(marks) ? marks : NULL;
  if (!error) error = rest_vjp(&g, marks, cts, wanted, grads);
  if (!error) error = segments_vjp(&g, marks, cts, wanted, grads);
  ad__mem_give(&r->ctx->mem, g.block, g.bytes);
  return error;
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
