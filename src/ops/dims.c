/* Checked dim arithmetic and messages for shape rules. See dims.h. */
#include "ops/dims.h"

#include "ir/ctx.h"
#include "ir/dim.h"

bool ad__dim_is_symbol(ad_ctx *c, ad_dim d) { return d < 0 && ad_dim_add(c, d, 0) != AD_DIM_UNKNOWN; }

static bool numbers(ad_dim a, ad_dim b) { return a >= 0 && b >= 0; }
static bool unknown(ad_dim a, ad_dim b) { return a == AD_DIM_UNKNOWN || b == AD_DIM_UNKNOWN; }

static bool too_large(ad_rel *r, ad_dim a, const char *sign, ad_dim b) {
  return ad_rel_fail(r, AD_E_OVERFLOW, "%lld %s %lld; the size does not fit 63 bits; a smaller one is right",
                     (long long)a, sign, (long long)b);
}

bool ad__dims_sum(ad_rel *r, ad_dim a, ad_dim b, ad_dim *out) {
  *out = AD_DIM_UNKNOWN;
  if (unknown(a, b)) return true;
  if (numbers(a, b)) return ad__add_i64(a, b, out) || too_large(r, a, "+", b);
  *out = ad_dim_add(ad_rel_ctx(r), a, b);
  return true;
}

bool ad__dims_product(ad_rel *r, ad_dim a, ad_dim b, ad_dim *out) {
  *out = AD_DIM_UNKNOWN;
  if (unknown(a, b)) return true;
  if (numbers(a, b)) return ad__mul_i64(a, b, out) || too_large(r, a, "*", b);
  *out = ad_dim_mul(ad_rel_ctx(r), a, b);
  return true;
}

bool ad__dims_difference(ad_rel *r, ad_dim a, ad_dim b, ad_dim *out) {
  *out = AD_DIM_UNKNOWN;
  if (unknown(a, b)) return true;
  if (numbers(a, b)) {
    if (a >= b) *out = a - b;
    return true;
  }
  *out = ad_dim_sub(ad_rel_ctx(r), a, b);
  return true;
}

void ad__dims_text(ad_ctx *c, int rank, const ad_dim *dims, char *out, size_t size) {
  ad_text t;
  ad__text_init(&t, &c->mem);
  ad__text_char(&t, '(');
  for (int i = 0; i < rank; i++) {
    if (i) ad__text_add(&t, ", ");
    if (dims[i] == AD_DIM_UNKNOWN || dims[i] >= 0 || ad__dim_is_symbol(c, dims[i])) ad__dim_print(c, dims[i], &t);
    else ad__text_fmt(&t, "%lld", (long long)dims[i]); /* what a caller wrote */
  }
  ad__text_char(&t, ')');
  ad__format(out, size, "%s", ad__text_str(&t));
  ad__text_free(&t);
}

void ad__slot_text(ad_rel *r, int slot, char *out, size_t size) {
  ad_dim dims[AD_MAX_RANK];
  int rank = ad_rel_get_rank(r, slot);
  for (int i = 0; i < rank; i++) dims[i] = ad_rel_get_dim(r, slot, i);
  ad__dims_text(ad_rel_ctx(r), rank < 0 ? 0 : rank, dims, out, size);
}

bool ad__dims_check(ad_rel *r, const ad_attr *shape) {
  for (int i = 0; i < shape->count; i++) {
    int64_t d = shape->as.ints[i];
    if (d < 0 && !ad__dim_is_symbol(ad_rel_ctx(r), d))
      return ad_rel_fail(r, AD_E_VALUE, "shape with %lld as axis %d; 0 or more is right", (long long)d, i);
  }
  return true;
}
