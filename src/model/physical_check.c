/* What a call is given: names, kinds, dtypes and shapes of its parameters and data against the keys of the model.
 *
 * Types are interned, names of members included, so records of types that were checked before are known to be right, and to lie in
 * the order of the keys: then a call costs two comparisons. */
#include <string.h>
#include "model/physical.h"
#include "ops/apply.h"

static const char *const role_words[] = {"parameter", "data", "state"}, *const role_lists[] = {"parameters", "data", "states"};

const ad_flat_key *ad__physical_key(const ad_physical *p, ad_flat_role role, int i) {
  for (int k = 0; k < p->flat.input_count; k++)
    if (p->flat.inputs[k].role == role && !i--) return &p->flat.inputs[k];
  return NULL;
}

/* ---- One member ---- */

static unsigned kind_of(ad_dtype t) {
  switch (ad_dtype_category(t)) {
  case AD_CATEGORY_BOOL: return AD_IS_TENSOR_BOOL | AD_IS_BOOL;
  case AD_CATEGORY_UINT:
  case AD_CATEGORY_INT: return AD_IS_TENSOR_INT | AD_IS_INT;
  case AD_CATEGORY_FLOAT: return AD_IS_TENSOR_FLOAT | AD_IS_FLOAT;
  default: return AD_IS_TENSOR_COMPLEX;
  }
}

static ad_array *wrong_shape(const ad_physical *p, ad_place where, const ad_flat_key *k, const ad_array *a) {
  ad_text t;
  ad__text_init(&t, &p->ctx->mem);
  for (int i = 0; i < ad_array_rank(a); i++) ad__text_fmt(&t, "%s%lld", i ? ", " : "", (long long)ad_array_dim(a, i));
  ad_array *y = ad__physical_error(p, where, AD_E_VALUE, "evaluate: %s %s of shape (%s) was given; %s is right", role_words[k->role], k->name,
                                   ad__text_str(&t), k->shape);
  ad__text_free(&t);
  return y;
}

/* bound: what the symbols are in this call, -1 where not yet known. */
static ad_array *check(const ad_physical *p, ad_place where, const ad_flat_key *k, const ad_array *a, int64_t *bound) {
  if (a->type->kind != AD_KIND_TENSOR)
    return ad__physical_error(p, where, AD_E_TYPE, "evaluate: %s %s: a tuple or record was given; an array is right", role_words[k->role], k->name);
  ad_dtype t = ad_array_dtype(a);
  bool weak = a->flags & AD_NODE_WEAK;
  if (k->dtype ? !weak && t != k->dtype : !(kind_of(t) & k->kinds)) {
    ad_text right;
    ad__text_init(&right, &p->ctx->mem);
    if (k->dtype) ad__text_add(&right, ad_dtype_name(k->dtype));
    else ad__kinds_print(k->kinds & AD_IS_TENSOR ? k->kinds & AD_IS_TENSOR : k->kinds, &right);
    ad_array *y = ad__physical_error(p, where, AD_E_TYPE, "evaluate: %s %s of dtype %s was given; %s is right", role_words[k->role], k->name,
                                     ad_dtype_name(t), ad__text_str(&right));
    ad__text_free(&right);
    return y;
  }
  if (k->rank >= 0 && k->rank != ad_array_rank(a)) return wrong_shape(p, where, k, a);
  for (int i = 0; i < k->rank; i++) {
    int64_t want = k->dims[i], have = ad_array_dim(a, i);
    if (want == AD_FLAT_OPEN) continue;
    if (want < 0) {
      int64_t *symbol = &bound[-1 - want];
      if (*symbol < 0) *symbol = have;
      want = *symbol;
    }
    if (want != have) return wrong_shape(p, where, k, a);
  }
  return NULL;
}

/* ---- A record ---- */

static bool in_order(const ad_physical *p, const ad_array *given, ad_flat_role role) {
  int n = 0;
  if (given->type->kind != AD_KIND_RECORD || given->type->rank != p->counts[role]) return false;
  for (int i = 0; i < p->flat.input_count; i++)
    if (p->flat.inputs[i].role == role && strcmp(given->type->names[n++], p->flat.inputs[i].name)) return false;
  return true;
}

static ad_array *missing(const ad_physical *p, ad_place where, ad_flat_role role, const char *name) {
  const char *alike = ad__conn_alike(p->model, name);
  if (!alike) return ad__physical_error(p, where, AD_E_KEY, "evaluate: %s %s is missing", role_words[role], name);
  return ad__physical_error(p, where, AD_E_KEY, "evaluate: %s %s is missing; the model has %s too, was that meant in the wiring?", role_words[role], name, alike);
}

static ad_array *unknown(const ad_physical *p, ad_place where, ad_flat_role role, const char *name) {
  ad_nearest near;
  char hint[240];
  ad__nearest_begin(&near, name, strlen(name));
  for (int i = 0; i < p->flat.input_count; i++) {
    const ad_flat_key *k = &p->flat.inputs[i];
    if (!strcmp(k->name, name))
      return ad__physical_error(p, where, AD_E_KEY, "evaluate: %.80s was given among the %s; among the %s is right", name,
                                role_lists[role], role_lists[k->role]);
    if (k->role == role) ad__nearest_try(&near, k->name);
  }
  return ad__physical_error(p, where, AD_E_KEY, "evaluate: %s %.80s: the model has no such key%s", role_words[role], name,
                            ad__nearest_text(&near, hint, sizeof hint));
}

static bool is_key(const ad_physical *p, ad_flat_role role, const char *name) {
  for (int i = 0; i < p->flat.input_count; i++)
    if (p->flat.inputs[i].role == role && !strcmp(p->flat.inputs[i].name, name)) return true;
  return false;
}

/* Where each name is among the members. */
static bool places_of(const ad_array *given, int members, ad_map *out) {
  for (int i = 0; i < members; i++) {
    const char *name = ad_item_name(given, i);
    ad_map_value *v = ad__map_put(out, ad__map_text(name, strlen(name)), NULL);
    if (!v) return false;
    v->number = (uint64_t)i;
  }
  return true;
}

static ad_array *collect(const ad_physical *p, ad_place where, ad_array *given, ad_flat_role role, const ad_map *places, const char **names,
                         ad_array **items) {
  int n = p->counts[role], k = 0, members = given ? ad_item_count(given) : 0;
  for (int i = 0; i < p->flat.input_count; i++) {
    const ad_flat_key *key = &p->flat.inputs[i];
    if (key->role != role) continue;
    const ad_map_value *at = ad__map_find(places, ad__map_text(key->name, strlen(key->name)));
    if (at) names[k] = key->name, items[k++] = ad_item_at(where, given, (int)at->number);
  }
  for (int i = 0; k < members && i < members; i++) /* misspelt ones are told before those that are then missing */
    if (!is_key(p, role, ad_item_name(given, i))) return unknown(p, where, role, ad_item_name(given, i));
  for (int i = 0; k < n && i < p->flat.input_count; i++) {
    const ad_flat_key *key = &p->flat.inputs[i];
    if (key->role == role && !ad__map_find(places, ad__map_text(key->name, strlen(key->name))))
      return missing(p, where, role, key->name);
  }
  return ad_record_at(where, p->ctx, names, items, n);
}

/* The members of a record in the order of the keys, as a record. */
static ad_array *ordered(const ad_physical *p, ad_place where, ad_array *given, ad_flat_role role) {
  int members = given ? ad_item_count(given) : 0;
  size_t bytes = (size_t)(p->counts[role] + 1) * sizeof(void *);
  ad_map places;
  if (given && given->type->kind != AD_KIND_RECORD && !(given->type->kind == AD_KIND_TUPLE && !members))
    return ad__physical_error(p, where, AD_E_TYPE, "evaluate: %s: a record of names and arrays is right", role_lists[role]);
  ad_array **items = ad__mem_take(&p->ctx->mem, bytes), *y = p->ctx->out_of_memory;
  const char **names = ad__mem_take(&p->ctx->mem, bytes);
  ad__map_init(&places, &p->ctx->mem);
  if (items && names && places_of(given, members, &places)) y = collect(p, where, given, role, &places, names, items);
  ad__map_free(&places);
  ad__mem_give(&p->ctx->mem, items, items ? bytes : 0);
  ad__mem_give(&p->ctx->mem, names, names ? bytes : 0);
  return y;
}

static ad_array *check_members(const ad_physical *p, ad_place where, ad_array *const *in) {
  size_t bytes = (size_t)(p->flat.symbol_count + 1) * sizeof(int64_t);
  int64_t *bound = ad__mem_take(&p->ctx->mem, bytes);
  int next[AD_FLAT_ROLES] = {0};
  ad_array *bad = bound ? NULL : p->ctx->out_of_memory;
  for (int i = 0; !bad && i < p->flat.symbol_count; i++) bound[i] = -1;
  for (int i = 0; !bad && i < p->flat.input_count; i++) {
    const ad_flat_key *k = &p->flat.inputs[i];
    ad_array *a = ad_item_at(where, in[k->role], next[k->role]++);
    bad = ad_is_error(a) ? a : check(p, where, k, a, bound);
  }
  ad__mem_give(&p->ctx->mem, bound, bound ? bytes : 0);
  return bad;
}

ad_array *ad__physical_inputs(ad_physical *p, ad_place where, ad_array *const *given, ad_array **out) {
  int n = ad__physical_records(p);
  bool known = true;
  for (int r = 0; r < n; r++) {
    if (given[r] && ad_is_error(given[r])) return given[r];
    known = known && given[r] && given[r]->type == p->seen[r];
  }
  for (int r = 0; r < n; r++) {
    out[r] = known || (given[r] && in_order(p, given[r], (ad_flat_role)r)) ? given[r] : ordered(p, where, given[r], (ad_flat_role)r);
    if (ad_is_error(out[r])) return out[r];
  }
  known = true;
  for (int r = 0; r < n; r++) known = known && out[r]->type == p->seen[r];
  if (known) return NULL;
  ad_array *bad = check_members(p, where, out);
  for (int r = 0; r < n && !bad; r++) p->seen[r] = out[r]->type;
  return bad;
}
