/* The op matrix: every op's samples compiled without shapes at one shape, then run at two others: the bits are those of eager
 * evaluation. Where the op's relation knows symbols the function is not traced again; that is counted over all ops, so that the
 * count can only grow. */
#include "support/applied.h"

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

/* All but window_match, whose third operand's dims follow from the first's. */
enum { OPS_WITHOUT_TRACES = 339 };
static struct { int ops; bool retraced; } seen; /* retraced: a sample of the op at hand */

static void sample_case(matrix *m) {
  static sample larger;
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  applied a = applied_of(&m->s);
  bool some = false;
  for (int i = 0; i < m->s.n; i++)
    for (int d = 0; m->s.in[i].kind == SAMPLE_TENSOR && d < m->s.in[i].at[0].rank; d++) some |= m->s.in[i].at[0].dims[d] >= 2;
  ad_fn *f = ad_fn_new(c, applied_function, a.n, &a), *g = ad_compile(f, &(ad_compile_opts){.shapeless = true});
  applied_same(m, c, &a, f, g, &m->s, 7, "shapeless");
  bool runs = true;
  for (int way = 1; way < 3; way++) {
    enlarge(&m->s, way, &larger);
    runs &= applied_same(m, c, &a, f, g, &larger, 7, "shapeless");
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
