/* Sorting: a heap sort (Williams 1964), which needs no memory, does not recurse and has no bad case, so that
 * a file cannot choose one. It is not stable: where equals may occur, let `before` break the tie. */
#ifndef AD_BASE_SORT_H
#define AD_BASE_SORT_H

#include <stdbool.h>
#include <stddef.h>

typedef bool (*ad_before)(const void *a, const void *b, const void *user);
/* Puts base[0..n), elements of `size` bytes, in order; user (may be NULL) is handed to before. */
void ad__sort(void *base, size_t n, size_t size, ad_before before, const void *user);

#endif
