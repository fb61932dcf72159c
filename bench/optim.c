/* Updates of parameters and checkpoints of them, beside what memory and the disk give.
 *
 * adamw_update: 16 M float32 parameters by AdamW in a compiled step that owns parameters and state: the caller lets go of them before
 * the call runs, so that results may lie where they lay. Four reads and three writes of 4 bytes each, against a copy that moves as
 * many bytes. checkpoint_1g: 1 GB of arrays as a durable checkpoint, against a plain write and fsync of as many bytes to a new file
 * in the same folder; median of five. */
#define _XOPEN_SOURCE 700
#include <adamant/adamant.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "harness.h"

enum { PARAMETERS = 1 << 24, BYTES_EACH = 28 };

typedef struct update {
  ad_ctx *ctx;
  ad_fn *step;
  ad_array *params, *state, *grads; /* kept */
} update;

static void stop(const ad_array *a) {
  bench_log("%s", ad_error_text(a));
  exit(1);
}

/* Ours is the one handle on what the call takes, and is gone when it runs. */
static void run_update(void *user) {
  update *u = user;
  ad_scope *s = ad_scope_begin(u->ctx);
  ad_array *next = ad_call(u->step, u->params, u->grads, u->state);
  ad_array *params = ad_keep(ad_item(next, 0)), *state = ad_keep(ad_item(next, 1));
  ad_scope_end(s, NULL);
  ad_drop(u->params);
  ad_drop(u->state);
  u->params = params;
  u->state = state;
  if (ad_eval_all((ad_array *[]){params, state}, 2) != AD_OK) stop(params);
}

static ad_array *numbers(ad_ctx *c, int seed) {
  ad_array *a = ad_random_normal(c, ad_random_key(c, seed), NULL, NULL, AD_SHAPE(PARAMETERS), NULL);
  if (ad_eval(a) != AD_OK) stop(a);
  return a;
}

static void adamw_update(const bench_case *self) {
  int threads = *(const int *)self->data;
  update u = {.ctx = ad_ctx_new(&(ad_ctx_opts){.threads = threads})};
  if (!u.ctx) exit(1);
  ad_scope *s = ad_scope_begin(u.ctx);
  ad_fn *adamw = ad_optim_adamw(u.ctx, 1e-3, NULL);
  u.step = ad_fn_keep(ad_compile(adamw, NULL));
  u.grads = ad_keep(numbers(u.ctx, 1));
  u.params = ad_keep(numbers(u.ctx, 2));
  u.state = ad_keep(ad_optim_init(adamw, u.params));
  if (ad_eval(u.state) != AD_OK) stop(u.state);
  ad_scope_end(s, NULL);
  double bytes = (double)BYTES_EACH * PARAMETERS;
  bench_work work = {run_update, &u};
  bench_copy *copy = bench_copy_new((size_t)bytes, threads);
  bench_result r = bench_compare("GB/s", (bench_side){bench_repeat, &work, 1e-9 * bytes}, bench_copy_side(copy));
  bench_line(self->name, threads, "GB/s", bench_copy_name(copy), r, 0.80);
  bench_copy_free(copy);
  ad_ctx_free(u.ctx);
}

/* ---- Checkpoints ---- */

enum { PARTS = 16, PART = 1 << 24, ROUNDS = 5 }; /* 16 arrays of 64 MiB */

static int ascending(const void *a, const void *b) { return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b); }

static double plain_write(const char *path, const void *data) {
  double began = bench_now();
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  for (int i = 0; i < PARTS; i++)
    for (size_t at = 0, n = PART * sizeof(float); at < n;) {
      ssize_t done = write(file, (const char *)data + at, n - at);
      if (done <= 0) exit(1);
      at += (size_t)done;
    }
  if (file < 0 || fsync(file) || close(file)) exit(1);
  return bench_now() - began;
}

static double checkpoint(const char *folder, int64_t step, ad_array *tree) {
  char why[512];
  double began = bench_now();
  if (ad_checkpoint_save(folder, step, tree, &(ad_checkpoint_opts){.keep = 1, .error = why, .error_size = sizeof why}) != AD_OK) {
    bench_log("%s", why);
    exit(1);
  }
  return bench_now() - began;
}

static void checkpoint_1g(const bench_case *self) {
  char folder[256], path[300];
  const char *temporary = getenv("TMPDIR");
  double ours[ROUNDS], plain[ROUNDS], gigabytes = 1e-9 * PARTS * PART * sizeof(float);
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_array *parts[PARTS];
  for (int i = 0; i < PARTS; i++) parts[i] = ad_full(ad_number(c, i), AD_SHAPE(PART), NULL);
  ad_array *tree = ad_tuple(c, parts, PARTS);
  if (ad_eval(tree) != AD_OK) stop(tree);
  for (int i = 0; i < PARTS; i++) parts[i] = ad_contiguous(parts[i]);
  tree = ad_tuple(c, parts, PARTS);
  if (ad_eval(tree) != AD_OK) stop(tree);
  snprintf(folder, sizeof folder, "%s/adamant-bench-%ld", temporary ? temporary : "/tmp", (long)getpid());
  snprintf(path, sizeof path, "%s/plain", folder);
  for (int i = 0; i < ROUNDS; i++) {
    ours[i] = checkpoint(folder, i, tree);
    plain[i] = plain_write(path, ad_data(ad_item(tree, 0)));
    unlink(path);
  }
  snprintf(path, sizeof path, "%s/checkpoint-%d.safetensors", folder, ROUNDS - 1);
  unlink(path);
  rmdir(folder);
  qsort(ours, ROUNDS, sizeof *ours, ascending);
  qsort(plain, ROUNDS, sizeof *plain, ascending);
  bench_result r = {gigabytes / ours[ROUNDS / 2], gigabytes / plain[ROUNDS / 2], plain[ROUNDS / 2] / ours[ROUNDS / 2], 0};
  bench_line(self->name, 1, "GB/s", "write and fsync", r, 0.70);
  ad_ctx_free(c);
}

static const int one = 1, two = 2;
static const bench_case cases[] = {
    {"adamw_update", adamw_update, &one}, {"adamw_update_2", adamw_update, &two}, {"checkpoint_1g", checkpoint_1g, NULL}};
BENCH_MAIN(cases)
