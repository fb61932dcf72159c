/* One lane's elementwise kernels: every row of elementwise.def as a loop, and the lane's table of them. Included by
 * lanes.h, once per lane.
 *
 * A row with a guard has two expressions: a short one that is right where the guard holds, and the full one. The loop
 * goes in pieces, and takes the short one for a piece whose every element passes.
 * A row with a way is put together from other kernels where that way returns, see elementwise_complex.h.
 * A lane stored as another type than it computes in defines STORED, READ and WRITE, which convert, and TAG, its name here. */
#ifndef STORED
#define STORED T
#define TAG S
#define READ(v) v
#define WRITE(v) v
#define AD_LANE_IS_STORED
#endif
#define F(name) AD_CAT(AD_CAT(AD_CAT(ad_, S), _), name)
#define NAME(op) AD_CAT(AD_CAT(AD_CAT(op, _), TAG), AD_KERNEL_SUFFIX)
#define RESULT_SAME STORED
#define RESULT_BOOL uint8_t
#define RESULT_RE RT
#define RESULT_CX CX
#define RESULT_F32 float
#define RESULT_U8 uint8_t
#define WRITE_SAME(v) WRITE(v)
#define WRITE_BOOL(v) v
#define WRITE_RE(v) v
#define WRITE_CX(v) v
#define WRITE_F32(v) v
#define WRITE_U8(v) v
#define IN(lanes) AD_CAT(AD_CAT(AD_IN_, lanes), AD_CAT(_, G))
#define LOOP_1(result, expr)                                     \
  result *out = out_;                                            \
  const STORED *pa = a_;                                         \
  (void)b_, (void)c_;                                            \
  AD_LOOP for (size_t i = 0; i < n; i++) {                       \
    const T a = READ(pa[i]);                                     \
    out[i] = expr;                                               \
  }
#define LOOP_2(result, expr)                                     \
  result *out = out_;                                            \
  const STORED *pa = a_, *pb = b_;                               \
  (void)c_;                                                      \
  AD_LOOP for (size_t i = 0; i < n; i++) {                       \
    const T a = READ(pa[i]), b = READ(pb[i]);                    \
    out[i] = expr;                                               \
  }
#define LOOP_3(result, expr)                                     \
  result *out = out_;                                            \
  const STORED *pa = a_, *pb = b_, *pc = c_;                     \
  AD_LOOP for (size_t i = 0; i < n; i++) {                       \
    const T a = READ(pa[i]), b = READ(pb[i]), c = READ(pc[i]);   \
    out[i] = expr;                                               \
  }
#define LOOP_SELECT(result, expr)                                \
  result *out = out_;                                            \
  const uint8_t *pa = a_;                                        \
  const STORED *pb = b_, *pc = c_;                               \
  AD_LOOP for (size_t i = 0; i < n; i++) {                       \
    const uint8_t a = pa[i];                                     \
    const T b = READ(pb[i]), c = READ(pc[i]);                    \
    out[i] = expr;                                               \
  }
#define GUARDED_1(result, guard, quick, full)                    \
  result *out = out_;                                            \
  const STORED *pa = a_;                                         \
  (void)b_, (void)c_;                                            \
  for (size_t at = 0; at < n; at += AD_GUARDED) {                \
    size_t end = n - at < AD_GUARDED ? n : at + AD_GUARDED;      \
    int all = 1;                                                 \
    for (size_t i = at; i < end; i++) {                          \
      const T a = READ(pa[i]);                                   \
      all &= guard;                                              \
    }                                                            \
    if (all) {                                                   \
      AD_LOOP for (size_t i = at; i < end; i++) {                \
        const T a = READ(pa[i]);                                 \
        out[i] = quick;                                          \
      }                                                          \
    } else {                                                     \
      for (size_t i = at; i < end; i++) {                        \
        const T a = READ(pa[i]);                                 \
        out[i] = full;                                           \
      }                                                          \
    }                                                            \
  }
#define GUARDED_2(result, guard, quick, full)                    \
  result *out = out_;                                            \
  const STORED *pa = a_, *pb = b_;                               \
  (void)c_;                                                      \
  for (size_t at = 0; at < n; at += AD_GUARDED) {                \
    size_t end = n - at < AD_GUARDED ? n : at + AD_GUARDED;      \
    int all = 1;                                                 \
    for (size_t i = at; i < end; i++) {                          \
      const T a = READ(pa[i]), b = READ(pb[i]);                  \
      all &= guard;                                              \
    }                                                            \
    if (all) {                                                   \
      AD_LOOP for (size_t i = at; i < end; i++) {                \
        const T a = READ(pa[i]), b = READ(pb[i]);                \
        out[i] = quick;                                          \
      }                                                          \
    } else {                                                     \
      for (size_t i = at; i < end; i++) {                        \
        const T a = READ(pa[i]), b = READ(pb[i]);                \
        out[i] = full;                                           \
      }                                                          \
    }                                                            \
  }

#define AD_ELT(op, operands, lanes, result, ...)                                                               \
  IN(lanes)(static void NAME(op)(size_t n, void *out_, const void *a_, const void *b_, const void *c_) {     \
    LOOP_##operands(RESULT_##result, WRITE_##result((__VA_ARGS__)))                                            \
  })
#define AD_ELT_GUARDED(op, operands, lanes, result, guard, quick, full)                                        \
  IN(lanes)(static void NAME(op)(size_t n, void *out_, const void *a_, const void *b_, const void *c_) {     \
    GUARDED_##operands(RESULT_##result, (guard), WRITE_##result((quick)), WRITE_##result((full)))              \
  })
#define AD_ELT_BY(op, operands, lanes, result, way, ...)                                                       \
  IN(lanes)(static void NAME(op)(size_t n, void *out_, const void *a_, const void *b_, const void *c_) {     \
    way                                                                                                        \
    LOOP_##operands(RESULT_##result, WRITE_##result((__VA_ARGS__)))                                            \
  })
#include "ops/elementwise.def"
#undef AD_ELT
#undef AD_ELT_GUARDED

#define AD_ELT(op, operands, lanes, result, ...) IN(lanes)([AD_ELT_##op] = NAME(op), )
#define AD_ELT_GUARDED(op, operands, lanes, result, guard, quick, full) IN(lanes)([AD_ELT_##op] = NAME(op), )
const ad_elt_fn AD_CAT(AD_CAT(ad__lane_, TAG), AD_KERNEL_SUFFIX)[AD_ELT_COUNT] = {
#include "ops/elementwise.def"
};
#undef AD_ELT
#undef AD_ELT_GUARDED
#undef LOOP_1
#undef LOOP_2
#undef LOOP_3
#undef LOOP_SELECT
#undef GUARDED_1
#undef GUARDED_2
#undef RESULT_SAME
#undef RESULT_BOOL
#undef RESULT_RE
#undef RESULT_CX
#undef RESULT_F32
#undef RESULT_U8
#undef WRITE_SAME
#undef WRITE_BOOL
#undef WRITE_RE
#undef WRITE_CX
#undef WRITE_F32
#undef WRITE_U8
#undef IN
#undef NAME
#undef F
#ifdef AD_LANE_IS_STORED
#undef AD_LANE_IS_STORED
#undef STORED
#undef TAG
#undef READ
#undef WRITE
#endif
