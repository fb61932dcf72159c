/* The row kernels for portable; see row_set.h. */
#define AD_ISA_WANTED 0
#define AD_KERNEL_SUFFIX _portable
#define AD_ROW_TABLE ad__row_kernels_portable
#include "runtime/kernels/row_set.h"
