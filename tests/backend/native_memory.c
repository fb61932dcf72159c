/* Native code when memory runs out, at every request: the call works, by the interpreter if need be, or says AD_E_MEMORY; no byte is left
 * over, and the context works on. */
#include <adamant/adamant.h>
#include "cache.h"
#include "counted_memory.h"

static ad_array *groups(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *e = ad_exp(ad_subtract(in[0], ad_max(in[0], &(ad_max_opts){.axes = AD_AXES(-1), .keepdims = true})));
  return ad_add(ad_divide(e, ad_sum(e, &(ad_sum_opts){.axes = AD_AXES(-1), .keepdims = true})), ad_number(c, 1));
}

static ad_array *step(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *x = ad_item(in[0], 0);
  return ad_tuple(c, ((ad_array *[]){ad_multiply(ad_sin(x), ad_mean(x, NULL)), ad_add(ad_item(in[0], 1), ad_number_int(c, 1))}), 2);
}
static ad_array *fewer(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return ad_less(ad_item(in[0], 1), ad_number_int(c, 5));
}
static ad_array *loop(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *zero = ad_array_new(c, AD_INT32, ((ad_shape){0, NULL}), (int32_t[]){0});
  ad_array *y = ad_while_loop(ad_fn_new(c, fewer, 1, NULL), ad_fn_new(c, step, 1, NULL), ad_tuple(c, ((ad_array *[]){in[0], zero}), 2));
  return ad_sum(ad_item(y, 0), NULL);
}

static ad_status run(ad_ctx *c, ad_function function, bool gradient, char *said) {
  ad_scope *s = ad_scope_begin(c);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (float[]){1, 2, 0.5f, 1.5f});
  ad_status code = ad_error_code(x);
  ad_fn *f = ad_fn_new(c, function, 1, NULL);
  f = ad_compile(gradient ? ad_grad(f, NULL) : f, &(ad_compile_opts){.native = AD_NATIVE_WAIT});
  ad_array *y = code ? x : ad_call(f, x);
  if (!code) code = ad_eval(y);
  snprintf(said, 300, "%s", ad_error_text(y));
  ad_compiled_report(f, "native");
  ad_scope_end(s, NULL);
  return code;
}

static void refuse_each(ad_function f, bool gradient) {
  for (size_t n = 1; n < 20000; n++) {
    struct counted_memory memory;
    counted_begin(&memory, 0);
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .allocator = {counted_resize, &memory}, .cache_dir = cache_folder("memory")});
    memory.refuse = memory.asked + n;
    char said[300] = "";
    ad_status code = run(c, f, gradient, said);
    bool refused = memory.asked >= memory.refuse;
    memory.refuse = 0;
    if (code && code != AD_E_MEMORY) CHECK_FAIL("request %zu refused: the status is %s: %s", n, ad_status_name(code), said);
    if (refused && run(c, f, gradient, said) != AD_OK) CHECK_FAIL("request %zu refused: the context does not work any more: %s", n, said);
    ad_ctx_free(c);
    if (memory.live) CHECK_FAIL("request %zu refused: %zu bytes are left over", n, memory.live);
    if (!refused || check_state.failures > 3) return;
  }
  CHECK_FAIL("the work does not come to an end");
}

TEST(groups_of_a_plan) { refuse_each(groups, false); }
TEST(a_loop) { refuse_each(loop, false); }
TEST(the_gradient_of_a_loop) { refuse_each(loop, true); }

CHECK_MAIN(CASE(groups_of_a_plan), CASE(a_loop), CASE(the_gradient_of_a_loop))
