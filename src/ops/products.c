/* Matrix products and what is made of them: matmul, addmm, linear, inner, outer, vecdot, tensordot, kron.
 *
 * All are composed of contract and elementwise ops, and are differentiated and batched through that; matmul alone has
 * a kernel, since it is the one that small programs call. */
#include "ir/rel.h"
#include "ops/apply.h"
#include "ops/contract_rules.h"
#include "ops/dims.h"
#include "ops/reduce_rules.h"

/* ---- Products of matrices, as nodes ---- */

static ad_array *contract_pair(ad_array *a, ad_array *b, int64_t sum_a, int64_t sum_b) {
  return ad_contract(a, b, &(ad_contract_opts){.sum_a = AD_AXES(sum_a), .sum_b = AD_AXES(sum_b)});
}

/* a broadcast so that its axes before the last two are these. */
static ad_array *with_batch_dims(ad_array *a, int n, const int64_t *batch) {
  ad_shape s = ad_array_shape(a);
  int64_t dims[AD_MAX_RANK];
  bool same = s.rank == n + 2;
  for (int i = 0; i < n; i++) dims[i] = batch[i];
  for (int i = 0; i < n && same; i++) same = s.dims[i] == batch[i];
  dims[n] = s.dims[s.rank - 2];
  dims[n + 1] = s.dims[s.rank - 1];
  return same ? a : ad_broadcast_to(a, (ad_shape){n + 2, dims});
}

static ad_array *product_of(ad_array *a, ad_array *b) {
  int ra = ad_array_rank(a), rb = ad_array_rank(b);
  if (rb <= 2) return contract_pair(a, b, ra - 1, 0);
  if (ra == 1) return contract_pair(b, a, rb - 2, 0);
  int n = (ra > rb ? ra : rb) - 2;
  int64_t batch[AD_MAX_RANK], axes[AD_MAX_RANK];
  for (int i = 0; i < n; i++) {
    int at_a = i - (n + 2 - ra), at_b = i - (n + 2 - rb);
    int64_t da = at_a < 0 ? 1 : ad_array_dim(a, at_a), db = at_b < 0 ? 1 : ad_array_dim(b, at_b);
    batch[i] = da == 1 ? db : da;
    axes[i] = i;
  }
  return ad_contract(with_batch_dims(a, n, batch), with_batch_dims(b, n, batch),
                     &(ad_contract_opts){.batch_a = {true, n, axes}, .batch_b = {true, n, axes},
                                         .sum_a = AD_AXES(n + 1), .sum_b = AD_AXES(n)});
}

/* Slots first, first + 1 and the result are those of a product of matrices. */
static bool product_dims(ad_rel *r, int first) {
  int ra = ad_rel_get_rank(r, first), rb = ad_rel_get_rank(r, first + 1), out = AD_REL_OUT(r, 0);
  if (ra < 0 || rb < 0) return ad_rel_later(r);
  if (ra == 2 && rb == 2)
    return ad_rel_same_dim(r, first, 1, first + 1, 0) && ad_rel_rank(r, out, 2) && ad_rel_same_dim(r, first, 0, out, 0) &&
           ad_rel_same_dim(r, first + 1, 1, out, 1);
  if (ra == 0 || rb == 0)
    return ad_rel_fail(r, AD_E_VALUE, "operands of rank %d and %d; 1 or more axes each are right", ra, rb);
  const char *line = ra > 1 && rb > 1 ? "...mk,...kn->...mn" : ra > 1 ? "...mk,k->...m" : rb > 1 ? "k,...kn->...n" : "k,k->";
  ad_op named = *r->op; /* messages name slots by the op's parameters */
  named.params = "a, b";
  ad_rel sub = *r;
  sub.op = &named;
  sub.slots = r->slots + first;
  sub.inputs = 2;
  bool ok = ad__rel_line(&sub, line);
  r->later |= sub.later;
  r->failed = sub.failed;
  return ok;
}

/* An input that broadcasts to the result. */
static bool joins_result(ad_rel *r, int slot) {
  int out = AD_REL_OUT(r, 0), slots[2] = {slot, out};
  if (!ad_rel_has(r, slot)) return true;
  if (ad_rel_get_rank(r, out) < 0) return ad_rel_later(r);
  return ad_rel_broadcast(r, out, slots, 2);
}

/* ---- matmul ---- */

static const ad_field matmul_fields[] = {
    {.name = "dtype", .kind = AD_FIELD_DTYPE, .doc = "what is computed in, and the result's; absent: the operands' together"},
};

/* Integers of up to 16 bits with 32-bit sums stay as they are: the kernel reads less, and may multiply several at a time. */
static bool stays_narrow(const ad_array *a, ad_dtype sums) {
  ad_dtype t = ad_array_dtype(a);
  return (sums == AD_INT32 || sums == AD_UINT32) && (t == AD_INT8 || t == AD_UINT8 || t == AD_INT16 || t == AD_UINT16);
}

static ad_status matmul_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = in[1] = out[0] = r->attrs[0].given ? (ad_dtype)r->attrs[0].as.i : ad__promote_arrays(r->in, r->n);
  if (r->attrs[0].given && stays_narrow(r->in[0], out[0]) && stays_narrow(r->in[1], out[0]))
    for (int i = 0; i < 2; i++) in[i] = ad_array_dtype(r->in[i]);
  return AD_OK;
}

static ad_status matmul_dims(ad_rel *r) { return ad_rel_end(r, product_dims(r, 0)); }
static ad_array *matmul_compose(const ad_rule *r) {
  if (!r->attrs[0].given) return product_of(r->in[0], r->in[1]);
  ad_dtype sums = (ad_dtype)r->attrs[0].as.i;
  return product_of(ad_cast(r->in[0], sums), ad_cast(r->in[1], sums));
}

const ad_op ad__op_matmul = {
    AD_OP_HEAD(matmul),
    .params = "a, b",
    .doc = "The matrix product over the last axis of a and the last but one of b; axes before these broadcast. An operand "
           "with one axis is a row on the left, a column on the right, and that axis is not in the result. Half types are "
           "summed in float32; integers wrap, in `dtype` where it is given.",
    .example = "ad_array *y = ad_matmul(a, b, NULL);",
    .group = "products",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE | AD_OP_TYPED,
    AD_FIELDS(matmul_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_NUMBER,
    .dtypes = matmul_dtypes,
    .dims = matmul_dims,
    .compose = matmul_compose,
    AD_SPELLINGS({"numpy", "np.matmul($0, $1?(, dtype=@dtype, casting='unsafe'))"}),
    AD_SAMPLES({"float32[3,4], float32[4,5]", "", "normal"}, {"float64[7], float64[7]", "", "normal"},
               {"float32[4], float32[2,4,3]", "", "normal"}, {"float64[2,1,3,4], float64[5,4,2]", "", "normal"},
               {"float32[2,3,4], float32[4]", "", "normal"}, {"float64[5,3,2], float64[2,6]", "", "normal"},
               {"int8[3,4], int8[4,2]", "dtype=int32", "small"}, {"uint8[3,5], int8[2,5,3]", "dtype=int32", "small"},
               {"uint16[4], int8[4,3]", "dtype=uint32", "small"}, {"int16[2,3], int16[3,2]", "dtype=int64", "small"}, {"uint16[2,3], uint16[3,2]", "", "index:9"},
               {"complex64[2,3], complex64[3,2]", "", "normal"}, {"float16[3,4], float16[4,2]", "", "small"},
               {"float32[3,0], float32[0,2]", "", "normal"}, {"float64[0,3], float32[3,2]", "", "normal"}),
    AD_ERRORS({"float32[3,4], float32[5,6]", "", AD_E_VALUE, "input b of shape (5, 6); axis 0 is 5; 4 is right"},
              {"float32[2,3,4], float32[3,4,5]", "", AD_E_VALUE, "shapes (2) and (3) do not broadcast"},
              {"float32[], float32[4]", "", AD_E_VALUE, "operands of rank 0 and 1; 1 or more axes each are right"},
              {"bool[2,2], bool[2,2]", "", AD_E_TYPE, "dtype bool; it is not defined for it"}),
};

/* ---- addmm ---- */

enum { ADDMM_ALPHA, ADDMM_BETA };
static const ad_field addmm_fields[] = {
    {.name = "alpha", .kind = AD_FIELD_NUM, .doc = "factor of the product", .has_default = true, .default_num = 1},
    {.name = "beta", .kind = AD_FIELD_NUM, .doc = "factor of c; 0: c is not looked at", .has_default = true, .default_num = 1},
};

static ad_status addmm_dims(ad_rel *r) { return ad_rel_end(r, product_dims(r, 1) && joins_result(r, 0)); }

static ad_array *scaled(const ad_rule *r, ad_array *a, double factor) {
  return factor == 1 ? a : ad_multiply(a, AD_RULE_NUMBER(r, factor));
}

static ad_array *addmm_compose(const ad_rule *r) {
  double beta = r->attrs[ADDMM_BETA].as.f[0];
  ad_array *product = scaled(r, product_of(r->in[1], r->in[2]), r->attrs[ADDMM_ALPHA].as.f[0]);
  return beta == 0 ? product : ad_add(scaled(r, r->in[0], beta), product);
}

const ad_op ad__op_addmm = {
    AD_OP_HEAD(addmm),
    .params = "c, a, b",
    .doc = "beta * c + alpha * (a @ b), the product being that of matmul, to whose shape c broadcasts. bool and integers "
           "become float32.",
    .example = "ad_array *y = ad_addmm(bias, x, w, NULL);",
    .group = "products",
    .inputs = 3,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(addmm_fields),
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_INEXACT,
    .dims = addmm_dims,
    .compose = addmm_compose,
    AD_SPELLINGS({"numpy", "@beta * $0 + @alpha * np.matmul($1, $2)"}),
    AD_SAMPLES({"float64[5], float64[3,4], float64[4,5]", "", "normal"},
               {"float32[3,1], float32[3,4], float32[4,5]", "alpha=0.5, beta=-2", "normal"},
               {"float64[], float64[4], float64[4]", "alpha=3", "normal"},
               {"float32[2,3,2], float32[2,3,4], float32[4,2]", "beta=0", "normal"},
               {"float64[2], float64[0,3], float64[3,2]", "", "normal"}),
    AD_ERRORS({"float32[4], float32[3,4], float32[4,5]", "", AD_E_VALUE, "do not broadcast"},
              {"float32[5], float32[3,4], float32[5,5]", "", AD_E_VALUE, "input b of shape (5, 5); axis 0 is 5; 4 is right"}),
};

/* ---- linear ---- */

static ad_array *linear_compose(const ad_rule *r) {
  ad_array *y = contract_pair(r->in[0], r->in[1], ad_array_rank(r->in[0]) - 1, 1);
  return r->n > 2 && r->in[2] ? ad_add(y, r->in[2]) : y;
}

const ad_op ad__op_linear = {
    AD_OP_HEAD(linear),
    .params = "x, w, b",
    .doc = "x times the transpose of w, plus b: x (..., in), w (out, in), b (out) or absent, giving (..., out). bool and "
           "integers become float32.",
    .example = "ad_array *y = ad_linear(x, w, NULL);",
    .group = "products",
    .inputs = 3,
    .optional = 1,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    .dtype_rule = AD_TYPE_FLOAT,
    .accepts = AD_ACCEPT_INEXACT,
    .dims_line = "...i,oi,o->...o",
    .compose = linear_compose,
    AD_SPELLINGS({"numpy", "(lambda x, w, b: np.matmul(x, w.T) if b is None else np.matmul(x, w.T) + b)($0, $1, $2)"}),
    AD_SAMPLES({"float32[3,4], float32[5,4], float32[5]", "", "normal"}, {"float64[2,3,4], float64[5,4], -", "", "normal"},
               {"float64[4], float64[5,4], float64[5]", "", "normal"}, {"float32[0,4], float32[5,4], -", "", "normal"}),
    AD_ERRORS({"float32[3,4], float32[4,5], -", "", AD_E_VALUE, "axis 1 is 5; 4 is right"},
              {"float32[3,4], float32[5,4], float32[4]", "", AD_E_VALUE, "input b of shape (4); axis 0 is 4; 5 is right"}),
};

/* ---- inner, outer ---- */

static ad_attr one_axis(const int64_t *axis) { return (ad_attr){.given = true, .count = 1, .as.ints = axis}; }

static ad_status inner_dims(ad_rel *r) {
  int ra = ad_rel_get_rank(r, 0), rb = ad_rel_get_rank(r, 1), both[2] = {0, 1};
  if (ra < 0 || rb < 0) return ad_rel_end(r, ad_rel_later(r));
  if (ra == 0 || rb == 0) return ad_rel_end(r, ad_rel_broadcast(r, AD_REL_OUT(r, 0), both, 2));
  int64_t last_a = ra - 1, last_b = rb - 1;
  ad_attr lists[4] = {[2] = one_axis(&last_a), [3] = one_axis(&last_b)};
  return ad_rel_end(r, ad__dims_contract(r, lists));
}

static ad_array *inner_compose(const ad_rule *r) {
  int ra = ad_array_rank(r->in[0]), rb = ad_array_rank(r->in[1]);
  return ra && rb ? contract_pair(r->in[0], r->in[1], ra - 1, rb - 1) : ad_multiply(r->in[0], r->in[1]);
}

const ad_op ad__op_inner = {
    AD_OP_HEAD(inner),
    .params = "a, b",
    .doc = "Products summed over the last axis of both; a number multiplies. The result has the other axes of a, then those "
           "of b. Nothing is conjugated.",
    .example = "ad_array *y = ad_inner(a, b);",
    .group = "products",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    .accepts = AD_ACCEPT_NUMBER,
    .dims = inner_dims,
    .compose = inner_compose,
    AD_SPELLINGS({"numpy", "np.inner($0, $1)"}),
    AD_SAMPLES({"float32[6], float32[6]", "", "normal"}, {"float64[2,3], float64[4,5,3]", "", "normal"},
               {"float32[], float32[3,2]", "", "normal"}, {"int32[2,3], int32[3]", "", "small"}, {"float64[0], float64[0]", "", "normal"}),
    AD_ERRORS({"float32[2,3], float32[3,2]", "", AD_E_VALUE, "axis 1 is 2; 3 is right"}),
};

static ad_status outer_dims(ad_rel *r) {
  int out = AD_REL_OUT(r, 0);
  if (!ad_rel_rank(r, out, 2)) return ad_rel_end(r, false);
  for (int i = 0; i < 2; i++) {
    ad_dim n;
    int rank = ad_rel_get_rank(r, i);
    if (rank < 0) {
      ad_rel_later(r);
    } else if (rank == 1) {
      if (!ad_rel_same_dim(r, i, 0, out, i)) return ad_rel_end(r, false);
    } else if (!ad__dims_count(r, i, 0, rank, &n) || !ad_rel_dim(r, out, i, n)) {
      return ad_rel_end(r, false);
    }
  }
  return ad_rel_end(r, true);
}

static ad_array *outer_compose(const ad_rule *r) {
  ad_array *column = ad_expand_dims(ad_flatten(r->in[0], NULL), AD_INTS(1)), *row = ad_expand_dims(ad_flatten(r->in[1], NULL), AD_INTS(0));
  return ad_multiply(column, row);
}

const ad_op ad__op_outer = {
    AD_OP_HEAD(outer),
    .params = "a, b",
    .doc = "Every element of a times every element of b, both flattened: a matrix. Nothing is conjugated.",
    .example = "ad_array *y = ad_outer(a, b);",
    .group = "products",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    .accepts = AD_ACCEPT_NUMBER,
    .dims = outer_dims,
    .compose = outer_compose,
    AD_SPELLINGS({"numpy", "np.outer($0, $1)"}),
    AD_SAMPLES({"float32[3], float32[4]", "", "normal"}, {"float64[2,3], float64[2]", "", "normal"},
               {"int8[], int8[3]", "", "small"}, {"float32[0], float32[2]", "", "normal"}),
    AD_ERRORS({"bool[2], bool[2]", "", AD_E_TYPE, "dtype bool; it is not defined for it"}),
};

/* ---- vecdot ---- */

static const ad_field vecdot_fields[] = {
    {.name = "axis", .kind = AD_FIELD_INT, .doc = "the axis that is summed, of both; operands of unlike rank need a negative one",
     .has_default = true, .default_num = -1},
};

static ad_status vecdot_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  ad_dtype t = ad__promote_arrays(r->in, r->n);
  bool small = ad_dtype_size(t) < 8;
  if (small && ad_dtype_category(t) == AD_CATEGORY_INT) t = AD_INT32;
  if (small && ad_dtype_category(t) == AD_CATEGORY_UINT) t = AD_UINT32;
  in[0] = in[1] = out[0] = t;
  return AD_OK;
}

/* A slot without one axis. */
static bool without_axis(ad_rel *r, int slot, int64_t axis, ad_rel_slot *out) {
  *out = r->slots[slot];
  int rank = out->rank, at = ad__axis_of(axis, rank);
  if (at < 0 || at >= rank)
    return ad_rel_fail(r, AD_E_INDEX, "axis %lld; it is out of range for rank %d; from %d to %d is right", (long long)axis,
                       rank, -rank, rank - 1);
  for (int i = at; i + 1 < rank; i++) out->dims[i] = out->dims[i + 1];
  out->rank--;
  return true;
}

static bool vecdot_relation(ad_rel *r) {
  int64_t axis = ad_rel_attr(r, 0)->as.i;
  int ra = ad_rel_get_rank(r, 0), rb = ad_rel_get_rank(r, 1), both[2] = {0, 1};
  if (ra < 0 || rb < 0) return ad_rel_later(r);
  if (axis >= 0 && ra != rb)
    return ad_rel_fail(r, AD_E_VALUE, "axis %lld of operands of rank %d and %d; a negative axis is right", (long long)axis, ra, rb);
  ad_rel_slot slots[3];
  if (!without_axis(r, 0, axis, &slots[0]) || !without_axis(r, 1, axis, &slots[1])) return false;
  if (!ad_rel_same_dim(r, 0, (int)axis, 1, (int)axis)) return false;
  slots[2] = r->slots[2];
  ad_rel sub = *r;
  sub.slots = slots;
  bool ok = ad_rel_broadcast(&sub, 2, both, 2);
  r->failed = sub.failed;
  r->later |= sub.later;
  if (ok) r->slots[2] = slots[2];
  return ok;
}

static ad_status vecdot_dims(ad_rel *r) { return ad_rel_end(r, vecdot_relation(r)); }

/* The axis at the end; the others broadcast to the dims of both. */
static ad_array *vectors(ad_array *a, int64_t axis, int n, const int64_t *dims) {
  int64_t all[AD_MAX_RANK];
  a = ad_moveaxis(a, axis, -1);
  for (int i = 0; i < n; i++) all[i] = dims[i];
  all[n] = ad_array_dim(a, -1);
  return ad_broadcast_to(a, (ad_shape){n + 1, all});
}

static ad_array *vecdot_compose(const ad_rule *r) {
  int64_t axis = r->attrs[0].as.i, dims[AD_MAX_RANK], axes[AD_MAX_RANK];
  ad_array *a = ad_moveaxis(r->in[0], axis, -1), *b = ad_moveaxis(r->in[1], axis, -1);
  int ra = ad_array_rank(a) - 1, rb = ad_array_rank(b) - 1, n = ra > rb ? ra : rb;
  for (int i = 0; i < n; i++) {
    int64_t da = i < n - ra ? 1 : ad_array_dim(a, i - (n - ra)), db = i < n - rb ? 1 : ad_array_dim(b, i - (n - rb));
    dims[i] = da == 1 ? db : da;
    axes[i] = i;
  }
  a = vectors(a, -1, n, dims);
  if (ad_dtype_category(ad_array_dtype(a)) == AD_CATEGORY_COMPLEX) a = ad_conjugate(a);
  return ad_contract(a, vectors(b, -1, n, dims), &(ad_contract_opts){.batch_a = {true, n, axes}, .batch_b = {true, n, axes},
                                                                     .sum_a = AD_AXES(n), .sum_b = AD_AXES(n)});
}

const ad_op ad__op_vecdot = {
    AD_OP_HEAD(vecdot),
    .params = "a, b",
    .doc = "Products of the conjugate of a with b, summed along one axis; the other axes broadcast. Integers below 8 bytes "
           "become int32 or uint32.",
    .example = "ad_array *y = ad_vecdot(a, b, NULL);",
    .group = "products",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(vecdot_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_NUMBER,
    .dtypes = vecdot_dtypes,
    .dims = vecdot_dims,
    .compose = vecdot_compose,
    AD_SPELLINGS({"numpy", "(np.conj($0) * $1).sum(axis=@axis, dtype=@out)"}),
    AD_SAMPLES({"float32[3,4], float32[3,4]", "", "normal"}, {"float64[3,4], float64[3,4]", "axis=0", "normal"},
               {"complex64[2,5], complex64[5]", "", "normal"}, {"int8[6], int8[6]", "", "small"},
               {"float64[2,1,3,2], float64[4,3,1]", "axis=-2", "normal"}, {"float32[0,3], float32[1,3]", "", "normal"}),
    AD_ERRORS({"float32[3,4], float32[3,5]", "", AD_E_VALUE, "axis 1 is 5; 4 is right"},
              {"float32[3,4], float32[4]", "axis=1", AD_E_VALUE, "a negative axis is right"},
              {"float32[3], float32[3]", "axis=1", AD_E_INDEX, "axis 1; it is out of range for rank 1"}),
};

/* ---- tensordot ---- */

enum { TENSORDOT_AXES, TENSORDOT_A, TENSORDOT_B };
static const ad_field tensordot_fields[] = {
    {.name = "axes", .kind = AD_FIELD_INT, .doc = "how many of the last axes of a are summed with as many first ones of b",
     .has_default = true, .default_num = 2},
    {.name = "axes_a", .kind = AD_FIELD_AXES, .doc = "instead: these axes of a"},
    {.name = "axes_b", .kind = AD_FIELD_AXES, .of = 1, .doc = "with these of b, in the same order"},
};

typedef struct axis_lists {
  int n;
  int64_t a[AD_MAX_RANK], b[AD_MAX_RANK];
} axis_lists;

/* The summed axes; n is -1 where they do not fit the ranks. */
static axis_lists tensordot_axes(const ad_attr *at, int ra, int rb) {
  const ad_attr *a = &at[TENSORDOT_A], *b = &at[TENSORDOT_B];
  axis_lists l = {.n = -1};
  if (a->given || b->given) {
    if (!a->given || !b->given || a->count != b->count) return l;
    l.n = a->count;
    for (int i = 0; i < l.n; i++) l.a[i] = ad__axis_at(a, i, ra), l.b[i] = ad__axis_at(b, i, rb);
    return l;
  }
  int64_t n = at[TENSORDOT_AXES].as.i;
  if (n < 0 || n > ra || n > rb) return l;
  l.n = (int)n;
  for (int i = 0; i < l.n; i++) l.a[i] = ra - l.n + i, l.b[i] = i;
  return l;
}

static ad_status tensordot_dims(ad_rel *r) {
  int ra = ad_rel_get_rank(r, 0), rb = ad_rel_get_rank(r, 1);
  if (ra < 0 || rb < 0) return ad_rel_end(r, ad_rel_later(r));
  axis_lists l = tensordot_axes(ad_rel_attr(r, 0), ra, rb);
  if (l.n < 0)
    return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "axes for operands of rank %d and %d; a number up to the smaller rank, or lists "
                                                    "of as many axes of each, are right", ra, rb));
  ad_attr lists[4] = {[2] = {.given = true, .count = l.n, .as.ints = l.a}, [3] = {.given = true, .count = l.n, .as.ints = l.b}};
  return ad_rel_end(r, ad__dims_contract(r, lists));
}

static ad_array *tensordot_compose(const ad_rule *r) {
  axis_lists l = tensordot_axes(r->attrs, ad_array_rank(r->in[0]), ad_array_rank(r->in[1]));
  return ad_contract(r->in[0], r->in[1], &(ad_contract_opts){.sum_a = {true, l.n, l.a}, .sum_b = {true, l.n, l.b}});
}

const ad_op ad__op_tensordot = {
    AD_OP_HEAD(tensordot),
    .params = "a, b",
    .doc = "Products summed over pairs of axes: the last ones of a with the first ones of b, or the axes that two lists name. "
           "The result has the other axes of a, then those of b.",
    .example = "ad_array *y = ad_tensordot(a, b, &(ad_tensordot_opts){.axes = AD_INT(1)});",
    .group = "products",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(tensordot_fields),
    .accepts = AD_ACCEPT_NUMBER,
    .dims = tensordot_dims,
    .compose = tensordot_compose,
    AD_SPELLINGS({"numpy", "np.tensordot($0, $1, @axes if (@axes_a, @axes_b) == (None, None) else (@axes_a, @axes_b))"}),
    AD_SAMPLES({"float32[2,3,4], float32[3,4,5]", "", "normal"}, {"float64[3,4], float64[4,2]", "axes=1", "normal"},
               {"float64[2], float64[3]", "axes=0", "normal"},
               {"float64[3,4,5], float64[4,3,2]", "axes_a=[1,0], axes_b=[0,1]", "normal"},
               {"int32[2,0], int32[0,3]", "axes=1", "small"}, {"complex64[2,3], complex64[3,2]", "axes_a=[-1], axes_b=[-2]", "normal"}),
    AD_ERRORS({"float32[3,4], float32[4,5]", "", AD_E_VALUE, "axis 0 is 4; 3 is right"},
              {"float32[3], float32[3]", "", AD_E_VALUE, "axes for operands of rank 1 and 1"},
              {"float32[3,4], float32[4,5]", "axes_a=[1]", AD_E_VALUE, "lists of as many axes of each"}),
};

/* ---- kron ---- */

/* One axis: its dim in the result is the product of those of the operands, 1 where one has no such axis. */
static bool kron_axis(ad_rel *r, int rank, int i) {
  int out = AD_REL_OUT(r, 0), at[2];
  ad_dim d[2], total = ad_rel_get_dim(r, out, i), product;
  for (int k = 0; k < 2; k++) {
    at[k] = i - (rank - ad_rel_get_rank(r, k));
    d[k] = at[k] < 0 ? 1 : ad_rel_get_dim(r, k, at[k]);
  }
  if (d[0] != AD_DIM_UNKNOWN && d[1] != AD_DIM_UNKNOWN)
    return ad__dims_product(r, d[0], d[1], &product) && ad_rel_dim(r, out, i, product);
  int unknown = d[0] == AD_DIM_UNKNOWN ? 0 : 1;
  ad_dim known = d[1 - unknown];
  if (!ad_dim_is_number(total) || !ad_dim_is_number(known) || known == 0) return ad_rel_later(r);
  if (total % known)
    return ad_rel_fail(r, AD_E_VALUE, "a result of %lld on axis %d; it is no multiple of %lld", (long long)total, i, (long long)known);
  return ad_rel_dim(r, unknown, at[unknown], total / known);
}

static ad_status kron_dims(ad_rel *r) {
  int ra = ad_rel_get_rank(r, 0), rb = ad_rel_get_rank(r, 1), rank = ra > rb ? ra : rb;
  if (ra < 0 || rb < 0) return ad_rel_end(r, ad_rel_later(r));
  if (2 * rank > AD_MAX_RANK)
    return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "operands of rank %d and %d; at most %d axes are right", ra, rb, AD_MAX_RANK / 2));
  bool ok = ad_rel_rank(r, AD_REL_OUT(r, 0), rank);
  for (int i = 0; i < rank && ok; i++) ok = kron_axis(r, rank, i);
  return ad_rel_end(r, ok);
}

/* Axes of length 1 between those of a, and between those of b, so that the product has every pair. */
static ad_array *kron_compose(const ad_rule *r) {
  int ra = ad_array_rank(r->in[0]), rb = ad_array_rank(r->in[1]), rank = ra > rb ? ra : rb;
  int64_t between_a[AD_MAX_RANK], between_b[AD_MAX_RANK], dims[AD_MAX_RANK];
  for (int i = 0; i < rank; i++) between_a[i] = 2 * i + 1, between_b[i] = 2 * i;
  ad_array *a = r->in[0], *b = r->in[1];
  for (int i = ra; i < rank; i++) a = ad_expand_dims(a, AD_INTS(0));
  for (int i = rb; i < rank; i++) b = ad_expand_dims(b, AD_INTS(0));
  for (int i = 0; i < rank; i++) dims[i] = ad_dim_mul(r->ctx, ad_array_dim(a, i), ad_array_dim(b, i));
  if (rank == 0) return ad_multiply(a, b);
  a = ad_expand_dims(a, (ad_ints){true, rank, between_a});
  b = ad_expand_dims(b, (ad_ints){true, rank, between_b});
  return ad_reshape(ad_multiply(a, b), (ad_shape){rank, dims});
}

const ad_op ad__op_kron = {
    AD_OP_HEAD(kron),
    .params = "a, b",
    .doc = "The Kronecker product: each element of a replaced by its product with all of b. An operand with fewer axes "
           "gets axes of length 1 in front. At most 8 axes.",
    .example = "ad_array *y = ad_kron(a, b);",
    .group = "products",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    .accepts = AD_ACCEPT_NUMBER,
    .dims = kron_dims,
    .compose = kron_compose,
    AD_SPELLINGS({"numpy", "np.kron($0, $1)"}),
    AD_SAMPLES({"float32[2,3], float32[3,2]", "", "normal"}, {"float64[3], float64[2,2]", "", "normal"},
               {"int32[2,2,2], int32[3]", "", "small"}, {"float32[], float32[3]", "", "normal"}, {"float64[0,2], float64[2,2]", "", "normal"}),
    AD_ERRORS({"float32[1,1,1,1,1,1,1,1,1], float32[2]", "", AD_E_VALUE, "operands of rank 9 and 1; at most 8 axes are right"},
              {"bool[2], bool[2]", "", AD_E_TYPE, "dtype bool; it is not defined for it"}),
};
