/* applied.h: a sample of the op matrix as a function of its tensors, called beside a compiled one. */
#ifndef AD_TESTS_APPLIED_H
#define AD_TESTS_APPLIED_H

#include <adamant/adamant.h>
#include "support/matrix.h"

typedef struct applied {
  const sample *s;
  ad_array **in;         /* of the sample; what is no tensor is taken from here */
  int at[SAMPLE_INPUTS]; /* position among the sample's inputs of argument i */
  int n;
  ad_array *(*before)(ad_ctx *c, ad_array *x), *(*after)(ad_ctx *c, ad_array *y); /* around the op; may be NULL */
} applied;

static inline applied applied_of(const sample *s) {
  applied a = {.s = s};
  for (int i = 0; i < s->n; i++)
    if (s->in[i].kind == SAMPLE_TENSOR) a.at[a.n++] = i;
  return a;
}

static ad_array *applied_function(ad_ctx *c, ad_array *const *in, void *user) {
  const applied *a = user;
  ad_array *all[SAMPLE_INPUTS];
  for (int i = 0; i < a->s->n; i++) all[i] = a->in[i];
  for (int i = 0; i < a->n; i++) all[a->at[i]] = a->before ? a->before(c, in[i]) : in[i];
  ad_array *y = sample_apply(a->s, c, all);
  return a->after ? a->after(c, y) : y;
}

/* Both functions on the sample's arrays give the same bits or the same failure. False when there is no result. */
static inline bool applied_same(matrix *m, ad_ctx *c, applied *a, ad_fn *f, ad_fn *compiled, const sample *s, uint64_t seed, const char *what) {
  ad_array *args[SAMPLE_INPUTS], *in[SAMPLE_INPUTS];
  sample_make(s, c, seed, SAMPLE_PLAIN, in);
  a->in = in;
  for (int i = 0; i < a->n; i++) args[i] = in[a->at[i]];
  ad_random_seed(c, 5);
  ad_array *want = ad_call_list(f, args, a->n);
  ad_eval(want);
  ad_random_seed(c, 5);
  ad_array *got = ad_call_list(compiled, args, a->n);
  ad_eval(got);
  if (ad_is_error(got) && !ad_is_error(want)) MATRIX_FAIL(m, "%s: %s", what, ad_error_text(got));
  else if (!ad_is_error(want)) matrix_same(m, what, got, want);
  else if (!ad_is_error(got)) MATRIX_FAIL(m, "%s: compiled it gives no error: %s", what, ad_error_text(want));
  return !ad_is_error(want);
}

#endif
