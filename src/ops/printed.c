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

ad_array *ad_gather_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_gather_opts *opts) {
  static const ad_gather_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(opts->sizes), ad_attr_int(opts->at), ad_attr_int(opts->batch), ad_attr_text(opts->outside)};
  return ad_apply(ctx, where, &ad__op_gather, arrays, n, at);
}

ad_array *ad_scatter_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_opts *opts) {
  static const ad_scatter_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(opts->sizes), ad_attr_int(opts->at), ad_attr_int(opts->batch), ad_attr_text(opts->outside)};
  return ad_apply(ctx, where, &ad__op_scatter, arrays, n, at);
}

ad_array *ad_scatter_add_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_add_opts *opts) {
  static const ad_scatter_add_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(opts->sizes), ad_attr_int(opts->at), ad_attr_int(opts->batch), ad_attr_text(opts->outside)};
  return ad_apply(ctx, where, &ad__op_scatter_add, arrays, n, at);
}

ad_array *ad_scatter_multiply_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_multiply_opts *opts) {
  static const ad_scatter_multiply_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(opts->sizes), ad_attr_int(opts->at), ad_attr_int(opts->batch), ad_attr_text(opts->outside)};
  return ad_apply(ctx, where, &ad__op_scatter_multiply, arrays, n, at);
}

ad_array *ad_scatter_maximum_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_maximum_opts *opts) {
  static const ad_scatter_maximum_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(opts->sizes), ad_attr_int(opts->at), ad_attr_int(opts->batch), ad_attr_text(opts->outside)};
  return ad_apply(ctx, where, &ad__op_scatter_maximum, arrays, n, at);
}

ad_array *ad_scatter_minimum_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_minimum_opts *opts) {
  static const ad_scatter_minimum_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(opts->sizes), ad_attr_int(opts->at), ad_attr_int(opts->batch), ad_attr_text(opts->outside)};
  return ad_apply(ctx, where, &ad__op_scatter_minimum, arrays, n, at);
}
