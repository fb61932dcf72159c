/* Kernels of cond and scan: frames run once, or once per slice. */
#include <string.h>
#include "ops/regions.h"
#include "runtime/region_code.h"
#include "runtime/region_frame.h"
#include "runtime/structural.h"

static ad_status no_memory(ad_exec *x) { return ad__fail(&x->err, AD_E_MEMORY, "out of memory"); }

static bool truth(const ad_array *a) { return *a->value.data != 0; }

/* ---- Machine code ---- */

enum { MOST_NATIVE = 64 }; /* operands, or results */

typedef struct native_lists {
  void *param[MOST_NATIVE], *to[MOST_NATIVE];
  const void *from[MOST_NATIVE];
  ptrdiff_t by[MOST_NATIVE], to_by[MOST_NATIVE];
} native_lists;

/* Operands first.. stay the same; false when one does not lie in order. */
static bool set_still(native_lists *l, const ad_array *node, int first, int param) {
  for (int i = first; i < node->n; i++, param++) {
    if (!ad__value_contiguous(&node->in[i]->value)) return false;
    l->param[param] = node->in[i]->value.data;
  }
  return true;
}

/* ---- cond ---- */

/* A branch as one step whose results are saved. */
static ad_status native_branch(ad_exec *x, ad_array *node, ad_sweep_fn fn, const native_lists *given) {
  native_lists l = *given;
  ad_status s = AD_OK;
  for (int i = 0; i < node->type->rank && !s; i++) {
    s = ad__value_new(x, node->type->members[i], &node->u.outs[i]);
    l.to[i] = node->u.outs[i].data;
    l.to_by[i] = 0;
  }
  if (!s) fn(l.param, l.from, l.by, l.to, l.to_by, 1);
  return s;
}

ad_status ad__k_cond(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  ad_sweep_fn fn = ad__region_sweep(x->region_code, truth(node->in[0]) ? 0 : 1);
  native_lists l;
  x->region_code = NULL;
  const ad_graph *g = ad__region_of(node->attrs->at, truth(node->in[0]) ? AD_COND_THEN : AD_COND_ELSE);
  int results = node->type->rank;
  ad_frame f;
  ad_frame_spec spec = {.operands = node->in + 1, .varying = node->n - 1, .sweeps = &results, .n_sweeps = 1};
  ad_status s = ad__outs_new(x, node);
  if (s) return s;
  if (fn && node->n <= MOST_NATIVE && node->type->rank <= MOST_NATIVE && set_still(&l, node, 1, 0)) return native_branch(x, node, fn, &l);
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
  ad_sweep_fn code; /* machine code for the steps, or NULL */
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

/* All steps by machine code. False when it cannot find something where it lies. */
static bool native_steps(scan_run *r, bool reverse) {
  const ad_array *node = r->node;
  native_lists l;
  int64_t first = reverse ? r->length - 1 : 0;
  if (!r->code || node->n > MOST_NATIVE || node->type->rank > MOST_NATIVE || !set_still(&l, node, r->carries + r->stacked, r->carries + r->stacked))
    return false;
  for (int i = 0; i < r->carries; i++)
    if (!(l.param[i] = ad__frame_param_place(&r->f, i))) return false;
  for (int i = r->carries; i < r->carries + r->stacked; i++) {
    const ad_value *temp = &r->temps[i - r->carries], *v = temp->buf ? temp : &node->in[i]->value;
    ptrdiff_t slice = (ptrdiff_t)(node->in[i]->type->bytes / (size_t)r->length);
    l.from[i] = v->data + first * slice;
    l.by[i] = reverse ? -slice : slice;
  }
  for (int i = 0; i < node->type->rank; i++) {
    ptrdiff_t slice = (ptrdiff_t)(node->type->members[i]->bytes / (size_t)r->length);
    l.to[i] = i < r->carries ? NULL : node->u.outs[i].data + first * slice; /* what the carries were is not wanted */
    l.to_by[i] = reverse ? -slice : slice;
  }
  r->code(l.param, l.from, l.by, l.to, l.to_by, (uint64_t)r->length);
  return true;
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
  bool done = !s && r->length && native_steps(r, reverse);
  for (int64_t i = 0; i < r->length && !s && !done; i++) s = scan_step(r, reverse ? r->length - 1 - i : i);
  for (int i = 0; i < r->carries && !s; i++) s = ad__frame_take(&r->f, ad__frame_param(&r->f, i), &node->u.outs[i]);
  return s;
}

ad_status ad__k_scan(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_attr *at = node->attrs->at;
  scan_run r = {.x = x, .node = node, .carries = (int)at[AD_SCAN_CARRIES].as.i, .stacked = (int)at[AD_SCAN_STACKED].as.i,
                .length = at[AD_SCAN_LENGTH].as.i, .f = {.x = x}, .code = ad__region_sweep(x->region_code, 0)};
  x->region_code = NULL;
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
