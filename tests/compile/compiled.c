/* Compiled functions: values and bits, keys, captures, state, random numbers, nesting, errors. */
#include <adamant/adamant.h>
#include <stdlib.h>
#include "../check.h"

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }
#define FN(name, inputs) ad_fn_new(c, name, inputs, NULL)

static ad_array *filled(ad_ctx *c, ad_dtype dtype, ad_shape shape) {
  int64_t n = 1;
  float v[4096];
  for (int i = 0; i < shape.rank; i++) n *= shape.dims[i];
  for (int64_t i = 0; i < n; i++) v[i] = (float)((i * 37 % 101) - 50) / 16;
  return ad_cast(ad_array_new(c, AD_FLOAT32, shape, v), dtype);
}

static size_t bytes_of(const ad_array *a) { return (size_t)ad_array_size(a) * ad_dtype_size(ad_array_dtype(a)); }

/* Both trees have the same bits. */
static void same_bits(ad_array *a, ad_array *b) {
  CHECK_STR(ad_error_text(a), "");
  CHECK_STR(ad_error_text(b), "");
  CHECK_INT(ad_item_count(a), ad_item_count(b));
  for (int i = 0; i < ad_item_count(a); i++) same_bits(ad_item(a, i), ad_item(b, i));
  if (ad_item_count(a) || ad_is_error(a) || ad_is_error(b)) return;
  CHECK_INT(ad_array_dtype(a), ad_array_dtype(b));
  CHECK_INT(ad_array_size(a), ad_array_size(b));
  const void *p = ad_data(a), *q = ad_data(b);
  CHECK_STR(ad_error_text(a), "");
  if (p && q && bytes_of(a) == bytes_of(b)) CHECK_MEM(p, q, bytes_of(a));
}

FUNCTION(sum4, ad_add(ad_add(ad_add(in[0], in[1]), in[2]), in[3]))
FUNCTION(gelu5, ad_multiply(ad_multiply(in[0], ad_number(c, 0.5)), ad_add(ad_erf(ad_divide(in[0], ad_number(c, 1.4142135623730951))), ad_number(c, 1))))
FUNCTION(mixed, ad_tuple(c, ((ad_array *[]){ad_add(ad_matmul(in[0], in[1], NULL), ad_sum(in[0], NULL)), ad_transpose(ad_exp(in[0]), NULL), in[1],
                                            ad_reshape(ad_sin(in[1]), AD_SHAPE(-1))}), 4))
FUNCTION(soft, ad_softmax(ad_matmul(in[0], ad_tanh(in[1]), NULL), NULL))
FUNCTION(compared, ad_where(ad_greater(in[0], ad_number(c, 0)), ad_sqrt(ad_abs(in[0])), ad_cast(ad_floor(in[0]), AD_FLOAT32)))
FUNCTION(loss, ad_mean(ad_square(ad_subtract(ad_tanh(ad_matmul(in[0], in[1], NULL)), ad_number(c, 0.25))), NULL))

TEST(bits_are_those_of_the_function) {
  static const struct { ad_function f; int inputs; } functions[] = {{gelu5, 1}, {mixed, 2}, {soft, 2}, {compared, 1}, {loss, 2}};
  static const ad_dtype dtypes[] = {AD_FLOAT32, AD_FLOAT64, AD_FLOAT16, AD_BFLOAT16};
  ad_ctx *c = ad_ctx_new(NULL);
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    for (size_t k = 0; k < 4; k++) {
      ad_array *x[] = {filled(c, dtypes[k], AD_SHAPE(32, 32)), filled(c, dtypes[k], AD_SHAPE(32, 32))};
      ad_fn *f = ad_fn_new(c, functions[i].f, functions[i].inputs, NULL), *g = ad_compile(f, NULL);
      for (int twice = 0; twice < 2; twice++)
        same_bits(ad_call_list(g, x, functions[i].inputs), ad_call_list(f, x, functions[i].inputs));
      CHECK_INT(ad_compiled_stats(g).traces, 1);
      CHECK_INT(ad_compiled_stats(g).calls, 2);
    }
  ad_ctx_free(c);
}

TEST(large_and_broadcast) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  ad_array *x = ad_random_normal(c, NULL, NULL, NULL, AD_SHAPE(3, 700, 1000), NULL), *row = ad_random_normal(c, NULL, NULL, NULL, AD_SHAPE(1000), NULL);
  ad_array *column = ad_random_normal(c, NULL, NULL, NULL, AD_SHAPE(700, 1), NULL), *turned = ad_transpose(ad_random_normal(c, NULL, NULL, NULL, AD_SHAPE(1000, 700), NULL), NULL);
  ad_fn *f = FN(sum4, 4), *g = ad_compile(f, NULL);
  same_bits(ad_call(g, x, row, column, turned), ad_call(f, x, row, column, turned));
  ad_fn *h = ad_compile(FN(gelu5, 1), NULL);
  same_bits(ad_call(h, x), ad_call(FN(gelu5, 1), x));
  CHECK_INT(ad_compiled_stats(h).groups, 1);
  CHECK_INT(ad_compiled_stats(h).steps, 1);
  CHECK_INT(ad_compiled_stats(h).arena_bytes, 0);
  ad_ctx_free(c);
}

TEST(a_new_key_traces_anew) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *g = ad_compile(FN(gelu5, 1), NULL);
  ad_array *a = filled(c, AD_FLOAT32, AD_SHAPE(4, 5)), *b = filled(c, AD_FLOAT32, AD_SHAPE(3)), *d = filled(c, AD_FLOAT64, AD_SHAPE(3));
  ad_call(g, a), ad_call(g, b), ad_call(g, d), ad_call(g, a), ad_call(g, b);
  CHECK_INT(ad_compiled_stats(g).traces, 3);
  CHECK_INT(ad_compiled_stats(g).calls, 5);
  CHECK_STR_HAS(ad_compiled_report(g, "recompiles"), "the first call");
  CHECK_STR_HAS(ad_compiled_report(g, "recompiles"), "argument 0 is float32[3] and was float32[4, 5]");
  CHECK_STR_HAS(ad_compiled_report(g, "recompiles"), "argument 0 is float64[3] and was float32[3]");
  ad_ctx_free(c);
}

/* Which trace a call used, as the function and its caller see it. */
typedef struct traces {
  ad_fn *compiled;
  uint64_t seen[128];
  int runs;
} traces;

static ad_array *noting(ad_ctx *c, ad_array *const *in, void *user) {
  traces *t = user;
  (void)c;
  t->seen[t->runs++ % 128] = ad_compiled_trace(t->compiled);
  return ad_exp(in[0]);
}

TEST(traces_have_numbers) {
  ad_ctx *c = ad_ctx_new(NULL);
  traces t = {.runs = 0};
  CHECK_INT(ad_compiled_trace(NULL), 0);
  t.compiled = ad_compile(ad_fn_new(c, noting, 1, &t), NULL);
  ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(4)), *y = filled(c, AD_FLOAT32, AD_SHAPE(5));
  CHECK_INT(ad_compiled_trace(t.compiled), 0);
  ad_array *const in[] = {x, y, x, y, x};
  for (int i = 0; i < 5; i++) {
    ad_call(t.compiled, in[i]);
    CHECK_INT(ad_compiled_trace(t.compiled), 1 + i % 2);
  }
  ad_call(ad_grad(ad_fn_new(c, noting, 1, &t), NULL), x); /* the function itself leaves the number alone */
  CHECK_INT(ad_compiled_trace(t.compiled), 1);
  ad_ctx_set_compile(c, false);
  ad_call(t.compiled, x);
  CHECK_INT(ad_compiled_trace(t.compiled), 0);
  CHECK_INT(t.runs, 4);
  CHECK_INT(t.seen[0], 1);
  CHECK_INT(t.seen[1], 2);
  CHECK_INT(t.seen[3], 0);
  ad_ctx_free(c);
}

TEST(the_plans_of_64_keys_are_kept) {
  ad_ctx *c = ad_ctx_new(NULL);
  traces t = {.runs = 0};
  t.compiled = ad_compile(ad_fn_new(c, noting, 1, &t), NULL);
  for (int n = 1; n <= 70; n++) ad_call(t.compiled, filled(c, AD_FLOAT32, AD_SHAPE(n)));
  CHECK_INT(t.runs, 70);
  for (int n = 7; n <= 70; n++) ad_call(t.compiled, filled(c, AD_FLOAT32, AD_SHAPE(n)));
  CHECK_INT(t.runs, 70);
  ad_array *y = ad_call(t.compiled, filled(c, AD_FLOAT32, AD_SHAPE(1)));
  CHECK_INT(t.runs, 71);
  CHECK_INT(ad_eval(y), AD_OK);
  CHECK_INT(ad_compiled_trace(t.compiled), 71);
  ad_ctx_free(c);
}

TEST(equal_graphs_share_a_plan) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = filled(c, AD_FLOAT32, AD_SHAPE(4, 5));
  ad_fn *g = ad_compile(FN(gelu5, 1), NULL), *h = ad_compile(FN(gelu5, 1), NULL);
  ad_call(g, a), ad_call(h, a);
  CHECK_INT(ad_compiled_stats(g).plans, 1);
  CHECK_INT(ad_compiled_stats(h).traces, 1);
  CHECK_INT(ad_compiled_stats(h).plans, 0);
  ad_ctx_free(c);
}

static ad_array *uses_outside(ad_ctx *c, ad_array *const *in, void *user) {
  (void)c;
  return ad_add(in[0], *(ad_array **)user);
}

TEST(lazy_captures_are_inputs) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *a = filled(c, AD_FLOAT32, AD_SHAPE(4)), *outside = ad_multiply(a, ad_number(c, 3));
  ad_fn *f = ad_fn_new(c, uses_outside, 1, &outside), *g = ad_compile(f, NULL);
  same_bits(ad_call(g, a), ad_call(f, a));
  same_bits(ad_call(g, a), ad_call(f, a));
  outside = filled(c, AD_FLOAT32, AD_SHAPE(4));
  f = ad_fn_new(c, uses_outside, 1, &outside);
  same_bits(ad_call(ad_compile(f, NULL), a), ad_call(f, a));
  ad_ctx_free(c);
}

FUNCTION(block, ad_add(ad_softmax(ad_matmul(in[0], in[1], NULL), NULL), ad_mean(in[0], NULL)))
static ad_array *by_length(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_divide(ad_sum(in[0], NULL), ad_number(c, (double)ad_array_dim(in[0], 0)));
}

TEST(one_trace_for_all_shapes) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = FN(block, 2), *g = ad_compile(f, &(ad_compile_opts){.shapeless = true});
  static const int64_t sizes[][3] = {{4, 5, 6}, {7, 5, 6}, {2, 3, 9}, {8, 9, 10}};
  for (int i = 0; i < 4; i++) {
    ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(sizes[i][0], sizes[i][1])), *y = filled(c, AD_FLOAT32, AD_SHAPE(sizes[i][1], sizes[i][2]));
    same_bits(ad_call(g, x, y), ad_call(f, x, y));
  }
  CHECK_INT(ad_compiled_stats(g).traces, 2);
  /* A dim of 1 broadcasts, so it has its own. */
  ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(1, 5)), *y = filled(c, AD_FLOAT32, AD_SHAPE(5, 6));
  same_bits(ad_call(g, x, y), ad_call(f, x, y));
  CHECK_INT(ad_compiled_stats(g).traces, 4);
  ad_ctx_free(c);
}

TEST(what_computes_with_dims_is_traced_for_each) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = FN(by_length, 1), *g = ad_compile(f, &(ad_compile_opts){.shapeless = true});
  for (int64_t n = 3; n < 6; n++) {
    ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(n));
    same_bits(ad_call(g, x), ad_call(f, x));
  }
  CHECK_INT(ad_compiled_stats(g).traces, 4);
  CHECK_STR_HAS(ad_compiled_report(g, "recompiles"), "not for all shapes");
  ad_ctx_free(c);
}

/* ---- Captured state ---- */

typedef struct state {
  ad_array *value, *count;
} state;

static ad_array *state_read(ad_ctx *c, void *user) {
  state *s = user;
  return ad_record(c, ((const char *[]){"value", "count"}), ((ad_array *[]){s->value, s->count}), 2);
}
static void put(ad_array **at, ad_array *a) {
  ad_keep(a);
  ad_drop(*at);
  *at = a;
}
static void state_write(ad_ctx *c, ad_array *tree, void *user) {
  state *s = user;
  (void)c;
  put(&s->value, ad_field(tree, "value"));
  put(&s->count, ad_field(tree, "count"));
}
static ad_array *accumulate(ad_ctx *c, ad_array *const *in, void *user) {
  state *s = user;
  put(&s->value, ad_add(s->value, in[0]));
  put(&s->count, ad_add(s->count, ad_number(c, 1)));
  return ad_divide(s->value, s->count);
}

TEST(captured_state_changes) {
  ad_ctx *c = ad_ctx_new(NULL);
  state s = {ad_keep(filled(c, AD_FLOAT32, AD_SHAPE(3))), ad_keep(ad_array_new(c, AD_FLOAT32, AD_SHAPE(), (float[]){0}))};
  state t = {ad_keep(s.value), ad_keep(s.count)};
  ad_captured captured = {state_read, state_write, &s};
  ad_fn *g = ad_compile(ad_fn_new(c, accumulate, 1, &s), &(ad_compile_opts){.inputs = captured, .outputs = captured});
  ad_fn *f = ad_fn_new(c, accumulate, 1, &t);
  for (int i = 0; i < 5; i++) {
    ad_array *x = ad_full(ad_number(c, i), AD_SHAPE(3), NULL);
    same_bits(ad_call(g, x), ad_call(f, x));
    same_bits(s.value, t.value);
    same_bits(s.count, t.count);
  }
  CHECK_INT(ad_compiled_stats(g).traces, 1);
  ad_drop(s.value), ad_drop(s.count), ad_drop(t.value), ad_drop(t.count);
  ad_ctx_free(c);
}

/* A state that nobody else holds is overwritten where it lies; one that is held is not. */
TEST(state_is_updated_in_place) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_scope *outer = ad_scope_begin(c);
  state s = {ad_keep(ad_multiply(ad_ones(c, AD_SHAPE(1000), NULL), ad_number(c, 2))), ad_keep(ad_array_new(c, AD_FLOAT32, AD_SHAPE(), (float[]){0}))};
  ad_eval(s.value);
  ad_captured captured = {state_read, state_write, &s};
  ad_fn *g = ad_compile(ad_fn_new(c, accumulate, 1, &s), &(ad_compile_opts){.inputs = captured, .outputs = captured});
  ad_array *x = ad_ones(c, AD_SHAPE(1000), NULL);
  ad_eval(x);
  ad_fn_keep(g), ad_keep(x);
  ad_scope_end(outer, NULL);
  for (int i = 0; i < 4; i++) {
    const void *before = ad_data(s.value);
    ad_array *held = i == 3 ? ad_keep(s.value) : NULL;
    ad_scope *scope = ad_scope_begin(c);
    ad_call(g, x);
    ad_scope_end(scope, NULL);
    CHECK_INT(ad_eval_all((ad_array *[]){s.value, s.count}, 2), AD_OK);
    const float *after = ad_data(s.value);
    CHECK((after == before) == (held == NULL));
    CHECK_NEAR(after[7], 3 + i, 0);
    if (held) CHECK_NEAR(((const float *)ad_data(held))[7], 5, 0);
    ad_drop(held);
  }
  ad_fn_drop(g), ad_drop(x), ad_drop(s.value), ad_drop(s.count);
  ad_ctx_free(c);
}

/* ---- Random numbers ---- */

FUNCTION(noisy, ad_add(ad_add(in[0], ad_random_normal(c, NULL, NULL, NULL, AD_SHAPE(8), NULL)), ad_random_uniform(c, NULL, NULL, NULL, AD_SHAPE(8), NULL)))

TEST(random_state_is_drawn_at_every_call) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(8)), *y[6];
  ad_fn *f = FN(noisy, 1), *g = ad_compile(f, NULL);
  uint32_t a[2], b[2];
  for (int k = 0; k < 2; k++) {
    ad_random_seed(c, 7);
    for (int i = 0; i < 3; i++) y[3 * k + i] = ad_call(k ? g : f, x);
    ad_random_state(c, k ? b : a);
  }
  for (int i = 0; i < 3; i++) same_bits(y[i], y[3 + i]);
  CHECK(memcmp(ad_data(y[3]), ad_data(y[4]), 32) != 0);
  CHECK_MEM(a, b, sizeof a);
  CHECK_INT(ad_compiled_stats(g).traces, 1);
  ad_ctx_free(c);
}

/* ---- Nesting ---- */

TEST(transforms_nest) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = filled(c, AD_FLOAT64, AD_SHAPE(6, 5)), *w = filled(c, AD_FLOAT64, AD_SHAPE(5, 4));
  ad_fn *f = FN(loss, 2), *k = ad_compile(f, NULL);
  const ad_grad_opts both = {.argnums = AD_AXES(0, 1)};
  ad_array *want = ad_call(ad_value_and_grad(f, &both), x, w);
  ad_fn *compiled = ad_compile(ad_value_and_grad(f, &both), NULL), *of_compiled = ad_value_and_grad(k, &both);
  for (int i = 0; i < 2; i++) {
    same_bits(ad_call(compiled, x, w), want);
    same_bits(ad_call(of_compiled, x, w), want);
  }
  CHECK_INT(ad_compiled_stats(compiled).traces, 1);
  CHECK_INT(ad_compiled_stats(of_compiled).traces, 1);
  CHECK_INT(ad_compiled_stats(of_compiled).calls, 2);
  ad_array *batch = ad_random_normal(c, NULL, NULL, NULL, AD_SHAPE(3, 6, 5), &(ad_random_normal_opts){.dtype = AD_FLOAT64});
  const ad_vmap_opts axes = {.in_axes = {true, 2, (int64_t[]){0, AD_NO_AXIS}}};
  want = ad_call(ad_vmap(ad_grad(f, NULL), &axes), batch, w);
  same_bits(ad_call(ad_compile(ad_vmap(ad_grad(k, NULL), &axes), NULL), batch, w), want);
  same_bits(ad_call(ad_vmap(ad_grad(k, NULL), &axes), batch, w), want);
  same_bits(ad_call(ad_hessian(k, NULL), ad_item(ad_tuple(c, &x, 1), 0), w), ad_call(ad_hessian(f, NULL), x, w));
  same_bits(ad_call(ad_compile(ad_compile(k, NULL), NULL), x, w), ad_call(f, x, w));
  ad_ctx_free(c);
}

FUNCTION(halved, ad_multiply(in[0], ad_number(c, 0.5)))
FUNCTION(is_large, ad_greater(ad_sum(in[0], NULL), ad_number(c, 1)))
FUNCTION(looped, ad_while_loop(FN(is_large, 1), FN(halved, 1), ad_abs(in[0])))

TEST(control_flow_inside) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(50));
  same_bits(ad_call(ad_compile(FN(looped, 1), NULL), x), ad_call(FN(looped, 1), x));
  ad_ctx_free(c);
}

/* ---- Trees, weak scalars ---- */

FUNCTION(tree, ad_record(c, ((const char *[]){"a", "b"}), ((ad_array *[]){ad_add(ad_field(in[0], "x"), ad_item(in[1], 0)), in[1]}), 2))

TEST(trees_go_in_and_out) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(4)), *y = filled(c, AD_FLOAT32, AD_SHAPE(4));
  ad_array *args[] = {ad_record(c, ((const char *[]){"x"}), &x, 1), ad_tuple(c, ((ad_array *[]){y, x}), 2)};
  ad_fn *f = FN(tree, 2);
  same_bits(ad_call_list(ad_compile(f, NULL), args, 2), ad_call_list(f, args, 2));
  ad_ctx_free(c);
}

FUNCTION(product, ad_multiply(in[0], in[1]))

TEST(weak_scalars_stay_weak) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *h = filled(c, AD_FLOAT16, AD_SHAPE(4));
  ad_fn *f = FN(product, 2), *g = ad_compile(f, NULL);
  same_bits(ad_call(g, h, ad_number(c, 1.5)), ad_call(f, h, ad_number(c, 1.5)));
  same_bits(ad_call(g, h, ad_number(c, 2.5)), ad_call(f, h, ad_number(c, 2.5)));
  same_bits(ad_call(g, h, ad_array_new(c, AD_FLOAT32, AD_SHAPE(), (float[]){1.5f})), ad_call(f, h, ad_array_new(c, AD_FLOAT32, AD_SHAPE(), (float[]){1.5f})));
  CHECK_INT(ad_compiled_stats(g).traces, 2);
  ad_ctx_free(c);
}

/* ---- Errors ---- */

static ad_array *reads(ad_ctx *c, ad_array *const *in, void *user) {
  float v = 0;
  (void)c, (void)user;
  ad_read(ad_sum(in[0], NULL), &v, sizeof v);
  return v > 0 ? in[0] : ad_negative(in[0]);
}
FUNCTION(misfit, ad_add(in[0], ad_zeros(c, AD_SHAPE(7), NULL)))
FUNCTION(factored, ad_add(ad_linalg_cholesky(ad_negative(in[0]), NULL), ad_number(c, 1)))

TEST(errors_are_those_of_the_function) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(4));
  ad_array *y = ad_call(ad_compile(FN(reads, 1), NULL), x);
  CHECK_INT(ad_error_code(y), AD_E_VALUE);
  CHECK_STR_HAS(ad_error_text(y), "its value was asked for inside compile, where it has none");
  ad_array *eager = ad_call(FN(misfit, 1), x), *compiled = ad_call(ad_compile(FN(misfit, 1), NULL), x);
  CHECK_INT(ad_error_code(compiled), ad_error_code(eager));
  CHECK_STR(ad_error_text(compiled), ad_error_text(eager));
  /* One that only a run finds. */
  ad_array *eye = ad_eye(c, 3, NULL);
  eager = ad_call(FN(factored, 1), eye), compiled = ad_call(ad_compile(FN(factored, 1), NULL), eye);
  CHECK_INT(ad_eval(compiled), ad_eval(eager));
  CHECK(ad_is_error(eager));
  CHECK_STR(ad_error_text(compiled), ad_error_text(eager));
  CHECK_INT(ad_fn_error_code(ad_compile(NULL, NULL)), AD_E_VALUE);
  CHECK_STR_HAS(ad_fn_error_text(ad_compile(FN(misfit, 1), &(ad_compile_opts){.inputs = {state_read, NULL, NULL}})), "one of read and write");
  ad_ctx_free(c);
}

TEST(switched_off) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(4));
  ad_fn *g = ad_compile(FN(gelu5, 1), NULL);
  CHECK(ad_ctx_set_compile(c, false));
  same_bits(ad_call(g, x), ad_call(FN(gelu5, 1), x));
  CHECK_INT(ad_compiled_stats(g).traces, 0);
  CHECK(!ad_ctx_set_compile(c, true));
  ad_call(g, x);
  CHECK_INT(ad_compiled_stats(g).traces, 1);
  ad_ctx_free(c);
}

TEST(streams_run_it_at_once) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  ad_fn *f = FN(soft, 2), *g = ad_compile(f, NULL);
  ad_stream *s[] = {ad_stream_new(c), ad_stream_new(c)};
  ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(32, 32)), *want = ad_call(f, x, x), *y[16];
  ad_eval(want);
  for (int i = 0; i < 16; i++) {
    y[i] = ad_call(g, x, x);
    CHECK_INT(ad_eval_async(y[i], s[i % 2]), AD_OK);
  }
  CHECK_INT(ad_synchronize(c, NULL), AD_OK);
  for (int i = 0; i < 16; i++) same_bits(y[i], want);
  ad_stream_free(s[0]), ad_stream_free(s[1]);
  ad_ctx_free(c);
}

TEST(nothing_is_left) {
  ad_ctx *c = ad_ctx_new(NULL);
  uint64_t live = ad_ctx_live_arrays(c);
  for (int i = 0; i < 3; i++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(4 + i, 4));
    ad_eval(ad_call(ad_compile(FN(mixed, 2), NULL), x, filled(c, AD_FLOAT32, AD_SHAPE(4, 3))));
    ad_scope_end(s, NULL);
  }
  CHECK_INT(ad_ctx_live_arrays(c), live + 3); /* handles of the plans that the compiler keeps */
  ad_ctx_free(c);
}

TEST(steady_calls_ask_for_no_memory) {
#ifdef AD_STRESS
  CHECK_SKIP("the hostile build keeps nothing for reuse");
#else
  ad_ctx *c = ad_ctx_new(NULL);
  ad_array *x = filled(c, AD_FLOAT32, AD_SHAPE(32, 32));
  ad_fn *g = ad_compile(FN(soft, 2), NULL);
  uint64_t before = 0;
  for (int i = 0; i < 20; i++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *y = ad_scope_end(s, ad_call(g, x, x));
    ad_scope *t = ad_scope_begin(c);
    ad_own(y);
    CHECK_INT(ad_eval(y), AD_OK);
    ad_drop(y);
    ad_scope_end(t, NULL);
    if (i == 9) before = ad_ctx_memory(c).source_calls;
  }
  CHECK_INT(ad_ctx_memory(c).source_calls, before);
  ad_ctx_free(c);
#endif
}

CHECK_MAIN(CASE(bits_are_those_of_the_function), CASE(large_and_broadcast), CASE(a_new_key_traces_anew),
           CASE(traces_have_numbers), CASE(the_plans_of_64_keys_are_kept), CASE(equal_graphs_share_a_plan), CASE(lazy_captures_are_inputs), CASE(one_trace_for_all_shapes),
           CASE(what_computes_with_dims_is_traced_for_each), CASE(captured_state_changes),
           CASE(state_is_updated_in_place), CASE(random_state_is_drawn_at_every_call), CASE(transforms_nest),
           CASE(control_flow_inside), CASE(trees_go_in_and_out), CASE(weak_scalars_stay_weak), CASE(errors_are_those_of_the_function),
           CASE(switched_off), CASE(streams_run_it_at_once), CASE(nothing_is_left), CASE(steady_calls_ask_for_no_memory))
