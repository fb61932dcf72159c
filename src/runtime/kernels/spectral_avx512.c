/* The loops of spectral_set.h for avx512. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 2
#define AD_KERNEL_SUFFIX _avx512
#define AD_SPECTRAL_SET ad__spectral_rows_avx512
#include "runtime/kernels/spectral_set.h"
#else
typedef int ad__no_spectral_rows_avx512; /* a translation unit must not be empty */
#endif
