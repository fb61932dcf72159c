/* Threefry-2x32, 20 rounds, freestanding: the text is compiled in and may be carried into emitted C.
 *
 * Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011: rotations and key schedule are
 * those of its section on Threefry; 0x1BD11BDA is the parity constant of Skein for 32-bit words. The rounds are written
 * out, so that a loop over counters becomes vectors of them. */
#ifndef AD_BASE_THREEFRY_H
#define AD_BASE_THREEFRY_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t ad_threefry_rotate(uint32_t v, int by) { return (v << by) | (v >> (32 - by)); }

#define AD_THREEFRY_ROUND(by) (a += b, b = ad_threefry_rotate(b, by) ^ a)
#define AD_THREEFRY_EVEN \
  (AD_THREEFRY_ROUND(13), AD_THREEFRY_ROUND(15), AD_THREEFRY_ROUND(26), AD_THREEFRY_ROUND(6))
#define AD_THREEFRY_ODD \
  (AD_THREEFRY_ROUND(17), AD_THREEFRY_ROUND(29), AD_THREEFRY_ROUND(16), AD_THREEFRY_ROUND(24))
#define AD_THREEFRY_INJECT(x, y, group) (a += (x), b += (y) + group)

/* One counter (c0, c1) into two words. */
static inline void ad_threefry(uint32_t k0, uint32_t k1, uint32_t c0, uint32_t c1, uint32_t *w0, uint32_t *w1) {
  const uint32_t k2 = k0 ^ k1 ^ 0x1BD11BDAu;
  uint32_t a = c0 + k0, b = c1 + k1;
  AD_THREEFRY_EVEN, AD_THREEFRY_INJECT(k1, k2, 1u);
  AD_THREEFRY_ODD, AD_THREEFRY_INJECT(k2, k0, 2u);
  AD_THREEFRY_EVEN, AD_THREEFRY_INJECT(k0, k1, 3u);
  AD_THREEFRY_ODD, AD_THREEFRY_INJECT(k1, k2, 4u);
  AD_THREEFRY_EVEN, AD_THREEFRY_INJECT(k2, k0, 5u);
  *w0 = a;
  *w1 = b;
}

/* Counters [begin, end) of the (words + 1) / 2 that fill out[words]: the first lanes in front, the second behind. */
static inline void ad_threefry_fill(const uint32_t *key, size_t words, size_t begin, size_t end, uint32_t *out) {
  size_t half = words / 2, upper = words - half;
  for (size_t i = begin; i < end; i++) {
    uint32_t w0, w1;
    ad_threefry(key[0], key[1], (uint32_t)i, i < half ? (uint32_t)(upper + i) : 0, &w0, &w1);
    out[i] = w0;
    if (i < half) out[upper + i] = w1;
  }
}

#endif
