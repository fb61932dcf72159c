/* Ops with regions from the inside: what their operands are, for those who run, differentiate and batch them.
 *
 * All are nodes over flat tensors and give a tuple. A region is a graph that sees nothing but its parameters; what it uses
 * from outside are operands ("captures"), which every region of the node gets behind its own parameters. */
#ifndef AD_OPS_REGIONS_H
#define AD_OPS_REGIONS_H

#include "ir/graph.h"

/* Fields by position. */
enum { AD_CUSTOM_RESULTS };
enum { AD_CHECKPOINT_BODY };
enum { AD_COND_THEN, AD_COND_ELSE };
enum { AD_WHILE_COND, AD_WHILE_BODY, AD_WHILE_SWEEPS, AD_WHILE_SAVES, AD_WHILE_RESUMES, AD_WHILE_FIELDS };
enum { AD_SCAN_BODY, AD_SCAN_CARRIES, AD_SCAN_STACKED, AD_SCAN_LENGTH, AD_SCAN_REVERSE, AD_SCAN_FIELDS };

/* What the first operand of a `compiled` node points to, at its beginning. The node's own type is `type`: a tensor, or a tuple. */
struct ad_exec;
typedef struct ad_compiled {
  const ad_type *type;
  /* The node's kernel. */
  ad_status (*run)(struct ad_exec *x, ad_array *node, uint32_t dying);
  /* The same as ordinary nodes on these operands; `self` is the first operand. */
  ad_array *(*again)(ad_array *self, ad_array *const *in, int n);
  bool (*takes)(ad_array *const *in, int n, const ad_array *self);
} ad_compiled;

/* The graph of a field; NULL when absent. */
static inline ad_graph *ad__region_of(const ad_attr *at, int field) { return at[field].given ? at[field].as.graph : NULL; }
/* The tuple of a graph's results' types. */
const ad_type *ad__region_results(ad_ctx *c, const ad_graph *g, ad_err *e);

#endif
