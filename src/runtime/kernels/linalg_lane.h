/* The matrix algorithms of one instruction set and element type, as functions over untyped memory, and their tables. Included by
 * linalg_set.h for each, hence no guard. */
#include "runtime/structural/linalg_rows.h"
#include "runtime/structural/linalg_triangular.h"
#include "runtime/structural/linalg_cholesky.h"
#include "runtime/structural/linalg_lu.h"
#include "runtime/structural/linalg_qr.h"

#define AD_LINALG_RESULT(name, result, params, args) \
  static result AD_LA(run_##name) params { return AD_LA(name) args; }
#define AD_LINALG_VOID(name, params, args) \
  static void AD_LA(run_##name) params { AD_LA(name) args; }
AD_LINALG_FUNCTIONS(AD_LINALG_RESULT, AD_LINALG_VOID)
#undef AD_LINALG_RESULT
#undef AD_LINALG_VOID

#define AD_LINALG_RESULT(name, result, params, args) .name = AD_LA(run_##name),
#define AD_LINALG_VOID(name, params, args) .name = AD_LA(run_##name),
static const ad_linalg_steps AD_LA(steps) = {AD_LINALG_FUNCTIONS(AD_LINALG_RESULT, AD_LINALG_VOID)};
#undef AD_LINALG_RESULT
#undef AD_LINALG_VOID

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
