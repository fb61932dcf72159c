/* One instruction set's transforms: included by fft_<isa>.c with AD_KERNEL_SUFFIX, AD_FFT_SET (the table's name) and
 * AD_ISA_WANTED. The text is that of structural/fft*.h, once for each element type. */
#include <math.h>
#include "base/scalar.h"
#include "runtime/kernels/fft_kernels.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/isa_begin.h"

#define AD_FFT_LOOP AD_LOOP

#define AD_FFT_T float
#define AD_FFT(name) AD_CAT(fft_##name##_f32, AD_KERNEL_SUFFIX)
#include "runtime/structural/fft_roots.h"
#include "runtime/structural/fft_passes.h"
#include "runtime/structural/fft_tiles.h"
#include "runtime/structural/fft_run.h"
#undef AD_FFT_T
#undef AD_FFT

#define AD_FFT_T double
#define AD_FFT(name) AD_CAT(fft_##name##_f64, AD_KERNEL_SUFFIX)
#include "runtime/structural/fft_roots.h"
#include "runtime/structural/fft_passes.h"
#include "runtime/structural/fft_tiles.h"
#include "runtime/structural/fft_run.h"
#undef AD_FFT_T
#undef AD_FFT

#define AD_FFT_ROW(s)                                                                                               \
  {                                                                                                                 \
    .fill = AD_CAT(fft_fill_##s, AD_KERNEL_SUFFIX), .tile = AD_CAT(fft_do_tile_##s, AD_KERNEL_SUFFIX),                      \
    .line = AD_CAT(fft_do_line_##s, AD_KERNEL_SUFFIX)                                                                   \
  }
const ad_fft_kernels AD_FFT_SET[2] = {AD_FFT_ROW(f32), AD_FFT_ROW(f64)};

#include "runtime/kernels/isa_end.h"
#undef AD_FFT_ROW
#undef AD_FFT_LOOP
#undef AD_FFT_SET
#undef AD_KERNEL_SUFFIX
