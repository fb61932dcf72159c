/* Reductions of a 4096 x 4096 float32 array, one thread, against reading the same buffer. */
#include "harness_ops.h"

enum { ELEMENTS = 1 << 24 };
static const double NEED = 0.80;

static void run(const bench_case *self) {
  const bench_op *op = bench_op_named(self->name);
  size_t bytes = ELEMENTS * sizeof(float);
  bench_step step;
  bench_step_open(&step, op, 1, ELEMENTS);
  bench_read *read = bench_read_new(ad_data(step.in[0]), bytes, 1);
  bench_result r = bench_compare("GB/s", bench_step_side(&step, 1e-9 * (double)bytes), bench_read_side(read));
  bench_line(self->name, 1, "GB/s", bench_read_name(read), r, NEED);
  bench_step_close(&step);
}

static const bench_case cases[] = {{"sum_rows", run, 0}, {"sum_cols", run, 0}, {"max_rows", run, 0}, {"argmax_rows", run, 0}};
BENCH_MAIN(cases)
