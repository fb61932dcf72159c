/* The elementwise kernels of floats for avx512; see elementwise_set.h. */
#if defined(__x86_64__)
#include <immintrin.h>
#define AD_ISA_WANTED 2
#define AD_KERNEL_SUFFIX _avx512
#define AD_LANES_WANTED 2
#include "runtime/kernels/elementwise_set.h"
#else
typedef int ad__no_elementwise_float_avx512; /* a translation unit must not be empty */
#endif
