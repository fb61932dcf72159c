/* The descriptor of a block: the one place that states what it is.
 *
 * A block is a constant ad_block_desc in src/model/blocks/ and one line in src/model/blocks/block_list.def. It is either one op
 * (`op`), whose inputs its input terminals are in order, or composed of blocks (`build`), or a rule about values (`rule`). Tests, documentation and Python classes
 * are made from the same descriptor. */
#ifndef AD_MODEL_BLOCK_DESC_H
#define AD_MODEL_BLOCK_DESC_H

#include <adamant/model.h>
#include <adamant/relation.h>
#include "base/str.h"
#include "ir/rel.h"
#include "model/literal.h"

/* One use of a block that the table test makes: parameters; what the inputs are, "input: 2, 3; indices: int32[4] index:3", a shape of
 * floats or a type, and perhaps a word by which they are drawn (as in ad_sample); and that word for the others. */
typedef struct ad_block_sample {
  const char *params;
  const char *shapes;
  const char *domain;
} ad_block_sample;

/* A wrong use: wired to inputs of these shapes; and a part of its message. */
typedef struct ad_block_error {
  const char *params;
  const char *shapes;
  ad_status code;
  const char *message;
} ad_block_error;

/* What a block is being made from. */
typedef struct ad_block_args {
  ad_ctx *ctx;
  ad_place where;
  const ad_attr *params;    /* one per field */
  ad_model *const *parts;   /* blocks given as parameters */
  int part_count;
} ad_block_args;

/* What a rule is given, by the solver and again when the model runs. */
typedef struct ad_look {
  ad_ctx *ctx;
  ad_place where;
  ad_arena *arena;       /* for literals that are made */
  const ad_attr *params; /* one per field */
  const ad_literal *const *in; /* of each input what is known: EDGE for what is not, or a tensor without a value */
  int inputs;
  ad_err *err;
} ad_look;

/* A block that works on values which need not be tensors: shapes, tuples, indices. It has one output. */
typedef struct ad_value_rule {
  unsigned in, out; /* the kinds (AD_IS_...) its inputs and its output may have; 0: any */
  /* The output's value, in which EDGEs may stand; NULL: not yet, a tensor (then compute makes it), or a failure, which err has. */
  const ad_literal *(*value)(ad_look *l);
  /* The dims of the tensor that it is; false: not yet, or a failure. */
  bool (*shape)(ad_look *l, int *rank, ad_dim *dims);
  ad_array *(*compute)(ad_look *l);
} ad_value_rule;

typedef struct ad_block_desc {
  const char *name;
  const char *doc;
  const char *group;
  const ad_field *fields; /* parameters, as an op's attributes */
  int field_count;
  const ad_block_terminal *terminals; /* inputs, then outputs; NULL: `input` and `output` */
  int terminal_count;
  const char *parts; /* the name of the parameter that is blocks (ad_block_of), in the order of ad_block_args.parts; NULL: none */
  const char *standard_inputs;  /* "left, right"; NULL: the first input */
  const char *standard_outputs; /* NULL: the first output */
  const char *op;
  const ad_value_rule *rule; /* instead of op */
  /* Parameters that may also be wired, as terminals: "axis, keepdim". NULL: those that are attributes of op by name. */
  const char *wired;
  /* Attributes of op (one per field, none given before) from the parameters; NULL: parameters are the op's attributes of that name. */
  ad_status (*attrs)(const ad_block_args *a, ad_attr *attrs, char *why, size_t why_size);
  /* The same where attributes follow from the inputs' shapes too; *known false: not yet, which it may not be when the model runs. */
  ad_status (*choose)(const ad_block_args *a, const ad_rel_slot *in, int n, bool running, ad_attr *attrs, bool *known);
  /* Shapes as text, into out: what the parameters say of the terminals: "weight: 256, None; bias: 256". NULL: nothing. */
  void (*shapes)(const ad_block_args *a, char *out, size_t size);
  /* Wires the blocks it is composed of into the empty m, through model.h. */
  ad_status (*build)(ad_model *m, const ad_block_args *a);
  bool stops;        /* gradients are not the derivatives, on purpose */
  const char *numpy; /* the outputs as an expression of Python with NumPy (np) in the names of terminals and parameters; NULL: no formula */
  const char *sample_parts; /* names of the blocks that samples and errors are given: "Relu, Relu"; NULL: none */
  const ad_block_sample *samples; /* end with NULL params */
  const ad_block_error *errors;
} ad_block_desc;

#define AD_BLOCK_COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define AD_BLOCK_PARAMS(array) .fields = (array), .field_count = AD_BLOCK_COUNT(array)
#define AD_BLOCK_TERMINALS(array) .terminals = (array), .terminal_count = AD_BLOCK_COUNT(array)
#define AD_BLOCK_SAMPLES(...) .samples = (const ad_block_sample[]){__VA_ARGS__, {0}}
#define AD_BLOCK_ERRORS(...) .errors = (const ad_block_error[]){__VA_ARGS__, {0}}

#define AD_BLOCK(name) extern const ad_block_desc ad__block_##name;
#include "model/blocks/block_list.def"
#undef AD_BLOCK

/* For build: what is wrong with a parameter. The name of the block comes in front; returns code. */
ad_status ad__block_fail(ad_model *m, ad_status code, const char *fmt, ...) AD_FORMAT(3, 4);

/* For rules: the shape of a tensor that stands in an input; false: not known yet. */
bool ad__look_shape(const ad_look *l, const ad_literal *v, int *rank, ad_dim *dims);
const ad_literal *ad__look_int(ad_look *l, int64_t i);
/* A tuple or list of what items has. */
const ad_literal *ad__look_items(ad_look *l, ad_literal_kind kind, const ad_literal *const *items, int n);
/* An error array, for compute. */
ad_array *ad__look_error(const ad_look *l, ad_status code, const char *text);
/* NULL, and the failure. */
const ad_literal *ad__look_fail(ad_look *l, ad_status code, const char *fmt, ...) AD_FORMAT(3, 4);

/* ---- What descriptors say (block_table.c) ---- */

const ad_block_desc *ad__block_find(const char *name, size_t n); /* NULL when there is none */
/* A failed model that names the nearest block. */
ad_model *ad__block_unknown(ad_place where, ad_ctx *c, const char *name);
/* The terminals, also where none are listed. */
const ad_block_terminal *ad__block_terminals(const ad_block_desc *b, int *n);
/* Is there the terminal, with these parameters? */
bool ad__block_has(const ad_block_desc *b, const ad_block_terminal *t, const ad_attr *params);
/* Is the terminal standard: named so, or the first of its side where nothing is said? */
bool ad__block_is_standard(const ad_block_desc *b, const ad_block_terminal *t, int index);
bool ad__names_it(const char *list, const char *name); /* is it in "a, b, c"? */
/* The index of the field of that name, or -1. */
int ad__field_of(const ad_field *fields, int n, const char *name);

#endif
