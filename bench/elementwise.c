/* Elementwise operations on 16M elements, one thread, against copying as many bytes.
 *
 * The bytes of a case are those of its inputs and its output: 192 MiB for add (two read, one written). The reference
 * copies half as many, which reads and writes the same number in all. The rate of both is bytes read and
 * written per second; write-allocate traffic is counted for neither, and both may avoid it.
 * The output is dropped before the next step and so reused: after the warm-up no page fault may happen and the memory
 * source may not be asked again; both are lines of their own. */
#include "harness_ops.h"

enum { ELEMENTS = 1 << 24 };

typedef struct elementwise {
  const char *op;
  double need;
} elementwise;

static void run(const bench_case *self) {
  const elementwise *e = self->data;
  const bench_op *op = bench_op_named(e->op);
  size_t bytes = bench_step_bytes(op, ELEMENTS);
  bench_step step;
  bench_step_open(&step, op, 1, ELEMENTS);
  bench_copy *copy = bench_copy_new(bytes, 1);
  bench_side ours = bench_step_side(&step, 1e-9 * (double)bytes);
  ours.run(ours.state, 2);
  uint64_t asked = ad_ctx_memory(step.ctx).source_calls;
  bench_result r = bench_compare("GB/s", ours, bench_copy_side(copy));
  bench_line(self->name, 1, "GB/s", bench_copy_name(copy), r, e->need);
  bench_line_zero(self->name, 1, "page faults", r.faults);
  bench_line_zero(self->name, 1, "source calls", (long)(ad_ctx_memory(step.ctx).source_calls - asked));
  bench_copy_free(copy);
  bench_step_close(&step);
}

#define ELEMENTWISE(name, need) {#name "_16m", run, &(const elementwise){#name, need}}

static const bench_case cases[] = {
    ELEMENTWISE(add, 0.85),      ELEMENTWISE(mul, 0.85),      ELEMENTWISE(where, 0.85), ELEMENTWISE(cast, 0.85),
    ELEMENTWISE(exp, 0.65),      ELEMENTWISE(tanh, 0.65),     ELEMENTWISE(erf, 0.65),   ELEMENTWISE(gelu, 0.65),
    ELEMENTWISE(sigmoid, 0.65),  ELEMENTWISE(add_bf16, 0.60), ELEMENTWISE(gelu_f16, 0.60)};
BENCH_MAIN(cases)
