/* What descriptors of elementwise ops share: their heads, and the few rules that several have. */
#ifndef AD_OPS_ELEMENTWISE_RULES_H
#define AD_OPS_ELEMENTWISE_RULES_H

#include "ops/rules.h"

#define AD_UNARY_HEAD(op)                                                                                      \
  AD_OP_HEAD(op), .params = "a", .example = "ad_array *y = ad_" #op "(a);", .group = "elementwise", .inputs = 1, \
  .outputs = 1, .flags = AD_OP_ELEMENTWISE
#define AD_BINARY_HEAD(op) AD_BINARY_HEAD_WITH(op, 0)
#define AD_COMMUTING_HEAD(op) AD_BINARY_HEAD_WITH(op, AD_OP_COMMUTES)
#define AD_BINARY_HEAD_WITH(op, more)                                                                                \
  AD_OP_HEAD(op), .params = "a, b", .example = "ad_array *y = ad_" #op "(a, b);", .group = "elementwise", .inputs = 2, \
  .outputs = 1, .flags = AD_OP_ELEMENTWISE | (more)

/* Error samples that come again. */
#define AD_ERROR_SHAPES(t) \
  {t "[4,3], " t "[5]", "", AD_E_VALUE, "shapes (4, 3) and (5) do not broadcast: axis -1 is 3 in one and 5 in the other"}
#define AD_ERROR_COMPLEX {"complex64[2]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}
#define AD_ERROR_COMPLEX_2 {"complex64[2], complex64[2]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}
#define AD_ERROR_COUNT {"(float32[2], float32[2])", "", AD_E_TYPE, "one array is right"}

/* a * b; one of them itself, where the other is known to be ones. For derivatives. */
ad_array *ad__times(ad_array *a, ad_array *b);

/* Operands of dtypes for which the op does nothing, and whose result is therefore the operand. */
static inline ad_array *ad__rule_identity(const ad_rule *r) { return r->in[0]; }
/* A strong constant of the dtype of the first operand. */
static inline ad_array *ad__rule_constant(const ad_rule *r, double x) {
  return ad_cast(ad_number(r->ctx, x), ad_array_dtype(r->in[0]));
}
static inline bool ad__rule_is_complex(const ad_array *a) {
  return ad_dtype_category(ad_array_dtype(a)) == AD_CATEGORY_COMPLEX;
}
static inline ad_array *ad__rule_pass(const ad_rule *r, int i, ad_array *const *ct) {
  (void)r, (void)i;
  return ct[0];
}

#endif
