/* Convolution, windows times taps, in freestanding C: compiled into the library and carried into printed C.
 *
 * Images and results lie channels last, kernels as (filters, taps, channels of a group), all in row-major order. Every element
 * is a sum over taps in row-major order, then channels; taps that lie in the padding add nothing. Lengths are taken as
 * right: every window lies inside its padded axis. Needs nothing but <stdint.h>. */
#ifndef AD_RUNTIME_STRUCTURAL_CONVOLUTION_H
#define AD_RUNTIME_STRUCTURAL_CONVOLUTION_H

#include <stdint.h>

#define AD_CONVOLUTION_AXES 16

/* One spatial axis: lengths of image, kernel and result, and how windows lie in it. `low`: zeros in front, negative crops. */
typedef struct ad_convolution_axis {
  int64_t in, taps, out, stride, low, kernel_dilation, input_dilation;
} ad_convolution_axis;

typedef struct ad_convolution {
  int n, flip; /* spatial axes; whether the kernel is turned round */
  int64_t images, groups, channels, filters; /* the last two of one group */
  ad_convolution_axis axis[AD_CONVOLUTION_AXES];
} ad_convolution;

static inline int64_t ad_convolution_product(const ad_convolution *c, int what) {
  int64_t n = 1;
  for (int i = 0; i < c->n; i++) n *= what == 0 ? c->axis[i].in : what == 1 ? c->axis[i].taps : c->axis[i].out;
  return n;
}

/* The pixel of an image that tap `tap` of the window at result pixel `at` meets, -1 in the padding. */
static inline int64_t ad_convolution_pixel(const ad_convolution *c, int64_t at, int64_t tap) {
  int64_t pixel = 0, step = 1;
  for (int i = c->n - 1; i >= 0; i--) {
    const ad_convolution_axis *a = &c->axis[i];
    int64_t p = at % a->out * a->stride + tap % a->taps * a->kernel_dilation - a->low;
    if (p < 0 || p % a->input_dilation || p / a->input_dilation >= a->in) return -1;
    at /= a->out;
    tap /= a->taps;
    pixel += p / a->input_dilation * step;
    step *= a->in;
  }
  return pixel;
}

/* Result pixels [begin, end), counted through all images. */
#define AD_CONVOLVE_FN(name, T)                                                                         \
  static inline void name(const ad_convolution *c, int64_t begin, int64_t end, const T *x, const T *w, T *y) { \
    int64_t in = ad_convolution_product(c, 0), taps = ad_convolution_product(c, 1), out = ad_convolution_product(c, 2); \
    int64_t channels = c->groups * c->channels, filters = c->groups * c->filters;                       \
    for (int64_t k = begin; k < end; k++) {                                                             \
      T *to = y + k * filters;                                                                          \
      for (int64_t f = 0; f < filters; f++) to[f] = 0;                                                  \
      for (int64_t t = 0; t < taps; t++) {                                                              \
        int64_t pixel = ad_convolution_pixel(c, k % out, t);                                            \
        if (pixel < 0) continue;                                                                        \
        const T *from = x + (k / out * in + pixel) * channels;                                          \
        const T *tap = w + (c->flip ? taps - 1 - t : t) * c->channels;                                  \
        for (int64_t f = 0; f < filters; f++) {                                                         \
          T sum = to[f];                                                                                \
          for (int64_t i = 0; i < c->channels; i++)                                                     \
            sum += from[f / c->filters * c->channels + i] * tap[f * taps * c->channels + i];            \
          to[f] = sum;                                                                                  \
        }                                                                                               \
      }                                                                                                 \
    }                                                                                                   \
  }
AD_CONVOLVE_FN(ad_convolve_f32, float)
AD_CONVOLVE_FN(ad_convolve_f64, double)

#endif
