/* Reduction kernels: what they compute, and the tables of one instruction set.
 *
 * A kernel folds contiguous elements of one lane. The order of its operations depends on the counts alone, so that every
 * instruction set gives the same bits. Strides, half types, long rows, threads are the business of runtime/reduce.c. */
#ifndef AD_RUNTIME_KERNELS_REDUCE_KERNELS_H
#define AD_RUNTIME_KERNELS_REDUCE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <adamant/dtype.h>

typedef enum ad_fold {
  AD_FOLD_SUM,
  AD_FOLD_PRODUCT,
  AD_FOLD_MAX,        /* NaN wins */
  AD_FOLD_MIN,
  AD_FOLD_DEVIATIONS, /* sum of (x - p)^2 */
  AD_FOLD_EXPONENTIALS, /* sum of exp(x - p) */
  AD_FOLD_COUNT
} ad_fold;

enum {
  AD_FOLD_BLOCK = 4096, /* elements of a row that one call folds at most */
  AD_FOLD_GROUP = 4     /* rows of columns that are folded together */
};

/* out[r] = the fold of the n elements, 1 to AD_FOLD_BLOCK, of row r, which begins r * stride bytes after `in`; p[r] is
 * its parameter (NULL where the fold takes none). */
typedef void (*ad_fold_rows_fn)(size_t rows, size_t n, ptrdiff_t stride, void *out, const void *in, const void *p);
/* acc[i] = acc[i] folded with element i of each row in turn; `first`: acc holds nothing yet. p[i]: parameters. */
typedef void (*ad_fold_columns_fn)(size_t rows, size_t n, void *acc, const void *const *in, const void *p, bool first);
/* The place of the extreme element, the first of several, a NaN before all: best and index of each row are updated by n
 * elements that begin at position base of the row; base 0 begins anew. */
typedef void (*ad_arg_rows_fn)(size_t rows, size_t n, ptrdiff_t stride, const void *in, size_t base, void *best,
                               uint32_t *index);
/* The same for columns: one row per call, at position `base` of each column. */
typedef void (*ad_arg_columns_fn)(size_t n, const void *in, size_t base, void *best, uint32_t *index);
/* out = in * *factor, or (in - *a) - *b. */
typedef void (*ad_scaled_fn)(size_t n, void *out, const void *in, const void *factor);
typedef void (*ad_lowered_fn)(size_t n, void *out, const void *in, const void *a, const void *b);

typedef enum ad_scan { AD_SCAN_SUM, AD_SCAN_PRODUCT, AD_SCAN_MAX, AD_SCAN_MIN, AD_SCAN_LOGSUMEXP, AD_SCAN_COUNT } ad_scan;

/* What a scan carries from element to element takes `carried` bytes; begin sets n of them. row goes on along one
 * sequence, across by one element in each of n sequences. exclusive: a result does not hold its own element. */
typedef struct ad_scan_kernel {
  void (*begin)(size_t n, void *acc);
  void (*row)(size_t n, void *out, const void *in, void *acc, bool exclusive);
  void (*across)(size_t n, void *out, const void *in, void *acc, bool exclusive);
  size_t carried;
} ad_scan_kernel;

typedef struct ad_reduce_kernels {
  ad_fold_rows_fn rows[AD_FOLD_COUNT][AD_DTYPE_COUNT];
  ad_fold_columns_fn columns[AD_FOLD_COUNT][AD_DTYPE_COUNT];
  ad_arg_rows_fn arg_rows[2][AD_DTYPE_COUNT]; /* largest, smallest */
  ad_arg_columns_fn arg_columns[2][AD_DTYPE_COUNT];
  ad_scaled_fn scaled[AD_DTYPE_COUNT];
  ad_lowered_fn lowered[AD_DTYPE_COUNT];
  ad_scan_kernel scan[AD_SCAN_COUNT][AD_DTYPE_COUNT];
} ad_reduce_kernels;

extern const ad_reduce_kernels ad__reduce_kernels_portable;
#if defined(__x86_64__)
extern const ad_reduce_kernels ad__reduce_kernels_avx2;
extern const ad_reduce_kernels ad__reduce_kernels_avx512;
#endif

#endif
