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

/* ---- Variables ---- */

ad_dim_variable *ad__variable_new(ad_family *f, const char *name) {
  ad_dim_variable *v = AD_ARENA_NEW(&f->arena, ad_dim_variable);
  if (!v) return NULL;
  v->value = AD_DIM_UNKNOWN;
  v->name = name;
  v->size = 1;
  return v;
}

ad_dim ad__dim_resolve(ad_dim d) {
  ad_dim_variable *v = ad__dim_variable(d);
  if (!v) return d;
  while (v->into) v = v->into;
  return v->value == AD_DIM_UNKNOWN ? ad__dim_of_variable(v) : v->value;
}

/* ---- Who waits for what ---- */

void ad__unit_queue(ad_family *f, ad_unit *u) {
  if (u->queued || u->solved) return;
  u->queued = true;
  u->next = NULL;
  *f->queue_end = u;
  f->queue_end = &u->next;
}

static void wake(ad_family *f, const ad_watch *last) {
  const ad_watch *w = last;
  while (w) {
    w = w->next;
    ad__unit_queue(f, w->unit);
    if (w == last) return;
  }
}

static bool watch(ad_family *f, ad_watch **last, ad_unit *u) {
  if (*last && (*last)->unit == u) return true;
  ad_watch *w = AD_ARENA_NEW(&f->arena, ad_watch);
  if (!w) return false;
  w->unit = u;
  w->next = *last ? (*last)->next : w;
  if (*last) AD_SET(f, (*last)->next, w);
  AD_SET(f, *last, w);
  return true;
}

static void join_watches(ad_family *f, ad_watch **into, ad_watch *from) {
  if (!from) return;
  if (*into) {
    ad_watch *first = from->next;
    AD_SET(f, from->next, (*into)->next);
    AD_SET(f, (*into)->next, first);
  }
  AD_SET(f, *into, from);
}

/* ---- Dims that are equal ---- */

static void bind(ad_family *f, ad_dim_variable *v, ad_dim value) {
  AD_SET(f, v->value, value);
  wake(f, v->watch);
}

/* False when both are known and differ. */
static bool join_dims(ad_family *f, ad_dim a, ad_dim b) {
  a = ad__dim_resolve(a);
  b = ad__dim_resolve(b);
  if (a == b) return true;
  ad_dim_variable *x = ad__dim_variable(a), *y = ad__dim_variable(b);
  if (!x && !y) return false;
  if (!x || !y) {
    bind(f, x ? x : y, x ? b : a);
    return true;
  }
  if (x->size < y->size) {
    ad_dim_variable *swap = x;
    x = y;
    y = swap;
  }
  AD_SET(f, y->into, x);
  AD_SET(f, x->size, x->size + y->size);
  if (!x->name && y->name) AD_SET(f, x->name, y->name);
  join_watches(f, &x->watch, y->watch);
  return true;
}

static bool unify(ad_rel *r, ad_dim a, ad_dim b) { return join_dims(r->solver, a, b); }

/* ---- Edges ---- */

ad_edge *ad__edge_new(ad_family *f) {
  ad_edge *e = AD_ARENA_NEW(&f->arena, ad_edge);
  if (!e) return NULL;
  e->size = 1;
  e->rank = -1;
  e->kinds = AD_IS_ANY;
  return e;
}

ad_edge *ad__edge_root(ad_edge *e) {
  while (e->into) e = e->into;
  return e;
}

void ad__edge_shape_print(ad_ctx *c, const ad_edge *e, ad_text *out) {
  e = ad__edge_root((ad_edge *)(uintptr_t)e);
  if (e->rank < 0) {
    ad__text_add(out, "(...)");
    return;
  }
  ad__text_char(out, '(');
  for (int i = 0; i < e->rank; i++) {
    ad_dim d = ad__dim_resolve(e->dims[i]);
    const ad_dim_variable *v = ad__dim_variable(d);
    if (i) ad__text_add(out, ", ");
    if (v && v->name) ad__text_add(out, v->name);
    else ad__dim_print(c, d, out);
  }
  ad__text_char(out, ')');
}

static ad_status shapes_differ(ad_ctx *c, const ad_edge *a, const ad_edge *b, ad_err *err) {
  ad_text x, y;
  ad__text_init(&x, &c->mem);
  ad__text_init(&y, &c->mem);
  ad__edge_shape_print(c, a, &x);
  ad__edge_shape_print(c, b, &y);
  ad__fail(err, AD_E_VALUE, "shapes %s and %s meet; equal ones are right", ad__text_str(&x), ad__text_str(&y));
  ad__text_free(&x);
  ad__text_free(&y);
  return err->code;
}

ad_status ad__edge_set_shape(ad_family *f, ad_edge *e, int rank, const ad_dim *dims, ad_err *err) {
  e = ad__edge_root(e);
  if (e->rank < 0) {
    ad_dim *own = ad__arena_array(&f->arena, (size_t)rank, sizeof *own, 8);
    if (!own) return ad__fail(err, AD_E_MEMORY, "out of memory");
    for (int i = 0; i < rank; i++) {
      ad_dim_variable *v = dims[i] == AD_DIM_UNKNOWN ? ad__variable_new(f, NULL) : NULL;
      if (dims[i] == AD_DIM_UNKNOWN && !v) return ad__fail(err, AD_E_MEMORY, "out of memory");
      own[i] = v ? ad__dim_of_variable(v) : dims[i];
    }
    AD_SET(f, e->rank, rank);
    AD_SET(f, e->dims, own);
    wake(f, e->watch);
    return AD_OK;
  }
  ad_edge given = {.rank = rank, .dims = (ad_dim *)(uintptr_t)dims};
  if (e->rank != rank) return shapes_differ(f->ctx, e, &given, err);
  for (int i = 0; i < rank; i++)
    if (dims[i] != AD_DIM_UNKNOWN && !join_dims(f, e->dims[i], dims[i])) return shapes_differ(f->ctx, e, &given, err);
  return AD_OK;
}

/* ---- Kinds ---- */

static const char *const kind_names[] = {"tensor[bool]", "tensor[int]", "tensor[float]", "tensor[complex]", "bool", "int", "float",
                                         "text", "none", "tuple", "list", "slice", "dtype", "ellipsis"};

void ad__kinds_print(unsigned kinds, ad_text *out) {
  bool first = true;
  if (kinds == AD_IS_ANY) {
    ad__text_add(out, "any");
    return;
  }
  if ((kinds & AD_IS_TENSOR) == AD_IS_TENSOR) {
    ad__text_add(out, "tensor");
    kinds &= ~(unsigned)AD_IS_TENSOR;
    first = false;
  }
  for (int i = 0; i < (int)(sizeof kind_names / sizeof *kind_names); i++) {
    if (!(kinds & 1u << i)) continue;
    ad__text_fmt(out, "%s%s", first ? "" : " | ", kind_names[i]);
    first = false;
  }
}

ad_status ad__edge_set_kinds(ad_family *f, ad_edge *e, unsigned kinds, ad_err *err) {
  e = ad__edge_root(e);
  if (e->kinds & kinds) {
    if ((e->kinds & kinds) != e->kinds) AD_SET(f, e->kinds, e->kinds & kinds);
    return AD_OK;
  }
  ad_text a, b;
  ad__text_init(&a, &f->ctx->mem);
  ad__text_init(&b, &f->ctx->mem);
  ad__kinds_print(e->kinds, &a);
  ad__kinds_print(kinds, &b);
  ad__fail(err, AD_E_TYPE, "%s was given; %s is right", ad__text_str(&b), ad__text_str(&a));
  ad__text_free(&a);
  ad__text_free(&b);
  return err->code;
}

static unsigned kind_of(const ad_literal *v) {
  switch (v->kind) {
  case AD_LITERAL_NONE: return AD_IS_NONE;
  case AD_LITERAL_BOOL: return AD_IS_BOOL;
  case AD_LITERAL_INT: return AD_IS_INT;
  case AD_LITERAL_FLOAT: return AD_IS_FLOAT;
  case AD_LITERAL_TEXT: return AD_IS_TEXT;
  case AD_LITERAL_DTYPE: return AD_IS_DTYPE;
  case AD_LITERAL_TUPLE: return AD_IS_TUPLE;
  case AD_LITERAL_LIST: return AD_IS_LIST;
  case AD_LITERAL_SLICE: return AD_IS_SLICE;
  case AD_LITERAL_ELLIPSIS: return AD_IS_ELLIPSIS;
  case AD_LITERAL_ARRAY:
    switch (ad_dtype_category(ad_array_dtype(v->as.array))) {
    case AD_CATEGORY_BOOL: return AD_IS_TENSOR_BOOL;
    case AD_CATEGORY_UINT:
    case AD_CATEGORY_INT: return AD_IS_TENSOR_INT;
    case AD_CATEGORY_FLOAT: return AD_IS_TENSOR_FLOAT;
    default: return AD_IS_TENSOR_COMPLEX;
    }
  default: return 0;
  }
}

ad_status ad__edge_set_value(ad_family *f, ad_edge *e, const ad_literal *v, ad_err *err) {
  e = ad__edge_root(e);
  if (e->maker) return ad__fail(err, AD_E_VALUE, "a value for what a block computes; only an input may be given one");
  if (e->value) {
    if (ad__literal_equal(e->value, v)) return AD_OK;
    return ad__fail(err, AD_E_VALUE, "it has a value already; another one is not possible");
  }
  ad_status s = ad__edge_set_kinds(f, e, kind_of(v), err);
  if (s) return s;
  AD_SET(f, e->value, v);
  if (v->kind == AD_LITERAL_ARRAY) {
    if (!ad__family_keep_array(f, v->as.array)) return ad__fail(err, AD_E_MEMORY, "out of memory");
    return ad__edge_set_shape(f, e, ad_array_rank(v->as.array), ad_array_shape(v->as.array).dims, err);
  }
  return v->kind <= AD_LITERAL_FLOAT && v->kind != AD_LITERAL_NONE ? ad__edge_set_shape(f, e, 0, NULL, err) : AD_OK;
}

/* ---- Joining ---- */

static void join_uses(ad_family *f, ad_use **into, ad_use *from) {
  if (!from) return;
  if (*into) {
    ad_use *first = from->next;
    AD_SET(f, from->next, (*into)->next);
    AD_SET(f, (*into)->next, first);
  }
  AD_SET(f, *into, from);
}

static ad_status check_makers(const ad_edge *a, const ad_edge *b, ad_err *err) {
  if (a->maker && b->maker)
    return ad__fail(err, AD_E_KEY, "two outputs are wired together (multi-write); one output and inputs are right");
  if ((a->maker && b->value) || (b->maker && a->value))
    return ad__fail(err, AD_E_VALUE, "an output is wired to what has a value already (multi-write)");
  if (a->differentiable * b->differentiable < 0)
    return ad__fail(err, AD_E_VALUE, "one is differentiable and the other is not");
  return AD_OK;
}

ad_status ad__edge_join(ad_family *f, ad_edge *a, ad_edge *b, ad_err *err) {
  a = ad__edge_root(a);
  b = ad__edge_root(b);
  if (a == b) return AD_OK;
  ad_status s = check_makers(a, b, err);
  if (s) return s;
  if (a->size < b->size) {
    ad_edge *swap = a;
    a = b;
    b = swap;
  }
  if ((s = ad__edge_set_kinds(f, a, b->kinds, err))) return s;
  if (b->rank >= 0 && (s = ad__edge_set_shape(f, a, b->rank, b->dims, err))) return s;
  if (a->rank >= 0 && b->rank < 0) wake(f, b->watch);
  if (b->value) {
    if (!a->value) AD_SET(f, a->value, b->value);
    else if (!ad__literal_equal(a->value, b->value)) return ad__fail(err, AD_E_VALUE, "two different values meet");
  }
  AD_SET(f, b->into, a);
  AD_SET(f, a->size, a->size + b->size);
  join_watches(f, &a->watch, b->watch);
  join_uses(f, &a->uses, b->uses);
  if (!a->maker && b->maker) AD_SET(f, a->maker, b->maker);
  if (!a->differentiable && b->differentiable) AD_SET(f, a->differentiable, b->differentiable);
  if (!a->dtype && b->dtype) AD_SET(f, a->dtype, b->dtype);
  if (!a->init && b->init) AD_SET(f, a->init, b->init);
  if (!a->initial && b->initial) AD_SET(f, a->initial, b->initial);
  return AD_OK;
}

/* ---- Units ---- */

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
    if (!join_dims(f, before, now)) return ad__fail(err, AD_E_VALUE, "axis %d contradicts what is known of it", i);
  }
  return AD_OK;
}

static bool watch_slots(ad_family *f, ad_unit *u) {
  for (int i = 0; i < u->inputs + u->outputs; i++) {
    ad_edge *e = u->slots[i] ? ad__edge_root(u->slots[i]) : NULL;
    if (!e) continue;
    if (e->rank < 0 && !watch(f, &e->watch, u)) return false;
    for (int k = 0; k < e->rank; k++) {
      ad_dim_variable *v = ad__dim_variable(ad__dim_resolve(e->dims[k]));
      if (v && !watch(f, &v->watch, u)) return false;
    }
  }
  return true;
}

static ad_status run_relation(ad_family *f, ad_unit *u, ad_rel_slot *slots, bool *later, bool *news, ad_err *e) {
  ad_attr at[24];
  ad_attr_storage storage;
  int ranks[FEW_SLOTS], n = u->inputs < FEW_SLOTS ? u->inputs : FEW_SLOTS;
  ad_op named = *u->op; /* messages name the terminals */
  named.params = u->params;
  for (int i = 0; i < u->inputs + u->outputs; i++) fill_slot(&slots[i], u->slots[i]);
  for (int i = 0; i < n; i++) ranks[i] = slots[i].missing ? -1 : slots[i].rank;
  for (int i = 0; i < u->op->field_count; i++) at[i] = u->attrs ? u->attrs[i] : (ad_attr){0};
  if (u->op->field_count && ad__attrs_canonical(u->op, at, ranks, n, &storage, e)) return e->code;
  ad_rel r = {.ctx = f->ctx, .op = &named, .attrs = at, .inputs = u->inputs, .outputs = u->outputs, .slots = slots, .err = e,
              .unify = unify, .solver = f};
  e->code = AD_OK;
  ad_status s = ad__rel_run(&r);
  *later = r.later;
  for (int i = 0; !s && i < u->inputs + u->outputs; i++) s = write_back(f, u->slots[i], &slots[i], news, e);
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

static ad_status look_at(ad_family *f, ad_unit *u, ad_rel_slot *slots, ad_err *e) {
  bool later = true, news = true;
  for (int round = 0; later && news && round < MOST_ROUNDS; round++) {
    news = false;
    ad_status s = run_relation(f, u, slots, &later, &news, e);
    if (!s) continue;
    ad_err better = {.code = AD_OK}; /* what was found out on the way is in the slots now, and in the message */
    if (run_relation(f, u, slots, &later, &news, &better)) *e = better;
    return unit_error(f, u, e);
  }
  if (!later) AD_SET(f, u->solved, true);
  else if (!watch_slots(f, u)) return ad__fail(e, AD_E_MEMORY, "out of memory");
  return AD_OK;
}

static ad_status look_at_any(ad_family *f, ad_unit *u, ad_err *e) {
  ad_rel_slot few[FEW_SLOTS];
  size_t n = (size_t)(u->inputs + u->outputs);
  if (n <= FEW_SLOTS) return look_at(f, u, few, e);
  ad_rel_slot *slots = ad__mem_take(&f->ctx->mem, n * sizeof *slots);
  if (!slots) return ad__fail(e, AD_E_MEMORY, "out of memory");
  ad_status s = look_at(f, u, slots, e);
  ad__mem_give(&f->ctx->mem, slots, n * sizeof *slots);
  return s;
}

ad_status ad__solve(ad_family *f, ad_err *e) {
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
