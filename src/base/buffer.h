/* Buffers: the bytes behind arrays, counted, and the caching allocator that reuses them.
 *
 * An ad_buffers is one thread's cache. A buffer may be dropped into any cache of the same ad_mem, not only
 * the one it came from, so no lock is ever needed: each thread drops into its own. After warm-up a step takes
 * every buffer from the cache: no system call, no page fault.
 * Small sizes (up to 4 KiB) are powers of two with the data right behind the header; larger sizes are rounded
 * to 1/8 of their power of two and come in whole pages, 2 MiB pages from 2 MiB up, skewed by a multiple of
 * 4 KiB so that large buffers do not sit at equal offsets. Buffers of the same class are interchangeable.
 * Counters are single-writer and may be read by any thread.
 * Invariant: a buffer in a free list has one reference, so that taking it writes the list head and counters only.
 * With AD_STRESS defined nothing is reused, and since the memory door then overwrites what it gets back, a
 * stale pointer shows. */
#ifndef AD_BASE_BUFFER_H
#define AD_BASE_BUFFER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include "base/blocks.h"
#include "base/mem.h"

struct ad_buffers;

typedef struct ad_buffer {
  _Atomic uint32_t refs;
  uint32_t size_class; /* index of the free list; AD_BUFFER_FOREIGN when `release` owns the data */
  size_t bytes;        /* usable */
  void *data;          /* aligned to 64, unless foreign */
  void (*release)(void *user, void *data); /* foreign memory only */
  void *user;
  void (*finish)(struct ad_buffers *b, void *data); /* in place of release: gives what is in the data to that cache */
  struct ad_buffer *next; /* in a free list */
} ad_buffer;

enum { AD_BUFFER_CLASSES = 512, AD_BUFFER_SMALL_CLASSES = 7, AD_BUFFER_SMALL_BYTES = 4096 };
#define AD_BUFFER_FOREIGN UINT32_MAX

/* What a kernel made for one call and the next may use again (a plan): found by its key, immutable, in a buffer. */
typedef struct ad_kept {
  uint64_t key[2];
  ad_buffer *buf; /* NULL: the slot is empty */
  uint64_t used;  /* when last found */
} ad_kept;
enum { AD_KEPT_SLOTS = 16 };

typedef struct ad_buffers {
  ad_mem *mem;
  ad_blocks blocks; /* for what is no array data; not counted */
  ad_buffer *free_list[AD_BUFFER_CLASSES];
  _Atomic int64_t active;   /* taken minus given back here; only the sum over all caches has a meaning */
  _Atomic int64_t peak;
  _Atomic uint64_t cached;
  _Atomic uint64_t cache_limit;
  uint32_t skew;            /* of the next large buffer */
  ad_kept kept[AD_KEPT_SLOTS]; /* counted neither as active nor as cached */
  uint64_t kept_clock;
} ad_buffers;

void ad__buffers_init(ad_buffers *b, ad_mem *mem, uint64_t cache_limit);
/* Gives every cached buffer back to the source. */
void ad__buffers_clear(ad_buffers *b);
/* Changes the limit and gives back what no longer fits, largest first. */
void ad__buffers_limit(ad_buffers *b, uint64_t cache_limit);

/* What the inline functions below leave: sizes, empty lists, full caches, shared and foreign buffers. */
ad_buffer *ad__buffer_take_other(ad_buffers *b, size_t bytes);
void ad__buffer_drop_other(ad_buffers *b, ad_buffer *buf);

/* The buffer kept under that key, with a reference for the caller; NULL when there is none. */
ad_buffer *ad__kept_find(ad_buffers *b, uint64_t key0, uint64_t key1);
/* Keeps a buffer, in the place of the one that was not found for longest, until the cache is cleared. The caller goes on
 * owning its reference. What the cache's limit would not allow is not kept. */
void ad__kept_put(ad_buffers *b, uint64_t key0, uint64_t key1, ad_buffer *buf);

/* A buffer over memory of someone else; release (may be NULL) is called once, by whoever drops the last reference. */
ad_buffer *ad__buffer_wrap(ad_buffers *b, void *data, size_t bytes, void (*release)(void *user, void *data), void *user);
/* The same over something of ours that holds buffers: finish is handed the cache of whoever drops the last reference. */
ad_buffer *ad__buffer_over(ad_buffers *b, void *data, void (*finish)(ad_buffers *b, void *data));

/* 64 bytes and fewer are class 0, each further class holds twice as much. */
static inline uint32_t ad__buffer_small_class(size_t bytes) {
  return bytes <= 64 ? 0 : 58 - (uint32_t)__builtin_clzll((unsigned long long)bytes - 1);
}

/* Moves a buffer between cache and use: sign +1 when taken, -1 when dropped. One writer, hence no locked instruction. */
static inline void ad__buffers_count(ad_buffers *b, int64_t taken, int64_t cached) {
  int64_t active = atomic_load_explicit(&b->active, memory_order_relaxed) + taken;
  atomic_store_explicit(&b->active, active, memory_order_relaxed);
  if (active > atomic_load_explicit(&b->peak, memory_order_relaxed)) atomic_store_explicit(&b->peak, active, memory_order_relaxed);
  atomic_store_explicit(&b->cached, atomic_load_explicit(&b->cached, memory_order_relaxed) + (uint64_t)cached, memory_order_relaxed);
}

/* A buffer of at least `bytes` with one reference; when the source refuses, the cache is emptied and the source
 * asked again. NULL when there is no memory. bytes may be 0. Contents undefined. */
static inline ad_buffer *ad__buffer_take(ad_buffers *b, size_t bytes) {
#ifndef AD_STRESS
  if (bytes <= AD_BUFFER_SMALL_BYTES) {
    uint32_t k = ad__buffer_small_class(bytes);
    ad_buffer *buf = b->free_list[k];
    if (buf) {
      int64_t size = (int64_t)64 << k;
      b->free_list[k] = buf->next;
      ad__buffers_count(b, size, -size);
      return buf;
    }
  }
#endif
  return ad__buffer_take_other(b, bytes);
}

static inline void ad__buffer_keep(ad_buffer *buf) { atomic_fetch_add_explicit(&buf->refs, 1, memory_order_relaxed); }

/* References are atomic, but a count of 1 is dropped without a locked instruction: nobody else can change it. */
static inline void ad__buffer_drop(ad_buffers *b, ad_buffer *buf) {
#ifndef AD_STRESS
  if (buf->size_class < AD_BUFFER_SMALL_CLASSES && atomic_load_explicit(&buf->refs, memory_order_acquire) == 1) {
    int64_t size = (int64_t)64 << buf->size_class;
    uint64_t cached = atomic_load_explicit(&b->cached, memory_order_relaxed) + (uint64_t)size;
    if (cached <= atomic_load_explicit(&b->cache_limit, memory_order_relaxed)) {
      buf->next = b->free_list[buf->size_class];
      b->free_list[buf->size_class] = buf;
      ad__buffers_count(b, -size, size);
      return;
    }
  }
#endif
  ad__buffer_drop_other(b, buf);
}

#endif
