/* Sums of arrays that are zero but for a piece each, as cotangents of slices are. */
#ifndef AD_OPS_PIECES_H
#define AD_OPS_PIECES_H

#include "ir/node.h"

/* a + b as a concatenation, padded where the two do not fill the array: NULL unless both are paddings by zero along one and the same
 * axis whose insides lie side by side. (Where the sum would turn -0 to 0 this keeps it.) */
ad_array *ad__pieces_sum(ad_array *a, ad_array *b);

#endif
