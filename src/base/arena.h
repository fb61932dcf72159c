/* An arena: many small blocks that die together.
 *
 * Blocks are cut from chunks and never given back one by one; pointers stay valid until reset or free. Chunks
 * double from 4 KiB to 8 MiB; a larger block has a chunk to itself. Invariant: next..end is the unused
 * part of the first chunk of the list. Not here: destructors, threads (an arena belongs to one at a time). */
#ifndef AD_BASE_ARENA_H
#define AD_BASE_ARENA_H

#include <stddef.h>
#include "base/mem.h"

typedef struct ad_arena_chunk ad_arena_chunk;

/* Large chunks that ended arenas leave to the next ones, while somebody holds it open: new pages cost more than filling them. */
typedef struct ad_arena_spare {
  int open;
  ad_arena_chunk *chunks;
} ad_arena_spare;

typedef struct ad_arena {
  ad_mem *mem;
  ad_arena_spare *spare; /* or NULL */
  ad_arena_chunk *chunks; /* the newest first */
  char *next;
  char *end;
  size_t taken; /* bytes handed out since init or reset, gaps for alignment included */
  size_t first; /* bytes of the first chunk; 0: 4 KiB */
} ad_arena;

void ad__arena_init(ad_arena *a, ad_mem *mem);
/* Moves every block of b to a; b is empty then, and ends with a. The time is that of counting b's chunks. */
void ad__arena_join(ad_arena *a, ad_arena *b);
/* A block of `bytes` (0 allowed: then it may not be written), aligned to a power of two; NULL when there is no
 * memory. Contents undefined. */
void *ad__arena_take(ad_arena *a, size_t bytes, size_t align);
void *ad__arena_zeroed(ad_arena *a, size_t bytes, size_t align);
/* Room for count elements of `size` bytes, or NULL also when the product overflows. */
void *ad__arena_array(ad_arena *a, size_t count, size_t size, size_t align);
/* A copy of s[0..n) with a NUL behind it. */
char *ad__arena_text(ad_arena *a, const char *s, size_t n);
/* Forgets every block but keeps one chunk for what comes next. */
void ad__arena_reset(ad_arena *a);
void ad__arena_free(ad_arena *a);
/* From one to the other, arenas with this spare reuse each other's large chunks; calls nest. */
void ad__arena_spare_open(ad_arena_spare *s);
void ad__arena_spare_close(ad_arena_spare *s, ad_mem *mem);

#define AD_ARENA_NEW(arena, type) ((type *)ad__arena_zeroed((arena), sizeof(type), _Alignof(type)))

#endif
