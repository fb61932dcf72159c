/* Pictures: how they look (golden files), that they are well formed whatever things are called, that they are the same each time, and
 * that large graphs are drawn in time. What is measured in seconds is left to the runner's limit. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <adamant/adamant.h>
#include "base/json.h"
#include "check.h"
#include "counted_memory.h"
#include "picture/samples.h"

/* ---- Looks ---- */

static const char mlp[] =
    "graph mlp(x: float32[N, 784], l1.w: float32[784, 128], l1.b: float32[128], l2.w: float32[128, 10], l2.b: float32[10]) -> float32[N, 10] {\n"
    "  h = relu(add(matmul(x, l1.w), l1.b)) at \"mlp.c:4\"\n"
    "  z = add(matmul(h, l2.w), l2.b)       at \"mlp.c:5\"\n"
    "  y = softmax(multiply(z, 0.5), axes=[1]) at \"mlp.c:6\"\n"
    "  return y\n"
    "}\n";

static void compare(const char *name, const char *text, const char *format, const ad_draw_opts *more) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = ad_graph_parse(c, text, strlen(text));
  char *drawn = picture_of(g, format, more);
  picture_golden(name, drawn);
  free(drawn);
  ad_graph_free(g);
  ad_ctx_free(c);
}

static const char loop[] =
    "graph count(x: float32[4], n: int32[]) -> float32[4], int32[] {\n"
    "  state = while_loop(x, n, sweeps=[2], cond=graph test(x: float32[4], n: int32[]) -> bool[] {\n"
    "    return greater(n, 0)\n"
    "  }, body=graph step(x: float32[4], n: int32[]) -> float32[4], int32[] {\n"
    "    y = multiply(x, 2.0)\n"
    "    m = subtract(n, 1)\n"
    "    return y, m\n"
    "  })\n"
    "  return item(state, index=0), item(state, index=1)\n"
    "}\n";

TEST(a_small_graph_as_dot) { compare("mlp.dot", mlp, "dot", NULL); }
TEST(a_small_graph_as_svg) { compare("mlp.svg", mlp, "svg", NULL); }
TEST(a_closed_graph_as_dot) { compare("mlp_closed.dot", mlp, "dot", &(ad_draw_opts){.depth = AD_INT(0)}); }
TEST(a_closed_graph_as_svg) { compare("mlp_closed.svg", mlp, "svg", &(ad_draw_opts){.depth = AD_INT(0)}); }
TEST(a_loop_as_svg) { compare("loop.svg", loop, "svg", NULL); }

/* Without strstr, which the address sanitizer makes quadratic. */
static int count_of(const char *text, const char *part) {
  size_t n = strlen(part);
  const char *end = text + strlen(text);
  int count = 0;
  for (const char *at = text; (at = memchr(at, part[0], (size_t)(end - at))); at++) count += (size_t)(end - at) >= n && memcmp(at, part, n) == 0;
  return count;
}

/* ---- Well-formed ---- */

static const char *const hostile[] = {
    "</script><script>alert(1)</script>", "a\"b'c&d<e>f", "back\\slash\\", "new\nline\ttab\r", "\x01\x02\x1f\x7f", "\xff\xfe broken \xc3",
    "\xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\xa6\x8a \xc3\xa9", "]]><!--", "\xe2\x80\xa8\xe2\x80\xa9", ""};
enum { HOSTILE = sizeof hostile / sizeof hostile[0] };

static char *hostile_picture(ad_ctx *c, const char *format) {
  ad_array *arrays[HOSTILE];
  for (int i = 0; i < HOSTILE; i++) arrays[i] = ad_exp(ad_array_new(c, AD_FLOAT32, AD_SHAPE(2), (float[]){1, 2}));
  picture_bytes all = {0};
  char why[200];
  ad_draw_opts o = {.format = format, .title = hostile[0], .bytes = picture_take, .user = &all, .error = why, .error_size = sizeof why};
  if (ad_arrays_draw(arrays, HOSTILE, hostile, NULL, &o)) CHECK_FAIL("%s", why);
  return all.text;
}

TEST(hostile_names_in_svg) {
  ad_ctx *c = ad_ctx_new(NULL);
  char *svg = hostile_picture(c, "svg");
  CHECK_STR(xml_fault(svg), "");
  CHECK_STR_HAS(svg, "&lt;/script&gt;");
  CHECK_STR_HAS(svg, hostile[6]);
  CHECK(!strstr(svg, "<script"));
  free(svg);
  ad_ctx_free(c);
}

TEST(hostile_names_in_dot) {
  ad_ctx *c = ad_ctx_new(NULL);
  char *dot = hostile_picture(c, "dot");
  CHECK_STR_HAS(dot, "[label=\"a\\\"b'c&d<e>f\"");
  CHECK_STR_HAS(dot, "[label=\"back\\\\slash\\\\\"");
  CHECK_STR_HAS(dot, "[label=\"new line tab \"");
  free(dot);
  ad_ctx_free(c);
}

TEST(hostile_names_in_html) {
  ad_ctx *c = ad_ctx_new(NULL);
  char *page = hostile_picture(c, "html");
  CHECK_INT(count_of(page, "</script"), 2);
  CHECK_INT(count_of(page, "<script"), 2);
  CHECK_STR_HAS(page, "<title>&lt;/script&gt;");
  CHECK_STR_HAS(page, "\"\\u003c/script>");
  free(page);
  ad_ctx_free(c);
}

/* Without its check a wrong file would pass too. */
TEST(the_check_of_xml_finds_faults) {
  CHECK_STR(xml_fault("<a><b c=\"&amp;\"/>x</a>"), "");
  CHECK(*xml_fault("<a><b></a></b>"));
  CHECK(*xml_fault("<a>&nbsp;</a>"));
  CHECK(*xml_fault("<a b=c/>"));
  CHECK(*xml_fault("<a>\x01</a>"));
  CHECK(*xml_fault("<a b=\"<\"/>"));
  CHECK(*xml_fault("<a>"));
}

/* ---- Blocks ---- */

TEST(types_and_parameters_are_said) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = ad_graph_parse(c, mlp, strlen(mlp));
  char *svg = picture_of(g, "svg", NULL);
  CHECK_STR_HAS(svg, ">float32[N, 128]<");
  CHECK_STR_HAS(svg, ">100 k params<");
  CHECK_STR_HAS(svg, "13 boxes, 102 k params");
  CHECK_STR_HAS(svg, "place: mlp.c:4");
  free(svg);
  ad_ctx_free(c);
}

TEST(closed_blocks_hide_what_is_inside) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = ad_graph_parse(c, mlp, strlen(mlp));
  char *open = picture_of(g, "svg", &(ad_draw_opts){.depth = AD_INT(1)}), *closed = picture_of(g, "svg", &(ad_draw_opts){.depth = AD_INT(0)});
  CHECK_STR_HAS(open, ">matmul</text>");
  CHECK(!strstr(closed, ">matmul</text>"));
  CHECK_STR_HAS(closed, ">l1</text>");
  free(open);
  free(closed);
  ad_ctx_free(c);
}

TEST(a_module_is_blocks) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_module *m = ad_module_new(c);
  ad_module_add(m, ad_graph_parse(c, mlp, strlen(mlp)));
  ad_module_add(m, ad_graph_parse(c, loop, strlen(loop)));
  picture_bytes all = {0};
  CHECK_INT(ad_module_draw(m, "x.dot", &(ad_draw_opts){.bytes = picture_take, .user = &all}), AD_OK);
  CHECK_STR_HAS(all.text, "label=\"mlp\\n102 k params\"");
  CHECK_STR_HAS(all.text, "label=\"count\"");
  free(all.text);
  ad_ctx_free(c);
}

TEST(arrays_have_letters) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(3), (float[]){1, 2, 3}), *y = ad_add(x, ad_number(c, 1)), *z = ad_exp(y);
  picture_bytes all = {0};
  const char *names[] = {NULL, "z", NULL};
  CHECK_INT(ad_export_to_dot("y.svg", (ad_array *[]){y, z, x}, 3, names, &(ad_draw_opts){.bytes = picture_take, .user = &all}), AD_OK);
  CHECK_STR_HAS(all.text, "digraph \"arrays\"");
  CHECK_STR_HAS(all.text, "label=\"A\"");
  CHECK_STR_HAS(all.text, "label=\"z\"");
  CHECK_STR_HAS(all.text, "label=\"B\"");
  CHECK_STR_HAS(all.text, "label=\"add\\nb=1.0\"");
  CHECK(!ad_array_is_evaluated(z));
  free(all.text);
  ad_ctx_free(c);
}

static ad_array *two_layers(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c, (void)user;
  return ad_tanh(ad_add(ad_matmul(ad_exp(ad_multiply(in[0], in[0])), in[1], NULL), in[2]));
}

TEST(a_plan_has_steps_bytes_and_times) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = ad_ones(c, AD_SHAPE(64, 64), NULL), *w = ad_ones(c, AD_SHAPE(64, 64), NULL), *b = ad_ones(c, AD_SHAPE(64), NULL);
  ad_fn *f = ad_compile(ad_fn_new(c, two_layers, 3, NULL), NULL);
  char why[200];
  picture_bytes before = {0}, after = {0};
  ad_draw_opts o = {.format = "svg", .bytes = picture_take, .user = &before, .error = why, .error_size = sizeof why};
  CHECK_INT(ad_compiled_draw(f, NULL, &o), AD_E_VALUE);
  CHECK_STR(why, "compiled_draw: the function has no plan; a compiled function that was called is right");
  CHECK_INT(ad_eval(ad_call(f, x, w, b)), AD_OK);
  CHECK_INT(ad_compiled_draw(f, NULL, &o), AD_OK);
  ad_compiled_profile(f, true);
  CHECK_INT(ad_eval(ad_call(f, x, w, b)), AD_OK);
  o.user = &after;
  CHECK_INT(ad_compiled_draw(f, NULL, &o), AD_OK);
  CHECK_STR(xml_fault(after.text), "");
  CHECK_STR_HAS(after.text, ">step 0<");
  CHECK_STR_HAS(before.text, ">32.0 KiB<");
  CHECK_STR_HAS(after.text, " us, 32.0 KiB<");
  CHECK(!strstr(before.text, "class=\"hot\""));
  CHECK_STR_HAS(after.text, "class=\"hot\"");
  free(before.text);
  free(after.text);
  ad_ctx_free(c);
}

/* ---- Size and time ---- */

TEST(the_same_graph_gives_the_same_bytes) {
  char *first = NULL;
  for (int i = 0; i < 2; i++) {
    ad_ctx *c = ad_ctx_new(NULL);
    ad_graph *g = sample_gpt(c, 6, 64);
    char *svg = picture_of(g, "svg", &(ad_draw_opts){.depth = AD_INT(9)});
    if (first) CHECK_STR(svg, first);
    if (first) free(svg);
    else first = svg;
    ad_ctx_free(c);
  }
  CHECK_INT(count_of(first, ">softmax</text>"), 6);
  free(first);
}

/* Strings that would make a browser fetch something. */
static void check_stands_alone(const char *page) {
  static const char *const words[] = {"http:", "https:", "src=", "href=", "url(", "@import", "fetch(", "XMLHttp", "import "};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    for (const char *at = page; (at = strstr(at, words[i])); at++)
      if (strncmp(at, "url(#", 5) != 0) CHECK_FAIL("the page has %.40s", at);
}

TEST(a_page_of_48_layers) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = sample_gpt(c, 48, 768);
  char *page = picture_of(g, "html", NULL);
  CHECK(strlen(page) < 2000000);
  check_stands_alone(page);
  free(page);
  ad_ctx_free(c);
}

/* The data are JSON; a box stands behind its parent, and inside its room. */
TEST(the_data_of_a_page) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = sample_gpt(c, 3, 64);
  char *data = picture_of(g, "json", NULL);
  ad_arena arena;
  ad_mem mem;
  ad_err e;
  const ad_json *all;
  int boxes = 0, rooms = 0;
  ad__mem_init(&mem, NULL);
  ad__arena_init(&arena, &mem);
  if (ad__json_read(&arena, data, strlen(data), NULL, &all, &e)) CHECK_FAIL("%s", e.text);
  CHECK(ad__json_is(ad__json_get(all, "format"), "adamant picture"));
  for (const ad_json *b = ad__json_get(all, "boxes")->first; b; b = b->next, boxes++) {
    int64_t parent;
    CHECK(ad__json_i64(b->first, &parent) && (parent < boxes || !boxes));
    CHECK_INT(b->length, 18);
  }
  for (const ad_json *r = ad__json_get(all, "rooms")->first; r; r = r->next) rooms++;
  CHECK_INT(rooms, 1 + 2 + 1 + 3 * 5);
  CHECK_INT(count_of(data, "\"softmax\""), 1);
  ad__arena_free(&arena);
  free(data);
  ad_ctx_free(c);
}

#ifdef AD_STRESS
enum { LONG_CHAIN = 2000, LARGE_TANGLE = 1000 }; /* buffers and maps grow by one there */
#else
enum { LONG_CHAIN = 100000, LARGE_TANGLE = 50000 };
#endif

TEST(a_chain_of_100000_nodes) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = sample_chain(c, LONG_CHAIN);
  char *dot = picture_of(g, "dot", NULL), *svg = picture_of(g, "svg", NULL), *data = picture_of(g, "json", NULL);
  CHECK(strlen(data) < 60u << 20);
  free(data);
  CHECK_INT(count_of(dot, " -> "), 2 * LONG_CHAIN + 2);
  CHECK_INT(count_of(svg, ">add</text>"), LONG_CHAIN);
  free(dot);
  free(svg);
  ad_ctx_free(c);
}

/* Every node uses a value far above and one near: what could cost a bend in every rank. */
TEST(a_tangle_of_50000_nodes) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = sample_tangle(c, LARGE_TANGLE);
  char *svg = picture_of(g, "svg", NULL);
  CHECK(svg && strlen(svg) < 60u << 20);
  free(svg);
  ad_ctx_free(c);
}

/* ---- Without memory ---- */

static void count_bytes(void *user, const void *data, size_t size) {
  (void)data;
  *(size_t *)user += size;
}

enum { MOST_REQUESTS = 200000 };

/* Refuses the first request of a drawing, then the second..., until it succeeds: each failure says so and leaves nothing behind. */
static void run_out(const char *format, const char *text) {
  struct counted_memory m;
  counted_begin(&m, 0);
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.allocator = {counted_resize, &m}, .threads = 1});
  ad_graph *g = ad_graph_parse(c, text, strlen(text));
  size_t before = m.live, n = 1, bytes = 0;
  for (; n < MOST_REQUESTS; n++) {
    m.refuse = m.asked + n;
    ad_status s = ad_graph_draw(g, NULL, &(ad_draw_opts){.format = format, .bytes = count_bytes, .user = &bytes});
    m.refuse = 0;
    if (m.live != before) CHECK_FAIL("%s: %zu bytes are left of a drawing that request %zu failed", format, m.live - before, n);
    if (s == AD_OK) break;
    CHECK_INT(s, AD_E_MEMORY);
    CHECK_INT(bytes, 0);
  }
  CHECK(n > 10 && n < MOST_REQUESTS && bytes > 0);
  ad_ctx_free(c);
  CHECK_INT(m.live, 0);
}

TEST(memory_runs_out) {
  static const char *const formats[] = {"dot", "svg", "html", "json"};
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    run_out(formats[i], mlp);
    run_out(formats[i], loop);
  }
}

/* ---- What is refused ---- */

static void refuse(ad_status got, ad_status want, const char *why, const char *part) {
  CHECK_INT(got, want);
  CHECK_STR_HAS(why, part);
}

TEST(refusals) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_graph *g = ad_graph_parse(c, mlp, strlen(mlp)), *bad = ad_graph_parse(c, "graph", 5);
  char why[300];
  ad_draw_opts o = {.error = why, .error_size = sizeof why};
  refuse(ad_graph_draw(g, "a.png", &o), AD_E_VALUE, why, "graph_draw: a.png: a path that ends in .dot, .svg, .html or .json is right, or a format");
  refuse(ad_graph_draw(g, NULL, &o), AD_E_VALUE, why, "graph_draw: the path is NULL");
  refuse(ad_graph_draw(NULL, "a.svg", &o), AD_E_VALUE, why, "graph_draw: the graph is NULL; a graph is right");
  CHECK(ad_graph_draw(bad, "a.svg", &o) != AD_OK);
  CHECK_STR_HAS(why, "graph_draw: line 1");
  refuse(ad_graph_draw(g, "/nowhere/at/all.svg", &o), AD_E_OS, why, "/nowhere/at/all.svg");
  refuse(ad_arrays_draw(NULL, 0, NULL, "a.svg", &o), AD_E_VALUE, why, "arrays_draw: no arrays; one or more are right");
  refuse(ad_module_draw(NULL, "a.svg", &o), AD_E_VALUE, why, "module_draw: the module is NULL");
  o.format = "gif";
  refuse(ad_graph_draw(g, "a.svg", &o), AD_E_VALUE, why, "graph_draw: the format is \"gif\"; \"dot\", \"svg\", \"html\" or \"json\" is right");
  o.format = "svg";
  o.depth = AD_INT(-1);
  refuse(ad_graph_draw(g, "a.svg", &o), AD_E_VALUE, why, "graph_draw: a depth of -1; 0 or more is right");
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(a_small_graph_as_dot), CASE(a_small_graph_as_svg), CASE(a_closed_graph_as_dot), CASE(a_closed_graph_as_svg),
           CASE(a_loop_as_svg), CASE(hostile_names_in_svg), CASE(hostile_names_in_dot), CASE(hostile_names_in_html), CASE(the_check_of_xml_finds_faults),
           CASE(types_and_parameters_are_said), CASE(closed_blocks_hide_what_is_inside), CASE(a_module_is_blocks), CASE(arrays_have_letters), CASE(a_plan_has_steps_bytes_and_times),
           CASE(the_same_graph_gives_the_same_bytes), CASE(a_page_of_48_layers), CASE(the_data_of_a_page),
           CASE(a_chain_of_100000_nodes), CASE(a_tangle_of_50000_nodes), CASE(memory_runs_out), CASE(refusals))
