/* fast_rope: a table of the cosines and sines of all positions, then every row turned by its line of it.
 *
 * The table is shared by everything that stands at a position; it has a part for each of axis 0 where offsets differ. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include "base/scalar.h"
#include "runtime/row_pieces.h"
#include "runtime/structural.h"

enum { DIMS, TRADITIONAL, BASE, SCALE, INVERSE };
enum { A, OFFSET, FREQS, ROOM = 4096 };

typedef struct rope_job {
  const ad_kernels *k;
  const ad_row_lane *row;
  ad_mem *mem;
  ad_row_source in;
  ad_row_sink out;
  size_t positions, half, items; /* T, dims/2, length of axis 0 */
  bool traditional, inverse;
  double scale;
  const double *rates;           /* of each pair: what an angle is a position's multiple of */
  const double *periods;         /* or what it is divided by */
  const char *offset;            /* int64 */
  int64_t offset_stride;         /* bytes along axis 0; 0: one for all */
  char *cos, *sin;               /* [items or 1][positions][half] in the lane */
  _Atomic bool failed;
} rope_job;

static double position(const rope_job *j, size_t item, size_t t) {
  int64_t offset = 0;
  if (j->offset) memcpy(&offset, j->offset + (int64_t)item * j->offset_stride, sizeof offset);
  return ((double)t + (double)offset) * j->scale;
}

static void table_range(void *arg, size_t begin, size_t end) {
  const rope_job *j = arg;
  enum { PIECE = 128 };
  double angle[PIECE], value[PIECE];
  for (size_t line = begin; line < end; line++) {
    double p = position(j, line / j->positions, line % j->positions);
    for (size_t at = 0; at < j->half; at += PIECE) {
      size_t n = j->half - at < PIECE ? j->half - at : PIECE, byte = (line * j->half + at) * j->in.size;
      for (size_t i = 0; i < n; i++) angle[i] = j->periods ? p / j->periods[at + i] : p * j->rates[at + i];
      j->k->elementwise[AD_FLOAT64][AD_ELT_cos](n, value, angle, NULL, NULL);
      j->k->cast[AD_FLOAT64][j->in.lane](n, j->cos + byte, value);
      j->k->elementwise[AD_FLOAT64][AD_ELT_sin](n, value, angle, NULL, NULL);
      if (j->inverse) j->k->elementwise[AD_FLOAT64][AD_ELT_negative](n, value, value, NULL, NULL);
      j->k->cast[AD_FLOAT64][j->in.lane](n, j->sin + byte, value);
    }
  }
}

static void turn_row(const rope_job *j, size_t o, char *room) {
  size_t t = o % j->positions, item = j->offset_stride ? o / (j->in.rows / j->items) : 0, size = j->in.size;
  const char *in = ad__row_take(&j->in, o, room);
  char *out = ad__row_place(&j->out, o, 0, room + j->in.n * size);
  const char *c = j->cos + (item * j->positions + t) * j->half * size, *s = j->sin + (item * j->positions + t) * j->half * size;
  if (j->traditional) j->row->turn_pairs(j->half, out, in, c, s);
  else j->row->turn(j->half, out, out + j->half * size, in, in + j->half * size, c, s);
  memcpy(out + 2 * j->half * size, in + 2 * j->half * size, (j->in.n - 2 * j->half) * size);
  for (size_t at = 0; at < j->in.n; at += AD_ROW_PIECE)
    ad__row_put(&j->out, o, at, j->in.n - at < AD_ROW_PIECE ? j->in.n - at : AD_ROW_PIECE, out + at * size);
}

static void turn_range(void *arg, size_t begin, size_t end) {
  rope_job *j = arg;
  uint64_t stack[ROOM / sizeof(uint64_t)];
  size_t bytes = 2 * j->in.n * j->in.size;
  char *room = ad__row_room(j->mem, stack, sizeof stack, bytes);
  if (!room) j->failed = true;
  for (size_t o = begin; room && o < end; o++) turn_row(j, o, room);
  ad__row_room_give(j->mem, stack, room, bytes);
}

/* The rates of the pairs in double precision, into room. */
static ad_status rates_of(ad_exec *x, const ad_array *node, rope_job *j, double *room) {
  const ad_array *freqs = node->in[FREQS];
  if (!freqs) {
    double rate = -log(ad__attr(node, BASE)->as.f[0]) / (double)j->half;
    for (size_t i = 0; i < j->half; i++) room[i] = ad_f64_exp((double)i * rate);
    j->rates = room;
    return AD_OK;
  }
  ad_value dense;
  const char *data = ad__value_contiguous_data(x, freqs, &dense);
  if (!data) return x->err.code;
  for (size_t i = 0; i < j->half; i++) room[i] = ad__row_load(freqs->type->dtype, data + i * freqs->type->item_size);
  ad__value_free(x->cache, freqs->type, &dense);
  j->periods = room;
  return AD_OK;
}

static ad_status turn_all(ad_exec *x, const ad_array *node, rope_job *j, size_t lines) {
  size_t table = lines * j->half * j->in.size, bytes = 2 * table + j->half * sizeof(double);
  ad_buffer *held = ad__buffer_take(x->cache, bytes);
  if (!held) return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes for angles; out of memory", bytes);
  ad_status s = rates_of(x, node, j, held->data);
  if (!s) {
    j->cos = (char *)held->data + j->half * sizeof(double);
    j->sin = j->cos + table;
    ad__parallel(x, lines, 1, (double)j->half * 8, table_range, j);
    ad__parallel(x, j->in.rows, 1, (double)j->in.n * 0.3 + 10, turn_range, j);
  }
  ad__buffer_drop(x->cache, held);
  if (!s && j->failed) s = ad__fail(&x->err, AD_E_MEMORY, "rows of %zu elements; out of memory", j->in.n);
  return s;
}

bool ad__fits_rope(const ad_array *node) { return ad__attr(node, DIMS)->as.i > 0; }

ad_status ad__k_rope(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_array *a = node->in[A], *offset = node->in[OFFSET];
  const ad_type *t = a->type;
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s || !t->size) return s;
  rope_job j = {.k = x->kernels, .mem = &x->ctx->mem, .positions = (size_t)t->dims[t->rank - 2], .items = (size_t)t->dims[0],
                .half = (size_t)ad__attr(node, DIMS)->as.i / 2, .traditional = ad__attr(node, TRADITIONAL)->as.i,
                .inverse = ad__attr(node, INVERSE)->as.i, .scale = ad__attr(node, SCALE)->as.f[0]};
  ad__row_source_last(&j.in, x->kernels, t, &a->value);
  ad__row_sink_init(&j.out, x->kernels, t->dtype, node->value.data, j.in.n, 2 * t->bytes);
  j.row = ad__row_kernels_of(x->kernels, j.in.lane);
  if (offset) {
    int64_t room[AD_MAX_RANK];
    j.offset = offset->value.data;
    j.offset_stride = offset->type->rank ? ad__value_strides(offset->type, &offset->value, room)[0] : 0;
  }
  return turn_all(x, node, &j, (j.offset_stride ? j.items : 1) * j.positions);
}
