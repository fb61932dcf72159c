/* Calling a graph: its nodes are made again on the arguments, one after the other, by the ordinary way of making nodes.
 *
 * First the parameters' types are matched with the arguments', which gives every symbol its dim; types of nodes are then
 * inferred anew, so they are exact. Attributes that hold dims are bound. Nodes made keep the place of the node they come from. */
#include <string.h>
#include "ir/ctx.h"
#include "ir/dim.h"
#include "ops/graph_build.h"

typedef struct graph_call {
  ad_ctx *c;
  const ad_graph *g;
  ad_place where;
  ad_map dims;     /* symbol -> dim */
  ad_array **made; /* per node of g; held */
  ad_err err;
} graph_call;

/* ---- Symbols ---- */

static ad_dim look_up(void *user, const char *symbol) {
  const ad_map_value *v = ad__map_find(&((graph_call *)user)->dims, ad__map_text(symbol, strlen(symbol)));
  return v ? (ad_dim)v->number : AD_DIM_UNKNOWN;
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

static ad_array *apply_again(graph_call *k, const ad_array *a, ad_place where, ad_array *const *in) {
  if (!a->attrs) return ad__apply_floating(k->c, where, a->op, in, a->n, NULL);
  ad_attr at[MOST_FIELDS];
  int64_t shape[AD_MAX_RANK];
  for (int i = 0; i < a->op->field_count; i++) {
    at[i] = a->attrs->at[i];
    if (a->op->fields[i].kind != AD_FIELD_SHAPE || !at[i].given || at[i].as.ints == shape) continue;
    bool symbolic = false;
    for (int d = 0; d < at[i].count; d++) symbolic |= at[i].as.ints[d] < -1;
    if (!symbolic) continue;
    for (int d = 0; d < at[i].count; d++) shape[d] = ad__dim_bind(k->c, at[i].as.ints[d], look_up, k);
    at[i].as.ints = shape;
  }
  return ad__apply_floating(k->c, where, a->op, in, a->n, at);
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

ad_array *ad_graph_call_at(ad_place where, ad_graph *g, ad_array *const *args, int n) {
  if (!g || !g->ctx) return ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL);
  ad_ctx *c = g->ctx;
  graph_call k = {.c = c, .g = g, .where = where, .err = {AD_OK, ""}};
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
