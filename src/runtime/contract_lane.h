/* One lane's plain matrix product, included by lanes.h once per lane (no guard). */
#define NAME_(s) product_##s
#define NAME(s) NAME_(s)
#define F(name) AD_CAT(AD_CAT(AD_CAT(ad_, S), _), name)
#define PRODUCT(plus)                                                                                                \
  static void NAME(S)(size_t rows, size_t columns, size_t depth, const void *a_, const void *b_, void *c_) {         \
    const T *a = a_;                                                                                                 \
    T *c = c_;                                                                                                       \
    for (size_t i = 0; i < rows; i++, a += depth, c += columns) {                                                    \
      memset(c, 0, columns * sizeof *c);                                                                             \
      const T *b = b_;                                                                                               \
      for (size_t k = 0; k < depth; k++, b += columns) {                                                             \
        const T f = a[k];                                                                                            \
        AD_LOOP for (size_t j = 0; j < columns; j++) c[j] = plus;                                                    \
      }                                                                                                              \
    }                                                                                                                \
  }
AD_IF_INTS(PRODUCT(F(add)(c[j], F(multiply)(f, b[j]))))
AD_IF_REAL(PRODUCT(c[j] + f * b[j]))
AD_IF_CPLX(PRODUCT(F(add)(c[j], F(multiply)(f, b[j]))))
#undef PRODUCT
#undef NAME
#undef NAME_
#undef F
