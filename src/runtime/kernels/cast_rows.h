/* Cast kernels between all dtypes, and their table. Included by kernel_set.h (no guard).
 *
 * Half types go through float32 (from float64 and complex128 directly, so that nothing is rounded twice). A cast whose meaning
 * is two casts, one after the other, is just that, in blocks: no loop of its own. Signed integers are made as unsigned ones of
 * their size are, and a bool is cast as the uint8 it is stored as. */
#define WHOLES(M)                                                                                                   \
  M(UINT8, u8, uint8_t) M(UINT16, u16, uint16_t) M(UINT32, u32, uint32_t) M(UINT64, u64, uint64_t)                  \
  M(INT8, i8, int8_t) M(INT16, i16, int16_t) M(INT32, i32, int32_t) M(INT64, i64, int64_t)
#define FLOATS_OF(M) M(FLOAT32, f32, float) M(FLOAT64, f64, double)
#define COMPLEXES(M) M(COMPLEX64, c64, ad_c64) M(COMPLEX128, c128, ad_c128)

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
#define CAST(f, FT, t, TT) CAST_LOOP(f, FT, t, TT, ad_cast_##f##_##t(x))

static void AD_CAT(cast_via, AD_KERNEL_SUFFIX)(ad_cast_fn first, ad_cast_fn then, size_t n, char *out, size_t out_item, const char *in,
                                               size_t in_item) {
  enum { BLOCK = 256 };
  double between[BLOCK];
  for (size_t at = 0; at < n; at += BLOCK) {
    size_t m = n - at < BLOCK ? n - at : BLOCK;
    first(m, between, in + at * in_item);
    then(m, out + at * out_item, between);
  }
}
#define CAST_VIA(f, FT, between, t, TT)                                                                                   \
  static void NAME(f, t)(size_t n, void *out, const void *in) {                                                           \
    AD_CAT(cast_via, AD_KERNEL_SUFFIX)(NAME(f, between), NAME(between, t), n, out, sizeof(TT), in, sizeof(FT));           \
  }

/* ---- Loops ---- */

#define TO_UNSIGNED(F, f, FT) \
  CAST(f, FT, b8, uint8_t) CAST(f, FT, u8, uint8_t) CAST(f, FT, u16, uint16_t) CAST(f, FT, u32, uint32_t) CAST(f, FT, u64, uint64_t)
#define TO_SIGNED(F, f, FT) CAST(f, FT, i8, int8_t) CAST(f, FT, i16, int16_t) CAST(f, FT, i32, int32_t) CAST(f, FT, i64, int64_t)
#define TO_FLOATS(F, f, FT) CAST(f, FT, f32, float) CAST(f, FT, f64, double)
#define TO_BOOL_AND_COMPLEX(F, f, FT) CAST(f, FT, b8, uint8_t) CAST(f, FT, c64, ad_c64) CAST(f, FT, c128, ad_c128)
WHOLES(TO_UNSIGNED)
WHOLES(TO_FLOATS)
FLOATS_OF(TO_UNSIGNED)
FLOATS_OF(TO_SIGNED)
FLOATS_OF(TO_FLOATS)
COMPLEXES(TO_BOOL_AND_COMPLEX)
CAST(f32, float, c64, ad_c64)
CAST(f64, double, c128, ad_c128)
CAST(c64, ad_c64, f32, float)
CAST(c128, ad_c128, f64, double)
CAST_LOOP(f64, double, f16, uint16_t, ad_f64_to_f16(x))
CAST_LOOP(f64, double, bf16, uint16_t, ad_f64_to_bf16(x))
CAST_LOOP(f32, float, bf16, uint16_t, ad_f32_to_bf16(x))
CAST_LOOP(bf16, uint16_t, f32, float, ad_f32_from_bf16(x))
#if defined(__x86_64__) && AD_ISA_WANTED > 0
#include "runtime/kernels/cast_half.h"
#else
CAST_LOOP(f32, float, f16, uint16_t, ad_f32_to_f16(x))
CAST_LOOP(f16, uint16_t, f32, float, ad_f32_from_f16(x))
#endif

/* ---- Two casts ---- */

#define VIA_UNSIGNED(f, FT, between)                                                                                \
  CAST_VIA(f, FT, between, u8, uint8_t) CAST_VIA(f, FT, between, u16, uint16_t) CAST_VIA(f, FT, between, u32, uint32_t) \
  CAST_VIA(f, FT, between, u64, uint64_t)
#define VIA_SIGNED(f, FT, between)                                                                                  \
  CAST_VIA(f, FT, between, i8, int8_t) CAST_VIA(f, FT, between, i16, int16_t) CAST_VIA(f, FT, between, i32, int32_t) \
  CAST_VIA(f, FT, between, i64, int64_t)
#define VIA_HALVES(F, f, FT) CAST_VIA(f, FT, f64, f16, uint16_t) CAST_VIA(f, FT, f64, bf16, uint16_t)
#define VIA_COMPLEX(F, f, FT) CAST_VIA(f, FT, f32, c64, ad_c64) CAST_VIA(f, FT, f64, c128, ad_c128)
#define FROM_HALF(f, other)                                                                                         \
  CAST_VIA(f, uint16_t, f32, b8, uint8_t) VIA_UNSIGNED(f, uint16_t, f32) VIA_SIGNED(f, uint16_t, f32)               \
  CAST_VIA(f, uint16_t, f32, f64, double) CAST_VIA(f, uint16_t, f32, other, uint16_t) VIA_COMPLEX(, f, uint16_t)
CAST_VIA(f32, float, f64, c128, ad_c128)
CAST_VIA(f64, double, f32, c64, ad_c64)
CAST_VIA(c64, ad_c64, f32, f64, double)
CAST_VIA(c128, ad_c128, f64, f32, float)
WHOLES(VIA_HALVES)
WHOLES(VIA_COMPLEX)
COMPLEXES(VIA_HALVES)
VIA_UNSIGNED(c64, ad_c64, f32)
VIA_SIGNED(c64, ad_c64, f32)
VIA_UNSIGNED(c128, ad_c128, f64)
VIA_SIGNED(c128, ad_c128, f64)
FROM_HALF(f16, bf16)
FROM_HALF(bf16, f16)

/* ---- The table ---- */

#define UNSIGNED_ENTRIES(f) \
  [AD_BOOL] = NAME(f, b8), [AD_UINT8] = NAME(f, u8), [AD_UINT16] = NAME(f, u16), [AD_UINT32] = NAME(f, u32), [AD_UINT64] = NAME(f, u64)
#define SIGNED_ENTRIES(f, i8, i16, i32, i64) \
  [AD_INT8] = NAME(f, i8), [AD_INT16] = NAME(f, i16), [AD_INT32] = NAME(f, i32), [AD_INT64] = NAME(f, i64)
#define INEXACT_ENTRIES(f) \
  [AD_FLOAT32] = NAME(f, f32), [AD_FLOAT64] = NAME(f, f64), [AD_COMPLEX64] = NAME(f, c64), [AD_COMPLEX128] = NAME(f, c128)
#define HALF_ENTRIES(f) [AD_FLOAT16] = NAME(f, f16), [AD_BFLOAT16] = NAME(f, bf16)
#define WHOLE_ROW(F, f, FT) \
  [AD_##F] = {UNSIGNED_ENTRIES(f), SIGNED_ENTRIES(f, u8, u16, u32, u64), HALF_ENTRIES(f), INEXACT_ENTRIES(f)},
#define INEXACT_ROW(F, f, FT) \
  [AD_##F] = {UNSIGNED_ENTRIES(f), SIGNED_ENTRIES(f, i8, i16, i32, i64), HALF_ENTRIES(f), INEXACT_ENTRIES(f)},
#define HALF_ROW(F, f, D, t) \
  [AD_##F] = {UNSIGNED_ENTRIES(f), SIGNED_ENTRIES(f, i8, i16, i32, i64), [AD_##F] = NAME(u16, u16), [AD_##D] = NAME(f, t), INEXACT_ENTRIES(f)},

static const ad_cast_fn AD_CAT(cast_table, AD_KERNEL_SUFFIX)[AD_DTYPE_COUNT][AD_DTYPE_COUNT] = {
  WHOLE_ROW(BOOL, u8, uint8_t)
  WHOLES(WHOLE_ROW)
  FLOATS_OF(INEXACT_ROW)
  COMPLEXES(INEXACT_ROW)
  HALF_ROW(FLOAT16, f16, BFLOAT16, bf16)
  HALF_ROW(BFLOAT16, bf16, FLOAT16, f16)
};

#undef WHOLES
#undef FLOATS_OF
#undef COMPLEXES
#undef NAME
#undef CAST_LOOP
#undef CAST
#undef CAST_VIA
#undef TO_UNSIGNED
#undef TO_SIGNED
#undef TO_FLOATS
#undef TO_BOOL_AND_COMPLEX
#undef VIA_UNSIGNED
#undef VIA_SIGNED
#undef VIA_HALVES
#undef VIA_COMPLEX
#undef FROM_HALF
#undef UNSIGNED_ENTRIES
#undef SIGNED_ENTRIES
#undef INEXACT_ENTRIES
#undef HALF_ENTRIES
#undef WHOLE_ROW
#undef INEXACT_ROW
#undef HALF_ROW
