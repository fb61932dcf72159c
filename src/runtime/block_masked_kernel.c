/* block_masked_mm: for each row of blocks the products of those that masks leave, by gemm.c; the others are not read.
 *
 * Without a mask over b all columns of a block row are one product. Blocks along the summed axis whose factors are 1 and which follow
 * each other are one product too; the products of one block of the result are added in order. Half types are computed in float32. */
#include "runtime/gemm.h"
#include "runtime/structural.h"
#include "runtime/tap_rows.h"

#include <string.h>

enum { MASK_OUT, MASK_LHS, MASK_RHS, MASKS };

/* A mask as doubles of any batch, 1 where there is none. */
typedef struct block_mask {
  ad_tap_operand values; /* float64 */
  bool given;
  int64_t columns;
  int64_t batch[AD_MAX_RANK]; /* blocks from one entry to the next, over the result's batch */
} block_mask;

typedef struct masked_job {
  int64_t size, rows, columns, depth;
  const char *a, *b;
  char *out;
  ad_dtype lane;
  size_t item;
  block_mask mask[MASKS];
  int64_t at[MASKS]; /* where the masks of this entry begin */
  char *sum, *product; /* block rows */
} masked_job;

static int64_t blocks_of(int64_t n, int64_t size) { return n / size + (n % size != 0); }

static double factor(const masked_job *j, int which, int64_t row, int64_t column) {
  const block_mask *m = &j->mask[which];
  return m->given ? ((const double *)(const void *)m->values.data)[j->at[which] + row * m->columns + column] : 1;
}

#define MASKED_ADD(name, T)                                                                    \
  static void name(size_t n, void *to_, const void *from_, double factor_, bool first) {       \
    T *to = to_;                                                                               \
    const T *from = from_, w = (T)factor_;                                                     \
    if (first)                                                                                 \
      for (size_t i = 0; i < n; i++) to[i] = w * from[i];                                      \
    else                                                                                       \
      for (size_t i = 0; i < n; i++) to[i] += w * from[i];                                     \
  }
MASKED_ADD(masked_add_f32, float)
MASKED_ADD(masked_add_f64, double)

static void add(const masked_job *j, size_t n, char *to, const char *from, double w, bool first) {
  (j->lane == AD_FLOAT64 ? masked_add_f64 : masked_add_f32)(n, to, from, w, first);
}

/* Rows of block row i, columns [begin, end) of elements; the factor of summed block k is that of column block `column`. Sums are
 * in j->sum, row-major; false when there is nothing to sum. */
static ad_status sum_blocks(ad_exec *x, const masked_job *j, int64_t i, int64_t begin, int64_t end, int64_t column, bool *any) {
  int64_t top = i * j->size, rows = j->rows - top < j->size ? j->rows - top : j->size, blocks = blocks_of(j->depth, j->size);
  size_t item = j->item, n = (size_t)(rows * (end - begin));
  *any = false;
  for (int64_t k = 0; k < blocks;) {
    double w = factor(j, MASK_LHS, i, k) * factor(j, MASK_RHS, k, column);
    int64_t last = k + 1;
    while (w == 1 && last < blocks && factor(j, MASK_LHS, i, last) * factor(j, MASK_RHS, last, column) == 1) last++;
    if (w != 0) {
      int64_t from = k * j->size, to = last * j->size < j->depth ? last * j->size : j->depth;
      ad_gemm g = {.dtype = j->lane, .rows = (size_t)rows, .columns = (size_t)(end - begin), .depth = (size_t)(to - from),
                   .a = j->a + (size_t)(top * j->depth + from) * item, .b = j->b + (size_t)(from * j->columns + begin) * item, .c = *any || w != 1 ? j->product : j->sum,
                   .a_row = j->depth * (int64_t)item, .a_step = (int64_t)item, .b_step = j->columns * (int64_t)item, .b_column = (int64_t)item};
      ad_status s = ad__gemm(x, &g);
      if (s) return s;
      if (*any || w != 1) add(j, n, j->sum, j->product, w, !*any);
      *any = true;
    }
    k = last;
  }
  return AD_OK;
}

/* One block row of the result: as wide a stretch of it as masks allow at a time. */
static ad_status block_row(ad_exec *x, const masked_job *j, int64_t i) {
  int64_t top = i * j->size, rows = j->rows - top < j->size ? j->rows - top : j->size, blocks = blocks_of(j->columns, j->size);
  for (int64_t c = 0; c < blocks;) {
    double w = factor(j, MASK_OUT, i, c);
    int64_t last = c + 1;
    while (!j->mask[MASK_RHS].given && last < blocks && factor(j, MASK_OUT, i, last) == w) last++;
    int64_t begin = c * j->size, end = last * j->size < j->columns ? last * j->size : j->columns;
    size_t line = (size_t)(end - begin);
    bool any = false;
    ad_status s = w != 0 ? sum_blocks(x, j, i, begin, end, c, &any) : AD_OK;
    if (s) return s;
    for (int64_t k = 0; k < rows; k++) {
      char *to = j->out + (size_t)((top + k) * j->columns + begin) * j->item;
      if (any) add(j, line, to, j->sum + (size_t)k * line * j->item, w, true);
      else memset(to, 0, line * j->item);
    }
    c = last;
  }
  return AD_OK;
}

/* A mask's elements, and how far apart the entries of its batch are. */
static bool read_mask(ad_exec *x, const ad_array *node, int which, block_mask *m) {
  const ad_array *a = node->n > 2 + which ? node->in[2 + which] : NULL;
  if (!a) return true;
  const ad_type *t = a->type, *y = node->type;
  int64_t step = t->dims[t->rank - 1] * t->dims[t->rank - 2];
  m->given = true;
  m->columns = t->dims[t->rank - 1];
  for (int i = t->rank - 3, k = y->rank - 3; i >= 0; i--, k--) {
    m->batch[k] = t->dims[i] == 1 ? 0 : step;
    step *= t->dims[i];
  }
  return ad__tap_operand(x, a, AD_FLOAT64, &m->values);
}

/* Matrices from one entry of the result's batch to the next. */
static void operand_batch(const ad_type *t, const ad_type *y, int64_t *out) {
  int64_t step = 1;
  for (int i = t->rank - 3, k = y->rank - 3; i >= 0; i--, k--) {
    out[k] = t->dims[i] == 1 ? 0 : step;
    step *= t->dims[i];
  }
}

static ad_status all_entries(ad_exec *x, const ad_array *node, masked_job *j, const char *a, const char *b, char *out) {
  const ad_type *y = node->type;
  int64_t from[2][AD_MAX_RANK] = {{0}, {0}}, at[AD_MAX_RANK] = {0}, entries = 1;
  operand_batch(node->in[0]->type, y, from[0]);
  operand_batch(node->in[1]->type, y, from[1]);
  for (int i = 0; i < y->rank - 2; i++) entries *= y->dims[i];
  for (int64_t e = 0; e < entries; e++) {
    int64_t place[2] = {0, 0};
    for (int m = 0; m < MASKS; m++) j->at[m] = 0;
    for (int i = 0; i < y->rank - 2; i++) {
      for (int k = 0; k < 2; k++) place[k] += at[i] * from[k][i];
      for (int m = 0; m < MASKS; m++) j->at[m] += at[i] * j->mask[m].batch[i];
    }
    j->a = a + (size_t)(place[0] * j->rows * j->depth) * j->item;
    j->b = b + (size_t)(place[1] * j->depth * j->columns) * j->item;
    j->out = out + (size_t)(e * j->rows * j->columns) * j->item;
    for (int64_t i = 0; i < blocks_of(j->rows, j->size); i++) {
      ad_status s = block_row(x, j, i);
      if (s) return s;
    }
    for (int i = y->rank - 3; i >= 0 && ++at[i] == y->dims[i]; i--) at[i] = 0;
  }
  return AD_OK;
}

ad_status ad__k_block_masked_mm(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_type *y = node->type, *l = node->in[0]->type;
  masked_job j = {.size = ad__attr(node, 0)->as.i, .rows = y->dims[y->rank - 2], .columns = y->dims[y->rank - 1], .depth = l->dims[l->rank - 1],
                  .lane = y->dtype == AD_FLOAT64 ? AD_FLOAT64 : AD_FLOAT32};
  ad_tap_operand in[2] = {{.data = NULL}, {.data = NULL}};
  ad_buffer *room = NULL, *wide = NULL;
  j.item = ad_dtype_size(j.lane);
  size_t stretch = (size_t)((j.size < j.rows ? j.size : j.rows) * j.columns) * j.item, count = (size_t)y->size;
  bool ready = !ad__value_new(x, y, &node->value) && count;
  for (int k = 0; k < 2 && ready; k++) ready = ad__tap_operand(x, node->in[k], j.lane, &in[k]);
  for (int m = 0; m < MASKS && ready; m++) ready = read_mask(x, node, m, &j.mask[m]);
  if (ready && !(room = ad__buffer_take(x->cache, 2 * stretch))) ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory", 2 * stretch);
  if (ready && j.lane != y->dtype && !(wide = ad__buffer_take(x->cache, count * j.item))) ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory", count * j.item);
  if (ready && !x->err.code) {
    char *out = wide ? wide->data : node->value.data;
    j.sum = room->data, j.product = j.sum + stretch;
    if (!all_entries(x, node, &j, in[0].data, in[1].data, out) && wide) ad__tap_cast(x, count, y->dtype, node->value.data, j.lane, out);
  }
  if (room) ad__buffer_drop(x->cache, room);
  if (wide) ad__buffer_drop(x->cache, wide);
  for (int k = 0; k < 2; k++) ad__tap_operand_free(x, node->in[k], &in[k]);
  for (int m = 0; m < MASKS; m++)
    if (j.mask[m].given) ad__tap_operand_free(x, node->in[2 + m], &j.mask[m].values);
  return x->err.code;
}
