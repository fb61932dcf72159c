/* Fuzz target: the text form. What it accepts is a sound graph, and printing, reading and printing again gives the same text. */
#include <adamant/adamant.h>

#undef NDEBUG /* the checks are the point */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_module(ad_ctx *c, ad_module *m) {
  for (int i = 0; i < ad_module_count(m); i++) {
    ad_graph *g = ad_module_at(m, i);
    if (ad_graph_verify(g)) {
      fprintf(stderr, "%s\n", ad_graph_error_text(g));
      abort();
    }
  }
  size_t n = strlen(ad_module_text(m));
  char *text = malloc(n + 1);
  assert(text);
  memcpy(text, ad_module_text(m), n + 1);
  ad_module *again = ad_module_parse(c, text, n);
  if (ad_module_status(again) || strcmp(ad_module_text(again), text) != 0) {
    fprintf(stderr, "%s\nbecame\n%s\n", text, ad_module_text(again));
    abort();
  }
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  assert(c);
  ad_module *m = ad_module_parse(c, (const char *)data, size);
  if (ad_module_status(m) == AD_OK) check_module(c, m);
  else assert(*ad_module_error_text(m));
  assert(ad_ctx_live_arrays(c) == 0);
  ad_ctx_free(c);
  return 0;
}
