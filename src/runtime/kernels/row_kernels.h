/* Row kernels: what norms, attention, rotary positions and cross-entropy do to a row while it is in cache.
 *
 * They work on contiguous elements of one lane. The order of their operations follows from the counts alone, so that every
 * instruction set gives the same bits. Sums are taken in AD_ROW_PARTS partial sums, then these pairwise; callers hand in
 * pieces of AD_ROW_PIECE elements at most and add up the pieces in double precision. */
#ifndef AD_RUNTIME_KERNELS_ROW_KERNELS_H
#define AD_RUNTIME_KERNELS_ROW_KERNELS_H

#include <stddef.h>
#include <stdint.h>
#include <adamant/dtype.h>

enum { AD_ROW_PIECE = 1024, AD_ROW_PARTS = 32 };

typedef struct ad_row_lane {
  size_t item; /* bytes of an element */
  /* out = (in - mean) * rstd, times weight, plus bias; either may be NULL. */
  void (*normalize)(size_t n, void *out, const void *in, double mean, double rstd, const void *weight, const void *bias);
  /* The sum of squares. */
  double (*squares)(size_t n, const void *in);
  /* With c = ct * rstd, g = c * weight and d = x - mean: sums[0] += sum of g, sums[1] += sum of g d; dweight += c d, dbias += ct.
   * weight, dweight and dbias may be NULL, the first two only together. */
  void (*norm_sums)(size_t n, const void *ct, const void *x, const void *weight, double mean, double rstd, double *sums,
                    void *dweight, void *dbias);
  /* out = g - a - d b. */
  void (*norm_back)(size_t n, void *out, const void *ct, const void *x, const void *weight, double mean, double rstd, double a,
                    double b);

  /* The largest element that is no NaN and not below `least`; least where there is none. */
  double (*top)(size_t n, const void *in, double least);
  /* out = exp(in - shift), no element of in being larger than shift; the sum of it. out may be in. */
  double (*soften)(size_t n, void *out, const void *in, double shift);
  /* row = row * factor. */
  void (*scale)(size_t n, void *row, double factor);
  /* row = -infinity where keep is 0. */
  void (*hide)(size_t n, void *row, const uint8_t *keep);
  /* p = exp(p - shift), then d = p * (d - delta). */
  void (*soften_back)(size_t n, void *p, void *d, double shift, double delta);
  /* out = exp(x - shift) * a - b, less c * target where there is one. */
  void (*entropy_back)(size_t n, void *out, const void *x, const void *target, double shift, double a, double b, double c);

  /* Pairs of numbers turned by angles: (a, b) becomes (a cos - b sin, a sin + b cos); elements a apart from elements b, or
   * in turn with them. */
  void (*turn)(size_t n, void *out_a, void *out_b, const void *a, const void *b, const void *cos, const void *sin);
  void (*turn_pairs)(size_t n, void *out, const void *in, const void *cos, const void *sin);
} ad_row_lane;

typedef struct ad_row_kernels {
  const ad_row_lane *f32, *f64;
} ad_row_kernels;

extern const ad_row_kernels ad__row_kernels_portable;
#if defined(__x86_64__)
extern const ad_row_kernels ad__row_kernels_avx2;
extern const ad_row_kernels ad__row_kernels_avx512;
#endif

#endif
