/* Trees: tuples and records of arrays, flattened to their leaves and built again. */
#ifndef AD_ARRAY_TREE_H
#define AD_ARRAY_TREE_H

#include "ir/node.h"

typedef struct ad_leaves {
  ad_ctx *ctx;
  ad_array **at;
  int count, capacity;
  ad_array *few[16];
} ad_leaves;

void ad__leaves_init(ad_leaves *l, ad_ctx *c);
void ad__leaves_free(ad_leaves *l);
/* Adds the leaves of a tree, in order. Returns an error array, or NULL. */
ad_array *ad__leaves_add_tree(ad_leaves *l, ad_place where, ad_array *tree);
/* Adds one array. */
ad_array *ad__leaves_add(ad_leaves *l, ad_array *a);

/* How many leaves a tree of that type has. */
int ad__tree_size(const ad_type *t);
/* Arrays, from *next on, as a tree of the form of that type; moves *next. */
ad_array *ad__tree_build(ad_ctx *c, ad_place where, const ad_type *t, ad_array *const **next);
/* True when both have the same members in the same places, whatever the leaves are. */
bool ad__tree_alike(const ad_type *a, const ad_type *b);

#endif
