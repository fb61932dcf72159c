/* Choosing without sorting, and looking up what is sorted: partition, argpartition, topk, argtopk, searchsorted, isin.
 *
 * An op and its indices agree: both choose the same elements in the same order, so a derivative gathers by the indices of
 * the same input. The kernels are in runtime/selecting.c and runtime/searching.c. */
#include <string.h>
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/rules.h"
#include "ops/work_counts.h"

enum { FIELD_COUNT, FIELD_AXIS };

#define AXIS_FIELD {.name = "axis", .kind = AD_FIELD_AXIS, .has_default = true, .default_num = -1, .doc = "the axis along which"}

/* An index is 32 bits wide. */
static bool short_enough(ad_rel *r, ad_dim n) {
  if (n <= UINT32_MAX) return true;
  return ad_rel_fail(r, AD_E_OVERFLOW, "an axis of length %lld; at most 4294967295 is right", (long long)n);
}

static const char *numpy_only(const char *target, const char *text) { return strcmp(target, "numpy") == 0 ? text : NULL; }

/* ---- partition ---- */

static const ad_field partition_fields[] = {
    {.name = "kth", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED,
     .doc = "the place whose element is as in the sorted order; a negative one counts from the end"},
    AXIS_FIELD,
};

static ad_status partition_dims(ad_rel *r) {
  int64_t kth = ad_rel_attr(r, FIELD_COUNT)->as.i;
  ad_dim n = ad_rel_get_dim(r, 0, (int)ad_rel_attr(r, FIELD_AXIS)->as.i);
  if (!short_enough(r, n)) return ad_rel_end(r, false);
  if (n >= 0 && (kth >= n || kth < -n)) {
    ad_rel_fail(r, AD_E_INDEX, "kth %lld; it is out of range for an axis of length %lld", (long long)kth, (long long)n);
    return ad_rel_end(r, false);
  }
  return ad_rel_end(r, ad_rel_same(r, 0, AD_REL_OUT(r, 0)));
}

static ad_array *partition_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_int axis = AD_INT(r->attrs[FIELD_AXIS].as.i);
  ad_array *order = ad_argpartition(r->in[0], r->attrs[FIELD_COUNT].as.i, &(ad_argpartition_opts){.axis = axis});
  return ad_take_along_axis(tangents[0], order, &(ad_take_along_axis_opts){.axis = axis});
}

/* Whether before, at, or behind the element of that place; stable. */
#define NUMPY_PARTS                                                                                                             \
  "(lambda x, p: np.argsort((x >= p) * 1 + (x > p), axis=@axis, kind='stable'))"                                               \
  "($0, np.take(np.sort($0, axis=@axis), [@kth], axis=@axis))"

static const char *partition_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  (void)out, (void)size;
  if (ad_dtype_category(ad_array_dtype(r->in[0])) == AD_CATEGORY_COMPLEX) return numpy_only(target, "np.sort($0, axis=@axis)");
  return numpy_only(target, "np.take_along_axis($0, " NUMPY_PARTS ", axis=@axis)");
}

const ad_op ad__op_partition = {
    AD_OP_HEAD(partition),
    .params = "a",
    .doc = "The elements along an axis, parted: at kth stands what would stand there in ascending order, smaller ones before it, "
           "greater ones behind. NaN counts as the greatest; complex numbers as in sort. The order within the parts is the same "
           "on every machine and otherwise not to be relied on.",
    .example = "ad_array *y = ad_partition(x, 10, NULL);",
    .group = "sorting",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(partition_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = partition_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = partition_forward,
    .spell = partition_spell,
    AD_SAMPLES({"float32[3,40]", "kth=7", "distinct"}, {"float64[3,4,5]", "kth=-2, axis=1", "distinct"},
               {"int8[5,20]", "kth=0, axis=0", "small"},
               {"float16[300]", "kth=299", "normal"}, {"bool[7]", "kth=3", "bool"}, {"complex64[6]", "kth=2", "normal"},
               {"float32[0,3]", "kth=1", "normal"}, {"uint64[90]", "kth=45", "small"}),
    AD_ERRORS({"float32[]", "kth=0", AD_E_INDEX, "the array has rank 0 and no axes"},
              {"float32[2,5]", "kth=5", AD_E_INDEX, "kth 5; it is out of range for an axis of length 5"},
              {"float32[2,5]", "kth=-3, axis=0", AD_E_INDEX, "kth -3; it is out of range for an axis of length 2"},
              {"float32[0]", "kth=0", AD_E_INDEX, "kth 0; it is out of range for an axis of length 0"}),
};

static const char *argpartition_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  (void)out, (void)size;
  if (ad_dtype_category(ad_array_dtype(r->in[0])) == AD_CATEGORY_COMPLEX)
    return numpy_only(target, "np.argsort($0, axis=@axis, kind='stable').astype(@out)");
  return numpy_only(target, NUMPY_PARTS ".astype(@out)");
}

const ad_op ad__op_argpartition = {
    AD_OP_HEAD(argpartition),
    .params = "a",
    .doc = "The indices that partition along an axis: take_along_axis of them is partition. The result is uint32.",
    .example = "ad_array *order = ad_argpartition(x, 10, NULL);",
    .group = "sorting",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(partition_fields),
    .dtype_rule = AD_TYPE_INDEX,
    .dims = partition_dims,
    AD_DERIVS(AD_NO_DERIV("the result is an index")),
    .spell = argpartition_spell,
    AD_SAMPLES({"float32[3,40]", "kth=7", "distinct"}, {"float64[3,4,5]", "kth=-2, axis=1", "distinct"},
               {"int8[5,20]", "kth=0, axis=0", "small"},
               {"bool[7]", "kth=3", "bool"}, {"complex64[6]", "kth=2", "small"}),
    AD_ERRORS({"float32[2,5]", "kth=-6", AD_E_INDEX, "kth -6; it is out of range for an axis of length 5"}),
};

/* ---- topk ---- */

static const ad_field top_fields[] = {
    {.name = "k", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many, from 0 to the length of the axis"},
    AXIS_FIELD,
};

static ad_status top_dims(ad_rel *r) {
  int out = AD_REL_OUT(r, 0), rank = ad__dims_either_rank(r);
  int64_t k = ad_rel_attr(r, FIELD_COUNT)->as.i;
  if (k < 0) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "k %lld; 0 or more is right", (long long)k));
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  int axis = ad__axis_of(ad_rel_attr(r, FIELD_AXIS)->as.i, rank);
  if (!ad_rel_rank(r, 0, rank) || !ad_rel_rank(r, out, rank)) return ad_rel_end(r, false);
  for (int i = 0; i < rank; i++)
    if (i != axis && !ad_rel_same_dim(r, 0, i, out, i)) return ad_rel_end(r, false);
  ad_dim n = ad_rel_get_dim(r, 0, axis);
  if (!short_enough(r, n)) return ad_rel_end(r, false);
  if (n >= 0 && k > n) {
    ad_rel_fail(r, AD_E_VALUE, "k %lld; an axis of length %lld has no more than its elements", (long long)k, (long long)n);
    return ad_rel_end(r, false);
  }
  return ad_rel_end(r, ad_rel_dim(r, out, axis, k));
}

static ad_array *top_forward(const ad_rule *r, ad_array *const *tangents) {
  ad_int axis = AD_INT(r->attrs[FIELD_AXIS].as.i);
  ad_array *places = ad_argtopk(r->in[0], r->attrs[FIELD_COUNT].as.i, &(ad_argtopk_opts){.axis = axis});
  return ad_take_along_axis(tangents[0], places, &(ad_take_along_axis_opts){.axis = axis});
}

/* The last of the stable order from the greatest down, brought back to the order they came in. */
#define NUMPY_TOP                                                                                                               \
  "np.sort(np.flip($0.shape[@axis] - 1 - np.argsort(np.flip($0, @axis), axis=@axis, kind='stable'), @axis)"                     \
  ".take(range(@k), axis=@axis), axis=@axis)"
#define NUMPY_TOP_COMPLEX \
  "np.argsort($0, axis=@axis, kind='stable').take(range($0.shape[@axis] - @k, $0.shape[@axis]), axis=@axis)"

static const char *topk_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  (void)out, (void)size;
  if (ad_dtype_category(ad_array_dtype(r->in[0])) == AD_CATEGORY_COMPLEX)
    return numpy_only(target, "np.take_along_axis($0, " NUMPY_TOP_COMPLEX ", axis=@axis)");
  return numpy_only(target, "np.take_along_axis($0, " NUMPY_TOP ", axis=@axis)");
}

const ad_op ad__op_topk = {
    AD_OP_HEAD(topk),
    .params = "a",
    .doc = "The k greatest elements along an axis, not sorted. NaN counts as the greatest; complex numbers as in sort. Of equal "
           "ones the first are taken, and they keep the order of a; complex ones come in ascending order.",
    .example = "ad_array *best = ad_topk(x, 5, NULL);",
    .group = "sorting",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(top_fields),
    .dtype_rule = AD_TYPE_SAME,
    .dims = top_dims,
    AD_DERIVS(AD_SMOOTH),
    .jvp = top_forward,
    .spell = topk_spell,
    AD_SAMPLES({"float32[3,40]", "k=7", "distinct"}, {"float64[3,4,5]", "k=1, axis=1", "distinct"},
               {"int8[5,20]", "k=3, axis=0", "small"},
               {"float16[300]", "k=300", "normal"}, {"bool[7]", "k=3", "bool"}, {"complex64[6]", "k=2", "normal"},
               {"float32[2,3]", "k=0", "normal"}, {"float32[0,3]", "k=1", "normal"}),
    AD_ERRORS({"float32[]", "k=0", AD_E_INDEX, "the array has rank 0 and no axes"},
              {"float32[5]", "k=-1", AD_E_VALUE, "k -1; 0 or more is right"},
              {"float32[2,5]", "k=3, axis=0", AD_E_VALUE, "k 3; an axis of length 2 has no more than its elements"}),
};

static const char *argtopk_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  (void)out, (void)size;
  if (ad_dtype_category(ad_array_dtype(r->in[0])) == AD_CATEGORY_COMPLEX) return numpy_only(target, NUMPY_TOP_COMPLEX ".astype(@out)");
  return numpy_only(target, NUMPY_TOP ".astype(@out)");
}

const ad_op ad__op_argtopk = {
    AD_OP_HEAD(argtopk),
    .params = "a",
    .doc = "The indices of the k greatest elements along an axis: take_along_axis of them is topk. The result is uint32.",
    .example = "ad_array *places = ad_argtopk(x, 5, NULL);",
    .group = "sorting",
    .inputs = 1,
    .outputs = 1,
    AD_FIELDS(top_fields),
    .dtype_rule = AD_TYPE_INDEX,
    .dims = top_dims,
    AD_DERIVS(AD_NO_DERIV("the result is an index")),
    .spell = argtopk_spell,
    AD_SAMPLES({"float32[3,40]", "k=7", "distinct"}, {"float64[3,4,5]", "k=1, axis=1", "distinct"},
               {"int8[5,20]", "k=3, axis=0", "small"},
               {"bool[7]", "k=3", "bool"}, {"complex64[6]", "k=2", "small"}, {"float32[2,3]", "k=0", "normal"}),
    AD_ERRORS({"float32[5]", "k=6", AD_E_VALUE, "k 6; an axis of length 5 has no more than its elements"}),
};

/* ---- searchsorted ---- */

static ad_status search_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)why, (void)why_size;
  in[0] = in[1] = ad__promote_arrays(r->in, 2);
  out[0] = AD_UINT32;
  return AD_OK;
}

static ad_status search_dims(ad_rel *r) {
  int rank = ad_rel_get_rank(r, 0);
  if (!ad_rel_same(r, 1, AD_REL_OUT(r, 0))) return ad_rel_end(r, false);
  if (rank < 0) return ad_rel_end(r, ad_rel_later(r));
  if (rank == 0) return ad_rel_end(r, ad_rel_fail(r, AD_E_VALUE, "a has rank 0; a sequence is right"));
  if (!short_enough(r, ad_rel_get_dim(r, 0, rank - 1))) return ad_rel_end(r, false);
  if (rank == 1) return ad_rel_end(r, true);
  if (!ad_rel_rank(r, 1, rank)) return ad_rel_end(r, false);
  for (int i = 0; i + 1 < rank; i++)
    if (!ad_rel_same_dim(r, 0, i, 1, i)) return ad_rel_end(r, false);
  return ad_rel_end(r, true);
}

/* A sequence for each: its values in one row. */
static ad_array *search_batch(const ad_rule *r, const bool *batched, int64_t size) {
  ad_searchsorted_opts opts = {.side = r->attrs[0].as.text};
  ad_array *a = r->in[0], *v = r->in[1];
  int64_t dims[AD_MAX_RANK + 1] = {size};
  ad_shape shape = ad_array_shape(v);
  if (!batched[0] && ad_array_rank(a) == 1) return ad_searchsorted(a, v, &opts);
  if (!batched[0] || !batched[1]) {
    ad_array **one = batched[0] ? &v : &a;
    ad_shape own = ad_array_shape(*one);
    for (int i = 0; i < own.rank; i++) dims[i + 1] = own.dims[i];
    *one = ad_broadcast_to(*one, (ad_shape){own.rank + 1, dims});
    shape = ad_array_shape(v);
  }
  if (ad_array_rank(a) > 2) return ad_searchsorted(a, v, &opts);
  int64_t each = size ? ad_array_size(v) / size : 0;
  return ad_reshape(ad_searchsorted(a, ad_reshape(v, AD_SHAPE(size, each)), &opts), shape);
}

static const ad_field search_fields[] = {
    {.name = "side", .kind = AD_FIELD_TEXT, .text = "left|right", .doc = "before or behind equal ones"},
};

static double search_work(const ad_rule *r) { return ad__work_size(r->out) * ad__work_halvings(ad_array_dim(r->in[0], -1)); }

const ad_op ad__op_searchsorted = {
    AD_OP_HEAD(searchsorted),
    .params = "a, v",
    .doc = "Where each element of v would have to be put into a, which is in ascending order along its last axis, to keep that "
           "order: the number of elements that are smaller (side left), or smaller or equal (right). a has one axis, or as many "
           "as v with the same dims but for the last: a sequence for each row. NaN counts as the greatest. The result has v's "
           "shape and is uint32; where a is not in order, it is some number from 0 to the length.",
    .example = "ad_array *places = ad_searchsorted(edges, x, &(ad_searchsorted_opts){.side = \"right\"});",
    .group = "sorting",
    .inputs = 2,
    .outputs = 1,
    AD_FIELDS(search_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = search_dtypes,
    .dims = search_dims,
    .batch = search_batch,
    AD_DERIVS(AD_NO_DERIV("the result is an index"), AD_NO_DERIV("the result is an index")),
    .work = search_work,
    AD_SPELLINGS({"numpy",
                  "(lambda a, v: np.searchsorted(a, v, side=@side) if a.ndim == 1 else "
                  "np.array([np.searchsorted(x, y, side=@side) for x, y in zip(a.reshape(-1, a.shape[-1]), v.reshape(-1, v.shape[-1]))]).reshape(v.shape))($0, $1).astype(@out)"}),
    AD_SAMPLES({"float32[7], float32[2,30]", "", "ascending, small"}, {"int8[5], float64[]", "side=right", "ascending, small"},
               {"float64[2,9], float64[2,4]", "side=right", "ascending, small"}, {"bool[2], bool[3]", "", "ascending, small"},
               {"float16[3], float16[0]", "", "ascending, small"}, {"uint64[0], uint64[4]", "", "ascending, small"},
               {"complex64[5], complex64[40]", "", "ascending, small"}),
    AD_ERRORS({"float32[], float32[3]", "", AD_E_VALUE, "a has rank 0; a sequence is right"},
              {"float32[2,3], float32[3]", "", AD_E_VALUE, "rank"}, {"float32[2,3], float32[3,3]", "", AD_E_VALUE, "axis 0"}),
};

/* ---- isin ---- */

enum { ISIN_INVERT };

static ad_status isin_dims(ad_rel *r) { return ad_rel_end(r, ad_rel_same(r, 0, AD_REL_OUT(r, 0))); }

static ad_array *isin_compose(const ad_rule *r) {
  ad_array *a = r->in[0], *sorted = ad_sort(ad_reshape(r->in[1], AD_SHAPE(-1)), NULL), *found;
  int64_t n = ad_array_size(r->in[1]);
  if (n == 0) {
    found = ad_zeros_like(a, &(ad_zeros_like_opts){.dtype = AD_BOOL});
  } else {
    ad_array *at = ad_minimum(ad_searchsorted(sorted, a, NULL), ad_number_int(r->ctx, n - 1));
    found = ad_equal(ad_take(sorted, at, NULL), a);
  }
  return r->attrs[ISIN_INVERT].as.i ? ad_logical_not(found) : found;
}

static const ad_field isin_fields[] = {{.name = "invert", .kind = AD_FIELD_FLAG, .doc = "true for those that are not there"}};

const ad_op ad__op_isin = {
    AD_OP_HEAD(isin),
    .params = "a, test",
    .doc = "Which elements of a are among those of test, of any shape; NaN is never. The result has a's shape.",
    .example = "ad_array *known = ad_isin(x, y, NULL);",
    .group = "sorting",
    .inputs = 2,
    .outputs = 1,
    .flags = AD_OP_COMPOSITE,
    AD_FIELDS(isin_fields),
    .dtype_rule = AD_TYPE_COMPARE,
    .dims = isin_dims,
    .compose = isin_compose,
    AD_DERIVS(AD_NO_DERIV("the result is a comparison"), AD_NO_DERIV("the result is a comparison")),
    AD_SPELLINGS({"numpy", "np.isin($0, $1, invert=@invert)"}),
    AD_SAMPLES({"int32[3,4], int32[5]", "", "small"}, {"float32[6], int8[2,2]", "invert=true", "small"},
               {"float64[], float64[3]", "", "small"},
               {"int16[4], int16[0]", "", "small"}, {"bool[5], bool[1]", "", "bool"}, {"complex64[6], complex64[4]", "", "small"}),
    AD_ERRORS({"float32[3], -", "", AD_E_VALUE, "input 1 is NULL"}),
};
