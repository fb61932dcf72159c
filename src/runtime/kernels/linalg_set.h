/* One instruction set's matrix algorithms: included by linalg_<isa>.c with AD_KERNEL_SUFFIX, AD_LINALG_SET (the table's
 * name) and AD_ISA_WANTED. The text is that of structural/linalg_*.h, by linalg_lane.h once for each element type. */
#include <math.h>
#include "base/scalar.h"
#include "runtime/kernels/kernel.h"
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

#if AD_ISA_WANTED != 2 /* complex numbers gain nothing from longer vectors */
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
#endif

#define AD_LINALG_RESULT(name, result, params, args) .name = AD_LA(run_##name),
#define AD_LINALG_VOID(name, params, args) .name = AD_LA(run_##name),
const ad_linalg_kernels AD_LINALG_SET[] = {
#define AD_LA(name) AD_CAT(la_##name##_f32, AD_KERNEL_SUFFIX)
    {AD_LINALG_FUNCTIONS(AD_LINALG_RESULT, AD_LINALG_VOID)},
#undef AD_LA
#define AD_LA(name) AD_CAT(la_##name##_f64, AD_KERNEL_SUFFIX)
    {AD_LINALG_FUNCTIONS(AD_LINALG_RESULT, AD_LINALG_VOID)},
#undef AD_LA
#if AD_ISA_WANTED != 2
#define AD_LA(name) AD_CAT(la_##name##_c64, AD_KERNEL_SUFFIX)
    {AD_LINALG_FUNCTIONS(AD_LINALG_RESULT, AD_LINALG_VOID)},
#undef AD_LA
#define AD_LA(name) AD_CAT(la_##name##_c128, AD_KERNEL_SUFFIX)
    {AD_LINALG_FUNCTIONS(AD_LINALG_RESULT, AD_LINALG_VOID)},
#undef AD_LA
#endif
};
#undef AD_LINALG_RESULT
#undef AD_LINALG_VOID

#include "runtime/kernels/isa_end.h"
#undef AD_LINALG_SET
#undef AD_KERNEL_SUFFIX
