/* Keys of one width sorted by AVX-512 vectors. Included by sort_set.h, inside an instruction set's region, with
 *   LANE  its suffix, T its element, SELECT_PLAINLY its ad_select, LANES elements in a vector, MASK a bit for each
 *   DO(op), DO_U(op), COMPARE_MASK(op), TEST  intrinsics of this width; TURNED and MIXED permutations of one and of two vectors
 *   LANE_NUMBERS, ZIP_FROM  the places 0, 1, ..., and those that interleave two first halves
 *
 * Quicksort (Hoare 1962) that partitions a vector at a time from one array into another: what is below the pivot is
 * compressed to the front, the rest to the end. What fits in 16 vectors is sorted in registers by a bitonic network (Batcher, Sorting
 * networks and their applications, 1968) over a matrix whose columns are the neighbours, so that most exchanges are between
 * registers. Too many poor pivots, and the radix sort takes over. The order of equal keys does not show. */

#define N(what) AD_CAT(AD_CAT(AD_CAT(sort_, what), LANE), _avx512)

/* ---- What fits in registers ---- */

INLINE void N(exchange)(__m512i *a, __m512i *b) {
  __m512i low = DO_U(min)(*a, *b);
  *b = DO_U(max)(*a, *b);
  *a = low;
}

/* Compare-exchange of rows whose numbers differ by these bits: all of `size - 1` to merge, one to finish. */
INLINE void N(rows)(__m512i *v, const int rows, const int bits) {
  UNROLL for (int i = 0; i < 16; i++)
    if (i < rows && (i ^ bits) > i) N(exchange)(&v[i], &v[i ^ bits]);
}
INLINE void N(rows_finish)(__m512i *v, const int rows, const int from) {
  if (from >= 8) N(rows)(v, rows, 8);
  if (from >= 4) N(rows)(v, rows, 4);
  if (from >= 2) N(rows)(v, rows, 2);
  if (from >= 1) N(rows)(v, rows, 1);
}

/* The same of lanes; `upper`: the bit of the lane that gets the greater one. */
INLINE __m512i N(greater_above)(__m512i v, __m512i other, const int upper) {
  MASK above = TEST(LANE_NUMBERS, DO(set1)(upper));
  return DO_U(mask_max)(DO_U(min)(v, other), above, v, other);
}
INLINE void N(lanes_finish)(__m512i *v, const int rows, const int bit) {
  UNROLL for (int i = 0; i < 16; i++)
    if (i < rows) v[i] = N(greater_above)(v[i], TURNED(_mm512_xor_si512(LANE_NUMBERS, DO(set1)(bit)), v[i]), bit);
}
/* Merges columns: sorted groups of `width` of them become groups of twice as many. */
INLINE void N(merge_columns)(__m512i *v, const int rows, const int width) {
  const __m512i mirror = _mm512_xor_si512(LANE_NUMBERS, DO(set1)(2 * width - 1));
  UNROLL for (int i = 0; i < 8; i++) {
    int j = rows - 1 - i;
    if (i > j) continue;
    __m512i a = v[i], b = v[j];
    v[i] = N(greater_above)(a, TURNED(mirror, b), width);
    v[j] = N(greater_above)(b, TURNED(mirror, a), width);
  }
  if (width >= 8) N(lanes_finish)(v, rows, 4);
  if (width >= 4) N(lanes_finish)(v, rows, 2);
  if (width >= 2) N(lanes_finish)(v, rows, 1);
  N(rows_finish)(v, rows, rows / 2);
}

/* From columns to neighbours: each riffle makes the highest bit of the row the lowest of the place. */
INLINE void N(riffle)(__m512i *v, const int rows) {
  const __m512i low = ZIP_FROM, high = DO(add)(low, DO(set1)(LANES / 2));
  __m512i w[16];
  UNROLL for (int i = 0; i < 8; i++)
    if (i < rows / 2) {
      w[2 * i] = MIXED(v[i], low, v[i + rows / 2]);
      w[2 * i + 1] = MIXED(v[i], high, v[i + rows / 2]);
    }
  UNROLL for (int i = 0; i < 16; i++)
    if (i < rows) v[i] = w[i];
}

INLINE void N(sort_registers)(__m512i *v, const int rows) {
  if (rows >= 2) N(rows)(v, rows, 1);
  if (rows >= 4) N(rows)(v, rows, 3), N(rows_finish)(v, rows, 1);
  if (rows >= 8) N(rows)(v, rows, 7), N(rows_finish)(v, rows, 2);
  if (rows >= 16) N(rows)(v, rows, 15), N(rows_finish)(v, rows, 4);
  N(merge_columns)(v, rows, 1);
  N(merge_columns)(v, rows, 2);
  N(merge_columns)(v, rows, 4);
  if (LANES == 16) N(merge_columns)(v, rows, 8);
  if (rows >= 2) N(riffle)(v, rows);
  if (rows >= 4) N(riffle)(v, rows);
  if (rows >= 8) N(riffle)(v, rows);
  if (rows >= 16) N(riffle)(v, rows);
}

INLINE MASK N(first)(size_t n) { return (MASK)(n >= LANES ? ~0u : (1u << n) - 1); }

/* The n keys at `from`, at most what `rows` vectors hold, in order at `to`. */
INLINE void N(sort_rows)(const T *from, T *to, size_t n, const int rows) {
  __m512i v[16];
  const __m512i last = DO(set1)(-1);
  UNROLL for (int i = 0; i < 16; i++) {
    size_t at = (size_t)i * LANES;
    if (i < rows) v[i] = at < n ? DO(mask_loadu)(last, N(first)(n - at), from + at) : last;
  }
  N(sort_registers)(v, rows);
  UNROLL for (int i = 0; i < 16; i++) {
    size_t at = (size_t)i * LANES;
    if (i < rows && at < n) DO(mask_storeu)(to + at, N(first)(n - at), v[i]);
  }
}

static void N(sort_few)(const T *from, T *to, size_t n) {
  if (n <= LANES) N(sort_rows)(from, to, n, 1);
  else if (n <= 2 * LANES) N(sort_rows)(from, to, n, 2);
  else if (n <= 4 * LANES) N(sort_rows)(from, to, n, 4);
  else if (n <= 8 * LANES) N(sort_rows)(from, to, n, 8);
  else N(sort_rows)(from, to, n, 16);
}

/* ---- Partition ---- */

/* The middle one of some keys taken at equal distances. */
static T N(pivot)(const T *key, size_t n) {
  T sample[16 * LANES];
  size_t count = n < (size_t)LANES * 256 ? LANES : n < (size_t)LANES * 4096 ? 4 * LANES : 16 * LANES, step = n / count;
  for (size_t i = 0; i < count; i++) sample[i] = key[i * step + step / 2];
  N(sort_few)(sample, sample, count);
  return sample[count / 2];
}

/* Where a partition writes: what is below from the front on, the rest from the end on. */
typedef struct N(ends) {
  T *low, *high;
} N(ends);

/* A vector, parted. It may spill over behind `low`: as many places are left there as keys. */
INLINE void N(part)(N(ends) *to, __m512i v, MASK below) {
  unsigned count = (unsigned)__builtin_popcount(below);
  _mm512_storeu_si512(to->low, DO(maskz_compress)(below, v));
  to->low += count;
  to->high -= LANES - count;
  DO(mask_storeu)(to->high, (MASK)(N(first)(LANES) >> count), DO(maskz_compress)((MASK)~below, v));
}
/* The lanes of v that are `here`. */
INLINE void N(part_some)(N(ends) *to, __m512i v, MASK below, MASK here) {
  unsigned count = (unsigned)__builtin_popcount(below), rest = (unsigned)__builtin_popcount(here) - count;
  DO(mask_storeu)(to->low, N(first)(count), DO(maskz_compress)(below, v));
  to->low += count;
  to->high -= rest;
  DO(mask_storeu)(to->high, N(first)(rest), DO(maskz_compress)((MASK)(here & ~below), v));
}

/* The keys below the pivot (or, with `equal`, up to it) to the front of `to`, the others to its end. Returns how many are in
 * front. Four vectors at a time: loads need not wait for stores. */
INLINE size_t N(partition)(const T *from, T *to, size_t n, T pivot, const bool equal) {
  const __m512i p = DO(set1)((long long)pivot);
  N(ends) ends = {to, to + n};
  size_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    __m512i v[4];
    MASK below[4];
    UNROLL for (int k = 0; k < 4; k++) {
      v[k] = _mm512_loadu_si512(from + i + k * LANES);
      below[k] = equal ? COMPARE_MASK(cmple)(v[k], p) : COMPARE_MASK(cmplt)(v[k], p);
    }
    UNROLL for (int k = 0; k < 4; k++) N(part)(&ends, v[k], below[k]);
  }
  for (; i < n; i += LANES) {
    MASK here = N(first)(n - i);
    __m512i v = DO(maskz_loadu)(here, from + i);
    N(part_some)(&ends, v, equal ? COMPARE_MASK(mask_cmple)(here, v, p) : COMPARE_MASK(mask_cmplt)(here, v, p), here);
  }
  return (size_t)(ends.low - to);
}

static size_t N(below)(const T *from, T *to, size_t n, T pivot) { return N(partition)(from, to, n, pivot, false); }
static size_t N(up_to)(const T *from, T *to, size_t n, T pivot) { return N(partition)(from, to, n, pivot, true); }

/* The keys at `key` in order there, or (`moves`) at `other`; both are written to. depth: how many more partitions there
 * may be one inside another. */
static void N(sort_part)(T *key, T *other, size_t n, bool moves, int depth) {
  if (n <= 16 * LANES) {
    if (n) N(sort_few)(key, moves ? other : key, n);
    return;
  }
  if (depth == 0) {
    AD_CAT(ad_sort_radix, LANE)(key, other, n, 0, 8 * (int)sizeof(T));
    if (moves) memcpy(other, key, n * sizeof(T));
    return;
  }
  T pivot = N(pivot)(key, n);
  size_t count = N(below)(key, other, n, pivot);
  if (count) {
    N(sort_part)(other, key, count, !moves, depth - 1);
    N(sort_part)(other + count, key + count, n - count, !moves, depth - 1);
    return;
  }
  count = N(up_to)(other, key, n, pivot);
  if (moves) memcpy(other, key, count * sizeof(T));
  N(sort_part)(key + count, other + count, n - count, moves, depth - 1);
}

/* Partitions there may be one inside another: twice as many as good pivots would need. */
static int N(depth)(size_t n) {
  int depth = 8;
  for (; n > 1; n /= 2) depth += 2;
  return depth;
}

static void N(all)(T *key, T *room, size_t n) { N(sort_part)(key, room, n, false, N(depth)(n)); }

/* The key at that place: partitions, of which only the part around it goes on. */
static T N(select)(const T *key, T *room, T *other, size_t n, size_t place) {
  T few[16 * LANES];
  for (int depth = N(depth)(n); n > 16 * LANES; depth--) {
    T pivot = N(pivot)(key, n), *swap = room;
    if (depth == 0) return SELECT_PLAINLY(key, room, n, place);
    size_t count = N(below)(key, room, n, pivot);
    bool equal = count == 0;
    if (equal) {
      count = N(up_to)(room, other, n, pivot);
      if (place < count) return pivot;
      room = other, other = swap;
    }
    bool front = place < count;
    key = front ? room : room + count;
    place -= front ? 0 : count;
    n = front ? count : n - count;
    swap = room, room = other, other = swap;
  }
  N(sort_few)(key, few, n);
  return few[place];
}

#undef N
#undef LANE
#undef T
#undef SELECT_PLAINLY
#undef LANES
#undef MASK
#undef DO
#undef DO_U
#undef COMPARE_MASK
#undef TEST
#undef MIXED
#undef TURNED
#undef LANE_NUMBERS
#undef ZIP_FROM
