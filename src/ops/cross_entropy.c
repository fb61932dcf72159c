/* softmax_cross_entropy and its gradient: the loss of classification, from logits.
 *
 * With p the target distribution of a row, one class or probabilities, smoothed, the loss is lse(x) sum(p) - sum(p x), and its
 * derivative exp(x - lse) sum(p) - p: neither needs the softmax itself. lse is an extra output, so that the gradient reads a row
 * once. A class of probability 0 counts for nothing, even where its logit is infinite. */
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/loss_rules.h"

enum { AXIS = AD_REDUCE_FIELD_AXES, SMOOTHING };
enum { CT, WEIGHT, GRAD_LOGITS, GRAD_TARGETS, LSE }; /* inputs of the gradient */

static const ad_field entropy_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis of classes", .has_default = true, .default_num = -1},
    {.name = "label_smoothing", .kind = AD_FIELD_NUM, .doc = "this share of the target is spread evenly over all classes; 0 to 1",
     .has_default = true, .default_num = 0},
};
static const ad_field grad_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .doc = "the axis of classes", .has_default = true, .default_num = -1, .of = GRAD_LOGITS},
    {.name = "label_smoothing", .kind = AD_FIELD_NUM, .doc = "this share of the target is spread evenly over all classes; 0 to 1",
     .has_default = true, .default_num = 0},
};

/* ---- Shapes and dtypes ---- */

bool ad__entropy_targets_fit(ad_rel *r, int logits, int targets) {
  double smoothing = ad_rel_attr(r, SMOOTHING)->as.f[0];
  if (!(smoothing >= 0 && smoothing <= 1)) return ad_rel_fail(r, AD_E_VALUE, "label_smoothing %g; 0 to 1 is right", smoothing);
  if (!ad_rel_rank_at_least(r, logits, 1)) return false;
  int rank = ad_rel_get_rank(r, logits);
  if (rank > 0 && ad_rel_get_dim(r, logits, ad__axis_of(ad_rel_attr(r, AXIS)->as.i, rank)) == 0)
    return ad_rel_fail(r, AD_E_VALUE, "no classes; 1 or more are right");
  ad_dtype t = ad_rel_get_dtype(r, targets);
  if (t == AD_DTYPE_NONE) return ad_rel_later(r);
  return ad_dtype_category(t) == AD_CATEGORY_FLOAT ? ad_rel_same(r, logits, targets) : ad__loss_lacks_axis(r, logits, targets);
}

static ad_status entropy_dims(ad_rel *r) {
  return ad_rel_end(r, ad__entropy_targets_fit(r, 0, 1) && ad__loss_lacks_axis(r, 0, AD_REL_OUT(r, 0)) && ad__loss_lacks_axis(r, 0, AD_REL_OUT(r, 1)));
}

static ad_status grad_dims(ad_rel *r) {
  bool ok = ad__entropy_targets_fit(r, GRAD_LOGITS, GRAD_TARGETS) && ad_rel_same(r, GRAD_LOGITS, AD_REL_OUT(r, 0));
  return ad_rel_end(r, ok && ad__loss_lacks_axis(r, GRAD_LOGITS, CT) && ad__loss_lacks_axis(r, GRAD_LOGITS, WEIGHT) && ad__loss_lacks_axis(r, GRAD_LOGITS, LSE));
}

ad_status ad__entropy_dtypes(const ad_rule *r, int logits, ad_dtype *in, ad_dtype *t, char *why, size_t why_size) {
  ad_array *x = r->in[logits], *targets = r->in[logits + 1];
  ad_category c = ad_dtype_category(ad_array_dtype(targets));
  *t = in[logits] = ad__dtype_inexact(ad_array_dtype(x));
  in[logits + 1] = AD_INT64;
  if (c == AD_CATEGORY_INT || c == AD_CATEGORY_UINT) return AD_OK;
  if (c == AD_CATEGORY_FLOAT) {
    *t = in[logits] = in[logits + 1] = ad__dtype_inexact(ad__promote_arrays((ad_array *const[]){x, targets}, 2));
    return AD_OK;
  }
  ad__format(why, why_size, "targets of dtype %s; integers, that name classes, or floats, that are probabilities, are right",
             ad_dtype_name(ad_array_dtype(targets)));
  return AD_E_TYPE;
}

static ad_status entropy_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  ad_status s = ad__entropy_dtypes(r, 0, in, &out[0], why, why_size);
  out[1] = ad__rule_wide(out[0]);
  return s;
}

static ad_status grad_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  ad_status s = ad__entropy_dtypes(r, GRAD_LOGITS, in, &out[0], why, why_size);
  in[CT] = in[WEIGHT] = in[LSE] = ad__rule_wide(out[0]);
  return s;
}

/* ---- Compositions ---- */

static bool names_classes(const ad_array *targets) { return ad_dtype_category(ad_array_dtype(targets)) != AD_CATEGORY_FLOAT; }
static ad_array *stand_up(const ad_rule *r, ad_array *a) { return ad_expand_dims(a, ad__reduce_axes(r)); }
static ad_array *sum_over(const ad_rule *r, ad_array *a) { return ad__reduce_sum(r, a, false); }
static double smoothing(const ad_rule *r) { return r->attrs[SMOOTHING].as.f[0]; }

/* The probabilities with their share spread over n classes. */
static ad_array *smoothed(const ad_rule *r, ad_array *p, int64_t n) {
  double share = smoothing(r);
  p = ad__rule_widen(p);
  return share == 0 ? p : ad_add(ad_multiply(p, AD_RULE_NUMBER(r, 1 - share)), AD_RULE_NUMBER(r, share / (double)n));
}

static ad_array *entropy_compose(const ad_rule *r) {
  ad_array *x = ad__rule_widen(r->in[0]), *targets = r->in[1], *loss, *zero = AD_RULE_NUMBER(r, 0);
  int64_t axis = r->attrs[AXIS].as.i;
  ad_array *lse = ad_logsumexp(x, &(ad_logsumexp_opts){.axes = ad__reduce_axes(r)});
  if (names_classes(targets)) {
    ad_array *picked = ad_squeeze(ad_take_along_axis(x, stand_up(r, targets), &(ad_take_along_axis_opts){.axis = AD_INT(axis)}),
                                  &(ad_squeeze_opts){.axes = ad__reduce_axes(r)});
    double share = smoothing(r);
    if (share != 0) {
      ad_array *mean = ad_mean(x, &(ad_mean_opts){.axes = ad__reduce_axes(r)});
      picked = ad_add(ad_multiply(picked, AD_RULE_NUMBER(r, 1 - share)), ad_multiply(mean, AD_RULE_NUMBER(r, share)));
    }
    loss = ad_subtract(lse, picked);
  } else {
    ad_array *p = smoothed(r, targets, ad_array_dim(x, (int)axis)), *used = ad_where(ad_equal(p, zero), zero, x);
    loss = ad_subtract(ad_multiply(lse, sum_over(r, p)), sum_over(r, ad_multiply(p, used)));
  }
  return ad_tuple(r->ctx, (ad_array *[]){ad__rule_cast(loss, ad_array_dtype(r->in[0])), lse}, 2);
}

/* Is this the row's class? As reads do, negative classes count from the end, and what lies outside is the nearest. */
static ad_array *is_class(const ad_rule *r, ad_array *targets, ad_shape shape) {
  int64_t axis = r->attrs[AXIS].as.i, n = shape.dims[axis], dims[AD_MAX_RANK];
  for (int i = 0; i < shape.rank; i++) dims[i] = i == axis ? n : 1;
  ad_array *count = ad_number_int(r->ctx, n), *zero = ad_number_int(r->ctx, 0), *last = ad_number_int(r->ctx, n - 1);
  ad_array *at = ad_where(ad_less(targets, zero), ad_add(targets, count), targets);
  at = ad_minimum(ad_maximum(at, zero), last);
  ad_array *classes = ad_reshape(ad_iota(r->ctx, n, &(ad_iota_opts){.dtype = AD_INT64}), (ad_shape){shape.rank, dims});
  return ad_equal(classes, stand_up(r, at));
}

/* exp(x - lse) weight - ct p. */
static ad_array *grad_compose(const ad_rule *r) {
  ad_array *x = ad__rule_widen(r->in[GRAD_LOGITS]), *targets = r->in[GRAD_TARGETS], *ct = stand_up(r, r->in[CT]), *part;
  ad_shape shape = ad_array_shape(r->in[GRAD_LOGITS]);
  double share = smoothing(r), spread = share / (double)shape.dims[r->attrs[AXIS].as.i];
  ad_array *all = ad_multiply(ad_exp(ad_subtract(x, stand_up(r, r->in[LSE]))), stand_up(r, r->in[WEIGHT]));
  if (names_classes(targets)) {
    ad_array *hit = is_class(r, targets, shape), *own = share == 0 ? ct : ad_multiply(ct, AD_RULE_NUMBER(r, 1 - share));
    part = ad_where(hit, own, AD_RULE_NUMBER(r, 0));
    if (share != 0) part = ad_add(part, ad_multiply(ct, AD_RULE_NUMBER(r, spread)));
  } else {
    part = ad_multiply(ct, smoothed(r, targets, shape.dims[r->attrs[AXIS].as.i]));
  }
  return ad__rule_cast(ad_subtract(all, part), ad_array_dtype(r->in[GRAD_LOGITS]));
}

/* ---- Derivative and batching ---- */

static ad_array *entropy_back(const ad_rule *r, int i, ad_array *const *ct) {
  ad_array *x = r->in[0], *targets = r->in[1], *lse = ad_item(r->out, 1);
  ad_array *of_loss = ct[0] ? ad__rule_widen(ct[0]) : ad_zeros_like(lse, NULL), *zero = AD_RULE_NUMBER(r, 0);
  bool classes = names_classes(targets);
  ad_array *p = classes ? NULL : smoothed(r, targets, ad_array_dim(x, (int)r->attrs[AXIS].as.i));
  if (i == 1) { /* (lse - x), which counts for nothing where p is 0 and x is not finite */
    ad_array *used = ad_where(ad_equal(p, zero), zero, ad__rule_widen(x));
    return ad_multiply(ad_subtract(stand_up(r, lse), used), ad_multiply(stand_up(r, of_loss), AD_RULE_NUMBER(r, 1 - smoothing(r))));
  }
  ad_array *weight = classes ? of_loss : ad_multiply(of_loss, sum_over(r, p));
  if (ct[1]) weight = ad_add(weight, ct[1]);
  ad_softmax_cross_entropy_grad_opts opts = {.axis = AD_INT(r->attrs[AXIS].as.i), .label_smoothing = AD_NUM(smoothing(r))};
  return ad_softmax_cross_entropy_grad(of_loss, weight, x, targets, lse, &opts);
}

/* Every input gets the batch axis in front, and the axis of classes counts one further. */
static ad_array *entropy_batch(const ad_rule *r, const bool *batched, int64_t size) {
  ad_array *in[LSE + 1];
  for (int i = 0; i < r->n; i++) {
    ad_shape s = ad_array_shape(r->in[i]);
    int64_t dims[AD_MAX_RANK + 1] = {size};
    for (int k = 0; k < s.rank; k++) dims[k + 1] = s.dims[k];
    in[i] = batched[i] ? r->in[i] : ad_broadcast_to(r->in[i], (ad_shape){s.rank + 1, dims});
  }
  ad_attr at[] = {r->attrs[AXIS], r->attrs[SMOOTHING]};
  at[AXIS].as.i++;
  return ad_apply(r->ctx, NULL, r->op, in, r->n, at);
}

const ad_op ad__op_softmax_cross_entropy = {
    AD_OP_HEAD(softmax_cross_entropy),
    .params = "logits, targets",
    .doc = "The cross-entropy of each row of logits along an axis: -sum(p * log_softmax(logits)). targets are integers, the class "
           "of each row (of the shape without the axis; negative ones count from the end, others outside mean the nearest), or "
           "floats, its probabilities p. bool and integer logits become float32; half types are computed in float32.",
    .example = "ad_array *loss = ad_mean(ad_softmax_cross_entropy(logits, classes, NULL), NULL);",
    .group = "losses",
    .inputs = 2,
    .outputs = 2,
    .extras = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(entropy_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = entropy_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = entropy_dims,
    AD_DERIVS(AD_SMOOTH),
    .vjp = entropy_back,
    .backward = "softmax_cross_entropy_grad",
    .compose = entropy_compose,
    .batch = entropy_batch,
    AD_SAMPLES({"float32[3,5], int32[3]", "", "normal, index:5"}, {"float64[2,4,3], int64[2,3]", "axis=1, label_smoothing=0.1", "normal, signed_index:4"},
               {"float64[3,4], float64[3,4]", "", "normal, positive"}, {"float64[4,3], float64[4,3]", "axis=0, label_smoothing=0.2", "normal, positive"},
               {"float32[2,1100], uint8[2]", "label_smoothing=0.3", "normal, index:200"}, {"float16[2,7], int32[2]", "", "unit, index:7"},
               {"bfloat16[2,7], bfloat16[2,7]", "", "unit, unit"}, {"float32[6], int32[]", "", "normal, index:6"}, {"float32[0,3], int32[0]", "", "normal, index:3"}),
    AD_ERRORS({"float32[3,5], int32[4]", "", AD_E_VALUE, "axis 0 is 4; 3 is right"}, {"float32[3,5], float32[3]", "", AD_E_VALUE, "its rank is 1; 2 is right"},
              {"float32[3,5], bool[3]", "", AD_E_TYPE, "targets of dtype bool; integers, that name classes, or floats, that are probabilities, are right"},
              {"float32[3,5], int32[3]", "label_smoothing=2", AD_E_VALUE, "label_smoothing 2; 0 to 1 is right"},
              {"float32[3,0], int32[3]", "", AD_E_VALUE, "no classes; 1 or more are right"},
              {"float32[3,5], int32[3]", "axis=2", AD_E_INDEX, "axis 2; it is out of range for rank 2"}),
};

const ad_op ad__op_softmax_cross_entropy_grad = {
    AD_OP_HEAD(softmax_cross_entropy_grad),
    .params = "ct, weight, logits, targets, lse",
    .doc = "exp(logits - lse) * weight - ct * p, the cotangent of the logits of softmax_cross_entropy: p is the smoothed target, lse "
           "the logarithm of the sum of exponentials of each row, ct the cotangent of its loss, weight that times the sum of p.",
    .example = "ad_array *dx = ad_softmax_cross_entropy_grad(ct, ct, logits, classes, lse, NULL);",
    .group = "losses",
    .inputs = 5,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(grad_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = grad_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = grad_dims,
    .compose = grad_compose,
    .batch = entropy_batch,
    AD_SAMPLES({"float32[3], float32[3], float32[3,5], int32[3], float32[3]", "", "normal, normal, normal, index:5, above1"},
               {"float64[2,3], float64[2,3], float64[2,4,3], int64[2,3], float64[2,3]", "axis=1, label_smoothing=0.1", "normal, normal, normal, signed_index:4, above1"},
               {"float64[3], float64[3], float64[3,4], float64[3,4], float64[3]", "label_smoothing=0.2", "normal, normal, normal, positive, above1"},
               {"float32[2], float32[2], float32[2,1100], int32[2], float32[2]", "", "normal, normal, normal, index:1100, above1"},
               {"float32[2], float32[2], float16[2,7], int32[2], float32[2]", "", "unit, unit, unit, index:7, above1"}),
    AD_ERRORS({"float32[4], float32[3], float32[3,5], int32[3], float32[3]", "", AD_E_VALUE, "axis 0 is 4; 3 is right"}),
};
