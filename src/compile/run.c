/* Instances and running them.
 *
 * A run goes through the steps once. It asks for memory only for results, and for what kernels whose results are no plain
 * tensors take from the thread's cache, so a steady state makes no system call. Headers of places in the arena have so many
 * references that no kernel takes their memory over and none is ever freed: what lives how long is the plan's decision. */
#include "compile/run.h"

#include <string.h>
#include "compile/prologue.h"
#include "compile/native_plan.h"
#include "ir/ctx.h"
#include "runtime/elementwise.h"

enum { HELD = 1 << 30, ALIGN = 64 };

static size_t aligned(size_t n) { return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1); }

/* ---- Making ---- */

static size_t copy_bytes(const ad_array *a) { return (sizeof *a + (size_t)a->n * sizeof a->in[0] + 15) & ~(size_t)15; }

static void copy_nodes(ad_instance *f, char *at) {
  const ad_graph *g = f->plan->graph;
  for (int i = 0; i < g->nodes.count; i++) {
    const ad_array *a = g->nodes.at[i];
    ad_array *to = f->node[i] = (ad_array *)(void *)at;
    at += copy_bytes(a);
    memcpy(to, a, sizeof *a);
    to->value = a->flags & AD_NODE_CONST ? a->value : (ad_value){NULL, NULL, NULL};
    to->u.outs = NULL;
    to->expanded = NULL;
    for (int k = 0; k < a->n; k++) to->in[k] = a->in[k] ? f->node[a->in[k]->serial] : NULL;
  }
}

static void lay_values(ad_instance *f) {
  const ad_plan *p = f->plan;
  for (int i = 0; i < p->graph->nodes.count; i++) {
    if (p->lodging[i].lies != AD_LIES_ARENA) continue;
    char *data = (char *)f->arena->data + p->lodging[i].offset;
    f->places[i] = (ad_buffer){.size_class = AD_BUFFER_FOREIGN, .bytes = p->graph->nodes.at[i]->type->bytes, .data = data};
    atomic_init(&f->places[i].refs, HELD);
    f->node[i]->value = (ad_value){&f->places[i], data, NULL};
  }
}

static ad_array **lay_list(const ad_instance *f, const ad_list *l, ad_array ***at) {
  ad_array **out = *at;
  for (int k = 0; k < l->n; k++) out[k] = f->node[l->at[k]];
  *at += l->n;
  return out;
}

/* A view of what never moves never moves. */
static bool is_still(const ad_instance *f, const ad_array *a) {
  const ad_plan *p = f->plan;
  if (p->lodging[a->serial].lies != AD_LIES_SHARED || a->type->kind != AD_KIND_TENSOR || !a->n) return false;
  for (int k = 0; k < a->n; k++)
    if (!a->in[k] || !f->still[a->in[k]->serial]) return false;
  return true;
}

/* Computes the views that stay; what turns out to be a copy is done in every run. */
static bool stays(ad_exec *x, ad_instance *f, ad_array *a) {
  if (!is_still(f, a)) return false;
  if (ad__exec_node(x, a, 0)) {
    x->err.code = AD_OK;
    return false;
  }
  if (a->value.buf == a->in[0]->value.buf) return true;
  ad__value_free(x->cache, a->type, &a->value);
  return false;
}

static void lay_steps(ad_exec *x, ad_instance *f, ad_array **lists) {
  const ad_plan *p = f->plan;
  for (int i = 0; i < p->graph->nodes.count; i++)
    f->still[i] = p->lodging[i].lies == AD_LIES_ARENA || (p->graph->nodes.at[i]->flags & AD_NODE_CONST);
  for (int s = 0; s < p->n_steps; s++) {
    const ad_plan_step *plan = &p->steps[s];
    ad_array *a = f->node[plan->node];
    bool shared = plan->group < 0 && p->lodging[plan->node].lies == AD_LIES_SHARED;
    if (shared && stays(x, f, a)) {
      f->still[plan->node] = 1;
      continue;
    }
    ad_run_step *to = &f->steps[f->n_steps++];
    *to = (ad_run_step){.node = a, .plan = plan};
    if (plan->group < 0) {
      if (p->lodging[plan->node].lies == AD_LIES_ARENA) to->place = &f->places[plan->node];
      continue;
    }
    to->group = &p->grouping.groups[plan->group];
    to->in = lay_list(f, &to->group->in, &lists);
    to->out = lay_list(f, &to->group->out, &lists);
    if (to->group->folded && p->lodging[plan->node].lies == AD_LIES_ARENA) to->place = &f->places[plan->node];
    if (to->group->product >= 0) to->product = f->node[to->group->product];
    for (int k = 0; k < to->group->out.n; k++) to->owns |= p->lodging[to->group->out.at[k]].lies == AD_LIES_OWN;
  }
}

static size_t list_entries(const ad_plan *p) {
  size_t n = 1;
  for (int g = 0; g < p->grouping.count; g++) n += (size_t)(p->grouping.groups[g].in.n + p->grouping.groups[g].out.n);
  return n;
}

ad_instance *ad__instance_new(ad_exec *x, const ad_plan *p) {
  const ad_graph *g = p->graph;
  size_t n = (size_t)g->nodes.count + 1, copies = 0;
  for (int i = 0; i < g->nodes.count; i++) copies += copy_bytes(g->nodes.at[i]);
  size_t head = aligned(sizeof(ad_instance)), nodes = aligned(n * sizeof(ad_array *)), places = aligned(n * sizeof(ad_buffer));
  size_t steps = aligned(((size_t)p->n_steps + 1) * sizeof(ad_run_step)), lists = aligned(list_entries(p) * sizeof(ad_array *));
  size_t bytes = head + nodes + places + steps + lists + aligned(copies) + aligned(n);
  char *at = ad__mem_zeroed(&p->ctx->mem, bytes);
  ad_instance *f = (ad_instance *)(void *)at;
  if (!f) {
    ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory; a smaller graph or a larger limit would be right", bytes);
    return NULL;
  }
  *f = (ad_instance){.plan = p, .bytes = bytes};
  f->node = (ad_array **)(void *)(at += head);
  f->places = (ad_buffer *)(void *)(at += nodes);
  f->steps = (ad_run_step *)(void *)(at += places);
  ad_array **list = (ad_array **)(void *)(at += steps);
  char *copy = at += lists;
  f->arena = ad__buffer_take(x->cache, p->arena_bytes);
  if (!f->arena) {
    ad__mem_give(&p->ctx->mem, f, bytes);
    ad__fail(&x->err, AD_E_MEMORY, "%zu bytes for intermediates; out of memory; smaller arrays or a larger limit would be right", p->arena_bytes);
    return NULL;
  }
  copy_nodes(f, copy);
  lay_values(f);
  f->still = (uint8_t *)(copy + aligned(copies));
  lay_steps(x, f, list);
  return f;
}

static void let_go(ad_buffers *cache, ad_array *a) {
  if (a->u.outs) {
    for (int k = 0; k < a->type->rank; k++) ad__value_free(cache, a->type->members[k], &a->u.outs[k]);
    ad__block_give(&cache->blocks, a->u.outs, (size_t)a->type->rank * sizeof(ad_value));
    a->u.outs = NULL;
  }
  if (a->value.buf) ad__value_free(cache, a->type, &a->value);
}

void ad__instance_free(ad_instance *f, ad_buffers *cache) {
  const ad_plan *p = f->plan;
  for (int i = 0; i < p->graph->nodes.count; i++)
    if (p->lodging[i].lies == AD_LIES_SHARED) let_go(cache, f->node[i]);
  if (f->arena) ad__buffer_drop(cache, f->arena);
  ad__mem_give(&p->ctx->mem, f, f->bytes);
}

/* ---- Running ---- */

/* A kernel that took memory of its own for its result: the plan relies on where values lie. */
static void bring_home(ad_exec *x, ad_array *a, ad_buffer *place) {
  int64_t to[AD_MAX_RANK], from[AD_MAX_RANK];
  ad__type_strides(a->type, to);
  ad__copy_strided(x, a->type, place->data, to, a->value.data, ad__value_strides(a->type, &a->value, from));
  ad__value_free(x->cache, a->type, &a->value);
  a->value = (ad_value){place, place->data, NULL};
}

static const ad_plan_code *code_of(const ad_instance *f) {
  return atomic_load_explicit(&((ad_plan *)(uintptr_t)f->plan)->native, memory_order_acquire);
}

static ad_status run_node(ad_exec *x, const ad_run_step *s) {
  ad_array *a = s->node;
  if (!s->place) return ad__exec_node(x, a, 0);
  atomic_store_explicit(&s->place->refs, HELD, memory_order_relaxed);
  a->value = (ad_value){NULL, NULL, NULL};
  x->place = s->place;
  x->place_type = a->type;
  ad_status code = ad__exec_node(x, a, 0);
  x->place = NULL;
  if (!code && a->value.buf != s->place) bring_home(x, a, s->place);
  if (code) a->value = (ad_value){s->place, s->place->data, NULL};
  return code;
}

/* `given_up` is a step's `dying` without the compiled function itself, its first input. An array that is given twice is not given up:
 * it may be read as the other one later. */
static bool is_given_up(const ad_instance *f, int param) {
  if (!(param < 31 ? f->given_up >> param & 1 : f->operands[param]->flags & AD_NODE_DIES)) return false;
  for (int i = 0; i < f->plan->graph->params.count; i++)
    if (i != param && f->operands[i] == f->operands[param]) return false;
  return true;
}

/* Which parameter a node of the graph is. */
static int param_at(const ad_instance *f, int node) {
  const ad_graph *g = f->plan->graph;
  int i = 0;
  while (i < g->params.count && g->params.at[i]->serial != (uint64_t)node) i++;
  return i;
}

/* Memory for a result: an argument's that is given up and that nobody else uses, or new. */
static ad_status own_memory(ad_exec *x, const ad_instance *f, ad_array *a) {
  int donor = f->plan->lodging[a->serial].donor;
  const ad_value *v = donor >= 0 ? &f->node[donor]->value : NULL;
  bool taken = v && v->buf->size_class != AD_BUFFER_FOREIGN && !v->strides && v->data == v->buf->data &&
               atomic_load_explicit(&v->buf->refs, memory_order_acquire) == 1 && is_given_up(f, param_at(f, donor));
  if (!taken) return ad__value_new(x, a->type, &a->value);
  ad__buffer_keep(v->buf);
  a->value = *v;
  return AD_OK;
}

/* The group's reduction, with elements from the others. */
static ad_status run_folded(ad_exec *x, const ad_run_step *s) {
  ad_prologue source;
  ad_status code = ad__prologue_begin(x, s->group, s->in, &source);
  if (!code) {
    x->source = &source.source;
    code = run_node(x, s);
    x->source = NULL;
  }
  ad__prologue_end(x, s->group, s->in, &source);
  return code;
}

static ad_status run_group(ad_exec *x, const ad_instance *f, const ad_run_step *s) {
  if (s->group->folded) return run_folded(x, s);
  for (int k = 0; k < s->group->out.n && s->owns; k++) {
    ad_array *a = s->out[k];
    ad_status code = f->plan->lodging[a->serial].lies == AD_LIES_OWN ? own_memory(x, f, a) : AD_OK;
    if (code) return code;
  }
  const ad_plan_code *code = code_of(f);
  ad_native_group *native = code ? &code->groups[s->plan->group] : NULL;
  ad_native_fn fn = native ? atomic_load_explicit(&native->fn, memory_order_acquire) : NULL;
  if (s->product) return ad__epilogue_run(x, s->group, s->product, s->in, s->out, native, fn);
  if (fn && ad__native_group_run(x, native, fn, s->in, s->out)) return AD_OK;
  return ad__block_run(x, s->group, s->in, s->out);
}

/* After a step: values that are in no fixed place. */
static inline void release(ad_instance *f, ad_buffers *cache, const ad_run_step *s) {
  for (int k = 0; k < s->plan->freed.n; k++)
    if (!f->still[s->plan->freed.at[k]]) let_go(cache, f->node[s->plan->freed.at[k]]);
}

static void fail_here(ad_exec *x, const ad_array *a, ad_status code) {
  if (x->told) return;
  ad_err e = x->err;
  ad__fail(&x->err, code, "%s%s%s: %.800s", a->where ? a->where : "", a->where ? ": " : "", a->op->name, e.text);
  x->told = true;
}

static ad_status run_step(ad_exec *x, ad_instance *f, const ad_run_step *s) {
  const ad_plan_code *native = s->group ? NULL : code_of(f);
  x->region_code = native ? native->regions[s->plan - f->plan->steps] : NULL;
  ad_status code = s->group ? run_group(x, f, s) : run_node(x, s);
  if (code) fail_here(x, s->node, code);
  return code;
}

static ad_status run_watched(ad_exec *x, ad_instance *f, ad_run_watch *w) {
  bool times = atomic_load(&w->times), nans = atomic_load(&w->nans);
  double began = ad__watch_now();
  for (int k = 0; k < f->n_steps; k++) {
    const ad_run_step *s = &f->steps[k];
    ad_nan_look look;
    ad_status code = nans ? ad__nan_before(x, f, s, &look) : AD_OK;
    double t = times ? ad__watch_now() : 0;
    if (!code) code = run_step(x, f, s);
    if (times) ad__watch_step(w, (int)(s->plan - f->plan->steps), began, t, ad__watch_now());
    if (!code && nans) code = ad__nan_after(x, f, s, &look);
    if (code) return code;
    release(f, x->cache, s);
  }
  return AD_OK;
}

static ad_status run_steps(ad_exec *x, ad_instance *f) {
  for (const ad_run_step *s = f->steps, *end = s + f->n_steps; s < end; s++) {
    ad_status code = run_step(x, f, s);
    if (code) return code;
    if (s->plan->freed.n) release(f, x->cache, s);
  }
  return AD_OK;
}

/* Everything of this run that is not in the arena or given. */
static void end_run(ad_instance *f, ad_buffers *cache) {
  const ad_plan *p = f->plan;
  for (int k = 0; k < f->n_steps; k++) {
    const ad_run_step *s = &f->steps[k];
    if (!s->group && !s->place) let_go(cache, s->node);
    for (int i = 0; s->group && s->owns && i < s->group->out.n; i++)
      if (p->lodging[s->out[i]->serial].lies == AD_LIES_OWN) let_go(cache, s->out[i]);
  }
}

/* A result's value as the caller's own. */
static ad_status take_result(ad_exec *x, ad_instance *f, int i, ad_value *out) {
  const ad_graph *g = f->plan->graph;
  ad_array *a = f->node[g->results.at[i]->serial];
  return ad__value_view(x, a->type, &a->value, 0, a->value.strides, out);
}

ad_status ad__instance_run(ad_exec *x, ad_instance *f, ad_array *const *operands, uint32_t given_up, ad_value *results,
                           ad_run_watch *watch) {
  const ad_graph *g = f->plan->graph;
  f->operands = operands;
  f->given_up = given_up;
  for (int i = 0; i < g->params.count; i++) f->node[g->params.at[i]->serial]->value = operands[i]->value;
  bool watched = watch && (atomic_load_explicit(&watch->times, memory_order_relaxed) || atomic_load_explicit(&watch->nans, memory_order_relaxed));
  ad_status code = watched ? run_watched(x, f, watch) : run_steps(x, f);
  int taken = 0;
  while (!code && taken < g->results.count) {
    code = take_result(x, f, taken, &results[taken]);
    taken += !code;
  }
  for (int i = 0; code && i < taken; i++) ad__value_free(x->cache, g->results.at[i]->type, &results[i]);
  end_run(f, x->cache);
  return code;
}
