/* segmented_mm and its transpose in C: products over stretches of the summed axis that an array names.
 *
 * Operands are dense arrays in the dtype computed in; each segment is one call of the carried text (c_folds.h), whole numbers are plain
 * loops. The transpose computes a segment's product by itself and adds it, in order, as the library does. */
#include "emit/emit_c.h"

typedef struct segment_loop {
  c_printer *p;
  ad_dtype lane;
  int batch, opened;              /* leading axes that all operands share */
  const char *index[AD_MAX_RANK]; /* of the batch and of the segments */
  const char *begin, *count;      /* of the segment at hand */
} segment_loop;

static bool rounds(ad_dtype t) { return ad_dtype_category(t) >= AD_CATEGORY_FLOAT; }

/* x as a dense array of the lane, its last two axes turned. */
static const char *turned(c_printer *p, const ad_array *x, ad_dtype lane, const char *wish) {
  const ad_type *t = x->type;
  const char *index[AD_MAX_RANK];
  c_place to = {.base = ad__c_room(p, ad__c_type(lane), wish, t->size)};
  ad__c_dense_strides(p, t, to.strides);
  to.strides[t->rank - 1] = t->dims[t->rank - 2], to.strides[t->rank - 2] = 1;
  int opened = ad__c_open(p, t->rank, t->dims, index);
  ad__c_line(p, "%s = %s;", ad__c_element_of(p, &to, lane, t->rank, index), ad__c_cast(p, ad__c_element(p, x, index), t->dtype, lane));
  ad__c_close(p, opened);
  return to.base;
}

/* A bound of the segment at hand, cut to 0 .. depth. */
static const char *bound(segment_loop *l, const ad_array *segments, const char *which, int64_t depth) {
  c_printer *p = l->p;
  int last = segments->type->rank - 1;
  l->index[last] = which;
  const char *x = ad__c_element(p, segments, l->index);
  if (segments->type->dtype == AD_UINT64) x = ad__c_format(p, "(%s > INT64_MAX ? INT64_MAX : (int64_t)%s)", x, x);
  return ad__c_format(p, "ad_bound_between((int64_t)%s, %lld)", x, (long long)depth);
}

static segment_loop open_segments(c_printer *p, const ad_array *a, const ad_array *segments, int64_t depth) {
  segment_loop l = {.p = p, .lane = ad__c_computed(a->type->dtype), .batch = (int)ad__attr(a, 0)->as.i};
  l.opened = ad__c_open(p, segments->type->rank - 1, segments->type->dims, l.index);
  l.begin = ad__c_name(p, "begin"), l.count = ad__c_name(p, "count");
  const char *end = ad__c_name(p, "end");
  ad__c_line(p, "const int64_t %s = %s, %s = %s;", l.begin, bound(&l, segments, "0", depth), end, bound(&l, segments, "1", depth));
  ad__c_line(p, "const int64_t %s = %s > %s ? %s - %s : 0;", l.count, end, l.begin, end, l.begin);
  return l;
}

/* Where the matrix for the first `axes` indices begins in a dense array: "x + i * 12". */
static const char *matrix_at(const segment_loop *l, const char *base, const ad_type *t, int axes) {
  const char *index[AD_MAX_RANK];
  c_place place = {.base = "@"};
  ad__c_dense_strides(l->p, t, place.strides);
  for (int i = 0; i < t->rank; i++) index[i] = i < axes ? l->index[i] : "0";
  const char *at = ad__c_pointer(l->p, &place, t->rank, index);
  return ad__c_format(l->p, "%s%s", base, at + 1);
}

/* ---- segmented_mm ---- */

static void print_exact(const segment_loop *l, const char *a, const char *b, const char *out, int64_t rows, int64_t columns, int64_t depth) {
  c_printer *p = l->p;
  const char *index[2], *sum = ad__c_name(p, "sum"), *k = ad__c_name(p, "k");
  c_place left = {.base = a, .strides = {depth, 1}}, right = {.base = b, .strides = {columns, 1}}, to = {.base = out, .strides = {columns, 1}};
  int opened = ad__c_open(p, 2, (const int64_t[]){rows, columns}, index);
  ad__c_line(p, "%s %s = 0;", ad__c_type(l->lane), sum);
  ad__c_line(p, "for (int64_t %s = %s; %s < %s + %s; %s++) {", k, l->begin, k, l->begin, l->count, k);
  const char *x = ad__c_element_of(p, &left, l->lane, 2, (const char *const[]){index[0], k});
  const char *y = ad__c_element_of(p, &right, l->lane, 2, (const char *const[]){k, index[1]});
  ad__c_line(p, "  %s = %s;", sum, ad__c_apply(p, AD_OP_add, l->lane, sum, ad__c_apply(p, AD_OP_multiply, l->lane, x, y)));
  ad__c_line(p, "}");
  ad__c_line(p, "%s = %s;", ad__c_element_of(p, &to, l->lane, 2, index), sum);
  ad__c_close(p, opened);
}

/* A pointer that is a name. */
static const char *named_pointer(c_printer *p, ad_dtype lane, bool constant, const char *wish, const char *pointer) {
  const char *name = ad__c_name(p, wish);
  ad__c_line(p, "%s%s *const %s = %s;", constant ? "const " : "", ad__c_type(lane), name, pointer);
  return name;
}

static ad_status print_segmented(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0), *y = ad__c_input(a, 1), *segments = ad__c_input(a, 2);
  ad_dtype lane = ad__c_computed(a->type->dtype);
  int64_t depth = x->type->dims[x->type->rank - 1], rows = a->type->dims[a->type->rank - 2], columns = a->type->dims[a->type->rank - 1];
  const char *out = ad__c_target(p, a), *name = ad__c_lane(lane);
  if (!a->type->size) return AD_OK;
  const char *left = ad__c_dense(p, x, lane, "left"), *right = ad__c_dense(p, y, lane, "right");
  const char *sums = lane == a->type->dtype ? out : ad__c_room(p, ad__c_type(lane), "sums", a->type->size);
  segment_loop l = open_segments(p, a, segments, depth);
  left = named_pointer(p, lane, true, "a", matrix_at(&l, left, x->type, l.batch));
  right = named_pointer(p, lane, true, "b", matrix_at(&l, right, y->type, l.batch));
  const char *to = named_pointer(p, lane, false, "y", matrix_at(&l, sums, a->type, a->type->rank - 2));
  if (!rounds(lane)) print_exact(&l, left, right, to, rows, columns, depth);
  else if (rows == 1 && columns == 1 && ad_dtype_category(lane) == AD_CATEGORY_FLOAT)
    ad__c_line(p, "*%s = ad_dot_%s(%s, %s + %s, 1, %s + %s, 1);", to, name, l.count, left, l.begin, right, l.begin);
  else
    ad__c_line(p, "ad_matrix_product_%s(%lld, %lld, %s, %s + %s, %lld, 1, %s + %s * %lld, %lld, %s);", name, (long long)rows, (long long)columns, l.count,
               left, l.begin, (long long)depth, right, l.begin, (long long)columns, (long long)columns, to);
  ad__c_close(p, l.opened);
  if (sums != out) ad__c_copy_back(p, a, lane, sums);
  return AD_OK;
}

/* ---- segmented_spread ---- */

/* v (batch, S..., M, N) times w (batch, K, N), of which some rows, turned, into some columns of the result (batch, M, K). */
static ad_status print_segmented_spread(c_printer *p, const ad_array *a) {
  const ad_array *v = ad__c_input(a, 0), *w = ad__c_input(a, 1), *segments = ad__c_input(a, 2);
  ad_dtype lane = ad__c_computed(a->type->dtype);
  int64_t rows = a->type->dims[a->type->rank - 2], depth = a->type->dims[a->type->rank - 1], inner = v->type->dims[v->type->rank - 1];
  const char *out = ad__c_target(p, a), *name = ad__c_lane(lane), *index[AD_MAX_RANK];
  if (!a->type->size) return AD_OK;
  const char *left = ad__c_dense(p, v, lane, "left"), *right = turned(p, w, lane, "right");
  const char *sums = lane == a->type->dtype ? out : ad__c_room(p, ad__c_type(lane), "sums", a->type->size);
  const char *product = ad__c_room(p, ad__c_type(lane), "product", rows * depth);
  ad__c_line(p, "memset(%s, 0, %lld * sizeof(%s));", sums, (long long)a->type->size, ad__c_type(lane));
  if (!segments->type->size) return AD_OK;
  segment_loop l = open_segments(p, a, segments, depth);
  left = named_pointer(p, lane, true, "v", matrix_at(&l, left, v->type, v->type->rank - 2));
  right = named_pointer(p, lane, true, "w", ad__c_format(p, "%s + %s", matrix_at(&l, right, w->type, l.batch), l.begin));
  const char *to = named_pointer(p, lane, false, "y", ad__c_format(p, "%s + %s", matrix_at(&l, sums, a->type, l.batch), l.begin));
  if (rows == 1 && ad_dtype_category(lane) == AD_CATEGORY_FLOAT)
    ad__c_line(p, "if (%s == 1) *%s = ad_dot_%s(%lld, %s, 1, %s, %lld);", l.count, product, name, (long long)inner, left, right, (long long)depth);
  ad__c_line(p, "%sad_matrix_product_%s(%lld, %s, %lld, %s, %lld, 1, %s, %lld, %s);", rows == 1 && ad_dtype_category(lane) == AD_CATEGORY_FLOAT ? "else " : "", name,
             (long long)rows, l.count, (long long)inner, left, (long long)inner, right, (long long)depth, product);
  const char *j = ad__c_name(p, "column");
  int opened = ad__c_open(p, 1, &rows, index);
  ad__c_line(p, "for (int64_t %s = 0; %s < %s; %s++) {", j, j, l.count, j);
  const char *sum = ad__c_format(p, "%s[%s * %lld + %s]", to, index[0], (long long)depth, j), *term = ad__c_format(p, "%s[%s * %s + %s]", product, index[0], l.count, j);
  ad__c_line(p, "  %s = %s;", sum, ad__c_apply(p, AD_OP_add, lane, sum, term));
  ad__c_line(p, "}");
  ad__c_close(p, opened + l.opened);
  if (sums != out) ad__c_copy_back(p, a, lane, sums);
  return AD_OK;
}

static const c_row rows_of_segments[] = {
    {AD_OP_segmented_mm, NULL, print_segmented, false},
    {AD_OP_segmented_spread, NULL, print_segmented_spread, false},
};

const c_row *ad__c_segments_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows_of_segments / sizeof rows_of_segments[0]; i++)
    if (rows_of_segments[i].op == a->op->id) return &rows_of_segments[i];
  return NULL;
}
