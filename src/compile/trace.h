/* Tracing a call of a function into a graph. */
#ifndef AD_COMPILE_TRACE_H
#define AD_COMPILE_TRACE_H

#include <adamant/compile.h>
#include "array/fn.h"
#include "transform/region.h"

/* What a trace found out. The graph's parameters are the leaves of the arguments, of the captured state, the random keys that
 * the function drew, and what it uses from outside, in this order; its results are those of the function and then the state. */
typedef struct ad_traced {
  ad_graph *graph;
  int keys;
  ad_handles captures;     /* of outside */
  bool held;               /* they are */
  const ad_type *form;     /* of the result */
  const ad_type *state;    /* of the captured outputs; NULL: there are none */
  uint64_t weak;           /* bit i: result i is a weak scalar */
} ad_traced;

/* Runs f on arguments without values in the place of `in`, and of the captured `state` (NULL: none). Returns an error array, or
 * NULL; then the caller ends what is in `out`. types: the arguments' (and then the state's) leaves as they are traced; NULL: as
 * they are. */
ad_array *ad__trace_call(const ad_fn *f, ad_place where, const ad_compile_opts *opts, ad_array *const *in, ad_array *state,
                         const ad_type *const *types, ad_traced *out);
void ad__traced_end(ad_traced *t);
/* The part of it that makes the graph of what was built since then, and holds what it uses from outside. On an error nothing is
 * left to end. */
ad_array *ad__traced_graph(const ad_fn *f, ad_place where, ad_array *const *params, int n, ad_array *const *results, int m,
                           uint64_t since, ad_traced *out);

#endif
