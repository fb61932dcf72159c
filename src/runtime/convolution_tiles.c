/* Convolution as sums of matrix products, on the images as they lie: nothing is unfolded in memory, nothing padded.
 *
 * Along each axis result positions are cut into spans that meet the same taps (convolution_spans.h). A combination of spans,
 * one per axis, is a region whose results are sums over taps and channels of the kernel times pixels that move evenly. One
 * axis of the region, that of images or one of space, gives the rows of the tiles, whose left operand is read from the image; the
 * kernel, packed in panels once a call, is the right one. Taps in the padding are never computed.
 *
 * Order of sums, which fixes the bits: the taps inside the image in row-major order, then channels, by fused multiply-adds,
 * begun anew after CHAIN steps at most, these sums added in order. Where the kernel is wider than the result, as it is for the
 * gradient of a kernel, channels come first and the last axis of taps last. All of it depends on shapes alone.
 *
 * Few filters in many groups would leave vectors empty: there lanes are filters, and every filter has its channels spread
 * beside those of the next one (a depthwise convolution has them so already). */
#include "runtime/convolution_tiles.h"

#include <string.h>
#include "runtime/convolution_spans.h"

enum {
  CHAIN = 576,                /* steps summed in registers */
  BLOCK_PIXELS = 448,         /* result pixels that share a part of the kernel while it is in a near cache, at most */
  LEAST_PIXELS = 56,
  PANELS = 4,                 /* panels of the kernel that a unit of work goes over */
  UNITS = 8,                  /* pixels make at least so many units, or there are more by panels */
  FEW_FILTERS = 4,            /* of a group: up to so many, lanes are filters */
  PAST_CACHE_BYTES = 1 << 24, /* a result from here on is written past the cache where it is written once */
  MOST_AXES = AD_CONVOLUTION_AXES + 1
};

/* Strides and offsets are in elements throughout. */
typedef struct plan {
  const ad_convolution *shape;
  const ad_gemm_lane *lane;
  const char *x, *w;
  char *y;
  ptrdiff_t x_axis[MOST_AXES], y_axis[MOST_AXES], x_channel; /* axis 0 is that of images */
  ptrdiff_t w_tap[MOST_AXES], w_channel, w_panel, w_group;
  int64_t groups, channels, filters; /* the last two of one group */
  int64_t width;                     /* filters in a panel */
  bool lanes_are_filters, taps_last, past_cache;
  conv_spans spans[AD_CONVOLUTION_AXES];
  size_t regions, *first_unit; /* of each region, and the end */
  int64_t panels, panels_in_unit, panel_parts, block;
  const ad_pieces *pieces;
} plan;

/* A combination of spans, ready to be computed. */
typedef struct region {
  int rows_axis, summed;                               /* the axis along a tile; axes of segments */
  int64_t count[MOST_AXES], outer;                     /* positions; those of the axes that give no rows */
  int64_t rows_in_block, row_blocks, outer_in_block, outer_blocks;
  ptrdiff_t x_move[MOST_AXES], y_move[MOST_AXES];      /* from position to position */
  ptrdiff_t x, w, y;                                   /* where it begins */
  int64_t taps[MOST_AXES], segments;                   /* what is summed: segments in row-major order, each a line */
  ptrdiff_t x_tap[MOST_AXES], w_tap[MOST_AXES];
  int64_t line, piece, pieces, per_chain, chains;      /* pieces of a line, or segments in a chain */
  ptrdiff_t x_step, w_step;                            /* along a line */
} region;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t parts_of(int64_t n, int64_t part) { return (n + part - 1) / part; }

/* ---- Regions ---- */

/* A stride that is used, or 0: what is never used may not fit. */
static ptrdiff_t move(int64_t count, int64_t by, ptrdiff_t stride) { return count > 1 ? by * stride : 0; }

static void add_tap_axis(region *r, int64_t taps, ptrdiff_t x_tap, ptrdiff_t w_tap) {
  r->taps[r->summed] = taps;
  r->x_tap[r->summed] = x_tap;
  r->w_tap[r->summed++] = w_tap;
  r->segments *= taps;
}

static void set_line(region *r, int64_t line, ptrdiff_t x_step, ptrdiff_t w_step) {
  r->line = line;
  r->x_step = x_step;
  r->w_step = w_step;
}

/* Chains by shape; then lines that touch are one line, which changes no sum. */
static void set_chains(region *r) {
  r->pieces = parts_of(r->line, CHAIN);
  if (r->pieces == 0 || r->segments == 0) return;
  r->piece = parts_of(r->line, r->pieces);
  r->per_chain = r->pieces > 1 ? 1 : CHAIN / r->line;
  for (int i = r->summed - 1; i >= 0 && r->taps[i] <= r->per_chain; i--) {
    r->per_chain -= r->per_chain % r->taps[i];
    bool touch = r->x_tap[i] == r->line * r->x_step && r->w_tap[i] == r->line * r->w_step;
    if ((!touch && r->taps[i] > 1) || i != r->summed - 1) break;
    r->line *= r->taps[i];
    r->piece = r->line;
    r->segments /= r->taps[i];
    r->per_chain /= r->taps[i];
    r->summed--;
  }
  r->chains = r->pieces > 1 ? r->segments * r->pieces : parts_of(r->segments, r->per_chain);
}

/* The longest axis, the last one before others since its pixels are neighbours. */
static void set_rows(const plan *p, region *r) {
  int last = p->shape->n;
  int64_t best = -1;
  for (int i = 0; i <= last; i++) {
    int64_t worth = smaller(r->count[i], (int64_t)p->lane->rows) * (i == last ? 3 : 2);
    if (worth >= best) best = worth, r->rows_axis = i;
  }
  r->outer = 1;
  for (int i = 0; i <= last; i++)
    if (i != r->rows_axis) r->outer *= r->count[i];
  int64_t rows = r->count[r->rows_axis];
  r->row_blocks = parts_of(rows, p->block);
  r->rows_in_block = parts_of(rows, r->row_blocks);
  r->outer_in_block = parts_of(p->block, rows);
  r->outer_blocks = parts_of(r->outer, r->outer_in_block);
}

static void make_region(const plan *p, size_t index, region *r) {
  const ad_convolution *c = p->shape;
  const conv_span *spans[AD_CONVOLUTION_AXES];
  for (int i = c->n - 1; i >= 0; i--) {
    spans[i] = &p->spans[i].at[index % p->spans[i].count];
    index /= p->spans[i].count;
  }
  *r = (region){.segments = 1};
  r->count[0] = c->images;
  r->x_move[0] = p->x_axis[0], r->y_move[0] = p->y_axis[0];
  if (p->taps_last) add_tap_axis(r, p->channels, p->x_channel, p->w_channel);
  for (int i = 0; i < c->n; i++) {
    const conv_span *s = spans[i];
    ptrdiff_t w_tap = c->flip ? -p->w_tap[i] : p->w_tap[i];
    ptrdiff_t x_tap = move(s->taps, s->in_per_tap, p->x_axis[i + 1]), to_tap = move(s->taps, s->tap_step, w_tap);
    r->count[i + 1] = s->count;
    r->x_move[i + 1] = move(s->count, s->in_per_out, p->x_axis[i + 1]);
    r->y_move[i + 1] = move(s->count, s->out_step, p->y_axis[i + 1]);
    r->y += s->out * p->y_axis[i + 1];
    if (s->taps) r->x += s->in * p->x_axis[i + 1];
    if (s->taps) r->w += (c->flip ? c->axis[i].taps - 1 - s->tap : s->tap) * p->w_tap[i];
    if (p->taps_last && i == c->n - 1) set_line(r, s->taps, x_tap, to_tap);
    else add_tap_axis(r, s->taps, x_tap, to_tap);
  }
  if (!p->taps_last) set_line(r, p->channels, p->x_channel, p->w_channel);
  set_chains(r);
  set_rows(p, r);
}

/* ---- One unit of work: a block of a region's pixels, some panels of one group ---- */

typedef struct unit {
  const region *r;
  int64_t first_row, rows, first_outer, outer, group, first_panel, panels;
  ptrdiff_t x_at[CHAIN], w_at[CHAIN];
} unit;

/* Offsets of what a chain sums; how many. */
static size_t chain_offsets(unit *u, int64_t chain) {
  const region *r = u->r;
  int64_t segment = r->pieces > 1 ? chain / r->pieces : chain * r->per_chain;
  int64_t n = smaller(r->segments - segment, r->per_chain), piece = r->pieces > 1 ? chain % r->pieces * r->piece : 0;
  for (int64_t k = 0; k < n; k++) {
    int64_t rest = segment + k;
    u->x_at[k] = piece * r->x_step, u->w_at[k] = piece * r->w_step;
    for (int i = r->summed - 1; i >= 0; i--) {
      u->x_at[k] += rest % r->taps[i] * r->x_tap[i];
      u->w_at[k] += rest % r->taps[i] * r->w_tap[i];
      rest /= r->taps[i];
    }
  }
  return (size_t)n;
}

/* Offsets of an outer position. */
static void outer_offsets(const plan *p, const region *r, int64_t at, ptrdiff_t *x, ptrdiff_t *y) {
  for (int i = p->shape->n; i >= 0; i--) {
    if (i == r->rows_axis) continue;
    *x += at % r->count[i] * r->x_move[i];
    *y += at % r->count[i] * r->y_move[i];
    at /= r->count[i];
  }
}

/* All pixels of the block, for one panel. */
static void for_pixels(const plan *p, const unit *u, ad_gemm_taps *t, int64_t panel) {
  const region *r = u->r;
  ad_gemm_panel *g = &t->panel;
  ptrdiff_t item = (ptrdiff_t)p->lane->item;
  for (int64_t k = u->first_outer; k < u->first_outer + u->outer; k++) {
    ptrdiff_t x = r->x + u->first_row * g->a_row + u->group * p->channels * p->x_channel;
    ptrdiff_t y = r->y + u->first_row * g->c_row + u->group * p->filters + panel * p->width;
    outer_offsets(p, r, k, &x, &y);
    g->a = p->x + x * item;
    g->c = p->y + y * item;
    p->lane->taps(t);
  }
}

static void clear_pixels(const plan *p, const unit *u) {
  const region *r = u->r;
  ptrdiff_t item = (ptrdiff_t)p->lane->item, column = u->first_panel * p->width;
  size_t bytes = (size_t)(smaller(p->filters - column, u->panels * p->width) * item);
  for (int64_t k = u->first_outer; k < u->first_outer + u->outer; k++) {
    ptrdiff_t x = 0, y = r->y + u->group * p->filters + column;
    outer_offsets(p, r, k, &x, &y);
    for (int64_t i = u->first_row; i < u->first_row + u->rows; i++)
      memset(p->y + (y + i * r->y_move[r->rows_axis]) * item, 0, bytes);
  }
}

/* The kernel's panels outside, so that a part of the kernel serves the block's pixels; where taps are many, chains
 * outside, so that a part of the images serves the panels. */
static void run_unit(const plan *p, unit *u) {
  const region *r = u->r;
  if (r->chains == 0) {
    clear_pixels(p, u);
    return;
  }
  const ptrdiff_t item = (ptrdiff_t)p->lane->item, height = parts_of(u->rows, parts_of(u->rows, (int64_t)p->lane->rows));
  ad_gemm_taps t = {.a_at = u->x_at, .b_at = u->w_at, .lanewise = p->lanes_are_filters};
  ad_gemm_panel *g = &t.panel;
  *g = (ad_gemm_panel){.rows = (size_t)u->rows, .height = (size_t)height, .a_row = r->x_move[r->rows_axis], .a_step = r->x_step,
                       .b_step = r->w_step, .c_row = r->y_move[r->rows_axis]};
  g->a_panel = height * g->a_row;
  for (int64_t i = 0; i < u->panels * r->chains; i++) {
    int64_t chain = p->taps_last ? i / u->panels : i % r->chains;
    int64_t panel = u->first_panel + (p->taps_last ? i % u->panels : i / r->chains);
    t.taps = chain_offsets(u, chain);
    g->depth = (size_t)(r->pieces > 1 ? smaller(r->piece, r->line - chain % r->pieces * r->piece) : r->line);
    g->columns = (size_t)smaller(p->filters - panel * p->width, p->width);
    g->b = p->w + (r->w + u->group * p->w_group + panel * p->w_panel) * item;
    g->store = chain ? AD_GEMM_ADD : p->past_cache && r->chains == 1 ? AD_GEMM_STREAM : AD_GEMM_SET;
    for_pixels(p, u, &t, panel);
  }
}

/* The unit is done: somebody takes its pixels, one line of them after the other. */
static void give_unit(const plan *p, const unit *u) {
  const region *r = u->r;
  const size_t item = p->lane->item;
  int64_t column = u->first_panel * p->width;
  for (int64_t k = u->first_outer; k < u->first_outer + u->outer; k++) {
    ptrdiff_t x = 0, step = r->y_move[r->rows_axis], y = r->y + u->first_row * step + u->group * p->filters + column;
    outer_offsets(p, r, k, &x, &y);
    ad_piece piece = {.at = (size_t)y, .rows = (size_t)u->rows, .columns = (size_t)smaller(p->filters - column, u->panels * p->width),
                      .line = (size_t)step, .data = p->y + (size_t)y * item, .stride = (size_t)step * item};
    if (piece.columns == piece.line) piece.columns *= piece.rows, piece.rows = 1;
    p->pieces->fn(p->pieces->arg, &piece);
  }
}

static size_t region_of(const plan *p, size_t at) {
  size_t low = 0, high = p->regions;
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    if (p->first_unit[middle] <= at) low = middle;
    else high = middle;
  }
  return low;
}

static void run_units(void *arg, size_t begin, size_t end) {
  const plan *p = arg;
  region r;
  unit u = {.r = &r};
  for (size_t at = begin, index = p->regions; at < end; at++) {
    size_t now = index < p->regions && at < p->first_unit[index + 1] ? index : region_of(p, at);
    if (now != index) make_region(p, index = now, &r);
    int64_t k = (int64_t)(at - p->first_unit[index]);
    u.first_panel = k % p->panel_parts * p->panels_in_unit, k /= p->panel_parts;
    u.panels = smaller(p->panels - u.first_panel, p->panels_in_unit);
    u.first_row = k % r.row_blocks * r.rows_in_block, k /= r.row_blocks;
    u.rows = smaller(r.count[r.rows_axis] - u.first_row, r.rows_in_block);
    u.first_outer = k % r.outer_blocks * r.outer_in_block, u.group = k / r.outer_blocks;
    u.outer = smaller(r.outer - u.first_outer, r.outer_in_block);
    if (u.rows > 0) run_unit(p, &u);
    if (u.rows > 0 && p->pieces) give_unit(p, &u);
  }
}

/* ---- The kernel in panels ---- */

typedef struct packing {
  const plan *p;
  const char *from;
  char *to;
  const int64_t *strides;
} packing;

/* Panels [begin, end) of all groups: lines of channels in the order of taps, or lines of the last axis of taps. */
static void pack_panels(void *arg, size_t begin, size_t end) {
  const packing *k = arg;
  const plan *p = k->p;
  const ad_convolution *c = p->shape;
  const ptrdiff_t item = (ptrdiff_t)p->lane->item;
  int64_t line = p->taps_last ? c->axis[c->n - 1].taps : p->channels, lines = p->taps_last ? p->channels : 1;
  int axes = p->taps_last ? c->n - 1 : c->n;
  for (int i = 0; i < axes; i++) lines *= c->axis[i].taps;
  for (size_t at = begin; at < end; at++) {
    int64_t filter = (int64_t)at / p->panels * p->filters, first = (int64_t)at % p->panels * p->width;
    const char *from = k->from + (filter + first) * k->strides[0] * item;
    char *to = k->to + (ptrdiff_t)at * p->w_panel * item;
    for (int64_t n = 0; n < lines; n++, to += line * p->width * item) {
      int64_t rest = n;
      ptrdiff_t offset = 0;
      for (int i = axes - 1; i >= 0; rest /= c->axis[i--].taps) offset += rest % c->axis[i].taps * k->strides[i + 1];
      if (p->taps_last) offset += rest * k->strides[c->n + 1];
      p->lane->pack((size_t)smaller(p->filters - first, p->width), (size_t)p->width, (size_t)line, to, from + offset * item,
                    k->strides[0], k->strides[p->taps_last ? c->n : c->n + 1]);
    }
  }
}

/* A kernel as large as an image whose filters are neighbours is read as it lies. */
static bool lies_in_panels(const plan *p, const int64_t *strides) {
  return p->taps_last && strides[0] == 1 && p->filters % p->width == 0;
}

static ad_status place_kernel(ad_exec *x, plan *p, const conv_tiles *c, ad_buffer **packed) {
  const int64_t *s = c->w_strides;
  int n = p->shape->n;
  p->w = c->w;
  if (lies_in_panels(p, s)) {
    for (int i = 0; i < n; i++) p->w_tap[i] = s[i + 1];
    p->w_channel = s[n + 1], p->w_panel = p->width, p->w_group = p->filters;
    return AD_OK;
  }
  ptrdiff_t step = p->width, inner = p->taps_last ? 1 : p->channels;
  for (int i = n - 1; i >= 0; i--) p->w_tap[i] = step * inner, inner *= p->shape->axis[i].taps;
  p->w_channel = p->taps_last ? step * inner : step;
  size_t elements = (size_t)(step * (p->taps_last ? inner * p->channels : inner)), bytes, count = (size_t)(p->panels * p->groups);
  p->w_panel = (ptrdiff_t)elements + AD_GEMM_SLACK;
  p->w_group = p->w_panel * p->panels;
  if (ad__mul_size((size_t)p->w_panel * p->lane->item, count, &bytes)) *packed = ad__buffer_take(x->cache, bytes);
  if (!*packed) return ad__fail(&x->err, AD_E_MEMORY, "room for the kernel; out of memory");
  packing k = {p, c->w, (*packed)->data, s};
  ad__parallel(x, count, 1, (double)elements * 0.5, pack_panels, &k);
  p->w = (*packed)->data;
  return AD_OK;
}

/* ---- Lanes that are filters ---- */

typedef struct spreading {
  const plan *p;
  const char *from;
  char *to;
  const int64_t *strides;
} spreading;

#define SPREAD(name, T)                                                                                            \
  static void name(void *arg, size_t begin, size_t end) {                                                          \
    const spreading *k = arg;                                                                                      \
    const ad_convolution *c = k->p->shape;                                                                         \
    const ptrdiff_t channel = k->strides[c->n + 1];                                                                \
    T *to = (T *)(void *)k->to + (ptrdiff_t)begin * c->groups * c->filters * c->channels;                          \
    for (size_t pixel = begin; pixel < end; pixel++) {                                                             \
      int64_t rest = (int64_t)pixel;                                                                               \
      const T *from = (const T *)(const void *)k->from;                                                            \
      for (int i = c->n - 1; i >= 0; rest /= c->axis[i--].in) from += rest % c->axis[i].in * k->strides[i + 1];    \
      from += rest * k->strides[0];                                                                                \
      for (int64_t i = 0; i < c->channels; i++)                                                                    \
        for (int64_t g = 0; g < c->groups; g++)                                                                    \
          for (int64_t f = 0; f < c->filters; f++) *to++ = from[(g * c->channels + i) * channel];                  \
    }                                                                                                              \
  }
SPREAD(spread_f32, float)
SPREAD(spread_f64, double)
#undef SPREAD

/* The images as (image, space, channel of a group, filter), where they do not lie so. */
static ad_status spread_images(ad_exec *x, plan *p, const conv_tiles *t, ad_buffer **copy) {
  const ad_convolution *c = p->shape;
  int64_t pixels = c->images * ad_convolution_product(c, 0), step = p->filters * p->channels;
  if (p->filters == c->groups && p->channels == 1 && p->x_channel == 1) return AD_OK;
  size_t bytes;
  if (ad__mul_size((size_t)pixels, (size_t)step * p->lane->item, &bytes)) *copy = ad__buffer_take(x->cache, bytes);
  if (!*copy) return ad__fail(&x->err, AD_E_MEMORY, "room for images; out of memory");
  spreading k = {p, t->x, (*copy)->data, t->x_strides};
  ad__parallel(x, (size_t)pixels, 1, (double)step, t->dtype == AD_FLOAT64 ? spread_f64 : spread_f32, &k);
  p->x = (*copy)->data;
  p->x_channel = p->filters;
  for (int i = c->n; i >= 0; i--) {
    p->x_axis[i] = step;
    step *= i ? c->axis[i - 1].in : 1;
  }
  return AD_OK;
}

/* ---- All of it ---- */

static void describe(ad_exec *x, plan *p, const conv_tiles *t) {
  const ad_convolution *c = t->shape;
  const ad_convolution_axis *last = &c->axis[c->n - 1];
  p->shape = c;
  p->lane = x->kernels->gemm->lane[t->dtype == AD_FLOAT64 ? AD_GEMM_F64 : AD_GEMM_F32];
  p->x = t->x, p->y = t->y;
  p->lanes_are_filters = c->groups > 1 && c->filters <= FEW_FILTERS;
  p->groups = p->lanes_are_filters ? 1 : c->groups;
  p->filters = p->lanes_are_filters ? c->groups * c->filters : c->filters;
  p->channels = c->channels;
  p->taps_last = c->channels == 1 || (last->taps > last->out && ad_convolution_product(c, 1) > c->channels);
  p->width = (int64_t)p->lane->columns;
  if (p->lanes_are_filters) p->width *= parts_of(p->filters, p->width);
  p->panels = parts_of(p->filters, p->width);
  int64_t pixels = c->images * ad_convolution_product(c, 2), block = pixels / UNITS;
  p->block = block < LEAST_PIXELS ? LEAST_PIXELS : smaller(block, BLOCK_PIXELS);
  p->panels_in_unit = block < BLOCK_PIXELS ? 1 : PANELS;
  p->panel_parts = parts_of(p->panels, p->panels_in_unit);
  ptrdiff_t step = c->groups * c->filters;
  for (int i = c->n; i >= 0; i--) {
    p->x_axis[i] = t->x_strides[i];
    p->y_axis[i] = step;
    step *= i ? c->axis[i - 1].out : 1;
  }
  p->x_channel = t->x_strides[c->n + 1];
  size_t row = (size_t)(c->groups * c->filters) * p->lane->item;
  p->pieces = t->pieces;
  p->past_cache = !p->pieces && (size_t)(c->images * step) * p->lane->item >= PAST_CACHE_BYTES && row % 64 == 0 && (uintptr_t)t->y % 64 == 0;
}

static ad_status cut_regions(ad_exec *x, plan *p) {
  const ad_convolution *c = p->shape;
  ad_status no_memory = AD_OK;
  size_t bytes = 0;
  p->regions = 1;
  for (int i = 0; i < c->n; i++)
    if (!ad__convolution_spans(x->cache->mem, &c->axis[i], &p->spans[i]) ||
        !ad__mul_size(p->regions, p->spans[i].count, &p->regions))
      no_memory = AD_E_MEMORY;
  if (!no_memory && ad__mul_size(p->regions + 1, sizeof(size_t), &bytes)) p->first_unit = ad__mem_take(x->cache->mem, bytes);
  if (!p->first_unit) return ad__fail(&x->err, AD_E_MEMORY, "%zu regions to compute; out of memory", p->regions);
  p->first_unit[0] = 0;
  for (size_t i = 0; i < p->regions; i++) {
    region r;
    make_region(p, i, &r);
    p->first_unit[i + 1] = p->first_unit[i] + (size_t)(r.row_blocks * r.outer_blocks * p->groups * p->panel_parts);
  }
  return AD_OK;
}

ad_status ad__convolution_tiles(ad_exec *x, const conv_tiles *t) {
  const ad_convolution *c = t->shape;
  plan p = {.first_unit = NULL};
  ad_buffer *packed = NULL, *copy = NULL;
  describe(x, &p, t);
  ad_status s = place_kernel(x, &p, t, &packed);
  if (!s && p.lanes_are_filters) s = spread_images(x, &p, t, &copy);
  if (!s) s = cut_regions(x, &p);
  if (!s) {
    size_t units = p.first_unit[p.regions];
    double steps = (double)ad_convolution_product(c, 1) * (double)c->channels * (double)c->filters * (double)c->groups *
                   (double)(c->images * ad_convolution_product(c, 2));
    ad__parallel(x, units, 1, steps / (double)units * 0.01, run_units, &p);
  }
  if (p.first_unit) ad__mem_give(x->cache->mem, p.first_unit, (p.regions + 1) * sizeof(size_t));
  for (int i = 0; i < c->n; i++) ad__convolution_spans_free(x->cache->mem, &p.spans[i]);
  if (copy) ad__buffer_drop(x->cache, copy);
  if (packed) ad__buffer_drop(x->cache, packed);
  return s;
}
