/* Walking a batch of matrices; see linalg_batch.h.
 *
 * The places of the matrices of one operand are a walk over its batch axes. A thread takes a range of the batch and one
 * workspace for it: a copy of each operand that does not lie as it should, the other half of a conversion, the kernel's room. */
#include "runtime/linalg_batch.h"

#include <stdatomic.h>
#include <string.h>
#include "runtime/walk.h"

typedef struct side {
  const char *data;
  ad_dtype dtype, lane;
  size_t count, item;       /* elements of one matrix; bytes of one in memory */
  ad_walk batch, matrix;
  bool direct;              /* read or written where it lies */
  size_t copy, staged;      /* where in the workspace; staged: in the dtype of memory */
} side;

typedef struct work {
  ad_exec *x;
  const ad_matrix_batch *b;
  int inputs, sides;
  side at[AD_MATRIX_OPERANDS];
  size_t room, bytes;       /* of the workspace: where the kernel's begins, all */
  _Atomic uint64_t failed;  /* the first matrix that failed, as failure() says; 0 when none did */
  _Atomic bool no_memory;
} work;

/* ---- One operand ---- */

static size_t place(work *w, size_t bytes) {
  size_t at = w->bytes;
  w->bytes += (bytes + 63) / 64 * 64;
  return at;
}

/* The batch axes of an operand against those of the result, of which it may lack the first and have length 1. */
static void walk_batch(side *s, const ad_type *t, const int64_t *strides, int own, const ad_type *result, int rank) {
  s->batch.count = 1;
  for (int i = 0; i < rank; i++) {
    int at = i - (rank - own);
    ad__walk_add(&s->batch, result->dims[i], at < 0 || t->dims[at] == 1 ? 0 : strides[at]);
  }
}

static void add_side(work *w, const ad_type *t, const ad_value *v, int axes, const ad_type *result, int rank) {
  int64_t room[AD_MAX_RANK];
  const int64_t *strides = ad__value_strides(t, v, room);
  side *s = &w->at[w->sides++];
  *s = (side){.data = v->data, .dtype = t->dtype, .lane = ad__matrix_lane(t->dtype), .item = t->item_size};
  s->matrix.count = 1;
  for (int i = t->rank - axes; i < t->rank; i++) ad__walk_add(&s->matrix, t->dims[i], strides[i]);
  s->count = (size_t)s->matrix.count;
  walk_batch(s, t, strides, t->rank - axes, result, rank);
  bool whole = true;
  for (int i = 0; i < s->batch.rank; i++) whole = whole && s->batch.axes[i].stride % (int64_t)s->item == 0;
  s->direct = whole && s->lane == s->dtype && ad__walk_contiguous(&s->matrix, s->item);
  if (s->direct) return;
  s->copy = place(w, s->count * ad_dtype_size(s->lane));
  if (s->lane != s->dtype) s->staged = place(w, s->count * s->item);
}

/* The matrix of an operand where the kernel meets it; inputs are brought there. */
static char *meet(const work *w, const side *s, const char *data, char *workspace, bool input) {
  if (s->direct) return (char *)(uintptr_t)data;
  char *copy = workspace + s->copy;
  if (!input) return copy;
  if (s->lane == s->dtype) {
    ad__walk_gather(&s->matrix, data, s->item, 0, (int64_t)s->count, copy);
  } else {
    ad__walk_gather(&s->matrix, data, s->item, 0, (int64_t)s->count, workspace + s->staged);
    w->x->kernels->cast[s->dtype][s->lane](s->count, copy, workspace + s->staged);
  }
  return copy;
}

/* ---- The batch ---- */

enum { CODE_BITS = 24 };
#define LARGEST_CODE (((int64_t)1 << CODE_BITS) - 1)

/* The place in the batch, counted from one, above what went wrong: the least of several is the first. */
static uint64_t failure(size_t i, int64_t code) {
  return ((uint64_t)i + 1) << CODE_BITS | (uint64_t)(code < LARGEST_CODE ? code : LARGEST_CODE);
}

static void report(work *w, size_t i, int64_t code) {
  uint64_t mine = failure(i, code), seen = atomic_load(&w->failed);
  while ((seen == 0 || mine < seen) && !atomic_compare_exchange_weak(&w->failed, &seen, mine)) continue;
}

static int64_t one(work *w, size_t i, char *workspace, ad_exec *x) {
  char *at[AD_MATRIX_OPERANDS];
  const char *data[AD_MATRIX_OPERANDS];
  for (int k = 0; k < w->sides; k++) {
    data[k] = w->at[k].data + ad__walk_offset(&w->at[k].batch, (int64_t)i);
    at[k] = meet(w, &w->at[k], data[k], workspace, k < w->inputs);
  }
  int64_t code = w->b->fn(x, w->b->arg, at, workspace + w->room);
  for (int k = w->inputs; k < w->sides; k++) {
    const side *s = &w->at[k];
    if (!s->direct) w->x->kernels->cast[s->lane][s->dtype](s->count, (char *)(uintptr_t)data[k], at[k]);
  }
  return code;
}

static void range(work *w, size_t begin, size_t end, ad_exec *x) {
  _Alignas(64) char few[4096];
  ad_mem *mem = &w->x->ctx->mem;
  char *workspace = w->bytes <= sizeof few ? few : ad__mem_take(mem, w->bytes);
  if (!workspace) {
    atomic_store(&w->no_memory, true);
    return;
  }
  for (size_t i = begin; i < end; i++) {
    int64_t code = one(w, i, workspace, x);
    if (code) report(w, i, code);
  }
  if (workspace != few) ad__mem_give(mem, workspace, w->bytes);
}

static void shared_range(void *arg, size_t begin, size_t end) { range(arg, begin, end, NULL); }

/* ---- Failures ---- */

/* "batch element (2, 0): " */
static void name_element(const ad_type *result, int rank, uint64_t i, char *out, size_t size) {
  int64_t index[AD_MAX_RANK];
  size_t used = 0;
  out[0] = 0;
  if (rank == 0) return;
  for (int k = rank - 1; k >= 0; k--) {
    index[k] = (int64_t)(i % (uint64_t)result->dims[k]);
    i /= (uint64_t)result->dims[k];
  }
  for (int k = 0; k < rank; k++)
    used += ad__format(out + used, size - used, k ? ", %lld" : "batch element (%lld", (long long)index[k]);
  ad__format(out + used, size - used, rank == 1 ? ",): " : "): ");
}

static ad_status fail(work *w, const ad_type *result, int rank) {
  char element[256], why[256];
  uint64_t failed = atomic_load(&w->failed);
  name_element(result, rank, (failed >> CODE_BITS) - 1, element, sizeof element);
  w->b->reason(w->b->arg, (int64_t)(failed & (uint64_t)LARGEST_CODE), why, sizeof why);
  return ad__fail(&w->x->err, AD_E_VALUE, "%s%s", element, why);
}

/* ---- A node ---- */

static ad_status make_values(ad_exec *x, ad_array *node) {
  if (node->type->kind == AD_KIND_TENSOR) return ad__value_new(x, node->type, &node->value);
  ad_status s = ad__outs_new(x, node);
  for (int k = 0; k < node->type->rank && !s; k++) s = ad__value_new(x, node->type->members[k], &node->u.outs[k]);
  return s;
}

static void add_sides(work *w, const ad_array *node, const ad_type *first, int rank) {
  bool single = node->type->kind == AD_KIND_TENSOR;
  w->inputs = node->n;
  for (int i = 0; i < node->n; i++) add_side(w, node->in[i]->type, &node->in[i]->value, w->b->axes[i], first, rank);
  for (int k = 0; k < (single ? 1 : node->type->rank); k++)
    add_side(w, single ? node->type : node->type->members[k], single ? &node->value : &node->u.outs[k],
             w->b->axes[node->n + k], first, rank);
  w->room = place(w, w->b->room);
}

ad_status ad__matrices_run(ad_exec *x, ad_array *node, const ad_matrix_batch *b) {
  const ad_type *first = node->type->kind == AD_KIND_TENSOR ? node->type : node->type->members[0];
  int rank = first->rank - b->axes[node->n];
  work w = {.x = x, .b = b};
  ad_status s = make_values(x, node);
  if (s) return s;
  add_sides(&w, node, first, rank);
  size_t count = (size_t)w.at[w.inputs].batch.count;
  if (b->alone) range(&w, 0, count, x);
  else ad__parallel(x, count, 1, b->cost, shared_range, &w);
  if (atomic_load(&w.no_memory)) return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes to work in; out of memory", w.bytes);
  if (x->err.code) return x->err.code; /* a product that found no memory */
  return atomic_load(&w.failed) ? fail(&w, first, rank) : AD_OK;
}
