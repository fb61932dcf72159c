/* Convolution in C: a constant that says how windows lie, and a call of the carried text on dense arrays.
 *
 * An operand that lies in row-major order and has the dtype computed in is handed over as it is; others are copied before, and
 * results of half types after. */
#include "emit/emit_c.h"

enum { STRIDE, LOW, HIGH, KERNEL_DILATION, INPUT_DILATION, GROUPS, FLIP };

static int64_t entry(const ad_attr *a, int i, int64_t otherwise) { return a->given ? a->as.ints[i] : otherwise; }

static const char *print_windows(c_printer *p, const ad_array *a, const ad_type *x, const ad_type *w) {
  const ad_attr *at = a->attrs->at;
  const char *name = ad__c_name(p, "windows");
  int rank = a->type->rank;
  int64_t groups = at[GROUPS].as.i;
  ad__text_fmt(&p->data, "  static const ad_convolution %s = {%d, %d, %lld, %lld, %lld, %lld, {", name, rank - 2, at[FLIP].as.i != 0,
               (long long)x->dims[0], (long long)groups, (long long)w->dims[rank - 1], (long long)(w->dims[0] / groups));
  for (int i = 0; i < rank - 2; i++)
    ad__text_fmt(&p->data, "%s{%lld, %lld, %lld, %lld, %lld, %lld, %lld}", i ? ", " : "", (long long)x->dims[i + 1],
                 (long long)w->dims[i + 1], (long long)a->type->dims[i + 1], (long long)entry(&at[STRIDE], i, 1),
                 (long long)entry(&at[LOW], i, 0), (long long)entry(&at[KERNEL_DILATION], i, 1),
                 (long long)entry(&at[INPUT_DILATION], i, 1));
  ad__text_add(&p->data, "}};\n");
  return name;
}

static ad_status print_convolution(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0), *w = ad__c_input(a, 1);
  ad_dtype lane = ad__c_computed(a->type->dtype);
  const char *out = ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  const char *windows = print_windows(p, a, x->type, w->type);
  const char *images = ad__c_dense(p, x, lane, "images"), *kernel = ad__c_dense(p, w, lane, "kernel");
  const char *sums = lane == a->type->dtype ? out : ad__c_room(p, ad__c_type(lane), "sums", a->type->size);
  ad__c_line(p, "ad_convolve_%s(&%s, 0, %lld, %s, %s, %s);", ad__c_lane(lane), windows,
             (long long)(a->type->size / a->type->dims[a->type->rank - 1]), images, kernel, sums);
  if (sums != out) ad__c_copy_back(p, a, lane, sums);
  return AD_OK;
}

static const c_row rows[] = {{AD_OP_convolution, NULL, print_convolution, false}};

const c_row *ad__c_convolution_row(const ad_array *a) { return a->op->id == rows[0].op ? &rows[0] : NULL; }
