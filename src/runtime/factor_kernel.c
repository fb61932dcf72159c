/* Factorisations of batches of matrices: what is told to linalg_batch.c for each op. */
#include "runtime/linalg_batch.h"
#include "runtime/structural.h"

/* What the kernel of one matrix is told. */
typedef struct factor {
  const ad_linalg_kernels *k;
  int64_t n;
  int flag; /* upper */
} factor;


/* ---- Cholesky ---- */

static int64_t cholesky_one(ad_exec *x, const void *arg, char *const *at, void *room) {
  const factor *f = arg;
  (void)x, (void)room;
  return f->k->cholesky(f->n, at[0], f->flag, at[1]);
}

static void cholesky_reason(const void *arg, int64_t minor, char *out, size_t size) {
  (void)arg;
  ad__format(out, size, "its leading minor of order %lld is not positive; a positive definite matrix is right", (long long)minor);
}

ad_status ad__k_linalg_cholesky(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_type *t = node->type;
  double n = (double)t->dims[t->rank - 1];
  factor f = {.k = ad__linalg_lane(x, t->dtype), .n = t->dims[t->rank - 1], .flag = ad__attr(node, 0)->as.i != 0};
  ad_matrix_batch b = {.fn = cholesky_one, .arg = &f, .cost = 20 + n * n * n / 10, .axes = {2, 2}, .reason = cholesky_reason};
  return ad__matrices_run(x, node, &b);
}
