/* The square root of a positive semidefinite matrix, and the equation that its derivative solves.
 *
 * Both are composed of eigh, yet have derivatives of their own: those through the eigenvectors would fail where eigenvalues are
 * equal, as they are in every multiple of the identity. The root R of A has R dR + dR R = dA (Higham, Functions of matrices, 2008,
 * section 6.1), and the solution of that equation is differentiated by solving it again, to any order. */
#include "ops/spectral_rules.h"

/* The Hermitian matrix whose lower triangle is that of a, linear in a. */
static ad_array *hermitian_of(ad_array *a) {
  ad_array *half = ad__linalg_phi(a);
  return ad_add(half, ad__linalg_h(half));
}

/* ---- linalg_hermitian_lyapunov ---- */

/* With R = V diag(w) V^H: V ((V^H B V)_ij / (w_i + w_j)) V^H. */
static ad_array *lyapunov_compose(const ad_rule *r) {
  ad_array *e = ad_linalg_eigh(r->in[0], NULL), *w = ad_item(e, 0), *v = ad_item(e, 1);
  ad_array *sum = ad_add(ad__spectral_across(w), ad__spectral_down(w));
  ad_array *inverse = ad__spectral_inverse(sum, ad__spectral_least(w));
  ad_array *b = ad_multiply(ad__linalg_hm(v, ad__linalg_mm(r->in[1], v)), inverse);
  return ad__linalg_mm(v, ad__linalg_mh(b, v));
}

/* R dX + dX R = dB - dR X - X dR. */
static ad_array *lyapunov_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_array *right = tangents[1];
  if (tangents[0]) {
    ad_array *da = hermitian_of(tangents[0]), *moved = ad_add(ad__linalg_mm(da, r->out), ad__linalg_mm(r->out, da));
    right = right ? ad_subtract(right, moved) : ad_negative(moved);
  }
  return ad_linalg_hermitian_lyapunov(r->in[0], right);
}

static ad_array *lyapunov_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return ad_linalg_hermitian_lyapunov(r->in[0], ct[0]);
}

const ad_op ad__op_linalg_hermitian_lyapunov = {
    AD_LINALG_HEAD(linalg_hermitian_lyapunov, "a, b", 2, 1),
    .doc = "x with a x + x a = b for each Hermitian positive semidefinite a, of which the lower triangle is read, and square b of the same size; "
           "batches broadcast. What the null space of a leaves open is 0. bool and integers become float32.",
    .example = "ad_array *x = ad_linalg_hermitian_lyapunov(a, b);",
    .flags = AD_OP_COMPOSITE,
    .dims_line = "...nn,...nn->...nn",
    AD_DERIVS(AD_SMOOTH, AD_LINEAR('A')),
    .jvp = lyapunov_forward,
    .transpose = lyapunov_back,
    .compose = lyapunov_compose,
    .batch = ad__linalg_batch,
    AD_SPELLINGS({"numpy", "hermitian_lyapunov($0, $1)"}),
    AD_SAMPLES({"float64[3,3], float64[3,3]", "", "definite, normal"}, {"complex128[2,2,2], complex128[2,2]", "", "definite, normal"},
               {"float32[2,2], float32[3,2,2]", "", "definite, normal"}, {"float64[0,0], float64[0,0]", "", "definite, normal"},
               {"float16[2,2], float16[2,2]", "", "definite, normal"}),
    AD_ERRORS({"float32[3,4], float32[3,3]", "", AD_E_VALUE, "is right"}, {"float32[3,3], float32[2,2]", "", AD_E_VALUE, "is right"}),
};

/* ---- linalg_hermitian_root ---- */

static ad_array *root_compose(const ad_rule *r) {
  ad_array *e = ad_linalg_eigh(r->in[0], NULL), *v = ad_item(e, 1);
  ad_array *w = ad_sqrt(ad_maximum(ad_item(e, 0), AD_RULE_NUMBER(r, 0)));
  return ad__linalg_mh(ad_multiply(v, ad__spectral_across(w)), v);
}

static ad_array *root_forward(const ad_rule *r, ad_array *const *tangents) {
  return ad_linalg_hermitian_lyapunov(r->out, hermitian_of(tangents[0]));
}

const ad_op ad__op_linalg_hermitian_root = {
    AD_LINALG_HEAD(linalg_hermitian_root, "a", 1, 1),
    .doc = "The Hermitian positive semidefinite r with r r = a, for each Hermitian positive semidefinite matrix in the last two axes, of which the "
           "lower triangle is read, and the gradient lies there; negative eigenvalues count as 0. bool and integers become float32. A matrix "
           "with a NaN or an infinity gives NaN.",
    .example = "ad_array *r = ad_linalg_hermitian_root(a);",
    .flags = AD_OP_COMPOSITE,
    .dims_line = "...nn->...nn",
    AD_DERIVS(AD_SMOOTH),
    .jvp = root_forward,
    .compose = root_compose,
    .batch = ad__linalg_batch,
    AD_SPELLINGS({"numpy", "hermitian_root($0)"}),
    AD_SAMPLES({"float64[3,3]", "", "definite"}, {"complex128[2,3,3]", "", "definite"}, {"float32[2,2]", "", "definite"},
               {"float64[0,0]", "", "definite"}, {"float16[2,2]", "", "definite"}, {"float64[1,1]", "", "definite"}),
    AD_ERRORS({"float32[3,4]", "", AD_E_VALUE, "is right"}, {"float32[3]", "", AD_E_VALUE, "rank"}),
};
