/* fast_layer_norm, fast_rms_norm: rows along the last axis brought to unit size, and their gradients.
 *
 * Each is composed, with a kernel (runtime/norm_rows.c), and a derivative by a composite of its own, which is composed and has
 * a kernel too. What the gradient needs of a row, its mean and the reciprocal of its size, are extra outputs of the forward
 * op, so that it reads a row once. Half types are computed in float32, in which their extra outputs are given. A root mean square
 * is the case without a mean. */
#include "ops/apply.h"
#include "ops/reduce_rules.h"

enum { EPS };

static const ad_field norm_fields[] = {
    {.name = "eps", .kind = AD_FIELD_NUM, .flags = AD_FIELD_REQUIRED, .doc = "added to the mean square before the root; 0 or more"},
};

static ad_array *given(const ad_rule *r, int i) { return i < r->n ? r->in[i] : NULL; }

static ad_array *row_mean(ad_array *a) { return ad_mean(a, &(ad_mean_opts){.axes = AD_AXES(-1), .keepdims = true}); }
static ad_array *stand_up(ad_array *row_values) { return ad_expand_dims(row_values, AD_AXES(-1)); }
static ad_array *lie_down(ad_array *column) { return ad_squeeze(column, &(ad_squeeze_opts){.axes = AD_AXES(-1)}); }

/* Sums over all axes but the last. */
static ad_array *sum_of_rows(ad_array *a) {
  int64_t axes[AD_MAX_RANK];
  int n = ad_is_error(a) ? 0 : ad_array_rank(a) - 1;
  for (int i = 0; i < n; i++) axes[i] = i;
  return ad_sum(a, &(ad_sum_opts){.axes = {true, n, axes}});
}

/* ---- Shapes and dtypes ---- */

/* `values` has one element for each row of `rows`. */
static bool one_a_row(ad_rel *r, int rows, int values) {
  int rank = ad_rel_get_rank(r, rows), known = ad_rel_get_rank(r, values);
  if (rank < 0 && known < 0) return ad_rel_later(r);
  if (rank < 0) rank = known + 1;
  if (!ad_rel_rank(r, rows, rank) || !ad_rel_rank(r, values, rank - 1)) return false;
  for (int i = 0; i < rank - 1; i++)
    if (!ad_rel_same_dim(r, rows, i, values, i)) return false;
  return true;
}

/* `vector` is a row of `rows`, where it is there. */
static bool one_row(ad_rel *r, int rows, int vector) {
  return vector >= AD_REL_OUT(r, 1) || ad_rel_has(r, vector) ? ad_rel_rank(r, vector, 1) && ad_rel_same_dim(r, rows, -1, vector, 0) : true;
}

static ad_status norm_dims(ad_rel *r) {
  int last = ad_rel_inputs(r), out = AD_REL_OUT(r, 0);
  double eps = ad_rel_attr(r, EPS)->as.f[0];
  if (!(eps >= 0)) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "eps %g; it is added to squares; 0 or more is right", eps));
  bool ok = ad_rel_rank_at_least(r, 0, 1) && ad_rel_same(r, 0, out);
  for (int i = 1; i < last; i++) ok = ok && one_row(r, 0, i);
  for (int k = 1; k < (last == 3 ? 3 : 2); k++) ok = ok && one_a_row(r, 0, out + k);
  return ad_rel_end(r, ok);
}

static ad_status norm_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  ad_dtype t = ad__dtype_inexact(ad__promote_arrays(r->in, r->n));
  for (int i = 0; i < r->n; i++) in[i] = t;
  out[0] = t;
  for (int k = 1; k < r->op->outputs; k++) out[k] = ad__rule_wide(t);
  return AD_OK;
}

/* ---- The two of them ---- */

static ad_array *norm_compose(const ad_rule *r, bool centred) {
  ad_array *x = ad__rule_widen(r->in[0]), *mean = centred ? row_mean(x) : NULL, *d = centred ? ad_subtract(x, mean) : x;
  ad_array *weight = given(r, 1), *bias = given(r, 2);
  ad_array *rstd = ad_rsqrt(ad_add(row_mean(ad_square(d)), AD_RULE_NUMBER(r, r->attrs[EPS].as.f[0])));
  ad_array *y = ad_multiply(d, rstd);
  if (weight) y = ad_multiply(y, ad__rule_widen(weight));
  if (bias) y = ad_add(y, ad__rule_widen(bias));
  y = ad__rule_cast(y, ad_array_dtype(r->in[0]));
  if (!centred) return ad_tuple(r->ctx, (ad_array *[]){y, lie_down(rstd)}, 2);
  return ad_tuple(r->ctx, (ad_array *[]){y, lie_down(mean), lie_down(rstd)}, 3);
}

/* The rows less their means, times the reciprocals of their sizes. mean may be NULL. */
static ad_array *unit_rows(ad_array *x, ad_array *mean, ad_array *rstd) {
  x = ad__rule_widen(x);
  return ad_multiply(mean ? ad_subtract(x, stand_up(mean)) : x, stand_up(rstd));
}

/* What reaches x through the extra outputs: the mean's derivative is 1/n, that of rstd is -rstd^2/n times the unit row. */
static ad_array *through_extras(const ad_rule *r, ad_array *mean, ad_array *rstd, ad_array *ct_mean, ad_array *ct_rstd) {
  ad_array *sum = NULL;
  double one_nth = 1.0 / (double)ad_array_dim(r->in[0], -1);
  if (ct_mean) sum = ad_broadcast_to(stand_up(ad_multiply(ct_mean, AD_RULE_NUMBER(r, one_nth))), ad_array_shape(r->in[0]));
  if (ct_rstd) {
    ad_array *slope = ad_multiply(ad_multiply(ad_square(rstd), ct_rstd), AD_RULE_NUMBER(r, -one_nth));
    ad_array *part = ad_multiply(unit_rows(r->in[0], mean, rstd), stand_up(slope));
    sum = sum ? ad_add(sum, part) : part;
  }
  return sum;
}

static ad_array *sum_or(ad_array *a, ad_array *b) { return a && b ? ad_add(a, b) : a ? a : b; }

static ad_array *layer_norm_back(const ad_rule *r, int i, ad_array *const *ct) {
  ad_array *mean = ad_item(r->out, 1), *rstd = ad_item(r->out, 2), *own = NULL, **shared = r->shared ? r->shared : &own;
  if (ct[0] && !*shared) *shared = ad_fast_layer_norm_grad(ct[0], r->in[0], mean, rstd, given(r, 1));
  ad_array *g = ct[0] ? ad_item(*shared, i) : NULL;
  return i == 0 ? sum_or(g, through_extras(r, mean, rstd, ct[1], ct[2])) : g;
}

static ad_array *rms_norm_back(const ad_rule *r, int i, ad_array *const *ct) {
  ad_array *rstd = ad_item(r->out, 1), *own = NULL, **shared = r->shared ? r->shared : &own;
  if (ct[0] && !*shared) *shared = ad_fast_rms_norm_grad(ct[0], r->in[0], rstd, given(r, 1));
  ad_array *g = ct[0] ? ad_item(*shared, i) : NULL;
  return i == 0 ? sum_or(g, through_extras(r, NULL, rstd, NULL, ct[1])) : g;
}

/* More rows are more rows; other weights for each of a batch are left to the composition. */
static ad_array *norm_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)size;
  for (int i = 1; i < r->n; i++)
    if (batched[i]) return NULL;
  return ad_apply(r->ctx, NULL, r->op, r->in, r->n, r->attrs);
}

static ad_array *layer_norm_compose(const ad_rule *r) { return norm_compose(r, true); }
static ad_array *rms_norm_compose(const ad_rule *r) { return norm_compose(r, false); }

const ad_op ad__op_fast_layer_norm = {
    AD_OP_HEAD(fast_layer_norm),
    .params = "x, weight, bias",
    .doc = "(x - mean) / sqrt(var + eps) * weight + bias over the last axis, the variance being the mean squared distance from the "
           "mean. weight and bias have the length of that axis and may be missing. bool and integers become float32; half types "
           "are computed in float32 and rounded once (Ba, Kiros, Hinton: Layer normalization, 2016).",
    .example = "ad_array *y = ad_fast_layer_norm(x, weight, bias, 1e-5);",
    .group = "fast",
    .inputs = 3,
    .optional = 2,
    .outputs = 3,
    .extras = 2,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(norm_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = norm_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = norm_dims,
    AD_DERIVS(AD_SMOOTH),
    .vjp = layer_norm_back,
    .backward = "fast_layer_norm_grad",
    .compose = layer_norm_compose,
    .batch = norm_batch,
    AD_SAMPLES({"float32[3,4], float32[4], float32[4]", "eps=1e-5", "normal"},
               {"float64[2,3,5], float64[5], -", "eps=0.1", "normal"}, {"float64[4,3], -, float64[3]", "eps=1e-3", "normal"},
               {"float32[2,300], -, -", "eps=1e-5", "normal"}, {"float16[2,9], float16[9], float16[9]", "eps=1e-3", "normal"},
               {"bfloat16[7], bfloat16[7], -", "eps=1e-3", "normal"}, {"int32[2,4], -, -", "eps=1e-3", "small"},
               {"float32[0,3], float32[3], -", "eps=1e-5", "normal"}),
    AD_ERRORS({"float32[3,4], float32[3], -", "eps=1e-5", AD_E_VALUE, "axis 0 is 3; 4 is right"},
              {"float32[3,4], float32[3,4], -", "eps=1e-5", AD_E_VALUE, "input weight of shape (3, 4); its rank is 2; 1 is right"},
              {"float32[], -, -", "eps=1e-5", AD_E_VALUE, "input x of shape (); its rank is 0; at least 1 is right"},
              {"float32[3,4], -, -", "eps=-1", AD_E_VALUE, "eps -1; it is added to squares; 0 or more is right"},
              {"complex64[2,3], -, -", "eps=1e-5", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};

const ad_op ad__op_fast_rms_norm = {
    AD_OP_HEAD(fast_rms_norm),
    .params = "x, weight",
    .doc = "x / sqrt(mean(x^2) + eps) * weight over the last axis. weight has the length of that axis and may be missing. bool "
           "and integers become float32; half types are computed in float32 and rounded once (Zhang, Sennrich: Root mean square "
           "layer normalization, 2019).",
    .example = "ad_array *y = ad_fast_rms_norm(x, weight, 1e-5);",
    .group = "fast",
    .inputs = 2,
    .optional = 1,
    .outputs = 2,
    .extras = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(norm_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = norm_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = norm_dims,
    AD_DERIVS(AD_SMOOTH),
    .vjp = rms_norm_back,
    .backward = "fast_rms_norm_grad",
    .compose = rms_norm_compose,
    .batch = norm_batch,
    AD_SAMPLES({"float32[3,4], float32[4]", "eps=1e-5", "normal"}, {"float64[2,3,5], float64[5]", "eps=0.1", "normal"},
               {"float64[4,3], -", "eps=1e-3", "normal"}, {"float32[2,300], -", "eps=1e-5", "normal"},
               {"float16[2,9], float16[9]", "eps=1e-3", "normal"}, {"bfloat16[7], -", "eps=1e-3", "normal"},
               {"int32[2,4], -", "eps=1e-3", "small"}, {"float32[0,3], float32[3]", "eps=1e-5", "normal"}),
    AD_ERRORS({"float32[3,4], float32[3]", "eps=1e-5", AD_E_VALUE, "axis 0 is 3; 4 is right"},
              {"float32[], -", "eps=1e-5", AD_E_VALUE, "input x of shape (); its rank is 0; at least 1 is right"},
              {"float32[3,4], -", "eps=-1", AD_E_VALUE, "eps -1; it is added to squares; 0 or more is right"},
              {"complex64[2,3], -", "eps=1e-5", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};

/* ---- Gradients ---- */

/* Inputs: the cotangent, x, (the mean,) rstd, the weight. Outputs: the cotangents of x, the weight (and the bias). */
static ad_status grad_dims(ad_rel *r) {
  int weight = ad_rel_inputs(r) - 1, out = AD_REL_OUT(r, 0);
  bool ok = ad_rel_rank_at_least(r, 1, 1) && ad_rel_same(r, 0, 1) && ad_rel_same(r, 1, out);
  for (int i = 2; i < weight; i++) ok = ok && one_a_row(r, 1, i);
  ok = ok && one_row(r, 1, weight);
  if (ad_rel_has(r, weight)) ok = ok && one_row(r, 1, out + 1);
  else ok = ok && ad_rel_is(r, out + 1, 1, (const ad_dim[]){0});
  return ad_rel_end(r, ok && (weight == 3 || one_row(r, 1, out + 2)));
}

static ad_status grad_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  ad_array *const mixed[] = {r->in[0], r->in[1], r->in[r->n - 1]};
  ad_dtype t = ad__dtype_inexact(ad__promote_arrays(mixed, 3));
  for (int i = 0; i < r->n; i++) in[i] = i >= 2 && i < r->n - 1 ? ad__rule_wide(t) : t;
  for (int k = 0; k < r->op->outputs; k++) out[k] = t;
  return AD_OK;
}

/* With d the row less its mean, c = ct rstd and g = c weight: g - mean(g) - d mean(g d) rstd^2, the middle term where there is a
 * mean; the weight's is the sum of c d. */
static ad_array *grad_compose(const ad_rule *r, bool centred) {
  ad_array *ct = ad__rule_widen(r->in[0]), *rstd = stand_up(r->in[r->n - 2]), *weight = r->in[r->n - 1];
  ad_array *x = ad__rule_widen(r->in[1]), *d = centred ? ad_subtract(x, stand_up(r->in[2])) : x;
  ad_array *c = ad_multiply(ct, rstd), *g = weight ? ad_multiply(c, ad__rule_widen(weight)) : c;
  ad_array *dx = ad_subtract(g, ad_multiply(d, ad_multiply(row_mean(ad_multiply(g, d)), ad_square(rstd))));
  if (centred) dx = ad_subtract(dx, row_mean(g));
  ad_dtype t = ad_array_dtype(r->in[1]);
  dx = ad__rule_cast(dx, t);
  ad_array *dw = weight ? ad__rule_cast(sum_of_rows(ad_multiply(c, d)), t) : ad_zeros(r->ctx, AD_SHAPE(0), &(ad_zeros_opts){.dtype = t});
  if (!centred) return ad_tuple(r->ctx, (ad_array *[]){dx, dw}, 2);
  return ad_tuple(r->ctx, (ad_array *[]){dx, dw, ad__rule_cast(sum_of_rows(ct), t)}, 3);
}

static ad_array *layer_norm_grad_compose(const ad_rule *r) { return grad_compose(r, true); }
static ad_array *rms_norm_grad_compose(const ad_rule *r) { return grad_compose(r, false); }

const ad_op ad__op_fast_layer_norm_grad = {
    AD_OP_HEAD(fast_layer_norm_grad),
    .params = "ct, x, mean, rstd, weight",
    .doc = "The cotangents of x, weight and bias of fast_layer_norm for the cotangent ct of its result, from the mean and the "
           "reciprocal root of variance plus eps of each row; that of a missing weight is empty.",
    .example = "ad_array *dx = ad_item(ad_fast_layer_norm_grad(ct, x, mean, rstd, weight), 0);",
    .group = "fast",
    .inputs = 5,
    .optional = 1,
    .outputs = 3,
    .flags = AD_OP_COMPOSITE,
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = grad_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = grad_dims,
    .compose = layer_norm_grad_compose,
    AD_SAMPLES({"float32[3,4], float32[3,4], float32[3], float32[3], float32[4]", "", "normal, normal, normal, positive, normal"},
               {"float64[2,3,5], float64[2,3,5], float64[2,3], float64[2,3], -", "", "normal, normal, normal, positive"},
               {"float64[5], float64[5], float64[], float64[], float64[5]", "", "normal, normal, normal, positive, normal"},
               {"float32[70,33], float32[70,33], float32[70], float32[70], float32[33]", "", "unit"},
               {"float16[2,9], float16[2,9], float32[2], float32[2], float16[9]", "", "unit"},
               {"float32[0,3], float32[0,3], float32[0], float32[0], float32[3]", "", "normal"}),
    AD_ERRORS({"float32[3,4], float32[3,5], float32[3], float32[3], -", "", AD_E_VALUE, "axis 1 is 5; 4 is right"},
              {"float32[3,4], float32[3,4], float32[4], float32[3], -", "", AD_E_VALUE, "axis 0 is 4; 3 is right"}),
};

const ad_op ad__op_fast_rms_norm_grad = {
    AD_OP_HEAD(fast_rms_norm_grad),
    .params = "ct, x, rstd, weight",
    .doc = "The cotangents of x and weight of fast_rms_norm for the cotangent ct of its result, from the reciprocal root of the "
           "mean square plus eps of each row; that of a missing weight is empty.",
    .example = "ad_array *dx = ad_item(ad_fast_rms_norm_grad(ct, x, rstd, weight), 0);",
    .group = "fast",
    .inputs = 4,
    .optional = 1,
    .outputs = 2,
    .flags = AD_OP_COMPOSITE,
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = grad_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = grad_dims,
    .compose = rms_norm_grad_compose,
    AD_SAMPLES({"float32[3,4], float32[3,4], float32[3], float32[4]", "", "normal, normal, positive, normal"},
               {"float64[2,3,5], float64[2,3,5], float64[2,3], -", "", "normal, normal, positive"},
               {"float64[5], float64[5], float64[], float64[5]", "", "normal, normal, positive, normal"},
               {"float32[70,33], float32[70,33], float32[70], float32[33]", "", "unit"},
               {"bfloat16[2,9], bfloat16[2,9], float32[2], bfloat16[9]", "", "unit"},
               {"float32[0,3], float32[0,3], float32[0], float32[3]", "", "normal"}),
    AD_ERRORS({"float32[3,4], float32[3,5], float32[3], -", "", AD_E_VALUE, "axis 1 is 5; 4 is right"},
              {"float32[3,4], float32[3,4], float32[4], -", "", AD_E_VALUE, "axis 0 is 4; 3 is right"}),
};
