/* One instruction set's elementwise kernels of some lanes: included by elementwise_<lanes>_<isa>.c with AD_LANES_WANTED
 * (see lanes.h), AD_KERNEL_SUFFIX and AD_ISA_WANTED. They stand in files of their own, by lanes, since the compiler takes
 * its time over them. */
#include <math.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/kernels/kernel.h"
#include "ops/lane_sets.h"
#include "runtime/kernels/isa_begin.h"

#if AD_LANES_WANTED & 4
#include "runtime/kernels/elementwise_complex.h"
#endif
#define AD_LANE_BODY "runtime/kernels/elementwise_lane.h"
#include "runtime/kernels/lanes.h"

#if (AD_LANES_WANTED & 2) && AD_ISA_WANTED > 0
#include "runtime/kernels/elementwise_half.h"
#endif

#include "runtime/kernels/isa_end.h"
#undef AD_KERNEL_SUFFIX
#undef AD_LANES_WANTED
