/* Transforms of one long array of complex float32 numbers, one thread, both sides planned, against KissFFT.
 *
 * GFLOP/s counts 5 n log2 n operations for n points on either side, whatever is really computed. A step of ours is a whole
 * eager call: build, evaluate, drop. KissFFT (Debian's libkissfft-float131, BSD) is opened here at run time; it transforms
 * from one block into another, as we do. Where it is not installed, or another reference is wanted, KISSFFT names the library. */
#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "harness_ops.h"

typedef struct fourier {
  int64_t n;
  double need;
} fourier;

typedef struct ours {
  ad_ctx *ctx;
  ad_array *x;
} ours;

static void step(void *state) {
  ours *o = state;
  ad_scope *s = ad_scope_begin(o->ctx);
  ad_array *y = ad_scope_end(s, ad_fft_fft(o->x, NULL));
  if (ad_eval(y)) {
    bench_log("%s", ad_error_text(y));
    exit(1);
  }
  ad_drop(ad_own(y));
}

/* ---- KissFFT, as its header declares what is used here ---- */

typedef struct kiss_fft_state *kiss_plan;
typedef struct kiss {
  kiss_plan (*alloc)(int n, int inverse, void *mem, size_t *size);
  void (*fft)(kiss_plan plan, const ad_c64 *in, ad_c64 *out);
  kiss_plan plan;
  ad_c64 *in, *out;
} kiss;

static void kiss_step(void *state) {
  kiss *k = state;
  k->fft(k->plan, k->in, k->out);
}

static bool kiss_open(kiss *k, int64_t n, const ad_c64 *numbers) {
  const char *name = getenv("KISSFFT");
  void *library = dlopen(name ? name : "libkissfft-float.so.131", RTLD_NOW | RTLD_LOCAL);
  if (!library) return false;
  *(void **)&k->alloc = dlsym(library, "kiss_fft_alloc");
  *(void **)&k->fft = dlsym(library, "kiss_fft");
  if (!k->alloc || !k->fft) return false;
  k->plan = k->alloc((int)n, 0, NULL, NULL);
  k->in = bench_pages((size_t)n * sizeof *k->in);
  k->out = bench_pages((size_t)n * sizeof *k->out);
  memcpy(k->in, numbers, (size_t)n * sizeof *k->in);
  return k->plan != NULL;
}

static void run(const bench_case *self) {
  const fourier *f = self->data;
  ad_c64 *numbers = malloc((size_t)f->n * sizeof *numbers);
  for (int64_t i = 0; i < f->n; i++) numbers[i] = (ad_c64){sinf((float)i), cosf(3 * (float)i)};
  ours o = {.ctx = ad_ctx_new(&(ad_ctx_opts){.threads = 1})};
  o.x = ad_array_new(o.ctx, AD_COMPLEX64, AD_SHAPE(f->n), numbers);
  bench_work work = {step, &o};
  double amount = 5e-9 * (double)f->n * log2((double)f->n);
  bench_side side = {bench_repeat, &work, amount};
  kiss k;
  if (kiss_open(&k, f->n, numbers)) {
    bench_work other = {kiss_step, &k};
    bench_result r = bench_compare("GFLOP/s", side, (bench_side){bench_repeat, &other, amount});
    bench_line(self->name, 1, "GFLOP/s", "kissfft", r, f->need);
  } else {
    bench_line_absent(self->name, 1, "GFLOP/s", "kissfft", f->need);
  }
  ad_ctx_free(o.ctx);
  free(numbers);
}

#define FOURIER(name, n, need) {name, run, &(const fourier){n, need}}
static const bench_case cases[] = {FOURIER("fft_1k", 1 << 10, 3), FOURIER("fft_64k", 1 << 16, 3), FOURIER("fft_1m", 1 << 20, 2)};
BENCH_MAIN(cases)
