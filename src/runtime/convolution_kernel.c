/* convolution: the plain kernel, windows times taps, in the order of taps and channels.
 *
 * Half types are computed in float32. The result is cut by its pixels, so bits do not depend on threads. */
#include "runtime/structural.h"

#include <string.h>

enum { STRIDE, LOW, HIGH, KERNEL_DILATION, INPUT_DILATION, GROUPS, FLIP };

typedef struct convolution_job {
  const void *x, *w;
  void *y;
  int n; /* spatial axes */
  int64_t in[AD_MAX_RANK], taps[AD_MAX_RANK], out[AD_MAX_RANK];
  int64_t stride[AD_MAX_RANK], low[AD_MAX_RANK], kernel_dilation[AD_MAX_RANK], input_dilation[AD_MAX_RANK];
  int64_t in_channels, out_channels, groups, in_pixels, out_pixels, tap_count;
  bool flip;
} convolution_job;

/* Where tap `t` of the window at output pixel `at` lies in the input, as a pixel number; -1 in padding. */
static int64_t input_pixel(const convolution_job *j, const int64_t *at, int64_t t) {
  int64_t pixel = 0, step = 1;
  for (int i = j->n - 1; i >= 0; i--) {
    int64_t p = at[i] * j->stride[i] + t % j->taps[i] * j->kernel_dilation[i] - j->low[i];
    t /= j->taps[i];
    if (p < 0 || p % j->input_dilation[i] || p / j->input_dilation[i] >= j->in[i]) return -1;
    pixel += p / j->input_dilation[i] * step;
    step *= j->in[i];
  }
  return pixel;
}

static int64_t turned(const convolution_job *j, int64_t t) { return j->flip ? j->tap_count - 1 - t : t; }

#define CONVOLVE(name, T)                                                                                         \
  static void name(void *arg, size_t begin, size_t end) {                                                         \
    const convolution_job *j = arg;                                                                               \
    int64_t per_in = j->in_channels / j->groups, per_out = j->out_channels / j->groups;                           \
    for (size_t k = begin; k < end; k++) {                                                                        \
      int64_t image = (int64_t)k / j->out_pixels, rest = (int64_t)k % j->out_pixels, at[AD_MAX_RANK];             \
      for (int i = j->n - 1; i >= 0; i--) at[i] = rest % j->out[i], rest /= j->out[i];                            \
      T *y = (T *)j->y + (int64_t)k * j->out_channels;                                                            \
      memset(y, 0, (size_t)j->out_channels * sizeof *y);                                                          \
      for (int64_t t = 0; t < j->tap_count; t++) {                                                                \
        int64_t pixel = input_pixel(j, at, t);                                                                    \
        if (pixel < 0) continue;                                                                                  \
        const T *x = (const T *)j->x + (image * j->in_pixels + pixel) * j->in_channels;                           \
        for (int64_t f = 0; f < j->out_channels; f++) {                                                           \
          const T *w = (const T *)j->w + (f * j->tap_count + turned(j, t)) * per_in, *xg = x + f / per_out * per_in; \
          T sum = y[f];                                                                                           \
          for (int64_t c = 0; c < per_in; c++) sum += xg[c] * w[c];                                               \
          y[f] = sum;                                                                                             \
        }                                                                                                         \
      }                                                                                                           \
    }                                                                                                             \
  }
CONVOLVE(convolve_f32, float)
CONVOLVE(convolve_f64, double)
#undef CONVOLVE

static void list_or(const ad_attr *a, int n, int64_t otherwise, int64_t *out) {
  for (int i = 0; i < n; i++) out[i] = a->given ? a->as.ints[i] : otherwise;
}

static void describe(convolution_job *j, const ad_array *node) {
  const ad_type *x = node->in[0]->type, *w = node->in[1]->type, *y = node->type;
  const ad_attr *at = node->attrs->at;
  j->n = x->rank - 2;
  j->in_pixels = j->out_pixels = j->tap_count = 1;
  for (int i = 0; i < j->n; i++) {
    j->in_pixels *= j->in[i] = x->dims[i + 1];
    j->taps[i] = w->dims[i + 1];
    j->tap_count *= j->taps[i];
    j->out_pixels *= j->out[i] = y->dims[i + 1];
  }
  list_or(&at[STRIDE], j->n, 1, j->stride);
  list_or(&at[LOW], j->n, 0, j->low);
  list_or(&at[KERNEL_DILATION], j->n, 1, j->kernel_dilation);
  list_or(&at[INPUT_DILATION], j->n, 1, j->input_dilation);
  j->in_channels = x->dims[x->rank - 1];
  j->out_channels = y->dims[y->rank - 1];
  j->groups = at[GROUPS].as.i;
  j->flip = at[FLIP].as.i;
}

/* Row-major elements of an operand in the dtype computed in. */
static const void *operand(ad_exec *x, const ad_array *a, ad_dtype lane, ad_value *dense, ad_buffer **cast) {
  const char *data = ad__value_contiguous_data(x, a, dense);
  if (!data || a->type->dtype == lane) return data;
  *cast = ad__buffer_take(x->cache, (size_t)a->type->size * ad_dtype_size(lane));
  if (!*cast) return NULL;
  x->kernels->cast[a->type->dtype][lane]((size_t)a->type->size, (*cast)->data, data);
  return (*cast)->data;
}

ad_status ad__k_convolution(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  ad_dtype lane = node->type->dtype == AD_FLOAT64 ? AD_FLOAT64 : AD_FLOAT32;
  bool half = lane != node->type->dtype;
  size_t count = (size_t)node->type->size;
  ad_value dense[2] = {{NULL, NULL, NULL}, {NULL, NULL, NULL}};
  ad_buffer *cast[3] = {NULL, NULL, NULL};
  convolution_job j = {.x = operand(x, node->in[0], lane, &dense[0], &cast[0]),
                       .w = operand(x, node->in[1], lane, &dense[1], &cast[1])};
  ad_status s = j.x && j.w ? ad__value_new(x, node->type, &node->value) : AD_E_MEMORY;
  if (!s && half && !(cast[2] = ad__buffer_take(x->cache, count * sizeof(float)))) s = AD_E_MEMORY;
  if (s) s = ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  if (!s && count) {
    describe(&j, node);
    j.y = half ? cast[2]->data : node->value.data;
    size_t pixels = (size_t)(node->type->dims[0] * j.out_pixels);
    double cost = (double)(j.tap_count * j.in_channels / j.groups * j.out_channels) * 0.3;
    ad__parallel(x, pixels, 1, cost, lane == AD_FLOAT64 ? convolve_f64 : convolve_f32, &j);
    if (half) x->kernels->cast[lane][node->type->dtype](count, node->value.data, j.y);
  }
  for (int i = 0; i < 3; i++)
    if (cast[i]) ad__buffer_drop(x->cache, cast[i]);
  for (int i = 0; i < 2; i++) ad__value_free(x->cache, node->in[i]->type, &dense[i]);
  return s;
}
