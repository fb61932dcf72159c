/* Initialisers; see init.h. Compositions of the random ops: what they check themselves is the shape and the numbers they are
 * told, everything else the ops do. Values are drawn in the dtype asked for, but for orthogonal matrices of half types. */
#include <adamant/compose.h>
#include <adamant/init.h>
#include <adamant/random.h>

#include <math.h>
#include "ir/ctx.h"
#include "ops/apply.h"
#include "ops/reduce_rules.h"

/* "where: init_name: text", unless the context has failed itself. */
static ad_array *refuse(ad_ctx *c, ad_place where, const char *name, const char *fmt, ...) AD_FORMAT(4, 5);
static ad_array *refuse(ad_ctx *c, ad_place where, const char *name, const char *fmt, ...) {
  ad_err e;
  va_list ap;
  if (!c) return ad_copy_at(where, NULL);
  va_start(ap, fmt);
  ad__fail_v(&e, AD_E_VALUE, fmt, ap);
  va_end(ap);
  return ad__scope_take_error(ad__node_errorf(c, where, NULL, AD_E_VALUE, "init_%s: %s", name, e.text));
}

static double number_or(ad_num given, double otherwise) { return given.given ? given.value : otherwise; }
static ad_dtype dtype_or_float32(ad_dtype t) { return t == AD_DTYPE_NONE ? AD_FLOAT32 : t; }

/* NULL when the shape has two axes, or more where they may be; else an error. */
static ad_array *needs_matrix(ad_ctx *c, ad_place where, const char *name, ad_shape shape, bool more) {
  if (shape.rank == 2 || (more && shape.rank > 2)) return NULL;
  return refuse(c, where, name, "a shape of %d axes; two%s are right", shape.rank, more ? " or more" : "");
}

/* ---- Numbers that look at no shape ---- */

ad_array *ad_init_constant_at(ad_place where, ad_ctx *c, double value, ad_shape shape, const ad_init_opts *opts) {
  return ad_full_at(where, ad_number_at(where, c, value), shape, &(ad_full_opts){.dtype = dtype_or_float32(opts ? opts->dtype : AD_DTYPE_NONE)});
}

static ad_array *normal(ad_place where, ad_ctx *c, ad_array *key, double mean, double std, ad_shape shape, ad_dtype t) {
  ad_array *loc = mean == 0 ? NULL : ad_number_at(where, c, mean), *scale = std == 1 ? NULL : ad_number_at(where, c, std);
  return ad_random_normal_at(where, c, key, loc, scale, shape, &(ad_random_normal_opts){.dtype = dtype_or_float32(t)});
}

static ad_array *uniform(ad_place where, ad_ctx *c, ad_array *key, double low, double high, ad_shape shape, ad_dtype t) {
  ad_array *from = ad_number_at(where, c, low), *to = ad_number_at(where, c, high);
  return ad_random_uniform_at(where, c, key, from, to, shape, &(ad_random_uniform_opts){.dtype = dtype_or_float32(t)});
}

ad_array *ad_init_normal_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_normal_opts *opts) {
  ad_init_normal_opts o = opts ? *opts : (ad_init_normal_opts){0};
  return normal(where, c, key, number_or(o.mean, 0), number_or(o.std, 1), shape, o.dtype);
}

ad_array *ad_init_uniform_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_uniform_opts *opts) {
  ad_init_uniform_opts o = opts ? *opts : (ad_init_uniform_opts){0};
  return uniform(where, c, key, number_or(o.low, 0), number_or(o.high, 1), shape, o.dtype);
}

/* ---- By fans ---- */

typedef struct fans {
  double in, out;
} fans;

static fans fans_of(ad_shape shape) {
  double field = 1;
  for (int i = 1; i < shape.rank - 1; i++) field *= (double)shape.dims[i];
  return (fans){(double)shape.dims[shape.rank - 1] * field, (double)shape.dims[0] * field};
}

/* Numbers of mean 0 and that standard deviation; uniform ones reach sqrt(3) times as far. */
static ad_array *spread(ad_place where, ad_ctx *c, ad_array *key, double std, bool even, ad_shape shape, ad_dtype t) {
  if (!isfinite(std)) std = 0; /* of no elements */
  return even ? uniform(where, c, key, -sqrt(3) * std, sqrt(3) * std, shape, t) : normal(where, c, key, 0, std, shape, t);
}

static ad_array *glorot(ad_place where, ad_ctx *c, ad_array *key, bool even, ad_shape shape, const ad_init_gain_opts *opts) {
  ad_init_gain_opts o = opts ? *opts : (ad_init_gain_opts){0};
  ad_array *bad = needs_matrix(c, where, even ? "glorot_uniform" : "glorot_normal", shape, true);
  if (bad) return bad;
  fans f = fans_of(shape);
  return spread(where, c, key, number_or(o.gain, 1) * sqrt(2 / (f.in + f.out)), even, shape, o.dtype);
}

ad_array *ad_init_glorot_normal_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_gain_opts *opts) {
  return glorot(where, c, key, false, shape, opts);
}
ad_array *ad_init_glorot_uniform_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_gain_opts *opts) {
  return glorot(where, c, key, true, shape, opts);
}

static ad_array *he(ad_place where, ad_ctx *c, ad_array *key, bool even, ad_shape shape, const ad_init_he_opts *opts) {
  ad_init_he_opts o = opts ? *opts : (ad_init_he_opts){0};
  ad_array *bad = needs_matrix(c, where, even ? "he_uniform" : "he_normal", shape, true);
  if (bad) return bad;
  fans f = fans_of(shape);
  return spread(where, c, key, number_or(o.gain, 1) / sqrt(o.fan_out ? f.out : f.in), even, shape, o.dtype);
}

ad_array *ad_init_he_normal_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_he_opts *opts) {
  return he(where, c, key, false, shape, opts);
}
ad_array *ad_init_he_uniform_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_he_opts *opts) {
  return he(where, c, key, true, shape, opts);
}

/* ---- Matrices ---- */

ad_array *ad_init_identity_at(ad_place where, ad_ctx *c, ad_shape shape, const ad_init_opts *opts) {
  ad_array *bad = needs_matrix(c, where, "identity", shape, false);
  if (bad) return bad;
  return ad_eye_at(where, c, shape.dims[0], &(ad_eye_opts){.m = AD_INT(shape.dims[1]), .dtype = dtype_or_float32(opts ? opts->dtype : AD_DTYPE_NONE)});
}

/* The rank of a random word among its row's says whether the element is one of those that become 0. */
static ad_array *sparse(ad_place where, ad_ctx *c, ad_array *key, double zeros, ad_shape shape, const ad_init_normal_opts *opts) {
  ad_array *keys = ad_random_split_at(where, key ? key : ad_random_next_key_at(where, c), NULL);
  ad_array *of_values = ad_item(ad_split(keys, 2, NULL), 0), *of_places = ad_item(ad_split(keys, 2, NULL), 1);
  ad_array *words = ad_random_uniform_at(where, c, ad_reshape(of_places, AD_SHAPE(2)), NULL, NULL, shape, NULL);
  ad_array *order = ad_argsort(ad_argsort(words, NULL), NULL);
  ad_array *values = ad_init_normal_at(where, c, ad_reshape(of_values, AD_SHAPE(2)), shape, opts);
  return ad_where(ad_less(order, ad_number(c, zeros)), ad_number(c, 0), values);
}

ad_array *ad_init_sparse_at(ad_place where, ad_ctx *c, ad_array *key, double sparsity, ad_shape shape, const ad_init_normal_opts *opts) {
  ad_array *bad = needs_matrix(c, where, "sparse", shape, false);
  if (bad) return bad;
  if (!(sparsity >= 0 && sparsity <= 1)) return refuse(c, where, "sparse", "sparsity %g; 0 to 1 is right", sparsity);
  ad_scope *s = ad_scope_begin(c);
  return ad_scope_end(s, sparse(where, c, key, ceil(sparsity * (double)shape.dims[1]), shape, opts));
}

/* Normal numbers are the same in every direction, and so is their Q once the signs of R, which are LAPACK's choice, are taken out. */
static ad_array *orthogonal(ad_place where, ad_ctx *c, ad_array *key, double gain, ad_shape shape, ad_dtype t) {
  int64_t rows = shape.dims[0], columns = 1;
  for (int i = 1; i < shape.rank; i++) columns *= shape.dims[i];
  bool wide = columns > rows;
  ad_shape tall = wide ? AD_SHAPE(columns, rows) : AD_SHAPE(rows, columns);
  ad_array *qr = ad_linalg_qr(normal(where, c, key, 0, 1, tall, ad__rule_wide(t)), NULL);
  ad_array *signs = ad_sign(ad_diagonal(ad_item(qr, 1), NULL));
  ad_array *q = ad_multiply(ad_multiply(ad_item(qr, 0), signs), ad_number(c, gain));
  return ad__rule_cast(ad_reshape(wide ? ad_matrix_transpose(q) : q, shape), t);
}

ad_array *ad_init_orthogonal_at(ad_place where, ad_ctx *c, ad_array *key, ad_shape shape, const ad_init_gain_opts *opts) {
  ad_init_gain_opts o = opts ? *opts : (ad_init_gain_opts){0};
  ad_array *bad = needs_matrix(c, where, "orthogonal", shape, true);
  if (bad) return bad;
  ad_scope *s = ad_scope_begin(c);
  return ad_scope_end(s, orthogonal(where, c, key, number_or(o.gain, 1), shape, dtype_or_float32(o.dtype)));
}
