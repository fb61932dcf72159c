/* Physical models: a logical model as its options say, flattened, as two compiled functions.
 *
 * forward takes a record of parameters and one of data and gives the record of outputs; backward takes cotangents too and gives
 * outputs and gradients. Both are compiled functions like any other, so every call is answered by a plan; where the options leave
 * no dim of a key open, the plans are made at once. What options say of the model is said for once: it goes on the
 * trail and is taken back when the flat list has been made. */
#include <adamant/ops.h>
#include <string.h>
#include "compile/watch.h"
#include "model/physical.h"
#include "ops/apply.h"

static const ad_physical no_memory_physical = {.error = AD_E_MEMORY, .error_text = "out of memory"};
static const ad_physical null_physical = {.error = AD_E_VALUE, .error_text = "a NULL handle was given where a model is needed"};

/* ---- Options ---- */

typedef struct option_reader {
  ad_model *m;
  ad_family *f;
  ad_key_names names;
  uint32_t dropped;
  ad_err *err;
} option_reader;

static ad_status missing_key(option_reader *r, const char *option, const char *name, size_t n) {
  ad_nearest near;
  char hint[240];
  ad__nearest_begin(&near, name, n);
  for (int i = 0; i < r->m->conn_count; i++) ad__nearest_try(&near, r->names.of[i]);
  return ad__fail(r->err, AD_E_KEY, "%s: %.*s is no input or output of the model%s", option, (int)(n < 60 ? n : 60), name,
                  ad__nearest_text(&near, hint, sizeof hint));
}

/* Each name of a list, as a connection. */
static ad_status each_key(option_reader *r, const char *option, const char *list, ad_status (*act)(option_reader *, const char *, ad_conn *)) {
  ad_status s = AD_OK;
  for (const char *p = list ? list : ""; !s && *p;) {
    p += strspn(p, " \t\n,");
    size_t n = strcspn(p, " \t\n,");
    if (!n) break;
    ad_conn *k = ad__key_names_find(&r->names, p, n);
    s = k ? act(r, option, k) : missing_key(r, option, p, n);
    p += n;
  }
  return s;
}

static ad_status need_input(option_reader *r, const char *option, const ad_conn *k) {
  if (ad__conn_is_input(k)) return AD_OK;
  return ad__fail(r->err, AD_E_KEY, "%s: %s is no input of the model", option, ad_conn_name(k));
}

static ad_status say_role(option_reader *r, const char *option, const ad_conn *k, int8_t differentiable) {
  ad_edge *e = ad__edge_root(k->edge);
  ad_status s = need_input(r, option, k);
  if (s) return s;
  if (e->mark == r->dropped) return ad__fail(r->err, AD_E_VALUE, "%s: %s stands in another list of keys too", option, ad_conn_name(k));
  AD_SET(r->f, e->mark, r->dropped);
  AD_SET(r->f, e->differentiable, differentiable);
  return differentiable > 0 ? ad__edge_set_kinds(r->f, e, AD_IS_TENSOR_FLOAT, r->err) : AD_OK;
}

static ad_status as_data(option_reader *r, const char *option, ad_conn *k) { return say_role(r, option, k, -1); }
static ad_status as_trainable(option_reader *r, const char *option, ad_conn *k) { return say_role(r, option, k, 1); }

static ad_status as_dropped(option_reader *r, const char *option, ad_conn *k) {
  if (!ad__conn_is_input(k) && !ad__conn_is_output(k))
    return ad__fail(r->err, AD_E_KEY, "%s: %s is neither input nor output of the model", option, ad_conn_name(k));
  ad__edge_root(k->edge)->mark = r->dropped;
  return AD_OK;
}

static ad_status set_constant(option_reader *r, const char *name, const ad_literal *v) {
  ad_conn *k = ad__key_names_find(&r->names, name, strlen(name));
  ad_status s = k ? need_input(r, "constants", k) : missing_key(r, "constants", name, strlen(name));
  if (!s && ad__edge_root(k->edge)->mark == r->dropped) s = ad__fail(r->err, AD_E_VALUE, "constants: %s stands in another list of keys too", name);
  if (!s && (s = ad__edge_set_value(r->f, k->edge, v, r->err))) {
    ad_err why = *r->err;
    ad__fail(r->err, why.code, "constants: %s: %s", name, why.text);
  }
  return s;
}

static ad_status set_constants(option_reader *r, const char *text, ad_array *arrays) {
  ad_literal_reader reader = {.arena = &r->f->arena, .start = text ? text : "", .at = text ? text : "", .err = r->err};
  const char *name;
  const ad_literal *v;
  ad_status s = AD_OK;
  while (!s && ad__literal_pair(&reader, ':', ';', &name, &v)) s = set_constant(r, name, v);
  if (!s) s = r->err->code;
  for (int i = 0; !s && i < ad_item_count(arrays); i++) {
    ad_literal *a = AD_ARENA_NEW(&r->f->arena, ad_literal);
    if (!a) return ad__fail(r->err, AD_E_MEMORY, "out of memory");
    *a = (ad_literal){.kind = AD_LITERAL_ARRAY, .as.array = ad_item_at(NULL, arrays, i)};
    s = ad_is_error(a->as.array) ? ad__fail(r->err, ad_error_code(a->as.array), "%s", ad_error_text(a->as.array))
                                 : set_constant(r, ad_item_name(arrays, i), a);
  }
  return s;
}

static ad_status check_safe_names(option_reader *r) {
  for (int i = 0; i < r->m->conn_count; i++) {
    const ad_conn *k = r->m->conns[i];
    if (ad__conn_is_input(k) && !k->name && ad__edge_root(k->edge)->differentiable <= 0)
      return ad__fail(r->err, AD_E_KEY, "safe_names: input %s has no name of its own; wiring it to a name is right", r->names.of[i]);
  }
  return AD_OK;
}

/* Shapes with the names that keys have. */
static ad_status set_shapes(option_reader *r, const char *shapes) {
  ad_text t;
  ad_literal_reader reader = {.arena = &r->f->arena, .start = shapes, .at = shapes, .err = r->err};
  const char *name;
  ad_status s = AD_OK;
  ad__text_init(&t, &r->m->ctx->mem);
  while (!s && ad__literal_name(&reader, ':', ';', &name)) {
    const ad_conn *k = ad__key_names_find(&r->names, name, strlen(name));
    size_t n = strcspn(reader.at, ";");
    if (k) {
      ad__conn_name_print(k, &t);
      ad__text_fmt(&t, ": %.*s; ", (int)n, reader.at);
    } else s = missing_key(r, "shapes", name, strlen(name));
    reader.at += n;
  }
  if (!s) s = r->err->code;
  if (!s) s = ad__model_set_shapes(r->m, r->f, ad__text_str(&t), r->err);
  ad__text_free(&t);
  return s;
}

/* Terminals that nobody gave anything, here or in a list. */
static ad_status use_presets(option_reader *r) {
  ad_status s = AD_OK;
  for (int i = 0; !s && i < r->m->conn_count; i++)
    if (ad__edge_root(r->m->conns[i]->edge)->mark != r->dropped) s = ad__conn_use_preset(r->f, r->m->conns[i], r->err);
  return s;
}

static ad_status read_options(option_reader *r, const ad_physical_opts *o) {
  ad_status s = AD_OK;
  r->dropped = (uint32_t)++r->m->ctx->epoch; /* first a mark of what stands in a list */
  if (o->data) s = each_key(r, "data", o->data, as_data);
  if (!s && o->trainable) s = each_key(r, "trainable", o->trainable, as_trainable);
  if (!s) s = set_constants(r, o->constants, o->constant_arrays);
  if (!s && o->shapes) s = set_shapes(r, o->shapes);
  if (!s) s = use_presets(r);
  if (!s) s = ad__solve(r->f, r->err);
  if (!s && o->safe_names) s = check_safe_names(r);
  r->dropped = 0;
  if (!s && o->discard) {
    r->dropped = (uint32_t)++r->m->ctx->epoch;
    s = each_key(r, "discard", o->discard, as_dropped);
  }
  return s;
}

/* ---- Making ---- */

static void drop_chain(ad_physical *first) {
  for (ad_physical *k = first, *next; k; k = next) {
    next = k->next;
    ad_drop(k->handle);
  }
}

static void physical_release(void *user, void *data) {
  ad_physical *p = data;
  ad_ctx *c = p->ctx;
  (void)user;
  drop_chain(p->fetches);
  drop_chain(p->settled);
  ad_fn_drop(p->forward);
  ad_fn_drop(p->backward);
  ad_graph_free(p->source);
  ad_model_drop(p->model);
  if (p->opts.constant_arrays) ad__node_drop(p->opts.constant_arrays);
  for (int i = 0; i < p->flat.input_count; i++)
    if (p->flat.inputs[i].begin.array) ad__node_drop(p->flat.inputs[i].begin.array);
  for (int i = 0; i < p->flat.output_count; i++)
    if (p->flat.outputs[i].begin.array) ad__node_drop(p->flat.outputs[i].begin.array);
  ad__text_free(&p->notes);
  ad__text_free(&p->text);
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

static const char *copy_text(ad_physical *p, const char *s) { return s ? ad__arena_text(&p->flat.arena, s, strlen(s)) : NULL; }

/* The options are needed again when more outputs are asked for. */
static bool copy_options(ad_physical *p, const ad_physical_opts *o, const char *extra) {
  static const ad_physical_opts none = {0};
  const ad_physical_opts *from = o ? o : &none;
  const char **texts[] = {&p->opts.shapes, &p->opts.constants, &p->opts.data, &p->opts.trainable, &p->opts.discard,
                          &p->opts.checkpoint, &p->opts.backend_map};
  p->opts = *from;
  bool ok = !extra || (p->fetched = copy_text(p, extra));
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    const char *s = *texts[i];
    *texts[i] = copy_text(p, s);
    ok = ok && (!s || *texts[i]);
  }
  if (p->opts.constant_arrays) ad__node_keep(p->opts.constant_arrays);
  p->inference = from->inference;
  p->dtype = from->dtype ? from->dtype : AD_FLOAT32;
  return ok;
}

typedef struct extra_outputs {
  ad_edge *edges[64];
  const char *names[64];
  int n;
} extra_outputs;

/* The connections that a list names, outputs of the model left out. */
static ad_status find_extra(option_reader *r, ad_physical *p, const char *list, extra_outputs *x) {
  for (const char *at = list ? list : ""; *at;) {
    at += strspn(at, " \t\n,");
    size_t n = strcspn(at, " \t\n,");
    if (!n) break;
    ad_conn *k = ad__key_names_find(&r->names, at, n);
    if (!k) return missing_key(r, "fetch", at, n);
    if (x->n == 64) return ad__fail(r->err, AD_E_VALUE, "fetch: more than 64 names");
    if (!ad__conn_is_output(k) || ad__edge_root(k->edge)->mark == r->dropped) {
      x->edges[x->n] = k->edge;
      if (!(x->names[x->n++] = ad__arena_text(&p->flat.arena, at, n))) return ad__fail(r->err, AD_E_MEMORY, "out of memory");
    }
    at += n;
  }
  return AD_OK;
}

static ad_status flatten(ad_physical *p, ad_model *m, ad_err *e) {
  option_reader r = {.m = m, .err = e};
  extra_outputs extra = {.n = 0};
  if (!ad__model_count(m) || !ad__key_names(&r.names, m, &p->flat.arena, p->opts.long_names)) {
    ad__key_names_free(&r.names);
    return ad__fail(e, AD_E_MEMORY, "out of memory");
  }
  double began = ad__watch_now();
  r.f = ad__action_begin(m);
  ad_status s = read_options(&r, &p->opts);
  if (!s) s = find_extra(&r, p, p->fetched, &extra);
  p->fact_seconds = ad__watch_now() - began;
  if (!s) {
    ad_flattening o = {.names = &r.names, .checkpoint = p->inference ? NULL : p->opts.checkpoint, .backend_map = p->opts.backend_map,
                         .extra = extra.edges, .extra_names = extra.names, .extra_count = extra.n, .dropped = r.dropped, .notes = &p->notes};
    s = ad__flatten(m, &o, &p->flat, e);
  }
  p->flat_seconds = ad__watch_now() - began - p->fact_seconds;
  ad__action_undo(m);
  ad__key_names_free(&r.names);
  return s;
}

/* Arguments without values, for the plans that calls of these shapes will use; NULL where a key leaves a dim open. Data of which the
 * model does not say what it is is taken for floats, if it may be: a mistake that follows from that is none. */
static ad_array *stand_in(ad_physical *p, const ad_flat_key *k) {
  unsigned kinds = k->kinds & AD_IS_TENSOR;
  ad_dtype t = k->dtype ? k->dtype : kinds & AD_IS_TENSOR_FLOAT ? p->dtype : kinds & AD_IS_TENSOR_INT ? AD_INT32 : kinds & AD_IS_TENSOR_BOOL ? AD_BOOL : AD_COMPLEX64;
  for (int i = 0; i < k->rank; i++)
    if (k->dims[i] < 0) return NULL;
  if (k->rank < 0 || !kinds) return NULL;
  p->guessed = p->guessed || (!k->dtype && k->role == AD_FLAT_DATA && kinds & (kinds - 1));
  ad_array *y = ad_zeros_at(NULL, p->ctx, (ad_shape){k->rank, k->dims}, &(ad_zeros_opts){.dtype = t});
  return ad_is_error(y) ? NULL : y;
}

static ad_array *stand_ins(ad_physical *p, ad_flat_role role) {
  size_t bytes = (size_t)(p->counts[role] + 1) * sizeof(void *);
  ad_array **items = ad__mem_take(&p->ctx->mem, bytes), *y = NULL;
  const char **names = ad__mem_take(&p->ctx->mem, bytes);
  int n = 0;
  bool ok = items && names;
  for (int i = 0; ok && i < p->flat.input_count; i++) {
    if (p->flat.inputs[i].role != role) continue;
    names[n] = p->flat.inputs[i].name;
    ok = (items[n++] = stand_in(p, &p->flat.inputs[i])) != NULL;
  }
  if (ok) y = ad_record_at(NULL, p->ctx, names, items, n);
  ad__mem_give(&p->ctx->mem, items, items ? bytes : 0);
  ad__mem_give(&p->ctx->mem, names, names ? bytes : 0);
  return y;
}

static ad_array *cotangents_like(ad_physical *p, ad_array *outs) {
  size_t bytes = (size_t)(p->flat.output_count + 1) * sizeof(void *);
  ad_array **items = ad__mem_take(&p->ctx->mem, bytes), *y = NULL;
  const char **names = ad__mem_take(&p->ctx->mem, bytes);
  bool ok = items && names;
  for (int i = 0; ok && i < p->flat.output_count; i++) {
    ad_array *o = ad_item_at(NULL, outs, i);
    names[i] = p->flat.outputs[i].name;
    ok = ad_dtype_category(ad_array_dtype(o)) == AD_CATEGORY_FLOAT;
    items[i] = ok ? ad_ones_at(NULL, p->ctx, ad_array_shape(o), &(ad_ones_opts){.dtype = ad_array_dtype(o)}) : NULL;
  }
  if (ok) y = ad_record_at(NULL, p->ctx, names, items, p->flat.output_count);
  ad__mem_give(&p->ctx->mem, items, items ? bytes : 0);
  ad__mem_give(&p->ctx->mem, names, names ? bytes : 0);
  return y;
}

static void fail_unless_guessed(ad_physical *p, const ad_array *y) {
  if (!p->guessed) fail_physical(p, ad_error_code(y), ad_error_text(y));
}

void ad__physical_stand_ins(ad_physical *p, ad_array **in) {
  int n = ad__physical_records(p);
  in[n] = NULL;
  for (int r = 0; r < n; r++)
    if (!(in[r] = stand_ins(p, (ad_flat_role)r))) return;
  ad_array *y = ad_call_at(NULL, p->forward, in, n);
  if (ad_is_error(y)) fail_unless_guessed(p, y);
  else if (!p->inference && p->counts[AD_FLAT_PARAM]) in[n] = cotangents_like(p, n == 3 ? ad_item_at(NULL, y, 0) : y);
}

/* Traces and plans now, where keys leave nothing open: mistakes that only values of these dtypes show are told here, and the first
 * evaluation does not wait. Nothing is computed. */
static void plan_now(ad_physical *p) {
  ad_ctx *c = p->ctx;
  if (c->compile_off || c->tracing || c->building || p->open) return;
  ad_scope *s = ad_scope_begin(c);
  ad_array *in[AD_FLAT_ROLES + 1] = {NULL};
  ad__physical_stand_ins(p, in);
  int n = ad__physical_records(p);
  ad_array *y = in[n] && !p->error ? ad_call_at(NULL, p->backward, in, n + 1) : NULL;
  if (y && ad_is_error(y)) fail_unless_guessed(p, y);
  ad_scope_end(s, NULL);
}

/* An input that nobody was asked for may be a slip of the wiring. */
static void note_alike(ad_physical *p, const ad_model *m) {
  for (int i = 0; i < p->flat.input_count; i++) {
    const ad_flat_key *k = &p->flat.inputs[i];
    const char *alike = k->role == AD_FLAT_DATA ? ad__conn_alike(m, k->name) : NULL;
    if (alike) ad__text_fmt(&p->notes, "warning: input %s is one letter from %s\n", k->name, alike);
  }
}

static void make(ad_physical *p, ad_model *m) {
  ad_err e = {.code = AD_OK};
  if (flatten(p, m, &e)) {
    fail_physical(p, e.code, e.text);
    return;
  }
  for (int i = 0; i < p->flat.input_count; i++) {
    p->counts[p->flat.inputs[i].role]++;
    p->open += ad__key_is_static(&p->flat.inputs[i]);
  }
  note_alike(p, m);
  ad_compile_opts o = {.unfused = p->opts.unoptimized, .native = p->opts.native};
  p->forward = ad_fn_keep(ad_compile_at(NULL, ad_fn_new_at(NULL, p->ctx, ad__physical_forward, ad__physical_records(p), p), &o));
  p->backward = ad_fn_keep(ad_compile_at(NULL, ad_fn_new_at(NULL, p->ctx, ad__physical_backward, ad__physical_records(p) + 1, p), &o));
  ad_fn *bad = ad_fn_is_error(p->forward) ? p->forward : p->backward;
  if (ad_fn_is_error(bad)) fail_physical(p, ad_fn_error_code(bad), ad_fn_error_text(bad));
  else plan_now(p);
}

ad_physical *ad__physical_make(ad_place where, ad_model *m, const ad_physical_opts *opts, const char *extra) {
  if (!m || !m->ctx) return (ad_physical *)(uintptr_t)&null_physical;
  ad_ctx *c = m->ctx;
  ad_physical *p = ad__mem_zeroed(&c->mem, sizeof *p);
  if (!p) return (ad_physical *)(uintptr_t)&no_memory_physical;
  p->ctx = c;
  p->model = ad_model_keep(m);
  ad__arena_init(&p->flat.arena, &c->mem);
  ad__text_init(&p->notes, &c->mem);
  ad__text_init(&p->text, &c->mem);
  p = with_handle(where, p);
  if (!p->ctx) return p;
  if (!copy_options(p, opts, extra)) fail_physical(p, AD_E_MEMORY, "out of memory");
  else if (m->error) fail_physical(p, m->error, m->error_text);
  else if (m->parent) fail_physical(p, AD_E_FROZEN, "a block of another model cannot be compiled by itself; a copy can");
  else make(p, m);
  m->frozen = true;
  return p;
}

ad_physical *ad_model_compile_at(ad_place where, ad_model *m, const ad_physical_opts *opts) { return ad__physical_make(where, m, opts, NULL); }

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
const char *ad_physical_error_text(const ad_physical *p) { return !p ? null_physical.error_text : p->error ? p->error_text : ""; }

ad_model *ad__physical_model(const ad_physical *p) { return p->model; }
ad_fn *ad__physical_function(const ad_physical *p, bool gradients) { return gradients ? p->backward : p->forward; }
