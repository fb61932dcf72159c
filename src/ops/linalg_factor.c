/* Factorisations of matrices: cholesky.
 *
 * Each is a primitive with a kernel (runtime/factor_kernel.c) that reads no more of a matrix than the mathematics needs, and
 * is differentiated as the function of what it reads. The formulas are those of Giles (Collected matrix derivative results
 * for forward and reverse mode algorithmic differentiation, 2008) and Murray (Differentiation of the Cholesky decomposition,
 * 2016), stated forwards; the backward direction is their transpose. */
#include "ops/linalg_rules.h"

/* ---- cholesky ---- */

enum { CHOLESKY_UPPER };

static const ad_field cholesky_fields[] = {
    {.name = "upper", .kind = AD_FIELD_FLAG, .doc = "read the upper triangle, and give U with a = U^H U"},
};

/* dL = L phi(L^-1 dA L^-H), where dA is the Hermitian matrix whose lower triangle is read, the real part of its diagonal
 * alone. */
static ad_array *cholesky_forward(const ad_rule *r, ad_array *const *tangents) {
  bool upper = r->attrs[CHOLESKY_UPPER].as.i;
  ad_array *l = upper ? ad__linalg_h(r->out) : r->out;
  ad_array *half = ad__linalg_phi(upper ? ad__linalg_h(tangents[0]) : tangents[0]);
  ad_array *da = ad_add(half, ad__linalg_h(half));
  ad_array *left = ad_linalg_solve_triangular(l, da, NULL);
  ad_array *both = ad__linalg_h(ad_linalg_solve_triangular(l, ad__linalg_h(left), NULL));
  ad_array *dl = ad__linalg_mm(l, ad__linalg_phi(both));
  return upper ? ad__linalg_h(dl) : dl;
}

const ad_op ad__op_linalg_cholesky = {
    AD_OP_HEAD(linalg_cholesky),
    .params = "a",
    .doc = "The lower triangular L with a positive diagonal for which a = L L^H (with upper: U, a = U^H U), of each Hermitian "
           "positive definite matrix in the last two axes. One triangle of a is read, and of its diagonal the real part; the "
           "gradient lies in that triangle. bool and integers become float32. A matrix that is not positive definite, or holds "
           "a NaN, is an error that names its place in the batch.",
    .example = "ad_array *l = ad_linalg_cholesky(a, NULL);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(cholesky_fields),
    AD_LINALG_TYPES,
    .dims = ad__dims_square_same,
    AD_DERIVS(AD_SMOOTH),
    .jvp = cholesky_forward,
    .batch = ad__linalg_batch,
    AD_SPELLINGS({"numpy", "cholesky($0, @upper).astype(@out)"}),
    AD_SAMPLES({"float32[3,3]", "", "definite"}, {"float64[2,4,4]", "upper=true", "definite"},
               {"complex64[3,3]", "", "definite"}, {"complex128[2,1,2,2]", "upper=true", "definite"},
               {"float16[2,2]", "", "definite"}, {"float64[0,0]", "", "definite"}, {"float32[0,3,3]", "", "definite"},
               {"float64[1,1]", "", "definite"}, {"int32[3,3]", "", "definite"}),
    AD_ERRORS({"float32[3,4]", "", AD_E_VALUE, "3 is right"}, {"float32[3]", "", AD_E_VALUE, "rank"}),
};
