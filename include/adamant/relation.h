/* Shape relations: what an op says about the dims of its inputs and outputs.
 *
 * A relation never computes outputs from inputs only. Each operand is a slot that may be known, partly known or
 * unknown; the relation is a list of the statements below, and each statement passes what is known both ways. So the
 * same function checks an eager call, carries symbols, fills a model's inputs from its outputs, or answers "not yet".
 * Slots 0..n-1 are the inputs, AD_REL_OUT(r, k) the outputs. Axes are counted from the front, or, when negative,
 * from the back (which needs no rank).
 * Every statement returns false when it failed (the reason is set) so that statements chain with &&; a statement that
 * cannot say anything yet marks the relation "not yet" and returns true. */
#ifndef ADAMANT_RELATION_H
#define ADAMANT_RELATION_H

#include <adamant/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A dim: a number >= 0; AD_DIM_UNKNOWN; a number below -1 is a symbolic expression of the context. */
typedef int64_t ad_dim;
#define AD_DIM_UNKNOWN INT64_MIN

#define AD_REL_OUT(r, k) (ad_rel_inputs(r) + (k))

AD_API int ad_rel_inputs(const ad_rel *r);
AD_API const ad_attr *ad_rel_attr(const ad_rel *r, int field);
/* The context whose symbols the dims are expressions over. */
AD_API ad_ctx *ad_rel_ctx(const ad_rel *r);
AD_API bool ad_rel_has(const ad_rel *r, int slot); /* false for a missing optional input */

/* An input's dtype before promotion, for shapes that follow from it; AD_DTYPE_NONE when not known. */
AD_API ad_dtype ad_rel_get_dtype(const ad_rel *r, int input);
AD_API int ad_rel_get_rank(const ad_rel *r, int slot);          /* -1: unknown */
AD_API ad_dim ad_rel_get_dim(const ad_rel *r, int slot, int axis); /* AD_DIM_UNKNOWN when not known */

AD_API bool ad_rel_rank(ad_rel *r, int slot, int rank);
AD_API bool ad_rel_rank_at_least(ad_rel *r, int slot, int rank);
AD_API bool ad_rel_dim(ad_rel *r, int slot, int axis, ad_dim d);
/* Two slots have the same shape; two axes the same dim. */
AD_API bool ad_rel_same(ad_rel *r, int slot_a, int slot_b);
AD_API bool ad_rel_same_dim(ad_rel *r, int slot_a, int axis_a, int slot_b, int axis_b);
/* out is the broadcast of the given slots. */
AD_API bool ad_rel_broadcast(ad_rel *r, int out, const int *slots, int n);
/* slot_b has exactly these dims. */
AD_API bool ad_rel_is(ad_rel *r, int slot, int rank, const ad_dim *dims);
/* "not yet": what is known does not suffice. Returns true. */
AD_API bool ad_rel_later(ad_rel *r);
/* Fails with a reason: "what was given; what was wrong; what would be right". Returns false. */
AD_API bool ad_rel_fail(ad_rel *r, ad_status code, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;
/* AD_OK, or the failure, for the end of a relation: `return ad_rel_end(r, ad_rel_same(r, 0, 1) && ...)`. */
AD_API ad_status ad_rel_end(ad_rel *r, bool ok);

/* Dim arithmetic in normal form; AD_DIM_UNKNOWN in, AD_DIM_UNKNOWN out; a number that overflows is AD_DIM_UNKNOWN and
 * fails the relation where one is given. */
AD_API ad_dim ad_dim_add(ad_ctx *c, ad_dim a, ad_dim b);
AD_API ad_dim ad_dim_sub(ad_ctx *c, ad_dim a, ad_dim b);
AD_API ad_dim ad_dim_mul(ad_ctx *c, ad_dim a, ad_dim b);
AD_API ad_dim ad_dim_floordiv(ad_ctx *c, ad_dim a, ad_dim b);
/* The symbol of that name; a symbol stands for 2 or more. */
AD_API ad_dim ad_dim_symbol(ad_ctx *c, const char *name);
static inline bool ad_dim_is_number(ad_dim d) { return d >= 0; }

#ifdef __cplusplus
}
#endif
#endif
