/* Sequences along an axis, and the order of one. See sort_lines.h. */
#include "runtime/sort_lines.h"

#include <string.h>

enum { MOST_TOGETHER = 16, TOGETHER_BYTES = 1 << 22 };

/* ---- Keys ---- */

ad_sort_coding ad__sort_coding_of(ad_dtype t, bool descending, size_t *key) {
  size_t item = ad_dtype_size(t);
  if (ad_dtype_category(t) == AD_CATEGORY_COMPLEX) item /= 2;
  ad_sort_coding c = {.kind = item == 1 ? AD_SORT_8 : item == 2 ? AD_SORT_16 : item == 4 ? AD_SORT_32 : AD_SORT_64};
  uint64_t sign = UINT64_C(1) << (8 * item - 1);
  switch (t) {
  case AD_FLOAT16: c.kind = AD_SORT_HALF, c.infinity = 0x7c00; break;
  case AD_BFLOAT16: c.kind = AD_SORT_HALF, c.infinity = 0x7f80; break;
  case AD_FLOAT32: case AD_COMPLEX64: c.kind = AD_SORT_F32, c.infinity = 0x7f800000; break;
  case AD_FLOAT64: case AD_COMPLEX128: c.kind = AD_SORT_F64, c.infinity = UINT64_C(0x7ff0000000000000); break;
  default: break;
  }
  if (c.infinity || ad_dtype_category(t) == AD_CATEGORY_INT) c.sign = sign;
  if (descending) c.flip = sign | (sign - 1);
  *key = item == 8 ? 8 : 4;
  return c;
}

/* ---- Orders ---- */

/* Keys of four bytes ride with their index in one number. */
static void order_narrow(const ad_sort_lines *j, const ad_sort_room *r) {
  const uint32_t *key = r->keys;
  uint64_t *item = r->items;
  for (size_t i = 0; i < j->n; i++) item[i] = (uint64_t)key[i] << 32 | (uint32_t)i;
  j->kernels->sort64(item, r->items_room, j->n, 32);
  for (size_t i = 0; i < j->n; i++) r->order[i] = (uint32_t)item[i];
}

static void sort_pairs(const ad_sort_lines *j, const ad_sort_room *r) {
  ad_sort_pair *pair = r->items;
  j->kernels->pairs(pair, r->items_room, j->n);
  for (size_t i = 0; i < j->n; i++) r->order[i] = pair[i].index;
}

static void order_wide(const ad_sort_lines *j, const ad_sort_room *r) {
  const uint64_t *key = r->keys;
  ad_sort_pair *pair = r->items;
  for (size_t i = 0; i < j->n; i++) pair[i] = (ad_sort_pair){key[i], (uint32_t)i};
  sort_pairs(j, r);
}

/* Bit 0: the imaginary part is NaN; bit 1: the real one. */
static unsigned nan_class(const ad_sort_lines *j, const ad_sort_room *r, size_t i) {
  if (j->key == 8) {
    const uint64_t *key = r->keys;
    return 2u * (key[2 * i] == UINT64_MAX) + (key[2 * i + 1] == UINT64_MAX);
  }
  const uint32_t *key = r->keys;
  return 2u * (key[2 * i] == UINT32_MAX) + (key[2 * i + 1] == UINT32_MAX);
}

/* Those without NaN first, then class by class, otherwise in the order reached. */
static void nans_last(const ad_sort_lines *j, const ad_sort_room *r) {
  size_t at[5] = {0};
  uint32_t *order = r->items;
  for (size_t i = 0; i < j->n; i++) at[nan_class(j, r, i) + 1]++;
  if (at[1] == j->n) return;
  for (int k = 1; k < 4; k++) at[k] += at[k - 1];
  for (size_t i = 0; i < j->n; i++) order[at[nan_class(j, r, r->order[i])]++] = r->order[i];
  memcpy(r->order, order, j->n * sizeof *order);
}

static void order_complex(const ad_sort_lines *j, const ad_sort_room *r) {
  ad_sort_pair *pair = r->items;
  if (j->key == 4) {
    const uint32_t *key = r->keys;
    for (size_t i = 0; i < j->n; i++) pair[i] = (ad_sort_pair){(uint64_t)key[2 * i] << 32 | key[2 * i + 1], (uint32_t)i};
    sort_pairs(j, r);
  } else {
    const uint64_t *key = r->keys;
    for (size_t i = 0; i < j->n; i++) pair[i] = (ad_sort_pair){key[2 * i + 1], (uint32_t)i};
    sort_pairs(j, r);
    for (size_t i = 0; i < j->n; i++) pair[i] = (ad_sort_pair){key[2 * r->order[i]], r->order[i]};
    sort_pairs(j, r);
  }
  nans_last(j, r);
}

const uint32_t *ad__sort_order(const ad_sort_lines *j, const ad_sort_room *r, const char *in) {
  bool complex = ad_dtype_category(j->dtype) == AD_CATEGORY_COMPLEX;
  j->kernels->keys[j->coding.kind](&j->coding, complex ? 2 * j->n : j->n, in, r->keys);
  if (complex) order_complex(j, r);
  else if (j->key == 4) order_narrow(j, r);
  else order_wide(j, r);
  return r->order;
}

/* ---- Rooms ---- */

static void *carve(char *base, size_t *at, size_t bytes) {
  void *p = base ? base + *at : NULL;
  *at += (bytes + 63) / 64 * 64;
  return p;
}

/* Lays out the room that begins at base (NULL: nowhere); returns its bytes. */
static size_t lay_out(const ad_sort_lines *j, char *base, ad_sort_room *r) {
  bool complex = ad_dtype_category(j->dtype) == AD_CATEGORY_COMPLEX;
  size_t item = !j->orders ? j->key : complex || j->key == 8 ? sizeof(ad_sort_pair) : sizeof(uint64_t), at = 0;
  r->keys = carve(base, &at, (complex ? 2 : 1) * j->n * j->key);
  r->items = carve(base, &at, j->n * item);
  r->items_room = carve(base, &at, j->orders || j->selects ? j->n * item : 0);
  r->order = carve(base, &at, j->orders || j->selects ? j->n * sizeof(uint32_t) : 0);
  r->in = carve(base, &at, j->from_step == (int64_t)j->item ? 0 : j->together * j->n * j->item);
  r->out = carve(base, &at, j->to_step == (int64_t)j->out_item ? 0 : j->together * j->out_n * j->out_item);
  return at;
}

/* ---- Sequences ---- */

/* n elements of each of some sequences, their first ones together, then the second ones. */
#define COPY(type)                                                                   \
  for (size_t i = 0; i < n; i++)                                                     \
    for (size_t k = 0; k < lines; k++) {                                             \
      type v;                                                                        \
      memcpy(&v, from[k] + (int64_t)i * from_step, sizeof v);                        \
      memcpy(to[k] + (int64_t)i * to_step, &v, sizeof v);                            \
    }

typedef struct two_words {
  uint64_t at[2];
} two_words;

static void copy_lines(size_t lines, size_t n, size_t item, char *const *to, int64_t to_step, const char *const *from,
                       int64_t from_step) {
  switch (item) {
  case 1: COPY(uint8_t) break;
  case 2: COPY(uint16_t) break;
  case 4: COPY(uint32_t) break;
  case 8: COPY(uint64_t) break;
  default: COPY(two_words) break;
  }
}

static void do_lines(const ad_sort_lines *j, const ad_sort_room *r, size_t first, size_t lines) {
  const char *from[MOST_TOGETHER] = {0}, *near[MOST_TOGETHER] = {0};
  char *to[MOST_TOGETHER] = {0}, *room[MOST_TOGETHER] = {0};
  bool gathers = j->from_step != (int64_t)j->item, scatters = j->to_step != (int64_t)j->out_item;
  for (size_t k = 0; k < lines; k++) {
    from[k] = j->from + ad__walk_offset(&j->outer_in, (int64_t)(first + k));
    to[k] = j->to + ad__walk_offset(&j->outer_out, (int64_t)(first + k));
    if (gathers) near[k] = room[k] = r->in + k * j->n * j->item;
  }
  if (gathers) copy_lines(lines, j->n, j->item, room, (int64_t)j->item, from, j->from_step);
  for (size_t k = 0; k < lines; k++) {
    if (scatters) room[k] = r->out + k * j->out_n * j->out_item;
    j->line(j, r, gathers ? near[k] : from[k], scatters ? room[k] : to[k]);
    near[k] = room[k];
  }
  if (scatters) copy_lines(lines, j->out_n, j->out_item, to, j->to_step, near, (int64_t)j->out_item);
}

/* Of the parts, each with its own room: some sequences each. */
static void do_parts(void *arg, size_t begin, size_t end) {
  const ad_sort_lines *j = arg;
  for (size_t p = begin; p < end; p++) {
    ad_sort_room r;
    lay_out(j, j->rooms + p * j->room, &r);
    size_t last = (p + 1) * j->lines / j->parts;
    for (size_t k = p * j->lines / j->parts; k < last; k += j->together)
      do_lines(j, &r, k, last - k < j->together ? last - k : j->together);
  }
}

static void find_lines(const ad_array *a, const ad_type *out, int axis, ad_sort_lines *j) {
  int64_t in_room[AD_MAX_RANK], to[AD_MAX_RANK];
  const int64_t *from = ad__value_strides(a->type, &a->value, in_room);
  ad__type_strides(out, to);
  j->outer_in.count = j->outer_out.count = 1;
  for (int i = 0; i < out->rank; i++) {
    if (i == axis) continue;
    ad__walk_add(&j->outer_in, out->dims[i], from[i]);
    ad__walk_add(&j->outer_out, out->dims[i], to[i]);
  }
  j->lines = (size_t)j->outer_out.count;
  j->n = (size_t)a->type->dims[axis];
  j->out_n = (size_t)out->dims[axis];
  j->from_step = j->n == 1 ? (int64_t)j->item : from[axis];
  j->to_step = j->out_n == 1 ? (int64_t)j->out_item : to[axis];
}

ad_status ad__sort_lines_run(ad_exec *x, ad_array *node, int axis, ad_sort_lines *j) {
  const ad_array *a = node->in[0];
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s || !node->type->size) return s;
  j->kernels = x->kernels->sort;
  j->dtype = a->type->dtype;
  j->item = a->type->item_size;
  j->out_item = node->type->item_size;
  j->coding = ad__sort_coding_of(j->dtype, j->descending, &j->key);
  j->from = a->value.data;
  j->to = node->value.data;
  find_lines(a, node->type, axis, j);
  j->together = TOGETHER_BYTES / (j->n * j->item + 1) + 1;
  if (j->together > MOST_TOGETHER) j->together = MOST_TOGETHER;
  double cost = (double)j->n * 10;
  size_t threads = (size_t)ad__pool_threads(x->pool);
  j->parts = threads == 1 || cost * (double)j->lines < 20000 ? 1 : 2 * threads;
  if (j->parts > j->lines) j->parts = j->lines;
  ad_sort_room unused;
  j->room = lay_out(j, NULL, &unused);
  ad_buffer *rooms = ad__buffer_take(x->cache, j->parts * j->room);
  if (!rooms)
    return ad__fail(&x->err, AD_E_MEMORY, "an axis of length %zu; out of memory; a shorter one would be right", j->n);
  j->rooms = rooms->data;
  ad__parallel(x, j->parts, 1, cost * (double)j->lines / (double)j->parts, do_parts, j);
  ad__buffer_drop(x->cache, rooms);
  return AD_OK;
}
