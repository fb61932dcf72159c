/* The nodes between inputs and outputs, in order: what every transform walks. */
#ifndef AD_TRANSFORM_PATHS_H
#define AD_TRANSFORM_PATHS_H

#include "base/map.h"
#include "ir/node.h"

typedef struct ad_paths {
  ad_ctx *ctx;
  ad_array **nodes; /* operands before what uses them; the xs are among them */
  uint8_t *is_end;  /* one per node: it is one of the xs */
  size_t count, capacity, ends_bytes;
  uint64_t oldest, newest, window; /* serials */
  uint32_t *at;     /* position + 1 by serial; NULL: the map says it */
  ad_map index;     /* node -> position */
  bool derivative;  /* inputs without derivative are no path */
  bool failed;      /* memory ran out */
} ad_paths;

/* The nodes on paths from xs to ys. */
void ad__paths_init(ad_paths *w, ad_ctx *c, bool derivative, ad_array *const *ys, int n_y, ad_array *const *xs, int n_x);
void ad__paths_free(ad_paths *w);
/* Position of a node, or -1 when it does not depend on the xs. */
int64_t ad__paths_find(const ad_paths *w, const ad_array *a);

/* The derivative statement of input i. */
const ad_deriv *ad__deriv_of(const ad_op *op, int i);
/* The rule view of a node. */
ad_rule ad__rule_of(ad_array *a);
/* Sums a cotangent to the shape of `to` and casts it to its dtype. */
ad_array *ad__undo_broadcast(ad_array *ct, const ad_array *to);

#endif
