/* Convolution as sums of matrix products on the images as they lie: see convolution_tiles.c. */
#ifndef AD_RUNTIME_CONVOLUTION_TILES_H
#define AD_RUNTIME_CONVOLUTION_TILES_H

#include "runtime/exec.h"
#include "runtime/structural/convolution.h"

/* Operands are float32 or float64, of any strides in elements; the result is row-major. */
typedef struct conv_tiles {
  const ad_convolution *shape;
  ad_dtype dtype;
  const char *x, *w;
  const int64_t *x_strides, *w_strides; /* of (image, spatial axes, channel) and (filter, spatial axes, channel) */
  char *y;
  const ad_pieces *pieces; /* who takes the result block by block while it is in a cache; NULL: nobody */
} conv_tiles;

/* Fails for lack of memory only. */
ad_status ad__convolution_tiles(ad_exec *x, const conv_tiles *c);

#endif
