/* Methods that average gradients: Adam, AdamW, Adamax, Lion. The formulas stand in optim.h. */
#include "nn/formulas.h"

enum { BETA1, BETA2, EPS, DECAY, CORRECTION };

static int moment_slots(const double *h, int rank, ad_optim_slot *out) {
  (void)h, (void)rank;
  out[0] = (ad_optim_slot){"m", 0};
  out[1] = (ad_optim_slot){"v", 0};
  return 2;
}

/* ---- Adam, AdamW ---- */

/* What is made of scalars alone comes first, so that all that is made of arrays is one group when it is compiled. */
static ad_array *adam_update(ad_optim_leaf *l) {
  const double *h = l->h;
  ad_array *p = ad__decayed(l, h[DECAY]), *rate = l->rate, *of_root = NULL;
  if (h[CORRECTION] != 0) {
    rate = ad_divide(rate, ad__in_lane(l, ad__bias(l, h[BETA1])));
    of_root = ad__in_lane(l, ad_rsqrt(ad__bias(l, h[BETA2])));
  }
  ad_array *m = l->slot[0] = ad__average(l, h[BETA1], l->slot[0], l->g);
  ad_array *v = l->slot[1] = ad__average(l, h[BETA2], l->slot[1], ad_square(l->g));
  ad_array *root = of_root ? ad_multiply(ad_sqrt(v), of_root) : ad_sqrt(v);
  return ad_subtract(p, ad_divide(ad_multiply(rate, m), ad_add(root, ad_number(l->ctx, h[EPS]))));
}

static const ad_optim_method adam_method = {AD_OPTIM_METHOD("adam"), .slots = moment_slots, .update = adam_update};
static const ad_optim_method adamw_method = {AD_OPTIM_METHOD("adamw"), .slots = moment_slots, .update = adam_update};

static ad_fn *make_adam(ad_place where, ad_ctx *c, const ad_optim_method *m, double learning_rate, const ad_optim_adam_opts *opts, double decay) {
  ad_optim_adam_opts o = opts ? *opts : (ad_optim_adam_opts){0};
  const ad_optim_number numbers[] = {{"beta1", ad__num_or(o.beta1, 0.9), 0, 1},
                                     {"beta2", ad__num_or(o.beta2, 0.999), 0, 1},
                                     {"eps", ad__num_or(o.eps, 1e-8), 0, INFINITY},
                                     {"weight_decay", ad__num_or(o.weight_decay, decay), 0, INFINITY},
                                     {"bias_correction", o.bias_correction, 0, 2}};
  return ad__method_make(where, c, m, learning_rate, o.schedule, numbers, 5);
}

ad_fn *ad_optim_adam_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_adam_opts *opts) {
  if (c && opts && opts->weight_decay.given && opts->weight_decay.value != 0)
    return ad__fn_fail(where, c, &adam_method.kind.fn, AD_E_VALUE, "weight_decay %g; none, or ad_optim_adamw, is right", opts->weight_decay.value);
  return make_adam(where, c, &adam_method, learning_rate, opts, 0);
}

ad_fn *ad_optim_adamw_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_adam_opts *opts) {
  return make_adam(where, c, &adamw_method, learning_rate, opts, 0.01);
}

/* ---- Adamax ---- */

static ad_array *adamax_update(ad_optim_leaf *l) {
  ad_array *m = l->slot[0] = ad__average(l, l->h[BETA1], l->slot[0], l->g);
  ad_array *v = l->slot[1] = ad_maximum(ad__times_number(l, l->h[BETA2], l->slot[1]), ad_abs(l->g));
  return ad_subtract(l->p, ad_divide(ad_multiply(l->rate, m), ad_add(v, ad_number(l->ctx, l->h[EPS]))));
}

static const ad_optim_method adamax_method = {AD_OPTIM_METHOD("adamax"), .slots = moment_slots, .update = adamax_update};

ad_fn *ad_optim_adamax_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_adamax_opts *opts) {
  ad_optim_adamax_opts o = opts ? *opts : (ad_optim_adamax_opts){0};
  const ad_optim_number numbers[] = {{"beta1", ad__num_or(o.beta1, 0.9), 0, 1},
                                     {"beta2", ad__num_or(o.beta2, 0.999), 0, 1},
                                     {"eps", ad__num_or(o.eps, 1e-8), 0, INFINITY}};
  return ad__method_make(where, c, &adamax_method, learning_rate, o.schedule, numbers, 3);
}

/* ---- Lion ---- */

enum { LION_DECAY = 2 };

static int lion_slots(const double *h, int rank, ad_optim_slot *out) {
  (void)h, (void)rank;
  out[0] = (ad_optim_slot){"m", 0};
  return 1;
}

static ad_array *lion_update(ad_optim_leaf *l) {
  ad_array *direction = ad_sign(ad__average(l, l->h[BETA1], l->slot[0], l->g));
  l->slot[0] = ad__average(l, l->h[BETA2], l->slot[0], l->g);
  return ad_subtract(ad__decayed(l, l->h[LION_DECAY]), ad_multiply(l->rate, direction));
}

static const ad_optim_method lion_method = {AD_OPTIM_METHOD("lion"), .slots = lion_slots, .update = lion_update};

ad_fn *ad_optim_lion_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_lion_opts *opts) {
  ad_optim_lion_opts o = opts ? *opts : (ad_optim_lion_opts){0};
  const ad_optim_number numbers[] = {{"beta1", ad__num_or(o.beta1, 0.9), 0, 1},
                                     {"beta2", ad__num_or(o.beta2, 0.99), 0, 1},
                                     {"weight_decay", ad__num_or(o.weight_decay, 0), 0, INFINITY}};
  return ad__method_make(where, c, &lion_method, learning_rate, o.schedule, numbers, 3);
}
