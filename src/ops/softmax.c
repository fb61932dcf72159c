/* softmax and log_softmax: rows of probabilities and their logarithms.
 *
 * Composite, each with a kernel (runtime/softmax_rows.c) and a derivative of its own, which needs the result only. */
#include "ops/reduce_rules.h"

static const ad_field fields[] = {
    {.name = "axes", .kind = AD_FIELD_AXES, .doc = "the axes along which the exponentials sum to 1; absent: all"},
    {.name = "precise", .kind = AD_FIELD_FLAG,
     .doc = "half types are computed in float32, as they always are; said for programs that ask"},
};

static bool nothing_reduced(const ad_rule *r) { return ad_array_size(r->in[0]) == 0; }

/* a less its maximum, in float32 at least. */
static ad_array *lowered(const ad_rule *r) {
  ad_array *x = ad__rule_widen(r->in[0]);
  if (nothing_reduced(r)) return x;
  ad_array *top = ad_max(x, &(ad_max_opts){.axes = ad__reduce_axes(r), .keepdims = true});
  return ad_subtract(x, ad_stop_gradient(top));
}

static ad_array *softmax_compose(const ad_rule *r) {
  ad_array *e = ad_exp(lowered(r));
  return ad__rule_cast(ad_divide(e, ad__reduce_sum(r, e, true)), ad_array_dtype(r->in[0]));
}

static ad_array *softmax_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return ad_multiply(r->out, ad_subtract(ct[0], ad__reduce_sum(r, ad_multiply(ct[0], r->out), true)));
}

const ad_op ad__op_softmax = {
    AD_OP_HEAD(softmax),
    .params = "a",
    .doc = "exp(a) divided by its sum over the axes, without overflow. bool and integers become float32; half types are "
           "computed in float32.",
    .example = "ad_array *y = ad_softmax(x, &(ad_softmax_opts){.axes = AD_AXES(-1)});",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .vjp = softmax_back,
    .compose = softmax_compose,
    AD_SPELLINGS({"numpy", "softmax($0?(, @axes))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[3,4,5]", "axes=[0,-1]", "normal"},
               {"float32[2,300]", "axes=[-1]", "normal"}, {"float32[7,2]", "axes=[0]", "normal"},
               {"float16[9]", "", "unit"}, {"int32[4]", "", "small"}, {"float32[0,3]", "axes=[1]", "normal"}),
    AD_ERRORS({"float32[2,3]", "axes=[2]", AD_E_INDEX, "axes 2; it is out of range for rank 2"},
              {"complex64[2]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};

static ad_array *log_softmax_compose(const ad_rule *r) {
  ad_array *x = lowered(r);
  return ad__rule_cast(ad_subtract(x, ad_log(ad__reduce_sum(r, ad_exp(x), true))), ad_array_dtype(r->in[0]));
}

static ad_array *log_softmax_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return ad_subtract(ct[0], ad_multiply(ad_exp(r->out), ad__reduce_sum(r, ct[0], true)));
}

const ad_op ad__op_log_softmax = {
    AD_OP_HEAD(log_softmax),
    .params = "a",
    .doc = "The logarithm of softmax: a less logsumexp(a) over the axes. bool and integers become float32; half types are "
           "computed in float32.",
    .example = "ad_array *y = ad_log_softmax(x, &(ad_log_softmax_opts){.axes = AD_AXES(-1)});",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_SMOOTH),
    .vjp = log_softmax_back,
    .compose = log_softmax_compose,
    AD_SPELLINGS({"numpy", "log_softmax($0?(, @axes))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[3,4,5]", "axes=[0,-1]", "normal"},
               {"float32[2,300]", "axes=[-1]", "normal"}, {"float32[7,2]", "axes=[0]", "normal"},
               {"float16[9]", "", "unit"}, {"int32[4]", "", "small"}, {"float32[0,3]", "axes=[1]", "normal"}),
    AD_ERRORS({"float32[2,3]", "axes=[2]", AD_E_INDEX, "axes 2; it is out of range for rank 2"}),
};
