/* Cast kernels between all dtypes: one loop per pair, and the table. Included by kernel_set.h (no guard).
 *
 * Half types go through float32 (from float64 and complex128 directly, so that nothing is rounded twice). */
#define LANES_OUTER(M)                                                                                              \
  M(BOOL, b8, uint8_t) M(UINT8, u8, uint8_t) M(UINT16, u16, uint16_t) M(UINT32, u32, uint32_t)                      \
  M(UINT64, u64, uint64_t) M(INT8, i8, int8_t) M(INT16, i16, int16_t) M(INT32, i32, int32_t) M(INT64, i64, int64_t) \
  M(FLOAT32, f32, float) M(FLOAT64, f64, double) M(COMPLEX64, c64, ad_c64) M(COMPLEX128, c128, ad_c128)
#define LANES_INNER(M, F, f, FT)                                                                                  \
  M(F, f, FT, BOOL, b8, uint8_t) M(F, f, FT, UINT8, u8, uint8_t) M(F, f, FT, UINT16, u16, uint16_t)               \
  M(F, f, FT, UINT32, u32, uint32_t) M(F, f, FT, UINT64, u64, uint64_t) M(F, f, FT, INT8, i8, int8_t)             \
  M(F, f, FT, INT16, i16, int16_t) M(F, f, FT, INT32, i32, int32_t) M(F, f, FT, INT64, i64, int64_t)              \
  M(F, f, FT, FLOAT32, f32, float) M(F, f, FT, FLOAT64, f64, double) M(F, f, FT, COMPLEX64, c64, ad_c64)          \
  M(F, f, FT, COMPLEX128, c128, ad_c128)

#define NAME(f, t) AD_CAT(AD_CAT(AD_CAT(AD_CAT(cast_, f), _), t), AD_KERNEL_SUFFIX)
#define CAST_LOOP(f, FT, t, TT, expr)                              \
  static void NAME(f, t)(size_t n, void *out_, const void *in_) { \
    TT *out = out_;                                                \
    const FT *in = in_;                                            \
    AD_LOOP for (size_t i = 0; i < n; i++) {                       \
      const FT x = in[i];                                          \
      out[i] = expr;                                               \
    }                                                              \
  }
#define CAST_PAIR(F, f, FT, D, t, TT) CAST_LOOP(f, FT, t, TT, ad_cast_##f##_##t(x))
#define CAST_FROM(F, f, FT) LANES_INNER(CAST_PAIR, F, f, FT)

#define CAST_FROM_F16(D, t, TT) CAST_LOOP(f16, uint16_t, t, TT, ad_cast_f32_##t(ad_f32_from_f16(x)))
#define CAST_FROM_BF16(D, t, TT) CAST_LOOP(bf16, uint16_t, t, TT, ad_cast_f32_##t(ad_f32_from_bf16(x)))
#define CAST_TO_HALVES(F, f, FT)                                                     \
  CAST_LOOP(f, FT, f16, uint16_t, ad_f64_to_f16(ad_cast_##f##_f64(x)))               \
  CAST_LOOP(f, FT, bf16, uint16_t, ad_f64_to_bf16(ad_cast_##f##_f64(x)))

#define TO_HALF_LANES(M)                                                                                            \
  M(BOOL, b8, uint8_t) M(UINT8, u8, uint8_t) M(UINT16, u16, uint16_t) M(UINT32, u32, uint32_t)                      \
  M(UINT64, u64, uint64_t) M(INT8, i8, int8_t) M(INT16, i16, int16_t) M(INT32, i32, int32_t) M(INT64, i64, int64_t) \
  M(FLOAT64, f64, double) M(COMPLEX64, c64, ad_c64) M(COMPLEX128, c128, ad_c128)

LANES_OUTER(CAST_FROM)
LANES_OUTER(CAST_FROM_BF16)
TO_HALF_LANES(CAST_FROM_F16) /* but float32 */
TO_HALF_LANES(CAST_TO_HALVES)
CAST_LOOP(f16, uint16_t, bf16, uint16_t, ad_f32_to_bf16(ad_f32_from_f16(x)))
CAST_LOOP(bf16, uint16_t, f16, uint16_t, ad_f32_to_f16(ad_f32_from_bf16(x)))
/* From and to float32 are the hot ones; they need no float64 on the way. */
CAST_LOOP(f32, float, bf16, uint16_t, ad_f32_to_bf16(x))
#if defined(__x86_64__) && AD_ISA_WANTED > 0
#include "runtime/kernels/cast_half.h"
#else
CAST_LOOP(f32, float, f16, uint16_t, ad_f32_to_f16(x))
CAST_LOOP(f16, uint16_t, f32, float, ad_f32_from_f16(x))
#endif

#define CAST_ENTRY(F, f, FT, D, t, TT) [AD_##F][AD_##D] = NAME(f, t),
#define CAST_ENTRIES(F, f, FT) LANES_INNER(CAST_ENTRY, F, f, FT)
#define FROM_HALF_ENTRIES(D, t, TT) [AD_FLOAT16][AD_##D] = NAME(f16, t), [AD_BFLOAT16][AD_##D] = NAME(bf16, t),
#define TO_HALF_ENTRY(F, f, FT) [AD_##F][AD_FLOAT16] = NAME(f, f16), [AD_##F][AD_BFLOAT16] = NAME(f, bf16),

static const ad_cast_fn AD_CAT(cast_table, AD_KERNEL_SUFFIX)[AD_DTYPE_COUNT][AD_DTYPE_COUNT] = {
  LANES_OUTER(CAST_ENTRIES)
  LANES_OUTER(FROM_HALF_ENTRIES)
  TO_HALF_LANES(TO_HALF_ENTRY)
  TO_HALF_ENTRY(FLOAT32, f32, float)
  [AD_FLOAT16][AD_BFLOAT16] = NAME(f16, bf16),
  [AD_BFLOAT16][AD_FLOAT16] = NAME(bf16, f16),
};

#undef LANES_OUTER
#undef TO_HALF_LANES
#undef LANES_INNER
#undef NAME
#undef CAST_LOOP
#undef CAST_PAIR
#undef CAST_FROM
#undef CAST_FROM_F16
#undef CAST_FROM_BF16
#undef CAST_TO_HALVES
#undef CAST_ENTRY
#undef CAST_ENTRIES
#undef FROM_HALF_ENTRIES
#undef TO_HALF_ENTRY
