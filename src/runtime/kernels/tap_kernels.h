/* Tap kernels: elements of a result that are each made of some elements of a line, for window reductions and resizing.
 *
 * Along an axis, element d of the result takes the elements first, first + step, ... (count of them) of its run. A line is
 * such an axis with `inner` elements side by side at each place. Invariant: an element is made from left to right in the order of its run,
 * so that vectors, instruction sets and threads do not change its bits. Which rows meet which is runtime/tap_rows.c. */
#ifndef AD_RUNTIME_KERNELS_TAP_KERNELS_H
#define AD_RUNTIME_KERNELS_TAP_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <adamant/dtype.h>

typedef struct ad_tap_run {
  int64_t first, count;
  int64_t weight; /* where its weights begin */
} ad_tap_run;

typedef struct ad_tap_line {
  int64_t to, from, step, inner;
  const ad_tap_run *runs;   /* one per element of the result */
  const void *weights;      /* of the lane, or NULL: all 1 */
  int64_t even_begin, even_end, even_stride; /* runs of equal count whose firsts are so far apart */
} ad_tap_line;

/* out[i] = in[i], in[step + i]... joined, k >= 1 of them; unless `first`, out[i] is joined in front. */
typedef void (*ad_tap_across_fn)(size_t n, int64_t k, void *out, const void *in, ptrdiff_t step, bool first);
/* The same for sums of products: each with weight[j] * factor; NULL: factor alone. */
typedef void (*ad_tap_weigh_fn)(size_t n, int64_t k, void *out, const void *in, ptrdiff_t step, const void *weight, double factor,
                                bool first);
/* A whole line; an empty run gives what changes nothing. */
typedef void (*ad_tap_along_fn)(const ad_tap_line *l, void *out, const void *in);
/* Places of maxima: `best` and `at` hold those found so far; place s of the line has the number base + s * scale. */
typedef void (*ad_tap_argmax_fn)(const ad_tap_line *l, void *best, uint32_t *at, const void *in, uint32_t base, uint32_t scale);
/* out[d] += v[s] where own[d] equals key[s]. */
typedef void (*ad_tap_match_fn)(const ad_tap_line *l, void *out, const void *own, const void *key, const void *v);
/* n times what changes nothing. */
typedef void (*ad_tap_fill_fn)(size_t n, void *out);

typedef struct ad_tap_fold {
  ad_tap_across_fn across;
  ad_tap_along_fn along;
  ad_tap_fill_fn fill;
} ad_tap_fold;

typedef struct ad_tap_kernels {
  ad_tap_fold sum[AD_DTYPE_COUNT]; /* by lane; none of half types and bool */
  ad_tap_fold max[AD_DTYPE_COUNT];
  ad_tap_argmax_fn argmax[AD_DTYPE_COUNT];
  ad_tap_match_fn match[AD_DTYPE_COUNT]; /* floats only, as those below */
  ad_tap_weigh_fn weigh[AD_DTYPE_COUNT];
  ad_tap_along_fn weigh_along[AD_DTYPE_COUNT];
} ad_tap_kernels;

extern const ad_tap_kernels ad__tap_kernels_portable;
#if defined(__x86_64__)
extern const ad_tap_kernels ad__tap_kernels_avx2;
extern const ad_tap_kernels ad__tap_kernels_avx512;
#endif

#endif
