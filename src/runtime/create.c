/* Kernels of arrays that follow from attributes alone.
 *
 * Elements are computed in blocks, as int64 where the op speaks of integers and as float64 elsewhere, and cast to the
 * result's dtype by the cast kernels: every dtype comes from one formula. zeros and ones are one element behind
 * strides of 0. */
#include <math.h>
#include <string.h>
#include "base/scalar_f64.h"
#include "ops/creation.h"
#include "runtime/structural.h"

/* ---- One element for all ---- */

static ad_status splat(ad_exec *x, ad_array *node, int32_t number) {
  static const int64_t no_steps[AD_MAX_RANK] = {0};
  ad_value one = {.buf = ad__buffer_take(x->cache, node->type->item_size)};
  if (!one.buf) return ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  one.data = one.buf->data;
  x->kernels->cast[AD_INT32][node->type->dtype](1, one.data, &number);
  ad_status s = ad__value_view(x, node->type, &one, 0, node->type->size > 1 ? no_steps : NULL, &node->value);
  ad__buffer_drop(x->cache, one.buf);
  return s;
}

ad_status ad__k_zeros(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return splat(x, node, 0);
}

ad_status ad__k_ones(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return splat(x, node, 1);
}

/* ---- Formulas ---- */

enum { BLOCK = 512 };

typedef struct create_job create_job;
/* Elements [first, first + n), as int64 or float64. */
typedef void (*create_fn)(const create_job *j, int64_t first, int64_t n, void *block);
struct create_job {
  create_fn fill;
  ad_cast_fn cast;
  char *out;
  size_t item;
  ad_range range;
  int64_t columns, diagonal; /* of matrices */
  double stop;               /* of linspace: element number `parts` */
  int64_t parts;             /* intervals between first and last */
  bool floors;
  double weights[3]; /* of cosine windows */
};

static void create_blocks(void *arg, size_t begin, size_t end) {
  const create_job *j = arg;
  union {
    int64_t i[BLOCK];
    double f[BLOCK];
  } block;
  for (size_t at = begin; at < end; at += BLOCK) {
    size_t n = end - at < BLOCK ? end - at : BLOCK;
    j->fill(j, (int64_t)at, (int64_t)n, &block);
    j->cast(n, j->out + at * j->item, &block);
  }
}

static ad_status create(ad_exec *x, ad_array *node, create_job *j, ad_dtype computed) {
  ad_status s = ad__value_new(x, node->type, &node->value);
  if (s) return s;
  j->cast = x->kernels->cast[computed][node->type->dtype];
  j->out = node->value.data;
  j->item = node->type->item_size;
  ad__parallel(x, (size_t)node->type->size, BLOCK, 1, create_blocks, j);
  return AD_OK;
}

static void fill_integers(const create_job *j, int64_t first, int64_t n, void *block) {
  int64_t *out = block;
  for (int64_t i = 0; i < n; i++)
    out[i] = (int64_t)((uint64_t)j->range.first + (uint64_t)(first + i) * (uint64_t)j->range.by);
}

static void fill_floats(const create_job *j, int64_t first, int64_t n, void *block) {
  double *out = block;
  for (int64_t i = 0; i < n; i++) out[i] = j->range.start + (double)(first + i) * j->range.step;
}

static ad_status create_range(ad_exec *x, ad_array *node, const ad_range *range) {
  create_job j = {.fill = range->whole ? fill_integers : fill_floats, .range = *range};
  return create(x, node, &j, range->whole ? AD_INT64 : AD_FLOAT64);
}

ad_status ad__k_arange(ad_exec *x, ad_array *node, uint32_t dying) {
  enum { START, STOP, STEP };
  (void)dying;
  ad_range range;
  ad_status s = ad__range_between(ad__attr(node, START)->as.f[0], ad__attr(node, STOP)->as.f[0], ad__attr(node, STEP)->as.f[0],
                                  node->type->dtype, &range, &x->err);
  return s ? s : create_range(x, node, &range);
}

ad_status ad__k_iota(ad_exec *x, ad_array *node, uint32_t dying) {
  enum { COUNT, START, STEP };
  (void)dying;
  ad_range range;
  ad_status s = ad__range_counted(ad__attr(node, COUNT)->as.i, ad__attr(node, START)->as.i, ad__attr(node, STEP)->as.i,
                                  node->type->dtype, &range, &x->err);
  return s ? s : create_range(x, node, &range);
}

/* ---- Matrices ---- */

/* (row, column) of the first element of a block; the rest follows by counting. */
typedef struct place {
  int64_t row, column;
} place;

static place place_of(const create_job *j, int64_t at) { return (place){at / j->columns, at % j->columns}; }

static void step_place(const create_job *j, place *p) {
  if (++p->column < j->columns) return;
  p->column = 0;
  p->row++;
}

static void fill_tri(const create_job *j, int64_t first, int64_t n, void *block) {
  int64_t *out = block;
  place p = place_of(j, first);
  for (int64_t i = 0; i < n; i++, step_place(j, &p)) out[i] = p.column - p.row <= j->diagonal;
}

static void fill_eye(const create_job *j, int64_t first, int64_t n, void *block) {
  int64_t *out = block;
  place p = place_of(j, first);
  for (int64_t i = 0; i < n; i++, step_place(j, &p)) out[i] = p.column - p.row == j->diagonal;
}

static ad_status create_matrix(ad_exec *x, ad_array *node, create_fn fill) {
  enum { N, M, K };
  create_job j = {.fill = fill, .columns = node->type->dims[1], .diagonal = ad__attr(node, K)->as.i};
  return create(x, node, &j, AD_INT64);
}

ad_status ad__k_tri(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return create_matrix(x, node, fill_tri);
}

ad_status ad__k_eye(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return create_matrix(x, node, fill_eye);
}

/* ---- linspace, windows ---- */

static void fill_linspace(const create_job *j, int64_t first, int64_t n, void *block) {
  double *out = block, parts = (double)j->parts;
  for (int64_t i = 0; i < n; i++) {
    double at = (double)(first + i);
    out[i] = first + i == j->parts ? j->stop : j->range.step != 0 ? j->range.start + at * j->range.step
                                                                  : j->range.start + at / parts * (j->stop - j->range.start);
    if (j->floors) out[i] = floor(out[i]);
  }
}

ad_status ad__k_linspace(ad_exec *x, ad_array *node, uint32_t dying) {
  enum { START, STOP, NUM, HALF_OPEN };
  (void)dying;
  bool half_open = ad__attr(node, HALF_OPEN)->as.i != 0;
  create_job j = {.fill = fill_linspace, .stop = ad__attr(node, STOP)->as.f[0]};
  j.range.start = ad__attr(node, START)->as.f[0];
  j.parts = node->type->dims[0] - !half_open;
  if (j.parts < 1) j.parts = INT64_MAX; /* one element is start, not stop */
  j.range.step = (j.stop - j.range.start) / (double)j.parts;
  j.floors = ad_dtype_category(node->type->dtype) == AD_CATEGORY_INT || ad_dtype_category(node->type->dtype) == AD_CATEGORY_UINT;
  return create(x, node, &j, AD_FLOAT64);
}

/* weights[0] + weights[1] cos(t) + weights[2] cos(2t) with t = pi k / (size - 1), k from 1 - size by 2: counted from the
 * middle, so that both halves are bit for bit mirror images. */
static void fill_cosines(const create_job *j, int64_t first, int64_t n, void *block) {
  static const double pi = 3.14159265358979323846;
  double *out = block, parts = (double)j->parts;
  for (int64_t i = 0; i < n; i++) {
    double t = pi * (double)(2 * (first + i) - j->parts) / parts;
    out[i] = j->parts == 0 ? 1 : j->weights[0] + j->weights[1] * ad_f64_cos(t) + j->weights[2] * ad_f64_cos(2 * t);
  }
}

static void fill_bartlett(const create_job *j, int64_t first, int64_t n, void *block) {
  double *out = block, parts = (double)j->parts;
  for (int64_t i = 0; i < n; i++) {
    int64_t k = 2 * (first + i) - j->parts;
    out[i] = j->parts == 0 ? 1 : 1 - (double)(k < 0 ? -k : k) / parts;
  }
}

static ad_status create_window(ad_exec *x, ad_array *node, create_fn fill, double w0, double w1, double w2) {
  create_job j = {.fill = fill, .parts = node->type->dims[0] - 1, .weights = {w0, w1, w2}};
  return create(x, node, &j, AD_FLOAT64);
}

ad_status ad__k_bartlett(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return create_window(x, node, fill_bartlett, 0, 0, 0);
}

ad_status ad__k_hanning(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return create_window(x, node, fill_cosines, 0.5, 0.5, 0);
}

ad_status ad__k_hamming(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return create_window(x, node, fill_cosines, 0.54, 0.46, 0);
}

ad_status ad__k_blackman(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return create_window(x, node, fill_cosines, 0.42, 0.5, 0.08);
}
