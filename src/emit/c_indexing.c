/* Ops that put elements in other places: gather, the scatters, concatenate, pad_constant. */
#include <string.h>
#include "emit/emit_c.h"
#include "ops/gather_rules.h"

/* ---- gather and scatter ---- */

/* The loops over the dense side (gather's result, scatter's updates) and the place in the other array they lead to. */
typedef struct dense_loop {
  const char *dense[AD_MAX_RANK], *place[AD_MAX_RANK];
  const char *inside; /* a condition; NULL: every place is inside */
  int opened;
} dense_loop;

static int list_position(const ad_attr *list, int64_t axis) {
  for (int i = 0; i < list->count; i++)
    if (list->as.ints[i] == axis) return i;
  return -1;
}

/* Element of index array `which` for the dense indices: its axes are the batch axes, then the index axes, broadcast together. */
static const char *index_element(c_printer *p, const ad_array *x, const char *const *dense, int batch, int at, int extra) {
  const char *own[AD_MAX_RANK];
  int rank = x->type->rank, missing = batch + extra - rank;
  for (int k = 0; k < rank; k++) {
    int axis = k + missing; /* among batch and index axes */
    own[k] = x->type->dims[k] == 1 ? "0" : dense[axis < batch ? axis : axis + at];
  }
  return ad__c_element(p, x, own);
}

static int index_rank(const ad_array *a, int first) {
  int most = 0;
  for (int i = first; i < a->n; i++) {
    int rank = ad__c_input(a, i)->type->rank;
    if (rank > most) most = rank;
  }
  return most;
}

/* `whole`: the array that is indexed; the index arrays are inputs `first` on. */
static void open_dense(c_printer *p, const ad_array *a, const ad_array *whole, const ad_array *dense, int first, bool clamps,
                       dense_loop *l) {
  const ad_attr *at = a->attrs->at, *axes = &at[AD_GATHER_AXES], *sizes = &at[AD_GATHER_SIZES];
  int batch = (int)at[AD_GATHER_BATCH].as.i, before = (int)at[AD_GATHER_AT].as.i, extra = index_rank(a, first) - batch;
  if (extra < 0) extra = 0;
  l->opened = ad__c_open(p, dense->type->rank, dense->type->dims, l->dense);
  l->inside = NULL;
  for (int k = 0, kept = 0; k < whole->type->rank; k++) {
    int which = k < batch ? -1 : list_position(axes, k);
    bool stays = k >= batch && (which < 0 || sizes->given);
    const char *own = NULL;
    if (k < batch) own = l->dense[k];
    if (stays) own = l->dense[batch + kept + (kept >= before ? extra : 0)], kept++;
    l->place[k] = own;
    if (which < 0) continue;
    int64_t n = whole->type->dims[k], window = sizes->given ? sizes->as.ints[which] : 1;
    const char *length = ad__c_size(p, n);
    const char *most = ad__c_is_symbolic(p, n) || ad__c_is_symbolic(p, window) ? ad__c_format(p, "%s - %s", length, ad__c_size(p, window))
                                                                              : ad__c_size(p, n - window);
    const char *i = index_element(p, ad__c_input(a, first + which), l->dense, batch, before, extra);
    const char *name = ad__c_name(p, "at");
    ad__c_line(p, "const int64_t %s = ad_index_clamped((int64_t)%s, %s, %s);", name, i, length, most);
    l->place[k] = sizes->given && strcmp(own, "0") != 0 ? ad__c_format(p, "%s + %s", name, own) : name;
    const char *test = ad__c_format(p, "ad_index_inside((int64_t)%s, %s, %s)", i, length, most);
    if (!clamps) l->inside = l->inside ? ad__c_format(p, "%s && %s", l->inside, test) : test;
  }
}

static ad_status print_gather(c_printer *p, const ad_array *a) {
  const ad_array *x = ad__c_input(a, 0);
  bool clamps = strcmp(a->attrs->at[AD_GATHER_OUTSIDE].as.text, "zero") != 0;
  dense_loop l;
  ad__c_target(p, a);
  if (!a->type->size) return AD_OK;
  open_dense(p, a, x, a, 1, clamps, &l);
  const char *y = ad__c_element(p, a, l.dense), *from = ad__c_element(p, x, l.place);
  if (!l.inside) ad__c_line(p, "%s = %s;", y, from);
  else {
    /* An assignment in each case: records have no zero to choose. */
    ad__c_line(p, "if (%s) %s = %s;", l.inside, y, from);
    ad__c_line(p, "else memset(&%s, 0, sizeof %s);", y, y);
  }
  ad__c_close(p, l.opened);
  return AD_OK;
}

/* a, or for half types its float copy: the library joins updates in float and rounds once. */
static c_place joined_place(c_printer *p, const ad_array *a, ad_dtype lane) {
  c_place place = p->places[a->serial];
  if (lane == a->type->dtype) return place;
  place.base = ad__c_room(p, ad__c_type(lane), "wide", ad__c_count(p, a->type));
  return place;
}

static void copy_array(c_printer *p, const c_place *to, ad_dtype to_dtype, const c_place *from, const ad_type *t, ad_dtype from_dtype) {
  const char *index[AD_MAX_RANK];
  int opened = ad__c_open(p, t->rank, t->dims, index);
  const char *x = ad__c_element_of(p, from, from_dtype, t->rank, index);
  ad__c_line(p, "%s = %s;", ad__c_element_of(p, to, to_dtype, t->rank, index), ad__c_cast(p, x, from_dtype, to_dtype));
  ad__c_close(p, opened);
}

/* join: the elementwise op that joins an update to the element; -1: it takes its place. */
static ad_status scatter(c_printer *p, const ad_array *a, int join) {
  const ad_array *x = ad__c_input(a, 0), *updates = ad__c_input(a, 1);
  const ad_type *type = a->type;
  bool clamps = strcmp(a->attrs->at[AD_GATHER_OUTSIDE].as.text, "clamp") == 0;
  ad_dtype t = type->dtype, lane = join < 0 ? t : ad__c_computed(t);
  dense_loop l;
  ad__c_target(p, a);
  if (!type->size) return AD_OK;
  c_place joined = joined_place(p, a, lane);
  copy_array(p, &joined, lane, &p->places[x->serial], type, t);
  if (updates->type->size) {
    open_dense(p, a, a, updates, 2, clamps, &l);
    const char *y = ad__c_element_of(p, &joined, lane, type->rank, l.place);
    const char *u = ad__c_cast(p, ad__c_element(p, updates, l.dense), t, lane);
    if (join >= 0) u = ad__c_apply(p, join, lane, y, u);
    if (l.inside) ad__c_line(p, "if (%s) %s = %s;", l.inside, y, u);
    else ad__c_line(p, "%s = %s;", y, u);
    ad__c_close(p, l.opened);
  }
  if (lane != t) copy_array(p, &p->places[a->serial], t, &joined, type, lane);
  return AD_OK;
}

static ad_status print_scatter(c_printer *p, const ad_array *a) { return scatter(p, a, -1); }
static ad_status print_scatter_add(c_printer *p, const ad_array *a) { return scatter(p, a, AD_OP_add); }
static ad_status print_scatter_multiply(c_printer *p, const ad_array *a) { return scatter(p, a, AD_OP_multiply); }
static ad_status print_scatter_maximum(c_printer *p, const ad_array *a) { return scatter(p, a, AD_OP_maximum); }
static ad_status print_scatter_minimum(c_printer *p, const ad_array *a) { return scatter(p, a, AD_OP_minimum); }

/* ---- Pieces ---- */

static ad_status print_concatenate(c_printer *p, const ad_array *a) {
  int axis = (int)ad__attr(a, 0)->as.i;
  int64_t before = 0;
  ad__c_target(p, a);
  for (int i = 0; i < a->n; i++) {
    const ad_array *x = ad__c_input(a, i);
    const char *index[AD_MAX_RANK], *from;
    if (!x->type->size) continue;
    int opened = ad__c_open(p, x->type->rank, x->type->dims, index);
    from = ad__c_element(p, x, index);
    if (before)
      index[axis] = strcmp(index[axis], "0") == 0 ? ad__c_size(p, before) : ad__c_format(p, "%s + %s", index[axis], ad__c_size(p, before));
    ad__c_line(p, "%s = %s;", ad__c_element(p, a, index), from);
    ad__c_close(p, opened);
    before = ad__c_plus(p, before, x->type->dims[axis]);
  }
  return AD_OK;
}

static ad_status print_pad(c_printer *p, const ad_array *a) {
  const ad_attr *low = ad__attr(a, 0), *interior = ad__attr(a, 2);
  const ad_array *x = ad__c_input(a, 0), *value = ad__c_input(a, 1);
  const char *index[AD_MAX_RANK], *to[AD_MAX_RANK];
  ad__c_target(p, a);
  int opened = ad__c_open(p, a->type->rank, a->type->dims, index);
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, index), ad__c_element(p, value, NULL));
  ad__c_close(p, opened);
  if (!x->type->size) return AD_OK;
  opened = ad__c_open(p, x->type->rank, x->type->dims, index);
  for (int i = 0; i < x->type->rank; i++) {
    int64_t by = interior->given ? interior->as.ints[i] + 1 : 1, first = low->as.ints[i];
    bool moves = strcmp(index[i], "0") != 0;
    to[i] = !moves ? ad__c_format(p, "%lld", (long long)first)
            : by == 1 && !first ? index[i]
            : by == 1 ? ad__c_format(p, "%s + %lld", index[i], (long long)first)
                      : ad__c_format(p, "%s * %lld + %lld", index[i], (long long)by, (long long)first);
  }
  ad__c_line(p, "%s = %s;", ad__c_element(p, a, to), ad__c_element(p, x, index));
  ad__c_close(p, opened);
  return AD_OK;
}

static const c_row rows[] = {
    {AD_OP_gather, NULL, print_gather, true},
    {AD_OP_scatter, NULL, print_scatter, true},
    {AD_OP_scatter_add, NULL, print_scatter_add, true},
    {AD_OP_scatter_multiply, NULL, print_scatter_multiply, true},
    {AD_OP_scatter_maximum, NULL, print_scatter_maximum, true},
    {AD_OP_scatter_minimum, NULL, print_scatter_minimum, true},
    {AD_OP_concatenate, NULL, print_concatenate, true},
    {AD_OP_pad_constant, NULL, print_pad, true},
};

const c_row *ad__c_indexing_row(const ad_array *a) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].op == a->op->id && (!rows[i].can || rows[i].can(a))) return &rows[i];
  return NULL;
}
