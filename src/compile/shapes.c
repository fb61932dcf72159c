/* Tracing with symbols for dims, and making the graph of a call's own dims from that.
 *
 * A dim of 2 or more becomes a symbol, equal dims the same one: what was equal is what the trace relied on, and calls in which it
 * is not equal have a trace of their own. 0 and 1 stay numbers, since broadcasting asks for them. For a call with other dims the
 * graph's nodes are made again on arguments of those dims, which infers every shape anew; the function does not run.
 * A function that computes with dims as if they were numbers gives another graph so than it does by itself; whoever uses such
 * a trace compares the two once (compile.c). */
#include "compile/shapes.h"

#include <string.h>
#include "ir/dim.h"
#include "ops/apply.h"
#include "transform/transform.h"

enum { MOST_SYMBOLS = 32 };

typedef struct symbols {
  int n;
  int64_t of[MOST_SYMBOLS]; /* the number each stands for */
  ad_dim symbol[MOST_SYMBOLS];
} symbols;

/* ---- Symbols for dims ---- */

static ad_dim symbol_for(ad_ctx *c, symbols *s, int64_t number) {
  char name[24];
  for (int i = 0; i < s->n; i++)
    if (s->of[i] == number) return s->symbol[i];
  if (s->n == MOST_SYMBOLS) return number;
  ad__format(name, sizeof name, "n%d", s->n);
  ad__dim_begin(c);
  ad_dim d = ad_dim_symbol(c, name);
  if (d == AD_DIM_UNKNOWN) return AD_DIM_UNKNOWN;
  s->of[s->n] = number;
  return s->symbol[s->n++] = d;
}

static const ad_type *with_symbols(ad_ctx *c, symbols *s, const ad_type *t, ad_err *e) {
  ad_dim dims[AD_MAX_RANK];
  for (int i = 0; i < t->rank; i++) {
    dims[i] = t->dims[i] < 2 ? t->dims[i] : symbol_for(c, s, t->dims[i]);
    if (dims[i] == AD_DIM_UNKNOWN) {
      ad__fail(e, AD_E_MEMORY, "out of memory");
      return NULL;
    }
  }
  return ad__type_tensor(c, t->dtype, t->rank, dims, e);
}

/* ---- Leaves ---- */

static ad_array *leaves_of(ad_leaves *l, ad_place where, ad_array *const *in, int n, ad_array *state) {
  ad_array *bad = NULL;
  for (int i = 0; i < n && !bad; i++) bad = ad__leaves_add_tree(l, where, in[i]);
  return bad || !state ? bad : ad__leaves_add_tree(l, where, state);
}

/* ---- Making ---- */

static ad_shape_trace *room_for(ad_ctx *c, int inputs, int leaves) {
  size_t bytes = sizeof(ad_shape_trace) + (size_t)(inputs + leaves) * sizeof(ad_type *);
  ad_shape_trace *s = ad__mem_zeroed(&c->mem, bytes);
  if (!s) return NULL;
  s->bytes = bytes;
  s->inputs = inputs;
  s->leaves = leaves;
  s->args = (const ad_type **)(void *)(s + 1);
  s->types = s->args + inputs;
  return s;
}

void ad__shape_trace_free(ad_ctx *c, ad_shape_trace *s) {
  if (!s) return;
  ad__traced_end(&s->traced);
  ad__mem_give(&c->mem, s, s->bytes);
}

static bool set_types(ad_ctx *c, ad_shape_trace *s, const ad_leaves *l, ad_err *why) {
  symbols known = {.n = 0};
  for (int i = 0; i < l->count; i++)
    if (!(s->types[i] = with_symbols(c, &known, l->at[i]->type, why))) return false;
  return known.n > 0 || ad__fail(why, AD_E_VALUE, "no dim of 2 or more") == AD_OK;
}

ad_shape_trace *ad__shape_trace(const ad_fn *f, ad_place where, const ad_compile_opts *opts, ad_array *const *in, ad_array *state,
                                uint64_t weak, ad_err *why) {
  ad_ctx *c = f->ctx;
  ad_leaves l;
  ad__leaves_init(&l, c);
  ad_array *bad = leaves_of(&l, where, in, f->inputs, state);
  ad_shape_trace *s = bad ? NULL : room_for(c, f->inputs, l.count);
  bool ok = s && set_types(c, s, &l, why);
  ad__leaves_free(&l);
  c->free_dims = 1;
  if (ok) bad = ad__trace_call(f, where, opts, in, state, s->types, &s->traced);
  c->free_dims = 0;
  if (bad) ad__fail(why, ad_error_code(bad), "%s", ad_error_text(bad));
  if (!s && !bad) ad__fail(why, AD_E_MEMORY, "out of memory");
  if (!ok || bad) {
    if (s) ad__mem_give(&c->mem, s, s->bytes); /* a trace that failed has ended what it made */
    return NULL;
  }
  s->weak = weak;
  s->state = state ? state->type : NULL;
  for (int i = 0; i < f->inputs; i++) s->args[i] = in[i]->type;
  return s;
}

/* ---- Fitting ---- */

static bool fits_dims(symbols *known, const ad_type *want, const ad_type *have) {
  if (want->dtype != have->dtype || want->rank != have->rank) return false;
  for (int i = 0; i < want->rank; i++) {
    ad_dim w = want->dims[i];
    int k = 0;
    if (ad_dim_is_number(w) && w != have->dims[i]) return false;
    if (ad_dim_is_number(w)) continue;
    while (k < known->n && known->symbol[k] != w) k++;
    if (k == known->n) {
      if (have->dims[i] < 2 || known->n == MOST_SYMBOLS) return false;
      known->symbol[k] = w;
      known->of[known->n++] = have->dims[i];
    }
    if (known->of[k] != have->dims[i]) return false;
  }
  return true;
}

/* The next leaves of a tree of that type. */
static bool fits_tree(symbols *known, const ad_type *const **want, const ad_type *have) {
  if (have->kind == AD_KIND_TENSOR) return fits_dims(known, *(*want)++, have);
  for (int i = 0; i < have->rank; i++)
    if (!fits_tree(known, want, have->members[i])) return false;
  return true;
}

bool ad__shape_trace_fits(const ad_shape_trace *s, ad_array *const *in, ad_array *state, uint64_t weak) {
  symbols known = {.n = 0};
  const ad_type *const *want = s->types;
  if (s->weak != weak || !s->state != !state || (state && !ad__tree_alike(s->state, state->type))) return false;
  for (int i = 0; i < s->inputs; i++)
    if (!ad__tree_alike(s->args[i], in[i]->type) || !fits_tree(&known, &want, in[i]->type)) return false;
  return !state || fits_tree(&known, &want, state->type);
}

/* ---- The graph of one call's dims ---- */

/* Arguments of the graph: one without a value for each leaf and each key, then what it uses from outside. */
static ad_array *arguments(const ad_shape_trace *s, ad_ctx *c, ad_place where, const ad_leaves *l, ad_leaves *params) {
  ad_array *bad = NULL;
  int n = l->count + s->traced.keys;
  for (int i = 0; i < n && !bad; i++) {
    const ad_type *t = i < l->count ? l->at[i]->type : s->traced.graph->params.at[i]->type;
    ad_array *a = ad__traced_new(c, where, t, "compile");
    if (!ad__is_error(a) && i < l->count) a->flags |= l->at[i]->flags & AD_NODE_WEAK;
    bad = ad__is_error(a) ? a : ad__leaves_add(params, a);
  }
  return bad;
}

static ad_array *make_again(const ad_shape_trace *s, ad_ctx *c, ad_place where, const ad_leaves *params, ad_leaves *results) {
  ad_leaves all;
  ad__leaves_init(&all, c);
  ad_array *bad = NULL;
  for (int i = 0; i < params->count && !bad; i++) bad = ad__leaves_add(&all, params->at[i]);
  for (int i = 0; i < s->traced.captures.count && !bad; i++) bad = ad__leaves_add(&all, s->traced.captures.at[i]);
  c->tracing++;
  c->keep_graphs++;
  ad_array *y = bad ? bad : ad_graph_call_at(where, s->traced.graph, all.at, all.count);
  c->keep_graphs--;
  c->tracing--;
  ad__leaves_free(&all);
  return ad__is_error(y) ? y : ad__leaves_add_tree(results, where, y);
}

ad_array *ad__shape_trace_at(const ad_shape_trace *s, const ad_fn *f, ad_place where, ad_array *const *in, ad_array *state, ad_traced *out) {
  ad_ctx *c = f->ctx;
  ad_leaves l, params, results;
  ad__leaves_init(&l, c);
  ad__leaves_init(&params, c);
  ad__leaves_init(&results, c);
  *out = (ad_traced){.keys = s->traced.keys, .form = s->traced.form, .state = s->traced.state, .weak = s->traced.weak};
  ad__handles_init(&out->captures, c);
  uint64_t since = ad__trace_start(c);
  ad_array *bad = leaves_of(&l, where, in, f->inputs, state);
  if (!bad) bad = arguments(s, c, where, &l, &params);
  if (!bad) bad = make_again(s, c, where, &params, &results);
  if (!bad) bad = ad__traced_graph(f, where, params.at, params.count, results.at, results.count, since, out);
  ad__leaves_free(&results);
  ad__leaves_free(&params);
  ad__leaves_free(&l);
  return bad;
}
