/* The random kernels for portable; see random_set.h. */
#define AD_ISA_WANTED 0
#define AD_KERNEL_SUFFIX _portable
#define AD_RANDOM_SET ad__random_kernels_portable
#include "runtime/kernels/random_set.h"
