/* Optimisers, schedules, and what is done to gradients.
 *
 *   ad_fn *optimiser = ad_optim_clipped(ad_optim_adamw(c, 1e-3, NULL), &(ad_optim_clipped_opts){.max_norm = AD_NUM(1)});
 *   ad_array *state = ad_optim_init(optimiser, params);
 *   ...
 *   ad_array *r = ad_call(value_and_grad, params, x, y);              tuple(loss, gradients)
 *   ad_array *next = ad_call(optimiser, params, ad_item(r, 1), state); tuple(params, state)
 *
 * An optimiser is a function of three trees, parameters, gradients of the same form, and a state, that returns a tuple of the next
 * parameters and the next state. It is made of ops and keeps nothing itself, so it runs alone as well as inside a compiled step
 * with the forward and the backward pass. A function that takes and returns an optimiser (clipped, accumulated, scaled,
 * averaged) puts its own state around the other's.
 *
 * Parameters are floats. Those of half types are updated in float32, in which their states are, and rounded once. The state of an
 * optimiser proper is a record: `step` (uint64, updates done), `learning_rate` (float32; float64 when a parameter is), and
 * `parameters`, a tree of the parameters' form with a record of arrays in the place of each. Setting a member (ad_record) changes what
 * follows; no update remembers anything else. Numbers out of range make a failed function (AD_E_VALUE); trees that do not
 * match are error arrays that name the parameter by its path, as layers.0.weight. opts may be NULL. */
#ifndef ADAMANT_OPTIM_H
#define ADAMANT_OPTIM_H

#include <adamant/transform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The state before the first update. AD_E_TYPE when f is no optimiser, or a parameter no float. */
AD_API ad_array *ad_optim_init_at(ad_place where, ad_fn *optimiser, ad_array *params);
#define ad_optim_init(...) ad_optim_init_at(AD_HERE, __VA_ARGS__)

/* ---- Optimisers --------------------------------------------------------------------------------------
 * Of a parameter p, its gradient g, the learning rate r, the number t of the update, 1 at first; states begin at 0. A schedule, a
 * function of the updates done so far (see below), gives the learning rate in place of the number, which is then not used. */

typedef struct ad_optim_sgd_opts {
  ad_fn *schedule;
  ad_num momentum;     /* a; default 0 */
  ad_num weight_decay; /* w; default 0 */
  ad_num dampening;    /* d; default 0 */
  bool nesterov;       /* needs momentum and no dampening */
} ad_optim_sgd_opts;
/* Gradient descent: g += w p; v = a v + (1 - d) g; p -= r v, or, with nesterov, r (g + a v). State: v, where there is momentum. */
AD_API ad_fn *ad_optim_sgd_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_sgd_opts *opts);
#define ad_optim_sgd(...) ad_optim_sgd_at(AD_HERE, __VA_ARGS__)

typedef struct ad_optim_rmsprop_opts {
  ad_fn *schedule;
  ad_num alpha; /* default 0.99 */
  ad_num eps;   /* default 1e-8 */
} ad_optim_rmsprop_opts;
/* v = alpha v + (1 - alpha) g^2; p -= r g / (sqrt(v) + eps) (Tieleman and Hinton, 2012). State: v. */
AD_API ad_fn *ad_optim_rmsprop_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_rmsprop_opts *opts);
#define ad_optim_rmsprop(...) ad_optim_rmsprop_at(AD_HERE, __VA_ARGS__)

typedef struct ad_optim_adagrad_opts {
  ad_fn *schedule;
  ad_num eps; /* default 1e-8 */
} ad_optim_adagrad_opts;
/* v += g^2; p -= r g / (sqrt(v) + eps) (Duchi, Hazan and Singer, 2011). State: v. */
AD_API ad_fn *ad_optim_adagrad_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_adagrad_opts *opts);
#define ad_optim_adagrad(...) ad_optim_adagrad_at(AD_HERE, __VA_ARGS__)

typedef struct ad_optim_adadelta_opts {
  ad_fn *schedule;
  ad_num rho; /* default 0.9 */
  ad_num eps; /* default 1e-6 */
} ad_optim_adadelta_opts;
/* v = rho v + (1 - rho) g^2; d = sqrt(u + eps) / sqrt(v + eps) g; u = rho u + (1 - rho) d^2; p -= r d (Zeiler, 2012). State: v, u. */
AD_API ad_fn *ad_optim_adadelta_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_adadelta_opts *opts);
#define ad_optim_adadelta(...) ad_optim_adadelta_at(AD_HERE, __VA_ARGS__)

typedef struct ad_optim_adam_opts {
  ad_fn *schedule;
  ad_num beta1;         /* default 0.9 */
  ad_num beta2;         /* default 0.999 */
  ad_num eps;           /* default 1e-8 */
  ad_num weight_decay;  /* of adamw: default 0.01; adam has none: anything but 0 is an error */
  bool bias_correction; /* m / (1 - beta1^t) and v / (1 - beta2^t) in the place of m and v, as PyTorch has it */
} ad_optim_adam_opts;
/* m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; p -= r m / (sqrt(v) + eps) (Kingma and Ba, 2014). State: m, v. */
AD_API ad_fn *ad_optim_adam_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_adam_opts *opts);
#define ad_optim_adam(...) ad_optim_adam_at(AD_HERE, __VA_ARGS__)
/* The same after p -= r weight_decay p (Loshchilov and Hutter, 2017). */
AD_API ad_fn *ad_optim_adamw_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_adam_opts *opts);
#define ad_optim_adamw(...) ad_optim_adamw_at(AD_HERE, __VA_ARGS__)

typedef struct ad_optim_adamax_opts {
  ad_fn *schedule;
  ad_num beta1; /* default 0.9 */
  ad_num beta2; /* default 0.999 */
  ad_num eps;   /* default 1e-8 */
} ad_optim_adamax_opts;
/* m = beta1 m + (1 - beta1) g; v = max(beta2 v, |g|); p -= r m / (v + eps). State: m, v. */
AD_API ad_fn *ad_optim_adamax_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_adamax_opts *opts);
#define ad_optim_adamax(...) ad_optim_adamax_at(AD_HERE, __VA_ARGS__)

typedef struct ad_optim_lion_opts {
  ad_fn *schedule;
  ad_num beta1;        /* default 0.9 */
  ad_num beta2;        /* default 0.99 */
  ad_num weight_decay; /* w; default 0 */
} ad_optim_lion_opts;
/* p -= r w p; p -= r sign(beta1 m + (1 - beta1) g); m = beta2 m + (1 - beta2) g (Chen and others, 2023). State: m. */
AD_API ad_fn *ad_optim_lion_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_lion_opts *opts);
#define ad_optim_lion(...) ad_optim_lion_at(AD_HERE, __VA_ARGS__)

typedef struct ad_optim_adafactor_opts {
  ad_fn *schedule;
  ad_num learning_rate;   /* absent, without a schedule: min(0.01, 1 / sqrt(t)) */
  bool warmup;            /* min(1e-6 t, 1 / sqrt(t)) in place of that; not beside a learning rate or schedule */
  ad_num eps_square;      /* added to squares; default 1e-30 */
  ad_num eps_scale;       /* the least size of a parameter; default 1e-3 */
  ad_num clip_threshold;  /* the largest root mean square of an update; default 1 */
  ad_num decay_rate;      /* squares are averaged with 1 - t^decay_rate; default -0.8 */
  ad_num beta1;           /* of the average of updates; absent: there is none */
  ad_num weight_decay;    /* w; default 0 */
  bool absolute;          /* r is not multiplied by the root mean square of p */
} ad_optim_adafactor_opts;
/* Adafactor (Shazeer and Stern, 2018): of parameters of two or more axes averages of g^2 over the last axis and over the one before
 * stand for all of them. State: exp_avg_sq_row, exp_avg_sq_col, or exp_avg_sq; exp_avg with beta1. */
AD_API ad_fn *ad_optim_adafactor_at(ad_place where, ad_ctx *c, const ad_optim_adafactor_opts *opts);
#define ad_optim_adafactor(...) ad_optim_adafactor_at(AD_HERE, __VA_ARGS__)

typedef struct ad_optim_muon_opts {
  ad_fn *schedule;
  ad_num momentum;     /* a; default 0.95 */
  ad_num weight_decay; /* w; default 0.01 */
  bool plain;          /* no nesterov */
  ad_int ns_steps;     /* of Newton and Schulz's iteration; default 5 */
} ad_optim_muon_opts;
/* g += w p; v = a v + (1 - a) g; u = a v + (1 - a) g, or v if plain; p -= r u. Of parameters of two or more axes, taken as matrices
 * (first, product of the rest), u is made nearly orthogonal and r multiplied by sqrt(max(1, rows / columns)) (Jordan and others,
 * Muon, 2024). State: v. */
AD_API ad_fn *ad_optim_muon_at(ad_place where, ad_ctx *c, double learning_rate, const ad_optim_muon_opts *opts);
#define ad_optim_muon(...) ad_optim_muon_at(AD_HERE, __VA_ARGS__)

/* Whether a parameter is a filter's; path is as in messages. */
typedef bool (*ad_optim_filter)(void *user, const char *path, ad_array *parameter);
/* Each parameter by the first of n optimisers whose filter takes it; there are n - 1 filters, the last optimiser takes the rest.
 * filters are asked by ad_optim_init and at every call with the same user, until release(user), which may be NULL. State: a record
 * of `states`, a tuple of the optimisers' states, of records of their parameters by path. */
AD_API ad_fn *ad_optim_multi_at(ad_place where, ad_fn *const *optimisers, int n, const ad_optim_filter *filters, void *user,
                                void (*release)(void *user));
#define ad_optim_multi(...) ad_optim_multi_at(AD_HERE, __VA_ARGS__)

/* ---- Around an optimiser ----------------------------------------------------------------------------- */

typedef struct ad_optim_clipped_opts {
  ad_num max_norm;  /* gradients as by ad_clip_grad_norm */
  ad_num max_value; /* elements as by ad_clip_grad_value, before that */
} ad_optim_clipped_opts;
/* The optimiser on clipped gradients. It has the other's state. */
AD_API ad_fn *ad_optim_clipped_at(ad_place where, ad_fn *optimiser, const ad_optim_clipped_opts *opts);
#define ad_optim_clipped(...) ad_optim_clipped_at(AD_HERE, __VA_ARGS__)

/* The optimiser on the mean of every `count` gradients, parameters staying as they are in between. State: `count` so far, `sum` of
 * the gradients' shares, `optimiser`. */
AD_API ad_fn *ad_optim_accumulated_at(ad_place where, ad_fn *optimiser, int64_t count);
#define ad_optim_accumulated(...) ad_optim_accumulated_at(AD_HERE, __VA_ARGS__)

typedef struct ad_optim_scaled_opts {
  ad_num initial; /* the first scale; default 65536 */
  ad_num growth;  /* it grows by this factor after `interval` good updates; default 2 */
  ad_num backoff; /* and shrinks by this one after a bad one; default 0.5 */
  ad_int interval; /* default 2000 */
} ad_optim_scaled_opts;
/* The optimiser on gradients of a scaled loss, for forward and backward passes in float16 (Micikevicius and others, Mixed precision
 * training, 2017): multiply the loss by the member `scale` of the state before it is differentiated. Gradients are divided
 * by it; if one is not finite, parameters and the optimiser's state stay as they are. State: `scale`, `good` updates since
 * it last changed, `optimiser`. */
AD_API ad_fn *ad_optim_scaled_at(ad_place where, ad_fn *optimiser, const ad_optim_scaled_opts *opts);
#define ad_optim_scaled(...) ad_optim_scaled_at(AD_HERE, __VA_ARGS__)

typedef struct ad_optim_averaged_opts {
  bool warmup; /* decay is (1 + n) / (10 + n) after n updates, while that is smaller */
} ad_optim_averaged_opts;
/* The optimiser, with the moving average of the parameters, average = decay average + (1 - decay) p after every update. State:
 * `step`, `average`, which is of the parameters' form and begins as they do, `optimiser`. */
AD_API ad_fn *ad_optim_averaged_at(ad_place where, ad_fn *optimiser, double decay, const ad_optim_averaged_opts *opts);
#define ad_optim_averaged(...) ad_optim_averaged_at(AD_HERE, __VA_ARGS__)

/* ---- Gradients --------------------------------------------------------------------------------------- */

/* A tuple of the tree of gradients, times min(1, max_norm / (norm + 1e-6)), and the norm of all their elements together. max_norm is
 * 0 or more (AD_E_VALUE). */
AD_API ad_array *ad_clip_grad_norm_at(ad_place where, ad_array *grads, double max_norm);
#define ad_clip_grad_norm(...) ad_clip_grad_norm_at(AD_HERE, __VA_ARGS__)
/* The tree of gradients with every element between -max_value and max_value. */
AD_API ad_array *ad_clip_grad_value_at(ad_place where, ad_array *grads, double max_value);
#define ad_clip_grad_value(...) ad_clip_grad_value_at(AD_HERE, __VA_ARGS__)

/* ---- Schedules --------------------------------------------------------------------------------------
 * Functions of one array, the number of updates done, a scalar of any real dtype: any ad_fn of that kind will do. These compute in
 * float64 and return it. */

/* initial * rate^step. */
AD_API ad_fn *ad_schedule_exponential_at(ad_place where, ad_ctx *c, double initial, double rate);
#define ad_schedule_exponential(...) ad_schedule_exponential_at(AD_HERE, __VA_ARGS__)
/* initial * rate^floor(step / size). */
AD_API ad_fn *ad_schedule_steps_at(ad_place where, ad_ctx *c, double initial, double rate, int64_t size);
#define ad_schedule_steps(...) ad_schedule_steps_at(AD_HERE, __VA_ARGS__)
/* From initial to end by half a cosine wave over so many steps, end from then on. */
AD_API ad_fn *ad_schedule_cosine_at(ad_place where, ad_ctx *c, double initial, int64_t steps, double end);
#define ad_schedule_cosine(...) ad_schedule_cosine_at(AD_HERE, __VA_ARGS__)
/* From initial to end by equal parts over so many steps, end from then on. */
AD_API ad_fn *ad_schedule_linear_at(ad_place where, ad_ctx *c, double initial, double end, int64_t steps);
#define ad_schedule_linear(...) ad_schedule_linear_at(AD_HERE, __VA_ARGS__)
/* n schedules one after the other: number i until the i-th of n - 1 boundaries, each counting steps from the boundary before it. A
 * warm-up is a linear one, then another. */
AD_API ad_fn *ad_schedule_join_at(ad_place where, ad_fn *const *schedules, int n, const int64_t *boundaries);
#define ad_schedule_join(...) ad_schedule_join_at(AD_HERE, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
