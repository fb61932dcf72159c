/* Logical models from the inside: families, models, connections, edges, units.
 *
 * A model has connections (names and places) and blocks inside; a block that is one op has a unit, the op with an edge for each
 * input and output. An edge is one value, whatever connections stand for it at whatever level: wiring two connections makes
 * their edges one (a union-find without path compression, so that it can be undone). What is known of the value is
 * with the edge: rank, dims, kinds, the literal. A dim that is not known is a variable, again a union-find element.
 *
 * Models that were wired together are a family: one arena, one queue of units to look at, one trail. Every word that an action
 * changes goes on the trail first, so an action that fails is taken back whole. Nothing is freed before the last handle of the
 * family is let go of. Invariant between actions: the queue is empty, and so is the trail. */
#ifndef AD_MODEL_LOGICAL_H
#define AD_MODEL_LOGICAL_H

#include <adamant/model.h>
#include "base/arena.h"
#include "base/map.h"
#include "ir/ctx.h"
#include "ir/rel.h"
#include "model/block_desc.h"
#include "model/literal.h"

typedef struct ad_family ad_family;
typedef struct ad_edge ad_edge;
typedef struct ad_unit ad_unit;

/* What a handle stands for: a model, or a loose connection. First member of both. */
typedef struct ad_hold {
  ad_family *family;
  ad_array *handle; /* NULL when nobody has one */
} ad_hold;

/* One old word. size 0: `at` is a map from which the key `old` points to is removed. */
typedef struct ad_undo {
  void *at;
  uint64_t old;
  size_t size;
} ad_undo;

struct ad_family {
  ad_family *into; /* the family it became part of; NULL: none */
  ad_ctx *ctx;
  ad_arena arena;
  size_t size;       /* models and loose connections: the smaller joins the larger */
  int64_t handles;
  ad_unit *queue, **queue_end; /* units to look at */
  ad_undo *trail;
  size_t trail_count, trail_capacity;
  bool acting;    /* an action is going on */
  bool recording; /* and there was memory for its trail so far */
  int depth;      /* of actions inside that one */
  ad_array **held;   /* values of literals */
  size_t held_count, held_capacity;
  struct ad_family_map *maps;   /* of its models, to be freed with it, */
  struct ad_family_text *texts; /* as these are */
};

/* Kinds that a value may be of: a set of bits. */
enum {
  AD_IS_TENSOR_BOOL = 1 << 0,
  AD_IS_TENSOR_INT = 1 << 1,
  AD_IS_TENSOR_FLOAT = 1 << 2,
  AD_IS_TENSOR_COMPLEX = 1 << 3,
  AD_IS_BOOL = 1 << 4,
  AD_IS_INT = 1 << 5,
  AD_IS_FLOAT = 1 << 6,
  AD_IS_TEXT = 1 << 7,
  AD_IS_NONE = 1 << 8,
  AD_IS_TUPLE = 1 << 9,
  AD_IS_LIST = 1 << 10,
  AD_IS_SLICE = 1 << 11,
  AD_IS_DTYPE = 1 << 12,
  AD_IS_ELLIPSIS = 1 << 13,
  AD_IS_TENSOR = AD_IS_TENSOR_BOOL | AD_IS_TENSOR_INT | AD_IS_TENSOR_FLOAT | AD_IS_TENSOR_COMPLEX,
  AD_IS_NUMBER = AD_IS_BOOL | AD_IS_INT | AD_IS_FLOAT,
  AD_IS_ANY = (1 << 14) - 1
};

/* A unit that waits for something to become known. Lists are circular, the owner points to the last. */
typedef struct ad_watch {
  ad_unit *unit;
  struct ad_watch *next;
} ad_watch;

/* One dim that was not known when it was first spoken of. */
typedef struct ad_dim_variable {
  struct ad_dim_variable *into; /* the one it was found equal to */
  ad_dim value;                 /* of a root: a number or an expression, else AD_DIM_UNKNOWN */
  const char *name;             /* of a root: the symbol it was given, or NULL */
  ad_watch *watch;              /* of a root */
  size_t size;
} ad_dim_variable;

/* A unit that reads an edge. */
typedef struct ad_use {
  ad_unit *unit;
  struct ad_use *next;
} ad_use;

struct ad_edge {
  ad_edge *into; /* the edge it is one with; the rest is of a root */
  size_t size;
  int rank;      /* -1: not known */
  unsigned kinds;
  ad_dtype dtype; /* AD_DTYPE_NONE: not said */
  int8_t differentiable; /* 0: not said, 1, -1 */
  ad_dim *dims;   /* numbers, expressions, variables */
  const ad_literal *value;   /* NULL: not known */
  ad_array *initial;
  ad_watch *watch; /* what waits for the rank */
  ad_unit *maker;  /* the unit whose output it is; NULL: an input */
  ad_use *uses;    /* circular, the last one */
  const char *init; /* how a parameter begins */
  const ad_model *init_of; /* the block that says so */
  uint32_t mark;    /* of the walk or the flattening that is going on */
  int number;
};

/* A parameter that was left open, and is a terminal: its value is the edge's. */
typedef struct ad_wired {
  int field;
  ad_edge *edge;
  struct ad_wired *next;
} ad_wired;

/* Something said of edges that cannot be settled at once, looked at whenever more is known of them, as a unit is. */
typedef ad_status (*ad_claim)(ad_family *f, ad_unit *u, bool *later, ad_err *e);

/* One op of a block, or its rule, or a claim. */
struct ad_unit {
  const ad_op *op; /* NULL: the rule */
  const ad_value_rule *rule;
  ad_claim claim; /* about `said`; there are no slots */
  void *said;
  const ad_attr *attrs; /* as given; NULL: none */
  ad_model *model;
  const char *params;   /* the input terminals' names, as in ad_op */
  ad_wired *wired;
  int inputs, outputs;
  bool queued;
  bool related; /* its relation has nothing left to say */
  bool typed;   /* nor have types */
  uint32_t mark;
  int pending; /* while flattening */
  ad_unit *next; /* in the queue */
  ad_edge *slots[]; /* inputs, then outputs; NULL: a missing input */
};

enum {
  AD_CONN_MADE = 1,     /* something inside the owner makes it */
  AD_CONN_CONSUMED = 2, /* some block of the owner reads it */
  AD_CONN_EXPOSED = 4,
  AD_CONN_STD_IN = 8,
  AD_CONN_STD_OUT = 16,
  AD_CONN_STATE = 32, /* bound as state: neither input nor output */
  AD_CONN_HIDDEN = 64, /* made, read by nobody, and no output */
  AD_CONN_MERGED = 128 /* another one stands for it: `merged` */
};

struct ad_conn {
  ad_hold hold;      /* of loose connections */
  ad_model *owner;   /* NULL: loose */
  ad_edge *edge;
  const char *name;  /* NULL: none was given */
  const char *origin; /* the name of the terminal it came from */
  const char *preset; /* of a terminal: its value where it is wired to nothing, as text, or NULL */
  int number;        /* "$3" */
  unsigned flags;
  ad_conn *merged;
  ad_conn *up;       /* the owner's parent's connection, or what a loose one became; NULL */
  ad_conn *next_out, *previous_out; /* of the standard outputs of the owner */
  ad_status error;
  const char *error_text;
};

/* What is handed on to the next evaluation. */
typedef struct ad_bound_state {
  ad_conn *in, *out;
  const ad_literal *initial; /* NULL: that of the edge, or zero */
  struct ad_bound_state *next;
} ad_bound_state;

/* A value for a terminal, given with the parameters. */
typedef struct ad_preset {
  const char *name;
  const ad_literal *value;
  struct ad_preset *next;
} ad_preset;

struct ad_model {
  ad_hold hold;
  ad_ctx *ctx;
  const ad_block_desc *block; /* NULL: wired by hand, or of an op */
  const ad_attr *params;
  const char *params_text;
  ad_preset *presets;
  ad_model **parts; /* the blocks it was given to be made of */
  int part_count;
  bool building;    /* its descriptor is wiring it */
  const char *name;
  ad_model *parent;
  int index;      /* in the parent */
  int ordinal;    /* among blocks of its kind there that have no name, where `counted` says of the parent that this is known */
  bool alone;     /* the only one of them */
  bool counted;
  ad_unit *unit;  /* of a block that is one op */
  ad_model **children;
  int child_count, child_room;
  ad_conn **conns;
  int conn_count, conn_room;
  ad_map *names;  /* of connections, from MOST_SCANNED on */
  int numbers;    /* given to connections without names */
  ad_conn *std_outs;
  int std_out_count;
  ad_bound_state *states;
  struct ad_user_claim *constraints;
  bool provisional; /* of an expression, until a model uses it */
  bool frozen;
  bool failed;    /* could not be made */
  ad_status error;
  const char *error_text;
  ad_text *report; /* the text of the last one; see ad__model_report */
};

/* ---- Families (family.c) ---- */

ad_family *ad__family_new(ad_ctx *c);
/* Of nothing that has a handle. */
void ad__family_free(ad_family *f);
ad_family *ad__family_of(const ad_hold *h);
/* Makes two families one. False without memory. */
bool ad__family_join(ad_family *a, ad_family *b);
/* A handle of the hold in the innermost scope; false when that failed (the family is then let go of). */
bool ad__hold_begin(ad_hold *h, ad_place where, ad_ctx *c);
void ad__hold_keep(ad_hold *h);
void ad__hold_drop(ad_hold *h);
void ad__hold_own(ad_hold *h);
/* A map that is freed with the family; NULL without memory. */
ad_map *ad__family_map(ad_family *f);
/* The text for a report of the model, empty; it lives as long as the family. NULL without memory. */
ad_text *ad__model_report(ad_model *m);
/* Holds an array as long as the family lives. */
bool ad__family_keep_array(ad_family *f, ad_array *a);

/* ---- Actions: what fails is taken back (family.c) ---- */

void ad__trail_save(ad_family *f, void *at, size_t size);
void ad__trail_save_key(ad_family *f, ad_map *m, const char *key);
#define AD_SET(f, place, value) (ad__trail_save((f), &(place), sizeof(place)), (void)((place) = (value)))
/* Every action on a model is between these. end with a failure takes back what was done, notes the failure in m, and returns the code. */
ad_family *ad__action_begin(ad_model *m);
ad_status ad__action_end(ad_model *m, ad_status s, const ad_err *e);
/* Takes back what was done, which was for once, and leaves no failure. */
void ad__action_undo(ad_model *m);

/* ---- Edges (edge.c) ---- */

ad_edge *ad__edge_new(ad_family *f);
ad_edge *ad__edge_root(ad_edge *e);
ad_dim_variable *ad__variable_new(ad_family *f, const char *name);
/* What is known of a dim: a number, an expression, or a variable that is a root. */
ad_dim ad__dim_resolve(ad_dim d);
ad_status ad__edge_join(ad_family *f, ad_edge *a, ad_edge *b, ad_err *e);
ad_status ad__edge_set_shape(ad_family *f, ad_edge *e, int rank, const ad_dim *dims, ad_err *err);
ad_status ad__edge_set_kinds(ad_family *f, ad_edge *e, unsigned kinds, ad_err *err);
ad_status ad__edge_set_value(ad_family *f, ad_edge *e, const ad_literal *v, ad_err *err);
/* The same for what a rule found out, again and again as more is known. */
ad_status ad__edge_learn(ad_family *f, ad_edge *e, const ad_literal *v, ad_err *err);
/* All that is known of one is of the other too, though they stay two. */
ad_status ad__edge_tie(ad_family *f, ad_edge *a, ad_edge *b, ad_err *err);
bool ad__dims_join(ad_family *f, ad_dim a, ad_dim b); /* false when both are known and differ */
bool ad__watch(ad_family *f, ad_watch **last, ad_unit *u);
void ad__unit_queue(ad_family *f, ad_unit *u);
unsigned ad__dtype_kinds(ad_dtype t); /* of a tensor */
void ad__edge_wake(ad_family *f, const ad_edge *e);
/* Categories of tensors that an op computes with (make.c). */
unsigned ad__accepted_categories(const ad_op *op);
/* As ad_model_set_types, inside an action (said.c). */
ad_status ad__model_set_types(ad_model *m, ad_family *f, const char *types, ad_err *e);
ad_status ad__edge_set_dtype(ad_family *f, ad_edge *e, ad_dtype t, ad_err *err);
/* What the kinds and dtypes of a unit's inputs say of its outputs, and the other way round (types.c). */
ad_status ad__unit_types(ad_family *f, ad_unit *u, const ad_attr *attrs, ad_edge *const *edges, int inputs, ad_err *e);

/* ---- Claims (claims.c) and shapes as text (shape_text.c) ---- */

/* Queues a claim of m's. False without memory. */
bool ad__claim_add(ad_family *f, ad_model *m, ad_claim claim, void *said);
/* Waits for the dims of an edge, or, as long as it is not known, the rank. */
bool ad__watch_shape(ad_family *f, ad_edge *e, ad_unit *u);
/* A sum or product of dims, as steps on a stack; '#' pushes a number or a variable. */
typedef struct ad_dim_formula {
  int count;
  struct {
    char op; /* '#', '+', '-', '*', '/' */
    ad_dim dim;
  } steps[24];
  ad_dim result; /* a variable */
  const char *text;
} ad_dim_formula;
ad_status ad__claim_formula(ad_family *f, ad_unit *u, bool *later, ad_err *e); /* of an ad_dim_formula */
/* Shapes around the same run of dims of any number: a prefix, the run, a suffix. */
typedef struct ad_dim_run {
  struct ad_dim_run_member {
    ad_edge *edge;
    const char *name;
    int before, after;
    ad_dim *dims; /* the prefix, then the suffix */
    struct ad_dim_run_member *next;
  } *members;
} ad_dim_run;
ad_status ad__claim_run(ad_family *f, ad_unit *u, bool *later, ad_err *e); /* of an ad_dim_run */
/* One of several shapes. */
typedef struct ad_shape_choice {
  ad_edge *edge;
  const char *name;
  int count;
  struct {
    int rank;
    ad_dim dims[AD_MAX_RANK];
  } at[];
} ad_shape_choice;
ad_status ad__claim_choice(ad_family *f, ad_unit *u, bool *later, ad_err *e); /* of an ad_shape_choice */
/* A constraint of the user's. */
typedef struct ad_user_claim {
  const char *name;
  ad_constraint f;
  void *user;
  ad_conn **conns;
  int n;
  struct ad_user_claim *next;
} ad_user_claim;
ad_status ad__shapes_read(ad_model *m, ad_family *f, const char *shapes, ad_err *e);
/* The shape of one edge, as the right side of ad_model_set_shapes. */
ad_status ad__edge_read_shape(ad_model *m, ad_family *f, ad_edge *edge, const char *name, const char *shape, ad_err *e);

/* ---- Values (values.c) ---- */

/* What is known of the value of an edge: in it, dims and edges that have become known are replaced. EDGE when nothing is. */
const ad_literal *ad__edge_literal(ad_arena *a, ad_edge *e);
bool ad__literal_is_known(const ad_literal *v); /* holds no DIM or EDGE */
bool ad__literal_is_scalar(const ad_literal *v);
/* What a rule says of its unit's output. */
ad_status ad__look_at_rule(ad_family *f, ad_unit *u, bool *later, ad_err *e);
/* Waits for whatever is not known in v. */
bool ad__watch_literal(ad_family *f, const ad_literal *v, ad_unit *u);
/* An elementwise op on numbers: a number. */
const ad_literal *ad__fold_numbers(ad_ctx *c, ad_arena *a, const ad_op *op, const ad_attr *attrs, const ad_literal *const *in, int n, ad_err *e);
/* The parameters of a unit's block, those that are wired taken from their edges; *out NULL: not known yet. values: those of the
 * wired ones when the model runs, NULL: the edges'. */
ad_status ad__unit_params(ad_unit *u, ad_arena *a, const ad_literal *const *values, const ad_attr **out, ad_err *e);
/* The attributes of a unit's op from its block's parameters (make.c). */
ad_status ad__unit_attrs(ad_unit *u, ad_arena *a, const ad_attr *params, const ad_attr **out, ad_err *e);
/* The same where they follow from shapes too (ad_block_desc.choose); *out NULL: not known yet. */
ad_status ad__unit_choose(ad_unit *u, ad_arena *a, const ad_attr *params, const ad_rel_slot *in, int n, bool running, const ad_attr **out, ad_err *e);
/* Runs a unit: values of its inputs, then of its wired parameters; NULL is a missing one. Gives NULL, or an error; outputs in out. */
ad_array *ad__unit_run(ad_ctx *c, ad_place where, ad_arena *a, ad_unit *u, const ad_literal *const *in, const ad_literal **out);
/* A value as an array: numbers are weak constants, other values errors. */
ad_array *ad__value_array(ad_ctx *c, ad_place where, const ad_literal *v);
/* The parameter of that name, if it could have been left open (make.c); NULL: none. */
const ad_field *ad__field_to_wire(const ad_model *block, const char *name, size_t n);

/* ---- The solver (solve.c) ---- */

/* Looks at every unit of the queue. A message begins with the path of the block. */
ad_status ad__solve(ad_family *f, ad_err *e);
/* Would an edge come to depend on itself if it did on this one? */
bool ad__edge_reaches(ad_family *f, ad_edge *from, ad_edge *to);
void ad__edge_shape_print(ad_ctx *c, const ad_edge *e, ad_text *out);
void ad__kinds_print(unsigned kinds, ad_text *out);

/* ---- Models and connections (wire.c, ask.c) ---- */

ad_model *ad__model_new(ad_place where, ad_ctx *c);
ad_model *ad__model_fail(ad_place where, ad_ctx *c, ad_status code, const char *fmt, ...) AD_FORMAT(4, 5);
/* Wires a block that is composed, and gives its terminals what the descriptor says (compose.c). */
ad_status ad__build_composed(ad_model *m, const ad_block_desc *b, const ad_block_args *a, ad_err *e);
ad_conn *ad__conn_add(ad_model *m, const char *name, const char *origin, ad_edge *edge, unsigned flags);
/* As ad_model_set_shapes, inside an action. */
ad_status ad__model_set_shapes(ad_model *m, ad_family *f, const char *shapes, ad_err *e);
/* The error for a name that no connection has. */
ad_status ad__conn_missing(ad_model *m, const char *name, ad_err *e);
/* The failure with the model's path and the name in front. */
ad_status ad__name_in_front(ad_model *m, const char *name, ad_err *e);
/* The connection of that name, or NULL. Reads "$3" too. */
ad_conn *ad__conn_find(const ad_model *m, const char *name, size_t n);
/* Gives an input that has a preset that value; others stay as they are. */
ad_status ad__conn_use_preset(ad_family *f, ad_conn *k, ad_err *e);
void ad__conn_set_std_out(ad_model *m, ad_conn *k, bool on);
bool ad__conn_is_input(const ad_conn *k);
bool ad__conn_is_output(const ad_conn *k);
/* May a connection be called so; made: one that a block makes. */
ad_status ad__name_check(const char *name, bool made, ad_err *e);
/* Makes k one of m's connections; unnamed: though it has a name, it is not found by it. False without memory. */
bool ad__conn_enter(ad_family *f, ad_model *m, ad_conn *k, bool unnamed);
ad_conn *ad__conn_fail(ad_ctx *c, ad_status code, const char *text);
/* b becomes one with a, both of m (rewire.c); name is what it is called then, NULL: what one of them is. */
ad_status ad__conn_merge(ad_family *f, ad_model *m, ad_conn *a, ad_conn *b, const char *name, ad_err *e);
/* What a provisional model has becomes m's (expression.c). */
ad_status ad__model_splice(ad_family *f, ad_model *m, ad_model *from, ad_err *e);
/* The same, where k is of a provisional model. */
ad_status ad__wire_absorb(ad_family *f, ad_model *m, ad_conn *k, ad_err *e);
/* Gives a connection a name, or none; the name lives as long as the family. False without memory. */
bool ad__conn_rename(ad_family *f, ad_conn *k, const char *name);
/* Itself, or what it was merged into. */
ad_conn *ad__conn_real(ad_conn *k);
/* The connection of m that k is or leads to; one inside m that leads nowhere gets one. NULL: it is none of m's. */
ad_conn *ad__conn_lift(ad_family *f, ad_model *m, ad_conn *k, ad_err *e);
void ad__conn_name_print(const ad_conn *k, ad_text *out);
/* Counts the blocks of each kind in m and in what is inside it, so that paths cost no search; they may not change any more. */
bool ad__model_count(ad_model *m);
/* What comes after `at` when a model and all that is inside are gone through, parents first, without what is inside `at` where enter is
 * false; NULL at the end. */
ad_model *ad__model_next(const ad_model *root, const ad_model *at, bool enter);
/* "mlp.Linear_1" */
void ad__model_path_print(const ad_model *m, ad_text *out);
/* The name of a connection one letter from this one, which may be meant; NULL: there is none. */
const char *ad__conn_alike(const ad_model *m, const char *name);
/* The names nearest to a word, as "; did you mean a or b?", or nothing. */
typedef struct ad_nearest {
  const char *word;
  size_t n;
  int distance;
  char names[160];
} ad_nearest;
void ad__nearest_begin(ad_nearest *k, const char *word, size_t n);
void ad__nearest_try(ad_nearest *k, const char *name);
const char *ad__nearest_text(const ad_nearest *k, char *out, size_t size);

#endif
