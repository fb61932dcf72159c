/* The C functions of the ops. Generated: `make gen` prints it from the descriptors; do not edit. */
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

ad_array *ad_subtract_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_subtract, in, 2, NULL);
}

ad_array *ad_multiply_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_multiply, in, 2, NULL);
}

ad_array *ad_divide_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_divide, in, 2, NULL);
}

ad_array *ad_floor_divide_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_floor_divide, in, 2, NULL);
}

ad_array *ad_remainder_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_remainder, in, 2, NULL);
}

ad_array *ad_divmod_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_divmod, in, 2, NULL);
}

ad_array *ad_power_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_power, in, 2, NULL);
}

ad_array *ad_maximum_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_maximum, in, 2, NULL);
}

ad_array *ad_minimum_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_minimum, in, 2, NULL);
}

ad_array *ad_negative_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_negative, in, 1, NULL);
}

ad_array *ad_positive_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_positive, in, 1, NULL);
}

ad_array *ad_abs_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_abs, in, 1, NULL);
}

ad_array *ad_sign_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_sign, in, 1, NULL);
}

ad_array *ad_square_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_square, in, 1, NULL);
}

ad_array *ad_reciprocal_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_reciprocal, in, 1, NULL);
}

ad_array *ad_copysign_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_copysign, in, 2, NULL);
}

ad_array *ad_hypot_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_hypot, in, 2, NULL);
}

ad_array *ad_nextafter_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_nextafter, in, 2, NULL);
}

ad_array *ad_sqrt_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_sqrt, in, 1, NULL);
}

ad_array *ad_rsqrt_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_rsqrt, in, 1, NULL);
}

ad_array *ad_cbrt_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_cbrt, in, 1, NULL);
}

ad_array *ad_exp_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_exp, in, 1, NULL);
}

ad_array *ad_exp2_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_exp2, in, 1, NULL);
}

ad_array *ad_expm1_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_expm1, in, 1, NULL);
}

ad_array *ad_log_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_log, in, 1, NULL);
}

ad_array *ad_log2_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_log2, in, 1, NULL);
}

ad_array *ad_log10_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_log10, in, 1, NULL);
}

ad_array *ad_log1p_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_log1p, in, 1, NULL);
}

ad_array *ad_logaddexp_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_logaddexp, in, 2, NULL);
}

ad_array *ad_sin_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_sin, in, 1, NULL);
}

ad_array *ad_cos_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_cos, in, 1, NULL);
}

ad_array *ad_tan_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_tan, in, 1, NULL);
}

ad_array *ad_arcsin_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_arcsin, in, 1, NULL);
}

ad_array *ad_arccos_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_arccos, in, 1, NULL);
}

ad_array *ad_arctan_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_arctan, in, 1, NULL);
}

ad_array *ad_arctan2_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_arctan2, in, 2, NULL);
}

ad_array *ad_sinh_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_sinh, in, 1, NULL);
}

ad_array *ad_cosh_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_cosh, in, 1, NULL);
}

ad_array *ad_tanh_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_tanh, in, 1, NULL);
}

ad_array *ad_arcsinh_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_arcsinh, in, 1, NULL);
}

ad_array *ad_arccosh_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_arccosh, in, 1, NULL);
}

ad_array *ad_arctanh_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_arctanh, in, 1, NULL);
}

ad_array *ad_degrees_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_degrees, in, 1, NULL);
}

ad_array *ad_radians_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_radians, in, 1, NULL);
}

ad_array *ad_erf_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_erf, in, 1, NULL);
}

ad_array *ad_erfinv_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_erfinv, in, 1, NULL);
}

ad_array *ad_sigmoid_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_sigmoid, in, 1, NULL);
}

ad_array *ad_relu_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_relu, in, 1, NULL);
}

ad_array *ad_gelu_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_gelu, in, 1, NULL);
}

ad_array *ad_gelu_approx_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_gelu_approx, in, 1, NULL);
}

ad_array *ad_silu_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_silu, in, 1, NULL);
}

ad_array *ad_softplus_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_softplus, in, 1, NULL);
}

ad_array *ad_floor_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_floor, in, 1, NULL);
}

ad_array *ad_ceil_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_ceil, in, 1, NULL);
}

ad_array *ad_trunc_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_trunc, in, 1, NULL);
}

ad_array *ad_rint_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_rint, in, 1, NULL);
}

ad_array *ad_round_at(ad_place where, ad_array *a, const ad_round_opts *opts) {
  static const ad_round_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->decimals)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_round, in, 1, at);
}

ad_array *ad_isnan_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_isnan, in, 1, NULL);
}

ad_array *ad_isinf_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_isinf, in, 1, NULL);
}

ad_array *ad_isfinite_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_isfinite, in, 1, NULL);
}

ad_array *ad_isposinf_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_isposinf, in, 1, NULL);
}

ad_array *ad_isneginf_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_isneginf, in, 1, NULL);
}

ad_array *ad_signbit_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_signbit, in, 1, NULL);
}

ad_array *ad_nan_to_num_at(ad_place where, ad_array *a, const ad_nan_to_num_opts *opts) {
  static const ad_nan_to_num_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->nan), ad_attr_num(opts->posinf), ad_attr_num(opts->neginf)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_nan_to_num, in, 1, at);
}

ad_array *ad_equal_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_equal, in, 2, NULL);
}

ad_array *ad_not_equal_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_not_equal, in, 2, NULL);
}

ad_array *ad_less_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_less, in, 2, NULL);
}

ad_array *ad_less_equal_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_less_equal, in, 2, NULL);
}

ad_array *ad_greater_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_greater, in, 2, NULL);
}

ad_array *ad_greater_equal_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_greater_equal, in, 2, NULL);
}

ad_array *ad_isclose_at(ad_place where, ad_array *a, ad_array *b, const ad_isclose_opts *opts) {
  static const ad_isclose_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->rtol), ad_attr_num(opts->atol), ad_attr_flag(opts->equal_nan)};
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_isclose, in, 2, at);
}

ad_array *ad_allclose_at(ad_place where, ad_array *a, ad_array *b, const ad_allclose_opts *opts) {
  static const ad_allclose_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->rtol), ad_attr_num(opts->atol), ad_attr_flag(opts->equal_nan)};
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_allclose, in, 2, at);
}

ad_array *ad_array_equal_at(ad_place where, ad_array *a, ad_array *b, const ad_array_equal_opts *opts) {
  static const ad_array_equal_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_flag(opts->equal_nan)};
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_array_equal, in, 2, at);
}

ad_array *ad_logical_not_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_logical_not, in, 1, NULL);
}

ad_array *ad_logical_and_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_logical_and, in, 2, NULL);
}

ad_array *ad_logical_or_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_logical_or, in, 2, NULL);
}

ad_array *ad_logical_xor_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_logical_xor, in, 2, NULL);
}

ad_array *ad_bitwise_invert_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_bitwise_invert, in, 1, NULL);
}

ad_array *ad_bitwise_and_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_bitwise_and, in, 2, NULL);
}

ad_array *ad_bitwise_or_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_bitwise_or, in, 2, NULL);
}

ad_array *ad_bitwise_xor_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_bitwise_xor, in, 2, NULL);
}

ad_array *ad_left_shift_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_left_shift, in, 2, NULL);
}

ad_array *ad_right_shift_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_right_shift, in, 2, NULL);
}

ad_array *ad_where_at(ad_place where, ad_array *condition, ad_array *x, ad_array *y) {
  ad_array *const in[] = {condition, x, y};
  return ad_apply(NULL, where, &ad__op_where, in, 3, NULL);
}

ad_array *ad_clip_at(ad_place where, ad_array *a, ad_array *a_min, ad_array *a_max) {
  ad_array *const in[] = {a, a_min, a_max};
  return ad_apply(NULL, where, &ad__op_clip, in, 3, NULL);
}

ad_array *ad_stop_gradient_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_stop_gradient, in, 1, NULL);
}

ad_array *ad_conjugate_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_conjugate, in, 1, NULL);
}

ad_array *ad_real_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_real, in, 1, NULL);
}

ad_array *ad_imag_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_imag, in, 1, NULL);
}

ad_array *ad_make_complex_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_make_complex, in, 2, NULL);
}

ad_array *ad_to_fp8_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_to_fp8, in, 1, NULL);
}

ad_array *ad_from_fp8_at(ad_place where, ad_array *a, const ad_from_fp8_opts *opts) {
  static const ad_from_fp8_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_from_fp8, in, 1, at);
}

ad_array *ad_sum_at(ad_place where, ad_array *a, const ad_sum_opts *opts) {
  static const ad_sum_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_sum, in, 1, at);
}

ad_array *ad_prod_at(ad_place where, ad_array *a, const ad_prod_opts *opts) {
  static const ad_prod_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_prod, in, 1, at);
}

ad_array *ad_all_at(ad_place where, ad_array *a, const ad_all_opts *opts) {
  static const ad_all_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_all, in, 1, at);
}

ad_array *ad_any_at(ad_place where, ad_array *a, const ad_any_opts *opts) {
  static const ad_any_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_any, in, 1, at);
}

ad_array *ad_max_at(ad_place where, ad_array *a, const ad_max_opts *opts) {
  static const ad_max_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_max, in, 1, at);
}

ad_array *ad_min_at(ad_place where, ad_array *a, const ad_min_opts *opts) {
  static const ad_min_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_min, in, 1, at);
}

ad_array *ad_argmax_at(ad_place where, ad_array *a, const ad_argmax_opts *opts) {
  static const ad_argmax_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_flag(opts->keepdims)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_argmax, in, 1, at);
}

ad_array *ad_argmin_at(ad_place where, ad_array *a, const ad_argmin_opts *opts) {
  static const ad_argmin_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_flag(opts->keepdims)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_argmin, in, 1, at);
}

ad_array *ad_mean_at(ad_place where, ad_array *a, const ad_mean_opts *opts) {
  static const ad_mean_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_mean, in, 1, at);
}

ad_array *ad_var_at(ad_place where, ad_array *a, const ad_var_opts *opts) {
  static const ad_var_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims), ad_attr_num(opts->ddof), ad_attr_num(opts->correction)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_var, in, 1, at);
}

ad_array *ad_std_at(ad_place where, ad_array *a, const ad_std_opts *opts) {
  static const ad_std_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims), ad_attr_num(opts->ddof), ad_attr_num(opts->correction)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_std, in, 1, at);
}

ad_array *ad_logsumexp_at(ad_place where, ad_array *a, const ad_logsumexp_opts *opts) {
  static const ad_logsumexp_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_logsumexp, in, 1, at);
}

ad_array *ad_count_nonzero_at(ad_place where, ad_array *a, const ad_count_nonzero_opts *opts) {
  static const ad_count_nonzero_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_count_nonzero, in, 1, at);
}

ad_array *ad_softmax_at(ad_place where, ad_array *a, const ad_softmax_opts *opts) {
  static const ad_softmax_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->precise)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_softmax, in, 1, at);
}

ad_array *ad_log_softmax_at(ad_place where, ad_array *a, const ad_log_softmax_opts *opts) {
  static const ad_log_softmax_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->precise)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_log_softmax, in, 1, at);
}

ad_array *ad_cumsum_at(ad_place where, ad_array *a, const ad_cumsum_opts *opts) {
  static const ad_cumsum_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_flag(opts->reverse), ad_attr_flag(opts->exclusive), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_cumsum, in, 1, at);
}

ad_array *ad_cumprod_at(ad_place where, ad_array *a, const ad_cumprod_opts *opts) {
  static const ad_cumprod_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_flag(opts->reverse), ad_attr_flag(opts->exclusive), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_cumprod, in, 1, at);
}

ad_array *ad_cummax_at(ad_place where, ad_array *a, const ad_cummax_opts *opts) {
  static const ad_cummax_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_flag(opts->reverse), ad_attr_flag(opts->exclusive)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_cummax, in, 1, at);
}

ad_array *ad_cummin_at(ad_place where, ad_array *a, const ad_cummin_opts *opts) {
  static const ad_cummin_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_flag(opts->reverse), ad_attr_flag(opts->exclusive)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_cummin, in, 1, at);
}

ad_array *ad_logcumsumexp_at(ad_place where, ad_array *a, const ad_logcumsumexp_opts *opts) {
  static const ad_logcumsumexp_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_flag(opts->reverse), ad_attr_flag(opts->exclusive)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_logcumsumexp, in, 1, at);
}

ad_array *ad_sort_at(ad_place where, ad_array *a, const ad_sort_opts *opts) {
  static const ad_sort_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_flag(opts->descending)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_sort, in, 1, at);
}

ad_array *ad_argsort_at(ad_place where, ad_array *a, const ad_argsort_opts *opts) {
  static const ad_argsort_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_flag(opts->descending)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_argsort, in, 1, at);
}

ad_array *ad_partition_at(ad_place where, ad_array *a, int64_t kth, const ad_partition_opts *opts) {
  static const ad_partition_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(kth)), ad_attr_int(opts->axis)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_partition, in, 1, at);
}

ad_array *ad_argpartition_at(ad_place where, ad_array *a, int64_t kth, const ad_argpartition_opts *opts) {
  static const ad_argpartition_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(kth)), ad_attr_int(opts->axis)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_argpartition, in, 1, at);
}

ad_array *ad_topk_at(ad_place where, ad_array *a, int64_t k, const ad_topk_opts *opts) {
  static const ad_topk_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(k)), ad_attr_int(opts->axis)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_topk, in, 1, at);
}

ad_array *ad_argtopk_at(ad_place where, ad_array *a, int64_t k, const ad_argtopk_opts *opts) {
  static const ad_argtopk_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(k)), ad_attr_int(opts->axis)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_argtopk, in, 1, at);
}

ad_array *ad_searchsorted_at(ad_place where, ad_array *a, ad_array *v, const ad_searchsorted_opts *opts) {
  static const ad_searchsorted_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_text(opts->side)};
  ad_array *const in[] = {a, v};
  return ad_apply(NULL, where, &ad__op_searchsorted, in, 2, at);
}

ad_array *ad_isin_at(ad_place where, ad_array *a, ad_array *test, const ad_isin_opts *opts) {
  static const ad_isin_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_flag(opts->invert)};
  ad_array *const in[] = {a, test};
  return ad_apply(NULL, where, &ad__op_isin, in, 2, at);
}

ad_array *ad_median_at(ad_place where, ad_array *a, const ad_median_opts *opts) {
  static const ad_median_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_median, in, 1, at);
}

ad_array *ad_diff_at(ad_place where, ad_array *a, ad_array *prepend, ad_array *append, const ad_diff_opts *opts) {
  static const ad_diff_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->n), ad_attr_int(opts->axis)};
  ad_array *const in[] = {a, prepend, append};
  return ad_apply(NULL, where, &ad__op_diff, in, 3, at);
}

ad_array *ad_trapezoid_at(ad_place where, ad_array *y, ad_array *x, const ad_trapezoid_opts *opts) {
  static const ad_trapezoid_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->dx), ad_attr_int(opts->axis)};
  ad_array *const in[] = {y, x};
  return ad_apply(NULL, where, &ad__op_trapezoid, in, 2, at);
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

ad_array *ad_stack_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, const ad_stack_opts *opts) {
  static const ad_stack_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis)};
  return ad_apply(ctx, where, &ad__op_stack, arrays, n, at);
}

ad_array *ad_flatten_at(ad_place where, ad_array *a, const ad_flatten_opts *opts) {
  static const ad_flatten_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->start), ad_attr_int(opts->end)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_flatten, in, 1, at);
}

ad_array *ad_unflatten_at(ad_place where, ad_array *a, int64_t axis, ad_shape shape) {
  const ad_attr at[] = {ad_attr_int(AD_INT(axis)), ad_attr_shape(shape)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_unflatten, in, 1, at);
}

ad_array *ad_moveaxis_at(ad_place where, ad_array *a, int64_t source, int64_t destination) {
  const ad_attr at[] = {ad_attr_int(AD_INT(source)), ad_attr_int(AD_INT(destination))};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_moveaxis, in, 1, at);
}

ad_array *ad_swapaxes_at(ad_place where, ad_array *a, int64_t axis1, int64_t axis2) {
  const ad_attr at[] = {ad_attr_int(AD_INT(axis1)), ad_attr_int(AD_INT(axis2))};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_swapaxes, in, 1, at);
}

ad_array *ad_matrix_transpose_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_matrix_transpose, in, 1, NULL);
}

ad_array *ad_atleast_1d_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_atleast_1d, in, 1, NULL);
}

ad_array *ad_atleast_2d_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_atleast_2d, in, 1, NULL);
}

ad_array *ad_atleast_3d_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_atleast_3d, in, 1, NULL);
}

ad_array *ad_repeat_at(ad_place where, ad_array *a, int64_t repeats, const ad_repeat_opts *opts) {
  static const ad_repeat_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(repeats)), ad_attr_int(opts->axis)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_repeat, in, 1, at);
}

ad_array *ad_tile_at(ad_place where, ad_array *a, ad_ints reps) {
  const ad_attr at[] = {ad_attr_ints(reps)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_tile, in, 1, at);
}

ad_array *ad_roll_at(ad_place where, ad_array *a, ad_ints shift, const ad_roll_opts *opts) {
  static const ad_roll_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(shift), ad_attr_ints(opts->axes)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_roll, in, 1, at);
}

ad_array *ad_pad_at(ad_place where, ad_array *a, ad_ints width, const ad_pad_opts *opts) {
  static const ad_pad_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(width), ad_attr_text(opts->mode), ad_attr_num(opts->value)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_pad, in, 1, at);
}

ad_array *ad_diagonal_at(ad_place where, ad_array *a, const ad_diagonal_opts *opts) {
  static const ad_diagonal_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->offset), ad_attr_int(opts->axis1), ad_attr_int(opts->axis2)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_diagonal, in, 1, at);
}

ad_array *ad_trace_at(ad_place where, ad_array *a, const ad_trace_opts *opts) {
  static const ad_trace_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->offset), ad_attr_int(opts->axis1), ad_attr_int(opts->axis2), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_trace, in, 1, at);
}

ad_array *ad_diag_at(ad_place where, ad_array *a, const ad_diag_opts *opts) {
  static const ad_diag_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->offset)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_diag, in, 1, at);
}

ad_array *ad_tril_at(ad_place where, ad_array *a, const ad_tril_opts *opts) {
  static const ad_tril_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->k)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_tril, in, 1, at);
}

ad_array *ad_triu_at(ad_place where, ad_array *a, const ad_triu_opts *opts) {
  static const ad_triu_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->k)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_triu, in, 1, at);
}

ad_array *ad_copy_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_copy, in, 1, NULL);
}

ad_array *ad_contiguous_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_contiguous, in, 1, NULL);
}

ad_array *ad_view_at(ad_place where, ad_array *a, ad_dtype dtype) {
  const ad_attr at[] = {ad_attr_dtype(dtype)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_view, in, 1, at);
}

ad_array *ad_as_strided_at(ad_place where, ad_array *a, ad_shape shape, const ad_as_strided_opts *opts) {
  static const ad_as_strided_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_ints(opts->strides), ad_attr_int(opts->offset)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_as_strided, in, 1, at);
}

ad_array *ad_barrier_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n) {
  return ad_apply(ctx, where, &ad__op_barrier, arrays, n, NULL);
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

ad_array *ad_zeros_like_at(ad_place where, ad_array *a, const ad_zeros_like_opts *opts) {
  static const ad_zeros_like_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_zeros_like, in, 1, at);
}

ad_array *ad_ones_like_at(ad_place where, ad_array *a, const ad_ones_like_opts *opts) {
  static const ad_ones_like_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_ones_like, in, 1, at);
}

ad_array *ad_empty_like_at(ad_place where, ad_array *a, const ad_empty_like_opts *opts) {
  static const ad_empty_like_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_empty_like, in, 1, at);
}

ad_array *ad_full_like_at(ad_place where, ad_array *a, ad_array *value, const ad_full_like_opts *opts) {
  static const ad_full_like_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {a, value};
  return ad_apply(NULL, where, &ad__op_full_like, in, 2, at);
}

ad_array *ad_tri_at(ad_place where, ad_ctx *ctx, int64_t n, const ad_tri_opts *opts) {
  static const ad_tri_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(n)), ad_attr_int(opts->m), ad_attr_int(opts->k), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_tri, NULL, 0, at);
}

ad_array *ad_eye_at(ad_place where, ad_ctx *ctx, int64_t n, const ad_eye_opts *opts) {
  static const ad_eye_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(n)), ad_attr_int(opts->m), ad_attr_int(opts->k), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_eye, NULL, 0, at);
}

ad_array *ad_identity_at(ad_place where, ad_ctx *ctx, int64_t n, const ad_identity_opts *opts) {
  static const ad_identity_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(n)), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_identity, NULL, 0, at);
}

ad_array *ad_linspace_at(ad_place where, ad_ctx *ctx, double start, double stop, const ad_linspace_opts *opts) {
  static const ad_linspace_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(AD_NUM(start)), ad_attr_num(AD_NUM(stop)), ad_attr_int(opts->num), ad_attr_flag(opts->half_open), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_linspace, NULL, 0, at);
}

ad_array *ad_bartlett_at(ad_place where, ad_ctx *ctx, int64_t size, const ad_bartlett_opts *opts) {
  static const ad_bartlett_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(size)), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_bartlett, NULL, 0, at);
}

ad_array *ad_hanning_at(ad_place where, ad_ctx *ctx, int64_t size, const ad_hanning_opts *opts) {
  static const ad_hanning_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(size)), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_hanning, NULL, 0, at);
}

ad_array *ad_hamming_at(ad_place where, ad_ctx *ctx, int64_t size, const ad_hamming_opts *opts) {
  static const ad_hamming_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(size)), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_hamming, NULL, 0, at);
}

ad_array *ad_blackman_at(ad_place where, ad_ctx *ctx, int64_t size, const ad_blackman_opts *opts) {
  static const ad_blackman_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(size)), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_blackman, NULL, 0, at);
}

ad_array *ad_one_hot_at(ad_place where, ad_array *indices, int64_t classes, const ad_one_hot_opts *opts) {
  static const ad_one_hot_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(classes)), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {indices};
  return ad_apply(NULL, where, &ad__op_one_hot, in, 1, at);
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

ad_array *ad_take_at(ad_place where, ad_array *a, ad_array *indices, const ad_take_opts *opts) {
  static const ad_take_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis)};
  ad_array *const in[] = {a, indices};
  return ad_apply(NULL, where, &ad__op_take, in, 2, at);
}

ad_array *ad_take_along_axis_at(ad_place where, ad_array *a, ad_array *indices, const ad_take_along_axis_opts *opts) {
  static const ad_take_along_axis_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis)};
  ad_array *const in[] = {a, indices};
  return ad_apply(NULL, where, &ad__op_take_along_axis, in, 2, at);
}

ad_array *ad_put_along_axis_at(ad_place where, ad_array *a, ad_array *indices, ad_array *values, const ad_put_along_axis_opts *opts) {
  static const ad_put_along_axis_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis)};
  ad_array *const in[] = {a, indices, values};
  return ad_apply(NULL, where, &ad__op_put_along_axis, in, 3, at);
}

ad_array *ad_slice_at(ad_place where, ad_array *a, ad_array *start, ad_ints axes, ad_ints size) {
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(size)};
  ad_array *const in[] = {a, start};
  return ad_apply(NULL, where, &ad__op_slice, in, 2, at);
}

ad_array *ad_slice_update_at(ad_place where, ad_array *a, ad_array *update, ad_array *start, ad_ints axes) {
  const ad_attr at[] = {ad_attr_ints(axes)};
  ad_array *const in[] = {a, update, start};
  return ad_apply(NULL, where, &ad__op_slice_update, in, 3, at);
}

ad_array *ad_contract_at(ad_place where, ad_array *a, ad_array *b, const ad_contract_opts *opts) {
  static const ad_contract_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->batch_a), ad_attr_ints(opts->batch_b), ad_attr_ints(opts->sum_a), ad_attr_ints(opts->sum_b)};
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_contract, in, 2, at);
}

ad_array *ad_matmul_at(ad_place where, ad_array *a, ad_array *b, const ad_matmul_opts *opts) {
  static const ad_matmul_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_matmul, in, 2, at);
}

ad_array *ad_addmm_at(ad_place where, ad_array *c, ad_array *a, ad_array *b, const ad_addmm_opts *opts) {
  static const ad_addmm_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->alpha), ad_attr_num(opts->beta)};
  ad_array *const in[] = {c, a, b};
  return ad_apply(NULL, where, &ad__op_addmm, in, 3, at);
}

ad_array *ad_linear_at(ad_place where, ad_array *x, ad_array *w, ad_array *b) {
  ad_array *const in[] = {x, w, b};
  return ad_apply(NULL, where, &ad__op_linear, in, 3, NULL);
}

ad_array *ad_inner_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_inner, in, 2, NULL);
}

ad_array *ad_outer_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_outer, in, 2, NULL);
}

ad_array *ad_vecdot_at(ad_place where, ad_array *a, ad_array *b, const ad_vecdot_opts *opts) {
  static const ad_vecdot_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis)};
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_vecdot, in, 2, at);
}

ad_array *ad_tensordot_at(ad_place where, ad_array *a, ad_array *b, const ad_tensordot_opts *opts) {
  static const ad_tensordot_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axes), ad_attr_ints(opts->axes_a), ad_attr_ints(opts->axes_b)};
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_tensordot, in, 2, at);
}

ad_array *ad_kron_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_kron, in, 2, NULL);
}

ad_array *ad_einsum_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, const char *subscripts) {
  const ad_attr at[] = {ad_attr_text(subscripts)};
  return ad_apply(ctx, where, &ad__op_einsum, arrays, n, at);
}

ad_array *ad_convolution_at(ad_place where, ad_array *x, ad_array *w, const ad_convolution_opts *opts) {
  static const ad_convolution_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->stride), ad_attr_ints(opts->padding_low), ad_attr_ints(opts->padding_high), ad_attr_ints(opts->kernel_dilation), ad_attr_ints(opts->input_dilation), ad_attr_int(opts->groups), ad_attr_flag(opts->flip)};
  ad_array *const in[] = {x, w};
  return ad_apply(NULL, where, &ad__op_convolution, in, 2, at);
}

ad_array *ad_gather_mm_at(ad_place where, ad_array *a, ad_array *b, ad_array *lhs_indices, ad_array *rhs_indices, const ad_gather_mm_opts *opts) {
  static const ad_gather_mm_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_flag(opts->sorted_indices)};
  ad_array *const in[] = {a, b, lhs_indices, rhs_indices};
  return ad_apply(NULL, where, &ad__op_gather_mm, in, 4, at);
}

ad_array *ad_segmented_mm_at(ad_place where, ad_array *a, ad_array *b, ad_array *segments, const ad_segmented_mm_opts *opts) {
  static const ad_segmented_mm_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->batch)};
  ad_array *const in[] = {a, b, segments};
  return ad_apply(NULL, where, &ad__op_segmented_mm, in, 3, at);
}

ad_array *ad_segmented_spread_at(ad_place where, ad_array *v, ad_array *w, ad_array *segments, const ad_segmented_spread_opts *opts) {
  static const ad_segmented_spread_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->batch)};
  ad_array *const in[] = {v, w, segments};
  return ad_apply(NULL, where, &ad__op_segmented_spread, in, 3, at);
}

ad_array *ad_block_masked_mm_at(ad_place where, ad_array *a, ad_array *b, ad_array *mask_out, ad_array *mask_lhs, ad_array *mask_rhs, const ad_block_masked_mm_opts *opts) {
  static const ad_block_masked_mm_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->block_size)};
  ad_array *const in[] = {a, b, mask_out, mask_lhs, mask_rhs};
  return ad_apply(NULL, where, &ad__op_block_masked_mm, in, 5, at);
}

ad_array *ad_hadamard_transform_at(ad_place where, ad_array *a, const ad_hadamard_transform_opts *opts) {
  static const ad_hadamard_transform_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->scale)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_hadamard_transform, in, 1, at);
}

ad_array *ad_conv1d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv1d_opts *opts) {
  static const ad_conv1d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_ints(opts->dilation), ad_attr_int(opts->groups)};
  ad_array *const in[] = {x, w};
  return ad_apply(NULL, where, &ad__op_conv1d, in, 2, at);
}

ad_array *ad_conv2d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv2d_opts *opts) {
  static const ad_conv2d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_ints(opts->dilation), ad_attr_int(opts->groups)};
  ad_array *const in[] = {x, w};
  return ad_apply(NULL, where, &ad__op_conv2d, in, 2, at);
}

ad_array *ad_conv3d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv3d_opts *opts) {
  static const ad_conv3d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_ints(opts->dilation), ad_attr_int(opts->groups)};
  ad_array *const in[] = {x, w};
  return ad_apply(NULL, where, &ad__op_conv3d, in, 2, at);
}

ad_array *ad_conv_transpose1d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv_transpose1d_opts *opts) {
  static const ad_conv_transpose1d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_ints(opts->dilation), ad_attr_ints(opts->output_padding), ad_attr_int(opts->groups)};
  ad_array *const in[] = {x, w};
  return ad_apply(NULL, where, &ad__op_conv_transpose1d, in, 2, at);
}

ad_array *ad_conv_transpose2d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv_transpose2d_opts *opts) {
  static const ad_conv_transpose2d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_ints(opts->dilation), ad_attr_ints(opts->output_padding), ad_attr_int(opts->groups)};
  ad_array *const in[] = {x, w};
  return ad_apply(NULL, where, &ad__op_conv_transpose2d, in, 2, at);
}

ad_array *ad_conv_transpose3d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv_transpose3d_opts *opts) {
  static const ad_conv_transpose3d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_ints(opts->dilation), ad_attr_ints(opts->output_padding), ad_attr_int(opts->groups)};
  ad_array *const in[] = {x, w};
  return ad_apply(NULL, where, &ad__op_conv_transpose3d, in, 2, at);
}

ad_array *ad_conv_general_at(ad_place where, ad_array *x, ad_array *w, const ad_conv_general_opts *opts) {
  static const ad_conv_general_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_ints(opts->kernel_dilation), ad_attr_ints(opts->input_dilation), ad_attr_int(opts->groups), ad_attr_flag(opts->flip)};
  ad_array *const in[] = {x, w};
  return ad_apply(NULL, where, &ad__op_conv_general, in, 2, at);
}

ad_array *ad_convolve_at(ad_place where, ad_array *a, ad_array *v, const ad_convolve_opts *opts) {
  static const ad_convolve_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_text(opts->mode)};
  ad_array *const in[] = {a, v};
  return ad_apply(NULL, where, &ad__op_convolve, in, 2, at);
}

ad_array *ad_window_sum_at(ad_place where, ad_array *x, ad_ints axes, ad_ints window, const ad_window_sum_opts *opts) {
  static const ad_window_sum_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(window), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding_low), ad_attr_ints(opts->padding_high), ad_attr_ints(opts->dilation), ad_attr_flag(opts->adaptive)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_window_sum, in, 1, at);
}

ad_array *ad_window_spread_at(ad_place where, ad_array *x, ad_ints axes, ad_ints window, ad_ints lengths, const ad_window_spread_opts *opts) {
  static const ad_window_spread_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(window), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding_low), ad_attr_ints(opts->padding_high), ad_attr_ints(opts->dilation), ad_attr_flag(opts->adaptive), ad_attr_ints(lengths)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_window_spread, in, 1, at);
}

ad_array *ad_window_max_at(ad_place where, ad_array *x, ad_ints axes, ad_ints window, const ad_window_max_opts *opts) {
  static const ad_window_max_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(window), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding_low), ad_attr_ints(opts->padding_high), ad_attr_ints(opts->dilation), ad_attr_flag(opts->adaptive)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_window_max, in, 1, at);
}

ad_array *ad_window_argmax_at(ad_place where, ad_array *x, ad_ints axes, ad_ints window, const ad_window_argmax_opts *opts) {
  static const ad_window_argmax_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(window), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding_low), ad_attr_ints(opts->padding_high), ad_attr_ints(opts->dilation), ad_attr_flag(opts->adaptive)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_window_argmax, in, 1, at);
}

ad_array *ad_window_match_at(ad_place where, ad_array *v, ad_array *x, ad_array *y, ad_ints axes, ad_ints window, const ad_window_match_opts *opts) {
  static const ad_window_match_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(window), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding_low), ad_attr_ints(opts->padding_high), ad_attr_ints(opts->dilation), ad_attr_flag(opts->adaptive), ad_attr_flag(opts->spread)};
  ad_array *const in[] = {v, x, y};
  return ad_apply(NULL, where, &ad__op_window_match, in, 3, at);
}

ad_array *ad_max_pool1d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool1d_opts *opts) {
  static const ad_max_pool1d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(kernel_size), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_flag(opts->ceil_mode), ad_attr_ints(opts->dilation)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_max_pool1d, in, 1, at);
}

ad_array *ad_max_pool2d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool2d_opts *opts) {
  static const ad_max_pool2d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(kernel_size), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_flag(opts->ceil_mode), ad_attr_ints(opts->dilation)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_max_pool2d, in, 1, at);
}

ad_array *ad_max_pool3d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool3d_opts *opts) {
  static const ad_max_pool3d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(kernel_size), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_flag(opts->ceil_mode), ad_attr_ints(opts->dilation)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_max_pool3d, in, 1, at);
}

ad_array *ad_max_pool1d_indices_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool1d_indices_opts *opts) {
  static const ad_max_pool1d_indices_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(kernel_size), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_flag(opts->ceil_mode), ad_attr_ints(opts->dilation)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_max_pool1d_indices, in, 1, at);
}

ad_array *ad_max_pool2d_indices_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool2d_indices_opts *opts) {
  static const ad_max_pool2d_indices_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(kernel_size), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_flag(opts->ceil_mode), ad_attr_ints(opts->dilation)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_max_pool2d_indices, in, 1, at);
}

ad_array *ad_max_pool3d_indices_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool3d_indices_opts *opts) {
  static const ad_max_pool3d_indices_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(kernel_size), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_flag(opts->ceil_mode), ad_attr_ints(opts->dilation)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_max_pool3d_indices, in, 1, at);
}

ad_array *ad_avg_pool1d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_avg_pool1d_opts *opts) {
  static const ad_avg_pool1d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(kernel_size), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_flag(opts->ceil_mode), ad_attr_flag(opts->exclude_padding)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_avg_pool1d, in, 1, at);
}

ad_array *ad_avg_pool2d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_avg_pool2d_opts *opts) {
  static const ad_avg_pool2d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(kernel_size), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_flag(opts->ceil_mode), ad_attr_flag(opts->exclude_padding)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_avg_pool2d, in, 1, at);
}

ad_array *ad_avg_pool3d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_avg_pool3d_opts *opts) {
  static const ad_avg_pool3d_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(kernel_size), ad_attr_ints(opts->stride), ad_attr_ints(opts->padding), ad_attr_flag(opts->ceil_mode), ad_attr_flag(opts->exclude_padding)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_avg_pool3d, in, 1, at);
}

ad_array *ad_adaptive_max_pool1d_at(ad_place where, ad_array *x, ad_ints output_size) {
  const ad_attr at[] = {ad_attr_ints(output_size)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_adaptive_max_pool1d, in, 1, at);
}

ad_array *ad_adaptive_max_pool2d_at(ad_place where, ad_array *x, ad_ints output_size) {
  const ad_attr at[] = {ad_attr_ints(output_size)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_adaptive_max_pool2d, in, 1, at);
}

ad_array *ad_adaptive_max_pool3d_at(ad_place where, ad_array *x, ad_ints output_size) {
  const ad_attr at[] = {ad_attr_ints(output_size)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_adaptive_max_pool3d, in, 1, at);
}

ad_array *ad_adaptive_avg_pool1d_at(ad_place where, ad_array *x, ad_ints output_size) {
  const ad_attr at[] = {ad_attr_ints(output_size)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_adaptive_avg_pool1d, in, 1, at);
}

ad_array *ad_adaptive_avg_pool2d_at(ad_place where, ad_array *x, ad_ints output_size) {
  const ad_attr at[] = {ad_attr_ints(output_size)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_adaptive_avg_pool2d, in, 1, at);
}

ad_array *ad_adaptive_avg_pool3d_at(ad_place where, ad_array *x, ad_ints output_size) {
  const ad_attr at[] = {ad_attr_ints(output_size)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_adaptive_avg_pool3d, in, 1, at);
}

ad_array *ad_resize_at(ad_place where, ad_array *x, ad_ints axes, ad_ints sizes, const ad_resize_opts *opts) {
  static const ad_resize_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(sizes), ad_attr_text(opts->method), ad_attr_flag(opts->align_corners), ad_attr_flag(opts->antialias), ad_attr_nums(opts->scales)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_resize, in, 1, at);
}

ad_array *ad_resize_transpose_at(ad_place where, ad_array *x, ad_ints axes, ad_ints sizes, const ad_resize_transpose_opts *opts) {
  static const ad_resize_transpose_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_ints(sizes), ad_attr_text(opts->method), ad_attr_flag(opts->align_corners), ad_attr_flag(opts->antialias), ad_attr_nums(opts->scales)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_resize_transpose, in, 1, at);
}

ad_array *ad_lstm_cell_at(ad_place where, ad_array *x, ad_array *h, ad_array *c, ad_array *w_ih, ad_array *w_hh, ad_array *b_ih, ad_array *b_hh) {
  ad_array *const in[] = {x, h, c, w_ih, w_hh, b_ih, b_hh};
  return ad_apply(NULL, where, &ad__op_lstm_cell, in, 7, NULL);
}

ad_array *ad_gru_cell_at(ad_place where, ad_array *x, ad_array *h, ad_array *w_ih, ad_array *w_hh, ad_array *b_ih, ad_array *b_hh) {
  ad_array *const in[] = {x, h, w_ih, w_hh, b_ih, b_hh};
  return ad_apply(NULL, where, &ad__op_gru_cell, in, 6, NULL);
}

ad_array *ad_relu2_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_relu2, in, 1, NULL);
}

ad_array *ad_relu6_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_relu6, in, 1, NULL);
}

ad_array *ad_leaky_relu_at(ad_place where, ad_array *a, const ad_leaky_relu_opts *opts) {
  static const ad_leaky_relu_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->negative_slope)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_leaky_relu, in, 1, at);
}

ad_array *ad_prelu_at(ad_place where, ad_array *a, ad_array *slope) {
  ad_array *const in[] = {a, slope};
  return ad_apply(NULL, where, &ad__op_prelu, in, 2, NULL);
}

ad_array *ad_hard_tanh_at(ad_place where, ad_array *a, const ad_hard_tanh_opts *opts) {
  static const ad_hard_tanh_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->min_val), ad_attr_num(opts->max_val)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_hard_tanh, in, 1, at);
}

ad_array *ad_hardswish_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_hardswish, in, 1, NULL);
}

ad_array *ad_hard_shrink_at(ad_place where, ad_array *a, const ad_hard_shrink_opts *opts) {
  static const ad_hard_shrink_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->lambd)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_hard_shrink, in, 1, at);
}

ad_array *ad_softshrink_at(ad_place where, ad_array *a, const ad_softshrink_opts *opts) {
  static const ad_softshrink_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->lambd)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_softshrink, in, 1, at);
}

ad_array *ad_step_at(ad_place where, ad_array *a, const ad_step_opts *opts) {
  static const ad_step_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->threshold)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_step, in, 1, at);
}

ad_array *ad_elu_at(ad_place where, ad_array *a, const ad_elu_opts *opts) {
  static const ad_elu_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->alpha)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_elu, in, 1, at);
}

ad_array *ad_celu_at(ad_place where, ad_array *a, const ad_celu_opts *opts) {
  static const ad_celu_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->alpha)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_celu, in, 1, at);
}

ad_array *ad_selu_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_selu, in, 1, NULL);
}

ad_array *ad_softsign_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_softsign, in, 1, NULL);
}

ad_array *ad_log_sigmoid_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_log_sigmoid, in, 1, NULL);
}

ad_array *ad_gelu_fast_approx_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_gelu_fast_approx, in, 1, NULL);
}

ad_array *ad_mish_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_mish, in, 1, NULL);
}

ad_array *ad_glu_at(ad_place where, ad_array *a, const ad_glu_opts *opts) {
  static const ad_glu_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_glu, in, 1, at);
}

ad_array *ad_softmin_at(ad_place where, ad_array *a, const ad_softmin_opts *opts) {
  static const ad_softmin_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_softmin, in, 1, at);
}

ad_array *ad_fast_layer_norm_at(ad_place where, ad_array *x, ad_array *weight, ad_array *bias, double eps) {
  const ad_attr at[] = {ad_attr_num(AD_NUM(eps))};
  ad_array *const in[] = {x, weight, bias};
  return ad_item_at(where, ad_apply(NULL, where, &ad__op_fast_layer_norm, in, 3, at), 0);
}

ad_array *ad_fast_layer_norm_grad_at(ad_place where, ad_array *ct, ad_array *x, ad_array *mean, ad_array *rstd, ad_array *weight) {
  ad_array *const in[] = {ct, x, mean, rstd, weight};
  return ad_apply(NULL, where, &ad__op_fast_layer_norm_grad, in, 5, NULL);
}

ad_array *ad_fast_rms_norm_at(ad_place where, ad_array *x, ad_array *weight, double eps) {
  const ad_attr at[] = {ad_attr_num(AD_NUM(eps))};
  ad_array *const in[] = {x, weight};
  return ad_item_at(where, ad_apply(NULL, where, &ad__op_fast_rms_norm, in, 2, at), 0);
}

ad_array *ad_fast_rms_norm_grad_at(ad_place where, ad_array *ct, ad_array *x, ad_array *rstd, ad_array *weight) {
  ad_array *const in[] = {ct, x, rstd, weight};
  return ad_apply(NULL, where, &ad__op_fast_rms_norm_grad, in, 4, NULL);
}

ad_array *ad_fast_scaled_dot_product_attention_at(ad_place where, ad_array *q, ad_array *k, ad_array *v, ad_array *mask, ad_array *sinks, double scale, const ad_fast_scaled_dot_product_attention_opts *opts) {
  static const ad_fast_scaled_dot_product_attention_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(AD_NUM(scale)), ad_attr_flag(opts->causal)};
  ad_array *const in[] = {q, k, v, mask, sinks};
  return ad_item_at(where, ad_apply(NULL, where, &ad__op_fast_scaled_dot_product_attention, in, 5, at), 0);
}

ad_array *ad_fast_scaled_dot_product_attention_grad_at(ad_place where, ad_array *ct, ad_array *q, ad_array *k, ad_array *v, ad_array *lse, ad_array *delta, ad_array *mask, ad_array *sinks, double scale, const ad_fast_scaled_dot_product_attention_grad_opts *opts) {
  static const ad_fast_scaled_dot_product_attention_grad_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(AD_NUM(scale)), ad_attr_flag(opts->causal)};
  ad_array *const in[] = {ct, q, k, v, lse, delta, mask, sinks};
  return ad_apply(NULL, where, &ad__op_fast_scaled_dot_product_attention_grad, in, 8, at);
}

ad_array *ad_fast_rope_at(ad_place where, ad_array *a, ad_array *offset, ad_array *freqs, int64_t dims, const ad_fast_rope_opts *opts) {
  static const ad_fast_rope_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(dims)), ad_attr_flag(opts->traditional), ad_attr_num(opts->base), ad_attr_num(opts->scale), ad_attr_flag(opts->inverse)};
  ad_array *const in[] = {a, offset, freqs};
  return ad_apply(NULL, where, &ad__op_fast_rope, in, 3, at);
}

ad_array *ad_softmax_cross_entropy_at(ad_place where, ad_array *logits, ad_array *targets, const ad_softmax_cross_entropy_opts *opts) {
  static const ad_softmax_cross_entropy_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_num(opts->label_smoothing)};
  ad_array *const in[] = {logits, targets};
  return ad_item_at(where, ad_apply(NULL, where, &ad__op_softmax_cross_entropy, in, 2, at), 0);
}

ad_array *ad_softmax_cross_entropy_grad_at(ad_place where, ad_array *ct, ad_array *weight, ad_array *logits, ad_array *targets, ad_array *lse, const ad_softmax_cross_entropy_grad_opts *opts) {
  static const ad_softmax_cross_entropy_grad_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_num(opts->label_smoothing)};
  ad_array *const in[] = {ct, weight, logits, targets, lse};
  return ad_apply(NULL, where, &ad__op_softmax_cross_entropy_grad, in, 5, at);
}

ad_array *ad_cross_entropy_at(ad_place where, ad_array *logits, ad_array *targets, ad_array *weights, const ad_cross_entropy_opts *opts) {
  static const ad_cross_entropy_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_num(opts->label_smoothing), ad_attr_text(opts->reduction)};
  ad_array *const in[] = {logits, targets, weights};
  return ad_apply(NULL, where, &ad__op_cross_entropy, in, 3, at);
}

ad_array *ad_nll_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_nll_loss_opts *opts) {
  static const ad_nll_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_text(opts->reduction)};
  ad_array *const in[] = {inputs, targets};
  return ad_apply(NULL, where, &ad__op_nll_loss, in, 2, at);
}

ad_array *ad_kl_div_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_kl_div_loss_opts *opts) {
  static const ad_kl_div_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_text(opts->reduction)};
  ad_array *const in[] = {inputs, targets};
  return ad_apply(NULL, where, &ad__op_kl_div_loss, in, 2, at);
}

ad_array *ad_cosine_similarity_loss_at(ad_place where, ad_array *x1, ad_array *x2, const ad_cosine_similarity_loss_opts *opts) {
  static const ad_cosine_similarity_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_num(opts->eps), ad_attr_text(opts->reduction)};
  ad_array *const in[] = {x1, x2};
  return ad_apply(NULL, where, &ad__op_cosine_similarity_loss, in, 2, at);
}

ad_array *ad_triplet_loss_at(ad_place where, ad_array *anchors, ad_array *positives, ad_array *negatives, const ad_triplet_loss_opts *opts) {
  static const ad_triplet_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_num(opts->p), ad_attr_num(opts->margin), ad_attr_num(opts->eps), ad_attr_text(opts->reduction)};
  ad_array *const in[] = {anchors, positives, negatives};
  return ad_apply(NULL, where, &ad__op_triplet_loss, in, 3, at);
}

ad_array *ad_l1_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_l1_loss_opts *opts) {
  static const ad_l1_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_text(opts->reduction)};
  ad_array *const in[] = {inputs, targets};
  return ad_apply(NULL, where, &ad__op_l1_loss, in, 2, at);
}

ad_array *ad_mse_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_mse_loss_opts *opts) {
  static const ad_mse_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_text(opts->reduction)};
  ad_array *const in[] = {inputs, targets};
  return ad_apply(NULL, where, &ad__op_mse_loss, in, 2, at);
}

ad_array *ad_smooth_l1_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_smooth_l1_loss_opts *opts) {
  static const ad_smooth_l1_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->beta), ad_attr_text(opts->reduction)};
  ad_array *const in[] = {inputs, targets};
  return ad_apply(NULL, where, &ad__op_smooth_l1_loss, in, 2, at);
}

ad_array *ad_huber_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_huber_loss_opts *opts) {
  static const ad_huber_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->delta), ad_attr_text(opts->reduction)};
  ad_array *const in[] = {inputs, targets};
  return ad_apply(NULL, where, &ad__op_huber_loss, in, 2, at);
}

ad_array *ad_log_cosh_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_log_cosh_loss_opts *opts) {
  static const ad_log_cosh_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_text(opts->reduction)};
  ad_array *const in[] = {inputs, targets};
  return ad_apply(NULL, where, &ad__op_log_cosh_loss, in, 2, at);
}

ad_array *ad_binary_cross_entropy_at(ad_place where, ad_array *inputs, ad_array *targets, ad_array *weights, const ad_binary_cross_entropy_opts *opts) {
  static const ad_binary_cross_entropy_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_flag(opts->probabilities), ad_attr_text(opts->reduction)};
  ad_array *const in[] = {inputs, targets, weights};
  return ad_apply(NULL, where, &ad__op_binary_cross_entropy, in, 3, at);
}

ad_array *ad_gaussian_nll_loss_at(ad_place where, ad_array *inputs, ad_array *targets, ad_array *vars, const ad_gaussian_nll_loss_opts *opts) {
  static const ad_gaussian_nll_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_flag(opts->full), ad_attr_num(opts->eps), ad_attr_text(opts->reduction)};
  ad_array *const in[] = {inputs, targets, vars};
  return ad_apply(NULL, where, &ad__op_gaussian_nll_loss, in, 3, at);
}

ad_array *ad_hinge_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_hinge_loss_opts *opts) {
  static const ad_hinge_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_text(opts->reduction)};
  ad_array *const in[] = {inputs, targets};
  return ad_apply(NULL, where, &ad__op_hinge_loss, in, 2, at);
}

ad_array *ad_margin_ranking_loss_at(ad_place where, ad_array *inputs1, ad_array *inputs2, ad_array *targets, const ad_margin_ranking_loss_opts *opts) {
  static const ad_margin_ranking_loss_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->margin), ad_attr_text(opts->reduction)};
  ad_array *const in[] = {inputs1, inputs2, targets};
  return ad_apply(NULL, where, &ad__op_margin_ranking_loss, in, 3, at);
}

ad_array *ad_polynomial_features_at(ad_place where, ad_array *x, int64_t degree, const ad_polynomial_features_opts *opts) {
  static const ad_polynomial_features_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(degree)), ad_attr_flag(opts->exclude_bias), ad_attr_flag(opts->interaction_only)};
  ad_array *const in[] = {x};
  return ad_apply(NULL, where, &ad__op_polynomial_features, in, 1, at);
}

ad_array *ad_tsne_joint_probabilities_at(ad_place where, ad_array *squared_distances, const ad_tsne_joint_probabilities_opts *opts) {
  static const ad_tsne_joint_probabilities_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->perplexity), ad_attr_num(opts->least)};
  ad_array *const in[] = {squared_distances};
  return ad_apply(NULL, where, &ad__op_tsne_joint_probabilities, in, 1, at);
}

ad_array *ad_auc_core_at(ad_place where, ad_array *scores, ad_array *labels) {
  ad_array *const in[] = {scores, labels};
  return ad_apply(NULL, where, &ad__op_auc_core, in, 2, NULL);
}

ad_array *ad_random_bits_at(ad_place where, ad_array *key, ad_shape shape, const ad_random_bits_opts *opts) {
  static const ad_random_bits_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_int(opts->width)};
  ad_array *const in[] = {key};
  return ad_apply(NULL, where, &ad__op_random_bits, in, 1, at);
}

ad_array *ad_fft_c2c_at(ad_place where, ad_array *a, ad_ints axes, const ad_fft_c2c_opts *opts) {
  static const ad_fft_c2c_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(axes), ad_attr_flag(opts->inverse), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_c2c, in, 1, at);
}

ad_array *ad_fft_r2c_at(ad_place where, ad_array *a, const ad_fft_r2c_opts *opts) {
  static const ad_fft_r2c_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_r2c, in, 1, at);
}

ad_array *ad_fft_c2r_at(ad_place where, ad_array *a, int64_t n, const ad_fft_c2r_opts *opts) {
  static const ad_fft_c2r_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(n)), ad_attr_int(opts->axis), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_c2r, in, 1, at);
}

ad_array *ad_fft_fft_at(ad_place where, ad_array *a, const ad_fft_fft_opts *opts) {
  static const ad_fft_fft_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->n), ad_attr_int(opts->axis), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_fft, in, 1, at);
}

ad_array *ad_fft_ifft_at(ad_place where, ad_array *a, const ad_fft_ifft_opts *opts) {
  static const ad_fft_ifft_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->n), ad_attr_int(opts->axis), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_ifft, in, 1, at);
}

ad_array *ad_fft_rfft_at(ad_place where, ad_array *a, const ad_fft_rfft_opts *opts) {
  static const ad_fft_rfft_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->n), ad_attr_int(opts->axis), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_rfft, in, 1, at);
}

ad_array *ad_fft_irfft_at(ad_place where, ad_array *a, const ad_fft_irfft_opts *opts) {
  static const ad_fft_irfft_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->n), ad_attr_int(opts->axis), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_irfft, in, 1, at);
}

ad_array *ad_fft_fft2_at(ad_place where, ad_array *a, const ad_fft_fft2_opts *opts) {
  static const ad_fft_fft2_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->s), ad_attr_ints(opts->axes), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_fft2, in, 1, at);
}

ad_array *ad_fft_ifft2_at(ad_place where, ad_array *a, const ad_fft_ifft2_opts *opts) {
  static const ad_fft_ifft2_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->s), ad_attr_ints(opts->axes), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_ifft2, in, 1, at);
}

ad_array *ad_fft_rfft2_at(ad_place where, ad_array *a, const ad_fft_rfft2_opts *opts) {
  static const ad_fft_rfft2_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->s), ad_attr_ints(opts->axes), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_rfft2, in, 1, at);
}

ad_array *ad_fft_irfft2_at(ad_place where, ad_array *a, const ad_fft_irfft2_opts *opts) {
  static const ad_fft_irfft2_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->s), ad_attr_ints(opts->axes), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_irfft2, in, 1, at);
}

ad_array *ad_fft_fftn_at(ad_place where, ad_array *a, const ad_fft_fftn_opts *opts) {
  static const ad_fft_fftn_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->s), ad_attr_ints(opts->axes), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_fftn, in, 1, at);
}

ad_array *ad_fft_ifftn_at(ad_place where, ad_array *a, const ad_fft_ifftn_opts *opts) {
  static const ad_fft_ifftn_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->s), ad_attr_ints(opts->axes), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_ifftn, in, 1, at);
}

ad_array *ad_fft_rfftn_at(ad_place where, ad_array *a, const ad_fft_rfftn_opts *opts) {
  static const ad_fft_rfftn_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->s), ad_attr_ints(opts->axes), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_rfftn, in, 1, at);
}

ad_array *ad_fft_irfftn_at(ad_place where, ad_array *a, const ad_fft_irfftn_opts *opts) {
  static const ad_fft_irfftn_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->s), ad_attr_ints(opts->axes), ad_attr_text(opts->norm)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_irfftn, in, 1, at);
}

ad_array *ad_fft_fftfreq_at(ad_place where, ad_ctx *ctx, int64_t n, const ad_fft_fftfreq_opts *opts) {
  static const ad_fft_fftfreq_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(n)), ad_attr_num(opts->d), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_fft_fftfreq, NULL, 0, at);
}

ad_array *ad_fft_rfftfreq_at(ad_place where, ad_ctx *ctx, int64_t n, const ad_fft_rfftfreq_opts *opts) {
  static const ad_fft_rfftfreq_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(AD_INT(n)), ad_attr_num(opts->d), ad_attr_dtype(opts->dtype)};
  return ad_apply(ctx, where, &ad__op_fft_rfftfreq, NULL, 0, at);
}

ad_array *ad_fft_fftshift_at(ad_place where, ad_array *a, const ad_fft_fftshift_opts *opts) {
  static const ad_fft_fftshift_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_fftshift, in, 1, at);
}

ad_array *ad_fft_ifftshift_at(ad_place where, ad_array *a, const ad_fft_ifftshift_opts *opts) {
  static const ad_fft_ifftshift_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_fft_ifftshift, in, 1, at);
}

ad_array *ad_random_key_at(ad_place where, ad_ctx *ctx, int64_t seed) {
  const ad_attr at[] = {ad_attr_int(AD_INT(seed))};
  return ad_apply(ctx, where, &ad__op_random_key, NULL, 0, at);
}

ad_array *ad_random_split_at(ad_place where, ad_array *key, const ad_random_split_opts *opts) {
  static const ad_random_split_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->num)};
  ad_array *const in[] = {key};
  return ad_apply(NULL, where, &ad__op_random_split, in, 1, at);
}

ad_array *ad_random_uniform_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_array *low, ad_array *high, ad_shape shape, const ad_random_uniform_opts *opts) {
  static const ad_random_uniform_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {key, low, high};
  return ad_apply(ctx, where, &ad__op_random_uniform, in, 3, at);
}

ad_array *ad_random_normal_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_array *loc, ad_array *scale, ad_shape shape, const ad_random_normal_opts *opts) {
  static const ad_random_normal_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {key, loc, scale};
  return ad_apply(ctx, where, &ad__op_random_normal, in, 3, at);
}

ad_array *ad_random_truncated_normal_at(ad_place where, ad_array *key, ad_array *lower, ad_array *upper, ad_shape shape, const ad_random_truncated_normal_opts *opts) {
  static const ad_random_truncated_normal_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {key, lower, upper};
  return ad_apply(NULL, where, &ad__op_random_truncated_normal, in, 3, at);
}

ad_array *ad_random_gumbel_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_shape shape, const ad_random_gumbel_opts *opts) {
  static const ad_random_gumbel_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {key};
  return ad_apply(ctx, where, &ad__op_random_gumbel, in, 1, at);
}

ad_array *ad_random_laplace_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_array *loc, ad_array *scale, ad_shape shape, const ad_random_laplace_opts *opts) {
  static const ad_random_laplace_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {key, loc, scale};
  return ad_apply(ctx, where, &ad__op_random_laplace, in, 3, at);
}

ad_array *ad_random_bernoulli_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_array *p, ad_shape shape) {
  const ad_attr at[] = {ad_attr_shape(shape)};
  ad_array *const in[] = {key, p};
  return ad_apply(ctx, where, &ad__op_random_bernoulli, in, 2, at);
}

ad_array *ad_random_randint_at(ad_place where, ad_array *key, ad_array *low, ad_array *high, ad_shape shape, const ad_random_randint_opts *opts) {
  static const ad_random_randint_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_shape(shape), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {key, low, high};
  return ad_apply(NULL, where, &ad__op_random_randint, in, 3, at);
}

ad_array *ad_random_categorical_at(ad_place where, ad_array *key, ad_array *logits, const ad_random_categorical_opts *opts) {
  static const ad_random_categorical_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis), ad_attr_ints(opts->shape), ad_attr_int(opts->num_samples)};
  ad_array *const in[] = {key, logits};
  return ad_apply(NULL, where, &ad__op_random_categorical, in, 2, at);
}

ad_array *ad_random_permutation_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_array *a, const ad_random_permutation_opts *opts) {
  static const ad_random_permutation_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->n), ad_attr_int(opts->axis)};
  ad_array *const in[] = {key, a};
  return ad_apply(ctx, where, &ad__op_random_permutation, in, 2, at);
}

ad_array *ad_linalg_cholesky_at(ad_place where, ad_array *a, const ad_linalg_cholesky_opts *opts) {
  static const ad_linalg_cholesky_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_flag(opts->upper)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_cholesky, in, 1, at);
}

ad_array *ad_linalg_cholesky_inv_at(ad_place where, ad_array *l, const ad_linalg_cholesky_inv_opts *opts) {
  static const ad_linalg_cholesky_inv_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_flag(opts->upper)};
  ad_array *const in[] = {l};
  return ad_apply(NULL, where, &ad__op_linalg_cholesky_inv, in, 1, at);
}

ad_array *ad_linalg_lu_rows_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_lu_rows, in, 1, NULL);
}

ad_array *ad_linalg_lu_factor_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_lu_factor, in, 1, NULL);
}

ad_array *ad_linalg_lu_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_lu, in, 1, NULL);
}

ad_array *ad_linalg_qr_at(ad_place where, ad_array *a, const ad_linalg_qr_opts *opts) {
  static const ad_linalg_qr_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_text(opts->mode)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_qr, in, 1, at);
}

ad_array *ad_linalg_solve_triangular_at(ad_place where, ad_array *a, ad_array *b, const ad_linalg_solve_triangular_opts *opts) {
  static const ad_linalg_solve_triangular_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_flag(opts->upper), ad_attr_flag(opts->transpose), ad_attr_flag(opts->conjugate), ad_attr_flag(opts->unit)};
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_linalg_solve_triangular, in, 2, at);
}

ad_array *ad_linalg_solve_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_linalg_solve, in, 2, NULL);
}

ad_array *ad_linalg_inv_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_inv, in, 1, NULL);
}

ad_array *ad_linalg_tri_inv_at(ad_place where, ad_array *a, const ad_linalg_tri_inv_opts *opts) {
  static const ad_linalg_tri_inv_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_flag(opts->upper)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_tri_inv, in, 1, at);
}

ad_array *ad_linalg_det_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_det, in, 1, NULL);
}

ad_array *ad_linalg_slogdet_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_slogdet, in, 1, NULL);
}

ad_array *ad_linalg_cofactor_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_cofactor, in, 1, NULL);
}

ad_array *ad_linalg_cofactor_along_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n) {
  return ad_apply(ctx, where, &ad__op_linalg_cofactor_along, arrays, n, NULL);
}

ad_array *ad_linalg_norm_at(ad_place where, ad_array *a, const ad_linalg_norm_opts *opts) {
  static const ad_linalg_norm_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims), ad_attr_num(opts->ord), ad_attr_text(opts->name)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_norm, in, 1, at);
}

ad_array *ad_linalg_vector_norm_at(ad_place where, ad_array *a, const ad_linalg_vector_norm_opts *opts) {
  static const ad_linalg_vector_norm_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->axes), ad_attr_flag(opts->keepdims), ad_attr_num(opts->ord)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_vector_norm, in, 1, at);
}

ad_array *ad_linalg_matrix_norm_at(ad_place where, ad_array *a, const ad_linalg_matrix_norm_opts *opts) {
  static const ad_linalg_matrix_norm_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_flag(opts->keepdims), ad_attr_num(opts->ord), ad_attr_text(opts->name)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_matrix_norm, in, 1, at);
}

ad_array *ad_linalg_matrix_power_at(ad_place where, ad_array *a, int64_t n) {
  const ad_attr at[] = {ad_attr_int(AD_INT(n))};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_matrix_power, in, 1, at);
}

ad_array *ad_linalg_cross_at(ad_place where, ad_array *a, ad_array *b, const ad_linalg_cross_opts *opts) {
  static const ad_linalg_cross_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_int(opts->axis)};
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_linalg_cross, in, 2, at);
}

ad_array *ad_linalg_eigh_at(ad_place where, ad_array *a, const ad_linalg_eigh_opts *opts) {
  static const ad_linalg_eigh_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_text(opts->UPLO)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_eigh, in, 1, at);
}

ad_array *ad_linalg_eigvalsh_at(ad_place where, ad_array *a, const ad_linalg_eigvalsh_opts *opts) {
  static const ad_linalg_eigvalsh_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_text(opts->UPLO)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_eigvalsh, in, 1, at);
}

ad_array *ad_linalg_eig_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_eig, in, 1, NULL);
}

ad_array *ad_linalg_eigvals_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_eigvals, in, 1, NULL);
}

ad_array *ad_linalg_svd_at(ad_place where, ad_array *a, const ad_linalg_svd_opts *opts) {
  static const ad_linalg_svd_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_flag(opts->reduced)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_svd, in, 1, at);
}

ad_array *ad_linalg_svdvals_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_svdvals, in, 1, NULL);
}

ad_array *ad_linalg_pinv_at(ad_place where, ad_array *a, const ad_linalg_pinv_opts *opts) {
  static const ad_linalg_pinv_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->rtol)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_pinv, in, 1, at);
}

ad_array *ad_linalg_matrix_rank_at(ad_place where, ad_array *a, const ad_linalg_matrix_rank_opts *opts) {
  static const ad_linalg_matrix_rank_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_num(opts->rtol)};
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_matrix_rank, in, 1, at);
}

ad_array *ad_linalg_hermitian_root_at(ad_place where, ad_array *a) {
  ad_array *const in[] = {a};
  return ad_apply(NULL, where, &ad__op_linalg_hermitian_root, in, 1, NULL);
}

ad_array *ad_linalg_hermitian_lyapunov_at(ad_place where, ad_array *a, ad_array *b) {
  ad_array *const in[] = {a, b};
  return ad_apply(NULL, where, &ad__op_linalg_hermitian_lyapunov, in, 2, NULL);
}

ad_array *ad_random_multivariate_normal_at(ad_place where, ad_array *key, ad_array *mean, ad_array *cov, const ad_random_multivariate_normal_opts *opts) {
  static const ad_random_multivariate_normal_opts none = {0};
  if (!opts) opts = &none;
  const ad_attr at[] = {ad_attr_ints(opts->shape), ad_attr_dtype(opts->dtype)};
  ad_array *const in[] = {key, mean, cov};
  return ad_apply(NULL, where, &ad__op_random_multivariate_normal, in, 3, at);
}
