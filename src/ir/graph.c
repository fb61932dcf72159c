/* Graphs: making, growing, asking, freeing.
 *
 * Everything here works on a graph as data: which ops exist and what they infer is known above (src/ops/graph_build.c).
 * The nodes are the struct of lazy expressions with AD_NODE_GRAPH and AD_NODE_IMMORTAL set, so that counting, scopes and
 * dropping pass them by. A graph that failed stays as it is and reports its first failure. */
#include "ir/graph.h"

#include <string.h>
#include "ir/ctx.h"

const ad_op ad__op_param = {
    .size = sizeof(ad_op), .name = "param", .id = AD_OP_USER, .doc = "A parameter of a graph.", .outputs = 1,
    .flags = AD_OP_HIDDEN | AD_OP_UNIQUE,
};

/* What a caller gets who hands in NULL. Constant: nothing writes where ctx is NULL. */
static const ad_graph no_graph = {.name = "", .error = AD_E_VALUE,
                                  .error_text = "a NULL handle was given where a graph or context is needed"};
static const char no_memory[] = "out of memory";

ad_graph *ad__graph_none(void) { return (ad_graph *)(uintptr_t)&no_graph; }

/* ---- Making and freeing ---- */

bool ad__name_is_valid(const char *s, size_t n) {
  for (size_t i = 0; i < n; i++) {
    bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_';
    bool later = (s[i] >= '0' && s[i] <= '9') || (s[i] == '.' && i + 1 < n);
    if (!letter && (i == 0 || !later)) return false;
  }
  return n > 0 && n < 256;
}

ad_graph *ad_graph_new(ad_ctx *c, const char *name) {
  if (!c) return ad__graph_none();
  ad_graph *g = ad__mem_zeroed(&c->mem, sizeof *g);
  if (!g) return c->no_graph;
  g->ctx = c;
  g->refs = 1;
  g->held = true;
  ad__arena_init(&g->arena, &c->mem);
  g->arena.spare = &c->spare;
  ad__map_init(&g->by_name, &c->mem);
  ad__text_init(&g->text, &c->mem);
  g->next = c->graphs;
  if (c->graphs) c->graphs->previous = g;
  c->graphs = g;
  size_t n = name ? strlen(name) : 0;
  bool valid = ad__name_is_valid(name, n) && !ad__word_is_reserved(name, n);
  g->name = valid ? ad__arena_text(&g->arena, name, n) : "";
  if (!g->name) g->name = "", ad__graph_fail(g, AD_E_MEMORY, "out of memory");
  else if (!valid)
    ad__graph_fail(g, AD_E_VALUE, "\"%.60s\" as a graph's name; a letter or _, then letters, digits, _ and dots is right",
                   name ? name : "(NULL)");
  if (c->error.code) ad__graph_fail(g, c->error.code, "%s", c->error.text);
  return g;
}

static void free_node(ad_graph *g, ad_array *a) {
  if (a->value.buf) ad__value_free(&g->ctx->buffers, a->type, &a->value);
  ad__attrs_free(g->ctx, a->op, a->attrs);
}

static void list_free(ad_ctx *c, ad_node_list *l) { ad__mem_give(&c->mem, l->at, (size_t)l->capacity * sizeof *l->at); }

/* Recursion through regions ends at AD_MAX_REGION_DEPTH. */
static void graph_end(ad_graph *g) {
  ad_ctx *c = g->ctx;
  if (g->lowered && g->lowered != g) ad__graph_drop(g->lowered);
  for (int i = g->nodes.count; i-- > 0;) free_node(g, g->nodes.at[i]);
  if (g->previous) g->previous->next = g->next;
  else c->graphs = g->next;
  if (g->next) g->next->previous = g->previous;
  ad__mem_give(&c->mem, g->names, (size_t)g->nodes.capacity * sizeof *g->names);
  list_free(c, &g->nodes);
  list_free(c, &g->params);
  list_free(c, &g->results);
  ad__map_free(&g->by_name);
  ad__text_free(&g->text);
  ad__arena_free(&g->arena);
  ad__mem_give(&c->mem, g, sizeof *g);
}

void ad__graph_drop(ad_graph *g) {
  if (g->ctx && --g->refs == 0) graph_end(g);
}

void ad_graph_free(ad_graph *g) {
  if (!g || !g->ctx || !g->held) return;
  g->held = false;
  ad__graph_drop(g);
}

void ad__graph_freeze(ad_graph *g) {
  if (!g->ctx) return;
  g->frozen = true;
  g->refs++;
}

bool ad__graphs_begin(ad_ctx *c) {
  ad_graph *g = c->no_graph = ad__mem_zeroed(&c->mem, sizeof *g);
  if (!g) return false;
  *g = (ad_graph){.ctx = c, .name = "", .refs = 1, .error = AD_E_MEMORY, .error_text = no_memory};
  return true;
}

void ad__graphs_free(ad_ctx *c) {
  ad__mem_give(&c->mem, c->no_graph, sizeof *c->no_graph);
  while (c->modules) ad_module_free(c->modules);
  while (c->graphs) {
    ad_graph *g = c->graphs;
    g->refs = 1;
    g->lowered = NULL; /* in this list too */
    for (int i = 0; i < g->nodes.count; i++)
      for (int k = 0; g->nodes.at[i]->attrs && k < g->nodes.at[i]->op->field_count; k++) {
        ad_attr *a = &g->nodes.at[i]->attrs->at[k];
        if (g->nodes.at[i]->op->fields[k].kind == AD_FIELD_GRAPH) a->given = false;
      }
    ad__graph_drop(g);
  }
}

ad_status ad__graph_fail(ad_graph *g, ad_status code, const char *fmt, ...) {
  if (g->error || !g->ctx) return g->error;
  ad_err e;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, code, fmt, ap);
  va_end(ap);
  const char *text = ad__arena_text(&g->arena, e.text, strlen(e.text));
  g->error = text ? code : AD_E_MEMORY;
  g->error_text = text ? text : no_memory;
  return g->error;
}

ad_status ad_graph_status(const ad_graph *g) { return g ? g->error : no_graph.error; }
const char *ad_graph_error_text(const ad_graph *g) {
  if (!g) return no_graph.error_text;
  return g->error ? g->error_text : "";
}

/* ---- Growing ---- */

static bool list_add(ad_ctx *c, ad_node_list *l, ad_array *a) {
  if (l->count == l->capacity) {
    if (l->capacity > INT32_MAX / 2) return false;
    int more = l->capacity ? 2 * l->capacity : 4;
    void *p = ad__mem_resize(&c->mem, l->at, (size_t)l->capacity * sizeof *l->at, (size_t)more * sizeof *l->at);
    if (!p) return false;
    l->at = p;
    l->capacity = more;
  }
  l->at[l->count++] = a;
  return true;
}

/* The names are as long as the nodes' list. */
static bool reserve_nodes(ad_graph *g) {
  ad_node_list *l = &g->nodes;
  if (l->count < l->capacity) return true;
  if (l->capacity > INT32_MAX / 2) return false;
  size_t old = (size_t)l->capacity, more = old ? 2 * old : 16;
  ad_array **at = ad__mem_take(&g->ctx->mem, more * sizeof *at);
  const char **names = at ? ad__mem_take(&g->ctx->mem, more * sizeof *names) : NULL;
  if (!names) {
    ad__mem_give(&g->ctx->mem, at, more * sizeof *at);
    return false;
  }
  if (old) memcpy(at, l->at, old * sizeof *at), memcpy(names, g->names, old * sizeof *names);
  ad__mem_give(&g->ctx->mem, l->at, old * sizeof *at);
  ad__mem_give(&g->ctx->mem, g->names, old * sizeof *names);
  l->at = at;
  g->names = names;
  l->capacity = (int)more;
  return true;
}

bool ad__graph_owns(const ad_graph *g, const ad_array *a) {
  return a && (a->flags & AD_NODE_GRAPH) && a->graph == g;
}

static ad_graph *graph_among(ad_array *const *in, int n) {
  for (int i = 0; i < n; i++)
    if (in[i] && (in[i]->flags & AD_NODE_GRAPH)) return in[i]->graph;
  return NULL;
}

/* Regions stay below the limit of depth, whole and of this context. */
static const char *refuse_regions(ad_graph *g, const ad_op *op, const ad_attr *attrs, int *depth) {
  for (int i = 0; attrs && i < op->field_count; i++) {
    if (op->fields[i].kind != AD_FIELD_GRAPH || !attrs[i].given) continue;
    const ad_graph *r = attrs[i].as.graph;
    if (r->error) return r->error_text;
    if (r->ctx != g->ctx) return "a region of another context; one of the same is right";
    if (r == g) return "the graph itself as a region; another graph is right";
    if (r->depth + 1 > *depth) *depth = r->depth + 1;
  }
  return *depth > AD_MAX_REGION_DEPTH ? "regions inside regions; at most 64 levels are right" : NULL;
}

static ad_array *node_in_arena(ad_graph *g, ad_place where, const ad_op *op, const ad_type *type, ad_array *const *in, int n,
                               const ad_attr *attrs) {
  if (!reserve_nodes(g)) return NULL;
  ad_array *a = ad__arena_zeroed(&g->arena, sizeof *a + (size_t)n * sizeof *a->in, _Alignof(ad_array));
  if (!a) return NULL;
  a->op = op;
  a->type = type;
  a->ctx = g->ctx;
  a->where = g->ctx->rule_where ? g->ctx->rule_where : where;
  a->serial = (uint64_t)g->nodes.count;
  a->n = (uint16_t)n;
  a->flags = AD_NODE_GRAPH | AD_NODE_IMMORTAL;
  a->graph = g;
  for (int i = 0; i < n; i++) a->in[i] = in[i];
  if (attrs && op->field_count && !(a->attrs = ad__attrs_copy_in(&g->arena, op, attrs))) return NULL;
  g->names[g->nodes.count] = NULL;
  g->nodes.at[g->nodes.count++] = a;
  return a;
}

bool ad__value_share(ad_ctx *c, const ad_type *type, const ad_value *from, ad_value *to) {
  size_t bytes = (size_t)type->rank * sizeof *from->strides;
  *to = (ad_value){NULL, NULL, NULL};
  if (from->strides && !(to->strides = ad__block_take(&c->buffers.blocks, bytes))) return false;
  if (from->strides) memcpy(to->strides, from->strides, bytes);
  to->buf = from->buf;
  to->data = from->data;
  ad__buffer_keep(from->buf);
  return true;
}

static ad_array *adopt_constant(ad_graph *g, const ad_array *x) {
  ad_array *a = node_in_arena(g, x->where, x->op, x->type, NULL, 0, x->attrs ? x->attrs->at : NULL);
  if (!a) return NULL;
  if (!ad__value_share(g->ctx, x->type, &x->value, &a->value)) {
    ad__graph_discard(a);
    return NULL;
  }
  a->state = AD_DONE;
  a->flags |= x->flags & (AD_NODE_CONST | AD_NODE_WEAK);
  return a;
}

/* The inputs with constants of the context replaced by copies in the graph; `in` itself when there is none. */
enum { FEW = 8 };
static ad_array *const *adopt_constants(ad_graph *g, ad_array *const *in, int n, ad_array **few) {
  ad_array **own = NULL;
  for (int i = 0; i < n; i++) {
    if (!in[i] || (in[i]->flags & AD_NODE_GRAPH) || !(in[i]->flags & AD_NODE_CONST) || in[i]->ctx != g->ctx) continue;
    if (!own) {
      own = n <= FEW ? few : ad__arena_array(&g->arena, (size_t)n, sizeof *own, _Alignof(ad_array *));
      if (!own) return NULL;
      memcpy(own, in, (size_t)n * sizeof *own);
    }
    if (!(own[i] = adopt_constant(g, in[i]))) return NULL;
  }
  return own ? own : in;
}

ad_array *ad__graph_node(ad_ctx *c, ad_place where, const ad_op *op, const ad_type *type, ad_array *const *in, int n,
                         const ad_attr *attrs) {
  ad_graph *g = c->building ? c->building : graph_among(in, n);
  int depth = g->depth;
  const char *wrong = g->error ? g->error_text : refuse_regions(g, op, attrs, &depth);
  if (!wrong && g->frozen) wrong = "the graph is a region of a node already; a new graph is right";
  for (int i = 0; i < n && !wrong; i++)
    if (in[i] && !ad__graph_owns(g, in[i]) && !(in[i]->flags & AD_NODE_CONST && in[i]->ctx == c && in[i]->state == AD_DONE &&
                                                !(in[i]->flags & AD_NODE_GRAPH)))
      wrong = "an input is no node of the graph; an operand or a constant of it is right";
  if (wrong) return ad__node_error(c, where, op, g->error ? g->error : AD_E_VALUE, wrong);
  ad_array *few[FEW];
  ad_array *const *own = n ? adopt_constants(g, in, n, few) : in;
  ad_array *a = own || !n ? node_in_arena(g, where, op, type, own, n, attrs) : NULL;
  if (!a) return c->out_of_memory;
  g->depth = depth;
  return a;
}

void ad__graph_cut(ad_graph *g, int count) {
  while (g->nodes.count > count) free_node(g, g->nodes.at[--g->nodes.count]);
}

void ad__graph_discard(ad_array *a) {
  ad_graph *g = a->graph;
  if (g->nodes.count && g->nodes.at[g->nodes.count - 1] == a) ad__graph_cut(g, g->nodes.count - 1);
}

/* ---- Names, parameters, results ---- */

ad_array *ad__graph_find(const ad_graph *g, const char *name, size_t n) {
  const ad_map_value *v = ad__map_find(&g->by_name, ad__map_text(name, n));
  return v ? g->nodes.at[v->number] : NULL;
}

ad_status ad__graph_set_name(ad_graph *g, ad_array *node, const char *name, size_t n) {
  if (!ad__graph_owns(g, node)) return AD_E_VALUE;
  if (!ad__name_is_valid(name, n) || ad__word_is_reserved(name, n)) return AD_E_VALUE;
  if (g->names[node->serial] || ad__graph_find(g, name, n)) return AD_E_KEY;
  char *own = ad__arena_text(&g->arena, name, n);
  ad_map_value *v = own ? ad__map_put(&g->by_name, ad__map_text(own, n), NULL) : NULL;
  if (!v) return ad__graph_fail(g, AD_E_MEMORY, "out of memory");
  v->number = node->serial;
  g->names[node->serial] = own;
  return AD_OK;
}

ad_status ad_graph_set_name(ad_graph *g, ad_array *node, const char *name) {
  if (!g || !node || !name) return AD_E_VALUE;
  return g->error ? g->error : ad__graph_set_name(g, node, name, strlen(name));
}

/* A parameter that fails makes the graph fail: what follows from it would be wrong. */
static ad_array *param_failed(ad_graph *g, ad_status code, const char *text) {
  ad__graph_fail(g, code, "param: %s", text);
  return ad__node_error(g->ctx, NULL, NULL, g->error, g->error_text);
}

ad_array *ad__graph_param(ad_graph *g, const char *name, size_t n, const ad_type *type) {
  ad_ctx *c = g->ctx;
  if (g->error) return ad__node_error(c, NULL, NULL, g->error, g->error_text);
  if (g->frozen) return param_failed(g, AD_E_VALUE, "the graph is a region of a node already; a new graph is right");
  ad_array *a = node_in_arena(g, NULL, &ad__op_param, type, NULL, 0, NULL);
  if (!a || !list_add(c, &g->params, a)) {
    ad__graph_fail(g, AD_E_MEMORY, "out of memory");
    return c->out_of_memory;
  }
  ad_status s = ad__graph_set_name(g, a, name, n);
  if (s == AD_E_MEMORY) return c->out_of_memory;
  if (s == AD_E_KEY) return param_failed(g, s, "a name that is taken; a new one is right");
  if (s) return param_failed(g, s, "no name; a letter or _, then letters, digits, _ and dots is right");
  return a;
}

ad_status ad_graph_result(ad_graph *g, ad_array *node) {
  if (!g || !g->ctx || g->error) return ad_graph_status(g);
  if (node && ad__is_error(node)) return ad__graph_fail(g, node->u.failure->code, "%s", node->u.failure->text);
  if (!ad__graph_owns(g, node)) return ad__graph_fail(g, AD_E_VALUE, "result: no node of the graph; one of its nodes is right");
  if (g->frozen) return ad__graph_fail(g, AD_E_VALUE, "result: the graph is a region of a node already; a new graph is right");
  return list_add(g->ctx, &g->results, node) ? AD_OK : ad__graph_fail(g, AD_E_MEMORY, "out of memory");
}

/* ---- Asking ---- */

static ad_array *list_at(const ad_node_list *l, int i) { return i >= 0 && i < l->count ? l->at[i] : NULL; }

const char *ad_graph_name(const ad_graph *g) { return g ? g->name : ""; }
int ad_graph_param_count(const ad_graph *g) { return g ? g->params.count : 0; }
ad_array *ad_graph_param_at(const ad_graph *g, int index) { return g ? list_at(&g->params, index) : NULL; }
int ad_graph_result_count(const ad_graph *g) { return g ? g->results.count : 0; }
ad_array *ad_graph_result_at(const ad_graph *g, int index) { return g ? list_at(&g->results, index) : NULL; }
int ad_graph_node_count(const ad_graph *g) { return g ? g->nodes.count : 0; }
ad_array *ad_graph_node_at(const ad_graph *g, int index) { return g ? list_at(&g->nodes, index) : NULL; }
const char *ad_graph_name_of(const ad_graph *g, const ad_array *node) {
  return g && ad__graph_owns(g, node) && g->names[node->serial] ? g->names[node->serial] : "";
}

const char *ad_graph_text(ad_graph *g) {
  if (!g || g->error) return ad_graph_error_text(g);
  g->text.length = 0;
  g->text.failed = false;
  ad_map seen;
  ad__map_init(&seen, &g->ctx->mem);
  ad__unions_print(&seen, g, &g->text);
  ad__map_free(&seen);
  ad__graph_print(g, &g->text);
  return g->text.failed ? no_memory : ad__text_str(&g->text);
}

static bool is_symbolic_type(const ad_type *t) {
  if (t->kind == AD_KIND_TENSOR) return t->size < 0;
  for (int k = 0; (t->kind == AD_KIND_TUPLE || t->kind == AD_KIND_RECORD) && k < t->rank; k++)
    if (is_symbolic_type(t->members[k])) return true;
  return false;
}

/* Recursion through regions ends at AD_MAX_REGION_DEPTH. */
bool ad__graph_is_symbolic(const ad_graph *g) {
  for (int i = 0; i < g->nodes.count; i++) {
    const ad_array *a = g->nodes.at[i];
    if (is_symbolic_type(a->type)) return true;
    for (int f = 0; a->attrs && f < a->op->field_count; f++)
      if (a->op->fields[f].kind == AD_FIELD_GRAPH && a->attrs->at[f].given && ad__graph_is_symbolic(a->attrs->at[f].as.graph)) return true;
  }
  return false;
}
