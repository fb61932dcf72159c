/* The functions of a physical model: its flat list run on the operands of a call. They run once per signature, while a call is
 * traced; after that the plan answers. */
#include <adamant/ops.h>
#include <string.h>
#include "model/physical.h"
#include "ops/apply.h"

typedef const ad_literal *value;

/* ---- One op ---- */

/* A value as an op (or the caller: NONE) takes it: floats go from one dtype to another where backend_map says so. NULL without
 * memory. */
static value value_in(const ad_physical *p, ad_place where, ad_arena *arena, const value *values, int v, ad_dtype wanted) {
  const ad_dtype *in = p->flat.computed_in;
  ad_array *a = values[v]->kind == AD_LITERAL_ARRAY ? values[v]->as.array : NULL;
  if (!in || !a || in[v] == wanted || a->flags & AD_NODE_WEAK || ad_dtype_category(ad_array_dtype(a)) != AD_CATEGORY_FLOAT) return values[v];
  ad_literal *y = AD_ARENA_NEW(arena, ad_literal);
  if (y) *y = (ad_literal){.kind = AD_LITERAL_ARRAY, .as.array = ad_cast_at(where, a, wanted ? wanted : p->dtype)};
  return y;
}

/* NULL, or the error array it failed with. */
static ad_array *run_op(ad_ctx *c, const ad_physical *p, const ad_flat_op *o, ad_arena *arena, value *values) {
  value *in = ad__arena_array(arena, (size_t)o->inputs + 1, sizeof *in, 8);
  if (!in) return c->out_of_memory;
  for (int i = 0; i < o->inputs; i++) {
    int from = p->flat.operands[o->first_in + i];
    in[i] = from < 0 ? NULL : value_in(p, o->where, arena, values, from, o->dtype);
    if (from >= 0 && !in[i]) return c->out_of_memory;
  }
  return ad__unit_run(c, o->where, arena, o->unit, in, &values[o->first_out]);
}

static ad_array *run_ops(ad_ctx *c, const ad_physical *p, int first, int end, ad_arena *arena, value *values) {
  ad_array *bad = NULL;
  for (int i = first; i < end && !bad; i++) bad = run_op(c, p, &p->flat.ops[i], arena, values);
  return bad;
}

/* ---- Segments ---- */

/* What goes into a segment beside arrays is known while tracing, and stays where it is. */
typedef struct segment_call {
  const ad_physical *p;
  const ad_flat_segment *segment;
  ad_arena *arena;
  const value *values;
} segment_call;

/* The arrays among the values. */
static ad_array *tuple_of(ad_ctx *c, const value *values, const int *which, int n) {
  ad_array **items = ad__mem_take(&c->mem, (size_t)(n + 1) * sizeof *items);
  int count = 0;
  if (!items) return c->out_of_memory;
  for (int i = 0; i < n; i++)
    if (values[which[i]]->kind == AD_LITERAL_ARRAY) items[count++] = values[which[i]]->as.array;
  ad_array *y = ad_tuple_at(NULL, c, items, count);
  ad__mem_give(&c->mem, items, (size_t)(n + 1) * sizeof *items);
  return y;
}

/* The values again, their arrays being the members of the tuple. */
static bool from_tuple(ad_arena *arena, ad_array *tuple, const value *old, const int *which, int n, value *out) {
  int next = 0;
  for (int i = 0; i < n; i++) {
    ad_literal *y = AD_ARENA_NEW(arena, ad_literal);
    if (!y) return false;
    *y = *old[which[i]];
    if (y->kind == AD_LITERAL_ARRAY) y->as.array = ad_item_at(NULL, tuple, next++);
    out[which[i]] = y;
  }
  return true;
}

static ad_array *segment_fn(ad_ctx *c, ad_array *const *in, void *user) {
  const segment_call *s = user;
  const ad_flat_segment *g = s->segment;
  value *values = ad__arena_zeroed(s->arena, (size_t)(s->p->flat.values + 1) * sizeof *values, 8);
  if (!values || !from_tuple(s->arena, in[0], s->values, g->in, g->in_count, values)) return c->out_of_memory;
  ad_array *y = run_ops(c, s->p, g->first, g->end, s->arena, values);
  for (int i = 0; !y && i < g->out_count; i++) ((value *)(uintptr_t)s->values)[g->out[i]] = values[g->out[i]]; /* their kinds */
  return y ? y : tuple_of(c, values, g->out, g->out_count);
}

static ad_array *run_segment(ad_ctx *c, const ad_physical *p, const ad_flat_segment *g, ad_arena *arena, value *values) {
  segment_call *s = AD_ARENA_NEW(arena, segment_call);
  if (!s) return c->out_of_memory;
  *s = (segment_call){p, g, arena, values};
  ad_array *in = tuple_of(c, values, g->in, g->in_count);
  ad_array *y = ad_is_error(in) ? in : ad_call_at(NULL, ad_checkpoint_at(NULL, ad_fn_new_at(NULL, c, segment_fn, 1, s)), &in, 1);
  if (ad_is_error(y)) return y;
  return from_tuple(arena, y, values, g->out, g->out_count, values) ? NULL : c->out_of_memory;
}

/* ---- The whole list ---- */

static ad_array *run_flat(ad_ctx *c, const ad_physical *p, ad_arena *arena, value *values) {
  const ad_flat *f = &p->flat;
  ad_array *bad = NULL;
  int done = 0;
  for (int i = 0; i < f->constant_count; i++) values[f->input_count + i] = f->constants[i];
  for (int g = 0; g < f->segment_count && !bad; g++) {
    bad = run_ops(c, p, done, f->segments[g].first, arena, values);
    if (!bad) bad = run_segment(c, p, &f->segments[g], arena, values);
    done = f->segments[g].end;
  }
  return bad ? bad : run_ops(c, p, done, f->op_count, arena, values);
}

/* A tuple or list that is an output becomes a tuple of its members. */
static ad_array *tree_of(ad_ctx *c, ad_arena *arena, value v) {
  if (v->kind != AD_LITERAL_TUPLE && v->kind != AD_LITERAL_LIST) return ad__value_array(c, NULL, v);
  ad_array **items = ad__arena_array(arena, (size_t)v->count + 1, sizeof *items, 8);
  if (!items) return c->out_of_memory;
  for (int i = 0; i < v->count; i++) items[i] = tree_of(c, arena, v->as.items[i]); /* literals nest a few levels only */
  return ad_tuple_at(NULL, c, items, v->count);
}

static ad_array *outputs_of(ad_ctx *c, const ad_physical *p, ad_arena *arena, const value *values) {
  const ad_flat *f = &p->flat;
  const char **names = ad__arena_array(arena, (size_t)f->output_count + 1, sizeof *names, 8);
  ad_array **outs = ad__arena_array(arena, (size_t)f->output_count + 1, sizeof *outs, 8);
  if (!names || !outs) return c->out_of_memory;
  for (int k = 0; k < f->output_count; k++) {
    value v = value_in(p, NULL, arena, values, f->outputs[k].number, AD_DTYPE_NONE);
    if (!v) return c->out_of_memory;
    names[k] = f->outputs[k].name;
    outs[k] = tree_of(c, arena, v);
  }
  return ad_record_at(NULL, c, names, outs, f->output_count);
}

/* The outputs, or the tuple of them and of the states as they are next. */
static ad_array *results_of(ad_ctx *c, const ad_physical *p, ad_arena *arena, const value *values) {
  int n = p->counts[AD_FLAT_STATE], k = 0;
  ad_array *both[2] = {outputs_of(c, p, arena, values), NULL};
  const char **names = ad__arena_array(arena, (size_t)n + 1, sizeof *names, 8);
  ad_array **next = ad__arena_array(arena, (size_t)n + 1, sizeof *next, 8);
  if (!n || ad_is_error(both[0])) return both[0];
  if (!names || !next) return c->out_of_memory;
  for (int i = 0; i < p->flat.input_count; i++) {
    const ad_flat_key *key = &p->flat.inputs[i];
    if (key->role != AD_FLAT_STATE) continue;
    value v = value_in(p, NULL, arena, values, key->next, AD_DTYPE_NONE);
    if (!v) return c->out_of_memory;
    names[k] = key->name;
    next[k++] = ad__value_array(c, NULL, v);
  }
  both[1] = ad_record_at(NULL, c, names, next, n);
  return ad_tuple_at(NULL, c, both, 2);
}

static ad_array *run_all(ad_ctx *c, const ad_physical *p, ad_arena *arena, ad_array *const *in) {
  value *values = ad__arena_zeroed(arena, (size_t)(p->flat.values + 1) * sizeof *values, 8);
  ad_literal *given = ad__arena_array(arena, (size_t)p->flat.input_count + 1, sizeof *given, 8);
  int next[AD_FLAT_ROLES] = {0};
  if (!values || !given) return c->out_of_memory;
  for (int i = 0; i < p->flat.input_count; i++) {
    ad_flat_role role = p->flat.inputs[i].role;
    given[i] = (ad_literal){.kind = AD_LITERAL_ARRAY, .as.array = ad_item_at(NULL, in[role], next[role]++)};
    values[p->flat.inputs[i].number] = &given[i];
  }
  ad_array *bad = run_flat(c, p, arena, values);
  return bad ? bad : results_of(c, p, arena, values);
}

/* What checkpointed blocks know is needed again in the backward pass, after this; it stays with the model, once for each trace. */
ad_array *ad__physical_forward(ad_ctx *c, ad_array *const *in, void *user) {
  ad_physical *p = user;
  ad_arena arena;
  if (p->flat.segment_count) return run_all(c, p, &p->flat.arena, in);
  ad__arena_init(&arena, &c->mem);
  ad_array *y = run_all(c, p, &arena, in);
  ad__arena_free(&arena);
  return y;
}

/* ---- Gradients ---- */

/* What the parameters alone are arguments of: nothing is derived by data. */
typedef struct params_call {
  const ad_physical *p;
  ad_array *data, *states;
} params_call;

static ad_array *forward_of(ad_ctx *c, const params_call *k, ad_array *params) {
  return ad__physical_forward(c, (ad_array *[]){params, k->data, k->states}, (void *)(uintptr_t)k->p);
}

static ad_array *of_params(ad_ctx *c, ad_array *const *in, void *user) {
  const params_call *k = user;
  ad_array *y = forward_of(c, k, in[0]);
  return k->states && !ad_is_error(y) ? ad_item_at(NULL, y, 0) : y;
}

/* A record of all cotangents: those given, and zeros for outputs that have none. */
static ad_array *all_cotangents(ad_ctx *c, const ad_physical *p, ad_fn *f, ad_array *params, ad_array *given) {
  int n = p->flat.output_count;
  if (ad_item_count(given) == n) return given;
  ad_array **items = ad__mem_take(&c->mem, (size_t)n * sizeof *items), *outs = ad_call_at(NULL, f, &params, 1), *y = c->out_of_memory;
  const char **names = ad__mem_take(&c->mem, (size_t)n * sizeof *names);
  for (int i = 0; items && names && i < n; i++) {
    names[i] = p->flat.outputs[i].name;
    items[i] = NULL;
    for (int k = 0; k < ad_item_count(given) && !items[i]; k++)
      if (!strcmp(ad_item_name(given, k), names[i])) items[i] = ad_item_at(NULL, given, k);
    if (!items[i]) items[i] = ad_zeros_like_at(NULL, ad_is_error(outs) ? outs : ad_item_at(NULL, outs, i), NULL);
  }
  if (items && names) y = ad_record_at(NULL, c, names, items, n);
  ad__mem_give(&c->mem, items, items ? (size_t)n * sizeof *items : 0);
  ad__mem_give(&c->mem, names, names ? (size_t)n * sizeof *names : 0);
  return y;
}

ad_array *ad__physical_backward(ad_ctx *c, ad_array *const *in, void *user) {
  const ad_physical *p = user;
  params_call k = {p, in[1], p->counts[AD_FLAT_STATE] ? in[2] : NULL};
  ad_fn *f = ad_fn_new_at(NULL, c, of_params, 1, &k);
  ad_array *cotangents = all_cotangents(c, p, f, in[0], in[ad__physical_records(p)]);
  if (ad_is_error(cotangents)) return cotangents;
  ad_array *r = ad_call_at(NULL, ad_vjp_at(NULL, f), (ad_array *[]){in[0], cotangents}, 2);
  if (ad_is_error(r)) return r;
  ad_array *all[3] = {ad_item_at(NULL, r, 0), ad_item_at(NULL, ad_item_at(NULL, r, 1), 0), NULL};
  if (!k.states) return ad_tuple_at(NULL, c, all, 2);
  all[2] = forward_of(c, &k, in[0]); /* the same nodes again, which become one when they are compiled */
  if (ad_is_error(all[2])) return all[2];
  all[2] = ad_item_at(NULL, all[2], 1);
  return ad_tuple_at(NULL, c, all, 3);
}
