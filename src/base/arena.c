/* The bump arena. In the hostile build chunks hold 64 bytes, so that nearly every block crosses into a new
 * one and a pointer kept past a reset meets noise. */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#ifdef AD_STRESS
enum { FIRST_CHUNK = 64, LARGEST_CHUNK = 64 };
#else
enum { FIRST_CHUNK = 4 << 10, LARGEST_CHUNK = 8 << 20 };
#endif
/* Chunks from here on are whole pages, large ones where the system has them: touching each small one costs more than filling it. */
enum { PAGES_FROM = 2 << 20 };

struct ad_arena_chunk {
  ad_arena_chunk *older;
  size_t bytes; /* of the whole chunk */
};

void ad__arena_init(ad_arena *a, ad_mem *mem) { *a = (ad_arena){.mem = mem}; }

static char *align_up(char *p, size_t align) { return p + (-(uintptr_t)p & (align - 1)); }

/* The first spare chunk of at least that size, or a new one; *size becomes what it has. */
static ad_arena_chunk *chunk_take(ad_arena *a, size_t *size) {
  if (*size < PAGES_FROM) return ad__mem_take(a->mem, *size);
  for (ad_arena_chunk **link = a->spare ? &a->spare->chunks : NULL; link && *link; link = &(*link)->older) {
    ad_arena_chunk *chunk = *link;
    if (chunk->bytes < *size) continue;
    *link = chunk->older;
    *size = chunk->bytes;
    return chunk;
  }
  return ad__mem_pages(a->mem, *size);
}

static void chunk_give(ad_arena_spare *spare, ad_mem *m, ad_arena_chunk *chunk) {
  if (chunk->bytes < PAGES_FROM) ad__mem_give(m, chunk, chunk->bytes);
  else if (!spare || !spare->open) ad__mem_pages_give(m, chunk, chunk->bytes);
  else {
    chunk->older = spare->chunks;
    spare->chunks = chunk;
  }
}

void ad__arena_spare_open(ad_arena_spare *s) { s->open++; }

void ad__arena_spare_close(ad_arena_spare *s, ad_mem *m) {
  if (--s->open) return;
  for (ad_arena_chunk *chunk = s->chunks, *older; chunk; chunk = older) {
    older = chunk->older;
    chunk_give(NULL, m, chunk);
  }
  s->chunks = NULL;
}

static void use_chunk(ad_arena *a, ad_arena_chunk *chunk) {
  a->next = (char *)(chunk + 1);
  a->end = (char *)chunk + chunk->bytes;
}

static bool add_chunk(ad_arena *a, size_t bytes, size_t align) {
  size_t need, first = a->first ? a->first : FIRST_CHUNK, size = first;
  if (!ad__add_size(bytes, sizeof(ad_arena_chunk) + align, &need)) return false;
  bool few = a->first && a->taken < 4 * first; /* of many small arenas, each keeps little that it does not use */
  if (a->chunks && a->chunks->bytes >= first && !few)
    size = a->chunks->bytes < LARGEST_CHUNK ? 2 * a->chunks->bytes : LARGEST_CHUNK;
  if (size > LARGEST_CHUNK) size = LARGEST_CHUNK;
  if (size < need) size = need;
  ad_arena_chunk *chunk = chunk_take(a, &size);
  if (!chunk) return false;
  *chunk = (ad_arena_chunk){a->chunks, size};
  a->chunks = chunk;
  use_chunk(a, chunk);
  return true;
}

void *ad__arena_take(ad_arena *a, size_t bytes, size_t align) {
  for (;;) {
    char *p = a->next ? align_up(a->next, align) : NULL;
    if (p && p <= a->end && bytes <= (size_t)(a->end - p)) {
      a->taken += (size_t)(p - a->next) + bytes;
      a->next = p + bytes;
      return p;
    }
    if (!add_chunk(a, bytes, align)) return NULL;
  }
}

void *ad__arena_zeroed(ad_arena *a, size_t bytes, size_t align) {
  void *p = ad__arena_take(a, bytes, align);
  return p ? memset(p, 0, bytes) : NULL;
}

void *ad__arena_array(ad_arena *a, size_t count, size_t size, size_t align) {
  size_t bytes;
  return ad__mul_size(count, size, &bytes) ? ad__arena_take(a, bytes, align) : NULL;
}

char *ad__arena_text(ad_arena *a, const char *s, size_t n) {
  char *copy = n < SIZE_MAX ? ad__arena_take(a, n + 1, 1) : NULL;
  if (!copy) return NULL;
  if (n) memcpy(copy, s, n);
  copy[n] = 0;
  return copy;
}

void ad__arena_join(ad_arena *a, ad_arena *b) {
  ad_arena_chunk *last = b->chunks;
  if (!last) return;
  while (last->older) last = last->older;
  if (a->chunks) { /* behind the first, in which a goes on */
    last->older = a->chunks->older;
    a->chunks->older = b->chunks;
  } else {
    a->chunks = b->chunks;
    a->next = b->next;
    a->end = b->end;
  }
  a->taken += b->taken;
  *b = (ad_arena){.mem = b->mem, .first = b->first};
}

static void give_chunks(ad_arena *a, ad_arena_chunk *from) {
  while (from) {
    ad_arena_chunk *older = from->older;
    chunk_give(a->spare, a->mem, from);
    from = older;
  }
}

void ad__arena_reset(ad_arena *a) {
  if (!a->chunks) return;
  give_chunks(a, a->chunks->older);
  a->chunks->older = NULL;
  a->taken = 0;
  use_chunk(a, a->chunks);
#ifdef AD_STRESS
  memset(a->next, 0xDD, (size_t)(a->end - a->next));
#endif
}

void ad__arena_free(ad_arena *a) {
  give_chunks(a, a->chunks);
  *a = (ad_arena){.mem = a->mem, .spare = a->spare};
}
