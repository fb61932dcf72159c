/* The verifier names the first broken invariant: each case breaks one of a sound graph's. */
#include <adamant/adamant.h>

#include "check.h"
#include "ir/ctx.h"
#include "ir/graph.h"
#include "support/region.h"

static const char text[] = "graph f(x: float32[2, 3], k: int32[]) -> (float32[3, 2], float32[2, 3]) {\n"
                           "  a = transpose(x, axes=[1, 0])\n"
                           "  b = exp(x)\n"
                           "  w = constant(float32[2] [1.0, 2.0])\n"
                           "  t = (a, b)\n"
                           "  i = item(t, index=1)\n"
                           "  s = add(b, i)\n"
                           "  r = test_region(x, body=graph g(p: float32[2, 3]) -> float32[2, 3] {\n"
                           "    e = exp(p)\n    return e\n  })\n"
                           "  n = add(x, 2.5)\n"
                           "  return t\n}\n";

static ad_ctx *c;
static ad_graph *g, *other;

static ad_array *node(const char *name) { return ad__graph_find(g, name, strlen(name)); }
static ad_graph *region(void) { return node("r")->attrs->at[0].as.graph; }
static const ad_type *type(const char *dtype, int64_t a, int64_t b) {
  ad_err e;
  return ad__type_tensor(c, ad_dtype_parse(dtype), 2, (const int64_t[]){a, b}, &e);
}

typedef void (*breaker)(void);

static void check_broken(breaker break_it, const char *message) {
  c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_op_register(c, &region_op);
  g = ad_graph_parse(c, text, sizeof text - 1);
  other = ad_graph_parse(c, text, sizeof text - 1);
  CHECK_STR((ad_graph_verify(other), ad_graph_error_text(other)), "");
  break_it();
  CHECK(ad_graph_verify(g) != AD_OK);
  CHECK_STR_HAS(ad_graph_error_text(g), message);
  ad_ctx_free(c);
}

/* One invariant each; what is written stays harmless when the graph is freed. */
static void other_input(void) { node("b")->in[0] = ad_graph_param_at(other, 0); }
static void later_input(void) { node("b")->in[0] = node("s"); }
static void own_input(void) { node("b")->in[0] = node("b"); }
static void missing_input(void) { node("b")->in[0] = NULL; }
static void lazy_input(void) { node("b")->in[0] = ad_number_at(NULL, c, 1); }
static void region_input(void) { node("b")->in[0] = ad_graph_param_at(region(), 0); }
static void outer_input(void) { region()->nodes.at[1]->in[0] = ad_graph_param_at(g, 0); }
static void input_count(void) { node("s")->n = 1; }
static void no_op(void) { node("b")->type = NULL; }
static void owner(void) { node("b")->graph = other; }
static void lazy_flag(void) { node("b")->flags = 0; }
static void serial(void) { node("b")->serial = 7; }
static void error_type(void) { node("b")->type = ad__type_error(c); }
static void failed_state(void) { node("b")->state = AD_FAILED; }
static void axis(void) { ((int64_t *)(uintptr_t)node("a")->attrs->at[0].as.ints)[0] = -1; }
static void axis_twice(void) { ((int64_t *)(uintptr_t)node("a")->attrs->at[0].as.ints)[0] = 0; }
static void axis_range(void) { ((int64_t *)(uintptr_t)node("a")->attrs->at[0].as.ints)[0] = 5; }
static void attr_count(void) { node("a")->attrs->count = 0; }
static void no_value(void) { node("w")->value.data = NULL; }
static void wide_value(void) { node("w")->type = type("float32", 100, 100); }
static void symbolic_value(void) { node("w")->type = type("float32", ad_dim_symbol(c, "N"), 2); }
static void no_number(void) { node("w")->flags |= AD_NODE_WEAK; }
static void done_state(void) { node("b")->state = AD_DONE; }
static void not_done(void) { node("w")->state = AD_LAZY; }
static void thawed(void) { region()->frozen = false; }
static void failed_region(void) { ad__graph_fail(region(), AD_E_VALUE, "no"); }
static void deep_region(void) { region()->depth = 1; }
static void deep_graph(void) { g->depth = 2; }
static void region_type(void) { region()->nodes.at[1]->type = type("float32", 3, 3); }
static void lost_param(void) { g->params.count = 1; }
static void mixed_params(void) { g->params.at[0] = g->params.at[1]; }
static void no_name(void) { g->names[0] = NULL; }
static void bad_name(void) { g->names[2] = "3"; }
static void taken_name(void) { g->names[2] = "b"; }
static void lost_name(void) { g->names[3] = NULL; }
static void foreign_result(void) { g->results.at[0] = ad_graph_param_at(other, 0); }
static void shape(void) { node("b")->type = type("float32", 3, 3); }
static void dtype(void) { node("b")->type = type("float64", 2, 3); }
static void uncast(void) { node("s")->in[1] = ad_graph_param_at(g, 1); }
static void clash(void) { node("s")->in[1] = node("a"); }
static void tuple_input(void) { node("s")->in[1] = node("t"); }
static void member(void) { node("t")->in[1] = node("a"); }
static void item_index(void) { node("i")->attrs->at[0].as.i = 2; }
static void item_type(void) { node("i")->attrs->at[0].as.i = 0; }
static void item_of_tensor(void) { node("i")->in[0] = node("a"); }

static const struct { const char *name; breaker break_it; const char *message; } breaks[] = {
    {"other_input", other_input, "node 3 (exp): input 0 is a node of another graph"},
    {"later_input", later_input, "input 0 does not stand before it"},
    {"own_input", own_input, "input 0 does not stand before it"},
    {"missing_input", missing_input, "input 0 is missing"},
    {"lazy_input", lazy_input, "input 0 is no node of a graph"},
    {"region_input", region_input, "input 0 is a node of another graph"},
    {"outer_input", outer_input, "graph g: node 1 (exp): input 0 is a node of another graph; what a region uses from outside"},
    {"input_count", input_count, "node 7 (add): 1 inputs; 2 are right"},
    {"no_op", no_op, "it lacks an op or a type"},
    {"owner", owner, "it is not owned by the graph"},
    {"lazy_flag", lazy_flag, "it is not owned by the graph"},
    {"serial", serial, "its serial is 7"},
    {"error_type", error_type, "it is an error"},
    {"failed_state", failed_state, "it is an error"},
    {"axis", axis, "node 2 (transpose): its attributes are not in canonical form"},
    {"axis_twice", axis_twice, "axes names axis 0 twice"},
    {"axis_range", axis_range, "axes 5; it is out of range"},
    {"attr_count", attr_count, "its attributes are not the op's"},
    {"no_value", no_value, "a constant without a value"},
    {"wide_value", wide_value, "its value is smaller than its type"},
    {"symbolic_value", symbolic_value, "a constant's size must be known"},
    {"no_number", no_number, "a weak number without its number"},
    {"done_state", done_state, "a value where none belongs"},
    {"not_done", not_done, "a value where none belongs, or none where one belongs"},
    {"thawed", thawed, "its region body may still change"},
    {"failed_region", failed_region, "its region body is missing or failed"},
    {"deep_region", deep_region, "its region body is as deep as the graph"},
    {"deep_graph", deep_graph, "its depth is 2; 1 is right"},
    {"region_type", region_type, "graph g: node 1 (exp): its type is float32[3, 3]; float32[2, 3] follows"},
    {"lost_param", lost_param, "a parameter that the graph's list lacks"},
    {"mixed_params", mixed_params, "a parameter that the graph's list lacks"},
    {"no_name", no_name, "a parameter without a name"},
    {"bad_name", bad_name, "a name that is none"},
    {"taken_name", taken_name, "its name b finds another node"},
    {"lost_name", lost_name, "names of nodes that do not exist"},
    {"foreign_result", foreign_result, "result 0 is no node of it"},
    {"shape", shape, "node 3 (exp): its type is float32[3, 3]; float32[2, 3] follows from its inputs"},
    {"dtype", dtype, "its type is float64[2, 3]; float32[2, 3] follows"},
    {"uncast", uncast, "node 7 (add): input 1 is int32; float32 is right"},
    {"clash", clash, "node 7 (add): shapes (2, 3) and (3, 2) do not broadcast"},
    {"tuple_input", tuple_input, "node 7 (add): input 1 is no tensor"},
    {"member", member, "a member is not of the type"},
    {"item_index", item_index, "no such member"},
    {"item_type", item_type, "node 6 (item): its type is float32[2, 3]; float32[3, 2] follows"},
    {"item_of_tensor", item_of_tensor, "no tuple or record"},
};

TEST(the_first_broken_invariant_is_named) {
  for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
    int before = check_state.failures;
    check_broken(breaks[i].break_it, breaks[i].message);
    if (check_state.failures > before) printf("  in the case %s\n", breaks[i].name);
  }
}

CHECK_MAIN(CASE(the_first_broken_invariant_is_named))
