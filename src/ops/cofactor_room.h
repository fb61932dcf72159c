/* How much room the cofactors of one matrix need (runtime/structural/linalg_cofactor.h), in elements of the type computed in;
 * freestanding, for the kernel and for printed C, whose workspaces are static arrays. */
#ifndef AD_OPS_COFACTOR_ROOM_H
#define AD_OPS_COFACTOR_ROOM_H

#include <stdint.h>

/* The most directions: planes and minors grow as 4^k. */
enum { AD_COFACTOR_DIRECTIONS = 10 };

/* Of n rows, along k directions; -1 where the number does not fit. */
static inline int64_t ad_cofactor_room(int64_t n, int k) {
  int64_t planes = (int64_t)1 << k, r = k + 1, m = n - r;
  if (m < 0) return 0;
  if (n > ((int64_t)1 << 62) / (n + 2 * r) / (planes + k + 3)) return -1;
  return (k + 3) * n * n + n + planes * (n * n + 2 * r * r + 2 + ((int64_t)1 << r));
}

#endif
