/* The elementwise kernels of floats for avx2; see elementwise_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 1
#define AD_KERNEL_SUFFIX _avx2
#define AD_LANES_WANTED 2
#include "runtime/kernels/elementwise_set.h"
#else
typedef int ad__no_elementwise_float_avx2; /* a translation unit must not be empty */
#endif
