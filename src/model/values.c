/* Values that need not be tensors: what is known of them, the rules that work on them, numbers that are computed at once.
 *
 * A value is a literal, in which what is not known yet stands as DIM (an integer that is a dim) or EDGE (anything). The same rules run
 * in the solver and when a model runs, where every input is known: then tensors are literals of kind ARRAY. */
#include "model/logical.h"

#include <string.h>
#include <adamant/ops.h>
#include "ops/apply.h"

/* ---- What is known ---- */

bool ad__literal_is_scalar(const ad_literal *v) {
  return v->kind == AD_LITERAL_BOOL || v->kind == AD_LITERAL_INT || v->kind == AD_LITERAL_FLOAT || v->kind == AD_LITERAL_DIM;
}

static bool has_items(const ad_literal *v) {
  return v->kind == AD_LITERAL_TUPLE || v->kind == AD_LITERAL_LIST || v->kind == AD_LITERAL_SLICE;
}

/* Recurses as deep as a literal is nested, which the reader limits and rules never deepen by more than one. */
bool ad__literal_is_known(const ad_literal *v) {
  if (v->kind == AD_LITERAL_DIM || v->kind == AD_LITERAL_EDGE) return false;
  for (int i = 0; has_items(v) && i < v->count; i++)
    if (!ad__literal_is_known(v->as.items[i])) return false;
  return true;
}

static ad_literal *literal_of(ad_arena *a, ad_literal_kind kind) {
  ad_literal *v = AD_ARENA_NEW(a, ad_literal);
  if (v) v->kind = kind;
  return v;
}

static const ad_literal *settle(ad_arena *a, const ad_literal *v);

static const ad_literal *settle_items(ad_arena *a, const ad_literal *v) {
  const ad_literal **items = NULL;
  for (int i = 0; i < v->count; i++) {
    const ad_literal *x = settle(a, v->as.items[i]);
    if (!x) return NULL;
    if (x != v->as.items[i] && !items) {
      if (!(items = ad__arena_array(a, (size_t)v->count, sizeof *items, 8))) return NULL;
      memcpy(items, v->as.items, (size_t)v->count * sizeof *items);
    }
    if (items) items[i] = x;
  }
  if (!items) return v;
  ad_literal *y = literal_of(a, v->kind);
  if (!y) return NULL;
  y->count = v->count;
  y->as.items = items;
  return y;
}

/* v with everything in it that has become known. */
static const ad_literal *settle(ad_arena *a, const ad_literal *v) {
  if (v->kind == AD_LITERAL_EDGE) {
    ad_edge *e = ad__edge_root(v->as.edge);
    return e->value ? settle(a, e->value) : v;
  }
  if (has_items(v)) return settle_items(a, v);
  if (v->kind != AD_LITERAL_DIM) return v;
  ad_dim d = ad__dim_resolve(v->as.i);
  if (d == v->as.i) return v;
  ad_literal *y = literal_of(a, ad_dim_is_number(d) ? AD_LITERAL_INT : AD_LITERAL_DIM);
  if (y) y->as.i = d;
  return y;
}

const ad_literal *ad__edge_literal(ad_arena *a, ad_edge *e) {
  e = ad__edge_root(e);
  if (e->value) return settle(a, e->value);
  ad_literal *v = literal_of(a, AD_LITERAL_EDGE);
  if (v) v->as.edge = e;
  return v;
}

bool ad__watch_literal(ad_family *f, const ad_literal *v, ad_unit *u) {
  if (v->kind == AD_LITERAL_EDGE) return ad__watch(f, &ad__edge_root(v->as.edge)->watch, u);
  if (v->kind == AD_LITERAL_DIM) {
    ad_dim_variable *x = ad__dim_variable(ad__dim_resolve(v->as.i));
    return !x || ad__watch(f, &x->watch, u);
  }
  for (int i = 0; has_items(v) && i < v->count; i++)
    if (!ad__watch_literal(f, v->as.items[i], u)) return false;
  return true;
}

/* ---- What rules use ---- */

bool ad__look_shape(const ad_look *l, const ad_literal *v, int *rank, ad_dim *dims) {
  (void)l;
  if (v->kind == AD_LITERAL_ARRAY) {
    ad_shape s = ad_array_shape(v->as.array);
    *rank = s.rank;
    memcpy(dims, s.dims, (size_t)s.rank * sizeof *dims);
    return true;
  }
  *rank = 0;
  if (ad__literal_is_scalar(v)) return true;
  if (v->kind != AD_LITERAL_EDGE) return false;
  const ad_edge *e = ad__edge_root(v->as.edge);
  *rank = e->rank;
  for (int i = 0; i < e->rank; i++) dims[i] = ad__dim_resolve(e->dims[i]);
  return e->rank >= 0;
}

const ad_literal *ad__look_fail(ad_look *l, ad_status code, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(l->err, code, fmt, ap);
  va_end(ap);
  return NULL;
}

const ad_literal *ad__look_int(ad_look *l, int64_t i) {
  ad_literal *v = literal_of(l->arena, ad_dim_is_number(i) || !ad__dim_is_open(i) ? AD_LITERAL_INT : AD_LITERAL_DIM);
  if (!v) return ad__look_fail(l, AD_E_MEMORY, "out of memory");
  v->as.i = i;
  return v;
}

const ad_literal *ad__look_items(ad_look *l, ad_literal_kind kind, const ad_literal *const *items, int n) {
  ad_literal *v = literal_of(l->arena, kind);
  const ad_literal **own = ad__arena_array(l->arena, (size_t)n + 1, sizeof *own, 8);
  if (!v || !own) return ad__look_fail(l, AD_E_MEMORY, "out of memory");
  if (n) memcpy(own, items, (size_t)n * sizeof *own);
  v->count = n;
  v->as.items = own;
  return v;
}

/* ---- Rules in the solver ---- */

static ad_status learn_shape(ad_family *f, ad_unit *u, const ad_value_rule *rule, ad_look *l) {
  int rank;
  ad_dim dims[AD_MAX_RANK];
  ad_edge *out = u->slots[u->inputs];
  if (!rule->shape || !rule->shape(l, &rank, dims)) return l->err->code;
  ad_status s = ad__edge_set_kinds(f, out, AD_IS_TENSOR, l->err);
  return s ? s : ad__edge_set_shape(f, out, rank, dims, l->err);
}

ad_status ad__look_at_rule(ad_family *f, ad_unit *u, bool *later, ad_err *e) {
  const ad_value_rule *rule = u->rule;
  const ad_literal **in = ad__arena_array(&f->arena, (size_t)u->inputs + 1, sizeof *in, 8);
  const ad_attr *params;
  *later = true;
  if (!in) return ad__fail(e, AD_E_MEMORY, "out of memory");
  for (int i = 0; i < u->inputs; i++)
    if (!(in[i] = ad__edge_literal(&f->arena, u->slots[i]))) return ad__fail(e, AD_E_MEMORY, "out of memory");
  ad_status s = ad__unit_params(u, &f->arena, NULL, &params, e);
  if (s) return s;
  for (int i = 0; i < u->inputs; i++)
    if (!ad__watch_literal(f, in[i], u)) return ad__fail(e, AD_E_MEMORY, "out of memory");
  for (const ad_wired *w = u->wired; w; w = w->next)
    if (!params && !ad__watch(f, &ad__edge_root(w->edge)->watch, u)) return ad__fail(e, AD_E_MEMORY, "out of memory");
  if (u->wired && !params) return AD_OK;
  ad_look l = {.ctx = f->ctx, .arena = &f->arena, .params = params, .in = in, .inputs = u->inputs, .err = e};
  e->code = AD_OK;
  const ad_literal *v = rule->value(&l);
  if (e->code) return e->code;
  if (!v) return learn_shape(f, u, rule, &l);
  *later = !ad__literal_is_known(v);
  return ad__edge_learn(f, u->slots[u->inputs], v, e);
}

/* ---- Numbers ---- */

/* As exact as the library has them: 64 bits. */
static ad_array *wide(ad_ctx *c, const ad_op *op, const ad_literal *v) {
  double d = (double)v->as.i;
  bool b = v->as.i != 0;
  if (v->kind == AD_LITERAL_FLOAT) return ad_array_new_at(NULL, c, AD_FLOAT64, AD_SHAPE(), &v->as.f);
  if (v->kind == AD_LITERAL_BOOL) return ad_array_new_at(NULL, c, AD_BOOL, AD_SHAPE(), &b);
  if (op->dtype_rule == AD_TYPE_FLOAT) return ad_array_new_at(NULL, c, AD_FLOAT64, AD_SHAPE(), &d);
  return ad_array_new_at(NULL, c, AD_INT64, AD_SHAPE(), &v->as.i);
}

static const ad_literal *narrow(ad_ctx *c, ad_arena *a, ad_array *y, ad_err *e) {
  ad_literal *v = literal_of(a, AD_LITERAL_INT);
  ad_status s = AD_OK;
  if (!v) return ad__fail(e, AD_E_MEMORY, "out of memory"), NULL;
  switch (ad_dtype_category(ad_array_dtype(y))) {
  case AD_CATEGORY_BOOL: {
    bool b = false;
    v->kind = AD_LITERAL_BOOL;
    s = ad_read(y, &b, sizeof b);
    v->as.i = b;
    break;
  }
  case AD_CATEGORY_UINT:
  case AD_CATEGORY_INT: s = ad_read(ad_cast_at(NULL, y, AD_INT64), &v->as.i, sizeof v->as.i); break;
  case AD_CATEGORY_FLOAT:
    v->kind = AD_LITERAL_FLOAT;
    s = ad_read(ad_cast_at(NULL, y, AD_FLOAT64), &v->as.f, sizeof v->as.f);
    break;
  default: s = AD_E_TYPE; break;
  }
  (void)c;
  return s ? (ad__fail(e, s, "%s", ad_is_error(y) ? ad_error_text(y) : "no number"), NULL) : v;
}

const ad_literal *ad__fold_numbers(ad_ctx *c, ad_arena *a, const ad_op *op, const ad_attr *attrs, const ad_literal *const *in, int n, ad_err *e) {
  ad_graph *building = c->building; /* a number of the model is computed now, whatever is being traced */
  ad_array *arrays[16];
  c->building = NULL;
  ad_scope *s = ad_scope_begin(c);
  for (int i = 0; i < n; i++) arrays[i] = wide(c, op, in[i]);
  const ad_literal *v = narrow(c, a, ad_apply(c, NULL, op, arrays, n, attrs), e);
  ad_scope_end(s, NULL);
  c->building = building;
  return v;
}

/* ---- Parameters that are wired ---- */

ad_status ad__unit_params(ad_unit *u, ad_arena *a, const ad_literal *const *values, const ad_attr **out, ad_err *e) {
  const ad_block_desc *b = u->model->block;
  const ad_attr *given = b ? u->model->params : u->attrs;
  const ad_field *fields = b ? b->fields : u->op ? u->op->fields : NULL;
  int n = b ? b->field_count : u->op ? u->op->field_count : 0, k = 0;
  *out = given;
  if (!u->wired) return AD_OK;
  ad_attr *own = ad__arena_array(a, (size_t)n, sizeof *own, 8);
  if (!own) return ad__fail(e, AD_E_MEMORY, "out of memory");
  memcpy(own, given, (size_t)n * sizeof *own);
  *out = NULL;
  for (const ad_wired *w = u->wired; w; w = w->next, k++) {
    const ad_literal *v = values ? values[k] : ad__edge_literal(a, w->edge);
    if (!v) return ad__fail(e, AD_E_MEMORY, "out of memory");
    if (!ad__literal_is_known(v)) return AD_OK;
    ad_status s = ad__literal_attr(a, v, &fields[w->field], &own[w->field], e);
    if (s) return s;
  }
  *out = own;
  return AD_OK;
}
