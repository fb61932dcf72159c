/* Transforms of lazy expressions: reverse mode, forward mode, batching.
 *
 * All three walk the nodes between inputs and outputs once, in order, and build new nodes from the one statement each
 * op makes. They give back ordinary arrays, so they nest in any order. A symbolic zero is NULL.
 * The caller keeps what is walked alive and unevaluated (ctx->keep_graphs while a transform is open).
 * New handles enter the innermost scope. On failure the returned status is that of the error array in *error. */
#ifndef AD_TRANSFORM_TRANSFORM_H
#define AD_TRANSFORM_TRANSFORM_H

#include "ir/node.h"

/* grads[i] = the cotangent of xs[i] for cotangents cts of ys (NULL: zero); NULL where ys do not depend on xs[i]. */
ad_status ad__vjp(ad_ctx *c, ad_array *const *ys, ad_array *const *cts, int n_y, ad_array *const *xs, int n_x,
                  ad_array **grads, ad_array **error);

/* out[k] = the tangent of ys[k] for tangents ts of xs (NULL: zero); NULL where it is zero. */
ad_status ad__jvp(ad_ctx *c, ad_array *const *ys, int n_y, ad_array *const *xs, ad_array *const *ts, int n_x,
                  ad_array **out, ad_array **error);

/* out[k] = ys[k] recomputed with bs[i] in the place of xs[i], where bs[i] carries a batch axis of `size` in front;
 * out_batched[k] says whether out[k] carries one. */
ad_status ad__batch(ad_ctx *c, ad_array *const *ys, int n_y, ad_array *const *xs, ad_array *const *bs, int n_x,
                    int64_t size, ad_array **out, bool *out_batched, ad_array **error);

/* Zeros of that array's shape and dtype, at its place. */
ad_array *ad__zeros_of(const ad_array *a);

/* An argument for tracing a function whose arguments have no values: while ctx->tracing is above zero, asking for a value that
 * depends on one is an error which names the transform. */
ad_array *ad__traced_new(ad_ctx *c, ad_place where, const ad_type *type, const char *transform);

/* An argument by which a linear expression is transposed: for tracing, and afterwards, settled, zero, since the transpose does not
 * depend on it but may still name it. Without memory it stays without a value. */
ad_array *ad__placeholder(const ad_array *like);
void ad__placeholder_settle(ad_array *a);

#endif
