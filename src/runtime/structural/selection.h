/* Selection and search among keys, in freestanding C: compiled into the library and carried into printed C.
 *
 * Keys are those of stable_sort.h. The key that would stand at a place is found byte by byte from the most significant on:
 * keys whose byte is another are left behind, so there is no bad case. Around it, indices are parted without changing their
 * order, so that the same ones are chosen everywhere. Needs nothing but <stdint.h> and <stddef.h>. */
#ifndef AD_RUNTIME_STRUCTURAL_SELECTION_H
#define AD_RUNTIME_STRUCTURAL_SELECTION_H

#include <stddef.h>
#include <stdint.h>

/* ad_select_K(key, room, n, place): the key at that place, if the n keys were in order; room: as many keys.
 * ad_select_parts_K: the indices of smaller keys than the pivot, of equal ones, of greater ones.
 * ad_select_top_K: the indices of the `count` greatest keys, of which the pivot is the least; of equal ones, the first. */
#define AD_SELECT_MAKE(K)                                                                                       \
  static inline K ad_select_##K(const K *key, K *room, size_t n, size_t place) {                                \
    const K *in = key;                                                                                          \
    K found = 0;                                                                                                \
    int shift;                                                                                                  \
    for (shift = 8 * (int)sizeof(K) - 8; shift >= 0; shift -= 8) {                                              \
      size_t count[256] = {0}, digit = 0, kept = 0, i;                                                          \
      for (i = 0; i < n; i++) count[in[i] >> shift & 255]++;                                                    \
      while (place >= count[digit]) place -= count[digit++];                                                    \
      found |= (K)digit << shift;                                                                               \
      if (count[digit] == n) continue;                                                                          \
      for (i = 0; i < n; i++) {                                                                                 \
        room[kept] = in[i];                                                                                     \
        kept += (in[i] >> shift & 255) == digit;                                                                \
      }                                                                                                         \
      in = room;                                                                                                \
      n = kept;                                                                                                 \
    }                                                                                                           \
    return found;                                                                                               \
  }                                                                                                             \
  static inline void ad_select_parts_##K(const K *key, size_t n, K pivot, uint32_t *index) {                    \
    size_t at[3] = {0, 0, 0}, i;                                                                                \
    for (i = 0; i < n; i++) {                                                                                   \
      at[1] += key[i] < pivot;                                                                                  \
      at[2] += key[i] <= pivot;                                                                                 \
    }                                                                                                           \
    for (i = 0; i < n; i++) index[at[(key[i] >= pivot) + (key[i] > pivot)]++] = (uint32_t)i;                    \
  }                                                                                                             \
  static inline void ad_select_top_##K(const K *key, size_t n, size_t count, K pivot, uint32_t *index) {        \
    size_t above = 0, at = 0, equal, i;                                                                         \
    for (i = 0; i < n; i++) above += key[i] > pivot;                                                            \
    equal = count - above;                                                                                      \
    for (i = 0; i < n && at < count; i++)                                                                       \
      if (key[i] > pivot || (key[i] == pivot && equal && equal--)) index[at++] = (uint32_t)i;                   \
  }
AD_SELECT_MAKE(uint32_t)
AD_SELECT_MAKE(uint64_t)

/* Among n sorted keys of `words` numbers each, compared one after the other: how many are smaller than x, or (right) not
 * greater. */
static inline size_t ad_search_words(const uint64_t *key, size_t words, size_t n, const uint64_t *x, int right) {
  size_t low = 0, k;
  while (n) {
    size_t half = n / 2;
    const uint64_t *at = key + (low + half) * words;
    for (k = 0; k + 1 < words && at[k] == x[k]; k++) continue;
    if (at[k] < x[k] || (right && at[k] == x[k])) {
      low += half + 1;
      n -= half + 1;
    } else {
      n = half;
    }
  }
  return low;
}

#endif
