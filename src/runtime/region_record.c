/* Records of states. See region_record.h. */
#include "runtime/region_record.h"

#include <string.h>

/* Chunks are about this large, and hold at least one step. */
enum { CHUNK = 1 << 20, FIRST_CHUNKS = 16, ITEM_ALIGN = 8 };

void ad__record_begin(ad_record *r, ad_record_item *items, int count, const ad_frame *f) {
  *r = (ad_record){.items = items, .count = count};
  for (int i = 0; i < count; i++) {
    items[i].offset = r->step_bytes;
    items[i].bytes = ad__frame_param(f, items[i].param)->type->bytes;
    r->step_bytes += (items[i].bytes + ITEM_ALIGN - 1) & ~(size_t)(ITEM_ALIGN - 1);
  }
  while (r->step_bytes && r->step_bytes << (r->shift + 1) <= CHUNK) r->shift++;
}

void ad__record_end(ad_record *r, ad_exec *x) {
  for (size_t i = 0; i < r->chunk_count; i++) ad__buffer_drop(x->cache, r->chunks[i]);
  ad__mem_give(&x->ctx->mem, r->chunks, r->chunk_capacity * sizeof *r->chunks);
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

static char *place_of(const ad_record *r, uint64_t t) {
  uint64_t mask = ((uint64_t)1 << r->shift) - 1;
  return (char *)r->chunks[t >> r->shift]->data + (t & mask) * r->step_bytes;
}

ad_status ad__record_save(ad_record *r, ad_frame *f, uint64_t t) {
  if (!r->step_bytes) return AD_OK;
  if (t >> r->shift >= r->chunk_count && !add_chunk(r, f->x))
    return ad__fail(&f->x->err, AD_E_MEMORY, "the states of %llu steps; out of memory; fewer steps, or a checkpoint in the body, are right",
                    (unsigned long long)t);
  char *to = place_of(r, t);
  for (int i = 0; i < r->count; i++) {
    const ad_array *p = ad__frame_param(f, r->items[i].param);
    ad__frame_store(f->x, p->type, &p->value, to + r->items[i].offset);
  }
  return AD_OK;
}

ad_status ad__record_load(const ad_record *r, ad_frame *f, uint64_t t, const bool *reads) {
  if (!r->step_bytes) return AD_OK;
  char *from = place_of(r, t);
  ad_status s = AD_OK;
  for (int i = 0; i < r->count && !s; i++) {
    ad_value v = {r->chunks[t >> r->shift], from + r->items[i].offset, NULL};
    if (!reads || reads[r->items[i].param]) s = ad__frame_set(f, r->items[i].param, &v);
  }
  return s;
}
