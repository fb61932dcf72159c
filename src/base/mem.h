/* The memory door: the only way to memory, so that accounting, limits and failure tests come free.
 *
 * An ad_mem stands for one source of memory. By default it uses the C library for small blocks and
 * the system's pages (2 MiB pages asked for) for large ones; a user's ad_allocator replaces both.
 * Every function may be called from any thread. Sizes are given back on free, so no header is kept.
 * Invariant: bytes_now is the sum of the sizes handed out and not yet given back. */
#ifndef AD_BASE_MEM_H
#define AD_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <adamant/memory.h>

typedef struct ad_mem {
  ad_allocator hook;          /* hook.resize == NULL: the default source */
  _Atomic uint64_t bytes_now; /* handed out */
  _Atomic uint64_t bytes_peak;
  _Atomic uint64_t calls;     /* blocks ever asked of the source, for tests of the steady state */
  _Atomic uint64_t limit;     /* 0: none; a request that would pass it fails */
} ad_mem;

void ad__mem_init(ad_mem *m, const ad_allocator *hook);

/* A block of `bytes` (at least 1), aligned to 64; NULL when there is none. Not cleared. */
void *ad__mem_take(ad_mem *m, size_t bytes);
/* The same, cleared to zero. */
void *ad__mem_zeroed(ad_mem *m, size_t bytes);
/* Grows or shrinks a block; on failure the old one stays valid and NULL is returned. p may be NULL with old 0. */
void *ad__mem_resize(ad_mem *m, void *p, size_t old_bytes, size_t new_bytes);
/* Gives back a block with the size it was taken with; p may be NULL. */
void ad__mem_give(ad_mem *m, void *p, size_t bytes);

/* Whole pages for array data: aligned to 4096 (2 MiB pages are asked for from 2 MiB up), contents undefined. */
void *ad__mem_pages(ad_mem *m, size_t bytes);
void ad__mem_pages_give(ad_mem *m, void *p, size_t bytes);

/* The context-free source: a process-wide allocator for objects that exist before any ad_mem (ad_ctx itself). */
void *ad__mem_raw(const ad_allocator *hook, size_t bytes);
void ad__mem_raw_give(const ad_allocator *hook, void *p, size_t bytes);

/* a * b and a + b into *out; false when the result does not fit. */
bool ad__mul_size(size_t a, size_t b, size_t *out);
bool ad__add_size(size_t a, size_t b, size_t *out);
bool ad__mul_i64(int64_t a, int64_t b, int64_t *out);
bool ad__add_i64(int64_t a, int64_t b, int64_t *out);

#endif
