/* Leaves of trees by their dotted paths: layers.0.weight. */
#ifndef AD_NN_LEAF_PATHS_H
#define AD_NN_LEAF_PATHS_H

#include "array/tree.h"
#include "base/str.h"

/* Appends the path of leaf number `leaf` of a tree of that type; nothing for a tree that is one array. */
void ad__leaf_path(const ad_type *form, int leaf, ad_text *out);
/* The same into a fixed buffer, for messages: "the array" where the path is empty. */
const char *ad__leaf_name(ad_ctx *c, const ad_type *form, int leaf, char *out, size_t size);

/* Adds what `tree` has in the places of the leaves of `form`, which may be trees themselves. False when it lacks one of them, or
 * when memory ran out. */
bool ad__leaves_at(ad_leaves *out, ad_place where, const ad_type *form, ad_array *tree);

#endif
