/* Compiling emitted C into a library of its own, calling it, comparing arrays. Needs _GNU_SOURCE. */
#ifndef AD_TESTS_EMIT_COMPILE_H
#define AD_TESTS_EMIT_COMPILE_H

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
#include "support/matrix.h"

static inline bool emit_is_installed(const char *compiler) {
  char command[128];
  snprintf(command, sizeof command, "command -v %s > /dev/null 2>&1", compiler);
  return system(command) == 0;
}

static inline bool emit_all_samples(void) { return emit_is_installed("tcc"); }
static inline const char *emit_quick_compiler(void) { return emit_is_installed("tcc") ? "tcc" : "cc"; }

/* NULL when it failed or had something to say, which is then printed. The files are gone afterwards. */
static inline void *emit_compile(const char *compiler, const char *name, const char *text) {
  char stem[512], command[2600];
  const char *folder = getenv("AD_TEST_OUT");
  snprintf(stem, sizeof stem, "%s/emit_%s_%s_%ld", folder ? folder : "./build", name, compiler, (long)getpid());
  snprintf(command, sizeof command, "%s.c", stem);
  FILE *f = fopen(command, "w");
  if (!f) return NULL;
  fputs(text, f);
  fclose(f);
  snprintf(command, sizeof command,
           "%s -std=c99 -pedantic -Wall -Wextra -Werror -O1 -fPIC -shared -o %s.so %s.c -lm > %s.log 2>&1 && test ! -s %s.log",
           compiler, stem, stem, stem, stem);
  fflush(stdout);
  void *library = NULL;
  if (system(command) != 0) {
    snprintf(command, sizeof command, "head -c 1500 %s.log; cp %s.c %s.failed.c", stem, stem, stem);
    if (system(command) != 0) printf("  %s cannot be read\n", stem);
  } else {
    snprintf(command, sizeof command, "%s%s.so", strchr(stem, '/') ? "" : "./", stem);
    library = dlopen(command, RTLD_NOW);
  }
  static const char *const endings[] = {".c", ".so", ".log"};
  for (int i = 0; i < 3; i++) {
    snprintf(command, sizeof command, "%s%s", stem, endings[i]);
    unlink(command);
  }
  return library;
}

static inline bool emit_call(void *library, const char *name, void **p, int n) {
#define ARGUMENT void *
  union {
    void *data;
    void (*f0)(void);
    void (*f1)(ARGUMENT);
    void (*f2)(ARGUMENT, ARGUMENT);
    void (*f3)(ARGUMENT, ARGUMENT, ARGUMENT);
    void (*f4)(ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT);
    void (*f5)(ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT);
    void (*f6)(ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT);
    void (*f7)(ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT);
    void (*f8)(ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT);
    void (*f9)(ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT);
    void (*f10)(ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT);
    void (*f11)(ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT, ARGUMENT);
  } u;
#undef ARGUMENT
  u.data = dlsym(library, name);
  if (!u.data) return false;
  switch (n) {
  case 0: u.f0(); break;
  case 1: u.f1(p[0]); break;
  case 2: u.f2(p[0], p[1]); break;
  case 3: u.f3(p[0], p[1], p[2]); break;
  case 4: u.f4(p[0], p[1], p[2], p[3]); break;
  case 5: u.f5(p[0], p[1], p[2], p[3], p[4]); break;
  case 6: u.f6(p[0], p[1], p[2], p[3], p[4], p[5]); break;
  case 7: u.f7(p[0], p[1], p[2], p[3], p[4], p[5], p[6]); break;
  case 8: u.f8(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]); break;
  case 9: u.f9(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8]); break;
  case 10: u.f10(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9]); break;
  case 11: u.f11(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10]); break;
  default: return false;
  }
  return true;
}

static inline size_t emit_bytes(const ad_array *a) { return (size_t)ad_array_size(a) * ad_dtype_size(ad_array_dtype(a)); }

/* NULL when they agree; tolerance 0: equal bits. The text is good until the next call. */
static inline const char *emit_compare(ad_array *want, const char *got, double tolerance) {
  static char why[160];
  ad_dtype t = ad_array_dtype(want);
  size_t item = ad_dtype_size(t);
  const char *data = ad_data(want);
  if (!data) return ad_error_text(want);
  for (int64_t i = 0; i < ad_array_size(want); i++) {
    const char *a = got + (size_t)i * item, *b = data + (size_t)i * item;
    double im_a, im_b, re_a = sample_load(t, a, &im_a), re_b = sample_load(t, b, &im_b);
    bool near = check_is_near(re_a, re_b, tolerance * (fabs(re_b) + 1)) && check_is_near(im_a, im_b, tolerance * (fabs(im_b) + 1));
    if (tolerance > 0 ? near : matrix_same_element(t, a, b)) continue;
    snprintf(why, sizeof why, "element %lld is %.17g%+.17gj, expected %.17g%+.17gj", (long long)i, re_a, im_a, re_b, im_b);
    return why;
  }
  return NULL;
}

#endif
