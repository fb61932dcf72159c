/* The matrix algorithms of one instruction set and element type, as functions over untyped memory. Included by linalg_set.h
 * for each, hence no guard. */
#include "runtime/structural/linalg_rows.h"
#include "runtime/structural/linalg_triangular.h"
#include "runtime/structural/linalg_cholesky.h"

static int64_t AD_LA(run_cholesky)(int64_t n, const void *a, int upper, void *out) {
  return AD_LA(cholesky)(n, a, upper, out);
}

static int64_t AD_LA(run_solve_triangular)(int64_t n, int64_t columns, const void *a, const ad_linalg_triangle *form, const void *b,
                                           void *out, void *room) {
  return AD_LA(solve_triangular)(n, columns, a, form->upper, form->transpose, form->conjugate, form->unit, b, out, room);
}

#undef AD_T
#undef AD_R
#undef AD_EL
#undef AD_LA
