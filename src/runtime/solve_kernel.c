/* Systems of linear equations: what is told to linalg_batch.c for each op. */
#include "runtime/linalg_batch.h"
#include "runtime/structural.h"

typedef struct linear_system {
  const ad_linalg_kernels *k;
  int64_t n, columns;
  ad_linalg_triangle form;
} linear_system;

static int64_t triangular_one(ad_exec *x, const void *arg, char *const *at, void *room) {
  const linear_system *s = arg;
  (void)x;
  return s->k->solve_triangular(s->n, s->columns, at[0], &s->form, at[1], at[2], room);
}

static void zero_reason(const void *arg, int64_t place, char *out, size_t size) {
  (void)arg;
  ad__format(out, size, "a 0 at (%lld, %lld) of the matrix, which is singular; nonzero elements on the diagonal are right",
             (long long)place - 1, (long long)place - 1);
}

ad_status ad__k_linalg_solve_triangular(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_type *a = node->in[0]->type, *b = node->in[1]->type;
  const ad_attr *at = node->attrs->at;
  signed char axes = b->rank == 1 ? 1 : 2;
  linear_system s = {.k = ad__linalg_lane(x, node->type->dtype), .n = a->dims[a->rank - 1], .columns = axes == 1 ? 1 : b->dims[b->rank - 1],
              .form = {at[0].as.i != 0, at[1].as.i != 0, at[2].as.i != 0, at[3].as.i != 0}};
  double n = (double)s.n;
  ad_matrix_batch m = {.fn = triangular_one, .arg = &s, .room = (size_t)(s.n * s.n) * ad_dtype_size(ad__matrix_lane(node->type->dtype)),
                       .cost = 20 + n * n * (1 + (double)s.columns / 5), .axes = {2, axes, axes}, .reason = zero_reason};
  return ad__matrices_run(x, node, &m);
}
