/* The elementwise kernels of bool and integers for avx512; see elementwise_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 2
#define AD_KERNEL_SUFFIX _avx512
#define AD_LANES_WANTED 1
#include "runtime/kernels/elementwise_set.h"
#else
typedef int ad__no_elementwise_int_avx512; /* a translation unit must not be empty */
#endif
