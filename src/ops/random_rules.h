/* What the random ops share: the shape relation, the dtype checks, the batch rule, uniform numbers to start from. */
#ifndef AD_OPS_RANDOM_RULES_H
#define AD_OPS_RANDOM_RULES_H

#include "ops/rules.h"

/* Fields of what draws an array: */
enum { AD_RANDOM_SHAPE, AD_RANDOM_DTYPE };
#define AD_RANDOM_SHAPE_FIELD \
  {.name = "shape", .kind = AD_FIELD_SHAPE, .flags = AD_FIELD_REQUIRED, .doc = "of what each key gives"}
#define AD_RANDOM_DTYPE_FIELD(standard) \
  {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "of the result", .has_default = true, .default_num = standard}

/* Input 0 is keys (..., 2); the result is (..., shape). The other inputs broadcast to the result. */
bool ad__random_shape(ad_rel *r, const ad_attr *shape);
ad_status ad__random_dims(ad_rel *r);

/* Input 0 is uint32. */
ad_status ad__random_key_dtype(const ad_rule *r, ad_dtype *in, char *why, size_t why_size);
/* The result has the attribute's dtype, of one of these categories (AD_ACCEPT_...), and the parameters are cast to it. */
ad_status ad__random_dtypes(const ad_rule *r, unsigned accepts, ad_dtype *in, ad_dtype *out, char *why, size_t why_size);

/* A batch axis of the keys is an axis of keys; other inputs line up with the last axes of the result. */
ad_array *ad__random_batch(const ad_rule *r, const bool *batched, int64_t size);

/* Uniform numbers on [0, 1) from input 0: of float64 with 53 bits, of every other dtype from one word, rounded to
 * float32 and kept below 1 in `dtype` also after a cast to it; they come as float32 then. */
ad_array *ad__random_unit(const ad_rule *r, ad_shape shape, ad_dtype dtype);
/* The same on (-1, 1), of float32 or float64. */
ad_array *ad__random_signed(const ad_rule *r, ad_shape shape, ad_dtype dtype);
/* y * scale + offset; NULL: 1, 0. */
ad_array *ad__random_scaled(const ad_rule *r, ad_array *y, ad_array *scale, ad_array *offset);
ad_shape ad__random_attr_shape(const ad_rule *r);

#endif
