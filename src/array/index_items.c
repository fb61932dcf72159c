/* Index expressions sorted out, and read.
 *
 * Numbers, ranges and new axes become one strided slice (a view) and axes dropped or added; index arrays become one
 * gather behind it. Where the arrays' dims go is NumPy's rule: numbers count as arrays when there is an array, and if
 * anything else lies between two of them the dims go in front. Not here: updates (index_update.c). */
#include "array/index_items.h"

#include <string.h>
#include "ops/index_check.h"
#include "ops/rules.h"

/* ---- Sorting ---- */

typedef struct sorter {
  ad_items *p;
  ad_place where;
  const char *name;
  ad_ctx *ctx;
  int axis;                      /* the next axis of x */
  enum { BEFORE, INSIDE, BEHIND, SEPARATED } group; /* of index arrays and numbers */
} sorter;

static ad_array *fail(const sorter *s, ad_status code, const char *fmt, ...) AD_FORMAT(3, 4);
static ad_array *fail(const sorter *s, ad_status code, const char *fmt, ...) {
  ad_err e;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, code, fmt, ap);
  va_end(ap);
  return ad__node_errorf(s->ctx, s->where, NULL, code, "%s: %s", s->name, e.text);
}

static void meet_array(sorter *s) {
  if (!s->p->arrays) return;
  if (s->group == BEFORE) s->p->arrays_at = s->p->slots, s->group = INSIDE;
  else if (s->group == BEHIND) s->p->arrays_at = 0, s->group = SEPARATED;
}

static ad_array *meet_slot(sorter *s, int axis) {
  if (s->group == INSIDE) s->group = BEHIND;
  if (s->p->slots == AD_MAX_RANK) return fail(s, AD_E_VALUE, "more than %d axes; at most so many are right", AD_MAX_RANK);
  s->p->slot[s->p->slots++] = axis;
  return NULL;
}

static ad_array *take_number(sorter *s, int64_t i) {
  int64_t n = s->p->x->type->dims[s->axis];
  if (n >= 0 && (i < -n || i >= n)) {
    if (n == 0) return fail(s, AD_E_INDEX, "index %lld for axis %d of length 0; it has no elements", (long long)i, s->axis);
    return fail(s, AD_E_INDEX, "index %lld for axis %d of length %lld; it is out of range; from %lld to %lld is right",
                (long long)i, s->axis, (long long)n, (long long)-n, (long long)(n - 1));
  }
  s->p->axis[s->axis++] = (ad_axis_use){AD_AXIS_NUMBER, i, i == -1 ? INT64_MAX : i + 1, 1, NULL};
  meet_array(s);
  return NULL;
}

static ad_array *take_range(sorter *s, const ad_index_item *item) {
  if (item->step == 0) return fail(s, AD_E_VALUE, "step 0 for axis %d; any other number is right", s->axis);
  bool back = item->step < 0;
  int64_t start = item->start == AD_BEGIN && back ? INT64_MAX : item->start;
  int64_t stop = item->stop == AD_END && back ? INT64_MIN : item->stop;
  bool whole = (start == AD_BEGIN || start == 0) && stop == AD_END && item->step == 1;
  s->p->axis[s->axis] = (ad_axis_use){whole ? AD_AXIS_WHOLE : AD_AXIS_RANGE, start, stop, item->step, NULL};
  return meet_slot(s, s->axis++);
}

static ad_array *take_array(sorter *s, ad_array *i) {
  char why[256];
  if (i->type->dtype == AD_BOOL) return fail(s, AD_E_TYPE, "an index array of dtype bool; integers are right (AD_MASK takes masks)");
  ad_status st = ad__index_check_dtype(i, why, sizeof why);
  if (!st) st = ad__index_check_known(i, s->axis, s->p->x->type->dims[s->axis], 1, why, sizeof why);
  if (st) return fail(s, st, "%s", why);
  s->p->axis[s->axis++] = (ad_axis_use){AD_AXIS_ARRAY, 0, INT64_MAX, 1, i};
  meet_array(s);
  return NULL;
}

static ad_array *take_mask(sorter *s, ad_array *mask) {
  const ad_type *t = mask->type, *x = s->p->x->type;
  ad_array *where[AD_MAX_RANK];
  for (int i = 0; i < t->rank; i++)
    if (t->dims[i] != x->dims[s->axis + i]) {
      ad_text m, a;
      ad__text_init(&m, &s->ctx->mem), ad__text_init(&a, &s->ctx->mem);
      ad__dims_print(s->ctx, t->rank, t->dims, &m);
      ad__dims_print(s->ctx, t->rank, x->dims + s->axis, &a);
      ad_array *e = fail(s, AD_E_INDEX, "a mask of shape %s for axes of shape %s; equal shapes are right", ad__text_str(&m), ad__text_str(&a));
      ad__text_free(&m), ad__text_free(&a);
      return e;
    }
  if (t->rank == 0) { /* one axis more, of which nothing or everything is taken */
    if (s->p->rank == AD_MAX_RANK) return fail(s, AD_E_VALUE, "more than %d axes; at most so many are right", AD_MAX_RANK);
    s->p->x = ad_expand_dims(s->p->x, AD_AXES(s->axis));
    s->p->rank++;
  }
  ad_array *bad = ad__mask_positions(s->where, t->rank ? mask : ad_expand_dims(mask, AD_AXES(0)), where);
  if (bad) return bad;
  for (int i = 0; i < (t->rank ? t->rank : 1); i++)
    s->p->axis[s->axis++] = (ad_axis_use){AD_AXIS_ARRAY, 0, INT64_MAX, 1, where[i]};
  meet_array(s);
  return NULL;
}

static ad_array *take_dots(sorter *s, int axes) {
  if (s->group == INSIDE) s->group = BEHIND;
  for (; axes > 0; axes--) {
    s->p->axis[s->axis] = (ad_axis_use){AD_AXIS_WHOLE, INT64_MIN, INT64_MAX, 1, NULL};
    ad_array *bad = meet_slot(s, s->axis++);
    if (bad) return bad;
  }
  return NULL;
}

static ad_array *take_item(sorter *s, const ad_index_item *item, int rest) {
  switch (item->kind) {
  case AD_INDEX_NUMBER: return take_number(s, item->start);
  case AD_INDEX_RANGE: return take_range(s, item);
  case AD_INDEX_NEW_AXIS: return meet_slot(s, -1);
  case AD_INDEX_DOTS: return take_dots(s, rest);
  case AD_INDEX_ARRAY: return take_array(s, item->array);
  case AD_INDEX_TRUE: return take_mask(s, item->array);
  }
  return fail(s, AD_E_VALUE, "an index item of kind %d; it is none", (int)item->kind);
}

/* Checks the items one by one; counts the axes they speak of. */
static ad_array *check_items(sorter *s, const ad_index_item *items, int n, int *axes) {
  int dots = 0;
  *axes = 0;
  for (int i = 0; i < n; i++) {
    ad_array *a = items[i].array;
    ad_index_kind k = items[i].kind;
    if (k == AD_INDEX_ARRAY || k == AD_INDEX_TRUE) {
      if (!a) return fail(s, AD_E_VALUE, "the array of index %d is NULL", i);
      if (ad__is_error(a)) return a;
      if (a->ctx != s->ctx) return fail(s, AD_E_VALUE, "the array of index %d belongs to another context", i);
      if (a->type->kind != AD_KIND_TENSOR) return fail(s, AD_E_TYPE, "the array of index %d is a tuple; one array is right", i);
      if (k == AD_INDEX_TRUE && a->type->dtype != AD_BOOL)
        return fail(s, AD_E_TYPE, "a mask of dtype %s; bool is right", ad_dtype_name(a->type->dtype));
      s->p->arrays = true;
    }
    *axes += k == AD_INDEX_TRUE ? a->type->rank : k == AD_INDEX_NUMBER || k == AD_INDEX_RANGE || k == AD_INDEX_ARRAY;
    dots += k == AD_INDEX_DOTS;
  }
  if (dots > 1) return fail(s, AD_E_INDEX, "%d ellipses; at most one is right", dots);
  int rank = s->p->rank;
  if (*axes > rank) return fail(s, AD_E_INDEX, "too many indices: %d for rank %d; at most %d are right", *axes, rank, rank);
  return NULL;
}

ad_array *ad__items_sort(ad_items *p, ad_place where, const char *name, ad_array *x, const ad_index_item *items, int n) {
  sorter s = {p, where, name, x->ctx, 0, BEFORE};
  *p = (ad_items){.x = x, .rank = x->type->rank};
  if (x->type->kind != AD_KIND_TENSOR) return fail(&s, AD_E_TYPE, "a tuple; one array is right");
  if (n < 0 || (n && !items)) return fail(&s, AD_E_VALUE, "%d items; a list is right", n);
  int axes;
  ad_array *bad = check_items(&s, items, n, &axes);
  bool dots = false;
  for (int i = 0; i < n && !bad; i++) {
    bad = take_item(&s, &items[i], x->type->rank - axes);
    dots |= items[i].kind == AD_INDEX_DOTS;
  }
  return bad ? bad : dots ? NULL : take_dots(&s, p->rank - s.axis);
}

/* ---- Reading ---- */

static ad_array *basic_part(const ad_items *p) {
  int64_t start[AD_MAX_RANK], stop[AD_MAX_RANK], step[AD_MAX_RANK], drop[AD_MAX_RANK];
  int dropped = 0;
  bool cut = !p->arrays;
  for (int i = 0; i < p->rank; i++) {
    const ad_axis_use *u = &p->axis[i];
    bool whole = u->kind == AD_AXIS_WHOLE || u->kind == AD_AXIS_ARRAY;
    start[i] = whole ? 0 : u->start, stop[i] = whole ? INT64_MAX : u->stop, step[i] = whole ? 1 : u->step;
    cut |= !whole;
    if (u->kind == AD_AXIS_NUMBER) drop[dropped++] = i;
  }
  ad_array *y = p->x;
  if (cut)
    y = ad_strided_slice(y, (ad_ints){true, p->rank, start}, (ad_ints){true, p->rank, stop},
                         &(ad_strided_slice_opts){.step = {true, p->rank, step}});
  return dropped ? ad_squeeze(y, &(ad_squeeze_opts){.axes = {true, dropped, drop}}) : y;
}

/* Gathers from y, which has lost the axes that numbers name. */
static ad_array *array_part(const ad_items *p, ad_array *y) {
  ad_array *in[AD_MAX_RANK + 1] = {y};
  int64_t axes[AD_MAX_RANK];
  int n = 0, at = 0;
  for (int i = 0, k = 0; i < p->rank; i++) {
    if (p->axis[i].kind == AD_AXIS_ARRAY) in[n + 1] = p->axis[i].array, axes[n++] = k;
    k += p->axis[i].kind != AD_AXIS_NUMBER;
  }
  for (int i = 0; i < p->arrays_at; i++) at += p->slot[i] >= 0;
  return ad_gather(y->ctx, in, n + 1, (ad_ints){true, n, axes}, &(ad_gather_opts){.at = AD_INT(at)});
}

ad_array *ad__items_read(const ad_items *p) {
  ad_array *y = basic_part(p);
  int64_t fresh[AD_MAX_RANK];
  int count = 0, dims = 0, axes = 0;
  if (p->arrays) y = array_part(p, y);
  if (ad_is_error(y)) return y;
  for (int i = 0; i < p->slots; i++) axes += p->slot[i] >= 0;
  dims = ad_array_rank(y) - axes;
  for (int i = 0; i < p->slots; i++)
    if (p->slot[i] < 0) fresh[count++] = i + (i >= p->arrays_at ? dims : 0);
  return count ? ad_expand_dims(y, (ad_ints){true, count, fresh}) : y;
}

ad_array *ad_index_at(ad_place where, ad_array *x, const ad_index_item *items, int n) {
  if (!x || ad__is_error(x)) return x ? x : ad_apply(NULL, where, &ad__op_constant, NULL, 0, NULL);
  ad_ctx *c = x->ctx;
  ad_items p;
  ad_place outer = c->rule_where;
  ad_scope *s = ad_scope_begin(c);
  if (!outer) c->rule_where = where;
  ad_array *y = ad__items_sort(&p, where, "index", x, items, n);
  if (!y) y = ad__items_read(&p);
  c->rule_where = outer;
  return ad_scope_end(s, y);
}
