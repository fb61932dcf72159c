/* How the library was made, for bug reports: what `adamant info` and `python -m adamant` print. */
#include <adamant/core.h>

#include <string.h>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

#if defined(__x86_64__)
#define MACHINE "x86-64"
#elif defined(__aarch64__)
#define MACHINE "aarch64"
#else
#define MACHINE "other"
#endif

#ifdef AD_HAVE_ZLIB
#define ZLIB "yes"
#else
#define ZLIB "no (npz entries are stored, not deflated)"
#endif

const char *ad_version(void) { return AD_BUILD_VERSION; }

const char *ad_build_fact(const char *name) {
  static const char *const facts[][2] = {
      {"version", AD_BUILD_VERSION}, {"compiler", COMPILER}, {"variant", AD_BUILD_VARIANT}, {"machine", MACHINE}, {"zlib", ZLIB}};
  for (size_t i = 0; name && i < sizeof facts / sizeof *facts; i++)
    if (strcmp(name, facts[i][0]) == 0) return facts[i][1];
  return NULL;
}
