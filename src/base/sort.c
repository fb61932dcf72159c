/* The heap sort. Invariant while sifting: every subtree strictly below `from` is a heap. */
#include "base/sort.h"

#include <string.h>

static void swap_bytes(char *a, char *b, size_t n) {
  char held[64];
  while (n) {
    size_t step = n < sizeof held ? n : sizeof held;
    memcpy(held, a, step), memcpy(a, b, step), memcpy(b, held, step);
    a += step, b += step, n -= step;
  }
}

static void sift(char *base, size_t from, size_t n, size_t size, ad_before before, const void *user) {
  for (size_t child; (child = 2 * from + 1) < n; from = child) {
    if (child + 1 < n && before(base + child * size, base + (child + 1) * size, user)) child++;
    if (!before(base + from * size, base + child * size, user)) return;
    swap_bytes(base + from * size, base + child * size, size);
  }
}

void ad__sort(void *base, size_t n, size_t size, ad_before before, const void *user) {
  for (size_t i = n / 2; i-- > 0;) sift(base, i, n, size, before, user);
  for (size_t i = n; i-- > 1;) {
    swap_bytes(base, (char *)base + i * size, size);
    sift(base, 0, i, size, before, user);
  }
}
