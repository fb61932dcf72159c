/* Random kernels: words of the generator, and numbers of a distribution made of them, a block at a time.
 *
 * Each does per element what the op's composition does, with the same roundings, so that a result is the same whether it
 * is composed or not. Order, keys, threads and streaming stores are the business of runtime/random_fill.c. */
#ifndef AD_RUNTIME_KERNELS_RANDOM_KERNELS_H
#define AD_RUNTIME_KERNELS_RANDOM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Counters (first + i, second + i) for i < n: the first words into low[n], the second into high[n]. */
typedef void (*ad_random_words_fn)(size_t n, const uint32_t *key, uint32_t first, uint32_t second, uint32_t *low,
                                   uint32_t *high);
/* out[i] is made of words[i], which may be the same memory. */
typedef void (*ad_random_finish_fn)(size_t n, float *out, const uint32_t *words, float factor, float offset);

typedef struct ad_random_kernels {
  ad_random_words_fn words;
  ad_random_finish_fn uniform; /* u * factor + offset, u in [0, 1) */
  ad_random_finish_fn normal;  /* erfinv(u on (-1, 1)) * factor + offset */
} ad_random_kernels;

extern const ad_random_kernels ad__random_kernels_portable;
#if defined(__x86_64__)
extern const ad_random_kernels ad__random_kernels_avx2;
extern const ad_random_kernels ad__random_kernels_avx512;
#endif

#endif
