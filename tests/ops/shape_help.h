/* Small arrays and comparisons for the tests of shape and creation ops. */
#ifndef AD_TESTS_OPS_SHAPE_HELP_H
#define AD_TESTS_OPS_SHAPE_HELP_H

#include <adamant/adamant.h>
#include "check.h"

/* float32 0, 1, 2, ... of that shape (at most 2^17 elements). */
static inline ad_array *counting(ad_ctx *c, ad_shape shape) {
  static float data[1 << 17];
  for (int i = 0; i < 1 << 17; i++) data[i] = (float)i;
  return ad_array_new(c, AD_FLOAT32, shape, data);
}

static inline void check_floats(const char *file, int line, ad_array *a, const double *want, size_t n) {
  double wide[64];
  if ((size_t)ad_array_size(a) != n || n > 64) {
    CHECK_FAIL("%s:%d: %lld elements, expected %zu (%s)", file, line, (long long)ad_array_size(a), n, ad_error_text(a));
    return;
  }
  a = ad_cast(a, AD_FLOAT64);
  if (ad_read(a, wide, n * sizeof *wide)) CHECK_FAIL("%s:%d: %s", file, line, ad_error_text(a));
  for (size_t i = 0; i < n; i++)
    if (wide[i] != want[i]) CHECK_FAIL("%s:%d: element %zu is %.17g, expected %.17g", file, line, i, wide[i], want[i]);
}

#define CHECK_FLOATS(a, ...) \
  check_floats(__FILE__, __LINE__, (a), (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

#define CHECK_FAILS(a, code, part) \
  do { \
    ad_array *failed_ = (a); \
    CHECK_INT(ad_error_code(failed_), (code)); \
    CHECK_STR_HAS(ad_error_text(failed_), (part)); \
  } while (0)

#endif
