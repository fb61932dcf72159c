/* What the machine itself reaches: the references of all other benchmarks, against each other.
 *
 * Nothing is judged here. The figures tell whether the references can be believed (peak = clock x lanes x 2 x units,
 * copy close to what the memory's data sheet leaves one core) and in which state the machine is. */
#include "harness.h"

enum { MIB = 1 << 20 };

static void peak(const bench_case *self) {
  for (int threads = 1; threads <= 2; threads++) {
    bench_side one = bench_peak_side(1);
    bench_line(self->name, threads, "GFLOP/s", "peak of one thread", bench_compare("GFLOP/s", bench_peak_side(threads), one), 0);
  }
}

static void copy(const bench_case *self) {
  for (int threads = 1; threads <= 2; threads++) {
    bench_copy *small = bench_copy_new(128 * MIB, 1), *c = bench_copy_new(192 * MIB, threads);
    bench_log("%s, %d threads, 192 MiB: %s", self->name, threads, bench_copy_name(c));
    bench_line(self->name, threads, "GB/s", bench_copy_name(small),
               bench_compare("GB/s", bench_copy_side(c), bench_copy_side(small)), 0);
  }
}

static void read_(const bench_case *self) {
  void *data = bench_pages(64 * MIB + 4096);
  for (int threads = 1; threads <= 2; threads++) {
    bench_read *r = bench_read_new(data, 64 * MIB, threads);
    bench_copy *c = bench_copy_new(64 * MIB, threads);
    bench_log("%s, %d threads, 64 MiB: %s", self->name, threads, bench_read_name(r));
    bench_line(self->name, threads, "GB/s", bench_copy_name(c), bench_compare("GB/s", bench_read_side(r), bench_copy_side(c)), 0);
  }
}

static void ping_pong(const bench_case *self) {
  bench_side s = bench_ping_pong_side();
  bench_line(self->name, 2, "us", "itself", bench_compare("us", s, s), 0);
}

static const bench_case cases[] = {
    {"machine_peak", peak, 0}, {"machine_copy", copy, 0}, {"machine_read", read_, 0}, {"machine_ping_pong", ping_pong, 0}};
BENCH_MAIN(cases)
