/* Physical models from the inside: the flat list of ops that a logical model is, and the keys it takes and gives. */
#ifndef AD_MODEL_PHYSICAL_H
#define AD_MODEL_PHYSICAL_H

#include <adamant/compile.h>
#include "model/logical.h"

/* Where a value comes from: entry `number` of the run's values. Inputs first, then the outputs of each op in order. */
typedef struct ad_flat_op {
  ad_unit *unit;
  ad_place where; /* the block's path: "mlp.Linear_1" */
  int first_in, inputs; /* in `operands`, parameters that are wired last; -1 is a missing input */
  int first_out, outputs;
} ad_flat_op;

typedef struct ad_flat_key {
  const char *name;
  ad_edge *edge;
  int number;
  bool trained; /* in params; else in data */
} ad_flat_key;

/* A model as a list of ops in an order in which every input is there before it is read. It lives in the arena. */
typedef struct ad_flat {
  ad_arena arena;
  ad_flat_op *ops;
  int op_count;
  int *operands;
  int operand_count;
  ad_flat_key *inputs;
  int input_count;
  const ad_literal **constants; /* values that are known: numbers input_count on */
  int constant_count;
  ad_flat_key *outputs;
  int output_count;
  int values; /* all numbers */
} ad_flat;

/* Flattens a model, of which only what its outputs need is left. The flat's arena is to be freed also on failure. */
ad_status ad__flatten(ad_model *m, ad_flat *flat, ad_err *e);

/* The model it was compiled from, and the function of its forward run, or of its gradients. */
ad_model *ad__physical_model(const ad_physical *p);
ad_fn *ad__physical_function(const ad_physical *p, bool gradients);

#endif
