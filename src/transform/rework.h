/* Reworking a region: it is called on arguments without values, walkers work on what that gives, and the outcome becomes a
 * region again. What rules of cond, while_loop and scan share. */
#ifndef AD_TRANSFORM_REWORK_H
#define AD_TRANSFORM_REWORK_H

#include "ops/gather_rules.h"
#include "ops/regions.h"
#include "transform/region.h"
#include "transform/transform.h"

typedef struct ad_rework {
  ad_ctx *ctx;
  ad_graph *building; /* the context's, meanwhile none */
  uint64_t since;
  int n, m;           /* parameters and results of the region */
  ad_array **p;       /* arguments in the place of the parameters */
  ad_array **d;       /* of each parameter: its tangent or batch; of each state: its cotangent. NULL: not made */
  ad_array **y;       /* results */
  ad_array **out;     /* what a walker gave for each result, or parameter; room for n + m + 1 */
  bool *active;       /* of each parameter: it has a companion d */
  bool *batched;      /* of each of `out` */
  void *block;
  size_t bytes;
  ad_array *error;    /* what failed; every function does nothing from then on */
} ad_rework;

void ad__rework_begin(ad_rework *w, ad_ctx *c, ad_graph *g);
void ad__rework_end(ad_rework *w);
/* A new argument of that type. */
ad_array *ad__rework_new(ad_rework *w, const ad_type *type);
/* The companion of parameter i, of its type, made at first use. */
ad_array *ad__rework_companion(ad_rework *w, int i);
/* Tangents of all results into out, for the active parameters. With states > 0, the first `states` parameters are handed from
 * step to step: those whose next value has a tangent become active, until no more do. */
void ad__rework_jvp(ad_rework *w, int states);
/* Cotangents of all parameters into out, for cotangents cts of the results; with states > 0, that of active state i is d[i],
 * and states that get a cotangent become active, until no more do. */
void ad__rework_vjp(ad_rework *w, int states, ad_array **cts);
/* Makes the companion of each active parameter a batch and computes extra, then the results, into out and batched. With states > 0,
 * states become active whose next value is batched, until no more do. */
void ad__rework_batch(ad_rework *w, int states, ad_array *extra, int64_t size);

/* Derivatives exist for these. */
static inline bool ad__is_inexact(const ad_type *t) {
  return t->kind == AD_KIND_TENSOR && ad_dtype_category(t->dtype) >= AD_CATEGORY_FLOAT;
}
static inline ad_array *ad__or_zeros(ad_array *a, const ad_array *like) { return a ? a : ad__zeros_of(like); }
/* The list as a tuple, or the error that memory ran out while it was made. */
ad_array *ad__handles_tuple(const ad_handles *l);
/* a where the mask, one truth value for each element of the batch axis in front, is true, else b. */
ad_array *ad__choose(ad_array *mask, ad_array *a, ad_array *b);

/* The op on the operands, then what the regions captured, then `last` (may be NULL), which they do not see; results become regions
 * with those params, which are the op's first attributes. Ends with the node or an error. */
typedef struct ad_new_region {
  const ad_handles *params, *results;
} ad_new_region;
ad_array *ad__rework_apply(ad_rework *w, const ad_op *op, const ad_handles *operands, ad_array *last, const ad_new_region *regions,
                           int n_regions, ad_attr *attrs);

#endif
