/* hadamard_transform: the last axis times a symmetric matrix of ones and minus ones (runtime/structural/hadamard.h).
 *
 * The matrix is its own transpose, so the op is its own. */
#include "ops/hadamard_order.h"
#include "ops/rules.h"
#include "ops/work_counts.h"

static const ad_field hadamard_fields[] = {
    {.name = "scale", .kind = AD_FIELD_NUM, .doc = "factor of the result; 1 / sqrt(n) by default, which keeps lengths"},
};

static bool hadamard_relation(ad_rel *r) {
  if (!ad_rel_rank_at_least(r, 0, 1) || !ad_rel_same(r, 0, AD_REL_OUT(r, 0))) return false;
  ad_dim n = ad_rel_get_dim(r, 0, -1);
  if (!ad_dim_is_number(n)) return ad_rel_later(r);
  if (!ad__hadamard_order(n))
    return ad_rel_fail(r, AD_E_VALUE, "a last axis of length %lld; m 2^k for m in 1, 12, 20, 28 is right", (long long)n);
  return true;
}
static ad_status hadamard_dims(ad_rel *r) { return ad_rel_end(r, hadamard_relation(r)); }

static ad_array *again(const ad_rule *r, ad_array *a) { return ad_apply(r->ctx, NULL, r->op, &a, 1, r->attrs); }
static ad_array *hadamard_back(const ad_rule *r, int i, ad_array *const *ct) { return (void)i, again(r, ct[0]); }
static ad_array *hadamard_batch(const ad_rule *r, const bool *batched, int64_t size) {
  (void)batched, (void)size;
  return again(r, r->in[0]);
}

static double hadamard_work(const ad_rule *r) { return ad__work_size(r->out) * (1 + ad__work_halvings(ad_array_dim(r->out, -1))); }

const ad_op ad__op_hadamard_transform = {
    AD_OP_HEAD(hadamard_transform),
    .params = "a",
    .doc = "The last axis of a times the Hadamard matrix of its length n = m 2^k, m in 1, 12, 20, 28, times scale. The matrix is the "
           "Kronecker product of H_m and k times (1 1; 1 -1) (Sylvester, 1867); H_12 and H_20 are Paley's first construction (On "
           "orthogonal matrices, 1933) with its core turned to be symmetric, H_28 his second. bool and integers become "
           "float32; half types are computed in float32.",
    .example = "ad_array *y = ad_hadamard_transform(x, NULL);",
    .group = "products",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(hadamard_fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_FLOAT,
    .dims = hadamard_dims,
    AD_DERIVS(AD_LINEAR('A')),
    .transpose = hadamard_back,
    .batch = hadamard_batch,
    .work = hadamard_work,
    AD_SPELLINGS({"numpy", "hadamard_transform($0?(, @scale))"}),
    AD_SAMPLES({"float32[3,8]", "", "normal"}, {"float64[2,3,12]", "", "normal"}, {"float64[40]", "scale=0.5", "normal"}, {"float64[2,56]", "", "normal"},
               {"float32[2,1]", "scale=3", "normal"}, {"int8[16]", "scale=1", "small"}, {"float16[3,24]", "", "normal"}, {"bfloat16[4]", "", "normal"},
               {"float32[0,4]", "", "normal"}, {"float64[28]", "scale=1", "normal"}, {"float64[2,20]", "", "normal"}),
    AD_ERRORS({"float32[3,6]", "", AD_E_VALUE, "a last axis of length 6; m 2^k for m in 1, 12, 20, 28 is right"},
              {"float32[3,0]", "", AD_E_VALUE, "a last axis of length 0"}, {"float32[3,36]", "", AD_E_VALUE, "a last axis of length 36"},
              {"float32[]", "", AD_E_VALUE, "its rank is 0; at least 1 is right"},
              {"complex64[4]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};
