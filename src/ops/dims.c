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

bool ad__dims_may_stay_open(ad_rel *r) { return ad_rel_ctx(r)->free_dims; }

int ad__dims_either_rank(const ad_rel *r) {
  int rank = ad_rel_get_rank(r, 0);
  return rank >= 0 ? rank : ad_rel_get_rank(r, AD_REL_OUT(r, 0));
}

ad_status ad__dims_same(ad_rel *r) { return ad_rel_end(r, ad_rel_same(r, 0, AD_REL_OUT(r, 0))); }

bool ad__dims_permuted(ad_rel *r, int rank, const int64_t *perm) {
  int out = AD_REL_OUT(r, 0);
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, out, rank)) return false;
  for (int i = 0; i < rank; i++)
    if (!ad_rel_same_dim(r, 0, (int)perm[i], out, i)) return false;
  return true;
}

bool ad__dims_count(ad_rel *r, int slot, int begin, int end, ad_dim *out) {
  *out = 1;
  for (int i = begin; i < end; i++)
    if (ad_rel_get_dim(r, slot, i) == 0) {
      *out = 0;
      return true;
    }
  for (int i = begin; i < end; i++)
    if (!ad__dims_product(r, *out, ad_rel_get_dim(r, slot, i), out)) return false;
  return true;
}

bool ad__dims_stretched(ad_rel *r, int axis, int64_t times) {
  int rank = ad__dims_either_rank(r), out = AD_REL_OUT(r, 0);
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, out, rank)) return false;
  for (int i = 0; i < rank; i++) {
    if (i != axis && !ad_rel_same_dim(r, 0, i, out, i)) return false;
    if (i != axis) continue;
    ad_dim d = ad_rel_get_dim(r, 0, i), total = ad_rel_get_dim(r, out, i);
    if (d != AD_DIM_UNKNOWN) {
      if (!ad__dims_product(r, d, times, &total) || !ad_rel_dim(r, out, i, total)) return false;
    } else if (total >= 0 && times > 0) {
      if (total % times)
        return ad_rel_fail(r, AD_E_VALUE, "a result of %lld on axis %d; it is no multiple of %lld", (long long)total, i,
                           (long long)times);
      if (!ad_rel_dim(r, 0, i, total / times)) return false;
    } else ad_rel_later(r);
  }
  return true;
}
