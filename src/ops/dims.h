/* Dims in shape rules: checked sums and products of numbers and symbols, and the arithmetic of a basic slice.
 *
 * Invariant: a number that does not fit 63 bits fails the relation with AD_E_OVERFLOW and the numbers; an unknown stays
 * unknown. The slice arithmetic is shared with the kernel, so that shape and elements cannot disagree. */
#ifndef AD_OPS_DIMS_H
#define AD_OPS_DIMS_H

#include <adamant/relation.h>
#include "base/str.h"

/* *out = a + b, a * b. Fails the relation when a number overflows; AD_DIM_UNKNOWN when a part is unknown. */
bool ad__dims_sum(ad_rel *r, ad_dim a, ad_dim b, ad_dim *out);
bool ad__dims_product(ad_rel *r, ad_dim a, ad_dim b, ad_dim *out);
/* *out = a - b, where both are known and b is not larger; unknown otherwise. */
bool ad__dims_difference(ad_rel *r, ad_dim a, ad_dim b, ad_dim *out);

/* "(2, 3)" into a fixed buffer, for messages. */
void ad__dims_text(ad_ctx *c, int rank, const ad_dim *dims, char *out, size_t size);
/* The known shape of a slot the same way. */
void ad__slot_text(ad_rel *r, int slot, char *out, size_t size);

/* While a function is traced for all shapes: a dim that cannot be said with symbols is then left open, and inferred anew from numbers. */
bool ad__dims_may_stay_open(ad_rel *r);

/* Axis i of the result is axis perm[i] of input 0; both have `rank` axes. */
bool ad__dims_permuted(ad_rel *r, int rank, const int64_t *perm);
/* The rank of input 0, else of the result; -1 when neither is known. */
int ad__dims_either_rank(const ad_rel *r);
/* The same shape for input 0 and the result, as a whole relation. */
ad_status ad__dims_same(ad_rel *r);
/* The product of axes [begin, end) of a slot: unknown when any is, 0 when one is 0. */
bool ad__dims_count(ad_rel *r, int slot, int begin, int end, ad_dim *out);
/* Axis `axis` of input 0 is `times` as long in the result, other axes are the same. */
bool ad__dims_stretched(ad_rel *r, int axis, int64_t times);

/* A SHAPE attribute names dims: numbers from 0 on, or symbols. */
bool ad__dims_check(ad_rel *r, const ad_attr *shape);
/* The relation of broadcast_to: the result has this shape, input 0 broadcasts to it. */
bool ad__dims_broadcast_to(ad_rel *r, const ad_attr *shape);
/* Is a negative number a symbol of the context, not a caller's mistake? */
bool ad__dim_is_symbol(ad_ctx *c, ad_dim d);

/* An AXIS or AXES entry that may still count from the end. */
static inline int ad__axis_of(int64_t axis, int rank) { return (int)(axis < 0 ? axis + rank : axis); }

/* The axis-th of a list that counts axes of a shape with `rank` axes; lists met before the rank was known may be negative. */
static inline int ad__axis_at(const ad_attr *axes, int i, int rank) {
  return ad__axis_of(axes->as.ints[i], rank);
}

/* Marks the axes of a list in taken[rank]. */
static inline void ad__axes_mark(const ad_attr *axes, int rank, bool *taken) {
  for (int i = 0; i < rank; i++) taken[i] = false;
  for (int i = 0; i < axes->count; i++) {
    int at = ad__axis_at(axes, i, rank);
    if (at >= 0 && at < rank) taken[at] = true;
  }
}

/* Elements of a diagonal of a matrix, `offset` to the right of the main one. */
static inline int64_t ad__diagonal_length(int64_t rows, int64_t columns, int64_t offset) {
  if (offset >= columns || offset <= -rows) return 0;
  int64_t down = offset < 0 ? rows + offset : rows, right = offset > 0 ? columns - offset : columns;
  return down < right ? down : right;
}

typedef struct ad_slice_range {
  int64_t first, count;
} ad_slice_range;

/* Python's rule for one axis of n elements: negative positions count from the end, what lies outside is cut. */
static inline ad_slice_range ad__slice_range(int64_t n, int64_t start, int64_t stop, int64_t step) {
  int64_t low = step > 0 ? 0 : -1, high = step > 0 ? n : n - 1;
  start = start < 0 ? (start < -n ? low : start + n) : start;
  stop = stop < 0 ? (stop < -n ? low : stop + n) : stop;
  start = start > high ? high : start;
  stop = stop > high ? high : stop;
  int64_t length = step > 0 ? stop - start : start - stop;
  uint64_t stride = step > 0 ? (uint64_t)step : (uint64_t)0 - (uint64_t)step;
  return (ad_slice_range){start, length > 0 ? (int64_t)(((uint64_t)length - 1) / stride) + 1 : 0};
}

#endif
