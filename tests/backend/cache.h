/* A cache folder for compiled code that belongs to one test. */
#ifndef AD_TESTS_BACKEND_CACHE_H
#define AD_TESTS_BACKEND_CACHE_H

#include <stdio.h>
#include <stdlib.h>

/* $AD_TEST_OUT/native_NAME; the text lives until the next call. */
static inline const char *cache_folder(const char *name) {
  static char path[512];
  const char *folder = getenv("AD_TEST_OUT");
  snprintf(path, sizeof path, "%s/native_%s", folder ? folder : "build", name);
  return path;
}

#endif
