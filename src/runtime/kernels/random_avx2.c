/* The random kernels for avx2; see random_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 1
#define AD_KERNEL_SUFFIX _avx2
#define AD_RANDOM_SET ad__random_kernels_avx2
#include "runtime/kernels/random_set.h"
#else
typedef int ad__no_random_kernels_avx2; /* a translation unit must not be empty */
#endif
