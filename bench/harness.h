/* harness.h: what a benchmark program needs.
 *
 * A program is a table of named cases and a main (BENCH_MAIN). `prog --list` prints the names, `prog PATTERN...` runs the
 * cases whose name contains a pattern (all without one) and prints one JSON line per (case, threads, reference):
 *
 *   {"case":"add_16m","threads":1,"value":41.2,"unit":"GB/s","reference":"copy (non-temporal)","reference_value":44.0,
 *    "ratio":0.936,"need":0.85,"ok":true}
 *
 * Higher ratios are better: ours over the reference for rates, the reference over ours for times. The case and its reference
 * run alternately, and the ratio is the median of the ratios of at least 15 such pairs, so that a change of the machine's
 * state (clock, neighbours, which cores) meets both sides. value and reference_value are medians. "ok" is null
 * where there is nothing to judge: no need, or a peer that is not installed.
 *
 * The references are physical where they can be: `peak` (fused multiply-adds in independent accumulators), `copy` and
 * `read` (memory). They are written here, in plain loops with intrinsics, and use nothing of the library.
 * Not here: statistics beyond medians, pinning, history. A benchmark prints what it saw. */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stddef.h>

enum { BENCH_PAIRS = 15 };

typedef struct bench_case {
  const char *name;
  void (*run)(const struct bench_case *self);
  const void *data; /* the program's own */
} bench_case;

int bench_main(const bench_case *cases, size_t count, int argc, char **argv);
#define BENCH_MAIN(cases) \
  int main(int argc, char **argv) { return bench_main(cases, sizeof cases / sizeof cases[0], argc, argv); }

/* ---- measuring ---- */

/* Does the work `repeats` times and returns the seconds it took; negative when it failed. */
typedef double (*bench_timed)(void *state, long repeats);
/* Does the work once; bench_repeat makes a bench_timed of it. */
typedef void (*bench_body)(void *state);
typedef struct bench_work {
  bench_body body;
  void *state;
} bench_work;
double bench_repeat(void *work, long repeats); /* work: a bench_work */

double bench_now(void);        /* seconds */
long bench_faults(void);       /* page faults of this process so far */
void bench_log(const char *fmt, ...); /* a line on stderr, for a reader; never parsed */

/* One side of a comparison. A rate is amount / seconds per repeat, a time is amount * seconds per repeat:
 * 0.128 for 128 MB in GB/s, 1e6 / 1000 for microseconds per op when a repeat does 1000 ops. */
typedef struct bench_side {
  bench_timed run;
  void *state;
  double amount;
} bench_side;

typedef struct bench_result {
  double value, reference_value, ratio;
  long faults; /* during our timed samples */
} bench_result;

/* Runs both sides in turn, at least BENCH_PAIRS times each after a warm-up. unit: "GB/s", "GFLOP/s" (rates: those
 * that end in "/s") or "us" (a time). threads: passed on to the line. */
bench_result bench_compare(const char *unit, bench_side ours, bench_side reference);

/* need <= 0: nothing to judge. */
void bench_line(const char *name, int threads, const char *unit, const char *reference, bench_result r, double need);
/* For a bound on our own value: times at most `bound`. */
void bench_line_bound(const char *name, int threads, const char *unit, double value, double bound);
/* For a count that must be zero: `what` is "page faults", "source calls". */
void bench_line_zero(const char *name, int threads, const char *what, long count);
/* For a peer that is not installed. */
void bench_line_absent(const char *name, int threads, const char *unit, const char *peer, double need);

/* ---- references ---- */

/* Memory in 2 MiB pages, touched, each block at another offset. */
void *bench_pages(size_t bytes);

/* The fastest way found to copy bytes/2 from one block to another, which reads and writes `bytes` in all. The case is
 * compared with a copy that moves as many bytes as it does, reads and writes counted alike. Ways: plain vector loop,
 * memcpy, non-temporal stores with and without prefetch; the best one of a short trial is kept. `name` says which. */
typedef struct bench_copy bench_copy;
bench_copy *bench_copy_new(size_t bytes, int threads);
void bench_copy_free(bench_copy *c);
const char *bench_copy_name(const bench_copy *c);
bench_side bench_copy_side(bench_copy *c); /* in GB/s */

/* The fastest way found to read a block of the case's own. */
typedef struct bench_read bench_read;
bench_read *bench_read_new(const void *data, size_t bytes, int threads);
const char *bench_read_name(const bench_read *r);
bench_side bench_read_side(bench_read *r); /* in GB/s */

/* float32 fused multiply-adds of the widest vectors, in GFLOP/s. */
bench_side bench_peak_side(int threads);

/* A fork and join of two threads that meet, in microseconds: the machine's distance between two cores. */
bench_side bench_ping_pong_side(void);

/* ---- peers ---- */

/* A snippet in the peer interpreter (PYTHON, else /usr/bin/python3), which runs beside this process and is told over a
 * pipe when to run. `package` is imported first; setup runs once, then `statement` is the work. NULL when the interpreter
 * or the package is not installed. A snippet that fails is logged, and measuring it fails. threads: told to the
 * package's own pools. */
typedef struct bench_peer bench_peer;
bench_peer *bench_peer_new(const char *package, int threads, const char *setup, const char *statement);
bench_side bench_peer_side(bench_peer *p, double amount);

/* Compares with a peer and prints the line, or the line that it is absent. Returns our value. */
double bench_against_peer(const char *name, int threads, const char *unit, bench_side ours, const char *package,
                          const char *setup, const char *statement, double need);

/* ---- inside the harness ---- */

/* Runs fn(arg, 0..threads-1), one call per thread, the caller being the first. */
void bench_fork_join(int threads, void (*fn)(void *arg, int index), void *arg);

#endif
