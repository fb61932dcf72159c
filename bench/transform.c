/* Transforms: what building a gradient costs per op, and what the gradient of a loop costs beside the loop. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "harness.h"

static const double MOST_MICROSECONDS = 2, MOST_FORWARD_MILLISECONDS = 100, NEED_OF_FORWARD = 0.33;
enum { SHORT = 10000, LONG = 200000, STEPS = 1000000 };

static void stop(const char *why) {
  bench_log("%s", why);
  exit(1);
}

/* ---- grad_build: y = sin(y x), over and over ---- */

typedef struct chain {
  ad_ctx *ctx;
  ad_array *x;
  int ops;
} chain;

static ad_array *long_expression(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c;
  ad_array *y = in[0];
  for (int i = 0; i < *(int *)user / 2; i++) y = ad_sin(ad_multiply(y, in[0]));
  return y;
}

/* Building the expression and its gradient; nothing is computed. */
static void build_gradient(void *state) {
  chain *k = state;
  ad_scope *s = ad_scope_begin(k->ctx);
  ad_array *g = ad_call(ad_grad(ad_fn_new(k->ctx, long_expression, 1, &k->ops), NULL), k->x);
  if (ad_is_error(g)) stop(ad_error_text(g));
  ad_scope_end(s, NULL);
}

static void grad_build(const bench_case *self) {
  chain k = {.ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1}), .ops = *(const int *)self->data};
  k.x = ad_array_new(k.ctx, AD_FLOAT32, ((ad_shape){0, NULL}), (float[]){0.5f});
  bench_work work = {build_gradient, &k};
  double best = 1e30;
  for (int i = 0; i < BENCH_PAIRS; i++) {
    double seconds = bench_repeat(&work, 1);
    if (seconds < best) best = seconds;
  }
  bench_line_bound(self->name, 1, "us", best * 1e6 / k.ops, MOST_MICROSECONDS);
  ad_ctx_free(k.ctx);
}

/* ---- while_grad: the logistic map, x = r x (1 - x) ---- */

typedef struct logistic {
  ad_ctx *ctx;
  ad_array *x, *r;
} logistic;

static ad_array *next(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *x = ad_item(in[0], 0), *i = ad_item(in[0], 1);
  ad_array *y = ad_multiply(ad_multiply(*(ad_array **)user, x), ad_subtract(ad_number(c, 1), x));
  return ad_tuple(c, ((ad_array *[]){y, ad_add(i, ad_number_int(c, 1))}), 2);
}
static ad_array *further(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_less(ad_item(in[0], 1), ad_number_int(c, STEPS));
}
static ad_array *iterate(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *r = in[1], *zero = ad_array_new(c, AD_INT32, ((ad_shape){0, NULL}), (int32_t[]){0});
  ad_array *state = ad_tuple(c, ((ad_array *[]){in[0], zero}), 2);
  return ad_item(ad_while_loop(ad_fn_new(c, further, 1, NULL), ad_fn_new(c, next, 1, &r), state), 0);
}

/* Its gradient needs the last state, so the loop comes before the gradient. */
static ad_array *squared(ad_ctx *c, ad_array *const *in, void *user) { return ad_square(iterate(c, in, user)); }

typedef enum what { FORWARD, GRADIENT, VALUE_AND_GRADIENT } what;

static void run(logistic *l, what w) {
  ad_scope *s = ad_scope_begin(l->ctx);
  ad_fn *f = ad_fn_new(l->ctx, w == VALUE_AND_GRADIENT ? squared : iterate, 2, NULL);
  const ad_grad_opts both = {.argnums = AD_AXES(0, 1)};
  if (w == GRADIENT) f = ad_grad(f, &both);
  if (w == VALUE_AND_GRADIENT) f = ad_value_and_grad(f, &both);
  ad_array *y = ad_call(f, l->x, l->r);
  if (ad_eval(y) != AD_OK) stop(ad_error_text(y));
  ad_scope_end(s, NULL);
}
static void run_forward(void *state) { run(state, FORWARD); }
static void run_gradient(void *state) { run(state, GRADIENT); }
static void run_both(void *state) { run(state, VALUE_AND_GRADIENT); }

static void while_grad(const bench_case *self) {
  logistic l = {.ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1})};
  l.x = ad_array_new(l.ctx, AD_FLOAT64, ((ad_shape){0, NULL}), (double[]){0.3});
  l.r = ad_array_new(l.ctx, AD_FLOAT64, ((ad_shape){0, NULL}), (double[]){3.9});
  bench_work forward = {run_forward, &l}, gradient = {self->data ? run_both : run_gradient, &l};
  bench_side ours = {bench_repeat, &gradient, 1e6}, reference = {bench_repeat, &forward, 1e6};
  bench_result r = bench_compare("us", ours, reference);
  bench_line(self->name, 1, "us", "forward", r, NEED_OF_FORWARD);
  if (!self->data) bench_line_bound("while_forward", 1, "us", r.reference_value, MOST_FORWARD_MILLISECONDS * 1e3);
  ad_ctx_free(l.ctx);
}

static const int short_ops = SHORT, long_ops = LONG;
static const bench_case cases[] = {{"grad_build_10k", grad_build, &short_ops}, {"grad_build_200k", grad_build, &long_ops}, {"while_grad", while_grad, 0},
                                   {"while_value_and_grad", while_grad, "both"}};
BENCH_MAIN(cases)
