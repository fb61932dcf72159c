/* Methods without averages of gradients but momentum: SGD, RMSprop, Adagrad, AdaDelta. The formulas stand in optim.h. */
#include "nn/formulas.h"

/* ---- SGD ---- */

enum { SGD_MOMENTUM, SGD_DECAY, SGD_DAMPENING, SGD_NESTEROV };

static int sgd_slots(const double *h, int rank, ad_optim_slot *out) {
  (void)rank;
  if (h[SGD_MOMENTUM] == 0) return 0;
  out[0] = (ad_optim_slot){"v", 0};
  return 1;
}

static ad_array *sgd_update(ad_optim_leaf *l) {
  const double *h = l->h;
  ad_array *g = h[SGD_DECAY] == 0 ? l->g : ad_add(l->g, ad__times_number(l, h[SGD_DECAY], l->p));
  if (h[SGD_MOMENTUM] != 0) {
    ad_array *v = ad__times_number(l, h[SGD_MOMENTUM], l->slot[0]);
    v = l->slot[0] = ad_add(v, h[SGD_DAMPENING] == 0 ? g : ad__times_number(l, 1 - h[SGD_DAMPENING], g));
    g = h[SGD_NESTEROV] != 0 ? ad_add(g, ad__times_number(l, h[SGD_MOMENTUM], v)) : v;
  }
  return ad_subtract(l->p, ad_multiply(l->rate, g));
}

static const ad_optim_method sgd_method = {AD_OPTIM_METHOD("sgd"), .slots = sgd_slots, .update = sgd_update};

ad_fn *ad_optim_sgd_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_sgd_opts *opts) {
  ad_optim_sgd_opts o = opts ? *opts : (ad_optim_sgd_opts){0};
  double momentum = ad__num_or(o.momentum, 0), dampening = ad__num_or(o.dampening, 0);
  const ad_optim_number numbers[] = {{"momentum", momentum, 0, INFINITY},
                                     {"weight_decay", ad__num_or(o.weight_decay, 0), 0, INFINITY},
                                     {"dampening", dampening, -INFINITY, INFINITY},
                                     {"nesterov", o.nesterov, 0, 2}};
  if (c && o.nesterov && (!(momentum > 0) || dampening != 0))
    return ad__fn_fail(where, c, &sgd_method.kind.fn, AD_E_VALUE,
                       "nesterov with momentum %g and dampening %g; momentum above 0 and no dampening is right", momentum, dampening);
  return ad__method_make(where, c, &sgd_method, learning_rate, o.schedule, numbers, 4);
}

/* ---- By the size of past gradients ---- */

static int v_slots(const double *h, int rank, ad_optim_slot *out) {
  (void)h, (void)rank;
  out[0] = (ad_optim_slot){"v", 0};
  return 1;
}

/* r g / (sqrt(v) + eps). */
static ad_array *scaled_step(ad_optim_leaf *l, ad_array *v, double eps) {
  return ad_divide(ad_multiply(l->rate, l->g), ad_add(ad_sqrt(v), ad_number(l->ctx, eps)));
}

static ad_array *rmsprop_update(ad_optim_leaf *l) {
  l->slot[0] = ad__average(l, l->h[0], l->slot[0], ad_square(l->g));
  return ad_subtract(l->p, scaled_step(l, l->slot[0], l->h[1]));
}

static const ad_optim_method rmsprop_method = {AD_OPTIM_METHOD("rmsprop"), .slots = v_slots, .update = rmsprop_update};

ad_fn *ad_optim_rmsprop_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_rmsprop_opts *opts) {
  ad_optim_rmsprop_opts o = opts ? *opts : (ad_optim_rmsprop_opts){0};
  const ad_optim_number numbers[] = {{"alpha", ad__num_or(o.alpha, 0.99), 0, INFINITY}, {"eps", ad__num_or(o.eps, 1e-8), 0, INFINITY}};
  return ad__method_make(where, c, &rmsprop_method, learning_rate, o.schedule, numbers, 2);
}

static ad_array *adagrad_update(ad_optim_leaf *l) {
  l->slot[0] = ad_add(l->slot[0], ad_square(l->g));
  return ad_subtract(l->p, scaled_step(l, l->slot[0], l->h[0]));
}

static const ad_optim_method adagrad_method = {AD_OPTIM_METHOD("adagrad"), .slots = v_slots, .update = adagrad_update};

ad_fn *ad_optim_adagrad_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_adagrad_opts *opts) {
  ad_optim_adagrad_opts o = opts ? *opts : (ad_optim_adagrad_opts){0};
  const ad_optim_number numbers[] = {{"eps", ad__num_or(o.eps, 1e-8), 0, INFINITY}};
  return ad__method_make(where, c, &adagrad_method, learning_rate, o.schedule, numbers, 1);
}

static int adadelta_slots(const double *h, int rank, ad_optim_slot *out) {
  out[1] = (ad_optim_slot){"u", 0};
  return v_slots(h, rank, out) + 1;
}

static ad_array *adadelta_update(ad_optim_leaf *l) {
  ad_array *v = ad__average(l, l->h[0], l->slot[0], ad_square(l->g)), *eps = ad_number(l->ctx, l->h[1]);
  ad_array *d = ad_multiply(ad_divide(ad_sqrt(ad_add(l->slot[1], eps)), ad_sqrt(ad_add(v, eps))), l->g);
  l->slot[0] = v;
  l->slot[1] = ad__average(l, l->h[0], l->slot[1], ad_square(d));
  return ad_subtract(l->p, ad_multiply(l->rate, d));
}

static const ad_optim_method adadelta_method = {AD_OPTIM_METHOD("adadelta"), .slots = adadelta_slots, .update = adadelta_update};

ad_fn *ad_optim_adadelta_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_adadelta_opts *opts) {
  ad_optim_adadelta_opts o = opts ? *opts : (ad_optim_adadelta_opts){0};
  const ad_optim_number numbers[] = {{"rho", ad__num_or(o.rho, 0.9), 0, INFINITY}, {"eps", ad__num_or(o.eps, 1e-6), 0, INFINITY}};
  return ad__method_make(where, c, &adadelta_method, learning_rate, o.schedule, numbers, 2);
}
