/* One instruction set's register form: included by register_<isa>.c with AD_KERNEL_SUFFIX, AD_ISA_WANTED (1 or 2) and
 * AD_REGISTER_TABLE, which names the table of lanes. What is computed comes from elementwise.def: a vector is spread into an array,
 * the scalar expression runs over it, and the compiler, which sees arrays of exactly one vector, keeps all in registers. */
#include <immintrin.h>
#include <math.h>
#include <string.h>
#include "base/scalar.h"
#include "ops/lane_sets.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/isa_begin.h"

#if AD_ISA_WANTED == 2
#define VEC __m512
#define LOAD_VECTOR(p) _mm512_loadu_ps((const void *)(p))
#define STORE_VECTOR(p, v) _mm512_storeu_ps((void *)(p), v)
#define STREAM_VECTOR(p, v) _mm512_stream_ps((void *)(p), v)
#define NO_VECTOR _mm512_setzero_ps()
#define WORDS __m256i
#define FROM_F16(w) _mm512_cvtph_ps(w)
#define TO_F16(v) _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT)
#else
#define VEC __m256
#define LOAD_VECTOR(p) _mm256_loadu_ps((const float *)(const void *)(p))
#define STORE_VECTOR(p, v) _mm256_storeu_ps((float *)(void *)(p), v)
#define STREAM_VECTOR(p, v) _mm256_stream_ps((float *)(void *)(p), v)
#define NO_VECTOR _mm256_setzero_ps()
#define WORDS __m128i
#define FROM_F16(w) _mm256_cvtph_ps(w)
#define TO_F16(v) _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT)
#endif

#define VECTORS(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7)
#define BLOCK (const ad_register_op *o, ad_register_frame *f, VEC v0, VEC v1, VEC v2, VEC v3, VEC v4, VEC v5, VEC v6, VEC v7)
#define NEXT ((AD_CAT(next_fn, AD_KERNEL_SUFFIX))o[1].run)(o + 1, f, v0, v1, v2, v3, v4, v5, v6, v7)
/* Elementwise kernels have the names without the prefix; both meet in the single file. */
#define NAME(what) AD_CAT(AD_CAT(AD_CAT(AD_CAT(reg_, what), _), S), AD_KERNEL_SUFFIX)
#define INLINE static inline __attribute__((always_inline, unused))

typedef void (*AD_CAT(next_fn, AD_KERNEL_SUFFIX))BLOCK;

/* A compiler may not fold such a load into another instruction, or move it: memory is to be read in rising order, which is what the
 * processor reads ahead in. */
#define READ_VECTOR(v, p)  \
  v = LOAD_VECTOR(p);      \
  __asm__ volatile("" : "+v"(v))

#define S f32
#define T float
#define LANE_DTYPE AD_FLOAT32
#define G V
#define AD_REGISTER_HALVES
#include "runtime/kernels/register_lane.h"
#undef AD_REGISTER_HALVES
#undef S
#undef T
#undef LANE_DTYPE
#define S f64
#define T double
#define LANE_DTYPE AD_FLOAT64
#include "runtime/kernels/register_lane.h"
#undef S
#undef T
#undef LANE_DTYPE
#undef G

const ad_register_set *const AD_REGISTER_TABLE[AD_DTYPE_COUNT] = {
    [AD_FLOAT32] = &AD_CAT(reg_registers_f32, AD_KERNEL_SUFFIX),
    [AD_FLOAT64] = &AD_CAT(reg_registers_f64, AD_KERNEL_SUFFIX),
};

#include "runtime/kernels/isa_end.h"
