/* One trace for all shapes. */
#ifndef AD_COMPILE_SHAPES_H
#define AD_COMPILE_SHAPES_H

#include "compile/trace.h"

/* A trace on arguments whose dims are symbols. */
typedef struct ad_shape_trace {
  struct ad_shape_trace *next;
  size_t bytes;
  ad_traced traced;       /* with its graph */
  uint64_t weak;
  uint64_t trace;         /* its number */
  int inputs, leaves;     /* arguments; their leaves and those of the captured inputs */
  const ad_type **args;   /* forms */
  const ad_type *state;
  const ad_type **types;  /* of the leaves as traced */
} ad_shape_trace;

/* Traces f on arguments like these with symbols for dims. NULL when it cannot be traced so: *why says why. */
ad_shape_trace *ad__shape_trace(const ad_fn *f, ad_place where, const ad_compile_opts *opts, ad_array *const *in, ad_array *state,
                                uint64_t weak, ad_err *why);
void ad__shape_trace_free(ad_ctx *c, ad_shape_trace *s);
/* Is it a trace of calls like this one: the same forms, dtypes and ranks, numbers where it has numbers, equal dims where it has
 * equal symbols? */
bool ad__shape_trace_fits(const ad_shape_trace *s, ad_array *const *in, ad_array *state, uint64_t weak);
/* The trace for the dims of this call, without running the function. Returns an error array, or NULL. */
ad_array *ad__shape_trace_at(const ad_shape_trace *s, const ad_fn *f, ad_place where, ad_array *const *in, ad_array *state, ad_traced *out);

#endif
