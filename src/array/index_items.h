/* Index expressions sorted out: what becomes of each axis, and in which order the result's axes come. */
#ifndef AD_ARRAY_INDEX_ITEMS_H
#define AD_ARRAY_INDEX_ITEMS_H

#include <adamant/index.h>
#include "ir/ctx.h"

typedef enum ad_axis_kind { AD_AXIS_WHOLE, AD_AXIS_RANGE, AD_AXIS_NUMBER, AD_AXIS_ARRAY } ad_axis_kind;

typedef struct ad_axis_use {
  ad_axis_kind kind;
  int64_t start, stop, step; /* as strided_slice takes them; NUMBER: start */
  ad_array *array;
} ad_axis_use;

typedef struct ad_items {
  ad_array *x; /* with an axis of length 1 more for each mask of rank 0 */
  int rank;
  ad_axis_use axis[AD_MAX_RANK];
  /* The result's axes but for the dims of the index arrays: an axis of x, or -1 for a new one. */
  int slots, slot[AD_MAX_RANK];
  bool arrays;  /* are there any? */
  int arrays_at; /* before which slot their dims come */
} ad_items;

/* Sorts items out. Returns NULL, or the error array. */
ad_array *ad__items_sort(ad_items *p, ad_place where, const char *name, ad_array *x, const ad_index_item *items, int n);
/* The read that p describes. */
ad_array *ad__items_read(const ad_items *p);
/* The arrays of index positions of a bool array's true elements, one per axis, into out; NULL, or the error. */
ad_array *ad__mask_positions(ad_place where, ad_array *mask, ad_array **out);

#endif
