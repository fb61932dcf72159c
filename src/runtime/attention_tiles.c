/* Operands of attention in tiles and blocks. See attention_tiles.h. */
#include "runtime/attention_tiles.h"

#include <math.h>
#include <string.h>

enum { FIELD_SCALE, FIELD_CAUSAL };

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* ---- Description ---- */

void ad__attention_operand_init(ad_attention_operand *o, const ad_array *a) {
  int64_t room[AD_MAX_RANK];
  const ad_type *t = a->type;
  const int64_t *strides = ad__value_strides(t, &a->value, room);
  *o = (ad_attention_operand){.data = a->value.data};
  for (int i = 0; i < t->rank; i++)
    if (t->dims[i] != 1) o->strides[4 - t->rank + i] = strides[i];
}

void ad__attention_init(ad_attention *a, ad_exec *x, const ad_array *node, const ad_array *q, const ad_array *key, const ad_array *value,
                        const ad_array *mask) {
  const int64_t *qd = q->type->dims, *kd = key->type->dims;
  *a = (ad_attention){.k = x->kernels, .mem = &x->ctx->mem, .dtype = q->type->dtype, .lane = ad__row_lane(q->type->dtype),
                      .item = q->type->item_size, .batch = (size_t)qd[0], .heads = (size_t)qd[1], .shared = (size_t)kd[1],
                      .queries = (size_t)qd[2], .keys = (size_t)kd[2], .depth = (size_t)qd[3], .width = (size_t)value->type->dims[3],
                      .mask_dtype = mask ? mask->type->dtype : AD_DTYPE_NONE, .scale = ad__attr(node, FIELD_SCALE)->as.f[0],
                      .causal = ad__attr(node, FIELD_CAUSAL)->as.i};
  a->size = ad_dtype_size(a->lane);
  a->group = a->shared ? a->heads / a->shared : 0;
  a->row = ad__row_kernels_of(x->kernels, a->lane);
  a->gemm = x->kernels->gemm->lane[a->lane == AD_FLOAT64 ? AD_GEMM_F64 : AD_GEMM_F32];
  ad__attention_operand_init(&a->q, q);
  ad__attention_operand_init(&a->key, key);
  ad__attention_operand_init(&a->value, value);
  if (mask) ad__attention_operand_init(&a->mask, mask);
}

ad_status ad__attention_result(ad_exec *x, const ad_type *t, const ad_array *like, ad_value *out, ad_attention_place *place) {
  int64_t room[AD_MAX_RANK], strides[AD_MAX_RANK];
  const int64_t *own = ad__value_strides(like->type, &like->value, room);
  ad_value plain;
  ad_status s = ad__value_new(x, t, &plain);
  if (s) return s;
  ad__type_strides(t, strides);
  if (t->dims[1] > 1 && t->dims[2] > 1 && t->size && own[1] < own[2]) {
    strides[1] = t->dims[3] * t->item_size;
    strides[2] = t->dims[1] * strides[1];
  }
  s = ad__value_view(x, t, &plain, 0, strides, out);
  *place = (ad_attention_place){plain.data, {strides[0], strides[1], strides[2]}};
  ad__value_free(x->cache, t, &plain);
  return s;
}

/* Later queries see more, so that it is the last row, or the last of a head, that sees most. */
size_t ad__attention_limit_of(const ad_attention *a, size_t r, size_t n) {
  size_t last = r + n - 1;
  bool ends_a_head = ad__attention_query_of(a, r) + n >= a->queries;
  return ends_a_head ? ad__attention_limit(a, a->queries - 1) : ad__attention_limit(a, last);
}

/* ---- Rows and blocks ---- */

/* n elements `stride` bytes apart in the lane: where they lie, or in room. */
static const char *in_lane(const ad_attention *a, ad_dtype dtype, const char *from, int64_t stride, size_t n, char *room) {
  int64_t item = (int64_t)ad_dtype_size(dtype);
  if (stride == item || n == 1) {
    if (dtype == a->lane) return from;
    a->k->cast[dtype][a->lane](n, room, from);
    return room;
  }
  uint64_t block[64];
  for (size_t at = 0; at < n; at += 64) {
    size_t m = smaller(n - at, 64);
    char *to = dtype == a->lane ? room + at * a->size : (char *)block;
    for (size_t i = 0; i < m; i++) memcpy(to + i * (size_t)item, from + (int64_t)(at + i) * stride, (size_t)item);
    if (dtype != a->lane) a->k->cast[dtype][a->lane](m, room + at * a->size, block);
  }
  return room;
}

void ad__attention_rows(const ad_attention_head *h, const ad_attention_operand *o, size_t r, size_t n, size_t columns, double factor,
                        char *out, size_t line) {
  const ad_attention *a = h->of;
  for (size_t i = 0; i < n; i++, out += line * a->size) {
    int64_t head = (int64_t)ad__attention_head_of(h, r + i), query = (int64_t)ad__attention_query_of(a, r + i);
    const char *from = o->data + (int64_t)h->b * o->strides[0] + head * o->strides[1] + query * o->strides[2];
    const char *row = in_lane(a, a->dtype, from, o->strides[3], columns, out);
    if (row != out) memcpy(out, row, columns * a->size);
    if (factor != 1) a->row->scale(columns, out, factor);
    memset(out + columns * a->size, 0, (line - columns) * a->size);
  }
}

/* A block of keys in the lane, and its strides in elements. */
static const char *block_in_lane(const ad_attention_head *h, const ad_attention_operand *o, size_t key, size_t n, size_t columns, char *room,
                                 ptrdiff_t *row, ptrdiff_t *column) {
  const ad_attention *a = h->of;
  int64_t size = (int64_t)a->size;
  const char *from = o->data + (int64_t)h->b * o->strides[0] + (int64_t)h->shared * o->strides[1] + (int64_t)key * o->strides[2];
  if (a->dtype == a->lane && o->strides[2] % size == 0 && o->strides[3] % size == 0) {
    *row = o->strides[2] / size, *column = columns > 1 ? o->strides[3] / size : 1;
    return from;
  }
  for (size_t i = 0; i < n; i++) {
    char *to = room + i * columns * a->size;
    const char *line = in_lane(a, a->dtype, from + (int64_t)i * o->strides[2], o->strides[3], columns, to);
    if (line != to) memcpy(to, line, columns * a->size);
  }
  *row = (ptrdiff_t)columns, *column = 1;
  return room;
}

void ad__attention_pack_across(const ad_attention_head *h, const ad_attention_operand *o, size_t key, size_t n, size_t columns, char *out,
                               char *room) {
  const ad_attention *a = h->of;
  ptrdiff_t row, column;
  const char *from = block_in_lane(h, o, key, n, columns, room, &row, &column);
  size_t w = a->gemm->columns;
  for (size_t at = 0; at < n; at += w)
    a->gemm->pack(smaller(n - at, w), w, columns, out + at * columns * a->size, from + (ptrdiff_t)at * row * (ptrdiff_t)a->size, row, column);
}

void ad__attention_pack_along(const ad_attention_head *h, const ad_attention_operand *o, size_t key, size_t n, size_t columns, char *out,
                              char *room) {
  const ad_attention *a = h->of;
  ptrdiff_t row, column;
  const char *from = block_in_lane(h, o, key, n, columns, room, &row, &column);
  size_t w = a->gemm->columns;
  for (size_t at = 0; at < columns; at += w)
    a->gemm->pack(smaller(columns - at, w), w, n, out + at * n * a->size, from + (ptrdiff_t)at * column * (ptrdiff_t)a->size, column, row);
}

/* ---- Rows of scores ---- */

void ad__attention_mask(const ad_attention_head *h, size_t r, size_t key, size_t n, char *scores, char *room) {
  const ad_attention *a = h->of;
  const int64_t *s = a->mask.strides;
  const char *from = a->mask.data + (int64_t)h->b * s[0] + (int64_t)ad__attention_head_of(h, r) * s[1] + (int64_t)ad__attention_query_of(a, r) * s[2] +
                     (int64_t)key * s[3];
  if (a->mask_dtype != AD_BOOL) {
    a->k->elementwise[a->lane][AD_ELT_add](n, scores, scores, in_lane(a, a->mask_dtype, from, s[3], n, room), NULL);
    return;
  }
  if (s[3] != 1) {
    for (size_t i = 0; i < n; i++) room[i] = from[(int64_t)i * s[3]];
    from = room;
  }
  a->row->hide(n, scores, (const uint8_t *)from);
}

size_t ad__attention_end_row(const ad_attention *a, char *scores, size_t n) {
  size_t end = ad__attention_up(n, AD_ROW_PARTS);
  static const float low_f32 = -INFINITY;
  static const double low_f64 = -INFINITY;
  if (a->lane == AD_FLOAT32)
    for (size_t i = n; i < end; i++) memcpy(scores + i * sizeof low_f32, &low_f32, sizeof low_f32);
  else
    for (size_t i = n; i < end; i++) memcpy(scores + i * sizeof low_f64, &low_f64, sizeof low_f64);
  return end;
}

/* ---- Products ---- */

void ad__attention_multiply(const ad_attention *a, const ad_attention_product *p) {
  size_t most = a->gemm->rows, parts = (p->rows + most - 1) / most, w = a->gemm->columns;
  ad_gemm_panel panel = {.rows = p->rows, .depth = p->depth, .height = (p->rows + parts - 1) / parts, .a = p->a,
                         .a_row = (ptrdiff_t)p->a_row, .a_step = (ptrdiff_t)p->a_step, .b_step = (ptrdiff_t)p->b_step,
                         .c_row = (ptrdiff_t)p->c_row, .store = p->add ? AD_GEMM_ADD : AD_GEMM_SET};
  panel.a_panel = (ptrdiff_t)(panel.height * p->a_row);
  for (size_t at = 0, i = 0; at < p->columns; at += w, i++) {
    panel.columns = p->whole ? w : smaller(p->columns - at, w);
    panel.b = p->b + i * p->b_panel * a->size;
    panel.c = p->c + at * a->size;
    a->gemm->panel(&panel);
  }
}
