/* What the reductions share: the shape relation, and cotangents brought back to the input's shape. */
#ifndef AD_OPS_REDUCE_RULES_H
#define AD_OPS_REDUCE_RULES_H

#include "ops/rules.h"

/* Fields every reduction begins with. */
#define AD_REDUCE_AXES                                                                                   \
  {.name = "axes", .kind = AD_FIELD_AXES, .doc = "the axes to reduce; absent: all; an empty list: none"}, \
  {.name = "keepdims", .kind = AD_FIELD_FLAG, .doc = "reduced axes stay, with length 1"}
enum { AD_REDUCE_FIELD_AXES, AD_REDUCE_FIELD_KEEPDIMS };

/* The relation of a reduction over the fields above; `axes` may also be a field of kind AXIS. */
ad_status ad__reduce_dims(ad_rel *r);
/* The same, where an axis of length 0 has no result. */
ad_status ad__reduce_dims_nonempty(ad_rel *r);
/* The same for results that are 32-bit indices. */
ad_status ad__reduce_dims_indexed(ad_rel *r);

/* y, shaped like the reduction's result, with the reduced axes back as 1. */
ad_array *ad__reduce_keep(const ad_rule *r, ad_array *y);
/* The same for a y that lacks them whatever keepdims says. */
ad_array *ad__reduce_unsqueeze(const ad_rule *r, ad_array *y);
/* The same broadcast to the shape of the input. */
ad_array *ad__reduce_spread(const ad_rule *r, ad_array *y);
/* How many elements one result is made of. */
double ad__reduce_count(const ad_rule *r);
/* The reduced axes as an option. */
ad_ints ad__reduce_axes(const ad_rule *r);

/* a with the reduced axes moved to the end and made one; order[rank] takes the permutation. */
ad_array *ad__reduce_last(const ad_rule *r, ad_array *a, int64_t *order);

/* The sum over the reduced axes. */
ad_array *ad__reduce_sum(const ad_rule *r, ad_array *a, bool keepdims);

/* a in that dtype; itself when it has it. */
static inline ad_array *ad__rule_cast(ad_array *a, ad_dtype t) { return ad_array_dtype(a) == t ? a : ad_cast(a, t); }
/* What a dtype is composed in: float32 for half types. */
static inline ad_dtype ad__rule_wide(ad_dtype t) { return t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t; }
static inline ad_array *ad__rule_widen(ad_array *a) { return ad__rule_cast(a, ad__rule_wide(ad_array_dtype(a))); }

#endif
