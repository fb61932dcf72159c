/* Wiring: a block becomes part of a model, and its terminals connections of it.
 *
 * What is wired comes as a list of ad_wire (model_text.c makes one of text). Everything that can be refused by looking is refused
 * before anything changes; what the solver refuses is taken back by the trail. A terminal that meets a new name needs no
 * joining: the model's connection takes the block's edge. Invariant: a connection's edge is that of the block terminals wired to it,
 * and `up` leads from a block's connection to its parent's. */
#include <string.h>
#include "model/logical.h"
#include "ops/apply.h"

/* One action of wiring. */
typedef struct wiring {
  ad_family *f;
  ad_model *m, *block;
  const ad_wire *wires;
  int n;
  bool standard;
  ad_err *err;
} wiring;

/* ---- What is what ---- */

/* "mlp.Linear_1: input" */
static void print_terminal(const ad_model *m, const char *terminal, ad_text *out) {
  ad__model_path_print(m, out);
  if (terminal) ad__text_fmt(out, ": %s", terminal);
}

/* The first failure with the terminal in front. */
static ad_status at_terminal(wiring *w, const char *terminal) {
  ad_text t;
  ad_err why = *w->err;
  ad__text_init(&t, &w->f->ctx->mem);
  ad__model_path_print(w->m, &t);
  ad__text_char(&t, '.');
  const char *name = w->block->name ? w->block->name : ad_model_block(w->block);
  ad__text_add(&t, name);
  ad__fail(w->err, why.code, "%s: %s: %s", ad__text_str(&t), terminal, why.text);
  ad__text_free(&t);
  return w->err->code;
}

static bool is_terminal(const ad_conn *k) { return ad__conn_is_input(k) || ad__conn_is_output(k); }

static const ad_wire *wire_of(const wiring *w, const ad_conn *k) {
  const char *name = k->name;
  for (int i = 0; name && i < w->n; i++)
    if (w->wires[i].kind != AD_WIRE_NONE && !strcmp(w->wires[i].terminal, name)) return &w->wires[i];
  return NULL;
}

/* ---- Checks ---- */

static ad_status refuse(const ad_model *m, ad_err *e, ad_status code, const char *why) {
  ad_text t;
  ad__text_init(&t, &m->ctx->mem);
  print_terminal(m, NULL, &t);
  ad__fail(e, code, "%s: %s", ad__text_str(&t), why);
  ad__text_free(&t);
  return e->code;
}

static ad_status check_block(const wiring *w) {
  ad_model *m = w->m, *b = w->block;
  if (m->failed) return ad__fail(w->err, m->error, "%s", m->error_text);
  if (b->error) return ad__fail(w->err, b->error, "%s", b->error_text);
  if (b->ctx != m->ctx) return refuse(b, w->err, AD_E_VALUE, "it belongs to another context; blocks of one are right");
  if (m == b) return refuse(m, w->err, AD_E_KEY, "it cannot be a block of itself");
  if (m->parent) return refuse(m, w->err, AD_E_FROZEN, "it is part of another model and cannot be extended");
  if (m->unit || (m->block && !m->building)) return refuse(m, w->err, AD_E_FROZEN, "a block of the table cannot be extended; a new model with it inside is right");
  if (m->frozen) return refuse(m, w->err, AD_E_FROZEN, "it is frozen and cannot be extended; a copy is right");
  if (b->parent) return refuse(b, w->err, AD_E_FROZEN, "it is part of a model already; a copy is right");
  return AD_OK;
}

static ad_status has_value(const wiring *w, const char *terminal) {
  char why[160];
  ad__format(why, sizeof why, "%.60s has a value already; %.60s=TBD among the parameters leaves it open", terminal, terminal);
  return refuse(w->block, w->err, AD_E_VALUE, why);
}

static ad_status check_names(const wiring *w) {
  for (int i = 0; i < w->n; i++) {
    const ad_wire *x = &w->wires[i];
    ad_conn *k = ad__conn_find(w->block, x->terminal, strlen(x->terminal));
    if (k && k->name && is_terminal(k)) continue;
    ad_nearest near;
    char hint[240];
    ad_text t;
    if (k && ad__edge_root(k->edge)->value) return has_value(w, x->terminal);
    if (ad__field_to_wire(w->block, x->terminal, strlen(x->terminal))) return has_value(w, x->terminal);
    ad__nearest_begin(&near, x->terminal, strlen(x->terminal));
    for (int j = 0; j < w->block->conn_count; j++)
      if (is_terminal(w->block->conns[j])) ad__nearest_try(&near, w->block->conns[j]->name);
    ad__text_init(&t, &w->m->ctx->mem);
    print_terminal(w->block, NULL, &t);
    ad__fail(w->err, AD_E_KEY, "%s: terminal %s not found%s", ad__text_str(&t), x->terminal, ad__nearest_text(&near, hint, sizeof hint));
    ad__text_free(&t);
    return AD_E_KEY;
  }
  for (int i = 0; w->block->name && i < w->m->child_count; i++)
    if (w->m->children[i]->name && !strcmp(w->m->children[i]->name, w->block->name))
      return refuse(w->block, w->err, AD_E_KEY, "the model has a block of this name already");
  return AD_OK;
}

/* ---- The implicit wire ---- */

static ad_conn *free_standard_input(const wiring *w, int *count) {
  ad_conn *found = NULL;
  *count = 0;
  for (int i = 0; i < w->block->conn_count; i++) {
    ad_conn *k = w->block->conns[i];
    if (!(k->flags & AD_CONN_STD_IN) || !ad__conn_is_input(k) || wire_of(w, k)) continue;
    found = k;
    ++*count;
  }
  return found;
}

static bool mentions_an_input(const wiring *w) {
  for (int i = 0; i < w->block->conn_count; i++)
    if (ad__conn_is_input(w->block->conns[i]) && wire_of(w, w->block->conns[i])) return true;
  return false;
}

/* The block's terminal and the model's connection that are wired without being mentioned; NULL: none. */
static ad_status implicit(const wiring *w, ad_conn **terminal, ad_conn **from) {
  int count;
  char text[160];
  *terminal = *from = NULL;
  if (!w->standard || !w->m->child_count) return AD_OK;
  ad_conn *k = free_standard_input(w, &count);
  if (mentions_an_input(w) && (count != 1 || w->m->std_out_count != 1)) return AD_OK;
  if (count != 1) {
    ad__format(text, sizeof text, "%d standard inputs; one is right, or the wiring said, or ad_model_extend", count);
    return refuse(w->block, w->err, AD_E_KEY, text);
  }
  if (w->m->std_out_count != 1) {
    ad__format(text, sizeof text, "%d standard outputs to wire the next block to; one is right, or ad_model_extend", w->m->std_out_count);
    return refuse(w->m, w->err, AD_E_KEY, text);
  }
  *terminal = k;
  *from = w->m->std_outs;
  return AD_OK;
}

/* ---- Terminals ---- */

/* The model's connection k has become one with the block's terminal t. */
static ad_status meet(wiring *w, ad_conn *k, ad_conn *t) {
  bool makes = ad__conn_is_output(t);
  if (makes && k->flags & AD_CONN_MADE)
    return ad__fail(w->err, AD_E_KEY, "%s is an output already (multi-write); a new name is right", k->name ? k->name : "it");
  bool may_cycle = makes && ad__edge_root(k->edge)->uses;
  ad_status s = ad__edge_join(w->f, k->edge, t->edge, w->err);
  if (s) return s;
  AD_SET(w->f, t->up, k);
  if (makes) {
    AD_SET(w->f, k->flags, (k->flags | AD_CONN_MADE) & ~(unsigned)AD_CONN_STD_IN);
    ad_edge *e = ad__edge_root(k->edge);
    for (int i = 0; may_cycle && i < e->maker->inputs; i++) {
      ad_edge *in = e->maker->slots[i];
      if (in && ad__edge_reaches(w->f, e, in))
        return ad__fail(w->err, AD_E_KEY, "%s would depend on itself (a cycle); bind_state is for what is handed on to the next evaluation", k->name ? k->name : "it");
    }
  } else {
    AD_SET(w->f, k->flags, k->flags | AD_CONN_CONSUMED);
    if (k->flags & AD_CONN_STD_OUT) ad__conn_set_std_out(w->m, k, false);
  }
  return AD_OK;
}

/* A connection of the model for a block's terminal, over its edge. */
static ad_status fresh(wiring *w, const char *name, ad_conn *t) {
  bool makes = ad__conn_is_output(t);
  unsigned flags = makes ? AD_CONN_MADE : AD_CONN_CONSUMED | (t->flags & AD_CONN_STD_IN);
  if (name && ad__name_check(name, makes, w->err)) return w->err->code;
  ad_conn *k = ad__conn_add(w->m, name, t->name ? t->name : t->origin, t->edge, flags);
  if (!k) return ad__fail(w->err, AD_E_MEMORY, "out of memory");
  AD_SET(w->f, t->up, k);
  if (makes && t->flags & AD_CONN_STD_OUT) ad__conn_set_std_out(w->m, k, true);
  return AD_OK;
}

static ad_status wire_name(wiring *w, const char *name, ad_conn *t) {
  if (!*name) return ad__conn_is_output(t) ? ad__fail(w->err, AD_E_KEY, "an output without a name; a name is right") : fresh(w, NULL, t);
  ad_conn *k = ad__conn_find(w->m, name, strlen(name));
  if (k) return meet(w, k, t);
  if (*name == '$') return ad__fail(w->err, AD_E_KEY, "there is no connection %s", name);
  char *own = ad__arena_text(&w->f->arena, name, strlen(name));
  return own ? fresh(w, own, t) : ad__fail(w->err, AD_E_MEMORY, "out of memory");
}

/* Belongs to no model yet; a constant tensor stays so, it is wired once. */
static bool is_loose(ad_conn *k) {
  const ad_literal *v = k->owner ? NULL : ad__edge_root(k->edge)->value;
  if (v && v->kind == AD_LITERAL_ARRAY) return true;
  while (k->up) k = k->up;
  return !k->owner;
}

/* A loose connection becomes one of m. */
static ad_status wire_conn(wiring *w, ad_conn *given, ad_conn *t) {
  if (given->error) return ad__fail(w->err, given->error, "%s", given->error_text);
  if (!is_loose(given)) {
    ad_conn *k = ad__conn_lift(w->f, w->m, given, w->err);
    return k ? meet(w, k, t) : w->err->code;
  }
  if (given->up) return ad__fail(w->err, AD_E_VALUE, "a constant tensor that is wired already; another one, or the connection that it is, is right");
  ad_status s = given->name ? wire_name(w, given->name, t) : fresh(w, NULL, t);
  if (!s) s = ad__edge_join(w->f, given->edge, t->edge, w->err);
  if (!s) AD_SET(w->f, given->up, t->up);
  return s;
}

static ad_status wire_value(wiring *w, const ad_wire *x, ad_conn *t) {
  if (ad__conn_is_output(t)) return ad__fail(w->err, AD_E_KEY, "a value for an output; a name is right");
  ad_literal *v = AD_ARENA_NEW(&w->f->arena, ad_literal);
  if (!v) return ad__fail(w->err, AD_E_MEMORY, "out of memory");
  if (x->kind == AD_WIRE_ARRAY) {
    if (ad_is_error(x->array)) return ad__fail(w->err, ad_error_code(x->array), "%s", ad_error_text(x->array));
    *v = (ad_literal){.kind = AD_LITERAL_ARRAY, .as.array = x->array};
    return ad__edge_set_value(w->f, t->edge, v, w->err);
  }
  ad_literal_reader r = {.arena = &w->f->arena, .start = x->text, .at = x->text, .err = w->err};
  const ad_literal *read = ad__literal_read(&r);
  return read ? ad__edge_set_value(w->f, t->edge, read, w->err) : w->err->code;
}

static ad_status wire_terminal(wiring *w, const ad_wire *x, ad_conn *t) {
  ad_status s = AD_OK;
  if (!x) s = (s = ad__conn_use_preset(w->f, t, w->err)) ? s : fresh(w, NULL, t);
  else if (x->kind == AD_WIRE_NAME) s = wire_name(w, x->text, t);
  else if (x->kind == AD_WIRE_CONN) s = wire_conn(w, x->conn, t);
  else s = wire_value(w, x, t);
  return s ? at_terminal(w, t->name ? t->name : t->origin) : AD_OK;
}

/* ---- Lists of connections ---- */

/* A block that makes a list of the items, wired in; its output. Recurses with the nesting of lists. */
static ad_status wire_list(wiring *w, const ad_wire *x, ad_conn **out) {
  char params[40], name[40];
  ad_wire *items = ad__arena_array(&w->f->arena, (size_t)x->count + 1, sizeof *items, 8);
  ad__format(params, sizeof params, "n=%d", x->count);
  ad_model *list = ad_block_at(NULL, w->m->ctx, x->kind == AD_WIRE_LIST ? ad__block_ToList.name : ad__block_ToTuple.name, params);
  if (!items) return ad__fail(w->err, AD_E_MEMORY, "out of memory");
  for (int i = 0; i < x->count; i++) {
    items[i] = x->items[i];
    ad__format(name, sizeof name, "input%d", i + 1);
    if (!(items[i].terminal = ad__arena_text(&w->f->arena, name, strlen(name)))) return ad__fail(w->err, AD_E_MEMORY, "out of memory");
  }
  ad_status s = ad_model_wire(w->m, list, items, x->count, false);
  if (s) return ad__fail(w->err, s, "%s", w->m->error_text);
  *out = ad_model_conn(list, "output");
  return AD_OK;
}

/* Wires that are lists become connections. */
static ad_status wire_lists(wiring *w) {
  ad_wire *own = NULL;
  for (int i = 0; i < w->n; i++) {
    if (w->wires[i].kind != AD_WIRE_LIST && w->wires[i].kind != AD_WIRE_TUPLE) continue;
    if (!own) {
      if (!(own = ad__arena_array(&w->f->arena, (size_t)w->n, sizeof *own, 8))) return ad__fail(w->err, AD_E_MEMORY, "out of memory");
      memcpy(own, w->wires, (size_t)w->n * sizeof *own);
      w->wires = own;
    }
    ad_status s = wire_list(w, &own[i], &own[i].conn);
    if (s) return s;
    own[i].kind = AD_WIRE_CONN;
  }
  return AD_OK;
}

/* ---- The action ---- */

static ad_status add_child(wiring *w) {
  ad_model *m = w->m;
  if (m->child_count == m->child_room) {
    int room = m->child_room ? 2 * m->child_room : 4;
    ad_model **p = ad__arena_array(&w->f->arena, (size_t)room, sizeof *p, 8);
    if (!p) return ad__fail(w->err, AD_E_MEMORY, "out of memory");
    if (m->child_count) memcpy(p, m->children, (size_t)m->child_count * sizeof *p);
    AD_SET(w->f, m->children, p);
    AD_SET(w->f, m->child_room, room);
  }
  m->children[m->child_count] = w->block;
  AD_SET(w->f, w->block->index, m->child_count);
  AD_SET(w->f, w->block->parent, m);
  AD_SET(w->f, w->block->frozen, true);
  AD_SET(w->f, m->child_count, m->child_count + 1);
  return AD_OK;
}

static ad_status absorb(wiring *w, const ad_wire *wires, int n) {
  ad_status s = AD_OK;
  for (int i = 0; !s && i < n; i++)
    if (wires[i].kind == AD_WIRE_CONN && wires[i].conn) s = ad__wire_absorb(w->f, w->m, wires[i].conn, w->err);
  return s;
}

static bool join_families(wiring *w) {
  if (!ad__family_join(w->f, ad__family_of(&w->block->hold))) return false;
  for (int i = 0; i < w->n; i++) {
    ad_conn *k = w->wires[i].kind == AD_WIRE_CONN ? w->wires[i].conn : NULL;
    if (k && !k->error && !k->owner && !ad__family_join(w->f, ad__family_of(&k->hold))) return false;
  }
  return true;
}

static ad_status wire_all(wiring *w, ad_conn *terminal, ad_conn *from) {
  ad_status s = add_child(w);
  ad_wire by_rule = {.kind = AD_WIRE_CONN, .conn = from};
  for (int i = 0; !s && i < w->block->conn_count; i++) {
    ad_conn *t = w->block->conns[i];
    if (is_terminal(t)) s = wire_terminal(w, t == terminal ? &by_rule : wire_of(w, t), t);
  }
  return s ? s : ad__solve(w->f, w->err);
}

ad_status ad_model_wire(ad_model *m, ad_model *block, const ad_wire *wires, int n, bool standard) {
  if (!m || !m->ctx) return AD_E_VALUE;
  ad_err e = {.code = AD_OK};
  wiring w = {.m = m, .block = block, .wires = wires, .n = n, .standard = standard, .err = &e};
  ad_conn *terminal = NULL, *from = NULL;
  w.f = ad__action_begin(m);
  ad_status s = block ? check_block(&w) : ad__fail(&e, AD_E_VALUE, "a block that is NULL");
  if (!s) s = check_names(&w);
  if (!s) s = implicit(&w, &terminal, &from);
  if (!s) s = absorb(&w, wires, n);
  if (!s) s = wire_lists(&w);
  if (!s && !join_families(&w)) s = ad__fail(&e, AD_E_MEMORY, "out of memory");
  if (!s) s = wire_all(&w, terminal, from);
  return ad__action_end(m, s, &e);
}
