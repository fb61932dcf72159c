/* Applying ops from inside: nodes that enter no scope. */
#ifndef AD_OPS_APPLY_H
#define AD_OPS_APPLY_H

#include "ir/node.h"
#include "ir/rel.h"
#include "ops/registry.h"

/* As ad_apply, but the result is floating: the caller gives it to a consumer or a scope, or discards it. May also
 * return one of the inputs (an error passed on). */
ad_array *ad__apply_floating(ad_ctx *c, ad_place where, const ad_op *op, ad_array *const *in, int n,
                             const ad_attr *attrs);
/* The same without the short path and without asking whether a graph is meant. */
ad_array *ad__apply_checked(ad_ctx *c, ad_place where, const ad_op *op, ad_array *const *in, int n,
                            const ad_attr *attrs);
/* The type of op's result on these inputs and canonical attributes: what every node is checked by. Sets the dtypes the
 * inputs are cast to; slots are room for n inputs and the outputs. NULL sets e. */
const ad_type *ad__op_infer(ad_ctx *c, const ad_op *op, ad_array *const *in, int n, const ad_attr *attrs,
                            ad_dtype *in_dtypes, ad_rel_slot *slots, ad_err *e);
/* a in another dtype, floating; a itself when it has it. An error names op, which may be NULL. */
ad_array *ad__cast_floating(ad_array *a, ad_place where, const ad_op *op, ad_dtype dtype);
/* A constant: an evaluated node over a fresh buffer of the type's bytes, floating. */
ad_array *ad__constant_new(ad_ctx *c, ad_place where, const ad_type *type);

/* The next key of the context, floating. */
ad_array *ad__random_key_floating(ad_ctx *c, ad_place where);

/* A weak constant as a strong one of that dtype, floating; an error when an integer does not fit it. */
ad_array *ad__weak_as(ad_array *a, ad_place where, const ad_op *op, ad_dtype dtype);
/* As ad__scope_take, for what may be the preallocated error. */
ad_array *ad__scope_take_error(ad_array *a);

/* The dtypes an op casts its inputs to and gives its results (src/ops/dtype_rules.c). r->in are the inputs as given. */
ad_status ad__op_dtypes(const ad_rule *r, ad_dtype *in, ad_dtype *out, ad_err *e);
/* The dtype of several arrays together: weak scalars follow the others. */
ad_dtype ad__promote_arrays(ad_array *const *in, int n);
/* The real dtype of a complex one; other dtypes are their own. */
ad_dtype ad__dtype_real(ad_dtype t);
/* bool and integers become float32. */
ad_dtype ad__dtype_inexact(ad_dtype t);

#endif
