/* What is said of a model as text: wiring, shapes, values.
 *
 * Each action reads the whole text first and changes the model then, so that a mistake in the text changes nothing. */
#include <string.h>
#include "ir/dim.h"
#include "model/logical.h"

/* ---- Wiring ---- */

/* Does a literal speak of connections? */
static bool names_any(const ad_literal *v) {
  if (v->kind == AD_LITERAL_NAME || v->kind == AD_LITERAL_PART) return true;
  if (v->kind != AD_LITERAL_LIST && v->kind != AD_LITERAL_TUPLE) return false;
  for (int i = 0; i < v->count; i++)
    if (names_any(v->as.items[i])) return true;
  return false;
}

/* Text, and what was handed beside it. */
typedef struct wire_source {
  ad_arena *arena;
  ad_conn *const *conns;
  int n;
  ad_err *err;
} wire_source;

static bool wire_from(const wire_source *s, const char *name, const ad_literal *v, ad_wire *out);

static bool wire_items(const wire_source *s, const char *name, const ad_literal *v, ad_wire *out) {
  ad_wire *items = ad__arena_array(s->arena, (size_t)v->count + 1, sizeof *items, 8);
  if (!items) return ad__fail(s->err, AD_E_MEMORY, "out of memory") == AD_OK;
  for (int i = 0; i < v->count; i++)
    if (!wire_from(s, name, v->as.items[i], &items[i])) return false;
  out->kind = v->kind == AD_LITERAL_LIST ? AD_WIRE_LIST : AD_WIRE_TUPLE;
  out->items = items;
  out->count = v->count;
  return true;
}

/* Recurses with the nesting of the text, which its reader limits. */
static bool wire_from(const wire_source *s, const char *name, const ad_literal *v, ad_wire *out) {
  *out = (ad_wire){.terminal = name};
  if (v->kind == AD_LITERAL_NAME) {
    out->kind = AD_WIRE_NAME;
    out->text = strcmp(v->as.text, "TBD") ? v->as.text : ""; /* left open */
    return true;
  }
  if (v->kind == AD_LITERAL_PART) {
    if (v->as.i >= s->n || !s->conns[v->as.i])
      return ad__fail(s->err, AD_E_KEY, "%s=%%%lld; %d connections were handed", name, (long long)v->as.i, s->n) == AD_OK;
    out->kind = AD_WIRE_CONN;
    out->conn = s->conns[v->as.i];
    return true;
  }
  if (names_any(v)) return wire_items(s, name, v, out);
  ad_text t;
  ad__text_init(&t, s->arena->mem);
  ad__literal_print(v, &t);
  out->kind = AD_WIRE_VALUE;
  out->text = ad__arena_text(s->arena, ad__text_str(&t), t.length);
  ad__text_free(&t);
  return out->text || ad__fail(s->err, AD_E_MEMORY, "out of memory") == AD_OK;
}

static int read_wires(ad_arena *arena, const char *text, ad_conn *const *conns, int n, ad_wire **out, ad_err *e) {
  ad_literal_reader r = {.arena = arena, .start = text, .at = text, .err = e};
  const char *name;
  const ad_literal *v;
  wire_source source = {.arena = arena, .conns = conns, .n = n, .err = e};
  int count = 0, room = 0;
  *out = NULL;
  while (ad__literal_pair(&r, '=', ',', &name, &v)) {
    if (count == room) {
      room = room ? 2 * room : 8;
      ad_wire *p = ad__arena_array(arena, (size_t)room, sizeof *p, 8);
      if (!p) return ad__fail(e, AD_E_MEMORY, "out of memory"), -1;
      if (count) memcpy(p, *out, (size_t)count * sizeof *p);
      *out = p;
    }
    if (!wire_from(&source, name, v, &(*out)[count++])) return -1;
  }
  return e->code ? -1 : count;
}

static ad_status wire_text(ad_model *m, ad_model *block, const char *text, ad_conn *const *conns, int n, bool standard) {
  if (!m || !m->ctx) return AD_E_VALUE;
  if (!text) return ad_model_wire(m, block, NULL, 0, standard);
  ad_arena arena;
  ad_err e = {.code = AD_OK};
  ad_wire *wires;
  ad__arena_init(&arena, &m->ctx->mem);
  int count = read_wires(&arena, text, conns, n, &wires, &e);
  ad_status s = AD_OK;
  if (count >= 0) s = ad_model_wire(m, block, wires, count, standard);
  else {
    ad__action_begin(m);
    s = ad__action_end(m, e.code, &e);
  }
  ad__arena_free(&arena);
  return s;
}

ad_status ad_model_extend(ad_model *m, ad_model *block, const char *wiring) { return wire_text(m, block, wiring, NULL, 0, false); }
ad_status ad_model_extend_with(ad_model *m, ad_model *block, const char *wiring, ad_conn *const *conns, int n) {
  return wire_text(m, block, wiring, conns, n, false);
}
ad_status ad_model_add(ad_model *m, ad_model *block, const char *wiring) { return wire_text(m, block, wiring, NULL, 0, true); }
ad_status ad_model_add_with(ad_model *m, ad_model *block, const char *wiring, ad_conn *const *conns, int n) {
  return wire_text(m, block, wiring, conns, n, true);
}

/* ---- Shapes ---- */

ad_status ad__conn_missing(ad_model *m, const char *name, ad_err *e) {
  ad_nearest near;
  ad_text path;
  char hint[240];
  ad__nearest_begin(&near, name, strlen(name));
  for (int i = 0; i < m->conn_count; i++) ad__nearest_try(&near, m->conns[i]->name);
  ad__text_init(&path, &m->ctx->mem);
  ad__model_path_print(m, &path);
  ad__fail(e, AD_E_KEY, "%s: connection %.60s not found%s", ad__text_str(&path), name, ad__nearest_text(&near, hint, sizeof hint));
  ad__text_free(&path);
  return e->code;
}

ad_status ad__name_in_front(ad_model *m, const char *name, ad_err *e) {
  ad_text path;
  ad_err why = *e;
  ad__text_init(&path, &m->ctx->mem);
  ad__model_path_print(m, &path);
  ad__fail(e, why.code, "%s: %s: %s", ad__text_str(&path), name, why.text);
  ad__text_free(&path);
  return e->code;
}

ad_status ad__model_set_shapes(ad_model *m, ad_family *f, const char *shapes, ad_err *e) {
  ad_status s = ad__shapes_read(m, f, shapes, e);
  return s ? s : ad__solve(f, e);
}

ad_status ad_model_set_shapes(ad_model *m, const char *shapes) {
  ad_err e = {.code = AD_OK};
  if (!m || !m->ctx) return AD_E_VALUE;
  ad_family *f = ad__action_begin(m);
  ad_status s = m->failed ? ad__fail(&e, m->error, "%s", m->error_text) : ad__model_set_shapes(m, f, shapes ? shapes : "", &e);
  return ad__action_end(m, s, &e);
}

/* ---- Values ---- */

ad_status ad_model_set_values(ad_model *m, const char *values) {
  ad_err e = {.code = AD_OK};
  if (!m || !m->ctx) return AD_E_VALUE;
  ad_family *f = ad__action_begin(m);
  ad_literal_reader r = {.arena = &f->arena, .start = values ? values : "", .at = values ? values : "", .err = &e};
  const char *name;
  const ad_literal *v;
  ad_status s = m->parent ? ad__fail(&e, AD_E_VALUE, "values are given to the outermost model only") : AD_OK;
  while (!s && ad__literal_pair(&r, ':', ';', &name, &v)) {
    ad_conn *k = ad__conn_find(m, name, strlen(name));
    if (!k) s = ad__conn_missing(m, name, &e);
    else if (ad__edge_root(k->edge)->value) s = ad__fail(&e, AD_E_VALUE, "%s has a value already; it cannot be set again", name);
    else if ((s = ad__edge_set_value(f, k->edge, v, &e))) ad__name_in_front(m, name, &e);
  }
  if (!s) s = e.code ? e.code : ad__solve(f, &e);
  return ad__action_end(m, s, &e);
}
