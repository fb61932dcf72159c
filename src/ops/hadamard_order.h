/* For which lengths there is a Hadamard transform. */
#ifndef AD_OPS_HADAMARD_ORDER_H
#define AD_OPS_HADAMARD_ORDER_H

#include <stdint.h>

/* The factor m in 1, 12, 20, 28 of n = m 2^k; 0 when there is none. */
static inline int ad__hadamard_order(int64_t n) {
  if (n <= 0) return 0;
  while (n % 2 == 0 && n != 12 && n != 20 && n != 28) n /= 2;
  return n == 1 || n == 12 || n == 20 || n == 28 ? (int)n : 0;
}

#endif
