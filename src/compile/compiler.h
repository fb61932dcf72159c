/* What compiled functions of a context share: the rules, and every plan by what it computes. */
#ifndef AD_COMPILE_COMPILER_H
#define AD_COMPILE_COMPILER_H

#include "compile/native_plan.h"
#include "compile/rewrites.h"
#include "compile/run.h"
#include "ops/regions.h"

enum { AD_UNIT_INSTANCES = 8 };

/* A traced graph, compiled. It is the memory of an array, its handle, which is the first operand of every node that runs it; so
 * it lives as long as such a node, a function that uses it, or the compiler keeps it. */
typedef struct ad_plan_unit {
  ad_compiled head;   /* first */
  ad_ctx *ctx;
  ad_array *handle;   /* not counted here */
  ad_graph *traced;   /* held */
  ad_plan *plan;
  uint64_t hash;
  struct ad_plan_unit *next; /* in the compiler's list, newest first */
  bool unfused;
  ad_run_watch watch;
  ad_plan_native native;
  _Atomic(ad_instance *) idle[AD_UNIT_INSTANCES];
} ad_plan_unit;

typedef struct ad_compiler {
  ad_rules rules;
  ad_plan_unit *units; /* held */
  int count;
} ad_compiler;

/* The context's, made at first use; NULL without memory. */
ad_compiler *ad__compiler_of(ad_ctx *c);
/* The unit that computes this graph, found or made (*fresh); it takes over the caller's hold on the graph. NULL sets e. The compiler
 * holds the newest units. */
ad_plan_unit *ad__unit_of(ad_graph *traced, bool unfused, bool *fresh, ad_err *e);
/* Do both compute the same, node by node? Large constants are the same where they lie in the same memory; with `elements` where
 * they have the same elements. */
bool ad__graph_same(const ad_graph *a, const ad_graph *b, bool elements);
/* Runs it, in any thread, on nodes that have the values of its parameters; given_up and results as in run.h. */
ad_status ad__plan_unit_run(ad_exec *x, ad_plan_unit *u, ad_array *const *params, uint32_t given_up, ad_value *results);
/* The graph after all passes, which the caller frees. */
ad_graph *ad__passes_run(ad_graph *traced);
/* What AD_DEBUG asks for of a plan that was just made, to the log (report.c). */
void ad__unit_tell(ad_plan_unit *u);
/* The graph after the pass of that name ("trace": as traced), which the caller frees; a failed graph when there is no such pass. */
ad_graph *ad__unit_graph(const ad_plan_unit *u, const char *pass);

#endif
