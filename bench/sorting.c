/* Sorting and selection of float32 numbers, one thread, against NumPy: one long sequence of 1 M, and as many in short rows.
 *
 * NumPy 1.24 sorts float32 by vectors where the processor has AVX-512. The largest of a sequence have no function of their
 * own there: partition is measured, and the last of it taken. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include <stdio.h>
#include "harness.h"

enum { ELEMENTS = 1 << 20, ROW = 256, LARGEST = 100 };

typedef ad_array *(*make_fn)(ad_array *x);

typedef struct sorting {
  make_fn make;
  int64_t rows;
  const char *statement; /* of NumPy, over x */
  double need;
} sorting;

typedef struct ours {
  ad_array *x;
  make_fn make;
} ours;

static ad_array *make_sort(ad_array *x) { return ad_sort(x, NULL); }
static ad_array *make_argsort(ad_array *x) { return ad_argsort(x, NULL); }

static ad_array *make_topk(ad_array *x) { return ad_topk(x, LARGEST, NULL); }

static void step(void *state) {
  ours *o = state;
  ad_scope *s = ad_scope_begin(ad_array_ctx(o->x));
  ad_array *y = ad_scope_end(s, o->make(o->x));
  if (ad_eval(y)) {
    bench_log("%s", ad_error_text(y));
    exit(1);
  }
  ad_drop(ad_own(y));
}

static void run(const bench_case *self) {
  const sorting *c = self->data;
  ad_ctx *ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  if (!ctx) exit(1);
  ad_array *key = ad_random_key(ctx, 1);
  ours o = {ad_random_normal(ctx, key, NULL, NULL, AD_SHAPE(c->rows, ELEMENTS / c->rows), NULL), c->make};
  char setup[200];
  snprintf(setup, sizeof setup, "x = numpy.random.default_rng(1).standard_normal((%d, %d), dtype='float32')", (int)c->rows,
           (int)(ELEMENTS / c->rows));
  bench_work work = {step, &o};
  if (ad_eval(o.x)) exit(1);
  bench_against_peer(self->name, 1, "Melement/s", (bench_side){bench_repeat, &work, 1e-6 * ELEMENTS}, "numpy", setup, c->statement,
                     c->need);
  ad_ctx_free(ctx);
}

#define SORTING(name, ...) {name, run, &(const sorting){__VA_ARGS__}}
static const bench_case cases[] = {
    SORTING("sort_1m", make_sort, 1, "numpy.sort(x)", 2),
    SORTING("argsort_1m", make_argsort, 1, "numpy.argsort(x)", 0),
    SORTING("topk_1m", make_topk, 1, "numpy.partition(x, (1 << 20) - 100)[:, -100:]", 0),
    SORTING("sort_rows", make_sort, ELEMENTS / ROW, "numpy.sort(x)", 0),
};
BENCH_MAIN(cases)
