/* The ops. Generated: `make gen` prints it from the descriptors in src/ops; do not edit.
 *
 * Every function is a macro over ad_<name>_at, which takes the place of the call first, so that errors name it.
 * opts may be NULL: every option then has its default.
 * ad_conn_<name> is the op on connections of models (adamant/model.h), attributes as text: "axes=[0]", or NULL. */
#ifndef ADAMANT_OPS_H
#define ADAMANT_OPS_H

#include <adamant/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/* cast:
 * The elements of a in another dtype. A float becomes an integer by dropping its fraction; out of range it
 * saturates, NaN gives 0. Anything that is not zero is true. A complex number loses its imaginary part.
 *   dtype: the dtype of the result
 *   ad_array *y = ad_cast(x, AD_FLOAT64);
 */
AD_API ad_array *ad_cast_at(ad_place where, ad_array *a, ad_dtype dtype);
#define ad_cast(...) ad_cast_at(AD_HERE, __VA_ARGS__)
#define ad_conn_cast(a, attrs) ad_conn_apply(NULL, "cast", AD_CONNS(a), attrs)

/* add:
 * a + b. Integers wrap; booleans give their logical or.
 *   ad_array *y = ad_add(a, b);
 */
AD_API ad_array *ad_add_at(ad_place where, ad_array *a, ad_array *b);
#define ad_add(...) ad_add_at(AD_HERE, __VA_ARGS__)
#define ad_conn_add(a, b) ad_conn_apply(NULL, "add", AD_CONNS(a, b), NULL)

/* subtract:
 * a - b. Integers wrap; booleans have no difference.
 *   ad_array *y = ad_subtract(a, b);
 */
AD_API ad_array *ad_subtract_at(ad_place where, ad_array *a, ad_array *b);
#define ad_subtract(...) ad_subtract_at(AD_HERE, __VA_ARGS__)
#define ad_conn_subtract(a, b) ad_conn_apply(NULL, "subtract", AD_CONNS(a, b), NULL)

/* multiply:
 * a * b. Integers wrap; booleans give their logical and.
 *   ad_array *y = ad_multiply(a, b);
 */
AD_API ad_array *ad_multiply_at(ad_place where, ad_array *a, ad_array *b);
#define ad_multiply(...) ad_multiply_at(AD_HERE, __VA_ARGS__)
#define ad_conn_multiply(a, b) ad_conn_apply(NULL, "multiply", AD_CONNS(a, b), NULL)

/* divide:
 * a / b. Integers and booleans are divided as float32.
 *   ad_array *y = ad_divide(a, b);
 */
AD_API ad_array *ad_divide_at(ad_place where, ad_array *a, ad_array *b);
#define ad_divide(...) ad_divide_at(AD_HERE, __VA_ARGS__)
#define ad_conn_divide(a, b) ad_conn_apply(NULL, "divide", AD_CONNS(a, b), NULL)

/* floor_divide:
 * The largest whole number not above a / b. An integer divided by zero gives 0; a float divided by zero what a / b
 * gives.
 *   ad_array *y = ad_floor_divide(a, b);
 */
AD_API ad_array *ad_floor_divide_at(ad_place where, ad_array *a, ad_array *b);
#define ad_floor_divide(...) ad_floor_divide_at(AD_HERE, __VA_ARGS__)
#define ad_conn_floor_divide(a, b) ad_conn_apply(NULL, "floor_divide", AD_CONNS(a, b), NULL)

/* remainder:
 * a - b * floor_divide(a, b), which has the sign of b. By zero, 0 for integers and NaN for floats.
 *   ad_array *y = ad_remainder(a, b);
 */
AD_API ad_array *ad_remainder_at(ad_place where, ad_array *a, ad_array *b);
#define ad_remainder(...) ad_remainder_at(AD_HERE, __VA_ARGS__)
#define ad_conn_remainder(a, b) ad_conn_apply(NULL, "remainder", AD_CONNS(a, b), NULL)

/* divmod:
 * The pair floor_divide(a, b), remainder(a, b).
 *   ad_array *r = ad_item(ad_divmod(a, b), 1);
 */
AD_API ad_array *ad_divmod_at(ad_place where, ad_array *a, ad_array *b);
#define ad_divmod(...) ad_divmod_at(AD_HERE, __VA_ARGS__)
#define ad_conn_divmod(a, b) ad_conn_apply(NULL, "divmod", AD_CONNS(a, b), NULL)

/* power:
 * a to the power b. Integers by squaring; for them a negative exponent gives 0.
 *   ad_array *y = ad_power(a, b);
 */
AD_API ad_array *ad_power_at(ad_place where, ad_array *a, ad_array *b);
#define ad_power(...) ad_power_at(AD_HERE, __VA_ARGS__)
#define ad_conn_power(a, b) ad_conn_apply(NULL, "power", AD_CONNS(a, b), NULL)

/* maximum:
 * The greater of a and b; NaN if either is. Equal operands share the gradient. Complex numbers are ordered by their
 * real parts, then their imaginary ones.
 *   ad_array *y = ad_maximum(a, b);
 */
AD_API ad_array *ad_maximum_at(ad_place where, ad_array *a, ad_array *b);
#define ad_maximum(...) ad_maximum_at(AD_HERE, __VA_ARGS__)
#define ad_conn_maximum(a, b) ad_conn_apply(NULL, "maximum", AD_CONNS(a, b), NULL)

/* minimum:
 * The lesser of a and b; NaN if either is. Equal operands share the gradient. Complex numbers are ordered by their
 * real parts, then their imaginary ones.
 *   ad_array *y = ad_minimum(a, b);
 */
AD_API ad_array *ad_minimum_at(ad_place where, ad_array *a, ad_array *b);
#define ad_minimum(...) ad_minimum_at(AD_HERE, __VA_ARGS__)
#define ad_conn_minimum(a, b) ad_conn_apply(NULL, "minimum", AD_CONNS(a, b), NULL)

/* negative:
 * -a. Integers wrap; booleans have no negative.
 *   ad_array *y = ad_negative(a);
 */
AD_API ad_array *ad_negative_at(ad_place where, ad_array *a);
#define ad_negative(...) ad_negative_at(AD_HERE, __VA_ARGS__)
#define ad_conn_negative(a) ad_conn_apply(NULL, "negative", AD_CONNS(a), NULL)

/* positive:
 * +a, which is a.
 *   ad_array *y = ad_positive(a);
 */
AD_API ad_array *ad_positive_at(ad_place where, ad_array *a);
#define ad_positive(...) ad_positive_at(AD_HERE, __VA_ARGS__)
#define ad_conn_positive(a) ad_conn_apply(NULL, "positive", AD_CONNS(a), NULL)

/* abs:
 * The magnitude of a. That of a complex number is real and computed without overflow on the way; the least signed
 * integer is its own. The derivative at 0 is 0.
 *   ad_array *y = ad_abs(a);
 */
AD_API ad_array *ad_abs_at(ad_place where, ad_array *a);
#define ad_abs(...) ad_abs_at(AD_HERE, __VA_ARGS__)
#define ad_conn_abs(a) ad_conn_apply(NULL, "abs", AD_CONNS(a), NULL)

/* sign:
 * -1, 0 or 1 as a is negative, zero or positive; NaN for NaN. Of a complex number a / abs(a), and 0 for 0.
 *   ad_array *y = ad_sign(a);
 */
AD_API ad_array *ad_sign_at(ad_place where, ad_array *a);
#define ad_sign(...) ad_sign_at(AD_HERE, __VA_ARGS__)
#define ad_conn_sign(a) ad_conn_apply(NULL, "sign", AD_CONNS(a), NULL)

/* square:
 * a * a. Integers wrap.
 *   ad_array *y = ad_square(a);
 */
AD_API ad_array *ad_square_at(ad_place where, ad_array *a);
#define ad_square(...) ad_square_at(AD_HERE, __VA_ARGS__)
#define ad_conn_square(a) ad_conn_apply(NULL, "square", AD_CONNS(a), NULL)

/* reciprocal:
 * 1 / a. Integers are inverted as float32.
 *   ad_array *y = ad_reciprocal(a);
 */
AD_API ad_array *ad_reciprocal_at(ad_place where, ad_array *a);
#define ad_reciprocal(...) ad_reciprocal_at(AD_HERE, __VA_ARGS__)
#define ad_conn_reciprocal(a) ad_conn_apply(NULL, "reciprocal", AD_CONNS(a), NULL)

/* copysign:
 * The magnitude of a with the sign of b, that of zeros and NaNs included.
 *   ad_array *y = ad_copysign(a, b);
 */
AD_API ad_array *ad_copysign_at(ad_place where, ad_array *a, ad_array *b);
#define ad_copysign(...) ad_copysign_at(AD_HERE, __VA_ARGS__)
#define ad_conn_copysign(a, b) ad_conn_apply(NULL, "copysign", AD_CONNS(a, b), NULL)

/* hypot:
 * The square root of a * a + b * b without overflow on the way. An infinite operand gives infinity, even with NaN.
 * The derivative at 0 is 0.
 *   ad_array *y = ad_hypot(a, b);
 */
AD_API ad_array *ad_hypot_at(ad_place where, ad_array *a, ad_array *b);
#define ad_hypot(...) ad_hypot_at(AD_HERE, __VA_ARGS__)
#define ad_conn_hypot(a, b) ad_conn_apply(NULL, "hypot", AD_CONNS(a, b), NULL)

/* nextafter:
 * The number after a in the direction of b that the dtype holds; b itself where they are equal.
 *   ad_array *y = ad_nextafter(a, b);
 */
AD_API ad_array *ad_nextafter_at(ad_place where, ad_array *a, ad_array *b);
#define ad_nextafter(...) ad_nextafter_at(AD_HERE, __VA_ARGS__)
#define ad_conn_nextafter(a, b) ad_conn_apply(NULL, "nextafter", AD_CONNS(a, b), NULL)

/* sqrt:
 * The square root of a: NaN below 0; of a complex number the root with real part >= 0. The derivative at 0 is inf.
 *   ad_array *y = ad_sqrt(a);
 */
AD_API ad_array *ad_sqrt_at(ad_place where, ad_array *a);
#define ad_sqrt(...) ad_sqrt_at(AD_HERE, __VA_ARGS__)
#define ad_conn_sqrt(a) ad_conn_apply(NULL, "sqrt", AD_CONNS(a), NULL)

/* rsqrt:
 * 1 / sqrt(a), rounded once for real numbers; inf at 0.
 *   ad_array *y = ad_rsqrt(a);
 */
AD_API ad_array *ad_rsqrt_at(ad_place where, ad_array *a);
#define ad_rsqrt(...) ad_rsqrt_at(AD_HERE, __VA_ARGS__)
#define ad_conn_rsqrt(a) ad_conn_apply(NULL, "rsqrt", AD_CONNS(a), NULL)

/* cbrt:
 * The real cube root of a. The derivative at 0 is inf.
 *   ad_array *y = ad_cbrt(a);
 */
AD_API ad_array *ad_cbrt_at(ad_place where, ad_array *a);
#define ad_cbrt(...) ad_cbrt_at(AD_HERE, __VA_ARGS__)
#define ad_conn_cbrt(a) ad_conn_apply(NULL, "cbrt", AD_CONNS(a), NULL)

/* exp:
 * e to the power a.
 *   ad_array *y = ad_exp(a);
 */
AD_API ad_array *ad_exp_at(ad_place where, ad_array *a);
#define ad_exp(...) ad_exp_at(AD_HERE, __VA_ARGS__)
#define ad_conn_exp(a) ad_conn_apply(NULL, "exp", AD_CONNS(a), NULL)

/* exp2:
 * 2 to the power a.
 *   ad_array *y = ad_exp2(a);
 */
AD_API ad_array *ad_exp2_at(ad_place where, ad_array *a);
#define ad_exp2(...) ad_exp2_at(AD_HERE, __VA_ARGS__)
#define ad_conn_exp2(a) ad_conn_apply(NULL, "exp2", AD_CONNS(a), NULL)

/* expm1:
 * exp(a) - 1, precise near 0.
 *   ad_array *y = ad_expm1(a);
 */
AD_API ad_array *ad_expm1_at(ad_place where, ad_array *a);
#define ad_expm1(...) ad_expm1_at(AD_HERE, __VA_ARGS__)
#define ad_conn_expm1(a) ad_conn_apply(NULL, "expm1", AD_CONNS(a), NULL)

/* log:
 * The natural logarithm of a: -inf at 0, NaN below; of a complex number the value with imaginary part in [-pi, pi].
 *   ad_array *y = ad_log(a);
 */
AD_API ad_array *ad_log_at(ad_place where, ad_array *a);
#define ad_log(...) ad_log_at(AD_HERE, __VA_ARGS__)
#define ad_conn_log(a) ad_conn_apply(NULL, "log", AD_CONNS(a), NULL)

/* log2:
 * The logarithm of a to the base 2.
 *   ad_array *y = ad_log2(a);
 */
AD_API ad_array *ad_log2_at(ad_place where, ad_array *a);
#define ad_log2(...) ad_log2_at(AD_HERE, __VA_ARGS__)
#define ad_conn_log2(a) ad_conn_apply(NULL, "log2", AD_CONNS(a), NULL)

/* log10:
 * The logarithm of a to the base 10.
 *   ad_array *y = ad_log10(a);
 */
AD_API ad_array *ad_log10_at(ad_place where, ad_array *a);
#define ad_log10(...) ad_log10_at(AD_HERE, __VA_ARGS__)
#define ad_conn_log10(a) ad_conn_apply(NULL, "log10", AD_CONNS(a), NULL)

/* log1p:
 * log(1 + a), precise near 0.
 *   ad_array *y = ad_log1p(a);
 */
AD_API ad_array *ad_log1p_at(ad_place where, ad_array *a);
#define ad_log1p(...) ad_log1p_at(AD_HERE, __VA_ARGS__)
#define ad_conn_log1p(a) ad_conn_apply(NULL, "log1p", AD_CONNS(a), NULL)

/* logaddexp:
 * log(exp(a) + exp(b)) without overflow on the way.
 *   ad_array *y = ad_logaddexp(a, b);
 */
AD_API ad_array *ad_logaddexp_at(ad_place where, ad_array *a, ad_array *b);
#define ad_logaddexp(...) ad_logaddexp_at(AD_HERE, __VA_ARGS__)
#define ad_conn_logaddexp(a, b) ad_conn_apply(NULL, "logaddexp", AD_CONNS(a, b), NULL)

/* sin:
 * The sine of a, exactly reduced for every finite angle; NaN for infinities.
 *   ad_array *y = ad_sin(a);
 */
AD_API ad_array *ad_sin_at(ad_place where, ad_array *a);
#define ad_sin(...) ad_sin_at(AD_HERE, __VA_ARGS__)
#define ad_conn_sin(a) ad_conn_apply(NULL, "sin", AD_CONNS(a), NULL)

/* cos:
 * The cosine of a, exactly reduced for every finite angle; NaN for infinities.
 *   ad_array *y = ad_cos(a);
 */
AD_API ad_array *ad_cos_at(ad_place where, ad_array *a);
#define ad_cos(...) ad_cos_at(AD_HERE, __VA_ARGS__)
#define ad_conn_cos(a) ad_conn_apply(NULL, "cos", AD_CONNS(a), NULL)

/* tan:
 * The tangent of a, exactly reduced for every finite angle; NaN for infinities.
 *   ad_array *y = ad_tan(a);
 */
AD_API ad_array *ad_tan_at(ad_place where, ad_array *a);
#define ad_tan(...) ad_tan_at(AD_HERE, __VA_ARGS__)
#define ad_conn_tan(a) ad_conn_apply(NULL, "tan", AD_CONNS(a), NULL)

/* arcsin:
 * The angle in [-pi/2, pi/2] whose sine is a; NaN outside [-1, 1] for real numbers.
 *   ad_array *y = ad_arcsin(a);
 */
AD_API ad_array *ad_arcsin_at(ad_place where, ad_array *a);
#define ad_arcsin(...) ad_arcsin_at(AD_HERE, __VA_ARGS__)
#define ad_conn_arcsin(a) ad_conn_apply(NULL, "arcsin", AD_CONNS(a), NULL)

/* arccos:
 * The angle in [0, pi] whose cosine is a; NaN outside [-1, 1] for real numbers.
 *   ad_array *y = ad_arccos(a);
 */
AD_API ad_array *ad_arccos_at(ad_place where, ad_array *a);
#define ad_arccos(...) ad_arccos_at(AD_HERE, __VA_ARGS__)
#define ad_conn_arccos(a) ad_conn_apply(NULL, "arccos", AD_CONNS(a), NULL)

/* arctan:
 * The angle in [-pi/2, pi/2] whose tangent is a.
 *   ad_array *y = ad_arctan(a);
 */
AD_API ad_array *ad_arctan_at(ad_place where, ad_array *a);
#define ad_arctan(...) ad_arctan_at(AD_HERE, __VA_ARGS__)
#define ad_conn_arctan(a) ad_conn_apply(NULL, "arctan", AD_CONNS(a), NULL)

/* arctan2:
 * The angle in [-pi, pi] of the point with y = a and x = b; signed zeros and infinities as in C.
 *   ad_array *y = ad_arctan2(a, b);
 */
AD_API ad_array *ad_arctan2_at(ad_place where, ad_array *a, ad_array *b);
#define ad_arctan2(...) ad_arctan2_at(AD_HERE, __VA_ARGS__)
#define ad_conn_arctan2(a, b) ad_conn_apply(NULL, "arctan2", AD_CONNS(a, b), NULL)

/* sinh:
 * The hyperbolic sine of a.
 *   ad_array *y = ad_sinh(a);
 */
AD_API ad_array *ad_sinh_at(ad_place where, ad_array *a);
#define ad_sinh(...) ad_sinh_at(AD_HERE, __VA_ARGS__)
#define ad_conn_sinh(a) ad_conn_apply(NULL, "sinh", AD_CONNS(a), NULL)

/* cosh:
 * The hyperbolic cosine of a.
 *   ad_array *y = ad_cosh(a);
 */
AD_API ad_array *ad_cosh_at(ad_place where, ad_array *a);
#define ad_cosh(...) ad_cosh_at(AD_HERE, __VA_ARGS__)
#define ad_conn_cosh(a) ad_conn_apply(NULL, "cosh", AD_CONNS(a), NULL)

/* tanh:
 * The hyperbolic tangent of a.
 *   ad_array *y = ad_tanh(a);
 */
AD_API ad_array *ad_tanh_at(ad_place where, ad_array *a);
#define ad_tanh(...) ad_tanh_at(AD_HERE, __VA_ARGS__)
#define ad_conn_tanh(a) ad_conn_apply(NULL, "tanh", AD_CONNS(a), NULL)

/* arcsinh:
 * The number whose hyperbolic sine is a.
 *   ad_array *y = ad_arcsinh(a);
 */
AD_API ad_array *ad_arcsinh_at(ad_place where, ad_array *a);
#define ad_arcsinh(...) ad_arcsinh_at(AD_HERE, __VA_ARGS__)
#define ad_conn_arcsinh(a) ad_conn_apply(NULL, "arcsinh", AD_CONNS(a), NULL)

/* arccosh:
 * The number >= 0 whose hyperbolic cosine is a; NaN below 1 for real numbers.
 *   ad_array *y = ad_arccosh(a);
 */
AD_API ad_array *ad_arccosh_at(ad_place where, ad_array *a);
#define ad_arccosh(...) ad_arccosh_at(AD_HERE, __VA_ARGS__)
#define ad_conn_arccosh(a) ad_conn_apply(NULL, "arccosh", AD_CONNS(a), NULL)

/* arctanh:
 * The number whose hyperbolic tangent is a: infinite at -1 and 1, NaN beyond for real numbers.
 *   ad_array *y = ad_arctanh(a);
 */
AD_API ad_array *ad_arctanh_at(ad_place where, ad_array *a);
#define ad_arctanh(...) ad_arctanh_at(AD_HERE, __VA_ARGS__)
#define ad_conn_arctanh(a) ad_conn_apply(NULL, "arctanh", AD_CONNS(a), NULL)

/* degrees:
 * a radians in degrees.
 *   ad_array *y = ad_degrees(a);
 */
AD_API ad_array *ad_degrees_at(ad_place where, ad_array *a);
#define ad_degrees(...) ad_degrees_at(AD_HERE, __VA_ARGS__)
#define ad_conn_degrees(a) ad_conn_apply(NULL, "degrees", AD_CONNS(a), NULL)

/* radians:
 * a degrees in radians.
 *   ad_array *y = ad_radians(a);
 */
AD_API ad_array *ad_radians_at(ad_place where, ad_array *a);
#define ad_radians(...) ad_radians_at(AD_HERE, __VA_ARGS__)
#define ad_conn_radians(a) ad_conn_apply(NULL, "radians", AD_CONNS(a), NULL)

/* erf:
 * The error function: 2/sqrt(pi) times the integral of exp(-t * t) from 0 to a.
 *   ad_array *y = ad_erf(a);
 */
AD_API ad_array *ad_erf_at(ad_place where, ad_array *a);
#define ad_erf(...) ad_erf_at(AD_HERE, __VA_ARGS__)
#define ad_conn_erf(a) ad_conn_apply(NULL, "erf", AD_CONNS(a), NULL)

/* erfinv:
 * The number whose error function is a: infinite at -1 and 1, NaN beyond.
 *   ad_array *y = ad_erfinv(a);
 */
AD_API ad_array *ad_erfinv_at(ad_place where, ad_array *a);
#define ad_erfinv(...) ad_erfinv_at(AD_HERE, __VA_ARGS__)
#define ad_conn_erfinv(a) ad_conn_apply(NULL, "erfinv", AD_CONNS(a), NULL)

/* sigmoid:
 * 1 / (1 + exp(-a)).
 *   ad_array *y = ad_sigmoid(a);
 */
AD_API ad_array *ad_sigmoid_at(ad_place where, ad_array *a);
#define ad_sigmoid(...) ad_sigmoid_at(AD_HERE, __VA_ARGS__)
#define ad_conn_sigmoid(a) ad_conn_apply(NULL, "sigmoid", AD_CONNS(a), NULL)

/* relu:
 * a where it is positive, 0 elsewhere; NaN for NaN. The derivative at 0 is 0.
 *   ad_array *y = ad_relu(a);
 */
AD_API ad_array *ad_relu_at(ad_place where, ad_array *a);
#define ad_relu(...) ad_relu_at(AD_HERE, __VA_ARGS__)
#define ad_conn_relu(a) ad_conn_apply(NULL, "relu", AD_CONNS(a), NULL)

/* gelu:
 * a / 2 * (1 + erf(a / sqrt(2))) (Hendrycks and Gimpel, Gaussian error linear units, 2016).
 *   ad_array *y = ad_gelu(a);
 */
AD_API ad_array *ad_gelu_at(ad_place where, ad_array *a);
#define ad_gelu(...) ad_gelu_at(AD_HERE, __VA_ARGS__)
#define ad_conn_gelu(a) ad_conn_apply(NULL, "gelu", AD_CONNS(a), NULL)

/* gelu_approx:
 * a / 2 * (1 + tanh(sqrt(2 / pi) * (a + 0.044715 * a^3))), the short form of gelu from the same paper.
 *   ad_array *y = ad_gelu_approx(a);
 */
AD_API ad_array *ad_gelu_approx_at(ad_place where, ad_array *a);
#define ad_gelu_approx(...) ad_gelu_approx_at(AD_HERE, __VA_ARGS__)
#define ad_conn_gelu_approx(a) ad_conn_apply(NULL, "gelu_approx", AD_CONNS(a), NULL)

/* silu:
 * a * sigmoid(a).
 *   ad_array *y = ad_silu(a);
 */
AD_API ad_array *ad_silu_at(ad_place where, ad_array *a);
#define ad_silu(...) ad_silu_at(AD_HERE, __VA_ARGS__)
#define ad_conn_silu(a) ad_conn_apply(NULL, "silu", AD_CONNS(a), NULL)

/* softplus:
 * log(1 + exp(a)) without overflow on the way.
 *   ad_array *y = ad_softplus(a);
 */
AD_API ad_array *ad_softplus_at(ad_place where, ad_array *a);
#define ad_softplus(...) ad_softplus_at(AD_HERE, __VA_ARGS__)
#define ad_conn_softplus(a) ad_conn_apply(NULL, "softplus", AD_CONNS(a), NULL)

/* floor:
 * The largest whole number not above a.
 *   ad_array *y = ad_floor(a);
 */
AD_API ad_array *ad_floor_at(ad_place where, ad_array *a);
#define ad_floor(...) ad_floor_at(AD_HERE, __VA_ARGS__)
#define ad_conn_floor(a) ad_conn_apply(NULL, "floor", AD_CONNS(a), NULL)

/* ceil:
 * The least whole number not below a.
 *   ad_array *y = ad_ceil(a);
 */
AD_API ad_array *ad_ceil_at(ad_place where, ad_array *a);
#define ad_ceil(...) ad_ceil_at(AD_HERE, __VA_ARGS__)
#define ad_conn_ceil(a) ad_conn_apply(NULL, "ceil", AD_CONNS(a), NULL)

/* trunc:
 * a without its fraction.
 *   ad_array *y = ad_trunc(a);
 */
AD_API ad_array *ad_trunc_at(ad_place where, ad_array *a);
#define ad_trunc(...) ad_trunc_at(AD_HERE, __VA_ARGS__)
#define ad_conn_trunc(a) ad_conn_apply(NULL, "trunc", AD_CONNS(a), NULL)

/* rint:
 * The whole number nearest to a, the even one of two; of a complex number both parts.
 *   ad_array *y = ad_rint(a);
 */
AD_API ad_array *ad_rint_at(ad_place where, ad_array *a);
#define ad_rint(...) ad_rint_at(AD_HERE, __VA_ARGS__)
#define ad_conn_rint(a) ad_conn_apply(NULL, "rint", AD_CONNS(a), NULL)

typedef struct ad_round_opts {
  ad_int decimals; /* places after the point; negative ones count before it; default 0 */
} ad_round_opts;
/* round:
 * a rounded to a number of decimal places, halves to even, by scaling in its own precision; of a complex number both
 * parts.
 *   ad_array *y = ad_round(a, &(ad_round_opts){.decimals = AD_INT(2)});
 */
AD_API ad_array *ad_round_at(ad_place where, ad_array *a, const ad_round_opts *opts);
#define ad_round(...) ad_round_at(AD_HERE, __VA_ARGS__)
#define ad_conn_round(a, attrs) ad_conn_apply(NULL, "round", AD_CONNS(a), attrs)

/* isnan:
 * Is a not a number? A complex number is NaN when either part is. Integers never are.
 *   ad_array *y = ad_isnan(a);
 */
AD_API ad_array *ad_isnan_at(ad_place where, ad_array *a);
#define ad_isnan(...) ad_isnan_at(AD_HERE, __VA_ARGS__)
#define ad_conn_isnan(a) ad_conn_apply(NULL, "isnan", AD_CONNS(a), NULL)

/* isinf:
 * Is a infinite? A complex number is when either part is. Integers never are.
 *   ad_array *y = ad_isinf(a);
 */
AD_API ad_array *ad_isinf_at(ad_place where, ad_array *a);
#define ad_isinf(...) ad_isinf_at(AD_HERE, __VA_ARGS__)
#define ad_conn_isinf(a) ad_conn_apply(NULL, "isinf", AD_CONNS(a), NULL)

/* isfinite:
 * Is a neither infinite nor NaN? A complex number is when both parts are. Integers always are.
 *   ad_array *y = ad_isfinite(a);
 */
AD_API ad_array *ad_isfinite_at(ad_place where, ad_array *a);
#define ad_isfinite(...) ad_isfinite_at(AD_HERE, __VA_ARGS__)
#define ad_conn_isfinite(a) ad_conn_apply(NULL, "isfinite", AD_CONNS(a), NULL)

/* isposinf:
 * Is a positive infinity?
 *   ad_array *y = ad_isposinf(a);
 */
AD_API ad_array *ad_isposinf_at(ad_place where, ad_array *a);
#define ad_isposinf(...) ad_isposinf_at(AD_HERE, __VA_ARGS__)
#define ad_conn_isposinf(a) ad_conn_apply(NULL, "isposinf", AD_CONNS(a), NULL)

/* isneginf:
 * Is a negative infinity?
 *   ad_array *y = ad_isneginf(a);
 */
AD_API ad_array *ad_isneginf_at(ad_place where, ad_array *a);
#define ad_isneginf(...) ad_isneginf_at(AD_HERE, __VA_ARGS__)
#define ad_conn_isneginf(a) ad_conn_apply(NULL, "isneginf", AD_CONNS(a), NULL)

/* signbit:
 * Is the sign bit of a set? It is for -0.0, and for some NaNs.
 *   ad_array *y = ad_signbit(a);
 */
AD_API ad_array *ad_signbit_at(ad_place where, ad_array *a);
#define ad_signbit(...) ad_signbit_at(AD_HERE, __VA_ARGS__)
#define ad_conn_signbit(a) ad_conn_apply(NULL, "signbit", AD_CONNS(a), NULL)

typedef struct ad_nan_to_num_opts {
  ad_num nan; /* what NaN becomes; default 0 */
  ad_num posinf; /* what inf becomes; default the largest number of the dtype */
  ad_num neginf; /* what -inf becomes; default the least number of the dtype */
} ad_nan_to_num_opts;
/* nan_to_num:
 * a with NaN and infinities replaced by numbers; of a complex number both parts. Integers are returned as they are.
 *   ad_array *y = ad_nan_to_num(a, &(ad_nan_to_num_opts){.posinf = AD_NUM(1e6)});
 */
AD_API ad_array *ad_nan_to_num_at(ad_place where, ad_array *a, const ad_nan_to_num_opts *opts);
#define ad_nan_to_num(...) ad_nan_to_num_at(AD_HERE, __VA_ARGS__)
#define ad_conn_nan_to_num(a, attrs) ad_conn_apply(NULL, "nan_to_num", AD_CONNS(a), attrs)

/* equal:
 * Is a equal to b? NaN equals nothing; zeros are equal.
 *   ad_array *y = ad_equal(a, b);
 */
AD_API ad_array *ad_equal_at(ad_place where, ad_array *a, ad_array *b);
#define ad_equal(...) ad_equal_at(AD_HERE, __VA_ARGS__)
#define ad_conn_equal(a, b) ad_conn_apply(NULL, "equal", AD_CONNS(a, b), NULL)

/* not_equal:
 * Is a different from b? NaN differs from everything.
 *   ad_array *y = ad_not_equal(a, b);
 */
AD_API ad_array *ad_not_equal_at(ad_place where, ad_array *a, ad_array *b);
#define ad_not_equal(...) ad_not_equal_at(AD_HERE, __VA_ARGS__)
#define ad_conn_not_equal(a, b) ad_conn_apply(NULL, "not_equal", AD_CONNS(a, b), NULL)

/* less:
 * Is a below b? False with NaN. Complex numbers are ordered by their real parts, then their imaginary ones.
 *   ad_array *y = ad_less(a, b);
 */
AD_API ad_array *ad_less_at(ad_place where, ad_array *a, ad_array *b);
#define ad_less(...) ad_less_at(AD_HERE, __VA_ARGS__)
#define ad_conn_less(a, b) ad_conn_apply(NULL, "less", AD_CONNS(a, b), NULL)

/* less_equal:
 * Is a at most b? False with NaN. Complex numbers are ordered by their real parts, then their imaginary ones.
 *   ad_array *y = ad_less_equal(a, b);
 */
AD_API ad_array *ad_less_equal_at(ad_place where, ad_array *a, ad_array *b);
#define ad_less_equal(...) ad_less_equal_at(AD_HERE, __VA_ARGS__)
#define ad_conn_less_equal(a, b) ad_conn_apply(NULL, "less_equal", AD_CONNS(a, b), NULL)

/* greater:
 * Is a above b? False with NaN. Complex numbers are ordered by their real parts, then their imaginary ones.
 *   ad_array *y = ad_greater(a, b);
 */
AD_API ad_array *ad_greater_at(ad_place where, ad_array *a, ad_array *b);
#define ad_greater(...) ad_greater_at(AD_HERE, __VA_ARGS__)
#define ad_conn_greater(a, b) ad_conn_apply(NULL, "greater", AD_CONNS(a, b), NULL)

/* greater_equal:
 * Is a at least b? False with NaN. Complex numbers are ordered by their real parts, then their imaginary ones.
 *   ad_array *y = ad_greater_equal(a, b);
 */
AD_API ad_array *ad_greater_equal_at(ad_place where, ad_array *a, ad_array *b);
#define ad_greater_equal(...) ad_greater_equal_at(AD_HERE, __VA_ARGS__)
#define ad_conn_greater_equal(a, b) ad_conn_apply(NULL, "greater_equal", AD_CONNS(a, b), NULL)

typedef struct ad_isclose_opts {
  ad_num rtol; /* relative to b; default 1e-05 */
  ad_num atol; /* absolute; default 1e-08 */
  bool equal_nan; /* NaN is close to NaN */
} ad_isclose_opts;
/* isclose:
 * Is a within rtol * |b| + atol of b? An infinity is close only to itself. Integers are compared as float32.
 *   ad_array *y = ad_isclose(a, b, &(ad_isclose_opts){.atol = AD_NUM(1e-6)});
 */
AD_API ad_array *ad_isclose_at(ad_place where, ad_array *a, ad_array *b, const ad_isclose_opts *opts);
#define ad_isclose(...) ad_isclose_at(AD_HERE, __VA_ARGS__)
#define ad_conn_isclose(a, b, attrs) ad_conn_apply(NULL, "isclose", AD_CONNS(a, b), attrs)

typedef struct ad_allclose_opts {
  ad_num rtol; /* relative to b; default 1e-05 */
  ad_num atol; /* absolute; default 1e-08 */
  bool equal_nan; /* NaN is close to NaN */
} ad_allclose_opts;
/* allclose:
 * Are all elements of a close to those of b, as isclose says? One boolean; true for arrays without elements.
 *   ad_array *y = ad_allclose(a, b, NULL);
 */
AD_API ad_array *ad_allclose_at(ad_place where, ad_array *a, ad_array *b, const ad_allclose_opts *opts);
#define ad_allclose(...) ad_allclose_at(AD_HERE, __VA_ARGS__)
#define ad_conn_allclose(a, b, attrs) ad_conn_apply(NULL, "allclose", AD_CONNS(a, b), attrs)

typedef struct ad_array_equal_opts {
  bool equal_nan; /* NaN equals NaN */
} ad_array_equal_opts;
/* array_equal:
 * Have a and b the same shape and equal elements? One boolean. Nothing is broadcast.
 *   ad_array *y = ad_array_equal(a, b, NULL);
 */
AD_API ad_array *ad_array_equal_at(ad_place where, ad_array *a, ad_array *b, const ad_array_equal_opts *opts);
#define ad_array_equal(...) ad_array_equal_at(AD_HERE, __VA_ARGS__)
#define ad_conn_array_equal(a, b, attrs) ad_conn_apply(NULL, "array_equal", AD_CONNS(a, b), attrs)

/* logical_not:
 * true where a is zero.
 *   ad_array *y = ad_logical_not(a);
 */
AD_API ad_array *ad_logical_not_at(ad_place where, ad_array *a);
#define ad_logical_not(...) ad_logical_not_at(AD_HERE, __VA_ARGS__)
#define ad_conn_logical_not(a) ad_conn_apply(NULL, "logical_not", AD_CONNS(a), NULL)

/* logical_and:
 * true where both are.
 *   ad_array *y = ad_logical_and(a, b);
 */
AD_API ad_array *ad_logical_and_at(ad_place where, ad_array *a, ad_array *b);
#define ad_logical_and(...) ad_logical_and_at(AD_HERE, __VA_ARGS__)
#define ad_conn_logical_and(a, b) ad_conn_apply(NULL, "logical_and", AD_CONNS(a, b), NULL)

/* logical_or:
 * true where either is.
 *   ad_array *y = ad_logical_or(a, b);
 */
AD_API ad_array *ad_logical_or_at(ad_place where, ad_array *a, ad_array *b);
#define ad_logical_or(...) ad_logical_or_at(AD_HERE, __VA_ARGS__)
#define ad_conn_logical_or(a, b) ad_conn_apply(NULL, "logical_or", AD_CONNS(a, b), NULL)

/* logical_xor:
 * true where exactly one is.
 *   ad_array *y = ad_logical_xor(a, b);
 */
AD_API ad_array *ad_logical_xor_at(ad_place where, ad_array *a, ad_array *b);
#define ad_logical_xor(...) ad_logical_xor_at(AD_HERE, __VA_ARGS__)
#define ad_conn_logical_xor(a, b) ad_conn_apply(NULL, "logical_xor", AD_CONNS(a, b), NULL)

/* bitwise_invert:
 * Every bit of a turned over; the negation of a boolean.
 *   ad_array *y = ad_bitwise_invert(a);
 */
AD_API ad_array *ad_bitwise_invert_at(ad_place where, ad_array *a);
#define ad_bitwise_invert(...) ad_bitwise_invert_at(AD_HERE, __VA_ARGS__)
#define ad_conn_bitwise_invert(a) ad_conn_apply(NULL, "bitwise_invert", AD_CONNS(a), NULL)

/* bitwise_and:
 * The bits set in both of a and b; the logical and of booleans.
 *   ad_array *y = ad_bitwise_and(a, b);
 */
AD_API ad_array *ad_bitwise_and_at(ad_place where, ad_array *a, ad_array *b);
#define ad_bitwise_and(...) ad_bitwise_and_at(AD_HERE, __VA_ARGS__)
#define ad_conn_bitwise_and(a, b) ad_conn_apply(NULL, "bitwise_and", AD_CONNS(a, b), NULL)

/* bitwise_or:
 * The bits set in either of a and b; the logical or of booleans.
 *   ad_array *y = ad_bitwise_or(a, b);
 */
AD_API ad_array *ad_bitwise_or_at(ad_place where, ad_array *a, ad_array *b);
#define ad_bitwise_or(...) ad_bitwise_or_at(AD_HERE, __VA_ARGS__)
#define ad_conn_bitwise_or(a, b) ad_conn_apply(NULL, "bitwise_or", AD_CONNS(a, b), NULL)

/* bitwise_xor:
 * The bits set in exactly one of a and b; the logical xor of booleans.
 *   ad_array *y = ad_bitwise_xor(a, b);
 */
AD_API ad_array *ad_bitwise_xor_at(ad_place where, ad_array *a, ad_array *b);
#define ad_bitwise_xor(...) ad_bitwise_xor_at(AD_HERE, __VA_ARGS__)
#define ad_conn_bitwise_xor(a, b) ad_conn_apply(NULL, "bitwise_xor", AD_CONNS(a, b), NULL)

/* left_shift:
 * a * 2^b, the bits beyond the width lost. A shift by the width or more, or by a negative number, gives 0. Booleans
 * are shifted as uint8.
 *   ad_array *y = ad_left_shift(a, b);
 */
AD_API ad_array *ad_left_shift_at(ad_place where, ad_array *a, ad_array *b);
#define ad_left_shift(...) ad_left_shift_at(AD_HERE, __VA_ARGS__)
#define ad_conn_left_shift(a, b) ad_conn_apply(NULL, "left_shift", AD_CONNS(a, b), NULL)

/* right_shift:
 * The largest whole number not above a / 2^b. A shift by the width or more, or by a negative number, gives 0, and -1
 * for negative numbers. Booleans are shifted as uint8.
 *   ad_array *y = ad_right_shift(a, b);
 */
AD_API ad_array *ad_right_shift_at(ad_place where, ad_array *a, ad_array *b);
#define ad_right_shift(...) ad_right_shift_at(AD_HERE, __VA_ARGS__)
#define ad_conn_right_shift(a, b) ad_conn_apply(NULL, "right_shift", AD_CONNS(a, b), NULL)

/* where:
 * x where condition is true, y elsewhere; the three broadcast together.
 *   ad_array *y = ad_where(mask, a, b);
 */
AD_API ad_array *ad_where_at(ad_place where, ad_array *condition, ad_array *x, ad_array *y);
#define ad_where(...) ad_where_at(AD_HERE, __VA_ARGS__)
#define ad_conn_where(condition, x, y) ad_conn_apply(NULL, "where", AD_CONNS(condition, x, y), NULL)

/* clip:
 * minimum(maximum(a, a_min), a_max); either bound may be NULL, not both. The three are promoted and broadcast
 * together; NaN stays NaN.
 *   ad_array *y = ad_clip(a, ad_number(c, 0), ad_number(c, 1));
 */
AD_API ad_array *ad_clip_at(ad_place where, ad_array *a, ad_array *a_min, ad_array *a_max);
#define ad_clip(...) ad_clip_at(AD_HERE, __VA_ARGS__)
#define ad_conn_clip(a, a_min, a_max) ad_conn_apply(NULL, "clip", AD_CONNS(a, a_min, a_max), NULL)

/* stop_gradient:
 * a, held constant in differentiation.
 *   ad_array *y = ad_stop_gradient(a);
 */
AD_API ad_array *ad_stop_gradient_at(ad_place where, ad_array *a);
#define ad_stop_gradient(...) ad_stop_gradient_at(AD_HERE, __VA_ARGS__)
#define ad_conn_stop_gradient(a) ad_conn_apply(NULL, "stop_gradient", AD_CONNS(a), NULL)

/* conjugate:
 * a with its imaginary part negated; a real array itself.
 *   ad_array *y = ad_conjugate(a);
 */
AD_API ad_array *ad_conjugate_at(ad_place where, ad_array *a);
#define ad_conjugate(...) ad_conjugate_at(AD_HERE, __VA_ARGS__)
#define ad_conn_conjugate(a) ad_conn_apply(NULL, "conjugate", AD_CONNS(a), NULL)

/* real:
 * The real part of a; a real array itself.
 *   ad_array *y = ad_real(a);
 */
AD_API ad_array *ad_real_at(ad_place where, ad_array *a);
#define ad_real(...) ad_real_at(AD_HERE, __VA_ARGS__)
#define ad_conn_real(a) ad_conn_apply(NULL, "real", AD_CONNS(a), NULL)

/* imag:
 * The imaginary part of a; zeros of its dtype for a real array.
 *   ad_array *y = ad_imag(a);
 */
AD_API ad_array *ad_imag_at(ad_place where, ad_array *a);
#define ad_imag(...) ad_imag_at(AD_HERE, __VA_ARGS__)
#define ad_conn_imag(a) ad_conn_apply(NULL, "imag", AD_CONNS(a), NULL)

/* make_complex:
 * The complex numbers with real part a and imaginary part b: complex128 when either is float64, else complex64.
 *   ad_array *y = ad_make_complex(a, b);
 */
AD_API ad_array *ad_make_complex_at(ad_place where, ad_array *a, ad_array *b);
#define ad_make_complex(...) ad_make_complex_at(AD_HERE, __VA_ARGS__)
#define ad_conn_make_complex(a, b) ad_conn_apply(NULL, "make_complex", AD_CONNS(a, b), NULL)

/* to_fp8:
 * The 8-bit floats (e4m3, 448 at most, beyond which they saturate) nearest to a, as uint8. NaN is 0x7f or 0xff.
 *   ad_array *y = ad_to_fp8(a);
 */
AD_API ad_array *ad_to_fp8_at(ad_place where, ad_array *a);
#define ad_to_fp8(...) ad_to_fp8_at(AD_HERE, __VA_ARGS__)
#define ad_conn_to_fp8(a) ad_conn_apply(NULL, "to_fp8", AD_CONNS(a), NULL)

typedef struct ad_from_fp8_opts {
  ad_dtype dtype; /* float16, bfloat16 or float32; default bfloat16 */
} ad_from_fp8_opts;
/* from_fp8:
 * The numbers whose 8-bit floats (e4m3) a holds as uint8.
 *   ad_array *y = ad_from_fp8(a, &(ad_from_fp8_opts){.dtype = AD_FLOAT32});
 */
AD_API ad_array *ad_from_fp8_at(ad_place where, ad_array *a, const ad_from_fp8_opts *opts);
#define ad_from_fp8(...) ad_from_fp8_at(AD_HERE, __VA_ARGS__)
#define ad_conn_from_fp8(a, attrs) ad_conn_apply(NULL, "from_fp8", AD_CONNS(a), attrs)

typedef struct ad_sum_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
  ad_dtype dtype; /* elements are converted to it first; absent: small integers widen */
} ad_sum_opts;
/* sum:
 * The sum over the axes; 0 where there are no elements. bool and integers below 8 bytes are summed as int32 or
 * uint32 and wrap; half types are summed in float32 and rounded once.
 *   ad_array *y = ad_sum(x, &(ad_sum_opts){.axes = AD_AXES(-1)});
 */
AD_API ad_array *ad_sum_at(ad_place where, ad_array *a, const ad_sum_opts *opts);
#define ad_sum(...) ad_sum_at(AD_HERE, __VA_ARGS__)
#define ad_conn_sum(a, attrs) ad_conn_apply(NULL, "sum", AD_CONNS(a), attrs)

typedef struct ad_prod_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
  ad_dtype dtype; /* elements are converted to it first; absent: small integers widen */
} ad_prod_opts;
/* prod:
 * The product over the axes; 1 where there are no elements. bool and integers below 8 bytes are multiplied as int32
 * or uint32 and wrap; half types are multiplied in float32 and rounded once.
 *   ad_array *y = ad_prod(x, NULL);
 */
AD_API ad_array *ad_prod_at(ad_place where, ad_array *a, const ad_prod_opts *opts);
#define ad_prod(...) ad_prod_at(AD_HERE, __VA_ARGS__)
#define ad_conn_prod(a, attrs) ad_conn_apply(NULL, "prod", AD_CONNS(a), attrs)

typedef struct ad_all_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
} ad_all_opts;
/* all:
 * Are all elements along the axes different from zero? True where there are none; NaN is different from zero.
 *   ad_array *y = ad_all(mask, NULL);
 */
AD_API ad_array *ad_all_at(ad_place where, ad_array *a, const ad_all_opts *opts);
#define ad_all(...) ad_all_at(AD_HERE, __VA_ARGS__)
#define ad_conn_all(a, attrs) ad_conn_apply(NULL, "all", AD_CONNS(a), attrs)

typedef struct ad_any_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
} ad_any_opts;
/* any:
 * Is any element along the axes different from zero? False where there are none; NaN is different from zero.
 *   ad_array *y = ad_any(mask, NULL);
 */
AD_API ad_array *ad_any_at(ad_place where, ad_array *a, const ad_any_opts *opts);
#define ad_any(...) ad_any_at(AD_HERE, __VA_ARGS__)
#define ad_conn_any(a, attrs) ad_conn_apply(NULL, "any", AD_CONNS(a), attrs)

typedef struct ad_max_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
} ad_max_opts;
/* max:
 * The largest element along the axes; NaN where there is one. Real dtypes; an axis of length 0 is an error. Tied
 * elements share the gradient equally.
 *   ad_array *y = ad_max(x, &(ad_max_opts){.axes = AD_AXES(0), .keepdims = true});
 */
AD_API ad_array *ad_max_at(ad_place where, ad_array *a, const ad_max_opts *opts);
#define ad_max(...) ad_max_at(AD_HERE, __VA_ARGS__)
#define ad_conn_max(a, attrs) ad_conn_apply(NULL, "max", AD_CONNS(a), attrs)

typedef struct ad_min_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
} ad_min_opts;
/* min:
 * The smallest element along the axes; NaN where there is one. Real dtypes; an axis of length 0 is an error. Tied
 * elements share the gradient equally.
 *   ad_array *y = ad_min(x, NULL);
 */
AD_API ad_array *ad_min_at(ad_place where, ad_array *a, const ad_min_opts *opts);
#define ad_min(...) ad_min_at(AD_HERE, __VA_ARGS__)
#define ad_conn_min(a, attrs) ad_conn_apply(NULL, "min", AD_CONNS(a), attrs)

typedef struct ad_argmax_opts {
  ad_int axis; /* the axis to search; absent: all elements in row-major order */
  bool keepdims; /* searched axes stay, with length 1 */
} ad_argmax_opts;
/* argmax:
 * The place of the largest element along the axis, the first of several; the first NaN where there is one. Real
 * dtypes; an axis of length 0 is an error. The result is uint32.
 *   ad_array *y = ad_argmax(x, &(ad_argmax_opts){.axis = AD_INT(-1)});
 */
AD_API ad_array *ad_argmax_at(ad_place where, ad_array *a, const ad_argmax_opts *opts);
#define ad_argmax(...) ad_argmax_at(AD_HERE, __VA_ARGS__)
#define ad_conn_argmax(a, attrs) ad_conn_apply(NULL, "argmax", AD_CONNS(a), attrs)

typedef struct ad_argmin_opts {
  ad_int axis; /* the axis to search; absent: all elements in row-major order */
  bool keepdims; /* searched axes stay, with length 1 */
} ad_argmin_opts;
/* argmin:
 * The place of the smallest element along the axis, the first of several; the first NaN where there is one. Real
 * dtypes; an axis of length 0 is an error. The result is uint32.
 *   ad_array *y = ad_argmin(x, NULL);
 */
AD_API ad_array *ad_argmin_at(ad_place where, ad_array *a, const ad_argmin_opts *opts);
#define ad_argmin(...) ad_argmin_at(AD_HERE, __VA_ARGS__)
#define ad_conn_argmin(a, attrs) ad_conn_apply(NULL, "argmin", AD_CONNS(a), attrs)

typedef struct ad_mean_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
} ad_mean_opts;
/* mean:
 * The arithmetic mean over the axes; NaN where there are no elements. bool and integers become float32; half types
 * are summed in float32 and rounded once.
 *   ad_array *y = ad_mean(x, &(ad_mean_opts){.axes = AD_AXES(-1)});
 */
AD_API ad_array *ad_mean_at(ad_place where, ad_array *a, const ad_mean_opts *opts);
#define ad_mean(...) ad_mean_at(AD_HERE, __VA_ARGS__)
#define ad_conn_mean(a, attrs) ad_conn_apply(NULL, "mean", AD_CONNS(a), attrs)

typedef struct ad_var_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
  ad_num ddof; /* the sum of squares is divided by the count less this; absent: 0 */
  ad_num correction; /* another name of ddof; one of the two is right */
} ad_var_opts;
/* var:
 * The variance over the axes: the mean squared distance from the mean, divided by the count less ddof (0 at least).
 * That of complex numbers is real. bool and integers become float32.
 *   ad_array *y = ad_var(x, &(ad_var_opts){.axes = AD_AXES(0), .ddof = AD_NUM(1)});
 */
AD_API ad_array *ad_var_at(ad_place where, ad_array *a, const ad_var_opts *opts);
#define ad_var(...) ad_var_at(AD_HERE, __VA_ARGS__)
#define ad_conn_var(a, attrs) ad_conn_apply(NULL, "var", AD_CONNS(a), attrs)

typedef struct ad_std_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
  ad_num ddof; /* the sum of squares is divided by the count less this; absent: 0 */
  ad_num correction; /* another name of ddof; one of the two is right */
} ad_std_opts;
/* std:
 * The standard deviation over the axes: the square root of var. bool and integers become float32.
 *   ad_array *y = ad_std(x, NULL);
 */
AD_API ad_array *ad_std_at(ad_place where, ad_array *a, const ad_std_opts *opts);
#define ad_std(...) ad_std_at(AD_HERE, __VA_ARGS__)
#define ad_conn_std(a, attrs) ad_conn_apply(NULL, "std", AD_CONNS(a), attrs)

typedef struct ad_logsumexp_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
} ad_logsumexp_opts;
/* logsumexp:
 * log(sum(exp(a))) over the axes without overflow; right for infinities. bool and integers become float32; an axis
 * of length 0 is an error.
 *   ad_array *y = ad_logsumexp(x, &(ad_logsumexp_opts){.axes = AD_AXES(-1)});
 */
AD_API ad_array *ad_logsumexp_at(ad_place where, ad_array *a, const ad_logsumexp_opts *opts);
#define ad_logsumexp(...) ad_logsumexp_at(AD_HERE, __VA_ARGS__)
#define ad_conn_logsumexp(a, attrs) ad_conn_apply(NULL, "logsumexp", AD_CONNS(a), attrs)

typedef struct ad_count_nonzero_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
} ad_count_nonzero_opts;
/* count_nonzero:
 * How many elements along the axes differ from zero, as int32; NaN does.
 *   ad_array *y = ad_count_nonzero(x, NULL);
 */
AD_API ad_array *ad_count_nonzero_at(ad_place where, ad_array *a, const ad_count_nonzero_opts *opts);
#define ad_count_nonzero(...) ad_count_nonzero_at(AD_HERE, __VA_ARGS__)
#define ad_conn_count_nonzero(a, attrs) ad_conn_apply(NULL, "count_nonzero", AD_CONNS(a), attrs)

typedef struct ad_softmax_opts {
  ad_ints axes; /* the axes along which the exponentials sum to 1; absent: all */
  bool precise; /* half types are computed in float32, as they always are; said for programs that ask */
} ad_softmax_opts;
/* softmax:
 * exp(a) divided by its sum over the axes, without overflow. bool and integers become float32; half types are
 * computed in float32.
 *   ad_array *y = ad_softmax(x, &(ad_softmax_opts){.axes = AD_AXES(-1)});
 */
AD_API ad_array *ad_softmax_at(ad_place where, ad_array *a, const ad_softmax_opts *opts);
#define ad_softmax(...) ad_softmax_at(AD_HERE, __VA_ARGS__)
#define ad_conn_softmax(a, attrs) ad_conn_apply(NULL, "softmax", AD_CONNS(a), attrs)

typedef struct ad_log_softmax_opts {
  ad_ints axes; /* the axes along which the exponentials sum to 1; absent: all */
  bool precise; /* half types are computed in float32, as they always are; said for programs that ask */
} ad_log_softmax_opts;
/* log_softmax:
 * The logarithm of softmax: a less logsumexp(a) over the axes. bool and integers become float32; half types are
 * computed in float32.
 *   ad_array *y = ad_log_softmax(x, &(ad_log_softmax_opts){.axes = AD_AXES(-1)});
 */
AD_API ad_array *ad_log_softmax_at(ad_place where, ad_array *a, const ad_log_softmax_opts *opts);
#define ad_log_softmax(...) ad_log_softmax_at(AD_HERE, __VA_ARGS__)
#define ad_conn_log_softmax(a, attrs) ad_conn_apply(NULL, "log_softmax", AD_CONNS(a), attrs)

typedef struct ad_cumsum_opts {
  ad_int axis; /* the axis to scan; absent: all elements in row-major order, as one axis */
  bool reverse; /* from the end to the beginning */
  bool exclusive; /* a result is that of the elements before its own */
  ad_dtype dtype; /* elements are converted to it first; absent: a's, int32 for sums of bool */
} ad_cumsum_opts;
/* cumsum:
 * The sums of the first elements along an axis: result k is a[0] + ... + a[k]. Keeps the dtype, but for bool, which
 * becomes int32; float32 and half types are summed in float64.
 *   ad_array *y = ad_cumsum(x, &(ad_cumsum_opts){.axis = AD_INT(-1)});
 */
AD_API ad_array *ad_cumsum_at(ad_place where, ad_array *a, const ad_cumsum_opts *opts);
#define ad_cumsum(...) ad_cumsum_at(AD_HERE, __VA_ARGS__)
#define ad_conn_cumsum(a, attrs) ad_conn_apply(NULL, "cumsum", AD_CONNS(a), attrs)

typedef struct ad_cumprod_opts {
  ad_int axis; /* the axis to scan; absent: all elements in row-major order, as one axis */
  bool reverse; /* from the end to the beginning */
  bool exclusive; /* a result is that of the elements before its own */
  ad_dtype dtype; /* elements are converted to it first; absent: a's, int32 for sums of bool */
} ad_cumprod_opts;
/* cumprod:
 * The products of the first elements along an axis: result k is a[0] * ... * a[k]. Keeps the dtype; half types are
 * multiplied in float32.
 *   ad_array *y = ad_cumprod(x, &(ad_cumprod_opts){.axis = AD_INT(0)});
 */
AD_API ad_array *ad_cumprod_at(ad_place where, ad_array *a, const ad_cumprod_opts *opts);
#define ad_cumprod(...) ad_cumprod_at(AD_HERE, __VA_ARGS__)
#define ad_conn_cumprod(a, attrs) ad_conn_apply(NULL, "cumprod", AD_CONNS(a), attrs)

typedef struct ad_cummax_opts {
  ad_int axis; /* the axis to scan; absent: all elements in row-major order, as one axis */
  bool reverse; /* from the end to the beginning */
  bool exclusive; /* a result is that of the elements before its own */
} ad_cummax_opts;
/* cummax:
 * The largest of the first elements along an axis; NaN from the first NaN on. Real dtypes.
 *   ad_array *y = ad_cummax(x, &(ad_cummax_opts){.axis = AD_INT(0)});
 */
AD_API ad_array *ad_cummax_at(ad_place where, ad_array *a, const ad_cummax_opts *opts);
#define ad_cummax(...) ad_cummax_at(AD_HERE, __VA_ARGS__)
#define ad_conn_cummax(a, attrs) ad_conn_apply(NULL, "cummax", AD_CONNS(a), attrs)

typedef struct ad_cummin_opts {
  ad_int axis; /* the axis to scan; absent: all elements in row-major order, as one axis */
  bool reverse; /* from the end to the beginning */
  bool exclusive; /* a result is that of the elements before its own */
} ad_cummin_opts;
/* cummin:
 * The smallest of the first elements along an axis; NaN from the first NaN on. Real dtypes.
 *   ad_array *y = ad_cummin(x, NULL);
 */
AD_API ad_array *ad_cummin_at(ad_place where, ad_array *a, const ad_cummin_opts *opts);
#define ad_cummin(...) ad_cummin_at(AD_HERE, __VA_ARGS__)
#define ad_conn_cummin(a, attrs) ad_conn_apply(NULL, "cummin", AD_CONNS(a), attrs)

typedef struct ad_logcumsumexp_opts {
  ad_int axis; /* the axis to scan; absent: all elements in row-major order, as one axis */
  bool reverse; /* from the end to the beginning */
  bool exclusive; /* a result is that of the elements before its own */
} ad_logcumsumexp_opts;
/* logcumsumexp:
 * log(cumsum(exp(a))) without overflow. bool and integers become float32; float32 and half types are carried in
 * float64.
 *   ad_array *y = ad_logcumsumexp(x, &(ad_logcumsumexp_opts){.axis = AD_INT(-1)});
 */
AD_API ad_array *ad_logcumsumexp_at(ad_place where, ad_array *a, const ad_logcumsumexp_opts *opts);
#define ad_logcumsumexp(...) ad_logcumsumexp_at(AD_HERE, __VA_ARGS__)
#define ad_conn_logcumsumexp(a, attrs) ad_conn_apply(NULL, "logcumsumexp", AD_CONNS(a), attrs)

typedef struct ad_sort_opts {
  ad_int axis; /* the axis to sort along; default -1 */
  bool descending; /* largest first; NaN stays last */
} ad_sort_opts;
/* sort:
 * The elements in ascending order along an axis. Stable; NaN last; complex numbers by real part, then imaginary
 * part, those with a NaN last.
 *   ad_array *y = ad_sort(x, &(ad_sort_opts){.axis = AD_INT(0)});
 */
AD_API ad_array *ad_sort_at(ad_place where, ad_array *a, const ad_sort_opts *opts);
#define ad_sort(...) ad_sort_at(AD_HERE, __VA_ARGS__)
#define ad_conn_sort(a, attrs) ad_conn_apply(NULL, "sort", AD_CONNS(a), attrs)

typedef struct ad_argsort_opts {
  ad_int axis; /* the axis to sort along; default -1 */
  bool descending; /* largest first; NaN stays last */
} ad_argsort_opts;
/* argsort:
 * The indices that sort along an axis: take_along_axis of them is sort. Stable, so equal elements keep their order;
 * NaN last. The result is uint32.
 *   ad_array *order = ad_argsort(x, NULL);
 */
AD_API ad_array *ad_argsort_at(ad_place where, ad_array *a, const ad_argsort_opts *opts);
#define ad_argsort(...) ad_argsort_at(AD_HERE, __VA_ARGS__)
#define ad_conn_argsort(a, attrs) ad_conn_apply(NULL, "argsort", AD_CONNS(a), attrs)

typedef struct ad_partition_opts {
  ad_int axis; /* the axis along which; default -1 */
} ad_partition_opts;
/* partition:
 * The elements along an axis, parted: at kth stands what would stand there in ascending order, smaller ones before
 * it, greater ones behind. NaN counts as the greatest; complex numbers as in sort. The order within the parts is the
 * same on every machine and otherwise not to be relied on.
 *   kth: the place whose element is as in the sorted order; a negative one counts from the end
 *   ad_array *y = ad_partition(x, 10, NULL);
 */
AD_API ad_array *ad_partition_at(ad_place where, ad_array *a, int64_t kth, const ad_partition_opts *opts);
#define ad_partition(...) ad_partition_at(AD_HERE, __VA_ARGS__)
#define ad_conn_partition(a, attrs) ad_conn_apply(NULL, "partition", AD_CONNS(a), attrs)

typedef struct ad_argpartition_opts {
  ad_int axis; /* the axis along which; default -1 */
} ad_argpartition_opts;
/* argpartition:
 * The indices that partition along an axis: take_along_axis of them is partition. The result is uint32.
 *   kth: the place whose element is as in the sorted order; a negative one counts from the end
 *   ad_array *order = ad_argpartition(x, 10, NULL);
 */
AD_API ad_array *ad_argpartition_at(ad_place where, ad_array *a, int64_t kth, const ad_argpartition_opts *opts);
#define ad_argpartition(...) ad_argpartition_at(AD_HERE, __VA_ARGS__)
#define ad_conn_argpartition(a, attrs) ad_conn_apply(NULL, "argpartition", AD_CONNS(a), attrs)

typedef struct ad_topk_opts {
  ad_int axis; /* the axis along which; default -1 */
} ad_topk_opts;
/* topk:
 * The k greatest elements along an axis, not sorted. NaN counts as the greatest; complex numbers as in sort. Of
 * equal ones the first are taken, and they keep the order of a; complex ones come in ascending order.
 *   k: how many, from 0 to the length of the axis
 *   ad_array *best = ad_topk(x, 5, NULL);
 */
AD_API ad_array *ad_topk_at(ad_place where, ad_array *a, int64_t k, const ad_topk_opts *opts);
#define ad_topk(...) ad_topk_at(AD_HERE, __VA_ARGS__)
#define ad_conn_topk(a, attrs) ad_conn_apply(NULL, "topk", AD_CONNS(a), attrs)

typedef struct ad_argtopk_opts {
  ad_int axis; /* the axis along which; default -1 */
} ad_argtopk_opts;
/* argtopk:
 * The indices of the k greatest elements along an axis: take_along_axis of them is topk. The result is uint32.
 *   k: how many, from 0 to the length of the axis
 *   ad_array *places = ad_argtopk(x, 5, NULL);
 */
AD_API ad_array *ad_argtopk_at(ad_place where, ad_array *a, int64_t k, const ad_argtopk_opts *opts);
#define ad_argtopk(...) ad_argtopk_at(AD_HERE, __VA_ARGS__)
#define ad_conn_argtopk(a, attrs) ad_conn_apply(NULL, "argtopk", AD_CONNS(a), attrs)

typedef struct ad_searchsorted_opts {
  const char *side; /* before or behind equal ones; one of left|right, the first is the default */
} ad_searchsorted_opts;
/* searchsorted:
 * Where each element of v would have to be put into a, which is in ascending order along its last axis, to keep that
 * order: the number of elements that are smaller (side left), or smaller or equal (right). a has one axis, or as
 * many as v with the same dims but for the last: a sequence for each row. NaN counts as the greatest. The result has
 * v's shape and is uint32; where a is not in order, it is some number from 0 to the length.
 *   ad_array *places = ad_searchsorted(edges, x, &(ad_searchsorted_opts){.side = "right"});
 */
AD_API ad_array *ad_searchsorted_at(ad_place where, ad_array *a, ad_array *v, const ad_searchsorted_opts *opts);
#define ad_searchsorted(...) ad_searchsorted_at(AD_HERE, __VA_ARGS__)
#define ad_conn_searchsorted(a, v, attrs) ad_conn_apply(NULL, "searchsorted", AD_CONNS(a, v), attrs)

typedef struct ad_isin_opts {
  bool invert; /* true for those that are not there */
} ad_isin_opts;
/* isin:
 * Which elements of a are among those of test, of any shape; NaN is never. The result has a's shape.
 *   ad_array *known = ad_isin(x, y, NULL);
 */
AD_API ad_array *ad_isin_at(ad_place where, ad_array *a, ad_array *test, const ad_isin_opts *opts);
#define ad_isin(...) ad_isin_at(AD_HERE, __VA_ARGS__)
#define ad_conn_isin(a, test, attrs) ad_conn_apply(NULL, "isin", AD_CONNS(a, test), attrs)

typedef struct ad_median_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
} ad_median_opts;
/* median:
 * The middle element over the axes, the mean of the two in the middle when their number is even; NaN where there is
 * one. bool and integers become float32; an axis of length 0 is an error.
 *   ad_array *y = ad_median(x, &(ad_median_opts){.axes = AD_AXES(0)});
 */
AD_API ad_array *ad_median_at(ad_place where, ad_array *a, const ad_median_opts *opts);
#define ad_median(...) ad_median_at(AD_HERE, __VA_ARGS__)
#define ad_conn_median(a, attrs) ad_conn_apply(NULL, "median", AD_CONNS(a), attrs)

typedef struct ad_diff_opts {
  ad_int n; /* how many times to take differences; default 1 */
  ad_int axis; /* the axis along which; default -1 */
} ad_diff_opts;
/* diff:
 * Differences of neighbours along an axis, taken n times: a[1:] - a[:-1]; of bool, whether they differ. prepend and
 * append, of a's shape but for the axis, are put before and behind a first.
 *   ad_array *y = ad_diff(x, NULL, NULL, &(ad_diff_opts){.axis = AD_INT(0)});
 */
AD_API ad_array *ad_diff_at(ad_place where, ad_array *a, ad_array *prepend, ad_array *append, const ad_diff_opts *opts);
#define ad_diff(...) ad_diff_at(AD_HERE, __VA_ARGS__)
#define ad_conn_diff(a, prepend, append, attrs) ad_conn_apply(NULL, "diff", AD_CONNS(a, prepend, append), attrs)

typedef struct ad_trapezoid_opts {
  ad_num dx; /* the distance of points when x is missing; default 1 */
  ad_int axis; /* the axis to integrate along; default -1 */
} ad_trapezoid_opts;
/* trapezoid:
 * The integral of y along an axis by the trapezoidal rule: neighbours' mean times their distance, which is dx, or
 * the difference of x (of y's shape, or one row of points for all). bool and integers become float32.
 *   ad_array *area = ad_trapezoid(y, x, NULL);
 */
AD_API ad_array *ad_trapezoid_at(ad_place where, ad_array *y, ad_array *x, const ad_trapezoid_opts *opts);
#define ad_trapezoid(...) ad_trapezoid_at(AD_HERE, __VA_ARGS__)
#define ad_conn_trapezoid(y, x, attrs) ad_conn_apply(NULL, "trapezoid", AD_CONNS(y, x), attrs)

/* reshape:
 * The elements of a in row-major order under another shape with as many elements. Shares a's memory where its layout
 * allows. Any dtype.
 *   shape: the dims of the result; one of them may be -1, it is then found from the others
 *   ad_array *y = ad_reshape(x, AD_SHAPE(2, -1));
 */
AD_API ad_array *ad_reshape_at(ad_place where, ad_array *a, ad_shape shape);
#define ad_reshape(...) ad_reshape_at(AD_HERE, __VA_ARGS__)
#define ad_conn_reshape(a, attrs) ad_conn_apply(NULL, "reshape", AD_CONNS(a), attrs)

typedef struct ad_transpose_opts {
  ad_ints axes; /* axis k of the result is axis axes[k] of a; absent: the axes reversed */
} ad_transpose_opts;
/* transpose:
 * The axes of a in another order, by default reversed. A view. Any dtype.
 *   ad_array *y = ad_transpose(x, &(ad_transpose_opts){.axes = AD_AXES(0, 2, 1)});
 */
AD_API ad_array *ad_transpose_at(ad_place where, ad_array *a, const ad_transpose_opts *opts);
#define ad_transpose(...) ad_transpose_at(AD_HERE, __VA_ARGS__)
#define ad_conn_transpose(a, attrs) ad_conn_apply(NULL, "transpose", AD_CONNS(a), attrs)

/* broadcast_to:
 * a repeated along new leading axes and axes of length 1 until it has that shape. A view that takes no memory. Any
 * dtype.
 *   shape: the dims of the result
 *   ad_array *y = ad_broadcast_to(x, AD_SHAPE(4, 3));
 */
AD_API ad_array *ad_broadcast_to_at(ad_place where, ad_array *a, ad_shape shape);
#define ad_broadcast_to(...) ad_broadcast_to_at(AD_HERE, __VA_ARGS__)
#define ad_conn_broadcast_to(a, attrs) ad_conn_apply(NULL, "broadcast_to", AD_CONNS(a), attrs)

/* expand_dims:
 * a with new axes of length 1. A view. Any dtype.
 *   axes: where the new axes stand in the result
 *   ad_array *y = ad_expand_dims(x, AD_AXES(0, -1));
 */
AD_API ad_array *ad_expand_dims_at(ad_place where, ad_array *a, ad_ints axes);
#define ad_expand_dims(...) ad_expand_dims_at(AD_HERE, __VA_ARGS__)
#define ad_conn_expand_dims(a, attrs) ad_conn_apply(NULL, "expand_dims", AD_CONNS(a), attrs)

typedef struct ad_squeeze_opts {
  ad_ints axes; /* the axes to drop; absent: all of length 1 */
} ad_squeeze_opts;
/* squeeze:
 * a without axes of length 1. A view. Any dtype.
 *   ad_array *y = ad_squeeze(x, &(ad_squeeze_opts){.axes = AD_AXES(-1)});
 */
AD_API ad_array *ad_squeeze_at(ad_place where, ad_array *a, const ad_squeeze_opts *opts);
#define ad_squeeze(...) ad_squeeze_at(AD_HERE, __VA_ARGS__)
#define ad_conn_squeeze(a, attrs) ad_conn_apply(NULL, "squeeze", AD_CONNS(a), attrs)

typedef struct ad_flip_opts {
  ad_ints axes; /* the axes to reverse; absent: all */
} ad_flip_opts;
/* flip:
 * The elements of a in reverse order along axes. A view. Any dtype.
 *   ad_array *y = ad_flip(x, &(ad_flip_opts){.axes = AD_AXES(0)});
 */
AD_API ad_array *ad_flip_at(ad_place where, ad_array *a, const ad_flip_opts *opts);
#define ad_flip(...) ad_flip_at(AD_HERE, __VA_ARGS__)
#define ad_conn_flip(a, attrs) ad_conn_apply(NULL, "flip", AD_CONNS(a), attrs)

typedef struct ad_strided_slice_opts {
  ad_ints step; /* distance between positions, one per axis; negative runs backwards; absent: 1 */
} ad_strided_slice_opts;
/* strided_slice:
 * Every step-th element of a from start up to stop, on each axis. Positions follow Python: negative ones count from
 * the end, and what lies outside is cut. A symbolic axis is taken to be long enough. A view. Any dtype.
 *   start: first position, one per axis
 *   stop: the position before which each axis ends; INT64_MAX (INT64_MIN backwards) for its very end
 *   ad_array *y = ad_strided_slice(x, AD_INTS(0, 1), AD_INTS(INT64_MAX, -1), NULL);
 */
AD_API ad_array *ad_strided_slice_at(ad_place where, ad_array *a, ad_ints start, ad_ints stop, const ad_strided_slice_opts *opts);
#define ad_strided_slice(...) ad_strided_slice_at(AD_HERE, __VA_ARGS__)
#define ad_conn_strided_slice(a, attrs) ad_conn_apply(NULL, "strided_slice", AD_CONNS(a), attrs)

typedef struct ad_pad_constant_opts {
  ad_ints interior; /* elements added between any two neighbours; absent: 0 */
} ad_pad_constant_opts;
/* pad_constant:
 * a with elements of one value, a rank 0 array cast to a's dtype, added before, behind and between its own. Any
 * dtype.
 *   low: elements added before, one per axis, 0 or more
 *   high: elements added behind
 *   ad_array *y = ad_pad_constant(x, ad_number(c, 0), AD_INTS(1), AD_INTS(2), NULL);
 */
AD_API ad_array *ad_pad_constant_at(ad_place where, ad_array *a, ad_array *value, ad_ints low, ad_ints high, const ad_pad_constant_opts *opts);
#define ad_pad_constant(...) ad_pad_constant_at(AD_HERE, __VA_ARGS__)
#define ad_conn_pad_constant(a, value, attrs) ad_conn_apply(NULL, "pad_constant", AD_CONNS(a, value), attrs)

typedef struct ad_concatenate_opts {
  ad_int axis; /* the axis along which they lie one behind the other; default 0 */
} ad_concatenate_opts;
/* concatenate:
 * Arrays one behind the other along an axis; their other dims are equal. dtypes promote.
 *   ad_array *y = ad_concatenate(c, (ad_array *[]){a, b}, 2, &(ad_concatenate_opts){.axis = AD_INT(1)});
 */
AD_API ad_array *ad_concatenate_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, const ad_concatenate_opts *opts);
#define ad_concatenate(...) ad_concatenate_at(AD_HERE, __VA_ARGS__)
#define ad_conn_concatenate(conns, attrs) ad_conn_apply(NULL, "concatenate", conns, attrs)

typedef struct ad_stack_opts {
  ad_int axis; /* where the new axis stands; default 0 */
} ad_stack_opts;
/* stack:
 * Arrays of one shape along a new axis. dtypes promote.
 *   ad_array *y = ad_stack(c, (ad_array *[]){a, b}, 2, NULL);
 */
AD_API ad_array *ad_stack_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, const ad_stack_opts *opts);
#define ad_stack(...) ad_stack_at(AD_HERE, __VA_ARGS__)
#define ad_conn_stack(conns, attrs) ad_conn_apply(NULL, "stack", conns, attrs)

typedef struct ad_flatten_opts {
  ad_int start; /* first of the axes; default 0 */
  ad_int end; /* last of the axes; default -1 */
} ad_flatten_opts;
/* flatten:
 * Axes start to end of a as one. Both may count from the end and are cut to the axes there are; rank 0 becomes (1).
 *   ad_array *y = ad_flatten(x, NULL);
 */
AD_API ad_array *ad_flatten_at(ad_place where, ad_array *a, const ad_flatten_opts *opts);
#define ad_flatten(...) ad_flatten_at(AD_HERE, __VA_ARGS__)
#define ad_conn_flatten(a, attrs) ad_conn_apply(NULL, "flatten", AD_CONNS(a), attrs)

/* unflatten:
 * One axis of a as several.
 *   axis: the axis to take apart
 *   shape: the dims it becomes; one may be -1
 *   ad_array *y = ad_unflatten(x, -1, AD_SHAPE(4, -1));
 */
AD_API ad_array *ad_unflatten_at(ad_place where, ad_array *a, int64_t axis, ad_shape shape);
#define ad_unflatten(...) ad_unflatten_at(AD_HERE, __VA_ARGS__)
#define ad_conn_unflatten(a, attrs) ad_conn_apply(NULL, "unflatten", AD_CONNS(a), attrs)

/* moveaxis:
 * One axis of a in another place, the others in their order. A view.
 *   source: the axis to move
 *   destination: its place in the result
 *   ad_array *y = ad_moveaxis(x, 0, -1);
 */
AD_API ad_array *ad_moveaxis_at(ad_place where, ad_array *a, int64_t source, int64_t destination);
#define ad_moveaxis(...) ad_moveaxis_at(AD_HERE, __VA_ARGS__)
#define ad_conn_moveaxis(a, attrs) ad_conn_apply(NULL, "moveaxis", AD_CONNS(a), attrs)

/* swapaxes:
 * Two axes of a exchanged. A view.
 *   axis1: one axis
 *   axis2: the other
 *   ad_array *y = ad_swapaxes(x, 0, -1);
 */
AD_API ad_array *ad_swapaxes_at(ad_place where, ad_array *a, int64_t axis1, int64_t axis2);
#define ad_swapaxes(...) ad_swapaxes_at(AD_HERE, __VA_ARGS__)
#define ad_conn_swapaxes(a, attrs) ad_conn_apply(NULL, "swapaxes", AD_CONNS(a), attrs)

/* matrix_transpose:
 * The last two axes of a exchanged. A view.
 *   ad_array *y = ad_matrix_transpose(x);
 */
AD_API ad_array *ad_matrix_transpose_at(ad_place where, ad_array *a);
#define ad_matrix_transpose(...) ad_matrix_transpose_at(AD_HERE, __VA_ARGS__)
#define ad_conn_matrix_transpose(a) ad_conn_apply(NULL, "matrix_transpose", AD_CONNS(a), NULL)

/* atleast_1d:
 * a, rank 0 as one element of rank 1.
 *   ad_array *y = ad_atleast_1d(x);
 */
AD_API ad_array *ad_atleast_1d_at(ad_place where, ad_array *a);
#define ad_atleast_1d(...) ad_atleast_1d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_atleast_1d(a) ad_conn_apply(NULL, "atleast_1d", AD_CONNS(a), NULL)

/* atleast_2d:
 * a with at least two axes; a vector becomes a row.
 *   ad_array *y = ad_atleast_2d(x);
 */
AD_API ad_array *ad_atleast_2d_at(ad_place where, ad_array *a);
#define ad_atleast_2d(...) ad_atleast_2d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_atleast_2d(a) ad_conn_apply(NULL, "atleast_2d", AD_CONNS(a), NULL)

/* atleast_3d:
 * a with at least three axes; a vector becomes (1, n, 1), a matrix (n, m, 1).
 *   ad_array *y = ad_atleast_3d(x);
 */
AD_API ad_array *ad_atleast_3d_at(ad_place where, ad_array *a);
#define ad_atleast_3d(...) ad_atleast_3d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_atleast_3d(a) ad_conn_apply(NULL, "atleast_3d", AD_CONNS(a), NULL)

typedef struct ad_repeat_opts {
  ad_int axis; /* along which; absent: a is flattened first */
} ad_repeat_opts;
/* repeat:
 * Each element of a several times in a row, along an axis.
 *   repeats: how often, 0 or more
 *   ad_array *y = ad_repeat(x, 3, &(ad_repeat_opts){.axis = AD_INT(0)});
 */
AD_API ad_array *ad_repeat_at(ad_place where, ad_array *a, int64_t repeats, const ad_repeat_opts *opts);
#define ad_repeat(...) ad_repeat_at(AD_HERE, __VA_ARGS__)
#define ad_conn_repeat(a, attrs) ad_conn_apply(NULL, "repeat", AD_CONNS(a), attrs)

/* tile:
 * a laid out several times along its last axes; more entries than axes add axes in front.
 *   reps: how often, for the last axes; 0 or more
 *   ad_array *y = ad_tile(x, AD_INTS(2, 3));
 */
AD_API ad_array *ad_tile_at(ad_place where, ad_array *a, ad_ints reps);
#define ad_tile(...) ad_tile_at(AD_HERE, __VA_ARGS__)
#define ad_conn_tile(a, attrs) ad_conn_apply(NULL, "tile", AD_CONNS(a), attrs)

typedef struct ad_roll_opts {
  ad_ints axes; /* along which; absent: as if a were flat */
} ad_roll_opts;
/* roll:
 * The elements of a moved along axes; what passes the end comes in again at the beginning.
 *   shift: by how many places to the end; one, or one per axis
 *   ad_array *y = ad_roll(x, AD_INTS(1), &(ad_roll_opts){.axes = AD_AXES(0)});
 */
AD_API ad_array *ad_roll_at(ad_place where, ad_array *a, ad_ints shift, const ad_roll_opts *opts);
#define ad_roll(...) ad_roll_at(AD_HERE, __VA_ARGS__)
#define ad_conn_roll(a, attrs) ad_conn_apply(NULL, "roll", AD_CONNS(a), attrs)

typedef struct ad_pad_opts {
  const char *mode; /* what is added; one of constant|edge|reflect|symmetric, the first is the default */
  ad_num value; /* the number that mode constant adds; default 0 */
} ad_pad_opts;
/* pad:
 * a with elements added before and behind on each axis: a number (constant), its first and last (edge), or its own
 * in reverse, the ends left out (reflect) or included (symmetric), again and again where the width asks for it.
 *   width: elements added before and behind: one number for all, a pair for all axes, or a pair per axis
 *   ad_array *y = ad_pad(x, AD_INTS(1, 2), &(ad_pad_opts){.mode = "edge"});
 */
AD_API ad_array *ad_pad_at(ad_place where, ad_array *a, ad_ints width, const ad_pad_opts *opts);
#define ad_pad(...) ad_pad_at(AD_HERE, __VA_ARGS__)
#define ad_conn_pad(a, attrs) ad_conn_apply(NULL, "pad", AD_CONNS(a), attrs)

typedef struct ad_diagonal_opts {
  ad_int offset; /* above (below, when negative) the main one; default 0 */
  ad_int axis1; /* the axis that counts rows; default 0 */
  ad_int axis2; /* the axis that counts columns; default 1 */
} ad_diagonal_opts;
/* diagonal:
 * The elements of a whose places on two axes differ by offset, as a new last axis. A view.
 *   ad_array *y = ad_diagonal(x, &(ad_diagonal_opts){.offset = AD_INT(1)});
 */
AD_API ad_array *ad_diagonal_at(ad_place where, ad_array *a, const ad_diagonal_opts *opts);
#define ad_diagonal(...) ad_diagonal_at(AD_HERE, __VA_ARGS__)
#define ad_conn_diagonal(a, attrs) ad_conn_apply(NULL, "diagonal", AD_CONNS(a), attrs)

typedef struct ad_trace_opts {
  ad_int offset; /* above (below, when negative) the main one; default 0 */
  ad_int axis1; /* the axis that counts rows; default 0 */
  ad_int axis2; /* the axis that counts columns; default 1 */
  ad_dtype dtype; /* of the sum; absent: as sum's */
} ad_trace_opts;
/* trace:
 * The sum of a diagonal.
 *   ad_array *y = ad_trace(x, NULL);
 */
AD_API ad_array *ad_trace_at(ad_place where, ad_array *a, const ad_trace_opts *opts);
#define ad_trace(...) ad_trace_at(AD_HERE, __VA_ARGS__)
#define ad_conn_trace(a, attrs) ad_conn_apply(NULL, "trace", AD_CONNS(a), attrs)

typedef struct ad_diag_opts {
  ad_int offset; /* above (below, when negative) the main one; default 0 */
} ad_diag_opts;
/* diag:
 * The square matrix with a vector as its diagonal and zeros elsewhere; of a matrix, its diagonal.
 *   ad_array *y = ad_diag(x, NULL);
 */
AD_API ad_array *ad_diag_at(ad_place where, ad_array *a, const ad_diag_opts *opts);
#define ad_diag(...) ad_diag_at(AD_HERE, __VA_ARGS__)
#define ad_conn_diag(a, attrs) ad_conn_apply(NULL, "diag", AD_CONNS(a), attrs)

typedef struct ad_tril_opts {
  ad_int k; /* which diagonal: above (below, when negative) the main one; default 0 */
} ad_tril_opts;
/* tril:
 * a at and below a diagonal, zeros above. Matrices are the last two axes.
 *   ad_array *y = ad_tril(x, NULL);
 */
AD_API ad_array *ad_tril_at(ad_place where, ad_array *a, const ad_tril_opts *opts);
#define ad_tril(...) ad_tril_at(AD_HERE, __VA_ARGS__)
#define ad_conn_tril(a, attrs) ad_conn_apply(NULL, "tril", AD_CONNS(a), attrs)

typedef struct ad_triu_opts {
  ad_int k; /* which diagonal: above (below, when negative) the main one; default 0 */
} ad_triu_opts;
/* triu:
 * a at and above a diagonal, zeros below. Matrices are the last two axes.
 *   ad_array *y = ad_triu(x, NULL);
 */
AD_API ad_array *ad_triu_at(ad_place where, ad_array *a, const ad_triu_opts *opts);
#define ad_triu(...) ad_triu_at(AD_HERE, __VA_ARGS__)
#define ad_conn_triu(a, attrs) ad_conn_apply(NULL, "triu", AD_CONNS(a), attrs)

/* copy:
 * a in memory of its own, in row-major order.
 *   ad_array *y = ad_copy(x);
 */
AD_API ad_array *ad_copy_at(ad_place where, ad_array *a);
#define ad_copy(...) ad_copy_at(AD_HERE, __VA_ARGS__)
#define ad_conn_copy(a) ad_conn_apply(NULL, "copy", AD_CONNS(a), NULL)

/* contiguous:
 * a in row-major order: its own memory where it lies so, otherwise a copy.
 *   ad_array *y = ad_contiguous(x);
 */
AD_API ad_array *ad_contiguous_at(ad_place where, ad_array *a);
#define ad_contiguous(...) ad_contiguous_at(AD_HERE, __VA_ARGS__)
#define ad_conn_contiguous(a) ad_conn_apply(NULL, "contiguous", AD_CONNS(a), NULL)

/* view:
 * The bits of a as another dtype. Items of another size make the last axis longer or shorter. Any bits may be read
 * as any dtype but bool. A view.
 *   dtype: what the bits are read as
 *   ad_array *y = ad_view(x, AD_UINT32);
 */
AD_API ad_array *ad_view_at(ad_place where, ad_array *a, ad_dtype dtype);
#define ad_view(...) ad_view_at(AD_HERE, __VA_ARGS__)
#define ad_conn_view(a, attrs) ad_conn_apply(NULL, "view", AD_CONNS(a), attrs)

typedef struct ad_as_strided_opts {
  ad_ints strides; /* distance of neighbours in elements, one per axis; absent: row-major */
  ad_int offset; /* the place of the first element; default 0 */
} ad_as_strided_opts;
/* as_strided:
 * The elements of a, counted in row-major order, at places that strides name. Places may repeat, none may lie
 * outside. A view.
 *   shape: the dims of the result
 *   ad_array *y = ad_as_strided(x, AD_SHAPE(3, 2), &(ad_as_strided_opts){.strides = AD_INTS(1, 1)});
 */
AD_API ad_array *ad_as_strided_at(ad_place where, ad_array *a, ad_shape shape, const ad_as_strided_opts *opts);
#define ad_as_strided(...) ad_as_strided_at(AD_HERE, __VA_ARGS__)
#define ad_conn_as_strided(a, attrs) ad_conn_apply(NULL, "as_strided", AD_CONNS(a), attrs)

/* barrier:
 * The first array, once all the others have been computed: what uses the result runs after them.
 *   ad_array *y = ad_barrier(c, (ad_array *[]){x, first}, 2);
 */
AD_API ad_array *ad_barrier_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n);
#define ad_barrier(...) ad_barrier_at(AD_HERE, __VA_ARGS__)
#define ad_conn_barrier(conns) ad_conn_apply(NULL, "barrier", conns, NULL)

typedef struct ad_zeros_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_zeros_opts;
/* zeros:
 * Zeros of a given shape. They take no memory until they are written to or read as one block.
 *   shape: the dims of the result
 *   ad_array *y = ad_zeros(c, AD_SHAPE(2, 3), NULL);
 */
AD_API ad_array *ad_zeros_at(ad_place where, ad_ctx *ctx, ad_shape shape, const ad_zeros_opts *opts);
#define ad_zeros(...) ad_zeros_at(AD_HERE, __VA_ARGS__)
#define ad_conn_zeros(ctx, attrs) ad_conn_apply(ctx, "zeros", NULL, 0, attrs)

typedef struct ad_ones_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_ones_opts;
/* ones:
 * Ones of a given shape. They take no memory until they are written to or read as one block.
 *   shape: the dims of the result
 *   ad_array *y = ad_ones(c, AD_SHAPE(2, 3), NULL);
 */
AD_API ad_array *ad_ones_at(ad_place where, ad_ctx *ctx, ad_shape shape, const ad_ones_opts *opts);
#define ad_ones(...) ad_ones_at(AD_HERE, __VA_ARGS__)
#define ad_conn_ones(ctx, attrs) ad_conn_apply(ctx, "ones", NULL, 0, attrs)

typedef struct ad_empty_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_empty_opts;
/* empty:
 * Zeros, as zeros gives: no array of this library shows what memory held before, of a given shape. They take no
 * memory until they are written to or read as one block.
 *   shape: the dims of the result
 *   ad_array *y = ad_empty(c, AD_SHAPE(2, 3), NULL);
 */
AD_API ad_array *ad_empty_at(ad_place where, ad_ctx *ctx, ad_shape shape, const ad_empty_opts *opts);
#define ad_empty(...) ad_empty_at(AD_HERE, __VA_ARGS__)
#define ad_conn_empty(ctx, attrs) ad_conn_apply(ctx, "empty", NULL, 0, attrs)

typedef struct ad_full_opts {
  ad_dtype dtype; /* of the result; absent: the value's */
} ad_full_opts;
/* full:
 * value, an array that broadcasts to the shape, everywhere.
 *   shape: the dims of the result
 *   ad_array *y = ad_full(ad_number(c, 0.5), AD_SHAPE(2, 3), NULL);
 */
AD_API ad_array *ad_full_at(ad_place where, ad_array *value, ad_shape shape, const ad_full_opts *opts);
#define ad_full(...) ad_full_at(AD_HERE, __VA_ARGS__)
#define ad_conn_full(value, attrs) ad_conn_apply(NULL, "full", AD_CONNS(value), attrs)

typedef struct ad_arange_opts {
  ad_num step; /* distance of neighbours, not 0; default 1 */
  ad_dtype dtype; /* of the result; default float32 */
} ad_arange_opts;
/* arange:
 * The numbers start + i * step from start up to stop: ceil((stop - start) / step) elements, none when that is
 * negative. Integer dtypes want whole start and step and are exact in 64 bits; floats are computed in float64 and
 * rounded once. An element that an integer dtype cannot hold is an error. For bounds beyond 2^53 see iota.
 *   start: the first element
 *   stop: where the range ends; not part of it
 *   ad_array *y = ad_arange(c, 0, 10, &(ad_arange_opts){.dtype = AD_INT32});
 */
AD_API ad_array *ad_arange_at(ad_place where, ad_ctx *ctx, double start, double stop, const ad_arange_opts *opts);
#define ad_arange(...) ad_arange_at(AD_HERE, __VA_ARGS__)
#define ad_conn_arange(ctx, attrs) ad_conn_apply(ctx, "arange", NULL, 0, attrs)

typedef struct ad_iota_opts {
  ad_int start; /* the first element; default 0 */
  ad_int step; /* distance of neighbours; default 1 */
  ad_dtype dtype; /* of the result; default int32 */
} ad_iota_opts;
/* iota:
 * The integers start + i * step for i from 0 up to count, exact in 64 bits and then of that dtype. An element that
 * an integer dtype cannot hold is an error.
 *   count: how many
 *   ad_array *y = ad_iota(c, 10, NULL);
 */
AD_API ad_array *ad_iota_at(ad_place where, ad_ctx *ctx, int64_t count, const ad_iota_opts *opts);
#define ad_iota(...) ad_iota_at(AD_HERE, __VA_ARGS__)
#define ad_conn_iota(ctx, attrs) ad_conn_apply(ctx, "iota", NULL, 0, attrs)

typedef struct ad_zeros_like_opts {
  ad_dtype dtype; /* of the result; absent: a's */
} ad_zeros_like_opts;
/* zeros_like:
 * Zeros with the shape of a.
 *   ad_array *y = ad_zeros_like(x, NULL);
 */
AD_API ad_array *ad_zeros_like_at(ad_place where, ad_array *a, const ad_zeros_like_opts *opts);
#define ad_zeros_like(...) ad_zeros_like_at(AD_HERE, __VA_ARGS__)
#define ad_conn_zeros_like(a, attrs) ad_conn_apply(NULL, "zeros_like", AD_CONNS(a), attrs)

typedef struct ad_ones_like_opts {
  ad_dtype dtype; /* of the result; absent: a's */
} ad_ones_like_opts;
/* ones_like:
 * Ones with the shape of a.
 *   ad_array *y = ad_ones_like(x, NULL);
 */
AD_API ad_array *ad_ones_like_at(ad_place where, ad_array *a, const ad_ones_like_opts *opts);
#define ad_ones_like(...) ad_ones_like_at(AD_HERE, __VA_ARGS__)
#define ad_conn_ones_like(a, attrs) ad_conn_apply(NULL, "ones_like", AD_CONNS(a), attrs)

typedef struct ad_empty_like_opts {
  ad_dtype dtype; /* of the result; absent: a's */
} ad_empty_like_opts;
/* empty_like:
 * Zeros with the shape of a.
 *   ad_array *y = ad_empty_like(x, NULL);
 */
AD_API ad_array *ad_empty_like_at(ad_place where, ad_array *a, const ad_empty_like_opts *opts);
#define ad_empty_like(...) ad_empty_like_at(AD_HERE, __VA_ARGS__)
#define ad_conn_empty_like(a, attrs) ad_conn_apply(NULL, "empty_like", AD_CONNS(a), attrs)

typedef struct ad_full_like_opts {
  ad_dtype dtype; /* of the result; absent: a's */
} ad_full_like_opts;
/* full_like:
 * value, an array that broadcasts to the shape of a, everywhere.
 *   ad_array *y = ad_full_like(x, ad_number(c, 0.5), NULL);
 */
AD_API ad_array *ad_full_like_at(ad_place where, ad_array *a, ad_array *value, const ad_full_like_opts *opts);
#define ad_full_like(...) ad_full_like_at(AD_HERE, __VA_ARGS__)
#define ad_conn_full_like(a, value, attrs) ad_conn_apply(NULL, "full_like", AD_CONNS(a, value), attrs)

typedef struct ad_tri_opts {
  ad_int m; /* columns; absent: as many */
  ad_int k; /* which diagonal: above (below, when negative) the main one; default 0 */
  ad_dtype dtype; /* of the result; default float32 */
} ad_tri_opts;
/* tri:
 * Ones at and below a diagonal, zeros above.
 *   n: rows
 *   ad_array *y = ad_tri(c, 3, NULL);
 */
AD_API ad_array *ad_tri_at(ad_place where, ad_ctx *ctx, int64_t n, const ad_tri_opts *opts);
#define ad_tri(...) ad_tri_at(AD_HERE, __VA_ARGS__)
#define ad_conn_tri(ctx, attrs) ad_conn_apply(ctx, "tri", NULL, 0, attrs)

typedef struct ad_eye_opts {
  ad_int m; /* columns; absent: as many */
  ad_int k; /* which diagonal: above (below, when negative) the main one; default 0 */
  ad_dtype dtype; /* of the result; default float32 */
} ad_eye_opts;
/* eye:
 * Ones on a diagonal, zeros elsewhere.
 *   n: rows
 *   ad_array *y = ad_eye(c, 3, NULL);
 */
AD_API ad_array *ad_eye_at(ad_place where, ad_ctx *ctx, int64_t n, const ad_eye_opts *opts);
#define ad_eye(...) ad_eye_at(AD_HERE, __VA_ARGS__)
#define ad_conn_eye(ctx, attrs) ad_conn_apply(ctx, "eye", NULL, 0, attrs)

typedef struct ad_identity_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_identity_opts;
/* identity:
 * The square matrix with ones on its main diagonal.
 *   n: rows and columns
 *   ad_array *y = ad_identity(c, 3, NULL);
 */
AD_API ad_array *ad_identity_at(ad_place where, ad_ctx *ctx, int64_t n, const ad_identity_opts *opts);
#define ad_identity(...) ad_identity_at(AD_HERE, __VA_ARGS__)
#define ad_conn_identity(ctx, attrs) ad_conn_apply(ctx, "identity", NULL, 0, attrs)

typedef struct ad_linspace_opts {
  ad_int num; /* how many; default 50 */
  bool half_open; /* leaves stop out, as the element after the last */
  ad_dtype dtype; /* of the result; default float32 */
} ad_linspace_opts;
/* linspace:
 * Numbers evenly apart from start to stop, both exact. Integer dtypes round down.
 *   start: the first element
 *   stop: the last element
 *   ad_array *y = ad_linspace(c, 0, 1, &(ad_linspace_opts){.num = AD_INT(11)});
 */
AD_API ad_array *ad_linspace_at(ad_place where, ad_ctx *ctx, double start, double stop, const ad_linspace_opts *opts);
#define ad_linspace(...) ad_linspace_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linspace(ctx, attrs) ad_conn_apply(ctx, "linspace", NULL, 0, attrs)

typedef struct ad_bartlett_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_bartlett_opts;
/* bartlett:
 * The triangle 1 - |2i/(n-1) - 1|. One element is 1.
 *   size: how many elements; below 1 gives none
 *   ad_array *y = ad_bartlett(c, 64, NULL);
 */
AD_API ad_array *ad_bartlett_at(ad_place where, ad_ctx *ctx, int64_t size, const ad_bartlett_opts *opts);
#define ad_bartlett(...) ad_bartlett_at(AD_HERE, __VA_ARGS__)
#define ad_conn_bartlett(ctx, attrs) ad_conn_apply(ctx, "bartlett", NULL, 0, attrs)

typedef struct ad_hanning_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_hanning_opts;
/* hanning:
 * 0.5 - 0.5 cos(2 pi i/(n-1)). One element is 1.
 *   size: how many elements; below 1 gives none
 *   ad_array *y = ad_hanning(c, 64, NULL);
 */
AD_API ad_array *ad_hanning_at(ad_place where, ad_ctx *ctx, int64_t size, const ad_hanning_opts *opts);
#define ad_hanning(...) ad_hanning_at(AD_HERE, __VA_ARGS__)
#define ad_conn_hanning(ctx, attrs) ad_conn_apply(ctx, "hanning", NULL, 0, attrs)

typedef struct ad_hamming_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_hamming_opts;
/* hamming:
 * 0.54 - 0.46 cos(2 pi i/(n-1)). One element is 1.
 *   size: how many elements; below 1 gives none
 *   ad_array *y = ad_hamming(c, 64, NULL);
 */
AD_API ad_array *ad_hamming_at(ad_place where, ad_ctx *ctx, int64_t size, const ad_hamming_opts *opts);
#define ad_hamming(...) ad_hamming_at(AD_HERE, __VA_ARGS__)
#define ad_conn_hamming(ctx, attrs) ad_conn_apply(ctx, "hamming", NULL, 0, attrs)

typedef struct ad_blackman_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_blackman_opts;
/* blackman:
 * 0.42 - 0.5 cos(2 pi i/(n-1)) + 0.08 cos(4 pi i/(n-1)). One element is 1.
 *   size: how many elements; below 1 gives none
 *   ad_array *y = ad_blackman(c, 64, NULL);
 */
AD_API ad_array *ad_blackman_at(ad_place where, ad_ctx *ctx, int64_t size, const ad_blackman_opts *opts);
#define ad_blackman(...) ad_blackman_at(AD_HERE, __VA_ARGS__)
#define ad_conn_blackman(ctx, attrs) ad_conn_apply(ctx, "blackman", NULL, 0, attrs)

typedef struct ad_one_hot_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_one_hot_opts;
/* one_hot:
 * For each index a row of zeros with a one at its place; all zeros when it is out of range.
 *   classes: length of the new last axis
 *   ad_array *y = ad_one_hot(labels, 10, NULL);
 */
AD_API ad_array *ad_one_hot_at(ad_place where, ad_array *indices, int64_t classes, const ad_one_hot_opts *opts);
#define ad_one_hot(...) ad_one_hot_at(AD_HERE, __VA_ARGS__)
#define ad_conn_one_hot(indices, attrs) ad_conn_apply(NULL, "one_hot", AD_CONNS(indices), attrs)

typedef struct ad_gather_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an index out of range reads the nearest element, or zeros; one of clamp|zero, the first is the default */
} ad_gather_opts;
/* gather:
 * The elements of arrays[0] at the places that the other arrays name: one integer array for each entry of axes,
 * broadcast together. The result has the axes of arrays[0] that stay, with the index dims in between. Negative
 * indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_gather(c, (ad_array *[]){x, rows, columns}, 3, AD_AXES(0, 1), NULL);
 */
AD_API ad_array *ad_gather_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_gather_opts *opts);
#define ad_gather(...) ad_gather_at(AD_HERE, __VA_ARGS__)
#define ad_conn_gather(conns, attrs) ad_conn_apply(NULL, "gather", conns, attrs)

typedef struct ad_scatter_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an update whose index is out of range is dropped, or goes to the nearest element; one of drop|clamp, the first is the default */
} ad_scatter_opts;
/* scatter:
 * arrays[0] with the updates arrays[1] in place of the elements; the last one wins at the places that the other
 * arrays name, one integer array for each entry of axes, broadcast together. The updates have the shape that gather
 * would read there, and count in row-major order. Negative indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_scatter(c, (ad_array *[]){x, updates, rows}, 3, AD_AXES(0), NULL);
 */
AD_API ad_array *ad_scatter_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_opts *opts);
#define ad_scatter(...) ad_scatter_at(AD_HERE, __VA_ARGS__)
#define ad_conn_scatter(conns, attrs) ad_conn_apply(NULL, "scatter", conns, attrs)

typedef struct ad_scatter_add_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an update whose index is out of range is dropped, or goes to the nearest element; one of drop|clamp, the first is the default */
} ad_scatter_add_opts;
/* scatter_add:
 * arrays[0] with the updates arrays[1] added to the elements at the places that the other arrays name, one integer
 * array for each entry of axes, broadcast together. The updates have the shape that gather would read there, and
 * count in row-major order. Negative indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_scatter_add(c, (ad_array *[]){x, updates, rows}, 3, AD_AXES(0), NULL);
 */
AD_API ad_array *ad_scatter_add_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_add_opts *opts);
#define ad_scatter_add(...) ad_scatter_add_at(AD_HERE, __VA_ARGS__)
#define ad_conn_scatter_add(conns, attrs) ad_conn_apply(NULL, "scatter_add", conns, attrs)

typedef struct ad_scatter_multiply_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an update whose index is out of range is dropped, or goes to the nearest element; one of drop|clamp, the first is the default */
} ad_scatter_multiply_opts;
/* scatter_multiply:
 * arrays[0] with the updates arrays[1] multiplied into the elements at the places that the other arrays name, one
 * integer array for each entry of axes, broadcast together. The updates have the shape that gather would read there,
 * and count in row-major order. Negative indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_scatter_multiply(c, (ad_array *[]){x, updates, rows}, 3, AD_AXES(0), NULL);
 */
AD_API ad_array *ad_scatter_multiply_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_multiply_opts *opts);
#define ad_scatter_multiply(...) ad_scatter_multiply_at(AD_HERE, __VA_ARGS__)
#define ad_conn_scatter_multiply(conns, attrs) ad_conn_apply(NULL, "scatter_multiply", conns, attrs)

typedef struct ad_scatter_maximum_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an update whose index is out of range is dropped, or goes to the nearest element; one of drop|clamp, the first is the default */
} ad_scatter_maximum_opts;
/* scatter_maximum:
 * arrays[0] with the updates arrays[1] where they are larger than the elements at the places that the other arrays
 * name, one integer array for each entry of axes, broadcast together. The updates have the shape that gather would
 * read there, and count in row-major order. Negative indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_scatter_maximum(c, (ad_array *[]){x, updates, rows}, 3, AD_AXES(0), NULL);
 */
AD_API ad_array *ad_scatter_maximum_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_maximum_opts *opts);
#define ad_scatter_maximum(...) ad_scatter_maximum_at(AD_HERE, __VA_ARGS__)
#define ad_conn_scatter_maximum(conns, attrs) ad_conn_apply(NULL, "scatter_maximum", conns, attrs)

typedef struct ad_scatter_minimum_opts {
  ad_ints sizes; /* elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes */
  ad_int at; /* before which of the axes that stay, the batch axes not counted, the index dims lie; default 0 */
  ad_int batch; /* number of leading axes that all arrays share; default 0 */
  const char *outside; /* an update whose index is out of range is dropped, or goes to the nearest element; one of drop|clamp, the first is the default */
} ad_scatter_minimum_opts;
/* scatter_minimum:
 * arrays[0] with the updates arrays[1] where they are smaller than the elements at the places that the other arrays
 * name, one integer array for each entry of axes, broadcast together. The updates have the shape that gather would
 * read there, and count in row-major order. Negative indices count from the end.
 *   axes: the axes of the first array that are indexed, one index array for each
 *   ad_array *y = ad_scatter_minimum(c, (ad_array *[]){x, updates, rows}, 3, AD_AXES(0), NULL);
 */
AD_API ad_array *ad_scatter_minimum_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, ad_ints axes, const ad_scatter_minimum_opts *opts);
#define ad_scatter_minimum(...) ad_scatter_minimum_at(AD_HERE, __VA_ARGS__)
#define ad_conn_scatter_minimum(conns, attrs) ad_conn_apply(NULL, "scatter_minimum", conns, attrs)

typedef struct ad_take_opts {
  ad_int axis; /* the axis the indices count in; absent: a is flattened */
} ad_take_opts;
/* take:
 * The elements of a at the given indices along an axis: the axis is replaced by the axes of indices. Negative
 * indices count from the end; what is out of range is an error where the indices are known, else reads the nearest
 * element.
 *   ad_array *rows = ad_take(table, words, &(ad_take_opts){.axis = AD_INT(0)});
 */
AD_API ad_array *ad_take_at(ad_place where, ad_array *a, ad_array *indices, const ad_take_opts *opts);
#define ad_take(...) ad_take_at(AD_HERE, __VA_ARGS__)
#define ad_conn_take(a, indices, attrs) ad_conn_apply(NULL, "take", AD_CONNS(a, indices), attrs)

typedef struct ad_take_along_axis_opts {
  ad_int axis; /* the axis the indices count in; absent: a is flattened, indices has rank 1 */
} ad_take_along_axis_opts;
/* take_along_axis:
 * The elements of a at the given indices along an axis, every line of that axis with indices of its own: indices has
 * the rank of a, and the other axes broadcast together.
 *   ad_array *best = ad_take_along_axis(scores, order, &(ad_take_along_axis_opts){.axis = AD_INT(-1)});
 */
AD_API ad_array *ad_take_along_axis_at(ad_place where, ad_array *a, ad_array *indices, const ad_take_along_axis_opts *opts);
#define ad_take_along_axis(...) ad_take_along_axis_at(AD_HERE, __VA_ARGS__)
#define ad_conn_take_along_axis(a, indices, attrs) ad_conn_apply(NULL, "take_along_axis", AD_CONNS(a, indices), attrs)

typedef struct ad_put_along_axis_opts {
  ad_int axis; /* the axis the indices count in; absent: a is flattened, indices has rank 1 */
} ad_put_along_axis_opts;
/* put_along_axis:
 * a with values written at the given indices along an axis, every line of that axis with indices of its own: indices
 * has the rank of a, its other axes those of a or length 1, and values broadcasts to it. Of several values for one
 * element the last stays.
 *   ad_array *y = ad_put_along_axis(a, order, values, &(ad_put_along_axis_opts){.axis = AD_INT(-1)});
 */
AD_API ad_array *ad_put_along_axis_at(ad_place where, ad_array *a, ad_array *indices, ad_array *values, const ad_put_along_axis_opts *opts);
#define ad_put_along_axis(...) ad_put_along_axis_at(AD_HERE, __VA_ARGS__)
#define ad_conn_put_along_axis(a, indices, values, attrs) ad_conn_apply(NULL, "put_along_axis", AD_CONNS(a, indices, values), attrs)

/* slice:
 * A window of a: start is an integer array with one number for each entry of axes (rank 0 will do for a single axis)
 * and may be computed; a start that is out of range moves so far that the window fits. Other axes begin at 0.
 *   axes: the axes that start speaks of
 *   size: the shape of the result, one dim per axis of a
 *   ad_array *y = ad_slice(a, start, AD_AXES(0), AD_INTS(1, 8));
 */
AD_API ad_array *ad_slice_at(ad_place where, ad_array *a, ad_array *start, ad_ints axes, ad_ints size);
#define ad_slice(...) ad_slice_at(AD_HERE, __VA_ARGS__)
#define ad_conn_slice(a, start, attrs) ad_conn_apply(NULL, "slice", AD_CONNS(a, start), attrs)

/* slice_update:
 * a with a window of update's shape replaced by it: start is an integer array with one number for each entry of axes
 * (rank 0 will do for a single axis) and may be computed; a start that is out of range moves so far that the window
 * fits. Other axes begin at 0.
 *   axes: the axes that start speaks of
 *   ad_array *y = ad_slice_update(cache, keys, position, AD_AXES(2));
 */
AD_API ad_array *ad_slice_update_at(ad_place where, ad_array *a, ad_array *update, ad_array *start, ad_ints axes);
#define ad_slice_update(...) ad_slice_update_at(AD_HERE, __VA_ARGS__)
#define ad_conn_slice_update(a, update, start, attrs) ad_conn_apply(NULL, "slice_update", AD_CONNS(a, update, start), attrs)

typedef struct ad_contract_opts {
  ad_ints batch_a; /* axes of a that are kept side by side with those of b; none by default */
  ad_ints batch_b; /* the axes of b they pair with, in the same order */
  ad_ints sum_a; /* axes of a that are multiplied with those of b and summed; none by default */
  ad_ints sum_b; /* the axes of b they pair with, in the same order */
} ad_contract_opts;
/* contract:
 * Products of a and b, side by side over the batch axes, summed over the summed axes. The result has the batch axes,
 * then the other axes of a, then the other axes of b. No broadcasting. Half types are summed in float32, integers
 * wrap.
 *   ad_array *c = ad_contract(a, b, &(ad_contract_opts){.sum_a = AD_AXES(1), .sum_b = AD_AXES(0)});
 */
AD_API ad_array *ad_contract_at(ad_place where, ad_array *a, ad_array *b, const ad_contract_opts *opts);
#define ad_contract(...) ad_contract_at(AD_HERE, __VA_ARGS__)
#define ad_conn_contract(a, b, attrs) ad_conn_apply(NULL, "contract", AD_CONNS(a, b), attrs)

typedef struct ad_matmul_opts {
  ad_dtype dtype; /* what is computed in, and the result's; absent: the operands' together */
} ad_matmul_opts;
/* matmul:
 * The matrix product over the last axis of a and the last but one of b; axes before these broadcast. An operand with
 * one axis is a row on the left, a column on the right, and that axis is not in the result. Half types are summed in
 * float32; integers wrap, in `dtype` where it is given.
 *   ad_array *y = ad_matmul(a, b, NULL);
 */
AD_API ad_array *ad_matmul_at(ad_place where, ad_array *a, ad_array *b, const ad_matmul_opts *opts);
#define ad_matmul(...) ad_matmul_at(AD_HERE, __VA_ARGS__)
#define ad_conn_matmul(a, b, attrs) ad_conn_apply(NULL, "matmul", AD_CONNS(a, b), attrs)

typedef struct ad_addmm_opts {
  ad_num alpha; /* factor of the product; default 1 */
  ad_num beta; /* factor of c; 0: c is not looked at; default 1 */
} ad_addmm_opts;
/* addmm:
 * beta * c + alpha * (a @ b), the product being that of matmul, to whose shape c broadcasts. bool and integers
 * become float32.
 *   ad_array *y = ad_addmm(bias, x, w, NULL);
 */
AD_API ad_array *ad_addmm_at(ad_place where, ad_array *c, ad_array *a, ad_array *b, const ad_addmm_opts *opts);
#define ad_addmm(...) ad_addmm_at(AD_HERE, __VA_ARGS__)
#define ad_conn_addmm(c, a, b, attrs) ad_conn_apply(NULL, "addmm", AD_CONNS(c, a, b), attrs)

/* linear:
 * x times the transpose of w, plus b: x (..., in), w (out, in), b (out) or absent, giving (..., out). bool and
 * integers become float32.
 *   ad_array *y = ad_linear(x, w, NULL);
 */
AD_API ad_array *ad_linear_at(ad_place where, ad_array *x, ad_array *w, ad_array *b);
#define ad_linear(...) ad_linear_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linear(x, w, b) ad_conn_apply(NULL, "linear", AD_CONNS(x, w, b), NULL)

/* inner:
 * Products summed over the last axis of both; a number multiplies. The result has the other axes of a, then those of
 * b. Nothing is conjugated.
 *   ad_array *y = ad_inner(a, b);
 */
AD_API ad_array *ad_inner_at(ad_place where, ad_array *a, ad_array *b);
#define ad_inner(...) ad_inner_at(AD_HERE, __VA_ARGS__)
#define ad_conn_inner(a, b) ad_conn_apply(NULL, "inner", AD_CONNS(a, b), NULL)

/* outer:
 * Every element of a times every element of b, both flattened: a matrix. Nothing is conjugated.
 *   ad_array *y = ad_outer(a, b);
 */
AD_API ad_array *ad_outer_at(ad_place where, ad_array *a, ad_array *b);
#define ad_outer(...) ad_outer_at(AD_HERE, __VA_ARGS__)
#define ad_conn_outer(a, b) ad_conn_apply(NULL, "outer", AD_CONNS(a, b), NULL)

typedef struct ad_vecdot_opts {
  ad_int axis; /* the axis that is summed, of both; operands of unlike rank need a negative one; default -1 */
} ad_vecdot_opts;
/* vecdot:
 * Products of the conjugate of a with b, summed along one axis; the other axes broadcast. Integers below 8 bytes
 * become int32 or uint32.
 *   ad_array *y = ad_vecdot(a, b, NULL);
 */
AD_API ad_array *ad_vecdot_at(ad_place where, ad_array *a, ad_array *b, const ad_vecdot_opts *opts);
#define ad_vecdot(...) ad_vecdot_at(AD_HERE, __VA_ARGS__)
#define ad_conn_vecdot(a, b, attrs) ad_conn_apply(NULL, "vecdot", AD_CONNS(a, b), attrs)

typedef struct ad_tensordot_opts {
  ad_int axes; /* how many of the last axes of a are summed with as many first ones of b; default 2 */
  ad_ints axes_a; /* instead: these axes of a */
  ad_ints axes_b; /* with these of b, in the same order */
} ad_tensordot_opts;
/* tensordot:
 * Products summed over pairs of axes: the last ones of a with the first ones of b, or the axes that two lists name.
 * The result has the other axes of a, then those of b.
 *   ad_array *y = ad_tensordot(a, b, &(ad_tensordot_opts){.axes = AD_INT(1)});
 */
AD_API ad_array *ad_tensordot_at(ad_place where, ad_array *a, ad_array *b, const ad_tensordot_opts *opts);
#define ad_tensordot(...) ad_tensordot_at(AD_HERE, __VA_ARGS__)
#define ad_conn_tensordot(a, b, attrs) ad_conn_apply(NULL, "tensordot", AD_CONNS(a, b), attrs)

/* kron:
 * The Kronecker product: each element of a replaced by its product with all of b. An operand with fewer axes gets
 * axes of length 1 in front. At most 8 axes.
 *   ad_array *y = ad_kron(a, b);
 */
AD_API ad_array *ad_kron_at(ad_place where, ad_array *a, ad_array *b);
#define ad_kron(...) ad_kron_at(AD_HERE, __VA_ARGS__)
#define ad_conn_kron(a, b) ad_conn_apply(NULL, "kron", AD_CONNS(a, b), NULL)

/* einsum:
 * Products of all operands over axes with equal letters, summed over the letters that the result lacks. A letter
 * twice in one operand is its diagonal; "..." stands for axes that broadcast. Without -> the result has the letters
 * that occur once, in alphabetical order. Pairs of operands are contracted in a greedy order.
 *   subscripts: a letter for each axis of each operand, the operands separated by commas, then -> and the letters of the result
 *   ad_array *y = ad_einsum(c, (ad_array *[]){a, b}, 2, "ij,jk->ik");
 */
AD_API ad_array *ad_einsum_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n, const char *subscripts);
#define ad_einsum(...) ad_einsum_at(AD_HERE, __VA_ARGS__)
#define ad_conn_einsum(conns, attrs) ad_conn_apply(NULL, "einsum", conns, attrs)

typedef struct ad_convolution_opts {
  ad_ints stride; /* steps between windows, one per spatial axis; 1 by default */
  ad_ints padding_low; /* zeros in front of each spatial axis, negative crops; 0 by default */
  ad_ints padding_high; /* zeros behind each spatial axis, negative crops; as padding_low by default */
  ad_ints kernel_dilation; /* distance between taps; 1 by default */
  ad_ints input_dilation; /* distance between input elements, zeros between; 1 by default */
  ad_int groups; /* independent groups of channels; default 1 */
  bool flip; /* turn the kernel round (a convolution in the mathematical sense) */
} ad_convolution_opts;
/* convolution:
 * Convolution of x (N, spatial axes, C) with the kernel w (F, taps per spatial axis, C / groups): windows of x times
 * w, summed over taps and channels, giving (N, spatial axes, F). The kernel is not turned round unless flip is set.
 * Any number of spatial axes. Taps in the padding add nothing, whatever they are. bool and integers become float32,
 * complex numbers are refused; half types are summed in float32.
 *   ad_array *y = ad_convolution(x, w, &(ad_convolution_opts){.stride = AD_INTS(2, 2)});
 */
AD_API ad_array *ad_convolution_at(ad_place where, ad_array *x, ad_array *w, const ad_convolution_opts *opts);
#define ad_convolution(...) ad_convolution_at(AD_HERE, __VA_ARGS__)
#define ad_conn_convolution(x, w, attrs) ad_conn_apply(NULL, "convolution", AD_CONNS(x, w), attrs)

typedef struct ad_gather_mm_opts {
  bool sorted_indices; /* promises that rhs_indices never fall in row-major order, so that gradients need not sort them */
} ad_gather_mm_opts;
/* gather_mm:
 * Products of chosen matrices: a[lhs_indices] @ b[rhs_indices], where a (..., M, K) and b (..., K, N) are lists of
 * matrices, the axes before the last two counted as one; absent indices take all in their shape. The indices
 * broadcast together, the result is (their shape, M, N). Matrices are read where they lie.
 *   ad_array *y = ad_gather_mm(tokens, experts, NULL, expert_of_token, NULL);
 */
AD_API ad_array *ad_gather_mm_at(ad_place where, ad_array *a, ad_array *b, ad_array *lhs_indices, ad_array *rhs_indices, const ad_gather_mm_opts *opts);
#define ad_gather_mm(...) ad_gather_mm_at(AD_HERE, __VA_ARGS__)
#define ad_conn_gather_mm(a, b, lhs_indices, rhs_indices, attrs) ad_conn_apply(NULL, "gather_mm", AD_CONNS(a, b, lhs_indices, rhs_indices), attrs)

typedef struct ad_segmented_mm_opts {
  ad_int batch; /* so many leading axes are shared by all operands; default 0 */
} ad_segmented_mm_opts;
/* segmented_mm:
 * Products over stretches of the summed axis: for each pair (begin, end) of segments (..., 2), a[:, begin:end] @
 * b[begin:end], where a is (M, K) and b (K, N); the result is (..., M, N). Segments may overlap; one that is
 * computed and reaches outside is cut, an empty one gives zeros.
 *   ad_array *y = ad_segmented_mm(a, b, segments, NULL);
 */
AD_API ad_array *ad_segmented_mm_at(ad_place where, ad_array *a, ad_array *b, ad_array *segments, const ad_segmented_mm_opts *opts);
#define ad_segmented_mm(...) ad_segmented_mm_at(AD_HERE, __VA_ARGS__)
#define ad_conn_segmented_mm(a, b, segments, attrs) ad_conn_apply(NULL, "segmented_mm", AD_CONNS(a, b, segments), attrs)

typedef struct ad_segmented_spread_opts {
  ad_int batch; /* so many leading axes are shared by all operands; default 0 */
} ad_segmented_spread_opts;
/* segmented_spread:
 * The transpose of segmented_mm: for each pair (begin, end) of segments (..., 2), v @ w[begin:end] transposed is
 * added to columns begin to end of the result, where v is (..., M, N), w (K, N) and the result (M, K).
 *   ad_array *y = ad_segmented_spread(v, w, segments, NULL);
 */
AD_API ad_array *ad_segmented_spread_at(ad_place where, ad_array *v, ad_array *w, ad_array *segments, const ad_segmented_spread_opts *opts);
#define ad_segmented_spread(...) ad_segmented_spread_at(AD_HERE, __VA_ARGS__)
#define ad_conn_segmented_spread(v, w, segments, attrs) ad_conn_apply(NULL, "segmented_spread", AD_CONNS(v, w, segments), attrs)

typedef struct ad_block_masked_mm_opts {
  ad_int block_size; /* rows and columns of a block; default 64 */
} ad_block_masked_mm_opts;
/* block_masked_mm:
 * a @ b, a being (..., M, K) and b (..., K, N), with masks over blocks of block_size rows and columns: mask_out of
 * the result, mask_lhs of a, mask_rhs of b, each absent or (..., rows of blocks, columns of blocks). A bool mask
 * leaves blocks out, which are then not computed; a mask of floats multiplies them. bool and integers in a and b
 * become float32.
 *   ad_array *y = ad_block_masked_mm(a, b, NULL, mask, NULL, NULL);
 */
AD_API ad_array *ad_block_masked_mm_at(ad_place where, ad_array *a, ad_array *b, ad_array *mask_out, ad_array *mask_lhs, ad_array *mask_rhs, const ad_block_masked_mm_opts *opts);
#define ad_block_masked_mm(...) ad_block_masked_mm_at(AD_HERE, __VA_ARGS__)
#define ad_conn_block_masked_mm(a, b, mask_out, mask_lhs, mask_rhs, attrs) ad_conn_apply(NULL, "block_masked_mm", AD_CONNS(a, b, mask_out, mask_lhs, mask_rhs), attrs)

typedef struct ad_hadamard_transform_opts {
  ad_num scale; /* factor of the result; 1 / sqrt(n) by default, which keeps lengths */
} ad_hadamard_transform_opts;
/* hadamard_transform:
 * The last axis of a times the Hadamard matrix of its length n = m 2^k, m in 1, 12, 20, 28, times scale. The matrix
 * is the Kronecker product of H_m and k times (1 1; 1 -1) (Sylvester, 1867); H_12 and H_20 are Paley's first
 * construction (On orthogonal matrices, 1933) with its core turned to be symmetric, H_28 his second. bool and
 * integers become float32; half types are computed in float32.
 *   ad_array *y = ad_hadamard_transform(x, NULL);
 */
AD_API ad_array *ad_hadamard_transform_at(ad_place where, ad_array *a, const ad_hadamard_transform_opts *opts);
#define ad_hadamard_transform(...) ad_hadamard_transform_at(AD_HERE, __VA_ARGS__)
#define ad_conn_hadamard_transform(a, attrs) ad_conn_apply(NULL, "hadamard_transform", AD_CONNS(a), attrs)

typedef struct ad_conv1d_opts {
  ad_ints stride; /* steps between windows, one for all axes or one each; 1 by default */
  ad_ints padding; /* zeros in front of and behind each axis, one for all axes, one each, or all in front and then all behind; negative crops; 0 by default */
  ad_ints dilation; /* distance between taps, one for all axes or one each; 1 by default */
  ad_int groups; /* independent groups of channels; default 1 */
} ad_conv1d_opts;
/* conv1d:
 * Convolution of images x (N, length, C) with the kernel w (F, taps, C / groups), which is not turned round: windows
 * of x times w, summed over taps and channels, giving (N, length, F). A length of n becomes (n + padding - dilation
 * (taps - 1) - 1) / stride + 1, rounded down. bool and integers become float32, complex numbers are refused; half
 * types are summed in float32.
 *   ad_array *y = ad_conv1d(x, w, &(ad_conv1d_opts){.padding = AD_INTS(1)});
 */
AD_API ad_array *ad_conv1d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv1d_opts *opts);
#define ad_conv1d(...) ad_conv1d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_conv1d(x, w, attrs) ad_conn_apply(NULL, "conv1d", AD_CONNS(x, w), attrs)

typedef struct ad_conv2d_opts {
  ad_ints stride; /* steps between windows, one for all axes or one each; 1 by default */
  ad_ints padding; /* zeros in front of and behind each axis, one for all axes, one each, or all in front and then all behind; negative crops; 0 by default */
  ad_ints dilation; /* distance between taps, one for all axes or one each; 1 by default */
  ad_int groups; /* independent groups of channels; default 1 */
} ad_conv2d_opts;
/* conv2d:
 * Convolution of images x (N, height, width, C) with the kernel w (F, taps, taps, C / groups), which is not turned
 * round: windows of x times w, summed over taps and channels, giving (N, height, width, F). A length of n becomes (n
 * + padding - dilation (taps - 1) - 1) / stride + 1, rounded down. bool and integers become float32, complex numbers
 * are refused; half types are summed in float32.
 *   ad_array *y = ad_conv2d(x, w, &(ad_conv2d_opts){.stride = AD_INTS(2), .padding = AD_INTS(1)});
 */
AD_API ad_array *ad_conv2d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv2d_opts *opts);
#define ad_conv2d(...) ad_conv2d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_conv2d(x, w, attrs) ad_conn_apply(NULL, "conv2d", AD_CONNS(x, w), attrs)

typedef struct ad_conv3d_opts {
  ad_ints stride; /* steps between windows, one for all axes or one each; 1 by default */
  ad_ints padding; /* zeros in front of and behind each axis, one for all axes, one each, or all in front and then all behind; negative crops; 0 by default */
  ad_ints dilation; /* distance between taps, one for all axes or one each; 1 by default */
  ad_int groups; /* independent groups of channels; default 1 */
} ad_conv3d_opts;
/* conv3d:
 * Convolution of images x (N, depth, height, width, C) with the kernel w (F, taps, taps, taps, C / groups), which is
 * not turned round: windows of x times w, summed over taps and channels, giving (N, depth, height, width, F). A
 * length of n becomes (n + padding - dilation (taps - 1) - 1) / stride + 1, rounded down. bool and integers become
 * float32, complex numbers are refused; half types are summed in float32.
 *   ad_array *y = ad_conv3d(x, w, NULL);
 */
AD_API ad_array *ad_conv3d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv3d_opts *opts);
#define ad_conv3d(...) ad_conv3d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_conv3d(x, w, attrs) ad_conn_apply(NULL, "conv3d", AD_CONNS(x, w), attrs)

typedef struct ad_conv_transpose1d_opts {
  ad_ints stride; /* distance between the images' elements in the result, one for all axes or one each; 1 by default */
  ad_ints padding; /* what is cropped in front of and behind each axis of the result, one for all axes or one each; 0 by default */
  ad_ints dilation; /* distance between taps, one for all axes or one each; 1 by default */
  ad_ints output_padding; /* what is added behind each axis of the result, less than its stride or dilation; 0 by default */
  ad_int groups; /* independent groups of channels; default 1 */
} ad_conv_transpose1d_opts;
/* conv_transpose1d:
 * Transposed convolution of images x (N, length, C) with the kernel w (F, taps, C / groups): every element of x adds
 * its multiple of w to the result (N, length, F), as the gradient of a convolution does. A length of n becomes (n -
 * 1) stride - 2 padding + dilation (taps - 1) + output_padding + 1. bool and integers become float32, complex
 * numbers are refused; half types are summed in float32.
 *   ad_array *y = ad_conv_transpose1d(x, w, &(ad_conv_transpose1d_opts){.stride = AD_INTS(2)});
 */
AD_API ad_array *ad_conv_transpose1d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv_transpose1d_opts *opts);
#define ad_conv_transpose1d(...) ad_conv_transpose1d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_conv_transpose1d(x, w, attrs) ad_conn_apply(NULL, "conv_transpose1d", AD_CONNS(x, w), attrs)

typedef struct ad_conv_transpose2d_opts {
  ad_ints stride; /* distance between the images' elements in the result, one for all axes or one each; 1 by default */
  ad_ints padding; /* what is cropped in front of and behind each axis of the result, one for all axes or one each; 0 by default */
  ad_ints dilation; /* distance between taps, one for all axes or one each; 1 by default */
  ad_ints output_padding; /* what is added behind each axis of the result, less than its stride or dilation; 0 by default */
  ad_int groups; /* independent groups of channels; default 1 */
} ad_conv_transpose2d_opts;
/* conv_transpose2d:
 * Transposed convolution of images x (N, height, width, C) with the kernel w (F, taps, taps, C / groups): every
 * element of x adds its multiple of w to the result (N, height, width, F), as the gradient of a convolution does. A
 * length of n becomes (n - 1) stride - 2 padding + dilation (taps - 1) + output_padding + 1. bool and integers
 * become float32, complex numbers are refused; half types are summed in float32.
 *   ad_array *y = ad_conv_transpose2d(x, w, &(ad_conv_transpose2d_opts){.stride = AD_INTS(2), .output_padding = AD_INTS(1)});
 */
AD_API ad_array *ad_conv_transpose2d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv_transpose2d_opts *opts);
#define ad_conv_transpose2d(...) ad_conv_transpose2d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_conv_transpose2d(x, w, attrs) ad_conn_apply(NULL, "conv_transpose2d", AD_CONNS(x, w), attrs)

typedef struct ad_conv_transpose3d_opts {
  ad_ints stride; /* distance between the images' elements in the result, one for all axes or one each; 1 by default */
  ad_ints padding; /* what is cropped in front of and behind each axis of the result, one for all axes or one each; 0 by default */
  ad_ints dilation; /* distance between taps, one for all axes or one each; 1 by default */
  ad_ints output_padding; /* what is added behind each axis of the result, less than its stride or dilation; 0 by default */
  ad_int groups; /* independent groups of channels; default 1 */
} ad_conv_transpose3d_opts;
/* conv_transpose3d:
 * Transposed convolution of images x (N, depth, height, width, C) with the kernel w (F, taps, taps, taps, C /
 * groups): every element of x adds its multiple of w to the result (N, depth, height, width, F), as the gradient of
 * a convolution does. A length of n becomes (n - 1) stride - 2 padding + dilation (taps - 1) + output_padding + 1.
 * bool and integers become float32, complex numbers are refused; half types are summed in float32.
 *   ad_array *y = ad_conv_transpose3d(x, w, NULL);
 */
AD_API ad_array *ad_conv_transpose3d_at(ad_place where, ad_array *x, ad_array *w, const ad_conv_transpose3d_opts *opts);
#define ad_conv_transpose3d(...) ad_conv_transpose3d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_conv_transpose3d(x, w, attrs) ad_conn_apply(NULL, "conv_transpose3d", AD_CONNS(x, w), attrs)

typedef struct ad_conv_general_opts {
  ad_ints stride; /* steps between windows, one for all axes or one each; 1 by default */
  ad_ints padding; /* zeros in front of and behind each axis, one for all axes, one each, or all in front and then all behind; negative crops; 0 by default */
  ad_ints kernel_dilation; /* distance between taps, one for all axes or one each; 1 by default */
  ad_ints input_dilation; /* distance between the images' elements, zeros between, one for all axes or one each; 1 by default */
  ad_int groups; /* independent groups of channels; default 1 */
  bool flip; /* turn the kernel round (a convolution in the mathematical sense) */
} ad_conv_general_opts;
/* conv_general:
 * Convolution of images x (N, space, C) with the kernel w (F, taps per axis of space, C / groups), for any number of
 * axes, giving (N, space, F). bool and integers become float32, complex numbers are refused; half types are summed
 * in float32.
 *   ad_array *y = ad_conv_general(x, w, &(ad_conv_general_opts){.input_dilation = AD_INTS(2), .flip = true});
 */
AD_API ad_array *ad_conv_general_at(ad_place where, ad_array *x, ad_array *w, const ad_conv_general_opts *opts);
#define ad_conv_general(...) ad_conv_general_at(AD_HERE, __VA_ARGS__)
#define ad_conn_conv_general(x, w, attrs) ad_conn_apply(NULL, "conv_general", AD_CONNS(x, w), attrs)

typedef struct ad_convolve_opts {
  const char *mode; /* every place where they meet, where they meet whole, or as many as the longer one has; one of full|valid|same, the first is the default */
} ad_convolve_opts;
/* convolve:
 * The convolution of two signals of one axis, sum of a[k - j] v[j]; the longer one counts as a. bool and integers
 * become float32, complex numbers are refused; half types are summed in float32.
 *   ad_array *y = ad_convolve(a, v, &(ad_convolve_opts){.mode = "same"});
 */
AD_API ad_array *ad_convolve_at(ad_place where, ad_array *a, ad_array *v, const ad_convolve_opts *opts);
#define ad_convolve(...) ad_convolve_at(AD_HERE, __VA_ARGS__)
#define ad_conn_convolve(a, v, attrs) ad_conn_apply(NULL, "convolve", AD_CONNS(a, v), attrs)

typedef struct ad_window_sum_opts {
  ad_ints stride; /* steps between windows; 1 by default */
  ad_ints padding_low; /* places in front of the axis, which hold nothing; negative crops; 0 by default */
  ad_ints padding_high; /* places behind the axis; as padding_low by default */
  ad_ints dilation; /* distance between a window's elements; 1 by default */
  bool adaptive; /* windows of about equal length that together cover the axis */
} ad_window_sum_opts;
/* window_sum:
 * The sums of the windows that slide along axes; places in the padding count as zero. Half types are summed in
 * float32, integers wrap.
 *   axes: along which windows slide, one or more
 *   window: elements of a window along each of them; with adaptive: how many windows there are
 *   ad_array *y = ad_window_sum(x, AD_AXES(1, 2), AD_INTS(3, 3), &(ad_window_sum_opts){.stride = AD_INTS(2, 2)});
 */
AD_API ad_array *ad_window_sum_at(ad_place where, ad_array *x, ad_ints axes, ad_ints window, const ad_window_sum_opts *opts);
#define ad_window_sum(...) ad_window_sum_at(AD_HERE, __VA_ARGS__)
#define ad_conn_window_sum(x, attrs) ad_conn_apply(NULL, "window_sum", AD_CONNS(x), attrs)

typedef struct ad_window_spread_opts {
  ad_ints stride; /* steps between windows; 1 by default */
  ad_ints padding_low; /* places in front of the axis, which hold nothing; negative crops; 0 by default */
  ad_ints padding_high; /* places behind the axis; as padding_low by default */
  ad_ints dilation; /* distance between a window's elements; 1 by default */
  bool adaptive; /* windows of about equal length that together cover the axis */
} ad_window_spread_opts;
/* window_spread:
 * The transpose of window_sum: each element of x, which stands for a window, is added to all elements of its window.
 *   axes: along which windows slide, one or more
 *   window: elements of a window along each of them; with adaptive: how many windows there are
 *   lengths: of the axes in the result
 *   ad_array *y = ad_window_spread(x, AD_AXES(1), AD_INTS(3), AD_INTS(9), NULL);
 */
AD_API ad_array *ad_window_spread_at(ad_place where, ad_array *x, ad_ints axes, ad_ints window, ad_ints lengths, const ad_window_spread_opts *opts);
#define ad_window_spread(...) ad_window_spread_at(AD_HERE, __VA_ARGS__)
#define ad_conn_window_spread(x, attrs) ad_conn_apply(NULL, "window_spread", AD_CONNS(x), attrs)

typedef struct ad_window_max_opts {
  ad_ints stride; /* steps between windows; 1 by default */
  ad_ints padding_low; /* places in front of the axis, which hold nothing; negative crops; 0 by default */
  ad_ints padding_high; /* places behind the axis; as padding_low by default */
  ad_ints dilation; /* distance between a window's elements; 1 by default */
  bool adaptive; /* windows of about equal length that together cover the axis */
} ad_window_max_opts;
/* window_max:
 * The largest elements of the windows that slide along axes; NaN where there is one. Places in the padding hold
 * nothing: a window of them alone gives the lowest number of the dtype, -inf for floats. Tied elements share the
 * gradient equally.
 *   axes: along which windows slide, one or more
 *   window: elements of a window along each of them; with adaptive: how many windows there are
 *   ad_array *y = ad_window_max(x, AD_AXES(1, 2), AD_INTS(2, 2), &(ad_window_max_opts){.stride = AD_INTS(2, 2)});
 */
AD_API ad_array *ad_window_max_at(ad_place where, ad_array *x, ad_ints axes, ad_ints window, const ad_window_max_opts *opts);
#define ad_window_max(...) ad_window_max_at(AD_HERE, __VA_ARGS__)
#define ad_conn_window_max(x, attrs) ad_conn_apply(NULL, "window_max", AD_CONNS(x), attrs)

typedef struct ad_window_argmax_opts {
  ad_ints stride; /* steps between windows; 1 by default */
  ad_ints padding_low; /* places in front of the axis, which hold nothing; negative crops; 0 by default */
  ad_ints padding_high; /* places behind the axis; as padding_low by default */
  ad_ints dilation; /* distance between a window's elements; 1 by default */
  bool adaptive; /* windows of about equal length that together cover the axis */
} ad_window_argmax_opts;
/* window_argmax:
 * Where window_max found its elements: the first maximum of each window, the first NaN where there is one, as a
 * uint32 that counts the elements along the axes in row-major order, the axes in the order given. 4294967295 for a
 * window that lies in the padding.
 *   axes: along which windows slide, one or more
 *   window: elements of a window along each of them; with adaptive: how many windows there are
 *   ad_array *at = ad_window_argmax(x, AD_AXES(1, 2), AD_INTS(2, 2), &(ad_window_argmax_opts){.stride = AD_INTS(2, 2)});
 */
AD_API ad_array *ad_window_argmax_at(ad_place where, ad_array *x, ad_ints axes, ad_ints window, const ad_window_argmax_opts *opts);
#define ad_window_argmax(...) ad_window_argmax_at(AD_HERE, __VA_ARGS__)
#define ad_conn_window_argmax(x, attrs) ad_conn_apply(NULL, "window_argmax", AD_CONNS(x), attrs)

typedef struct ad_window_match_opts {
  ad_ints stride; /* steps between windows; 1 by default */
  ad_ints padding_low; /* places in front of the axis, which hold nothing; negative crops; 0 by default */
  ad_ints padding_high; /* places behind the axis; as padding_low by default */
  ad_ints dilation; /* distance between a window's elements; 1 by default */
  bool adaptive; /* windows of about equal length that together cover the axis */
  bool spread; /* the transpose: values of windows go to the matching elements */
} ad_window_match_opts;
/* window_match:
 * For the windows over x, the sum of the values v of those elements that equal y, of which there is one for each
 * window; two NaN are equal. With spread v belongs to the windows, and goes to those elements of x.
 *   axes: along which windows slide, one or more
 *   window: elements of a window along each of them; with adaptive: how many windows there are
 *   ad_array *t = ad_window_match(v, x, y, AD_AXES(1), AD_INTS(3), NULL);
 */
AD_API ad_array *ad_window_match_at(ad_place where, ad_array *v, ad_array *x, ad_array *y, ad_ints axes, ad_ints window, const ad_window_match_opts *opts);
#define ad_window_match(...) ad_window_match_at(AD_HERE, __VA_ARGS__)
#define ad_conn_window_match(v, x, y, attrs) ad_conn_apply(NULL, "window_match", AD_CONNS(v, x, y), attrs)

typedef struct ad_max_pool1d_opts {
  ad_ints stride; /* steps between windows; as kernel_size by default */
  ad_ints padding; /* places at both ends: one number, one for each axis, or a pair (front, behind) for each; 0 by default, at most half a window */
  bool ceil_mode; /* a last window where elements are left over */
  ad_ints dilation; /* distance between a window's elements; 1 by default */
} ad_max_pool1d_opts;
/* max_pool1d:
 * The largest element of each window over the spatial axes of x (..., L, C); NaN where there is one. Places in the
 * padding hold nothing. Tied elements share the gradient equally.
 *   kernel_size: elements of a window, one number for all spatial axes or one for each
 *   ad_array *y = ad_max_pool1d(x, AD_INTS(2), NULL);
 */
AD_API ad_array *ad_max_pool1d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool1d_opts *opts);
#define ad_max_pool1d(...) ad_max_pool1d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_max_pool1d(x, attrs) ad_conn_apply(NULL, "max_pool1d", AD_CONNS(x), attrs)

typedef struct ad_max_pool2d_opts {
  ad_ints stride; /* steps between windows; as kernel_size by default */
  ad_ints padding; /* places at both ends: one number, one for each axis, or a pair (front, behind) for each; 0 by default, at most half a window */
  bool ceil_mode; /* a last window where elements are left over */
  ad_ints dilation; /* distance between a window's elements; 1 by default */
} ad_max_pool2d_opts;
/* max_pool2d:
 * The largest element of each window over the spatial axes of x (..., H, W, C); NaN where there is one. Places in
 * the padding hold nothing. Tied elements share the gradient equally.
 *   kernel_size: elements of a window, one number for all spatial axes or one for each
 *   ad_array *y = ad_max_pool2d(x, AD_INTS(2, 2), NULL);
 */
AD_API ad_array *ad_max_pool2d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool2d_opts *opts);
#define ad_max_pool2d(...) ad_max_pool2d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_max_pool2d(x, attrs) ad_conn_apply(NULL, "max_pool2d", AD_CONNS(x), attrs)

typedef struct ad_max_pool3d_opts {
  ad_ints stride; /* steps between windows; as kernel_size by default */
  ad_ints padding; /* places at both ends: one number, one for each axis, or a pair (front, behind) for each; 0 by default, at most half a window */
  bool ceil_mode; /* a last window where elements are left over */
  ad_ints dilation; /* distance between a window's elements; 1 by default */
} ad_max_pool3d_opts;
/* max_pool3d:
 * The largest element of each window over the spatial axes of x (..., D, H, W, C); NaN where there is one. Places in
 * the padding hold nothing. Tied elements share the gradient equally.
 *   kernel_size: elements of a window, one number for all spatial axes or one for each
 *   ad_array *y = ad_max_pool3d(x, AD_INTS(2, 2, 2), NULL);
 */
AD_API ad_array *ad_max_pool3d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool3d_opts *opts);
#define ad_max_pool3d(...) ad_max_pool3d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_max_pool3d(x, attrs) ad_conn_apply(NULL, "max_pool3d", AD_CONNS(x), attrs)

typedef struct ad_max_pool1d_indices_opts {
  ad_ints stride; /* steps between windows; as kernel_size by default */
  ad_ints padding; /* places at both ends: one number, one for each axis, or a pair (front, behind) for each; 0 by default, at most half a window */
  bool ceil_mode; /* a last window where elements are left over */
  ad_ints dilation; /* distance between a window's elements; 1 by default */
} ad_max_pool1d_indices_opts;
/* max_pool1d_indices:
 * Where max_pool found its elements, in x (..., L, C): the number of the first maximum of each window among the
 * elements of the spatial axes in row-major order, a uint32.
 *   kernel_size: elements of a window, one number for all spatial axes or one for each
 *   ad_array *y = ad_max_pool1d_indices(x, AD_INTS(2), NULL);
 */
AD_API ad_array *ad_max_pool1d_indices_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool1d_indices_opts *opts);
#define ad_max_pool1d_indices(...) ad_max_pool1d_indices_at(AD_HERE, __VA_ARGS__)
#define ad_conn_max_pool1d_indices(x, attrs) ad_conn_apply(NULL, "max_pool1d_indices", AD_CONNS(x), attrs)

typedef struct ad_max_pool2d_indices_opts {
  ad_ints stride; /* steps between windows; as kernel_size by default */
  ad_ints padding; /* places at both ends: one number, one for each axis, or a pair (front, behind) for each; 0 by default, at most half a window */
  bool ceil_mode; /* a last window where elements are left over */
  ad_ints dilation; /* distance between a window's elements; 1 by default */
} ad_max_pool2d_indices_opts;
/* max_pool2d_indices:
 * Where max_pool found its elements, in x (..., H, W, C): the number of the first maximum of each window among the
 * elements of the spatial axes in row-major order, a uint32.
 *   kernel_size: elements of a window, one number for all spatial axes or one for each
 *   ad_array *y = ad_max_pool2d_indices(x, AD_INTS(2, 2), NULL);
 */
AD_API ad_array *ad_max_pool2d_indices_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool2d_indices_opts *opts);
#define ad_max_pool2d_indices(...) ad_max_pool2d_indices_at(AD_HERE, __VA_ARGS__)
#define ad_conn_max_pool2d_indices(x, attrs) ad_conn_apply(NULL, "max_pool2d_indices", AD_CONNS(x), attrs)

typedef struct ad_max_pool3d_indices_opts {
  ad_ints stride; /* steps between windows; as kernel_size by default */
  ad_ints padding; /* places at both ends: one number, one for each axis, or a pair (front, behind) for each; 0 by default, at most half a window */
  bool ceil_mode; /* a last window where elements are left over */
  ad_ints dilation; /* distance between a window's elements; 1 by default */
} ad_max_pool3d_indices_opts;
/* max_pool3d_indices:
 * Where max_pool found its elements, in x (..., D, H, W, C): the number of the first maximum of each window among
 * the elements of the spatial axes in row-major order, a uint32.
 *   kernel_size: elements of a window, one number for all spatial axes or one for each
 *   ad_array *y = ad_max_pool3d_indices(x, AD_INTS(2, 2, 2), NULL);
 */
AD_API ad_array *ad_max_pool3d_indices_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_max_pool3d_indices_opts *opts);
#define ad_max_pool3d_indices(...) ad_max_pool3d_indices_at(AD_HERE, __VA_ARGS__)
#define ad_conn_max_pool3d_indices(x, attrs) ad_conn_apply(NULL, "max_pool3d_indices", AD_CONNS(x), attrs)

typedef struct ad_avg_pool1d_opts {
  ad_ints stride; /* steps between windows; as kernel_size by default */
  ad_ints padding; /* places at both ends: one number, one for each axis, or a pair (front, behind) for each; 0 by default, at most half a window */
  bool ceil_mode; /* a last window where elements are left over */
  bool exclude_padding; /* averages over the elements alone; else places in the padding count as zeros */
} ad_avg_pool1d_opts;
/* avg_pool1d:
 * The mean of each window over the spatial axes of x (..., L, C). Places in the padding count as zeros, unless
 * exclude_padding is set. bool and integers become float32; half types are summed in float32.
 *   kernel_size: elements of a window, one number for all spatial axes or one for each
 *   ad_array *y = ad_avg_pool1d(x, AD_INTS(2), NULL);
 */
AD_API ad_array *ad_avg_pool1d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_avg_pool1d_opts *opts);
#define ad_avg_pool1d(...) ad_avg_pool1d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_avg_pool1d(x, attrs) ad_conn_apply(NULL, "avg_pool1d", AD_CONNS(x), attrs)

typedef struct ad_avg_pool2d_opts {
  ad_ints stride; /* steps between windows; as kernel_size by default */
  ad_ints padding; /* places at both ends: one number, one for each axis, or a pair (front, behind) for each; 0 by default, at most half a window */
  bool ceil_mode; /* a last window where elements are left over */
  bool exclude_padding; /* averages over the elements alone; else places in the padding count as zeros */
} ad_avg_pool2d_opts;
/* avg_pool2d:
 * The mean of each window over the spatial axes of x (..., H, W, C). Places in the padding count as zeros, unless
 * exclude_padding is set. bool and integers become float32; half types are summed in float32.
 *   kernel_size: elements of a window, one number for all spatial axes or one for each
 *   ad_array *y = ad_avg_pool2d(x, AD_INTS(2, 2), NULL);
 */
AD_API ad_array *ad_avg_pool2d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_avg_pool2d_opts *opts);
#define ad_avg_pool2d(...) ad_avg_pool2d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_avg_pool2d(x, attrs) ad_conn_apply(NULL, "avg_pool2d", AD_CONNS(x), attrs)

typedef struct ad_avg_pool3d_opts {
  ad_ints stride; /* steps between windows; as kernel_size by default */
  ad_ints padding; /* places at both ends: one number, one for each axis, or a pair (front, behind) for each; 0 by default, at most half a window */
  bool ceil_mode; /* a last window where elements are left over */
  bool exclude_padding; /* averages over the elements alone; else places in the padding count as zeros */
} ad_avg_pool3d_opts;
/* avg_pool3d:
 * The mean of each window over the spatial axes of x (..., D, H, W, C). Places in the padding count as zeros, unless
 * exclude_padding is set. bool and integers become float32; half types are summed in float32.
 *   kernel_size: elements of a window, one number for all spatial axes or one for each
 *   ad_array *y = ad_avg_pool3d(x, AD_INTS(2, 2, 2), NULL);
 */
AD_API ad_array *ad_avg_pool3d_at(ad_place where, ad_array *x, ad_ints kernel_size, const ad_avg_pool3d_opts *opts);
#define ad_avg_pool3d(...) ad_avg_pool3d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_avg_pool3d(x, attrs) ad_conn_apply(NULL, "avg_pool3d", AD_CONNS(x), attrs)

/* adaptive_max_pool1d:
 * The maximum of each window over the spatial axes of x (..., L, C), which are cut in output_size windows: window o
 * of an axis of n elements from floor(o n / size) up to ceil((o + 1) n / size).
 *   output_size: windows along the spatial axes, one number for all or one for each
 *   ad_array *y = ad_adaptive_max_pool1d(x, AD_INTS(4));
 */
AD_API ad_array *ad_adaptive_max_pool1d_at(ad_place where, ad_array *x, ad_ints output_size);
#define ad_adaptive_max_pool1d(...) ad_adaptive_max_pool1d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_adaptive_max_pool1d(x, attrs) ad_conn_apply(NULL, "adaptive_max_pool1d", AD_CONNS(x), attrs)

/* adaptive_max_pool2d:
 * The maximum of each window over the spatial axes of x (..., H, W, C), which are cut in output_size windows: window
 * o of an axis of n elements from floor(o n / size) up to ceil((o + 1) n / size).
 *   output_size: windows along the spatial axes, one number for all or one for each
 *   ad_array *y = ad_adaptive_max_pool2d(x, AD_INTS(4, 4));
 */
AD_API ad_array *ad_adaptive_max_pool2d_at(ad_place where, ad_array *x, ad_ints output_size);
#define ad_adaptive_max_pool2d(...) ad_adaptive_max_pool2d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_adaptive_max_pool2d(x, attrs) ad_conn_apply(NULL, "adaptive_max_pool2d", AD_CONNS(x), attrs)

/* adaptive_max_pool3d:
 * The maximum of each window over the spatial axes of x (..., D, H, W, C), which are cut in output_size windows:
 * window o of an axis of n elements from floor(o n / size) up to ceil((o + 1) n / size).
 *   output_size: windows along the spatial axes, one number for all or one for each
 *   ad_array *y = ad_adaptive_max_pool3d(x, AD_INTS(4, 4, 4));
 */
AD_API ad_array *ad_adaptive_max_pool3d_at(ad_place where, ad_array *x, ad_ints output_size);
#define ad_adaptive_max_pool3d(...) ad_adaptive_max_pool3d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_adaptive_max_pool3d(x, attrs) ad_conn_apply(NULL, "adaptive_max_pool3d", AD_CONNS(x), attrs)

/* adaptive_avg_pool1d:
 * The mean of each window over the spatial axes of x (..., L, C), which are cut in output_size windows: window o of
 * an axis of n elements from floor(o n / size) up to ceil((o + 1) n / size).
 *   output_size: windows along the spatial axes, one number for all or one for each
 *   ad_array *y = ad_adaptive_avg_pool1d(x, AD_INTS(4));
 */
AD_API ad_array *ad_adaptive_avg_pool1d_at(ad_place where, ad_array *x, ad_ints output_size);
#define ad_adaptive_avg_pool1d(...) ad_adaptive_avg_pool1d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_adaptive_avg_pool1d(x, attrs) ad_conn_apply(NULL, "adaptive_avg_pool1d", AD_CONNS(x), attrs)

/* adaptive_avg_pool2d:
 * The mean of each window over the spatial axes of x (..., H, W, C), which are cut in output_size windows: window o
 * of an axis of n elements from floor(o n / size) up to ceil((o + 1) n / size).
 *   output_size: windows along the spatial axes, one number for all or one for each
 *   ad_array *y = ad_adaptive_avg_pool2d(x, AD_INTS(4, 4));
 */
AD_API ad_array *ad_adaptive_avg_pool2d_at(ad_place where, ad_array *x, ad_ints output_size);
#define ad_adaptive_avg_pool2d(...) ad_adaptive_avg_pool2d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_adaptive_avg_pool2d(x, attrs) ad_conn_apply(NULL, "adaptive_avg_pool2d", AD_CONNS(x), attrs)

/* adaptive_avg_pool3d:
 * The mean of each window over the spatial axes of x (..., D, H, W, C), which are cut in output_size windows: window
 * o of an axis of n elements from floor(o n / size) up to ceil((o + 1) n / size).
 *   output_size: windows along the spatial axes, one number for all or one for each
 *   ad_array *y = ad_adaptive_avg_pool3d(x, AD_INTS(4, 4, 4));
 */
AD_API ad_array *ad_adaptive_avg_pool3d_at(ad_place where, ad_array *x, ad_ints output_size);
#define ad_adaptive_avg_pool3d(...) ad_adaptive_avg_pool3d_at(AD_HERE, __VA_ARGS__)
#define ad_conn_adaptive_avg_pool3d(x, attrs) ad_conn_apply(NULL, "adaptive_avg_pool3d", AD_CONNS(x), attrs)

typedef struct ad_resize_opts {
  const char *method; /* nearest takes floor(o * old / new), nearest_exact floor((o + 0.5) * old / new); one of nearest|nearest_exact|linear|cubic, the first is the default */
  bool align_corners; /* the first and last elements of both fall together; else the outer ends of them */
  bool antialias; /* linear, cubic: smooths as much as an axis shrinks */
  ad_nums scales; /* new length over old, by which positions are computed instead of by the lengths, one for each axis */
} ad_resize_opts;
/* resize:
 * x with other lengths along some axes: the nearest elements, or linear or cubic interpolation, one axis after the
 * other. Element o lies at (o + 0.5) old / new - 0.5. Cubic is Keys' kernel (1981) with a = -0.75 and repeated ends,
 * as PyTorch's; with antialias -0.5, stretched by old / new and normalised at the ends, as PIL's. nearest keeps the
 * dtype, the others make bool and integers float32.
 *   axes: which axes change their length
 *   sizes: their new lengths
 *   ad_array *y = ad_resize(x, AD_AXES(1, 2), AD_INTS(64, 64), &(ad_resize_opts){.method = "linear"});
 */
AD_API ad_array *ad_resize_at(ad_place where, ad_array *x, ad_ints axes, ad_ints sizes, const ad_resize_opts *opts);
#define ad_resize(...) ad_resize_at(AD_HERE, __VA_ARGS__)
#define ad_conn_resize(x, attrs) ad_conn_apply(NULL, "resize", AD_CONNS(x), attrs)

typedef struct ad_resize_transpose_opts {
  const char *method; /* nearest takes floor(o * old / new), nearest_exact floor((o + 0.5) * old / new); one of nearest|nearest_exact|linear|cubic, the first is the default */
  bool align_corners; /* the first and last elements of both fall together; else the outer ends of them */
  bool antialias; /* linear, cubic: smooths as much as an axis shrinks */
  ad_nums scales; /* new length over old, by which positions are computed instead of by the lengths, one for each axis */
} ad_resize_transpose_opts;
/* resize_transpose:
 * The transpose of resize: each element of a resized array goes to those it would have been made of, by their
 * weights. bool and integers become float32.
 *   axes: which axes change their length
 *   sizes: their lengths before they were resized
 *   ad_array *g = ad_resize_transpose(y, AD_AXES(1, 2), AD_INTS(32, 32), &(ad_resize_transpose_opts){.method = "linear"});
 */
AD_API ad_array *ad_resize_transpose_at(ad_place where, ad_array *x, ad_ints axes, ad_ints sizes, const ad_resize_transpose_opts *opts);
#define ad_resize_transpose(...) ad_resize_transpose_at(AD_HERE, __VA_ARGS__)
#define ad_conn_resize_transpose(x, attrs) ad_conn_apply(NULL, "resize_transpose", AD_CONNS(x), attrs)

/* lstm_cell:
 * One step of an LSTM: the pair (h, c) after the input x (..., in) on the states h and c (..., hidden). The rows of
 * w_ih (4 hidden, in), w_hh (4 hidden, hidden), b_ih and b_hh (4 hidden, or absent) are those of the gates i, f, g,
 * o: c' = sigmoid(f) c + sigmoid(i) tanh(g), h' = sigmoid(o) tanh(c'). bool and integers become float32.
 *   ad_array *state = ad_lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh);
 */
AD_API ad_array *ad_lstm_cell_at(ad_place where, ad_array *x, ad_array *h, ad_array *c, ad_array *w_ih, ad_array *w_hh, ad_array *b_ih, ad_array *b_hh);
#define ad_lstm_cell(...) ad_lstm_cell_at(AD_HERE, __VA_ARGS__)
#define ad_conn_lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh) ad_conn_apply(NULL, "lstm_cell", AD_CONNS(x, h, c, w_ih, w_hh, b_ih, b_hh), NULL)

/* gru_cell:
 * One step of a GRU: the state h after the input x (..., in) on the state h (..., hidden). The rows of w_ih (3
 * hidden, in), w_hh (3 hidden, hidden), b_ih and b_hh (3 hidden, or absent) are those of the gates r, z, n: n =
 * tanh(x's n + sigmoid(r) h's n), h' = n + sigmoid(z) (h - n). bool and integers become float32.
 *   ad_array *h_next = ad_gru_cell(x, h, w_ih, w_hh, b_ih, b_hh);
 */
AD_API ad_array *ad_gru_cell_at(ad_place where, ad_array *x, ad_array *h, ad_array *w_ih, ad_array *w_hh, ad_array *b_ih, ad_array *b_hh);
#define ad_gru_cell(...) ad_gru_cell_at(AD_HERE, __VA_ARGS__)
#define ad_conn_gru_cell(x, h, w_ih, w_hh, b_ih, b_hh) ad_conn_apply(NULL, "gru_cell", AD_CONNS(x, h, w_ih, w_hh, b_ih, b_hh), NULL)

/* relu2:
 * The square of relu(a) (So and others, Primer, 2021).
 *   ad_array *y = ad_relu2(a);
 */
AD_API ad_array *ad_relu2_at(ad_place where, ad_array *a);
#define ad_relu2(...) ad_relu2_at(AD_HERE, __VA_ARGS__)
#define ad_conn_relu2(a) ad_conn_apply(NULL, "relu2", AD_CONNS(a), NULL)

/* relu6:
 * relu(a), at most 6.
 *   ad_array *y = ad_relu6(a);
 */
AD_API ad_array *ad_relu6_at(ad_place where, ad_array *a);
#define ad_relu6(...) ad_relu6_at(AD_HERE, __VA_ARGS__)
#define ad_conn_relu6(a) ad_conn_apply(NULL, "relu6", AD_CONNS(a), NULL)

typedef struct ad_leaky_relu_opts {
  ad_num negative_slope; /* the factor below 0; default 0.01 */
} ad_leaky_relu_opts;
/* leaky_relu:
 * a where it is positive, negative_slope * a elsewhere, whatever the slope.
 *   ad_array *y = ad_leaky_relu(a, NULL);
 */
AD_API ad_array *ad_leaky_relu_at(ad_place where, ad_array *a, const ad_leaky_relu_opts *opts);
#define ad_leaky_relu(...) ad_leaky_relu_at(AD_HERE, __VA_ARGS__)
#define ad_conn_leaky_relu(a, attrs) ad_conn_apply(NULL, "leaky_relu", AD_CONNS(a), attrs)

/* prelu:
 * a where it is positive, slope * a elsewhere; the two broadcast together (He and others, Delving deep into
 * rectifiers, 2015).
 *   ad_array *y = ad_prelu(a, ad_number(c, 0.25));
 */
AD_API ad_array *ad_prelu_at(ad_place where, ad_array *a, ad_array *slope);
#define ad_prelu(...) ad_prelu_at(AD_HERE, __VA_ARGS__)
#define ad_conn_prelu(a, slope) ad_conn_apply(NULL, "prelu", AD_CONNS(a, slope), NULL)

typedef struct ad_hard_tanh_opts {
  ad_num min_val; /* the least value; default -1 */
  ad_num max_val; /* the greatest value; default 1 */
} ad_hard_tanh_opts;
/* hard_tanh:
 * a, raised to min_val and lowered to max_val.
 *   ad_array *y = ad_hard_tanh(a, NULL);
 */
AD_API ad_array *ad_hard_tanh_at(ad_place where, ad_array *a, const ad_hard_tanh_opts *opts);
#define ad_hard_tanh(...) ad_hard_tanh_at(AD_HERE, __VA_ARGS__)
#define ad_conn_hard_tanh(a, attrs) ad_conn_apply(NULL, "hard_tanh", AD_CONNS(a), attrs)

/* hardswish:
 * a * clip(a + 3, 0, 6) / 6 (Howard and others, Searching for MobileNetV3, 2019).
 *   ad_array *y = ad_hardswish(a);
 */
AD_API ad_array *ad_hardswish_at(ad_place where, ad_array *a);
#define ad_hardswish(...) ad_hardswish_at(AD_HERE, __VA_ARGS__)
#define ad_conn_hardswish(a) ad_conn_apply(NULL, "hardswish", AD_CONNS(a), NULL)

typedef struct ad_hard_shrink_opts {
  ad_num lambd; /* half the width of the band around 0 that becomes 0; 0 or more; default 0.5 */
} ad_hard_shrink_opts;
/* hard_shrink:
 * a where its magnitude is above lambd, 0 elsewhere.
 *   ad_array *y = ad_hard_shrink(a, NULL);
 */
AD_API ad_array *ad_hard_shrink_at(ad_place where, ad_array *a, const ad_hard_shrink_opts *opts);
#define ad_hard_shrink(...) ad_hard_shrink_at(AD_HERE, __VA_ARGS__)
#define ad_conn_hard_shrink(a, attrs) ad_conn_apply(NULL, "hard_shrink", AD_CONNS(a), attrs)

typedef struct ad_softshrink_opts {
  ad_num lambd; /* half the width of the band around 0 that becomes 0; 0 or more; default 0.5 */
} ad_softshrink_opts;
/* softshrink:
 * a moved towards 0 by lambd where its magnitude is above lambd, 0 elsewhere.
 *   ad_array *y = ad_softshrink(a, NULL);
 */
AD_API ad_array *ad_softshrink_at(ad_place where, ad_array *a, const ad_softshrink_opts *opts);
#define ad_softshrink(...) ad_softshrink_at(AD_HERE, __VA_ARGS__)
#define ad_conn_softshrink(a, attrs) ad_conn_apply(NULL, "softshrink", AD_CONNS(a), attrs)

typedef struct ad_step_opts {
  ad_num threshold; /* values above it become 1; default 0 */
} ad_step_opts;
/* step:
 * 1 where a is above threshold, 0 elsewhere, in the dtype of a. NaN gives 0.
 *   ad_array *y = ad_step(a, NULL);
 */
AD_API ad_array *ad_step_at(ad_place where, ad_array *a, const ad_step_opts *opts);
#define ad_step(...) ad_step_at(AD_HERE, __VA_ARGS__)
#define ad_conn_step(a, attrs) ad_conn_apply(NULL, "step", AD_CONNS(a), attrs)

typedef struct ad_elu_opts {
  ad_num alpha; /* minus the limit far below 0; default 1 */
} ad_elu_opts;
/* elu:
 * a where it is positive, alpha * (exp(a) - 1) elsewhere (Clevert and others, Exponential linear units, 2015).
 *   ad_array *y = ad_elu(a, NULL);
 */
AD_API ad_array *ad_elu_at(ad_place where, ad_array *a, const ad_elu_opts *opts);
#define ad_elu(...) ad_elu_at(AD_HERE, __VA_ARGS__)
#define ad_conn_elu(a, attrs) ad_conn_apply(NULL, "elu", AD_CONNS(a), attrs)

typedef struct ad_celu_opts {
  ad_num alpha; /* minus the limit far below 0; default 1 */
} ad_celu_opts;
/* celu:
 * a where it is positive, alpha * (exp(a / alpha) - 1) elsewhere, with slope 1 at 0 (Barron, Continuously
 * differentiable exponential linear units, 2017). alpha is more than 0.
 *   ad_array *y = ad_celu(a, NULL);
 */
AD_API ad_array *ad_celu_at(ad_place where, ad_array *a, const ad_celu_opts *opts);
#define ad_celu(...) ad_celu_at(AD_HERE, __VA_ARGS__)
#define ad_conn_celu(a, attrs) ad_conn_apply(NULL, "celu", AD_CONNS(a), attrs)

/* selu:
 * 1.0507... times elu(a) with alpha 1.6732..., which keeps mean and variance (Klambauer and others, Self-normalizing
 * neural networks, 2017).
 *   ad_array *y = ad_selu(a);
 */
AD_API ad_array *ad_selu_at(ad_place where, ad_array *a);
#define ad_selu(...) ad_selu_at(AD_HERE, __VA_ARGS__)
#define ad_conn_selu(a) ad_conn_apply(NULL, "selu", AD_CONNS(a), NULL)

/* softsign:
 * a / (1 + |a|).
 *   ad_array *y = ad_softsign(a);
 */
AD_API ad_array *ad_softsign_at(ad_place where, ad_array *a);
#define ad_softsign(...) ad_softsign_at(AD_HERE, __VA_ARGS__)
#define ad_conn_softsign(a) ad_conn_apply(NULL, "softsign", AD_CONNS(a), NULL)

/* log_sigmoid:
 * The logarithm of sigmoid(a), without overflow on the way.
 *   ad_array *y = ad_log_sigmoid(a);
 */
AD_API ad_array *ad_log_sigmoid_at(ad_place where, ad_array *a);
#define ad_log_sigmoid(...) ad_log_sigmoid_at(AD_HERE, __VA_ARGS__)
#define ad_conn_log_sigmoid(a) ad_conn_apply(NULL, "log_sigmoid", AD_CONNS(a), NULL)

/* gelu_fast_approx:
 * a * sigmoid(1.702 * a), the shortest form of gelu (Hendrycks and Gimpel, Gaussian error linear units, 2016).
 *   ad_array *y = ad_gelu_fast_approx(a);
 */
AD_API ad_array *ad_gelu_fast_approx_at(ad_place where, ad_array *a);
#define ad_gelu_fast_approx(...) ad_gelu_fast_approx_at(AD_HERE, __VA_ARGS__)
#define ad_conn_gelu_fast_approx(a) ad_conn_apply(NULL, "gelu_fast_approx", AD_CONNS(a), NULL)

/* mish:
 * a * tanh(softplus(a)) (Misra, Mish, 2019).
 *   ad_array *y = ad_mish(a);
 */
AD_API ad_array *ad_mish_at(ad_place where, ad_array *a);
#define ad_mish(...) ad_mish_at(AD_HERE, __VA_ARGS__)
#define ad_conn_mish(a) ad_conn_apply(NULL, "mish", AD_CONNS(a), NULL)

typedef struct ad_glu_opts {
  ad_int axis; /* along which; default -1 */
} ad_glu_opts;
/* glu:
 * The first half of a along an axis times the sigmoid of the second (Dauphin and others, Language modeling with
 * gated convolutional networks, 2016). The axis has an even length.
 *   ad_array *y = ad_glu(a, NULL);
 */
AD_API ad_array *ad_glu_at(ad_place where, ad_array *a, const ad_glu_opts *opts);
#define ad_glu(...) ad_glu_at(AD_HERE, __VA_ARGS__)
#define ad_conn_glu(a, attrs) ad_conn_apply(NULL, "glu", AD_CONNS(a), attrs)

typedef struct ad_softmin_opts {
  ad_int axis; /* along which; default -1 */
} ad_softmin_opts;
/* softmin:
 * softmax of -a along one axis: the smallest elements have the largest shares.
 *   ad_array *y = ad_softmin(a, NULL);
 */
AD_API ad_array *ad_softmin_at(ad_place where, ad_array *a, const ad_softmin_opts *opts);
#define ad_softmin(...) ad_softmin_at(AD_HERE, __VA_ARGS__)
#define ad_conn_softmin(a, attrs) ad_conn_apply(NULL, "softmin", AD_CONNS(a), attrs)

/* fast_layer_norm:
 * (x - mean) / sqrt(var + eps) * weight + bias over the last axis, the variance being the mean squared distance from
 * the mean. weight and bias have the length of that axis and may be missing. bool and integers become float32; half
 * types are computed in float32 and rounded once (Ba, Kiros, Hinton: Layer normalization, 2016).
 *   eps: added to the mean square before the root; 0 or more
 *   ad_array *y = ad_fast_layer_norm(x, weight, bias, 1e-5);
 */
AD_API ad_array *ad_fast_layer_norm_at(ad_place where, ad_array *x, ad_array *weight, ad_array *bias, double eps);
#define ad_fast_layer_norm(...) ad_fast_layer_norm_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fast_layer_norm(x, weight, bias, attrs) ad_conn_apply(NULL, "fast_layer_norm", AD_CONNS(x, weight, bias), attrs)

/* fast_layer_norm_grad:
 * The cotangents of x, weight and bias of fast_layer_norm for the cotangent ct of its result, from the mean and the
 * reciprocal root of variance plus eps of each row; that of a missing weight is empty.
 *   ad_array *dx = ad_item(ad_fast_layer_norm_grad(ct, x, mean, rstd, weight), 0);
 */
AD_API ad_array *ad_fast_layer_norm_grad_at(ad_place where, ad_array *ct, ad_array *x, ad_array *mean, ad_array *rstd, ad_array *weight);
#define ad_fast_layer_norm_grad(...) ad_fast_layer_norm_grad_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fast_layer_norm_grad(ct, x, mean, rstd, weight) ad_conn_apply(NULL, "fast_layer_norm_grad", AD_CONNS(ct, x, mean, rstd, weight), NULL)

/* fast_rms_norm:
 * x / sqrt(mean(x^2) + eps) * weight over the last axis. weight has the length of that axis and may be missing. bool
 * and integers become float32; half types are computed in float32 and rounded once (Zhang, Sennrich: Root mean
 * square layer normalization, 2019).
 *   eps: added to the mean square before the root; 0 or more
 *   ad_array *y = ad_fast_rms_norm(x, weight, 1e-5);
 */
AD_API ad_array *ad_fast_rms_norm_at(ad_place where, ad_array *x, ad_array *weight, double eps);
#define ad_fast_rms_norm(...) ad_fast_rms_norm_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fast_rms_norm(x, weight, attrs) ad_conn_apply(NULL, "fast_rms_norm", AD_CONNS(x, weight), attrs)

/* fast_rms_norm_grad:
 * The cotangents of x and weight of fast_rms_norm for the cotangent ct of its result, from the reciprocal root of
 * the mean square plus eps of each row; that of a missing weight is empty.
 *   ad_array *dx = ad_item(ad_fast_rms_norm_grad(ct, x, rstd, weight), 0);
 */
AD_API ad_array *ad_fast_rms_norm_grad_at(ad_place where, ad_array *ct, ad_array *x, ad_array *rstd, ad_array *weight);
#define ad_fast_rms_norm_grad(...) ad_fast_rms_norm_grad_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fast_rms_norm_grad(ct, x, rstd, weight) ad_conn_apply(NULL, "fast_rms_norm_grad", AD_CONNS(ct, x, rstd, weight), NULL)

typedef struct ad_fast_scaled_dot_product_attention_opts {
  bool causal; /* query t sees keys up to t + S - T only: the last query sees the last key */
} ad_fast_scaled_dot_product_attention_opts;
/* fast_scaled_dot_product_attention:
 * softmax(scale * q k^T + mask) v for every head, without ever holding the scores: q (B, N, T, D), k (B, K, S, D), v
 * (B, K, S, E), giving (B, N, T, E). N is a multiple of K; N/K neighbouring heads of q share one of k and v. A mask
 * broadcasts to (B, N, T, S): where bool, true keeps; where float, it is added. sinks (N) are scores of one key more
 * for each head, whose value is 0. A row of which all is masked gives 0. What a masked score leads to is not looked
 * at key by key: a value that is no number may show in its neighbours. bool and integers become float32; half types
 * are computed in float32.
 *   scale: factor of the products of q and k, as a rule 1/sqrt(D)
 *   ad_array *y = ad_fast_scaled_dot_product_attention(q, k, v, NULL, NULL, 0.125, &(ad_fast_scaled_dot_product_attention_opts){.causal = true});
 */
AD_API ad_array *ad_fast_scaled_dot_product_attention_at(ad_place where, ad_array *q, ad_array *k, ad_array *v, ad_array *mask, ad_array *sinks, double scale, const ad_fast_scaled_dot_product_attention_opts *opts);
#define ad_fast_scaled_dot_product_attention(...) ad_fast_scaled_dot_product_attention_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fast_scaled_dot_product_attention(q, k, v, mask, sinks, attrs) ad_conn_apply(NULL, "fast_scaled_dot_product_attention", AD_CONNS(q, k, v, mask, sinks), attrs)

typedef struct ad_fast_scaled_dot_product_attention_grad_opts {
  bool causal; /* query t sees keys up to t + S - T only: the last query sees the last key */
} ad_fast_scaled_dot_product_attention_grad_opts;
/* fast_scaled_dot_product_attention_grad:
 * The cotangents of q, k, v and sinks of fast_scaled_dot_product_attention for the cotangent ct of its result: lse
 * (B, N, T) holds the logarithms of the sums of exponentials of the rows of scores, delta (B, N, T) the sums of ct *
 * out over rows. The cotangent of missing sinks is empty.
 *   scale: factor of the products of q and k, as a rule 1/sqrt(D)
 *   ad_array *dq = ad_item(ad_fast_scaled_dot_product_attention_grad(ct, q, k, v, lse, delta, NULL, NULL, 0.125, NULL), 0);
 */
AD_API ad_array *ad_fast_scaled_dot_product_attention_grad_at(ad_place where, ad_array *ct, ad_array *q, ad_array *k, ad_array *v, ad_array *lse, ad_array *delta, ad_array *mask, ad_array *sinks, double scale, const ad_fast_scaled_dot_product_attention_grad_opts *opts);
#define ad_fast_scaled_dot_product_attention_grad(...) ad_fast_scaled_dot_product_attention_grad_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fast_scaled_dot_product_attention_grad(ct, q, k, v, lse, delta, mask, sinks, attrs) ad_conn_apply(NULL, "fast_scaled_dot_product_attention_grad", AD_CONNS(ct, q, k, v, lse, delta, mask, sinks), attrs)

typedef struct ad_fast_rope_opts {
  bool traditional; /* neighbours are a pair; otherwise feature i and feature i + dims/2 are */
  ad_num base; /* pair i turns by base^(-2 i / dims) a position; absent exactly when freqs are given */
  ad_num scale; /* factor of the positions; default 1 */
  bool inverse; /* turns back, by the negative angles */
} ad_fast_rope_opts;
/* fast_rope:
 * Rotary position embedding of a (B, ..., T, D): at position p = (t + offset) * scale, pair i of the first dims
 * features is turned by the angle p * base^(-2 i / dims), or p / freqs[i]; the other features stay. offset is one
 * whole number, or one for each of axis 0; missing: 0. freqs (dims/2). bool and integers become float32; half types
 * are turned in float32.
 *   dims: how many of the features are turned, an even number
 *   ad_array *y = ad_fast_rope(q, NULL, NULL, 64, &(ad_fast_rope_opts){.base = AD_NUM(10000)});
 */
AD_API ad_array *ad_fast_rope_at(ad_place where, ad_array *a, ad_array *offset, ad_array *freqs, int64_t dims, const ad_fast_rope_opts *opts);
#define ad_fast_rope(...) ad_fast_rope_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fast_rope(a, offset, freqs, attrs) ad_conn_apply(NULL, "fast_rope", AD_CONNS(a, offset, freqs), attrs)

typedef struct ad_softmax_cross_entropy_opts {
  ad_int axis; /* the axis of classes; default -1 */
  ad_num label_smoothing; /* this share of the target is spread evenly over all classes; 0 to 1; default 0 */
} ad_softmax_cross_entropy_opts;
/* softmax_cross_entropy:
 * The cross-entropy of each row of logits along an axis: -sum(p * log_softmax(logits)). targets are integers, the
 * class of each row (of the shape without the axis; negative ones count from the end, others outside mean the
 * nearest), or floats, its probabilities p. bool and integer logits become float32; half types are computed in
 * float32.
 *   ad_array *loss = ad_mean(ad_softmax_cross_entropy(logits, classes, NULL), NULL);
 */
AD_API ad_array *ad_softmax_cross_entropy_at(ad_place where, ad_array *logits, ad_array *targets, const ad_softmax_cross_entropy_opts *opts);
#define ad_softmax_cross_entropy(...) ad_softmax_cross_entropy_at(AD_HERE, __VA_ARGS__)
#define ad_conn_softmax_cross_entropy(logits, targets, attrs) ad_conn_apply(NULL, "softmax_cross_entropy", AD_CONNS(logits, targets), attrs)

typedef struct ad_softmax_cross_entropy_grad_opts {
  ad_int axis; /* the axis of classes; default -1 */
  ad_num label_smoothing; /* this share of the target is spread evenly over all classes; 0 to 1; default 0 */
} ad_softmax_cross_entropy_grad_opts;
/* softmax_cross_entropy_grad:
 * exp(logits - lse) * weight - ct * p, the cotangent of the logits of softmax_cross_entropy: p is the smoothed
 * target, lse the logarithm of the sum of exponentials of each row, ct the cotangent of its loss, weight that times
 * the sum of p.
 *   ad_array *dx = ad_softmax_cross_entropy_grad(ct, ct, logits, classes, lse, NULL);
 */
AD_API ad_array *ad_softmax_cross_entropy_grad_at(ad_place where, ad_array *ct, ad_array *weight, ad_array *logits, ad_array *targets, ad_array *lse, const ad_softmax_cross_entropy_grad_opts *opts);
#define ad_softmax_cross_entropy_grad(...) ad_softmax_cross_entropy_grad_at(AD_HERE, __VA_ARGS__)
#define ad_conn_softmax_cross_entropy_grad(ct, weight, logits, targets, lse, attrs) ad_conn_apply(NULL, "softmax_cross_entropy_grad", AD_CONNS(ct, weight, logits, targets, lse), attrs)

typedef struct ad_cross_entropy_opts {
  ad_int axis; /* the axis along which rows lie; default -1 */
  ad_num label_smoothing; /* this share of the target is spread evenly over all classes; 0 to 1; default 0 */
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of none|mean|sum, the first is the default */
} ad_cross_entropy_opts;
/* cross_entropy:
 * softmax_cross_entropy of logits and targets (classes as integers, of the shape of logits without the axis, or
 * probabilities), times weights of the shape of the losses, which may be NULL. Not reduced unless reduction says so;
 * the mean is over the number of losses, whatever the weights.
 *   ad_array *loss = ad_cross_entropy(logits, classes, NULL, NULL);
 */
AD_API ad_array *ad_cross_entropy_at(ad_place where, ad_array *logits, ad_array *targets, ad_array *weights, const ad_cross_entropy_opts *opts);
#define ad_cross_entropy(...) ad_cross_entropy_at(AD_HERE, __VA_ARGS__)
#define ad_conn_cross_entropy(logits, targets, weights, attrs) ad_conn_apply(NULL, "cross_entropy", AD_CONNS(logits, targets, weights), attrs)

typedef struct ad_nll_loss_opts {
  ad_int axis; /* the axis along which rows lie; default -1 */
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of none|mean|sum, the first is the default */
} ad_nll_loss_opts;
/* nll_loss:
 * Minus the element of each row of inputs, logarithms of probabilities, that the integer targets name (of the shape
 * without the axis). Not reduced unless reduction says so.
 *   ad_array *loss = ad_nll_loss(log_probabilities, classes, NULL);
 */
AD_API ad_array *ad_nll_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_nll_loss_opts *opts);
#define ad_nll_loss(...) ad_nll_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_nll_loss(inputs, targets, attrs) ad_conn_apply(NULL, "nll_loss", AD_CONNS(inputs, targets), attrs)

typedef struct ad_kl_div_loss_opts {
  ad_int axis; /* the axis along which rows lie; default -1 */
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of none|mean|sum, the first is the default */
} ad_kl_div_loss_opts;
/* kl_div_loss:
 * The divergence of Kullback and Leibler of each row, sum(exp(targets) * (targets - inputs)), both logarithms of
 * probabilities and of one shape; a target of probability 0 counts for nothing. Not reduced unless reduction says
 * so.
 *   ad_array *loss = ad_kl_div_loss(log_q, log_p, NULL);
 */
AD_API ad_array *ad_kl_div_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_kl_div_loss_opts *opts);
#define ad_kl_div_loss(...) ad_kl_div_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_kl_div_loss(inputs, targets, attrs) ad_conn_apply(NULL, "kl_div_loss", AD_CONNS(inputs, targets), attrs)

typedef struct ad_cosine_similarity_loss_opts {
  ad_int axis; /* the axis along which rows lie; default 1 */
  ad_num eps; /* the least product of lengths; default 1e-08 */
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of none|mean|sum, the first is the default */
} ad_cosine_similarity_loss_opts;
/* cosine_similarity_loss:
 * The cosine of the angle between each two vectors along an axis, sum(x1 x2) / max(|x1| |x2|, eps); both have one
 * shape. The axis is 1 unless it is given. Not reduced unless reduction says so.
 *   ad_array *loss = ad_cosine_similarity_loss(a, b, NULL);
 */
AD_API ad_array *ad_cosine_similarity_loss_at(ad_place where, ad_array *x1, ad_array *x2, const ad_cosine_similarity_loss_opts *opts);
#define ad_cosine_similarity_loss(...) ad_cosine_similarity_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_cosine_similarity_loss(x1, x2, attrs) ad_conn_apply(NULL, "cosine_similarity_loss", AD_CONNS(x1, x2), attrs)

typedef struct ad_triplet_loss_opts {
  ad_int axis; /* the axis along which rows lie; default -1 */
  ad_num p; /* the order of the norm; 1 or more; default 2 */
  ad_num margin; /* by how much negatives are to be further away; default 1 */
  ad_num eps; /* added to the sum of powers before the root; default 1e-06 */
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of none|mean|sum, the first is the default */
} ad_triplet_loss_opts;
/* triplet_loss:
 * relu(d(anchors, positives) - d(anchors, negatives) + margin) with the distance d(a, b) = (sum |a - b|^p +
 * eps)^(1/p) along an axis; all have one shape. Not reduced unless reduction says so.
 *   ad_array *loss = ad_triplet_loss(anchors, positives, negatives, NULL);
 */
AD_API ad_array *ad_triplet_loss_at(ad_place where, ad_array *anchors, ad_array *positives, ad_array *negatives, const ad_triplet_loss_opts *opts);
#define ad_triplet_loss(...) ad_triplet_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_triplet_loss(anchors, positives, negatives, attrs) ad_conn_apply(NULL, "triplet_loss", AD_CONNS(anchors, positives, negatives), attrs)

typedef struct ad_l1_loss_opts {
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of mean|none|sum, the first is the default */
} ad_l1_loss_opts;
/* l1_loss:
 * The absolute difference of inputs and targets, which have one shape. The mean unless reduction says otherwise.
 *   ad_array *loss = ad_l1_loss(y, targets, NULL);
 */
AD_API ad_array *ad_l1_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_l1_loss_opts *opts);
#define ad_l1_loss(...) ad_l1_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_l1_loss(inputs, targets, attrs) ad_conn_apply(NULL, "l1_loss", AD_CONNS(inputs, targets), attrs)

typedef struct ad_mse_loss_opts {
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of mean|none|sum, the first is the default */
} ad_mse_loss_opts;
/* mse_loss:
 * The squared difference of inputs and targets, which have one shape. The mean unless reduction says otherwise.
 *   ad_array *loss = ad_mse_loss(y, targets, NULL);
 */
AD_API ad_array *ad_mse_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_mse_loss_opts *opts);
#define ad_mse_loss(...) ad_mse_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_mse_loss(inputs, targets, attrs) ad_conn_apply(NULL, "mse_loss", AD_CONNS(inputs, targets), attrs)

typedef struct ad_smooth_l1_loss_opts {
  ad_num beta; /* where the parabola becomes a line; 0 or more; default 1 */
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of mean|none|sum, the first is the default */
} ad_smooth_l1_loss_opts;
/* smooth_l1_loss:
 * With e = |inputs - targets|: e^2 / (2 beta) where e is at most beta, e - beta / 2 beyond; for beta 0 l1_loss. The
 * mean unless reduction says otherwise.
 *   ad_array *loss = ad_smooth_l1_loss(y, targets, NULL);
 */
AD_API ad_array *ad_smooth_l1_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_smooth_l1_loss_opts *opts);
#define ad_smooth_l1_loss(...) ad_smooth_l1_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_smooth_l1_loss(inputs, targets, attrs) ad_conn_apply(NULL, "smooth_l1_loss", AD_CONNS(inputs, targets), attrs)

typedef struct ad_huber_loss_opts {
  ad_num delta; /* where the parabola becomes a line; more than 0; default 1 */
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of none|mean|sum, the first is the default */
} ad_huber_loss_opts;
/* huber_loss:
 * With e = |inputs - targets|: e^2 / 2 where e is at most delta, delta (e - delta / 2) beyond (Huber, Robust
 * estimation of a location parameter, 1964). Not reduced unless reduction says so.
 *   ad_array *loss = ad_huber_loss(y, targets, NULL);
 */
AD_API ad_array *ad_huber_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_huber_loss_opts *opts);
#define ad_huber_loss(...) ad_huber_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_huber_loss(inputs, targets, attrs) ad_conn_apply(NULL, "huber_loss", AD_CONNS(inputs, targets), attrs)

typedef struct ad_log_cosh_loss_opts {
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of none|mean|sum, the first is the default */
} ad_log_cosh_loss_opts;
/* log_cosh_loss:
 * log(cosh(inputs - targets)), without overflow on the way; inputs and targets have one shape. Not reduced unless
 * reduction says so.
 *   ad_array *loss = ad_log_cosh_loss(y, targets, NULL);
 */
AD_API ad_array *ad_log_cosh_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_log_cosh_loss_opts *opts);
#define ad_log_cosh_loss(...) ad_log_cosh_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_log_cosh_loss(inputs, targets, attrs) ad_conn_apply(NULL, "log_cosh_loss", AD_CONNS(inputs, targets), attrs)

typedef struct ad_binary_cross_entropy_opts {
  bool probabilities; /* inputs are probabilities, not logits */
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of mean|none|sum, the first is the default */
} ad_binary_cross_entropy_opts;
/* binary_cross_entropy:
 * -targets log(p) - (1 - targets) log(1 - p), where p is sigmoid(inputs), or inputs themselves if they are
 * probabilities, whose logarithms count as -100 at least. weights, which may be NULL, are factors of the losses. All
 * have one shape. The mean (over their number, whatever the weights) unless reduction says otherwise.
 *   ad_array *loss = ad_binary_cross_entropy(logits, targets, NULL, NULL);
 */
AD_API ad_array *ad_binary_cross_entropy_at(ad_place where, ad_array *inputs, ad_array *targets, ad_array *weights, const ad_binary_cross_entropy_opts *opts);
#define ad_binary_cross_entropy(...) ad_binary_cross_entropy_at(AD_HERE, __VA_ARGS__)
#define ad_conn_binary_cross_entropy(inputs, targets, weights, attrs) ad_conn_apply(NULL, "binary_cross_entropy", AD_CONNS(inputs, targets, weights), attrs)

typedef struct ad_gaussian_nll_loss_opts {
  bool full; /* adds log(2 pi) / 2, which depends on nothing */
  ad_num eps; /* the least variance; default 1e-06 */
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of mean|none|sum, the first is the default */
} ad_gaussian_nll_loss_opts;
/* gaussian_nll_loss:
 * (log(v) + (inputs - targets)^2 / v) / 2 with v = max(vars, eps): minus the logarithm of the density of a normal
 * distribution, but for a constant. All have one shape. The mean unless reduction says otherwise.
 *   ad_array *loss = ad_gaussian_nll_loss(means, targets, vars, NULL);
 */
AD_API ad_array *ad_gaussian_nll_loss_at(ad_place where, ad_array *inputs, ad_array *targets, ad_array *vars, const ad_gaussian_nll_loss_opts *opts);
#define ad_gaussian_nll_loss(...) ad_gaussian_nll_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_gaussian_nll_loss(inputs, targets, vars, attrs) ad_conn_apply(NULL, "gaussian_nll_loss", AD_CONNS(inputs, targets, vars), attrs)

typedef struct ad_hinge_loss_opts {
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of none|mean|sum, the first is the default */
} ad_hinge_loss_opts;
/* hinge_loss:
 * relu(1 - inputs * targets), for targets of -1 and 1 of the shape of inputs. Not reduced unless reduction says so.
 *   ad_array *loss = ad_hinge_loss(y, targets, NULL);
 */
AD_API ad_array *ad_hinge_loss_at(ad_place where, ad_array *inputs, ad_array *targets, const ad_hinge_loss_opts *opts);
#define ad_hinge_loss(...) ad_hinge_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_hinge_loss(inputs, targets, attrs) ad_conn_apply(NULL, "hinge_loss", AD_CONNS(inputs, targets), attrs)

typedef struct ad_margin_ranking_loss_opts {
  ad_num margin; /* by how much the first is to be above the second; default 0 */
  const char *reduction; /* whether losses are averaged, added up or given one by one; one of none|mean|sum, the first is the default */
} ad_margin_ranking_loss_opts;
/* margin_ranking_loss:
 * relu(margin - targets * (inputs1 - inputs2)): targets of 1 want the first to be the larger, -1 the second. All
 * have one shape. Not reduced unless reduction says so.
 *   ad_array *loss = ad_margin_ranking_loss(first, second, targets, NULL);
 */
AD_API ad_array *ad_margin_ranking_loss_at(ad_place where, ad_array *inputs1, ad_array *inputs2, ad_array *targets, const ad_margin_ranking_loss_opts *opts);
#define ad_margin_ranking_loss(...) ad_margin_ranking_loss_at(AD_HERE, __VA_ARGS__)
#define ad_conn_margin_ranking_loss(inputs1, inputs2, targets, attrs) ad_conn_apply(NULL, "margin_ranking_loss", AD_CONNS(inputs1, inputs2, targets), attrs)

typedef struct ad_polynomial_features_opts {
  bool exclude_bias; /* leaves out the 1 in front */
  bool interaction_only; /* products of different features only */
} ad_polynomial_features_opts;
/* polynomial_features:
 * All products of at most `degree` of the features in the last axis of x, with repetition: 1, then the features,
 * then the products of two, and so on, each in lexicographic order of their factors.
 *   degree: the largest number of factors
 *   ad_array *y = ad_polynomial_features(x, 2, NULL);
 */
AD_API ad_array *ad_polynomial_features_at(ad_place where, ad_array *x, int64_t degree, const ad_polynomial_features_opts *opts);
#define ad_polynomial_features(...) ad_polynomial_features_at(AD_HERE, __VA_ARGS__)
#define ad_conn_polynomial_features(x, attrs) ad_conn_apply(NULL, "polynomial_features", AD_CONNS(x), attrs)

typedef struct ad_tsne_joint_probabilities_opts {
  ad_num perplexity; /* effective number of neighbours of a point; default 30 */
  ad_num least; /* probabilities are not smaller; default 1e-12 */
} ad_tsne_joint_probabilities_opts;
/* tsne_joint_probabilities:
 * The joint probabilities of t-SNE (van der Maaten, Hinton: Visualizing data using t-SNE, 2008) for the squared
 * distances (..., N, N) of points: (p(j|i) + p(i|j)) / 2N, where p(j|i) is proportional to exp(-beta_i d_ij) with
 * beta_i such that its entropy is log perplexity, and none smaller than `least`.
 *   ad_array *p = ad_tsne_joint_probabilities(d, NULL);
 */
AD_API ad_array *ad_tsne_joint_probabilities_at(ad_place where, ad_array *squared_distances, const ad_tsne_joint_probabilities_opts *opts);
#define ad_tsne_joint_probabilities(...) ad_tsne_joint_probabilities_at(AD_HERE, __VA_ARGS__)
#define ad_conn_tsne_joint_probabilities(squared_distances, attrs) ad_conn_apply(NULL, "tsne_joint_probabilities", AD_CONNS(squared_distances), attrs)

/* auc_core:
 * The points of the receiver operating characteristic of scores (..., n) for labels that are true or false: (..., 2,
 * n + 1), the rates of false and of true positives when the k highest scores are taken for true, k = 0 to n. Equal
 * scores are taken together, so that the trapezoid of the second row over the first is the area under the curve.
 *   ad_array *rates = ad_auc_core(scores, labels);
 */
AD_API ad_array *ad_auc_core_at(ad_place where, ad_array *scores, ad_array *labels);
#define ad_auc_core(...) ad_auc_core_at(AD_HERE, __VA_ARGS__)
#define ad_conn_auc_core(scores, labels) ad_conn_apply(NULL, "auc_core", AD_CONNS(scores, labels), NULL)

typedef struct ad_random_bits_opts {
  ad_int width; /* bytes of one number: 1, 2, 4 or 8; default 4 */
} ad_random_bits_opts;
/* random_bits:
 * Random unsigned integers from a key of two uint32 words: Threefry-2x32, 20 rounds. The same key gives the same
 * numbers. Keys of shape (..., 2) each fill a block of `shape`: the result has shape (..., shape).
 *   shape: the shape of the result
 *   ad_array *w = ad_random_bits(key, AD_SHAPE(4), NULL);
 */
AD_API ad_array *ad_random_bits_at(ad_place where, ad_array *key, ad_shape shape, const ad_random_bits_opts *opts);
#define ad_random_bits(...) ad_random_bits_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_bits(key, attrs) ad_conn_apply(NULL, "random_bits", AD_CONNS(key), attrs)

typedef struct ad_fft_c2c_opts {
  bool inverse; /* with exp(+2 pi i jk/n) */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_c2c_opts;
/* fft_c2c:
 * The discrete Fourier transform of complex numbers along axes, sum of a[j] exp(-2 pi i jk/n), of any length.
 * float64 and complex128 are computed in double precision and give complex128, all else complex64.
 *   axes: along which, one or more
 *   ad_array *y = ad_fft_c2c(x, AD_AXES(-1), NULL);
 */
AD_API ad_array *ad_fft_c2c_at(ad_place where, ad_array *a, ad_ints axes, const ad_fft_c2c_opts *opts);
#define ad_fft_c2c(...) ad_fft_c2c_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_c2c(a, attrs) ad_conn_apply(NULL, "fft_c2c", AD_CONNS(a), attrs)

typedef struct ad_fft_r2c_opts {
  ad_int axis; /* along which; default -1 */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_r2c_opts;
/* fft_r2c:
 * The first n/2 + 1 numbers of the discrete Fourier transform of n real numbers along an axis; the others are their
 * mirror image. float64 gives complex128, all else is computed in float32 and gives complex64.
 *   ad_array *y = ad_fft_r2c(x, NULL);
 */
AD_API ad_array *ad_fft_r2c_at(ad_place where, ad_array *a, const ad_fft_r2c_opts *opts);
#define ad_fft_r2c(...) ad_fft_r2c_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_r2c(a, attrs) ad_conn_apply(NULL, "fft_r2c", AD_CONNS(a), attrs)

typedef struct ad_fft_c2r_opts {
  ad_int axis; /* along which; default -1 */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_c2r_opts;
/* fft_c2r:
 * The inverse discrete Fourier transform of a symmetric spectrum, of which a has the first n/2 + 1 numbers along an
 * axis: n real numbers. The imaginary parts of its first and, for even n, its last number are not looked at. float64
 * and complex128 give float64, all else float32.
 *   n: how many numbers the result has along the axis
 *   ad_array *y = ad_fft_c2r(x, 64, NULL);
 */
AD_API ad_array *ad_fft_c2r_at(ad_place where, ad_array *a, int64_t n, const ad_fft_c2r_opts *opts);
#define ad_fft_c2r(...) ad_fft_c2r_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_c2r(a, attrs) ad_conn_apply(NULL, "fft_c2r", AD_CONNS(a), attrs)

typedef struct ad_fft_fft_opts {
  ad_int n; /* length of the signal, cut or filled up with zeros to it; absent: as it is */
  ad_int axis; /* along which; default -1 */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_fft_opts;
/* fft_fft:
 * The discrete Fourier transform along an axis, sum of a[j] exp(-2 pi i jk/n), of any length. float64 and complex128
 * are computed in double precision, all else in float32.
 *   ad_array *y = ad_fft_fft(x, NULL);
 */
AD_API ad_array *ad_fft_fft_at(ad_place where, ad_array *a, const ad_fft_fft_opts *opts);
#define ad_fft_fft(...) ad_fft_fft_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_fft(a, attrs) ad_conn_apply(NULL, "fft_fft", AD_CONNS(a), attrs)

typedef struct ad_fft_ifft_opts {
  ad_int n; /* length of the signal, cut or filled up with zeros to it; absent: as it is */
  ad_int axis; /* along which; default -1 */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_ifft_opts;
/* fft_ifft:
 * The inverse discrete Fourier transform along an axis: the mean of a[k] exp(2 pi i jk/n), of any length. float64
 * and complex128 are computed in double precision, all else in float32.
 *   ad_array *y = ad_fft_ifft(x, NULL);
 */
AD_API ad_array *ad_fft_ifft_at(ad_place where, ad_array *a, const ad_fft_ifft_opts *opts);
#define ad_fft_ifft(...) ad_fft_ifft_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_ifft(a, attrs) ad_conn_apply(NULL, "fft_ifft", AD_CONNS(a), attrs)

typedef struct ad_fft_rfft_opts {
  ad_int n; /* length of the signal, cut or filled up with zeros to it; absent: as it is */
  ad_int axis; /* along which; default -1 */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_rfft_opts;
/* fft_rfft:
 * The first n/2 + 1 numbers of the discrete Fourier transform of n real numbers along an axis. float64 and
 * complex128 are computed in double precision, all else in float32.
 *   ad_array *y = ad_fft_rfft(x, NULL);
 */
AD_API ad_array *ad_fft_rfft_at(ad_place where, ad_array *a, const ad_fft_rfft_opts *opts);
#define ad_fft_rfft(...) ad_fft_rfft_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_rfft(a, attrs) ad_conn_apply(NULL, "fft_rfft", AD_CONNS(a), attrs)

typedef struct ad_fft_irfft_opts {
  ad_int n; /* length of the signal, cut or filled up with zeros to it; absent: as it is */
  ad_int axis; /* along which; default -1 */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_irfft_opts;
/* fft_irfft:
 * The inverse of rfft: n real numbers from the first n/2 + 1 numbers of their transform. n is 2 (m - 1) for an axis
 * of length m, unless it is given. float64 and complex128 are computed in double precision, all else in float32.
 *   ad_array *y = ad_fft_irfft(x, NULL);
 */
AD_API ad_array *ad_fft_irfft_at(ad_place where, ad_array *a, const ad_fft_irfft_opts *opts);
#define ad_fft_irfft(...) ad_fft_irfft_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_irfft(a, attrs) ad_conn_apply(NULL, "fft_irfft", AD_CONNS(a), attrs)

typedef struct ad_fft_fft2_opts {
  ad_ints s; /* lengths of the signal, cut or filled up with zeros to them; absent: as they are */
  ad_ints axes; /* along which; absent: the last two, or as many as s has */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_fft2_opts;
/* fft_fft2:
 * The discrete Fourier transform along two axes; see fft. float64 and complex128 are computed in double precision,
 * all else in float32.
 *   ad_array *y = ad_fft_fft2(x, NULL);
 */
AD_API ad_array *ad_fft_fft2_at(ad_place where, ad_array *a, const ad_fft_fft2_opts *opts);
#define ad_fft_fft2(...) ad_fft_fft2_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_fft2(a, attrs) ad_conn_apply(NULL, "fft_fft2", AD_CONNS(a), attrs)

typedef struct ad_fft_ifft2_opts {
  ad_ints s; /* lengths of the signal, cut or filled up with zeros to them; absent: as they are */
  ad_ints axes; /* along which; absent: the last two, or as many as s has */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_ifft2_opts;
/* fft_ifft2:
 * The inverse discrete Fourier transform along two axes; see ifft. float64 and complex128 are computed in double
 * precision, all else in float32.
 *   ad_array *y = ad_fft_ifft2(x, NULL);
 */
AD_API ad_array *ad_fft_ifft2_at(ad_place where, ad_array *a, const ad_fft_ifft2_opts *opts);
#define ad_fft_ifft2(...) ad_fft_ifft2_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_ifft2(a, attrs) ad_conn_apply(NULL, "fft_ifft2", AD_CONNS(a), attrs)

typedef struct ad_fft_rfft2_opts {
  ad_ints s; /* lengths of the signal, cut or filled up with zeros to them; absent: as they are */
  ad_ints axes; /* along which; absent: the last two, or as many as s has */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_rfft2_opts;
/* fft_rfft2:
 * The discrete Fourier transform of real numbers along two axes, of which the last keeps n/2 + 1 numbers; see rfft.
 * float64 and complex128 are computed in double precision, all else in float32.
 *   ad_array *y = ad_fft_rfft2(x, NULL);
 */
AD_API ad_array *ad_fft_rfft2_at(ad_place where, ad_array *a, const ad_fft_rfft2_opts *opts);
#define ad_fft_rfft2(...) ad_fft_rfft2_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_rfft2(a, attrs) ad_conn_apply(NULL, "fft_rfft2", AD_CONNS(a), attrs)

typedef struct ad_fft_irfft2_opts {
  ad_ints s; /* lengths of the signal, cut or filled up with zeros to them; absent: as they are */
  ad_ints axes; /* along which; absent: the last two, or as many as s has */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_irfft2_opts;
/* fft_irfft2:
 * The inverse of rfft2; see irfft. float64 and complex128 are computed in double precision, all else in float32.
 *   ad_array *y = ad_fft_irfft2(x, NULL);
 */
AD_API ad_array *ad_fft_irfft2_at(ad_place where, ad_array *a, const ad_fft_irfft2_opts *opts);
#define ad_fft_irfft2(...) ad_fft_irfft2_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_irfft2(a, attrs) ad_conn_apply(NULL, "fft_irfft2", AD_CONNS(a), attrs)

typedef struct ad_fft_fftn_opts {
  ad_ints s; /* lengths of the signal, cut or filled up with zeros to them; absent: as they are */
  ad_ints axes; /* along which; absent: all, or the last as many as s has */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_fftn_opts;
/* fft_fftn:
 * The discrete Fourier transform along some axes or all; see fft. float64 and complex128 are computed in double
 * precision, all else in float32.
 *   ad_array *y = ad_fft_fftn(x, NULL);
 */
AD_API ad_array *ad_fft_fftn_at(ad_place where, ad_array *a, const ad_fft_fftn_opts *opts);
#define ad_fft_fftn(...) ad_fft_fftn_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_fftn(a, attrs) ad_conn_apply(NULL, "fft_fftn", AD_CONNS(a), attrs)

typedef struct ad_fft_ifftn_opts {
  ad_ints s; /* lengths of the signal, cut or filled up with zeros to them; absent: as they are */
  ad_ints axes; /* along which; absent: all, or the last as many as s has */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_ifftn_opts;
/* fft_ifftn:
 * The inverse discrete Fourier transform along some axes or all; see ifft. float64 and complex128 are computed in
 * double precision, all else in float32.
 *   ad_array *y = ad_fft_ifftn(x, NULL);
 */
AD_API ad_array *ad_fft_ifftn_at(ad_place where, ad_array *a, const ad_fft_ifftn_opts *opts);
#define ad_fft_ifftn(...) ad_fft_ifftn_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_ifftn(a, attrs) ad_conn_apply(NULL, "fft_ifftn", AD_CONNS(a), attrs)

typedef struct ad_fft_rfftn_opts {
  ad_ints s; /* lengths of the signal, cut or filled up with zeros to them; absent: as they are */
  ad_ints axes; /* along which; absent: all, or the last as many as s has */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_rfftn_opts;
/* fft_rfftn:
 * The discrete Fourier transform of real numbers along some axes or all, of which the last listed keeps n/2 + 1
 * numbers; see rfft. float64 and complex128 are computed in double precision, all else in float32.
 *   ad_array *y = ad_fft_rfftn(x, NULL);
 */
AD_API ad_array *ad_fft_rfftn_at(ad_place where, ad_array *a, const ad_fft_rfftn_opts *opts);
#define ad_fft_rfftn(...) ad_fft_rfftn_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_rfftn(a, attrs) ad_conn_apply(NULL, "fft_rfftn", AD_CONNS(a), attrs)

typedef struct ad_fft_irfftn_opts {
  ad_ints s; /* lengths of the signal, cut or filled up with zeros to them; absent: as they are */
  ad_ints axes; /* along which; absent: all, or the last as many as s has */
  const char *norm; /* which direction is divided by the length; ortho: both by its root; one of backward|ortho|forward, the first is the default */
} ad_fft_irfftn_opts;
/* fft_irfftn:
 * The inverse of rfftn; see irfft. float64 and complex128 are computed in double precision, all else in float32.
 *   ad_array *y = ad_fft_irfftn(x, NULL);
 */
AD_API ad_array *ad_fft_irfftn_at(ad_place where, ad_array *a, const ad_fft_irfftn_opts *opts);
#define ad_fft_irfftn(...) ad_fft_irfftn_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_irfftn(a, attrs) ad_conn_apply(NULL, "fft_irfftn", AD_CONNS(a), attrs)

typedef struct ad_fft_fftfreq_opts {
  ad_num d; /* distance of its samples; default 1 */
  ad_dtype dtype; /* of the result; default float32 */
} ad_fft_fftfreq_opts;
/* fft_fftfreq:
 * The frequencies of the numbers that fft gives, in cycles per unit of d: 0 upwards, then the negative ones.
 *   n: length of the signal
 *   ad_array *y = ad_fft_fftfreq(c, 64, NULL);
 */
AD_API ad_array *ad_fft_fftfreq_at(ad_place where, ad_ctx *ctx, int64_t n, const ad_fft_fftfreq_opts *opts);
#define ad_fft_fftfreq(...) ad_fft_fftfreq_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_fftfreq(ctx, attrs) ad_conn_apply(ctx, "fft_fftfreq", NULL, 0, attrs)

typedef struct ad_fft_rfftfreq_opts {
  ad_num d; /* distance of its samples; default 1 */
  ad_dtype dtype; /* of the result; default float32 */
} ad_fft_rfftfreq_opts;
/* fft_rfftfreq:
 * The frequencies of the numbers that rfft gives, in cycles per unit of d.
 *   n: length of the signal
 *   ad_array *y = ad_fft_rfftfreq(c, 64, NULL);
 */
AD_API ad_array *ad_fft_rfftfreq_at(ad_place where, ad_ctx *ctx, int64_t n, const ad_fft_rfftfreq_opts *opts);
#define ad_fft_rfftfreq(...) ad_fft_rfftfreq_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_rfftfreq(ctx, attrs) ad_conn_apply(ctx, "fft_rfftfreq", NULL, 0, attrs)

typedef struct ad_fft_fftshift_opts {
  ad_ints axes; /* along which; absent: all */
} ad_fft_fftshift_opts;
/* fft_fftshift:
 * The frequencies of a transform from the lowest to the highest: the first n/2 numbers, rounded up, go behind the
 * others. Any dtype.
 *   ad_array *y = ad_fft_fftshift(x, NULL);
 */
AD_API ad_array *ad_fft_fftshift_at(ad_place where, ad_array *a, const ad_fft_fftshift_opts *opts);
#define ad_fft_fftshift(...) ad_fft_fftshift_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_fftshift(a, attrs) ad_conn_apply(NULL, "fft_fftshift", AD_CONNS(a), attrs)

typedef struct ad_fft_ifftshift_opts {
  ad_ints axes; /* along which; absent: all */
} ad_fft_ifftshift_opts;
/* fft_ifftshift:
 * The inverse of fftshift. Any dtype.
 *   ad_array *y = ad_fft_ifftshift(x, NULL);
 */
AD_API ad_array *ad_fft_ifftshift_at(ad_place where, ad_array *a, const ad_fft_ifftshift_opts *opts);
#define ad_fft_ifftshift(...) ad_fft_ifftshift_at(AD_HERE, __VA_ARGS__)
#define ad_conn_fft_ifftshift(a, attrs) ad_conn_apply(NULL, "fft_ifftshift", AD_CONNS(a), attrs)

/* random_key:
 * The key of a seed: its upper and its lower 32 bits, uint32[2].
 *   seed: any 64 bits
 *   ad_array *key = ad_random_key(c, 42);
 */
AD_API ad_array *ad_random_key_at(ad_place where, ad_ctx *ctx, int64_t seed);
#define ad_random_key(...) ad_random_key_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_key(ctx, attrs) ad_conn_apply(ctx, "random_key", NULL, 0, attrs)

typedef struct ad_random_split_opts {
  ad_int num; /* how many; default 2 */
} ad_random_split_opts;
/* random_split:
 * New keys from one, as independent as the generator: shape (..., num, 2). A key that was split should not be used
 * again.
 *   ad_array *keys = ad_random_split(key, NULL);
 */
AD_API ad_array *ad_random_split_at(ad_place where, ad_array *key, const ad_random_split_opts *opts);
#define ad_random_split(...) ad_random_split_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_split(key, attrs) ad_conn_apply(NULL, "random_split", AD_CONNS(key), attrs)

typedef struct ad_random_uniform_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_random_uniform_opts;
/* random_uniform:
 * Uniform numbers on [low, high), 0 and 1 where they are NULL: low + (high - low) * u. Keys (..., 2) give (...,
 * shape), to which low and high broadcast. A NULL key is the next one of the context. u is a word over 2^32, or, of
 * float64, two words' upper 53 bits over 2^53.
 *   shape: of what each key gives
 *   ad_array *y = ad_random_uniform(c, key, NULL, NULL, AD_SHAPE(2, 3), NULL);
 */
AD_API ad_array *ad_random_uniform_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_array *low, ad_array *high, ad_shape shape, const ad_random_uniform_opts *opts);
#define ad_random_uniform(...) ad_random_uniform_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_uniform(ctx, key, low, high, attrs) ad_conn_apply(ctx, "random_uniform", AD_CONNS(key, low, high), attrs)

typedef struct ad_random_normal_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_random_normal_opts;
/* random_normal:
 * Normal numbers of mean loc and standard deviation scale, 0 and 1 where they are NULL: sqrt(2) erfinv(u) * scale +
 * loc, u uniform on (-1, 1). A complex number has variance 1/2 in each part. Keys (..., 2) give (..., shape), to
 * which loc and scale broadcast. A NULL key is the next one of the context.
 *   shape: of what each key gives
 *   ad_array *w = ad_random_normal(c, key, NULL, ad_number(c, 0.01), AD_SHAPE(784, 10), NULL);
 */
AD_API ad_array *ad_random_normal_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_array *loc, ad_array *scale, ad_shape shape, const ad_random_normal_opts *opts);
#define ad_random_normal(...) ad_random_normal_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_normal(ctx, key, loc, scale, attrs) ad_conn_apply(ctx, "random_normal", AD_CONNS(key, loc, scale), attrs)

typedef struct ad_random_truncated_normal_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_random_truncated_normal_opts;
/* random_truncated_normal:
 * Normal numbers of mean 0 and variance 1, given that they lie between lower and upper: sqrt(2) erfinv(u), u uniform
 * between erf(lower / sqrt(2)) and erf(upper / sqrt(2)). Keys (..., 2) give (..., shape), to which lower and upper
 * broadcast. A NULL key is the next one of the context.
 *   shape: of what each key gives
 *   ad_array *y = ad_random_truncated_normal(key, ad_number(c, -2), ad_number(c, 2), AD_SHAPE(4), NULL);
 */
AD_API ad_array *ad_random_truncated_normal_at(ad_place where, ad_array *key, ad_array *lower, ad_array *upper, ad_shape shape, const ad_random_truncated_normal_opts *opts);
#define ad_random_truncated_normal(...) ad_random_truncated_normal_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_truncated_normal(key, lower, upper, attrs) ad_conn_apply(NULL, "random_truncated_normal", AD_CONNS(key, lower, upper), attrs)

typedef struct ad_random_gumbel_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_random_gumbel_opts;
/* random_gumbel:
 * Numbers of the standard Gumbel distribution: -log(-log(u)), u uniform on [0, 1). Keys (..., 2) give (..., shape).
 * A NULL key is the next one of the context.
 *   shape: of what each key gives
 *   ad_array *y = ad_random_gumbel(c, key, AD_SHAPE(4), NULL);
 */
AD_API ad_array *ad_random_gumbel_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_shape shape, const ad_random_gumbel_opts *opts);
#define ad_random_gumbel(...) ad_random_gumbel_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_gumbel(ctx, key, attrs) ad_conn_apply(ctx, "random_gumbel", AD_CONNS(key), attrs)

typedef struct ad_random_laplace_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_random_laplace_opts;
/* random_laplace:
 * Numbers of the Laplace distribution around loc with that scale, 0 and 1 where they are NULL: sign(u) log(1 - |u|)
 * * scale + loc, u uniform on (-1, 1). Keys (..., 2) give (..., shape), to which loc and scale broadcast. A NULL key
 * is the next one of the context.
 *   shape: of what each key gives
 *   ad_array *y = ad_random_laplace(c, key, NULL, NULL, AD_SHAPE(4), NULL);
 */
AD_API ad_array *ad_random_laplace_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_array *loc, ad_array *scale, ad_shape shape, const ad_random_laplace_opts *opts);
#define ad_random_laplace(...) ad_random_laplace_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_laplace(ctx, key, loc, scale, attrs) ad_conn_apply(ctx, "random_laplace", AD_CONNS(key, loc, scale), attrs)

/* random_bernoulli:
 * True with probability p, 0.5 where it is NULL: whether a uniform float32 on [0, 1) is below p, so that 0 is never
 * and 1 always true. Keys (..., 2) give (..., shape), to which p, of a float dtype, broadcasts. A NULL key is the
 * next one of the context.
 *   shape: of what each key gives
 *   ad_array *y = ad_random_bernoulli(c, key, ad_number(c, 0.1), AD_SHAPE(4));
 */
AD_API ad_array *ad_random_bernoulli_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_array *p, ad_shape shape);
#define ad_random_bernoulli(...) ad_random_bernoulli_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_bernoulli(ctx, key, p, attrs) ad_conn_apply(ctx, "random_bernoulli", AD_CONNS(key, p), attrs)

typedef struct ad_random_randint_opts {
  ad_dtype dtype; /* of the result; default int32 */
} ad_random_randint_opts;
/* random_randint:
 * Integers from low up to high, which is not among them, all as likely, to the precision of the draw. Where both
 * bounds are at most 2^24 in size, the floor of a uniform float32; elsewhere the upper half of 64 random bits times
 * the range. Keys (..., 2) give (..., shape), to which low and high broadcast. An empty range is an error where the
 * bounds are constants; in arrays it gives low. A NULL key is the next one of the context.
 *   shape: of what each key gives
 *   ad_array *y = ad_random_randint(key, ad_number_int(c, 0), ad_number_int(c, 10), AD_SHAPE(4), NULL);
 */
AD_API ad_array *ad_random_randint_at(ad_place where, ad_array *key, ad_array *low, ad_array *high, ad_shape shape, const ad_random_randint_opts *opts);
#define ad_random_randint(...) ad_random_randint_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_randint(key, low, high, attrs) ad_conn_apply(NULL, "random_randint", AD_CONNS(key, low, high), attrs)

typedef struct ad_random_categorical_opts {
  ad_int axis; /* the axis of the choices; default -1 */
  ad_ints shape; /* of the result; absent: that of the logits without the axis */
  ad_int num_samples; /* draws for each row of logits, along a new last axis */
} ad_random_categorical_opts;
/* random_categorical:
 * Indices drawn with probabilities proportional to exp(logits) along an axis, as uint32. Several draws from one row
 * search its running sum; otherwise the largest of logits plus Gumbel numbers is taken. A NULL key is the next one
 * of the context.
 *   ad_array *y = ad_random_categorical(key, logits, &(ad_random_categorical_opts){.num_samples = AD_INT(8)});
 */
AD_API ad_array *ad_random_categorical_at(ad_place where, ad_array *key, ad_array *logits, const ad_random_categorical_opts *opts);
#define ad_random_categorical(...) ad_random_categorical_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_categorical(key, logits, attrs) ad_conn_apply(NULL, "random_categorical", AD_CONNS(key, logits), attrs)

typedef struct ad_random_permutation_opts {
  ad_int n; /* how many numbers to permute when a is NULL */
  ad_int axis; /* of a, along which whole slices change places; default 0 */
} ad_random_permutation_opts;
/* random_permutation:
 * a with the slices along an axis in random order, or, a being NULL, the numbers 0 to n - 1 in random order, as
 * uint32: the order that sorts as many random words. A NULL key is the next one of the context.
 *   ad_array *order = ad_random_permutation(c, key, NULL, &(ad_random_permutation_opts){.n = AD_INT(8)});
 */
AD_API ad_array *ad_random_permutation_at(ad_place where, ad_ctx *ctx, ad_array *key, ad_array *a, const ad_random_permutation_opts *opts);
#define ad_random_permutation(...) ad_random_permutation_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_permutation(ctx, key, a, attrs) ad_conn_apply(ctx, "random_permutation", AD_CONNS(key, a), attrs)

typedef struct ad_linalg_cholesky_opts {
  bool upper; /* read the upper triangle, and give U with a = U^H U */
} ad_linalg_cholesky_opts;
/* linalg_cholesky:
 * The lower triangular L with a positive diagonal for which a = L L^H (with upper: U, a = U^H U), of each Hermitian
 * positive definite matrix in the last two axes. One triangle of a is read, and of its diagonal the real part; the
 * gradient lies in that triangle. bool and integers become float32. A matrix that is not positive definite, or holds
 * a NaN, is an error that names its place in the batch.
 *   ad_array *l = ad_linalg_cholesky(a, NULL);
 */
AD_API ad_array *ad_linalg_cholesky_at(ad_place where, ad_array *a, const ad_linalg_cholesky_opts *opts);
#define ad_linalg_cholesky(...) ad_linalg_cholesky_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_cholesky(a, attrs) ad_conn_apply(NULL, "linalg_cholesky", AD_CONNS(a), attrs)

typedef struct ad_linalg_cholesky_inv_opts {
  bool upper; /* l is the upper factor */
} ad_linalg_cholesky_inv_opts;
/* linalg_cholesky_inv:
 * The inverse of l l^H (with upper: of l^H l) for the triangular factor that linalg_cholesky gives; nothing else of
 * l is read. A zero on the diagonal is an error that names its place in the batch.
 *   ad_array *inverse = ad_linalg_cholesky_inv(ad_linalg_cholesky(a, NULL), NULL);
 */
AD_API ad_array *ad_linalg_cholesky_inv_at(ad_place where, ad_array *l, const ad_linalg_cholesky_inv_opts *opts);
#define ad_linalg_cholesky_inv(...) ad_linalg_cholesky_inv_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_cholesky_inv(l, attrs) ad_conn_apply(NULL, "linalg_cholesky_inv", AD_CONNS(l), attrs)

/* linalg_lu_rows:
 * The LU factorisation with exchanges of rows of each matrix in the last two axes, as what LAPACK computes: (lu,
 * pivots, rows). lu holds U and, below the diagonal, L, whose own diagonal is 1; step k exchanged row k with row
 * pivots[k]; row i of L U is row rows[i] of a. A singular matrix gives a 0 on the diagonal of U, what is not finite
 * NaN; neither is an error, but a derivative is where U is singular. linalg_lu and linalg_lu_factor are made of it.
 *   ad_array *parts = ad_linalg_lu_rows(a);
 */
AD_API ad_array *ad_linalg_lu_rows_at(ad_place where, ad_array *a);
#define ad_linalg_lu_rows(...) ad_linalg_lu_rows_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_lu_rows(a) ad_conn_apply(NULL, "linalg_lu_rows", AD_CONNS(a), NULL)

/* linalg_lu_factor:
 * The LU factorisation as (lu, pivots): lu holds U and, below the diagonal, L, whose own diagonal is 1; step k
 * exchanged row k with row pivots[k] (uint32). As linalg_lu_rows otherwise.
 *   ad_array *lu = ad_item(ad_linalg_lu_factor(a), 0);
 */
AD_API ad_array *ad_linalg_lu_factor_at(ad_place where, ad_array *a);
#define ad_linalg_lu_factor(...) ad_linalg_lu_factor_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_lu_factor(a) ad_conn_apply(NULL, "linalg_lu_factor", AD_CONNS(a), NULL)

/* linalg_lu:
 * The LU factorisation with exchanges of rows, as (row_pivots, l, u): a is the rows row_pivots (uint32) of l u,
 * where l is lower triangular with ones on its diagonal and u upper triangular. As linalg_lu_rows otherwise.
 *   ad_array *u = ad_item(ad_linalg_lu(a), 2);
 */
AD_API ad_array *ad_linalg_lu_at(ad_place where, ad_array *a);
#define ad_linalg_lu(...) ad_linalg_lu_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_lu(a) ad_conn_apply(NULL, "linalg_lu", AD_CONNS(a), NULL)

typedef struct ad_linalg_qr_opts {
  const char *mode; /* how many columns q has: as many as the smaller side of a, or its rows; one of reduced|complete, the first is the default */
} ad_linalg_qr_opts;
/* linalg_qr:
 * (q, r) with a = q r for each matrix in the last two axes: q has orthonormal columns, r is upper triangular with a
 * real diagonal. By Householder's reflections, with the signs of LAPACK. What is not finite gives NaN. The
 * derivative exists where the leading columns of a are linearly independent; that of the last columns of a complete
 * q is how these reflections turn them, except that columns which need none, where q jumps by a sign, count as
 * keeping theirs.
 *   ad_array *q = ad_item(ad_linalg_qr(a, NULL), 0);
 */
AD_API ad_array *ad_linalg_qr_at(ad_place where, ad_array *a, const ad_linalg_qr_opts *opts);
#define ad_linalg_qr(...) ad_linalg_qr_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_qr(a, attrs) ad_conn_apply(NULL, "linalg_qr", AD_CONNS(a), attrs)

typedef struct ad_linalg_solve_triangular_opts {
  bool upper; /* the upper triangle of a is meant, not the lower one */
  bool transpose; /* solve with the transpose of that triangle */
  bool conjugate; /* solve with its complex conjugate */
  bool unit; /* take the diagonal as ones, whatever a holds there */
} ad_linalg_solve_triangular_opts;
/* linalg_solve_triangular:
 * x with T x = b, where T is the lower (upper) triangle of a, transposed or conjugated where the flags say so, for
 * each matrix in the last two axes; axes before them broadcast. b of one axis is one right side for all of the
 * batch. Nothing else of a is read. A zero on the diagonal is an error that names its place in the batch.
 *   ad_array *x = ad_linalg_solve_triangular(a, b, &(ad_linalg_solve_triangular_opts){.upper = true});
 */
AD_API ad_array *ad_linalg_solve_triangular_at(ad_place where, ad_array *a, ad_array *b, const ad_linalg_solve_triangular_opts *opts);
#define ad_linalg_solve_triangular(...) ad_linalg_solve_triangular_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_solve_triangular(a, b, attrs) ad_conn_apply(NULL, "linalg_solve_triangular", AD_CONNS(a, b), attrs)

/* linalg_solve:
 * x with a x = b for each square matrix in the last two axes; axes before them broadcast. b of one axis is one right
 * side for all of the batch. By elimination with exchanges of rows. A singular matrix is an error that names its
 * place in the batch; what is not finite gives NaN.
 *   ad_array *x = ad_linalg_solve(a, b);
 */
AD_API ad_array *ad_linalg_solve_at(ad_place where, ad_array *a, ad_array *b);
#define ad_linalg_solve(...) ad_linalg_solve_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_solve(a, b) ad_conn_apply(NULL, "linalg_solve", AD_CONNS(a, b), NULL)

/* linalg_inv:
 * The inverse of each square matrix in the last two axes, by elimination with exchanges of rows. A singular matrix
 * is an error that names its place in the batch; what is not finite gives NaN. To solve equations, linalg_solve is
 * faster and more exact.
 *   ad_array *inverse = ad_linalg_inv(a);
 */
AD_API ad_array *ad_linalg_inv_at(ad_place where, ad_array *a);
#define ad_linalg_inv(...) ad_linalg_inv_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_inv(a) ad_conn_apply(NULL, "linalg_inv", AD_CONNS(a), NULL)

typedef struct ad_linalg_tri_inv_opts {
  bool upper; /* the upper triangle of a is meant, not the lower one */
} ad_linalg_tri_inv_opts;
/* linalg_tri_inv:
 * The inverse of the lower (upper) triangle of each square matrix in the last two axes; nothing else of a is read. A
 * zero on the diagonal is an error that names its place in the batch.
 *   ad_array *inverse = ad_linalg_tri_inv(l, NULL);
 */
AD_API ad_array *ad_linalg_tri_inv_at(ad_place where, ad_array *a, const ad_linalg_tri_inv_opts *opts);
#define ad_linalg_tri_inv(...) ad_linalg_tri_inv_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_tri_inv(a, attrs) ad_conn_apply(NULL, "linalg_tri_inv", AD_CONNS(a), attrs)

/* linalg_det:
 * The determinant of each square matrix in the last two axes, from its LU factorisation; 1 for a matrix of no rows.
 * Of large matrices it overflows soon: linalg_slogdet does not. It has derivatives of every order, of singular
 * matrices too.
 *   ad_array *d = ad_linalg_det(a);
 */
AD_API ad_array *ad_linalg_det_at(ad_place where, ad_array *a);
#define ad_linalg_det(...) ad_linalg_det_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_det(a) ad_conn_apply(NULL, "linalg_det", AD_CONNS(a), NULL)

/* linalg_slogdet:
 * The determinant of each square matrix in the last two axes as (sign, logabs): sign times exp(logabs). sign is -1,
 * 0 or 1, or a complex number of size 1; logabs is real. A singular matrix gives 0 and -inf, and has no derivative.
 *   ad_array *logabs = ad_item(ad_linalg_slogdet(a), 1);
 */
AD_API ad_array *ad_linalg_slogdet_at(ad_place where, ad_array *a);
#define ad_linalg_slogdet(...) ad_linalg_slogdet_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_slogdet(a) ad_conn_apply(NULL, "linalg_slogdet", AD_CONNS(a), NULL)

/* linalg_cofactor:
 * The matrix of cofactors of each square matrix in the last two axes: at (i, j) the determinant of what is left
 * without row i and column j, with the sign of (-1)^(i + j). It is the gradient of the determinant, and its
 * transpose is the adjugate. Singular matrices have it too, and all its derivatives. By elimination with exchanges
 * of rows and columns.
 *   ad_array *c = ad_linalg_cofactor(a);
 */
AD_API ad_array *ad_linalg_cofactor_at(ad_place where, ad_array *a);
#define ad_linalg_cofactor(...) ad_linalg_cofactor_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_cofactor(a) ad_conn_apply(NULL, "linalg_cofactor", AD_CONNS(a), NULL)

/* linalg_cofactor_along:
 * The derivative of linalg_cofactor at the first array along the others, one order for each, of which at most 10:
 * the coefficient of t1 t2... in the cofactors of a + t1 h1 + t2 h2... Square matrices in the last two axes; the
 * axes before broadcast. It exists for every matrix, and nothing is divided that could be 0. By elimination with
 * exchanges of rows and columns; the work grows as 2^k with the number k of directions.
 *   ad_array *y = ad_linalg_cofactor_along(c, (ad_array *[]){a, h}, 2);
 */
AD_API ad_array *ad_linalg_cofactor_along_at(ad_place where, ad_ctx *ctx, ad_array *const *arrays, int n);
#define ad_linalg_cofactor_along(...) ad_linalg_cofactor_along_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_cofactor_along(conns) ad_conn_apply(NULL, "linalg_cofactor_along", conns, NULL)

typedef struct ad_linalg_norm_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
  ad_num ord; /* of vectors any number, infinities too; of matrices 1, 2, inf or their negatives; absent: 2 of vectors, Frobenius's of matrices */
  const char *name; /* a matrix norm by name: Frobenius's, or the nuclear norm; one of none|fro|nuc, the first is the default */
} ad_linalg_norm_opts;
/* linalg_norm:
 * A norm over one axis (of vectors) or two (of matrices); without axes and order that of all elements as one vector,
 * with an order of a's one or two axes. Vectors: (sum |a|^ord)^(1/ord), the largest |a| for inf, the least for -inf,
 * how many are not 0 for 0. Matrices: Frobenius's, the nuclear norm, the largest (least) column sum for 1 (-1), row
 * sum for inf (-inf), singular value for 2 (-2). The result is real; its derivative at 0 is 0.
 *   ad_array *y = ad_linalg_norm(x, &(ad_linalg_norm_opts){.axes = AD_AXES(-1)});
 */
AD_API ad_array *ad_linalg_norm_at(ad_place where, ad_array *a, const ad_linalg_norm_opts *opts);
#define ad_linalg_norm(...) ad_linalg_norm_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_norm(a, attrs) ad_conn_apply(NULL, "linalg_norm", AD_CONNS(a), attrs)

typedef struct ad_linalg_vector_norm_opts {
  ad_ints axes; /* the axes to reduce; absent: all; an empty list: none */
  bool keepdims; /* reduced axes stay, with length 1 */
  ad_num ord; /* any number, infinities too; default 2 */
} ad_linalg_vector_norm_opts;
/* linalg_vector_norm:
 * The norm of vectors, whose elements lie along any axes: as linalg_norm over one axis. Absent axes are all.
 *   ad_array *y = ad_linalg_vector_norm(x, &(ad_linalg_vector_norm_opts){.ord = AD_NUM(1)});
 */
AD_API ad_array *ad_linalg_vector_norm_at(ad_place where, ad_array *a, const ad_linalg_vector_norm_opts *opts);
#define ad_linalg_vector_norm(...) ad_linalg_vector_norm_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_vector_norm(a, attrs) ad_conn_apply(NULL, "linalg_vector_norm", AD_CONNS(a), attrs)

typedef struct ad_linalg_matrix_norm_opts {
  bool keepdims; /* the two axes stay, with length 1 */
  ad_num ord; /* 1, 2, inf or their negatives; absent: Frobenius's */
  const char *name; /* a matrix norm by name: Frobenius's, or the nuclear norm; one of none|fro|nuc, the first is the default */
} ad_linalg_matrix_norm_opts;
/* linalg_matrix_norm:
 * The norm of each matrix in the last two axes: as linalg_norm over two axes.
 *   ad_array *y = ad_linalg_matrix_norm(a, &(ad_linalg_matrix_norm_opts){.ord = AD_NUM(1)});
 */
AD_API ad_array *ad_linalg_matrix_norm_at(ad_place where, ad_array *a, const ad_linalg_matrix_norm_opts *opts);
#define ad_linalg_matrix_norm(...) ad_linalg_matrix_norm_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_matrix_norm(a, attrs) ad_conn_apply(NULL, "linalg_matrix_norm", AD_CONNS(a), attrs)

/* linalg_matrix_power:
 * Each square matrix in the last two axes multiplied with itself n times, by squaring; the identity for 0, powers of
 * the inverse for negative n, where a singular matrix is an error. bool and integers become float32.
 *   n: how many factors; of the inverse where negative
 *   ad_array *y = ad_linalg_matrix_power(a, 3);
 */
AD_API ad_array *ad_linalg_matrix_power_at(ad_place where, ad_array *a, int64_t n);
#define ad_linalg_matrix_power(...) ad_linalg_matrix_power_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_matrix_power(a, attrs) ad_conn_apply(NULL, "linalg_matrix_power", AD_CONNS(a), attrs)

typedef struct ad_linalg_cross_opts {
  ad_int axis; /* the axis of the vectors, of length 2 or 3; of b the one as far from the end; default -1 */
} ad_linalg_cross_opts;
/* linalg_cross:
 * The cross product of vectors along an axis of length 3, or 2, which then lack a third component; of two vectors of
 * 2 the third component alone, without the axis. Other axes broadcast. Not conjugated.
 *   ad_array *y = ad_linalg_cross(a, b, NULL);
 */
AD_API ad_array *ad_linalg_cross_at(ad_place where, ad_array *a, ad_array *b, const ad_linalg_cross_opts *opts);
#define ad_linalg_cross(...) ad_linalg_cross_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_cross(a, b, attrs) ad_conn_apply(NULL, "linalg_cross", AD_CONNS(a, b), attrs)

typedef struct ad_linalg_eigh_opts {
  const char *UPLO; /* which triangle is read; one of L|U, the first is the default */
} ad_linalg_eigh_opts;
/* linalg_eigh:
 * The eigenvalues, in ascending order, and the eigenvectors, as columns, of each Hermitian matrix in the last two
 * axes: w and v with a v = v diag(w) and v unitary. One triangle of a is read, and of its diagonal the real part;
 * the gradient lies in that triangle. In each column the first element of at least half the largest modulus is real
 * and positive. bool and integers become float32; all is computed in double precision. A matrix with a NaN or an
 * infinity gives NaN. Equal eigenvalues do not turn into one another in the derivative.
 *   ad_array *v = ad_item(ad_linalg_eigh(a, NULL), 1);
 */
AD_API ad_array *ad_linalg_eigh_at(ad_place where, ad_array *a, const ad_linalg_eigh_opts *opts);
#define ad_linalg_eigh(...) ad_linalg_eigh_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_eigh(a, attrs) ad_conn_apply(NULL, "linalg_eigh", AD_CONNS(a), attrs)

typedef struct ad_linalg_eigvalsh_opts {
  const char *UPLO; /* which triangle is read; one of L|U, the first is the default */
} ad_linalg_eigvalsh_opts;
/* linalg_eigvalsh:
 * The eigenvalues, in ascending order, of each Hermitian matrix in the last two axes, as linalg_eigh gives them.
 *   ad_array *w = ad_linalg_eigvalsh(a, NULL);
 */
AD_API ad_array *ad_linalg_eigvalsh_at(ad_place where, ad_array *a, const ad_linalg_eigvalsh_opts *opts);
#define ad_linalg_eigvalsh(...) ad_linalg_eigvalsh_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_eigvalsh(a, attrs) ad_conn_apply(NULL, "linalg_eigvalsh", AD_CONNS(a), attrs)

/* linalg_eig:
 * The eigenvalues and the eigenvectors, as columns of norm 1, of each square matrix in the last two axes: complex w
 * and v with a v = v diag(w). They are ordered by real part, then imaginary part; those of a real matrix come in
 * exact conjugate pairs. In each column the first element of at least half the largest modulus is real and positive.
 * float64 and complex128 give complex128, all else complex64; all is computed in double precision. A matrix with a
 * NaN or an infinity gives NaN. Where there are too few eigenvectors, some columns are equal to rounding, and there
 * is no derivative: it is an error, or large beyond measure.
 *   ad_array *w = ad_item(ad_linalg_eig(a), 0);
 */
AD_API ad_array *ad_linalg_eig_at(ad_place where, ad_array *a);
#define ad_linalg_eig(...) ad_linalg_eig_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_eig(a) ad_conn_apply(NULL, "linalg_eig", AD_CONNS(a), NULL)

/* linalg_eigvals:
 * The complex eigenvalues of each square matrix in the last two axes, as linalg_eig gives them.
 *   ad_array *w = ad_linalg_eigvals(a);
 */
AD_API ad_array *ad_linalg_eigvals_at(ad_place where, ad_array *a);
#define ad_linalg_eigvals(...) ad_linalg_eigvals_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_eigvals(a) ad_conn_apply(NULL, "linalg_eigvals", AD_CONNS(a), NULL)

typedef struct ad_linalg_svd_opts {
  bool reduced; /* u and vh have min(m, n) columns and rows instead of m and n */
} ad_linalg_svd_opts;
/* linalg_svd:
 * The singular value decomposition of each matrix (m, n) in the last two axes: unitary u (m, m), s (min(m, n)) in
 * descending order, and unitary vh (n, n) with a = u diag(s) vh; with `reduced`, u and vh have min(m, n) columns and
 * rows. In each column of u, and in what vh has besides, the first element of at least half the largest modulus is
 * real and positive. bool and integers become float32; all is computed in double precision. A matrix with a NaN or
 * an infinity gives NaN. Equal singular values do not turn into one another in the derivative, nor do the vectors of
 * full matrices that belong to no value.
 *   ad_array *s = ad_item(ad_linalg_svd(a, NULL), 1);
 */
AD_API ad_array *ad_linalg_svd_at(ad_place where, ad_array *a, const ad_linalg_svd_opts *opts);
#define ad_linalg_svd(...) ad_linalg_svd_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_svd(a, attrs) ad_conn_apply(NULL, "linalg_svd", AD_CONNS(a), attrs)

/* linalg_svdvals:
 * The singular values, in descending order, of each matrix in the last two axes, as linalg_svd gives them.
 *   ad_array *s = ad_linalg_svdvals(a);
 */
AD_API ad_array *ad_linalg_svdvals_at(ad_place where, ad_array *a);
#define ad_linalg_svdvals(...) ad_linalg_svdvals_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_svdvals(a) ad_conn_apply(NULL, "linalg_svdvals", AD_CONNS(a), NULL)

typedef struct ad_linalg_pinv_opts {
  ad_num rtol; /* singular values up to this part of the largest count as zero; absent: the larger dim times the distance of 1 to the next number */
} ad_linalg_pinv_opts;
/* linalg_pinv:
 * The pseudo-inverse (n, m) of each matrix (m, n) in the last two axes: v diag(1/s) u^H of its singular value
 * decomposition, where singular values up to rtol times the largest count as zero and stay so. bool and integers
 * become float32. A matrix with a NaN or an infinity gives NaN. The derivative is that among matrices of the same
 * rank.
 *   ad_array *p = ad_linalg_pinv(a, NULL);
 */
AD_API ad_array *ad_linalg_pinv_at(ad_place where, ad_array *a, const ad_linalg_pinv_opts *opts);
#define ad_linalg_pinv(...) ad_linalg_pinv_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_pinv(a, attrs) ad_conn_apply(NULL, "linalg_pinv", AD_CONNS(a), attrs)

typedef struct ad_linalg_matrix_rank_opts {
  ad_num rtol; /* singular values up to this part of the largest count as zero; absent: the larger dim times the distance of 1 to the next number */
} ad_linalg_matrix_rank_opts;
/* linalg_matrix_rank:
 * How many singular values of each matrix in the last two axes are above rtol times the largest, as int32; 0 for a
 * matrix with a NaN or an infinity.
 *   ad_array *k = ad_linalg_matrix_rank(a, NULL);
 */
AD_API ad_array *ad_linalg_matrix_rank_at(ad_place where, ad_array *a, const ad_linalg_matrix_rank_opts *opts);
#define ad_linalg_matrix_rank(...) ad_linalg_matrix_rank_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_matrix_rank(a, attrs) ad_conn_apply(NULL, "linalg_matrix_rank", AD_CONNS(a), attrs)

/* linalg_hermitian_root:
 * The Hermitian positive semidefinite r with r r = a, for each Hermitian positive semidefinite matrix in the last
 * two axes, of which the lower triangle is read, and the gradient lies there; negative eigenvalues count as 0. bool
 * and integers become float32. A matrix with a NaN or an infinity gives NaN.
 *   ad_array *r = ad_linalg_hermitian_root(a);
 */
AD_API ad_array *ad_linalg_hermitian_root_at(ad_place where, ad_array *a);
#define ad_linalg_hermitian_root(...) ad_linalg_hermitian_root_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_hermitian_root(a) ad_conn_apply(NULL, "linalg_hermitian_root", AD_CONNS(a), NULL)

/* linalg_hermitian_lyapunov:
 * x with a x + x a = b for each Hermitian positive semidefinite a, of which the lower triangle is read, and square b
 * of the same size; batches broadcast. What the null space of a leaves open is 0. bool and integers become float32.
 *   ad_array *x = ad_linalg_hermitian_lyapunov(a, b);
 */
AD_API ad_array *ad_linalg_hermitian_lyapunov_at(ad_place where, ad_array *a, ad_array *b);
#define ad_linalg_hermitian_lyapunov(...) ad_linalg_hermitian_lyapunov_at(AD_HERE, __VA_ARGS__)
#define ad_conn_linalg_hermitian_lyapunov(a, b) ad_conn_apply(NULL, "linalg_hermitian_lyapunov", AD_CONNS(a, b), NULL)

typedef struct ad_random_multivariate_normal_opts {
  ad_ints shape; /* of the vectors that each key gives; absent: that of the batch of mean and cov */
  ad_dtype dtype; /* of the result; default float32 */
} ad_random_multivariate_normal_opts;
/* random_multivariate_normal:
 * Normal random vectors of mean (..., n) and covariance (..., n, n), of which the lower triangle is read: mean + z
 * r, z as random_normal draws it and r the symmetric root of the covariance; its negative eigenvalues count as 0.
 * Keys (..., 2) give (..., shape, n); the batches of mean and cov broadcast to shape. Derivatives by mean and cov
 * are those of fixed draws. A covariance with a NaN or an infinity gives NaN. A NULL key is the next one of the
 * context.
 *   ad_array *x = ad_random_multivariate_normal(key, mean, cov, NULL);
 */
AD_API ad_array *ad_random_multivariate_normal_at(ad_place where, ad_array *key, ad_array *mean, ad_array *cov, const ad_random_multivariate_normal_opts *opts);
#define ad_random_multivariate_normal(...) ad_random_multivariate_normal_at(AD_HERE, __VA_ARGS__)
#define ad_conn_random_multivariate_normal(key, mean, cov, attrs) ad_conn_apply(NULL, "random_multivariate_normal", AD_CONNS(key, mean, cov), attrs)

#ifdef __cplusplus
}
#endif
#endif
