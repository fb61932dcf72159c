/* What the ops of linear algebra share: dtypes, shapes, batching, and the matrices that their derivatives are made of.
 *
 * Matrices are the last two axes, what is before is a batch; all helpers work on batches. H is the conjugate transpose. */
#ifndef AD_OPS_LINALG_RULES_H
#define AD_OPS_LINALG_RULES_H

#include "ops/rules.h"
#include "ops/work_counts.h"

/* bool and integers become float32; half types stay, and are computed in float32. */
#define AD_LINALG_TYPES .dtype_rule = AD_TYPE_FLOAT, .accepts = AD_ACCEPT_INEXACT
/* What descriptors of linear algebra begin with: so many inputs, by these names, and results. */
#define AD_LINALG_HEAD(op, names, n, results) \
  AD_OP_HEAD(op), .params = names, .group = "linear algebra", .inputs = n, .outputs = results, AD_LINALG_TYPES

/* Slot is a batch of square matrices; and, as a whole relation, the result has its shape. */
bool ad__dims_square(ad_rel *r, int slot);
ad_status ad__dims_square_same(ad_rel *r);
/* The relation of op(a) x = b: a square, b of one axis is one right side for all of the batch. */
ad_status ad__dims_solve(ad_rel *r);

/* These n slots have one batch; core[i] axes of slots[i] come behind it. */
bool ad__dims_batch(ad_rel *r, int n, const int *slots, const int *core);
/* The smaller of two axes of a slot: unknown where it cannot be told. */
ad_dim ad__dims_least(ad_rel *r, int slot, int axis_a, int axis_b);

/* The batching rule of an op whose inputs are batches of matrices that broadcast; and of one with ad__dims_solve. */
ad_array *ad__linalg_batch(const ad_rule *r, const bool *batched, int64_t size);
ad_array *ad__linalg_batch_solve(const ad_rule *r, const bool *batched, int64_t size);

/* A^T, conj A, A^H, A B, A^H B, A B^H. */
ad_array *ad__linalg_t(ad_array *a);
ad_array *ad__linalg_conj(ad_array *a);
ad_array *ad__linalg_h(ad_array *a);
ad_array *ad__linalg_mm(ad_array *a, ad_array *b);
ad_array *ad__linalg_hm(ad_array *a, ad_array *b);
ad_array *ad__linalg_mh(ad_array *a, ad_array *b);
/* The lower triangle with half of the diagonal. */
ad_array *ad__linalg_phi(ad_array *a);
/* The identity of that size and dtype. */
ad_array *ad__linalg_identity(ad_ctx *c, int64_t n, ad_dtype t);

/* Columns (rows) [from, to) of the last two axes. */
ad_array *ad__linalg_columns(ad_array *a, int64_t from, int64_t to);
ad_array *ad__linalg_rows(ad_array *a, int64_t from, int64_t to);
/* t^-1 b and b t^-1 for the upper (lower) triangle of t; unit: its diagonal is ones. */
ad_array *ad__linalg_triangular(ad_array *t, ad_array *b, bool upper, bool unit);
ad_array *ad__linalg_triangular_right(ad_array *b, ad_array *t, bool upper, bool unit);

/* `cube` times the cube of n for each square matrix of the first input: what factorisations and spectra take (their counts
 * are those of Golub and Van Loan, Matrix Computations, 2013). */
static inline double ad__linalg_work(const ad_rule *r, double cube) {
  double n = ad__work_dim(r->in[0], -1);
  return cube * ad__work_matrices(r->in[0]) * n * n * n;
}

#endif
