/* Checks of indices when a node is made: their dtype, and their range where they are known. */
#ifndef AD_OPS_INDEX_CHECK_H
#define AD_OPS_INDEX_CHECK_H

#include "ir/node.h"

ad_status ad__index_check_dtype(const ad_array *index, char *why, size_t why_size);
/* Every element of an index array given from memory (a large one is not looked through) names a place in an axis of
 * length `dim` from which `size` elements can be taken. dim may be symbolic: nothing is known then. */
ad_status ad__index_check_known(const ad_array *index, int64_t axis, int64_t dim, int64_t size, char *why, size_t why_size);
/* The same for element i alone; false alarms are none: what is not known passes. */
ad_status ad__index_check_known_at(const ad_array *index, int64_t i, int64_t axis, int64_t dim, int64_t size, char *why,
                                   size_t why_size);
/* The first element of a known index array that is outside low .. high; false when there is none, or nothing is known. */
bool ad__index_known_outside(const ad_array *index, int64_t low, int64_t high, int64_t *v);
/* The value of an integer constant of one element; false when it is not known. */
bool ad__index_known_value(const ad_array *a, int64_t *v);

#endif
