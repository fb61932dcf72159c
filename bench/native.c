/* Machine code for plans: against the same text compiled by hand, against the interpreter, and loops of scalar steps. The C compiler is
 * cc, or what AD_CC names; what it makes is kept in a folder of the run's own. */
#define _GNU_SOURCE
#include <adamant/adamant.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "harness.h"

static void stop(const char *why) {
  bench_log("%s", why);
  exit(1);
}

static void compute(ad_array *y) {
  if (ad_eval(y) != AD_OK) stop(ad_error_text(y));
}

static const char *folder(void) {
  static char path[] = "/tmp/adamant_bench_XXXXXX";
  static bool made;
  if (!made && !mkdtemp(path)) stop("no folder under /tmp");
  made = true;
  return path;
}

static void remove_folder(void) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", folder());
  if (system(command) != 0) bench_log("%s is left", folder());
}

static ad_ctx *context(ad_native_mode mode) {
  return ad_ctx_new(&(ad_ctx_opts){.threads = 1, .native = mode, .cache_dir = folder()});
}

typedef struct work {
  ad_ctx *ctx;
  ad_fn *f;
  ad_array *in[4];
  int n;
} work;

static void call(void *state) {
  work *w = state;
  ad_scope *s = ad_scope_begin(w->ctx);
  compute(ad_call_list(w->f, w->in, w->n));
  ad_scope_end(s, NULL);
}

static void needs_native(const work *w) {
  const char *report = ad_compiled_report(w->f, "native");
  if (!strstr(report, ": ready\n")) stop(report);
}

/* ---- native_group: bias + gelu + scale + add on 64 Ki elements ---- */

enum { SIDE = 256, ELEMENTS = SIDE * SIDE };

static ad_array *group(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_add(ad_multiply(ad_gelu(ad_add(in[0], in[1])), ad_number(c, 0.7)), in[2]);
}

typedef void (*by_hand_fn)(const float *x, const float *bias, float scale, const float *z, float *y);
typedef struct hand_work {
  by_hand_fn f;
  const float *x, *bias, *z;
  float *y;
} hand_work;

static void run_by_hand(void *state) {
  hand_work *h = state;
  h->f(h->x, h->bias, 0.7f, h->z, h->y);
}

static void write_by_hand(const char *path, const char *gelu) {
  FILE *f = fopen(path, "w");
  if (!f) stop(path);
  fputs(gelu, f);
  fprintf(f,
          "void by_hand(const float *restrict x, const float *restrict bias, float scale, const float *restrict z, float "
          "*restrict y) {\n"
          "  for (int i = 0; i < %d; i++)\n"
          "    for (int j = 0; j < %d; j++)\n"
          "      y[i * %d + j] = ad_f32_gelu(x[i * %d + j] + bias[j]) * scale + z[i * %d + j];\n"
          "}\n",
          SIDE, SIDE, SIDE, SIDE, SIDE);
  fclose(f);
}

/* The scalar functions are those of emitted C, the loop is a person's. */
static by_hand_fn compile_by_hand(ad_ctx *c, ad_array *x) {
  char path[64], library[64], command[512];
  const char *text, *cc = getenv("AD_CC");
  union {
    void *data;
    by_hand_fn f;
  } at;
  ad_scope *s = ad_scope_begin(c);
  ad_array *y = ad_gelu(x);
  ad_graph *g = ad_graph_trace(c, "gelu", &x, 1, &y, 1);
  ad_scope_end(s, NULL);
  if (ad_emit(g, "c", NULL, &text) != AD_OK) stop(text);
  snprintf(path, sizeof path, "%s/by_hand.c", folder());
  snprintf(library, sizeof library, "%s/by_hand.so", folder());
  write_by_hand(path, text);
  snprintf(command, sizeof command,
           "%s -O3 -march=native -mprefer-vector-width=512 -ffp-contract=off -fno-math-errno -fno-trapping-math -fPIC -shared -o "
           "%s %s -lm",
           cc ? cc : "cc", library, path);
  if (system(command) != 0) stop(command);
  void *opened = dlopen(library, RTLD_NOW);
  at.data = opened ? dlsym(opened, "by_hand") : NULL;
  if (!at.data) stop("what was compiled by hand cannot be loaded");
  ad_graph_free(g);
  return at.f;
}

static double *reload_times(double *out) {
  for (int i = 0; i < BENCH_PAIRS; i++) {
    work again = {.ctx = context(AD_NATIVE_WAIT), .n = 3};
    for (int k = 0; k < 3; k++) {
      again.in[k] = ad_zeros(again.ctx, AD_SHAPE(k == 1 ? 1 : SIDE, SIDE), NULL);
      compute(again.in[k]);
    }
    again.f = ad_compile(ad_fn_new(again.ctx, group, 3, NULL), NULL);
    call(&again);
    const char *at = strstr(ad_compiled_report(again.f, "native"), "loaded from disk in ");
    if (!at) stop("it was not loaded from disk");
    out[i] = atof(at + strlen("loaded from disk in "));
    for (int k = i; k > 0 && out[k] < out[k - 1]; k--) {
      double t = out[k];
      out[k] = out[k - 1], out[k - 1] = t;
    }
    ad_ctx_free(again.ctx);
  }
  return out;
}

static void native_group(const bench_case *self) {
  double times[BENCH_PAIRS];
  work w = {.ctx = context(AD_NATIVE_WAIT), .n = 3};
  ad_random_seed(w.ctx, 1);
  for (int k = 0; k < 3; k++) {
    w.in[k] = ad_random_normal(w.ctx, NULL, NULL, NULL, AD_SHAPE(k == 1 ? 1 : SIDE, SIDE), NULL);
    compute(w.in[k]);
  }
  w.f = ad_compile(ad_fn_new(w.ctx, group, 3, NULL), NULL);
  call(&w);
  needs_native(&w);
  void *room;
  hand_work h = {compile_by_hand(w.ctx, w.in[0]), ad_data(w.in[0]), ad_data(w.in[1]), ad_data(w.in[2]), NULL};
  ad_array_room(w.ctx, AD_FLOAT32, AD_SHAPE(SIDE, SIDE), &room);
  h.y = room;
  run_by_hand(&h);
  ad_array *got = ad_call_list(w.f, w.in, 3);
  if (memcmp(ad_data(got), h.y, ELEMENTS * sizeof(float)) != 0) stop("the two give other bits");
  bench_work ours = {call, &w}, reference = {run_by_hand, &h};
  bench_line(self->name, 1, "us", "the same text by hand",
             bench_compare("us", (bench_side){bench_repeat, &ours, 1e6}, (bench_side){bench_repeat, &reference, 1e6}), 0.98);
  ad_ctx_free(w.ctx);
  bench_line_bound("native_reload", 1, "ms", reload_times(times)[BENCH_PAIRS / 2], 0.2);
}

/* ---- first_call, second line: 20 elementwise ops of mixed cost on 1 M elements ---- */

static ad_array *twenty(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *x = in[0], *y = x;
  (void)user;
  for (int i = 0; i < 4; i++) {
    y = ad_add(ad_multiply(y, x), ad_number(c, 0.5 + i));
    y = i == 1 ? ad_tanh(y) : i == 2 ? ad_exp(ad_negative(ad_abs(y))) : ad_sqrt(ad_abs(y));
    y = ad_subtract(y, ad_maximum(x, ad_number(c, 0.1 * i)));
  }
  return y;
}

static work twenty_new(ad_native_mode mode) {
  work w = {.ctx = context(mode), .n = 1};
  w.in[0] = ad_linspace(w.ctx, -2, 2, &(ad_linspace_opts){.num = AD_INT(1 << 20)});
  compute(w.in[0]);
  w.f = ad_compile(ad_fn_new(w.ctx, twenty, 1, NULL), NULL);
  call(&w);
  return w;
}

static void first_call_1m(const bench_case *self) {
  work interpreter = twenty_new(AD_NATIVE_OFF), native = twenty_new(AD_NATIVE_WAIT);
  needs_native(&native);
  bench_work ours = {call, &interpreter}, reference = {call, &native};
  bench_line(self->name, 1, "us", "native code",
             bench_compare("us", (bench_side){bench_repeat, &ours, 1e6}, (bench_side){bench_repeat, &reference, 1e6}), 0.55);
  ad_ctx_free(interpreter.ctx);
  ad_ctx_free(native.ctx);
}

/* ---- while_grad_native: the logistic map, x = r x (1 - x), a million steps ---- */

enum { STEPS = 1000000 };

static ad_array *next(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *x = ad_item(in[0], 0), *i = ad_item(in[0], 1);
  ad_array *y = ad_multiply(ad_multiply(*(ad_array **)user, x), ad_subtract(ad_number(c, 1), x));
  return ad_tuple(c, ((ad_array *[]){y, ad_add(i, ad_number_int(c, 1))}), 2);
}
static ad_array *further(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_less(ad_item(in[0], 1), ad_number_int(c, STEPS));
}
static ad_array *iterate(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *r = in[1], *zero = ad_array_new(c, AD_INT32, ((ad_shape){0, NULL}), (int32_t[]){0});
  ad_array *state = ad_tuple(c, ((ad_array *[]){in[0], zero}), 2);
  return ad_item(ad_while_loop(ad_fn_new(c, further, 1, NULL), ad_fn_new(c, next, 1, &r), state), 0);
}

static void while_grad_native(const bench_case *self) {
  work forward = {.ctx = context(AD_NATIVE_WAIT), .n = 2};
  forward.in[0] = ad_array_new(forward.ctx, AD_FLOAT64, ((ad_shape){0, NULL}), (double[]){0.3});
  forward.in[1] = ad_array_new(forward.ctx, AD_FLOAT64, ((ad_shape){0, NULL}), (double[]){3.9});
  work gradient = forward;
  ad_fn *f = ad_fn_new(forward.ctx, iterate, 2, NULL);
  forward.f = ad_compile(f, NULL);
  gradient.f = ad_compile(ad_grad(f, &(ad_grad_opts){.argnums = AD_AXES(0, 1)}), NULL);
  call(&forward), call(&gradient);
  needs_native(&forward), needs_native(&gradient);
  bench_work ours = {call, &gradient}, reference = {call, &forward};
  bench_result r = bench_compare("us", (bench_side){bench_repeat, &ours, 1e6}, (bench_side){bench_repeat, &reference, 1e6});
  bench_line(self->name, 1, "us", "forward", r, 0.33);
  bench_line_bound("while_forward_native", 1, "us", r.reference_value, 10e3);
  ad_ctx_free(forward.ctx);
}

static const bench_case cases[] = {
    {"native_group", native_group, NULL}, {"first_call_1m", first_call_1m, NULL}, {"while_grad_native", while_grad_native, NULL}};

int main(int argc, char **argv) {
  int status = bench_main(cases, sizeof cases / sizeof cases[0], argc, argv);
  remove_folder();
  return status;
}
