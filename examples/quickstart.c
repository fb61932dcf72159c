/* quickstart.c: README's twenty lines: subtracts each row's mean and halves the rest.
 *
 * tools/check-docs.sh keeps README's text and this file the same, from the first #include on. */
#include <adamant/adamant.h>
#include <stdio.h>

int main(void) {
  ad_ctx   *c = ad_ctx_new(NULL);                                    /* the only call that may give NULL */
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 3), (float[]){ 1, 2, 3, 4, 5, 6 });
  ad_array *mean = ad_mean(x, &(ad_mean_opts){ .axes = AD_AXES(1), .keepdims = true });
  ad_array *y = ad_multiply(ad_subtract(x, mean), ad_number(c, 0.5));  /* broadcasts; the number is weak */
  y = ad_scope_end(s, y);                        /* close the scope first: every intermediate can be freed */

  float out[6];
  if (ad_read(y, out, sizeof out) != AD_OK) {    /* evaluates; a mistake above would be told here, with its line */
    fprintf(stderr, "%s\n", ad_error_text(y));
    ad_ctx_free(c);
    return 1;
  }
  for (int i = 0; i < 6; i++) printf("%g ", out[i]);
  ad_ctx_free(c);
}
