/* Cases, clocks, pairs and lines.
 *
 * Invariant: both sides of a pair run for about the same time (SAMPLE seconds, or once when once takes longer), in
 * alternating order, after each has run at least once and for WARM_UP seconds. Nothing is printed while anything is timed. */
#define _GNU_SOURCE
#include "harness.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { MOST_PAIRS = 61 };
static const double SAMPLE = 2e-3, WARM_UP = 2e-2, ENOUGH = 0.5; /* seconds */

double bench_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

long bench_faults(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_minflt + u.ru_majflt;
}

void bench_log(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fputs("bench: ", stderr);
  vfprintf(stderr, fmt, ap);
  fputc('\n', stderr);
  va_end(ap);
}

double bench_repeat(void *work, long repeats) {
  const bench_work *w = work;
  double start = bench_now();
  for (long i = 0; i < repeats; i++) w->body(w->state);
  return bench_now() - start;
}

/* ---- pairs ---- */

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(const double *values, int n) {
  double sorted[MOST_PAIRS];
  memcpy(sorted, values, (size_t)n * sizeof *sorted);
  qsort(sorted, (size_t)n, sizeof *sorted, by_value);
  return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static bool is_rate(const char *unit) {
  size_t n = strlen(unit);
  return n > 2 && strcmp(unit + n - 2, "/s") == 0;
}

/* Warms a side up and finds how many repeats fill a sample; 0 when it failed. */
static long calibrate(bench_side s) {
  long repeats = 1;
  double spent = 0;
  for (;;) {
    double t = s.run(s.state, repeats);
    if (t < 0) return 0;
    spent += t;
    if (t >= SAMPLE / 2 && spent >= WARM_UP) return t >= SAMPLE ? (repeats > 1 ? (long)ceil((double)repeats * SAMPLE / t) : 1) : repeats * 2;
    if (t < SAMPLE / 2) repeats *= 2;
  }
}

static double in_unit(bench_side s, bool rate, double seconds) { return rate ? s.amount / seconds : s.amount * seconds; }

bench_result bench_compare(const char *unit, bench_side ours, bench_side reference) {
  double value[MOST_PAIRS], other[MOST_PAIRS], ratio[MOST_PAIRS];
  bench_result failed = {NAN, NAN, NAN, 0};
  bool rate = is_rate(unit);
  long repeats[2] = {calibrate(ours), calibrate(reference)}, faults = 0;
  if (!repeats[0] || !repeats[1]) return failed;
  double start = bench_now();
  int n = 0;
  while (n < BENCH_PAIRS || (n < MOST_PAIRS && bench_now() - start < ENOUGH)) {
    double seconds[2];
    for (int turn = 0; turn < 2; turn++) {
      int side = (turn + n) % 2;
      bench_side s = side ? reference : ours;
      long before = bench_faults();
      seconds[side] = s.run(s.state, repeats[side]) / (double)repeats[side];
      if (!side) faults += bench_faults() - before;
      if (seconds[side] <= 0) return failed;
    }
    value[n] = in_unit(ours, rate, seconds[0]);
    other[n] = in_unit(reference, rate, seconds[1]);
    ratio[n] = rate ? value[n] / other[n] : other[n] / value[n];
    n++;
  }
  return (bench_result){median(value, n), median(other, n), median(ratio, n), faults};
}

/* ---- lines ---- */

static void print_text(const char *s) {
  putchar('"');
  for (; *s; s++) {
    if (*s == '"' || *s == '\\') putchar('\\');
    putchar((unsigned char)*s < ' ' ? ' ' : *s);
  }
  putchar('"');
}

static void print_number(double v) {
  if (isfinite(v)) printf("%.6g", v);
  else fputs("null", stdout);
}

static void print_line(const char *name, int threads, const char *unit, const char *reference, bench_result r, double need,
                       const char *ok) {
  fputs("{\"case\":", stdout);
  print_text(name);
  printf(",\"threads\":%d,\"value\":", threads);
  print_number(r.value);
  fputs(",\"unit\":", stdout);
  print_text(unit);
  fputs(",\"reference\":", stdout);
  print_text(reference);
  fputs(",\"reference_value\":", stdout);
  print_number(r.reference_value);
  fputs(",\"ratio\":", stdout);
  print_number(r.ratio);
  fputs(",\"need\":", stdout);
  print_number(need > 0 ? need : NAN);
  printf(",\"ok\":%s}\n", ok);
  fflush(stdout);
}

void bench_line(const char *name, int threads, const char *unit, const char *reference, bench_result r, double need) {
  const char *ok = r.ratio >= need ? "true" : "false"; /* a failed measurement is NaN, hence false */
  print_line(name, threads, unit, reference, r, need, need > 0 ? ok : "null");
}

void bench_line_bound(const char *name, int threads, const char *unit, double value, double bound) {
  bench_line(name, threads, unit, "bound", (bench_result){value, bound, bound / value, 0}, 1);
}

void bench_line_zero(const char *name, int threads, const char *what, long count) {
  bench_line(name, threads, what, "none", (bench_result){(double)count, 0, count == 0, 0}, 1);
}

void bench_line_absent(const char *name, int threads, const char *unit, const char *peer, double need) {
  char reference[96];
  snprintf(reference, sizeof reference, "%s (not installed)", peer);
  print_line(name, threads, unit, reference, (bench_result){NAN, NAN, NAN, 0}, need, "null");
}

double bench_against_peer(const char *name, int threads, const char *unit, bench_side ours, const char *package,
                          const char *setup, const char *statement, double need) {
  bench_peer *peer = bench_peer_new(package, threads, setup, statement);
  if (!peer) {
    bench_result alone = bench_compare(unit, ours, ours);
    bench_line_absent(name, threads, unit, package, need);
    return alone.value;
  }
  bench_result r = bench_compare(unit, ours, bench_peer_side(peer, ours.amount));
  bench_line(name, threads, unit, package, r, need);
  return r.value;
}

/* ---- main ---- */

static bool is_chosen(const char *name, int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    if (strstr(name, argv[i])) return true;
  return argc < 2;
}

int bench_main(const bench_case *cases, size_t count, int argc, char **argv) {
  bool list = argc == 2 && strcmp(argv[1], "--list") == 0;
  for (size_t i = 0; i < count; i++) {
    if (list) puts(cases[i].name);
    else if (is_chosen(cases[i].name, argc, argv)) cases[i].run(&cases[i]);
  }
  return 0;
}
