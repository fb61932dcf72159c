/* Factorisations: what they are defined by, within rounding; matrices that have none; the messages that name them. */
#include <stdlib.h>
#include "shape_help.h"

static ad_ctx *ctx(void) { return ad_ctx_new(&(ad_ctx_opts){.threads = 2}); }

/* ---- Where it fails ---- */

TEST(cholesky_names_the_matrix) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  double data[6][4];
  for (int i = 0; i < 6; i++) data[i][0] = 2, data[i][1] = data[i][2] = 1, data[i][3] = 3;
  ad_array *good = ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 2, 2, 2), data);
  CHECK_INT(ad_eval(ad_linalg_cholesky(good, NULL)), AD_OK);
  data[4][3] = 0.25; /* its determinant is negative */
  data[5][0] = -1;
  ad_array *bad = ad_linalg_cholesky(ad_array_new(c, AD_FLOAT64, AD_SHAPE(3, 2, 2, 2), data), NULL);
  CHECK_INT(ad_eval(bad), AD_E_VALUE);
  CHECK_FAILS(bad, AD_E_VALUE, "linalg_cholesky: batch element (2, 0): its leading minor of order 2 is not positive; a positive definite matrix is right");
  bad = ad_linalg_cholesky(ad_array_new(c, AD_FLOAT64, AD_SHAPE(6, 2, 2), data), NULL);
  ad_eval(bad);
  CHECK_FAILS(bad, AD_E_VALUE, "linalg_cholesky: batch element (4,): its leading minor of order 2");
  data[0][0] = (double)NAN;
  bad = ad_linalg_cholesky(ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), data), NULL);
  ad_eval(bad);
  CHECK_FAILS(bad, AD_E_VALUE, "linalg_cholesky: its leading minor of order 1 is not positive");
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(a_triangle_with_a_zero) {
  ad_ctx *c = ctx();
  ad_scope *s = ad_scope_begin(c);
  const float data[2][4] = {{1, 9, 2, 4}, {1, 9, 2, 0}};
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2, 2), data), *b = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), (const float[]){3, 14});
  ad_array *x = ad_linalg_solve_triangular(a, b, NULL);
  ad_eval(x);
  CHECK_FAILS(x, AD_E_VALUE, "linalg_solve_triangular: batch element (1,): a 0 at (1, 1) of the matrix, which is singular; nonzero elements on the diagonal are right");
  CHECK_FLOATS(ad_linalg_solve_triangular(a, b, &(ad_linalg_solve_triangular_opts){.unit = true}), 3, 8, 3, 8);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(cholesky_names_the_matrix), CASE(a_triangle_with_a_zero))
