/* Control flow that depends on values, as ops: for what runs inside other transforms or many times without the caller.
 *
 *   static ad_array *below(ad_ctx *c, ad_array *const *in, void *user) { return ad_less(in[0], ad_number(c, 100)); }
 *   static ad_array *twice(ad_ctx *c, ad_array *const *in, void *user) { return ad_add(in[0], in[0]); }
 *   ad_array *y = ad_while_loop(ad_fn_new(c, below, 1, NULL), ad_fn_new(c, twice, 1, NULL), x);
 *
 * Bodies are functions, traced once on arguments without values; reading one is an error. What they use from outside is found by
 * itself and differentiated like an argument. States are trees (one array, or tuples and records of them) and keep their form,
 * shapes and dtypes. All have derivatives in both modes, of any order, and batching; a batched while_loop runs until every element is
 * done.
 * The gradient of a loop saves the states of each step: a while_loop or fori_loop those that it reads, a scan or map its carries. Where
 * they would take more than the context's record_limit, it keeps all states of every so many steps instead, as many as the limit holds
 * (of a scan no fewer than the square root of its steps), and computes the steps between again. A first derivative runs a
 * loop at most once more for that, and its bits are the same.
 * The gradient of a loop that is built before the loop's value is read shares the loop's one run, whose record is then kept until the
 * gradient is computed or can no longer be asked for; of a scan where its carries are all saved and it is not being compiled.
 * A random function without a key is refused in a body: it would draw the same numbers each time. */
#ifndef ADAMANT_CONTROL_H
#define ADAMANT_CONTROL_H

#include <adamant/transform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* then(args...) where the predicate (one truth value) is true, else otherwise(args...). Only one runs. Both give the same form and
 * types. */
AD_API ad_array *ad_cond_at(ad_place where, ad_array *predicate, ad_fn *then, ad_fn *otherwise, ad_array *const *args, int n);
#define ad_cond(...) ad_cond_at(AD_HERE, __VA_ARGS__)

/* state = body(state) as long as cond(state), one truth value, is true. */
AD_API ad_array *ad_while_loop_at(ad_place where, ad_fn *cond, ad_fn *body, ad_array *state);
#define ad_while_loop(...) ad_while_loop_at(AD_HERE, __VA_ARGS__)

/* state = body(i, state) for i = lower, lower + 1, ... below upper, integers of one dtype. */
AD_API ad_array *ad_fori_loop_at(ad_place where, ad_array *lower, ad_array *upper, ad_fn *body, ad_array *state);
#define ad_fori_loop(...) ad_fori_loop_at(AD_HERE, __VA_ARGS__)

typedef struct ad_scan_opts {
  bool reverse;   /* from the last slice to the first */
  ad_int length;  /* steps, where there is nothing to take slices of */
} ad_scan_opts;
/* body(carry, slice) gives a tuple of the next carry and an output; over the slices of every leaf of `stacked` along its first axis. Returns
 * a tuple of the last carry and the outputs, stacked. stacked may be NULL: then slices are empty tuples and the length is given. */
AD_API ad_array *ad_scan_at(ad_place where, ad_fn *body, ad_array *carry, ad_array *stacked, const ad_scan_opts *opts);
#define ad_scan(...) ad_scan_at(AD_HERE, __VA_ARGS__)

/* The function applied to each slice of every leaf along its first axis, one after the other; the results stacked. ad_vmap does it all at
 * once, with more memory. */
AD_API ad_array *ad_map_at(ad_place where, ad_fn *f, ad_array *stacked);
#define ad_map(...) ad_map_at(AD_HERE, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
