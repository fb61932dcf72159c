/* Optimisers from the inside.
 *
 * An optimiser is a function (array/fn.h) of a kind that can also make the first state. Most are methods: a constant table row with
 * the names of what they keep for a parameter, and the formula of one parameter's update; optimiser.c does what all of
 * them share: trees, checks, dtypes, the step, the learning rate. */
#ifndef AD_NN_OPTIMISER_H
#define AD_NN_OPTIMISER_H

#include <adamant/optim.h>
#include "array/fn.h"
#include "ops/reduce_rules.h"

typedef struct ad_optimiser_kind {
  ad_fn_kind fn; /* .call is ad__optimiser_call: by that a function is known to be an optimiser */
  ad_array *(*init)(const ad_fn *f, ad_place where, ad_array *params);
  ad_array *(*update)(const ad_fn *f, ad_place where, ad_array *params, ad_array *grads, ad_array *state);
} ad_optimiser_kind;

ad_array *ad__optimiser_call(const ad_fn *f, ad_place where, ad_array *const *in);
/* NULL, or the failed function that says that f is no optimiser. */
ad_fn *ad__optimiser_check(ad_place where, ad_fn *f, const ad_fn_kind *asks);

/* ---- Methods ---- */

enum { AD_OPTIM_SLOTS = 4, AD_OPTIM_NUMBERS = 8 };

/* What is kept for a parameter: zeros of its shape, without one axis where `without` is not 0: the axis counted from the end,
 * as -1. */
typedef struct ad_optim_slot {
  const char *name;
  int without;
} ad_optim_slot;

/* One parameter on its way. All arrays are of one float dtype, float32 at least, but t. */
typedef struct ad_optim_leaf {
  const double *h; /* the method's numbers */
  ad_ctx *ctx;
  ad_array *p, *g;
  ad_array *rate;
  ad_array *t;                      /* the number of this update, float64 */
  ad_array *slot[AD_OPTIM_SLOTS];   /* before; the update puts the next ones in their place */
} ad_optim_leaf;

typedef struct ad_optim_method {
  ad_optimiser_kind kind;
  int (*slots)(const double *h, int rank, ad_optim_slot *out); /* how many */
  ad_array *(*update)(ad_optim_leaf *l);                       /* the next parameter */
} ad_optim_method;

#define AD_OPTIM_METHOD(method_name) \
  .kind = {.fn = {.name = "optim_" method_name, .call = ad__optimiser_call}, .init = ad__method_init, .update = ad__method_update}

ad_array *ad__method_init(const ad_fn *f, ad_place where, ad_array *params);
ad_array *ad__method_update(const ad_fn *f, ad_place where, ad_array *params, ad_array *grads, ad_array *state);

/* A number of the method and what it may be; for the check when an optimiser is made. */
typedef struct ad_optim_number {
  const char *name;
  double value, least, below; /* least <= value < below */
} ad_optim_number;
/* The optimiser; its numbers h are those of the list, in order. schedule may be NULL. */
ad_fn *ad__method_make(ad_place where, ad_ctx *c, const ad_optim_method *m, double learning_rate, ad_fn *schedule,
                       const ad_optim_number *numbers, int n);

static inline double ad__num_or(ad_num given, double otherwise) { return given.given ? given.value : otherwise; }

/* ---- Trees: one op at every leaf ---- */

/* f(user, a, b) of the leaves of trees of one form; b may be NULL. Errors of f flow. */
typedef ad_array *(*ad_leaf_function)(void *user, ad_array *a, ad_array *b);
ad_array *ad__tree_map(ad_place where, ad_array *a, ad_array *b, ad_leaf_function f, void *user);

/* A member of a state, or an error that says what it should have; of a tree of any kind. */
ad_array *ad__state_member(const ad_fn *f, ad_place where, ad_array *state, const char *name);
/* A tuple of next parameters and next state. */
static inline ad_array *ad__optimiser_result(const ad_fn *f, ad_place where, ad_array *params, ad_array *state) {
  return ad_tuple_at(where, f->ctx, (ad_array *[]){params, state}, 2);
}

#endif
