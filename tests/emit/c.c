/* Emitted C: how it looks, that every compiler takes it without a word, and that it computes what the library computes. */
#define _GNU_SOURCE
#include "emit/compile.h"
#include "emit/cases.h"

static const char *const compilers[] = {"gcc", "clang", "tcc"};
enum { COMPILERS = sizeof compilers / sizeof compilers[0] };

/* Runs the compiled graph on inputs and compares it with the graph called on them. */
static void run_and_compare(ad_graph *g, void *library, const char *function, ad_array **in, double tolerance, const char *what) {
  int n = ad_graph_param_count(g), m = ad_graph_result_count(g);
  void *p[2 * EMIT_MOST];
  ad_array *y = ad_graph_call(g, in, n);
  if (ad_eval(y)) CHECK_FAIL("%s: %s", what, ad_error_text(y));
  for (int i = 0; i < n; i++) p[i] = (void *)(uintptr_t)ad_data(in[i]);
  for (int i = 0; i < m; i++) p[n + i] = calloc(1, emit_bytes(m == 1 ? y : ad_item(y, i)) + 1);
  if (!emit_call(library, function, p, n + m)) CHECK_FAIL("%s: %s is not there", what, function);
  for (int i = 0; i < m; i++) {
    const char *why = emit_compare(m == 1 ? y : ad_item(y, i), p[n + i], tolerance);
    if (why) CHECK_FAIL("%s, result %d: %s", what, i, why);
    free(p[n + i]);
  }
}

/* The golden file has the head and the function: what is carried between them stands in the source already. */
static void look(const char *name, const char *text, const char *function) {
  const char *end = strstr(text, "#include <stdint.h>\n");
  if (!end || !function) {
    CHECK_FAIL("%s: no function in\n%s", name, text);
    return;
  }
  end = strstr(end, "\n\n");
  size_t n = (size_t)(end - text) + 1;
  char *shown = malloc(strlen(text) + 1);
  if (!shown) return;
  memcpy(shown, text, n);
  strcpy(shown + n, function);
  emit_golden("c", name, shown);
  free(shown);
}

static void run_case(const emit_case *k) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = emit_graph(c, k);
  ad_array *in[EMIT_MOST];
  const char *text;
  if (ad_emit(g, "c", NULL, &text)) CHECK_FAIL("%s: %s", k->name, text);
  else {
    char *own = strdup(text), function[64];
    const char *head = strstr(own, "\nvoid ");
    snprintf(function, sizeof function, "%.*s", head ? (int)strcspn(head + 6, "(") : 0, head ? head + 6 : "");
    look(k->name, own, head);
    for (int i = 0; i < ad_graph_param_count(g); i++) in[i] = emit_input(c, k, ad_graph_param_at(g, i), i);
    for (int i = 0; i < COMPILERS; i++) {
      if (!emit_is_installed(compilers[i])) continue;
      char what[128];
      snprintf(what, sizeof what, "%s, %s", k->name, compilers[i]);
      void *library = emit_compile(compilers[i], k->name, own);
      if (!library) CHECK_FAIL("%s: it does not compile", what);
      else run_and_compare(g, library, function, in, k->tolerance, what);
      if (library) dlclose(library);
    }
    free(own);
  }
  ad_graph_free(g);
  ad_ctx_free(c);
}

TEST(graphs) {
  for (int i = 0; i < EMIT_CASES; i++) run_case(&emit_cases[i]);
}

TEST(compilers_are_there) {
  static char missing[128];
  for (int i = 0; i < COMPILERS; i++)
    if (!emit_is_installed(compilers[i])) strcat(missing, compilers[i]), strcat(missing, " ");
  strcat(missing, "not installed");
  if (missing[0] != 'n') CHECK_SKIP(missing);
}

CHECK_MAIN(CASE(graphs), CASE(compilers_are_there))
