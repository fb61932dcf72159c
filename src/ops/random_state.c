/* The random state of a context: two words, a key. It is split as random_split splits, without building a graph: the
 * context may be in the middle of one, and a state that is a graph's value would not outlive it. */
#include <adamant/random.h>

#include <string.h>
#include <time.h>
#include "base/threefry.h"
#include "ir/ctx.h"
#include "ops/apply.h"

void ad_random_seed(ad_ctx *c, uint64_t seed) {
  if (!c) return;
  c->random_state[0] = (uint32_t)(seed >> 32);
  c->random_state[1] = (uint32_t)seed;
  c->random_seeded = true;
}

static void seed_when_new(ad_ctx *c) {
  struct timespec now = {0};
  if (c->random_seeded) return;
  timespec_get(&now, TIME_UTC);
  ad_random_seed(c, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
}

void ad_random_state(ad_ctx *c, uint32_t words[2]) {
  if (!c || !words) return;
  seed_when_new(c);
  memcpy(words, c->random_state, sizeof c->random_state);
}

void ad_random_restore(ad_ctx *c, const uint32_t words[2]) {
  if (c && words) ad_random_seed(c, (uint64_t)words[0] << 32 | words[1]);
}

ad_array *ad__random_key_floating(ad_ctx *c, ad_place where) {
  const int64_t dims[] = {2};
  uint32_t halves[4];
  if (c->trace_key) return c->trace_key(c, where);
  ad_err e;
  const ad_type *type = ad__type_tensor(c, AD_UINT32, 1, dims, &e);
  ad_array *key = type ? ad__constant_new(c, where, type) : ad__node_error(c, where, &ad__op_random_split, e.code, e.text);
  if (ad__is_error(key)) return key;
  seed_when_new(c);
  ad_threefry_fill(c->random_state, 4, 0, 2, halves);
  memcpy(c->random_state, halves, sizeof c->random_state);
  memcpy(key->value.data, halves + 2, 2 * sizeof *halves);
  return key;
}

ad_array *ad_random_next_key_at(ad_place where, ad_ctx *c) {
  if (!c) return ad_apply(NULL, where, &ad__op_random_split, (ad_array *const[]){NULL}, 1, NULL);
  if (c->error.code) return ad__scope_take_error(ad__node_error(c, where, &ad__op_random_split, c->error.code, c->error.text));
  ad_array *key = ad__random_key_floating(c, where);
  return ad__scope_take_error(key);
}
