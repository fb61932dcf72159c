/* Stable sorting of keys, in freestanding C: compiled into the library and carried into printed C.
 *
 * Every dtype becomes an unsigned key whose order is the dtype's: -0 and 0 are one key, every NaN is the largest, also when
 * the order is reversed. Up to AD_SORT_SHORT keys are put at the place that counting says (how many are smaller), without
 * a branch that depends on them; more go by their bytes, from the least significant on (Knuth, The Art of Computer
 * Programming, volume 3, section 5.2.5), where bytes that all share cost nothing. Neither has a bad case, and
 * equal keys keep their order. Needs nothing but <stdint.h> and <stddef.h>. */
#ifndef AD_RUNTIME_STRUCTURAL_STABLE_SORT_H
#define AD_RUNTIME_STRUCTURAL_STABLE_SORT_H

#include <stddef.h>
#include <stdint.h>

enum { AD_SORT_SHORT = 64, AD_SORT_SIDE = 16, AD_SORT_BUCKETS = 256 };

/* A key and where it came from. */
typedef struct ad_sort_pair {
  uint64_t key;
  uint32_t index;
} ad_sort_pair;

/* ---- Keys ---- */

/* Of an integer; sign: 0, or the bit that says it is negative. flip: 0, or all bits for the reverse order. */
static inline uint64_t ad_sort_key_whole(uint64_t v, uint64_t sign, uint64_t flip) { return (v ^ sign) ^ flip; }

/* Of a floating-point number by its bits, whose infinity has those bits; and a number of a key that is no NaN's. */
#define AD_SORT_FLOAT_KEYS(T)                                                                           \
  static inline T ad_sort_key_##T(T bits, T sign, T infinity, T flip) {                                 \
    T magnitude = (T)(bits & (sign - 1)), key = (T)(bits & sign ? sign - magnitude : sign + magnitude); \
    return (T)(magnitude > infinity ? (sign | (sign - 1)) : key ^ flip);                                \
  }                                                                                                     \
  static inline T ad_sort_number_##T(T key, T sign, T flip) {                                           \
    T k = (T)(key ^ flip);                                                                              \
    return (T)(k >= sign ? k - sign : sign | (sign - k));                                               \
  }
AD_SORT_FLOAT_KEYS(uint32_t)
AD_SORT_FLOAT_KEYS(uint64_t)

/* ---- Sorting ---- */

#define AD_SORT_ITSELF(v) (v)
#define AD_SORT_OF_PAIR(v) ((v).key)

/* ad_sort_NAME(v, room, n, from, to): sorts v[0..n) by bits [from, to) of KEY(v[i]), which is a K; room is of the same
 * size. Both ways are also there alone. */
#define AD_SORT_MAKE(NAME, T, K, KEY)                                                                   \
  static inline void ad_sort_count_##NAME(T *v, T *room, size_t n) {                                    \
    K key[AD_SORT_SHORT];                                                                               \
    uint32_t rank[AD_SORT_SHORT], seen[AD_SORT_SHORT];                                                  \
    size_t b, i, j;                                                                                     \
    for (i = 0; i < AD_SORT_SHORT; i++) key[i] = i < n ? KEY(v[i]) : 0, seen[i] = 0;                    \
    for (b = 0; b < n; b += AD_SORT_SIDE) {                                                             \
      K smaller[AD_SORT_SIDE] = {0};                                                                    \
      for (j = 0; j < n; j++) {                                                                         \
        K k = key[j];                                                                                   \
        for (i = 0; i < AD_SORT_SIDE; i++) smaller[i] += (K)(k < key[b + i]);                           \
      }                                                                                                 \
      for (i = 0; i < AD_SORT_SIDE; i++) rank[b + i] = (uint32_t)smaller[i];                            \
    }                                                                                                   \
    for (i = 0; i < n; i++) room[i] = v[i];                                                             \
    for (i = 0; i < n; i++) v[rank[i] + seen[rank[i]]++] = room[i];                                     \
  }                                                                                                     \
  static inline void ad_sort_radix_##NAME(T *v, T *room, size_t n, int from, int to) {                  \
    T *in = v, *out = room;                                                                             \
    int shift;                                                                                          \
    size_t i;                                                                                           \
    for (shift = from; shift < to; shift += 8) {                                                        \
      size_t at[AD_SORT_BUCKETS] = {0}, sum = 0, first = (size_t)(KEY(in[0]) >> shift & 255);           \
      T *other = in;                                                                                    \
      for (i = 0; i < n; i++) at[KEY(in[i]) >> shift & 255]++;                                          \
      if (at[first] == n) continue;                                                                     \
      for (i = 0; i < AD_SORT_BUCKETS; i++) {                                                           \
        size_t count = at[i];                                                                           \
        at[i] = sum;                                                                                    \
        sum += count;                                                                                   \
      }                                                                                                 \
      for (i = 0; i < n; i++) out[at[KEY(in[i]) >> shift & 255]++] = in[i];                             \
      in = out;                                                                                         \
      out = other;                                                                                      \
    }                                                                                                   \
    for (i = 0; in != v && i < n; i++) v[i] = in[i];                                                    \
  }                                                                                                     \
  static inline void ad_sort_##NAME(T *v, T *room, size_t n, int from, int to) {                        \
    if (n <= AD_SORT_SHORT) ad_sort_count_##NAME(v, room, n);                                           \
    else ad_sort_radix_##NAME(v, room, n, from, to);                                                    \
  }
AD_SORT_MAKE(u32, uint32_t, uint32_t, AD_SORT_ITSELF)
AD_SORT_MAKE(u64, uint64_t, uint64_t, AD_SORT_ITSELF)
AD_SORT_MAKE(pairs, ad_sort_pair, uint64_t, AD_SORT_OF_PAIR)

#endif
