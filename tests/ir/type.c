/* Types: one pointer for equal content, sizes, text both ways, unions that recur, limits. */
#include <adamant/adamant.h>

#include "check.h"
#include "ir/ctx.h"
#include "ir/graph.h"
#include "ops/text.h"

static ad_ctx *c;
static ad_err e;

static const ad_type *read(const char *s) {
  const ad_type *t = NULL;
  return ad__text_read_types(c, s, strlen(s), &t, 1, &e) == 1 ? t : NULL;
}

static const ad_type *tensor(ad_dtype dtype, ad_shape shape) { return ad__type_tensor(c, dtype, shape.rank, shape.dims, &e); }

TEST(equal_types_are_one_pointer) {
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  CHECK(tensor(AD_FLOAT32, AD_SHAPE(2, 3)) == read("float32[2, 3]"));
  CHECK(tensor(AD_FLOAT32, AD_SHAPE(2, 3)) != tensor(AD_FLOAT32, AD_SHAPE(3, 2)));
  CHECK(tensor(AD_FLOAT32, AD_SHAPE()) != tensor(AD_INT32, AD_SHAPE()));
  CHECK(read("float32[2*N, 1 + N]") == read("float32[N*2, N + 1]"));
  CHECK(read("(bool[], {a: int8[]})") == read("(bool[], {a: int8[]})"));
  CHECK(read("{a: int8[]}") != read("{b: int8[]}") && read("{a: int8[]}") != read("(int8[])"));
  CHECK(read("()") != read("{}") && read("()") == read("( )"));
  CHECK(read("union t") == read("union t") && read("union t") != read("union u"));
  CHECK(read("fn f(int8[])") == read("fn f(int8[])") && read("fn f(int8[])") != read("fn g(int8[])"));
  CHECK(read("fn f()") != read("union f") && read("token") == read("token"));
  for (int64_t i = 0; i < 5000; i++) CHECK(tensor(AD_INT8, AD_SHAPE(i, 1)) == tensor(AD_INT8, AD_SHAPE(i, 1)));
  ad_ctx_free(c);
}

TEST(sizes) {
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  const ad_type *t = tensor(AD_COMPLEX128, AD_SHAPE(2, 3));
  CHECK_INT(t->size, 6);
  CHECK_INT(t->bytes, 96);
  CHECK_INT(tensor(AD_BOOL, AD_SHAPE())->size, 1);
  CHECK_INT(tensor(AD_BOOL, AD_SHAPE(5, 0))->size, 0);
  CHECK_INT(read("float32[N, 0]")->size, -1);
  CHECK(!tensor(AD_FLOAT64, AD_SHAPE(INT64_MAX, 2)));
  CHECK_INT(e.code, AD_E_OVERFLOW);
  CHECK(!tensor(AD_FLOAT64, AD_SHAPE(0, INT64_MAX, 2)));
  CHECK(!tensor(AD_BOOL, AD_SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)));
  CHECK_STR_HAS(e.text, "rank 17");
  ad_ctx_free(c);
}

TEST(text_both_ways) {
  static const char *const texts[] = {"float32[]", "uint8[2, N, N // 2 + 1]", "(float32[])", "()", "{}", "{a: bool[], \"b c\": ({})}",
                                      "union tree", "fn step(float32[N], union tree, fn g())", "token", "(token, union t)"};
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_text out;
  ad__text_init(&out, &c->mem);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    const ad_type *t = read(texts[i]);
    out.length = 0;
    if (t) ad__type_print(c, t, &out);
    CHECK_STR(ad__text_str(&out), texts[i]);
  }
  CHECK(!read("fn (int8[])") && !read("fn f") && !read("union") && !read("union 3") && !read("tokens"));
  ad__text_free(&out);
  ad_ctx_free(c);
}

TEST(unions_may_recur) {
  static const char text[] = "union tree {leaf: float32[], node: (union tree, union forest)}\n"
                             "union forest {none: (), some: union tree}\n"
                             "graph f(x: union tree, y: fn g(union tree)) -> (union tree) {\n"
                             "  t = (x)\n  return t\n}\n";
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_graph *g = ad_graph_parse(c, text, sizeof text - 1);
  CHECK_STR(ad_graph_text(g), text);
  CHECK_INT(ad_graph_verify(g), AD_OK);
  ad_module *m = ad_module_parse(c, text, sizeof text - 1);
  CHECK_STR(ad_module_text(m), text);
  static const char again[] = "union tree {leaf: float64[]} graph g() { return }";
  CHECK_STR_HAS(ad_graph_error_text(ad_graph_parse(c, again, sizeof again - 1)), "union tree: it has other cases already");
  static const char open[] = "graph f(x: union far) -> union far {\n  return x\n}\n";
  CHECK_STR(ad_graph_text(ad_graph_parse(c, open, sizeof open - 1)), open);
  static const char twice[] = "union two {a: bool[], a: bool[]}";
  CHECK_STR_HAS(ad_graph_error_text(ad_graph_parse(c, twice, sizeof twice - 1)), "the name a twice");
  ad_ctx_free(c);
}

TEST(limits) {
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  const ad_type *t = tensor(AD_BOOL, AD_SHAPE());
  int depth = 0;
  for (; t && depth < 100; depth++) t = ad__type_tuple(c, &t, 1, &e);
  CHECK_INT(depth, 65);
  CHECK_STR_HAS(e.text, "65 levels");
  t = tensor(AD_BOOL, AD_SHAPE());
  for (depth = 0; t && depth < 100; depth++) t = ad__type_tuple(c, (const ad_type *const[]){t, t}, 2, &e);
  CHECK_INT(depth, 16);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(equal_types_are_one_pointer), CASE(sizes), CASE(text_both_ways), CASE(unions_may_recur), CASE(limits))
