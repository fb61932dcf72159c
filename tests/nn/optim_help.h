/* optim_help.h: parameters, gradients and steps that the tests of optimisers share.
 *
 * The parameters are a record of a matrix w (3, 4), a list of a vector and a scalar, all float64; gradients differ from step
 * to step. */
#ifndef AD_TESTS_NN_OPTIM_HELP_H
#define AD_TESTS_NN_OPTIM_HELP_H

#include <adamant/adamant.h>
#include "../check.h"

enum { ROWS = 3, COLUMNS = 4, MATRIX = ROWS * COLUMNS, VECTOR = 3, ALL = MATRIX + VECTOR + 1, STEPS = 7 };

/* 16 numbers as parameters, or as their gradients. */
static inline ad_array *as_tree(ad_ctx *c, const double *v, ad_dtype dtype) {
  ad_array *w = ad_cast(ad_array_new(c, AD_FLOAT64, AD_SHAPE(ROWS, COLUMNS), v), dtype);
  ad_array *b = ad_cast(ad_array_new(c, AD_FLOAT64, AD_SHAPE(VECTOR), v + MATRIX), dtype);
  ad_array *s = ad_cast(ad_array_new(c, AD_FLOAT64, AD_SHAPE(), v + MATRIX + VECTOR), dtype);
  return ad_record(c, (const char *const[]){"w", "rest"}, (ad_array *[]){w, ad_tuple(c, (ad_array *[]){b, s}, 2)}, 2);
}

static inline void from_tree(ad_array *tree, double *v) {
  ad_array *leaf[] = {ad_field(tree, "w"), ad_item(ad_field(tree, "rest"), 0), ad_item(ad_field(tree, "rest"), 1)};
  for (int i = 0, at = 0; i < 3; at += (int)ad_array_size(leaf[i]), i++)
    if (ad_read(ad_cast(leaf[i], AD_FLOAT64), v + at, (size_t)ad_array_size(leaf[i]) * sizeof *v)) CHECK_FAIL("%s", ad_error_text(leaf[i]));
}

static inline void first_values(double *p) {
  for (int i = 0; i < ALL; i++) p[i] = (double)((i * 7 % 11) - 5) / 4;
}
static inline void gradient_at(int step, double *g) {
  for (int i = 0; i < ALL; i++) g[i] = sin(1.7 * i + 0.9 * step) + 0.1;
}

/* STEPS updates; the parameters after each go to out[STEPS][ALL]. Returns the last state. */
static inline ad_array *run_steps(ad_ctx *c, ad_fn *optimiser, ad_dtype dtype, double (*out)[ALL]) {
  double p[ALL], g[ALL];
  first_values(p);
  ad_array *params = as_tree(c, p, dtype), *state = ad_optim_init(optimiser, params);
  for (int k = 0; k < STEPS; k++) {
    gradient_at(k, g);
    ad_array *next = ad_call(optimiser, params, as_tree(c, g, dtype), state);
    if (ad_eval(next)) {
      CHECK_FAIL("%s", ad_error_text(next));
      return next;
    }
    params = ad_item(next, 0);
    state = ad_item(next, 1);
    from_tree(params, out[k]);
  }
  return state;
}

#endif
