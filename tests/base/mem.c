/* The memory door: alignment, accounting, limits, hooks, pages, and the checked arithmetic. */
#include "base/mem.h"

#include "counted_memory.h"

TEST(blocks_are_aligned_and_counted) {
  ad_mem m;
  ad__mem_init(&m, NULL);
  static const size_t sizes[] = {0, 1, 63, 64, 65, 4097, 100000};
  void *blocks[7];
  size_t sum = 0;
  for (int i = 0; i < 7; i++) {
    CHECK_STOP((blocks[i] = ad__mem_take(&m, sizes[i])) != NULL);
    CHECK_INT((uintptr_t)blocks[i] % 64, 0);
    memset(blocks[i], 1, sizes[i]);
    sum += sizes[i] ? sizes[i] : 1;
    CHECK_INT(m.bytes_now, sum);
  }
  for (int i = 0; i < 7; i++) ad__mem_give(&m, blocks[i], sizes[i]);
  CHECK_INT(m.bytes_now, 0);
  CHECK_INT(m.bytes_peak, sum);
  CHECK_INT(m.calls, 7);
  unsigned char *zero = ad__mem_zeroed(&m, 100);
  for (int i = 0; i < 100; i++) CHECK_INT(zero[i], 0);
  ad__mem_give(&m, zero, 100);
  ad__mem_give(&m, NULL, 5);
}

TEST(resize_keeps_contents) {
  ad_mem m;
  ad__mem_init(&m, NULL);
  char *p = ad__mem_resize(&m, NULL, 0, 4);
  memcpy(p, "abc", 4);
  p = ad__mem_resize(&m, p, 4, 4000);
  CHECK_STR(p, "abc");
  CHECK_INT((uintptr_t)p % 64, 0);
  p = ad__mem_resize(&m, p, 4000, 2);
  CHECK_INT(p[1], 'b');
  CHECK_INT(m.bytes_now, 2);
  m.limit = 1 << 20;
  CHECK(ad__mem_resize(&m, p, 2, SIZE_MAX / 2) == NULL);
  CHECK_INT(p[0], 'a');
  ad__mem_give(&m, p, 2);
  CHECK_INT(m.bytes_now, 0);
}

TEST(limits_hold) {
  ad_mem m;
  ad__mem_init(&m, NULL);
  m.limit = 1000;
  void *a = ad__mem_take(&m, 900);
  CHECK(a != NULL);
  CHECK(ad__mem_take(&m, 101) == NULL);
  CHECK(ad__mem_pages(&m, 4096) == NULL);
  CHECK_INT(m.bytes_now, 900);
  void *b = ad__mem_take(&m, 100);
  CHECK(b != NULL);
  ad__mem_give(&m, a, 900);
  ad__mem_give(&m, b, 100);
}

TEST(pages_are_aligned) {
  ad_mem m;
  ad__mem_init(&m, NULL);
  static const size_t sizes[] = {1, 4096, 5000, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, 5 << 20};
  for (int i = 0; i < 7; i++) {
    char *p = ad__mem_pages(&m, sizes[i]);
    CHECK_STOP(p != NULL);
    CHECK_INT((uintptr_t)p % 4096, 0);
#ifndef AD_STRESS
    if (sizes[i] >= 2 << 20) CHECK_INT((uintptr_t)p % (2 << 20), 0);
#endif
    p[0] = p[sizes[i] - 1] = 1;
    ad__mem_pages_give(&m, p, sizes[i]);
  }
#ifndef AD_STRESS
  CHECK(ad__mem_pages(&m, SIZE_MAX - 100) == NULL);
#endif
  CHECK_INT(m.bytes_now, 0);
}

TEST(hooks_serve_everything) {
  struct counted_memory c;
  counted_begin(&c, 0);
  char *p = ad__mem_take(&c.mem, 10), *page = ad__mem_pages(&c.mem, 10000);
  memset(page, 1, 10000);
  CHECK_INT((uintptr_t)page % 4096, 0);
  p = ad__mem_resize(&c.mem, p, 10, 2000);
  CHECK_INT(c.mem.bytes_now, 12000);
  p = ad__mem_resize(&c.mem, p, 2000, 20);
  CHECK_INT(c.mem.bytes_now, 10020);
  ad__mem_give(&c.mem, p, 20);
  ad__mem_pages_give(&c.mem, page, 10000);
  CHECK_INT(c.live, 0);
  CHECK_INT(c.mem.bytes_now, 0);
  counted_begin(&c, 1);
  CHECK(ad__mem_take(&c.mem, 10) == NULL);
  CHECK_INT(c.mem.bytes_now, 0);
  void *raw = ad__mem_raw(&c.mem.hook, 77);
  CHECK(raw != NULL);
  ad__mem_raw_give(&c.mem.hook, raw, 77);
  CHECK_INT(c.live, 0);
}

TEST(arithmetic_is_checked) {
  size_t s;
  int64_t i;
  CHECK(ad__mul_size(SIZE_MAX / 3, 3, &s) && s == SIZE_MAX / 3 * 3);
  CHECK(!ad__mul_size(SIZE_MAX / 2 + 1, 2, &s));
  CHECK(ad__mul_size(0, SIZE_MAX, &s) && s == 0);
  CHECK(ad__add_size(SIZE_MAX, 0, &s) && !ad__add_size(SIZE_MAX, 1, &s));
  static const int64_t edge[] = {INT64_MIN,  INT64_MIN + 1, INT64_MIN / 2,     -3037000500,   -2,       -1, 0, 1, 2, 3037000499,
                                 3037000500, INT64_MAX / 2, INT64_MAX / 2 + 1, INT64_MAX - 1, INT64_MAX};
  enum { EDGES = sizeof edge / sizeof edge[0] };
  for (int a = 0; a < EDGES; a++)
    for (int b = 0; b < EDGES; b++) { /* long double holds 64 bits of a product's head: enough to see which side it is on */
      long double product = (long double)edge[a] * (long double)edge[b], sum = (long double)edge[a] + (long double)edge[b];
      bool fits = product >= -0x1p63L && product < 0x1p63L;
      if (sizeof(long double) > 8) CHECK(ad__mul_i64(edge[a], edge[b], &i) == fits && (!fits || i == edge[a] * edge[b]));
      fits = sum >= -0x1p63L && sum < 0x1p63L;
      if (sizeof(long double) > 8) CHECK(ad__add_i64(edge[a], edge[b], &i) == fits && (!fits || i == edge[a] + edge[b]));
    }
}

CHECK_MAIN(CASE(blocks_are_aligned_and_counted), CASE(resize_keeps_contents), CASE(limits_hold), CASE(pages_are_aligned),
           CASE(hooks_serve_everything), CASE(arithmetic_is_checked))
