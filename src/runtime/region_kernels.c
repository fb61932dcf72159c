/* Kernels of cond, while_loop and scan: frames run once, until a condition fails, or once per slice. */
#include <string.h>
#include "ops/regions.h"
#include "runtime/region_record.h"
#include "runtime/structural.h"

static ad_status no_memory(ad_exec *x) { return ad__fail(&x->err, AD_E_MEMORY, "out of memory"); }

static bool truth(const ad_array *a) { return *a->value.data != 0; }

/* ---- cond ---- */

ad_status ad__k_cond(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_graph *g = ad__region_of(node->attrs->at, truth(node->in[0]) ? AD_COND_THEN : AD_COND_ELSE);
  int results = node->type->rank;
  ad_frame f;
  ad_frame_spec spec = {.operands = node->in + 1, .varying = node->n - 1, .sweeps = &results, .n_sweeps = 1};
  ad_status s = ad__outs_new(x, node);
  if (s) return s;
  s = ad__frame_begin(&f, x, g, &spec);
  for (int i = 0; i < node->n - 1 && !s; i++) s = ad__frame_set(&f, i, &node->in[1 + i]->value);
  if (!s) s = ad__frame_run(&f, 0);
  for (int i = 0; i < results && !s; i++) s = ad__frame_take(&f, ad__frame_result(&f, i), &node->u.outs[i]);
  ad__frame_end(&f);
  return s;
}

/* ---- while_loop ---- */

typedef struct while_run {
  ad_exec *x;
  ad_array *node;
  int sweeps, states;
  int *sizes;         /* states of each sweep */
  ad_record *records; /* one per sweep */
  ad_record_item *items;
  bool *reads;        /* of the running sweep, by state */
  ad_array **cond_operands;
  char **places;
  void *block;
  size_t bytes;
  ad_frame body, cond;
  uint64_t steps;
} while_run;

static bool while_room(while_run *w) {
  const ad_attr *at = &w->node->attrs->at[AD_WHILE_SWEEPS];
  size_t n = (size_t)w->node->n + 1, k = (size_t)at->count;
  w->bytes = n * (2 * sizeof(void *) + sizeof *w->items + sizeof *w->reads) + k * (sizeof *w->records + sizeof *w->sizes);
  w->block = ad__mem_zeroed(&w->x->ctx->mem, w->bytes);
  if (!w->block) return false;
  w->cond_operands = w->block;
  w->places = (char **)(w->cond_operands + n);
  w->items = (ad_record_item *)(void *)(w->places + n);
  w->records = (ad_record *)(void *)(w->items + n);
  w->sizes = (int *)(void *)(w->records + k);
  w->reads = (bool *)(w->sizes + k);
  w->sweeps = at->count;
  for (int i = 0; i < at->count; i++) w->states += w->sizes[i] = (int)at->as.ints[i];
  return true;
}

static ad_status begin_body(while_run *w) {
  ad_array *node = w->node;
  ad_frame_spec spec = {.operands = node->in, .varying = w->states, .sweeps = w->sizes, .n_sweeps = w->sweeps};
  ad_status s = ad__frame_begin(&w->body, w->x, ad__region_of(node->attrs->at, AD_WHILE_BODY), &spec);
  for (int i = 0; i < w->states && !s; i++) s = ad__frame_set(&w->body, i, &node->in[i]->value);
  return s;
}

/* The condition reads small states where the body has them. */
static ad_status begin_cond(while_run *w) {
  int first = w->sizes[0], one = 1;
  for (int i = 0; i < first; i++) w->places[i] = ad__frame_param_place(&w->body, i);
  for (int i = w->states; i < w->node->n; i++) w->cond_operands[first + i - w->states] = w->node->in[i];
  ad_frame_spec spec = {.operands = w->cond_operands, .varying = first, .places = w->places, .sweeps = &one, .n_sweeps = 1};
  return ad__frame_begin(&w->cond, w->x, ad__region_of(w->node->attrs->at, AD_WHILE_COND), &spec);
}

/* What each sweep saves: the states that a later one reads. */
static void begin_records(while_run *w) {
  ad_record_item *item = w->items;
  for (int k = 0, state = 0; k < w->sweeps; k++) {
    ad_record_item *first = item;
    for (int end = state + w->sizes[k]; state < end; state++) {
      bool read = false;
      for (int later = k + 1; later < w->sweeps && !read; later++) read = ad__frame_reads(&w->body, later, state);
      if (read) *item++ = (ad_record_item){.param = state};
    }
    ad__record_begin(&w->records[k], first, (int)(item - first), &w->body);
  }
}

static ad_status go_on(while_run *w, bool *more) {
  ad_status s = AD_OK;
  for (int i = 0; i < w->sizes[0] && !s; i++)
    if (!w->places[i]) s = ad__frame_set(&w->cond, i, &ad__frame_param(&w->body, i)->value);
  if (!s) s = ad__frame_run(&w->cond, 0);
  if (!s) *more = truth(ad__frame_result(&w->cond, 0));
  return s;
}

static ad_status take_states(while_run *w, int first, int n) {
  ad_status s = AD_OK;
  for (int i = first; i < first + n && !s; i++) s = ad__frame_take(&w->body, ad__frame_param(&w->body, i), &w->node->u.outs[i]);
  return s;
}

static ad_status first_sweep(while_run *w) {
  bool more = false;
  ad_status s = go_on(w, &more);
  while (!s && more) {
    s = ad__record_save(&w->records[0], &w->body, w->steps++);
    if (!s) s = ad__frame_run(&w->body, 0);
    if (!s) s = ad__frame_turn(&w->body, 0, w->sizes[0]);
    if (!s) s = go_on(w, &more);
  }
  return s ? s : take_states(w, 0, w->sizes[0]);
}

/* Odd sweeps go from the last step to the first. */
static ad_status later_sweep(while_run *w, int k, int first) {
  ad_status s = AD_OK;
  for (int i = 0; i < first; i++) w->reads[i] = ad__frame_reads(&w->body, k, i);
  for (uint64_t i = 0; i < w->steps && !s && w->sizes[k]; i++) {
    uint64_t t = k & 1 ? w->steps - 1 - i : i;
    for (int earlier = 0; earlier < k && !s; earlier++) {
      uint64_t at = earlier & 1 ? w->steps - 1 - t : t; /* a record is in the order of its sweep */
      s = ad__record_load(&w->records[earlier], &w->body, at, w->reads);
    }
    if (!s) s = ad__record_save(&w->records[k], &w->body, i);
    if (!s) s = ad__frame_run(&w->body, k);
    if (!s) s = ad__frame_turn(&w->body, first, w->sizes[k]);
  }
  return s ? s : take_states(w, first, w->sizes[k]);
}

ad_status ad__k_while_loop(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  while_run w = {.x = x, .node = node, .body = {.x = x}, .cond = {.x = x}};
  if (!while_room(&w)) return no_memory(x);
  ad_status s = ad__outs_new(x, node);
  if (!s) s = begin_body(&w);
  if (!s) s = begin_cond(&w);
  if (!s) begin_records(&w);
  if (!s) s = first_sweep(&w);
  for (int k = 1, first = w.sizes[0]; k < w.sweeps && !s; first += w.sizes[k++]) s = later_sweep(&w, k, first);
  for (int k = 0; k < w.sweeps; k++) ad__record_end(&w.records[k], x);
  ad__frame_end(&w.cond);
  ad__frame_end(&w.body);
  ad__mem_give(&x->ctx->mem, w.block, w.bytes);
  return s;
}

/* ---- scan ---- */

typedef struct scan_run {
  ad_exec *x;
  ad_array *node;
  int carries, stacked;
  int64_t length;
  ad_frame f;
  ad_value *temps; /* row-major copies of stacked operands that are not */
} scan_run;

static ad_status scan_outputs(scan_run *r) {
  ad_status s = ad__outs_new(r->x, r->node);
  for (int i = r->carries; i < r->node->type->rank && !s; i++) s = ad__value_new(r->x, r->node->type->members[i], &r->node->u.outs[i]);
  return s;
}

/* Slice t of each stacked operand. */
static ad_status scan_slices(scan_run *r, int64_t t) {
  ad_status s = AD_OK;
  for (int k = 0; k < r->stacked && !s; k++) {
    const ad_array *a = r->node->in[r->carries + k];
    const ad_value *v = r->temps[k].buf ? &r->temps[k] : &a->value;
    ad_value slice = {v->buf, v->data + (size_t)t * (a->type->bytes / (size_t)r->length), NULL};
    s = ad__frame_set(&r->f, r->carries + k, &slice);
  }
  return s;
}

static ad_status scan_step(scan_run *r, int64_t t) {
  ad_status s = scan_slices(r, t);
  if (!s) s = ad__frame_run(&r->f, 0);
  for (int i = r->carries; i < r->node->type->rank && !s; i++) {
    const ad_array *y = ad__frame_result(&r->f, i);
    ad__frame_store(r->x, y->type, &y->value, r->node->u.outs[i].data + (size_t)t * y->type->bytes);
  }
  return s ? s : ad__frame_turn(&r->f, 0, r->carries);
}

static ad_status scan_all(scan_run *r) {
  ad_array *node = r->node;
  const ad_attr *at = node->attrs->at;
  int results = node->type->rank;
  /* Every parameter may vary but the captures. */
  ad_frame_spec spec = {.operands = node->in, .varying = r->carries + r->stacked, .sweeps = &results, .n_sweeps = 1};
  ad_status s = ad__frame_begin(&r->f, r->x, ad__region_of(at, AD_SCAN_BODY), &spec);
  for (int i = 0; i < r->carries && !s; i++) s = ad__frame_set(&r->f, i, &node->in[i]->value);
  for (int k = 0; k < r->stacked && !s; k++)
    if (!ad__value_contiguous_data(r->x, node->in[r->carries + k], &r->temps[k])) s = r->x->err.code;
  bool reverse = at[AD_SCAN_REVERSE].as.i != 0;
  for (int64_t i = 0; i < r->length && !s; i++) s = scan_step(r, reverse ? r->length - 1 - i : i);
  for (int i = 0; i < r->carries && !s; i++) s = ad__frame_take(&r->f, ad__frame_param(&r->f, i), &node->u.outs[i]);
  return s;
}

ad_status ad__k_scan(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_attr *at = node->attrs->at;
  scan_run r = {.x = x, .node = node, .carries = (int)at[AD_SCAN_CARRIES].as.i, .stacked = (int)at[AD_SCAN_STACKED].as.i,
                .length = at[AD_SCAN_LENGTH].as.i, .f = {.x = x}};
  size_t bytes = ((size_t)r.stacked + 1) * sizeof *r.temps;
  r.temps = ad__mem_zeroed(&x->ctx->mem, bytes);
  if (!r.temps) return no_memory(x);
  ad_status s = scan_outputs(&r);
  if (!s) s = scan_all(&r);
  for (int k = 0; k < r.stacked; k++) ad__value_free(x->cache, node->in[r.carries + k]->type, &r.temps[k]);
  ad__frame_end(&r.f);
  ad__mem_give(&x->ctx->mem, r.temps, bytes);
  return s;
}
