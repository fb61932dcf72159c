/* The matrix algorithms for portable; see linalg_set.h. */
#define AD_ISA_WANTED 0
#define AD_KERNEL_SUFFIX _portable
#define AD_LINALG_SET ad__linalg_kernels_portable
#include "runtime/kernels/linalg_set.h"
