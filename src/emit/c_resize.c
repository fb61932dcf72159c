/* resize and its transpose in C: tables of first elements, counts and weights for each axis, and loops over them.
 *
 * The transpose walks the elements of the resized array and adds to those they are made of; of half types it is refused, for sums
 * would be rounded at each step. So are interpolated complex numbers, and tables longer than a source should hold. */
#include "emit/emit_c.h"
#include "ops/resize_taps.h"

enum { MOST_ENTRIES = 1 << 16 };

typedef struct resize_tables {
  const char *first, *count, *weights; /* weights[o * most + j]; NULL: nearest elements have none */
  int64_t most;
} resize_tables;

static ad_resize_axis axis_of(const ad_array *a, int k, bool transpose) {
  const ad_attr *at = a->attrs->at;
  int axis = (int)at[AD_RESIZE_AXES].as.ints[k];
  int64_t in = ad__c_input(a, 0)->type->dims[axis], out = a->type->dims[axis];
  return ad__resize_axis_of(at, k, transpose ? out : in, transpose ? in : out);
}

static int64_t most_of(const ad_resize_axis *g) {
  int64_t most = 1, first;
  for (int64_t o = 0; o < g->out; o++) {
    int64_t count = ad__resize_run(g, o, &first);
    if (count > most) most = count;
  }
  return most;
}

static resize_tables print_tables(c_printer *p, const ad_resize_axis *g) {
  resize_tables t = {.first = ad__c_name(p, "first"), .count = ad__c_name(p, "count"), .most = most_of(g)};
  bool weighted = g->method > AD_RESIZE_NEAREST_EXACT;
  int64_t first;
  ad__text_fmt(&p->data, "  static const int %s[] = {", t.first);
  for (int64_t o = 0; o < g->out; o++) ad__resize_run(g, o, &first), ad__text_fmt(&p->data, o ? ", %lld" : "%lld", (long long)first);
  ad__text_add(&p->data, "};\n");
  if (!weighted) return t;
  t.weights = ad__c_name(p, "weights");
  ad__text_fmt(&p->data, "  static const int %s[] = {", t.count);
  for (int64_t o = 0; o < g->out; o++) ad__text_fmt(&p->data, o ? ", %lld" : "%lld", (long long)ad__resize_run(g, o, &first));
  ad__text_fmt(&p->data, "};\n  static const double %s[] = {", t.weights);
  for (int64_t o = 0; o < g->out; o++) {
    int64_t count = ad__resize_run(g, o, &first);
    double total = ad__resize_total(g, o, first, count);
    for (int64_t j = 0; j < t.most; j++)
      ad__text_fmt(&p->data, o || j ? ", %.17g" : "%.17g", j < count ? ad__resize_weight(g, o, first + j) / total : 0.0);
  }
  ad__text_add(&p->data, "};\n");
  return t;
}

/* Opens the loops over the elements that one of the resized array is made of; their weight, NULL when it is 1. */
static int open_taps(c_printer *p, const ad_array *a, bool transpose, const char *const *resized, const char **index,
                     const char **weight) {
  const ad_attr *axes = &a->attrs->at[AD_RESIZE_AXES];
  int opened = 0;
  *weight = NULL;
  for (int i = 0; i < a->type->rank; i++) index[i] = resized[i];
  for (int k = 0; k < axes->count; k++) {
    int axis = (int)axes->as.ints[k];
    ad_resize_axis g = axis_of(a, k, transpose);
    resize_tables t = print_tables(p, &g);
    index[axis] = ad__c_format(p, "%s[%s]", t.first, resized[axis]);
    if (!t.weights) continue;
    const char *j = ad__c_name(p, "j");
    ad__c_line(p, "for (int %s = 0; %s < %s[%s]; %s++) {", j, j, t.count, resized[axis], j);
    p->depth++, opened++;
    index[axis] = ad__c_format(p, "%s + %s", index[axis], j);
    const char *w = ad__c_format(p, "%s[%s * %lld + %s]", t.weights, resized[axis], (long long)t.most, j);
    *weight = *weight ? ad__c_format(p, "%s * %s", *weight, w) : w;
  }
  return opened;
}

static ad_status print_resize(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0);
  const char *out[AD_MAX_RANK], *index[AD_MAX_RANK], *weight;
  ad_dtype t = a->type->dtype;
  bool nearest = ad__resize_method_of(a->attrs->at) <= AD_RESIZE_NEAREST_EXACT;
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  int opened = ad__c_open(p, a->type->rank, a->type->dims, out);
  const char *sum = nearest ? NULL : ad__c_name(p, "sum");
  if (sum) ad__c_line(p, "double %s = 0;", sum);
  int deep = open_taps(p, a, false, out, index, &weight);
  const char *element = ad__c_element(p, x, index);
  if (sum) ad__c_line(p, "%s += %s * %s;", sum, weight, ad__c_cast(p, element, t, AD_FLOAT64));
  ad__c_close(p, deep);
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, out), sum ? ad__c_cast(p, sum, AD_FLOAT64, t) : element);
  ad__c_close(p, opened);
  return AD_OK;
}

static ad_status print_resize_transpose(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0);
  const char *resized[AD_MAX_RANK], *index[AD_MAX_RANK], *weight;
  ad__c_target(p, a);
  int opened = ad__c_open(p, a->type->rank, a->type->dims, index);
  ad__c_line(p, "%s = 0;", ad__c_element(p, a, index));
  ad__c_close(p, opened);
  if (!x->type->size) return AD_OK;
  opened = ad__c_open(p, x->type->rank, x->type->dims, resized);
  opened += open_taps(p, a, true, resized, index, &weight);
  const char *term = ad__c_element(p, x, resized);
  if (weight) term = ad__c_cast(p, ad__c_format(p, "%s * %s", weight, term), AD_FLOAT64, a->type->dtype);
  ad__c_line(p, "%s += %s;", ad__c_element(p, a, index), term);
  ad__c_close(p, opened);
  return AD_OK;
}

static bool fits_tables(const ad_array *a, bool transpose) {
  for (int k = 0; k < ad__attr(a, AD_RESIZE_AXES)->count; k++) {
    ad_resize_axis g = axis_of(a, k, transpose);
    if (g.out > MOST_ENTRIES || g.out * most_of(&g) > MOST_ENTRIES) return false;
  }
  return true;
}
static bool can_resize(const ad_array *a) {
  bool nearest = ad__resize_method_of(a->attrs->at) <= AD_RESIZE_NEAREST_EXACT;
  return fits_tables(a, false) && (nearest || ad_dtype_category(a->type->dtype) == AD_CATEGORY_FLOAT);
}
static bool can_transpose(const ad_array *a) {
  return fits_tables(a, true) && (a->type->dtype == AD_FLOAT32 || a->type->dtype == AD_FLOAT64);
}

static const c_row rows[] = {
    {AD_OP_resize, can_resize, print_resize, false},
    {AD_OP_resize_transpose, can_transpose, print_resize_transpose, false},
};

const c_row *ad__c_resize_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id && (!rows[i].can || rows[i].can(a))) return &rows[i];
  return NULL;
}
