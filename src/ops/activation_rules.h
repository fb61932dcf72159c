/* What descriptors of composed activations share. They are no part of elementwise_list.def: kernels need not know them. */
#ifndef AD_OPS_ACTIVATION_RULES_H
#define AD_OPS_ACTIVATION_RULES_H

#include "ops/rules.h"

/* Of one array; `given` is how the example calls it. */
#define AD_ALONG_HEAD(op, given)                                                                                        \
  AD_OP_HEAD(op), .params = "a", .example = "ad_array *y = ad_" #op "(" given ");", .group = "activations", .inputs = 1, \
  .outputs = 1, .dtype_rule = AD_TYPE_FLOAT, .accepts = AD_ACCEPT_FLOAT, .flags = AD_OP_COMPOSITE
/* The same, element by element. */
#define AD_ACTIVATION_HEAD(op, given)                                                                                   \
  AD_OP_HEAD(op), .params = "a", .example = "ad_array *y = ad_" #op "(" given ");", .group = "activations", .inputs = 1, \
  .outputs = 1, .dtype_rule = AD_TYPE_FLOAT, .accepts = AD_ACCEPT_FLOAT, .flags = AD_OP_ELEMENTWISE | AD_OP_COMPOSITE
#define AD_ERROR_NO_COMPLEX {"complex64[2]", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}

/* An attribute as a weak number. */
static inline ad_array *ad__activation_number(const ad_rule *r, int field) { return AD_RULE_NUMBER(r, r->attrs[field].as.f[0]); }

#endif
