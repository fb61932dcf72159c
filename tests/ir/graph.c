/* Graphs: growing them by ops, adopting values, tracing, calling, regions, modules, and what is refused. */
#include <adamant/adamant.h>

#include "check.h"
#include "ir/ctx.h"
#include "ir/graph.h"
#include "support/region.h"

static ad_ctx *c;
static ad_scope *scope;

static void begin(void) {
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  scope = ad_scope_begin(c);
}

static void end(void) {
  ad_scope_end(scope, NULL);
  CHECK_INT(ad_ctx_live_arrays(c), 0);
  ad_ctx_free(c);
}

static ad_array *floats(int64_t n, const float *v) { return ad_array_new_at(NULL, c, AD_FLOAT32, AD_SHAPE(n), v); }
static ad_array *number(double v) { return ad_number_at(NULL, c, v); }
static ad_array *add(ad_array *a, ad_array *b) { return ad_add_at(NULL, a, b); }
static ad_array *exp_of(ad_array *a) { return ad_exp_at(NULL, a); }

/* ---- Growing ---- */

TEST(ops_on_nodes_of_a_graph_make_nodes_of_it) {
  begin();
  ad_graph *g = ad_graph_new(c, "f");
  ad_array *x = ad_graph_param(g, "x", AD_FLOAT32, AD_SHAPE(ad_dim_symbol(c, "N"), 3));
  ad_array *y = add(exp_of(x), floats(3, (float[]){1, 2, 3}));
  CHECK_INT(ad_graph_set_name(g, y, "y"), AD_OK);
  CHECK_INT(ad_graph_result(g, add(y, number(0.5))), AD_OK);
  CHECK_STR(ad_graph_text(g), "graph f(x: float32[N, 3]) -> float32[N, 3] {\n"
                              "  y = add(exp(x), constant(float32[3] [1.0, 2.0, 3.0]))\n"
                              "  v0 = add(y, 0.5)\n"
                              "  return v0\n}\n");
  CHECK_INT(ad_graph_verify(g), AD_OK);
  CHECK_INT(ad_graph_param_count(g), 1);
  CHECK(ad_graph_param_at(g, 0) == x && ad_graph_param_at(g, 1) == NULL && ad_graph_node_at(g, -1) == NULL);
  CHECK_STR(ad_graph_name_of(g, y), "y");
  CHECK_STR(ad_graph_name_of(g, ad_graph_result_at(g, 0)), "");
  CHECK_INT(ad_eval(y), AD_E_TYPE);
  CHECK_INT(ad_eval_async(y, NULL), AD_E_TYPE);
  CHECK(ad_keep(y) == y);
  ad_drop(y);
  ad_graph_free(g);
  end();
}

TEST(promotion_inserts_casts) {
  begin();
  ad_graph *g = ad_graph_new(c, "f");
  ad_array *x = ad_graph_param_text(g, "x", "float16[2]"), *k = ad_graph_param_text(g, "k", "int32[2]");
  ad_graph_result(g, add(add(x, k), ad_number_int_at(NULL, c, 3)));
  CHECK_STR(ad_graph_text(g), "graph f(x: float16[2], k: int32[2]) -> float16[2] {\n"
                              "  v0 = add(add(x, cast(k, dtype=float16)), constant(float16[] 3.0))\n"
                              "  return v0\n}\n");
  CHECK_INT(ad_graph_verify(g), AD_OK);
  end(); /* the context frees the graph */
}

TEST(a_failed_node_leaves_nothing_behind) {
  begin();
  ad_graph *g = ad_graph_new(c, "f");
  ad_array *x = ad_graph_param_text(g, "x", "float32[2]"), *k = ad_graph_param_text(g, "k", "int32[3]");
  ad_array *bad = ad_add(x, k);
  CHECK_STR_HAS(ad_error_text(bad), "shapes (2) and (3) do not broadcast");
  CHECK_INT(ad_graph_node_count(g), 2);
  CHECK(ad_is_error(exp_of(bad)));
  CHECK_INT(ad_graph_result(g, bad), AD_E_VALUE);
  CHECK_STR_HAS(ad_graph_error_text(g), "do not broadcast");
  CHECK_STR_HAS(ad_graph_text(g), "do not broadcast");
  CHECK(ad_is_error(exp_of(x)));
  CHECK_INT(ad_graph_verify(g), AD_E_VALUE);
  end();
}

TEST(tuples_and_records) {
  begin();
  ad_graph *g = ad_graph_new(c, "f");
  ad_array *x = ad_graph_param_text(g, "x", "{a: float32[2], b: (int32[], bool[1])}");
  ad_array *b = ad_field_at(NULL, x, "b");
  ad_array *r = ad_record_at(NULL, c, (const char *const[]){"p", "q r"}, (ad_array *const[]){ad_item_at(NULL, b, -1), number(1)}, 2);
  ad_graph_result(g, r);
  CHECK(ad_item_at(NULL, r, 0) == r->in[0]);
  CHECK_STR(ad_graph_text(g), "graph f(x: {a: float32[2], b: (int32[], bool[1])}) -> {p: bool[1], \"q r\": float32[]} {\n"
                              "  v0 = {p: item(item(x, index=1), index=1), \"q r\": 1.0}\n"
                              "  return v0\n}\n");
  CHECK_INT(ad_graph_verify(g), AD_OK);
  end();
}

TEST(what_is_refused) {
  begin();
  CHECK_INT(ad_graph_status(ad_graph_new(NULL, "f")), AD_E_VALUE);
  CHECK_STR_HAS(ad_graph_error_text(ad_graph_new(c, "3f")), "\"3f\" as a graph's name");
  CHECK_INT(ad_graph_status(ad_graph_new(c, "return")), AD_E_VALUE);
  ad_graph *g = ad_graph_new(c, "f"), *h = ad_graph_new(c, "h");
  ad_array *x = ad_graph_param_text(g, "x", "float32[2]"), *z = ad_graph_param_text(h, "z", "float32[2]");
  CHECK_STR_HAS(ad_error_text(add(x, z)), "another graph");
  ad_array *lazy = exp_of(floats(2, (float[]){1, 2}));
  CHECK_STR_HAS(ad_error_text(add(x, lazy)), "lazy");
  CHECK(ad_is_error(ad_tuple_at(NULL, c, (ad_array *const[]){x, z}, 2)));
  CHECK_INT(ad_graph_set_name(g, x, "y"), AD_E_KEY);
  CHECK_INT(ad_graph_set_name(g, z, "y"), AD_E_VALUE);
  CHECK_INT(ad_graph_set_name(g, add(x, x), "x"), AD_E_KEY);
  CHECK_INT(ad_graph_set_name(g, add(x, x), "at"), AD_E_VALUE);
  CHECK_INT(ad_graph_status(g), AD_OK);
  CHECK_INT(ad_graph_result(g, z), AD_E_VALUE);
  CHECK(ad_is_error(ad_graph_param_text(h, "z", "float32[]")));
  CHECK_STR_HAS(ad_graph_error_text(h), "a name that is taken");
  ad_graph *k = ad_graph_new(c, "k");
  CHECK(ad_is_error(ad_graph_param_text(k, "w", "float33[]")));
  CHECK_STR_HAS(ad_graph_error_text(k), "no dtype");
  CHECK(ad_is_error(ad_graph_param(NULL, "x", AD_FLOAT32, AD_SHAPE())));
  CHECK(ad_is_error(ad_graph_add(NULL, ad_op_find(c, "exp"), &x, 1, NULL)));
  CHECK_STR(ad_graph_text(NULL), ad_graph_error_text(NULL));
  ad_graph_free(NULL);
  end();
}

/* ---- Tracing and calling ---- */

TEST(a_trace_is_the_expression) {
  begin();
  ad_array *x = floats(3, (float[]){0, 1, 2}), *w = floats(3, (float[]){1, 1, 2});
  ad_array *y = ad_multiply_at(NULL, w, add(exp_of(x), number(1))), *unused = exp_of(w);
  (void)unused;
  ad_array *pair = ad_tuple_at(NULL, c, (ad_array *const[]){y, x}, 2);
  ad_graph *g = ad_graph_trace(c, "f", &x, 1, (ad_array *const[]){pair, y, x}, 3);
  CHECK_STR(ad_graph_text(g), "graph f(x0: float32[3]) -> (float32[3], float32[3]), float32[3], float32[3] {\n"
                              "  v0 = multiply(constant(float32[3] [1.0, 1.0, 2.0]), add(exp(x0), 1.0))\n"
                              "  v1 = (v0, x0)\n"
                              "  return v1, v0, x0\n}\n");
  CHECK_INT(ad_graph_verify(g), AD_OK);
  CHECK_INT(ad_eval(y), AD_OK);
  ad_graph *done = ad_graph_trace(c, "f", NULL, 0, &y, 1);
  CHECK_STR_HAS(ad_graph_text(done), "constant(float32[3] [2.0, 3.71828");
  end();
}

TEST(a_call_computes_what_the_expression_does) {
  begin();
  ad_array *x = floats(3, (float[]){0, 1, 2}), *w = floats(3, (float[]){1, 1, 2});
  ad_array *y = ad_multiply_at(NULL, w, add(exp_of(x), number(1)));
  ad_graph *g = ad_graph_trace(c, "f", &x, 1, &y, 1);
  ad_array *z = ad_graph_call(g, &x, 1);
  float want[3], have[3] = {0};
  CHECK_INT(ad_read(y, want, sizeof want), AD_OK);
  CHECK_INT(ad_read(z, have, sizeof have), AD_OK);
  CHECK_MEM(have, want, sizeof want);
  ad_graph *h = ad_graph_new(c, "h");
  ad_array *p = ad_graph_param_text(h, "p", "float32[3]");
  ad_graph_result(h, ad_graph_call_at(NULL, g, &p, 1));
  CHECK_STR_HAS(ad_graph_text(h), "multiply(constant(float32[3] [1.0, 1.0, 2.0]), add(exp(p), 1.0))");
  CHECK_INT(ad_graph_verify(h), AD_OK);
  end();
}

TEST(symbols_take_the_dims_of_arguments) {
  begin();
  static const char text[] = "graph f(x: float32[N, M], y: float32[M], z: float32[2*N]) -> float32[N, M] {\n"
                             "  s = add(x, y)\n  r = reshape(s, shape=[M, N])\n  t = exp(s)\n  return t\n}\n";
  ad_graph *g = ad_graph_parse(c, text, sizeof text - 1);
  CHECK_STR(ad_graph_error_text(g), "");
  ad_array *x = ad_zeros_at(NULL, c, AD_SHAPE(2, 3), NULL), *y = floats(3, (float[]){1, 2, 3}), *z = floats(4, (float[4]){0});
  ad_array *t = ad_graph_call_at(NULL, g, (ad_array *const[]){x, y, z}, 3);
  CHECK_STR(ad_error_text(t), "");
  CHECK_INT(ad_array_dim(t, 0), 2);
  CHECK_INT(ad_array_dim(t, 1), 3);
  ad_array *w = ad_graph_call_at("p", g, (ad_array *const[]){x, x, z}, 3);
  CHECK_STR(ad_error_text(w), "p: f: argument 1 is float32[2, 3]; float32[M] is right");
  w = ad_graph_call_at("p", g, (ad_array *const[]){x, y, y}, 3);
  CHECK_STR(ad_error_text(w), "p: f: argument 2 is float32[3]; float32[2*N] is right");
  ad_array *one = ad_zeros_at(NULL, c, AD_SHAPE(1, 3), NULL), *two = floats(2, (float[]){1, 2});
  CHECK_STR_HAS(ad_error_text(ad_graph_call_at("p", g, (ad_array *const[]){one, y, two}, 3)), "dim 1 for the symbol N");
  CHECK_STR_HAS(ad_error_text(ad_graph_call_at("p", g, &x, 1)), "1 arguments; 3 are right");
  CHECK(ad_is_error(ad_graph_call_at("p", g, (ad_array *const[]){x, y, NULL}, 3)));
  CHECK(ad_is_error(ad_graph_call_at("p", NULL, NULL, 0)));
  end();
}

#ifdef AD_STRESS
enum { LONG = 5000 }; /* maps grow by one there */
#else
enum { LONG = 200000 };
#endif
TEST(a_long_graph_needs_no_stack) {
  begin();
  ad_graph *g = ad_graph_new(c, "f");
  ad_array *x = ad_graph_param_text(g, "x", "float32[2]"), *y = x;
  for (int i = 0; i < LONG; i++) y = add(y, x);
  ad_graph_result(g, y);
  CHECK_INT(ad_graph_verify(g), AD_OK);
  const char *text = ad_graph_text(g);
  ad_graph *h = ad_graph_parse(c, text, strlen(text));
  CHECK_STR(ad_graph_error_text(h), "");
  CHECK_INT(ad_graph_node_count(h), LONG + 1);
  ad_array *in = floats(2, (float[]){1, 2}), *out = ad_graph_call(g, &in, 1);
  ad_graph *t = ad_graph_trace(c, "t", &in, 1, &out, 1);
  CHECK_INT(ad_graph_node_count(t), LONG + 1);
  end();
}

/* ---- Regions and modules ---- */

TEST(regions_are_attributes) {
  begin();
  CHECK_INT(ad_op_register(c, &region_op), AD_OK);
  ad_graph *body = ad_graph_new(c, "body");
  ad_array *p = ad_graph_param_text(body, "p", "float32[2]");
  ad_graph_result(body, exp_of(p));
  ad_graph *g = ad_graph_new(c, "f");
  ad_array *x = ad_graph_param_text(g, "x", "float32[2]");
  ad_attr at[2] = {ad_attr_graph(body), {0}};
  ad_array *y = ad_graph_add_at("a.c:1", g, &region_op, &x, 1, at);
  CHECK_STR(ad_error_text(y), "");
  ad_graph_result(g, y);
  CHECK_STR(ad_graph_text(g), "graph f(x: float32[2]) -> float32[2] {\n"
                              "  v0 = test_region(x, body=graph body(p: float32[2]) -> float32[2] {\n"
                              "    v0 = exp(p)\n    return v0\n  }) at \"a.c:1\"\n"
                              "  return v0\n}\n");
  CHECK_INT(ad_graph_verify(g), AD_OK);
  CHECK_STR_HAS(ad_error_text(exp_of(p)), "a region of a node already");
  ad_graph_free(body);
  ad_graph_free(body);
  CHECK_INT(ad_graph_verify(g), AD_OK);
  const char *text = ad_graph_text(g);
  char copy[400];
  ad__format(copy, sizeof copy, "%s", text);
  ad_graph *again = ad_graph_parse(c, copy, strlen(copy));
  CHECK_STR(ad_graph_text(again), copy);
  at[0] = ad_attr_graph(again);
  CHECK_STR_HAS(ad_error_text(ad_graph_add_at(NULL, again, &region_op, (ad_array *const[]){ad_graph_param_at(again, 0)}, 1, at)),
                "the graph itself");
  end();
}

TEST(regions_have_a_deepest_level) {
  begin();
  CHECK_INT(ad_op_register(c, &region_op), AD_OK);
  ad_graph *inner = NULL;
  int level = 0;
  for (; level < 100; level++) {
    ad_graph *g = ad_graph_new(c, "f");
    ad_array *x = ad_graph_param_text(g, "x", "float32[]");
    ad_attr at[2] = {ad_attr_graph(inner), {0}};
    ad_array *y = inner ? ad_graph_add_at(NULL, g, &region_op, &x, 1, at) : x;
    if (ad_is_error(y)) {
      CHECK_STR_HAS(ad_error_text(y), "at most 64 levels");
      break;
    }
    ad_graph_result(g, y);
    ad_graph_free(inner);
    inner = g;
  }
  CHECK_INT(level, 65);
  CHECK_INT(ad_graph_verify(inner), AD_OK);
  const char *text = ad_graph_text(inner);
  ad_graph *again = ad_graph_parse(c, text, strlen(text));
  CHECK_STR(ad_graph_text(again), text);
  end();
}

TEST(modules_hold_graphs_by_name) {
  begin();
  ad_module *m = ad_module_new(c);
  ad_graph *f = ad_graph_new(c, "f"), *g = ad_graph_new(c, "g"), *f2 = ad_graph_new(c, "f");
  ad_graph_result(g, ad_graph_param_text(g, "x", "bool[]"));
  CHECK_INT(ad_module_add(m, f), AD_OK);
  CHECK_INT(ad_module_add(m, g), AD_OK);
  ad_graph_free(g);
  CHECK_INT(ad_module_count(m), 2);
  CHECK(ad_module_find(m, "g") == g && ad_module_at(m, 0) == f && !ad_module_find(m, "h") && !ad_module_at(m, 2));
  CHECK_STR(ad_module_text(m), "graph f() {\n  return\n}\n\ngraph g(x: bool[]) -> bool[] {\n  return x\n}\n");
  ad_module *again = ad_module_parse(c, ad_module_text(m), strlen(ad_module_text(m)));
  CHECK_STR(ad_module_text(again), ad_module_text(m));
  CHECK_INT(ad_module_add(m, f2), AD_E_KEY);
  CHECK_STR_HAS(ad_module_error_text(m), "the name f is taken");
  ad_module_free(again);
  ad_module_free(NULL);
  end();
}

CHECK_MAIN(CASE(ops_on_nodes_of_a_graph_make_nodes_of_it), CASE(promotion_inserts_casts), CASE(a_failed_node_leaves_nothing_behind),
           CASE(tuples_and_records), CASE(what_is_refused), CASE(a_trace_is_the_expression),
           CASE(a_call_computes_what_the_expression_does), CASE(symbols_take_the_dims_of_arguments),
           CASE(a_long_graph_needs_no_stack), CASE(regions_are_attributes), CASE(regions_have_a_deepest_level),
           CASE(modules_hold_graphs_by_name))
