/* Window reductions in C: loops over windows around loops over the elements of each.
 *
 * Here are maxima, sums of whole numbers, and matches; sums that round are in c_taps.c. Transposes (window_spread, window_match with
 * spread) walk the same windows and add to the elements, those of half types in an array of float. */
#include <string.h>
#include "emit/emit_c.h"
#include "ops/window_rules.h"

/* Opens the loop over the elements of window `o` along an axis of n; names an element's index. Returns the blocks. */
static int open_window(c_printer *p, ad_window w, int64_t n, const char *o, const char **index) {
  if (w.adaptive) {
    const char *at = ad__c_name(p, "at");
    ad__c_line(p, "for (int64_t %s = (int64_t)%s * %lld / %lld; %s < (((int64_t)%s + 1) * %lld + %lld) / %lld; %s++) {", at, o,
               (long long)n, (long long)w.size, at, o, (long long)n, (long long)w.size - 1, (long long)w.size, at);
    p->depth++;
    *index = at;
    return 1;
  }
  const char *tap, *left = w.stride == 1 ? o : ad__c_format(p, "%s * %lld", o, (long long)w.stride);
  int opened = ad__c_open(p, 1, &w.size, &tap);
  const char *right = w.dilation == 1 ? tap : ad__c_format(p, "%s * %lld", tap, (long long)w.dilation);
  *index = ad__c_format(p, "%s + %s", left, right);
  if (w.low == 0 && w.high <= 0) return opened;
  const char *at = ad__c_name(p, "at");
  ad__c_line(p, "const %s %s = %s - %lld;", p->index_type, at, *index, (long long)w.low);
  ad__c_line(p, "if (%s >= 0 && %s < %lld) {", at, at, (long long)n);
  p->depth++;
  *index = at;
  return opened + 1;
}

/* Opens the loops over a window's elements in an array of type t; `inside` takes the index of an element. */
static int open_elements(c_printer *p, const ad_array *a, const ad_type *t, const char *const *window, const char **inside) {
  const ad_attr *at = a->attrs->at, *axes = &at[AD_WINDOW_AXES];
  int opened = 0;
  for (int i = 0; i < t->rank; i++) {
    inside[i] = window[i];
    for (int k = 0; k < axes->count; k++)
      if (axes->as.ints[k] == i) opened += open_window(p, ad__window_of(at, k), t->dims[i], window[i], &inside[i]);
  }
  return opened;
}

static bool is_float(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_FLOAT; }
static bool rounds(ad_dtype t) { return ad_dtype_category(t) >= AD_CATEGORY_FLOAT; }

/* Two numbers that are equal, or both NaN. */
static const char *alike(c_printer *p, const char *x, const char *y) {
  return ad__c_format(p, "%s == %s || (%s != %s && %s != %s)", x, y, x, x, y, y);
}

/* An element in the dtype computed in. */
static const char *load(c_printer *p, const ad_array *a, const char *const *index) {
  return ad__c_cast(p, ad__c_element(p, a, index), a->type->dtype, ad__c_computed(a->type->dtype));
}

/* Only where the key's element and the window's own are alike, when it is a match. Returns the blocks. */
static int open_match(c_printer *p, const ad_array *a, int key, int own, const char *const *inside, const char *const *window) {
  if (a->op->id != AD_OP_window_match) return 0;
  ad__c_line(p, "if (%s) {", alike(p, load(p, ad__c_input(a, key), inside), load(p, ad__c_input(a, own), window)));
  p->depth++;
  return 1;
}

/* Of each window its elements joined. */
static ad_status print_joined(c_printer *p, const ad_array *a, int op, const char *wish, const char *start) {
  const ad_array *x = ad__c_input(a, 0);
  const char *window[AD_MAX_RANK], *inside[AD_MAX_RANK];
  ad_dtype t = a->type->dtype, lane = ad__c_computed(t);
  ad__c_target(p, a);
  int opened = ad__c_open(p, a->type->rank, a->type->dims, window);
  const char *all = ad__c_name(p, wish);
  ad__c_line(p, "%s %s = %s;", ad__c_type(lane), all, start);
  int deep = open_elements(p, a, x->type, window, inside);
  deep += open_match(p, a, 1, 2, inside, window);
  ad__c_line(p, "%s = %s;", all, ad__c_apply(p, op, lane, all, load(p, x, inside)));
  ad__c_close(p, deep);
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, window), ad__c_cast(p, all, lane, t));
  ad__c_close(p, opened);
  return AD_OK;
}

static ad_status print_sums(c_printer *p, const ad_array *a) { return print_joined(p, a, AD_OP_add, "sum", "0"); }
static ad_status print_max(c_printer *p, const ad_array *a) {
  return print_joined(p, a, AD_OP_maximum, "largest", ad__c_worst(ad__c_computed(a->type->dtype), true));
}

/* Each window's number to all its elements. */
static ad_status print_spread(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0);
  const char *window[AD_MAX_RANK], *inside[AD_MAX_RANK];
  ad_dtype t = a->type->dtype, lane = ad__c_computed(t);
  ad__c_target(p, a);
  c_place to = p->places[a->serial];
  if (lane != t) to.base = ad__c_room(p, ad__c_type(lane), "sums", a->type->size);
  int opened = ad__c_open(p, a->type->rank, a->type->dims, inside);
  ad__c_line(p, "%s = 0;", ad__c_element_of(p, &to, lane, a->type->rank, inside));
  ad__c_close(p, opened);
  opened = ad__c_open(p, x->type->rank, x->type->dims, window);
  opened += open_elements(p, a, a->type, window, inside);
  opened += open_match(p, a, 1, 2, inside, window);
  const char *sum = ad__c_element_of(p, &to, lane, a->type->rank, inside);
  ad__c_line(p, "%s = %s;", sum, ad__c_apply(p, AD_OP_add, lane, sum, load(p, x, window)));
  ad__c_close(p, opened);
  if (lane != t) ad__c_copy_back(p, a, lane, to.base);
  return AD_OK;
}

static bool is_exact(const ad_array *a) { return !rounds(a->type->dtype); }
static ad_status print_match(c_printer *p, const ad_array *a) {
  return ad__attr(a, AD_WINDOW_MORE)->as.i ? print_spread(p, a) : print_sums(p, a);
}

/* The number of an element along the axes, in the order given. */
static const char *number_of(c_printer *p, const ad_array *a, const ad_type *t, const char *const *inside) {
  const ad_attr *axes = ad__attr(a, AD_WINDOW_AXES);
  const char *number = NULL;
  for (int k = 0; k < axes->count; k++) {
    int axis = (int)axes->as.ints[k];
    number = number ? ad__c_format(p, "(%s) * %lld + (%s)", number, (long long)t->dims[axis], inside[axis]) : inside[axis];
  }
  return number;
}

static ad_status print_argmax(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0);
  const char *window[AD_MAX_RANK], *inside[AD_MAX_RANK];
  ad_dtype t = x->type->dtype, lane = ad__c_computed(t);
  ad__c_target(p, a);
  int opened = ad__c_open(p, a->type->rank, a->type->dims, window);
  const char *best = ad__c_name(p, "best"), *where = ad__c_name(p, "where"), *v = ad__c_name(p, "v"), *number = ad__c_name(p, "number");
  ad__c_line(p, "%s %s = %s;", ad__c_type(lane), best, ad__c_worst(lane, true));
  ad__c_line(p, "uint32_t %s = UINT32_MAX;", where);
  int deep = open_elements(p, a, x->type, window, inside);
  ad__c_line(p, "const %s %s = %s;", ad__c_type(lane), v, ad__c_cast(p, ad__c_element(p, x, inside), t, lane));
  ad__c_line(p, "const uint32_t %s = (uint32_t)(%s);", number, number_of(p, a, x->type, inside));
  const char *better = is_float(lane) ? ad__c_format(p, "%s > %s || (%s != %s && %s == %s)", v, best, v, v, best, best) : ad__c_format(p, "%s > %s", v, best);
  ad__c_line(p, "if (%s || ((%s) && %s < %s)) {", better, is_float(lane) ? alike(p, v, best) : ad__c_format(p, "%s == %s", v, best), number, where);
  ad__c_line(p, "  %s = %s;", best, v);
  ad__c_line(p, "  %s = %s;", where, number);
  ad__c_line(p, "}");
  ad__c_close(p, deep);
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, window), where);
  ad__c_close(p, opened);
  return AD_OK;
}

static const c_row rows[] = {
    {AD_OP_window_sum, is_exact, print_sums, false}, {AD_OP_window_spread, is_exact, print_spread, false}, {AD_OP_window_max, NULL, print_max, false},
    {AD_OP_window_argmax, NULL, print_argmax, false}, {AD_OP_window_match, NULL, print_match, false},
};

const c_row *ad__c_windows_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id && (!rows[i].can || rows[i].can(a))) return &rows[i];
  return NULL;
}
