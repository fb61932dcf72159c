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

ad_array *ad_reshape_at(ad_place where, ad_array *a, ad_shape shape) {
  const ad_attr at[] = {ad_attr_shape(shape)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_reshape, in, 1, at);
}

ad_array *ad_transpose_at(ad_place where, ad_array *a, const ad_transpose_opts *opts) {
  static const ad_transpose_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_transpose, in, 1, at);
}

ad_array *ad_broadcast_to_at(ad_place where, ad_array *a, ad_shape shape) {
  const ad_attr at[] = {ad_attr_shape(shape)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_broadcast_to, in, 1, at);
}

ad_array *ad_expand_dims_at(ad_place where, ad_array *a, ad_ints axes) {
  const ad_attr at[] = {ad_attr_ints(axes)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_expand_dims, in, 1, at);
}

ad_array *ad_squeeze_at(ad_place where, ad_array *a, const ad_squeeze_opts *opts) {
  static const ad_squeeze_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_squeeze, in, 1, at);
}

ad_array *ad_flip_at(ad_place where, ad_array *a, const ad_flip_opts *opts) {
  static const ad_flip_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_flip, in, 1, at);
}

ad_array *ad_strided_slice_at(ad_place where, ad_array *a, ad_ints start, ad_ints stop, const ad_strided_slice_opts *opts) {
  static const ad_strided_slice_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(start), ad_attr_ints(stop), ad_attr_ints(opts->step)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_strided_slice, in, 1, at);
}

ad_array *ad_pad_constant_at(ad_place where, ad_array *a, ad_array *value, ad_ints low, ad_ints high, const ad_pad_constant_opts *opts) {
  static const ad_pad_constant_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(low), ad_attr_ints(high), ad_attr_ints(opts->interior)};
  ad_array *const in[] = {a, value};
  return ad_apply(NULL, where, &ad__op_pad_constant, in, 2, at);
}

ad_array *ad_concatenate_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, const ad_concatenate_opts *opts) {
  static const ad_concatenate_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis)};
  return ad_apply(ctx, where, &ad__op_concatenate, arrays, n, at);
}

ad_array *ad_zeros_at(ad_place where, ad_ctx *ctx, ad_shape shape, const ad_zeros_opts *opts) {
  static const ad_zeros_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_zeros, NULL, 0, at);
}

ad_array *ad_ones_at(ad_place where, ad_ctx *ctx, ad_shape shape, const ad_ones_opts *opts) {
  static const ad_ones_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_ones, NULL, 0, at);
}

ad_array *ad_empty_at(ad_place where, ad_ctx *ctx, ad_shape shape, const ad_empty_opts *opts) {
  static const ad_empty_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_empty, NULL, 0, at);
}

ad_array *ad_full_at(ad_place where, ad_array *value, ad_shape shape, const ad_full_opts *opts) {
  static const ad_full_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {value};
  return ad_apply(NULL, where, &ad__op_full, in, 1, at);
}

ad_array *ad_arange_at(ad_place where, ad_ctx *ctx, double start, double stop, const ad_arange_opts *opts) {
  static const ad_arange_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(AD_NUM(start)), ad_attr_num(AD_NUM(stop)), ad_attr_num(opts->step), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_arange, NULL, 0, at);
}

ad_array *ad_iota_at(ad_place where, ad_ctx *ctx, int64_t count, const ad_iota_opts *opts) {
  static const ad_iota_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(count)), ad_attr_int(opts->start), ad_attr_int(opts->step), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_iota, NULL, 0, at);
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
