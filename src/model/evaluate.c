/* Evaluating physical models, and asking them. */
#include <adamant/init.h>
#include <adamant/ops.h>
#include <string.h>
#include "model/physical.h"
#include "ops/apply.h"

ad_array *ad__physical_error(const ad_physical *p, ad_place where, ad_status code, const char *fmt, ...) {
  ad_err e;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, code, fmt, ap);
  va_end(ap);
  return ad__scope_take_error(ad__node_errorf(p->ctx, where, NULL, code, "%s", e.text));
}

static ad_array *refused(const ad_physical *p, ad_place where) {
  return p && p->ctx ? p->error ? ad__physical_error(p, where, p->error, "%s", p->error_text) : NULL : ad_apply(NULL, where, NULL, NULL, 0, NULL);
}

/* ---- Outputs ---- */

/* Records as they were given, states that are missing as they begin; of p that which values that are no tensors make of it. */
static ad_array *inputs_of(ad_physical **settled, ad_place where, ad_array *params, ad_array *data, ad_array *states, ad_array **in) {
  ad_array *bad = ad__physical_settle(settled, where, &data);
  ad_physical *p = *settled;
  if (bad) return bad;
  if (!states && p->counts[AD_FLAT_STATE]) states = ad_physical_initial_states_at(where, p);
  return ad__physical_inputs(p, where, (ad_array *const[]){params, data, states}, in);
}

/* The outputs, or a tuple of both them and the next states. */
static ad_array *evaluate(ad_place where, ad_physical *p, ad_array *params, ad_array *data, ad_array *states, bool both) {
  ad_array *bad = refused(p, where), *in[AD_FLAT_ROLES];
  if (bad) return bad;
  ad_scope *s = ad_scope_begin(p->ctx);
  bad = inputs_of(&p, where, params, data, states, in);
  ad_array *y = bad ? bad : ad_call_at(where, p->forward, in, ad__physical_records(p));
  if (!ad_is_error(y) && !both && p->counts[AD_FLAT_STATE]) y = ad_item_at(where, y, 0);
  if (!ad_is_error(y) && both && !p->counts[AD_FLAT_STATE]) y = ad_tuple_at(where, p->ctx, (ad_array *[]){y, ad_tuple_at(where, p->ctx, NULL, 0)}, 2);
  return ad_scope_end(s, y);
}

ad_array *ad_physical_evaluate_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data) {
  return evaluate(where, p, params, data, NULL, false);
}

ad_array *ad_physical_step_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, ad_array *states) {
  return evaluate(where, p, params, data, states, true);
}

/* The same model with more outputs. */
static ad_physical *fetching(ad_physical *p, ad_place where, const char *names) {
  for (ad_physical *k = p->fetches; k; k = k->next)
    if (!strcmp(k->fetched, names)) return k;
  ad_physical_opts o = p->opts;
  o.inference = true;
  ad_physical *k = ad__physical_make(where, p->model, &o, names);
  if (!k->ctx || k->error) return k;
  ad_physical_keep(k);
  k->next = p->fetches;
  return p->fetches = k;
}

ad_array *ad_physical_fetch_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, const char *names) {
  ad_array *bad = refused(p, where);
  if (bad || !names) return bad ? bad : ad_physical_evaluate_at(where, p, params, data);
  return ad_physical_evaluate_at(where, fetching(p, where, names), params, data);
}

/* ---- Gradients ---- */

static const char *const what_to_pass = "one array for the only output, a record by output names, or NULL where the output is a scalar, is right";

static ad_array *record_of_one(const ad_physical *p, ad_place where, const char *name, ad_array *a) {
  return ad_record_at(where, p->ctx, &name, &a, 1);
}

/* NULL stands for one, where there is one output and it is a scalar, or for that of final_cost. */
static ad_array *default_cotangents(const ad_physical *p, ad_place where, ad_array *const *in) {
  const ad_flat *f = &p->flat;
  const char *name = f->output_count == 1 ? f->outputs[0].name : NULL;
  for (int i = 0; i < f->output_count; i++)
    if (!strcmp(f->outputs[i].name, "final_cost")) name = f->outputs[i].name;
  if (!name) return ad__physical_error(p, where, AD_E_VALUE, "gradients: the model has %d outputs and nothing was given for them; %s", f->output_count, what_to_pass);
  ad_array *y = ad_call_at(where, p->forward, in, ad__physical_records(p));
  if (!ad_is_error(y) && p->counts[AD_FLAT_STATE]) y = ad_item_at(where, y, 0);
  if (ad_is_error(y)) return y;
  y = ad_field_at(where, y, name);
  if (ad_array_rank(y)) return ad__physical_error(p, where, AD_E_VALUE, "gradients: output %s is no scalar and nothing was given for it; %s", name, what_to_pass);
  return record_of_one(p, where, name, ad_ones_at(where, p->ctx, AD_SHAPE(), &(ad_ones_opts){.dtype = ad_array_dtype(y)}));
}

static ad_array *unknown_output(const ad_physical *p, ad_place where, const char *name) {
  ad_nearest near;
  char hint[240];
  ad__nearest_begin(&near, name, strlen(name));
  for (int i = 0; i < p->flat.output_count; i++) ad__nearest_try(&near, p->flat.outputs[i].name);
  return ad__physical_error(p, where, AD_E_KEY, "gradients: %.80s is no output of the model%s", name, ad__nearest_text(&near, hint, sizeof hint));
}

static ad_array *cotangents_of(const ad_physical *p, ad_place where, ad_array *const *in, ad_array *given) {
  if (!given) return default_cotangents(p, where, in);
  if (ad_is_error(given)) return given;
  if (given->type->kind == AD_KIND_TENSOR) {
    if (p->flat.output_count == 1) return record_of_one(p, where, p->flat.outputs[0].name, given);
    return ad__physical_error(p, where, AD_E_VALUE, "gradients: one array was given and the model has %d outputs; %s", p->flat.output_count, what_to_pass);
  }
  if (given->type->kind != AD_KIND_RECORD) return ad__physical_error(p, where, AD_E_TYPE, "gradients: a tuple was given; %s", what_to_pass);
  bool in_order = ad_item_count(given) == p->flat.output_count;
  for (int i = 0; i < ad_item_count(given); i++) {
    int k = 0;
    while (k < p->flat.output_count && strcmp(p->flat.outputs[k].name, ad_item_name(given, i))) k++;
    if (k == p->flat.output_count) return unknown_output(p, where, ad_item_name(given, i));
    in_order = in_order && k == i;
  }
  if (in_order || ad_item_count(given) < p->flat.output_count) return given;
  ad_array *items[64];
  const char *names[64];
  if (p->flat.output_count > 64) return ad__physical_error(p, where, AD_E_VALUE, "gradients: more than 64 outputs in another order than the model's");
  for (int i = 0; i < p->flat.output_count; i++) names[i] = p->flat.outputs[i].name, items[i] = ad_field_at(where, given, names[i]);
  return ad_record_at(where, p->ctx, names, items, p->flat.output_count);
}

ad_array *ad_physical_evaluate_all_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, ad_array *cotangents) {
  return ad_physical_step_all_at(where, p, params, data, NULL, cotangents);
}

ad_array *ad_physical_step_all_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, ad_array *states, ad_array *cotangents) {
  ad_array *bad = refused(p, where), *in[AD_FLAT_ROLES + 1];
  if (bad) return bad;
  if (p->inference)
    return ad__physical_error(p, where, AD_E_NOT_IMPLEMENTED, "gradients: the model was compiled for inference; without .inference it has gradients");
  int n = ad__physical_records(p);
  ad_scope *s = ad_scope_begin(p->ctx);
  bad = inputs_of(&p, where, params, data, states, in);
  if (bad) return ad_scope_end(s, bad);
  in[n] = cotangents_of(p, where, in, cotangents);
  return ad_scope_end(s, ad_is_error(in[n]) ? in[n] : ad_call_at(where, p->backward, in, n + 1));
}

ad_array *ad_physical_gradients_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, ad_array *cotangents) {
  ad_array *r = ad_physical_evaluate_all_at(where, p, params, data, cotangents);
  return ad_is_error(r) ? r : ad_item_at(where, r, 1);
}

/* ---- From any thread ---- */

/* Without stand-ins there is nothing to plan for: the empty call fails and says what is missing. */
ad_runner *ad_physical_runner_at(ad_place where, ad_physical *p) {
  if (!p || !p->ctx) return NULL;
  ad_scope *s = ad_scope_begin(p->ctx);
  ad_array *in[AD_FLAT_ROLES + 1] = {NULL}, *bad = refused(p, where);
  int n = ad__physical_records(p);
  if (!bad) ad__physical_stand_ins(p, in);
  for (int r = 0; r < n; r++)
    if (!in[r]) in[r] = bad ? bad : ad__physical_error(p, where, AD_E_VALUE, "runner: a key leaves a dim open; shapes given when compiling that fix every dim are right");
  ad_runner *r = ad_runner_new_at(where, p->forward, in, n);
  ad_scope_end(s, NULL);
  return r;
}

/* ---- First parameters ---- */

/* Each parameter's numbers depend on the seed and its name alone, so another parameter changes nothing. FNV-1a. */
static uint64_t seed_of(uint64_t seed, const char *name) {
  uint64_t h = 14695981039346656037u ^ seed;
  for (; *name; name++) h = (h ^ (unsigned char)*name) * 1099511628211u;
  return h;
}

static ad_array *first_value(const ad_physical *p, ad_place where, const ad_flat_key *k, uint64_t seed, bool standard) {
  const ad_beginning *b = &k->begin;
  ad_dtype t = k->dtype ? k->dtype : p->dtype;
  if (b->kind == AD_BEGIN_ARRAY) return ad_array_dtype(b->array) == t ? b->array : ad_cast_at(where, b->array, t);
  bool open = k->rank < 0;
  for (int i = 0; i < k->rank; i++) open = open || k->dims[i] < 0;
  if (open || (b->kind == AD_BEGIN_UNKNOWN && !standard))
    return ad__physical_error(p, where, AD_E_VALUE, "first values: %s has shape %s%s%s; shapes given when compiling that fix every dim are right", k->name,
                              k->shape, b->lacks ? " and depends on that of " : "", b->lacks ? b->lacks : "");
  ad_shape shape = {k->rank, k->dims};
  ad_array *key = ad_random_key_at(where, p->ctx, (int64_t)seed_of(seed, k->name));
  if (standard || b->kind == AD_BEGIN_NORMAL)
    return ad_init_normal_at(where, p->ctx, key, shape, &(ad_init_normal_opts){.dtype = t, .std = AD_NUM(standard ? 1 : b->number)});
  if (b->kind == AD_BEGIN_CONSTANT) return ad_init_constant_at(where, p->ctx, b->number, shape, &(ad_init_opts){.dtype = t});
  return ad_init_uniform_at(where, p->ctx, key, shape, &(ad_init_uniform_opts){.dtype = t, .low = AD_NUM(-b->number), .high = AD_NUM(b->number)});
}

/* The keys of a role with their first values, as a record. */
static ad_array *first_values(ad_physical *p, ad_place where, ad_flat_role role, uint64_t seed, bool standard) {
  ad_array *bad = refused(p, where);
  if (bad) return bad;
  size_t n = (size_t)p->counts[role] + 1;
  ad_array **items = ad__mem_take(&p->ctx->mem, n * sizeof *items), *y = p->ctx->out_of_memory;
  const char **names = ad__mem_take(&p->ctx->mem, n * sizeof *names);
  ad_scope *s = ad_scope_begin(p->ctx);
  int k = 0;
  for (int i = 0; items && names && !bad && i < p->flat.input_count; i++) {
    const ad_flat_key *key = &p->flat.inputs[i];
    if (key->role != role) continue;
    names[k] = key->name;
    ad_array *a = items[k++] = first_value(p, where, key, seed, standard);
    if (ad_is_error(a)) bad = a;
  }
  if (items && names) y = bad ? bad : ad_record_at(where, p->ctx, names, items, k);
  y = ad_scope_end(s, y);
  ad__mem_give(&p->ctx->mem, items, items ? n * sizeof *items : 0);
  ad__mem_give(&p->ctx->mem, names, names ? n * sizeof *names : 0);
  return y;
}

ad_array *ad_physical_randomize_at(ad_place where, ad_physical *p, uint64_t seed, const ad_randomize_opts *opts) {
  return first_values(p, where, AD_FLAT_PARAM, seed, opts && opts->standard_normal);
}

ad_array *ad_physical_initial_states_at(ad_place where, ad_physical *p) { return first_values(p, where, AD_FLAT_STATE, 0, false); }

/* ---- Asking ---- */

static ad_flat_role role_of(ad_key_kind kind) {
  return kind == AD_KEY_PARAM ? AD_FLAT_PARAM : kind == AD_KEY_STATE ? AD_FLAT_STATE : AD_FLAT_DATA;
}

static const ad_flat_key *key_at(const ad_physical *p, ad_key_kind kind, int index) {
  if (!p || p->error || index < 0) return NULL;
  if (kind == AD_KEY_OUTPUT) return index < p->flat.output_count ? &p->flat.outputs[index] : NULL;
  return ad__physical_key(p, role_of(kind), index);
}

int ad_physical_key_count(const ad_physical *p, ad_key_kind kind) {
  if (!p || p->error) return 0;
  return kind == AD_KEY_OUTPUT ? p->flat.output_count : p->counts[role_of(kind)];
}

const char *ad_physical_key(const ad_physical *p, ad_key_kind kind, int index) {
  const ad_flat_key *k = key_at(p, kind, index);
  return k ? k->name : "";
}

const char *ad_physical_shape(const ad_physical *p, ad_key_kind kind, int index) {
  const ad_flat_key *k = key_at(p, kind, index);
  return k ? k->shape : "";
}

int ad_physical_op_count(const ad_physical *p) { return p && !p->error ? p->flat.op_count : 0; }
