/* The parts of the C printer: c_file.c (the file, its header), emit_c.c (one function: the order of statements), c_arena.c
 * (temporaries), c_sizes.c (sizes that are symbols), c_weights.c, c_example.c, c_regions.c (functions for regions), c_text.c (types, numbers, elements, loops), c_elementwise.c
 * (expressions), c_views.c (ops that only say where elements lie), c_reductions.c, c_products.c, c_segments.c, c_rows.c, c_structural.c, c_indexing.c,
 * c_linalg.c, c_sorting.c, c_convolution.c, c_taps.c, c_windows.c, c_resize.c and c_fourier.c (ops with loops of their own).
 *
 * Every array has a place: a name and a stride for each axis, so that views are arithmetic in the index of who reads them. */
#ifndef AD_EMIT_EMIT_C_H
#define AD_EMIT_EMIT_C_H

#include <adamant/emit.h>
#include "emit/lower.h"
#include "ops/registry.h"

typedef struct c_place {
  const char *base;   /* the array's name; NULL: every element is `number` */
  const char *number; /* its bytes */
  int64_t offset, strides[AD_MAX_RANK]; /* in elements */
} c_place;

enum { C_MOST_MEMBERS = 24, C_MOST_LOOPS = 3 * AD_MAX_RANK };

/* Elementwise nodes of one shape, to be printed as one loop. */
typedef struct c_group {
  const ad_type *shape;
  int members[C_MOST_MEMBERS], count;
  bool open;
} c_group;

/* A symbol for a dim: its name in the graph, and the macro that says the most it may be. */
typedef struct c_symbol {
  const char *symbol, *macro;
} c_symbol;
enum { C_MOST_SYMBOLS = 16 };

typedef struct c_room c_room;
typedef struct c_loop c_loop; /* of c_regions.c */

/* Constants that lie outside the text. */
typedef struct c_weight {
  const ad_array *a;
  const char *name, *at; /* as a tensor; the macro that tells its offset */
  size_t offset;
} c_weight;
typedef struct c_weights {
  c_weight *at;
  int n;
  size_t bytes;
} c_weights;

/* One file: functions for regions before the one that uses them. */
typedef struct c_file {
  ad_text functions, arena; /* their text; the bytes of their temporaries, as an expression */
  ad_arena memory;
  ad_text prototype;        /* of the function that is wanted */
  ad_emit_names names;      /* of functions */
  const char *name;         /* of that function; the following are made of it, and no array may have them: */
  const char *status, *steps_macro, *arena_macro, *guard, *weights_macro, *at_macro;
  const ad_emit_opts *opts;
  c_weights weights;        /* opts->outside: of that function; they live as long as its graph */
  ad_text weight_macros;
  c_symbol symbols[C_MOST_SYMBOLS]; /* parameters of every function */
  int symbol_count;
  bool has_status;          /* a loop keeps its steps: there is a limit, and it may be exceeded */
} c_file;

/* A function that is wanted: all of a graph's results, or `count` from `first` on. */
typedef struct c_request {
  const char *name;
  bool is_own; /* of the file, for another function */
  int first, count;
} c_request;

typedef struct c_printer {
  c_file *file;
  const ad_graph *g;
  ad_arena arena;
  ad_emit_names names;
  ad_text data; /* declarations at the function's head */
  c_room *rooms; /* temporaries, placed when the body is complete */
  int room_count;
  ad_text body;
  int depth; /* of loops */
  int opened[C_MOST_LOOPS];
  const char *index_type;
  const char *index_names[C_MOST_LOOPS];
  c_place *places; /* per node */
  const c_loop **loops; /* per node */
  c_place **members; /* per node: the places of its results, where it has several */
  const char **locals; /* per node: a scalar of the loop that is being printed */
  c_group **groups; /* per node */
  c_group *open[8];
  int *uses;
  bool *needed;
  const char **outputs; /* per node: the parameter it is written to */
  const char *weights;  /* the parameter; NULL: there is none */
  bool symbolic;        /* dims of the graph are symbols */
  const char *symbols[C_MOST_SYMBOLS]; /* the parameters that tell them */
  ad_err *e;
} c_printer;

/* ---- c_file.c ---- */

/* Words no name may be. */
extern const char *const ad__c_reserved[];
/* Puts head and body of the printed function into the file. */
void ad__c_print_function(c_printer *p, const c_request *r, const char *const *results);
/* Marks the file's own names as taken. */
void ad__c_reserve_names(const c_file *f, ad_emit_names *names);
/* Finds the weights and names the parameter and the macros. False without memory. */
bool ad__c_name_weights(c_printer *p);
/* "NET_MAX_N" for "_MAX_" and "n". */
const char *ad__c_macro(c_file *f, const char *middle, const char *name);
/* A name for a function of the file's own; "" when memory ran out (and the file fails). */
const char *ad__c_function_name(c_file *f, const char *wish);

/* ---- emit_c.c ---- */

/* Prints a graph as a function, after those that it needs. */
ad_status ad__c_add_function(c_file *f, const ad_graph *g, const c_request *r, ad_err *e);

/* A copy of the graph in which everything can be printed (symbolic: for every size); the caller frees it. NULL sets e. */
ad_graph *ad__c_lower(const ad_graph *g, bool symbolic, ad_err *e);

/* ---- c_symbols.c ---- */

/* Fails unless a graph with symbols and what it was lowered to are the same program for numbers. */
ad_status ad__c_check_symbols(const ad_graph *given, const ad_graph *lowered, ad_err *e);

/* ---- c_sizes.c ---- */

/* Sizes and strides are numbers, or codes of expressions over symbols. */
bool ad__c_is_symbolic(const c_printer *p, int64_t n);
int64_t ad__c_times(const c_printer *p, int64_t a, int64_t b);
int64_t ad__c_plus(const c_printer *p, int64_t a, int64_t b);
int64_t ad__c_count(const c_printer *p, const ad_type *t); /* elements */
/* A size as C: "12", "N", "(N * 12)"; and the most it may be: "(NET_MAX_N * 12)". */
const char *ad__c_size(c_printer *p, int64_t n);
const char *ad__c_size_at_most(c_printer *p, int64_t n);
/* The symbols of the graph's parameters, for the file; their names, for one function. */
ad_status ad__c_find_symbols(c_printer *p);
void ad__c_name_symbols(c_printer *p);

/* ---- c_weights.c ---- */

/* The graph's weights in file order; names and the list lie in the arena. False without memory. */
bool ad__c_find_weights(const ad_graph *g, const bool *needed, ad_arena *arena, c_weights *out);
/* NULL: it is none. */
const c_weight *ad__c_weight_of(const c_weights *w, const ad_array *a);
/* Are all elements the same bytes? The array is not empty. */
bool ad__c_is_uniform(const ad_array *a);

/* ---- c_example.c ---- */

/* Puts a main into the file; results are named as the function's parameters. */
void ad__c_print_example(c_printer *p, const char *const *results);

/* ---- c_text.c ---- */

const char *ad__c_type(ad_dtype t);     /* of one element */
const char *ad__c_lane(ad_dtype t);     /* "f32": the middle of scalar functions' names */
ad_dtype ad__c_computed(ad_dtype t);    /* float32 for half types, else t */
/* A line of the body, indented. */
void ad__c_line(c_printer *p, const char *fmt, ...) AD_FORMAT(2, 3);
/* Formats into the arena; "" when memory ran out (and p fails). */
const char *ad__c_format(c_printer *p, const char *fmt, ...) AD_FORMAT(2, 3);
const char *ad__c_keep(c_printer *p, ad_text *t); /* moves a text into the arena and frees it */
const char *ad__c_name(c_printer *p, const char *wish);
/* One element of a value as a C constant of that dtype. */
const char *ad__c_number(c_printer *p, ad_dtype t, const char *element);
/* Opens loops over 0..n for the axes given, outermost first, and names their indices; an axis of length 1 has the index "0"
 * and no loop. Returns how many were opened. */
int ad__c_open(c_printer *p, int n, const int64_t *lengths, const char **out_index);
void ad__c_close(c_printer *p, int count);
/* The element of a at these indices, one per axis of a: "x[i * 3 + j]". An index that is no name or number is put in parentheses. */
const char *ad__c_element(c_printer *p, const ad_array *a, const char *const *index);
const char *ad__c_element_of(c_printer *p, const c_place *place, ad_dtype t, int rank, const char *const *index);
/* The same as a pointer: "x + i * 3". */
const char *ad__c_pointer(c_printer *p, const c_place *place, int rank, const char *const *index);
const char *ad__c_pointer_to(c_printer *p, const char *element);
/* The array a node is written to; declares it. */
const char *ad__c_target(c_printer *p, const ad_array *a);
/* A pointer to the elements of x in row-major order and in that dtype: where they lie, or in an array to which they are copied. */
const char *ad__c_dense(c_printer *p, const ad_array *x, ad_dtype lane, const char *wish);
/* Copies x to such an array; and such an array to where a lies. */
void ad__c_copy_dense(c_printer *p, const ad_array *x, ad_dtype lane, const char *dense);
void ad__c_copy_back(c_printer *p, const ad_array *a, ad_dtype lane, const char *dense);
/* Strides of row-major order, in elements. */
void ad__c_dense_strides(const c_printer *p, const ad_type *t, int64_t *out);
bool ad__c_row_major(const c_printer *p, const c_place *place, const ad_type *t);
const ad_array *ad__c_input(const ad_array *a, int i); /* resolved */
ad_status ad__c_refuse(c_printer *p, const ad_array *a, const char *why);

/* ---- c_arena.c ---- */

/* An array of so many elements for what lives within one call; returns its name. Arrays whose lives do not meet share memory. */
const char *ad__c_room(c_printer *p, const char *type, const char *wish, int64_t n);
/* The same for what lives from call to call, and begins as zeros. */
const char *ad__c_kept_room(c_printer *p, const char *type, const char *wish, int64_t n);
/* Places and declares all rooms, when the body is complete. */
ad_status ad__c_place_rooms(c_printer *p);
/* Declares them as variables of the function instead, for small ones and functions that run side by side. */
void ad__c_declare_rooms(c_printer *p);

/* ---- c_elementwise.c ---- */

/* True when one expression says what the node computes. */
bool ad__c_is_elementwise(const ad_array *a);
void ad__c_print_group(c_printer *p, c_group *g);
/* The statement that computes one element of a: of its array, or of a scalar of the loop, whose name is then its local. */
void ad__c_print_member(c_printer *p, const ad_array *a, const char *const *index);
/* x of dtype `from` as an expression of dtype `to`. */
const char *ad__c_cast(c_printer *p, const char *x, ad_dtype from, ad_dtype to);
/* The expression of a built-in elementwise op on operands of one dtype, computed in it (no half type). */
const char *ad__c_apply(c_printer *p, int op, ad_dtype t, const char *a, const char *b);

/* ---- The others: tables of (op, function) ---- */

typedef struct c_row {
  int op;
  bool (*can)(const ad_array *a);                 /* NULL: always */
  ad_status (*print)(c_printer *p, const ad_array *a);
  bool any_size;                                  /* dims may be symbols */
} c_row;

const c_row *ad__c_view_row(const ad_array *a);
const c_row *ad__c_reduction_row(const ad_array *a);
const c_row *ad__c_product_row(const ad_array *a);
const c_row *ad__c_rows_row(const ad_array *a); /* also of an item of one */
const c_row *ad__c_structural_row(const ad_array *a);
const c_row *ad__c_indexing_row(const ad_array *a);
const c_row *ad__c_linalg_row(const ad_array *a); /* also of an item of an op with several results */
const c_row *ad__c_sorting_row(const ad_array *a);
const c_row *ad__c_fourier_row(const ad_array *a);
const c_row *ad__c_convolution_row(const ad_array *a);
const c_row *ad__c_segments_row(const ad_array *a);
const c_row *ad__c_taps_row(const ad_array *a);
const c_row *ad__c_windows_row(const ad_array *a);
const c_row *ad__c_resize_row(const ad_array *a);
const c_row *ad__c_region_row(const ad_array *a); /* also of an item of one */
/* One result of an op that has several. */
extern const c_row ad__c_item_row;
/* Declares arrays for the results of an op that has several. False without memory. */
bool ad__c_members(c_printer *p, const ad_array *a);

/* The number of that dtype that loses against every other, where the largest wins or the smallest. */
const char *ad__c_worst(ad_dtype t, bool largest);

/* ---- c_spectral.c: what is done to one matrix of each operand, inputs, then outputs, whose dense arrays are named ---- */

void ad__c_call_eigh(c_printer *p, const ad_array *a, const char *const *at); /* and eigvalsh */
void ad__c_call_svd(c_printer *p, const ad_array *a, const char *const *at); /* and svdvals */
void ad__c_call_eig(c_printer *p, const ad_array *a, const char *const *at); /* and eigvals */

#endif
