/* Singular values: svd, svdvals, and what is made of them: pinv, matrix_rank.
 *
 * svd and svdvals are primitives with kernels (runtime/spectral_kernel.c). Derivatives of the svd follow Wan and Zhang (Automatic
 * differentiation for complex valued SVD, 2019), completed for the columns that full matrices have besides, whose own turning is taken
 * as zero. Where singular values are equal, or zero, to rounding, the parts that would be infinite are left out, as in
 * linalg_eigen.c. pinv has the derivative of Golub and Pereyra (The differentiation of pseudo-inverses and nonlinear least squares
 * problems whose variables separate, 1973), which holds while the rank stays. */
#include "base/str.h"
#include "ops/dims.h"
#include "ops/reduce_rules.h"
#include "ops/spectral_rules.h"
#include <string.h>

/* ---- svd ---- */

enum { SVD_REDUCED };

static const ad_field svd_fields[] = {
    {.name = "reduced", .kind = AD_FIELD_FLAG, .doc = "u and vh have min(m, n) columns and rows instead of m and n"},
};

static ad_status svd_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = ad__dtype_inexact(ad_array_dtype(r->in[0]));
  bool whole = r->op->outputs == 3;
  out[whole ? 1 : 0] = ad__dtype_real(in[0]);
  if (whole) out[0] = out[2] = in[0];
  return AD_OK;
}

/* The slot's axis is the smaller of the two of a matrix. */
static bool counts_values(ad_rel *r, int slot, int axis) {
  ad_dim least = ad__dims_least(r, 0, -2, -1);
  return least == AD_DIM_UNKNOWN ? ad_rel_later(r) : ad_rel_dim(r, slot, axis, least);
}

static ad_status svdvals_dims(ad_rel *r) {
  int s = AD_REL_OUT(r, 0), slots[] = {0, s};
  if (!ad__dims_batch(r, 2, slots, (const int[]){2, 1})) return ad_rel_end(r, false);
  return ad_rel_end(r, ad_rel_get_rank(r, 0) < 0 || counts_values(r, s, -1));
}

static ad_status svd_dims(ad_rel *r) {
  int u = AD_REL_OUT(r, 0), s = AD_REL_OUT(r, 1), v = AD_REL_OUT(r, 2), slots[] = {0, u, s, v};
  if (!ad__dims_batch(r, 4, slots, (const int[]){2, 2, 1, 2})) return ad_rel_end(r, false);
  if (ad_rel_get_rank(r, 0) < 0) return ad_rel_end(r, true);
  bool ok = ad_rel_same_dim(r, 0, -2, u, -2) && ad_rel_same_dim(r, 0, -1, v, -1) && counts_values(r, s, -1);
  if (ok && ad_rel_attr(r, SVD_REDUCED)->as.i) ok = ad_rel_same_dim(r, u, -1, s, -1) && ad_rel_same_dim(r, v, -2, s, -1);
  else ok = ok && ad_rel_same_dim(r, u, -2, u, -1) && ad_rel_same_dim(r, v, -2, v, -1);
  return ad_rel_end(r, ok);
}

static ad_array *beside(ad_ctx *c, ad_array *a, ad_array *b) {
  return ad_concatenate(c, (ad_array *[]){a, b}, 2, &(ad_concatenate_opts){.axis = AD_INT(-1)});
}

/* One side's vectors: x (dims x count or more) of which the first `count` belong to values, and their derivative. */
typedef struct vectors {
  ad_array *all, *first, *moved;
  int64_t dim, count, whole;
} vectors;

static vectors side_of(ad_array *x, int64_t dim, int64_t count) {
  int64_t whole = ad_array_dim(x, -1);
  return (vectors){x, whole > count ? ad__linalg_columns(x, 0, count) : x, NULL, dim, count, whole};
}

/* d first = first (turning within) + what leaves their space; the rest turns against them. */
static ad_array *moved(ad_ctx *c, vectors *x, ad_array *within, ad_array *image, ad_array *p, ad_array *inverse, ad_array *turn) {
  ad_array *d = ad__linalg_mm(x->first, within), *away = NULL;
  if (x->dim > x->count) {
    away = ad_multiply(ad_subtract(image, ad__linalg_mm(x->first, p)), inverse);
    d = ad_add(d, away);
  }
  x->moved = d;
  if (turn) d = ad__spectral_turned(x->first, d, turn);
  if (x->whole == x->count) return d;
  ad_array *rest = ad__linalg_columns(x->all, x->count, x->whole);
  ad_array *back = ad_negative(ad__linalg_mm(x->first, ad__linalg_hm(away, rest)));
  return beside(c, d, ad__spectral_turned(rest, back, ad__spectral_turn(rest, back)));
}

/* With P = U^H dA V: ds = Re diag(P), U^H dU = F o (P S + S P^H) and V^H dV = F o (S P + P^H S), F_ij = 1 / (s_j^2 - s_i^2), and on
 * the diagonal of the former i Im P_ii / s_i. */
static ad_array *svd_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_array *u = ad_item(r->out, 0), *s = ad_item(r->out, 1), *v = ad__linalg_h(ad_item(r->out, 2)), *da = tangents[0];
  if (ad_is_error(da)) return da;
  int64_t m = ad_array_dim(da, -2), n = ad_array_dim(da, -1), count = m < n ? m : n;
  vectors left = side_of(u, m, count), right = side_of(v, n, count);
  ad_array *image = ad__linalg_mm(da, right.first), *p = ad__linalg_hm(left.first, image), *ph = ad__linalg_h(p);
  ad_array *across = ad__spectral_across(s), *down = ad__spectral_down(s), *least = ad__spectral_least(s);
  ad_array *f = ad_multiply(ad__spectral_inverse(ad_subtract(across, down), least), ad__spectral_inverse(ad_add(across, down), least));
  ad_array *inverse = ad__spectral_inverse(across, least), *turn = NULL;
  ad_array *in_u = ad_multiply(ad_add(ad_multiply(p, across), ad_multiply(down, ph)), f);
  ad_array *in_v = ad_multiply(ad_add(ad_multiply(down, p), ad_multiply(ph, across)), f);
  if (ad_dtype_category(ad_array_dtype(p)) == AD_CATEGORY_COMPLEX) {
    ad_array *phase = ad_tril(ad_triu(ad_multiply(ad_imag(p), inverse), NULL), NULL);
    in_u = ad_add(in_u, ad_make_complex(ad_multiply(phase, AD_RULE_NUMBER(r, 0)), phase));
  }
  ad_array *du = moved(r->ctx, &left, in_u, image, p, inverse, NULL);
  turn = ad__spectral_turn(left.first, left.moved);
  if (turn) du = moved(r->ctx, &left, in_u, image, p, inverse, turn);
  ad_array *dv = moved(r->ctx, &right, in_v, m < n ? ad__linalg_hm(da, left.first) : NULL, ph, inverse, turn);
  ad_array *ds = ad__spectral_real_part(ad__spectral_diagonal(p));
  return ad_tuple(r->ctx, (ad_array *[]){du, ds, ad__linalg_h(dv)}, 3);
}

#define SVD_SAMPLES                                                                                                            \
  {"float32[3,3]", "", "normal"}, {"float64[2,4,3]", "", "normal"}, {"complex64[2,3]", "", "normal"},                          \
      {"complex128[2,1,3,3]", "", "normal"}, {"float64[3,4]", "", "normal"}, {"complex128[4,3]", "", "normal"},                \
      {"float16[2,2]", "", "normal"}, {"float64[0,2]", "", "normal"}, {"float32[0,3,2]", "", "normal"}, {"float64[1,1]", "", "normal"}
#define MATRIX_ERRORS {"float32[3]", "", AD_E_VALUE, "rank"}

/* Golub and Van Loan, Matrix Computations (2013), 8.6: with all vectors 4 m^2 n + 8 m n^2 + 9 n^3, values alone 4 m n^2 - 4 n^3 / 3. */
static double svd_work(const ad_rule *r) {
  double m = ad__work_dim(r->in[0], -2), n = ad__work_dim(r->in[0], -1), most = m < n ? n : m, least = m < n ? m : n;
  return ad__work_matrices(r->in[0]) * least * (4 * most * most + 8 * most * least + 9 * least * least);
}

const ad_op ad__op_linalg_svd = {
    AD_OP_HEAD(linalg_svd),
    .params = "a",
    .doc = "The singular value decomposition of each matrix (m, n) in the last two axes: unitary u (m, m), s (min(m, n)) in descending "
           "order, and unitary vh (n, n) with a = u diag(s) vh; with `reduced`, u and vh have min(m, n) columns and rows. In each column of "
           "u, and in what vh has besides, the first element of at least half the largest modulus is real and positive. bool and integers "
           "become float32; all is computed in double precision. A matrix with a NaN or an infinity gives NaN. Equal singular values do not "
           "turn into one another in the derivative, nor do the vectors of full matrices that belong to no value.",
    .example = "ad_array *s = ad_item(ad_linalg_svd(a, NULL), 1);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 3,
    AD_FIELDS(svd_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = svd_dtypes,
    .accepts = AD_ACCEPT_INEXACT,
    .dims = svd_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = svd_forward,
    .batch = ad__linalg_batch,
    .work = svd_work,
    AD_SPELLINGS({"numpy", "svd($0, @reduced)"}),
    AD_SAMPLES(SVD_SAMPLES, {"float64[5,2]", "reduced=true", "normal"}, {"complex128[2,5]", "reduced=true", "normal"},
               {"float32[2,0,3]", "reduced=true", "normal"}),
    AD_ERRORS(MATRIX_ERRORS),
};

static ad_array *svdvals_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_array *usv = ad_linalg_svd(r->in[0], &(ad_linalg_svd_opts){.reduced = true});
  ad_array *image = ad__linalg_mm(tangents[0], ad__linalg_h(ad_item(usv, 2)));
  return ad__spectral_real_part(ad__spectral_columns(ad_item(usv, 0), image));
}

static double svdvals_work(const ad_rule *r) {
  double m = ad__work_dim(r->in[0], -2), n = ad__work_dim(r->in[0], -1), most = m < n ? n : m, least = m < n ? m : n;
  return ad__work_matrices(r->in[0]) * 4 * least * least * (most - least / 3);
}

const ad_op ad__op_linalg_svdvals = {
    AD_OP_HEAD(linalg_svdvals),
    .params = "a",
    .doc = "The singular values, in descending order, of each matrix in the last two axes, as linalg_svd gives them.",
    .example = "ad_array *s = ad_linalg_svdvals(a);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 1,
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = svd_dtypes,
    .accepts = AD_ACCEPT_INEXACT,
    .dims = svdvals_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = svdvals_forward,
    .batch = ad__linalg_batch,
    .work = svdvals_work,
    AD_SPELLINGS({"numpy", "svd($0, True)[1]"}),
    AD_SAMPLES(SVD_SAMPLES),
    AD_ERRORS(MATRIX_ERRORS),
};

/* ---- pinv, matrix_rank ---- */

enum { RTOL };

static const ad_field rtol_fields[] = {
    {.name = "rtol", .kind = AD_FIELD_NUM,
     .doc = "singular values up to this part of the largest count as zero; absent: the larger dim times the distance of 1 to the next number"},
};

static double tolerance(const ad_rule *r) {
  int64_t m = ad_array_dim(r->in[0], -2), n = ad_array_dim(r->in[0], -1);
  if (r->attrs[RTOL].given) return r->attrs[RTOL].as.f[0];
  return (double)(m > n ? m : n) * ad__spectral_eps(ad__dtype_inexact(ad_array_dtype(r->in[0])));
}

static bool rtol_check(ad_rel *r) {
  const ad_attr *rtol = ad_rel_attr(r, RTOL);
  ad_dim m = ad_rel_get_dim(r, 0, -2), n = ad_rel_get_dim(r, 0, -1);
  if (rtol->given && !(rtol->as.f[0] >= 0)) return ad_rel_fail(r, AD_E_VALUE, "rtol %g; 0 or more is right", rtol->as.f[0]);
  bool symbolic = m != AD_DIM_UNKNOWN && n != AD_DIM_UNKNOWN && !(ad_dim_is_number(m) && ad_dim_is_number(n));
  if (!rtol->given && symbolic && !ad__dims_may_stay_open(r))
    return ad_rel_fail(r, AD_E_VALUE, "a matrix of symbolic dims and no rtol, which then follows from numbers; rtol is right");
  return true;
}

static ad_status pinv_dims(ad_rel *r) {
  int out = AD_REL_OUT(r, 0), slots[] = {0, out};
  if (!rtol_check(r) || !ad__dims_batch(r, 2, slots, (const int[]){2, 2})) return ad_rel_end(r, false);
  if (ad_rel_get_rank(r, 0) < 0) return ad_rel_end(r, true);
  return ad_rel_end(r, ad_rel_same_dim(r, 0, -2, out, -1) && ad_rel_same_dim(r, 0, -1, out, -2));
}

/* V diag(1/s) U^H without what counts as zero. */
static ad_array *pinv_compose(const ad_rule *r) {
  ad_array *usv = ad_linalg_svd(r->in[0], &(ad_linalg_svd_opts){.reduced = true}), *s = ad_item(usv, 1);
  ad_array *least = ad_multiply(ad__linalg_columns(s, 0, 1), AD_RULE_NUMBER(r, tolerance(r)));
  ad_array *inverse = ad__spectral_across(ad__spectral_inverse(s, least));
  return ad__linalg_mh(ad_multiply(ad__linalg_h(ad_item(usv, 2)), inverse), ad_item(usv, 0));
}

/* dP = - P dA P + P P^H dA^H (I - A P) + (I - P A) dA^H P^H P. */
static ad_array *pinv_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_array *a = r->in[0], *p = r->out, *da = tangents[0], *dh = ad__linalg_h(da);
  ad_array *sum = ad_negative(ad__linalg_mm(p, ad__linalg_mm(da, p)));
  ad_array *left = ad__linalg_mm(p, ad__linalg_hm(p, dh)), *right = ad__linalg_mm(ad__linalg_mh(dh, p), p);
  left = ad_subtract(left, ad__linalg_mm(ad__linalg_mm(left, a), p));
  right = ad_subtract(right, ad__linalg_mm(p, ad__linalg_mm(a, right)));
  return ad_add(sum, ad_add(left, right));
}

static const char *pinv_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  if (strcmp(target, "numpy") != 0) return NULL;
  ad__format(out, size, "pinv($0, %.17g)", tolerance(r));
  return out;
}

const ad_op ad__op_linalg_pinv = {
    AD_LINALG_HEAD(linalg_pinv, "a", 1, 1),
    .doc = "The pseudo-inverse (n, m) of each matrix (m, n) in the last two axes: v diag(1/s) u^H of its singular value decomposition, "
           "where singular values up to rtol times the largest count as zero and stay so. bool and integers become float32. A matrix with a "
           "NaN or an infinity gives NaN. The derivative is that among matrices of the same rank.",
    .example = "ad_array *p = ad_linalg_pinv(a, NULL);",
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(rtol_fields),
    .dims = pinv_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = pinv_forward,
    .compose = pinv_compose,
    .batch = ad__linalg_batch,
    .spell = pinv_spell,
    AD_SAMPLES({"float32[3,3]", "", "normal"}, {"float64[2,4,3]", "", "normal"}, {"complex128[2,3]", "rtol=1e-10", "normal"},
               {"complex64[3,2]", "", "normal"}, {"float64[0,2]", "", "normal"}, {"float32[2,3,0]", "", "normal"},
               {"float16[2,2]", "", "normal"}, {"float64[1,4]", "rtol=0", "normal"}),
    AD_ERRORS(MATRIX_ERRORS, {"float32[2,2]", "rtol=-1", AD_E_VALUE, "rtol -1; 0 or more is right"}),
};

static ad_status rank_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = ad__dtype_inexact(ad_array_dtype(r->in[0]));
  out[0] = AD_INT32;
  return AD_OK;
}

static ad_status rank_dims(ad_rel *r) {
  const int slots[] = {0, AD_REL_OUT(r, 0)};
  return ad_rel_end(r, rtol_check(r) && ad__dims_batch(r, 2, slots, (const int[]){2, 0}));
}

static ad_array *rank_compose(const ad_rule *r) {
  ad_array *s = ad_linalg_svdvals(r->in[0]), *least = ad_multiply(ad__linalg_columns(s, 0, 1), AD_RULE_NUMBER(r, tolerance(r)));
  return ad_sum(ad_cast(ad_greater(s, least), AD_INT32), &(ad_sum_opts){.axes = AD_AXES(-1)});
}

static const char *rank_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  if (strcmp(target, "numpy") != 0) return NULL;
  ad__format(out, size, "matrix_rank($0, %.17g)", tolerance(r));
  return out;
}

const ad_op ad__op_linalg_matrix_rank = {
    AD_OP_HEAD(linalg_matrix_rank),
    .params = "a",
    .doc = "How many singular values of each matrix in the last two axes are above rtol times the largest, as int32; 0 for a matrix with a "
           "NaN or an infinity.",
    .example = "ad_array *k = ad_linalg_matrix_rank(a, NULL);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(rtol_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = rank_dtypes,
    .accepts = AD_ACCEPT_INEXACT,
    .dims = rank_dims,
    AD_DERIVS(AD_NO_DERIV("the result is a count")),
    .compose = rank_compose,
    .batch = ad__linalg_batch,
    .spell = rank_spell,
    AD_SAMPLES({"float32[3,3]", "", "normal"}, {"float64[2,4,3]", "rtol=0.5", "normal"}, {"complex64[2,3]", "", "normal"},
               {"float64[0,2]", "", "normal"}, {"int32[2,3,2]", "", "small"}, {"float16[3,2]", "", "normal"}),
    AD_ERRORS(MATRIX_ERRORS, {"float32[2,2]", "rtol=-1", AD_E_VALUE, "rtol -1; 0 or more is right"}),
};
