/* Emission with memory that runs out: the 1st, 2nd, ... request refused until it does without. Each failure is E_MEMORY with a
 * text, the graph stays usable, what is printed at last is the whole program, and nothing is left over. */
#define _GNU_SOURCE
#include "emit/cases.h"
#include "counted_memory.h"

/* The hostile build asks for memory with every character, so there the steps grow. */
static size_t next_request(size_t n) {
#ifdef AD_STRESS
  return n + 1 + n / 40;
#else
  return n + (n < 60 ? 1 : 7);
#endif
}

static void run_out(const emit_case *k, const char *target) {
  struct counted_memory m = {.live = 0};
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.allocator = {counted_resize, &m}, .threads = 1});
  ad_graph *g = emit_graph(c, k);
  const char *text = "";
  CHECK_INT(ad_emit(g, target, NULL, &text), AD_OK);
  char *want = strdup(text);
  ad_status s = AD_E_MEMORY;
  size_t n = 1;
  for (; s && n < 1000000; n = next_request(n)) {
    m.refuse = m.asked + n;
    s = ad_emit(g, target, NULL, &text);
    if (!s && strcmp(text, want) != 0) CHECK_FAIL("%s %s: without request %zu it prints\n%s", target, k->name, n, text);
    m.refuse = 0;
    if (s && (s != AD_E_MEMORY || !text[0])) {
      CHECK_FAIL("%s %s, request %zu: %s: %s", target, k->name, n, ad_status_name(s), text);
      break;
    }
  }
  CHECK_INT(s, AD_OK);
  CHECK(n > 2);
  free(want);
  ad_graph_free(g);
  ad_ctx_free(c);
  CHECK_INT(m.live, 0);
}

TEST(every_request_refused_once) {
  for (int i = 0; i < EMIT_CASES; i++)
    for (int t = 0; t < 2; t++) run_out(&emit_cases[i], t ? "c" : "numpy");
}

CHECK_MAIN(CASE(every_request_refused_once))
