/* Cases for the PyTorch oracle: results with the expression that PyTorch must agree with.
 *
 * NAME.txt has one expression a line, over the inputs a, b, c...; NAME.npz the inputs "0.in0" and results "0.out0" of each.
 * tests/oracle/torch_cases.py evaluates them, where PyTorch is installed; first() and last() there move the channels. */
#ifndef AD_TESTS_OPS_TORCH_CASES_H
#define AD_TESTS_OPS_TORCH_CASES_H

#include <adamant/adamant.h>
#include <adamant/io.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "check.h"

enum { TORCH_MOST = 400 };

typedef struct torch_cases {
  ad_ctx *c;
  char path[1024];
  FILE *text;
  char names[TORCH_MOST][24];
  ad_array *arrays[TORCH_MOST];
  int arrays_used, count;
} torch_cases;

static inline void torch_begin(torch_cases *t, ad_ctx *c, const char *name) {
  const char *folder = getenv("AD_TEST_OUT");
  char path[1100];
  *t = (torch_cases){.c = c};
  snprintf(t->path, sizeof t->path, "%s/torch_%s", folder ? folder : "/tmp", name);
  snprintf(path, sizeof path, "%s.txt", t->path);
  t->text = fopen(path, "w");
  if (!t->text) CHECK_FAIL("%s cannot be written", path);
}

static inline void torch_keep(torch_cases *t, const char *kind, int i, ad_array *a) {
  if (t->arrays_used == TORCH_MOST) CHECK_FAIL("more arrays than one file takes");
  if (t->arrays_used == TORCH_MOST) return;
  snprintf(t->names[t->arrays_used], sizeof t->names[0], "%d.%s%d", t->count, kind, i);
  t->arrays[t->arrays_used++] = a;
}

/* y (or its members) for n inputs. */
static inline void torch_case(torch_cases *t, const char *expression, ad_array *y, int n, ...) {
  va_list in;
  if (ad_is_error(y)) CHECK_FAIL("%s: %s", expression, ad_error_text(y));
  if (ad_is_error(y) || !t->text) return;
  va_start(in, n);
  for (int i = 0; i < n; i++) torch_keep(t, "in", i, va_arg(in, ad_array *));
  va_end(in);
  int members = ad_item_count(y);
  for (int k = 0; k < (members ? members : 1); k++) torch_keep(t, "out", k, members ? ad_item(y, k) : y);
  fprintf(t->text, "%s\n", expression);
  t->count++;
}

static inline void torch_end(torch_cases *t) {
  char path[1100], why[256];
  const char *names[TORCH_MOST];
  for (int i = 0; i < t->arrays_used; i++) names[i] = t->names[i];
  snprintf(path, sizeof path, "%s.npz", t->path);
  ad_array *all = ad_record(t->c, names, t->arrays, t->arrays_used);
  if (ad_savez(path, all, &(ad_save_opts){.error = why, .error_size = sizeof why}))
    CHECK_FAIL("%s", ad_is_error(all) ? ad_error_text(all) : why);
  if (t->text) fclose(t->text);
}

/* float32 noise without ties. */
static inline ad_array *torch_noise(ad_ctx *c, ad_shape shape, uint32_t seed) {
  size_t n = 1;
  for (int i = 0; i < shape.rank; i++) n *= (size_t)shape.dims[i];
  float *data = malloc((n + 1) * sizeof *data);
  for (size_t i = 0; i < n; i++) seed = seed * 1664525u + 1013904223u, data[i] = (float)(int32_t)seed * 0x1p-30f;
  ad_array *a = ad_array_new(c, AD_FLOAT32, shape, data);
  free(data);
  return a;
}

#endif
