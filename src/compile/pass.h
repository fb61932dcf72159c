/* Passes: graph to graph, the meaning kept.
 *
 * A pass copies the nodes that the results need, in order, each as a visit gives it: so each is linear in nodes and edges, what
 * nothing needs falls away by itself, and the graph before stays as it was, to be looked at. Types are taken over: a visit
 * must give a node of the same type. A pass that finds nothing to do gives back the graph it was given, since the copy is what
 * a pass costs.
 * Passes know no op by name but in the rules of rewrites.def: the rest is read from descriptors. */
#ifndef AD_COMPILE_PASS_H
#define AD_COMPILE_PASS_H

#include "ir/graph.h"
#include "ir/ctx.h"

typedef struct ad_passing ad_passing;

/* What stands in the new graph for node a, whose operands there are `in`. NULL: a as it is. */
typedef ad_array *(*ad_visit)(ad_passing *p, ad_array *a, ad_array *const *in);

struct ad_passing {
  ad_ctx *ctx;
  const ad_graph *from;
  ad_graph *to;
  void *own; /* the pass's */
};

/* The new graph, which the caller frees; a failed one when a visit failed or memory ran out. */
ad_graph *ad__pass_over(const ad_graph *g, ad_visit visit, void *own);
/* What a pass gives that ran out of memory. */
ad_graph *ad__pass_failed(const ad_graph *g);
/* Node a in the new graph as it is. */
ad_array *ad__pass_copy(ad_passing *p, ad_array *a, ad_array *const *in);

typedef struct ad_pass {
  const char *name;
  ad_graph *(*run)(ad_graph *g);
} ad_pass;

/* In the order they are run; the name NULL ends the list. */
extern const ad_pass ad__passes[];

ad_graph *ad__pass_expand(ad_graph *g);   /* composites without a kernel become what they are composed of */
ad_graph *ad__pass_fold(ad_graph *g);     /* what depends on constants alone is computed */
ad_graph *ad__pass_simplify(ad_graph *g); /* the rules of rewrites.def */
ad_graph *ad__pass_sink(ad_graph *g);     /* permutations of axes move towards the results and cancel */
ad_graph *ad__pass_share(ad_graph *g);    /* equal nodes become one */
ad_graph *ad__pass_prune(ad_graph *g);    /* what nothing needs falls away */

/* A hash of what a node does (op, type, attributes), and whether two do the same; operands are the caller's business. */
uint64_t ad__node_hash(const ad_array *a);
bool ad__node_same(const ad_array *a, const ad_array *b);
static inline uint64_t ad__hash_add(uint64_t h, uint64_t x) {
  h = (h ^ x) * 0x9e3779b97f4a7c15u; /* the odd number of Knuth's multiplicative hashing, 2^64 / golden ratio */
  return h ^ h >> 29;
}

#endif
