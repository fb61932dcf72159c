/* Flattening: from blocks inside blocks to one list of ops.
 *
 * What the outputs do not need is left out, and what needs something that is dropped. Units are met from the outputs backwards and
 * ordered by counting, with explicit stacks: neither depth nor length of a model costs stack. What is known of keys is
 * copied, so that the model may be told otherwise the next time. */
#include <math.h>
#include <string.h>
#include "ir/dim.h"
#include "model/physical.h"

typedef struct flattener {
  ad_ctx *ctx;
  ad_model *m;
  ad_flat *flat;
  const ad_flattening *o;
  uint32_t mark;
  ad_map symbols; /* of keys: the variable's number */
  const ad_bound_state **states; /* of the model and all that is inside */
  int state_count, state_room;
  ad_unit **units; /* those that are needed */
  int unit_count, unit_room;
  ad_edge **stack;
  int stack_count, stack_room;
  ad_edge **inputs, **constants;
  int input_count, input_room, constant_count, constant_room;
  ad_err *err;
} flattener;

static bool room(flattener *x, void *list, int count, int *have) {
  if (count < *have) return true;
  int n = *have ? 2 * *have : 64;
  void **p = list;
  void *bigger = ad__mem_resize(&x->ctx->mem, *p, (size_t)*have * sizeof(void *), (size_t)n * sizeof(void *));
  if (!bigger) return ad__fail(x->err, AD_E_MEMORY, "out of memory") == AD_OK;
  *p = bigger;
  *have = n;
  return true;
}

/* ---- What is needed ---- */

/* What is known needs no computing. */
static bool is_computed(const ad_edge *e) { return e->maker && !(e->value && ad__literal_is_known(e->value)); }

/* An edge that was not met before goes to where it belongs. */
static bool meet(flattener *x, ad_edge *e) {
  e = ad__edge_root(e);
  if (e->mark == x->mark) return true;
  e->mark = x->mark;
  e->number = -1;
  if (is_computed(e)) {
    if (!room(x, &x->stack, x->stack_count, &x->stack_room)) return false;
    x->stack[x->stack_count++] = e;
  } else if (e->value) {
    if (!room(x, &x->constants, x->constant_count, &x->constant_room)) return false;
    x->constants[x->constant_count++] = e;
  } else {
    if (!room(x, &x->inputs, x->input_count, &x->input_room)) return false;
    x->inputs[x->input_count++] = e;
  }
  return true;
}

static bool meet_operand(flattener *x, ad_unit *u, ad_edge *e) {
  u->pending += is_computed(ad__edge_root(e));
  return meet(x, e);
}

static bool walk(flattener *x) {
  while (x->stack_count) {
    ad_unit *u = x->stack[--x->stack_count]->maker;
    if (u->mark == x->mark) continue;
    u->mark = x->mark;
    if (!room(x, &x->units, x->unit_count, &x->unit_room)) return false;
    x->units[x->unit_count++] = u;
    u->pending = 0;
    for (int i = 0; i < u->inputs; i++) {
      if (!u->slots[i]) continue;
      if (!meet_operand(x, u, u->slots[i])) return false;
    }
    for (const ad_wired *w = u->wired; w; w = w->next)
      if (!meet_operand(x, u, w->edge)) return false;
  }
  return true;
}

/* What a state that is read will be next is needed too, and may read further ones. */
static bool meet_states(flattener *x) {
  for (bool news = true; news;) {
    news = false;
    for (int i = 0; i < x->state_count; i++) {
      const ad_edge *in = ad__edge_root(x->states[i]->in->edge), *out = ad__edge_root(x->states[i]->out->edge);
      if (in->mark != x->mark || out->mark == x->mark) continue;
      if (!meet(x, x->states[i]->out->edge) || !walk(x)) return false;
      news = true;
    }
  }
  return true;
}

/* ---- Order ---- */

/* Units whose inputs are all there, one after the other; `units` becomes that order. */
static bool order(flattener *x) {
  int n = x->unit_count, ready = 0, done = 0;
  ad_unit **out = ad__mem_take(&x->ctx->mem, (size_t)(n + 1) * sizeof *out);
  if (!out) return ad__fail(x->err, AD_E_MEMORY, "out of memory") == AD_OK;
  for (int i = n - 1; i >= 0; i--)
    if (!x->units[i]->pending) out[ready++] = x->units[i];
  while (done < ready) {
    ad_unit *u = out[done++];
    for (int k = 0; k < u->outputs; k++) {
      const ad_edge *e = ad__edge_root(u->slots[u->inputs + k]);
      const ad_use *last = is_computed(e) ? e->uses : NULL, *w = last;
      while (w) {
        w = w->next;
        if (w->unit->mark == x->mark && --w->unit->pending == 0) out[ready++] = w->unit;
        if (w == last) break;
      }
    }
  }
  if (ready == n) memcpy(x->units, out, (size_t)n * sizeof *out);
  ad__mem_give(&x->ctx->mem, out, (size_t)(n + 1) * sizeof *out);
  return ready == n || ad__fail(x->err, AD_E_KEY, "the blocks depend on each other in a circle") == AD_OK;
}

/* ---- The list ---- */

static const char *path_of(flattener *x, const ad_model *m) {
  ad_text t;
  ad__text_init(&t, &x->ctx->mem);
  ad__model_path_print(m, &t);
  ad_place p = ad__ctx_place(x->ctx, ad__text_str(&t), t.length);
  ad__text_free(&t);
  return p;
}

static int wired_count(const ad_unit *u) {
  int n = 0;
  for (const ad_wired *w = u->wired; w; w = w->next) n++;
  return n;
}

static bool list_ops(flattener *x) {
  ad_flat *f = x->flat;
  int operands = 0;
  for (int i = 0; i < x->unit_count; i++) operands += x->units[i]->inputs + wired_count(x->units[i]);
  f->ops = ad__arena_array(&f->arena, (size_t)x->unit_count + 1, sizeof *f->ops, 8);
  f->operands = ad__arena_array(&f->arena, (size_t)operands + 1, sizeof *f->operands, 8);
  if (!f->ops || !f->operands) return ad__fail(x->err, AD_E_MEMORY, "out of memory") == AD_OK;
  for (int i = 0; i < x->unit_count; i++) {
    ad_unit *u = x->units[i];
    ad_flat_op *o = &f->ops[f->op_count++];
    *o = (ad_flat_op){u, path_of(x, u->model), f->operand_count, u->inputs + wired_count(u), f->values, u->outputs, AD_DTYPE_NONE};
    for (int k = 0; k < u->inputs; k++)
      f->operands[f->operand_count++] = u->slots[k] ? ad__edge_root(u->slots[k])->number : -1;
    for (const ad_wired *w = u->wired; w; w = w->next) f->operands[f->operand_count++] = ad__edge_root(w->edge)->number;
    for (int k = 0; k < u->outputs; k++, f->values++)
      if (is_computed(ad__edge_root(u->slots[u->inputs + k]))) ad__edge_root(u->slots[u->inputs + k])->number = f->values;
  }
  return true;
}

/* ---- Keys ---- */

/* The product of the axes behind the first; -1 when one is not known. */
static int64_t fan_in(const ad_edge *e) {
  int64_t n = 1;
  for (int i = 1; i < e->rank; i++) {
    ad_dim d = ad__dim_resolve(e->dims[i]);
    if (d < 0) return -1;
    n *= d;
  }
  return e->rank < 0 ? -1 : n;
}

/* "fan_in" of the edge itself, or "fan_in of weight" of another terminal of the block that says so. */
static bool fan_of(const ad_edge *e, const char *text, ad_beginning *out) {
  if (strncmp(text, "fan_in", 6)) return false;
  const char *of = strstr(text, " of ");
  const ad_conn *k = of && e->init_of ? ad__conn_find(e->init_of, of + 4, strlen(of + 4)) : NULL;
  int64_t n = of && !k ? -1 : fan_in(k ? ad__edge_root(k->edge) : e);
  if (n > 0) *out = (ad_beginning){.kind = AD_BEGIN_UNIFORM, .number = 1 / sqrt((double)n)};
  else *out = (ad_beginning){.kind = n ? AD_BEGIN_UNKNOWN : AD_BEGIN_CONSTANT, .lacks = of ? of + 4 : NULL};
  return true;
}

static ad_beginning beginning_of(const ad_edge *e) {
  const char *text = e->init ? e->init : "normal";
  ad_beginning b = {.kind = AD_BEGIN_NORMAL, .number = 1};
  double number = 0;
  if (e->initial) return (ad_beginning){.kind = AD_BEGIN_ARRAY, .array = e->initial};
  if (!strcmp(text, "zeros") || !strcmp(text, "ones")) return (ad_beginning){.kind = AD_BEGIN_CONSTANT, .number = *text == 'o'};
  const char *rest = strchr(text, ' ');
  if (!rest) return b;
  if (fan_of(e, rest + 1, &b)) {
    if (*text == 'n' && b.kind == AD_BEGIN_UNIFORM) b.kind = AD_BEGIN_NORMAL;
    return b;
  }
  if (ad__parse_f64(rest + 1, strlen(rest + 1), &number)) b.number = number;
  if (*text == 'u') b.kind = AD_BEGIN_UNIFORM;
  if (*text == 'c') b.kind = AD_BEGIN_CONSTANT;
  return b;
}

/* A symbol's number among those of the keys. */
static bool symbol_of(flattener *x, const ad_dim_variable *v, int64_t *out) {
  bool fresh = false;
  ad_map_value *number = ad__map_put(&x->symbols, ad__map_pointer(v), &fresh);
  if (!number) return false;
  if (fresh) number->number = (uint64_t)x->flat->symbol_count++;
  *out = -1 - (int64_t)number->number;
  return true;
}

static bool copy_shape(flattener *x, const ad_edge *e, ad_flat_key *k) {
  ad_text t;
  k->rank = e->rank;
  k->dims = e->rank > 0 ? ad__arena_array(&x->flat->arena, (size_t)e->rank, sizeof *k->dims, 8) : NULL;
  bool ok = e->rank <= 0 || k->dims;
  for (int i = 0; ok && i < e->rank; i++) {
    ad_dim d = ad__dim_resolve(e->dims[i]);
    const ad_dim_variable *v = ad__dim_variable(d);
    if (v) ok = symbol_of(x, v, &k->dims[i]);
    else k->dims[i] = d >= 0 ? d : AD_FLAT_OPEN;
  }
  ad__text_init(&t, &x->ctx->mem);
  ad__edge_shape_print(x->ctx, e, &t);
  k->shape = ad__arena_text(&x->flat->arena, ad__text_str(&t), t.length);
  ad__text_free(&t);
  return ok && k->shape;
}

static bool add_key(flattener *x, ad_flat_key *list, int *count, const ad_edge *e, const char *name) {
  ad_flat_key *k = &list[(*count)++];
  *k = (ad_flat_key){.number = e->number, .role = e->differentiable > 0 ? AD_FLAT_PARAM : AD_FLAT_DATA, .kinds = e->kinds, .dtype = e->dtype};
  k->name = ad__arena_text(&x->flat->arena, name, strlen(name));
  k->begin = beginning_of(e);
  if (k->begin.array) ad__node_keep(k->begin.array);
  return (k->name && copy_shape(x, e, k)) || ad__fail(x->err, AD_E_MEMORY, "out of memory") == AD_OK;
}

/* A state begins with its number everywhere, or with the tensor that was given, and is called by its block's path and its name. */
static bool list_states(flattener *x) {
  for (int i = 0; i < x->state_count; i++) {
    const ad_bound_state *s = x->states[i];
    ad_edge *e = ad__edge_root(s->in->edge);
    if (e->mark != x->mark || e->number >= 0) continue;
    ad_text t;
    ad__text_init(&t, &x->ctx->mem);
    if (s->in->owner != x->m) {
      ad__model_path_print(s->in->owner, &t);
      ad__text_char(&t, '.');
    }
    ad__conn_name_print(s->in, &t);
    e->number = x->flat->values++;
    bool ok = add_key(x, x->flat->inputs, &x->flat->input_count, e, ad__text_str(&t));
    ad__text_free(&t);
    if (!ok) return false;
    ad_flat_key *k = &x->flat->inputs[x->flat->input_count - 1];
    k->role = AD_FLAT_STATE;
    if (k->begin.array) continue;
    k->begin = (ad_beginning){.kind = AD_BEGIN_CONSTANT};
    if (s->initial) k->begin.number = s->initial->kind == AD_LITERAL_FLOAT ? s->initial->as.f : (double)s->initial->as.i;
  }
  return true;
}

/* Where states come from, when every value has its number. */
static void link_states(flattener *x) {
  for (int i = 0; i < x->state_count; i++)
    for (int k = 0; k < x->flat->input_count; k++) {
      ad_flat_key *key = &x->flat->inputs[k];
      if (key->role == AD_FLAT_STATE && key->number == ad__edge_root(x->states[i]->in->edge)->number)
        key->next = ad__edge_root(x->states[i]->out->edge)->number;
    }
}

/* Inputs get the first numbers, then constants; and names. A connection of the outermost model leads to each of them. */
static bool list_keys(flattener *x) {
  ad_flat *f = x->flat;
  f->inputs = ad__arena_array(&f->arena, (size_t)x->input_count + 1, sizeof *f->inputs, 8);
  f->constants = ad__arena_array(&f->arena, (size_t)x->constant_count + 1, sizeof *f->constants, 8);
  if (!f->inputs || !f->constants) return ad__fail(x->err, AD_E_MEMORY, "out of memory") == AD_OK;
  for (int i = 0; i < x->m->conn_count; i++) {
    const ad_conn *c = x->m->conns[i];
    ad_edge *e = ad__edge_root(c->edge);
    if (e->mark != x->mark || e->maker || e->value || e->number >= 0 || c->flags & AD_CONN_STATE) continue;
    e->number = f->values++;
    if (!add_key(x, f->inputs, &f->input_count, e, x->o->names->of[i] ? x->o->names->of[i] : ad_conn_name(c))) return false;
  }
  if (!list_states(x)) return false;
  for (int i = 0; i < x->constant_count; i++) {
    x->constants[i]->number = f->values++;
    f->constants[f->constant_count++] = x->constants[i]->value;
  }
  if (f->input_count != x->input_count) return ad__fail(x->err, AD_E_KEY, "an input leads to no connection of the model") == AD_OK;
  return true;
}

static bool is_wanted(const flattener *x, int conn) {
  const ad_conn *c = x->m->conns[conn];
  return ad__conn_is_output(c) && !(x->o->dropped && ad__edge_root(c->edge)->mark == x->o->dropped);
}

static bool list_outputs(flattener *x) {
  ad_flat *f = x->flat;
  int n = x->o->extra_count;
  for (int i = 0; i < x->m->conn_count; i++) n += ad__conn_is_output(x->m->conns[i]);
  f->outputs = ad__arena_array(&f->arena, (size_t)n + 1, sizeof *f->outputs, 8);
  if (!f->outputs) return ad__fail(x->err, AD_E_MEMORY, "out of memory") == AD_OK;
  for (int i = 0; i < x->m->conn_count; i++) {
    const ad_edge *e = ad__edge_root(x->m->conns[i]->edge);
    if (e->mark != x->mark || !ad__conn_is_output(x->m->conns[i])) continue;
    if (!add_key(x, f->outputs, &f->output_count, e, x->o->names->of[i])) return false;
  }
  for (int i = 0; i < x->o->extra_count; i++)
    if (!add_key(x, f->outputs, &f->output_count, ad__edge_root(x->o->extra[i]), x->o->extra_names[i])) return false;
  return true;
}

/* ---- Dropping ---- */

/* Spreads the mark of what is dropped to all that is computed from it. Returns false without memory. */
static bool spread_drop(flattener *x) {
  for (int i = 0; i < x->m->conn_count; i++) {
    ad_edge *e = ad__edge_root(x->m->conns[i]->edge);
    if (e->mark != x->o->dropped || e->number == -2) continue;
    e->number = -2;
    if (!room(x, &x->stack, x->stack_count, &x->stack_room)) return false;
    x->stack[x->stack_count++] = e;
  }
  while (x->stack_count) {
    const ad_use *last = x->stack[--x->stack_count]->uses, *w = last;
    while (w) {
      w = w->next;
      for (int k = 0; k < w->unit->outputs; k++) {
        ad_edge *e = ad__edge_root(w->unit->slots[w->unit->inputs + k]);
        if (e->mark == x->o->dropped) continue;
        e->mark = x->o->dropped;
        e->number = -2;
        if (!room(x, &x->stack, x->stack_count, &x->stack_room)) return false;
        x->stack[x->stack_count++] = e;
      }
      if (w == last) break;
    }
  }
  return true;
}

static bool meet_outputs(flattener *x) {
  bool any = x->o->extra_count > 0;
  if (x->o->dropped && !spread_drop(x)) return false;
  for (int i = 0; i < x->m->conn_count; i++) {
    if (!is_wanted(x, i)) continue;
    any = true;
    if (!meet(x, x->m->conns[i]->edge)) return false;
  }
  for (int i = 0; i < x->o->extra_count; i++)
    if (!meet(x, x->o->extra[i])) return false;
  return any || ad__fail(x->err, AD_E_KEY, "a model without outputs; at least one block whose output is not dropped is right") == AD_OK;
}

/* Counts the units of the model and what is inside, and lists their states. */
static bool look_through(flattener *x, const ad_model *m) {
  for (const ad_model *at = m; at; at = ad__model_next(m, at, true)) {
    x->flat->units += at->unit != NULL;
    for (const ad_bound_state *s = at->states; s; s = s->next) {
      if (!room(x, &x->states, x->state_count, &x->state_room)) return false;
      x->states[x->state_count++] = s;
    }
  }
  return true;
}

ad_status ad__flatten(ad_model *m, const ad_flattening *o, ad_flat *flat, ad_err *e) {
  flattener x = {.ctx = m->ctx, .m = m, .flat = flat, .o = o, .err = e, .mark = (uint32_t)++m->ctx->epoch};
  ad_mem *mem = &m->ctx->mem;
  ad__map_init(&x.symbols, mem);
  bool ok = ad__model_count(m) && look_through(&x, m) && meet_outputs(&x) && walk(&x) && meet_states(&x) && order(&x) && list_keys(&x) && list_ops(&x) && list_outputs(&x);
  if (ok) link_states(&x);
  ad__map_free(&x.symbols);
  ad__mem_give(mem, x.units, (size_t)x.unit_room * sizeof(void *));
  ad__mem_give(mem, x.stack, (size_t)x.stack_room * sizeof(void *));
  ad__mem_give(mem, x.inputs, (size_t)x.input_room * sizeof(void *));
  ad__mem_give(mem, x.constants, (size_t)x.constant_room * sizeof(void *));
  ad__mem_give(mem, x.states, (size_t)x.state_room * sizeof(void *));
  if (!ok) return e->code ? e->code : ad__fail(e, AD_E_MEMORY, "out of memory");
  ad_status s = o->backend_map ? ad__flat_backends(flat, o->backend_map, o->notes, e) : AD_OK;
  return s || !o->checkpoint ? s : ad__flat_segments(m->ctx, flat, o->checkpoint, o->notes, e);
}
