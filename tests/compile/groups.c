/* Groups: what is computed together, and that its bits are those of the ops one by one, for every dtype, layout and thread count. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "../check.h"
#include "compile/variant.h"
#include "same_bits.h"

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }

static const ad_sum_opts rows = {.axes = {true, 1, (int64_t[]){-1}}, .keepdims = true};
#define MAX_ROWS(x) ad_max(x, &(ad_max_opts){.axes = AD_AXES(-1), .keepdims = true})
#define MEAN_ROWS(x) ad_mean(x, &(ad_mean_opts){.axes = AD_AXES(-1), .keepdims = true})

static ad_array *divided(ad_array *e) { return ad_divide(e, ad_sum(e, &rows)); }
FUNCTION(softmax, divided(ad_exp(ad_subtract(in[0], MAX_ROWS(in[0])))))

static ad_array *normed(ad_ctx *c, ad_array *x, ad_array *weight, ad_array *bias) {
  ad_array *d = ad_subtract(x, MEAN_ROWS(x));
  ad_array *scale = ad_rsqrt(ad_add(MEAN_ROWS(ad_square(d)), ad_number(c, 1e-5)));
  return ad_add(ad_multiply(ad_multiply(d, scale), weight), bias);
}
FUNCTION(layer_norm, normed(c, in[0], ad_index(in[1], AD_AT(0)), ad_index(in[1], AD_AT(1))))
FUNCTION(rms_norm, ad_multiply(in[0], ad_rsqrt(ad_mean(ad_square(in[0]), &(ad_mean_opts){.axes = AD_AXES(-1), .keepdims = true}))))
FUNCTION(log_sum_exp, ad_add(MAX_ROWS(in[0]), ad_log(ad_sum(ad_exp(ad_subtract(in[0], MAX_ROWS(in[0]))), &rows))))
FUNCTION(two_axes, ad_subtract(in[0], ad_sum(ad_multiply(in[0], ad_number(c, 2)), &(ad_sum_opts){.axes = AD_AXES(1, 2), .keepdims = true})))
FUNCTION(sums, ad_sum(ad_multiply(in[0], ad_tanh(in[0])), &(ad_sum_opts){.axes = AD_AXES(-1)}))
FUNCTION(columns, ad_subtract(in[0], ad_sum(ad_exp(in[0]), &(ad_sum_opts){.axes = AD_AXES(0), .keepdims = true})))
FUNCTION(both_ways, ad_add(ad_subtract(in[0], ad_sum(in[0], &(ad_sum_opts){.axes = AD_AXES(-2), .keepdims = true})), ad_sum(ad_exp(in[0]), &rows)))
FUNCTION(two_results, ad_tuple(c, ((ad_array *[]){ad_exp(ad_subtract(in[0], MAX_ROWS(in[0]))), ad_sum(ad_abs(in[0]), &rows), ad_negative(MAX_ROWS(in[0]))}), 3))

static const struct { const char *name; ad_function f; } functions[] = {
    {"softmax", softmax}, {"layer_norm", layer_norm}, {"rms_norm", rms_norm}, {"log_sum_exp", log_sum_exp}, {"two_axes", two_axes},
    {"sums", sums}, {"columns", columns}, {"both_ways", both_ways}, {"two_results", two_results},
};

TEST(bits_over_rows) {
  static const int64_t shapes[][3] = {{2, 3, 4}, {1, 5, 1}, {3, 1, 7}, {2, 9, 100}, {1, 3, 4096}, {2, 2, 5000}, {16, 33, 65}, {0, 2, 3}, {2, 3, 0}, {5, 7, 128}, {2, 3, 256}, {1, 3, 384}};
  static const ad_dtype dtypes[] = {AD_FLOAT32, AD_FLOAT64, AD_FLOAT16, AD_BFLOAT16};
  for (int threads = 1; threads < 4; threads += 2) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads});
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
      for (size_t d = 0; d < 4; d++)
        for (size_t k = 0; k < sizeof functions / sizeof *functions; k++) {
          ad_scope *scope = ad_scope_begin(c);
          bool folds_none = shapes[s][2] == 0 || (shapes[s][0] == 0 && functions[k].f == columns); /* max of nothing is refused */
          ad_array *in[] = {numbers(c, dtypes[d], AD_SHAPE(shapes[s][0], shapes[s][1], shapes[s][2])), numbers(c, dtypes[d], AD_SHAPE(2, shapes[s][2]))};
          ad_fn *f = ad_fn_new(c, functions[k].f, 2, NULL);
          if (!folds_none) same_bits(functions[k].name, ad_call_list(ad_compile(f, NULL), in, 2), ad_call_list(f, in, 2));
          ad_scope_end(scope, NULL);
        }
    ad_ctx_free(c);
  }
}

/* Results that are written past the cache, and operands in any layout. */
TEST(large_rows) {
  for (int threads = 1; threads < 3; threads++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads});
    ad_array *x = numbers(c, AD_FLOAT32, AD_SHAPE(2, 900, 701)), *w = numbers(c, AD_FLOAT32, AD_SHAPE(2, 701));
    ad_array *turned = ad_transpose(numbers(c, AD_FLOAT32, AD_SHAPE(701, 900, 2)), NULL);
    for (size_t k = 0; k < 4; k++) {
      ad_fn *f = ad_fn_new(c, functions[k].f, 2, NULL), *g = ad_compile(f, NULL);
      same_bits(functions[k].name, ad_call(g, x, w), ad_call(f, x, w));
      same_bits(functions[k].name, ad_call(g, turned, w), ad_call(f, turned, w));
    }
    ad_ctx_free(c);
  }
}

TEST(one_pass_over_each_row) {
  ad_ctx *c = ad_ctx_new(NULL);
  static const struct { ad_function f; int steps, groups; } expected[] = {
      {softmax, 1, 1}, {rms_norm, 1, 1}, {log_sum_exp, 1, 1}, {sums, 1, 1}, {two_axes, 1, 1}, {two_results, 2, 2},
  };
  ad_array *in[] = {numbers(c, AD_FLOAT32, AD_SHAPE(4, 6, 8)), numbers(c, AD_FLOAT32, AD_SHAPE(2, 8))};
  for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
    ad_fn *g = ad_compile(ad_fn_new(c, expected[k].f, 2, NULL), NULL);
    ad_eval(ad_call_list(g, in, 2));
    ad_compile_stats s = ad_compiled_stats(g);
    if ((int)s.steps != expected[k].steps || (int)s.groups != expected[k].groups) CHECK_FAIL("function %zu:\n%s", k, ad_compiled_report(g, "plan"));
    CHECK_INT(s.arena_bytes, 0);
  }
  /* Views of the weights, and the norm. */
  ad_fn *g = ad_compile(ad_fn_new(c, layer_norm, 2, NULL), NULL);
  ad_eval(ad_call_list(g, in, 2));
  CHECK_INT(ad_compiled_stats(g).groups, 1);
  ad_ctx_free(c);
}

/* ---- Chains ---- */

static ad_array *chain(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *y = in[0];
  for (int i = 0; i < *(int *)user; i++) {
    y = i % 3 == 0 ? ad_multiply(y, ad_number(c, 0.75)) : i % 3 == 1 ? ad_add(y, in[i % 4]) : ad_tanh(y);
    if (i % 17 == 16) y = ad_where(ad_less(y, in[1]), y, ad_cast(ad_cast(y, AD_INT32), AD_FLOAT32));
  }
  return y;
}

TEST(long_chains_are_cut) {
  ad_ctx *c = ad_ctx_new(NULL);
  int length = 500;
  ad_array *in[4];
  for (int i = 0; i < 4; i++) in[i] = numbers(c, AD_FLOAT32, AD_SHAPE(i == 3 ? 1 : 30, i == 2 ? 1 : 40));
  ad_fn *f = ad_fn_new(c, chain, 4, &length), *g = ad_compile(f, NULL);
  same_bits("chain", ad_call_list(g, in, 4), ad_call_list(f, in, 4));
  CHECK(ad_compiled_stats(g).steps < 20);
  CHECK(ad_compiled_stats(g).steps > 5);
  CHECK_STR_HAS(ad_compiled_report(g, "fusion"), "too many ops or operands");
  ad_ctx_free(c);
}

/* What only one node takes waits for it: the decayed average is no step before the gradient's. */
FUNCTION(average, ad_add(ad_multiply(in[1], ad_number(c, 0.9)),
                         ad_subtract(in[0], ad_sum(ad_exp(in[0]), &(ad_sum_opts){.axes = AD_AXES(0), .keepdims = true}))))

TEST(a_group_waits_for_its_only_taker) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *in[] = {numbers(c, AD_FLOAT32, AD_SHAPE(8, 8)), numbers(c, AD_FLOAT32, AD_SHAPE(8, 8))};
  ad_fn *f = ad_fn_new(c, average, 2, NULL), *g = ad_compile(f, NULL);
  same_bits("average", ad_call_list(g, in, 2), ad_call_list(f, in, 2));
  CHECK_INT(ad_compiled_stats(g).steps, 3);
  CHECK_INT(ad_compiled_stats(g).groups, 1);
  ad_ctx_free(c);
}

/* A value that leaves a group by way of another step and comes back to it would make a circle. */
FUNCTION(around, ad_add(ad_multiply(ad_exp(in[0]), ad_number(c, 2)), ad_matmul(ad_exp(in[0]), in[1], NULL)))

TEST(no_group_waits_for_itself) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *in[] = {numbers(c, AD_FLOAT32, AD_SHAPE(8, 8)), numbers(c, AD_FLOAT32, AD_SHAPE(8, 8))};
  ad_fn *f = ad_fn_new(c, around, 2, NULL), *g = ad_compile(f, NULL);
  same_bits("around", ad_call_list(g, in, 2), ad_call_list(f, in, 2));
  CHECK_INT(ad_compiled_stats(g).steps, 3);
  CHECK_STR_HAS(ad_compiled_report(g, "fusion"), "what takes it is no elementwise op");
  ad_ctx_free(c);
}

/* A group as a graph computes what the group does, and can be printed as C. */
TEST(a_group_as_a_graph) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = numbers(c, AD_FLOAT32, AD_SHAPE(5, 9));
  ad_fn *f = ad_fn_new(c, softmax, 1, NULL), *g = ad_compile(f, NULL);
  ad_array *want = ad_call(g, x);
  const ad_plan *p = ad__compiled_data(g)->variants->unit->plan;
  ad_graph *group = ad__group_graph(p, &p->grouping.groups[0]);
  CHECK_INT(ad_graph_verify(group), AD_OK);
  same_bits("group", ad_graph_call(group, &x, 1), want);
  const char *source = NULL;
  CHECK_INT(ad_emit(group, "c", NULL, &source), AD_OK);
  ad_graph_free(group);
  ad_ctx_free(c);
}

/* Random graphs of elementwise ops, reductions, products and views. */
typedef struct random_graph {
  unsigned seed;
  int nodes;
} random_graph;

static unsigned draw(unsigned *seed, unsigned below) {
  *seed = *seed * 1103515245u + 12345u;
  return (*seed >> 16) % below;
}

static ad_array *grown(ad_ctx *c, ad_array *const *in, void *user) {
  const random_graph *r = user;
  unsigned seed = r->seed;
  ad_array *all[80] = {in[0], in[1]}, *last[4];
  int n = 2;
  while (n < r->nodes) {
    ad_array *x = all[draw(&seed, (unsigned)n)], *y = all[draw(&seed, (unsigned)n)];
    switch (draw(&seed, 12)) {
    case 0: x = ad_add(x, y); break;
    case 1: x = ad_multiply(x, ad_tanh(y)); break;
    case 2: x = ad_exp(ad_negative(ad_abs(x))); break;
    case 3: x = ad_subtract(x, MAX_ROWS(x)); break;
    case 4: x = ad_multiply(y, ad_sum(x, &rows)); break;
    case 5: x = ad_add(MEAN_ROWS(x), MEAN_ROWS(y)); break;
    case 6: x = ad_tanh(ad_matmul(ad_broadcast_to(x, AD_SHAPE(12, 12)), ad_broadcast_to(y, AD_SHAPE(12, 12)), NULL)); break;
    case 7: x = ad_transpose(ad_broadcast_to(x, AD_SHAPE(12, 12)), NULL); break;
    case 8: x = ad_maximum(x, ad_sum(y, &(ad_sum_opts){.axes = AD_AXES(0), .keepdims = true})); break;
    case 9: x = ad_where(ad_greater(x, y), x, ad_number(c, 0.5)); break;
    case 10: x = ad_reshape(ad_broadcast_to(x, AD_SHAPE(12, 12)), AD_SHAPE(12, 12, 1)), x = ad_squeeze(x, NULL); break;
    default: x = ad_divide(x, ad_add(ad_square(y), ad_number(c, 1)));
    }
    all[n++] = x;
  }
  for (int i = 0; i < 4; i++) last[i] = all[n - 1 - i * 3];
  return ad_tuple(c, last, 4);
}

TEST(random_graphs) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *in[] = {numbers(c, AD_FLOAT32, AD_SHAPE(12, 12)), numbers(c, AD_FLOAT32, AD_SHAPE(12, 12))};
  for (unsigned seed = 1; seed < 150; seed++) {
    ad_scope *s = ad_scope_begin(c);
    random_graph r = {seed, 12 + (int)(seed % 60)};
    ad_fn *f = ad_fn_new(c, grown, 2, &r), *g = ad_compile(f, NULL);
    char what[32];
    snprintf(what, sizeof what, "seed %u", seed);
    for (int twice = 0; twice < 2; twice++) same_bits(what, ad_call_list(g, in, 2), ad_call_list(f, in, 2));
    ad_compile_stats st = ad_compiled_stats(g);
    if (st.arena_bytes < st.least_bytes) CHECK_FAIL("seed %u: an arena of %llu bytes for %llu", seed, (unsigned long long)st.arena_bytes, (unsigned long long)st.least_bytes);
    ad_scope_end(s, NULL);
  }
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(bits_over_rows), CASE(large_rows), CASE(one_pass_over_each_row), CASE(long_chains_are_cut), CASE(a_group_waits_for_its_only_taker), CASE(no_group_waits_for_itself),
           CASE(a_group_as_a_graph), CASE(random_graphs))
