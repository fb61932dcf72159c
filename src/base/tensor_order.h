/* How tensors follow one another in the safetensors files that the library writes: the widest elements first, so that every tensor
 * is aligned, by kind among equal widths, then by name. Who emits a program that reads such a file knows every tensor's place. */
#ifndef AD_BASE_TENSOR_ORDER_H
#define AD_BASE_TENSOR_ORDER_H

#include <adamant/dtype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline int ad__tensor_kind(ad_dtype t) {
  static const ad_dtype order[] = {AD_COMPLEX128, AD_UINT64, AD_INT64, AD_FLOAT64, AD_COMPLEX64, AD_FLOAT32, AD_UINT32, AD_INT32,
                                   AD_BFLOAT16,   AD_FLOAT16, AD_UINT16, AD_INT16,   AD_INT8,      AD_UINT8,   AD_BOOL};
  int i = 0;
  while (i < (int)(sizeof order / sizeof order[0]) - 1 && order[i] != t) i++;
  return i;
}

static inline bool ad__tensor_before(ad_dtype a, const char *a_name, size_t a_length, ad_dtype b, const char *b_name, size_t b_length) {
  int a_kind = ad__tensor_kind(a), b_kind = ad__tensor_kind(b);
  if (a_kind != b_kind) return a_kind < b_kind;
  size_t n = a_length < b_length ? a_length : b_length;
  int order = n ? memcmp(a_name, b_name, n) : 0;
  return order ? order < 0 : a_length < b_length;
}

#endif
