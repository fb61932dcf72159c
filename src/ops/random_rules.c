/* What the random ops share. See random_rules.h. */
#include "ops/random_rules.h"

#include "ir/ctx.h"
#include "ops/dims.h"
#include "ops/reduce_rules.h"

/* ---- Shapes ---- */

bool ad__random_shape(ad_rel *r, const ad_attr *shape) {
  int out = AD_REL_OUT(r, 0), rank = ad_rel_get_rank(r, 0);
  if (!ad__dims_check(r, shape)) return false;
  if (rank < 0 && ad_rel_get_rank(r, out) >= shape->count) rank = ad_rel_get_rank(r, out) - shape->count + 1;
  if (rank < 0) return ad_rel_later(r);
  if (!ad_rel_rank_at_least(r, 0, 1) || !ad_rel_rank(r, 0, rank) || !ad_rel_dim(r, 0, -1, 2) ||
      !ad_rel_rank(r, out, rank - 1 + shape->count))
    return false;
  for (int i = 0; i < rank - 1; i++)
    if (!ad_rel_same_dim(r, 0, i, out, i)) return false;
  for (int i = 0; i < shape->count; i++)
    if (!ad_rel_dim(r, out, rank - 1 + i, shape->as.ints[i])) return false;
  return true;
}

ad_status ad__random_dims(ad_rel *r) {
  int slots[8] = {AD_REL_OUT(r, 0)}, n = ad_rel_inputs(r);
  for (int i = 1; i < n; i++) slots[i] = i;
  if (!ad__random_shape(r, ad_rel_attr(r, AD_RANDOM_SHAPE))) return ad_rel_end(r, false);
  if (n < 2 || ad_rel_get_rank(r, AD_REL_OUT(r, 0)) < 0) return ad_rel_end(r, true);
  return ad_rel_end(r, ad_rel_broadcast(r, AD_REL_OUT(r, 0), slots, n));
}

/* ---- Dtypes ---- */

ad_status ad__random_key_dtype(const ad_rule *r, ad_dtype *in, char *why, size_t why_size) {
  in[0] = AD_UINT32;
  if (!r->in[0] || ad_array_dtype(r->in[0]) == AD_UINT32) return AD_OK;
  ad__format(why, why_size, "a key of dtype %s; uint32 is right", ad_dtype_name(ad_array_dtype(r->in[0])));
  return AD_E_TYPE;
}

ad_status ad__random_dtypes(const ad_rule *r, unsigned accepts, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  ad_dtype t = (ad_dtype)r->attrs[AD_RANDOM_DTYPE].as.i;
  if (!(accepts & 1u << ad_dtype_category(t))) {
    ad__format(why, why_size, "dtype %s; a float%s is right", ad_dtype_name(t),
               accepts & AD_ACCEPT_COMPLEX ? " or complex one" : " one");
    return AD_E_TYPE;
  }
  for (int i = 1; i < r->n; i++) {
    in[i] = t;
    if (!r->in[i] || ad_dtype_category(ad_array_dtype(r->in[i])) != AD_CATEGORY_COMPLEX) continue;
    if (ad_dtype_category(t) == AD_CATEGORY_COMPLEX) continue;
    ad__format(why, why_size, "input %d of dtype %s for numbers of %s; a real one is right", i,
               ad_dtype_name(ad_array_dtype(r->in[i])), ad_dtype_name(t));
    return AD_E_TYPE;
  }
  out[0] = t;
  return ad__random_key_dtype(r, in, why, why_size);
}

/* ---- Batching ---- */

/* a, with its batch axis in front, brought to rank + 1 axes. */
static ad_array *lined_up(ad_array *a, int rank) {
  int64_t axes[AD_MAX_RANK];
  int missing = rank + 1 - ad_array_rank(a);
  if (missing <= 0) return a;
  for (int i = 0; i < missing; i++) axes[i] = i + 1;
  return ad_expand_dims(a, ((ad_ints){true, missing, axes}));
}

ad_array *ad__random_batch(const ad_rule *r, const bool *batched, int64_t size) {
  ad_array *in[8], *key = r->in[0];
  ad_shape keys = ad_array_shape(key);
  int64_t dims[AD_MAX_RANK + 1] = {size};
  for (int i = 0; i < keys.rank; i++) dims[i + 1] = keys.dims[i];
  int rank = keys.rank - (batched[0] ? 2 : 1) + r->attrs[AD_RANDOM_SHAPE].count;
  in[0] = batched[0] ? key : ad_broadcast_to(key, ((ad_shape){keys.rank + 1, dims}));
  for (int i = 1; i < r->n; i++) in[i] = r->in[i] && batched[i] ? lined_up(r->in[i], rank) : r->in[i];
  return ad_apply(r->ctx, AD_HERE, r->op, in, r->n, r->attrs);
}

/* ---- Uniform numbers ---- */

ad_shape ad__random_attr_shape(const ad_rule *r) {
  const ad_attr *shape = &r->attrs[AD_RANDOM_SHAPE];
  return (ad_shape){shape->count, shape->as.ints};
}

/* The largest number below 1. */
static double largest_below_one(ad_dtype t) {
  return t == AD_BFLOAT16 ? 1 - 0x1p-8 : t == AD_FLOAT16 ? 1 - 0x1p-11 : 1 - 0x1p-24;
}

ad_array *ad__random_unit(const ad_rule *r, ad_shape shape, ad_dtype dtype) {
  if (dtype == AD_FLOAT64) {
    ad_array *words = ad_random_bits(r->in[0], shape, &(ad_random_bits_opts){.width = AD_INT(8)});
    ad_array *top = ad_right_shift(words, ad_number_int(r->ctx, 11));
    return ad_multiply(ad_cast(top, AD_FLOAT64), AD_RULE_NUMBER(r, 0x1p-53));
  }
  ad_array *words = ad_cast(ad_random_bits(r->in[0], shape, NULL), AD_FLOAT32);
  return ad_minimum(ad_multiply(words, AD_RULE_NUMBER(r, 0x1p-32)), AD_RULE_NUMBER(r, largest_below_one(dtype)));
}

ad_array *ad__random_signed(const ad_rule *r, ad_shape shape, ad_dtype dtype) {
  double lowest = dtype == AD_FLOAT64 ? -1 + 0x1p-53 : -1 + 0x1p-24; /* the float above -1 */
  ad_array *u = ad__random_unit(r, shape, dtype);
  return ad_add(ad_multiply(u, AD_RULE_NUMBER(r, 2)), AD_RULE_NUMBER(r, lowest));
}

ad_array *ad__random_scaled(const ad_rule *r, ad_array *y, ad_array *scale, ad_array *offset) {
  if (scale) y = ad_multiply(y, scale);
  return ad_add(y, offset ? offset : AD_RULE_NUMBER(r, 0));
}
