/* Gradients of whole functions for the PyTorch oracle: losses made of many ops, and a recurrence written as a scan. */
#include "ops/torch_cases.h"

#define FUNCTION(name, expression)                                    \
  static ad_array *name(ad_ctx *c, ad_array *const *in, void *user) { \
    (void)c, (void)in, (void)user;                                    \
    return expression;                                                \
  }
#define SUM(a) ad_sum(a, NULL)
#define LAST AD_AXES(-1)

FUNCTION(perceptron, ad_mean(ad_square(ad_subtract(ad_matmul(ad_tanh(ad_matmul(in[0], in[1], NULL)), in[2], NULL), in[3])), NULL))
FUNCTION(cross_entropy, ad_negative(ad_mean(ad_sum(ad_multiply(ad_log_softmax(in[0], &(ad_log_softmax_opts){.axes = LAST}), in[1]), &(ad_sum_opts){.axes = LAST}), NULL)))
FUNCTION(attention, SUM(ad_square(ad_matmul(ad_softmax(ad_matmul(in[0], ad_transpose(in[1], NULL), NULL), &(ad_softmax_opts){.axes = LAST}), in[2], NULL))))
static ad_array *layer_norm(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *centred = ad_subtract(in[0], ad_mean(in[0], &(ad_mean_opts){.axes = LAST, .keepdims = true}));
  ad_array *var = ad_mean(ad_square(centred), &(ad_mean_opts){.axes = LAST, .keepdims = true});
  ad_array *y = ad_multiply(centred, ad_rsqrt(ad_add(var, ad_number(c, 1e-5))));
  return SUM(ad_sin(ad_add(ad_multiply(y, in[1]), in[2])));
}
FUNCTION(scans, SUM(ad_multiply(ad_cumsum(in[0], &(ad_cumsum_opts){.axis = AD_INT(1)}), ad_sort(in[0], NULL))))
FUNCTION(chosen, SUM(ad_where(ad_greater(in[0], ad_number(c, 0)), ad_multiply(in[0], in[1]), ad_exp(ad_minimum(in[0], in[1])))))
FUNCTION(reduced, ad_add(SUM(ad_logsumexp(in[0], &(ad_logsumexp_opts){.axes = AD_AXES(0)})), SUM(ad_max(in[0], &(ad_max_opts){.axes = LAST}))))
FUNCTION(activated, SUM(ad_multiply(ad_gelu(in[0]), ad_add(ad_silu(in[1]), ad_softplus(in[0])))))
FUNCTION(outer_product, SUM(ad_square(ad_subtract(ad_multiply(ad_expand_dims(in[0], AD_AXES(1)), in[1]), ad_number(c, 0.3)))))
static ad_array *cell(ad_ctx *c, ad_array *const *in, void *user) {
  ad_array *h = ad_tanh(ad_add(ad_matmul(in[0], *(ad_array **)user, NULL), in[1]));
  return ad_tuple(c, ((ad_array *[]){h, h}), 2);
}
static ad_array *recurrence(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  ad_array *w = in[1], *start = ad_zeros(c, AD_SHAPE(2, 3), NULL);
  return SUM(ad_square(ad_item(ad_scan(ad_fn_new(c, cell, 2, &w), start, in[0], NULL), 1)));
}
FUNCTION(quartic, SUM(ad_multiply(ad_square(in[0]), ad_sin(ad_sum(in[0], NULL)))))

TEST(gradients_for_torch) {
  ad_ctx *c = ad_ctx_new(NULL);
  torch_cases t;
  torch_begin(&t, c, "gradients");
  ad_array *a = torch_noise(c, AD_SHAPE(4, 3), 1), *b = torch_noise(c, AD_SHAPE(3, 5), 2), *d = torch_noise(c, AD_SHAPE(5, 2), 3);
  ad_array *e = torch_noise(c, AD_SHAPE(4, 2), 4), *f = torch_noise(c, AD_SHAPE(4, 3), 5), *v = torch_noise(c, AD_SHAPE(3), 6);
  ad_array *w = torch_noise(c, AD_SHAPE(3), 7), *x = torch_noise(c, AD_SHAPE(6, 2, 3), 8), *m = torch_noise(c, AD_SHAPE(3, 3), 9);
#define GRADIENT(function, n, text, ...)                                                                                \
  do {                                                                                                                  \
    static const int64_t all[] = {0, 1, 2, 3};                                                                          \
    ad_fn *g = ad_grad(ad_fn_new(c, function, n, NULL), &(ad_grad_opts){.argnums = {true, n, all}});                    \
    torch_case(&t, text, ad_call(g, __VA_ARGS__), n, __VA_ARGS__);                                                      \
  } while (0)
  GRADIENT(perceptron, 4, "gradients(lambda a, b, c, d: ((torch.tanh(a @ b) @ c - d) ** 2).mean(), a, b, c, d)", a, b, d, e);
  GRADIENT(cross_entropy, 2, "gradients(lambda a, b: -(torch.log_softmax(a, -1) * b).sum(-1).mean(), a, b)", a, f);
  GRADIENT(attention, 3, "gradients(lambda a, b, c: ((torch.softmax(a @ b.T, -1) @ c) ** 2).sum(), a, b, c)", a, f, a);
  GRADIENT(layer_norm, 3, "gradients(lambda a, b, c: torch.sin(F.layer_norm(a, (3,), b, c)).sum(), a, b, c)", a, v, w);
  GRADIENT(scans, 1, "gradients(lambda a: (a.cumsum(1) * a.sort(-1)[0]).sum(), a)", a);
  GRADIENT(chosen, 2, "gradients(lambda a, b: torch.where(a > 0, a * b, torch.exp(torch.minimum(a, b))).sum(), a, b)", a, f);
  GRADIENT(reduced, 1, "gradients(lambda a: torch.logsumexp(a, 0).sum() + a.max(-1)[0].sum(), a)", a);
  GRADIENT(activated, 2, "gradients(lambda a, b: (F.gelu(a) * (F.silu(b) + F.softplus(a))).sum(), a, b)", a, f);
  GRADIENT(outer_product, 2, "gradients(lambda a, b: ((a[:, None] * b - 0.3) ** 2).sum(), a, b)", v, w);
  GRADIENT(recurrence, 2, "gradients(recurrence, a, b)", x, m);
  torch_case(&t, "torch.autograd.functional.hessian(lambda a: (a ** 2 * torch.sin(a.sum())).sum(), a)",
             ad_call(ad_hessian(ad_fn_new(c, quartic, 1, NULL), NULL), v), 1, v);
  torch_end(&t);
  ad_ctx_free(c);
}

CHECK_MAIN(CASE(gradients_for_torch))
