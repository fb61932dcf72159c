/* gather_mm, segmented_mm, segmented_spread: matrices read where they lie, products by gemm.c.
 *
 * gather_mm takes stretches of products whose matrices are equally far apart (the tokens of one expert, or all in order) as one
 * batched product, so that stretches of rows against one matrix become one product. The transpose of segmented_mm computes
 * each segment's product by itself and adds it, in order. */
#include "runtime/gemm.h"
#include "runtime/structural.h"
#include "runtime/tap_rows.h"

#include <string.h>

enum { MATRIX_A, MATRIX_B, INDEX_A, INDEX_B };

static int64_t read_place(ad_dtype t, const char *p) {
  switch (ad_dtype_size(t)) {
  case 1: return t == AD_INT8 ? (int64_t)*(const int8_t *)p : (int64_t)*(const uint8_t *)p;
  case 2: {
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return t == AD_INT16 ? (int64_t)(int16_t)v : (int64_t)v;
  }
  case 4: {
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return t == AD_INT32 ? (int64_t)(int32_t)v : (int64_t)v;
  }
  default: {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return t == AD_UINT64 && v > INT64_MAX ? INT64_MAX : (int64_t)v;
  }
  }
}

/* ---- Lists of matrices ---- */

/* The last two axes may lie in any way; those before are one, with one stride. */
typedef struct matrix_list {
  const char *data;
  ad_value copy;
  int64_t count, next, row, column; /* bytes */
} matrix_list;

/* Do the axes in front of the last two merge, and are all strides whole items? */
static bool lies_as_list(const ad_type *t, const int64_t *strides, int64_t *next) {
  int64_t count = 1;
  *next = 0;
  for (int i = 0; i < t->rank; i++)
    if (strides[i] % t->item_size) return false;
  for (int i = t->rank - 3; i >= 0; i--) {
    if (t->dims[i] == 1) continue;
    if (count == 1) *next = strides[i];
    else if (strides[i] != *next * count) return false;
    count *= t->dims[i];
  }
  return true;
}

static bool read_matrices(ad_exec *x, const ad_array *a, matrix_list *m) {
  const ad_type *t = a->type;
  int64_t room[AD_MAX_RANK];
  const int64_t *strides = ad__value_strides(t, &a->value, room);
  m->copy = (ad_value){NULL, NULL, NULL};
  m->data = a->value.data;
  if (!lies_as_list(t, strides, &m->next)) {
    m->data = ad__value_contiguous_data(x, a, &m->copy);
    if (!m->data) return false;
    ad__type_strides(t, room);
    strides = room;
    lies_as_list(t, strides, &m->next);
  }
  m->count = 1;
  for (int i = 0; i < t->rank - 2; i++) m->count *= t->dims[i];
  m->row = strides[t->rank - 2], m->column = strides[t->rank - 1];
  return true;
}

/* ---- gather_mm ---- */

/* Where the matrices of a side are for each product: numbers of matrices, out of range moved to the nearest. */
static void list_places(const ad_array *node, int side, int64_t count, int64_t *out) {
  const ad_type *y = node->type;
  const ad_array *index = node->n > INDEX_A + side ? node->in[INDEX_A + side] : NULL;
  const ad_type *own = index ? index->type : node->in[side]->type;
  int rank = index ? own->rank : own->rank - 2, batch = y->rank - 2;
  int64_t strides[AD_MAX_RANK] = {0}, room[AD_MAX_RANK], dense = 1, at[AD_MAX_RANK] = {0}, products = 1;
  const int64_t *given = index ? ad__value_strides(own, &index->value, room) : NULL;
  for (int i = batch - 1; i >= 0; i--) {
    int k = i - (batch - rank);
    products *= y->dims[i];
    if (k < 0) continue;
    if (own->dims[k] != 1) strides[i] = index ? given[k] : dense;
    dense *= own->dims[k];
  }
  for (int64_t n = 0; n < products; n++) {
    int64_t offset = 0;
    for (int i = 0; i < batch; i++) offset += at[i] * strides[i];
    int64_t place = index ? read_place(own->dtype, index->value.data + offset) : offset;
    place = place < 0 ? place + count : place;
    out[n] = place < 0 ? 0 : place >= count ? count - 1 : place;
    for (int i = batch - 1; i >= 0 && ++at[i] == y->dims[i]; i--) at[i] = 0;
  }
}

/* Products from `from` on whose matrices are equally far apart on both sides. */
static int64_t stretch(const int64_t *const *places, int64_t from, int64_t count) {
  int64_t n = from + 1;
  for (; n < count; n++)
    for (int side = 0; side < 2; side++)
      if (places[side][n] - places[side][n - 1] != places[side][from + 1] - places[side][from]) return n - from;
  return n - from;
}

static ad_status multiply_chosen(ad_exec *x, ad_array *node, const matrix_list *m, const int64_t *const *places, int64_t products) {
  const ad_type *a = node->in[0]->type, *y = node->type;
  ad_gemm g = {.dtype = y->dtype, .rows = (size_t)y->dims[y->rank - 2], .columns = (size_t)y->dims[y->rank - 1],
               .depth = (size_t)a->dims[a->rank - 1], .a_row = m[0].row, .a_step = m[0].column, .b_step = m[1].row, .b_column = m[1].column};
  size_t bytes = g.rows * g.columns * ad_dtype_size(y->dtype);
  for (int64_t n = 0; n < products;) {
    int64_t count = stretch(places, n, products);
    ad_gemm part = g;
    part.a = m[0].data + places[0][n] * m[0].next, part.b = m[1].data + places[1][n] * m[1].next;
    part.c = node->value.data + (size_t)n * bytes;
    part.batch_rank = count > 1;
    part.batch[0] = count;
    for (int side = 0; side < 2 && count > 1; side++)
      (side ? part.b_batch : part.a_batch)[0] = (places[side][n + 1] - places[side][n]) * m[side].next;
    ad_status s = ad__gemm(x, &part);
    if (s) return s;
    n += count;
  }
  return AD_OK;
}

ad_status ad__k_gather_mm(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  matrix_list m[2] = {{.data = NULL}, {.data = NULL}};
  int64_t products = 1;
  ad_buffer *room = NULL;
  for (int i = 0; i < node->type->rank - 2; i++) products *= node->type->dims[i];
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (!s && node->type->size) {
    if (!read_matrices(x, node->in[0], &m[0]) || !read_matrices(x, node->in[1], &m[1])) s = x->err.code;
    if (!s && !(room = ad__buffer_take(x->cache, (size_t)products * 2 * sizeof(int64_t)))) s = ad__fail(&x->err, AD_E_MEMORY, "out of memory");
    for (int side = 0; side < 2 && !s; side++)
      if (m[side].count == 0) s = ad__fail(&x->err, AD_E_INDEX, "no matrices to choose from; 1 or more is right");
  }
  if (!s && room) {
    int64_t *places[2] = {room->data, (int64_t *)room->data + products};
    for (int side = 0; side < 2; side++) list_places(node, side, m[side].count, places[side]);
    s = multiply_chosen(x, node, m, (const int64_t *const[]){places[0], places[1]}, products);
  }
  if (room) ad__buffer_drop(x->cache, room);
  for (int side = 0; side < 2; side++) ad__value_free(x->cache, node->in[side]->type, &m[side].copy);
  return s;
}

/* ---- segmented_mm ---- */

typedef struct segments {
  ad_value copy;
  const char *data;
  ad_dtype dtype;
  int64_t count; /* of one entry of the batch */
} segments;

static bool read_segments(ad_exec *x, const ad_array *a, int64_t batches, segments *s) {
  s->dtype = a->type->dtype;
  s->count = batches ? a->type->size / 2 / batches : 0;
  s->data = ad__value_contiguous_data(x, a, &s->copy);
  return s->data != NULL;
}

/* Segment i of all, cut to 0 .. depth. */
static int64_t segment_at(const segments *s, int64_t i, int64_t depth, int64_t *begin) {
  size_t item = ad_dtype_size(s->dtype);
  int64_t bounds[2];
  for (int k = 0; k < 2; k++) {
    int64_t v = read_place(s->dtype, s->data + (size_t)(2 * i + k) * item);
    bounds[k] = v < 0 ? 0 : v > depth ? depth : v;
  }
  *begin = bounds[0];
  return bounds[1] > bounds[0] ? bounds[1] - bounds[0] : 0;
}

static int64_t batch_count(const ad_array *node) {
  int64_t n = 1;
  for (int i = 0; i < ad__attr(node, 0)->as.i; i++) n *= node->type->dims[i];
  return n;
}

ad_status ad__k_segmented_mm(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_type *a = node->in[0]->type, *y = node->type;
  matrix_list m[2] = {{.data = NULL}, {.data = NULL}};
  segments s = {.data = NULL};
  int64_t batches = batch_count(node), depth = a->dims[a->rank - 1], begin;
  size_t bytes = (size_t)(y->dims[y->rank - 2] * y->dims[y->rank - 1]) * ad_dtype_size(y->dtype);
  ad_status st = ad__value_new(x, y, &node->value);
  if (!st && y->size && (!read_matrices(x, node->in[0], &m[0]) || !read_matrices(x, node->in[1], &m[1]) ||
                         !read_segments(x, node->in[2], batches, &s)))
    st = x->err.code;
  for (int64_t i = 0; !st && y->size && i < batches * s.count; i++) {
    int64_t n = segment_at(&s, i, depth, &begin), at = i / s.count;
    ad_gemm g = {.dtype = y->dtype, .rows = (size_t)y->dims[y->rank - 2], .columns = (size_t)y->dims[y->rank - 1], .depth = (size_t)n,
                 .a = m[0].data + at * m[0].next + begin * m[0].column, .b = m[1].data + at * m[1].next + begin * m[1].row,
                 .c = node->value.data + (size_t)i * bytes, .a_row = m[0].row, .a_step = m[0].column, .b_step = m[1].row, .b_column = m[1].column};
    st = ad__gemm(x, &g);
  }
  for (int k = 0; k < 2; k++) ad__value_free(x->cache, node->in[k]->type, &m[k].copy);
  ad__value_free(x->cache, node->in[2]->type, &s.copy);
  return st;
}

/* ---- segmented_spread ---- */

/* Adds a dense matrix (rows, n) to columns of a wider one. */
#define ADD_COLUMNS(name, T)                                                                                                \
  static void name(size_t rows, size_t n, char *to_, size_t wide, const char *from_) {                                      \
    T *to = (T *)(void *)to_;                                                                                               \
    const T *from = (const T *)(const void *)from_;                                                                         \
    for (size_t i = 0; i < rows; i++, to += wide, from += n)                                                                \
      for (size_t j = 0; j < n; j++) to[j] += from[j];                                                                      \
  }
ADD_COLUMNS(add_columns_f32, float)
ADD_COLUMNS(add_columns_f64, double)

/* The dtype products are computed and added in, and the real numbers in one element. */
static ad_dtype spread_lane(ad_dtype t, size_t *width) {
  *width = ad_dtype_category(t) == AD_CATEGORY_COMPLEX ? 2 : 1;
  return t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t;
}

typedef struct spread_job {
  const char *v, *w;
  char *out;
  ad_dtype lane;
  size_t width, item;
  int64_t rows, columns, depth; /* M, N, K */
  const segments *segments;
  ad_buffer *room; /* one product */
} spread_job;

static ad_status spread_all(ad_exec *x, const spread_job *j, int64_t batches) {
  size_t matrix = (size_t)(j->rows * j->columns) * j->item, tall = (size_t)(j->depth * j->columns) * j->item;
  size_t wide = (size_t)j->depth * j->item;
  for (int64_t i = 0; i < batches * j->segments->count; i++) {
    int64_t begin, n = segment_at(j->segments, i, j->depth, &begin), at = i / j->segments->count;
    ad_gemm g = {.dtype = j->lane, .rows = (size_t)j->rows, .columns = (size_t)n, .depth = (size_t)j->columns, .a = j->v + (size_t)i * matrix,
                 .b = j->w + (size_t)at * tall + (size_t)begin * (size_t)j->columns * j->item, .c = j->room->data,
                 .a_row = j->columns * (int64_t)j->item, .a_step = (int64_t)j->item, .b_step = (int64_t)j->item,
                 .b_column = j->columns * (int64_t)j->item};
    if (n == 0) continue;
    ad_status s = ad__gemm(x, &g);
    if (s) return s;
    char *to = j->out + (size_t)at * (size_t)j->rows * wide + (size_t)begin * j->item;
    bool f64 = j->lane == AD_FLOAT64 || j->lane == AD_COMPLEX128;
    (f64 ? add_columns_f64 : add_columns_f32)((size_t)j->rows, (size_t)n * j->width, to, (size_t)j->depth * j->width, j->room->data);
  }
  return AD_OK;
}

ad_status ad__k_segmented_spread(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_type *v = node->in[0]->type, *y = node->type;
  segments s = {.data = NULL};
  ad_tap_operand in[2] = {{.data = NULL}, {.data = NULL}};
  int64_t batches = batch_count(node);
  spread_job j = {.rows = y->dims[y->rank - 2], .columns = v->dims[v->rank - 1], .depth = y->dims[y->rank - 1], .segments = &s};
  j.lane = spread_lane(y->dtype, &j.width);
  j.item = ad_dtype_size(j.lane);
  ad_buffer *wide = NULL;
  ad_status st = ad__value_new(x, y, &node->value);
  bool ready = !st && y->size && ad__tap_operand(x, node->in[0], j.lane, &in[0]) && ad__tap_operand(x, node->in[1], j.lane, &in[1]) &&
               read_segments(x, node->in[2], batches, &s);
  if (ready && !(j.room = ad__buffer_take(x->cache, (size_t)(j.rows * j.depth) * j.item))) ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  if (ready && j.room && j.lane != y->dtype && !(wide = ad__buffer_take(x->cache, (size_t)y->size * j.item))) ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  if (ready && !x->err.code) {
    j.v = in[0].data, j.w = in[1].data;
    j.out = wide ? wide->data : node->value.data;
    memset(j.out, 0, (size_t)y->size * j.item);
    if (!spread_all(x, &j, batches) && wide) ad__tap_cast(x, (size_t)y->size, y->dtype, node->value.data, j.lane, j.out);
  }
  if (j.room) ad__buffer_drop(x->cache, j.room);
  if (wide) ad__buffer_drop(x->cache, wide);
  for (int k = 0; k < 2; k++) ad__tap_operand_free(x, node->in[k], &in[k]);
  ad__value_free(x->cache, node->in[2]->type, &s.copy);
  return x->err.code;
}
