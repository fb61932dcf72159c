/* Reductions: sum, prod, all, any, max, min, and the places of the extremes.
 *
 * All take the axes to reduce (absent: all of them) and keepdims. Kernels in runtime/reduce_ops.c. Sums and products
 * accumulate in float32 at least, in a tree of blocks, whose order depends on the shape alone. */
#include "ops/reduce_rules.h"

enum { FIELD_DTYPE = 2 };

#define FIRST_DTYPE \
  {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "elements are converted to it first; absent: small integers widen"}

static const ad_field sum_fields[] = {AD_REDUCE_AXES, FIRST_DTYPE};
static const ad_field fields[] = {AD_REDUCE_AXES};

/* ---- sum, prod ---- */

static ad_array *sum_back(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return ad__reduce_spread(r, ad_cast(ct[0], ad_array_dtype(r->in[0])));
}

const ad_op ad__op_sum = {
    AD_OP_HEAD(sum),
    .params = "a",
    .doc = "The sum over the axes; 0 where there are no elements. bool and integers below 8 bytes are summed as int32 or "
           "uint32 and wrap; half types are summed in float32 and rounded once.",
    .example = "ad_array *y = ad_sum(x, &(ad_sum_opts){.axes = AD_AXES(-1)});",
    .group = "reductions",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(sum_fields),
    .dtype_rule = AD_TYPE_SUM,
    .dims = ad__reduce_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = sum_back,
    AD_SPELLINGS({"numpy", "np.sum($0, axis=@axes, keepdims=@keepdims, dtype=@dtype)"}),
    AD_SAMPLES({"float32[3,4]", "", "normal"}, {"float32[3,4,5]", "axes=[0,-1], keepdims=true", "normal"},
               {"int8[5,2]", "axes=[1]", "small"}, {"float16[70]", "", "unit"}, {"complex64[2,3]", "axes=[0]", "normal"},
               {"float64[0,3]", "axes=[0]", "normal"}, {"float32[]", "", "normal"}, {"float32[2,3]", "axes=[]", "normal"},
               {"int32[4]", "dtype=float64", "small"}, {"bool[9]", "", "bool"}),
    AD_ERRORS({"float32[2,3]", "axes=[2]", AD_E_INDEX, "axes 2; it is out of range for rank 2; from -2 to 1 is right"},
              {"float32[2,3]", "axes=[0,0]", AD_E_VALUE, "axes names axis 0 twice"},
              {"float32[]", "axes=[0]", AD_E_INDEX, "the array has rank 0 and no axes"}),
};
