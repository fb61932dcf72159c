/* cast: the same numbers in another dtype. Promotion inserts it; users call it as ad_cast or ad_astype. */
#include "ir/node.h"
#include "ops/rules.h"

static bool same_shape(ad_rel *r) { return ad_rel_same(r, 0, AD_REL_OUT(r, 0)); }
static ad_status cast_dims(ad_rel *r) { return ad_rel_end(r, same_shape(r)); }

static ad_array *cast_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return ad_cast(ct[0], ad_array_dtype(r->in[0]));
}

/* A weak number keeps its digits when it becomes a float; what was computed from weak numbers has its dtype's. */
static ad_status cast_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  ad_dtype from = ad_array_dtype(r->in[0]);
  out[0] = (ad_dtype)r->attrs[0].as.i;
  bool number = ad_array_is_weak(r->in[0]) && (r->in[0]->flags & AD_NODE_CONST);
  bool digits = number && ad_dtype_category(from) >= AD_CATEGORY_FLOAT && ad_dtype_category(out[0]) >= ad_dtype_category(from);
  in[0] = digits ? out[0] : from;
  return AD_OK;
}

static const ad_field cast_fields[] = {
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .flags = AD_FIELD_REQUIRED, .doc = "the dtype of the result"},
};
const ad_op ad__op_cast = {
    AD_OP_HEAD(cast),
    .params = "a",
    .doc = "The elements of a in another dtype. A float becomes an integer by dropping its fraction; out of range it "
           "saturates, NaN gives 0. Anything that is not zero is true. A complex number loses its imaginary part.",
    .example = "ad_array *y = ad_cast(x, AD_FLOAT64);",
    .group = "elementwise",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(cast_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = cast_dtypes,
    .dims = cast_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = cast_back,
    AD_SPELLINGS({"c", "(@dtype)$0"}, {"numpy", "$0.astype(@dtype)"}),
    AD_SAMPLES({"float32[3,4]", "dtype=float64", "normal"}, {"float64[5]", "dtype=int32", "small"},
               {"int32[2,3]", "dtype=float16", "small"}, {"float32[2,2]", "dtype=complex64", "normal"}, {"float16[5]", "dtype=float16", "normal"},
               {"bfloat16[2,2]", "dtype=bfloat16", "normal"}),
    AD_ERRORS({"float32[2]", "", AD_E_TYPE, "dtype is missing"}),
};
