/* Statistics: mean, var, std, median, logsumexp, count_nonzero, trapezoid, diff.
 *
 * All are compositions; those with a kernel of their own (mean, var, logsumexp) run as one step and round once. */
#include "ops/reduce_rules.h"

static const ad_field fields[] = {AD_REDUCE_AXES};

static bool keepdims(const ad_rule *r) { return r->attrs[AD_REDUCE_FIELD_KEEPDIMS].as.i; }

/* ---- mean ---- */

static ad_array *mean_compose(const ad_rule *r) {
  ad_array *sum = ad__reduce_sum(r, ad__rule_widen(r->in[0]), keepdims(r));
  return ad__rule_cast(ad_divide(sum, AD_RULE_NUMBER(r, ad__reduce_count(r))), ad_array_dtype(r->in[0]));
}

static ad_array *mean_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return ad__reduce_spread(r, ad_divide(ct[0], AD_RULE_NUMBER(r, ad__reduce_count(r))));
}

const ad_op ad__op_mean = {
    AD_OP_HEAD(mean),
    .params = "a",
    .doc = "The arithmetic mean over the axes; NaN where there are no elements. bool and integers become float32; half "
           "types are summed in float32 and rounded once.",
    .example = "ad_array *y = ad_mean(x, &(ad_mean_opts){.axes = AD_AXES(-1)});",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .dims = ad__reduce_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = mean_back,
    .compose = mean_compose,
    AD_SPELLINGS({"numpy", "np.mean($0?(, axis=@axes)?(, keepdims=@keepdims))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[3,4,5]", "axes=[0,-1], keepdims=true", "normal"},
               {"int8[5,2]", "axes=[1]", "small"}, {"float16[70]", "", "unit"}, {"complex64[2,3]", "axes=[0]", "normal"}),
    AD_ERRORS({"float32[2,3]", "axes=[2]", AD_E_INDEX, "axes 2; it is out of range for rank 2; from -2 to 1 is right"}),
};

/* ---- var, std ---- */

enum { FIELD_DDOF = 2, FIELD_CORRECTION };

static const ad_field var_fields[] = {
    AD_REDUCE_AXES,
    {.name = "ddof", .kind = AD_FIELD_NUM, .doc = "the sum of squares is divided by the count less this; absent: 0"},
    {.name = "correction", .kind = AD_FIELD_NUM, .doc = "another name of ddof; one of the two is right"},
};

static ad_status var_dims(ad_rel *r) {
  if (ad_rel_attr(r, FIELD_DDOF)->given && ad_rel_attr(r, FIELD_CORRECTION)->given)
    return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "ddof and correction; they are two names of one number; one of them is right"));
  return ad__reduce_dims(r);
}

static ad_status var_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  ad_dtype t = ad_array_dtype(r->in[0]);
  in[0] = ad_dtype_category(t) < AD_CATEGORY_FLOAT ? AD_FLOAT32 : t;
  out[0] = in[0] == AD_COMPLEX64 ? AD_FLOAT32 : in[0] == AD_COMPLEX128 ? AD_FLOAT64 : in[0];
  return AD_OK;
}

static double given_ddof(const ad_rule *r) {
  const ad_attr *ddof = &r->attrs[FIELD_DDOF], *correction = &r->attrs[FIELD_CORRECTION];
  return (ddof->given ? ddof->as.f[0] : 0) + (correction->given ? correction->as.f[0] : 0);
}

static double freedom(const ad_rule *r) {
  double n = ad__reduce_count(r) - given_ddof(r);
  return n > 0 ? n : 0;
}

static ad_array *deviation(const ad_rule *r, ad_array *a) {
  return ad_subtract(a, ad_mean(a, &(ad_mean_opts){.axes = ad__reduce_axes(r), .keepdims = true}));
}

static ad_array *var_compose(const ad_rule *r) {
  ad_array *d = deviation(r, ad__rule_widen(r->in[0])), *squares;
  if (ad_dtype_category(ad_array_dtype(d)) == AD_CATEGORY_COMPLEX)
    squares = ad_add(ad_square(ad_real(d)), ad_square(ad_imag(d)));
  else squares = ad_square(d);
  ad_array *sum = ad__reduce_sum(r, squares, keepdims(r));
  ad_dtype t = ad_array_dtype(r->in[0]);
  return ad__rule_cast(ad_divide(sum, AD_RULE_NUMBER(r, freedom(r))),
                 ad_dtype_category(t) == AD_CATEGORY_COMPLEX ? ad_array_dtype(sum) : t);
}

/* The mean's own part vanishes: deviations sum to 0. */
static ad_array *var_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  ad_array *d = deviation(r, r->in[0]);
  return ad_multiply(d, ad_multiply(ad__reduce_keep(r, ct[0]), AD_RULE_NUMBER(r, 2 / freedom(r))));
}

const ad_op ad__op_var = {
    AD_OP_HEAD(var),
    .params = "a",
    .doc = "The variance over the axes: the mean squared distance from the mean, divided by the count less ddof (0 at "
           "least). That of complex numbers is real. bool and integers become float32.",
    .example = "ad_array *y = ad_var(x, &(ad_var_opts){.axes = AD_AXES(0), .ddof = AD_NUM(1)});",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(var_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = var_dtypes,
    .dims = var_dims,
    AD_DERIVS(AD_SMOOTH),
    .vjp = var_back,
    .compose = var_compose,
    AD_SPELLINGS({"numpy", "np.var($0?(, axis=@axes)?(, keepdims=@keepdims)?(, ddof=@ddof)?(, ddof=@correction))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[3,4,5]", "axes=[0,-1], keepdims=true, ddof=1", "normal"},
               {"int8[5,2]", "axes=[1]", "small"}, {"complex64[2,3]", "axes=[0]", "normal"},
               {"float32[7]", "correction=1", "normal"}),
    AD_ERRORS({"float32[2,3]", "ddof=1, correction=1", AD_E_VALUE, "ddof and correction; they are two names of one number"}),
};

static ad_array *std_compose(const ad_rule *r) {
  ad_var_opts opts = {.axes = ad__reduce_axes(r), .keepdims = keepdims(r), .ddof = AD_NUM(given_ddof(r))};
  ad_dtype t = ad_array_dtype(r->in[0]);
  ad_array *s = ad_sqrt(ad_var(ad__rule_widen(r->in[0]), &opts));
  return ad_dtype_category(t) == AD_CATEGORY_COMPLEX ? s : ad__rule_cast(s, t);
}

const ad_op ad__op_std = {
    AD_OP_HEAD(std),
    .params = "a",
    .doc = "The standard deviation over the axes: the square root of var. bool and integers become float32.",
    .example = "ad_array *y = ad_std(x, NULL);",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(var_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = var_dtypes,
    .dims = var_dims,
    .compose = std_compose,
    AD_SPELLINGS({"numpy", "np.std($0?(, axis=@axes)?(, keepdims=@keepdims)?(, ddof=@ddof)?(, ddof=@correction))"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[3,4,5]", "axes=[0,-1], keepdims=true, ddof=1", "normal"},
               {"int8[5,2]", "axes=[1]", "small"}, {"complex64[2,3]", "axes=[0]", "normal"}),
    AD_ERRORS({"float32[2,3]", "ddof=1, correction=1", AD_E_VALUE, "ddof and correction; they are two names of one number"}),
};

/* ---- logsumexp ---- */

/* Where the result is infinite no finite shift is right: exp(x - 0) is then 0 or infinite as it should be. */
static ad_array *finite_or_zero(const ad_rule *r, ad_array *a) { return ad_where(ad_isfinite(a), a, AD_RULE_NUMBER(r, 0)); }

static ad_array *logsumexp_compose(const ad_rule *r) {
  ad_array *x = ad__rule_widen(r->in[0]);
  ad_array *top = ad_max(x, &(ad_max_opts){.axes = ad__reduce_axes(r), .keepdims = true});
  top = finite_or_zero(r, ad_stop_gradient(top));
  ad_array *sum = ad__reduce_sum(r, ad_exp(ad_subtract(x, top)), true);
  ad_array *y = ad_add(top, ad_log(sum));
  if (!keepdims(r)) y = ad_squeeze(y, &(ad_squeeze_opts){.axes = ad__reduce_axes(r)});
  return ad__rule_cast(y, ad_array_dtype(r->in[0]));
}

static ad_array *logsumexp_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  ad_array *level = finite_or_zero(r, ad__reduce_keep(r, r->out));
  return ad_multiply(ad__reduce_keep(r, ct[0]), ad_exp(ad_subtract(r->in[0], level)));
}

const ad_op ad__op_logsumexp = {
    AD_OP_HEAD(logsumexp),
    .params = "a",
    .doc = "log(sum(exp(a))) over the axes without overflow; right for infinities. bool and integers become float32; an "
           "axis of length 0 is an error.",
    .example = "ad_array *y = ad_logsumexp(x, &(ad_logsumexp_opts){.axes = AD_AXES(-1)});",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = ad__reduce_dims_nonempty,
    AD_DERIVS(AD_SMOOTH),
    .vjp = logsumexp_back,
    .compose = logsumexp_compose,
    AD_SPELLINGS({"numpy", "np.logaddexp.reduce($0, axis=@axes, keepdims=@keepdims)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float64[3,4,5]", "axes=[0,-1], keepdims=true", "normal"},
               {"int8[5,2]", "axes=[1]", "small"}, {"float16[7]", "", "unit"}),
    AD_ERRORS({"float32[0,3]", "axes=[0]", AD_E_VALUE, "axis 0 has length 0; there is no element to choose from"},
              {"complex64[3]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};

/* ---- count_nonzero ---- */

static ad_status count_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)r, (void)why, (void)why_size;
  in[0] = AD_BOOL;
  out[0] = AD_INT32;
  return AD_OK;
}
static ad_array *count_compose(const ad_rule *r) { return ad__reduce_sum(r, r->in[0], keepdims(r)); }

const ad_op ad__op_count_nonzero = {
    AD_OP_HEAD(count_nonzero),
    .params = "a",
    .doc = "How many elements along the axes differ from zero, as int32; NaN does.",
    .example = "ad_array *y = ad_count_nonzero(x, NULL);",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = count_dtypes,
    .dims = ad__reduce_dims,
    AD_DERIVS(AD_NO_DERIV("the result is a count")),
    .compose = count_compose,
    AD_SPELLINGS({"numpy", "np.sum($0 != 0?(, axis=@axes)?(, keepdims=@keepdims), dtype=@out)"}),
    AD_SAMPLES({"float32[3,4]", "", "small"}, {"int8[3,4,5]", "axes=[0,-1], keepdims=true", "small"}, {"bool[0]", "", "bool"}),
    AD_ERRORS({"float32[2,3]", "axes=[2]", AD_E_INDEX, "axes 2; it is out of range for rank 2"}),
};
