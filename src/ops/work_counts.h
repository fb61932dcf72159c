/* Counting for the `work` of descriptors: sizes and dims as numbers that cannot overflow. */
#ifndef AD_OPS_WORK_COUNTS_H
#define AD_OPS_WORK_COUNTS_H

#include <adamant/core.h>

static inline double ad__work_size(const ad_array *a) { return (double)ad_array_size(a); }
static inline double ad__work_dim(const ad_array *a, int axis) { return (double)ad_array_dim(a, axis); }
/* Matrices in the last two axes. */
static inline double ad__work_matrices(const ad_array *a) {
  double each = ad__work_dim(a, -1) * ad__work_dim(a, -2);
  return each > 0 ? ad__work_size(a) / each : 0;
}
/* How often n can be halved, rounded up: the logarithm of what sorts, searches and transforms by halves do. */
static inline double ad__work_halvings(int64_t n) {
  int k = 0;
  while (k < 62 && ((int64_t)1 << k) < n) k++;
  return k;
}

#endif
