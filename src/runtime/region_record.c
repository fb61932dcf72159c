/* Records of states. See region_record.h. */
#include "runtime/region_record.h"

#include <string.h>

/* Chunks are at most this large, but hold at least one step. */
enum { CHUNK = 1 << 16, FIRST_CHUNKS = 16, ITEM_ALIGN = 8 };

void ad__record_begin(ad_record *r, ad_record_item *items, int count, const ad_frame *f, uint64_t most) {
  *r = (ad_record){.items = items, .count = count};
  for (int i = 0; i < count; i++) {
    items[i].offset = r->step_bytes;
    items[i].bytes = ad__frame_param(f, items[i].param)->type->bytes;
    r->step_bytes += (items[i].bytes + ITEM_ALIGN - 1) & ~(size_t)(ITEM_ALIGN - 1);
  }
  if (most > CHUNK) most = CHUNK;
  while (r->step_bytes && r->step_bytes << (r->shift + 1) <= most) r->shift++;
}

void ad__record_end(ad_record *r, ad_buffers *cache) {
  for (size_t i = 0; i < r->chunk_count; i++) ad__buffer_drop(cache, r->chunks[i]);
  ad__mem_give(cache->mem, r->chunks, r->chunk_capacity * sizeof *r->chunks);
  r->chunks = NULL;
  r->chunk_count = r->chunk_capacity = 0;
}

static bool add_chunk(ad_record *r, ad_exec *x) {
  if (r->chunk_count == r->chunk_capacity) {
    size_t n = r->chunk_capacity ? 2 * r->chunk_capacity : FIRST_CHUNKS;
    ad_buffer **p = ad__mem_resize(&x->ctx->mem, r->chunks, r->chunk_capacity * sizeof *p, n * sizeof *p);
    if (!p) return false;
    r->chunks = p;
    r->chunk_capacity = n;
  }
  ad_buffer *b = ad__buffer_take(x->cache, r->step_bytes << r->shift);
  if (b) r->chunks[r->chunk_count++] = b;
  return b != NULL;
}

ad_status ad__record_again(ad_record *r, ad_exec *x) {
  for (size_t i = 0; i < r->chunk_count; i++) {
    if (atomic_load_explicit(&r->chunks[i]->refs, memory_order_acquire) == 1) continue;
    ad_buffer *b = ad__buffer_take(x->cache, r->step_bytes << r->shift);
    if (!b) return ad__fail(&x->err, AD_E_MEMORY, "out of memory");
    ad__buffer_drop(x->cache, r->chunks[i]);
    r->chunks[i] = b;
  }
  return AD_OK;
}

char *ad__record_at(const ad_record *r, uint64_t t) {
  uint64_t mask = ((uint64_t)1 << r->shift) - 1;
  return (char *)r->chunks[t >> r->shift]->data + (t & mask) * r->step_bytes;
}

uint64_t ad__record_run(const ad_record *r, uint64_t t, bool back) {
  uint64_t size = (uint64_t)1 << r->shift, at = t & (size - 1);
  return back ? at + 1 : size - at;
}

ad_status ad__record_room(ad_record *r, ad_exec *x, uint64_t t) {
  if (t >> r->shift < r->chunk_count || add_chunk(r, x)) return AD_OK;
  return ad__fail(&x->err, AD_E_MEMORY, "the states of %llu steps; out of memory; fewer steps, or a checkpoint in the body, are right",
                  (unsigned long long)t);
}

ad_status ad__record_save(ad_record *r, ad_frame *f, uint64_t t) {
  if (!r->step_bytes) return AD_OK;
  ad_status s = ad__record_room(r, f->x, t);
  if (s) return s;
  char *to = ad__record_at(r, t);
  for (int i = 0; i < r->count; i++) {
    const ad_array *p = ad__frame_param(f, r->items[i].param);
    ad__frame_store(f->x, p->type, &p->value, to + r->items[i].offset);
  }
  return AD_OK;
}

ad_status ad__record_load(const ad_record *r, ad_frame *f, uint64_t t, const bool *reads) {
  if (!r->step_bytes) return AD_OK;
  char *from = ad__record_at(r, t);
  ad_status s = AD_OK;
  for (int i = 0; i < r->count && !s; i++) {
    ad_value v = {r->chunks[t >> r->shift], from + r->items[i].offset, NULL};
    if (!reads || reads[r->items[i].param]) s = ad__frame_set(f, r->items[i].param, &v);
  }
  return s;
}

/* ---- Kept records ---- */

void ad__kept_empty(ad_buffers *cache, ad_kept_record *k) {
  for (int i = k->first; i < k->sweeps && k->records; i++) ad__record_end(&k->records[i - k->first], cache);
  for (int i = 0; i < k->states && k->ends; i++)
    if (k->ends[i].buf) ad__buffer_drop(cache, k->ends[i].buf);
  if (k->before) ad__buffer_drop(cache, k->before);
  k->before = NULL;
  k->records = NULL;
  k->ends = NULL;
}

static void finish(ad_buffers *cache, void *data) {
  ad_kept_record *k = data;
  ad__kept_empty(cache, k);
  ad__mem_give(cache->mem, k, k->bytes);
}

ad_kept_record *ad__kept_of(const ad_value *v) {
  if (!v->buf || v->buf->finish != finish) return NULL;
  ad_kept_record *k = v->buf->data;
  for (const ad_kept_record *part = k; part; part = part->before ? part->before->data : NULL)
    if (!part->records) return NULL;
  return k;
}

ad_status ad__kept_new(ad_exec *x, int sweeps, int states, int items, const ad_value *before, ad_value *out) {
  const ad_kept_record *b = before ? ad__kept_of(before) : NULL;
  int first = b ? b->sweeps : 0;
  size_t own = (size_t)(sweeps - first), bytes = sizeof(ad_kept_record) + (own + 1) * sizeof(ad_record) +
               (size_t)states * sizeof(ad_value) + (size_t)items * sizeof(ad_record_item);
  ad_kept_record *k = ad__mem_zeroed(&x->ctx->mem, bytes);
  ad_buffer *buf = k ? ad__buffer_over(x->cache, k, finish) : NULL;
  if (!buf) {
    ad__mem_give(&x->ctx->mem, k, k ? bytes : 0);
    return ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  }
  *k = (ad_kept_record){.sweeps = sweeps, .first = first, .records = (ad_record *)(void *)(k + 1), .states = states, .bytes = bytes};
  k->ends = (ad_value *)(void *)(k->records + own + 1);
  if (b) ad__buffer_keep(k->before = before->buf);
  *out = (ad_value){buf, (char *)k, NULL};
  return AD_OK;
}

ad_record_item *ad__kept_items(ad_kept_record *k) { return (ad_record_item *)(void *)(k->ends + k->states); }

const ad_record *ad__kept_sweep(const ad_kept_record *k, int sweep) {
  while (sweep < k->first) k = k->before->data;
  return &k->records[sweep - k->first];
}
