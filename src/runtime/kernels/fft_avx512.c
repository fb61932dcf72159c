/* The transforms for avx512; see fft_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 2
#define AD_KERNEL_SUFFIX _avx512
#define AD_FFT_SET ad__fft_kernels_avx512
#include "runtime/kernels/fft_set.h"
#else
typedef int ad__no_fft_kernels_avx512; /* a translation unit must not be empty */
#endif
