/* A derivative for every point of a batch: functions made of functions. */
#include <adamant/adamant.h>
#include <stdio.h>

static ad_array *wave(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_multiply(ad_sin(in[0]), ad_exp(ad_negative(in[0])));
}

int main(void) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *slope = ad_vmap(ad_grad(ad_fn_new(c, wave, 1, NULL), NULL), NULL);
  ad_array *x = ad_linspace(c, 0, 3, &(ad_linspace_opts){.num = AD_INT(7)});
  char line[200];
  ad_array_text(ad_call(slope, x), line, sizeof line, NULL);
  puts(line);
  ad_ctx_free(c);
  return 0;
}
