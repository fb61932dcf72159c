/* The reduction kernels for avx512; see reduce_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 2
#define AD_KERNEL_SUFFIX _avx512
#define AD_REDUCE_SET ad__reduce_kernels_avx512
#include "runtime/kernels/reduce_set.h"
#else
typedef int ad__no_reduce_kernels_avx512; /* a translation unit must not be empty */
#endif
