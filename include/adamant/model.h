/* Models: blocks wired by named terminals, and what they become when compiled.
 *
 *   ad_model *mlp = ad_model_new(c, "mlp");
 *   ad_model_add(mlp, ad_block(c, "Linear", "dimension=256"), "input=x");
 *   ad_model_add(mlp, ad_block(c, "Relu", NULL), NULL);
 *   ad_model_add(mlp, ad_block(c, "Linear", "dimension=10"), "output=logits");
 *   ad_model_set_shapes(mlp, "x: N, 784");
 *   ad_physical *p = ad_model_compile(mlp, &(ad_physical_opts){.shapes = "x: 64, 784"});
 *   ad_array *data = ad_record(c, (const char *[]){"x"}, &x, 1);
 *   ad_array *y = ad_field(ad_physical_evaluate(p, params, data), "logits");   params: weight_0, bias_0, weight_1, bias_1
 *
 * A logical model computes nothing and need not know a shape: what is known of one terminal is carried to the others by the
 * relation of each op, in both directions, as the model grows, so that a mistake is reported by the call that made it. A
 * physical model is a logical one compiled for a back end.
 *
 * Models are handles like arrays: never NULL, borrowed from the innermost scope, held longer by ad_model_keep. What makes a
 * model or a connection gives a failed handle when it fails. What changes a model returns a status; when that is not AD_OK the
 * model is as it was before, remembers its first failure, and a model that remembers one does not compile; whoever looked at
 * the status may go on after ad_model_clear_error. A message names block path and terminal, what was given and what would fit:
 *   mlp.Linear_1: input of shape (N, 256); axis -1 is 256; 128 is right
 * Codes: AD_E_KEY for wiring and names, AD_E_TYPE for types, AD_E_VALUE for values and shapes that contradict each other,
 * AD_E_FROZEN for models that are frozen or part of another.
 *
 * A model that was given to another is part of it: it is frozen, and lives as long as any handle of the whole does. Every
 * pointer to a part (a connection, a block inside) lives so long as well.
 *
 * Text. Names are letters, digits and _, and do not begin with a digit; "$3" is a connection that was given no name. A list
 * of things said about terminals is "x: THING; y: THING". In place of names "%0", "%1"... mean the connections handed beside it. */
#ifndef ADAMANT_MODEL_H
#define ADAMANT_MODEL_H

#include <adamant/compile.h>
#include <adamant/emit.h>
#include <adamant/op.h>
#include <adamant/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_model ad_model;
typedef struct ad_conn ad_conn;
typedef struct ad_physical ad_physical;

/* A list of connections and its length, as two arguments. */
#define AD_CONNS(...)                       \
  ((ad_conn *const[]){NULL, __VA_ARGS__}) + 1, \
      (int)(sizeof((ad_conn *const[]){NULL, __VA_ARGS__}) / sizeof(ad_conn *)) - 1

/* ---- Making ----------------------------------------------------------------------------------------- */

/* A block of the table (ad_block_name) by name, with its parameters as text: "dimension=256, use_bias=false". NULL or ""
 * leaves every parameter at its default. AD_E_KEY names the nearest block or parameter. */
AD_API ad_model *ad_block_at(ad_place where, ad_ctx *c, const char *name, const char *params);
#define ad_block(...) ad_block_at(AD_HERE, __VA_ARGS__)
/* The same for blocks made of blocks, which become parts of the new one: the activations of an MLP, the cell of a recurrent network. */
AD_API ad_model *ad_block_of_at(ad_place where, ad_ctx *c, const char *name, const char *params, ad_model *const *parts, int n);
#define ad_block_of(...) ad_block_of_at(AD_HERE, __VA_ARGS__)
/* Any op of the registry as a block: terminals are the op's inputs, and `output` (or output, output1...). An optional operand that
 * attrs call none ("mask=none") is no terminal. */
AD_API ad_model *ad_model_op_at(ad_place where, ad_ctx *c, const char *op, const char *attrs);
#define ad_model_op(...) ad_model_op_at(AD_HERE, __VA_ARGS__)
/* An empty model to be wired. The name may be NULL. */
AD_API ad_model *ad_model_new_at(ad_place where, ad_ctx *c, const char *name);
#define ad_model_new(...) ad_model_new_at(AD_HERE, __VA_ARGS__)
/* Gives a model a name, by which its parent and messages know it. */
AD_API ad_status ad_model_set_name(ad_model *m, const char *name);

/* One more reference, to be dropped with ad_model_drop; returns m. */
AD_API ad_model *ad_model_keep(ad_model *m);
AD_API void ad_model_drop(ad_model *m); /* m may be NULL */
/* Moves a handle out of the innermost scope, as ad_own does; returns m. */
AD_API ad_model *ad_model_own(ad_model *m);
AD_API ad_ctx *ad_model_ctx(const ad_model *m);
/* The first failure since the model was made or cleared; AD_OK and "" without one. The text lives as long as the model. */
AD_API ad_status ad_model_error_code(const ad_model *m);
AD_API const char *ad_model_error_text(const ad_model *m);
/* Forgets the failure of an action. A model that could not be made stays failed. */
AD_API void ad_model_clear_error(ad_model *m);

/* ---- Wiring ----------------------------------------------------------------------------------------- */

/* Adds a block with exactly this wiring (`|=` in Python): "left=x, right=%0, axis=1, output=y". Each terminal is wired to a
 * name of m, which is joined when it is there and made when it is not, to a connection, or (inputs only) to a value:
 * 3, 0.5, true, none, "text", [1, 2], (1, 2), 1:8:2, ..., a dtype as dtype.float32, or a list or tuple with names in it. An input that is not mentioned becomes an
 * input of m, an output one that nobody consumes yet. wiring may be NULL. Connections may be of m, of a block in it, or loose. */
AD_API ad_status ad_model_extend(ad_model *m, ad_model *block, const char *wiring);
AD_API ad_status ad_model_extend_with(ad_model *m, ad_model *block, const char *wiring, ad_conn *const *conns, int n);
/* The same (`+=`), and, where m is not empty and the wiring does not mention the block's standard input, m's standard
 * output is wired to it. */
AD_API ad_status ad_model_add(ad_model *m, ad_model *block, const char *wiring);
AD_API ad_status ad_model_add_with(ad_model *m, ad_model *block, const char *wiring, ad_conn *const *conns, int n);

/* What is wired to one terminal, for bindings and programs; see ad_model_wire. */
typedef enum ad_wire_kind {
  AD_WIRE_NONE,  /* as if the terminal were not mentioned */
  AD_WIRE_NAME,  /* text: a name of the model; "" an unnamed input */
  AD_WIRE_CONN,  /* conn */
  AD_WIRE_VALUE, /* text: a value as above */
  AD_WIRE_ARRAY, /* array: a constant tensor */
  AD_WIRE_LIST,  /* items: a list of what is wired, or a tuple; their terminals are not looked at */
  AD_WIRE_TUPLE
} ad_wire_kind;
typedef struct ad_wire {
  const char *terminal;
  ad_wire_kind kind;
  const char *text;
  ad_conn *conn;
  ad_array *array;
  const struct ad_wire *items;
  int count;
} ad_wire;
/* ad_model_extend, or ad_model_add where standard is true, without text. */
AD_API ad_status ad_model_wire(ad_model *m, ad_model *block, const ad_wire *wires, int n, bool standard);

/* Makes connections outputs of the model, though blocks read them: "h, features=$4" gives one a name too; %0... are
 * connections inside. AD_E_KEY for an output that has no name then. */
AD_API ad_status ad_model_expose(ad_model *m, const char *names);
AD_API ad_status ad_model_expose_with(ad_model *m, const char *names, ad_conn *const *conns, int n);
/* Joins connections, "a, b, %0", into one; name (may be NULL) is what it is called then, needed where two have different names. An
 * input that is merged with an output is internal then. AD_E_KEY for two outputs and for a cycle. */
AD_API ad_status ad_model_merge(ad_model *m, const char *names, ad_conn *const *conns, int n, const char *name);
AD_API ad_status ad_model_rename(ad_model *m, const char *old_name, const char *new_name);
/* Which connections the implicit wiring means: "a, b" replaces the whole set. */
AD_API ad_status ad_model_set_standard_inputs(ad_model *m, const char *names);
AD_API ad_status ad_model_set_standard_outputs(ad_model *m, const char *names);
/* Recurrent state: the value at `output` is handed to `input` at the next evaluation, which begins with `initial`, a number
 * everywhere (NULL: zero, or what ad_model_set_initial gives). Both stop being inputs and outputs. */
AD_API ad_status ad_model_bind_state(ad_model *m, const char *input, const char *output, const char *initial);
/* No more changes; names of blocks and outputs are settled. Being added to another model and being compiled do so. */
AD_API ad_status ad_model_freeze(ad_model *m);

/* ---- What is known ----------------------------------------------------------------------------------- */

/* "x: N, 784; y: V..., 2*N + 1, None; z: (2, 3) | (3, 2)". A number; a symbol, which means the same dim wherever it stands in one
 * text; sums, differences, products and floor divisions (//) of them; None or ?, one dim of which nothing is said; "..." any number
 * of dims, and V... the same dims wherever it stands. Nothing after the colon is rank 0. Several possibilities are separated by |. */
AD_API ad_status ad_model_set_shapes(ad_model *m, const char *shapes);
/* "axis: 1; eps: 1e-5". Inputs of the outermost model only; a value cannot be set twice. */
AD_API ad_status ad_model_set_values(ad_model *m, const char *values);
AD_API ad_status ad_model_set_array(ad_model *m, const char *name, ad_array *value); /* the same with a tensor */
/* "x: tensor[float]; n: int | tuple; k: tensor". Kinds: tensor (of any), tensor[bool], tensor[int], tensor[float],
 * tensor[complex], tensor[float16]... of one dtype; bool, int, float, text, none, tuple, list, slice, dtype, ellipsis. */
AD_API ad_status ad_model_set_types(ad_model *m, const char *types);
/* Where a trainable input or a state begins. */
AD_API ad_status ad_model_set_initial(ad_model *m, const char *name, ad_array *value);
/* "x, y": differentiable makes them tensors of floats that are trained unless compiling says otherwise. */
AD_API ad_status ad_model_set_differentiable(ad_model *m, const char *names, bool differentiable);

/* A constraint of the user's: called with connections whenever something about them becomes known, until it says that it is
 * solved. It looks by ad_conn_shape, ad_conn_dim and ad_conn_get_value and says what follows by ad_conn_set_shape; of a contradiction
 * it writes into why, what was given and what is right, and the action that led to it fails with AD_E_VALUE. */
typedef enum ad_solved { AD_SOLVED, AD_NOT_YET, AD_CONTRADICTION } ad_solved;
typedef ad_solved (*ad_constraint)(ad_conn *const *conns, int n, void *user, char *why, size_t why_size);
/* name is what messages and the JSON form call it. */
AD_API ad_status ad_model_constrain(ad_model *m, const char *name, ad_constraint f, void *user, ad_conn *const *conns, int n);

/* ---- Connections ------------------------------------------------------------------------------------ */

/* A loose connection, that becomes part of the model it is first wired in. name may be NULL. */
AD_API ad_conn *ad_conn_new(ad_ctx *c, const char *name);
/* The connection of that name: a terminal of a block, or one of a model. A failed connection when there is none. */
AD_API ad_conn *ad_model_conn(ad_model *m, const char *name);

/* A constant as a loose connection: a value as in wiring, or a tensor, which is wired once. */
AD_API ad_conn *ad_conn_value_at(ad_place where, ad_ctx *c, const char *value);
#define ad_conn_value(...) ad_conn_value_at(AD_HERE, __VA_ARGS__)
AD_API ad_conn *ad_conn_array_at(ad_place where, ad_ctx *c, ad_array *value);
#define ad_conn_array(...) ad_conn_array_at(AD_HERE, __VA_ARGS__)
/* Any op on connections, attributes as text. It becomes part of the model of its operands; where all are loose it waits for the model
 * that uses it. ad_conn_add(a, b)... (adamant/ops.h) are this for each op. A result is an output only where it is
 * exposed, named, or handed to ad_model_create. c may be NULL when there is an operand. AD_E_VALUE for operands of two models. */
AD_API ad_conn *ad_conn_apply_at(ad_place where, ad_ctx *c, const char *op, ad_conn *const *in, int n, const char *attrs);
#define ad_conn_apply(...) ad_conn_apply_at(AD_HERE, __VA_ARGS__)
/* A block on connections, in the order of its inputs, of which a NULL one is not wired: its (standard) output. Others are
 * ad_model_conn(block, name). */
AD_API ad_conn *ad_block_call_at(ad_place where, ad_model *block, ad_conn *const *in, int n);
#define ad_block_call(...) ad_block_call_at(AD_HERE, __VA_ARGS__)
/* The model of everything that these connections are computed from; names: "loss, accuracy", one for each. It is frozen.
 *
 *   ad_conn *x = ad_conn_new(c, "x"), *h = ad_block_call(ad_block(c, "Linear", "dimension=8"), AD_CONNS(x));
 *   ad_model *m = ad_model_create(c, "m", "y", AD_CONNS(ad_conn_relu(h)));
 */
AD_API ad_model *ad_model_create_at(ad_place where, ad_ctx *c, const char *name, const char *names, ad_conn *const *outs, int n);
#define ad_model_create(...) ad_model_create_at(AD_HERE, __VA_ARGS__)

typedef enum ad_conn_role { AD_CONN_INPUT, AD_CONN_OUTPUT, AD_CONN_INTERNAL, AD_CONN_LATENT } ad_conn_role;
AD_API ad_status ad_conn_error_code(const ad_conn *k);
AD_API const char *ad_conn_error_text(const ad_conn *k);
AD_API const char *ad_conn_name(const ad_conn *k); /* "$3" when it was given none */
AD_API ad_conn_role ad_conn_get_role(const ad_conn *k);
AD_API ad_model *ad_conn_model(const ad_conn *k);  /* NULL for a loose one */
AD_API bool ad_conn_same(const ad_conn *a, const ad_conn *b); /* are they one value? */
/* What is known, as text that lives as long as the model; "(N, ?, ...)", "tensor[float]". */
AD_API const char *ad_conn_shape(const ad_conn *k);
AD_API const char *ad_conn_type(const ad_conn *k);
AD_API const char *ad_conn_get_value(const ad_conn *k); /* "" when none is known */
/* The rank, -1 when not known; the dim, -1 when it is no number yet. */
AD_API int ad_conn_rank(const ad_conn *k);
AD_API int64_t ad_conn_dim(const ad_conn *k, int axis);
/* The shape of one connection, as the right side in ad_model_set_shapes. */
AD_API ad_status ad_conn_set_shape(ad_conn *k, const char *shape);

/* ---- Asking ----------------------------------------------------------------------------------------- */

AD_API const char *ad_model_name(const ad_model *m); /* "Linear_1" in its parent when it was given none */
AD_API const char *ad_model_block(const ad_model *m); /* "Linear"; "Model" for what was wired by hand */
AD_API ad_model *ad_model_parent(const ad_model *m);
AD_API int ad_model_child_count(const ad_model *m);
AD_API ad_model *ad_model_child(const ad_model *m, int index);
/* Connections in the order of making, those of blocks inside not counted. */
AD_API int ad_model_conn_count(const ad_model *m);
AD_API ad_conn *ad_model_conn_at(const ad_model *m, int index);
AD_API bool ad_model_is_frozen(const ad_model *m);

/* Blocks of the table, in order, for bindings and documentation. */
typedef struct ad_block_terminal {
  const char *name;
  bool output;
  bool trainable;  /* a parameter: differentiable from the start */
  const char *only_if; /* the parameter (a flag) without which it is not there, or with which ("!flag"); NULL: always */
  const char *times;   /* the parameter that says how many of them there are: input1, input2...; NULL: one */
  const char *value;   /* an input's value where it is wired to nothing, as text; NULL: it is an input then */
  const char *init;    /* how a parameter begins, see docs/adding-a-block.md; NULL: standard normal */
  const char *doc;
} ad_block_terminal;
AD_API int ad_block_count(void);
AD_API const char *ad_block_name(int index);
AD_API const char *ad_block_doc(int index);
AD_API const char *ad_block_group(int index);
AD_API int ad_block_param_count(int index);
AD_API const ad_field *ad_block_param(int index, int param);
/* The name of the parameter that is blocks, given by ad_block_of; "" when it takes none. */
AD_API const char *ad_block_parts(int index);
AD_API int ad_block_terminal_count(int index);
AD_API const ad_block_terminal *ad_block_terminal_at(int index, int terminal);

/* ---- Files ------------------------------------------------------------------------------------------- */

/* The JSON form of a model, which lives until the next call for it; "" when it cannot be written (a constraint of the user's, a constant
 * of complex numbers), the model then remembers why. It depends on what the model is, not on how it was wired, and what is read
 * from it has the same form. What is known of inputs and of connections with names is in it; other knowledge follows from the blocks. */
AD_API const char *ad_model_json(ad_model *m);
/* The model of a JSON form; a failed one with the offset of the mistake for any other text (AD_E_FORMAT), or with what the
 * blocks say. */
AD_API ad_model *ad_model_from_json_at(ad_place where, ad_ctx *c, const char *text, size_t n);
#define ad_model_from_json(...) ad_model_from_json_at(AD_HERE, __VA_ARGS__)

/* ---- Summaries ---------------------------------------------------------------------------------------- */

typedef struct ad_summary_opts {
  bool no_shapes;
  bool types;
  int depth; /* how many levels of blocks inside blocks; 0: the model's own */
} ad_summary_opts;
/* A table of the blocks: what each reads and gives beside its parameters, and how many of these it has; a parameter that several blocks
 * share counts for the first. It lives until the next call for this model. opts may be NULL. */
AD_API const char *ad_model_summary(ad_model *m, const ad_summary_opts *opts);

/* ---- Physical models ---------------------------------------------------------------------------------- */

/* Zero is the default of every member. Lists of names are "x, y", things said about them "x: THING; y: THING"; names are those that
 * keys have (ad_physical_key), and hold for inputs without names of their own too. They are said for this compilation only. */
typedef struct ad_physical_opts {
  const char *shapes;        /* as ad_model_set_shapes; what stays open is settled by each call */
  const char *constants;     /* values as ad_model_set_values: folded away */
  ad_array *constant_arrays; /* a record of the same for tensors */
  const char *data;          /* inputs that are given with every call and not trained */
  const char *trainable;     /* inputs that are parameters */
  const char *discard;       /* inputs and outputs that are left out, with all that needs them */
  ad_dtype dtype;            /* of parameters, and of floats where backend_map ends; float32 */
  ad_native_mode native;     /* as in ad_compile_opts */
  bool inference;            /* no gradients */
  bool unoptimized;          /* every op by itself */
  bool long_names;           /* keys without names are called by block and terminal: Linear_0_weight instead of weight_0 */
  bool safe_names;           /* AD_E_KEY for a data input that was given no name */
  const char *checkpoint;    /* "encoder*, Layer_3": paths of blocks whose intermediates are computed again by gradients; * any letters */
  const char *backend_map;   /* "encoder*: float16; head: bfloat16": what blocks compute their floats in. Results, and what other
                                blocks see, are of dtype; gradients go through */
} ad_physical_opts;

/* The model compiled; a failed handle when it cannot be. m is frozen and may be compiled again. opts may be NULL. */
AD_API ad_physical *ad_model_compile_at(ad_place where, ad_model *m, const ad_physical_opts *opts);
#define ad_model_compile(...) ad_model_compile_at(AD_HERE, __VA_ARGS__)
AD_API ad_physical *ad_physical_keep(ad_physical *p);
AD_API void ad_physical_drop(ad_physical *p);
AD_API ad_physical *ad_physical_own(ad_physical *p);
AD_API ad_status ad_physical_error_code(const ad_physical *p);
AD_API const char *ad_physical_error_text(const ad_physical *p);

/* A record of the outputs for a record of parameters and one of data; either may be NULL where there are none. Missing and
 * unknown names, wrong shapes and dtypes are named. */
AD_API ad_array *ad_physical_evaluate_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data);
#define ad_physical_evaluate(...) ad_physical_evaluate_at(AD_HERE, __VA_ARGS__)
/* The same with more members: any connections of the model, by name ("h, logits"). */
AD_API ad_array *ad_physical_fetch_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, const char *names);
#define ad_physical_fetch(...) ad_physical_fetch_at(AD_HERE, __VA_ARGS__)
/* A record with the gradient by every parameter. cotangents is a record by output names, of which those that are missing are
 * zero, or one array for the only output, or NULL: one, for the only output or final_cost, if that is a scalar. */
AD_API ad_array *ad_physical_gradients_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, ad_array *cotangents);
#define ad_physical_gradients(...) ad_physical_gradients_at(AD_HERE, __VA_ARGS__)
/* A tuple of both. */
AD_API ad_array *ad_physical_evaluate_all_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, ad_array *cotangents);
#define ad_physical_evaluate_all(...) ad_physical_evaluate_all_at(AD_HERE, __VA_ARGS__)

/* ---- States ---- */
/* A model with states (ad_model_bind_state) takes them as a record and gives them as they are next. What begins without one, as
 * ad_physical_evaluate and ad_physical_gradients do, begins with these. */
AD_API ad_array *ad_physical_initial_states_at(ad_place where, ad_physical *p);
#define ad_physical_initial_states(...) ad_physical_initial_states_at(AD_HERE, __VA_ARGS__)
/* A tuple of the outputs and of the next states; states may be NULL. */
AD_API ad_array *ad_physical_step_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, ad_array *states);
#define ad_physical_step(...) ad_physical_step_at(AD_HERE, __VA_ARGS__)
/* A tuple of outputs, gradients and, where the model has states, the next ones. */
AD_API ad_array *ad_physical_step_all_at(ad_place where, ad_physical *p, ad_array *params, ad_array *data, ad_array *states, ad_array *cotangents);
#define ad_physical_step_all(...) ad_physical_step_all_at(AD_HERE, __VA_ARGS__)

/* The model as something to be run from any thread on memory of the caller's (ad_runner_run): inputs are the parameters, data and states
 * in the order of the keys, outputs the outputs and the next states. Every dim of a key must be known, and data that may be of several
 * kinds is taken for floats; otherwise it has failed. The caller frees it (ad_runner_free) before the model goes. */
AD_API ad_runner *ad_physical_runner_at(ad_place where, ad_physical *p);
#define ad_physical_runner(...) ad_physical_runner_at(AD_HERE, __VA_ARGS__)

typedef struct ad_randomize_opts {
  bool standard_normal; /* whatever blocks say of their parameters */
} ad_randomize_opts;
/* The record of parameters as their blocks begin them. What a parameter gets depends on the seed, its name and its shape only.
 * AD_E_VALUE names a parameter of which a dim is not known. opts may be NULL. */
AD_API ad_array *ad_physical_randomize_at(ad_place where, ad_physical *p, uint64_t seed, const ad_randomize_opts *opts);
#define ad_physical_randomize(...) ad_physical_randomize_at(AD_HERE, __VA_ARGS__)

/* Its keys of a kind, in order. */
typedef enum ad_key_kind { AD_KEY_PARAM, AD_KEY_DATA, AD_KEY_OUTPUT, AD_KEY_STATE } ad_key_kind;
AD_API int ad_physical_key_count(const ad_physical *p, ad_key_kind kind);
AD_API const char *ad_physical_key(const ad_physical *p, ad_key_kind kind, int index);
/* The dims of a key, as text. */
AD_API const char *ad_physical_shape(const ad_physical *p, ad_key_kind kind, int index);
/* What compiling did: keys, what was pruned, warnings, plans and how long they took; also of a model that could not be compiled, up to
 * there. It lives until the next call. */
AD_API const char *ad_physical_report(ad_physical *p);
/* The program of the forward function, or with gradients of that which gives outputs and gradients, in a target of ad_emit. AD_E_VALUE
 * where a dim of a key is not known; the text is then why. It lives until the next call. */
AD_API ad_status ad_physical_source(ad_physical *p, const char *target, bool gradients, const ad_emit_opts *opts, const char **text);
/* Ops that are left after flattening, pruning and folding. */
AD_API int ad_physical_op_count(const ad_physical *p);

#ifdef __cplusplus
}
#endif
#endif
