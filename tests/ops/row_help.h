/* row_help.h: what the tests of norms, attention and their like share: numbers without a pattern, closeness, an op's kernel
 * against its composition, and equal bits whatever threads and instruction sets. */
#ifndef AD_TESTS_OPS_ROW_HELP_H
#define AD_TESTS_OPS_ROW_HELP_H

#include <adamant/adamant.h>
#include <stdlib.h>
#include "check.h"

/* float32 numbers between -1 and 1. */
static inline ad_array *noise(ad_ctx *c, uint32_t seed, ad_shape shape) {
  size_t n = 1;
  for (int i = 0; i < shape.rank; i++) n *= (size_t)shape.dims[i];
  float *data = malloc((n + 1) * sizeof *data);
  for (size_t i = 0; i < n; i++) seed = seed * 1664525u + 1013904223u, data[i] = (float)(int32_t)seed * 0x1p-31f;
  ad_array *a = ad_array_new(c, AD_FLOAT32, shape, data);
  free(data);
  return a;
}

/* Every element within `tolerance`, relative above 1; NaN agrees with NaN. */
static inline void check_close(const char *what, ad_array *a, ad_array *b, double tolerance) {
  const double *x = ad_data(ad_cast(a, AD_FLOAT64)), *y = ad_data(ad_cast(b, AD_FLOAT64));
  if (!x || !y || ad_array_size(a) != ad_array_size(b)) {
    CHECK_FAIL("%s: %s%s, %lld elements and %lld", what, ad_error_text(a), ad_error_text(b), (long long)ad_array_size(a), (long long)ad_array_size(b));
    return;
  }
  for (int64_t i = 0; i < ad_array_size(a); i++)
    if (!(x[i] == y[i] || (x[i] != x[i] && y[i] != y[i]) || fabs(x[i] - y[i]) <= tolerance * (1 + fabs(y[i])))) {
      CHECK_FAIL("%s: element %lld is %.9g, expected %.9g", what, (long long)i, x[i], y[i]);
      return;
    }
}

/* Every output of an op's kernel against those of its composition. */
static inline void check_composition(ad_ctx *c, const char *name, ad_array *const *in, int n, const ad_attr *at, double tolerance) {
  const ad_op *op = ad_op_find(c, name);
  ad_rule r = {.ctx = c, .op = op, .n = n, .in = in, .attrs = at};
  ad_array *got = ad_apply(c, AD_HERE, op, in, n, at), *want = op->compose(&r);
  for (int k = 0; k < op->outputs; k++)
    check_close(name, op->outputs > 1 ? ad_item(got, k) : got, op->outputs > 1 ? ad_item(want, k) : want, tolerance);
}

/* make's result has the same bits for one and two threads and on every instruction set of this machine. */
static inline void check_bits(ad_array *(*make)(ad_ctx *c)) {
  static const char *const sets[] = {"portable", "avx2", "avx512"};
  char *first = NULL;
  for (int k = 0; k < 6; k++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1 + k % 2, .isa = sets[k / 2]});
    if (ad_ctx_status(c) == AD_OK) {
      ad_array *y = make(c);
      const void *data = ad_data(y);
      size_t bytes = (size_t)ad_array_size(y) * ad_dtype_size(ad_array_dtype(y));
      CHECK_STOP(data != NULL);
      if (!first) {
        first = malloc(bytes);
        memcpy(first, data, bytes);
      } else if (memcmp(first, data, bytes) != 0) {
        CHECK_FAIL("%s, %d threads: other bits", sets[k / 2], 1 + k % 2);
      }
    }
    ad_ctx_free(c);
  }
  free(first);
}

#endif
