/* Tracing for compilation. See trace.h.
 *
 * The function runs once on arguments that have types and no values; what it built becomes a graph. The keys of random ops
 * that were given none are parameters too, drawn anew for each call from the context's state, in the same order. Captured
 * state is exchanged for arguments before, and put back after. */
#include "compile/trace.h"

#include <adamant/ops.h>
#include "ops/apply.h"
#include "transform/transform.h"

/* Where keys of random ops come from while a function is traced. */
struct ad_tracing {
  ad_handles keys;
};

static ad_array *key_of_trace(ad_ctx *c, ad_place where) {
  static const int64_t dims[] = {2};
  ad_err e;
  const ad_type *t = ad__type_tensor(c, AD_UINT32, 1, dims, &e);
  ad_array *key = t ? ad__traced_new(c, where, t, "compile") : c->out_of_memory;
  if (!ad__is_error(key) && !ad__handles_add(&c->trace_keys->keys, key)) return c->out_of_memory;
  return key;
}

typedef struct tracing {
  const ad_fn *f;
  ad_place where;
  ad_ctx *ctx;
  const ad_compile_opts *opts;
  const ad_type *const *types; /* of the next leaves, or NULL */
  struct ad_tracing draws;
  ad_leaves params, results;
  ad_array *error;
} tracing;

/* The tree with arguments without values as its leaves. */
static ad_array *without_values(tracing *t, ad_array *tree) {
  ad_leaves leaves;
  ad__leaves_init(&leaves, t->ctx);
  int first = t->params.count;
  ad_array *bad = ad__leaves_add_tree(&leaves, t->where, tree);
  for (int i = 0; i < leaves.count && !bad; i++) {
    const ad_array *x = leaves.at[i];
    ad_array *a = ad__traced_new(t->ctx, t->where, t->types ? t->types[t->params.count] : x->type, "compile");
    if (!ad__is_error(a)) a->flags |= x->flags & AD_NODE_WEAK;
    bad = ad__is_error(a) ? a : ad__leaves_add(&t->params, a);
  }
  ad__leaves_free(&leaves);
  ad_array *const *next = t->params.at + first;
  ad_array *y = bad ? bad : ad__tree_build(t->ctx, t->where, tree->type, &next);
  if (ad__is_error(y)) t->error = y;
  return y;
}

static ad_array *call(tracing *t, ad_array *const *args) {
  ad_ctx *c = t->ctx;
  struct ad_tracing *outer_draws = c->trace_keys;
  ad_array *(*outer_key)(ad_ctx *, ad_place) = c->trace_key;
  c->trace_keys = &t->draws;
  c->trace_key = key_of_trace;
  c->tracing++;
  c->keep_graphs++;
  ad_array *y = ad_call_at(t->where, t->f->of[0], args, t->f->inputs);
  c->keep_graphs--;
  c->tracing--;
  c->trace_key = outer_key;
  c->trace_keys = outer_draws;
  return y;
}

/* What the function left in the captured outputs, as further results. */
static void read_outputs(tracing *t, ad_traced *out) {
  const ad_captured *o = &t->opts->outputs;
  if (!o->read || t->error) return;
  ad_array *tree = o->read(t->ctx, o->user);
  if (!tree) return;
  if (ad__is_error(tree)) t->error = tree;
  else t->error = ad__leaves_add_tree(&t->results, t->where, tree);
  out->state = tree->type;
}

/* The function on arguments without values, its captured state exchanged meanwhile. */
static void run(tracing *t, ad_array *const *in, ad_array *state, ad_traced *out) {
  ad_ctx *c = t->ctx;
  const ad_captured *i = &t->opts->inputs, *o = &t->opts->outputs;
  ad_array *args[AD_FN_MOST_ARGNUMS], *before = o->read ? o->read(c, o->user) : NULL;
  if (before) ad__node_keep(before);
  if (state) ad__node_keep(state);
  for (int k = 0; k < t->f->inputs && !t->error; k++) args[k] = without_values(t, in[k]);
  ad_array *own = state && !t->error ? without_values(t, state) : NULL;
  bool exchanged = own && !t->error;
  if (exchanged) i->write(c, own, i->user);
  ad_array *y = t->error ? t->error : call(t, args);
  if (ad__is_error(y)) t->error = y;
  else t->error = ad__leaves_add_tree(&t->results, t->where, y);
  out->form = y->type;
  read_outputs(t, out);
  if (before && o->write) o->write(c, before, o->user);
  if (exchanged) i->write(c, state, i->user);
  if (before) ad__node_drop(before);
  if (state) ad__node_drop(state);
}

ad_array *ad__traced_graph(const ad_fn *f, ad_place where, ad_array *const *params, int n, ad_array *const *results, int m,
                           uint64_t since, ad_traced *out) {
  ad_ctx *c = f->ctx;
  if (!ad__region_collect(&out->captures, params, n, results, m, since)) out->captures.failed = true;
  out->graph = ad__region_trace(&out->captures, "compiled", params, n, results, m, since);
  for (int i = 0; i < out->captures.count; i++) ad__node_keep(out->captures.at[i]);
  out->held = true;
  ad_status s = out->captures.failed ? AD_E_MEMORY : ad_graph_status(out->graph);
  if (!s) return NULL;
  ad_array *bad = s == AD_E_MEMORY ? c->out_of_memory : ad__fn_error(f, where, s, "%s", ad_graph_error_text(out->graph));
  ad__traced_end(out);
  return bad;
}

static void make_graph(tracing *t, ad_traced *out, uint64_t since) {
  for (int k = 0; k < t->draws.keys.count && !t->error; k++) t->error = ad__leaves_add(&t->params, t->draws.keys.at[k]);
  if (t->error) return;
  out->keys = t->draws.keys.count;
  for (int i = 0; i < t->results.count && i < 64; i++)
    if (t->results.at[i]->flags & AD_NODE_WEAK) out->weak |= (uint64_t)1 << i;
  t->error = ad__traced_graph(t->f, t->where, t->params.at, t->params.count, t->results.at, t->results.count, since, out);
}

void ad__traced_end(ad_traced *t) {
  for (int i = 0; t->held && i < t->captures.count; i++) ad__node_drop(t->captures.at[i]);
  ad__handles_free(&t->captures);
  ad__handles_init(&t->captures, t->captures.ctx);
  t->held = false;
  if (t->graph) ad_graph_free(t->graph);
  t->graph = NULL;
}

ad_array *ad__trace_call(const ad_fn *f, ad_place where, const ad_compile_opts *opts, ad_array *const *in, ad_array *state,
                         const ad_type *const *types, ad_traced *out) {
  ad_ctx *c = f->ctx;
  tracing t = {.f = f, .where = where, .ctx = c, .opts = opts, .types = types};
  *out = (ad_traced){.graph = NULL};
  ad__handles_init(&out->captures, c);
  ad__handles_init(&t.draws.keys, c);
  ad__leaves_init(&t.params, c);
  ad__leaves_init(&t.results, c);
  uint64_t since = ad__trace_start(c);
  run(&t, in, state, out);
  if (!t.error) make_graph(&t, out, since);
  ad__leaves_free(&t.results);
  ad__leaves_free(&t.params);
  ad__handles_free(&t.draws.keys);
  if (t.error) ad__traced_end(out);
  return t.error;
}
