/* Making models: empty ones, ops as blocks, and blocks of the table that are one op (compose.c has the others). */
#include <string.h>
#include "model/logical.h"
#include "ops/apply.h"

/* ---- Models ---- */

static const ad_model no_memory_model = {.failed = true, .frozen = true, .error = AD_E_MEMORY, .error_text = "out of memory"};
static const ad_model null_model = {.failed = true, .frozen = true, .error = AD_E_VALUE, .error_text = "a NULL context was given where a context is needed"};

ad_model *ad__model_new(ad_place where, ad_ctx *c) {
  if (!c) return (ad_model *)(uintptr_t)&null_model;
  ad_family *f = ad__family_new(c);
  ad_model *m = f ? AD_ARENA_NEW(&f->arena, ad_model) : NULL;
  if (!m) return (ad_model *)(uintptr_t)&no_memory_model;
  m->hold.family = f;
  m->ctx = c;
  ad__text_init(&m->text, &c->mem);
  if (!ad__hold_begin(&m->hold, where, c)) return (ad_model *)(uintptr_t)&no_memory_model;
  if (c->error.code) {
    m->failed = m->frozen = true;
    m->error = c->error.code;
    m->error_text = c->error.text;
  }
  return m;
}

ad_model *ad__model_fail(ad_place where, ad_ctx *c, ad_status code, const char *fmt, ...) {
  ad_err e, full;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, code, fmt, ap);
  va_end(ap);
  ad_model *m = ad__model_new(where, c);
  if (!m->ctx || m->failed) return m;
  m->failed = m->frozen = true;
  m->error = code;
  ad__fail(&full, code, "%s%s%s", where ? where : "", where ? ": " : "", e.text);
  m->error_text = ad__arena_text(&m->hold.family->arena, full.text, strlen(full.text));
  if (!m->error_text) m->error_text = "out of memory";
  return m;
}

ad_model *ad_model_new_at(ad_place where, ad_ctx *c, const char *name) {
  ad_model *m = ad__model_new(where, c);
  if (name && !m->failed) ad_model_set_name(m, name);
  return m;
}

/* ---- Units ---- */

/* Kinds an op takes and gives; a float result is one whatever comes in. */
static unsigned kinds_accepted(const ad_op *op) {
  unsigned accepts = op->accepts ? op->accepts : AD_ACCEPT_ANY, kinds = 0;
  bool casts = op->dtype_rule == AD_TYPE_FLOAT;
  if (accepts & AD_ACCEPT_BOOL || casts) kinds |= AD_IS_TENSOR_BOOL | AD_IS_BOOL;
  if (accepts & AD_ACCEPT_INTEGER || casts) kinds |= AD_IS_TENSOR_INT | AD_IS_INT;
  if (accepts & AD_ACCEPT_FLOAT) kinds |= AD_IS_TENSOR_FLOAT | AD_IS_FLOAT;
  if (accepts & AD_ACCEPT_COMPLEX) kinds |= AD_IS_TENSOR_COMPLEX;
  return kinds;
}

static bool add_use(ad_family *f, ad_edge *e, ad_unit *u) {
  ad_use *x = AD_ARENA_NEW(&f->arena, ad_use);
  if (!x) return false;
  x->unit = u;
  x->next = e->uses ? e->uses->next : x;
  if (e->uses) e->uses->next = x;
  e->uses = x;
  return true;
}

/* One terminal with an edge of its own. */
static ad_conn *add_terminal(ad_model *m, const ad_block_terminal *t, bool standard) {
  ad_family *f = m->hold.family;
  ad_edge *e = ad__edge_new(f);
  if (!e) return NULL;
  unsigned flags = t->output ? AD_CONN_MADE : AD_CONN_CONSUMED;
  if (standard && !t->output) flags |= AD_CONN_STD_IN;
  if (t->trainable) {
    e->differentiable = 1;
    e->kinds = AD_IS_TENSOR_FLOAT;
    e->init = t->init;
  }
  ad_conn *k = ad__conn_add(m, t->name, t->name, e, flags);
  if (k && standard && t->output) ad__conn_set_std_out(m, k, true);
  return k;
}

static bool make_unit(ad_model *m, const ad_op *op, const ad_attr *attrs, ad_edge *const *in, int inputs, ad_edge *const *out,
                      const char *params) {
  ad_family *f = m->hold.family;
  int outputs = op->outputs;
  ad_unit *u = ad__arena_zeroed(&f->arena, sizeof *u + (size_t)(inputs + outputs) * sizeof u->slots[0], _Alignof(ad_unit));
  if (!u) return false;
  u->op = op;
  u->attrs = attrs;
  u->model = m;
  u->params = params;
  u->inputs = inputs;
  u->outputs = outputs;
  for (int i = 0; i < inputs; i++) {
    u->slots[i] = in[i];
    if (!in[i]) continue;
    in[i]->kinds &= kinds_accepted(op);
    if (!add_use(f, in[i], u)) return false;
  }
  for (int k = 0; k < outputs; k++) {
    u->slots[inputs + k] = out[k];
    out[k]->maker = u;
  }
  m->unit = u;
  ad__unit_queue(f, u);
  return true;
}

/* ---- Parameters ---- */

static const char *fields_text(const ad_field *fields, int n, ad_text *out) {
  for (int i = 0; i < n; i++) ad__text_fmt(out, "%s%s", i ? ", " : "", fields[i].name);
  return n ? ad__text_str(out) : "none";
}

/* Parameters as text become attributes, one per field; what is not said has its default, or is absent. */
static ad_status read_params(ad_model *m, const char *block, const ad_field *fields, int n, const char *text, ad_attr *out, ad_err *e) {
  ad_arena *arena = &m->hold.family->arena;
  ad_literal_reader r = {.arena = arena, .start = text ? text : "", .at = text ? text : "", .err = e};
  const char *name;
  const ad_literal *v;
  while (ad__literal_pair(&r, '=', ',', &name, &v)) {
    int i = ad__field_of(fields, n, name);
    ad_text list;
    ad__text_init(&list, &m->ctx->mem);
    if (i < 0) ad__fail(e, AD_E_KEY, "%s: no parameter %.60s; it has %s", block, name, fields_text(fields, n, &list));
    ad__text_free(&list);
    if (i < 0) return e->code;
    if (ad__literal_attr(arena, v, &fields[i], &out[i], e)) return e->code;
  }
  for (int i = 0; !e->code && i < n; i++) {
    if (out[i].given) continue;
    if (fields[i].flags & AD_FIELD_REQUIRED) return ad__fail(e, AD_E_TYPE, "%s: parameter %s is missing", block, fields[i].name);
    if (!fields[i].has_default) continue;
    bool number = fields[i].kind == AD_FIELD_NUM || fields[i].kind == AD_FIELD_SCALAR;
    out[i].given = true;
    if (number) out[i].as.f[0] = fields[i].default_num;
    else out[i].as.i = (int64_t)fields[i].default_num;
  }
  return e->code;
}

static ad_attr *new_attrs(ad_model *m, int n) {
  return ad__arena_zeroed(&m->hold.family->arena, (size_t)(n ? n : 1) * sizeof(ad_attr), _Alignof(ad_attr));
}

/* ---- Ops as blocks ---- */

static ad_status build_op(ad_model *m, const ad_op *op, const char *attrs, ad_err *e) {
  ad_family *f = m->hold.family;
  ad_edge *in[16], *out[16];
  ad_attr *at = new_attrs(m, op->field_count);
  int outputs = op->outputs - op->extras;
  if (!at) return ad__fail(e, AD_E_MEMORY, "out of memory");
  if (op->inputs > 16 || op->result)
    return ad__fail(e, AD_E_NOT_IMPLEMENTED, "%s: an op over lists, trees or regions is no block by itself", op->name);
  if (read_params(m, op->name, op->fields, op->field_count, attrs, at, e)) return e->code;
  for (int i = 0; i < op->inputs; i++) {
    ad_text name;
    ad__text_init(&name, &m->ctx->mem);
    ad__op_param_name(op, i, &name);
    char *own = ad__arena_text(&f->arena, ad__text_str(&name), name.length);
    ad__text_free(&name);
    ad_block_terminal t = {.name = own};
    ad_conn *k = own ? add_terminal(m, &t, i == 0) : NULL;
    if (!k) return ad__fail(e, AD_E_MEMORY, "out of memory");
    in[i] = k->edge;
  }
  for (int k = 0; k < op->outputs; k++) {
    static const char *const names[] = {"output", "output1", "output2", "output3", "output4", "output5", "output6", "output7"};
    ad_block_terminal t = {.name = names[k < 8 ? k : 7], .output = true};
    ad_conn *conn = k < outputs ? add_terminal(m, &t, k == 0) : NULL;
    if (k < outputs && !conn) return ad__fail(e, AD_E_MEMORY, "out of memory");
    if (!(out[k] = conn ? conn->edge : ad__edge_new(f))) return ad__fail(e, AD_E_MEMORY, "out of memory");
  }
  if (!make_unit(m, op, at, in, op->inputs, out, op->params)) return ad__fail(e, AD_E_MEMORY, "out of memory");
  return ad__solve(f, e);
}

static ad_model *finished(ad_place where, ad_model *m, ad_err *e) {
  if (!e->code) return m;
  m->failed = m->frozen = true;
  return ad__model_fail(where, m->ctx, e->code, "%s", e->text);
}

ad_model *ad_model_op_at(ad_place where, ad_ctx *c, const char *name, const char *attrs) {
  const ad_op *op = c && name ? ad_op_find(c, name) : NULL;
  ad_model *m = ad__model_new(where, c);
  ad_err e = {.code = AD_OK};
  if (m->failed) return m;
  if (!op) return ad__model_fail(where, c, AD_E_KEY, "op %.60s not found", name ? name : "NULL");
  build_op(m, op, attrs, &e);
  return finished(where, m, &e);
}

/* ---- Blocks of the table ---- */

static ad_status op_attrs(const ad_block_desc *b, const ad_op *op, const ad_block_args *a, ad_attr *at, ad_err *e) {
  char why[200] = "";
  for (int i = 0; !b->attrs && i < op->field_count; i++) {
    int k = ad__field_of(b->fields, b->field_count, op->fields[i].name);
    if (k >= 0) at[i] = a->params[k];
  }
  ad_status s = b->attrs ? b->attrs(a, at, why, sizeof why) : AD_OK;
  return s ? ad__fail(e, s, "%s: %s", b->name, why) : AD_OK;
}

static ad_status build_one_op(ad_model *m, const ad_block_desc *b, const ad_block_args *a, ad_err *e) {
  const ad_op *op = ad_op_find(m->ctx, b->op);
  ad_family *f = m->hold.family;
  ad_edge *in[16], *out[16];
  int n, inputs = 0, outputs = 0;
  const ad_block_terminal *t = ad__block_terminals(b, &n);
  ad_attr *at = op ? new_attrs(m, op->field_count) : NULL;
  ad_text names;
  if (!op) return ad__fail(e, AD_E_NOT_IMPLEMENTED, "%s: op %s is not there", b->name, b->op);
  if (!at || op_attrs(b, op, a, at, e)) return e->code ? e->code : ad__fail(e, AD_E_MEMORY, "out of memory");
  ad__text_init(&names, &m->ctx->mem);
  for (int i = 0; i < n && i < 16; i++) {
    bool there = ad__block_has(b, &t[i], a->params);
    ad_conn *k = there ? add_terminal(m, &t[i], ad__block_is_standard(b, &t[i], i)) : NULL;
    if (there && !k) return ad__fail(e, AD_E_MEMORY, "out of memory");
    if (t[i].output) out[outputs++] = k->edge;
    else in[inputs++] = there ? k->edge : NULL;
    if (!t[i].output) ad__text_fmt(&names, "%s%s", names.length ? ", " : "", t[i].name);
  }
  while (outputs < op->outputs && (out[outputs] = ad__edge_new(f))) outputs++;
  char *params = ad__arena_text(&f->arena, ad__text_str(&names), names.length);
  ad__text_free(&names);
  if (outputs < op->outputs || !params || !make_unit(m, op, at, in, inputs, out, params)) return ad__fail(e, AD_E_MEMORY, "out of memory");
  return AD_OK;
}

static ad_status build_block(ad_model *m, const ad_block_desc *b, const ad_block_args *a, ad_err *e) {
  char shapes[400] = "";
  if (!b->build && a->part_count) return ad__fail(e, AD_E_TYPE, "%s: it takes no blocks; %d were given", b->name, a->part_count);
  ad_status s = b->op ? build_one_op(m, b, a, e) : ad__build_composed(m, b, a, e);
  if (s) return s;
  if (b->shapes) b->shapes(a, shapes, sizeof shapes);
  return ad__model_set_shapes(m, ad__family_of(&m->hold), shapes, e);
}

ad_model *ad_block_of_at(ad_place where, ad_ctx *c, const char *name, const char *params, ad_model *const *parts, int n) {
  ad_model *m = ad__model_new(where, c);
  ad_err e = {.code = AD_OK};
  if (m->failed) return m;
  if (!name) name = "";
  const ad_block_desc *b = ad__block_find(name, strlen(name));
  if (!b) return ad__block_unknown(where, c, name);
  ad_attr *at = new_attrs(m, b->field_count);
  m->block = b;
  m->params = at;
  m->params_text = params ? ad__arena_text(&m->hold.family->arena, params, strlen(params)) : "";
  if (!at || !m->params_text) ad__fail(&e, AD_E_MEMORY, "out of memory");
  else if (!read_params(m, b->name, b->fields, b->field_count, params, at, &e)) {
    ad_block_args a = {.ctx = c, .where = where, .params = at, .parts = parts, .part_count = n};
    build_block(m, b, &a, &e);
  }
  return finished(where, m, &e);
}

ad_model *ad_block_at(ad_place where, ad_ctx *c, const char *name, const char *params) {
  return ad_block_of_at(where, c, name, params, NULL, 0);
}
