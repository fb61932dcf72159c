/* Ops with loops of their own: running sums, matrices of zeros and ones, ranges, tables, bits as another dtype, random bits.
 *
 * Running sums of single precision are carried in double, as the library's are. Not here: reductions (c_reductions.c), products
 * (c_products.c), ops that read or write at computed places (c_indexing.c). */
#include <math.h>
#include <string.h>
#include "emit/emit_c.h"
#include "ops/creation.h"
#include "ops/dims.h"

static bool is_float(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_FLOAT; }

static bool is_complex(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_COMPLEX; }

/* ---- Running sums ---- */

static ad_status print_cumsum(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0);
  const ad_type *t = x->type;
  const ad_attr *axis = ad__attr(a, 0);
  bool reverse = ad__attr(a, 1)->as.i, exclusive = ad__attr(a, 2)->as.i, flat = !axis->given;
  int64_t outer[AD_MAX_RANK] = {0}, inner[AD_MAX_RANK] = {0};
  const char *index[AD_MAX_RANK], *along[AD_MAX_RANK], *at = NULL;
  ad_dtype lane = is_float(a->type->dtype) ? AD_FLOAT64 : is_complex(a->type->dtype) ? AD_COMPLEX128 : a->type->dtype;
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
    ad__c_line(p, "%s %s = %s;", p->index_type, at, reverse && t->size ? ad__c_format(p, "%s - 1", ad__c_size(p, ad__c_count(p, t))) : "0");
  }
  int deep = ad__c_open(p, t->rank, inner, along);
  for (int k = 0; k < t->rank; k++) {
    if (inner[k] == 1) along[k] = index[k];
    else if (reverse) along[k] = ad__c_is_symbolic(p, t->dims[k]) ? ad__c_format(p, "%s - 1 - %s", ad__c_size(p, t->dims[k]), along[k])
                                                                                : ad__c_format(p, "%s - %s", ad__c_size(p, t->dims[k] - 1), along[k]);
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

/* ---- Ranges ---- */

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

/* ---- Tables that follow from a formula ---- */

/* "double x": a number of double precision as C. */
static const char *number(c_printer *p, double v) { return ad__c_number(p, AD_FLOAT64, (const char *)&v); }

static void print_formula(c_printer *p, const ad_array *a, const char *i, const char *x, int opened) {
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, &i), ad__c_cast(p, x, AD_FLOAT64, a->type->dtype));
  ad__c_close(p, opened);
}

static ad_status print_linspace(c_printer *p, const ad_array *a) {
  enum { START, STOP, NUM, HALF_OPEN };
  double start = ad__attr(a, START)->as.f[0], stop = ad__attr(a, STOP)->as.f[0];
  int64_t parts = a->type->dims[0] - !ad__attr(a, HALF_OPEN)->as.i;
  bool ends = parts >= 1 && parts < a->type->dims[0]; /* the last element is stop itself */
  if (parts < 1) parts = INT64_MAX;
  double step = (stop - start) / (double)parts;
  const char *i;
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  int opened = ad__c_open(p, 1, a->type->dims, &i);
  const char *x = fabs(step) > 0 || step != step
                      ? ad__c_format(p, "%s + (double)%s * %s", number(p, start), i, number(p, step))
                      : ad__c_format(p, "%s + (double)%s / %s * %s", number(p, start), i, number(p, (double)parts), number(p, stop - start));
  if (ends && a->type->dims[0] > 1) x = ad__c_format(p, "%s == %lld ? %s : %s", i, (long long)parts, number(p, stop), x);
  ad_category kind = ad_dtype_category(a->type->dtype);
  x = kind == AD_CATEGORY_INT || kind == AD_CATEGORY_UINT ? ad__c_format(p, "floor(%s)", x) : ad__c_format(p, "(%s)", x);
  print_formula(p, a, i, x, opened);
  return AD_OK;
}

/* w0 + w1 cos(t) + w2 cos(2t), counted from the middle. */
static ad_status print_cosines(c_printer *p, const ad_array *a, double w0, double w1, double w2) {
  int64_t parts = a->type->dims[0] - 1;
  const char *i;
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  int opened = ad__c_open(p, 1, a->type->dims, &i);
  if (!parts) {
    print_formula(p, a, i, "1.0", opened);
    return AD_OK;
  }
  const char *t = ad__c_name(p, "t");
  ad__c_line(p, "const double %s = 3.141592653589793 * (double)(2 * %s - %lld) / %s;", t, i, (long long)parts, number(p, (double)parts));
  print_formula(p, a, i, ad__c_format(p, "(%s + %s * ad_f64_cos(%s) + %s * ad_f64_cos(2 * %s))", number(p, w0), number(p, w1), t, number(p, w2), t), opened);
  return AD_OK;
}

static ad_status print_hanning(c_printer *p, const ad_array *a) { return print_cosines(p, a, 0.5, 0.5, 0); }
static ad_status print_hamming(c_printer *p, const ad_array *a) { return print_cosines(p, a, 0.54, 0.46, 0); }
static ad_status print_blackman(c_printer *p, const ad_array *a) { return print_cosines(p, a, 0.42, 0.5, 0.08); }

static ad_status print_bartlett(c_printer *p, const ad_array *a) {
  int64_t parts = a->type->dims[0] - 1;
  const char *i;
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  int opened = ad__c_open(p, 1, a->type->dims, &i);
  const char *x = !parts ? "1.0" : ad__c_format(p, "(1 - fabs((double)(2 * %s - %lld)) / %s)", i, (long long)parts, number(p, (double)parts));
  print_formula(p, a, i, x, opened);
  return AD_OK;
}

/* ---- Bits as another dtype ---- */

static ad_status print_view(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0);
  const char *out = ad__c_target(p, a);
  if (a->type->size) ad__c_line(p, "memcpy(%s, %s, %zu);", out, ad__c_dense(p, x, x->type->dtype, "bits"), a->type->bytes);
  return AD_OK;
}

/* ---- Random bits ---- */

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
    {AD_OP_cumsum, NULL, print_cumsum, true}, {AD_OP_tri, NULL, print_tri, false},   {AD_OP_eye, NULL, print_eye, false},
    {AD_OP_arange, NULL, print_arange, false},     {AD_OP_iota, NULL, print_iota, false},
    {AD_OP_linspace, NULL, print_linspace, false},   {AD_OP_bartlett, NULL, print_bartlett, false}, {AD_OP_hanning, NULL, print_hanning, false},
    {AD_OP_hamming, NULL, print_hamming, false},     {AD_OP_blackman, NULL, print_blackman, false}, {AD_OP_view, NULL, print_view, false},
    {AD_OP_random_bits, NULL, print_random_bits, false},
};

const c_row *ad__c_structural_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id && (!rows[i].can || rows[i].can(a))) return &rows[i];
  return NULL;
}
