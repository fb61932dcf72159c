/* The loops of eigenvalue and singular value problems for each instruction set; see structural/spectral_rows.h. */
#ifndef AD_RUNTIME_KERNELS_SPECTRAL_KERNELS_H
#define AD_RUNTIME_KERNELS_SPECTRAL_KERNELS_H

struct ad_spectral_rows;

extern const struct ad_spectral_rows ad__spectral_rows_portable;
#if defined(__x86_64__)
extern const struct ad_spectral_rows ad__spectral_rows_avx2;
extern const struct ad_spectral_rows ad__spectral_rows_avx512;
#endif

#endif
