/* Emitting source: a graph as a program in another language, as a person would write it.
 *
 *   const char *text;
 *   if (ad_emit(g, "c", NULL, &text) == AD_OK) fputs(text, file);
 *   else fprintf(stderr, "%s\n", text);
 *
 * Targets:
 *   "numpy"  one Python function over NumPy arrays. Ops follow NumPy's rules where the two differ at their edges: indices out
 *            of range raise, floats out of an integer's range are undefined.
 *   "c"      one self-contained C99 file over float pointers and the like, row-major; it needs libm only and allocates
 *            nothing: temporaries share one static arena, whose bytes the macro NAME_ARENA tells. Results have the library's bits, but for attention,
 *            2-D convolution, cumprod and logcumsumexp, which add up in another order, and compositions over half types.
 *            Branches and loops are functions of the file; a loop whose derivative goes back through its steps keeps
 *            NAME_STEPS of them (a macro, 1024 unless defined before), and a function with such a loop returns 0, or 1 when
 *            there were more: its results then mean nothing. Symbols for dims are parameters in front of the others, of at most
 *            NAME_MAX_SYMBOL (1024 unless defined before); a function with symbols returns 2, and does nothing, for others.
 *   "c-header"  what a caller of that file includes: the function and the macros.
 * A function is made a graph by ad_compiled_graph (compile.h); docs/guide/emit.md is the guide.
 * Composites that a target has no words for are expanded; an op that is left then is refused by name. Nothing is emitted
 * that would compute something else. */
#ifndef ADAMANT_EMIT_H
#define ADAMANT_EMIT_H

#include <adamant/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_emit_opts {
  const char *name; /* of the function; absent: the graph's */
  /* Of C only. */
  bool outside; /* weights (constants that have names, and others of more than 16 numbers) are not in the text: the function has one more
                   parameter, a pointer to the data section of the file that ad_emit_weights fills, aligned to 8 bytes. NAME_WEIGHTS are
                   its bytes, NAME_AT_w where w lies in it. A file of other numbers under these names fits as well */
  bool libm;    /* exp, sin and their kin are those of <math.h>, and terms of products are rounded twice: less text, and quicker where the
                   processor has no fused multiply-add, but no longer the library's bits */
  bool example; /* the file has a main, which calls the function on small numbers and prints the results; its argument is the file
                   of weights where these are outside */
} ad_emit_opts;

/* Sets *text to the program, or, on failure, to the error's text; it belongs to the graph until the next ad_emit or
 * ad_graph_text of it. */
AD_API ad_status ad_emit(ad_graph *g, const char *target, const ad_emit_opts *opts, const char **text);

/* The weights that C emitted with `outside` reads, as a record by their names, to be saved:
 *   ad_save_safetensors("net.safetensors", ad_emit_weights(g), NULL);
 * Constants without a name are weight, weight_2, ... An error array where the graph has failed or cannot be emitted. */
AD_API ad_array *ad_emit_weights_at(ad_place where, ad_graph *g);
#define ad_emit_weights(...) ad_emit_weights_at(AD_HERE, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
