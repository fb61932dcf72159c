/* Drawing a graph in layers: every link goes down from rank to rank (Sugiyama, Tagawa and Toda, Methods for visual understanding of
 * hierarchical system structures, 1981).
 *
 * Given are nodes with their sizes and links between them. Links that would close a cycle are turned round and marked. Then
 * (layer_ranks.c) every node gets a rank, and a link that passes ranks a bend in each; one that would pass more than LONGEST (or
 * SHARED, where its beginning has several links and none above it, or more than FEW) a chip instead: a node right above its end that
 * stands for its beginning. So there are at most LONGEST bends to a link, and time is n log n in nodes and links. (layer_order.c)
 * puts nodes of a rank in an order with few crossings, (layer_place.c) gives coordinates. The result depends on nothing but what was
 * given. Knows nothing of pictures. */
#ifndef AD_PICTURE_LAYERS_H
#define AD_PICTURE_LAYERS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"

enum { AD_LAYER_LONGEST = 12, AD_LAYER_SHARED = 3, AD_LAYER_FEW = 6 };

typedef enum ad_layer_kind { AD_LAYER_GIVEN, AD_LAYER_BEND, AD_LAYER_CHIP } ad_layer_kind;

typedef struct ad_layer_node {
  double left, right, h; /* its extent on both sides of the line that its links should be straight on */
  int8_t pin;      /* -1: in the first rank, 1: in the last */
  bool light;      /* its links need not be straight where others are: a weight beside what flows */
  ad_layer_kind kind;
  int rank, slot;  /* the place in its rank */
  double x, y;     /* of that line; its top */
} ad_layer_node;

typedef struct ad_layer_link {
  int from, to;
  double chip_w, chip_h; /* of its chip, should it get one */
  bool back;       /* goes up: its bends are in order from `to` to `from` */
  int chip;        /* the node it begins at instead of `from`; -1: none */
  int bend, bends; /* its first bend, and how many: one in each rank */
} ad_layer_link;

/* A part of a link between neighbouring ranks. */
typedef struct ad_layer_part {
  int up, down;
  bool loose;      /* need not be straight */
} ad_layer_part;

typedef struct ad_layers {
  ad_arena *arena;
  ad_layer_node *nodes; /* the given ones first; copied, since bends follow */
  int given, n;
  ad_layer_link *links;
  int m;
  /* Results, and what the steps share: */
  int ranks;
  int *begin;           /* ranks + 1: where each rank begins in `order` */
  int *order;           /* nodes by rank and slot */
  double *top, *bottom; /* per rank */
  ad_layer_part *parts; /* by down's, and a second time by up's rank and slot: lists per node */
  int n_parts;
  int *into, *out_of;   /* n + 1: where each node's parts begin in the lists below */
  int *into_list, *out_list; /* numbers of parts */
  double width, height;
} ad_layers;

/* False without memory. nodes[0..given), links[0..m) are set, and the arena. */
bool ad__layers_run(ad_layers *l);

/* Its steps. */
bool ad__layers_rank(ad_layers *l);
bool ad__layers_order(ad_layers *l);
bool ad__layers_place(ad_layers *l);

#endif
