/* One instruction set's matrix product kernels: included by gemm_<isa>.c with AD_KERNEL_SUFFIX, AD_GEMM_TABLE (the table's
 * name) and AD_ISA_WANTED. One text, gemm_lane.h, serves every lane and width of vectors; fused multiply-adds are
 * those of the instruction set, or fmaf and fma, which round alike. */
#include "runtime/kernels/gemm_vectors.h"

#define LANE _f32
#define T float
#define ROWS FLOAT_ROWS
#define VECTORS FLOAT_VECTORS
#define STREAMED
#define FMA FMA_F32
#define SCALAR_FMA fmaf
#define SPLAT SPLAT_F32
#define ZIP_LOW ZIP_LOW_4
#define ZIP_HIGH ZIP_HIGH_4
#include "runtime/kernels/gemm_lane.h"

#define LANE _f64
#define T double
#define ROWS FLOAT_ROWS
#define VECTORS FLOAT_VECTORS
#define STREAMED
#define FMA FMA_F64
#define SCALAR_FMA fma
#define SPLAT SPLAT_F64
#define ZIP_LOW ZIP_LOW_8
#define ZIP_HIGH ZIP_HIGH_8
#include "runtime/kernels/gemm_lane.h"

/* Integers wrap, so signed ones are computed as unsigned. */
#define INT_FMA(x, y, z) ((x) * (y) + (z))
#define LANE _u8
#define T uint8_t
#define ROWS 4
#define VECTORS 2
#define FMA INT_FMA
#define SCALAR_FMA(x, y, z) (T)((x) * (y) + (z))
#define SPLAT(x) ((AD_CAT(gemm_vector_u8, AD_KERNEL_SUFFIX)){0} + (x))
#include "runtime/kernels/gemm_lane.h"

#define LANE _u16
#define T uint16_t
#define ROWS 4
#define VECTORS 2
#define FMA INT_FMA
#define SCALAR_FMA(x, y, z) (T)((x) * (y) + (z))
#define SPLAT(x) ((AD_CAT(gemm_vector_u16, AD_KERNEL_SUFFIX)){0} + (x))
#include "runtime/kernels/gemm_lane.h"

#define LANE _u32
#define T uint32_t
#define ROWS 4
#define VECTORS 2
#define FMA INT_FMA
#define SCALAR_FMA(x, y, z) (T)((x) * (y) + (z))
#define SPLAT(x) ((AD_CAT(gemm_vector_u32, AD_KERNEL_SUFFIX)){0} + (x))
#define ZIP_LOW ZIP_LOW_4
#define ZIP_HIGH ZIP_HIGH_4
#include "runtime/kernels/gemm_lane.h"

#define LANE _u64
#define T uint64_t
#define ROWS 4
#define VECTORS 2
#define FMA INT_FMA
#define SCALAR_FMA(x, y, z) (T)((x) * (y) + (z))
#define SPLAT(x) ((AD_CAT(gemm_vector_u64, AD_KERNEL_SUFFIX)){0} + (x))
#define ZIP_LOW ZIP_LOW_8
#define ZIP_HIGH ZIP_HIGH_8
#include "runtime/kernels/gemm_lane.h"

#define LANE_OF(s) &AD_CAT(AD_CAT(gemm_lane_, s), AD_KERNEL_SUFFIX)
const ad_gemm_kernels AD_GEMM_TABLE = {.lane = {
    [AD_GEMM_F32] = LANE_OF(f32), [AD_GEMM_F64] = LANE_OF(f64), [AD_GEMM_U8] = LANE_OF(u8),
    [AD_GEMM_U16] = LANE_OF(u16), [AD_GEMM_U32] = LANE_OF(u32), [AD_GEMM_U64] = LANE_OF(u64),
},
#if defined(__x86_64__) && AD_ISA_WANTED == 2
    .narrow = ad__gemm_narrow_avx512,
#endif
};

#include "runtime/kernels/isa_end.h"
