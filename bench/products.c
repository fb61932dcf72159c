/* Matrix products, through the eager API, against the machine's peak of fused multiply-adds, against reading the operand that
 * a product with few rows is bound by, or, of narrow elements, against the same product in float32. A step builds one product, closes its scope, evaluates, and drops the result. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "harness.h"

typedef struct product {
  int64_t batch, rows, depth, columns; /* batch 0: no such axis */
  int threads;
  bool against_read;
  double need;
} product;

typedef struct step {
  ad_ctx *ctx;
  ad_array *a, *b;
  ad_dtype sums; /* AD_DTYPE_NONE: those of the operands */
} step;

static void run_step(void *state) {
  step *s = state;
  ad_scope *outer = ad_scope_begin(s->ctx), *inner = ad_scope_begin(s->ctx);
  ad_array *y = ad_scope_end(inner, ad_matmul(s->a, s->b, &(ad_matmul_opts){.dtype = s->sums}));
  if (ad_eval(y) != AD_OK) {
    bench_log("%s", ad_error_text(y));
    exit(1);
  }
  ad_scope_end(outer, NULL);
}

/* Small multiples of 1/16, so that sums neither overflow nor vanish. */
static ad_array *operand(ad_ctx *c, int64_t batch, int64_t rows, int64_t columns) {
  size_t count = (size_t)((batch ? batch : 1) * rows * columns);
  float *data = malloc(count * sizeof *data);
  if (!data) exit(1);
  for (size_t i = 0; i < count; i++) data[i] = (float)((int)(i * 2654435761u >> 27) - 16) / 16;
  ad_array *a = batch ? ad_array_new(c, AD_FLOAT32, AD_SHAPE(batch, rows, columns), data)
                      : ad_array_new(c, AD_FLOAT32, AD_SHAPE(rows, columns), data);
  free(data);
  return a;
}

static void run(const bench_case *self) {
  const product *p = self->data;
  step s = {.ctx = ad_ctx_new(&(ad_ctx_opts){.threads = p->threads})};
  if (!s.ctx) exit(1);
  s.a = operand(s.ctx, p->batch, p->rows, p->depth);
  s.b = operand(s.ctx, p->batch, p->depth, p->columns);
  double items = p->batch ? (double)p->batch : 1, count = items * (double)p->depth * (double)p->columns;
  bench_work work = {run_step, &s};
  bench_side ours = {bench_repeat, &work, p->against_read ? 4e-9 * count : 2e-9 * count * (double)p->rows};
  const char *unit = p->against_read ? "GB/s" : "GFLOP/s";
  if (p->against_read) {
    bench_read *read = bench_read_new(ad_data(s.b), (size_t)count * sizeof(float), p->threads);
    bench_line(self->name, p->threads, unit, bench_read_name(read), bench_compare(unit, ours, bench_read_side(read)), p->need);
  } else {
    bench_line(self->name, p->threads, unit, "peak", bench_compare(unit, ours, bench_peak_side(p->threads)), p->need);
  }
  ad_ctx_free(s.ctx);
}

/* A square product of narrow elements, over the float32 one. */
typedef struct narrow {
  int64_t size;
  ad_dtype dtype, sums;
  double need;
} narrow;

static ad_array *narrowed(ad_ctx *c, int64_t n, ad_dtype dtype) {
  ad_scope *s = ad_scope_begin(c);
  ad_array *a = ad_cast(ad_multiply(operand(c, 0, n, n), ad_number(c, 16)), dtype);
  if (ad_eval(a) != AD_OK) exit(1);
  return ad_scope_end(s, a);
}

static void run_narrow(const bench_case *self) {
  const narrow *p = self->data;
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  if (!c) exit(1);
  step plain = {.ctx = c, .a = operand(c, 0, p->size, p->size), .b = operand(c, 0, p->size, p->size)};
  step s = {.ctx = c, .a = narrowed(c, p->size, p->dtype), .b = narrowed(c, p->size, p->dtype), .sums = p->sums};
  double amount = 2e-9 * (double)p->size * (double)p->size * (double)p->size;
  bench_work work = {run_step, &s}, plain_work = {run_step, &plain};
  bench_side ours = {bench_repeat, &work, amount}, reference = {bench_repeat, &plain_work, amount};
  bench_line(self->name, 1, "GFLOP/s", "float32, own", bench_compare("GFLOP/s", ours, reference), p->need);
  ad_ctx_free(c);
}

#define NARROW(name, ...) {name, run_narrow, &(const narrow){__VA_ARGS__}}
#define PRODUCT(name, ...) {name, run, &(const product){__VA_ARGS__}}
#define SQUARE(name, n, how_many, what) PRODUCT(name, 0, n, n, n, how_many, false, what)

static const bench_case cases[] = {
    SQUARE("sgemm_32", 32, 1, 0.65),        SQUARE("sgemm_64", 64, 1, 0.85),     SQUARE("sgemm_128", 128, 1, 0.92),
    SQUARE("sgemm_512", 512, 1, 0.92),      SQUARE("sgemm_1024", 1024, 1, 0.90), SQUARE("sgemm_4096", 4096, 1, 0.90),
    SQUARE("sgemm_512", 512, 2, 0.92),      SQUARE("sgemm_2048", 2048, 2, 0.90), SQUARE("sgemm_own_128", 128, 1, 0.82),
    SQUARE("sgemm_own_512", 512, 1, 0.82),  SQUARE("sgemm_own_1024", 1024, 1, 0.82), SQUARE("sgemm_own_4096", 4096, 1, 0.82),
    PRODUCT("sgemm_batched", 32, 512, 64, 512, 1, false, 0.80), PRODUCT("gemv_4096", 0, 1, 4096, 4096, 1, true, 0.90),
    PRODUCT("gemm_8x4096", 0, 8, 4096, 4096, 1, false, 0.55),
    NARROW("gemm_bf16_1024", 1024, AD_BFLOAT16, AD_DTYPE_NONE, 1.8), NARROW("gemm_int8_1024", 1024, AD_INT8, AD_INT32, 3.4),
};
BENCH_MAIN(cases)
