/* The elementwise kernels of complex numbers for portable; see elementwise_set.h. */
#define AD_ISA_WANTED 0
#define AD_KERNEL_SUFFIX _portable
#define AD_LANES_WANTED 4
#include "runtime/kernels/elementwise_set.h"
