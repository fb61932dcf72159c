/* The reduction kernels for portable; see reduce_set.h. */
#define AD_ISA_WANTED 0
#define AD_KERNEL_SUFFIX _portable
#define AD_REDUCE_SET ad__reduce_kernels_portable
#include "runtime/kernels/reduce_set.h"
