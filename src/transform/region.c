/* Tracing regions and calling them. See region.h.
 *
 * A region is what was made since its trace began; older nodes become captures. The walk is a loop over marks in the context's
 * epoch; nodes are copied in serial order, which is program order. */
#include "transform/region.h"

#include <string.h>
#include "base/sort.h"
#include "ops/graph_build.h"
#include "ops/registry.h"
#include "transform/paths.h"

/* ---- Lists ---- */

void ad__handles_init(ad_handles *k, ad_ctx *c) { *k = (ad_handles){.ctx = c}; }
void ad__handles_free(ad_handles *k) { ad__mem_give(&k->ctx->mem, k->at, (size_t)k->capacity * sizeof *k->at); }

bool ad__handles_add(ad_handles *k, ad_array *a) {
  if (k->count == k->capacity) {
    size_t old = (size_t)k->capacity, n = old ? 2 * old : 16;
    ad_array **p = ad__mem_resize(&k->ctx->mem, k->at, old * sizeof *p, n * sizeof *p);
    if (!p) return !(k->failed = true);
    k->at = p;
    k->capacity = (int)n;
  }
  k->at[k->count++] = a;
  return true;
}

/* ---- What is inside ---- */

enum { MARK_PARAM = 1, MARK_CAPTURE = 2, EPOCH_STEP = 4 };

typedef struct inside {
  ad_ctx *ctx;
  uint64_t since;
  const ad_paths *paths; /* of AD_DEPENDENTS */
  ad_handles nodes;     /* met and inside */
  ad_handles outside;   /* met and outside, in the order met */
} inside;

/* What is taken of an outside tuple is outside too: captures are tensors. */
static bool is_outside(const inside *w, const ad_array *a) {
  if (a->flags & AD_NODE_CONST) return false;
  if ((a->op->flags & (AD_OP_PROJECTS | AD_OP_WHOLE)) && a->in[0]) return is_outside(w, a->in[0]);
  return w->paths ? ad__paths_find(w->paths, a) < 0 : a->serial < w->since;
}

static bool meet(inside *w, ad_array *a) {
  if (!a || a->visit >= w->ctx->epoch) return true;
  bool outside = is_outside(w, a);
  a->visit = w->ctx->epoch + (outside ? MARK_CAPTURE : 0);
  return ad__handles_add(outside ? &w->outside : &w->nodes, a);
}

static bool by_serial(const void *a, const void *b, const void *user) {
  (void)user;
  return (*(ad_array *const *)a)->serial < (*(ad_array *const *)b)->serial;
}

/* Everything that the results need and the params do not stop, in order. */
static bool walk(inside *w, ad_array *const *params, int n, ad_array *const *results, int m) {
  ad_ctx *c = w->ctx;
  c->epoch += EPOCH_STEP;
  ad__handles_init(&w->nodes, c);
  ad__handles_init(&w->outside, c);
  for (int i = 0; i < n; i++) params[i]->visit = c->epoch + MARK_PARAM;
  for (int i = 0; i < m; i++)
    if (!meet(w, results[i])) return false;
  for (int k = 0; k < w->nodes.count; k++) {
    ad_array *a = w->nodes.at[k];
    for (int i = 0; i < a->n && !(a->flags & AD_NODE_CONST); i++)
      if (!meet(w, a->in[i])) return false;
  }
  ad__sort(w->nodes.at, (size_t)w->nodes.count, sizeof *w->nodes.at, by_serial, NULL);
  ad__sort(w->outside.at, (size_t)w->outside.count, sizeof *w->outside.at, by_serial, NULL);
  return true;
}

/* With AD_DEPENDENTS the paths say what is inside; they use marks of their own, before. */
static bool look(inside *w, ad_paths *paths, ad_ctx *c, ad_array *const *params, int n, ad_array *const *results, int m,
                 uint64_t since) {
  *w = (inside){.ctx = c, .since = since};
  if (since == AD_DEPENDENTS) {
    ad__paths_init(paths, c, false, results, m, params, n);
    w->paths = paths;
    if (paths->failed) {
      ad__handles_init(&w->nodes, c);
      ad__handles_init(&w->outside, c);
      return false;
    }
  }
  return walk(w, params, n, results, m);
}

static void look_end(inside *w, ad_paths *paths) {
  ad__handles_free(&w->nodes);
  ad__handles_free(&w->outside);
  if (w->paths) ad__paths_free(paths);
}

bool ad__region_collect(ad_handles *captures, ad_array *const *params, int n, ad_array *const *results, int m, uint64_t since) {
  inside w;
  ad_paths paths;
  bool ok = look(&w, &paths, captures->ctx, params, n, results, m, since);
  /* Those captured already are marked anew, so that each is captured once. */
  for (int i = 0; i < captures->count; i++) captures->at[i]->visit = captures->ctx->epoch;
  for (int k = 0; k < w.outside.count && ok; k++)
    if (w.outside.at[k]->visit != captures->ctx->epoch) ok = ad__handles_add(captures, w.outside.at[k]);
  look_end(&w, &paths);
  return ok;
}

/* ---- The graph ---- */

typedef struct copying {
  ad_graph *g;
  ad_map made; /* node -> position in the graph */
} copying;

static bool put(copying *k, const ad_array *from, const ad_array *to) {
  if (ad__is_error(to)) {
    ad__graph_fail(k->g, to->u.failure->code, "%s", to->u.failure->text);
    return false;
  }
  ad_map_value *v = ad__map_put(&k->made, ad__map_pointer(from), NULL);
  if (v) v->number = to->serial;
  else ad__graph_fail(k->g, AD_E_MEMORY, "out of memory");
  return v != NULL;
}

static ad_array *found(const copying *k, const ad_array *a) {
  const ad_map_value *v = ad__map_find(&k->made, ad__map_pointer(a));
  return v ? k->g->nodes.at[v->number] : NULL;
}

static void add_params(copying *k, char letter, ad_array *const *of, int n) {
  char name[24];
  for (int i = 0; i < n && !k->g->error; i++) {
    size_t length = ad__format(name, sizeof name, "%c%d", letter, i);
    ad_array *p = ad__graph_param(k->g, name, length, of[i]->type);
    if (!found(k, of[i])) put(k, of[i], p);
    else if (ad__is_error(p)) ad__graph_fail(k->g, AD_E_MEMORY, "out of memory");
  }
}

static void copy_node(copying *k, ad_array *a) {
  ad_array *few[16], **in = a->n <= 16 ? few : ad__mem_take(&a->ctx->mem, (size_t)a->n * sizeof *in), *y;
  if (!in) {
    ad__graph_fail(k->g, AD_E_MEMORY, "out of memory");
    return;
  }
  for (int i = 0; i < a->n; i++) {
    in[i] = a->in[i] ? found(k, a->in[i]) : NULL;
    if (a->in[i] && !in[i]) ad__graph_fail(k->g, AD_E_VALUE, "region: an operand that was not captured");
  }
  if (!k->g->error) {
    if (a->flags & AD_NODE_CONST) y = ad__graph_adopt(k->g, a);
    else y = ad__node_new(k->g->ctx, a->where, a->op, a->type, in, a->n, a->attrs ? a->attrs->at : NULL);
    if (!ad__is_error(y)) y->flags |= a->flags & AD_NODE_WEAK;
    put(k, a, y);
    if (ad__is_error(y)) ad__node_discard(y);
  }
  if (in != few) ad__mem_give(&a->ctx->mem, in, (size_t)a->n * sizeof *in);
}

ad_graph *ad__region_trace(const ad_handles *captures, const char *name, ad_array *const *params, int n,
                           ad_array *const *results, int m, uint64_t since) {
  ad_ctx *c = captures->ctx;
  inside w;
  ad_paths paths;
  copying k = {.g = ad_graph_new(c, name)};
  for (int i = 0; i < m; i++)
    if (ad__is_error(results[i])) ad__graph_fail(k.g, results[i]->u.failure->code, "%s", results[i]->u.failure->text);
  if (k.g->error) return k.g;
  ad_graph *outer = c->building;
  ad_place place = c->rule_where;
  c->rule_where = NULL; /* nodes keep their own places */
  ad__map_init(&k.made, &c->mem);
  if (!look(&w, &paths, c, params, n, results, m, since)) ad__graph_fail(k.g, AD_E_MEMORY, "out of memory");
  c->building = k.g;
  add_params(&k, 'x', params, n);
  add_params(&k, 'c', captures->at, captures->count);
  for (int i = 0; i < w.nodes.count && !k.g->error; i++)
    if (!found(&k, w.nodes.at[i])) copy_node(&k, w.nodes.at[i]);
  c->building = outer;
  for (int i = 0; i < m && !k.g->error; i++) {
    ad_array *y = found(&k, results[i]);
    if (y) ad_graph_result(k.g, y);
    else ad__graph_fail(k.g, AD_E_VALUE, "region: a result that was not captured");
  }
  c->rule_where = place;
  look_end(&w, &paths);
  ad__map_free(&k.made);
  return k.g;
}

ad_array *ad__region_call(ad_ctx *c, ad_graph *g, ad_array *const *args, int n, ad_array **out) {
  int m = g->results.count;
  ad_array *y = ad_graph_call_at(c->rule_where, g, args, n);
  if (ad__is_error(y)) return y;
  for (int i = 0; i < m; i++) {
    out[i] = m == 1 ? y : ad_item(y, i);
    if (ad__is_error(out[i])) return out[i];
  }
  return NULL;
}

/* ---- The rows ---- */

const ad_whole_rules *ad__whole_rules(const ad_op *op) {
  static const ad_whole_rules *const rows[AD_OP_COUNT] = {
      [AD_OP_custom] = &ad__custom_rules, [AD_OP_checkpoint] = &ad__checkpoint_rules, [AD_OP_cond] = &ad__cond_rules,
      [AD_OP_while_loop] = &ad__while_rules, [AD_OP_scan] = &ad__scan_rules,
  };
  return op->id < AD_OP_COUNT ? rows[op->id] : NULL;
}
