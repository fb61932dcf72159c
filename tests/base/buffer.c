/* The caching allocator: classes, reuse, limits, counters, foreign memory, failing sources, buffers across threads.
 *
 * Each case has its own memory door over a counting source, so "nothing leaks" is a number: blocks not given back.
 * What needs reuse is skipped, aloud, in the hostile build, which reuses nothing. */
#include "base/buffer.h"

#include <pthread.h>
#include <stdlib.h>
#include "check.h"

#ifdef AD_STRESS
#define NEEDS_REUSE() CHECK_SKIP("the hostile build reuses nothing")
#else
#define NEEDS_REUSE() (void)0
#endif

/* A source that counts live blocks and refuses from the `fail_at`th request on. */
typedef struct source {
  _Atomic int live;
  _Atomic int asked;
  int fail_at; /* 0: never */
} source;

static void *source_resize(void *user, void *block, size_t old_bytes, size_t new_bytes) {
  source *s = user;
  (void)old_bytes;
  if (new_bytes == 0) {
    s->live--;
    free(block);
    return NULL;
  }
  if (s->fail_at && ++s->asked >= s->fail_at) return NULL;
  if (new_bytes > (size_t)1 << 30) return NULL; /* the sanitizers' allocators would stop the program */
  void *fresh = aligned_alloc(64, (new_bytes + 63) / 64 * 64);
  if (fresh) s->live++;
  return fresh;
}

typedef struct fixture {
  source source;
  ad_mem mem;
  ad_buffers cache;
} fixture;

static void open_fixture(fixture *f, uint64_t cache_limit) {
  memset(&f->source, 0, sizeof f->source);
  ad__mem_init(&f->mem, &(ad_allocator){source_resize, &f->source});
  ad__buffers_init(&f->cache, &f->mem, cache_limit);
}

static void close_fixture(fixture *f) {
  ad__buffers_clear(&f->cache);
  CHECK_INT(f->cache.active, 0);
  CHECK_INT(f->cache.cached, 0);
  CHECK_INT(f->source.live, 0);
  CHECK_INT(f->mem.bytes_now, 0);
}

TEST(sizes_are_enough_aligned_and_writable) {
  static const size_t sizes[] = {0, 1, 63, 64, 65, 128, 129, 4095, 4096, 4097, 8192, 8193, 12288, 20481, 65536, 100000,
                                 (2 << 20) - 1, 2 << 20, (2 << 20) + 1, 3000000, 5 << 20};
  fixture f;
  open_fixture(&f, 1 << 30);
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    ad_buffer *b = ad__buffer_take(&f.cache, sizes[i]);
    CHECK_STOP(b);
    CHECK(b->bytes >= sizes[i]);
    CHECK(b->bytes >= 64);
    CHECK((uintptr_t)b->data % 64 == 0);
    CHECK(b->size_class < AD_BUFFER_CLASSES);
    if (sizes[i] > 64) CHECK(b->bytes <= 2 * sizes[i]);                        /* small: powers of two */
    if (sizes[i] > 65536) CHECK(b->bytes <= sizes[i] + sizes[i] / 8 + 4096); /* large: eighths */
    if (b->bytes > AD_BUFFER_SMALL_BYTES) CHECK_INT(b->bytes % 4096, 0);
    CHECK_INT(b->refs, 1);
    memset(b->data, 0x5A, b->bytes);
    ad__buffer_drop(&f.cache, b);
  }
  close_fixture(&f);
}

TEST(classes_are_monotone_and_their_sizes_are_fixed_points) {
  NEEDS_REUSE();
  fixture f;
  open_fixture(&f, UINT64_MAX / 4);
  uint32_t last = 0;
  for (size_t bytes = 1; bytes < (size_t)1 << 24; bytes += 1 + bytes / 5) {
    ad_buffer *b = ad__buffer_take(&f.cache, bytes);
    CHECK_STOP(b);
    CHECK(b->size_class >= last);
    last = b->size_class;
    ad__buffer_drop(&f.cache, b);
    ad_buffer *same = ad__buffer_take(&f.cache, b->bytes);
    CHECK(same == b);
    ad__buffer_drop(&f.cache, same);
    ad__buffers_clear(&f.cache);
  }
  close_fixture(&f);
}

TEST(absurd_sizes_are_refused) {
  fixture f;
  open_fixture(&f, 1 << 20);
  CHECK(!ad__buffer_take(&f.cache, SIZE_MAX));
  CHECK(!ad__buffer_take(&f.cache, SIZE_MAX / 2));
  CHECK(!ad__buffer_take(&f.cache, (size_t)1 << 61));
  CHECK_INT(f.cache.active, 0);
  close_fixture(&f);
}

TEST(the_steady_state_asks_the_source_nothing) {
  NEEDS_REUSE();
  static const size_t sizes[] = {40, 4096, 5000, 70000, 3 << 20};
  enum { COUNT = sizeof sizes / sizeof sizes[0] };
  fixture f;
  open_fixture(&f, 1 << 30);
  uint64_t calls = 0;
  for (int round = 0; round < 10; round++) {
    ad_buffer *held[COUNT];
    for (int i = 0; i < COUNT; i++) held[i] = ad__buffer_take(&f.cache, sizes[i]);
    for (int i = 0; i < COUNT; i++) ad__buffer_drop(&f.cache, held[i]);
    if (round == 0) calls = f.mem.calls;
  }
  CHECK_INT(f.mem.calls, calls);
  CHECK_INT(calls, COUNT);
  close_fixture(&f);
}

TEST(counters_follow_take_and_drop) {
  fixture f;
  open_fixture(&f, 1 << 30);
  ad_buffer *a = ad__buffer_take(&f.cache, 100), *b = ad__buffer_take(&f.cache, 5000);
  CHECK_STOP(a && b);
  CHECK_INT(f.cache.active, 128 + 8192);
  CHECK_INT(f.cache.peak, 128 + 8192);
  ad__buffer_drop(&f.cache, b);
  CHECK_INT(f.cache.active, 128);
  CHECK_INT(f.cache.peak, 128 + 8192);
#ifndef AD_STRESS
  CHECK_INT(f.cache.cached, 8192);
#else
  CHECK_INT(f.cache.cached, 0);
#endif
  b = ad__buffer_take(&f.cache, 8000);
  CHECK_INT(f.cache.cached, 0);
  ad__buffer_drop(&f.cache, a);
  ad__buffer_drop(&f.cache, b);
  close_fixture(&f);
}

TEST(a_kept_buffer_lives_until_its_last_drop) {
  fixture f;
  open_fixture(&f, 1 << 30);
  ad_buffer *b = ad__buffer_take(&f.cache, 64);
  CHECK_STOP(b);
  ad__buffer_keep(b);
  ad__buffer_keep(b);
  ad__buffer_drop(&f.cache, b);
  ad__buffer_drop(&f.cache, b);
  CHECK_INT(f.cache.active, 64);
  ad_buffer *other = ad__buffer_take(&f.cache, 64);
  CHECK(other != b);
  ad__buffer_drop(&f.cache, b);
  ad__buffer_drop(&f.cache, other);
  CHECK_INT(f.cache.active, 0);
  close_fixture(&f);
}

TEST(the_cache_keeps_to_its_limit_and_prefers_what_is_in_use) {
  NEEDS_REUSE();
  fixture f;
  open_fixture(&f, 100 << 10);
  ad_buffer *big = ad__buffer_take(&f.cache, 80 << 10), *mid[3];
  for (int i = 0; i < 3; i++) mid[i] = ad__buffer_take(&f.cache, 32 << 10);
  ad_buffer *huge = ad__buffer_take(&f.cache, 128 << 10), *small = ad__buffer_take(&f.cache, 64);
  ad__buffer_drop(&f.cache, big);
  CHECK_INT(f.cache.cached, 80 << 10);
  ad__buffer_drop(&f.cache, mid[0]); /* no room: the 80 KiB leave, the buffer in use last stays */
  CHECK_INT(f.cache.cached, 32 << 10);
  ad__buffer_drop(&f.cache, mid[1]);
  ad__buffer_drop(&f.cache, mid[2]);
  CHECK_INT(f.cache.cached, 96 << 10);
  ad__buffer_drop(&f.cache, huge); /* larger than the whole cache: straight back, nothing else leaves */
  CHECK_INT(f.cache.cached, 96 << 10);
  ad__buffer_drop(&f.cache, small);
  CHECK_INT(f.cache.cached, (96 << 10) + 64);
  ad__buffers_limit(&f.cache, 40 << 10);
  CHECK_INT(f.cache.cached, (32 << 10) + 64);
  ad__buffers_limit(&f.cache, 0);
  CHECK_INT(f.cache.cached, 0);
  small = ad__buffer_take(&f.cache, 64);
  ad__buffer_drop(&f.cache, small);
  CHECK_INT(f.cache.cached, 0);
  close_fixture(&f);
}

TEST(a_refusing_source_is_asked_again_after_emptying_the_cache) {
  NEEDS_REUSE();
  fixture f;
  open_fixture(&f, 1 << 30);
  atomic_store(&f.mem.limit, 200 << 10);
  ad_buffer *a = ad__buffer_take(&f.cache, 128 << 10);
  CHECK_STOP(a);
  ad__buffer_drop(&f.cache, a);
  CHECK_INT(f.cache.cached, 128 << 10);
  ad_buffer *b = ad__buffer_take(&f.cache, 160 << 10); /* fits only without what is cached */
  CHECK_STOP(b);
  CHECK_INT(f.cache.cached, 0);
  CHECK(!ad__buffer_take(&f.cache, 64 << 10));
  CHECK_INT(f.cache.active, 160 << 10);
  ad__buffer_drop(&f.cache, b);
  close_fixture(&f);
}

TEST(every_failing_request_gives_null_and_leaks_nothing) {
  for (int n = 1; n < 12; n++) {
    fixture f;
    open_fixture(&f, 1 << 30);
    f.source.fail_at = n;
    ad_buffer *held[6] = {0};
    static const size_t sizes[5] = {10, 1000, 10000, 300000, 3 << 20};
    int made = 0;
    for (int i = 0; i < 5; i++) made += (held[i] = ad__buffer_take(&f.cache, sizes[i])) != NULL;
    made += (held[5] = ad__buffer_wrap(&f.cache, held, sizeof held, NULL, NULL)) != NULL;
    CHECK(n > 6 ? made == 6 : made == n - 1);
    for (int i = 0; i < 6; i++)
      if (held[i]) ad__buffer_drop(&f.cache, held[i]);
    close_fixture(&f);
  }
}

static void count_release(void *user, void *data) {
  ++*(int *)user;
  ++*(char *)data;
}

TEST(foreign_memory_is_released_once_by_the_last_drop) {
  fixture f;
  open_fixture(&f, 1 << 30);
  char theirs[100] = {0};
  int released = 0;
  ad_buffer *b = ad__buffer_wrap(&f.cache, theirs + 3, 97, count_release, &released);
  CHECK_STOP(b);
  CHECK(b->data == theirs + 3);
  CHECK_INT(b->bytes, 97);
  CHECK_INT(b->size_class, AD_BUFFER_FOREIGN);
  ad__buffer_keep(b);
  ad__buffer_drop(&f.cache, b);
  CHECK_INT(released, 0);
  ad__buffer_drop(&f.cache, b);
  CHECK_INT(released, 1);
  CHECK_INT(theirs[3], 1);
  ad_buffer *next = ad__buffer_take(&f.cache, 64); /* the header is an ordinary buffer again */
  CHECK_STOP(next);
  CHECK((char *)next->data == (char *)next + 64);
  memset(next->data, 1, next->bytes);
  ad__buffer_drop(&f.cache, next);
  CHECK_INT(released, 1);
  b = ad__buffer_wrap(&f.cache, theirs, 0, NULL, NULL);
  ad__buffer_drop(&f.cache, b);
  close_fixture(&f);
}

TEST(large_buffers_lie_at_different_offsets) {
  fixture f;
  open_fixture(&f, 1 << 30);
  ad__mem_init(&f.mem, NULL); /* the library's own pages: only they start at 2 MiB boundaries */
  ad_buffer *held[4];
  for (int i = 0; i < 4; i++) {
    held[i] = ad__buffer_take(&f.cache, 8 << 20);
    CHECK_STOP(held[i]);
    CHECK_INT((uintptr_t)held[i]->data % 4096, 0);
    for (int j = 0; j < i; j++) CHECK(((uintptr_t)held[i]->data - (uintptr_t)held[j]->data) % (2 << 20) != 0);
  }
  for (int i = 0; i < 4; i++) ad__buffer_drop(&f.cache, held[i]);
  close_fixture(&f);
}

/* Threads pass shared buffers on: each keeps and drops, the last drop comes from anywhere. */
enum { THREADS = 4, SHARED = 64 };
typedef struct party {
  ad_mem *mem;
  ad_buffer **shared;
  int64_t active;
} party;

static void *join_party(void *arg) {
  party *p = arg;
  ad_buffers mine;
  ad__buffers_init(&mine, p->mem, 1 << 20);
  for (int i = 0; i < SHARED; i++) {
    ad__buffer_keep(p->shared[i]);
    ad_buffer *own = ad__buffer_take(&mine, (size_t)i * 100);
    if (own) {
      memset(own->data, i, own->bytes);
      ad__buffer_drop(&mine, own);
    }
    ad__buffer_drop(&mine, p->shared[i]);
    ad__buffer_drop(&mine, p->shared[i]); /* the reference handed to this thread */
  }
  p->active = mine.active;
  ad__buffers_clear(&mine);
  return NULL;
}

TEST(buffers_may_be_dropped_into_the_cache_of_any_thread) {
  fixture f;
  open_fixture(&f, 1 << 30);
  ad_buffer *shared[SHARED];
  int released = 0;
  char theirs[1] = {0};
  for (int i = 0; i < SHARED; i++) {
    shared[i] = i == 7 ? ad__buffer_wrap(&f.cache, theirs, 1, count_release, &released)
                       : ad__buffer_take(&f.cache, (size_t)i * 1000);
    CHECK_STOP(shared[i]);
    for (int t = 1; t < THREADS; t++) ad__buffer_keep(shared[i]);
  }
  pthread_t threads[THREADS];
  party parties[THREADS];
  int64_t active = f.cache.active;
  for (int t = 0; t < THREADS; t++) {
    parties[t] = (party){&f.mem, shared, 0};
    CHECK_STOP(pthread_create(&threads[t], NULL, join_party, &parties[t]) == 0);
  }
  for (int t = 0; t < THREADS; t++) {
    pthread_join(threads[t], NULL);
    active += parties[t].active;
  }
  CHECK_INT(active, 0); /* only the sum has a meaning */
  CHECK_INT(released, 1);
  ad__buffers_clear(&f.cache);
  CHECK_INT(f.source.live, 0);
  CHECK_INT(f.mem.bytes_now, 0);
}

CHECK_MAIN(CASE(sizes_are_enough_aligned_and_writable), CASE(classes_are_monotone_and_their_sizes_are_fixed_points),
           CASE(absurd_sizes_are_refused), CASE(the_steady_state_asks_the_source_nothing),
           CASE(counters_follow_take_and_drop), CASE(a_kept_buffer_lives_until_its_last_drop),
           CASE(the_cache_keeps_to_its_limit_and_prefers_what_is_in_use),
           CASE(a_refusing_source_is_asked_again_after_emptying_the_cache),
           CASE(every_failing_request_gives_null_and_leaks_nothing),
           CASE(foreign_memory_is_released_once_by_the_last_drop), CASE(large_buffers_lie_at_different_offsets),
           CASE(buffers_may_be_dropped_into_the_cache_of_any_thread))
