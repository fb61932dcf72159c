/* Pooling and resizing of images, channels last, against PyTorch on the same memory layout. Reported: no need is set, but each
 * should be near the time that reading the images and writing the result takes. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "harness.h"

enum { BATCH = 8, SIDE = 112, CHANNELS = 64 };

typedef struct pooling {
  ad_array *(*make)(ad_array *x);
  double elements; /* read and written, in units of the images */
  const char *statement;
} pooling;

typedef struct step {
  ad_ctx *ctx;
  ad_array *x;
  const pooling *what;
} step;

static ad_array *max_2x2(ad_array *x) { return ad_max_pool2d(x, AD_INTS(2), NULL); }
static ad_array *avg_3x3(ad_array *x) {
  return ad_avg_pool2d(x, AD_INTS(3), &(ad_avg_pool2d_opts){.stride = AD_INTS(1), .padding = AD_INTS(1)});
}
static ad_array *linear_2x(ad_array *x) {
  return ad_resize(x, AD_AXES(1, 2), AD_INTS(2 * SIDE, 2 * SIDE), &(ad_resize_opts){.method = "linear"});
}

static void run_step(void *state) {
  step *s = state;
  ad_scope *outer = ad_scope_begin(s->ctx), *inner = ad_scope_begin(s->ctx);
  ad_array *y = ad_scope_end(inner, s->what->make(s->x));
  if (ad_eval(y) != AD_OK) {
    bench_log("%s", ad_error_text(y));
    exit(1);
  }
  ad_scope_end(outer, NULL);
}

static const char setup[] =
    "import torch.nn.functional as F\n"
    "x = torch.rand(8, 112, 112, 64).permute(0, 3, 1, 2)\n"
    "torch.set_grad_enabled(False)\n";

static void run(const bench_case *self) {
  step s = {.ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1}), .what = self->data};
  size_t count = (size_t)BATCH * SIDE * SIDE * CHANNELS;
  float *data = malloc(count * sizeof *data);
  if (!s.ctx || !data) exit(1);
  for (size_t i = 0; i < count; i++) data[i] = (float)(i * 2654435761u >> 8 & 0xffff) / 65536;
  s.x = ad_array_new(s.ctx, AD_FLOAT32, AD_SHAPE(BATCH, SIDE, SIDE, CHANNELS), data);
  free(data);
  bench_work work = {run_step, &s};
  bench_side ours = {bench_repeat, &work, 4e-9 * (double)count * s.what->elements};
  bench_against_peer(self->name, 1, "GB/s", ours, "torch", setup, s.what->statement, 0);
  ad_ctx_free(s.ctx);
}

static const bench_case cases[] = {
    {"max_pool_2x2", run, &(const pooling){max_2x2, 1.25, "F.max_pool2d(x, 2)"}},
    {"avg_pool_3x3", run, &(const pooling){avg_3x3, 2, "F.avg_pool2d(x, 3, 1, 1)"}},
    {"resize_linear_2x", run, &(const pooling){linear_2x, 5, "F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=False)"}},
};
BENCH_MAIN(cases)
