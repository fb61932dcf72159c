/* contract: both operands brought to (batch, rows, summed) and (batch, summed, columns), then multiplied.
 *
 * The plain kernel of every dtype: products are added in the order of the summed axes, one row of the result at a time,
 * so the bits depend on nothing but the shapes. Half types are computed in float32. */
#include "runtime/structural.h"

#include <string.h>
#include "base/scalar.h"

enum { BATCH_A, BATCH_B, SUM_A, SUM_B };

typedef void (*product_fn)(size_t rows, size_t columns, size_t depth, const void *a, const void *b, void *c);

#define PRODUCT(s, T, sum)                                                                                         \
  static void product_##s(size_t rows, size_t columns, size_t depth, const void *a_, const void *b_, void *c_) {  \
    const T *a = a_;                                                                                               \
    T *c = c_;                                                                                                     \
    for (size_t i = 0; i < rows; i++, a += depth, c += columns) {                                                  \
      memset(c, 0, columns * sizeof *c);                                                                           \
      const T *b = b_;                                                                                             \
      for (size_t k = 0; k < depth; k++, b += columns) {                                                           \
        const T f = a[k];                                                                                          \
        AD_LOOP for (size_t j = 0; j < columns; j++) c[j] = sum;                                                   \
      }                                                                                                            \
    }                                                                                                              \
  }
#define PRODUCT_BY_FUNCTIONS(s, T) PRODUCT(s, T, ad_##s##_add(c[j], ad_##s##_multiply(f, b[j])))
PRODUCT_BY_FUNCTIONS(u8, uint8_t)
PRODUCT_BY_FUNCTIONS(u16, uint16_t)
PRODUCT_BY_FUNCTIONS(u32, uint32_t)
PRODUCT_BY_FUNCTIONS(u64, uint64_t)
PRODUCT_BY_FUNCTIONS(i8, int8_t)
PRODUCT_BY_FUNCTIONS(i16, int16_t)
PRODUCT_BY_FUNCTIONS(i32, int32_t)
PRODUCT_BY_FUNCTIONS(i64, int64_t)
PRODUCT(f32, float, c[j] + f * b[j])
PRODUCT(f64, double, c[j] + f * b[j])
PRODUCT_BY_FUNCTIONS(c64, ad_c64)
PRODUCT_BY_FUNCTIONS(c128, ad_c128)
#undef PRODUCT_BY_FUNCTIONS
#undef PRODUCT

static const product_fn products[AD_DTYPE_COUNT] = {
    [AD_UINT8] = product_u8,     [AD_UINT16] = product_u16,   [AD_UINT32] = product_u32, [AD_UINT64] = product_u64,
    [AD_INT8] = product_i8,      [AD_INT16] = product_i16,    [AD_INT32] = product_i32,  [AD_INT64] = product_i64,
    [AD_FLOAT32] = product_f32,  [AD_FLOAT64] = product_f64,  [AD_COMPLEX64] = product_c64,
    [AD_COMPLEX128] = product_c128,
};

/* One operand as (groups in the given order), row-major, in the dtype computed in. */
typedef struct packed {
  ad_buffer *buf;
  size_t extent[3]; /* of each group of axes */
} packed;

static int free_axes(const ad_attr *batch, const ad_attr *sum, int rank, int64_t *out) {
  int n = 0;
  for (int64_t i = 0; i < rank; i++) {
    bool taken = false;
    for (int k = 0; batch->given && k < batch->count; k++) taken |= batch->as.ints[k] == i;
    for (int k = 0; sum->given && k < sum->count; k++) taken |= sum->as.ints[k] == i;
    if (!taken) out[n++] = i;
  }
  return n;
}

static size_t append_axes(const ad_type *t, const int64_t *strides, const int64_t *axes, int n, ad_type *to,
                          int64_t *to_strides) {
  size_t extent = 1;
  for (int i = 0; i < n; i++) {
    to->dims[to->rank] = t->dims[axes[i]];
    to_strides[to->rank++] = strides[axes[i]];
    extent *= (size_t)t->dims[axes[i]];
  }
  return extent;
}

static ad_status pack(ad_exec *x, const ad_array *a, const ad_attr *batch, const ad_attr *sum, bool sum_last,
                      ad_dtype lane, packed *out) {
  /* The operand's shape with its axes in another order: only the copy needs it, so it is not interned. */
  _Alignas(ad_type) char block[sizeof(ad_type) + AD_MAX_RANK * sizeof(int64_t)];
  ad_type *view = (ad_type *)(void *)block;
  *view = *a->type;
  view->rank = 0;
  int64_t room[AD_MAX_RANK], strides[AD_MAX_RANK], dense[AD_MAX_RANK], frees[AD_MAX_RANK];
  const int64_t *own = ad__value_strides(a->type, &a->value, room);
  int n_free = free_axes(batch, sum, a->type->rank, frees);
  const int64_t *sums = sum->given ? sum->as.ints : NULL;
  int n_sum = sum->given ? sum->count : 0;
  out->extent[0] = append_axes(a->type, own, batch->given ? batch->as.ints : NULL, batch->given ? batch->count : 0,
                               view, strides);
  out->extent[1] = append_axes(a->type, own, sum_last ? frees : sums, sum_last ? n_free : n_sum, view, strides);
  out->extent[2] = append_axes(a->type, own, sum_last ? sums : frees, sum_last ? n_sum : n_free, view, strides);
  size_t item = ad_dtype_size(lane), count = (size_t)a->type->size;
  ad_buffer *raw = ad__buffer_take(x->cache, a->type->bytes);
  out->buf = raw && lane != a->type->dtype ? ad__buffer_take(x->cache, count * item) : raw;
  if (!raw || !out->buf) {
    if (raw) ad__buffer_drop(x->cache, raw);
    return ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  }
  ad__type_strides(view, dense);
  ad__copy_strided(x, view, raw->data, dense, a->value.data, strides);
  if (raw != out->buf) {
    x->kernels->cast[a->type->dtype][lane](count, out->buf->data, raw->data);
    ad__buffer_drop(x->cache, raw);
  }
  return AD_OK;
}

typedef struct product_job {
  product_fn fn;
  const char *a, *b;
  char *c;
  size_t rows, columns, depth, item;
} product_job;

/* Rows [begin, end) of all batches together. */
static void product_rows(void *arg, size_t begin, size_t end) {
  const product_job *j = arg;
  while (begin < end) {
    size_t batch = begin / j->rows, first = begin % j->rows, n = j->rows - first;
    if (n > end - begin) n = end - begin;
    j->fn(n, j->columns, j->depth, j->a + begin * j->depth * j->item,
          j->b + batch * j->depth * j->columns * j->item, j->c + begin * j->columns * j->item);
    begin += n;
  }
}

static ad_status multiply(ad_exec *x, ad_array *node, ad_dtype lane, const packed *a, const packed *b) {
  size_t item = ad_dtype_size(lane), count = (size_t)node->type->size;
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s) return s;
  bool converted = lane != node->type->dtype;
  ad_buffer *c = converted ? ad__buffer_take(x->cache, count * item) : node->value.buf;
  if (!c) return ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  product_job j = {products[lane], a->buf->data, b->buf->data, c->data, a->extent[1], b->extent[2], a->extent[2], item};
  if (count) ad__parallel(x, a->extent[0] * j.rows, 1, (double)j.columns * (double)j.depth * 0.1, product_rows, &j);
  if (converted) {
    x->kernels->cast[lane][node->type->dtype](count, node->value.data, c->data);
    ad__buffer_drop(x->cache, c);
  }
  return AD_OK;
}

ad_status ad__k_contract(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_attr *at = node->attrs->at;
  ad_dtype lane = node->type->dtype;
  if (lane == AD_FLOAT16 || lane == AD_BFLOAT16) lane = AD_FLOAT32;
  packed a = {NULL, {0}}, b = {NULL, {0}};
  ad_status s = pack(x, node->in[0], &at[BATCH_A], &at[SUM_A], true, lane, &a);
  if (!s) s = pack(x, node->in[1], &at[BATCH_B], &at[SUM_B], false, lane, &b);
  if (!s) s = multiply(x, node, lane, &a, &b);
  if (a.buf) ad__buffer_drop(x->cache, a.buf);
  if (b.buf) ad__buffer_drop(x->cache, b.buf);
  return s;
}
