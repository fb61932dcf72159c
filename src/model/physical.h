/* Physical models from the inside: the flat list of ops that a logical model is, and the keys it takes and gives. */
#ifndef AD_MODEL_PHYSICAL_H
#define AD_MODEL_PHYSICAL_H

#include <adamant/compile.h>
#include "model/key_names.h"

/* How a parameter or a state begins. */
typedef enum ad_beginning_kind { AD_BEGIN_NORMAL, AD_BEGIN_UNIFORM, AD_BEGIN_CONSTANT, AD_BEGIN_ARRAY, AD_BEGIN_UNKNOWN } ad_beginning_kind;
typedef struct ad_beginning {
  ad_beginning_kind kind;
  double number;    /* standard deviation, bound or constant */
  ad_array *array;  /* held by the flat */
  const char *lacks; /* UNKNOWN: what must be known first */
} ad_beginning;

typedef enum ad_flat_role { AD_FLAT_PARAM, AD_FLAT_DATA, AD_FLAT_STATE, AD_FLAT_ROLES } ad_flat_role;

/* What a dim of a key must be: a number, or symbol -1 - n of the flat, equal wherever it stands. AD_FLAT_OPEN: anything. */
#define AD_FLAT_OPEN INT64_MIN

typedef struct ad_flat_key {
  const char *name;
  int number;   /* among the values of a run */
  int next;     /* STATE: the value that it is in the next run */
  ad_flat_role role;
  unsigned kinds;
  ad_dtype dtype;   /* NONE: any of its kinds */
  int rank;         /* -1: any */
  int64_t *dims;
  const char *shape; /* as text */
  ad_beginning begin;
} ad_flat_key;

/* Where a value comes from: entry `number` of the run's values. Inputs first, then constants, then the outputs of each op. */
typedef struct ad_flat_op {
  ad_unit *unit;
  ad_place where; /* the block's path: "mlp.Linear_1" */
  int first_in, inputs; /* in `operands`, parameters that are wired last; -1 is a missing input */
  int first_out, outputs;
  ad_dtype dtype; /* what its floats are computed in; NONE: as they come */
} ad_flat_op;

/* Ops [first, end) whose intermediates are computed again in the backward pass: what they read from before, what is read after. */
typedef struct ad_flat_segment {
  int first, end;
  int *in, in_count, *out, out_count;
} ad_flat_segment;

/* A model as a list of ops in an order in which every input is there before it is read. It lives in the arena. */
typedef struct ad_flat {
  ad_arena arena;
  ad_flat_op *ops;
  int op_count;
  int *operands;
  int operand_count;
  ad_flat_key *inputs;
  int input_count, symbol_count;
  const char **symbols;
  const ad_literal **constants; /* values that are known: numbers input_count on */
  int constant_count;
  ad_flat_key *outputs;
  int output_count;
  int values; /* all numbers */
  ad_flat_segment *segments;
  int segment_count;
  ad_dtype *computed_in; /* per value: the dtype its op is computed in by backend_map; NULL: none is */
  int units; /* of the model, pruned ones counted */
} ad_flat;

/* What flattening is told beside the model. */
typedef struct ad_flattening {
  const ad_key_names *names;
  const char *checkpoint;  /* patterns of block paths, or NULL */
  const char *backend_map;
  ad_edge *const *extra;   /* connections' edges that are outputs too, with their names */
  const char *const *extra_names;
  int extra_count;
  uint32_t dropped;        /* edges with this mark are dropped with all that needs them; 0: none */
  ad_text *notes;          /* warnings */
} ad_flattening;

/* Flattens a model, of which only what its outputs need is left. The flat's arena is to be freed also on failure. */
ad_status ad__flatten(ad_model *m, const ad_flattening *o, ad_flat *flat, ad_err *e);
/* Orders ops so that those of each checkpointed block lie together, and finds what goes in and out (flat_segments.c). */
ad_status ad__flat_segments(ad_ctx *c, ad_flat *flat, const char *patterns, ad_text *notes, ad_err *e);
/* Notes what the ops of blocks are computed in (flat_segments.c). */
ad_status ad__flat_backends(ad_flat *flat, const char *map, ad_text *notes, ad_err *e);
/* Does a block's path fit the pattern? The path as it is or without the outermost name; * stands for any letters. A pattern fits the
 * blocks inside, too. */
bool ad__path_fits(const char *pattern, size_t n, const char *path);

struct ad_physical {
  ad_ctx *ctx;
  ad_array *handle;
  ad_status error;
  const char *error_text;
  ad_flat flat;
  ad_model *model;   /* held: its arena has literals and attributes */
  ad_fn *forward, *backward;
  int counts[AD_FLAT_ROLES]; /* of inputs */
  const ad_type *seen[AD_FLAT_ROLES]; /* records of these types were checked together, and lie in order */
  bool inference;
  bool guessed; /* a dtype of data while planning */
  ad_dtype dtype;
  ad_physical_opts opts; /* texts are the arena's */
  struct ad_physical *settled; /* the same model with values for inputs that are no tensors, held; `fetched` says which */
  int open;                   /* how many such inputs there are */
  struct ad_physical *fetches, *next; /* the same model with more outputs, held; `fetched` says which */
  const char *fetched;
  double fact_seconds, flat_seconds; /* spent on options and on flattening */
  ad_text notes, text; /* warnings; the last report */
  ad_graph *source;    /* of the last ad_physical_source, which has the text */
};

/* Arguments without values by role, and, where they may be, cotangents behind them; NULL where a key leaves something open. */
void ad__physical_stand_ins(ad_physical *p, ad_array **in);

/* The model as options say; extra outputs are names, or NULL. */
ad_physical *ad__physical_make(ad_place where, ad_model *m, const ad_physical_opts *opts, const char *extra);
/* (params, data) -> outputs, and (params, data, cotangents) -> (outputs, gradients) (physical_run.c). user is the ad_physical. A model
 * with states has these behind data, and the next ones behind its results: (params, data, states) -> (outputs, states). */
ad_array *ad__physical_forward(ad_ctx *c, ad_array *const *in, void *user);
ad_array *ad__physical_backward(ad_ctx *c, ad_array *const *in, void *user);
/* An error array of this model's. */
ad_array *ad__physical_error(const ad_physical *p, ad_place where, ad_status code, const char *fmt, ...) AD_FORMAT(4, 5);
/* How many records a call takes: states are one where there are some. */
static inline int ad__physical_records(const ad_physical *p) { return p->counts[AD_FLAT_STATE] ? 3 : 2; }
/* The records given, by role, in the order of the keys, their members checked, into out. NULL, or an error array (physical_check.c). */
ad_array *ad__physical_inputs(ad_physical *p, ad_place where, ad_array *const *given, ad_array **out);
/* Is the input no tensor, and part of what is computed? */
bool ad__key_is_static(const ad_flat_key *k);
/* The model that such inputs make, and the data without them (settled.c). NULL, or an error array. */
ad_array *ad__physical_settle(ad_physical **p, ad_place where, ad_array **data);
/* Key number i of a role. */
const ad_flat_key *ad__physical_key(const ad_physical *p, ad_flat_role role, int i);

/* The model it was compiled from, and the function of its forward run, or of its gradients. */
ad_model *ad__physical_model(const ad_physical *p);
ad_fn *ad__physical_function(const ad_physical *p, bool gradients);

#endif
