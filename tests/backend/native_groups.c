/* Groups as native code: the bits are the interpreter's, for every form of operand and result, dtype, layout and thread count; text
 * that is equal is one function; what is compiled while calls go on is found by them. */
#include <adamant/adamant.h>
#include <pthread.h>
#include <stdlib.h>
#include "compile/same_bits.h"
#include "cache.h"
#include "compile/variant.h"

#define FUNCTION(name, expression) \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user; \
    return expression; \
  }

static const ad_sum_opts rows = {.axes = {true, 1, (int64_t[]){-1}}, .keepdims = true};
#define MAX_ROWS(x) ad_max(x, &(ad_max_opts){.axes = AD_AXES(-1), .keepdims = true})
#define MEAN_ROWS(x) ad_mean(x, &(ad_mean_opts){.axes = AD_AXES(-1), .keepdims = true})
#define TWO_AXES(x) ad_sum(x, &(ad_sum_opts){.axes = AD_AXES(-2, -1), .keepdims = true})

static ad_array *divided(ad_array *e) { return ad_divide(e, ad_sum(e, &rows)); }
FUNCTION(chain, ad_add(ad_multiply(ad_tanh(ad_add(in[0], in[1])), ad_number(c, 3)), in[0]))
FUNCTION(choice, ad_where(ad_less(in[0], in[1]), ad_exp(in[0]), ad_subtract(in[1], in[0])))
FUNCTION(softmax, divided(ad_exp(ad_subtract(in[0], MAX_ROWS(in[0])))))
FUNCTION(norm,
         ad_multiply(ad_subtract(in[0], MEAN_ROWS(in[0])), ad_rsqrt(ad_add(MEAN_ROWS(ad_square(in[0])), ad_number(c, 0.1)))))
FUNCTION(raw_sum, ad_multiply(in[0], ad_sum(in[0], &rows)))
FUNCTION(only_sum, ad_negative(ad_sum(ad_multiply(in[0], in[1]), &(ad_sum_opts){.axes = AD_AXES(-1)})))
FUNCTION(two_axes, ad_subtract(in[0], TWO_AXES(ad_multiply(in[0], ad_number(c, 2)))))
FUNCTION(several, ad_tuple(c,
                           ((ad_array *[]){ad_exp(ad_subtract(in[0], MAX_ROWS(in[0]))), ad_sum(ad_abs(in[0]), &rows),
                                           ad_negative(MAX_ROWS(in[0])), ad_square(in[0])}),
                           4))
FUNCTION(casts, ad_add(ad_cast(in[0], AD_FLOAT16), ad_multiply(ad_cast(in[1], AD_FLOAT64), ad_number(c, 2))))
FUNCTION(mixed_rows, ad_multiply(in[0], ad_sum(ad_cast(ad_add(in[0], in[1]), AD_BFLOAT16), &rows)))

static const ad_function functions[] = {chain, choice, softmax, norm, raw_sum, only_sum, two_axes, several, casts, mixed_rows};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

static ad_array *all_of_them(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *y[FUNCTIONS];
  for (int i = 0; i < FUNCTIONS; i++) y[i] = functions[i](c, in, user);
  return ad_tuple(c, y, FUNCTIONS);
}

static ad_ctx *context(int threads, ad_native_mode mode) {
  return ad_ctx_new(&(ad_ctx_opts){.threads = threads, .native = mode, .cache_dir = cache_folder("groups")});
}

/* Compares fn compiled to native code, which must be there, with itself. */
static void compare(ad_ctx *c, const char *name, ad_function fn, ad_array *const *in, int n) {
  ad_fn *f = ad_fn_new(c, fn, n, NULL), *g = ad_compile(f, NULL);
  ad_array *got = ad_call_list(g, in, n);
  ad_eval(got);
  same_bits(name, got, ad_call_list(f, in, n));
  CHECK_STR_HAS(ad_compiled_report(g, "native"), ": ready\n");
}

TEST(bits_of_the_interpreter) {
  static const int64_t shapes[][4] = {{2, 7, 300, 0}, {3, 3, 4, 5},    {2, 5, 4096, 0},
                                      {2, 4, 4, 0},   {2, 9000, 3, 0}, {2, 1, 33, 0}};
  static const ad_dtype dtypes[] = {AD_FLOAT32, AD_BFLOAT16, AD_FLOAT64, AD_FLOAT16};
  ad_ctx *c = context(1, AD_NATIVE_WAIT);
  for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
    ad_scope *scope = ad_scope_begin(c);
    ad_dtype t = dtypes[s % 4];
    ad_shape shape = {(int)shapes[s][0], &shapes[s][1]};
    ad_array *in[2] = {numbers(c, t, shape), ad_add(numbers(c, t, shape), ad_number(c, 0.25))};
    ad_eval(in[1]);
    compare(c, ad_dtype_name(t), all_of_them, in, 2);
    ad_scope_end(scope, NULL);
  }
  ad_ctx_free(c);
}

FUNCTION(broadcast, ad_add(ad_multiply(in[0], in[1]), ad_exp(in[2])))

/* Operands that are rows, columns, scalars and planes of the space, in groups without reductions. */
TEST(broadcast_operands) {
  ad_ctx *c = context(2, AD_NATIVE_WAIT);
  ad_shape space[] = {AD_SHAPE(6, 5, 40), AD_SHAPE(3, 4, 1), AD_SHAPE(2, 2000, 7)};
  ad_shape second[] = {AD_SHAPE(40), AD_SHAPE(4, 9), AD_SHAPE(2, 1, 7)},
           third[] = {AD_SHAPE(6, 1, 1), AD_SHAPE(3, 1, 1), AD_SHAPE(2000, 1)};
  for (int i = 0; i < 3; i++)
    compare(c, "broadcast", broadcast,
            (ad_array *[]){numbers(c, AD_FLOAT32, space[i]), numbers(c, AD_FLOAT32, second[i]), numbers(c, AD_FLOAT32, third[i])},
            3);
  ad_ctx_free(c);
}

/* What does not lie in row-major order is left to the interpreter, call by call. */
TEST(transposed_operands) {
  ad_ctx *c = context(1, AD_NATIVE_WAIT);
  ad_array *a = numbers(c, AD_FLOAT32, AD_SHAPE(30, 40)), *t = ad_transpose(numbers(c, AD_FLOAT32, AD_SHAPE(40, 30)), NULL);
  ad_eval(t);
  compare(c, "transposed", chain, (ad_array *[]){t, a}, 2);
  ad_ctx_free(c);
}

/* Large results are written past the caches. */
TEST(large_results) {
  ad_ctx *c = context(2, AD_NATIVE_WAIT);
  ad_array *in[] = {numbers(c, AD_FLOAT32, AD_SHAPE(1000, 1111)), numbers(c, AD_FLOAT32, AD_SHAPE(1000, 1111))};
  compare(c, "chain", chain, in, 2);
  compare(c, "several", several, in, 1);
  ad_ctx_free(c);
}

TEST(bits_for_any_thread_count) {
  static const int counts[] = {1, 2, 3, 8};
  void *first[2] = {NULL, NULL};
  for (int k = 0; k < 4; k++) {
    ad_ctx *c = context(counts[k], AD_NATIVE_WAIT);
    ad_array *in[] = {numbers(c, AD_FLOAT32, AD_SHAPE(501, 333)), numbers(c, AD_FLOAT32, AD_SHAPE(501, 333))};
    for (int i = 0; i < 2; i++) {
      ad_fn *g = ad_compile(ad_fn_new(c, i ? softmax : chain, 2 - i, NULL), NULL);
      ad_array *y = ad_call_list(g, in, 2 - i);
      size_t bytes = (size_t)ad_array_size(y) * sizeof(float);
      const void *data = ad_data(y);
      CHECK_STR_HAS(ad_compiled_report(g, "native"), "ready");
      if (!first[i]) first[i] = memcpy(malloc(bytes), data, bytes);
      CHECK_MEM(data, first[i], bytes);
    }
    ad_ctx_free(c);
  }
  free(first[0]);
  free(first[1]);
}

FUNCTION(layers, ad_tanh(ad_add(ad_matmul(ad_tanh(ad_add(in[0], ad_number(c, 1))), in[1], NULL), ad_number(c, 2))))

TEST(equal_text_is_one_function) {
  ad_ctx *c = context(1, AD_NATIVE_WAIT);
  ad_array *in[] = {numbers(c, AD_FLOAT32, AD_SHAPE(8, 8)), numbers(c, AD_FLOAT32, AD_SHAPE(8, 8))};
  ad_fn *g = ad_compile(ad_fn_new(c, layers, 2, NULL), NULL);
  ad_eval(ad_call_list(g, in, 2));
  const char *text = ad_compiled_report(g, "native"), *one = strstr(text, "\nvoid ");
  CHECK_STR_HAS(text, "2 functions: ready");
  CHECK(one && !strstr(one + 1, "\nvoid "));
  ad_ctx_free(c);
}

TEST(off_never_compiles) {
  ad_ctx *c = context(1, AD_NATIVE_OFF);
  ad_array *in[] = {numbers(c, AD_FLOAT32, AD_SHAPE(400, 400)), numbers(c, AD_FLOAT32, AD_SHAPE(400, 400))};
  ad_fn *g = ad_compile(ad_fn_new(c, chain, 2, NULL), NULL);
  for (int i = 0; i < 200; i++) ad_eval(ad_call_list(g, in, 2));
  CHECK_STR_HAS(ad_compiled_report(g, "native"), "not asked for yet");
  ad_fn *waits = ad_compile(ad_fn_new(c, chain, 2, NULL), &(ad_compile_opts){.native = AD_NATIVE_WAIT});
  ad_eval(ad_call_list(waits, in, 2));
  CHECK_STR_HAS(ad_compiled_report(waits, "native"), "ready");
  ad_ctx_free(c);
}

/* Calls go on while the compiler runs, on two streams, and give the same bits before and after. */
TEST(swapped_in_while_calls_go_on) {
  enum { ROUNDS = 4000 };
  ad_ctx *c = context(1, AD_NATIVE_AUTO);
  ad_array *in[] = {numbers(c, AD_FLOAT32, AD_SHAPE(64, 500)), numbers(c, AD_FLOAT32, AD_SHAPE(64, 500))};
  ad_fn *f = ad_fn_new(c, chain, 2, NULL), *g = ad_compile(f, NULL);
  ad_array *want = ad_call_list(f, in, 2);
  const void *bits = ad_data(want);
  ad_stream *streams[] = {ad_stream_new(c), ad_stream_new(c)};
  int after = 0;
  for (int i = 0; i < ROUNDS && after < 20; i++) {
    ad_scope *s = ad_scope_begin(c);
    ad_array *y[2];
    for (int k = 0; k < 2; k++) {
      y[k] = ad_call_list(g, in, 2);
      ad_eval_async(y[k], streams[k]);
    }
    for (int k = 0; k < 2; k++) CHECK_MEM(ad_data(y[k]), bits, 64 * 500 * sizeof(float));
    after += strstr(ad_compiled_report(g, "native"), "ready") != NULL;
    ad_scope_end(s, NULL);
  }
  CHECK_INT(after, 20);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(bits_of_the_interpreter), CASE(broadcast_operands), CASE(transposed_operands), CASE(large_results),
           CASE(bits_for_any_thread_count), CASE(equal_text_is_one_function), CASE(off_never_compiles),
           CASE(swapped_in_while_calls_go_on))
