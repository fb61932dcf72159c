/* What a value of scalar mathematics costs: one JSON line per function and instruction set.
 *
 * Each body is called in a plain loop over 1024 numbers that stay in L1, and the loop is left to the compiler to vectorise, as
 * kernels do. Reported are the best of several repeats, in nanoseconds and in cycles per element; a cycle is measured beside each
 * case as a step of a chain of dependent integer additions, so a clock that moves does not move the figure. `need`, where there is
 * one, is what the AVX-512 form may cost.
 * It does not time memory, and prints nothing for an instruction set that the processor lacks. It stands here, not in bench/, because
 * it looks inside the library: cc -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math -Iinclude -Isrc tools/scalar_cost.c -lm */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/scalar_activation.h"
#include "base/scalar_f32.h"
#include "base/scalar_quick.h"

enum { LENGTH = 1024, ROUNDS = 400, REPEATS = 15 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Nanoseconds per cycle. */
static double cycle(void) {
  double best = 1e30;
  for (int repeat = 0; repeat < 3; repeat++) {
    double start = now();
    uint64_t x = 1;
    for (int i = 0; i < 20000; i++) __asm__ volatile("add $1, %0\n add $1, %0\n add $1, %0\n add $1, %0\n add $1, %0" : "+r"(x));
    double spent = (now() - start) / 100000.0;
    best = spent < best ? spent : best;
  }
  return best;
}

AD_SCALAR float copy(float x) { return x; }

/* clang-format off */
#define UNARY(row) \
  row(f32, float, copy, copy, -4, 4) \
  row(f32, float, exp, ad_f32_exp, -20, 20) \
  row(f32, float, exp2, ad_f32_exp2, -20, 20) \
  row(f32, float, expm1, ad_f32_expm1, -4, 4) \
  row(f32, float, tanh, ad_f32_tanh, -4, 4) \
  row(f32, float, sigmoid, ad_f32_sigmoid, -8, 8) \
  row(f32, float, erf, ad_f32_erf, -4, 4) \
  row(f32, float, gelu, ad_f32_gelu, -4, 4) \
  row(f32, float, gelu_approx, ad_f32_gelu_approx, -4, 4) \
  row(f32, float, silu, ad_f32_silu, -4, 4) \
  row(f32, float, softplus, ad_f32_softplus, -4, 4) \
  row(f32, float, log, ad_f32_log, 0.01f, 8) \
  row(f32, float, log2, ad_f32_log2, 0.01f, 8) \
  row(f32, float, log10, ad_f32_log10, 0.01f, 8) \
  row(f32, float, log1p, ad_f32_log1p, -0.9f, 8) \
  row(f32, float, sin_small, ad_f32_sin_small, -8, 8) \
  row(f32, float, cos_small, ad_f32_cos_small, -8, 8) \
  row(f32, float, tan_small, ad_f32_tan_small, -8, 8) \
  row(f32, float, sin, ad_f32_sin, -8, 8) \
  row(f32, float, sinh, ad_f32_sinh, -4, 4) \
  row(f32, float, cosh, ad_f32_cosh, -4, 4) \
  row(f32, float, arcsin, ad_f32_arcsin, -1, 1) \
  row(f32, float, arccos, ad_f32_arccos, -1, 1) \
  row(f32, float, arctan, ad_f32_arctan, -4, 4) \
  row(f32, float, arcsinh, ad_f32_arcsinh, -4, 4) \
  row(f32, float, arccosh, ad_f32_arccosh, 1, 9) \
  row(f32, float, arctanh, ad_f32_arctanh, -1, 1) \
  row(f32, float, erfinv, ad_f32_erfinv, -1, 1) \
  row(f32, float, cbrt, ad_f32_cbrt, -4, 4) \
  row(f32, float, rsqrt, ad_f32_rsqrt, 0.01f, 4) \
  row(f32, float, sqrt, ad_f32_sqrt, 0.01f, 4) \
  row(f64, double, exp, ad_f64_exp, -20, 20) \
  row(f64, double, log, ad_f64_log, 0.01, 8) \
  row(f64, double, tanh, ad_f64_tanh, -4, 4) \
  row(f64, double, erf, ad_f64_erf, -4, 4) \
  row(f64, double, sin_small, ad_f64_sin_small, -8, 8) \
  row(f64, double, arctan, ad_f64_arctan, -4, 4)
/* clang-format on */

/* clang-format off */
#define BINARY(row) \
  row(f32, float, pow, ad_f32_pow) \
  row(f32, float, arctan2, ad_f32_arctan2) \
  row(f32, float, hypot, ad_f32_hypot) \
  row(f32, float, maximum, ad_f32_maximum) \
  row(f32, float, remainder, ad_f32_remainder) \
  row(f32, float, remainder_small, ad_f32_remainder_small) \
  row(f64, double, pow, ad_f64_pow)
/* clang-format on */

#if defined(__x86_64__)
#define ISAS(make, ...) \
  make(avx512, __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma,f16c"))), __VA_ARGS__) \
      make(avx2, __attribute__((target("avx2,fma,f16c"))), __VA_ARGS__)
#define HAS_avx512 (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
#define HAS_avx2 (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#else
#define ISAS(make, ...) make(portable, , __VA_ARGS__)
#define HAS_portable 1
#endif

#define UNARY_LOOP(isa, attribute, type, T, name, body) \
  attribute static void type##_##name##_##isa(const T *restrict x, const T *restrict y, T *restrict out) { \
    (void)y; \
    for (int i = 0; i < LENGTH; i++) out[i] = body(x[i]); \
  }
#define BINARY_LOOP(isa, attribute, type, T, name, body) \
  attribute static void type##_##name##_##isa(const T *restrict x, const T *restrict y, T *restrict out) { \
    for (int i = 0; i < LENGTH; i++) out[i] = body(x[i], y[i]); \
  }
#define UNARY_LOOPS(type, T, name, body, low, high) ISAS(UNARY_LOOP, type, T, name, body)
#define BINARY_LOOPS(type, T, name, body) ISAS(BINARY_LOOP, type, T, name, body)
UNARY(UNARY_LOOPS)
BINARY(BINARY_LOOPS)

static void report(const char *type, const char *name, const char *isa, double ns) {
  static const struct {
    const char *name;
    double need;
  } needs[] = {{"exp", 1.0}, {"tanh", 1.1}, {"sigmoid", 1.2}, {"erf", 1.2}, {"gelu", 1.4}};
  double cycles = ns / cycle();
  printf("{\"case\":\"%s_%s\",\"isa\":\"%s\",\"ns\":%.4f,\"cycles\":%.3f", type, name, isa, ns, cycles);
  for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
    if (strcmp(type, "f32") == 0 && strcmp(name, needs[i].name) == 0 && strcmp(isa, "avx512") == 0)
      printf(",\"need\":%.1f,\"ok\":%s", needs[i].need, cycles <= needs[i].need ? "true" : "false");
  puts("}");
  fflush(stdout);
}

#define TIMER(type, T) \
  static void time_##type(const char *name, const char *isa, void (*loop)(const T *restrict, const T *restrict, T *restrict), \
                          double low, double high) { \
    static T x[LENGTH], y[LENGTH], out[LENGTH]; \
    double best = 1e30; \
    for (int i = 0; i < LENGTH; i++) { \
      x[i] = (T)(low + (high - low) * (i * 401 % LENGTH + 0.5) / LENGTH); \
      y[i] = (T)(0.5 + i % 7); \
    } \
    for (int repeat = 0; repeat < REPEATS; repeat++) { \
      double start = now(); \
      for (int round = 0; round < ROUNDS; round++) { \
        loop(x, y, out); \
        __asm__ volatile("" : : "r"(out) : "memory"); \
      } \
      double spent = (now() - start) / ((double)ROUNDS * LENGTH); \
      best = spent < best ? spent : best; \
    } \
    report(#type, name, isa, best); \
  }
TIMER(f32, float)
TIMER(f64, double)

#define RUN(isa, attribute, type, name, low, high) \
  if (HAS_##isa && wanted(#type "_" #name, argc, argv)) time_##type(#name, #isa, type##_##name##_##isa, low, high);
#define UNARY_RUNS(type, T, name, body, low, high) ISAS(RUN, type, name, low, high)
#define BINARY_RUNS(type, T, name, body) ISAS(RUN, type, name, 0.01, 8)

static int wanted(const char *name, int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    if (strstr(name, argv[i])) return 1;
  return argc < 2;
}

int main(int argc, char **argv) {
  UNARY(UNARY_RUNS)
  BINARY(BINARY_RUNS)
  return 0;
}
