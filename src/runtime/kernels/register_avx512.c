/* The register form for avx512; see register_set.h. */
#if defined(__x86_64__)
#define AD_ISA_WANTED 2
#define AD_KERNEL_SUFFIX _avx512
#define AD_REGISTER_TABLE ad__registers_avx512
#include "runtime/kernels/register_set.h"
#else
typedef int ad__no_registers_avx512; /* a translation unit must not be empty */
#endif
