/* Epilogues: groups that are computed on pieces of a product. Their bits are those of the steps apart, for every dtype that products have,
 * for transposed, batched and large operands, and for any number of threads; and they are steps that are saved. */
#include <adamant/adamant.h>
#include "../check.h"
#include "../backend/cache.h"
#include "same_bits.h"

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }

/* in: a (m, k), b (k, n), a row (n), a column (m, 1), as large as the product (m, n) */
#define PRODUCT ad_matmul(in[0], in[1], NULL)
FUNCTION(bias, ad_add(PRODUCT, in[2]))
FUNCTION(bias_relu, ad_relu(ad_add(PRODUCT, in[2])))
FUNCTION(bias_gelu, ad_gelu(ad_add(PRODUCT, in[2])))
FUNCTION(bias_tanh, ad_tanh(ad_add(PRODUCT, in[2])))
FUNCTION(residual, ad_add(in[4], ad_add(PRODUCT, in[2])))
FUNCTION(columns, ad_multiply(in[3], ad_subtract(PRODUCT, in[4])))
FUNCTION(update, ad_subtract(in[4], ad_multiply(ad_number(c, 0.5), PRODUCT)))
FUNCTION(other_dtype, ad_cast(ad_greater(PRODUCT, in[4]), AD_INT8))
FUNCTION(twice, ad_multiply(PRODUCT, ad_add(PRODUCT, ad_matmul(in[0], ad_negative(in[1]), NULL))))
FUNCTION(two_results, ad_tuple(c, ((ad_array *[]){ad_relu(ad_add(PRODUCT, in[2])), ad_subtract(in[4], in[3])}), 2))
FUNCTION(and_the_product, ad_tuple(c, ((ad_array *[]){PRODUCT, ad_relu(ad_add(PRODUCT, in[2]))}), 2))

static const struct { const char *name; ad_function f; bool floats; } functions[] = {
    {"bias", bias, false}, {"bias_relu", bias_relu, false}, {"bias_gelu", bias_gelu, true}, {"bias_tanh", bias_tanh, true},
    {"residual", residual, false}, {"columns", columns, false}, {"update", update, true}, {"twice", twice, false},
    {"two_results", two_results, false}, {"and_the_product", and_the_product, false},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions, INPUTS = 5 };

static void operands(ad_ctx *c, ad_dtype dtype, int64_t m, int64_t k, int64_t n, ad_array **in) {
  in[0] = numbers(c, dtype, AD_SHAPE(m, k));
  in[1] = numbers(c, dtype, AD_SHAPE(k, n));
  in[2] = numbers(c, dtype, AD_SHAPE(n));
  in[3] = numbers(c, dtype, AD_SHAPE(m, 1));
  in[4] = numbers(c, dtype, AD_SHAPE(m, n));
}

static void compare(ad_ctx *c, const char *name, ad_function f, ad_array *const *in) {
  ad_fn *plain = ad_fn_new(c, f, INPUTS, NULL);
  same_bits(name, ad_call_list(ad_compile(plain, NULL), in, INPUTS), ad_call_list(plain, in, INPUTS));
}

TEST(bits_of_every_dtype) {
  static const int64_t shapes[][3] = {{600, 40, 500}, {500, 384, 640}, {33, 385, 70}, {5, 7, 9}, {1, 64, 3000}, {300, 0, 40}, {0, 3, 4}, {20, 5, 1}};
  static const ad_dtype dtypes[] = {AD_FLOAT32, AD_FLOAT64, AD_FLOAT16, AD_BFLOAT16, AD_INT8, AD_UINT8, AD_INT16, AD_UINT16, AD_INT32,
                                    AD_UINT32, AD_INT64, AD_UINT64, AD_COMPLEX64, AD_COMPLEX128};
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 2});
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++) {
      ad_category kind = ad_dtype_category(dtypes[d]);
      for (int k = 0; k < FUNCTIONS; k++) {
        if ((functions[k].floats && kind != AD_CATEGORY_FLOAT) || (functions[k].f == bias_relu && kind == AD_CATEGORY_COMPLEX)) continue;
        if ((functions[k].f == two_results || functions[k].f == and_the_product) && kind == AD_CATEGORY_COMPLEX) continue;
        ad_scope *scope = ad_scope_begin(c);
        ad_array *in[INPUTS];
        operands(c, dtypes[d], shapes[s][0], shapes[s][1], shapes[s][2], in);
        compare(c, functions[k].name, functions[k].f, in);
        if (kind != AD_CATEGORY_COMPLEX) compare(c, "other_dtype", other_dtype, in);
        ad_scope_end(scope, NULL);
      }
    }
  ad_ctx_free(c);
}

/* Cut between threads, in several pieces a thread, written past the cache. */
TEST(bits_of_any_threads) {
  static const int threads[] = {1, 2, 3, 8};
  static const int64_t shapes[][3] = {{260, 100, 1100}, {1500, 30, 2100}, {2100, 256, 128}};
  for (int t = 0; t < 4; t++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads[t]});
    for (int s = 0; s < 3; s++)
      for (int k = 0; k < FUNCTIONS; k++) {
        ad_scope *scope = ad_scope_begin(c);
        ad_array *in[INPUTS];
        operands(c, AD_FLOAT32, shapes[s][0], shapes[s][1], shapes[s][2], in);
        if (s != 1 || k % 3 == 1) compare(c, functions[k].name, functions[k].f, in);
        ad_scope_end(scope, NULL);
      }
    ad_ctx_free(c);
  }
}

/* Machine code takes the same pieces. */
TEST(bits_of_native_code) {
  static const int64_t shapes[][3] = {{260, 100, 1100}, {1500, 30, 2100}, {600, 40, 260}};
  for (int threads = 1; threads < 4; threads++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads, .native = AD_NATIVE_WAIT, .cache_dir = cache_folder("epilogues")});
    for (int s = 0; s < 3; s++)
      for (int k = 0; k < FUNCTIONS; k++) {
        ad_scope *scope = ad_scope_begin(c);
        ad_array *in[INPUTS];
        operands(c, s == 2 ? AD_FLOAT64 : AD_FLOAT32, shapes[s][0], shapes[s][1], shapes[s][2], in);
        if (s != 1 || k % 3 == 1) compare(c, functions[k].name, functions[k].f, in);
        ad_scope_end(scope, NULL);
      }
    ad_ctx_free(c);
  }
}

/* ---- Layouts ---- */

FUNCTION(transposed, ad_relu(ad_add(ad_contract(in[0], in[1], &(ad_contract_opts){.sum_a = AD_AXES(0), .sum_b = AD_AXES(1)}), in[2])))
FUNCTION(batched, ad_add(in[4], ad_tanh(ad_add(PRODUCT, in[2]))))
FUNCTION(merged, ad_gelu(ad_add(ad_matmul(in[0], in[3], NULL), in[2])))

TEST(transposed_and_batched) {
  for (int threads = 1; threads < 4; threads++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads});
    ad_array *flat[] = {numbers(c, AD_FLOAT32, AD_SHAPE(90, 1300)), numbers(c, AD_FLOAT32, AD_SHAPE(210, 90)), numbers(c, AD_FLOAT32, AD_SHAPE(210)), NULL, NULL};
    flat[3] = flat[4] = flat[2];
    compare(c, "transposed", transposed, flat);
    ad_array *deep[] = {numbers(c, AD_FLOAT32, AD_SHAPE(3, 4, 400, 50)), numbers(c, AD_FLOAT32, AD_SHAPE(4, 50, 60)), numbers(c, AD_FLOAT32, AD_SHAPE(400, 1)),
                        numbers(c, AD_FLOAT32, AD_SHAPE(50, 90)), numbers(c, AD_FLOAT32, AD_SHAPE(3, 1, 1, 60))};
    compare(c, "batched", batched, deep);
    deep[2] = numbers(c, AD_FLOAT32, AD_SHAPE(90));
    compare(c, "merged", merged, deep);
    ad_ctx_free(c);
  }
}

/* ---- Convolutions ---- */

/* in: images, kernel, a bias per filter, as large as the result */
#define CONVOLVED ad_conv_general(in[0], in[1], user)
FUNCTION(conv_bias, ad_add(CONVOLVED, in[2]))
FUNCTION(conv_relu, ad_relu(ad_add(CONVOLVED, in[2])))
FUNCTION(conv_residual, ad_add(in[3], ad_tanh(ad_add(CONVOLVED, in[2]))))

static void compare_convolutions(ad_ctx *c, ad_dtype dtype, int64_t n, int64_t size, int64_t channels, int64_t filters, int64_t taps, ad_conv_general_opts o,
                                 int steps) {
  static const ad_function list[] = {conv_bias, conv_relu, conv_residual};
  ad_scope *s = ad_scope_begin(c);
  int64_t groups = o.groups.given ? o.groups.value : 1;
  ad_array *in[4] = {numbers(c, dtype, AD_SHAPE(n, size, size + 1, channels)), numbers(c, dtype, AD_SHAPE(filters, taps, taps, channels / groups)),
                     numbers(c, dtype, AD_SHAPE(filters)), NULL};
  in[3] = ad_multiply(ad_conv_general(in[0], in[1], &o), ad_number(c, 0.5));
  ad_eval(in[3]);
  for (int k = 0; k < 3; k++) {
    ad_fn *f = ad_fn_new(c, list[k], 4, &o), *g = ad_compile(f, NULL);
    same_bits("convolution", ad_call_list(g, in, 4), ad_call_list(f, in, 4));
    if ((int)ad_compiled_stats(g).steps != steps) CHECK_FAIL("%d: %s", k, ad_compiled_report(g, "plan"));
  }
  ad_scope_end(s, NULL);
}

TEST(convolutions) {
  for (int threads = 1; threads < 9; threads += threads < 3 ? 1 : 5)
    for (int native = 0; native < 2; native++) {
      ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads, .native = native ? AD_NATIVE_WAIT : AD_NATIVE_OFF, .cache_dir = cache_folder("epilogues")});
      compare_convolutions(c, AD_FLOAT32, 2, 13, 5, 40, 3, (ad_conv_general_opts){.padding = AD_INTS(1)}, 1);
      compare_convolutions(c, AD_FLOAT64, 1, 11, 4, 9, 3, (ad_conv_general_opts){.stride = AD_INTS(2), .kernel_dilation = AD_INTS(2)}, 1);
      compare_convolutions(c, AD_FLOAT32, 3, 9, 6, 6, 3, (ad_conv_general_opts){.groups = AD_INT(6), .padding = AD_INTS(2)}, 1);
      compare_convolutions(c, AD_FLOAT32, 1, 12, 8, 12, 5, (ad_conv_general_opts){.groups = AD_INT(2), .input_dilation = AD_INTS(2), .flip = true}, 1);
      compare_convolutions(c, AD_FLOAT32, 2, 40, 32, 64, 3, (ad_conv_general_opts){.padding = AD_INTS(1)}, 1);
      compare_convolutions(c, AD_FLOAT16, 1, 8, 4, 8, 3, (ad_conv_general_opts){.padding = AD_INTS(1)}, 2);
      compare_convolutions(c, AD_FLOAT32, 1, 3, 1, 2, 2, (ad_conv_general_opts){.stride = AD_INTS(1)}, 2); /* too small */
      compare_convolutions(c, AD_FLOAT32, 2, 10, 16, 32, 1, (ad_conv_general_opts){.stride = AD_INTS(1)}, 2); /* a product */
      ad_ctx_free(c);
    }
}

/* ---- Memory ---- */

/* x is overwritten by nothing while the product reads it, though it is read last there. */
FUNCTION(in_a_chain, ad_add(in[4], ad_contract(in[4], in[1], &(ad_contract_opts){.sum_a = AD_AXES(0), .sum_b = AD_AXES(0)})))
static ad_array *chained(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *list[INPUTS];
  memcpy(list, in, sizeof list);
  for (int i = 0; i < 4; i++) list[4] = ad_multiply(in_a_chain(c, list, user), ad_number(c, 0.125));
  return list[4];
}

TEST(an_operand_of_the_product_is_not_overwritten) {
  for (int threads = 1; threads < 3; threads++) {
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = threads});
    ad_array *in[INPUTS];
    operands(c, AD_FLOAT64, 380, 380, 380, in); /* every row of the product reads every row of in[4] */
    compare(c, "chained", chained, in);
    /* Nor is an argument that is given up. */
    ad_fn *f = ad_compile(ad_fn_new(c, chained, INPUTS, NULL), NULL);
    ad_array *want = ad_call_list(ad_fn_new(c, chained, INPUTS, NULL), in, INPUTS);
    ad_eval(want);
    ad_array *own = ad_keep(ad_add(in[4], ad_number(c, 0)));
    ad_eval(own);
    ad_scope *s = ad_scope_begin(c);
    in[4] = own;
    ad_array *got = ad_call_list(f, in, INPUTS);
    ad_drop(own);
    got = ad_scope_end(s, got);
    same_bits("given up", got, want);
    ad_ctx_free(c);
  }
}

/* A weight that is given up is updated in place, also where it is a member of an earlier result. */
TEST(updates_in_place) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_array *in[INPUTS];
  operands(c, AD_FLOAT32, 600, 40, 500, in);
  ad_fn *f = ad_compile(ad_fn_new(c, update, INPUTS, NULL), NULL);
  ad_scope *outer = ad_scope_begin(c);
  ad_array *w = ad_keep(ad_add(in[4], ad_number(c, 1)));
  ad_scope_end(outer, NULL);
  ad_eval(w);
  const void *memory = ad_data(w);
  for (int i = 0; i < 3; i++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *next = ad_keep(ad_call(f, in[0], in[1], in[2], in[3], w));
    ad_scope_end(s, NULL);
    ad_drop(w);
    w = next;
    CHECK_INT(ad_eval(w), AD_OK);
    CHECK(ad_data(w) == memory);
  }
  ad_drop(w);
  ad_ctx_free(c);
}

/* The same where there are more arguments than bits that say so. */
enum { MANY = 50 };
static ad_array *update_many(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *next[MANY];
  (void)user;
  for (int i = 0; i < MANY; i++) next[i] = ad_multiply(ad_add(ad_item(in[0], i), in[1]), ad_number(c, 0.5));
  return ad_tuple(c, next, MANY);
}

static const void *memory_of(ad_array *tuple, int i) {
  ad_scope *s = ad_scope_begin(ad_array_ctx(tuple)); /* a handle would hold the member */
  const void *memory = ad_data(ad_item(tuple, i));
  ad_scope_end(s, NULL);
  return memory;
}

TEST(many_updates_in_place) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_array *first[MANY], *step = ad_full(ad_number(c, 3), AD_SHAPE(100), NULL), *other;
  const void *memory[MANY];
  ad_fn *f = ad_compile(ad_fn_new(c, update_many, 2, NULL), NULL);
  ad_scope *outer = ad_scope_begin(c);
  for (int i = 0; i < MANY; i++) first[i] = ad_add(ad_full(ad_number(c, i), AD_SHAPE(100), NULL), ad_number(c, 1));
  ad_array *state = ad_keep(ad_tuple(c, first, MANY));
  other = ad_keep(first[MANY - 1]);
  ad_scope_end(outer, NULL);
  ad_eval(state);
  for (int i = 0; i < MANY; i++) memory[i] = memory_of(state, i);
  for (int k = 0; k < 3; k++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *next = ad_keep(ad_call(f, state, step));
    ad_scope_end(s, NULL);
    ad_drop(state);
    state = next;
    CHECK_INT(ad_eval(state), AD_OK);
    for (int i = 0; i < MANY - 1; i++) CHECK(memory_of(state, i) == memory[i]);
    CHECK(memory_of(state, MANY - 1) != memory[MANY - 1]); /* which is held */
  }
  CHECK_NEAR((double)*(const float *)ad_data(other), MANY, 0);
  CHECK_NEAR((double)*(const float *)ad_data(ad_item(state, MANY - 2)), ((((MANY - 1) + 3) / 2.0 + 3) / 2 + 3) / 2, 0);
  ad_drop(state);
  ad_drop(other);
  ad_ctx_free(c);
}

/* The argument that the first result could overwrite is read again under another name. */
static ad_array *twice_and_square(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_tuple(c, ((ad_array *[]){ad_multiply(in[0], ad_number(c, 2)), ad_matmul(in[1], in[1], NULL)}), 2);
}

TEST(an_argument_given_twice_is_not_overwritten) {
  ad_ctx *c = ad_ctx_new(NULL);
  ad_fn *f = ad_compile(ad_fn_new(c, twice_and_square, 2, NULL), NULL);
  ad_scope *outer = ad_scope_begin(c);
  ad_array *w = ad_keep(ad_add(ad_full(ad_number(c, 1), AD_SHAPE(3, 3), NULL), ad_number(c, 1)));
  ad_scope_end(outer, NULL);
  ad_eval(w);
  outer = ad_scope_begin(c);
  ad_array *y = ad_keep(ad_call(f, w, w));
  ad_scope_end(outer, NULL);
  ad_drop(w);
  CHECK_NEAR((double)*(const float *)ad_data(ad_item(y, 1)), 12, 0);
  CHECK_NEAR((double)*(const float *)ad_data(ad_item(y, 0)), 4, 0);
  ad_drop(y);
  ad_ctx_free(c);
}

static ad_array *update_two(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *sum = ad_sum(in[4], NULL);
  ad_array *next = ad_tuple(c, ((ad_array *[]){update(c, in, user), ad_multiply(in[3], ad_number(c, 0.5))}), 2);
  return ad_tuple(c, ((ad_array *[]){sum, next}), 2);
}

TEST(updates_of_members_in_place) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_array *in[INPUTS];
  operands(c, AD_FLOAT32, 600, 40, 500, in);
  ad_fn *f = ad_compile(ad_fn_new(c, update_two, INPUTS, NULL), NULL);
  ad_scope *outer = ad_scope_begin(c);
  ad_array *state = ad_keep(ad_tuple(c, ((ad_array *[]){ad_add(in[4], ad_number(c, 1)), ad_add(in[3], ad_number(c, 1))}), 2));
  ad_scope_end(outer, NULL);
  ad_eval(state);
  uint64_t held = 0;
  for (int i = 0; i < 4; i++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *r = ad_call(f, in[0], in[1], in[2], ad_item(state, 1), ad_item(state, 0)), *sum = ad_keep(ad_item(r, 0)), *next = ad_keep(ad_item(r, 1));
    ad_scope_end(s, NULL);
    ad_drop(state);
    state = next;
    CHECK_INT(ad_eval(sum), AD_OK);
    ad_drop(sum);
    if (i == 1) ad_ctx_reset_peak(c), held = ad_ctx_memory(c).active;
  }
  CHECK_INT(ad_ctx_memory(c).active, held);
  CHECK(ad_ctx_memory(c).peak < held + 600 * 500 * 4); /* no second weight beside the first */
  ad_drop(state);
  ad_ctx_free(c);
}

/* ---- Steps ---- */

TEST(steps) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  static const struct { ad_function f; int steps; } expected[] = {
      {bias, 1}, {bias_relu, 1}, {bias_gelu, 1}, {residual, 1}, {columns, 1}, {update, 1}, {other_dtype, 1}, {twice, 3}, {two_results, 2},
      {and_the_product, 2},
  };
  ad_array *in[INPUTS];
  operands(c, AD_FLOAT32, 600, 50, 500, in);
  for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
    ad_fn *f = ad_compile(ad_fn_new(c, expected[k].f, INPUTS, NULL), NULL);
    CHECK_INT(ad_eval(ad_call_list(f, in, INPUTS)), AD_OK);
    if ((int)ad_compiled_stats(f).steps != expected[k].steps) CHECK_FAIL("function %zu:\n%s", k, ad_compiled_report(f, "plan"));
  }
  ad_fn *f = ad_compile(ad_fn_new(c, bias_relu, INPUTS, NULL), NULL);
  ad_call_list(f, in, INPUTS);
  CHECK_STR_HAS(ad_compiled_report(f, "plan"), "step 0: 2 ops in blocks of 1024, on pieces of\n    %");
  CHECK_INT(ad_compiled_stats(f).groups, 1);
  CHECK_INT(ad_compiled_stats(f).arena_bytes, 0);
  ad_compiled_profile(f, true);
  ad_eval(ad_call_list(f, in, INPUTS));
  CHECK_STR_HAS(ad_compiled_report(f, "profile"), "30600000 flops, 1422000 bytes");
  CHECK_STR_HAS(ad_compiled_report(f, "profile"), ": matmul add relu at ");
  CHECK_STR(ad_compiled_report(f, "fusion"), "");
  /* Unfused is op by op. */
  f = ad_compile(ad_fn_new(c, bias_relu, INPUTS, NULL), &(ad_compile_opts){.unfused = true});
  ad_call_list(f, in, INPUTS);
  CHECK_INT(ad_compiled_stats(f).steps, 3);
  ad_ctx_free(c);
}

TEST(a_nan_is_found) {
  ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1});
  ad_array *in[INPUTS];
  operands(c, AD_FLOAT32, 600, 50, 500, in);
  ad_fn *f = ad_compile(ad_fn_new(c, residual, INPUTS, NULL), NULL);
  ad_eval(ad_call_list(f, in, INPUTS));
  CHECK_INT(ad_compiled_find_nan(f, true), AD_OK);
  CHECK_INT(ad_eval(ad_call_list(f, in, INPUTS)), AD_OK);
  ad_array *bad[INPUTS];
  memcpy(bad, in, sizeof bad);
  bad[0] = ad_divide(ad_ones(c, AD_SHAPE(600, 50), NULL), ad_number(c, 0));
  bad[1] = ad_zeros(c, AD_SHAPE(50, 500), NULL);
  ad_array *y = ad_call_list(f, bad, INPUTS);
  CHECK_INT(ad_eval(y), AD_E_VALUE);
  CHECK_STR_HAS(ad_error_text(y), "matmul: a NaN in its result");
  bad[0] = ad_divide(ad_zeros(c, AD_SHAPE(600, 50), NULL), ad_number(c, 0)); /* one that comes in is nobody's fault */
  CHECK_INT(ad_eval(ad_call_list(f, bad, INPUTS)), AD_OK);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(bits_of_every_dtype), CASE(bits_of_any_threads), CASE(bits_of_native_code), CASE(transposed_and_batched), CASE(convolutions),
           CASE(an_operand_of_the_product_is_not_overwritten), CASE(updates_in_place), CASE(many_updates_in_place),
           CASE(an_argument_given_twice_is_not_overwritten), CASE(updates_of_members_in_place),
           CASE(steps), CASE(a_nan_is_found))
