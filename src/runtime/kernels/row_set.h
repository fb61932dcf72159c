/* One instruction set's row kernels: included by row_<isa>.c with AD_KERNEL_SUFFIX, AD_ROW_TABLE (the table's name) and
 * AD_ISA_WANTED. One text, row_lane.h, serves both lanes: plain loops that the compiler turns into vectors. */
#include <math.h>
#include <stdbool.h>
#include "base/scalar.h"
#include "base/scalar_weight.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/row_kernels.h"
#include "runtime/kernels/isa_begin.h"

#define INLINE static inline __attribute__((always_inline, unused))
/* What a loop reads never overlaps what it writes. clang takes that from restrict, and warns where it is told more. */
#if defined(__GNUC__) && !defined(__clang__)
#define ROW_LOOP _Pragma("GCC ivdep")
#else
#define ROW_LOOP
#endif

#define LANE _f32
#define T float
#define EXP ad_f32_exp
#define EXP_WEIGHT ad_f32_exp_weight
#include "runtime/kernels/row_lane.h"

#define LANE _f64
#define T double
#define EXP ad_f64_exp
#define EXP_WEIGHT ad_f64_exp_weight
#include "runtime/kernels/row_lane.h"

const ad_row_kernels AD_ROW_TABLE = {
    .f32 = &AD_CAT(row_lane_f32, AD_KERNEL_SUFFIX),
    .f64 = &AD_CAT(row_lane_f64, AD_KERNEL_SUFFIX),
};

#include "runtime/kernels/isa_end.h"
#undef INLINE
#undef ROW_LOOP
