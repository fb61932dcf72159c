/* Initialisers: first values of parameters, from a shape and a random key.
 *
 *   ad_array *key = ad_random_key(c, 7), *keys = ad_random_split(c, key, NULL);
 *   ad_array *w = ad_init_he_normal(c, ad_index(keys, AD_AT(0)), AD_SHAPE(512, 784), &(ad_init_he_opts){.gain = AD_NUM(1.4142135)});
 *   ad_array *b = ad_init_constant(c, 0, AD_SHAPE(512), NULL);
 *
 * A key is uint32[2]; NULL takes the context's next one. dtype is float32 unless it is given, and any float; half types are drawn
 * in float32. Fans follow the layout of weights, (out, kernel..., in): fan_in is the last dim and fan_out the first, each
 * times the product of those between. Functions that look at fans refuse shapes of fewer than two axes (AD_E_VALUE), unsupported
 * dtypes are AD_E_TYPE. */
#ifndef ADAMANT_INIT_H
#define ADAMANT_INIT_H

#include <adamant/core.h>
#include <adamant/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_init_opts {
  ad_dtype dtype; /* of the result; default float32 */
} ad_init_opts;
/* The value everywhere. */
AD_API ad_array *ad_init_constant_at(ad_place where, ad_ctx *c, double value, ad_shape shape, const ad_init_opts *opts);
#define ad_init_constant(...) ad_init_constant_at(AD_HERE, __VA_ARGS__)
/* 1 on the main diagonal of a matrix, 0 elsewhere; the shape has two axes. */
AD_API ad_array *ad_init_identity_at(ad_place where, ad_ctx *c, ad_shape shape, const ad_init_opts *opts);
#define ad_init_identity(...) ad_init_identity_at(AD_HERE, __VA_ARGS__)

typedef struct ad_init_normal_opts {
  ad_dtype dtype;
  ad_num mean; /* default 0 */
  ad_num std;  /* default 1 */
} ad_init_normal_opts;
/* Normal numbers. */
AD_API ad_array *ad_init_normal_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_normal_opts *opts);
#define ad_init_normal(...) ad_init_normal_at(AD_HERE, __VA_ARGS__)
/* Normal numbers in a matrix, of which in each row ceil(sparsity * columns), chosen at random, are 0. sparsity is 0 to 1. */
AD_API ad_array *ad_init_sparse_at(ad_place where, ad_ctx *c, ad_array *key, double sparsity, ad_shape shape, const ad_init_normal_opts *opts);
#define ad_init_sparse(...) ad_init_sparse_at(AD_HERE, __VA_ARGS__)

typedef struct ad_init_uniform_opts {
  ad_dtype dtype;
  ad_num low;  /* default 0 */
  ad_num high; /* default 1 */
} ad_init_uniform_opts;
/* Uniform numbers on [low, high). */
AD_API ad_array *ad_init_uniform_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_uniform_opts *opts);
#define ad_init_uniform(...) ad_init_uniform_at(AD_HERE, __VA_ARGS__)

typedef struct ad_init_gain_opts {
  ad_dtype dtype;
  ad_num gain; /* a factor; default 1 */
} ad_init_gain_opts;
/* Normal numbers of standard deviation gain sqrt(2 / (fan_in + fan_out)), and uniform ones of the same (Glorot and Bengio,
 * Understanding the difficulty of training deep feedforward neural networks, 2010). */
AD_API ad_array *ad_init_glorot_normal_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_gain_opts *opts);
#define ad_init_glorot_normal(...) ad_init_glorot_normal_at(AD_HERE, __VA_ARGS__)
AD_API ad_array *ad_init_glorot_uniform_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_gain_opts *opts);
#define ad_init_glorot_uniform(...) ad_init_glorot_uniform_at(AD_HERE, __VA_ARGS__)
/* gain times a matrix with orthonormal rows or columns, whichever are fewer, uniform among those: the Q of normal numbers, with R
 * made positive on its diagonal. More than two axes count as (first, product of the rest) (Saxe and others, Exact solutions to
 * the nonlinear dynamics of learning, 2013). */
AD_API ad_array *ad_init_orthogonal_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_gain_opts *opts);
#define ad_init_orthogonal(...) ad_init_orthogonal_at(AD_HERE, __VA_ARGS__)

typedef struct ad_init_he_opts {
  ad_dtype dtype;
  ad_num gain;  /* a factor, default 1: sqrt(2) is what relu asks for, and no default here */
  bool fan_out; /* fan is fan_out, otherwise fan_in */
} ad_init_he_opts;
/* Normal numbers of standard deviation gain / sqrt(fan), and uniform ones of the same (He and others, Delving deep into
 * rectifiers, 2015). */
AD_API ad_array *ad_init_he_normal_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_he_opts *opts);
#define ad_init_he_normal(...) ad_init_he_normal_at(AD_HERE, __VA_ARGS__)
AD_API ad_array *ad_init_he_uniform_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_he_opts *opts);
#define ad_init_he_uniform(...) ad_init_he_uniform_at(AD_HERE, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
