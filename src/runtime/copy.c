/* Copies between strided places: what views, concatenation, padding and transposition come down to.
 *
 * Axes that lie as one are merged first; then the last two are handled together, in the way their strides ask for:
 * whole rows, columns when rows are short, or tiles that pass through a buffer when the source runs along the other
 * axis, so that each cache line is touched once on either side. The work is cut into rows for the threads. */
#include <string.h>
#include "runtime/exec.h"

enum { SHORT_ROW = 16, COLUMN_BLOCK = 512, TILE_BYTES = 128, MAX_TILE = 64, MIN_TILE = 8 };

typedef struct copy_axis {
  int64_t n, dst, src;
} copy_axis;

typedef struct copy_job {
  char *dst;
  const char *src;
  copy_axis axes[AD_MAX_RANK];
  int n;
  size_t item;
} copy_job;

/* Axes that matter, merged where both sides allow. */
static int plan_copy(const ad_type *t, const int64_t *dst, const int64_t *src, copy_axis *axes) {
  int n = 0;
  for (int i = 0; i < t->rank; i++) {
    copy_axis a = {t->dims[i], dst[i], src[i]};
    if (a.n == 1) continue;
    copy_axis *last = n ? &axes[n - 1] : NULL;
    if (last && last->dst == a.dst * a.n && last->src == a.src * a.n) *last = (copy_axis){last->n * a.n, a.dst, a.src};
    else axes[n++] = a;
  }
  if (!n) axes[n++] = (copy_axis){1, t->item_size, t->item_size};
  return n;
}

/* An element of 16 bytes. */
typedef struct pair {
  uint64_t lo, hi;
} pair;

#define FOR_ITEM(item, WORK)         \
  switch (item) {                    \
  case 1: WORK(uint8_t) break;       \
  case 2: WORK(uint16_t) break;      \
  case 4: WORK(uint32_t) break;      \
  case 8: WORK(uint64_t) break;      \
  default: WORK(pair) break;         \
  }

/* ---- One row ---- */

static void spread_row(char *dst, const char *src, int64_t n, size_t item) {
#define SPREAD(type)                                                      \
  {                                                                       \
    type v;                                                               \
    memcpy(&v, src, sizeof v);                                            \
    for (int64_t i = 0; i < n; i++) memcpy(dst + i * (int64_t)sizeof v, &v, sizeof v); \
  }
  FOR_ITEM(item, SPREAD)
#undef SPREAD
}

static void copy_row(char *dst, const char *src, const copy_axis *a, int64_t n, size_t item) {
#define STRIDED(type)                                \
  for (int64_t i = 0; i < n; i++) {                  \
    type v;                                          \
    memcpy(&v, src + i * a->src, sizeof v);          \
    memcpy(dst + i * a->dst, &v, sizeof v);          \
  }
  if (a->dst == (int64_t)item && a->src == (int64_t)item) memcpy(dst, src, (size_t)n * item);
  else if (a->dst == (int64_t)item && a->src == 0) spread_row(dst, src, n, item);
  else FOR_ITEM(item, STRIDED)
#undef STRIDED
}

/* ---- Rows of the last two axes ---- */

/* Short rows: column by column, in blocks that stay in cache. */
static void copy_columns(char *dst, const char *src, const copy_axis *outer, const copy_axis *inner, int64_t rows, size_t item) {
  for (int64_t i = 0; i < rows; i += COLUMN_BLOCK)
    for (int64_t j = 0; j < inner->n; j++) {
      int64_t n = rows - i < COLUMN_BLOCK ? rows - i : COLUMN_BLOCK;
      copy_row(dst + i * outer->dst + j * inner->dst, src + i * outer->src + j * inner->src, outer, n, item);
    }
}

/* rows x columns elements, which lie along rows in the source and along columns in the result. */
static void copy_tile(char *dst, const char *src, const copy_axis *outer, const copy_axis *inner, int64_t rows, int64_t columns,
                      size_t item) {
  uint64_t buffer[MAX_TILE * TILE_BYTES / 8];
  size_t width = (size_t)columns * item;
#define TURN(type)                                                              \
  for (int64_t j = 0; j < columns; j++)                                         \
    for (int64_t i = 0; i < rows; i++)                                          \
      memcpy((char *)buffer + (size_t)i * width + (size_t)j * sizeof(type),     \
             src + j * inner->src + i * (int64_t)sizeof(type), sizeof(type));
  FOR_ITEM(item, TURN)
#undef TURN
  for (int64_t i = 0; i < rows; i++) memcpy(dst + i * outer->dst, (char *)buffer + (size_t)i * width, width);
}

static void copy_tiles(char *dst, const char *src, const copy_axis *outer, const copy_axis *inner, int64_t rows, size_t item) {
  int64_t tile = TILE_BYTES / (int64_t)item;
  tile = tile > MAX_TILE ? MAX_TILE : tile < MIN_TILE ? MIN_TILE : tile;
  for (int64_t i = 0; i < rows; i += tile)
    for (int64_t j = 0; j < inner->n; j += tile)
      copy_tile(dst + i * outer->dst + j * inner->dst, src + i * outer->src + j * inner->src, outer, inner,
                rows - i < tile ? rows - i : tile, inner->n - j < tile ? inner->n - j : tile, item);
}

static void copy_rows(const copy_job *c, char *dst, const char *src, int64_t rows) {
  const copy_axis *inner = &c->axes[c->n - 1], *outer = inner - 1;
  int64_t item = (int64_t)c->item;
  if (outer->src == item && inner->dst == item && inner->src != 0) copy_tiles(dst, src, outer, inner, rows, c->item);
  else if (inner->n < SHORT_ROW && rows > inner->n) copy_columns(dst, src, outer, inner, rows, c->item);
  else
    for (int64_t i = 0; i < rows; i++) copy_row(dst + i * outer->dst, src + i * outer->src, inner, inner->n, c->item);
}

/* ---- The whole ---- */

static void copy_elements(void *arg, size_t begin, size_t end) {
  const copy_job *c = arg;
  const copy_axis *a = &c->axes[0];
  int64_t first = (int64_t)begin;
  copy_row(c->dst + first * a->dst, c->src + first * a->src, a, (int64_t)(end - begin), c->item);
}

/* Rows [begin, end), counted over all axes but the last. */
static void copy_range(void *arg, size_t begin, size_t end) {
  const copy_job *c = arg;
  for (int64_t at = (int64_t)begin, left = (int64_t)(end - begin); left > 0;) {
    const copy_axis *outer = &c->axes[c->n - 2];
    int64_t row = at % outer->n, rest = at / outer->n, d = row * outer->dst, s = row * outer->src;
    int64_t rows = outer->n - row < left ? outer->n - row : left;
    for (int i = c->n - 3; i >= 0; i--) {
      d += rest % c->axes[i].n * c->axes[i].dst;
      s += rest % c->axes[i].n * c->axes[i].src;
      rest /= c->axes[i].n;
    }
    copy_rows(c, c->dst + d, c->src + s, rows);
    at += rows;
    left -= rows;
  }
}

void ad__copy_strided(ad_exec *x, const ad_type *t, char *dst, const int64_t *dst_strides, const char *src,
                      const int64_t *src_strides) {
  if (t->size == 0) return;
  copy_job c = {.dst = dst, .src = src, .item = t->item_size};
  c.n = plan_copy(t, dst_strides, src_strides, c.axes);
  const copy_axis *last = &c.axes[c.n - 1];
  double cost = (double)t->item_size * 0.1; /* rough nanoseconds an element */
  if (c.n == 1) ad__parallel(x, (size_t)t->size, 1024, cost, copy_elements, &c);
  else ad__parallel(x, (size_t)(t->size / last->n), MAX_TILE, cost * (double)last->n, copy_range, &c);
}
