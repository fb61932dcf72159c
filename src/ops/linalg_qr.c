/* The QR factorisation.
 *
 * Its derivative exists where the leading columns of a are linearly independent (Walter and Lehmann, Algorithmic differentiation
 * of linear algebra functions with application in optimum experimental design, 2010, section 2; for wide matrices Roberts and
 * Roberts, QR and LQ decomposition matrix backpropagation algorithms, 2020). */
#include <string.h>
#include "ir/ctx.h"
#include "ir/node.h"
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

/* With X = dA R^-1 and C = Q^H X of the leading square part, Q^H dQ is skew and dR R^-1 upper triangular with a real
 * diagonal, so dR = W R with W the upper half of C + C^H, and dQ = X - Q W. Columns beside the square follow from both. */
static ad_array *qr_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_array *q = ad_item(r->out, Q), *t = ad_item(r->out, R), *da = tangents[0];
  int64_t m = ad_array_dim(da, -2), n = ad_array_dim(da, -1), k = m < n ? m : n;
  if (m > n && is_complete(&r->attrs[MODE]))
    return ad__scope_take(ad__node_errorf(r->ctx, r->out->where, r->op, AD_E_VALUE,
                                          "the derivative of a complete q of %lld rows and %lld columns; its last columns are "
                                          "arbitrary; the reduced one is right", (long long)m, (long long)n));
  ad_array *square = ad__linalg_columns(t, 0, k);
  ad_array *x = ad__linalg_triangular_right(ad__linalg_columns(da, 0, k), square, true, false);
  ad_array *c = ad__linalg_hm(q, x), *w = ad__linalg_h(ad__linalg_phi(ad_add(c, ad__linalg_h(c))));
  ad_array *dq = ad_subtract(x, ad__linalg_mm(q, w)), *dr = ad__linalg_mm(w, square);
  if (n > k) {
    ad_array *moved = ad_subtract(ad__linalg_columns(da, k, n), ad__linalg_mm(dq, ad__linalg_columns(t, k, n)));
    dr = ad_concatenate(r->ctx, (ad_array *[]){dr, ad__linalg_hm(q, moved)}, 2, &(ad_concatenate_opts){.axis = AD_INT(-1)});
  }
  return ad_tuple(r->ctx, (ad_array *[]){dq, dr}, 2);
}

const ad_op ad__op_linalg_qr = {
    AD_OP_HEAD(linalg_qr),
    .params = "a",
    .doc = "(q, r) with a = q r for each matrix in the last two axes: q has orthonormal columns, r is upper triangular with a real "
           "diagonal. By Householder's reflections, with the signs of LAPACK. What is not finite gives NaN. The derivative exists "
           "where the leading columns of a are linearly independent, and not for the complete q of more rows than columns, whose "
           "last columns are arbitrary.",
    .example = "ad_array *q = ad_item(ad_linalg_qr(a, NULL), 0);",
    .group = "linear algebra",
    .inputs = 1,
    .outputs = 2,
    AD_FIELDS(qr_fields),
    AD_LINALG_TYPES,
    .dims = qr_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = qr_forward,
    .batch = ad__linalg_batch,
    AD_SPELLINGS({"numpy", "qr($0, @mode)"}),
    AD_SAMPLES({"float64[3,3]", "", "normal"}, {"float32[2,3,5]", "", "normal"}, {"complex64[5,3]", "", "normal"},
               {"complex128[2,1,3,3]", "", "normal"}, {"float64[4,3]", "", "normal"}, {"complex128[3,4]", "mode=complete", "normal"},
               {"float16[3,3]", "", "normal"}, {"float32[0,3]", "", "normal"}, {"float64[2,0,0]", "", "normal"},
               {"float64[1,1]", "", "normal"}, {"complex128[4,2]", "", "normal"}),
    AD_ERRORS({"float32[3]", "", AD_E_VALUE, "rank"}, {"float32[3,3]", "mode=raw", AD_E_VALUE, "complete"}),
};
