/* Sequences along an axis, each of which becomes another: what sort, partition and their like have in common.
 *
 * The caller says what is done to one sequence whose elements lie side by side; here they are brought together, shared
 * between threads, and put in place. Rooms come from the cache of the running thread. */
#ifndef AD_RUNTIME_SORT_LINES_H
#define AD_RUNTIME_SORT_LINES_H

#include "runtime/exec.h"
#include "runtime/walk.h"

/* What one thread needs for a sequence. */
typedef struct ad_sort_room {
  void *keys;      /* of real elements n; of complex ones 2 n */
  void *items;     /* n keys, with indices when `orders` */
  void *items_room; /* when `orders` or `selects` */
  uint32_t *order;
  char *in, *out;  /* sequences brought together */
} ad_sort_room;

typedef struct ad_sort_lines ad_sort_lines;
typedef void (*ad_sort_line)(const ad_sort_lines *j, const ad_sort_room *r, const char *in, char *out);

struct ad_sort_lines {
  ad_sort_line line;
  bool orders, selects;    /* ad__sort_order is called; keys are selected, and r->order is free for indices */
  bool descending;
  int64_t count;           /* an argument of the op: which, how many */
  /* the rest is filled here */
  const ad_sort_kernels *kernels;
  ad_sort_coding coding;   /* of real elements, of parts of complex ones */
  ad_dtype dtype;
  size_t n, out_n, item, out_item, key; /* elements of a sequence; bytes of an element, of a key */
  const char *from;
  char *to, *rooms;
  int64_t from_step, to_step; /* bytes between elements of a sequence */
  ad_walk outer_in, outer_out;
  size_t lines, together, parts, room;
};

/* Makes node->value: j->line for every sequence along `axis` of the first input. */
ad_status ad__sort_lines_run(ad_exec *x, ad_array *node, int axis, ad_sort_lines *j);
/* The stable order of a sequence, in r->order. */
const uint32_t *ad__sort_order(const ad_sort_lines *j, const ad_sort_room *r, const char *in);
/* How the elements of a real dtype (or the parts of a complex one) are keyed; *key: bytes of a key. */
ad_sort_coding ad__sort_coding_of(ad_dtype t, bool descending, size_t *key);

#endif
