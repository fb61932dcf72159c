/* scatter and its kin: updates brought into a copy of an array at places that index arrays name.
 *
 * Invariant: every element of the result takes its updates one after the other in row-major order of the updates,
 * whatever the number of threads. So work is never cut along the updates but along the result: each part walks over all
 * offsets and does those that fall into its range, or its blocks of every row. Windows may overlap; then one part does
 * everything unless there is a single position.
 * Half types accumulate in float32 and are rounded once. The array's own memory is used when it dies here. */
#include "runtime/index_plan.h"
#include "runtime/structural.h"

#include <string.h>
#include "base/scalar.h"

typedef enum scatter_mode {
  SCATTER_SET,
  SCATTER_ADD,
  SCATTER_MULTIPLY,
  SCATTER_MAXIMUM,
  SCATTER_MINIMUM,
  SCATTER_MODES
} scatter_mode;

/* What one part of the work does: destinations from low to high, blocks from first to last. */
typedef struct scatter_part {
  int64_t low, high;
  int64_t first, last;
} scatter_part;

typedef struct scatter_job scatter_job;
typedef void (*scatter_fn)(const scatter_job *j, const ad_index_run *r, const scatter_part *part);

struct scatter_job {
  const ad_index_plan *plan;
  scatter_fn fn;
  char *out;
  const char *updates;
  size_t item;
  int64_t row_size; /* elements */
  int64_t span;     /* bytes that offsets range over */
  int64_t parts;
};

/* ---- Kernels ---- */

#define SET_BLOCKS(bytes)                                                                                        \
  for (int64_t i = 0; i < r->count; i++, from += row_bytes) {                                                    \
    if (r->offsets[i] < part->low || r->offsets[i] >= part->high) continue;                                      \
    char *to = j->out + r->before + r->offsets[i];                                                               \
    for (int64_t k = part->first; k < part->last; k++) memcpy(to + p->block_offsets[k], from + (size_t)k * (bytes), (bytes)); \
  }

static void set(const scatter_job *j, const ad_index_run *r, const scatter_part *part) {
  const ad_index_plan *p = j->plan;
  size_t row_bytes = (size_t)j->row_size * j->item, block = (size_t)p->inner * j->item;
  const char *from = j->updates + (size_t)r->row * row_bytes;
  switch (block) {
  case 1: SET_BLOCKS(1) break;
  case 2: SET_BLOCKS(2) break;
  case 4: SET_BLOCKS(4) break;
  case 8: SET_BLOCKS(8) break;
  case 16: SET_BLOCKS(16) break;
  default: SET_BLOCKS(block) break;
  }
}

/* One kernel: d is the element there, u the update. */
#define COMBINE(name, T, ...)                                                                    \
  static void name(const scatter_job *j, const ad_index_run *r, const scatter_part *part) {      \
    const ad_index_plan *p = j->plan;                                                            \
    const int64_t inner = p->inner;                                                              \
    const T *from = (const T *)(const void *)j->updates + r->row * j->row_size;                  \
    char *to = j->out + r->before;                                                               \
    for (int64_t i = 0; i < r->count; i++, from += j->row_size) {                                \
      if (r->offsets[i] < part->low || r->offsets[i] >= part->high) continue;                    \
      for (int64_t k = part->first; k < part->last; k++) {                                       \
        T *out = (T *)(void *)(to + r->offsets[i] + p->block_offsets[k]);                        \
        const T *in = from + k * inner;                                                          \
        for (int64_t e = 0; e < inner; e++) {                                                    \
          const T d = out[e], u = in[e];                                                         \
          out[e] = (__VA_ARGS__);                                                                \
        }                                                                                        \
      }                                                                                          \
    }                                                                                            \
  }
#define COMBINE_INTEGERS(S, T)                          \
  COMBINE(add_##S, T, ad_##S##_add(d, u))               \
  COMBINE(multiply_##S, T, ad_##S##_multiply(d, u))     \
  COMBINE(maximum_##S, T, d > u ? d : u)                \
  COMBINE(minimum_##S, T, d < u ? d : u)
#define COMBINE_FLOATS(S, T)                            \
  COMBINE(add_##S, T, d + u)                            \
  COMBINE(multiply_##S, T, d * u)                       \
  COMBINE(maximum_##S, T, ad_##S##_maximum(d, u))       \
  COMBINE(minimum_##S, T, ad_##S##_minimum(d, u))
#define COMBINE_COMPLEX(S, T)                           \
  COMBINE(add_##S, T, ad_##S##_add(d, u))               \
  COMBINE(multiply_##S, T, ad_##S##_multiply(d, u))

COMBINE(or_b8, uint8_t, (uint8_t)(d | u))
COMBINE(and_b8, uint8_t, (uint8_t)(d & u))
COMBINE_INTEGERS(u8, uint8_t)
COMBINE_INTEGERS(u16, uint16_t)
COMBINE_INTEGERS(u32, uint32_t)
COMBINE_INTEGERS(u64, uint64_t)
COMBINE_INTEGERS(i8, int8_t)
COMBINE_INTEGERS(i16, int16_t)
COMBINE_INTEGERS(i32, int32_t)
COMBINE_INTEGERS(i64, int64_t)
COMBINE_FLOATS(f32, float)
COMBINE_FLOATS(f64, double)
COMBINE_COMPLEX(c64, ad_c64)
COMBINE_COMPLEX(c128, ad_c128)

#define ROW(S) {NULL, add_##S, multiply_##S, maximum_##S, minimum_##S}
/* By lane and mode. Complex numbers have no order. */
static const scatter_fn combine[AD_DTYPE_COUNT][SCATTER_MODES] = {
    [AD_BOOL] = {NULL, or_b8, and_b8, or_b8, and_b8},
    [AD_UINT8] = ROW(u8), [AD_UINT16] = ROW(u16), [AD_UINT32] = ROW(u32), [AD_UINT64] = ROW(u64),
    [AD_INT8] = ROW(i8), [AD_INT16] = ROW(i16), [AD_INT32] = ROW(i32), [AD_INT64] = ROW(i64),
    [AD_FLOAT32] = ROW(f32), [AD_FLOAT64] = ROW(f64),
    [AD_COMPLEX64] = {NULL, add_c64, multiply_c64, NULL, NULL},
    [AD_COMPLEX128] = {NULL, add_c128, multiply_c128, NULL, NULL},
};

/* ---- Sharing ---- */

static void scatter_part_rows(const scatter_job *j, const scatter_part *part) {
  ad_index_run r;
  int64_t rows = ad__index_rows(j->plan);
  for (int64_t row = 0; row < rows; row += r.count) {
    ad__index_run(j->plan, row, rows, &r);
    j->fn(j, &r, part);
  }
}

static void by_destination(void *arg, size_t begin, size_t end) {
  const scatter_job *j = arg;
  int64_t step = (j->span + j->parts - 1) / j->parts;
  scatter_part part = {(int64_t)begin * step, (int64_t)end * step, 0, j->plan->blocks};
  scatter_part_rows(j, &part);
}

static void by_block(void *arg, size_t begin, size_t end) {
  const scatter_job *j = arg;
  scatter_part part = {0, j->span, (int64_t)begin, (int64_t)end};
  scatter_part_rows(j, &part);
}

/* Rows of less work (in nanoseconds) are not shared: every thread looks at every offset, and to guess whether it is its
 * own costs as much as the row. */
static const double share_row = 40;

static void scatter_planned(ad_exec *x, scatter_job *j, bool windows) {
  const ad_index_plan *p = j->plan;
  int64_t rows = ad__index_rows(p), positions = p->batches * p->places;
  j->row_size = ad__index_row_size(p);
  if (rows == 0 || j->row_size == 0) return;
  j->span = 1;
  for (int i = 0; i < p->rank; i++) j->span += (p->dims[i] - 1) * p->base[i];
  for (int k = 0; k < p->axes; k++) j->span += p->axis[k].last > 0 ? p->axis[k].last * p->axis[k].stride : 0;
  double block_cost = 2 + (double)p->inner * (double)j->item * 0.1;
  j->parts = 1;
  if (positions == 1) {
    ad__parallel(x, (size_t)p->blocks, 1, block_cost * (double)rows, by_block, j);
  } else if (windows || block_cost * (double)p->blocks < share_row) {
    by_destination(j, 0, 1);
  } else {
    j->parts = ad__pool_threads(x->pool);
    if (j->parts > j->span) j->parts = j->span;
    double cost = (double)rows * (2 + block_cost * (double)p->blocks / (double)j->parts);
    ad__parallel(x, (size_t)j->parts, 1, cost, by_destination, j);
  }
}

/* ---- Values ---- */

/* The result's memory with the array's elements in it. */
static ad_status copy_target(ad_exec *x, ad_array *node, uint32_t dying) {
  const ad_array *a = node->in[0];
  if (ad__value_reuse(x, node, dying & 1, &node->value)) return x->err.code;
  if (node->value.buf == a->value.buf) return AD_OK;
  int64_t to[AD_MAX_RANK], room[AD_MAX_RANK];
  ad__type_strides(node->type, to);
  ad__copy_strided(x, node->type, node->value.data, to, a->value.data, ad__value_strides(a->type, &a->value, room));
  return AD_OK;
}

static ad_dtype lane_of(ad_dtype t) { return t == AD_FLOAT16 || t == AD_BFLOAT16 ? AD_FLOAT32 : t; }

typedef struct convert_job {
  ad_cast_fn fn;
  char *out;
  const char *in;
  size_t out_item, in_item;
} convert_job;

static void convert_range(void *arg, size_t begin, size_t end) {
  const convert_job *j = arg;
  j->fn(end - begin, j->out + begin * j->out_item, j->in + begin * j->in_item);
}

static void convert(ad_exec *x, size_t n, ad_dtype to, char *out, ad_dtype from, const char *in) {
  convert_job j = {x->kernels->cast[from][to], out, in, ad_dtype_size(to), ad_dtype_size(from)};
  ad__parallel(x, n, 1024, 0.3, convert_range, &j);
}

/* A float32 copy of n elements of a half type. */
static ad_buffer *widen(ad_exec *x, size_t n, ad_dtype from, const char *in) {
  ad_buffer *b = ad__buffer_take(x->cache, n * sizeof(float));
  if (b) convert(x, n, AD_FLOAT32, b->data, from, in);
  else ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory", n * sizeof(float));
  return b;
}

/* Plans the result as if its elements had the given size, and runs. */
static ad_status scatter_into(ad_exec *x, ad_array *node, scatter_fn fn, char *out, const char *updates, size_t item) {
  int64_t strides[AD_MAX_RANK];
  ad_index_form f = ad__index_form_of(node);
  ad__type_strides(node->type, strides);
  for (int i = 0; i < node->type->rank; i++) strides[i] = strides[i] / (int64_t)node->type->item_size * (int64_t)item;
  ad_index_plan p;
  ad_status s = ad__index_plan_begin(x, &p, &f, node->type->rank, node->type->dims, strides, item, node->in + 2);
  scatter_job j = {.plan = &p, .fn = fn, .out = out, .updates = updates, .item = item};
  if (!s) scatter_planned(x, &j, f.sizes != NULL);
  ad__index_plan_end(x, &p);
  return s;
}

static ad_status scatter(ad_exec *x, ad_array *node, uint32_t dying, scatter_mode mode) {
  const ad_array *updates = node->in[1];
  const ad_type *t = node->type;
  ad_value temp;
  if (copy_target(x, node, dying)) return x->err.code;
  const char *u = ad__value_contiguous_data(x, updates, &temp);
  if (!u) return x->err.code;
  ad_dtype lane = lane_of(t->dtype);
  if (mode == SCATTER_SET || lane == t->dtype) {
    scatter_into(x, node, mode == SCATTER_SET ? set : combine[lane][mode], node->value.data, u, t->item_size);
  } else {
    ad_buffer *wide = widen(x, (size_t)t->size, t->dtype, node->value.data);
    ad_buffer *wide_updates = wide ? widen(x, (size_t)updates->type->size, t->dtype, u) : NULL;
    if (wide_updates &&
        !scatter_into(x, node, combine[lane][mode], wide->data, wide_updates->data, ad_dtype_size(lane)))
      convert(x, (size_t)t->size, t->dtype, node->value.data, lane, wide->data);
    if (wide_updates) ad__buffer_drop(x->cache, wide_updates);
    if (wide) ad__buffer_drop(x->cache, wide);
  }
  ad__value_free(x->cache, updates->type, &temp);
  return x->err.code;
}

ad_status ad__k_scatter(ad_exec *x, ad_array *node, uint32_t dying) { return scatter(x, node, dying, SCATTER_SET); }
ad_status ad__k_scatter_add(ad_exec *x, ad_array *node, uint32_t dying) { return scatter(x, node, dying, SCATTER_ADD); }
ad_status ad__k_scatter_multiply(ad_exec *x, ad_array *node, uint32_t dying) {
  return scatter(x, node, dying, SCATTER_MULTIPLY);
}
ad_status ad__k_scatter_maximum(ad_exec *x, ad_array *node, uint32_t dying) {
  return scatter(x, node, dying, SCATTER_MAXIMUM);
}
ad_status ad__k_scatter_minimum(ad_exec *x, ad_array *node, uint32_t dying) {
  return scatter(x, node, dying, SCATTER_MINIMUM);
}
