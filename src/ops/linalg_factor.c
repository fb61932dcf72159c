/* Factorisations of matrices: cholesky, cholesky_inv, lu_rows, lu_factor, lu.
 *
 * Each is a primitive with a kernel (runtime/factor_kernel.c) that reads no more of a matrix than the mathematics needs, and
 * is differentiated as the function of what it reads. The formulas are those of Giles (Collected matrix derivative results
 * for forward and reverse mode algorithmic differentiation, 2008) and Murray (Differentiation of the Cholesky decomposition,
 * 2016), for LU of de Hoog, Anderssen and Lukas (Differentiation of matrix functionals using triangular factorization, 2011),
 * stated forwards; the backward direction is their transpose. */
#include "ops/apply.h"
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

static double cholesky_work(const ad_rule *r) { return ad__linalg_work(r, 1.0 / 3); }

const ad_op ad__op_linalg_cholesky = {
    AD_LINALG_HEAD(linalg_cholesky, "a", 1, 1),
    .doc = "The lower triangular L with a positive diagonal for which a = L L^H (with upper: U, a = U^H U), of each Hermitian "
           "positive definite matrix in the last two axes. One triangle of a is read, and of its diagonal the real part; the "
           "gradient lies in that triangle. bool and integers become float32. A matrix that is not positive definite, or holds "
           "a NaN, is an error that names its place in the batch.",
    .example = "ad_array *l = ad_linalg_cholesky(a, NULL);",
    AD_FIELDS(cholesky_fields),
    .dims = ad__dims_square_same,
    AD_DERIVS(AD_SMOOTH),
    .jvp = cholesky_forward,
    .batch = ad__linalg_batch,
    .work = cholesky_work,
    AD_SPELLINGS({"numpy", "cholesky($0, @upper).astype(@out)"}),
    AD_SAMPLES({"float32[3,3]", "", "definite"}, {"float64[2,4,4]", "upper=true", "definite"},
               {"complex64[3,3]", "", "definite"}, {"complex128[2,1,2,2]", "upper=true", "definite"},
               {"float16[2,2]", "", "definite"}, {"float64[0,0]", "", "definite"}, {"float32[0,3,3]", "", "definite"},
               {"float64[1,1]", "", "definite"}, {"int32[3,3]", "", "definite"}),
    AD_ERRORS({"float32[3,4]", "", AD_E_VALUE, "3 is right"}, {"float32[3]", "", AD_E_VALUE, "rank"}),
};

/* ---- cholesky_inv ---- */

/* (L L^H)^-1 = L^-H L^-1. */
static ad_array *cholesky_inv_compose(const ad_rule *r) {
  bool upper = r->attrs[CHOLESKY_UPPER].as.i;
  ad_array *identity = ad__linalg_identity(r->ctx, ad_array_dim(r->in[0], -1), ad_array_dtype(r->in[0]));
  ad_array *inverse = ad__linalg_triangular(r->in[0], identity, upper, false);
  return upper ? ad__linalg_mh(inverse, inverse) : ad__linalg_hm(inverse, inverse);
}

static const ad_field cholesky_inv_fields[] = {
    {.name = "upper", .kind = AD_FIELD_FLAG, .doc = "l is the upper factor"},
};

const ad_op ad__op_linalg_cholesky_inv = {
    AD_LINALG_HEAD(linalg_cholesky_inv, "l", 1, 1),
    .doc = "The inverse of l l^H (with upper: of l^H l) for the triangular factor that linalg_cholesky gives; nothing else of "
           "l is read. A zero on the diagonal is an error that names its place in the batch.",
    .example = "ad_array *inverse = ad_linalg_cholesky_inv(ad_linalg_cholesky(a, NULL), NULL);",
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(cholesky_inv_fields),
    .dims = ad__dims_square_same,
    .compose = cholesky_inv_compose,
    AD_SPELLINGS({"numpy", "(lambda t: np.linalg.inv(adjoint(t) @ t if @upper else t @ adjoint(t)).astype(@out))"
                           "(wide(np.triu($0) if @upper else np.tril($0)))"}),
    AD_SAMPLES({"float64[3,3]", "", "definite"}, {"float32[2,4,4]", "upper=true", "definite"},
               {"complex128[3,3]", "", "definite"}, {"complex64[2,2,2]", "upper=true", "definite"}, {"float64[0,0]", "", "definite"},
               {"float16[2,2]", "", "definite"}),
    AD_ERRORS({"float32[3,4]", "", AD_E_VALUE, "3 is right"}),
};

/* ---- lu_rows: the primitive ---- */

enum { LU, PIVOTS, ROWS };

/* The dtype of the matrices of results; indices are uint32. */
static ad_status lu_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = ad__dtype_inexact(ad__promote_arrays(r->in, 1));
  for (int k = 0; k < r->op->outputs; k++) out[k] = in[0];
  if (r->op->id == AD_OP_linalg_lu) out[0] = AD_UINT32;
  else out[PIVOTS] = AD_UINT32;
  if (r->op->id == AD_OP_linalg_lu_rows) out[ROWS] = AD_UINT32;
  return AD_OK;
}

/* The last axis of a slot is the smaller one of a matrix slot. */
static bool least_axis(ad_rel *r, int slot, int axis, int matrix) {
  ad_dim least = ad__dims_least(r, matrix, -2, -1);
  if (least == AD_DIM_UNKNOWN) return ad_rel_later(r);
  return ad_rel_dim(r, slot, axis, least);
}

static ad_status lu_rows_dims(ad_rel *r) {
  int lu = AD_REL_OUT(r, LU), pivots = AD_REL_OUT(r, PIVOTS), rows = AD_REL_OUT(r, ROWS);
  int slots[] = {0, lu, pivots, rows};
  return ad_rel_end(r, ad__dims_batch(r, 4, slots, (const int[]){2, 2, 1, 1}) && ad_rel_same(r, 0, lu) &&
                           (ad_rel_get_rank(r, 0) < 0 || (ad_rel_same_dim(r, 0, -2, rows, -1) && least_axis(r, pivots, -1, 0))));
}

/* P dA, with the rows of the result. */
static ad_array *permuted(const ad_rule *r, ad_array *da) {
  ad_array *rows = ad_expand_dims(ad_item(r->out, ROWS), AD_AXES(-1));
  return ad_take_along_axis(da, rows, &(ad_take_along_axis_opts){.axis = AD_INT(-2)});
}

/* With P dA = dL U + L dU and M = L^-1 P dA U^-1 of the leading square: dL = L tril(M, -1), dU = triu(M) U; rows below and
 * columns beside it follow. dL and dU share one matrix as L and U do. */
static ad_array *lu_rows_forward(const ad_rule *r, ad_array *const *tangents) {
  int64_t m = ad_array_dim(r->in[0], -2), n = ad_array_dim(r->in[0], -1), k = m < n ? m : n;
  ad_array *lu = ad_item(r->out, LU), *da = permuted(r, tangents[0]);
  ad_array *square = ad__linalg_columns(ad__linalg_rows(lu, 0, k), 0, k);
  ad_array *l = ad_add(ad_tril(square, &(ad_tril_opts){.k = AD_INT(-1)}), ad__linalg_identity(r->ctx, k, ad_array_dtype(lu)));
  ad_array *u = ad_triu(square, NULL);
  ad_array *left = ad__linalg_triangular(square, ad__linalg_columns(ad__linalg_rows(da, 0, k), 0, k), false, true);
  ad_array *both = ad__linalg_triangular_right(left, square, true, false);
  ad_array *low = ad_tril(both, &(ad_tril_opts){.k = AD_INT(-1)}), *up = ad__linalg_mm(ad_triu(both, NULL), u);
  ad_array *y = ad_add(ad__linalg_mm(l, low), up);
  if (n > k) {
    ad_array *beside = ad__linalg_triangular(square, ad__linalg_columns(da, k, n), false, true);
    beside = ad_subtract(beside, ad__linalg_mm(low, ad__linalg_columns(lu, k, n)));
    y = ad_concatenate(r->ctx, (ad_array *[]){y, beside}, 2, &(ad_concatenate_opts){.axis = AD_INT(-1)});
  } else if (m > k) {
    ad_array *below = ad_subtract(ad__linalg_rows(da, k, m), ad__linalg_mm(ad__linalg_rows(lu, k, m), up));
    below = ad__linalg_triangular_right(below, square, true, false);
    y = ad_concatenate(r->ctx, (ad_array *[]){y, below}, 2, &(ad_concatenate_opts){.axis = AD_INT(-2)});
  }
  return ad_tuple(r->ctx, (ad_array *[]){y, ad_zeros_like(ad_item(r->out, PIVOTS), NULL), ad_zeros_like(ad_item(r->out, ROWS), NULL)}, 3);
}

static double lu_work(const ad_rule *r) {
  double m = ad__work_dim(r->in[0], -2), n = ad__work_dim(r->in[0], -1), k = m < n ? m : n;
  return ad__work_matrices(r->in[0]) * (2 * m * n * k - (m + n) * k * k + 2 * k * k * k / 3);
}

const ad_op ad__op_linalg_lu_rows = {
    AD_OP_HEAD(linalg_lu_rows),
    .params = "a",
    .doc = "The LU factorisation with exchanges of rows of each matrix in the last two axes, as what LAPACK computes: (lu, "
           "pivots, rows). lu holds U and, below the diagonal, L, whose own diagonal is 1; step k exchanged row k with row "
           "pivots[k]; row i of L U is row rows[i] of a. A singular matrix gives a 0 on the diagonal of U, what is not finite "
           "NaN; neither is an error, but a derivative is where U is singular. linalg_lu and linalg_lu_factor are made of it.",
    .example = "ad_array *parts = ad_linalg_lu_rows(a);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 3,
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_INEXACT,
    .dtypes = lu_dtypes,
    .dims = lu_rows_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = lu_rows_forward,
    .batch = ad__linalg_batch,
    .work = lu_work,
    AD_SPELLINGS({"numpy", "lu_rows($0)"}),
    AD_SAMPLES({"float64[3,3]", "", "normal"}, {"float32[2,3,5]", "", "normal"}, {"complex64[5,3]", "", "normal"},
               {"complex128[2,1,3,3]", "", "normal"}, {"float64[4,3]", "", "normal"}, {"complex128[3,4]", "", "normal"},
               {"float16[3,3]", "", "distinct"}, {"float32[0,3]", "", "normal"}, {"float64[2,0,0]", "", "normal"},
               {"float64[1,1]", "", "normal"}, {"int32[3,3]", "", "distinct"}),
    AD_ERRORS({"float32[3]", "", AD_E_VALUE, "rank"}),
};

/* ---- lu_factor, lu ---- */

static ad_status lu_factor_dims(ad_rel *r) {
  int lu = AD_REL_OUT(r, LU), pivots = AD_REL_OUT(r, PIVOTS), slots[] = {0, lu, pivots};
  return ad_rel_end(r, ad__dims_batch(r, 3, slots, (const int[]){2, 2, 1}) && ad_rel_same(r, 0, lu) &&
                           (ad_rel_get_rank(r, 0) < 0 || least_axis(r, pivots, -1, 0)));
}

static ad_array *lu_factor_compose(const ad_rule *r) {
  ad_array *parts = ad_linalg_lu_rows(r->in[0]);
  return ad_tuple(r->ctx, (ad_array *[]){ad_item(parts, LU), ad_item(parts, PIVOTS)}, 2);
}

const ad_op ad__op_linalg_lu_factor = {
    AD_OP_HEAD(linalg_lu_factor),
    .params = "a",
    .doc = "The LU factorisation as (lu, pivots): lu holds U and, below the diagonal, L, whose own diagonal is 1; step k "
           "exchanged row k with row pivots[k] (uint32). As linalg_lu_rows otherwise.",
    .example = "ad_array *lu = ad_item(ad_linalg_lu_factor(a), 0);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 2,
    .flags = AD_OP_COMPOSITE,
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_INEXACT,
    .dtypes = lu_dtypes,
    .dims = lu_factor_dims,
    .compose = lu_factor_compose,
    AD_SPELLINGS({"numpy", "lu_rows($0)[:2]"}),
    AD_SAMPLES({"float64[3,3]", "", "normal"}, {"float32[2,3,5]", "", "normal"}, {"complex64[5,3]", "", "normal"}),
    AD_ERRORS({"float32[3]", "", AD_E_VALUE, "rank"}),
};

enum { ROW_PIVOTS, L, U };

static ad_status lu_dims(ad_rel *r) {
  int rows = AD_REL_OUT(r, ROW_PIVOTS), l = AD_REL_OUT(r, L), u = AD_REL_OUT(r, U), slots[] = {0, rows, l, u};
  if (!ad__dims_batch(r, 4, slots, (const int[]){2, 1, 2, 2})) return ad_rel_end(r, false);
  if (ad_rel_get_rank(r, 0) < 0) return ad_rel_end(r, true);
  return ad_rel_end(r, ad_rel_same_dim(r, 0, -2, rows, -1) && ad_rel_same_dim(r, 0, -2, l, -2) &&
                           ad_rel_same_dim(r, 0, -1, u, -1) && least_axis(r, l, -1, 0) && least_axis(r, u, -2, 0) &&
                           ad_rel_same_dim(r, l, -1, u, -2));
}

/* The rows of L U in a's order: a permutation is turned round by sorting it. */
static ad_array *lu_compose(const ad_rule *r) {
  int64_t m = ad_array_dim(r->in[0], -2), n = ad_array_dim(r->in[0], -1), k = m < n ? m : n;
  ad_array *parts = ad_linalg_lu_rows(r->in[0]), *lu = ad_item(parts, LU);
  ad_array *ones = ad_eye(r->ctx, m, &(ad_eye_opts){.m = AD_INT(k), .dtype = ad_array_dtype(lu)});
  ad_array *l = ad_add(ad_tril(ad__linalg_columns(lu, 0, k), &(ad_tril_opts){.k = AD_INT(-1)}), ones);
  ad_array *u = ad_triu(ad__linalg_rows(lu, 0, k), NULL);
  return ad_tuple(r->ctx, (ad_array *[]){ad_argsort(ad_item(parts, ROWS), NULL), l, u}, 3);
}

const ad_op ad__op_linalg_lu = {
    AD_OP_HEAD(linalg_lu),
    .params = "a",
    .doc = "The LU factorisation with exchanges of rows, as (row_pivots, l, u): a is the rows row_pivots (uint32) of l u, where l "
           "is lower triangular with ones on its diagonal and u upper triangular. As linalg_lu_rows otherwise.",
    .example = "ad_array *u = ad_item(ad_linalg_lu(a), 2);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 3,
    .flags = AD_OP_COMPOSITE,
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_INEXACT,
    .dtypes = lu_dtypes,
    .dims = lu_dims,
    .compose = lu_compose,
    AD_SPELLINGS({"numpy", "lu($0)"}),
    AD_SAMPLES({"float64[3,3]", "", "normal"}, {"float32[2,3,5]", "", "normal"}, {"complex64[5,3]", "", "normal"},
               {"float64[0,2]", "", "normal"}),
    AD_ERRORS({"float32[3]", "", AD_E_VALUE, "rank"}),
};
