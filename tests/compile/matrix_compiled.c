/* The op matrix: every op's samples compiled, alone and between elementwise ops, fused and not: the bits are those of eager
 * evaluation, also for other numbers in the same shapes. */
#include <adamant/adamant.h>
#include "support/matrix.h"

typedef struct applied {
  const sample *s;
  ad_array **in;  /* of the sample; what is no tensor is taken from here */
  int at[SAMPLE_INPUTS]; /* position among the sample's inputs of argument i */
  int n;
  bool surrounded;
} applied;

/* Elementwise ops that change no index and keep the dtype. */
static ad_array *before(ad_ctx *c, ad_array *x) { return ad_where(ad_number_bool(c, true), x, x); }
static ad_array *after(ad_ctx *c, ad_array *y) {
  if (ad_is_error(y) || ad_item_count(y)) return y;
  ad_category k = ad_dtype_category(ad_array_dtype(y));
  if (k == AD_CATEGORY_BOOL) return ad_logical_not(y);
  return ad_add(ad_multiply(y, ad_number_int(c, 3)), y);
}

static ad_array *function(ad_ctx *c, ad_array *const *in, void *user) {
  const applied *a = user;
  ad_array *all[SAMPLE_INPUTS];
  for (int i = 0; i < a->s->n; i++) all[i] = a->in[i];
  for (int i = 0; i < a->n; i++) all[a->at[i]] = a->surrounded ? before(c, in[i]) : in[i];
  ad_array *y = sample_apply(a->s, c, all);
  return a->surrounded ? after(c, y) : y;
}

static void compare(matrix *m, ad_ctx *c, applied *a, const char *what, bool unfused) {
  ad_fn *f = ad_fn_new(c, function, a->n, a), *g = ad_compile(f, &(ad_compile_opts){.unfused = unfused});
  for (uint64_t seed = 7; seed < 9; seed++) {
    ad_array *args[SAMPLE_INPUTS], *in[SAMPLE_INPUTS];
    sample_make(&m->s, c, seed, SAMPLE_PLAIN, in);
    a->in = in;
    for (int i = 0; i < a->n; i++) args[i] = in[a->at[i]];
    ad_random_seed(c, 5);
    ad_array *want = ad_call_list(f, args, a->n);
    ad_eval(want);
    ad_random_seed(c, 5);
    ad_array *got = ad_call_list(g, args, a->n);
    ad_eval(got);
    if (ad_is_error(got) && !ad_is_error(want)) MATRIX_FAIL(m, "%s: %s", what, ad_error_text(got));
    else if (!ad_is_error(want)) matrix_same(m, what, got, want);
    else if (!ad_is_error(got)) MATRIX_FAIL(m, "%s: compiled it gives no error: %s", what, ad_error_text(want));
  }
}

static void sample_case(matrix *m) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  applied a = {.s = &m->s};
  for (int i = 0; i < m->s.n; i++)
    if (m->s.in[i].kind == SAMPLE_TENSOR) a.at[a.n++] = i;
  compare(m, c, &a, "compiled", false);
  compare(m, c, &a, "unfused", true);
  a.surrounded = true;
  compare(m, c, &a, "surrounded", false);
  ad_ctx_free(c);
}

MATRIX_MAIN("compiled", sample_case)
