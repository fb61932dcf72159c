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
 *            nothing: temporaries share one static arena, whose bytes the macro NAME_ARENA tells. Elementwise ops give the bits of
 *            the library, sums may differ in their last bits. Branches and loops are functions of the file; a loop whose derivative
 *            goes back through its steps keeps NAME_STEPS of them (a macro, 1024 unless defined before), and a function with
 *            such a loop returns 0, or 1 when there were more: its results then mean nothing.
 *   "c-header"  what a caller of that file includes: the function and the macros.
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
} ad_emit_opts;

/* Sets *text to the program, or, on failure, to the error's text; it belongs to the graph until the next ad_emit or
 * ad_graph_text of it. */
AD_API ad_status ad_emit(ad_graph *g, const char *target, const ad_emit_opts *opts, const char **text);

#ifdef __cplusplus
}
#endif
#endif
