/* The loops of spectral_set.h for avx2. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 1
#define AD_KERNEL_SUFFIX _avx2
#define AD_SPECTRAL_SET ad__spectral_rows_avx2
#include "runtime/kernels/spectral_set.h"
#else
typedef int ad__no_spectral_rows_avx2; /* a translation unit must not be empty */
#endif
