/* One instruction set's matrix algorithms: included by linalg_<isa>.c with AD_KERNEL_SUFFIX, AD_LINALG_SET (the table's
 * name) and AD_ISA_WANTED. The text is that of structural/linalg_*.h, by linalg_lane.h once for each element type. */
#include <math.h>
#include "base/scalar.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/linalg_steps.h"
#include "runtime/structural/linalg_scalar.h"
#include "runtime/kernels/isa_begin.h"

#define AD_T float
#define AD_R float
#define AD_EL(name) ad_##name##_f32
#define AD_LA(name) AD_CAT(la_##name##_f32, AD_KERNEL_SUFFIX)
#include "runtime/kernels/linalg_lane.h"

#define AD_T double
#define AD_R double
#define AD_EL(name) ad_##name##_f64
#define AD_LA(name) AD_CAT(la_##name##_f64, AD_KERNEL_SUFFIX)
#include "runtime/kernels/linalg_lane.h"

#define AD_T ad_c64
#define AD_R float
#define AD_EL(name) ad_##name##_c64
#define AD_LA(name) AD_CAT(la_##name##_c64, AD_KERNEL_SUFFIX)
#include "runtime/kernels/linalg_lane.h"

#define AD_T ad_c128
#define AD_R double
#define AD_EL(name) ad_##name##_c128
#define AD_LA(name) AD_CAT(la_##name##_c128, AD_KERNEL_SUFFIX)
#include "runtime/kernels/linalg_lane.h"

#define AD_LINALG_ROW(s)                                                          \
  {                                                                               \
    .cholesky = AD_CAT(la_run_cholesky_##s, AD_KERNEL_SUFFIX),                    \
    .solve_triangular = AD_CAT(la_run_solve_triangular_##s, AD_KERNEL_SUFFIX),    \
  }
const ad_linalg_kernels AD_LINALG_SET[AD_LINALG_LANES] = {AD_LINALG_ROW(f32), AD_LINALG_ROW(f64), AD_LINALG_ROW(c64),
                                                          AD_LINALG_ROW(c128)};

#define AD_LINALG_LANE(s) &AD_CAT(la_steps_##s, AD_KERNEL_SUFFIX)
const ad_linalg_steps *const AD_CAT(ad__linalg_steps, AD_KERNEL_SUFFIX)[AD_LINALG_LANES] = {
    AD_LINALG_LANE(f32), AD_LINALG_LANE(f64), AD_LINALG_LANE(c64), AD_LINALG_LANE(c128)};

#include "runtime/kernels/isa_end.h"
#undef AD_LINALG_LANE
#undef AD_LINALG_ROW
#undef AD_LINALG_SET
#undef AD_KERNEL_SUFFIX
