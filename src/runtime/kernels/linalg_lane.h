/* The matrix algorithms of one instruction set and element type, as functions over untyped memory. Included by
 * linalg_set.h for each, hence no guard. */
#include "runtime/structural/linalg_rows.h"
#include "runtime/structural/linalg_triangular.h"
#include "runtime/structural/linalg_cholesky.h"
#include "runtime/structural/linalg_lu.h"
#include "runtime/structural/linalg_cofactor.h"
#include "runtime/structural/linalg_qr.h"

#define AD_LINALG_RESULT(name, result, params, args) \
  static result AD_LA(run_##name) params { return AD_LA(name) args; }
#define AD_LINALG_VOID(name, params, args) \
  static void AD_LA(run_##name) params { AD_LA(name) args; }
AD_LINALG_FUNCTIONS(AD_LINALG_RESULT, AD_LINALG_VOID)
#undef AD_LINALG_RESULT
#undef AD_LINALG_VOID

#undef AD_T
#undef AD_R
#undef AD_EL
#undef AD_LA
