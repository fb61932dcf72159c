/* Threefry-2x32, 20 rounds, freestanding: the text is compiled in and may be carried into emitted C.
 *
 * Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011: rotations and key schedule are
 * those of its section on Threefry; 0x1BD11BDA is the parity constant of Skein for 32-bit words. */
#ifndef AD_RUNTIME_STRUCTURAL_THREEFRY_H
#define AD_RUNTIME_STRUCTURAL_THREEFRY_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t ad_threefry_rotate(uint32_t v, int by) { return (v << by) | (v >> (32 - by)); }

/* One counter (c0, c1) into two words. */
static inline void ad_threefry(uint32_t k0, uint32_t k1, uint32_t c0, uint32_t c1, uint32_t *w0, uint32_t *w1) {
  static const int rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  const uint32_t key[3] = {k0, k1, k0 ^ k1 ^ 0x1BD11BDAu};
  uint32_t a = c0 + key[0], b = c1 + key[1];
  for (int group = 0; group < 5; group++) {
    for (int i = 0; i < 4; i++) {
      a += b;
      b = ad_threefry_rotate(b, rotations[group & 1][i]) ^ a;
    }
    a += key[(group + 1) % 3];
    b += key[(group + 2) % 3] + (uint32_t)(group + 1);
  }
  *w0 = a;
  *w1 = b;
}

/* Counters [begin, end) of the (words + 1) / 2 that fill out[words]: the first lanes in front, the second behind. */
static inline void ad_threefry_fill(const uint32_t *key, size_t words, size_t begin, size_t end, uint32_t *out) {
  size_t half = words / 2, upper = words - half;
  for (size_t i = begin; i < end; i++) {
    uint32_t w0, w1;
    if (i < half) {
      ad_threefry(key[0], key[1], (uint32_t)i, (uint32_t)(upper + i), &w0, &w1);
      out[upper + i] = w1;
    } else {
      ad_threefry(key[0], key[1], (uint32_t)i, 0, &w0, &w1);
    }
    out[i] = w0;
  }
}

#endif
