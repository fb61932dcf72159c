/* The kernels for portable; see kernel_set.h. */
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#define AD_ISA_WANTED 0
#define AD_KERNEL_SUFFIX _portable
#define AD_KERNEL_SET ad__kernels_portable
#include "runtime/kernels/kernel_set.h"
