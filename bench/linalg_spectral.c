/* Eigenvalues and singular values of one random matrix, one thread, against NumPy with whatever LAPACK it has. */
#include <adamant/adamant.h>
#include <stdio.h>
#include <stdlib.h>
#include "harness.h"

typedef struct problem {
  ad_array *(*make)(ad_array *a);
  int64_t n;
  ad_dtype dtype;
  const char *statement;
} problem;

typedef struct step {
  const problem *p;
  ad_ctx *ctx;
  ad_array *a;
} step;

static ad_array *eigh(ad_array *a) { return ad_linalg_eigh(a, NULL); }
static ad_array *svd(ad_array *a) { return ad_linalg_svd(a, NULL); }
static ad_array *eig(ad_array *a) { return ad_linalg_eig(a); }

static void run_step(void *state) {
  step *s = state;
  ad_scope *scope = ad_scope_begin(s->ctx);
  ad_array *y = s->p->make(s->a);
  if (ad_eval(y) != AD_OK) {
    bench_log("%s", ad_error_text(y));
    exit(1);
  }
  ad_scope_end(scope, NULL);
}

/* A third of NumPy's rate is asked for. */
static void run(const bench_case *self) {
  const problem *p = self->data;
  char setup[160];
  step s = {.p = p, .ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1})};
  if (!s.ctx) exit(1);
  s.a = ad_random_normal(s.ctx, ad_random_key(s.ctx, 3), NULL, NULL, AD_SHAPE(p->n, p->n), &(ad_random_normal_opts){.dtype = p->dtype});
  if (ad_eval(s.a) != AD_OK) exit(1);
  bench_work work = {run_step, &s};
  snprintf(setup, sizeof setup, "a = numpy.random.default_rng(3).standard_normal((%d, %d)).astype('%s')", (int)p->n, (int)p->n,
           ad_dtype_name(p->dtype));
  bench_against_peer(self->name, 1, "us", (bench_side){bench_repeat, &work, 1e6}, "numpy", setup, p->statement, 1.0 / 3);
  ad_ctx_free(s.ctx);
}

#define PROBLEM(name, ...) {name, run, &(const problem){__VA_ARGS__}}
static const bench_case cases[] = {
    PROBLEM("eigh_256", eigh, 256, AD_FLOAT64, "numpy.linalg.eigh(a)"),
    PROBLEM("svd_256", svd, 256, AD_FLOAT64, "numpy.linalg.svd(a)"),
    PROBLEM("eig_128", eig, 128, AD_FLOAT64, "numpy.linalg.eig(a)"),
    PROBLEM("eigh_256_f32", eigh, 256, AD_FLOAT32, "numpy.linalg.eigh(a)"),
    PROBLEM("svd_256_f32", svd, 256, AD_FLOAT32, "numpy.linalg.svd(a)"),
};
BENCH_MAIN(cases)
