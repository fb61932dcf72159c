/* Sorting, as one instruction set does it: keys of elements and back, and keys put in order; see structural/stable_sort.h.
 *
 * The sorted keys are the same whatever way they were sorted, since equal keys are alike. What keys do not tell (the sign
 * of zeros, the bits of NaN) is the business of runtime/sorting.c. */
#ifndef AD_RUNTIME_KERNELS_SORT_KERNELS_H
#define AD_RUNTIME_KERNELS_SORT_KERNELS_H

#include <stdbool.h>
#include "runtime/structural/stable_sort.h"

/* How elements lie and are ordered. Keys of at most four bytes are uint32_t, those of eight uint64_t. */
typedef enum ad_sort_kind { AD_SORT_8, AD_SORT_16, AD_SORT_32, AD_SORT_64, AD_SORT_HALF, AD_SORT_F32, AD_SORT_F64, AD_SORT_KINDS } ad_sort_kind;

typedef struct ad_sort_coding {
  ad_sort_kind kind;
  uint64_t sign, infinity; /* bits of an element; sign 0: it has none */
  uint64_t flip;           /* 0, or all bits of an element for the reverse order */
} ad_sort_coding;

typedef struct ad_sort_kernels {
  /* The keys of n elements side by side. True when an element is a NaN or a negative zero. */
  bool (*keys[AD_SORT_KINDS])(const ad_sort_coding *c, size_t n, const void *in, void *out);
  /* Elements of such keys; of a NaN's, anything. */
  void (*numbers[AD_SORT_KINDS])(const ad_sort_coding *c, size_t n, const void *in, void *out);
  void (*sort32)(uint32_t *key, uint32_t *room, size_t n, int bits); /* the upper ones of 32 are alike */
  /* Numbers that lie in the order of their lower `from` bits. */
  void (*sort64)(uint64_t *key, uint64_t *room, size_t n, int from);
  /* The key at that place, were the n keys in order; two rooms of as many. */
  uint32_t (*select32)(const uint32_t *key, uint32_t *room, uint32_t *other, size_t n, size_t place);
  uint64_t (*select64)(const uint64_t *key, uint64_t *room, uint64_t *other, size_t n, size_t place);
  void (*pairs)(ad_sort_pair *v, ad_sort_pair *room, size_t n);
} ad_sort_kernels;

extern const ad_sort_kernels ad__sort_kernels_portable;
#if defined(__x86_64__)
extern const ad_sort_kernels ad__sort_kernels_avx2;
extern const ad_sort_kernels ad__sort_kernels_avx512;
#endif

#endif
