/* The QR factorisation.
 *
 * Its derivative exists where the leading columns of a are linearly independent (Walter and Lehmann, Algorithmic differentiation
 * of linear algebra functions with application in optimum experimental design, 2010, section 2; for wide matrices Roberts and
 * Roberts, QR and LQ decomposition matrix backpropagation algorithms, 2020). */
#include <string.h>
#include "ops/linalg_rules.h"

enum { MODE };
enum { Q, R };

static const ad_field qr_fields[] = {
    {.name = "mode", .kind = AD_FIELD_TEXT, .text = "reduced|complete",
     .doc = "how many columns q has: as many as the smaller side of a, or its rows"},
};

static bool is_complete(const ad_attr *mode) { return strcmp(mode->as.text, "complete") == 0; }

static ad_status qr_dims(ad_rel *r) {
  int q = AD_REL_OUT(r, Q), t = AD_REL_OUT(r, R), slots[] = {0, q, t};
  if (!ad__dims_batch(r, 3, slots, (const int[]){2, 2, 2})) return ad_rel_end(r, false);
  if (ad_rel_get_rank(r, 0) < 0) return ad_rel_end(r, true);
  bool ok = ad_rel_same_dim(r, 0, -2, q, -2) && ad_rel_same_dim(r, 0, -1, t, -1) && ad_rel_same_dim(r, q, -1, t, -2);
  if (ok && is_complete(ad_rel_attr(r, MODE)))
    return ad_rel_end(r, ad_rel_same_dim(r, 0, -2, q, -1) && ad_rel_same_dim(r, q, -1, t, -2));
  ad_dim least = ad__dims_least(r, 0, -2, -1);
  if (ok && least == AD_DIM_UNKNOWN) return ad_rel_end(r, ad_rel_later(r));
  return ad_rel_end(r, ok && ad_rel_dim(r, q, -1, least) && ad_rel_dim(r, t, -2, least));
}

/* The derivatives of the first k columns of q and rows of r, k the smaller side. With X = dA R^-1 and C = Q^H X of the leading
 * square part, Q^H dQ is skew and dR R^-1 upper triangular with a real diagonal, so dR = W R with W the upper half of C + C^H, and
 * dQ = X - Q W. Columns beside the square follow from both. */
static void reduced_forward(const ad_rule *r, ad_array *q, ad_array *t, ad_array *da, ad_array **dq, ad_array **dr) {
  int64_t m = ad_array_dim(da, -2), n = ad_array_dim(da, -1), k = m < n ? m : n;
  ad_array *square = ad__linalg_columns(t, 0, k);
  ad_array *x = ad__linalg_triangular_right(ad__linalg_columns(da, 0, k), square, true, false);
  ad_array *c = ad__linalg_hm(q, x), *w = ad__linalg_h(ad__linalg_phi(ad_add(c, ad__linalg_h(c))));
  *dq = ad_subtract(x, ad__linalg_mm(q, w));
  *dr = ad__linalg_mm(w, square);
  if (n == k) return;
  ad_array *moved = ad_subtract(ad__linalg_columns(da, k, n), ad__linalg_mm(*dq, ad__linalg_columns(t, k, n)));
  *dr = ad_concatenate(r->ctx, (ad_array *[]){*dr, ad__linalg_hm(q, moved)}, 2, &(ad_concatenate_opts){.axis = AD_INT(-1)});
}

/* 1, but -1 for columns that no reflection has touched, whose element on the diagonal is exactly 1. */
static ad_array *signs_of(const ad_rule *r, ad_array *q) {
  ad_array *diagonal = ad_diagonal(q, &(ad_diagonal_opts){.axis1 = AD_INT(-2), .axis2 = AD_INT(-1)});
  ad_array *still = ad_equal(diagonal, ad_number(r->ctx, 1));
  ad_array *signs = ad_where(still, ad_number(r->ctx, -1), ad_number(r->ctx, 1));
  return ad_cast(ad_expand_dims(signs, AD_AXES(-2)), ad_array_dtype(q));
}

/* The columns of a complete q behind the first k = n < m. A product of reflections is 1 - V T V^H, V of k columns; so with S the signs
 * that make each of them one, and W = Q1 S - 1 = -V T V1^H, they are (0; 1) + W W1^-H W2^H, W1 the first k rows of W and W2 the
 * others (Ballard et al., Reconstructing Householder vectors from tall-skinny QR, 2014, section 3). */
static ad_array *beside_forward(const ad_rule *r, ad_array *q, ad_array *dq) {
  int64_t m = ad_array_dim(q, -2), k = ad_array_dim(q, -1);
  ad_array *signs = signs_of(r, q), *dw = ad_multiply(dq, signs);
  ad_array *w = ad_subtract(ad_multiply(q, signs), ad_eye(r->ctx, m, &(ad_eye_opts){.m = AD_INT(k), .dtype = ad_array_dtype(q)}));
  ad_array *square = ad__linalg_h(ad__linalg_rows(w, 0, k));
  ad_array *g = ad_linalg_solve(square, ad__linalg_h(ad__linalg_rows(w, k, m)));
  ad_array *moved = ad_subtract(ad__linalg_h(ad__linalg_rows(dw, k, m)), ad__linalg_hm(ad__linalg_rows(dw, 0, k), g));
  return ad_add(ad__linalg_mm(dw, g), ad__linalg_mm(w, ad_linalg_solve(square, moved)));
}

static ad_array *qr_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_array *q = ad_item(r->out, Q), *t = ad_item(r->out, R), *da = tangents[0], *dq, *dr;
  int64_t m = ad_array_dim(da, -2), n = ad_array_dim(da, -1);
  bool beside = m > n && is_complete(&r->attrs[MODE]);
  if (beside) q = ad__linalg_columns(q, 0, n), t = ad__linalg_rows(t, 0, n);
  reduced_forward(r, q, t, da, &dq, &dr);
  if (beside) {
    ad_array *zeros = ad_zeros_like(ad__linalg_rows(ad_item(r->out, R), n, m), NULL);
    dr = ad_concatenate(r->ctx, (ad_array *[]){dr, zeros}, 2, &(ad_concatenate_opts){.axis = AD_INT(-2)});
    dq = ad_concatenate(r->ctx, (ad_array *[]){dq, beside_forward(r, q, dq)}, 2, &(ad_concatenate_opts){.axis = AD_INT(-1)});
  }
  return ad_tuple(r->ctx, (ad_array *[]){dq, dr}, 2);
}

/* The reflections, and their product: 2 n^2 (m - n/3) each for m >= n (Golub and Van Loan, Matrix Computations, 2013). */
static double qr_work(const ad_rule *r) {
  double m = ad__work_dim(r->in[0], -2), n = ad__work_dim(r->in[0], -1), k = m < n ? m : n, most = m < n ? n : m;
  return ad__work_matrices(r->in[0]) * 4 * k * k * (most - k / 3);
}

const ad_op ad__op_linalg_qr = {
    AD_LINALG_HEAD(linalg_qr, "a", 1, 2),
    .doc = "(q, r) with a = q r for each matrix in the last two axes: q has orthonormal columns, r is upper triangular with a real "
           "diagonal. By Householder's reflections, with the signs of LAPACK. What is not finite gives NaN. The derivative exists "
           "where the leading columns of a are linearly independent; that of the last columns of a complete q is how these reflections "
           "turn them, except that columns which need none, where q jumps by a sign, count as keeping theirs.",
    .example = "ad_array *q = ad_item(ad_linalg_qr(a, NULL), 0);",
    AD_FIELDS(qr_fields),
    .dims = qr_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = qr_forward,
    .batch = ad__linalg_batch,
    .work = qr_work,
    AD_SPELLINGS({"numpy", "qr($0, @mode)"}),
    AD_SAMPLES({"float64[3,3]", "", "normal"}, {"float32[2,3,5]", "", "normal"}, {"complex64[5,3]", "", "normal"},
               {"complex128[2,1,3,3]", "", "normal"}, {"float64[4,3]", "", "normal"}, {"complex128[3,4]", "mode=complete", "normal"},
               {"float64[4,2]", "mode=complete", "normal"}, {"complex128[2,4,3]", "mode=complete", "normal"},
               {"float64[3,1]", "mode=complete", "normal"}, {"float64[3,0]", "mode=complete", "normal"},
               {"float16[3,3]", "", "normal"}, {"float32[0,3]", "", "normal"}, {"float64[2,0,0]", "", "normal"},
               {"float64[1,1]", "", "normal"}, {"complex128[4,2]", "", "normal"}),
    AD_ERRORS({"float32[3]", "", AD_E_VALUE, "rank"}, {"float32[3,3]", "mode=raw", AD_E_VALUE, "complete"}),
};
