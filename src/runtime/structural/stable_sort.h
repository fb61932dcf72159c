/* Stable sorting of keys with their indices, in freestanding C: compiled into the library and carried into printed C.
 *
 * Every dtype becomes an unsigned 64-bit key whose order is the dtype's: -0 and 0 are one key, every NaN is the largest.
 * Keys are sorted together with the indices they came from, by merging (no bad case, equal keys keep their order); two
 * numbers that make one value, as in a complex one, are sorted by the lesser key first. Needs nothing but <stdint.h>. */
#ifndef AD_RUNTIME_STRUCTURAL_STABLE_SORT_H
#define AD_RUNTIME_STRUCTURAL_STABLE_SORT_H

#include <stddef.h>
#include <stdint.h>

#define AD_SORT_NAN UINT64_MAX

static inline uint64_t ad_sort_key_unsigned(uint64_t v) { return v; }
static inline uint64_t ad_sort_key_signed(int64_t v) { return (uint64_t)v ^ UINT64_C(0x8000000000000000); }

/* `bits` of a floating-point number with `width` bits in all, whose infinity has these bits. */
static inline uint64_t ad_sort_key_float(uint64_t bits, int width, uint64_t infinity) {
  uint64_t sign = UINT64_C(1) << (width - 1), magnitude = bits & (sign - 1);
  if (magnitude > infinity) return AD_SORT_NAN;
  if (magnitude == 0) return sign;
  return bits & sign ? sign - magnitude : sign + magnitude;
}

/* The reverse order, NaN still the largest. */
static inline uint64_t ad_sort_key_descending(uint64_t key) { return key == AD_SORT_NAN ? key : AD_SORT_NAN - 1 - key; }

/* Puts key[0..n) in order by moving each back over larger ones. */
static inline void ad_sort_insert(uint64_t *key, uint32_t *index, size_t n) {
  for (size_t i = 1; i < n; i++) {
    uint64_t k = key[i];
    uint32_t x = index[i];
    size_t j = i;
    for (; j > 0 && key[j - 1] > k; j--) {
      key[j] = key[j - 1];
      index[j] = index[j - 1];
    }
    key[j] = k;
    index[j] = x;
  }
}

/* Merges [0, middle) and [middle, n), each in order; of equals the first one's go first. */
static inline void ad_sort_merge(const uint64_t *key, const uint32_t *index, size_t middle, size_t n, uint64_t *to_key,
                                 uint32_t *to_index) {
  size_t a = 0, b = middle;
  for (size_t i = 0; i < n; i++) {
    int first = b == n || (a < middle && key[a] <= key[b]);
    size_t from = first ? a : b;
    to_key[i] = key[from];
    to_index[i] = index[from];
    a += (size_t)first;
    b += (size_t)!first;
  }
}

/* Sorts keys and, with them, indices. The second pair of arrays is room of the same size. */
static inline void ad_sort_keys(uint64_t *key, uint32_t *index, uint64_t *key_room, uint32_t *index_room, size_t n) {
  enum { RUN = 16 };
  uint64_t *from = key, *to = key_room;
  uint32_t *from_index = index, *to_index = index_room;
  for (size_t at = 0; at < n; at += RUN) ad_sort_insert(key + at, index + at, n - at < RUN ? n - at : RUN);
  for (size_t width = RUN; width < n; width *= 2) {
    for (size_t at = 0; at < n; at += 2 * width) {
      size_t count = n - at < 2 * width ? n - at : 2 * width, middle = count < width ? count : width;
      ad_sort_merge(from + at, from_index + at, middle, count, to + at, to_index + at);
    }
    uint64_t *key_swap = from;
    uint32_t *index_swap = from_index;
    from = to, from_index = to_index;
    to = key_swap, to_index = index_swap;
  }
  if (from == key) return;
  for (size_t i = 0; i < n; i++) {
    key[i] = from[i];
    index[i] = from_index[i];
  }
}

#endif
