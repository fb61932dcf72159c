/* The solver: what is known of an edge, moved through the relations of the ops.
 *
 * There is no formula of shapes here: a unit's op has its one relation, which is run over slots made of what is known of the
 * unit's edges; what it adds is written back. A dim that is not known is a variable in its slot, so that a relation can
 * say of two of them that they are equal. A unit whose relation has nothing left to say is never looked at again; one that
 * waits is woken by the ranks and dims it waits for, through a queue. Nothing recurses.
 * Ops are told that a symbol the user named is not known: it may turn out to be 1. */
#include "model/logical.h"

#include <string.h>
#include "ir/dim.h"

enum { FEW_SLOTS = 12, MOST_ROUNDS = 8 };

/* ---- Units ---- */

static bool unify(ad_rel *r, ad_dim a, ad_dim b) { return ad__dims_join(r->solver, a, b); }

static void fill_slot(ad_rel_slot *s, ad_edge *e) {
  *s = (ad_rel_slot){.rank = -1, .missing = e == NULL};
  if (!e) return;
  e = ad__edge_root(e);
  s->rank = e->rank;
  s->dtype = e->dtype;
  for (int i = 0; i < e->rank; i++) s->dims[i] = ad__dim_resolve(e->dims[i]);
}

/* What the relation found out of one slot; *news when it was anything. */
static ad_status write_back(ad_family *f, ad_edge *e, const ad_rel_slot *s, bool *news, ad_err *err) {
  if (!e || s->rank < 0) return AD_OK;
  e = ad__edge_root(e);
  if (e->rank < 0) {
    *news = true;
    return ad__edge_set_shape(f, e, s->rank, s->dims, err);
  }
  for (int i = 0; i < s->rank; i++) {
    ad_dim before = ad__dim_resolve(e->dims[i]), now = s->dims[i];
    if (now == AD_DIM_UNKNOWN || ad__dim_resolve(now) == before) continue;
    *news = true;
    if (!ad__dims_join(f, before, now)) return ad__fail(err, AD_E_VALUE, "axis %d contradicts what is known of it", i);
  }
  return AD_OK;
}

/* What a unit's relation is about: its edges, those in a list counted one by one. */
typedef struct unit_view {
  ad_unit *unit;
  const ad_attr *attrs;
  ad_edge **edges; /* inputs, then outputs; NULL: missing */
  ad_rel_slot *slots;
  int inputs, outputs;
} unit_view;

static bool watch_slots(ad_family *f, const unit_view *v) {
  ad_unit *u = v->unit;
  for (int i = 0; i < v->inputs + v->outputs; i++) {
    ad_edge *e = v->edges[i] ? ad__edge_root(v->edges[i]) : NULL;
    if (!e) continue;
    if ((e->rank < 0 || !u->typed) && !ad__watch(f, &e->watch, u)) return false;
    for (int k = 0; !u->related && k < e->rank; k++) {
      ad_dim_variable *x = ad__dim_variable(ad__dim_resolve(e->dims[k]));
      if (x && !ad__watch(f, &x->watch, u)) return false;
    }
  }
  return true;
}

static ad_status run_relation(ad_family *f, unit_view *v, bool *later, bool *news, ad_err *e) {
  ad_attr at[24];
  ad_attr_storage storage;
  const ad_op *op = v->unit->op;
  int ranks[FEW_SLOTS], n = v->inputs < FEW_SLOTS ? v->inputs : FEW_SLOTS;
  ad_op named = *op; /* messages name the terminals */
  named.params = v->unit->params;
  for (int i = 0; i < v->inputs + v->outputs; i++) fill_slot(&v->slots[i], v->edges[i]);
  for (int i = 0; i < n; i++) ranks[i] = v->slots[i].missing ? -1 : v->slots[i].rank;
  for (int i = 0; i < op->field_count; i++) at[i] = v->attrs ? v->attrs[i] : (ad_attr){0};
  if (op->field_count && ad__attrs_canonical(op, at, ranks, n, &storage, e)) return e->code;
  ad_rel r = {.ctx = f->ctx, .op = &named, .attrs = at, .inputs = v->inputs, .outputs = v->outputs, .slots = v->slots, .err = e,
              .unify = unify, .solver = f};
  e->code = AD_OK;
  ad_status s = ad__rel_run(&r);
  *later = r.later;
  for (int i = 0; !s && i < v->inputs + v->outputs; i++) s = write_back(f, v->edges[i], &v->slots[i], news, e);
  return s;
}

static ad_status unit_error(ad_family *f, ad_unit *u, ad_err *e) {
  ad_text t;
  ad_err why = *e;
  ad__text_init(&t, &f->ctx->mem);
  ad__model_path_print(u->model, &t);
  ad__fail(e, why.code, "%s: %s", ad__text_str(&t), why.text);
  ad__text_free(&t);
  return e->code;
}

static ad_status relate(ad_family *f, unit_view *v, ad_err *e) {
  bool later = true, news = true;
  for (int round = 0; later && news && round < MOST_ROUNDS; round++) {
    news = false;
    ad_status s = run_relation(f, v, &later, &news, e);
    if (!s) continue;
    ad_err better = {.code = AD_OK}; /* what was found out on the way is in the slots now, and in the message */
    if (run_relation(f, v, &later, &news, &better)) *e = better;
    return e->code;
  }
  if (!later) AD_SET(f, v->unit->related, true);
  return AD_OK;
}

/* Numbers alone are computed at once; true when this was the case. */
static bool folds(ad_family *f, const unit_view *v, ad_status *s, ad_err *e) {
  const ad_op *op = v->unit->op;
  const ad_literal *in[FEW_SLOTS];
  if (!(op->flags & AD_OP_ELEMENTWISE) || v->outputs != 1 || v->inputs > FEW_SLOTS) return false;
  for (int i = 0; i < v->inputs; i++) {
    const ad_edge *x = v->edges[i] ? ad__edge_root(v->edges[i]) : NULL;
    if (!x || !x->value || x->value->kind == AD_LITERAL_ARRAY) return false;
  }
  for (int i = 0; i < v->inputs; i++) {
    in[i] = ad__edge_literal(&f->arena, v->edges[i]);
    if (!in[i] || !ad__literal_is_scalar(in[i]) || !ad__literal_is_known(in[i])) return false;
  }
  const ad_literal *y = ad__fold_numbers(f->ctx, &f->arena, op, v->attrs, in, v->inputs, e);
  *s = y ? ad__edge_learn(f, v->edges[v->inputs], y, e) : e->code;
  return true;
}

static ad_status look_at_op(ad_family *f, unit_view *v, ad_err *e) {
  ad_unit *u = v->unit;
  const ad_attr *params;
  ad_status s = AD_OK;
  v->attrs = u->attrs;
  if (u->wired) {
    if ((s = ad__unit_params(u, &f->arena, NULL, &params, e))) return s;
    if (params && !(u->model->block && u->model->block->choose) && (s = ad__unit_attrs(u, &f->arena, params, &v->attrs, e))) return s;
    for (const ad_wired *w = u->wired; w; w = w->next) {
      if (!ad__edge_root(w->edge)->value && !ad__watch(f, &ad__edge_root(w->edge)->watch, u)) return ad__fail(e, AD_E_MEMORY, "out of memory");
    }
    if (!params) return AD_OK;
  }
  if (u->model->block && u->model->block->choose) {
    if (!u->wired) params = u->model->params;
    for (int i = 0; i < v->inputs; i++) fill_slot(&v->slots[i], v->edges[i]);
    if ((s = ad__unit_choose(u, &f->arena, params, v->slots, v->inputs, false, &v->attrs, e))) return s;
    if (!v->attrs) return watch_slots(f, v) ? AD_OK : ad__fail(e, AD_E_MEMORY, "out of memory");
  }
  if (folds(f, v, &s, e)) {
    AD_SET(f, u->related, true);
    AD_SET(f, u->typed, true);
    return s;
  }
  if (!u->typed && (s = ad__unit_types(f, u, v->attrs, v->edges, v->inputs, e))) return s;
  if (!u->related && (s = relate(f, v, e))) return s;
  return (u->related && u->typed) || watch_slots(f, v) ? AD_OK : ad__fail(e, AD_E_MEMORY, "out of memory");
}

/* The edges of a list's items; an item that is a value has one of its own. */
static bool list_edges(ad_family *f, const ad_literal *list, ad_edge **out, ad_err *e) {
  for (int i = 0; i < list->count; i++) {
    const ad_literal *v = list->as.items[i];
    if (v->kind == AD_LITERAL_EDGE) out[i] = v->as.edge;
    else if (!(out[i] = ad__edge_new(f))) return ad__fail(e, AD_E_MEMORY, "out of memory") == AD_OK;
    else if (ad__edge_set_value(f, out[i], v, e)) return false;
  }
  return true;
}

static ad_status look_at(ad_family *f, ad_unit *u, ad_err *e) {
  ad_rel_slot few[FEW_SLOTS];
  ad_edge *few_edges[FEW_SLOTS];
  const ad_literal *list = NULL;
  unit_view v = {.unit = u, .inputs = u->inputs, .outputs = u->outputs};
  if (u->op->inputs == AD_INPUTS_ANY) {
    list = ad__edge_literal(&f->arena, u->slots[0]);
    if (!list) return ad__fail(e, AD_E_MEMORY, "out of memory");
    if (!ad__watch_literal(f, list, u)) return ad__fail(e, AD_E_MEMORY, "out of memory");
    if (list->kind == AD_LITERAL_EDGE) return AD_OK;
    v.inputs = list->count;
  }
  size_t n = (size_t)(v.inputs + v.outputs);
  v.slots = n <= FEW_SLOTS ? few : ad__mem_take(&f->ctx->mem, n * sizeof *v.slots);
  v.edges = n <= FEW_SLOTS ? few_edges : ad__mem_take(&f->ctx->mem, n * sizeof *v.edges);
  if (v.slots && v.edges) {
    memcpy(v.edges + v.inputs, u->slots + u->inputs, (size_t)u->outputs * sizeof *v.edges);
    if (!list) memcpy(v.edges, u->slots, (size_t)u->inputs * sizeof *v.edges);
    if (!list || list_edges(f, list, v.edges, e)) look_at_op(f, &v, e);
  } else ad__fail(e, AD_E_MEMORY, "out of memory");
  if (v.slots != few) ad__mem_give(&f->ctx->mem, v.slots, n * sizeof *v.slots);
  if (v.edges != few_edges) ad__mem_give(&f->ctx->mem, v.edges, n * sizeof *v.edges);
  return e->code;
}

static ad_status look_at_any(ad_family *f, ad_unit *u, ad_err *e) {
  bool later = true;
  e->code = AD_OK;
  ad_status s = u->op ? look_at(f, u, e) : u->rule ? ad__look_at_rule(f, u, &later, e) : u->claim(f, u, &later, e);
  if (s) return unit_error(f, u, e);
  if (!later) {
    AD_SET(f, u->related, true);
    AD_SET(f, u->typed, true);
  }
  return AD_OK;
}

ad_status ad__solve(ad_family *f, ad_err *e) {
  if (f->depth) return AD_OK; /* the action that this one is part of goes on with the queue */
  while (f->queue) {
    ad_unit *u = f->queue;
    f->queue = u->next;
    if (!f->queue) f->queue_end = &f->queue;
    u->queued = false;
    ad_status s = look_at_any(f, u, e);
    if (s) return s;
  }
  return AD_OK;
}

/* ---- Cycles ---- */

/* A walk over what is computed from `from`, each unit once; marks are of this walk alone. */
bool ad__edge_reaches(ad_family *f, ad_edge *from, ad_edge *to) {
  ad_mem *mem = &f->ctx->mem;
  uint32_t mark = (uint32_t)++f->ctx->epoch;
  size_t room = 64, n = 0;
  ad_edge **stack = ad__mem_take(mem, room * sizeof *stack);
  bool found = !stack; /* without memory the answer is the careful one */
  if (stack) stack[n++] = ad__edge_root(from);
  to = ad__edge_root(to);
  while (n && !found) {
    ad_edge *e = stack[--n];
    if (e == to) found = true;
    const ad_use *u = e->uses, *last = u;
    while (u && !found) {
      u = u->next;
      for (int k = 0; u->unit->mark != mark && k < u->unit->outputs; k++) {
        if (n == room) {
          ad_edge **more = ad__mem_resize(mem, stack, room * sizeof *stack, 2 * room * sizeof *stack);
          if (!more) {
            found = true;
            break;
          }
          stack = more;
          room *= 2;
        }
        stack[n++] = ad__edge_root(u->unit->slots[u->unit->inputs + k]);
      }
      u->unit->mark = mark;
      if (u == last) break;
    }
  }
  ad__mem_give(mem, stack, room * sizeof *stack);
  return found;
}
