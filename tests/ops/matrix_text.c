/* The op matrix: a sample as a graph: printed, read, printed again is the same text, and calling what was read gives the
 * same bits as calling the op. */
#define _POSIX_C_SOURCE 200809L
#include <adamant/adamant.h>
#include <adamant/graph.h>
#include "support/matrix.h"

static ad_graph *traced(matrix *m, ad_ctx *c, ad_array *const *xs, int n, ad_array *const *ys, int outputs) {
  ad_graph *g = ad_graph_trace(c, "sample", xs, n, ys, outputs);
  if (ad_graph_status(g)) MATRIX_FAIL(m, "it cannot be traced: %s", ad_graph_error_text(g));
  else if (ad_graph_verify(g)) MATRIX_FAIL(m, "the traced graph: %s", ad_graph_error_text(g));
  else return g;
  return NULL;
}

static void check_text(matrix *m, ad_ctx *c, ad_graph *g, ad_array *const *xs, int n, ad_array *want) {
  char *text = strdup(ad_graph_text(g));
  ad_graph *read = ad_graph_parse(c, text, strlen(text));
  if (ad_graph_status(read)) MATRIX_FAIL(m, "it cannot be read: %s\n%s", ad_graph_error_text(read), text);
  else if (strcmp(ad_graph_text(read), text) != 0) MATRIX_FAIL(m, "printed again it is\n%s\nit was\n%s", ad_graph_text(read), text);
  else if (ad_graph_verify(read)) MATRIX_FAIL(m, "what was read: %s", ad_graph_error_text(read));
  else {
    ad_array *y = ad_graph_call(read, xs, n);
    matrix_same(m, "the graph that was read", y, want);
  }
  free(text);
}

static void sample_case(matrix *m) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_array *in[SAMPLE_INPUTS], *xs[SAMPLE_INPUTS], *ys[SAMPLE_INPUTS];
  int n = 0;
  sample_make(&m->s, c, 9, SAMPLE_PLAIN, in);
  for (int i = 0; i < m->s.n; i++)
    if (m->s.in[i].kind == SAMPLE_TENSOR) xs[n++] = in[i];
  ad_array *y = sample_apply(&m->s, c, in);
  if (ad_is_error(y)) MATRIX_FAIL(m, "%s", ad_error_text(y));
  else {
    int outputs = matrix_outputs(y, ys);
    ad_graph *g = traced(m, c, xs, n, ys, outputs);
    if (g) check_text(m, c, g, xs, n, y);
  }
  ad_ctx_free(c);
}

MATRIX_MAIN("text", sample_case)
