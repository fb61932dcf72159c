/* Products of matrices that indices or segments choose: gather_mm, segmented_mm and its transpose.
 *
 * A mixture of experts multiplies each token by its expert's matrix (gather_mm); the gradient of the experts' matrices is, for
 * each expert, a product over the stretch of its tokens (segmented_mm), once tokens are in the order of experts. So no
 * rule makes a copy of a matrix for each token. segmented_mm is linear in both operands; its transposes are
 * segmented_spread, whose transposes are both again. */
#include <string.h>
#include "ir/rel.h"
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/gather_rules.h"
#include "ops/index_check.h"
#include "ops/reduce_rules.h"
#include "ops/work_counts.h"

#define CHOICE AD_NO_DERIV("an index is a choice")

static int64_t product_of(ad_shape s, int n) {
  int64_t count = 1;
  for (int i = 0; i < n; i++) count *= s.dims[i];
  return count;
}

/* a with its axes before the last two made one. */
static ad_array *flat_matrices(ad_array *a) {
  if (ad_is_error(a)) return a;
  ad_shape s = ad_array_shape(a);
  return ad_reshape(a, AD_SHAPE(product_of(s, s.rank - 2), s.dims[s.rank - 2], s.dims[s.rank - 1]));
}

static ad_array *turned(ad_array *a) { return ad_swapaxes(a, -1, -2); }

/* A factor as a transpose wants it, which is an adjoint: complex numbers conjugated. */
static ad_array *adjoint(ad_array *a) {
  return ad_dtype_category(ad_array_dtype(a)) == AD_CATEGORY_COMPLEX ? ad_conjugate(a) : a;
}

/* ---- gather_mm: shapes ---- */

enum { MATRIX_A, MATRIX_B, INDEX_A, INDEX_B };

static ad_status check_places(const ad_rule *r, int side, char *why, size_t why_size) {
  ad_array *index = r->n > INDEX_A + side ? r->in[INDEX_A + side] : NULL;
  const ad_type *t = r->in[side]->type;
  int64_t count = 1;
  if (!index) return AD_OK;
  ad_status s = ad__index_check_dtype(index, why, why_size);
  for (int i = 0; i < t->rank - 2; i++) count = count < 0 || t->dims[i] < 0 ? -1 : count * t->dims[i];
  return s || t->rank < 2 || count < 0 ? s : ad__index_check_known(index, 0, count, 1, why, why_size);
}

static ad_status gather_mm_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  in[0] = in[1] = out[0] = ad__promote_arrays(r->in, 2);
  for (int side = 0; side < 2; side++) {
    ad_status s = check_places(r, side, why, why_size);
    if (s) return s;
    if (r->n > INDEX_A + side && r->in[INDEX_A + side]) in[INDEX_A + side] = ad_array_dtype(r->in[INDEX_A + side]);
  }
  return AD_OK;
}

/* The dims that choose matrices of a side: of its indices, or its own before the last two. */
static bool chosen_dims(ad_rel *r, int side, ad_rel_slot *out) {
  bool indexed = ad_rel_has(r, INDEX_A + side);
  *out = r->slots[indexed ? INDEX_A + side : side];
  out->missing = false;
  if (out->rank < 0) return false;
  if (!indexed) out->rank -= 2;
  return true;
}

static bool gather_mm_relation(ad_rel *r) {
  int out = AD_REL_OUT(r, 0), both[2] = {0, 1};
  ad_rel_slot slots[3];
  for (int i = 0; i < 2; i++)
    if (!ad_rel_rank_at_least(r, i, 2)) return false;
  if (!ad_rel_rank_at_least(r, out, 2)) return false;
  if (ad_rel_get_rank(r, 0) >= 0 && ad_rel_get_rank(r, 1) >= 0 && !ad_rel_same_dim(r, 0, -1, 1, -2)) return false;
  if (!chosen_dims(r, 0, &slots[0]) || !chosen_dims(r, 1, &slots[1])) return ad_rel_later(r);
  slots[2] = (ad_rel_slot){.rank = slots[0].rank > slots[1].rank ? slots[0].rank : slots[1].rank};
  if (!ad_rel_rank(r, out, slots[2].rank + 2)) return false;
  for (int i = 0; i < slots[2].rank; i++) slots[2].dims[i] = AD_DIM_UNKNOWN;
  ad_rel sub = *r;
  sub.slots = slots, sub.inputs = 2, sub.outputs = 1;
  bool ok = ad_rel_broadcast(&sub, 2, both, 2);
  r->failed = sub.failed;
  r->later |= sub.later;
  for (int i = 0; i < slots[2].rank && ok; i++)
    ok = slots[2].dims[i] == AD_DIM_UNKNOWN || ad_rel_dim(r, out, i, slots[2].dims[i]);
  if (!ok || ad_rel_get_rank(r, 0) < 0 || ad_rel_get_rank(r, 1) < 0) return ok && ad_rel_later(r);
  return ad_rel_same_dim(r, 0, -2, out, -2) && ad_rel_same_dim(r, 1, -1, out, -1);
}
static ad_status gather_mm_dims(ad_rel *r) { return ad_rel_end(r, gather_mm_relation(r)); }

/* ---- gather_mm: rules ---- */

/* Places of `count` matrices as int64, negative ones from the end, out of range moved to the nearest. */
static ad_array *settled(ad_ctx *c, ad_array *index, int64_t count) {
  ad_array *n = ad_number_int(c, count), *zero = ad_number_int(c, 0);
  index = ad_cast(index, AD_INT64);
  index = ad_where(ad_less(index, zero), ad_add(index, n), index);
  return ad_maximum(ad_minimum(index, ad_number_int(c, count - 1)), zero);
}

static ad_array *all_places(ad_ctx *c, int64_t count, ad_shape shape) {
  return ad_reshape(ad_iota(c, count, &(ad_iota_opts){.dtype = AD_INT64}), shape);
}

/* The places of a side's matrices; where none are given, all in order. */
static ad_array *places_of(const ad_rule *r, int side) {
  ad_shape s = ad_array_shape(r->in[side]);
  int64_t count = product_of(s, s.rank - 2);
  ad_array *index = r->n > INDEX_A + side ? r->in[INDEX_A + side] : NULL;
  return index ? settled(r->ctx, index, count) : all_places(r->ctx, count, (ad_shape){s.rank - 2, s.dims});
}

static ad_array *chosen(const ad_rule *r, int side, ad_array *places) {
  return ad_take(flat_matrices(r->in[side]), places, &(ad_take_opts){.axis = AD_INT(0)});
}

static ad_array *gather_mm_compose(const ad_rule *r) {
  return ad_matmul(chosen(r, 0, places_of(r, 0)), chosen(r, 1, places_of(r, 1)), NULL);
}

/* The places of both sides for each product, one behind the other. */
static void both_places(const ad_rule *r, ad_array **places) {
  ad_shape y = ad_array_shape(r->out);
  for (int side = 0; side < 2; side++)
    places[side] = ad_reshape(ad_broadcast_to(places_of(r, side), (ad_shape){y.rank - 2, y.dims}), AD_SHAPE(product_of(y, y.rank - 2)));
}

/* Products with the turned matrices of b, added up at the places of a. */
static ad_array *towards_a(const ad_rule *r, ad_array *ct) {
  ad_array *places[2], *a = flat_matrices(r->in[0]), *b = flat_matrices(adjoint(r->in[1]));
  both_places(r, places);
  ad_array *g = ad_gather_mm(flat_matrices(ct), turned(b), NULL, places[1], &(ad_gather_mm_opts){.sorted_indices = r->attrs[0].as.i});
  ad_array *zero = ad_zeros_like(a, NULL);
  g = ad_scatter_add(r->ctx, (ad_array *[]){zero, g, places[0]}, 3, AD_AXES(0), NULL);
  return ad_reshape(g, ad_array_shape(r->in[0]));
}

/* In the order of the matrices of b, each has a stretch of rows: where they begin and end. */
static ad_array *stretches(const ad_rule *r, ad_array *order, int64_t count, int64_t rows) {
  ad_array *all = ad_expand_dims(ad_iota(r->ctx, count, &(ad_iota_opts){.dtype = AD_INT64}), AD_AXES(1));
  ad_sum_opts over = {.axes = AD_AXES(1), .dtype = AD_INT64};
  ad_array *begin = ad_sum(ad_less(order, all), &over), *end = ad_sum(ad_less_equal(order, all), &over);
  ad_array *pair = ad_stack(r->ctx, (ad_array *[]){begin, end}, 2, &(ad_stack_opts){.axis = AD_INT(1)});
  return ad_multiply(pair, ad_number_int(r->ctx, rows));
}

static ad_array *towards_b(const ad_rule *r, ad_array *ct) {
  ad_array *places[2], *a = flat_matrices(adjoint(r->in[0]));
  ad_shape b = ad_array_shape(r->in[1]);
  if (ad_is_error(a)) return a;
  int64_t rows = ad_array_dim(a, 1), depth = ad_array_dim(a, 2), columns = b.dims[b.rank - 1];
  both_places(r, places);
  ct = flat_matrices(ct);
  if (!r->attrs[0].as.i) {
    ad_array *order = ad_argsort(places[1], NULL);
    ad_take_opts first = {.axis = AD_INT(0)};
    for (int side = 0; side < 2; side++) places[side] = ad_take(places[side], order, &first);
    ct = ad_take(ct, order, &first);
  }
  if (ad_is_error(ct)) return ct;
  int64_t products = ad_array_dim(ct, 0);
  a = ad_reshape(ad_take(a, places[0], &(ad_take_opts){.axis = AD_INT(0)}), AD_SHAPE(products * rows, depth));
  ad_array *g = ad_segmented_mm(turned(a), ad_reshape(ct, AD_SHAPE(products * rows, columns)),
                                stretches(r, places[1], product_of(b, b.rank - 2), rows), NULL);
  return ad_reshape(g, b);
}

static ad_array *gather_mm_back(const ad_rule *r, int i, ad_array *const *ct) {
  return i ? towards_b(r, ct[0]) : towards_a(r, ct[0]);
}

/* The batch joins the matrices: places count further by so many for each entry of it. The result has the batch axis, or a
 * 1, in front of `rank` others. */
static ad_array *batched_places(const ad_rule *r, int side, bool matrices, bool index, int64_t size, int rank) {
  ad_array *given = r->n > INDEX_A + side ? r->in[INDEX_A + side] : NULL;
  ad_shape s = ad_array_shape(r->in[side]);
  int64_t dims[AD_MAX_RANK + 1] = {1}, count = product_of(s, s.rank - 2) / (matrices && size ? size : 1);
  ad_array *at = given ? settled(r->ctx, given, count) : all_places(r->ctx, count, (ad_shape){s.rank - 2 - matrices, s.dims + matrices});
  if (ad_is_error(at)) return at;
  ad_shape own = ad_array_shape(at);
  bool has = index && given;
  int fill = rank - (own.rank - has);
  if (has) dims[0] = size;
  for (int i = 0; i < fill; i++) dims[1 + i] = 1;
  for (int i = 0; i < own.rank - has; i++) dims[1 + fill + i] = own.dims[i + has];
  at = ad_reshape(at, (ad_shape){rank + 1, dims});
  if (!matrices) return at;
  int64_t ones[AD_MAX_RANK + 1] = {size};
  for (int i = 0; i < rank; i++) ones[1 + i] = 1;
  ad_array *from = ad_multiply(ad_iota(r->ctx, size, &(ad_iota_opts){.dtype = AD_INT64}), ad_number_int(r->ctx, count));
  return ad_add(at, ad_reshape(from, (ad_shape){rank + 1, ones}));
}

static ad_array *gather_mm_batch(const ad_rule *r, const bool *batched, int64_t size) {
  bool with[4] = {batched[0], batched[1], r->n > 2 && r->in[2] && batched[2], r->n > 3 && r->in[3] && batched[3]};
  int rank = 0;
  ad_array *places[2];
  for (int side = 0; side < 2; side++) {
    bool given = r->n > INDEX_A + side && r->in[INDEX_A + side];
    int own = given ? ad_array_rank(r->in[INDEX_A + side]) - with[INDEX_A + side] : ad_array_rank(r->in[side]) - 2 - with[side];
    rank = own > rank ? own : rank;
  }
  for (int side = 0; side < 2; side++) places[side] = batched_places(r, side, with[side], with[INDEX_A + side], size, rank);
  ad_array *y = ad_gather_mm(flat_matrices(r->in[0]), flat_matrices(r->in[1]), places[0], places[1],
                             &(ad_gather_mm_opts){.sorted_indices = r->attrs[0].as.i && with[1]});
  if (ad_is_error(y) || ad_array_dim(y, 0) == size) return y;
  ad_shape s = ad_array_shape(y);
  int64_t dims[AD_MAX_RANK];
  for (int i = 0; i < s.rank; i++) dims[i] = i ? s.dims[i] : size;
  return ad_broadcast_to(y, (ad_shape){s.rank, dims});
}

static const ad_field gather_mm_fields[] = {
    {.name = "sorted_indices", .kind = AD_FIELD_FLAG,
     .doc = "promises that rhs_indices never fall in row-major order, so that gradients need not sort them"},
};
const ad_op ad__op_gather_mm = {
    AD_OP_HEAD(gather_mm),
    .params = "a, b, lhs_indices, rhs_indices",
    .doc = "Products of chosen matrices: a[lhs_indices] @ b[rhs_indices], where a (..., M, K) and b (..., K, N) are lists of "
           "matrices, the axes before the last two counted as one; absent indices take all in their shape. The indices broadcast "
           "together, the result is (their shape, M, N). Matrices are read where they lie.",
    .example = "ad_array *y = ad_gather_mm(tokens, experts, NULL, expert_of_token, NULL);",
    .group = "products",
    .inputs = 4,
    .optional = 2,
    .outputs = 1,
    AD_FIELDS(gather_mm_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_NUMBER,
    .dtypes = gather_mm_dtypes,
    .dims = gather_mm_dims,
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('B'), CHOICE, CHOICE),
    .compose = gather_mm_compose,
    .transpose = gather_mm_back,
    .batch = gather_mm_batch,
    AD_SAMPLES({"float32[5,3,4], float64[2,4,2], -, int32[5]", "", "normal, normal, normal, index:2"},
               {"float64[3,2,4], float64[2,4,3], int32[4], int32[4]", "", "normal, normal, signed_index:3, signed_index:2"},
               {"float64[6,1,4], float64[3,4,5], uint32[2,1], int8[3]", "", "normal, normal, index:6, index:3"},
               {"float64[2,3,2,4], float64[2,1,4,2], -, -", "", "normal"}, {"float64[3,4], float64[2,4,2], -, int32[2]", "", "normal, normal, normal, index:2"},
               {"int32[3,2,2], int32[2,2,3], int32[2], int32[2]", "", "small, small, index:3, index:2"},
               {"float16[4,1,3], float16[2,3,2], -, int32[4]", "", "small, small, normal, index:2"},
               {"float32[3,0,4], float32[2,4,2], -, int32[3]", "", "normal, normal, normal, index:2"},
               {"complex64[3,2,2], complex64[2,2,2], int32[], int32[2]", "", "normal, normal, index:3, index:2"}),
    AD_ERRORS({"float32[3,2,4], float32[2,5,2], -, int32[3]", "", AD_E_VALUE, "axis 1 is 5; 4 is right"},
              {"float32[3,2,4], float32[2,4,2], -, float32[3]", "", AD_E_TYPE, "indices of dtype float32; integers are right"},
              {"float32[3,2,4], float32[2,4,2], int32[2], int32[3]", "", AD_E_VALUE, "shapes (2) and (3) do not broadcast"},
              {"float32[4], float32[2,4,2], -, int32[2]", "", AD_E_VALUE, "its rank is 1; at least 2 is right"},
              {"bool[3,2,4], bool[2,4,2], -, int32[3]", "", AD_E_TYPE, "dtype bool; it is not defined for it"}),
};

/* ---- segmented_mm, segmented_spread ---- */

static const ad_field segmented_fields[] = {
    {.name = "batch", .kind = AD_FIELD_INT, .has_default = true, .doc = "so many leading axes are shared by all operands"},
};

/* Operands are 0 and 1, segments 2. */
static ad_status segmented_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  in[0] = in[1] = out[0] = ad__promote_arrays(r->in, 2);
  in[2] = ad_array_dtype(r->in[2]);
  ad_status s = ad__index_check_dtype(r->in[2], why, why_size);
  const ad_type *b = r->in[1]->type;
  int64_t depth = b->rank >= 2 ? b->dims[b->rank - 2] : -1, v;
  if (s || depth < 0 || !ad__index_known_outside(r->in[2], 0, depth, &v)) return s;
  ad__format(why, why_size, "segment bound %lld; it is out of range; from 0 to %lld is right", (long long)v, (long long)depth);
  return AD_E_INDEX;
}

/* Slots share their leading axes with the first one, whose rank is known, and have some more. */
static bool batch_axes(ad_rel *r, int n, const int *more, const int *slots, int count) {
  for (int i = 1; i < count; i++) {
    if (!ad_rel_rank_at_least(r, slots[i], n + more[i])) return false;
    for (int axis = 0; axis < n && ad_rel_get_rank(r, slots[i]) >= 0; axis++)
      if (!ad_rel_same_dim(r, slots[0], axis, slots[i], axis)) return false;
  }
  return true;
}

/* wide (batch, rows, depth), tall (batch, depth, columns), segments (batch, S, 2), products (batch, S, rows, columns). */
static bool segments_relation(ad_rel *r, int wide, int wide_depth, int tall, int tall_depth, int products) {
  int64_t n = ad_rel_attr(r, 0)->as.i;
  int slots[4] = {wide, tall, 2, products}, segments, out, batch = (int)n;
  if (n < 0 || n > AD_MAX_RANK - 3) return ad_rel_fail(r, AD_E_VALUE, "batch %lld; from 0 on is right", (long long)n);
  if (!ad_rel_rank(r, wide, batch + 2) || !ad_rel_rank(r, tall, batch + 2)) return false;
  if (!batch_axes(r, batch, (const int[]){2, 2, 1, 2}, slots, 4) || !ad_rel_dim(r, 2, -1, 2)) return false;
  if (!ad_rel_same_dim(r, wide, wide_depth, tall, tall_depth)) return false;
  segments = ad_rel_get_rank(r, 2), out = ad_rel_get_rank(r, products);
  if (segments < 0 && out >= 0 && !ad_rel_rank(r, 2, out - 1)) return false;
  if (segments >= 0 && !ad_rel_rank(r, products, segments + 1)) return false;
  segments = ad_rel_get_rank(r, 2);
  if (segments < 0) return ad_rel_later(r);
  for (int i = 0; i < segments - 1; i++)
    if (!ad_rel_same_dim(r, 2, i, products, i)) return false;
  return ad_rel_same_dim(r, wide, wide_depth == -1 ? -2 : -1, products, -2) && ad_rel_same_dim(r, tall, -1, products, -1);
}

static ad_status segmented_dims(ad_rel *r) { return ad_rel_end(r, segments_relation(r, 0, -1, 1, -2, AD_REL_OUT(r, 0))); }

static ad_array *segmented_back(const ad_rule *r, int i, ad_array *const *ct) {
  ad_segmented_spread_opts opts = {.batch = AD_INT(r->attrs[0].as.i)};
  if (i == 0) return ad_segmented_spread(ct[0], adjoint(r->in[1]), r->in[2], &opts);
  return turned(ad_segmented_spread(turned(ct[0]), turned(adjoint(r->in[0])), r->in[2], &opts));
}

/* All operands get the batch axis in front, which is then shared. */
static ad_array *segmented_batch(const ad_rule *r, const bool *batched, int64_t size) {
  ad_array *in[3];
  ad_attr batch = ad_attr_int(AD_INT(r->attrs[0].as.i + 1));
  for (int i = 0; i < 3; i++) in[i] = batched[i] ? r->in[i] : ad__batch_spread(r->in[i], size);
  return ad_apply(r->ctx, NULL, r->op, in, 3, &batch);
}

/* As if the segments were the whole of the summed axis, cut up: what they hold is known only when they are. */
static double segmented_work(const ad_rule *r) { return 2 * ad__work_size(r->in[0]) * ad__work_dim(r->in[1], -1); }

const ad_op ad__op_segmented_mm = {
    AD_OP_HEAD(segmented_mm),
    .params = "a, b, segments",
    .doc = "Products over stretches of the summed axis: for each pair (begin, end) of segments (..., 2), a[:, begin:end] @ "
           "b[begin:end], where a is (M, K) and b (K, N); the result is (..., M, N). Segments may overlap; one that is computed and "
           "reaches outside is cut, an empty one gives zeros.",
    .example = "ad_array *y = ad_segmented_mm(a, b, segments, NULL);",
    .group = "products",
    .inputs = 3,
    .outputs = 1,
    AD_FIELDS(segmented_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_NUMBER,
    .dtypes = segmented_dtypes,
    .dims = segmented_dims,
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('B'), CHOICE),
    .transpose = segmented_back,
    .batch = segmented_batch,
    .work = segmented_work,
    AD_SPELLINGS({"numpy", "segmented_mm($0, $1, $2, @batch)"}),
    AD_SAMPLES({"float32[3,7], float32[7,4], int32[2,2]", "", "normal, normal, index:8"},
               {"float64[3,7], float64[7,4], uint32[3,2]", "", "normal, normal, lazy_index:11"},
               {"float64[2,7], float64[7,3], int64[2,3,2]", "", "normal, normal, index:8"}, {"float64[2,7], float64[7,3], int32[2]", "", "normal, normal, index:8"},
               {"float64[2,3,6], float64[2,6,2], int32[2,4,2]", "batch=1", "normal, normal, index:7"},
               {"int32[3,5], int32[5,2], int8[4,2]", "", "small, small, index:6"}, {"bfloat16[3,5], bfloat16[5,2], int32[2,2]", "", "normal, normal, index:6"},
               {"complex64[2,5], complex64[5,2], int32[2,2]", "", "normal, normal, index:6"}, {"float32[3,0], float32[0,2], int32[2,2]", "", "normal, normal, index:1"}),
    AD_ERRORS({"float32[3,7], float32[6,4], int32[2,2]", "", AD_E_VALUE, "axis 0 is 6; 7 is right"},
              {"float32[3,7], float32[7,4], int32[2,3]", "", AD_E_VALUE, "axis 1 is 3; 2 is right"},
              {"float32[3,7], float32[7,4], float32[2,2]", "", AD_E_TYPE, "indices of dtype float32; integers are right"},
              {"float32[3,7], float32[7,4], int32[2,2]", "batch=-1", AD_E_VALUE, "batch -1; from 0 on is right"},
              {"bool[3,7], bool[7,4], int32[2,2]", "", AD_E_TYPE, "dtype bool; it is not defined for it"}),
};

/* v (batch, S..., M, N), w (batch, K, N), the result (batch, M, K). */
static ad_status segmented_spread_dims(ad_rel *r) {
  int out = AD_REL_OUT(r, 0), batch = (int)ad_rel_attr(r, 0)->as.i;
  bool ok = segments_relation(r, out, -1, 1, -2, 0);
  return ad_rel_end(r, ok && ad_rel_rank(r, out, batch + 2));
}

static ad_array *segmented_spread_back(const ad_rule *r, int i, ad_array *const *ct) {
  int64_t batch = r->attrs[0].as.i;
  if (i == 0) return ad_segmented_mm(ct[0], adjoint(r->in[1]), r->in[2], &(ad_segmented_mm_opts){.batch = AD_INT(batch)});
  return turned(ad_segmented_spread(turned(adjoint(r->in[0])), turned(ct[0]), r->in[2], &(ad_segmented_spread_opts){.batch = AD_INT(batch)}));
}

static double spread_work(const ad_rule *r) { return 2 * ad__work_size(r->out) * ad__work_dim(r->in[1], -1); }

const ad_op ad__op_segmented_spread = {
    AD_OP_HEAD(segmented_spread),
    .params = "v, w, segments",
    .doc = "The transpose of segmented_mm: for each pair (begin, end) of segments (..., 2), v @ w[begin:end] transposed is added to "
           "columns begin to end of the result, where v is (..., M, N), w (K, N) and the result (M, K).",
    .example = "ad_array *y = ad_segmented_spread(v, w, segments, NULL);",
    .group = "products",
    .inputs = 3,
    .outputs = 1,
    AD_FIELDS(segmented_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .accepts = AD_ACCEPT_INEXACT,
    .dtypes = segmented_dtypes,
    .dims = segmented_spread_dims,
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('B'), CHOICE),
    .transpose = segmented_spread_back,
    .batch = segmented_batch,
    .work = spread_work,
    AD_SPELLINGS({"numpy", "segmented_spread($0, $1, $2, @batch)"}),
    AD_SAMPLES({"float32[2,3,4], float32[7,4], int32[2,2]", "", "normal, normal, index:8"},
               {"float64[3,3,4], float64[7,4], uint32[3,2]", "", "normal, normal, lazy_index:11"}, {"float64[2,3], float64[7,3], int32[2]", "", "normal, normal, index:8"},
               {"float64[2,4,3,2], float64[2,6,2], int32[2,4,2]", "batch=1", "normal, normal, index:7"},
               {"float16[2,3,2], float16[5,2], int32[2,2]", "", "small, small, index:6"}, {"complex64[2,2,2], complex64[5,2], int32[2,2]", "", "normal, normal, index:6"}),
    AD_ERRORS({"float32[2,3,4], float32[7,5], int32[2,2]", "", AD_E_VALUE, "axis 2 is 4; 5 is right"},
              {"float32[2,3,4], float32[7,4], int32[3,2]", "", AD_E_VALUE, "axis 0 is 2; 3 is right"},
              {"int32[2,3,4], int32[7,4], int32[2,2]", "", AD_E_TYPE, "dtype int32; it is not defined for it"}),
};
