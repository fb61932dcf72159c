/* Sorting for portable; see sort_set.h. */
#define AD_ISA_WANTED 0
#define AD_KERNEL_SUFFIX _portable
#define AD_SORT_TABLE ad__sort_kernels_portable
#include "runtime/kernels/sort_set.h"
