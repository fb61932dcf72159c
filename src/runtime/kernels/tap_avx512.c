/* The tap kernels for avx512; see tap_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 2
#define AD_KERNEL_SUFFIX _avx512
#define AD_TAP_SET ad__tap_kernels_avx512
#include "runtime/kernels/tap_set.h"
#else
typedef int ad__no_tap_kernels_avx512; /* a translation unit must not be empty */
#endif
