/* Factorisations of batches of matrices: what is told to linalg_batch.c for each op. */
#include <string.h>
#include "runtime/linalg_blocked.h"
#include "runtime/structural.h"

/* What the kernel of one matrix is told. */
typedef struct square {
  ad_blocked w;
  int64_t n;
  int upper;
} square;

/* ---- Cholesky ---- */

static int64_t cholesky_one(ad_exec *x, const void *arg, char *const *at, void *room) {
  const square *f = arg;
  (void)room;
  if (x) return ad__blocked_cholesky(&f->w, f->n, at[0], f->upper, at[1]);
  return f->w.k->cholesky(f->n, at[0], f->upper, at[1]);
}

static void cholesky_reason(const void *arg, int64_t minor, char *out, size_t size) {
  (void)arg;
  ad__format(out, size, "its leading minor of order %lld is not positive; a positive definite matrix is right", (long long)minor);
}

ad_status ad__k_linalg_cholesky(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_type *t = node->type;
  double n = (double)t->dims[t->rank - 1];
  square f = {.w = ad__blocked_of(x, t->dtype), .n = t->dims[t->rank - 1], .upper = ad__attr(node, 0)->as.i != 0};
  ad_matrix_batch b = {.fn = cholesky_one, .arg = &f, .alone = f.n >= AD_LINALG_LARGE,
                       .cost = 20 + n * n * n / 10, .axes = {2, 2}, .reason = cholesky_reason};
  return ad__matrices_run(x, node, &b);
}

/* ---- LU ---- */

typedef struct rectangle {
  ad_blocked w;
  int64_t rows, columns, kept; /* kept: columns of q */
} rectangle;

static rectangle rectangle_of(ad_exec *x, const ad_array *node) {
  const ad_type *t = node->in[0]->type;
  return (rectangle){.w = ad__blocked_of(x, t->dtype), .rows = t->dims[t->rank - 2], .columns = t->dims[t->rank - 1]};
}

static bool is_large(const rectangle *r) { return r->rows >= AD_LINALG_LARGE && r->columns >= AD_LINALG_LARGE; }

static int64_t lu_one(ad_exec *x, const void *arg, char *const *at, void *room) {
  const rectangle *r = arg;
  (void)room;
  uint32_t *pivots = (uint32_t *)(void *)at[2], *from = (uint32_t *)(void *)at[3];
  if (!x) {
    r->w.k->lu_rows(r->rows, r->columns, at[0], at[1], pivots, from);
    return 0;
  }
  memcpy(at[1], at[0], (size_t)(r->rows * r->columns) * r->w.item);
  ad__blocked_lu(&r->w, r->rows, r->columns, at[1], pivots);
  if (!x->err.code) r->w.k->lu_places(r->rows, r->rows < r->columns ? r->rows : r->columns, pivots, from);
  return 0;
}

ad_status ad__k_linalg_lu_rows(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  rectangle r = rectangle_of(x, node);
  double least = (double)(r.rows < r.columns ? r.rows : r.columns);
  ad_matrix_batch b = {.fn = lu_one, .arg = &r, .alone = is_large(&r),
                       .cost = 20 + (double)r.rows * (double)r.columns * least / 8, .axes = {2, 2, 1, 1}};
  return ad__matrices_run(x, node, &b);
}

/* ---- QR ---- */

static int64_t qr_one(ad_exec *x, const void *arg, char *const *at, void *room) {
  const rectangle *r = arg;
  if (x) ad__blocked_qr(&r->w, r->rows, r->columns, r->kept, at[0], at[1], at[2], room);
  else r->w.k->qr(r->rows, r->columns, r->kept, at[0], at[1], at[2], room);
  return 0;
}

ad_status ad__k_linalg_qr(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_type *q = node->type->members[0];
  rectangle r = rectangle_of(x, node);
  r.kept = q->dims[q->rank - 1];
  double least = (double)(r.rows < r.columns ? r.rows : r.columns);
  size_t numbers = is_large(&r) ? ad__blocked_qr_room(r.rows, r.columns, r.kept)
                                : (size_t)(r.rows * r.columns + r.rows + 2 * r.columns);
  ad_matrix_batch b = {.fn = qr_one, .arg = &r, .alone = is_large(&r), .room = numbers * r.w.item,
                       .cost = 20 + (double)r.rows * (double)(r.columns + r.kept) * least / 4, .axes = {2, 2, 2}};
  return ad__matrices_run(x, node, &b);
}
