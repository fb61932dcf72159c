/* Functions that say how they are differentiated: checkpoint, and rules of the user's own.
 *
 * Both run the function on its real arguments and put one node over what it built. For a checkpoint that is a region of what was
 * made, which the backward pass runs again. For rules of one's own it is a node over results and arguments: values come from
 * the results, derivatives from the rules. The function then runs on arguments held constant, so that what is left on the way to
 * its results is what it uses beside them, and that is differentiated as usual. */
#include <adamant/ops.h>
#include <string.h>
#include "array/fn.h"
#include "ops/apply.h"
#include "ops/gather_rules.h"
#include "ops/regions.h"
#include "ops/registry.h"
#include "transform/region.h"
#include "transform/transform.h"

/* ---- checkpoint ---- */

/* The node's members in the form of the result. */
static ad_array *members_like(ad_ctx *c, ad_place where, ad_array *node, const ad_type *form) {
  ad_leaves items;
  ad__leaves_init(&items, c);
  ad_array *bad = ad__is_error(node) ? node : ad__leaves_add_tree(&items, where, node);
  ad_array *const *next = items.at;
  ad_array *y = bad ? bad : ad__tree_build(c, where, form, &next);
  ad__leaves_free(&items);
  return y;
}

static ad_array *checkpoint_node(const ad_fn *f, ad_place where, const ad_trace *t, ad_array *const *args, uint64_t since) {
  ad_ctx *c = f->ctx;
  ad_handles captures, in;
  ad__handles_init(&captures, c);
  ad__handles_init(&in, c);
  int n = t->variables.count, m = t->results.count;
  if (!ad__region_collect(&captures, t->variables.at, n, t->results.at, m, since)) captures.failed = true;
  ad_graph *g = ad__region_trace(&captures, "body", t->variables.at, n, t->results.at, m, since);
  for (int i = 0; i < n; i++) ad__handles_add(&in, args[i]);
  for (int i = 0; i < captures.count; i++) ad__handles_add(&in, captures.at[i]);
  ad_attr at = ad_attr_graph(g);
  ad_array *y = captures.failed || in.failed ? c->out_of_memory
                : ad_graph_status(g) ? ad__fn_error(f, where, ad_graph_status(g), "%s", ad_graph_error_text(g))
                                     : ad_apply(c, where, &ad__op_checkpoint, in.at, in.count, &at);
  ad_graph_free(g);
  ad__handles_free(&in);
  ad__handles_free(&captures);
  return members_like(c, where, y, t->result->type);
}

static ad_array *checkpoint_call(const ad_fn *f, ad_place where, ad_array *const *in) {
  ad_trace t;
  ad_leaves args;
  ad__leaves_init(&args, f->ctx);
  ad_array *bad = NULL;
  for (int i = 0; i < f->inputs && !bad; i++) bad = ad__leaves_add_tree(&args, where, in[i]);
  uint64_t since = ad__trace_start(f->ctx);
  ad__trace_begin(&t, f->of[0], where, in, NULL);
  ad_array *y = bad ? bad : ad__is_error(t.result) ? t.result : checkpoint_node(f, where, &t, args.at, since);
  y = ad__trace_end(&t, y);
  ad__leaves_free(&args);
  return y;
}

static const ad_fn_kind checkpoint_kind = {"checkpoint", checkpoint_call, NULL};

ad_fn *ad_checkpoint_at(ad_place where, ad_fn *f) {
  if (!ad__fn_ok(f)) return f ? f : ad__fn_fail(where, NULL, &checkpoint_kind, AD_E_VALUE, "NULL");
  return ad__fn_finish(where, ad__fn_make(where, f->ctx, &checkpoint_kind, f->inputs, &f, 1, NULL, 0));
}

/* ---- One call of a function with rules ---- */

enum { FUNCTION, VJP, JVP, VMAP };

/* What the node's first operand points to: the rules and the forms of this call. */
typedef struct custom_call {
  ad_custom custom; /* first: the walkers look here */
  ad_fn *f;         /* held */
  ad_place where;
  size_t bytes;
  const ad_type *result;
  int inputs;
  const ad_type *args[];
} custom_call;

static const custom_call *call_of(const ad_rule *r) { return (const custom_call *)(const void *)r->in[0]->value.data; }
static int results_of(const ad_rule *r) { return (int)r->attrs[AD_CUSTOM_RESULTS].as.i; }
/* Leaves of the arguments, and how many. */
static ad_array *const *args_of(const ad_rule *r) { return r->in + 1 + results_of(r); }
static int arg_leaves(const ad_rule *r) { return r->n - 1 - results_of(r); }

static void call_release(void *user, void *data) {
  custom_call *k = data;
  ad_mem *mem = &k->f->ctx->mem;
  size_t bytes = k->bytes;
  (void)user;
  ad__node_drop(k->f->handle);
  ad__mem_give(mem, k, bytes);
}

static ad_array *tuple_like(const ad_rule *r, ad_array *const *leaves) {
  const custom_call *k = call_of(r);
  ad_array *trees[AD_FN_MOST_ARGNUMS];
  for (int i = 0; i < k->inputs; i++) trees[i] = ad__tree_build(r->ctx, k->where, k->args[i], &leaves);
  return ad_tuple_at(k->where, r->ctx, trees, k->inputs);
}

static ad_array *result_like(const ad_rule *r, ad_array *const *leaves) {
  return ad__tree_build(r->ctx, call_of(r)->where, call_of(r)->result, &leaves);
}

/* Leaves, zeros where there is none. */
static ad_array *filled(ad_leaves *l, ad_ctx *c, ad_array *const *a, ad_array *const *like, int n) {
  ad_array *bad = NULL;
  ad__leaves_init(l, c);
  for (int i = 0; i < n && !bad; i++) bad = ad__leaves_add(l, a && a[i] ? a[i] : ad__zeros_of(like[i]));
  return bad;
}

static ad_array *tangent_by_rule(const ad_rule *r, ad_array *const *ts, ad_leaves *out);

/* ---- vjp ---- */

static ad_array *cotangents_by_vjp(const ad_rule *r, ad_array *const *cts, ad_leaves *out) {
  const custom_call *k = call_of(r);
  ad_leaves given;
  ad_array *bad = filled(&given, r->ctx, cts, r->in + 1, results_of(r));
  ad_array *args = tuple_like(r, args_of(r));
  ad_array *in[] = {args, bad ? bad : result_like(r, given.at), result_like(r, r->in + 1)};
  ad_array *y = ad_call_at(k->where, k->f->of[VJP], in, 3);
  ad__leaves_free(&given);
  return ad__match_leaves(k->f, k->where, "what its vjp gave", y, args->type, out);
}

/* The jvp is linear in the tangents, so it is transposed. */
static ad_array *cotangents_by_jvp(const ad_rule *r, ad_array *const *cts, ad_leaves *out) {
  int n = arg_leaves(r);
  ad_leaves ts, ys;
  ad__leaves_init(&ts, r->ctx);
  ad__leaves_init(&ys, r->ctx);
  ad_array *bad = NULL;
  r->ctx->tracing++;
  for (int i = 0; i < n && !bad; i++)
    bad = ad__leaves_add(&ts, ad__traced_new(r->ctx, call_of(r)->where, args_of(r)[i]->type, "custom_function"));
  for (int i = 0; i < n && !bad; i++) bad = ad__leaves_add(out, NULL);
  if (!bad) bad = tangent_by_rule(r, ts.at, &ys);
  if (!bad) ad__vjp(r->ctx, ys.at, cts, ys.count, ts.at, n, out->at, &bad);
  r->ctx->tracing--;
  for (int i = 0; i < ts.count; i++) ad__placeholder_settle(ts.at[i]);
  ad__leaves_free(&ts);
  ad__leaves_free(&ys);
  return bad;
}

static ad_array *custom_vjp(const ad_rule *r, ad_array *const *cts, const bool *wanted, ad_array **grads) {
  const custom_call *k = call_of(r);
  int m = results_of(r), n = arg_leaves(r);
  bool any = false;
  for (int i = 0; i < m; i++) grads[1 + i] = cts[i]; /* by way of what f uses beside its arguments */
  for (int i = 0; i < n; i++) any |= wanted[1 + m + i];
  if (!any || !(k->f->of[VJP] || k->f->of[JVP])) return NULL;
  ad_leaves g;
  ad__leaves_init(&g, r->ctx);
  ad_array *bad = k->f->of[VJP] ? cotangents_by_vjp(r, cts, &g) : cotangents_by_jvp(r, cts, &g);
  for (int i = 0; i < n && !bad; i++) grads[1 + m + i] = g.at[i];
  ad__leaves_free(&g);
  return bad;
}

/* ---- jvp ---- */

/* The vjp is linear in the cotangents, so it is transposed. */
static ad_array *tangent_by_vjp(const ad_rule *r, ad_array *const *ts, ad_leaves *out) {
  int m = results_of(r);
  ad_leaves us, gs;
  ad__leaves_init(&us, r->ctx);
  ad__leaves_init(&gs, r->ctx);
  ad_array *bad = NULL;
  r->ctx->tracing++;
  for (int i = 0; i < m && !bad; i++)
    bad = ad__leaves_add(&us, ad__traced_new(r->ctx, call_of(r)->where, r->in[1 + i]->type, "custom_function"));
  for (int i = 0; i < m && !bad; i++) bad = ad__leaves_add(out, NULL);
  if (!bad) bad = cotangents_by_vjp(r, us.at, &gs);
  if (!bad) ad__vjp(r->ctx, gs.at, ts, gs.count, us.at, m, out->at, &bad);
  r->ctx->tracing--;
  for (int i = 0; i < us.count; i++) ad__placeholder_settle(us.at[i]);
  ad__leaves_free(&us);
  ad__leaves_free(&gs);
  return bad;
}

/* ts: tangents of the argument leaves. */
static ad_array *tangent_by_rule(const ad_rule *r, ad_array *const *ts, ad_leaves *out) {
  const custom_call *k = call_of(r);
  if (!k->f->of[JVP]) return tangent_by_vjp(r, ts, out);
  ad_leaves given;
  ad_array *bad = filled(&given, r->ctx, ts, args_of(r), arg_leaves(r));
  ad_array *in[] = {tuple_like(r, args_of(r)), bad ? bad : tuple_like(r, given.at)};
  ad_array *y = ad_call_at(k->where, k->f->of[JVP], in, 2);
  ad__leaves_free(&given);
  return ad__match_leaves(k->f, k->where, "what its jvp gave", y, k->result, out);
}

static ad_array *custom_jvp(const ad_rule *r, ad_array *const *ts) {
  const custom_call *k = call_of(r);
  int m = results_of(r), n = arg_leaves(r);
  bool any = false;
  ad_leaves out;
  ad_array *bad = NULL;
  ad__leaves_init(&out, r->ctx);
  for (int i = 0; i < n; i++) any |= ts[1 + m + i] != NULL;
  if (any && (k->f->of[VJP] || k->f->of[JVP])) bad = tangent_by_rule(r, ts + 1 + m, &out);
  else
    for (int i = 0; i < m && !bad; i++) bad = ad__leaves_add(&out, NULL);
  for (int i = 0; i < m && !bad; i++) {
    ad_array *beside = ts[1 + i];
    out.at[i] = out.at[i] && beside ? ad_add_at(k->where, out.at[i], beside) : beside ? beside : out.at[i] ? out.at[i] : ad__zeros_of(r->in[1 + i]);
  }
  ad_array *y = bad ? bad : ad_tuple_at(k->where, r->ctx, out.at, m);
  ad__leaves_free(&out);
  return y;
}

/* ---- Making the node ---- */

static ad_array *custom_node(const ad_fn *f, ad_place where, ad_array *const *args, int n_args, const ad_type *const *arg_types,
                             ad_array *const *results, int n_results, const ad_type *result);

/* ---- batch ---- */

/* A rule for slices as a rule for batches. */
static ad_fn *batched_rule(ad_place where, ad_fn *rule) { return rule ? ad_vmap_at(where, rule, NULL) : NULL; }

/* The types of a tree with these leaves. */
static const ad_type *type_like(ad_ctx *c, ad_place where, const ad_type *form, ad_array *const **leaves) {
  return ad__tree_build(c, where, form, leaves)->type;
}

static ad_array *batch_by_rule(const ad_rule *r, ad_array *const *args) {
  const custom_call *k = call_of(r);
  ad_array *in = tuple_like(r, args), *y = ad_call_at(k->where, k->f->of[VMAP], &in, 1), *bad;
  ad_leaves out;
  ad__leaves_init(&out, r->ctx);
  if (ad__is_error(y)) bad = y;
  else if (!ad__tree_alike(y->type, k->result))
    bad = ad__fn_error(k->f, k->where, AD_E_VALUE, "its vmap gave another form than the function; the same is right");
  else
    bad = ad__leaves_add_tree(&out, k->where, y);
  y = bad ? bad : ad_tuple_at(k->where, r->ctx, out.at, out.count);
  ad__leaves_free(&out);
  return y;
}

/* Without a rule: the function's own results batched, under rules that work on batches. */
static ad_array *batch_by_function(const ad_rule *r, ad_array *const *args, ad_array *const *results) {
  const custom_call *k = call_of(r);
  ad_fn *of[] = {k->f->of[FUNCTION], batched_rule(k->where, k->f->of[VJP]), batched_rule(k->where, k->f->of[JVP]), NULL};
  ad_fn *f = ad__fn_make(k->where, r->ctx, k->f->kind, k->inputs, of, 4, NULL, 0);
  if (ad_fn_is_error(f)) return ad__scope_take_error(f->failure);
  const ad_type *types[AD_FN_MOST_ARGNUMS], *result;
  ad_array *const *next = args;
  for (int i = 0; i < k->inputs; i++) types[i] = type_like(r->ctx, k->where, k->args[i], &next);
  next = results;
  result = type_like(r->ctx, k->where, k->result, &next);
  return custom_node(f, k->where, args, arg_leaves(r), types, results, results_of(r), result);
}

static ad_array *custom_batch(const ad_rule *r, const bool *batched, int64_t size) {
  int m = results_of(r);
  ad_leaves all;
  ad__leaves_init(&all, r->ctx);
  ad_array *bad = NULL;
  for (int i = 1; i < r->n && !bad; i++) {
    ad_array *a = batched[i] ? r->in[i] : ad__batch_spread(r->in[i], size);
    bad = ad__is_error(a) ? a : ad__leaves_add(&all, a);
  }
  ad_array *y = bad ? bad : call_of(r)->f->of[VMAP] ? batch_by_rule(r, all.at + m) : batch_by_function(r, all.at + m, all.at);
  ad__leaves_free(&all);
  return y;
}

static const ad_whole_rules custom_rules = {custom_vjp, custom_jvp, custom_batch};

/* The call as an operand, a constant without elements over its own memory. */
static ad_array *call_operand(const ad_fn *f, ad_place where, const ad_type *const *arg_types, const ad_type *result) {
  size_t bytes = sizeof(custom_call) + (size_t)f->inputs * sizeof *arg_types;
  custom_call *k = ad__mem_take(&f->ctx->mem, bytes);
  if (!k) return f->ctx->out_of_memory;
  *k = (custom_call){.custom = {&custom_rules}, .f = (ad_fn *)(uintptr_t)f, .where = where, .bytes = bytes, .result = result,
                     .inputs = f->inputs};
  for (int i = 0; i < f->inputs; i++) k->args[i] = arg_types[i];
  ad__node_keep(f->handle);
  ad_graph *building = f->ctx->building;
  f->ctx->building = NULL;
  ad_array *a = ad_array_wrap_at(where, f->ctx, AD_UINT8, AD_SHAPE(0), k, call_release, NULL);
  f->ctx->building = building;
  return a;
}

static ad_array *custom_node(const ad_fn *f, ad_place where, ad_array *const *args, int n_args, const ad_type *const *arg_types,
                             ad_array *const *results, int n_results, const ad_type *result) {
  ad_handles in;
  ad__handles_init(&in, f->ctx);
  ad_array *call = call_operand(f, where, arg_types, result);
  ad__handles_add(&in, call);
  for (int i = 0; i < n_results; i++) ad__handles_add(&in, results[i]);
  for (int i = 0; i < n_args; i++) ad__handles_add(&in, args[i]);
  ad_attr at = ad_attr_int(AD_INT(n_results));
  ad_array *y = ad__is_error(call) ? call : in.failed ? f->ctx->out_of_memory
                                                      : ad_apply(f->ctx, where, &ad__op_custom, in.at, in.count, &at);
  ad__handles_free(&in);
  return y;
}

/* The arguments as f is to see them. */
static ad_array *held_constant(ad_ctx *c, ad_place where, ad_array *x) {
  ad_leaves l;
  ad__leaves_init(&l, c);
  ad_array *bad = ad__leaves_add_tree(&l, where, x);
  for (int i = 0; i < l.count && !bad; i++) l.at[i] = ad_stop_gradient_at(where, l.at[i]);
  ad_array *const *next = l.at;
  ad_array *y = bad ? bad : ad__tree_build(c, where, x->type, &next);
  ad__leaves_free(&l);
  return y;
}

static ad_array *custom_call_fn(const ad_fn *f, ad_place where, ad_array *const *in) {
  ad_ctx *c = f->ctx;
  ad_array *args[AD_FN_MOST_ARGNUMS], *bad = NULL;
  const ad_type *types[AD_FN_MOST_ARGNUMS];
  bool derived = f->of[VJP] || f->of[JVP];
  ad_leaves leaves, results;
  ad__leaves_init(&leaves, c);
  ad__leaves_init(&results, c);
  for (int i = 0; i < f->inputs && !bad; i++) {
    types[i] = in[i]->type;
    args[i] = derived ? held_constant(c, where, in[i]) : in[i];
    bad = ad__is_error(args[i]) ? args[i] : ad__leaves_add_tree(&leaves, where, in[i]);
  }
  ad_array *y = bad ? bad : ad_call_at(where, f->of[FUNCTION], args, f->inputs);
  if (!ad__is_error(y)) {
    bad = ad__leaves_add_tree(&results, where, y);
    const ad_type *form = y->type;
    y = bad ? bad : custom_node(f, where, leaves.at, leaves.count, types, results.at, results.count, form);
    y = members_like(c, where, y, form);
  }
  ad__leaves_free(&results);
  ad__leaves_free(&leaves);
  return y;
}

static const ad_fn_kind custom_kind = {"custom_function", custom_call_fn, NULL};

ad_fn *ad_custom_function_at(ad_place where, ad_fn *f, const ad_custom_opts *opts) {
  static const ad_custom_opts none = {NULL, NULL, NULL};
  if (!opts) opts = &none;
  if (!ad__fn_ok(f)) return f ? f : ad__fn_fail(where, NULL, &custom_kind, AD_E_VALUE, "NULL");
  ad_fn *of[] = {f, opts->vjp, opts->jvp, opts->vmap};
  static const int inputs[] = {0, 3, 2, 1};
  static const char *const names[] = {"", "vjp", "jvp", "vmap"};
  for (int i = VJP; i <= VMAP; i++)
    if (ad__fn_ok(of[i]) && of[i]->inputs != inputs[i])
      return ad__fn_fail(where, f->ctx, &custom_kind, AD_E_TYPE, "a %s of %d inputs; %d are right", names[i], of[i]->inputs, inputs[i]);
  return ad__fn_finish(where, ad__fn_make(where, f->ctx, &custom_kind, f->inputs, of, 4, NULL, 0));
}
