/* The op matrix: every op's samples compiled without shapes at one shape, then run at two others: the bits are those of eager
 * evaluation. Where the op's relation knows symbols the function is not traced again; that is counted over all ops, so that the
 * count can only grow. */
#include <adamant/adamant.h>
#include "support/matrix.h"

typedef struct applied {
  const sample *s;
  ad_array **in;         /* of the sample; what is no tensor is taken from here */
  int at[SAMPLE_INPUTS]; /* position among the sample's inputs of argument i */
  int n;
} applied;

static ad_array *function(ad_ctx *c, ad_array *const *in, void *user) {
  const applied *a = user;
  ad_array *all[SAMPLE_INPUTS];
  for (int i = 0; i < a->s->n; i++) all[i] = a->in[i];
  for (int i = 0; i < a->n; i++) all[a->at[i]] = in[i];
  return sample_apply(a->s, c, all);
}

/* The sample with every dim of 2 and more made larger; equal dims stay equal. */
static void enlarge(const sample *s, int way, sample *out) {
  *out = *s;
  for (int i = 0; i < s->n; i++)
    for (int k = 0; k < s->in[i].count; k++)
      for (int d = 0; d < s->in[i].at[k].rank; d++) {
        int64_t *n = &out->in[i].at[k].dims[d];
        if (*n >= 2) *n = way == 1 ? *n + 1 : 2 * *n;
      }
}

/* False when the op has no result for these shapes. */
static bool compare(matrix *m, ad_ctx *c, applied *a, ad_fn *f, ad_fn *g, const sample *s) {
  ad_array *args[SAMPLE_INPUTS], *in[SAMPLE_INPUTS];
  sample_make(s, c, 7, SAMPLE_PLAIN, in);
  a->in = in;
  for (int i = 0; i < a->n; i++) args[i] = in[a->at[i]];
  ad_random_seed(c, 5);
  ad_array *want = ad_call_list(f, args, a->n);
  ad_eval(want);
  ad_random_seed(c, 5);
  ad_array *got = ad_call_list(g, args, a->n);
  ad_eval(got);
  if (ad_is_error(got) && !ad_is_error(want)) MATRIX_FAIL(m, "shapeless: %s", ad_error_text(got));
  else if (!ad_is_error(want)) matrix_same(m, "shapeless", got, want);
  else if (!ad_is_error(got)) MATRIX_FAIL(m, "shapeless: compiled it gives no error: %s", ad_error_text(want));
  return !ad_is_error(want);
}

/* All but window_match, whose third operand's dims follow from the first's. */
enum { OPS_WITHOUT_TRACES = 339 };
static struct { int ops; bool retraced; } seen; /* retraced: a sample of the op at hand */

static void sample_case(matrix *m) {
  static sample larger;
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  applied a = {.s = &m->s};
  bool some = false;
  for (int i = 0; i < m->s.n; i++) {
    if (m->s.in[i].kind == SAMPLE_TENSOR) a.at[a.n++] = i;
    for (int d = 0; m->s.in[i].kind == SAMPLE_TENSOR && d < m->s.in[i].at[0].rank; d++) some |= m->s.in[i].at[0].dims[d] >= 2;
  }
  ad_fn *f = ad_fn_new(c, function, a.n, &a), *g = ad_compile(f, &(ad_compile_opts){.shapeless = true});
  compare(m, c, &a, f, g, &m->s);
  bool runs = true;
  for (int way = 1; way < 3; way++) {
    enlarge(&m->s, way, &larger);
    runs &= compare(m, c, &a, f, g, &larger);
  }
  if (m->first) seen.retraced = false;
  if (some && runs && ad_compiled_stats(g).traces != 2) seen.retraced = true;
  if (m->last) seen.ops += !seen.retraced;
  ad_ctx_free(c);
}

int main(int argc, char **argv) {
  int failed = matrix_run("shapeless", sample_case, argc, argv);
  if (argc > 1) return failed;
  bool enough = seen.ops >= OPS_WITHOUT_TRACES;
  printf("%s most ops keep one trace for all shapes: %d do\n", enough ? "ok" : "not ok", seen.ops);
  return failed || !enough;
}
