/* Eigenvalue problems: eigh, eigvalsh of Hermitian matrices, eig, eigvals of any.
 *
 * Primitives with kernels (runtime/spectral_kernel.c). The derivatives are those of Giles (Collected matrix derivative results
 * for forward and reverse mode algorithmic differentiation, 2008, section 3.1) and, for complex vectors of norm 1, Boeddeker and others
 * (On the computation of complex-valued gradients with application to statistically optimum beamforming, 2017), stated forwards; the
 * backward direction is their transpose. Where two eigenvalues are equal, to rounding, they do not turn into one another: what depends on
 * the space of their vectors alone, or on the eigenvalues symmetrically, is right; what is not, has no derivative there. */
#include "ops/spectral_rules.h"

/* ---- eigh, eigvalsh ---- */

enum { EIGH_UPLO };

static const ad_field eigh_fields[] = {
    {.name = "UPLO", .kind = AD_FIELD_TEXT, .text = "L|U", .doc = "which triangle is read"},
};

static ad_status eigh_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = ad__dtype_inexact(ad_array_dtype(r->in[0]));
  out[0] = ad__dtype_real(in[0]);
  if (r->op->outputs > 1) out[1] = in[0];
  return AD_OK;
}

/* The Hermitian matrix that the triangle of a stands for, linear in a. */
static ad_array *hermitian_part(const ad_rule *r, ad_array *a) {
  bool upper = r->attrs[EIGH_UPLO].as.text[0] == 'U';
  ad_array *half = ad__linalg_phi(upper ? ad__linalg_h(a) : a);
  return ad_add(half, ad__linalg_h(half));
}

/* dw = diag(V^H dA V), dV = V (F o V^H dA V) with F_ij = 1 / (w_j - w_i). */
static ad_array *eigh_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_array *w = ad_item(r->out, 0), *v = ad_item(r->out, 1);
  ad_array *p = ad__linalg_hm(v, ad__linalg_mm(hermitian_part(r, tangents[0]), v));
  ad_array *gap = ad_subtract(ad__spectral_across(w), ad__spectral_down(w));
  ad_array *f = ad__spectral_inverse(gap, ad__spectral_least(w));
  ad_array *dv = ad__linalg_mm(v, ad_multiply(p, f));
  dv = ad__spectral_turned(v, dv, ad__spectral_turn(v, dv));
  return ad_tuple(r->ctx, (ad_array *[]){ad__spectral_real_part(ad__spectral_diagonal(p)), dv}, 2);
}

static ad_array *eigvalsh_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_array *v = ad_item(ad_linalg_eigh(r->in[0], &(ad_linalg_eigh_opts){.UPLO = r->attrs[EIGH_UPLO].as.text}), 1);
  return ad__spectral_real_part(ad__spectral_columns(v, ad__linalg_mm(hermitian_part(r, tangents[0]), v)));
}

#define EIGH_SAMPLES                                                                                             \
  {"float32[3,3]", "", "normal"}, {"float64[2,4,4]", "UPLO=U", "normal"}, {"complex64[3,3]", "UPLO=U", "normal"}, \
      {"complex128[2,1,3,3]", "", "normal"}, {"float16[2,2]", "", "normal"}, {"float64[0,0]", "", "normal"},      \
      {"float32[0,3,3]", "", "normal"}, {"float64[1,1]", "", "normal"}, {"int32[3,3]", "", "small"}
#define SQUARE_ERRORS                                                                                  \
  {"float32[3,4]", "", AD_E_VALUE, "3 is right"}, {"float32[3]", "", AD_E_VALUE, "rank"}

static double eigh_work(const ad_rule *r) { return ad__linalg_work(r, 9); }

const ad_op ad__op_linalg_eigh = {
    AD_OP_HEAD(linalg_eigh),
    .params = "a",
    .doc = "The eigenvalues, in ascending order, and the eigenvectors, as columns, of each Hermitian matrix in the last two axes: w and v "
           "with a v = v diag(w) and v unitary. One triangle of a is read, and of its diagonal the real part; the gradient lies in "
           "that triangle. In each column the first element of at least half the largest modulus is real and positive. bool and integers "
           "become float32; all is computed in double precision. A matrix with a NaN or an infinity gives NaN. Equal eigenvalues do not turn "
           "into one another in the derivative.",
    .example = "ad_array *v = ad_item(ad_linalg_eigh(a, NULL), 1);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 2,
    AD_FIELDS(eigh_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = eigh_dtypes,
    .accepts = AD_ACCEPT_INEXACT,
    .dims_line = "...nn->...n,...nn",
    AD_DERIVS(AD_SMOOTH),
    .jvp = eigh_forward,
    .batch = ad__linalg_batch,
    .work = eigh_work,
    AD_SPELLINGS({"numpy", "eigh($0, @UPLO)"}),
    AD_SAMPLES(EIGH_SAMPLES),
    AD_ERRORS(SQUARE_ERRORS, {"float32[2,2]", "UPLO=X", AD_E_VALUE, "UPLO"}),
};

static double eigvalsh_work(const ad_rule *r) { return ad__linalg_work(r, 4.0 / 3); }

const ad_op ad__op_linalg_eigvalsh = {
    AD_OP_HEAD(linalg_eigvalsh),
    .params = "a",
    .doc = "The eigenvalues, in ascending order, of each Hermitian matrix in the last two axes, as linalg_eigh gives them.",
    .example = "ad_array *w = ad_linalg_eigvalsh(a, NULL);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(eigh_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = eigh_dtypes,
    .accepts = AD_ACCEPT_INEXACT,
    .dims_line = "...nn->...n",
    AD_DERIVS(AD_SMOOTH),
    .jvp = eigvalsh_forward,
    .batch = ad__linalg_batch,
    .work = eigvalsh_work,
    AD_SPELLINGS({"numpy", "eigh($0, @UPLO)[0]"}),
    AD_SAMPLES(EIGH_SAMPLES),
    AD_ERRORS(SQUARE_ERRORS, {"float32[2,2]", "UPLO=X", AD_E_VALUE, "UPLO"}),
};

/* ---- eig, eigvals ---- */

static ad_status eig_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = ad__dtype_inexact(ad_array_dtype(r->in[0]));
  out[0] = ad__spectral_complex(in[0]);
  if (r->op->outputs > 1) out[1] = out[0];
  return AD_OK;
}

/* V^-1 dA V. */
static ad_array *in_basis(ad_array *v, ad_array *da) {
  ad_array *complex_da = ad_array_dtype(da) == ad_array_dtype(v) ? da : ad_cast(da, ad_array_dtype(v));
  return ad_linalg_solve(v, ad__linalg_mm(complex_da, v));
}

/* With P = V^-1 dA V: dw = diag(P), dV = V G with G = F o P and F_ij = 1 / (w_j - w_i), less what would change the norms. */
static ad_array *eig_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_array *w = ad_item(r->out, 0), *v = ad_item(r->out, 1), *p = in_basis(v, tangents[0]);
  ad_array *gap = ad_subtract(ad__spectral_across(w), ad__spectral_down(w));
  ad_array *f = ad__spectral_inverse(gap, ad__spectral_least(w));
  ad_array *dv = ad__linalg_mm(v, ad_multiply(p, f));
  ad_array *along = ad__spectral_across(ad_real(ad__spectral_columns(v, dv)));
  dv = ad_subtract(dv, ad_multiply(v, along));
  dv = ad__spectral_turned(v, dv, ad__spectral_turn(v, dv));
  return ad_tuple(r->ctx, (ad_array *[]){ad__spectral_diagonal(p), dv}, 2);
}

static ad_array *eigvals_forward(const ad_rule *r, ad_array *const *tangents) {
  return ad__spectral_diagonal(in_basis(ad_item(ad_linalg_eig(r->in[0]), 1), tangents[0]));
}

#define EIG_SAMPLES                                                                                                  \
  {"float32[3,3]", "", "normal"}, {"float64[2,4,4]", "", "normal"}, {"complex64[3,3]", "", "normal"},                \
      {"complex128[2,1,3,3]", "", "normal"}, {"float16[2,2]", "", "normal"}, {"float64[0,0]", "", "normal"},         \
      {"float32[0,3,3]", "", "normal"}, {"float64[1,1]", "", "normal"}, {"float64[5,5]", "", "normal"}

static double eig_work(const ad_rule *r) { return ad__linalg_work(r, 25); }

const ad_op ad__op_linalg_eig = {
    AD_OP_HEAD(linalg_eig),
    .params = "a",
    .doc = "The eigenvalues and the eigenvectors, as columns of norm 1, of each square matrix in the last two axes: complex w and v with "
           "a v = v diag(w). They are ordered by real part, then imaginary part; those of a real matrix come in exact conjugate pairs. In "
           "each column the first element of at least half the largest modulus is real and positive. float64 and complex128 give "
           "complex128, all else complex64; all is computed in double precision. A matrix with a NaN or an infinity gives NaN. Where "
           "there are too few eigenvectors, some columns are equal to rounding, and there is no derivative: it is an error, or large beyond measure.",
    .example = "ad_array *w = ad_item(ad_linalg_eig(a), 0);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 2,
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = eig_dtypes,
    .accepts = AD_ACCEPT_INEXACT,
    .dims_line = "...nn->...n,...nn",
    AD_DERIVS(AD_SMOOTH),
    .jvp = eig_forward,
    .batch = ad__linalg_batch,
    .work = eig_work,
    AD_SPELLINGS({"numpy", "eig($0)"}),
    AD_SAMPLES(EIG_SAMPLES),
    AD_ERRORS(SQUARE_ERRORS),
};

static double eigvals_work(const ad_rule *r) { return ad__linalg_work(r, 10); }

const ad_op ad__op_linalg_eigvals = {
    AD_OP_HEAD(linalg_eigvals),
    .params = "a",
    .doc = "The complex eigenvalues of each square matrix in the last two axes, as linalg_eig gives them.",
    .example = "ad_array *w = ad_linalg_eigvals(a);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 1,
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = eig_dtypes,
    .accepts = AD_ACCEPT_INEXACT,
    .dims_line = "...nn->...n",
    AD_DERIVS(AD_SMOOTH),
    .jvp = eigvals_forward,
    .batch = ad__linalg_batch,
    .work = eigvals_work,
    AD_SPELLINGS({"numpy", "eig($0)[0]"}),
    AD_SAMPLES(EIG_SAMPLES),
    AD_ERRORS(SQUARE_ERRORS),
};
