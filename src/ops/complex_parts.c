/* The parts of complex numbers. All are linear over the reals, and their transposes are the adjoints of the inner product
 * Re(conj(u) v): that of imag turns a real cotangent onto the imaginary axis. */
#include "ops/apply.h"
#include "ops/elementwise_rules.h"

static ad_array *zeros_like(const ad_rule *r, ad_array *a) { return ad_cast(AD_RULE_NUMBER(r, 0), ad_array_dtype(a)); }

static ad_array *conjugate_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)r, (void)i;
  return ad_conjugate(ct[0]);
}

const ad_op ad__op_conjugate = {
    AD_UNARY_HEAD(conjugate),
    .doc = "a with its imaginary part negated; a real array itself.",
    AD_DERIVS(AD_LINEAR('A')),
    .compose = ad__rule_identity,
    .transpose = conjugate_back,
    AD_SPELLINGS({"numpy", "np.conjugate($0)"}),
    AD_SAMPLES({"complex64[3,4]", "", "normal"}, {"complex128[]", "", "normal"}, {"float32[5]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *real_back(const ad_rule *r, int i, ad_array *const *ct) {
  return ad__rule_is_complex(r->in[i]) ? ad_make_complex(ct[0], zeros_like(r, ct[0])) : ct[0];
}

const ad_op ad__op_real = {
    AD_UNARY_HEAD(real),
    .doc = "The real part of a; a real array itself.",
    .dtype_rule = AD_TYPE_REAL,
    AD_DERIVS(AD_LINEAR('A')),
    .compose = ad__rule_identity,
    .transpose = real_back,
    AD_SPELLINGS({"numpy", "np.real($0)"}),
    AD_SAMPLES({"complex64[3,4]", "", "normal"}, {"complex128[]", "", "normal"}, {"int32[5]", "", "small"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

static ad_array *imag_back(const ad_rule *r, int i, ad_array *const *ct) {
  return ad__rule_is_complex(r->in[i]) ? ad_make_complex(zeros_like(r, ct[0]), ct[0]) : NULL;
}

const ad_op ad__op_imag = {
    AD_UNARY_HEAD(imag),
    .doc = "The imaginary part of a; zeros of its dtype for a real array.",
    .dtype_rule = AD_TYPE_REAL,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = imag_back,
    AD_SPELLINGS({"numpy", "np.imag($0)"}),
    AD_SAMPLES({"complex64[3,4]", "", "normal"}, {"complex128[]", "", "normal"}, {"float16[5]", "", "normal"}, {"int32[2]", "", "small"}),
    AD_ERRORS(AD_ERROR_COUNT),
};

/* Both promoted to float32, or to float64 when either is; the result is the complex dtype of that. */
static ad_status make_complex_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  ad_dtype t = ad__promote_arrays(r->in, r->n);
  if (ad_dtype_category(t) <= AD_CATEGORY_FLOAT && t != AD_FLOAT64) t = AD_FLOAT32;
  in[0] = in[1] = t;
  out[0] = t == AD_FLOAT64 ? AD_COMPLEX128 : AD_COMPLEX64;
  return AD_OK;
}

static ad_array *make_complex_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)r;
  return i == 0 ? ad_real(ct[0]) : ad_imag(ct[0]);
}

const ad_op ad__op_make_complex = {
    AD_BINARY_HEAD(make_complex),
    .doc = "The complex numbers with real part a and imaginary part b: complex128 when either is float64, else complex64.",
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = make_complex_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('A')),
    .transpose = make_complex_back,
    AD_SPELLINGS({"numpy", "($0 + 1j * $1)"}),
    AD_SAMPLES({"float32[3,4], float32[4]", "", "normal"}, {"float64[3], float32[]", "", "normal"}, {"float16[2], int32[2]", "", "small"}),
    AD_ERRORS(AD_ERROR_SHAPES("float32"), AD_ERROR_COMPLEX_2),
};
