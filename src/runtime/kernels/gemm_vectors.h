/* What the texts of matrix product kernels are written in: an instruction set's vectors, their size, the largest tile, fused
 * multiply-adds, and zips. Opens the region that is compiled for AD_ISA_WANTED; the including file closes it. No guard. */
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#include "runtime/kernels/gemm_kernels.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/isa_begin.h"

/* Kernels for every number of rows come from one text by inlining. Under a sanitizer the text itself is run: it is what is to
 * be checked, and would take minutes to compile. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AD_SANITIZED 1
#endif
#endif
#if defined(AD_SANITIZED)
#define INLINE static __attribute__((unused))
#define AD_UNROLL
#else
#define INLINE static inline __attribute__((always_inline, unused))
#if defined(__clang__)
#define AD_UNROLL _Pragma("clang loop unroll(full)")
#else
#define AD_UNROLL _Pragma("GCC unroll 64")
#endif
#endif

#if defined(__x86_64__) && AD_ISA_WANTED >= 2
#define VECTOR_BYTES 64
#define FLOAT_ROWS 14
#define FLOAT_VECTORS 2
#define FMA_F32(x, y, z) (gemm_vector_f32_avx512)_mm512_fmadd_ps((__m512)(x), (__m512)(y), (__m512)(z))
#define FMA_F64(x, y, z) (gemm_vector_f64_avx512)_mm512_fmadd_pd((__m512d)(x), (__m512d)(y), (__m512d)(z))
#define SPLAT_F32(x) (gemm_vector_f32_avx512)_mm512_set1_ps(x)
#define SPLAT_F64(x) (gemm_vector_f64_avx512)_mm512_set1_pd(x)
#elif defined(__x86_64__) && AD_ISA_WANTED == 1
#define VECTOR_BYTES 32
#define FLOAT_ROWS 6
#define FLOAT_VECTORS 2
#define FMA_F32(x, y, z) (gemm_vector_f32_avx2)_mm256_fmadd_ps((__m256)(x), (__m256)(y), (__m256)(z))
#define FMA_F64(x, y, z) (gemm_vector_f64_avx2)_mm256_fmadd_pd((__m256d)(x), (__m256d)(y), (__m256d)(z))
#define SPLAT_F32(x) (gemm_vector_f32_avx2)_mm256_set1_ps(x)
#define SPLAT_F64(x) (gemm_vector_f64_avx2)_mm256_set1_pd(x)
#else
#define VECTOR_BYTES 16
#if defined(__aarch64__)
#define FLOAT_ROWS 6
#define FLOAT_VECTORS 4
#define FMA_F32(x, y, z) (gemm_vector_f32_portable)vfmaq_f32((float32x4_t)(z), (float32x4_t)(x), (float32x4_t)(y))
#define FMA_F64(x, y, z) (gemm_vector_f64_portable)vfmaq_f64((float64x2_t)(z), (float64x2_t)(x), (float64x2_t)(y))
#else
#define FLOAT_ROWS 4
#define FLOAT_VECTORS 2
#define SOFT_FMA /* a call for each element, which no unrolling makes quicker */
#define FMA_F32(x, y, z) \
  (gemm_vector_f32_portable) { fmaf((x)[0], (y)[0], (z)[0]), fmaf((x)[1], (y)[1], (z)[1]), fmaf((x)[2], (y)[2], (z)[2]), fmaf((x)[3], (y)[3], (z)[3]) }
#define FMA_F64(x, y, z) (gemm_vector_f64_portable) { fma((x)[0], (y)[0], (z)[0]), fma((x)[1], (y)[1], (z)[1]) }
#endif
#define SPLAT_F32(x) ((gemm_vector_f32_portable){(x), (x), (x), (x)})
#define SPLAT_F64(x) ((gemm_vector_f64_portable){(x), (x)})
#endif

/* Elements of two vectors in turn: of their first halves, of their second halves. */
#if VECTOR_BYTES == 64
#define ZIP_LOW_4(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_HIGH_4(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define ZIP_LOW_8(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define ZIP_HIGH_8(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#elif VECTOR_BYTES == 32
#define ZIP_LOW_4(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define ZIP_HIGH_4(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define ZIP_LOW_8(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define ZIP_HIGH_8(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#else
#define ZIP_LOW_4(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define ZIP_HIGH_4(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define ZIP_LOW_8(a, b) __builtin_shufflevector(a, b, 0, 2)
#define ZIP_HIGH_8(a, b) __builtin_shufflevector(a, b, 1, 3)
#endif

