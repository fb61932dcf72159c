/* A call of a function as a graph to be handed out: traced, its arguments named, chosen ones fixed, and optimised.
 *
 * The trace is that of compilation; the passes are those that make plans, so that what is printed of the graph is what a call runs.
 * Leaves of trees are named for their place in them: "net.w1". Results are named for their places too; one whose name an argument
 * has gets "_new" behind it, as the weights that a training step returns. */
#include <adamant/compile.h>

#include <string.h>
#include "compile/pass.h"
#include "compile/variant.h"
#include "ir/dim.h"
#include "ops/apply.h"
#include "ops/graph_build.h"

enum { LONGEST_NAME = 120, MOST_SYMBOLS = 64 };

typedef struct handing {
  const ad_fn *f; /* compiled */
  ad_place where;
  const ad_compiled_graph_opts *opts;
  ad_graph *to;
  const ad_graph *traced;
  ad_leaves given;  /* leaves of the arguments and of the captured state */
  ad_leaves nodes;  /* one for each parameter of the trace: a parameter of `to`, or a value */
  const char **names; /* of the values among them */
  int symbols;
  ad_dim symbol[MOST_SYMBOLS]; /* what fixed arguments say of dims */
  int64_t number[MOST_SYMBOLS];
  ad_array *bad;
} handing;

/* ---- Names ---- */

static bool is_plain(char ch) {
  return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_' || ch == '.';
}

/* A name of the graph's that is new: what may not stand in one is "_", and a number is put behind it when it is taken. */
static void new_name(const ad_graph *g, const char *wish, char *out) {
  size_t n = 0;
  if (!*wish || (*wish >= '0' && *wish <= '9') || *wish == '.') out[n++] = '_';
  for (; *wish && n < LONGEST_NAME; wish++) out[n++] = is_plain(*wish) ? *wish : '_';
  out[n] = 0;
  for (int k = 2; ad__graph_find(g, out, strlen(out)); k++) ad__format(out + n, 16, "_%d", k);
}

/* The name of a member: "net" and "w1" are "net.w1"; a member without a name has its number. */
static void member_name(const char *outer, const ad_type *t, int i, char *out) {
  char number[16];
  ad__format(number, sizeof number, "%d", i);
  const char *own = t->names ? t->names[i] : number;
  ad__format(out, LONGEST_NAME, *outer ? "%.80s.%.30s" : "%.0s%.100s", outer, own);
}

/* ---- Arguments ---- */

static ad_dim dim_of(void *user, const char *symbol) {
  const handing *h = user;
  for (int i = 0; i < h->symbols; i++) {
    const char *name = ad__dim_symbol_name(h->f->ctx, h->symbol[i]);
    if (name && strcmp(name, symbol) == 0) return h->number[i];
  }
  return AD_DIM_UNKNOWN;
}

static void add_node(handing *h, ad_array *a) {
  if (!h->bad) h->bad = ad__is_error(a) ? a : ad__leaves_add(&h->nodes, a);
}

static void add_param(handing *h, const char *wish, const ad_type *t) {
  ad_ctx *c = h->f->ctx;
  char name[LONGEST_NAME + 24];
  ad_dim dims[AD_MAX_RANK];
  ad_err e = {AD_OK, ""};
  if (h->bad) return;
  new_name(h->to, wish, name);
  for (int i = 0; i < t->rank; i++) dims[i] = ad__dim_bind(c, t->dims[i], dim_of, h);
  const ad_type *bound = ad__type_tensor(c, t->dtype, t->rank, dims, &e);
  add_node(h, bound ? ad__graph_param(h->to, name, strlen(name), bound) : ad__fn_error(h->f, h->where, e.code, "%s", e.text));
}

/* The value takes the parameter's place. */
static void add_value(handing *h, const char *name, ad_array *value) {
  if (h->bad) return;
  ad_status s = ad_eval(value);
  h->names[h->nodes.count] = ad__arena_text(&h->to->arena, name, strlen(name));
  if (!h->names[h->nodes.count]) h->bad = h->f->ctx->out_of_memory;
  add_node(h, s ? ad__fn_error(h->f, h->where, s, "%s", ad_error_text(value)) : value);
}

/* The leaves of a tree, in the order of the trace's parameters. */
static void add_tree(handing *h, const char *name, const ad_type *form, bool fixed) {
  char inner[LONGEST_NAME];
  int at = h->nodes.count;
  if (h->bad) return;
  if (form->kind == AD_KIND_TENSOR) {
    if (fixed) add_value(h, name, h->given.at[at]);
    else add_param(h, name, h->traced->params.at[at]->type);
    return;
  }
  for (int i = 0; i < form->rank; i++) {
    member_name(name, form, i, inner);
    add_tree(h, inner, form->members[i], fixed);
  }
}

static bool is_fixed(const handing *h, int argument) {
  const ad_ints *list = &h->opts->constants;
  for (int i = 0; i < list->count; i++)
    if ((list->values[i] < 0 ? list->values[i] + h->f->inputs : list->values[i]) == argument) return true;
  return false;
}

/* What symbols are where an argument that is fixed has numbers. */
static void bind_symbols(handing *h, const ad_type *want, const ad_type *have) {
  for (int i = 0; i < want->rank && h->symbols < MOST_SYMBOLS; i++) {
    if (ad_dim_is_number(want->dims[i])) continue;
    h->symbol[h->symbols] = want->dims[i];
    h->number[h->symbols++] = have->dims[i];
  }
}

static void add_arguments(handing *h, ad_array *const *in, const ad_array *state, const ad_traced *t) {
  char name[24];
  int leaf = 0;
  for (int i = 0; i < h->f->inputs; leaf += ad__tree_size(in[i]->type), i++)
    for (int k = leaf; k < leaf + ad__tree_size(in[i]->type) && is_fixed(h, i); k++)
      bind_symbols(h, h->traced->params.at[k]->type, h->given.at[k]->type);
  for (int i = 0; i < h->f->inputs; i++) {
    const char *given = h->opts->args ? h->opts->args[i] : NULL;
    ad__format(name, sizeof name, "x%d", i);
    add_tree(h, given ? given : name, in[i]->type, is_fixed(h, i));
  }
  if (state) add_tree(h, "", state->type, false);
  for (int i = 0; i < t->keys; i++) add_param(h, "key", h->traced->params.at[h->nodes.count]->type);
  for (int i = 0; i < t->captures.count; i++) add_value(h, "captured", t->captures.at[i]);
}

/* ---- Results ---- */

static void name_results(ad_graph *g, const char *name, const ad_type *form, int *at) {
  char inner[LONGEST_NAME], own[LONGEST_NAME + 24];
  if (form->kind != AD_KIND_TENSOR) {
    for (int i = 0; i < form->rank; i++) {
      member_name(name, form, i, inner);
      name_results(g, inner, form->members[i], at);
    }
    return;
  }
  ad_array *a = g->results.at[(*at)++];
  if (!*name || a->op == &ad__op_param || a->flags & AD_NODE_CONST || g->names[a->serial]) return;
  if (*name >= '0' && *name <= '9') ad__format(inner, sizeof inner, "out.%.100s", name);
  else ad__format(inner, sizeof inner, ad__graph_find(g, name, strlen(name)) ? "%.100s_new" : "%.100s", name);
  new_name(g, inner, own);
  ad__graph_set_name(g, a, own, strlen(own));
}

/* Values keep the name of the argument that they were. */
static void name_values(const handing *h, ad_graph *g) {
  for (int i = 0; i < g->nodes.count; i++) {
    ad_array *a = g->nodes.at[i];
    if (!(a->flags & AD_NODE_CONST) || g->names[i]) continue;
    for (int k = 0; k < h->nodes.count; k++) {
      const ad_array *v = h->nodes.at[k];
      char name[LONGEST_NAME + 24];
      if (!h->names[k] || !a->value.data || v->value.data != a->value.data || v->type != a->type) continue;
      new_name(g, h->names[k], name);
      ad__graph_set_name(g, a, name, strlen(name));
      break;
    }
  }
}

/* ---- The graph ---- */

/* Passes need numbers for dims: what computes with symbols stays as it was traced, less what occurs twice. */
static ad_graph *optimised(ad_graph *g) {
  if (!ad__graph_is_symbolic(g)) return ad__passes_run(g);
  ad_graph *shared = ad__pass_share(g);
  return shared == g ? ad__pass_over(g, NULL, NULL) : shared;
}

static ad_graph *failed(handing *h) {
  ad_ctx *c = h->f->ctx;
  ad_graph *g = ad_graph_new(c, "failed");
  if (h->bad) ad__graph_fail(g, ad_error_code(h->bad), "%s", ad_error_text(h->bad));
  return g;
}

/* The trace's nodes made again, with numbers where arguments are fixed. */
static ad_graph *make_graph(handing *h, ad_graph *traced, const ad_type *form, const ad_type *state) {
  ad_ctx *c = h->f->ctx;
  ad_graph *outer = c->building;
  int m = traced->results.count, at = 0;
  c->building = h->to;
  ad_array *y = ad_graph_call_at(h->where, traced, h->nodes.at, h->nodes.count);
  for (int i = 0; i < m && !h->bad; i++) {
    ad_array *result = m == 1 || ad__is_error(y) ? y : ad_item_at(h->where, y, i);
    if (!ad__is_error(result)) result = ad__graph_adopt(h->to, result);
    if (ad__is_error(result)) h->bad = result;
    else ad_graph_result(h->to, result);
  }
  c->building = outer;
  if (h->bad) return failed(h);
  ad_graph *g = optimised(h->to);
  if (ad_graph_status(g)) return g;
  name_values(h, g);
  name_results(g, "", form, &at);
  if (state) name_results(g, "", state, &at);
  return g;
}

static ad_graph *hand_out(handing *h, ad_array *const *in, const ad_array *state, ad_traced *t) {
  ad_graph *traced = t->graph;
  size_t bytes = ((size_t)traced->params.count + 1) * sizeof *h->names;
  h->to = ad_graph_new(h->f->ctx, h->opts->name ? h->opts->name : "compiled");
  h->names = ad__mem_zeroed(&h->f->ctx->mem, bytes);
  h->traced = traced;
  if (h->to->error) return h->to;
  if (h->names) add_arguments(h, in, state, t);
  else h->bad = h->f->ctx->out_of_memory;
  ad_graph *g = h->bad ? failed(h) : make_graph(h, traced, t->form, t->state);
  ad__mem_give(&h->f->ctx->mem, h->names, h->names ? bytes : 0);
  ad_graph_free(h->to);
  return g;
}

/* The call as it is traced, with symbols where they are asked for. */
static ad_graph *trace(handing *h, ad_array *const *in, ad_array *state) {
  const ad_compile_opts *o = &ad__compiled_data(h->f)->opts;
  ad_err why = {AD_OK, ""};
  ad_traced t;
  if (h->opts->shapeless) {
    ad_shape_trace *s = ad__shape_trace(h->f, h->where, o, in, state, 0, &why);
    if (!s) h->bad = ad__fn_error(h->f, h->where, why.code, "with symbols for dims: %s", why.text);
    ad_graph *g = s ? hand_out(h, in, state, &s->traced) : failed(h);
    ad__shape_trace_free(h->f->ctx, s);
    return g;
  }
  h->bad = ad__trace_call(h->f, h->where, o, in, state, NULL, &t);
  if (h->bad) return failed(h);
  ad_graph *g = hand_out(h, in, state, &t);
  ad__traced_end(&t);
  return g;
}

static ad_graph *graph_of_call(handing *h, ad_array *const *in) {
  const ad_captured *captured = &ad__compiled_data(h->f)->opts.inputs;
  ad_array *state = captured->read ? captured->read(h->f->ctx, captured->user) : NULL;
  if (state && ad__is_error(state)) h->bad = state;
  for (int i = 0; i < h->f->inputs && !h->bad; i++) h->bad = ad__leaves_add_tree(&h->given, h->where, in[i]);
  if (state && !h->bad) h->bad = ad__leaves_add_tree(&h->given, h->where, state);
  return h->bad ? failed(h) : trace(h, in, state);
}

static ad_array *check(const handing *h, ad_array *const *args, int n) {
  const ad_ints *list = &h->opts->constants;
  if (!ad__fn_ok(h->f)) return h->f->failure;
  if (n != h->f->inputs) return ad__fn_error(h->f, h->where, AD_E_TYPE, "%d arguments; %d are right", n, h->f->inputs);
  for (int i = 0; i < n; i++) {
    if (!args[i]) return ad__fn_error(h->f, h->where, AD_E_VALUE, "argument %d is NULL; an array is right", i);
    if (ad__is_error(args[i])) return args[i];
  }
  for (int i = 0; i < list->count; i++)
    if (list->values[i] < -n || list->values[i] >= n)
      return ad__fn_error(h->f, h->where, AD_E_VALUE, "constants: argument %lld; %d to %d are right", (long long)list->values[i], -n, n - 1);
  return NULL;
}

ad_graph *ad_compiled_graph_at(ad_place where, ad_fn *f, ad_array *const *args, int n, const ad_compiled_graph_opts *opts) {
  static const ad_compiled_graph_opts none = {0};
  if (!f || !f->ctx) return NULL;
  ad_scope *scope = ad_scope_begin(f->ctx);
  handing h = {.f = ad__compiled_data(f) ? f : ad_compile_at(where, f, NULL), .where = where, .opts = opts ? opts : &none};
  ad__leaves_init(&h.given, f->ctx);
  ad__leaves_init(&h.nodes, f->ctx);
  h.bad = check(&h, args, n);
  ad_graph *g = h.bad ? failed(&h) : graph_of_call(&h, args);
  ad__leaves_free(&h.nodes);
  ad__leaves_free(&h.given);
  ad_scope_end(scope, NULL);
  return g;
}
