/* Derivatives and batching of gather and the scatters.
 *
 * Reading and adding are each other's transpose over the same places, so what an index out of range does is mirrored: a
 * read that clamps is undone by a write that clamps, a write that drops by a read of zeros. Where updates meet (two
 * indices name one element) the rules give each its exact share; where they cannot meet, because there is one place, the
 * rules are shorter. Invariant: every rule is linear in its cotangent, so that the walker may transpose it again. */
#include "ops/gather_rules.h"

#include <string.h>
#include "ir/node.h"

static bool says(const ad_rule *r, const char *outside) {
  return strcmp(r->attrs[AD_GATHER_OUTSIDE].as.text, outside) == 0;
}
static ad_ints list(const ad_attr *a) { return (ad_ints){a->given, a->count, a->as.ints}; }
static ad_int number(const ad_attr *a) { return (ad_int){a->given, a->as.i}; }

static ad_array *zeros_like(const ad_rule *r, const ad_array *a, ad_dtype dtype) {
  return ad_zeros(r->ctx, ad_array_shape(a), &(ad_zeros_opts){.dtype = dtype});
}

/* ---- The same places, read or written ---- */

static ad_array *read_places(const ad_rule *r, ad_array *from) {
  ad_array *in[AD_MAX_RANK + 1] = {from};
  int n = r->n - 2;
  memcpy(in + 1, r->in + 2, (size_t)n * sizeof *in);
  return ad_gather(r->ctx, in, n + 1, list(&r->attrs[AD_GATHER_AXES]),
                   &(ad_gather_opts){.sizes = list(&r->attrs[AD_GATHER_SIZES]),
                                     .at = number(&r->attrs[AD_GATHER_AT]),
                                     .batch = number(&r->attrs[AD_GATHER_BATCH]),
                                     .outside = says(r, "clamp") ? "clamp" : "zero"});
}

/* Applies one of the scatters with the attributes of r and its indices, which begin at input `first`. */
static ad_array *write_places(const ad_rule *r, const ad_op *op, int first, ad_array *to, ad_array *updates) {
  ad_array *in[AD_MAX_RANK + 2] = {to, updates};
  int n = r->n - first;
  memcpy(in + 2, r->in + first, (size_t)n * sizeof *in);
  ad_attr at[5];
  memcpy(at, r->attrs, sizeof at);
  at[AD_GATHER_OUTSIDE] = ad_attr_text(says(r, "clamp") ? "clamp" : "drop");
  return ad_apply(r->ctx, r->out ? r->out->where : NULL, op, in, n + 2, at);
}

/* Can two updates meet in one element? Not when there is a single place (in each batch). */
static bool may_meet(const ad_rule *r) {
  int batch = (int)r->attrs[AD_GATHER_BATCH].as.i;
  for (int i = 2; i < r->n; i++)
    for (int k = batch; k < ad_array_rank(r->in[i]); k++)
      if (ad_array_dim(r->in[i], k) != 1) return true;
  return false;
}

/* ---- Transposes ---- */

ad_array *ad__gather_transpose(const ad_rule *r, int i, ad_array *const *ct) {
  (void)i;
  return write_places(r, &ad__op_scatter_add, 1, zeros_like(r, r->in[0], ad_array_dtype(ct[0])), ct[0]);
}

ad_array *ad__scatter_add_transpose(const ad_rule *r, int i, ad_array *const *ct) {
  return i == 0 ? ct[0] : read_places(r, ct[0]);
}

/* True where an update is the last one to its element: numbered updates are written, and read back. */
static ad_array *winners(const ad_rule *r) {
  ad_dtype t = ad_array_size(r->in[1]) > INT32_MAX ? AD_INT64 : AD_INT32;
  ad_array *numbers = ad_reshape(ad_iota(r->ctx, ad_array_size(r->in[1]), &(ad_iota_opts){.dtype = t}),
                                 ad_array_shape(r->in[1]));
  ad_array *last = write_places(r, &ad__op_scatter, 2, zeros_like(r, r->in[0], t), numbers);
  return ad_equal(read_places(r, last), numbers);
}

ad_array *ad__scatter_transpose(const ad_rule *r, int i, ad_array *const *ct) {
  if (i == 0) return write_places(r, &ad__op_scatter, 2, ct[0], zeros_like(r, r->in[1], ad_array_dtype(ct[0])));
  ad_array *y = read_places(r, ct[0]);
  return may_meet(r) ? ad_where(winners(r), y, AD_RULE_NUMBER(r, 0)) : y;
}

/* ---- Products and extremes ---- */

static ad_array *adjoint(ad_array *a) {
  return ad_dtype_category(ad_array_dtype(a)) == AD_CATEGORY_COMPLEX ? ad_conjugate(a) : a;
}

/* The derivative by one factor is the product of the others: of all but zeros, divided by this one; where there is one
 * zero, of all but that; where there are more, nothing. */
static ad_array *product_of_others(const ad_rule *r) {
  ad_array *u = r->in[1], *zero = AD_RULE_NUMBER(r, 0);
  if (!may_meet(r)) return read_places(r, r->in[0]);
  ad_array *is_zero = ad_equal(u, zero);
  ad_array *factor = ad_where(is_zero, AD_RULE_NUMBER(r, 1), u);
  ad_array *product = read_places(r, write_places(r, &ad__op_scatter_multiply, 2, r->in[0], factor));
  ad_array *zeros = read_places(r, write_places(r, &ad__op_scatter_add, 2, zeros_like(r, r->in[0], AD_INT32),
                                                ad_cast(is_zero, AD_INT32)));
  ad_array *others = ad_subtract(zeros, ad_cast(is_zero, AD_INT32));
  return ad_where(ad_equal(others, ad_number_int(r->ctx, 0)), ad_divide(product, factor), zero);
}

ad_array *ad__scatter_multiply_vjp(const ad_rule *r, int i, ad_array *const *ct) {
  if (i == 1) return ad_multiply(read_places(r, ct[0]), adjoint(product_of_others(r)));
  ad_array *ones = ad_ones(r->ctx, ad_array_shape(r->in[0]), &(ad_ones_opts){.dtype = ad_array_dtype(r->in[0])});
  return ad_multiply(ct[0], adjoint(write_places(r, &ad__op_scatter_multiply, 2, ones, r->in[1])));
}

/* Those that equal the result share the cotangent equally. */
ad_array *ad__scatter_extreme_vjp(const ad_rule *r, int i, ad_array *const *ct) {
  ad_dtype t = ad_array_dtype(ct[0]);
  ad_array *stayed = ad_equal(r->in[0], r->out), *won = ad_equal(r->in[1], read_places(r, r->out));
  ad_array *count = write_places(r, &ad__op_scatter_add, 2, ad_cast(stayed, t), ad_cast(won, t));
  ad_array *share = ad_divide(ct[0], ad_maximum(count, AD_RULE_NUMBER(r, 1))), *zero = AD_RULE_NUMBER(r, 0);
  return i == 0 ? ad_where(stayed, share, zero) : ad_where(won, read_places(r, share), zero);
}

/* ---- Batching ---- */

ad_array *ad__batch_spread(ad_array *a, int64_t size) {
  ad_shape s = ad_array_shape(a);
  int64_t dims[AD_MAX_RANK + 1] = {size};
  if (s.rank) memcpy(dims + 1, s.dims, (size_t)s.rank * sizeof *dims);
  return ad_broadcast_to(a, (ad_shape){s.rank + 1, dims});
}

/* Indices that are the same for all leave the batch axis one that is kept; else it is one more that all share. */
ad_array *ad__gather_batch(const ad_rule *r, const bool *batched, int64_t size) {
  ad_array *in[AD_MAX_RANK + 2];
  int first = r->op == &ad__op_gather ? 1 : 2;
  bool shared = r->attrs[AD_GATHER_BATCH].as.i > 0;
  for (int i = first; i < r->n; i++) shared = shared || batched[i];
  for (int i = 0; i < r->n; i++)
    in[i] = batched[i] || (i >= first && !shared) ? r->in[i] : ad__batch_spread(r->in[i], size);
  ad_attr at[5];
  int64_t axes[AD_MAX_RANK];
  memcpy(at, r->attrs, sizeof at);
  for (int k = 0; k < at[AD_GATHER_AXES].count; k++) axes[k] = at[AD_GATHER_AXES].as.ints[k] + 1;
  at[AD_GATHER_AXES].as.ints = axes;
  at[shared ? AD_GATHER_BATCH : AD_GATHER_AT].as.i++;
  return ad_apply(r->ctx, r->out ? r->out->where : NULL, r->op, in, r->n, at);
}
