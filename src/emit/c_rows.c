/* Ops on rows in C: softmax, cross-entropy, norms and their gradients, where a row is the last axes of the shape.
 *
 * One call of the carried text (c_rows.h) for each row, in a loop over rows. A row that lies side by side in the dtype computed in is
 * read and written where it is, any other is copied. Rows that lie otherwise are composed of other ops, as in the library. */
#include "emit/emit_c.h"

enum { AXES, SMOOTHING = 1, EPS = 0, CHUNK = 128 };
enum { CT, WEIGHT, LOGITS, TARGETS, LSE }; /* inputs of the gradient of cross-entropy */

/* Rows of some arrays, in a loop over the axes in front of them. */
typedef struct row_loop {
  c_printer *p;
  const ad_type *shape; /* of an operand that is all rows */
  int rank, opened;     /* axes in front; loops */
  int64_t n;            /* elements of a row */
  const char *index[AD_MAX_RANK];
  ad_dtype lane;
} row_loop;

/* Axes in front of the first reduced one that is longer than 1; -1 when one that is not reduced comes behind it. */
static int outer_rank(const ad_type *t, const bool *reduced) {
  int first = -1;
  for (int i = 0; i < t->rank; i++) {
    if (t->dims[i] == 1) continue;
    if (first >= 0 && !reduced[i]) return -1;
    if (reduced[i] && first < 0) first = i;
  }
  return first < 0 ? t->rank : first;
}

static row_loop open_rows(c_printer *p, const ad_type *shape, int rank) {
  row_loop r = {.p = p, .shape = shape, .rank = rank, .n = 1, .lane = ad__c_computed(shape->dtype)};
  for (int i = rank; i < shape->rank; i++) r.n = ad__c_times(p, r.n, shape->dims[i]);
  return r;
}

static void begin_loop(row_loop *r) {
  r->opened = ad__c_open(r->p, r->rank, r->shape->dims, r->index);
  for (int i = r->rank; i < r->shape->rank; i++) r->index[i] = "0";
}

/* ---- Operands ---- */

static bool is_side_by_side(const row_loop *r, const c_place *place, ad_dtype t) {
  int64_t step = 1;
  for (int i = r->shape->rank - 1; i >= r->rank; i--) {
    if (r->shape->dims[i] != 1 && place->strides[i] != step) return false;
    step = ad__c_times(r->p, step, r->shape->dims[i]);
  }
  return place->base && t == r->lane;
}

static const char *room_for_row(row_loop *r, const char *wish) { return ad__c_room(r->p, ad__c_type(r->lane), wish, r->n); }

/* Copies between a row and a dense array of the lane. */
static void copy_row(row_loop *r, const c_place *place, ad_dtype t, const char *room, bool back) {
  c_printer *p = r->p;
  const char *names[AD_MAX_RANK], *index[AD_MAX_RANK];
  int inner = r->shape->rank - r->rank;
  c_place dense = {.base = room};
  int64_t step = 1;
  for (int i = inner - 1; i >= 0; i--) {
    dense.strides[i] = step;
    step = ad__c_times(p, step, r->shape->dims[r->rank + i]);
  }
  int opened = ad__c_open(p, inner, r->shape->dims + r->rank, names);
  for (int i = 0; i < r->shape->rank; i++) index[i] = i < r->rank ? r->index[i] : names[i - r->rank];
  const char *there = ad__c_element_of(p, &dense, r->lane, inner, names), *here = ad__c_element_of(p, place, t, r->shape->rank, index);
  if (back) ad__c_line(p, "%s = %s;", here, ad__c_cast(p, there, r->lane, t));
  else ad__c_line(p, "%s = %s;", there, ad__c_cast(p, here, t, r->lane));
  ad__c_close(p, opened);
}

/* The row of an operand; `room` takes it where it has to be copied (NULL: none was needed). */
static const char *row_of_input(row_loop *r, const ad_array *x, const char *room) {
  const c_place *place = &r->p->places[x->serial];
  if (!room) return ad__c_pointer(r->p, place, x->type->rank, r->index);
  copy_row(r, place, x->type->dtype, room, false);
  return room;
}

static const char *input_room(row_loop *r, const ad_array *x, const char *wish) {
  return is_side_by_side(r, &r->p->places[x->serial], x->type->dtype) ? NULL : room_for_row(r, wish);
}

/* The one element per row of x, whose axes are those in front (and perhaps ones behind), in dtype t. */
static const char *element_of_row(row_loop *r, const ad_array *x, ad_dtype t) {
  return ad__c_cast(r->p, ad__c_element(r->p, x, r->index), x->type->dtype, t);
}

/* A whole operand of one row's form as a dense array of the lane, made before the loop; "0" for one that is not given. */
static const char *whole_row(row_loop *r, const ad_array *x, const char *wish) { return x ? ad__c_dense(r->p, x, r->lane, wish) : "0"; }

/* Where a row of the result goes: where it lies, or `room`, from which put_row copies it. */
static const char *row_of_output(row_loop *r, const c_place *to, const char *room) {
  return room ? room : ad__c_pointer(r->p, to, r->shape->rank, r->index);
}

static void end_loop(row_loop *r) { ad__c_close(r->p, r->opened); }

/* ---- softmax ---- */

static int softmax_rank(const ad_array *a) {
  const ad_attr *axes = ad__attr(a, AXES);
  bool reduced[AD_MAX_RANK] = {false};
  for (int i = 0; !axes->given && i < a->type->rank; i++) reduced[i] = true;
  for (int i = 0; axes->given && i < axes->count; i++) reduced[axes->as.ints[i]] = true;
  return outer_rank(a->type, reduced);
}

static bool can_soften(const ad_array *a) { return softmax_rank(a) >= 0 && ad_dtype_category(a->type->dtype) == AD_CATEGORY_FLOAT; }

static ad_status print_soft(c_printer *p, const ad_array *a, const char *name) {
  const ad_array *x = ad__c_input(a, 0);
  row_loop r = open_rows(p, a->type, softmax_rank(a));
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  const c_place *to = &p->places[a->serial];
  const char *room = input_room(&r, x, "row"), *own = is_side_by_side(&r, to, a->type->dtype) ? NULL : room_for_row(&r, "softened");
  begin_loop(&r);
  const char *from = row_of_input(&r, x, room), *out = row_of_output(&r, to, own);
  ad__c_line(p, "ad_%s_%s(%s, %s, %s);", name, ad__c_lane(r.lane), ad__c_size(p, r.n), from, out);
  if (own) copy_row(&r, to, a->type->dtype, own, true);
  end_loop(&r);
  return AD_OK;
}

static ad_status print_softmax(c_printer *p, const ad_array *a) { return print_soft(p, a, "softmax"); }
static ad_status print_log_softmax(c_printer *p, const ad_array *a) { return print_soft(p, a, "log_softmax"); }

/* ---- Cross-entropy ---- */

static int entropy_rank(const ad_array *a, const ad_type *logits) {
  int axis = (int)ad__attr(a, AXES)->as.i;
  for (int i = axis + 1; i < logits->rank; i++)
    if (logits->dims[i] != 1) return -1;
  return axis;
}

static bool can_entropy(const ad_array *a) { return entropy_rank(a, ad__c_input(a, 0)->type) >= 0; }
static bool can_entropy_grad(const ad_array *a) { return entropy_rank(a, ad__c_input(a, LOGITS)->type) >= 0; }

static const char *share_of(c_printer *p, const ad_array *a) { return ad__c_number(p, AD_FLOAT64, (const char *)ad__attr(a, SMOOTHING)->as.f); }

static ad_status print_entropy(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0), *targets = ad__c_input(a, 1);
  row_loop r = open_rows(p, x->type, entropy_rank(a, x->type));
  bool classes = targets->type->dtype == AD_INT64;
  if (!ad__c_members(p, a)) return AD_OK;
  if (!x->type->size) return AD_OK;
  const c_place *loss = &p->members[a->serial][0], *lse = &p->members[a->serial][1];
  const char *room = input_room(&r, x, "row"), *target_room = classes ? NULL : input_room(&r, targets, "targets");
  begin_loop(&r);
  const char *from = row_of_input(&r, x, room);
  const char *target = classes ? element_of_row(&r, targets, AD_INT64) : row_of_input(&r, targets, target_room);
  ad_dtype t = a->type->members[0]->dtype;
  const char *sum = ad__c_pointer(p, lse, r.rank, r.index);
  const char *call = ad__c_format(p, "ad_cross_entropy%s_%s(%s, %s, %s, %s, %s)", classes ? "" : "_between", ad__c_lane(r.lane), ad__c_size(p, r.n), from,
                                  target, share_of(p, a), sum);
  ad__c_line(p, "%s = %s;", ad__c_element_of(p, loss, t, r.rank, r.index), ad__c_cast(p, call, r.lane, t));
  end_loop(&r);
  return AD_OK;
}

static ad_status print_entropy_grad(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, LOGITS), *targets = ad__c_input(a, TARGETS);
  row_loop r = open_rows(p, x->type, entropy_rank(a, x->type));
  bool classes = targets->type->dtype == AD_INT64;
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  const c_place *to = &p->places[a->serial];
  const char *room = input_room(&r, x, "row"), *target_room = classes ? NULL : input_room(&r, targets, "targets");
  const char *own = is_side_by_side(&r, to, a->type->dtype) ? NULL : room_for_row(&r, "cotangent");
  begin_loop(&r);
  const char *from = row_of_input(&r, x, room);
  const char *target = classes ? element_of_row(&r, targets, AD_INT64) : row_of_input(&r, targets, target_room);
  ad__c_line(p, "ad_cross_entropy%s_back_%s(%s, %s, %s, %s, %s, %s, %s, %s);", classes ? "" : "_between", ad__c_lane(r.lane), ad__c_size(p, r.n), from,
             target, share_of(p, a), element_of_row(&r, ad__c_input(a, LSE), r.lane), element_of_row(&r, ad__c_input(a, CT), r.lane),
             element_of_row(&r, ad__c_input(a, WEIGHT), r.lane), row_of_output(&r, to, own));
  if (own) copy_row(&r, to, a->type->dtype, own, true);
  end_loop(&r);
  return AD_OK;
}

/* ---- Norms ---- */

/* y, then mean where there is one, and rstd, one a row. */
static ad_status print_norm(c_printer *p, const ad_array *a, bool centred) {
  const ad_array *x = ad__c_input(a, 0);
  row_loop r = open_rows(p, x->type, x->type->rank - 1);
  if (!ad__c_members(p, a)) return AD_OK;
  if (!x->type->size) return AD_OK;
  const c_place *m = p->members[a->serial];
  const char *weight = whole_row(&r, ad__c_input(a, 1), "weight"), *bias = centred ? whole_row(&r, ad__c_input(a, 2), "bias") : "0";
  const char *room = input_room(&r, x, "row"), *own = is_side_by_side(&r, &m[0], x->type->dtype) ? NULL : room_for_row(&r, "normalized");
  const char *eps = ad__c_number(p, AD_FLOAT64, (const char *)ad__attr(a, EPS)->as.f);
  begin_loop(&r);
  const char *from = row_of_input(&r, x, room), *out = row_of_output(&r, &m[0], own), *lane = ad__c_lane(r.lane);
  const char *first = ad__c_pointer(p, &m[1], r.rank, r.index);
  if (centred)
    ad__c_line(p, "ad_layer_norm_%s(%s, %s, %s, %s, %s, %s, %s, %s);", lane, ad__c_size(p, r.n), from, weight, bias, eps, out, first,
               ad__c_pointer(p, &m[2], r.rank, r.index));
  else ad__c_line(p, "ad_rms_norm_%s(%s, %s, %s, %s, %s, %s);", lane, ad__c_size(p, r.n), from, weight, eps, out, first);
  if (own) copy_row(&r, &m[0], x->type->dtype, own, true);
  end_loop(&r);
  return AD_OK;
}

static ad_status print_layer_norm(c_printer *p, const ad_array *a) { return print_norm(p, a, true); }
static ad_status print_rms_norm(c_printer *p, const ad_array *a) { return print_norm(p, a, false); }

/* The sums over rows: each run of CHUNK rows has its own, which are added up in double precision. */
typedef struct row_sums {
  const c_place *to; /* NULL: they are not wanted */
  const char *part, *total;
} row_sums;

static row_sums begin_sums(row_loop *r, const c_place *to, const char *wish) {
  row_sums s = {to, "0", NULL};
  if (!to) return s;
  s.part = room_for_row(r, wish);
  s.total = ad__c_room(r->p, "double", ad__c_format(r->p, "%s_total", wish), r->n);
  const char *index;
  int opened = ad__c_open(r->p, 1, &r->n, &index);
  if (r->n == 1) index = "0";
  ad__c_line(r->p, "%s[%s] = 0;", s.part, index);
  ad__c_line(r->p, "%s[%s] = 0;", s.total, index);
  ad__c_close(r->p, opened);
  return s;
}

static void join_sums(row_loop *r, const row_sums *s) {
  if (s->to) ad__c_line(r->p, "ad_norm_join_%s(%s, %s, %s);", ad__c_lane(r->lane), ad__c_size(r->p, r->n), s->total, s->part);
}

static void end_sums(row_loop *r, const row_sums *s, ad_dtype t) {
  const char *index;
  if (!s->to) return;
  c_place total = {.base = s->total, .strides = {1}};
  int opened = ad__c_open(r->p, 1, &r->n, &index);
  const char *x = ad__c_cast(r->p, ad__c_element_of(r->p, &total, AD_FLOAT64, 1, &index), AD_FLOAT64, r->lane);
  ad__c_line(r->p, "%s = %s;", ad__c_element_of(r->p, s->to, t, 1, &index), ad__c_cast(r->p, x, r->lane, t));
  ad__c_close(r->p, opened);
}

/* ct, x, mean where there is one, rstd, weight; gives the cotangents of x, weight and bias. */
static ad_status print_norm_grad(c_printer *p, const ad_array *a, bool centred) {
  const ad_array *ct = ad__c_input(a, 0), *x = ad__c_input(a, 1), *weight = ad__c_input(a, a->n - 1), *rstd = ad__c_input(a, a->n - 2);
  row_loop r = open_rows(p, x->type, x->type->rank - 1);
  if (!ad__c_members(p, a)) return AD_OK;
  const c_place *m = p->members[a->serial];
  const char *w = whole_row(&r, weight, "weight"), *room = input_room(&r, x, "row"), *ct_room = input_room(&r, ct, "cotangent");
  const char *own = is_side_by_side(&r, &m[0], x->type->dtype) ? NULL : room_for_row(&r, "of_row"), *mean = "0", *count = NULL;
  row_sums sums[2] = {begin_sums(&r, weight ? &m[1] : NULL, "of_weight"), begin_sums(&r, centred ? &m[2] : NULL, "of_bias")};
  int64_t rows = r.n ? x->type->size / r.n : 0;
  if (rows > CHUNK && (weight || centred)) ad__c_line(p, "%s %s = 0;", p->index_type, count = ad__c_name(p, "row_count"));
  if (rows) {
    begin_loop(&r);
    const char *from = row_of_input(&r, x, room), *above = row_of_input(&r, ct, ct_room), *lane = ad__c_lane(r.lane);
    if (centred) {
      const char *name = ad__c_name(p, "mean_here");
      ad__c_line(p, "const %s %s = %s;", ad__c_type(r.lane), name, element_of_row(&r, ad__c_input(a, 2), r.lane));
      mean = ad__c_format(p, "&%s", name);
    }
    ad__c_line(p, "ad_norm_back_%s(%s, %s, %s, %s, %s, %s, %s, %s, %s);", lane, ad__c_size(p, r.n), above, from, w, mean,
               element_of_row(&r, rstd, r.lane), row_of_output(&r, &m[0], own), sums[0].part, sums[1].part);
    if (own) copy_row(&r, &m[0], x->type->dtype, own, true);
    if (count) {
      ad__c_line(p, "if (++%s %% %d == 0) {", count, CHUNK);
      p->depth++;
      for (int k = 0; k < 2; k++) join_sums(&r, &sums[k]);
      p->depth--;
      ad__c_line(p, "}");
    }
    end_loop(&r);
  }
  for (int k = 0; k < 2; k++) {
    if (rows) join_sums(&r, &sums[k]);
    end_sums(&r, &sums[k], x->type->dtype);
  }
  return AD_OK;
}

static ad_status print_layer_norm_grad(c_printer *p, const ad_array *a) { return print_norm_grad(p, a, true); }
static ad_status print_rms_norm_grad(c_printer *p, const ad_array *a) { return print_norm_grad(p, a, false); }

/* ---- The rows ---- */

static const c_row rows[] = {
    {AD_OP_softmax, can_soften, print_softmax, true},
    {AD_OP_log_softmax, can_soften, print_log_softmax, true},
    {AD_OP_softmax_cross_entropy, can_entropy, print_entropy, true},
    {AD_OP_softmax_cross_entropy_grad, can_entropy_grad, print_entropy_grad, true},
    {AD_OP_fast_layer_norm, NULL, print_layer_norm, true},
    {AD_OP_fast_rms_norm, NULL, print_rms_norm, true},
    {AD_OP_fast_layer_norm_grad, NULL, print_layer_norm_grad, false},
    {AD_OP_fast_rms_norm_grad, NULL, print_rms_norm_grad, false},
};

static const c_row *row_of(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id && (!rows[i].can || rows[i].can(a))) return &rows[i];
  return NULL;
}

const c_row *ad__c_rows_row(const ad_array *a) {
  if (a->op->id != AD_OP_item) return row_of(a);
  const ad_array *of = ad__c_input(a, 0);
  return !(of->op->flags & AD_OP_HOLDS) && row_of(of) ? &ad__c_item_row : NULL;
}
