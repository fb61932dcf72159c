/* Graphs when memory runs out: every request is refused once, in reading, printing, verifying, tracing and calling. Nothing
 * may be left over, and what comes back is right or says that memory ran out. */
#include <adamant/adamant.h>

#include "counted_memory.h"
#include "ir/ctx.h"
#include "ir/graph.h"
#include "support/region.h"

static const char text[] = "graph f(x: float32[N, 3], r: {a: int8[], b: (bool[2])}) -> float32[N, 3], (float32[N, 3], bool[2]) {\n"
                           "  a = add(multiply(x, x), 2)              at \"m.c:1\"\n"
                           "  w = constant(float32[3] [1.0, 2.0, inf])\n"
                           "  b = where(greater(a, w), a, w)          at \"m.c:2\"\n"
                           "  s = item(r, index=1)\n"
                           "  t = (b, item(s, index=0))\n"
                           "  u = concatenate(a, b, axis=0)\n"
                           "  return b, t\n}\n"
                           "graph g(x: bool[]) {\n"
                           "  y = test_region(x, x, x, x, x, x, x, x, x, body=graph h(p: bool[]) -> bool[] { return p })\n"
                           "  return\n}\n";

static ad_status read_and_print(ad_ctx *c) {
  ad_module *m = ad_module_parse(c, text, sizeof text - 1);
  if (!m || ad_module_status(m)) return ad_module_status(m);
  for (int i = 0; i < 2; i++)
    if (ad_graph_verify(ad_module_at(m, i))) return ad_graph_status(ad_module_at(m, i));
  const char *s = ad_module_text(m);
  if (strcmp(s, "out of memory") == 0) return AD_E_MEMORY;
  CHECK_STR_HAS(s, "b = where(greater(a, w), a, w)");
  return AD_OK;
}

static ad_status trace_and_call(ad_ctx *c) {
  ad_array *x = ad_zeros_at(NULL, c, AD_SHAPE(4, 3), NULL), *list[10];
  for (int i = 0; i < 10; i++) list[i] = ad_add_at(NULL, x, ad_number_at(NULL, c, i));
  ad_array *y = ad_tuple_at(NULL, c, (ad_array *const[]){ad_concatenate_at(NULL, c, list, 10, NULL), x}, 2);
  if (ad_is_error(y)) return ad_error_code(y);
  ad_graph *g = ad_graph_trace(c, "f", &x, 1, &y, 1);
  if (ad_graph_status(g)) return ad_graph_status(g);
  ad_array *z = ad_graph_call(g, &x, 1);
  if (ad_is_error(z)) return ad_error_code(z);
  CHECK(z->type == y->type);
  ad_graph *h = ad_graph_new(c, "h");
  ad_array *p = ad_graph_param_text(h, "p", "float32[4, 3]");
  z = ad_graph_call(g, &p, 1);
  if (ad_is_error(z)) return ad_error_code(z);
  if (ad_graph_set_name(h, z, "z") || ad_graph_result(h, z)) return ad_graph_status(h);
  return ad_graph_status(h);
}

static void refuse_each(ad_status (*work)(ad_ctx *)) {
  struct counted_memory m;
  for (size_t n = 1; n < 5000; n++) {
    counted_begin(&m, n);
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.allocator = {counted_resize, &m}, .threads = 1});
    ad_status s = c ? ad_op_register(c, &region_op) : AD_E_MEMORY;
    if (!s) s = work(c);
    ad_ctx_free(c);
    CHECK_INT(m.live, 0);
    if (m.asked < n) {
      CHECK_INT(s, AD_OK);
      return;
    }
    if (s != AD_E_MEMORY && s != AD_OK) CHECK_FAIL("request %zu refused: the status is %s", n, ad_status_name(s));
  }
  CHECK_FAIL("the work does not come to an end");
}

TEST(reading_and_printing) { refuse_each(read_and_print); }
TEST(tracing_and_calling) { refuse_each(trace_and_call); }

CHECK_MAIN(CASE(reading_and_printing), CASE(tracing_and_calling))
