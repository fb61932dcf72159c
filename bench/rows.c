/* Rows of 4096 float32, 16 M elements, one thread, against a copy that moves as many bytes. A step builds one op, closes its
 * scope, evaluates, and drops the result, so that the next step takes the same memory. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "harness.h"

enum { ROW = 4096, ROWS = 4096 };

typedef struct rows {
  ad_ctx *ctx;
  ad_array *x, *weight, *bias;
  ad_array *(*make)(const struct rows *r);
} rows;

typedef struct row_case {
  ad_array *(*make)(const rows *r);
  double need;
} row_case;

static ad_array *softmax(const rows *r) { return ad_softmax(r->x, &(ad_softmax_opts){.axes = AD_AXES(-1)}); }
static ad_array *layer_norm(const rows *r) { return ad_fast_layer_norm(r->x, r->weight, r->bias, 1e-5); }
static ad_array *rms_norm(const rows *r) { return ad_fast_rms_norm(r->x, r->weight, 1e-5); }

static void run_step(void *state) {
  rows *r = state;
  ad_scope *outer = ad_scope_begin(r->ctx), *inner = ad_scope_begin(r->ctx);
  ad_array *y = ad_scope_end(inner, r->make(r));
  if (ad_eval(y) != AD_OK) {
    bench_log("%s", ad_error_text(y));
    exit(1);
  }
  ad_scope_end(outer, NULL);
}

/* Numbers between -2 and 2 without a pattern. */
static ad_array *numbers(ad_ctx *c, ad_shape shape, size_t count) {
  float *data = malloc(count * sizeof *data);
  if (!data) exit(1);
  for (size_t i = 0; i < count; i++) data[i] = (float)((int)((uint32_t)i * 2654435761u >> 20) - 2048) / 1024;
  ad_array *a = ad_array_new(c, AD_FLOAT32, shape, data);
  free(data);
  return a;
}

static void run(const bench_case *self) {
  const row_case *what = self->data;
  rows r = {.ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1}), .make = what->make};
  if (!r.ctx) exit(1);
  r.x = numbers(r.ctx, AD_SHAPE(ROWS, ROW), (size_t)ROWS * ROW);
  r.weight = numbers(r.ctx, AD_SHAPE(ROW), ROW);
  r.bias = numbers(r.ctx, AD_SHAPE(ROW), ROW);
  size_t bytes = 2 * sizeof(float) * ROWS * ROW;
  bench_work work = {run_step, &r};
  bench_copy *copy = bench_copy_new(bytes, 1);
  bench_result result = bench_compare("GB/s", (bench_side){bench_repeat, &work, 1e-9 * (double)bytes}, bench_copy_side(copy));
  bench_line(self->name, 1, "GB/s", bench_copy_name(copy), result, what->need);
  bench_copy_free(copy);
  ad_ctx_free(r.ctx);
}

static const bench_case cases[] = {{"softmax_4096", run, &(const row_case){softmax, 0.50}},
                                   {"layer_norm_4096", run, &(const row_case){layer_norm, 0.62}},
                                   {"rms_norm_4096", run, &(const row_case){rms_norm, 0.62}}};
BENCH_MAIN(cases)
