/* Random state: the key a context keeps for calls that name none.
 *
 * Every random function (adamant/ops.h) takes a key, two uint32 words, as its first argument; the same key gives the
 * same numbers. NULL instead of a key takes the context's next one: its state is split in two, the first half is the new
 * state and the second is used. A context that was never seeded is seeded from the clock. In a graph that is being
 * built the key is drawn once, when the node is made: give graphs keys as parameters. */
#ifndef ADAMANT_RANDOM_H
#define ADAMANT_RANDOM_H

#include <adamant/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Begins anew: what follows depends on the seed alone. */
AD_API void ad_random_seed(ad_ctx *c, uint64_t seed);
/* The key that the next call without one would take, uint32[2]. */
AD_API ad_array *ad_random_next_key_at(ad_place where, ad_ctx *c);
#define ad_random_next_key(...) ad_random_next_key_at(AD_HERE, __VA_ARGS__)
/* Reads the state, for a program that goes on later where it stopped; sets it. */
AD_API void ad_random_state(ad_ctx *c, uint32_t words[2]);
AD_API void ad_random_restore(ad_ctx *c, const uint32_t words[2]);

#ifdef __cplusplus
}
#endif
#endif
