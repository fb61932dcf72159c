/* Folding an array over some of its axes. See reduce.h for the order of operations, which is fixed by the shape.
 *
 * Elements that do not lie as the kernels want them (strided, broadcast, of a half type or another lane) are brought
 * together block by block on the stack. Work is cut by outputs, and long sequences at fixed lengths, whose results are
 * joined at the end. Not here: what the ops do before and after (reduce_ops.c). */
#include "runtime/reduce.h"

#include <string.h>

enum {
  RADIX = 16,
  LEVELS = 10,
  COLUMN_BLOCK = 64,  /* rows that are folded one after the other */
  CHUNK_BLOCKS = 256, /* blocks of a chunk: a power of RADIX */
  COLUMN_CHUNK_BLOCKS = RADIX,
  STRIP_BYTES = 16384, /* of one row of columns, so that its results stay in the first-level cache */
  STAGE_BYTES = AD_FOLD_BLOCK * 16
};

typedef union stage {
  char bytes[STAGE_BYTES];
  uint64_t align_word;
  double align_double;
} stage;

/* ---- The plan ---- */

void ad__reduction_plan(ad_reduction *j, const ad_exec *x, const ad_type *t, const ad_value *v, const bool *reduced,
                        ad_dtype lane) {
  int64_t room[AD_MAX_RANK];
  const int64_t *strides = ad__value_strides(t, v, room);
  *j = (ad_reduction){.k = x->kernels, .data = v->data, .source = x->source, .dtype = t->dtype, .lane = lane, .item = t->item_size,
                      .size = ad_dtype_size(lane), .kept = {.count = 1}, .sequence = {.count = 1}, .width = 1};
  int last = t->rank - 1;
  while (last >= 0 && t->dims[last] == 1) last--;
  j->columns = last >= 0 && !reduced[last];
  for (int i = 0; i <= last; i++) ad__walk_add(reduced[i] ? &j->sequence : &j->kept, t->dims[i], strides[i]);
  if (j->columns && j->kept.rank) {
    j->kept.rank--;
    j->width = j->kept.axes[j->kept.rank].n;
    j->width_stride = j->kept.axes[j->kept.rank].stride;
    j->kept.count = 1;
    for (int i = 0; i < j->kept.rank; i++) j->kept.count *= j->kept.axes[i].n;
  }
  bool same = j->dtype == lane && !j->source;
  if (j->columns) j->direct = same && (j->width_stride == (int64_t)j->item || j->width == 1);
  else j->direct = same && ad__walk_contiguous(&j->sequence, j->item);
  size_t block = j->columns ? COLUMN_BLOCK : AD_FOLD_BLOCK, n = (size_t)j->sequence.count;
  j->chunk = block * (j->columns ? COLUMN_CHUNK_BLOCKS : CHUNK_BLOCKS);
  j->chunks = n ? (n - 1) / j->chunk + 1 : 1;
  j->strip = j->columns ? (j->direct ? STRIP_BYTES / j->size : STAGE_BYTES / (AD_FOLD_GROUP * 16)) : 1;
  j->strips = j->width ? ((size_t)j->width - 1) / j->strip + 1 : 1;
}

bool ad__reduction_takes_source(const ad_type *t, const bool *reduced) {
  enum { LEAST = 64 };
  int64_t end = 1; /* elements of the last axes that are alike */
  int i = t->rank - 1;
  while (i >= 0 && t->dims[i] == 1) i--;
  bool columns = i >= 0 && !reduced[i];
  for (; i >= 0 && (t->dims[i] == 1 || reduced[i] != columns); i--) end *= t->dims[i];
  return end >= LEAST;
}

static void ask_source(const ad_reduction *j, int64_t offset, size_t n, char *to) {
  j->source->fn(j->source->arg, (size_t)offset / j->item, n, to);
}

/* Elements [at, at + n) of `rows` sequences, the first of which begins at `offset`: in one piece, or in as many as they lie in. */
static void ask_sequences(const ad_reduction *j, int64_t offset, int64_t row_stride, size_t rows, size_t at, size_t n, char *to) {
  const ad_walk *w = &j->sequence;
  bool whole = ad__walk_contiguous(w, j->item);
  size_t inner = w->rank ? (size_t)w->axes[w->rank - 1].n : 1;
  if (whole && (rows == 1 || row_stride == (int64_t)(n * j->item))) {
    ask_source(j, offset + (int64_t)(at * j->item), rows * n, to);
    return;
  }
  for (size_t r = 0; r < rows; r++, offset += row_stride)
    for (size_t i = at, m; i < at + n; i += m, to += m * j->item) {
      m = whole || at + n - i < inner - i % inner ? at + n - i : inner - i % inner;
      ask_source(j, offset + ad__walk_offset(w, (int64_t)i), m, to);
    }
}

/* ---- The tree over blocks ---- */

/* One partial result per level and how many of the level below are in it; at RADIX it moves up. */
typedef struct tree {
  ad_fold_columns_fn join;
  size_t width, bytes; /* elements of a result, their bytes */
  char *room;          /* LEVELS results */
  int count[LEVELS];
} tree;

static void tree_add(tree *t, const char *part) {
  for (int level = 0;; level++) {
    char *slot = t->room + (size_t)level * t->bytes;
    const void *in[1] = {part};
    if (t->count[level]) t->join(1, t->width, slot, in, NULL, false);
    else memcpy(slot, part, t->bytes);
    if (++t->count[level] < RADIX) return;
    t->count[level] = 0;
    part = slot;
  }
}

static void tree_end(tree *t, char *out) {
  const char *sum = NULL;
  for (int level = 0; level < LEVELS; level++) {
    if (!t->count[level]) continue;
    char *slot = t->room + (size_t)level * t->bytes;
    const void *in[1] = {sum};
    if (sum) t->join(1, t->width, slot, in, NULL, false);
    sum = slot;
  }
  memcpy(out, sum, t->bytes);
}

/* ---- Rows ---- */

/* Elements [at, at + n) of `rows` sequences, side by side and in the lane; *stride is what is then between rows. */
static const char *stage_rows(const ad_reduction *j, int64_t offset, int64_t row_stride, size_t rows, size_t at, size_t n,
                              stage *raw, stage *lane, ptrdiff_t *stride) {
  *stride = (ptrdiff_t)(n * j->size);
  const char *base = j->source ? NULL : j->data + offset;
  if (j->direct) {
    *stride = (ptrdiff_t)row_stride;
    return base + at * j->item;
  }
  bool same = j->dtype == j->lane;
  const char *src = same ? lane->bytes : raw->bytes;
  if (j->source)
    ask_sequences(j, offset, row_stride, rows, at, n, (same ? lane : raw)->bytes);
  else if (rows == 1 && ad__walk_contiguous(&j->sequence, j->item))
    src = base + at * j->item;
  else
    for (size_t r = 0; r < rows; r++)
      ad__walk_gather(&j->sequence, base + (int64_t)r * row_stride, j->item, (int64_t)at, (int64_t)n,
                      (same ? lane : raw)->bytes + r * n * j->item);
  if (!same) j->k->cast[j->dtype][j->lane](rows * n, lane->bytes, src);
  return lane->bytes;
}

/* Outputs of up to a block each, several at a time; o counts outputs. Returns how many were done. */
static size_t fold_short_rows(const ad_reduction *j, size_t o, size_t end, stage *raw, stage *lane) {
  size_t n = (size_t)j->sequence.count, rows = end - o;
  int64_t row_stride = 0;
  if (j->kept.rank) {
    const ad_walk_axis *last = &j->kept.axes[j->kept.rank - 1];
    size_t left = (size_t)(last->n - (int64_t)o % last->n);
    row_stride = last->stride;
    if (rows > left) rows = left;
  }
  if (!j->direct && rows > AD_FOLD_BLOCK / n) rows = AD_FOLD_BLOCK / n;
  ptrdiff_t stride;
  const char *in = stage_rows(j, ad__walk_offset(&j->kept, (int64_t)o), row_stride, rows, 0, n, raw, lane, &stride);
  j->fold_rows(rows, n, stride, j->out + o * j->size, in, j->param ? j->param + o * j->size : NULL);
  return rows;
}

/* One chunk of one long sequence. */
static void fold_long_row(const ad_reduction *j, size_t o, size_t chunk, stage *raw, stage *lane, char *out) {
  int64_t base = ad__walk_offset(&j->kept, (int64_t)o);
  size_t at = chunk * j->chunk, end = at + j->chunk;
  uint64_t room[LEVELS * 2], part[2];
  tree t = {.join = j->join, .width = 1, .bytes = j->size, .room = (char *)room};
  if (end > (size_t)j->sequence.count) end = (size_t)j->sequence.count;
  for (; at < end; at += AD_FOLD_BLOCK) {
    size_t n = end - at < AD_FOLD_BLOCK ? end - at : AD_FOLD_BLOCK;
    ptrdiff_t stride;
    const char *in = stage_rows(j, base, 0, 1, at, n, raw, lane, &stride);
    j->fold_rows(1, n, stride, part, in, j->param ? j->param + o * j->size : NULL);
    tree_add(&t, (const char *)part);
  }
  tree_end(&t, out);
}

static void fold_rows_range(void *arg, size_t begin, size_t end) {
  const ad_reduction *j = arg;
  stage raw, lane;
  size_t outputs = (size_t)j->kept.count;
  if (j->sequence.count <= AD_FOLD_BLOCK) {
    while (begin < end) begin += fold_short_rows(j, begin, end, &raw, &lane);
    return;
  }
  for (size_t i = begin; i < end; i++) fold_long_row(j, i % outputs, i / outputs, &raw, &lane, j->out + i * j->size);
}

/* ---- Columns ---- */

/* One row, n columns of it, side by side and in the lane; offset: of where it lies. */
static const char *stage_columns_of(const ad_reduction *j, int64_t offset, size_t n, char *raw, char *lane) {
  bool same = j->dtype == j->lane;
  const char *src = same ? lane : raw;
  if (j->source) ask_source(j, offset, n, same ? lane : raw);
  else if (j->width_stride == (int64_t)j->item) src = j->data + offset;
  else {
    ad_walk across = {.rank = 1, .count = (int64_t)n, .axes = {{(int64_t)n, j->width_stride}}};
    ad__walk_gather(&across, j->data + offset, j->item, 0, (int64_t)n, same ? lane : raw);
  }
  if (same) return src;
  j->k->cast[j->dtype][j->lane](n, lane, src);
  return lane;
}

/* Up to a group of rows. */
static void stage_columns(const ad_reduction *j, int64_t base, size_t at, size_t rows, size_t n, stage *raw, stage *lane,
                          const void **in) {
  for (size_t r = 0; r < rows; r++) {
    int64_t row = base + ad__walk_offset(&j->sequence, (int64_t)(at + r));
    in[r] = j->direct ? j->data + row : stage_columns_of(j, row, n, raw->bytes, lane->bytes + r * n * j->size);
  }
}

static void fold_strip(const ad_reduction *j, size_t o, size_t strip, size_t chunk, stage *raw, stage *lane, char *out) {
  _Alignas(64) char room[LEVELS * STRIP_BYTES], acc[STRIP_BYTES];
  size_t first = strip * j->strip, n = (size_t)j->width - first < j->strip ? (size_t)j->width - first : j->strip;
  size_t at = chunk * j->chunk, end = at + j->chunk, outputs = o * (size_t)j->width + first;
  int64_t base = ad__walk_offset(&j->kept, (int64_t)o) + (int64_t)first * j->width_stride;
  const char *param = j->param ? j->param + outputs * j->size : NULL;
  tree t = {.join = j->join, .width = n, .bytes = n * j->size, .room = room};
  if (end > (size_t)j->sequence.count) end = (size_t)j->sequence.count;
  while (at < end) {
    size_t block = at + COLUMN_BLOCK < end ? at + COLUMN_BLOCK : end;
    for (bool begins = true; at < block; begins = false) {
      const void *in[COLUMN_BLOCK];
      size_t most = j->direct ? COLUMN_BLOCK : AD_FOLD_GROUP, rows = block - at < most ? block - at : most;
      stage_columns(j, base, at, rows, n, raw, lane, in);
      j->fold_columns(rows, n, acc, in, param, begins);
      at += rows;
    }
    tree_add(&t, acc);
  }
  tree_end(&t, out);
}

static void fold_columns_range(void *arg, size_t begin, size_t end) {
  const ad_reduction *j = arg;
  stage raw, lane;
  size_t outputs = (size_t)ad__reduction_outputs(j);
  for (size_t i = begin; i < end; i++) {
    size_t strip = i % j->strips, o = i / j->strips % (size_t)j->kept.count, chunk = i / j->strips / (size_t)j->kept.count;
    char *out = j->out + (chunk * outputs + o * (size_t)j->width + strip * j->strip) * j->size;
    fold_strip(j, o, strip, chunk, &raw, &lane, out);
  }
}

/* ---- The whole ---- */

static ad_status no_memory(ad_exec *x, size_t bytes) {
  return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory; a smaller array or a larger limit would be right", bytes);
}

/* Joins the results of the chunks, which lie one after the other in `parts`, by the upper levels of the tree. */
static ad_status join_chunks(ad_exec *x, const ad_reduction *j, const char *parts, char *out) {
  size_t width = (size_t)ad__reduction_outputs(j), bytes = width * j->size;
  ad_buffer *room = ad__buffer_take(x->cache, bytes * LEVELS);
  if (!room) return no_memory(x, bytes * LEVELS);
  tree t = {.join = j->join, .width = width, .bytes = bytes, .room = room->data};
  for (size_t c = 0; c < j->chunks; c++) tree_add(&t, parts + c * bytes);
  tree_end(&t, out);
  ad__buffer_drop(x->cache, room);
  return AD_OK;
}

/* Nanoseconds an element takes in cache; too low rather than too high, since sharing quick work makes it slower. */
static double element_cost(const ad_reduction *j) {
  return 0.01 * (double)j->item * (j->direct ? 1 : 3) + (j->source ? j->source->cost : 0);
}

/* Calls `fn` over the parts of the work: strips of columns, or outputs, for each chunk. */
static void run_parts(ad_exec *x, ad_reduction *j, ad_range_fn rows, ad_range_fn columns, void *arg) {
  size_t n = (size_t)j->sequence.count < j->chunk ? (size_t)j->sequence.count : j->chunk;
  size_t across = (size_t)j->width < j->strip ? (size_t)j->width : j->strip;
  double cost = (double)(n * across) * element_cost(j) + 5;
  ad__parallel(x, (size_t)j->kept.count * j->strips * j->chunks, 1, cost, j->columns ? columns : rows, arg);
}

void ad__reduction_choose(ad_reduction *j, const ad_exec *x, ad_fold fold, const char *param, char *out) {
  const ad_reduce_kernels *r = x->kernels->reduce;
  j->fold_rows = r->rows[fold][j->lane];
  j->fold_columns = r->columns[fold][j->lane];
  j->join = r->columns[fold < AD_FOLD_DEVIATIONS ? fold : AD_FOLD_SUM][j->lane];
  j->param = param;
  j->out = out;
}

void ad__reduction_rows(const ad_reduction *j, size_t begin, size_t end) {
  fold_rows_range((void *)(uintptr_t)j, begin, end);
}

ad_status ad__reduction_run(ad_exec *x, ad_reduction *j, ad_fold fold, const char *param, char *out) {
  size_t bytes = (size_t)ad__reduction_outputs(j) * j->size;
  if (!bytes) return AD_OK;
  ad__reduction_choose(j, x, fold, param, out);
  if (j->chunks == 1) {
    run_parts(x, j, fold_rows_range, fold_columns_range, j);
    return AD_OK;
  }
  ad_buffer *parts = ad__buffer_take(x->cache, bytes * j->chunks);
  if (!parts) return no_memory(x, bytes * j->chunks);
  j->out = parts->data;
  run_parts(x, j, fold_rows_range, fold_columns_range, j);
  ad_status s = join_chunks(x, j, parts->data, out);
  ad__buffer_drop(x->cache, parts);
  return s;
}

/* ---- Places of extremes ---- */

typedef struct arg_job {
  const ad_reduction *j;
  ad_arg_rows_fn rows;
  ad_arg_columns_fn columns;
  char *best;      /* [chunks][outputs] */
  uint32_t *index; /* the same, within the whole sequence */
} arg_job;

static void arg_rows_range(void *arg, size_t begin, size_t end) {
  const arg_job *a = arg;
  const ad_reduction *j = a->j;
  stage raw, lane;
  size_t outputs = (size_t)j->kept.count;
  for (size_t i = begin; i < end; i++) {
    int64_t base = ad__walk_offset(&j->kept, (int64_t)(i % outputs));
    size_t first = i / outputs * j->chunk, stop = first + j->chunk;
    if (stop > (size_t)j->sequence.count) stop = (size_t)j->sequence.count;
    for (size_t at = first; at < stop; at += AD_FOLD_BLOCK) {
      size_t n = stop - at < AD_FOLD_BLOCK ? stop - at : AD_FOLD_BLOCK;
      ptrdiff_t stride;
      const char *in = stage_rows(j, base, 0, 1, at, n, &raw, &lane, &stride);
      a->rows(1, n, 0, in, at - first, a->best + i * j->size, a->index + i);
    }
    a->index[i] += (uint32_t)first;
  }
}

static void arg_columns_range(void *arg, size_t begin, size_t end) {
  const arg_job *a = arg;
  const ad_reduction *j = a->j;
  stage raw, lane;
  size_t kept = (size_t)j->kept.count, width = (size_t)j->width;
  for (size_t i = begin; i < end; i++) {
    size_t from = i % j->strips * j->strip, o = i / j->strips % kept, chunk = i / j->strips / kept;
    size_t n = width - from < j->strip ? width - from : j->strip, to = (chunk * kept + o) * width + from;
    int64_t base = ad__walk_offset(&j->kept, (int64_t)o) + (int64_t)from * j->width_stride;
    size_t first = chunk * j->chunk, stop = first + j->chunk;
    if (stop > (size_t)j->sequence.count) stop = (size_t)j->sequence.count;
    for (size_t at = first; at < stop; at++) {
      const void *in[1];
      stage_columns(j, base, at, 1, n, &raw, &lane, in);
      a->columns(n, in[0], at - first, a->best + to * j->size, a->index + to);
    }
    for (size_t k = 0; k < n; k++) a->index[to + k] += (uint32_t)first;
  }
}

ad_status ad__reduction_arg(ad_exec *x, ad_reduction *j, bool smallest, uint32_t *out) {
  size_t outputs = (size_t)ad__reduction_outputs(j), parts = outputs * j->chunks;
  if (!outputs) return AD_OK;
  size_t indices = ((parts + outputs) * sizeof(uint32_t) + 63) & ~(size_t)63, bytes = indices + parts * j->size;
  ad_buffer *room = ad__buffer_take(x->cache, bytes);
  if (!room) return no_memory(x, bytes);
  const ad_reduce_kernels *r = x->kernels->reduce;
  arg_job a = {.j = j, .rows = r->arg_rows[smallest][j->lane], .columns = r->arg_columns[smallest][j->lane], .best = (char *)room->data + indices};
  uint32_t *index = room->data, *chunk = index + parts;
  a.index = j->chunks == 1 ? out : index;
  run_parts(x, j, arg_rows_range, arg_columns_range, &a);
  if (j->chunks > 1) {
    /* Which chunk's best is best: the same question, asked of the chunks. */
    for (size_t i = 0; i < outputs; i++) chunk[i] = 0;
    for (size_t c = 1; c < j->chunks; c++) a.columns(outputs, a.best + c * outputs * j->size, c, a.best, chunk);
    for (size_t i = 0; i < outputs; i++) out[i] = index[chunk[i] * outputs + i];
  }
  ad__buffer_drop(x->cache, room);
  return AD_OK;
}
