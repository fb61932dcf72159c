/* Products in C.
 *
 * What rounds is computed by the carried text (c_folds.h), in the library's own order of operations: the axes of each operand are
 * brought to batch, free and summed ones, of which the last two become one each; an operand that does not lie so, or has another
 * dtype than is computed in, is copied first. The right operand's columns lie side by side. */
#include "emit/emit_c.h"

enum { BATCH_A, BATCH_B, SUM_A, SUM_B };
enum { BATCH, FREE, SUM, GROUPS };

/* Some axes of an operand. */
typedef struct axes_group {
  int n, at[AD_MAX_RANK];
  int64_t dim, stride; /* as one axis */
} axes_group;

typedef struct factor {
  const ad_array *x;
  c_place place;
  axes_group group[GROUPS];
} factor;

static int position(const ad_attr *list, int axis) {
  for (int i = 0; list->given && i < list->count; i++)
    if (list->as.ints[i] == axis) return i;
  return -1;
}

static bool rounds(ad_dtype t) { return ad_dtype_category(t) >= AD_CATEGORY_FLOAT; }

/* The group as one axis, if strides allow it. */
static bool merge(const c_printer *p, const factor *f, axes_group *g) {
  const ad_type *t = f->x->type;
  bool merged = true;
  g->dim = 1, g->stride = 0;
  for (int i = 0; i < g->n; i++) {
    int64_t n = t->dims[g->at[i]], stride = f->place.strides[g->at[i]];
    if (n == 1) continue;
    merged = merged && (g->dim == 1 || g->stride == ad__c_times(p, stride, n));
    g->dim = ad__c_times(p, g->dim, n);
    g->stride = stride;
  }
  return merged;
}

static factor read_factor(const c_printer *p, const ad_array *x, const ad_attr *batch, const ad_attr *sum) {
  factor f = {.x = x, .place = p->places[x->serial]};
  for (int i = 0; batch->given && i < batch->count; i++) f.group[BATCH].at[f.group[BATCH].n++] = (int)batch->as.ints[i];
  for (int i = 0; sum->given && i < sum->count; i++) f.group[SUM].at[f.group[SUM].n++] = (int)sum->as.ints[i];
  for (int i = 0; i < x->type->rank; i++)
    if (position(batch, i) < 0 && position(sum, i) < 0) f.group[FREE].at[f.group[FREE].n++] = i;
  return f;
}

/* Copies the operand into a dense array of the lane, its groups one behind the other. */
static void gather(c_printer *p, factor *f, ad_dtype lane, const char *wish, const int *order) {
  const ad_type *t = f->x->type;
  const char *names[AD_MAX_RANK], *index[AD_MAX_RANK];
  int axes[AD_MAX_RANK], n = 0;
  int64_t lengths[AD_MAX_RANK], step = 1;
  c_place to = {.base = ad__c_room(p, ad__c_type(lane), wish, ad__c_count(p, t))};
  for (int k = 0; k < GROUPS; k++)
    for (int i = 0; i < f->group[order[k]].n; i++) axes[n++] = f->group[order[k]].at[i];
  for (int i = n - 1; i >= 0; i--) {
    lengths[i] = t->dims[axes[i]];
    to.strides[axes[i]] = step;
    step = ad__c_times(p, step, lengths[i]);
  }
  int opened = ad__c_open(p, n, lengths, names);
  for (int i = 0; i < n; i++) index[axes[i]] = names[i];
  ad__c_line(p, "%s = %s;", ad__c_element_of(p, &to, lane, n, index), ad__c_cast(p, ad__c_element_of(p, &f->place, t->dtype, n, index), t->dtype, lane));
  ad__c_close(p, opened);
  f->place = to;
}

static bool merges(const c_printer *p, factor *f) {
  bool summed = merge(p, f, &f->group[SUM]);
  return merge(p, f, &f->group[FREE]) && summed;
}

/* Makes the operand lie as the carried text reads it; `right`: its columns must be neighbours. */
static void settle(c_printer *p, factor *f, ad_dtype lane, bool right, bool single) {
  static const int left_order[GROUPS] = {BATCH, FREE, SUM}, right_order[GROUPS] = {BATCH, SUM, FREE};
  bool lies_well = merges(p, f) && f->place.base && f->x->type->dtype == lane;
  if (right && !single && f->group[FREE].dim != 1 && f->group[FREE].stride != 1) lies_well = false;
  if (lies_well) return;
  gather(p, f, lane, right ? "right" : "left", right ? right_order : left_order);
  merges(p, f);
}

/* Where the operand begins for the indices of the batch. */
static const char *beginning(c_printer *p, const factor *f, const char *const *batch) {
  const char *index[AD_MAX_RANK];
  for (int i = 0; i < f->x->type->rank; i++) index[i] = "0";
  for (int i = 0; i < f->group[BATCH].n; i++) index[f->group[BATCH].at[i]] = batch[i];
  return ad__c_pointer(p, &f->place, f->x->type->rank, index);
}

static void print_call(c_printer *p, const factor *a, const factor *b, ad_dtype lane, const char *const *batch, const char *out) {
  const axes_group *rows = &a->group[FREE], *columns = &b->group[FREE], *depth = &a->group[SUM];
  const char *name = ad__c_lane(lane), *left = beginning(p, a, batch), *right = beginning(p, b, batch);
  const char *k = ad__c_size(p, depth->dim), *a_step = ad__c_size(p, depth->stride), *b_step = ad__c_size(p, b->group[SUM].stride);
  const char *m = ad__c_size(p, rows->dim), *a_row = ad__c_size(p, rows->stride);
  bool real = lane == AD_FLOAT32 || lane == AD_FLOAT64;
  if (real && rows->dim == 1 && columns->dim == 1)
    ad__c_line(p, "%s = ad_dot_%s(%s, %s, %s, %s, %s);", out, name, k, left, a_step, right, b_step);
  else if (real && columns->dim == 1)
    ad__c_line(p, "ad_matrix_vector_%s(%s, %s, %s, %s, %s, %s, %s, %s);", name, m, k, left, a_row, a_step, right, b_step, ad__c_pointer_to(p, out));
  else
    ad__c_line(p, "ad_matrix_product_%s(%s, %s, %s, %s, %s, %s, %s, %s, %s);", name, m, ad__c_size(p, columns->dim), k, left, a_row, a_step, right,
               b_step, ad__c_pointer_to(p, out));
}

/* Half types are multiplied as float, into an array of float. */
static ad_status print_rounding(c_printer *p, const ad_array *a) {
  const ad_attr *at = a->attrs->at;
  ad_dtype lane = ad__c_computed(a->type->dtype);
  factor x = read_factor(p, ad__c_input(a, 0), &at[BATCH_A], &at[SUM_A]), y = read_factor(p, ad__c_input(a, 1), &at[BATCH_B], &at[SUM_B]);
  const char *index[AD_MAX_RANK];
  int batches = x.group[BATCH].n;
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  merges(p, &x), merges(p, &y);
  bool single = x.group[FREE].dim == 1 && y.group[FREE].dim == 1;
  bool turned = ad_dtype_category(lane) == AD_CATEGORY_COMPLEX && y.group[FREE].dim == 1 && !single; /* as the library turns one column */
  settle(p, &x, lane, turned, single);
  settle(p, &y, lane, !turned, single || y.group[FREE].dim == 1);
  c_place to = p->places[a->serial];
  bool half = lane != a->type->dtype;
  if (half) to.base = ad__c_room(p, ad__c_type(lane), "sums", ad__c_count(p, a->type));
  int opened = ad__c_open(p, batches, a->type->dims, index);
  for (int i = batches; i < a->type->rank; i++) index[i] = "0";
  const char *out = ad__c_element_of(p, &to, lane, a->type->rank, index);
  if (turned) print_call(p, &y, &x, lane, index, out);
  else print_call(p, &x, &y, lane, index, out);
  ad__c_close(p, opened);
  if (half) ad__c_copy_back(p, a, lane, to.base);
  return AD_OK;
}

/* Whole numbers wrap, in whatever order. */
static ad_status print_exact(c_printer *p, const ad_array *a) {
  const ad_attr *at = a->attrs->at;
  const ad_array *in[2] = {ad__c_input(a, 0), ad__c_input(a, 1)};
  ad_dtype lane = a->type->dtype;
  const char *outer[AD_MAX_RANK], *inner[AD_MAX_RANK], *index[2][AD_MAX_RANK];
  int64_t depths[AD_MAX_RANK];
  int sums = at[SUM_A].given ? at[SUM_A].count : 0, next = at[BATCH_A].given ? at[BATCH_A].count : 0;
  ad__c_target(p, a);
  int opened = ad__c_open(p, a->type->rank, a->type->dims, outer);
  for (int k = 0; k < sums; k++) depths[k] = in[0]->type->dims[at[SUM_A].as.ints[k]];
  const char *sum = ad__c_name(p, "sum");
  ad__c_line(p, "%s %s = 0;", ad__c_type(lane), sum);
  int deep = ad__c_open(p, sums, depths, inner);
  for (int side = 0; side < 2; side++)
    for (int i = 0; i < in[side]->type->rank; i++) {
      int batch = position(&at[side ? BATCH_B : BATCH_A], i), summed = position(&at[side ? SUM_B : SUM_A], i);
      index[side][i] = batch >= 0 ? outer[batch] : summed >= 0 ? inner[summed] : outer[next++];
    }
  const char *x = ad__c_cast(p, ad__c_element(p, in[0], index[0]), in[0]->type->dtype, lane);
  const char *y = ad__c_cast(p, ad__c_element(p, in[1], index[1]), in[1]->type->dtype, lane);
  ad__c_line(p, "%s = %s;", sum, ad__c_apply(p, AD_OP_add, lane, sum, ad__c_apply(p, AD_OP_multiply, lane, x, y)));
  ad__c_close(p, deep);
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, outer), ad__c_cast(p, sum, lane, a->type->dtype));
  ad__c_close(p, opened);
  return AD_OK;
}

static ad_status print_contract(c_printer *p, const ad_array *a) { return rounds(a->type->dtype) ? print_rounding(p, a) : print_exact(p, a); }

static const c_row rows[] = {{AD_OP_contract, NULL, print_contract, true}};

const c_row *ad__c_product_row(const ad_array *a) { return a->op->id == rows[0].op ? &rows[0] : NULL; }
