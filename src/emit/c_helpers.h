/* Functions that emitted C calls besides the scalar mathematics: places that index arrays name.
 *
 * A negative index counts from the end, once. Only the text is used; see carry.c. */
#ifndef AD_EMIT_C_HELPERS_H
#define AD_EMIT_C_HELPERS_H

#include <stdint.h>

/* The index along an axis of n elements, moved into 0..most. */
static inline int64_t ad_index_clamped(int64_t i, int64_t n, int64_t most) {
  i = i < 0 ? i + n : i;
  return i < 0 ? 0 : i > most ? most : i;
}

/* i, cut to 0..most. */
static inline int64_t ad_bound_between(int64_t i, int64_t most) { return i < 0 ? 0 : i > most ? most : i; }

static inline int ad_index_inside(int64_t i, int64_t n, int64_t most) {
  i = i < 0 ? i + n : i;
  return i >= 0 && i <= most;
}

#endif
