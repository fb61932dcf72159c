/* Plans of taps, the source rows of a row, and rows shared between threads. See tap_rows.h. */
#include "runtime/tap_rows.h"

#include <string.h>

/* ---- Plans ---- */

void ad__tap_plan_plain(ad_tap_plan *p, int64_t n) {
  ad_tap_axis *last = p->n ? &p->axes[p->n - 1] : NULL;
  if (last && !last->runs) last->to *= n, last->from *= n;
  else p->axes[p->n++] = (ad_tap_axis){.to = n, .from = n};
}

static ad_buffer *keep_room(ad_exec *x, ad_tap_plan *p, size_t bytes) {
  ad_buffer *b = ad__buffer_take(x->cache, bytes);
  if (b) p->kept[p->kept_count++] = b;
  else ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory", bytes);
  return b;
}

ad_tap_run *ad__tap_plan_axis(ad_exec *x, ad_tap_plan *p, int64_t to, int64_t from, int64_t step, uint32_t scale, int64_t weights,
                              size_t item, void **out_weights) {
  ad_tap_axis *a = &p->axes[p->n++];
  *a = (ad_tap_axis){.to = to, .from = from, .step = step, .scale = scale};
  ad_buffer *runs = keep_room(x, p, (size_t)to * sizeof(ad_tap_run) + 1);
  if (!runs) return NULL;
  a->runs = runs->data;
  if (out_weights) {
    ad_buffer *room = keep_room(x, p, (size_t)weights * item + 1);
    if (!room) return NULL;
    a->weights = *out_weights = room->data;
  }
  return runs->data;
}

/* The longest stretch, from the first run of most elements on, in which runs are alike and equally far apart. */
static void find_even(ad_tap_line *l) {
  int64_t most = 0, begin = 0, end;
  for (int64_t d = 0; d < l->to; d++)
    if (l->runs[d].count > most) most = l->runs[d].count, begin = d;
  if (most == 0 || begin + 1 >= l->to) return;
  int64_t apart = l->runs[begin + 1].first - l->runs[begin].first;
  for (end = begin + 1; end < l->to && l->runs[end].count == most; end++)
    if (l->runs[end].first - l->runs[end - 1].first != apart) break;
  l->even_begin = begin, l->even_end = end, l->even_stride = apart;
}

static double taps_of(const ad_tap_axis *a) {
  double taps = 0;
  for (int64_t d = 0; d < a->to; d++) taps += (double)a->runs[d].count;
  return a->to ? taps / (double)a->to : 0;
}

void ad__tap_plan_end(ad_tap_plan *p, int64_t width) {
  int64_t inner = width;
  while (p->n && !p->axes[p->n - 1].runs) inner *= p->axes[--p->n].to;
  const ad_tap_axis *last = &p->axes[--p->n];
  p->line = (ad_tap_line){.to = last->to, .from = last->from, .step = last->step, .inner = inner, .runs = last->runs, .weights = last->weights};
  p->line_scale = last->scale;
  find_even(&p->line);
  int64_t rows = 1;
  for (int i = p->n - 1; i >= 0; i--) {
    p->axes[i].rows = rows;
    rows *= p->axes[i].from;
    p->rows *= p->axes[i].to;
    if (p->axes[i].runs) p->taps *= taps_of(&p->axes[i]);
    if (p->axes[i].runs && p->moving < 0) p->moving = i;
  }
}

void ad__tap_plan_free(ad_exec *x, ad_tap_plan *p) {
  while (p->kept_count) ad__buffer_drop(x->cache, p->kept[--p->kept_count]);
}

/* ---- Source rows ---- */

static double weight_at(const ad_tap_plan *p, const void *weights, int64_t i) {
  return p->wide ? ((const double *)weights)[i] : (double)((const float *)weights)[i];
}

static void describe(ad_tap_rows *r) {
  const ad_tap_plan *p = r->plan;
  r->row = 0, r->factor = 1, r->number = 0;
  for (int i = 0; i < p->n; i++) {
    const ad_tap_axis *a = &p->axes[i];
    int64_t place = r->run[i]->first + r->at[i] * a->step;
    r->row += place * a->rows;
    r->number += (uint32_t)place * a->scale;
    if (a->weights && i != p->moving) r->factor *= weight_at(p, a->weights, r->run[i]->weight + r->at[i]);
  }
}

bool ad__tap_rows_begin(const ad_tap_plan *p, int64_t row, ad_tap_rows *r) {
  r->plan = p;
  r->count = 1, r->step = 0, r->weights = NULL, r->number_step = 0;
  for (int i = p->n - 1; i >= 0; i--) {
    const ad_tap_axis *a = &p->axes[i];
    int64_t d = row % a->to;
    row /= a->to;
    r->at[i] = 0;
    r->own[i] = (ad_tap_run){.first = d, .count = 1};
    r->run[i] = a->runs ? &a->runs[d] : &r->own[i];
    if (r->run[i]->count == 0) return false;
  }
  if (p->moving >= 0) {
    const ad_tap_axis *a = &p->axes[p->moving];
    const ad_tap_run *run = r->run[p->moving];
    r->count = run->count;
    r->step = a->step * a->rows;
    r->number_step = (uint32_t)a->step * a->scale;
    if (a->weights) r->weights = (const char *)a->weights + (size_t)run->weight * (p->wide ? sizeof(double) : sizeof(float));
  }
  describe(r);
  return true;
}

bool ad__tap_rows_next(ad_tap_rows *r) {
  for (int i = r->plan->moving - 1; i >= 0; i--) {
    if (++r->at[i] < r->run[i]->count) {
      describe(r);
      return true;
    }
    r->at[i] = 0;
  }
  return false;
}

/* ---- Sharing ---- */

typedef struct tap_share {
  int64_t rows, parts;
  ad_tap_row_fn fn;
  const void *arg;
  char *room;
  size_t room_bytes;
} tap_share;

static void share_rows(void *arg, size_t begin, size_t end) {
  const tap_share *s = arg;
  for (int64_t part = (int64_t)begin; part < (int64_t)end; part++) {
    int64_t first = s->rows / s->parts * part + s->rows % s->parts * part / s->parts;
    int64_t last = s->rows / s->parts * (part + 1) + s->rows % s->parts * (part + 1) / s->parts;
    for (int64_t row = first; row < last; row++) s->fn(s->arg, row, s->room + (size_t)part * s->room_bytes);
  }
}

ad_status ad__tap_run_rows(ad_exec *x, const ad_tap_plan *p, double cost, size_t room_bytes, ad_tap_row_fn fn, const void *arg) {
  int64_t parts = (int64_t)ad__pool_threads(x->pool) * 4;
  if (parts > p->rows || (double)p->rows * cost < 20000) parts = p->rows && (double)p->rows * cost >= 20000 ? p->rows : 1;
  room_bytes = (room_bytes + 63) / 64 * 64;
  ad_buffer *room = ad__buffer_take(x->cache, (size_t)parts * room_bytes + 64);
  if (!room) return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes to work in; out of memory", (size_t)parts * room_bytes);
  tap_share s = {p->rows, parts, fn, arg, room->data, room_bytes};
  ad__parallel(x, (size_t)parts, 1, cost * (double)p->rows / (double)parts, share_rows, &s);
  ad__buffer_drop(x->cache, room);
  return AD_OK;
}

/* ---- Operands ---- */

typedef struct tap_cast {
  ad_cast_fn fn;
  char *out;
  const char *in;
  size_t out_item, in_item;
} tap_cast;

static void cast_part(void *arg, size_t begin, size_t end) {
  const tap_cast *c = arg;
  c->fn(end - begin, c->out + begin * c->out_item, c->in + begin * c->in_item);
}

void ad__tap_cast(ad_exec *x, size_t n, ad_dtype to, char *out, ad_dtype from, const char *in) {
  tap_cast c = {x->kernels->cast[from][to], out, in, ad_dtype_size(to), ad_dtype_size(from)};
  ad__parallel(x, n, 1024, 0.2, cast_part, &c);
}

bool ad__tap_operand(ad_exec *x, const ad_array *a, ad_dtype lane, ad_tap_operand *o) {
  o->cast = NULL;
  o->data = ad__value_contiguous_data(x, a, &o->dense);
  if (!o->data || a->type->dtype == lane) return o->data != NULL;
  size_t n = (size_t)a->type->size;
  o->cast = ad__buffer_take(x->cache, n * ad_dtype_size(lane));
  if (!o->cast) return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory", n * ad_dtype_size(lane)), false;
  ad__tap_cast(x, n, lane, o->cast->data, a->type->dtype, o->data);
  o->data = o->cast->data;
  return true;
}

void ad__tap_operand_free(ad_exec *x, const ad_array *a, ad_tap_operand *o) {
  if (o->cast) ad__buffer_drop(x->cache, o->cast);
  ad__value_free(x->cache, a->type, &o->dense);
}
