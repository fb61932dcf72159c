/* Compiling when memory runs out, at every request: AD_E_MEMORY, no byte left over, and the context works on. */
#include <adamant/adamant.h>
#include "counted_memory.h"

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }

FUNCTION(loss, ad_sum(ad_square(ad_tanh(ad_matmul(in[0], ad_softmax(ad_negative(ad_negative(in[0])), NULL), NULL))), NULL))
FUNCTION(several, ad_tuple(c, ((ad_array *[]){ad_transpose(ad_exp(in[0]), NULL), ad_random_normal(c, NULL, NULL, NULL, AD_SHAPE(2), NULL), in[0]}), 3))

typedef struct work {
  ad_function f;
  bool gradient, shapeless;
} work;

static ad_status run(ad_ctx *c, const work *w, char *said) {
  ad_scope *s = ad_scope_begin(c);
  ad_random_seed(c, 3);
  ad_array *x = ad_array_new(c, AD_FLOAT32, AD_SHAPE(2, 2), (float[]){1, 2, 0.5f, 1.5f});
  ad_status code = ad_error_code(x);
  ad_fn *f = ad_fn_new(c, w->f, 1, NULL);
  if (w->gradient) f = ad_value_and_grad(f, NULL);
  f = ad_compile(f, &(ad_compile_opts){.shapeless = w->shapeless});
  ad_array *y = code ? x : ad_call(f, x);
  if (!code) code = ad_eval(y);
  snprintf(said, 300, "%s", ad_error_text(y));
  ad_compiled_report(f, "plan");
  ad_scope_end(s, NULL);
  return code;
}

static void refuse_each(const work *w) {
  for (size_t n = 1; n < 20000; n++) {
    struct counted_memory memory;
    counted_begin(&memory, 0);
    ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){.threads = 1, .allocator = {counted_resize, &memory}});
    memory.refuse = memory.asked + n;
    char said[300] = "";
    ad_status code = run(c, w, said);
    bool refused = memory.asked >= memory.refuse;
    memory.refuse = 0;
    if (code && code != AD_E_MEMORY) CHECK_FAIL("request %zu refused: the status is %s: %s", n, ad_status_name(code), said);
    if (refused && run(c, w, said) != AD_OK) CHECK_FAIL("request %zu refused: the context does not work any more: %s", n, said);
    ad_ctx_free(c);
    if (memory.live) CHECK_FAIL("request %zu refused: %zu bytes are left over", n, memory.live);
    if (!refused || check_state.failures > 3) return;
  }
  CHECK_FAIL("the work does not come to an end");
}

TEST(a_function) { refuse_each(&(work){loss, false, false}); }
TEST(a_gradient) { refuse_each(&(work){loss, true, false}); }
TEST(several_results) { refuse_each(&(work){several, false, false}); }
TEST(without_shapes) { refuse_each(&(work){loss, true, true}); }

CHECK_MAIN(CASE(a_function), CASE(a_gradient), CASE(several_results), CASE(without_shapes))
