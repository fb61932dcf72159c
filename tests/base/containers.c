/* Arena, map and sort: what they promise at small sizes, in bulk, and when memory runs out. */
#include "base/arena.h"
#include "base/map.h"
#include "base/sort.h"

#include "counted_memory.h"

TEST(arena_blocks_keep_their_bytes) {
  struct counted_memory c;
  counted_begin(&c, 0);
  ad_arena a;
  ad__arena_init(&a, &c.mem);
  unsigned char *blocks[500];
  for (size_t i = 0; i < 500; i++) {
    size_t align = (size_t)1 << i % 8;
    CHECK_STOP((blocks[i] = ad__arena_take(&a, i, align)) != NULL);
    CHECK_INT((uintptr_t)blocks[i] % align, 0);
    memset(blocks[i], (int)(i & 255), i);
  }
  for (size_t i = 0; i < 500; i++)
    for (size_t k = 0; k < i; k++) CHECK_INT(blocks[i][k], i & 255);
  CHECK_STR(ad__arena_text(&a, "abc", 2), "ab");
  CHECK_STR(ad__arena_text(&a, "", 0), "");
  const char *zero = ad__arena_zeroed(&a, 300, 1);
  for (int i = 0; i < 300; i++) CHECK_INT(zero[i], 0);
  CHECK(ad__arena_take(&a, (size_t)3 << 20, 64) != NULL);
  CHECK(ad__arena_array(&a, SIZE_MAX / 4, 8, 8) == NULL);
  CHECK(ad__arena_take(&a, SIZE_MAX - 8, 8) == NULL);
  ad__arena_reset(&a);
  CHECK_INT(a.taken, 0);
  CHECK(ad__arena_take(&a, 10, 1) != NULL);
  ad__arena_free(&a);
  CHECK_INT(c.live, 0);
}

TEST(map_keeps_insertion_order) {
  struct counted_memory c;
  counted_begin(&c, 0);
  ad_map m;
  ad__map_init(&m, &c.mem);
  bool fresh;
  CHECK(ad__map_find(&m, ad__map_number(1)) == NULL);
  for (uint64_t i = 0; i < 3000; i++) {
    ad_map_value *v = ad__map_put(&m, ad__map_number(i * 4096), &fresh);
    CHECK_STOP(v != NULL);
    CHECK(fresh);
    v->number = i;
  }
  CHECK_INT(ad__map_put(&m, ad__map_number(4096 * 7), &fresh)->number, 7);
  CHECK(!fresh);
  for (uint64_t i = 0; i < 3000; i += 2) CHECK(ad__map_remove(&m, ad__map_number(i * 4096)));
  CHECK(!ad__map_remove(&m, ad__map_number(0)));
  CHECK_INT(m.count, 1500);
  for (uint64_t i = 0; i < 3000; i++) CHECK_INT(ad__map_find(&m, ad__map_number(i * 4096)) != NULL, i % 2);
  for (uint64_t i = 5000; i < 9000; i++) ad__map_put(&m, ad__map_number(i), NULL)->number = i;
  size_t cursor = 0, seen = 0;
  uint64_t before = 0;
  for (const ad_map_entry *e; (e = ad__map_next(&m, &cursor)); seen++) {
    CHECK(e->value.number > before);
    before = e->value.number;
  }
  CHECK_INT(seen, 5500);
  ad__map_clear(&m);
  CHECK_INT(m.count, 0);
  CHECK(ad__map_find(&m, ad__map_number(5000)) == NULL);
  ad__map_free(&m);
  CHECK_INT(c.live, 0);
}

TEST(map_stays_small_when_entries_come_and_go) {
  struct counted_memory c;
  counted_begin(&c, 0);
  ad_map m;
  ad__map_init(&m, &c.mem);
  for (uint64_t i = 0; i < 100000; i++) {
    CHECK_STOP(ad__map_put(&m, ad__map_number(i), NULL) != NULL);
    if (i >= 5) CHECK(ad__map_remove(&m, ad__map_number(i - 5)));
  }
  CHECK(m.slot_count <= 32);
  ad__map_free(&m);
}

TEST(map_tells_strings_apart) {
  ad_mem mem;
  ad_map m;
  ad__mem_init(&mem, NULL);
  ad__map_init(&m, &mem);
  static const char bytes[] = "abcdefghijklmnopqrstuvwxyz\0\0\0\0\0\0\0\0";
  for (size_t n = 0; n < sizeof bytes; n++)
    for (size_t at = 0; at + n < sizeof bytes; at++) ad__map_put(&m, ad__map_text(bytes + at, n), NULL)->number += 1;
  size_t empty = sizeof bytes, cursor = 0, sum = 0;
  CHECK_INT(ad__map_find(&m, ad__map_text("", 0))->number, empty);
  CHECK_INT(ad__map_find(&m, ad__map_text("\0\0", 2))->number, 7);
  CHECK_INT(ad__map_find(&m, ad__map_text("xyz", 3))->number, 1);
  CHECK(ad__map_find(&m, ad__map_text("xyy", 3)) == NULL);
  for (const ad_map_entry *e; (e = ad__map_next(&m, &cursor));) sum += e->value.number;
  CHECK_INT(sum, sizeof bytes * (sizeof bytes + 1) / 2);
  ad__map_free(&m);
}

static ad_status fill_map(ad_mem *mem, void *user) {
  ad_map m;
  ad_status code = AD_OK;
  (void)user;
  ad__map_init(&m, mem);
  for (uint64_t i = 0; i < 200 && code == AD_OK; i++) {
    ad_map_value *v = ad__map_put(&m, ad__map_number(i), NULL);
    if (v) v->number = i;
    else code = AD_E_MEMORY;
  }
  for (uint64_t i = 0; i < m.count; i++) CHECK_INT(ad__map_find(&m, ad__map_number(i))->number, i);
  ad__map_free(&m);
  return code;
}

TEST(map_survives_want_of_memory) { counted_run_out(fill_map, NULL); }

static bool less(const void *a, const void *b, const void *user) {
  return *(const uint32_t *)a < *(const uint32_t *)b && *(const char *)user == 'x';
}

TEST(sort_puts_in_order) {
  uint32_t v[1000], state = 1;
  for (size_t n = 0; n < 1000; n = n < 20 ? n + 1 : n * 2) {
    uint64_t sum = 0, sorted_sum = 0;
    for (size_t i = 0; i < n; i++) v[i] = (state = state * 1664525u + 1013904223u) >> (n % 3 * 12), sum += v[i];
    ad__sort(v, n, sizeof v[0], less, "x");
    for (size_t i = 0; i < n; i++) sorted_sum += v[i];
    CHECK(sum == sorted_sum);
    for (size_t i = 1; i < n; i++) CHECK(v[i - 1] <= v[i]);
  }
}

/* Two arenas one after the other in the memory of one, and nothing is left when the spare is closed. */
TEST(arenas_leave_chunks_to_the_next) {
  struct counted_memory c;
  counted_begin(&c, 0);
  ad_arena_spare spare = {0};
  size_t asked = 0;
  ad__arena_spare_open(&spare);
  for (int i = 0; i < 3; i++) {
    ad_arena a;
    ad__arena_init(&a, &c.mem);
    a.spare = &spare;
    for (int k = 0; k < 5; k++) {
      char *p = ad__arena_take(&a, (size_t)3 << 20, 64);
      CHECK_STOP(p != NULL);
      memset(p, i, (size_t)3 << 20);
    }
    ad__arena_free(&a);
    if (i == 0) asked = c.asked;
  }
  CHECK_INT(c.asked, asked);
  CHECK(c.live > 0);
  ad__arena_spare_open(&spare);
  ad__arena_spare_close(&spare, &c.mem);
  CHECK(c.live > 0);
  ad__arena_spare_close(&spare, &c.mem);
  CHECK_INT(c.live, 0);
}

CHECK_MAIN(CASE(arena_blocks_keep_their_bytes), CASE(arenas_leave_chunks_to_the_next), CASE(map_keeps_insertion_order), CASE(map_stays_small_when_entries_come_and_go),
           CASE(map_tells_strings_apart), CASE(map_survives_want_of_memory), CASE(sort_puts_in_order))
