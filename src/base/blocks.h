/* Small blocks kept for reuse: attribute records, strides, lists of outputs.
 *
 * Sizes 64 to 1024 bytes in powers of two have a free list each; larger ones go to the source directly. A block is given
 * back with the size it was taken with, into any ad_blocks of the same source, so each thread uses its own. */
#ifndef AD_BASE_BLOCKS_H
#define AD_BASE_BLOCKS_H

#include "base/mem.h"

enum { AD_BLOCK_CLASSES = 5, AD_BLOCK_LARGEST = 64 << (AD_BLOCK_CLASSES - 1) };

typedef struct ad_blocks {
  ad_mem *mem;
  void *free_list[AD_BLOCK_CLASSES]; /* each block begins with the next one's address */
} ad_blocks;

static inline int ad__block_class(size_t bytes) {
  int k = 0;
  while ((size_t)64 << k < bytes) k++;
  return k;
}

/* NULL when there is no memory. Contents undefined. */
static inline void *ad__block_take(ad_blocks *b, size_t bytes) {
#ifndef AD_STRESS
  if (bytes <= AD_BLOCK_LARGEST) {
    int k = ad__block_class(bytes);
    void *p = b->free_list[k];
    if (!p) return ad__mem_take(b->mem, (size_t)64 << k);
    b->free_list[k] = *(void **)p;
    return p;
  }
#endif
  return ad__mem_take(b->mem, bytes);
}

/* p may be NULL. */
static inline void ad__block_give(ad_blocks *b, void *p, size_t bytes) {
#ifndef AD_STRESS
  if (p && bytes <= AD_BLOCK_LARGEST) {
    int k = ad__block_class(bytes);
    *(void **)p = b->free_list[k];
    b->free_list[k] = p;
    return;
  }
#endif
  ad__mem_give(b->mem, p, bytes);
}

/* Gives every kept block back to the source. */
static inline void ad__blocks_clear(ad_blocks *b) {
  for (int k = 0; k < AD_BLOCK_CLASSES; k++)
    for (void *p = b->free_list[k], *next; p; p = next) {
      next = *(void **)p;
      b->free_list[k] = NULL;
      ad__mem_give(b->mem, p, (size_t)64 << k);
    }
}

#endif
