/* Runners: plans run on memory of the caller's, by several threads at once (under TSan too). */
#include <adamant/adamant.h>
#include <pthread.h>

#include "check.h"

enum { THREADS = 4, TURNS = 50, N = 64 };

static ad_ctx *c;

static ad_array *layer(ad_ctx *ctx, ad_array *const *in, void *user) {
  (void)ctx, (void)user;
  ad_array *h = ad_tanh(ad_add(ad_matmul(in[0], in[1], NULL), ad_item(in[2], 0)));
  return ad_tuple(ctx, ((ad_array *[]){ad_transpose(h, NULL), ad_sum(h, NULL)}), 2);
}

static ad_array *needs_key(ad_ctx *ctx, ad_array *const *in, void *user) {
  (void)user;
  return ad_add(in[0], ad_random_normal(ctx, NULL, NULL, NULL, AD_SHAPE(N), NULL));
}

typedef struct worker {
  const ad_runner *r;
  const float *x, *w, *b, *y;
  float sum;
  int wrong;
} worker;

static void *work(void *arg) {
  worker *k = arg;
  float y[N * N], sum;
  for (int i = 0; i < TURNS; i++) {
    char why[200];
    if (ad_runner_run(k->r, (const void *[]){k->x, k->w, k->b}, (void *[]){y, &sum}, why, sizeof why)) k->wrong++;
    k->wrong += memcmp(y, k->y, sizeof y) != 0 || sum != k->sum;
  }
  return NULL;
}

TEST(threads_run_one_plan) {
  static float x[N * N], w[N * N], b[N], y[N * N];
  float sum;
  ad_scope *s = ad_scope_begin(c);
  for (int i = 0; i < N * N; i++) x[i] = (float)(i % 17 - 8) / 8, w[i] = (float)(i % 13 - 6) / 60;
  for (int i = 0; i < N; i++) b[i] = (float)i / N;
  ad_array *bias = ad_array_new(c, AD_FLOAT32, AD_SHAPE(N), b);
  ad_array *in[3] = {ad_array_new(c, AD_FLOAT32, AD_SHAPE(N, N), x), ad_array_new(c, AD_FLOAT32, AD_SHAPE(N, N), w), ad_tuple(c, &bias, 1)};
  ad_fn *f = ad_compile(ad_fn_new(c, layer, 3, NULL), NULL);
  ad_array *want = ad_call_at(AD_HERE, f, in, 3);
  CHECK_INT(ad_read(ad_item(want, 0), y, sizeof y), AD_OK);
  CHECK_INT(ad_read(ad_item(want, 1), &sum, sizeof sum), AD_OK);
  ad_runner *r = ad_runner_new(f, in, 3);
  CHECK_STR(ad_runner_error(r), "");
  CHECK_INT(ad_runner_inputs(r), 3);
  CHECK_INT(ad_runner_outputs(r), 2);
  CHECK_INT(ad_runner_input_bytes(r, 2), N * sizeof(float));
  CHECK_INT(ad_runner_output_bytes(r, 1), sizeof(float));
  worker k[THREADS];
  pthread_t t[THREADS];
  for (int i = 0; i < THREADS; i++) k[i] = (worker){r, x, w, b, y, sum, 0};
  for (int i = 0; i < THREADS; i++) pthread_create(&t[i], NULL, work, &k[i]);
  for (int i = 0; i < TURNS; i++) CHECK_INT(ad_eval(ad_call_at(AD_HERE, f, in, 3)), AD_OK); /* the context beside them */
  for (int i = 0; i < THREADS; i++) pthread_join(t[i], NULL);
  for (int i = 0; i < THREADS; i++) CHECK_INT(k[i].wrong, 0);
  ad_runner_free(r);
  ad_scope_end(s, NULL);
}

TEST(what_cannot_be_run_so) {
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_zeros(c, AD_SHAPE(N), NULL);
  ad_runner *r = ad_runner_new(ad_fn_new(c, needs_key, 1, NULL), &x, 1);
  CHECK_STR_HAS(ad_runner_error(r), "runner: a function that is not compiled");
  ad_runner_free(r);
  r = ad_runner_new(ad_compile(ad_fn_new(c, needs_key, 1, NULL), NULL), &x, 1);
  CHECK_STR_HAS(ad_runner_error(r), "runner: the function takes more than its arguments");
  char why[200];
  CHECK_INT(ad_runner_run(r, NULL, NULL, why, sizeof why), AD_E_VALUE);
  CHECK_STR_HAS(why, "takes more than its arguments");
  ad_runner_free(r);
  ad_runner_free(NULL);
  ad_scope_end(s, NULL);
}

int main(int argc, char **argv) {
  static const struct check_case cases[] = {CASE(threads_run_one_plan), CASE(what_cannot_be_run_so)};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  int r = check_run(cases, sizeof cases / sizeof *cases, argc, argv);
  ad_ctx_free(c);
  return r;
}
