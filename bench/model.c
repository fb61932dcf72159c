/* Models: building and compiling them, and what evaluating one costs beside the function it is.
 *
 * build_mlp_300: 300 blocks of Linear and Relu, each wired to the one before, compiled with an input shape and gradients.
 * build_gpt_48: a language model of 48 layers, 768 wide, 12 heads, of blocks, likewise.
 * chain_100k: 100,000 blocks built, compiled, evaluated and freed, and its peak of memory.
 * evaluate_overhead: ad_physical_evaluate of 100 small blocks beside a call of a compiled function of the same ops. */
#include <adamant/adamant.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "harness.h"

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void fail(const char *what) {
  bench_log("%s", what);
  exit(1);
}

/* ---- Building ---- */

static ad_model *mlp(ad_ctx *c, int layers) {
  ad_model *m = ad_model_new(c, "mlp");
  for (int i = 0; i < layers; i++) {
    ad_model_add(m, ad_block(c, "Linear", "dimension=16"), i ? NULL : "input=x");
    ad_model_add(m, ad_block(c, "Relu", NULL), NULL);
  }
  return m;
}

typedef struct built_model {
  ad_model *(*build)(ad_ctx *c);
  const char *shapes;
  double most; /* milliseconds */
} built_model;

static ad_model *mlp_300(ad_ctx *c) { return mlp(c, 300); }
static ad_model *gpt_48(ad_ctx *c) {
  ad_model *m = ad_model_new(c, "gpt"), *gpt = ad_block(c, "GPT", "dim=768, num_heads=12, num_layers=48, vocabulary=50257, context=1024");
  if (ad_model_error_code(gpt)) fail(ad_model_error_text(gpt));
  ad_model_add(m, gpt, "input=tokens");
  return m;
}
static const built_model mlp_case = {mlp_300, "x: 8, 16", 8}, gpt_case = {gpt_48, "tokens: 1, 128", 100};

static double build_and_compile(ad_ctx *c, const built_model *b, double *compiling) {
  double t = bench_now();
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = b->build(c);
  double built = bench_now();
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.shapes = b->shapes, .native = AD_NATIVE_OFF});
  if (ad_physical_error_code(p)) fail(ad_physical_error_text(p));
  double end = bench_now();
  *compiling = end - built;
  if (strstr(ad_physical_report(p), "when it is first called")) fail("gradients were not planned");
  ad_scope_end(s, NULL);
  return end - t;
}

static void run_build(const bench_case *self) {
  double all[BENCH_PAIRS], compiling[BENCH_PAIRS];
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  const built_model *b = self->data;
  build_and_compile(c, b, compiling); /* a warm process */
  for (int i = 0; i < BENCH_PAIRS; i++) all[i] = build_and_compile(c, b, &compiling[i]);
  qsort(all, BENCH_PAIRS, sizeof *all, by_size);
  qsort(compiling, BENCH_PAIRS, sizeof *all, by_size);
  bench_log("%.2f ms of it compiling", compiling[BENCH_PAIRS / 2] * 1e3);
  bench_line_bound(self->name, 1, "ms", all[BENCH_PAIRS / 2] * 1e3, b->most);
  ad_ctx_free(c);
}

/* ---- A long chain ---- */

static double peak_mb(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)u.ru_maxrss / 1024;
}

static void run_chain(const bench_case *self) {
  enum { BLOCKS = 100000 };
  char name[80];
  double before = peak_mb(), t = bench_now();
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_scope *s = ad_scope_begin(c);
  ad_model *m = ad_model_new(c, "chain");
  for (int i = 0; i < BLOCKS; i++) {
    ad_scope *inner = ad_scope_begin(c);
    ad_model_add(m, ad_block(c, "Relu", NULL), i ? NULL : "input=x");
    ad_scope_end(inner, NULL);
  }
  double built = bench_now();
  ad_physical *p = ad_model_compile(m, &(ad_physical_opts){.shapes = "x: 4"});
  double compiled = bench_now();
  const char *key = "x";
  ad_array *x = ad_ones(c, AD_SHAPE(4), NULL);
  ad_array *y = ad_physical_evaluate(p, NULL, ad_record(c, &key, &x, 1));
  float out[4] = {0};
  if (ad_is_error(y) || ad_read(ad_item(y, 0), out, sizeof out) || out[0] != 1) fail(ad_is_error(y) ? ad_error_text(y) : "a wrong result");
  double evaluated = bench_now();
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
  double end = bench_now();
  bench_log("build %.2f s, compile %.2f s, evaluate %.2f s, free %.2f s", built - t, compiled - built, evaluated - compiled, end - evaluated);
  bench_line_bound(self->name, 1, "s", end - t, 2);
  snprintf(name, sizeof name, "%s_memory", self->name);
  bench_line_bound(name, 1, "MB", peak_mb() - before, 300);
}

/* ---- Evaluating ---- */

typedef struct evaluation {
  ad_ctx *c;
  ad_physical *p;
  ad_array *data;
  ad_fn *fn;
} evaluation;

static ad_array *hundred(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  ad_array *y = ad_field(in[0], "x");
  for (int i = 0; i < 100; i++) y = ad_tanh(y);
  return y;
}

static double seconds_of(evaluation *e, bool bare) {
  enum { TIMES = 2000 };
  double t = bench_now();
  for (int i = 0; i < TIMES; i++) {
    ad_scope *s = ad_scope_begin(e->c);
    ad_array *y = bare ? ad_call(e->fn, e->data) : ad_physical_evaluate(e->p, NULL, e->data);
    if (ad_eval(y)) fail(ad_error_text(y));
    ad_scope_end(s, NULL);
  }
  return (bench_now() - t) / TIMES;
}

static void run_overhead(const bench_case *self) {
  double all[BENCH_PAIRS];
  evaluation e = {.c = ad_ctx_new(&(ad_ctx_opts){.threads = 1})};
  ad_scope *s = ad_scope_begin(e.c);
  ad_model *m = ad_model_new(e.c, "m");
  for (int i = 0; i < 100; i++) ad_model_add(m, ad_model_op(e.c, "tanh", NULL), i ? NULL : "a=x");
  e.p = ad_model_compile(m, &(ad_physical_opts){.shapes = "x: 8"});
  if (ad_physical_error_code(e.p)) fail(ad_physical_error_text(e.p));
  const char *key = "x";
  ad_array *x = ad_ones(e.c, AD_SHAPE(8), NULL);
  e.data = ad_record(e.c, &key, &x, 1);
  e.fn = ad_compile(ad_fn_new(e.c, hundred, 1, NULL), NULL);
  seconds_of(&e, true);
  seconds_of(&e, false);
  for (int i = 0; i < BENCH_PAIRS; i++) all[i] = seconds_of(&e, false) - seconds_of(&e, true);
  qsort(all, BENCH_PAIRS, sizeof *all, by_size);
  bench_line_bound(self->name, 1, "us", all[BENCH_PAIRS / 2] * 1e6, 5);
  ad_scope_end(s, NULL);
  ad_ctx_free(e.c);
}

static const bench_case cases[] = {{"build_mlp_300", run_build, &mlp_case}, {"build_gpt_48", run_build, &gpt_case}, {"chain_100k", run_chain, NULL}, {"evaluate_overhead", run_overhead, NULL}};
BENCH_MAIN(cases)
