/* The row kernels for avx2; see row_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 1
#define AD_KERNEL_SUFFIX _avx2
#define AD_ROW_TABLE ad__row_kernels_avx2
#include "runtime/kernels/row_set.h"
#else
typedef int ad__no_row_kernels_avx2; /* a translation unit must not be empty */
#endif
