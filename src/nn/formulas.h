/* Pieces of the methods' formulas. */
#ifndef AD_NN_FORMULAS_H
#define AD_NN_FORMULAS_H

#include <math.h>
#include "nn/optimiser.h"

static inline ad_array *ad__times_number(const ad_optim_leaf *l, double x, ad_array *a) { return ad_multiply(a, ad_number(l->ctx, x)); }

/* decay old + (1 - decay) fresh, with one constant, since a group of a compiled step has room for few. */
static inline ad_array *ad__average(const ad_optim_leaf *l, double decay, ad_array *old, ad_array *fresh) {
  return ad_add(old, ad__times_number(l, 1 - decay, ad_subtract(fresh, old)));
}

/* p less r w p. */
static inline ad_array *ad__decayed(const ad_optim_leaf *l, double weight_decay) {
  if (weight_decay == 0) return l->p;
  return ad_multiply(l->p, ad_subtract(ad_number(l->ctx, 1), ad__times_number(l, weight_decay, l->rate)));
}

/* A scalar computed in float64, in the dtype of the parameter. */
static inline ad_array *ad__in_lane(const ad_optim_leaf *l, ad_array *scalar) { return ad__rule_cast(scalar, ad_array_dtype(l->p)); }

/* 1 - x^t. */
static inline ad_array *ad__bias(const ad_optim_leaf *l, double x) {
  return ad_subtract(ad_number(l->ctx, 1), ad_power(ad_cast(ad_number(l->ctx, x), AD_FLOAT64), l->t));
}

#endif
