/* Pictures of graphs, expressions and compiled functions: DOT, SVG, or one HTML page.
 *
 *   ad_graph_draw(g, "mlp.svg", NULL);
 *   ad_graph_draw(g, "mlp.html", &(ad_draw_opts){.title = "A perceptron"});
 *   ad_compiled_draw(step, "step.html", NULL);       steps, groups, and times after ad_compiled_profile
 *   ad_export_to_dot("y.dot", AD_ARRAYS(y), NULL, NULL);
 *
 * Formats:
 *   "dot"   for Graphviz; a block that is open is a cluster
 *   "svg"   laid out by the library itself, nothing else is needed; light or dark as the reader's system is
 *   "html"  one page that needs no network: blocks open and close, with search, details, zoom, keyboard
 *   "json"  what the page shows, as data: boxes, wires, and where they lie
 * Boxes stand in blocks: regions of loops and branches, groups of a plan, and names with dots, of which "h.0.attn.q" is q in the
 * block attn of the block 0 of the block h. A node without a name stands where the weights it uses stand, or else what it is
 * computed from. Edges carry types. The same graph gives the same bytes, and time and memory grow with its size only. */
#ifndef ADAMANT_PICTURE_H
#define ADAMANT_PICTURE_H

#include <adamant/compile.h>
#include <adamant/graph.h>
#include <adamant/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_draw_opts {
  const char *format;  /* "dot", "svg", "html" or "json"; NULL: what the path ends in */
  const char *title;   /* NULL: the graph's name, or what else it is called */
  ad_int depth;        /* blocks inside blocks that are drawn open; absent: as many as leave at most 160 boxes to be seen */
  char *error;         /* takes the message of a failure, cut to error_size bytes; "" after success */
  size_t error_size;
  /* Takes the whole picture, all at once, and no file is written: the path only names the format, and stands in messages. The bytes
   * are gone when it returns. */
  void (*bytes)(void *user, const void *data, size_t size);
  void *user;
} ad_draw_opts;

/* Each writes a file, which replaces an older one when it is complete. opts may be NULL. Errors: AD_E_VALUE for a format that is none
 * and for what is no graph, no array or no compiled function; AD_E_OS when the file cannot be written. */

/* A graph with its parameters, regions and results. */
AD_API ad_status ad_graph_draw(ad_graph *g, const char *path, const ad_draw_opts *opts);
/* All graphs of a module, each a block. */
AD_API ad_status ad_module_draw(ad_module *m, const char *path, const ad_draw_opts *opts);
/* The lazy expressions that the arrays stand for, down to what has values. names has one for each array, NULL where it has none, or is
 * NULL itself: arrays without one are called A, B, C... Nothing is evaluated. */
AD_API ad_status ad_arrays_draw(ad_array *const *arrays, int n, const char *const *names, const char *path, const ad_draw_opts *opts);
/* The same as DOT, whatever the path ends in. */
AD_API ad_status ad_export_to_dot(const char *path, ad_array *const *arrays, int n, const char *const *names, const ad_draw_opts *opts);
/* The plan that the last call of a compiled function used: a box for each step, a block for each that computes several ops; memory
 * moved, and seconds of a run once the function was profiled (ad_compiled_profile). */
AD_API ad_status ad_compiled_draw(ad_fn *f, const char *path, const ad_draw_opts *opts);
/* A logical model: its blocks, what is known of shapes and types between them, and how many parameters each has. Blocks that a model is
 * made of may be unknown in shape; nothing is compiled. AD_E_VALUE and more for a model that could not be made. */
AD_API ad_status ad_model_draw(ad_model *m, const char *path, const ad_draw_opts *opts);
/* A compiled model: the ops of the plan that its last evaluation used (or its last gradients), in the blocks they come from, with bytes
 * moved and, after a profiled run, time. What one step does for several blocks is divided among them by the work of their ops. */
AD_API ad_status ad_physical_draw(ad_physical *p, bool gradients, const char *path, const ad_draw_opts *opts);
/* From now on its runs are timed, until it is called with false; as ad_compiled_profile. AD_E_VALUE before the first run. */
AD_API ad_status ad_physical_profile(ad_physical *p, bool on);

#ifdef __cplusplus
}
#endif
#endif
