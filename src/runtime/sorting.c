/* sort and argsort: each sequence along the axis by the keys of structural/stable_sort.h, gathered and put back.
 *
 * Complex numbers go by the real part, then the imaginary one; those with a NaN come last, and of these the ones whose
 * real part is one. */
#include <stdatomic.h>
#include <string.h>
#include "runtime/exec.h"
#include "runtime/structural.h"
#include "runtime/structural/stable_sort.h"
#include "runtime/walk.h"

enum { FIELD_AXIS, FIELD_DESCENDING };

typedef struct sort_job {
  ad_mem *mem;
  const char *in;
  char *out;
  ad_dtype dtype;
  size_t item, out_item, n;
  bool descending, places;             /* places: the result are indices */
  ad_walk outer_in, outer_out, line_in, line_out;
  _Atomic bool failed; /* memory ran out */
} sort_job;

/* What one sequence needs. */
typedef struct sort_room {
  uint64_t *key, *key_room;
  uint32_t *index, *index_room;
  char *values, *sorted;
} sort_room;

/* ---- Keys ---- */

#define LOAD(type, at) type v; memcpy(&v, (at), sizeof v)

static uint64_t key_f32(const char *p) {
  LOAD(uint32_t, p);
  return ad_sort_key_float(v, 32, 0x7f800000u);
}
static uint64_t key_f64(const char *p) {
  LOAD(uint64_t, p);
  return ad_sort_key_float(v, 64, UINT64_C(0x7ff0000000000000));
}

#define KEY_OF(name, type, make)                   \
  static uint64_t name(const char *p) {            \
    LOAD(type, p);                                 \
    return make;                                   \
  }
KEY_OF(key_u8, uint8_t, ad_sort_key_unsigned(v))
KEY_OF(key_u16, uint16_t, ad_sort_key_unsigned(v))
KEY_OF(key_u32, uint32_t, ad_sort_key_unsigned(v))
KEY_OF(key_u64, uint64_t, ad_sort_key_unsigned(v))
KEY_OF(key_i8, int8_t, ad_sort_key_signed(v))
KEY_OF(key_i16, int16_t, ad_sort_key_signed(v))
KEY_OF(key_i32, int32_t, ad_sort_key_signed(v))
KEY_OF(key_i64, int64_t, ad_sort_key_signed(v))
KEY_OF(key_f16, uint16_t, ad_sort_key_float(v, 16, 0x7c00u))
KEY_OF(key_bf16, uint16_t, ad_sort_key_float(v, 16, 0x7f80u))

typedef uint64_t (*key_fn)(const char *p);
static const key_fn keys[AD_DTYPE_COUNT] = {
    [AD_BOOL] = key_u8,   [AD_UINT8] = key_u8,     [AD_UINT16] = key_u16,  [AD_UINT32] = key_u32,  [AD_UINT64] = key_u64,
    [AD_INT8] = key_i8,   [AD_INT16] = key_i16,    [AD_INT32] = key_i32,   [AD_INT64] = key_i64,   [AD_FLOAT16] = key_f16,
    [AD_BFLOAT16] = key_bf16, [AD_FLOAT32] = key_f32, [AD_FLOAT64] = key_f64, [AD_COMPLEX64] = key_f32, [AD_COMPLEX128] = key_f64,
};

/* One pass: by the key of the part at `offset` of each element, in the order reached so far. */
static void sort_by(const sort_job *j, const sort_room *r, size_t offset) {
  key_fn key = keys[j->dtype];
  for (size_t i = 0; i < j->n; i++) {
    uint64_t k = key(r->values + r->index[i] * j->item + offset);
    r->key[i] = j->descending ? ad_sort_key_descending(k) : k;
  }
  ad_sort_keys(r->key, r->index, r->key_room, r->index_room, j->n);
}

/* Complex elements with a NaN go last, those of a real NaN behind the others. */
static void nans_last(const sort_job *j, const sort_room *r) {
  key_fn key = keys[j->dtype];
  for (size_t i = 0; i < j->n; i++) {
    const char *p = r->values + r->index[i] * j->item;
    r->key[i] = (key(p) == AD_SORT_NAN ? 2u : 0u) + (key(p + j->item / 2) == AD_SORT_NAN ? 1u : 0u);
  }
  ad_sort_keys(r->key, r->index, r->key_room, r->index_room, j->n);
}

/* ---- Sequences ---- */

static void sort_line(const sort_job *j, const sort_room *r, size_t o) {
  const char *in = j->in + ad__walk_offset(&j->outer_in, (int64_t)o);
  char *out = j->out + ad__walk_offset(&j->outer_out, (int64_t)o);
  ad__walk_gather(&j->line_in, in, j->item, 0, (int64_t)j->n, r->values);
  for (size_t i = 0; i < j->n; i++) r->index[i] = (uint32_t)i;
  if (ad_dtype_category(j->dtype) == AD_CATEGORY_COMPLEX) {
    sort_by(j, r, j->item / 2);
    sort_by(j, r, 0);
    nans_last(j, r);
  } else {
    sort_by(j, r, 0);
  }
  const char *result = (const char *)r->index;
  if (!j->places) {
    for (size_t i = 0; i < j->n; i++) memcpy(r->sorted + i * j->item, r->values + r->index[i] * j->item, j->item);
    result = r->sorted;
  }
  ad__walk_scatter(&j->line_out, out, j->out_item, 0, (int64_t)j->n, result);
}

static void sort_range(void *arg, size_t begin, size_t end) {
  sort_job *j = arg;
  size_t bytes = j->n * 2 * (sizeof(uint64_t) + sizeof(uint32_t) + j->item);
  char *room = ad__mem_take(j->mem, bytes);
  if (!room) {
    atomic_store(&j->failed, true);
    return;
  }
  sort_room r = {.key = (uint64_t *)(void *)room};
  r.key_room = r.key + j->n;
  r.index = (uint32_t *)(void *)(r.key_room + j->n);
  r.index_room = r.index + j->n;
  r.values = (char *)(r.index_room + j->n);
  r.sorted = r.values + j->n * j->item;
  for (size_t o = begin; o < end; o++) sort_line(j, &r, o);
  ad__mem_give(j->mem, room, bytes);
}

static ad_status run(ad_exec *x, ad_array *node, bool places) {
  const ad_array *a = node->in[0];
  const ad_type *t = a->type;
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s || !t->size) return s;
  sort_job j = {.mem = &x->ctx->mem, .in = a->value.data, .out = node->value.data, .dtype = t->dtype, .item = t->item_size,
                .out_item = node->type->item_size, .places = places, .descending = ad__attr(node, FIELD_DESCENDING)->as.i};
  int64_t in_room[AD_MAX_RANK], out[AD_MAX_RANK], axis = ad__attr(node, FIELD_AXIS)->as.i;
  const int64_t *in = ad__value_strides(t, &a->value, in_room);
  ad__type_strides(node->type, out);
  j.outer_in.count = j.outer_out.count = j.line_in.count = j.line_out.count = 1;
  for (int i = 0; i < t->rank; i++) {
    ad__walk_add(i == axis ? &j.line_in : &j.outer_in, t->dims[i], in[i]);
    ad__walk_add(i == axis ? &j.line_out : &j.outer_out, t->dims[i], out[i]);
  }
  j.n = (size_t)t->dims[axis];
  ad__parallel(x, (size_t)j.outer_in.count, 1, (double)j.n * 40, sort_range, &j);
  if (atomic_load(&j.failed))
    return ad__fail(&x->err, AD_E_MEMORY, "an axis of length %zu; out of memory; a shorter one would be right", j.n);
  return AD_OK;
}

ad_status ad__k_sort(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, false); }
ad_status ad__k_argsort(ad_exec *x, ad_array *node, uint32_t dying) { return (void)dying, run(x, node, true); }
