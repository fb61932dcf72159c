/* One lane's elementwise kernels: every row of elementwise.def as a loop. Included by lanes.h, once per lane. */
#define F(name) AD_CAT(AD_CAT(AD_CAT(ad_, S), _), name)
#define NAME(op) AD_CAT(AD_CAT(AD_CAT(op, _), S), AD_KERNEL_SUFFIX)
#define RESULT_SAME T
#define RESULT_BOOL uint8_t
#define RESULT_RE R
#define LOOP_1(result, expr)                                     \
  result *out = out_;                                            \
  const T *pa = a_;                                              \
  (void)b_, (void)c_;                                            \
  AD_LOOP for (size_t i = 0; i < n; i++) {                       \
    const T a = pa[i];                                           \
    out[i] = expr;                                               \
  }
#define LOOP_2(result, expr)                                     \
  result *out = out_;                                            \
  const T *pa = a_, *pb = b_;                                    \
  (void)c_;                                                      \
  AD_LOOP for (size_t i = 0; i < n; i++) {                       \
    const T a = pa[i], b = pb[i];                                \
    out[i] = expr;                                               \
  }
#define LOOP_3(result, expr)                                     \
  result *out = out_;                                            \
  const T *pa = a_, *pb = b_, *pc = c_;                          \
  AD_LOOP for (size_t i = 0; i < n; i++) {                       \
    const T a = pa[i], b = pb[i], c = pc[i];                     \
    out[i] = expr;                                               \
  }
#define LOOP_SELECT(result, expr)                                \
  result *out = out_;                                            \
  const uint8_t *pa = a_;                                        \
  const T *pb = b_, *pc = c_;                                    \
  AD_LOOP for (size_t i = 0; i < n; i++) {                       \
    const uint8_t a = pa[i];                                     \
    const T b = pb[i], c = pc[i];                                \
    out[i] = expr;                                               \
  }
#define AD_ELT(op, operands, lanes, result, ...)                                                               \
  AD_IF_##lanes(static void NAME(op)(size_t n, void *out_, const void *a_, const void *b_, const void *c_) { \
    LOOP_##operands(RESULT_##result, (__VA_ARGS__))                                                            \
  })
#include "ops/elementwise.def"
#undef AD_ELT
#undef LOOP_1
#undef LOOP_2
#undef LOOP_3
#undef LOOP_SELECT
#undef RESULT_SAME
#undef RESULT_BOOL
#undef RESULT_RE
#undef NAME
#undef F
