/* The op matrix: every op's samples compiled to machine code, between elementwise ops and within a branch by turns: the bits are those
 * of eager evaluation. tcc compiles them where it is installed, since it takes no time; else the first sample of each op is compiled by cc. */
#include <adamant/adamant.h>
#include "emit/compile.h"

typedef struct applied {
  const sample *s;
  ad_array **in;         /* of the sample; what is no tensor is taken from here */
  int at[SAMPLE_INPUTS]; /* position among the sample's inputs of argument i */
  int n;
  bool surrounded, within; /* within: in both branches of a cond */
} applied;

/* Elementwise ops that change no index and keep the dtype. */
static ad_array *after(ad_ctx *c, ad_array *y) {
  if (ad_is_error(y) || ad_item_count(y)) return y;
  if (ad_array_dtype(y) == AD_BOOL) return ad_logical_not(y);
  return ad_add(ad_multiply(y, ad_number_int(c, 3)), y);
}

static ad_array *function(ad_ctx *c, ad_array *const *in, void *user);
static ad_array *function_within(ad_ctx *c, ad_array *const *in, void *user) {
  applied a = *(const applied *)user;
  a.within = false;
  return function(c, in, &a);
}

static ad_array *function(ad_ctx *c, ad_array *const *in, void *user) {
  const applied *a = user;
  ad_array *all[SAMPLE_INPUTS];
  if (a->within) {
    ad_fn *branch = ad_fn_new(c, function_within, a->n, user);
    return ad_cond(in[a->n], branch, branch, in, a->n);
  }
  for (int i = 0; i < a->s->n; i++) all[i] = a->in[i];
  for (int i = 0; i < a->n; i++) all[a->at[i]] = a->surrounded ? ad_where(ad_number_bool(c, true), in[i], in[i]) : in[i];
  ad_array *y = sample_apply(a->s, c, all);
  return a->surrounded ? after(c, y) : y;
}

static void compare(matrix *m, ad_ctx *c, applied *a, const char *what) {
  int n = a->n + (a->within ? 1 : 0);
  ad_fn *f = ad_fn_new(c, function, n, a), *g = ad_compile(f, NULL);
  ad_array *args[SAMPLE_INPUTS + 1], *in[SAMPLE_INPUTS];
  sample_make(&m->s, c, 7, SAMPLE_PLAIN, in);
  a->in = in;
  for (int i = 0; i < a->n; i++) args[i] = in[a->at[i]];
  args[a->n] = ad_array_new(c, AD_BOOL, ((ad_shape){0, NULL}), (uint8_t[]){1});
  ad_random_seed(c, 5);
  ad_array *want = ad_call_list(f, args, n);
  ad_eval(want);
  ad_random_seed(c, 5);
  ad_array *got = ad_call_list(g, args, n);
  ad_eval(got);
  if (ad_is_error(want)) return;
  if (ad_is_error(got)) MATRIX_FAIL(m, "%s: %s", what, ad_error_text(got));
  else matrix_same(m, what, got, want);
  const char *report = ad_compiled_report(g, "native");
  if (strstr(report, "not to be had")) MATRIX_FAIL(m, "%s: %.600s", what, report);
}

static void sample_case(matrix *m) {
  const char *folder = getenv("AD_TEST_OUT");
  char cache[512];
  if (!emit_all_samples() && !m->first) return;
  snprintf(cache, sizeof cache, "%s/native_matrix", folder ? folder : "build");
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .native = AD_NATIVE_WAIT, .cc = emit_quick_compiler(), .cache_dir = cache});
  applied a = {.s = &m->s};
  for (int i = 0; i < m->s.n; i++)
    if (m->s.in[i].kind == SAMPLE_TENSOR) a.at[a.n++] = i;
  a.surrounded = m->first || m->number % 2 == 0;
  if (a.surrounded) compare(m, c, &a, "surrounded");
  a.within = a.n && (m->first || !a.surrounded);
  a.surrounded = false;
  if (a.within) compare(m, c, &a, "within a branch");
  ad_ctx_free(c);
}

MATRIX_MAIN("native", sample_case)
