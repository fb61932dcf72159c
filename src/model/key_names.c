/* Naming keys. Names depend on the model alone, not on how it is compiled, so that the same text means the same key in every
 * option. */
#include "model/key_names.h"

#include <string.h>

typedef struct key_namer {
  ad_key_names *names;
  ad_arena *arena;
  bool paths;
  const ad_conn *input; /* the one that is called so */
  ad_map used, origins; /* how many connections have a name as origin, so far and in all */
} key_namer;

static bool is_key(const ad_conn *c) { return ad__conn_is_input(c) || ad__conn_is_output(c); }

static const char *origin_of(const ad_conn *c) {
  if (!c->origin) return ad__conn_is_output(c) ? "output" : "input";
  return c->origin;
}

/* The only standard input, where it has no name and nothing else is called `input`. */
static const ad_conn *standard_input(const ad_model *m) {
  const ad_conn *only = NULL;
  for (int i = 0; i < m->conn_count; i++) {
    const ad_conn *c = m->conns[i];
    if (c->name && !strcmp(c->name, "input")) return NULL;
    if (!(c->flags & AD_CONN_STD_IN) || !ad__conn_is_input(c)) continue;
    if (only) return NULL;
    only = c;
  }
  return only && !only->name ? only : NULL;
}

static bool take(key_namer *k, const char *name, int conn, bool *fresh) {
  ad_map_value *v = ad__map_put(&k->names->by_name, ad__map_text(name, strlen(name)), fresh);
  if (v && *fresh) v->number = (uint64_t)conn;
  return v != NULL;
}

static bool count(key_namer *k) {
  const ad_model *m = k->names->model;
  bool fresh;
  for (int i = 0; i < m->conn_count; i++) {
    const ad_conn *c = m->conns[i];
    if (c->name && !take(k, k->names->of[i] = c->name, i, &fresh)) return false;
    if (c->name && !is_key(c)) k->names->of[i] = NULL;
    if (c->name || c == k->input || !is_key(c)) continue;
    ad_map_value *v = ad__map_put(&k->origins, ad__map_text(origin_of(c), strlen(origin_of(c))), NULL);
    if (!v) return false;
    v->number++;
  }
  return !k->input || take(k, "input", 0, &fresh);
}

/* "Linear_0_weight": the block inside the model where the connection came from, down to its terminal. */
static void path_print(const key_namer *k, const ad_conn *c, ad_text *out) {
  const ad_model *m = k->names->model;
  for (int i = 0; i < m->child_count; i++) {
    const ad_model *b = m->children[i];
    for (int j = 0; j < b->conn_count; j++) {
      if (ad__edge_root(b->conns[j]->edge) != ad__edge_root(c->edge)) continue;
      ad__text_fmt(out, "%s_", ad_model_name(b));
      i = m->child_count;
      break;
    }
  }
  ad__text_add(out, origin_of(c));
}

static void wanted_name(key_namer *k, const ad_conn *c, ad_text *out) {
  const char *origin = origin_of(c);
  ad_map_value *all = ad__map_find(&k->origins, ad__map_text(origin, strlen(origin)));
  if (k->paths) {
    path_print(k, c, out);
    return;
  }
  if (all && all->number > 1) {
    ad_map_value *next = ad__map_put(&k->used, ad__map_text(origin, strlen(origin)), NULL);
    ad__text_fmt(out, "%s_%llu", origin, (unsigned long long)(next ? next->number++ : 0));
  } else ad__text_add(out, origin);
}

static const char *fresh_name(key_namer *k, const ad_conn *c, int conn) {
  ad_text t;
  ad__text_init(&t, k->arena->mem);
  wanted_name(k, c, &t);
  const char *own = ad__arena_text(k->arena, ad__text_str(&t), t.length);
  bool fresh = false, ok = own && take(k, own, conn, &fresh);
  while (ok && !fresh) {
    ad_text longer;
    ad__text_init(&longer, k->arena->mem);
    ad__text_fmt(&longer, "_%s", own);
    own = ad__arena_text(k->arena, ad__text_str(&longer), longer.length);
    ad__text_free(&longer);
    ok = own && take(k, own, conn, &fresh);
  }
  ad__text_free(&t);
  return ok ? own : NULL;
}

static bool name_all(key_namer *k) {
  const ad_model *m = k->names->model;
  if (!count(k)) return false;
  for (int i = 0; i < m->conn_count; i++) {
    const ad_conn *c = m->conns[i];
    if (c->name || !is_key(c)) continue;
    if (c == k->input) {
      k->names->of[i] = "input";
      ad__map_find(&k->names->by_name, ad__map_text("input", 5))->number = (uint64_t)i;
    } else if (!(k->names->of[i] = fresh_name(k, c, i))) return false;
  }
  return true;
}

bool ad__key_names(ad_key_names *names, const ad_model *m, ad_arena *arena, bool paths) {
  key_namer k = {.names = names, .arena = arena, .paths = paths, .input = standard_input(m)};
  *names = (ad_key_names){.model = m, .of = ad__arena_zeroed(arena, ((size_t)m->conn_count + 1) * sizeof(char *), 8)};
  ad__map_init(&names->by_name, arena->mem);
  ad__map_init(&k.used, arena->mem);
  ad__map_init(&k.origins, arena->mem);
  bool ok = names->of && name_all(&k);
  ad__map_free(&k.used);
  ad__map_free(&k.origins);
  return ok;
}

void ad__key_names_free(ad_key_names *k) { ad__map_free(&k->by_name); }

ad_conn *ad__key_names_find(const ad_key_names *k, const char *name, size_t n) {
  const ad_map_value *v = ad__map_find(&k->by_name, ad__map_text(name, n));
  return v ? k->model->conns[v->number] : ad__conn_find(k->model, name, n);
}
