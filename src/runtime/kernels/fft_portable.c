/* The transforms for portable; see fft_set.h. */
#define AD_ISA_WANTED 0
#define AD_KERNEL_SUFFIX _portable
#define AD_FFT_SET ad__fft_kernels_portable
#include "runtime/kernels/fft_set.h"
