/* Random numbers: 16 M float32 into memory of the step before, one thread, against NumPy's generator with `out=`. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "harness.h"

enum { ELEMENTS = 1 << 24 };
static const double NEED = 2;

typedef struct draw {
  ad_ctx *ctx;
  ad_array *key;
  bool normal;
} draw;

static void run_draw(void *state) {
  draw *d = state;
  ad_scope *s = ad_scope_begin(d->ctx);
  ad_shape shape = AD_SHAPE(ELEMENTS);
  ad_array *y = d->normal ? ad_random_normal(d->ctx, d->key, NULL, NULL, shape, NULL)
                          : ad_random_uniform(d->ctx, d->key, NULL, NULL, shape, NULL);
  if (ad_eval(y) != AD_OK) {
    bench_log("%s", ad_error_text(y));
    exit(1);
  }
  ad_scope_end(s, NULL);
}

static void run(const bench_case *self) {
  draw d = {.ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1}), .normal = self->data != NULL};
  if (!d.ctx) exit(1);
  d.key = ad_random_key(d.ctx, 1);
  bench_work work = {run_draw, &d};
  bench_against_peer(self->name, 1, "Mnumber/s", (bench_side){bench_repeat, &work, 1e-6 * ELEMENTS}, "numpy",
                     "g = numpy.random.default_rng(1)\nx = numpy.empty(1 << 24, dtype='float32')",
                     d.normal ? "g.standard_normal(dtype='float32', out=x)" : "g.random(dtype='float32', out=x)", NEED);
  ad_ctx_free(d.ctx);
}

static const bench_case cases[] = {{"uniform_16m", run, 0}, {"normal_16m", run, "normal"}};
BENCH_MAIN(cases)
