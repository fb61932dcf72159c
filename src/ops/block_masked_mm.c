/* block_masked_mm: a product of matrices of whose blocks some are left out, or weighted.
 *
 * With D, A and B the masks of the result, of a and of b, spread over their blocks, it is D . ((A . a) @ (B . b)). It is linear
 * in each of the five; the transposes towards a and b are such products again, with the masks in other places, so that what is
 * left out forward is left out backward. */
#include "ir/rel.h"
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/reduce_rules.h"

enum { MASK_OUT = 2, MASK_LHS, MASK_RHS };

static ad_array *mask_of(const ad_rule *r, int i) { return i < r->n ? r->in[i] : NULL; }
static int64_t block_of(const ad_rule *r) { return r->attrs[0].as.i; }

static ad_status masked_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  static const char *const names[] = {"mask_out", "mask_lhs", "mask_rhs"};
  in[0] = in[1] = out[0] = ad__dtype_inexact(ad__promote_arrays(r->in, 2));
  for (int i = MASK_OUT; i < r->n; i++) {
    if (!r->in[i]) continue;
    ad_dtype t = ad_array_dtype(r->in[i]);
    if (t != AD_BOOL && ad_dtype_category(t) != AD_CATEGORY_FLOAT) {
      ad__format(why, why_size, "%s of dtype %s; bool, which leaves out, or floats, which multiply, are right", names[i - MASK_OUT], ad_dtype_name(t));
      return AD_E_TYPE;
    }
    in[i] = t == AD_BOOL ? t : in[0];
  }
  return AD_OK;
}

/* ---- Shapes ---- */

/* A mask's last two dims are numbers of blocks of those of slots; the others broadcast to the result's. */
static bool mask_dims(ad_rel *r, int mask, int row_slot, int row_axis, int column_slot, int column_axis) {
  int64_t size = ad_rel_attr(r, 0)->as.i;
  int out = AD_REL_OUT(r, 0), rank;
  if (!ad_rel_has(r, mask)) return true;
  if (!ad_rel_rank_at_least(r, mask, 2)) return false;
  for (int k = 0; k < 2; k++) {
    int slot = k ? column_slot : row_slot, axis = k ? column_axis : row_axis;
    ad_dim n = ad_rel_get_rank(r, slot) < 0 ? AD_DIM_UNKNOWN : ad_rel_get_dim(r, slot, axis);
    if (!ad_dim_is_number(n)) ad_rel_later(r);
    else if (!ad_rel_dim(r, mask, k - 2, n / size + (n % size != 0))) return false;
  }
  rank = ad_rel_get_rank(r, mask);
  if (rank < 0 || ad_rel_get_rank(r, out) < 0) return ad_rel_later(r);
  if (rank > ad_rel_get_rank(r, out))
    return ad_rel_fail(r, AD_E_VALUE, "a mask of rank %d for a result of rank %d; at most as many is right", rank, ad_rel_get_rank(r, out));
  for (int i = 3; i <= rank; i++) {
    ad_dim d = ad_rel_get_dim(r, mask, -i), y = ad_rel_get_dim(r, out, -i);
    if (d == AD_DIM_UNKNOWN || y == AD_DIM_UNKNOWN) ad_rel_later(r);
    else if (d != 1 && d != y)
      return ad_rel_fail(r, AD_E_VALUE, "axis %d of a mask is %lld; 1 or the result's %lld is right", rank - i, (long long)d, (long long)y);
  }
  return true;
}

static bool masked_relation(ad_rel *r) {
  int out = AD_REL_OUT(r, 0);
  int64_t size = ad_rel_attr(r, 0)->as.i;
  if (size < 1) return ad_rel_fail(r, AD_E_VALUE, "block_size %lld; 1 or more is right", (long long)size);
  if (!ad_rel_rank_at_least(r, 0, 2) || !ad_rel_rank_at_least(r, 1, 2)) return false;
  ad_rel_slot slots[3] = {r->slots[0], r->slots[1], r->slots[out]};
  ad_op named = *r->op; /* messages name slots by the op's parameters */
  named.params = "a, b";
  ad_rel sub = *r;
  sub.op = &named, sub.slots = slots, sub.inputs = 2, sub.outputs = 1;
  bool ok = ad__rel_line(&sub, "...mk,...kn->...mn");
  r->later |= sub.later;
  r->failed = sub.failed;
  if (!ok) return false;
  r->slots[0] = slots[0], r->slots[1] = slots[1], r->slots[out] = slots[2];
  return mask_dims(r, MASK_OUT, 0, -2, 1, -1) && mask_dims(r, MASK_LHS, 0, -2, 0, -1) && mask_dims(r, MASK_RHS, 1, -2, 1, -1);
}
static ad_status masked_dims(ad_rel *r) { return ad_rel_end(r, masked_relation(r)); }

/* ---- Rules ---- */

/* x times a mask, each entry of which is spread over its block. */
static ad_array *masked(const ad_rule *r, ad_array *x, ad_array *mask) {
  if (!mask || ad_is_error(x)) return x;
  for (int axis = -2; axis < 0; axis++) {
    ad_array *wide = ad_repeat(mask, block_of(r), &(ad_repeat_opts){.axis = AD_INT(axis)});
    if (ad_is_error(wide)) return wide;
    ad_shape s = ad_array_shape(wide);
    int64_t start[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK];
    for (int i = 0; i < s.rank; i++) stop[i] = s.dims[i];
    stop[s.rank + axis] = ad_array_dim(x, axis);
    mask = ad_strided_slice(wide, ((ad_ints){true, s.rank, start}), ((ad_ints){true, s.rank, stop}), NULL);
  }
  if (ad_array_dtype(mask) != AD_BOOL) return ad_multiply(x, mask);
  return ad_where(mask, x, ad_zeros(r->ctx, AD_SHAPE(), &(ad_zeros_opts){.dtype = ad_array_dtype(x)}));
}

static ad_array *masked_compose(const ad_rule *r) {
  ad_array *a = masked(r, r->in[0], mask_of(r, MASK_LHS)), *b = masked(r, r->in[1], mask_of(r, MASK_RHS));
  return masked(r, ad_matmul(a, b, NULL), mask_of(r, MASK_OUT));
}

static ad_array *turned(ad_array *a) { return a ? ad_swapaxes(a, -1, -2) : NULL; }

static ad_array *product(const ad_rule *r, ad_array *a, ad_array *b, ad_array *out, ad_array *lhs, ad_array *rhs) {
  return ad_block_masked_mm(a, b, out, lhs, rhs, &(ad_block_masked_mm_opts){.block_size = AD_INT(block_of(r))});
}

/* The sum of x . y over each block. */
static ad_array *block_sums(const ad_rule *r, ad_array *x, ad_array *y) {
  x = ad_multiply(x, y);
  if (ad_is_error(x)) return x;
  ad_shape s = ad_array_shape(x);
  int64_t size = block_of(r), low[AD_MAX_RANK] = {0}, high[AD_MAX_RANK] = {0}, dims[AD_MAX_RANK + 2];
  int n = s.rank - 2;
  for (int i = 0; i < n; i++) dims[i] = s.dims[i];
  for (int k = 0; k < 2; k++) {
    int64_t blocks = s.dims[n + k] / size + (s.dims[n + k] % size != 0);
    high[n + k] = blocks * size - s.dims[n + k];
    dims[n + 2 * k] = blocks, dims[n + 2 * k + 1] = size;
  }
  x = ad_pad_constant(x, AD_RULE_NUMBER(r, 0), ((ad_ints){true, s.rank, low}), ((ad_ints){true, s.rank, high}), NULL);
  return ad_sum(ad_reshape(x, (ad_shape){n + 4, dims}), &(ad_sum_opts){.axes = AD_AXES(n + 1, n + 3)});
}

static ad_array *masked_back(const ad_rule *r, int i, ad_array *const *cts) {
  ad_array *a = r->in[0], *b = r->in[1], *ct = cts[0];
  ad_array *out = mask_of(r, MASK_OUT), *lhs = mask_of(r, MASK_LHS), *rhs = mask_of(r, MASK_RHS);
  if (i >= MASK_OUT && ad_array_dtype(r->in[i]) == AD_BOOL) return NULL;
  switch (i) {
  case 0: return product(r, ct, turned(b), lhs, out, turned(rhs));
  case 1: return product(r, turned(a), ct, rhs, turned(lhs), out);
  case MASK_OUT: return block_sums(r, ct, product(r, a, b, NULL, lhs, rhs));
  case MASK_LHS: return block_sums(r, a, product(r, ct, turned(b), NULL, out, turned(rhs)));
  default: return block_sums(r, b, product(r, turned(a), ct, NULL, turned(lhs), out));
  }
}

/* Operands broadcast from the end: one with the batch axis gets ones behind it, up to the result's rank. */
static ad_array *masked_batch(const ad_rule *r, const bool *batched, int64_t size) {
  ad_array *in[5] = {NULL};
  int rank = 2;
  for (int i = 0; i < r->n; i++) {
    int own = r->in[i] ? ad_array_rank(r->in[i]) - batched[i] : 0;
    rank = own > rank ? own : rank;
  }
  bool product_has = batched[0] || batched[1];
  for (int i = 0; i < r->n; i++) {
    in[i] = r->in[i];
    if (!in[i]) continue;
    bool front = batched[i] || (i == 0 && !product_has); /* the product must have the axis, for masks broadcast to it */
    if (!front) continue;
    ad_shape s = ad_array_shape(in[i]);
    int64_t dims[AD_MAX_RANK] = {batched[i] ? s.dims[0] : 1};
    int fill = rank - (s.rank - batched[i]);
    for (int k = 0; k < fill; k++) dims[1 + k] = 1;
    for (int k = batched[i]; k < s.rank; k++) dims[1 + fill + k - batched[i]] = s.dims[k];
    in[i] = ad_reshape(in[i], (ad_shape){rank + 1, dims});
    dims[0] = size;
    if (!batched[i]) in[i] = ad_broadcast_to(in[i], (ad_shape){rank + 1, dims});
  }
  return ad_apply(r->ctx, NULL, r->op, in, r->n, r->attrs);
}

static const ad_field masked_fields[] = {
    {.name = "block_size", .kind = AD_FIELD_INT, .doc = "rows and columns of a block", .has_default = true, .default_num = 64},
};
const ad_op ad__op_block_masked_mm = {
    AD_OP_HEAD(block_masked_mm),
    .params = "a, b, mask_out, mask_lhs, mask_rhs",
    .doc = "a @ b, a being (..., M, K) and b (..., K, N), with masks over blocks of block_size rows and columns: mask_out of the result, "
           "mask_lhs of a, mask_rhs of b, each absent or (..., rows of blocks, columns of blocks). A bool mask leaves blocks out, "
           "which are then not computed; a mask of floats multiplies them. bool and integers in a and b become float32.",
    .example = "ad_array *y = ad_block_masked_mm(a, b, NULL, mask, NULL, NULL);",
    .group = "products",
    .inputs = 5,
    .optional = 3,
    .outputs = 1,
    AD_FIELDS(masked_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_FLOAT,
    .dtypes = masked_dtypes,
    .dims = masked_dims,
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('B'), AD_LINEAR('C'), AD_LINEAR('D'), AD_LINEAR('E')),
    .compose = masked_compose,
    .transpose = masked_back,
    .batch = masked_batch,
    AD_SPELLINGS({"numpy", "block_masked_mm($0, $1, $2, $3, $4?(, @block_size))"}),
    AD_SAMPLES({"float32[5,7], float32[7,6], bool[3,3], bool[3,4], bool[4,3]", "block_size=2", "normal, normal, bool"},
               {"float64[5,7], float64[7,6], float64[3,3], float64[3,4], float64[4,3]", "block_size=2", "normal"},
               {"float64[2,4,6], float64[6,5], -, bool[2,2,2], -", "block_size=3", "normal, normal, normal, bool"},
               {"float32[70,130], float32[130,65], -, bool[2,3], bool[3,2]", "", "normal, normal, normal, bool"},
               {"float64[3,4,4], float64[1,4,6], bool[1,2], -, float64[3,1,2]", "block_size=4", "normal, normal, bool, normal, normal"},
               {"float64[4,5], float64[5,3], -, -, -", "block_size=2", "normal"}, {"float16[4,4], float16[4,4], bool[2,2], -, -", "block_size=2", "small, small, bool"},
               {"float32[0,4], float32[4,4], bool[0,2], -, -", "block_size=2", "normal, normal, bool"}, {"float32[3,0], float32[0,4], bool[2,2], -, -", "block_size=2", "normal, normal, bool"}),
    AD_ERRORS({"float32[5,7], float32[7,6], bool[3,3], -, -", "", AD_E_VALUE, "input mask_out of shape (3, 3); axis 0 is 3; 1 is right"},
              {"float32[5,7], float32[7,6], int32[1,1], -, -", "", AD_E_TYPE, "mask_out of dtype int32; bool, which leaves out, or floats, which multiply, are right"},
              {"float32[5,7], float32[8,6], -, -, -", "", AD_E_VALUE, "input b of shape (8, 6); axis 0 is 8; 7 is right"},
              {"float32[5,7], float32[7,6], -, -, -", "block_size=0", AD_E_VALUE, "block_size 0; 1 or more is right"},
              {"float32[5,7], float32[7,6], bool[4,1,1], -, -", "", AD_E_VALUE, "a mask of rank 3 for a result of rank 2"},
              {"float32[2,5,7], float32[7,6], bool[3,1,1], -, -", "", AD_E_VALUE, "axis 0 of a mask is 3; 1 or the result's 2 is right"},
              {"float32[7], float32[7,6], -, -, -", "", AD_E_VALUE, "its rank is 1; at least 2 is right"},
              {"complex64[5,7], complex64[7,6], -, -, -", "", AD_E_TYPE, "dtype complex64; it is not defined for it"}),
};
