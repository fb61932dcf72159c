/* What the convolutions share: where windows lie, read from an op's attributes, and the relation of shapes.
 *
 * The ops differ in which fields they have and in whether padding is that of a transposed convolution; a table of fields says so.
 * Lists have one entry per axis of space or, where the op allows it, one for all. */
#ifndef AD_OPS_CONVOLUTION_RULES_H
#define AD_OPS_CONVOLUTION_RULES_H

#include "ops/rules.h"

/* Indices of fields; -1: the op has none, and windows are as if it were not given. */
typedef struct ad_conv_fields {
  int axes;        /* of space; 0: any number */
  bool one_each;   /* no list stands for all axes with one entry */
  bool transposed; /* padding is taken off the result, `stride` spreads the images */
  int stride, low, high, kernel_dilation, input_dilation, output_padding, groups, flip;
} ad_conv_fields;

/* Windows along one axis, as the primitive states them. */
typedef struct ad_conv_window {
  int64_t stride, low, high, kernel_dilation, input_dilation;
} ad_conv_window;

/* Windows along axis i of n, for attributes that the relation has passed; `taps` matters where `transposed`. */
ad_conv_window ad__conv_window_at(const ad_conv_fields *f, const ad_attr *at, int i, int n, int64_t taps);

/* The relation between x (images, space, channels), w (filters, taps, channels of a group) and the result. */
ad_status ad__conv_dims(ad_rel *r, const ad_conv_fields *f);

#endif
