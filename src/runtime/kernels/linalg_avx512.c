/* The matrix algorithms for avx512; see linalg_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 2
#define AD_KERNEL_SUFFIX _avx512
#define AD_LINALG_SET ad__linalg_kernels_avx512
#include "runtime/kernels/linalg_set.h"
#else
typedef int ad__no_linalg_kernels_avx512; /* a translation unit must not be empty */
#endif
