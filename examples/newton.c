/* Newton's method: the minimum of Rosenbrock's function from its gradient and its Hessian. */
#include <adamant/adamant.h>
#include <math.h>
#include <stdio.h>

/* (1 - x)^2 + 100 (y - x^2)^2, least at (1, 1): H. H. Rosenbrock, The Computer Journal 3 (1960). */
static ad_array *valley(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *x = ad_index(in[0], AD_AT(0)), *y = ad_index(in[0], AD_AT(1));
  ad_array *a = ad_square(ad_subtract(ad_number(c, 1), x)), *b = ad_square(ad_subtract(y, ad_square(x)));
  return ad_add(a, ad_multiply(b, ad_number(c, 100)));
}

int main(void) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = ad_fn_new(c, valley, 1, NULL), *gradient = ad_grad(f, NULL), *hessian = ad_hessian(f, NULL);
  double at[2] = {-1.2, 1}, g[2], h[4], steepest = 1;
  for (int k = 0; k < 20 && steepest > 1e-10; k++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *x = ad_array_new(c, AD_FLOAT64, AD_SHAPE(2), at);
    ad_array *dg = ad_call(gradient, x), *dh = ad_call(hessian, x);
    if (ad_read(dg, g, sizeof g) != AD_OK || ad_read(dh, h, sizeof h) != AD_OK) {
      fprintf(stderr, "%s\n", ad_error_text(ad_is_error(dg) ? dg : dh));
      return 1;
    }
    ad_scope_end(s, NULL);
    double det = h[0] * h[3] - h[1] * h[2];
    at[0] -= (h[3] * g[0] - h[1] * g[1]) / det;
    at[1] -= (h[0] * g[1] - h[2] * g[0]) / det;
    steepest = fmax(fabs(g[0]), fabs(g[1]));
    printf("step %d: (%.6f, %.6f), largest slope %.2e\n", k + 1, at[0], at[1], steepest);
  }
  ad_ctx_free(c);
  return fabs(at[0] - 1) < 1e-6 && fabs(at[1] - 1) < 1e-6 ? 0 : 1;
}
