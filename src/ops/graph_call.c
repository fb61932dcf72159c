/* Calling a graph: its nodes are made again on the arguments, one after the other, by the ordinary way of making nodes.
 *
 * First the parameters' types are matched with the arguments', which gives every symbol its dim; types of nodes are then
 * inferred anew, so they are exact. Attributes that hold dims are bound, and so are regions, by a call of their own inside a new
 * graph, which sees the symbols of the calls around it. Nodes made keep the place of the node they come from. */
#include <string.h>
#include "ir/ctx.h"
#include "ir/dim.h"
#include "ops/graph_build.h"

typedef struct graph_call {
  const struct graph_call *outer; /* the region that is called belongs to a node of that one's graph; NULL: to none */
  ad_ctx *c;
  const ad_graph *g;
  ad_place where;
  ad_map dims;     /* symbol -> dim; those not in it may be in the outer ones */
  ad_array **made; /* per node of g; held */
  ad_err err;
} graph_call;

/* ---- Symbols ---- */

static ad_dim look_up(void *user, const char *symbol) {
  for (const graph_call *k = user; k; k = k->outer) {
    const ad_map_value *v = ad__map_find(&k->dims, ad__map_text(symbol, strlen(symbol)));
    if (v) return (ad_dim)v->number;
  }
  return AD_DIM_UNKNOWN;
}

static ad_status bind_symbol(graph_call *k, const char *name, ad_dim d) {
  bool fresh;
  ad_map_value *v = ad__map_put(&k->dims, ad__map_text(name, strlen(name)), &fresh);
  if (!v) return ad__fail(&k->err, AD_E_MEMORY, "out of memory");
  if (fresh) v->number = (uint64_t)d;
  if (d == 0 || d == 1) return ad__fail(&k->err, AD_E_VALUE, "dim %lld for the symbol %s; 2 or more is right", (long long)d, name);
  return AD_OK;
}

static ad_status mismatch(graph_call *k, int arg, const ad_type *want, const ad_type *have) {
  ad_text t;
  ad__text_init(&t, &k->c->mem);
  ad__type_print(k->c, have, &t);
  ad__text_add(&t, "; ");
  ad__type_print(k->c, want, &t);
  ad__fail(&k->err, AD_E_TYPE, "argument %d is %s is right", arg, ad__text_str(&t));
  ad__text_free(&t);
  return k->err.code;
}

/* Recursion over members. On the first pass symbols take their dims, on the second everything must agree. */
static bool match(graph_call *k, const ad_type *want, const ad_type *have, bool first) {
  if (want == have && first) return true;
  if (want->kind > AD_KIND_RECORD) return want == have; /* by name */
  if (want->kind != have->kind || want->rank != have->rank || want->dtype != have->dtype) return false;
  for (int i = 0; i < want->rank; i++) {
    if (want->kind != AD_KIND_TENSOR) {
      if (want->names && strcmp(want->names[i], have->names[i]) != 0) return false;
      if (!match(k, want->members[i], have->members[i], first)) return false;
      continue;
    }
    const char *symbol = ad__dim_symbol_name(k->c, want->dims[i]);
    if (first && symbol && bind_symbol(k, symbol, have->dims[i])) return false;
    if (!first && ad__dim_bind(k->c, want->dims[i], look_up, k) != have->dims[i]) return false;
  }
  return true;
}

static ad_status match_all(graph_call *k, ad_array *const *args) {
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < k->g->params.count; i++) {
      const ad_type *want = k->g->params.at[i]->type, *have = args[i]->type;
      bool weak = (args[i]->flags & AD_NODE_WEAK) && want->kind == AD_KIND_TENSOR && want->rank == 0;
      if (weak || match(k, want, have, pass == 0)) continue;
      return k->err.code ? k->err.code : mismatch(k, i, want, have);
    }
  return AD_OK;
}

/* ---- Nodes ---- */

enum { MOST_FIELDS = 24 };

static ad_array *call_graph(ad_place where, ad_graph *g, ad_array *const *args, int n, const graph_call *outer);

static const ad_type *bound_type(graph_call *k, const ad_type *t) {
  int64_t dims[AD_MAX_RANK];
  if (t->kind != AD_KIND_TENSOR || t->size >= 0) return t;
  for (int d = 0; d < t->rank; d++) dims[d] = ad__dim_bind(k->c, t->dims[d], look_up, k);
  return ad__type_tensor(k->c, t->dtype, t->rank, dims, &k->err);
}

/* The results of a region, called on the parameters that a new graph already has, as that graph's. */
static void fill_region(graph_call *k, ad_graph *region, ad_graph *to) {
  ad_graph *outer = k->c->building;
  k->c->building = to;
  ad_array *y = call_graph(NULL, region, to->params.at, to->params.count, k);
  int n = region->results.count;
  for (int i = 0; i < n && !ad__is_error(y) && !to->error; i++) ad_graph_result(to, n == 1 ? y : ad_item_at(NULL, y, i));
  k->c->building = outer;
  if (ad__is_error(y)) ad__graph_fail(to, y->u.failure->code, "%s", y->u.failure->text);
}

/* A region with the symbols of this call bound, which the caller frees. */
static ad_graph *bound_region(graph_call *k, ad_graph *region) {
  ad_graph *to = ad_graph_new(k->c, region->name);
  for (int i = 0; i < region->params.count && !to->error; i++) {
    const ad_array *p = region->params.at[i];
    const char *name = region->names[p->serial];
    const ad_type *t = bound_type(k, p->type);
    if (!t || ad__is_error(ad__graph_param(to, name, name ? strlen(name) : 0, t))) ad__graph_fail(to, AD_E_MEMORY, "out of memory");
  }
  if (!to->error) fill_region(k, region, to);
  return to;
}

/* The symbolic regions among the attributes, bound; behind the last a NULL. */
static void bind_regions(graph_call *k, const ad_array *a, ad_attr *at, ad_graph **made) {
  for (int i = 0; i < a->op->field_count; i++)
    if (a->op->fields[i].kind == AD_FIELD_GRAPH && at[i].given && ad__graph_is_symbolic(at[i].as.graph))
      at[i].as.graph = *made++ = bound_region(k, at[i].as.graph);
  *made = NULL;
}

static ad_array *apply_again(graph_call *k, const ad_array *a, ad_place where, ad_array *const *in) {
  if (!a->attrs) return ad__apply_floating(k->c, where, a->op, in, a->n, NULL);
  ad_attr at[MOST_FIELDS];
  ad_graph *made[MOST_FIELDS + 1];
  int64_t shape[AD_MAX_RANK];
  memcpy(at, a->attrs->at, (size_t)a->op->field_count * sizeof *at);
  bind_regions(k, a, at, made);
  for (int i = 0; i < a->op->field_count; i++) {
    if (a->op->fields[i].kind != AD_FIELD_SHAPE || !at[i].given || at[i].as.ints == shape) continue;
    bool symbolic = false;
    for (int d = 0; d < at[i].count; d++) symbolic |= at[i].as.ints[d] < -1;
    if (!symbolic) continue;
    for (int d = 0; d < at[i].count; d++) shape[d] = ad__dim_bind(k->c, at[i].as.ints[d], look_up, k);
    at[i].as.ints = shape;
  }
  ad_array *y = ad__apply_floating(k->c, where, a->op, in, a->n, at);
  for (int i = 0; made[i]; i++) ad_graph_free(made[i]);
  return y;
}

static ad_array *tuple_again(graph_call *k, const ad_array *a, ad_place where, ad_array *const *in) {
  if (a->type->kind == AD_KIND_RECORD) return ad_record_at(where, k->c, a->type->names, in, a->n);
  return ad_tuple_at(where, k->c, in, a->n);
}

static ad_array *make_again(graph_call *k, const ad_array *a, ad_array *const *in) {
  ad_place where = a->where ? a->where : k->where;
  if (a->flags & AD_NODE_CONST)
    return ad__constant_over(k->c, where, a->type, &a->value, a->flags & AD_NODE_WEAK ? a : NULL);
  for (int i = 0; i < a->n; i++)
    if (in[i] && ad__is_error(in[i])) return in[i];
  if (a->op == &ad__op_tuple) return tuple_again(k, a, where, in);
  if (a->op == &ad__op_item) return ad_item_at(where, in[0], (int)ad__attr(a, 0)->as.i);
  return apply_again(k, a, where, in);
}

/* Every node made is held until the end, so that one without consumer is freed. */
static ad_array *make_all(graph_call *k, ad_array **in) {
  const ad_graph *g = k->g;
  for (int i = 0; i < g->nodes.count; i++) {
    const ad_array *a = g->nodes.at[i];
    if (k->made[i]) continue;
    for (int j = 0; j < a->n; j++) in[j] = a->in[j] ? k->made[a->in[j]->serial] : NULL;
    k->made[i] = ad__node_keep(make_again(k, a, in));
    if (ad__is_error(k->made[i])) return k->made[i];
  }
  return NULL;
}

static int widest(const ad_graph *g) {
  int n = 1;
  for (int i = 0; i < g->nodes.count; i++)
    if (g->nodes.at[i]->n > n) n = g->nodes.at[i]->n;
  return g->results.count > n ? g->results.count : n;
}

static ad_array *make_results(graph_call *k, ad_array *const *args) {
  const ad_graph *g = k->g;
  size_t bytes = (size_t)(g->nodes.count + widest(g)) * sizeof *k->made;
  k->made = ad__mem_zeroed(&k->c->mem, bytes);
  if (!k->made) return k->c->out_of_memory;
  ad_array **in = k->made + g->nodes.count, *out = NULL;
  for (int i = 0; i < g->params.count; i++) {
    const ad_type *want = g->params.at[i]->type;
    bool cast = args[i]->type->kind == AD_KIND_TENSOR && args[i]->type->dtype != want->dtype;
    ad_array *x = cast ? ad__cast_floating(args[i], k->where, NULL, want->dtype) : args[i];
    k->made[g->params.at[i]->serial] = ad__node_keep(x);
    if (ad__is_error(x)) out = x;
  }
  if (!out) out = make_all(k, in);
  for (int i = 0; !out && i < g->results.count; i++) in[i] = k->made[g->results.at[i]->serial];
  if (!out) out = g->results.count == 1 ? in[0] : ad_tuple_at(k->where, k->c, in, g->results.count);
  ad__scope_take_error(out);
  for (int i = g->nodes.count; i-- > 0;)
    if (k->made[i]) ad__node_drop(k->made[i]);
  ad__mem_give(&k->c->mem, k->made, bytes);
  return out;
}

/* ---- The call ---- */

static ad_status check_args(graph_call *k, ad_array *const *args, int n) {
  if (k->g->error) return ad__fail(&k->err, k->g->error, "%s", k->g->error_text);
  if (n != k->g->params.count || (n && !args))
    return ad__fail(&k->err, AD_E_TYPE, "%d arguments; %d are right", n, k->g->params.count);
  for (int i = 0; i < n; i++) {
    if (!args[i]) return ad__fail(&k->err, AD_E_VALUE, "argument %d is NULL; an array is right", i);
    if (!ad__is_error(args[i]) && args[i]->ctx != k->c)
      return ad__fail(&k->err, AD_E_VALUE, "argument %d belongs to another context; one of the graph's is right", i);
  }
  return AD_OK;
}

static ad_array *call_graph(ad_place where, ad_graph *g, ad_array *const *args, int n, const graph_call *outer_call) {
  ad_ctx *c = g->ctx;
  graph_call k = {.outer = outer_call, .c = c, .g = g, .where = where, .err = {AD_OK, ""}};
  ad_status s = check_args(&k, args, n);
  for (int i = 0; !s && i < n; i++)
    if (ad__is_error(args[i])) return args[i];
  ad__map_init(&k.dims, &c->mem);
  if (!s) s = match_all(&k, args);
  ad_graph *outer = c->building;
  ad_scope *scope = ad_scope_begin(c);
  c->building = ad__graph_meant(c, args, n);
  if (!s && c->building == g) s = ad__fail(&k.err, AD_E_VALUE, "the graph called with its own nodes; another graph's are right");
  ad_array *a = s ? ad__scope_take_error(ad__node_errorf(c, where, NULL, s, "%s: %s", g->name, k.err.text))
                  : make_results(&k, args);
  c->building = outer;
  ad__map_free(&k.dims);
  return ad_scope_end(scope, a);
}

ad_array *ad_graph_call_at(ad_place where, ad_graph *g, ad_array *const *args, int n) {
  if (!g || !g->ctx) return ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL);
  return call_graph(where, g, args, n, NULL);
}
