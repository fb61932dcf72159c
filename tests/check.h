/* check.h: what a test program needs, and nothing more.
 *
 * A test program is a list of named cases and a main:
 *
 *     TEST(add_keeps_shape) { CHECK_INT(rank(x), 2); CHECK_STR_HAS(text, "float32"); }
 *     CHECK_MAIN(CASE(add_keeps_shape), CASE(add_refuses))
 *
 * Invariant: every case prints exactly one of "ok NAME", "not ok NAME" or "SKIP: NAME: reason" on its own line; tests/run
 * counts those lines.  A failed check prints file, line and both values, and the case goes on (use CHECK_STOP where going on
 * makes no sense).  Arguments of the program select cases whose name contains one of them; --list prints the names.
 *
 * Not here: fixtures, process isolation, timeouts, randomness.  Each program is a process of its own; tests/run times it.
 * The only shared state is `check_state` below, private to one test program. */
#ifndef AD_TESTS_CHECK_H
#define AD_TESTS_CHECK_H

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct check_case { const char *name; void (*run)(void); };

static struct { int failures; const char *skipped; } check_state;      /* of the case that is running */

#define TEST(name) static void test_##name(void)
#define CASE(name) { #name, test_##name }

/* Failures after the first twenty of a case are counted, not printed: a wrong kernel would fill the log. */
#define CHECK_FAIL(...) \
  do { \
    if (check_state.failures++ < 20) { \
      printf("  %s:%d: ", __FILE__, __LINE__); \
      printf(__VA_ARGS__); \
      putchar('\n'); \
    } \
  } while (0)

#define CHECK(cond)      do { if (!(cond)) CHECK_FAIL("CHECK(%s)", #cond); } while (0)
#define CHECK_STOP(cond) do { if (!(cond)) { CHECK_FAIL("CHECK_STOP(%s)", #cond); return; } } while (0)

#define CHECK_INT(got, want) \
  do { \
    intmax_t got_ = (intmax_t)(got), want_ = (intmax_t)(want); \
    if (got_ != want_) CHECK_FAIL("%s is %" PRIdMAX ", expected %" PRIdMAX, #got, got_, want_); \
  } while (0)

#define CHECK_STR(got, want) \
  do { \
    const char *got_ = (got), *want_ = (want); \
    if (!got_ || strcmp(got_, want_) != 0) \
      CHECK_FAIL("%s is\n    \"%s\"\n  expected\n    \"%s\"", #got, got_ ? got_ : "(null)", want_); \
  } while (0)

#define CHECK_STR_HAS(got, part) \
  do { \
    const char *got_ = (got), *part_ = (part); \
    if (!got_ || !strstr(got_, part_)) \
      CHECK_FAIL("%s is\n    \"%s\"\n  which lacks\n    \"%s\"", #got, got_ ? got_ : "(null)", part_); \
  } while (0)

#define CHECK_MEM(got, want, size) \
  do { if (memcmp((got), (want), (size)) != 0) CHECK_FAIL("the bytes of %s and %s differ", #got, #want); } while (0)

/* Passes for equal infinities and for two NaNs; otherwise |got - want| <= tolerance. */
static inline bool check_is_near(double got, double want, double tolerance) {
  if (isnan(got) || isnan(want)) return isnan(got) && isnan(want);
  return got == want || fabs(got - want) <= tolerance;
}

#define CHECK_NEAR(got, want, tolerance) \
  do { \
    double got_ = (double)(got), want_ = (double)(want), tol_ = (double)(tolerance); \
    if (!check_is_near(got_, want_, tol_)) \
      CHECK_FAIL("%s is %.17g, expected %.17g within %.3g", #got, got_, want_, tol_); \
  } while (0)

/* Leaves the case: what it needs is absent, and `reason` says what. */
#define CHECK_SKIP(reason) do { check_state.skipped = (reason); return; } while (0)

static inline bool check_is_chosen(const char *name, int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    if (strstr(name, argv[i])) return true;
  return argc < 2;
}

static inline int check_run(const struct check_case *cases, size_t count, int argc, char **argv) {
  bool list = argc == 2 && strcmp(argv[1], "--list") == 0;
  int failed = 0;
  for (size_t i = 0; i < count; i++) {
    if (list) { puts(cases[i].name); continue; }
    if (!check_is_chosen(cases[i].name, argc, argv)) continue;
    check_state.failures = 0;
    check_state.skipped = NULL;
    cases[i].run();
    if (check_state.failures) printf("not ok %s (%d checks failed)\n", cases[i].name, check_state.failures), failed++;
    else if (check_state.skipped) printf("SKIP: %s: %s\n", cases[i].name, check_state.skipped);
    else printf("ok %s\n", cases[i].name);
    fflush(stdout);
  }
  return failed ? 1 : 0;
}

#define CHECK_MAIN(...) \
  int main(int argc, char **argv) { \
    static const struct check_case cases[] = { __VA_ARGS__ }; \
    return check_run(cases, sizeof cases / sizeof cases[0], argc, argv); \
  }

#endif
