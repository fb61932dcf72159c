/* Functions as values, and transforms: functions made of functions.
 *
 *   static ad_array *loss(ad_ctx *c, ad_array *const *in, void *user) {
 *     return ad_mean(ad_square(ad_subtract(ad_matmul(in[0], in[1]), in[2])), NULL);
 *   }
 *   ad_fn *f = ad_fn_new(c, loss, 3, NULL);
 *   ad_array *r = ad_call(ad_value_and_grad(f, &(ad_grad_opts){.argnums = AD_AXES(1)}), x, w, y);
 *   ad_array *value = ad_item(r, 0), *dw = ad_item(ad_item(r, 1), 0);
 *
 * A function takes flat inputs and returns one array; several of either are one tuple or record (a tree). Transforms nest in
 * any order. A function that is differentiated runs on its real arguments, so that it may read values and decide by them in
 * ordinary C; inside ad_vmap and the bodies of loops there is no one value, and reading one is an error.
 * What a function uses beside its arguments (through `user`) is a constant to its own transform and is differentiated by those
 * outside it.
 * Function handles follow the rules of arrays: they are never NULL, a failure is a failed function, whose calls give its error;
 * they are borrowed from the innermost scope, and ad_fn_keep and ad_fn_drop hold them longer. opts may be NULL. */
#ifndef ADAMANT_TRANSFORM_H
#define ADAMANT_TRANSFORM_H

#include <adamant/core.h>
#include <adamant/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_fn ad_fn;
/* `in` holds as many arrays as the function has inputs; they and the result are borrowed. Never called while the context is
 * in use by another thread. */
typedef ad_array *(*ad_function)(ad_ctx *c, ad_array *const *in, void *user);

/* ---- Functions -------------------------------------------------------------------------------------- */

AD_API ad_fn *ad_fn_new_at(ad_place where, ad_ctx *c, ad_function f, int inputs, void *user);
#define ad_fn_new(...) ad_fn_new_at(AD_HERE, __VA_ARGS__)
/* The same, which calls release(user), if not NULL, once when nothing uses the function any more (also when making it fails). */
AD_API ad_fn *ad_fn_new_owned_at(ad_place where, ad_ctx *c, ad_function f, int inputs, void *user,
                                 void (*release)(void *user));
#define ad_fn_new_owned(...) ad_fn_new_owned_at(AD_HERE, __VA_ARGS__)
/* One more reference, to be dropped with ad_fn_drop; returns f. */
AD_API ad_fn *ad_fn_keep(ad_fn *f);
AD_API void ad_fn_drop(ad_fn *f); /* f may be NULL */
/* Moves a handle out of the innermost scope, as ad_own does; returns f. */
AD_API ad_fn *ad_fn_own(ad_fn *f);
AD_API ad_ctx *ad_fn_ctx(const ad_fn *f);
AD_API int ad_fn_inputs(const ad_fn *f);
AD_API bool ad_fn_is_error(const ad_fn *f);
/* AD_OK and "" when f is no failed function. The text lives as long as the handle. */
AD_API ad_status ad_fn_error_code(const ad_fn *f);
AD_API const char *ad_fn_error_text(const ad_fn *f);

/* Several arrays as two arguments, a list and its length: ad_call_list(f, AD_ARRAYS(x, y)). */
#define AD_ARRAYS(...)                      \
  ((ad_array *const[]){NULL, __VA_ARGS__}) + 1, \
      (int)(sizeof((ad_array *const[]){NULL, __VA_ARGS__}) / sizeof(ad_array *)) - 1
/* The function on these arguments. Everything made on the way but the result is let go. */
AD_API ad_array *ad_call_at(ad_place where, ad_fn *f, ad_array *const *args, int n);
#define ad_call_list(...) ad_call_at(AD_HERE, __VA_ARGS__)
#define ad_call(f, ...) ad_call_at(AD_HERE, f, AD_ARRAYS(__VA_ARGS__))

/* ---- Reverse mode ----------------------------------------------------------------------------------- */

typedef struct ad_grad_opts {
  ad_ints argnums; /* by which arguments, distinct; negative ones count from the end; absent: by the first */
  bool has_aux;    /* the function returns a tuple of the loss and what is to be handed on */
} ad_grad_opts;
/* The gradient of a function whose result is a real scalar: of the form of its argument, or, where argnums are given, a tuple
 * with one member for each. With has_aux a tuple of the gradient and the rest of the result (the one member, or a tuple
 * of them). Integers are differentiated too, and the result cast. */
AD_API ad_fn *ad_grad_at(ad_place where, ad_fn *f, const ad_grad_opts *opts);
#define ad_grad(...) ad_grad_at(AD_HERE, __VA_ARGS__)
/* A tuple of what the function returns and the gradient. The function may return a tuple, whose first member is the loss. */
AD_API ad_fn *ad_value_and_grad_at(ad_place where, ad_fn *f, const ad_grad_opts *opts);
#define ad_value_and_grad(...) ad_value_and_grad_at(AD_HERE, __VA_ARGS__)
/* Takes the arguments of f, then a cotangent of the form of its result; returns a tuple of the result and a tuple of the
 * arguments' cotangents. */
AD_API ad_fn *ad_vjp_at(ad_place where, ad_fn *f);
#define ad_vjp(...) ad_vjp_at(AD_HERE, __VA_ARGS__)

/* ---- Forward mode ----------------------------------------------------------------------------------- */

/* Takes the arguments of f, then a tangent for each; returns a tuple of the result and its tangent. */
AD_API ad_fn *ad_jvp_at(ad_place where, ad_fn *f);
#define ad_jvp(...) ad_jvp_at(AD_HERE, __VA_ARGS__)
/* Runs f on the arguments, returns its result, and makes *linear the linear function from tangents of the arguments to the
 * tangent of the result, which does not run f again. *linear is never NULL. */
AD_API ad_array *ad_linearize_at(ad_place where, ad_fn *f, ad_array *const *args, int n, ad_fn **linear);
#define ad_linearize(...) ad_linearize_at(AD_HERE, __VA_ARGS__)

/* ---- Matrices of derivatives ------------------------------------------------------------------------ */

typedef struct ad_jacobian_opts {
  ad_ints argnums; /* as for ad_grad */
} ad_jacobian_opts;
/* Derivatives of every element of the result by every element of the argument: an array of the result's axes, then the
 * argument's. Where the result or the argument is a tree, that tree of such arrays, the result's outermost; where argnums
 * are given, each is a tuple with one member for each. jacfwd computes a column at a time in one batch, jacrev a row;
 * jacobian takes the shorter way. */
AD_API ad_fn *ad_jacfwd_at(ad_place where, ad_fn *f, const ad_jacobian_opts *opts);
#define ad_jacfwd(...) ad_jacfwd_at(AD_HERE, __VA_ARGS__)
AD_API ad_fn *ad_jacrev_at(ad_place where, ad_fn *f, const ad_jacobian_opts *opts);
#define ad_jacrev(...) ad_jacrev_at(AD_HERE, __VA_ARGS__)
AD_API ad_fn *ad_jacobian_at(ad_place where, ad_fn *f, const ad_jacobian_opts *opts);
#define ad_jacobian(...) ad_jacobian_at(AD_HERE, __VA_ARGS__)
/* Second derivatives: jacfwd of jacrev. */
AD_API ad_fn *ad_hessian_at(ad_place where, ad_fn *f, const ad_jacobian_opts *opts);
#define ad_hessian(...) ad_hessian_at(AD_HERE, __VA_ARGS__)
/* The product of the Hessian of a real scalar function and a vector, without the matrix. Takes the arguments, then a vector
 * of the form of each; returns a tuple with one product for each argument. */
AD_API ad_fn *ad_hvp_at(ad_place where, ad_fn *f);
#define ad_hvp(...) ad_hvp_at(AD_HERE, __VA_ARGS__)

/* ---- Batching --------------------------------------------------------------------------------------- */

/* In place of an axis: this argument is the same for the whole batch, this result does not depend on it. */
#define AD_NO_AXIS INT64_MIN
typedef struct ad_vmap_opts {
  ad_ints in_axes;  /* one per argument, or one per leaf of all of them; absent: the first axis of each */
  ad_ints out_axes; /* one for all results, or one per leaf; absent: the first */
  /* Unless NULL, asked in place of out_axes each time the results are known: sets the axis of each of n leaves. */
  void (*out_axes_of)(void *user, int n, int64_t *axes);
  void *user;
} ad_vmap_opts;
/* The function applied to every slice of its arguments along an axis, all at once; results are stacked along one. */
AD_API ad_fn *ad_vmap_at(ad_place where, ad_fn *f, const ad_vmap_opts *opts);
#define ad_vmap(...) ad_vmap_at(AD_HERE, __VA_ARGS__)

/* ---- Saying how ------------------------------------------------------------------------------------- */

/* The same function, whose backward pass computes f's intermediates again instead of keeping them. */
AD_API ad_fn *ad_checkpoint_at(ad_place where, ad_fn *f);
#define ad_checkpoint(...) ad_checkpoint_at(AD_HERE, __VA_ARGS__)

typedef struct ad_custom_opts {
  ad_fn *vjp;  /* (tuple of arguments, cotangent of the result, result) -> tuple of the arguments' cotangents */
  ad_fn *jvp;  /* (tuple of arguments, tuple of tangents) -> tangent of the result */
  ad_fn *vmap; /* (tuple of arguments, each with the batch axis in front) -> result with the batch axis in front */
} ad_custom_opts;
/* The same function with rules of its own. A rule that is missing is derived: jvp and vjp from each other, else all from f. What f
 * uses beside its arguments is differentiated as usual. */
AD_API ad_fn *ad_custom_function_at(ad_place where, ad_fn *f, const ad_custom_opts *opts);
#define ad_custom_function(...) ad_custom_function_at(AD_HERE, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
