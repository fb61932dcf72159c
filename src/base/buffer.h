/* Buffers: the bytes behind arrays, counted, and the caching allocator that reuses them.
 *
 * An ad_buffers is one thread's cache. A buffer may be dropped into any cache, not only the one it came
 * from, so no lock is ever needed: each thread drops into its own. After warm-up a step takes every buffer
 * from the cache: no system call, no page fault.
 * Small sizes (up to 4 KiB) are powers of two with the data right behind the header; larger sizes are rounded
 * to 1/8 of their power of two and come in whole pages, 2 MiB pages from 2 MiB up, skewed by a multiple of
 * 4 KiB so that large buffers do not sit at equal offsets. Buffers of the same class are interchangeable.
 * Counters are single-writer and may be read by any thread. */
#ifndef AD_BASE_BUFFER_H
#define AD_BASE_BUFFER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include "base/mem.h"

typedef struct ad_buffer {
  _Atomic uint32_t refs;
  uint32_t size_class; /* index of the free list; AD_BUFFER_FOREIGN when `release` owns the data */
  size_t bytes;        /* usable */
  void *data;          /* aligned to 64 */
  void (*release)(void *user, void *data); /* foreign memory only */
  void *user;
  struct ad_buffer *next; /* in a free list */
} ad_buffer;

enum { AD_BUFFER_CLASSES = 512 };
#define AD_BUFFER_FOREIGN UINT32_MAX

typedef struct ad_buffers {
  ad_mem *mem;
  ad_buffer *free_list[AD_BUFFER_CLASSES];
  _Atomic int64_t active;   /* taken minus given back here; only the sum over all caches has a meaning */
  _Atomic int64_t peak;
  _Atomic uint64_t cached;
  _Atomic uint64_t cache_limit;
  uint32_t skew;            /* of the next large buffer */
} ad_buffers;

void ad__buffers_init(ad_buffers *b, ad_mem *mem, uint64_t cache_limit);
/* Gives every cached buffer back to the source. */
void ad__buffers_clear(ad_buffers *b);

/* A buffer of at least `bytes` with one reference; when the source refuses, the cache is emptied and the source
 * asked again. NULL when there is no memory. bytes may be 0. Contents undefined.
 * An inline fast path for cached small classes is welcome; measured goal: take + drop under 4 ns. */
ad_buffer *ad__buffer_take(ad_buffers *b, size_t bytes);
/* A buffer over memory of someone else; release (may be NULL) is called once, by whoever drops the last reference. */
ad_buffer *ad__buffer_wrap(ad_buffers *b, void *data, size_t bytes, void (*release)(void *user, void *data), void *user);
/* References are atomic, but a count of 1 is dropped without a locked instruction. */
void ad__buffer_keep(ad_buffer *buf);
void ad__buffer_drop(ad_buffers *b, ad_buffer *buf);

#endif
