/* Systems of linear equations: what is told to linalg_batch.c for each op. */
#include <string.h>
#include "ops/cofactor_room.h"
#include "runtime/linalg_blocked.h"
#include "runtime/structural.h"

typedef struct linear_system {
  ad_blocked w;
  int64_t n, columns;
  ad_linalg_triangle form;
} linear_system;

static int64_t triangular_one(ad_exec *x, const void *arg, char *const *at, void *room) {
  const linear_system *s = arg;
  const ad_linalg_kernels *k = s->w.k;
  if (!x) return k->solve_triangular(s->n, s->columns, at[0], &s->form, at[1], at[2], room);
  int64_t zero = s->form.unit ? 0 : k->triangle_check(s->n, at[0], s->n);
  if (zero) return zero;
  k->triangle_load(s->n, at[0], s->n, &s->form, room);
  memcpy(at[2], at[1], (size_t)(s->n * s->columns) * s->w.item);
  ad__blocked_triangle(&s->w, s->n, room, s->form.upper != s->form.transpose, s->form.unit, s->columns, at[2]);
  return 0;
}

static void zero_reason(const void *arg, int64_t place, char *out, size_t size) {
  (void)arg;
  ad__format(out, size, "a 0 at (%lld, %lld) of the matrix, which is singular; nonzero elements on the diagonal are right",
             (long long)place - 1, (long long)place - 1);
}

/* ---- Any square matrix ---- */

/* The room of one: its factors, then its pivots. */
static uint32_t *pivots_in(void *room, int64_t n, size_t item) { return (uint32_t *)(void *)((char *)room + (size_t)(n * n) * item); }

/* b NULL: the inverse. */
static int64_t solve_with(ad_exec *x, const linear_system *s, const void *a, const void *b, void *out, void *room) {
  uint32_t *pivots = pivots_in(room, s->n, s->w.item);
  if (x) return ad__blocked_solve(&s->w, s->n, s->columns, a, b, out, room, pivots);
  return s->w.k->solve(s->n, s->columns, a, b, out, room, pivots);
}

static int64_t solve_one(ad_exec *x, const void *arg, char *const *at, void *room) {
  return solve_with(x, arg, at[0], at[1], at[2], room);
}

static int64_t inv_one(ad_exec *x, const void *arg, char *const *at, void *room) {
  return solve_with(x, arg, at[0], NULL, at[1], room);
}

static void singular_reason(const void *arg, int64_t place, char *out, size_t size) {
  (void)arg;
  ad__format(out, size, "the matrix is singular: step %lld of its elimination finds no pivot; an invertible matrix is right",
             (long long)place);
}

/* The square matrices of input 0. */
static linear_system square_system(ad_exec *x, const ad_array *node) {
  const ad_type *a = node->in[0]->type;
  int64_t n = a->dims[a->rank - 1];
  return (linear_system){.w = ad__blocked_of(x, a->dtype), .n = n, .columns = n};
}

/* Right sides are matrices, or one column for all. */
static signed char columns_axes(const ad_array *node) { return node->in[1]->type->rank == 1 ? 1 : 2; }
static int64_t columns_of(const ad_array *node) {
  const ad_type *b = node->in[1]->type;
  return b->rank == 1 ? 1 : b->dims[b->rank - 1];
}

ad_status ad__k_linalg_solve_triangular(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_attr *at = node->attrs->at;
  signed char axes = columns_axes(node);
  linear_system s = square_system(x, node);
  s.columns = columns_of(node);
  s.form = (ad_linalg_triangle){at[0].as.i != 0, at[1].as.i != 0, at[2].as.i != 0, at[3].as.i != 0};
  double n = (double)s.n;
  ad_matrix_batch m = {.fn = triangular_one, .arg = &s, .alone = s.n >= AD_LINALG_LARGE,
                       .room = (size_t)(s.n * s.n) * s.w.item,
                       .cost = 20 + n * n * (1 + (double)s.columns / 5), .axes = {2, axes, axes}, .reason = zero_reason};
  return ad__matrices_run(x, node, &m);
}

ad_status ad__k_linalg_solve(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  signed char axes = columns_axes(node);
  linear_system s = square_system(x, node);
  s.columns = columns_of(node);
  double n = (double)s.n;
  ad_matrix_batch m = {.fn = solve_one, .arg = &s, .alone = s.n >= AD_LINALG_LARGE,
                       .room = (size_t)(s.n * s.n) * s.w.item + (size_t)s.n * sizeof(uint32_t),
                       .cost = 20 + n * n * (n / 8 + (double)s.columns / 5), .axes = {2, axes, axes}, .reason = singular_reason};
  return ad__matrices_run(x, node, &m);
}

ad_status ad__k_linalg_inv(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  linear_system s = square_system(x, node);
  double n = (double)s.n;
  ad_matrix_batch m = {.fn = inv_one, .arg = &s, .alone = s.n >= AD_LINALG_LARGE,
                       .room = (size_t)(s.n * s.n) * s.w.item + (size_t)s.n * sizeof(uint32_t),
                       .cost = 20 + n * n * n / 3, .axes = {2, 2}, .reason = singular_reason};
  return ad__matrices_run(x, node, &m);
}

/* ---- Cofactors, and their derivatives along the inputs behind the first ---- */

typedef struct cofactors {
  const ad_linalg_kernels *k;
  int64_t n;
  int directions;
  size_t bytes; /* of the room before the places */
} cofactors;

static int64_t cofactor_one(ad_exec *x, const void *arg, char *const *at, void *room) {
  const cofactors *f = arg;
  const void *matrices[1 + AD_COFACTOR_DIRECTIONS];
  (void)x;
  for (int i = 0; i <= f->directions; i++) matrices[i] = at[i];
  f->k->cofactors(f->n, f->directions, matrices, at[f->directions + 1], room, (uint32_t *)(void *)((char *)room + f->bytes));
  return 0;
}

ad_status ad__k_linalg_cofactor(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  linear_system s = square_system(x, node);
  cofactors f = {.k = s.w.k, .n = s.n, .directions = node->n - 1};
  int64_t room = ad_cofactor_room(s.n, f.directions);
  size_t bytes;
  if (room < 0 || !ad__mul_size((size_t)room, s.w.item, &f.bytes) ||
      !ad__add_size(f.bytes, 2 * (size_t)s.n * sizeof(uint32_t), &bytes))
    return ad__fail(&x->err, AD_E_MEMORY, "%lld rows and %d directions; out of memory", (long long)s.n, f.directions);
  double n = (double)s.n, planes = (double)((int64_t)1 << f.directions);
  ad_matrix_batch m = {.fn = cofactor_one, .arg = &f, .room = bytes, .cost = 20 + n * n * (n + planes * (f.directions * n / 8 + 1))};
  for (int i = 0; i <= node->n; i++) m.axes[i] = 2;
  return ad__matrices_run(x, node, &m);
}
