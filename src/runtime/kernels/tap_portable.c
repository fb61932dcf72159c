/* The tap kernels for portable; see tap_set.h. */
#define AD_ISA_WANTED 0
#define AD_KERNEL_SUFFIX _portable
#define AD_TAP_SET ad__tap_kernels_portable
#include "runtime/kernels/tap_set.h"
