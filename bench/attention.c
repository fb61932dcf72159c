/* Attention and its gradient: 8 heads of 64, causal, one thread, against the peak of fused multiply-adds, counting the two or five
 * products only where the mask leaves them; and how memory grows with the length. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "harness.h"

enum { HEADS = 8, WIDTH = 64 };

typedef struct attention {
  ad_ctx *ctx;
  ad_array *q, *k, *v, *rows; /* rows: the logarithms of sums, and sums of products, that a gradient is given */
  bool back;
} attention;

static void run_step(void *state) {
  attention *a = state;
  ad_scope *outer = ad_scope_begin(a->ctx), *inner = ad_scope_begin(a->ctx);
  ad_fast_scaled_dot_product_attention_opts opts = {.causal = true};
  ad_fast_scaled_dot_product_attention_grad_opts back_opts = {.causal = true};
  ad_array *y = a->back ? ad_fast_scaled_dot_product_attention_grad(a->q, a->q, a->k, a->v, a->rows, a->rows, NULL, NULL, 0.125, &back_opts)
                        : ad_fast_scaled_dot_product_attention(a->q, a->k, a->v, NULL, NULL, 0.125, &opts);
  y = ad_scope_end(inner, y);
  if (ad_eval(y) != AD_OK) {
    bench_log("%s", ad_error_text(y));
    exit(1);
  }
  ad_scope_end(outer, NULL);
}

static ad_array *numbers(ad_ctx *c, int64_t length, uint32_t seed) {
  size_t count = (size_t)(HEADS * WIDTH * length);
  float *data = malloc(count * sizeof *data);
  if (!data) exit(1);
  for (size_t i = 0; i < count; i++) data[i] = (float)((int)(((uint32_t)i + seed) * 2654435761u >> 20) - 2048) / 1024;
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(1, HEADS, length, WIDTH), data);
  free(data);
  return a;
}

static attention make(int64_t length) {
  attention a = {.ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1})};
  if (!a.ctx) exit(1);
  a.q = numbers(a.ctx, length, 1);
  a.k = numbers(a.ctx, length, 12345);
  a.v = numbers(a.ctx, length, 54321);
  a.rows = ad_full(ad_number(a.ctx, 10), AD_SHAPE(1, HEADS, length), NULL);
  return a;
}

static void run_speed(const bench_case *self) {
  double length = 1024, seen = length * (length + 1) / 2;
  attention a = make((int64_t)length);
  a.back = self->data != NULL;
  bench_work work = {run_step, &a};
  bench_side ours = {bench_repeat, &work, 1e-9 * HEADS * seen * 2 * WIDTH * (a.back ? 5 : 2)};
  bench_line(self->name, 1, "GFLOP/s", "peak", bench_compare("GFLOP/s", ours, bench_peak_side(1)), a.back ? 0 : 0.60);
  ad_ctx_free(a.ctx);
}

static double peak_bytes(int64_t length) {
  attention a = make(length);
  ad_ctx_reset_peak(a.ctx);
  run_step(&a);
  double bytes = (double)ad_ctx_memory(a.ctx).peak;
  ad_ctx_free(a.ctx);
  return bytes;
}

static void run_memory(const bench_case *self) {
  bench_line_bound(self->name, 1, "times the bytes at 1/8 of the length", peak_bytes(8192) / peak_bytes(1024), 8.5);
}

static const bench_case cases[] = {{"attention_1k", run_speed, 0}, {"attention_grad_1k", run_speed, "back"}, {"attention_mem", run_memory, 0}};
BENCH_MAIN(cases)
