/* What printers of graphs share: a copy in which only what the target can say is left, and names that it allows. */
#ifndef AD_EMIT_LOWER_H
#define AD_EMIT_LOWER_H

#include "base/map.h"
#include "ir/graph.h"

/* True when the printer can write this node (no parameter, constant, tuple or item). */
typedef bool (*ad_can_emit)(const ad_array *node, void *user);

/* A copy of g in which every node that cannot be emitted is expanded through its op's compose, again and again; names are
 * kept. The caller frees it. NULL sets e: an op that is neither emitted nor composed is refused by name. */
ad_graph *ad__lower(const ad_graph *g, const char *target, ad_can_emit can, void *user, ad_err *e);

/* For each node whether a result needs it, into out[node_count]. */
void ad__emit_mark_needed(const ad_graph *g, bool *out);
/* The node that a stands for: the member where it is an item of a tuple that the graph makes, else a itself. */
const ad_array *ad__emit_resolve(const ad_array *a);

/* Names given so far; they and their text live as long as the arena. */
typedef struct ad_emit_names {
  ad_map taken;
  ad_arena *arena;
  bool failed; /* memory ran out */
} ad_emit_names;

void ad__emit_names_init(ad_emit_names *n, ad_mem *mem, ad_arena *arena);
void ad__emit_names_free(ad_emit_names *n);
/* Marks words as taken; they must live as long. */
void ad__emit_names_reserve(ad_emit_names *n, const char *const *words);
/* `wish` with everything replaced that is no letter, digit or _, and numbered when it is taken. */
const char *ad__emit_name(ad_emit_names *n, const char *wish);

/* A line of text that may stand in a comment or docstring: "graph mlp(x: float32[N, 784]) -> float32[N, 10]". */
void ad__emit_signature(const ad_graph *g, ad_text *out);

#endif
