/* Sequences: the elements of an array along some of its axes, in row-major order, brought together in blocks. */
#ifndef AD_RUNTIME_WALK_H
#define AD_RUNTIME_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <adamant/dtype.h>

typedef struct ad_walk_axis {
  int64_t n, stride; /* length; bytes between neighbours, which may be negative or 0 */
} ad_walk_axis;

typedef struct ad_walk {
  int rank;
  int64_t count; /* elements: the product of the lengths */
  ad_walk_axis axes[AD_MAX_RANK]; /* the last varies fastest */
} ad_walk;

/* Begin with {.count = 1}. Adds an axis behind the others; one that continues the last is merged with it, one of length 1 is left out. */
void ad__walk_add(ad_walk *w, int64_t n, int64_t stride);
/* Bytes from the first element to the i-th. */
int64_t ad__walk_offset(const ad_walk *w, int64_t i);
/* Are the elements neighbours in memory? */
static inline bool ad__walk_contiguous(const ad_walk *w, size_t item) {
  return w->rank == 0 || (w->rank == 1 && w->axes[0].stride == (int64_t)item);
}
/* Copies elements [begin, begin + n) of the sequence that starts at src to out, side by side. */
void ad__walk_gather(const ad_walk *w, const char *src, size_t item, int64_t begin, int64_t n, char *out);
/* The reverse: elements side by side at in to their places. */
void ad__walk_scatter(const ad_walk *w, char *dst, size_t item, int64_t begin, int64_t n, const char *in);

#endif
