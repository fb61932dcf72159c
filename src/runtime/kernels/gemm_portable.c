/* The matrix product kernels for portable; see gemm_set.h. */
#define AD_ISA_WANTED 0
#define AD_KERNEL_SUFFIX _portable
#define AD_GEMM_TABLE ad__gemm_kernels_portable
#include "runtime/kernels/gemm_set.h"
