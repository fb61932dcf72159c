/* gather: rows of an array read at places that index arrays name. See index_plan.h for rows and blocks.
 *
 * The result is written in order, so threads cut it in parts and no part waits for another. */
#include "runtime/index_plan.h"
#include "runtime/structural.h"

#include <string.h>

typedef struct gather_job {
  const ad_index_plan *plan;
  const char *in;
  char *out;
  size_t block_bytes, row_bytes;
} gather_job;

/* Rows of one block, none of them outside. */
#define COPY_ROWS(bytes) \
  for (int64_t i = 0; i < n; i++) memcpy(out + (size_t)i * (bytes), in + offsets[i], (bytes));

static void copy_simple_run(const gather_job *j, const ad_index_run *r) {
  char *out = j->out + (size_t)r->row * j->row_bytes;
  const char *in = j->in + r->before;
  const int64_t *offsets = r->offsets, n = r->count;
  switch (j->block_bytes) {
  case 1: COPY_ROWS(1) break;
  case 2: COPY_ROWS(2) break;
  case 4: COPY_ROWS(4) break;
  case 8: COPY_ROWS(8) break;
  case 16: COPY_ROWS(16) break;
  default: COPY_ROWS(j->block_bytes) break;
  }
}

/* Blocks of one machine word, or of any length. */
#define COPY_BLOCKS(bytes)                                                   \
  for (int64_t i = 0; i < r->count; i++, out += j->row_bytes) {              \
    if (r->offsets[i] == AD_INDEX_NONE) {                                    \
      memset(out, 0, (size_t)p->blocks * j->block_bytes);                    \
      continue;                                                              \
    }                                                                        \
    const char *in = j->in + r->before + r->offsets[i];                      \
    for (int64_t k = 0; k < p->blocks; k++) memcpy(out + (size_t)k * (bytes), in + p->block_offsets[k], (bytes)); \
  }

static void copy_run(const gather_job *j, const ad_index_run *r) {
  const ad_index_plan *p = j->plan;
  char *out = j->out + (size_t)r->row * j->row_bytes;
  switch (j->block_bytes) {
  case 1: COPY_BLOCKS(1) break;
  case 2: COPY_BLOCKS(2) break;
  case 4: COPY_BLOCKS(4) break;
  case 8: COPY_BLOCKS(8) break;
  case 16: COPY_BLOCKS(16) break;
  default: COPY_BLOCKS(j->block_bytes) break;
  }
}

static void gather_rows(void *arg, size_t begin, size_t end) {
  const gather_job *j = arg;
  ad_index_run r;
  for (int64_t row = (int64_t)begin; row < (int64_t)end; row += r.count) {
    ad__index_run(j->plan, row, (int64_t)end, &r);
    if (j->plan->blocks == 1 && j->plan->clamp) copy_simple_run(j, &r);
    else copy_run(j, &r);
  }
}

/* Few rows of many blocks (a slice out of a large array): cut by blocks instead. */
static void gather_blocks(void *arg, size_t begin, size_t end) {
  const gather_job *whole = arg;
  ad_index_plan part = *whole->plan;
  part.block_offsets += begin;
  part.blocks = (int64_t)(end - begin);
  gather_job j = *whole;
  j.plan = &part;
  j.out += begin * j.block_bytes;
  ad_index_run r;
  for (int64_t row = 0; row < ad__index_rows(&part); row += r.count) {
    ad__index_run(&part, row, row + 1, &r);
    copy_run(&j, &r);
  }
}

static void gather_planned(ad_exec *x, const ad_index_plan *p, const char *in, char *out, size_t item) {
  gather_job j = {.plan = p, .in = in, .out = out, .block_bytes = (size_t)p->inner * item};
  j.row_bytes = j.block_bytes * (size_t)p->blocks;
  size_t rows = (size_t)ad__index_rows(p);
  if (rows * j.row_bytes == 0) return;
  double block_cost = 2 + (double)j.block_bytes * 0.06;
  if (rows < 8 && p->blocks >= 8) {
    ad__parallel(x, (size_t)p->blocks, 1, block_cost * (double)rows, gather_blocks, &j);
    return;
  }
  ad__parallel(x, rows, 1, 2 + block_cost * (double)p->blocks, gather_rows, &j);
}

static ad_status gather(ad_exec *x, ad_array *node, const ad_index_form *f, int rank, const int64_t *shape,
                        const int64_t *strides, const char *data) {
  if (ad__value_new(x, node->type, &node->value)) return x->err.code;
  size_t item = node->type->item_size;
  ad_index_plan p;
  if (!ad__index_plan_begin(x, &p, f, rank, shape, strides, item, node->in + 1))
    gather_planned(x, &p, data, node->value.data, item);
  ad__index_plan_end(x, &p);
  return x->err.code;
}

ad_status ad__k_gather(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_array *a = node->in[0];
  int64_t room[AD_MAX_RANK];
  ad_index_form f = ad__index_form_of(node);
  return gather(x, node, &f, a->type->rank, a->type->dims, ad__value_strides(a->type, &a->value, room), a->value.data);
}

/* take is composed of gather; it has a row of its own because it is so common. */
ad_status ad__k_take(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_array *a = node->in[0];
  const ad_attr *axis = ad__attr(node, 0);
  const int64_t at = axis->given ? axis->as.i : 0, item = (int64_t)a->type->item_size;
  ad_index_form f = {.n = 1, .axes = &at, .at = at, .clamp = true};
  int64_t room[AD_MAX_RANK];
  if (axis->given)
    return gather(x, node, &f, a->type->rank, a->type->dims, ad__value_strides(a->type, &a->value, room), a->value.data);
  ad_value flat;
  const char *data = ad__value_contiguous_data(x, a, &flat);
  ad_status s = data ? gather(x, node, &f, 1, &a->type->size, &item, data) : x->err.code;
  ad__value_free(x->cache, a->type, &flat);
  return s;
}
