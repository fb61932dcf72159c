/* One instruction set's loops of eigenvalue and singular value problems: included by spectral_<isa>.c with AD_KERNEL_SUFFIX,
 * AD_SPECTRAL_SET (the table's name) and AD_ISA_WANTED. The text is that of structural/spectral_rows.h. */
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/spectral_kernels.h"
#include "runtime/structural/spectral.h"
#include "runtime/kernels/isa_begin.h"

#define AD_T double
#define AD_LA(name) AD_CAT(spectral_##name, AD_KERNEL_SUFFIX)
#include "runtime/structural/spectral_rows.h"

const ad_spectral_rows AD_SPECTRAL_SET = {
    .gather = AD_LA(rows_gather),   .update = AD_LA(rows_update),   .add = AD_LA(rows_add), .dot = AD_LA(rows_dot),
    .rotate = AD_LA(rows_rotate), .reflect = AD_LA(rows_reflect), .turn = AD_LA(rows_turn),
};

#include "runtime/kernels/isa_end.h"
#undef AD_T
#undef AD_LA
#undef AD_SPECTRAL_SET
#undef AD_KERNEL_SUFFIX
