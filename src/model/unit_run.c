/* What one unit computes when a model runs, on values that are all known: tensors are literals of kind ARRAY. */
#include <string.h>
#include "model/logical.h"
#include "ops/apply.h"

static ad_array *failure(ad_ctx *c, ad_place where, ad_status code, const char *text) {
  return ad__scope_take_error(ad__node_errorf(c, where, NULL, code, "%s", text));
}

ad_array *ad__look_error(const ad_look *l, ad_status code, const char *text) { return failure(l->ctx, l->where, code, text); }

ad_array *ad__value_array(ad_ctx *c, ad_place where, const ad_literal *v) {
  switch (v->kind) {
  case AD_LITERAL_BOOL: return ad_number_bool_at(where, c, v->as.i != 0);
  case AD_LITERAL_INT: return ad_number_int_at(where, c, v->as.i);
  case AD_LITERAL_FLOAT: return ad_number_at(where, c, v->as.f);
  case AD_LITERAL_ARRAY: return v->as.array;
  default: return failure(c, where, AD_E_TYPE, "a value that is no number and no tensor stands where one is right");
  }
}

static bool wrap(ad_arena *a, ad_array *y, const ad_literal **out) {
  ad_literal *v = AD_ARENA_NEW(a, ad_literal);
  if (!v) return false;
  v->kind = AD_LITERAL_ARRAY;
  v->as.array = y;
  *out = v;
  return true;
}

static bool all_numbers(const ad_literal *const *in, int n) {
  for (int i = 0; i < n; i++)
    if (!in[i] || !ad__literal_is_scalar(in[i])) return false;
  return n > 0;
}

/* Attributes that follow from shapes. */
static ad_status choose(ad_ctx *c, ad_arena *a, ad_unit *u, const ad_attr *params, ad_array *const *in, int n, const ad_attr **attrs, ad_err *e) {
  ad_rel_slot *slots = ad__arena_array(a, (size_t)n + 1, sizeof *slots, 8);
  if (!slots) return ad__fail(e, AD_E_MEMORY, "out of memory");
  for (int i = 0; i < n; i++) {
    slots[i] = (ad_rel_slot){.rank = -1, .missing = !in[i]};
    if (!in[i]) continue;
    ad_shape s = ad_array_shape(in[i]);
    slots[i].rank = s.rank;
    memcpy(slots[i].dims, s.dims, (size_t)s.rank * sizeof *s.dims);
  }
  (void)c;
  return ad__unit_choose(u, a, params ? params : u->model->params, slots, n, true, attrs, e);
}

static ad_array *run_op(ad_ctx *c, ad_place where, ad_arena *a, ad_unit *u, const ad_attr *params, const ad_attr *attrs, const ad_literal *const *in, const ad_literal **out) {
  const ad_op *op = u->op;
  int n = u->inputs;
  ad_err e = {.code = AD_OK};
  if (op->inputs == AD_INPUTS_ANY) {
    if (in[0]->kind != AD_LITERAL_LIST && in[0]->kind != AD_LITERAL_TUPLE) return failure(c, where, AD_E_TYPE, "no list of tensors; one is right");
    n = in[0]->count;
    in = in[0]->as.items;
  } else if (op->flags & AD_OP_ELEMENTWISE && op->outputs == 1 && all_numbers(in, n)) {
    *out = ad__fold_numbers(c, a, op, attrs, in, n, &e);
    return *out ? NULL : failure(c, where, e.code, e.text);
  }
  ad_array **arrays = ad__arena_array(a, (size_t)n + 1, sizeof *arrays, 8);
  if (!arrays) return c->out_of_memory;
  for (int i = 0; i < n; i++) {
    arrays[i] = in[i] ? ad__value_array(c, where, in[i]) : NULL;
    if (arrays[i] && ad_is_error(arrays[i])) return arrays[i];
  }
  if (u->model->block && u->model->block->choose && choose(c, a, u, params, arrays, n, &attrs, &e)) return failure(c, where, e.code, e.text);
  ad_array *y = ad_apply(c, where, op, arrays, n, attrs);
  if (ad_is_error(y)) return y;
  for (int k = 0; k < op->outputs; k++)
    if (!wrap(a, op->outputs == 1 ? y : ad_item_at(where, y, k), &out[k])) return c->out_of_memory;
  return NULL;
}

static ad_array *run_rule(ad_ctx *c, ad_place where, ad_arena *a, ad_unit *u, const ad_attr *params, const ad_literal *const *in, const ad_literal **out) {
  const ad_value_rule *rule = u->rule;
  ad_err e = {.code = AD_OK};
  ad_look l = {.ctx = c, .where = where, .arena = a, .params = params, .in = in, .inputs = u->inputs, .err = &e};
  *out = rule->value(&l);
  if (*out) return NULL;
  if (e.code) return failure(c, where, e.code, e.text);
  ad_array *y = rule->compute ? rule->compute(&l) : failure(c, where, AD_E_TYPE, "tensors were given where values are computed with");
  return ad_is_error(y) ? y : wrap(a, y, out) ? NULL : c->out_of_memory;
}

ad_array *ad__unit_run(ad_ctx *c, ad_place where, ad_arena *a, ad_unit *u, const ad_literal *const *in, const ad_literal **out) {
  ad_err e = {.code = AD_OK};
  const ad_attr *params = NULL, *attrs = u->attrs;
  ad_status s = AD_OK;
  if (u->wired || !u->op) s = ad__unit_params(u, a, in + u->inputs, &params, &e);
  if (!s && !u->op) return run_rule(c, where, a, u, params, in, out);
  if (!s && u->wired && !(u->model->block && u->model->block->choose)) s = ad__unit_attrs(u, a, params, &attrs, &e);
  return s ? failure(c, where, s, e.text) : run_op(c, where, a, u, params, attrs, in, out);
}
