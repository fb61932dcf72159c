/* Compiling when memory runs out, at every request: AD_E_MEMORY, no byte left over, and the context works on. */
#include <adamant/adamant.h>
#include "support/refused.h"

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

static ad_status run(ad_ctx *c, const void *given, char *said) {
  const work *w = given;
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

TEST(a_function) { refuse_each_request(run, &(work){loss, false, false}); }
TEST(a_gradient) { refuse_each_request(run, &(work){loss, true, false}); }
TEST(several_results) { refuse_each_request(run, &(work){several, false, false}); }
TEST(without_shapes) { refuse_each_request(run, &(work){loss, true, true}); }

CHECK_MAIN(CASE(a_function), CASE(a_gradient), CASE(several_results), CASE(without_shapes))
