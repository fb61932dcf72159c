/* Lowering for emission, and names. See lower.h.
 *
 * Each pass copies the graph and expands what the target cannot say; a composition may again hold composites, so passes
 * follow one another until nothing is left to expand. Types are taken over: the same checks have made them. */
#include "emit/lower.h"

#include <string.h>
#include "ir/ctx.h"
#include "ops/graph_build.h"

enum { MOST_PASSES = 64 };

typedef struct lowering {
  const ad_graph *from;
  ad_graph *to;
  const char *target;
  ad_can_emit can;
  void *user;
  ad_array **made, **in;
  bool expanded;
  ad_err *e;
} lowering;

static ad_array *expand(lowering *l, const ad_array *a) {
  ad_ctx *c = l->to->ctx;
  if (!a->op->compose)
    return ad__scope_take_error(ad__node_errorf(
        c, a->where, a->op, AD_E_NOT_IMPLEMENTED,
        "emit: target %s has no way to write it, and it is not composed of other ops; another target, or other ops, are right",
        l->target));
  ad_rule r = {.ctx = c, .op = a->op, .n = a->n, .in = l->in, .attrs = a->attrs ? a->attrs->at : NULL};
  l->expanded = true;
  ad_array *y = a->op->compose(&r);
  /* A composition may end in a number, or in a value made outside. */
  if (!y || ad__is_error(y)) return y;
  ad_array *own = ad__graph_adopt(l->to, y);
  return ad__is_error(own) ? ad__scope_take_error(own) : own;
}

static ad_array *copy(lowering *l, const ad_array *a) {
  ad_ctx *c = l->to->ctx;
  const char *name = l->from->names[a->serial];
  if (a->op == &ad__op_param) return ad__graph_param(l->to, name, strlen(name), a->type);
  if (a->flags & AD_NODE_CONST)
    return ad__constant_over(c, a->where, a->type, &a->value, a->flags & AD_NODE_WEAK ? a : NULL);
  for (int i = 0; i < a->n; i++) l->in[i] = a->in[i] ? l->made[a->in[i]->serial] : NULL;
  bool structural = a->op->flags & (AD_OP_HOLDS | AD_OP_PROJECTS);
  if (!structural && !l->can(a, l->user)) return expand(l, a);
  return ad__node_new(c, a->where, a->op, a->type, l->in, a->n, a->attrs ? a->attrs->at : NULL);
}

static ad_status copy_all(lowering *l) {
  const ad_graph *g = l->from;
  for (int i = 0; i < g->nodes.count; i++) {
    const ad_array *a = g->nodes.at[i];
    ad_array *y = copy(l, a);
    if (!y || ad__is_error(y))
      return ad__fail(l->e, y ? ad_error_code(y) : AD_E_MEMORY, "%s", y ? ad_error_text(y) : "out of memory");
    l->made[i] = y;
    const char *name = g->names[i];
    if (name && !l->to->names[y->serial] && !ad__graph_find(l->to, name, strlen(name)))
      ad__graph_set_name(l->to, y, name, strlen(name));
  }
  for (int i = 0; i < g->results.count; i++) ad_graph_result(l->to, l->made[g->results.at[i]->serial]);
  return l->to->error ? ad__fail(l->e, l->to->error, "%s", l->to->error_text) : AD_OK;
}

static int widest(const ad_graph *g) {
  int n = 1;
  for (int i = 0; i < g->nodes.count; i++)
    if (g->nodes.at[i]->n > n) n = g->nodes.at[i]->n;
  return n;
}

static ad_graph *pass(lowering *l) {
  ad_ctx *c = l->from->ctx;
  size_t bytes = (size_t)(l->from->nodes.count + widest(l->from)) * sizeof *l->made;
  l->expanded = false;
  l->to = ad_graph_new(c, l->from->name);
  l->made = ad__mem_zeroed(&c->mem, bytes);
  l->in = l->made + (l->made ? l->from->nodes.count : 0);
  ad_graph *outer = c->building;
  ad_scope *scope = ad_scope_begin(c);
  c->building = l->to;
  ad_status s = AD_OK;
  if (!l->made) s = ad__fail(l->e, AD_E_MEMORY, "out of memory");
  else if (l->to->error) s = ad__fail(l->e, l->to->error, "%s", l->to->error_text);
  else s = copy_all(l);
  c->building = outer;
  ad_scope_end(scope, NULL);
  if (l->made) ad__mem_give(&c->mem, l->made, bytes);
  if (!s) return l->to;
  ad_graph_free(l->to);
  return NULL;
}

ad_graph *ad__lower(const ad_graph *g, const char *target, ad_can_emit can, void *user, ad_err *e) {
  lowering l = {.from = g, .target = target, .can = can, .user = user, .e = e};
  for (int i = 0; i < MOST_PASSES; i++) {
    ad_graph *to = pass(&l);
    if (l.from != g) ad_graph_free((ad_graph *)(uintptr_t)l.from);
    if (!to || !l.expanded) return to;
    l.from = to;
  }
  ad__fail(e, AD_E_RUNTIME, "%s: its ops are composed of one another without end", g->name);
  ad_graph_free((ad_graph *)(uintptr_t)l.from);
  return NULL;
}

void ad__emit_mark_needed(const ad_graph *g, bool *out) {
  for (int i = 0; i < g->nodes.count; i++) out[i] = false;
  for (int i = 0; i < g->results.count; i++) out[ad__emit_resolve(g->results.at[i])->serial] = true;
  for (int i = g->nodes.count; i-- > 0;) {
    const ad_array *a = g->nodes.at[i];
    for (int k = 0; out[i] && k < a->n; k++)
      if (a->in[k]) out[ad__emit_resolve(a->in[k])->serial] = true;
  }
}

const ad_array *ad__emit_resolve(const ad_array *a) {
  while (a->op->flags & AD_OP_PROJECTS) {
    const ad_array *tuple = ad__emit_resolve(a->in[0]);
    if (!(tuple->op->flags & AD_OP_HOLDS) || tuple->flags & AD_NODE_CONST) break;
    a = tuple->in[ad__attr(a, 0)->as.i];
  }
  return a;
}

/* ---- Names ---- */

void ad__emit_names_init(ad_emit_names *n, ad_mem *mem, ad_arena *arena) {
  *n = (ad_emit_names){.arena = arena};
  ad__map_init(&n->taken, mem);
}

void ad__emit_names_free(ad_emit_names *n) { ad__map_free(&n->taken); }

static bool take(ad_emit_names *n, const char *s) {
  bool fresh = false;
  if (!ad__map_put(&n->taken, ad__map_text(s, strlen(s)), &fresh)) n->failed = true;
  return fresh;
}

void ad__emit_names_reserve(ad_emit_names *n, const char *const *words) {
  for (; *words; words++) take(n, *words);
}

static bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

const char *ad__emit_name(ad_emit_names *n, const char *wish) {
  enum { LONGEST = 60, ROOM = 24 };
  size_t length = strlen(wish);
  if (length > LONGEST) length = LONGEST;
  char *s = ad__arena_take(n->arena, length + 1 + ROOM, 1), *p = s;
  if (!s) {
    n->failed = true;
    return "";
  }
  if (!length || (wish[0] >= '0' && wish[0] <= '9')) *p++ = 'v';
  for (size_t i = 0; i < length; i++) *p++ = is_plain(wish[i]) ? wish[i] : '_';
  *p = 0;
  for (int k = 2; !n->failed && ad__map_find(&n->taken, ad__map_text(s, strlen(s))); k++)
    ad__format(p, ROOM - 1, "_%d", k);
  take(n, s);
  return s;
}

/* ---- Signatures ---- */

void ad__emit_signature(const ad_graph *g, ad_text *out) {
  ad__text_fmt(out, "%s(", g->name);
  for (int i = 0; i < g->params.count; i++) {
    const ad_array *a = g->params.at[i];
    ad__text_fmt(out, "%s%s: ", i ? ", " : "", g->names[a->serial]);
    ad__type_print(g->ctx, a->type, out);
  }
  ad__text_add(out, ")");
  for (int i = 0; i < g->results.count; i++) {
    ad__text_add(out, i ? ", " : " -> ");
    ad__type_print(g->ctx, g->results.at[i]->type, out);
  }
}
