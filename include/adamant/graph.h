/* Graphs: parameters, nodes in order, results. Modules: graphs by name.
 *
 *   ad_graph *g = ad_graph_new(c, "scaled");
 *   ad_array *x = ad_graph_param(g, "x", AD_FLOAT32, AD_SHAPE(ad_dim_symbol(c, "N"), 784));
 *   ad_graph_result(g, ad_add(x, ad_exp(x)));
 *   puts(ad_graph_text(g));
 *   ad_array *y = ad_graph_call(g, &some_array, 1);
 *
 * A node of a graph is a handle like any other, with a type and no value: it lives as long as its graph, belongs to no
 * scope, and keeping or dropping it does nothing. An op applied to a node of a graph makes a node of that graph, by the same
 * checks as everywhere; values given from outside (arrays from memory, numbers, what is evaluated) become constants of it.
 * Types may have symbolic dims. A graph given as an attribute (a region) may no longer grow; it sees nothing but its
 * own parameters, so whatever it uses from outside is an operand of the node that owns it.
 * Graphs and modules are freed by who made them, at the latest with their context. A failure makes a failed graph: every
 * call on it reports that first failure. */
#ifndef ADAMANT_GRAPH_H
#define ADAMANT_GRAPH_H

#include <adamant/op.h>
#include <adamant/relation.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_module ad_module;

/* ---- Making ----------------------------------------------------------------------------------------- */

/* Names of graphs, parameters and nodes: a letter or _, then letters, digits, _ and dots. */
AD_API ad_graph *ad_graph_new(ad_ctx *c, const char *name);
/* g may be NULL; a graph that a module or a node still uses lives on until they end. */
AD_API void ad_graph_free(ad_graph *g);
/* AD_OK, or the code and the text of the first failure. */
AD_API ad_status ad_graph_status(const ad_graph *g);
AD_API const char *ad_graph_error_text(const ad_graph *g);

/* A parameter; dims may be symbols and expressions. */
AD_API ad_array *ad_graph_param(ad_graph *g, const char *name, ad_dtype dtype, ad_shape shape);
/* The same with any type in the text form: "float32[N, 784]", "(float32[], int32[2])". */
AD_API ad_array *ad_graph_param_text(ad_graph *g, const char *name, const char *type);
/* As ad_apply, in the graph; needed where no input says which graph is meant. */
AD_API ad_array *ad_graph_add_at(ad_place where, ad_graph *g, const ad_op *op, ad_array *const *in, int n,
                                 const ad_attr *attrs);
#define ad_graph_add(...) ad_graph_add_at(AD_HERE, __VA_ARGS__)
/* Names a node; the name must be new. */
AD_API ad_status ad_graph_set_name(ad_graph *g, ad_array *node, const char *name);
/* One more result. */
AD_API ad_status ad_graph_result(ad_graph *g, ad_array *node);

/* The lazy expressions `outputs` as a graph: inputs become parameters x0, x1..., what is already evaluated becomes
 * constants, weak scalars stay numbers. */
AD_API ad_graph *ad_graph_trace(ad_ctx *c, const char *name, ad_array *const *inputs, int n, ad_array *const *outputs,
                                int m);
/* The graph's nodes made again on these arguments, as lazy nodes (or as nodes of the graph that the arguments belong to);
 * symbols take the arguments' dims, in the regions of nodes too. Returns the result, or a tuple of them when there is not exactly one. */
AD_API ad_array *ad_graph_call_at(ad_place where, ad_graph *g, ad_array *const *args, int n);
#define ad_graph_call(...) ad_graph_call_at(AD_HERE, __VA_ARGS__)

/* ---- Asking ----------------------------------------------------------------------------------------- */

AD_API const char *ad_graph_name(const ad_graph *g);
AD_API int ad_graph_param_count(const ad_graph *g);
AD_API ad_array *ad_graph_param_at(const ad_graph *g, int index); /* NULL when there is none */
AD_API int ad_graph_result_count(const ad_graph *g);
AD_API ad_array *ad_graph_result_at(const ad_graph *g, int index);
/* Parameters are nodes too, where they were made. */
AD_API int ad_graph_node_count(const ad_graph *g);
AD_API ad_array *ad_graph_node_at(const ad_graph *g, int index);
/* "" when it has none. */
AD_API const char *ad_graph_name_of(const ad_graph *g, const ad_array *node);
/* Checks every invariant of the graph and of its regions; a graph that breaks one becomes a failed graph. */
AD_API ad_status ad_graph_verify(ad_graph *g);

/* ---- Text form -------------------------------------------------------------------------------------- */

/* The graph as text, which belongs to the graph until the next call; the error's text for a failed graph. */
AD_API const char *ad_graph_text(ad_graph *g);
/* Reads one graph; an error names line and column and shows the line. */
AD_API ad_graph *ad_graph_parse(ad_ctx *c, const char *text, size_t n);

/* ---- Modules ---------------------------------------------------------------------------------------- */

AD_API ad_module *ad_module_new(ad_ctx *c); /* NULL when there is no memory */
/* Frees its graphs too; m may be NULL. */
AD_API void ad_module_free(ad_module *m);
AD_API ad_status ad_module_status(const ad_module *m);
AD_API const char *ad_module_error_text(const ad_module *m);
/* Puts a graph in the module, under its own name, which must be new there; the module holds it from now on. */
AD_API ad_status ad_module_add(ad_module *m, ad_graph *g);
AD_API int ad_module_count(const ad_module *m);
AD_API ad_graph *ad_module_at(const ad_module *m, int index);
AD_API ad_graph *ad_module_find(const ad_module *m, const char *name); /* NULL when there is none */
AD_API const char *ad_module_text(ad_module *m);
AD_API ad_module *ad_module_parse(ad_ctx *c, const char *text, size_t n);

#ifdef __cplusplus
}
#endif
#endif
