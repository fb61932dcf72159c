/* Updates of the places an index expression names: each becomes one scatter.
 *
 * The value is broadcast to the shape that a read would give. Plain slices of step 1 are written as one window, so that
 * rows are copied whole; in every other case numbers, ranges and index arrays become index arrays of one scatter, the
 * ranges' dims behind the arrays'. A mask whose places all get the same is a selection and needs no evaluation.
 * Invariant: nothing here depends on values but the other masks, which sorting has turned into index arrays. */
#include "array/index_items.h"

#include <string.h>
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/rules.h"

typedef struct update {
  ad_items p;
  ad_ctx *ctx;
  ad_place where;
  ad_index_mode mode;
  const char *name;
  ad_array *value;
  int dims; /* of the index arrays, broadcast together */
} update;

static const char *const names[] = {"index_set",    "index_add",     "index_subtract", "index_multiply",
                                    "index_divide", "index_maximum", "index_minimum"};

/* ---- The value ---- */

/* In x's dtype and such that adding or multiplying does what the mode says. */
static ad_array *prepare_value(const update *u, const ad_array *x, ad_array *value) {
  ad_dtype t = x->type->dtype;
  if (u->mode == AD_UPDATE_DIVIDE && ad_dtype_category(t) < AD_CATEGORY_FLOAT)
    return ad__node_errorf(u->ctx, u->where, NULL, AD_E_TYPE, "%s: dtype %s; floats or complex numbers are right", u->name,
                           ad_dtype_name(t));
  value = ad_cast(value, t);
  if (u->mode == AD_UPDATE_SUBTRACT) return ad_negative(value);
  return u->mode == AD_UPDATE_DIVIDE ? ad_reciprocal(value) : value;
}

static ad_array *drop_leading_ones(ad_array *a, int rank) {
  ad_shape s = ad_array_shape(a);
  int drop = 0;
  while (s.rank - drop > rank && s.dims[drop] == 1) drop++;
  return drop ? ad_reshape(a, (ad_shape){s.rank - drop, s.dims + drop}) : a;
}

static bool fits(ad_shape from, ad_shape to) {
  if (from.rank > to.rank) return false;
  for (int i = 1; i <= from.rank; i++) {
    int64_t d = from.dims[from.rank - i];
    if (d != 1 && d != to.dims[to.rank - i]) return false;
  }
  return true;
}

static ad_array *does_not_fit(const update *u, const ad_array *value, ad_shape places) {
  ad_text v, p;
  ad__text_init(&v, &u->ctx->mem), ad__text_init(&p, &u->ctx->mem);
  ad__dims_print(u->ctx, value->type->rank, value->type->dims, &v);
  ad__dims_print(u->ctx, places.rank, places.dims, &p);
  ad_array *e = ad__node_errorf(u->ctx, u->where, NULL, AD_E_VALUE,
                                "%s: a value of shape %s for places of shape %s; one that broadcasts to them is right",
                                u->name, ad__text_str(&v), ad__text_str(&p));
  ad__text_free(&v), ad__text_free(&p);
  return e;
}

/* The value in the shape of the places, without the new axes. */
static ad_array *spread_value(const update *u, ad_shape places) {
  ad_array *v = drop_leading_ones(u->value, places.rank);
  if (!fits(ad_array_shape(v), places)) return does_not_fit(u, u->value, places);
  int64_t drop[AD_MAX_RANK];
  int count = 0;
  for (int i = 0; i < u->p.slots; i++)
    if (u->p.slot[i] < 0) drop[count++] = i + (i >= u->p.arrays_at ? u->dims : 0);
  v = ad_broadcast_to(v, places);
  return count ? ad_squeeze(v, &(ad_squeeze_opts){.axes = {true, count, drop}}) : v;
}

/* ---- Scatters ---- */

static ad_array *write_update(const update *u, ad_array *const *in, int n, const int64_t *axes, const int64_t *sizes) {
  ad_ints list = {true, n, axes};
  ad_attr at[] = {ad_attr_ints(list), sizes ? ad_attr_ints((ad_ints){true, n, sizes}) : (ad_attr){0}, {0}, {0}, {0}};
  static const ad_op *const ops[] = {&ad__op_scatter,          &ad__op_scatter_add,      &ad__op_scatter_add,
                                     &ad__op_scatter_multiply, &ad__op_scatter_multiply, &ad__op_scatter_maximum,
                                     &ad__op_scatter_minimum};
  return ad_apply(u->ctx, u->where, ops[u->mode], in, n + 2, at);
}

/* Slices of step 1 and numbers: one window. `value` has the axes that numbers do not name. */
static ad_array *write_window(const update *u, ad_array *value) {
  ad_array *in[AD_MAX_RANK + 2] = {u->p.x, NULL};
  int64_t axes[AD_MAX_RANK], sizes[AD_MAX_RANK], added[AD_MAX_RANK];
  int n = 0, count = 0, k = 0;
  for (int i = 0; i < u->p.rank; i++) {
    const ad_axis_use *a = &u->p.axis[i];
    int64_t dim = u->p.x->type->dims[i];
    if (a->kind == AD_AXIS_NUMBER) added[count++] = i;
    if (a->kind != AD_AXIS_WHOLE) {
      ad_slice_range r = ad__slice_range(dim, a->start, a->stop, 1);
      in[n + 2] = ad_number_int(u->ctx, a->kind == AD_AXIS_NUMBER ? a->start : r.count ? r.first : 0);
      axes[n] = i;
      sizes[n++] = a->kind == AD_AXIS_NUMBER ? 1 : ad_array_dim(value, k);
    }
    k += a->kind != AD_AXIS_NUMBER;
  }
  in[1] = count ? ad_expand_dims(value, (ad_ints){true, count, added}) : value;
  return write_update(u, in, n, axes, sizes);
}

/* The positions of a range, with `behind` axes of length 1 after them. */
static ad_array *range_positions(const update *u, int axis, int behind) {
  const ad_axis_use *a = &u->p.axis[axis];
  ad_slice_range r = ad__slice_range(u->p.x->type->dims[axis], a->start, a->stop, a->step);
  ad_dtype t = u->p.x->type->dims[axis] > INT32_MAX ? AD_INT64 : AD_INT32;
  int64_t step = r.count > 1 ? a->step : 1, dims[AD_MAX_RANK] = {r.count};
  ad_array *i = ad_iota(u->ctx, r.count, &(ad_iota_opts){.start = AD_INT(r.first), .step = AD_INT(step), .dtype = t});
  for (int k = 1; k <= behind; k++) dims[k] = 1;
  return behind ? ad_reshape(i, (ad_shape){behind + 1, dims}) : i;
}

static ad_array *with_ones_behind(ad_array *a, int count) {
  int64_t axes[AD_MAX_RANK];
  for (int i = 0; i < count; i++) axes[i] = i - count;
  return count ? ad_expand_dims(a, (ad_ints){true, count, axes}) : a;
}

/* Everything else. The scatter's updates have the arrays' dims in front, then the ranges', then the whole axes. */
static ad_array *write_arrays(const update *u, ad_array *value) {
  ad_array *in[AD_MAX_RANK + 2] = {u->p.x, NULL};
  int64_t axes[AD_MAX_RANK], perm[AD_MAX_RANK];
  int place[AD_MAX_RANK], n = 0, count = 0, ranges = 0, front = 0, at = 0;
  for (int i = 0; i < u->p.arrays_at; i++) front += u->p.slot[i] >= 0;
  for (int i = 0; i < u->p.slots; i++)
    if (u->p.slot[i] >= 0) place[u->p.slot[i]] = at + (at >= front ? u->dims : 0), at++;
  for (int i = 0; i < u->dims; i++) perm[count++] = front + i;
  for (int i = 0; i < u->p.rank; i++) ranges += u->p.axis[i].kind == AD_AXIS_RANGE;
  for (int i = 0, k = 0; i < u->p.rank; i++) {
    const ad_axis_use *a = &u->p.axis[i];
    if (a->kind == AD_AXIS_WHOLE) continue;
    axes[n] = i;
    if (a->kind == AD_AXIS_NUMBER) in[n++ + 2] = ad_number_int(u->ctx, a->start);
    else if (a->kind == AD_AXIS_ARRAY) in[n++ + 2] = with_ones_behind(a->array, ranges);
    else in[n++ + 2] = range_positions(u, i, ranges - ++k), perm[count++] = place[i];
  }
  for (int i = 0; i < u->p.rank; i++)
    if (u->p.axis[i].kind == AD_AXIS_WHOLE) perm[count++] = place[i];
  in[1] = ad_transpose(value, &(ad_transpose_opts){.axes = {true, count, perm}});
  return write_update(u, in, n, axes, NULL);
}

static bool is_window(const ad_items *p) {
  for (int i = 0; i < p->rank; i++)
    if (p->axis[i].kind == AD_AXIS_ARRAY || (p->axis[i].kind == AD_AXIS_RANGE && p->axis[i].step != 1)) return false;
  return true;
}

static ad_array *scatter_update(update *u, ad_array *x) {
  ad_array *read = ad__items_read(&u->p); /* never computed: it says the places' shape, or what is wrong */
  if (ad_is_error(read)) return read;
  ad_shape places = ad_array_shape(read);
  u->dims = places.rank - u->p.slots;
  ad_array *value = spread_value(u, places);
  if (ad_is_error(value)) return value;
  ad_array *y = is_window(&u->p) ? write_window(u, value) : write_arrays(u, value);
  return u->p.x == x ? y : ad_reshape(y, ad_array_shape(x));
}

/* ---- Masks whose places all get the same ---- */

static bool selects(const update *u, const ad_array *x, const ad_index_item *items, int n) {
  if (n < 1 || items[0].kind != AD_INDEX_TRUE || n > 2 || (n == 2 && items[1].kind != AD_INDEX_DOTS)) return false;
  const ad_array *mask = items[0].array;
  if (!mask || ad_is_error(mask) || mask->ctx != u->ctx || mask->type->kind != AD_KIND_TENSOR) return false;
  int rank = mask->type->rank;
  if (mask->type->dtype != AD_BOOL || rank > x->type->rank) return false;
  for (int i = 0; i < rank; i++)
    if (mask->type->dims[i] != x->type->dims[i]) return false;
  ad_shape rest = {x->type->rank - rank, x->type->dims + rank};
  ad_array *v = drop_leading_ones(u->value, rest.rank);
  return fits(ad_array_shape(v), rest);
}

static ad_array *combine(ad_index_mode mode, ad_array *x, ad_array *v) {
  switch (mode) {
  case AD_UPDATE_SET: return v;
  case AD_UPDATE_ADD:
  case AD_UPDATE_SUBTRACT: return ad_add(x, v);
  case AD_UPDATE_MULTIPLY:
  case AD_UPDATE_DIVIDE: return ad_multiply(x, v);
  case AD_UPDATE_MAXIMUM: return ad_maximum(x, v);
  case AD_UPDATE_MINIMUM: return ad_minimum(x, v);
  }
  return v;
}

static ad_array *select_update(const update *u, ad_array *x, ad_array *mask) {
  int rest = x->type->rank - mask->type->rank;
  ad_array *v = drop_leading_ones(u->value, rest);
  return ad_where(with_ones_behind(mask, rest), combine(u->mode, x, v), x);
}

/* ---- The call ---- */

static ad_array *run(update *u, ad_array *x, ad_array *value, const ad_index_item *items, int n) {
  if ((unsigned)u->mode >= sizeof names / sizeof *names)
    return ad__node_errorf(u->ctx, u->where, NULL, AD_E_VALUE, "index_update: mode %d; it is none", (int)u->mode);
  u->name = names[u->mode];
  if (x->type->kind != AD_KIND_TENSOR || value->type->kind != AD_KIND_TENSOR)
    return ad__node_errorf(u->ctx, u->where, NULL, AD_E_TYPE, "%s: a tuple; one array is right", u->name);
  u->value = prepare_value(u, x, value);
  if (ad_is_error(u->value)) return u->value;
  if (selects(u, x, items, n)) return select_update(u, x, items[0].array);
  ad_array *bad = ad__items_sort(&u->p, u->where, u->name, x, items, n);
  return bad ? bad : scatter_update(u, x);
}

ad_array *ad_index_update_at(ad_place where, ad_index_mode mode, ad_array *x, ad_array *value, const ad_index_item *items,
                             int n) {
  if (!x || !value) return ad_apply(x ? x->ctx : NULL, where, &ad__op_add, (ad_array *const[]){x, value}, 2, NULL);
  if (ad__is_error(x) || ad__is_error(value)) return ad__is_error(x) ? x : value;
  ad_ctx *c = x->ctx;
  update u = {.ctx = c, .where = where, .mode = mode};
  ad_place outer = c->rule_where;
  ad_scope *s = ad_scope_begin(c);
  if (!outer) c->rule_where = where;
  ad_array *y = run(&u, x, value, items, n);
  c->rule_where = outer;
  return ad_scope_end(s, y);
}
