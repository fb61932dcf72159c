/* Two threads are never slower than one: the least t1 / t2 over operations and sizes.
 *
 * The least of many medians is biased low by their scatter, so the sweep only finds candidates: the lowest ones
 * are measured again, and the least of the second measurements counts. The line names it. */
#include <stdio.h>
#include <stdlib.h>
#include "harness_ops.h"

enum { CANDIDATES = 4 };
static const double NEED = 0.95;
static const size_t sizes[] = {1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 24};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

typedef struct pair {
  const bench_op *op;
  size_t elements;
  bench_result result;
} pair;

static void measure(pair *p) {
  bench_step one, two;
  bench_step_open(&one, p->op, 1, p->elements);
  bench_step_open(&two, p->op, 2, p->elements);
  p->result = bench_compare("us", bench_step_side(&two, 1e6), bench_step_side(&one, 1e6));
  bench_step_close(&one);
  bench_step_close(&two);
}

static int by_ratio(const void *a, const void *b) {
  double x = ((const pair *)a)->result.ratio, y = ((const pair *)b)->result.ratio;
  return (x > y) - (x < y);
}

static void two_threads_worst(const bench_case *self) {
  size_t count = bench_op_count * SIZES;
  pair *pairs = malloc(count * sizeof *pairs);
  if (!pairs) exit(1);
  for (size_t i = 0; i < count; i++) {
    pairs[i] = (pair){.op = &bench_ops[i / SIZES], .elements = sizes[i % SIZES]};
    measure(&pairs[i]);
    bench_log("%s %zu: %.3f us on one thread, %.3f us on two, %.3f", pairs[i].op->name, pairs[i].elements,
              pairs[i].result.reference_value, pairs[i].result.value, pairs[i].result.ratio);
  }
  qsort(pairs, count, sizeof *pairs, by_ratio);
  for (int i = 0; i < CANDIDATES; i++) measure(&pairs[i]);
  qsort(pairs, CANDIDATES, sizeof *pairs, by_ratio);
  char reference[64];
  snprintf(reference, sizeof reference, "one thread: %s of %zu", pairs[0].op->name, pairs[0].elements);
  bench_line(self->name, 2, "us", reference, pairs[0].result, NEED);
  free(pairs);
}

static const bench_case cases[] = {{"two_threads_worst", two_threads_worst, 0}};
BENCH_MAIN(cases)
