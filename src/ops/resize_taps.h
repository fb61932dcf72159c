/* Which elements of an axis a resized one is made of, and with which weights: the mathematics of resize.
 *
 * Element o of `out` lies at x = (o + 0.5) s - 0.5 of `in`, s = in / out (or 1 / the scale that was given), and with
 * align_corners at o (in - 1) / (out - 1).
 *   nearest        floor(o s), as PyTorch's; nearest_exact floor((o + 0.5) s), as PIL's, JAX's and scikit-image's
 *   linear         the two neighbours of x, which does not go below 0, by distance
 *   cubic          the four neighbours by Keys' kernel (Cubic convolution interpolation for digital image processing, 1981) with
 *                  a = -0.75, as PyTorch's; beyond an end the last element is repeated
 *   antialias      a triangle, or Keys' kernel with a = -0.5, as wide as max(s, 1) and cut at the ends, its weights divided by
 *                  their sum, as PIL's
 * All elements of a run follow each other; runs begin and end later the larger o is. */
#ifndef AD_OPS_RESIZE_TAPS_H
#define AD_OPS_RESIZE_TAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <adamant/op.h>

/* Fields of resize and its transpose. */
enum { AD_RESIZE_AXES, AD_RESIZE_SIZES, AD_RESIZE_METHOD, AD_RESIZE_ALIGN, AD_RESIZE_ANTIALIAS, AD_RESIZE_SCALES };

typedef enum ad_resize_method { AD_RESIZE_NEAREST, AD_RESIZE_NEAREST_EXACT, AD_RESIZE_LINEAR, AD_RESIZE_CUBIC } ad_resize_method;

typedef struct ad_resize_axis {
  ad_resize_method method;
  int64_t in, out;
  bool align_corners, antialias, scaled;
  double step; /* s above */
} ad_resize_axis;

ad_resize_method ad__resize_method_of(const ad_attr *at);
/* The k-th axis, from `in` elements to `out`. */
ad_resize_axis ad__resize_axis_of(const ad_attr *at, int k, int64_t in, int64_t out);

/* The elements that o is made of: *first and the following; returns how many, at least 1. */
int64_t ad__resize_run(const ad_resize_axis *g, int64_t o, int64_t *first);
/* What the weights of o's run are divided by. */
double ad__resize_total(const ad_resize_axis *g, int64_t o, int64_t first, int64_t count);
/* The weight of element p in o, before that. */
double ad__resize_weight(const ad_resize_axis *g, int64_t o, int64_t p);

#endif
