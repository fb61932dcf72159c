/* What tests of compiled functions share: numbers of any dtype, and results compared bit by bit. */
#ifndef AD_TESTS_SAME_BITS_H
#define AD_TESTS_SAME_BITS_H

#include <adamant/adamant.h>
#include <stdlib.h>
#include "../check.h"

static inline ad_array *numbers(ad_ctx *c, ad_dtype dtype, ad_shape shape) {
  int64_t n = 1;
  for (int i = 0; i < shape.rank; i++) n *= shape.dims[i];
  float *v = malloc((size_t)(n ? n : 1) * sizeof *v);
  for (int64_t i = 0; i < n; i++) v[i] = (float)((i * 37 % 101) - 50) / 16;
  ad_array *a = ad_cast(ad_array_new(c, AD_FLOAT32, shape, v), dtype);
  free(v);
  ad_eval(a);
  return a;
}

static inline void same_bits(const char *what, ad_array *got, ad_array *want) {
  CHECK_STR(ad_error_text(got), "");
  CHECK_STR(ad_error_text(want), "");
  for (int i = 0; i < ad_item_count(want); i++) same_bits(what, ad_item(got, i), ad_item(want, i));
  if (ad_item_count(want) || ad_is_error(got) || ad_is_error(want)) return;
  const void *p = ad_data(got), *q = ad_data(want);
  CHECK_STR(ad_error_text(got), "");
  if (ad_array_size(got) != ad_array_size(want) || ad_array_dtype(got) != ad_array_dtype(want)) CHECK_FAIL("%s: another type", what);
  else if (p && q && memcmp(p, q, (size_t)ad_array_size(got) * ad_dtype_size(ad_array_dtype(got))) != 0) CHECK_FAIL("%s: other bits", what);
}

#endif
