/* Connections: making and finding them, what they are, and what can be asked of them and of models. */
#include <string.h>
#include "model/logical.h"
#include "ops/apply.h"

enum { MOST_SCANNED = 16 }; /* names beyond are found by a map */

/* ---- What a connection is ---- */

bool ad__conn_is_input(const ad_conn *k) {
  if (k->flags & (AD_CONN_MADE | AD_CONN_STATE | AD_CONN_MERGED)) return false;
  return !ad__edge_root(k->edge)->value;
}

bool ad__conn_is_output(const ad_conn *k) {
  if (!(k->flags & AD_CONN_MADE) || k->flags & (AD_CONN_STATE | AD_CONN_HIDDEN | AD_CONN_MERGED)) return false;
  return k->flags & AD_CONN_EXPOSED || !(k->flags & AD_CONN_CONSUMED);
}

/* ---- The standard outputs ---- */

void ad__conn_set_std_out(ad_model *m, ad_conn *k, bool on) {
  ad_family *f = ad__family_of(&m->hold);
  if (!(k->flags & AD_CONN_STD_OUT) == !on) return;
  if (on) {
    AD_SET(f, k->next_out, m->std_outs);
    AD_SET(f, k->previous_out, NULL);
    if (m->std_outs) AD_SET(f, m->std_outs->previous_out, k);
    AD_SET(f, m->std_outs, k);
  } else {
    if (k->next_out) AD_SET(f, k->next_out->previous_out, k->previous_out);
    if (k->previous_out) AD_SET(f, k->previous_out->next_out, k->next_out);
    else AD_SET(f, m->std_outs, k->next_out);
  }
  AD_SET(f, k->flags, k->flags ^ AD_CONN_STD_OUT);
  AD_SET(f, m->std_out_count, m->std_out_count + (on ? 1 : -1));
}

/* ---- Names ---- */

ad_status ad__name_check(const char *name, bool made, ad_err *e) {
  static const char *const reserved[] = {"TBD", "true", "false", "none", "None"};
  bool ok = *name && !(*name >= '0' && *name <= '9');
  for (const char *p = name; ok && *p; p++) ok = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_' || (*p >= '0' && *p <= '9');
  if (!ok) return ad__fail(e, AD_E_KEY, "%.60s is no name; letters, digits and _ are right, a digit not first", name);
  for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
    if (!strcmp(name, reserved[i])) return ad__fail(e, AD_E_KEY, "%s is reserved, as TBD, true, false, none and None are; another name is right", name);
  if (made && !strcmp(name, "input")) return ad__fail(e, AD_E_KEY, "the name input is reserved for inputs; another one is right for an output");
  return AD_OK;
}

/* ---- Making ---- */

ad_status ad__conn_use_preset(ad_family *f, ad_conn *k, ad_err *e) {
  if (!k->preset || !ad__conn_is_input(k)) return AD_OK;
  ad_literal_reader r = {.arena = &f->arena, .start = k->preset, .at = k->preset, .err = e};
  const ad_literal *v = ad__literal_read(&r);
  return v ? ad__edge_set_value(f, k->edge, v, e) : e->code;
}

static bool name_put(ad_family *f, ad_model *m, ad_conn *k) {
  if (!m->names) return true;
  ad_map_value *v = ad__map_put(m->names, ad__map_text(k->name, strlen(k->name)), NULL);
  if (!v) return false;
  v->pointer = k;
  ad__trail_save_key(f, m->names, k->name);
  return true;
}

static bool make_map(ad_family *f, ad_model *m) {
  ad_map *names = ad__family_map(f);
  if (!names) return false;
  AD_SET(f, m->names, names);
  for (int i = 0; i < m->conn_count; i++)
    if (m->conns[i]->name) {
      ad_map_value *v = ad__map_put(names, ad__map_text(m->conns[i]->name, strlen(m->conns[i]->name)), NULL);
      if (!v) return false;
      v->pointer = m->conns[i];
    }
  return true;
}

bool ad__conn_enter(ad_family *f, ad_model *m, ad_conn *k, bool unnamed) {
  if (m->conn_count == m->conn_room) {
    int room = m->conn_room ? 2 * m->conn_room : 4;
    ad_conn **p = ad__arena_array(&f->arena, (size_t)room, sizeof *p, 8);
    if (!p) return false;
    if (m->conn_count) memcpy(p, m->conns, (size_t)m->conn_count * sizeof *p);
    AD_SET(f, m->conns, p);
    AD_SET(f, m->conn_room, room);
  }
  if (!k->name) {
    AD_SET(f, m->numbers, m->numbers + 1);
    AD_SET(f, k->number, m->numbers);
  }
  if (!m->names && m->conn_count >= MOST_SCANNED && !make_map(f, m)) return false;
  if (k->name && !unnamed && !name_put(f, m, k)) return false;
  m->conns[m->conn_count] = k;
  AD_SET(f, m->conn_count, m->conn_count + 1);
  return true;
}

ad_conn *ad__conn_add(ad_model *m, const char *name, const char *origin, ad_edge *edge, unsigned flags) {
  ad_family *f = ad__family_of(&m->hold);
  ad_conn *k = AD_ARENA_NEW(&f->arena, ad_conn);
  if (!k) return NULL;
  *k = (ad_conn){.hold = {.family = f}, .owner = m, .edge = edge, .name = name, .origin = origin, .flags = flags};
  return ad__conn_enter(f, m, k, false) ? k : NULL;
}

bool ad__conn_rename(ad_family *f, ad_conn *k, const char *name) {
  if (!name) {
    AD_SET(f, k->owner->numbers, k->owner->numbers + 1);
    AD_SET(f, k->number, k->owner->numbers);
  }
  AD_SET(f, k->name, name);
  return !k->owner->names || make_map(f, k->owner); /* without the old name */
}

ad_conn *ad__conn_real(ad_conn *k) {
  while (k && k->merged) k = k->merged;
  return k;
}

ad_conn *ad__conn_lift(ad_family *f, ad_model *m, ad_conn *k, ad_err *e) {
  if (k->error) return ad__fail(e, k->error, "%s", k->error_text), NULL;
  for (k = ad__conn_real(k); k->owner != m && k->up;) k = ad__conn_real(k->up);
  if (k->owner == m) return k;
  const ad_model *p = k->owner;
  while (p && p != m) p = p->parent;
  if (!p) return ad__fail(e, AD_E_KEY, "%s belongs to another model, which this one does not hold", ad_conn_name(k)), NULL;
  unsigned flags = k->flags & AD_CONN_CONSUMED ? k->flags & (AD_CONN_MADE | AD_CONN_CONSUMED) : AD_CONN_MADE | AD_CONN_HIDDEN;
  ad_conn *up = ad__conn_add(m, NULL, k->name ? k->name : k->origin, k->edge, flags);
  if (!up) return ad__fail(e, AD_E_MEMORY, "out of memory"), NULL;
  AD_SET(f, k->up, up);
  return up;
}

ad_conn *ad__conn_find(const ad_model *m, const char *name, size_t n) {
  int64_t number = 0;
  bool numbered = n > 1 && *name == '$' && ad__parse_i64(name + 1, n - 1, &number);
  if (m->names && !numbered) {
    ad_map_value *v = ad__map_find(m->names, ad__map_text(name, n));
    return v ? v->pointer : NULL;
  }
  for (int i = 0; i < m->conn_count; i++) {
    ad_conn *k = m->conns[i];
    if (numbered ? !k->name && k->number == number : k->name && strlen(k->name) == n && !memcmp(k->name, name, n)) return k;
  }
  return NULL;
}

void ad__conn_name_print(const ad_conn *k, ad_text *out) {
  if (k->name) ad__text_add(out, k->name);
  else ad__text_fmt(out, "$%d", k->number);
}

static ad_conn *loose(ad_ctx *c) {
  ad_family *f = ad__family_new(c);
  ad_conn *k = f ? AD_ARENA_NEW(&f->arena, ad_conn) : NULL;
  ad_edge *e = k ? ad__edge_new(f) : NULL;
  if (!e) {
    if (f) ad__family_free(f);
    return NULL;
  }
  k->edge = e;
  k->hold.family = f;
  return ad__hold_begin(&k->hold, NULL, c) ? k : NULL;
}

static const ad_conn no_memory_conn = {.error = AD_E_MEMORY, .error_text = "out of memory"};
static const ad_conn null_conn = {.error = AD_E_VALUE, .error_text = "a NULL handle was given where a model, connection or context is needed"};

ad_conn *ad__conn_fail(ad_ctx *c, ad_status code, const char *text) {
  if (!c) return (ad_conn *)(uintptr_t)&null_conn;
  ad_conn *k = loose(c);
  if (!k) return (ad_conn *)(uintptr_t)&no_memory_conn;
  k->error = code;
  k->error_text = ad__arena_text(&k->hold.family->arena, text, strlen(text));
  return k->error_text ? k : (ad_conn *)(uintptr_t)&no_memory_conn;
}

ad_conn *ad_conn_new(ad_ctx *c, const char *name) {
  if (!c) return (ad_conn *)(uintptr_t)&null_conn;
  ad_conn *k = loose(c);
  if (!k) return (ad_conn *)(uintptr_t)&no_memory_conn;
  if (name && !(k->name = ad__arena_text(&k->hold.family->arena, name, strlen(name)))) return (ad_conn *)(uintptr_t)&no_memory_conn;
  return k;
}

ad_conn *ad_model_conn(ad_model *m, const char *name) {
  ad_conn *k = m && m->ctx && name ? ad__conn_find(m, name, strlen(name)) : NULL;
  if (k) return k;
  if (!m || !m->ctx || !name) return (ad_conn *)(uintptr_t)&null_conn;
  if (m->error) return ad__conn_fail(m->ctx, m->error, m->error_text);
  ad_nearest near;
  ad_text path;
  ad_err e;
  char hint[240];
  ad__nearest_begin(&near, name, strlen(name));
  for (int i = 0; i < m->conn_count; i++) ad__nearest_try(&near, m->conns[i]->name);
  ad__text_init(&path, &m->ctx->mem);
  ad__model_path_print(m, &path);
  ad__fail(&e, AD_E_KEY, "%s: connection %.60s not found%s", ad__text_str(&path), name, ad__nearest_text(&near, hint, sizeof hint));
  ad__text_free(&path);
  return ad__conn_fail(m->ctx, AD_E_KEY, e.text);
}

/* ---- Asking ---- */

ad_status ad_conn_error_code(const ad_conn *k) { return k ? k->error : AD_E_VALUE; }
const char *ad_conn_error_text(const ad_conn *k) { return !k ? "a NULL handle" : k->error ? k->error_text : ""; }

static const char *kept(const ad_conn *k, ad_text *t) {
  const char *s = ad__arena_text(&ad__family_of(&k->hold)->arena, ad__text_str(t), t->length);
  ad__text_free(t);
  return s ? s : "";
}

static bool can_ask(const ad_conn *k) { return k && !k->error; }

const char *ad_conn_name(const ad_conn *k) {
  ad_text t;
  if (!can_ask(k)) return "";
  if (k->name) return k->name;
  ad__text_init(&t, &ad__family_of(&k->hold)->ctx->mem);
  ad__conn_name_print(k, &t);
  return kept(k, &t);
}

ad_conn_role ad_conn_get_role(const ad_conn *k) {
  if (!can_ask(k)) return AD_CONN_LATENT;
  if (k->flags & AD_CONN_STATE) return AD_CONN_LATENT;
  if (ad__conn_is_output(k)) return AD_CONN_OUTPUT;
  if (ad__conn_is_input(k)) return AD_CONN_INPUT;
  return k->flags & AD_CONN_MADE && k->flags & AD_CONN_CONSUMED ? AD_CONN_INTERNAL : AD_CONN_LATENT;
}

ad_model *ad_conn_model(const ad_conn *k) { return k ? k->owner : NULL; }

bool ad_conn_same(const ad_conn *a, const ad_conn *b) {
  return can_ask(a) && can_ask(b) && ad__edge_root(a->edge) == ad__edge_root(b->edge);
}

const char *ad_conn_shape(const ad_conn *k) {
  ad_text t;
  if (!can_ask(k)) return "";
  ad_ctx *c = ad__family_of(&k->hold)->ctx;
  ad__text_init(&t, &c->mem);
  ad__edge_shape_print(c, k->edge, &t);
  return kept(k, &t);
}

const char *ad_conn_type(const ad_conn *k) {
  ad_text t;
  if (!can_ask(k)) return "";
  ad__text_init(&t, &ad__family_of(&k->hold)->ctx->mem);
  ad__kinds_print(ad__edge_root(k->edge)->kinds, &t);
  return kept(k, &t);
}

const char *ad_conn_get_value(const ad_conn *k) {
  ad_text t;
  const ad_literal *v = can_ask(k) ? ad__edge_root(k->edge)->value : NULL;
  if (!v) return "";
  ad__text_init(&t, &ad__family_of(&k->hold)->ctx->mem);
  ad__literal_print(v, &t);
  return kept(k, &t);
}

ad_status ad_conn_set_shape(ad_conn *k, const char *shape) {
  ad_err e = {.code = AD_OK};
  if (!can_ask(k)) return ad_conn_error_code(k);
  ad_model *m = k->owner;
  if (!m) return ad__edge_read_shape(NULL, ad__family_of(&k->hold), k->edge, "the connection", shape ? shape : "", &e);
  ad_family *f = ad__action_begin(m);
  ad_status s = ad__edge_read_shape(m, f, k->edge, ad_conn_name(k), shape ? shape : "", &e);
  if (s) ad__name_in_front(m, ad_conn_name(k), &e);
  if (!s) s = ad__solve(f, &e);
  return ad__action_end(m, s, &e);
}

int ad_conn_rank(const ad_conn *k) { return can_ask(k) ? ad__edge_root(k->edge)->rank : -1; }

int64_t ad_conn_dim(const ad_conn *k, int axis) {
  const ad_edge *e = can_ask(k) ? ad__edge_root(k->edge) : NULL;
  if (e && axis < 0) axis += e->rank;
  if (!e || axis < 0 || axis >= e->rank) return -1;
  ad_dim d = ad__dim_resolve(e->dims[axis]);
  return ad_dim_is_number(d) ? d : -1;
}
