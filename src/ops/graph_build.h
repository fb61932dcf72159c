/* Building graphs with ops: what ad_apply needs of graphs, and what reads or copies them needs. */
#ifndef AD_OPS_GRAPH_BUILD_H
#define AD_OPS_GRAPH_BUILD_H

#include "ir/graph.h"
#include "ops/apply.h"

/* The graph a new node goes to: the one being built, or that of an input; NULL for a lazy node. */
ad_graph *ad__graph_meant(const ad_ctx *c, ad_array *const *in, int n);
/* As ad__apply_floating, in g. */
ad_array *ad__graph_apply(ad_graph *g, ad_place where, const ad_op *op, ad_array *const *in, int n, const ad_attr *attrs);
/* x as a node of g: itself, or, when it has a value, a constant. An error array otherwise. */
ad_array *ad__graph_adopt(ad_graph *g, ad_array *x);
/* A node of known type in the graph that is meant, or a lazy one: for tuples and their members. */
ad_array *ad__node_in_place(ad_ctx *c, ad_place where, const ad_op *op, const ad_type *type, ad_array *const *in, int n,
                            const ad_attr *attrs);
/* A constant of that type over a value, which it shares; weak: its number. A node of the graph that c builds, or floating. */
ad_array *ad__constant_over(ad_ctx *c, ad_place where, const ad_type *type, const ad_value *v, const ad_array *weak);

#endif
