/* Reductions in C.
 *
 * What rounds is folded by the carried text (c_folds.h) in the library's own order: where the last axis is reduced, the elements of
 * one result are a row, else rows of neighbouring results are folded together. Operands that do not lie so, or have another
 * dtype than is computed in, are copied first. Everything else gives the same bits in every order, and is a plain loop. */
#include "emit/emit_c.h"
#include "ops/dims.h"

static bool is_float(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_FLOAT; }
static bool is_complex(ad_dtype t) { return ad_dtype_category(t) == AD_CATEGORY_COMPLEX; }

/* ---- What rounds ---- */

/* A list of axes of an array. */
typedef struct axis_list {
  int n, at[AD_MAX_RANK];
} axis_list;

typedef struct rounding_fold {
  const char *name;  /* of the carried functions */
  const ad_array *x;
  ad_dtype lane;     /* computed in */
  const char *lane_name;
  bool mean;         /* what is folded is divided by how many there were */
  axis_list outer, reduced, width; /* width: kept axes behind the reduced ones; none where rows are folded */
  bool keepdims;
} rounding_fold;

static int64_t count_of(const c_printer *p, const ad_type *t, const axis_list *l) {
  int64_t n = 1;
  for (int i = 0; i < l->n; i++) n = ad__c_times(p, n, t->dims[l->at[i]]);
  return n;
}

/* Are the axes one run of elements `*step` apart? */
static bool is_run(const c_printer *p, const ad_type *t, const int64_t *strides, const axis_list *l, int64_t *step) {
  bool begun = false;
  int64_t next = 0;
  *step = 1;
  for (int i = l->n - 1; i >= 0; i--) {
    int64_t n = t->dims[l->at[i]], stride = strides[l->at[i]];
    if (n == 1) continue;
    if (begun && stride != next) return false;
    if (!begun) *step = stride;
    begun = true;
    next = ad__c_times(p, stride, n);
  }
  return true;
}

static rounding_fold read_fold(const c_printer *p, const ad_array *a, const char *name) {
  const ad_attr *axes = ad__attr(a, 0);
  rounding_fold f = {.name = name, .x = ad__c_input(a, 0), .lane = ad__c_computed(a->type->dtype)};
  const ad_type *t = f.x->type;
  bool reduced[AD_MAX_RANK];
  int last = -1;
  f.lane_name = ad__c_lane(f.lane);
  f.keepdims = a->type->rank == t->rank;
  ad__axes_mark(axes, t->rank, reduced);
  for (int i = 0; i < t->rank; i++) {
    if (!axes->given) reduced[i] = true;
    if (reduced[i] && t->dims[i] != 1) last = i;
  }
  for (int i = 0; i < t->rank; i++) {
    axis_list *l = reduced[i] ? &f.reduced : i > last && last >= 0 ? &f.width : &f.outer;
    l->at[l->n++] = i;
  }
  if (count_of(p, t, &f.width) == 1) {
    for (int i = 0; i < f.width.n; i++) f.outer.at[f.outer.n++] = f.width.at[i];
    f.width.n = 0;
  }
  return f;
}

static int open_axes(c_printer *p, const ad_type *t, const axis_list *l, const char **index) {
  int64_t lengths[AD_MAX_RANK];
  for (int i = 0; i < l->n; i++) lengths[i] = t->dims[l->at[i]];
  const char *names[AD_MAX_RANK];
  int opened = ad__c_open(p, l->n, lengths, names);
  for (int i = 0; i < l->n; i++) index[l->at[i]] = names[i];
  return opened;
}

/* The element of the result for indices of x. */
static const char *result_element(c_printer *p, const rounding_fold *f, const c_place *to, ad_dtype t, const char *const *index) {
  const char *own[AD_MAX_RANK];
  int n = 0;
  for (int i = 0; i < f->x->type->rank; i++) {
    bool reduced = false;
    for (int k = 0; k < f->reduced.n; k++) reduced = reduced || f->reduced.at[k] == i;
    if (!reduced || f->keepdims) own[n++] = reduced ? "0" : index[i];
  }
  return ad__c_element_of(p, to, t, n, own);
}

/* Copies the elements over these axes into `room`, which is row-major in their order, in the lane. */
static void print_copy(c_printer *p, const rounding_fold *f, const char *room, const axis_list *l, const char **index) {
  c_place to = {.base = room};
  const char *own[AD_MAX_RANK];
  int64_t step = 1;
  for (int i = l->n - 1; i >= 0; i--) {
    to.strides[i] = step;
    step = ad__c_times(p, step, f->x->type->dims[l->at[i]]);
  }
  int opened = open_axes(p, f->x->type, l, index);
  for (int i = 0; i < l->n; i++) own[i] = index[l->at[i]];
  ad__c_line(p, "%s = %s;", ad__c_element_of(p, &to, f->lane, l->n, own),
             ad__c_cast(p, ad__c_element(p, f->x, index), f->x->type->dtype, f->lane));
  ad__c_close(p, opened);
  for (int i = 0; i < l->n; i++) index[l->at[i]] = "0";
}

/* x, or x divided by the count. */
static const char *finished(c_printer *p, const rounding_fold *f, const char *x) {
  if (!f->mean) return x;
  int64_t n = count_of(p, f->x->type, &f->reduced);
  ad_dtype real = f->lane == AD_COMPLEX64 ? AD_FLOAT32 : f->lane == AD_COMPLEX128 ? AD_FLOAT64 : f->lane;
  double count = (double)n;
  float narrow = (float)n;
  const char *by = ad__c_is_symbolic(p, n) ? ad__c_format(p, "(%s)%s", ad__c_type(real), ad__c_size(p, n))
                                           : ad__c_number(p, real, real == AD_FLOAT32 ? (const char *)&narrow : (const char *)&count);
  return is_complex(f->lane) ? ad__c_format(p, "ad_part_of_%s(%s, %s)", f->lane_name, x, by) : ad__c_format(p, "%s / %s", x, by);
}

static void print_rows(c_printer *p, const ad_array *a, const rounding_fold *f) {
  const char *index[AD_MAX_RANK], *row;
  const c_place *from = &p->places[f->x->serial];
  int64_t step, n = count_of(p, f->x->type, &f->reduced);
  bool direct = from->base && f->x->type->dtype == f->lane && is_run(p, f->x->type, from->strides, &f->reduced, &step) && (step == 1 || n == 1);
  const char *room = direct || n == 1 ? NULL : ad__c_room(p, ad__c_type(f->lane), "row", n);
  int opened = open_axes(p, f->x->type, &f->outer, index);
  for (int i = 0; i < f->reduced.n; i++) index[f->reduced.at[i]] = "0";
  const char *out = result_element(p, f, &p->places[a->serial], a->type->dtype, index);
  if (n == 1) {
    ad__c_line(p, "%s = %s;", out, ad__c_cast(p, ad__c_element(p, f->x, index), f->x->type->dtype, a->type->dtype));
  } else {
    if (room) print_copy(p, f, row = room, &f->reduced, index);
    else row = ad__c_pointer(p, from, f->x->type->rank, index);
    const char *all = ad__c_format(p, "ad_%s_%s(%s, %s)", f->name, f->lane_name, ad__c_size(p, n), row);
    ad__c_line(p, "%s = %s;", out, ad__c_cast(p, finished(p, f, all), f->lane, a->type->dtype));
  }
  ad__c_close(p, opened);
}

/* The operand with its axes in the order outer, reduced, width, where it does not lie so that columns can be folded. */
static c_place columns_of(c_printer *p, const rounding_fold *f, int64_t *pitch) {
  const ad_type *t = f->x->type;
  const c_place *from = &p->places[f->x->serial];
  int64_t side;
  bool lies_well = is_run(p, t, from->strides, &f->width, &side) && side == 1 && is_run(p, t, from->strides, &f->reduced, pitch);
  if (from->base && t->dtype == f->lane && lies_well) return *from;
  axis_list all = {.n = 0};
  const axis_list *lists[] = {&f->outer, &f->reduced, &f->width};
  c_place to = {.base = ad__c_room(p, ad__c_type(f->lane), "columns", ad__c_count(p, t))};
  const char *index[AD_MAX_RANK];
  for (int k = 0; k < 3; k++)
    for (int i = 0; i < lists[k]->n; i++) all.at[all.n++] = lists[k]->at[i];
  int64_t step = 1;
  for (int i = all.n - 1; i >= 0; i--) {
    to.strides[all.at[i]] = step;
    step = ad__c_times(p, step, t->dims[all.at[i]]);
  }
  print_copy(p, f, to.base, &all, index);
  *pitch = count_of(p, t, &f->width);
  return to;
}

/* Results of half types are folded into an array of float first; means are divided at the end. */
static void print_columns(c_printer *p, const ad_array *a, const rounding_fold *f) {
  const ad_type *t = f->x->type;
  const char *index[AD_MAX_RANK];
  int64_t pitch;
  c_place to = p->places[a->serial], from = columns_of(p, f, &pitch);
  bool half = f->lane != a->type->dtype;
  if (half) to.base = ad__c_room(p, ad__c_type(f->lane), "folded", ad__c_count(p, a->type));
  int opened = open_axes(p, t, &f->outer, index);
  for (int i = 0; i < f->reduced.n; i++) index[f->reduced.at[i]] = "0";
  for (int i = 0; i < f->width.n; i++) index[f->width.at[i]] = "0";
  const char *out = result_element(p, f, &to, f->lane, index);
  ad__c_line(p, "ad_%s_columns_%s(%s, %s, %s, %s, %s);", f->name, f->lane_name, ad__c_size(p, count_of(p, t, &f->reduced)),
             ad__c_size(p, count_of(p, t, &f->width)), ad__c_size(p, pitch), ad__c_pointer(p, &from, t->rank, index), ad__c_pointer_to(p, out));
  ad__c_close(p, opened);
  if (!half && !f->mean) return;
  opened = ad__c_open(p, a->type->rank, a->type->dims, index);
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, index),
             ad__c_cast(p, finished(p, f, ad__c_element_of(p, &to, f->lane, a->type->rank, index)), f->lane, a->type->dtype));
  ad__c_close(p, opened);
}

/* Every result is that number: there is nothing to fold. */
static void print_nothing(c_printer *p, const ad_array *a, const char *number) {
  const char *index[AD_MAX_RANK];
  int opened = ad__c_open(p, a->type->rank, a->type->dims, index);
  ad_dtype t = a->type->dtype, lane = is_complex(t) || number[0] == '(' ? AD_FLOAT64 : AD_INT32;
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, index), ad__c_cast(p, number, lane, t));
  ad__c_close(p, opened);
}

static ad_status print_folded(c_printer *p, const ad_array *a, const char *name, const char *nothing, bool mean) {
  rounding_fold f = read_fold(p, a, name);
  f.mean = mean;
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  if (!count_of(p, f.x->type, &f.reduced)) print_nothing(p, a, nothing);
  else if (f.width.n) print_columns(p, a, &f);
  else print_rows(p, a, &f);
  return AD_OK;
}

static ad_status print_rounding(c_printer *p, const ad_array *a, const char *name, const char *nothing) {
  return print_folded(p, a, name, nothing, false);
}
/* Of no complex numbers it is composed: both parts are NaN. */
static bool can_mean(const ad_array *a) { return ad__c_input(a, 0)->type->size != 0 || !is_complex(a->type->dtype); }
static ad_status print_mean(c_printer *p, const ad_array *a) { return print_folded(p, a, "sum", "(double)NAN", true); }

/* ---- What does not ---- */

typedef struct reduction {
  const ad_array *x;
  bool reduced[AD_MAX_RANK];
  int64_t kept_lengths[AD_MAX_RANK], reduced_lengths[AD_MAX_RANK]; /* 1 for the axes of the other kind */
  const char *index[AD_MAX_RANK]; /* of x */
  const char *out;                /* the element of the result */
  int opened;
} reduction;

/* Opens the loops over the axes that stay. */
static void open_kept(c_printer *p, const ad_array *a, const ad_attr *axes, reduction *r) {
  r->x = ad__c_input(a, 0);
  const ad_type *t = r->x->type;
  ad__axes_mark(axes, t->rank, r->reduced);
  for (int i = 0; i < t->rank; i++) {
    if (!axes->given) r->reduced[i] = true;
    r->kept_lengths[i] = r->reduced[i] ? 1 : t->dims[i];
    r->reduced_lengths[i] = r->reduced[i] ? t->dims[i] : 1;
  }
  ad__c_target(p, a);
  r->opened = ad__c_open(p, t->rank, r->kept_lengths, r->index);
  const char *own[AD_MAX_RANK];
  bool keeps = a->type->rank == t->rank;
  int n = 0;
  for (int i = 0; i < t->rank; i++)
    if (keeps || !r->reduced[i]) own[n++] = r->index[i];
  r->out = ad__c_element(p, a, own);
}

/* Opens those over the axes that vanish; the element is then that of x. */
static int open_reduced(c_printer *p, reduction *r, const char **element) {
  const char *inner[AD_MAX_RANK], *all[AD_MAX_RANK];
  int opened = ad__c_open(p, r->x->type->rank, r->reduced_lengths, inner);
  for (int i = 0; i < r->x->type->rank; i++) all[i] = r->reduced[i] ? inner[i] : r->index[i];
  *element = ad__c_element(p, r->x, all);
  return opened;
}

/* `acc` joined with every element by an elementwise op of dtype lane. */
static void print_fold(c_printer *p, const ad_array *a, int op, ad_dtype lane, const char *wish, const char *start) {
  reduction r;
  const char *element, *acc;
  open_kept(p, a, ad__attr(a, 0), &r);
  acc = ad__c_name(p, wish);
  ad__c_line(p, "%s %s = %s;", ad__c_type(lane), acc, start);
  int inner = open_reduced(p, &r, &element);
  element = ad__c_cast(p, element, r.x->type->dtype, lane);
  ad__c_line(p, "%s = %s;", acc, ad__c_apply(p, op, lane, acc, element));
  ad__c_close(p, inner);
  ad__c_line(p, "%s = %s;", r.out, ad__c_cast(p, acc, lane, a->type->dtype));
  ad__c_close(p, r.opened);
}

static bool rounds(const ad_array *a) { return is_float(a->type->dtype) || is_complex(a->type->dtype); }

static ad_status print_sum(c_printer *p, const ad_array *a) {
  if (rounds(a)) return print_rounding(p, a, "sum", "0");
  print_fold(p, a, AD_OP_add, a->type->dtype, "sum", "0");
  return AD_OK;
}

static ad_status print_prod(c_printer *p, const ad_array *a) {
  if (rounds(a)) return print_rounding(p, a, "product", "1");
  print_fold(p, a, AD_OP_multiply, a->type->dtype, "product", "1");
  return AD_OK;
}

static ad_status print_all(c_printer *p, const ad_array *a) {
  print_fold(p, a, AD_OP_logical_and, AD_BOOL, "all", "1");
  return AD_OK;
}

static ad_status print_any(c_printer *p, const ad_array *a) {
  print_fold(p, a, AD_OP_logical_or, AD_BOOL, "any", "0");
  return AD_OK;
}

const char *ad__c_worst(ad_dtype t, bool largest) {
  static const char *const least[AD_DTYPE_COUNT] = {
      [AD_BOOL] = "0", [AD_UINT8] = "0", [AD_UINT16] = "0", [AD_UINT32] = "0", [AD_UINT64] = "0", [AD_INT8] = "INT8_MIN",
      [AD_INT16] = "INT16_MIN", [AD_INT32] = "INT32_MIN", [AD_INT64] = "INT64_MIN", [AD_FLOAT32] = "-INFINITY",
      [AD_FLOAT64] = "-INFINITY"};
  static const char *const most[AD_DTYPE_COUNT] = {
      [AD_BOOL] = "1", [AD_UINT8] = "UINT8_MAX", [AD_UINT16] = "UINT16_MAX", [AD_UINT32] = "UINT32_MAX",
      [AD_UINT64] = "UINT64_MAX", [AD_INT8] = "INT8_MAX", [AD_INT16] = "INT16_MAX", [AD_INT32] = "INT32_MAX",
      [AD_INT64] = "INT64_MAX", [AD_FLOAT32] = "INFINITY", [AD_FLOAT64] = "INFINITY"};
  return largest ? least[t] : most[t];
}

static ad_status print_max(c_printer *p, const ad_array *a) {
  if (rounds(a)) return print_rounding(p, a, "largest", "0");
  print_fold(p, a, AD_OP_maximum, a->type->dtype, "largest", ad__c_worst(a->type->dtype, true));
  return AD_OK;
}

static ad_status print_min(c_printer *p, const ad_array *a) {
  if (rounds(a)) return print_rounding(p, a, "smallest", "0");
  print_fold(p, a, AD_OP_minimum, a->type->dtype, "smallest", ad__c_worst(a->type->dtype, false));
  return AD_OK;
}

static bool can_order(const ad_array *a) { return !is_complex(a->in[0]->type->dtype); }

/* The place of the first extreme; the first NaN is one. */
static void print_arg(c_printer *p, const ad_array *a, const char *compare) {
  const ad_attr *axis = ad__attr(a, 0), axes = {.given = axis->given, .count = 1, .as.ints = &axis->as.i};
  reduction r;
  const char *element;
  open_kept(p, a, &axes, &r);
  ad_dtype lane = ad__c_computed(r.x->type->dtype);
  const char *best = ad__c_name(p, "best"), *at = ad__c_name(p, "at"), *where = ad__c_name(p, "where"), *v = ad__c_name(p, "v");
  ad__c_line(p, "%s %s = 0;", ad__c_type(lane), best);
  ad__c_line(p, "uint32_t %s = 0, %s = 0;", where, at);
  int inner = open_reduced(p, &r, &element);
  ad__c_line(p, "const %s %s = %s;", ad__c_type(lane), v, ad__c_cast(p, element, r.x->type->dtype, lane));
  if (is_float(lane)) ad__c_line(p, "if (%s == 0 || %s %s %s || (%s != %s && %s == %s)) {", at, v, compare, best, v, v, best, best);
  else ad__c_line(p, "if (%s == 0 || %s %s %s) {", at, v, compare, best);
  ad__c_line(p, "  %s = %s;", best, v);
  ad__c_line(p, "  %s = %s;", where, at);
  ad__c_line(p, "}");
  ad__c_line(p, "%s++;", at);
  ad__c_close(p, inner);
  ad__c_line(p, "%s = %s;", r.out, where);
  ad__c_close(p, r.opened);
}

static ad_status print_argmax(c_printer *p, const ad_array *a) {
  print_arg(p, a, ">");
  return AD_OK;
}

static ad_status print_argmin(c_printer *p, const ad_array *a) {
  print_arg(p, a, "<");
  return AD_OK;
}

static const c_row rows[] = {
    {AD_OP_mean, can_mean, print_mean, true},
    {AD_OP_sum, NULL, print_sum, true},     {AD_OP_prod, NULL, print_prod, true},           {AD_OP_all, NULL, print_all, true},
    {AD_OP_any, NULL, print_any, true},     {AD_OP_max, can_order, print_max, true},        {AD_OP_min, can_order, print_min, true},
    {AD_OP_argmax, can_order, print_argmax, true}, {AD_OP_argmin, can_order, print_argmin, true},
};

const c_row *ad__c_reduction_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id && (!rows[i].can || rows[i].can(a))) return &rows[i];
  return NULL;
}
