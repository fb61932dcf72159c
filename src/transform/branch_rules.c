/* Derivatives and batching of cond and checkpoint: nodes of the same op, whose regions do what the walkers say; and of
 * functions with rules of their own, which are asked.
 *
 *   cond        the taken branch is computed again in its derivative; where the predicate differs along a batch, both
 *               branches are computed and chosen from
 *   checkpoint  the backward pass runs the body again, on operands that a barrier ties to the cotangents, so that it
 *               cannot run before they are there */
#include <adamant/ops.h>
#include "ops/apply.h"
#include "ops/registry.h"
#include "transform/rework.h"

/* The members of a node's result, in the scope. */
static ad_array *member(const ad_rule *r, int i) { return ad_item(r->out, i); }

/* ---- cond ---- */

enum { BRANCHES = 2 };

typedef struct branches {
  ad_rework w[BRANCHES];
  ad_handles params[BRANCHES], results[BRANCHES], operands;
  ad_array *error;
} branches;

static void branches_begin(branches *b, const ad_rule *r) {
  ad__handles_init(&b->operands, r->ctx);
  for (int k = 0; k < BRANCHES; k++) {
    ad__handles_init(&b->params[k], r->ctx);
    ad__handles_init(&b->results[k], r->ctx);
    ad__rework_begin(&b->w[k], r->ctx, ad__region_of(r->attrs, k));
  }
  /* One start for both, so that neither takes what the other made for something from outside. */
  b->w[1].since = b->w[0].since;
  b->error = b->w[0].error ? b->w[0].error : b->w[1].error;
}

static void branches_end(branches *b) {
  for (int k = BRANCHES; k-- > 0;) {
    ad__rework_end(&b->w[k]);
    ad__handles_free(&b->params[k]);
    ad__handles_free(&b->results[k]);
  }
  ad__handles_free(&b->operands);
}

static ad_array *branches_apply(branches *b, const ad_rule *r, ad_array *pred) {
  ad_handles in;
  ad_attr at[BRANCHES];
  ad__handles_init(&in, r->ctx);
  ad__handles_add(&in, pred);
  in.failed |= b->operands.failed;
  for (int i = 0; i < b->operands.count; i++) ad__handles_add(&in, b->operands.at[i]);
  const ad_new_region regions[] = {{&b->params[0], &b->results[0]}, {&b->params[1], &b->results[1]}};
  ad_array *y = ad__rework_apply(&b->w[0], &ad__op_cond, &in, NULL, regions, BRANCHES, at);
  ad__handles_free(&in);
  if (ad__is_error(y)) b->error = y;
  return y;
}

static ad_array *cond_jvp(const ad_rule *r, ad_array *const *ts) {
  branches b;
  ad_handles items;
  branches_begin(&b, r);
  ad__handles_init(&items, r->ctx);
  int n = b.w[0].n, m = b.w[0].m;
  for (int k = 0; k < BRANCHES && !b.error; k++) {
    ad_rework *w = &b.w[k];
    for (int i = 0; i < n; i++) w->active[i] = ts[1 + i] && ad__is_inexact(w->p[i]->type);
    ad__rework_jvp(w, 0);
    b.error = w->error;
    for (int i = 0; i < n && !b.error; i++) ad__handles_add(&b.params[k], w->p[i]);
    for (int i = 0; i < n && !b.error; i++)
      if (w->active[i]) ad__handles_add(&b.params[k], w->d[i]);
  }
  for (int i = 0; i < n && !b.error; i++) ad__handles_add(&b.operands, r->in[1 + i]);
  for (int i = 0; i < n && !b.error; i++)
    if (b.w[0].active[i]) ad__handles_add(&b.operands, ts[1 + i]);
  for (int i = 0; i < m && !b.error; i++) {
    if (!b.w[0].out[i] && !b.w[1].out[i]) continue;
    for (int k = 0; k < BRANCHES; k++) ad__handles_add(&b.results[k], ad__or_zeros(b.w[k].out[i], b.w[k].y[i]));
  }
  ad_array *y = b.error ? b.error : branches_apply(&b, r, r->in[0]);
  for (int i = 0, at = 0; i < m && !b.error; i++) {
    bool some = b.w[0].out[i] || b.w[1].out[i];
    ad__handles_add(&items, some ? ad_item(y, at++) : ad__zeros_of(member(r, i)));
  }
  if (!b.error) y = ad__handles_tuple(&items);
  ad__handles_free(&items);
  branches_end(&b);
  return y;
}

/* One branch of the transpose: its arguments, then cotangents of the results that have one. */
static ad_array *transpose_branch(branches *b, int k, ad_array *const *cts) {
  ad_rework *w = &b->w[k];
  size_t bytes = ((size_t)w->m + 1) * sizeof(ad_array *);
  ad_array **given = ad__mem_zeroed(&w->ctx->mem, bytes);
  if (!given) return w->ctx->out_of_memory;
  for (int i = 0; i < w->n; i++) ad__handles_add(&b->params[k], w->p[i]);
  for (int i = 0; i < w->m && !w->error; i++)
    if (cts[i]) ad__handles_add(&b->params[k], given[i] = ad__rework_new(w, w->y[i]->type));
  ad__rework_vjp(w, 0, given);
  ad__mem_give(&w->ctx->mem, given, bytes);
  return w->error;
}

static ad_array *cond_vjp(const ad_rule *r, ad_array *const *cts, const bool *wanted, ad_array **grads) {
  branches b;
  branches_begin(&b, r);
  int n = b.w[0].n, m = b.w[0].m;
  for (int k = 0; k < BRANCHES && !b.error; k++) b.error = transpose_branch(&b, k, cts);
  for (int i = 0; i < n && !b.error; i++) ad__handles_add(&b.operands, r->in[1 + i]);
  for (int i = 0; i < m && !b.error; i++)
    if (cts[i]) ad__handles_add(&b.operands, cts[i]);
  for (int i = 0; i < n && !b.error; i++) {
    bool some = wanted[1 + i] && (b.w[0].out[i] || b.w[1].out[i]);
    for (int k = 0; k < BRANCHES && some; k++) ad__handles_add(&b.results[k], ad__or_zeros(b.w[k].out[i], b.w[k].p[i]));
    b.w[0].active[i] = some;
  }
  if (!b.error && (b.results[0].failed || b.results[1].failed)) b.error = r->ctx->out_of_memory;
  ad_array *y = b.error || !b.results[0].count ? b.error : branches_apply(&b, r, r->in[0]);
  for (int i = 0, at = 0; i < n && !b.error; i++)
    if (b.w[0].active[i]) grads[1 + i] = ad_item(y, at++);
  branches_end(&b);
  return b.error;
}

/* Both branches on the operands themselves. */
static ad_array *batch_both(const ad_rule *r, const bool *batched, int64_t size) {
  ad_handles items[BRANCHES], xs, bs;
  int n = r->n - 1, m = ad__region_of(r->attrs, 0)->results.count;
  ad_array *error = NULL;
  ad__handles_init(&xs, r->ctx);
  ad__handles_init(&bs, r->ctx);
  for (int k = 0; k < BRANCHES; k++) {
    ad_rework w;
    ad__handles_init(&items[k], r->ctx);
    ad__rework_begin(&w, r->ctx, ad__region_of(r->attrs, k));
    xs.count = bs.count = 0;
    for (int i = 0; i < n && !w.error; i++) ad__handles_add(&xs, w.p[i]), ad__handles_add(&bs, batched[1 + i] ? r->in[1 + i] : ad__batch_spread(r->in[1 + i], size));
    if (!w.error && !xs.failed && !bs.failed) ad__batch(r->ctx, w.y, m, xs.at, bs.at, n, size, w.out, w.batched, &w.error);
    for (int i = 0; i < m && !w.error && !xs.failed && !bs.failed; i++) ad__handles_add(&items[k], w.batched[i] ? w.out[i] : ad__batch_spread(w.out[i], size));
    if (w.error) error = w.error;
    else if (xs.failed || bs.failed || items[k].failed) error = r->ctx->out_of_memory;
    ad__rework_end(&w);
  }
  for (int i = 0; i < m && !error; i++) items[0].at[i] = ad__choose(r->in[0], items[0].at[i], items[1].at[i]);
  ad_array *y = error ? error : ad_tuple(r->ctx, items[0].at, m);
  for (int k = 0; k < BRANCHES; k++) ad__handles_free(&items[k]);
  ad__handles_free(&xs);
  ad__handles_free(&bs);
  return y;
}

static ad_array *cond_batch(const ad_rule *r, const bool *batched, int64_t size) {
  if (batched[0]) return batch_both(r, batched, size);
  branches b;
  branches_begin(&b, r);
  int n = b.w[0].n, m = b.w[0].m;
  for (int k = 0; k < BRANCHES && !b.error; k++) {
    ad_rework *w = &b.w[k];
    for (int i = 0; i < n; i++) w->active[i] = batched[1 + i];
    ad__rework_batch(w, 0, NULL, size);
    b.error = w->error;
    for (int i = 0; i < n && !b.error; i++) ad__handles_add(&b.params[k], w->active[i] ? w->d[i] : w->p[i]);
    for (int i = 0; i < m && !b.error; i++) ad__handles_add(&b.results[k], w->batched[i] ? w->out[i] : ad__batch_spread(w->out[i], size));
  }
  for (int i = 0; i < n && !b.error; i++) ad__handles_add(&b.operands, r->in[1 + i]);
  ad_array *y = b.error ? b.error : branches_apply(&b, r, r->in[0]);
  branches_end(&b);
  return y;
}

const ad_whole_rules ad__cond_rules = {cond_vjp, cond_jvp, cond_batch};

/* ---- checkpoint ---- */

/* The operand, once every cotangent is there. */
static ad_array *tied(ad_array *x, ad_array *const *cts, int m) {
  ad_array *in[AD_INPUTS_ANY];
  int n = 0;
  in[n++] = x;
  for (int i = 0; i < m && n < AD_INPUTS_ANY; i++)
    if (cts[i]) in[n++] = cts[i];
  return ad_barrier(x->ctx, in, n);
}

static ad_array *checkpoint_vjp(const ad_rule *r, ad_array *const *cts, const bool *wanted, ad_array **grads) {
  ad_graph *g = ad__region_of(r->attrs, AD_CHECKPOINT_BODY);
  int m = g->results.count;
  (void)wanted;
  ad_handles in, ys;
  ad__handles_init(&in, r->ctx);
  ad__handles_init(&ys, r->ctx);
  ad_array *error = NULL;
  for (int i = 0; i < r->n; i++) ad__handles_add(&in, tied(r->in[i], cts, m));
  for (int i = 0; i < m; i++) ad__handles_add(&ys, NULL);
  if (in.failed || ys.failed) error = r->ctx->out_of_memory;
  if (!error) error = ad__region_call(r->ctx, g, in.at, in.count, ys.at);
  if (!error) ad__vjp(r->ctx, ys.at, cts, m, in.at, in.count, grads, &error);
  ad__handles_free(&in);
  ad__handles_free(&ys);
  return error;
}

/* Tangents are computed with the values, so there is nothing to compute again. */
static ad_array *checkpoint_jvp(const ad_rule *r, ad_array *const *ts) {
  ad_graph *g = ad__region_of(r->attrs, AD_CHECKPOINT_BODY);
  int m = g->results.count;
  ad_handles xs, given, ys, out;
  ad_handles *lists[] = {&xs, &given, &ys, &out};
  for (int k = 0; k < 4; k++) ad__handles_init(lists[k], r->ctx);
  for (int i = 0; i < r->n; i++) ad__handles_add(&xs, ad_barrier(r->ctx, &r->in[i], 1)), ad__handles_add(&given, ts[i]);
  for (int i = 0; i < m; i++) ad__handles_add(&ys, NULL), ad__handles_add(&out, NULL);
  ad_array *error = xs.failed || given.failed || ys.failed || out.failed ? r->ctx->out_of_memory : NULL;
  if (!error) error = ad__region_call(r->ctx, g, xs.at, xs.count, ys.at);
  if (!error) ad__jvp(r->ctx, ys.at, m, xs.at, given.at, xs.count, out.at, &error);
  for (int i = 0; i < m && !error; i++) out.at[i] = ad__or_zeros(out.at[i], ys.at[i]);
  ad_array *y = error ? error : ad__handles_tuple(&out);
  for (int k = 0; k < 4; k++) ad__handles_free(lists[k]);
  return y;
}

static ad_array *checkpoint_batch(const ad_rule *r, const bool *batched, int64_t size) {
  ad_rework w;
  ad_handles params, results, operands;
  ad_handles *lists[] = {&params, &results, &operands};
  for (int k = 0; k < 3; k++) ad__handles_init(lists[k], r->ctx);
  ad__rework_begin(&w, r->ctx, ad__region_of(r->attrs, AD_CHECKPOINT_BODY));
  for (int i = 0; i < w.n && !w.error; i++) w.active[i] = batched[i];
  ad__rework_batch(&w, 0, NULL, size);
  for (int i = 0; i < w.n && !w.error; i++) ad__handles_add(&params, w.active[i] ? w.d[i] : w.p[i]), ad__handles_add(&operands, r->in[i]);
  for (int i = 0; i < w.m && !w.error; i++) ad__handles_add(&results, w.batched[i] ? w.out[i] : ad__batch_spread(w.out[i], size));
  ad_attr at[1];
  const ad_new_region region = {&params, &results};
  ad_array *y = w.error ? w.error : ad__rework_apply(&w, &ad__op_checkpoint, &operands, NULL, &region, 1, at);
  ad__rework_end(&w);
  for (int k = 0; k < 3; k++) ad__handles_free(lists[k]);
  return y;
}

const ad_whole_rules ad__checkpoint_rules = {checkpoint_vjp, checkpoint_jvp, checkpoint_batch};

/* ---- Functions with rules of their own ---- */

static const ad_whole_rules *rules_of(const ad_rule *r) { return ((const ad_custom *)(const void *)r->in[0]->value.data)->rules; }

static ad_array *custom_vjp(const ad_rule *r, ad_array *const *cts, const bool *wanted, ad_array **grads) {
  return rules_of(r)->vjp(r, cts, wanted, grads);
}
static ad_array *custom_jvp(const ad_rule *r, ad_array *const *ts) { return rules_of(r)->jvp(r, ts); }
static ad_array *custom_batch(const ad_rule *r, const bool *batched, int64_t size) { return rules_of(r)->batch(r, batched, size); }

const ad_whole_rules ad__custom_rules = {custom_vjp, custom_jvp, custom_batch};
