/* The kernels for avx512; see kernel_set.h. */
#if defined(__x86_64__)
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#define AD_ISA_WANTED 2
#define AD_KERNEL_SUFFIX _avx512
#define AD_KERNEL_SET ad__kernels_avx512
#include "runtime/kernels/kernel_set.h"
#else
typedef int ad__no_kernels_avx512; /* a translation unit must not be empty */
#endif
