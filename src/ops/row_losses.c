/* Losses of rows along an axis: cross_entropy, nll_loss, kl_div_loss, cosine_similarity_loss, triplet_loss.
 *
 * Compositions; cross_entropy is softmax_cross_entropy, which has a derivative and a kernel of its own, with weights and a
 * reduction. */
#include <math.h>
#include "ops/dims.h"
#include "ops/loss_rules.h"

enum { AXIS };

#define AXIS_FIELD(default_axis) \
  {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis along which rows lie", .has_default = true, .default_num = default_axis}

static ad_array *input(const ad_rule *r, int i) { return ad__loss_input(r, i); }
static ad_array *sum_over(const ad_rule *r, ad_array *a) { return ad__reduce_sum(r, a, false); }

/* ---- Classes ---- */

enum { SMOOTHING = 1, ENTROPY_REDUCTION };
static const ad_field entropy_fields[] = {
    AXIS_FIELD(-1),
    {.name = "label_smoothing", .kind = AD_FIELD_NUM, .doc = "this share of the target is spread evenly over all classes; 0 to 1",
     .has_default = true, .default_num = 0},
    AD_LOSS_REDUCTION("none|mean|sum"),
};

static ad_status entropy_dims(ad_rel *r) {
  bool scalar, ok = ad__loss_result(r, ENTROPY_REDUCTION, &scalar) && ad__entropy_targets_fit(r, 0, 1);
  if (ok && ad_rel_has(r, 2)) ok = ad__loss_lacks_axis(r, 0, 2);
  return ad_rel_end(r, ok && (scalar || ad__loss_lacks_axis(r, 0, AD_REL_OUT(r, 0))));
}

static ad_status entropy_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  ad_status s = ad__entropy_dtypes(r, 0, in, &out[0], why, why_size);
  if (r->n > 2) in[2] = out[0];
  return s;
}

static ad_array *entropy_compose(const ad_rule *r) {
  ad_softmax_cross_entropy_opts opts = {.axis = AD_INT(r->attrs[AXIS].as.i), .label_smoothing = AD_NUM(r->attrs[SMOOTHING].as.f[0])};
  ad_array *loss = ad_softmax_cross_entropy(r->in[0], r->in[1], &opts), *weights = input(r, 2);
  loss = ad__rule_widen(loss);
  return ad__loss_reduce(r, ENTROPY_REDUCTION, weights ? ad_multiply(loss, weights) : loss);
}

const ad_op ad__op_cross_entropy = {
    AD_LOSS_HEAD(cross_entropy, "logits, targets, weights", "logits, classes, NULL"),
    .doc = "softmax_cross_entropy of logits and targets (classes as integers, of the shape of logits without the axis, or "
           "probabilities), times weights of the shape of the losses, which may be NULL. Not reduced unless reduction says so; the "
           "mean is over the number of losses, whatever the weights.",
    .inputs = 3,
    .optional = 1,
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = entropy_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    AD_FIELDS(entropy_fields),
    .dims = entropy_dims,
    .compose = entropy_compose,
    AD_SPELLINGS({"numpy", "cross_entropy($0, $1, $2, @axis, @label_smoothing, @reduction)"}),
    AD_SAMPLES({"float32[3,4], int32[3], -", "", "normal, index:4"},
               {"float64[5,3], uint8[5], float64[5]", "reduction=\"mean\"", "normal, index:3, positive"},
               {"float64[4,3,2], float64[4,3,2], -", "axis=1, label_smoothing=0.1, reduction=\"sum\"", "normal, unit"},
               {"float16[2,6], int64[2], -", "label_smoothing=0.5", "normal, index:6"}, {"float32[4], int32[], -", "", "normal, index:4"}),
    AD_ERRORS({"float32[2,3], int32[3], -", "", AD_E_VALUE, "axis 0 is 3; 2 is right"},
              {"float32[2,3], int32[2,3], -", "", AD_E_VALUE, "its rank is 2; 1 is right"},
              {"float32[2,3], int32[2], float32[3]", "", AD_E_VALUE, "axis 0 is 3; 2 is right"},
              {"float32[2,3], bool[2], -", "", AD_E_TYPE, "targets of dtype bool"},
              {"float32[2,3], int32[2], -", "label_smoothing=2", AD_E_VALUE, "label_smoothing 2; 0 to 1 is right"}),
};

static const ad_field rows_fields[] = {AXIS_FIELD(-1), AD_LOSS_REDUCTION("none|mean|sum")};

static ad_status nll_dims(ad_rel *r) {
  bool scalar, ok = ad__loss_result(r, 1, &scalar) && ad_rel_rank_at_least(r, 0, 1) && ad__loss_lacks_axis(r, 0, 1);
  return ad_rel_end(r, ok && (scalar || ad_rel_same(r, 1, AD_REL_OUT(r, 0))));
}

static ad_status nll_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  ad_status s = ad__entropy_dtypes(r, 0, in, &out[0], why, why_size);
  if (s || in[1] == AD_INT64) return s;
  ad__format(why, why_size, "targets of dtype %s; integers, that name classes, are right", ad_dtype_name(ad_array_dtype(r->in[1])));
  return AD_E_TYPE;
}

static ad_array *nll_compose(const ad_rule *r) {
  ad_array *at = ad_expand_dims(r->in[1], ad__reduce_axes(r));
  ad_array *picked = ad_take_along_axis(r->in[0], at, &(ad_take_along_axis_opts){.axis = AD_INT(r->attrs[AXIS].as.i)});
  picked = ad_squeeze(picked, &(ad_squeeze_opts){.axes = ad__reduce_axes(r)});
  return ad__loss_reduce(r, 1, ad_negative(ad__rule_widen(picked)));
}

const ad_op ad__op_nll_loss = {
    AD_LOSS_HEAD(nll_loss, "inputs, targets", "log_probabilities, classes"),
    .doc = "Minus the element of each row of inputs, logarithms of probabilities, that the integer targets name (of the shape "
           "without the axis). Not reduced unless reduction says so.",
    .inputs = 2,
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = nll_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    AD_FIELDS(rows_fields),
    .dims = nll_dims,
    .compose = nll_compose,
    AD_SPELLINGS({"numpy", "nll_loss($0, $1, @axis, @reduction)"}),
    AD_SAMPLES({"float32[3,4], int32[3]", "", "normal, index:4"}, {"float64[5,3], uint8[3]", "axis=0, reduction=\"mean\"", "normal, index:5"},
               {"float16[2,6], int64[2]", "reduction=\"sum\"", "normal, index:6"}, {"float32[4], int32[]", "", "normal, index:4"}),
    AD_ERRORS({"float32[2,3], int32[3]", "", AD_E_VALUE, "axis 0 is 3; 2 is right"},
              {"float32[2,3], float32[2,3]", "", AD_E_TYPE, "targets of dtype float32; integers, that name classes, are right"}),
};

static ad_status rows_dims(ad_rel *r) { return ad__loss_rows_dims(r, 1); }

/* A class of probability 0 counts for nothing, and its logarithm, which is infinite, is not touched. */
static ad_array *kl_compose(const ad_rule *r) {
  ad_array *x = input(r, 0), *t = input(r, 1), *zero = AD_RULE_NUMBER(r, 0), *none = ad_isneginf(t);
  ad_array *far = ad_subtract(ad_where(none, zero, t), ad_where(none, zero, x));
  return ad__loss_reduce(r, 1, sum_over(r, ad_multiply(ad_exp(t), far)));
}

const ad_op ad__op_kl_div_loss = {
    AD_LOSS_HEAD(kl_div_loss, "inputs, targets", "log_q, log_p"),
    .doc = "The divergence of Kullback and Leibler of each row, sum(exp(targets) * (targets - inputs)), both logarithms of "
           "probabilities and of one shape; a target of probability 0 counts for nothing. Not reduced unless reduction says so.",
    .inputs = 2,
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_FIELDS(rows_fields),
    .dims = rows_dims,
    .compose = kl_compose,
    AD_SPELLINGS({"numpy", "reduced(np.sum(np.exp($1) * ($1 - $0), axis=@axis), @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4]", "", "normal"}, {"float64[5,3,2], float64[5,3,2]", "axis=0, reduction=\"mean\"", "normal"},
               {"float16[2,6], float16[2,6]", "reduction=\"sum\"", "unit"}),
    AD_ERRORS({"float32[2,3], float32[3]", "", AD_E_VALUE, "its rank is 1; 2 is right"},
              {"float32[], float32[]", "", AD_E_INDEX, "axis -1; the array has rank 0 and no axes"}),
};

/* ---- Vectors ---- */

static const ad_field cosine_fields[] = {
    AXIS_FIELD(1),
    {.name = "eps", .kind = AD_FIELD_NUM, .doc = "the least product of lengths", .has_default = true, .default_num = 1e-8},
    AD_LOSS_REDUCTION("none|mean|sum"),
};
static ad_status cosine_dims(ad_rel *r) { return ad__loss_rows_dims(r, 2); }

static ad_array *length_of(const ad_rule *r, ad_array *a) {
  return ad_linalg_vector_norm(a, &(ad_linalg_vector_norm_opts){.axes = ad__reduce_axes(r)});
}

static ad_array *cosine_compose(const ad_rule *r) {
  ad_array *a = input(r, 0), *b = input(r, 1), *lengths = ad_multiply(length_of(r, a), length_of(r, b));
  ad_array *least = AD_RULE_NUMBER(r, r->attrs[1].as.f[0]);
  return ad__loss_reduce(r, 2, ad_divide(sum_over(r, ad_multiply(a, b)), ad_maximum(lengths, least)));
}

const ad_op ad__op_cosine_similarity_loss = {
    AD_LOSS_HEAD(cosine_similarity_loss, "x1, x2", "a, b"),
    .doc = "The cosine of the angle between each two vectors along an axis, sum(x1 x2) / max(|x1| |x2|, eps); both have one shape. "
           "The axis is 1 unless it is given. Not reduced unless reduction says so.",
    .inputs = 2,
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_FIELDS(cosine_fields),
    .dims = cosine_dims,
    .compose = cosine_compose,
    AD_SPELLINGS({"numpy", "cosine_similarity_loss($0, $1, @axis, @eps, @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4]", "", "normal"}, {"float64[5,3,2], float64[5,3,2]", "axis=0, reduction=\"mean\"", "normal"},
               {"float16[2,6], float16[2,6]", "eps=1, reduction=\"sum\"", "unit"}),
    AD_ERRORS({"float32[3], float32[3]", "", AD_E_INDEX, "out of range for rank 1"},
              {"float32[2,3], float32[3]", "", AD_E_VALUE, "its rank is 1; 2 is right"}),
};

enum { TRIPLET_P = 1, TRIPLET_MARGIN, TRIPLET_EPS, TRIPLET_REDUCTION };
static const ad_field triplet_fields[] = {
    AXIS_FIELD(-1),
    {.name = "p", .kind = AD_FIELD_NUM, .doc = "the order of the norm; 1 or more", .has_default = true, .default_num = 2},
    {.name = "margin", .kind = AD_FIELD_NUM, .doc = "by how much negatives are to be further away", .has_default = true, .default_num = 1},
    {.name = "eps", .kind = AD_FIELD_NUM, .doc = "added to the sum of powers before the root", .has_default = true, .default_num = 1e-6},
    AD_LOSS_REDUCTION("none|mean|sum"),
};

static ad_status triplet_dims(ad_rel *r) {
  double p = ad_rel_attr(r, TRIPLET_P)->as.f[0];
  if (!(p >= 1) || isinf(p)) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "p %g; a number from 1 on is right", p));
  return ad__loss_rows_dims(r, TRIPLET_REDUCTION);
}

/* (sum |a - b|^p + eps)^(1/p). */
static ad_array *distance(const ad_rule *r, ad_array *a, ad_array *b) {
  double p = r->attrs[TRIPLET_P].as.f[0];
  ad_array *d = ad_subtract(a, b), *eps = AD_RULE_NUMBER(r, r->attrs[TRIPLET_EPS].as.f[0]);
  ad_array *powers = p == 2 ? ad_square(d) : p == 1 ? ad_abs(d) : ad_power(ad_abs(d), AD_RULE_NUMBER(r, p));
  ad_array *sum = ad_add(sum_over(r, powers), eps);
  return p == 2 ? ad_sqrt(sum) : p == 1 ? sum : ad_power(sum, AD_RULE_NUMBER(r, 1 / p));
}

static ad_array *triplet_compose(const ad_rule *r) {
  ad_array *anchor = input(r, 0), *near = distance(r, anchor, input(r, 1)), *far = distance(r, anchor, input(r, 2));
  ad_array *margin = AD_RULE_NUMBER(r, r->attrs[TRIPLET_MARGIN].as.f[0]);
  return ad__loss_reduce(r, TRIPLET_REDUCTION, ad_relu(ad_add(ad_subtract(near, far), margin)));
}

const ad_op ad__op_triplet_loss = {
    AD_LOSS_HEAD(triplet_loss, "anchors, positives, negatives", "anchors, positives, negatives"),
    .doc = "relu(d(anchors, positives) - d(anchors, negatives) + margin) with the distance d(a, b) = (sum |a - b|^p + eps)^(1/p) "
           "along an axis; all have one shape. Not reduced unless reduction says so.",
    .inputs = 3,
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_FIELDS(triplet_fields),
    .dims = triplet_dims,
    .compose = triplet_compose,
    AD_SPELLINGS({"numpy", "triplet_loss($0, $1, $2, @axis, @p, @margin, @eps, @reduction)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4], float32[3,4]", "", "normal"},
               {"float64[5,3,2], float64[5,3,2], float64[5,3,2]", "axis=0, p=3, reduction=\"mean\"", "normal"},
               {"float64[5,3], float64[5,3], float64[5,3]", "p=1, margin=0.5", "normal"},
               {"float16[2,6], float16[2,6], float16[2,6]", "margin=2, eps=0.5, reduction=\"sum\"", "unit"}),
    AD_ERRORS({"float32[3], float32[3], float32[3]", "p=0.5", AD_E_VALUE, "p 0.5; a number from 1 on is right"},
              {"float32[3], float32[3], float32[4]", "", AD_E_VALUE, "input negatives of shape (4); axis 0 is 4; 3 is right"}),
};
