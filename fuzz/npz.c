/* Fuzz target: the npz reader with zip, inflate and npy below it, on the input as it is and again repaired: every local header
 * is made to say what its line in the central directory says, and checksums of stored entries are made right, so that
 * changes reach what lies behind those checks. */
#include "io/npz_format.h"

#undef NDEBUG /* the checks are the point */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LARGEST = 1 << 22 }; /* arrays above this are opened, not read: a run should end */

static void read_one(const uint8_t *data, size_t size) {
  ad_mem mem;
  ad_npz z;
  ad_err e;
  ad__mem_init(&mem, NULL);
  ad_status code = ad__npz_open(&mem, data, size, "npz", NULL, &z, &e);
  if (code == AD_OK) {
    for (size_t i = 0; i < z.count; i++) {
      const void *view = NULL;
      uint64_t bytes = z.items[i].bytes;
      if (bytes > LARGEST) continue;
      if (ad__npz_view(&z, i, &view, &e) == AD_OK && view)
        assert((const uint8_t *)view >= data && (const uint8_t *)view + bytes <= data + size);
      uint8_t *out = malloc(bytes ? bytes : 1);
      if (!out) continue;
      code = ad__npz_read(&z, i, out, &e);
      assert(code == AD_OK || (code == AD_E_FORMAT && strstr(e.text, ": byte ")));
      if (code == AD_OK && view) assert(memcmp(view, out, bytes) == 0);
      free(out);
    }
    ad__npz_close(&z);
  } else assert(code == AD_E_FORMAT && strstr(e.text, ": byte "));
  assert(mem.bytes_now == 0);
}

static uint32_t get(const uint8_t *p, int n) {
  uint32_t v = 0;
  while (n-- > 0) v = v << 8 | p[n];
  return v;
}

static void repair(uint8_t *data, size_t size) {
  for (size_t line = 0; line + 46 <= size; line++) {
    if (memcmp(data + line, "PK\1\2", 4) != 0) continue;
    size_t local = get(data + line + 42, 4);
    if (local > size || size - local < 30 || local + 30 > line) continue;
    uint8_t *to = data + local, *from = data + line;
    size_t start = local + 30 + get(to + 26, 2) + get(to + 28, 2), n = get(from + 20, 4);
    if (get(from + 10, 2) == 0 && start <= size && n <= size - start) {
      uint32_t crc = ad__crc32(0, data + start, n);
      for (int i = 0; i < 4; i++) from[16 + i] = (uint8_t)(crc >> (8 * i));
    }
    memcpy(to, "PK\3\4", 4);
    memcpy(to + 6, from + 8, 4);    /* flags, method */
    memcpy(to + 14, from + 16, 12); /* checksum, sizes */
    size_t name = get(from + 28, 2);
    if (name == get(to + 26, 2) && line + 46 + name <= size && local + 30 + name <= line) memcpy(to + 30, from + 46, name);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_one(data, size);
  uint8_t *copy = malloc(size ? size : 1);
  if (!copy) return 0;
  memcpy(copy, data, size);
  repair(copy, size);
  read_one(copy, size);
  free(copy);
  return 0;
}
