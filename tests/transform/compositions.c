/* Every ordered pair and triple of grad, jvp, vmap, checkpoint and custom_function, over ten functions, two of them with loops.
 *
 * Each transform is made a map of functions from R^3 to R^3, in two ways: by the transform, and by a road round it (a gradient by
 * tangents along the axes, a tangent by cotangents, a batch by calls, the other two by nothing). Compositions of the ways
 * must agree. Finite differences of the composition inside judge the outermost derivative of the pairs. */
#include <adamant/adamant.h>
#include "check.h"

enum { N = 3, FUNCTIONS = 10, TRANSFORMS = 5 };

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }
#define CALLED(f, inputs) ad_fn_new(c, f, inputs, NULL)

/* ---- Ten functions ---- */

FUNCTION(products, ad_multiply(in[0], ad_sin(in[0])))
FUNCTION(mixed, ad_multiply(ad_exp(ad_multiply(in[0], ad_number(c, 0.3))), ad_sum(in[0], NULL)))
FUNCTION(softmaxed, ad_softmax(ad_multiply(in[0], in[0]), NULL))
FUNCTION(rows, ad_sum(ad_tanh(ad_multiply(ad_reshape(in[0], AD_SHAPE(3, 1)), ad_reshape(in[0], AD_SHAPE(1, 3)))), &(ad_sum_opts){.axes = AD_AXES(0)}))
FUNCTION(reversed, ad_divide(ad_flip(in[0], NULL), ad_add(ad_square(in[0]), ad_number(c, 1))))
FUNCTION(chosen, ad_where(ad_greater(in[0], ad_number(c, 0.5)), ad_power(in[0], ad_number(c, 3)), ad_cos(in[0])))
FUNCTION(gathered, ad_multiply(ad_cumsum(in[0], NULL), ad_log1p(ad_square(in[0]))))
FUNCTION(matrix, ad_reshape(ad_matmul(ad_reshape(ad_sin(in[0]), AD_SHAPE(1, 3)), ad_multiply(ad_reshape(in[0], AD_SHAPE(3, 1)), ad_reshape(ad_exp(ad_negative(in[0])), AD_SHAPE(1, 3))), NULL), AD_SHAPE(3)))
FUNCTION(not_far, ad_less(ad_sum(ad_square(in[0]), NULL), ad_number(c, 30)))
FUNCTION(further, ad_add(ad_multiply(in[0], ad_number(c, 1.25)), ad_multiply(ad_sin(in[0]), ad_number(c, 0.1))))
FUNCTION(looped, ad_while_loop(CALLED(not_far, 1), CALLED(further, 1), in[0]))
static ad_array *step(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *h = ad_tanh(ad_add(ad_multiply(in[0], ad_number(c, 0.7)), in[1]));
  return ad_tuple(c, ((ad_array *[]){h, ad_multiply(h, in[1])}), 2);
}
FUNCTION(scanned, ad_item(ad_scan(CALLED(step, 2), ad_mean(in[0], NULL), in[0], NULL), 1))

static const struct {
  const char *name;
  ad_function f;
} functions[FUNCTIONS] = {
    {"products", products}, {"mixed", mixed},   {"softmaxed", softmaxed}, {"rows", rows},     {"reversed", reversed},
    {"chosen", chosen},     {"gathered", gathered}, {"matrix", matrix},   {"looped", looped}, {"scanned", scanned},
};

/* ---- Transforms of them, and roads round ---- */

static ad_array *constant(ad_ctx *c, double a, double b, double d) {
  return ad_array_new(c, AD_FLOAT64, AD_SHAPE(N), (double[]){a, b, d});
}
static ad_array *direction(ad_ctx *c) { return constant(c, 0.5, -1, 0.25); }

static ad_array *summed(ad_ctx *c, ad_array *const *in, void *f) {
  (void)c;
  return ad_sum(ad_call((ad_fn *)f, in[0]), NULL);
}
static ad_array *grad_by(ad_ctx *c, ad_array *const *in, void *f) { return ad_call(ad_grad(ad_fn_new(c, summed, 1, f), NULL), in[0]); }
static ad_array *grad_round(ad_ctx *c, ad_array *const *in, void *f) {
  ad_array *columns[N];
  for (int i = 0; i < N; i++) {
    ad_array *axis = constant(c, i == 0, i == 1, i == 2);
    columns[i] = ad_sum(ad_item(ad_call(ad_jvp((ad_fn *)f), in[0], axis), 1), NULL);
  }
  return ad_stack(c, columns, N, NULL);
}
static ad_array *jvp_by(ad_ctx *c, ad_array *const *in, void *f) { return ad_item(ad_call(ad_jvp((ad_fn *)f), in[0], direction(c)), 1); }
static ad_array *jvp_round(ad_ctx *c, ad_array *const *in, void *f) {
  ad_array *rows_[N];
  for (int i = 0; i < N; i++) {
    ad_array *axis = constant(c, i == 0, i == 1, i == 2);
    ad_array *g = ad_item(ad_item(ad_call(ad_vjp((ad_fn *)f), in[0], axis), 1), 0);
    rows_[i] = ad_sum(ad_multiply(g, direction(c)), NULL);
  }
  return ad_stack(c, rows_, N, NULL);
}
/* f(x) + f(x / 2), as a batch or one by one. */
static ad_array *half(ad_ctx *c, ad_array *x) { return ad_multiply(x, ad_number(c, 0.5)); }
static ad_array *vmap_by(ad_ctx *c, ad_array *const *in, void *f) {
  ad_array *both = ad_stack(c, (ad_array *[]){in[0], half(c, in[0])}, 2, NULL);
  return ad_sum(ad_call(ad_vmap((ad_fn *)f, NULL), both), &(ad_sum_opts){.axes = AD_AXES(0)});
}
static ad_array *vmap_round(ad_ctx *c, ad_array *const *in, void *f) {
  return ad_add(ad_call((ad_fn *)f, in[0]), ad_call((ad_fn *)f, half(c, in[0])));
}
static ad_array *checkpoint_by(ad_ctx *c, ad_array *const *in, void *f) {
  (void)c;
  return ad_call(ad_checkpoint((ad_fn *)f), in[0]);
}
static ad_array *custom_vjp(ad_ctx *c, ad_array *const *in, void *f) {
  (void)c;
  return ad_item(ad_call(ad_vjp((ad_fn *)f), ad_item(in[0], 0), in[1]), 1);
}
static ad_array *custom_by(ad_ctx *c, ad_array *const *in, void *f) {
  ad_fn *rule = ad_fn_new(c, custom_vjp, 3, f);
  return ad_call(ad_custom_function((ad_fn *)f, &(ad_custom_opts){.vjp = rule}), in[0]);
}
static ad_array *itself(ad_ctx *c, ad_array *const *in, void *f) {
  (void)c;
  return ad_call((ad_fn *)f, in[0]);
}

static const struct {
  const char *name;
  ad_function by, round;
} transforms[TRANSFORMS] = {{"grad", grad_by, grad_round},
                            {"jvp", jvp_by, jvp_round},
                            {"vmap", vmap_by, vmap_round},
                            {"checkpoint", checkpoint_by, itself},
                            {"custom", custom_by, itself}};

/* ---- Comparing ---- */

static bool read3(ad_array *a, double *v) { return ad_read(a, v, N * sizeof *v) == AD_OK; }

static bool check_values(const char *what, ad_array *got, ad_array *want) {
  double a[N], b[N];
  if (!read3(got, a) || !read3(want, b)) {
    CHECK_FAIL("%s: %s", what, ad_is_error(got) ? ad_error_text(got) : ad_error_text(want));
    return false;
  }
  for (int i = 0; i < N; i++)
    if (!(fabs(a[i] - b[i]) <= 1e-9 * (1 + fabs(b[i])))) {
      CHECK_FAIL("%s: element %d is %.15g, not %.15g", what, i, a[i], b[i]);
      return false;
    }
  return true;
}

static const double point[N] = {0.7, -0.4, 1.3};

/* Transforms t[n-1] of ... of t[0] of function k. */
static void check_composition(int k, const int *t, int n) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_array *x = ad_array_new(c, AD_FLOAT64, AD_SHAPE(N), point);
  ad_fn *f = ad_fn_new(c, functions[k].f, 1, NULL), *g = f;
  char what[100];
  int at = snprintf(what, sizeof what, "%s", functions[k].name);
  for (int i = 0; i < n; i++) {
    f = ad_fn_new(c, transforms[t[i]].by, 1, f);
    g = ad_fn_new(c, transforms[t[i]].round, 1, g);
    at += snprintf(what + at, sizeof what - (size_t)at, " %s", transforms[t[i]].name);
  }
  check_values(what, ad_call(f, x), ad_call(g, x));
  ad_ctx_free(c);
}

TEST(pairs) {
  for (int k = 0; k < FUNCTIONS; k++)
    for (int a = 0; a < TRANSFORMS; a++)
      for (int b = 0; b < TRANSFORMS; b++) check_composition(k, (int[]){a, b}, 2);
}

TEST(triples) {
  for (int k = 0; k < FUNCTIONS; k++)
    for (int a = 0; a < TRANSFORMS; a++)
      for (int b = 0; b < TRANSFORMS; b++)
        for (int d = 0; d < TRANSFORMS; d++) check_composition(k, (int[]){a, b, d}, 3);
}

/* The tangent of each transform of each function, by differences. */
TEST(outermost_tangents_by_differences) {
  static const double h = 1e-5;
  for (int k = 0; k < FUNCTIONS; k++)
    for (int a = 0; a < TRANSFORMS; a++) {
      ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
      ad_array *x = ad_array_new(c, AD_FLOAT64, AD_SHAPE(N), point), *t = ad_multiply(direction(c), ad_number(c, h));
      ad_fn *f = ad_fn_new(c, transforms[a].by, 1, ad_fn_new(c, functions[k].f, 1, NULL));
      double up[N], down[N], got[N];
      if (!read3(ad_call(f, ad_add(x, t)), up) || !read3(ad_call(f, ad_subtract(x, t)), down) ||
          !read3(ad_call(ad_fn_new(c, jvp_by, 1, f), x), got))
        CHECK_FAIL("%s %s: failed", functions[k].name, transforms[a].name);
      else
        for (int i = 0; i < N; i++)
          if (!(fabs(got[i] - (up[i] - down[i]) / (2 * h)) <= 1e-6 * (1 + fabs(got[i]))))
            CHECK_FAIL("%s %s: element %d is %.9g, not %.9g", functions[k].name, transforms[a].name, i, got[i], (up[i] - down[i]) / (2 * h));
      ad_ctx_free(c);
    }
}

CHECK_MAIN(CASE(pairs), CASE(triples), CASE(outermost_tangents_by_differences))
