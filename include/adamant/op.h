/* Ops: the one descriptor that states everything about an operation.
 *
 * Each op of the library is a constant ad_op in src/ops/<family>.c; a user's op is the same struct, handed to
 * ad_op_register. Everything else (the C function, the checks, kernels' choice, text form, derivatives, batching,
 * printing as source, documentation, tests) is read from here. A user's op may state any subset: what is
 * missing is derived from the rest or refused by name.
 *
 * Rules (compose, partial, jvp, vjp, transpose, batch) build nodes with the ordinary ad_<op> functions, never numbers. */
#ifndef ADAMANT_OP_H
#define ADAMANT_OP_H

#include <adamant/core.h>
#include <adamant/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_op ad_op;
typedef struct ad_rel ad_rel;
typedef struct ad_graph ad_graph;

/* ---- Attributes ------------------------------------------------------------------------------------- */

/* Attribute fields are typed by meaning: it decides the C type of the option, the check, the canonical form. */
typedef enum ad_field_kind {
  AD_FIELD_FLAG,  /* bool */
  AD_FIELD_INT,   /* ad_int */
  AD_FIELD_NUM,   /* ad_num */
  AD_FIELD_DTYPE, /* ad_dtype */
  AD_FIELD_TEXT,  /* const char *, one of `choices` */
  AD_FIELD_AXIS,  /* ad_int, an axis of input `of`; kept non-negative */
  AD_FIELD_AXES,  /* ad_ints, distinct axes of input `of`; kept non-negative, in the order given */
  AD_FIELD_PERM,  /* ad_ints, a permutation of the axes of input `of` */
  AD_FIELD_SHAPE, /* ad_shape, or ad_ints when optional; dims >= 0, or -1 where the op says so */
  AD_FIELD_INTS,  /* ad_ints, one per axis or as the op says */
  AD_FIELD_NUMS,  /* ad_nums */
  AD_FIELD_GRAPH, /* ad_graph *, a region */
  AD_FIELD_SCALAR /* a weak number of any kind: ad_num in C; kept as two doubles */
} ad_field_kind;

enum {
  AD_FIELD_REQUIRED = 1, /* an argument of the C function, not a member of its options */
  AD_FIELD_NEW_AXES = 2  /* AXIS, AXES: count in the result, whose rank is the input's plus the number of new axes */
};

typedef struct ad_field {
  const char *name;
  ad_field_kind kind;
  unsigned flags;
  const char *doc;     /* one line: meaning, unit, default */
  bool has_default;    /* else an option that is not given stays absent */
  double default_num;  /* FLAG, INT, NUM, AXIS */
  const char *text;    /* TEXT: the choices "constant|edge|reflect", first is the default */
  int of;              /* AXIS, AXES, PERM: which input's rank counts */
} ad_field;

/* One attribute's value. `given` false: absent. */
typedef struct ad_attr {
  bool given;
  int count; /* of lists */
  union {
    int64_t i;           /* FLAG, INT, AXIS, DTYPE */
    double f[2];         /* NUM, SCALAR (real, imaginary) */
    const int64_t *ints; /* AXES, PERM, SHAPE, INTS */
    const double *nums;  /* NUMS */
    const char *text;    /* TEXT */
    ad_graph *graph;     /* GRAPH */
  } as;
} ad_attr;

AD_API ad_attr ad_attr_flag(bool v);
AD_API ad_attr ad_attr_int(ad_int v);
AD_API ad_attr ad_attr_num(ad_num v);
AD_API ad_attr ad_attr_dtype(ad_dtype v);
AD_API ad_attr ad_attr_text(const char *v);
AD_API ad_attr ad_attr_ints(ad_ints v);
AD_API ad_attr ad_attr_nums(ad_nums v);
AD_API ad_attr ad_attr_shape(ad_shape v);
AD_API ad_attr ad_attr_graph(ad_graph *g);

/* ---- Dtypes ----------------------------------------------------------------------------------------- */

/* How the result's dtype follows from the inputs'. Promotion inserts cast nodes. */
typedef enum ad_dtype_rule {
  AD_TYPE_PROMOTE,   /* inputs promoted together, result the same */
  AD_TYPE_FLOAT,     /* as PROMOTE, bool and integers become float32 first */
  AD_TYPE_COMPARE,   /* inputs promoted together, result bool */
  AD_TYPE_BOOL,      /* inputs as they are, result bool */
  AD_TYPE_LOGICAL,   /* inputs cast to bool, result bool */
  AD_TYPE_SELECT,    /* first input cast to bool, the others promoted together, result theirs */
  AD_TYPE_REAL,      /* one input, result its real dtype */
  AD_TYPE_SAME,      /* result has the dtype of the first input; no promotion */
  AD_TYPE_SUM,       /* the field `dtype` when given; else bool and integers below 8 bytes become int32 or uint32 */
  AD_TYPE_INDEX,     /* result uint32 */
  AD_TYPE_ATTR,      /* result is the attribute field `dtype` */
  AD_TYPE_INDEXED,   /* first input keeps its dtype, the others must be integers or bool; result the first's */
  AD_TYPE_FUNCTION   /* the op's own `dtypes` */
} ad_dtype_rule;

/* Which categories an op accepts after promotion (a set of bits 1 << ad_category). */
enum {
  AD_ACCEPT_BOOL = 1 << AD_CATEGORY_BOOL,
  AD_ACCEPT_UINT = 1 << AD_CATEGORY_UINT,
  AD_ACCEPT_INT = 1 << AD_CATEGORY_INT,
  AD_ACCEPT_FLOAT = 1 << AD_CATEGORY_FLOAT,
  AD_ACCEPT_COMPLEX = 1 << AD_CATEGORY_COMPLEX,
  AD_ACCEPT_INTEGER = AD_ACCEPT_UINT | AD_ACCEPT_INT,
  AD_ACCEPT_REAL = AD_ACCEPT_INTEGER | AD_ACCEPT_FLOAT,
  AD_ACCEPT_NUMBER = AD_ACCEPT_REAL | AD_ACCEPT_COMPLEX,
  AD_ACCEPT_ANY = AD_ACCEPT_BOOL | AD_ACCEPT_NUMBER,
  AD_ACCEPT_INEXACT = AD_ACCEPT_FLOAT | AD_ACCEPT_COMPLEX,
  AD_ACCEPT_BITS = AD_ACCEPT_BOOL | AD_ACCEPT_INTEGER
};

/* ---- Derivative statements -------------------------------------------------------------------------- */

typedef enum ad_deriv_kind {
  AD_DERIV_UNSTATED, /* differentiated through compose, or refused by name */
  AD_DERIV_LINEAR,   /* linear in this input; inputs of the same group are linear together */
  AD_DERIV_SMOOTH,   /* by partial, jvp or vjp */
  AD_DERIV_NONE      /* no derivative, for the reason given */
} ad_deriv_kind;

typedef struct ad_deriv {
  ad_deriv_kind kind;
  char group;         /* LINEAR: 'A', 'B'... */
  const char *reason; /* NONE: why */
} ad_deriv;

#define AD_LINEAR(letter) {AD_DERIV_LINEAR, letter, NULL}
#define AD_SMOOTH {AD_DERIV_SMOOTH, 0, NULL}
#define AD_NO_DERIV(why) {AD_DERIV_NONE, 0, why}

/* What a rule is given: the node it works on. Inputs are already promoted (casts are nodes). */
typedef struct ad_rule {
  ad_ctx *ctx;
  const ad_op *op;
  int n;                /* inputs */
  ad_array *const *in;  /* borrowed */
  ad_array *out;        /* the node's own result (a tuple when the op has several outputs); NULL in compose */
  const ad_attr *attrs; /* in canonical form, one per field */
  ad_array **shared;    /* in vjp: what the calls for one node's inputs have in common; *shared is NULL at the first. May be NULL */
} ad_rule;

/* ---- Spellings and samples -------------------------------------------------------------------------- */

/* How a target writes the op: operands $0 $1, all of them as a list $*, attributes @name, the result's dtype @out; a part
 * ?(...) is left out where its attribute has its default. A target without a row expands `compose`. */
typedef struct ad_spelling {
  const char *target; /* "c", "numpy", "torch", ... */
  const char *text;
} ad_spelling;

/* One call that tests and documentation make: inputs as types in the text form, attributes as in the text form.
 *   { "float32[2,3], float32[3]", "axes=[0], keepdims=true", "normal, positive" }
 * domain: one word per input (the last repeats): normal (default), positive, unit (0 to 1), symmetric (-1 to 1),
 * nonzero, small (integers -4 to 4), bool, index:N (0 to N-1), signed_index:N (-N to N-1), lazy_index:N (the same, not yet
 * computed when the op is applied), distinct, ascending (with equals), above1, definite (square Hermitian matrices). An input "-" is missing, "2.5" a weak scalar. */
typedef struct ad_sample {
  const char *inputs;
  const char *attrs;
  const char *domain;
} ad_sample;

/* A call that must fail, and a part of its message (without the place). */
typedef struct ad_error_sample {
  const char *inputs;
  const char *attrs;
  ad_status code;
  const char *message;
} ad_error_sample;

/* ---- The descriptor --------------------------------------------------------------------------------- */

enum {
  AD_OP_ELEMENTWISE = 1, /* same position in every operand, implicit broadcasting */
  AD_OP_UNIQUE = 2,      /* equal nodes never merge: random draws, barriers, derivative markers */
  AD_OP_VIEW = 4,        /* the result may share its input's memory */
  AD_OP_COMPOSITE = 8,   /* has compose and no kernel need exist */
  AD_OP_HIDDEN = 16,     /* has no C function of its own (constants, tuples, items) */
  AD_OP_HOLDS = 32,      /* keeps its inputs when evaluated: they are its value (a tuple) */
  AD_OP_PROJECTS = 64,   /* one member of its input, named by its first attribute (an item) */
  AD_OP_KEYED = 128,     /* a missing first input is the next random key of the context */
  AD_OP_NO_VALUE = 512,  /* stands for a value that is not there: an argument of a function that is being traced */
  AD_OP_WHOLE = 1024,    /* takes a node of several results as a whole. The library's own */
  AD_OP_TYPED = 256,     /* the result's type follows from the operands' types and the attributes alone, of which none
                            has a default: what was inferred for a pair of types is remembered */
  AD_OP_COMMUTES = 2048  /* of two inputs: op(x, y) and op(y, x) have the same bits */
};

/* `inputs` = AD_INPUTS_ANY: a list of arrays, at least one unless AD_OP_MAY_BE_EMPTY. */
#define AD_INPUTS_ANY 255

/* What a user's kernel works on: the inputs' elements in row-major order, and memory for the outputs'. Shapes and
 * dtypes are those of r->in and r->out. NULL for a missing optional input, and for a number that is none. */
typedef struct ad_values ad_values;
AD_API const void *ad_values_input(const ad_values *v, int i);
AD_API void *ad_values_output(const ad_values *v, int k);
/* Sets the message of a failure; returns code, for `return ad_values_fail(v, AD_E_VALUE, "...")`. */
AD_API ad_status ad_values_fail(ad_values *v, ad_status code, const char *text);

struct ad_type;
struct ad_err;

struct ad_op {
  size_t size;           /* sizeof(ad_op) */
  const char *name;      /* "linalg_svd": the Python path with dots as underscores */
  const char *params;    /* names of the inputs: "a, b"; of the list when any number is taken */
  const char *doc;       /* first sentence says what it computes; then shapes, special cases, source of formulas */
  const char *example;   /* one line of C */
  const char *group;     /* section of the reference: "elementwise", "shape"... */
  uint16_t id;           /* index in the built-in list; AD_OP_USER for a user's */
  uint8_t inputs;        /* how many, or AD_INPUTS_ANY */
  uint8_t optional;      /* how many of the last inputs may be missing (NULL) */
  uint8_t outputs;       /* 1, or the number of members of the tuple it returns */
  uint8_t extras;        /* how many of the last outputs only rules ask for; with one other, the C function returns that one */
  unsigned flags;
  const ad_field *fields;
  int field_count;

  ad_dtype_rule dtype_rule;
  unsigned accepts; /* AD_ACCEPT_...; 0 means any */
  /* AD_TYPE_FUNCTION: sets the dtypes the inputs are cast to, and the outputs'. */
  ad_status (*dtypes)(const ad_rule *r, ad_dtype *in, ad_dtype *out, char *why, size_t why_size);

  const char *dims_line;            /* "...mk,...kn->...mn", where that says it all */
  ad_status (*dims)(ad_rel *r);     /* otherwise; see relation.h. Both NULL: elementwise broadcasting, or same */

  /* The type of the result where it is no tensor, or not always as many (ops with regions); on failure NULL, and e says why.
   * Then dtype_rule and dims are not asked, and inputs keep their dtypes. The library's own: NULL in a user's op. */
  const struct ad_type *(*result)(const ad_rule *r, struct ad_err *e);

  const ad_deriv *derivs; /* one per input, the last repeats; NULL: unstated */
  int deriv_count;
  ad_array *(*compose)(const ad_rule *r);
  /* d out / d in[i] as an elementwise factor; a bool factor selects; NULL is zero. */
  ad_array *(*partial)(const ad_rule *r, int i);
  /* Tangent of the result for tangents of the inputs; NULL entries are zero. */
  ad_array *(*jvp)(const ad_rule *r, ad_array *const *tangents);
  /* Cotangent of input i for the cotangent of the result (one per output, NULL is zero). */
  ad_array *(*vjp)(const ad_rule *r, int i, ad_array *const *cotangents);
  /* The same where the op is linear in input i. */
  ad_array *(*transpose)(const ad_rule *r, int i, ad_array *const *cotangents);
  /* The result for inputs of which some carry a batch axis, in front; batched[i] says which; the result's is in front. NULL:
   * the composition knows better. */
  ad_array *(*batch)(const ad_rule *r, const bool *batched, int64_t size);
  const char *backward; /* the composite that computes its gradient, by name */

  /* A user's kernel; built-in kernels are rows of tables keyed by id. */
  ad_status (*eval)(const ad_rule *r, ad_values *values);

  const ad_spelling *spellings; /* ends with a NULL target; may be NULL */
  /* A spelling that depends on the call (r->out has the result's type): its text, put into out[size]; NULL: none for this
   * call. Where it is given, the rows are not asked. */
  const char *(*spell)(const ad_rule *r, const char *target, char *out, size_t size);
  const ad_sample *samples;     /* end with NULL inputs */
  const ad_error_sample *errors;

  /* How many additions, multiplications or comparisons of elements the result takes, about, for profiles; r->out has the
   * result's type. NULL: as many as the composition's nodes; without one, an element of the result or first input each. */
  double (*work)(const ad_rule *r);
};

#define AD_OP_USER 0xFFFF

/* The op of that name that the context knows (built in or registered); NULL when there is none. */
AD_API const ad_op *ad_op_find(const ad_ctx *c, const char *name);
/* Built-in ops, in the list's order. */
AD_API int ad_op_count(void);
AD_API const ad_op *ad_op_at(int index);
/* Makes a user's op known to a context by name; the descriptor must outlive the context. */
AD_API ad_status ad_op_register(ad_ctx *c, const ad_op *op);

/* The only way an operation comes to be: checks, promotes, infers, and returns the node (or an error array).
 * attrs holds one entry per field in the field's order; it may be NULL when the op has none. c may be NULL when
 * there is an input. Missing optional inputs are NULL. */
AD_API ad_array *ad_apply(ad_ctx *c, ad_place where, const ad_op *op, ad_array *const *in, int n, const ad_attr *attrs);

#ifdef __cplusplus
}
#endif
#endif
