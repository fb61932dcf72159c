/* Two threads are never slower than one: the least t1 / t2 over operations and sizes.
 *
 * The least of many medians is biased low by their scatter, so the sweep only finds candidates: the lowest ones
 * are measured again, and the least of the second measurements counts. The line names it. What a step takes also depends
 * on where its buffers happen to lie, and the two sides have buffers of their own; so a candidate is measured with several
 * placements, either side's made first in turn, and their median counts. */
#include <stdio.h>
#include <stdlib.h>
#include "harness_ops.h"

enum { CANDIDATES = 4, PLACEMENTS = 7 };
static const double NEED = 0.95;
static const size_t sizes[] = {1 << 6, 1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

typedef struct pair {
  const bench_op *op;
  size_t elements;
  bench_result result;
} pair;

typedef struct placement {
  bench_step step[2]; /* on one thread, on two */
} placement;

static bench_result measured(const pair *p, int first, placement *at) {
  bench_step_open(&at->step[first], p->op, first + 1, p->elements);
  bench_step_open(&at->step[!first], p->op, !first + 1, p->elements);
  return bench_compare("us", bench_step_side(&at->step[1], 1e6), bench_step_side(&at->step[0], 1e6));
}

static void leave(placement *at) {
  bench_step_close(&at->step[0]);
  bench_step_close(&at->step[1]);
}

static int by_ratio(const void *a, const void *b) {
  double x = ((const pair *)a)->result.ratio, y = ((const pair *)b)->result.ratio;
  return (x > y) - (x < y);
}

static int by_result(const void *a, const void *b) {
  double x = ((const bench_result *)a)->ratio, y = ((const bench_result *)b)->ratio;
  return (x > y) - (x < y);
}

static bench_result median_of_placements(const pair *p) {
  bench_result r[PLACEMENTS];
  placement at[PLACEMENTS]; /* kept, or the next would get the same memory again */
  for (int i = 0; i < PLACEMENTS; i++) r[i] = measured(p, i % 2, &at[i]);
  for (int i = 0; i < PLACEMENTS; i++) leave(&at[i]);
  qsort(r, PLACEMENTS, sizeof r[0], by_result);
  return r[PLACEMENTS / 2];
}

static void two_threads_worst(const bench_case *self) {
  size_t count = bench_op_count * SIZES;
  pair *pairs = malloc(count * sizeof *pairs);
  if (!pairs) exit(1);
  for (size_t i = 0; i < count; i++) {
    pairs[i] = (pair){.op = &bench_ops[i / SIZES], .elements = sizes[i % SIZES]};
    placement at;
    pairs[i].result = measured(&pairs[i], 0, &at);
    leave(&at);
    bench_log("%s %zu: %.3f us on one thread, %.3f us on two, %.3f", pairs[i].op->name, pairs[i].elements,
              pairs[i].result.reference_value, pairs[i].result.value, pairs[i].result.ratio);
  }
  qsort(pairs, count, sizeof *pairs, by_ratio);
  for (int i = 0; i < CANDIDATES; i++) pairs[i].result = median_of_placements(&pairs[i]);
  qsort(pairs, CANDIDATES, sizeof *pairs, by_ratio);
  char reference[64];
  snprintf(reference, sizeof reference, "one thread: %s of %zu", pairs[0].op->name, pairs[0].elements);
  bench_line(self->name, 2, "us", reference, pairs[0].result, NEED);
  free(pairs);
}

static const bench_case cases[] = {{"two_threads_worst", two_threads_worst, 0}};
BENCH_MAIN(cases)
