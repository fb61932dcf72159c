/* Folds that need no partial results of a fixed number, for one instruction set: included by reduce_set.h, inside its region,
 * with its NAME, LANE_LOOP and lists of lanes.
 *
 * Integers and bools give the same bits in every order, so the compiler chooses it, and wide ones are folded in four quarters
 * at a time, so that none waits for the one before; sums and products of signed ones are those
 * of unsigned ones. Exponentials are computed into a block, which is then summed; products of complex numbers go through the
 * elementwise kernel: both are long, and stand here once. */

#define WHOLE_ROWS(name, T, JOIN)                                                                                   \
  static void name(size_t rows, size_t n, ptrdiff_t stride, void *out_, const void *in_, const void *p_) {          \
    T *out = out_;                                                                                                  \
    (void)p_;                                                                                                       \
    for (size_t r = 0; r < rows; r++) {                                                                             \
      const T *p = (const T *)(const void *)((const char *)in_ + (ptrdiff_t)r * stride);                           \
      const size_t quarter = sizeof(T) >= 4 ? n / 4 : 0;                                                            \
      T all = p[0];                                                                                                 \
      size_t i = 1;                                                                                                 \
      if (quarter >= 32 / sizeof(T)) {                                                                              \
        const T *q = p + quarter, *u = q + quarter, *v = u + quarter;                                               \
        T b = q[0], c = u[0], d = v[0];                                                                             \
        for (; i < quarter; i++) all = JOIN(all, p[i]), b = JOIN(b, q[i]), c = JOIN(c, u[i]), d = JOIN(d, v[i]);    \
        all = JOIN(JOIN(all, b), JOIN(c, d));                                                                       \
        i = 4 * quarter;                                                                                            \
      }                                                                                                             \
      for (; i < n; i++) all = JOIN(all, p[i]);                                                                     \
      out[r] = all;                                                                                                 \
    }                                                                                                               \
  }
#define WHOLE_COLUMNS(name, T, JOIN)                                                                                \
  static void name(size_t rows, size_t n, void *acc_, const void *const *in, const void *p_, bool first) {          \
    T *restrict acc = acc_;                                                                                         \
    size_t r = 0;                                                                                                   \
    (void)p_;                                                                                                       \
    if (first) memcpy(acc, in[r++], n * sizeof(T));                                                                 \
    for (; r + 4 <= rows; r += 4) {                                                                                 \
      const T *restrict r0 = in[r], *restrict r1 = in[r + 1], *restrict r2 = in[r + 2], *restrict r3 = in[r + 3];   \
      LANE_LOOP for (size_t i = 0; i < n; i++) acc[i] = JOIN(JOIN(JOIN(JOIN(acc[i], r0[i]), r1[i]), r2[i]), r3[i]); \
    }                                                                                                               \
    for (; r < rows; r++) {                                                                                         \
      const T *restrict p = in[r];                                                                                  \
      LANE_LOOP for (size_t i = 0; i < n; i++) acc[i] = JOIN(acc[i], p[i]);                                         \
    }                                                                                                               \
  }
#define WHOLE(fold, s, T, JOIN)                  \
  WHOLE_ROWS(NAME(fold##_rows, s), T, JOIN)      \
  WHOLE_COLUMNS(NAME(fold##_columns, s), T, JOIN)

WHOLE(sum, b8, uint8_t, NAME(either, b8))
WHOLE(product, b8, uint8_t, NAME(both, b8))
WHOLE(max, b8, uint8_t, NAME(either, b8))
WHOLE(min, b8, uint8_t, NAME(both, b8))
#define WHOLE_UNSIGNED(s, T, D)           \
  WHOLE(sum, s, T, ad_##s##_add)          \
  WHOLE(product, s, T, ad_##s##_multiply)
UNSIGNED(WHOLE_UNSIGNED)
#define WHOLE_INTEGER(s, T, D)            \
  WHOLE(max, s, T, NAME(larger, s))       \
  WHOLE(min, s, T, NAME(smaller, s))
INTEGERS(WHOLE_INTEGER)

/* ---- Exponentials ---- */

enum { AD_CAT(EXPONENTIALS, AD_KERNEL_SUFFIX) = 256 };

#define EXPONENTIALS_LANE(s, T, D)                                                                                  \
  static void NAME(exponentials_into, s)(size_t n, T *restrict out, const T *restrict in, T shift) {                \
    LANE_LOOP for (size_t i = 0; i < n; i++) out[i] = ad_##s##_exp(in[i] - shift);                                  \
  }                                                                                                                 \
  static void NAME(exponentials_rows, s)(size_t rows, size_t n, ptrdiff_t stride, void *out, const void *in,        \
                                         const void *p_) {                                                          \
    T block[AD_FOLD_BLOCK];                                                                                         \
    const T *param = p_;                                                                                            \
    for (size_t r = 0; r < rows; r++) {                                                                             \
      NAME(exponentials_into, s)(n, block, (const T *)(const void *)((const char *)in + (ptrdiff_t)r * stride), param[r]); \
      NAME(sum_rows, s)(1, n, 0, (T *)out + r, block, NULL);                                                        \
    }                                                                                                               \
  }                                                                                                                 \
  static void NAME(exponentials_columns, s)(size_t rows, size_t n, void *acc_, const void *const *in, const void *p_, \
                                            bool first) {                                                           \
    enum { PIECE = AD_CAT(EXPONENTIALS, AD_KERNEL_SUFFIX) };                                                        \
    T *restrict acc = acc_;                                                                                         \
    const T *restrict param = p_;                                                                                   \
    for (size_t r = 0; r < rows; r++) {                                                                             \
      const T *restrict p = in[r];                                                                                  \
      for (size_t at = 0; at < n; at += PIECE) {                                                                    \
        size_t m = n - at < PIECE ? n - at : PIECE;                                                                 \
        T block[PIECE];                                                                                             \
        LANE_LOOP for (size_t i = 0; i < m; i++) block[i] = ad_##s##_exp(p[at + i] - param[at + i]);                \
        if (first && r == 0) memcpy(acc + at, block, m * sizeof(T));                                                \
        else                                                                                                        \
          for (size_t i = 0; i < m; i++) acc[at + i] = NAME(plus, s)(acc[at + i], block[i]);                        \
      }                                                                                                             \
    }                                                                                                               \
  }

/* ---- Products of complex numbers ---- */

#define COMPLEX_PRODUCT(s, T, D)                                                                                    \
  extern const ad_elt_fn NAME(ad__lane, s)[AD_ELT_COUNT];                                                           \
  static void NAME(multiply_by, s)(size_t n, T *acc, const T *by) {                                                 \
    if (n) NAME(ad__lane, s)[AD_ELT_multiply](n, acc, acc, by, NULL);                                               \
  }                                                                                                                 \
  static void NAME(product_rows, s)(size_t rows, size_t n, ptrdiff_t stride, void *out, const void *in, const void *p_) { \
    enum { WIDE = 256 / sizeof(T), NARROW = 32 / sizeof(T) };                                                       \
    const size_t width = n >= WIDE ? WIDE : n >= NARROW ? NARROW : 1;                                               \
    (void)p_;                                                                                                       \
    for (size_t r = 0; r < rows; r++) {                                                                             \
      const T *p = (const T *)(const void *)((const char *)in + (ptrdiff_t)r * stride);                            \
      T part[WIDE];                                                                                                 \
      memcpy(part, p, width * sizeof(T));                                                                           \
      for (size_t i = width; i < n; i += width) NAME(multiply_by, s)(n - i < width ? n - i : width, part, p + i);   \
      for (size_t half = width / 2; half; half /= 2) NAME(multiply_by, s)(half, part, part + half);                 \
      ((T *)out)[r] = part[0];                                                                                      \
    }                                                                                                               \
  }                                                                                                                 \
  static void NAME(product_columns, s)(size_t rows, size_t n, void *acc, const void *const *in, const void *p_, bool first) { \
    (void)p_;                                                                                                       \
    for (size_t r = 0; r < rows; r++)                                                                               \
      if (first && r == 0) memcpy(acc, in[r], n * sizeof(T));                                                       \
      else NAME(multiply_by, s)(n, acc, in[r]);                                                                     \
  }
COMPLEX(COMPLEX_PRODUCT)
