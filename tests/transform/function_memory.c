/* Transforms and control flow when memory runs out, at every request: AD_E_MEMORY, no byte left over, and the context works on. */
#include <adamant/adamant.h>
#include "support/refused.h"

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }
#define FN(name, inputs) ad_fn_new(c, name, inputs, NULL)

FUNCTION(below, ad_less(ad_sum(in[0], NULL), ad_number(c, 50)))
FUNCTION(squared, ad_square(in[0]))
FUNCTION(looped, ad_sum(ad_while_loop(FN(below, 1), FN(squared, 1), in[0]), NULL))
FUNCTION(branched, ad_sum(ad_cond(ad_greater(ad_sum(in[0], NULL), ad_number(c, 0)), FN(squared, 1), FN(squared, 1), AD_ARRAYS(in[0])), NULL))
FUNCTION(step, ad_tuple(c, ((ad_array *[]){ad_multiply(in[0], in[1]), ad_sin(in[1])}), 2))
FUNCTION(scanned, ad_sum(ad_item(ad_scan(FN(step, 2), ad_sum(in[0], NULL), in[0], NULL), 1), NULL))
FUNCTION(rule, ad_tuple(c, ((ad_array *[]){ad_multiply(in[1], ad_item(in[0], 0))}), 1))
FUNCTION(plain, ad_sum(ad_multiply(in[0], ad_tanh(in[0])), NULL))

static ad_fn *grad_of(ad_fn *f) { return ad_grad(f, NULL); }
static ad_fn *batched(ad_fn *f) { return ad_vmap(ad_grad(f, NULL), NULL); }
static ad_fn *hessian_of(ad_fn *f) { return ad_hessian(f, NULL); }
static ad_fn *checkpointed(ad_fn *f) { return ad_grad(ad_checkpoint(f), NULL); }
static ad_fn *customized(ad_fn *f) {
  ad_ctx *c = ad_fn_ctx(f);
  return ad_grad(ad_custom_function(f, &(ad_custom_opts){.vjp = c ? FN(rule, 3) : NULL}), NULL);
}

typedef struct work {
  ad_function f;
  ad_fn *(*transform)(ad_fn *f);
  bool matrix;
} work;

static ad_status run(ad_ctx *c, const void *given, char *said) {
  const work *w = given;
  ad_scope *s = ad_scope_begin(c);
  double v[] = {1, 2, 0.5, 1.5};
  ad_array *x = w->matrix ? ad_array_new(c, AD_FLOAT64, AD_SHAPE(2, 2), v) : ad_array_new(c, AD_FLOAT64, AD_SHAPE(2), v);
  ad_status code = ad_error_code(x);
  ad_array *y = code ? x : ad_call(w->transform(ad_fn_new(c, w->f, 1, NULL)), x);
  if (!code) code = ad_eval(y);
  snprintf(said, 300, "%s", ad_error_text(y));
  ad_scope_end(s, NULL);
  return code;
}

#define MEMORY_TEST(name, ...) \
  TEST(name) { refuse_each_request(run, &(work){__VA_ARGS__}); }
MEMORY_TEST(gradient, plain, grad_of, false)
MEMORY_TEST(hessian, plain, hessian_of, false)
MEMORY_TEST(batch, plain, batched, true)
MEMORY_TEST(checkpoint, plain, checkpointed, false)
MEMORY_TEST(custom, plain, customized, false)
MEMORY_TEST(loop, looped, grad_of, false)
MEMORY_TEST(batched_loop, looped, batched, true)
MEMORY_TEST(branch, branched, batched, true)
MEMORY_TEST(scan, scanned, grad_of, false)
MEMORY_TEST(scan_hessian, scanned, hessian_of, false)

CHECK_MAIN(CASE(branch), CASE(gradient), CASE(hessian), CASE(batch), CASE(checkpoint), CASE(custom), CASE(loop), CASE(batched_loop),
           CASE(scan), CASE(scan_hessian))
