/* Compiling functions: traced once, optimised, planned, and run as a whole.
 *
 *   ad_fn *step = ad_compile(ad_value_and_grad(f, &(ad_grad_opts){.argnums = AD_AXES(1)}), NULL);
 *   ad_array *r = ad_call(step, x, w);        traces, optimises and plans at the first call
 *   r = ad_call(step, x2, w2);                runs the plan, as long as forms, shapes and dtypes are the same
 *
 * A compiled function is a function like any other, and calling it gives a lazy array; what is computed, and every bit of
 * it, is what the function itself would give. Its Python or C code runs only while it is traced, on arguments that have no
 * values: reading one inside is an error that names the place.
 * The plans of the 64 keys that were used last are kept.
 * What the function uses beside its arguments is part of the plan: values are constants of it, lazy expressions its inputs.
 * What changes from call to call is an argument, or captured state (ad_captured). Random functions without a key draw from
 * the context's state at every call, as they would outside.
 * Inside another transform a compiled function is its function; a transform of a compiled function is compiled too. A
 * function may be called from every stream: each run has its memory to itself. */
#ifndef ADAMANT_COMPILE_H
#define ADAMANT_COMPILE_H

#include <adamant/graph.h>
#include <adamant/transform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arrays that a function reads or changes beside its arguments, as one tree: what `read` gives, which is borrowed, and what
 * `write` puts in its place, which the receiver keeps as long as it needs it. Both NULL: there are none. */
typedef struct ad_captured {
  ad_array *(*read)(ad_ctx *c, void *user);
  void (*write)(ad_ctx *c, ad_array *tree, void *user);
  void *user;
} ad_captured;

typedef struct ad_compile_opts {
  ad_captured inputs;  /* read before every call; while the function is traced, `write` puts arguments without values there */
  ad_captured outputs; /* read after tracing; at every call `write` puts there what the function left there. Often the same */
  bool unfused;        /* every op by itself, to find out which one is at fault */
  bool shapeless;      /* one trace for all shapes, where a function can be traced with symbols for dims of 2 or more; dims that
                          were equal must stay equal, else there is another trace. A first call then runs the function twice,
                          with symbols and with numbers, to see that both mean the same; where they do not, each shape is
                          traced, and "recompiles" says why */
  ad_native_mode native; /* whether its plans become machine code; AD_NATIVE_DEFAULT: what the context says */
} ad_compile_opts;

/* The function, compiled. opts may be NULL. */
AD_API ad_fn *ad_compile_at(ad_place where, ad_fn *f, const ad_compile_opts *opts);
#define ad_compile(...) ad_compile_at(AD_HERE, __VA_ARGS__)

/* Whether calls of compiled functions use their plans (true, unless the environment has AD_DISABLE_COMPILE) or run the function
 * itself; looked at when called. Returns what it was before. */
AD_API bool ad_ctx_set_compile(ad_ctx *c, bool on);

/* ---- Handing out ------------------------------------------------------------------------------------ */

typedef struct ad_compiled_graph_opts {
  const char *name;        /* of the graph; absent: "compiled" */
  const char *const *args; /* a name for each argument, absent or NULL among them: x0, x1, ...; leaves of a tree have the names of
                              their places behind it, "net.w1", and "" means these alone */
  ad_ints constants;       /* arguments that are none of the graph's: their values are constants of it, under their names */
  bool shapeless;          /* dims of 2 or more become symbols n0, n1, ..., equal ones the same, but for those that constants settle */
} ad_compiled_graph_opts;

/* What a call of f (compiled or not) with these arguments computes, as a graph after all passes, which the caller frees, to be
 * printed (ad_emit), looked at or called. Its parameters are the leaves of the arguments, then those of the captured state, then a
 * key for each random op that draws its own; its results are those of f and then the captured outputs, named for their places, with
 * "_new" behind names that a parameter has. What f uses from outside is computed and becomes constants. f runs once, on arguments
 * without values. A failure is a failed graph; NULL for an f that is NULL. opts may be NULL.
 *
 *   ad_graph *g = ad_compiled_graph(net, (ad_array *[]){x, weights}, 2, &(ad_compiled_graph_opts){
 *       .name = "net", .args = (const char *[]){"x", ""}, .constants = AD_INTS(1)});
 *   ad_emit(g, "c", NULL, &text); */
AD_API ad_graph *ad_compiled_graph_at(ad_place where, ad_fn *f, ad_array *const *args, int n, const ad_compiled_graph_opts *opts);
#define ad_compiled_graph(...) ad_compiled_graph_at(AD_HERE, __VA_ARGS__)

/* ---- Running from any thread --------------------------------------------------------------------------- */

/* A plan for calls with one signature, to be run on memory of the caller's: from any thread, by several at once, without the context.
 *
 *   ad_runner *r = ad_runner_new(net, (ad_array *[]){x}, 1);
 *   ad_runner_run(r, (const void *[]){pixels}, (void *[]){scores}, why, sizeof why);      in each thread */
typedef struct ad_runner ad_runner;
/* The plan that a call of f, which is compiled, with arguments of these types uses; their values do not matter. A failed one, whose error
 * is ad_runner_error, for an f that is not compiled, uses captured state or values from outside that are not evaluated, or draws random
 * numbers without a key. NULL only without memory. In the context's thread, as ad_runner_free. */
AD_API ad_runner *ad_runner_new_at(ad_place where, ad_fn *f, ad_array *const *args, int n);
#define ad_runner_new(...) ad_runner_new_at(AD_HERE, __VA_ARGS__)
AD_API const char *ad_runner_error(const ad_runner *r); /* "" without one */
AD_API void ad_runner_free(ad_runner *r);                /* r may be NULL; nothing may be running */
/* How many arrays it reads and writes: the leaves of the arguments, and those of the result, in order. Bytes of each. */
AD_API int ad_runner_inputs(const ad_runner *r);
AD_API int ad_runner_outputs(const ad_runner *r);
AD_API size_t ad_runner_input_bytes(const ad_runner *r, int index);
AD_API size_t ad_runner_output_bytes(const ad_runner *r, int index);
/* Inputs are read and outputs written in row-major order. On failure `why` (may be NULL) says what a call would. */
AD_API ad_status ad_runner_run(const ad_runner *r, const void *const *inputs, void *const *outputs, char *why, size_t why_size);

/* ---- Seeing inside ---------------------------------------------------------------------------------- */

/* A context made with .debug = "recompile,memory", or where AD_DEBUG=recompile,memory is in the environment, tells its log (AD_LOG_DEBUG),
 * a line at a time:
 *   passes      the graph as traced and after each pass that changed it, when a plan is made
 *   fusion      the plan's steps, and why values go through memory between them
 *   recompile   every trace, and which part of the key made it necessary
 *   nan         nothing; but in every plan the first step that brings a NaN into the world is an error, as ad_compiled_find_nan has it
 *   memory      the plan's peak, what it could not be below, and what was live then */

typedef struct ad_compile_stats {
  uint64_t calls;  /* answered by a plan */
  uint64_t traces; /* how often the function itself ran */
  uint64_t plans;  /* made for this function; a trace whose graph was met before in the context shares that plan */
  double trace_seconds; /* spent on running the function and making graphs of it */
  double plan_seconds;  /* spent on passes and plans */
  /* Of the plan that the last call used; 0 before the first. */
  uint64_t traced_nodes; /* nodes of the graph as traced */
  uint64_t nodes;        /* nodes of the graph as planned, parameters and constants counted */
  uint64_t steps;        /* what a run executes, one after the other */
  uint64_t groups;       /* steps that compute several ops at once */
  uint64_t arena_bytes;  /* memory of all intermediates together */
  uint64_t least_bytes;  /* the largest sum of intermediates that live at one step: no arena could be smaller */
} ad_compile_stats;
/* Zeros for a function that is not compiled. */
AD_API ad_compile_stats ad_compiled_stats(const ad_fn *f);

/* Which trace: while the function is being traced, the number of that trace, the first being 1; after a call, that of the trace
 * whose plan answered. 0 while, and after, a call runs the function itself (compiling switched off, or inside another
 * transform or trace), before the first call, and for a function that is not compiled. What a trace finds out beside its
 * arrays can so be told apart:
 *   ad_array *f(ad_ctx *c, ad_array *const *in, void *user) { notes[ad_compiled_trace(compiled)] = ...; } */
AD_API uint64_t ad_compiled_trace(const ad_fn *f);

/* What there is to say about the plan that the last call used, as text that lives until the next call of this function:
 *   "trace"                               the graph as traced
 *   "expand" "fold" "simplify" "sink" "share" "prune"   the graph after that pass, in this order
 *   "plan"                                its steps, their groups, where values lie, and what held the peak
 *   "fusion"                              for every value that goes from step to step: why the two are not one
 *   "native"                              whether there is machine code for it, what it cost to get, and the C text of it
 *   "recompiles"                          every trace, and which part of the key made it necessary
 *   "profile"                             time, operations and bytes of every step, over the runs since ad_compiled_profile
 *   "chrome"                              the last profiled run in the trace event format of Chrome's about:tracing
 * An unknown word, or no plan yet, is said in the text. */
AD_API const char *ad_compiled_report(ad_fn *f, const char *what);
/* From now on runs are timed step by step, until it is called with false; true forgets earlier times. */
AD_API ad_status ad_compiled_profile(ad_fn *f, bool on);
/* From now on the first step of a run whose floating-point result has a NaN, though none of its operands has, makes the call
 * an error that names op and place. */
AD_API ad_status ad_compiled_find_nan(ad_fn *f, bool on);

#ifdef __cplusplus
}
#endif
#endif
