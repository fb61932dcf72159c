/* convolution: operands and shapes brought to what the rows below take.
 *
 * Small ones go to the plain text that emitted C carries (structural/convolution.h), which needs no preparation; single
 * taps that stand still are a matrix product; all others are sums of products on the images as they lie. Half types are
 * computed in float32. The choice depends on shapes alone. */
#include "runtime/convolution_tiles.h"
#include "runtime/gemm.h"
#include "runtime/structural.h"

#include <string.h>

enum { STRIDE, LOW, HIGH, KERNEL_DILATION, INPUT_DILATION, GROUPS, FLIP };

static const double plain_steps = 4096; /* up to so many multiplications, preparing takes longer than computing */

typedef struct operand {
  const char *data;
  ad_value dense; /* a copy in row-major order, */
  ad_buffer *cast; /* or in another dtype */
  int64_t strides[AD_MAX_RANK]; /* in elements */
} operand;

typedef struct job {
  ad_convolution shape;
  ad_dtype lane;
  operand x, w;
  char *y;
  const ad_pieces *pieces;
} job;

/* ---- Shapes ---- */

static int64_t entry(const ad_attr *a, int i, int64_t otherwise) { return a->given ? a->as.ints[i] : otherwise; }

static void describe(ad_convolution *c, const ad_array *node) {
  const ad_type *x = node->in[0]->type, *w = node->in[1]->type, *y = node->type;
  const ad_attr *at = node->attrs->at;
  c->n = x->rank - 2;
  for (int i = 0; i < c->n; i++)
    c->axis[i] = (ad_convolution_axis){x->dims[i + 1], w->dims[i + 1], y->dims[i + 1], entry(&at[STRIDE], i, 1),
                                       entry(&at[LOW], i, 0), entry(&at[KERNEL_DILATION], i, 1),
                                       entry(&at[INPUT_DILATION], i, 1)};
  c->flip = at[FLIP].as.i != 0;
  c->groups = at[GROUPS].as.i;
  c->images = x->dims[0];
  c->channels = w->dims[w->rank - 1];
  c->filters = w->dims[0] / c->groups;
}

static double steps_of(const ad_convolution *c) {
  return (double)(c->images * ad_convolution_product(c, 2)) * (double)ad_convolution_product(c, 1) *
         (double)(c->groups * c->filters) * (double)c->channels;
}

/* ---- Operands ---- */

typedef struct casting {
  ad_cast_fn cast;
  char *to;
  const char *from;
  size_t to_item, from_item;
} casting;

static void cast_range(void *arg, size_t begin, size_t end) {
  const casting *k = arg;
  k->cast(end - begin, k->to + begin * k->to_item, k->from + begin * k->from_item);
}

static void cast_all(ad_exec *x, size_t count, void *to, ad_dtype to_type, const void *from, ad_dtype from_type) {
  casting k = {x->kernels->cast[from_type][to_type], to, from, ad_dtype_size(to_type), ad_dtype_size(from_type)};
  ad__parallel(x, count, 64, 0.2, cast_range, &k);
}

/* An operand in the lane's dtype: its own memory where it has that and lies in whole elements (in row-major order, unless
 * `any_order`), else a copy in row-major order. */
static ad_status read_operand(ad_exec *x, const ad_array *a, ad_dtype lane, bool any_order, operand *o) {
  const ad_type *t = a->type;
  int64_t room[AD_MAX_RANK];
  const int64_t *bytes = ad__value_strides(t, &a->value, room);
  bool whole = t->dtype == lane && any_order;
  for (int i = 0; i < t->rank; i++) {
    o->strides[i] = bytes[i] / t->item_size;
    whole = whole && bytes[i] % t->item_size == 0;
  }
  o->data = a->value.data;
  if (whole) return AD_OK;
  ad__type_strides(t, o->strides);
  for (int i = 0; i < t->rank; i++) o->strides[i] /= t->item_size;
  o->data = ad__value_contiguous_data(x, a, &o->dense);
  if (!o->data) return x->err.code;
  if (t->dtype == lane) return AD_OK;
  size_t count = (size_t)t->size;
  o->cast = ad__buffer_take(x->cache, count * ad_dtype_size(lane));
  if (!o->cast) return ad__fail(&x->err, AD_E_MEMORY, "%zu elements; out of memory", count);
  cast_all(x, count, o->cast->data, lane, o->data, t->dtype);
  o->data = o->cast->data;
  return AD_OK;
}

static void free_operand(ad_exec *x, const ad_array *a, operand *o) {
  if (o->cast) ad__buffer_drop(x->cache, o->cast);
  ad__value_free(x->cache, a->type, &o->dense);
}

/* ---- Rows ---- */

static void plain(const job *j) {
  const ad_convolution *c = &j->shape;
  int64_t pixels = c->images * ad_convolution_product(c, 2);
  if (j->lane == AD_FLOAT64)
    ad_convolve_f64(c, 0, pixels, (const double *)(const void *)j->x.data, (const double *)(const void *)j->w.data, (double *)(void *)j->y);
  else
    ad_convolve_f32(c, 0, pixels, (const float *)(const void *)j->x.data, (const float *)(const void *)j->w.data, (float *)(void *)j->y);
}

/* One tap that meets every pixel in its place, no groups. */
static bool is_product(const ad_convolution *c) {
  bool still = c->groups == 1;
  for (int i = 0; i < c->n; i++) {
    const ad_convolution_axis *a = &c->axis[i];
    still = still && a->taps == 1 && a->low == 0 && a->out == a->in && a->stride == 1 && a->input_dilation == 1;
  }
  return still;
}

/* The axes of space and images as the batch of a product whose rows are the last axis of space. */
static ad_status product(ad_exec *x, const job *j) {
  const ad_convolution *c = &j->shape;
  int64_t item = (int64_t)ad_dtype_size(j->lane);
  ad_gemm g = {.dtype = j->lane, .rows = (size_t)c->axis[c->n - 1].out, .columns = (size_t)c->filters, .depth = (size_t)c->channels,
               .a = j->x.data, .b = j->w.data, .c = j->y, .a_row = j->x.strides[c->n] * item,
               .a_step = j->x.strides[c->n + 1] * item, .b_step = j->w.strides[c->n + 1] * item,
               .b_column = j->w.strides[0] * item, .batch_rank = c->n};
  for (int i = 0; i < c->n; i++) {
    g.batch[i] = i ? c->axis[i - 1].out : c->images;
    g.a_batch[i] = j->x.strides[i] * item;
    g.b_batch[i] = 0;
  }
  return ad__gemm(x, &g);
}

static ad_status compute(ad_exec *x, const job *j) {
  const ad_convolution *c = &j->shape;
  if (steps_of(c) <= plain_steps) {
    plain(j);
    return AD_OK;
  }
  if (is_product(c)) return product(x, j);
  conv_tiles t = {c, j->lane, j->x.data, j->w.data, j->x.strides, j->w.strides, j->y, j->pieces};
  return ad__convolution_tiles(x, &t);
}

/* Where images and kernel are worth cutting into tiles, and nothing is converted. */
bool ad__pieces_convolution(const ad_array *node) {
  ad_convolution shape;
  ad_dtype own = node->type->dtype;
  if ((own != AD_FLOAT32 && own != AD_FLOAT64) || !node->type->size) return false;
  describe(&shape, node);
  return steps_of(&shape) > plain_steps && !is_product(&shape);
}

ad_status ad__k_convolution(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  ad_dtype own = node->type->dtype;
  job j = {.lane = own == AD_FLOAT64 ? own : AD_FLOAT32};
  size_t count = (size_t)node->type->size;
  ad_buffer *sums = NULL;
  if (x->pieces && ad__pieces_convolution(node)) j.pieces = x->pieces, x->pieces = NULL;
  describe(&j.shape, node);
  bool any_order = steps_of(&j.shape) > plain_steps;
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s || count == 0) return s;
  s = read_operand(x, node->in[0], j.lane, any_order, &j.x);
  if (!s) s = read_operand(x, node->in[1], j.lane, any_order, &j.w);
  if (!s && j.lane != own && !(sums = ad__buffer_take(x->cache, count * sizeof(float))))
    s = ad__fail(&x->err, AD_E_MEMORY, "%zu sums; out of memory", count);
  j.y = sums ? sums->data : node->value.data;
  if (!s) s = compute(x, &j);
  if (!s && sums) cast_all(x, count, node->value.data, own, sums->data, j.lane);
  if (sums) ad__buffer_drop(x->cache, sums);
  if (j.pieces) ad__value_free(x->cache, node->type, &node->value); /* it was room for sums */
  free_operand(x, node->in[0], &j.x);
  free_operand(x, node->in[1], &j.w);
  return s;
}
