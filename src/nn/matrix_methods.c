/* Methods that look at a parameter as a matrix: Adafactor and Muon. The formulas stand in optim.h. */
#include "nn/formulas.h"

static ad_array *mean_over(ad_array *a, int64_t axis, bool keepdims) {
  return ad_mean(a, &(ad_mean_opts){.axes = AD_AXES(axis), .keepdims = keepdims});
}
static ad_array *root_mean_square(ad_array *a) { return ad_sqrt(ad_mean(ad_square(a), NULL)); }

/* ---- Adafactor ---- */

enum { EPS_SQUARE, EPS_SCALE, THRESHOLD, DECAY_RATE, HAS_BETA1, BETA1, DECAY, ABSOLUTE };

static int adafactor_slots(const double *h, int rank, ad_optim_slot *out) {
  int n = 0;
  if (rank >= 2) {
    out[n++] = (ad_optim_slot){"exp_avg_sq_row", -1};
    out[n++] = (ad_optim_slot){"exp_avg_sq_col", -2};
  } else {
    out[n++] = (ad_optim_slot){"exp_avg_sq", 0};
  }
  if (h[HAS_BETA1] != 0) out[n++] = (ad_optim_slot){"exp_avg", 0};
  return n;
}

/* beta old + (1 - beta) fresh for a beta that is an array. */
static ad_array *mix(const ad_optim_leaf *l, ad_array *beta, ad_array *old, ad_array *fresh) {
  return ad_add(ad_multiply(beta, old), ad_multiply(ad_subtract(ad_number(l->ctx, 1), beta), fresh));
}

/* g over the root of its squares' average, of which rows and columns are kept: their product over the mean of either. */
static ad_array *factored_step(ad_optim_leaf *l, ad_array *beta, ad_array *squares) {
  ad_array *row = l->slot[0] = mix(l, beta, l->slot[0], mean_over(squares, -1, false));
  ad_array *column = l->slot[1] = mix(l, beta, l->slot[1], mean_over(squares, -2, false));
  ad_array *of_row = ad_expand_dims(ad_rsqrt(ad_divide(row, mean_over(row, -1, true))), AD_AXES(-1));
  ad_array *of_column = ad_expand_dims(ad_rsqrt(column), AD_AXES(-2));
  return ad_multiply(ad_multiply(of_row, of_column), l->g);
}

static ad_array *adafactor_update(ad_optim_leaf *l) {
  const double *h = l->h;
  int n = adafactor_slots(h, ad_array_rank(l->p), (ad_optim_slot[AD_OPTIM_SLOTS]){0});
  ad_array *one = ad_number(l->ctx, 1), *rate = l->rate, *step;
  ad_array *beta = ad__in_lane(l, ad_subtract(one, ad_power(l->t, ad_number(l->ctx, h[DECAY_RATE]))));
  ad_array *squares = ad_add(ad_square(l->g), ad_number(l->ctx, h[EPS_SQUARE]));
  if (ad_array_rank(l->p) >= 2) step = factored_step(l, beta, squares);
  else step = ad_multiply(ad_rsqrt(l->slot[0] = mix(l, beta, l->slot[0], squares)), l->g);
  if (h[ABSOLUTE] == 0) rate = ad_multiply(rate, ad_maximum(root_mean_square(l->p), ad_number(l->ctx, h[EPS_SCALE])));
  step = ad_divide(step, ad_maximum(one, ad_divide(root_mean_square(step), ad_number(l->ctx, h[THRESHOLD]))));
  step = ad_multiply(rate, step);
  if (h[HAS_BETA1] != 0) step = l->slot[n - 1] = ad__average(l, h[BETA1], l->slot[n - 1], step);
  l->rate = rate;
  return ad_subtract(ad__decayed(l, h[DECAY]), step);
}

static const ad_optim_method adafactor_method = {AD_OPTIM_METHOD("adafactor"), .slots = adafactor_slots, .update = adafactor_update};

/* min(most, 1 / sqrt(t)) with t = step + 1. */
static ad_array *relative_rate(ad_ctx *c, ad_array *step, bool warm) {
  ad_array *t = ad_add(ad_cast(step, AD_FLOAT64), ad_number(c, 1));
  return ad_minimum(warm ? ad_multiply(t, ad_number(c, 1e-6)) : ad_number(c, 1e-2), ad_rsqrt(t));
}
static ad_array *relative_cold(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return relative_rate(c, in[0], false);
}
static ad_array *relative_warm(ad_ctx *c, ad_array *const *in, void *user) {
  (void)user;
  return relative_rate(c, in[0], true);
}

ad_fn *ad_optim_adafactor_at(ad_place where, ad_ctx *c, const ad_optim_adafactor_opts *opts) {
  ad_optim_adafactor_opts o = opts ? *opts : (ad_optim_adafactor_opts){0};
  const ad_optim_number numbers[] = {{"eps_square", ad__num_or(o.eps_square, 1e-30), 0, INFINITY},
                                     {"eps_scale", ad__num_or(o.eps_scale, 1e-3), 0, INFINITY},
                                     {"clip_threshold", ad__num_or(o.clip_threshold, 1), 0, INFINITY},
                                     {"decay_rate", ad__num_or(o.decay_rate, -0.8), -INFINITY, INFINITY},
                                     {"beta1", o.beta1.given, 0, 2},
                                     {"beta1", ad__num_or(o.beta1, 0), 0, 1},
                                     {"weight_decay", ad__num_or(o.weight_decay, 0), 0, INFINITY},
                                     {"absolute", o.absolute, 0, 2}};
  bool relative = !o.learning_rate.given && !o.schedule;
  if (c && o.warmup && !relative)
    return ad__fn_fail(where, c, &adafactor_method.kind.fn, AD_E_VALUE, "warmup beside a learning rate; one of them is right");
  ad_fn *schedule = !relative ? o.schedule : ad_fn_new_at(where, c, o.warmup ? relative_warm : relative_cold, 1, NULL);
  return ad__method_make(where, c, &adafactor_method, ad__num_or(o.learning_rate, 0), schedule, numbers, 8);
}

/* ---- Muon ---- */

enum { MUON_MOMENTUM, MUON_DECAY, MUON_PLAIN, MUON_STEPS };
enum { MUON_STEPS_DEFAULT = 5, MUON_STEPS_MOST = 100 };

static int muon_slots(const double *h, int rank, ad_optim_slot *out) {
  (void)h, (void)rank;
  out[0] = (ad_optim_slot){"v", 0};
  return 1;
}

/* Brings the singular values of x near 1: x becomes a x + (b x x' + c x x' x x') x, again and again, with coefficients that rise
 * steeply at 0 and stay within about 0.7 and 1.2 (Jordan and others, 2024). */
static ad_array *orthogonalised(const ad_optim_leaf *l, ad_array *x) {
  const double a = 3.4445, b = -4.7750, c = 2.0315;
  bool tall = ad_array_dim(x, 0) > ad_array_dim(x, 1);
  if (tall) x = ad_matrix_transpose(x);
  x = ad_divide(x, ad_add(ad_sqrt(ad_sum(ad_square(x), NULL)), ad_number(l->ctx, 1e-7)));
  for (int i = 0; i < (int)l->h[MUON_STEPS]; i++) {
    ad_array *square = ad_matmul(x, ad_matrix_transpose(x), NULL), *fourth = ad_matmul(square, square, NULL);
    ad_array *factor = ad_add(ad__times_number(l, b, square), ad__times_number(l, c, fourth));
    x = ad_add(ad__times_number(l, a, x), ad_matmul(factor, x, NULL));
  }
  return tall ? ad_matrix_transpose(x) : x;
}

static ad_array *muon_update(ad_optim_leaf *l) {
  const double *h = l->h;
  ad_array *g = h[MUON_DECAY] == 0 ? l->g : ad_add(l->g, ad__times_number(l, h[MUON_DECAY], l->p)), *rate = l->rate;
  ad_array *v = l->slot[0] = ad__average(l, h[MUON_MOMENTUM], l->slot[0], g);
  ad_array *step = h[MUON_PLAIN] != 0 ? v : ad__average(l, h[MUON_MOMENTUM], v, g);
  if (ad_array_rank(l->p) >= 2 && ad_array_size(l->p) > 0) {
    ad_shape shape = ad_array_shape(l->p);
    double rows = (double)shape.dims[0], columns = (double)ad_array_size(l->p) / rows;
    step = orthogonalised(l, ad_reshape(step, AD_SHAPE(shape.dims[0], -1)));
    step = ad_reshape(step, shape);
    if (rows > columns) rate = ad__times_number(l, sqrt(rows / columns), rate);
  }
  return ad_subtract(l->p, ad_multiply(rate, step));
}

static const ad_optim_method muon_method = {AD_OPTIM_METHOD("muon"), .slots = muon_slots, .update = muon_update};

ad_fn *ad_optim_muon_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_muon_opts *opts) {
  ad_optim_muon_opts o = opts ? *opts : (ad_optim_muon_opts){0};
  const ad_optim_number numbers[] = {{"momentum", ad__num_or(o.momentum, 0.95), 0, 1},
                                     {"weight_decay", ad__num_or(o.weight_decay, 0.01), 0, INFINITY},
                                     {"plain", o.plain, 0, 2},
                                     {"ns_steps", (double)(o.ns_steps.given ? o.ns_steps.value : MUON_STEPS_DEFAULT), 0, MUON_STEPS_MOST}};
  return ad__method_make(where, c, &muon_method, learning_rate, o.schedule, numbers, 4);
}
