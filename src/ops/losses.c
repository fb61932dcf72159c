/* Losses of elements: l1_loss, mse_loss, smooth_l1_loss, huber_loss, log_cosh_loss, binary_cross_entropy, gaussian_nll_loss,
 * hinge_loss, margin_ranking_loss.
 *
 * Compositions, differentiated through them. They are written so that no branch that is not taken has an infinite derivative:
 * 0 times infinity would be NaN. */
#include "ops/loss_rules.h"

#define LN_2PI 1.83787706640934548356
/* The least logarithm of a probability that binary_cross_entropy counts, and its exponential. */
#define LEAST_LOG -100.0
#define LEAST_PROBABILITY 3.7200759760208361e-44

#define PAIR_HEAD(op) \
  AD_LOSS_HEAD(op, "inputs, targets", "y, targets"), .inputs = 2, .dtype_rule = AD_TYPE_FLOAT, .accepts = AD_ACCEPT_FLOAT
#define ERROR_SHAPES {"float32[2,3], float32[3]", "", AD_E_VALUE, "its rank is 1; 2 is right"}
#define ERROR_COMPLEX {"complex64[2], complex64[2]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}

static double attr_value(const ad_rule *r, int field) { return r->attrs[field].as.f[0]; }
static ad_array *attr_number(const ad_rule *r, int field) { return AD_RULE_NUMBER(r, attr_value(r, field)); }
static ad_array *input(const ad_rule *r, int i) { return ad__loss_input(r, i); }
static ad_array *difference(const ad_rule *r) { return ad_subtract(input(r, 0), input(r, 1)); }

/* ---- Distances ---- */

static const ad_field mean_fields[] = {AD_LOSS_REDUCTION("mean|none|sum")};
static const ad_field none_fields[] = {AD_LOSS_REDUCTION("none|mean|sum")};
static ad_status first_dims(ad_rel *r) { return ad__loss_dims(r, 0); }

static ad_array *l1_compose(const ad_rule *r) { return ad__loss_reduce(r, 0, ad_abs(difference(r))); }

const ad_op ad__op_l1_loss = {
    PAIR_HEAD(l1_loss),
    .doc = "The absolute difference of inputs and targets, which have one shape. The mean unless reduction says otherwise.",
    AD_FIELDS(mean_fields),
    .dims = first_dims,
    .compose = l1_compose,
    AD_SPELLINGS({"numpy", "reduced(np.abs($0 - $1), @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4]", "", "normal"}, {"float64[5], float64[5]", "reduction=\"none\"", "normal"},
               {"float16[2,3], float32[2,3]", "reduction=\"sum\"", "normal"}, {"bfloat16[2], bfloat16[2]", "", "normal"}),
    AD_ERRORS(ERROR_SHAPES, ERROR_COMPLEX,
              {"float32[2], float32[2]", "reduction=\"average\"", AD_E_VALUE, "reduction"}),
};

static ad_array *mse_compose(const ad_rule *r) { return ad__loss_reduce(r, 0, ad_square(difference(r))); }

const ad_op ad__op_mse_loss = {
    PAIR_HEAD(mse_loss),
    .doc = "The squared difference of inputs and targets, which have one shape. The mean unless reduction says otherwise.",
    AD_FIELDS(mean_fields),
    .dims = first_dims,
    .compose = mse_compose,
    AD_SPELLINGS({"numpy", "reduced(np.square($0 - $1), @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4]", "", "normal"}, {"float64[5], float64[5]", "reduction=\"none\"", "normal"},
               {"float16[2,3], float16[2,3]", "reduction=\"sum\"", "normal"}, {"int32[2], int32[2]", "", "small"}),
    AD_ERRORS(ERROR_SHAPES, ERROR_COMPLEX),
};

static ad_array *log_cosh_compose(const ad_rule *r) {
  ad_array *e = difference(r);
  return ad__loss_reduce(r, 0, ad_subtract(ad_logaddexp(e, ad_negative(e)), AD_RULE_NUMBER(r, 0.693147180559945309417)));
}

const ad_op ad__op_log_cosh_loss = {
    PAIR_HEAD(log_cosh_loss),
    .doc = "log(cosh(inputs - targets)), without overflow on the way; inputs and targets have one shape. Not reduced unless "
           "reduction says so.",
    AD_FIELDS(none_fields),
    .dims = first_dims,
    .compose = log_cosh_compose,
    AD_SPELLINGS({"numpy", "reduced(np.log(np.cosh($0 - $1)), @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4]", "", "normal"}, {"float64[5], float64[5]", "reduction=\"mean\"", "normal"},
               {"float16[2,3], float16[2,3]", "reduction=\"sum\"", "normal"}),
    AD_ERRORS(ERROR_SHAPES, ERROR_COMPLEX),
};

/* Where |e| is at most `bend`: scale e^2 / 2; beyond: a straight line of the same slope there. */
static ad_array *bent(const ad_rule *r, double bend, double scale) {
  ad_array *e = ad_abs(difference(r)), *half = AD_RULE_NUMBER(r, 0.5 * scale);
  ad_array *line = ad_multiply(ad_subtract(e, AD_RULE_NUMBER(r, 0.5 * bend)), AD_RULE_NUMBER(r, scale * bend));
  return ad_where(ad_less_equal(e, AD_RULE_NUMBER(r, bend)), ad_multiply(ad_square(e), half), line);
}

static const ad_field smooth_fields[] = {
    {.name = "beta", .kind = AD_FIELD_NUM, .doc = "where the parabola becomes a line; 0 or more", .has_default = true, .default_num = 1},
    AD_LOSS_REDUCTION("mean|none|sum"),
};

static ad_status smooth_dims(ad_rel *r) {
  double beta = ad_rel_attr(r, 0)->as.f[0];
  if (!(beta >= 0)) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "beta %g; 0 or more is right", beta));
  return ad__loss_dims(r, 1);
}

static ad_array *smooth_compose(const ad_rule *r) {
  double beta = attr_value(r, 0);
  return ad__loss_reduce(r, 1, beta == 0 ? ad_abs(difference(r)) : bent(r, beta, 1 / beta));
}

const ad_op ad__op_smooth_l1_loss = {
    PAIR_HEAD(smooth_l1_loss),
    .doc = "With e = |inputs - targets|: e^2 / (2 beta) where e is at most beta, e - beta / 2 beyond; for beta 0 l1_loss. The mean "
           "unless reduction says otherwise.",
    AD_FIELDS(smooth_fields),
    .dims = smooth_dims,
    .compose = smooth_compose,
    AD_SPELLINGS({"numpy", "smooth_l1_loss($0, $1, @beta, @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4]", "", "normal"}, {"float64[5], float64[5]", "beta=0.25, reduction=\"none\"", "normal"},
               {"float16[2,3], float16[2,3]", "beta=0, reduction=\"sum\"", "normal"}),
    AD_ERRORS(ERROR_SHAPES, ERROR_COMPLEX, {"float32[2], float32[2]", "beta=-1", AD_E_VALUE, "beta -1; 0 or more is right"}),
};

static const ad_field huber_fields[] = {
    {.name = "delta", .kind = AD_FIELD_NUM, .doc = "where the parabola becomes a line; more than 0", .has_default = true, .default_num = 1},
    AD_LOSS_REDUCTION("none|mean|sum"),
};

static ad_status huber_dims(ad_rel *r) {
  double delta = ad_rel_attr(r, 0)->as.f[0];
  if (!(delta > 0)) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "delta %g; more than 0 is right", delta));
  return ad__loss_dims(r, 1);
}

static ad_array *huber_compose(const ad_rule *r) { return ad__loss_reduce(r, 1, bent(r, attr_value(r, 0), 1)); }

const ad_op ad__op_huber_loss = {
    PAIR_HEAD(huber_loss),
    .doc = "With e = |inputs - targets|: e^2 / 2 where e is at most delta, delta (e - delta / 2) beyond (Huber, Robust estimation "
           "of a location parameter, 1964). Not reduced unless reduction says so.",
    AD_FIELDS(huber_fields),
    .dims = huber_dims,
    .compose = huber_compose,
    AD_SPELLINGS({"numpy", "huber_loss($0, $1, @delta, @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4]", "", "normal"}, {"float64[5], float64[5]", "delta=0.25, reduction=\"mean\"", "normal"},
               {"float16[2,3], float16[2,3]", "delta=2, reduction=\"sum\"", "normal"}),
    AD_ERRORS(ERROR_SHAPES, ERROR_COMPLEX, {"float32[2], float32[2]", "delta=0", AD_E_VALUE, "delta 0; more than 0 is right"}),
};

/* ---- Likelihoods ---- */

static const ad_field binary_fields[] = {
    {.name = "probabilities", .kind = AD_FIELD_FLAG, .doc = "inputs are probabilities, not logits"},
    AD_LOSS_REDUCTION("mean|none|sum"),
};
static ad_status second_dims(ad_rel *r) { return ad__loss_dims(r, 1); }

/* The logarithm of p, LEAST_LOG at least. What is below has no derivative, so that none is infinite. */
static ad_array *bounded_log(const ad_rule *r, ad_array *p) {
  ad_array *low = ad_less_equal(p, AD_RULE_NUMBER(r, LEAST_PROBABILITY));
  return ad_where(low, AD_RULE_NUMBER(r, LEAST_LOG), ad_log(ad_where(low, AD_RULE_NUMBER(r, 1), p)));
}

static ad_array *binary_compose(const ad_rule *r) {
  ad_array *x = input(r, 0), *t = input(r, 1), *weights = input(r, 2), *one = AD_RULE_NUMBER(r, 1), *loss;
  if (r->attrs[0].as.i) {
    ad_array *yes = ad_multiply(bounded_log(r, x), t), *no = ad_multiply(bounded_log(r, ad_subtract(one, x)), ad_subtract(one, t));
    loss = ad_negative(ad_add(yes, no));
  } else {
    loss = ad_subtract(ad_softplus(x), ad_multiply(x, t));
  }
  return ad__loss_reduce(r, 1, weights ? ad_multiply(loss, weights) : loss);
}

const ad_op ad__op_binary_cross_entropy = {
    AD_LOSS_HEAD(binary_cross_entropy, "inputs, targets, weights", "logits, targets, NULL"),
    .doc = "-targets log(p) - (1 - targets) log(1 - p), where p is sigmoid(inputs), or inputs themselves if they are "
           "probabilities, whose logarithms count as -100 at least. weights, which may be NULL, are factors of the losses. All have one shape. "
           "The mean (over their number, whatever the weights) unless reduction says otherwise.",
    .inputs = 3,
    .optional = 1,
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_FIELDS(binary_fields),
    .dims = second_dims,
    .compose = binary_compose,
    AD_SPELLINGS({"numpy", "binary_cross_entropy($0, $1, $2, @probabilities, @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4], -", "", "normal, unit"},
               {"float64[5], float64[5], float64[5]", "reduction=\"none\"", "normal, unit, positive"},
               {"float64[2,3], float64[2,3], -", "probabilities=true, reduction=\"sum\"", "unit, unit"},
               {"float16[2,3], bool[2,3], -", "", "normal, bool"}, {"float32[4], int32[4], -", "reduction=\"none\"", "normal, index:2"}),
    AD_ERRORS({"float32[2,3], float32[3], -", "", AD_E_VALUE, "its rank is 1; 2 is right"},
              {"float32[2], float32[2], float32[3]", "", AD_E_VALUE, "input weights of shape (3); axis 0 is 3; 2 is right"}),
};

static const ad_field gaussian_fields[] = {
    {.name = "full", .kind = AD_FIELD_FLAG, .doc = "adds log(2 pi) / 2, which depends on nothing"},
    {.name = "eps", .kind = AD_FIELD_NUM, .doc = "the least variance", .has_default = true, .default_num = 1e-6},
    AD_LOSS_REDUCTION("mean|none|sum"),
};
static ad_status third_dims(ad_rel *r) { return ad__loss_dims(r, 2); }

static ad_array *gaussian_compose(const ad_rule *r) {
  ad_array *vars = ad_maximum(input(r, 2), attr_number(r, 1));
  ad_array *loss = ad_add(ad_log(vars), ad_divide(ad_square(difference(r)), vars));
  if (r->attrs[0].as.i) loss = ad_add(loss, AD_RULE_NUMBER(r, LN_2PI));
  return ad__loss_reduce(r, 2, ad_multiply(loss, AD_RULE_NUMBER(r, 0.5)));
}

const ad_op ad__op_gaussian_nll_loss = {
    AD_LOSS_HEAD(gaussian_nll_loss, "inputs, targets, vars", "means, targets, vars"),
    .doc = "(log(v) + (inputs - targets)^2 / v) / 2 with v = max(vars, eps): minus the logarithm of the density of a normal "
           "distribution, but for a constant. All have one shape. The mean unless reduction says otherwise.",
    .inputs = 3,
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_FIELDS(gaussian_fields),
    .dims = third_dims,
    .compose = gaussian_compose,
    AD_SPELLINGS({"numpy", "gaussian_nll_loss($0, $1, $2, @full, @eps, @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4], float32[3,4]", "", "normal, normal, positive"},
               {"float64[5], float64[5], float64[5]", "full=true, eps=0.5, reduction=\"none\"", "normal, normal, positive"},
               {"float16[2,3], float16[2,3], float16[2,3]", "reduction=\"sum\"", "unit, unit, above1"}),
    AD_ERRORS({"float32[2], float32[2], float32[3]", "", AD_E_VALUE, "input vars of shape (3); axis 0 is 3; 2 is right"}),
};

/* ---- Margins ---- */

static ad_array *hinge_compose(const ad_rule *r) {
  return ad__loss_reduce(r, 0, ad_relu(ad_subtract(AD_RULE_NUMBER(r, 1), ad_multiply(input(r, 0), input(r, 1)))));
}

const ad_op ad__op_hinge_loss = {
    PAIR_HEAD(hinge_loss),
    .doc = "relu(1 - inputs * targets), for targets of -1 and 1 of the shape of inputs. Not reduced unless reduction says so.",
    AD_FIELDS(none_fields),
    .dims = first_dims,
    .compose = hinge_compose,
    AD_SPELLINGS({"numpy", "reduced(np.maximum(1 - $0 * $1, 0), @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4]", "", "normal"}, {"float64[5], float64[5]", "reduction=\"mean\"", "normal"},
               {"float16[2,3], float16[2,3]", "reduction=\"sum\"", "normal"}),
    AD_ERRORS(ERROR_SHAPES, ERROR_COMPLEX),
};

static const ad_field margin_fields[] = {
    {.name = "margin", .kind = AD_FIELD_NUM, .doc = "by how much the first is to be above the second", .has_default = true, .default_num = 0},
    AD_LOSS_REDUCTION("none|mean|sum"),
};

static ad_array *margin_compose(const ad_rule *r) {
  return ad__loss_reduce(r, 1, ad_relu(ad_subtract(attr_number(r, 0), ad_multiply(difference(r), input(r, 2)))));
}

const ad_op ad__op_margin_ranking_loss = {
    AD_LOSS_HEAD(margin_ranking_loss, "inputs1, inputs2, targets", "first, second, targets"),
    .doc = "relu(margin - targets * (inputs1 - inputs2)): targets of 1 want the first to be the larger, -1 the second. All have "
           "one shape. Not reduced unless reduction says so.",
    .inputs = 3,
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_FIELDS(margin_fields),
    .dims = second_dims,
    .compose = margin_compose,
    AD_SPELLINGS({"numpy", "reduced(np.maximum(@margin - ($0 - $1) * $2, 0), @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4], float32[3,4]", "", "normal"},
               {"float64[5], float64[5], float64[5]", "margin=0.5, reduction=\"mean\"", "normal"},
               {"float16[2,3], float16[2,3], float16[2,3]", "reduction=\"sum\"", "normal"}),
    AD_ERRORS({"float32[2], float32[2], float32[3]", "", AD_E_VALUE, "input targets of shape (3); axis 0 is 3; 2 is right"}),
};
