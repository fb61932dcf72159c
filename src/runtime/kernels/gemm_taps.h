/* Sums of products over taps, for convolution: a part of gemm_lane.h, whose names it uses; no guard.
 *
 * A tile's sums stay in registers over all taps. Both operands are read where they lie: rows of a in any strides, b some steps
 * ahead into the first cache, since a convolution's panels are larger than that. Lanewise tiles are a few rows and two vectors
 * of columns, each with a left operand of its own; a vector of b serves all rows. Sums are made in the order of a panel's. */

enum { N(AHEAD) = 12, N(LANEWISE_ROWS) = 6 };

INLINE void N(taps_tile)(const ad_gemm_taps *t, const T *a, T *c, const int height, const int vectors) {
  const ad_gemm_panel *p = &t->panel;
  const ptrdiff_t b_step = p->b_step, a_row = p->a_row, a_step = p->a_step;
  V sum[ROWS][VECTORS];
  AD_UNROLL for (int i = 0; i < height; i++) {
    __builtin_prefetch(c + (ptrdiff_t)i * p->c_row, 1);
    AD_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = (V){0};
  }
  for (size_t tap = 0; tap < t->taps; tap++) {
    const T *left_at = a + t->a_at[tap], *b = (const T *)p->b + t->b_at[tap];
    for (size_t k = p->depth; k; k--, left_at += a_step, b += b_step) {
      V right[VECTORS];
      AD_UNROLL for (int j = 0; j < vectors; j++) {
        __builtin_prefetch(b + N(AHEAD) * b_step + j * VL);
        right[j] = N(load)(b + j * VL);
      }
      AD_UNROLL for (int i = 0; i < height; i++) {
        const V left = SPLAT(left_at[(ptrdiff_t)i * a_row]);
        AD_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = FMA(left, right[j], sum[i][j]);
      }
    }
  }
  N(finish)(p, c, sum, height, vectors);
}

#define TAPS_TILE(height)                                                                                       \
  static __attribute__((noinline)) void N(AD_CAT(taps_tile, height))(const ad_gemm_taps *t, const T *a, T *c) { \
    if (t->panel.columns > VL) N(taps_tile)(t, a, c, height, VECTORS);                                          \
    else N(taps_tile)(t, a, c, height, 1);                                                                      \
  }
#define TAPS_CASE(height) case height: N(AD_CAT(taps_tile, height))(t, a, c); break;
HEIGHTS(TAPS_TILE)

/* ---- Lanewise ---- */

INLINE void N(lanewise_tile)(const ad_gemm_taps *t, size_t first, const T *a, T *c, const int height, const int vectors,
                             const bool whole) {
  const ad_gemm_panel *p = &t->panel;
  const size_t columns = p->columns - first;
  const T *next = a + t->a_at[t->taps - 1] + (ptrdiff_t)(p->depth - 1) * p->a_step + (ptrdiff_t)height * p->a_row + first;
  V sum[N(LANEWISE_ROWS)][2];
  AD_UNROLL for (int i = 0; i < height; i++)
    AD_UNROLL for (int j = 0; j < vectors; j++) __builtin_prefetch(next + (ptrdiff_t)i * p->a_row + j * VL);
  AD_UNROLL for (int i = 0; i < height; i++)
    AD_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = (V){0};
  for (size_t tap = 0; tap < t->taps; tap++) {
    const T *left = a + t->a_at[tap] + first, *right = (const T *)p->b + t->b_at[tap] + first;
    for (size_t k = p->depth; k; k--, left += p->a_step, right += p->b_step)
      AD_UNROLL for (int j = 0; j < vectors; j++) {
        const V w = N(load)(right + j * VL);
        AD_UNROLL for (int i = 0; i < height; i++) {
          const T *at = left + (ptrdiff_t)i * p->a_row + j * VL;
          sum[i][j] = FMA(whole ? N(load)(at) : N(load_part)(at, columns - (size_t)j * VL), w, sum[i][j]);
        }
      }
  }
  AD_UNROLL for (int i = 0; i < height; i++)
    AD_UNROLL for (int j = 0; j < vectors; j++) {
      T *at = c + first + (ptrdiff_t)i * p->c_row + j * VL;
      const size_t lanes = whole ? VL : columns - (size_t)j * VL;
      if (p->store == AD_GEMM_ADD) sum[i][j] = (whole ? N(load)(at) : N(load_part)(at, lanes)) + sum[i][j];
      if (whole && p->store == AD_GEMM_STREAM) N(store_past)(at, sum[i][j]);
      else N(store_part)(at, sum[i][j], lanes);
    }
}

/* All columns of `height` rows, so that pixels are read in the order of memory. */
#define LANEWISE_ROW(height)                                                                                      \
  static __attribute__((noinline)) void N(AD_CAT(lanewise_rows, height))(const ad_gemm_taps *t, const T *a, T *c) { \
    size_t j = 0, n = t->panel.columns;                                                                           \
    for (; j + N(GROUP) <= n; j += N(GROUP)) N(lanewise_tile)(t, j, a, c, height, 2, true);                       \
    for (; j + VL <= n; j += VL) N(lanewise_tile)(t, j, a, c, height, 1, true);                                   \
    if (j < n) N(lanewise_tile)(t, j, a, c, height, 1, false);                                                    \
  }
LANEWISE_ROW(1)
LANEWISE_ROW(6)

static void N(lanewise)(const ad_gemm_taps *t) {
  const ad_gemm_panel *p = &t->panel;
  const T *a = p->a;
  T *c = p->c;
  size_t i = 0;
  for (; i + N(LANEWISE_ROWS) <= p->rows; i += N(LANEWISE_ROWS), a += N(LANEWISE_ROWS) * p->a_row, c += N(LANEWISE_ROWS) * p->c_row)
    N(lanewise_rows6)(t, a, c);
  for (; i < p->rows; i++, a += p->a_row, c += p->c_row) N(lanewise_rows1)(t, a, c);
}

static void N(taps)(const ad_gemm_taps *t) {
  const ad_gemm_panel *p = &t->panel;
  const T *a = p->a;
  T *c = p->c;
  if (t->lanewise) {
    N(lanewise)(t);
  } else {
    for (size_t i = 0; i < p->rows; i += p->height, a += p->a_panel, c += (ptrdiff_t)p->height * p->c_row) {
      size_t height = p->rows - i < p->height ? p->rows - i : p->height;
      switch (height) { HEIGHTS(TAPS_CASE) }
    }
  }
#if defined(__x86_64__)
  if (p->store == AD_GEMM_STREAM) _mm_sfence();
#endif
}

#undef TAPS_TILE
#undef TAPS_CASE
#undef LANEWISE_ROW
