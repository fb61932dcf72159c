/* 8-bit floats, e4m3 of the Open Compute Project: stored in uint8, converted here and nowhere computed with. */
#include "base/str.h"
#include "ops/elementwise_rules.h"

static ad_status to_fp8_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = ad_dtype_category(ad_array_dtype(r->in[0])) < AD_CATEGORY_FLOAT ? AD_FLOAT32 : ad_array_dtype(r->in[0]);
  out[0] = AD_UINT8;
  return AD_OK;
}

static ad_status from_fp8_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  in[0] = ad_array_dtype(r->in[0]);
  out[0] = r->attrs[0].given ? (ad_dtype)r->attrs[0].as.i : AD_BFLOAT16;
  if (in[0] != AD_UINT8) {
    ad__format(why, why_size, "dtype %s; the bits of 8-bit floats are uint8", ad_dtype_name(in[0]));
    return AD_E_TYPE;
  }
  if (out[0] == AD_FLOAT16 || out[0] == AD_BFLOAT16 || out[0] == AD_FLOAT32) return AD_OK;
  ad__format(why, why_size, "dtype=%s; float16, bfloat16 or float32 is right", ad_dtype_name(out[0]));
  return AD_E_TYPE;
}

const ad_op ad__op_to_fp8 = {
    AD_UNARY_HEAD(to_fp8),
    .doc = "The 8-bit floats (e4m3, 448 at most, beyond which they saturate) nearest to a, as uint8. NaN is 0x7f or 0xff.",
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = to_fp8_dtypes,
    .accepts = AD_ACCEPT_FLOAT,
    AD_DERIVS(AD_NO_DERIV("the result is an integer")),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"bfloat16[5]", "", "normal"}, {"float64[]", "", "normal"}, {"float16[0]", "", "normal"}),
    AD_ERRORS(AD_ERROR_COUNT, AD_ERROR_COMPLEX),
};

static const ad_field from_fp8_fields[] = {
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "float16, bfloat16 or float32; default bfloat16"},
};

const ad_op ad__op_from_fp8 = {
    AD_OP_HEAD(from_fp8),
    .params = "a",
    .doc = "The numbers whose 8-bit floats (e4m3) a holds as uint8.",
    .example = "ad_array *y = ad_from_fp8(a, &(ad_from_fp8_opts){.dtype = AD_FLOAT32});",
    .group = "elementwise",
    .inputs = 1,
    .outputs = 1,
    .flags = AD_OP_ELEMENTWISE,
    AD_FIELDS(from_fp8_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = from_fp8_dtypes,
    .accepts = AD_ACCEPT_UINT,
    AD_DERIVS(AD_NO_DERIV("an integer has no derivative")),
    AD_SAMPLES({"uint8[3,4]", "", "index:120"}, {"uint8[5]", "dtype=float32", "index:120"}, {"uint8[]", "dtype=float16", "index:120"}),
    AD_ERRORS(AD_ERROR_COUNT, {"int32[2]", "", AD_E_TYPE, "dtype int32; the bits of 8-bit floats are uint8"},
              {"uint8[2]", "dtype=float64", AD_E_TYPE, "dtype=float64; float16, bfloat16 or float32 is right"}),
};
