/* Blocks whose values need not be tensors: shapes, sizes, tuples, lists, slices and their items.
 *
 * Each is a rule that runs in the solver, so that what can be known of a shape is known while a model is wired, and again when
 * it runs. What is said here of tuples holds of lists. */
#include <adamant/index.h>
#include <adamant/ops.h>
#include "model/logical.h"

static bool is_sequence(const ad_literal *v) { return v->kind == AD_LITERAL_TUPLE || v->kind == AD_LITERAL_LIST; }

/* ---- Shapes ---- */

static const ad_literal *shape_value(ad_look *l) {
  int rank;
  ad_dim dims[AD_MAX_RANK];
  const ad_literal *items[AD_MAX_RANK];
  if (!ad__look_shape(l, l->in[0], &rank, dims)) return NULL;
  for (int i = 0; i < rank; i++)
    if (!(items[i] = ad__look_int(l, dims[i]))) return NULL;
  return ad__look_items(l, AD_LITERAL_TUPLE, items, rank);
}
static const ad_value_rule shape_rule = {.in = AD_IS_TENSOR, .out = AD_IS_TUPLE, .value = shape_value};

const ad_block_desc ad__block_Shape = {
    .name = "Shape",
    .doc = "The dims of a tensor, as a tuple.",
    .group = "values",
    .rule = &shape_rule,
};

enum { SIZE_DIM };
static const ad_field size_params[] = {
    {.name = "dim", .kind = AD_FIELD_INTS, .doc = "one axis or several, whose sizes are multiplied; absent: all"},
};

static const ad_literal *size_value(ad_look *l) {
  int rank;
  ad_dim dims[AD_MAX_RANK];
  int64_t product = 1;
  if (!ad__look_shape(l, l->in[0], &rank, dims)) return NULL;
  const ad_attr *axes = &l->params[SIZE_DIM];
  int n = axes->given ? axes->count : rank;
  for (int i = 0; i < n; i++) {
    int64_t axis = axes->given ? axes->as.ints[i] : i;
    if (axis < -rank || axis >= rank) return ad__look_fail(l, AD_E_VALUE, "dim %lld of a tensor of rank %d; -%d to %d is right", (long long)axis, rank, rank, rank - 1);
    ad_dim d = dims[axis < 0 ? axis + rank : axis];
    if (n == 1) return ad__look_int(l, d);
    if (!ad_dim_is_number(d)) return NULL;
    product *= d;
  }
  return ad__look_int(l, product);
}
static const ad_value_rule size_rule = {.in = AD_IS_TENSOR, .out = AD_IS_INT, .value = size_value};

const ad_block_desc ad__block_Size = {
    .name = "Size",
    .doc = "The number of elements, or the size of axes.",
    .group = "values",
    AD_BLOCK_PARAMS(size_params),
    .wired = "dim",
    .rule = &size_rule,
};

static const ad_literal *length_value(ad_look *l) {
  int rank;
  ad_dim dims[AD_MAX_RANK];
  if (is_sequence(l->in[0])) return ad__look_int(l, l->in[0]->count);
  if (!ad__look_shape(l, l->in[0], &rank, dims)) return NULL;
  return rank ? ad__look_int(l, dims[0]) : ad__look_fail(l, AD_E_VALUE, "the length of a value without axes; a tensor, tuple or list is right");
}
static const ad_value_rule length_rule = {.in = AD_IS_TENSOR | AD_IS_TUPLE | AD_IS_LIST, .out = AD_IS_INT, .value = length_value};

const ad_block_desc ad__block_Length = {
    .name = "Length",
    .doc = "The size of the first axis, or the number of items.",
    .group = "values",
    .rule = &length_rule,
};

/* ---- Tuples and lists ---- */

static const ad_field count_params[] = {
    {.name = "n", .kind = AD_FIELD_INT, .flags = AD_FIELD_REQUIRED, .doc = "how many there are"},
};
static const ad_block_terminal items_terminals[] = {
    {.name = "input", .times = "n", .doc = "an item, of any kind"},
    {.name = "output", .output = true, .doc = "all of them, in order"},
};

static const ad_literal *list_value(ad_look *l) { return ad__look_items(l, AD_LITERAL_LIST, l->in, l->inputs); }
static const ad_literal *tuple_value(ad_look *l) { return ad__look_items(l, AD_LITERAL_TUPLE, l->in, l->inputs); }
static const ad_value_rule list_rule = {.out = AD_IS_LIST, .value = list_value};
static const ad_value_rule tuple_rule = {.out = AD_IS_TUPLE, .value = tuple_value};

const ad_block_desc ad__block_ToList = {
    .name = "ToList",
    .doc = "A list of its inputs.",
    .group = "values",
    .wired = "",
    AD_BLOCK_PARAMS(count_params),
    AD_BLOCK_TERMINALS(items_terminals),
    .standard_inputs = "",
    .rule = &list_rule,
};

const ad_block_desc ad__block_ToTuple = {
    .name = "ToTuple",
    .doc = "A tuple of its inputs.",
    .group = "values",
    .wired = "",
    AD_BLOCK_PARAMS(count_params),
    AD_BLOCK_TERMINALS(items_terminals),
    .standard_inputs = "",
    .rule = &tuple_rule,
};

/* The items of every tuple, those that are none as themselves. */
static const ad_literal *union_value(ad_look *l) {
  const ad_literal *items[64];
  int n = 0;
  for (int i = 0; i < l->inputs; i++) {
    const ad_literal *v = l->in[i];
    if (v->kind == AD_LITERAL_EDGE) return NULL;
    for (int k = 0; k < (is_sequence(v) ? v->count : 1); k++) {
      if (n == 64) return ad__look_fail(l, AD_E_VALUE, "more than 64 items");
      items[n++] = is_sequence(v) ? v->as.items[k] : v;
    }
  }
  return ad__look_items(l, AD_LITERAL_TUPLE, items, n);
}
static const ad_value_rule union_rule = {.in = AD_IS_NUMBER | AD_IS_TUPLE | AD_IS_LIST, .out = AD_IS_TUPLE, .value = union_value};

const ad_block_desc ad__block_PrimitiveUnion = {
    .name = "PrimitiveUnion",
    .doc = "One tuple of the numbers and of the items of the tuples it is given.",
    .group = "values",
    .wired = "",
    AD_BLOCK_PARAMS(count_params),
    AD_BLOCK_TERMINALS(items_terminals),
    .standard_inputs = "",
    .rule = &union_rule,
};

/* ---- Slices and items ---- */

static const ad_block_terminal slice_terminals[] = {
    {.name = "start", .doc = "the first index, or none"},
    {.name = "stop", .doc = "the index behind the last, or none"},
    {.name = "step", .doc = "the distance, or none"},
    {.name = "output", .output = true, .doc = "start:stop:step"},
};
static const ad_literal *slice_value(ad_look *l) { return ad__look_items(l, AD_LITERAL_SLICE, l->in, l->inputs); }
static const ad_value_rule slice_rule = {.in = AD_IS_INT | AD_IS_NONE, .out = AD_IS_SLICE, .value = slice_value};

const ad_block_desc ad__block_Slice = {
    .name = "Slice",
    .doc = "A slice, for Indexer.",
    .group = "values",
    AD_BLOCK_TERMINALS(slice_terminals),
    .standard_inputs = "",
    .rule = &slice_rule,
};

/* Where a slice begins, how far it goes and how many it has, of n; false: a step of 0. */
static bool slice_range(const ad_literal *s, int64_t n, int64_t *start, int64_t *step, int64_t *count) {
  const ad_literal *a = s->as.items[0], *b = s->as.items[1], *c = s->as.items[2];
  *step = c->kind == AD_LITERAL_INT ? c->as.i : 1;
  if (!*step) return false;
  int64_t low = *step > 0 ? 0 : -1, high = *step > 0 ? n : n - 1;
  int64_t from = a->kind == AD_LITERAL_INT ? a->as.i + (a->as.i < 0 ? n : 0) : *step > 0 ? low : high;
  int64_t to = b->kind == AD_LITERAL_INT ? b->as.i + (b->as.i < 0 ? n : 0) : *step > 0 ? high : low;
  from = from < low ? low : from > high ? high : from;
  to = to < low ? low : to > high ? high : to;
  int64_t distance = *step > 0 ? to - from : from - to, stride = *step > 0 ? *step : -*step;
  *start = from;
  *count = distance > 0 ? (distance + stride - 1) / stride : 0;
  return true;
}

static const ad_literal *item_of(ad_look *l, const ad_literal *v, const ad_literal *index) {
  int64_t i = index->as.i, n = v->count, start, step, count;
  if (index->kind == AD_LITERAL_INT) {
    if (i < -n || i >= n) return ad__look_fail(l, AD_E_VALUE, "index %lld of %lld items; -%lld to %lld is right", (long long)i, (long long)n, (long long)n, (long long)n - 1);
    return v->as.items[i < 0 ? i + n : i];
  }
  if (index->kind != AD_LITERAL_SLICE) return ad__look_fail(l, AD_E_TYPE, "an index of items that is no integer and no slice; one of these is right");
  if (!slice_range(index, n, &start, &step, &count)) return ad__look_fail(l, AD_E_VALUE, "a slice with step 0; another step is right");
  const ad_literal **items = ad__arena_array(l->arena, (size_t)count + 1, sizeof *items, 8);
  if (!items) return ad__look_fail(l, AD_E_MEMORY, "out of memory");
  for (int64_t k = 0; k < count; k++) items[k] = v->as.items[start + k * step];
  return ad__look_items(l, v->kind, items, (int)count);
}

static const ad_literal *indexer_value(ad_look *l) {
  const ad_literal *v = l->in[0], *index = l->in[1];
  return is_sequence(v) && ad__literal_is_known(index) ? item_of(l, v, index) : NULL;
}

/* One entry of an index into a tensor. */
static bool index_entry(ad_look *l, const ad_literal *v, ad_index_item *out) {
  const ad_literal *a = v->kind == AD_LITERAL_SLICE ? v->as.items[0] : v;
  switch (v->kind) {
  case AD_LITERAL_INT: *out = AD_AT(v->as.i); return true;
  case AD_LITERAL_NONE: *out = AD_NEWAXIS; return true;
  case AD_LITERAL_ELLIPSIS: *out = AD_ELLIPSIS; return true;
  case AD_LITERAL_ARRAY:
    *out = ad_array_dtype(v->as.array) == AD_BOOL ? AD_MASK(v->as.array) : AD_TAKE(v->as.array);
    return true;
  case AD_LITERAL_SLICE:
    *out = AD_RANGE(a->kind == AD_LITERAL_INT ? a->as.i : AD_BEGIN, v->as.items[1]->kind == AD_LITERAL_INT ? v->as.items[1]->as.i : AD_END,
                    v->as.items[2]->kind == AD_LITERAL_INT ? v->as.items[2]->as.i : 1);
    return true;
  default: return ad__look_fail(l, AD_E_TYPE, "an index of a kind that no tensor has; an integer, a slice, none, ... or a tensor is right") != NULL;
  }
}

static ad_array *indexer_compute(ad_look *l) {
  const ad_literal *index = l->in[1];
  int n = is_sequence(index) ? index->count : 1;
  ad_index_item items[2 * AD_MAX_RANK];
  if (l->in[0]->kind != AD_LITERAL_ARRAY || n > 2 * AD_MAX_RANK)
    return ad__look_error(l, AD_E_TYPE, "what is indexed is no tensor, tuple or list, or has too many indices");
  for (int i = 0; i < n; i++)
    if (!index_entry(l, is_sequence(index) ? index->as.items[i] : index, &items[i])) return ad__look_error(l, l->err->code, l->err->text);
  return ad_index_at(l->where, l->in[0]->as.array, items, n);
}

/* Dims behind an index of integers, slices, none and "..."; those that tensors pick are known when the model runs. */
static bool indexer_shape(ad_look *l, int *rank, ad_dim *out) {
  const ad_literal *index = l->in[1];
  ad_dim dims[AD_MAX_RANK];
  int have, n = is_sequence(index) ? index->count : 1, taken = 0, axis = 0;
  if (!ad__literal_is_known(index) || !ad__look_shape(l, l->in[0], &have, dims)) return false;
  for (int i = 0; i < n; i++) {
    const ad_literal *v = is_sequence(index) ? index->as.items[i] : index;
    if (v->kind == AD_LITERAL_ARRAY) return false;
    taken += v->kind == AD_LITERAL_INT || v->kind == AD_LITERAL_SLICE;
  }
  if (taken > have) return ad__look_fail(l, AD_E_VALUE, "%d indices into a tensor of rank %d; at most %d are right", taken, have, have) != NULL;
  *rank = 0;
  for (int i = 0; i < n; i++) {
    const ad_literal *v = is_sequence(index) ? index->as.items[i] : index;
    int64_t start, step, count;
    if (*rank + have - axis > AD_MAX_RANK) return false;
    if (v->kind == AD_LITERAL_NONE) out[(*rank)++] = 1;
    else if (v->kind == AD_LITERAL_ELLIPSIS) {
      for (int k = 0; k < have - taken; k++) out[(*rank)++] = dims[axis++];
      taken = have;
    } else if (v->kind == AD_LITERAL_INT) axis++;
    else {
      ad_dim d = dims[axis++];
      bool whole = v->as.items[0]->kind == AD_LITERAL_NONE && v->as.items[1]->kind == AD_LITERAL_NONE && v->as.items[2]->kind == AD_LITERAL_NONE;
      if (!whole && ad_dim_is_number(d) && !slice_range(v, d, &start, &step, &count)) return ad__look_fail(l, AD_E_VALUE, "a slice with step 0; another step is right") != NULL;
      out[(*rank)++] = whole ? d : ad_dim_is_number(d) ? count : AD_DIM_UNKNOWN;
    }
  }
  while (axis < have) out[(*rank)++] = dims[axis++];
  return true;
}

static const ad_value_rule indexer_rule = {.value = indexer_value, .shape = indexer_shape, .compute = indexer_compute};
static const ad_block_terminal indexer_terminals[] = {
    {.name = "input", .doc = "a tensor, tuple or list"},
    {.name = "index", .doc = "an integer, a slice, none, ..., a tensor of integers or bools, or a tuple of these"},
    {.name = "output", .output = true, .doc = "what it picks"},
};

const ad_block_desc ad__block_Indexer = {
    .name = "Indexer",
    .doc = "input[index].",
    .group = "values",
    AD_BLOCK_TERMINALS(indexer_terminals),
    .rule = &indexer_rule,
    AD_BLOCK_SAMPLES({"index=1", "input: 2, 3", "normal"}, {"index=(..., 0:2)", "input: 2, 3", "normal"}),
};

/* ---- Handing on ---- */

static const ad_literal *buffer_value(ad_look *l) { return l->in[0]; }
static const ad_value_rule buffer_rule = {.value = buffer_value};

const ad_block_desc ad__block_Buffer = {
    .name = "Buffer",
    .doc = "Its input.",
    .group = "values",
    .rule = &buffer_rule,
    AD_BLOCK_SAMPLES({"", "input: 2, 3", "normal"}),
};
