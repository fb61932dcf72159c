/* The table of transforms of one instruction set and element type; see base/fft_plan.h. */
#ifndef AD_RUNTIME_KERNELS_FFT_KERNELS_H
#define AD_RUNTIME_KERNELS_FFT_KERNELS_H

#include "base/fft_plan.h"

typedef struct ad_fft_kernels {
  /* Fills the plan's table; room: ad_fft_shared + ad_fft_scratch numbers. */
  void (*fill)(const ad_fft_plan *p, void *table, void *room);
  /* `width` transforms side by side. */
  void (*tile)(const ad_fft_job *j, const void *from, void *to, int64_t width, void *scratch);
  /* Pieces [begin, end) of op number `op` of one long transform. */
  void (*line)(const ad_fft_job *j, int op, const void *from, void *to, int64_t begin, int64_t end, void *shared, void *scratch);
} ad_fft_kernels;

/* Of float, and of double. */
extern const ad_fft_kernels ad__fft_kernels_portable[2];
#if defined(__x86_64__)
extern const ad_fft_kernels ad__fft_kernels_avx2[2];
extern const ad_fft_kernels ad__fft_kernels_avx512[2];
#endif

#endif
