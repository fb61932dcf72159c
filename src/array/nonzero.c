/* Where an array is not zero. The number of places depends on the values, so the array is evaluated and looked through. */
#include "array/index_items.h"

#include <string.h>
#include "ops/apply.h"
#include "ops/rules.h"

/* Writes the coordinates of the true elements, one array per axis; the type of the elements is that of out. */
#define FILL(type)                                                                              \
  static void fill_##type(const uint8_t *mask, const ad_type *t, char *const *out) {            \
    int64_t at[AD_MAX_RANK] = {0}, n = 0;                                                       \
    for (int64_t i = 0; i < t->size; i++) {                                                     \
      if (mask[i]) {                                                                            \
        for (int k = 0; k < t->rank; k++) ((type *)(void *)out[k])[n] = (type)at[k];            \
        n++;                                                                                    \
      }                                                                                         \
      for (int k = t->rank - 1; k >= 0 && ++at[k] == t->dims[k]; k--) at[k] = 0;                \
    }                                                                                           \
  }
FILL(uint32_t)
FILL(int64_t)

ad_array *ad__mask_positions(ad_place where, ad_array *mask, ad_array **out) {
  const uint8_t *data = ad_data(mask);
  if (ad_is_error(mask)) return mask;
  ad_ctx *c = mask->ctx;
  const ad_type *t = mask->type;
  if (!data && t->size) return c->out_of_memory;
  int64_t count = 0, longest = 0;
  for (int64_t i = 0; i < t->size; i++) count += data[i] != 0;
  for (int k = 0; k < t->rank; k++) longest = t->dims[k] > longest ? t->dims[k] : longest;
  bool narrow = longest <= UINT32_MAX;
  ad_err e;
  const ad_type *part = ad__type_tensor(c, narrow ? AD_UINT32 : AD_INT64, 1, &count, &e);
  if (!part) return ad__node_error(c, where, NULL, e.code, e.text);
  char *to[AD_MAX_RANK];
  for (int k = 0; k < t->rank; k++) {
    out[k] = ad__scope_take_error(ad__constant_new(c, where, part));
    if (ad__is_error(out[k])) return out[k];
    to[k] = out[k]->value.data;
  }
  if (narrow) fill_uint32_t(data, t, to);
  else fill_int64_t(data, t, to);
  return NULL;
}

ad_array *ad_nonzero_at(ad_place where, ad_array *a) {
  if (!a || ad__is_error(a)) return a ? a : ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL);
  ad_ctx *c = a->ctx;
  ad_array *parts[AD_MAX_RANK];
  ad_scope *s = ad_scope_begin(c);
  ad_array *y = NULL;
  if (a->type->kind != AD_KIND_TENSOR)
    y = ad__node_error(c, where, NULL, AD_E_TYPE, "nonzero: a tuple; one array is right");
  else if (a->type->rank == 0)
    y = ad__node_error(c, where, NULL, AD_E_VALUE, "nonzero: an array of rank 0; rank 1 or more is right");
  if (!y) y = ad__mask_positions(where, ad_cast_at(where, a, AD_BOOL), parts);
  if (!y) y = ad_tuple_at(where, c, parts, a->type->rank);
  return ad_scope_end(s, y);
}

ad_array *ad_argwhere_at(ad_place where, ad_array *a) {
  ad_array *places = ad_nonzero_at(where, a), *parts[AD_MAX_RANK];
  if (ad_is_error(places)) return places;
  ad_scope *s = ad_scope_begin(places->ctx);
  for (int k = 0; k < a->type->rank; k++) parts[k] = ad_item_at(where, places, k);
  return ad_scope_end(s, ad_stack_at(where, places->ctx, parts, a->type->rank, &(ad_stack_opts){.axis = AD_INT(1)}));
}
