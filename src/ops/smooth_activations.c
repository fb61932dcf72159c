/* Activations that bend: elu, celu, selu, softsign, log_sigmoid, gelu_fast_approx, mish; glu and softmin along an axis.
 *
 * Compositions, computed in float32 for half types and rounded once. elu and its kin state their derivative, since that of
 * their composition multiplies the infinite exponential of the branch that is not taken by 0. */
#include <adamant/compose.h>
#include "ops/activation_rules.h"
#include "ops/dims.h"
#include "ops/reduce_rules.h"


/* alpha and scale such that unit normal values keep mean 0 and variance 1 (Klambauer and others, Self-normalizing networks, 2017). */
#define SELU_ALPHA 1.6732632423543772848
#define SELU_SCALE 1.0507009873554804934

static double attr_value(const ad_rule *r, int field) { return r->attrs[field].as.f[0]; }
static ad_array *back_in(const ad_rule *r, ad_array *y) { return ad__rule_cast(y, ad_array_dtype(r->in[0])); }

/* ---- Exponential below zero ---- */

/* scale * a above 0, scale * alpha * expm1(a / width) below. */
static ad_array *exponential_below(const ad_rule *r, double scale, double alpha, double width) {
  ad_array *a = ad__rule_widen(r->in[0]), *zero = AD_RULE_NUMBER(r, 0);
  ad_array *under = ad_minimum(a, zero), *above = scale == 1 ? a : ad_multiply(a, AD_RULE_NUMBER(r, scale));
  if (width != 1) under = ad_divide(under, AD_RULE_NUMBER(r, width));
  return back_in(r, ad_where(ad_greater(a, zero), above, ad_multiply(ad_expm1(under), AD_RULE_NUMBER(r, scale * alpha))));
}

/* Its slope: below 0 what is missing there to the limit, over the width. */
static ad_array *slope_of(const ad_rule *r, double scale, double alpha, double width) {
  ad_array *left = ad_add(r->out, AD_RULE_NUMBER(r, scale * alpha));
  if (width != 1) left = ad_divide(left, AD_RULE_NUMBER(r, width));
  return ad_where(ad_greater(r->in[0], AD_RULE_NUMBER(r, 0)), AD_RULE_NUMBER(r, scale), left);
}

static const ad_field alpha_fields[] = {
    {.name = "alpha", .kind = AD_FIELD_NUM, .doc = "minus the limit far below 0", .has_default = true, .default_num = 1},
};

static ad_array *elu_compose(const ad_rule *r) { return exponential_below(r, 1, attr_value(r, 0), 1); }
static ad_array *elu_partial(const ad_rule *r, int i) {
  (void)i;
  return slope_of(r, 1, attr_value(r, 0), 1);
}

const ad_op ad__op_elu = {
    AD_ACTIVATION_HEAD(elu, "a, NULL"),
    .doc = "a where it is positive, alpha * (exp(a) - 1) elsewhere (Clevert and others, Exponential linear units, 2015).",
    AD_FIELDS(alpha_fields),
    AD_DERIVS(AD_SMOOTH),
    .partial = elu_partial,
    .compose = elu_compose,
    AD_SPELLINGS({"numpy", "np.where($0 > 0, $0, @alpha * np.expm1(np.minimum($0, 0)))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "alpha=0.5", "normal"}, {"float16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};

static ad_array *celu_compose(const ad_rule *r) { return exponential_below(r, 1, attr_value(r, 0), attr_value(r, 0)); }
static ad_array *celu_partial(const ad_rule *r, int i) {
  (void)i;
  return slope_of(r, 1, attr_value(r, 0), attr_value(r, 0));
}

static ad_status celu_dims(ad_rel *r) {
  double alpha = ad_rel_attr(r, 0)->as.f[0];
  if (!(alpha > 0)) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "alpha %g; more than 0 is right", alpha));
  return ad_rel_end(r, ad_rel_same(r, 0, AD_REL_OUT(r, 0)));
}

const ad_op ad__op_celu = {
    AD_ACTIVATION_HEAD(celu, "a, NULL"),
    .doc = "a where it is positive, alpha * (exp(a / alpha) - 1) elsewhere, with slope 1 at 0 (Barron, Continuously "
           "differentiable exponential linear units, 2017). alpha is more than 0.",
    AD_FIELDS(alpha_fields),
    .dims = celu_dims,
    AD_DERIVS(AD_SMOOTH),
    .partial = celu_partial,
    .compose = celu_compose,
    AD_SPELLINGS({"numpy", "np.where($0 > 0, $0, @alpha * np.expm1(np.minimum($0, 0) / @alpha))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "alpha=0.5", "normal"}, {"bfloat16[2,3]", "alpha=2", "normal"}),
    AD_ERRORS({"float32[2]", "alpha=0", AD_E_VALUE, "alpha 0; more than 0 is right"}, AD_ERROR_NO_COMPLEX),
};

static ad_array *selu_compose(const ad_rule *r) { return exponential_below(r, SELU_SCALE, SELU_ALPHA, 1); }
static ad_array *selu_partial(const ad_rule *r, int i) {
  (void)i;
  return slope_of(r, SELU_SCALE, SELU_ALPHA, 1);
}

const ad_op ad__op_selu = {
    AD_ACTIVATION_HEAD(selu, "a"),
    .doc = "1.0507... times elu(a) with alpha 1.6732..., which keeps mean and variance (Klambauer and others, Self-normalizing "
           "neural networks, 2017).",
    AD_DERIVS(AD_SMOOTH),
    .partial = selu_partial,
    .compose = selu_compose,
    AD_SPELLINGS({"numpy", "1.0507009873554805 * np.where($0 > 0, $0, 1.6732632423543772 * np.expm1(np.minimum($0, 0)))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};

/* ---- Quotients and gates ---- */

static ad_array *softsign_compose(const ad_rule *r) {
  ad_array *a = ad__rule_widen(r->in[0]);
  return back_in(r, ad_divide(a, ad_add(ad_abs(a), AD_RULE_NUMBER(r, 1))));
}

/* 1 / (1 + |a|)^2, also where it is 0: the kink of abs is not one of softsign. */
static ad_array *softsign_partial(const ad_rule *r, int i) {
  return ad_square(ad_reciprocal(ad_add(ad_abs(r->in[i]), AD_RULE_NUMBER(r, 1))));
}

const ad_op ad__op_softsign = {
    AD_ACTIVATION_HEAD(softsign, "a"),
    .doc = "a / (1 + |a|).",
    AD_DERIVS(AD_SMOOTH),
    .partial = softsign_partial,
    .compose = softsign_compose,
    AD_SPELLINGS({"numpy", "$0 / (1 + np.abs($0))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};

static ad_array *log_sigmoid_compose(const ad_rule *r) { return ad_negative(ad_softplus(ad_negative(r->in[0]))); }

const ad_op ad__op_log_sigmoid = {
    AD_ACTIVATION_HEAD(log_sigmoid, "a"),
    .doc = "The logarithm of sigmoid(a), without overflow on the way.",
    .compose = log_sigmoid_compose,
    AD_SPELLINGS({"numpy", "-np.logaddexp(-$0, 0)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};

static ad_array *gelu_fast_approx_compose(const ad_rule *r) {
  ad_array *a = ad__rule_widen(r->in[0]);
  return back_in(r, ad_multiply(a, ad_sigmoid(ad_multiply(a, AD_RULE_NUMBER(r, 1.702)))));
}

const ad_op ad__op_gelu_fast_approx = {
    AD_ACTIVATION_HEAD(gelu_fast_approx, "a"),
    .doc = "a * sigmoid(1.702 * a), the shortest form of gelu (Hendrycks and Gimpel, Gaussian error linear units, 2016).",
    .compose = gelu_fast_approx_compose,
    AD_SPELLINGS({"numpy", "$0 / (1 + np.exp($0 * -1.702))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};

static ad_array *mish_compose(const ad_rule *r) {
  ad_array *a = ad__rule_widen(r->in[0]);
  return back_in(r, ad_multiply(a, ad_tanh(ad_softplus(a))));
}

const ad_op ad__op_mish = {
    AD_ACTIVATION_HEAD(mish, "a"),
    .doc = "a * tanh(softplus(a)) (Misra, Mish, 2019).",
    .compose = mish_compose,
    AD_SPELLINGS({"numpy", "$0 * np.tanh(np.logaddexp($0, 0))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[5]", "", "normal"}, {"float16[2,3]", "", "normal"}),
    AD_ERRORS(AD_ERROR_NO_COMPLEX),
};

/* ---- Along an axis ---- */

static const ad_field axis_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "along which", .has_default = true, .default_num = -1},
};

static bool halves_fit(ad_rel *r, int axis, ad_dim whole, ad_dim half) {
  if (ad_dim_is_number(whole) && whole % 2)
    return ad_rel_fail(r, AD_E_VALUE, "axis %d has length %lld; it is halved; an even length is right", axis, (long long)whole);
  if (whole != AD_DIM_UNKNOWN) return ad_rel_dim(r, AD_REL_OUT(r, 0), axis, ad_dim_floordiv(ad_rel_ctx(r), whole, 2));
  if (half != AD_DIM_UNKNOWN) return ad_rel_dim(r, 0, axis, ad_dim_mul(ad_rel_ctx(r), half, 2));
  return ad_rel_later(r);
}

static ad_status glu_dims(ad_rel *r) {
  int out = AD_REL_OUT(r, 0), rank = ad_rel_get_rank(r, 0);
  if (rank < 0) rank = ad_rel_get_rank(r, out);
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  int axis = ad__axis_of(ad_rel_attr(r, 0)->as.i, rank);
  if (axis < 0 || axis >= rank)
    return ad_rel_end(r, ad_rel_fail(r, AD_E_INDEX, "axis %d; it is out of range for rank %d", (int)ad_rel_attr(r, 0)->as.i, rank));
  bool ok = ad_rel_rank(r, 0, rank) && ad_rel_rank(r, out, rank);
  for (int i = 0; ok && i < rank; i++)
    ok = i == axis ? halves_fit(r, i, ad_rel_get_dim(r, 0, i), ad_rel_get_dim(r, out, i)) : ad_rel_same_dim(r, 0, i, out, i);
  return ad_rel_end(r, ok);
}

static ad_array *glu_compose(const ad_rule *r) {
  ad_array *halves = ad_split(r->in[0], 2, &(ad_split_opts){.axis = AD_INT(r->attrs[0].as.i)});
  return back_in(r, ad_multiply(ad__rule_widen(ad_item(halves, 0)), ad_sigmoid(ad__rule_widen(ad_item(halves, 1)))));
}

const ad_op ad__op_glu = {
    AD_ALONG_HEAD(glu, "a, NULL"),
    .doc = "The first half of a along an axis times the sigmoid of the second (Dauphin and others, Language modeling with gated "
           "convolutional networks, 2016). The axis has an even length.",
    AD_FIELDS(axis_fields),
    .dims = glu_dims,
    .compose = glu_compose,
    AD_SPELLINGS({"numpy", "glu($0, @axis)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[4,3,5]", "axis=0", "normal"}, {"float16[2,6]", "axis=-1", "normal"},
               {"float32[2,0]", "", "normal"}),
    AD_ERRORS({"float32[3,5]", "", AD_E_VALUE, "axis 1 has length 5; it is halved; an even length is right"},
              {"float32[]", "", AD_E_INDEX, "axis -1; the array has rank 0 and no axes"}),
};

static ad_array *softmin_compose(const ad_rule *r) {
  return ad_softmax(ad_negative(r->in[0]), &(ad_softmax_opts){.axes = AD_AXES(r->attrs[0].as.i)});
}

const ad_op ad__op_softmin = {
    AD_ALONG_HEAD(softmin, "a, NULL"),
    .doc = "softmax of -a along one axis: the smallest elements have the largest shares.",
    AD_FIELDS(axis_fields),
    .compose = softmin_compose,
    AD_SPELLINGS({"numpy", "softmax(-$0, (@axis,))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[4,3,5]", "axis=0", "normal"}, {"float16[2,6]", "axis=-1", "normal"}),
    AD_ERRORS({"float32[3]", "axis=1", AD_E_INDEX, "out of range for rank 1"}),
};
