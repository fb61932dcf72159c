/* One instruction set's kernels but the elementwise ones, and its table: included by kernels_<isa>.c with
 * AD_KERNEL_SUFFIX (such as _avx2), AD_KERNEL_SET (the table's name) and AD_ISA_WANTED. The scalar functions are compiled
 * into the loops here, so that one text serves every instruction set, with the same bits. */
#include <math.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/isa_begin.h"

#include "runtime/kernels/cast_rows.h"

/* Whole 64-byte lines past the cache, the rest plainly. */
static void AD_CAT(stream_copy, AD_KERNEL_SUFFIX)(void *out, const void *in, size_t bytes) {
#if defined(__x86_64__)
  char *o = out;
  const char *p = in;
  while (bytes && ((uintptr_t)o & 63)) *o++ = *p++, bytes--;
  for (; bytes >= 64; bytes -= 64, o += 64, p += 64) {
#if AD_ISA_WANTED == 2
    _mm512_stream_si512((void *)o, _mm512_loadu_si512((const void *)p));
#elif AD_ISA_WANTED == 1
    _mm256_stream_si256((__m256i *)(void *)o, _mm256_loadu_si256((const __m256i *)(const void *)p));
    _mm256_stream_si256((__m256i *)(void *)(o + 32), _mm256_loadu_si256((const __m256i *)(const void *)(p + 32)));
#else
    for (int k = 0; k < 64; k += 16)
      _mm_stream_si128((__m128i *)(void *)(o + k), _mm_loadu_si128((const __m128i *)(const void *)(p + k)));
#endif
  }
  memcpy(o, p, bytes);
#else
  memcpy(out, in, bytes);
#endif
}

#define LANES(M)                                                                                                    \
  M(BOOL, b8) M(UINT8, u8) M(UINT16, u16) M(UINT32, u32) M(UINT64, u64) M(INT8, i8) M(INT16, i16) M(INT32, i32)     \
  M(INT64, i64) M(FLOAT16, f16) M(BFLOAT16, bf16) M(FLOAT32, f32) M(FLOAT64, f64) M(COMPLEX64, c64)                 \
  M(COMPLEX128, c128)
#define LANE_TABLE(s) AD_CAT(AD_CAT(ad__lane_, s), AD_KERNEL_SUFFIX)
#define DECLARE_LANE(D, s) extern const ad_elt_fn LANE_TABLE(s)[AD_ELT_COUNT];
#define LANE_ENTRY(D, s) [AD_##D] = LANE_TABLE(s),
LANES(DECLARE_LANE)
DECLARE_LANE(FLOAT32, h32)
#if AD_ISA_WANTED > 0
DECLARE_LANE(BFLOAT16, bf16w)
#endif
#if AD_ISA_WANTED == 2
DECLARE_LANE(FLOAT16, f16w)
#endif

#if AD_ISA_WANTED > 0
extern const ad_register_set *const AD_CAT(ad__registers, AD_KERNEL_SUFFIX)[AD_DTYPE_COUNT];
#endif

const ad_kernels AD_KERNEL_SET = {
    .elementwise = {LANES(LANE_ENTRY)},
    .elementwise_float16 = LANE_TABLE(h32),
#if AD_ISA_WANTED > 0
    .stored_half[AD_BFLOAT16] = LANE_TABLE(bf16w),
#endif
#if AD_ISA_WANTED == 2
    .stored_half[AD_FLOAT16] = LANE_TABLE(f16w),
#endif
    .cast = AD_CAT(cast_table, AD_KERNEL_SUFFIX),
    .stream_copy = AD_CAT(stream_copy, AD_KERNEL_SUFFIX),
    .reduce = &AD_CAT(ad__reduce_kernels, AD_KERNEL_SUFFIX),
    .row = &AD_CAT(ad__row_kernels, AD_KERNEL_SUFFIX),
    .gemm = &AD_CAT(ad__gemm_kernels, AD_KERNEL_SUFFIX),
    .fft = AD_CAT(ad__fft_kernels, AD_KERNEL_SUFFIX),
    .linalg = AD_CAT(ad__linalg_kernels, AD_KERNEL_SUFFIX),
#if AD_ISA_WANTED == 2
    .linalg_complex = ad__linalg_kernels_avx2,
#else
    .linalg_complex = AD_CAT(ad__linalg_kernels, AD_KERNEL_SUFFIX),
#endif
    .random = &AD_CAT(ad__random_kernels, AD_KERNEL_SUFFIX),
    .tap = &AD_CAT(ad__tap_kernels, AD_KERNEL_SUFFIX),
    .sort = &AD_CAT(ad__sort_kernels, AD_KERNEL_SUFFIX),
    .spectral = &AD_CAT(ad__spectral_rows, AD_KERNEL_SUFFIX),
#if AD_ISA_WANTED > 0
    .registers = AD_CAT(ad__registers, AD_KERNEL_SUFFIX),
#endif
};

#include "runtime/kernels/isa_end.h"
#undef LANES
#undef LANE_TABLE
#undef DECLARE_LANE
#undef LANE_ENTRY
#undef AD_KERNEL_SUFFIX
#undef AD_KERNEL_SET
