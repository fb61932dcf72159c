/* Kernels of arrays that follow from attributes alone.
 *
 * Elements are computed in blocks, as int64 where the op speaks of integers and as float64 elsewhere, and cast to the
 * result's dtype by the cast kernels: every dtype comes from one formula. zeros and ones are one element behind
 * strides of 0. */
#include <string.h>
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
struct create_job {
  void (*fill)(const create_job *j, int64_t first, int64_t n, void *block);
  ad_cast_fn cast;
  char *out;
  size_t item;
  ad_range range;
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
