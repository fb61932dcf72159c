/* Reworking regions. See rework.h. */
#include "transform/rework.h"

#include <adamant/ops.h>
#include "ops/apply.h"

/* ---- Begin and end ---- */

void ad__rework_begin(ad_rework *w, ad_ctx *c, ad_graph *g) {
  int n = g->params.count, m = g->results.count;
  size_t k = (size_t)(n + m + 1);
  *w = (ad_rework){.ctx = c, .building = c->building, .n = n, .m = m};
  c->building = NULL;
  c->tracing++;
  c->keep_graphs++;
  w->since = ad__trace_start(c);
  w->bytes = k * (4 * sizeof(ad_array *) + 2 * sizeof(bool));
  w->block = ad__mem_zeroed(&c->mem, w->bytes);
  if (!w->block) {
    w->error = c->out_of_memory;
    return;
  }
  w->p = w->block;
  w->d = w->p + k;
  w->y = w->d + k;
  w->out = w->y + k;
  w->active = (bool *)(w->out + k);
  w->batched = w->active + k;
  for (int i = 0; i < n && !w->error; i++) w->p[i] = ad__rework_new(w, g->params.at[i]->type);
  if (!w->error) w->error = ad__region_call(c, g, w->p, n, w->y);
}

void ad__rework_end(ad_rework *w) {
  w->ctx->building = w->building;
  w->ctx->tracing--;
  w->ctx->keep_graphs--;
  ad__mem_give(&w->ctx->mem, w->block, w->block ? w->bytes : 0);
}

ad_array *ad__rework_new(ad_rework *w, const ad_type *type) {
  ad_array *a = ad__traced_new(w->ctx, w->ctx->rule_where, type, "a region");
  if (ad__is_error(a)) w->error = a;
  return a;
}

ad_array *ad__rework_companion(ad_rework *w, int i) {
  if (!w->d[i] && !w->error) w->d[i] = ad__rework_new(w, w->p[i]->type);
  return w->d[i];
}

/* ---- Walkers, until the active states are known ---- */

static int active_params(ad_rework *w, ad_handles *xs, ad_handles *ds) {
  ad__handles_init(xs, w->ctx);
  ad__handles_init(ds, w->ctx);
  for (int i = 0; i < w->n && !w->error; i++)
    if (w->active[i] && (!ad__handles_add(xs, w->p[i]) || !ad__handles_add(ds, ad__rework_companion(w, i))))
      w->error = w->ctx->out_of_memory;
  return xs->count;
}

void ad__rework_jvp(ad_rework *w, int states) {
  for (bool more = !w->error; more && !w->error;) {
    ad_handles xs, ts;
    more = false;
    active_params(w, &xs, &ts);
    if (!w->error) ad__jvp(w->ctx, w->y, w->m, xs.at, ts.at, xs.count, w->out, &w->error);
    ad__handles_free(&xs);
    ad__handles_free(&ts);
    for (int i = 0; i < states && !w->error; i++)
      if (w->out[i] && !w->active[i] && ad__is_inexact(w->p[i]->type)) more = w->active[i] = true;
  }
}

void ad__rework_vjp(ad_rework *w, int states, ad_array **cts) {
  for (bool more = !w->error; more && !w->error;) {
    more = false;
    for (int i = 0; i < states && !w->error; i++) cts[i] = w->active[i] ? ad__rework_companion(w, i) : NULL;
    if (!w->error) ad__vjp(w->ctx, w->y, cts, w->m, w->p, w->n, w->out, &w->error);
    for (int i = 0; i < states && !w->error; i++)
      if (w->out[i] && !w->active[i] && ad__is_inexact(w->p[i]->type)) more = w->active[i] = true;
  }
}

static const ad_type *batched_type(ad_ctx *c, const ad_type *t, int64_t size, ad_err *e) {
  int64_t dims[AD_MAX_RANK + 1] = {size};
  for (int i = 0; i < t->rank; i++) dims[i + 1] = t->dims[i];
  return ad__type_tensor(c, t->dtype, t->rank + 1, dims, e);
}

static void make_batches(ad_rework *w, int64_t size) {
  ad_err e;
  for (int i = 0; i < w->n && !w->error; i++) {
    if (!w->active[i] || w->d[i]) continue;
    const ad_type *t = batched_type(w->ctx, w->p[i]->type, size, &e);
    if (t) w->d[i] = ad__rework_new(w, t);
    else w->error = ad__scope_take_error(ad__node_error(w->ctx, w->ctx->rule_where, NULL, e.code, e.text));
  }
}

void ad__rework_batch(ad_rework *w, int states, ad_array *extra, int64_t size) {
  int first = extra ? 1 : 0;
  for (bool more = !w->error; more && !w->error;) {
    ad_handles xs, bs, ys;
    more = false;
    make_batches(w, size);
    active_params(w, &xs, &bs);
    ad__handles_init(&ys, w->ctx);
    if (extra) ad__handles_add(&ys, extra);
    for (int i = 0; i < w->m; i++) ad__handles_add(&ys, w->y[i]);
    if (ys.failed) w->error = w->ctx->out_of_memory;
    if (!w->error)
      ad__batch(w->ctx, ys.at, ys.count, xs.at, bs.at, xs.count, size, w->out, w->batched, &w->error);
    ad__handles_free(&xs);
    ad__handles_free(&bs);
    ad__handles_free(&ys);
    for (int i = 0; i < states && !w->error; i++) {
      bool batched = w->batched[first + i] || (extra && w->batched[0]);
      if (batched && !w->active[i]) more = w->active[i] = true;
    }
  }
}

/* ---- The new node ---- */

ad_array *ad__handles_tuple(const ad_handles *l) { return l->failed ? l->ctx->out_of_memory : ad_tuple(l->ctx, l->at, l->count); }

ad_array *ad__choose(ad_array *mask, ad_array *a, ad_array *b) {
  int64_t dims[AD_MAX_RANK] = {ad_array_dim(mask, 0)};
  int rank = ad_array_rank(a);
  for (int i = 1; i < rank; i++) dims[i] = 1;
  return ad_where(ad_reshape(mask, (ad_shape){rank, dims}), a, b);
}

static ad_array *failed_graph(const ad_rework *w, const ad_graph *g) {
  return ad__scope_take_error(ad__node_error(w->ctx, w->ctx->rule_where, NULL, g->error, g->error_text));
}

ad_array *ad__rework_apply(ad_rework *w, const ad_op *op, const ad_handles *operands, ad_array *last, const ad_new_region *regions,
                           int n_regions, ad_attr *attrs) {
  ad_handles captures, in;
  ad_graph *graphs[2] = {NULL, NULL};
  ad__handles_init(&captures, w->ctx);
  ad__handles_init(&in, w->ctx);
  bool ok = !w->error && !operands->failed;
  for (int k = 0; k < n_regions && ok; k++) {
    const ad_new_region *r = &regions[k];
    ok = !r->params->failed && !r->results->failed &&
         ad__region_collect(&captures, r->params->at, r->params->count, r->results->at, r->results->count, w->since);
  }
  for (int k = 0; k < n_regions && ok; k++) {
    const ad_new_region *r = &regions[k];
    graphs[k] = ad__region_trace(&captures, op->fields[k].name, r->params->at, r->params->count, r->results->at, r->results->count, w->since);
    if (graphs[k]->error && !w->error) w->error = failed_graph(w, graphs[k]);
    attrs[k] = ad_attr_graph(graphs[k]);
  }
  for (int i = 0; i < operands->count && ok; i++) ok = ad__handles_add(&in, operands->at[i]);
  for (int i = 0; i < captures.count && ok; i++) ok = ad__handles_add(&in, captures.at[i]);
  if (last && ok) ok = ad__handles_add(&in, last);
  if (!ok && !w->error) w->error = w->ctx->out_of_memory;
  w->ctx->building = w->building;
  ad_array *y = w->error ? w->error : ad_apply(w->ctx, w->ctx->rule_where, op, in.at, in.count, attrs);
  w->ctx->building = NULL;
  for (int k = 0; k < n_regions; k++)
    if (graphs[k]) ad_graph_free(graphs[k]);
  ad__handles_free(&in);
  ad__handles_free(&captures);
  if (ad__is_error(y)) w->error = y;
  return y;
}
