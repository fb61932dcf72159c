/* Random graphs of every op: printing, reading and printing again is the identity, and the graph read has the same nodes. */
#include <adamant/adamant.h>

#include <stdlib.h>
#include "check.h"
#include "ir/ctx.h"
#include "ir/dim.h"
#include "ir/graph.h"
#include "ops/text.h"
#include "support/region.h"

static uint64_t state;
static unsigned below(unsigned n) {
  state = state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX generator */
  return (unsigned)(state >> 33) % n;
}

static const char *const places[] = {NULL, NULL, NULL, "a.c:1", "a.c:2", "odd \"place\"\n\x01\xff"};

static void add_params(ad_graph *g) {
  static const char *const types[] = {"float32[2, 3]", "float32[3]", "float32[]", "int32[2, 3]", "bool[2, 3]", "float32[N, 3]",
                                      "float16[3]", "complex64[2, 1]", "int8[3]", "uint32[0, 3]", "(float32[3], {a: bool[]})",
                                      "float64[2*N + 1, M // 2]"};
  char name[24];
  int n = 1 + (int)below(4);
  for (int i = 0; i < n; i++) {
    ad__format(name, sizeof name, below(4) ? "x%d" : "v%d", i);
    ad_graph_param_text(g, name, types[below(sizeof types / sizeof *types)]);
  }
}

static ad_array *some_value(ad_ctx *c, ad_graph *g) {
  static const float v[6] = {1, -2, 0.5f, 1e-30f, 3, 4};
  switch (below(10)) {
  case 0: return ad_number_at(NULL, c, (double)below(100) / 8);
  case 1: return ad_number_int_at(NULL, c, (int64_t)below(100) - 50);
  case 2: return below(2) ? ad_number_bool_at(NULL, c, below(2)) : ad_number_complex_at(NULL, c, below(9), -0.0);
  case 3: return ad_array_new_at(NULL, c, AD_FLOAT32, below(2) ? AD_SHAPE(2, 3) : AD_SHAPE(3), v);
  default: return ad_graph_node_at(g, (int)below((unsigned)ad_graph_node_count(g)));
  }
}

/* An inner graph of a node or two, itself perhaps with a region. */
static ad_graph *random_graph(ad_ctx *c, int nodes, int level);

static ad_array *random_region(ad_ctx *c, ad_graph *g, int level) {
  ad_graph *body = random_graph(c, 3, level + 1), *other = below(2) ? random_graph(c, 1, level + 1) : NULL;
  ad_attr at[2] = {ad_attr_graph(body), ad_attr_graph(other)};
  ad_array *in[2] = {ad_graph_node_at(g, 0), some_value(c, g)};
  ad_array *a = ad_graph_add_at(places[below(6)], g, &region_op, in, 1 + (int)below(2), at);
  ad_graph_free(body);
  ad_graph_free(other);
  return a;
}

static ad_array *random_op(ad_ctx *c, ad_graph *g) {
  const ad_op *op = ad_op_at((int)below((unsigned)ad_op_count()));
  if (op->flags & AD_OP_HIDDEN) return NULL;
  ad_array *in[8];
  ad_attr at[24] = {{0}};
  ad_arena storage;
  ad_err e;
  int n = op->inputs == AD_INPUTS_ANY ? 1 + (int)below(4) : op->inputs, samples = 0;
  for (int i = 0; i < n; i++) in[i] = i >= n - op->optional && below(2) ? NULL : some_value(c, g);
  while (op->samples && op->samples[samples].inputs) samples++;
  const char *attrs = samples ? op->samples[below((unsigned)samples)].attrs : "";
  ad__arena_init(&storage, &c->mem);
  ad_array *a = NULL;
  if (!ad__text_read_attrs(c, op, attrs, strlen(attrs), at, &storage, &e))
    a = ad_graph_add_at(places[below(6)], g, op, in, n, at);
  ad__arena_free(&storage);
  return a;
}

static ad_array *random_node(ad_ctx *c, ad_graph *g, int level) {
  ad_array *in[3] = {some_value(c, g), some_value(c, g), some_value(c, g)};
  switch (below(12)) {
  case 0: return ad_tuple_at(NULL, c, (ad_array *const[]){ad_graph_node_at(g, 0), in[1], in[2]}, 1 + (int)below(3));
  case 1: return ad_record_at(NULL, c, (const char *const[]){"a", "b c"}, (ad_array *const[]){ad_graph_node_at(g, 0), in[1]}, 2);
  case 2: return ad_item_at(NULL, in[0], 0);
  case 3: return level < 3 ? random_region(c, g, level) : NULL;
  default: return random_op(c, g);
  }
}

static ad_graph *random_graph(ad_ctx *c, int nodes, int level) {
  ad_graph *g = ad_graph_new(c, level ? "inner" : "outer");
  add_params(g);
  char name[24];
  for (int i = 0; i < nodes; i++) {
    ad_array *a = random_node(c, g, level);
    if (!a || ad_is_error(a) || below(3)) continue;
    ad__format(name, sizeof name, below(2) ? "n%d" : "v%d", i);
    ad_graph_set_name(g, a, name);
  }
  for (int i = (int)below(4); i > 0; i--) ad_graph_result(g, ad_graph_node_at(g, (int)below((unsigned)ad_graph_node_count(g))));
  CHECK_STR(ad_graph_error_text(g), "");
  return g;
}

/* ---- Sameness ---- */

static bool is_literal(const ad_array *a) { return (a->flags & AD_NODE_CONST) && (a->flags & AD_NODE_WEAK); }

static const ad_array *next_node(const ad_graph *g, int *i) {
  while (*i < ad_graph_node_count(g) && is_literal(ad_graph_node_at(g, *i))) ++*i;
  return ad_graph_node_at(g, (*i)++);
}

/* Weak numbers may stand elsewhere; everything else is the same in the same order. */
static void check_same_nodes(const ad_graph *g, const ad_graph *h) {
  int i = 0, k = 0;
  for (;;) {
    const ad_array *a = next_node(g, &i), *b = next_node(h, &k);
    if (!a || !b) {
      CHECK(a == b);
      return;
    }
    CHECK(a->op == b->op && a->type == b->type && a->n == b->n);
    if (!(a->flags & AD_NODE_CONST)) CHECK_STR(b->where ? b->where : "", a->where ? a->where : "");
    bool regions = a->op == &region_op, constant = a->flags & AD_NODE_CONST;
    if (a->op == b->op && a->attrs && !regions && !constant) CHECK(ad__attrs_equal(a->op, a->attrs->at, b->attrs->at));
    if (regions) check_same_nodes(a->attrs->at[0].as.graph, b->attrs->at[0].as.graph);
  }
}

static void check_identity(ad_ctx *c, ad_graph *g) {
  CHECK_STR((ad_graph_verify(g), ad_graph_error_text(g)), "");
  const char *text = ad_graph_text(g);
  ad_graph *h = ad_graph_parse(c, text, strlen(text));
  CHECK_STR(ad_graph_text(h), text);
  CHECK_STR((ad_graph_verify(h), ad_graph_error_text(h)), "");
  if (!ad_graph_status(h)) check_same_nodes(g, h);
}

TEST(printing_reading_printing_is_the_identity) {
  int nodes = 0;
  for (int i = 0; i < 1500 && check_state.failures < 5; i++) {
    state = (uint64_t)i;
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
    ad_op_register(c, &region_op);
    ad_scope *s = ad_scope_begin(c);
    ad_graph *g = random_graph(c, 1 + (int)below(30), 0);
    nodes += ad_graph_node_count(g);
    check_identity(c, g);
    ad_scope_end(s, NULL);
    CHECK_INT(ad_ctx_live_arrays(c), 0);
    ad_ctx_free(c);
  }
  CHECK(nodes > 10000);
}

CHECK_MAIN(CASE(printing_reading_printing_is_the_identity))
