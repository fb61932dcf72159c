/* The names of a model's keys: what its inputs and outputs are called by whoever compiles, evaluates or reads about it. */
#ifndef AD_MODEL_KEY_NAMES_H
#define AD_MODEL_KEY_NAMES_H

#include "model/logical.h"

typedef struct ad_key_names {
  const ad_model *model;
  const char **of; /* per connection of the model; NULL: it is no key */
  ad_map by_name;  /* the connection's number */
} ad_key_names;

/* A connection that the user named keeps its name; the one standard input that has none is `input`; others are called by the
 * terminal they came from, weight_0, weight_1... where there are several, or, with paths, by blocks and terminal, Linear_0_weight.
 * A name that is taken gets a _ in front. Names lie in the arena; false without memory. The rest is freed by ad__key_names_free. */
bool ad__key_names(ad_key_names *k, const ad_model *m, ad_arena *arena, bool paths);
void ad__key_names_free(ad_key_names *k);
/* By that name, or by what the model itself calls it ("$3" too); NULL when there is none. */
ad_conn *ad__key_names_find(const ad_key_names *k, const char *name, size_t n);

#endif
