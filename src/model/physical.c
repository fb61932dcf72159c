/* Physical models: a flat list of ops as a function, compiled.
 *
 * Two functions are made of it: forward takes a record of parameters and one of data and gives the record of outputs; backward
 * takes cotangents too and gives outputs and gradients. Both are compiled functions like any other, so every call
 * is answered by a plan. A physical model owns its list; the logical model may go. */
#include "model/physical.h"

#include <string.h>
#include <adamant/ops.h>
#include "array/fn.h"
#include "ops/apply.h"

struct ad_physical {
  ad_ctx *ctx;
  ad_array *handle;
  ad_status error;
  const char *error_text;
  ad_flat flat;
  ad_family *family; /* of the model, which holds the literals and attributes */
  ad_model *model;   /* held */
  ad_fn *forward, *backward;
  int trained, data; /* how many inputs are which */
};

static const ad_physical no_memory_physical = {.error = AD_E_MEMORY, .error_text = "out of memory"};

/* ---- Running the list ---- */

static ad_array *run_op(ad_ctx *c, const ad_flat *f, const ad_flat_op *o, ad_arena *arena, const ad_literal **values) {
  const ad_literal **in = ad__arena_array(arena, (size_t)o->inputs + 1, sizeof *in, 8);
  if (!in) return c->out_of_memory;
  for (int i = 0; i < o->inputs; i++) {
    int from = f->operands[o->first_in + i];
    in[i] = from < 0 ? NULL : values[from];
  }
  return ad__unit_run(c, o->where, arena, o->unit, in, &values[o->first_out]);
}

static ad_array *give_outputs(ad_ctx *c, const ad_flat *f, const ad_literal **values) {
  const char **names = ad__mem_take(&c->mem, (size_t)(f->output_count + 1) * sizeof *names);
  ad_array **outs = ad__mem_take(&c->mem, (size_t)(f->output_count + 1) * sizeof *outs);
  ad_array *y = c->out_of_memory;
  for (int k = 0; names && outs && k < f->output_count; k++) {
    names[k] = f->outputs[k].name;
    outs[k] = ad__value_array(c, NULL, values[f->outputs[k].number]);
  }
  if (names && outs) y = ad_record_at(NULL, c, names, outs, f->output_count);
  ad__mem_give(&c->mem, names, (size_t)(f->output_count + 1) * sizeof *names);
  ad__mem_give(&c->mem, outs, (size_t)(f->output_count + 1) * sizeof *outs);
  return y;
}

static ad_array *run_flat(ad_ctx *c, const ad_physical *p, ad_arena *arena, ad_array *const *in) {
  const ad_flat *f = &p->flat;
  const ad_literal **values = ad__arena_array(arena, (size_t)f->values + 1, sizeof *values, 8);
  ad_literal *given = ad__arena_array(arena, (size_t)f->input_count + 1, sizeof *given, 8);
  int next[2] = {0, 0};
  if (!values || !given) return c->out_of_memory;
  for (int i = 0; i < f->input_count; i++) {
    int side = !f->inputs[i].trained;
    given[i] = (ad_literal){.kind = AD_LITERAL_ARRAY, .as.array = ad_item_at(NULL, in[side], next[side]++)};
    values[f->inputs[i].number] = &given[i];
  }
  for (int i = 0; i < f->constant_count; i++) values[f->input_count + i] = f->constants[i];
  for (int i = 0; i < f->op_count; i++) {
    ad_array *bad = run_op(c, f, &f->ops[i], arena, values);
    if (bad) return bad;
  }
  return give_outputs(c, f, values);
}

/* (params, data) -> outputs. Members lie in the order of the keys. */
static ad_array *forward(ad_ctx *c, ad_array *const *in, void *user) {
  ad_arena arena;
  ad__arena_init(&arena, &c->mem);
  ad_array *y = run_flat(c, user, &arena, in);
  ad__arena_free(&arena);
  return y;
}

/* (params, data, cotangents) -> (outputs, gradients). */
static ad_array *backward(ad_ctx *c, ad_array *const *in, void *user) {
  ad_fn *f = ad_fn_new_at(NULL, c, forward, 2, user);
  ad_array *r = ad_call_at(NULL, ad_vjp_at(NULL, f), in, 3);
  if (ad_is_error(r)) return r;
  ad_array *both[2] = {ad_item_at(NULL, r, 0), ad_item_at(NULL, ad_item_at(NULL, r, 1), 0)};
  return ad_tuple_at(NULL, c, both, 2);
}

/* ---- Making ---- */

static void physical_release(void *user, void *data) {
  ad_physical *p = data;
  ad_ctx *c = p->ctx;
  (void)user;
  ad_fn_drop(p->forward);
  ad_fn_drop(p->backward);
  ad_model_drop(p->model);
  ad__arena_free(&p->flat.arena);
  ad__mem_give(&c->mem, p, sizeof *p);
}

static ad_physical *with_handle(ad_place where, ad_physical *p) {
  ad_ctx *c = p->ctx;
  ad_graph *building = c->building;
  c->building = NULL;
  ad_array *a = ad_array_wrap_at(where, c, AD_UINT8, AD_SHAPE(0), p, physical_release, NULL);
  c->building = building;
  if (ad__is_error(a)) return (ad_physical *)(uintptr_t)&no_memory_physical;
  p->handle = a;
  return p;
}

static void fail_physical(ad_physical *p, ad_status code, const char *text) {
  p->error = code;
  p->error_text = ad__arena_text(&p->flat.arena, text, strlen(text));
  if (!p->error_text) p->error_text = "out of memory";
}

static ad_status apply_options(ad_model *m, const ad_physical_opts *o, ad_err *e) {
  ad_status s = AD_OK;
  if (o && o->shapes) {
    ad_family *f = ad__action_begin(m);
    s = ad__model_set_shapes(m, f, o->shapes, e);
    if (s) { /* compiling leaves no mark on a model */
      ad_status before = m->error;
      const char *text = m->error_text;
      ad__action_end(m, s, e);
      m->error = before;
      m->error_text = text;
    } else ad__action_end(m, AD_OK, e);
  }
  return s;
}

static void make(ad_physical *p, ad_model *m, const ad_physical_opts *o) {
  ad_err e = {.code = AD_OK};
  if (apply_options(m, o, &e) || ad__flatten(m, &p->flat, &e)) {
    fail_physical(p, e.code, e.text);
    return;
  }
  for (int i = 0; i < p->flat.input_count; i++) {
    if (p->flat.inputs[i].trained) p->trained++;
    else p->data++;
  }
  p->forward = ad_fn_keep(ad_compile_at(NULL, ad_fn_new_at(NULL, p->ctx, forward, 2, p), NULL));
  p->backward = ad_fn_keep(ad_compile_at(NULL, ad_fn_new_at(NULL, p->ctx, backward, 3, p), NULL));
  ad_fn *bad = ad_fn_is_error(p->forward) ? p->forward : p->backward;
  if (ad_fn_is_error(bad)) fail_physical(p, ad_fn_error_code(bad), ad_fn_error_text(bad));
}

ad_physical *ad_model_compile_at(ad_place where, ad_model *m, const ad_physical_opts *opts) {
  if (!m || !m->ctx) return (ad_physical *)(uintptr_t)&no_memory_physical;
  ad_ctx *c = m->ctx;
  ad_physical *p = ad__mem_zeroed(&c->mem, sizeof *p);
  if (!p) return (ad_physical *)(uintptr_t)&no_memory_physical;
  p->ctx = c;
  p->model = ad_model_keep(m);
  ad__arena_init(&p->flat.arena, &c->mem);
  p = with_handle(where, p);
  if (!p->ctx) return p;
  if (m->error) fail_physical(p, m->error, m->error_text);
  else if (m->parent) fail_physical(p, AD_E_FROZEN, "a block of another model cannot be compiled by itself; a copy can");
  else make(p, m, opts);
  m->frozen = true;
  return p;
}

ad_physical *ad_physical_keep(ad_physical *p) {
  if (p && p->ctx) ad_keep(p->handle);
  return p;
}
void ad_physical_drop(ad_physical *p) {
  if (p && p->ctx) ad_drop(p->handle);
}
ad_physical *ad_physical_own(ad_physical *p) {
  if (p && p->ctx) ad_own(p->handle);
  return p;
}
ad_status ad_physical_error_code(const ad_physical *p) { return p ? p->error : AD_E_VALUE; }
const char *ad_physical_error_text(const ad_physical *p) { return !p ? "a NULL handle" : p->error ? p->error_text : ""; }

/* ---- Evaluating ---- */

static ad_array *fail(const ad_physical *p, ad_place where, ad_status code, const char *text) {
  return ad__scope_take_error(ad__node_errorf(p->ctx, where, NULL, code, "%s", text));
}

/* The members of a record, in the order of the keys of one side. */
static ad_array *in_order(const ad_physical *p, ad_place where, ad_array *given, bool trained, ad_array **out) {
  const ad_flat *f = &p->flat;
  int n = trained ? p->trained : p->data, members = given ? ad_item_count(given) : 0, k = 0;
  char text[200];
  if (given && ad_is_error(given)) return given;
  size_t bytes = (size_t)(n + 1) * sizeof(ad_array *);
  ad_array **items = ad__mem_take(&p->ctx->mem, bytes);
  if (!items) return p->ctx->out_of_memory;
  for (int i = 0; i < f->input_count; i++) {
    if (f->inputs[i].trained != trained) continue;
    int at = -1;
    for (int j = 0; j < members && at < 0; j++) {
      int guess = (k + j) % members; /* mostly they lie in order */
      if (!strcmp(ad_item_name(given, guess), f->inputs[i].name)) at = guess;
    }
    if (at < 0) {
      ad__mem_give(&p->ctx->mem, items, bytes);
      ad__format(text, sizeof text, "evaluate: %s %.100s is missing", trained ? "parameter" : "data", f->inputs[i].name);
      return fail(p, where, AD_E_KEY, text);
    }
    items[k++] = ad_item_at(where, given, at);
  }
  *out = ad_tuple_at(where, p->ctx, items, n);
  ad__mem_give(&p->ctx->mem, items, bytes);
  return ad_is_error(*out) ? *out : NULL;
}

static ad_array *named(const ad_physical *p, ad_place where, ad_array *tuple) {
  const char **names = ad__mem_take(&p->ctx->mem, (size_t)(p->trained + 1) * sizeof *names);
  ad_array **items = ad__mem_take(&p->ctx->mem, (size_t)(p->trained + 1) * sizeof *items);
  ad_array *y = p->ctx->out_of_memory;
  int k = 0;
  for (int i = 0; names && items && i < p->flat.input_count; i++) {
    if (!p->flat.inputs[i].trained) continue;
    names[k] = p->flat.inputs[i].name;
    items[k] = ad_item_at(where, tuple, k);
    k++;
  }
  if (names && items) y = ad_record_at(where, p->ctx, names, items, k);
  ad__mem_give(&p->ctx->mem, names, (size_t)(p->trained + 1) * sizeof *names);
  ad__mem_give(&p->ctx->mem, items, (size_t)(p->trained + 1) * sizeof *items);
  return y;
}

ad_array *ad_physical_evaluate_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data) {
  if (!p || !p->ctx) return ad_apply(NULL, where, NULL, NULL, 0, NULL);
  if (p->error) return fail(p, where, p->error, p->error_text);
  ad_scope *s = ad_scope_begin(p->ctx);
  ad_array *in[2], *bad = in_order(p, where, params, true, &in[0]);
  if (!bad) bad = in_order(p, where, data, false, &in[1]);
  return ad_scope_end(s, bad ? bad : ad_call_at(where, p->forward, in, 2));
}

/* NULL stands for one, where the only output is a scalar. */
static ad_array *default_cotangents(ad_physical *p, ad_place where) {
  const ad_flat *f = &p->flat;
  if (f->output_count != 1)
    return fail(p, where, AD_E_VALUE, "gradients: several outputs and no cotangents; a record by output names is right");
  const char *name = f->outputs[0].name;
  ad_array *one = ad_ones_at(where, p->ctx, AD_SHAPE(), NULL);
  return ad_record_at(where, p->ctx, &name, &one, 1);
}

ad_array *ad_physical_evaluate_all_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, ad_array *cotangents) {
  if (!p || !p->ctx) return ad_apply(NULL, where, NULL, NULL, 0, NULL);
  if (p->error) return fail(p, where, p->error, p->error_text);
  ad_scope *s = ad_scope_begin(p->ctx);
  ad_array *in[3], *bad = in_order(p, where, params, true, &in[0]);
  if (!bad) bad = in_order(p, where, data, false, &in[1]);
  in[2] = cotangents ? cotangents : default_cotangents(p, where);
  if (bad) return ad_scope_end(s, bad);
  ad_array *r = ad_call_at(where, p->backward, in, 3);
  if (ad_is_error(r)) return ad_scope_end(s, r);
  ad_array *both[2] = {ad_item_at(where, r, 0), named(p, where, ad_item_at(where, r, 1))};
  return ad_scope_end(s, ad_tuple_at(where, p->ctx, both, 2));
}

ad_array *ad_physical_gradients_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, ad_array *cotangents) {
  ad_array *r = ad_physical_evaluate_all_at(where, p, params, data, cotangents);
  return ad_is_error(r) ? r : ad_item_at(where, r, 1);
}

/* ---- Asking ---- */

static const ad_flat_key *key_at(const ad_physical *p, ad_key_kind kind, int index) {
  if (!p || p->error || index < 0) return NULL;
  if (kind == AD_KEY_OUTPUT) return index < p->flat.output_count ? &p->flat.outputs[index] : NULL;
  for (int i = 0; i < p->flat.input_count; i++)
    if (p->flat.inputs[i].trained == (kind == AD_KEY_PARAM) && !index--) return &p->flat.inputs[i];
  return NULL;
}

int ad_physical_key_count(const ad_physical *p, ad_key_kind kind) {
  if (!p || p->error) return 0;
  return kind == AD_KEY_PARAM ? p->trained : kind == AD_KEY_DATA ? p->data : p->flat.output_count;
}

const char *ad_physical_key(const ad_physical *p, ad_key_kind kind, int index) {
  const ad_flat_key *k = key_at(p, kind, index);
  return k ? k->name : "";
}

const char *ad_physical_shape(const ad_physical *p, ad_key_kind kind, int index) {
  const ad_flat_key *k = key_at(p, kind, index);
  ad_text t;
  if (!k) return "";
  ad__text_init(&t, &p->ctx->mem);
  ad__edge_shape_print(p->ctx, k->edge, &t);
  const char *s = ad__arena_text(&ad__family_of(&p->model->hold)->arena, ad__text_str(&t), t.length);
  ad__text_free(&t);
  return s ? s : "";
}

int ad_physical_op_count(const ad_physical *p) { return p && !p->error ? p->flat.op_count : 0; }

ad_model *ad__physical_model(const ad_physical *p) { return p->model; }
ad_fn *ad__physical_function(const ad_physical *p, bool gradients) { return gradients ? p->backward : p->forward; }
