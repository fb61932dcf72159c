/* Products of linear algebra that are compositions: matrix_power, cross. */
#include "ops/linalg_rules.h"

/* ---- matrix_power ---- */

enum { POWER_N };

static const ad_field power_fields[] = {
    {.name = "n", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many factors; of the inverse where negative"},
};

/* By squaring, from the lowest bit of n on. */
static ad_array *power_compose(const ad_rule *r) {
  int64_t n = r->attrs[POWER_N].as.i;
  ad_array *a = r->in[0], *y = NULL;
  ad_dtype t = ad_array_dtype(a);
  ad_shape shape = ad_array_shape(a);
  if (n == 0) return ad_broadcast_to(ad__linalg_identity(r->ctx, shape.dims[shape.rank - 1], t), shape);
  if (n < 0) a = ad_linalg_inv(a);
  for (uint64_t left = n < 0 ? (uint64_t)0 - (uint64_t)n : (uint64_t)n; left; left >>= 1) {
    if (left & 1) y = y ? ad__linalg_mm(y, a) : a;
    if (left > 1) a = ad__linalg_mm(a, a);
  }
  return y;
}

const ad_op ad__op_linalg_matrix_power = {
    AD_LINALG_HEAD(linalg_matrix_power, "a", 1, 1),
    .doc = "Each square matrix in the last two axes multiplied with itself n times, by squaring; the identity for 0, powers of the "
           "inverse for negative n, where a singular matrix is an error. bool and integers become float32.",
    .example = "ad_array *y = ad_linalg_matrix_power(a, 3);",
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(power_fields),
    .dims = ad__dims_square_same,
    .compose = power_compose,
    AD_SPELLINGS({"numpy", "np.linalg.matrix_power(wide($0), @n).astype(@out)"}),
    AD_SAMPLES({"float64[3,3]", "n=3", "normal"}, {"float32[2,2,2]", "n=2", "normal"}, {"complex128[3,3]", "n=-2", "definite"},
               {"float64[2,3,3]", "n=0", "normal"}, {"float16[2,2]", "n=1", "normal"}, {"complex64[0,0]", "n=5", "normal"},
               {"float64[2,2]", "n=7", "unit"}),
    AD_ERRORS({"float32[3,4]", "n=2", AD_E_VALUE, "3 is right"}),
};

/* ---- cross ---- */

enum { CROSS_AXIS };

static const ad_field cross_fields[] = {
    {.name = "axis", .kind = AD_FIELD_AXIS, .has_default = true, .default_num = -1,
     .doc = "the axis of the vectors, of length 2 or 3; of b the one as far from the end"},
};

static bool cross_length(ad_rel *r, int slot, int axis, ad_dim *out) {
  *out = ad_rel_get_dim(r, slot, axis);
  if (*out == AD_DIM_UNKNOWN) return ad_rel_later(r);
  if (*out == 2 || *out == 3) return true;
  if (*out < 0) return ad_rel_fail(r, AD_E_VALUE, "axis %d has a symbolic length; 2 or 3 is right", axis);
  return ad_rel_fail(r, AD_E_VALUE, "%s: axis %d has length %lld; 2 or 3 is right", slot ? "b" : "a", axis, (long long)*out);
}

/* The other axes broadcast; that of the vectors has length 3, or is gone when both have length 2. */
static ad_status cross_dims(ad_rel *r) {
  int ra = ad_rel_get_rank(r, 0), rb = ad_rel_get_rank(r, 1), out = AD_REL_OUT(r, 0);
  if (ra < 0 || rb < 0) return ad_rel_end(r, ad_rel_later(r));
  int64_t axis = ad_rel_attr(r, CROSS_AXIS)->as.i;
  int back = (int)(axis < 0 ? axis : axis - ra), rank = ra > rb ? ra : rb, shift;
  if (rb + back < 0)
    return ad_rel_end(r, ad_rel_fail(r, AD_E_INDEX, "axis %d of b, which has rank %d; an axis of both is right", back, rb));
  ad_dim na, nb, dims[AD_MAX_RANK];
  if (!cross_length(r, 0, back, &na) || !cross_length(r, 1, back, &nb)) return ad_rel_end(r, false);
  if (na == AD_DIM_UNKNOWN || nb == AD_DIM_UNKNOWN) return ad_rel_end(r, true);
  bool gone = na == 2 && nb == 2;
  shift = gone ? 1 : 0;
  for (int i = -rank, k = 0; i < 0; i++) {
    if (i == back && gone) continue;
    ad_dim da = ra + i < 0 ? 1 : ad_rel_get_dim(r, 0, i), db = rb + i < 0 ? 1 : ad_rel_get_dim(r, 1, i);
    if (i == back) da = db = 3;
    bool differ = da != db && da != 1 && db != 1;
    if (differ && (da == AD_DIM_UNKNOWN || db == AD_DIM_UNKNOWN)) dims[k] = AD_DIM_UNKNOWN;
    else if (differ)
      return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "axes %d of length %lld and %lld; equal ones, or 1, are right", i, (long long)da,
                                       (long long)db));
    else dims[k] = da == 1 ? db : da;
    if (dims[k] == AD_DIM_UNKNOWN) ad_rel_later(r);
    k++;
  }
  return ad_rel_end(r, ad_rel_is(r, out, rank - shift, dims));
}

/* Component i along the axis, without it. */
static ad_array *component(ad_array *a, int64_t i, int back) {
  if (ad_is_error(a)) return a;
  ad_shape s = ad_array_shape(a);
  int64_t start[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK], at = s.rank + back;
  for (int k = 0; k < s.rank; k++) stop[k] = s.dims[k];
  start[at] = i, stop[at] = i + 1;
  ad_array *part = ad_strided_slice(a, (ad_ints){true, s.rank, start}, (ad_ints){true, s.rank, stop}, NULL);
  return ad_squeeze(part, &(ad_squeeze_opts){.axes = {true, 1, &at}});
}

/* x y' - x' y, of which a missing third component is 0. */
static ad_array *minor_of(ad_array *a, ad_array *b, int i, int j, int back) {
  bool first = i < ad_array_dim(a, back) && j < ad_array_dim(b, back), second = j < ad_array_dim(a, back) && i < ad_array_dim(b, back);
  ad_array *left = first ? ad_multiply(component(a, i, back), component(b, j, back)) : NULL;
  ad_array *right = second ? ad_multiply(component(a, j, back), component(b, i, back)) : NULL;
  if (left && right) return ad_subtract(left, right);
  return left ? left : ad_negative(right);
}

static ad_array *cross_compose(const ad_rule *r) {
  ad_array *a = r->in[0], *b = r->in[1];
  int back = (int)r->attrs[CROSS_AXIS].as.i - ad_array_rank(a);
  ad_array *z = minor_of(a, b, 0, 1, back);
  if (ad_array_dim(a, back) == 2 && ad_array_dim(b, back) == 2) return z;
  ad_array *parts[3] = {minor_of(a, b, 1, 2, back), minor_of(a, b, 2, 0, back), z};
  return ad_stack(r->ctx, parts, 3, &(ad_stack_opts){.axis = AD_INT(ad_array_rank(z) + 1 + back)});
}

const ad_op ad__op_linalg_cross = {
    AD_OP_HEAD(linalg_cross),
    .params = "a, b",
    .doc = "The cross product of vectors along an axis of length 3, or 2, which then lack a third component; of two vectors of 2 "
           "the third component alone, without the axis. Other axes broadcast. Not conjugated.",
    .example = "ad_array *y = ad_linalg_cross(a, b, NULL);",
    .group = "linear algebra",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(cross_fields),
    .dtype_rule = AD_TYPE_PROMOTE,
    .accepts = AD_ACCEPT_NUMBER,
    .dims = cross_dims,
    .compose = cross_compose,
    AD_SPELLINGS({"numpy", "cross($0, $1, @axis).astype(@out)"}),
    AD_SAMPLES({"float32[3], float32[3]", "", "normal"}, {"float64[4,3], float64[2,1,3]", "", "normal"},
               {"complex64[3,4], complex64[3,1]", "axis=0", "normal"}, {"int32[5,3], int32[3]", "", "small"},
               {"float64[4,2], float64[4,2]", "", "normal"}, {"float64[2], float64[3,3]", "", "normal"},
               {"complex128[4,3], complex128[2]", "", "normal"}, {"float16[0,3], float16[0,3]", "", "normal"}),
    AD_ERRORS({"float32[4], float32[3]", "", AD_E_VALUE, "a: axis -1 has length 4; 2 or 3 is right"},
              {"float32[2,3], float32[4,3]", "", AD_E_VALUE, "axes -2 of length 2 and 4; equal ones, or 1, are right"},
              {"bool[3], bool[3]", "", AD_E_TYPE, "dtype bool"}),
};
