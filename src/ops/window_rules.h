/* Windows along axes: what the window reductions, their shapes, kernels and printers agree on.
 *
 * Window o along an axis of n elements holds the elements o * stride + t * dilation - low for t < size that lie inside the
 * axis; `high` elements behind the axis also count as places, which decides how many windows there are. Adaptive windows
 * are `size` many and cover the axis: window o holds the elements from floor(o n / size) up to ceil((o + 1) n / size). */
#ifndef AD_OPS_WINDOW_RULES_H
#define AD_OPS_WINDOW_RULES_H

#include "ops/rules.h"

/* Fields that every window op begins with. */
enum {
  AD_WINDOW_AXES,
  AD_WINDOW_SIZE,
  AD_WINDOW_STRIDE,
  AD_WINDOW_LOW,
  AD_WINDOW_HIGH,
  AD_WINDOW_DILATION,
  AD_WINDOW_ADAPTIVE,
  AD_WINDOW_FIELDS,
  AD_WINDOW_MORE = AD_WINDOW_FIELDS /* the one behind them: lengths of window_spread, spread of window_match */
};

/* Sizes, strides, dilations and padding stay below this, so that places fit 63 bits. */
#define AD_WINDOW_MOST INT64_C(2147483647)

typedef struct ad_window {
  int64_t size, stride, low, high, dilation;
  bool adaptive;
} ad_window;

/* The k-th axis's window. */
static inline ad_window ad__window_of(const ad_attr *at, int k) {
  ad_window w = {.size = at[AD_WINDOW_SIZE].as.ints[k], .stride = 1, .dilation = 1};
  if (at[AD_WINDOW_STRIDE].given) w.stride = at[AD_WINDOW_STRIDE].as.ints[k];
  if (at[AD_WINDOW_LOW].given) w.low = at[AD_WINDOW_LOW].as.ints[k];
  w.high = at[AD_WINDOW_HIGH].given ? at[AD_WINDOW_HIGH].as.ints[k] : w.low;
  if (at[AD_WINDOW_DILATION].given) w.dilation = at[AD_WINDOW_DILATION].as.ints[k];
  w.adaptive = at[AD_WINDOW_ADAPTIVE].as.i;
  return w;
}

static inline int64_t ad__window_reach(ad_window w) { return (w.size - 1) * w.dilation + 1; }

/* Where adaptive window o begins, and where it ends; o and size are below 2^31. */
static inline int64_t ad__window_adaptive_begin(int64_t o, int64_t n, int64_t size) { return o * (n / size) + o * (n % size) / size; }
static inline int64_t ad__window_adaptive_end(int64_t o, int64_t n, int64_t size) {
  return (o + 1) * (n / size) + ((o + 1) * (n % size) + size - 1) / size;
}

#endif
