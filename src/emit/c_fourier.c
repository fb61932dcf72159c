/* Fourier transforms in C: loops over the lines of an array around a call of the carried transform.
 *
 * Each line is brought to a dense array and back. The plan and its table of roots are static arrays whose sizes are known when the
 * code is printed; the printed function fills them at its first call. Lengths of any kind: the text is the library's own. */
#include <math.h>
#include <string.h>
#include "base/fft_plan.h"
#include "emit/emit_c.h"

enum { C2C_AXES, C2C_INVERSE, C2C_NORM };
enum { R2C_AXIS, R2C_NORM };
enum { C2R_N, C2R_AXIS, C2R_NORM };

/* The transforms along one axis: of `length` points, from x's lines of n_in elements to a's. */
typedef struct axis_lines {
  ad_fft_kind kind;
  bool inverse;
  int axis;
  int64_t length;
  double scale;
} axis_lines;

/* "forward": the forward transform is divided by the length; "backward": the inverse; "ortho": each by its root. */
static double scale_of(const char *norm, bool inverse, int64_t length) {
  if (norm[0] == 'o') return 1 / sqrt((double)length);
  return (norm[0] == 'f') != inverse ? 1 / (double)length : 1;
}

/* Copies a line between its array and the dense one. */
static void copy_line(c_printer *p, const c_place *place, const ad_type *t, const char *const *at, int axis, int64_t n, const char *dense,
                      bool back) {
  const char *index[AD_MAX_RANK], *i;
  memcpy(index, at, (size_t)t->rank * sizeof *index);
  int opened = ad__c_open(p, 1, &n, &i);
  index[axis] = i;
  const char *here = ad__c_element_of(p, place, t->dtype, t->rank, index), *there = ad__c_format(p, "%s[%s]", dense, i);
  ad__c_line(p, "%s = %s;", back ? here : there, back ? there : here);
  ad__c_close(p, opened);
}

static void print_lines(c_printer *p, const ad_array *a, const c_place *from, const ad_type *t, const axis_lines *l) {
  bool wide = ad_dtype_size(t->dtype) == (ad_dtype_category(t->dtype) == AD_CATEGORY_COMPLEX ? 16 : 8);
  const char *number = wide ? "double" : "float", *index[AD_MAX_RANK];
  const char *const kinds[] = {"AD_FFT_COMPLEX", "AD_FFT_FROM_REAL", "AD_FFT_TO_REAL"};
  int64_t lengths[AD_MAX_RANK], in = t->dims[l->axis], out = a->type->dims[l->axis];
  ad_fft_plan plan;
  ad_fft_describe(&plan, l->length, l->kind, 1);
  const char *name = ad__c_name(p, "plan");
  ad__text_fmt(&p->data, "  static ad_fft_plan %s;\n", name);
  const char *table = ad__c_kept_room(p, number, "roots", plan.table ? plan.table : 1);
  const char *room = ad__c_kept_room(p, number, "fft_room", ad_fft_shared(&plan) + ad_fft_scratch(&plan, 1));
  const char *before = ad__c_room(p, ad__c_type(t->dtype), "line", in), *after = ad__c_room(p, ad__c_type(a->type->dtype), "spectrum", out);
  const double scale = l->scale;
  for (int i = 0; i < t->rank; i++) lengths[i] = i == l->axis ? 1 : t->dims[i];
  int opened = ad__c_open(p, t->rank, lengths, index);
  copy_line(p, from, t, index, l->axis, in, before, false);
  ad__c_line(p, "ad_fft_whole_%s(&%s, %s, %s, %lld, %s, %d, %s, %s, %s);", wide ? "f64" : "f32", name, table, room, (long long)l->length,
             kinds[l->kind], l->inverse, ad__c_number(p, AD_FLOAT64, (const char *)&scale), before, after);
  copy_line(p, &p->places[a->serial], a->type, index, l->axis, out, after, true);
  ad__c_close(p, opened);
}

/* From the input along the last axis, then along the others in place. */
static ad_status print_c2c(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0);
  const ad_attr *axes = ad__attr(a, C2C_AXES);
  const c_place *from = &p->places[x->serial];
  bool inverse = ad__attr(a, C2C_INVERSE)->as.i;
  ad__c_target(p, a);
  for (int i = axes->count - 1; i >= 0 && a->type->size; i--) {
    int axis = (int)axes->as.ints[i];
    int64_t n = a->type->dims[axis];
    axis_lines l = {AD_FFT_COMPLEX, inverse, axis, n, scale_of(ad__attr(a, C2C_NORM)->as.text, inverse, n)};
    print_lines(p, a, from, a->type, &l);
    from = &p->places[a->serial];
  }
  return AD_OK;
}

static ad_status print_r2c(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0);
  int axis = (int)ad__attr(a, R2C_AXIS)->as.i;
  int64_t n = x->type->dims[axis];
  axis_lines l = {AD_FFT_FROM_REAL, false, axis, n, scale_of(ad__attr(a, R2C_NORM)->as.text, false, n)};
  ad__c_target(p, a);
  if (a->type->size) print_lines(p, a, &p->places[x->serial], x->type, &l);
  return AD_OK;
}

static ad_status print_c2r(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0);
  int64_t n = ad__attr(a, C2R_N)->as.i;
  axis_lines l = {AD_FFT_TO_REAL, true, (int)ad__attr(a, C2R_AXIS)->as.i, n, scale_of(ad__attr(a, C2R_NORM)->as.text, true, n)};
  ad__c_target(p, a);
  if (a->type->size) print_lines(p, a, &p->places[x->serial], x->type, &l);
  return AD_OK;
}

static const c_row rows[] = {
    {AD_OP_fft_c2c, NULL, print_c2c, false},
    {AD_OP_fft_r2c, NULL, print_r2c, false},
    {AD_OP_fft_c2r, NULL, print_c2r, false},
};

const c_row *ad__c_fourier_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id && (!rows[i].can || rows[i].can(a))) return &rows[i];
  return NULL;
}
