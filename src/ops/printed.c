/* The C functions of the ops. Printed by `make gen` from the descriptors: do not edit. */
#include <adamant/ops.h>
#include "ops/registry.h"

ad_array *ad_cast_at(ad_place where, ad_array *a, ad_dtype dtype) {
  const ad_attr at[] = {ad_attr_dtype(dtype)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_cast, in, 1, at);
}

ad_array *ad_add_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_add, in, 2, NULL);
}

ad_array *ad_exp_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_exp, in, 1, NULL);
}

ad_array *ad_where_at(ad_place where, ad_array *condition, ad_array *x, ad_array *y) {
  ad_array *const in[] = {condition, x, y};
  return ad_apply(NULL, where, &ad__op_where, in, 3, NULL);
}
