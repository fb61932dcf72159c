/* Convolutions of ResNet-50's shapes, through the eager API, one thread, against the machine's peak of fused multiply-adds.
 *
 * Eight images, channels last. Operations are counted as if every tap were computed, those in the padding included. A step
 * builds one convolution, or what one of its gradients is, closes its scope, evaluates, and drops the result. The
 * depthwise one is bound by memory and compared with a copy of as many bytes. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "harness.h"

typedef enum direction { FORWARD, TO_INPUT, TO_KERNEL } direction;

typedef struct layer {
  int64_t side, in, out, taps, stride, padding, groups;
  direction way;
  double need;
} layer;

enum { IMAGES = 8 };

typedef struct step {
  ad_ctx *ctx;
  const layer *layer;
  ad_array *x, *w; /* what is convolved with what */
} step;

static int64_t result_side(const layer *l) { return (l->side + 2 * l->padding - l->taps) / l->stride + 1; }

/* The gradient of the input at stride 1: the cotangent with the kernel turned round, its channels exchanged. */
static ad_array *to_input(const step *s) {
  int64_t low = s->layer->taps - 1 - s->layer->padding;
  ad_array *w = ad_transpose(s->w, &(ad_transpose_opts){.axes = AD_AXES(3, 1, 2, 0)});
  return ad_convolution(s->x, w, &(ad_convolution_opts){.padding_low = AD_INTS(low, low), .flip = true});
}

/* The gradient of the kernel at stride 1: images and channels exchanged, the cotangent as the kernel. */
static ad_array *to_kernel(const step *s) {
  int64_t low = s->layer->padding;
  ad_transpose_opts turn = {.axes = AD_AXES(3, 1, 2, 0)};
  return ad_transpose(ad_convolution(ad_transpose(s->x, &turn), ad_transpose(s->w, &turn),
                                     &(ad_convolution_opts){.padding_low = AD_INTS(low, low)}), &turn);
}

static ad_array *forward(const step *s) {
  const layer *l = s->layer;
  return ad_convolution(s->x, s->w, &(ad_convolution_opts){.stride = AD_INTS(l->stride, l->stride), .groups = AD_INT(l->groups),
                                                           .padding_low = AD_INTS(l->padding, l->padding)});
}

static void run_step(void *state) {
  step *s = state;
  ad_scope *outer = ad_scope_begin(s->ctx), *inner = ad_scope_begin(s->ctx);
  direction way = s->layer->way;
  ad_array *y = ad_scope_end(inner, way == FORWARD ? forward(s) : way == TO_INPUT ? to_input(s) : to_kernel(s));
  if (ad_eval(y) != AD_OK) {
    bench_log("%s", ad_error_text(y));
    exit(1);
  }
  ad_scope_end(outer, NULL);
}

/* Small multiples of 1/16, so that sums neither overflow nor vanish. */
static ad_array *operand(ad_ctx *c, int64_t images, int64_t side, int64_t channels) {
  size_t count = (size_t)(images * side * side * channels);
  float *data = malloc(count * sizeof *data);
  if (!data) exit(1);
  for (size_t i = 0; i < count; i++) data[i] = (float)((int)(i * 2654435761u >> 27) - 16) / 16;
  ad_array *a = ad_array_new(c, AD_FLOAT32, AD_SHAPE(images, side, side, channels), data);
  free(data);
  return a;
}

static void run(const bench_case *self) {
  const layer *l = self->data;
  step s = {.ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1}), .layer = l};
  if (!s.ctx) exit(1);
  int64_t side = result_side(l);
  s.x = l->way == TO_INPUT ? operand(s.ctx, IMAGES, side, l->out) : operand(s.ctx, IMAGES, l->side, l->in);
  s.w = l->way == TO_KERNEL ? operand(s.ctx, IMAGES, side, l->out) : operand(s.ctx, l->out, l->taps, l->in / l->groups);
  bench_work work = {run_step, &s};
  double pixels = (double)(IMAGES * side * side), results = pixels * (double)l->out;
  double steps = results * (double)(l->taps * l->taps * l->in / l->groups);
  if (l->groups > 1) {
    double bytes = 4 * (results + (double)(IMAGES * l->side * l->side * l->in));
    bench_copy *copy = bench_copy_new((size_t)bytes, 1);
    bench_side ours = {bench_repeat, &work, 1e-9 * bytes};
    bench_line(self->name, 1, "GB/s", bench_copy_name(copy), bench_compare("GB/s", ours, bench_copy_side(copy)), l->need);
    bench_copy_free(copy);
  } else {
    bench_side ours = {bench_repeat, &work, 2e-9 * steps};
    bench_line(self->name, 1, "GFLOP/s", "peak", bench_compare("GFLOP/s", ours, bench_peak_side(1)), l->need);
  }
  ad_ctx_free(s.ctx);
}

#define LAYER(name, ...) {name, run, &(const layer){__VA_ARGS__}}

static const bench_case cases[] = {
    LAYER("conv_3x3_56", 56, 64, 64, 3, 1, 1, 1, FORWARD, 0.88),
    LAYER("conv_1x1_56", 56, 64, 256, 1, 1, 0, 1, FORWARD, 0.80),
    LAYER("conv_7x7_stem", 224, 3, 64, 7, 2, 3, 1, FORWARD, 0.80),
    LAYER("conv_3x3_14", 14, 256, 256, 3, 1, 1, 1, FORWARD, 0),
    LAYER("conv_3x3_7", 7, 512, 512, 3, 1, 1, 1, FORWARD, 0),
    LAYER("conv_3x3_56_stride2", 56, 128, 128, 3, 2, 1, 1, FORWARD, 0),
    LAYER("conv_3x3_56_dx", 56, 64, 64, 3, 1, 1, 1, TO_INPUT, 0),
    LAYER("conv_3x3_56_dw", 56, 64, 64, 3, 1, 1, 1, TO_KERNEL, 0),
    LAYER("conv_depthwise_56", 56, 128, 128, 3, 1, 1, 128, FORWARD, 0),
};
BENCH_MAIN(cases)
