/* The different elements of an array. How many there are depends on the values, so the array is evaluated.
 *
 * Sorted, equal elements are neighbours, and the sort is stable, so that each run begins with the element that came first.
 * All results are made of the order and of where runs begin, by ordinary ops; the elements are read from the array itself, so that
 * derivatives pass. */
#include <adamant/index.h>
#include <adamant/ops.h>
#include "ir/ctx.h"
#include "ops/apply.h"

typedef struct runs {
  ad_place where;
  ad_ctx *ctx;
  ad_array *flat, *order; /* the elements as one axis, and the order that sorts them */
  ad_array *begins;       /* for each of the sorted: is it another than the one before? */
  ad_array *starts;       /* where runs begin among the sorted */
} runs;

static ad_array *slice(const runs *r, ad_array *a, int64_t from, int64_t to) {
  return ad_strided_slice_at(r->where, a, AD_INTS(from), AD_INTS(to), NULL);
}

/* Is each sorted element but the first another than the one before? */
static ad_array *differs(const runs *r, int64_t n) {
  ad_array *sorted = ad_take_at(r->where, r->flat, r->order, NULL);
  return ad_not_equal_at(r->where, slice(r, sorted, 1, n), slice(r, sorted, 0, n - 1));
}

/* NULL, or the error. */
static ad_array *find_runs(runs *r, ad_place where, ad_array *a) {
  int64_t n = ad_array_size(a);
  *r = (runs){.where = where, .ctx = a->ctx, .flat = ad_reshape_at(where, a, AD_SHAPE(n))};
  r->order = ad_argsort_at(where, r->flat, NULL);
  r->begins = ad_ones_at(where, r->ctx, AD_SHAPE(n < 1 ? n : 1), &(ad_ones_opts){.dtype = AD_BOOL});
  if (n > 1) r->begins = ad_concatenate_at(where, r->ctx, (ad_array *[]){r->begins, differs(r, n)}, 2, NULL);
  if (ad_eval(r->order)) return r->order;
  r->starts = ad_item_at(where, ad_nonzero_at(where, r->begins), 0);
  return ad_is_error(r->starts) ? r->starts : NULL;
}

static ad_array *indices(const runs *r) { return ad_take_at(r->where, r->order, r->starts, NULL); }
static ad_array *values(const runs *r) { return ad_take_at(r->where, r->flat, indices(r), NULL); }

static ad_array *counts(const runs *r) {
  ad_array *end = ad_cast_at(r->where, ad_number_int_at(r->where, r->ctx, ad_array_size(r->flat)), AD_UINT32);
  ad_array *all[] = {ad_cast_at(r->where, r->starts, AD_UINT32), ad_reshape_at(r->where, end, AD_SHAPE(1))};
  return ad_diff_at(r->where, ad_concatenate_at(r->where, r->ctx, all, 2, NULL), NULL, NULL, NULL);
}

/* The number of the run that each element is in. */
static ad_array *inverse(const runs *r, ad_array *a) {
  ad_array *begun = ad_cumsum_at(r->where, r->begins, &(ad_cumsum_opts){.dtype = AD_UINT32});
  ad_array *run = ad_subtract_at(r->where, begun, ad_number_int_at(r->where, r->ctx, 1));
  ad_array *placed = ad_put_along_axis_at(r->where, run, r->order, run, &(ad_put_along_axis_opts){.axis = AD_INT(0)});
  return ad_reshape_at(r->where, placed, ad_array_shape(a));
}

enum { VALUES = 1, INDICES = 2, INVERSE = 4, COUNTS = 8 };

/* Those results, in that order; a tuple where they are several. */
static ad_array *unique(ad_place where, ad_array *a, int wanted) {
  if (!a || ad__is_error(a)) return a ? a : ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL);
  ad_scope *s = ad_scope_begin(a->ctx);
  ad_array *parts[4], *failed;
  runs r;
  int n = 0;
  if (a->type->kind != AD_KIND_TENSOR) {
    failed = ad__node_error(a->ctx, where, NULL, AD_E_TYPE, "unique: a tuple; one array is right");
    return ad_scope_end(s, failed);
  }
  failed = find_runs(&r, where, a);
  if (failed) return ad_scope_end(s, failed);
  if (wanted & VALUES) parts[n++] = values(&r);
  if (wanted & INDICES) parts[n++] = indices(&r);
  if (wanted & INVERSE) parts[n++] = inverse(&r, a);
  if (wanted & COUNTS) parts[n++] = counts(&r);
  return ad_scope_end(s, n == 1 ? parts[0] : ad_tuple_at(where, r.ctx, parts, n));
}

ad_array *ad_unique_values_at(ad_place where, ad_array *a) { return unique(where, a, VALUES); }
ad_array *ad_unique_counts_at(ad_place where, ad_array *a) { return unique(where, a, VALUES | COUNTS); }
ad_array *ad_unique_inverse_at(ad_place where, ad_array *a) { return unique(where, a, VALUES | INVERSE); }
ad_array *ad_unique_all_at(ad_place where, ad_array *a) { return unique(where, a, VALUES | INDICES | INVERSE | COUNTS); }
