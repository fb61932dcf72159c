/* The kernel of random_bits; the rule of the words is in src/ops/random_bits.c. */
#include "runtime/structural.h"

#include <string.h>
#include "runtime/structural/threefry.h"

typedef struct bits_job {
  const uint32_t *key;
  uint32_t *out;
  size_t words;
} bits_job;

static void bits_range(void *arg, size_t begin, size_t end) {
  const bits_job *j = arg;
  ad_threefry_fill(j->key, j->words, begin, end, j->out);
}

ad_status ad__k_random_bits(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  const ad_array *key = node->in[0];
  ad_value temp;
  const char *keys = ad__value_contiguous_data(x, key, &temp);
  if (!keys) return x->err.code;
  ad_status s = ad__value_new(x, node->type, &node->value);
  size_t blocks = (size_t)key->type->size / 2, each = blocks ? node->type->bytes / blocks : 0, words = (each + 3) / 4;
  /* A block whose bytes end within a word is filled apart and cut. */
  ad_buffer *room = !s && each % 4 ? ad__buffer_take(x->cache, words * 4) : NULL;
  if (!s && each % 4 && !room) s = ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  for (size_t b = 0; b < blocks && !s; b++) {
    char *out = node->value.data + b * each;
    bits_job j = {(const uint32_t *)(const void *)(keys + b * 8), room ? room->data : (void *)out, words};
    ad__parallel(x, (words + 1) / 2, 256, 3.0, bits_range, &j);
    if (room) memcpy(out, room->data, each);
  }
  if (room) ad__buffer_drop(x->cache, room);
  ad__value_free(x->cache, key->type, &temp);
  return s;
}
