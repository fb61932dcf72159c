/* Sorting for avx2; see sort_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 1
#define AD_KERNEL_SUFFIX _avx2
#define AD_SORT_TABLE ad__sort_kernels_avx2
#include "runtime/kernels/sort_set.h"
#else
typedef int ad__no_sort_kernels_avx2; /* a translation unit must not be empty */
#endif
