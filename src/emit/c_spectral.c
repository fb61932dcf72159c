/* Eigenvalues and singular values in C: calls of the carried algorithms on one matrix. A value that does not converge (the library
 * makes that an error) is NaN. */
#include "emit/emit_c.h"
#include "ops/spectral_room.h"

typedef struct matrix_form {
  long long rows, columns;
  int parts, wide;
} matrix_form;

static matrix_form form_of(const ad_array *a) {
  const ad_type *t = ad__c_input(a, 0)->type;
  ad_dtype lane = ad__c_computed(t->dtype);
  return (matrix_form){.rows = t->dims[t->rank - 2], .columns = t->dims[t->rank - 1],
                       .parts = ad_dtype_category(lane) == AD_CATEGORY_COMPLEX ? 2 : 1, .wide = lane == AD_FLOAT64 || lane == AD_COMPLEX128};
}

/* Declares the loops and the workspace; "room, places" as arguments, and the loops' name. */
static const char *workspace(c_printer *p, const matrix_form *f, int64_t room, const char **loops) {
  const char *numbers = ad__c_room(p, "double", "room", room + 1);
  const char *places = ad__c_room(p, "int64_t", "places", 5 * (f->rows > f->columns ? f->rows : f->columns) + 1);
  *loops = ad__c_name(p, "loops");
  ad__text_fmt(&p->data, "  static const ad_spectral_rows %s = {ad_rows_gather_f64, ad_rows_update_f64, ad_rows_add_f64, ad_rows_dot_f64,\n"
                         "      ad_rows_rotate_f64, ad_rows_reflect_f64, ad_rows_turn_f64};\n", *loops);
  return ad__c_format(p, "%s, %s", numbers, places);
}

void ad__c_call_eigh(c_printer *p, const ad_array *a, const char *const *at) {
  matrix_form f = form_of(a);
  int vectors = a->op->outputs > 1;
  const char *loops, *room = workspace(p, &f, ad_eigh_room(f.rows, f.parts, vectors), &loops);
  ad__c_line(p, "ad_eigh(&%s, %lld, %d, %d, %d, %s, %s, %s, %s);", loops, f.rows, f.parts, f.wide, ad__attr(a, 0)->as.text[0] == 'U', at[0], at[1],
             vectors ? at[2] : "NULL", room);
}

void ad__c_call_svd(c_printer *p, const ad_array *a, const char *const *at) {
  matrix_form f = form_of(a);
  int vectors = a->op->outputs == 1 ? 0 : ad__attr(a, 0)->as.i ? 1 : 2;
  const char *loops, *room = workspace(p, &f, ad_svd_room(f.rows, f.columns, f.parts, vectors), &loops);
  ad__c_line(p, "ad_svd(&%s, %lld, %lld, %d, %d, %d, %s, %s, %s, %s, %s);", loops, f.rows, f.columns, f.parts, f.wide, vectors, at[0],
             vectors ? at[1] : "NULL", at[vectors ? 2 : 1], vectors ? at[3] : "NULL", room);
}

void ad__c_call_eig(c_printer *p, const ad_array *a, const char *const *at) {
  matrix_form f = form_of(a);
  int vectors = a->op->outputs > 1;
  const char *loops, *room = workspace(p, &f, ad_eig_room(f.rows, f.parts, vectors), &loops);
  ad__c_line(p, "ad_eig(&%s, %lld, %d, %d, %d, %s, %s, %s, %s);", loops, f.rows, f.parts, f.wide, vectors, at[0], at[1],
             vectors ? at[2] : "NULL", room);
}
