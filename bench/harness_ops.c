/* The table of operations and how a step of one runs. */
#include "harness_ops.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define F32 AD_FLOAT32
#define NO AD_DTYPE_NONE

#define MAKE(name, call) static ad_array *name(ad_array *const *in) { return call; }
MAKE(make_add, ad_add(in[0], in[1]))
MAKE(make_mul, ad_multiply(in[0], in[1]))
MAKE(make_where, ad_where(in[0], in[1], in[2]))
MAKE(make_cast, ad_cast(in[0], AD_BFLOAT16))
MAKE(make_exp, ad_exp(in[0]))
MAKE(make_tanh, ad_tanh(in[0]))
MAKE(make_erf, ad_erf(in[0]))
MAKE(make_gelu, ad_gelu(in[0]))
MAKE(make_sigmoid, ad_sigmoid(in[0]))
MAKE(make_sum_rows, ad_sum(in[0], &(ad_sum_opts){.axes = AD_AXES(1)}))
MAKE(make_sum_cols, ad_sum(in[0], &(ad_sum_opts){.axes = AD_AXES(0)}))
MAKE(make_max_rows, ad_max(in[0], &(ad_max_opts){.axes = AD_AXES(1)}))
MAKE(make_argmax_rows, ad_argmax(in[0], &(ad_argmax_opts){.axis = AD_INT(1)}))
MAKE(make_matmul, ad_matmul(in[0], in[1], NULL))

const bench_op bench_ops[] = {
    {"add", make_add, BENCH_ELEMENTWISE, {F32, F32, NO}, F32},
    {"mul", make_mul, BENCH_ELEMENTWISE, {F32, F32, NO}, F32},
    {"where", make_where, BENCH_ELEMENTWISE, {AD_BOOL, F32, F32}, F32},
    {"cast", make_cast, BENCH_ELEMENTWISE, {F32, NO, NO}, AD_BFLOAT16},
    {"exp", make_exp, BENCH_ELEMENTWISE, {F32, NO, NO}, F32},
    {"tanh", make_tanh, BENCH_ELEMENTWISE, {F32, NO, NO}, F32},
    {"erf", make_erf, BENCH_ELEMENTWISE, {F32, NO, NO}, F32},
    {"gelu", make_gelu, BENCH_ELEMENTWISE, {F32, NO, NO}, F32},
    {"sigmoid", make_sigmoid, BENCH_ELEMENTWISE, {F32, NO, NO}, F32},
    {"add_bf16", make_add, BENCH_ELEMENTWISE, {AD_BFLOAT16, AD_BFLOAT16, NO}, AD_BFLOAT16},
    {"gelu_f16", make_gelu, BENCH_ELEMENTWISE, {AD_FLOAT16, NO, NO}, AD_FLOAT16},
    {"sum_rows", make_sum_rows, BENCH_ROWS, {F32, NO, NO}, F32},
    {"sum_cols", make_sum_cols, BENCH_COLS, {F32, NO, NO}, F32},
    {"max_rows", make_max_rows, BENCH_ROWS, {F32, NO, NO}, F32},
    {"argmax_rows", make_argmax_rows, BENCH_ROWS, {F32, NO, NO}, AD_UINT32},
    {"matmul", make_matmul, BENCH_SQUARES, {F32, F32, NO}, F32},
};
const size_t bench_op_count = sizeof bench_ops / sizeof bench_ops[0];

const bench_op *bench_op_named(const char *name) {
  for (size_t i = 0; i < bench_op_count; i++)
    if (strcmp(bench_ops[i].name, name) == 0) return &bench_ops[i];
  bench_log("there is no op \"%s\"", name);
  exit(1);
}

/* ---- inputs ---- */

static void must(ad_status status, const ad_array *a, const char *what) {
  if (status == AD_OK) return;
  bench_log("%s: %s", what, ad_error_text(a));
  exit(1);
}

/* Uniform in [-3, 3), by the 32-bit generator of Numerical Recipes (Press et al., section 7.1). */
static float next_value(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return (float)(*state >> 8) * (6.0f / 16777216.0f) - 3.0f;
}

static ad_shape shape_of(const bench_op *op, size_t elements, int64_t dims[2]) {
  dims[0] = (int64_t)elements;
  dims[1] = 1;
  if (op->kind == BENCH_ELEMENTWISE) return (ad_shape){1, dims};
  while (dims[1] < dims[0]) {
    dims[0] /= 2;
    dims[1] *= 2;
  }
  return (ad_shape){2, dims};
}

/* An evaluated array that the caller owns. */
static ad_array *make_input(ad_ctx *c, ad_dtype dtype, ad_shape shape, size_t elements, uint32_t seed) {
  float *values = malloc(elements * sizeof *values);
  if (!values) exit(1);
  for (size_t i = 0; i < elements; i++) {
    values[i] = next_value(&seed);
    if (dtype == AD_BOOL) values[i] = values[i] > 0;
  }
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, shape, values);
  if (dtype != AD_FLOAT32) x = ad_cast(x, dtype);
  must(ad_eval(x), x, "input");
  ad_keep(x);
  ad_scope_end(s, NULL);
  free(values);
  return x;
}

void bench_step_open(bench_step *s, const bench_op *op, int threads, size_t elements) {
  int64_t dims[2];
  memset(s, 0, sizeof *s);
  s->op = op;
  s->ctx = ad_ctx_new(&(ad_ctx_opts){.threads = threads});
  if (!s->ctx || ad_ctx_status(s->ctx) != AD_OK) {
    bench_log("no context: %s", s->ctx ? ad_ctx_error_text(s->ctx) : "out of memory");
    exit(1);
  }
  ad_shape shape = shape_of(op, elements, dims);
  for (int i = 0; i < BENCH_INPUTS && op->in[i] != AD_DTYPE_NONE; i++)
    s->in[i] = make_input(s->ctx, op->in[i], shape, elements, 1u + (uint32_t)i);
}

void bench_step_close(bench_step *s) {
  for (int i = 0; i < BENCH_INPUTS; i++) ad_drop(s->in[i]);
  ad_ctx_free(s->ctx);
}

size_t bench_step_bytes(const bench_op *op, size_t elements) {
  int64_t dims[2];
  size_t bytes = 0;
  for (int i = 0; i < BENCH_INPUTS && op->in[i] != AD_DTYPE_NONE; i++) bytes += elements * ad_dtype_size(op->in[i]);
  if (op->kind == BENCH_ELEMENTWISE || op->kind == BENCH_SQUARES) return bytes + elements * ad_dtype_size(op->out);
  shape_of(op, elements, dims);
  return bytes + (size_t)dims[op->kind == BENCH_COLS] * ad_dtype_size(op->out);
}

static void run_step(void *state) {
  bench_step *s = state;
  ad_scope *outer = ad_scope_begin(s->ctx), *inner = ad_scope_begin(s->ctx);
  ad_array *y = ad_scope_end(inner, s->op->make(s->in));
  must(ad_eval(y), y, s->op->name);
  ad_scope_end(outer, NULL);
}

bench_side bench_step_side(bench_step *s, double amount) {
  s->work = (bench_work){run_step, s};
  return (bench_side){bench_repeat, &s->work, amount};
}
