/* Rows read in their lane and written in pieces. See row_pieces.h. */
#include "runtime/row_pieces.h"

#include <string.h>

/* From here on results and what they are made of do not stay in a cache anyway. */
static const size_t stream_bytes = (size_t)4 << 20;

ad_dtype ad__row_lane(ad_dtype t) { return t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t; }

const ad_row_lane *ad__row_kernels_of(const ad_kernels *k, ad_dtype lane) { return lane == AD_FLOAT64 ? k->row->f64 : k->row->f32; }

/* ---- Reading ---- */

void ad__row_source_init(ad_row_source *s, const ad_kernels *k, const ad_type *t, const ad_value *v, const bool *reduced) {
  int64_t room[AD_MAX_RANK];
  const int64_t *strides = ad__value_strides(t, v, room);
  *s = (ad_row_source){.k = k, .data = v->data, .dtype = t->dtype, .lane = ad__row_lane(t->dtype), .item = t->item_size};
  s->size = ad_dtype_size(s->lane);
  s->outer.count = s->line.count = 1;
  for (int i = 0; i < t->rank; i++) ad__walk_add(reduced[i] ? &s->line : &s->outer, t->dims[i], strides[i]);
  s->n = (size_t)s->line.count;
  s->rows = (size_t)s->outer.count;
  s->direct = s->dtype == s->lane && ad__walk_contiguous(&s->line, s->item);
}

void ad__row_source_last(ad_row_source *s, const ad_kernels *k, const ad_type *t, const ad_value *v) {
  bool reduced[AD_MAX_RANK] = {false};
  reduced[t->rank - 1] = true;
  ad__row_source_init(s, k, t, v, reduced);
}

const char *ad__row_take(const ad_row_source *s, size_t row, char *room) {
  const char *from = s->data + ad__walk_offset(&s->outer, (int64_t)row);
  if (s->direct) return from;
  if (s->dtype == s->lane) {
    ad__walk_gather(&s->line, from, s->item, 0, (int64_t)s->n, room);
    return room;
  }
  ad_row_piece piece;
  for (size_t at = 0; at < s->n; at += AD_ROW_PIECE) {
    size_t n = s->n - at < AD_ROW_PIECE ? s->n - at : AD_ROW_PIECE;
    ad__walk_gather(&s->line, from, s->item, (int64_t)at, (int64_t)n, (char *)piece);
    s->k->cast[s->dtype][s->lane](n, room + at * s->size, piece);
  }
  return room;
}

void ad__row_fetch(const ad_row_source *s, size_t row, size_t at, size_t n) {
  if (!s->direct || row >= s->rows) return;
  const char *p = s->data + ad__walk_offset(&s->outer, (int64_t)row) + at * s->size;
  for (size_t i = 0; i < n * s->size; i += 64) AD_PREFETCH(p + i);
}

double ad__row_sum(const ad_kernels *k, ad_dtype lane, const char *row, size_t n) {
  double sum = 0, part;
  size_t size = ad_dtype_size(lane);
  for (size_t at = 0; at < n; at += AD_ROW_PIECE) {
    k->reduce->rows[AD_FOLD_SUM][lane](1, n - at < AD_ROW_PIECE ? n - at : AD_ROW_PIECE, 0, &part, row + at * size, NULL);
    sum += ad__row_load(lane, &part);
  }
  return sum;
}

const char *ad__row_all(ad_exec *x, const ad_array *a, ad_buffer **held) {
  ad_dtype lane = ad__row_lane(a->type->dtype);
  *held = NULL;
  if (lane == a->type->dtype && ad__value_contiguous(&a->value)) return a->value.data;
  ad_value dense;
  const char *data = ad__value_contiguous_data(x, a, &dense);
  size_t bytes = (size_t)a->type->size * ad_dtype_size(lane);
  if (data && !(*held = ad__buffer_take(x->cache, bytes))) ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory", bytes);
  if (*held) x->kernels->cast[a->type->dtype][lane]((size_t)a->type->size, (*held)->data, data);
  ad__value_free(x->cache, a->type, &dense);
  return *held ? (*held)->data : NULL;
}

/* ---- Writing ---- */

void ad__row_sink_init(ad_row_sink *s, const ad_kernels *k, ad_dtype dtype, char *data, size_t n, size_t moved) {
  *s = (ad_row_sink){.k = k, .data = data, .dtype = dtype, .lane = ad__row_lane(dtype), .item = ad_dtype_size(dtype), .n = n,
                     .streamed = moved >= stream_bytes};
}

void *ad__row_place(const ad_row_sink *s, size_t row, size_t at, void *piece) {
  return s->dtype == s->lane && !s->streamed ? s->data + (row * s->n + at) * s->item : piece;
}

void ad__row_put(const ad_row_sink *s, size_t row, size_t at, size_t n, const void *computed) {
  char *out = s->data + (row * s->n + at) * s->item;
  ad_row_piece narrow;
  if (computed == out) return;
  if (s->dtype != s->lane) {
    s->k->cast[s->lane][s->dtype](n, s->streamed ? (void *)narrow : (void *)out, computed);
    computed = narrow;
  }
  if (s->streamed) s->k->stream_copy(out, computed, n * s->item);
}
