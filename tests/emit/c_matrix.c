/* Emitted C over the op matrix: every sample of every op, traced as a graph, printed, compiled, run, and compared.
 *
 * tcc compiles all samples; without it the system compiler takes the first of each op. Results must have equal bits, but for a few ops and the half types. */
#define _GNU_SOURCE
#include <adamant/adamant.h>
#include "emit/compile.h"
#include "support/matrix.h"

static bool has_tuple(ad_array *const *in, int n) {
  for (int i = 0; i < n; i++)
    if (in[i] && ad_item_count(in[i])) return true;
  return false;
}

/* Ops whose C adds up in another order than the library's kernels do. */
static bool adds_otherwise(const ad_op *op) {
  static const char *const names[] = {"cumprod", "logcumsumexp", "block_masked_mm", "conv2d",
                                      "fast_scaled_dot_product_attention", "fast_scaled_dot_product_attention_grad"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(op->name, names[i]) == 0) return true;
  return false;
}

/* Relative; 0: equal bits. Half types are rounded at every op of a composition, where a kernel rounds once. */
static double tolerance_of(const ad_op *op, ad_dtype t) {
  if (op->flags & AD_OP_ELEMENTWISE && !(op->flags & AD_OP_COMPOSITE)) return 0;
  switch (t) {
  case AD_FLOAT16: return 4e-3;
  case AD_BFLOAT16: return 3e-2;
  case AD_FLOAT32:
  case AD_COMPLEX64: return adds_otherwise(op) ? 4e-6 : 0;
  case AD_FLOAT64:
  case AD_COMPLEX128: return adds_otherwise(op) ? 1e-13 : 0;
  default: return 0;
  }
}

/* Only what has results of a size that no type tells may be refused. */
static bool may_be_refused(const ad_op *op) {
  static const char *const names[] = {"nonzero", "unique"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(op->name, names[i]) == 0) return true;
  return false;
}

static void check_refusal(matrix *m, ad_status s, const char *text) {
  bool by_name = s == AD_E_NOT_IMPLEMENTED && strstr(text, ": emit: ");
  if (!by_name || !may_be_refused(m->op)) MATRIX_FAIL(m, "%s: %s", ad_status_name(s), text);
  else check_state.skipped = "refused by name";
}

static void run(matrix *m, ad_graph *g, const char *text, ad_array **given, int n, ad_array **want, int outputs) {
  void *p[SAMPLE_INPUTS + SAMPLE_MEMBERS], *library = emit_compile(emit_quick_compiler(), "matrix", text);
  if (!library) {
    MATRIX_FAIL(m, "it does not compile");
    return;
  }
  for (int i = 0; i < n; i++) p[i] = (void *)(uintptr_t)ad_data(given[i]);
  for (int k = 0; k < outputs; k++) p[n + k] = calloc(1, emit_bytes(want[k]) + 1);
  if (!emit_call(library, "f", p, n + outputs)) MATRIX_FAIL(m, "the function is not there");
  for (int k = 0; k < outputs; k++) {
    char what[32];
    snprintf(what, sizeof what, "output %d", k);
    const char *why = emit_compare(want[k], p[n + k], tolerance_of(m->op, ad_array_dtype(want[k])));
    if (why) MATRIX_FAIL(m, "%s: %s", what, why);
    free(p[n + k]);
  }
  dlclose(library);
  (void)g;
}

static void sample_case(matrix *m) {
  if (!emit_all_samples() && !m->first) return;
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.keep_graphs = true});
  ad_array *in[SAMPLE_INPUTS], *given[SAMPLE_INPUTS], *want[SAMPLE_INPUTS];
  sample_make(&m->s, c, 5, SAMPLE_PLAIN, in);
  if (!has_tuple(in, m->s.n)) {
    int n = 0;
    for (int i = 0; i < m->s.n; i++)
      if (in[i] && !ad_array_is_weak(in[i])) ad_eval(in[i]), given[n++] = in[i];
    ad_array *y = sample_apply(&m->s, c, in);
    int outputs = ad_is_error(y) ? 0 : matrix_outputs(y, want);
    const char *text;
    ad_graph *g = ad_graph_trace(c, "f", given, n, want, outputs);
    ad_status s = ad_emit(g, "c", NULL, &text);
    if (s) check_refusal(m, s, text);
    else {
      char *own = strdup(text);
      ad_eval_all(want, outputs);
      run(m, g, own, given, n, want, outputs);
      free(own);
    }
    ad_graph_free(g);
  }
  ad_ctx_free(c);
}

MATRIX_MAIN("emit_c", sample_case)
