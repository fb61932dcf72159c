/* The op matrix for the NumPy oracle: each op's samples as NumPy source and as numbers.
 *
 * Writes op_NAME.py (functions sample_0, sample_1, ...) and op_NAME.npz (0.in0, 0.out0, ...) to AD_TEST_OUT;
 * tests/oracle/op_matrix.py runs the one on the other.  NumPy has no bfloat16: the source is that of the same sample in float32.
 * An op that cannot be printed for NumPy is an exception with a reason. */
#include <adamant/adamant.h>
#include <adamant/emit.h>
#include <adamant/graph.h>
#include <adamant/io.h>
#include "support/matrix.h"

enum { MOST_ARRAYS = 512, SEED = 3 };

/* The arrays of one op's samples, and its source. */
static struct {
  ad_ctx *c;
  FILE *source;
  char names[MOST_ARRAYS][32];
  ad_array *arrays[MOST_ARRAYS];
  int count;
} now;

static void path_of(const matrix *m, const char *ending, char *out, size_t size) {
  const char *folder = getenv("AD_TEST_OUT");
  snprintf(out, size, "%s/op_%s.%s", folder ? folder : "/tmp", m->op->name, ending);
}

static void keep(matrix *m, const char *kind, int i, ad_array *a) {
  if (now.count == MOST_ARRAYS) {
    MATRIX_FAIL(m, "more arrays than one file takes");
    return;
  }
  snprintf(now.names[now.count], sizeof now.names[0], "%d.%s%d", m->number, kind, i);
  now.arrays[now.count++] = a;
}

static void begin(matrix *m) {
  char path[1024];
  path_of(m, "py", path, sizeof path);
  now.c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  now.count = 0;
  now.source = fopen(path, "w");
  if (!now.source) MATRIX_FAIL(m, "%s cannot be written", path);
}

static void end(matrix *m) {
  char path[1024], why[256];
  const char *names[MOST_ARRAYS];
  for (int i = 0; i < now.count; i++) names[i] = now.names[i];
  path_of(m, "npz", path, sizeof path);
  ad_array *all = ad_record(now.c, names, now.arrays, now.count);
  if (now.count && ad_savez(path, all, &(ad_save_opts){.error = why, .error_size = sizeof why}))
    MATRIX_FAIL(m, "%s", ad_is_error(all) ? ad_error_text(all) : why);
  if (now.source) fclose(now.source);
  ad_ctx_free(now.c);
}

static void write_source(matrix *m, ad_graph *g) {
  char name[32];
  const char *text = "";
  snprintf(name, sizeof name, "sample_%d", m->number);
  if (ad_emit(g, "numpy", &(ad_emit_opts){.name = name}, &text)) MATRIX_FAIL(m, "%s", text);
  else if (now.source) fprintf(now.source, "%s\n\n", text);
}

/* The sample's tensors applied in the context, and its outputs; how many, 0 after a failure. */
static int applied(matrix *m, const sample *s, ad_array **xs, int *n, ad_array **ys) {
  ad_array *in[SAMPLE_INPUTS];
  *n = 0;
  sample_make(s, now.c, SEED, SAMPLE_PLAIN, in);
  for (int i = 0; i < s->n; i++)
    if (s->in[i].kind == SAMPLE_TENSOR) xs[(*n)++] = in[i];
  ad_array *y = sample_apply(s, now.c, in);
  if (!ad_is_error(y)) return matrix_outputs(y, ys);
  MATRIX_FAIL(m, "%s", ad_error_text(y));
  return 0;
}

static void spell(matrix *m, const sample *s) {
  ad_array *xs[SAMPLE_INPUTS], *ys[SAMPLE_INPUTS];
  int n, outputs = applied(m, s, xs, &n, ys);
  if (!outputs) return;
  ad_graph *g = ad_graph_trace(now.c, "sample", xs, n, ys, outputs);
  if (ad_graph_status(g)) MATRIX_FAIL(m, "%s", ad_graph_error_text(g));
  else write_source(m, g);
}

static void sample_case(matrix *m) {
  static sample spelled; /* large */
  ad_array *xs[SAMPLE_INPUTS], *ys[SAMPLE_INPUTS];
  int n;
  if (m->first) begin(m);
  int outputs = applied(m, &m->s, xs, &n, ys);
  for (int i = 0; i < n; i++) keep(m, "in", i, xs[i]);
  for (int k = 0; k < outputs; k++) keep(m, "out", k, ys[k]);
  sample_replace(&m->s, AD_BFLOAT16, AD_FLOAT32, &spelled);
  if (outputs) spell(m, &spelled);
  if (m->last) end(m);
}

MATRIX_MAIN("numpy", sample_case)
