/* Derivatives and batching of gather and the scatters, see gather_rules.c. Fields in the order of the descriptors. */
#ifndef AD_OPS_GATHER_RULES_H
#define AD_OPS_GATHER_RULES_H

#include "ops/rules.h"

enum { AD_GATHER_AXES, AD_GATHER_SIZES, AD_GATHER_AT, AD_GATHER_BATCH, AD_GATHER_OUTSIDE };

ad_array *ad__gather_transpose(const ad_rule *r, int i, ad_array *const *ct);
ad_array *ad__scatter_transpose(const ad_rule *r, int i, ad_array *const *ct);
ad_array *ad__scatter_add_transpose(const ad_rule *r, int i, ad_array *const *ct);
ad_array *ad__scatter_multiply_vjp(const ad_rule *r, int i, ad_array *const *ct);
ad_array *ad__scatter_extreme_vjp(const ad_rule *r, int i, ad_array *const *ct);
/* a, the same for every entry of a batch of that size, with the batch axis in front. */
ad_array *ad__batch_spread(ad_array *a, int64_t size);
ad_array *ad__gather_batch(const ad_rule *r, const bool *batched, int64_t size);

#endif
