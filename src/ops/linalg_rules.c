/* Shapes, batching and small matrices for the ops of linear algebra; see linalg_rules.h. */
#include "ops/linalg_rules.h"

#include "ir/rel.h"

/* ---- Shapes ---- */

bool ad__dims_square(ad_rel *r, int slot) {
  return ad_rel_rank_at_least(r, slot, 2) && ad_rel_same_dim(r, slot, -2, slot, -1);
}

ad_status ad__dims_square_same(ad_rel *r) {
  return ad_rel_end(r, ad__dims_square(r, 0) && ad_rel_same(r, 0, AD_REL_OUT(r, 0)) && ad__dims_square(r, AD_REL_OUT(r, 0)));
}

ad_status ad__dims_solve(ad_rel *r) {
  int rank = ad_rel_get_rank(r, 1);
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  return ad_rel_end(r, ad__rel_line(r, rank == 1 ? "...nn,n->...n" : "...nn,...nk->...nk"));
}

bool ad__dims_batch(ad_rel *r, int n, const int *slots, const int *core) {
  int batch = -1;
  for (int i = 0; i < n; i++)
    if (ad_rel_get_rank(r, slots[i]) >= 0) batch = ad_rel_get_rank(r, slots[i]) - core[i];
  if (batch < 0)
    for (int i = 0; i < n; i++)
      if (!ad_rel_rank_at_least(r, slots[i], core[i])) return false;
  if (batch < 0) return ad_rel_later(r);
  for (int i = 0; i < n; i++)
    if (!ad_rel_rank(r, slots[i], batch + core[i])) return false;
  /* Twice, so that what later slots say reaches earlier ones. */
  for (int pass = 0; pass < 2; pass++)
    for (int i = 1; i < n; i++)
      for (int k = 0; k < batch; k++)
        if (!ad_rel_same_dim(r, slots[0], k, slots[i], k)) return false;
  return true;
}

ad_dim ad__dims_least(ad_rel *r, int slot, int axis_a, int axis_b) {
  ad_dim a = ad_rel_get_dim(r, slot, axis_a), b = ad_rel_get_dim(r, slot, axis_b);
  if (a == b) return a;
  if (a >= 0 && b >= 0) return a < b ? a : b;
  /* A symbol is 2 or more. */
  return a == 0 || a == 1 ? a : b == 0 || b == 1 ? b : AD_DIM_UNKNOWN;
}

/* ---- Batching ---- */

/* a, with its batch axis in front, and `more` batch axes of length 1 behind it. */
static ad_array *aligned(ad_array *a, int more) {
  int64_t axes[AD_MAX_RANK];
  for (int i = 0; i < more; i++) axes[i] = i + 1;
  return more ? ad_expand_dims(a, (ad_ints){true, more, axes}) : a;
}

ad_array *ad__linalg_batch(const ad_rule *r, const bool *batched, int64_t size) {
  ad_array *in[AD_INPUTS_ANY];
  int own[AD_INPUTS_ANY], most = 0;
  (void)size;
  for (int i = 0; i < r->n; i++) {
    own[i] = ad_array_rank(r->in[i]) - (batched[i] ? 1 : 0) - 2;
    if (own[i] > most) most = own[i];
  }
  for (int i = 0; i < r->n; i++) in[i] = batched[i] ? aligned(r->in[i], most - own[i]) : r->in[i];
  return ad_apply(r->ctx, NULL, r->op, in, r->n, r->attrs);
}

ad_array *ad__linalg_batch_solve(const ad_rule *r, const bool *batched, int64_t size) {
  if (ad_array_rank(r->in[1]) - (batched[1] ? 1 : 0) > 1) return ad__linalg_batch(r, batched, size);
  ad_array *column = ad_expand_dims(r->in[1], AD_AXES(-1)), *in[2] = {r->in[0], column};
  ad_rule matrices = *r;
  matrices.in = in;
  return ad_squeeze(ad__linalg_batch(&matrices, batched, size), &(ad_squeeze_opts){.axes = AD_AXES(-1)});
}

/* ---- Matrices ---- */

ad_array *ad__linalg_t(ad_array *a) { return ad_matrix_transpose(a); }

ad_array *ad__linalg_conj(ad_array *a) {
  return ad_dtype_category(ad_array_dtype(a)) == AD_CATEGORY_COMPLEX ? ad_conjugate(a) : a;
}

ad_array *ad__linalg_h(ad_array *a) { return ad__linalg_t(ad__linalg_conj(a)); }
ad_array *ad__linalg_mm(ad_array *a, ad_array *b) { return ad_matmul(a, b, NULL); }
ad_array *ad__linalg_hm(ad_array *a, ad_array *b) { return ad_matmul(ad__linalg_h(a), b, NULL); }
ad_array *ad__linalg_mh(ad_array *a, ad_array *b) { return ad_matmul(a, ad__linalg_h(b), NULL); }

ad_array *ad__linalg_phi(ad_array *a) {
  if (ad_is_error(a)) return a;
  ad_array *low = ad_tril(a, NULL), *strict = ad_tril(a, &(ad_tril_opts){.k = AD_INT(-1)});
  return ad_multiply(ad_add(low, strict), ad_number(ad_array_ctx(a), 0.5));
}

ad_array *ad__linalg_identity(ad_ctx *c, int64_t n, ad_dtype t) { return ad_identity(c, n, &(ad_identity_opts){.dtype = t}); }

/* Positions [from, to) of the axis that is `last` from the end. */
static ad_array *cut(ad_array *a, int last, int64_t from, int64_t to) {
  if (ad_is_error(a)) return a;
  ad_shape s = ad_array_shape(a);
  int64_t start[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK];
  for (int i = 0; i < s.rank; i++) stop[i] = s.dims[i];
  if (from == 0 && to == stop[s.rank - last]) return a;
  start[s.rank - last] = from;
  stop[s.rank - last] = to;
  return ad_strided_slice(a, (ad_ints){true, s.rank, start}, (ad_ints){true, s.rank, stop}, NULL);
}

ad_array *ad__linalg_columns(ad_array *a, int64_t from, int64_t to) { return cut(a, 1, from, to); }
ad_array *ad__linalg_rows(ad_array *a, int64_t from, int64_t to) { return cut(a, 2, from, to); }

ad_array *ad__linalg_triangular(ad_array *t, ad_array *b, bool upper, bool unit) {
  return ad_linalg_solve_triangular(t, b, &(ad_linalg_solve_triangular_opts){.upper = upper, .unit = unit});
}

ad_array *ad__linalg_triangular_right(ad_array *b, ad_array *t, bool upper, bool unit) {
  ad_linalg_solve_triangular_opts o = {.upper = upper, .unit = unit, .transpose = true};
  return ad__linalg_t(ad_linalg_solve_triangular(t, ad__linalg_t(b), &o));
}
