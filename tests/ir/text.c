/* The text form: what is read, what is refused and where, values bit by bit, and texts that mean harm. */
#include <adamant/adamant.h>

#include <stdlib.h>
#include "check.h"
#include "ir/ctx.h"
#include "ir/graph.h"
#include "ir/text_lex.h"
#include "ops/text.h"
#include "support/region.h"

static ad_ctx *context(void) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_op_register(c, &region_op);
  return c;
}

static ad_graph *parse(ad_ctx *c, const char *s) { return ad_graph_parse(c, s, strlen(s)); }

/* ---- Tokens ---- */

TEST(tokens) {
  static const char text[] = "a.b_1 12 1.5e-3 2j 1e3j \"x\\\"y\" -> - ( : # rest\n  = 1.2.3 12ab @ \"open\n\xff";
  static const struct { ad_token_kind kind; const char *s; } want[] = {
      {LEX_NAME, "a.b_1"}, {LEX_WHOLE, "12"}, {LEX_NUMBER, "1.5e-3"}, {LEX_IMAGINARY, "2j"}, {LEX_IMAGINARY, "1e3j"},
      {LEX_STRING, "\"x\\\"y\""}, {LEX_ARROW, "->"}, {LEX_CHAR, "-"}, {LEX_CHAR, "("}, {LEX_CHAR, ":"}, {LEX_CHAR, "="},
      {LEX_WRONG, "1.2"}, {LEX_WRONG, "."}, {LEX_WHOLE, "3"}, {LEX_WRONG, "12"}, {LEX_NAME, "ab"}, {LEX_WRONG, "@"},
      {LEX_WRONG, "\""}, {LEX_NAME, "open"}, {LEX_WRONG, "\xff"}, {LEX_END, ""}};
  ad_ctx *c = context();
  ad_arena scratch;
  ad_err e;
  ad_lexer l;
  ad__arena_init(&scratch, &c->mem);
  ad__lex_begin(&l, c, text, sizeof text - 1, &scratch, &e);
  for (size_t i = 0; i < sizeof want / sizeof *want; i++, ad__lex_next(&l)) {
    CHECK_INT(l.token.kind, want[i].kind);
    if (l.token.n != strlen(want[i].s) || memcmp(l.token.s, want[i].s, l.token.n) != 0)
      CHECK_FAIL("token %zu is \"%.*s\", expected \"%s\"", i, (int)l.token.n, l.token.s, want[i].s);
  }
  ad__arena_free(&scratch);
  ad_ctx_free(c);
}

/* ---- Types and attributes alone, as samples of ops write them ---- */

TEST(types_alone) {
  ad_ctx *c = context();
  const ad_type *t[4];
  ad_err e;
  const char *s = "float32[2,3], (int8[], {a: bool[N // 2]}), complex64[]";
  CHECK_INT(ad__text_read_types(c, s, strlen(s), t, 4, &e), 3);
  ad_text out;
  ad__text_init(&out, &c->mem);
  for (int i = 0; i < 3; i++) ad__type_print(c, t[i], &out), ad__text_char(&out, ';');
  CHECK_STR(ad__text_str(&out), "float32[2, 3];(int8[], {a: bool[N // 2]});complex64[];");
  ad__text_free(&out);
  CHECK_INT(ad__text_read_types(c, s, strlen(s), t, 2, &e), 0);
  CHECK_STR_HAS(e.text, "more types than 2");
  CHECK_INT(ad__text_read_types(c, "", 0, t, 2, &e), 0);
  CHECK_INT(e.code, AD_OK);
  ad_ctx_free(c);
}

TEST(attributes_alone) {
  ad_ctx *c = context();
  ad_arena storage;
  ad__arena_init(&storage, &c->mem);
  const ad_op *op = ad_op_find(c, "transpose");
  ad_attr at[24];
  ad_err e;
  CHECK_INT(ad__text_read_attrs(c, op, "axes=[1, -2]", 12, at, &storage, &e), AD_OK);
  CHECK(at[0].given && at[0].count == 2 && at[0].as.ints[1] == -2);
  CHECK_INT(ad__text_read_attrs(c, op, "", 0, at, &storage, &e), AD_OK);
  CHECK(!at[0].given);
  CHECK_INT(ad__text_read_attrs(c, op, "axes=[1.5]", 10, at, &storage, &e), AD_E_FORMAT);
  CHECK_INT(ad__text_read_attrs(c, &region_op, "body=graph f() { return }", 25, at, &storage, &e), AD_E_FORMAT);
  ad__arena_free(&storage);
  ad_ctx_free(c);
}

/* ---- One form ---- */

/* Reads `from`; the text must be `to`, and `to` its own. */
static void check_form(const char *from, const char *to) {
  ad_ctx *c = context();
  ad_graph *g = parse(c, from), *h = parse(c, to);
  CHECK_STR(ad_graph_text(g), to);
  CHECK_STR(ad_graph_text(h), to);
  CHECK_INT(ad_graph_verify(g), AD_OK);
  CHECK_INT(ad_ctx_live_arrays(c), 0);
  ad_ctx_free(c);
}

TEST(forms) {
  check_form("graph f(x:float32[N,784],w:float32[N,784],b:float32[784])->float32[N,784]{h=multiply(x,w)at\"m.c:4\" "
             "y=exp(add(h,b))at\"m.c:5\"return y}",
             "graph f(x: float32[N, 784], w: float32[N, 784], b: float32[784]) -> float32[N, 784] {\n"
             "  h = multiply(x, w) at \"m.c:4\"\n"
             "  y = exp(add(h, b)) at \"m.c:5\"\n"
             "  return y\n}\n");
  check_form("graph f() -> int32[], bool[], complex64[], float32[] { a = -3 b = true c = 1+2j d = - 1e3\n return a, b, c, d }",
             "graph f() -> int32[], bool[], complex64[], float32[] {\n"
             "  a = -3\n  b = true\n  c = 1.0+2.0j\n  d = -1000.0\n  return a, b, c, d\n}\n");
  check_form("graph f(x: float32[]) -> float32[] { return add(exp(x), -inf) }",
             "graph f(x: float32[]) -> float32[] {\n  v0 = add(exp(x), -inf)\n  return v0\n}\n");
  check_form("graph f(x: float32[]) -> float32[] { v0 = exp(x) return add(v0, v0) }",
             "graph f(x: float32[]) -> float32[] {\n  v0 = exp(x)\n  v1 = add(v0, v0)\n  return v1\n}\n");
  check_form("graph f(x: float32[2]) -> float32[2] { return clip(x, none, 2) }",
             "graph f(x: float32[2]) -> float32[2] {\n  v0 = clip(x, none, constant(float32[] 2.0))\n  return v0\n}\n");
  check_form("graph f(x: float32[2]) -> float32[2] { return clip(x, 0.5) }",
             "graph f(x: float32[2]) -> float32[2] {\n  v0 = clip(x, 0.5)\n  return v0\n}\n");
  check_form("graph f(x: float32[2, 3]) -> float32[3, 2] { return transpose(x, axes=[-1, 0]) }",
             "graph f(x: float32[2, 3]) -> float32[3, 2] {\n  v0 = transpose(x, axes=[1, 0])\n  return v0\n}\n");
  check_form("graph f(layer.0.w: float32[]) -> (float32[]) { t = (layer.0.w) return t }",
             "graph f(layer.0.w: float32[]) -> (float32[]) {\n  t = (layer.0.w)\n  return t\n}\n");
  check_form("graph f(x: bool[]) -> bool[] { y = test_region(x, body=graph g(a: bool[]) -> bool[] { return a }, "
             "other=graph h() { return }) return y }",
             "graph f(x: bool[]) -> bool[] {\n  y = test_region(x, body=graph g(a: bool[]) -> bool[] {\n    return a\n  }, "
             "other=graph h() {\n    return\n  })\n  return y\n}\n");
}

/* Every dtype's extreme values come back bit by bit. */
TEST(values_come_back_bit_by_bit) {
  ad_ctx *c = context();
  ad_scope *s = ad_scope_begin(c);
  uint64_t state = 1;
  for (ad_dtype t = AD_BOOL; t < AD_DTYPE_COUNT; t++) {
    char bytes[64 * 16];
    for (size_t i = 0; i < sizeof bytes; i++) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes[i] = (char)(t == AD_BOOL ? state >> 63 : state >> 40);
    }
    memset(bytes, 0, 16);
    if (t != AD_BOOL) memset(bytes + 16, 0xff, 16), bytes[47] = (char)0x80;
    ad_array *a = ad_array_new(c, t, AD_SHAPE(4, 16), bytes);
    ad_graph *g = ad_graph_trace(c, "f", NULL, 0, &a, 1);
    ad_graph *h = parse(c, ad_graph_text(g));
    CHECK_STR(ad_graph_error_text(h), "");
    CHECK_STR(ad_graph_text(h), ad_graph_text(g));
    const char *have = ad_graph_result_at(h, 0)->value.data;
    size_t item = ad_dtype_size(t), part = ad_dtype_category(t) == AD_CATEGORY_COMPLEX ? item / 2 : item;
    for (size_t k = 0; k < 64 * item; k += part) {
      /* Every NaN is written as nan: its sign and payload are not kept. */
      bool same = memcmp(have + k, bytes + k, part) == 0, is_float = ad_dtype_category(t) >= AD_CATEGORY_FLOAT;
      int exponent = part == 2 ? (t == AD_FLOAT16 ? 0x7c : 0x7f) : part == 4 ? 0x7f : 0x7f;
      if (!same && !(is_float && (bytes[k + part - 1] & exponent) == exponent))
        CHECK_FAIL("%s: the element at byte %zu changed", ad_dtype_name(t), k);
    }
  }
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

TEST(strided_constants_are_printed_in_order) {
  ad_ctx *c = context();
  ad_scope *s = ad_scope_begin(c);
  float v[6] = {1, 2, 3, 4, 5, 6};
  ad_array *a = ad_array_wrap_strided(c, AD_FLOAT32, AD_SHAPE(3, 2), ((int64_t[]){4, 12}), v, NULL, NULL);
  ad_graph *g = ad_graph_trace(c, "f", NULL, 0, &a, 1);
  CHECK_STR_HAS(ad_graph_text(g), "constant(float32[3, 2] [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]])");
  CHECK_INT(ad_graph_verify(g), AD_OK);
  ad_scope_end(s, NULL);
  ad_ctx_free(c);
}

/* ---- Errors ---- */

static const struct { const char *text, *message; } errors[] = {
    {"", "line 1, column 1: \"\"; graph is right"},
    {"graph", "column 6: \"\"; a graph's name is right"},
    {"graph return() { return }", "column 7: \"return\" as a graph's name"},
    {"graph f", "column 8: the text ends; ( is right"},
    {"graph f(x) { return }", "column 10: \")\"; : is right"},
    {"graph f(x: float33[]) { return }", "column 12: \"float33\" is no dtype"},
    {"graph f(x: float32) { return }", "column 19: \")\"; [ is right"},
    {"graph f(x: float32[2) { return }", "column 21: ] is right here"},
    {"graph f(x: float32[2 2]) { return }", "column 20: \"2 2\" is no dim"},
    {"graph f(x: float32[-1]) { return }", "column 20: \"-1\" is no dim"},
    {"graph f(x: float32[9223372036854775807, 2]) { return }", "column 12: shape"},
    {"graph f(x: float32[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]) { return }", "more than 16 dims"},
    {"graph f(x: bool[], x: bool[]) { return }", "column 20: param: a name that is taken"},
    {"graph f(at: bool[]) { return }", "column 9: param: no name"},
    {"graph f(x: {a: bool[], a: bool[]}) { return }", "column 24: the name a twice"},
    {"graph f() { x = y return }", "column 17: y is a name; an operation, y(...), is right"},
    {"graph f() { y = exp(x) return }", "column 21: x is not defined"},
    {"graph f(x: bool[]) { y = expp(x) return }", "column 26: there is no op expp"},
    {"graph f(x: bool[]) { y = constant(x) return }", "column 35: \"x\" is no dtype"},
    {"graph f(x: bool[]) { y = tuple(x) return }", "column 26: there is no op tuple"},
    {"graph f(x: bool[]) { y = param() return }", "column 26: there is no op param"},
    {"graph f(x: float32[]) {\n  y = exp(x)\n  y = exp(x)\n  return\n}", "line 3, column 3: y is defined already"},
    {"graph f(x: float32[]) { y = exp(x, x) return }", "column 29: exp: 2 inputs; 1 are right"},
    {"graph f(x: float32[]) { y = exp() return }", "column 29: exp: 0 inputs; 1 are right"},
    {"graph f(x: float32[]) { y = exp(none) return }", "column 33: none is not defined"},
    {"graph f(x: float32[]) { y = exp(x, axis=1) return }", "column 36: exp has no attribute axis; it has no attributes"},
    {"graph f(x: float32[1]) { y = transpose(x, axs=[0]) return }", "transpose has no attribute axs; it has axes"},
    {"graph f(x: float32[1]) { y = transpose(x, axes=[0], axes=[0]) return }", "column 53: axes twice"},
    {"graph f(x: float32[1]) { y = transpose(x, axes=0) return }", "column 48: \"0\"; [ is right"},
    {"graph f(x: float32[1]) { y = transpose(x, axes=[true]) return }", "column 49: \"true\"; an integer is right"},
    {"graph f(x: float32[1]) { y = transpose(x, axes=[5]) return }", "column 30: transpose: "},
    {"graph f(x: float32[1]) { y = transpose(axes=[0], x) return }", "column 50: an operand behind attributes"},
    {"graph f(x: float32[1]) { y = cast(x, dtype=float3) return }", "column 44: \"float3\" is no dtype"},
    {"graph f(x: float32[1]) { y = cast(x) return }", "cast: dtype is missing"},
    {"graph f(x: (bool[])) { y = exp(x) return }", "exp: a is a (bool[])"},
    {"graph f(x: (bool[])) { y = item(x, index=1) return }", "item: index from 0 to 0 is right"},
    {"graph f(x: bool[]) { y = item(x, index=0) return }", "item: one tuple or record is right"},
    {"graph f(x: bool[]) -> bool[] { return }", "column 39: 0 results; 1 are declared"},
    {"graph f(x: bool[]) -> bool[] { return x, x }", "column 42: more results than are declared; 1 are right"},
    {"graph f(x: bool[]) -> int8[] { return x }", "column 39: int8[] is declared, the result is bool[]"},
    {"graph f(x: bool[2]) -> bool[N] { return x }", "bool[N] is declared, the result is bool[2]"},
    {"graph f() { x = 9223372036854775808 return }", "column 17: an integer that does not fit 64 bits"},
    {"graph f() { x = 1 + 2 return }", "column 17: a sum of real numbers"},
    {"graph f() { x = constant(int8[1] [128]) return }", "column 35: 128 does not fit int8"},
    {"graph f() { x = constant(uint8[1] [-1]) return }", "-1 does not fit uint8"},
    {"graph f() { x = constant(uint64[1] [18446744073709551616]) return }", "does not fit uint64"},
    {"graph f() { x = constant(float32[2] [1.0]) return }", "column 41: \"]\"; , is right"},
    {"graph f() { x = constant(float32[1] [1.0, 2.0]) return }", "column 41: \",\"; ] is right"},
    {"graph f() { x = constant(float32[1] [1j]) return }", "a complex number; a real one is right"},
    {"graph f() { x = constant(float32[1000000000000] [1]) return }", "1000000000000 elements; the text is too short"},
    {"graph f() { x = constant(float32[N] [1]) return }", "a constant without a known size"},
    {"graph f() { x = constant(() []) return }", "a constant without a known size"},
    {"graph f() { x = 1 at 3 return }", "column 22: \"3\"; text in quotes is right"},
    {"graph f() { x = 1 at \"a\\qb\" return }", "column 24: an escape that is none"},
    {"graph f() { x = 1 at \"\\x00\" return }", "an escape that is none"},
    {"graph f() { x = {a: 1, a: 2} return }", "column 24: the name a twice"},
    {"graph f() { x = {\"\": 1} return }", "a member without a name"},
    {"graph f() { return } graph g() { return }", "column 22: text behind the graph"},
    {"graph f() { x = 1", "the text ends; return and } are right"},
    {"graph f(x: bool[]) { y = test_region(x) return }", "test_region: body is missing"},
    {"graph f(x: bool[]) { y = test_region(x, body=3) return }", "column 46: \"3\"; graph is right"},
    {"graph f(x: bool[]) { y = test_region(x, body=graph g() -> bool[] { return x }) return }",
     "x is not defined; a region knows its own parameters and nodes only"},
};

TEST(errors_name_the_place) {
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
    ad_ctx *c = context();
    ad_graph *g = parse(c, errors[i].text);
    CHECK_INT(ad_graph_status(g), AD_E_FORMAT);
    CHECK_STR_HAS(ad_graph_error_text(g), errors[i].message);
    CHECK_INT(ad_ctx_live_arrays(c), 0);
    ad_ctx_free(c);
  }
}

TEST(an_error_shows_the_line) {
  ad_ctx *c = context();
  CHECK_STR(ad_graph_error_text(parse(c, "graph f(x: float32[2]) -> float32[2] {\n  y = exp(z)\n  return y\n}\n")),
            "line 2, column 11: z is not defined\n    y = exp(z)\n            ^");
  CHECK_STR_HAS(ad_graph_error_text(parse(c, "graph f() { \033[2J }")), "graph f() { .[2J }\n              ^");
  CHECK_INT(ad_graph_status(ad_graph_parse(c, NULL, 5)), AD_E_FORMAT);
  CHECK_INT(ad_graph_status(ad_graph_parse(NULL, "graph", 5)), AD_E_VALUE);
  CHECK_INT(ad_graph_status(ad_graph_parse(c, "graph f() { return }\0", 21)), AD_E_FORMAT);
  ad_ctx_free(c);
}

/* ---- Harm ---- */

/* A text of `count` times `part` between head and tail. */
static char *repeated(const char *head, const char *part, size_t count, const char *tail) {
  size_t h = strlen(head), p = strlen(part), t = strlen(tail);
  char *s = malloc(h + p * count + t + 1);
  memcpy(s, head, h);
  for (size_t i = 0; i < count; i++) memcpy(s + h + i * p, part, p);
  memcpy(s + h + p * count, tail, t + 1);
  return s;
}

static void check_refused(const char *head, const char *part, size_t count, const char *tail, const char *message) {
  ad_ctx *c = context();
  char *s = repeated(head, part, count, tail);
  CHECK_STR_HAS(ad_graph_error_text(parse(c, s)), message);
  CHECK_INT(ad_ctx_live_arrays(c), 0);
  ad_ctx_free(c);
  free(s);
}

TEST(depth_is_limited) {
  check_refused("graph f(x: float32[]) { y = ", "exp(", 100000, "x", "at most 200 levels");
  check_refused("graph f(x: float32[]) { y = ", "(", 100000, "x", "at most 200 levels");
  check_refused("graph f(x: ", "(", 100000, "", "at most 64 levels");
  check_refused("graph f(x: bool[", "(", 100000, "", "is no dim");
  check_refused("graph f() { x = ", "{a: ", 100000, "", "at most 200 levels");
  check_refused("", "graph f(x: bool[]) { y = test_region(x, body=", 1000, "", "at most 64 levels");
  check_refused("graph f() { x = constant(bool[1] ", "[", 100000, "", "true or false is right");
  check_refused("graph f() { x = ", "-", 100000, "", "a number is right");
}

/* Each tuple holds the one before twice: the type would be of 2^100 members. */
TEST(types_cannot_explode) {
  ad_ctx *c = context();
  char *s = malloc(100 * 40), *p = s;
  p += sprintf(p, "graph f(x0: bool[]) {\n");
  for (int i = 1; i < 100; i++) p += sprintf(p, "  x%d = (x%d, x%d)\n", i, i - 1, i - 1);
  CHECK_STR_HAS(ad_graph_error_text(parse(c, s)), "at most 64 and 65536 are right");
  free(s);
  ad_ctx_free(c);
}

TEST(many_of_everything) {
  ad_ctx *c = context();
  char *s = repeated("graph f(x: float32[2]) -> float32[2] { return x } ", "graph f() { return }\n", 1000, "");
  ad_module *m = ad_module_parse(c, s, strlen(s));
  CHECK_STR_HAS(ad_module_error_text(m), "the name f is taken");
  free(s);
  s = repeated("graph f(x: float32[2]) -> float32[2] { t = (", "x, ", 70000, "x) return x }");
  CHECK_STR_HAS(ad_graph_error_text(parse(c, s)), "70001 members");
  free(s);
  s = repeated("graph f() { t = ", "1 ", 100000, "return }");
  CHECK_INT(ad_graph_status(parse(c, s)), AD_E_FORMAT);
  free(s);
  ad_ctx_free(c);
}

#ifdef AD_STRESS
enum { MANY = 5000 }; /* maps grow by one there */
#else
enum { MANY = 1000000 };
#endif
TEST(a_million_nodes) {
  ad_ctx *c = context();
  char *s = malloc((size_t)MANY * 40), *p = s;
  p += sprintf(p, "graph f(x0: float32[2]) -> float32[2] {\n");
  for (int i = 1; i <= MANY; i++) p += sprintf(p, "  x%d = exp(x%d)\n", i, i - 1);
  p += sprintf(p, "  return x%d\n}\n", MANY);
  ad_graph *g = ad_graph_parse(c, s, (size_t)(p - s));
  CHECK_STR(ad_graph_error_text(g), "");
  CHECK_INT(ad_graph_node_count(g), MANY + 1);
  CHECK(strcmp(ad_graph_text(g), s) == 0);
  CHECK_INT(ad_graph_verify(g), AD_OK);
  free(s);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(tokens), CASE(types_alone), CASE(attributes_alone), CASE(forms), CASE(values_come_back_bit_by_bit),
           CASE(strided_constants_are_printed_in_order), CASE(errors_name_the_place), CASE(an_error_shows_the_line),
           CASE(depth_is_limited), CASE(types_cannot_explode), CASE(many_of_everything), CASE(a_million_nodes))
