/* harness_ops.h: array operations as benchmark work: one table, one step.
 *
 * A step builds one operation on inputs that were evaluated before, closes its scope, evaluates, and drops the result, so
 * that the next step can take the same memory: what a program in its steady state does.
 * Invariant: inputs are filled once, with values that keep every operation in its ordinary range. */
#ifndef BENCH_HARNESS_OPS_H
#define BENCH_HARNESS_OPS_H

#include <adamant/adamant.h>
#include "harness.h"

enum { BENCH_INPUTS = 3 };

/* ROWS reduces axis 1, COLS axis 0, SQUARES multiplies matrices */
typedef enum bench_shape_of { BENCH_ELEMENTWISE, BENCH_ROWS, BENCH_COLS, BENCH_SQUARES } bench_shape_of;

typedef struct bench_op {
  const char *name;
  ad_array *(*make)(ad_array *const *in);
  bench_shape_of kind;
  ad_dtype in[BENCH_INPUTS]; /* AD_DTYPE_NONE: no more */
  ad_dtype out;
} bench_op;

extern const bench_op bench_ops[];
extern const size_t bench_op_count;
/* The op of that name; ends the program when there is none. */
const bench_op *bench_op_named(const char *name);

typedef struct bench_step {
  const bench_op *op;
  ad_ctx *ctx;
  ad_array *in[BENCH_INPUTS];
  bench_work work;
} bench_step;

/* Makes a context with that many threads and inputs of `elements` each: one axis for elementwise ops, two of about
 * equal length (powers of two) for the others. Ends the program when anything fails. */
void bench_step_open(bench_step *s, const bench_op *op, int threads, size_t elements);
void bench_step_close(bench_step *s);
/* Bytes one step reads and writes. */
size_t bench_step_bytes(const bench_op *op, size_t elements);
/* One step per repeat. */
bench_side bench_step_side(bench_step *s, double amount);

#endif
