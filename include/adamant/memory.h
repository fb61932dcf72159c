/* Memory: the allocator a program may supply, and what a context reports. */
#ifndef ADAMANT_MEMORY_H
#define ADAMANT_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <adamant/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A source of memory. `resize` behaves like realloc told the old size: old_bytes 0 takes, new_bytes 0
 * gives back (and returns NULL), otherwise it moves. It must return blocks aligned to 64 bytes or NULL,
 * may be called from any thread, and must not call the library. resize NULL: the library's own source.
 *
 *   static void *counted(void *user, void *p, size_t old_bytes, size_t new_bytes) { ... }
 *   ad_ctx *c = ad_ctx_new(&(ad_ctx_opts){ .allocator = { counted, &my_counters } }); */
typedef struct ad_allocator {
  void *(*resize)(void *user, void *block, size_t old_bytes, size_t new_bytes);
  void *user;
} ad_allocator;

/* Counters of one context, in bytes unless said otherwise. */
typedef struct ad_memory_stats {
  uint64_t active;      /* held by arrays now */
  uint64_t peak;        /* largest `active` since the last reset */
  uint64_t cached;      /* kept for reuse, not held by any array */
  uint64_t limit;       /* largest `active` + `cached` allowed; 0: none */
  uint64_t cache_limit; /* largest `cached` allowed */
  uint64_t source_calls;/* how often memory was asked of the source; constant in the steady state */
} ad_memory_stats;

#ifdef __cplusplus
}
#endif
#endif
