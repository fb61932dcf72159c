/* The JSON form of a model, read: every member is looked for, none is ignored, and what blocks and wiring refuse is refused here with the
 * offset of the member that led to it. The text is not trusted: sizes are limited by the JSON reader, nesting by MOST_LEVELS. */
#include <math.h>
#include <string.h>
#include <adamant/ops.h>
#include "model/model_json.h"

enum { MOST_LEVELS = 60, JSON_DEPTH = 512 };

typedef struct json_model_reader {
  ad_ctx *ctx;
  ad_place where;
  ad_arena arena;
  ad_err err;
} json_model_reader;

static bool bad(json_model_reader *r, const ad_json *v, const char *what) {
  if (r->err.code) return false;
  ad__fail(&r->err, AD_E_FORMAT, "model: byte %llu: %s", (unsigned long long)(v ? v->offset : 0), what);
  return false;
}

/* What an action said, with the offset of what led to it. */
static bool done(json_model_reader *r, const ad_json *v, ad_model *m, ad_status s) {
  if (!s) return true;
  if (!r->err.code) ad__fail(&r->err, s, "model: byte %llu: %s", (unsigned long long)v->offset, ad_model_error_text(m));
  return false;
}

static const char *text_of(json_model_reader *r, const ad_json *v) {
  if (v && v->kind == AD_JSON_STRING && strlen(v->text) == v->length) return v->text;
  bad(r, v, "a string without NUL is right here");
  return NULL;
}

static bool only_members(json_model_reader *r, const ad_json *object, const char *const *names) {
  if (object->kind != AD_JSON_OBJECT) return bad(r, object, "an object is right here");
  for (const ad_json *x = object->first; x; x = x->next) {
    int i = 0;
    while (names[i] && strcmp(names[i], x->key)) i++;
    if (!names[i]) return bad(r, x, "a member that is not known");
  }
  return true;
}

/* ---- Tensors ---- */

static bool element(json_model_reader *r, const ad_json *v, double *out) {
  if (ad__json_f64(v, out)) return true;
  bool word = ad__json_is(v, "nan") || ad__json_is(v, "inf") || ad__json_is(v, "-inf");
  if (word) *out = *v->text == 'n' ? (double)NAN : *v->text == '-' ? -(double)INFINITY : (double)INFINITY;
  return word || bad(r, v, "a number, or \"nan\", \"inf\" or \"-inf\", is right here");
}

static ad_array *tensor(json_model_reader *r, const ad_json *v) {
  static const char *const members[] = {"dtype", "shape", "data", NULL};
  if (!only_members(r, v, members)) return NULL;
  const ad_json *shape = ad__json_get(v, "shape"), *data = ad__json_get(v, "data");
  const char *dtype = text_of(r, ad__json_get(v, "dtype"));
  ad_dtype t = dtype ? ad_dtype_parse(dtype) : AD_DTYPE_NONE;
  int64_t dims[AD_MAX_RANK], n = 1;
  int rank = 0;
  if (!dtype || (t == AD_DTYPE_NONE && !bad(r, v, "no such dtype"))) return NULL;
  if (!shape || shape->kind != AD_JSON_ARRAY || shape->length > AD_MAX_RANK || !data || data->kind != AD_JSON_ARRAY) {
    bad(r, v, "a tensor has shape and data, which are arrays");
    return NULL;
  }
  for (const ad_json *x = shape->first; x; x = x->next) {
    if (!ad__json_i64(x, &dims[rank]) || dims[rank] < 0 || (dims[rank] && n > (int64_t)data->length / dims[rank])) {
      bad(r, x, "a dim that does not fit the data");
      return NULL;
    }
    n *= dims[rank++];
  }
  double *values = (uint64_t)n == data->length ? ad__arena_array(&r->arena, data->length + 1, sizeof *values, 8) : NULL;
  if (!values) {
    bad(r, data, (uint64_t)n == data->length ? "out of memory" : "data of another length than its shape says");
    return NULL;
  }
  size_t i = 0;
  for (const ad_json *x = data->first; x; x = x->next)
    if (!element(r, x, &values[i++])) return NULL;
  ad_array *a = ad_cast_at(r->where, ad_array_new_at(r->where, r->ctx, AD_FLOAT64, (ad_shape){rank, dims}, values), t);
  if (ad_eval(a)) bad(r, v, ad_error_text(a));
  return r->err.code ? NULL : a;
}

/* ---- Wires ---- */

typedef struct read_labels {
  ad_model *m;
  ad_map conns; /* of "$k" */
} read_labels;

static ad_conn *labelled(const read_labels *l, const char *s) {
  if (*s != '$') return ad__conn_find(l->m, s, strlen(s));
  const ad_map_value *v = ad__map_find(&l->conns, ad__map_text(s, strlen(s)));
  return v ? ad__conn_real(v->pointer) : NULL;
}

/* One wire; false: not wired now, the terminal becomes a connection of its own. */
static bool wire_of(json_model_reader *r, const read_labels *l, const ad_conn *t, const ad_json *v, ad_wire *out) {
  static const char *const members[] = {"value", "tensor", NULL};
  *out = (ad_wire){.terminal = v->key};
  if (v->kind == AD_JSON_STRING) {
    const char *s = text_of(r, v);
    if (!s || !t->name) return false;
    ad_conn *k = labelled(l, s);
    out->kind = k ? AD_WIRE_CONN : AD_WIRE_NAME;
    out->conn = k;
    out->text = *s == '$' ? "" : s;
    return k || *s != '$' || !(t->flags & AD_CONN_MADE);
  }
  if (!only_members(r, v, members) || v->length != 1) return bad(r, v, "a name, {\"value\": ...} or {\"tensor\": ...} is right here");
  const ad_json *value = ad__json_get(v, "value");
  out->kind = value ? AD_WIRE_VALUE : AD_WIRE_ARRAY;
  if (value) return (out->text = text_of(r, value)) != NULL;
  return (out->array = tensor(r, v->first)) != NULL;
}

/* A terminal's connection gets the label it is to have, or becomes one with that which has it. */
static bool take_label(json_model_reader *r, read_labels *l, const ad_conn *t, const ad_json *v) {
  const char *s = v->kind == AD_JSON_STRING ? v->text : NULL;
  ad_conn *k = s && t->up ? ad__conn_real(t->up) : NULL, *other = s ? labelled(l, s) : NULL;
  if (!k || k == other) return true;
  if (other) return done(r, v, l->m, ad_model_merge(l->m, "%0, %1", (ad_conn *const[]){other, k}, 2, NULL));
  if (*s != '$') return done(r, v, l->m, ad_model_rename(l->m, ad_conn_name(k), s));
  ad_map_value *at = ad__map_put(&l->conns, ad__map_text(s, strlen(s)), NULL);
  if (!at) return bad(r, v, "out of memory");
  at->pointer = k;
  return true;
}

static bool read_wires(json_model_reader *r, read_labels *l, ad_model *block, const ad_json *v) {
  ad_wire *wires = v && v->kind == AD_JSON_OBJECT ? ad__arena_array(&r->arena, v->length + 1, sizeof *wires, 8) : NULL;
  int n = 0;
  if (!wires) return bad(r, v, "the block lacks wires, which are an object");
  for (const ad_json *x = v->first; x; x = x->next) {
    const ad_conn *t = ad__conn_find(block, x->key, x->key_length);
    if (!t) return bad(r, x, "no such terminal");
    n += wire_of(r, l, t, x, &wires[n]);
    if (r->err.code) return false;
  }
  if (!done(r, v, l->m, ad_model_wire(l->m, block, wires, n, false))) return false;
  for (const ad_json *x = v->first; x; x = x->next)
    if (!take_label(r, l, ad__conn_find(block, x->key, x->key_length), x)) return false;
  return true;
}

/* ---- What is known ---- */

/* What the connection with that label is called in the model. */
static const char *name_of(json_model_reader *r, const read_labels *l, const ad_json *v, const char *label) {
  ad_conn *k = labelled(l, label);
  if (!k) bad(r, v, "no connection is called so");
  return k ? ad_conn_name(k) : NULL;
}

/* {"x": "N, 3"} as "x: N, 3; ". */
static bool read_pairs(json_model_reader *r, const read_labels *l, const ad_json *v, ad_status (*act)(ad_model *, const char *)) {
  ad_text t;
  if (!v) return true;
  if (v->kind != AD_JSON_OBJECT) return bad(r, v, "an object is right here");
  ad__text_init(&t, &r->ctx->mem);
  for (const ad_json *x = v->first; x && !r->err.code; x = x->next) {
    const char *name = name_of(r, l, x, x->key), *text = text_of(r, x);
    if (name && text) ad__text_fmt(&t, "%s: %s; ", name, text);
  }
  if (!r->err.code) done(r, v, l->m, act(l->m, ad__text_str(&t)));
  ad__text_free(&t);
  return !r->err.code;
}

static ad_status train(ad_model *m, const char *names) { return ad_model_set_differentiable(m, names, true); }
static ad_status fix(ad_model *m, const char *names) { return ad_model_set_differentiable(m, names, false); }

/* ["x", "$2"] as "x, $5". */
static bool read_list(json_model_reader *r, const read_labels *l, const ad_json *v, ad_status (*act)(ad_model *, const char *)) {
  ad_text t;
  if (!v) return true;
  if (v->kind != AD_JSON_ARRAY) return bad(r, v, "an array is right here");
  ad__text_init(&t, &r->ctx->mem);
  for (const ad_json *x = v->first; x && !r->err.code; x = x->next) {
    const char *text = text_of(r, x), *name = text ? name_of(r, l, x, text) : NULL;
    if (name) ad__text_fmt(&t, "%s%s", t.length ? ", " : "", name);
  }
  if (!r->err.code) done(r, v, l->m, act(l->m, ad__text_str(&t)));
  ad__text_free(&t);
  return !r->err.code;
}

static bool read_arrays(json_model_reader *r, const read_labels *l, const ad_json *v, bool initial) {
  if (v && v->kind != AD_JSON_OBJECT) return bad(r, v, "an object is right here");
  for (const ad_json *x = v ? v->first : NULL; x && !r->err.code; x = x->next) {
    const char *name = name_of(r, l, x, x->key);
    const ad_json *value = initial ? NULL : ad__json_get(x, "value");
    ad_array *a = name && !value ? tensor(r, initial ? x : ad__json_get(x, "tensor") ? ad__json_get(x, "tensor") : x) : NULL;
    char text[400];
    if (!name || (!value && !a)) return false;
    if (value && text_of(r, value)) {
      ad__format(text, sizeof text, "%s: %.300s", name, value->text);
      done(r, x, l->m, ad_model_set_values(l->m, text));
    } else if (a) done(r, x, l->m, initial ? ad_model_set_initial(l->m, name, a) : ad_model_set_array(l->m, name, a));
  }
  return !r->err.code;
}

static bool read_states(json_model_reader *r, const read_labels *l, const ad_json *v) {
  static const char *const members[] = {"input", "output", "initial", NULL};
  if (v && v->kind != AD_JSON_ARRAY) return bad(r, v, "an array is right here");
  for (const ad_json *x = v ? v->first : NULL; x && !r->err.code; x = x->next) {
    if (!only_members(r, x, members)) return false;
    const ad_json *begin = ad__json_get(x, "initial");
    const char *in = text_of(r, ad__json_get(x, "input")), *out = in ? text_of(r, ad__json_get(x, "output")) : NULL;
    const char *from = out ? name_of(r, l, x, in) : NULL, *to = from ? name_of(r, l, x, out) : NULL, *initial = begin ? text_of(r, begin) : NULL;
    if (!r->err.code) done(r, x, l->m, ad_model_bind_state(l->m, from, to, initial));
  }
  return !r->err.code;
}

/* ---- Models ---- */

static ad_model *read_model(json_model_reader *r, const ad_json *v, int level);

static bool read_wired(json_model_reader *r, ad_model *m, const ad_json *v, int level) {
  static const char *const members[] = {"blocks", "shapes", "types", "values", "initial", "exposed", "trained", "fixed", "states", "standard_inputs", "standard_outputs", NULL};
  read_labels l = {.m = m};
  if (!only_members(r, v, members)) return false;
  const ad_json *blocks = ad__json_get(v, "blocks");
  if (!blocks || blocks->kind != AD_JSON_ARRAY) return bad(r, v, "a model has blocks, which are an array");
  ad__map_init(&l.conns, &r->ctx->mem);
  bool ok = true;
  for (const ad_json *x = blocks->first; ok && x; x = x->next) {
    ad_model *b = read_model(r, x, level + 1);
    ok = b && read_wires(r, &l, b, ad__json_get(x, "wires"));
  }
  ok = ok && read_pairs(r, &l, ad__json_get(v, "shapes"), ad_model_set_shapes) && read_pairs(r, &l, ad__json_get(v, "types"), ad_model_set_types) &&
       read_arrays(r, &l, ad__json_get(v, "values"), false) && read_arrays(r, &l, ad__json_get(v, "initial"), true) &&
       read_list(r, &l, ad__json_get(v, "exposed"), ad_model_expose) && read_list(r, &l, ad__json_get(v, "trained"), train) &&
       read_list(r, &l, ad__json_get(v, "fixed"), fix) && read_states(r, &l, ad__json_get(v, "states")) &&
       read_list(r, &l, ad__json_get(v, "standard_inputs"), ad_model_set_standard_inputs) &&
       read_list(r, &l, ad__json_get(v, "standard_outputs"), ad_model_set_standard_outputs);
  ad__map_free(&l.conns);
  return ok;
}

static ad_model *read_block(json_model_reader *r, const ad_json *v, const char *name, const char *params, int level) {
  const ad_json *parts = ad__json_get(v, "parts");
  if (parts && parts->kind != AD_JSON_ARRAY) bad(r, parts, "an array is right here");
  ad_model **list = ad__arena_array(&r->arena, (parts ? parts->length : 0) + 1, sizeof *list, 8);
  int n = 0;
  for (const ad_json *x = parts ? parts->first : NULL; list && x && !r->err.code; x = x->next)
    if (!(list[n++] = read_model(r, x, level + 1))) return NULL;
  if (!list) bad(r, v, "out of memory");
  return r->err.code ? NULL : ad_block_of_at(r->where, r->ctx, name, params, list, n);
}

static ad_model *read_model(json_model_reader *r, const ad_json *v, int level) {
  static const char *const members[] = {"adamant_model", "name", "block", "op", "model", "params", "parts", "wires", NULL};
  if (!only_members(r, v, members)) return NULL;
  const ad_json *block = ad__json_get(v, "block"), *op = ad__json_get(v, "op"), *wired = ad__json_get(v, "model"), *params = ad__json_get(v, "params");
  const ad_json *name = ad__json_get(v, "name");
  const char *text = params ? text_of(r, params) : NULL, *called = name ? text_of(r, name) : NULL;
  ad_model *m = NULL;
  if ((block != NULL) + (op != NULL) + (wired != NULL) != 1) bad(r, v, "one of block, op and model is right");
  else if (level > MOST_LEVELS) bad(r, v, "blocks nested deeper than 60 levels");
  if (r->err.code) return NULL;
  if (wired) m = ad_model_new_at(r->where, r->ctx, NULL);
  else if (op) m = text_of(r, op) ? ad_model_op_at(r->where, r->ctx, op->text, text) : NULL;
  else m = text_of(r, block) ? read_block(r, v, block->text, text, level) : NULL;
  if (!m || !done(r, v, m, ad_model_error_code(m))) return NULL;
  if (called && !done(r, name, m, ad_model_set_name(m, called))) return NULL;
  return !wired || read_wired(r, m, wired, level) ? m : NULL;
}

ad_model *ad_model_from_json_at(ad_place where, ad_ctx *c, const char *text, size_t n) {
  if (!c || !text) return ad__model_new(where, NULL);
  json_model_reader r = {.ctx = c, .where = where, .err = {.code = AD_OK}};
  const ad_json *root = NULL;
  ad_scope *s = ad_scope_begin(c);
  int64_t version = 0;
  ad_model *m = NULL;
  ad__arena_init(&r.arena, &c->mem);
  if (!ad__json_read(&r.arena, text, n, &(ad_json_opts){.where = "model", .depth = JSON_DEPTH}, &root, &r.err)) {
    if (!ad__json_i64(ad__json_get(root, "adamant_model"), &version) || version != AD_MODEL_JSON_VERSION)
      bad(&r, root, "no model of version 1: \"adamant_model\": 1 is right");
    else m = read_model(&r, root, 0);
  }
  if (m) ad_model_keep(m);
  ad_scope_end(s, NULL);
  ad__arena_free(&r.arena);
  if (!m) return ad__model_fail(where, c, r.err.code, "%s", r.err.text);
  ad_lend(m->hold.handle);
  ad_model_drop(m);
  return m;
}
