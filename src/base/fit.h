/* Fitting lives into one stretch of memory: who comes takes the smallest free piece that holds it (best fit), who goes gives its
 * piece back.
 *
 *   ad_fit f;
 *   ad__fit_init(&f, mem);
 *   int a = ad__fit_take(&f, 100), b = ad__fit_take(&f, 20);     at offsets 0 and 100
 *   ad__fit_give(&f, a);
 *   int c = ad__fit_take(&f, 60);                                at offset 0 again
 *
 * Nothing is allocated but the bookkeeping: the caller multiplies offsets by what its unit is. Pieces lie in a list by address,
 * so that neighbours that are free become one, and the free ones in a search tree by size (a treap: Aragon and Seidel 1989), so that n
 * takes and gives cost n log n. */
#ifndef AD_BASE_FIT_H
#define AD_BASE_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/mem.h"

typedef struct ad_fit_piece {
  size_t offset, size;
  int before, after;       /* by address; -1: none */
  int left, right;         /* in the tree of free ones */
  uint32_t priority;
  bool free;
} ad_fit_piece;

typedef struct ad_fit {
  ad_mem *mem;
  ad_fit_piece *at;
  int count, capacity;
  int root, last, spare;   /* of the tree; the highest piece; unused entries, linked by `after` */
  size_t end;              /* the largest extent so far */
} ad_fit;

void ad__fit_init(ad_fit *m, ad_mem *mem);
void ad__fit_free(ad_fit *m);
/* A piece of that size, which is not 0, or -1 without memory. A free one at the end is made longer before a new one follows it. */
int ad__fit_take(ad_fit *m, size_t size);
/* The piece is free. */
void ad__fit_give(ad_fit *m, int piece);
static inline size_t ad__fit_offset(const ad_fit *m, int piece) { return m->at[piece].offset; }

#endif
