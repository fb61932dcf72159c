/* Indexing, as brackets do it in NumPy: reading and updating parts of an array.
 *
 *   ad_index(x, AD_AT(-1))                                      x[-1]
 *   ad_index(x, AD_ELLIPSIS, AD_RANGE(0, AD_END, 2))            x[..., 0::2]
 *   ad_index(x, AD_TAKE(rows), AD_NEWAXIS, AD_TAKE(columns))    x[rows, None, columns]
 *   ad_index(x, AD_MASK(ad_greater(x, zero)))                   x[x > 0]
 *   y = ad_index_set(x, value, AD_AT(3))                        y = x; y[3] = value
 *   y = ad_index_add(x, value, AD_TAKE(rows))                   every row is added as often as it is named
 *
 * Numbers, ranges and new axes read as views, without a copy. Index arrays broadcast together; their dims stand where
 * they stood, or in front when a range, new axis or ellipsis lies between them. Negative indices count from the end.
 * An index that is out of range is AD_E_INDEX where it is known; as data, reads clamp and writes drop. A mask is
 * evaluated, unless it is written to with a value that is the same for all its places.
 * Updates return a new array, in x's own memory when nobody else holds x. The value is cast to x's dtype and broadcast;
 * leading dims of length 1 are dropped first. Of several values set in one element the last one stays. */
#ifndef ADAMANT_INDEX_H
#define ADAMANT_INDEX_H

#include <adamant/core.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ad_index_kind {
  AD_INDEX_NUMBER,   /* one element of an axis, which vanishes */
  AD_INDEX_RANGE,    /* start:stop:step */
  AD_INDEX_NEW_AXIS, /* an axis of length 1 */
  AD_INDEX_DOTS,     /* all axes that are not spoken of; at most once */
  AD_INDEX_ARRAY,    /* elements named by an integer array */
  AD_INDEX_TRUE      /* elements where a bool array is true; it stands for as many axes as it has */
} ad_index_kind;

typedef struct ad_index_item {
  ad_index_kind kind;
  int64_t start, stop, step; /* NUMBER: start */
  ad_array *array;
} ad_index_item;

/* A range's end that is not given: the first or the last element, in the direction of the step. */
#define AD_BEGIN INT64_MIN
#define AD_END INT64_MAX

#define AD_AT(i) ((ad_index_item){AD_INDEX_NUMBER, (i), 0, 0, NULL})
#define AD_RANGE(start, stop, step) ((ad_index_item){AD_INDEX_RANGE, (start), (stop), (step), NULL})
#define AD_ALL AD_RANGE(AD_BEGIN, AD_END, 1)
#define AD_NEWAXIS ((ad_index_item){AD_INDEX_NEW_AXIS, 0, 0, 0, NULL})
#define AD_ELLIPSIS ((ad_index_item){AD_INDEX_DOTS, 0, 0, 0, NULL})
#define AD_TAKE(array) ((ad_index_item){AD_INDEX_ARRAY, 0, 0, 0, (array)})
#define AD_MASK(array) ((ad_index_item){AD_INDEX_TRUE, 0, 0, 0, (array)})

#define AD_INDEX_ITEMS(...)                                                                        \
  (const ad_index_item[]){__VA_ARGS__}, (int)(sizeof((const ad_index_item[]){__VA_ARGS__}) / sizeof(ad_index_item))

AD_API ad_array *ad_index_at(ad_place where, ad_array *x, const ad_index_item *items, int n);
#define ad_index(x, ...) ad_index_at(AD_HERE, (x), AD_INDEX_ITEMS(__VA_ARGS__))

typedef enum ad_index_mode {
  AD_UPDATE_SET,
  AD_UPDATE_ADD,
  AD_UPDATE_SUBTRACT,
  AD_UPDATE_MULTIPLY,
  AD_UPDATE_DIVIDE, /* multiplies by the reciprocal; floats and complex numbers */
  AD_UPDATE_MAXIMUM,
  AD_UPDATE_MINIMUM
} ad_index_mode;

AD_API ad_array *ad_index_update_at(ad_place where, ad_index_mode mode, ad_array *x, ad_array *value,
                                    const ad_index_item *items, int n);
#define ad_index_set(x, value, ...) ad_index_update_at(AD_HERE, AD_UPDATE_SET, (x), (value), AD_INDEX_ITEMS(__VA_ARGS__))
#define ad_index_add(x, value, ...) ad_index_update_at(AD_HERE, AD_UPDATE_ADD, (x), (value), AD_INDEX_ITEMS(__VA_ARGS__))
#define ad_index_subtract(x, value, ...) \
  ad_index_update_at(AD_HERE, AD_UPDATE_SUBTRACT, (x), (value), AD_INDEX_ITEMS(__VA_ARGS__))
#define ad_index_multiply(x, value, ...) \
  ad_index_update_at(AD_HERE, AD_UPDATE_MULTIPLY, (x), (value), AD_INDEX_ITEMS(__VA_ARGS__))
#define ad_index_divide(x, value, ...) \
  ad_index_update_at(AD_HERE, AD_UPDATE_DIVIDE, (x), (value), AD_INDEX_ITEMS(__VA_ARGS__))
#define ad_index_maximum(x, value, ...) \
  ad_index_update_at(AD_HERE, AD_UPDATE_MAXIMUM, (x), (value), AD_INDEX_ITEMS(__VA_ARGS__))
#define ad_index_minimum(x, value, ...) \
  ad_index_update_at(AD_HERE, AD_UPDATE_MINIMUM, (x), (value), AD_INDEX_ITEMS(__VA_ARGS__))

/* Where a is not zero: a tuple of one uint32 array per axis (int64 for an axis longer than that holds), in row-major
 * order. Evaluates a, whose rank must be 1 or more. */
AD_API ad_array *ad_nonzero_at(ad_place where, ad_array *a);
#define ad_nonzero(...) ad_nonzero_at(AD_HERE, __VA_ARGS__)
/* The same as one array, a row of indices for each place. */
AD_API ad_array *ad_argwhere_at(ad_place where, ad_array *a);
#define ad_argwhere(...) ad_argwhere_at(AD_HERE, __VA_ARGS__)

/* ---- Elements that differ ----
 *
 * The different elements of an array of any shape, in ascending order and as one axis. -0 and 0 are one element, of which the
 * first stands for both; every NaN is one of its own. These evaluate a. Derivatives pass through the elements. */

AD_API ad_array *ad_unique_values_at(ad_place where, ad_array *a);
#define ad_unique_values(...) ad_unique_values_at(AD_HERE, __VA_ARGS__)
/* A tuple: the elements, and how often each occurs (uint32). */
AD_API ad_array *ad_unique_counts_at(ad_place where, ad_array *a);
#define ad_unique_counts(...) ad_unique_counts_at(AD_HERE, __VA_ARGS__)
/* A tuple: the elements, and for each element of a, in a's shape, which of them it is (uint32). */
AD_API ad_array *ad_unique_inverse_at(ad_place where, ad_array *a);
#define ad_unique_inverse(...) ad_unique_inverse_at(AD_HERE, __VA_ARGS__)
/* A tuple: the elements, where each first occurs in a as one axis, which of them each element of a is, how often each occurs. */
AD_API ad_array *ad_unique_all_at(ad_place where, ad_array *a);
#define ad_unique_all(...) ad_unique_all_at(AD_HERE, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
