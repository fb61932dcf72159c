/* The matrix product kernels for avx2; see gemm_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 1
#define AD_KERNEL_SUFFIX _avx2
#define AD_GEMM_TABLE ad__gemm_kernels_avx2
#include "runtime/kernels/gemm_set.h"
#else
typedef int ad__no_gemm_kernels_avx2; /* a translation unit must not be empty */
#endif
