/* Ops with loops of their own: reductions, running sums, products, ranges, random bits.
 *
 * Sums of float and half types are added in double, in row-major order, which is at least as exact as the library's tree; products
 * are added in the lane's own type, in row-major order. Not here: ops that read or write at
 * computed places (c_indexing.c). */
#include <string.h>
#include "emit/emit_c.h"
#include "ops/creation.h"
#include "ops/dims.h"

static bool is_float(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_FLOAT; }

/* ---- Reductions ---- */

typedef struct reduction {
  const ad_array *x;
  bool reduced[AD_MAX_RANK];
  int64_t kept_lengths[AD_MAX_RANK], reduced_lengths[AD_MAX_RANK]; /* 1 for the axes of the other kind */
  const char *index[AD_MAX_RANK]; /* of x */
  const char *out;                /* the element of the result */
  int opened;
} reduction;

/* Opens the loops over the axes that stay. */
static void open_kept(c_printer *p, const ad_array *a, const ad_attr *axes, reduction *r) {
  r->x = ad__c_input(a, 0);
  const ad_type *t = r->x->type;
  ad__axes_mark(axes, t->rank, r->reduced);
  for (int i = 0; i < t->rank; i++) {
    if (!axes->given) r->reduced[i] = true;
    r->kept_lengths[i] = r->reduced[i] ? 1 : t->dims[i];
    r->reduced_lengths[i] = r->reduced[i] ? t->dims[i] : 1;
  }
  ad__c_target(p, a);
  r->opened = ad__c_open(p, t->rank, r->kept_lengths, r->index);
  const char *own[AD_MAX_RANK];
  bool keeps = a->type->rank == t->rank;
  int n = 0;
  for (int i = 0; i < t->rank; i++)
    if (keeps || !r->reduced[i]) own[n++] = r->index[i];
  r->out = ad__c_element(p, a, own);
}

/* Opens those over the axes that vanish; the element is then that of x. */
static int open_reduced(c_printer *p, reduction *r, const char **element) {
  const char *inner[AD_MAX_RANK], *all[AD_MAX_RANK];
  int opened = ad__c_open(p, r->x->type->rank, r->reduced_lengths, inner);
  for (int i = 0; i < r->x->type->rank; i++) all[i] = r->reduced[i] ? inner[i] : r->index[i];
  *element = ad__c_element(p, r->x, all);
  return opened;
}

/* `acc` joined with every element by an elementwise op of dtype lane. */
static void print_fold(c_printer *p, const ad_array *a, int op, ad_dtype lane, const char *wish, const char *start) {
  reduction r;
  const char *element, *acc;
  open_kept(p, a, ad__attr(a, 0), &r);
  acc = ad__c_name(p, wish);
  ad__c_line(p, "%s %s = %s;", ad__c_type(lane), acc, start);
  int inner = open_reduced(p, &r, &element);
  element = ad__c_cast(p, element, r.x->type->dtype, lane);
  if (op == AD_OP_add && is_float(lane)) ad__c_line(p, "%s += %s;", acc, element);
  else if (op == AD_OP_multiply && is_float(lane)) ad__c_line(p, "%s *= %s;", acc, element);
  else ad__c_line(p, "%s = %s;", acc, ad__c_apply(p, op, lane, acc, element));
  ad__c_close(p, inner);
  ad__c_line(p, "%s = %s;", r.out, ad__c_cast(p, acc, lane, a->type->dtype));
  ad__c_close(p, r.opened);
}

static ad_dtype sum_lane(const ad_array *a) { return is_float(a->type->dtype) ? AD_FLOAT64 : a->type->dtype; }
static bool is_complex(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_COMPLEX; }

static ad_status print_sum(c_printer *p, const ad_array *a) {
  ad_dtype lane = sum_lane(a);
  print_fold(p, a, AD_OP_add, lane, "sum", is_complex(lane) ? "{0, 0}" : "0");
  return AD_OK;
}

static ad_status print_prod(c_printer *p, const ad_array *a) {
  ad_dtype lane = sum_lane(a);
  print_fold(p, a, AD_OP_multiply, lane, "product", is_complex(lane) ? "{1, 0}" : "1");
  return AD_OK;
}

static ad_status print_all(c_printer *p, const ad_array *a) {
  print_fold(p, a, AD_OP_logical_and, AD_BOOL, "all", "1");
  return AD_OK;
}

static ad_status print_any(c_printer *p, const ad_array *a) {
  print_fold(p, a, AD_OP_logical_or, AD_BOOL, "any", "0");
  return AD_OK;
}

const char *ad__c_worst(ad_dtype t, bool largest) {
  static const char *const least[AD_DTYPE_COUNT] = {
      [AD_BOOL] = "0", [AD_UINT8] = "0", [AD_UINT16] = "0", [AD_UINT32] = "0", [AD_UINT64] = "0", [AD_INT8] = "INT8_MIN",
      [AD_INT16] = "INT16_MIN", [AD_INT32] = "INT32_MIN", [AD_INT64] = "INT64_MIN", [AD_FLOAT32] = "-INFINITY",
      [AD_FLOAT64] = "-INFINITY"};
  static const char *const most[AD_DTYPE_COUNT] = {
      [AD_BOOL] = "1", [AD_UINT8] = "UINT8_MAX", [AD_UINT16] = "UINT16_MAX", [AD_UINT32] = "UINT32_MAX",
      [AD_UINT64] = "UINT64_MAX", [AD_INT8] = "INT8_MAX", [AD_INT16] = "INT16_MAX", [AD_INT32] = "INT32_MAX",
      [AD_INT64] = "INT64_MAX", [AD_FLOAT32] = "INFINITY", [AD_FLOAT64] = "INFINITY"};
  return largest ? least[t] : most[t];
}

static ad_status print_max(c_printer *p, const ad_array *a) {
  ad_dtype lane = ad__c_computed(a->type->dtype);
  print_fold(p, a, AD_OP_maximum, lane, "largest", ad__c_worst(lane, true));
  return AD_OK;
}

static ad_status print_min(c_printer *p, const ad_array *a) {
  ad_dtype lane = ad__c_computed(a->type->dtype);
  print_fold(p, a, AD_OP_minimum, lane, "smallest", ad__c_worst(lane, false));
  return AD_OK;
}

static bool can_order(const ad_array *a) { return !is_complex(a->in[0]->type->dtype); }

/* The place of the first extreme; the first NaN is one. */
static void print_arg(c_printer *p, const ad_array *a, const char *compare) {
  const ad_attr *axis = ad__attr(a, 0), axes = {.given = axis->given, .count = 1, .as.ints = &axis->as.i};
  reduction r;
  const char *element;
  open_kept(p, a, &axes, &r);
  ad_dtype lane = ad__c_computed(r.x->type->dtype);
  const char *best = ad__c_name(p, "best"), *at = ad__c_name(p, "at"), *where = ad__c_name(p, "where"), *v = ad__c_name(p, "v");
  ad__c_line(p, "%s %s = 0;", ad__c_type(lane), best);
  ad__c_line(p, "uint32_t %s = 0, %s = 0;", where, at);
  int inner = open_reduced(p, &r, &element);
  ad__c_line(p, "const %s %s = %s;", ad__c_type(lane), v, ad__c_cast(p, element, r.x->type->dtype, lane));
  if (is_float(lane)) ad__c_line(p, "if (%s == 0 || %s %s %s || (%s != %s && %s == %s)) {", at, v, compare, best, v, v, best, best);
  else ad__c_line(p, "if (%s == 0 || %s %s %s) {", at, v, compare, best);
  ad__c_line(p, "  %s = %s;", best, v);
  ad__c_line(p, "  %s = %s;", where, at);
  ad__c_line(p, "}");
  ad__c_line(p, "%s++;", at);
  ad__c_close(p, inner);
  ad__c_line(p, "%s = %s;", r.out, where);
  ad__c_close(p, r.opened);
}

static ad_status print_argmax(c_printer *p, const ad_array *a) {
  print_arg(p, a, ">");
  return AD_OK;
}

static ad_status print_argmin(c_printer *p, const ad_array *a) {
  print_arg(p, a, "<");
  return AD_OK;
}

/* ---- Running sums ---- */

static ad_status print_cumsum(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0);
  const ad_type *t = x->type;
  const ad_attr *axis = ad__attr(a, 0);
  bool reverse = ad__attr(a, 1)->as.i, exclusive = ad__attr(a, 2)->as.i, flat = !axis->given;
  int64_t outer[AD_MAX_RANK] = {0}, inner[AD_MAX_RANK] = {0};
  const char *index[AD_MAX_RANK], *along[AD_MAX_RANK], *at = NULL;
  ad_dtype lane = sum_lane(a);
  ad__c_target(p, a);
  for (int k = 0; k < t->rank; k++) {
    outer[k] = flat || k == axis->as.i ? 1 : t->dims[k];
    inner[k] = flat || k == axis->as.i ? t->dims[k] : 1;
  }
  int opened = ad__c_open(p, t->rank, outer, index);
  const char *sum = ad__c_name(p, "sum");
  ad__c_line(p, "%s %s = %s;", ad__c_type(lane), sum, is_complex(lane) ? "{0, 0}" : "0");
  if (flat) {
    at = ad__c_name(p, "at");
    ad__c_line(p, "%s %s = %lld;", p->index_type, at, reverse && t->size ? (long long)t->size - 1 : 0LL);
  }
  int deep = ad__c_open(p, t->rank, inner, along);
  for (int k = 0; k < t->rank; k++) {
    if (inner[k] == 1) along[k] = index[k];
    else if (reverse) along[k] = ad__c_format(p, "%lld - %s", (long long)t->dims[k] - 1, along[k]);
  }
  const char *element = ad__c_cast(p, ad__c_element(p, x, along), t->dtype, lane);
  const char *out = flat ? ad__c_element(p, a, &at) : ad__c_element(p, a, along);
  if (exclusive) ad__c_line(p, "%s = %s;", out, ad__c_cast(p, sum, lane, a->type->dtype));
  if (is_float(lane)) ad__c_line(p, "%s += %s;", sum, element);
  else ad__c_line(p, "%s = %s;", sum, ad__c_apply(p, AD_OP_add, lane, sum, element));
  if (!exclusive) ad__c_line(p, "%s = %s;", out, ad__c_cast(p, sum, lane, a->type->dtype));
  if (flat) ad__c_line(p, reverse ? "%s--;" : "%s++;", at);
  ad__c_close(p, deep + opened);
  return AD_OK;
}

/* ---- Matrices of zeros and ones ---- */

static void print_where_diagonal(c_printer *p, const ad_array *a, const char *compare) {
  const char *index[2];
  ad__c_target(p, a);
  int opened = ad__c_open(p, 2, a->type->dims, index);
  const char *test = ad__c_format(p, "%s - %s %s %lld", index[1], index[0], compare, (long long)ad__attr(a, 2)->as.i);
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, index), ad__c_cast(p, test, AD_BOOL, a->type->dtype));
  ad__c_close(p, opened);
}

static ad_status print_tri(c_printer *p, const ad_array *a) {
  print_where_diagonal(p, a, "<=");
  return AD_OK;
}

static ad_status print_eye(c_printer *p, const ad_array *a) {
  print_where_diagonal(p, a, "==");
  return AD_OK;
}

/* ---- Products ---- */

enum { BATCH_A, BATCH_B, SUM_A, SUM_B };

static int position(const ad_attr *list, int axis) {
  for (int i = 0; list->given && i < list->count; i++)
    if (list->as.ints[i] == axis) return i;
  return -1;
}

static ad_status print_contract(c_printer *p, const ad_array *a) {
  const ad_attr *at = a->attrs->at;
  const ad_array *in[2] = {ad__c_input(a, 0), ad__c_input(a, 1)};
  ad_dtype lane = ad__c_computed(a->type->dtype);
  const char *outer[AD_MAX_RANK], *inner[AD_MAX_RANK], *index[2][AD_MAX_RANK];
  int64_t depths[AD_MAX_RANK];
  int sums = at[SUM_A].given ? at[SUM_A].count : 0, next = at[BATCH_A].given ? at[BATCH_A].count : 0;
  ad__c_target(p, a);
  int opened = ad__c_open(p, a->type->rank, a->type->dims, outer);
  for (int k = 0; k < sums; k++) depths[k] = in[0]->type->dims[at[SUM_A].as.ints[k]];
  const char *sum = ad__c_name(p, "sum");
  ad__c_line(p, "%s %s = %s;", ad__c_type(lane), sum, is_complex(lane) ? "{0, 0}" : "0");
  int deep = ad__c_open(p, sums, depths, inner);
  for (int side = 0; side < 2; side++)
    for (int i = 0; i < in[side]->type->rank; i++) {
      int batch = position(&at[side ? BATCH_B : BATCH_A], i), summed = position(&at[side ? SUM_B : SUM_A], i);
      index[side][i] = batch >= 0 ? outer[batch] : summed >= 0 ? inner[summed] : outer[next++];
    }
  const char *x = ad__c_cast(p, ad__c_element(p, in[0], index[0]), in[0]->type->dtype, lane);
  const char *y = ad__c_cast(p, ad__c_element(p, in[1], index[1]), in[1]->type->dtype, lane);
  if (is_float(lane)) ad__c_line(p, "%s += %s * %s;", sum, x, y);
  else ad__c_line(p, "%s = %s;", sum, ad__c_apply(p, AD_OP_add, lane, sum, ad__c_apply(p, AD_OP_multiply, lane, x, y)));
  ad__c_close(p, deep);
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, outer), ad__c_cast(p, sum, lane, a->type->dtype));
  ad__c_close(p, opened);
  return AD_OK;
}

/* ---- Ranges and random bits ---- */

static void print_range(c_printer *p, const ad_array *a, const ad_range *range) {
  const char *i;
  ad__c_target(p, a);
  int opened = ad__c_open(p, 1, a->type->dims, &i);
  const char *out = ad__c_element(p, a, &i);
  const char *x = range->whole
                      ? ad__c_format(p, "(int64_t)%s * %lld + %lld", i, (long long)range->by, (long long)range->first)
                      : ad__c_format(p, "%s + (double)%s * %s", ad__c_number(p, AD_FLOAT64, (const char *)&range->start), i,
                                     ad__c_number(p, AD_FLOAT64, (const char *)&range->step));
  ad__c_line(p, "%s = %s;", out, ad__c_cast(p, x, range->whole ? AD_INT64 : AD_FLOAT64, a->type->dtype));
  ad__c_close(p, opened);
}

static ad_status print_arange(c_printer *p, const ad_array *a) {
  ad_range range;
  ad_status s = ad__range_between(ad__attr(a, 0)->as.f[0], ad__attr(a, 1)->as.f[0], ad__attr(a, 2)->as.f[0], a->type->dtype,
                                  &range, p->e);
  if (!s) print_range(p, a, &range);
  return s;
}

static ad_status print_iota(c_printer *p, const ad_array *a) {
  ad_range range;
  ad_status s = ad__range_counted(ad__attr(a, 0)->as.i, ad__attr(a, 1)->as.i, ad__attr(a, 2)->as.i, a->type->dtype, &range, p->e);
  if (!s) print_range(p, a, &range);
  return s;
}

static ad_status print_random_bits(c_printer *p, const ad_array *a) {
  const ad_array *key = ad__c_input(a, 0);
  int rank = key->type->rank;
  int64_t keys = key->type->size / 2, bytes = keys ? (int64_t)a->type->bytes / keys : 0, words = (bytes + 3) / 4;
  const char *out = ad__c_target(p, a), *index[AD_MAX_RANK], *name = ad__c_name(p, "key");
  if (!a->type->size) return AD_OK;
  const char *room = ad__c_room(p, "uint32_t", "words", words);
  int opened = ad__c_open(p, rank - 1, key->type->dims, index);
  const char *from = "0";
  int64_t step = bytes / (int64_t)a->type->item_size;
  for (int i = rank - 2; i >= 0; i--) {
    if (strcmp(index[i], "0") != 0)
      from = ad__c_format(p, strcmp(from, "0") ? "%s * %lld + %s" : "%s * %lld", index[i], (long long)step, from);
    step *= key->type->dims[i];
  }
  index[rank - 1] = "0";
  const char *first = ad__c_element(p, key, index);
  index[rank - 1] = "1";
  ad__c_line(p, "const uint32_t %s[2] = {%s, %s};", name, first, ad__c_element(p, key, index));
  ad__c_line(p, "ad_threefry_fill(%s, %lld, 0, %lld, %s);", name, (long long)words, (long long)((words + 1) / 2), room);
  ad__c_line(p, "memcpy(%s + %s, %s, %lld);", out, from, room, (long long)bytes);
  ad__c_close(p, opened);
  return AD_OK;
}

static const c_row rows[] = {
    {AD_OP_sum, NULL, print_sum},           {AD_OP_prod, NULL, print_prod},
    {AD_OP_all, NULL, print_all},           {AD_OP_any, NULL, print_any},
    {AD_OP_max, can_order, print_max},      {AD_OP_min, can_order, print_min},
    {AD_OP_argmax, can_order, print_argmax}, {AD_OP_argmin, can_order, print_argmin},
    {AD_OP_cumsum, NULL, print_cumsum},     {AD_OP_tri, NULL, print_tri},
    {AD_OP_eye, NULL, print_eye},
    {AD_OP_contract, NULL, print_contract},
    {AD_OP_arange, NULL, print_arange},     {AD_OP_iota, NULL, print_iota},
    {AD_OP_random_bits, NULL, print_random_bits},
};

const c_row *ad__c_structural_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id && (!rows[i].can || rows[i].can(a))) return &rows[i];
  return NULL;
}
