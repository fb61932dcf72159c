/* The executor's common parts: values, views, copies, sharing work between threads. See exec.h. */
#include "runtime/exec.h"

#include <string.h>

/* Below this much work, in nanoseconds, a second thread costs more than it gives (a fork-join takes up to 0.5 µs). */
static const double share_threshold = 6000;

static ad_status no_memory(ad_exec *x, size_t bytes) {
  return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory; a smaller array or a larger limit would be right",
                  bytes);
}

ad_status ad__value_new(ad_exec *x, const ad_type *type, ad_value *out) {
  out->buf = ad__buffer_take(x->cache, type->bytes);
  if (!out->buf) return no_memory(x, type->bytes);
  out->data = out->buf->data;
  out->strides = NULL;
  return AD_OK;
}

ad_status ad__value_reuse(ad_exec *x, ad_array *node, uint32_t dying, ad_value *out) {
  for (int i = 0; dying && i < node->n && i < 32; i++) {
    if (!(dying >> i & 1)) continue;
    ad_array *in = node->in[i];
    ad_buffer *b = in->value.buf;
    if (!b || b->size_class == AD_BUFFER_FOREIGN || atomic_load_explicit(&b->refs, memory_order_acquire) != 1) continue;
    if (in->type->bytes != node->type->bytes || in->type->size != node->type->size) continue;
    if (!ad__value_contiguous(&in->value) || in->value.data != b->data) continue;
    ad__buffer_keep(b);
    *out = (ad_value){b, b->data, NULL};
    return AD_OK;
  }
  return ad__value_new(x, node->type, out);
}

ad_status ad__outs_new(ad_exec *x, ad_array *node) {
  size_t bytes = (size_t)node->type->rank * sizeof(ad_value);
  node->u.outs = ad__block_take(&x->cache->blocks, bytes);
  if (!node->u.outs) return no_memory(x, bytes);
  memset(node->u.outs, 0, bytes);
  return AD_OK;
}

ad_status ad__value_view(ad_exec *x, const ad_type *type, const ad_value *of, int64_t offset, const int64_t *strides,
                         ad_value *out) {
  int64_t *own = NULL;
  if (strides && !ad__strides_row_major(type, strides)) {
    own = ad__block_take(&x->cache->blocks, (size_t)type->rank * sizeof *own);
    if (!own) return no_memory(x, (size_t)type->rank * sizeof *own);
    memcpy(own, strides, (size_t)type->rank * sizeof *own);
  }
  ad__buffer_keep(of->buf);
  *out = (ad_value){of->buf, type->size ? of->data + offset : of->data, own};
  return AD_OK;
}

const int64_t *ad__value_strides(const ad_type *t, const ad_value *v, int64_t *room) {
  if (v->strides) return v->strides;
  ad__type_strides(t, room);
  return room;
}

/* ---- Strided copies ---- */

typedef struct copy_axis {
  int64_t n, dst, src;
} copy_axis;

/* Axes that matter, merged where both sides allow, the innermost last; the smallest destination stride innermost. */
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

#define COPY_ROW(type)                                                                     \
  for (int64_t i = 0; i < a->n; i++) {                                                     \
    type v;                                                                                \
    memcpy(&v, src + i * a->src, sizeof v);                                                \
    memcpy(dst + i * a->dst, &v, sizeof v);                                                \
  }

static void copy_row(char *dst, const char *src, const copy_axis *a, size_t item) {
  typedef struct pair {
    uint64_t lo, hi;
  } pair;
  if (a->dst == (int64_t)item && a->src == (int64_t)item) {
    memcpy(dst, src, (size_t)a->n * item);
    return;
  }
  switch (item) {
  case 1: COPY_ROW(uint8_t) break;
  case 2: COPY_ROW(uint16_t) break;
  case 4: COPY_ROW(uint32_t) break;
  case 8: COPY_ROW(uint64_t) break;
  default: COPY_ROW(pair) break;
  }
}

/* Two axes of which the source runs along the outer one: in tiles, so that both sides stay in cache. */
static void copy_tiles(char *dst, const char *src, const copy_axis *outer, const copy_axis *inner, size_t item) {
  enum { TILE = 16 };
  for (int64_t i = 0; i < outer->n; i += TILE)
    for (int64_t j = 0; j < inner->n; j += TILE) {
      int64_t rows = outer->n - i < TILE ? outer->n - i : TILE;
      copy_axis cut = {inner->n - j < TILE ? inner->n - j : TILE, inner->dst, inner->src};
      for (int64_t k = 0; k < rows; k++)
        copy_row(dst + (i + k) * outer->dst + j * inner->dst, src + (i + k) * outer->src + j * inner->src, &cut, item);
    }
}

typedef struct copy_job {
  char *dst;
  const char *src;
  copy_axis axes[AD_MAX_RANK];
  int n, inner; /* axes; how many of the last ones one step handles */
  size_t item;
} copy_job;

static void copy_step(const copy_job *j, char *dst, const char *src) {
  const copy_axis *last = &j->axes[j->n - 1];
  if (j->inner == 2) copy_tiles(dst, src, last - 1, last, j->item);
  else copy_row(dst, src, last, j->item);
}

/* Steps [begin, end) of the outer axes, counted in row-major order. */
static void copy_range(void *arg, size_t begin, size_t end) {
  const copy_job *j = arg;
  int outer = j->n - j->inner;
  for (size_t k = begin; k < end; k++) {
    int64_t rest = (int64_t)k, d = 0, s = 0;
    for (int i = outer - 1; i >= 0; i--) {
      int64_t at = rest % j->axes[i].n;
      rest /= j->axes[i].n;
      d += at * j->axes[i].dst;
      s += at * j->axes[i].src;
    }
    copy_step(j, j->dst + d, j->src + s);
  }
}

void ad__copy_strided(ad_exec *x, const ad_type *t, char *dst, const int64_t *dst_strides, const char *src,
                      const int64_t *src_strides) {
  if (t->size == 0) return;
  copy_job j = {.dst = dst, .src = src, .item = t->item_size};
  j.n = plan_copy(t, dst_strides, src_strides, j.axes);
  const copy_axis *last = &j.axes[j.n - 1];
  int64_t far = last->src < 0 ? -last->src : last->src;
  int64_t near = j.n > 1 ? (last[-1].src < 0 ? -last[-1].src : last[-1].src) : far;
  j.inner = j.n > 1 && near < far ? 2 : 1;
  size_t steps = 1;
  int64_t per_step = last->n * (j.inner == 2 ? last[-1].n : 1);
  for (int i = 0; i < j.n - j.inner; i++) steps *= (size_t)j.axes[i].n;
  ad__parallel(x, steps, 1, (double)per_step * 0.5, copy_range, &j);
}

const char *ad__value_contiguous_data(ad_exec *x, const ad_array *a, ad_value *temp) {
  *temp = (ad_value){NULL, NULL, NULL};
  if (ad__value_contiguous(&a->value)) return a->value.data;
  if (ad__value_new(x, a->type, temp)) return NULL;
  int64_t strides[AD_MAX_RANK];
  ad__type_strides(a->type, strides);
  ad__copy_strided(x, a->type, temp->data, strides, a->value.data, a->value.strides);
  return temp->data;
}

/* ---- Sharing work ---- */

typedef struct share {
  ad_range_fn fn;
  void *arg;
  size_t count, part;
} share;

static void share_part(void *arg, size_t task) {
  const share *s = arg;
  size_t begin = task * s->part, end = begin + s->part;
  s->fn(s->arg, begin, end < s->count ? end : s->count);
}

void ad__parallel(ad_exec *x, size_t count, size_t grain, double cost, ad_range_fn fn, void *arg) {
  int threads = ad__pool_threads(x->pool);
  if (count == 0) return;
  if (threads == 1 || count <= grain || (double)count * cost < share_threshold) {
    fn(arg, 0, count);
    return;
  }
  /* A few parts a thread, so that one delayed thread does not hold up the rest; never so small that starting them
   * shows. Parts never change a result: each writes its own elements. */
  size_t parts = (size_t)threads * 4;
  double worth = (double)count * cost / (share_threshold / 4);
  if ((double)parts > worth) parts = worth < (double)threads ? (size_t)threads : (size_t)worth;
  size_t part = (count + parts - 1) / parts;
  part = (part + grain - 1) / grain * grain;
  share s = {fn, arg, count, part};
  ad__pool_run(x->pool, share_part, &s, (count + part - 1) / part);
}

/* ---- One node ---- */

ad_status ad__exec_node(ad_exec *x, ad_array *node, uint32_t dying) {
  ad_node_kernel k = ad__kernel_of(node);
  if (!k) return ad__fail(&x->err, AD_E_NOT_IMPLEMENTED, "no kernel for these types");
  return k(x, node, dying);
}
