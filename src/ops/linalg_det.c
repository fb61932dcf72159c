/* Determinants: det, slogdet, cofactor, cofactor_along.
 *
 * The derivative of det is the matrix of cofactors, which exists for every matrix: linalg_cofactor, and linalg_cofactor_along for
 * its derivatives, compute it without dividing by what may be zero (structural/linalg_cofactor.h), so that singular matrices have
 * derivatives of every order. */
#include "ops/apply.h"
#include "ops/cofactor_room.h"
#include "ops/linalg_rules.h"

/* A batch of square matrices, and one number for each. */
static bool numbers_of_squares(ad_rel *r, int outputs) {
  int slots[3] = {0, AD_REL_OUT(r, 0), AD_REL_OUT(r, outputs - 1)};
  return ad__dims_batch(r, 1 + outputs, slots, (const int[]){2, 0, 0}) && ad__dims_square(r, 0);
}

/* 1, or -1 where an odd number of rows were exchanged; of dtype t. */
static ad_array *sign_of_exchanges(const ad_rule *r, ad_array *pivots, ad_dtype t) {
  int64_t n = ad_array_dim(pivots, -1);
  ad_array *places = ad_iota(r->ctx, n, &(ad_iota_opts){.dtype = AD_UINT32});
  ad_array *moved = ad_sum(ad_not_equal(pivots, places), &(ad_sum_opts){.axes = AD_AXES(-1), .dtype = AD_INT32});
  ad_array *odd = ad_remainder(moved, ad_number_int(r->ctx, 2));
  return ad_cast(ad_subtract(ad_number_int(r->ctx, 1), ad_multiply(odd, ad_number_int(r->ctx, 2))), t);
}

static ad_array *diagonal_of(ad_array *lu) {
  return ad_diagonal(lu, &(ad_diagonal_opts){.axis1 = AD_INT(-2), .axis2 = AD_INT(-1)});
}

/* ---- det ---- */

static ad_status det_dims(ad_rel *r) { return ad_rel_end(r, numbers_of_squares(r, 1)); }

static ad_array *det_compose(const ad_rule *r) {
  ad_array *parts = ad_linalg_lu_rows(r->in[0]), *lu = ad_item(parts, 0);
  ad_array *product = ad_prod(diagonal_of(lu), &(ad_prod_opts){.axes = AD_AXES(-1)});
  return ad_multiply(product, sign_of_exchanges(r, ad_item(parts, 1), ad_array_dtype(lu)));
}

static ad_array *det_forward(const ad_rule *r, ad_array *const *tangents) {
  return ad_sum(ad_multiply(ad_linalg_cofactor(r->in[0]), tangents[0]), &(ad_sum_opts){.axes = AD_AXES(-2, -1)});
}

const ad_op ad__op_linalg_det = {
    AD_LINALG_HEAD(linalg_det, "a", 1, 1),
    .doc = "The determinant of each square matrix in the last two axes, from its LU factorisation; 1 for a matrix of no rows. Of "
           "large matrices it overflows soon: linalg_slogdet does not. It has derivatives of every order, of singular matrices too.",
    .example = "ad_array *d = ad_linalg_det(a);",
    .flags = AD_OP_COMPOSITE,
    .dims = det_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = det_forward,
    .compose = det_compose,
    AD_SPELLINGS({"numpy", "np.linalg.det(wide($0)).astype(@out)"}),
    AD_SAMPLES({"float32[3,3]", "", "normal"}, {"float64[2,4,4]", "", "normal"}, {"complex64[3,3]", "", "normal"},
               {"complex128[2,1,2,2]", "", "normal"}, {"float16[2,2]", "", "normal"}, {"float64[0,0]", "", "normal"},
               {"float32[0,3,3]", "", "normal"}, {"float64[1,1]", "", "normal"}),
    AD_ERRORS({"float32[3,4]", "", AD_E_VALUE, "3 is right"}, {"float32[3]", "", AD_E_VALUE, "rank"}),
};

/* ---- slogdet ---- */

static ad_status slogdet_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = out[0] = ad__dtype_inexact(ad__promote_arrays(r->in, 1));
  out[1] = ad__dtype_real(out[0]);
  return AD_OK;
}

static ad_status slogdet_dims(ad_rel *r) { return ad_rel_end(r, numbers_of_squares(r, 2)); }

static ad_array *slogdet_compose(const ad_rule *r) {
  ad_array *parts = ad_linalg_lu_rows(r->in[0]), *lu = ad_item(parts, 0), *d = diagonal_of(lu);
  ad_array *sign = ad_prod(ad_sign(d), &(ad_prod_opts){.axes = AD_AXES(-1)});
  sign = ad_multiply(sign, sign_of_exchanges(r, ad_item(parts, 1), ad_array_dtype(lu)));
  return ad_tuple(r->ctx, (ad_array *[]){sign, ad_sum(ad_log(ad_abs(d)), &(ad_sum_opts){.axes = AD_AXES(-1)})}, 2);
}

const ad_op ad__op_linalg_slogdet = {
    AD_OP_HEAD(linalg_slogdet),
    .params = "a",
    .doc = "The determinant of each square matrix in the last two axes as (sign, logabs): sign times exp(logabs). sign is -1, 0 "
           "or 1, or a complex number of size 1; logabs is real. A singular matrix gives 0 and -inf, and has no derivative.",
    .example = "ad_array *logabs = ad_item(ad_linalg_slogdet(a), 1);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 2,
    .flags = AD_OP_COMPOSITE,
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_INEXACT,
    .dtypes = slogdet_dtypes,
    .dims = slogdet_dims,
    .compose = slogdet_compose,
    AD_SPELLINGS({"numpy", "slogdet($0)"}),
    AD_SAMPLES({"float32[3,3]", "", "normal"}, {"float64[2,4,4]", "", "normal"}, {"complex64[3,3]", "", "normal"},
               {"complex128[2,1,2,2]", "", "normal"}, {"float16[2,2]", "", "normal"}, {"float64[0,0]", "", "normal"},
               {"float32[0,3,3]", "", "normal"}, {"float64[1,1]", "", "normal"}),
    AD_ERRORS({"float32[3,4]", "", AD_E_VALUE, "3 is right"}, {"float32[3]", "", AD_E_VALUE, "rank"}),
};

/* ---- cofactor ---- */

/* The derivatives of the matrix of cofactors C are a family: C(A; H1...Hk), linear in each direction, is derived by A along X as
 * C(A; H1...Hk, X). And sum(U C(A; H1...Hk, X)) = sum(X C(A; H1...Hk, U)), both being that of det along all of them. */

static ad_array *along(const ad_rule *r, ad_array *const *in, int n) {
  return n == 1 ? ad_linalg_cofactor(in[0]) : ad_linalg_cofactor_along(r->ctx, in, n);
}

static ad_array *cofactor_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_array *in[AD_INPUTS_ANY + 1], *y = NULL;
  for (int i = 0; i < r->n; i++) {
    if (!tangents[i]) continue;
    for (int k = 0; k < r->n; k++) in[k] = r->in[k];
    in[i ? i : r->n] = tangents[i];
    ad_array *part = along(r, in, i ? r->n : r->n + 1);
    y = y ? ad_add(y, part) : part;
  }
  return y;
}

static ad_array *cofactor_back(const ad_rule *r, int i, ad_array *const *cotangents) {
  ad_array *in[AD_INPUTS_ANY + 1];
  for (int k = 0; k < r->n; k++) in[k] = r->in[k];
  in[i ? i : r->n] = ad__linalg_conj(cotangents[0]);
  return ad__linalg_conj(along(r, in, i ? r->n : r->n + 1));
}

const ad_op ad__op_linalg_cofactor = {
    AD_LINALG_HEAD(linalg_cofactor, "a", 1, 1),
    .doc = "The matrix of cofactors of each square matrix in the last two axes: at (i, j) the determinant of what is left without "
           "row i and column j, with the sign of (-1)^(i + j). It is the gradient of the determinant, and its transpose is the "
           "adjugate. Singular matrices have it too, and all its derivatives. By elimination with exchanges of rows and columns.",
    .example = "ad_array *c = ad_linalg_cofactor(a);",
    .dims = ad__dims_square_same,
    AD_DERIVS(AD_SMOOTH),
    .jvp = cofactor_forward,
    .vjp = cofactor_back,
    .batch = ad__linalg_batch,
    AD_SPELLINGS({"numpy", "cofactors($0).astype(@out)"}),
    AD_SAMPLES({"float32[3,3]", "", "definite"}, {"float64[2,4,4]", "", "normal"}, {"complex64[3,3]", "", "definite"},
               {"complex128[2,1,2,2]", "", "normal"}, {"float16[2,2]", "", "definite"}, {"float64[0,0]", "", "normal"},
               {"float64[1,1]", "", "normal"}, {"int32[3,3]", "", "small"}),
    AD_ERRORS({"float32[3,4]", "", AD_E_VALUE, "3 is right"}, {"float32[3]", "", AD_E_VALUE, "rank"}),
};

/* ---- cofactor_along ---- */

static ad_status along_dims(ad_rel *r) {
  int n = ad_rel_inputs(r), out = AD_REL_OUT(r, 0), slots[1 + AD_COFACTOR_DIRECTIONS];
  if (n < 1 || n > 1 + AD_COFACTOR_DIRECTIONS)
    return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "%d arrays; a matrix and at most %d directions are right", n, AD_COFACTOR_DIRECTIONS));
  bool ok = true;
  for (int i = 0; i < n && ok; i++) {
    slots[i] = i;
    ok = ad__dims_square(r, i) && ad_rel_same_dim(r, 0, -1, i, -1);
  }
  return ad_rel_end(r, ok && ad_rel_broadcast(r, out, slots, n) && ad__dims_square(r, out) && ad_rel_same_dim(r, 0, -1, out, -1));
}

const ad_op ad__op_linalg_cofactor_along = {
    AD_OP_HEAD(linalg_cofactor_along),
    .params = "arrays",
    .doc = "The derivative of linalg_cofactor at the first array along the others, one order for each, of which at most 10: the "
           "coefficient of t1 t2... in the cofactors of a + t1 h1 + t2 h2... Square matrices in the last two axes; the axes "
           "before broadcast. It exists for every matrix, and nothing is divided that could be 0. By elimination with exchanges of "
           "rows and columns; the work grows as 2^k with the number k of directions.",
    .example = "ad_array *y = ad_linalg_cofactor_along(c, (ad_array *[]){a, h}, 2);",
    .group = "linear algebra",
    .inputs = AD_INPUTS_ANY,
    .outputs = 1,
    AD_LINALG_TYPES,
    .dims = along_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = cofactor_forward,
    .vjp = cofactor_back,
    .batch = ad__linalg_batch,
    AD_SPELLINGS({"numpy", "cofactors(*$*).astype(@out)"}),
    AD_SAMPLES({"float64[3,3], float64[3,3]", "", "normal"}, {"float64[4,4], float64[4,4], float64[4,4]", "", "normal"},
               {"float64[5,5], float64[5,5], float64[5,5], float64[5,5]", "", "normal"}, {"float64[3,3]", "", "normal"},
               {"float32[2,3,3], float32[3,3]", "", "normal"}, {"complex128[3,3], complex128[2,1,3,3], complex128[2,3,3]", "", "normal"},
               {"complex64[3,3], complex64[3,3]", "", "normal"}, {"float16[2,2], float16[2,2]", "", "normal"},
               {"float64[1,1], float64[1,1]", "", "normal"}, {"float64[0,0], float64[0,0]", "", "normal"},
               {"int32[3,3], float32[3,3]", "", "small"}, {"float32[0,2,2], float32[2,2]", "", "normal"}),
    AD_ERRORS({"float32[3,4], float32[3,4]", "", AD_E_VALUE, "3 is right"},
              {"float32[3,3], float32[4,4]", "", AD_E_VALUE, "arrays[1] of shape (4, 4); axis 1 is 4; 3 is right"},
              {"float32[3,3], float32[1,1]", "", AD_E_VALUE, "arrays[1] of shape (1, 1); axis 1 is 1; 3 is right"}, {"float32[3]", "", AD_E_VALUE, "rank"}),
};
