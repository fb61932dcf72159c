/* Walks over strided axes, in runs along the last one. See walk.h. */
#include "runtime/walk.h"

#include <string.h>

void ad__walk_add(ad_walk *w, int64_t n, int64_t stride) {
  w->count *= n;
  if (n == 1) return;
  ad_walk_axis *last = w->rank ? &w->axes[w->rank - 1] : NULL;
  if (last && last->stride == stride * n) *last = (ad_walk_axis){last->n * n, stride};
  else w->axes[w->rank++] = (ad_walk_axis){n, stride};
}

int64_t ad__walk_offset(const ad_walk *w, int64_t i) {
  int64_t offset = 0;
  if (w->rank == 1) return i * w->axes[0].stride; /* divisions are slow, and one axis needs none */
  for (int k = w->rank - 1; k >= 0; k--) {
    offset += i % w->axes[k].n * w->axes[k].stride;
    i /= w->axes[k].n;
  }
  return offset;
}

typedef struct pair {
  uint64_t lo, hi;
} pair;

#define COPY_RUN(type)                                                         \
  for (int64_t i = 0; i < n; i++) {                                            \
    type v;                                                                    \
    memcpy(&v, src + i * src_stride, sizeof v);                                \
    memcpy(dst + i * dst_stride, &v, sizeof v);                                \
  }

static void copy_run(char *dst, int64_t dst_stride, const char *src, int64_t src_stride, size_t item, int64_t n) {
  if (dst_stride == (int64_t)item && src_stride == (int64_t)item) {
    memcpy(dst, src, (size_t)n * item);
    return;
  }
  switch (item) {
  case 1: COPY_RUN(uint8_t) break;
  case 2: COPY_RUN(uint16_t) break;
  case 4: COPY_RUN(uint32_t) break;
  case 8: COPY_RUN(uint64_t) break;
  default: COPY_RUN(pair) break;
  }
}

/* The next run of at most n elements from `begin` on: its length and offset. */
static int64_t next_run(const ad_walk *w, int64_t begin, int64_t n, int64_t *offset, int64_t *stride) {
  *offset = ad__walk_offset(w, begin);
  *stride = w->rank ? w->axes[w->rank - 1].stride : 0;
  int64_t left = w->rank ? w->axes[w->rank - 1].n - begin % w->axes[w->rank - 1].n : 1;
  return left < n ? left : n;
}

void ad__walk_gather(const ad_walk *w, const char *src, size_t item, int64_t begin, int64_t n, char *out) {
  while (n > 0) {
    int64_t offset, stride, run = next_run(w, begin, n, &offset, &stride);
    copy_run(out, (int64_t)item, src + offset, stride, item, run);
    out += run * (int64_t)item;
    begin += run;
    n -= run;
  }
}

void ad__walk_scatter(const ad_walk *w, char *dst, size_t item, int64_t begin, int64_t n, const char *in) {
  while (n > 0) {
    int64_t offset, stride, run = next_run(w, begin, n, &offset, &stride);
    copy_run(dst + offset, stride, in, (int64_t)item, item, run);
    in += run * (int64_t)item;
    begin += run;
    n -= run;
  }
}
