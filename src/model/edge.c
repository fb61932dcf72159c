/* Edges: what is known of one value, and of dims; how two become one, and who is told.
 *
 * A dim that is not known is a variable, a union-find element as the edge is. What waits for something is a unit on the list of
 * what it waits for, and is queued when that becomes known (solve.c looks at it then). Nothing recurses. */
#include "model/logical.h"

#include <string.h>
#include "ir/dim.h"

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
  if (u->queued || (u->related && u->typed)) return;
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

void ad__edge_wake(ad_family *f, const ad_edge *e) { wake(f, e->watch); }

bool ad__watch(ad_family *f, ad_watch **last, ad_unit *u) {
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
bool ad__dims_join(ad_family *f, ad_dim a, ad_dim b) {
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
  if (rank > 0 && e->kinds & ~(unsigned)AD_IS_TENSOR && ad__edge_set_kinds(f, e, AD_IS_TENSOR, err)) return err->code;
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
    if (dims[i] != AD_DIM_UNKNOWN && !ad__dims_join(f, e->dims[i], dims[i])) return shapes_differ(f->ctx, e, &given, err);
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
    if ((e->kinds & kinds) == e->kinds) return AD_OK;
    AD_SET(f, e->kinds, e->kinds & kinds);
    wake(f, e->watch);
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

unsigned ad__dtype_kinds(ad_dtype t) {
  switch (ad_dtype_category(t)) {
  case AD_CATEGORY_BOOL: return AD_IS_TENSOR_BOOL;
  case AD_CATEGORY_UINT:
  case AD_CATEGORY_INT: return AD_IS_TENSOR_INT;
  case AD_CATEGORY_FLOAT: return AD_IS_TENSOR_FLOAT;
  default: return AD_IS_TENSOR_COMPLEX;
  }
}

static unsigned kind_of(const ad_literal *v) {
  switch (v->kind) {
  case AD_LITERAL_NONE: return AD_IS_NONE;
  case AD_LITERAL_BOOL: return AD_IS_BOOL;
  case AD_LITERAL_DIM:
  case AD_LITERAL_INT: return AD_IS_INT;
  case AD_LITERAL_FLOAT: return AD_IS_FLOAT;
  case AD_LITERAL_TEXT: return AD_IS_TEXT;
  case AD_LITERAL_DTYPE: return AD_IS_DTYPE;
  case AD_LITERAL_TUPLE: return AD_IS_TUPLE;
  case AD_LITERAL_LIST: return AD_IS_LIST;
  case AD_LITERAL_SLICE: return AD_IS_SLICE;
  case AD_LITERAL_ELLIPSIS: return AD_IS_ELLIPSIS;
  case AD_LITERAL_ARRAY: return ad__dtype_kinds(ad_array_dtype(v->as.array));
  default: return 0;
  }
}

/* What a value says of its edge's kinds and shape. */
static ad_status follow_value(ad_family *f, ad_edge *e, const ad_literal *v, ad_err *err) {
  ad_status s = ad__edge_set_kinds(f, e, kind_of(v), err);
  if (s) return s;
  AD_SET(f, e->value, v);
  wake(f, e->watch);
  if (v->kind == AD_LITERAL_ARRAY) {
    if (!ad__family_keep_array(f, v->as.array)) return ad__fail(err, AD_E_MEMORY, "out of memory");
    return ad__edge_set_shape(f, e, ad_array_rank(v->as.array), ad_array_shape(v->as.array).dims, err);
  }
  return ad__literal_is_scalar(v) ? ad__edge_set_shape(f, e, 0, NULL, err) : AD_OK;
}

static ad_status values_differ(ad_family *f, const ad_literal *a, const ad_literal *b, ad_err *err) {
  ad_text x, y;
  ad__text_init(&x, &f->ctx->mem);
  ad__text_init(&y, &f->ctx->mem);
  ad__literal_print(a, &x);
  ad__literal_print(b, &y);
  ad__fail(err, AD_E_VALUE, "the values %s and %s meet; one value is right", ad__text_str(&x), ad__text_str(&y));
  ad__text_free(&x);
  ad__text_free(&y);
  return err->code;
}

ad_status ad__edge_set_value(ad_family *f, ad_edge *e, const ad_literal *v, ad_err *err) {
  e = ad__edge_root(e);
  if (e->maker) return ad__fail(err, AD_E_VALUE, "a value for what a block computes; only an input may be given one");
  if (e->value) return ad__literal_equal(e->value, v) ? AD_OK : values_differ(f, e->value, v, err);
  return follow_value(f, e, v, err);
}

ad_status ad__edge_learn(ad_family *f, ad_edge *e, const ad_literal *v, ad_err *err) {
  e = ad__edge_root(e);
  if (v->kind == AD_LITERAL_EDGE) return ad__edge_tie(f, e, v->as.edge, err);
  if (!e->value) return follow_value(f, e, v, err);
  if (ad__literal_equal(e->value, v)) return AD_OK;
  if (ad__literal_is_known(e->value)) return ad__literal_is_known(v) ? values_differ(f, e->value, v, err) : AD_OK;
  return follow_value(f, e, v, err);
}

ad_status ad__edge_tie(ad_family *f, ad_edge *a, ad_edge *b, ad_err *err) {
  a = ad__edge_root(a);
  b = ad__edge_root(b);
  ad_status s = ad__edge_set_kinds(f, a, b->kinds, err);
  if (!s) s = ad__edge_set_kinds(f, b, a->kinds, err);
  if (!s && b->rank >= 0) s = ad__edge_set_shape(f, a, b->rank, b->dims, err);
  if (!s && a->rank >= 0) s = ad__edge_set_shape(f, b, a->rank, a->dims, err);
  return s || !b->value || a == b ? s : ad__edge_learn(f, a, b->value, err);
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
  if ((a->maker && b->value && !b->maker) || (b->maker && a->value && !a->maker))
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
  if (a->value && !b->value) wake(f, b->watch);
  if (b->value && (s = ad__edge_learn(f, a, b->value, err))) return s;
  if (a->kinds != b->kinds) wake(f, b->watch);
  AD_SET(f, b->into, a);
  AD_SET(f, a->size, a->size + b->size);
  join_watches(f, &a->watch, b->watch);
  join_uses(f, &a->uses, b->uses);
  if (!a->maker && b->maker) AD_SET(f, a->maker, b->maker);
  if (!a->differentiable && b->differentiable) AD_SET(f, a->differentiable, b->differentiable);
  if (!a->dtype && b->dtype) AD_SET(f, a->dtype, b->dtype);
  if (!a->init && b->init) {
    AD_SET(f, a->init, b->init);
    AD_SET(f, a->init_of, b->init_of);
  }
  if (!a->initial && b->initial) AD_SET(f, a->initial, b->initial);
  return AD_OK;
}

