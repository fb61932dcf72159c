/* Looking inside: graphs after passes, plans and their memory, why fusion did not happen, times, NaN. */
#include <adamant/adamant.h>
#include "../check.h"

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }

static ad_array *ones(ad_ctx *c, int64_t n) { return ad_ones(c, AD_SHAPE(n, n), NULL); }

FUNCTION(repeated, ad_add(ad_multiply(ad_exp(in[0]), ad_number(c, 1)), ad_transpose(ad_transpose(ad_negative(ad_negative(ad_exp(in[0]))), NULL), NULL)))

TEST(graphs_after_passes) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *g = ad_compile(ad_fn_new(c, repeated, 1, NULL), NULL);
  CHECK_STR(ad_compiled_report(g, "trace"), "not called yet");
  ad_array *y = ad_call(g, ones(c, 3));
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK_STR_HAS(ad_compiled_report(g, "trace"), "multiply(exp(x0), 1.0)");
  CHECK_STR_HAS(ad_compiled_report(g, "trace"), "transpose(");
  CHECK(!strstr(ad_compiled_report(g, "sink"), "multiply("));
  CHECK(!strstr(ad_compiled_report(g, "sink"), "negative("));
  CHECK(!strstr(ad_compiled_report(g, "share"), "transpose("));
  CHECK_STR(ad_compiled_report(g, "prune"),
            "graph compiled(x0: float32[3, 3]) -> float32[3, 3] {\n  v0 = exp(x0)     at \"" __FILE__ ":13\"\n"
            "  v1 = add(v0, v0) at \"" __FILE__ ":13\"\n  return v1\n}\n");
  CHECK_STR_HAS(ad_compiled_report(g, "nonsense"), "a pass, plan, fusion, native, recompiles, profile or chrome is right");
  CHECK_STR(ad_compiled_report(ad_fn_new(c, repeated, 1, NULL), "plan"), "not a compiled function");
  CHECK_INT(ad_compiled_stats(ad_fn_new(c, repeated, 1, NULL)).calls, 0);
  ad_ctx_free(c);
}

/* ---- Memory ---- */

static ad_array *products(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *y = in[0];
  (void)c;
  for (int i = 0; i < *(int *)user; i++) y = ad_tanh(ad_matmul(y, in[0], NULL));
  return ad_sum(y, NULL);
}

TEST(intermediates_take_turns) {
  ad_ctx *c = ad_ctx_new(NULL);
  int n = 10;
  ad_fn *f = ad_fn_new(c, products, 1, &n), *g = ad_compile(f, NULL);
  ad_eval(ad_call(g, ones(c, 32)));
  ad_compile_stats s = ad_compiled_stats(g);
  CHECK_INT(s.steps, 20);
  CHECK_INT(s.arena_bytes, 2 * 32 * 32 * 4); /* tanh overwrites what it reads */
  CHECK_INT(s.least_bytes, s.arena_bytes);
  CHECK_STR_HAS(ad_compiled_report(g, "plan"), "intermediates need 8192 bytes");
  CHECK_STR_HAS(ad_compiled_report(g, "fusion"), "what makes it is no elementwise op");
  ad_fn *h = ad_compile(f, &(ad_compile_opts){.unfused = true});
  ad_eval(ad_call(h, ones(c, 32)));
  CHECK_INT(ad_compiled_stats(h).groups, 0);
  CHECK_INT(ad_compiled_stats(h).steps, 21);
  ad_ctx_free(c);
}

/* Sizes that come and go in no order: the arena stays near what is live. */
static ad_array *sizes(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *kept[8], *sum = ad_number(c, 0);
  (void)user;
  for (int i = 0; i < 60; i++) {
    int64_t n = 8 + i * 37 % 50;
    ad_array *a = ad_matmul(ad_broadcast_to(in[0], AD_SHAPE(n, 8)), ad_broadcast_to(ad_transpose(in[0], NULL), AD_SHAPE(8, n)), NULL);
    if (i >= 8) sum = ad_add(sum, ad_sum(ad_cumsum(kept[i % 8], &(ad_cumsum_opts){.axis = AD_INT(0)}), NULL));
    kept[i % 8] = a;
  }
  return sum;
}

TEST(the_arena_is_near_its_bound) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = ad_fn_new(c, sizes, 1, NULL), *g = ad_compile(f, NULL);
  ad_array *x = ad_ones(c, AD_SHAPE(1, 8), NULL), *y = ad_call(g, x), *z = ad_call(f, x);
  float a = 0, b = 1;
  CHECK_INT(ad_read(y, &a, sizeof a), AD_OK);
  CHECK_INT(ad_read(z, &b, sizeof b), AD_OK);
  CHECK_MEM(&a, &b, sizeof a);
  ad_compile_stats s = ad_compiled_stats(g);
  CHECK(s.least_bytes > 0);
  CHECK(s.arena_bytes >= s.least_bytes);
  if ((double)s.least_bytes < 0.75 * (double)s.arena_bytes)
    CHECK_FAIL("an arena of %llu bytes for %llu", (unsigned long long)s.arena_bytes, (unsigned long long)s.least_bytes);
  ad_ctx_free(c);
}

/* ---- Times ---- */

TEST(times_of_steps) {
  ad_ctx *c = ad_ctx_new(NULL);
  int n = 3;
  ad_fn *g = ad_compile(ad_fn_new(c, products, 1, &n), NULL);
  CHECK_INT(ad_compiled_profile(g, true), AD_E_VALUE);
  ad_eval(ad_call(g, ones(c, 32)));
  CHECK_STR_HAS(ad_compiled_report(g, "profile"), "no times");
  CHECK_INT(ad_compiled_profile(g, true), AD_OK);
  for (int i = 0; i < 3; i++) ad_eval(ad_call(g, ones(c, 32)));
  CHECK_INT(ad_compiled_profile(g, false), AD_OK);
  const char *p = ad_compiled_report(g, "profile");
  CHECK_STR_HAS(p, "step 5: ");
  CHECK_STR_HAS(p, "matmul at " __FILE__ ":");
  CHECK_STR_HAS(p, "65536 flops, 12288 bytes");
  const char *j = ad_compiled_report(g, "chrome");
  CHECK_STR_HAS(j, "{\"traceEvents\": [");
  CHECK_STR_HAS(j, "\"name\": \"tanh sum\", \"ph\": \"X\"");
  ad_ctx_free(c);
}

/* ---- NaN ---- */

FUNCTION(makes_nan, ad_sum(ad_multiply(ad_log(ad_subtract(in[0], ad_number(c, 2))), ad_number(c, 2)), NULL))

TEST(the_first_nan) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *g = ad_compile(ad_fn_new(c, makes_nan, 1, NULL), NULL);
  ad_array *y = ad_call(g, ones(c, 4));
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK_INT(ad_compiled_find_nan(g, true), AD_OK);
  y = ad_call(g, ones(c, 4));
  CHECK_INT(ad_eval(y), AD_E_VALUE);
  CHECK_STR_HAS(ad_error_text(y), "log: a NaN in its result, though none of its operands has one");
  CHECK_STR_HAS(ad_error_text(y), __FILE__ ":");
  y = ad_call(g, ad_full(ad_number(c, 3), AD_SHAPE(4, 4), NULL));
  CHECK_INT(ad_eval(y), AD_OK);
  /* One that comes in is nobody's fault here. */
  y = ad_call(g, ad_full(ad_number(c, NAN), AD_SHAPE(4, 4), NULL));
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK_INT(ad_compiled_find_nan(g, false), AD_OK);
  y = ad_call(g, ones(c, 4));
  CHECK_INT(ad_eval(y), AD_OK);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(graphs_after_passes), CASE(intermediates_take_turns), CASE(the_arena_is_near_its_bound), CASE(times_of_steps), CASE(the_first_nan))
