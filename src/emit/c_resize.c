/* resize to the nearest elements in C: they only move, by a table for each axis. What interpolates is in c_taps.c. */
#include "emit/emit_c.h"
#include "ops/resize_taps.h"

enum { MOST_ENTRIES = 1 << 16 };

static ad_resize_axis axis_of(const ad_array *a, int k) {
  const ad_attr *at = a->attrs->at;
  int axis = (int)at[AD_RESIZE_AXES].as.ints[k];
  return ad__resize_axis_of(at, k, ad__c_input(a, 0)->type->dims[axis], a->type->dims[axis]);
}

static const char *print_table(c_printer *p, const ad_resize_axis *g) {
  const char *name = ad__c_name(p, "nearest");
  int64_t first;
  ad__text_fmt(&p->data, "  static const int %s[] = {", name);
  for (int64_t o = 0; o < g->out; o++) ad__resize_run(g, o, &first), ad__text_fmt(&p->data, o ? ", %lld" : "%lld", (long long)first);
  ad__text_add(&p->data, "};\n");
  return name;
}

static ad_status print_nearest(c_printer *p, const ad_array *a) {
  const ad_attr *axes = &a->attrs->at[AD_RESIZE_AXES];
  const char *out[AD_MAX_RANK], *index[AD_MAX_RANK];
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  int opened = ad__c_open(p, a->type->rank, a->type->dims, out);
  for (int i = 0; i < a->type->rank; i++) index[i] = out[i];
  for (int k = 0; k < axes->count; k++) {
    ad_resize_axis g = axis_of(a, k);
    index[axes->as.ints[k]] = ad__c_format(p, "%s[%s]", print_table(p, &g), out[axes->as.ints[k]]);
  }
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, out), ad__c_element(p, ad__c_input(a, 0), index));
  ad__c_close(p, opened);
  return AD_OK;
}

static bool is_nearest(const ad_array *a) {
  if (ad__resize_method_of(a->attrs->at) > AD_RESIZE_NEAREST_EXACT || a->type->dtype != ad__c_input(a, 0)->type->dtype) return false;
  for (int k = 0; k < ad__attr(a, AD_RESIZE_AXES)->count; k++)
    if (axis_of(a, k).out > MOST_ENTRIES) return false;
  return true;
}

static const c_row rows[] = {{AD_OP_resize, is_nearest, print_nearest, false}};

const c_row *ad__c_resize_row(const ad_array *a) { return a->op->id == rows[0].op && rows[0].can(a) ? &rows[0] : NULL; }
