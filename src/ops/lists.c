/* Functions that return as many arrays as their arguments say; see compose.h.
 *
 * An op has a fixed number of outputs, so these are no ops but functions that build a tuple of slices, reshapes or
 * broadcasts. All that can be wrong is checked first, so that messages name the function called. The parts are made in
 * a scope of their own: only the tuple reaches the caller's. */
#include <adamant/compose.h>

#include <string.h>
#include "ir/ctx.h"
#include "ir/rel.h"
#include "ops/apply.h"
#include "ops/dims.h"
#include "ops/rules.h"

/* ---- What all of them do ---- */

typedef struct list {
  ad_ctx *c;
  ad_place where;
  const char *name;
  ad_scope *scope;
  ad_array **items;
  int n;
} list;

static ad_array *fail(const list *l, ad_status code, const char *fmt, ...) AD_FORMAT(3, 4);
static ad_array *fail(const list *l, ad_status code, const char *fmt, ...) {
  ad_err e;
  va_list ap;
  va_start(ap, fmt);
  ad__fail_v(&e, code, fmt, ap);
  va_end(ap);
  return ad__scope_take_error(ad__node_errorf(l->c, l->where, NULL, code, "%s: %s", l->name, e.text));
}

/* Room for n parts, and a scope for them. NULL when all is well. */
static ad_array *list_begin(list *l, int64_t n) {
  if (n > UINT16_MAX) return fail(l, AD_E_OVERFLOW, "%lld results; at most %d are right", (long long)n, UINT16_MAX);
  l->n = (int)n;
  l->items = ad__mem_take(&l->c->mem, ((size_t)n + 1) * sizeof *l->items);
  if (!l->items) return l->c->out_of_memory;
  l->scope = ad_scope_begin(l->c);
  return NULL;
}

static ad_array *list_end(list *l) {
  ad_array *y = ad_scope_end(l->scope, ad_tuple_at(l->where, l->c, l->items, l->n));
  ad__mem_give(&l->c->mem, l->items, ((size_t)l->n + 1) * sizeof *l->items);
  return y;
}

/* A handle that is no single array: what to return instead; NULL when it is one. */
static ad_array *not_an_array(list *l, ad_array *a, int index) {
  if (!a) return ad_copy_at(l->where, NULL);
  if (ad_is_error(a)) return a;
  if (!l->c) l->c = a->ctx;
  if (a->ctx != l->c) return fail(l, AD_E_VALUE, "array %d belongs to another context; arrays of one are right", index);
  if (a->type->kind != AD_KIND_TENSOR) return fail(l, AD_E_TYPE, "array %d is a tuple; one array is right (take it out with ad_item)", index);
  return NULL;
}

static ad_array *not_arrays(list *l, ad_array *const *arrays, int n) {
  if (!l->c) return ad_copy_at(l->where, NULL);
  if (l->c->error.code) return fail(l, l->c->error.code, "%s", l->c->error.text);
  if (n < 0 || (n && !arrays)) return fail(l, AD_E_VALUE, "%d arrays; 0 or more are right", n);
  for (int i = 0; i < n; i++) {
    ad_array *bad = not_an_array(l, arrays[i], i);
    if (bad) return bad;
  }
  return NULL;
}

static ad_array *find_axis(const list *l, const ad_array *a, ad_int given, int *axis) {
  int rank = ad_array_rank(a);
  int64_t v = given.given ? given.value : 0;
  if (rank == 0) return fail(l, AD_E_INDEX, "axis %lld; the array has rank 0 and no axes", (long long)v);
  if (v < -rank || v >= rank)
    return fail(l, AD_E_INDEX, "axis %lld; it is out of range for rank %d; from %d to %d is right", (long long)v, rank, -rank, rank - 1);
  *axis = ad__axis_of(v, rank);
  if (ad_array_dim(a, *axis) < 0) return fail(l, AD_E_VALUE, "axis %d has a symbolic length; a number is right", *axis);
  return NULL;
}

static ad_array *piece(const list *l, ad_array *a, int axis, int64_t begin, int64_t end) {
  int rank = ad_array_rank(a);
  int64_t start[AD_MAX_RANK] = {0}, stop[AD_MAX_RANK];
  for (int i = 0; i < rank; i++) stop[i] = INT64_MAX;
  start[axis] = begin;
  stop[axis] = end;
  return ad_strided_slice_at(l->where, a, (ad_ints){true, rank, start}, (ad_ints){true, rank, stop}, NULL);
}

/* ---- split, unstack ---- */

ad_array *ad_split_at(ad_place where, ad_array *a, int64_t count, const ad_split_opts *opts) {
  list l = {.where = where, .name = "split"};
  int axis = 0;
  ad_array *bad = not_an_array(&l, a, 0);
  if (!bad) bad = find_axis(&l, a, opts ? opts->axis : (ad_int){0}, &axis);
  if (bad) return bad;
  int64_t n = ad_array_dim(a, axis);
  if (count < 1) return fail(&l, AD_E_VALUE, "%lld pieces; 1 or more are right", (long long)count);
  if (n % count)
    return fail(&l, AD_E_VALUE, "an axis of %lld in %lld pieces; they do not divide it; a divisor, or indices, are right",
                (long long)n, (long long)count);
  if ((bad = list_begin(&l, count))) return bad;
  for (int i = 0; i < l.n; i++) l.items[i] = piece(&l, a, axis, n / count * i, n / count * (i + 1));
  return list_end(&l);
}

ad_array *ad_split_indices_at(ad_place where, ad_array *a, ad_ints indices, const ad_split_opts *opts) {
  list l = {.where = where, .name = "split"};
  int axis = 0;
  ad_array *bad = not_an_array(&l, a, 0);
  if (!bad) bad = find_axis(&l, a, opts ? opts->axis : (ad_int){0}, &axis);
  if (bad) return bad;
  if (indices.count < 0 || (indices.count && !indices.values)) return fail(&l, AD_E_VALUE, "%d indices; 0 or more are right", indices.count);
  if ((bad = list_begin(&l, (int64_t)indices.count + 1))) return bad;
  for (int i = 0; i < l.n; i++)
    l.items[i] = piece(&l, a, axis, i ? indices.values[i - 1] : 0, i < indices.count ? indices.values[i] : INT64_MAX);
  return list_end(&l);
}

ad_array *ad_unstack_at(ad_place where, ad_array *a, const ad_unstack_opts *opts) {
  list l = {.where = where, .name = "unstack"};
  int axis = 0;
  ad_array *bad = not_an_array(&l, a, 0);
  if (!bad) bad = find_axis(&l, a, opts ? opts->axis : (ad_int){0}, &axis);
  if (!bad) bad = list_begin(&l, ad_array_dim(a, axis));
  if (bad) return bad;
  ad_squeeze_opts drop = {.axes = AD_AXES(axis)};
  for (int i = 0; i < l.n; i++) l.items[i] = ad_squeeze_at(where, piece(&l, a, axis, i, i + 1), &drop);
  return list_end(&l);
}

/* ---- broadcast_arrays, meshgrid ---- */

/* The shape of all arrays together, by the relation that elementwise ops use. */
static ad_array *common_shape(const list *l, ad_array *const *arrays, int n, ad_rel_slot *slots, int *numbers) {
  ad_err e;
  ad_rel r = {.ctx = l->c, .op = &ad__op_tuple, .inputs = n, .outputs = 1, .slots = slots, .err = &e};
  for (int i = 0; i < n; i++) {
    ad_shape s = ad_array_shape(arrays[i]);
    slots[i] = (ad_rel_slot){.rank = s.rank};
    if (s.rank) memcpy(slots[i].dims, s.dims, (size_t)s.rank * sizeof *s.dims);
    numbers[i] = i;
  }
  slots[n] = (ad_rel_slot){.rank = -1};
  return ad_rel_broadcast(&r, n, numbers, n) ? NULL : fail(l, e.code, "%s", e.text);
}

ad_array *ad_broadcast_arrays_at(ad_place where, ad_ctx *c, ad_array *const *arrays, int n) {
  list l = {.c = c, .where = where, .name = "broadcast_arrays"};
  ad_array *bad = not_arrays(&l, arrays, n);
  if (bad) return bad;
  size_t count = (size_t)n + 1, bytes = count * (sizeof(ad_rel_slot) + sizeof(int));
  ad_rel_slot *slots = ad__mem_take(&c->mem, bytes);
  if (!slots) return c->out_of_memory;
  bad = common_shape(&l, arrays, n, slots, (int *)(void *)(slots + count));
  if (!bad) bad = list_begin(&l, n);
  ad_shape shape = {slots[n].rank, slots[n].dims};
  for (int i = 0; i < n && !bad; i++) l.items[i] = ad_broadcast_to_at(where, arrays[i], shape);
  ad__mem_give(&c->mem, slots, bytes);
  return bad ? bad : list_end(&l);
}

ad_array *ad_meshgrid_at(ad_place where, ad_ctx *c, ad_array *const *arrays, int n, const ad_meshgrid_opts *opts) {
  list l = {.c = c, .where = where, .name = "meshgrid"};
  bool sparse = opts && opts->sparse, rows_first = opts && opts->indexing && strcmp(opts->indexing, "ij") == 0;
  ad_array *bad = not_arrays(&l, arrays, n);
  if (bad) return bad;
  if (opts && opts->indexing && !rows_first && strcmp(opts->indexing, "xy") != 0)
    return fail(&l, AD_E_VALUE, "indexing \"%.40s\"; \"xy\" or \"ij\" is right", opts->indexing);
  if (n > AD_MAX_RANK) return fail(&l, AD_E_VALUE, "%d arrays; a grid has at most %d axes", n, AD_MAX_RANK);
  if ((bad = list_begin(&l, n))) return bad;
  int64_t grid[AD_MAX_RANK], ones[AD_MAX_RANK];
  for (int i = 0; i < n; i++) {
    int axis = !rows_first && n > 1 && i < 2 ? 1 - i : i;
    for (int k = 0; k < n; k++) ones[k] = 1;
    ad_array *flat = ad_array_rank(arrays[i]) == 1 ? arrays[i] : ad_flatten_at(where, arrays[i], NULL);
    grid[axis] = ones[axis] = ad_array_dim(flat, 0);
    l.items[i] = ad_reshape_at(where, flat, (ad_shape){n, ones});
  }
  for (int i = 0; i < n && !sparse; i++) l.items[i] = ad_broadcast_to_at(where, l.items[i], (ad_shape){n, grid});
  return list_end(&l);
}

/* ---- depends ---- */

ad_array *ad_depends_at(ad_place where, ad_ctx *c, ad_array *const *arrays, int n, ad_array *const *others, int m) {
  list l = {.c = c, .where = where, .name = "depends"};
  ad_array *bad = not_arrays(&l, arrays, n);
  if (!bad) bad = not_arrays(&l, others, m);
  if (bad) return bad;
  if (m >= UINT16_MAX) return fail(&l, AD_E_OVERFLOW, "%d others; at most %d are right", m, UINT16_MAX - 1);
  size_t bytes = ((size_t)m + 1) * sizeof(ad_array *);
  ad_array **in = ad__mem_take(&c->mem, bytes);
  if (!in) return c->out_of_memory;
  if (!(bad = list_begin(&l, n)))
    for (int i = 0; i < n; i++) {
      in[0] = arrays[i];
      for (int k = 0; k < m; k++) in[k + 1] = others[k];
      l.items[i] = ad_barrier_at(where, c, in, m + 1);
    }
  ad__mem_give(&c->mem, in, bytes);
  return bad ? bad : list_end(&l);
}
