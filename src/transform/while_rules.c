/* Derivatives and batching of while_loop: loops again, with more states or more sweeps. See src/ops/regions.c.
 *
 *   jvp    every active state of a sweep is followed by its tangent
 *   vjp    the sweeps are followed by as many more in reverse order, each the transpose of one: its states are the cotangents
 *          of that one's states. They run against each other's direction, so the order of steps comes out right by itself. The
 *          cotangents of captures are summed in the last one, which sees all the others. A loop that has not
 *          been run yet is told to save what these sweeps read, and they resume from its record
 *   batch  states get a batch axis; where the condition differs along the batch, steps go on until it is false everywhere, and
 *          an element keeps its states from where its own condition is false */
#include <adamant/ops.h>
#include <string.h>
#include "ops/apply.h"
#include "ops/registry.h"
#include "transform/rework.h"

typedef struct loop {
  ad_rework w;
  const ad_rule *r;
  const ad_attr *sweeps;
  int states;             /* of all sweeps; operands behind them are captures, and perhaps a record */
  ad_handles params, results, operands; /* of the new loop */
  ad_handles cond_params;
  ad_handles test;        /* what the new condition gives */
  ad_array *given;        /* what the old condition gives on the arguments */
} loop;

static int sweep_size(const loop *l, int k) { return (int)l->sweeps->as.ints[k]; }

/* The old condition on the arguments. */
static ad_array *condition(loop *l) {
  ad_rework *w = &l->w;
  ad_handles in;
  ad_array *y = NULL;
  ad__handles_init(&in, w->ctx);
  for (int i = 0; i < sweep_size(l, 0); i++) ad__handles_add(&in, w->p[i]);
  for (int i = l->states; i < w->n; i++) ad__handles_add(&in, w->p[i]);
  if (in.failed) w->error = w->ctx->out_of_memory;
  if (!w->error) w->error = ad__region_call(w->ctx, ad__region_of(l->r->attrs, AD_WHILE_COND), in.at, in.count, &y);
  ad__handles_free(&in);
  return y;
}

static void begin(loop *l, const ad_rule *r) {
  l->r = r;
  l->sweeps = &r->attrs[AD_WHILE_SWEEPS];
  l->states = 0;
  for (int k = 0; k < l->sweeps->count; k++) l->states += sweep_size(l, k);
  ad_handles *lists[] = {&l->params, &l->results, &l->operands, &l->cond_params, &l->test};
  for (int k = 0; k < 5; k++) ad__handles_init(lists[k], r->ctx);
  ad__rework_begin(&l->w, r->ctx, ad__region_of(r->attrs, AD_WHILE_BODY));
  l->given = l->w.error ? NULL : condition(l);
}

static ad_array *end(loop *l, ad_array *y) {
  ad_handles *lists[] = {&l->params, &l->results, &l->operands, &l->cond_params, &l->test};
  for (int k = 0; k < 5; k++) ad__handles_free(lists[k]);
  ad__rework_end(&l->w);
  return y;
}

/* A state: its argument, what becomes of it, what it begins with. first: of the first sweep, which the condition sees. */
static void add_state(loop *l, bool first, ad_array *p, ad_array *next, ad_array *begins) {
  ad__handles_add(&l->params, p);
  ad__handles_add(&l->results, next);
  ad__handles_add(&l->operands, begins);
  if (first) ad__handles_add(&l->cond_params, p);
}

static void add_capture(loop *l, ad_array *p, ad_array *value) {
  ad__handles_add(&l->params, p);
  ad__handles_add(&l->operands, value);
  ad__handles_add(&l->cond_params, p);
}

/* record: what the loop resumes from, after so many sweeps; may be NULL. */
static ad_array *apply(loop *l, ad_array *test, const int64_t *sweeps, int count, ad_attr saves, ad_array *record, int resumes) {
  ad__handles_add(&l->test, test);
  ad_attr at[AD_WHILE_FIELDS] = {{0}};
  at[AD_WHILE_SWEEPS] = ad_attr_ints((ad_ints){true, count, sweeps});
  at[AD_WHILE_SAVES] = saves;
  if (record) at[AD_WHILE_RESUMES] = ad_attr_int(AD_INT(resumes));
  const ad_new_region regions[] = {{&l->cond_params, &l->test}, {&l->params, &l->results}};
  return ad__rework_apply(&l->w, &ad__op_while_loop, &l->operands, record, regions, 2, at);
}

/* ---- Records ---- */

/* The operand that is a record; NULL when there is none. */
static ad_array *record_given(const ad_rule *r) { return r->attrs[AD_WHILE_RESUMES].given ? r->in[r->n - 1] : NULL; }

/* What the gradient of a loop resumes from; NULL where the loop cannot be told any more what to save. */
static ad_array *record_of(ad_array *node) {
  if (node->state != AD_LAZY || (node->flags & AD_NODE_GRAPH)) return NULL;
  return ad_apply(node->ctx, node->where, &ad__op_loop_record, &node, 1, NULL);
}

/* Which nodes the results of a loop's body from `first` on need. */
static void mark_needed(const ad_graph *body, int first, bool *needed) {
  memset(needed, 0, (size_t)body->nodes.count);
  for (int i = first; i < body->results.count; i++) needed[body->results.at[i]->serial] = true;
  for (int i = body->nodes.count; i-- > 0;)
    for (int k = 0; needed[i] && k < body->nodes.at[i]->n; k++)
      if (body->nodes.at[i]->in[k]) needed[body->nodes.at[i]->in[k]->serial] = true;
}

/* Has a loop that was not run yet save these states too. Its value stays what it is. Returns an error array, or NULL. */
static ad_array *add_saves(ad_array *node, const int64_t *more, int count) {
  ad_ctx *c = node->ctx;
  const ad_attr *old = &node->attrs->at[AD_WHILE_SAVES];
  int n = old->given ? old->count : 0;
  size_t bytes = ((size_t)n + (size_t)count + 1) * sizeof(int64_t);
  int64_t *all = ad__mem_take(&c->mem, bytes);
  if (!all) return c->out_of_memory;
  for (int i = 0; i < n; i++) all[i] = old->as.ints[i];
  for (int k = 0; k < count; k++) {
    bool there = false;
    for (int i = 0; i < n && !there; i++) there = all[i] == more[k];
    if (!there) all[n++] = more[k];
  }
  ad_attr at[AD_WHILE_FIELDS];
  memcpy(at, node->attrs->at, sizeof at);
  at[AD_WHILE_SAVES] = ad_attr_ints((ad_ints){true, n, all});
  ad_attrs *attrs = ad__attrs_copy_for(c, node->op, at);
  ad__mem_give(&c->mem, all, bytes);
  if (!attrs) return c->out_of_memory;
  ad__attrs_free(c, node->op, node->attrs);
  node->attrs = attrs;
  return NULL;
}

/* Tells a loop, and the one that it resumes itself, to save what the further sweeps of its gradient read. */
static ad_array *save_for(ad_array *node, const ad_array *gradient) {
  ad_ctx *c = node->ctx;
  const ad_graph *body = ad__region_of(gradient->attrs->at, AD_WHILE_BODY);
  size_t bytes = ((size_t)body->params.count + 1) * sizeof(int64_t) + (size_t)body->nodes.count;
  int64_t *states = ad__mem_zeroed(&c->mem, bytes);
  if (!states) return c->out_of_memory;
  bool *needed = (bool *)(states + body->params.count + 1);
  ad_array *error = NULL;
  mark_needed(body, node->type->rank, needed);
  for (ad_array *l = node; l && !error;) {
    int count = 0;
    for (int i = 0; i < l->type->rank; i++)
      if (needed[body->params.at[i]->serial]) states[count++] = i;
    error = add_saves(l, states, count);
    ad_array *record = l->attrs->at[AD_WHILE_RESUMES].given ? l->in[l->n - 1] : NULL;
    l = record && record->op == &ad__op_loop_record && record->in[0] && record->in[0]->state == AD_LAZY ? record->in[0] : NULL;
  }
  ad__mem_give(&c->mem, states, bytes);
  return error;
}

/* ---- jvp ---- */

static ad_array *while_jvp(const ad_rule *r, ad_array *const *ts) {
  loop l;
  begin(&l, r);
  ad_rework *w = &l.w;
  ad_array **tangents = ad__mem_zeroed(&r->ctx->mem, ((size_t)l.states + 1) * sizeof *tangents);
  int64_t *sweeps = ad__mem_zeroed(&r->ctx->mem, (size_t)l.sweeps->count * sizeof *sweeps);
  if (!tangents || !sweeps) w->error = r->ctx->out_of_memory;
  for (int i = 0; i < w->n && !w->error; i++) w->active[i] = ts[i] && ad__is_inexact(w->p[i]->type);
  ad__rework_jvp(w, l.states);
  for (int k = 0, i = 0; k < l.sweeps->count && !w->error; k++) {
    for (int end_of = i + sweep_size(&l, k), j = i; j < end_of; j++) add_state(&l, k == 0, w->p[j], w->y[j], r->in[j]), sweeps[k]++;
    for (int end_of = i + sweep_size(&l, k); i < end_of; i++)
      if (w->active[i])
        add_state(&l, k == 0, w->d[i], ad__or_zeros(w->out[i], w->p[i]), ad__or_zeros(ts[i], r->in[i])),
            sweeps[k]++;
  }
  for (int i = l.states; i < w->n && !w->error; i++) add_capture(&l, w->p[i], r->in[i]);
  for (int i = l.states; i < w->n && !w->error; i++)
    if (w->active[i]) add_capture(&l, w->d[i], ts[i]);
  ad_array *y = w->error ? w->error : apply(&l, l.given, sweeps, l.sweeps->count, (ad_attr){0}, NULL, 0);
  /* The tangents among the results: in each sweep behind its states. */
  for (int k = 0, i = 0, at = 0; k < l.sweeps->count && !w->error; k++) {
    at += sweep_size(&l, k);
    for (int end_of = i + sweep_size(&l, k); i < end_of; i++) tangents[i] = w->active[i] ? ad_item(y, at++) : ad__zeros_of(r->in[i]);
  }
  if (!w->error) y = ad_tuple(r->ctx, tangents, l.states);
  ad__mem_give(&r->ctx->mem, sweeps, sweeps ? (size_t)l.sweeps->count * sizeof *sweeps : 0);
  ad__mem_give(&r->ctx->mem, tangents, tangents ? ((size_t)l.states + 1) * sizeof *tangents : 0);
  return end(&l, y);
}

/* ---- vjp ---- */

/* The first state of a sweep. */
static int sweep_first(const loop *l, int k) {
  int first = 0;
  for (int i = 0; i < k; i++) first += sweep_size(l, i);
  return first;
}

/* The transposed sweeps: cotangents of the states, and in the last one those of the captures. */
static void add_transposed(loop *l, ad_array *const *cts, const bool *wanted, int64_t *sweeps) {
  ad_rework *w = &l->w;
  int count = l->sweeps->count;
  for (int k = count; k-- > 0;) {
    int64_t *size = &sweeps[2 * count - 1 - k];
    for (int i = sweep_first(l, k), j = 0; j < sweep_size(l, k) && !w->error; i++, j++)
      if (w->active[i])
        add_state(l, false, w->d[i], ad__or_zeros(w->out[i], w->p[i]), ad__or_zeros(cts[i], w->p[i])), ++*size;
  }
  for (int i = l->states; i < w->n && !w->error; i++) {
    w->active[i] = wanted[i] && w->out[i] && ad__is_inexact(w->p[i]->type);
    if (!w->active[i]) continue;
    ad_array *sum = ad__rework_new(w, w->p[i]->type);
    add_state(l, false, sum, ad_add(sum, w->out[i]), ad__zeros_of(w->p[i]));
    sweeps[2 * count - 1]++;
  }
}

/* Picks the cotangents among the results, in the order they were added. */
static void take_gradients(const loop *l, ad_array *y, const bool *wanted, ad_array **grads) {
  int at = l->states;
  for (int k = l->sweeps->count; k-- > 0;)
    for (int i = sweep_first(l, k), j = 0; j < sweep_size(l, k); i++, j++)
      if (l->w.active[i]) {
        if (wanted[i]) grads[i] = ad_item(y, at);
        at++;
      }
  for (int i = l->states; i < l->w.n; i++)
    if (l->w.active[i]) grads[i] = ad_item(y, at++);
}

static ad_array *while_vjp(const ad_rule *r, ad_array *const *cts, const bool *wanted, ad_array **grads) {
  loop l;
  begin(&l, r);
  ad_rework *w = &l.w;
  int count = l.sweeps->count;
  ad_array **given = ad__mem_zeroed(&r->ctx->mem, ((size_t)l.states + 1) * sizeof *given);
  int64_t *sweeps = ad__mem_zeroed(&r->ctx->mem, (size_t)count * 2 * sizeof *sweeps);
  if (!given || !sweeps) w->error = r->ctx->out_of_memory;
  for (int i = 0; i < l.states && !w->error; i++) w->active[i] = cts[i] && ad__is_inexact(w->p[i]->type);
  ad__rework_vjp(w, l.states, given);
  for (int i = 0; i < l.states && !w->error; i++) add_state(&l, i < sweep_size(&l, 0), w->p[i], w->y[i], r->in[i]);
  for (int k = 0; k < count && !w->error; k++) sweeps[k] = sweep_size(&l, k);
  if (!w->error) add_transposed(&l, cts, wanted, sweeps);
  for (int i = l.states; i < w->n && !w->error; i++) add_capture(&l, w->p[i], r->in[i]);
  ad_array *record = w->error ? NULL : record_of(r->out);
  if (record && ad__is_error(record)) w->error = record;
  ad_array *y = w->error ? w->error : apply(&l, l.given, sweeps, 2 * count, (ad_attr){0}, record, count);
  if (!w->error) take_gradients(&l, y, wanted, grads);
  if (!w->error && record) w->error = save_for(r->out, y); /* last: the rule's attributes are replaced */
  ad__mem_give(&r->ctx->mem, sweeps, sweeps ? (size_t)count * 2 * sizeof *sweeps : 0);
  ad__mem_give(&r->ctx->mem, given, given ? ((size_t)l.states + 1) * sizeof *given : 0);
  return end(&l, w->error);
}

/* ---- batch ---- */

static ad_array *next_state(loop *l, int i, int64_t size) {
  ad_rework *w = &l->w;
  ad_array *y = w->out[1 + i];
  if (!w->active[i]) return y;
  if (!w->batched[1 + i]) y = ad__batch_spread(y, size);
  return w->batched[0] ? ad__choose(w->out[0], y, w->d[i]) : y;
}

static ad_array *while_batch(const ad_rule *r, const bool *batched, int64_t size) {
  loop l;
  begin(&l, r);
  ad_rework *w = &l.w;
  for (int i = 0; i < w->n && !w->error; i++) w->active[i] = batched[i];
  ad__rework_batch(w, l.states, l.given, size);
  for (int i = 0; i < l.states && !w->error; i++) {
    bool b = w->active[i];
    add_state(&l, i < sweep_size(&l, 0), b ? w->d[i] : w->p[i], next_state(&l, i, size),
              b && !batched[i] ? ad__batch_spread(r->in[i], size) : r->in[i]);
  }
  for (int i = l.states; i < w->n && !w->error; i++) add_capture(&l, w->active[i] ? w->d[i] : w->p[i], r->in[i]);
  ad_array *test = w->error ? NULL : w->batched[0] ? ad_any(w->out[0], NULL) : w->out[0];
  ad_array *y = w->error ? w->error : apply(&l, test, l.sweeps->as.ints, l.sweeps->count, r->attrs[AD_WHILE_SAVES], record_given(r),
                                            (int)r->attrs[AD_WHILE_RESUMES].as.i);
  ad_array **items = ad__mem_zeroed(&r->ctx->mem, ((size_t)l.states + 1) * sizeof *items);
  if (!items) w->error = r->ctx->out_of_memory;
  for (int i = 0; i < l.states && !w->error; i++) {
    items[i] = ad_item(y, i);
    if (!w->active[i]) items[i] = ad__batch_spread(items[i], size);
  }
  y = w->error ? w->error : ad_tuple(r->ctx, items, l.states);
  ad__mem_give(&r->ctx->mem, items, items ? ((size_t)l.states + 1) * sizeof *items : 0);
  return end(&l, y);
}

const ad_whole_rules ad__while_rules = {while_vjp, while_jvp, while_batch};
