/* Places of extremes, for one instruction set: included by reduce_set.h, inside its region, with its NAME, LANE_LOOP, folds and
 * lists of lanes. The first of several equal elements is meant, and a NaN before all; both hold whatever the width of a
 * vector, so that the order in which elements are met is free here.
 *
 * Floats of AVX-512 find extreme and place in one pass. Elsewhere the extreme is folded, and searched for in the block. */

/* Is x ahead of the best so far? A NaN is, of all but a NaN. */
#define AHEAD_MAX(x, best) (((x) > (best)) | (((x) != (x)) & ((best) == (best))))
#define AHEAD_MIN(x, best) (((x) < (best)) | (((x) != (x)) & ((best) == (best))))

/* Is x, or a NaN when x is one, among the next elements? */
enum { AD_CAT(search, AD_KERNEL_SUFFIX) = 128 };
#define SEARCH AD_CAT(search, AD_KERNEL_SUFFIX)
#define HAS(s, T, D)                                             \
  static int NAME(has, s)(const T *p, T x) {                     \
    int found = 0;                                               \
    if (x != x)                                                  \
      for (size_t i = 0; i < SEARCH; i++) found |= p[i] != p[i]; \
    else                                                         \
      for (size_t i = 0; i < SEARCH; i++) found |= p[i] == x;    \
    return found;                                                \
  }

/* The block's extreme is found by the fold; only when it is ahead the block, still in cache, is searched for it. Meanwhile
 * memory is idle, so what follows the block is fetched. */
#define ARG_ROWS(what, fold, s, T, AHEAD)                                                                              \
  static void NAME(what##_rows, s)(size_t rows, size_t n, ptrdiff_t stride, const void *in_, size_t base, void *best_, \
                                   uint32_t *index) {                                                                  \
    T *best = best_;                                                                                                   \
    for (size_t r = 0; r < rows; r++) {                                                                                \
      const T *p = (const T *)(const void *)((const char *)in_ + (ptrdiff_t)r * stride);                               \
      const char *ahead = (const char *)(p + n) + AHEAD_BYTES;                                                         \
      T top;                                                                                                           \
      NAME(fold##_rows, s)(1, n, 0, &top, p, NULL);                                                                    \
      if (base && !AHEAD(top, best[r])) continue;                                                                      \
      size_t i = 0;                                                                                                    \
      for (; i + SEARCH < n && !NAME(has, s)(p + i, top); i += SEARCH)                                                 \
        for (size_t j = 0; j < SEARCH * sizeof(T); j += 64) __builtin_prefetch(ahead + i * sizeof(T) + j);             \
      while (i + 1 < n && !(p[i] == top || (p[i] != p[i] && top != top))) i++;                                         \
      best[r] = top;                                                                                                   \
      index[r] = (uint32_t)(base + i);                                                                                 \
    }                                                                                                                  \
  }
#define ARG_SEARCHED(s, T, D)            \
  HAS(s, T, D)                           \
  ARG_ROWS(argmax, max, s, T, AHEAD_MAX) \
  ARG_ROWS(argmin, min, s, T, AHEAD_MIN)
ARG_SEARCHED(b8, uint8_t, BOOL)
INTEGERS(ARG_SEARCHED)

#if AD_ISA_WANTED == 2 && defined(__x86_64__)
/* Steps of four vectors. Each lane keeps its extreme and, as a number of its own type, the step at which that came: elements
 * of a block are few enough. The extreme of all is then the earliest of the lanes' that equal it. A NaN is ahead of nothing;
 * the sum of all tells whether there may be one. */
#define ARG_STEPS(what, s, T, V, SUFFIX, MASK, EXTREME, AHEAD)                                                     \
  static size_t NAME(what##_steps, s)(const T *p, size_t steps) {                                                  \
    enum { LANES = 64 / sizeof(T), STEP = 4 * LANES };                                                             \
    V part[4], at[4], sum[4], step = _mm512_setzero_##SUFFIX(), one = _mm512_set1_##SUFFIX(1), lane;               \
    T lanes[LANES];                                                                                                \
    for (int j = 0; j < LANES; j++) lanes[j] = (T)j;                                                               \
    lane = _mm512_loadu_##SUFFIX(lanes);                                                                           \
    for (int k = 0; k < 4; k++) part[k] = sum[k] = _mm512_loadu_##SUFFIX(p + k * LANES), at[k] = step;             \
    for (const T *q = p + STEP, *end = p + steps * STEP; q < end; q += STEP) {                                     \
      step = _mm512_add_##SUFFIX(step, one);                                                                       \
      for (int k = 0; k < 4; k++) {                                                                                \
        __builtin_prefetch((const char *)(q + k * LANES) + AHEAD_BYTES);                                           \
        V x = _mm512_loadu_##SUFFIX(q + k * LANES);                                                                \
        MASK ahead = _mm512_cmp_##SUFFIX##_mask(x, part[k], AHEAD);                                                \
        part[k] = _mm512_##EXTREME##_##SUFFIX(x, part[k]);                                                         \
        at[k] = _mm512_mask_mov_##SUFFIX(at[k], ahead, step);                                                      \
        sum[k] = _mm512_add_##SUFFIX(sum[k], x);                                                                   \
      }                                                                                                            \
    }                                                                                                              \
    V top = _mm512_##EXTREME##_##SUFFIX(_mm512_##EXTREME##_##SUFFIX(part[0], part[1]),                             \
                                        _mm512_##EXTREME##_##SUFFIX(part[2], part[3]));                            \
    V first = _mm512_set1_##SUFFIX(AD_FOLD_BLOCK), all = sum[0];                                                   \
    top = _mm512_set1_##SUFFIX(_mm512_reduce_##EXTREME##_##SUFFIX(top));                                           \
    for (int k = 0; k < 4; k++) {                                                                                  \
      V before = _mm512_fmadd_##SUFFIX(at[k], _mm512_set1_##SUFFIX(STEP), _mm512_set1_##SUFFIX(k * LANES));        \
      V place = _mm512_add_##SUFFIX(before, lane);                                                                 \
      first = _mm512_mask_min_##SUFFIX(first, _mm512_cmp_##SUFFIX##_mask(part[k], top, _CMP_EQ_OQ), first, place); \
      if (k) all = _mm512_add_##SUFFIX(all, sum[k]);                                                               \
    }                                                                                                              \
    if (_mm512_cmp_##SUFFIX##_mask(all, all, _CMP_UNORD_Q))                                                        \
      for (size_t i = 0; i < steps * STEP; i++)                                                                    \
        if (p[i] != p[i]) return i;                                                                                \
    return (size_t)_mm512_reduce_min_##SUFFIX(first);                                                              \
  }
#define ARG_ROWS_512(what, s, T, V, SUFFIX, MASK, EXTREME, CMP, AHEAD)                                                 \
  ARG_STEPS(what, s, T, V, SUFFIX, MASK, EXTREME, CMP)                                                                 \
  static void NAME(what##_rows, s)(size_t rows, size_t n, ptrdiff_t stride, const void *in_, size_t base, void *best_, \
                                   uint32_t *index) {                                                                  \
    enum { STEP = 256 / sizeof(T) };                                                                                   \
    T *best = best_;                                                                                                   \
    for (size_t r = 0; r < rows; r++) {                                                                                \
      const T *p = (const T *)(const void *)((const char *)in_ + (ptrdiff_t)r * stride);                               \
      size_t i = n < STEP ? 0 : NAME(what##_steps, s)(p, n / STEP);                                                    \
      for (size_t rest = n < STEP ? 1 : n / STEP * STEP; rest < n; rest++)                                             \
        if (AHEAD(p[rest], p[i])) i = rest;                                                                            \
      if (base && !AHEAD(p[i], best[r])) continue;                                                                     \
      best[r] = p[i];                                                                                                  \
      index[r] = (uint32_t)(base + i);                                                                                 \
    }                                                                                                                  \
  }
ARG_ROWS_512(argmax, f32, float, __m512, ps, __mmask16, max, _CMP_GT_OQ, AHEAD_MAX)
ARG_ROWS_512(argmin, f32, float, __m512, ps, __mmask16, min, _CMP_LT_OQ, AHEAD_MIN)
ARG_ROWS_512(argmax, f64, double, __m512d, pd, __mmask8, max, _CMP_GT_OQ, AHEAD_MAX)
ARG_ROWS_512(argmin, f64, double, __m512d, pd, __mmask8, min, _CMP_LT_OQ, AHEAD_MIN)
#else
FLOATS(ARG_SEARCHED)
#endif

#define ARG_COLUMNS(what, s, T, AHEAD)                                                                        \
  static void NAME(what##_columns, s)(size_t n, const void *in_, size_t base, void *best_, uint32_t *index) { \
    const T *restrict p = in_;                                                                                \
    T *restrict best = best_;                                                                                 \
    const uint32_t at = (uint32_t)base;                                                                       \
    LANE_LOOP for (size_t i = 0; i < n; i++) {                                                                \
      const T x = p[i], b = best[i];                                                                          \
      const int ahead = (base == 0) | AHEAD(x, b);                                                            \
      best[i] = ahead ? x : b;                                                                                \
      index[i] = ahead ? at : index[i];                                                                       \
    }                                                                                                         \
  }
#define ARG_COLUMN_LANE(s, T, D)       \
  ARG_COLUMNS(argmax, s, T, AHEAD_MAX) \
  ARG_COLUMNS(argmin, s, T, AHEAD_MIN)
ORDERED(ARG_COLUMN_LANE)
