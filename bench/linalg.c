/* Factorisations and systems of linear equations in float32, one thread, against NumPy (and the LAPACK it was built with).
 *
 * A step of ours is a whole eager call: build, evaluate, drop. NumPy has no LU of its own: lu_512 is compared with its inverse of
 * the same matrix, of which LU is a third. Nothing is asked for: the lines report. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include <stdio.h>
#include "harness.h"

typedef struct factor {
  ad_array *(*apply)(ad_array *a, ad_array *b);
  int64_t batch, n;
  const char *statement; /* NumPy's */
} factor;

typedef struct ours {
  const factor *f;
  ad_ctx *ctx;
  ad_array *a, *b;
} ours;

static ad_array *cholesky(ad_array *a, ad_array *b) { return (void)b, ad_linalg_cholesky(a, NULL); }
static ad_array *lu(ad_array *a, ad_array *b) { return (void)b, ad_item(ad_linalg_lu_factor(a), 0); }
static ad_array *qr(ad_array *a, ad_array *b) { return (void)b, ad_linalg_qr(a, NULL); }
static ad_array *solve(ad_array *a, ad_array *b) { return ad_linalg_solve(a, b); }

static void step(void *state) {
  ours *o = state;
  ad_scope *s = ad_scope_begin(o->ctx);
  ad_array *y = ad_scope_end(s, o->f->apply(o->a, o->b));
  if (ad_eval(y)) {
    bench_log("%s", ad_error_text(y));
    exit(1);
  }
  ad_drop(ad_own(y));
}

/* Symmetric, with a diagonal that makes them positive definite. */
static float *matrices(int64_t batch, int64_t n) {
  float *a = malloc((size_t)(batch * n * n) * sizeof *a);
  uint32_t g = 1;
  for (int64_t k = 0; a && k < batch; k++)
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j <= i; j++) {
        g = g * 1664525u + 1013904223u;
        float v = (float)(g >> 8) * 0x1p-24f - 0.5f + (i == j ? (float)n : 0);
        a[(k * n + i) * n + j] = a[(k * n + j) * n + i] = v;
      }
  return a;
}

static void run(const bench_case *self) {
  const factor *f = self->data;
  ours o = {.f = f, .ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1})};
  float *numbers = matrices(f->batch, f->n);
  if (!o.ctx || !numbers) exit(1);
  o.a = ad_array_new(o.ctx, AD_FLOAT32, AD_SHAPE(f->batch, f->n, f->n), numbers);
  o.b = ad_array_new(o.ctx, AD_FLOAT32, AD_SHAPE(f->batch, f->n, 1), numbers);
  char setup[512];
  int n = (int)f->n, batch = (int)f->batch;
  snprintf(setup, sizeof setup,
           "g = numpy.random.default_rng(1)\na = g.random((%d, %d, %d), dtype='float32') - numpy.float32(0.5)\n"
           "a = a + a.swapaxes(-1, -2) + %d * numpy.eye(%d, dtype='float32')\nb = a[..., :1].copy()",
           batch, n, n, n, n);
  bench_work work = {step, &o};
  bench_against_peer(self->name, 1, "us", (bench_side){bench_repeat, &work, 1e6}, "numpy", setup, f->statement, 0);
  ad_ctx_free(o.ctx);
  free(numbers);
}

#define FACTOR(name, apply, batch, n, statement) {name, run, &(const factor){apply, batch, n, statement}}
static const bench_case cases[] = {
    FACTOR("cholesky_512", cholesky, 1, 512, "numpy.linalg.cholesky(a)"), FACTOR("lu_512", lu, 1, 512, "numpy.linalg.inv(a)"),
    FACTOR("qr_512", qr, 1, 512, "numpy.linalg.qr(a[0])"), FACTOR("solve_64", solve, 100, 64, "numpy.linalg.solve(a, b)"),
    FACTOR("cholesky_16", cholesky, 1000, 16, "numpy.linalg.cholesky(a)")};
BENCH_MAIN(cases)
