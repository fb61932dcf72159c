/* The loops of spectral_set.h for portable. */
#define AD_ISA_WANTED 0
#define AD_KERNEL_SUFFIX _portable
#define AD_SPECTRAL_SET ad__spectral_rows_portable
#include "runtime/kernels/spectral_set.h"
