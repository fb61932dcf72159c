/* The cost of one small operation: a chain of 1000 adds of 10 elements, built and evaluated once, per add. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "harness.h"

enum { CHAIN = 1000, ELEMENTS = 10 };
static const double MOST_MICROSECONDS = 0.07, NEED = 4;

typedef struct chain {
  ad_ctx *ctx;
  ad_array *x;
} chain;

static void run_chain(void *state) {
  chain *c = state;
  ad_scope *outer = ad_scope_begin(c->ctx), *inner = ad_scope_begin(c->ctx);
  ad_array *y = c->x;
  for (int i = 0; i < CHAIN; i++) y = ad_add(y, c->x);
  y = ad_scope_end(inner, y);
  if (ad_eval(y) != AD_OK) {
    bench_log("%s", ad_error_text(y));
    exit(1);
  }
  ad_scope_end(outer, NULL);
}

static void eager_add(const bench_case *self) {
  float values[ELEMENTS];
  for (int i = 0; i < ELEMENTS; i++) values[i] = (float)i;
  chain c = {.ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1})};
  if (!c.ctx) exit(1);
  ad_scope *s = ad_scope_begin(c.ctx);
  c.x = ad_array_new(c.ctx, AD_FLOAT32, AD_SHAPE(ELEMENTS), values);
  bench_work work = {run_chain, &c};
  bench_side ours = {bench_repeat, &work, 1e6 / CHAIN};
  double value = bench_against_peer(self->name, 1, "us", ours, "numpy", "x = numpy.arange(10, dtype='float32')",
                                    "y = x\nfor _ in range(1000): y = y + x", NEED);
  bench_line_bound(self->name, 1, "us", value, MOST_MICROSECONDS);
  ad_scope_end(s, NULL);
  ad_ctx_free(c.ctx);
}

static const bench_case cases[] = {{"eager_add", eager_add, 0}};
BENCH_MAIN(cases)
