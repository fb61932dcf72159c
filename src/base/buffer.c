/* The caching allocator's slower half: classes of large sizes, new blocks, full caches, foreign memory.
 *
 * A block is the header followed by the data. Small: header 64 bytes, data behind it, from the memory door's
 * blocks. Large: whole pages with room for 16 offsets, of which the first holds the header and the data starts
 * at one of the other 15; successive buffers take successive offsets, because large buffers at equal offsets
 * share cache sets and memory channels (a copy loses a third of its speed).
 * Invariant: the size of a block follows from buf->bytes alone, so any cache of the same ad_mem can give it back.
 * Not here: locks (a cache belongs to one thread) and trimming by age; a full cache gives back its largest
 * buffers for the one just dropped, so that a change of the working set cannot leave it full of useless sizes. */
#include "base/buffer.h"

#include <stdbool.h>
#include <string.h>

enum { HEADER = 64, PAGE = 4096, HUGE_PAGE = 2 << 20, OFFSETS = 16 };

_Static_assert(sizeof(ad_buffer) <= HEADER, "the header fits its line");

/* Bytes beyond the data: the header, and for pages the room for offsets (256 bytes apart below 2 MiB, 4 KiB above). */
static size_t overhead(size_t bytes) {
  if (bytes <= AD_BUFFER_SMALL_BYTES) return HEADER;
  return bytes < HUGE_PAGE ? PAGE : (size_t)OFFSETS * PAGE;
}

/* Rounds `bytes` up to the size of its class and returns the class; AD_BUFFER_FOREIGN when it is beyond all. */
static uint32_t class_of(size_t *bytes) {
  if (*bytes <= AD_BUFFER_SMALL_BYTES) {
    uint32_t k = ad__buffer_small_class(*bytes);
    *bytes = (size_t)64 << k;
    return k;
  }
  if (*bytes > SIZE_MAX / 4) return AD_BUFFER_FOREIGN;
  uint32_t e = 63 - (uint32_t)__builtin_clzll((unsigned long long)*bytes - 1); /* 2^e < bytes <= 2^(e+1), e >= 12 */
  size_t eighth = (size_t)1 << (e - 3), step = eighth < PAGE ? PAGE : eighth;
  *bytes = (*bytes + step - 1) / step * step;
  return AD_BUFFER_SMALL_CLASSES + (e - 12) * 8 + (uint32_t)((*bytes - ((size_t)1 << e)) / eighth) - 1;
}

static void give_back(ad_mem *mem, ad_buffer *buf) {
  size_t block = buf->bytes + overhead(buf->bytes);
  if (buf->bytes <= AD_BUFFER_SMALL_BYTES) ad__mem_give(mem, buf, block);
  else ad__mem_pages_give(mem, buf, block);
}

static ad_buffer *new_block(ad_buffers *b, size_t bytes, uint32_t size_class) {
  size_t extra = overhead(bytes), offset = HEADER;
  ad_buffer *buf;
  if (bytes <= AD_BUFFER_SMALL_BYTES) {
    buf = ad__mem_take(b->mem, bytes + extra);
  } else {
    buf = ad__mem_pages(b->mem, bytes + extra);
    offset = extra / OFFSETS * (1 + b->skew++ % (OFFSETS - 1));
  }
  if (!buf) return NULL;
  *buf = (ad_buffer){.size_class = size_class, .bytes = bytes, .data = (char *)buf + offset};
  atomic_init(&buf->refs, 1);
  return buf;
}

void ad__buffers_init(ad_buffers *b, ad_mem *mem, uint64_t cache_limit) {
  memset(b->free_list, 0, sizeof b->free_list);
  b->mem = mem;
  b->blocks = (ad_blocks){.mem = mem};
  atomic_init(&b->active, 0);
  atomic_init(&b->peak, 0);
  atomic_init(&b->cached, 0);
  atomic_init(&b->cache_limit, cache_limit);
  b->skew = 0;
  memset(b->kept, 0, sizeof b->kept);
  b->kept_clock = 0;
}

/* Gives back cached buffers, largest first, until at most `target` bytes are cached. */
static void trim(ad_buffers *b, uint64_t target) {
  for (uint32_t k = AD_BUFFER_CLASSES - 1; atomic_load_explicit(&b->cached, memory_order_relaxed) > target;) {
    while (!b->free_list[k]) k--; /* something is cached, so some list has it */
    ad_buffer *buf = b->free_list[k];
    b->free_list[k] = buf->next;
    ad__buffers_count(b, 0, -(int64_t)buf->bytes);
    give_back(b->mem, buf);
  }
}

/* ---- What kernels keep ---- */

ad_buffer *ad__kept_find(ad_buffers *b, uint64_t key0, uint64_t key1) {
  for (int i = 0; i < AD_KEPT_SLOTS; i++) {
    ad_kept *k = &b->kept[i];
    if (!k->buf || k->key[0] != key0 || k->key[1] != key1) continue;
    k->used = ++b->kept_clock;
    ad__buffer_keep(k->buf);
    return k->buf;
  }
  return NULL;
}

/* Whoever still uses the buffer goes on with it, as an active one. */
static void forget(ad_buffers *b, ad_kept *k) {
  ad_buffer *buf = k->buf;
  k->buf = NULL;
  if (!buf) return;
  if (atomic_load_explicit(&buf->refs, memory_order_acquire) == 1) {
    give_back(b->mem, buf);
  } else {
    ad__buffers_count(b, (int64_t)buf->bytes, 0);
    atomic_fetch_sub_explicit(&buf->refs, 1, memory_order_acq_rel);
  }
}

void ad__kept_put(ad_buffers *b, uint64_t key0, uint64_t key1, ad_buffer *buf) {
  ad_kept *oldest = &b->kept[0];
  if (buf->bytes > atomic_load_explicit(&b->cache_limit, memory_order_relaxed)) return;
  for (int i = 1; i < AD_KEPT_SLOTS && oldest->buf; i++)
    if (!b->kept[i].buf || b->kept[i].used < oldest->used) oldest = &b->kept[i];
  forget(b, oldest);
  ad__buffer_keep(buf);
  ad__buffers_count(b, -(int64_t)buf->bytes, 0);
  *oldest = (ad_kept){{key0, key1}, buf, ++b->kept_clock};
}

static bool keeps_some(const ad_buffers *b) {
  for (int i = 0; i < AD_KEPT_SLOTS; i++)
    if (b->kept[i].buf) return true;
  return false;
}

void ad__buffers_clear(ad_buffers *b) {
  for (int i = 0; i < AD_KEPT_SLOTS; i++) forget(b, &b->kept[i]);
  trim(b, 0);
  ad__blocks_clear(&b->blocks);
}

void ad__buffers_limit(ad_buffers *b, uint64_t cache_limit) {
  atomic_store_explicit(&b->cache_limit, cache_limit, memory_order_relaxed);
  trim(b, cache_limit);
}

ad_buffer *ad__buffer_take_other(ad_buffers *b, size_t bytes) {
  uint32_t k = class_of(&bytes);
  if (k == AD_BUFFER_FOREIGN) return NULL;
  ad_buffer *buf = b->free_list[k];
  if (buf) {
    b->free_list[k] = buf->next;
    ad__buffers_count(b, (int64_t)bytes, -(int64_t)bytes);
    return buf;
  }
  buf = new_block(b, bytes, k);
  if (!buf && (atomic_load_explicit(&b->cached, memory_order_relaxed) > 0 || keeps_some(b))) {
    ad__buffers_clear(b);
    buf = new_block(b, bytes, k);
  }
  if (buf) ad__buffers_count(b, (int64_t)bytes, 0);
  return buf;
}

/* The buffer has one reference, ours: into the cache, or back to the source where the cache has no room. */
static void retire(ad_buffers *b, ad_buffer *buf) {
  int64_t bytes = (int64_t)buf->bytes;
#ifndef AD_STRESS
  uint64_t limit = atomic_load_explicit(&b->cache_limit, memory_order_relaxed);
  if (buf->bytes <= limit) {
    trim(b, limit - buf->bytes);
    buf->next = b->free_list[buf->size_class];
    b->free_list[buf->size_class] = buf;
    ad__buffers_count(b, -bytes, bytes);
    return;
  }
#endif
  ad__buffers_count(b, -bytes, 0);
  give_back(b->mem, buf);
}

/* The header of foreign memory is a block of class 0 whose fields were lent out; `active` counts it, not the memory. */
ad_buffer *ad__buffer_wrap(ad_buffers *b, void *data, size_t bytes, void (*release)(void *user, void *data), void *user) {
  ad_buffer *buf = ad__buffer_take(b, 0);
  if (!buf) return NULL;
  buf->size_class = AD_BUFFER_FOREIGN;
  buf->bytes = bytes;
  buf->data = data;
  buf->release = release;
  buf->user = user;
  return buf;
}

ad_buffer *ad__buffer_over(ad_buffers *b, void *data, void (*finish)(ad_buffers *b, void *data)) {
  ad_buffer *buf = ad__buffer_wrap(b, data, 0, NULL, NULL);
  if (buf) buf->finish = finish;
  return buf;
}

static void release_foreign(ad_buffers *b, ad_buffer *buf) {
  if (buf->finish) buf->finish(b, buf->data);
  else if (buf->release) buf->release(buf->user, buf->data);
  buf->size_class = 0;
  buf->bytes = 64;
  buf->data = (char *)buf + HEADER;
  buf->release = NULL;
  buf->finish = NULL;
  buf->user = NULL;
}

void ad__buffer_drop_other(ad_buffers *b, ad_buffer *buf) {
  if (atomic_load_explicit(&buf->refs, memory_order_acquire) != 1) {
    if (atomic_fetch_sub_explicit(&buf->refs, 1, memory_order_acq_rel) != 1) return;
    atomic_store_explicit(&buf->refs, 1, memory_order_relaxed);
  }
  if (buf->size_class == AD_BUFFER_FOREIGN) release_foreign(b, buf);
  retire(b, buf);
}
