/* Checkpoints: trees there and back, the newest stay, other models and cut files are refused, a full disk leaves the old ones, and a
 * run that is killed at random moments ends with the same bytes. */
#define _XOPEN_SOURCE 700
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <dirent.h>
#include <time.h>
#include <unistd.h>
#include "optim_help.h"

static char folder[256];

/* A fresh folder's name under AD_TEST_OUT. */
static void begin(const char *name) {
  const char *out = getenv("AD_TEST_OUT");
  char command[600];
  snprintf(folder, sizeof folder, "%s/%s-%ld", out ? out : "/tmp", name, (long)getpid());
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  if (system(command)) CHECK_FAIL("%s is not removed", folder);
}

static int files_with(const char *part) {
  DIR *d = opendir(folder);
  int n = 0;
  for (struct dirent *e; d && (e = readdir(d));) n += strstr(e->d_name, part) != NULL;
  if (d) closedir(d);
  return n;
}

static ad_array *numbers(ad_ctx *c, double first) {
  double v[ALL];
  first_values(v);
  v[0] = first;
  return as_tree(c, v, AD_FLOAT64);
}

static double first_of(ad_array *tree) {
  double v[ALL] = {NAN};
  if (ad_is_error(tree)) CHECK_FAIL("%s", ad_error_text(tree));
  else from_tree(tree, v);
  return v[0];
}

TEST(there_and_back) {
  begin("checkpoint-back");
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = ad_optim_adam(c, 1e-3, NULL);
  ad_array *params = numbers(c, 7), *state = ad_optim_init(f, params);
  ad_array *empty = ad_tuple(c, NULL, 0), *half = ad_full(ad_number(c, 0.5), AD_SHAPE(0, 2), &(ad_full_opts){.dtype = AD_BFLOAT16});
  ad_array *run = ad_record(c, (const char *const[]){"params", "optimiser", "none", "half"}, (ad_array *[]){params, state, empty, half}, 4);
  CHECK_INT(ad_checkpoint_newest(folder), -1);
  CHECK_INT(ad_checkpoint_save(folder, 12, run, NULL), AD_OK);
  CHECK_INT(ad_checkpoint_newest(folder), 12);
  ad_array *back = ad_checkpoint_load(c, folder, 12, run);
  CHECK_STR(ad_error_text(back), "");
  CHECK_NEAR(first_of(ad_field(back, "params")), 7, 0);
  CHECK_INT(ad_array_dtype(ad_field(ad_field(back, "optimiser"), "step")), AD_UINT64);
  CHECK_INT(ad_item_count(ad_field(back, "none")), 0);
  CHECK_STR(ad_error_text(ad_call(f, ad_field(back, "params"), params, ad_field(back, "optimiser"))), "");
  ad_array *one = ad_ones(c, AD_SHAPE(3), NULL);
  CHECK_INT(ad_checkpoint_save(folder, 13, one, NULL), AD_OK);
  CHECK_INT(ad_array_size(ad_checkpoint_load(c, folder, 13, one)), 3);
  ad_ctx_free(c);
}

TEST(the_newest_stay) {
  begin("checkpoint-newest");
  ad_ctx *c = ad_ctx_new(NULL);
  for (int step = 8; step < 13; step++) CHECK_INT(ad_checkpoint_save(folder, step, numbers(c, step), &(ad_checkpoint_opts){.keep = 2}), AD_OK);
  CHECK_INT(files_with("checkpoint-"), 2);
  CHECK_NEAR(first_of(ad_checkpoint_load(c, folder, 11, numbers(c, 0))), 11, 0);
  CHECK_INT(ad_checkpoint_save(folder, 3, numbers(c, 3), &(ad_checkpoint_opts){.keep = 1}), AD_OK); /* an earlier step, begun anew: it stays */
  CHECK_NEAR(first_of(ad_checkpoint_load(c, folder, 3, numbers(c, 0))), 3, 0);
  CHECK_INT(files_with("checkpoint-"), 1);
  char path[600];
  snprintf(path, sizeof path, "%s/checkpoint-9.safetensors.1-2.tmp", folder); /* of a writer that was killed */
  fclose(fopen(path, "w"));
  snprintf(path, sizeof path, "%s/checkpoint-x.safetensors", folder); /* not ours */
  fclose(fopen(path, "w"));
  CHECK_INT(ad_checkpoint_save(folder, 4, numbers(c, 4), NULL), AD_OK);
  CHECK_INT(files_with(".tmp"), 0);
  CHECK_INT(files_with("checkpoint-x"), 1);
  CHECK_INT(ad_checkpoint_newest(folder), 4);
  ad_ctx_free(c);
}

TEST(another_model_is_refused) {
  begin("checkpoint-other");
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_INT(ad_checkpoint_save(folder, 1, numbers(c, 1), NULL), AD_OK);
  ad_array *a = ad_ones(c, AD_SHAPE(3, 4), NULL), *b = ad_ones(c, AD_SHAPE(2), NULL);
  ad_array *other = ad_record(c, (const char *const[]){"w", "v"}, (ad_array *[]){a, b}, 2), *y = ad_checkpoint_load(c, folder, 1, other);
  CHECK_INT(ad_error_code(y), AD_E_VALUE);
  CHECK_STR_HAS(ad_error_text(y), "checkpoint-1.safetensors: a checkpoint of another model; w is float64[3, 4] there, float32[3, 4] here; it lacks v; it has rest.0 besides; "
                                  "it has rest.1 besides; one of this model is right");
  CHECK_STR_HAS(ad_error_text(ad_checkpoint_load(c, folder, 2, other)), "checkpoint-2.safetensors: cannot open for reading");
  char path[600];
  snprintf(path, sizeof path, "%s/checkpoint-1.safetensors", folder);
  CHECK_INT(truncate(path, 200), 0);
  CHECK_INT(ad_error_code(ad_checkpoint_load(c, folder, 1, numbers(c, 1))), AD_E_FORMAT);
  ad_ctx_free(c);
}

/* Files of this process may not pass so many bytes: what a full disk does to a writer. */
TEST(a_full_disk_leaves_the_old_ones) {
  begin("checkpoint-full");
  ad_ctx *c = ad_ctx_new(NULL);
  char why[512];
  struct rlimit before, small;
  CHECK_INT(ad_checkpoint_save(folder, 1, numbers(c, 1), NULL), AD_OK);
  CHECK_INT(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 1 << 16;
  signal(SIGXFSZ, SIG_IGN);
  CHECK_INT(setrlimit(RLIMIT_FSIZE, &small), 0);
  ad_array *large = ad_ones(c, AD_SHAPE(1 << 20), NULL);
  CHECK_INT(ad_checkpoint_save(folder, 2, large, &(ad_checkpoint_opts){.keep = 1, .error = why, .error_size = sizeof why}), AD_E_OS);
  CHECK_INT(setrlimit(RLIMIT_FSIZE, &before), 0);
  CHECK_STR_HAS(why, "checkpoint-2.safetensors: cannot write: File too large");
  CHECK_INT(files_with("checkpoint-"), 1);
  CHECK_NEAR(first_of(ad_checkpoint_load(c, folder, 1, numbers(c, 0))), 1, 0);
  CHECK_INT(ad_checkpoint_save("/proc/nowhere", 2, large, &(ad_checkpoint_opts){.error = why, .error_size = sizeof why}), AD_E_OS);
  CHECK_STR_HAS(why, "/proc/nowhere: cannot make the folder");
  CHECK_INT(ad_checkpoint_save(folder, -1, large, &(ad_checkpoint_opts){.error = why, .error_size = sizeof why}), AD_E_VALUE);
  CHECK_STR_HAS(why, "step -1");
  ad_ctx_free(c);
}

/* ---- Killed ---- */

enum { LAST = 60, KILLS = 50 };

/* Trains to step LAST from the newest checkpoint on, with a checkpoint after every step; noise comes from the context's key. Returns the
 * checksum of the last parameters. */
static double train(bool saved) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_fn *f = ad_optim_averaged(ad_optim_adamw(c, 0.01, NULL), 0.9, NULL);
  uint32_t words[2];
  ad_random_seed(c, 5);
  ad_random_state(c, words);
  ad_array *params = numbers(c, 1), *state = ad_optim_init(f, params);
  int64_t step = saved ? ad_checkpoint_newest(folder) : -1;
  for (bool resumed = step >= 0; step < LAST; resumed = false) {
    ad_array *random = ad_array_new(c, AD_UINT32, AD_SHAPE(2), words);
    ad_array *run = ad_tuple(c, (ad_array *[]){params, state, random}, 3);
    if (resumed) {
      run = ad_checkpoint_load(c, folder, step, run);
      if (ad_is_error(run) || ad_read(ad_item(run, 2), words, sizeof words)) exit(3);
      ad_random_restore(c, words);
      params = ad_item(run, 0), state = ad_item(run, 1);
      continue;
    }
    double g[ALL];
    gradient_at((int)step, g);
    ad_array *noise = ad_random_normal(c, NULL, NULL, NULL, AD_SHAPE(ROWS, COLUMNS), &(ad_random_normal_opts){.dtype = AD_FLOAT64}), *grads = as_tree(c, g, AD_FLOAT64);
    grads = ad_record(c, (const char *const[]){"w", "rest"}, (ad_array *[]){ad_add(ad_field(grads, "w"), noise), ad_field(grads, "rest")}, 2);
    ad_array *next = ad_call(f, params, grads, state);
    if (ad_eval(next)) exit(3);
    params = ad_item(next, 0), state = ad_item(next, 1);
    ad_random_state(c, words);
    step++;
    run = ad_tuple(c, (ad_array *[]){params, state, ad_array_new(c, AD_UINT32, AD_SHAPE(2), words)}, 3);
    if (saved && ad_checkpoint_save(folder, step, run, &(ad_checkpoint_opts){.keep = 2})) exit(4);
  }
  double v[ALL], sum = 0;
  from_tree(params, v);
  for (int i = 0; i < ALL; i++) sum = sum * 1.37 + v[i];
  ad_ctx_free(c);
  return sum;
}

TEST(killed_at_random_moments) {
  begin("checkpoint-kill");
  double want = train(false), got = 0;
  uint32_t seed = 17;
  int killed = 0;
  for (int i = 0; i < KILLS; i++) {
    pid_t child = fork();
    if (child == 0) {
      for (;;) {
        train(true);
        if (ad_checkpoint_newest(folder) < LAST) _exit(1);
        char path[600]; /* begins anew, so that there is always something to kill */
        for (int k = LAST - 2; k <= LAST; k++) snprintf(path, sizeof path, "%s/checkpoint-%d.safetensors", folder, k), unlink(path);
      }
    }
    seed = seed * 1664525u + 1013904223u;
    nanosleep(&(struct timespec){.tv_nsec = 2000000 + (long)(seed >> 8) % 40000000}, NULL);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) killed++;
    else CHECK_FAIL("the child ended by itself with status %d", status);
  }
  got = train(true);
  CHECK_INT(killed, KILLS);
  CHECK_MEM(&got, &want, sizeof got);
  CHECK_INT(files_with(".tmp"), 0);
}

CHECK_MAIN(CASE(there_and_back), CASE(the_newest_stay), CASE(another_model_is_refused), CASE(a_full_disk_leaves_the_old_ones), CASE(killed_at_random_moments))
