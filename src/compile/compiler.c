/* Units: from a traced graph to something that runs, found again by what it computes.
 *
 * Two makings of a function whose traces have the same nodes, types, attributes, constants and places share one unit, its plan and
 * its arenas. The instruction set and the threads are the context's, and so is what the key need not have. The compiler holds the newest so that a function made anew for every use is compiled once. */
#include "compile/compiler.h"

#include <adamant/ops.h>
#include <string.h>
#include "compile/pass.h"
#include "ops/apply.h"
#include "ops/graph_build.h"

enum { KEPT_UNITS = 64 };

/* ---- What a graph computes ---- */

static uint64_t graph_hash(const ad_graph *g) {
  uint64_t h = ad__hash_add(0, (uint64_t)g->nodes.count);
  for (int i = 0; i < g->nodes.count; i++) {
    const ad_array *a = g->nodes.at[i];
    ad__graph_fetch(g, i, 1);
    h = ad__hash_add(ad__hash_add(h, ad__node_hash(a)), (uint64_t)(uintptr_t)a->where);
    for (int k = 0; k < a->n; k++) h = ad__hash_add(h, a->in[k] ? a->in[k]->serial : UINT64_MAX);
  }
  for (int i = 0; i < g->results.count; i++) h = ad__hash_add(h, g->results.at[i]->serial);
  return h;
}

static bool same_lists(const ad_node_list *a, const ad_node_list *b) {
  if (a->count != b->count) return false;
  for (int i = 0; i < a->count; i++)
    if (a->at[i]->serial != b->at[i]->serial) return false;
  return true;
}

/* Constants with the same elements, wherever and however they lie. */
static bool same_elements(const ad_array *a, const ad_array *b) {
  ad_ctx *c = a->ctx;
  if (a->op != b->op || a->type != b->type || a->type->kind != AD_KIND_TENSOR || ((a->flags ^ b->flags) & AD_NODE_WEAK)) return false;
  ad_exec x = {.ctx = c, .cache = &c->buffers, .pool = c->pool, .kernels = ad__kernels_of(c->isa)};
  ad_value for_a, for_b;
  const char *p = ad__value_contiguous_data(&x, a, &for_a), *q = p ? ad__value_contiguous_data(&x, b, &for_b) : NULL;
  bool same = q && memcmp(p, q, a->type->bytes) == 0;
  if (p) ad__value_free(&c->buffers, a->type, &for_a);
  if (q) ad__value_free(&c->buffers, b->type, &for_b);
  return same;
}

static bool same_node(const ad_array *a, const ad_array *b, bool elements) {
  bool constants = elements && (a->flags & b->flags & AD_NODE_CONST);
  if (a->n != b->n || !(ad__node_same(a, b) || (constants && same_elements(a, b)))) return false;
  for (int k = 0; k < a->n; k++)
    if (!a->in[k] != !b->in[k] || (a->in[k] && a->in[k]->serial != b->in[k]->serial)) return false;
  return true;
}

bool ad__graph_same(const ad_graph *a, const ad_graph *b, bool elements) {
  if (a->nodes.count != b->nodes.count || !same_lists(&a->results, &b->results) || !same_lists(&a->params, &b->params)) return false;
  for (int i = 0; i < a->nodes.count; i++)
    if (!same_node(a->nodes.at[i], b->nodes.at[i], elements)) return false;
  return true;
}

/* Of the same lines of the program: errors of a plan name them. */
static bool same_places(const ad_graph *a, const ad_graph *b) {
  for (int i = 0; i < a->nodes.count; i++)
    if (a->nodes.at[i]->where != b->nodes.at[i]->where) return false;
  return true;
}

/* ---- The compiler ---- */

static void compiler_end(ad_ctx *c) {
  ad_compiler *k = c->compiler;
  c->end_compiler = NULL;
  for (ad_plan_unit *u = k->units, *next; u; u = next) {
    next = u->next;
    ad__node_drop(u->handle);
  }
  c->compiler = NULL;
  ad__mem_give(&c->mem, k, sizeof *k);
}

ad_compiler *ad__compiler_of(ad_ctx *c) {
  if (c->compiler) return c->compiler;
  ad_compiler *k = ad__mem_zeroed(&c->mem, sizeof *k);
  if (!k) return NULL;
  if (!ad__rules_read(c, &k->rules)) {
    ad__mem_give(&c->mem, k, sizeof *k);
    return NULL;
  }
  c->end_compiler = compiler_end;
  return c->compiler = k;
}

static void keep_newest(ad_compiler *k, ad_plan_unit *u) {
  ad__node_keep(u->handle);
  u->next = k->units;
  k->units = u;
  if (++k->count <= KEPT_UNITS) return;
  ad_plan_unit **last = &k->units;
  while ((*last)->next) last = &(*last)->next;
  ad_plan_unit *old = *last;
  *last = NULL;
  k->count--;
  ad__node_drop(old->handle);
}

/* ---- Running ---- */

static ad_instance *take_instance(ad_exec *x, ad_plan_unit *u) {
  for (int i = 0; i < AD_UNIT_INSTANCES; i++) {
    ad_instance *f = atomic_load_explicit(&u->idle[i], memory_order_relaxed) ? atomic_exchange(&u->idle[i], NULL) : NULL;
    if (f) return f;
  }
  return ad__instance_new(x, u->plan);
}

static void give_instance(ad_exec *x, ad_plan_unit *u, ad_instance *f) {
  for (int i = 0; i < AD_UNIT_INSTANCES; i++) {
    ad_instance *none = NULL;
    if (atomic_compare_exchange_strong(&u->idle[i], &none, f)) return;
  }
  ad__instance_free(f, x->cache);
}

ad_status ad__plan_unit_run(ad_exec *x, ad_plan_unit *u, ad_array *const *params, uint32_t given_up, ad_value *results) {
  ad_instance *f = take_instance(x, u);
  if (!f) return x->err.code;
  ad_status s = ad__instance_run(x, f, params, given_up, results, &u->watch);
  give_instance(x, u, f);
  return s;
}

static ad_status unit_run(ad_exec *x, ad_array *node, uint32_t dying) {
  ad_plan_unit *u = (ad_plan_unit *)(void *)node->in[0]->value.data;
  bool alone = node->type->kind == AD_KIND_TENSOR;
  if (!alone && ad__outs_new(x, node)) return x->err.code;
  return ad__plan_unit_run(x, u, node->in + 1, dying >> 1, alone ? &node->value : node->u.outs);
}

static ad_array *unit_again(ad_array *self, ad_array *const *in, int n) {
  const ad_plan_unit *u = (const ad_plan_unit *)(const void *)self->value.data;
  return ad_graph_call_at(NULL, u->traced, in, n);
}

static bool unit_takes(ad_array *const *in, int n, const ad_array *self) {
  const ad_plan_unit *u = (const ad_plan_unit *)(const void *)self->value.data;
  if (n != u->traced->params.count) return false;
  for (int i = 0; i < n; i++)
    if (!in[i] || in[i]->type != u->traced->params.at[i]->type) return false;
  return true;
}

/* ---- Making ---- */

static void unit_end(ad_plan_unit *u) {
  ad_ctx *c = u->ctx;
  for (int i = 0; i < AD_UNIT_INSTANCES; i++) {
    ad_instance *f = atomic_load(&u->idle[i]);
    if (f) ad__instance_free(f, &c->buffers);
  }
  if (u->watch.step) ad__mem_give(&c->mem, u->watch.step, ((size_t)u->plan->n_steps + 1) * sizeof *u->watch.step);
  if (u->plan) {
    ad__plan_native_end(u->plan, &u->native);
    ad__plan_free(u->plan);
  }
  ad_graph_free(u->traced);
  pthread_mutex_destroy(&u->watch.lock);
  ad__mem_give(&c->mem, u, sizeof *u);
}

static void unit_release(void *user, void *data) {
  (void)user;
  unit_end(data);
}

static void tell_graph(const char *name, ad_graph *g) {
  char head[40];
  ad__format(head, sizeof head, "passes: %s", name);
  ad__log_lines(g->ctx, AD_LOG_DEBUG, head, ad_graph_text(g));
}

/* The graph after passes up to and with the one of that name; NULL: all of them. */
static ad_graph *run_passes(ad_graph *traced, const char *last, bool tell) {
  ad_graph *g = traced;
  for (const ad_pass *p = ad__passes; p->name; p++) {
    ad_graph *next = p->run(g);
    if (tell && next != g) tell_graph(p->name, next);
    if (g != traced && g != next) ad_graph_free(g);
    g = next;
    if (ad_graph_status(g) || (last && strcmp(last, p->name) == 0)) break;
  }
  return g == traced ? ad__pass_over(traced, NULL, NULL) : g;
}

ad_graph *ad__passes_run(ad_graph *traced) { return run_passes(traced, NULL, false); }

ad_graph *ad__unit_graph(const ad_plan_unit *u, const char *pass) {
  if (strcmp(pass, "trace") == 0) return ad__pass_over(u->traced, NULL, NULL);
  for (const ad_pass *p = ad__passes; p->name; p++)
    if (strcmp(p->name, pass) == 0) return run_passes(u->traced, pass, false);
  ad_graph *g = ad_graph_new(u->ctx, "none");
  ad__graph_fail(g, AD_E_VALUE, "no pass of that name");
  return g;
}

static const ad_type *type_of_results(const ad_graph *g, ad_err *e) {
  return g->results.count == 1 ? g->results.at[0]->type : ad__region_results(g->ctx, g, e);
}

/* The handle holds the unit from here on. */
static bool with_handle(ad_plan_unit *u) {
  ad_ctx *c = u->ctx;
  ad_graph *building = c->building;
  c->building = NULL;
  ad_array *a = ad_array_wrap_at(NULL, c, AD_UINT8, AD_SHAPE(0), u, unit_release, NULL);
  c->building = building;
  if (ad__is_error(a)) return false; /* which has ended it */
  u->handle = a;
  return true;
}

static bool make(ad_plan_unit *u, ad_err *e) {
  bool tell = u->ctx->debug & AD_DEBUG_PASSES;
  if (tell) tell_graph("trace", u->traced);
  ad_graph *g = run_passes(u->traced, NULL, tell);
  if (ad_graph_status(g)) {
    ad__fail(e, ad_graph_status(g), "%s", ad_graph_error_text(g));
    ad_graph_free(g);
    return false;
  }
  u->head = (ad_compiled){type_of_results(u->traced, e), unit_run, unit_again, unit_takes};
  u->plan = u->head.type ? ad__plan_new(g, u->unfused) : NULL;
  if (u->plan) {
    ad__unit_tell(u);
    return true;
  }
  ad_graph_free(g);
  return ad__fail(e, AD_E_MEMORY, "out of memory") == AD_OK;
}

static ad_plan_unit *unit_new(ad_graph *traced, bool unfused, uint64_t hash, ad_err *e) {
  ad_ctx *c = traced->ctx;
  ad_plan_unit *u = ad__mem_zeroed(&c->mem, sizeof *u);
  if (!u) {
    ad_graph_free(traced);
    ad__fail(e, AD_E_MEMORY, "out of memory");
    return NULL;
  }
  u->ctx = c;
  u->traced = traced;
  u->unfused = unfused;
  u->hash = hash;
  pthread_mutex_init(&u->watch.lock, NULL);
  atomic_store(&u->watch.nans, (c->debug & AD_DEBUG_NAN) != 0);
  if (!make(u, e)) {
    unit_end(u);
    return NULL;
  }
  if (with_handle(u)) return u;
  ad__fail(e, AD_E_MEMORY, "out of memory");
  return NULL;
}

ad_plan_unit *ad__unit_of(ad_graph *traced, bool unfused, bool *fresh, ad_err *e) {
  ad_compiler *k = ad__compiler_of(traced->ctx);
  uint64_t h = graph_hash(traced);
  *fresh = false;
  for (ad_plan_unit *u = k ? k->units : NULL; u; u = u->next)
    if (u->hash == h && u->unfused == unfused && ad__graph_same(u->traced, traced, false) && same_places(u->traced, traced)) {
      ad_graph_free(traced);
      return u;
    }
  *fresh = true;
  if (!k) {
    ad_graph_free(traced);
    ad__fail(e, AD_E_MEMORY, "out of memory");
    return NULL;
  }
  ad_ctx *c = traced->ctx;
  ad__arena_spare_open(&c->spare);
  ad_plan_unit *u = unit_new(traced, unfused, h, e);
  ad__arena_spare_close(&c->spare, &c->mem);
  if (u) keep_newest(k, u);
  return u;
}
