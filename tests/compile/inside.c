/* Looking inside: graphs after passes, plans and their memory, why fusion did not happen, times, NaN, the log. */
#define _POSIX_C_SOURCE 200809L
#include <adamant/adamant.h>
#include <stdlib.h>
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
            "graph compiled(x0: float32[3, 3]) -> float32[3, 3] {\n  v0 = exp(x0)     at \"" __FILE__ ":15\"\n"
            "  v1 = add(v0, v0) at \"" __FILE__ ":15\"\n  return v1\n}\n");
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

/* The op of a group that overwrites what it reads is found too. */
FUNCTION(overwriting, ad_sort(ad_multiply(ad_log(ad_negative(ad_matmul(in[0], in[0], NULL))), ad_number(c, 2)), NULL))
/* One that stays inside a group is nobody's fault, nor is one beside others. */
FUNCTION(healed, ad_where(ad_isnan(ad_log(ad_subtract(in[0], ad_number(c, 2)))), in[0], ad_log(in[0])))
FUNCTION(of_several, ad_item(ad_linalg_eigh(ad_divide(in[0], ad_number(c, 0)), NULL), 1))

FUNCTION(by_a_product, ad_tanh(ad_matmul(ad_divide(in[0], ad_number(c, 0)), ad_subtract(in[0], in[0]), NULL)))

static void first_nan(ad_function function, const char *text) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.debug = "nan"});
  for (int k = 0; k < 2; k++) { /* also where the argument's memory is given up */
    ad_fn *g = ad_compile(ad_fn_new(c, function, 1, NULL), NULL);
    ad_scope *s = ad_scope_begin(c);
    ad_array *y = ad_scope_end(s, ad_call(g, ones(c, 4)));
    CHECK_INT(ad_eval(y), text ? AD_E_VALUE : AD_OK);
    if (text) CHECK_STR_HAS(ad_error_text(y), text);
  }
  ad_ctx_free(c);
}

TEST(every_first_nan) {
  first_nan(makes_nan, "log: a NaN in its result");
  first_nan(overwriting, "log: a NaN in its result");
  first_nan(of_several, "linalg_eigh: a NaN in its result");
  first_nan(by_a_product, "matmul: a NaN in its result");
  first_nan(healed, NULL);
  first_nan(repeated, NULL);
}

/* ---- The log ---- */

typedef struct told {
  char text[1 << 14];
  size_t length;
} told;

static void keep(void *user, ad_log_level level, const char *text) {
  told *t = user;
  int room = (int)(sizeof t->text - t->length), n = snprintf(t->text + t->length, (size_t)room, "%d %s\n", (int)level, text);
  if (n > 0 && n < room) t->length += (size_t)n;
}

/* What is told of two calls of the function, at two shapes. */
static void tell(told *t, const char *debug) {
  *t = (told){.length = 0};
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .log = keep, .user = t, .debug = debug, .native = AD_NATIVE_OFF});
  int n = 2;
  ad_fn *g = ad_compile(ad_fn_new(c, products, 1, &n), NULL);
  for (int64_t k = 8; k < 10; k++) CHECK_INT(ad_eval(ad_call(g, ones(c, k))), AD_OK);
  ad_ctx_free(c);
}

TEST(what_the_log_is_told) {
  static told t;
  unsetenv("AD_DEBUG");
  tell(&t, NULL);
  CHECK_STR(t.text, "");
  tell(&t, "recompile");
  CHECK_STR_HAS(t.text, "0 recompile: trace 1 at " __FILE__ ":");
  CHECK_STR_HAS(t.text, "the first call\n0 recompile: trace 2 at ");
  CHECK_STR_HAS(t.text, "argument 0 is float32[9, 9] and was float32[8, 8]");
  CHECK(!strstr(t.text, "memory: "));
  tell(&t, "passes,memory,");
  CHECK_STR_HAS(t.text, "0 passes: trace: graph compiled(");
  CHECK_STR_HAS(t.text, "0 passes: share:   v0 = tanh(matmul(");
  CHECK_STR_HAS(t.text, "0 memory: 4 steps; intermediates need ");
  CHECK_STR_HAS(t.text, "0 memory: live at step ");
  tell(&t, "fusion");
  CHECK_STR_HAS(t.text, "0 fusion: step 0: ");
  CHECK_STR_HAS(t.text, "what makes it is no elementwise op");
  setenv("AD_DEBUG", "fusion", 1);
  tell(&t, NULL);
  CHECK_STR_HAS(t.text, "0 fusion: ");
  tell(&t, "memory"); /* options win */
  CHECK(!strstr(t.text, "fusion: "));
  setenv("AD_DEBUG", "memory,fusions", 1);
  ad_ctx *c = ad_ctx_new(NULL);
  CHECK_INT(ad_ctx_status(c), AD_E_VALUE);
  CHECK_STR(ad_ctx_error_text(c), "context: AD_DEBUG has \"fusions\"; passes, fusion, recompile, nan and memory with commas between them are right");
  ad_ctx_free(c);
  unsetenv("AD_DEBUG");
}

CHECK_MAIN(CASE(graphs_after_passes), CASE(intermediates_take_turns), CASE(the_arena_is_near_its_bound), CASE(times_of_steps), CASE(the_first_nan),
           CASE(every_first_nan), CASE(what_the_log_is_told))
