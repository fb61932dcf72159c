/* Parameters after each update by the optimisers whose definition PyTorch shares, written to optimisers.npz; tests/oracle/optim_torch.py
 * does them again. */
#include <stdlib.h>
#include "optim_help.h"

TEST(write_updates) {
  const char *folder = getenv("AD_TEST_OUT");
  char path[512];
  ad_ctx *c = ad_ctx_new(NULL);
  ad_optim_sgd_opts momentum = {.momentum = AD_NUM(0.9), .weight_decay = AD_NUM(0.05)}, nesterov = {.momentum = AD_NUM(0.9), .nesterov = true};
  ad_optim_adam_opts corrected = {.bias_correction = true};
  const char *const names[] = {"sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adadelta", "adam", "adamw"};
  ad_fn *const f[] = {ad_optim_sgd(c, 0.1, NULL),         ad_optim_sgd(c, 0.1, &momentum), ad_optim_sgd(c, 0.1, &nesterov),
                      ad_optim_rmsprop(c, 0.1, NULL),     ad_optim_adagrad(c, 0.1, NULL),  ad_optim_adadelta(c, 0.1, NULL),
                      ad_optim_adam(c, 0.1, &corrected),  ad_optim_adamw(c, 0.1, &corrected)};
  ad_array *after[8];
  double out[STEPS][ALL];
  for (int i = 0; i < 8; i++) {
    run_steps(c, f[i], AD_FLOAT64, out);
    after[i] = ad_array_new(c, AD_FLOAT64, AD_SHAPE(STEPS, ALL), out);
  }
  snprintf(path, sizeof path, "%s/optimisers.npz", folder ? folder : "/tmp");
  CHECK_INT(ad_savez(path, ad_record(c, names, after, 8), NULL), AD_OK);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(write_updates))
