/* Flattening: from blocks inside blocks to one list of ops.
 *
 * What the outputs do not need is left out. Units are met from the outputs backwards and ordered by counting, with explicit
 * stacks: neither depth nor length of a model costs stack. Keys get their names here: what the user named keeps its name, other
 * inputs are called by the terminal they came from, weight_0, weight_1... where there are several. */
#include <string.h>
#include "model/physical.h"

typedef struct flattener {
  ad_ctx *ctx;
  ad_model *m;
  ad_flat *flat;
  uint32_t mark;
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
    *o = (ad_flat_op){u, path_of(x, u->model), f->operand_count, u->inputs + wired_count(u), f->values, u->outputs};
    for (int k = 0; k < u->inputs; k++)
      f->operands[f->operand_count++] = u->slots[k] ? ad__edge_root(u->slots[k])->number : -1;
    for (const ad_wired *w = u->wired; w; w = w->next) f->operands[f->operand_count++] = ad__edge_root(w->edge)->number;
    for (int k = 0; k < u->outputs; k++, f->values++)
      if (is_computed(ad__edge_root(u->slots[u->inputs + k]))) ad__edge_root(u->slots[u->inputs + k])->number = f->values;
  }
  return true;
}

/* ---- Keys ---- */

typedef struct key_namer {
  ad_map taken, used, origins;
} key_namer;

/* How many inputs without names come from terminals of each name. */
static bool count_origins(flattener *x, key_namer *k) {
  for (int i = 0; i < x->m->conn_count; i++) {
    const ad_conn *c = x->m->conns[i];
    if (c->name) {
      if (!ad__map_put(&k->taken, ad__map_text(c->name, strlen(c->name)), NULL)) return false;
      continue;
    }
    if (!c->origin) continue;
    ad_map_value *v = ad__map_put(&k->origins, ad__map_text(c->origin, strlen(c->origin)), NULL);
    if (!v) return false;
    v->number++;
  }
  return true;
}

static const char *key_name(flattener *x, key_namer *k, const ad_conn *c) {
  if (c->name) return c->name;
  const char *origin = c->origin ? c->origin : "x";
  ad_map_value *several = ad__map_find(&k->origins, ad__map_text(origin, strlen(origin)));
  ad_map_value *next = ad__map_put(&k->used, ad__map_text(origin, strlen(origin)), NULL);
  char name[160];
  if (!next) return NULL;
  if (several && several->number > 1) ad__format(name, sizeof name, "%.100s_%llu", origin, (unsigned long long)next->number++);
  else ad__format(name, sizeof name, "%.100s", origin);
  for (;;) {
    char *own = ad__arena_text(&x->flat->arena, name, strlen(name));
    bool fresh = false;
    if (!own || !ad__map_put(&k->taken, ad__map_text(own, strlen(own)), &fresh)) return NULL;
    if (fresh) return own;
    memmove(name + 1, name, strlen(name) + 1); /* a name the user took already */
    name[0] = '_';
    if (strlen(name) > 150) return NULL;
  }
}

static bool add_key(flattener *x, key_namer *names, ad_flat_key *list, int *count, const ad_conn *c) {
  ad_edge *e = ad__edge_root(c->edge);
  const char *name = key_name(x, names, c);
  if (!name) return ad__fail(x->err, AD_E_MEMORY, "out of memory") == AD_OK;
  list[(*count)++] = (ad_flat_key){name, e, e->number, e->differentiable > 0};
  return true;
}

/* Inputs get the first numbers, then constants; and names. A connection of the outermost model leads to each of them. */
static bool list_keys(flattener *x, key_namer *names) {
  ad_flat *f = x->flat;
  f->inputs = ad__arena_array(&f->arena, (size_t)x->input_count + 1, sizeof *f->inputs, 8);
  f->constants = ad__arena_array(&f->arena, (size_t)x->constant_count + 1, sizeof *f->constants, 8);
  if (!f->inputs || !f->constants) return ad__fail(x->err, AD_E_MEMORY, "out of memory") == AD_OK;
  for (int i = 0; i < x->m->conn_count; i++) {
    const ad_conn *c = x->m->conns[i];
    ad_edge *e = ad__edge_root(c->edge);
    if (e->mark != x->mark || e->maker || e->value || e->number >= 0) continue;
    e->number = f->values++;
    if (!add_key(x, names, f->inputs, &f->input_count, c)) return false;
  }
  for (int i = 0; i < x->constant_count; i++) {
    x->constants[i]->number = f->values++;
    f->constants[f->constant_count++] = x->constants[i]->value;
  }
  if (f->input_count != x->input_count) return ad__fail(x->err, AD_E_KEY, "an input leads to no connection of the model") == AD_OK;
  return true;
}

static bool list_outputs(flattener *x, key_namer *names) {
  ad_flat *f = x->flat;
  int n = 0;
  for (int i = 0; i < x->m->conn_count; i++) n += ad__conn_is_output(x->m->conns[i]);
  f->outputs = ad__arena_array(&f->arena, (size_t)n + 1, sizeof *f->outputs, 8);
  if (!f->outputs) return ad__fail(x->err, AD_E_MEMORY, "out of memory") == AD_OK;
  for (int i = 0; i < x->m->conn_count; i++)
    if (ad__conn_is_output(x->m->conns[i]) && !add_key(x, names, f->outputs, &f->output_count, x->m->conns[i])) return false;
  return true;
}

static bool meet_outputs(flattener *x) {
  bool any = false;
  for (int i = 0; i < x->m->conn_count; i++) {
    if (!ad__conn_is_output(x->m->conns[i])) continue;
    any = true;
    if (!meet(x, x->m->conns[i]->edge)) return false;
  }
  return any || ad__fail(x->err, AD_E_KEY, "a model without outputs; at least one block is right") == AD_OK;
}

ad_status ad__flatten(ad_model *m, ad_flat *flat, ad_err *e) {
  flattener x = {.ctx = m->ctx, .m = m, .flat = flat, .err = e, .mark = (uint32_t)++m->ctx->epoch};
  ad_mem *mem = &m->ctx->mem;
  key_namer names;
  *flat = (ad_flat){.op_count = 0};
  ad__arena_init(&flat->arena, mem);
  ad__map_init(&names.taken, mem);
  ad__map_init(&names.used, mem);
  ad__map_init(&names.origins, mem);
  bool ok = ad__model_count(m) && count_origins(&x, &names) && meet_outputs(&x) && walk(&x) && order(&x) && list_keys(&x, &names) && list_ops(&x) &&
            list_outputs(&x, &names);
  ad__map_free(&names.taken);
  ad__map_free(&names.used);
  ad__map_free(&names.origins);
  ad__mem_give(mem, x.units, (size_t)x.unit_room * sizeof(void *));
  ad__mem_give(mem, x.stack, (size_t)x.stack_room * sizeof(void *));
  ad__mem_give(mem, x.inputs, (size_t)x.input_room * sizeof(void *));
  ad__mem_give(mem, x.constants, (size_t)x.constant_room * sizeof(void *));
  return ok ? AD_OK : e->code ? e->code : ad__fail(e, AD_E_MEMORY, "out of memory");
}
