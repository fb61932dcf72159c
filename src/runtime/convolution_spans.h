/* Which taps of a window lie inside the image, along one axis: result positions that agree in that, taken together.
 *
 * Within a span every position meets the same taps, both advance evenly, and nothing is padding: a span is a plain product.
 * Padding, cropping and dilation are all gone into the numbers. */
#ifndef AD_RUNTIME_CONVOLUTION_SPANS_H
#define AD_RUNTIME_CONVOLUTION_SPANS_H

#include "base/mem.h"
#include "runtime/structural/convolution.h"

typedef struct conv_span {
  int64_t out, out_step, count;      /* result positions */
  int64_t tap, tap_step, taps;       /* taps in the order of the image; 0 taps: nothing to sum */
  int64_t in, in_per_out, in_per_tap; /* image position that the first tap meets at the first position, and how it moves */
} conv_span;

typedef struct conv_spans {
  conv_span *at;
  size_t count, room;
} conv_spans;

/* Appends the spans of an axis, in rising order of the first position within each phase. False when memory runs out. */
bool ad__convolution_spans(ad_mem *m, const ad_convolution_axis *axis, conv_spans *out);
void ad__convolution_spans_free(ad_mem *m, conv_spans *s);

#endif
