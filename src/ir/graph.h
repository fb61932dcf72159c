/* Graphs from the inside.
 *
 * A graph owns its nodes: their blocks lie in its arena, a node's serial is its position in `nodes`, and a node's inputs stand
 * before it. Attributes and values of nodes are given back when the graph ends. A graph is counted: its maker, a
 * module and every node that has it as an attribute hold it; once an attribute it is frozen, so a region can never come
 * to hold the node that owns it. Nothing in a graph is ever freed alone, except the newest node by ad__graph_cut. */
#ifndef AD_IR_GRAPH_H
#define AD_IR_GRAPH_H

#include <adamant/graph.h>
#include "base/arena.h"
#include "base/map.h"
#include "base/prefetch.h"
#include "ir/node.h"

enum { AD_MAX_REGION_DEPTH = 64 };

/* A growing list of nodes. */
typedef struct ad_node_list {
  ad_array **at;
  int count, capacity;
} ad_node_list;

struct ad_graph {
  ad_ctx *ctx;
  ad_arena arena;
  const char *name;
  int refs;
  int depth;   /* of regions inside: 0 without any */
  bool frozen; /* is an attribute: it may not change */
  bool held;   /* by its maker, until ad_graph_free */
  ad_node_list nodes, params, results;
  const char **names; /* one per node, NULL without a name; as long as nodes.capacity */
  ad_map by_name;     /* name -> position */
  ad_text text;       /* of the last ad_graph_text */
  ad_status error;
  const char *error_text;
  ad_graph *lowered; /* what kernels run, see runtime/region_lower.c: held, or the graph itself; NULL: not made */
  ad_graph *previous, *next; /* in the context's list */
};

struct ad_module {
  ad_ctx *ctx;
  ad_map graphs; /* name -> graph, in order */
  ad_text text;
  ad_err error;
  ad_module *previous, *next;
};

/* For walks over large graphs: operands may lie far from their node, so they are asked for some nodes before they are looked at.
 * Called at node i of a walk in steps of 1 or -1. */
enum { AD_FETCH_AHEAD = 12 };
static inline void ad__graph_fetch(const ad_graph *g, int i, int step) {
  int j = i + step * AD_FETCH_AHEAD;
  if (j < 0 || j >= g->nodes.count) return;
  const ad_array *a = g->nodes.at[j];
  for (int k = 0; k < a->n; k++) AD_PREFETCH(a->in[k]);
}

/* The op of parameters. */
extern const ad_op ad__op_param;

/* A node of the graph that c is building, or else of the first input that belongs to one. Every input must belong to it, or
 * be a constant of the context, of which a copy is put in front. What ad__node_new does for graphs. */
ad_array *ad__graph_node(ad_ctx *c, ad_place where, const ad_op *op, const ad_type *type, ad_array *const *in, int n,
                         const ad_attr *attrs);
/* A dim in it, or in a region of its nodes, is a symbol: it cannot be run. */
bool ad__graph_is_symbolic(const ad_graph *g);
/* Makes *to share a value's buffer; false without memory. */
bool ad__value_share(ad_ctx *c, const ad_type *type, const ad_value *from, ad_value *to);
/* Takes the node away again when it is the newest. */
void ad__graph_discard(ad_array *node);
/* Takes away every node from position `count` on; none of them may have a name or be a parameter or result. */
void ad__graph_cut(ad_graph *g, int count);
ad_array *ad__graph_param(ad_graph *g, const char *name, size_t n, const ad_type *type);
ad_status ad__graph_set_name(ad_graph *g, ad_array *node, const char *name, size_t n);
/* The first failure stays; returns the code. */
ad_status ad__graph_fail(ad_graph *g, ad_status code, const char *fmt, ...) AD_FORMAT(3, 4);
/* The node of that name, or NULL. */
ad_array *ad__graph_find(const ad_graph *g, const char *name, size_t n);
bool ad__graph_owns(const ad_graph *g, const ad_array *node);
/* One more holder, which stops it from changing; and one less. */
void ad__graph_freeze(ad_graph *g);
void ad__graph_drop(ad_graph *g);
/* The failed graph of nobody, for NULL in place of a context. */
ad_graph *ad__graph_none(void);
/* Makes the context's failed graph; false without memory. */
bool ad__graphs_begin(ad_ctx *c);
/* Ends every graph and module, for the end of the context. */
void ad__graphs_free(ad_ctx *c);
bool ad__name_is_valid(const char *s, size_t n);

/* The text form (src/ir/text_print.c, text_unions.c). */
void ad__graph_print(const ad_graph *g, ad_text *out);
/* Of one node: the attributes that are not their default, regions apart, as "axes=[1], keepdims=true". */
void ad__attrs_print(const ad_array *a, ad_text *out);
/* The elements of a value, "[1.0, 2.0]", or a weak number. */
void ad__elements_print(const ad_array *a, ad_text *out);
/* The definitions of the unions that the graph's types name, and those that these name, but what `seen` has; it takes them. */
void ad__unions_print(ad_map *seen, const ad_graph *g, ad_text *out);
/* Words that name nothing because the text form uses them. */
bool ad__word_is_reserved(const char *s, size_t n);

/* What needs no op's knowledge: order, ownership, names, results, regions, canonical attributes (src/ir/verify.c). */
ad_status ad__graph_check(const ad_graph *g, ad_err *e);

#endif
