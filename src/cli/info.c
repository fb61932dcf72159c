/* info.c: `adamant info`: version, compiler, variant and the libraries this build was made with; the processor it runs on.
 *
 * One "name: value" line each, for people and for bug reports.  It only reports: nothing is opened, started or measured. */
#include <stdio.h>
#include <unistd.h>
#include <adamant/core.h>
#include "cli.h"

/* The widest instruction set of AD_ISA's names that this processor offers. */
static const char *widest_isa(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return "avx512";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "avx2";
  return "portable";
#elif defined(__aarch64__)
  return "neon";
#else
  return "portable";
#endif
}

int cli_info(int argc, char **argv) {
  if (argc > 1) {
    fprintf(stderr, "adamant info: %s: info takes no arguments\n", argv[1]);
    return CLI_USAGE;
  }
  const char *const before[] = {"version", "compiler", "variant", "machine"};
  for (int i = 0; i < 4; i++) printf("%s: %s\n", before[i], ad_build_fact(before[i]));
  printf("isa: %s\n", widest_isa());
  printf("processors: %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
  printf("zlib: %s\n", ad_build_fact("zlib"));
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  printf("deterministic: %s\n", ad_ctx_deterministic(c) ? "asked for; every kernel is the library's own" : "every kernel is the library's own");
  ad_ctx_free(c);
  return CLI_DONE;
}
