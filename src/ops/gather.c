/* gather and scatter: reading and writing at places that index arrays name.
 *
 * One form covers indexing with several arrays, slices with a computed start, and their transposes:
 *   axes     the axes of a that are indexed, one index array for each; the arrays broadcast together
 *   batch    so many leading axes are shared: a, every index array and the dense side begin with them
 *   sizes    absent: the indexed axes vanish; else each stays with so many elements, the index naming the first
 *   at       before which of the axes that stay (behind the batch axes) the index dims lie in the dense side (gather's
 *            result, scatter's updates)
 *   outside  what an index that is out of range does
 * gather and scatter_add are each other's transpose with the same attributes; so gather can also read zeros outside,
 * and scatter can also clamp.
 * Invariant: negative indices count from the end, once. An index array given from memory is checked when the node is
 * made, others are data. Not here: the forms people write (array/index.c), compositions (take.c). */
#include <string.h>
#include "ir/ctx.h"
#include "ir/rel.h"
#include "ops/gather_rules.h"
#include "ops/index_check.h"


/* ---- Dtypes, and indices that are known ---- */

/* Index arrays begin at input `first`. */
static ad_status check_indices(const ad_rule *r, int first, char *why, size_t why_size) {
  const ad_attr *axes = &r->attrs[AD_GATHER_AXES], *sizes = &r->attrs[AD_GATHER_SIZES];
  for (int i = first; i < r->n; i++) {
    ad_status s = ad__index_check_dtype(r->in[i], why, why_size);
    if (s) return s;
    int k = i - first;
    if (k >= axes->count || (sizes->given && k >= sizes->count)) continue;
    s = ad__index_check_known(r->in[i], axes->as.ints[k], r->in[0]->type->dims[axes->as.ints[k]],
                              sizes->given ? sizes->as.ints[k] : 1, why, why_size);
    if (s) return s;
  }
  return AD_OK;
}

static ad_status gather_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  (void)in;
  out[0] = r->in[0]->type->dtype;
  return check_indices(r, 1, why, why_size);
}

static ad_status scatter_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size) {
  if (r->n < 2) {
    ad__format(why, why_size, "no updates; an array and its updates are right");
    return AD_E_VALUE;
  }
  in[1] = out[0] = in[0];
  return check_indices(r, 2, why, why_size);
}

/* ---- Shapes ---- */

/* The slots and attributes of a gather, or of a scatter read as one. */
typedef struct form {
  int a, dense, first, n; /* slots; index arrays first .. first + n - 1 */
  const ad_attr *axes, *sizes;
  int64_t at, batch; /* at counts from the front of the dense side */
} form;

static bool list_has(const ad_attr *list, int rank, int axis, int *which) {
  for (int k = 0; k < list->count; k++)
    if (list->as.ints[k] == axis || list->as.ints[k] + rank == axis) {
      *which = k;
      return true;
    }
  return false;
}

static bool check_form(ad_rel *r, const form *f) {
  if (f->n != f->axes->count)
    return ad_rel_fail(r, AD_E_VALUE, "index arrays: %d, axes: %d; one for each axis is right", f->n, f->axes->count);
  if (f->sizes->given && f->sizes->count != f->axes->count)
    return ad_rel_fail(r, AD_E_VALUE, "sizes: %d, axes: %d; one for each axis is right", f->sizes->count, f->axes->count);
  if (f->batch < 0)
    return ad_rel_fail(r, AD_E_VALUE, "batch or at is out of range; numbers of axes from 0 on are right");
  return true;
}

/* Ranks from each other: dense = a - dropped axes + index dims. Sets *dims, the number of index dims, or -1. */
static bool relate_ranks(ad_rel *r, const form *f, int *dims) {
  int dropped = f->sizes->given ? 0 : f->axes->count, unknown = -1;
  int batch = (int)f->batch;
  *dims = 0;
  for (int i = f->first; i < f->first + f->n; i++) {
    int rank = ad_rel_get_rank(r, i);
    if (rank < 0) unknown = i;
    else if (rank < batch) return ad_rel_rank_at_least(r, i, batch);
    else if (rank - batch > *dims) *dims = rank - batch;
  }
  int a = ad_rel_get_rank(r, f->a), dense = ad_rel_get_rank(r, f->dense);
  if (unknown >= 0) {
    bool single = f->n == 1 && a >= 0 && dense >= 0 && dense - a + dropped >= 0;
    *dims = single ? dense - a + dropped : -1;
    return single ? ad_rel_rank(r, unknown, *dims + batch) : ad_rel_later(r);
  }
  if (a < 0) {
    if (dense < 0 || dense - *dims + dropped < 0) return ad_rel_later(r);
    return ad_rel_rank(r, f->a, dense - *dims + dropped);
  }
  return ad_rel_rank(r, f->dense, a - dropped + *dims);
}

/* The index arrays broadcast together into the dense side's dims at .. at + dims. */
static bool relate_index_dims(ad_rel *r, const form *f, int dims) {
  ad_rel_slot part[AD_MAX_RANK + 1];
  int slots[AD_MAX_RANK], batch = (int)f->batch;
  for (int k = 0; k <= f->n; k++) {
    const ad_rel_slot *from = &r->slots[k < f->n ? f->first + k : f->dense];
    int skip = k < f->n ? batch : (int)f->at;
    part[k].missing = false;
    part[k].rank = k < f->n ? from->rank - batch : dims;
    memcpy(part[k].dims, from->dims + skip, (size_t)part[k].rank * sizeof *from->dims);
    if (k < f->n) slots[k] = k;
  }
  ad_rel sub = *r;
  sub.slots = part;
  sub.inputs = f->n;
  sub.outputs = 1;
  sub.later = false;
  sub.op = r->op;
  if (!ad_rel_broadcast(&sub, f->n, slots, f->n)) {
    r->failed = sub.failed;
    return false;
  }
  r->later |= sub.later;
  for (int k = 0; k <= f->n; k++)
    for (int i = 0; i < part[k].rank; i++) {
      int slot = k < f->n ? f->first + k : f->dense;
      if (part[k].dims[i] != AD_DIM_UNKNOWN && !ad_rel_dim(r, slot, i + (k < f->n ? batch : (int)f->at), part[k].dims[i]))
        return false;
    }
  return true;
}

static bool check_window(ad_rel *r, const form *f, int axis, int64_t size) {
  ad_dim n = ad_rel_get_dim(r, f->a, axis);
  if (size < 0 || (n >= 0 && size > n))
    return ad_rel_fail(r, AD_E_VALUE, "size %lld for axis %d of length %lld; from 0 to that length is right",
                       (long long)size, axis, (long long)n);
  return true;
}

/* The kept axes of a, in order, are the dense side's dims around the index dims; the batch axes are everybody's. */
static bool relate_kept_dims(ad_rel *r, const form *f, int dims) {
  int rank = ad_rel_get_rank(r, f->a), to = 0, which;
  for (int i = 0; i < rank; i++) {
    if (to == f->at && i >= f->batch) to += dims;
    if (list_has(f->axes, rank, i, &which)) {
      if (i < f->batch) return ad_rel_fail(r, AD_E_VALUE, "axis %d is one of the %d batch axes; a later one is right", i, (int)f->batch);
      if (!f->sizes->given) continue;
      if (!check_window(r, f, i, f->sizes->as.ints[which]) || !ad_rel_dim(r, f->dense, to++, f->sizes->as.ints[which]))
        return false;
      continue;
    }
    for (int k = f->first; i < f->batch && k < f->first + f->n; k++)
      if (!ad_rel_same_dim(r, f->a, i, k, i)) return false;
    if (!ad_rel_same_dim(r, f->a, i, f->dense, to++)) return false;
  }
  return true;
}

/* Reading from an axis without elements is refused, for there is nothing to clamp to. */
static bool check_readable(ad_rel *r, const form *f, int dims) {
  for (int i = 0; i < dims; i++) {
    ad_dim d = ad_rel_get_dim(r, f->dense, (int)f->at + i);
    if (d == 0 || d == AD_DIM_UNKNOWN) return true;
  }
  for (int k = 0; k < f->axes->count; k++)
    if (ad_rel_get_dim(r, f->a, (int)f->axes->as.ints[k]) == 0 && !f->sizes->given)
      return ad_rel_fail(r, AD_E_INDEX, "axis %d has length 0; it has no elements to read; an empty index is right",
                         (int)f->axes->as.ints[k]);
  return true;
}

static bool relate(ad_rel *r, const form *f, bool reads) {
  int dims;
  if (!check_form(r, f) || !relate_ranks(r, f, &dims)) return false;
  int rank = ad_rel_get_rank(r, f->a);
  if (dims < 0 || rank < 0) return ad_rel_later(r);
  int kept = rank - (f->sizes->given ? 0 : f->axes->count);
  if (f->batch > rank || f->at > kept)
    return ad_rel_fail(r, AD_E_VALUE, "batch %d and at %d; %d axes stay; at most so many together is right",
                       (int)f->batch, (int)(f->at - f->batch), kept);
  return relate_index_dims(r, f, dims) && relate_kept_dims(r, f, dims) && (!reads || check_readable(r, f, dims));
}

static form form_of(ad_rel *r, int dense, int first) {
  int64_t at = ad_rel_attr(r, AD_GATHER_AT)->as.i, batch = ad_rel_attr(r, AD_GATHER_BATCH)->as.i;
  if (at < 0 || at > AD_MAX_RANK || batch > AD_MAX_RANK) batch = -1;
  return (form){0, dense, first, ad_rel_inputs(r) - first, ad_rel_attr(r, AD_GATHER_AXES), ad_rel_attr(r, AD_GATHER_SIZES), at + batch, batch};
}

static ad_status gather_dims(ad_rel *r) {
  form f = form_of(r, AD_REL_OUT(r, 0), 1);
  return ad_rel_end(r, relate(r, &f, strcmp(ad_rel_attr(r, AD_GATHER_OUTSIDE)->as.text, "clamp") == 0));
}

static ad_status scatter_dims(ad_rel *r) {
  form f = form_of(r, 1, 2);
  return ad_rel_end(r, ad_rel_same(r, 0, AD_REL_OUT(r, 0)) && relate(r, &f, false) && ad_rel_same(r, 0, AD_REL_OUT(r, 0)));
}

/* ---- Descriptors ---- */

#define FORM_FIELDS(outside_choices, outside_doc)                                                                    \
  {.name = "axes", .kind = AD_FIELD_AXES, .flags = AD_FIELD_REQUIRED,                                               \
   .doc = "the axes of the first array that are indexed, one index array for each"},                               \
  {.name = "sizes", .kind = AD_FIELD_INTS,                                                                           \
   .doc = "elements taken of each axis from the index on, the axis stays; absent: one, and the axis vanishes"},     \
  {.name = "at", .kind = AD_FIELD_INT, .has_default = true,                                                          \
   .doc = "before which of the axes that stay, the batch axes not counted, the index dims lie"},                   \
  {.name = "batch", .kind = AD_FIELD_INT, .has_default = true,                                                       \
   .doc = "number of leading axes that all arrays share"},                                                          \
  {.name = "outside", .kind = AD_FIELD_TEXT, .text = outside_choices, .doc = outside_doc}

static const ad_field gather_fields[] = {
    FORM_FIELDS("clamp|zero", "an index out of range reads the nearest element, or zeros"),
};
static const ad_field scatter_fields[] = {
    FORM_FIELDS("drop|clamp", "an update whose index is out of range is dropped, or goes to the nearest element"),
};

#define INDICES_HAVE_NONE AD_NO_DERIV("an index is a choice")

#define PLACES "@axes?(, sizes=@sizes)?(, at=@at)?(, batch=@batch)?(, outside=@outside)"

/* The index arrays, inputs `first` on, as a tuple. */
static const char *with_indices(const ad_rule *r, const char *call, int first, char *out, size_t size) {
  size_t n = ad__format(out, size, "%s(", call);
  for (int i = first; i < r->n; i++) n += ad__format(out + n, size - n, i > first ? ", $%d" : "$%d", i);
  ad__format(out + n, size - n, r->n == first + 1 ? ",), " PLACES ")" : "), " PLACES ")");
  return out;
}

static const char *gather_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  const ad_attr *axes = &r->attrs[AD_GATHER_AXES];
  if (strcmp(target, "numpy") != 0) return NULL;
  bool plain = axes->count == 1 && !r->attrs[AD_GATHER_SIZES].given && r->attrs[AD_GATHER_AT].as.i == axes->as.ints[0] &&
               !r->attrs[AD_GATHER_BATCH].as.i && strcmp(r->attrs[AD_GATHER_OUTSIDE].as.text, "zero") != 0;
  if (!plain) return with_indices(r, "gather($0, ", 1, out, size);
  ad__format(out, size, "np.take($0, $1, axis=%lld)", (long long)axes->as.ints[0]);
  return out;
}

static const char *scatter_spell(const ad_rule *r, const char *target, char *out, size_t size) {
  char call[48];
  if (strcmp(target, "numpy") != 0) return NULL;
  ad__format(call, sizeof call, "%s($0, $1, ", r->op->name);
  return with_indices(r, call, 2, out, size);
}

const ad_op ad__op_gather = {
    AD_OP_HEAD(gather),
    .params = "arrays",
    .doc = "The elements of arrays[0] at the places that the other arrays name: one integer array for each entry of axes, "
           "broadcast together. The result has the axes of arrays[0] that stay, with the index dims in between. Negative "
           "indices count from the end.",
    .example = "ad_array *y = ad_gather(c, (ad_array *[]){x, rows, columns}, 3, AD_AXES(0, 1), NULL);",
    .group = "indexing",
    .inputs = AD_INPUTS_ANY,
    .outputs = 1,
    AD_FIELDS(gather_fields),
    .dtype_rule = AD_TYPE_FUNCTION,
    .dtypes = gather_dtypes,
    .dims = gather_dims,
    AD_DERIVS(AD_LINEAR('A'), INDICES_HAVE_NONE),
    .transpose = ad__gather_transpose,
    .spell = gather_spell,
    .batch = ad__gather_batch,
    AD_SAMPLES({"float32[5,3], int32[4]", "axes=[0]", "normal, signed_index:5"},
               {"float64[2,5,3], uint32[2,2]", "axes=[1], at=1", "normal, index:5"},
               {"complex64[4,5], int64[3,1], uint8[2]", "axes=[0, -1]", "normal, signed_index:4, index:5"},
               {"int16[6,4], int16[]", "axes=[0], sizes=[2]", "small, index:4"},
               {"bool[2,3,4], int8[2,5]", "axes=[2], batch=1, outside=\"zero\"", "bool, lazy_index:6"},
               {"bfloat16[3,0], int32[0]", "axes=[0]", "normal, index:3"}, {"float16[7], int32[]", "axes=[0]", "normal, index:7"}),
    AD_ERRORS({"float32[3], float32[2]", "axes=[0]", AD_E_TYPE, "indices of dtype float32; integers are right"},
              {"float32[3,2], int32[2]", "axes=[0, 1]", AD_E_VALUE, "index arrays: 1, axes: 2"},
              {"float32[3,2], int32[2], int32[3]", "axes=[0, 1]", AD_E_VALUE, "shapes (2) and (3) do not broadcast"},
              {"float32[3,2], int32[2]", "axes=[2]", AD_E_INDEX, "axes 2; it is out of range for rank 2"},
              {"float32[0,2], int32[2]", "axes=[0]", AD_E_INDEX, "axis 0 has length 0"},
              {"float32[3], int32[]", "axes=[0], sizes=[4]", AD_E_VALUE, "size 4 for axis 0 of length 3"},
              {"float32[3], int32[]", "axes=[0], at=1", AD_E_VALUE, "batch 0 and at 1; 0 axes stay"}),
};

#define SCATTER_HEAD(name, does, sample)                                                                              \
    AD_OP_HEAD(name),                                                                                                \
    .params = "arrays",                                                                                              \
    .doc = "arrays[0] with the updates arrays[1] " does " at the places that the other arrays name, one integer array " \
           "for each entry of axes, broadcast together. The updates have the shape that gather would read there, and "   \
           "count in row-major order. Negative indices count from the end.",                                           \
    .example = "ad_array *y = ad_" #name "(c, (ad_array *[]){x, updates, rows}, 3, AD_AXES(0), NULL);",              \
    .group = "indexing",                                                                                              \
    .inputs = AD_INPUTS_ANY,                                                                                          \
    .outputs = 1,                                                                                                     \
    AD_FIELDS(scatter_fields),                                                                                        \
    .dtype_rule = AD_TYPE_FUNCTION,                                                                                   \
    .dtypes = scatter_dtypes,                                                                                         \
    .dims = scatter_dims,                                                                                             \
    .batch = ad__gather_batch,                                                                                        \
    .spell = scatter_spell,                                                                                           \
    AD_SAMPLES({"float32[5,3], float32[4,3], int32[4]", "axes=[0]", "normal, normal, signed_index:5"},                \
               {"float64[2,5,3], float64[2,2,2,3], uint32[2,2]", "axes=[1], at=1", "normal, normal, index:5"},        \
               {"float32[4,5], float64[3,2], int64[3,1], uint8[2]", "axes=[0, -1]",                                   \
                "normal, normal, signed_index:4, index:5"},                                                          \
               {"float32[6,4], float32[2,4], int16[]", "axes=[0], sizes=[2]", "normal, normal, index:4"},             \
               {"float32[2,3,4], float32[2,5,3], int8[2,5]", "axes=[2], batch=1", "normal, normal, lazy_index:6"},  \
               {"bfloat16[3,0], bfloat16[0,0], int32[0]", "axes=[0]", "normal, normal, index:3"},                     \
               sample),                                                                                               \
    AD_ERRORS({"float32[3], float32[2], float32[2]", "axes=[0]", AD_E_TYPE, "indices of dtype float32; integers are right"}, \
              {"float32[3,2], float32[2,3], int32[2]", "axes=[0]", AD_E_VALUE, "axis 1 is 3; 2 is right"},            \
              {"float32[3]", "axes=[0]", AD_E_VALUE, "no updates; an array and its updates are right"})

#define COMPLEX_SAMPLE {"complex64[4], complex64[6], int32[6]", "axes=[0]", "normal, normal, index:4"}
#define BOOL_SAMPLE {"bool[4], bool[6], int32[6]", "axes=[0]", "bool, bool, index:4"}

const ad_op ad__op_scatter = {
    SCATTER_HEAD(scatter, "in place of the elements; the last one wins", COMPLEX_SAMPLE),
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('A'), INDICES_HAVE_NONE),
    .transpose = ad__scatter_transpose,
};

const ad_op ad__op_scatter_add = {
    SCATTER_HEAD(scatter_add, "added to the elements", COMPLEX_SAMPLE),
    AD_DERIVS(AD_LINEAR('A'), AD_LINEAR('A'), INDICES_HAVE_NONE),
    .transpose = ad__scatter_add_transpose,
};

const ad_op ad__op_scatter_multiply = {
    SCATTER_HEAD(scatter_multiply, "multiplied into the elements", COMPLEX_SAMPLE),
    AD_DERIVS(AD_SMOOTH, AD_SMOOTH, INDICES_HAVE_NONE),
    .vjp = ad__scatter_multiply_vjp,
};

const ad_op ad__op_scatter_maximum = {
    SCATTER_HEAD(scatter_maximum, "where they are larger than the elements", BOOL_SAMPLE),
    .accepts = AD_ACCEPT_BOOL | AD_ACCEPT_REAL,
    AD_DERIVS(AD_SMOOTH, AD_SMOOTH, INDICES_HAVE_NONE),
    .vjp = ad__scatter_extreme_vjp,
};

const ad_op ad__op_scatter_minimum = {
    SCATTER_HEAD(scatter_minimum, "where they are smaller than the elements", BOOL_SAMPLE),
    .accepts = AD_ACCEPT_BOOL | AD_ACCEPT_REAL,
    AD_DERIVS(AD_SMOOTH, AD_SMOOTH, INDICES_HAVE_NONE),
    .vjp = ad__scatter_extreme_vjp,
};
