/* Matrix product kernels of one lane, included by gemm_set.h with
 *   LANE     its suffix, T its element
 *   ROWS     rows of the largest tile, VECTORS vectors of its width
 *   FMA(x, y, z), SPLAT(x)  over vectors of VECTOR_BYTES bytes; SCALAR_FMA
 *   STREAMED  where there is a kernel for few rows; ZIP_LOW, ZIP_HIGH where a transposed operand is packed by vectors
 *   PANEL_ONLY  where words of several elements take the place of elements: neither `dot` nor packing, and sums may start
 * The tile lives in vector registers: ROWS x VECTORS sums, a row of b, one element of a spread over a vector. Loops over
 * tiles are unrolled by the compiler once ROWS and VECTORS are numbers, so every height has its own code. */

#define N(what) AD_CAT(AD_CAT(AD_CAT(gemm_, what), LANE), AD_KERNEL_SUFFIX)
#define V N(vector)
enum { N(GROUP) = 2 * VECTOR_BYTES / sizeof(T), N(LANES_OF) = VECTOR_BYTES / sizeof(T), N(WIDTH) = VECTORS * VECTOR_BYTES / sizeof(T) };
#define VL N(LANES_OF)
typedef T V __attribute__((vector_size(VECTOR_BYTES)));
typedef T N(in_memory) __attribute__((vector_size(VECTOR_BYTES), aligned(1), may_alias));

INLINE V N(load)(const T *p) { return (V) * (const N(in_memory) *)(const void *)p; }
INLINE void N(store)(T *p, V v) { *(N(in_memory) *)(void *)p = (N(in_memory))v; }

/* The first n lanes; the rest of a vector loaded is zero. */
INLINE V N(load_part)(const T *p, size_t n) {
  if (n >= VL) return N(load)(p);
#if AD_ISA_WANTED >= 2
  if (sizeof(T) == 4) return (V)_mm512_maskz_loadu_epi32((__mmask16)((1u << n) - 1), p);
  if (sizeof(T) == 8) return (V)_mm512_maskz_loadu_epi64((__mmask8)((1u << n) - 1), p);
#endif
  V v = {0};
  for (size_t i = 0; i < n; i++) v[i] = p[i];
  return v;
}

INLINE void N(store_part)(T *p, V v, size_t n) {
  if (n >= VL) {
    N(store)(p, v);
    return;
  }
#if AD_ISA_WANTED >= 2
  if (sizeof(T) == 4) {
    _mm512_mask_storeu_epi32(p, (__mmask16)((1u << n) - 1), (__m512i)v);
    return;
  }
  if (sizeof(T) == 8) {
    _mm512_mask_storeu_epi64(p, (__mmask8)((1u << n) - 1), (__m512i)v);
    return;
  }
#endif
  for (size_t i = 0; i < n; i++) p[i] = v[i];
}

INLINE void N(store_past)(T *p, V v) {
#if AD_ISA_WANTED >= 2
  _mm512_stream_si512((void *)p, (__m512i)v);
#elif AD_ISA_WANTED == 1
  _mm256_stream_si256((__m256i *)(void *)p, (__m256i)v);
#else
  N(store)(p, v);
#endif
}

/* ---- A tile ---- */

/* A tile of fewer columns than its vectors hold. */
static void N(finish_part)(const ad_gemm_panel *p, T *c, const T *sums, size_t height) {
  for (size_t i = 0; i < height; i++, sums += N(WIDTH), c += p->c_row)
    for (size_t j = 0; j < p->columns; j += VL) {
      V v = N(load)(sums + j);
      if (p->store == AD_GEMM_ADD) v = N(load_part)(c + j, p->columns - j) + v;
      N(store_part)(c + j, v, p->columns - j);
    }
}

#define EACH(what) \
  AD_UNROLL for (int i = 0; i < height; i++) { \
    T *row = c + (ptrdiff_t)i * p->c_row; \
    AD_UNROLL for (int j = 0; j < vectors; j++) what; \
  }
INLINE void N(finish)(const ad_gemm_panel *p, T *c, V sum[ROWS][VECTORS], const int height, const int vectors) {
  if (p->columns != (size_t)vectors * VL) {
    T sums[ROWS * N(WIDTH)];
    AD_UNROLL for (int i = 0; i < height; i++)
      AD_UNROLL for (int j = 0; j < vectors; j++) N(store)(sums + i * N(WIDTH) + j * VL, sum[i][j]);
    N(finish_part)(p, c, sums, (size_t)height);
  } else if (p->store == AD_GEMM_STREAM) {
    EACH(N(store_past)(row + j * VL, sum[i][j]))
  } else {
    if (p->store == AD_GEMM_ADD) EACH(sum[i][j] = N(load)(row + j * VL) + sum[i][j])
    EACH(N(store)(row + j * VL, sum[i][j]))
  }
}

/* One step of k: a column of a times a row of b, which is kept in `packed` unless that is NULL. */
INLINE void N(step)(const T *a, ptrdiff_t a_row, const T *b, T *packed, V sum[ROWS][VECTORS], const int height, const int vectors) {
  V right[VECTORS];
  AD_UNROLL for (int j = 0; j < vectors; j++) {
    right[j] = N(load)(b + j * VL);
    if (packed) N(store)(packed + j * VL, right[j]);
  }
  AD_UNROLL for (int i = 0; i < height; i++) {
    const V left = SPLAT(a[(ptrdiff_t)i * a_row]);
    AD_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = FMA(left, right[j], sum[i][j]);
  }
}

/* The lines that `columns` of a row lie on; rows need not begin with a line. */
INLINE void N(fetch)(const T *row, const size_t columns, const int writes) {
  const char *at = (const char *)row;
  for (size_t i = 0; i < columns * sizeof(T); i += 64) writes ? __builtin_prefetch(at + i, 1) : __builtin_prefetch(at + i, 0, 2);
  if (writes) __builtin_prefetch(at + columns * sizeof(T) - 1, 1);
}

/* Turn `turn` of `turns` asks for its share of the rows ahead. */
INLINE void N(ask_ahead)(const ad_gemm_panel *p, const int turn, const int turns) {
  size_t row = p->ahead_rows * (size_t)turn / (size_t)turns, end = p->ahead_rows * (size_t)(turn + 1) / (size_t)turns;
  for (; row < end; row++) N(fetch)((const T *)p->ahead + (ptrdiff_t)row * p->ahead_step, N(WIDTH), 0);
}

/* All steps of a tile, in turns: between the first ones a row of the tile's place in c is fetched, since all at once would
 * hold up the reads of b. by_rows: a_step is 1, else a_row is 1. Where p->packed is given, b lies in strides; it is fetched
 * some rows ahead, and left there. */
INLINE void N(steps)(const ad_gemm_panel *p, const T *a, const T *c, V sum[ROWS][VECTORS], const bool by_rows, const int height,
                     const int vectors) {
  const T *b = p->b;
#ifdef PANEL_ONLY
  T *packed = NULL;
#else
  T *packed = vectors == VECTORS ? p->packed : NULL;
#endif
  const ptrdiff_t b_step = p->b_step, a_row = by_rows ? p->a_row : 1, a_step = by_rows ? 1 : p->a_step;
  const bool fetches = p->depth >= AD_GEMM_FETCH_FROM && p->store != AD_GEMM_STREAM;
  size_t k = p->depth, each = k / (ROWS + 2) < AD_GEMM_FETCH_STEPS ? k / (ROWS + 2) : AD_GEMM_FETCH_STEPS;
  for (int turn = fetches ? 0 : height; turn <= height; turn++, c += p->c_row) {
    size_t left = turn < height ? each : k;
    if (turn < height) N(fetch)(c, (size_t)vectors * VL, 1);
    if (p->ahead_rows && turn < height) N(ask_ahead)(p, turn, height);
    k -= left;
    for (; left; left--, a += a_step, b += b_step) {
      if (packed) N(fetch)(b + AD_GEMM_FETCH_ROWS * b_step, N(WIDTH), 0);
      N(step)(a, a_row, b, packed, sum, height, vectors);
      if (packed) packed += N(WIDTH);
    }
  }
}

INLINE void N(tile)(const ad_gemm_panel *p, const T *a, T *c, const int height, const int vectors) {
  V sum[ROWS][VECTORS];
  AD_UNROLL for (int i = 0; i < height; i++)
    AD_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = (V){0};
#ifdef PANEL_ONLY
  if (p->start) {
    AD_UNROLL for (int j = 0; j < vectors; j++) {
      const V start = N(load)((const T *)p->start + j * VL);
      AD_UNROLL for (int i = 0; i < height; i++) sum[i][j] = start;
    }
  }
  N(steps)(p, a, c, sum, false, height, vectors);
#else
  if (p->a_row == 1) N(steps)(p, a, c, sum, false, height, vectors);
  else N(steps)(p, a, c, sum, true, height, vectors);
#endif
  N(finish)(p, c, sum, height, vectors);
}

#define TILE_OF(height)                                                                                     \
  static __attribute__((noinline)) void N(AD_CAT(tile, height))(const ad_gemm_panel *p, const T *a, T *c) { \
    if (p->columns > VL) N(tile)(p, a, c, height, VECTORS);                                                 \
    else N(tile)(p, a, c, height, 1);                                                                       \
  }
#define TILE_CASE(height) case height: N(AD_CAT(tile, height))(p, a, c); break;
#if ROWS == 14
#define HEIGHTS(M) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14)
#elif ROWS == 6
#define HEIGHTS(M) M(1) M(2) M(3) M(4) M(5) M(6)
#else
#define HEIGHTS(M) M(1) M(2) M(3) M(4)
#endif
HEIGHTS(TILE_OF)

/* The first tile reads b as fast as it comes; those after it have time to ask for what the next panel reads. */
static void N(panel)(const ad_gemm_panel *given) {
  const ad_gemm_panel *p = given;
  const T *a = p->a;
  T *c = p->c;
  ad_gemm_panel own;
  size_t tiles = (p->rows + p->height - 1) / p->height, asked = 0;
  if (p->ahead_rows) own = *p, own.ahead_rows = 0, p = &own;
  for (size_t i = 0, tile = 0; i < p->rows; i += p->height, tile++, a += p->a_panel, c += (ptrdiff_t)p->height * p->c_row) {
    size_t height = p->rows - i < p->height ? p->rows - i : p->height;
    if (tile == 1 && p->packed) {
      if (p != &own) own = *p, p = &own;
      own.b = p->packed, own.b_step = N(WIDTH), own.packed = NULL;
    }
    if (tile && given->ahead_rows) {
      own.ahead = (const T *)given->ahead + (ptrdiff_t)asked * given->ahead_step;
      own.ahead_rows = given->ahead_rows * tile / (tiles - 1) - asked;
      asked += own.ahead_rows;
    }
    switch (height) { HEIGHTS(TILE_CASE) }
  }
#if defined(__x86_64__)
  if (p->store == AD_GEMM_STREAM) _mm_sfence();
#endif
}

/* ---- Few rows ---- */

#ifdef STREAMED
#ifdef SOFT_FMA
#define STREAM_INLINE static __attribute__((noinline))
#define STREAM_UNROLL
#else
#define STREAM_INLINE INLINE
#define STREAM_UNROLL AD_UNROLL
#endif

/* The lines of a group of columns, into the first cache. */
INLINE void N(fetch_near)(const T *row) {
  AD_UNROLL for (size_t i = 0; i < N(GROUP); i += 64 / sizeof(T)) __builtin_prefetch(row + i);
}

/* The sums of `rows` rows and two vectors of columns, `steps` further. */
STREAM_INLINE void N(stream_step)(const T *a, const T *b, const T *ahead, ptrdiff_t b_step, T *sums, size_t sums_row, const int rows,
                                  const int steps) {
  V s[AD_GEMM_STREAM_ROWS][2];
  STREAM_UNROLL for (int i = 0; i < rows; i++) {
    s[i][0] = N(load)(sums + (size_t)i * sums_row);
    s[i][1] = N(load)(sums + (size_t)i * sums_row + VL);
  }
  STREAM_UNROLL for (int k = 0; k < steps; k++) {
    const T *row = b + (ptrdiff_t)k * b_step;
    if (rows > 2) N(fetch_near)(ahead + (ptrdiff_t)k * b_step);
    const V b0 = N(load)(row), b1 = N(load)(row + VL);
    STREAM_UNROLL for (int i = 0; i < rows; i++) {
      const V left = SPLAT(a[k * rows + i]);
      s[i][0] = FMA(left, b0, s[i][0]);
      s[i][1] = FMA(left, b1, s[i][1]);
    }
  }
  STREAM_UNROLL for (int i = 0; i < rows; i++) {
    N(store)(sums + (size_t)i * sums_row, s[i][0]);
    N(store)(sums + (size_t)i * sums_row + VL, s[i][1]);
  }
}

/* One step of columns [first, columns): what is left of a block. */
static void N(stream_rest)(const T *a, const T *b, T *sums, size_t sums_row, size_t rows, size_t first, size_t columns) {
  for (size_t j = first; j < columns; j += VL) {
    const V right = N(load_part)(b + j, columns - j);
    for (size_t i = 0; i < rows; i++) {
      T *sum = sums + i * sums_row + j;
      N(store)(sum, FMA(SPLAT(a[i]), right, N(load)(sum)));
    }
  }
}

/* Rows of sums are no multiple of a page apart, so that they and the rows of b do not share cache sets. */
INLINE size_t N(sums_row)(size_t columns) { return (columns + N(GROUP) - 1) / N(GROUP) * N(GROUP) + N(GROUP); }

/* One row waits for memory alone, and processors fetch a few streams best on their own. With more rows b is asked for AHEAD
 * elements before, at the end of its rows in those of the next steps; many steps at once spare the sums' traffic with the
 * second cache, which is what then counts. */
STREAM_INLINE void N(stream_rows)(const ad_gemm_stream *p, const int rows) {
  enum { STEPS_OF_FEW = 6, MOST_STEPS = 12, AHEAD = 1024 / sizeof(T) }; /* both divide AD_GEMM_DEPTH */
  const int steps = rows <= 2 ? STEPS_OF_FEW : MOST_STEPS;
  const ptrdiff_t b_step = p->b_step;
  const T *a = p->a, *b = p->b;
  T *sums = p->sums, kept[STEPS_OF_FEW * 2];
  size_t sums_row = N(sums_row)(p->columns), whole = p->columns / N(GROUP) * N(GROUP), k = 0;
  memset(sums, 0, (size_t)rows * sums_row * sizeof(T));
  for (; k + (size_t)steps <= p->depth; k += (size_t)steps) {
    const T *left = a + k * (size_t)rows;
    if (rows <= 2) {
      STREAM_UNROLL for (int i = 0; i < steps * rows; i++) kept[i] = left[i];
      left = kept;
    }
    for (size_t j = 0; j < whole; j += N(GROUP)) {
      const T *here = b + (ptrdiff_t)k * b_step + j;
      const T *ahead = j + AHEAD < whole ? here + AHEAD : here + (ptrdiff_t)steps * b_step + (ptrdiff_t)(j + AHEAD < 2 * whole ? AHEAD - whole : 0);
      N(stream_step)(left, here, ahead, b_step, sums + j, sums_row, rows, steps);
    }
  }
  /* What is left: steps for all columns, all steps for the last columns. */
  for (size_t step = 0; step < p->depth; step++)
    N(stream_rest)(a + step * (size_t)rows, b + (ptrdiff_t)step * b_step, sums, sums_row, (size_t)rows, step < k ? whole : 0, p->columns);
}

static void N(stream)(const ad_gemm_stream *p) {
#ifdef SOFT_FMA
  N(stream_rows)(p, (int)p->rows);
#else
  switch (p->rows) {
  case 1: N(stream_rows)(p, 1); break;
  case 2: N(stream_rows)(p, 2); break;
  case 3: N(stream_rows)(p, 3); break;
  case 4: N(stream_rows)(p, 4); break;
  case 5: N(stream_rows)(p, 5); break;
  case 6: N(stream_rows)(p, 6); break;
  case 7: N(stream_rows)(p, 7); break;
  default: N(stream_rows)(p, 8); break;
  }
#endif
  size_t sums_row = N(sums_row)(p->columns);
  for (size_t i = 0; i < p->rows; i++) {
    T *c = (T *)p->c + (ptrdiff_t)i * p->c_row;
    const T *s = (const T *)p->sums + i * sums_row;
    if (p->store == AD_GEMM_ADD) {
      AD_LOOP for (size_t j = 0; j < p->columns; j++) c[j] = c[j] + s[j];
    } else {
      memcpy(c, s, p->columns * sizeof(T));
    }
  }
}
#undef STREAM_INLINE
#undef STREAM_UNROLL

#include "runtime/kernels/gemm_taps.h"
#endif

#ifndef PANEL_ONLY
/* ---- A single element ---- */

/* The sum over k in AD_GEMM_DOT_PARTS partial sums, then these pairwise. */
static void N(dot)(size_t depth, const void *a_, ptrdiff_t a_step, const void *b_, ptrdiff_t b_step, void *out) {
  const T *a = a_, *b = b_;
  T part[AD_GEMM_DOT_PARTS] = {0};
  size_t k = 0;
  if (a_step == 1 && b_step == 1)
    for (; k + AD_GEMM_DOT_PARTS <= depth; k += AD_GEMM_DOT_PARTS)
      AD_UNROLL for (size_t i = 0; i < AD_GEMM_DOT_PARTS; i += VL)
        N(store)(part + i, FMA(N(load)(a + k + i), N(load)(b + k + i), N(load)(part + i)));
  for (; k < depth; k++) {
    T *p = &part[k % AD_GEMM_DOT_PARTS];
    *p = SCALAR_FMA(a[(ptrdiff_t)k * a_step], b[(ptrdiff_t)k * b_step], *p);
  }
  for (size_t half = AD_GEMM_DOT_PARTS / 2; half; half /= 2)
    for (size_t i = 0; i < half; i++) part[i] = (T)(part[i] + part[i + half]);
  *(T *)out = part[0];
}

/* ---- Packing ---- */

#ifdef ZIP_LOW
/* VL rows of VL elements become columns: log2(VL) rounds, each zips row i with row i + VL / 2. Row i is read at
 * in + i * row when i < rows. */
INLINE void N(transpose)(V r[VL]) {
  AD_UNROLL for (int round = 1; round < (int)VL; round *= 2) {
    V t[VL];
    AD_UNROLL for (int i = 0; i < (int)VL / 2; i++) {
      t[2 * i] = ZIP_LOW(r[i], r[i + VL / 2]);
      t[2 * i + 1] = ZIP_HIGH(r[i], r[i + VL / 2]);
    }
    AD_UNROLL for (int i = 0; i < (int)VL; i++) r[i] = t[i];
  }
}

/* Up to VL rows that lie contiguously along k, VL steps at a time. `whole`: VL elements may be written at each step, since
 * what lies behind is written later. */
static size_t N(pack_across)(size_t rows, size_t width, size_t depth, T *out, const T *in, ptrdiff_t row, bool whole) {
  size_t k = 0;
  for (; k + VL <= depth; k += VL) {
    V r[VL];
    const T *at = in + k;
    AD_UNROLL for (int i = 0; i < (int)VL; i++, at += row) {
      r[i] = (V){0};
      if ((size_t)i >= rows) continue;
      r[i] = N(load)(at);
      __builtin_prefetch(at + 512 / sizeof(T));
    }
    N(transpose)(r);
    if (whole) {
      AD_UNROLL for (int i = 0; i < (int)VL; i++) N(store)(out + (k + (size_t)i) * width, r[i]);
    } else {
      AD_UNROLL for (int i = 0; i < (int)VL; i++) N(store_part)(out + (k + (size_t)i) * width, r[i], rows);
    }
  }
  return k;
}
#endif

static void N(pack)(size_t rows, size_t width, size_t depth, void *out_, const void *in_, ptrdiff_t row, ptrdiff_t step) {
  T *out = out_;
  const T *in = in_;
  if (row == 1) {
    for (size_t k = 0; k < depth; k++, out += width, in += step) {
      size_t i = 0;
      for (; i + VL <= rows; i += VL) N(store)(out + i, N(load)(in + i));
      if (i < rows) N(store_part)(out + i, N(load_part)(in + i, rows - i), rows - i);
      for (i = rows; i < width; i++) out[i] = 0;
    }
    return;
  }
  for (size_t first = 0; first < width; first += VL, out += VL, in += (ptrdiff_t)VL * row) {
    size_t n = rows > first ? rows - first : 0, w = width - first, k = 0;
    n = n < VL ? n : VL, w = w < VL ? w : VL;
#ifdef ZIP_LOW
    if (step == 1 && (first == 0 || n == w)) k = N(pack_across)(n, width, depth, out, in, row, first == 0 || w == VL);
#endif
    for (; k < depth; k++)
      for (size_t i = 0; i < w; i++) out[k * width + i] = i < n ? in[(ptrdiff_t)i * row + (ptrdiff_t)k * step] : (T)0;
  }
}

#endif

static const ad_gemm_lane N(lane) = {.item = sizeof(T), .rows = ROWS, .columns = N(WIDTH), .panel = N(panel),
#ifdef STREAMED
                                     .stream = N(stream), .taps = N(taps),
#endif
#ifndef PANEL_ONLY
                                     .dot = N(dot), .pack = N(pack),
#endif
};

#undef N
#undef V
#undef VL
#undef TILE_OF
#undef TILE_CASE
#undef HEIGHTS
#undef EACH
#undef ZIP_LOW
#undef ZIP_HIGH
#undef LANE
#undef T
#undef ROWS
#undef VECTORS
#undef FMA
#undef SPLAT
#undef SCALAR_FMA
#undef STREAMED
#undef PANEL_ONLY
