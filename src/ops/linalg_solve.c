/* Systems of linear equations: solve_triangular, solve, inv, tri_inv.
 *
 * The primitives are linear in the right side; by the matrix the derivative is dX = -A^-1 dA X (Giles, Collected matrix
 * derivative results for forward and reverse mode algorithmic differentiation, 2008, section 2.3). */
#include "ops/linalg_rules.h"

/* ---- solve_triangular ---- */

enum { UPPER, TRANSPOSE, CONJUGATE, UNIT };

static const ad_field triangular_fields[] = {
    {.name = "upper", .kind = AD_FIELD_FLAG, .doc = "the upper triangle of a is meant, not the lower one"},
    {.name = "transpose", .kind = AD_FIELD_FLAG, .doc = "solve with the transpose of that triangle"},
    {.name = "conjugate", .kind = AD_FIELD_FLAG, .doc = "solve with its complex conjugate"},
    {.name = "unit", .kind = AD_FIELD_FLAG, .doc = "take the diagonal as ones, whatever a holds there"},
};

static bool flag(const ad_rule *r, int f) { return r->attrs[f].as.i != 0; }

/* op(a)^-1 b, or op(a)^-H b. */
static ad_array *solve_again(const ad_rule *r, ad_array *b, bool adjoint) {
  return ad_linalg_solve_triangular(r->in[0], b, &(ad_linalg_solve_triangular_opts){
                                                     .upper = flag(r, UPPER),
                                                     .transpose = flag(r, TRANSPOSE) != adjoint,
                                                     .conjugate = flag(r, CONJUGATE) != adjoint,
                                                     .unit = flag(r, UNIT)});
}

/* The part of a that is read. */
static ad_array *triangle_of(const ad_rule *r, ad_array *a) {
  int64_t skip = flag(r, UNIT);
  return flag(r, UPPER) ? ad_triu(a, &(ad_triu_opts){.k = AD_INT(skip)}) : ad_tril(a, &(ad_tril_opts){.k = AD_INT(-skip)});
}

/* A result that is one column, as a matrix. */
static ad_array *as_columns(const ad_rule *r, ad_array *x) {
  return ad_array_rank(r->in[1]) == 1 ? ad_expand_dims(x, AD_AXES(-1)) : x;
}

/* -op(a)^-H g x^H, brought to a itself and to the part that is read. */
static ad_array *triangular_backward(const ad_rule *r, int i, ad_array *const *cts) {
  if (i == 1 || !cts[0]) return NULL;
  ad_array *g = solve_again(r, as_columns(r, cts[0]), true);
  ad_array *da = ad_negative(ad__linalg_mh(g, as_columns(r, r->out)));
  if (flag(r, TRANSPOSE)) da = ad__linalg_t(da);
  if (flag(r, CONJUGATE)) da = ad__linalg_conj(da);
  return triangle_of(r, da);
}

/* One right side for a whole batch gets the sum of all. */
static ad_array *triangular_transpose(const ad_rule *r, int i, ad_array *const *cts) {
  (void)i;
  if (!cts[0]) return NULL;
  if (ad_array_rank(r->in[1]) > 1) return solve_again(r, cts[0], true);
  return ad_squeeze(solve_again(r, as_columns(r, cts[0]), true), &(ad_squeeze_opts){.axes = AD_AXES(-1)});
}

static double triangular_work(const ad_rule *r) { return ad__work_size(r->out) * ad__work_dim(r->in[0], -1); }

const ad_op ad__op_linalg_solve_triangular = {
    AD_LINALG_HEAD(linalg_solve_triangular, "a, b", 2, 1),
    .doc = "x with T x = b, where T is the lower (upper) triangle of a, transposed or conjugated where the flags say so, for "
           "each matrix in the last two axes; axes before them broadcast. b of one axis is one right side for all of the "
           "batch. Nothing else of a is read. A zero on the diagonal is an error that names its place in the batch.",
    .example = "ad_array *x = ad_linalg_solve_triangular(a, b, &(ad_linalg_solve_triangular_opts){.upper = true});",
    AD_FIELDS(triangular_fields),
    .dims = ad__dims_solve,
    AD_DERIVS(AD_SMOOTH, AD_LINEAR('B')),
    .vjp = triangular_backward,
    .transpose = triangular_transpose,
    .batch = ad__linalg_batch_solve,
    .work = triangular_work,
    AD_SPELLINGS({"numpy", "solve_triangular($0, $1, @upper, @transpose, @conjugate, @unit).astype(@out)"}),
    AD_SAMPLES({"float32[3,3], float32[3,2]", "", "definite, normal"},
               {"float64[2,4,4], float64[4]", "upper=true, transpose=true", "definite, normal"},
               {"complex64[3,3], complex64[2,3,1]", "conjugate=true, unit=true", "definite, normal"},
               {"complex128[2,1,2,2], complex128[3,2,4]", "upper=true, transpose=true, conjugate=true", "definite, normal"},
               {"float16[2,2], float16[2]", "unit=true", "definite, normal"}, {"float64[0,0], float64[0,3]", "", "definite, normal"},
               {"float64[1,1], float32[1,1]", "upper=true", "definite, normal"}, {"float32[3,3], float32[3,0]", "", "definite, normal"}),
    AD_ERRORS({"float32[3,4], float32[3]", "", AD_E_VALUE, "3 is right"},
              {"float32[3,3], float32[4,1]", "", AD_E_VALUE, "3 is right"}),
};

/* ---- solve ---- */

static ad_array *solve_backward(const ad_rule *r, int i, ad_array *const *cts) {
  if (i == 1 || !cts[0]) return NULL;
  ad_array *g = ad_linalg_solve(ad__linalg_h(r->in[0]), as_columns(r, cts[0]));
  return ad_negative(ad__linalg_mh(g, as_columns(r, r->out)));
}

static ad_array *solve_transpose(const ad_rule *r, int i, ad_array *const *cts) {
  (void)i;
  if (!cts[0]) return NULL;
  ad_array *x = ad_linalg_solve(ad__linalg_h(r->in[0]), as_columns(r, cts[0]));
  return ad_array_rank(r->in[1]) > 1 ? x : ad_squeeze(x, &(ad_squeeze_opts){.axes = AD_AXES(-1)});
}

static double solve_work(const ad_rule *r) { return ad__linalg_work(r, 2.0 / 3) + 2 * ad__work_size(r->out) * ad__work_dim(r->in[0], -1); }

const ad_op ad__op_linalg_solve = {
    AD_LINALG_HEAD(linalg_solve, "a, b", 2, 1),
    .doc = "x with a x = b for each square matrix in the last two axes; axes before them broadcast. b of one axis is one right "
           "side for all of the batch. By elimination with exchanges of rows. A singular matrix is an error that names its "
           "place in the batch; what is not finite gives NaN.",
    .example = "ad_array *x = ad_linalg_solve(a, b);",
    .dims = ad__dims_solve,
    AD_DERIVS(AD_SMOOTH, AD_LINEAR('B')),
    .vjp = solve_backward,
    .transpose = solve_transpose,
    .batch = ad__linalg_batch_solve,
    .work = solve_work,
    AD_SPELLINGS({"numpy", "solve($0, $1).astype(@out)"}),
    AD_SAMPLES({"float32[3,3], float32[3,2]", "", "definite, normal"}, {"float64[2,4,4], float64[4]", "", "definite, normal"},
               {"complex64[3,3], complex64[2,3,1]", "", "definite, normal"},
               {"complex128[2,1,2,2], float64[3,2,4]", "", "definite, normal"}, {"float16[2,2], float16[2]", "", "definite, normal"},
               {"float64[0,0], float64[0,3]", "", "definite, normal"}, {"float64[1,1], float32[1,1]", "", "nonzero, normal"},
               {"float32[3,3], float32[3,0]", "", "definite, normal"}, {"float64[0,3,3], float64[3,1]", "", "definite, normal"}),
    AD_ERRORS({"float32[3,4], float32[3]", "", AD_E_VALUE, "3 is right"}, {"float32[3,3], float32[4,1]", "", AD_E_VALUE, "3 is right"}),
};

/* ---- inv, tri_inv ---- */

/* d(A^-1) = -A^-1 dA A^-1. */
static ad_array *inv_forward(const ad_rule *r, ad_array *const *tangents) {
  return ad_negative(ad__linalg_mm(ad__linalg_mm(r->out, tangents[0]), r->out));
}

static double inv_work(const ad_rule *r) { return ad__linalg_work(r, 2); }

const ad_op ad__op_linalg_inv = {
    AD_LINALG_HEAD(linalg_inv, "a", 1, 1),
    .doc = "The inverse of each square matrix in the last two axes, by elimination with exchanges of rows. A singular matrix is "
           "an error that names its place in the batch; what is not finite gives NaN. To solve equations, linalg_solve is faster "
           "and more exact.",
    .example = "ad_array *inverse = ad_linalg_inv(a);",
    .dims = ad__dims_square_same,
    AD_DERIVS(AD_SMOOTH),
    .jvp = inv_forward,
    .batch = ad__linalg_batch,
    .work = inv_work,
    AD_SPELLINGS({"numpy", "np.linalg.inv(wide($0)).astype(@out)"}),
    AD_SAMPLES({"float32[3,3]", "", "definite"}, {"float64[2,4,4]", "", "definite"}, {"complex64[3,3]", "", "definite"},
               {"complex128[2,1,2,2]", "", "definite"}, {"float16[2,2]", "", "definite"}, {"float64[0,0]", "", "definite"},
               {"float32[0,3,3]", "", "definite"}, {"float64[1,1]", "", "nonzero"}),
    AD_ERRORS({"float32[3,4]", "", AD_E_VALUE, "3 is right"}, {"float32[3]", "", AD_E_VALUE, "rank"}),
};

static const ad_field tri_inv_fields[] = {
    {.name = "upper", .kind = AD_FIELD_FLAG, .doc = "the upper triangle of a is meant, not the lower one"},
};

static ad_array *tri_inv_compose(const ad_rule *r) {
  ad_array *identity = ad__linalg_identity(r->ctx, ad_array_dim(r->in[0], -1), ad_array_dtype(r->in[0]));
  return ad__linalg_triangular(r->in[0], identity, flag(r, UPPER), false);
}

const ad_op ad__op_linalg_tri_inv = {
    AD_LINALG_HEAD(linalg_tri_inv, "a", 1, 1),
    .doc = "The inverse of the lower (upper) triangle of each square matrix in the last two axes; nothing else of a is read. A "
           "zero on the diagonal is an error that names its place in the batch.",
    .example = "ad_array *inverse = ad_linalg_tri_inv(l, NULL);",
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(tri_inv_fields),
    .dims = ad__dims_square_same,
    .compose = tri_inv_compose,
    AD_SPELLINGS({"numpy", "np.linalg.inv(wide(np.triu($0) if @upper else np.tril($0))).astype(@out)"}),
    AD_SAMPLES({"float64[3,3]", "", "definite"}, {"float32[2,4,4]", "upper=true", "definite"}, {"complex128[3,3]", "", "definite"},
               {"complex64[2,2,2]", "upper=true", "definite"}, {"float64[0,0]", "", "definite"}, {"float16[2,2]", "", "definite"}),
    AD_ERRORS({"float32[3,4]", "", AD_E_VALUE, "3 is right"}),
};
