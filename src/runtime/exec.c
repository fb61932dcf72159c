/* The executor's common parts: values, views, sharing work between threads. See exec.h. */
#include "runtime/exec.h"

#include <string.h>

/* Below this much work, in nanoseconds, a second thread costs more than it gives (a fork-join takes up to 0.5 µs). */
static const double share_threshold = 6000;

static ad_status no_memory(ad_exec *x, size_t bytes) {
  return ad__fail(&x->err, AD_E_MEMORY, "%zu bytes; out of memory; a smaller array or a larger limit would be right",
                  bytes);
}

ad_status ad__value_new(ad_exec *x, const ad_type *type, ad_value *out) {
  if (x->place && x->place_type == type) {
    *out = (ad_value){x->place, x->place->data, NULL};
    x->place = NULL;
    return AD_OK;
  }
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

ad_status ad__outs_values(ad_exec *x, ad_array *node) {
  ad_status s = ad__outs_new(x, node);
  for (int k = 0; k < node->type->rank && !s; k++) s = ad__value_new(x, node->type->members[k], &node->u.outs[k]);
  return s;
}

void ad__outs_free(ad_exec *x, ad_array *node) {
  if (!node->u.outs) return;
  for (int k = 0; k < node->type->rank; k++) ad__value_free(x->cache, node->type->members[k], &node->u.outs[k]);
  ad__block_give(&x->cache->blocks, node->u.outs, (size_t)node->type->rank * sizeof(ad_value));
  node->u.outs = NULL;
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
