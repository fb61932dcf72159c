/* Checks of indices when a node is made, see index_check.h. Indices that are computed are data: they are never looked at. */
#include "ops/index_check.h"

#include <string.h>

enum { KNOWN_INDICES = 1024 }; /* larger arrays are not looked through */

ad_status ad__index_check_dtype(const ad_array *index, char *why, size_t why_size) {
  ad_category category = ad_dtype_category(index->type->dtype);
  if (category == AD_CATEGORY_INT || category == AD_CATEGORY_UINT) return AD_OK;
  ad__format(why, why_size, "indices of dtype %s; integers are right", ad_dtype_name(index->type->dtype));
  return AD_E_TYPE;
}

static int64_t read_index(ad_dtype t, const char *p) {
  switch (t) {
  case AD_UINT8: return *(const uint8_t *)p;
  case AD_INT8: return *(const int8_t *)p;
#define READ(dtype, type)       \
  case dtype: {                 \
    type v;                     \
    memcpy(&v, p, sizeof v);    \
    return (int64_t)v;          \
  }
    READ(AD_UINT16, uint16_t)
    READ(AD_UINT32, uint32_t)
    READ(AD_INT16, int16_t)
    READ(AD_INT32, int32_t)
    READ(AD_INT64, int64_t)
#undef READ
  default: {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)v;
  }
  }
}

/* Element i in row-major order. */
static int64_t element(const ad_array *index, int64_t i) {
  const ad_type *t = index->type;
  int64_t room[AD_MAX_RANK], at = 0;
  const int64_t *strides = index->value.strides;
  if (!strides) ad__type_strides(t, room), strides = room;
  for (int k = t->rank - 1; k >= 0; k--) at += i % t->dims[k] * strides[k], i /= t->dims[k];
  return read_index(t->dtype, index->value.data + at);
}

static bool is_known(const ad_array *index) { return index->state == AD_DONE && (index->flags & AD_NODE_CONST); }

bool ad__index_known_value(const ad_array *a, int64_t *v) {
  ad_category category = ad_dtype_category(a->type->dtype);
  if (!is_known(a) || a->type->size != 1 || (category != AD_CATEGORY_INT && category != AD_CATEGORY_UINT)) return false;
  *v = element(a, 0);
  return true;
}

bool ad__index_known_outside(const ad_array *index, int64_t low, int64_t high, int64_t *v) {
  if (!is_known(index) || index->type->size > KNOWN_INDICES) return false;
  for (int64_t i = 0; i < index->type->size; i++) {
    *v = element(index, i);
    if (*v < low || *v > high) return true;
  }
  return false;
}

ad_status ad__index_check_known_at(const ad_array *index, int64_t i, int64_t axis, int64_t dim, int64_t size, char *why,
                                   size_t why_size) {
  if (!is_known(index) || i >= index->type->size || dim < 0 || size < 0 || size > dim) return AD_OK;
  int64_t v = element(index, i), last = dim - size;
  if (v >= -dim && (v < 0 ? v + dim : v) <= last) return AD_OK;
  if (size != 1)
    ad__format(why, why_size, "index %lld for %lld elements of axis %lld of length %lld; it is out of range; at most %lld is right",
               (long long)v, (long long)size, (long long)axis, (long long)dim, (long long)last);
  else
    ad__format(why, why_size, "index %lld for axis %lld of length %lld; it is out of range; from %lld to %lld is right",
               (long long)v, (long long)axis, (long long)dim, (long long)-dim, (long long)last);
  return AD_E_INDEX;
}

ad_status ad__index_check_known(const ad_array *index, int64_t axis, int64_t dim, int64_t size, char *why,
                                size_t why_size) {
  if (!is_known(index) || index->type->size > KNOWN_INDICES) return AD_OK;
  if (dim == 0 && size == 1 && index->type->size) {
    ad__format(why, why_size, "axis %lld has length 0; it has no elements; an empty index is right", (long long)axis);
    return AD_E_INDEX;
  }
  for (int64_t i = 0; i < index->type->size; i++) {
    ad_status s = ad__index_check_known_at(index, i, axis, dim, size, why, why_size);
    if (s) return s;
  }
  return AD_OK;
}
