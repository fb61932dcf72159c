/* contract, matmul: their axes brought to the form of a matrix product, which gemm.c computes.
 *
 * Each operand's axes form groups: batch, free (rows or columns), summed. A group whose axes merge to one stride is
 * used where it lies; an operand with one that does not is first copied in the order (batch, free, summed). */
#include <string.h>
#include "runtime/gemm.h"
#include "runtime/structural.h"

enum { BATCH_A, BATCH_B, SUM_A, SUM_B };
enum { BATCH, FREE, SUM, GROUPS };

typedef struct axis_group {
  int n;
  int64_t dims[AD_MAX_RANK], strides[AD_MAX_RANK];
} axis_group;

/* One operand, its axes in groups; free and summed axes merged to one each. */
typedef struct operand {
  const char *data;
  ad_buffer *copy; /* NULL: read where it lies */
  axis_group group[GROUPS];
} operand;

static bool in_list(const ad_attr *list, int64_t axis) {
  for (int k = 0; list->given && k < list->count; k++)
    if (list->as.ints[k] == axis) return true;
  return false;
}

static void add_axis(axis_group *g, int64_t dim, int64_t stride) {
  g->dims[g->n] = dim;
  g->strides[g->n++] = stride;
}

static void add_list(axis_group *g, const ad_type *t, const int64_t *strides, const ad_attr *list) {
  for (int i = 0; list->given && i < list->count; i++) add_axis(g, t->dims[list->as.ints[i]], strides[list->as.ints[i]]);
}

/* To one axis; false when the strides do not allow it. */
static bool merge(axis_group *g) {
  axis_group m = {.n = 0};
  for (int i = 0; i < g->n; i++) {
    if (g->dims[i] == 1) continue;
    if (m.n && m.strides[0] != g->strides[i] * g->dims[i]) return false;
    if (!m.n) add_axis(&m, 1, 0);
    m.dims[0] *= g->dims[i];
    m.strides[0] = g->strides[i];
  }
  if (!m.n) add_axis(&m, 1, 0);
  *g = m;
  return true;
}

static bool whole_items(const operand *o, int64_t item) {
  for (int k = 0; k < GROUPS; k++)
    for (int i = 0; i < o->group[k].n; i++)
      if (o->group[k].strides[i] % item) return false;
  return true;
}

/* Copies an operand so that its groups lie one behind the other. */
static ad_status copy_operand(ad_exec *x, const ad_type *t, operand *o) {
  /* The type with its axes in another order: only the copy needs it, so it is not interned. */
  _Alignas(ad_type) char block[sizeof(ad_type) + AD_MAX_RANK * sizeof(int64_t)];
  ad_type *view = (ad_type *)(void *)block;
  int64_t strides[AD_MAX_RANK], dense[AD_MAX_RANK];
  *view = *t;
  view->rank = 0;
  for (int k = 0; k < GROUPS; k++)
    for (int i = 0; i < o->group[k].n; i++) {
      view->dims[view->rank] = o->group[k].dims[i];
      strides[view->rank++] = o->group[k].strides[i];
    }
  o->copy = ad__buffer_take(x->cache, t->bytes);
  if (!o->copy) return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory", t->bytes);
  ad__type_strides(view, dense);
  ad__copy_strided(x, view, o->copy->data, dense, o->data, strides);
  o->data = o->copy->data;
  for (int k = 0, at = 0; k < GROUPS; k++)
    for (int i = 0; i < o->group[k].n; i++) o->group[k].strides[i] = dense[at++];
  return AD_OK;
}

static ad_status read_operand(ad_exec *x, const ad_array *a, const ad_attr *batch, const ad_attr *sum, operand *o) {
  int64_t room[AD_MAX_RANK];
  const int64_t *strides = ad__value_strides(a->type, &a->value, room);
  *o = (operand){.data = a->value.data};
  add_list(&o->group[BATCH], a->type, strides, batch);
  add_list(&o->group[SUM], a->type, strides, sum);
  for (int i = 0; i < a->type->rank; i++)
    if (!in_list(batch, i) && !in_list(sum, i)) add_axis(&o->group[FREE], a->type->dims[i], strides[i]);
  if (a->type->size == 0) {
    for (int k = 0; k < GROUPS; k++)
      for (int i = 0; i < o->group[k].n; i++) o->group[k].strides[i] = 0;
  }
  operand merged = *o;
  bool lies_well = whole_items(o, a->type->item_size) && merge(&merged.group[FREE]) && merge(&merged.group[SUM]);
  if (!lies_well) {
    ad_status s = copy_operand(x, a->type, o);
    if (s) return s;
    merge(&o->group[FREE]);
    merge(&o->group[SUM]);
  } else {
    *o = merged;
  }
  return AD_OK;
}

ad_status ad__k_contract(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_attr *at = node->attrs->at;
  operand a = {.copy = NULL}, b = {.copy = NULL};
  ad_status s = read_operand(x, node->in[0], &at[BATCH_A], &at[SUM_A], &a);
  if (!s) s = read_operand(x, node->in[1], &at[BATCH_B], &at[SUM_B], &b);
  if (!s) {
    ad_gemm g = {.dtype = node->type->dtype, .rows = (size_t)a.group[FREE].dims[0], .columns = (size_t)b.group[FREE].dims[0],
                 .depth = (size_t)a.group[SUM].dims[0], .a = a.data, .b = b.data,
                 .a_row = a.group[FREE].strides[0], .a_step = a.group[SUM].strides[0],
                 .b_step = b.group[SUM].strides[0], .b_column = b.group[FREE].strides[0], .batch_rank = a.group[BATCH].n};
    for (int i = 0; i < g.batch_rank; i++) {
      g.batch[i] = a.group[BATCH].dims[i];
      g.a_batch[i] = a.group[BATCH].strides[i];
      g.b_batch[i] = b.group[BATCH].strides[i];
    }
    s = ad__gemm_node(x, node, &g);
  }
  if (a.copy) ad__buffer_drop(x->cache, a.copy);
  if (b.copy) ad__buffer_drop(x->cache, b.copy);
  return s;
}

static size_t size_of_axes(const ad_type *t, const ad_attr *list) {
  size_t n = 1;
  for (int i = 0; list->given && i < list->count; i++) n *= (size_t)t->dims[list->as.ints[i]];
  return n;
}

bool ad__pieces_contract(const ad_array *node) {
  const ad_type *a = node->in[0]->type, *b = node->in[1]->type;
  const ad_attr *at = node->attrs->at;
  ad_gemm g = {.dtype = node->type->dtype, .depth = size_of_axes(a, &at[SUM_A]), .batch_rank = 1};
  g.batch[0] = (int64_t)size_of_axes(a, &at[BATCH_A]);
  if (!a->size || !b->size) return false;
  g.rows = (size_t)a->size / g.depth / (size_t)g.batch[0], g.columns = (size_t)b->size / g.depth / (size_t)g.batch[0];
  return ad__gemm_gives_pieces(&g);
}

/* ---- matmul: operands of one axis are rows or columns, batch axes broadcast ---- */

/* An operand's data and strides; a copy in row-major order where the strides are no whole items. */
static const char *matrix_data(ad_exec *x, const ad_array *a, int64_t *strides, ad_value *temp) {
  const int64_t *own = ad__value_strides(a->type, &a->value, strides);
  *temp = (ad_value){NULL, NULL, NULL};
  if (own == strides) return a->value.data;
  bool whole = true;
  for (int i = 0; i < a->type->rank; i++) {
    strides[i] = own[i];
    whole = whole && strides[i] % a->type->item_size == 0;
  }
  if (whole) return a->value.data;
  ad__type_strides(a->type, strides);
  return ad__value_contiguous_data(x, a, temp);
}

static void batch_strides(const ad_type *t, const int64_t *strides, int batch_rank, int64_t *out) {
  int own = t->rank > 2 ? t->rank - 2 : 0;
  for (int i = 0; i < batch_rank; i++) {
    int at = i - (batch_rank - own);
    out[i] = at < 0 || t->dims[at] == 1 ? 0 : strides[at];
  }
}

static ad_status multiply(ad_exec *x, ad_array *node, const char *a, const int64_t *ls, const char *b, const int64_t *rs) {
  const ad_type *l = node->in[0]->type, *r = node->in[1]->type;
  ad_gemm g; /* its lists of axes are filled as far as they go */
  g.dtype = node->type->dtype, g.a_dtype = l->dtype, g.b_dtype = r->dtype;
  if (!ad__gemm_takes(x, g.a_dtype, g.b_dtype, g.dtype)) g.a_dtype = g.b_dtype = g.dtype; /* they were widened */
  g.a = a, g.b = b;
  g.depth = (size_t)l->dims[l->rank - 1];
  g.a_step = ls[l->rank - 1];
  g.rows = l->rank > 1 ? (size_t)l->dims[l->rank - 2] : 1;
  g.a_row = l->rank > 1 ? ls[l->rank - 2] : 0;
  g.b_step = rs[r->rank > 1 ? r->rank - 2 : 0];
  g.columns = r->rank > 1 ? (size_t)r->dims[r->rank - 1] : 1;
  g.b_column = r->rank > 1 ? rs[r->rank - 1] : 0;
  g.batch_rank = (l->rank > r->rank ? l->rank : r->rank) - 2;
  if (g.batch_rank < 0) g.batch_rank = 0;
  for (int i = 0; i < g.batch_rank; i++) g.batch[i] = node->type->dims[i];
  batch_strides(l, ls, g.batch_rank, g.a_batch);
  batch_strides(r, rs, g.batch_rank, g.b_batch);
  return ad__gemm_node(x, node, &g);
}

/* The elements of an operand as another dtype, in row-major order. */
static const char *widened(ad_exec *x, const ad_array *a, ad_dtype to, int64_t *strides, ad_value *temp) {
  ad_value own;
  size_t count = (size_t)a->type->size, item = ad_dtype_size(to);
  *temp = (ad_value){NULL, NULL, NULL};
  const char *data = ad__value_contiguous_data(x, a, &own);
  if (data && !(temp->buf = ad__buffer_take(x->cache, count * item)))
    ad__fail(&x->err, AD_E_MEMORY, "%zu bytes to work in; out of memory", count * item);
  if (temp->buf) x->kernels->cast[a->type->dtype][to](count, temp->buf->data, data);
  ad__value_free(x->cache, a->type, &own);
  ad__type_strides(a->type, strides);
  for (int i = 0; i < a->type->rank; i++) strides[i] = strides[i] / a->type->item_size * (int64_t)item;
  return temp->buf ? temp->buf->data : NULL;
}

static const char *operand_data(ad_exec *x, const ad_array *node, int i, int64_t *strides, ad_value *temp) {
  ad_dtype a = node->in[0]->type->dtype, b = node->in[1]->type->dtype, to = node->type->dtype;
  if (ad__gemm_takes(x, a, b, to)) return matrix_data(x, node->in[i], strides, temp);
  return widened(x, node->in[i], to, strides, temp);
}

/* Two matrices in row-major order, as most are: of small ones the strides would take as long as the product. */
static bool is_plain(const ad_array *node) {
  const ad_array *a = node->in[0], *b = node->in[1];
  return a->type->rank == 2 && b->type->rank == 2 && !a->value.strides && !b->value.strides &&
         a->type->dtype == node->type->dtype && b->type->dtype == node->type->dtype;
}

static ad_status multiply_plain(ad_exec *x, ad_array *node) {
  const ad_type *l = node->in[0]->type, *r = node->in[1]->type;
  int64_t item = l->item_size;
  ad_gemm g; /* no batch: its lists are not looked at */
  g.dtype = g.a_dtype = g.b_dtype = l->dtype;
  g.rows = (size_t)l->dims[0], g.depth = (size_t)l->dims[1], g.columns = (size_t)r->dims[1];
  g.a = node->in[0]->value.data, g.b = node->in[1]->value.data;
  g.a_row = l->dims[1] * item, g.b_step = r->dims[1] * item, g.a_step = g.b_column = item;
  g.batch_rank = 0;
  return ad__gemm_node(x, node, &g);
}

bool ad__pieces_matmul(const ad_array *node) {
  const ad_type *a = node->in[0]->type, *b = node->in[1]->type, *y = node->type;
  if (a->rank < 2 || b->rank < 2 || !y->size) return false;
  ad_gemm g = {.dtype = y->dtype, .a_dtype = a->dtype, .b_dtype = b->dtype, .rows = (size_t)y->dims[y->rank - 2],
               .columns = (size_t)y->dims[y->rank - 1], .depth = (size_t)a->dims[a->rank - 1], .batch_rank = y->rank - 2};
  memcpy(g.batch, y->dims, (size_t)g.batch_rank * sizeof *g.batch);
  return ad__gemm_gives_pieces(&g);
}

ad_status ad__k_matmul(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  if (is_plain(node)) return multiply_plain(x, node);
  int64_t ls[AD_MAX_RANK], rs[AD_MAX_RANK];
  ad_value left, right;
  const char *a = operand_data(x, node, 0, ls, &left), *b = operand_data(x, node, 1, rs, &right);
  ad_status s = !a || !b ? x->err.code : multiply(x, node, a, ls, b, rs);
  ad__value_free(x->cache, node->in[0]->type, &left);
  ad__value_free(x->cache, node->in[1]->type, &right);
  return s;
}
