/* The one file that includes the embedded text, which tools/embed.sh packs from carried.list, and unpacks it. */
#include "emit/carried.h"

#include <string.h>
#include "embedded_text.h"

enum { FILES = sizeof embedded_text / sizeof embedded_text[0], LITERALS = 128, LEAST = 4 };

const char *ad__carried_unpack(ad_arena *arena) {
  const size_t packed = sizeof embedded_packed, bytes = embedded_text[FILES - 1].at + embedded_text[FILES - 1].size + 1;
  char *all = ad__arena_take(arena, bytes, 1), *out = all;
  for (size_t i = 0; all && i < packed; i++) {
    if (embedded_packed[i] < LITERALS) {
      *out++ = (char)embedded_packed[i];
      continue;
    }
    const char *from = out - embedded_packed[i + 1] - 256 * embedded_packed[i + 2];
    for (int left = embedded_packed[i] - LITERALS + LEAST; left; left--) *out++ = *from++; /* which it may have written itself */
    i += 2;
  }
  return all;
}

const char *ad__carried_at(const char *all, size_t n, const char **name, size_t *size) {
  if (n >= FILES) return NULL;
  *name = embedded_text[n].name;
  *size = embedded_text[n].size;
  return all + embedded_text[n].at;
}

uint64_t ad__carried_sum(void) {
  uint64_t sum = sizeof embedded_packed;
  for (size_t i = 0; i + 8 <= sizeof embedded_packed; i += 8) {
    uint64_t word;
    memcpy(&word, embedded_packed + i, 8);
    sum = (sum ^ word) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio, made odd */
  }
  return sum;
}

const char *ad__carried(const char *all, const char *name, size_t *size) {
  const char *at, *text;
  for (size_t n = 0; (text = ad__carried_at(all, n, &at, size)); n++)
    if (strcmp(at, name) == 0) return text;
  return NULL;
}
