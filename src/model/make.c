/* Making models: empty ones, ops as blocks, and blocks of the table that are one op (compose.c has the others). */
#include <string.h>
#include "model/logical.h"
#include "ops/apply.h"

enum { MOST_TERMINALS = 64 };

/* ---- Models ---- */

static const ad_model no_memory_model = {.failed = true, .frozen = true, .error = AD_E_MEMORY, .error_text = "out of memory"};
static const ad_model null_model = {.failed = true, .frozen = true, .error = AD_E_VALUE, .error_text = "a NULL context was given where a context is needed"};

ad_model *ad__model_new(ad_place where, ad_ctx *c) {
  if (!c) return (ad_model *)(uintptr_t)&null_model;
  ad_family *f = ad__family_new(c);
  ad_model *m = f ? AD_ARENA_NEW(&f->arena, ad_model) : NULL;
  if (f && !m) ad__family_free(f);
  if (!m) return (ad_model *)(uintptr_t)&no_memory_model;
  m->hold.family = f;
  m->ctx = c;
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

unsigned ad__accepted_categories(const ad_op *op) {
  unsigned accepts = op->accepts ? op->accepts : AD_ACCEPT_ANY;
  return (accepts & AD_ACCEPT_BOOL ? AD_IS_TENSOR_BOOL : 0) | (accepts & AD_ACCEPT_INTEGER ? AD_IS_TENSOR_INT : 0) |
         (accepts & AD_ACCEPT_FLOAT ? AD_IS_TENSOR_FLOAT : 0) | (accepts & AD_ACCEPT_COMPLEX ? AD_IS_TENSOR_COMPLEX : 0);
}

/* Kinds an op takes: numbers too, and what promotion makes acceptable. */
static unsigned kinds_accepted(const ad_op *op) {
  unsigned tensors = ad__accepted_categories(op);
  bool casts = op->dtype_rule != AD_TYPE_SAME && op->dtype_rule != AD_TYPE_INDEXED;
  if (op->inputs == AD_INPUTS_ANY) return AD_IS_LIST | AD_IS_TUPLE;
  if (casts && tensors & AD_IS_TENSOR_INT) tensors |= AD_IS_TENSOR_BOOL;
  if (casts && tensors & AD_IS_TENSOR_FLOAT && (op->dtype_rule == AD_TYPE_FLOAT || op->inputs > 1)) tensors |= AD_IS_TENSOR_BOOL | AD_IS_TENSOR_INT;
  return tensors | (tensors & 7) << 4;
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
    e->init_of = m;
  }
  ad_conn *k = ad__conn_add(m, t->name, t->name, e, flags);
  if (k) k->preset = t->value;
  if (k && standard && t->output) ad__conn_set_std_out(m, k, true);
  return k;
}

/* What a unit is made of, terminal by terminal. */
typedef struct unit_draft {
  const ad_op *op; /* NULL: a rule */
  const ad_attr *attrs;
  unsigned in_kinds, out_kinds;
  ad_edge *in[MOST_TERMINALS], *out[MOST_TERMINALS];
  int inputs, outputs;
  ad_text params; /* the inputs' names */
} unit_draft;

static ad_status no_memory(ad_err *e) { return ad__fail(e, AD_E_MEMORY, "out of memory"); }

static ad_status draft_terminal(ad_model *m, unit_draft *d, const ad_block_terminal *t, bool standard, ad_err *e) {
  int *count = t->output ? &d->outputs : &d->inputs;
  if (*count == MOST_TERMINALS) return ad__fail(e, AD_E_VALUE, "more than %d terminals", MOST_TERMINALS);
  ad_conn *k = add_terminal(m, t, standard);
  if (!k) return no_memory(e);
  (t->output ? d->out : d->in)[(*count)++] = k->edge;
  if (!t->output) ad__text_fmt(&d->params, "%s%s", d->inputs > 1 ? ", " : "", t->name);
  return AD_OK;
}

static ad_status make_unit(ad_model *m, unit_draft *d, ad_err *e) {
  ad_family *f = m->hold.family;
  ad_unit *u = ad__arena_zeroed(&f->arena, sizeof *u + (size_t)(d->inputs + d->outputs) * sizeof u->slots[0], _Alignof(ad_unit));
  if (!u) return no_memory(e);
  u->op = d->op;
  u->rule = d->op ? NULL : m->block->rule;
  u->attrs = d->attrs;
  u->model = m;
  u->inputs = d->inputs;
  u->outputs = d->outputs;
  if (!(u->params = ad__arena_text(&f->arena, ad__text_str(&d->params), d->params.length))) return no_memory(e);
  for (int i = 0; i < d->inputs; i++) {
    u->slots[i] = d->in[i];
    if (!d->in[i]) continue;
    if (ad__edge_set_kinds(f, d->in[i], d->in_kinds, e)) return e->code;
    if (!add_use(f, d->in[i], u)) return no_memory(e);
  }
  for (int k = 0; k < d->outputs; k++) {
    u->slots[d->inputs + k] = d->out[k];
    d->out[k]->maker = u;
    d->out[k]->kinds = d->out_kinds;
  }
  m->unit = u;
  ad__unit_queue(f, u);
  return AD_OK;
}

/* ---- Parameters ---- */

static const char *fields_text(const ad_field *fields, int n, ad_text *out) {
  for (int i = 0; i < n; i++) ad__text_fmt(out, "%s%s", i ? ", " : "", fields[i].name);
  return n ? ad__text_str(out) : "none";
}

static bool is_open(const ad_literal *v) { return v->kind == AD_LITERAL_NAME && !strcmp(v->as.text, "TBD"); }

/* What is said beside the parameters is about terminals, and is looked at when these are there. */
static ad_status add_preset(ad_model *m, const char *name, const ad_literal *v, ad_err *e) {
  ad_preset *p = AD_ARENA_NEW(&m->hold.family->arena, ad_preset), **last = &m->presets;
  if (!p) return no_memory(e);
  while (*last) last = &(*last)->next;
  *p = (ad_preset){.name = name, .value = v};
  *last = p;
  return AD_OK;
}

/* Parameters as text become attributes, one per field; what is not said has its default, or is absent. */
static ad_status read_params(ad_model *m, const ad_field *fields, int n, const char *text, ad_attr *out, ad_err *e) {
  ad_arena *arena = &m->hold.family->arena;
  ad_literal_reader r = {.arena = arena, .start = text ? text : "", .at = text ? text : "", .err = e};
  const char *name;
  const ad_literal *v;
  while (ad__literal_pair(&r, '=', ',', &name, &v)) {
    int i = ad__field_of(fields, n, name);
    ad_status s = i < 0 || is_open(v) ? add_preset(m, name, v, e) : ad__literal_attr(arena, v, &fields[i], &out[i], e);
    if (s) return s;
  }
  for (int i = 0; !e->code && i < n; i++) {
    if (out[i].given) continue;
    if (fields[i].flags & AD_FIELD_REQUIRED && m->block && m->block->build)
      return ad__fail(e, AD_E_TYPE, "parameter %s is missing", fields[i].name);
    if (!fields[i].has_default) continue;
    bool number = fields[i].kind == AD_FIELD_NUM || fields[i].kind == AD_FIELD_SCALAR;
    out[i].given = true;
    if (number) out[i].as.f[0] = fields[i].default_num;
    else if (fields[i].kind == AD_FIELD_TEXT) out[i].as.text = fields[i].text;
    else out[i].as.i = (int64_t)fields[i].default_num;
  }
  return e->code;
}

/* ---- Parameters that may be wired ---- */

static unsigned kinds_of_field(const ad_field *f) {
  unsigned kinds = f->flags & AD_FIELD_REQUIRED ? 0 : AD_IS_NONE;
  switch (f->kind) {
  case AD_FIELD_FLAG: return kinds | AD_IS_BOOL;
  case AD_FIELD_INT:
  case AD_FIELD_AXIS: return kinds | AD_IS_INT;
  case AD_FIELD_NUM:
  case AD_FIELD_SCALAR: return kinds | AD_IS_NUMBER;
  case AD_FIELD_DTYPE: return kinds | AD_IS_DTYPE;
  case AD_FIELD_TEXT: return kinds | AD_IS_TEXT;
  case AD_FIELD_NUMS: return kinds | AD_IS_TUPLE | AD_IS_LIST | AD_IS_NUMBER;
  default: return kinds | AD_IS_TUPLE | AD_IS_LIST | AD_IS_INT;
  }
}

static bool may_be_wired(const ad_model *m, const ad_field *f) {
  const ad_block_desc *b = m->block;
  if (!m->unit || f->kind == AD_FIELD_GRAPH) return false;
  if (!b) return true;
  if (b->wired) return ad__names_it(b->wired, f->name);
  return b->op && !b->attrs && ad__field_of(m->unit->op->fields, m->unit->op->field_count, f->name) >= 0;
}

const ad_field *ad__field_to_wire(const ad_model *m, const char *name, size_t n) {
  const ad_op *op = m->unit ? m->unit->op : NULL;
  const ad_field *fields = m->block ? m->block->fields : op ? op->fields : NULL;
  int count = m->block ? m->block->field_count : op ? op->field_count : 0;
  for (int i = 0; i < count; i++)
    if (strlen(fields[i].name) == n && !memcmp(fields[i].name, name, n)) return may_be_wired(m, &fields[i]) ? &fields[i] : NULL;
  return NULL;
}

/* The terminal of a parameter; NULL: it cannot be one, or there is no memory. */
static ad_conn *conn_of_param(ad_model *m, const char *name, size_t n) {
  ad_family *f = ad__family_of(&m->hold);
  const ad_field *field = ad__field_to_wire(m, name, n);
  if (!field) return NULL;
  ad_wired *w = AD_ARENA_NEW(&f->arena, ad_wired), **last = &m->unit->wired;
  ad_edge *e = ad__edge_new(f);
  if (!w || !e || !add_use(f, e, m->unit)) return NULL;
  e->kinds = kinds_of_field(field);
  ad_conn *k = ad__conn_add(m, field->name, field->name, e, AD_CONN_CONSUMED);
  if (!k) return NULL;
  while (*last) last = &(*last)->next;
  *w = (ad_wired){.field = (int)(field - (m->block ? m->block->fields : m->unit->op->fields)), .edge = e};
  AD_SET(f, *last, w);
  return k;
}

/* Parameters that are left open, and those that must be said and are not, become terminals. */
static ad_status set_presets(ad_model *m, const ad_field *fields, int n, const ad_attr *given, ad_err *e) {
  ad_family *f = ad__family_of(&m->hold);
  for (int i = 0; m->unit && i < n; i++)
    if (fields[i].flags & AD_FIELD_REQUIRED && !given[i].given && !conn_of_param(m, fields[i].name, strlen(fields[i].name)))
      return ad__fail(e, AD_E_TYPE, "parameter %s is missing", fields[i].name);
  for (const ad_preset *p = m->presets; p; p = p->next) {
    ad_conn *k = ad__conn_find(m, p->name, strlen(p->name));
    if (!k && is_open(p->value)) k = conn_of_param(m, p->name, strlen(p->name));
    if (!k || k->flags & AD_CONN_MADE) {
      ad_text list;
      ad__text_init(&list, &m->ctx->mem);
      ad__fail(e, AD_E_KEY, "no parameter %.60s; it has %s", p->name, fields_text(fields, n, &list));
      ad__text_free(&list);
      return e->code;
    }
    if (!is_open(p->value) && ad__edge_set_value(f, k->edge, p->value, e)) return e->code;
  }
  return AD_OK;
}

static ad_attr *new_attrs(ad_model *m, int n) {
  return ad__arena_zeroed(&m->hold.family->arena, (size_t)(n ? n : 1) * sizeof(ad_attr), _Alignof(ad_attr));
}

/* ---- Attributes ---- */

ad_status ad__unit_attrs(ad_unit *u, ad_arena *a, const ad_attr *params, const ad_attr **out, ad_err *e) {
  const ad_block_desc *b = u->model->block;
  char why[200] = "";
  *out = params;
  if (!b) return AD_OK;
  ad_attr *at = ad__arena_zeroed(a, (size_t)(u->op->field_count + 1) * sizeof *at, _Alignof(ad_attr));
  if (!at) return no_memory(e);
  *out = at;
  for (int i = 0; !b->attrs && i < u->op->field_count; i++) {
    int k = ad__field_of(b->fields, b->field_count, u->op->fields[i].name);
    if (k >= 0) at[i] = params[k];
  }
  ad_block_args args = {.ctx = u->model->ctx, .params = params};
  ad_status s = b->attrs ? b->attrs(&args, at, why, sizeof why) : AD_OK;
  return s ? ad__fail(e, s, "%s: %s", b->name, why) : AD_OK;
}

ad_status ad__unit_choose(ad_unit *u, ad_arena *a, const ad_attr *params, const ad_rel_slot *in, int n, bool running, const ad_attr **out, ad_err *e) {
  const ad_block_desc *b = u->model->block;
  ad_block_args args = {.ctx = u->model->ctx, .params = params};
  bool known = true;
  ad_attr *at = ad__arena_zeroed(a, (size_t)(u->op->field_count + 1) * sizeof *at, _Alignof(ad_attr));
  if (!at) return no_memory(e);
  ad_status s = b->choose(&args, in, n, running, at, &known);
  *out = known ? at : NULL;
  return s ? ad__fail(e, s, "%s: the parameters do not fit the inputs", b->name) : AD_OK;
}

/* ---- Ops as blocks ---- */

/* Takes "name=none" out of the presets: an optional operand that is to be missing. */
static bool take_none(ad_model *m, const char *name) {
  for (ad_preset **p = &m->presets; *p; p = &(*p)->next) {
    if (strcmp((*p)->name, name) || (*p)->value->kind != AD_LITERAL_NONE) continue;
    *p = (*p)->next;
    return true;
  }
  return false;
}

static ad_status draft_missing(unit_draft *d, const char *name, ad_err *e) {
  if (d->inputs == MOST_TERMINALS) return ad__fail(e, AD_E_VALUE, "more than %d terminals", MOST_TERMINALS);
  d->in[d->inputs++] = NULL;
  ad__text_fmt(&d->params, "%s%s", d->inputs > 1 ? ", " : "", name);
  return AD_OK;
}

static ad_status draft_op(ad_model *m, unit_draft *d, const ad_op *op, const char *attrs, ad_err *e) {
  static const char *const names[] = {"output", "output1", "output2", "output3", "output4", "output5", "output6", "output7"};
  ad_family *f = m->hold.family;
  int inputs = op->inputs == AD_INPUTS_ANY ? 1 : op->inputs;
  ad_attr *at = new_attrs(m, op->field_count);
  if (!at) return no_memory(e);
  if (op->result || op->outputs > 8)
    return ad__fail(e, AD_E_NOT_IMPLEMENTED, "%s: an op over trees or regions is no block by itself", op->name);
  if (read_params(m, op->fields, op->field_count, attrs, at, e)) return e->code;
  d->attrs = at;
  for (int i = 0; i < inputs; i++) {
    ad_text name;
    ad__text_init(&name, &m->ctx->mem);
    if (op->inputs == AD_INPUTS_ANY) ad__text_add(&name, op->params);
    else ad__op_param_name(op, i, &name);
    char *own = ad__arena_text(&f->arena, ad__text_str(&name), name.length);
    ad__text_free(&name);
    if (!own) return no_memory(e);
    bool missing = i >= inputs - op->optional && take_none(m, own);
    if (missing ? draft_missing(d, own, e) : draft_terminal(m, d, &(ad_block_terminal){.name = own}, i == 0, e)) return e->code;
  }
  for (int k = 0; k < op->outputs - op->extras; k++)
    if (draft_terminal(m, d, &(ad_block_terminal){.name = names[k], .output = true}, k == 0, e)) return e->code;
  return AD_OK;
}

static ad_status add_extras(ad_model *m, unit_draft *d, ad_err *e) {
  while (d->op && d->outputs < d->op->outputs)
    if (!(d->out[d->outputs++] = ad__edge_new(m->hold.family))) return no_memory(e);
  return AD_OK;
}

static ad_status finish_unit(ad_model *m, unit_draft *d, const ad_field *fields, int n, const ad_attr *given, ad_err *e) {
  if (add_extras(m, d, e) || make_unit(m, d, e)) return e->code;
  return set_presets(m, fields, n, given, e);
}

static ad_model *finished(ad_place where, ad_model *m, ad_err *e) {
  if (!e->code) return m;
  m->failed = m->frozen = true;
  return ad__model_fail(where, m->ctx, e->code, "%s", e->text);
}

static void name_in_front(const char *name, ad_err *e) {
  ad_err why = *e;
  size_t n = strlen(name);
  if (why.code && strncmp(why.text, name, n) != 0) ad__fail(e, why.code, "%s: %s", name, why.text);
}

ad_model *ad_model_op_at(ad_place where, ad_ctx *c, const char *name, const char *attrs) {
  const ad_op *op = c && name ? ad_op_find(c, name) : NULL;
  ad_model *m = ad__model_new(where, c);
  ad_err e = {.code = AD_OK};
  if (m->failed) return m;
  if (!op) return ad__model_fail(where, c, AD_E_KEY, "op %.60s not found", name ? name : "NULL");
  m->params_text = attrs ? ad__arena_text(&m->hold.family->arena, attrs, strlen(attrs)) : NULL;
  unit_draft d = {.op = op, .in_kinds = kinds_accepted(op), .out_kinds = AD_IS_TENSOR | AD_IS_NUMBER};
  ad__text_init(&d.params, &c->mem);
  if (!draft_op(m, &d, op, attrs, &e) && !finish_unit(m, &d, op->fields, op->field_count, d.attrs, &e)) ad__solve(m->hold.family, &e);
  ad__text_free(&d.params);
  name_in_front(op->name, &e);
  return finished(where, m, &e);
}

/* ---- Blocks of the table ---- */

/* One terminal, or as many as its parameter says. */
static ad_status draft_terminals(ad_model *m, unit_draft *d, const ad_block_desc *b, const ad_block_terminal *t, bool standard, ad_err *e) {
  int field = t->times ? ad__field_of(b->fields, b->field_count, t->times) : -1;
  if (field < 0) return draft_terminal(m, d, t, standard, e);
  for (int i = 1; i <= m->params[field].as.i; i++) {
    char name[40];
    ad_block_terminal one = *t;
    ad__format(name, sizeof name, "%.30s%d", t->name, i);
    if (!(one.name = ad__arena_text(&m->hold.family->arena, name, strlen(name)))) return no_memory(e);
    if (draft_terminal(m, d, &one, false, e)) return e->code;
  }
  return AD_OK;
}

static ad_status build_unit(ad_model *m, const ad_block_desc *b, unit_draft *d, ad_err *e) {
  int n;
  const ad_block_terminal *t = ad__block_terminals(b, &n);
  if (b->op && !d->op) return ad__fail(e, AD_E_NOT_IMPLEMENTED, "op %s is not there", b->op);
  d->in_kinds = d->op ? kinds_accepted(d->op) : b->rule->in ? b->rule->in : AD_IS_ANY;
  d->out_kinds = d->op ? AD_IS_TENSOR | AD_IS_NUMBER : b->rule->out ? b->rule->out : AD_IS_ANY;
  for (int i = 0; i < n; i++) {
    if (ad__block_has(b, &t[i], m->params)) {
      if (draft_terminals(m, d, b, &t[i], ad__block_is_standard(b, &t[i], i), e)) return e->code;
    } else if (!t[i].output && d->inputs < MOST_TERMINALS) d->in[d->inputs++] = NULL;
  }
  if (finish_unit(m, d, b->fields, b->field_count, m->params, e)) return e->code;
  return d->op && !m->unit->wired && !b->choose ? ad__unit_attrs(m->unit, &m->hold.family->arena, m->params, &m->unit->attrs, e) : AD_OK;
}

static ad_status build_one(ad_model *m, const ad_block_desc *b, ad_err *e) {
  unit_draft d = {.op = b->op ? ad_op_find(m->ctx, b->op) : NULL};
  ad__text_init(&d.params, &m->ctx->mem);
  build_unit(m, b, &d, e);
  ad__text_free(&d.params);
  return e->code;
}

static ad_status build_block(ad_model *m, const ad_block_desc *b, const ad_block_args *a, ad_err *e) {
  char shapes[400] = "";
  if (!b->build && a->part_count) return ad__fail(e, AD_E_TYPE, "it takes no blocks; %d were given", a->part_count);
  if (b->build) {
    if (ad__build_composed(m, b, a, e) || set_presets(m, b->fields, b->field_count, m->params, e)) return e->code;
  } else if (build_one(m, b, e)) return e->code;
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
  if (!at || !m->params_text) no_memory(&e);
  else if (!read_params(m, b->fields, b->field_count, params, at, &e)) {
    ad_block_args a = {.ctx = c, .where = where, .params = at, .parts = parts, .part_count = n};
    build_block(m, b, &a, &e);
  }
  name_in_front(b->name, &e);
  return finished(where, m, &e);
}

ad_model *ad_block_at(ad_place where, ad_ctx *c, const char *name, const char *params) {
  return ad_block_of_at(where, c, name, params, NULL, 0);
}
