/* info.c: `adamant info`: version, compiler, variant and the libraries this build was made with; the processor it runs on.
 *
 * One "name: value" line each, for people and for bug reports.  It only reports: nothing is opened, started or measured. */
#include <unistd.h>
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

int cli_info(cli_request *r) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  const char *facts[][2] = {
    {"version", ad_build_fact("version")}, {"compiler", ad_build_fact("compiler")}, {"variant", ad_build_fact("variant")},
    {"machine", ad_build_fact("machine")}, {"isa", widest_isa()}, {"processors", NULL}, {"zlib", ad_build_fact("zlib")},
    {"deterministic", ad_ctx_deterministic(c) ? "asked for; every kernel is the library's own" : "every kernel is the library's own"},
  };
  bool json = r->value[OPT_JSON];
  for (int i = 0; i < (int)(sizeof facts / sizeof facts[0]); i++) {
    if (json) printf("%s\"%s\": ", i ? ", " : "{", facts[i][0]);
    else printf("%s: ", facts[i][0]);
    if (!facts[i][1]) printf("%ld", sysconf(_SC_NPROCESSORS_ONLN));
    else if (json) cli_json_text(stdout, facts[i][1]);
    else fputs(facts[i][1], stdout);
    if (!json) putchar('\n');
  }
  if (json) puts("}");
  ad_ctx_free(c);
  return CLI_DONE;
}
