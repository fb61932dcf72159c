/* eigh, eigvalsh, svd, svdvals, eig, eigvals: one matrix at a time, by the algorithms of structural/spectral*.h.
 *
 * A matrix that is not finite has NaN as its result, its neighbours in the batch theirs. Values that do not converge in 40 sweeps
 * each, which no matrix is known for, are an error that names the matrix. */
#include "base/str.h"
#include "runtime/linalg_batch.h"
#include "runtime/structural.h"
#include "runtime/structural/spectral_general.h"

typedef struct spectral_job {
  const ad_spectral_rows *rows;
  int64_t m, n;    /* of one matrix */
  int parts, wide; /* numbers in an element; they are doubles */
  int upper, vectors;
  int64_t room;    /* doubles, in front of the places */
} spectral_job;

static int64_t longest(const spectral_job *j) { return j->m > j->n ? j->m : j->n; }

static int64_t *places_of(const spectral_job *j, void *room) { return (int64_t *)(void *)((double *)room + j->room); }

static int64_t do_hermitian(ad_exec *x, const void *arg, char *const *at, void *room) {
  (void)x;
  const spectral_job *j = arg;
  return ad_eigh(j->rows, j->n, j->parts, j->wide, j->upper, at[0], at[1], j->vectors ? at[2] : NULL, room, places_of(j, room));
}

static int64_t do_svd(ad_exec *x, const void *arg, char *const *at, void *room) {
  (void)x;
  const spectral_job *j = arg;
  int v = j->vectors;
  return ad_svd(j->rows, j->m, j->n, j->parts, j->wide, v, at[0], v ? at[1] : NULL, v ? at[2] : at[1], v ? at[3] : NULL, room,
                places_of(j, room));
}

static int64_t do_general(ad_exec *x, const void *arg, char *const *at, void *room) {
  (void)x;
  const spectral_job *j = arg;
  return ad_eig(j->rows, j->n, j->parts, j->wide, j->vectors, at[0], at[1], j->vectors ? at[2] : NULL, room, places_of(j, room));
}

static void unconverged(const void *arg, int64_t code, char *out, size_t size) {
  const spectral_job *j = arg;
  ad__format(out, size, "a matrix of %lld by %lld; %lld of its values did not converge; one that differs by a rounding may be right",
             (long long)j->m, (long long)j->n, (long long)code);
}

static spectral_job job_of(const ad_exec *x, const ad_array *node) {
  const ad_type *t = node->in[0]->type;
  ad_dtype lane = ad__matrix_lane(t->dtype);
  bool pairs = ad_dtype_category(lane) == AD_CATEGORY_COMPLEX;
  return (spectral_job){.rows = x->kernels->spectral, .m = t->dims[t->rank - 2], .n = t->dims[t->rank - 1], .parts = pairs ? 2 : 1,
                        .wide = lane == AD_FLOAT64 || lane == AD_COMPLEX128};
}

/* axes: those of the outputs. */
static ad_status run(ad_exec *x, ad_array *node, const spectral_job *j, ad_matrix_fn fn, double factor, const signed char *axes) {
  double n = (double)longest(j), least = (double)(j->m < j->n ? j->m : j->n);
  ad_matrix_batch b = {.fn = fn, .arg = j, .room = (size_t)(j->room + 5 * longest(j)) * sizeof(double), .reason = unconverged,
                       .cost = 300 + factor * n * least * least * j->parts, .axes = {2, axes[0], axes[1], axes[2]}};
  return ad__matrices_run(x, node, &b);
}

static ad_status hermitian(ad_exec *x, ad_array *node, int vectors) {
  spectral_job j = job_of(x, node);
  j.vectors = vectors;
  j.upper = ad__attr(node, 0)->as.text[0] == 'U';
  j.room = ad_eigh_room(j.n, j.parts, vectors);
  return run(x, node, &j, do_hermitian, vectors ? 0.6 : 0.2, (const signed char[]){1, 2, 0});
}

static ad_status singular(ad_exec *x, ad_array *node, int vectors) {
  spectral_job j = job_of(x, node);
  j.vectors = vectors;
  j.room = ad_svd_room(j.m, j.n, j.parts, vectors);
  return run(x, node, &j, do_svd, vectors ? 1 : 0.3, vectors ? (const signed char[]){2, 1, 2} : (const signed char[]){1, 0, 0});
}

static ad_status general(ad_exec *x, ad_array *node, int vectors) {
  spectral_job j = job_of(x, node);
  j.vectors = vectors;
  j.room = ad_eig_room(j.n, j.parts, vectors);
  return run(x, node, &j, do_general, vectors ? 2 : 1, (const signed char[]){1, 2, 0});
}

ad_status ad__k_linalg_eigh(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, hermitian(x, node, 1); }
ad_status ad__k_linalg_eigvalsh(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, hermitian(x, node, 0); }
ad_status ad__k_linalg_svd(ad_exec *x, ad_array *node, uint32_t dying) {
  return (void)dying, singular(x, node, ad__attr(node, 0)->as.i ? 1 : 2);
}
ad_status ad__k_linalg_svdvals(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, singular(x, node, 0); }
ad_status ad__k_linalg_eig(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, general(x, node, 1); }
ad_status ad__k_linalg_eigvals(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, general(x, node, 0); }
