/* One instruction set's sorting: included by sort_<isa>.c with AD_KERNEL_SUFFIX, AD_SORT_TABLE (the table's name) and
 * AD_ISA_WANTED. With AVX-512 keys are sorted by vectors (sort_vectors.h), otherwise by the structural text. */
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/sort_kernels.h"
#include "runtime/structural/selection.h"
#include "runtime/kernels/isa_begin.h"

#define SORT(name) AD_CAT(AD_CAT(sort_, name), AD_KERNEL_SUFFIX)

/* ---- Keys ---- */

#define WHOLE(name, T, K)                                                                             \
  static bool SORT(keys_##name)(const ad_sort_coding *c, size_t n, const void *in, void *out) {       \
    const T *x = in, flip = (T)(c->sign ^ c->flip);                                                   \
    K *key = out;                                                                                     \
    AD_LOOP for (size_t i = 0; i < n; i++) key[i] = (T)(x[i] ^ flip);                                 \
    return false;                                                                                     \
  }                                                                                                   \
  static void SORT(numbers_##name)(const ad_sort_coding *c, size_t n, const void *in, void *out) {    \
    const K *key = in;                                                                                \
    T *x = out, flip = (T)(c->sign ^ c->flip);                                                        \
    AD_LOOP for (size_t i = 0; i < n; i++) x[i] = (T)((T)key[i] ^ flip);                              \
  }
WHOLE(8, uint8_t, uint32_t)
WHOLE(16, uint16_t, uint32_t)
WHOLE(32, uint32_t, uint32_t)
WHOLE(64, uint64_t, uint64_t)

#define FLOATING(name, T, K)                                                                          \
  static bool SORT(keys_##name)(const ad_sort_coding *c, size_t n, const void *in, void *out) {       \
    const T *x = in;                                                                                  \
    const K sign = (K)c->sign, infinity = (K)c->infinity, flip = (K)c->flip;                          \
    K *key = out, special = 0;                                                                        \
    AD_LOOP for (size_t i = 0; i < n; i++) {                                                          \
      special |= (K)(x[i] == sign) | (K)((x[i] & (sign - 1)) > infinity);                             \
      key[i] = ad_sort_key_##K(x[i], sign, infinity, flip);                                           \
    }                                                                                                 \
    return special != 0;                                                                              \
  }                                                                                                   \
  static void SORT(numbers_##name)(const ad_sort_coding *c, size_t n, const void *in, void *out) {    \
    const K *key = in, sign = (K)c->sign, flip = (K)c->flip;                                          \
    T *x = out;                                                                                       \
    AD_LOOP for (size_t i = 0; i < n; i++) x[i] = (T)ad_sort_number_##K(key[i], sign, flip);          \
  }
FLOATING(half, uint16_t, uint32_t)
FLOATING(f32, uint32_t, uint32_t)
FLOATING(f64, uint64_t, uint64_t)

/* ---- Orders ---- */

#if defined(__x86_64__) && AD_ISA_WANTED == 2
#define INLINE static inline __attribute__((always_inline, unused))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define LANE _u32
#define T uint32_t
#define SELECT_PLAINLY ad_select_uint32_t
#define LANES 16
#define MASK __mmask16
#define DO(op) _mm512_##op##_epi32
#define DO_U(op) _mm512_##op##_epu32
#define COMPARE_MASK(op) _mm512_##op##_epu32_mask
#define TEST _mm512_test_epi32_mask
#define MIXED _mm512_permutex2var_epi32
#define TURNED _mm512_permutexvar_epi32
#define LANE_NUMBERS _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define ZIP_FROM _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#include "runtime/kernels/sort_vectors.h"

#define LANE _u64
#define T uint64_t
#define SELECT_PLAINLY ad_select_uint64_t
#define LANES 8
#define MASK __mmask8
#define DO(op) _mm512_##op##_epi64
#define DO_U(op) _mm512_##op##_epu64
#define COMPARE_MASK(op) _mm512_##op##_epu64_mask
#define TEST _mm512_test_epi64_mask
#define MIXED _mm512_permutex2var_epi64
#define TURNED _mm512_permutexvar_epi64
#define LANE_NUMBERS _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7)
#define ZIP_FROM _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11)
#include "runtime/kernels/sort_vectors.h"

#undef INLINE
#undef UNROLL

static void SORT(order32)(uint32_t *key, uint32_t *room, size_t n, int bits) {
  (void)bits;
  sort_all_u32_avx512(key, room, n);
}
/* Sorted as a whole, the lower bits stay in the order they are in. */
static void SORT(order64)(uint64_t *key, uint64_t *room, size_t n, int from) {
  (void)from;
  sort_all_u64_avx512(key, room, n);
}
#define SELECT(K, LANE) sort_select_##LANE##_avx512(key, room, other, n, place)
#else
static void SORT(order32)(uint32_t *key, uint32_t *room, size_t n, int bits) { ad_sort_u32(key, room, n, 0, bits); }
static void SORT(order64)(uint64_t *key, uint64_t *room, size_t n, int from) { ad_sort_u64(key, room, n, from, 64); }
#define SELECT(K, LANE) ((void)other, ad_select_##K(key, room, n, place))
#endif
static uint32_t SORT(select32)(const uint32_t *key, uint32_t *room, uint32_t *other, size_t n, size_t place) {
  return SELECT(uint32_t, u32);
}
static uint64_t SORT(select64)(const uint64_t *key, uint64_t *room, uint64_t *other, size_t n, size_t place) {
  return SELECT(uint64_t, u64);
}
static void SORT(pairs)(ad_sort_pair *v, ad_sort_pair *room, size_t n) { ad_sort_pairs(v, room, n, 0, 64); }

const ad_sort_kernels AD_SORT_TABLE = {
    .keys = {SORT(keys_8), SORT(keys_16), SORT(keys_32), SORT(keys_64), SORT(keys_half), SORT(keys_f32), SORT(keys_f64)},
    .numbers = {SORT(numbers_8), SORT(numbers_16), SORT(numbers_32), SORT(numbers_64), SORT(numbers_half), SORT(numbers_f32),
                SORT(numbers_f64)},
    .sort32 = SORT(order32),
    .sort64 = SORT(order64),
    .select32 = SORT(select32),
    .select64 = SORT(select64),
    .pairs = SORT(pairs),
};

#include "runtime/kernels/isa_end.h"
#undef SORT
#undef SELECT
#undef WHOLE
#undef FLOATING
#undef AD_KERNEL_SUFFIX
#undef AD_SORT_TABLE
