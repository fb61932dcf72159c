/* Linear algebra in C: loops over the batch around a call of the carried matrix algorithms.
 *
 * Each matrix is brought to a dense array of the type computed in; results go straight to the array they are written to, or,
 * where that holds half types, through one more. A matrix that has no result (the library makes that an error) gives NaN.
 * A new op needs a row here: how many axes a matrix of each operand takes, and the call. */
#include <math.h>
#include <string.h>
#include "emit/emit_c.h"
#include "ops/cofactor_room.h"
#include "ops/hadamard_order.h"

enum { MOST_OPERANDS = 12, COLUMNS = -1 /* two axes, or one where input 1 is one column */ };

typedef struct matrix_row {
  int op;
  signed char axes[MOST_OPERANDS]; /* of inputs, then outputs */
  /* Prints what is done to one matrix of each operand, whose dense arrays are named. */
  void (*call)(c_printer *p, const ad_array *a, const char *const *at);
} matrix_row;

/* ---- Calls ---- */

static const ad_type *tensor_type(const ad_array *a, int k) {
  return a->type->kind == AD_KIND_TENSOR ? a->type : a->type->members[k];
}

static int64_t dim_from_end(const ad_type *t, int i) { return t->dims[t->rank - i]; }

static const char *lane_of(const ad_array *a) { return ad__c_lane(ad__c_computed(tensor_type(a, 0)->dtype)); }

/* "if (CALL) ad_spoil_f32(9, out);" */
static void print_checked(c_printer *p, const ad_array *a, const char *call, int64_t count, const char *out) {
  ad__c_line(p, "if (%s) ad_spoil_%s(%lld, %s);", call, lane_of(a), (long long)count, out);
}

static const char *room_of(c_printer *p, const ad_array *a, int64_t count) {
  return ad__c_room(p, ad__c_type(ad__c_computed(tensor_type(a, 0)->dtype)), "room", count);
}

static void call_cholesky(c_printer *p, const ad_array *a, const char *const *at) {
  int64_t n = dim_from_end(a->type, 1);
  const char *call = ad__c_format(p, "ad_cholesky_%s(%lld, %s, %d, %s)", lane_of(a), (long long)n, at[0],
                                  (int)ad__attr(a, 0)->as.i, at[1]);
  print_checked(p, a, call, n * n, at[1]);
}

static void call_solve_triangular(c_printer *p, const ad_array *a, const char *const *at) {
  int64_t n = dim_from_end(ad__c_input(a, 0)->type, 1);
  int64_t columns = ad__c_input(a, 1)->type->rank == 1 ? 1 : dim_from_end(a->type, 1);
  const char *call = ad__c_format(
      p, "ad_solve_triangular_%s(%lld, %lld, %s, %d, %d, %d, %d, %s, %s, %s)", lane_of(a), (long long)n, (long long)columns,
      at[0], (int)ad__attr(a, 0)->as.i, (int)ad__attr(a, 1)->as.i, (int)ad__attr(a, 2)->as.i, (int)ad__attr(a, 3)->as.i, at[1],
      at[2], room_of(p, a, n * n));
  print_checked(p, a, call, n * columns, at[2]);
}

static const char *pivots_of(c_printer *p, int64_t count) {
  return ad__c_room(p, "uint32_t", "pivots", count);
}

static void call_lu_rows(c_printer *p, const ad_array *a, const char *const *at) {
  const ad_type *t = ad__c_input(a, 0)->type;
  ad__c_line(p, "ad_lu_rows_%s(%lld, %lld, %s, %s, %s, %s);", lane_of(a), (long long)dim_from_end(t, 2),
             (long long)dim_from_end(t, 1), at[0], at[1], at[2], at[3]);
}

static void call_solve(c_printer *p, const ad_array *a, const char *const *at) {
  int64_t n = dim_from_end(ad__c_input(a, 0)->type, 1);
  int64_t columns = ad__c_input(a, 1)->type->rank == 1 ? 1 : dim_from_end(a->type, 1);
  const char *call = ad__c_format(p, "ad_solve_%s(%lld, %lld, %s, %s, %s, %s, %s)", lane_of(a), (long long)n, (long long)columns, at[0],
                                  at[1], at[2], room_of(p, a, n * n), pivots_of(p, n));
  print_checked(p, a, call, n * columns, at[2]);
}

static void call_inv(c_printer *p, const ad_array *a, const char *const *at) {
  int64_t n = dim_from_end(a->type, 1);
  const char *call = ad__c_format(p, "ad_solve_%s(%lld, %lld, %s, 0, %s, %s, %s)", lane_of(a), (long long)n, (long long)n, at[0], at[1],
                                  room_of(p, a, n * n), pivots_of(p, n));
  print_checked(p, a, call, n * n, at[1]);
}

/* A block, so that the matrices live as long as the array that names them (c_arena.c). */
static void call_cofactor(c_printer *p, const ad_array *a, const char *const *at) {
  int64_t n = dim_from_end(a->type, 1);
  const char *matrices = ad__c_name(p, "matrices");
  ad_text list;
  ad__text_init(&list, p->body.mem);
  for (int i = 0; i < a->n; i++) ad__text_fmt(&list, i ? ", %s" : "%s", at[i]);
  ad__c_line(p, "{");
  p->depth++;
  ad__c_line(p, "const void *%s[%d] = {%s};", matrices, a->n, ad__c_keep(p, &list));
  ad__c_line(p, "ad_cofactors_%s(%lld, %d, %s, %s, %s, %s);", lane_of(a), (long long)n, a->n - 1, matrices, at[a->n],
             room_of(p, a, ad_cofactor_room(n, a->n - 1)), pivots_of(p, 2 * n));
  p->depth--;
  ad__c_line(p, "}");
}

static void call_qr(c_printer *p, const ad_array *a, const char *const *at) {
  const ad_type *t = ad__c_input(a, 0)->type;
  int64_t m = dim_from_end(t, 2), n = dim_from_end(t, 1);
  ad__c_line(p, "ad_qr_%s(%lld, %lld, %lld, %s, %s, %s, %s);", lane_of(a), (long long)m, (long long)n,
             (long long)dim_from_end(tensor_type(a, 0), 1), at[0], at[1], at[2], room_of(p, a, m * n + m + 2 * n));
}

/* In place, over a copy. */
static void call_hadamard(c_printer *p, const ad_array *a, const char *const *at) {
  int64_t n = dim_from_end(a->type, 1);
  const ad_attr *scale = ad__attr(a, 0);
  double factor = scale->given ? scale->as.f[0] : 1 / sqrt((double)n);
  const char *i = ad__c_name(p, "i"), *lane = lane_of(a);
  ad__c_line(p, "for (int %s = 0; %s < %lld; %s++) (%s)[%s] = (%s)[%s];", i, i, (long long)n, i, at[1], i, at[0], i);
  ad__c_line(p, "ad_hadamard_%s(%lld, %d, %s, %s);", lane, (long long)n, ad__hadamard_order(n), at[1],
             ad__c_format(p, "%.17g", factor));
}

static const matrix_row matrix_rows[] = {
    {AD_OP_hadamard_transform, {1, 1}, call_hadamard},
    {AD_OP_linalg_cholesky, {2, 2}, call_cholesky},
    {AD_OP_linalg_solve_triangular, {2, COLUMNS, COLUMNS}, call_solve_triangular},
    {AD_OP_linalg_eigh, {2, 1, 2}, ad__c_call_eigh},
    {AD_OP_linalg_eigvalsh, {2, 1}, ad__c_call_eigh},
    {AD_OP_linalg_eig, {2, 1, 2}, ad__c_call_eig},
    {AD_OP_linalg_eigvals, {2, 1}, ad__c_call_eig},
    {AD_OP_linalg_svd, {2, 2, 1, 2}, ad__c_call_svd},
    {AD_OP_linalg_svdvals, {2, 1}, ad__c_call_svd},
    {AD_OP_linalg_lu_rows, {2, 2, 1, 1}, call_lu_rows},
    {AD_OP_linalg_qr, {2, 2, 2}, call_qr},
    {AD_OP_linalg_solve, {2, COLUMNS, COLUMNS}, call_solve},
    {AD_OP_linalg_inv, {2, 2}, call_inv},
    {AD_OP_linalg_cofactor, {2, 2}, call_cofactor},
    {AD_OP_linalg_cofactor_along, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, call_cofactor},
};

/* ---- One op ---- */

/* An operand: its place, its type, and how many of its axes are the matrix. */
typedef struct side {
  const c_place *place;
  const ad_type *type;
  int axes;
} side;

static const matrix_row *row_of(const ad_array *a) {
  for (size_t i = 0; i < sizeof matrix_rows / sizeof matrix_rows[0]; i++)
    if (matrix_rows[i].op == a->op->id) return &matrix_rows[i];
  return NULL;
}

static int matrix_axes(const matrix_row *row, const ad_array *a, int k) {
  if (row->axes[k] != COLUMNS) return row->axes[k];
  return ad__c_input(a, 1)->type->rank == 1 ? 1 : 2;
}

/* Declares the arrays of an op's results. */
static void make_targets(c_printer *p, const ad_array *a) {
  if (a->type->kind == AD_KIND_TENSOR) {
    ad__c_target(p, a);
    return;
  }
  ad__c_members(p, a);
}

static side side_of(const c_printer *p, const matrix_row *row, const ad_array *a, int k) {
  if (k < a->n) {
    const ad_array *in = ad__c_input(a, k);
    return (side){&p->places[in->serial], in->type, matrix_axes(row, a, k)};
  }
  bool single = a->type->kind == AD_KIND_TENSOR;
  const c_place *place = single ? &p->places[a->serial] : &p->members[a->serial][k - a->n];
  return (side){place, tensor_type(a, k - a->n), matrix_axes(row, a, k)};
}

/* The operand's element for the indices of the batch, of which it may lack the first, and of its own matrix. */
static const char *element(c_printer *p, const side *s, int rank, const char *const *batch, const char *const *matrix) {
  const char *own[AD_MAX_RANK];
  int first = s->type->rank - s->axes;
  for (int i = 0; i < first; i++) own[i] = s->type->dims[i] == 1 ? "0" : batch[i + rank - first];
  for (int i = 0; i < s->axes; i++) own[first + i] = matrix ? matrix[i] : "0";
  return ad__c_element_of(p, s->place, s->type->dtype, s->type->rank, own);
}

/* Copies between the operand's matrix and a dense array of the type computed in. */
static void copy_matrix(c_printer *p, const side *s, int rank, const char *const *batch, const char *dense, bool back) {
  const char *index[2];
  c_place to = {.base = dense};
  ad_dtype t = s->type->dtype, lane = ad__c_computed(t);
  const int64_t *dims = s->type->dims + s->type->rank - s->axes;
  for (int i = s->axes - 1, step = 1; i >= 0; i--) to.strides[i] = step, step *= (int)dims[i];
  int opened = ad__c_open(p, s->axes, dims, index);
  const char *there = ad__c_element_of(p, &to, lane, s->axes, index), *here = element(p, s, rank, batch, index);
  if (back) ad__c_line(p, "%s = %s;", here, ad__c_cast(p, there, lane, t));
  else ad__c_line(p, "%s = %s;", there, ad__c_cast(p, here, t, lane));
  ad__c_close(p, opened);
}

static const char *dense_array(c_printer *p, const side *s, const char *wish) {
  int64_t count = 1;
  for (int i = s->type->rank - s->axes; i < s->type->rank; i++) count *= s->type->dims[i];
  return ad__c_room(p, ad__c_type(ad__c_computed(s->type->dtype)), wish, count);
}

static ad_status print_matrices(c_printer *p, const ad_array *a) {
  const matrix_row *row = row_of(a);
  int outputs = a->type->kind == AD_KIND_TENSOR ? 1 : a->type->rank, all = a->n + outputs;
  side sides[MOST_OPERANDS] = {{0}};
  const char *at[MOST_OPERANDS], *batch[AD_MAX_RANK];
  make_targets(p, a);
  if (p->body.failed) return AD_OK;
  for (int k = 0; k < all; k++) sides[k] = side_of(p, row, a, k);
  int rank = sides[a->n].type->rank - sides[a->n].axes;
  int opened = ad__c_open(p, rank, sides[a->n].type->dims, batch);
  for (int k = 0; k < all; k++) {
    bool direct = k >= a->n && ad__c_computed(sides[k].type->dtype) == sides[k].type->dtype;
    at[k] = direct ? ad__c_format(p, "&%s", element(p, &sides[k], rank, batch, NULL)) : dense_array(p, &sides[k], "matrix");
    if (k < a->n) copy_matrix(p, &sides[k], rank, batch, at[k], false);
  }
  row->call(p, a, at);
  for (int k = a->n; k < all; k++)
    if (at[k][0] != '&') copy_matrix(p, &sides[k], rank, batch, at[k], true);
  ad__c_close(p, opened);
  return AD_OK;
}

const c_row *ad__c_linalg_row(const ad_array *a) {
  static const c_row matrices = {0, NULL, print_matrices, false};
  if (a->op->id == AD_OP_item && !(ad__c_input(a, 0)->op->flags & AD_OP_HOLDS) && row_of(ad__c_input(a, 0))) return &ad__c_item_row;
  return row_of(a) ? &matrices : NULL;
}
