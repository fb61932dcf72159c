/* Calling compiled functions: the key, the trace where it is new, and the node that runs the plan.
 *
 * A call gives a node whose operands are what the plan takes, so that laziness, streams, errors and the dying of values are those
 * of every other node. Inside a trace or an open derivative the function itself is called, since what is wanted there are
 * its nodes. Not here: tracing (trace.c), what is done with the graph (pass.h, plan.h), looking inside (report.c). */
#include <adamant/compile.h>

#include <adamant/ops.h>
#include "compile/variant.h"
#include "ops/apply.h"

static ad_array *compiled_call(const ad_fn *f, ad_place where, ad_array *const *in);
static void compiled_end(ad_fn *f);
static const ad_fn_kind compiled_kind = {"compile", compiled_call, compiled_end};

ad_compiled_data *ad__compiled_data(const ad_fn *f) {
  if (!f || f->kind != &compiled_kind || f->failure) return NULL;
  return (ad_compiled_data *)(uintptr_t)f->data;
}

bool ad_ctx_set_compile(ad_ctx *c, bool on) {
  if (!c) return false;
  bool before = !c->compile_off;
  c->compile_off = !on;
  return before;
}

/* ---- Making and ending ---- */

static void variant_free(ad_ctx *c, ad_variant *v) {
  ad__traced_end(&v->traced);
  ad__node_drop(v->unit->handle);
  ad__mem_give(&c->mem, v, v->bytes);
}

static void compiled_end(ad_fn *f) {
  ad_compiled_data *d = (ad_compiled_data *)(void *)f->data;
  for (ad_variant *v = d->variants, *next; v; v = next) {
    next = v->next;
    variant_free(f->ctx, v);
  }
  for (ad_shape_trace *t = d->shapeless, *next; t; t = next) {
    next = t->next;
    ad__shape_trace_free(f->ctx, t);
  }
  ad__text_free(&d->recompiles);
  ad__text_free(&d->report);
}

/* A transform of a compiled function is compiled too. */
static ad_fn *wrap(ad_place where, ad_fn *part, ad_fn *made) { return ad_compile_at(where, made, &ad__compiled_data(part)->opts); }

ad_fn *ad_compile_at(ad_place where, ad_fn *f, const ad_compile_opts *opts) {
  static const ad_compile_opts none = {0};
  if (!opts) opts = &none;
  if (!ad__fn_ok(f)) return f ? f : ad__fn_fail(where, NULL, &compiled_kind, AD_E_VALUE, "NULL");
  const ad_captured *captured[] = {&opts->inputs, &opts->outputs};
  for (int k = 0; k < 2; k++)
    if (!captured[k]->read != !captured[k]->write)
      return ad__fn_fail(where, f->ctx, &compiled_kind, AD_E_VALUE, "captured %s with one of read and write; both, or neither, are right",
                         k ? "outputs" : "inputs");
  ad_fn *y = ad__fn_make(where, f->ctx, &compiled_kind, f->inputs, &f, 1, NULL, sizeof(ad_compiled_data));
  if (!ad__fn_ok(y)) return y;
  ad_compiled_data *d = ad__compiled_data(y);
  y->wrap = wrap;
  d->opts = *opts;
  ad__text_init(&d->recompiles, &f->ctx->mem);
  ad__text_init(&d->report, &f->ctx->mem);
  return y;
}

/* ---- The key ---- */

/* Bits of the leaves that are weak; only the first 64 can be told apart. */
static void weak_bits(ad_array *a, int *leaf, uint64_t *bits) {
  if (a->type->kind == AD_KIND_TENSOR) {
    if ((a->flags & AD_NODE_WEAK) && *leaf < 64) *bits |= (uint64_t)1 << *leaf;
    ++*leaf;
    return;
  }
  for (int i = 0; i < a->type->rank; i++) {
    if (a->op->flags & AD_OP_HOLDS) weak_bits(a->in[i], leaf, bits);
    else ++*leaf;
  }
}

static bool has_key(const ad_variant *v, ad_array *const *in, int n, const ad_array *state, uint64_t weak) {
  for (int i = 0; i < n; i++)
    if (v->args[i] != in[i]->type) return false;
  return v->weak == weak && v->state == (state ? state->type : NULL);
}

/* The variant with that key, which becomes the first; or NULL. */
static ad_variant *find_variant(ad_compiled_data *d, ad_array *const *in, int n, const ad_array *state, uint64_t weak) {
  for (ad_variant **link = &d->variants; *link; link = &(*link)->next) {
    ad_variant *v = *link;
    if (!has_key(v, in, n, state, weak)) continue;
    *link = v->next;
    v->next = d->variants;
    return d->variants = v;
  }
  return NULL;
}

/* ---- A new variant ---- */

/* What was not asked for longest is traced again when it is asked for. */
static void forget_oldest(ad_ctx *c, ad_compiled_data *d) {
  ad_variant **link = &d->variants;
  for (int i = 0; i < AD_KEPT_VARIANTS && *link; i++) link = &(*link)->next;
  if (!*link) return;
  variant_free(c, *link);
  *link = NULL;
}

/* The variant of a trace, which it takes over. Returns an error array, or NULL. */
static ad_array *add_variant(const ad_fn *f, ad_place where, ad_array *const *in, ad_array *state, uint64_t weak, uint64_t trace,
                             ad_traced *t) {
  ad_ctx *c = f->ctx;
  ad_compiled_data *d = ad__compiled_data(f);
  size_t bytes = sizeof(ad_variant) + (size_t)f->inputs * sizeof(ad_type *);
  ad_variant *v = ad__mem_zeroed(&c->mem, bytes);
  ad_err e = {AD_OK, ""};
  bool fresh = false;
  double began = ad__watch_now();
  ad_plan_unit *u = v ? ad__unit_of(t->graph, d->opts.unfused, &fresh, &e) : NULL;
  d->plan_seconds += ad__watch_now() - began;
  if (v) t->graph = NULL; /* the unit's, or gone */
  if (!u) {
    ad__traced_end(t);
    ad__mem_give(&c->mem, v, v ? bytes : 0);
    return !v || e.code == AD_E_MEMORY ? c->out_of_memory : ad__fn_error(f, where, e.code, "%s", e.text);
  }
  ad__node_keep(u->handle);
  *v = (ad_variant){.bytes = bytes, .unit = u, .traced = *t, .state = state ? state->type : NULL, .weak = weak, .trace = trace};
  for (int i = 0; i < f->inputs; i++) v->args[i] = in[i]->type;
  d->plans += fresh;
  v->next = d->variants;
  d->variants = v;
  forget_oldest(f->ctx, d);
  return NULL;
}

static void forget_shape_trace(ad_ctx *c, ad_compiled_data *d) {
  ad_shape_trace **link = &d->shapeless;
  for (int i = 0; i < AD_KEPT_VARIANTS && *link; i++) link = &(*link)->next;
  if (!*link) return;
  ad__shape_trace_free(c, *link);
  *link = NULL;
}

/* The trace for all shapes that fits, which becomes the first; or NULL. */
static const ad_shape_trace *find_shape_trace(ad_compiled_data *d, ad_array *const *in, ad_array *state, uint64_t weak) {
  for (ad_shape_trace **link = &d->shapeless; *link; link = &(*link)->next) {
    ad_shape_trace *s = *link;
    if (!ad__shape_trace_fits(s, in, state, weak)) continue;
    *link = s->next;
    s->next = d->shapeless;
    return d->shapeless = s;
  }
  return NULL;
}

/* The same function traced with symbols, if that means the same for these dims. */
static void add_shape_trace(const ad_fn *f, ad_place where, ad_array *const *in, ad_array *state, uint64_t weak) {
  ad_compiled_data *d = ad__compiled_data(f);
  ad_err why = {AD_OK, ""};
  ad_traced t;
  d->trace = ++d->traces;
  ad_shape_trace *s = ad__shape_trace(f, where, &d->opts, in, state, weak, &why);
  ad_array *bad = s ? ad__shape_trace_at(s, f, where, in, state, &t) : NULL;
  if (bad) ad__fail(&why, ad_error_code(bad), "%s", ad_error_text(bad));
  bool same = false;
  if (s && !bad) {
    ad_graph *g = ad__passes_run(t.graph);
    same = !ad_graph_status(g) && ad__graph_same(g, d->variants->unit->plan->graph, true);
    if (!same) ad__fail(&why, AD_E_VALUE, "with symbols for dims it computes something else");
    ad_graph_free(g);
    ad__traced_end(&t);
  }
  if (same) {
    s->trace = d->trace;
    s->next = d->shapeless;
    d->shapeless = s;
    forget_shape_trace(f->ctx, d);
    return;
  }
  ad__shape_trace_free(f->ctx, s);
  d->opts.shapeless = false;
  char note[400];
  ad__format(note, sizeof note, "    not for all shapes: %.300s\n", why.text);
  ad__variant_note(f->ctx, d, note);
}

static ad_array *new_variant(const ad_fn *f, ad_place where, ad_array *const *in, ad_array *state, uint64_t weak) {
  ad_compiled_data *d = ad__compiled_data(f);
  const ad_shape_trace *s = find_shape_trace(d, in, state, weak);
  ad_traced t;
  uint64_t trace = d->trace = s ? s->trace : ++d->traces;
  double began = ad__watch_now();
  ad_array *bad = s ? ad__shape_trace_at(s, f, where, in, state, &t) : ad__trace_call(f, where, &d->opts, in, state, NULL, &t);
  d->trace_seconds += ad__watch_now() - began;
  if (!bad && !s) ad__variant_explain(f, where, d, in, state, weak);
  if (!bad) bad = add_variant(f, where, in, state, weak, trace, &t);
  if (!bad && !s && d->opts.shapeless) add_shape_trace(f, where, in, state, weak);
  return bad;
}

/* ---- The node ---- */

static ad_array *add_arguments(ad_leaves *l, ad_place where, ad_array *const *in, int n, ad_array *state) {
  ad_array *bad = NULL;
  for (int i = 0; i < n && !bad; i++)
    bad = in[i]->type->kind == AD_KIND_TENSOR ? ad__leaves_add(l, in[i]) : ad__leaves_add_tree(l, where, in[i]);
  return bad || !state ? bad : ad__leaves_add_tree(l, where, state);
}

static ad_array *node_of(const ad_fn *f, const ad_variant *v, ad_place where, ad_array *const *in, ad_array *state) {
  ad_ctx *c = f->ctx;
  ad_leaves l;
  ad__leaves_init(&l, c);
  ad_array *bad = ad__leaves_add(&l, v->unit->handle);
  if (!bad) bad = add_arguments(&l, where, in, f->inputs, state);
  for (int i = 0; i < v->traced.keys && !bad; i++) {
    ad_array *key = ad__scope_take_error(ad__random_key_floating(c, where));
    bad = ad__is_error(key) ? key : ad__leaves_add(&l, key);
  }
  for (int i = 0; i < v->traced.captures.count && !bad; i++) bad = ad__leaves_add(&l, v->traced.captures.at[i]);
  if (!bad && l.count > UINT16_MAX)
    bad = ad__fn_error(f, where, AD_E_VALUE, "%d arrays as arguments, state and captures; at most %d are right", l.count - 1, UINT16_MAX - 1);
  ad_array *y = bad ? bad : ad__node_new(c, where, &ad__op_compiled, v->unit->head.type, l.at, l.count, NULL);
  ad__leaves_free(&l);
  return ad__scope_take_error(y);
}

/* Leaf i of what the node gives. */
static ad_array *leaf_of(const ad_variant *v, ad_place where, ad_array *node, int i) {
  ad_array *y = v->unit->traced->results.count == 1 ? node : ad_item_at(where, node, i);
  if (i < 64 && (v->traced.weak >> i & 1) && !ad__is_error(y)) y->flags |= AD_NODE_WEAK;
  return y;
}

static ad_array *tree_of(const ad_variant *v, ad_ctx *c, ad_place where, ad_array *node, const ad_type *form, int first) {
  ad_leaves l;
  int n = ad__tree_size(form);
  ad__leaves_init(&l, c);
  ad_array *bad = NULL;
  for (int i = 0; i < n && !bad; i++) {
    ad_array *y = leaf_of(v, where, node, first + i);
    bad = ad__is_error(y) ? y : ad__leaves_add(&l, y);
  }
  ad_array *const *next = l.at;
  ad_array *y = bad ? bad : ad__tree_build(c, where, form, &next);
  ad__leaves_free(&l);
  return y;
}

static ad_array *result_of(const ad_fn *f, const ad_variant *v, ad_place where, ad_array *node) {
  const ad_captured *o = &ad__compiled_data(f)->opts.outputs;
  if (ad__is_error(node)) return node;
  ad_array *y = v->traced.form->kind == AD_KIND_TENSOR && !v->traced.state ? leaf_of(v, where, node, 0)
                                                                         : tree_of(v, f->ctx, where, node, v->traced.form, 0);
  if (!v->traced.state || ad__is_error(y)) return y;
  ad_array *state = tree_of(v, f->ctx, where, node, v->traced.state, ad__tree_size(v->traced.form));
  if (ad__is_error(state)) return state;
  o->write(f->ctx, state, o->user);
  return y;
}

/* ---- The call ---- */

static bool is_inlined(const ad_fn *f, ad_array *const *in) {
  ad_ctx *c = f->ctx;
  if (c->compile_off || c->tracing || c->keep_graphs || c->building) return true;
  for (int i = 0; i < f->inputs; i++)
    if (in[i]->flags & AD_NODE_GRAPH) return true;
  return false;
}

static ad_array *compiled_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  ad_compiled_data *d = ad__compiled_data(f);
  d->trace = 0;
  if (is_inlined(f, in)) return ad_call_at(where, f->of[0], in, f->inputs);
  ad_array *state = d->opts.inputs.read ? d->opts.inputs.read(f->ctx, d->opts.inputs.user) : NULL;
  if (state && ad__is_error(state)) return state;
  uint64_t weak = 0;
  int leaf = 0;
  for (int i = 0; i < f->inputs; i++) weak_bits(in[i], &leaf, &weak);
  if (state) weak_bits(state, &leaf, &weak);
  ad_variant *v = find_variant(d, in, f->inputs, state, weak);
  if (!v) {
    ad_array *bad = new_variant(f, where, in, state, weak);
    if (bad) return bad;
    v = d->variants;
  }
  d->calls++;
  d->trace = v->trace;
  ad__plan_native_call(v->unit->plan, &v->unit->native, d->opts.native ? d->opts.native : f->ctx->native_opts.mode);
  if (!v->unit->traced->results.count) return ad__tree_build(f->ctx, where, v->traced.form, NULL);
  return result_of(f, v, where, node_of(f, v, where, in, state));
}
