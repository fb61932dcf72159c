/* Expressions on connections: ops and blocks applied to connections, constants, and models made of what was computed.
 *
 * What is applied to connections of a model becomes part of that model at once. Where all of them are loose it becomes part of a
 * provisional model, which is spliced into the model that first uses one of its connections. Results are hidden, so that what nobody
 * uses is nobody's output. */
#include <string.h>
#include "model/logical.h"
#include "ops/apply.h"

/* ---- Constants ---- */

ad_conn *ad_conn_value_at(ad_place where, ad_ctx *c, const char *value) {
  ad_err e = {.code = AD_OK};
  ad_conn *k = ad_conn_new(c, NULL);
  (void)where;
  if (k->error) return k;
  ad_family *f = ad__family_of(&k->hold);
  ad_literal_reader r = {.arena = &f->arena, .start = value ? value : "", .at = value ? value : "", .err = &e};
  const ad_literal *v = ad__literal_read(&r);
  if (v && (v->kind == AD_LITERAL_NAME || v->kind == AD_LITERAL_PART)) ad__fail(&e, AD_E_VALUE, "\"%.60s\" is no value", value);
  if (v && !e.code) ad__edge_set_value(f, k->edge, v, &e);
  return e.code ? ad__conn_fail(c, e.code, e.text) : k;
}

ad_conn *ad_conn_array_at(ad_place where, ad_ctx *c, ad_array *value) {
  ad_err e = {.code = AD_OK};
  ad_conn *k = ad_conn_new(c, NULL);
  (void)where;
  if (k->error) return k;
  if (!value || ad_is_error(value)) return ad__conn_fail(c, value ? ad_error_code(value) : AD_E_VALUE, value ? ad_error_text(value) : "a NULL array");
  ad_family *f = ad__family_of(&k->hold);
  ad_literal *v = AD_ARENA_NEW(&f->arena, ad_literal);
  if (!v) return ad__conn_fail(c, AD_E_MEMORY, "out of memory");
  *v = (ad_literal){.kind = AD_LITERAL_ARRAY, .as.array = value};
  ad__edge_set_value(f, k->edge, v, &e);
  return e.code ? ad__conn_fail(c, e.code, e.text) : k;
}

/* ---- Whose connection it is ---- */

/* The outermost model that a connection is in; NULL for a loose one. */
static ad_model *root_of(ad_conn *k) {
  for (k = ad__conn_real(k); k->up;) k = ad__conn_real(k->up);
  ad_model *m = k->owner;
  while (m && m->parent) m = m->parent;
  return m;
}

static ad_model *new_provisional(ad_ctx *c) {
  ad_model *m = ad_model_new_at(NULL, c, NULL);
  if (!m->failed) m->provisional = true;
  return m;
}

/* The model that all the connections are to be in: the one that some are in already, else a provisional one. */
static ad_model *common_model(ad_ctx *c, ad_conn *const *in, int n, ad_err *e) {
  ad_model *real = NULL, *provisional = NULL;
  for (int i = 0; i < n; i++) {
    if (!in[i]) continue;
    if (in[i]->error) return ad__fail(e, in[i]->error, "%s", in[i]->error_text), NULL;
    ad_model *m = root_of(in[i]);
    if (!m) continue;
    if (m->provisional) provisional = m;
    else if (real && real != m)
      return ad__fail(e, AD_E_VALUE, "connections of two models, %s and %s, in one expression; those of one are right", ad_model_name(real), ad_model_name(m)), NULL;
    else real = m;
  }
  return real ? real : provisional ? provisional : new_provisional(c);
}

/* ---- Splicing ---- */

static ad_status move_children(ad_family *f, ad_model *m, ad_model *from, ad_err *e) {
  int n = m->child_count + from->child_count;
  ad_model **all = ad__arena_array(&f->arena, (size_t)n + 1, sizeof *all, 8);
  if (!all) return ad__fail(e, AD_E_MEMORY, "out of memory");
  if (m->child_count) memcpy(all, m->children, (size_t)m->child_count * sizeof(ad_model *));
  for (int i = 0; i < from->child_count; i++) {
    ad_model *b = from->children[i];
    all[m->child_count + i] = b;
    AD_SET(f, b->parent, m);
    AD_SET(f, b->index, m->child_count + i);
  }
  AD_SET(f, m->children, all);
  AD_SET(f, m->child_room, n + 1);
  AD_SET(f, m->child_count, n);
  AD_SET(f, from->child_count, 0);
  return AD_OK;
}

static ad_status move_conn(ad_family *f, ad_model *m, ad_conn *k, ad_err *e) {
  ad_conn *same = k->name ? ad__conn_find(m, k->name, strlen(k->name)) : NULL;
  if (k->flags & AD_CONN_STD_OUT) ad__conn_set_std_out(k->owner, k, false);
  AD_SET(f, k->owner, m);
  if (!ad__conn_enter(f, m, k, same != NULL)) return ad__fail(e, AD_E_MEMORY, "out of memory");
  return same ? ad__conn_merge(f, m, same, k, same->name, e) : AD_OK;
}

ad_status ad__model_splice(ad_family *f, ad_model *m, ad_model *from, ad_err *e) {
  ad_status s = move_children(f, m, from, e);
  int n = from->conn_count;
  for (int i = 0; !s && i < n; i++) s = move_conn(f, m, from->conns[i], e);
  AD_SET(f, from->conn_count, 0);
  return s;
}

ad_status ad__wire_absorb(ad_family *f, ad_model *m, ad_conn *k, ad_err *e) {
  ad_model *from = k->error ? NULL : root_of(k);
  if (!from || from == m || !from->provisional) return AD_OK;
  if (!ad__family_join(f, ad__family_of(&from->hold))) return ad__fail(e, AD_E_MEMORY, "out of memory");
  return ad__model_splice(f, m, from, e);
}

/* ---- Applying ---- */

static ad_conn *result_of(ad_model *block) {
  ad_conn *out = block->std_outs;
  for (int i = 0; !out && i < block->conn_count; i++)
    if (ad__conn_is_output(block->conns[i])) out = block->conns[i];
  return out ? ad__conn_real(out->up) : NULL;
}

/* Every result of the block is hidden until it is used, named or exposed. */
static void hide_results(ad_model *m, ad_model *block) {
  for (int i = 0; i < block->conn_count; i++) {
    ad_conn *k = ad__conn_real(block->conns[i]->up);
    if (!k || !ad__conn_is_output(block->conns[i]) || k->name) continue;
    k->flags |= AD_CONN_HIDDEN;
    ad__conn_set_std_out(m, k, false);
  }
}

static ad_conn *apply(ad_place where, ad_model *block, ad_conn *const *in, int n, const ad_wire *wires, int wire_count) {
  ad_err e = {.code = AD_OK};
  ad_ctx *c = block->ctx;
  char text[700];
  ad_model *m = common_model(c, in, n, &e);
  ad_status s = m ? m->failed ? m->error : AD_OK : e.code;
  if (m && !s) s = ad_model_wire(m, block, wires, wire_count, false);
  if (!s) {
    hide_results(m, block);
    ad_conn *out = result_of(block);
    return out ? out : ad__conn_fail(c, AD_E_VALUE, "a block without outputs has no result");
  }
  ad__format(text, sizeof text, "%s%s%s", where ? where : "", where ? ": " : "", m ? m->error_text : e.text);
  return ad__conn_fail(c, s, text);
}

ad_conn *ad_block_call_at(ad_place where, ad_model *block, ad_conn *const *in, int n) {
  ad_wire wires[64];
  int count = 0;
  if (!block || !block->ctx) return ad__conn_fail(NULL, AD_E_VALUE, "");
  if (block->error) return ad__conn_fail(block->ctx, block->error, block->error_text);
  for (int i = 0; i < block->conn_count && count < n && count < 64; i++) {
    const ad_conn *t = block->conns[i];
    if (!ad__conn_is_input(t) || !t->name) continue;
    wires[count] = (ad_wire){.terminal = t->name, .kind = in[count] ? AD_WIRE_CONN : AD_WIRE_NONE, .conn = in[count]};
    count++;
  }
  if (count < n) {
    char text[200];
    ad__format(text, sizeof text, "%.80s: %d connections were given; it has %d inputs", ad_model_name(block), n, count);
    return ad__conn_fail(block->ctx, AD_E_KEY, text);
  }
  return apply(where, block, in, n, wires, count);
}

ad_conn *ad_conn_apply_at(ad_place where, ad_ctx *c, const char *op, ad_conn *const *in, int n, const char *attrs) {
  for (int i = 0; !c && i < n; i++)
    if (in[i] && in[i]->hold.family) c = ad__family_of(&in[i]->hold)->ctx;
  if (!c) return ad__conn_fail(NULL, AD_E_VALUE, "");
  ad_model *block = ad_model_op_at(where, c, op, attrs);
  if (block->error || block->unit->op->inputs != AD_INPUTS_ANY) return ad_block_call_at(where, block, in, n);
  ad_wire *items = ad__mem_zeroed(&c->mem, (size_t)(n ? n : 1) * sizeof *items);
  if (!items) return ad__conn_fail(c, AD_E_MEMORY, "out of memory");
  for (int i = 0; i < n; i++) items[i] = (ad_wire){.terminal = "", .kind = AD_WIRE_CONN, .conn = in[i]};
  ad_wire list = {.terminal = block->unit->op->params, .kind = AD_WIRE_LIST, .items = items, .count = n};
  ad_conn *k = apply(where, block, in, n, &list, 1);
  ad__mem_give(&c->mem, items, (size_t)(n ? n : 1) * sizeof *items);
  return k;
}

/* ---- A model of what was computed ---- */

static ad_model *child_of(const ad_model *m, ad_unit *u) {
  ad_model *b = u->model;
  while (b && b->parent != m) b = b->parent;
  return b;
}

/* Marks every unit that the edge is computed from. */
static bool mark_units(ad_ctx *c, ad_edge *from, uint32_t mark) {
  size_t room = 64, n = 0;
  ad_edge **stack = ad__mem_take(&c->mem, room * sizeof *stack);
  if (!stack) return false;
  stack[n++] = ad__edge_root(from);
  while (n) {
    ad_unit *u = stack[--n]->maker;
    if (!u || u->mark == mark) continue;
    u->mark = mark;
    const ad_wired *w = u->wired;
    for (int i = 0; i < u->inputs || w; i++) {
      ad_edge *e = i < u->inputs ? u->slots[i] : w->edge;
      if (i >= u->inputs) w = w->next;
      if (n + 1 == room) {
        ad_edge **more = ad__mem_resize(&c->mem, stack, room * sizeof *stack, 2 * room * sizeof *stack);
        if (!more) {
          ad__mem_give(&c->mem, stack, room * sizeof *stack);
          return false;
        }
        stack = more;
        room *= 2;
      }
      if (e) stack[n++] = ad__edge_root(e);
    }
  }
  ad__mem_give(&c->mem, stack, room * sizeof *stack);
  return true;
}

static bool any_marked(const ad_model *m, uint32_t mark) {
  for (const ad_model *at = m; at; at = ad__model_next(m, at, true))
    if (at->unit && at->unit->mark == mark) return true;
  return false;
}

static bool is_kept(const ad_model *m, const ad_conn *k) {
  const ad_edge *e = ad__edge_root(k->edge);
  if (k->flags & AD_CONN_EXPOSED) return true;
  if (e->maker) return child_of(m, e->maker) != NULL;
  const ad_use *last = e->uses, *u = last;
  while (u) {
    u = u->next;
    if (child_of(m, u->unit)) return true;
    if (u == last) break;
  }
  return false;
}

/* Leaves out the blocks that nothing marked is in, and connections that only these had. */
static void prune(ad_model *m, uint32_t mark) {
  int n = 0;
  for (int i = 0; i < m->child_count; i++) {
    ad_model *b = m->children[i];
    if (any_marked(b, mark)) {
      m->children[n] = b;
      b->index = n++;
    } else b->parent = NULL;
  }
  m->child_count = n;
  n = 0;
  for (int i = 0; i < m->conn_count; i++)
    if (is_kept(m, m->conns[i])) m->conns[n++] = m->conns[i];
  m->conn_count = n;
}

static ad_status make_model(ad_model *m, const char *name, const char *names, ad_conn *const *outs, int n, ad_err *e) {
  ad_family *f = ad__family_of(&m->hold);
  uint32_t mark = (uint32_t)++m->ctx->epoch;
  ad_status s = AD_OK;
  for (int i = 0; i < n; i++) {
    ad_conn *k = ad__conn_lift(f, m, outs[i], e);
    if (!k) return e->code;
    names += strspn(names, " \t\n,");
    size_t length = strcspn(names, " \t\n,");
    if (length) {
      char word[128];
      ad__format(word, sizeof word, "%.*s=%%0", (int)(length < 100 ? length : 100), names);
      if ((s = ad_model_expose_with(m, word, &k, 1))) return ad__fail(e, s, "%s", m->error_text);
      names += length;
    }
    k->flags = (k->flags | AD_CONN_EXPOSED) & ~(unsigned)AD_CONN_HIDDEN;
    ad__conn_set_std_out(m, k, true);
    if (!mark_units(m->ctx, k->edge, mark)) return ad__fail(e, AD_E_MEMORY, "out of memory");
  }
  prune(m, mark);
  m->provisional = false;
  if (name && (s = ad_model_set_name(m, name))) return ad__fail(e, s, "%s", m->error_text);
  m->frozen = true;
  return AD_OK;
}

ad_model *ad_model_create_at(ad_place where, ad_ctx *c, const char *name, const char *names, ad_conn *const *outs, int n) {
  ad_err e = {.code = AD_OK};
  if (!c) return ad__model_new(where, c);
  for (int i = 0; i < n; i++)
    if (!outs[i]) return ad__model_fail(where, c, AD_E_VALUE, "connection %d is NULL", i);
  ad_model *m = n ? common_model(c, outs, n, &e) : NULL;
  if (!n) return ad__model_fail(where, c, AD_E_VALUE, "no connections to make a model of; at least one is right");
  if (!m) return ad__model_fail(where, c, e.code, "%s", e.text);
  if (!m->provisional) return ad__model_fail(where, c, AD_E_KEY, "the connections belong to the model %s already", ad_model_name(m));
  ad__action_begin(m);
  ad_status s = AD_OK;
  for (int i = 0; !s && i < n; i++) s = ad__wire_absorb(ad__family_of(&m->hold), m, outs[i], &e);
  if (ad__action_end(m, s, &e) || make_model(m, name, names ? names : "", outs, n, &e)) return ad__model_fail(where, c, e.code, "%s", e.text);
  if (!m->hold.handle && !ad__hold_begin(&m->hold, where, c)) return ad__model_fail(where, c, AD_E_MEMORY, "out of memory");
  return m;
}
