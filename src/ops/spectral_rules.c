/* Parts of the derivatives of eigenvalue and singular value problems; see spectral_rules.h.
 *
 * The phase of a vector is no function of the matrix until it is chosen: the library makes the first element of at least half the
 * largest modulus real and positive. A derivative of the vectors is right when it keeps it so; what does not depend on the choice is
 * not touched by that. */
#include "ops/spectral_rules.h"

ad_dtype ad__spectral_complex(ad_dtype t) {
  return t == AD_FLOAT64 || t == AD_COMPLEX128 ? AD_COMPLEX128 : AD_COMPLEX64;
}

double ad__spectral_eps(ad_dtype t) {
  switch (t) {
  case AD_FLOAT64:
  case AD_COMPLEX128: return 0x1p-52;
  case AD_FLOAT16: return 0x1p-10;
  case AD_BFLOAT16: return 0x1p-7;
  default: return 0x1p-23;
  }
}

ad_array *ad__spectral_across(ad_array *w) { return ad_expand_dims(w, AD_AXES(-2)); }
ad_array *ad__spectral_down(ad_array *w) { return ad_expand_dims(w, AD_AXES(-1)); }

ad_array *ad__spectral_inverse(ad_array *x, ad_array *least) {
  ad_ctx *c = ad_array_ctx(x);
  ad_array *zero = ad_less_equal(ad_abs(x), least);
  return ad_where(zero, ad_number(c, 0), ad_reciprocal(ad_where(zero, ad_number(c, 1), x)));
}

ad_array *ad__spectral_least(ad_array *w) {
  ad_ctx *c = ad_array_ctx(w);
  if (ad_is_error(w)) return w;
  if (ad_array_dim(w, -1) == 0) return ad_number(c, 0);
  ad_array *top = ad_max(ad_abs(ad_stop_gradient(w)), &(ad_max_opts){.axes = AD_AXES(-1), .keepdims = true});
  return ad_multiply(ad_expand_dims(top, AD_AXES(-1)), ad_number(c, ad__spectral_eps(ad_array_dtype(w)) + 0x1p-46));
}

ad_array *ad__spectral_diagonal(ad_array *a) {
  return ad_diagonal(a, &(ad_diagonal_opts){.axis1 = AD_INT(-2), .axis2 = AD_INT(-1)});
}

ad_array *ad__spectral_columns(ad_array *a, ad_array *b) {
  return ad_sum(ad_multiply(ad__linalg_conj(a), b), &(ad_sum_opts){.axes = AD_AXES(-2)});
}

ad_array *ad__spectral_real_part(ad_array *a) {
  return ad_dtype_category(ad_array_dtype(a)) == AD_CATEGORY_COMPLEX ? ad_real(a) : a;
}

ad_array *ad__spectral_turn(ad_array *v, ad_array *dv) {
  if (ad_is_error(v) || ad_is_error(dv)) return NULL;
  if (ad_dtype_category(ad_array_dtype(v)) != AD_CATEGORY_COMPLEX || ad_array_dim(v, -2) == 0) return NULL;
  ad_ctx *c = ad_array_ctx(v);
  ad_array *size = ad_abs(ad_stop_gradient(v)), *top = ad_max(size, &(ad_max_opts){.axes = AD_AXES(-2), .keepdims = true});
  ad_array *large = ad_cast(ad_greater_equal(size, ad_multiply(top, ad_number(c, 0.5))), AD_INT32);
  ad_array *at = ad_argmax(large, &(ad_argmax_opts){.axis = AD_INT(-2), .keepdims = true});
  ad_take_along_axis_opts rows = {.axis = AD_INT(-2)};
  ad_array *moved = ad_imag(ad_take_along_axis(dv, at, &rows)), *kept = ad_real(ad_take_along_axis(v, at, &rows));
  return ad_negative(ad_divide(moved, kept));
}

ad_array *ad__spectral_turned(ad_array *v, ad_array *dv, ad_array *turn) {
  if (!turn) return dv;
  return ad_add(dv, ad_multiply(v, ad_make_complex(ad_multiply(turn, ad_number(ad_array_ctx(v), 0)), turn)));
}
