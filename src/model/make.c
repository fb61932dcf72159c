/* Making models: empty ones, ops as blocks, and blocks of the table from their descriptors. */
#include <string.h>
#include "model/logical.h"
#include "ops/apply.h"

/* ---- The table ---- */

#define AD_BLOCK(name) &ad__block_##name,
static const ad_block_desc *const blocks[] = {
#include "model/blocks/block_list.def"
};
#undef AD_BLOCK
enum { BLOCKS = (int)(sizeof blocks / sizeof *blocks) };

static const ad_block_terminal usual[] = {{.name = "input", .doc = "what it works on"}, {.name = "output", .output = true, .doc = "the result"}};

static const ad_block_terminal *terminals_of(const ad_block_desc *b, int *n) {
  *n = b->terminals ? b->terminal_count : AD_BLOCK_COUNT(usual);
  return b->terminals ? b->terminals : usual;
}

const ad_block_desc *ad__block_find(const char *name, size_t n) {
  for (int i = 0; i < BLOCKS; i++)
    if (strlen(blocks[i]->name) == n && !memcmp(blocks[i]->name, name, n)) return blocks[i];
  return NULL;
}

static const ad_block_desc *block_at(int i) { return i >= 0 && i < BLOCKS ? blocks[i] : NULL; }
int ad_block_count(void) { return BLOCKS; }
const char *ad_block_name(int i) { return block_at(i) ? blocks[i]->name : ""; }
const char *ad_block_doc(int i) { return block_at(i) ? blocks[i]->doc : ""; }
const char *ad_block_group(int i) { return block_at(i) ? blocks[i]->group : ""; }
int ad_block_param_count(int i) { return block_at(i) ? blocks[i]->field_count : 0; }
const ad_field *ad_block_param(int i, int param) {
  return block_at(i) && param >= 0 && param < blocks[i]->field_count ? &blocks[i]->fields[param] : NULL;
}
int ad_block_terminal_count(int i) {
  int n = 0;
  if (block_at(i)) terminals_of(blocks[i], &n);
  return n;
}
const ad_block_terminal *ad_block_terminal_at(int i, int terminal) {
  int n = 0;
  const ad_block_terminal *t = block_at(i) ? terminals_of(blocks[i], &n) : NULL;
  return terminal >= 0 && terminal < n ? &t[terminal] : NULL;
}

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

static int field_of(const ad_field *fields, int n, const char *name) {
  for (int i = 0; i < n; i++)
    if (!strcmp(fields[i].name, name)) return i;
  return -1;
}

/* Parameters as text become attributes, one per field; what is not said has its default, or is absent. */
static ad_status read_params(ad_model *m, const char *block, const ad_field *fields, int n, const char *text, ad_attr *out, ad_err *e) {
  ad_arena *arena = &m->hold.family->arena;
  ad_literal_reader r = {.arena = arena, .start = text ? text : "", .at = text ? text : "", .err = e};
  const char *name;
  const ad_literal *v;
  while (ad__literal_pair(&r, '=', ',', &name, &v)) {
    int i = field_of(fields, n, name);
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

static bool names_it(const char *list, const char *name) {
  size_t n = strlen(name);
  for (const char *p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
    p += strspn(p, " ");
    if (!strncmp(p, name, n) && (!p[n] || p[n] == ',')) return true;
  }
  return false;
}

/* Is the terminal standard: named so, or the first of its side where nothing is said? */
static bool is_standard(const ad_block_desc *b, const ad_block_terminal *t, int index) {
  const char *list = t->output ? b->standard_outputs : b->standard_inputs;
  int n;
  const ad_block_terminal *all = terminals_of(b, &n);
  if (list) return names_it(list, t->name);
  for (int i = 0; i < index; i++)
    if (all[i].output == t->output) return false;
  return true;
}

static bool is_there(const ad_block_desc *b, const ad_block_terminal *t, const ad_attr *params) {
  int i = t->only_if ? field_of(b->fields, b->field_count, t->only_if) : -1;
  return i < 0 || params[i].as.i;
}

static ad_status op_attrs(const ad_block_desc *b, const ad_op *op, const ad_block_args *a, ad_attr *at, ad_err *e) {
  char why[200] = "";
  for (int i = 0; !b->attrs && i < op->field_count; i++) {
    int k = field_of(b->fields, b->field_count, op->fields[i].name);
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
  const ad_block_terminal *t = terminals_of(b, &n);
  ad_attr *at = op ? new_attrs(m, op->field_count) : NULL;
  ad_text names;
  if (!op) return ad__fail(e, AD_E_NOT_IMPLEMENTED, "%s: op %s is not there", b->name, b->op);
  if (!at || op_attrs(b, op, a, at, e)) return e->code ? e->code : ad__fail(e, AD_E_MEMORY, "out of memory");
  ad__text_init(&names, &m->ctx->mem);
  for (int i = 0; i < n && i < 16; i++) {
    bool there = is_there(b, &t[i], a->params);
    ad_conn *k = there ? add_terminal(m, &t[i], is_standard(b, &t[i], i)) : NULL;
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

static ad_status build_composed(ad_model *m, const ad_block_desc *b, const ad_block_args *a, ad_err *e) {
  m->block = NULL; /* it is wired as any other while it is made */
  ad_status s = b->build(m, a);
  m->block = b;
  if (m->error) return ad__fail(e, m->error, "%s", m->error_text);
  return s ? ad__fail(e, s, "%s could not be made", b->name) : AD_OK;
}

static ad_status build_block(ad_model *m, const ad_block_desc *b, const ad_block_args *a, ad_err *e) {
  char shapes[400] = "";
  ad_status s = b->op ? build_one_op(m, b, a, e) : build_composed(m, b, a, e);
  if (s) return s;
  if (b->shapes) b->shapes(a, shapes, sizeof shapes);
  return ad__model_set_shapes(m, m->hold.family, shapes, e);
}

static ad_model *unknown_block(ad_place where, ad_ctx *c, const char *name) {
  ad_nearest near;
  char hint[240];
  ad__nearest_begin(&near, name, strlen(name));
  for (int i = 0; i < BLOCKS; i++) ad__nearest_try(&near, blocks[i]->name);
  return ad__model_fail(where, c, AD_E_KEY, "block %.60s not found%s", name, ad__nearest_text(&near, hint, sizeof hint));
}

ad_model *ad_block_of_at(ad_place where, ad_ctx *c, const char *name, const char *params, ad_model *const *parts, int n) {
  ad_model *m = ad__model_new(where, c);
  ad_err e = {.code = AD_OK};
  if (m->failed) return m;
  if (!name) name = "";
  const ad_block_desc *b = ad__block_find(name, strlen(name));
  if (!b) return unknown_block(where, c, name);
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
