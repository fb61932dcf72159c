/* Regions: lazy expressions made graphs that see nothing but their parameters, and rules that take a region as a whole. */
#ifndef AD_TRANSFORM_REGION_H
#define AD_TRANSFORM_REGION_H

#include "ir/ctx.h"
#include "ir/graph.h"

/* A growing list of arrays, which it does not hold. */
typedef struct ad_handles {
  ad_ctx *ctx;
  ad_array **at;
  int count, capacity;
  bool failed; /* memory ran out */
} ad_handles;

void ad__handles_init(ad_handles *k, ad_ctx *c);
void ad__handles_free(ad_handles *k);
/* False without memory; the list then says so for good. */
bool ad__handles_add(ad_handles *k, ad_array *a);

/* The serial of the next node: what is made from now on has no lower one. */
static inline uint64_t ad__trace_start(const ad_ctx *c) { return c->serial; }
/* In place of a start: inside is what depends on the params. */
#define AD_DEPENDENTS UINT64_MAX

/* Adds to *captures what the results use from outside: nodes older than `since` that are no constants. False without memory. */
bool ad__region_collect(ad_handles *captures, ad_array *const *params, int n, ad_array *const *results, int m, uint64_t since);
/* The results as a graph, whose parameters are the params (x0, x1...) and then the captures, collected before, perhaps for several
 * graphs together. Constants stay constants. The graph may have failed; the caller frees it. */
ad_graph *ad__region_trace(const ad_handles *captures, const char *name, ad_array *const *params, int n,
                           ad_array *const *results, int m, uint64_t since);

/* The results of a graph on these arguments, as lazy nodes, into out[results]. Returns an error array, or NULL. */
ad_array *ad__region_call(ad_ctx *c, ad_graph *g, ad_array *const *args, int n, ad_array **out);

/* ---- Rules of whole nodes ---- */

/* For ops whose inputs share the work of a rule: regions and functions with rules of their own. A result is a tuple like the
 * node's, or an error array. */
typedef struct ad_whole_rules {
  /* Cotangents of the inputs with wanted[i], into grads (all NULL before); cts has one entry for each member of the result.
   * Returns an error array, or NULL. */
  ad_array *(*vjp)(const ad_rule *r, ad_array *const *cts, const bool *wanted, ad_array **grads);
  /* NULL entries of tangents are zero. */
  ad_array *(*jvp)(const ad_rule *r, ad_array *const *tangents);
  /* Inputs with a batch axis, in front, where batched says so; every member of the result gets one. */
  ad_array *(*batch)(const ad_rule *r, const bool *batched, int64_t size);
} ad_whole_rules;

/* The row of an op; NULL when it has none. */
const ad_whole_rules *ad__whole_rules(const ad_op *op);

extern const ad_whole_rules ad__custom_rules, ad__checkpoint_rules, ad__cond_rules, ad__while_rules, ad__scan_rules;

/* ---- Functions with rules of their own ---- */

/* What the first operand of a `custom` node points to, at its beginning. */
typedef struct ad_custom {
  const ad_whole_rules *rules;
} ad_custom;

#endif
