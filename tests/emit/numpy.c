/* Emitted NumPy: how it looks, what is refused, and files for tests/oracle/emit_numpy.py, which runs it.
 *
 * Left in $AD_TEST_OUT/emit_numpy: for every case NAME.py, its arguments and the library's results in NAME.npz, and a line
 * "NAME inputs results" in index.txt. Single ops are the business of tests/ops/matrix_numpy.c. */
#define _GNU_SOURCE
#include <sys/stat.h>
#include "emit/cases.h"

static char folder[400];
static FILE *list;

static bool open_list(void) {
  const char *out = getenv("AD_TEST_OUT");
  char path[512];
  snprintf(folder, sizeof folder, "%s/emit_numpy", out ? out : "build");
  mkdir(folder, 0777);
  snprintf(path, sizeof path, "%s/index.txt", folder);
  list = fopen(path, "w");
  return list != NULL;
}

static void leave(ad_ctx *c, const char *name, const char *text, ad_array *const *in, int n, ad_array *const *out, int m) {
  ad_array *all[SAMPLE_INPUTS + EMIT_MOST];
  char path[512], why[256] = "";
  snprintf(path, sizeof path, "%s/%s.py", folder, name);
  FILE *f = fopen(path, "w");
  if (!f || fputs(text, f) < 0) CHECK_FAIL("%s cannot be written", path);
  if (f) fclose(f);
  for (int i = 0; i < n + m; i++) all[i] = i < n ? in[i] : out[i - n];
  snprintf(path, sizeof path, "%s/%s.npz", folder, name);
  if (ad_savez(path, ad_tuple(c, all, n + m), &(ad_save_opts){.error = why, .error_size = sizeof why})) CHECK_FAIL("%s", why);
  fprintf(list, "%s %d %d\n", name, n, m);
}

/* ---- Whole graphs ---- */

static void run_case(const emit_case *k) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = emit_graph(c, k);
  ad_array *in[EMIT_MOST], *out[EMIT_MOST];
  const char *text;
  int n = ad_graph_param_count(g), m = ad_graph_result_count(g);
  ad_status s = ad_emit(g, "numpy", NULL, &text);
  if (s) CHECK_FAIL("%s: %s", k->name, text);
  emit_golden("numpy", k->name, text);
  if (!s) {
    char *own = strdup(text);
    for (int i = 0; i < n; i++) in[i] = emit_input(c, k, ad_graph_param_at(g, i), i);
    ad_array *y = ad_graph_call(g, in, n);
    for (int i = 0; i < m; i++) out[i] = m == 1 ? y : ad_item(y, i);
    leave(c, k->name, own, in, n, out, m);
    free(own);
  }
  ad_graph_free(g);
  ad_ctx_free(c);
}

TEST(graphs) {
  for (int i = 0; i < EMIT_CASES; i++) run_case(&emit_cases[i]);
}

/* ---- Names, symbols, refusals ---- */

static const char *emitted(ad_graph *g, const char *target, ad_status want) {
  const char *text;
  ad_status s = ad_emit(g, target, NULL, &text);
  if (s != want) CHECK_FAIL("%s: %s", ad_status_name(s), text);
  return text;
}

static ad_graph *parsed(ad_ctx *c, const char *text) {
  ad_graph *g = ad_graph_parse(c, text, strlen(text));
  CHECK_STR(ad_graph_error_text(g), "");
  return g;
}

TEST(names_are_made_valid_and_unique) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = parsed(c, "graph def(np: float32[2], a.b: float32[2], a_b: float32[2], exp: float32[2]) -> float32[2] {\n"
                          "  lambda = add(np, a.b)\n  t = add(lambda, add(exp, a_b))\n  return t\n}");
  const char *text = emitted(g, "numpy", AD_OK);
  CHECK_STR_HAS(text, "def def_2(np_2, a_b, a_b_2, exp):");
  CHECK_STR_HAS(text, "lambda_2 = np_2 + a_b\n");
  CHECK_STR_HAS(emitted(g, "c", AD_OK), "void def(const float *np, const float *a_b, const float *a_b_2, const float *exp, float *t) {");
  ad_graph_free(g);
  ad_ctx_free(c);
}

TEST(texts_cannot_break_out) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *s = ad_scope_begin(c);
  ad_graph *g = ad_graph_new(c, "f");
  ad_array *x = ad_graph_param_text(g, "x", "{\"'); import os #\\\"\\\"\\\" */ \\n\": float32[2]}");
  ad_graph_result(g, ad_item(x, 0));
  CHECK_STR(ad_graph_error_text(g), "");
  const char *text = emitted(g, "numpy", AD_OK);
  CHECK_STR_HAS(text, "x['\\'); import os #\"\"\" */ \\x0a']");
  const char *doc = strstr(text, "\"\"\"");
  CHECK_STOP(doc);
  const char *end = strstr(doc + 3, "\"\"\"\n");
  CHECK(end && strstr(doc + 3, "import os") < end && !memchr(doc, '\n', (size_t)(end - doc)));
  const char *name = "\"); system(\"x";
  CHECK(ad_emit(g, "numpy", &(ad_emit_opts){.name = name}, &text) == AD_OK);
  CHECK_STR_HAS(text, "def ____system__x(x):");
  ad_graph_free(g);
  g = parsed(c, "graph f(x: float32[2]) -> float32[2] {\n  return x\n}");
  CHECK(ad_emit(g, "c", &(ad_emit_opts){.name = name}, &text) == AD_OK);
  CHECK_STR_HAS(text, "void ____system__x(");
  ad_graph_free(g);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(symbols) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = parsed(c, "graph rows(x: float32[N, 3], y: float32[3]) -> float32[N, 3] {\n"
                          "  z = add(x, broadcast_to(y, shape=[N, 3]))\n  return z\n}");
  CHECK_STR_HAS(emitted(g, "numpy", AD_OK), "    N = x.shape[0]\n");
  CHECK_STR_HAS(ad_emit(g, "numpy", NULL, &(const char *){NULL}) ? "" : emitted(g, "numpy", AD_OK), "np.broadcast_to(y, (N, 3))");
  CHECK_STR_HAS(emitted(g, "c", AD_OK), "rows(x: float32[N, 3], y: float32[3])");
  ad_graph_free(g);
  ad_ctx_free(c);
}

static ad_status no_kernel(const ad_rule *r, ad_values *v) {
  (void)r;
  return ad_values_fail(v, AD_E_RUNTIME, "it is never run");
}

TEST(refusals) {
  ad_ctx *c = ad_ctx_new(NULL);
  static const ad_op op = {.eval = no_kernel, .size = sizeof op, .name = "mystery", .params = "a", .inputs = 1, .outputs = 1, .id = AD_OP_USER,
                           .dtype_rule = AD_TYPE_SAME};
  CHECK_INT(ad_op_register(c, &op), AD_OK);
  ad_graph *g = parsed(c, "graph f(x: float32[2]) -> float32[2] {\n  y = mystery(x)\n  return y\n}");
  CHECK_STR_HAS(emitted(g, "numpy", AD_E_NOT_IMPLEMENTED), "mystery: emit: target numpy has no way to write it");
  CHECK_STR_HAS(emitted(g, "c", AD_E_NOT_IMPLEMENTED), "mystery: emit: target c has no way to write it");
  CHECK_STR_HAS(emitted(g, "cobol", AD_E_VALUE), "target \"cobol\"; \"numpy\", \"c\" or \"c-header\" is right");
  ad_graph_free(g);
  const char *text;
  CHECK(ad_emit(NULL, "c", NULL, &text) == AD_E_VALUE);
  g = parsed(c, "graph f(x: (float32[2], int32[])) -> float32[2] {\n  y = item(x, index=0)\n  return y\n}");
  CHECK_STR_HAS(emitted(g, "c", AD_E_NOT_IMPLEMENTED), "param: emit: a tuple as one value; its members are right");
  CHECK_STR_HAS(emitted(g, "numpy", AD_OK), "    y = x[0]\n    return y\n");
  ad_graph_free(g);
  g = parsed(c, "graph f(x: bfloat16[2]) -> bfloat16[2] {\n  return x\n}");
  CHECK_STR_HAS(emitted(g, "numpy", AD_E_NOT_IMPLEMENTED), "NumPy has no such dtype");
  ad_graph_free(g);
  ad_ctx_free(c);
}

TEST(files_are_left) { CHECK(list && fclose(list) == 0); }

int main(int argc, char **argv) {
  static const struct check_case cases[] = {CASE(graphs), CASE(names_are_made_valid_and_unique),
                                            CASE(texts_cannot_break_out), CASE(symbols), CASE(refusals), CASE(files_are_left)};
  if (!open_list()) return printf("not ok %s cannot be written\n", folder), 1;
  return check_run(cases, sizeof cases / sizeof cases[0], argc, argv);
}
