/* The memory door. The only file that asks the C library or the system for memory.
 *
 * Blocks come from posix_memalign, so that sizes need not be rounded and a checker sees the true end of each
 * block; pages of 2 MiB and more come from mmap, cut to a 2 MiB boundary, with huge pages asked for. A user's
 * hook replaces both; since it promises 64-byte alignment only, pages taken from it are over-asked by one page
 * and the start of the hook's block is noted in the word before the page.
 * Invariant: a charge precedes every request and is undone when the request fails, so bytes_now never lies
 * and never passes the limit, whichever threads ask.
 *
 * The hostile build (AD_STRESS) fills fresh and freed memory with noise and takes pages from posix_memalign
 * with their exact size as well. Not here: reuse of blocks (base/buffer.h does that). */
#define _GNU_SOURCE
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCK_ALIGN ((size_t)64)
#define PAGE_ALIGN ((size_t)4096)
#define HUGE_PAGE ((size_t)2 << 20)

#ifdef AD_STRESS
enum { FRESH_NOISE = 0xCD, FREED_NOISE = 0xDD };
static void spoil(void *p, int noise, size_t bytes) { memset(p, noise, bytes); }
#else
enum { FRESH_NOISE = 0, FREED_NOISE = 0 };
static void spoil(void *p, int noise, size_t bytes) { (void)p, (void)noise, (void)bytes; }
#endif

/* ---- the source ---- */

static void *source_take(const ad_allocator *hook, size_t bytes, size_t align) {
  void *p = NULL;
  if (hook && hook->resize) p = hook->resize(hook->user, NULL, 0, bytes);
  else if (posix_memalign(&p, align, bytes) != 0) p = NULL;
  if (p) spoil(p, FRESH_NOISE, bytes);
  return p;
}

static void source_give(const ad_allocator *hook, void *p, size_t bytes) {
  spoil(p, FREED_NOISE, bytes);
  if (hook && hook->resize) (void)hook->resize(hook->user, p, bytes, 0);
  else free(p);
}

static uintptr_t round_up(uintptr_t n, size_t to) { return (n + (to - 1)) & ~(uintptr_t)(to - 1); }

static void *hook_pages(const ad_allocator *hook, size_t bytes) {
  if (bytes > SIZE_MAX - PAGE_ALIGN) return NULL;
  char *block = source_take(hook, bytes + PAGE_ALIGN, BLOCK_ALIGN);
  if (!block) return NULL;
  char *page = block + (round_up((uintptr_t)block + sizeof block, PAGE_ALIGN) - (uintptr_t)block);
  memcpy(page - sizeof block, &block, sizeof block);
  return page;
}

static void hook_pages_give(const ad_allocator *hook, char *page, size_t bytes) {
  char *block;
  memcpy(&block, page - sizeof block, sizeof block);
  source_give(hook, block, bytes + PAGE_ALIGN);
}

#ifndef AD_STRESS
/* The system places a mapping on any page; what lies before and after the aligned part goes back at once. */
static void *huge_pages(size_t bytes) {
  if (bytes > SIZE_MAX - HUGE_PAGE - PAGE_ALIGN) return NULL;
  size_t used = round_up(bytes, PAGE_ALIGN), span = used + HUGE_PAGE;
  char *map = mmap(NULL, span, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return NULL;
  size_t before = round_up((uintptr_t)map, HUGE_PAGE) - (uintptr_t)map, after = span - used - before;
  if (before) munmap(map, before);
  if (after) munmap(map + before + used, after);
#ifdef MADV_HUGEPAGE
  (void)madvise(map + before, used, MADV_HUGEPAGE); /* a wish; small pages serve as well */
#endif
  return map + before;
}
#endif

/* ---- accounting ---- */

static bool charge(ad_mem *m, size_t bytes) {
  uint64_t limit = atomic_load_explicit(&m->limit, memory_order_relaxed);
  uint64_t now = atomic_load_explicit(&m->bytes_now, memory_order_relaxed), then;
  do {
    then = now + bytes;
    if (then < now || (limit && then > limit)) return false;
  } while (!atomic_compare_exchange_weak_explicit(&m->bytes_now, &now, then, memory_order_relaxed, memory_order_relaxed));
  uint64_t peak = atomic_load_explicit(&m->bytes_peak, memory_order_relaxed);
  while (peak < then &&
         !atomic_compare_exchange_weak_explicit(&m->bytes_peak, &peak, then, memory_order_relaxed, memory_order_relaxed)) {}
  atomic_fetch_add_explicit(&m->calls, 1, memory_order_relaxed);
  return true;
}

static void discharge(ad_mem *m, size_t bytes) { atomic_fetch_sub_explicit(&m->bytes_now, bytes, memory_order_relaxed); }

/* ---- the door ---- */

void ad__mem_init(ad_mem *m, const ad_allocator *hook) {
  memset(&m->hook, 0, sizeof m->hook);
  if (hook) m->hook = *hook;
  atomic_init(&m->bytes_now, 0);
  atomic_init(&m->bytes_peak, 0);
  atomic_init(&m->calls, 0);
  atomic_init(&m->limit, 0);
}

void *ad__mem_take(ad_mem *m, size_t bytes) {
  if (!bytes) bytes = 1;
  if (!charge(m, bytes)) return NULL;
  void *p = source_take(&m->hook, bytes, BLOCK_ALIGN);
  if (!p) discharge(m, bytes);
  return p;
}

void *ad__mem_zeroed(ad_mem *m, size_t bytes) {
  void *p = ad__mem_take(m, bytes);
  return p ? memset(p, 0, bytes ? bytes : 1) : NULL;
}

void ad__mem_give(ad_mem *m, void *p, size_t bytes) {
  if (!p) return;
  if (!bytes) bytes = 1;
  source_give(&m->hook, p, bytes);
  discharge(m, bytes);
}

/* The C library's realloc forgets the alignment, and while a block moves both copies exist: so move openly. A
 * hook is asked to move by itself, and is charged the growth only. */
void *ad__mem_resize(ad_mem *m, void *p, size_t old_bytes, size_t new_bytes) {
  if (!p) return ad__mem_take(m, new_bytes);
  if (!old_bytes) old_bytes = 1;
  if (!new_bytes) new_bytes = 1;
  if (!m->hook.resize) {
    void *moved = ad__mem_take(m, new_bytes);
    if (!moved) return NULL;
    memcpy(moved, p, old_bytes < new_bytes ? old_bytes : new_bytes);
    ad__mem_give(m, p, old_bytes);
    return moved;
  }
  size_t growth = new_bytes > old_bytes ? new_bytes - old_bytes : 0;
  if (!charge(m, growth)) return NULL;
  void *moved = m->hook.resize(m->hook.user, p, old_bytes, new_bytes);
  if (!moved) discharge(m, growth);
  else if (new_bytes < old_bytes) discharge(m, old_bytes - new_bytes);
  return moved;
}

void *ad__mem_pages(ad_mem *m, size_t bytes) {
  if (!bytes) bytes = 1;
  if (!charge(m, bytes)) return NULL;
  void *p;
  if (m->hook.resize) p = hook_pages(&m->hook, bytes);
#ifndef AD_STRESS
  else if (bytes >= HUGE_PAGE) p = huge_pages(bytes);
#endif
  else p = source_take(NULL, bytes, PAGE_ALIGN);
  if (!p) discharge(m, bytes);
  return p;
}

void ad__mem_pages_give(ad_mem *m, void *p, size_t bytes) {
  if (!p) return;
  if (!bytes) bytes = 1;
  if (m->hook.resize) hook_pages_give(&m->hook, p, bytes);
#ifndef AD_STRESS
  else if (bytes >= HUGE_PAGE) munmap(p, round_up(bytes, PAGE_ALIGN));
#endif
  else source_give(NULL, p, bytes);
  discharge(m, bytes);
}

void *ad__mem_raw(const ad_allocator *hook, size_t bytes) { return source_take(hook, bytes ? bytes : 1, BLOCK_ALIGN); }

void ad__mem_raw_give(const ad_allocator *hook, void *p, size_t bytes) {
  if (p) source_give(hook, p, bytes ? bytes : 1);
}

/* ---- checked arithmetic ---- */

bool ad__mul_size(size_t a, size_t b, size_t *out) {
  if (b && a > SIZE_MAX / b) return false;
  *out = a * b;
  return true;
}

bool ad__add_size(size_t a, size_t b, size_t *out) {
  if (a > SIZE_MAX - b) return false;
  *out = a + b;
  return true;
}

bool ad__mul_i64(int64_t a, int64_t b, int64_t *out) {
  if (a > 0 ? (b > 0 ? a > INT64_MAX / b : b < INT64_MIN / a) : (b > 0 ? a < INT64_MIN / b : a != 0 && b < INT64_MAX / a))
    return false;
  *out = a * b;
  return true;
}

bool ad__add_i64(int64_t a, int64_t b, int64_t *out) {
  if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b) return false;
  *out = a + b;
  return true;
}
