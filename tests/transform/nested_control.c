/* Loops, scans and branches inside one another: first derivatives against differences, second derivatives one way against the other,
 * batches against single calls, checkpoints against none. The elements of a batch take different branches and numbers of steps. */
#include <adamant/adamant.h>
#include "check.h"

enum { N = 3, BATCH = 2 };

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }
#define FN(name, inputs) ad_fn_new(c, name, inputs, NULL)

static ad_array *cell(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *h = ad_tanh(ad_add(ad_multiply(in[0], *(ad_array **)user), in[1]));
  return ad_tuple(c, ((ad_array *[]){h, ad_multiply(h, in[1])}), 2);
}
static ad_array *scanned(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *x = in[0], *a = ad_mean(x, NULL), *r = ad_scan(ad_fn_new(c, cell, 2, &a), ad_sum(x, NULL), x, NULL);
  (void)user;
  return ad_add(ad_item(r, 1), ad_multiply(x, ad_number(c, 1.1)));
}
FUNCTION(moved, ad_add(in[0], ad_number(c, 0.37)))
FUNCTION(branching, ad_cond(ad_greater(ad_sum(in[0], NULL), ad_number(c, 1.5)), FN(scanned, 1), FN(moved, 1), AD_ARRAYS(in[0])))
FUNCTION(small, ad_less(ad_sum(ad_square(in[0]), NULL), ad_number(c, 40)))
FUNCTION(grown, ad_while_loop(FN(small, 1), FN(branching, 1), in[0]))
FUNCTION(branch_and_scan_in_loop, ad_sum(ad_sin(grown(c, in, user)), NULL))
FUNCTION(shrunk_and_grown, ad_while_loop(FN(small, 1), FN(branching, 1), ad_multiply(in[1], ad_add(ad_cast(in[0], AD_FLOAT64), ad_number(c, 0.2)))))
FUNCTION(loop_in_loop, ad_sum(ad_cos(ad_fori_loop(ad_number_int(c, 0), ad_number_int(c, 3), FN(shrunk_and_grown, 2), in[0])), NULL))

static const struct {
  const char *name;
  ad_function f;
} functions[] = {{"branch_and_scan_in_loop", branch_and_scan_in_loop}, {"loop_in_loop", loop_in_loop}};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

static const double points[BATCH][N] = {{0.3, -0.2, 0.45}, {1.2, 0.1, -0.4}};

static ad_array *point(ad_ctx *c, int b) { return ad_array_new(c, AD_FLOAT64, AD_SHAPE(N), points[b]); }

static void near(const char *name, const char *what, const double *got, const double *want, int n, double tolerance) {
  for (int i = 0; i < n; i++)
    if (!(fabs(got[i] - want[i]) <= tolerance * (1 + fabs(want[i])))) CHECK_FAIL("%s: %s: element %d is %.12g, not %.12g", name, what, i, got[i], want[i]);
}

static void read(const char *name, ad_array *a, double *v, int n) {
  if (ad_read(a, v, (size_t)n * sizeof *v) != AD_OK) CHECK_FAIL("%s: %s", name, ad_error_text(a));
}

TEST(first_derivatives) {
  for (int k = 0; k < FUNCTIONS; k++)
    for (int b = 0; b < BATCH; b++) {
      ad_ctx *c = ad_ctx_new(NULL);
      ad_fn *f = FN(functions[k].f, 1);
      double reverse[N] = {0}, forward[N] = {0}, again[N] = {0}, difference[N];
      read(functions[k].name, ad_call(ad_grad(f, NULL), point(c, b)), reverse, N);
      read(functions[k].name, ad_call(ad_jacfwd(f, NULL), point(c, b)), forward, N);
      read(functions[k].name, ad_call(ad_grad(ad_checkpoint(f), NULL), point(c, b)), again, N);
      for (int i = 0; i < N; i++) {
        double x[N], up = 0, down = 0, h = 1e-6;
        memcpy(x, points[b], sizeof x);
        x[i] += h;
        read(functions[k].name, ad_call(f, ad_array_new(c, AD_FLOAT64, AD_SHAPE(N), x)), &up, 1);
        x[i] -= 2 * h;
        read(functions[k].name, ad_call(f, ad_array_new(c, AD_FLOAT64, AD_SHAPE(N), x)), &down, 1);
        difference[i] = (up - down) / (2 * h);
      }
      near(functions[k].name, "reverse", reverse, difference, N, 1e-6);
      near(functions[k].name, "forward", forward, reverse, N, 1e-12);
      near(functions[k].name, "checkpoint", again, reverse, N, 1e-12);
      ad_ctx_free(c);
    }
}

TEST(second_derivatives_and_batches) {
  for (int k = 0; k < FUNCTIONS; k++) {
    ad_ctx *c = ad_ctx_new(NULL);
    ad_fn *f = FN(functions[k].f, 1), *h = ad_hessian(f, NULL);
    double both[BATCH * N * N] = {0}, gradients[BATCH * N] = {0}, one[N * N] = {0}, other[N * N] = {0}, g[N] = {0};
    ad_array *x = ad_array_new(c, AD_FLOAT64, AD_SHAPE(BATCH, N), points);
    read(functions[k].name, ad_call(ad_vmap(h, NULL), x), both, BATCH * N * N);
    read(functions[k].name, ad_call(ad_vmap(ad_grad(f, NULL), NULL), x), gradients, BATCH * N);
    for (int b = 0; b < BATCH; b++) {
      read(functions[k].name, ad_call(h, point(c, b)), one, N * N);
      read(functions[k].name, ad_call(ad_jacrev(ad_grad(f, NULL), NULL), point(c, b)), other, N * N);
      read(functions[k].name, ad_call(ad_grad(f, NULL), point(c, b)), g, N);
      near(functions[k].name, "reverse over reverse", other, one, N * N, 1e-10);
      near(functions[k].name, "batched Hessian", both + b * N * N, one, N * N, 1e-10);
      near(functions[k].name, "batched gradient", gradients + b * N, g, N, 1e-12);
    }
    ad_ctx_free(c);
  }
}

CHECK_MAIN(CASE(first_derivatives), CASE(second_derivatives_and_batches))
