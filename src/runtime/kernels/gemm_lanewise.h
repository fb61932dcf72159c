/* Sums of products in which each column has a left operand of its own, as in depthwise convolution: a part of gemm_lane.h, whose
 * names it uses; no guard.
 *
 * A tile is a few rows and up to two vectors of columns; a vector of b serves all rows. Sums are in the order of a panel's. */
enum { N(LANEWISE_ROWS) = 6 };

INLINE void N(lanewise_tile)(const ad_gemm_panel *p, const T *a, T *c, const int height, const int vectors, const bool whole) {
  V sum[N(LANEWISE_ROWS)][2];
  AD_UNROLL for (int i = 0; i < height; i++)
    AD_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = (V){0};
  for (size_t tap = 0; tap < p->taps; tap++) {
    const T *left = a + p->a_at[tap], *right = (const T *)p->b + p->b_at[tap];
    for (size_t k = p->depth; k; k--, left += p->a_step, right += p->b_step)
      AD_UNROLL for (int j = 0; j < vectors; j++) {
        const V w = N(load)(right + j * VL);
        const size_t lanes = p->columns - (size_t)j * VL;
        AD_UNROLL for (int i = 0; i < height; i++) {
          const T *at = left + (ptrdiff_t)i * p->a_row + j * VL;
          sum[i][j] = FMA(whole ? N(load)(at) : N(load_part)(at, lanes), w, sum[i][j]);
        }
      }
  }
  AD_UNROLL for (int i = 0; i < height; i++)
    AD_UNROLL for (int j = 0; j < vectors; j++) {
      T *at = c + (ptrdiff_t)i * p->c_row + j * VL;
      const size_t lanes = p->columns - (size_t)j * VL;
      if (p->store == AD_GEMM_ADD) sum[i][j] = (whole ? N(load)(at) : N(load_part)(at, lanes)) + sum[i][j];
      N(store_part)(at, sum[i][j], whole ? VL : lanes);
    }
}

#define LANEWISE_TILES(height)                                                                       \
  static __attribute__((noinline)) void N(AD_CAT(lanewise_tile, height))(const ad_gemm_panel *p, const T *a, T *c) { \
    if (p->columns == 2 * VL) N(lanewise_tile)(p, a, c, height, 2, true);                            \
    else if (p->columns == VL) N(lanewise_tile)(p, a, c, height, 1, true);                           \
    else if (p->columns > VL) N(lanewise_tile)(p, a, c, height, 2, false);                           \
    else N(lanewise_tile)(p, a, c, height, 1, false);                                                \
  }
LANEWISE_TILES(1)
LANEWISE_TILES(6)
#undef LANEWISE_TILES

/* Panels are at least two vectors wide: wider ones are gone through in pairs of vectors. */
static void N(lanewise)(const ad_gemm_panel *whole) {
  for (size_t first = 0; first < whole->columns; first += N(GROUP)) {
    ad_gemm_panel p = *whole;
    p.columns = whole->columns - first < N(GROUP) ? whole->columns - first : N(GROUP);
    p.b = (const T *)p.b + first;
    const T *a = (const T *)p.a + first;
    T *c = (T *)p.c + first;
    size_t i = 0;
    for (; i + N(LANEWISE_ROWS) <= p.rows; i += N(LANEWISE_ROWS), a += N(LANEWISE_ROWS) * p.a_row, c += N(LANEWISE_ROWS) * p.c_row)
      N(lanewise_tile6)(&p, a, c);
    for (; i < p.rows; i++, a += p.a_row, c += p.c_row) N(lanewise_tile1)(&p, a, c);
  }
}
