/* The kernels of random_bits and, for float32, of random_uniform and random_normal; the rule of the words is in
 * src/ops/random_bits.c.
 *
 * The two words of a counter belong to the two halves of the result. A block of counters is hashed and made into numbers
 * while it is in the cache, then both pieces go to their places, past the cache when the result is large. The other
 * dtypes, and parameters that are arrays, are composed. */
#include <string.h>
#include "base/threefry.h"
#include "runtime/structural.h"

enum { BLOCK = 1024 };

static const size_t stream_bytes = (size_t)4 << 20;

typedef struct fill_job {
  const ad_kernels *k;
  ad_random_finish_fn finish; /* NULL: the words themselves */
  float factor, offset;
  uint32_t key[2];
  uint32_t *out;
  size_t words;
  bool streamed;
} fill_job;

static void put(const fill_job *j, size_t at, uint32_t *words, size_t n) {
  float numbers[BLOCK];
  const void *from = words;
  if (j->finish) j->finish(n, numbers, words, j->factor, j->offset), from = numbers;
  if (j->streamed) j->k->stream_copy(j->out + at, from, n * sizeof *words);
  else memcpy(j->out + at, from, n * sizeof *words);
}

/* Counters [begin, end) of the (words + 1) / 2; the last one of an odd number is (half, 0), for one word. */
static void fill_range(void *arg, size_t begin, size_t end) {
  const fill_job *j = arg;
  size_t half = j->words / 2, upper = j->words - half, paired = end < half ? end : half;
  uint32_t low[BLOCK], high[BLOCK];
  for (size_t at = begin; at < paired; at += BLOCK) {
    size_t n = paired - at < BLOCK ? paired - at : BLOCK;
    j->k->random->words(n, j->key, (uint32_t)at, (uint32_t)(upper + at), low, high);
    put(j, at, low, n);
    put(j, upper + at, high, n);
  }
  if (end <= half) return;
  ad_threefry(j->key[0], j->key[1], (uint32_t)half, 0, low, high);
  put(j, half, low, 1);
}

/* Every key fills its block of node's value. */
static ad_status fill(ad_exec *x, ad_array *node, fill_job *j, double cost) {
  const ad_array *key = node->in[0];
  ad_value temp;
  const char *keys = ad__value_contiguous_data(x, key, &temp);
  if (!keys) return x->err.code;
  ad_status s = ad__value_new(x, node->type, &node->value);
  size_t blocks = (size_t)key->type->size / 2, each = blocks ? node->type->bytes / blocks : 0;
  j->k = x->kernels;
  j->words = (each + 3) / 4;
  /* A block whose bytes end within a word is filled apart and cut. */
  ad_buffer *room = !s && each % 4 ? ad__buffer_take(x->cache, j->words * 4) : NULL;
  if (!s && each % 4 && !room) s = ad__fail(&x->err, AD_E_MEMORY, "out of memory");
  j->streamed = each >= stream_bytes && !room;
  for (size_t b = 0; b < blocks && !s; b++) {
    char *out = node->value.data + b * each;
    memcpy(j->key, keys + b * sizeof j->key, sizeof j->key);
    j->out = room ? room->data : (void *)out;
    ad__parallel(x, (j->words + 1) / 2, BLOCK, cost, fill_range, j);
    if (room) memcpy(out, room->data, each);
  }
  if (room) ad__buffer_drop(x->cache, room);
  ad__value_free(x->cache, key->type, &temp);
  return s;
}

ad_status ad__k_random_bits(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  return fill(x, node, &(fill_job){0}, 1.0);
}

static bool is_number(const ad_array *a) { return !a || a->type->size == 1; }

bool ad__fits_random_float(const ad_array *node) {
  return node->type->dtype == AD_FLOAT32 && is_number(node->in[1]) && is_number(node->in[2]);
}

/* A parameter, cast to float32 as every input is; without it, its default. */
static float number(const ad_array *a, float absent) {
  if (!a) return absent;
  float v;
  memcpy(&v, a->value.data, sizeof v);
  return v;
}

ad_status ad__k_random_uniform(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  float low = number(node->in[1], 0), high = number(node->in[2], 1);
  return fill(x, node, &(fill_job){.finish = x->kernels->random->uniform, .factor = high - low, .offset = low}, 1.5);
}

ad_status ad__k_random_normal(ad_exec *x, ad_array *node, uint32_t dying) {
  (void)dying;
  float root = 0x1.6a09e6p+0f; /* of 2 */
  return fill(x, node, &(fill_job){.finish = x->kernels->random->normal, .factor = root * number(node->in[2], 1),
                                   .offset = number(node->in[1], 0)}, 4.0);
}
