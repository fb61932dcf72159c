/* Ops that only say where elements lie: no C is printed for them, their place is the input's with other strides. */
#include <string.h>
#include "emit/emit_c.h"
#include "ops/dims.h"

static c_place *begin(c_printer *p, const ad_array *a, c_place *from) {
  c_place *to = &p->places[a->serial];
  *from = p->places[ad__c_input(a, 0)->serial];
  *to = (c_place){.base = from->base, .number = from->number, .offset = from->offset};
  return to;
}

static const ad_type *input_type(const ad_array *a) { return a->in[0]->type; }

/* What does not lie in row-major order is copied first. */
static ad_status print_reshape(c_printer *p, const ad_array *a) {
  c_place from, *to = begin(p, a, &from), dense = {0};
  const ad_type *t = input_type(a);
  if (!from.base || ad__c_row_major(p, &from, t)) {
    ad__c_dense_strides(p, a->type, to->strides);
    return AD_OK;
  }
  *to = (c_place){0};
  dense.base = ad__c_target(p, a);
  ad__c_dense_strides(p, t, dense.strides);
  if (!t->size) return AD_OK;
  const char *index[AD_MAX_RANK];
  int opened = ad__c_open(p, t->rank, t->dims, index);
  ad__c_line(p, "%s = %s;", ad__c_element_of(p, &dense, t->dtype, t->rank, index),
             ad__c_element_of(p, &from, t->dtype, t->rank, index));
  ad__c_close(p, opened);
  return AD_OK;
}

static ad_status print_transpose(c_printer *p, const ad_array *a) {
  c_place from, *to = begin(p, a, &from);
  const ad_attr *axes = ad__attr(a, 0);
  int rank = a->type->rank;
  for (int i = 0; i < rank; i++) to->strides[i] = from.strides[axes->given ? axes->as.ints[i] : rank - 1 - i];
  return AD_OK;
}

static ad_status print_broadcast(c_printer *p, const ad_array *a) {
  c_place from, *to = begin(p, a, &from);
  const ad_type *t = input_type(a);
  int skip = a->type->rank - t->rank;
  for (int i = 0; i < t->rank; i++) to->strides[i + skip] = t->dims[i] == 1 ? 0 : from.strides[i];
  return AD_OK;
}

/* Axes of length 1 come and go. */
static ad_status print_ones(c_printer *p, const ad_array *a) {
  c_place from, *to = begin(p, a, &from);
  const ad_type *t = input_type(a);
  for (int i = 0, k = 0; i < a->type->rank; i++) {
    if (a->type->dims[i] == 1) continue;
    while (t->dims[k] == 1) k++;
    to->strides[i] = from.strides[k++];
  }
  return AD_OK;
}

static ad_status print_flip(c_printer *p, const ad_array *a) {
  c_place from, *to = begin(p, a, &from);
  const ad_attr *axes = ad__attr(a, 0);
  bool turned[AD_MAX_RANK];
  if (p->symbolic) return ad__c_refuse(p, a, "a flip beside symbolic dims; numbers for all dims are right");
  ad__axes_mark(axes, a->type->rank, turned);
  for (int i = 0; i < a->type->rank; i++) {
    bool turn = !axes->given || turned[i];
    to->strides[i] = turn ? -from.strides[i] : from.strides[i];
    if (turn && a->type->dims[i]) to->offset += from.strides[i] * (a->type->dims[i] - 1);
  }
  return AD_OK;
}

/* Where the elements of a slice begin. Of a symbol, which is as long as the slice needs, what counts from its end stays an expression. */
static int64_t first_of(const c_printer *p, int64_t n, int64_t start, int64_t stop, int64_t by) {
  if (!ad__c_is_symbolic(p, n)) return ad__slice_range(n, start, stop, by).first;
  return start < 0 ? ad_dim_sub(p->g->ctx, n, -start) : start;
}

static ad_status print_slice(c_printer *p, const ad_array *a) {
  c_place from, *to = begin(p, a, &from);
  const ad_attr *start = ad__attr(a, 0), *stop = ad__attr(a, 1), *step = ad__attr(a, 2);
  for (int i = 0; i < a->type->rank; i++) {
    int64_t by = step->given ? step->as.ints[i] : 1;
    if (p->symbolic && by < 0) return ad__c_refuse(p, a, "a negative step beside symbolic dims; numbers for all dims are right");
    to->strides[i] = a->type->dims[i] == 1 ? 0 : ad__c_times(p, from.strides[i], by);
    if (!a->type->size) continue;
    int64_t first = first_of(p, input_type(a)->dims[i], start->as.ints[i], stop->as.ints[i], by);
    to->offset = ad__c_plus(p, to->offset, ad__c_times(p, from.strides[i], first));
  }
  return AD_OK;
}

static ad_status print_diagonal(c_printer *p, const ad_array *a) {
  c_place from, *to = begin(p, a, &from);
  int64_t offset = ad__attr(a, 0)->as.i;
  int rank = input_type(a)->rank, out = 0;
  int axis1 = ad__axis_of(ad__attr(a, 1)->as.i, rank), axis2 = ad__axis_of(ad__attr(a, 2)->as.i, rank);
  for (int i = 0; i < rank; i++)
    if (i != axis1 && i != axis2) to->strides[out++] = from.strides[i];
  to->strides[out] = from.strides[axis1] + from.strides[axis2];
  if (a->type->size) to->offset += offset > 0 ? offset * from.strides[axis2] : -offset * from.strides[axis1];
  return AD_OK;
}

static ad_status print_same(c_printer *p, const ad_array *a) {
  p->places[a->serial] = p->places[ad__c_input(a, 0)->serial];
  return AD_OK;
}

/* Every element is one number. */
static ad_status print_filled(c_printer *p, const ad_array *a) {
  union {
    float f32; double f64; uint64_t bits;
  } one = {.bits = 1};
  bool ones = a->op->id == AD_OP_ones;
  char *number = ad__arena_zeroed(&p->arena, 16, 8);
  if (!number) return ad__fail(p->e, AD_E_MEMORY, "emit: out of memory");
  switch (ad_dtype_category(a->type->dtype)) {
  case AD_CATEGORY_FLOAT:
  case AD_CATEGORY_COMPLEX:
    if (a->type->dtype == AD_FLOAT16) one.bits = 0x3c00;
    else if (a->type->dtype == AD_BFLOAT16) one.bits = 0x3f80;
    else if (a->type->dtype == AD_FLOAT64 || a->type->dtype == AD_COMPLEX128) one.f64 = 1;
    else one.f32 = 1;
    break;
  default: break;
  }
  if (ones) memcpy(number, &one, sizeof one);
  if (ones && (a->type->dtype == AD_FLOAT32 || a->type->dtype == AD_COMPLEX64)) memset(number + 4, 0, 4);
  p->places[a->serial] = (c_place){.number = number};
  return AD_OK;
}

static const c_row rows[] = {
    {AD_OP_reshape, NULL, print_reshape, true},      {AD_OP_transpose, NULL, print_transpose, true},
    {AD_OP_broadcast_to, NULL, print_broadcast, true}, {AD_OP_expand_dims, NULL, print_ones, true},
    {AD_OP_squeeze, NULL, print_ones, true},         {AD_OP_flip, NULL, print_flip, false},
    {AD_OP_strided_slice, NULL, print_slice, true},  {AD_OP_diagonal, NULL, print_diagonal, false},
    {AD_OP_copy, NULL, print_same, true},            {AD_OP_contiguous, NULL, print_same, true},
    {AD_OP_barrier, NULL, print_same, true},         {AD_OP_zeros, NULL, print_filled, true},
    {AD_OP_ones, NULL, print_filled, true},          {AD_OP_empty, NULL, print_filled, true},
};

const c_row *ad__c_view_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id) return &rows[i];
  return NULL;
}
