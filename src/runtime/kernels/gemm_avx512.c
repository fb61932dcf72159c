/* The matrix product kernels for avx512; see gemm_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 2
#define AD_KERNEL_SUFFIX _avx512
#define AD_GEMM_TABLE ad__gemm_kernels_avx512
#include "runtime/kernels/gemm_set.h"
#else
typedef int ad__no_gemm_kernels_avx512; /* a translation unit must not be empty */
#endif
