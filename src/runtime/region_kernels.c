/* Kernels of cond and scan: frames run once, or once per slice. */
#include <string.h>
#include "ops/regions.h"
#include "runtime/region_frame.h"
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
