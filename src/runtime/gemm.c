/* Matrix products: how a product is cut into blocks, packed and shared between threads.
 *
 * The order of loops is Goto's (Goto, van de Geijn: Anatomy of high-performance matrix multiplication, 2008): a block of b
 * as deep as AD_GEMM_DEPTH stays in the last cache, a block of a in the second, a panel of b in the first. A panel of b is
 * packed when the first block of a meets it. Small operands that lie well are not packed; few rows against a large b stream it.
 * Where somebody takes the result in pieces, the sums of a block of rows are given away while they are in the second cache.
 * Threads get rectangles of the result (or ranges of the batch) and pack what they need themselves: nothing is
 * shared, and since bits depend on the depth only, the cut is free. */
#include "runtime/gemm.h"

#include <string.h>
#include "base/scalar.h"

enum {
  BLOCK_ROWS = 112,          /* of a: a block is a sixth of a second cache of 1 MiB, which other data passes through */
  BLOCK_COLUMN_BYTES = 8192, /* of a row of b */
  DIRECT_BYTES = 1 << 17,    /* an operand up to this size need not be packed */
  DIRECT_A_BYTES = 1 << 22,  /* but rows of a that lie pages apart would share sets of the first cache */
  PAGE_BYTES = 4096,
  LINE_BYTES = 64,
  DIRECT_ROWS = 128,         /* more rows are worth packing b */
  DIRECT_COLUMNS = 128,
  SMALL_FLOPS = 1 << 20,
  FEW_ROWS = 16,             /* up to so many read b a panel at a time */
  STREAM_BYTES = 1 << 18,    /* a right operand from here on is read in order when rows are few */
  STREAM_SUMS = 1 << 15,     /* bytes of the sums that stay in the first cache meanwhile, */
  STREAM_MANY_SUMS = 1 << 17, /* or in the second, when there are more than two rows */
  PIECE_COLUMN_BYTES = 4096, /* of a row of a piece: BLOCK_ROWS of them fill less than half of the second cache */
  LEAST_PIECED_BYTES = 1 << 20, /* a smaller result stays in the second cache anyway */
  PAST_CACHE_BYTES = 1 << 24, /* a result from here on is written past the cache where it is written once */
  CONVERT_STEPS = 16
};
static const double share_flops = 1.5e6; /* fewer are not worth a second thread */

typedef enum operand_kind { PLAIN, HALF, COMPLEX, NARROW } operand_kind;

typedef struct job {
  const ad_gemm_lane *lane;
  operand_kind kind;
  ad_cast_fn convert;                   /* HALF: to the lane */
  const ad_gemm_narrow *narrow;         /* NARROW: how words are packed */
  size_t group, steps;                  /* NARROW: elements of a word, and along k */
  size_t rows, columns, depth;          /* in elements of the lane */
  size_t block;                         /* of depth, summed before it meets the others */
  ptrdiff_t a_row, a_step, b_step, b_column; /* bytes */
  ptrdiff_t c_row;                      /* elements of the lane */
  bool direct_a, direct_b, pack_on_the_way, few, stream, past_cache;
  const char *a, *b;
  char *c;
  int batch_rank;
  const int64_t *batch, *a_batch, *b_batch;
  size_t items, item_c_bytes;
  /* how threads share it: parts of the batch, or rectangles of each item */
  size_t item_parts, row_parts, column_parts;
  char *scratch;
  size_t scratch_bytes, scratch_b, scratch_c; /* of one part; where its block of b begins, and its piece of the result */
  const ad_pieces *pieces;
} job;

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t parts_of(size_t n, size_t part) { return (n + part - 1) / part; }
static size_t round_up(size_t n, size_t to) { return parts_of(n, to) * to; }

/* Part i of n, in multiples of `unit`: where it begins. */
static size_t part_begin(size_t n, size_t unit, size_t parts, size_t i) {
  return smaller(parts_of(n, unit) * i / parts * unit, n);
}

/* ---- Packing ---- */

#define COMPLEX_A(name, T)                                                                                       \
  static void name(size_t rows, size_t height, size_t depth, void *out_, const char *a, ptrdiff_t row,           \
                   ptrdiff_t step) {                                                                              \
    T *out = out_;                                                                                                \
    for (size_t k = 0; k < depth; k++)                                                                            \
      for (size_t i = 0; i < rows; i++)                                                                           \
        out[k * height + i] = ((const T *)(const void *)(a + (ptrdiff_t)i * row + (ptrdiff_t)(k / 2) * step))[k % 2]; \
  }
/* A complex step is two real ones: (re, im) for the real part of a, (-im, re) for the imaginary one. */
#define COMPLEX_B(name, T)                                                                                        \
  static void name(size_t columns, size_t width, size_t depth, void *out_, const char *b, ptrdiff_t step,         \
                   ptrdiff_t column) {                                                                             \
    T *out = out_;                                                                                                 \
    for (size_t k = 0; k < depth; k += 2, b += step, out += 2 * width) {                                           \
      for (size_t j = 0; j < width; j += 2) {                                                                      \
        const T *v = (const T *)(const void *)(b + (ptrdiff_t)(j / 2) * column);                                   \
        const T re = j < columns ? v[0] : 0, im = j < columns ? v[1] : 0;                                          \
        out[j] = re, out[j + 1] = im;                                                                              \
        out[width + j] = -im, out[width + j + 1] = re;                                                             \
      }                                                                                                            \
    }                                                                                                              \
  }
COMPLEX_A(complex_a_f32, float)
COMPLEX_A(complex_a_f64, double)
COMPLEX_B(complex_b_f32, float)
COMPLEX_B(complex_b_f64, double)

/* Half types, contiguous along k: some rows at a time, then turned. */
static void convert_across(const job *j, size_t rows, size_t width, size_t depth, char *out, const char *in, ptrdiff_t row) {
  enum { AT_ONCE = 8 };
  float room[AD_GEMM_DEPTH * AT_ONCE];
  for (size_t i = 0; i < width; i += AT_ONCE) {
    size_t n = i < rows ? smaller(rows - i, AT_ONCE) : 0, w = smaller(width - i, AT_ONCE);
    for (size_t k = 0; k < n; k++) j->convert(depth, room + k * depth, in + (ptrdiff_t)(i + k) * row);
    float *to = (float *)(void *)out + i;
    for (size_t k = 0; k < depth; k++)
      for (size_t m = 0; m < w; m++) to[k * width + m] = m < n ? room[m * depth + k] : 0;
  }
}

/* `rows` rows of a (or columns of b) of `depth` steps, as step k, row i at k * width + i, zeros behind the rows. */
static void pack_rows(const job *j, size_t rows, size_t width, size_t depth, char *out, const char *in, ptrdiff_t row,
                      ptrdiff_t step) {
  size_t item = j->lane->item;
  if (j->kind == PLAIN) {
    j->lane->pack(rows, width, depth, out, in, row / (ptrdiff_t)item, step / (ptrdiff_t)item);
  } else if (step == 2) {
    convert_across(j, rows, width, depth, out, in, row);
  } else {
    for (size_t k = 0; k < depth; k++, out += width * item, in += step) {
      if (row == 2) j->convert(rows, out, in);
      else
        for (size_t i = 0; i < rows; i++) j->convert(1, out + i * item, in + (ptrdiff_t)i * row);
      memset(out + rows * item, 0, (width - rows) * item);
    }
  }
}

/* Elements along k in `depth` steps from step k on. */
static size_t elements_of(const job *j, size_t k, size_t depth) { return smaller(depth * j->group, j->steps - k * j->group); }

/* A block of a from step k on, in tiles of `height` rows. */
static void pack_a(const job *j, const char *a, size_t k, size_t rows, size_t height, size_t depth, char *out) {
  size_t item = j->lane->item, tile = height * depth * item;
  for (size_t i = 0; i < rows; i += height, out += tile) {
    size_t n = smaller(rows - i, height);
    const char *in = a + (ptrdiff_t)i * j->a_row;
    if (j->kind == NARROW) j->narrow->pack_a(n, height, elements_of(j, k, depth), out, in, j->a_row, j->a_step);
    else if (j->kind != COMPLEX) pack_rows(j, n, height, depth, out, in, j->a_row, j->a_step);
    else if (item == sizeof(float)) complex_a_f32(n, height, depth, out, in, j->a_row, j->a_step);
    else complex_a_f64(n, height, depth, out, in, j->a_row, j->a_step);
  }
}

static void pack_b(const job *j, const char *b, size_t k, size_t columns, size_t depth, char *out) {
  size_t width = j->lane->columns;
  if (j->kind == NARROW) {
    j->narrow->pack_b(columns, width, elements_of(j, k, depth), out, b, j->b_column, j->b_step);
    if (j->narrow->start) j->narrow->start(depth, out, out + depth * width * j->lane->item);
  } else if (j->kind != COMPLEX) pack_rows(j, columns, width, depth, out, b, j->b_column, j->b_step);
  else if (j->lane->item == sizeof(float)) complex_b_f32(columns, width, depth, out, b, j->b_step, j->b_column);
  else complex_b_f64(columns, width, depth, out, b, j->b_step, j->b_column);
}

/* Byte offsets of positions counted in elements of the lane. */
static ptrdiff_t a_at(const job *j, size_t i, size_t k) {
  return (ptrdiff_t)i * j->a_row + (ptrdiff_t)(j->kind == COMPLEX ? k / 2 : k * j->group) * j->a_step;
}
static ptrdiff_t b_at(const job *j, size_t k, size_t n) {
  size_t per = j->kind == COMPLEX ? 2 : 1;
  return (ptrdiff_t)(k / per * j->group) * j->b_step + (ptrdiff_t)(n / per) * j->b_column;
}

/* ---- One rectangle of one product ---- */

typedef struct rectangle {
  const char *a, *b;
  char *c;
  size_t rows, columns;
  size_t at;     /* its first element's number in the result */
  char *scratch; /* a block of a, then one of b, then a piece of the result */
} rectangle;

static ad_gemm_store store_of(const job *j, size_t k) {
  return k ? AD_GEMM_ADD : j->past_cache ? AD_GEMM_STREAM : AD_GEMM_SET;
}

/* Steps that a packed panel of b takes room for; those of some narrow products end with what the sums begin with. */
static size_t panel_depth(const job *j, size_t depth) { return depth + (j->kind == NARROW && j->narrow->start); }

/* Columns [0, columns) of rows of a block of a, all of the block of steps that begins with k. */
static void panels(const job *j, ad_gemm_panel *p, const char *b, size_t k, char *c, size_t columns, bool pack, char *packed_b) {
  size_t item = j->lane->item, width = j->lane->columns;
  for (size_t n = 0; n < columns; n += width) {
    p->columns = smaller(columns - n, width);
    p->c = c + n * item;
    p->packed = NULL;
    p->ahead_rows = 0;
    char *at = packed_b + n * panel_depth(j, p->depth) * item;
    if (panel_depth(j, 0)) p->start = at + p->depth * width * item;
    if ((j->direct_b || (pack && j->pack_on_the_way)) && p->columns == width) {
      p->b = b + b_at(j, 0, n);
      p->b_step = j->b_step / (ptrdiff_t)item;
      if (!j->direct_b) p->packed = at;
      p->ahead_rows = !j->direct_b && n + width < columns ? p->depth : 0;
      p->ahead = b + b_at(j, 0, n + width);
      p->ahead_step = p->b_step;
    } else {
      if (pack) pack_b(j, b + b_at(j, 0, n), k, p->columns, p->depth, at);
      p->b = at;
      p->b_step = (ptrdiff_t)width;
    }
    j->lane->panel(p);
  }
}

/* Sets how a block of a is read, packing it when it must be. */
static void left_block(const job *j, ad_gemm_panel *p, const char *a, size_t k, char *packed) {
  ptrdiff_t item = (ptrdiff_t)j->lane->item;
  p->height = parts_of(p->rows, parts_of(p->rows, j->lane->rows));
  if (j->direct_a) {
    p->a = a;
    p->a_row = j->a_row / item, p->a_step = j->a_step / item;
    p->a_panel = (ptrdiff_t)p->height * p->a_row;
    return;
  }
  pack_a(j, a, k, p->rows, p->height, p->depth, packed);
  p->a = packed;
  p->a_row = 1, p->a_step = (ptrdiff_t)p->height;
  p->a_panel = (ptrdiff_t)(p->height * p->depth);
}

/* Somebody takes rows [i, i + rows) of columns [n, n + columns) of the rectangle. Rows that follow one another are given as one. */
static void give(const job *j, const rectangle *r, size_t i, size_t rows, size_t n, size_t columns, const char *c, ptrdiff_t c_row) {
  bool joined = columns == j->columns && (size_t)c_row == columns;
  ad_piece piece = {.at = r->at + i * j->columns + n, .rows = joined ? 1 : rows, .columns = joined ? rows * columns : columns,
                    .line = j->columns, .data = c, .stride = (size_t)c_row * j->lane->item};
  j->pieces->fn(j->pieces->arg, &piece);
}

/* Elements from one row of a piece to the next: whole pages apart, rows would share sets of the first cache. */
static size_t piece_row(const job *j, size_t columns) {
  size_t row = smaller(columns, PIECE_COLUMN_BYTES / j->lane->item);
  return row + (row * j->lane->item % PAGE_BYTES ? 0 : LINE_BYTES / j->lane->item);
}

static void blocked(const job *j, const rectangle *r) {
  /* Few rows: every panel of b is used once, and is read to its end before the next one, as it lies when b is transposed. */
  size_t item = j->lane->item, block_columns = j->few ? j->lane->columns : BLOCK_COLUMN_BYTES / item;
  ad_gemm_panel p = {.c_row = j->pieces ? (ptrdiff_t)piece_row(j, r->columns) : j->c_row};
  if (j->pieces) block_columns = PIECE_COLUMN_BYTES / item;
  for (size_t n = 0; n < r->columns; n += block_columns)
    for (size_t k = 0; k < j->depth; k += p.depth) {
      p.depth = smaller(j->depth - k, j->block);
      p.store = store_of(j, k);
      for (size_t i = 0; i < r->rows; i += p.rows) {
        size_t columns = smaller(r->columns - n, block_columns);
        char *c = j->pieces ? r->scratch + j->scratch_c : r->c + ((ptrdiff_t)i * j->c_row + (ptrdiff_t)n) * (ptrdiff_t)item;
        p.rows = smaller(r->rows - i, BLOCK_ROWS);
        left_block(j, &p, r->a + a_at(j, i, k), k, r->scratch);
        panels(j, &p, r->b + b_at(j, k, n), k, c, columns, i == 0, r->scratch + j->scratch_b);
        if (j->pieces) give(j, r, i, p.rows, n, columns, c, p.c_row);
      }
    }
}

static size_t stream_sums(const job *j) { return j->rows > 2 ? STREAM_MANY_SUMS : STREAM_SUMS; }

/* Where in `room` the sums lie. Rows of b that are pages apart fill the same few sets of the first cache, from when they are
 * asked for until they are read: half a page behind b, many rows of sums do not drive them out meanwhile. */
static char *sums_beside(const char *b, size_t rows, char *room) {
  if (rows <= 2) return room;
  return room + ((uintptr_t)b + PAGE_BYTES / 2 - (uintptr_t)room) % PAGE_BYTES / LINE_BYTES * LINE_BYTES;
}

static void streamed(const job *j, const rectangle *r) {
  size_t item = j->lane->item, at_once = stream_sums(j) / item / r->rows / 64 * 64;
  ad_gemm_stream s = {.rows = r->rows, .a = r->scratch, .c_row = j->c_row, .b_step = j->b_step / (ptrdiff_t)item};
  for (size_t k = 0; k < j->depth; k += s.depth) {
    s.depth = smaller(j->depth - k, AD_GEMM_DEPTH);
    s.store = k ? AD_GEMM_ADD : AD_GEMM_SET;
    pack_rows(j, r->rows, r->rows, s.depth, r->scratch, r->a + a_at(j, 0, k), j->a_row, j->a_step);
    for (size_t n = 0; n < r->columns; n += s.columns) {
      s.columns = smaller(r->columns - n, at_once);
      s.b = r->b + b_at(j, k, n);
      s.c = r->c + n * item;
      s.sums = sums_beside(s.b, r->rows, r->scratch + j->scratch_b);
      j->lane->stream(&s);
    }
  }
}

static void single(const job *j, const rectangle *r) {
  ptrdiff_t item = (ptrdiff_t)j->lane->item;
  j->lane->dot(j->depth, r->a, j->a_step / item, r->b, j->b_step / item, r->c);
}

/* ---- Sharing ---- */

static void item_at(const job *j, size_t item, rectangle *r) {
  r->a = j->a, r->b = j->b;
  if (!j->pieces) r->c = j->c + item * j->item_c_bytes;
  for (int i = j->batch_rank - 1; i >= 0; i--) {
    ptrdiff_t at = (ptrdiff_t)(item % (size_t)j->batch[i]);
    item /= (size_t)j->batch[i];
    r->a += at * j->a_batch[i];
    r->b += at * j->b_batch[i];
  }
}

static void part_of_job(void *arg, size_t part) {
  const job *j = arg;
  size_t rectangles = j->row_parts * j->column_parts, ip = part / rectangles, rp = part % rectangles / j->column_parts;
  size_t cp = part % j->column_parts, item = j->lane->item;
  size_t row = part_begin(j->rows, 1, j->row_parts, rp), row_end = part_begin(j->rows, 1, j->row_parts, rp + 1);
  size_t column = part_begin(j->columns, j->lane->columns, j->column_parts, cp);
  size_t column_end = part_begin(j->columns, j->lane->columns, j->column_parts, cp + 1);
  size_t end = part_begin(j->items, 1, j->item_parts, ip + 1);
  rectangle r = {.rows = row_end - row, .columns = column_end - column, .scratch = j->scratch + part * j->scratch_bytes};
  if (!r.rows || !r.columns) return;
  for (size_t i = part_begin(j->items, 1, j->item_parts, ip); i < end; i++) {
    item_at(j, i, &r);
    r.a += a_at(j, row, 0), r.b += b_at(j, 0, column);
    if (!j->pieces) r.c += ((ptrdiff_t)row * j->c_row + (ptrdiff_t)column) * (ptrdiff_t)item;
    r.at = (i * j->rows + row) * j->columns + column;
    if (j->rows == 1 && j->columns == 1 && j->kind == PLAIN) single(j, &r);
    else if (j->stream) streamed(j, &r);
    else blocked(j, &r);
  }
}

/* As many parts as threads: ranges of the batch if that suffices, else rectangles whose sides sum up to the least, since
 * that is what they pack and keep in their caches. b is packed on the way, so its side counts half; a read where it lies
 * a quarter. */
static void cut(job *j, size_t threads) {
  double flops = 2.0 * (double)j->rows * (double)j->columns * (double)j->depth;
  double bytes = (double)j->item_c_bytes + (double)(j->rows + j->columns) * (double)j->depth * (double)j->lane->item;
  j->item_parts = j->row_parts = j->column_parts = 1;
  if ((flops + 4 * bytes) * (double)j->items < share_flops) return;
  j->item_parts = smaller(j->items, threads);
  size_t rectangles = threads / j->item_parts;
  if (j->items >= threads || (flops + 4 * bytes) < share_flops) return;
  size_t tall = parts_of(j->rows, j->lane->rows), wide = parts_of(j->columns, j->lane->columns), best = 0;
  for (size_t rows = 1; rows <= rectangles && rows <= tall; rows++) {
    size_t columns = smaller(rectangles / rows, wide);
    size_t side = (j->direct_a ? 1 : 4) * parts_of(j->rows, rows) + 2 * parts_of(wide, columns) * j->lane->columns;
    bool more = rows * columns > j->row_parts * j->column_parts;
    if (more || (rows * columns == j->row_parts * j->column_parts && side < best))
      j->row_parts = rows, j->column_parts = columns, best = side;
  }
}

static void choose_scratch(job *j) {
  size_t item = j->lane->item, depth = smaller(j->depth, j->block);
  size_t rows = smaller(j->rows, BLOCK_ROWS) + j->lane->rows, columns = smaller(j->columns, BLOCK_COLUMN_BYTES / item), c = 0;
  if (j->pieces) c = smaller(j->rows, BLOCK_ROWS) * piece_row(j, j->columns);
  size_t a = j->direct_a ? 0 : rows * depth + AD_GEMM_SLACK;
  size_t b = j->direct_b && j->columns % j->lane->columns == 0 ? 0 : round_up(columns, j->lane->columns) * panel_depth(j, depth) + AD_GEMM_SLACK;
  if (j->stream) b = (stream_sums(j) + 2 * PAGE_BYTES) / item;
  j->scratch_b = round_up(a * item, 4096);
  j->scratch_c = j->scratch_b + round_up(b * item, 4096);
  j->scratch_bytes = j->scratch_c + round_up(c * item, 4096);
}

/* Which operands are read where they lie, by size and strides. */
static void choose_way(job *j) {
  ptrdiff_t item = (ptrdiff_t)j->lane->item;
  bool plain = j->kind == PLAIN;
  size_t a_bytes = j->rows * j->depth * (size_t)item, b_bytes = j->columns * j->depth * (size_t)item;
  j->stream = plain && j->lane->stream && j->rows <= AD_GEMM_STREAM_ROWS && j->b_column == item && b_bytes >= STREAM_BYTES;
  j->direct_a = plain && !j->stream && (j->a_row == item || j->a_step == item) &&
                ((a_bytes <= DIRECT_A_BYTES && j->a_row % PAGE_BYTES != 0 && j->a_step % PAGE_BYTES != 0) || j->columns <= DIRECT_COLUMNS ||
                 a_bytes <= DIRECT_BYTES / 4 || j->rows <= FEW_ROWS);
  j->few = j->direct_a && j->rows <= FEW_ROWS;
  j->direct_b = plain && j->b_column == item && j->rows <= DIRECT_ROWS && b_bytes <= DIRECT_BYTES;
  j->pack_on_the_way = plain && j->b_column == item;
  j->past_cache = !j->pieces && j->depth <= j->block && j->item_c_bytes * j->items >= PAST_CACHE_BYTES &&
                  (size_t)j->c_row * (size_t)item % 64 == 0 && (uintptr_t)j->c % 64 == 0;
}

static ad_status run(ad_exec *x, job *j) {
  ad_buffer *scratch = NULL;
  cut(j, (size_t)ad__pool_threads(x->pool));
  size_t parts = j->item_parts * j->row_parts * j->column_parts;
  if (j->scratch_bytes) {
    scratch = ad__buffer_take(x->cache, parts * j->scratch_bytes);
    if (!scratch) return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes to work in; out of memory", parts * j->scratch_bytes);
    j->scratch = scratch->data;
  }
  if (parts == 1) part_of_job(j, 0);
  else ad__pool_run(x->pool, part_of_job, j, parts);
  if (scratch) ad__buffer_drop(x->cache, scratch);
  return AD_OK;
}

/* ---- From a product to a job ---- */

static const struct {
  uint8_t lane, kind;
} kinds[AD_DTYPE_COUNT] = {
    [AD_UINT8] = {AD_GEMM_U8, PLAIN},       [AD_UINT16] = {AD_GEMM_U16, PLAIN},     [AD_UINT32] = {AD_GEMM_U32, PLAIN},
    [AD_UINT64] = {AD_GEMM_U64, PLAIN},     [AD_INT8] = {AD_GEMM_U8, PLAIN},        [AD_INT16] = {AD_GEMM_U16, PLAIN},
    [AD_INT32] = {AD_GEMM_U32, PLAIN},      [AD_INT64] = {AD_GEMM_U64, PLAIN},      [AD_FLOAT16] = {AD_GEMM_F32, HALF},
    [AD_BFLOAT16] = {AD_GEMM_F32, HALF},    [AD_FLOAT32] = {AD_GEMM_F32, PLAIN},    [AD_FLOAT64] = {AD_GEMM_F64, PLAIN},
    [AD_COMPLEX64] = {AD_GEMM_F32, COMPLEX}, [AD_COMPLEX128] = {AD_GEMM_F64, COMPLEX},
};

/* Axes of length 1 go, neighbours merge, and the last axis joins the rows where b does not depend on it. */
static void simplify_batch(ad_gemm *g) {
  int n = 0;
  for (int i = 0; i < g->batch_rank; i++) {
    if (g->batch[i] == 1) continue;
    if (n && g->a_batch[n - 1] == g->a_batch[i] * g->batch[i] && g->b_batch[n - 1] == g->b_batch[i] * g->batch[i]) {
      g->batch[n - 1] *= g->batch[i];
    } else {
      g->batch[n++] = g->batch[i];
    }
    g->a_batch[n - 1] = g->a_batch[i], g->b_batch[n - 1] = g->b_batch[i];
  }
  /* A product of one element stays one: it is summed in its own way. */
  while (n && (g->rows > 1 || g->columns > 1) && g->b_batch[n - 1] == 0 && (g->rows == 1 || g->a_batch[n - 1] == g->a_row * (int64_t)g->rows)) {
    if (g->rows == 1) g->a_row = g->a_batch[n - 1];
    g->rows *= (size_t)g->batch[--n];
  }
  g->batch_rank = n;
}

/* A product with one column is one with one row: of the transposed operands. */
static void turn_column(ad_gemm *g) {
  ad_gemm t = *g;
  t.rows = g->columns, t.columns = g->rows;
  t.a = g->b, t.b = g->a, t.a_dtype = g->b_dtype, t.b_dtype = g->a_dtype;
  t.a_row = g->b_column, t.a_step = g->b_step, t.b_step = g->a_step, t.b_column = g->a_row;
  memcpy(t.a_batch, g->b_batch, sizeof t.a_batch);
  memcpy(t.b_batch, g->a_batch, sizeof t.b_batch);
  *g = t;
}

/* A stride that is never used agrees with whatever is wanted. */
static void settle_strides(ad_gemm *g) {
  int64_t a = (int64_t)ad_dtype_size(g->a_dtype), b = (int64_t)ad_dtype_size(g->b_dtype);
  if (g->rows == 1) g->a_row = g->a_step == a ? (int64_t)g->depth * a : a;
  if (g->columns == 1) g->b_column = b;
  if (g->depth == 1) g->a_step = a, g->b_step = (int64_t)g->columns * b;
}

static void convert_back(void *arg, size_t begin, size_t end) {
  const struct {
    ad_cast_fn cast;
    char *to;
    const float *from;
  } *c = arg;
  c->cast(end - begin, c->to + begin * 2, c->from + begin);
}

/* Half types: into float32 first. */
static ad_status run_half(ad_exec *x, job *j, ad_dtype dtype) {
  size_t count = j->items * j->rows * j->columns;
  ad_buffer *sums = ad__buffer_take(x->cache, count * sizeof(float));
  if (!sums) return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes to work in; out of memory", count * sizeof(float));
  struct {
    ad_cast_fn cast;
    char *to;
    const float *from;
  } back = {x->kernels->cast[AD_FLOAT32][dtype], j->c, sums->data};
  j->c = sums->data;
  ad_status s = run(x, j);
  if (!s) ad__parallel(x, count, 64, 0.2, convert_back, &back);
  ad__buffer_drop(x->cache, sums);
  return s;
}

/* ---- Narrow elements ---- */

static bool narrow_pair(ad_dtype a, ad_dtype b, ad_dtype dtype, ad_gemm_narrows *out) {
  if (a == AD_BFLOAT16 && b == a && dtype == a) return *out = AD_GEMM_BF16, true;
  if (dtype != AD_INT32 && dtype != AD_UINT32) return false;
  if (a == AD_INT16 && b == a) return *out = AD_GEMM_I16_I16, true;
  if ((a != AD_INT8 && a != AD_UINT8) || (b != AD_INT8 && b != AD_UINT8)) return false;
  static const ad_gemm_narrows eight_bits[2][2] = {{AD_GEMM_U8_U8, AD_GEMM_U8_I8}, {AD_GEMM_I8_U8, AD_GEMM_I8_I8}};
  return *out = eight_bits[a == AD_INT8][b == AD_INT8], true;
}

static const ad_gemm_narrow *narrow_of(const ad_exec *x, ad_dtype a, ad_dtype b, ad_dtype dtype) {
  ad_gemm_narrows which;
  const ad_gemm_narrow *all = x->kernels->gemm->narrow;
  if (!all || !x->ctx->cpu.avx512_bf16 || !x->ctx->cpu.avx512_vnni || !narrow_pair(a, b, dtype, &which)) return NULL;
  return &all[which];
}

bool ad__gemm_takes(const ad_exec *x, ad_dtype a, ad_dtype b, ad_dtype dtype) {
  return (a == dtype && b == dtype) || narrow_of(x, a, b, dtype);
}

/* A small product whose operands are all read where they lie: no job, nothing to share. False when it is none. */
static bool small(ad_exec *x, const ad_gemm *g) {
  const ad_gemm_lane *lane = x->kernels->gemm->lane[kinds[g->dtype].lane];
  int64_t item = (int64_t)lane->item;
  if (g->batch_rank || kinds[g->dtype].kind != PLAIN || (g->a_dtype != AD_DTYPE_NONE && (g->a_dtype != g->dtype || g->b_dtype != g->dtype)) || g->a_step != item || g->b_column != item || g->columns & (lane->columns - 1))
    return false;
  if (g->depth - 1 >= AD_GEMM_DEPTH || g->rows - 1 >= DIRECT_COLUMNS || g->columns - 1 >= DIRECT_COLUMNS) return false;
  if ((int64_t)g->rows * (int64_t)(g->columns * g->depth) * 2 > SMALL_FLOPS) return false;
  ad_gemm_panel p = {.rows = g->rows, .columns = lane->columns, .depth = g->depth, .a = g->a, .a_row = g->a_row / item, .a_step = 1,
                     .b_step = g->b_step / item, .c_row = (ptrdiff_t)g->columns, .store = AD_GEMM_SET};
  uint32_t rows = (uint32_t)g->rows, tiles = (rows + (uint32_t)lane->rows - 1) / (uint32_t)lane->rows;
  p.height = (rows + tiles - 1) / tiles;
  p.a_panel = (ptrdiff_t)p.height * p.a_row;
  for (size_t n = 0; n < g->columns; n += lane->columns) {
    p.b = g->b + n * lane->item;
    p.c = g->c + n * lane->item;
    lane->panel(&p);
  }
  return true;
}

bool ad__gemm_gives_pieces(const ad_gemm *g) {
  size_t bytes = g->rows * g->columns * ad_dtype_size(g->dtype);
  for (int i = 0; i < g->batch_rank; i++) bytes *= (size_t)g->batch[i];
  if (kinds[g->dtype].kind != PLAIN || (g->a_dtype != AD_DTYPE_NONE && (g->a_dtype != g->dtype || g->b_dtype != g->dtype))) return false;
  return g->depth && g->depth <= AD_GEMM_DEPTH && g->rows > FEW_ROWS && g->columns > FEW_ROWS && bytes >= LEAST_PIECED_BYTES;
}

ad_status ad__gemm_node(ad_exec *x, ad_array *node, ad_gemm *g) {
  g->pieces = NULL;
  if (x->pieces && ad__gemm_gives_pieces(g)) {
    g->pieces = x->pieces;
    x->pieces = NULL;
    return ad__gemm(x, g);
  }
  ad_status s = ad__value_new(x, node->type, &node->value);
  g->c = node->value.data;
  return s ? s : ad__gemm(x, g);
}

ad_status ad__gemm(ad_exec *x, const ad_gemm *given) {
  if (!given->pieces && small(x, given)) return AD_OK;
  ad_gemm g = *given;
  if (g.a_dtype == AD_DTYPE_NONE) g.a_dtype = g.b_dtype = g.dtype;
  simplify_batch(&g);
  size_t items = 1;
  for (int i = 0; i < g.batch_rank; i++) items *= (size_t)g.batch[i];
  size_t bytes = items * g.rows * g.columns * ad_dtype_size(g.dtype);
  if (bytes == 0) return AD_OK;
  if (g.depth == 0) {
    memset(g.c, 0, bytes);
    return AD_OK;
  }
  if (g.columns == 1 && g.rows > 1) turn_column(&g);
  settle_strides(&g);
  const ad_gemm_narrow *narrow = narrow_of(x, g.a_dtype, g.b_dtype, g.dtype);
  operand_kind kind = narrow ? NARROW : kinds[g.dtype].kind;
  size_t wide = kind == COMPLEX ? 2 : 1, group = narrow ? narrow->group : 1;
  job j = {.lane = narrow ? narrow->lane : x->kernels->gemm->lane[kinds[g.dtype].lane], .kind = kind, .narrow = narrow,
           .group = group, .steps = g.depth * wide, .rows = g.rows, .columns = g.columns * wide,
           .depth = parts_of(g.depth * wide, group), .block = narrow ? narrow->depth : AD_GEMM_DEPTH, .a_row = g.a_row,
           .a_step = g.a_step, .b_step = g.b_step, .b_column = g.b_column, .a = g.a, .b = g.b, .c = g.c,
           .batch_rank = g.batch_rank, .batch = g.batch, .a_batch = g.a_batch, .b_batch = g.b_batch, .items = items, .pieces = g.pieces};
  j.c_row = (ptrdiff_t)j.columns;
  j.item_c_bytes = j.rows * j.columns * j.lane->item;
  choose_way(&j);
  choose_scratch(&j);
  if (kind == HALF) j.convert = x->kernels->cast[g.dtype][AD_FLOAT32];
  return kinds[g.dtype].kind == HALF ? run_half(x, &j, g.dtype) : run(x, &j);
}
