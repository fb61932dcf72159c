/* Training when memory runs out, at every request: AD_E_MEMORY, no byte left over, and the context works on. */
#define _XOPEN_SOURCE 700
#include <adamant/adamant.h>
#include <stdlib.h>
#include <unistd.h>
#include "support/refused.h"

static const char *folder(void) {
  static char name[256];
  const char *out = getenv("AD_TEST_OUT");
  snprintf(name, sizeof name, "%s/no-memory-%ld", out ? out : "/tmp", (long)getpid());
  return name;
}

static bool is_first(void *user, const char *path, ad_array *p) {
  (void)user, (void)p;
  return path[0] == '0';
}

/* Several optimisers and what goes around them, one update. */
static ad_status update(ad_ctx *c, const void *given, char *said) {
  (void)given;
  ad_scope *s = ad_scope_begin(c);
  ad_fn *rate = ad_schedule_join((ad_fn *[]){ad_schedule_linear(c, 0, 1, 2), ad_schedule_cosine(c, 1, 3, 0)}, 2, (const int64_t[]){2});
  ad_fn *adam = ad_optim_adamw(c, 0.1, &(ad_optim_adam_opts){.schedule = rate, .bias_correction = true}), *sgd = ad_optim_sgd(c, 0.1, NULL);
  ad_fn *f = ad_optim_multi((ad_fn *[]){adam, sgd}, 2, (const ad_optim_filter[]){is_first}, NULL, NULL);
  f = ad_optim_averaged(ad_optim_accumulated(ad_optim_scaled(ad_optim_clipped(f, &(ad_optim_clipped_opts){.max_norm = AD_NUM(1)}), NULL), 1), 0.9, NULL);
  ad_array *p = ad_tuple(c, (ad_array *[]){ad_ones(c, AD_SHAPE(2, 2), NULL), ad_ones(c, AD_SHAPE(3), NULL)}, 2);
  ad_array *y = ad_call(f, p, p, ad_optim_init(f, p));
  ad_status code = ad_eval(y);
  snprintf(said, 300, "%s", ad_error_text(y));
  ad_scope_end(s, NULL);
  return code;
}

static ad_status batches(ad_ctx *c, const void *given, char *said) {
  ad_scope *s = ad_scope_begin(c);
  ad_array *data = ad_arange(c, 0, 10, NULL), *batch = data;
  ad_status code = ad_eval(data);
  snprintf(said, 300, "%s", ad_error_text(data));
  ad_batches *b = code ? NULL : ad_batches_new(c, data, 4, &(ad_batches_opts){.prefetch = AD_INT(*(const int *)given)});
  if (!code && !b) {
    code = AD_E_MEMORY;
    snprintf(said, 300, "out of memory");
  }
  for (int i = 0; !code && i < 3; i++) {
    if (!ad_batches_next(b, &batch)) CHECK_FAIL("the epoch is over after %d batches", i);
    code = ad_error_code(batch);
    snprintf(said, 300, "%s", ad_error_text(batch));
  }
  ad_batches_free(b);
  ad_scope_end(s, NULL);
  return code;
}

static ad_status checkpoints(ad_ctx *c, const void *given, char *said) {
  (void)given;
  ad_scope *s = ad_scope_begin(c);
  ad_array *tree = ad_record(c, (const char *const[]){"a", "b"}, (ad_array *[]){ad_ones(c, AD_SHAPE(3), NULL), ad_zeros(c, AD_SHAPE(), NULL)}, 2);
  ad_status code = ad_checkpoint_save(folder(), 1, tree, &(ad_checkpoint_opts){.error = said, .error_size = 300});
  if (!code) {
    ad_array *back = ad_checkpoint_load(c, folder(), 1, tree);
    code = ad_error_code(back);
    snprintf(said, 300, "%s", ad_error_text(back));
  }
  ad_scope_end(s, NULL);
  return code;
}

static ad_status curves(ad_ctx *c, const void *given, char *said) {
  char path[300];
  (void)given;
  ad_scope *s = ad_scope_begin(c);
  ad_curves *k = ad_curves_new(c, NULL);
  ad_status code = k ? AD_OK : AD_E_MEMORY;
  for (int i = 0; !code && i < 70; i++) code = ad_curves_add(k, i % 3 ? "a" : "b", i, i);
  snprintf(path, sizeof path, "%s/curves.csv", folder());
  if (!code) code = ad_curves_save_csv(k, path);
  if (!code) code = ad_curves_load_csv(k, path);
  if (!code) code = ad_curves_save_svg(k, path, NULL);
  snprintf(said, 300, "%s", code ? ad_curves_error_text(k) : "");
  ad_curves_free(k);
  ad_scope_end(s, NULL);
  return code;
}

TEST(optimisers) { refuse_each_request(update, NULL); }
TEST(batches_by_themselves) { refuse_each_request(batches, &(int){0}); }
TEST(batches_made_ahead) { refuse_each_request(batches, &(int){2}); }
TEST(checkpoints_there_and_back) { refuse_each_request(checkpoints, NULL); }
TEST(curves_there_and_back) { refuse_each_request(curves, NULL); }

CHECK_MAIN(CASE(optimisers), CASE(batches_by_themselves), CASE(batches_made_ahead), CASE(checkpoints_there_and_back), CASE(curves_there_and_back))
